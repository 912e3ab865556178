"""The run over shards: chunks are read here, cleaned in worker processes, and written here, in order.

The diagram in the docstring of the package shows the whole way. `clean_shards` is the loop: it gives the pool the
chunks of all shards as tasks (`_tasks`) and takes the results in the order of the tasks. For each shard that is open
there is one `_ShardRun`, which knows the state and the files of the shard. The pool reads a few tasks ahead, so the
next shards are often open before the first one is finished.
"""

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
from cleaner.files.probe import mode_of
from cleaner.limits import TIMEOUT_SECONDS, time_limit
from cleaner.pool import Pool, Ready
from cleaner.rows import RECORD_FIELD
from cleaner.shards import store
from cleaner.shards.format import START, BrokenShard, Chunk, Failure, Format, Position, RowSettings
from cleaner.shards.workspace import State, Workspace
from cleaner.tally import Tally

# Seconds between two savings of the state of a shard. Raised, a resumed run has more to do again.
SAVE_SECONDS = 1.0
MAX_FAILURE_LINE_BYTES = 1 << 20  # of the first line of a list of failures, which is read to recognise it


class Shard(NamedTuple):
    """A shard to clean.

    `source`, `target` and `failures` are the paths or URLs of the shard, of its clean copy and of its list of
    failures. `cleaner` is the number of its cleaner.
    """

    source: str
    target: str
    failures: str
    format: Format
    copy_format: Format
    cleaner: int
    settings: RowSettings


class RunOptions(NamedTuple):
    """How to clean shards; `timeout` is how many seconds a chunk may take, see `limits.time_limit`."""

    timeout: float = TIMEOUT_SECONDS
    resume: bool = False
    force: bool = False


class Progress(NamedTuple):
    """A chunk of the shard with the number `shard` is done, and written unless the shard has an error.

    `read` is how many bytes of the file were read up to the end of the chunk, `documents` how many the chunk has.
    """

    shard: int
    read: int
    documents: int


class ShardEnded(NamedTuple):
    """The shard with the number `shard` is done.

    `error` says why the copy was not written (`name: what is wrong; what to do`), or is "". `broken` says why the
    shard could not be read to its end, although all before was cleaned and written, or is "". `skipped` says whether
    an earlier run had finished the shard.
    """

    shard: int
    tally: Tally
    error: str = ""
    broken: str = ""
    skipped: bool = False


class _ChunkDone(NamedTuple):
    """The result of a `_ChunkTask`. `data` is encoded, except for the result of a part of a chunk."""

    shard: int
    read: int
    end: Position
    data: Any
    failures: list[Failure]
    tally: Tally


class _ChunkTask(NamedTuple):
    """A chunk to clean: a task of the pool. The context of the workers are the cleaners of the run.

    If a worker dies of a chunk, the pool divides the task into parts of one document each, to find the one document
    that is to blame. The result of the whole chunk is then joined from the results of the parts.
    """

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
        return time_limit(self.chunk.size, self.timeout)

    def run(self, cleaners: Sequence[Cleaner]) -> _ChunkDone:
        cleaned = self.format.clean(self.chunk, cleaners[self.cleaner], self.settings)
        data = cleaned.data if self.is_part else self.format.encode([cleaned.data])
        return self._done(data, cleaned.failures, cleaned.tally)

    def divide(self) -> list[_ChunkTask]:
        if self.is_part:
            return []
        return [self._replace(chunk=chunk, is_part=True) for chunk in self.format.split(self.chunk)]

    def join(self, results: Sequence[_ChunkDone]) -> _ChunkDone:
        tally = Tally()
        for result in results:
            tally.update(result.tally)
        failures = [failure for result in results for failure in result.failures]
        return self._done(self.format.encode([result.data for result in results]), failures, tally)

    def failed(self, why: str) -> _ChunkDone:
        cleaned = self.format.left_as_is(self.chunk, f"cannot be cleaned: {why}", self.settings)
        return self._done(cleaned.data, cleaned.failures, cleaned.tally)

    def _done(self, data: Any, failures: list[Failure], tally: Tally) -> _ChunkDone:
        return _ChunkDone(self.shard, self.read, self.chunk.end, data, failures, tally)


class _ShardRun:
    """One shard that is being cleaned, in the process that reads and writes: its files and its state.

    `error` is set when the copy cannot be written any more; the rest of the shard is then not read. `skipped` says
    that an earlier run has finished the shard.
    """

    def __init__(self, shard: Shard, settings_digest: str, options: RunOptions) -> None:
        """Open the shard, and decide whether to begin it or to resume it.

        Raises `BrokenShard`, `OSError`, and `DocumentError` that names the file.
        """
        self._shard = shard
        self._saved = time.monotonic()
        self.error = ""
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
            if state and (state.settings, state.source) == (settings_digest, source) and self._can_resume(state):
                self.state = state
            else:
                if not options.force:
                    _refuse_files_of_others(shard, self.file)
                self.space.clear()
                self.state = State(settings_digest, source)
            self._open_files = stack.pop_all()

    def _can_resume(self, state: State) -> bool:
        """Whether the run of `state` can be resumed. Sets `skipped` if nothing is left to do.

        A shard that is not done can. One that is done can if its copy still has to get its name, or is the file that
        got the name then. Otherwise the copy was replaced or removed, and the shard is cleaned anew.
        """
        if not state.done or self.space.output.exists() or self.space.made.exists():
            return True
        target = store.info(self._shard.target)
        self.skipped = target is not None and state.target in (None, target)
        return self.skipped

    @cached_property
    def _outputs(self) -> tuple[BinaryIO, BinaryIO]:
        """The output and the list of failures. They are opened late: shards that are read ahead need none yet."""
        state, space = self.state, self.space
        output = self._open_files.enter_context(_closing(space.append(space.output, state.output)))
        failures = self._open_files.enter_context(_closing(space.append(space.failures, state.failures)))
        return output, failures

    def write(self, done: _ChunkDone) -> None:
        """Append the result of a chunk to the output and the list of failures. Raises `OSError`."""
        output, failures = self._outputs
        lines = b"".join(self._failure_line(failure) for failure in done.failures)
        output.write(done.data)
        failures.write(lines)
        state = self.state
        state.output += len(done.data)
        state.failures += len(lines)
        state.position = done.end
        state.tally.update(done.tally)
        if time.monotonic() - self._saved >= SAVE_SECONDS:
            self.save()

    def save(self) -> None:
        """Save the state, so that a later run can resume from here. Raises `OSError`.

        The output is flushed first: a state must never count bytes that are not in the files.
        """
        if not self.state.done:
            for file in self._outputs:
                file.flush()
        self.space.save(self.state)
        self._saved = time.monotonic()

    def save_if_possible(self) -> None:
        """Save the state if there is anything to resume from, and if it can be written."""
        if self.state.position != START:
            with suppress(OSError):
                self.save()

    def _failure_line(self, failure: Failure) -> bytes:
        """Return a line of the list of failures."""
        url = {} if failure.url is None else {"url": failure.url}
        data = {self._shard.format.unit: failure.number, **url, "reason": failure.reason}
        return json.dumps(data, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"

    def finish(self, broken: str) -> None:
        """Make the copy and the list of failures, if there are any, and give both their names.

        `broken` says why the shard could not be read to its end, or is "". Each step can be repeated: a run that is
        killed here begins this method again when it is resumed. Raises `OSError`, `CleanerError`.
        """
        state, space, shard = self.state, self.space, self._shard
        if not state.done:
            output, failures = self._outputs
            if broken:
                state.broken = broken
                state.failures += failures.write(self._failure_line(Failure(state.position.number + 1, broken)))
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
            mode = mode_of(Path(shard.target)) or mode_of(Path(shard.source))
            space.made.chmod(mode & 0o777 or 0o644)
        store.put(space.made, shard.target)
        state.target = store.info(shard.target)
        self.save()

    def close(self) -> None:
        """Close all files and unlock the workspace, which stays for a later run."""
        self._open_files.close()


@contextmanager
def _closing(file: BinaryIO) -> Iterator[BinaryIO]:
    """Close a file, ignoring errors: bytes that are not flushed are not in the state, and are written anew."""
    try:
        yield file
    finally:
        with suppress(OSError):
            file.close()


def clean_shards(
    shards: Sequence[Shard], cleaners: Sequence[Cleaner], pool: Pool[Any], options: RunOptions
) -> Generator[Progress | ShardEnded, None, None]:
    """Clean shards, in order, and yield what was done.

    The context of the workers of `pool` must be `cleaners`. Nothing that is wrong with a shard or a document raises.
    The workspaces of all shards that were written are removed at the very end: until then, a run that is interrupted
    can be resumed and skips them.
    """
    fingerprints = [cleaner.fingerprint for cleaner in cleaners]
    open_runs: dict[int, _ShardRun] = {}
    written: list[Workspace] = []
    try:
        for result in pool.run(_tasks(shards, fingerprints, options, open_runs)):
            if isinstance(result, ShardEnded):
                run = open_runs.pop(result.shard, None)
                yield _end(run, shards[result.shard], result) if run else result
                if run and not run.error:
                    written.append(run.space)
                continue
            run = open_runs[result.shard]
            if not run.error:
                try:
                    run.write(result)
                except OSError as error:
                    run.error = _why_not_written(shards[result.shard], error)
            yield Progress(result.shard, result.read, result.tally.documents)
    finally:
        for run in open_runs.values():
            run.save_if_possible()
            run.close()
    for space in written:
        space.remove()


def _tasks(
    shards: Sequence[Shard], fingerprints: Sequence[str], options: RunOptions, open_runs: dict[int, _ShardRun]
) -> Iterator[_ChunkTask | Ready]:
    """Yield the chunks of all shards, and after the chunks of each shard that it ended.

    `open_runs` gets the run of each shard that could be opened.
    """
    for number, shard in enumerate(shards):
        settings = (fingerprints[shard.cleaner], type(shard.format).__name__, shard.settings, shard.target)
        settings_digest = hashlib.sha256(repr(settings).encode()).hexdigest()
        try:
            run = open_runs[number] = _ShardRun(shard, settings_digest, options)
        except Exception as error:  # whatever is wrong with a shard, the others are cleaned
            yield Ready(ShardEnded(number, Tally(), _why_not_begun(shard, error)))
            continue
        broken = run.state.broken
        if not run.state.done:
            try:
                for chunk in shard.format.read_chunks(run.file, run.state.position):
                    if run.error:
                        break
                    read = run.file.tell()
                    yield _ChunkTask(
                        number, read, chunk, shard.format, shard.cleaner, shard.settings, options.timeout
                    )
            except BrokenShard as error:
                broken = str(error)
            except Exception as error:
                run.error = f"{shard.source}: cannot be read any further ({_reason_of(error)}); go on with --resume"
        yield Ready(ShardEnded(number, run.state.tally, broken=broken))


def _end(run: _ShardRun, shard: Shard, ended: ShardEnded) -> ShardEnded:
    """Finish and close a shard, and return how it ended."""
    if run.error:
        run.save_if_possible()
    elif not run.skipped:
        try:
            run.finish(ended.broken)
        except Exception as error:
            run.error = _why_not_written(shard, error)
    run.close()
    return ended._replace(error=run.error, skipped=run.skipped)


def _refuse_links(shard: Shard) -> None:
    """Raise `DocumentError` if a file to write is a link to the shard itself."""
    for name in (shard.target, shard.failures):
        if not store.is_remote(name) and mode_of(Path(name)) and Path(name).samefile(shard.source):
            what = f"is {Path(shard.source).name} itself by another name; remove this link"
            raise DocumentError(f"{name}: {what}")


def _refuse_files_of_others(shard: Shard, source: BinaryIO) -> None:
    """Raise `DocumentError` if a file to replace is not one that the cleaner wrote for this shard."""
    found = store.info(shard.target)
    if found and found.size:
        with store.open_file(shard.target) as file:
            old = shard.copy_format.fingerprint_rows(file, shard.settings)
        new = shard.format.fingerprint_rows(source, shard.settings)
        if (old and not new) or not all(map(_is_row_of_copy, old, new)):
            name = shard.source.rpartition("/")[2]
            why = f"is not a copy of {name} that the cleaner wrote; move it, or pass --force to replace it"
            raise DocumentError(f"{shard.target}: {why}")
    found = store.info(shard.failures)
    if found and found.size:
        with store.open_file(shard.failures) as file:
            if not _is_failure_line(file.readline(MAX_FAILURE_LINE_BYTES)):
                why = "is no list of failures that the cleaner wrote; move it, or pass --force to replace it"
                raise DocumentError(f"{shard.failures}: {why}")


def _is_row_of_copy(old: Any, new: Any) -> bool:
    """Whether `old`, a fingerprint of a row of a file, is that of a copy of the row `new`.

    The copy may have a record that `new` does not have.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        old = {name: old[name] for name in old if name in new or name != RECORD_FIELD}
    return bool(old == new)  # also for NaN: `json` has one object for all of them


def _is_failure_line(line: bytes) -> bool:
    """Whether a line is one of a list of failures."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(data, dict) and "reason" in data


def _why_not_begun(shard: Shard, error: Exception) -> str:
    """Return why a shard cannot be begun."""
    if isinstance(error, CleanerError):
        return str(error)
    if isinstance(error, BrokenShard):
        return f"{shard.source}: {error}"
    if isinstance(error, OSError) and error.filename not in (None, shard.source):
        return f"{shard.target}: cannot be written ({_reason_of(error)}); check its folder"
    return f"{shard.source}: cannot be read ({_reason_of(error)}); check the path"


def _why_not_written(shard: Shard, error: Exception) -> str:
    """Return why a copy cannot be written."""
    if isinstance(error, CleanerError):
        return str(error)
    return f"{shard.target}: cannot be written ({_reason_of(error)}); mend that, and go on with --resume"


def _reason_of(error: Exception) -> str:
    """Return what an exception says, with its type unless it comes from the system."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return f"{type(error).__name__}: {error}"
