"""Where shards are: paths of this machine, or URLs of stores that fsspec reaches (`s3://bucket/docs.jsonl.gz`)."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from cleaner.errors import SettingsError
from cleaner.shards import names
from cleaner.shards.compression import needed

REMOTE_EXTRA = "remote"  # the extra that installs fsspec
READ_AHEAD_BYTES = 1 << 20  # bytes to read ahead in files of stores that do not do so themselves


class FileInfo(NamedTuple):
    """The size of a file in bytes, and a stamp that changes when the file is written."""

    size: int
    stamp: str


def is_remote(name: str) -> bool:
    """Whether `name` is a URL, and not a path of this machine."""
    return "://" in name


def info(name: str) -> FileInfo | None:
    """Return size and stamp of a file, None if there is no such file. Raises `OSError`."""
    try:
        if not is_remote(name):
            found = Path(name).stat()
            return FileInfo(found.st_size, str(found.st_mtime_ns))
        with _store_errors_as_os_errors():
            system, path = _file_system(name)
            return FileInfo(int(system.info(path)["size"]), str(system.ukey(path)))
    except FileNotFoundError:
        return None


def open_file(name: str) -> BinaryIO:
    """Open a file to read, with `read1` and `seek`. Raises `OSError`."""
    if not is_remote(name):
        return Path(name).open("rb")
    with _store_errors_as_os_errors():
        system, path = _file_system(name)
        file: Any = system.open(path, "rb")
    return cast(BinaryIO, file if hasattr(file, "read1") else io.BufferedReader(file, READ_AHEAD_BYTES))


def put(made: Path, name: str) -> None:
    """Move a file of this machine to the path or URL `name`. Readers never see a part of it. Raises `OSError`."""
    if not is_remote(name):
        made.replace(os.path.realpath(name))  # of a link, the file it leads to is replaced
        return
    with _store_errors_as_os_errors():
        system, path = _file_system(name)
        system.put_file(str(made), path)
    made.unlink()


def remove(name: str) -> None:
    """Remove a file if it exists. Raises `OSError`."""
    if not is_remote(name):
        Path(name).unlink(missing_ok=True)
        return
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
        raise SettingsError(f"{url}: cannot be reached ({error.strerror or error}); check URL and access") from None
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
        raise SettingsError(f"{name}: cannot be reached ({error}); install what it needs, or check the URL") from None
    return system, str(path)
