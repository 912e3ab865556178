"""The pool of workers: results in order, whatever becomes of the workers; what kills one costs itself alone."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cleaner.errors import CleanerError
from cleaner.limits import ADVICE_AFTER_LIMIT
from cleaner.pool import ADVICE_AFTER_DEATH, MAX_SLOTS, Pool, Ready

DEFECT = "this is a defect of the cleaner, please report it"
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")

pytestmark = pytest.mark.alone


class Sum(NamedTuple):
    """A task: what `does` returns for each of `numbers`, which gets the context."""

    does: Callable[[int, Any], Any]
    numbers: tuple[int, ...]
    limit: float = 60.0
    size: int = 1

    def run(self, context: Any) -> list[Any]:
        return [self.does(number, context) for number in self.numbers]

    def divide(self) -> list[Sum]:
        return [self._replace(numbers=(number,)) for number in self.numbers] if len(self.numbers) > 1 else []

    def join(self, results: Sequence[list[Any]]) -> list[Any]:
        return [one for result in results for one in result]

    def failed(self, why: str) -> list[Any]:
        return [why]


def add(number: int, context: int) -> int:
    return number + context


def who(number: int, context: Any) -> int:
    return os.getpid()


def die(number: int, context: Any) -> int:
    """Kill the worker for some numbers, as the kernel does where there is no memory."""
    if number % 10 == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def die_once(number: int, context: str) -> int:
    """Kill the worker the first time that a number is met."""
    marker = Path(context, str(number))
    if number % 3 == 0 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def leave(number: int, context: Any) -> int:
    sys.exit(number)


def hang(number: int, context: Any) -> int:
    """Keep Python from running at all for some numbers."""
    if number % 10 == 7:
        re.fullmatch("(?:a|a)*b", "a" * 60)
    return number


def fail(number: int, context: Any) -> int:
    if number % 10 == 7:
        raise ValueError(f"{number} is no good")
    return number


def huge(number: int, context: Any) -> bytes:
    return bytes(number)


def pickles(number: int, context: Any) -> Any:
    return (lambda: number) if number == 7 else number


def cannot_start() -> int:
    os._exit(3)


context = partial(int, 1000)


def results(tasks: Sequence[Any], workers: int = 2, setup: Callable[[], Any] = context) -> list[Any]:
    with Pool[Any](setup, workers) as pool:
        return list(pool.run(iter(tasks)))


@pytest.mark.parametrize("workers", [1, 3])
def test_results_come_in_order(workers: int) -> None:
    tasks: list[Any] = [Sum(add, (number,)) for number in range(500)]
    tasks[100:100] = [Ready("here")]
    assert results(tasks, workers) == [[1000 + i] for i in range(100)] + ["here"] + [
        [1000 + i] for i in range(100, 500)
    ]


@pytest.mark.parametrize("before", [None, ""])
def test_the_environment_is_as_before(monkeypatch: pytest.MonkeyPatch, before: str | None) -> None:
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    if before is not None:
        monkeypatch.setenv("PYTHONSAFEPATH", before)
    assert results([Sum(add, (1,))]) == [[1001]]
    assert os.environ.get("PYTHONSAFEPATH") == before


def test_nothing_to_do_starts_nothing() -> None:
    with Pool[Any](cannot_start, 2) as pool:
        assert list(pool.run(iter([]))) == []
        assert list(pool.run(iter([Ready(1), Ready(2)]))) == [1, 2]


@posix
def test_a_document_that_kills_costs_itself() -> None:
    found = results([Sum(die, tuple(range(start, start + 10))) for start in (0, 10)] + [Sum(die, (7,))] * 2)
    why = f"its worker process was ended by SIGKILL (out of memory?); {ADVICE_AFTER_DEATH}"
    assert found == [[*range(7), why, 8, 9], [*range(10, 17), why, 18, 19], [why], [why]]


@posix
def test_workers_that_are_killed_cost_nothing(tmp_path: Path) -> None:
    with Pool[Any](partial(str, tmp_path), 2) as pool:
        tasks = [Sum(die_once, tuple(range(i, i + 5))) for i in range(0, 30, 5)] + [
            Sum(die_once, (i,)) for i in (30, 31)
        ]
        found = [one for result in pool.run(iter(tasks)) for one in result]
    assert found == list(range(32))
    assert pool.lost == len(list(tmp_path.iterdir())) == 11


@posix
def test_an_idle_worker_that_is_killed_costs_nothing() -> None:
    seen: list[int] = []
    with Pool[Any](context, 1) as pool:
        for _ in range(4):
            for result in pool.run(iter([Sum(who, (0,))])):
                seen += result
                os.kill(seen[-1], signal.SIGKILL)
    assert len(set(seen)) == 4


def test_a_document_that_hangs_costs_itself() -> None:
    begun = time.monotonic()
    found = results([Sum(hang, tuple(range(5, 10)), 0.5), Sum(hang, (7,), 0.5), Sum(add, (1,))])
    why = f"takes longer than 0.5 seconds; {ADVICE_AFTER_LIMIT}"
    assert found == [[5, 6, why, 8, 9], [why], [1001]]
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize("limit", [1e300, float("inf"), float("nan")])
def test_no_limit(limit: float) -> None:
    assert results([Sum(add, (1,), limit)]) == [[1001]]


def test_what_raises_costs_itself() -> None:
    found = results([Sum(fail, tuple(range(5, 10))), Sum(fail, (17,)), Sum(leave, (5,)), Sum(pickles, (6, 7))])
    assert found[:3] == [
        [5, 6, f"ValueError: 7 is no good; {DEFECT}", 8, 9],
        [f"ValueError: 17 is no good; {DEFECT}"],
        [f"its worker process ended with code 5; {ADVICE_AFTER_DEATH}"],
    ]
    assert found[3][0] == 6
    assert "pickle" in found[3][1]


def test_large_results() -> None:
    sizes = (1, 1 << 25, 1 << 26, 3)
    assert [len(result[0]) for result in results([Sum(huge, (size,)) for size in sizes])] == list(sizes)


def test_only_a_few_tasks_are_read_ahead() -> None:
    taken = 0

    def tasks(size: int) -> Iterator[Sum]:
        nonlocal taken
        for number in range(1000):
            taken += 1
            yield Sum(add, (number,), size=size)

    for size, most in ((1, MAX_SLOTS), (100 << 20, 8)):
        taken = 0
        with Pool[Any](context, 2) as pool:
            for done, _ in enumerate(pool.run(tasks(size))):
                assert taken - done <= most


def test_workers_that_cannot_be_started() -> None:
    with pytest.raises(CleanerError, match=r"cannot be started: its .* ended with code 3; try with fewer --jobs"):
        results([Sum(add, (1,))], setup=cannot_start)


@posix
def test_processes_that_cannot_be_had() -> None:
    """As where a user may have no more processes; the run must end with a reason, not as if it were done."""
    program = """
import resource, sys
from cleaner.pool import Pool
from cleaner.errors import CleanerError
from tests.test_pool import Sum, add, context
from multiprocessing import resource_tracker
resource_tracker.ensure_running()
resource.setrlimit(resource.RLIMIT_NOFILE, (12, 12))
try:
    with Pool(context, 20) as pool:
        print(sum(result[0] for result in pool.run(Sum(add, (i,)) for i in range(200))))
except CleanerError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert not done.stderr
    assert done.stdout.strip() in (
        str(sum(range(1000, 1200))),
        "worker processes cannot be started: Too many open files; try with fewer --jobs",
    )


CHILDREN = """
import sys, time
from cleaner.pool import Pool
from tests.test_pool import Sum, who, context, hang
with Pool(context, 2) as pool:
    for result in pool.run(iter([Sum(who, (0,)), *[Sum({does}, (7,))] * 2])):
        print(*result, flush=True)
"""


@posix
@pytest.mark.parametrize("does", ["hang", "time_passes"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_the_run(does: str, how: signal.Signals) -> None:
    program = CHILDREN.replace("{does}", does).replace("hang\n", "hang, time_passes\n")
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout
    process.stdout.readline()
    time.sleep(0.2)
    if how == signal.SIGINT:
        os.killpg(process.pid, how)
    else:
        process.kill()
    begun = time.monotonic()
    _, err = process.communicate(timeout=30)  # until nobody has standard error open any more
    assert time.monotonic() - begun < 3
    assert err.count(b"Traceback") == (how == signal.SIGINT), err.decode()


def time_passes(number: int, context: Any) -> int:
    time.sleep(60)
    return number


@posix
def test_ctrl_c_while_workers_start() -> None:
    """Only the process that was asked to work answers, whenever it comes."""
    program = CHILDREN.replace("{does}", "time_passes").replace("hang\n", "hang, time_passes\n")
    for delay in (0.0, 0.03, 0.06, 0.1, 0.2):
        process = subprocess.Popen(
            [sys.executable, "-c", f"print(flush=True)\n{program}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdout
        process.stdout.readline()
        until = time.monotonic() + 10
        while not _has_children(process.pid) and time.monotonic() < until:
            time.sleep(0.002)
        time.sleep(delay)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=30)
        assert err.count(b"Traceback") == 1, err.decode()
        assert err.strip().endswith(b"KeyboardInterrupt"), err.decode()


def _has_children(process: int) -> bool:
    """Whether a process has started workers, besides the one that tracks what they share."""
    path = Path(f"/proc/{process}/task/{process}/children")
    return len(path.read_text().split()) > 1 if path.exists() else True
