"""Work in processes, in order, that survives its workers: what hangs or kills one costs itself alone.

Each worker has a pipe of its own, and gets a task only when it is idle, so a worker that ends in whatever moment
leaves nothing half done behind but that task. A worker ends itself when a task takes too long, by a timer that
needs nothing of Python, and when the process it works for is gone.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from cleaner.errors import CleanerError

TRIES = 2  # of a task that cannot be divided; a worker may also be killed for no fault of its own
STARTS = 5  # of workers that end before they are ready, one after the other
AHEAD = 2  # tasks for each worker that are read while it works, …
MOST_AHEAD = 64 << 20  # … but no more bytes than these

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
        spawn = multiprocessing.get_context("spawn")  # what is forked has the pipes of others, and threads half alive
        self.connection, theirs = spawn.Pipe()
        self.process = spawn.Process(target=_serve, args=(theirs, setup), daemon=True)
        self.process.start()
        theirs.close()
        self.ready = False
        self.at: _Try | None = None
        self.since = 0.0

    def give(self, one: _Try) -> None:
        """Let the worker do something. A worker that is gone is found out when its result is taken."""
        self.at = one
        self.since = time.monotonic()
        with suppress(OSError):
            self.connection.send((one.task, one.task.limit))

    def end(self, *, now: bool) -> tuple[str, bool]:
        """End the worker, at once or when it is idle; return how it ended, and whether by its timer."""
        took = time.monotonic() - self.since
        self.connection.close()
        if now:
            self.process.kill()
        self.process.join()
        code = self.process.exitcode or 0
        if self.at and code == 1 and took >= self.at.task.limit:
            return f"takes longer than {self.at.task.limit:.0f} seconds", True
        if code < 0:
            return f"its worker process was ended by {signal.Signals(-code).name} (out of memory?)", False
        return f"its worker process ended with code {code}", False


class Pool(Generic[R]):
    """Worker processes, each set up with what `setup` (picklable) returns, started when they are needed.

    Use it in a `with` statement. Raises `CleanerError` where workers cannot be started.
    """

    def __init__(self, setup: Callable[[], Any], workers: int) -> None:
        self._setup = setup
        self._most = workers
        self._crew: list[_Worker] = []
        self._false_starts = 0

    def __enter__(self) -> Pool[R]:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._crew:
            worker.end(now=worker.at is not None or not worker.ready)
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
        return len(todo) < AHEAD * self._most and len(slots) < 8 * AHEAD * self._most and ahead < MOST_AHEAD

    def _assign(self, todo: deque[_Try]) -> None:
        """Give what is to do to workers that have nothing to do, and start workers where there are too few."""
        for worker in self._crew:
            if todo and worker.ready and not worker.at:
                worker.give(todo.popleft())
        starting = sum(not worker.ready for worker in self._crew)
        if len(todo) > starting and len(self._crew) < self._most:
            self._crew.append(_Worker(self._setup))

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
            self._retry(one, result.what, todo, final=True)
        else:
            one.slot.take(one.part, result)

    def _replace(self, worker: _Worker, todo: deque[_Try]) -> None:
        """Put what a worker that is gone was at on the list again."""
        self._crew.remove(worker)
        why, late = worker.end(now=False)
        if worker.at:
            self._retry(worker.at, why, todo, final=late)
        elif not worker.ready:
            self._false_starts += 1
            if self._false_starts >= STARTS:
                raise CleanerError(f"worker processes cannot be started: {why}; try with fewer --jobs")

    def _retry(self, one: _Try, why: str, todo: deque[_Try], *, final: bool) -> None:
        """Try a task again, in parts where it has some; where it failed too often, or for good, it failed."""
        parts = [] if one.slot.parts else one.slot.divide()
        if parts:
            todo.extendleft(reversed(parts))
        elif final or one.number == TRIES:
            one.slot.take(one.part, one.task.failed(why))
        else:
            todo.appendleft(one._replace(number=one.number + 1))


def _serve(connection: Connection, setup: Callable[[], Any]) -> None:
    """Do tasks until there are no more; what a worker process runs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent stops the work
    with suppress(EOFError, OSError), open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        context = setup()
        connection.send(None)
        while True:
            task, limit = connection.recv()
            # Ends the process even where Python does not get to run.
            faulthandler.dump_traceback_later(limit, exit=True, file=nowhere)
            try:
                result = task.run(context)
            except Exception as error:
                result = _Raised(f"{type(error).__name__}: {error}")
            finally:
                faulthandler.cancel_dump_traceback_later()
            connection.send(result)
