"""The gate: which lines of documents literals and patterns may fit, found out for all lines at once.

From the first and the last characters of each line numbers are made, as they are of the literals and of what
patterns begin or end with; where those are equal, the line is let through. A line that fits is always let
through, and few others are, so that whoever looks closer has little to do.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from cleaner.rules import keys
from cleaner.rules.outline import Outline

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]
    Bits = NDArray[np.uint32]

HEAD, TAIL = 15, 8  # UTF-16 units of the start and the end of a line that are looked at
_WINDOW = 16  # one more, which may combine with the last
_STARTS = (1, 3, 4, 5, 6, 8, 11, 15)  # so many units of a start are compared, the most of which there is something
_ENDS = (1, 4, 8)
_WHOLE = len(_STARTS) + len(_ENDS)  # then comes what is made of both ends
STRONG, PART, WEAK = 0x7FFF, 0x8000, 0x7FFF0000  # bits of what is let through; of a start or end they tell …
_CLASSES = 15  # … of what class the character at the other end is
_TAG = 32  # the last bits of numbers
_SPARSE = 8  # so many times as many slots as there are things to look for
LONG = 2000  # characters: of a longer line the key is not made to look at its ends
ENOUGH = 200  # characters at an end, of which enough are left in a key
_MARGIN = " \t\xa0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000" + keys.BULLETS  # blanks in keys, and bullets

_ODD = 0xFFFF  # stands for a character of which it takes more than a look to know what it is in a key
_PLAIN = 0x3000  # up to here characters are looked at one by one
_SAME = ((0x3041, 0x3096), (0x30A1, 0x30FA), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3))  # what keys keep


@cache
def _folded() -> NDArray[np.uint16]:
    """Return what UTF-16 units are in keys, digits aside, which are all 0; some of them are `_ODD`."""
    import numpy as np

    table = np.full(0x10000, _ODD, np.uint16)
    chars = [" " if char == "\n" else char for char in map(chr, range(_PLAIN))]
    for code, (char, form) in enumerate(zip(chars, keys.fold("\n".join(chars)).split("\n"), strict=True)):
        combines = unicodedata.category(char)[0] == "M" or 0x1100 <= code < 0x1200
        if len(form) == 1 and not combines and (form == " " or not form.isspace()):
            table[code] = ord("0") if form in "123456789" else ord(form)
    for low, high in _SAME:
        table[low : high + 1] = np.arange(low, high + 1)
    table[ord("\t")] = ord(" ")
    return table


@cache
def _as_is() -> NDArray[np.uint16]:
    """Return what UTF-16 units of keys are, but for digits."""
    import numpy as np

    table = np.arange(0x10000, dtype=np.uint16)
    table[ord("1") : ord("9") + 1] = ord("0")
    return table


class Lines:
    """The ends of lines that are not blank, as numbers to compare."""

    def __init__(self, lines: Sequence[str]) -> None:
        bare = [line.strip().lstrip(_MARGIN) for line in lines]
        self.places, heads, tails = _windows(bare, _folded())
        odd = _are_odd(heads, tails)
        if len(odd):
            forms = keys.keys([_ends_of(lines[i]) for i in self.places[odd].tolist()], LONG)
            some, new_heads, new_tails = _windows(forms, _as_is())
            heads[odd] = tails[odd] = 0
            heads[odd[some]], tails[odd[some]] = new_heads, new_tails
        self._odd = odd
        self._hashes = _hashes(heads, tails)
        self._firsts, self._lasts = _class_bits(heads[:, 0]), _class_bits(tails[:, 0])

    def through(self, slots: Hashes) -> Bits:
        """Return for each of `places` what of `slots` lets it through."""
        import numpy as np

        size = len(slots).bit_length() - 1
        slot = slots[(self._hashes >> np.uint64(64 - size)).view(np.int64)]
        found = slot.astype(np.uint32)
        tags = (slot >> _TAG).astype(np.uint32)
        found *= (tags == self._hashes.astype(np.uint32)) | (tags == 0)
        found[: len(_STARTS)] &= self._lasts
        found[len(_STARTS) : _WHOLE] &= self._firsts
        bits: Bits = np.bitwise_or.reduce(found, axis=0)
        bits[self._odd] |= PART
        return bits


def _ends_of(line: str) -> str:
    return line if len(line) <= LONG else line[:ENOUGH] + line[-ENOUGH:]


def _windows(texts: Sequence[str], table: NDArray[np.uint16]) -> tuple[Any, Any, Any]:
    """Return which texts are not empty, and their first and last units (these from the end), then zeros."""
    import numpy as np

    # What is read beyond the ends of texts is blanked out.
    units = np.frombuffer(_encoded("\n".join([*texts, "\n" * _WINDOW])), "<u2")
    stops = np.flatnonzero(units == ord("\n"))[: len(texts)]
    starts = np.zeros_like(stops)
    starts[1:] = stops[:-1] + 1
    places = np.flatnonzero(stops > starts)
    starts, stops = starts[places], stops[places]
    sizes = (stops - starts)[:, None]
    ahead, back = np.arange(_WINDOW), np.arange(TAIL)
    heads = table[units[starts[:, None] + ahead]]
    heads *= ahead < sizes
    tails = table[units[stops[:, None] - 1 - back]]
    tails *= back < sizes
    return places, heads, tails


def _are_odd(heads: NDArray[np.uint16], tails: NDArray[np.uint16]) -> Any:
    """Return the numbers of the lines of which it takes more than a look to know the ends of their keys."""
    import numpy as np

    odd = (heads[:, 0] == ord("o")) & (heads[:, 1] == ord(" "))  # which may be a bullet
    for units in (heads, tails):
        spaces = units == ord(" ")
        odd |= (units == _ODD).any(1) | (spaces[:, 1:] & spaces[:, :-1]).any(1)
    return np.flatnonzero(odd)


_FACTORS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3)
_SEED = 0x589965CC75374CC3


def _hashes(heads: NDArray[np.uint16], tails: NDArray[np.uint16]) -> Hashes:
    """Return a number for each of `_STARTS`, `_ENDS` and the whole (rows) of lines (columns)."""
    import numpy as np

    words = [*heads.view("<u8").T, *tails.view("<u8").T]
    factors = [np.uint64(factor) for factor in _FACTORS]
    full = [word * factor for word, factor in zip(words, factors, strict=True)]
    result = np.empty((_WHOLE + 1, len(heads)), np.uint64)
    for first, sizes in ((0, _STARTS), (4, _ENDS)):
        for row, size in enumerate(sizes, len(_STARTS) if first else 0):
            number, rest = divmod(size, 4)
            hashed = np.uint64(_SEED * (row + 1) % 2**64)
            for each in full[first : first + number]:
                hashed = hashed + each
            if rest:
                hashed = hashed + (words[first + number] & np.uint64(2 ** (16 * rest) - 1)) * factors[first + number]
            result[row] = hashed
    result[_WHOLE] = full[0] + full[1] + full[4] + full[5]
    return result


def _class_bits(chars: NDArray[np.uint16]) -> Bits:
    import numpy as np

    bits: Bits = np.uint32(1 | 1 << 16) << (chars % np.uint16(_CLASSES)).astype(np.uint32)
    return bits | np.uint32(PART)


Entry = tuple[str, int, int]  # a text, the row of hashes in which it is looked for, and the bits it lets through


def literals(texts: Iterable[str], bits: int) -> Iterator[Entry]:
    """Yield the entries of keys of lines, which let through with `bits`: `STRONG` or `WEAK`."""
    return ((text, _WHOLE, bits) for text in texts)


def pattern(found: Outline, bits: int) -> Iterator[Entry]:
    """Yield the entries of a pattern for whole lines, whose edges let through with some of `bits`."""
    yield from literals(found.whole, bits)
    if found.others is not None:
        side = slice(2) if found.at_end else slice(-2, None)
        units = {int.from_bytes(_encoded(char)[side], "little") for char in found.others}
        bits &= sum({0x10001 << unit % _CLASSES for unit in units})
    for text in found.edges:
        yield text, _row(text, found.at_end), bits


def part(found: Outline) -> Iterator[Entry]:
    """Yield the entries of a pattern for parts of lines, which let through with `PART`."""
    for text in found.edges | found.whole:
        # White space is blanks here, and margins are gone.
        text = "".join(" " if char.isspace() else char for char in text).strip().lstrip(_MARGIN)
        yield text, _row(text, found.at_end), PART


def _row(text: str, at_end: bool) -> int:
    sizes, row = (_ENDS, len(_STARTS)) if at_end else (_STARTS, 0)
    units = len(_encoded(text)) // 2
    return row + sum(size <= units for size in sizes) - 1


def _encoded(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def pack(entries: Iterable[Entry]) -> bytes:
    """Return what `open_gate` needs of entries."""
    import numpy as np

    found: dict[tuple[str, int], int] = {}
    always = 0
    for text, row, bits in entries:
        if text:
            found[text, row] = found.get((text, row), 0) | bits
        else:
            always |= bits
    _, heads, tails = _windows([text for text, _ in found], _as_is())
    hashes = _hashes(heads, tails)[[row for _, row in found], np.arange(len(found))]
    return hashes.astype("<u8").tobytes() + np.array([*found.values(), always], "<u4").tobytes()


def open_gate(packed: bytes) -> Hashes:
    """Return the slots of a gate, by the first bits of numbers: what they let through, and above the last bits.

    Where those differ there are none.
    """
    import numpy as np

    count = len(packed) // 12
    hashes = np.frombuffer(packed, "<u8", count)
    bits = np.frombuffer(packed, "<u4", offset=8 * count)
    size = (_SPARSE * count + 1).bit_length()
    places = (hashes >> np.uint64(64 - size)).view(np.int64)
    tags = np.zeros(1 << size, np.uint32)
    tags[places] = hashes.astype(np.uint32)
    mixed = places[tags[places] != hashes.astype(np.uint32)]
    tags[mixed] = 0
    slots = np.full(1 << size, bits[-1], np.uint32)
    np.bitwise_or.at(slots, places, bits[:-1])
    return slots | tags.astype(np.uint64) << _TAG
