"""Writing files as a whole or not at all.

Only a process that is killed leaves something behind: files with its number in their names, by which `sweep` finds
them.
"""

from __future__ import annotations

import os
import platform
import re
import stat
import zlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from cleaner.files.modes import mode_of

_HOST = f"{zlib.crc32(platform.node().encode()):08x}"  # numbers of processes mean something on their machine alone
_TEMPORARY = re.compile(rf"\.{_HOST}-([0-9]+)-[0-9a-f]{{8}}\.tmp")


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
            temporary = target.with_name(f".{_HOST}-{os.getpid()}-{os.urandom(4).hex()}.tmp")
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


def sweep(folders: Iterable[Path]) -> None:
    """Remove what processes of this machine that are gone did not get to finish in `folders`, where that can be."""
    for folder in folders:
        with suppress(OSError):
            for entry in list(os.scandir(folder)):
                found = _TEMPORARY.fullmatch(entry.name)
                if found and not _lives(int(found[1])):
                    Path(entry).unlink(missing_ok=True)


def _lives(process: int) -> bool:
    """Whether there is a process with this number."""
    if os.name == "nt":
        return True  # where there is no asking without harm
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _mode(path: Path, default: int | None) -> int | None:
    """Return the mode of an existing file, else `default`."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return default
