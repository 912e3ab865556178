"""Blocks of lines: from one that a rule fits to another that it fits, and what stands between two lines of chrome."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import compress, pairwise

BLANKS = 4  # times the most lines of a block: so many lines it may span, blank ones among them


def filled(lines: Sequence[str], start: int, end: int) -> list[int]:
    """Return the lines from `start` to before `end` (0-based) that are not blank."""
    return list(compress(range(start, end), map(str.strip, lines[start:end])))


def from_to(lines: Sequence[str], start: int, ends: Sequence[int], limit: int, max_chars: int) -> list[int]:
    """Return the lines of the block from `start` to the next of `ends` (ordered), blank ones aside.

    None where that is more than `limit` lines away, or where a line has more than `max_chars` characters.
    """
    number = bisect_right(ends, start)
    if number == len(ends) or ends[number] - start >= BLANKS * limit:
        return []
    block = filled(lines, start, ends[number] + 1)
    return block if len(block) <= limit and all(len(lines[i]) <= max_chars for i in block) else []


def after(
    lines: Sequence[str], starts: Iterable[int], chrome: Container[int], limit: int, max_chars: int
) -> list[int]:
    """Return what is left, `chrome` and blank lines aside, after the first of `starts` (0-based) that allows it.

    That is at most `limit` lines to the end of the document, none of more than `max_chars` characters.
    """
    rest: list[int] = []
    end = len(lines)
    found: list[int] = []
    for start in sorted(starts, reverse=True):
        rest += [i for i in filled(lines, start + 1, end) if i not in chrome]
        end = start
        if len(rest) > limit or any(len(lines[i]) > max_chars for i in rest):
            break
        found = list(rest)
    return found


def between(lines: Sequence[str], bounds: Iterable[int], limit: int, max_chars: int) -> Iterator[list[int]]:
    """Yield what stands between neighbours in `bounds` (0-based lines), blank lines aside.

    Only where it is 1 to `limit` lines, none of more than `max_chars` characters.
    """
    for start, end in pairwise(sorted(bounds)):
        if 1 < end - start <= BLANKS * limit:
            block = filled(lines, start + 1, end)
            if 0 < len(block) <= limit and all(len(lines[i]) <= max_chars for i in block):
                yield block
