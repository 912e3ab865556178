"""What a run knows of a shard while it is not finished: the output so far, and how far that is, in a hidden folder.

The folder is there from the beginning of the shard to the end of the run: a run that was interrupted is gone on with
from what it holds, and a shard that is done is not done again.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from cleaner.errors import DocumentError
from cleaner.shards import store
from cleaner.shards.format import START, Position
from cleaner.shards.store import FileInfo
from cleaner.tally import Tally

if TYPE_CHECKING:
    from filelock import BaseFileLock

SUFFIX = ".partial"


class State(msgspec.Struct):
    """How far a shard is: all counts are of what has been written. Sizes are in bytes."""

    settings: str  # a digest of all that the output depends on besides the shard
    source: FileInfo
    mark: Position = START
    output: int = 0
    failures: int = 0
    tally: Tally = msgspec.field(default_factory=Tally)
    problem: str = ""  # why the shard could not be read to its end
    done: bool = False  # all is written; the files may have taken their names already
    target: FileInfo | None = None  # of the file that has its name


class Workspace:
    """The folder for one target, locked against other runs."""

    def __init__(self, target: str) -> None:
        """Make and lock the folder. Raises `DocumentError` where another run has it, and `OSError`."""
        from filelock import FileLock, Timeout

        self._folder = _folder(target)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock: BaseFileLock = FileLock(self._folder / "lock")
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            raise DocumentError(f"{target}: another run is writing it; wait for it, or stop it") from None
        self.output = self._folder / "output"
        self.failures = self._folder / "failures"
        self.made = self._folder / "made"
        self._state = self._folder / "state"
        self._new = self._folder / "state.new"

    def clear(self) -> None:
        """Forget an earlier run; first how far it was, so that what is written next is not taken for its."""
        for path in (self._state, self._new, self.made, self.output, self.failures):
            path.unlink(missing_ok=True)

    def load(self) -> State | None:
        """Return how far an earlier run came, None where that cannot be told or less is there than it wrote."""
        try:
            state = msgspec.json.decode(self._state.read_bytes(), type=State)
        except (OSError, msgspec.MsgspecError):
            return None
        if not state.done and (_size(self.output) < state.output or _size(self.failures) < state.failures):
            return None
        return state

    def save(self, state: State) -> None:
        """Write how far this run is. Raises `OSError`."""
        self._new.write_bytes(msgspec.json.encode(state))
        self._new.replace(self._state)

    def append(self, path: Path, size: int) -> BinaryIO:
        """Open a file of the folder to append behind its first `size` bytes. Raises `OSError`."""
        file = path.open("ab")
        file.truncate(size)
        return file

    def close(self) -> None:
        """Let go of the folder, which stays if there is anything to go on from."""
        if self._state.exists():
            self._lock.release()
        else:
            self.remove()

    def remove(self) -> None:
        """Remove the folder, unless another run has it by now."""
        from filelock import Timeout

        with suppress(Timeout, OSError):
            if not self._lock.is_locked:
                self._lock.acquire(blocking=False)
            self.clear()
            Path(self._lock.lock_file).unlink()  # from here on the folder may be another's
            self._folder.rmdir()
        self._lock.release()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _folder(target: str) -> Path:
    """Return the folder for a target: beside it, or for one in a store in the user's cache."""
    if not store.is_remote(target):
        real = Path(os.path.realpath(target))
        return real.with_name(f".{real.name}{SUFFIX}")
    import platformdirs

    with suppress(RuntimeError):
        cache = Path(platformdirs.user_cache_dir("cleaner"))
        if cache.is_absolute():
            return cache / "runs" / hashlib.sha256(target.encode()).hexdigest()[:32]
    raise DocumentError(f"{target}: there is no folder to keep what is not finished; set HOME")
