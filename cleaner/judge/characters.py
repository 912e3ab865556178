"""The class and the lower case of each character, from a table that ships.

Python's own Unicode database changes from one Python to the next; the table makes scores the same under all of them.
A text is read as UTF-16 code units. A character beyond the basic plane (emoji, rare scripts) is two units, and each
counts as a symbol. `python -m cleaner.judge.characters` writes the table anew from the database of the running
Python.

Example: of `Aß 9.` the classes are UPPER, LOWER, SPACE, DIGIT, END, and the lower case is `aß 9.`.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from cleaner.judge.shipped import CHARACTERS
from cleaner.text.prose import ENDS

if TYPE_CHECKING:
    from cleaner.judge.arrays import Classes, Units

UNITS = 1 << 16  # code units there are

# The classes of characters. Their order matters: `class <= DIGIT` finds what words are made of.
LOWER, UPPER, LETTER, IDEOGRAPH, UNSPACED, DIGIT, SPACE, END, COMMA = range(9)  # LETTER: without case
COLON, QUOTE, DASH, BRACKET, RULE, MONEY, SIGN, SYMBOL = range(9, 17)  # RULE: bars, bullets, arrows; SYMBOL: the rest
CLASSES = 17
# IDEOGRAPH is Han and kana, UNSPACED the letters and vowel signs of the other scripts that put no spaces between
# words. In both, each character counts as a word. END is what ends a sentence.
_UNSPACED_SCRIPTS = (  # Thai and Lao, Burmese, Khmer: first and last character
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
)

_CLASSES_BY_HAND = {
    END: ENDS,
    COMMA: ",;،؛、，；､",
    COLON: ":：",
    QUOTE: "\"'`´“”„‟‘’‚‛‹«『』「」《》〈〉＂",
    DASH: "-‐‑‒–—―−－",
    BRACKET: "()[]{}（）【】［］〔〕",
    RULE: "|/\\_*#~=+<>^·•●○◦▪■□»›→←↑↓▶►▸▼▲◀◄‣⁃｜／",
    MONEY: "$€£¥₹₽₺₩₴%‰",
    SIGN: "©®™@&№§°",
}


class Characters:
    """The table: the class and the lower case of each code unit, and of the first 256 also as `bytes`."""

    def __init__(self) -> None:
        data = np.frombuffer(zlib.decompress(CHARACTERS.read_bytes()), np.uint8)
        self.classes = data[:UNITS]
        self.lower = data[UNITS:].view("<u2") + np.arange(UNITS, dtype=np.uint16)
        self.classes_of_bytes = self.classes[:256].tobytes()
        self.lower_of_bytes = self.lower[:256].astype(np.uint8).tobytes()

    def classify(self, text: str) -> tuple[Classes, Units]:
        """Return the class and the lower case of each code unit of `text`.

        Both go through `bytes.translate`, which is the fastest; units above 255 are put right afterwards.
        """
        if text.isascii():
            data = text.encode()
            return (
                np.frombuffer(data.translate(self.classes_of_bytes), np.uint8),
                np.frombuffer(data.translate(self.lower_of_bytes), np.uint8),
            )
        units = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), "<u2")
        low = units.astype(np.uint8).tobytes()
        classes = np.frombuffer(bytearray(low.translate(self.classes_of_bytes)), np.uint8)
        lower = np.frombuffer(low.translate(self.lower_of_bytes), np.uint8).astype(np.uint16)
        rare = np.flatnonzero(units > 255)
        rare_units = units[rare]
        classes[rare] = self.classes[rare_units]
        lower[rare] = self.lower[rare_units]
        return classes, lower


def _class_of(char: str) -> int:
    import unicodedata

    for number, chars in _CLASSES_BY_HAND.items():
        if char in chars:
            return number
    code, category = ord(char), unicodedata.category(char)
    if category == "Ll":
        return LOWER
    if category in ("Lu", "Lt"):
        return UPPER
    if 0x3040 <= code <= 0x30FF or 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or code == 0x3005:
        return IDEOGRAPH
    if category[0] in "LM":
        return UNSPACED if any(first <= code <= last for first, last in _UNSPACED_SCRIPTS) else LETTER
    if category[0] == "N":
        return DIGIT
    if char.isspace() or category in ("Cc", "Cf", "Zs", "Zl", "Zp"):
        return SPACE
    if category in ("Po", "Pd", "Ps", "Pe", "Pi", "Pf", "Pc"):
        return {"Pd": DASH, "Ps": BRACKET, "Pe": BRACKET, "Pi": QUOTE, "Pf": QUOTE}.get(category, COMMA)
    return MONEY if category == "Sc" else SYMBOL


def write_table() -> None:
    """Write the table from the Unicode database of the running Python: classes, then steps to the lower case."""
    chars = [chr(code) for code in range(UNITS)]
    classes = bytes(SYMBOL if 0xD800 <= ord(c) < 0xE000 else _class_of(c) for c in chars)
    lower = [ord(low) if len(low := c.lower()) == 1 else ord(c) for c in chars]
    steps = np.array(lower, "<u2") - np.arange(UNITS, dtype="<u2")  # mostly 0, which compresses well
    CHARACTERS.write_bytes(zlib.compress(classes + steps.tobytes(), 9))


if __name__ == "__main__":
    write_table()
