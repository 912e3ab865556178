"""Running many jobs: in this process or in workers, in order, one document's trouble its own."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import suppress

from cleaner.cleaner import Cleaner
from cleaner.files.job import Job, Options, Outcome, run

CHUNK = 8  # jobs handed to a worker at a time

_worker: tuple[Sequence[Cleaner], Options]


def run_all(jobs: Sequence[Job], cleaners: Sequence[Cleaner], options: Options, workers: int) -> Iterator[Outcome]:
    """Yield the outcome of every job, in the order of `jobs`, whatever the number of workers."""
    if workers == 1 or len(jobs) < 2:
        for job in jobs:
            yield run(job, cleaners[job.cleaner], options)
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    pool = ProcessPoolExecutor(min(workers, len(jobs)), initializer=_start, initargs=(cleaners, options))
    done = 0
    try:
        for outcome in pool.map(_work, jobs, chunksize=CHUNK):
            done += 1
            yield outcome
    except BrokenProcessPool:
        why = "a worker process died (out of memory?); run these again with --jobs 1"
        for job in jobs[done:]:
            yield Outcome(job.path, job.target, "failed", f"{job.path}: {why}")
    finally:
        pool.shutdown(cancel_futures=True)


def _start(cleaners: Sequence[Cleaner], options: Options) -> None:
    global _worker  # noqa: PLW0603 - what a worker process is for, set once when it starts
    with suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent stops the work; files in hand are finished
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # the parent's handler is not for its workers
    _worker = cleaners, options


def _work(job: Job) -> Outcome:
    cleaners, options = _worker
    return run(job, cleaners[job.cleaner], options)
