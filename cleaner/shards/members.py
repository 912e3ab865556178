"""Reading compressed files from their middle, if they allow that.

A gzip file may consist of many small gzip files, its members, one after the other. Web archives have one member for
each record, so that a record can be read without anything before it. `Members` reads such files and remembers where
each member begins. `Stream` reads all other files, with the same methods.
"""

from __future__ import annotations

import zlib
from typing import BinaryIO

from cleaner.shards import compression
from cleaner.shards.format import unreadable

READ_BYTES = 1 << 16  # bytes that are read from a file at a time; raised, it takes more memory
GZIP_WBITS = 31  # the `wbits` of zlib for gzip: the largest window (15), with header and check sum of gzip (16)


class Stream:
    """The bytes of `file` from its current offset on. Positions are counted from there, uncompressed."""

    def __init__(self, file: BinaryIO, suffix: str) -> None:
        """Take a file as `compression.reader` returned it for `suffix`."""
        self._read = getattr(file, "read1", file.read)  # `read1` returns the bytes before damage, then raises
        self._errors = compression.errors(suffix)
        self._first = file.tell()

    def tell(self) -> int:
        """Return 0: FastWARC asks for the position where reading begins."""
        return 0

    def read(self, size: int = READ_BYTES) -> bytes:
        """Return some bytes, none at the end. Raises `BrokenShard` if the content is damaged."""
        try:
            data: bytes = self._read(size)
        except self._errors as error:
            if compression.is_outage(error):
                raise
            raise unreadable(error) from None
        return data

    def offset(self, position: int) -> int | None:
        """Return the offset in the file at which a new stream would begin with `position`; None if there is none."""
        return self._first + position


class Members(Stream):
    """The content of a gzip file from the member on at which `file` is. Only the offsets of members can be had."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, ".gz")
        self._file_offset = self._first  # of the bytes that are read next
        self._position = 0  # of the bytes that are unpacked next
        self._packed = b""  # bytes that are read and not yet unpacked
        self._unpacker: zlib._Decompress | None = None  # None between two members
        self._members: dict[int, int] = {}  # the offsets of members, by the positions where they begin

    def read(self, size: int = READ_BYTES) -> bytes:
        """Return some bytes, none at the end. Raises `BrokenShard` if the content is damaged."""
        while self._packed or self._fill():
            if self._unpacker is None:
                self._packed = self._packed.lstrip(b"\0")  # some media pad files with zeros
                if not self._packed:
                    continue
                self._members[self._position] = self._file_offset - len(self._packed)
                self._unpacker = zlib.decompressobj(GZIP_WBITS)
            try:
                out = self._unpacker.decompress(self._packed, size)
            except zlib.error as error:
                raise unreadable(error) from None
            self._packed = self._unpacker.unconsumed_tail
            if self._unpacker.eof:
                self._packed, self._unpacker = self._unpacker.unused_data, None
            if out:
                self._position += len(out)
                return out
        if self._unpacker:
            raise unreadable(EOFError("it is cut off in the middle of gzip data"))
        return b""

    def offset(self, position: int) -> int | None:
        """Return the offset in the file of the member that begins at `position`, None if none begins there.

        Members before `position` are forgotten, so positions must be asked for in order.
        """
        self._members = {at: offset for at, offset in self._members.items() if at >= position}
        return self._members.get(position)

    def _fill(self) -> bool:
        """Read from the file; return whether there was anything left."""
        self._packed = super().read(READ_BYTES)
        self._file_offset += len(self._packed)
        return bool(self._packed)
