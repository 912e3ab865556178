"""The workspace of a run: a folder in the cache of the user, which is removed at the end.

A folder whose run was killed is removed by the next run: beside each folder stands a file that its run has locked,
and the system ends a lock with its process. Nothing is taken up from it: what is there could only be trusted if no
document had changed since, and to know that takes as long as to count them again.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cleaner.errors import SettingsError
from cleaner.files.mutex import lock

_LOCK = ".lock"  # the suffix of the locked files


@contextmanager
def workspace() -> Iterator[Path]:
    """Make an empty folder that only the user can read, and remove it afterwards. Raises `SettingsError`."""
    top = _top()
    try:
        top.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(top)
        handle, locked = _locked(top)
    except OSError as error:
        why = f"there is no room to work in {top} ({error.strerror}); set XDG_CACHE_HOME to a folder that is yours"
        raise SettingsError(why) from None
    folder = locked.with_suffix("")
    try:
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):
            locked.unlink()
        os.close(handle)


def _top() -> Path:
    """Return the folder for workspaces: in the cache of the user; without a home, among temporary files."""
    import platformdirs

    with suppress(RuntimeError):
        cache = Path(platformdirs.user_cache_dir("cleaner"))
        if cache.is_absolute():
            return cache / "learn"
    return Path(tempfile.gettempdir(), f"cleaner-learn-{os.getuid() if hasattr(os, 'getuid') else 'user'}")


def _locked(top: Path) -> tuple[int, Path]:
    """Make a file and lock it; return its descriptor and its path. Raises `OSError`."""
    while True:
        handle, name = tempfile.mkstemp(suffix=_LOCK, prefix="run-", dir=top)
        # Another run may have found the file before it was locked, and removed it.
        if lock(handle) and Path(name).exists():
            return handle, Path(name)
        os.close(handle)


def _sweep(top: Path) -> None:
    """Remove the folders of runs that were killed. Ignores errors."""
    for locked in top.glob(f"run-*{_LOCK}"):
        with suppress(OSError):
            handle = os.open(locked, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
            try:
                if lock(handle):
                    shutil.rmtree(locked.with_suffix(""), ignore_errors=True)
                    locked.unlink()
            finally:
                os.close(handle)
