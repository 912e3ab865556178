"""What `strip` and `check` say and do of copies whose documents were renamed or are gone.

Before the documents are cleaned, `Life` finds those that have a new name; afterwards it looks for orphans. `strip`
moves copies along, and removes orphans with `--prune`; `check` says what `strip` would do.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from cleaner import quote
from cleaner.cli.plan import RunPlan
from cleaner.cli.say import say
from cleaner.errors import SettingsError
from cleaner.files import git, naming, orphans, renames
from cleaner.files.folder import InTheWay, reason_of
from cleaner.files.job import Job
from cleaner.files.known import Known
from cleaner.files.lock import NAME
from cleaner.files.orphans import Gone, Scope, Surroundings
from cleaner.files.probe import mode_of, top_of_repository

SHOWN = 5  # names in a message


class Life:
    """The copies of a run without documents, and those of renamed documents.

    `paths` are those of the command line, `output_dir` that of the option. With `tracked`, the locks of the whole
    repository count, whatever is named: a commit may have done no more than delete a document. Without `copies`, as
    in place, there is nothing to find. Raises `SettingsError` if git cannot tell.

    What was found and done is in lines to say: `findings` need somebody to look at them, `done` is what was done, and
    `failures` say what could not be. `removed` are the files that were moved away or removed.
    """

    def __init__(
        self, paths: Sequence[str], known: Known, *, output_dir: str | None, tracked: bool, copies: bool
    ) -> None:
        self.findings: list[str] = []
        self.done: list[str] = []
        self.failures: list[str] = []
        self.removed: list[Path] = []
        self._known = known
        self._tracked = tracked
        self._has_copies = copies
        self._renamed: set[Path] = set()  # copies under the old names of documents
        self._scope = Scope(map(Path, paths) if copies else (), Path(output_dir) if output_dir else None)
        self._around = orphans.look_around(self._scope, known) if copies else Surroundings([], [])
        if tracked and copies:
            for top in _repositories(paths):
                self._scope.folders.append(str(top))
                folders = map(os.path.realpath, git.lock_folders(top, NAME))
                self._around.locks.extend(known.lock_in(folder) for folder in folders)

    def without_gone(self, todo: RunPlan) -> RunPlan:
        """Return the plan without the problems of documents that are gone and that a lock knows: those are
        orphans."""
        if not todo.problems:
            return todo
        gone = orphans.find_gone(self._scope, self._around.locks)
        known = {str(one.document) for one in gone}
        problems = [x for x in todo.problems if os.path.lexists(x.path) or _real(x.path) not in known]
        return todo._replace(problems=problems)

    def follow_renames(self, jobs: Iterable[Job], *, carry_out: bool) -> set[Path]:
        """Move the copies of renamed documents along, or only say so; return the documents that need no more
        words."""
        said: set[Path] = set()
        if not self._has_copies:
            return said
        found = renames.find(jobs, self._known, self._around.locks)
        for rename in found.sure:
            job, gone = rename
            old, new = _shown(gone.document), quote.name(job.path)
            if not carry_out:
                if orphans.is_there(gone) and os.path.lexists(job.target):
                    continue
                said.add(job.path)
                self._renamed.add(gone.target)
                self.findings.append(f"{new}: was {old}; run `cleaner strip {_word(job.path)}`")
                continue
            with self._noting(gone, f"cannot be moved to {quote.name(job.target)}", "move it yourself"):
                removed = renames.follow(rename, self._known)
                self.removed.extend(map(near, removed))
                if removed:
                    self.done.append(f"{new}: was {old}; its copy is {quote.name(job.target)} now")
        for new_ones, gone_ones in found.doubtful:
            documents = ", ".join(quote.name(job.path) for job in new_ones[:SHOWN])
            copies = ", ".join(_shown(gone.target) for gone in gone_ones[:SHOWN])
            why = f"the same text as documents that are gone, of whose copies some are corrected ({copies})"
            self.findings.append(f"{documents}: {why}; move the copies yourself")
        return said

    def look_for_orphans(
        self, jobs: Iterable[Job], *, prune: bool = False, forget: bool = False, with_unknown: bool = False
    ) -> None:
        """Find orphans, and second copies of the documents of `jobs`; remove them with `prune`.

        `forget` what is gone with its document.
        """
        for job, twin in orphans.find_twins(jobs, self._known) if self._has_copies else ():
            self._judge_twin(job, twin, prune=prune)
        gone = orphans.find_gone(self._scope, self._around.locks)
        for one in gone:
            if one.target in self._renamed or not orphans.is_there(one):
                continue
            target, document = _shown(one.target), _shown(one.document)
            if orphans.is_corrected(one, self._known):
                what = f"its document {document} is gone, and you have corrected it"
                self.findings.append(f"{target}: {what}; keep it under another name, or remove it yourself")
            elif prune:
                self._remove(one)
            else:
                tracked = " --tracked" * self._tracked
                command = f"cleaner strip --prune{tracked} {_word(near(one.target))}"
                self.findings.append(f"{target}: its document {document} is gone; remove it with `{command}`")
        if prune or forget:
            orphans.forget(gone)
        if with_unknown:
            for path in self._around.unknown:
                what = "is called like a copy, but there is no document of it, and no lock knows it"
                self.findings.append(f"{_shown(path)}: {what}; rename it, or remove it")

    def _judge_twin(self, job: Job, twin: Gone, *, prune: bool) -> None:
        """Say that a document has a second copy, under the other name, or remove that copy with `prune`."""
        target, document = _shown(twin.target), quote.name(job.path)
        what = f"is another copy of {document} besides {quote.name(job.copy.name)}"
        if orphans.is_corrected(twin, self._known):
            why = f"{what}, and you have corrected it; take it for {quote.name(job.copy.name)}, or remove it yourself"
            self.findings.append(f"{target}: {why}")
        elif prune:
            self._remove(twin, what)
        else:
            markdown = naming.kind_of(job.path) == "html" and naming.suffix_of(job.copy.name) == ".md"
            full = naming.copy_of(job.path, "full", markdown=markdown)
            how = f"--names {'full' if job.copy.name == full.name else 'short'}{' --markdown' * markdown}"
            command = f"cleaner strip --prune {how} {_word(job.path)}"
            self.findings.append(f"{target}: {what}; remove it with `{command}`")

    def _remove(self, gone: Gone, why: str = "its document is gone") -> None:
        with self._noting(gone, "cannot be removed", "remove it yourself"):
            removed = orphans.remove(gone, self._known)
            self.removed.extend(map(near, removed))
            self.done.extend(f"{_shown(path)}: removed; {why}" for path in removed[:1])

    @contextmanager
    def _noting(self, gone: Gone, what: str, advice: str) -> Iterator[None]:
        """Note a failure of the block, which moves or removes a copy whose document is gone."""
        try:
            yield
        except InTheWay as error:
            self.failures.append(str(error))
        except OSError as error:
            self.failures.append(f"{_shown(gone.target)}: {what} ({reason_of(error)}); {advice}")

    def locks_of(self, jobs: Iterable[Job]) -> dict[Path, list[Path]]:
        """Return the lock of each document, with --tracked: to compare it with what git has.

        None of a document whose lock is not there, or is none of git's.
        """
        found: dict[Path, list[Path]] = {}
        shown: dict[Path, list[Path]] = {}
        for job in jobs if self._tracked and self._has_copies else ():
            home = self._known.home(job.document, job.copy)
            if home and not home[0].is_state:
                path = home[0].path
                if path not in shown:
                    is_tracked = os.path.lexists(path) and git.holds(path)
                    shown[path] = [near(path)] if is_tracked else []
                found[job.path] = shown[path]
        return found

    def to_add(self, jobs: Iterable[Job], missing: Mapping[Path, bool]) -> list[Path]:
        """Return what git should have besides outputs: locks, and the removal of what was removed.

        A lock is to be added as an output is: if git does not track it, or if a document is staged and another state
        of the lock than that there is. `missing` says so of locks as they were before they were written. Raises
        `SettingsError` if git cannot tell.
        """
        if not (self._tracked and self._has_copies):
            return []
        written = [near(path) for path in sorted(self._known.written) if git.holds(path)]
        locks = self.locks_of(jobs)
        if written:
            missing = git.compare(locks).to_add
        found = written if self.removed else []
        found += [path for several in locks.values() for path in several if path in missing]
        return [*dict.fromkeys(found), *(git.has(self.removed) if self.removed else ())]

    def say(self, *, quiet: bool) -> None:
        """Say what was found and done, and what is wrong with locks: to standard error, but what was done."""
        if not quiet:
            for line in self.done:
                say(line)
        for line in (*self._known.cautions, *self.findings):
            say(line, err=True)


def with_locks(outputs: Mapping[Path, list[Path]], locks: Mapping[Path, list[Path]]) -> dict[Path, list[Path]]:
    """Return the files that cleaning each document writes, with its lock."""
    return {path: [*files, *locks.get(path, ())] for path, files in outputs.items()}


def _repositories(paths: Sequence[str]) -> list[Path]:
    """Return the top folders of the repositories of some paths; without any, of the current folder.

    Raises `SettingsError` if that is in none.
    """
    if not paths:
        top = top_of_repository(Path())
        if top is None:
            raise SettingsError("the current folder is in no git repository; name a PATH")
        return [top]
    folders = (path if stat.S_ISDIR(mode_of(path)) else path.parent for path in map(Path, paths))
    return sorted(set(filter(None, map(top_of_repository, folders))))


def near(path: Path) -> Path:
    """Return a path as from the current folder, if it is below it."""
    here = Path(os.path.realpath("."))
    return path.relative_to(here) if path.is_relative_to(here) and path != here else path


def _shown(path: Path) -> str:
    return quote.name(near(path))


def _word(path: Path) -> str:
    return quote.word(f"./{path}" if str(path).startswith("-") else str(path))


def _real(path: Path) -> str:
    return os.path.join(os.path.realpath(path.parent), path.name)  # noqa: PTH118
