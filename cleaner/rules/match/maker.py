"""Who makes the numbers of the gate: the compiled kernel where there is one, otherwise numpy code.

What a gate does for all lines is six functions, mostly over buffers. Two modules have them: `kernel/gate.c`, if it
was built, and `ends`, which explains and is the reference. Both return the same bytes, and tests hold them to it. All
else of `match` is plain Python, so numpy is imported only where the kernel is missing.

Buffers hold numbers of the machine's byte order, of 32 bits if nothing else is said:

    table      65,536 units (16 bits): what each UTF-16 unit is in keys, or `units.ODD`
    margins    65,536 bytes: what each unit is at the ends of lines, see `units.margins`; none for keys
    rows       for each line that is not empty, `ROW_UNITS` units: the first `HEAD_UNITS` of the line, then the last
               `TAIL_UNITS`, as the table has them. In a shorter line, the units that it does not have are 0
    places     for each row, the number of its line, in ascending order
    hashes     for each row, `HASHES` of 64 bits: one for each of `PREFIX_UNITS` and `SUFFIX_UNITS`, one for both ends
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cleaner.kernel import compiled
from cleaner.rules.match.units import Buffer


class Maker(Protocol):
    """What makes the numbers. All functions raise `ValueError` for buffers that do not fit together."""

    def read_ends(
        self, lines: Sequence[str], table: Buffer, margins: Buffer, /
    ) -> tuple[bytearray, bytearray, bytearray]:
        """Return places, sizes and rows of lines, in which there are no line feeds.

        Lines that are nothing but margins are left out. A size is how many units of a row's head the line fills, at
        most `HEAD_UNITS`.
        """

    def find_special(self, rows: Buffer, /) -> tuple[bytearray, bytearray]:
        """Return the indices of the rows that are odd, and of the others that begin with a decimal digit.

        An odd row has an odd unit, two spaces in a row, or an "o" that may be a bullet. All digits are "0" in rows.
        """

    def hash_ends(self, rows: Buffer, change: int, /) -> bytearray:
        """Return the hashes of rows, each with the bits of `change` changed."""

    def tag_table(self, hashes: Buffer, offsets: Buffer, codes: Buffer, /) -> bytearray:
        """Return the tag table of a gate, see `gate.Gate`."""

    def look_up(
        self,
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
        """Return what lines call for: the number of a line, a code, the number of a line, and so on.

        Of whole lines and of what is behind their numbers there are hashes and places; the tables are those of a
        gate. The number of a line is its place and `start`. Calls are ordered by line. Those of a line are in the
        order of its hashes, and calls by what is behind its number come last.
        """

    def fold_lines(self, text: Buffer, table: Buffer, /) -> tuple[bytearray, bytearray]:
        """Return a text as the table has it, with 0 for odd units, and the numbers of its odd lines.

        The text is in UTF-16 (little-endian). Odd lines have an odd unit or two spaces in a row.
        """


def maker() -> Maker:
    """Return what makes the numbers."""
    if compiled is not None:
        return compiled
    from cleaner.rules.match import ends

    return ends


def integers(numbers: Buffer) -> list[int]:
    """Return numbers of 32 bits as a list."""
    return memoryview(numbers).cast("i").tolist()
