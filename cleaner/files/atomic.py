"""Writing files as a whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from cleaner.files.modes import mode_of


def write(path: Path, data: bytes) -> None:
    """Write `data` to `path` as `write_all` does."""
    write_all([(path, data)])


def write_all(files: Iterable[tuple[Path, bytes]], mode: int | None = None) -> None:
    """Write `data` to `path` for each of `files`: into new files beside them, which then take their names in order.

    Whoever reads a path sees the old file or the new one, and no file is replaced before all are on the
    disk. The mode of an existing file is kept, a new one has the permission bits `mode` (None: those the
    system gives), and a symbolic link is followed. Raises `OSError`, and then leaves nothing half done behind.
    """
    staged = []
    try:
        for path, data in files:
            target = path
            if stat.S_ISLNK(mode_of(path, follow=False)):
                target = Path(os.path.realpath(path))  # unlike Path.resolve, does not mind a link to itself
            temporary = target.with_name(f".{os.urandom(4).hex()}.tmp")
            staged.append((temporary, target))
            bits = _mode(target, mode)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            # Private from the start: what is open once can be read on after its mode has changed.
            with os.fdopen(os.open(temporary, flags, 0o666 if bits is None else 0o600), "wb") as file:
                file.write(data)
            if bits is not None:
                temporary.chmod(bits)
        for temporary, target in staged:
            temporary.replace(target)
    except BaseException:
        for temporary, _ in staged:
            with suppress(OSError):
                temporary.unlink()
        raise


def _mode(path: Path, default: int | None) -> int | None:
    """Return the mode of an existing file, else `default`."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return default
