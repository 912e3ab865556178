"""Where shards are: paths of this machine, or URLs of stores that fsspec reaches (`s3://bucket/docs.jsonl.gz`)."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from cleaner.errors import SettingsError
from cleaner.shards import names as formats
from cleaner.shards.compression import needed

REMOTE = "remote"  # the extra that brings fsspec


class FileInfo(NamedTuple):
    """The size of a file in bytes, and a stamp that changes when it is written."""

    size: int
    stamp: str


def is_remote(name: str) -> bool:
    """Whether `name` is a URL, not a path."""
    return "://" in name


def info(name: str) -> FileInfo | None:
    """Return what is known of a file without reading it, None where there is none. Raises `OSError`."""
    try:
        if not is_remote(name):
            found = Path(name).stat()
            return FileInfo(found.st_size, str(found.st_mtime_ns))
        with _errors_of_files():
            system, path = _system(name)
            return FileInfo(int(system.info(path)["size"]), str(system.ukey(path)))
    except FileNotFoundError:
        return None


def open_file(name: str) -> BinaryIO:
    """Open a file to read, with `read1` and `seek`. Raises `OSError`."""
    if not is_remote(name):
        return Path(name).open("rb")
    with _errors_of_files():
        system, path = _system(name)
        file: Any = system.open(path, "rb")
    return cast(BinaryIO, file if hasattr(file, "read1") else io.BufferedReader(file, 1 << 20))


def put(made: Path, name: str) -> None:
    """Move a file of this machine to where `name` says, as a whole. Raises `OSError`."""
    if not is_remote(name):
        made.replace(os.path.realpath(name))  # a link stays a link
        return
    with _errors_of_files():
        system, path = _system(name)
        system.put_file(str(made), path)
    made.unlink()


def remove(name: str) -> None:
    """Remove a file, where there is one. Raises `OSError`."""
    if not is_remote(name):
        Path(name).unlink(missing_ok=True)
        return
    with _errors_of_files():
        system, path = _system(name)
        if system.exists(path):
            system.rm_file(path)


def find(url: str) -> list[tuple[str, str]]:
    """Return the shards that a URL names, and what of their URLs is below the folder it names.

    In a folder of a store these are all below it, and with `*` all that match, in order of their URLs, but for those
    that the cleaner writes. Raises `SettingsError` where the store cannot be reached.
    """
    try:
        with _errors_of_files():
            system, path = _system(url)
            if "*" in path:
                found = [(one, one.rpartition("/")[2]) for one in system.glob(path)]
            elif system.isdir(path):
                found = [(one, one.removeprefix(path).lstrip("/")) for one in system.find(path)]
            else:
                return [(url, url.rpartition("/")[2])]
    except OSError as error:
        raise SettingsError(f"{url}: cannot be reached ({error.strerror or error}); check URL and access") from None
    wanted = [(one, below) for one, below in found if formats.name_of(one) and not formats.is_ours(one)]
    return sorted((system.unstrip_protocol(one), below) for one, below in wanted)


@contextmanager
def _errors_of_files() -> Iterator[None]:
    """Raise `OSError` for whatever goes wrong with a store: each has exceptions of its own."""
    try:
        yield
    except (OSError, SettingsError):
        raise
    except Exception as error:
        raise OSError(f"{type(error).__name__}: {error}") from None


def _system(name: str) -> tuple[Any, str]:
    """Return the file system of a URL and the path there. Raises `SettingsError` where there is no such thing."""
    fsspec = needed("fsspec.core", "URLs", REMOTE)
    try:
        system, path = fsspec.url_to_fs(name)
    except (ImportError, ValueError) as error:
        raise SettingsError(f"{name}: cannot be reached ({error}); install what it needs, or check the URL") from None
    return system, str(path)
