"""The filled lines of a document as records of numbers, the same whether numpy or the compiled kernel made them.

A filled line is a line that is not blank. Its record is `RECORD_BYTES` long, all numbers little-endian:

    bytes    number             meaning
    0-3      unsigned           the 0-based number of the line in the document
    4-7      unsigned           the identity: a hash of the line in lower case and without indent
    8-9      unsigned           words
    10-11    unsigned           the indent: characters before the first visible one
    12-13    unsigned           the look: equal for lines that look alike; odd if the line is prose
    14-16    three, signed      inputs that the words make
    17-68    52, unsigned       inputs of shape
    69-71                       nothing

`features` explains what they are. The scores of a document are bytes as well, one for each filled line, signed.

Lines are read in parts, so that a long document takes little more memory than its records. Nothing in a record
depends on where a part begins, but for the number of the line.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from struct import iter_unpack

RECORD_BYTES = 72
MAX_LINE_CHARS = 10_000  # characters of a line that are read; the rest of a longer line is not seen
READ_CHARS = 1 << 18  # characters read at a time; more takes more memory


def parts(lines: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield lines, at least one, in parts of about `READ_CHARS` characters, with the number of the first of each."""
    if len(lines) + sum(map(len, lines)) <= READ_CHARS:
        yield 0, lines
        return
    ends = list(accumulate(map((1).__add__, map(len, lines))))
    start = before = 0
    while start < len(lines):
        end = min(bisect_right(ends, before + READ_CHARS, start) + 1, len(lines))
        yield start, lines[start:end]
        start, before = end, ends[end - 1]


def cut(lines: Sequence[str]) -> Sequence[str]:
    """Return lines, at least one, as far as they are read."""
    return [line[:MAX_LINE_CHARS] for line in lines] if max(map(len, lines)) > MAX_LINE_CHARS else lines


def lines_of(records: bytes) -> list[int]:
    """Return the 0-based numbers of filled lines."""
    return [line for (line,) in iter_unpack(f"<I{RECORD_BYTES - 4}x", records)]


def words_of(records: bytes) -> list[int]:
    """Return how many words each filled line has."""
    return memoryview(records).cast("H")[4 :: RECORD_BYTES // 2].tolist()


def numbers_of(scores: bytes) -> list[int]:
    """Return scores as numbers."""
    return memoryview(scores).cast("b").tolist()
