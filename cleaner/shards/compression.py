"""Compressed files, told by the end of their names. Compressed pieces, one after the other, are a compressed file."""

from __future__ import annotations

import io
import sys
import zlib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, cast

from cleaner.errors import SettingsError

MODULES = {
    ".gz": "gzip",
    ".zst": "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd",
    ".bz2": "bz2",
    ".xz": "lzma",
}
BLOCK = 1 << 18  # bytes that are read at once
GZIP_LEVEL = 6  # that of the gzip command


def suffix_of(name: str) -> str:
    """Return the suffix of a compressed file, one of `MODULES`, or "" for other files."""
    return next((suffix for suffix in MODULES if name.lower().endswith(suffix)), "")


def check(suffix: str) -> None:
    """Raise `SettingsError` where a package is missing."""
    if suffix:
        _module(suffix)


def reader(file: BinaryIO, suffix: str) -> BinaryIO:
    """Return a file to read, not to seek in, what is compressed in `file`; reading may raise one of `errors`."""
    if not suffix:
        return file
    module = _module(suffix)
    if suffix in (".bz2", ".xz"):
        start = module.BZ2Decompressor if suffix == ".bz2" else module.LZMADecompressor
        return cast(BinaryIO, io.BufferedReader(_Streams(file, start), BLOCK))
    opened: BinaryIO = module.open(file, "rb")
    return opened


def skip(file: BinaryIO, size: int) -> None:
    """Read on in what `reader` returned, and leave what is read: `size` bytes, or what there is."""
    while size > 0 and (block := file.read(min(size, BLOCK))):
        size -= len(block)


class _Streams(io.RawIOBase):
    """Streams one after the other, maybe with zeros between them, as `bz2` and `lzma` read them.

    But those take whatever else follows a stream for the end of the file, without a word.
    """

    def __init__(self, file: BinaryIO, start: Callable[[], Any]) -> None:
        self._file = file
        self._start = start
        self._stream = start()
        self._position = 0

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def tell(self) -> int:
        """Return how much was read, uncompressed."""
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Read on. Raises `EOFError` where a stream has no end, and what the module raises for what is no stream."""
        while True:
            data = b""
            if self._stream.eof:
                data = self._stream.unused_data.lstrip(b"\0")
                while not data:
                    block = self._file.read(BLOCK)
                    if not block:
                        return 0
                    data = block.lstrip(b"\0")
                self._stream = self._start()
            elif self._stream.needs_input:
                data = self._file.read(BLOCK)
                if not data:
                    raise EOFError("it ends in the middle of a stream")
            made = self._stream.decompress(data, len(buffer))
            if made:
                buffer[: len(made)] = made
                self._position += len(made)
                return len(made)


def compress(data: bytes, suffix: str) -> bytes:
    """Return `data` compressed, the same bytes for the same data."""
    if not suffix:
        return data
    more = {"compresslevel": GZIP_LEVEL, "mtime": 0} if suffix == ".gz" else {}
    compressed: bytes = _module(suffix).compress(data, **more)
    return compressed


def finish(output: Path, suffix: str) -> None:
    """Make a file of compressed pieces one that can be read, also where there are none. Raises `OSError`."""
    if not output.stat().st_size:
        output.write_bytes(compress(b"", suffix))


def errors(suffix: str) -> tuple[type[Exception], ...]:
    """Return what reading a broken file raises."""
    module = _module(suffix) if suffix in (".xz", ".zst") else None
    name = {".xz": "LZMAError", ".zst": "ZstdError"}.get(suffix, "")
    return (OSError, EOFError, zlib.error, *([getattr(module, name)] if module else []))


def is_outage(error: Exception) -> bool:
    """Whether an error is the disk's or the network's: not of what is in the file, which may be read another time."""
    return bool(getattr(error, "errno", None))


def _module(suffix: str) -> Any:
    return needed(MODULES[suffix], f"{suffix} files", "corpora")


def needed(module: str, what: str, extra: str) -> Any:
    """Import a module that an extra brings. Raises `SettingsError` where it is not installed."""
    try:
        return import_module(module)
    except ImportError:
        why = f"{what} need {module}, which is not installed"
        raise SettingsError(f"{why}; pip install 'boilerstrip[{extra}]'") from None
