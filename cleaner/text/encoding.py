"""Bytes to text: by byte order mark, as UTF-8, by the label that came with the bytes or stands in them, by detection.

Nothing is guessed in silence. If the encoding cannot be told, or if the bytes are no text, the document is refused
with a `DocumentError` that says what to do; so is a page, whatever a browser would show of it. The same bytes get the
same answer as a text and as a page, except that a text declares no encoding of its own.

A label is obeyed if the bytes bear it out, with a few bad ones at most. Those become U+FFFD, as in a browser, and
`Decoded.replaced` says so; so do a few bad bytes in UTF-8. A label that makes other letters of the bytes than any
language has loses against an encoding in which they make sense. `labels.py` knows the labels, `detect.py` detects.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from cleaner.errors import DocumentError, SettingsError
from cleaner.text import labels

BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16-LE, whose mark is the first two bytes of this one
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Python's codecs for names of hosts: their time is quadratic, and they raise errors of their own kind.
NAMES_OF_HOSTS = ("idna", "punycode")
ISO_2022_JP = "iso2022_jp_ext"
JAPANESE = (b"\x1b$@", b"\x1b$B")  # how ISO-2022-JP switches to Japanese; all its bytes are ASCII
CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
BYTES_PER_CONTROL = 500  # fewer bytes for one control character are no text
# How many characters beyond ASCII must be right for one that is not. Lowered, mixtures of encodings are read with
# holes; raised, short pages with one bad byte are refused.
RIGHT_PER_WRONG = 4
# How many characters beyond ASCII a reading must have for a label to lose because they are odd. No sample of prose
# that is labelled rightly is odd, of 1,090; lowered, a few signs could outvote a label.
MIN_ODD_CHARS = 10
# In encodings of two bytes a character, up to so many characters are often valid UTF-8 by chance, of two bytes each:
# one Chinese character in five is. Then a label decides.
BY_CHANCE_CHARS = 3
TWO_BYTES = ("gb18030", "cp932", "euc_jp", "cp949", "big5hkscs")


class Decoded(NamedTuple):
    """A text, and the Python codec that it was decoded with.

    `bom` says whether a byte order mark was taken off, `replaced` whether bytes that were not valid became U+FFFD.
    """

    text: str
    encoding: str
    bom: bool = False
    replaced: bool = False


def decode(data: bytes, *, encoding: str | None = None, charset: str | None = None, html: bool = False) -> Decoded:
    """Decode `data` with `encoding`, or with what the bytes say if no encoding is given.

    `charset` is a label that came with the document, as in an HTTP header; it counts before the label that the
    document declares itself, which counts with `html`. A label that the bytes contradict does not count.

    A byte order mark of UTF-8 stays in the text as U+FEFF; a mark of UTF-16 or UTF-32 is taken off. Raises
    `DocumentError` for binary data and for an encoding that cannot be told, `SettingsError` for an `encoding` that
    does not exist.
    """
    if encoding is not None:
        return _decode_as(data, encoding)
    for mark, name in BOMS:
        if data.startswith(mark):
            return Decoded(_strictly(data[len(mark) :], name, len(mark)), name, True)
    if (position := data.find(0)) >= 0:
        return _decode_wide(data, charset, position)
    if b"\x1b" in data and any(switch in data for switch in JAPANESE):  # one byte is found much faster than three
        japanese = labels.read(data, ISO_2022_JP)
        if japanese is not None:
            return Decoded(japanese, ISO_2022_JP)
    text = labels.read(data, "utf-8", "strict")
    if text is not None:
        return _decode_otherwise(data, text, charset, html) or Decoded(text, "utf-8")
    declared = _declared(data, charset, html)
    patched = data.decode("utf-8", "replace")
    wrong = patched.count("\ufffd") - data.count("\ufffd".encode())
    right = _count_beyond_ascii(patched) - wrong
    if right >= RIGHT_PER_WRONG * wrong:  # whatever is declared: hardly anything else looks like UTF-8
        return Decoded(patched, "utf-8", replaced=True)
    for label in declared:
        if label.codec != "utf-8" and (found := _decode_as_declared(data, label)):
            return found
    if right > wrong:
        raise DocumentError("is broken UTF-8 in many places; mend it, or pass --encoding NAME")
    return _decode_unlabelled(data, declared, html)


def _declared(data: bytes, charset: str | None, html: bool) -> list[labels.Label]:
    """Return the label that came with a document, then the one that it declares as a page, if browsers know them."""
    found = (labels.label_of(charset) if charset else None, labels.declared_in(data) if html else None)
    return [label for label in found if label]


def _decode_wide(data: bytes, charset: str | None, position: int) -> Decoded:
    """Decode bytes that have a NUL at `position`, the first: they are UTF-16 without a mark, or binary."""
    from cleaner.text.detect import is_noise, utf_16

    label = labels.label_of(charset) if charset else None
    name = label.codec if label and label.codec in labels.WIDE else utf_16(data)
    text = _strictly(data, name) if name else None
    if name is None or text is None or is_noise(text):
        raise DocumentError(
            f"looks binary (NUL byte at byte {position}); leave it out, or pass --encoding if it is text"
        )
    return Decoded(text, name)


def _decode_otherwise(data: bytes, text: str, charset: str | None, html: bool) -> Decoded | None:
    """Decode what is valid UTF-8 by chance as it is labelled; None for everything that is UTF-8.

    Raises `DocumentError` for an encoding that hides text in ASCII and that browsers do not decode.
    """
    few = 0 < len(data) - len(text) <= BY_CHANCE_CHARS  # as many as there are characters of two bytes
    hidden = b"~{" in data or b"\x1b" in data
    if not (few or hidden) or not (labelled := _declared(data, charset, html)):
        return None
    declared = labelled[0]
    if hidden and declared.codec == labels.UNREADABLE:
        raise _unreadable(declared)
    if few and declared.codec in TWO_BYTES and max(text) < "\u0800":
        other = labels.read(data, declared.codec)
        return Decoded(other, declared.codec) if other is not None else None
    return None


def _decode_as_declared(data: bytes, declared: labels.Label) -> Decoded | None:
    """Decode as a label says, None if the bytes contradict it: if many of them are not valid.

    If what the label makes of the bytes is odd, and they make sense in another encoding, they are read in that one.
    """
    from cleaner.text.detect import detect, is_odd, utf_16

    if declared.codec == labels.UNREADABLE:
        raise _unreadable(declared)
    if declared.codec in labels.WIDE and utf_16(data) != declared.codec:
        return None
    text = data.decode(declared.codec, labels.REPLACING)
    bad = text.count("\ufffd")
    if _count_beyond_ascii(text) - bad < RIGHT_PER_WRONG * bad or _looks_binary(data):
        return None
    if _count_beyond_ascii(text) >= MIN_ODD_CHARS and is_odd(text):
        name = detect(data)
        other = labels.read(data, name) if name else None
        if name and other is not None:
            return Decoded(other, name)
    return Decoded(text, declared.codec, replaced=bad > 0)


def _decode_unlabelled(data: bytes, declared: list[labels.Label], html: bool) -> Decoded:
    """Decode what is not UTF-8 and not what it is declared as, if it is declared."""
    from cleaner.text.detect import detect, utf_16

    if _looks_binary(data):
        name = utf_16(data)
        if name is None:
            raise DocumentError("looks binary (control characters); leave it out, or pass --encoding if it is text")
        return Decoded(_strictly(data, name), name)
    name = detect(data)
    if name is None and html and re.sub(labels.UNSEEN, b"", data).isascii():
        name = "cp1252"  # as good as any: nothing that a reader sees depends on it
    text = labels.read(data, name) if name else None
    if name is None or text is None:
        but = f"it is not {declared[0].label}, as it is labelled, and " if declared else ""
        raise DocumentError(f"{but}its encoding cannot be told; pass --encoding NAME")
    return Decoded(text, name)


def _unreadable(declared: labels.Label) -> DocumentError:
    return DocumentError(f"is labelled {declared.label}, which browsers do not decode; pass --encoding NAME")


def _count_beyond_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _looks_binary(data: bytes) -> bool:
    """Whether the bytes have so many control characters that they are no text of one byte a letter."""
    return sum(map(data.count, (bytes([byte]) for byte in CONTROLS))) * BYTES_PER_CONTROL > len(data)


def _decode_as(data: bytes, encoding: str) -> Decoded:
    """Decode with the codec that the user named."""
    name = known(encoding)
    for mark, marked in BOMS:
        if data.startswith(mark) and name in (marked, marked[:6]):
            return Decoded(_strictly(data[len(mark) :], marked, len(mark)), marked, True)
    name = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(name, name)
    return Decoded(_strictly(data, name), name)


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
