"""What the formats of shards speak in. A shard is a file with many documents: JSONL, Parquet, WARC.

A format is an object without state of its own, picklable, that

- reads a shard chunk by chunk (in the process that also writes the output), each chunk some whole documents;
- cleans a chunk (in a worker process), which gives a piece of the output;
- seals pieces, in order, to bytes that can be appended to the output;
- finishes: makes the file that is wanted of all that was appended.

Where chunks end depends on the shard alone, also when reading begins behind a chunk, so that a run that was
interrupted goes on as if it had not been.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol

from cleaner.cleaner import Cleaner
from cleaner.rows import Fields
from cleaner.tally import Tally

CHUNK = 1 << 20  # bytes of a chunk, about: a worker is done with it in a fraction of a second
SAMPLES = 5  # rows by which a file is known to be the copy of another


class Position(NamedTuple):
    """A place between two chunks: where to go on reading, in the format's own unit, and the documents before."""

    offset: int = 0
    number: int = 0  # of lines, rows or records


START = Position()


class Chunk(NamedTuple):
    """Some documents as they stand in a shard, to be cleaned together; `size` in bytes."""

    start: Position
    end: Position
    size: int
    payload: Any


class Failure(NamedTuple):
    """A document that could not be cleaned: its 1-based line, row or record, why, and its URL where it has one."""

    number: int
    reason: str
    url: str | None = None


class CleanedChunk(NamedTuple):
    """What cleaning a chunk gave: a part of the output, the documents left as they were, and counts."""

    data: Any
    failures: list[Failure]
    tally: Tally


class RowSettings(NamedTuple):
    """How to clean the documents of a shard; `url` and `lang` count for all of them where given."""

    fields: Fields = Fields()
    url: str | None = None
    lang: str | None = None


class Broken(Exception):
    """A shard cannot be read on; `what is wrong; what to do`."""


class Format(Protocol):
    """A format of shards."""

    unit: str  # what a document stands in: `line`, `row` or `record`

    def check(self, file: BinaryIO, settings: RowSettings) -> None:
        """Raise `Broken` where nothing of the shard could be cleaned: no such column, say."""

    def chunks(self, file: BinaryIO, mark: Position) -> Iterator[Chunk]:
        """Read a shard from `mark` on. Raises `Broken` behind the last chunk that can be read."""

    def clean(self, chunk: Chunk, cleaner: Cleaner, settings: RowSettings) -> CleanedChunk:
        """Clean the documents of a chunk."""

    def split(self, chunk: Chunk) -> list[Chunk]:
        """Return the chunk as chunks of one document each."""

    def passed(self, chunk: Chunk, reason: str, settings: RowSettings) -> CleanedChunk:
        """Return a chunk of one document as it was, as a failure."""

    def seal(self, pieces: Sequence[Any]) -> bytes:
        """Return the `data` of pieces, in order, as bytes that can be appended to the output; the same in parts."""

    def finish(self, output: Path, file: BinaryIO, made: Path) -> None:
        """Make the file `made` of what was appended to `output`, given the shard; by renaming where that is all."""

    def samples(self, file: BinaryIO, settings: RowSettings) -> list[Any]:
        """Return what the first rows of the output will hold or do hold besides text and record, to compare."""
