"""Lines as UTF-16 units, folded by a table: what can be done for all lines at once.

A table has a number of 16 bits for each of the 65,536 units. `table_for_lines` folds the units of lines to those of
keys, as far as each can be folded by itself: А is а, and ά is α (`keys.VARIANTS`). Those that cannot are `ODD`: "ﬁ"
becomes two letters, and a combining mark changes the letter before it. All decimal digits are "0".

Tables are bytes, which a maker reads (see `maker`). To make them takes longer than to clean a short document, so they
ship in a file. `python -m cleaner.rules.match.units` writes it anew from the database of the running Python. What
this Python does not know yet is `ODD`, so that the file is right for later ones.
"""

from __future__ import annotations

import sys
import unicodedata
import zlib
from array import array
from collections.abc import Iterable
from functools import cache
from itertools import chain
from pathlib import Path

from cleaner.rules.match import keys

# Units that are read at the start of a line: one more than the longest prefix, because a combining mark there may
# change the last character of the prefix.
HEAD_UNITS = 16
TAIL_UNITS = 8  # units that are read at the end of a line
ROW_UNITS = HEAD_UNITS + TAIL_UNITS
ROW_BYTES = 2 * ROW_UNITS
# Lengths in units of the starts and of the ends that are hashed. With more lengths, fewer calls are in vain, and each
# line has more hashes.
PREFIX_UNITS = (1, 3, 4, 6, 8, 12, 15)
SUFFIX_UNITS = (1, 4, 8)
BOTH_ENDS = len(PREFIX_UNITS) + len(SUFFIX_UNITS)  # which of the hashes is that of both ends together
HASHES = BOTH_ENDS + 1
HASH_BYTES = 8 * HASHES  # of a row

FILE = Path(__file__).with_name("units.bin")
Buffer = bytes | bytearray | memoryview
UNITS = 0x10000  # different UTF-16 units
ODD = 0xFFFF  # marks a unit whose folded form depends on its neighbours or is not one unit; makes a line odd
LISTED = 0x3001  # characters below this code are folded one by one for the table; none from it on is white space
# Ranges of characters above it (first, last) that are the same in keys: kana, Chinese characters, Hangul.
_SAME_IN_KEYS = ((0x3041, 0x3096), (0x30A1, 0x30FA), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3))
# Ranges of signs and full-width letters above it, which only the table for whole lines has: few stand at their ends.
_SIGNS = ((0x3000, 0x303F), (0x30FB, 0x30FE), (0xFF01, 0xFF65))
# What units are at the ends of lines, bits in `margins`: white space, which goes at both ends, and then, at the
# start, spaces and bullets, which keys do not have there.
WHITE_SPACE, BEFORE_KEYS = 1, 2
_WIDE_SPACES = "".join(map(chr, range(0x2000, 0x200B)))
MARGIN = f" \t\xa0{_WIDE_SPACES}\u202f\u205f\u3000{keys.BULLETS}"  # what keys drop at the start of a line


@cache
def margins() -> bytes:
    """Return by each unit which margins of lines it may be part of: `WHITE_SPACE` and `BEFORE_KEYS`."""
    return _shipped()[2 * LISTED :].ljust(UNITS, b"\0")


@cache
def table_for_lines() -> bytes:
    """Return by each unit of a line what it is in a key; all decimal digits are "0", and some units are `ODD`."""
    table, same = array("H", _shipped()[: 2 * LISTED]), _each_unit()
    if sys.byteorder == "big":
        table.byteswap()
    table += array("H", [ODD]) * (UNITS - LISTED)
    for low, high in _SAME_IN_KEYS:
        table[low : high + 1] = same[low : high + 1]
    return table.tobytes()


def _shipped() -> bytes:
    """Return what ships of the tables: units in keys, little-endian, and the margins."""
    return zlib.decompress(FILE.read_bytes())


@cache
def table_for_whole_lines() -> bytes:
    """Return the table for lines with more signs, and with line feeds as they are."""
    table = array("H", table_for_lines())
    _fold_into(table, chain.from_iterable(range(low, high + 1) for low, high in _SIGNS))
    table[ord("\n")] = ord("\n")
    return table.tobytes()


@cache
def table_for_keys() -> bytes:
    """Return by each unit of a key the same unit, or "0" for a decimal digit."""
    table = _each_unit()
    for char in "123456789":
        table[ord(char)] = ord("0")
    return table.tobytes()


def _each_unit() -> array[int]:
    """Return a table of each unit as it is. It is made of bytes: 65,536 numbers of Python take far longer."""
    units = bytearray(2 * UNITS)
    low = sys.byteorder == "big"
    units[low::2] = bytes(range(256)) * 256
    units[not low :: 2] = b"".join(bytes([high]) * 256 for high in range(256))
    return array("H", bytes(units))


def _fold_into(table: array[int], codes: Iterable[int]) -> None:
    """Put the folded forms of characters into a table that has them as `ODD`."""
    codes = list(codes)
    chars = [" " if char == "\n" else char for char in map(chr, codes)]
    forms = keys.fold_text("\n".join(chars)).split("\n")
    category = unicodedata.category
    for code, form, char in zip(codes, forms, chars, strict=True):
        one = len(form) == 1 and (form == " " or not form.isspace())
        if one and category(char)[0] != "M" != category(form)[0]:
            table[code] = ord("0") if "1" <= form <= "9" else ord(form)


def made() -> bytes:
    """Return what shall ship of the tables, by the database of the running Python."""
    table = array("H", [ODD]) * LISTED
    _fold_into(table, (code for code in range(LISTED) if unicodedata.category(chr(code)) != "Cn"))  # not assigned
    table[0x1100:0x1200] = array("H", [ODD]) * 0x100  # Hangul letters, which combine to syllables
    table[ord("\t")] = ord(" ")
    if sys.byteorder == "big":
        table.byteswap()
    kinds = bytearray(WHITE_SPACE if chr(code).isspace() else 0 for code in range(LISTED))
    for char in MARGIN:
        kinds[ord(char)] |= BEFORE_KEYS
    return table.tobytes() + kinds


if __name__ == "__main__":
    FILE.write_bytes(zlib.compress(made(), 9))
