"""A pool of worker processes: results in order, and a task that hangs or kills its worker costs nothing else.

How it works:

- Each worker has a pipe of its own and gets a task only when it is idle. So whenever a worker dies, it is known which
  one task it had, and nothing that others have is lost or half sent. That task is given to another worker; a task
  that has parts is divided, to find the part that is to blame.
- The limit of a task is kept by a timer in the worker (`faulthandler.dump_traceback_later`). The timer is a thread in
  C that ends the process. It works even if a regular expression or a parser in C never lets Python run again.
- A worker ends itself when the process it works for is gone, whichever way that went. The pipe that every worker of
  `multiprocessing` shares with its parent is closed by the system then; see `_end_with_parent`.
- Tasks come from an iterator and are read only a little ahead of the results, so a run over a terabyte needs as much
  memory as one over a gigabyte.

Example: three workers have the chunks 1, 2 and 3, and a page in chunk 2 crashes its worker. The pool notices that the
pipe is closed, starts another worker, and puts the 40 documents of chunk 2 in front of the queue, one by one. 39 of
them are cleaned; the page, alone now, is tried `MAX_TRIES` times and fails. (A page that exceeds its limit alone, or
raises an error, fails at once.) Chunk 2 is joined from the 40 results and yielded in its turn, after chunk 1 and
before chunk 3, which was ready long before.

Why no library: `concurrent.futures.ProcessPoolExecutor` and loky give up the whole pool if one worker dies. pebble
loses only that worker, and has limits of time. But its `map` submits all tasks at once, it neither divides nor
retries tasks, its workers do not end with their parent, and it is under the LGPL.

Platforms. It is run and tested on Linux. By the documentation of Python and of the systems, on others:

- Workers are started with `spawn` everywhere: a forked process would hold the pipes of its siblings, and locks of
  threads that it does not have.
- macOS and BSD: the signal that tells of the end of the parent is ignored there by default, so a worker ends with its
  parent only when Python gets to run. One that hangs in C ends by its timer. `os.fsync` (`files/folder.py`) gives
  data to the disk, which may still hold them in its cache.
- Windows: there are no more than `MAX_WORKERS` workers, because the system waits for at most 64 objects at a time.
  Ctrl-C cannot be kept from a worker that is starting: it may print a traceback before the run ends. A worker that
  dies before it has opened its pipe is not noticed, because the parent holds the other end until then; the run may
  wait for it for ever. A worker that was killed for want of memory is reported with an exit code, not with a signal.
  A file that another program has open cannot be replaced (`files/folder.py`, `shards/store.py`): that document or
  shard is reported as one that cannot be written. So is a read-only copy, since read-only originals have read-only
  copies. Left-over files are not swept: whether their process runs cannot be asked.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from cleaner.errors import CleanerError
from cleaner.limits import ADVICE_AFTER_LIMIT

# What to do, in the reason for a failure, after a worker that died.
ADVICE_AFTER_DEATH = "make room with fewer --jobs, or leave it out"
# How often a task that cannot be divided is tried. More than once, because a worker may be killed for the memory that
# another one needs; raised, a document that crashes costs more workers.
MAX_TRIES = 3
# How many workers in a row may end before they are ready. Then no more are started, and without any the run ends.
MAX_FALSE_STARTS = 5
# The tasks that wait for a worker, for each worker. Fewer would let workers wait; more cost memory.
TASKS_AHEAD = 2
# The size of all tasks in memory, in bytes, above which no further task is read.
MAX_AHEAD_BYTES = 64 << 20
# The tasks that are read and not yielded yet, done or not: results wait for a slow task before them, and each shard
# among them holds files open.
MAX_SLOTS = 256
GRACE_SECONDS = 5.0  # how long an idle worker may take to end before it is killed
MAX_WORKERS = 60 if os.name == "nt" else sys.maxsize  # see "Platforms" above

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Task(Protocol[R_co]):
    """Something to do in a worker. Tasks and their results must be picklable."""

    @property
    def size(self) -> int:
        """The bytes that the task takes in memory, about."""

    @property
    def limit(self) -> float:
        """The seconds that the task may take."""

    def run(self, context: Any) -> R_co:
        """Do the task, in a worker; `context` is what the `setup` of the pool returned there."""

    def divide(self) -> Sequence[Task[Any]]:
        """Return the task in parts, to find the one that is to blame; none if it cannot be divided."""

    def join(self, results: Sequence[Any]) -> R_co:
        """Return the result of the whole task from the results of its parts, in order."""

    def failed(self, why: str) -> R_co:
        """Return the result of the task if it cannot be done."""


class Ready(NamedTuple):
    """A result that needs no worker. It is yielded in its turn, after the results of all tasks before it."""

    result: Any


class _Raised(NamedTuple):
    """What a worker sends instead of a result if the task has raised an exception."""

    what: str


class _Slot:
    """The place of a task in the order of the results: it collects the result, or the results of the parts."""

    def __init__(self, task: Any) -> None:
        self.task = task
        self.parts: Sequence[Any] = ()
        self.results: list[Any] = []
        self.missing = 1  # results that are still to come

    def divide(self) -> list[_Attempt]:
        """Divide the task; return an attempt at each part, none if there are no parts."""
        self.parts = self.task.divide()
        self.results = [None] * len(self.parts)
        self.missing = len(self.parts) or 1
        return [_Attempt(self, number, part) for number, part in enumerate(self.parts)]

    def put(self, part: int, result: Any) -> None:
        """Keep the result of a part, or of the whole task."""
        if self.parts:
            self.results[part] = result
        else:
            self.results = [result]
        self.missing -= 1

    def result(self) -> Any:
        """Return the result of the whole task."""
        return self.task.join(self.results) if self.parts else self.results[0]


class _Attempt(NamedTuple):
    """An attempt at a task, or at a part of one. `number` counts the attempts from 1."""

    slot: _Slot
    part: int
    task: Any
    number: int = 1


class _Worker:
    """A worker process as its parent sees it. `attempt` is what it is busy with, None if it is idle."""

    def __init__(self, setup: Callable[[], Any]) -> None:
        """Start the process. Raises `OSError`."""
        spawn = multiprocessing.get_context("spawn")
        self.connection, theirs = spawn.Pipe()
        self.process = spawn.Process(target=_serve, args=(theirs,), daemon=True)
        try:
            with _SAFE_PATH, _sigint_blocked():
                self.process.start()
        except OSError:
            self.connection.close()
            raise
        finally:
            theirs.close()
        self.ready = False
        self.attempt: _Attempt | None = None
        self._since = 0.0
        self._send(setup)

    def give(self, attempt: _Attempt) -> None:
        """Give the worker something to do."""
        self.attempt = attempt
        self._since = time.monotonic()
        self._send((attempt.task, attempt.task.limit))

    def _send(self, message: object) -> None:
        """Send something. That a worker is gone shows when its answer is received."""
        with suppress(OSError):
            self.connection.send(message)

    def leave(self, *, now: bool) -> None:
        """Tell the worker to end, by closing its pipe; if `now`, kill it."""
        if now:
            self.process.kill()
        self.connection.close()

    def end(self) -> tuple[str, bool]:
        """Wait for a worker that was told to end, and kill it if it does not.

        Return how it ended, and whether its timer has ended it.
        """
        took = time.monotonic() - self._since
        self.process.join(GRACE_SECONDS)
        self.process.kill()
        self.process.join()
        code = self.process.exitcode or 0
        if self.attempt and code == 1 and took >= self.attempt.task.limit:
            return f"takes longer than {self.attempt.task.limit:.3g} seconds", True
        if code < 0:
            return f"its worker process was ended by {_signal_name(-code)} (out of memory?)", False
        return f"its worker process ended with code {code}", False


def _signal_name(number: int) -> str:
    """Return the name of a signal. Those for real time have none."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


@contextmanager
def _sigint_blocked() -> Iterator[None]:
    """Block SIGINT while a worker starts, so that it inherits the block until it ignores the signal.

    A Ctrl-C in the meantime reaches this process afterwards. Windows has no such block.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # else it would be started along with the first worker, and unblock SIGINT
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _SafePath:
    """While it is entered, Python processes that are started import nothing from the current folder.

    It may belong to strangers, and hold a `multiprocessing.py`. A process of `multiprocessing` is a `python -c`,
    which looks there first, until it is told the `sys.path` of its parent. There is no argument against that that
    could be passed, only the variable, which several threads may want at the same time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._before: str | None = None

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._before = os.environ.get(_SAFE_PATH_VARIABLE)
                os.environ[_SAFE_PATH_VARIABLE] = "1"
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                if self._before is None:
                    del os.environ[_SAFE_PATH_VARIABLE]
                else:
                    os.environ[_SAFE_PATH_VARIABLE] = self._before


_SAFE_PATH_VARIABLE = "PYTHONSAFEPATH"
_SAFE_PATH = _SafePath()


class Pool(Generic[R]):
    """Up to `workers` worker processes, which are started when they are needed.

    Each calls `setup` (picklable) once; what it returns is the context of all its tasks. Use the pool in a `with`
    statement. `lost` counts the workers that did not end by themselves: what they wrote may be half done.
    """

    def __init__(self, setup: Callable[[], Any], workers: int) -> None:
        self._setup = setup
        self._max_workers = min(workers, MAX_WORKERS)
        self._workers: list[_Worker] = []
        self._false_starts = 0
        self.lost = 0

    def __enter__(self) -> Pool[R]:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            self.lost += worker.attempt is not None
            worker.leave(now=worker.attempt is not None or not worker.ready)
        for worker in self._workers:
            worker.end()
        self._workers = []

    def run(self, tasks: Iterator[Task[R] | Ready]) -> Iterator[R]:
        """Yield the results of `tasks` in their order, reading only a few tasks ahead.

        Raises `CleanerError` if no workers can be started, and what `tasks` raises.
        """
        slots: deque[_Slot] = deque()  # of the tasks that are read and not yielded yet, in order
        todo: deque[_Attempt] = deque()  # what no worker has yet
        has_more = True
        while has_more or slots:
            while has_more and self._has_room(slots, todo):
                task = next(tasks, None)
                has_more = task is not None
                if isinstance(task, Ready):
                    slots.append(_Slot(None))
                    slots[-1].put(0, task.result)
                elif task is not None:
                    slots.append(_Slot(task))
                    todo.append(_Attempt(slots[-1], 0, task))
                self._assign(todo)
            while slots and not slots[0].missing:
                yield slots.popleft().result()
            self._assign(todo)
            busy = [worker for worker in self._workers if worker.attempt or not worker.ready]
            if slots and slots[0].missing and busy:
                by_connection = {worker.connection: worker for worker in busy}
                for connection in wait(list(by_connection)):
                    self._receive(by_connection[connection], todo)  # type: ignore[index] # only the given ones return
                self._assign(todo)  # at once: the workers are idle now

    def _has_room(self, slots: deque[_Slot], todo: deque[_Attempt]) -> bool:
        """Whether to read another task now."""
        if len(slots) <= len(self._workers):
            return True
        ahead = sum(slot.task.size for slot in slots if slot.task)
        max_slots = min(8 * TASKS_AHEAD * self._max_workers, MAX_SLOTS)
        return len(todo) < TASKS_AHEAD * self._max_workers and len(slots) < max_slots and ahead < MAX_AHEAD_BYTES

    def _assign(self, todo: deque[_Attempt]) -> None:
        """Give idle workers something to do, and start a worker if there are too few."""
        for worker in self._workers:
            if todo and worker.ready and not worker.attempt:
                worker.give(todo.popleft())
        starting = sum(not worker.ready for worker in self._workers)
        if len(todo) > starting and len(self._workers) < self._max_workers:
            try:
                self._workers.append(_Worker(self._setup))
            except OSError as error:
                self._start_failed(error.strerror or str(error))

    def _start_failed(self, why: str) -> None:
        """Count a start that failed. After too many, go on with the workers there are, or raise `CleanerError`."""
        self._false_starts += 1
        if self._false_starts < MAX_FALSE_STARTS:
            return
        if not any(worker.ready for worker in self._workers):
            raise CleanerError(f"worker processes cannot be started: {why}; try with fewer --jobs")
        self._max_workers = len(self._workers)

    def _receive(self, worker: _Worker, todo: deque[_Attempt]) -> None:
        """Receive what a worker sends: that it is ready, or a result; or notice that it is gone."""
        try:
            result = worker.connection.recv()
        except (EOFError, OSError):
            self._remove(worker, todo)
            return
        if not worker.ready:
            worker.ready = True
            self._false_starts = 0
            return
        attempt, worker.attempt = worker.attempt, None
        assert attempt
        if isinstance(result, _Raised):
            why = f"{result.what}; this is a defect of the cleaner, please report it"
            self._retry(attempt, why, todo, final=True)
        else:
            attempt.slot.put(attempt.part, result)

    def _remove(self, worker: _Worker, todo: deque[_Attempt]) -> None:
        """Remove a worker that is gone, and try again what it was busy with. `_assign` starts another one."""
        self._workers.remove(worker)
        worker.leave(now=False)
        why, by_timer = worker.end()
        if worker.attempt:
            self.lost += 1
            advice = ADVICE_AFTER_LIMIT if by_timer else ADVICE_AFTER_DEATH
            self._retry(worker.attempt, f"{why}; {advice}", todo, final=by_timer)
        elif not worker.ready:
            self._start_failed(why)

    def _retry(self, attempt: _Attempt, why: str, todo: deque[_Attempt], *, final: bool) -> None:
        """Try a task again. A task with parts is divided; a part fails if the attempt was `final` or its last."""
        parts = [] if attempt.slot.parts else attempt.slot.divide()
        if parts:
            todo.extendleft(reversed(parts))
        elif final or attempt.number == MAX_TRIES:
            attempt.slot.put(attempt.part, attempt.task.failed(why))
        else:
            todo.appendleft(attempt._replace(number=attempt.number + 1))


def _serve(connection: Connection) -> None:
    """Do tasks until the pipe is closed. This is what a worker process runs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the parent ends the work
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(EOFError, OSError, MemoryError), open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        setup = connection.recv()
        context = setup()
        connection.send(None)  # ready
        while True:
            task, limit = connection.recv()
            # Ends the process with code 1, even if Python does not get to run.
            faulthandler.dump_traceback_later(min(threading.TIMEOUT_MAX, limit), exit=True, file=nowhere)
            try:
                answer = ForkingPickler.dumps(task.run(context))
            except Exception as error:
                answer = ForkingPickler.dumps(_Raised(f"{type(error).__name__}: {error}"))
            finally:
                faulthandler.cancel_dump_traceback_later()
            connection.send_bytes(answer)
            del task, answer  # they may be large, and the next task may be, too


def _end_with_parent() -> None:
    """End this process when its parent is gone, whatever it is doing. This is what a thread of a worker runs.

    The parent holds the other end of a pipe, which the system closes when the parent ends. The thread waits for that.
    But it cannot run while C code holds the lock of Python, so the system is also asked to send SIGIO then. On Linux
    this signal ends the process, without any Python.
    """
    parent = multiprocessing.parent_process()
    assert parent
    if hasattr(os, "O_ASYNC"):  # not on Windows
        import fcntl

        pipe = parent.sentinel
        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
            fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
    parent.join()
    os._exit(1)
