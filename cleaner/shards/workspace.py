"""The workspace: a hidden folder for each copy that is being made, with the output so far and how far it is.

The folder `.NAME.partial` stands beside the copy, or in the cache of the user if the copy goes to a store. It holds

    output      the encoded chunks, one after the other
    failures    the list of failures
    state       how many bytes of both are certain, and where in the shard to read on (`State`)
    state.new   the next state, before it replaces that
    made        the finished file, shortly before it gets the name of the copy
    lock        locked by the run that writes

`state` is replaced as a whole, and only after the bytes it counts were written. A run that is killed may have written
more than `state` counts: a resumed run cuts that off and does it again. The folder stays until the run has gone over
all its shards, so that a resumed run skips the shards that are done.

**Whose it is.** A folder of this name may come with the files of strangers. It is a workspace only if it has a state,
which begins with `TAG`, or nothing yet but a lock: the state is the first thing that is written and the last one that
is removed. Any other folder is left alone, and the shard fails. In a workspace, only the six files above are ever
touched, and only if they are regular files; one of them that is a link, a pipe or a device makes the shard fail.
Everything is reached through the open folder (`files/folder.py`), so no link is followed, whoever puts it there and
when. What this does not cover: somebody may forge a state, and then loses the other files of the six.

**Power failures.** The state is for processes that are killed, and is not forced to the disk. After a power failure
the disk may lack bytes that it counts. A file that is too short is noticed; to be sure, run again without --resume.
The output of a shard that is done is on the disk before the state says so, and the copy before it has its name.
"""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import suppress
from pathlib import Path, PurePath
from typing import BinaryIO

import msgspec

from cleaner import quote
from cleaner.errors import DocumentError
from cleaner.files.folder import Folder, open_folder
from cleaner.files.mutex import lock
from cleaner.shards import store
from cleaner.shards.format import START, Position
from cleaner.shards.store import FileInfo
from cleaner.tally import Tally

WORKSPACE_SUFFIX = ".partial"
OUTPUT, FAILURES, MADE = "output", "failures", "made"
_STATE, _NEW, _LOCK = "state", "state.new", "lock"
FILES = (MADE, OUTPUT, FAILURES, _NEW, _STATE)  # in the order in which they are removed; then the lock
TAG = b'{"cleaner":"workspace '  # how every state begins, of this version and of others
MAX_STATE_BYTES = 1 << 24  # of a state that is read; that of a run with all rules has some hundred kilobytes
LOCK_TRIES = 5  # to lock a folder while other runs make and remove it


class State(msgspec.Struct, forbid_unknown_fields=True, tag_field="cleaner", tag="workspace 1"):
    """How far a shard is. Everything counts what has been written; sizes are in bytes."""

    settings: str  # a digest of everything that the output depends on besides the shard
    source: FileInfo
    position: Position = START  # where to read on
    read: int = 0  # the bytes of the shard, from its beginning, that the output depends on so far
    digest: str = ""  # of these bytes; "" for a shard in a store
    output: int = 0
    failures: int = 0
    tally: Tally = msgspec.field(default_factory=Tally)
    broken: str = ""  # why the shard could not be read to its end
    done: bool = False  # everything is written, and some of the files may have their names already
    target: FileInfo | None = None  # of the copy, once it has its name


class Workspace:
    """The folder for one copy, locked against other runs."""

    def __init__(self, target: str, top: str | None = None) -> None:
        """Make and lock the folder for the copy `target`, see `store` for `top`.

        Raises `OSError`, `InTheWay` if a file of it is no file, and `DocumentError` if the folder is none of ours or
        if another run has it.
        """
        self._target, self._top = target, top
        self._place = _place_for(target, top)
        for tries in range(LOCK_TRIES):
            self.folder = self._open()
            try:
                self._lock = self._locked()
                return
            except FileNotFoundError:  # a run that ended has removed the folder since
                self.folder.close()
                if tries == LOCK_TRIES - 1:
                    raise
            except BaseException:
                self.folder.close()
                raise

    def _open(self) -> Folder:
        """Open the folder, and make it."""
        top, below = self._place
        if store.is_remote(self._target):
            top.mkdir(parents=True, exist_ok=True)
        return open_folder(top, below, make=True, private=True)

    def _locked(self) -> int:
        """Lock the folder, if it is ours; return the descriptor that holds the lock."""
        self._check()  # before anything is put into it
        handle = self.folder.update(_LOCK, make=True)
        try:
            if not lock(handle):
                why = "another run is writing it; wait for it, or stop it"
                raise DocumentError(f"{quote.name(self._target)}: {why}")
            found = self.folder.look(_LOCK)
            if found is None or found.inode != os.fstat(handle).st_ino:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), _LOCK)
            self._check()
        except BaseException:
            os.close(handle)
            raise
        return handle

    def _check(self) -> None:
        """Raise `DocumentError` if the folder is not one of ours, `InTheWay` if something in it is no file."""
        found = set(self.folder.names())
        for name in (*FILES, _LOCK):
            if name in found:
                self.folder.look(name)
        if _STATE in found:
            is_ours = self._begins_with_tag(_STATE)
        else:  # a run was killed that had just made the folder, or that was about to remove it
            is_ours = found <= {_LOCK, _NEW} and (_NEW not in found or self._begins_with_tag(_NEW))
        if not is_ours:
            raise DocumentError(f"{quote.name(self.folder.path)}: is not a workspace of the cleaner; move it away")

    def _begins_with_tag(self, name: str) -> bool:
        """Whether a file is a state, of any version. A new one may be cut off."""
        try:
            with os.fdopen(self.folder.open(name), "rb") as file:
                data = file.read(len(TAG))
        except FileNotFoundError:
            return True  # another run has removed it by now
        return data == TAG or (name == _NEW and TAG.startswith(data))

    def begin(self, state: State) -> None:
        """Begin anew with `state`, and delete what an earlier run left.

        The state is replaced first: output without a state would not be known as ours after a kill.
        """
        self.save(state)
        for name in (MADE, OUTPUT, FAILURES):
            self.folder.discard(name)

    def load(self) -> State | None:
        """Return the state of an earlier run; None if there is none, or if its files are shorter than it says."""
        try:
            with os.fdopen(self.folder.open(_STATE), "rb") as file:
                state = msgspec.json.decode(file.read(MAX_STATE_BYTES), type=State)
        except (FileNotFoundError, msgspec.MsgspecError, RecursionError):
            return None
        if min(*state.position, state.read, state.output, state.failures) < 0:
            return None
        if not state.done and (self.size_of(OUTPUT) < state.output or self.size_of(FAILURES) < state.failures):
            return None
        return state

    def size_of(self, name: str) -> int:
        """Return the size of a file in bytes, 0 if there is none."""
        found = self.folder.look(name)
        return found.size if found else 0

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return self.folder.look(name) is not None

    def save(self, state: State) -> None:
        """Replace the state. Raises `OSError`."""
        self.folder.discard(_NEW)
        with os.fdopen(self.folder.create(_NEW), "wb") as file:
            file.write(msgspec.json.encode(state))
        self.folder.move(_NEW, self.folder, _STATE, self.folder.look(_STATE))

    def append(self, name: str, size: int) -> BinaryIO:
        """Open a file of the folder to append after its first `size` bytes; the rest is cut off. Raises `OSError`."""
        file = os.fdopen(self.folder.update(name, make=True), "r+b")
        file.truncate(size)
        file.seek(size)
        return file

    def open(self, name: str) -> BinaryIO:
        """Open a file of the folder to read. Raises `OSError`."""
        return os.fdopen(self.folder.open(name), "rb")

    def make(self) -> BinaryIO:
        """Open the file that is to be the copy, without content. Raises `OSError`."""
        self.folder.discard(MADE)
        return os.fdopen(self.folder.create(MADE), "w+b")

    def close(self) -> bool:
        """Unlock the folder, and remove it unless it holds a state to resume from; return whether it stays."""
        with suppress(OSError):
            state = self.load()
            if state and (state.done or state.position != START):
                self._unlock()
                return True
            self._remove()
        self._unlock()
        return False

    def remove(self) -> None:
        """Remove the folder after it was closed, unless another run has locked it by now. Ignores errors."""
        with suppress(OSError, DocumentError):
            again = Workspace(self._target, self._top)
            with suppress(OSError):
                again._remove()
            again._unlock()

    def _remove(self) -> None:
        """Remove the folder, which is locked. Raises `OSError`."""
        for name in FILES:
            self.folder.discard(name)
        if os.name == "nt":  # where nobody can remove a file that is open
            os.close(self._lock)
            self._lock = -1
        self.folder.discard(_LOCK)
        top, below = self._place
        with open_folder(top, below.parent) as parent:
            parent.discard_folder(below.name)  # fails if another run has locked the folder since the line before

    def _unlock(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)  # this ends the lock
            self._lock = -1
            self.folder.close()


def _place_for(target: str, top: str | None) -> tuple[Path, PurePath]:
    """Return where the folder for a copy is: beside it, or in the cache of the user if the copy goes to a store.

    It is a folder that may be reached through a link, and a path below it that may not.
    """
    if not store.is_remote(target):
        folder, below = store.place_of(target, top)
        return folder, below.with_name(f".{below.name}{WORKSPACE_SUFFIX}")
    import platformdirs

    with suppress(RuntimeError):
        cache = Path(platformdirs.user_cache_dir("cleaner"))
        if cache.is_absolute():
            return cache, PurePath("runs", hashlib.sha256(target.encode()).hexdigest()[:32])
    raise DocumentError(f"{quote.name(target)}: there is no folder to keep what is not finished; set HOME")
