"""The gate: which literals and patterns may fit which lines of documents, found out for all lines at once.

From the first and the last characters of each line numbers are made, as they are of the literals and of what
patterns begin or end with; where those are equal, a line calls for a closer look. What fits is always called
for, and little else is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from cleaner.rules.match import keys
from cleaner.rules.match.outline import Outline

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Units = NDArray[np.uint16]
    Hashes = NDArray[np.uint64]

STARTS = (1, 3, 4, 6, 8, 12, 15)  # so many UTF-16 units of a start are compared, the most of which there is something
ENDS = (1, 4, 8)
_TAIL = ENDS[-1]
_WINDOW = STARTS[-1] + 1  # the next may combine with the last
_WHOLE = len(STARTS) + len(ENDS)  # then comes what is made of both ends
_TAG = 16  # bits
_SPARSE = 8  # so many times as many slots as there are things to look for
CHUNK = 5000  # lines that are looked at at once: more take more memory, and no less time
MANY = 8  # patterns with the same start or end: more are not called for one by one
# What is called for: a literal, parts of lines, one of many patterns; from there on, patterns by number.
LITERAL, PART, CROWD, NUMBERS = 0, 1, 2, 3

LONG = 2000  # characters: of a longer line the key is not made to look at its ends
ENOUGH = 200  # characters at an end, of which enough are left in a key
_WIDE = "".join(map(chr, range(0x2000, 0x200B)))
_MARGIN = f" \t\xa0{_WIDE}\u202f\u205f\u3000{keys.BULLETS}"  # what is a blank in keys, and bullets

_ODD = 0xFFFF  # stands for a character of which it takes more than a look to know what it is in a key
_PLAIN = 0x3000  # up to here characters are looked at one by one
_SAME = ((0x3041, 0x3096), (0x30A1, 0x30FA), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3))  # what keys keep


@cache
def _folded() -> Units:
    """Return what UTF-16 units are in keys, digits aside, which are all 0; some of them are `_ODD`."""
    import numpy as np

    chars = [" " if char == "\n" else char for char in map(chr, range(_PLAIN))]
    forms = keys.fold("\n".join(chars)).split("\n")
    table = np.full(0x10000, _ODD, np.uint16)
    table[:_PLAIN] = [
        ord(form) if len(form) == 1 and (form == " " or not form.isspace()) and kind[0] != "M" else _ODD
        for form, kind in zip(forms, map(unicodedata.category, chars), strict=True)
    ]
    table[0x1100:0x1200] = _ODD  # letters that combine
    table[(table >= ord("1")) & (table <= ord("9"))] = ord("0")
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
        # Slots by the first bits of hashes hold as tags the bits that come next; one that is taken twice holds a 1.
        self.size = (_SPARSE * len(self.hashes) + 1).bit_length()
        places, tags = self.look(self.hashes)
        self.tags = np.zeros(1 << self.size, np.uint16)
        self.tags[places] = tags
        self.tags[places[self.tags[places] != tags]] = 1

    def look(self, hashes: Hashes) -> tuple[Any, Any]:
        """Return the slots of hashes, and their tags, which are neither 0 nor 1."""
        import numpy as np

        bits = hashes >> np.uint64(64 - _TAG - self.size)
        return (bits >> np.uint64(_TAG)).view(np.int64), bits.astype(np.uint16) | np.uint16(2)


class LineEnds:
    """The ends of lines, to be looked up in any number of gates."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._chunks = [_Chunk(lines[start : start + CHUNK], start) for start in range(0, len(lines), CHUNK)]

    def call(self, gate: Gate) -> list[tuple[int, int]]:
        """Return lines and what a closer look at them is called for, ordered by line but for parts of lines.

        That is `LITERAL`, `CROWD`, `PART` or a pattern, and of weak rules the complements of these, below zero.
        """
        return [call for chunk in self._chunks for call in chunk.call(gate)]


class _Chunk:
    """The ends of lines that are not blank, as numbers to compare."""

    def __init__(self, lines: Sequence[str], start: int) -> None:
        bare = [line.strip().lstrip(_MARGIN) for line in lines]
        self._places, _, units = _ends(bare, _folded())
        self._odd = odd = _are_odd(units)
        if len(odd):
            forms = keys.keys([_short(lines[i]) for i in self._places[odd].tolist()], LONG)
            some, _, found = _ends(forms, _as_is())
            units[odd] = 0
            units[odd[some]] = found
        self._hashes = _hashes(units)
        self._places += start

    def call(self, gate: Gate) -> list[tuple[int, int]]:
        import numpy as np

        places, tags = gate.look(self._hashes)
        known = gate.tags[places]
        columns, rows = ((known == tags) | (known == 1)).T.nonzero()
        hashes = self._hashes[rows, columns]
        ids = gate.hashes.searchsorted(hashes)
        ids[ids == len(gate.hashes)] = 0
        right = (gate.hashes[ids] == hashes).nonzero()[0]
        starts = gate.offsets[ids[right]]
        counts = gate.offsets[ids[right] + 1] - starts
        # The codes from each start on, as many as there are.
        codes = gate.codes[np.arange(counts.sum()) + (starts - counts.cumsum() + counts).repeat(counts)]
        calls = list(zip(self._places[columns[right]].repeat(counts).tolist(), codes.tolist(), strict=True))
        more = (self._places if gate.always else self._places[self._odd]).tolist()
        return calls + [(i, PART) for i in more]


def _short(line: str) -> str:
    return line if len(line) <= LONG else line[:ENOUGH] + line[-ENOUGH:]


def _encoded(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def _ends(texts: Sequence[str], table: Units) -> tuple[Any, Any, Units]:
    """Return which texts are not empty, of how many units they are (more than `_WINDOW` are not counted), and the
    first and last of those in a row, with zeros where they have fewer."""
    import numpy as np

    encoded = _encoded("\n".join(["\n" * (_TAIL - 1), *texts, "\n" * _WINDOW]))
    breaks = (np.frombuffer(encoded, "<u2") == ord("\n")).nonzero()[0][_TAIL - 1 : _TAIL + len(texts)]
    sizes = breaks[1:] - breaks[:-1] - 1
    places = sizes.nonzero()[0]
    sizes = np.minimum(sizes[places], _WINDOW)
    heads, tails = (
        np.ndarray((len(encoded) // 2 - width + 1, width), "<u2", encoded, 0, (2, 2))[first]
        for width, first in ((_WINDOW, breaks[places] + 1), (_TAIL, breaks[places + 1] - _TAIL))
    )
    units = table[np.concatenate((heads, tails), 1)]
    units &= _masks()[sizes]
    return places, sizes, units


@cache
def _masks() -> Units:
    """Return for texts of so many units which of those in a row are theirs."""
    import numpy as np

    ranks = np.array([*range(_WINDOW), *range(_TAIL - 1, -1, -1)])
    return np.where(ranks < np.arange(_WINDOW + 1)[:, None], np.uint16(0xFFFF), np.uint16(0))


def _are_odd(units: Units) -> Any:
    """Return the numbers of the lines of which it takes more than a look to know the ends of their keys."""
    spaces = units == ord(" ")
    odd = units == _ODD
    odd[:, 1:] |= spaces[:, 1:] & spaces[:, :-1]
    odd[:, 0] |= (units[:, 0] == ord("o")) & spaces[:, 1]  # which may be a bullet
    eights = odd.view("<u8")
    return (eights[:, 0] | eights[:, 1] | eights[:, 2]).nonzero()[0]


_FACTORS = (
    *(0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93),
    *(0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3),
)


def _hashes(units: Units) -> Hashes:
    """Return a number for each of `STARTS`, `ENDS` and the whole (rows) of lines (columns)."""
    import numpy as np

    words = units.view("<u8").T  # four units each
    factors = [np.uint64(factor) for factor in _FACTORS]

    def part(number: int, size: int) -> Any:
        """Return what the first `size` units of a word add."""
        return (words[number] << np.uint64(64 - 16 * size)) * factors[number]

    one, two, three, _, five, six = (word * factor for word, factor in zip(words, factors, strict=True))
    eight = one + two
    twelve = eight + three
    last = five + six
    starts = (part(0, 1), part(0, 3), one, one + part(1, 2), eight, twelve, twelve + part(3, 3))
    ends = ((words[5] >> np.uint64(48)) * factors[5], six, last)
    return np.array((*starts, *ends, eight + last))


_AT_START, _AT_END, _BOTH = range(3)  # where in lines texts are looked for: in whole ones at both ends


class Entries:
    """What a gate has to know, in columns: texts, where each is looked for, and what it calls for."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.places: list[int] = []
        self.codes: list[int] = []

    def add_literals(self, texts: Collection[str]) -> None:
        """Add keys of lines."""
        self._add(texts, _BOTH, LITERAL)

    def add_pattern(self, found: Outline, number: int) -> None:
        """Add a pattern for whole lines."""
        self._add(found.whole, _BOTH, NUMBERS + number)
        self._add(found.edges, _AT_END if found.at_end else _AT_START, NUMBERS + number)

    def add_part(self, found: Outline) -> None:
        """Add a pattern for parts of lines."""
        # White space is blanks here, and margins are gone.
        spaced = ("".join(" " if char.isspace() else char for char in text) for text in found.edges | found.whole)
        texts = [text.strip().lstrip(_MARGIN) for text in spaced]
        self._add(texts, _AT_END if found.at_end else _AT_START, PART)

    def _add(self, texts: Collection[str], place: int, code: int) -> None:
        texts = [text for text in texts if "\n" not in text]  # which no line holds
        self.texts += texts
        self.places += [place] * len(texts)
        self.codes += [code] * len(texts)


def pack(strong: Entries, weak: Entries) -> tuple[Packed, tuple[set[int], set[int]]]:
    """Return the gate of the entries of strong and weak rules, and for each which patterns are in a crowd."""
    import numpy as np

    texts = strong.texts + weak.texts
    known, sizes, units = _ends(texts, _as_is())
    columns = ((strong.places, weak.places), (strong.codes, weak.codes))
    places, codes = (np.array([*one, *two], np.int64)[known] for one, two in columns)
    is_weak = known >= len(strong.texts)
    starts, ends = (np.searchsorted(each, sizes, "right") - 1 for each in (STARTS, ENDS))
    rows = np.choose(places, (starts, len(STARTS) + ends, _WHOLE))
    hashes, is_weak, codes = _ordered(_hashes(units)[rows, np.arange(len(known))], is_weak, codes)
    # Where a number calls for too many patterns of a side, one code is for all of them.
    sides = _are_new(hashes, is_weak).cumsum() - 1
    crowded = (np.bincount(sides) > MANY)[sides] & (codes >= NUMBERS)
    crowds = [set((codes[crowded & (is_weak == side)] - NUMBERS).tolist()) for side in (False, True)]
    codes[crowded] = CROWD
    hashes, is_weak, codes = _ordered(hashes, is_weak, codes)
    numbers, offsets = np.unique(hashes, return_index=True)
    packed = Packed(
        numbers.astype("<u8").tobytes(),
        np.append(offsets, len(hashes)).astype("<i4").tobytes(),
        np.where(is_weak, ~codes, codes).astype("<i4").tobytes(),
        len(known) < len(texts),
    )
    return packed, (crowds[0], crowds[1])


def _ordered(*columns: Any) -> list[Any]:
    """Return columns with their rows in order, each row once."""
    import numpy as np

    ranks = np.lexsort(columns[::-1])
    ordered = [column[ranks] for column in columns]
    new = _are_new(*ordered)
    return [column[new] for column in ordered]


def _are_new(*columns: Any) -> Any:
    """Return which rows differ from those before them."""
    import numpy as np

    new = np.ones(len(columns[0]), bool)
    new[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return new
