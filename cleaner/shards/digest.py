"""A running digest of the first bytes of a shard, by which a resumed run knows that they are still the same.

Size and time of a file do not tell: whoever unpacks an archive or copies a file may set both. The bytes up to where
the output has come are read once more while the shard is cleaned, most of them from the memory of the system, and
once when the run is resumed. BLAKE2b takes about a second for a gigabyte, which takes minutes to clean.

What it does not cover: bytes that change between the two times that they are read. The size and the time of the file
are compared at the end for that. Of shards in stores, there is no digest: they would have to be loaded twice. Their
stamp, which most stores derive from the content, must do.
"""

from __future__ import annotations

import hashlib
from typing import BinaryIO

READ_BYTES = 1 << 20  # bytes that are read at a time; raised, it takes more memory


class Digest:
    """The digest of a file from its beginning up to where it was read."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=32)
        self._size = 0

    def up_to(self, file: BinaryIO, size: int) -> str:
        """Go on to the first `size` bytes and return their digest. Sizes must not fall. Raises `OSError`."""
        file.seek(self._size)
        while self._size < size and (block := file.read(min(READ_BYTES, size - self._size))):
            self._hash.update(block)
            self._size += len(block)
        return self._hash.hexdigest()
