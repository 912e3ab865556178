"""Prose, and the zones before and behind it.

A zone is defined against the prose of a document, not by percentages: the head is what stands before
its first line of prose, the tail what stands behind its last. A document without prose (a poem, a
table, a list) has neither, so rules that need a zone leave it alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

MIN_CHARS = 50  # of a line of prose in a script that puts spaces between words
MIN_WORDS = 8
LONG = 200  # characters from which a line is prose however it ends
MIN_DENSE = 20  # letters of a line of prose in a script that does not
_CLOSING = "\"'”’»›)]」』）】 "
_STOPS = tuple(".!?…。！？؟۔।։።")
_INNER_STOP = re.compile(r"[.!?…؟۔।։][\"'”’»)]? ")
_DENSE = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def is_prose(line: str) -> bool:
    """Whether `line` reads like a sentence or more, in any script."""
    line = line.strip()
    if len(line) >= MIN_CHARS and line.count(" ") >= MIN_WORDS - 1:
        return len(line) >= LONG or line.rstrip(_CLOSING).endswith(_STOPS) or bool(_INNER_STOP.search(line))
    if line.isascii() or len(_DENSE.findall(line[:LONG])) < MIN_DENSE:
        return False
    return len(line) >= LONG or any(stop in line for stop in "。！？；，、") or len(line) >= MIN_CHARS


class Zones(NamedTuple):
    """Head: the lines before `head`; tail: those from `tail` on; 0-based indices."""

    head: int
    tail: int
    first: int  # the first and last line of prose, or -1
    last: int

    def holds(self, i: int, zone: str) -> bool:
        """Whether line `i` is in `zone`: `head`, `tail` or `any`."""
        return zone == "any" or (i < self.head if zone == "head" else i >= self.tail)

    def borders(self, i: int, zone: str) -> bool:
        """Whether line `i` is in `zone`, or is the line of prose that borders on it."""
        return zone == "any" or (i <= self.first if zone == "head" else 0 <= self.last <= i)


def find_zones(lines: Sequence[str], chrome: Collection[int]) -> Zones:
    """Return the zones of a document, whose prose does not include the lines in `chrome` (0-based)."""
    first = _first_prose(lines, range(len(lines)), chrome)
    if first < 0:
        return Zones(0, len(lines), -1, -1)
    last = _first_prose(lines, range(len(lines) - 1, -1, -1), chrome)
    return Zones(first, last + 1, first, last)


def _first_prose(lines: Sequence[str], order: Iterable[int], chrome: Collection[int]) -> int:
    for i in order:
        line = lines[i]
        # Most lines are too short to be prose in any script: they are passed over here, where it is cheap.
        may_be = len(line) >= MIN_DENSE and (len(line) >= MIN_CHARS or not line.isascii())
        if may_be and i not in chrome and is_prose(line):
            return i
    return -1
