"""The run over shards: chunks are read here, cleaned in worker processes, and written here, in order.

The diagram in the docstring of the package shows the whole way. `clean_shards` is the loop: it gives the pool the
chunks of all shards as tasks (`_tasks`) and takes the results in the order of the tasks. For each shard that is open
there is one `_ShardRun`, which knows the state and the files of the shard. The pool reads a few tasks ahead, so the
next shards are often open before the first one is finished. So a `_ShardRun` holds only the lock and the folder of
its workspace open, and opens all other files when it needs them.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from cleaner import quote
from cleaner.cleaner import Cleaner
from cleaner.errors import CleanerError, DocumentError
from cleaner.evidence.table import Piece, pieces, to_bytes
from cleaner.files.folder import InTheWay
from cleaner.limits import TIMEOUT_SECONDS, time_limit
from cleaner.pool import Pool, Ready
from cleaner.shards import ours, store
from cleaner.shards.digest import Digest
from cleaner.shards.format import START, BrokenShard, Chunk, Failure, Format, Position, RowSettings
from cleaner.shards.output import Output
from cleaner.shards.workspace import EVIDENCE, FAILURES, MADE, OUTPUT, State, Workspace
from cleaner.tally import Tally

# Seconds between two savings of the state of a shard. Raised, a resumed run has more to do again.
SAVE_SECONDS = 1.0


class Shard(NamedTuple):
    """A shard to clean.

    `source`, `target` and `failures` are the paths or URLs of the shard, of its clean copy and of its list of
    failures. `cleaner` is the number of its cleaner. `source_top` and `target_top` are the folders that the user
    named and that the shard and the other two lie in; without them, the user named the files (`store` says what
    follows).
    """

    source: str
    target: str
    failures: str
    format: Format
    copy_format: Format
    cleaner: int
    settings: RowSettings
    source_top: str | None = None
    target_top: str | None = None


class RunOptions(NamedTuple):
    """How to clean shards.

    `timeout` is how many seconds a chunk may take, see `limits.time_limit`. With `fsync`, a copy is on the disk
    before it gets its name. That costs some milliseconds a shard, and the time that the disk needs for the copy,
    which without it the system spends later.
    """

    timeout: float = TIMEOUT_SECONDS
    resume: bool = False
    force: bool = False
    fsync: bool = True


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
    evidence: tuple[Piece, ...] = ()


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
        return self._done(data, cleaned.failures, cleaned.tally, (cleaned.evidence,))

    def divide(self) -> list[_ChunkTask]:
        if self.is_part:
            return []
        return [self._replace(chunk=chunk, is_part=True) for chunk in self.format.split(self.chunk)]

    def join(self, results: Sequence[_ChunkDone]) -> _ChunkDone:
        tally = Tally()
        for result in results:
            tally.update(result.tally)
        failures = [failure for result in results for failure in result.failures]
        evidence = tuple(piece for result in results for piece in result.evidence)
        return self._done(self.format.encode([result.data for result in results]), failures, tally, evidence)

    def failed(self, why: str) -> _ChunkDone:
        cleaned = self.format.left_as_is(self.chunk, f"cannot be cleaned: {why}", self.settings)
        return self._done(cleaned.data, cleaned.failures, cleaned.tally)

    def _done(self, data: Any, failures: list[Failure], tally: Tally, evidence: tuple[Piece, ...] = ()) -> _ChunkDone:
        return _ChunkDone(self.shard, self.read, self.chunk.end, data, failures, tally, evidence)


class _ShardRun:
    """One shard that is being cleaned, in the process that reads and writes: its files and its state.

    `error` is set when the copy cannot be written any more; the rest of the shard is then not read. `skipped` says
    that an earlier run has finished the shard. `is_of_level` says that an old copy begins with rows of the level in
    force, so that all of it can be compared. `stays` says, at the end, that its workspace was kept.
    """

    def __init__(self, shard: Shard, settings_digest: str, options: RunOptions) -> None:
        """Open the shard, and decide whether to begin it or to resume it.

        Raises `BrokenShard`, `OSError`, and `CleanerError` that names the file.
        """
        self._shard = shard
        self._sync = options.fsync
        self._saved = time.monotonic()
        self._digest = Digest()
        self.error = ""
        self.skipped = self.stays = self.is_of_level = False
        self._open_files = ExitStack()
        with self.open_source() as file:
            source = store.info(shard.source, file)
            if source is None:
                raise FileNotFoundError
            # A new copy is no less private than the shard; of a shard in a store nothing is known.
            self._mode = 0o666 if store.is_remote(shard.source) else os.fstat(file.fileno()).st_mode
            shard.format.check(file, shard.settings)
            self.space = Workspace(shard.target, shard.target_top)
            try:
                self._copy = Output(shard.target, shard.target_top)
                self._list = Output(shard.failures, shard.target_top)
                state = self.space.load() if options.resume else None
                same = state and (state.settings, state.source) == (settings_digest, source)
                if state and same and self._digest_of(state.read, file) == state.digest and self._can_resume(state):
                    self.state = state
                else:
                    self._digest = Digest()
                    self.state = State(settings_digest, source)
                self._list_is_ours = self._is_list_ours()
                self.old_copy = None if options.force or self.skipped else self._compared(file)
                if self.state is not state:
                    self.space.begin(self.state)
            except BaseException:
                self.space.close()
                raise

    def open_source(self) -> BinaryIO:
        """Open the shard to read. Raises `OSError`."""
        return store.open_file(self._shard.source, self._shard.source_top)

    def _digest_of(self, size: int, file: BinaryIO) -> str:
        """Return the digest of the first bytes of the shard; "" for one in a store, which would be loaded twice."""
        return "" if store.is_remote(self._shard.source) else self._digest.up_to(file, size)

    def _can_resume(self, state: State) -> bool:
        """Whether the run of `state` can be resumed. Sets `skipped` if nothing is left to do.

        A shard that is not done can. One that is done can if its copy still has to get its name, or is the file that
        got the name then. Otherwise the copy was replaced or removed, and the shard is cleaned anew.
        """
        if not state.done or self.space.has(OUTPUT) or self.space.has(MADE):
            return True
        target = self._copy.old
        self.skipped = target is not None and state.target in (None, target)
        return self.skipped

    def _is_list_ours(self) -> bool:
        """Whether the old list of failures, if there is one with content, is ours. Raises `OSError`."""
        if not (self._list.old and self._list.old.size):
            return True
        with self._list.open() as file:
            return ours.is_list_of_failures(file, self._shard.format.unit)

    def _compared(self, source: BinaryIO) -> ours.Compared | None:
        """Return what is to be compared to tell whether the old copy is ours; None if there is none with content.

        Raises `DocumentError` if the list of failures is not ours.
        """
        shard = self._shard
        if not self._list_is_ours:
            raise DocumentError(_not_ours(shard, shard.failures, "no list of failures"))
        if not (self._copy.old and self._copy.old.size):
            return None
        with self._copy.open() as copy:
            return ours.compared(shard.format, source, shard.copy_format, copy)

    @cached_property
    def _outputs(self) -> tuple[BinaryIO, BinaryIO, BinaryIO | None]:
        """The output, the list of failures, and the evidence if it is wanted.

        They are opened late: shards that are read ahead need none yet.
        """
        state, space = self.state, self.space
        output = self._open_files.enter_context(_closing(space.append(OUTPUT, state.output)))
        failures = self._open_files.enter_context(_closing(space.append(FAILURES, state.failures)))
        if self._shard.settings.evidence is None:
            return output, failures, None
        return output, failures, self._open_files.enter_context(_closing(space.append(EVIDENCE, state.evidence)))

    def write(self, done: _ChunkDone) -> None:
        """Append the result of a chunk to the output and the list of failures. Raises `OSError`."""
        output, failures, evidence = self._outputs
        lines = b"".join(self._failure_line(failure) for failure in done.failures)
        output.write(done.data)
        failures.write(lines)
        state = self.state
        if evidence:
            state.evidence += evidence.write(b"".join(map(to_bytes, done.evidence)))
        state.output += len(done.data)
        state.failures += len(lines)
        state.position = done.end
        state.read = state.source.size if self._shard.format.needs_end else max(state.read, done.read)
        state.tally.update(done.tally)
        if time.monotonic() - self._saved >= SAVE_SECONDS:
            self.save()

    def save(self) -> None:
        """Save the state, so that a later run can resume from here. Raises `OSError`.

        The output is flushed first: a state must never count bytes that are not in the files.
        """
        if not self.state.done:
            for file in filter(None, self._outputs):
                file.flush()
            if not store.is_remote(self._shard.source):
                with self.open_source() as file:  # beside the one that is read
                    self.state.digest = self._digest_of(self.state.read, file)
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
        return ours.failure_line(data)

    def finish(self, broken: str) -> None:
        """Make the copy and the list of failures, if there are any, and give both their names.

        `broken` says why the shard could not be read to its end, or is "". Each step can be repeated: a run that is
        killed here begins this method again when it is resumed. Raises `OSError`, `CleanerError`.
        """
        state, space, shard = self.state, self.space, self._shard
        with self.open_source() as source:
            if store.info(shard.source, source) != state.source:
                raise DocumentError(f"{quote.name(shard.source)}: was changed while it was read; run again")
            if not state.done:
                output, failures, evidence = self._outputs
                if broken:
                    state.broken = broken
                    state.failures += failures.write(self._failure_line(Failure(state.position.number + 1, broken)))
                for file, size in ((output, state.output), (failures, state.failures)):
                    if size:
                        self._to_disk(file)
                    file.close()
                if evidence:
                    evidence.close()
                state.read = state.source.size
                state.digest = self._digest_of(state.read, source)
                state.done = True
                self.space.save(state)
            if space.has(OUTPUT):
                with space.append(OUTPUT, space.size_of(OUTPUT)) as output, space.make() as made:
                    is_made = shard.format.finish(output, source, made)
                    self._to_disk(made if is_made else output)
                if is_made:
                    space.folder.discard(OUTPUT)
                else:
                    space.folder.move(OUTPUT, space.folder, MADE, space.folder.look(MADE))
        if self.old_copy and self.is_of_level and not self._continues_old():
            raise DocumentError(_not_ours(shard, shard.target, "not a copy"))
        if state.failures:
            if space.has(FAILURES):
                self._list.replace(space.folder, FAILURES, self._mode, sync=self._sync)
        elif self._list_is_ours:  # what is no such list stays, also if all may be replaced
            self._list.remove()
        self._copy.replace(space.folder, MADE, self._mode, sync=self._sync)
        state.target = self._copy.now()
        self.space.save(state)

    def evidence(self) -> Iterator[Piece]:
        """Yield the evidence of all documents that are done. Raises `OSError`, and `ValueError` if it is damaged."""
        if self.state.evidence:
            if not self.state.done:
                for file in filter(None, self._outputs):
                    file.flush()
            with self.space.open(EVIDENCE) as file:
                yield from pieces(file, self.state.evidence)

    def _continues_old(self) -> bool:
        """Whether the finished copy begins with all rows of the old one. Raises `OSError`."""
        shard = self._shard
        with self._copy.open() as old, self.space.open(MADE) as new:
            return ours.continues(shard.copy_format, old, new, shard.settings)

    def _to_disk(self, file: BinaryIO) -> None:
        """Write what is in the memory of this process, and if it is wanted, what is in that of the system."""
        file.flush()
        if self._sync:
            os.fsync(file.fileno())

    def close(self) -> None:
        """Close all files and unlock the workspace, which stays if a later run can resume from it."""
        self._open_files.close()
        self.stays = self.space.close()


@contextmanager
def _closing(file: BinaryIO) -> Iterator[BinaryIO]:
    """Close a file, ignoring errors: bytes that are not flushed are not in the state, and are written anew."""
    try:
        yield file
    finally:
        with suppress(OSError):
            file.close()


def clean_shards(
    shards: Sequence[Shard],
    cleaners: Sequence[Cleaner],
    pool: Pool[Any],
    options: RunOptions,
    take_evidence: Callable[[Piece], None] | None = None,
) -> Generator[Progress | ShardEnded, None, None]:
    """Clean shards, in order, and yield what was done.

    At the end of each shard whose settings want evidence, `take_evidence` gets it, piece by piece.

    The context of the workers of `pool` must be `cleaners`. Nothing that is wrong with a shard or a document raises.
    The workspaces of all shards that were written are removed at the very end: until then, a run that is interrupted
    can be resumed and skips them. They stay if the workspace of a shard stays that could not be written.
    """
    fingerprints = [cleaner.fingerprint for cleaner in cleaners]
    open_runs: dict[int, _ShardRun] = {}
    written: list[Workspace] = []
    unfinished = False
    try:
        for result in pool.run(_tasks(shards, fingerprints, options, open_runs)):
            if isinstance(result, ours.Judged):
                judged = open_runs[result.shard]
                judged.is_of_level = result.is_of_level
                if not result.is_ours:
                    shard = shards[result.shard]
                    judged.error = _not_ours(shard, shard.target, "not a copy")
                continue
            if isinstance(result, ShardEnded):
                run = open_runs.pop(result.shard, None)
                yield _end(run, shards[result.shard], result, take_evidence) if run else result
                if run and run.error:
                    unfinished = unfinished or run.stays
                elif run:
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
    for space in [] if unfinished else written:
        space.remove()


def _tasks(
    shards: Sequence[Shard], fingerprints: Sequence[str], options: RunOptions, open_runs: dict[int, _ShardRun]
) -> Iterator[_ChunkTask | ours.CopyTask | Ready]:
    """Yield the chunks of all shards, and after the chunks of each shard that it ended.

    Before the chunks of a shard that has an old copy comes the task to tell whether that is ours. `open_runs` gets
    the run of each shard that could be opened.
    """
    for number, shard in enumerate(shards):
        form = type(shard.format).__name__, shard.format.limit
        settings = (fingerprints[shard.cleaner], form, shard.settings, shard.target)
        settings_digest = hashlib.sha256(repr(settings).encode()).hexdigest()
        try:
            run = open_runs[number] = _ShardRun(shard, settings_digest, options)
        except Exception as error:  # whatever is wrong with a shard, the others are cleaned
            yield Ready(ShardEnded(number, Tally(), _why_not_begun(shard, error)))
            continue
        if run.old_copy:
            yield ours.CopyTask(
                number, run.old_copy, shard.format, shard.copy_format, shard.cleaner, shard.settings, options.timeout
            )
        broken = run.state.broken
        if not run.state.done:
            try:
                with run.open_source() as file:
                    for chunk in shard.format.read_chunks(file, run.state.position):
                        if run.error:
                            break
                        yield _ChunkTask(
                            number, file.tell(), chunk, shard.format, shard.cleaner, shard.settings, options.timeout
                        )
            except BrokenShard as error:
                broken = str(error)
            except Exception as error:
                why = f"cannot be read any further ({_reason_of(error)}); go on with --resume"
                run.error = f"{quote.name(shard.source)}: {why}"
        yield Ready(ShardEnded(number, run.state.tally, broken=broken))


def _end(
    run: _ShardRun, shard: Shard, ended: ShardEnded, take_evidence: Callable[[Piece], None] | None
) -> ShardEnded:
    """Finish and close a shard, pass its evidence on, and return how it ended."""
    if run.error:
        run.save_if_possible()
    elif not run.skipped:
        try:
            run.finish(ended.broken)
        except Exception as error:
            run.error = _why_not_written(shard, error)
    if take_evidence:
        _pass_on(run, shard, take_evidence)
    run.close()
    return ended._replace(error=run.error, skipped=run.skipped)


def _pass_on(run: _ShardRun, shard: Shard, take_evidence: Callable[[Piece], None]) -> None:
    """Pass on the evidence of a shard. If it cannot be read, the shard has an error, unless it has one already."""
    found = run.evidence()
    while True:
        try:
            piece = next(found, None)
        except (OSError, ValueError) as error:
            why = f"its evidence cannot be read ({_reason_of(error)}); run again without --resume"
            run.error = run.error or f"{quote.name(shard.source)}: {why}"
            return
        if piece is None:
            return
        take_evidence(piece)


def _not_ours(shard: Shard, name: str, what: str) -> str:
    """Return what to say of a file that is to be replaced and is not ours; `what` it is said to be of the shard."""
    source = quote.name(shard.source.rpartition("/")[2])
    why = f"is {what} of {source} that the cleaner wrote; move it, or pass --force to replace it"
    return f"{quote.name(name)}: {why}"


def _why_not_begun(shard: Shard, error: Exception) -> str:
    """Return why a shard cannot be begun."""
    source, target = quote.name(shard.source), quote.name(shard.target)
    if isinstance(error, CleanerError | InTheWay):
        return str(error)
    if isinstance(error, BrokenShard):
        return f"{source}: {error}"
    if isinstance(error, FileNotFoundError) and error.filename in (None, shard.source):
        return f"{source}: does not exist; check the path"
    if isinstance(error, OSError) and error.filename not in (None, shard.source, Path(shard.source).name):
        return f"{target}: cannot be written ({_reason_of(error)}); check its folder"
    return f"{source}: cannot be read ({_reason_of(error)}); check the path"


def _why_not_written(shard: Shard, error: Exception) -> str:
    """Return why a copy cannot be written."""
    if isinstance(error, CleanerError | InTheWay):
        return str(error)
    return f"{quote.name(shard.target)}: cannot be written ({_reason_of(error)}); mend that, and go on with --resume"


def _reason_of(error: Exception) -> str:
    """Return what an exception says, with its type unless it comes from the system."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return f"{type(error).__name__}: {error}"
