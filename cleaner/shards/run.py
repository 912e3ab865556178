"""Shards, files with many documents: cleaning them chunk by chunk in workers, so that a run can be gone on with."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from cleaner.cleaner import Cleaner
from cleaner.errors import CleanerError, DocumentError
from cleaner.files.jobs import RATE, TIMEOUT
from cleaner.files.modes import mode_of
from cleaner.pool import Pool, Ready
from cleaner.rows import RECORD
from cleaner.shards import store
from cleaner.shards.format import START, Broken, Chunk, Failure, Format, Position, RowSettings
from cleaner.shards.workspace import State, Workspace
from cleaner.tally import Tally

SAVED_EVERY = 1.0  # seconds


class Shard(NamedTuple):
    """A shard to clean: paths or URLs of it, its clean copy and its list of failures; the number of its cleaner."""

    source: str
    target: str
    failures: str
    format: Format
    copy_format: Format
    cleaner: int
    settings: RowSettings


class RunOptions(NamedTuple):
    """How to clean shards; `timeout` are the seconds that a document may take, besides those for its size."""

    timeout: float = TIMEOUT
    resume: bool = False
    force: bool = False


class Step(NamedTuple):
    """A chunk of the shard with the number `shard` is cleaned, for which `read` bytes of the shard have been read."""

    shard: int
    read: int
    documents: int


class Ended(NamedTuple):
    """The shard with the number `shard` is done.

    `why` is what kept it from being written (`name: what; what to do`), or "". `problem` is why it could not be
    read to its end, though it was written, or "". `skipped` is whether an earlier run had done it.
    """

    shard: int
    tally: Tally
    why: str = ""
    problem: str = ""
    skipped: bool = False


class _Done(NamedTuple):
    """A chunk, cleaned: `data` is sealed, for a part of a chunk not yet."""

    shard: int
    read: int
    end: Position
    data: Any
    failures: list[Failure]
    tally: Tally


class _Task(NamedTuple):
    """A chunk to clean in a worker, whose context are the cleaners."""

    shard: int
    read: int
    chunk: Chunk
    format: Format
    cleaner: int
    settings: RowSettings
    timeout: float
    is_part: bool = False

    @property
    def size(self) -> int:
        return self.chunk.size

    @property
    def limit(self) -> float:
        return self.timeout + self.chunk.size / RATE

    def run(self, cleaners: Sequence[Cleaner]) -> _Done:
        piece = self.format.clean(self.chunk, cleaners[self.cleaner], self.settings)
        data = piece.data if self.is_part else self.format.seal([piece.data])
        return self._done(data, piece.failures, piece.tally)

    def divide(self) -> list[_Task]:
        if self.is_part:
            return []
        return [self._replace(chunk=chunk, is_part=True) for chunk in self.format.split(self.chunk)]

    def join(self, results: Sequence[_Done]) -> _Done:
        tally = Tally()
        for result in results:
            tally.update(result.tally)
        failures = [failure for result in results for failure in result.failures]
        return self._done(self.format.seal([result.data for result in results]), failures, tally)

    def failed(self, why: str) -> _Done:
        piece = self.format.passed(self.chunk, f"cannot be cleaned: {why}", self.settings)
        return self._done(piece.data, piece.failures, piece.tally)

    def _done(self, data: Any, failures: list[Failure], tally: Tally) -> _Done:
        return _Done(self.shard, self.read, self.chunk.end, data, failures, tally)


class _Work:
    """The work on one shard, in the process that reads and writes."""

    def __init__(self, shard: Shard, digest: str, options: RunOptions) -> None:
        """Open the shard. Raises `Broken`, `OSError`, and `DocumentError` that names the file."""
        self._shard = shard
        self._saved = time.monotonic()
        self.why = ""
        self.skipped = False
        source = store.info(shard.source)
        if source is None:
            raise DocumentError(f"{shard.source}: does not exist; check the path")
        with ExitStack() as stack:
            self.file = stack.enter_context(store.open_file(shard.source))
            shard.format.check(self.file, shard.settings)
            self.space = Workspace(shard.target)
            stack.callback(self.space.close)
            _refuse_links(shard)
            state = self.space.load() if options.resume else None
            if state and (state.settings, state.source) == (digest, source) and self._goes_on(state):
                self.state = state
            else:
                if not options.force:
                    _refuse(shard, self.file)
                self.space.clear()
                self.state = State(digest, source)
            self._open = stack.pop_all()

    def _goes_on(self, state: State) -> bool:
        """Whether the state of an earlier run holds still; sets `skipped` where nothing is left to do."""
        if not state.done or self.space.output.exists() or self.space.made.exists():
            return True
        target = store.info(self._shard.target)
        self.skipped = target is not None and state.target in (None, target)
        return self.skipped

    @cached_property
    def _files(self) -> tuple[BinaryIO, BinaryIO]:
        """The output and the list of failures, opened when something is to be written: of one shard at a time."""
        output = self._open.enter_context(_closing(self.space.append(self.space.output, self.state.output)))
        failures = self._open.enter_context(_closing(self.space.append(self.space.failures, self.state.failures)))
        return output, failures

    def add(self, done: _Done) -> None:
        """Write what came of a chunk. Raises `OSError`."""
        output, failures = self._files
        lines = b"".join(self._line(failure) for failure in done.failures)
        output.write(done.data)
        failures.write(lines)
        state = self.state
        state.output += len(done.data)
        state.failures += len(lines)
        state.mark = done.end
        state.tally.update(done.tally)
        if time.monotonic() - self._saved >= SAVED_EVERY:
            self.save()

    def save(self) -> None:
        """Make sure that a later run can go on from here. Raises `OSError`."""
        if not self.state.done:
            for file in self._files:
                file.flush()
        self.space.save(self.state)
        self._saved = time.monotonic()

    def keep(self) -> None:
        """Save what can be gone on with, if that can be written."""
        if self.state.mark != START:
            with suppress(OSError):
                self.save()

    def _line(self, failure: Failure) -> bytes:
        """Return a line of the list of failures."""
        url = {} if failure.url is None else {"url": failure.url}
        data = {self._shard.format.unit: failure.number, **url, "reason": failure.reason}
        return json.dumps(data, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"

    def end(self, problem: str) -> None:
        """Give the output its name, and the list of failures, if there are any. Raises `OSError`, `CleanerError`."""
        state, space, shard = self.state, self.space, self._shard
        if not state.done:
            output, failures = self._files
            if problem:
                state.problem = problem
                state.failures += failures.write(self._line(Failure(state.mark.number + 1, problem)))
            output.close()
            failures.close()
            state.done = True
            self.save()
        if space.output.exists():
            shard.format.finish(space.output, self.file, space.made)
            space.output.unlink(missing_ok=True)
        if state.failures:
            if space.failures.exists():
                store.put(space.failures, shard.failures)
        else:
            store.remove(shard.failures)
        if not store.is_remote(shard.target):
            bits = mode_of(Path(shard.target)) or mode_of(Path(shard.source))
            space.made.chmod(bits & 0o777 or 0o644)
        store.put(space.made, shard.target)
        state.target = store.info(shard.target)
        self.save()

    def close(self) -> None:
        """Let go of all files; what was written stays for a later run."""
        self._open.close()


@contextmanager
def _closing(file: BinaryIO) -> Iterator[BinaryIO]:
    """Close a file, whatever of it is not on the disk yet: that is not counted in the state that is there."""
    try:
        yield file
    finally:
        with suppress(OSError):
            file.close()


def clean_shards(
    shards: Sequence[Shard], cleaners: Sequence[Cleaner], pool: Pool[Any], options: RunOptions
) -> Generator[Step | Ended, None, None]:
    """Clean shards, in order, in a pool whose workers' context are `cleaners`; yield what is done.

    Nothing that is wrong with a shard or document raises. What an interrupted run needs to be gone on with is removed
    at the end of all shards, but for those that could not be written.
    """
    digests = [cleaner.fingerprint for cleaner in cleaners]
    works: dict[int, _Work] = {}
    written: list[Workspace] = []
    try:
        for result in pool.run(_tasks(shards, digests, options, works)):
            if isinstance(result, Ended):
                work = works.pop(result.shard, None)
                yield _end(work, shards[result.shard], result) if work else result
                if work and not work.why:
                    written.append(work.space)
                continue
            work = works[result.shard]
            if not work.why:
                try:
                    work.add(result)
                except OSError as error:
                    work.why = _unwritable(shards[result.shard], error)
            yield Step(result.shard, result.read, result.tally.documents)
    finally:
        for work in works.values():
            work.keep()
            work.close()
    for space in written:
        space.remove()


def _tasks(
    shards: Sequence[Shard], digests: Sequence[str], options: RunOptions, works: dict[int, _Work]
) -> Iterator[_Task | Ready]:
    """Yield the chunks of all shards, and where each ends."""
    for number, shard in enumerate(shards):
        settings = (digests[shard.cleaner], type(shard.format).__name__, shard.settings, shard.target)
        digest = hashlib.sha256(repr(settings).encode()).hexdigest()
        try:
            work = works[number] = _Work(shard, digest, options)
        except Exception as error:  # no shard takes others with it
            yield Ready(Ended(number, Tally(), _why_not(shard, error)))
            continue
        problem = work.state.problem
        if not work.state.done:
            try:
                for chunk in shard.format.chunks(work.file, work.state.mark):
                    if work.why:
                        break
                    read = work.file.tell()
                    yield _Task(number, read, chunk, shard.format, shard.cleaner, shard.settings, options.timeout)
            except Broken as error:
                problem = str(error)
            except Exception as error:
                work.why = f"{shard.source}: cannot be read any further ({_what(error)}); go on with --resume"
        yield Ready(Ended(number, work.state.tally, problem=problem))


def _end(work: _Work, shard: Shard, ended: Ended) -> Ended:
    """Finish a shard, and say how."""
    if not work.why and not work.skipped:
        try:
            work.end(ended.problem)
        except Exception as error:
            work.why = _unwritable(shard, error)
    elif work.why:
        work.keep()
    work.close()
    return ended._replace(why=work.why, skipped=work.skipped)


def _refuse_links(shard: Shard) -> None:
    """Raise `DocumentError` where what is to be written is the shard itself."""
    for name in (shard.target, shard.failures):
        if not store.is_remote(name) and mode_of(Path(name)) and Path(name).samefile(shard.source):
            what = f"is {Path(shard.source).name} itself by another name; remove this link"
            raise DocumentError(f"{name}: {what}")


def _refuse(shard: Shard, source: BinaryIO) -> None:
    """Raise `DocumentError` where something stands in the way that the cleaner did not write."""
    found = store.info(shard.target)
    if found and found.size:
        with store.open_file(shard.target) as file:
            old = shard.copy_format.samples(file, shard.settings)
        new = shard.format.samples(source, shard.settings)
        if (old and not new) or not all(map(_holds, old, new)):
            name = shard.source.rpartition("/")[2]
            why = f"is not a copy of {name} that the cleaner wrote; move it, or pass --force to replace it"
            raise DocumentError(f"{shard.target}: {why}")
    found = store.info(shard.failures)
    if found and found.size:
        with store.open_file(shard.failures) as file:
            if not _is_list(file.readline(1 << 20)):
                why = "is no list of failures that the cleaner wrote; move it, or pass --force to replace it"
                raise DocumentError(f"{shard.failures}: {why}")


def _holds(old: Any, new: Any) -> bool:
    """Whether a row of a copy is that of the shard; it may have a record besides."""
    if isinstance(old, dict) and isinstance(new, dict):
        old = {name: old[name] for name in old if name in new or name != RECORD}
    return bool(old == new)  # of two NaNs this holds in a dictionary, where they are one


def _is_list(line: bytes) -> bool:
    """Whether a line is the first one of a list of failures."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(data, dict) and "reason" in data


def _why_not(shard: Shard, error: Exception) -> str:
    """Say why a shard cannot be begun."""
    if isinstance(error, CleanerError):
        return str(error)
    if isinstance(error, Broken):
        return f"{shard.source}: {error}"
    if isinstance(error, OSError) and error.filename not in (None, shard.source):
        return f"{shard.target}: cannot be written ({_what(error)}); check its folder"
    return f"{shard.source}: cannot be read ({_what(error)}); check the path"


def _unwritable(shard: Shard, error: Exception) -> str:
    if isinstance(error, CleanerError):
        return str(error)
    return f"{shard.target}: cannot be written ({_what(error)}); mend that, and go on with --resume"


def _what(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return f"{type(error).__name__}: {error}"
