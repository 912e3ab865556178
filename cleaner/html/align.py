"""Alignment of the lines of a page with a text of its content: each word of the content is claimed by one line."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence

WORD = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0eff]|[^\\W_]+")  # of some scripts, a character
RUN = 3  # words in a row; a line claims words only from a place where so many of its words stand together
MIN_CLAIMED = 0.5  # share of the words of a line that it must find to be content; raised, fewer lines are content


def claim(
    line: Sequence[str], wanted: Sequence[str], free: list[bool], find: Callable[[tuple[str, ...]], int]
) -> list[tuple[int, int]]:
    """Claim words of `wanted` for a line; return the ranges (end excluded) that it claims, in the order of the line.

    `line` and `wanted` are lists of words. `free` says which words of `wanted` nobody has claimed yet; it is changed.
    `find` returns where `RUN` given words stand free in `wanted`, or -1. If less than `MIN_CLAIMED` of the line is
    found, the line claims nothing.
    """
    found = []
    at = 0
    while at <= len(line) - RUN:
        start = find(tuple(line[at : at + RUN]))
        if start < 0:
            at += 1
            continue
        end = start
        while end < len(wanted) and at < len(line) and free[end] and wanted[end] == line[at]:
            free[end] = False
            end += 1
            at += 1
        found.append((start, end))
    if sum(end - start for start, end in found) >= MIN_CLAIMED * len(line):
        return found
    for start, end in found:
        free[start:end] = [True] * (end - start)
    return []


def first_free(places: deque[int] | None, free: Sequence[bool]) -> int:
    """Return the first of `places` from which `RUN` words are free, or -1; the places before it are dropped."""
    while places:
        start = places[0]
        if all(free[start : start + RUN]):
            return start
        places.popleft()
    return -1
