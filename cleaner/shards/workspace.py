"""The workspace: a hidden folder for each copy that is being made, with the output so far and how far it is.

The folder `.NAME.partial` stands beside the copy, or in the cache of the user if the copy goes to a store. It holds

    output      the encoded chunks, one after the other
    failures    the list of failures
    state       how many bytes of both are certain, and where in the shard to read on (`State`)
    made        the finished file, shortly before it gets the name of the copy
    lock        held by the run that writes

`state` is replaced as a whole, and only after the bytes it counts were written. A run that is killed may have written
more than `state` counts: a resumed run cuts that off and does it again. The folder stays until the run has gone over
all its shards, so that a resumed run skips the shards that are done.

This is for processes that are killed. After a power failure the disk may lack bytes that `state` counts. A file that
is too short is noticed; to be sure, run again without --resume.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from cleaner.errors import DocumentError
from cleaner.files.probe import size_of
from cleaner.shards import store
from cleaner.shards.format import START, Position
from cleaner.shards.store import FileInfo
from cleaner.tally import Tally

if TYPE_CHECKING:
    from filelock import BaseFileLock

WORKSPACE_SUFFIX = ".partial"


class State(msgspec.Struct, forbid_unknown_fields=True):
    """How far a shard is. Everything counts what has been written; sizes are in bytes."""

    settings: str  # a digest of everything that the output depends on besides the shard
    source: FileInfo
    position: Position = START  # where to read on
    output: int = 0
    failures: int = 0
    tally: Tally = msgspec.field(default_factory=Tally)
    broken: str = ""  # why the shard could not be read to its end
    done: bool = False  # everything is written, and some of the files may have their names already
    target: FileInfo | None = None  # of the copy, once it has its name


class Workspace:
    """The folder for one copy, locked against other runs."""

    def __init__(self, target: str) -> None:
        """Make and lock the folder. Raises `OSError`, and `DocumentError` if another run has it."""
        from filelock import FileLock, Timeout

        self._folder = _folder_for(target)
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
        """Delete what an earlier run left, its state first, so that new output is never taken for its output."""
        for path in (self._state, self._new, self.made, self.output, self.failures):
            path.unlink(missing_ok=True)

    def load(self) -> State | None:
        """Return the state of an earlier run; None if there is none, or if its files are shorter than it says."""
        try:
            state = msgspec.json.decode(self._state.read_bytes(), type=State)
        except (OSError, msgspec.MsgspecError):
            return None
        if not state.done and (size_of(self.output) < state.output or size_of(self.failures) < state.failures):
            return None
        return state

    def save(self, state: State) -> None:
        """Replace the state. Raises `OSError`."""
        self._new.write_bytes(msgspec.json.encode(state))
        self._new.replace(self._state)

    def append(self, path: Path, size: int) -> BinaryIO:
        """Open a file of the folder to append after its first `size` bytes; the rest is cut off. Raises `OSError`."""
        file = path.open("ab")
        file.truncate(size)
        return file

    def close(self) -> None:
        """Unlock the folder, and remove it unless it holds a state to resume from."""
        if self._state.exists():
            self._lock.release()
        else:
            self.remove()

    def remove(self) -> None:
        """Remove the folder, unless another run has locked it by now. Ignores errors."""
        from filelock import Timeout

        with suppress(Timeout, OSError):
            if not self._lock.is_locked:
                self._lock.acquire(blocking=False)
            self.clear()
            if os.name == "nt":
                self._lock.release()  # removes its file, which nobody can remove while it is open
            else:
                Path(self._lock.lock_file).unlink()
            self._folder.rmdir()  # fails if another run has locked the folder since the line before
        self._lock.release()


def _folder_for(target: str) -> Path:
    """Return the folder for a copy: beside it, or in the cache of the user if the copy goes to a store."""
    if not store.is_remote(target):
        real = Path(os.path.realpath(target))
        return real.with_name(f".{real.name}{WORKSPACE_SUFFIX}")
    import platformdirs

    with suppress(RuntimeError):
        cache = Path(platformdirs.user_cache_dir("cleaner"))
        if cache.is_absolute():
            return cache / "runs" / hashlib.sha256(target.encode()).hexdigest()[:32]
    raise DocumentError(f"{target}: there is no folder to keep what is not finished; set HOME")
