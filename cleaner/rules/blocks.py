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


class Searched:
    """What is known of the block of a rule that was looked for last, so that no line is looked at for each start."""

    __slots__ = ("end", "until")

    def __init__(self) -> None:
        self.end = -1  # its last line
        self.until = -1  # from a start up to this line, the block up to `end` was found already, or cannot be


def from_to(
    lines: Sequence[str], start: int, last_lines: Sequence[int], limit: int, max_chars: int, searched: Searched
) -> list[int]:
    """Return the block from `start` to the next of `last_lines` (ordered), both included.

    It is empty if the block has more than `limit` lines, or a line of more than `max_chars` characters, or if it is
    part of the block that was found last. Starts come in order, with the same `searched`.
    """
    number = bisect_right(last_lines, start)
    if number == len(last_lines) or last_lines[number] - start >= MAX_SPAN_FACTOR * limit:
        return []
    end = last_lines[number]
    if searched.end == end and start <= searched.until:
        return []
    block = filled(lines, start, end + 1)
    too_long = [i for i in block if len(lines[i]) > max_chars]
    searched.end = end
    if too_long:
        searched.until = too_long[-1]
    elif len(block) > limit:
        searched.until = block[-limit] - 1  # a block that starts before this line has too many lines
    else:
        searched.until = end
        return block
    return []


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
