"""Prose, and the zones before and behind it.

Zones go by where the prose of a document is, not by percentages. The head is all lines before the first line of
prose, the tail is all lines behind the last one, the edges are both of these, and below is all that is behind the
first one. A document without
prose (a poem, a table, a list) has none of them, so rules that need a zone leave it alone.

A line is prose if it reads like a sentence: long enough, with enough words, and with the end of a sentence at its
end or inside. In scripts that put no spaces between words, letters are counted in place of words. Lines that are
known to be chrome are passed over, because notices about cookies are full of sentences.

Example:

    Home                                                     head
    Sport                                                    head
    The ferry to the island was late again on Tuesday.       prose, the first line
    "Again", said the doctor.                                too short to be prose, but in neither zone
    Its crew had waited for the doctor, who had overslept.   prose, the last line
    More stories                                             tail
"""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from cleaner import lazy

# Length of a line, in characters, from which it may be prose. In scripts without spaces, no end of a sentence is
# asked for from this length on. Raised, less is prose, so head and tail grow.
MIN_PROSE_CHARS = 50
# Words of a line, counted as spaces between them and one more, from which it may be prose. Raised, less is prose.
MIN_PROSE_WORDS = 8
# Length of a line, in characters, from which no end of a sentence is asked for. Raised, less is prose.
ALWAYS_PROSE_CHARS = 200
# Letters of scripts without spaces from which a line may be prose, however few words it has. Raised, less is prose.
MIN_UNSPACED_LETTERS = 20

_CLOSING = "\"'”’»›)]」』）】 "  # what may follow the stop at the end of a line
_STOPS = tuple(".!?…。！？؟۔।։።")
_INNER_STOP = lazy.pattern(r"[.!?…؟۔।։][\"'”’»)]? ")
_UNSPACED_STOPS = "。！？；，、"
# A letter of Thai, Lao, Burmese, Khmer, Japanese or Chinese.
UNSPACED = lazy.pattern("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def is_prose(line: str) -> bool:
    """Whether `line` reads like a sentence or more, in any script."""
    line = line.strip()
    is_long = len(line) >= ALWAYS_PROSE_CHARS
    if len(line) >= MIN_PROSE_CHARS and line.count(" ") >= MIN_PROSE_WORDS - 1:
        return is_long or line.rstrip(_CLOSING).endswith(_STOPS) or bool(_INNER_STOP.search(line))
    if line.isascii() or len(UNSPACED.findall(line[:ALWAYS_PROSE_CHARS])) < MIN_UNSPACED_LETTERS:
        return False
    return len(line) >= MIN_PROSE_CHARS or any(stop in line for stop in _UNSPACED_STOPS)


class Zones(NamedTuple):
    """Where head, prose and tail of a document are, in 0-based lines."""

    head: int  # the head is the lines before this one
    tail: int  # the tail is this line and those behind it
    first: int  # the first line of prose, or -1
    last: int  # the last line of prose, or -1

    def holds(self, i: int, zone: str) -> bool:
        """Whether line `i` is in `zone`: `head`, `tail`, `edges` (head or tail), `below` or `any`."""
        if zone == "edges":
            return i < self.head or i >= self.tail
        if zone == "below":
            return 0 <= self.first < i
        return zone == "any" or (i < self.head if zone == "head" else i >= self.tail)

    def within(self, places: Sequence[int], zone: str) -> Sequence[int]:
        """Return those of `places` (ordered lines) that are in `zone`."""
        if zone == "any":
            return places
        head, tail = places[: bisect_left(places, self.head)], places[bisect_left(places, self.tail) :]
        if zone == "below":
            return places[bisect_right(places, self.first) :] if self.first >= 0 else ()
        return head if zone == "head" else tail if zone == "tail" else (*head, *tail)

    def borders(self, i: int, zone: str) -> bool:
        """Whether line `i` is in `zone`, or is the line of prose that borders on it."""
        if zone == "edges":
            return i <= self.first or 0 <= self.last <= i
        if zone == "below":
            return 0 <= self.first <= i
        return zone == "any" or (i <= self.first if zone == "head" else 0 <= self.last <= i)


NO_ZONES = Zones(0, sys.maxsize, -1, -1)  # of a document without prose


def find_zones(lines: Sequence[str], chrome: Collection[int]) -> Zones:
    """Return the zones of a document; the lines in `chrome` (0-based) are not prose."""
    first = _first_prose(lines, range(len(lines)), chrome)
    if first < 0:
        return NO_ZONES
    last = _first_prose(lines, range(len(lines) - 1, -1, -1), chrome)
    return Zones(first, last + 1, first, last)


def _first_prose(lines: Sequence[str], order: Iterable[int], chrome: Collection[int]) -> int:
    """Return the first line of prose in this order of lines, or -1."""
    for i in order:
        line = lines[i]
        # Most lines are too short to be prose in any script. This cheap test passes over them.
        may_be = len(line) >= MIN_UNSPACED_LETTERS and (len(line) >= MIN_PROSE_CHARS or not line.isascii())
        if may_be and i not in chrome and is_prose(line):
            return i
    return -1
