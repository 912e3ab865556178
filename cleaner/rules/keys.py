"""The key of a line: the form in which lines and rules are compared.

NFKC, casefold, white space to single spaces, apostrophes and decimal digits to ASCII, invisible
characters and a leading bullet gone. Keys have offsets of their own; nothing maps back from them.
"""

from __future__ import annotations

import re
import unicodedata

# Zero-width characters, direction marks, soft hyphens, byte order marks.
_INVISIBLE = "\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_APOSTROPHES = "‘’‛ʼ`´′"
_DIGIT = r"(?![0-9])\d"
_SPECIAL = re.compile(f"[{_INVISIBLE}]|[{_APOSTROPHES}]|{_DIGIT}")
_BULLETS = frozenset(["•", "*", "◦", "▪", "‣", "∙", "●", "○", "■", "□", "·", "▸", "►", "»", "›"])


def _plain(found: re.Match[str]) -> str:
    char = found[0]
    if char in _APOSTROPHES:
        return "'"
    return str(unicodedata.decimal(char)) if char.isdecimal() else ""


def fold(text: str) -> str:
    """Return `text` as it stands in keys, white space and bullets left as they are."""
    if text.isascii():
        return text.casefold().replace("`", "'")
    return _SPECIAL.sub(_plain, unicodedata.normalize("NFKC", _SPECIAL.sub(_plain, text)).casefold())


def key(line: str) -> str:
    """Return the key of `line`; "" for a line that is blank."""
    result = " ".join(fold(line).split())
    if result[1:2] == " " and result[0] in _BULLETS:
        return result[2:]
    return result
