"""Many jobs, in order: in this process if that is safe, else in worker processes.

A failure, a hang or a crash of one document does not affect the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import NamedTuple

from cleaner import quote
from cleaner.cleaner import Cleaner
from cleaner.files import naming
from cleaner.files.folder import open_folder
from cleaner.files.job import Job, JobOptions, JobOutcome, run
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
) -> Iterator[JobOutcome]:
    """Yield the outcome of every job, in the order of `jobs`, whatever the number of workers.

    A single document is cleaned in this process, and so are texts if there is to be one worker: a worker takes longer
    to start than a small document to clean. But large HTML pages, and several of them, may hang in C code or crash.
    `timeout` is in seconds, see `limits.time_limit`. Raises `CleanerError` if workers cannot be started.
    """
    written = set()
    try:
        for job, outcome in zip(jobs, _outcomes(jobs, cleaners, options, workers, timeout), strict=True):
            if outcome.status == "written" and options.fsync:
                written.add((job.copy.top, job.copy.below.parent))
            yield outcome
    finally:
        for top, below in written:
            with suppress(OSError), open_folder(top, below) as folder:
                folder.sync()


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
