"""The gate: which literals and patterns may fit which lines, found out for all lines of a document at once.

The first and last characters of each line are hashed, and so are literals and the texts that matches of patterns
begin or end with (`outline`). If two hashes are equal, the line calls for the literal or the pattern: the index takes
a closer look. Whatever fits is called for. A call may be in vain; few are.

Filing. A text is hashed over the longest length of `PREFIX_UNITS` (1, 3, 4, 6, 8, 12, 15) that it fills, if matches
begin with it, or of `SUFFIX_UNITS` (1, 4, 8), if they end with it. A literal, or a text that is a whole match, has a
hash of both ends, over its first 8 and its last 8 units. Units in the middle of a longer text are not compared. Take
the pattern `share (?:this )?on .*`, with the number 4 and the outline "share on ", "share this on ":

    "share on "        9 units    hash of its first 8,  "share on"        code FIRST_PATTERN + 4
    "share this on "   14 units   hash of its first 12, "share this o"    code FIRST_PATTERN + 4

(Both texts are also whole matches, as `.*` may match nothing. They are filed a second time as such, in vain: no key
ends in a space.) If more than `MAX_CALLED` codes have one hash, the code `CROWD` stands for all patterns among them,
and the index tells them apart. Rules are strong or weak (a weak rule counts only beside other chrome); the two are
counted apart, and the codes of weak rules are negative.

Looking up. The line "• Share this on Facebook" loses its bullet, and a table of folded characters gives the first 16
units of the rest, "share this on fa" (15, and one more that could be a combining mark), and the last 8, "facebook".
The line has eleven hashes, one for each length and one for both ends. The hash of its first 12 units is filed, so the
line calls for pattern 4. Nothing is filed under the other ten. All of this is numpy over all lines: the array of
units has a row for each line, the array of hashes a column for each line.

Odd lines. A table of characters cannot fold them all: "ﬁ" becomes two letters, a combining mark changes the letter
before it, two spaces become one, an "o" before a space may be a bullet. Such a character among the ends makes a line
odd. The keys of odd lines are made in full (of very long ones, from their ends), and their ends are hashed again. Odd
lines also call for `PART`, because inline patterns for the start or end of lines match lines as they are; so do lines
whose ends fit an inline pattern, and every line if `always`.

Numbers. Many patterns begin with a number, "12 comments" or "3 of 7", and so do many lines. What follows the number
of such a line is looked up like a line of its own, by other hashes (`_BEHIND_NUMBER`), and such a pattern is filed by
what follows its number.

Patterns without fixed ends have a text that stands in all of their matches, an anchor. Lines with one of the anchors
call for `ANCHORED`; how they are found is told in `anchors`.

Shelves. Rules may lie on several shelves, of which all but the first are fetched when a line calls for something on
them (see `rules.tongues`). One gate is for all of them, so that a line is looked up once. Codes of shelf n (0-based)
are n * `SHELF` higher. `PART` and `always` are about the first shelf, and no other has inline patterns.

Units are UTF-16 units throughout, because numpy can compare these: a character above U+FFFF is two of them.

Why this is home-made: see the docstring of the package, which has the figures for other ways.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from copy import copy
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from cleaner.rules.match import keys
from cleaner.rules.match.anchors import FoldedLines, zeroed
from cleaner.rules.match.outline import Outline, behind_number
from cleaner.rules.match.units import ODD, table_for_keys, table_for_lines

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Units = NDArray[np.uint16]
    Hashes = NDArray[np.uint64]

# Prefix lengths (UTF-16 units) that are hashed. A text is filed under the longest one it fills. With more lengths,
# fewer calls are in vain, and each line has more hashes.
PREFIX_UNITS = (1, 3, 4, 6, 8, 12, 15)
SUFFIX_UNITS = (1, 4, 8)  # the same for suffixes
# Units of a line that are read at its start: one more than the longest prefix, because a combining mark there may
# change the last character of the prefix.
_HEAD_UNITS = PREFIX_UNITS[-1] + 1
_TAIL_UNITS = SUFFIX_UNITS[-1]  # units of a line that are read at its end
_BOTH_ENDS_ROW = len(PREFIX_UNITS) + len(SUFFIX_UNITS)  # row of `_hash_ends` for both ends together: whole lines
_BEHIND_NUMBER = (
    0x5851F42D4C957F2D  # what hashes of texts behind numbers are changed by, so that no others equal them
)
_TAG_BITS = 16
_SLOTS_PER_HASH = 8  # slots of the tag table for each hash; with fewer, more hashes share a slot
CHUNK_LINES = 5000  # lines that are looked at at once; more take more memory, and save no time
# Codes with one hash, literals and inline patterns included, up to which patterns are called for by number. If there
# are more, the patterns share the code `CROWD`, and `tables` tell them apart. Raised, more calls are in vain.
MAX_CALLED = 8
# Codes of calls: for literals, for inline patterns at an end of lines, for a crowd of patterns, for patterns with an
# anchor (see `anchors`). A code from `FIRST_PATTERN` on is for the pattern with the number code - FIRST_PATTERN.
LITERAL, PART, CROWD, ANCHORED, FIRST_PATTERN = 0, 1, 2, 3, 4
# Codes of a shelf, if there are several: more than any has patterns. Raised, fewer shelves have room: 2,047 now.
SHELF_BITS = 20
SHELF = 1 << SHELF_BITS

MAX_FOLDED_CHARS = 2000  # an odd line with more characters is shortened to its ends before its key is made
# Characters that are kept at each end of a line that is shortened. Folding drops some; `_HEAD_UNITS` must be left.
KEPT_CHARS = 200
_WIDE_SPACES = "".join(map(chr, range(0x2000, 0x200B)))
# What keys drop at the start of a line: spaces and bullets.
_MARGIN = f" \t\xa0{_WIDE_SPACES}\u202f\u205f\u3000{keys.BULLETS}"


class Packed(msgspec.Struct, array_like=True, frozen=True):
    """A gate as it is cached: arrays of little-endian numbers."""

    hashes: bytes  # 8 bytes each, in ascending order
    offsets: bytes  # 4 bytes each: the index in `codes` of the first code of each hash, and at the end their number
    codes: bytes  # 4 bytes each; for a weak rule the complement (~) of its code, which is negative
    always: bool  # whether any line may have a part that an inline pattern fits
    anchors: list[tuple[int, list[str]]] = []  # codes like `ANCHORED`, each with its anchors, digits as 0


class Gate:
    """The hashes of what the rules look for, to compare with those of lines.

    Nearly all hashes of lines are not among them. The tag table refuses most of these at once, which makes `safe` 3 %
    faster, and `rules` 8 %, than a binary search in `hashes` for every one. It is an array of 16-bit tags, several
    times as long as there are hashes. The top bits of a hash are the number of its slot. The 16 bits below them are
    its tag, with bit 1 set so that no tag is 0 or 1. A slot holds

        0         if no hash has this slot: a line's hash with this slot is refused;
        a tag     if one hash has it, or several with this tag: a line's hash passes if it has the same tag;
        1         if hashes with different tags have it: every hash with this slot passes.

    What passes is then searched for in `hashes`, in full.
    """

    def __init__(self, packed: Packed) -> None:
        """Open a packed gate. Raises `ValueError` if its arrays do not fit together."""
        import numpy as np

        self.hashes = np.frombuffer(packed.hashes, "<u8")
        self.offsets, self.codes = np.frombuffer(packed.offsets, "<i4"), np.frombuffer(packed.codes, "<i4")
        if not (
            len(self.offsets) == len(self.hashes) + 1
            and self.offsets[0] == 0
            and self.offsets[-1] == len(self.codes)
            and (self.offsets[1:] >= self.offsets[:-1]).all()
        ):
            raise ValueError("offsets that are none")
        self.always, self.anchors = packed.always, packed.anchors
        self.slot_bits = (_SLOTS_PER_HASH * len(self.hashes) + 1).bit_length()
        slots, tags = self.slots_and_tags(self.hashes)
        self.tags = np.zeros(1 << self.slot_bits, np.uint16)
        self.tags[slots] = tags
        self.tags[slots[self.tags[slots] != tags]] = 1

    def slots_and_tags(self, hashes: Hashes) -> tuple[Any, Any]:
        """Return the slot of each hash in the tag table, and its tag."""
        import numpy as np

        bits = hashes >> np.uint64(64 - _TAG_BITS - self.slot_bits)
        return (bits >> np.uint64(_TAG_BITS)).view(np.int64), bits.astype(np.uint16) | np.uint16(2)


class LineEnds:
    """The hashes of the ends of lines, made once and looked up in any number of gates."""

    def __init__(self, lines: Sequence[str]) -> None:
        starts = range(0, len(lines), CHUNK_LINES)
        self._chunks = [_LineChunk(lines[start : start + CHUNK_LINES], start) for start in starts]

    def call(self, gate: Gate) -> Called:
        """Return line numbers (0-based), and beside each a code of what the line calls for.

        Codes are `LITERAL`, `PART`, `CROWD`, `ANCHORED`, or `FIRST_PATTERN` plus the number of a pattern; for weak
        rules, the complement (~) of one of these, which is negative. A line may have several calls. They are ordered
        by line, except that some of the `PART` calls come later.
        """
        import numpy as np

        called = [chunk.call(gate) for chunk in self._chunks]
        if len(called) == 1:
            return called[0]
        places, codes = zip(*called, strict=True) if called else ((np.empty(0, np.int64),), (np.empty(0, np.int32),))
        return Called(np.concatenate(places), np.concatenate(codes))

    def part(self, start: int, end: int) -> LineEnds:
        """Return the ends of the lines from `start` to `end` (0-based, end excluded), whose numbers begin with 0."""
        ends = LineEnds(())
        ends._chunks = [chunk.part(start, end) for chunk in self._chunks]
        return ends


class _LineChunk:
    """The hashes of some lines: of those that hold more than spaces and bullets."""

    def __init__(self, lines: Sequence[str], start: int) -> None:
        """Hash the ends of `lines`, the first of which has the number `start`."""
        import numpy as np

        self._folded = FoldedLines(lines, start)
        stripped = [line.lstrip(_MARGIN) for line in map(str.strip, lines)]
        self._places, _, units = _read_ends(stripped, table_for_lines())
        self._odd = odd = _find_odd(units)
        if len(odd):
            odd_keys = keys.keys([_shortened(lines[i]) for i in self._places[odd].tolist()], MAX_FOLDED_CHARS)
            not_empty, _, read = _read_ends(odd_keys, table_for_keys())
            units[odd] = 0
            units[odd[not_empty]] = read
        self._hashes = _hash_ends(units)
        self._places += start
        numbered = (units[:, 0] == ord("0")).nonzero()[0]
        begun = keys.keys([_shortened(lines[i - start]) for i in self._places[numbered].tolist()], MAX_FOLDED_CHARS)
        rests, _, units = _read_ends(list(map(behind_number, begun)), table_for_keys())
        self._numbered = self._places[numbered[rests]]
        self._hashes_behind = _hash_ends(units) ^ np.uint64(_BEHIND_NUMBER)

    def part(self, start: int, end: int) -> _LineChunk:
        """Do what `LineEnds.part` does with those of its lines that are in this chunk."""
        first, last = self._places.searchsorted((start, end)).tolist()
        chunk = copy(self)
        chunk._folded = self._folded.part(start, end)
        chunk._places = self._places[first:last] - start
        chunk._hashes = self._hashes[:, first:last]
        chunk._odd = self._odd[(self._odd >= first) & (self._odd < last)] - first
        first, last = self._numbered.searchsorted((start, end)).tolist()
        chunk._numbered = self._numbered[first:last] - start
        chunk._hashes_behind = self._hashes_behind[:, first:last]
        return chunk

    def call(self, gate: Gate) -> Called:
        """Do what `LineEnds.call` does."""
        import numpy as np

        called = [_called(gate, self._hashes, self._places)]
        if len(self._numbered):
            called.append(_called(gate, self._hashes_behind, self._numbered))
        for code, anchors in gate.anchors:
            found = self._folded.lines_with(anchors)
            called.append(Called(np.array(found, np.int64), np.full(len(found), code, np.int32)))
        places, codes = map(np.concatenate, zip(*called, strict=True))
        if len(called) > 1:
            order = places.argsort(kind="stable")
            places, codes = places[order], codes[order]
        more = self._places if gate.always else self._places[self._odd]
        if len(more):
            places = np.concatenate((places, more))
            codes = np.concatenate((codes, np.full(len(more), PART, codes.dtype)))
        return Called(places, codes)


class Called(NamedTuple):
    """What lines call for: arrays of 0-based line numbers, and beside each a code."""

    places: NDArray[np.int64]
    codes: NDArray[np.int32]


def _called(gate: Gate, hashes: Hashes, places: Any) -> Called:
    """Return what the columns of an array of hashes call for; column n is of the line `places[n]`."""
    import numpy as np

    slots, tags = gate.slots_and_tags(hashes)
    known = gate.tags[slots]
    columns, rows = ((known == tags) | (known == 1)).T.nonzero()
    found = hashes[rows, columns]
    ids = gate.hashes.searchsorted(found)
    ids[ids == len(gate.hashes)] = 0
    right = (gate.hashes[ids] == found).nonzero()[0]
    starts = gate.offsets[ids[right]]
    counts = gate.offsets[ids[right] + 1] - starts
    # All codes of each hash, one after the other: indices count up from each of `starts`, `counts` times.
    codes = gate.codes[np.arange(counts.sum()) + (starts - counts.cumsum() + counts).repeat(counts)]
    return Called(places[columns[right]].repeat(counts), codes)


def _shortened(line: str) -> str:
    """Return the ends of a long line, and a shorter line as it is."""
    return line if len(line) <= MAX_FOLDED_CHARS else line[:KEPT_CHARS] + line[-KEPT_CHARS:]


def _read_ends(texts: Sequence[str], table: Units) -> tuple[Any, Any, Units]:
    """Return the indices of the texts that are not empty, their lengths in units, and the units at their ends.

    Lengths are at most `_HEAD_UNITS`. Units have a row for each text, the first `_HEAD_UNITS` of it and then the last
    `_TAIL_UNITS`, each as `table` has it. In a shorter text, the units that it does not have are the number 0.
    """
    import numpy as np

    # All texts are encoded as one, with line feeds between them, and more before and behind for short ones.
    padded = "\n".join(["\n" * (_TAIL_UNITS - 1), *texts, "\n" * _HEAD_UNITS])
    encoded = padded.encode("utf-16-le", "surrogatepass")
    breaks = (np.frombuffer(encoded, "<u2") == ord("\n")).nonzero()[0][_TAIL_UNITS - 1 : _TAIL_UNITS + len(texts)]
    sizes = breaks[1:] - breaks[:-1] - 1
    places = sizes.nonzero()[0]
    sizes = np.minimum(sizes[places], _HEAD_UNITS)
    # Views of `encoded` with overlapping rows: row i is the `width` units from the i-th on. Rows of ends are taken.
    heads, tails = (
        np.ndarray((len(encoded) // 2 - width + 1, width), "<u2", encoded, 0, (2, 2))[first]
        for width, first in ((_HEAD_UNITS, breaks[places] + 1), (_TAIL_UNITS, breaks[places + 1] - _TAIL_UNITS))
    )
    units = table[np.concatenate((heads, tails), 1)]
    units &= _masks()[sizes]
    return places, sizes, units


@cache
def _masks() -> Units:
    """Return a mask for each length in units: the columns of a row that a text of this length fills."""
    import numpy as np

    ranks = np.array([*range(_HEAD_UNITS), *range(_TAIL_UNITS - 1, -1, -1)])
    return np.where(ranks < np.arange(_HEAD_UNITS + 1)[:, None], np.uint16(0xFFFF), np.uint16(0))


def _find_odd(units: Units) -> Any:
    """Return the indices of the rows that have an odd unit, two spaces in a row, or an "o" that may be a bullet."""
    spaces = units == ord(" ")
    odd = units == ODD
    odd[:, 1:] |= spaces[:, 1:] & spaces[:, :-1]
    odd[:, 0] |= (units[:, 0] == ord("o")) & spaces[:, 1]
    eights = odd.view("<u8")  # eight columns in one number: a row has three
    return (eights[:, 0] | eights[:, 1] | eights[:, 2]).nonzero()[0]


# Odd numbers with about as many bits set as not: one for each four units of a row.
_FACTORS = (
    *(0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93),
    *(0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3),
)


def _hash_ends(units: Units) -> Hashes:
    """Return the hashes of lines (columns): for each of `PREFIX_UNITS`, each of `SUFFIX_UNITS`, and for both ends.

    Four units are a word, a number of 64 bits. A hash is the sum of its words, each times a factor. If it covers part
    of a word, this is shifted so that the other units drop out.
    """
    import numpy as np

    words = units.view("<u8").T  # four units each
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
    return np.array((*prefixes, *suffixes, first_8 + last_8))


# Where a text stands in lines: at the start, at the end, it is the whole line and both ends are compared, or behind
# a number at the start.
_AT_START, _AT_END, _BOTH_ENDS, _AFTER_NUMBER = range(4)


class Entries:
    """What a gate is made of, in columns: texts, where each stands in lines, and the code of what it calls for."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.places: list[int] = []
        self.codes: list[int] = []
        self.anchors: dict[str, None] = {}  # an ordered set

    def add_literals(self, texts: Collection[str]) -> None:
        """Add literals, which have the form of keys."""
        self._add(texts, _BOTH_ENDS, LITERAL)

    def add_pattern(self, found: Outline, number: int) -> None:
        """Add a pattern for whole lines by its number."""
        self._add(found.whole, _BOTH_ENDS, FIRST_PATTERN + number)
        place = _AFTER_NUMBER if found.behind_number else _AT_END if found.at_end else _AT_START
        self._add(found.edges, place, FIRST_PATTERN + number)

    def add_part(self, found: Outline) -> None:
        """Add an inline pattern for the start or the end of lines."""
        # The ends of lines have spaces for other white space, and no margins, so the texts get the same form.
        spaced = ("".join(" " if char.isspace() else char for char in text) for text in found.edges | found.whole)
        texts = [text.strip().lstrip(_MARGIN) for text in spaced]
        self._add(texts, _AT_END if found.at_end else _AT_START, PART)

    def add_anchors(self, anchors: Iterable[str]) -> None:
        """Add the anchors of a pattern for whole lines that has no fixed ends, in the form of keys."""
        self.anchors |= dict.fromkeys(map(zeroed, anchors))

    def _add(self, texts: Collection[str], place: int, code: int) -> None:
        texts = [text for text in texts if "\n" not in text]  # no line has a line feed
        self.texts += texts
        self.places += [place] * len(texts)
        self.codes += [code] * len(texts)


def pack(shelves: Sequence[tuple[Entries, Entries]]) -> tuple[Packed, list[tuple[set[int], set[int]]]]:
    """Return the gate of the entries of strong and of weak rules on each shelf, most often one.

    Also return the numbers of the patterns in crowds, of strong and of weak rules on each shelf.
    """
    import numpy as np

    sides = [side for shelf in shelves for side in shelf]
    texts = [text for side in sides for text in side.texts]
    known, sizes, units = _read_ends(texts, table_for_keys())
    columns = ([side.places for side in sides], [side.codes for side in sides])
    places, codes = (np.array([*chain.from_iterable(column)], np.int64)[known] for column in columns)
    numbers = np.arange(len(sides)).repeat([len(side.texts) for side in sides])[known]  # of the side of each text
    # The row of `_hash_ends` that each text is filed under: that of the longest length it fills.
    prefixes, suffixes = (np.searchsorted(each, sizes, "right") - 1 for each in (PREFIX_UNITS, SUFFIX_UNITS))
    rows = np.choose(places, (prefixes, len(PREFIX_UNITS) + suffixes, _BOTH_ENDS_ROW, prefixes))
    hashes = _hash_ends(units)[rows, np.arange(len(known))]
    hashes[places == _AFTER_NUMBER] ^= np.uint64(_BEHIND_NUMBER)
    hashes, numbers, codes = _sort_rows(hashes, numbers, codes)
    # If a hash calls for too many patterns of strong rules of a shelf, or of weak ones, `CROWD` replaces their codes.
    groups = _differ_from_previous(hashes, numbers).cumsum() - 1
    crowded = (np.bincount(groups) > MAX_CALLED)[groups] & (codes >= FIRST_PATTERN)
    found = [set((codes[crowded & (numbers == side)] - FIRST_PATTERN).tolist()) for side in range(len(sides))]
    codes[crowded] = CROWD
    hashes, numbers, codes = _sort_rows(hashes, numbers, codes)
    codes += numbers // 2 * SHELF
    distinct, offsets = np.unique(hashes, return_index=True)
    packed = Packed(
        distinct.astype("<u8").tobytes(),
        np.append(offsets, len(hashes)).astype("<i4").tobytes(),
        np.where(numbers % 2, ~codes, codes).astype("<i4").tobytes(),
        len(known) < len(texts),
        [
            (~code if number % 2 else code, list(side.anchors))
            for number, side in enumerate(sides)
            for code in (ANCHORED + number // 2 * SHELF,)
            if side.anchors
        ],
    )
    return packed, list(zip(found[::2], found[1::2], strict=True))


def _sort_rows(*columns: Any) -> list[Any]:
    """Return columns with their rows in ascending order, each row once."""
    import numpy as np

    ranks = np.lexsort(columns[::-1])
    ordered = [column[ranks] for column in columns]
    new = _differ_from_previous(*ordered)
    return [column[new] for column in ordered]


def _differ_from_previous(*columns: Any) -> Any:
    """Return for each row whether it differs from the one before."""
    import numpy as np

    new = np.ones(len(columns[0]), bool)
    new[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return new
