"""Compressed files, told by the end of their names. Compressed pieces, one after the other, are a compressed file."""

from __future__ import annotations

import sys
import zlib
from importlib import import_module
from typing import Any, BinaryIO

from cleaner.errors import SettingsError

MODULES = {
    ".gz": "gzip",
    ".zst": "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd",
    ".bz2": "bz2",
    ".xz": "lzma",
}
GZIP_LEVEL = 6  # that of the gzip command


def suffix_of(name: str) -> str:
    """Return the suffix of a compressed file, one of `MODULES`, or "" for other files."""
    return next((suffix for suffix in MODULES if name.lower().endswith(suffix)), "")


def check(suffix: str) -> None:
    """Raise `SettingsError` where a package is missing."""
    if suffix:
        _module(suffix)


def reader(file: BinaryIO, suffix: str) -> BinaryIO:
    """Return a file to read what is compressed in `file`; where that is broken, reading raises one of `errors`."""
    if not suffix:
        return file
    opened: BinaryIO = _module(suffix).open(file, "rb")
    return opened


def compress(data: bytes, suffix: str) -> bytes:
    """Return `data` compressed, the same bytes for the same data; nothing for nothing."""
    if not suffix or not data:
        return data
    more = {"compresslevel": GZIP_LEVEL, "mtime": 0} if suffix == ".gz" else {}
    compressed: bytes = _module(suffix).compress(data, **more)
    return compressed


def errors(suffix: str) -> tuple[type[Exception], ...]:
    """Return what reading a broken file raises."""
    module = _module(suffix) if suffix in (".xz", ".zst") else None
    name = {".xz": "LZMAError", ".zst": "ZstdError"}.get(suffix, "")
    return (OSError, EOFError, zlib.error, *([getattr(module, name)] if module else []))


def _module(suffix: str) -> Any:
    return needed(MODULES[suffix], f"{suffix} files", "corpora")


def needed(module: str, what: str, extra: str) -> Any:
    """Import a module that an extra brings. Raises `SettingsError` where it is not installed."""
    try:
        return import_module(module)
    except ImportError:
        raise SettingsError(f"{what} need {module}, which is not installed; pip install 'cleaner[{extra}]'") from None
