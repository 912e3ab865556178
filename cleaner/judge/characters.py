"""Classes and lower case of characters, from a table that ships, so that they are the same under every Python.

Text is taken as UTF-16 code units: what lies beyond the basic plane (emoji, rare scripts) counts as symbols.
`python -m cleaner.judge.characters` writes the table anew from Python's Unicode database.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np

TABLE = Path(__file__).with_name("characters.bin")
UNITS = 1 << 16

# The order matters: letters come first, then what words may hold besides, so that one comparison finds words.
LOWER, UPPER, LETTER, IDEOGRAPH, DIGIT, SPACE, END, COMMA = range(8)
COLON, QUOTE, DASH, BRACKET, RULE, MONEY, SIGN, SYMBOL = range(8, 16)
CLASSES = 16

_BY_HAND = {
    END: ".!?…。！？｡।॥؟۔።៖་།‼⁇⁈⁉︒",
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
    """The table: class of each code unit, its lower case, and both for the first 256 as bytes."""

    def __init__(self) -> None:
        data = np.frombuffer(zlib.decompress(TABLE.read_bytes()), np.uint8)
        self.classes = data[:UNITS]
        self.lower = data[UNITS:].view("<u2") + np.arange(UNITS, dtype=np.uint16)
        self.classes_of_bytes = self.classes[:256].tobytes()
        self.lower_of_bytes = self.lower[:256].astype(np.uint8).tobytes()

    def read(self, text: str) -> tuple[Any, Any]:
        """Return the classes (uint8) and the lower case (unsigned) of the code units of `text`."""
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
        where = units[rare]
        classes[rare] = self.classes[where]
        lower[rare] = self.lower[where]
        return classes, lower


def _class_of(char: str) -> int:
    import unicodedata

    for number, chars in _BY_HAND.items():
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
        return LETTER
    if category[0] == "N":
        return DIGIT
    if char.isspace() or category in ("Cc", "Cf", "Zs", "Zl", "Zp"):
        return SPACE
    if category in ("Po", "Pd", "Ps", "Pe", "Pi", "Pf", "Pc"):
        return {"Pd": DASH, "Ps": BRACKET, "Pe": BRACKET, "Pi": QUOTE, "Pf": QUOTE}.get(category, COMMA)
    return MONEY if category == "Sc" else SYMBOL


def write() -> None:
    """Write the table from the Unicode database of the running Python."""
    chars = [chr(code) for code in range(UNITS)]
    classes = bytes(SYMBOL if 0xD800 <= ord(c) < 0xE000 else _class_of(c) for c in chars)
    lower = [ord(low) if len(low := c.lower()) == 1 else ord(c) for c in chars]
    steps = np.array(lower, "<u2") - np.arange(UNITS, dtype="<u2")  # differences, most of them 0, compress well
    TABLE.write_bytes(zlib.compress(classes + steps.tobytes(), 9))


if __name__ == "__main__":
    write()
