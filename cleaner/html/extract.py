"""Which lines of a page trafilatura takes for content.

trafilatura returns a text of its own, whose lines are joined, split and trimmed in other ways than the lines of the
page. The two are aligned by their words: each line of the page claims words of the extract that no other line has
claimed, and a line that finds at least half of its words there counts as kept.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from html import unescape
from itertools import islice, pairwise
from typing import Any

from cleaner.html.align import RUN, WORD, claim, first_free

# trafilatura is not asked about a page above one of these limits, because it would take too long. It needs about 40
# microseconds an element, but its time is quadratic in the depth and in the cells of a row. Of two thousand real
# pages none has more than 15,793 elements, 56 levels and 19 cells.
MAX_ELEMENTS = 100_000
MAX_DEPTH = 128  # elements inside one another
MAX_ROW_CELLS = 1000

# trafilatura looks for types in JSON-LD, and takes a page without much text from what is embedded in it as JSON,
# which may be markup in turn. Its time is quadratic in the length of a list of types that is not closed and of a tag.
# JSON above one of these limits, in characters, is taken away first. No page of five thousand has such JSON. Raised
# to 10,000, a hostile page of 100 kB takes seconds.
MAX_TYPES_CHARS = 1000
MAX_TAG_CHARS = 1000
_LONG_TYPES = re.compile(rf'"@type"\s*:\s*\[[^\]]{{{MAX_TYPES_CHARS}}}')
_ESCAPES = re.compile(r"[<&]|\\u")  # how a tag may begin in a string of JSON
_LONG_TAG = re.compile(f"<[A-Za-z/][^<>]{{{MAX_TAG_CHARS}}}")


def content_lines(tree: Any, lines: Sequence[str]) -> list[bool] | None:
    """Return for each line of a page whether trafilatura keeps it; None if trafilatura has no verdict.

    `lines` are the lines of the page, without line breaks. The tree is changed: it is of no use afterwards.
    trafilatura's test for duplicates is off, because it remembers earlier documents.
    """
    extract = None if _is_too_much(tree) else _extract(tree)
    kept = _align(lines, extract) if extract else []
    return kept if any(kept) else None


def _is_too_much(tree: Any) -> bool:
    """Whether trafilatura would take too long for a page."""
    return (
        next(islice(tree.iter(), MAX_ELEMENTS, None), None) is not None
        or any(len(row) > MAX_ROW_CELLS for row in tree.iter("tr"))
        or tree.xpath("boolean(" + "/*" * (MAX_DEPTH + 1) + ")")
    )


def _extract(tree: Any) -> str | None:
    """Return the main content of a page as trafilatura sees it; None if it finds none or fails."""
    import trafilatura
    from lxml import etree
    from trafilatura.settings import MANUALLY_STRIPPED

    _drop_hostile_json(tree)
    etree.strip_tags(tree, *MANUALLY_STRIPPED)  # trafilatura does that itself, but only after it has made copies
    try:
        text: str | None = trafilatura.extract(tree, options=_options())
    except Exception:  # hostile HTML can raise anything in trafilatura; then it has no verdict
        return None
    return text if text and text.strip() else None


def _drop_hostile_json(tree: Any) -> None:
    """Take away the embedded JSON that trafilatura would take too long for."""
    for script in tree.iter("script"):
        if script.text and (_LONG_TYPES.search(script.text) or _has_long_tag(script.text)):
            script.text = None
    for element in tree.xpath('//div[@id="data-preloaded"]'):  # where Discourse has the posts of a page
        if _has_long_tag(element.get("data-preloaded", "")):
            del element.attrib["data-preloaded"]


def _has_long_tag(text: str) -> bool:
    """Whether a string in a text of JSON, or in JSON in such a string, holds a tag longer than `MAX_TAG_CHARS`."""
    literals = text.replace("\\\\", "__").replace('\\"', "__").split('"')  # cheap, and most pages have no such string
    if not any(len(one) >= MAX_TAG_CHARS and _ESCAPES.search(one) for one in literals):
        return False
    try:
        todo = [json.loads(text, strict=False)]
    except (ValueError, RecursionError):
        return False  # trafilatura cannot read it either
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            todo += value.values()
        elif isinstance(value, list):
            todo += value
        elif isinstance(value, str) and (_LONG_TAG.search(unescape(value)) or _has_long_tag(value)):
            return True
    return False


@cache
def _options() -> Any:
    """Return the options for trafilatura, built once: building takes long, and trafilatura does not change them.

    With its defaults trafilatura tries several ways and takes twice as long, and the judge is no better for it
    (F1 on development pages: `fast` .8648, with `recall` .8656; comments in .8723, out .8729).
    """
    import logging

    from trafilatura.settings import Extractor

    logging.getLogger("trafilatura").addHandler(logging.NullHandler())  # what it says quotes the page
    return Extractor(fast=True, recall=True, comments=False, dedup=False)


def _align(lines: Sequence[str], extract: str) -> list[bool]:
    """Return for each line whether trafilatura kept it, given the text of its extract.

    Lines claim words of the extract in three rounds. First, lines that stand in the extract as they are. Second, all
    other lines of three words or more, the longest first, wherever three of their words stand in a row. Third,
    shorter lines, if their words stand right beside the words of a neighbour and are still free.
    """
    wanted, ends, left = _claim_equal_lines(lines, extract)
    free = [True] * len(wanted)
    for start, end in ends.values():
        free[start:end] = [False] * (end - start)
    places: dict[tuple[str, ...], deque[int]] = defaultdict(deque)
    for start, run in enumerate(zip(*(wanted[i:] for i in range(RUN)), strict=False)):
        if free[start]:
            places[run].append(start)
    words = {number: WORD.findall(lines[number].casefold()) for number in left}
    for number in sorted(left, key=lambda i: -len(words[i])) if places else ():
        line = words[number]
        if len(line) < RUN:  # shorter lines wait for the third round
            break
        found = claim(line, wanted, free, lambda run: first_free(places.get(run), free))
        if found:
            ends[number] = (found[0][0], found[-1][1])
    kept = [number in ends for number in range(len(lines))]
    for number in _short_neighbours(words, ends, wanted, len(lines)):
        kept[number] = True
    return _with_wordless([number in ends or bool(words[number]) for number in range(len(lines))], kept)


def _claim_equal_lines(lines: Sequence[str], extract: str) -> tuple[list[str], dict[int, tuple[int, int]], list[int]]:
    """Find the lines of the page that are lines of the extract, too.

    Returns the words of the extract, the range of words that each found line has there (by 0-based line), and the
    lines that were not found.
    """
    wanted: list[str] = []
    places: dict[str, list[tuple[int, int]]] = {}
    for line in extract.split("\n"):
        start = len(wanted)
        wanted += WORD.findall(line.casefold())
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
    """Give lines without words (`* * *`, `}`) the verdict of the next line with words, or else of the one before."""
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
    """Yield the short lines whose words stand in the extract right beside the words of a line that was found.

    The line below comes first: a heading belongs to what it heads, not to the menu above it.
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
