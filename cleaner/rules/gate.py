"""The gate: which literals and patterns may fit which lines of documents, found out for all lines at once.

From the first and the last characters of each line numbers are made, as they are of the literals and of what
patterns begin or end with; where those are equal, a line calls for a closer look. What fits is always called
for, and little else is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from cleaner.rules import keys
from cleaner.rules.outline import Outline

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Units = NDArray[np.uint16]
    Hashes = NDArray[np.uint64]

HEAD, TAIL = 15, 8  # UTF-16 units of the start and the end of a line that are looked at
_WINDOW = 16  # one more, which may combine with the last
_STARTS = (1, 3, 4, 5, 6, 8, 11, 15)  # so many units of a start are compared, the most of which there is something
_ENDS = (1, 4, 8)
_WHOLE = len(_STARTS) + len(_ENDS)  # then comes what is made of both ends
_CLASSES = 16  # of characters: with a start or end goes which may stand at the other end
_ALL = (1 << _CLASSES) - 1
_SPARSE = 8  # so many times as many slots as there are things to look for
MANY = 8  # patterns with the same start or end: more are not called for one by one
LITERAL, CROWD, NUMBERS = 0, 1, 2  # what is called for: a literal, one of many patterns, or the pattern of a number
_PART = 1 << 30

LONG = 2000  # characters: of a longer line the key is not made to look at its ends
ENOUGH = 200  # characters at an end, of which enough are left in a key
_MARGIN = " \t\xa0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000" + keys.BULLETS  # blanks in keys, and bullets

_ODD = 0xFFFF  # stands for a character of which it takes more than a look to know what it is in a key
_PLAIN = 0x3000  # up to here characters are looked at one by one
_SAME = ((0x3041, 0x3096), (0x30A1, 0x30FA), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3))  # what keys keep


@cache
def _folded() -> Units:
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
def _as_is() -> Units:
    """Return what UTF-16 units of keys are, but for digits."""
    import numpy as np

    table = np.arange(0x10000, dtype=np.uint16)
    table[ord("1") : ord("9") + 1] = ord("0")
    return table


class Packed(msgspec.Struct, array_like=True, frozen=True):
    """What is looked for, as arrays of little-endian numbers."""

    hashes: bytes
    classes: bytes
    offsets: bytes  # where in `codes` those of each hash begin, and where the last end
    codes: bytes
    always: bool  # whether parts of any line may fit


class Gate:
    """A gate to call for what may fit lines."""

    def __init__(self, packed: Packed) -> None:
        import numpy as np

        self.hashes = np.frombuffer(packed.hashes, "<u8")
        self.offsets, self.codes = np.frombuffer(packed.offsets, "<i4"), np.frombuffer(packed.codes, "<i4")
        self.always = packed.always
        # Slots by the first bits of hashes hold the classes, and above them, as a tag, the bits that come next.
        self.size = (_SPARSE * len(self.hashes) + 1).bit_length()
        places, tags = self.look(self.hashes)
        self.slots = np.zeros(1 << self.size, np.uint32)
        self.slots[places] = tags << _CLASSES
        several = self.slots[places] >> _CLASSES != tags
        self.slots[places[several]] = 0
        np.bitwise_or.at(self.slots, places, np.frombuffer(packed.classes, "<u2"))

    def look(self, hashes: Hashes) -> tuple[Any, Any]:
        """Return the slots of hashes, and their tags; in a slot the tag 0 stands for any."""
        import numpy as np

        bits = hashes >> np.uint64(64 - _CLASSES - self.size)
        return (bits >> np.uint64(_CLASSES)).view(np.int64), (bits & np.uint64(_ALL)).astype(np.uint32)


class Calls(NamedTuple):
    """What a closer look at lines is called for: (line, what) for strong and weak rules; and lines for parts of them."""

    strong: list[tuple[int, int]]
    weak: list[tuple[int, int]]
    parts: list[int]


class Lines:
    """The ends of lines that are not blank, as numbers to compare."""

    def __init__(self, lines: Sequence[str]) -> None:
        bare = [line.strip().lstrip(_MARGIN) for line in lines]
        self._places, heads, tails = _windows(bare, _folded())
        self._odd = odd = _are_odd(heads, tails)
        if len(odd):
            forms = keys.keys([_ends_of(lines[i]) for i in self._places[odd].tolist()], LONG)
            some, new_heads, new_tails = _windows(forms, _as_is())
            heads[odd] = tails[odd] = 0
            heads[odd[some]], tails[odd[some]] = new_heads, new_tails
        self._hashes = _hashes(heads, tails)
        self._firsts, self._lasts = _class_of(heads[:, 0]), _class_of(tails[:, -1])

    def call(self, gate: Gate) -> Calls:
        """Return what the lines call for, ordered by line."""
        import numpy as np

        places, tags = gate.look(self._hashes)
        slots = gate.slots[places]
        slot_tags = slots >> _CLASSES
        found = slots.astype(np.uint16) * ((slot_tags == tags) | (slot_tags == 0))
        found[: len(_STARTS)] &= self._lasts
        found[len(_STARTS) : _WHOLE] &= self._firsts
        columns, rows = found.T.nonzero()
        hashes = self._hashes[rows, columns]
        ids = gate.hashes.searchsorted(hashes)
        ids[ids == len(gate.hashes)] = 0
        right = (gate.hashes[ids] == hashes).nonzero()[0]
        starts = gate.offsets[ids[right]]
        counts = gate.offsets[ids[right] + 1] - starts
        # The codes from each start on, as many as there are.
        codes = gate.codes[np.arange(counts.sum()) + (starts - counts.cumsum() + counts).repeat(counts)]
        lines = self._places[columns[right]].repeat(counts)
        part = codes == _PART
        strong, weak = (codes >= 0) & ~part, codes < 0
        return Calls(
            list(zip(lines[strong].tolist(), codes[strong].tolist(), strict=True)),
            list(zip(lines[weak].tolist(), (~codes[weak]).tolist(), strict=True)),
            self._places.tolist() if gate.always else sorted({*lines[part].tolist(), *self._places[self._odd].tolist()}),
        )


def _ends_of(line: str) -> str:
    return line if len(line) <= LONG else line[:ENOUGH] + line[-ENOUGH:]


def _encoded(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def _windows(texts: Sequence[str], table: Units) -> tuple[Any, Any, Any]:
    """Return which texts are not empty, and their first and last units, with zeros where there are not so many."""
    import numpy as np

    encoded = _encoded("\n".join(["\n" * (TAIL - 1), *texts, "\n" * _WINDOW]))
    units = np.frombuffer(encoded, "<u2")
    stops = (units[TAIL:] == ord("\n")).nonzero()[0][: len(texts)]
    stops += TAIL
    starts = np.empty_like(stops)
    starts[:1] = TAIL
    starts[1:] = stops[:-1] + 1
    places = (stops > starts).nonzero()[0]
    starts, stops = starts[places], stops[places]
    heads, tails = (
        table[np.ndarray((len(units) - width + 1, width), "<u2", encoded, 0, (2, 2))[first]]
        for width, first in ((_WINDOW, starts), (TAIL, stops - TAIL))
    )
    sizes = (stops - starts)[:, None]
    heads *= np.arange(_WINDOW) < sizes
    tails *= np.arange(TAIL, 0, -1) <= sizes
    return places, heads, tails


def _are_odd(heads: Units, tails: Units) -> Any:
    """Return the numbers of the lines of which it takes more than a look to know the ends of their keys."""
    import numpy as np

    odd = (heads[:, 0] == ord("o")) & (heads[:, 1] == ord(" "))  # which may be a bullet
    units = np.concatenate((heads, tails), 1)
    spaces = units == ord(" ")
    odd |= ((units == _ODD) | (spaces & np.roll(spaces, 1, 1))).any(1)
    return odd.nonzero()[0]


_FACTORS = (
    *(0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93),
    *(0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3),
)
_SEED = 0x589965CC75374CC3


def _hashes(heads: Units, tails: Units) -> Hashes:
    """Return a number for each of `_STARTS`, `_ENDS` and the whole (rows) of lines (columns)."""
    import numpy as np

    words = [*heads.view("<u8").T, *tails.view("<u8").T[::-1]]
    factors = [np.uint64(factor) for factor in _FACTORS]
    full = [word * factor for word, factor in zip(words, factors, strict=True)]
    result: Hashes = np.empty((_WHOLE + 1, len(heads)), np.uint64)
    for row, size in enumerate((*_STARTS, *_ENDS)):
        at_end = row >= len(_STARTS)
        number, rest = divmod(size, 4)
        number += 4 * at_end
        result[row] = np.uint64(_SEED * (row + 1) % 2**64)
        for each in full[4 * at_end : number]:
            result[row] += each
        if rest:
            shift = np.uint64(64 - 16 * rest)
            result[row] += (words[number] >> shift if at_end else words[number] << shift) * factors[number]
    result[_WHOLE] = full[0] + full[1] + full[4] + full[5]
    return result


def _class_of(chars: Units) -> Any:
    import numpy as np

    return np.uint16(1) << (chars & np.uint16(_CLASSES - 1))


Entry = tuple[str, int, int, int]  # a text, the row of hashes in which it is looked for, classes, and a code


def literals(texts: Iterable[str]) -> Iterator[Entry]:
    """Yield the entries of keys of lines."""
    return ((text, _WHOLE, _ALL, LITERAL) for text in texts)


def pattern(found: Outline, number: int) -> Iterator[Entry]:
    """Yield the entries of a pattern for whole lines."""
    code = NUMBERS + number
    for text in found.whole:
        yield text, _WHOLE, _ALL, code
    classes = _ALL
    if found.others is not None:
        side = slice(2) if found.at_end else slice(-2, None)
        units = {int.from_bytes(_encoded(char)[side], "little") for char in found.others}
        classes = sum({1 << unit % _CLASSES for unit in units})
    for text in found.edges:
        yield text, _row(text, found.at_end), classes, code


def part(found: Outline) -> Iterator[Entry]:
    """Yield the entries of a pattern for parts of lines."""
    for text in found.edges | found.whole:
        # White space is blanks here, and margins are gone.
        text = "".join(" " if char.isspace() else char for char in text).strip().lstrip(_MARGIN)
        yield text, _row(text, found.at_end), _ALL, _PART


def _row(text: str, at_end: bool) -> int:
    sizes, row = (_ENDS, len(_STARTS)) if at_end else (_STARTS, 0)
    units = len(_encoded(text)) // 2
    return row + sum(size <= units for size in sizes) - 1


def pack(strong: Iterable[Entry], weak: Iterable[Entry]) -> Packed:
    """Return the gate of the entries of strong and weak rules."""
    import numpy as np

    entries = [*((*entry, False) for entry in strong), *((*entry, True) for entry in weak)]
    known = [entry for entry in entries if entry[0]]
    _, heads, tails = _windows([text for text, *_ in known], _as_is())
    hashes = _hashes(heads, tails)[[row for _, row, *_ in known], np.arange(len(known))]
    found: dict[int, tuple[set[int], set[int]]] = {}
    classes: dict[int, int] = {}
    for number, (_, _, allowed, code, is_weak) in zip(hashes.tolist(), known, strict=True):
        classes[number] = classes.get(number, 0) | allowed
        found.setdefault(number, (set(), set()))[is_weak].add(code)
    numbers = sorted(found)
    codes = [[*_few(found[number][0]), *(~code for code in _few(found[number][1]))] for number in numbers]
    return Packed(
        np.array(numbers, "<u8").tobytes(),
        np.array([classes[number] for number in numbers], "<u2").tobytes(),
        np.cumsum([0, *map(len, codes)]).astype("<i4").tobytes(),
        np.array([code for each in codes for code in each], "<i4").tobytes(),
        len(known) < len(entries),
    )


def _few(codes: set[int]) -> list[int]:
    """Return `codes` in order, with one code for patterns that are too many."""
    if len(codes) <= MANY:
        return sorted(codes)
    return [*sorted({LITERAL, _PART} & codes), CROWD]
