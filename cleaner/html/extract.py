"""What of a page trafilatura takes for content, line by line."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import islice, pairwise
from typing import Any

from cleaner.html.align import RUN, claim

# Above these trafilatura takes too long and is not asked: it needs about 40 microseconds an element, but is quadratic
# in depth and cells. Of two thousand real pages none has more than 15,793, 56 and 19.
ELEMENTS = 100_000
DEPTH = 128  # elements in one another
CELLS = 1000  # of a row

_WORD = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0eff]|[^\\W_]+")


def content_lines(tree: Any, lines: Sequence[str]) -> list[bool] | None:
    """Return for each line of a page whether trafilatura keeps it, or None where it has no verdict.

    Changes the tree. Its test for duplicates, which remembers earlier documents, is not used.
    """
    extract = None if _is_too_much(tree) else _extract(tree)
    kept = _align(lines, extract) if extract else []
    return kept if any(kept) else None


def _is_too_much(tree: Any) -> bool:
    """Whether trafilatura would take too long for a page."""
    return (
        next(islice(tree.iter(), ELEMENTS, None), None) is not None
        or any(len(row) > CELLS for row in tree.iter("tr"))
        or tree.xpath("boolean(" + "/*" * (DEPTH + 1) + ")")
    )


def _extract(tree: Any) -> str | None:
    """Return the main content of a page as trafilatura sees it, or None when it finds none or fails."""
    import trafilatura
    from lxml import etree
    from trafilatura.settings import MANUALLY_STRIPPED

    etree.strip_tags(tree, *MANUALLY_STRIPPED)  # as it does itself, but before it makes copies
    try:
        text: str | None = trafilatura.extract(tree, options=_options())
    except Exception:  # trafilatura on hostile HTML: any exception means that it has no verdict
        return None
    return text if text and text.strip() else None


@cache
def _options() -> Any:
    """Return the options of trafilatura; they take long to build, and it does not change them.

    With its defaults it tries several ways and takes twice as long, and the judge is no better for it.
    """
    from trafilatura.settings import Extractor

    return Extractor(fast=True, recall=True, comments=False, dedup=False)


def _align(lines: Sequence[str], extract: str) -> list[bool]:
    """Return for each line whether trafilatura kept it, given the text of its extract.

    The extract holds words of the page in the page's order, but joins, splits and trims lines its own way.
    So each line claims words of the extract that no other line has claimed: first those that stand there as lines;
    then long lines first, wherever three of their words stand; then short lines, where the words between their
    neighbours are still free.
    """
    wanted, ends, left = _same(lines, extract)
    free = [True] * len(wanted)
    for start, end in ends.values():
        free[start:end] = [False] * (end - start)
    places: dict[tuple[str, ...], deque[int]] = defaultdict(deque)
    for start, run in enumerate(zip(*(wanted[i:] for i in range(RUN)), strict=False)):
        if free[start]:
            places[run].append(start)
    words = {number: _WORD.findall(lines[number].casefold()) for number in left}
    for number in sorted(left, key=lambda i: -len(words[i])) if places else ():
        line = words[number]
        if len(line) < RUN:  # a shorter one is looked for only beside lines that were found
            break
        found = claim(line, wanted, free, lambda run: _first_free(places.get(run), free))
        if found:
            ends[number] = (found[0][0], found[-1][1])
    kept = [number in ends for number in range(len(lines))]
    for number in _short_neighbours(words, ends, wanted, len(lines)):
        kept[number] = True
    return _with_wordless([number in ends or bool(words[number]) for number in range(len(lines))], kept)


def _same(lines: Sequence[str], extract: str) -> tuple[list[str], dict[int, tuple[int, int]], list[int]]:
    """Return the words of the extract, where lines of the page stand in it just so, and the other lines."""
    wanted: list[str] = []
    places: dict[str, list[tuple[int, int]]] = {}
    for line in extract.split("\n"):
        start = len(wanted)
        wanted += _WORD.findall(line.casefold())
        if len(wanted) - start >= RUN:
            places.setdefault(line.removeprefix("- "), []).append((start, len(wanted)))
    for found in places.values():
        found.reverse()
    ends, left = {}, []
    for number, line in enumerate(lines):
        free = places.get(line)
        if free:
            ends[number] = free.pop()
        else:
            left.append(number)
    return wanted, ends, left


def _with_wordless(worded: Sequence[bool], kept: Sequence[bool]) -> list[bool]:
    """Give lines without words (`* * *`, `}`) the verdict of the nearest line with words below, or else above."""
    result = list(kept)
    for i in range(len(kept) - 2, -1, -1):
        if not worded[i]:
            result[i] = result[i + 1]
    for i in range(max((i + 1 for i, has in enumerate(worded) if has), default=1), len(kept)):
        result[i] = result[i - 1]
    return result


def _short_neighbours(
    words: Mapping[int, list[str]], ends: Mapping[int, tuple[int, int]], wanted: Sequence[str], count: int
) -> Iterator[int]:
    """Yield the short lines whose words stand in the extract right before or behind those of a line found there.

    Looked for from the line below first: a heading goes with what it heads, not with the menu above it.
    """
    anchors = [(-1, (0, 0)), *sorted(ends.items()), (count, (len(wanted), len(wanted)))]
    for (above, (_, low)), (below, (high, _)) in pairwise(anchors):
        for number in range(below - 1, above, -1):
            line = words[number]
            if low < high and line and wanted[max(low, high - len(line)) : high] == line:
                high -= len(line)
                yield number
        for number in range(above + 1, below):
            line = words[number]
            if low < high and line and wanted[low : min(high, low + len(line))] == line:
                low += len(line)
                yield number


def _first_free(places: deque[int] | None, free: list[bool]) -> int:
    """Return the first place whose words are free, or -1; places that are taken are forgotten."""
    while places:
        start = places[0]
        if all(free[start : start + RUN]):
            return start
        places.popleft()
    return -1
