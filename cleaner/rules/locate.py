"""Where tables, keys and strings stand in the text of a pack.

A TOML parser returns values without their places. Messages need the line of a value, and sorting in place needs its
offsets, so this module scans the text for them, in one go. The text must be valid TOML; errors in it are not noticed.
A text can be written so that the scan takes something for a string that is none; then lines are wrong, and no more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_PART = r"""(?: [\w-]+ | "(?:\\.|[^"\\\n])*" | '[^'\n]*' )"""  # of the name of a table
_TOKEN = re.compile(
    r"""
    (?P<comment> \#[^\n]* )
    | ^[ \t]*\[{1,2}[ \t]* (?P<header> PART (?:[ \t]*\.[ \t]* PART )* ) [ \t]*\]{1,2}
    | ^[ \t]* (?P<key> [\w-]+ | "[^"\n]*" | '[^'\n]*' ) [ \t]*=
    | (?P<string> \"{3}(?:\\.|[^\\])*?\"{3,5} | '{3}.*?'{3,5} | "(?:\\.|[^"\\\n])*" | '[^'\n]*' )
    """.replace("PART", _PART),
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)


class Place(NamedTuple):
    """A string in the text of a pack."""

    value: str
    line: int  # 1-based, where the value begins: of a block, the line after the quotes
    start: int  # offset in characters of the opening quotes
    end: int  # offset behind the closing quotes

    def line_of(self, part: str) -> int | None:
        """Return the 1-based line of the text on which the line `part` of this string stands, or None."""
        lines = self.value.split("\n")
        return self.line + lines.index(part) if part in lines else None


class Entry(NamedTuple):
    """The header of a table, or a key with its value."""

    table: str  # dotted name of the table, as it is written; see `parts`
    number: int  # 0-based number of the table among those with the same first name: there are many `[[rule]]`
    key: str  # empty for a header
    line: int  # 1-based
    strings: list[Place]  # in the value


def entries(text: str) -> list[Entry]:
    """Return the headers and keys of a pack in order; the first entry stands for the top level."""
    found = [Entry("", 0, "", 1, [])]
    counts: dict[str, int] = {}
    line, counted = 1, 0
    for token in _TOKEN.finditer(text):
        start = token.start(token.lastgroup or 0)
        line += text.count("\n", counted, start)
        counted = start
        table, number = found[-1][:2]
        match token.lastgroup:
            case "header":
                table = token["header"]
                if '"' not in table and "'" not in table:
                    table = re.sub(r"[ \t]", "", table)
                first = table.split(".")[0]
                counts[first] = counts.get(first, -1) + (table == first)
                found.append(Entry(table, counts[first], "", line, []))
            case "key":
                found.append(Entry(table, number, token["key"].strip("\"'"), line, []))
            case "string":
                value = _value(token["string"])
                below = token["string"][3:4] == "\n"  # a block begins on the line after its quotes
                found[-1].strings.append(Place(value, line + below, start, token.end()))
    return found


def parts(table: str) -> list[str]:
    """Return the parts of the name of a table, without quotes: `files."poems/**"` has two. Empty if it is no name."""
    import tomli

    names: list[str] = []
    if table:
        try:
            data: object = tomli.loads(f"[{table}]")
        except ValueError:
            return []
        while isinstance(data, dict) and data:
            names += data
            data = data[names[-1]]
    return names


def _value(string: str) -> str:
    """Return the value of a string that is written in TOML; what is none stands for itself."""
    import tomli

    try:
        value = tomli.loads(f"x = {string}")["x"]
    except ValueError:
        return string
    return value if isinstance(value, str) else string


def line_of(places: Sequence[Entry], table: str, number: int, key: str = "", value: str | None = None) -> int:
    """Return the 1-based line of something in a table, given by its first name and 0-based number.

    It is the line of the string, or of the line within a string, that equals `value`. If there is none, it is the
    line of `key`, else that of the table, else 1. `table` is "" for the top level; there `key` may name a table.
    """
    within = [entry for entry in places if entry.table.split(".")[0] == table and entry.number == number]
    named = [entry for entry in within if key in (entry.key, "" if entry.key else entry.table.rpartition(".")[2])]
    if not table:
        named = [entry for entry in places if key in (entry.key, entry.table.rpartition(".")[2])]
    for entry in named if value is not None else ():
        for place in entry.strings:
            if line := place.line if place.value == value else place.line_of(value or ""):
                return line
    return next((entry.line for entry in (*named, *within)), 1)
