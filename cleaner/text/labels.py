"""Labels of encodings as web pages have them, and what a browser reads them as (Encoding Standard of WHATWG).

`webencodings` has the standard's table of labels. Python's codecs are nearly the decoders of the standard. Where a
codec lacks characters that browsers show, the error handler `LENIENT` supplies them: the C1 controls of the windows
code pages, and the circled digits and other characters of NEC and IBM in EUC-JP and ISO-2022-JP.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

# The encodings that the standard reads with another decoder than Python's codec of that name.
CODECS = {
    "big5": "big5hkscs",
    "euc-kr": "cp949",
    "gbk": "gb18030",
    "iso-2022-jp": "iso2022_jp_ext",  # the one that has the half-width katakana
    "iso-8859-8-i": "iso8859_8",  # the same bytes; `I` says that the text is not turned round
    "shift_jis": "cp932",
    "windows-874": "cp874",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-user-defined": "cp1252",  # as the standard reads it in `meta`; its own characters mean nothing outside a page
}
# Labels of encodings that browsers do not decode (ISO-2022-KR, HZ and others), because they hide markup in ASCII.
UNREADABLE = "replacement"
WIDE = ("utf-16-le", "utf-16-be")

DECLARED_WITHIN_BYTES = 4096  # where a label is looked for; the standard says 1024, real pages exceed it
# These patterns are not compiled at import, because text in UTF-8 never needs them.
UNSEEN = rb"(?is)<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1|\Z)"  # comments and scripts
DECLARATION = rb"(?is)<\?xml\s([^>]*)|<meta(?=[\s/])((?:\"[^\"]*\"|'[^']*'|[^\"'>])*)"
ATTRIBUTE = rb"""([^\s=/>"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+)))?"""
CHARSET = rb"""(?i)charset\s*=\s*["']?\s*([^\s;"']+)"""

LENIENT = "cleaner-web"
REPLACING = "cleaner-web-replacing"


class Label(NamedTuple):
    """What a label stands for: a codec of Python's, or `UNREADABLE`, and the label itself."""

    codec: str
    label: str


def label_of(label: str) -> Label | None:
    """Return what browsers take a label for, None if they do not know it."""
    import webencodings

    found = webencodings.lookup(label)
    if not found:
        return None
    codec = found.name if found.name == UNREADABLE else codecs.lookup(CODECS.get(found.name, found.name)).name
    return Label(codec, label)


def declared_in(page: bytes) -> Label | None:
    """Return the first label that browsers know in the `meta` elements or the XML declaration of a page, or None.

    Comments, scripts and styles count for nothing. UTF-16 stands for UTF-8, since the declaration is in ASCII.
    """
    head = re.sub(UNSEEN, b"", page[:DECLARED_WITHIN_BYTES])
    for xml, meta in re.findall(DECLARATION, head):
        attributes: dict[bytes, bytes] = {}
        for key, *values in re.findall(ATTRIBUTE, xml or meta):
            attributes.setdefault(key.lower(), b"".join(values))
        name = attributes.get(b"encoding" if xml else b"charset", b"")
        if not name and attributes.get(b"http-equiv", b"").strip().lower() == b"content-type":
            inside = re.search(CHARSET, attributes.get(b"content", b""))
            name = inside[1] if inside else b""
        if found := label_of(name.rstrip(b"/").decode("latin-1")):
            return found._replace(codec="utf-8") if found.codec in WIDE else found
    return None


def read(data: bytes, codec: str, errors: str = LENIENT) -> str | None:
    """Return `data` as browsers read it, or None if it has bytes that mean nothing in this encoding.

    With `REPLACING`, such bytes become U+FFFD.
    """
    try:
        return data.decode(codec, errors)
    except UnicodeError:
        return None


def _lenient(error: UnicodeError) -> tuple[str, int]:
    """Decode bytes that Python's codecs lack as browsers do; raise `error` for others."""
    if isinstance(error, UnicodeDecodeError):
        start, byte = error.start, error.object[error.start]
        if error.encoding == "charmap" and byte < 0xA0:
            return chr(byte), start + 1
        if error.encoding == "gb18030" and byte == 0x80:
            return "€", start + 1
        pair = error.object[start : start + 2]
        if error.encoding == "iso2022_jp_ext" or (error.encoding == "euc_jp" and min(pair) > 0xA0):
            char = _of_nec_or_ibm(pair)
            if char:
                return char, start + 2
    raise error


def _of_nec_or_ibm(pair: bytes) -> str | None:
    """Return the character for two bytes of EUC-JP or ISO-2022-JP, given that cp932 has it, else None.

    cp932 has the same table of characters, in rows of two.
    """
    row, cell = (byte & 0x7F for byte in pair.ljust(2, b"\0"))
    if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):
        return None
    first = (row - 0x21) // 2 + (0x81 if row < 0x5F else 0xC1)
    second = cell + (0x7E if row % 2 == 0 else 0x1F if cell < 0x60 else 0x20)
    return read(bytes([first, second]), "cp932", "strict")


def _replacing(error: UnicodeError) -> tuple[str, int]:
    """Decode as `_lenient`, and bytes that mean nothing as U+FFFD."""
    try:
        return _lenient(error)
    except UnicodeDecodeError as unknown:
        return "\ufffd", max(unknown.end, unknown.start + 1)


codecs.register_error(LENIENT, _lenient)
codecs.register_error(REPLACING, _replacing)
