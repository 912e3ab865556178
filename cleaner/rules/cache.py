"""The cache: what takes long to make, kept in files of the user's cache folder from one run to the next.

Python keeps bytecode in the same way. A file begins with a digest of all that its data was made from, and a checksum
of the data. If the digest is another one, the file is stale; then, and if the file is damaged, it is as if there were
none. If the folder cannot be used, nothing is kept. The same if somebody else could have written there: folder and
file must belong to the user, nobody else may write to them, and neither is a link. Files that are old or too many are
removed when one is written.
"""

from __future__ import annotations

import mmap
import os
import re
import stat
import time
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from hashlib import sha256
from itertools import islice
from pathlib import Path

_SUFFIX = ".packs"
_NAME = r"[0-9a-f]{32}\.packs"
DIGEST_BYTES = sha256().digest_size
# Bytes of the checksum. It tells damage; a file that was forged has the right one, and is kept out by its owner. For
# 8 MB it took 2 ms, and SHA-256 took 5 to 26.
CHECKSUM_BYTES = 4
_MAX_BYTES = 100_000_000  # of one file; the packs that ship take 6 MB. A larger file is not read
# What is kept in the folder: the files used last, in all so many bytes, none used longer ago. Each environment and
# each set of packs has a file of its own. Lowered, packs are prepared anew more often.
_MAX_FILES = 8
_MAX_BYTES_IN_ALL = 50_000_000
_MAX_AGE_SECONDS = 30 * 24 * 3600
_FRESH_SECONDS = 24 * 3600  # a file that is used gets the time of its use when it is older, not each time
_MAX_LISTED = 10_000  # names in the folder that are looked at


def file_for(names: Iterable[str]) -> Path | None:
    """Return the file for what is made from files with these paths, None if the user has no home to keep one in."""
    import platformdirs

    try:
        folder = Path(platformdirs.user_cache_dir("cleaner"))
    except RuntimeError:
        return None
    digest = sha256(b"\0".join(os.fsencode(name) for name in names)).hexdigest()
    # Without a home, older versions of platformdirs return a path that begins with ~ itself.
    return folder / (digest[:32] + _SUFFIX) if folder.is_absolute() else None


def read(file: Path, made_from: bytes) -> memoryview | None:
    """Return the data of a file, or None if it is missing, stale or damaged, or may be another's.

    `made_from` is the digest of what the data must have been made from.
    """
    content = _read_own(file)
    if content is None:
        return None
    head, data = content[: DIGEST_BYTES + CHECKSUM_BYTES], content[DIGEST_BYTES + CHECKSUM_BYTES :]
    if head != made_from + checksum(data):
        return None
    with suppress(OSError, NotImplementedError):  # so that files in use are not the oldest, which go first
        if time.time() - os.lstat(file).st_mtime > _FRESH_SECONDS:
            os.utime(file, follow_symlinks=False)
    return data


def checksum(data: bytes | memoryview) -> bytes:
    """Return the checksum of data."""
    return zlib.crc32(data).to_bytes(CHECKSUM_BYTES, "big")


def _read_own(file: Path) -> memoryview | None:
    """Return the content of a file, None if there is none or others could have written it.

    The file is mapped into memory, which all processes share and which is filled as it is read. Windows lets nobody
    replace a file that is mapped, so there it is read.
    """
    flags = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_CLOEXEC", "O_NONBLOCK", "O_NOFOLLOW", "O_BINARY"))
    try:
        if not _is_own(os.lstat(file.parent), stat.S_ISDIR):
            return None
        with os.fdopen(os.open(file, flags), "rb") as opened:
            found = os.fstat(opened.fileno())
            if not _is_own(found, stat.S_ISREG) or not 0 < found.st_size <= _MAX_BYTES:
                return None
            if os.name == "nt":
                return memoryview(opened.read())
            return memoryview(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError):  # the latter for a file that has shrunk
        return None


def _is_own(found: os.stat_result, is_kind: Callable[[int], bool]) -> bool:
    """Whether something is of a kind, belongs to this user, and nobody else may write there.

    Windows has no users in `stat`; there, the cache is in a folder of the user's profile.
    """
    if not hasattr(os, "geteuid"):
        return is_kind(found.st_mode)
    return is_kind(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def write(file: Path, made_from: bytes, data: bytes) -> None:
    """Write a file in one step, so that other processes never read half of it; ignore errors.

    `made_from` is the digest of what the data was made from.
    """
    import tempfile

    with suppress(OSError):  # without the file, the next run takes a little longer
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not _is_own(os.lstat(file.parent), stat.S_ISDIR):
            return
        with tempfile.TemporaryDirectory(dir=file.parent) as folder:  # mode 0o700
            made = Path(folder, file.name)
            made.write_bytes(made_from + checksum(data) + data)
            made.chmod(0o600)
            made.replace(file)
        _prune(file)


def _prune(newest: Path) -> None:
    """Remove files that are old, or too many: each environment and each version adds its own."""
    found = []
    with os.scandir(newest.parent) as entries:
        for entry in islice(entries, _MAX_LISTED):
            if re.fullmatch(_NAME, entry.name) and entry.is_file(follow_symlinks=False) and entry.name != newest.name:
                about = entry.stat(follow_symlinks=False)
                found.append((about.st_mtime, about.st_size, entry.path))
    found.sort(reverse=True)
    rest = _MAX_BYTES_IN_ALL - newest.stat().st_size
    oldest = time.time() - _MAX_AGE_SECONDS
    for number, (mtime, size, path) in enumerate(found, 1):
        rest -= size
        if number >= _MAX_FILES or rest < 0 or mtime < oldest:
            with suppress(OSError):
                Path(path).unlink()
