"""Orphans: copies whose document is gone. And what else lies there by the name of a copy, and is the copy of nothing.

An orphan is known to some lock, which also tells whether a person has changed it since. It is removed only if nobody
has, and only when the user says so (`remove`). A file that has the name of a copy, lies among documents, is the copy
of none of them and is in no lock may be anybody's: it is told, and never removed.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path, PurePath
from typing import NamedTuple, get_args

from cleaner.errors import CleanerError
from cleaner.files import naming, ours
from cleaner.files.folder import Place
from cleaner.files.job import MAX_OUTPUT_BYTES, Job
from cleaner.files.known import Known, LockFile
from cleaner.files.lock import Fact
from cleaner.files.probe import mode_of, top_of_repository

NAMES: tuple[naming.Names, ...] = get_args(naming.Names)
MAX_DEPTH = 200  # folders below a named one that are looked at, as many as are searched for documents


class Gone(NamedTuple):
    """A copy that a lock knows, all of whose documents are gone. `copy` is its path in the lock."""

    lock: LockFile
    copy: str
    facts: tuple[Fact, ...]

    @property
    def place(self) -> Place:
        """Where the copy is, or was."""
        return Place(Path(self.lock.root), PurePath(self.copy))

    @property
    def target(self) -> Path:
        """The path of the copy, with links resolved."""
        return self.lock.real(self.copy)

    @property
    def document(self) -> Path:
        """The path where the document was."""
        return self.lock.real(self.facts[-1].document)


class Scope:
    """Where a run looks: in folders and all below them, and at single files.

    `output_dir` is a folder for copies of the documents there. The paths need not exist.
    """

    def __init__(self, paths: Iterable[Path], output_dir: Path | None = None) -> None:
        self.folders: list[str] = []
        self.files: set[str] = set()
        for path in paths:
            if stat.S_ISDIR(mode_of(path)):
                self.folders.append(os.path.realpath(path))
            else:
                self.files.add(os.path.join(os.path.realpath(path.parent), path.name))  # noqa: PTH118
        self.output_dir = os.path.realpath(output_dir) if output_dir else None

    def has(self, path: str) -> bool:
        """Whether a path, with links resolved, is one of the scope."""
        return path in self.files or any(path.startswith(_with_end(folder)) for folder in self.folders)

    def has_either(self, document: str, copy: str) -> bool:
        """Whether a copy and its document, by their paths with links resolved, are in the scope."""
        if self.output_dir:
            return copy.startswith(_with_end(self.output_dir)) and self.has(document)
        return self.has(document) or self.has(copy)


class Surroundings(NamedTuple):
    """What lies in the folders of a scope: the locks that may know something there, and unknown files named as
    copies.

    The latter are looked for beside documents alone: a folder with nothing but such files is somebody's collection.
    """

    locks: list[LockFile]
    unknown: list[Path]


def look_around(scope: Scope, known: Known) -> Surroundings:
    """Return what lies in the folders of a scope. Folders that cannot be read, and hidden ones, are passed over."""
    locks: dict[str, LockFile] = {}
    unknown: list[Path] = []

    def add(found: Iterable[LockFile]) -> None:
        locks.update((str(lock.path), lock) for lock in found)

    for file in scope.files:
        add(known.locks_for(os.path.dirname(file)))  # noqa: PTH120
    for top in [*scope.folders, *filter(None, [scope.output_dir])]:
        for folder, names in _folders(top):
            add(known.locks_for(folder))
            unknown += [Path(folder, name) for name in _like_copies(names)]
    return Surroundings(list(locks.values()), [path for path in unknown if not _is_known(path, known)])


def _folders(top: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the folder `top` and those below it, each with the names of its files; no link is followed."""
    depth = top.count(os.sep)
    for folder, folders, files in os.walk(top):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if folder.count(os.sep) - depth >= MAX_DEPTH:
            folders.clear()
        yield folder, files


def _like_copies(names: list[str]) -> list[str]:
    """Return the files of a folder with documents that are named as copies, and are the copies of none of these."""
    copies = [name for name in names if _is_called_copy(name)]
    if not copies:
        return []
    documents = [name for name in names if not naming.is_output_name(name)]
    expected: set[str] = set()
    for name in documents:
        if naming.kind_of_name(name) or not naming.suffix_of(name):
            expected.update((naming.copy_name(name).lower(), *(name.lower() + end for end in naming.COPY_SUFFIXES)))
    has_documents = any(map(naming.kind_of_name, documents))
    return sorted(name for name in copies if has_documents and name.lower() not in expected)


def _is_called_copy(name: str) -> bool:
    return not name.startswith(".") and name.lower().endswith(naming.COPY_SUFFIXES)


def _is_known(path: Path, known: Known) -> bool:
    """Whether some lock has facts of a copy."""
    for lock in known.locks_for(str(path.parent)):
        name = lock.name_of(str(path.parent), path.name)
        if name in lock.facts:
            return True
    return False


def find_gone(scope: Scope, locks: Iterable[LockFile]) -> list[Gone]:
    """Return the copies of a scope that locks know and whose documents are gone, whether or not they are there."""
    found: dict[str, Gone] = {}
    living: set[str] = set()
    for lock in locks:
        root = _with_end(lock.root)
        for copy, facts in lock.facts.items():
            target = str(lock.real(copy)) if lock.is_state else root + copy
            if all(is_gone(lock, fact.document) for fact in facts):
                documents = (str(lock.real(fact.document)) for fact in facts)
                if any(scope.has_either(document, target) for document in documents):
                    found.setdefault(target, Gone(lock, copy, facts))
            else:
                living.add(target)
    return [gone for target, gone in sorted(found.items()) if target not in living]


def is_gone(lock: LockFile, document: str) -> bool:
    """Whether nothing stands at the path of a document, or a folder, as far as can be seen."""
    try:
        found = os.lstat(os.path.join(lock.root, document))  # noqa: PTH118 # many times as fast as a path
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return True
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode)


def find_twins(jobs: Iterable[Job], known: Known) -> Iterator[tuple[Job, Gone]]:
    """Yield the jobs whose document has a second copy, under another of the names that copies can have.

    It is what is left after the names of copies have changed (`--names`, `--markdown`), and no run would keep it up
    to date. A file there counts only if a lock knows it as the copy of this document.
    """
    jobs = list(jobs)
    targets = {job.target for job in jobs}
    for job in jobs:
        below = job.document.below
        others = {naming.copy_of(below, names, markdown=each) for names in NAMES for each in (False, True)}
        for other in (Place(job.copy.top, copy) for copy in sorted(others)):
            if other.path not in targets and (found := known.found(job.document, other)):
                lock, pair = found
                facts = lock.facts[pair.copy]
                gone = Gone(lock, pair.copy, facts)
                if all(fact.document == pair.document for fact in facts) and is_there(gone):
                    yield job, gone


def is_there(gone: Gone) -> bool:
    """Whether the copy is still there."""
    return os.path.isfile(gone.target) and not os.path.islink(gone.target)  # noqa: PTH113, PTH114


def is_corrected(gone: Gone, known: Known) -> bool:
    """Whether a person has changed the copy since it was written; also if that cannot be told."""
    try:
        with gone.place.folder() as folder:
            data, _ = folder.read(gone.place.name, MAX_OUTPUT_BYTES)
    except OSError:
        return True
    content = known.content(gone.place, data)
    return not any(content.has(fact.written) for fact in gone.facts)


def remove(gone: Gone, known: Known) -> list[Path]:
    """Remove an orphan that nobody has changed, its record and its metadata, and forget it; return the paths of
    what was removed.

    Nothing is removed if a person has changed it. Raises `OSError`, `InTheWay` among them.
    """
    name, record_name = gone.place.name, naming.record_path(PurePath(gone.place.name)).name
    with gone.place.folder() as folder:
        data, seen = folder.read(name, MAX_OUTPUT_BYTES)
        content = known.content(gone.place, data)
        if not any(content.has(fact.written) for fact in gone.facts):
            return []
        removed = [gone.target]
        folder.remove(name, seen, data)
        try:
            record, seen = folder.read(record_name, MAX_OUTPUT_BYTES)
            if ours.fits(record, data):
                folder.remove(record_name, seen, record)
                removed.append(gone.target.with_name(record_name))
        except (OSError, CleanerError):
            pass  # there is none, or it is not ours
        with suppress(OSError, CleanerError):
            from cleaner.files import metafile

            metadata_name = naming.metadata_path(PurePath(name)).name
            metadata, seen = folder.read(metadata_name, MAX_OUTPUT_BYTES)
            if metafile.is_of(metadata, data, data):
                folder.remove(metadata_name, seen, metadata)
                removed.append(gone.target.with_name(metadata_name))
    gone.lock.set(gone.copy, None)
    return removed


def forget(gone: Iterable[Gone]) -> None:
    """Drop the facts of copies that are gone, as their documents are.

    Not in a working tree of git that has a part of the files only: what is gone there is not gone for others.
    """
    for one in gone:
        if not is_there(one) and not _is_sparse(one.lock.root):
            one.lock.set(one.copy, None)


def _is_sparse(folder: str) -> bool:
    """Whether a folder lies in a working tree of git that has a part of the files only."""
    from cleaner.files import git

    top = top_of_repository(Path(folder))
    return top is not None and git.is_sparse(top)


def _with_end(folder: str) -> str:
    return folder if folder.endswith(os.sep) else folder + os.sep
