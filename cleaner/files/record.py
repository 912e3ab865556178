"""The record of a cleaned file as JSON, and the original back from it, byte for byte."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib

from cleaner.document import Cleaned
from cleaner.errors import DocumentError
from cleaner.text.encoding import BOMS

FORMAT = 1
NO_RECORD = (AttributeError, KeyError, RecursionError, TypeError, ValueError, zlib.error)  # what reading one raises
_MARKS = {name: mark for mark, name in BOMS}


def dump(cleaned: Cleaned, source: bytes, source_name: str) -> bytes:
    """Return the record of `source`, the bytes of the file called `source_name`, cleaned.

    It holds all edits, and what `load` needs to give `source` back. Where the text alone cannot (an HTML
    page, an encoding with two spellings of one character) it holds the source itself, compressed.
    """
    data = cleaned.to_dict()
    text = data.pop("text")
    record = {
        "format": FORMAT,
        "source": source_name,
        "source_sha256": sha256(source),
        "clean_sha256": sha256(text.encode()),
        **data,
    }
    if _encoded(cleaned) != source:
        record["source_zlib"] = base64.b64encode(zlib.compress(source, 9)).decode("ascii")
    # A lone surrogate (of a file name that is not UTF-8) becomes its escape, which JSON has as well.
    return json.dumps(record, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace") + b"\n"


def digests(record: bytes) -> tuple[str, str]:
    """Return the SHA-256 of the original and of the clean text a record is for; ("", "") where it is no record."""
    try:
        data = json.loads(record)
        return data["source_sha256"], data["clean_sha256"]
    except NO_RECORD:
        return "", ""


def load(record: bytes, clean: bytes, record_name: str, clean_name: str) -> bytes:
    """Return the original file, given the bytes of its record and of its clean copy.

    Raises `DocumentError` where the two do not belong together, or the record is not one.
    """
    try:
        data = json.loads(record)
        if data.pop("format") != FORMAT:
            raise DocumentError(f"{record_name}: is a record of another format; use the cleaner that wrote it")
        if sha256(clean) != data["clean_sha256"]:
            raise DocumentError(f"{clean_name}: has changed since its record was written; restore needs it as it was")
        if "source_zlib" in data:
            source: bytes | None = zlib.decompress(base64.b64decode(data["source_zlib"]))
        else:
            source = _encoded(Cleaned.from_dict({**data, "text": clean.decode()}))
        if source is None or sha256(source) != data["source_sha256"]:
            raise ValueError
    except NO_RECORD:
        raise DocumentError(f"{record_name}: is damaged; the original cannot be rebuilt from it") from None
    return source


def sha256(data: bytes) -> str:
    """Return the digest that records identify files by."""
    return hashlib.sha256(data).hexdigest()


def _encoded(cleaned: Cleaned) -> bytes | None:
    """Return the original in its encoding, or None where there is no such thing."""
    if cleaned.encoding is None:
        return None
    mark = _MARKS[cleaned.encoding] if cleaned.bom else b""
    try:
        return mark + cleaned.restore().encode(cleaned.encoding)
    except (LookupError, UnicodeError):
        return None
