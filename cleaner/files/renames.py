"""Documents that got another name: their copies move along, with the corrections in them.

A document that no lock knows was renamed if it has the digest of one that is gone, in the same lock; where there is
no project, in one of the locks in the state of the user that the run sees, for each folder has one. That is exact: if
several documents have this digest, or several are gone that had it, nobody can tell which is which, and nothing
moves. Nothing is moved over a file that stands there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path, PurePath
from typing import NamedTuple

from cleaner.files import naming, ours
from cleaner.files.folder import Folder
from cleaner.files.job import MAX_OUTPUT_BYTES, Job
from cleaner.files.known import Known, LockFile
from cleaner.files.orphans import Gone, is_corrected, is_gone, is_there
from cleaner.files.standing import Content


class Rename(NamedTuple):
    """A document that has a new name, and the copy of it under the old name, which may have been renamed, too."""

    job: Job
    gone: Gone


class Renames(NamedTuple):
    """The renamed documents of a run; and groups of documents that could be the same one, with what was corrected."""

    sure: list[Rename]
    doubtful: list[tuple[list[Job], list[Gone]]]


def find(jobs: Iterable[Job], known: Known, around: Iterable[LockFile] = ()) -> Renames:
    """Return which documents have been renamed. `around` are the locks that may know something in their folders."""
    by_lock: dict[str, dict[str, list[Gone]]] = {}
    states = [lock for lock in around if lock.is_state and _gone_in(lock, by_lock)]
    groups: dict[tuple[str, str], tuple[list[Job], list[Gone]]] = {}
    for job in jobs:
        if known.facts(job.document, job.copy):
            continue
        asked = [lock for lock in known.locks_of(job.document, job.copy) if _gone_in(lock, by_lock)]
        locks = [*asked, *(lock for lock in states if lock not in asked)]
        content = _content(job, known) if locks else None
        for lock in locks:
            gone = by_lock[str(lock.path)]
            digest = next((one for one in content.digests if one in gone), None) if content else None
            old = [one for one in gone[digest] if _is_alike(job, one)] if digest else []
            if digest and old:
                groups.setdefault((str(lock.path), digest), ([], old))[0].append(job)
                break
    sure, doubtful = [], []
    for new, old in groups.values():
        if len(new) == len(old) == 1:
            sure.append(Rename(new[0], old[0]))
        elif any(is_there(gone) and is_corrected(gone, known) for gone in old):
            doubtful.append((new, old))
    return Renames(sure, doubtful)


def _gone_in(lock: LockFile, by_lock: dict[str, dict[str, list[Gone]]]) -> dict[str, list[Gone]]:
    """Return the copies of a lock whose documents are gone, by the digests of these documents."""
    key = str(lock.path)
    if key not in by_lock:
        by_lock[key] = {}
        for copy, facts in lock.facts.items():
            if all(is_gone(lock, fact.document) for fact in facts):
                gone = Gone(lock, copy, facts)
                for source in {fact.source for fact in facts}:
                    by_lock[key].setdefault(source, []).append(gone)
    return by_lock[key]


def _is_alike(job: Job, gone: Gone) -> bool:
    """Whether two copies lie alike: each beside its document, or both in the folder for copies."""
    is_beside = job.path.parent == job.target.parent
    was_beside = gone.document.parent == gone.target.parent
    if is_beside or was_beside:
        return is_beside and was_beside
    return gone.target.is_relative_to(os.path.realpath(job.copy.top))


def _content(job: Job, known: Known) -> Content | None:
    """Return the content of a document, None if it cannot be read."""
    with suppress(OSError), job.document.folder() as folder:
        return known.content(job.document, folder.read(job.document.name)[0])
    return None


def follow(rename: Rename, known: Known) -> list[Path]:
    """Move the copy of a renamed document along, or adopt one that was renamed, too; return what was moved away.

    If both are there, or neither, nothing moves: then the old one is an orphan, or there is nothing to keep. Raises
    `OSError`, `InTheWay` among them.
    """
    job, gone = rename
    moved: list[Path] = []
    if is_there(gone):
        if os.path.lexists(job.target):
            return []
        with gone.place.folder() as old, job.copy.folder(make=True) as new:
            old.move(gone.place.name, new, job.copy.name, None)
            moved = [gone.target, *_remove_record(old, gone), *_remove_metadata(old, gone)]
    elif not os.path.lexists(job.target):
        gone.lock.set(gone.copy, None)
        return []
    facts = tuple(fact._replace(fingerprint="") for fact in gone.facts)  # how it is cleaned may depend on its name
    known.keep(job.document, job.copy, facts)
    gone.lock.set(gone.copy, None)
    return moved


def _remove_record(folder: Folder, gone: Gone) -> Sequence[Path]:
    """Remove the record of a copy that moved away, if it is ours."""
    name = naming.record_path(PurePath(gone.place.name)).name
    with suppress(OSError):
        record, seen = folder.read(name, MAX_OUTPUT_BYTES)
        if ours.is_any_record(record) and any(ours.is_of(record, fact.source, fact.written) for fact in gone.facts):
            folder.remove(name, seen, record)
            return [gone.target.with_name(name)]
    return []


def _remove_metadata(folder: Folder, gone: Gone) -> Sequence[Path]:
    """Remove the metadata beside a copy that moved away, if it is as the cleaner wrote it."""
    from cleaner.files import metafile

    name = naming.metadata_path(PurePath(gone.place.name)).name
    with suppress(OSError):
        metadata, seen = folder.read(name, MAX_OUTPUT_BYTES)
        source, copy = metafile.digests(metadata)
        if source and any(source.startswith(fact.source) or copy.startswith(fact.written) for fact in gone.facts):
            folder.remove(name, seen, metadata)
            return [gone.target.with_name(name)]
    return []
