"""Compressed files, told by the end of their names.

Everything here rests on one property of the four formats: pieces that were compressed on their own, one after the
other, are a compressed file. So workers compress chunks, and the process that writes only appends.
"""

from __future__ import annotations

import io
import sys
import zlib
from collections.abc import Callable, Iterable
from functools import partial
from importlib import import_module
from typing import Any, BinaryIO, cast

from cleaner.errors import SettingsError

# The modules that read and write compressed files, by the suffix of the files.
MODULES = {
    ".gz": "gzip",
    ".zst": "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd",
    ".bz2": "bz2",
    ".xz": "lzma",
}
# Bytes that are read from a file at a time. Larger blocks cost memory; smaller ones, more calls.
BLOCK_BYTES = 1 << 18
# The memory that unpacking .xz may take, in bytes: a file says how much it needs, up to 4 GB. `xz -9` needs 65 MB.
# Zstandard has a limit of its own, a window of 128 MB.
XZ_MEMORY_BYTES = 1 << 28
GZIP_LEVEL = 6  # the default of the gzip command; raised, files get a little smaller and compressing much slower


def suffix_of(name: str) -> str:
    """Return the suffix of a compressed file, one of `MODULES`, or "" for other files."""
    return next((suffix for suffix in MODULES if name.lower().endswith(suffix)), "")


def check(suffix: str) -> None:
    """Raise `SettingsError` if the package for a suffix is not installed."""
    if suffix:
        _module(suffix)


def reader(file: BinaryIO, suffix: str) -> BinaryIO:
    """Return a file from which the uncompressed content of `file` can be read; it cannot seek.

    Reading raises one of `errors` if the content is damaged.
    """
    if not suffix:
        return file
    module = _module(suffix)
    if suffix in (".bz2", ".xz"):
        xz = partial(module.LZMADecompressor, memlimit=XZ_MEMORY_BYTES) if suffix == ".xz" else None
        new_decompressor = xz or module.BZ2Decompressor
        return cast(BinaryIO, io.BufferedReader(_StrictStreams(file, new_decompressor), BLOCK_BYTES))
    opened: BinaryIO = module.open(file, "rb")
    return opened


def skip(file: BinaryIO, size: int) -> None:
    """Read `size` bytes, or as many as there are, of what `reader` returned, and drop them."""
    while size > 0 and (block := file.read(min(size, BLOCK_BYTES))):
        size -= len(block)


class _StrictStreams(io.RawIOBase):
    """Compressed streams one after the other, maybe with zeros between them.

    `bz2` and `lzma` read such files, too, but take anything else after a stream for the end of the file and say
    nothing. Here it raises.
    """

    def __init__(self, file: BinaryIO, new_decompressor: Callable[[], Any]) -> None:
        self._file = file
        self._new_decompressor = new_decompressor
        self._stream = new_decompressor()
        self._position = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the uncompressed bytes read so far."""
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Read some bytes; 0 at the end of the file.

        Raises `EOFError` if a stream is cut off, and what the module raises for bytes that are no stream.
        """
        while True:
            data = b""
            if self._stream.eof:
                data = self._stream.unused_data.lstrip(b"\0")
                while not data:
                    block = self._file.read(BLOCK_BYTES)
                    if not block:
                        return 0
                    data = block.lstrip(b"\0")
                self._stream = self._new_decompressor()
            elif self._stream.needs_input:
                data = self._file.read(BLOCK_BYTES)
                if not data:
                    raise EOFError("it ends in the middle of a stream")
            made = self._stream.decompress(data, len(buffer))
            if made:
                buffer[: len(made)] = made
                self._position += len(made)
                return len(made)


def compress(data: bytes, suffix: str) -> bytes:
    """Return `data` compressed, always the same bytes for the same data."""
    if not suffix:
        return data
    more = {"compresslevel": GZIP_LEVEL, "mtime": 0} if suffix == ".gz" else {}
    compressed: bytes = _module(suffix).compress(data, **more)
    return compressed


def compress_pieces(pieces: Iterable[bytes], suffix: str) -> bytes:
    """Return pieces as one compressed stream, and no bytes at all for nothing."""
    data = b"".join(pieces)
    return compress(data, suffix) if data else b""


def write(file: BinaryIO, pieces: Iterable[bytes], suffix: str) -> None:
    """Write pieces as a compressed file, a block at a time; an empty file if there are none. Raises `OSError`."""
    block: list[bytes] = []
    size = 0
    for piece in pieces:
        block.append(piece)
        size += len(piece)
        if size >= BLOCK_BYTES:
            file.write(compress_pieces(block, suffix))
            block, size = [], 0
    file.write(compress_pieces(block, suffix))
    finish(file, suffix)


def finish(output: BinaryIO, suffix: str) -> None:
    """Make a compressed file of `output`, which is compressed streams. Raises `OSError`.

    An empty file is no compressed file: without a stream it gets an empty one.
    """
    if not output.seek(0, io.SEEK_END):
        output.write(compress(b"", suffix))


def errors(suffix: str) -> tuple[type[Exception], ...]:
    """Return the exceptions that reading a damaged file raises."""
    module = _module(suffix) if suffix in (".xz", ".zst") else None
    name = {".xz": "LZMAError", ".zst": "ZstdError"}.get(suffix, "")
    return (OSError, EOFError, zlib.error, *([getattr(module, name)] if module else []))


def is_outage(error: Exception) -> bool:
    """Whether an error comes from the disk or the network, not from the content: the file may be read another time.

    Only the system gives its errors a number; libraries that find damaged content raise `OSError` without one.
    """
    return bool(getattr(error, "errno", None))


def _module(suffix: str) -> Any:
    """Import the module for a suffix. Raises `SettingsError`."""
    return needed(MODULES[suffix], f"{suffix} files", "corpora")


def needed(module: str, what: str, extra: str) -> Any:
    """Import a module that comes with an extra. Raises `SettingsError` if it is not installed; `what` needs it."""
    try:
        return import_module(module)
    except ImportError:
        why = f"{what} need {module}, which is not installed"
        raise SettingsError(f"{why}; pip install 'boilerstrip[{extra}]'") from None
