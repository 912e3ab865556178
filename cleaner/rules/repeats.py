"""Lines printed twice: captions and headlines, which templates repeat, as against refrains, which people do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from operator import eq

from cleaner.rules.zones import Zones

MIN_CHARS = 20  # a shorter line, or one of fewer words, may be a refrain
MIN_WORDS = 4
MIN_DENSE = 8  # characters, for scripts without spaces


def twins(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Return neighbours (blank lines aside) that are the same long line, which occurs nowhere else; 0-based."""
    long = [line for line in lines if len(line) >= MIN_DENSE]
    if not any(map(eq, long, long[1:])):
        return []
    return list(_twins(lines))


def _twins(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    copies = Counter(lines)
    places = [i for i, line in enumerate(lines) if line.strip()]
    for one, two in pairwise(places):
        line = lines[one]
        if line == lines[two] and copies[line] == 2 and _is_long(line.strip()):
            yield one, two


def _is_long(line: str) -> bool:
    words = [word for word in line.split() if any(map(str.isalpha, word))]
    if len(line) >= MIN_CHARS and len(words) >= MIN_WORDS:
        return True
    return bool(words) and not line.isascii() and len(line) >= MIN_DENSE * (line.count(" ") + 1)


def is_copy(lines: Sequence[str], pair: tuple[int, int], zones: Zones, zone: str) -> bool:
    """Whether the second of two equal lines is a copy of a caption or headline, not a refrain.

    It is in the head of a document that has prose; elsewhere only where the two stand together as a
    paragraph of their own.
    """
    one, two = pair
    if zones.first < 0:
        return False
    if two < zones.head:
        return zone in ("any", "head")
    if zone == "head" or (zone == "tail" and one < zones.tail):
        return False
    blank_above = one == 0 or not lines[one - 1].strip()
    blank_below = two + 1 == len(lines) or not lines[two + 1].strip()
    return two == one + 1 and blank_above and blank_below
