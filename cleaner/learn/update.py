"""A learned pack as it stands: what of it a person changed, and what is as it was written.

The end of a learned pack lists the digests of its tables as they were written. A table with another digest was
edited, and so stays as it is, to the letter; a rule with a digest and no table was deleted, and does not come back.
The digest is that of the data: to sort keys or to add a comment edits nothing, and comments stay.

The text of the pack is divided at the headers of its tables. tomlkit, a library for edits that keep the layout, moves
tables when `[[rule]]` and `[[keep]]` take turns, and comments to other tables; here each table stays a piece of text.
That every piece reads by itself as it reads in the whole is checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from cleaner import quote, toml
from cleaner.errors import SettingsError
from cleaner.learn.tables import Table, table_digest
from cleaner.rules import checks
from cleaner.rules.pack import Pack, Source

MARK = "# What `cleaner learn` wrote, by which it tells what a person changed. Leave these lines as they are."
Kind = Literal["pack", "rule", "other"]
# The kinds of parts. `PACK` is also the name of `[pack]` among the digests; the id of a rule that is learned has a
# hyphen, and so is another.
PACK: Kind = "pack"
RULE: Kind = "rule"
OTHER: Kind = "other"
_ENTRY = re.compile(r"# ([a-z0-9._-]+) ([0-9a-f]{8})")
_HEADER = re.compile(r"""\[+[ \t]*["']?(?P<name>[\w-]*)["']?[ \t]*(?P<inner>\.)?""")
_TOKEN = re.compile(
    r"""
    (?P<comment> \#[^\n]* )
    | ^[ \t]* (?P<header> \[[^\n\#]* )
    | (?P<string> \"{3}(?:\\.|[^\\])*?\"{3,5} | '{3}.*?'{3,5} | "(?:\\.|[^"\\\n])*" | '[^'\n]*' )
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)


class Part(NamedTuple):
    """A piece of the text of a pack: a table with what belongs to it, or only comments."""

    kind: Kind
    table: Table  # of a rule or of `[pack]`
    text: str  # without blank lines around it
    comments: tuple[str, ...] = ()  # in the piece or above its header


class Standing(NamedTuple):
    """A learned pack as it stands."""

    parts: tuple[Part, ...]
    pack: Pack
    digests: Mapping[str, str]  # of the tables that were written, by the ids of rules; `PACK` is `[pack]`

    def is_untouched(self, part: Part) -> bool:
        """Whether a part is a table that is as it was written."""
        name = part.table["id"] if part.kind == RULE else part.kind
        return part.kind != OTHER and self.digests.get(name) == table_digest(part.table)

    def touched(self) -> set[str]:
        """Return the ids of the rules that were learned, and that a person edited or deleted."""
        untouched = {part.table["id"] for part in self.parts if part.kind == RULE and self.is_untouched(part)}
        return set(self.digests) - untouched - {PACK}


def list_of_digests(digests: Mapping[str, str]) -> str:
    """Return the comments for the end of a pack."""
    return "\n".join([MARK, *(f"# {name} {digests[name]}" for name in sorted(digests))])


def read(name: str, text: str) -> Standing:
    """Read a pack that was learned. `name` stands for its file in messages.

    Raises `SettingsError` if the pack was not learned, cannot be used, or is written in a way that cannot be updated.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    layout = _Layout(text) if MARK in text else None
    if layout is None or layout.mark is None:
        what = "has no list of what `cleaner learn` wrote; move the file, or learn into another folder"
        raise SettingsError(f"{quote.name(name)}:1: {what}")
    pack = checks.parse(Source(name, text))
    digests = layout.take_digests()
    parts = []
    for kind, line, piece, comments in layout.pieces():
        table = _table_of(kind, piece)
        if table is None:
            what = "has a table that cannot be told from the next one; begin each with a header, such as [[rule]]"
            raise SettingsError(f"{quote.name(name)}:{line}: {what}")
        parts.append(Part(kind, table, piece, comments))
    if [part.table for part in parts if part.kind == RULE] != toml.parse(name, text).get(RULE, []):
        what = "has rules that cannot be told apart; begin each with the header [[rule]]"
        raise SettingsError(f"{quote.name(name)}:1: {what}")
    return Standing(tuple(parts), pack, digests)


def _table_of(kind: Kind, piece: str) -> Table | None:
    """Return the table in a piece of a pack, {} if it is not of use, None if the piece is not what it seems to be."""
    try:
        data: dict[str, Any] = toml.parse("", piece)
    except SettingsError:
        return None
    if kind == OTHER:
        return None if RULE in data else {}
    inner = data.get(kind)
    if isinstance(inner, list) and len(inner) == 1:
        inner = inner[0]
    return inner if len(data) == 1 and isinstance(inner, dict) else None


class _Layout:
    """The lines of a text of TOML, and what stands on them. Lines are 0-based numbers."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._comments: dict[int, str] = {}  # that have a line of their own
        self._asides: dict[int, str] = {}  # that stand behind something
        self._headers: list[tuple[int, Kind]] = []  # of the tables that are part of no other one
        line, counted = 0, 0
        for token in _TOKEN.finditer(text):
            start = token.start(token.lastgroup or 0)
            line += text.count("\n", counted, start)
            counted = start
            if comment := token["comment"]:
                alone = self._lines[line].lstrip().startswith("#")
                (self._comments if alone else self._asides)[line] = comment
            elif (header := token["header"]) and (found := _HEADER.match(header)) and not found["inner"]:
                kinds: dict[str, Kind] = {PACK: PACK, RULE: RULE}
                self._headers.append((line, kinds.get(found["name"], OTHER)))
        self.mark = next((line for line, comment in self._comments.items() if comment == MARK), None)

    def take_digests(self) -> dict[str, str]:
        """Take the list of digests out of the lines, and return it."""
        digests = {}
        for line, comment in list(self._comments.items()):
            entry = _ENTRY.fullmatch(comment) if self.mark is not None and line > self.mark else None
            if entry:
                digests[entry[1]] = entry[2]
            if entry or comment == MARK:
                del self._comments[line]
                self._lines[line] = ""
        return digests

    def pieces(self) -> Iterator[tuple[Kind, int, str, tuple[str, ...]]]:
        """Yield the kind of each piece, the 1-based line of its header, its text, and its comments.

        Comments above a header belong to its table, and comments right behind the last key to the table before.
        """
        starts = [(0, 0, OTHER)]
        for line, kind in [*self._headers, (len(self._lines), OTHER)]:
            starts.append((self._start(starts[-1][1], line), line, kind))
        starts.append((len(self._lines), 0, OTHER))
        for (start, header, kind), (end, _, _) in pairwise(starts):
            piece = "\n".join(self._lines[start:end]).strip("\n")
            found = [each[i] for i in range(start, end) for each in (self._comments, self._asides) if i in each]
            if piece.strip():
                yield kind, header + 1, piece, tuple(found)

    def _start(self, before: int, header: int) -> int:
        """Return the line from which the lines in front of a header belong to it; another one is on line `before`."""
        start = header
        while start > before and (not self._lines[start - 1].strip() or start - 1 in self._comments):
            start -= 1
        blank = (line for line in range(start, header) if not self._lines[line].strip())
        return start if start == 0 else next(blank, start)
