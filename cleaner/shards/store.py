"""Where shards are: paths of this machine, or URLs of stores that fsspec reaches (`s3://bucket/docs.jsonl.gz`).

On this machine, `top` is the folder that the user named. A file below it is reached through an open folder
(`files/folder.py`), so that no link is followed from there on. Without a `top` the file itself was named: then it may
be a link, or lie behind one.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from cleaner import quote
from cleaner.errors import SettingsError
from cleaner.files.folder import Folder, Seen, in_the_way, open_folder
from cleaner.shards import names
from cleaner.shards.compression import needed

REMOTE_EXTRA = "remote"  # the extra that installs fsspec
READ_AHEAD_BYTES = 1 << 20  # bytes to read ahead in files of stores that do not do so themselves
# Opening a pipe must not wait for a writer.
_NONBLOCKING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class FileInfo(NamedTuple):
    """The size of a file in bytes, and a stamp that changes when the file is written."""

    size: int
    stamp: str


def is_remote(name: str) -> bool:
    """Whether `name` is a URL, and not a path of this machine."""
    return "://" in name


def place_of(name: str, top: str | None) -> tuple[Path, Path]:
    """Return where a file of this machine is: a folder that may be reached through a link, and the path below it."""
    path = Path(name)
    return (path.parent, Path(path.name)) if top is None else (Path(top), path.relative_to(top))


def folder_of(name: str, top: str | None) -> Folder:
    """Open the folder of a file of this machine. Raises `OSError`, `InTheWay` for a link."""
    folder, below = place_of(name, top)
    return open_folder(folder, below.parent)


def look(name: str, top: str | None = None) -> FileInfo | None:
    """Return size and stamp of a file that is to be written, None if there is no such file.

    Raises `OSError`, and `InTheWay` for what is no file of its own, a link for example.
    """
    try:
        if not is_remote(name):
            with folder_of(name, top) as folder:
                return info_of(folder.look(Path(name).name))
        with _store_errors_as_os_errors():
            system, path = _file_system(name)
            return FileInfo(int(system.info(path)["size"]), str(system.ukey(path)))
    except FileNotFoundError:
        return None


def info_of(seen: Seen | None) -> FileInfo | None:
    """Return size and stamp of a file of this machine that was seen, if any was."""
    return FileInfo(seen.size, str(seen.mtime)) if seen else None


def open_file(name: str, top: str | None = None) -> BinaryIO:
    """Open a file to read, with `read1` and `seek`. Raises `OSError`, and `InTheWay` for what is no file."""
    if not is_remote(name):
        if top is not None:
            with folder_of(name, top) as folder:
                return os.fdopen(folder.open(Path(name).name), "rb")
        handle = os.open(name, os.O_RDONLY | _NONBLOCKING)
        if not stat.S_ISREG(mode := os.fstat(handle).st_mode):
            os.close(handle)
            raise in_the_way(Path(name), mode)
        return os.fdopen(handle, "rb")
    with _store_errors_as_os_errors():
        system, path = _file_system(name)
        file: Any = system.open(path, "rb")
    return cast(BinaryIO, file if hasattr(file, "read1") else io.BufferedReader(file, READ_AHEAD_BYTES))


def info(name: str, file: BinaryIO) -> FileInfo | None:
    """Return size and stamp of a file that `open_file` has opened, None if it is there no more. Raises `OSError`."""
    return look(name) if is_remote(name) else info_of(Seen.of(os.fstat(file.fileno())))


def put(folder: Folder, made: str, name: str) -> None:
    """Move a file of this machine to a URL. Readers never see a part of it. Raises `OSError`."""
    folder.look(made)
    with _store_errors_as_os_errors():
        system, path = _file_system(name)
        system.put_file(str(folder.path / made), path)
    folder.discard(made)


def remove(name: str) -> None:
    """Remove a file in a store if it exists. Raises `OSError`."""
    with _store_errors_as_os_errors():
        system, path = _file_system(name)
        if system.exists(path):
            system.rm_file(path)


def find(url: str) -> list[tuple[str, str]]:
    """Return the shards that a URL names, sorted: the URL of each, and its path below the folder that was named.

    The URL of a folder stands for all shards below it, one with `*` for all that match, in both cases without files
    that the cleaner wrote. Raises `SettingsError` if the store cannot be reached.
    """
    try:
        with _store_errors_as_os_errors():
            system, path = _file_system(url)
            if "*" in path:
                found = [(one, one.rpartition("/")[2]) for one in system.glob(path)]
            elif system.isdir(path):
                found = [(one, one.removeprefix(path).lstrip("/")) for one in system.find(path)]
            else:
                return [(url, url.rpartition("/")[2])]
    except OSError as error:
        raise SettingsError(
            f"{quote.name(url)}: cannot be reached ({error.strerror or error}); check URL and access"
        ) from None
    wanted = [(one, below) for one, below in found if names.name_of(one) and not names.is_shard_output(one)]
    return sorted((system.unstrip_protocol(one), below) for one, below in wanted)


@contextmanager
def _store_errors_as_os_errors() -> Iterator[None]:
    """Raise `OSError` for any exception of a store: each kind of store has exceptions of its own."""
    try:
        yield
    except (OSError, SettingsError):
        raise
    except Exception as error:
        raise OSError(f"{type(error).__name__}: {error}") from None


def _file_system(name: str) -> tuple[Any, str]:
    """Return the file system of a URL and the path in it. Raises `SettingsError` if there is no such file system."""
    fsspec = needed("fsspec.core", "URLs", REMOTE_EXTRA)
    try:
        system, path = fsspec.url_to_fs(name)
    except (ImportError, ValueError) as error:
        why = f"cannot be reached ({error}); install what it needs, or check the URL"
        raise SettingsError(f"{quote.name(name)}: {why}") from None
    return system, str(path)
