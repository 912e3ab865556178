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
line calls for pattern 4. Nothing is filed under the other ten.

All of this is done for all lines of a document at once, by six functions that there are twice: in numpy code
(`ends`), which is the reference, and in C (`kernel/gate.c`), which is used where it was built. `maker` says what each
takes and returns, and tests hold both to the same bytes. This module is what they have in common, in plain Python.

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

Units are UTF-16 units throughout, because arrays of these can be compared: a character above U+FFFF is two of them.

Why this is home-made: see the docstring of the package, which has the figures for other ways.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from itertools import chain, groupby
from operator import itemgetter
from typing import NamedTuple

import msgspec

from cleaner.rules.match import keys
from cleaner.rules.match.anchors import FoldedLines, zeroed
from cleaner.rules.match.maker import integers, maker
from cleaner.rules.match.outline import Outline, behind_number
from cleaner.rules.match.units import (
    BOTH_ENDS,
    HASH_BYTES,
    HASHES,
    HEAD_UNITS,
    MARGIN,
    PREFIX_UNITS,
    ROW_BYTES,
    SUFFIX_UNITS,
    margins,
    table_for_keys,
    table_for_lines,
)

# What hashes of texts behind numbers are changed by, so that no others equal them.
_BEHIND_NUMBER = 0x5851F42D4C957F2D
_DIGITS = frozenset("0123456789")  # those of keys
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
# Characters that are kept at each end of a line that is shortened. Folding drops some; `HEAD_UNITS` must be left.
KEPT_CHARS = 200

# What a line calls for: its number (0-based) and a code, `LITERAL`, `PART`, `CROWD`, `ANCHORED`, or `FIRST_PATTERN`
# plus the number of a pattern; for a weak rule, the complement (~) of one of these, which is negative.
Call = tuple[int, int]


class Packed(msgspec.Struct, array_like=True, frozen=True):
    """A gate as it is cached: arrays of numbers of the machine's byte order."""

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
        arrays = packed.hashes, packed.offsets, packed.codes
        self.tables = (maker().tag_table(*arrays), *arrays)
        self.always, self.anchors = packed.always, packed.anchors


class LineEnds:
    """The hashes of the ends of lines, made once and looked up in any number of gates."""

    def __init__(self, lines: Sequence[str]) -> None:
        starts = range(0, len(lines), CHUNK_LINES)
        self._chunks = [_LineChunk(lines[start : start + CHUNK_LINES], start) for start in starts]

    def call(self, gate: Gate) -> Iterator[Call]:
        """Return what the lines call for.

        A line may have several calls. They are ordered by line, except that some of the `PART` calls come later.
        """
        return chain.from_iterable(chunk.call(gate) for chunk in self._chunks)

    def part(self, start: int, end: int) -> LineEnds:
        """Return the ends of the lines from `start` to `end` (0-based, end excluded), whose numbers begin with 0."""
        ends = LineEnds(())
        ends._chunks = [chunk.part(start, end) for chunk in self._chunks]
        return ends


class _LineChunk:
    """The hashes of some lines: of those that hold more than spaces and bullets."""

    def __init__(self, lines: Sequence[str], start: int) -> None:
        """Hash the ends of `lines`, the first of which has the number `start`."""
        make = maker()
        self._folded, self._start = FoldedLines(lines, start), start
        read, _, rows = make.read_ends(lines, table_for_lines(), margins())
        places = integers(read)
        odd, numbered = map(integers, make.find_special(rows))
        self._odd = [places[row] for row in odd]
        forms = _shortened_keys(lines, [*self._odd, *(places[row] for row in numbered)])
        _put_keys(rows, odd, [forms[i] for i in self._odd])
        self._whole = _Hashes(memoryview(read).cast("i"), memoryview(make.hash_ends(rows, 0)))
        self._behind = _hash_behind_numbers(forms)

    def part(self, start: int, end: int) -> _LineChunk:
        """Do what `LineEnds.part` does with those of its lines that are in this chunk."""
        chunk = copy(self)
        chunk._folded, chunk._start = self._folded.part(start, end), self._start - start
        start, end = start - self._start, end - self._start
        chunk._odd = [i for i in self._odd if start <= i < end]
        chunk._whole, chunk._behind = self._whole.part(start, end), self._behind.part(start, end)
        return chunk

    def call(self, gate: Gate) -> Iterator[Call]:
        """Do what `LineEnds.call` does."""
        found = maker().look_up(
            *(self._whole.hashes, self._whole.places, self._behind.hashes, self._behind.places),
            self._start,
            *gate.tables,
        )
        numbers = iter(integers(found))
        calls: Iterable[Call] = zip(numbers, numbers, strict=True)
        if gate.anchors:
            anchored = ((i, code) for code, anchors in gate.anchors for i in self._folded.lines_with(anchors))
            calls = sorted([*calls, *anchored], key=itemgetter(0))
        parts = self._whole.places if gate.always else self._odd
        return chain(calls, ((self._start + i, PART) for i in parts))


class _Hashes(NamedTuple):
    """Rows of hashes, and beside each the number of its line in a chunk, in ascending order."""

    places: memoryview
    hashes: memoryview

    def part(self, start: int, end: int) -> _Hashes:
        """Return the hashes of the lines from `start` to `end` (excluded)."""
        first, last = bisect_left(self.places, start), bisect_left(self.places, end)
        return _Hashes(self.places[first:last], self.hashes[first * HASH_BYTES : last * HASH_BYTES])


def _hash_behind_numbers(forms: Mapping[int, str]) -> _Hashes:
    """Return the hashes of what follows the numbers that keys begin with; there may be other keys in `forms`."""
    begun = [(i, behind_number(form)) for i, form in sorted(forms.items()) if form[:1] in _DIGITS]
    known, rows = _read_keys([rest for _, rest in begun])
    places = array("i", [begun[number][0] for number in known])
    return _Hashes(memoryview(places), memoryview(maker().hash_ends(rows, _BEHIND_NUMBER)))


def _shortened_keys(lines: Sequence[str], places: Sequence[int]) -> dict[int, str]:
    """Return the keys of the lines with these numbers, by number; of a long line, the key of its ends."""
    shortened = [
        line if len(line) <= MAX_FOLDED_CHARS else line[:KEPT_CHARS] + line[-KEPT_CHARS:]
        for line in map(lines.__getitem__, places)
    ]
    return dict(zip(places, keys.keys(shortened, MAX_FOLDED_CHARS), strict=True)) if shortened else {}


def _read_keys(texts: Sequence[str]) -> tuple[list[int], bytearray]:
    """Return the numbers of those keys that are not empty, and a row for each."""
    places, _, rows = maker().read_ends(texts, table_for_keys(), b"")
    return integers(places), rows


def _put_keys(rows: bytearray, places: Sequence[int], texts: Sequence[str]) -> None:
    """Put keys in the place of the rows with these indices."""
    known, found = _read_keys(texts)
    for row in places:
        rows[row * ROW_BYTES : (row + 1) * ROW_BYTES] = bytes(ROW_BYTES)
    for number, i in enumerate(known):
        row = places[i]
        rows[row * ROW_BYTES : (row + 1) * ROW_BYTES] = found[number * ROW_BYTES : (number + 1) * ROW_BYTES]


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
        texts = [text.strip().lstrip(MARGIN) for text in spaced]
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
    sides = [side for shelf in shelves for side in shelf]
    crowds: list[set[int]] = [set() for _ in sides]
    hashes, offsets, codes = array("Q"), array("i"), array("i")
    for hash_, of_hash in groupby(sorted(_hashed(sides)), key=itemgetter(0)):
        hashes.append(hash_)
        offsets.append(len(codes))
        for number, of_side in groupby(of_hash, key=itemgetter(1)):
            called = [code for _, _, code in of_side]
            if len(called) > MAX_CALLED:
                crowds[number].update(code - FIRST_PATTERN for code in called if code >= FIRST_PATTERN)
                called = [*(code for code in called if code < FIRST_PATTERN), CROWD]
            codes.extend(_on_shelf(code, number) for code in called)
    offsets.append(len(codes))
    packed = Packed(
        hashes.tobytes(),
        offsets.tobytes(),
        codes.tobytes(),
        any(not text for side in sides for text in side.texts),
        [(_on_shelf(ANCHORED, number), list(side.anchors)) for number, side in enumerate(sides) if side.anchors],
    )
    return packed, list(zip(crowds[::2], crowds[1::2], strict=True))


def _hashed(sides: Sequence[Entries]) -> set[tuple[int, int, int]]:
    """Return entries as hashes, each with the number of its side and its code."""
    texts = [text for side in sides for text in side.texts]
    make = maker()
    known, sizes, rows = make.read_ends(texts, table_for_keys(), b"")
    hashes = memoryview(make.hash_ends(rows, 0)).cast("Q").tolist()
    columns = [
        (place, number, code)
        for number, side in enumerate(sides)
        for place, code in zip(side.places, side.codes, strict=True)
    ]
    # Which of the hashes of a row each text is filed under: that of the longest length it fills.
    prefixes, suffixes = (
        [bisect_right(each, size) - 1 for size in range(HEAD_UNITS + 1)] for each in (PREFIX_UNITS, SUFFIX_UNITS)
    )
    found = set()
    for row, (i, size) in enumerate(zip(integers(known), integers(sizes), strict=True)):
        place, number, code = columns[i]
        if place == _BOTH_ENDS:
            rank = BOTH_ENDS
        elif place == _AT_END:
            rank = len(PREFIX_UNITS) + suffixes[size]
        else:
            rank = prefixes[size]
        change = _BEHIND_NUMBER if place == _AFTER_NUMBER else 0
        found.add((hashes[row * HASHES + rank] ^ change, number, code))
    return found


def _on_shelf(code: int, number: int) -> int:
    """Return a code as a gate has it, of the side with this number: strong and weak rules of a shelf in turn."""
    code += number // 2 * SHELF
    return ~code if number % 2 else code
