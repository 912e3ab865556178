"""What is known of the copies that the cleaner wrote: by the locks of projects, and by the state of the user.

**Where.** A project has its lock, `cleaner.lock`, in the folder of the nearest lock or configuration above a
document, or else at the top of the git working tree. It has the documents whose copies lie below that folder, too.
For all others, and where there is no project (a folder on a laptop), the same is kept in the state folder of the
user, so that nothing is littered beside the documents: one file for each folder with copies, named by the digest of
its path.

**Reading.** The nearest lock above a document that knows its copy decides, and the state of the user if none does.

**Writing.** `note` keeps what was written; `save` adds it to the locks. Several processes may do so at the same time
(pre-commit starts them): each reads the lock again, merges and replaces it as a whole, while it holds a mutex in the
state folder. Without such a folder, whoever finds the lock changed since it was read begins anew.

A lock that cannot be read or written costs caution, never a correction: its copies are unknown, and copies that
nobody knows are not replaced. What is wrong is in `cautions`, said once.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path, PurePath
from typing import NamedTuple

from cleaner import quote
from cleaner.cleaner import Cleaner
from cleaner.files import git, mutex
from cleaner.files.folder import Changed, InTheWay, New, Place, Seen, open_folder, reason_of
from cleaner.files.lock import MAX_BYTES, NAME, Fact, Lock, NoLock, dump, is_ours, merged, parse
from cleaner.files.probe import top_of_repository
from cleaner.files.standing import UNKNOWN, Content, Standing, digest, standing
from cleaner.version import __version__

# Seconds to wait for another process that saves the same lock, which takes it a second for the largest ones. Raised,
# a process that hangs holds up others for longer; when the time is over, a lock is saved without.
MUTEX_SECONDS = 20.0
# How often a lock is merged again because somebody has changed it meanwhile.
ATTEMPTS = 20
# Seconds between two savings of a long run. Lowered, a large lock is written more often; raised, a run that is killed
# knows less of what it wrote, and is told so document by document.
SAVE_SECONDS = 10.0
MUTEXES = 256  # how many files there are at most to lock; two locks that share one wait for each other

Named = tuple[str, str]  # a file: its folder, with links resolved, and its name
ProjectOf = Callable[[Path], Path | None]  # project_of(folder): the folder of the configuration that counts for it


class Pair(NamedTuple):
    """A document and its copy, by their paths in a lock."""

    document: str
    copy: str


class Entry(NamedTuple):
    """What is known of a document and its copy, looked up at once.

    `facts` are those of `Known.facts`, `in_git` says whether git holds one of the two files (`Known.in_git`), and
    `is_at_home` whether the facts stand in the lock where they belong, for the document as it is called, if there are
    any.
    """

    facts: tuple[Fact, ...]
    in_git: bool
    is_at_home: bool


class LockFile:
    """A lock on the disk, or one that is to be made. It is read when it is first needed.

    `place` is where it lies; paths in it are relative to the real folder `root`. `is_state` says whether it is kept
    for a folder in the state of the user. What is wrong goes to `cautions`.
    """

    def __init__(self, place: Place, root: str, cautions: list[str], *, is_state: bool = False) -> None:
        self.place, self.root, self.is_state = place, root, is_state
        self.is_usable = True  # whether it may be replaced, as far as is known
        self.updates: dict[str, tuple[Fact, ...] | None] = {}
        self.by: dict[str, str] = {}
        self._cautions = cautions
        self._lock: Lock | None = None
        self._content = b""

    @property
    def path(self) -> Path:
        """The path of the lock."""
        return self.place.path

    @property
    def facts(self) -> dict[str, tuple[Fact, ...]]:
        """The facts by the path of the copy, those that are not saved yet among them."""
        if self._lock is None:
            self._lock = self._first_read()
            self._facts = dict(self._lock.facts)
        return self._facts

    @property
    def is_to_be_saved(self) -> bool:
        """Whether there is something new, or a conflict that git has left."""
        return bool(self.updates) or bool(self.is_usable and self._lock and self._lock.is_conflicted)

    def can_be_written(self) -> bool:
        """Whether the lock may be replaced, as far as is known after reading it."""
        return self.facts is not None and self.is_usable

    def set(self, copy: str, facts: tuple[Fact, ...] | None) -> None:
        """Replace the facts of a copy, None to forget it."""
        if facts == self.facts.get(copy):
            return
        self.updates[copy] = facts
        if facts is None:
            self._facts.pop(copy, None)
        else:
            self._facts[copy] = facts

    def name_of(self, folder: str, name: str) -> str | None:
        """Return the path of a file in the lock, given its real folder; None if it may not stand there."""
        if folder == self.root:
            return name
        top = self.root if self.root.endswith(os.sep) else self.root + os.sep
        if folder.startswith(top):
            return f"{folder[len(top) :]}/{name}".replace(os.sep, "/")
        return Path(folder, name).as_posix() if self.is_state else None

    def pair(self, document: tuple[str, str], copy: tuple[str, str]) -> Pair | None:
        """Return how the lock names a document and its copy, None if they do not both belong here."""
        if self.is_state and copy[0] != self.root:
            return None
        names = self.name_of(*document), self.name_of(*copy)
        return Pair(names[0], names[1]) if names[0] and names[1] else None

    def real(self, path: str) -> Path:
        """Return the path on the disk of a path in the lock."""
        return Path(self.root, path)

    def _first_read(self) -> Lock:
        try:
            content, _ = self._read()
            lock = parse(content)
        except FileNotFoundError:
            return Lock(folder=self.root if self.is_state else "")
        except NoLock as error:
            self._refuse(str(error))
        except InTheWay as error:
            self._refuse(error.strerror)
        except OSError as error:
            self._refuse(f"cannot be read ({reason_of(error)}); check its permissions")
        else:
            if self.is_state and lock.folder != self.root:
                return Lock(folder=self.root)
            self._content = content
            for line, why in lock.complaints[:10]:
                self._cautions.append(f"{quote.name(self.path)}:{line}: {why}")
            if len(lock.complaints) > 10:
                self._cautions.append(f"{quote.name(self.path)}: has {len(lock.complaints):,} wrong lines; mend them")
            return lock
        return Lock()

    def _refuse(self, why: str) -> None:
        self.is_usable = False
        self._cautions.append(f"{quote.name(self.path)}: {why}; until then, copies count as unknown")

    def _read(self) -> tuple[bytes, Seen | None]:
        """Return the content of the lock, and what it looked like. Raises `OSError`, `NoLock`."""
        with self.place.folder() as folder:
            seen = folder.look(self.place.name)
            if seen and seen.size > MAX_BYTES:
                raise NoLock(
                    f"is larger than {MAX_BYTES >> 20} MiB; make a lock in each of some folders, with --lock"
                )
            return folder.read(self.place.name, MAX_BYTES)

    def save(self, *, sync: bool) -> bool:
        """Merge what is new into the lock on the disk; return whether it was written. Raises `OSError`, `NoLock`.

        `Changed` is raised if somebody else writes it at the same time.
        """
        assert self._lock is not None
        try:
            content, seen = self._read()
        except FileNotFoundError:
            content, seen = b"", None
        if seen and not is_ours(content):
            raise NoLock("is not a lock of the cleaner; move it away")
        now = self._lock if seen and content == self._content else parse(content)
        facts = merged(now, self._lock.facts, self.updates)
        if not facts and seen is None:
            return False
        by = {**now.by, **self._lock.by, **self.by}
        new = Lock(facts, by, folder=self.root if self.is_state else "")
        data = dump(new, {**now.numbers, **self._lock.numbers})
        if len(data) > MAX_BYTES:
            raise NoLock(
                f"would be larger than {MAX_BYTES >> 20} MiB; make a lock in each of some folders, with --lock"
            )
        if data != content:
            mode = 0o600 if self.is_state else 0o666
            with self.place.folder(make=self.is_state) as folder:
                folder.write_all([New(self.place.name, data, seen, mode, content if seen else None)], sync=sync)
        first_numbers = self._lock.numbers
        self._lock, self._content = new, data
        self._lock.numbers = first_numbers
        self._facts = dict(facts)
        self.updates = {}
        return data != content


class Known:
    """What is known of the copies of a run, see above.

    `project_of` finds the folder of the configuration that counts for a folder. In the folders `make` a lock is made,
    if there is something to write.
    """

    def __init__(self, project_of: ProjectOf | None = None, make: Iterable[Path] = (), *, sync: bool = True) -> None:
        self.cautions: list[str] = []
        self.written: set[Path] = set()  # locks of projects that were written
        self.is_lost = False  # whether something could not be noted anywhere
        self._project_of = project_of
        self._make = {os.path.realpath(folder) for folder in make}
        self._sync = sync
        self._files: dict[str, LockFile] = {}  # locks of projects, by their real folder
        self._states: dict[str, LockFile] = {}  # those in the state of the user, by the real folder of the copies
        self._real: dict[str, str] = {}  # by the path of a folder as it was given
        self._chains: dict[str, list[LockFile]] = {}
        self._homes: dict[str, LockFile | None] = {}
        self._tops: dict[str, bool] = {}
        self._has_lock: dict[str, bool] = {}
        self._state_top: Path | None = _state_folder()
        self._saved = time.monotonic()

    @classmethod
    def for_run(cls, project_of: ProjectOf | None = None, make: Iterable[Path] = (), *, sync: bool = True) -> Known:
        """Return what is known, to be read when it is needed; see `Known` for the arguments."""
        return cls(project_of, make, sync=sync)

    # ── what is known ─────────────────────────────────────────────────────────────────────────────

    def facts(self, document: Place, copy: Place) -> tuple[Fact, ...]:
        """Return the facts of a copy, of the nearest lock that has some.

        Those of another document, which had the copy before, have no fingerprint: how that was cleaned says nothing
        of this one.
        """
        found = self.found(document, copy)
        return _facts_in(*found) if found else ()

    def entry(self, document: Place, copy: Place) -> Entry:
        """Return all that is known of a document and its copy."""
        named = self._named(document), self._named(copy)
        in_git = self._in_git(*named[0]) or self._in_git(*named[1])
        found, home = self._found(*named), self._home_of(*named)
        if not found or not home:
            return Entry(_facts_in(*found) if found else (), in_git, True)
        lock, pair = found
        is_at_home = lock is home[0] and all(fact.document == pair.document for fact in lock.facts[pair.copy])
        return Entry(_facts_in(lock, pair), in_git, is_at_home)

    def found(self, document: Place, copy: Place) -> tuple[LockFile, Pair] | None:
        """Return the nearest lock that has facts of a copy, and how it names the two; None if there is none."""
        return self._found(self._named(document), self._named(copy))

    def _found(self, document: Named, copy: Named) -> tuple[LockFile, Pair] | None:
        """Return the same, given the real folders and names of the two."""
        for lock in self._asked(document[0], copy[0]):
            pair = lock.pair(document, copy)
            if pair and pair.copy in lock.facts:
                return lock, pair
        return None

    def standing(self, document: Place, copy: Place, source: bytes, copy_bytes: bytes) -> Standing:
        """Return what is known of a copy: `source` and `copy_bytes` are what stands in the two files now."""
        facts = self.facts(document, copy)
        if not facts:
            return UNKNOWN
        return standing(facts, self.content(document, source), self.content(copy, copy_bytes))

    def content(self, place: Place, data: bytes) -> Content:
        """Return the content of a file, to compare with digests."""
        return Content(data, in_git=self.in_git(place))

    def in_git(self, place: Place) -> bool:
        """Whether git holds a file, and may convert its line ends."""
        return self._in_git(*self._named(place))

    def _in_git(self, folder: str, name: str) -> bool:
        if folder not in self._tops:
            self._tops[folder] = git.holds(Path(folder, name))
        return self._tops[folder]

    def home(self, document: Place, copy: Place) -> tuple[LockFile, Pair] | None:
        """Return the lock where facts of a copy are to be written, and how it names the two.

        None if there is no place for them: then a caution says so.
        """
        return self._home_of(self._named(document), self._named(copy))

    def _home_of(self, document: Named, copy: Named) -> tuple[LockFile, Pair] | None:
        home = self._home(document[0])
        if home and home.can_be_written() and (pair := home.pair(document, copy)):
            return home, pair
        state = self._state(copy[0])
        if state and state.can_be_written() and (pair := state.pair(document, copy)):
            return state, pair
        return None

    def lock_in(self, folder: str) -> LockFile:
        """Return the lock of a project in a real folder, which need not be there."""
        return self._file(folder)

    def locks_of(self, document: Place, copy: Place) -> Iterator[LockFile]:
        """Yield the locks to ask for a copy, the one that decides first."""
        return self._asked(self._real_folder(document), self._real_folder(copy))

    def locks_for(self, folder: str) -> Iterator[LockFile]:
        """Yield the locks that may know copies in a real folder, or of documents in it, the state among them."""
        yield from self._chain(folder)
        state = self._state(folder)
        if state:
            yield state

    # ── what is new ───────────────────────────────────────────────────────────────────────────────

    def note(
        self, document: Place, copy: Place, source: bytes, written: bytes, fingerprint: str, by: str = ""
    ) -> None:
        """Note that the cleaner wrote `written`, or would write it, for `source`.

        `fingerprint` tells the cleaner (`made_by`), and `by` says in words which one it is. With "" for an unknown
        one, the document is cleaned again next time. If another text stands in the place of the copy then, it counts
        as a correction.
        """
        self.note_digests(document, copy, digest(source), digest(written), fingerprint, by)

    def note_digests(
        self, document: Place, copy: Place, source: str, written: str, fingerprint: str, by: str = ""
    ) -> None:
        """Note the same, given the digests."""
        place = self.home(document, copy)
        if place:
            lock, pair = place
            lock.set(pair.copy, (Fact(pair.document, source, written, fingerprint),))
            if by and fingerprint:
                lock.by[fingerprint] = by

    def keep(self, document: Place, copy: Place, facts: Iterable[Fact], made: tuple[str, str] | None = None) -> None:
        """Let these be the facts of a copy, in the lock where it belongs; `made` is that of `made_by`."""
        place = self.home(document, copy)
        if place:
            lock, pair = place
            lock.set(pair.copy, tuple(fact._replace(document=pair.document) for fact in facts))
            lock.by |= [made] if made and made[0] else []
        else:
            self.is_lost = True

    def save_now_and_then(self) -> None:
        """Save, if the last time is some seconds ago."""
        if time.monotonic() - self._saved > SAVE_SECONDS:
            self.save()

    def save(self) -> None:
        """Add what is new to the locks, merged with what other processes wrote. Never raises for what is there.

        A lock in which git left a conflict is written without.
        """
        for lock in [*self._files.values()]:
            if lock.is_to_be_saved:
                why = self._save(lock)
                if why:
                    self._caution(f"{quote.name(lock.path)}: {why}")
                    lock.is_usable = False
                    self._move_to_state(lock)
        for lock in [*self._states.values()]:
            if lock.updates:
                why = self._save(lock)
                if why:
                    what = f"cannot be written, so corrections in {quote.name(lock.root)} may go unnoticed ({why})"
                    self._caution(f"{quote.name(lock.path.parent)}: {what}; mend that, or pass --lock")
                    self.is_lost = True
                    lock.updates = {}
        self._saved = time.monotonic()

    def _save(self, lock: LockFile) -> str:
        """Save a lock, and return what is wrong, "" if nothing is."""
        try:
            with ExitStack() as stack:
                self._hold(stack, lock)
                for attempt in range(ATTEMPTS):
                    try:
                        if lock.save(sync=self._sync) and not lock.is_state:
                            self.written.add(lock.path)
                        return ""
                    except Changed:
                        time.sleep(0.001 * (attempt + 1) * (1 + os.getpid() % 7))
                return "is changed by others all the time; run again"
        except NoLock as error:
            return str(error)
        except InTheWay as error:
            return error.strerror
        except OSError as error:
            return f"cannot be written ({reason_of(error)}); what was written is noted for you alone"

    def _hold(self, stack: ExitStack, lock: LockFile) -> None:
        """Hold the mutex of a lock as long as `stack`, if there can be one."""
        if self._state_top is None:
            return
        name = f"{int(digest(os.fsencode(lock.path)), 16) % MUTEXES:02x}"
        with suppress(OSError):
            self._state_top.mkdir(parents=True, exist_ok=True)
            folder = stack.enter_context(open_folder(self._state_top, PurePath("mutex"), make=True, private=True))
            stack.enter_context(mutex.held(folder, name, MUTEX_SECONDS))

    def _move_to_state(self, lock: LockFile) -> None:
        """Note in the state of the user what cannot be written to a lock."""
        for copy, facts in lock.updates.items():
            path = lock.real(copy)
            state = self._state(str(path.parent))
            if state and facts:
                kept = []
                for fact in facts:
                    real = lock.real(fact.document)
                    kept.append(fact._replace(document=state.name_of(str(real.parent), real.name) or fact.document))
                state.set(path.name, tuple(kept))
                state.by |= lock.by
        lock.updates = {}

    def _caution(self, what: str) -> None:
        if what not in self.cautions:
            self.cautions.append(what)

    # ── where it is ───────────────────────────────────────────────────────────────────────────────

    def _named(self, place: Place) -> Named:
        """Return the real folder of a file, and its name."""
        folder, name = os.path.split(os.path.join(place.top, place.below))  # noqa: PTH118
        if folder not in self._real:
            self._real[folder] = os.path.realpath(folder)
        return self._real[folder], name

    def _real_folder(self, place: Place) -> str:
        """Return the folder of a file, with links resolved."""
        return self._named(place)[0]

    def _asked(self, document: str, copy: str) -> Iterator[LockFile]:
        """Yield the locks to ask for a document and a copy in these folders, the one that decides first."""
        yield from self._chain(document)
        state = self._state(copy)
        if state:
            yield state

    def _chain(self, folder: str) -> list[LockFile]:
        """Return the locks that are there above a document in a folder, the nearest first."""
        way: list[str] = []
        above = folder
        while above not in self._chains:  # a thousand folders may be nested, too many for a recursion
            way.append(above)
            self._chains[above] = []
            above = os.path.dirname(above)  # noqa: PTH120 # strings are many times as fast
        chain = self._chains[above]
        for each in reversed(way):
            self._chains[each] = chain = [self._file(each), *chain] if self._is_there(each) else chain
        return chain

    def _home(self, folder: str) -> LockFile | None:
        """Return the lock of the project that a folder belongs to, None if it belongs to none."""
        if folder not in self._homes:
            chain = self._chain(folder)
            nearest = [chain[0].root] if chain else []
            project = self._project_of(Path(folder)) if self._project_of else None
            if project is not None:
                nearest.append(os.path.realpath(project))
            root = max((root for root in nearest if _is_below(folder, root)), key=len, default=None)
            if root is None and (top := top_of_repository(Path(folder))):
                root = str(top)
            self._homes[folder] = None if root is None else self._file(root)
        return self._homes[folder]

    def _is_there(self, folder: str) -> bool:
        """Whether something stands at the place of a lock in a folder, or one is to be made."""
        if folder not in self._has_lock:
            try:
                os.stat(os.path.join(folder, NAME), follow_symlinks=False)  # noqa: PTH116, PTH118
                self._has_lock[folder] = True
            except (OSError, ValueError):
                self._has_lock[folder] = folder in self._make
        return self._has_lock[folder]

    def _file(self, root: str) -> LockFile:
        if root not in self._files:
            self._files[root] = LockFile(Place(Path(root), PurePath(NAME)), root, self.cautions)
        return self._files[root]

    def _state(self, folder: str) -> LockFile | None:
        """Return the lock in the state of the user for a real folder with copies; None without a home."""
        if self._state_top is None:
            return None
        if folder not in self._states:
            name = digest(os.fsencode(folder))
            place = Place(self._state_top, PurePath("copies", f"{name}.lock"))
            self._states[folder] = LockFile(place, folder, self.cautions, is_state=True)
        return self._states[folder]


def made_by(cleaner: Cleaner, url: str | None, lang: str | None, encoding: str | None) -> tuple[str, str]:
    """Return the fingerprint of all that a copy depends on besides the document and its name, and the same in
    words."""
    also = ("front matter",) if cleaner.markdown and cleaner.metadata else ()
    fingerprint = digest(repr((cleaner.fingerprint, url, lang, encoding, *also)).encode())
    return fingerprint, f"{__version__}, {cleaner.level}"


def _facts_in(lock: LockFile, pair: Pair) -> tuple[Fact, ...]:
    """Return the facts of a copy that a lock has; those of another document without their fingerprint."""
    facts = lock.facts[pair.copy]
    if all(fact.document == pair.document for fact in facts):
        return facts
    return tuple(fact if fact.document == pair.document else fact._replace(fingerprint="") for fact in facts)


def _is_below(folder: str, root: str) -> bool:
    return folder == root or folder.startswith(root if root.endswith(os.sep) else root + os.sep)


def _state_folder() -> Path | None:
    """Return the folder for the state of the user, which need not exist; None for a user without a home."""
    import platformdirs

    with suppress(RuntimeError):
        folder = Path(platformdirs.user_state_dir("cleaner"))
        if folder.is_absolute():
            return folder
    return None
