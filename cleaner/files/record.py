"""The record of a cleaned file: a JSON file beside the clean copy, from which the original comes back byte for byte.

The record holds the edits and how the file was decoded. Undoing the edits gives the text of the original; encoding
the text gives its bytes. An original that does not come back in this way, for example an HTML page, is in the record
itself, compressed. The digests of both files tell whether a record and a copy belong together.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from typing import Any

from cleaner.document import Cleaned
from cleaner.errors import DocumentError, SettingsError
from cleaner.text.encoding import BOMS, known

FORMAT_VERSION = 1
# A record, and an original in one, of more bytes than this are neither written nor read. Raised, a record that
# somebody made up takes more memory: a million bytes of it can hold a thousand million.
MAX_BYTES = 1 << 30
# What reading a record raises if the file is damaged or something else.
NOT_A_RECORD = (AttributeError, KeyError, RecursionError, TypeError, ValueError, zlib.error)
_BOM_OF = {encoding: bom for bom, encoding in BOMS}


def dump(cleaned: Cleaned, source: bytes, source_name: str, clean: bytes | None = None) -> bytes:
    """Return the record of a file: its bytes are `source`, its name is `source_name`.

    `clean` are the bytes of the copy, if they are more than the clean text.
    It holds the source itself if the edits cannot give it back: if it is an HTML page, or in an encoding with two
    spellings of one character. Raises `DocumentError` if it would be too large.
    """
    data = cleaned.to_dict()
    text = data.pop("text")
    record = {
        "format": FORMAT_VERSION,
        "source": source_name,
        "source_sha256": sha256(source),
        "clean_sha256": sha256(text.encode() if clean is None else clean),
        **data,
    }
    if _reencoded(cleaned) != source:
        record["source_bytes"] = len(source)
        record["source_zlib"] = base64.b64encode(zlib.compress(source, 9)).decode("ascii")
    # A file name that is not UTF-8 has lone surrogates; their escapes here are the escapes of JSON.
    written = json.dumps(record, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace") + b"\n"
    if max(len(written), record.get("source_bytes", 0)) > MAX_BYTES:
        raise DocumentError(f"is too large for a record ({MAX_BYTES >> 20:,} MiB); leave out --record, or split it")
    return written


def digests(record: bytes) -> tuple[str, str]:
    """Return the SHA-256 of the original and of the clean text a record is for; ("", "") if it is no record."""
    try:
        data = _parsed(record)
        return str(data["source_sha256"]), str(data["clean_sha256"])
    except NOT_A_RECORD:
        return "", ""


def spelled_as(data: bytes, digest: str) -> bytes | None:
    """Return a file as it was when it had this digest, if no more than its line ends have changed; else None.

    Git converts line ends when it checks files out, each file as its attributes say.
    """
    unix = data.replace(b"\r\n", b"\n")
    spellings = (data, unix, unix.replace(b"\n", b"\r\n"))
    return next((spelling for spelling in spellings if sha256(spelling) == digest), None)


def load(record: bytes, clean: bytes, record_name: str, clean_name: str) -> bytes:
    """Return the original file, given the bytes of its record and of its clean copy.

    Raises `DocumentError` if the two do not belong together, or the record is none.
    """
    try:
        data = _parsed(record)
        if data.pop("format") != FORMAT_VERSION:
            raise DocumentError(f"{record_name}: is a record of another format; use the cleaner that wrote it")
        if sha256(clean) != data["clean_sha256"]:
            raise DocumentError(f"{clean_name}: has changed since its record was written; restore needs it as it was")
        if "source_zlib" in data:
            source: bytes | None = _decompressed(data["source_zlib"], data.get("source_bytes", MAX_BYTES))
        else:
            source = _reencoded(Cleaned.from_dict({**data, "text": clean.decode()}))
        if source is None or sha256(source) != data["source_sha256"]:
            raise ValueError
    except NOT_A_RECORD:
        raise DocumentError(f"{record_name}: is damaged; the original cannot be rebuilt from it") from None
    return source


def sha256(data: bytes) -> str:
    """Return the digest by which records identify files."""
    return hashlib.sha256(data).hexdigest()


def _parsed(record: bytes) -> dict[str, Any]:
    """Return the data of a record. Raises one of `NOT_A_RECORD`."""
    if len(record) > MAX_BYTES:
        raise ValueError
    data = json.loads(record)
    if not isinstance(data, dict):
        raise TypeError
    return data


def _decompressed(data: str, size: int) -> bytes:
    """Return an original of `size` bytes at most from the record; raises one of `NOT_A_RECORD` if it has more."""
    if not 0 <= size <= MAX_BYTES:
        raise ValueError
    reader = zlib.decompressobj()
    source = reader.decompress(base64.b64decode(data), size + 1)
    if len(source) > size or not reader.eof:
        raise ValueError
    return source


def _reencoded(cleaned: Cleaned) -> bytes | None:
    """Return the original text in the encoding of the file; None if it had none, or the text cannot be encoded."""
    if cleaned.encoding is None:
        return None
    bom = _BOM_OF[cleaned.encoding] if cleaned.bom else b""
    try:
        return bom + cleaned.restore().encode(known(cleaned.encoding))
    except (SettingsError, UnicodeError):
        return None
