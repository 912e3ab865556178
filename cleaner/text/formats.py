"""What bytes are that are no text: a PDF, an archive, an image, JSON. The refusal says so, and what to do instead.

Prose is never refused: the first bytes of each format here are such that no text has them.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec


class _Format(NamedTuple):
    """How the files of a format begin, what they are, and what to do with them."""

    begin: bytes
    what: str
    advice: str


_EXTRACT, _UNPACK, _LEAVE_OUT = "extract its text first", "unpack it first", "leave it out"
# The first that fits is taken. The patterns are compiled only when a file begins with none of the bytes of text.
_FORMATS = (
    _Format(rb"%PDF-\d\.\d\s*[\r\n]", "is a PDF", _EXTRACT),
    _Format(rb"\{\\rtf\d?[\\{]", "is RTF", _EXTRACT),
    _Format(rb"%!PS(?:-Adobe-\d\.\d[^\r\n]{0,20})?[\r\n]", "is PostScript", _EXTRACT),
    _Format(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is a document of an old office program", _EXTRACT),
    _Format(rb"PK\x03\x04.{22,26}mimetypeapplication/epub", "is an e-book (EPUB)", _EXTRACT),
    _Format(rb"PK\x03\x04.{22,26}mimetypeapplication/vnd\.oasis", "is an office document", _EXTRACT),
    _Format(rb"PK\x03\x04.{26}(?:\[Content_Types\]|_rels/|word/|xl/|ppt/)", "is an office document", _EXTRACT),
    _Format(rb"PK(?:\x03\x04|\x05\x06)", "is a zip archive", _UNPACK),
    _Format(rb"7z\xbc\xaf\x27\x1c|Rar!\x1a\x07|.{257}ustar[\0 ]", "is an archive", _UNPACK),
    _Format(rb"\x1f\x8b\x08", "is packed by gzip", _UNPACK),
    _Format(rb"\x28\xb5\x2f\xfd", "is packed by Zstandard", _UNPACK),
    _Format(rb"\xfd7zXZ\0", "is packed by xz", _UNPACK),
    _Format(rb"BZh[1-9]1AY&SY", "is packed by bzip2", _UNPACK),
    _Format(rb"\x89PNG\r?\n|\xff\xd8\xff[\xc0-\xfe]|GIF8[79]a", "is an image", _LEAVE_OUT),
    _Format(rb"II\*\0|MM\0\*|RIFF.{4}WEBP|BM.{4}\0\0\0\0|\0\0\x01\0.\0", "is an image", _LEAVE_OUT),
    _Format(rb"\0\0\0.ftyp|\x1a\x45\xdf\xa3|OggS\0|ID3[\x02-\x04]|fLaC\0|RIFF", "is sound or video", _LEAVE_OUT),
    _Format(rb"SQLite format 3\0", "is an SQLite database", "export its texts first"),
    _Format(rb"PAR1", "is a Parquet file", "name it .parquet"),
    _Format(rb"\x7fELF|MZ.{2,60}\0\0|\xcf\xfa\xed\xfe|\xca\xfe\xba\xbe", "is a program", _LEAVE_OUT),
    _Format(rb"wOF[F2]\0|\0\x01\0\0\0.{3}\0|OTTO\0", "is a font", _LEAVE_OUT),
)
_BEGIN_BYTES = 512  # bytes that are looked at; the mark of a tar archive ends at byte 263
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_PRINTABLE = (b"%PDF-", b"%!PS", b"{\\rtf")  # how formats begin whose first bytes are all printable


def refusal(data: bytes) -> str:
    """Return what `data` is and what to do with it (`is a PDF; extract its text first`), "" if it may be a text."""
    begin = data[:_BEGIN_BYTES].removeprefix(b"\xef\xbb\xbf")
    if begin.translate(None, _CONTROLS) != begin or begin.startswith(_PRINTABLE):
        for one in _FORMATS:
            if re.match(one.begin, begin, re.DOTALL):
                return f"{one.what}; {one.advice}"
    if begin.lstrip().startswith((b"{", b"[")):
        return _about_json(data.removeprefix(b"\xef\xbb\xbf").strip())
    return ""


def _about_json(data: bytes) -> str:
    """Return what to do with JSON objects, "" for anything else; an array of numbers or strings may be prose."""
    if not data.endswith((b"}", b"]")):
        return ""
    if _holds_objects(data):
        return "is JSON; take its texts out, or pass --encoding if it is to be cleaned as text"
    if data.startswith(b"{") and all(_holds_objects(line) for line in data.splitlines() if line.strip()):
        return "is JSON lines; name it .jsonl"
    return ""


def _holds_objects(data: bytes) -> bool:
    """Whether bytes are a JSON object that is not empty, or an array with such objects alone."""
    try:
        value = msgspec.json.decode(data)
    except (RecursionError, msgspec.MsgspecError):
        return False
    objects = value if isinstance(value, list) else [value]
    return bool(objects) and all(isinstance(one, dict) and one for one in objects)
