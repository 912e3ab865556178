"""One tree, some commands on it, and what they have done that must not happen."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from cleaner.pool import Pool, Ready
from tests.attack.ground import Ground
from tests.attack.judge import Finding, findings, findings_in_output
from tests.attack.orders import Order, order
from tests.attack.pictures import Picture, picture
from tests.support import call, launched

MIN_ORDERS, MAX_ORDERS = 3, 6  # commands on a tree
# Seconds that a command may take, in this process and as a process of its own. The documents are small, so all of it
# is waiting. Raised, a run with hangs takes longer; lowered, a busy machine gives false alarms.
LIMIT_SECONDS = 20.0


class Answer(NamedTuple):
    """What a command gave: its exit code, or what went wrong; and its output."""

    code: object
    out: bytes
    err: bytes
    finding: Finding | None = None


class Told(NamedTuple):
    """A finding, and the command that it is of."""

    command: str
    finding: Finding


class Assault(NamedTuple):
    """What became of a tree: the number of its commands, and the findings."""

    orders: int
    told: list[Told]


class TookTooLong(BaseException):
    """The command has exceeded its limit. No `Exception`, so that nothing that handles errors handles this one."""


def assault(seed: int, *, as_processes: bool = False, limit: float = LIMIT_SECONDS, keep: bool = False) -> Assault:
    """Make the tree of a seed, give commands on it until one has done something wrong, and remove the tree.

    The commands run in this process, or each `as_processes`, and may take `limit` seconds. With `keep` the tree
    stays, and its path is said.
    """
    os.umask(0o022)
    top = Path(tempfile.mkdtemp(prefix="attack-"))
    told: list[Told] = []
    try:
        ground = Ground(top, seed)
        chance = random.Random(f"orders {seed}")
        before = picture(top)
        number = 0
        for number in range(1, chance.randint(MIN_ORDERS, MAX_ORDERS) + 1):  # noqa: B007
            given = order(ground, chance)
            run = _as_process if as_processes else _in_this_process
            answer = run(given, ground.tree, limit)
            after = picture(top)
            found = list(_judge(ground, given, answer, before, after))
            if found:
                told = [Told(given.shown, finding) for finding in found]
                break
            _learn(ground, before, after)
            if chance.random() < 0.3:
                ground.meddle()
                after = picture(top)
            before = after
        return Assault(number, told)
    finally:
        if keep:
            print(f"the tree is in {top}", file=sys.stderr, flush=True)
        else:
            shutil.rmtree(top, ignore_errors=True)


def _judge(ground: Ground, given: Order, answer: Answer, before: Picture, after: Picture) -> Iterator[Finding]:
    """Yield everything that is wrong after a command."""
    if answer.finding:
        yield answer.finding
    else:
        yield from findings_in_output(answer.code, answer.out, answer.err, given)
    yield from findings(before, after, given, ground.owned)
    if given.all_of_tree and answer.code in (0, 1, 3) and not ground.has_excludes:
        for path in ground.plain:
            copy = after.get(f"tree/{path.removesuffix('.txt')}.clean.txt")
            if copy is None or not copy.is_file:
                yield Finding("a plain document has no copy", f"{path!r}, with exit code {answer.code}")


def _learn(ground: Ground, before: Picture, after: Picture) -> None:
    """Count the files that the command has written as the cleaner's own."""
    for path, entry in after.items():
        if entry.is_file and before.get(path) != entry:
            ground.owned[path] = entry.content


# --- a command in this process


def _in_this_process(given: Order, tree: Path, limit: float) -> Answer:
    try:
        with _limited(limit), _tasks_here():
            code, out, err = call(*given.words, cwd=tree)
        return Answer(code, out, err.encode("utf-8", "surrogateescape"))
    except TookTooLong as error:
        return Answer(None, b"", b"", Finding("too long", f"more than {limit:.0f} s, in {error}"))
    except Exception as error:
        places = [_place(frame) for frame, _ in traceback.walk_tb(error.__traceback__)]
        where = next((place for place in reversed(places) if "cleaner/" in place), "")
        return Answer(
            None, b"", b"", Finding("traceback", f"{type(error).__name__}: {str(error)[:300]!r} in {where}")
        )


def _place(frame: FrameType) -> str:
    """Return in which file and line a frame is."""
    return f"{Path(*Path(frame.f_code.co_filename).parts[-3:])}:{frame.f_lineno}"


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raise `TookTooLong` if the block takes too long, also if it waits for the system."""

    def too_long(_: int, frame: FrameType | None) -> None:
        while frame and f"{os.sep}cleaner{os.sep}" not in frame.f_code.co_filename:
            frame = frame.f_back
        raise TookTooLong(_place(frame) if frame else "")

    signal.signal(signal.SIGUSR1, too_long)
    here = threading.get_ident()
    timer = threading.Timer(seconds, lambda: signal.pthread_kill(here, signal.SIGUSR1))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)


@contextmanager
def _tasks_here() -> Iterator[None]:
    """Let the tasks of pools run in this process: to start workers takes longer than all the rest of a command."""

    def run(self: Any, tasks: Iterator[Any]) -> Iterator[Any]:
        context = self._setup()
        for task in tasks:
            if isinstance(task, Ready):
                yield task.result
                continue
            try:
                result = task.run(context)
            except Exception as error:
                result = task.failed(
                    f"{type(error).__name__}: {error}; this is a defect of the cleaner, please report it"
                )
            yield result

    real, Pool.run = Pool.run, run  # type: ignore[method-assign]
    try:
        yield
    finally:
        Pool.run = real  # type: ignore[method-assign]


# --- a command as a process


def _as_process(given: Order, tree: Path, limit: float) -> Answer:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            launched(*given.words), cwd=tree, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
        )
        finding = None
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            finding = Finding("too long", f"more than {limit:.0f} s, as a process")
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        out.seek(0)
        err.seek(0)
        return Answer(process.returncode, out.read(), err.read(), finding)
