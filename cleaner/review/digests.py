"""Digests of documents, by which a decision about one document is known to be about the document as it is."""

from __future__ import annotations

from hashlib import sha256


def digest_of(data: bytes | str) -> str:
    """Return the SHA-256 of a document in hexadecimal digits: of its bytes, or of the text of a row in UTF-8."""
    return sha256(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data).hexdigest()
