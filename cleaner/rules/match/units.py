"""Lines as UTF-16 units, folded by a table: what numpy can do for all lines at once.

A table has a number for each of the 65,536 units. `table_for_lines` folds the units of lines to those of keys, as far
as each can be folded by itself: А is а, and ά is α (`keys.VARIANTS`). Those that cannot are `ODD`: "ﬁ" becomes two
letters, and a combining mark changes the letter before it. All decimal digits are "0".
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from cleaner.rules.match import keys

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Units = NDArray[np.uint16]

ODD = 0xFFFF  # marks a unit whose folded form depends on its neighbours or is not one unit; makes a line odd
_MAX_LISTED_CODE = 0x3000  # characters below this code are folded one by one for the table
# Ranges of characters above it (first, last) that are the same in keys: kana, Chinese characters, Hangul.
_SAME_IN_KEYS = ((0x3041, 0x3096), (0x30A1, 0x30FA), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3))
# Ranges of signs and full-width letters above it, which only the table for whole lines has: few stand at their ends.
_SIGNS = ((0x3000, 0x303F), (0x30FB, 0x30FE), (0xFF01, 0xFF65))


@cache
def table_for_lines() -> Units:
    """Return by each unit of a line what it is in a key; all decimal digits are "0", and some units are `ODD`."""
    import numpy as np

    table = np.full(0x10000, ODD, np.uint16)
    _fold_into(table, range(_MAX_LISTED_CODE))
    table[0x1100:0x1200] = ODD  # Hangul letters, which combine to syllables
    for low, high in _SAME_IN_KEYS:
        table[low : high + 1] = np.arange(low, high + 1)
    table[ord("\t")] = ord(" ")
    return table


@cache
def table_for_whole_lines() -> Units:
    """Return the table for lines with more signs, and with line feeds as they are."""
    table = table_for_lines().copy()
    _fold_into(table, chain.from_iterable(range(low, high + 1) for low, high in _SIGNS))
    table[ord("\n")] = ord("\n")
    return table


def _fold_into(table: Units, codes: Iterable[int]) -> None:
    """Put the folded forms of characters into a table."""
    codes = list(codes)
    chars = [" " if char == "\n" else char for char in map(chr, codes)]
    forms = keys.fold_text("\n".join(chars)).split("\n")
    for code, form, char in zip(codes, forms, chars, strict=True):
        one = len(form) == 1 and (form == " " or not form.isspace())
        marks = "M" in (unicodedata.category(char)[0], unicodedata.category(form)[0] if one else "")
        table[code] = ODD if not one or marks else ord("0") if "1" <= form <= "9" else ord(form)


@cache
def table_for_keys() -> Units:
    """Return by each unit of a key the same unit, or "0" for a decimal digit."""
    import numpy as np

    table = np.arange(0x10000, dtype=np.uint16)
    table[ord("1") : ord("9") + 1] = ord("0")
    return table
