"""Bytes to text: by byte order mark, as UTF-8, by the charset that an HTML page declares, then by detection.

Nothing is guessed in silence. If two encodings fit the bytes equally well, or if the bytes are no text, the document
is refused with a `DocumentError` that says what to do. HTML is the exception: a page that nothing fits is read as a
browser would read it, because a browser shows something for any page.

Detection asks charset-normalizer for readings of the bytes and believes the best one only if it is beyond doubt: its
encoding is one in which the detected language is written, it is coherent enough for that, and no other reading is
nearly as good.
"""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from itertools import islice
from typing import NamedTuple
from unicodedata import category

from cleaner.errors import DocumentError, SettingsError

BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16-LE, whose mark is the first two bytes of this one
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
UNMARKED = {b"<\0": "utf-16-le", b"\0<": "utf-16-be"}  # how an HTML page in UTF-16 without a mark begins

# The legacy encodings of the web (WHATWG Encoding Standard) that can be told apart by their bytes. The most frequent
# of each family comes first: if several read the bytes as the same text, the first name is taken.
LEGACY = (
    *("cp1252", "cp1251", "cp1250", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874"),
    *("iso8859_2", "iso8859_5", "iso8859_7", "iso8859_9", "koi8_r", "koi8_u", "cp866", "mac_roman"),
    *("gb18030", "cp932", "euc_jp", "cp949", "big5", "big5hkscs"),
)
# The encodings in which languages are written. A language that `FITTING` does not name is written in a western one.
WESTERN = ("cp1252", "mac_roman")
FITTING = {
    **dict.fromkeys(
        ("Croatian", "Czech", "Hungarian", "Polish", "Romanian", "Slovak", "Slovene"), ("cp1250", "iso8859_2")
    ),
    **dict.fromkeys(("Estonian", "Lithuanian"), ("cp1257",)),
    **dict.fromkeys(
        ("Bulgarian", "Kazakh", "Russian", "Serbian", "Ukrainian"),
        ("cp1251", "koi8_r", "koi8_u", "iso8859_5", "cp866"),
    ),
    **dict.fromkeys(("Arabic", "Farsi"), ("cp1256",)),
    "Chinese": ("gb18030", "big5", "big5hkscs"),
    "Greek": ("cp1253", "iso8859_7"),
    "Hebrew": ("cp1255",),
    "Japanese": ("cp932", "euc_jp"),
    "Korean": ("cp949",),
    "Thai": ("cp874",),
    "Turkish": ("cp1254", "iso8859_9"),
    "Vietnamese": ("cp1258",),
}
LATIN = {*WESTERN, *FITTING["Polish"], *FITTING["Estonian"], *FITTING["Turkish"], *FITTING["Vietnamese"]}
# Encodings of Latin letters differ in few characters, so the language has to tell, and telling it is guesswork in
# fewer bytes or with less coherence. Raised, more documents are refused.
MIN_LATIN_BYTES, MIN_LATIN_COHERENCE = 180, 0.45
# Encodings that are rare on the web and look like others: the coherence from which they are believed.
MIN_COHERENCE = {"mac_roman": 0.6, "cp1257": 0.6, "cp1258": 0.6, "cp874": 0.3, "iso8859_5": 0.3}
# By how much a reading must be better than all others, in charset-normalizer's measures (both 0 to 1): less mess, and
# more coherence. Raised, more documents are refused.
CHAOS_MARGIN, COHERENCE_MARGIN = 0.02, 0.15
ODD_SAMPLE_CHARS = 10_000  # characters beyond ASCII that are looked at to tell whether a reading is odd

# What browsers read a label as (WHATWG): the superset of the encoding that pages really use.
BROWSER_READING = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
# These patterns are not compiled at import, because text in UTF-8 never needs them.
CHARSET = rb"""<(?:meta|\?xml)[^>]{0,300}?(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})"""
HTML_START = (
    rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?>.*?-->)\s*)*"
    rb"<(?:!doctype\s+html|html|head|body)\b"
)
COMMENT = rb"(?s)<!--.*?(?:-->|\Z)"
# Safe on undecoded bytes: in none of the encodings above do the bytes of < and > stand inside another character.
MARKUP = rb"(?is)<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1|\Z)|<[^<>]*>?"
DECLARED_WITHIN_BYTES = 4096  # where a declared charset is looked for; the standard says 1024, real pages exceed it
# These bytes read as ASCII in every charset of the web, but not in utf-7, unicode_escape and others that Python knows
# and a page may not declare.
PLAIN = bytes(range(32, 92)) + bytes(range(93, 127)) + b" +AGE- \\u0041 ~{"
# Python's codecs for names of hosts: their time is quadratic, and they raise errors of their own kind.
NAMES_OF_HOSTS = ("idna", "punycode")
JAPANESE = (b"\x1b$@", b"\x1b$B")  # how ISO-2022-JP switches to Japanese; all its bytes are ASCII
CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))


def _as_c1_control(error: UnicodeError) -> tuple[str, int]:
    """Decode a byte that Python's windows-125x codecs lack as browsers (WHATWG) do: as a C1 control character."""
    if isinstance(error, UnicodeDecodeError) and error.object[error.start] < 0xA0:
        return chr(error.object[error.start]), error.start + 1
    raise error


codecs.register_error("cleaner-c1", _as_c1_control)


class Decoded(NamedTuple):
    """A text, the Python codec that it was decoded with, and whether a byte order mark was taken off."""

    text: str
    encoding: str
    bom: bool


def decode(data: bytes, *, encoding: str | None = None, charset: str | None = None, html: bool = False) -> Decoded:
    """Decode `data` with `encoding`, or with what the bytes say if no encoding is given.

    `charset` is a label that came with the document, as in an HTTP header; it counts before the label that the
    document declares itself. With `html`, a declared charset counts, and a page with a few bad bytes is read as a
    browser would read it.

    A byte order mark of UTF-8 stays in the text as U+FEFF; a mark of UTF-16 or UTF-32 is taken off. Raises
    `DocumentError` for binary data and for an encoding that cannot be told, `SettingsError` for an `encoding` that
    does not exist.
    """
    if encoding is not None:
        return _decode_as(data, encoding)
    for mark, name in BOMS:
        if data.startswith(mark):
            return Decoded(_strictly(data[len(mark) :], name, len(mark)), name, True)
    if html and data[:2] in UNMARKED:
        return Decoded(_strictly(data, UNMARKED[data[:2]]), UNMARKED[data[:2]], False)
    if (position := data.find(0)) >= 0:
        raise DocumentError(
            f"looks binary (NUL byte at byte {position}); leave it out, or pass --encoding if it is text"
        )
    if b"\x1b" in data and any(
        switch in data for switch in JAPANESE
    ):  # looking for one byte is much faster than for three
        with suppress(UnicodeDecodeError):
            return Decoded(data.decode("iso2022_jp"), "iso2022_jp", False)
    try:
        return Decoded(data.decode("utf-8"), "utf-8", False)
    except UnicodeDecodeError as error:
        bad = error
    if html and _mostly_utf8(data):  # whatever the page declares: hardly anything else looks like UTF-8
        return Decoded(data.decode("utf-8", "replace"), "utf-8", False)
    declared = (_codec(charset) if charset else None) or (_declared(data) if html else None)
    if declared:
        lenience = "cleaner-c1" if declared.startswith("cp125") else "strict"
        with suppress(UnicodeDecodeError):
            return Decoded(data.decode(declared, lenience), declared, False)
    if not html and _mostly_utf8(data):
        raise DocumentError(
            f"is broken UTF-8 (byte {bad.start} is 0x{data[bad.start]:02x}); mend it, or pass --encoding NAME"
        )
    if sum(map(data.count, (bytes([byte]) for byte in CONTROLS))) * 500 > len(data):
        raise DocumentError("looks binary (control characters); leave it out, or pass --encoding if it is text")
    try:
        name = _detect(_texts_beyond_ascii(data) if html else data)
    except DocumentError:
        if not html:
            raise
        name = declared or "cp1252"
    return Decoded(data.decode(name, "replace") if html else _strictly(data, name), name, False)


def looks_like_html(data: bytes) -> bool:
    """Whether a document begins like an HTML page."""
    return bool(re.match(HTML_START, data[:1024].replace(b"\0", b""), re.I | re.S))


def _decode_as(data: bytes, encoding: str) -> Decoded:
    """Decode with the codec that the user named."""
    name = known(encoding)
    for mark, marked in BOMS:
        if data.startswith(mark) and name in (marked, marked[:6]):
            return Decoded(_strictly(data[len(mark) :], marked, len(mark)), marked, True)
    name = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(name, name)
    return Decoded(_strictly(data, name), name, False)


def known(encoding: str) -> str:
    """Return Python's name of an encoding that a user named; raises `SettingsError` if Python knows none."""
    try:
        name = codecs.lookup(encoding).name
        "".encode(name)
        if name in NAMES_OF_HOSTS:
            raise LookupError
    except (LookupError, ValueError):
        raise SettingsError(f"unknown encoding {encoding!r}; name one that Python knows, such as cp1252") from None
    return name


def _strictly(data: bytes, encoding: str, skipped: int = 0) -> str:
    """Decode `data`, which `skipped` bytes stood before; raises `DocumentError` for bytes that do not fit."""
    try:
        text = data.decode(encoding)
    except UnicodeError as error:  # not every codec says where
        where = f" at byte {error.start + skipped}" if isinstance(error, UnicodeDecodeError) else ""
        raise DocumentError(f"is not valid {encoding}{where}; pass another --encoding NAME") from None
    if "\0" in text:
        raise DocumentError(f"looks binary (NUL character when read as {encoding}); leave it out")
    return text


def _declared(data: bytes) -> str | None:
    """Return the codec for the charset that an HTML page declares, or None."""
    found = re.search(CHARSET, re.sub(COMMENT, b"", data[:DECLARED_WITHIN_BYTES]), re.I)
    return _codec(found[1].decode("ascii")) if found else None


def _codec(charset: str) -> str | None:
    """Return the codec for the label of a charset, or None if a page cannot be written in it."""
    try:
        name = codecs.lookup(charset).name
        name = BROWSER_READING.get(name, name)
        return name if name not in NAMES_OF_HOSTS and PLAIN.decode(name) == PLAIN.decode() else None
    except (LookupError, ValueError):
        return None


def _mostly_utf8(data: bytes) -> bool:
    """Whether more of the characters beyond ASCII are valid UTF-8 than bytes are not: then it is broken UTF-8."""
    good = data.decode("utf-8", "ignore")
    bad = len(data.decode("utf-8", "surrogateescape")) - len(good)
    return len(good) - len(good.encode("ascii", "ignore")) > bad


def _texts_beyond_ascii(page: bytes) -> bytes:
    """Return the texts of an HTML page that are not plain ASCII; the rest would hide them from detection."""
    return b"\n".join(text for text in re.sub(MARKUP, b"\0", page).split(b"\0") if not text.isascii())


def _detect(data: bytes) -> str:
    """Return the legacy encoding that charset-normalizer detects; raises `DocumentError` if that is in doubt."""
    from charset_normalizer import from_bytes

    matches = [match for match in from_bytes(data, cp_isolation=list(LEGACY)) if not _is_odd(str(match))]
    readings = []  # (encoding, match), the best first
    for match in matches:
        fitting = FITTING.get(match.language, WESTERN)
        names = [
            name
            for name in match.could_be_from_charset
            if name in fitting and match.coherence >= MIN_COHERENCE.get(name, 0)
        ]
        if names:
            readings.append((min(names, key=LEGACY.index), match))
    refusal = DocumentError("its encoding cannot be told; pass --encoding NAME")
    if not readings:
        raise refusal
    (name, best), *others = readings
    if best.coherence < max(match.coherence for match in matches) - COHERENCE_MARGIN:
        raise refusal
    if name in LATIN and (len(data) < MIN_LATIN_BYTES or best.coherence < MIN_LATIN_COHERENCE):
        raise refusal
    rivals = [
        other
        for other, match in others
        if match.chaos < best.chaos + (CHAOS_MARGIN if best.coherence else 5 * CHAOS_MARGIN)
        and match.coherence > best.coherence - COHERENCE_MARGIN
    ]
    if rivals:
        fits = ", ".join([name, *rivals][:4])
        raise DocumentError(f"its encoding cannot be told ({fits} fit equally well); pass --encoding NAME")
    return name


def _is_odd(text: str) -> bool:
    """Whether many characters beyond ASCII stand where no language has them: `cafÈ`, `urz¹d`, control characters."""
    count = odd = 0
    for found in islice(re.finditer(r"[^\x00-\x7f]", text), ODD_SAMPLE_CHARS):
        char, i = found[0], found.start()
        before, after = text[max(i - 1, 0) : i], text[i + 1 : i + 2]
        in_word = before.isalpha() and after.isalpha()
        count += 1
        odd += char < "\xa0" or (char.isupper() and before.islower()) or (in_word and category(char)[0] in "NS")
    return 4 * odd > count
