"""Many jobs, in order: in this process if that is safe, else in worker processes.

A failure, a hang or a crash of one document does not affect the others. What the locks know to be current is not
cleaned again: that takes a first look at the two files, here in this process, before anything else begins.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import NamedTuple

from cleaner import quote
from cleaner.cleaner import Cleaner
from cleaner.errors import SettingsError
from cleaner.files import naming, ours
from cleaner.files.conflicts import may_conflict
from cleaner.files.folder import Folder, Place, open_folder
from cleaner.files.job import MAX_OUTPUT_BYTES, Job, JobOptions, JobOutcome, first_look, run
from cleaner.files.known import Known, made_by
from cleaner.files.probe import size_of
from cleaner.limits import TIMEOUT_SECONDS, can_limit, time_limit

# A page of more bytes goes to a worker even if it is alone. Raised, a hostile page is out of time for longer before
# that shows: the parser takes at most some seconds for a million bytes.
MAX_PAGE_BYTES = 1_000_000
JOBS_PER_TASK = 8  # jobs that a worker gets at a time; raised, there are fewer messages, but workers end less evenly


def run_all(
    jobs: Sequence[Job],
    cleaners: Sequence[Cleaner],
    options: JobOptions,
    workers: int,
    timeout: float = TIMEOUT_SECONDS,
    known: Known | None = None,
) -> Iterator[JobOutcome]:
    """Yield the outcome of every job, in the order of `jobs`, whatever the number of workers.

    A single document is cleaned in this process, and so are texts if there is to be one worker: a worker takes longer
    to start than a small document to clean. But large HTML pages, and several of them, may hang in C code or crash.
    `timeout` is in seconds, see `limits.time_limit`. What is `known` of copies counts, and what is new is noted and
    saved, if `options` let anything be written. Raises `CleanerError` if workers cannot be started.
    """
    noted = _Noted(cleaners, options, known)
    jobs = [noted.prepared(job) for job in jobs]
    looked = noted.look_at_all(jobs)
    rest = [job for job, outcome in zip(jobs, looked, strict=True) if outcome is None]
    others = _outcomes(rest, cleaners, options, workers, timeout)
    written = set()
    try:
        for job, early in zip(jobs, looked, strict=True):
            outcome = early or next(others)
            if outcome.status == "written" and options.fsync:
                written.add((job.copy.top, job.copy.below.parent))
            noted.note(job, outcome)
            yield outcome
    finally:
        for top, below in written:
            with suppress(OSError), open_folder(top, below) as folder:
                folder.sync()
        noted.save()


class _Noted:
    """What the locks know of the jobs of a run, and what is new to them."""

    def __init__(self, cleaners: Sequence[Cleaner], options: JobOptions, known: Known | None) -> None:
        self._cleaners = cleaners
        self._options = options
        self._known = None if options.in_place or options.diff else known
        self._made: dict[tuple[int, str | None], tuple[str, str]] = {}

    def prepared(self, job: Job) -> Job:
        """Return a job with what is known of its copy."""
        if self._known is None:
            return job
        facts, in_git, is_at_home = self._known.entry(job.document, job.copy)
        fingerprint = self._made_by(job)[0]
        return job._replace(facts=facts, fingerprint=fingerprint, in_git=in_git, is_at_home=is_at_home)

    def _made_by(self, job: Job) -> tuple[str, str]:
        """Return the fingerprint of all that a copy depends on, and what to call it; "" if it cannot be told."""
        key = job.cleaner, self._options.lang or job.lang
        if key not in self._made:
            try:
                self._made[key] = made_by(
                    self._cleaners[job.cleaner], self._options.url, key[1], self._options.encoding
                )
            except SettingsError:  # a pack of a host has changed since; its documents will say so
                self._made[key] = "", ""
        return self._made[key]

    def look_at_all(self, jobs: Sequence[Job]) -> list[JobOutcome | None]:
        """Return the outcomes of those jobs that need no cleaning, None for the others."""
        if self._known is None or self._options.again:
            return [None] * len(jobs)
        with _Reader() as reader:
            return [self._look(job, reader) for job in jobs]

    def _look(self, job: Job, reader: _Reader) -> JobOutcome | None:
        if not job.facts:
            return None
        try:
            source = reader.read(job.document)
            copy = reader.read(job.copy)
            outcome = first_look(job, self._options, source, copy)
            if outcome is None or (self._options.tracked and may_conflict(source)):
                return None
            if self._options.record and outcome.status == "unchanged":
                record = reader.read(Place(job.copy.top, naming.record_path(job.copy.below)))
                if not (ours.leads_to(record, source) and ours.fits(record, copy)):
                    return None
            in_copy = naming.is_rendered(job.path, job.copy.name)
            if self._options.metadata and outcome.status == "unchanged" and not in_copy:
                from cleaner.files import metafile

                metadata = reader.read(Place(job.copy.top, naming.metadata_path(job.copy.below)))
                if not metafile.is_of(metadata, source):
                    return None
        except (OSError, MemoryError):
            return None  # whatever it is, the job says it
        return outcome

    def note(self, job: Job, outcome: JobOutcome) -> None:
        """Note what an outcome says of a copy, if anything new."""
        if self._known is None or outcome.learned is None or not self._writes:
            return
        if outcome.learned == job.facts and job.is_at_home:
            return
        self._known.keep(job.document, job.copy, outcome.learned, self._made_by(job))
        self._known.save_now_and_then()

    @property
    def _writes(self) -> bool:
        return self._options.write or self._options.accept

    def save(self) -> None:
        """Save what was noted."""
        if self._known and self._writes:
            self._known.save()


class _Reader:
    """Reads files of folders, and keeps the two folders open that it read from last: of documents and of copies."""

    def __init__(self) -> None:
        self._open: dict[str, Folder] = {}

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *_: object) -> None:
        for folder in self._open.values():
            folder.close()

    def read(self, place: Place) -> bytes:
        """Return the content of a file. Raises `OSError`."""
        key, name = os.path.split(os.path.join(place.top, place.below))  # noqa: PTH118 # faster than with paths
        folder = self._open.get(key)
        if folder is None:
            if len(self._open) > 1:
                self._open.pop(next(iter(self._open))).close()
            folder = self._open[key] = place.folder()
        return folder.read(name, MAX_OUTPUT_BYTES)[0]


def _outcomes(
    jobs: Sequence[Job], cleaners: Sequence[Cleaner], options: JobOptions, workers: int, timeout: float
) -> Iterator[JobOutcome]:
    """Do the work of `run_all`."""
    if _can_be_here(jobs, workers):
        options = options._replace(timeout=timeout)
        for job in jobs:
            yield run(job, cleaners[job.cleaner], options)
        return
    from cleaner.pool import Pool

    pool = Pool[list[JobOutcome]](partial(_context, tuple(cleaners), options), workers)
    groups = (jobs[start : start + JOBS_PER_TASK] for start in range(0, len(jobs), JOBS_PER_TASK))
    try:
        with pool:
            yield from chain.from_iterable(pool.run(_JobsTask(tuple(group), timeout) for group in groups))
    finally:
        if pool.lost:
            sweep(jobs)


def _can_be_here(jobs: Sequence[Job], workers: int) -> bool:
    """Whether to clean documents in this process."""
    if not can_limit():
        return False
    pages = [job for job in jobs if naming.kind_of(job.path) not in ("text", "markdown")]
    if len(jobs) < 2:
        return all(size_of(job.path) <= MAX_PAGE_BYTES for job in pages)
    return workers == 1 and not pages


def sweep(jobs: Sequence[Job]) -> None:
    """Remove the unfinished files that killed processes left beside the copies of `jobs`."""
    for top, below in {(job.copy.top, job.copy.below.parent) for job in jobs}:
        with suppress(OSError), open_folder(top, below) as folder:
            folder.sweep()


def _context(cleaners: Sequence[Cleaner], options: JobOptions) -> tuple[Sequence[Cleaner], JobOptions]:
    return cleaners, options


class _JobsTask(NamedTuple):
    """Some jobs as a task of the pool. The context of the workers are the cleaners and the options of the run."""

    jobs: tuple[Job, ...]
    timeout: float

    @property
    def size(self) -> int:
        return 0  # a task holds paths, not documents

    @property
    def limit(self) -> float:
        return time_limit(sum(size_of(job.path) for job in self.jobs), self.timeout)

    def run(self, context: tuple[Sequence[Cleaner], JobOptions]) -> list[JobOutcome]:
        cleaners, options = context
        return [run(job, cleaners[job.cleaner], options) for job in self.jobs]

    def divide(self) -> list[_JobsTask]:
        return [self._replace(jobs=(job,)) for job in self.jobs] if len(self.jobs) > 1 else []

    def join(self, results: Sequence[list[JobOutcome]]) -> list[JobOutcome]:
        return list(chain.from_iterable(results))

    def failed(self, why: str) -> list[JobOutcome]:
        return [
            JobOutcome(job.path, job.target, "failed", f"{quote.name(job.path)}: cannot be cleaned: {why}")
            for job in self.jobs
        ]
