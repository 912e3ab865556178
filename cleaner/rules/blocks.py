"""Blocks of lines: from one line to another, between two lines of chrome, and after the last one.

All lines are 0-based numbers. A block is its filled lines; blank lines are never in it and are not counted, but
they make a block wider, which `MAX_SPAN_FACTOR` bounds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import compress, pairwise

# Blank lines included, a block of at most `limit` lines may span this many times `limit` lines. Raised, blocks with
# more blank lines in them are found, and the search for them costs more.
MAX_SPAN_FACTOR = 4


def filled(lines: Sequence[str], start: int, end: int) -> list[int]:
    """Return the lines from `start` to before `end` that are not blank."""
    return list(compress(range(start, end), map(str.strip, lines[start:end])))


def from_to(
    lines: Sequence[str], starts: Iterable[int], last_lines: Sequence[int], limit: int, max_chars: int
) -> Iterator[list[int]]:
    """Yield the blocks from each of `starts` to the next of `last_lines` (both ordered), both included.

    A block has at most `limit` lines, none of more than `max_chars` characters. Of those that end at the same line,
    only the longest is yielded.
    """
    number = 0
    until = -1  # from starts up to this line, the block was found already as part of another, or cannot be
    for start in starts:
        if start <= until:
            continue
        number = bisect_right(last_lines, start, number)
        if number == len(last_lines):
            break
        end = last_lines[number]
        if end - start >= MAX_SPAN_FACTOR * limit:
            continue
        block = filled(lines, start, end + 1)
        too_long = [i for i in block if len(lines[i]) > max_chars]
        if too_long:
            until = min(too_long[-1], end - 1)
        elif len(block) > limit:
            until = block[-limit] - 1  # a block that starts before this line has too many lines
        else:
            until = end - 1
            yield block


def after(
    lines: Sequence[str], starts: Iterable[int], chrome: Container[int], limit: int, max_chars: int
) -> list[int]:
    """Return the lines behind one of `starts`, to the end of the document, without those in `chrome`.

    The first of `starts` is taken behind which there are at most `limit` lines, none of more than `max_chars`
    characters. The result is empty if there is none.
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
    """Yield the blocks between neighbours in `bounds`, both excluded.

    A block has 1 to `limit` lines, none of more than `max_chars` characters; other blocks are passed over.
    """
    for start, end in pairwise(sorted(bounds)):
        if 1 < end - start <= MAX_SPAN_FACTOR * limit:
            block = filled(lines, start + 1, end)
            if 0 < len(block) <= limit and all(len(lines[i]) <= max_chars for i in block):
                yield block
