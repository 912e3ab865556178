"""The key of a line: the form in which lines and rules are compared.

NFKC, casefold, white space to single spaces, apostrophes and decimal digits to ASCII, invisible
characters and leading bullets gone. Keys have offsets of their own; nothing maps back from them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

# Zero-width characters, direction marks, soft hyphens, byte order marks.
_INVISIBLE = "\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
# The zeros of the decimal digits that NFKC leaves, in the Basic Multilingual Plane: Arabic, Persian, Indic …
_ZEROS = (
    0x660,
    0x6F0,
    0x7C0,
    0x966,
    0x9E6,
    0xA66,
    0xAE6,
    0xB66,
    0xBE6,
    0xC66,
    0xCE6,
    0xD66,
    0xDE6,
    0xE50,
    0xED0,
    0xF20,
    0x1040,
    0x1090,
    0x17E0,
    0x1810,
    0x1946,
    0x19D0,
    0x1A80,
    0x1A90,
    0x1B50,
    0x1BB0,
    0x1C40,
    0x1C50,
    0xA620,
    0xA8D0,
    0xA900,
    0xA9D0,
    0xA9F0,
    0xAA50,
    0xABF0,
)
_DIGITS = "".join(f"{chr(zero)}-{chr(zero + 9)}" for zero in _ZEROS)
_SPECIAL = re.compile(f"[{_INVISIBLE}{_DIGITS}]")
# Replaced before NFKC, one by one, because that is fast: most texts are normalized then, or nearly.
_FREQUENT = (("\xa0", " "), ("…", "..."), *((apostrophe, "'") for apostrophe in "‘’‛ʼ´′"))
BULLETS = "•*◦▪‣∙●○■□▸►+"
_BULLET = re.compile(f"[{BULLETS}]")
# A letter o is a bullet too where it is indented: so does inscriptis print lists within lists.
_LEADING = re.compile(f"\n(?:[ \\t{BULLETS}]*[{BULLETS}]|[ \\t]+o(?= ))")


def _plain(found: re.Match[str]) -> str:
    return str(unicodedata.decimal(found[0])) if found[0].isdecimal() else ""


def fold(text: str) -> str:
    """Return `text` as it stands in keys, white space and bullets left as they are; line feeds stay."""
    if text.isascii():
        return text.lower()
    for char, plain in _FREQUENT:
        text = text.replace(char, plain)
    return _SPECIAL.sub(_plain, unicodedata.normalize("NFKC", text).casefold())


def keys(lines: Sequence[str], longest: int) -> list[str]:
    """Return the key of every line; "" for one that is blank or longer than `longest` characters.

    Many lines are folded at once, as one text, because that is fast: no step reaches over a line feed.
    """
    result = _keys(["" if len(line) > longest or not line.isascii() else line for line in lines])
    others = [i for i, line in enumerate(lines) if not line.isascii() and len(line) <= longest]
    for i, found in zip(others, _keys([lines[i] for i in others]), strict=True):
        result[i] = found
    return result


def _keys(lines: list[str]) -> list[str]:
    text = fold("\n".join(["", *lines]))
    if _BULLET.search(text) or " o " in text:
        text = _LEADING.sub("\n", text)
    found = [line.strip() for line in text.split("\n")[1:]]
    if "  " in text or "\t" in text:
        found = [" ".join(line.split()) if "  " in line or "\t" in line else line for line in found]
    return found


def key(line: str) -> str:
    """Return the key of one line."""
    return keys([line], len(line))[0]
