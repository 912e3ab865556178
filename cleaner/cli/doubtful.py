"""What was removed from many documents, the most doubtful first, each with the lines around it.

Doubt is how probably a removal was wrong (`evidence/doubt.py`). Only the most doubtful removals are kept in memory,
so that any number of documents can be looked at.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import NamedTuple

from cleaner import quote
from cleaner.cli.listing import KEPT, Pen, explain
from cleaner.document import Cleaned
from cleaner.evidence.doubt import doubt
from cleaner.evidence.rows import EditRow, rows_of

# The most removals that are shown. Nobody reads more, and each takes a few kilobytes of memory.
MAX_SHOWN = 10_000
MAX_LINES = 10  # lines that are shown of a removal; of a longer one, the first
MAX_CHARS = 300  # characters that are shown of a line; of a longer one, the first


class _Removal(NamedTuple):
    """A removal: its doubt, its place among all of them, negative (so that of equals the first ones stay), lines."""

    doubt: float
    order: int
    lines: list[str]


class Doubtful:
    """Collects the removals of documents.

    Each is shown with `context` lines on both sides. `pen` is how text is shown.
    """

    def __init__(self, context: int, pen: Pen) -> None:
        self._context, self._pen = context, pen
        self._kept: list[_Removal] = []
        self.count = 0  # removals so far

    @property
    def is_cut(self) -> bool:
        """Whether there were more removals than are shown."""
        return self.count > len(self._kept)

    def add(self, cleaned: Cleaned, name: str, url: str | None) -> None:
        """Add the removals of a document with this name, which is from `url`, if that is known."""
        listing: list[str] = []
        for row in rows_of(cleaned, name, url):
            if row.is_repair:
                continue
            self.count += 1
            how = doubt(row)
            if len(self._kept) == MAX_SHOWN and how <= self._kept[0].doubt:
                continue
            listing = listing or [self._shown(line.rstrip("\r")) for line in explain(cleaned, self._plain)]
            removal = _Removal(how, -self.count, self._lines(name, row, how, listing))
            (heapq.heappush if len(self._kept) < MAX_SHOWN else heapq.heapreplace)(self._kept, removal)

    def lines(self) -> Iterator[str]:
        """Yield what is shown of the removals, the most doubtful first, with a blank line between two of them."""
        for number, removal in enumerate(sorted(self._kept, reverse=True)):
            if number:
                yield ""
            yield from removal.lines

    @property
    def _plain(self) -> Pen:
        """The pen without colours: lines may have to be cut, and a cut must not go through the orders of colours."""
        return self._pen._replace(style=lambda text, **_: self._pen.plain(text))

    def _shown(self, line: str) -> str:
        """Return a line of a listing, cut if it is long, in its colour."""
        if len(line) > MAX_CHARS:
            line = f"{line[:MAX_CHARS]}…"
        return line if line.startswith(KEPT) else self._pen.style(line, fg="red")

    def _lines(self, name: str, row: EditRow, how: float, listing: list[str]) -> list[str]:
        """Return what is shown of a removal: a heading, and the lines of the document around it."""
        first, size = row.line - 1, max(row.lines, 1)
        shown = listing[max(first - self._context, 0) : first + min(size, MAX_LINES)]
        if size > MAX_LINES:
            shown.append(f"… {size - MAX_LINES:,} lines …")
        shown += listing[first + size : first + size + self._context]
        heading = f"{quote.name(name)}:{row.line}: {row.rule}, doubt {how:.0%}"
        return [self._pen.style(heading, bold=True), *shown]
