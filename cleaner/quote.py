"""Names and texts of strangers, made safe to show: nothing in them can move the cursor, hide or reorder text.

A file may be called `a\\n/etc/passwd: removed` or have a terminal's escape sequences in its name, and a document may
hold such sequences. `name` quotes a name as `ls` does, `word` for a command line, `text` and `line` replace what is
dangerous by visible signs, and `in_json` by the escapes of JSON.

What an ordinary text has stays: the joiners of Persian, Indic scripts and emoji, the marks of direction that act on
their place alone (U+200E, U+200F, U+061C), the tags in the flags of Scotland and Wales.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePath

# Control characters; line separators and the marks that reorder a text (embeddings, overrides, isolates); lone
# surrogates, which stand for bytes that are not UTF-8. The patterns begin with a set of characters, which is found
# three times as fast as a test at each position; they are compiled for texts beyond ASCII: most runs need none.
_BEYOND = "\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_IN_NAMES = f"[\x00-\x1f{_BEYOND}]"
_IN_LINES = f"[\x00-\x08\x0a-\x1f{_BEYOND}]"  # without the tabulator
_IN_TEXTS = f"[\x00-\x08\x0b-\x1f{_BEYOND}](?<!\r(?=\n))"  # without the tabulator, LF and CRLF
_SHORT = {"\n": r"\n", "\t": r"\t", "\r": r"\r"}  # escapes that every shell and git know; others are octal


def is_plain(shown: str) -> bool:
    """Whether a name has no dangerous characters; a tabulator and a line feed are dangerous in names."""
    return (shown.isascii() and shown.isprintable()) or not re.search(_IN_NAMES, shown)


def is_utf8(path: str) -> bool:
    """Whether a path has no lone surrogates, which stand for bytes that are not UTF-8."""
    return path.isascii() or not re.search("[\ud800-\udfff]", path)


def name(path: str | PurePath) -> str:
    """Return a name for messages: as it is, or in the quotes of `ls`, `'a'$'\\n''b'`, if it has dangerous characters.

    Any shell that knows `$'…'` takes the quoted name for the file: bash, zsh, ksh, but not dash.
    """
    shown = str(path)
    if is_plain(shown):
        return shown
    pieces = re.split(f"({_IN_NAMES}+)", shown)  # by turns without and with dangerous characters
    return "".join(f"$'{escaped(piece)}'" if i % 2 else _in_quotes(piece) for i, piece in enumerate(pieces))


def word(argument: str) -> str:
    """Return an argument as a word of a command line."""
    if not is_plain(argument):
        return name(argument)
    import shlex

    return shlex.quote(argument)


def text(shown: str) -> str:
    """Return a text with visible signs for its dangerous characters; tabulators and line ends stay."""
    return _replace(_IN_TEXTS, _sign, shown)


def line(shown: str) -> str:
    """Return a text as one line, with visible signs for its dangerous characters and for line ends."""
    return _replace(_IN_LINES, _sign, shown)


def in_json(written: str) -> str:
    """Return JSON with escapes for the dangerous characters in its strings: other bytes, the same data."""
    return _replace(_IN_TEXTS, lambda char: rf"\u{ord(char):04x}", written)


def escaped(piece: str) -> str:
    r"""Return a text with `\n`, `\t`, `\r` and octal escapes for its dangerous characters, byte by byte."""
    return _replace(_IN_NAMES, lambda char: _SHORT.get(char) or _octal(char), piece)


def _replace(pattern: str, sign: Callable[[str], str], shown: str) -> str:
    """Return a text with `sign` of each character that the pattern finds in its place."""
    if shown.isascii() and shown.isprintable():
        return shown
    return re.sub(pattern, lambda found: sign(found[0]), shown)


def _in_quotes(piece: str) -> str:
    return "'" + piece.replace("'", "'\\''") + "'" if piece else ""


def _octal(char: str) -> str:
    """Return the bytes of a character in octal; `os.fsdecode` made U+DC80 to U+DCFF of bytes that are not UTF-8."""
    how = "surrogateescape" if "\udc80" <= char <= "\udcff" else "surrogatepass"
    return "".join(rf"\{byte:03o}" for byte in char.encode("utf-8", how))


def _sign(char: str) -> str:
    """Return a visible sign: the picture of a control character, or its code point."""
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"<U+{code:04X}>"
