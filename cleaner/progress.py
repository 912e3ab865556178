"""A document on its way through the passes: what was changed so far, and what is known of the lines that are left.

What was looked up and read is kept from one pass to the next. If whole lines go, what was found in them goes with
them and the rest is kept (`drop_lines`). If a part of any line goes, or if a reader sees something else of any line,
all lines are looked up again (`invalidate`), because it is another line then.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, TypeVar

from cleaner.document import Change, Cleaned, apply, as_edits, compose, with_line_feeds
from cleaner.flags import REPLACED
from cleaner.text import markdown
from cleaner.text.encoding import Decoded
from cleaner.text.markdown import Shown

if TYPE_CHECKING:
    from cleaner.html.metadata import Claims
    from cleaner.html.page import Page
    from cleaner.judge.confidence import Expectation
    from cleaner.judge.maker import FilledLines
    from cleaner.rules.lookup import DocumentLookup

Item = TypeVar("Item")

NOT_READ = Shown(())


@dataclass(slots=True, eq=False)
class InProgress:
    """A document that is being cleaned: `text` is what `changes` make of `original` so far."""

    original: str
    url: str | None = None
    lang: str | None = None
    file: str | None = None  # the name of the document, if it is known
    decoded: Decoded | None = None  # how the document was decoded, if it came as bytes
    page: Page | None = None  # the HTML page behind the text, as long as its lines are the lines of the text
    flags: dict[str, None] = field(default_factory=dict)  # an ordered set
    markdown: bool | None = None  # whether `text` is Markdown; None: its lines tell
    claims: Claims | None = None  # what the markup of a page says of it, if that is wanted
    changes: list[Change] = field(default_factory=list)
    text: str = field(init=False)
    lines: list[str] = field(default_factory=list)  # of `text`
    shown: Shown = NOT_READ  # what a reader sees of `lines`, which is what rules and judge look at
    lookup: DocumentLookup | None = None  # what the rules know of `lines`; None: not looked up yet
    filled: FilledLines | None = None  # what the judge has read of `lines`; None: not read yet
    expected: Expectation | None = None  # what the judge expects of `text`; None: it has scored no line
    expected_at_first: Expectation | None = None  # the same of the document as it came
    # What selectors protect: globs of rules, and the numbers in `lines` that these may not take.
    kept: Sequence[tuple[Sequence[str], Collection[int]]] = ()

    def __post_init__(self) -> None:
        self.text = self.original

    def apply(self, changes: list[Change]) -> None:
        """Make `changes`, which are in offsets of `text`."""
        if changes:
            text = apply(self.text, changes)
            self.changes, self.text = compose(self.changes, changes, self.text), text

    def renumber_kept(self, runs: Sequence[tuple[int, int]]) -> None:
        """Say of what is `kept` where it stands without the lines in the ranges `runs` (0-based, end excluded)."""
        if self.kept and runs:
            starts = [start for start, _ in runs]
            gone = list(accumulate((end - start for start, end in runs), initial=0))
            moved = []
            for rules, lines in self.kept:
                places = ((i, bisect_right(starts, i)) for i in lines)
                moved.append((rules, {i - gone[n] for i, n in places if not n or i >= runs[n - 1][1]}))
            self.kept = moved

    def drop_lines(self, runs: Sequence[tuple[int, int]]) -> None:
        """Drop the lines in the ranges `runs` (0-based, end excluded) with what was found in them."""
        seen = _without(self.shown.lines, runs)
        self.lines = seen if self.shown.lines is self.lines else _without(self.lines, runs)
        self.shown = Shown(seen, self.shown.links and _without(self.shown.links, runs))
        if self.lookup is not None:
            self.lookup = self.lookup.without(runs)
        if self.filled is not None:
            self.filled = self.filled.without(runs)

    def invalidate(self) -> None:
        """Forget what was found in the lines, because some of them have changed."""
        self.lookup = self.filled = None

    def show(self, is_markdown: bool | None) -> None:
        """Read what is shown of the lines. If it is not what was shown before, forget what was found."""
        shown = markdown.read(with_line_feeds(self.text), self.lines, is_markdown)
        if shown.lines != self.shown.lines:
            self.invalidate()
        self.shown = shown

    def cleaned(self) -> Cleaned:
        """Return the document as it is now, with the record. What is known of its lines ends here."""
        self.lines, self.shown = [], NOT_READ  # the record of a long document needs the room
        self.invalidate()
        encoding, bom = (self.decoded.encoding, self.decoded.bom) if self.decoded else (None, False)
        flags = (*self.flags, REPLACED) if self.decoded and self.decoded.replaced else tuple(self.flags)
        confidence = self.expected.confidence if self.expected else None
        return Cleaned(self.text, as_edits(self.original, self.changes), flags, encoding, bom, confidence)


def _without(items: Sequence[Item], runs: Sequence[tuple[int, int]]) -> list[Item]:
    """Return the items that are in none of the ranges `runs` (0-based, ordered, end excluded)."""
    left: list[Item] = []
    position = 0
    for start, end in runs:
        left += items[position:start]
        position = end
    return left + list(items[position:])
