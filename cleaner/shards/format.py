"""What all formats of shards have in common. A shard is a file with many documents: JSON lines, Parquet, WARC.

A format is an object without state of its own, picklable, that

- reads a shard chunk by chunk, each chunk some whole documents (in the process that also writes the output);
- cleans a chunk, which gives a piece of the output, or only reads its rows (in a worker process);
- encodes pieces, in order, as bytes that can be appended to the output;
- finishes: makes the wanted file of everything that was appended.

Where a chunk ends must depend on the shard alone, not on where reading began. That is what makes a resumed run write
the same bytes as a run that was never interrupted.

How to add a format:

1. Write a module with a class that has the methods of `Format`. `jsonl.py` is the simplest example. `read_chunks`
   raises `BrokenShard` if the file is damaged, but lets errors of the disk or the network through
   (`compression.is_outage`): such a file may be read another time.
2. `clean` turns each document into a `Row`, gives all rows of a chunk to `rows.clean_rows` in one call, and returns
   `CleanedChunk.of` the outcomes.
3. `rows` yields the same rows to those who only read the documents, as learning does.
4. Name the suffixes of its files in `names.py`, and return the format from `formats_of` there.
5. Test it as `tests/test_jsonl.py` does: rows in are rows out, the parts of a chunk are the chunk, reading
   goes on at every position, and damage of any kind raises `BrokenShard`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, BinaryIO, NamedTuple, Protocol

from cleaner.cleaner import Cleaner
from cleaner.evidence.table import NOTHING, Gathered, Piece
from cleaner.rows import Fields, Row, RowOutcome
from cleaner.tally import Tally

# Size of a chunk in bytes, about. A worker cleans one in a fraction of a second. Larger chunks cost memory in every
# worker, and more is done again after a kill; smaller ones cost more messages between the processes.
CHUNK_BYTES = 1 << 20


class Position(NamedTuple):
    """A place between two chunks, from which reading can go on.

    `offset` is in the unit of the format (bytes, uncompressed bytes or rows), `number` the documents, lines or
    records before the place.
    """

    offset: int = 0
    number: int = 0


START = Position()


class Chunk(NamedTuple):
    """Some documents as they stand in a shard, to be cleaned together.

    `size` is in bytes. Only the format knows what the `payload` is.
    """

    start: Position
    end: Position
    size: int
    payload: Any


class ShardRow(NamedTuple):
    """A document as it is read: its 1-based line, row or record, its row, and a way to the values of its fields."""

    number: int
    row: Row
    get: Callable[[str], object]


class Failure(NamedTuple):
    """A document that could not be cleaned: its 1-based line, row or record, why, and its URL if it has one."""

    number: int
    reason: str
    url: str | None = None


class CleanedChunk(NamedTuple):
    """A cleaned chunk: its piece of the output, the documents that were left as they were, and the counts.

    `evidence` is there if it was asked for.
    """

    data: Any
    failures: list[Failure]
    tally: Tally
    evidence: Piece = NOTHING

    @classmethod
    def of(
        cls,
        data: Any,
        outcomes: Iterable[tuple[int, RowOutcome, str | None]],
        settings: RowSettings | None = None,
    ) -> CleanedChunk:
        """Count outcomes and list the failures among them.

        Each outcome comes with the 1-based number of its document and with its URL. Evidence is gathered if the
        `settings` want it.
        """
        failures: list[Failure] = []
        tally = Tally()
        gathered = Gathered()
        shard, own_url = (settings.evidence, settings.url) if settings else (None, None)
        for number, outcome, url in outcomes:
            if outcome.cleaned:
                tally.add(outcome.cleaned)
                if shard is not None:
                    gathered.add(outcome.cleaned, f"{shard}:{number}", own_url or url)
            else:
                tally.add_failed(outcome.error)
                failures.append(Failure(number, outcome.error, url))
        return cls(data, failures, tally, NOTHING if shard is None else gathered.pack())


class RowSettings(NamedTuple):
    """How to clean the documents of a shard; `url` and `lang`, if given, are those of every document.

    `file` is the name of the shard, which every document in it has, for protections of some documents. `evidence` is
    the name of the shard if evidence of its documents is wanted.
    """

    fields: Fields = Fields()
    url: str | None = None
    lang: str | None = None
    file: str | None = None
    evidence: str | None = None


class BrokenShard(Exception):
    """A shard cannot be read, or not any further. Its text is `what is wrong; what to do`."""


def unreadable(error: Exception) -> BrokenShard:
    """Return the `BrokenShard` to raise for an exception that reading the middle of a shard has raised."""
    return BrokenShard(f"cannot be read any further ({reason_of(error)}); get the file anew")


def reason_of(error: Exception) -> str:
    """Return what an exception of a library says, in one line without a full stop."""
    text = getattr(error, "strerror", None) or str(error).strip() or type(error).__name__
    return str(text).splitlines()[0].rstrip(".")


class Format(Protocol):
    """A format of shards; the module says how to add one."""

    unit: str  # what a document is called in the list of failures: `line`, `row` or `record`
    limit: int  # the largest document that is cleaned, in bytes
    needs_end: bool  # whether what stands at the end of the file is needed to read its beginning

    def check(self, file: BinaryIO, settings: RowSettings) -> None:
        """Raise `BrokenShard` if nothing of the shard could be cleaned, for example if there is no such field.

        This comes before anything is written, and also before a shard is only read. Little of the file is read.
        """

    def read_chunks(self, file: BinaryIO, start: Position) -> Iterator[Chunk]:
        """Read a shard from `start` on. Raises `BrokenShard` after the last chunk that can be read."""

    def rows(self, chunk: Chunk, settings: RowSettings) -> Iterator[ShardRow]:
        """Yield the documents of a chunk, to be read only; those that cannot be read as rows with an `error`."""

    def clean(self, chunk: Chunk, cleaner: Cleaner, settings: RowSettings) -> CleanedChunk:
        """Clean the documents of a chunk. Does not raise for anything that a document holds."""

    def split(self, chunk: Chunk) -> list[Chunk]:
        """Return the chunk as chunks of one document each."""

    def left_as_is(self, chunk: Chunk, reason: str, settings: RowSettings) -> CleanedChunk:
        """Return a chunk of one document that cannot be cleaned, unchanged, and as a failure for that `reason`."""

    def encode(self, pieces: Sequence[Any]) -> bytes:
        """Return the `data` of cleaned chunks, in order, as bytes to append to the output.

        The pieces of the parts of a chunk must give the same bytes as the one piece of the chunk.
        """

    def finish(self, output: BinaryIO, file: BinaryIO, made: BinaryIO) -> bool:
        """Write the copy to `made`, of everything that was appended to `output`; `file` is the shard.

        Return False, with nothing written to `made`, if `output` is the copy already; a few bytes that are missing
        may be added to it. Both are open to read and write.
        """

    def row_in(self, piece: Any, settings: RowSettings) -> Any:
        """Return what the one row in a piece of the output holds besides the record: equal for equal rows.

        The payload of a chunk with one row of a copy is such a piece, too.
        """
