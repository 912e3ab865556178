"""Writing files as a whole or not at all.

The data go into a new file beside the wanted one, and from there to the disk; then the new file takes the name. So
whoever reads the name, even after a power failure, finds the old content or the new. Only a process that is killed
leaves its new file behind. Machine and process stand in the name of such a file, by which `sweep` recognises it.
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

from cleaner.files.probe import mode_of

# Stands for this machine in names: on a shared disk, the number of a process means nothing on another machine.
_HOST = f"{zlib.crc32(platform.node().encode()):08x}"
_TEMPORARY = re.compile(rf"\.{_HOST}-([0-9]+)-[0-9a-f]{{8}}\.tmp")


def write(path: Path, data: bytes) -> None:
    """Write `data` to `path` as `write_all` does."""
    write_all([(path, data)])


def write_all(files: Iterable[tuple[Path, bytes]], mode: int | None = None) -> None:
    """Write the data of each of `files` to its path: all into new files, which then take their names in order.

    No path is touched before the data of all are on the disk (`fsync`, measured as 0.4 ms a file). An existing
    file keeps its mode; a new one has the permission bits `mode`, or those that the system gives if it is None. Of a
    symbolic link, the file it leads to is replaced. Raises `OSError`, and then leaves no new file behind.
    """
    staged = []
    try:
        for path, data in files:
            target = path
            if stat.S_ISLNK(mode_of(path, follow=False)):
                target = Path(os.path.realpath(path))  # `Path.resolve` raises for a link to itself
            temporary = target.with_name(f".{_HOST}-{os.getpid()}-{os.urandom(4).hex()}.tmp")
            staged.append((temporary, target))
            bits = _permissions(target, mode)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            # Private from the start: whoever has opened a file can read it even after its mode has changed.
            with os.fdopen(os.open(temporary, flags, 0o666 if bits is None else 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
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
    """Remove the new files that processes of this machine left in `folders` when they were killed. Ignores errors."""
    for folder in folders:
        with suppress(OSError):
            for entry in list(os.scandir(folder)):
                found = _TEMPORARY.fullmatch(entry.name)
                if found and not _is_running(int(found[1])):
                    Path(entry).unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    """Whether there is a process with this number, as far as can be told."""
    if os.name == "nt":
        return True  # there `os.kill` ends the process, whatever the signal
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _permissions(path: Path, default: int | None) -> int | None:
    """Return the permission bits of a file, `default` if there is no file."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return default
