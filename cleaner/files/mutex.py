"""Locks between processes, on files that are open already."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from cleaner.files.folder import Folder

# Seconds between two tries to get a lock that another process has. Saving takes some milliseconds. Raised, processes
# wait for longer than they need; lowered, they use the processor while they wait.
PAUSE_SECONDS = 0.02


def lock(handle: int) -> bool:
    """Lock an open file for this process, and return whether that could be done. Raises `OSError`.

    Not by filelock, which opens its file by its path, and in older versions through a link.
    """
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES, errno.EDEADLK):
            return False
        raise
    return True


@contextmanager
def held(folder: Folder, name: str, seconds: float) -> Iterator[bool]:
    """Hold a lock on a file of `folder`, which is made; the block gets whether the lock could be had.

    Waits for at most `seconds` for another process. The file stays: if it were removed, two processes could hold
    locks on two files of one name. Raises `OSError`, `InTheWay` among them, if there is no such file and none can be
    made.
    """
    handle = folder.update(name, make=True)
    try:
        until = time.monotonic() + seconds
        while not (is_held := lock(handle)) and time.monotonic() < until:
            time.sleep(PAUSE_SECONDS)
        yield is_held
    finally:
        os.close(handle)  # this ends the lock
