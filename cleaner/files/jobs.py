"""Many jobs: in this process where that is safe, else in workers, in order, each one's trouble its own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from cleaner.cleaner import Cleaner
from cleaner.files import atomic, naming
from cleaner.files.job import Job, JobOptions, JobOutcome, run
from cleaner.files.modes import size_of

TOGETHER = 8  # jobs handed to a worker at a time
RATE = 100_000  # bytes that a worker cleans in a second at least; ten to fifty times as many are usual
TIMEOUT = 60.0  # seconds that a document may take, besides those for its size


def run_all(
    jobs: Sequence[Job], cleaners: Sequence[Cleaner], options: JobOptions, workers: int, timeout: float = TIMEOUT
) -> Iterator[JobOutcome]:
    """Yield the outcome of every job, in the order of `jobs`, whatever the number of workers.

    A single document, and texts where one worker is asked for, are cleaned in this process: texts neither hang nor
    crash.
    """
    if len(jobs) < 2 or (workers == 1 and all(naming.kind_of(job.path) == "text" for job in jobs)):
        for job in jobs:
            yield run(job, cleaners[job.cleaner], options)
        return
    from cleaner.pool import Pool

    pool = Pool[list[JobOutcome]](partial(_context, tuple(cleaners), options), workers)
    groups = (jobs[start : start + TOGETHER] for start in range(0, len(jobs), TOGETHER))
    try:
        with pool:
            yield from chain.from_iterable(pool.run(_Jobs(tuple(group), timeout) for group in groups))
    finally:
        if pool.lost:
            sweep(jobs)


def sweep(jobs: Sequence[Job]) -> None:
    """Remove what processes that were killed did not get to finish beside the copies of `jobs`."""
    atomic.sweep({Path(os.path.realpath(job.target)).parent for job in jobs})


def _context(cleaners: Sequence[Cleaner], options: JobOptions) -> tuple[Sequence[Cleaner], JobOptions]:
    return cleaners, options


class _Jobs(NamedTuple):
    """Some jobs for a worker, whose context are the cleaners and the options."""

    jobs: tuple[Job, ...]
    timeout: float

    @property
    def size(self) -> int:
        return 0  # paths alone

    @property
    def limit(self) -> float:
        return self.timeout + sum(size_of(job.path) for job in self.jobs) / RATE

    def run(self, context: tuple[Sequence[Cleaner], JobOptions]) -> list[JobOutcome]:
        cleaners, options = context
        return [run(job, cleaners[job.cleaner], options) for job in self.jobs]

    def divide(self) -> list[_Jobs]:
        return [self._replace(jobs=(job,)) for job in self.jobs] if len(self.jobs) > 1 else []

    def join(self, results: Sequence[list[JobOutcome]]) -> list[JobOutcome]:
        return list(chain.from_iterable(results))

    def failed(self, why: str) -> list[JobOutcome]:
        return [
            JobOutcome(job.path, job.target, "failed", f"{job.path}: cannot be cleaned: {why}") for job in self.jobs
        ]
