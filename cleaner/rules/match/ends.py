"""The numbers of the gate by numpy: what `Maker` says, for all lines at once. `kernel/gate.c` does the same.

Example: the lines "• Share this on Facebook", "" and "£5" are one text of units, and of the first, the bullet is a
margin. There are two rows, with the places 0 and 2 and the sizes 16 and 2:

    s h a r e   t h i s   o n   f a   f a c e b o o k
    £ 0 · · · · · · · · · · · · · ·   · · · · · · £ 0
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cleaner.rules.match.units import HASHES, HEAD_UNITS, MARGIN, ODD, ROW_BYTES, ROW_UNITS, TAIL_UNITS, Buffer

Units = NDArray[np.uint16]
Hashes = NDArray[np.uint64]

# Odd numbers with about as many bits set as not: one for each four units of a row.
_FACTORS = (
    *(0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93),
    *(0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3),
)
_TAG_BITS = 16
_SLOTS_PER_HASH = 8  # slots of the tag table for each hash; with fewer, more hashes share a slot


def read_ends(lines: Sequence[str], table: Buffer, margins: Buffer, /) -> tuple[bytearray, bytearray, bytearray]:
    """Return places, sizes and rows of lines."""
    if margins:  # what they are is known to Python
        lines = [line.lstrip(MARGIN) for line in map(str.strip, lines)]
    # All lines are encoded as one, with line feeds between them, and more before and behind for short ones.
    padded = "\n".join(["\n" * (TAIL_UNITS - 1), *lines, "\n" * HEAD_UNITS])
    encoded = padded.encode("utf-16-le", "surrogatepass")
    breaks = (np.frombuffer(encoded, "<u2") == ord("\n")).nonzero()[0][TAIL_UNITS - 1 : TAIL_UNITS + len(lines)]
    sizes = breaks[1:] - breaks[:-1] - 1
    places = sizes.nonzero()[0]
    sizes = np.minimum(sizes[places], HEAD_UNITS)
    # Views of `encoded` with overlapping rows: row i is the `width` units from the i-th on. Rows of ends are taken.
    heads, tails = (
        np.ndarray((len(encoded) // 2 - width + 1, width), "<u2", encoded, 0, (2, 2))[first]
        for width, first in ((HEAD_UNITS, breaks[places] + 1), (TAIL_UNITS, breaks[places + 1] - TAIL_UNITS))
    )
    rows = np.frombuffer(table, np.uint16)[np.concatenate((heads, tails), 1)]
    rows &= _masks()[sizes]
    return _as_integers(places), _as_integers(sizes), bytearray(rows.data)


@cache
def _masks() -> Units:
    """Return a mask for each size: the columns of a row that a line of this size fills."""
    ranks = np.array([*range(HEAD_UNITS), *range(TAIL_UNITS - 1, -1, -1)])
    return np.where(ranks < np.arange(HEAD_UNITS + 1)[:, None], np.uint16(0xFFFF), np.uint16(0))


def find_special(rows: Buffer, /) -> tuple[bytearray, bytearray]:
    """Return the indices of odd rows, and of others that begin with a digit."""
    units = _units_of(rows)
    spaces = units == ord(" ")
    odd = units == ODD
    odd[:, 1:] |= spaces[:, 1:] & spaces[:, :-1]
    odd[:, 0] |= (units[:, 0] == ord("o")) & spaces[:, 1]
    eights = odd.view("<u8")  # eight columns in one number: a row has three
    is_odd = (eights[:, 0] | eights[:, 1] | eights[:, 2]) != 0
    return _as_integers(is_odd.nonzero()[0]), _as_integers(((units[:, 0] == ord("0")) & ~is_odd).nonzero()[0])


def hash_ends(rows: Buffer, change: int, /) -> bytearray:
    """Return the hashes of rows.

    Four units are a word, a number of 64 bits. A hash is the sum of its words, each times a factor. If it covers part
    of a word, this is shifted so that the other units drop out.
    """
    words = _units_of(rows).view("<u8").T  # four units each
    factors = [np.uint64(factor) for factor in _FACTORS]

    def part(number: int, size: int) -> Any:
        """Return what the first `size` units of a word add to a hash."""
        return (words[number] << np.uint64(64 - 16 * size)) * factors[number]

    one, two, three, _, five, six = (word * factor for word, factor in zip(words, factors, strict=True))
    first_8 = one + two
    first_12 = first_8 + three
    last_8 = five + six
    prefixes = (part(0, 1), part(0, 3), one, one + part(1, 2), first_8, first_12, first_12 + part(3, 3))
    suffixes = ((words[5] >> np.uint64(48)) * factors[5], six, last_8)
    hashes = np.stack((*prefixes, *suffixes, first_8 + last_8), 1)
    hashes ^= np.uint64(change)
    return bytearray(hashes.data)


def tag_table(hashes: Buffer, offsets: Buffer, codes: Buffer, /) -> bytearray:
    """Return the tag table of a gate."""
    known, starts = np.frombuffer(hashes, np.uint64), np.frombuffer(offsets, np.int32)
    if not (
        len(starts) == len(known) + 1
        and starts[0] == 0
        and starts[-1] == len(np.frombuffer(codes, np.int32))
        and (starts[1:] >= starts[:-1]).all()
    ):
        raise ValueError("offsets that are none")
    slots, tags = _slots_and_tags(known, len(known))
    table = np.zeros(1 << _slot_bits(len(known)), np.uint16)
    table[slots] = tags
    table[slots[table[slots] != tags]] = 1
    return bytearray(table.data)


def _slot_bits(count: int) -> int:
    """Return how many bits the number of a slot has in the table for so many hashes."""
    return (_SLOTS_PER_HASH * count + 1).bit_length()


def _slots_and_tags(hashes: Hashes, count: int) -> tuple[Any, Any]:
    """Return the slot of each hash in the tag table of a gate with `count` hashes, and its tag."""
    bits = hashes >> np.uint64(64 - _TAG_BITS - _slot_bits(count))
    return (bits >> np.uint64(_TAG_BITS)).view(np.int64), bits.astype(np.uint16) | np.uint16(2)


def look_up(
    whole: Buffer,
    places: Buffer,
    behind: Buffer,
    places_behind: Buffer,
    start: int,
    tags: Buffer,
    hashes: Buffer,
    offsets: Buffer,
    codes: Buffer,
    /,
) -> bytearray:
    """Return what lines call for."""
    gate = _Gate(
        np.frombuffer(tags, np.uint16),
        np.frombuffer(hashes, np.uint64),
        np.frombuffer(offsets, np.int32),
        np.frombuffer(codes, np.int32),
    )
    calls = _calls_of(whole, places, gate)
    if len(behind):
        calls = np.concatenate((calls, _calls_of(behind, places_behind, gate)))
        calls = calls[calls[:, 0].argsort(kind="stable")]
    calls[:, 0] += start
    return _as_integers(calls)


class _Gate(NamedTuple):
    """The tables of a gate as arrays."""

    tags: Units
    hashes: Hashes
    offsets: NDArray[np.int32]
    codes: NDArray[np.int32]


def _calls_of(lines: Buffer, places: Buffer, gate: _Gate) -> NDArray[np.int32]:
    """Return what lines with these hashes call for: rows of a place and a code."""
    of_lines, numbers = np.frombuffer(lines, np.uint64).reshape(-1, HASHES), np.frombuffer(places, np.int32)
    if len(of_lines) != len(numbers):
        raise ValueError("hashes of other lines")
    slots, wanted = _slots_and_tags(of_lines, len(gate.hashes))
    known = gate.tags[slots]
    rows, columns = ((known == wanted) | (known == 1)).nonzero()
    found = of_lines[rows, columns]
    ids = gate.hashes.searchsorted(found)
    ids[ids == len(gate.hashes)] = 0
    right = (gate.hashes[ids] == found).nonzero()[0]
    starts = gate.offsets[ids[right]]
    counts = gate.offsets[ids[right] + 1] - starts
    # All codes of each hash, one after the other: indices count up from each of `starts`, `counts` times.
    codes = gate.codes[np.arange(counts.sum()) + (starts - counts.cumsum() + counts).repeat(counts)]
    return np.stack((numbers[rows[right]].repeat(counts), codes), 1)


def fold_lines(text: Buffer, table: Buffer, /) -> tuple[bytearray, bytearray]:
    """Return a text as a table has it, and the numbers of its odd lines."""
    units = np.frombuffer(table, np.uint16)[np.frombuffer(text, "<u2")]
    spaces = units == ord(" ")
    odd = units == ODD
    units[odd] = 0
    odd[1:] |= spaces[1:] & spaces[:-1]
    breaks = (units == ord("\n")).nonzero()[0]
    lines = np.unique(breaks.searchsorted(odd.nonzero()[0]))
    return bytearray(units.astype("<u2", copy=False).data), _as_integers(lines)


def _units_of(rows: Buffer) -> Units:
    """Return rows as an array."""
    if len(rows) % ROW_BYTES:
        raise ValueError("rows of another length")
    return np.frombuffer(rows, np.uint16).reshape(-1, ROW_UNITS)


def _as_integers(numbers: Any) -> bytearray:
    """Return numbers as a buffer of 32 bits each."""
    return bytearray(np.ascontiguousarray(numbers, np.int32).data)
