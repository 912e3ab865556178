"""What was decided about the text of a page, done to the Markdown of the page.

Rules and judge decide about the text of a page, and its Markdown (`html.markdown`) is changed accordingly:

- Text that goes of the page goes of the Markdown. Marks around text that goes as a whole go along.
- A line whose text goes as a whole goes, unless it holds the mark of a block of which other lines stay: the bullet
  of an item with a second paragraph, the head of a table. Then its text alone goes, and the blank line behind it,
  because an item may not begin with two blank lines.
- A line without text of the page (a fence, a picture) goes with the last text of the element that needs it.
- Repairs are made where the text that they change stands in one piece.

Example: of `# News | [Share](/s)`, the text `News | Share` loses ` | Share`; the Markdown becomes `# News`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from cleaner import verdict
from cleaner.document import Change, Edit
from cleaner.html.markdown.tables import BREAK
from cleaner.marks import Mark

if TYPE_CHECKING:
    from cleaner.html.markdown.lines import Line, Rendering

_BACKSLASH = "\\"
_MARKS = frozenset("\\`*_~<>&[]$|#")  # a repair that writes one of these is left to the cleaning of the Markdown


def changes_of(rendering: Rendering, original: str, edits: Sequence[Edit]) -> list[Change]:
    """Return the changes of the Markdown of a page that do what `edits` do to the text of the page, `original`.

    Changes are in offsets of the text of `rendering`, ordered, without overlaps.
    """
    if not rendering.lines:
        return []
    gone = _Gone(original, edits)
    lines = [line.text for line in rendering.lines]
    drops: dict[int, Mark] = {}
    cuts: dict[int, list[Change]] = {}
    for number, line in enumerate(rendering.lines):
        needed = any(not gone.is_gone(*rendering.spans[element]) for element in line.needed)
        texts = [(part.start, part.start + len(part.text)) for part in line.parts if part.start >= 0]
        if not texts:
            if line.needed and not needed and gone.touches(*rendering.spans[line.needed[-1]]):
                drops[number] = gone.mark(*rendering.spans[line.needed[-1]])
        elif not needed and all(gone.is_gone(*text) for text in texts) and any(gone.touches(*text) for text in texts):
            drops[number] = next(gone.mark(*text) for text in texts if gone.touches(*text))
        elif found := list(_cuts(line, gone)):
            cuts[number] = found
            following = rendering.lines[number + 1 : number + 2]
            if needed and all(gone.is_gone(*text) for text in texts) and following and _is_blank(following[0]):
                drops[number + 1] = next(gone.mark(*text) for text in texts if gone.touches(*text))
    for number, mark in drops.items():
        if place := _break_before(rendering.lines, drops, number):
            start, end = place
            cuts.setdefault(number - 1, []).append(Change(start, end, "", *mark))
    shown = ["" if _is_blank(line) else text for line, text in zip(rendering.lines, lines, strict=True)]
    runs = verdict.removals(shown, drops, shown)
    return verdict.changes("\n".join(lines), lines, drops, cuts, runs)


def _is_blank(line: Line) -> bool:
    """Whether a line is there to be between other lines: it has no text, and no block needs it."""
    return not line.needed and all(part.start < 0 for part in line.parts)


def _break_before(lines: Sequence[Line], drops: Mapping[int, Mark], number: int) -> tuple[int, int] | None:
    """Return the mark of a line break in the line before `number`, which goes, if no line is left to break before."""
    before = lines[number - 1].parts if number and number - 1 not in drops else []
    if not before or before[-1] != (_BACKSLASH, -1):
        return None
    following = next((i for i in range(number, len(lines)) if i not in drops), len(lines))
    if following < len(lines) and lines[following].parts:
        return None
    length = sum(len(part.text) for part in before)
    return length - 1, length


class _Gone:
    """What goes of the text of a page. Offsets are in characters of it."""

    def __init__(self, original: str, edits: Sequence[Edit]) -> None:
        self._edits = edits
        self._starts = [edit.start for edit in edits]
        # How many visible characters are left before each character of the text.
        visible = bytearray(not char.isspace() for char in original)
        for edit in edits:
            if not edit.replacement:
                visible[edit.start : edit.end] = bytes(edit.end - edit.start)
        self._left = list(accumulate(visible, initial=0))

    def is_gone(self, start: int, end: int) -> bool:
        """Whether nothing visible is left between two characters."""
        return self._left[start] == self._left[end]

    def between(self, start: int, end: int) -> Iterator[Edit]:
        """Yield the edits that touch what is between two characters, in order."""
        number = max(bisect_right(self._starts, start) - 1, 0)
        while number < len(self._edits) and self._edits[number].start < end:
            if self._edits[number].end > start:
                yield self._edits[number]
            number += 1

    def touches(self, start: int, end: int) -> bool:
        """Whether something between two characters is removed."""
        return any(not edit.replacement for edit in self.between(start, end))

    def mark(self, start: int, end: int) -> Mark:
        """Return the mark of what removed the first of what is between two characters."""
        return next(_mark(edit) for edit in self.between(start, end) if not edit.replacement)


class _Span(NamedTuple):
    """Characters of a line of Markdown, end excluded, and the edit that is to do with them."""

    start: int
    end: int
    edit: Edit


def _cuts(line: Line, gone: _Gone) -> Iterator[Change]:
    """Yield the changes of a line of Markdown, some of whose text stays."""
    ends = list(accumulate((len(part.text) for part in line.parts), initial=0))
    removed_parts: dict[int, Edit] = {}
    result: list[Change] = []
    for number, part in enumerate(line.parts):
        if part.start < 0:
            continue
        stop = part.start + len(part.text)
        for edit in gone.between(part.start, stop):
            low, high = max(edit.start, part.start), min(edit.end, stop)
            whole = (low, high) == (edit.start, edit.end)
            if edit.replacement and (not whole or not _MARKS.isdisjoint(edit.replacement)):
                continue
            shift = ends[number] - part.start
            result.append(Change(low + shift, high + shift, edit.replacement, *_mark(edit)))
            if not edit.replacement and gone.is_gone(part.start, stop):
                removed_parts[number] = edit
    result += (Change(start, end, "", *_mark(edit)) for start, end, edit in _marks(line, ends, removed_parts))
    yield from _joined(sorted(result))


def _joined(changes: Iterable[Change]) -> Iterator[Change]:
    """Yield ordered changes; removals for one reason that touch each other become one."""
    last: Change | None = None
    for change in changes:
        if last and last.end == change.start and last._replace(start=change.start, end=change.end) == change:
            last = last._replace(end=change.end)
            continue
        if last:
            yield last
        last = change
    if last:
        yield last


def _marks(line: Line, ends: Sequence[int], removed: dict[int, Edit]) -> Iterator[_Span]:
    """Yield the marks of a line that go with the text that they are about; `removed` are the parts that are gone."""
    left = list(accumulate((part.start >= 0 and i not in removed for i, part in enumerate(line.parts)), initial=0))
    paired = {number for pair in line.pairs for number in pair}
    for before, after in line.pairs:
        inside = next((removed[i] for i in range(before + 1, after) if i in removed), None)
        if inside and left[before] == left[after]:
            yield _Span(ends[before], ends[before + 1], inside)
            yield _Span(ends[after], ends[after + 1], inside)
    for number, part in enumerate(line.parts):
        if part.text in (_BACKSLASH, BREAK) and number not in paired and number + 1 in removed:
            yield _Span(ends[number], ends[number + 1], removed[number + 1])


def _mark(edit: Edit) -> Mark:
    return Mark(edit.by, edit.category, edit.confidence, edit.score, edit.element)
