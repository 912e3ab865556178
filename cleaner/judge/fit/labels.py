"""Which lines of a page's text are its content, given the content alone: alignment, each word claimed once.

Content is a text of its own, with its own line breaks. Long lines claim their words in it first, wherever
three of them stand in a row; short lines then claim words that are still free near to what their neighbours
claimed. So a menu that repeats words of the article does not become content.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from cleaner.html.align import RUN, claim

WORD = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0eff]|[^\\W_]+")
SHORT = 8  # words of a line that may claim words beside those of its neighbours
REACH = 40  # words that it may look ahead


class Label(NamedTuple):
    """The words of a line, and how many of them are content."""

    words: int
    content: int


def label(lines: Sequence[str], content: str) -> list[Label]:
    """Return the label of each of the lines of a page."""
    words = [WORD.findall(line.casefold()) for line in lines]
    wanted = WORD.findall(content.casefold())
    free = [True] * len(wanted)
    claimed, spans = _long(words, wanted, free)
    _short(words, wanted, free, claimed, spans)
    return [Label(len(line), claimed.get(number, 0)) for number, line in enumerate(words)]


def _long(
    words: Sequence[list[str]], wanted: list[str], free: list[bool]
) -> tuple[dict[int, int], dict[int, tuple[int, int]]]:
    places: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for start in range(len(wanted) - RUN + 1):
        places[tuple(wanted[start : start + RUN])].append(start)
    passed: Counter[tuple[str, ...]] = Counter()
    claimed: dict[int, int] = {}
    spans: dict[int, tuple[int, int]] = {}
    long = (number for number, line in enumerate(words) if len(line) >= RUN)
    for number in sorted(long, key=lambda number: -len(words[number])):
        found = claim(words[number], wanted, free, lambda run: _first_free(run, places, passed, free))
        if found:
            claimed[number] = sum(end - start for start, end in found)
            spans[number] = found[0][0], found[-1][1]
    return claimed, spans


def _first_free(
    run: tuple[str, ...],
    places: Mapping[tuple[str, ...], list[int]],
    passed: Counter[tuple[str, ...]],
    free: list[bool],
) -> int:
    known = places.get(run, [])
    while passed[run] < len(known) and not free[known[passed[run]]]:
        passed[run] += 1
    return next((start for start in known[passed[run] :] if all(free[start : start + RUN])), -1)


def _short(
    words: Sequence[list[str]],
    wanted: list[str],
    free: list[bool],
    claimed: dict[int, int],
    spans: dict[int, tuple[int, int]],
) -> None:
    places: dict[str, list[int]] = defaultdict(list)
    for start, word in enumerate(wanted):
        places[word].append(start)

    def claim_short(number: int, near: int, low: int, high: int) -> tuple[int, int] | None:
        """Claim the words of a line that are nearest to `near`, between `low` and `high`."""
        line = words[number]
        starts = [
            start
            for start in places.get(line[0], ())
            if low <= start
            and start + len(line) <= high
            and wanted[start : start + len(line)] == line
            and all(free[start : start + len(line)])
        ]
        if not starts:
            return None
        start = min(starts, key=lambda start: abs(start - near))
        free[start : start + len(line)] = [False] * len(line)
        claimed[number] = len(line)
        spans[number] = start, start + len(line)
        return spans[number]

    for reach in (0, REACH):  # first what lies between the neighbours' words, then what lies near them
        anchors = [(-1, (0, 0)), *sorted(spans.items()), (len(words), (len(wanted), len(wanted)))]
        for (above, (_, low)), (below, (high, _)) in pairwise(anchors):
            left = []
            for number in range(below - 1, above, -1):  # a heading goes with what it heads, so from below first
                if not 0 < len(words[number]) <= SHORT:
                    continue
                found = claim_short(number, high, high - reach if reach else low, high)
                if found:
                    high = found[0]
                else:
                    left.append(number)
            for number in reversed(left if reach else ()):
                found = claim_short(number, low, low, low + reach)
                if found:
                    low = found[1]
