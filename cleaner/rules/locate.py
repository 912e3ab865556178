"""Where things stand in the text of a pack: the lines of tables, keys and strings.

A TOML parser gives values without their places. This finds the places, for messages and for sorting
in place; it is meant for text that is TOML already, and does not notice where it is not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import tomli

_TOKEN = re.compile(
    r"""
    (?P<comment> \#[^\n]* )
    | ^[ \t]*\[{1,2}[ \t]* (?P<header> [\w-]+(?:[ \t]*\.[ \t]*[\w-]+)* ) [ \t]*\]{1,2}
    | ^[ \t]* (?P<key> [\w-]+ | "[^"\n]*" | '[^'\n]*' ) [ \t]*=
    | (?P<string> \"{3}(?:\\.|[^\\])*?\"{3,5} | '{3}.*?'{3,5} | "(?:\\.|[^"\\\n])*" | '[^'\n]*' )
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)


class Place(NamedTuple):
    """A string of the text: what it says, the 1-based line that begins on, and the offsets of its quotes."""

    value: str
    line: int
    start: int
    end: int

    def line_of(self, part: str) -> int | None:
        """Return the 1-based line of the line `part` within this string, or None."""
        lines = self.value.split("\n")
        return self.line + lines.index(part) if part in lines else None


class Entry(NamedTuple):
    """A table's header (then `key` is empty) or a key with the strings of its value; `line` is 1-based."""

    table: str  # its dotted name
    number: int  # of the table among those with its first name, as there are many `[[rule]]`; 0-based
    key: str
    line: int
    strings: list[Place]


def entries(text: str) -> list[Entry]:
    """Return the headers and keys of a pack in order."""
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
                table = re.sub(r"[ \t]", "", token["header"])
                first = table.split(".")[0]
                counts[first] = counts.get(first, -1) + (table == first)
                found.append(Entry(table, counts[first], "", line, []))
            case "key":
                found.append(Entry(table, number, token["key"].strip("\"'"), line, []))
            case "string":
                value = tomli.loads(f"x = {token['string']}")["x"]
                below = token["string"][3:4] == "\n"  # a block begins on the line after its quotes
                found[-1].strings.append(Place(value, line + below, start, token.end()))
    return found


def line_of(places: Sequence[Entry], table: str, number: int, key: str = "", value: str | None = None) -> int:
    """Return the 1-based line where something stands in the table of that name and 0-based number.

    That is the line of the string, or of the line within a string, that says `value`; without one the
    line of `key`, else of the table, else 1. For the top level, with the table "", `key` may be a table.
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
