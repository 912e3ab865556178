"""Alignment of a page's lines with a text of its content: each word of the content is claimed by one line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

RUN = 3  # words in a row that a line needs to claim some
ENOUGH = 0.5  # of the words of a line that must be claimed for the line to be content


def claim(
    line: Sequence[str], wanted: Sequence[str], free: list[bool], find: Callable[[tuple[str, ...]], int]
) -> list[tuple[int, int]]:
    """Claim words of `wanted` for a line, a list of words, and return where: starts and ends of runs, in its order.

    `free` says which words of `wanted` nobody has claimed, and is changed. `find` returns where a run of RUN words
    stands free in `wanted`, or -1. Where less than ENOUGH of the line is found, nothing is claimed.
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
    if sum(end - start for start, end in found) >= ENOUGH * len(line):
        return found
    for start, end in found:
        free[start:end] = [True] * (end - start)
    return []
