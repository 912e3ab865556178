"""Names and texts of strangers, made safe to show: nothing in them can move the cursor, hide or reorder text.

A file may be called `a\\n/etc/passwd: removed` or have a terminal's escape sequences in its name, and a document may
hold such sequences. `name` quotes a name as `ls` does, `text` replaces what is dangerous by visible signs.
"""

from __future__ import annotations

import re
from pathlib import PurePath

# Control characters but the line feed and the tabulator; marks that reorder text (embeddings, overrides, isolates);
# line separators; lone surrogates, which stand for bytes that are not UTF-8; tags, which cannot be seen.
_DANGEROUS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_IN_NAMES = re.compile(f"{_DANGEROUS.pattern}|[\t\n]")


def name(path: str | PurePath) -> str:
    """Return a name for messages: as it is, or in the quotes of `ls`, `'a'$'\\n''b'`, if it has dangerous characters.

    Any shell that knows `$'…'` takes the quoted name for the file.
    """
    shown = str(path)
    if not _IN_NAMES.search(shown):
        return shown
    pieces = re.split(f"((?:{_IN_NAMES.pattern})+)", shown)
    quoted = [
        "$'" + "".join(map(_escape, piece)) + "'" if i % 2 else _in_quotes(piece) for i, piece in enumerate(pieces)
    ]
    return "".join(quoted)


def text(shown: str) -> str:
    """Return a text with visible signs for its dangerous characters; line feeds and tabulators stay."""
    return _DANGEROUS.sub(lambda found: _sign(found[0]), shown)


def _in_quotes(piece: str) -> str:
    return "'" + piece.replace("'", "'\\''") + "'" if piece else ""


def _escape(char: str) -> str:
    """Return a character as a shell writes it within `$'…'`, byte by byte."""
    short = {"\n": r"\n", "\t": r"\t", "\r": r"\r", "\x1b": r"\e"}
    if char in short:
        return short[char]
    return "".join(
        rf"\{byte:03o}" for byte in char.encode("utf-8", "surrogateescape" if char >= "\udc80" else "strict")
    )


def _sign(char: str) -> str:
    """Return a visible sign: the picture of a control character, or its code point."""
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"<U+{code:04X}>"
