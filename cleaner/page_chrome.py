"""What the markup of a page names, as places in the lines that the document has by now.

The page names parts of its lines: as chrome by what they are (`html.chrome`), and by the selectors of rules
(`html.boxes`). Repair has changed some of the lines since, so the parts move with them. A part that is all of its
line stands for the line.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Iterator, Sequence
from itertools import accumulate, groupby
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from cleaner.marks import MARKUP, Mark, Marks
from cleaner.progress import InProgress

if TYPE_CHECKING:
    from cleaner.html.boxes import Boxed
    from cleaner.html.chrome import Part
    from cleaner.html.page import Page

    Moved = TypeVar("Moved", Part, Boxed)


class Places(NamedTuple):
    """What stands in some elements of a page, with the name of each element, as in `rules.lookup.Named`."""

    lines: list[tuple[int, str]]
    parts: list[tuple[int, int, int, str]]


def places_of(document: InProgress, page: Page) -> dict[tuple[int, int], Places]:
    """Return what stands in the elements that selectors name, by their tables and their roles there."""
    hits = page.layout.hits
    found: dict[tuple[int, int], Places] = {}
    for i, boxes in groupby(_moved(page, document, page.layout.boxes), key=attrgetter("line")):
        line = document.lines[i]
        first, last = len(line) - len(line.lstrip()), len(line.rstrip())  # of what is visible
        named: dict[tuple[int, int], list[tuple[int, int]]] = {}
        elements: dict[tuple[int, int], str] = {}
        for _, start, end, hit in boxes:
            name = hits[hit][:2]
            named.setdefault(name, []).append((start, end))
            elements.setdefault(name, hits[hit].element)
        for name, parts in named.items():
            places = found.setdefault(name, Places([], []))
            joined = list(_joined(parts))
            if any(start <= first and last <= end for start, end in joined):
                places.lines.append((i, elements[name]))
            else:
                places.parts.extend((i, start, end, elements[name]) for start, end in joined)
    return found


def _joined(parts: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield parts of a line in order, those as one that overlap or touch."""
    parts.sort()
    start, end = parts[0]
    for low, high in parts:
        if low > end:
            yield start, end
            start = low
        end = max(end, high)
    yield start, end


def with_page_chrome(marks: Marks, document: InProgress, page: Page, in_use: Container[Mark]) -> Marks:
    """Return `marks` with those marks `in_use` that the markup of `page` gives to parts of the lines of a document.

    A line that is protected from the judge is protected from the markup, too.
    """
    lines, spans = dict(marks.lines), dict(marks.spans)
    hollow = set()
    for i, parts in groupby(_moved(page, document, page.layout.chrome), key=attrgetter("line")):
        if i in marks.spared:
            continue
        line = document.lines[i]
        first, last = len(line) - len(line.lstrip()), len(line.rstrip())  # of what is visible
        whole: list[Mark] = []
        cut: list[tuple[int, int, Mark]] = []
        for _, start, end, mark in parts:
            if mark not in in_use:
                continue
            is_whole = start <= first and last <= end
            if is_whole and mark != MARKUP["line-number"]:
                whole.append(mark)
                continue
            cut.append((start, end, mark))
            if is_whole:
                hollow.add(i)
        if whole:
            lines[i] = (*lines.get(i, ()), *whole)
        if cut:
            spans[i] = [*spans.get(i, ()), *cut]
    return marks._replace(lines=lines, spans=spans, hollow=hollow)


def _moved(page: Page, document: InProgress, parts: Sequence[Moved]) -> Iterator[Moved]:
    """Yield parts of the lines of a page, in characters of the lines of a document that was repaired."""
    before = list(accumulate((len(line) + 1 for line in page.lines), initial=0))
    after = list(accumulate((len(line) + 1 for line in document.text.split("\n")), initial=0))
    ends = [change.end for change in document.changes]
    grown = (len(change.replacement) - (change.end - change.start) for change in document.changes)
    shifts = list(accumulate(grown, initial=0))
    for part in parts:
        start, end = (
            before[part.line] + offset + shifts[bisect_right(ends, before[part.line] + offset)] - after[part.line]
            for offset in (part.start, part.end)
        )
        if start < end:
            yield part._replace(start=max(0, start), end=end)
