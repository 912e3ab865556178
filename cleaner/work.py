"""A document while it is being cleaned: its text so far, and what was done to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cleaner.document import Change, Cleaned, apply, as_edits, compose
from cleaner.rules.engine import Lookup
from cleaner.text.encoding import Decoded

if TYPE_CHECKING:
    from cleaner.html.page import Page


@dataclass(slots=True, eq=False)
class Work:
    """A document at work: `text` is what `changes` make of `original`, `lines` those of `text`.

    `lookup` and `rows` are what is known of the lines; None where nothing is yet. `page` is what the text comes from,
    as long as its lines are those of the page.
    """

    original: str
    changes: list[Change] = field(default_factory=list)
    url: str | None = None
    lang: str | None = None
    flags: dict[str, None] = field(default_factory=dict)
    decoded: Decoded | None = None
    text: str = ""
    lines: list[str] = field(default_factory=list)
    lookup: Lookup | None = None
    rows: Any = None  # the judge's
    page: Page | None = None

    def __post_init__(self) -> None:
        self.text = apply(self.original, self.changes) if self.changes else self.original

    def make(self, changes: list[Change]) -> None:
        """Make changes of the text."""
        if changes:
            self.changes, self.text = compose(self.changes, changes, self.text), apply(self.text, changes)

    def without(self, runs: Sequence[tuple[int, int]]) -> None:
        """Take the lines in the ranges `runs` away, with what was found in them."""
        left: list[str] = []
        position = 0
        for start, end in runs:
            left += self.lines[position:start]
            position = end
        self.lines = left + self.lines[position:]
        if self.lookup is not None:
            self.lookup = self.lookup.without(runs)
        if self.rows is not None:
            self.rows = self.rows.without(runs)

    def forget(self) -> None:
        """Forget what was found in the lines, which are no longer those of the text."""
        self.lookup = self.rows = None

    def cleaned(self) -> Cleaned:
        """Return the document as it is now, with the record of how it came about."""
        encoding, bom = (self.decoded.encoding, self.decoded.bom) if self.decoded else (None, False)
        return Cleaned(self.text, as_edits(self.original, self.changes), tuple(self.flags), encoding, bom)
