"""Work in processes, in order, that survives its workers: what hangs or kills one costs itself alone.

Each worker has a pipe of its own, and gets a task only when it is idle, so a worker that ends in whatever moment
leaves nothing half done behind but that task. A worker ends itself when a task takes too long, by a timer that
needs nothing of Python, and at once when the process it works for is gone.
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

LONGER = "allow more with --timeout, or leave it out"
SMALLER = "make room with fewer --jobs, or leave it out"
TRIES = 3  # of a task that cannot be divided; a worker may also be killed for no fault of its own
STARTS = 5  # of workers that end before they are ready, one after the other
AHEAD = 2  # tasks for each worker that are read while it works, …
MOST_AHEAD = 64 << 20  # … but no more bytes than these, …
MOST_SLOTS = 256  # … and no more tasks at all, done or not: each may hold files open
GRACE = 5.0  # seconds that a worker has to end when there is nothing more to do

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Task(Protocol[R_co]):
    """Something to do in a worker; picklable, and so is its result."""

    @property
    def size(self) -> int:
        """The bytes that it takes in memory, about."""

    @property
    def limit(self) -> float:
        """The seconds that it may take."""

    def run(self, context: Any) -> R_co:
        """Do it, with what the worker was set up with."""

    def divide(self) -> Sequence[Task[Any]]:
        """Return the task in parts, to find the one that is to blame; none where it cannot be divided."""

    def join(self, results: Sequence[Any]) -> R_co:
        """Return the result of the whole from those of its parts."""

    def failed(self, why: str) -> R_co:
        """Return the result of a task that cannot be done."""


class Ready(NamedTuple):
    """A result that needs no worker, to come in its turn."""

    result: Any


class _Raised(NamedTuple):
    """Stands for a result: what a task raised."""

    what: str


class _Slot:
    """A task in its place in the order, and the results of its parts."""

    def __init__(self, task: Any) -> None:
        self.task = task
        self.parts: Sequence[Any] = ()
        self.results: list[Any] = []
        self.missing = 1

    def divide(self) -> list[_Try]:
        """Divide the task; return tries for its parts, none where it has none."""
        self.parts = self.task.divide()
        self.results = [None] * len(self.parts)
        self.missing = len(self.parts) or 1
        return [_Try(self, number, part) for number, part in enumerate(self.parts)]

    def take(self, part: int, result: Any) -> None:
        """Take the result of a part, or of the whole."""
        if self.parts:
            self.results[part] = result
        else:
            self.results = [result]
        self.missing -= 1

    def result(self) -> Any:
        """Return the result of the whole."""
        return self.task.join(self.results) if self.parts else self.results[0]


class _Try(NamedTuple):
    """A try to do a task, or a part of one."""

    slot: _Slot
    part: int
    task: Any
    number: int = 1


class _Worker:
    """A worker process as seen from the one it works for; `at` is the try it is busy with."""

    def __init__(self, setup: Callable[[], Any]) -> None:
        """Start the process. Raises `OSError`."""
        spawn = multiprocessing.get_context("spawn")  # what is forked has the pipes of others, and threads half alive
        self.connection, theirs = spawn.Pipe()
        self.process = spawn.Process(target=_serve, args=(theirs,), daemon=True)
        try:
            with _no_interrupt():
                self.process.start()
        except OSError:
            self.connection.close()
            raise
        finally:
            theirs.close()
        self.ready = False
        self.at: _Try | None = None
        self._since = 0.0
        self._send(setup)

    def give(self, one: _Try) -> None:
        """Let the worker do something."""
        self.at = one
        self._since = time.monotonic()
        self._send((one.task, one.task.limit))

    def _send(self, what: object) -> None:
        """Send something. A worker that is gone is found out when its answer is taken."""
        with suppress(OSError):
            self.connection.send(what)

    def leave(self, *, now: bool) -> None:
        """Let the worker end, or end it at once."""
        if now:
            self.process.kill()
        self.connection.close()

    def end(self) -> tuple[str, bool]:
        """See to it that a worker that was left ends; return how it ended, and whether by its timer."""
        took = time.monotonic() - self._since
        self.process.join(GRACE)
        self.process.kill()
        self.process.join()
        code = self.process.exitcode or 0
        if self.at and code == 1 and took >= self.at.task.limit:
            return f"takes longer than {self.at.task.limit:.3g} seconds", True
        if code < 0:
            return f"its worker process was ended by {_signal(-code)} (out of memory?)", False
        return f"its worker process ended with code {code}", False


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # those for real time have no names
        return f"signal {number}"


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Keep Ctrl-C from the processes that are started here; the one that starts them gets it later."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # it would be started with the first worker, and lift the mask
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Pool(Generic[R]):
    """Worker processes, each set up with what `setup` (picklable) returns, started when they are needed.

    Use it in a `with` statement. Raises `CleanerError` where workers cannot be started. `lost` is how many workers
    did not end by themselves, so that what they wrote may be half done.
    """

    def __init__(self, setup: Callable[[], Any], workers: int) -> None:
        self._setup = setup
        self._most = workers
        self._crew: list[_Worker] = []
        self._false_starts = 0
        self.lost = 0

    def __enter__(self) -> Pool[R]:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._crew:
            self.lost += worker.at is not None
            worker.leave(now=worker.at is not None or not worker.ready)
        for worker in self._crew:
            worker.end()
        self._crew = []

    def run(self, tasks: Iterator[Task[R] | Ready]) -> Iterator[R]:
        """Yield the results of `tasks` in their order, reading only a few tasks ahead."""
        slots: deque[_Slot] = deque()  # not yielded yet
        todo: deque[_Try] = deque()
        more = True
        while more or slots:
            while more and self._has_room(slots, todo):
                task = next(tasks, None)
                more = task is not None
                if isinstance(task, Ready):
                    slots.append(_Slot(None))
                    slots[-1].take(0, task.result)
                elif task is not None:
                    slots.append(_Slot(task))
                    todo.append(_Try(slots[-1], 0, task))
                self._assign(todo)
            while slots and not slots[0].missing:
                yield slots.popleft().result()
            self._assign(todo)
            busy = [worker for worker in self._crew if worker.at or not worker.ready]
            if slots and slots[0].missing and busy:
                by_connection = {worker.connection: worker for worker in busy}
                for connection in wait(list(by_connection)):
                    self._receive(by_connection[connection], todo)  # type: ignore[index] # they are those given
                self._assign(todo)  # first of all: they wait

    def _has_room(self, slots: deque[_Slot], todo: deque[_Try]) -> bool:
        """Whether to read another task now."""
        if len(slots) <= len(self._crew):
            return True
        ahead = sum(slot.task.size for slot in slots if slot.task)
        most = min(8 * AHEAD * self._most, MOST_SLOTS)
        return len(todo) < AHEAD * self._most and len(slots) < most and ahead < MOST_AHEAD

    def _assign(self, todo: deque[_Try]) -> None:
        """Give what is to do to workers that have nothing to do, and start workers where there are too few."""
        for worker in self._crew:
            if todo and worker.ready and not worker.at:
                worker.give(todo.popleft())
        starting = sum(not worker.ready for worker in self._crew)
        if len(todo) > starting and len(self._crew) < self._most:
            try:
                self._crew.append(_Worker(self._setup))
            except OSError as error:
                self._start_failed(error.strerror or str(error))

    def _start_failed(self, why: str) -> None:
        """Count a start that failed; do with the workers there are, where it is one too many."""
        self._false_starts += 1
        if self._false_starts < STARTS:
            return
        if not any(worker.ready for worker in self._crew):
            raise CleanerError(f"worker processes cannot be started: {why}; try with fewer --jobs")
        self._most = len(self._crew)

    def _receive(self, worker: _Worker, todo: deque[_Try]) -> None:
        """Take what a worker sends: that it is ready, a result, or that it is gone."""
        try:
            result = worker.connection.recv()
        except (EOFError, OSError):
            self._replace(worker, todo)
            return
        if not worker.ready:
            worker.ready = True
            self._false_starts = 0
            return
        one, worker.at = worker.at, None
        assert one
        if isinstance(result, _Raised):
            self._retry(one, f"{result.what}; this is a defect of the cleaner, please report it", todo, final=True)
        else:
            one.slot.take(one.part, result)

    def _replace(self, worker: _Worker, todo: deque[_Try]) -> None:
        """Put what a worker that is gone was at on the list again."""
        self._crew.remove(worker)
        worker.leave(now=False)
        why, late = worker.end()
        if worker.at:
            self.lost += 1
            self._retry(worker.at, f"{why}; {LONGER if late else SMALLER}", todo, final=late)
        elif not worker.ready:
            self._start_failed(why)

    def _retry(self, one: _Try, why: str, todo: deque[_Try], *, final: bool) -> None:
        """Try a task again, in parts where it has some; where it failed too often, or for good, it failed."""
        parts = [] if one.slot.parts else one.slot.divide()
        if parts:
            todo.extendleft(reversed(parts))
        elif final or one.number == TRIES:
            one.slot.take(one.part, one.task.failed(why))
        else:
            todo.appendleft(one._replace(number=one.number + 1))


def _serve(connection: Connection) -> None:
    """Do tasks until there are no more; what a worker process runs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent stops the work
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(EOFError, OSError, MemoryError), open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        context = connection.recv()()
        connection.send(None)
        while True:
            task, limit = connection.recv()
            # Ends the process even where Python does not get to run.
            faulthandler.dump_traceback_later(min(threading.TIMEOUT_MAX, limit), exit=True, file=nowhere)
            try:
                answer = ForkingPickler.dumps(task.run(context))
            except Exception as error:
                answer = ForkingPickler.dumps(_Raised(f"{type(error).__name__}: {error}"))
            finally:
                faulthandler.cancel_dump_traceback_later()
            connection.send_bytes(answer)
            del task, answer  # the next one may be large


def _end_with_parent() -> None:
    """End this process when the one it works for is gone, whatever it is at."""
    parent = multiprocessing.parent_process()
    assert parent
    if sys.platform != "win32":  # The kernel can do so even where Python does not get to run.
        import fcntl

        pipe = parent.sentinel  # is closed with the parent; of that a signal tells, which ends the process
        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
            fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
    parent.join()
    os._exit(1)
