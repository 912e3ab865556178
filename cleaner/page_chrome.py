"""What the markup of a page names as chrome, as marks of the lines that the document has by now.

The page names parts of its lines (`html.chrome`). Repair has changed some of the lines since, so the parts move with
them. A part that is all of its line marks the line.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Iterator
from itertools import accumulate, groupby
from typing import TYPE_CHECKING

from cleaner.marks import MARKUP, Mark, Marks
from cleaner.progress import InProgress

if TYPE_CHECKING:
    from cleaner.html.chrome import Part
    from cleaner.html.page import Page


def with_page_chrome(marks: Marks, document: InProgress, page: Page, in_use: Container[Mark]) -> Marks:
    """Return `marks` with those marks `in_use` that the markup of `page` gives to parts of the lines of a document.

    A line that is protected from the judge is protected from the markup, too.
    """
    lines, spans = dict(marks.lines), dict(marks.spans)
    hollow = set()
    for i, parts in groupby(_moved(page, document), key=lambda part: part.line):
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


def _moved(page: Page, document: InProgress) -> Iterator[Part]:
    """Yield what the markup of a page names as chrome, in characters of the lines of a document that was repaired."""
    before = list(accumulate((len(line) + 1 for line in page.lines), initial=0))
    after = list(accumulate((len(line) + 1 for line in document.text.split("\n")), initial=0))
    ends = [change.end for change in document.changes]
    grown = (len(change.replacement) - (change.end - change.start) for change in document.changes)
    shifts = list(accumulate(grown, initial=0))
    for part in page.layout.chrome:
        start, end = (
            before[part.line] + offset + shifts[bisect_right(ends, before[part.line] + offset)] - after[part.line]
            for offset in (part.start, part.end)
        )
        if start < end:
            yield part._replace(start=max(0, start), end=end)
