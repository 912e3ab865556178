"""Reading compressed files from their middle, where that can be: a gzip file may be many, one behind the other."""

from __future__ import annotations

import zlib
from typing import BinaryIO

from cleaner.shards import compression
from cleaner.shards.format import Broken

BLOCK = 1 << 16  # bytes that are read at once
GZIP = 31  # what zlib knows gzip by


class Stream:
    """What `file` holds from where it is at; positions are counted from there."""

    def __init__(self, file: BinaryIO, suffix: str) -> None:
        """Take a file that may be compressed, as told by `suffix`, and that is read already."""
        self._read = getattr(file, "read1", file.read)  # which returns what there is before it raises
        self._errors = compression.errors(suffix)
        self._first = file.tell()

    def tell(self) -> int:
        """Return 0, where reading begins."""
        return 0

    def read(self, size: int = BLOCK) -> bytes:
        """Return some bytes, none at the end. Raises `Broken`."""
        try:
            data: bytes = self._read(size)
        except self._errors as error:
            if compression.is_outage(error):
                raise
            raise broken(error) from None
        return data

    def offset(self, position: int) -> int | None:
        """Return the offset in the file where a stream would begin with `position`."""
        return self._first + position


class Members(Stream):
    """What the gzip file `file` holds from the member on that it is at; offsets are those of members."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, ".gz")
        self._at = self._first  # in the file, of what is read next
        self._made = 0
        self._data = b""  # read, not yet unpacked
        self._unpacker: zlib._Decompress | None = None
        self._members: dict[int, int] = {}  # by position, their offsets

    def read(self, size: int = BLOCK) -> bytes:
        """Return some bytes, none at the end. Raises `Broken`."""
        while self._data or self._fill():
            if self._unpacker is None:
                self._data = self._data.lstrip(b"\0")  # some media are filled up with zeros
                if not self._data:
                    continue
                self._members[self._made] = self._at - len(self._data)
                self._unpacker = zlib.decompressobj(GZIP)
            try:
                out = self._unpacker.decompress(self._data, size)
            except zlib.error as error:
                raise broken(error) from None
            self._data = self._unpacker.unconsumed_tail
            if self._unpacker.eof:
                self._data, self._unpacker = self._unpacker.unused_data, None
            if out:
                self._made += len(out)
                return out
        if self._unpacker:
            raise broken(EOFError("it is cut off in the middle of gzip data"))
        return b""

    def offset(self, position: int) -> int | None:
        """Return the offset in the file of the member that begins at `position`, None where there is none.

        What is before is forgotten.
        """
        self._members = {at: offset for at, offset in self._members.items() if at >= position}
        return self._members.get(position)

    def _fill(self) -> bool:
        self._data = super().read(BLOCK)
        self._at += len(self._data)
        return bool(self._data)


def broken(error: Exception) -> Broken:
    """Return what to raise for what reading a file has raised."""
    what = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return Broken(f"cannot be read any further ({what}); get the file anew")
