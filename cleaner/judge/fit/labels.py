"""Says which lines of a page's text are its content, given the content alone: by alignment, each word claimed once.

The content is a text of its own, with its own line breaks. Lines of three words and more claim words of it first, the
longest line first, wherever three of their words stand in a row. Short lines then claim words that are still free
near the words that their neighbours claimed. So a menu that repeats words of the article does not become content.

Example: the content is `The boats had not gone out. A storm`, and the lines are `Storm`, `A storm`, `The boats had
not gone out.`, `A storm`. The third line claims its six words. What is free is `A storm`, right behind them, and the
last line claims it as their neighbour. The first two lines find nothing left.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from cleaner.html.align import RUN, WORD, claim

MAX_SHORT_WORDS = 8  # words of a line that may claim what lies beside its neighbours' words
REACH_WORDS = 40  # words of the content that such a line may be away from its neighbours' words


class Label(NamedTuple):
    """The words of a line, and how many of them are content."""

    words: int
    content: int


def label(lines: Sequence[str], content: str) -> list[Label]:
    """Return the label of each of the lines of a page."""
    words = [WORD.findall(line.casefold()) for line in lines]
    wanted = WORD.findall(content.casefold())
    free = [True] * len(wanted)
    claimed, spans = _claim_long(words, wanted, free)
    _claim_short(words, wanted, free, claimed, spans)
    return [Label(len(line), claimed.get(number, 0)) for number, line in enumerate(words)]


def _claim_long(
    words: Sequence[list[str]], wanted: list[str], free: list[bool]
) -> tuple[dict[int, int], dict[int, tuple[int, int]]]:
    """Have the long lines claim words; return by line how many, and the span of them in the content."""
    starts: dict[tuple[str, ...], list[int]] = defaultdict(list)  # of each run of words in the content
    for start in range(len(wanted) - RUN + 1):
        starts[tuple(wanted[start : start + RUN])].append(start)
    passed: Counter[tuple[str, ...]] = Counter()
    claimed: dict[int, int] = {}
    spans: dict[int, tuple[int, int]] = {}
    long = (number for number, line in enumerate(words) if len(line) >= RUN)
    for number in sorted(long, key=lambda number: -len(words[number])):
        found = claim(words[number], wanted, free, lambda run: _first_free(run, starts, passed, free))
        if found:
            claimed[number] = sum(end - start for start, end in found)
            spans[number] = found[0][0], found[-1][1]
    return claimed, spans


def _first_free(
    run: tuple[str, ...],
    starts: Mapping[tuple[str, ...], list[int]],
    passed: Counter[tuple[str, ...]],
    free: list[bool],
) -> int:
    """Return the first start of `run` where all its words are free, or -1; `passed` counts the starts to skip."""
    known = starts.get(run, [])
    while passed[run] < len(known) and not free[known[passed[run]]]:
        passed[run] += 1
    return next((start for start in known[passed[run] :] if all(free[start : start + RUN])), -1)


def _claim_short(
    words: Sequence[list[str]],
    wanted: list[str],
    free: list[bool],
    claimed: dict[int, int],
    spans: dict[int, tuple[int, int]],
) -> None:
    """Have the short lines claim words, first between the words of their neighbours, then near to them."""
    starts: dict[str, list[int]] = defaultdict(list)  # of each word in the content
    for start, word in enumerate(wanted):
        starts[word].append(start)

    def claim_nearest(number: int, near: int, low: int, high: int) -> tuple[int, int] | None:
        """Claim the words of a line that are nearest to `near`, between `low` and `high`; return their span."""
        line = words[number]
        fitting = [
            start
            for start in starts.get(line[0], ())
            if low <= start
            and start + len(line) <= high
            and wanted[start : start + len(line)] == line
            and all(free[start : start + len(line)])
        ]
        if not fitting:
            return None
        start = min(fitting, key=lambda start: abs(start - near))
        free[start : start + len(line)] = [False] * len(line)
        claimed[number] = len(line)
        spans[number] = start, start + len(line)
        return spans[number]

    for reach in (0, REACH_WORDS):  # 0: anywhere between the neighbours' words
        anchors = [(-1, (0, 0)), *sorted(spans.items()), (len(words), (len(wanted), len(wanted)))]
        for (above, (_, low)), (below, (high, _)) in pairwise(anchors):
            left = []
            for number in range(below - 1, above, -1):  # from below first, since a heading goes with what it heads
                if not 0 < len(words[number]) <= MAX_SHORT_WORDS:
                    continue
                found = claim_nearest(number, high, high - reach if reach else low, high)
                if found:
                    high = found[0]
                else:
                    left.append(number)
            for number in reversed(left if reach else ()):
                found = claim_nearest(number, low, low, low + reach)
                if found:
                    low = found[1]
