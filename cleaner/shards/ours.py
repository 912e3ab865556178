"""Is a file that a shard's copy or its list of failures would replace one that the cleaner wrote?

**A copy** is ours if its first rows are those that cleaning the shard gives now: each of them has the text that the
settings give at some level, or is left as it was if cleaning fails, and has all its other fields unchanged. A record,
which depends on the options, is not compared. As many rows are compared as there are in the first chunk of both
files, `MAX_ROWS` at most. That takes cleaning, and so is done in a worker, with its limit of time, like a chunk.

When the new copy is made, and before it gets the name, all rows of the old one must be its first rows (`continues`).
So a person's correction anywhere stays, and a shard to which documents were added gets a new copy.

What this does not cover: a copy that was made at another level, whose other rows are not compared. A copy that was
made with other rules or options, or of a shard of which a document has changed since, is taken for a stranger's.

**A list of failures** is ours if its first lines are as we write them, byte for byte, and their numbers never fall.
Whether a number is beyond the end of the shard is not known before all of it is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, BinaryIO, NamedTuple

from cleaner.cleaner import Cleaner, at_level
from cleaner.limits import time_limit
from cleaner.marks import LEVELS
from cleaner.shards.format import START, BrokenShard, Chunk, Format, RowSettings

MAX_ROWS = 32  # rows that are compared; raised, a run over shards that have copies takes longer
MAX_LIST_BYTES = 1 << 20  # bytes of a list of failures that are read to recognise it


class Compared(NamedTuple):
    """The first chunks of a shard and of a file that may be its copy, None where nothing can be read.

    `is_all` says whether there is nothing in the shard behind its first chunk, if that has few rows.
    """

    source: Chunk | None
    copy: Chunk | None
    is_all: bool = False


class Judged(NamedTuple):
    """Whether the file at the place of the copy of the shard with the number `shard` is ours, by its first rows.

    `is_of_level` says whether these rows are of the level in force, and not of another one.
    """

    shard: int
    is_ours: bool
    is_of_level: bool = False


class CopyTask(NamedTuple):
    """A task of the pool: to tell whether a file is the copy of a shard."""

    shard: int
    heads: Compared
    format: Format
    copy_format: Format
    cleaner: int
    settings: RowSettings
    timeout: float

    @property
    def size(self) -> int:
        """The bytes of both chunks."""
        return sum(chunk.size for chunk in (self.heads.source, self.heads.copy) if chunk)

    @property
    def limit(self) -> float:
        """The seconds that the task may take."""
        return time_limit(self.size * len(LEVELS), self.timeout)

    def run(self, cleaners: Sequence[Cleaner]) -> Judged:
        """Compare the rows, in a worker."""
        return self._judge(cleaners[self.cleaner])

    def divide(self) -> list[CopyTask]:
        """Return nothing: all rows must be right."""
        return []

    def join(self, results: Sequence[Judged]) -> Judged:
        """Is never called."""
        return results[0]

    def failed(self, why: str) -> Judged:
        """Take a file for a stranger's if it cannot be compared."""
        return Judged(self.shard, False)

    def _judge(self, cleaner: Cleaner) -> Judged:
        """Compare the rows. Nothing is lost with a copy without rows; one of blank rows proves nothing."""
        source, copy, is_all = self.heads
        rows = [self._row(part.payload) for part in self.copy_format.split(copy)[:MAX_ROWS]] if copy else []
        nobodys = Judged(self.shard, False)
        if copy is None or (rows and source is None):
            return nobodys
        compared = 0
        is_of_level = True
        for row, pieces in zip(rows, self._ways(source, cleaner), strict=False):
            equal = (self._row(piece) == row for piece in pieces)  # also for NaN: `json` has one object for all
            if not next(equal):
                is_of_level = False
                if not any(equal):
                    return nobodys
            compared += 1
        if compared < len(rows) and is_all:
            return nobodys  # the copy has rows that the shard does not have
        return Judged(self.shard, any(rows[:compared]) or not rows, is_of_level)

    def _ways(self, source: Chunk | None, cleaner: Cleaner) -> Iterator[Iterator[Any]]:
        """Yield, for each row that the copy is to have, the pieces that it may be, the most probable one first."""
        for part in self.format.split(source) if source else []:
            first = self.format.clean(part, cleaner, self.settings).data
            if first:  # a record of WARC may be no document
                yield self._pieces(part, first, cleaner)

    def _pieces(self, part: Chunk, first: Any, cleaner: Cleaner) -> Iterator[Any]:
        yield first
        for level in LEVELS:
            if level != cleaner.level:
                yield self.format.clean(part, at_level(cleaner, level), self.settings).data

    def _row(self, piece: Any) -> Any:
        return self.copy_format.row_in(piece, self.settings)


def compared(form: Format, source: BinaryIO, copy_form: Format, copy: BinaryIO) -> Compared:
    """Read the first chunks of a shard and of the file that may be its copy, which has content. Raises `OSError`."""
    first, is_all = _head(form, source)
    return Compared(first, _head(copy_form, copy, empty=Chunk(START, START, 0, b""))[0], is_all)


def _head(form: Format, file: BinaryIO, empty: Chunk | None = None) -> tuple[Chunk | None, bool]:
    """Return the first chunk of a file, `empty` if it has none, and None if it cannot be read.

    With it comes whether it has fewer rows than are compared, and nothing behind them.
    """
    chunks = form.read_chunks(file, START)
    try:
        first = next(chunks, empty)
    except BrokenShard:
        return None, False
    if first is None or first.end.number >= MAX_ROWS:
        return first, False
    try:
        return first, next(chunks, None) is None
    except BrokenShard:
        return first, False


def continues(form: Format, old: BinaryIO, new: BinaryIO, settings: RowSettings) -> bool:
    """Whether the rows of the file `old` are the first rows of the file `new`, but for their records."""
    olds, news = form.read_chunks(old, START), form.read_chunks(new, START)
    try:
        for chunk in olds:
            other = next(news, None)
            if other is None:
                return False
            if chunk.payload != other.payload:
                there = _rows(form, chain([chunk], olds), settings)
                here = _rows(form, chain([other], news), settings)
                return all(row == next(here, None) for row in there)
    except BrokenShard:
        return False
    return True


def _rows(form: Format, chunks: Iterable[Chunk], settings: RowSettings) -> Iterator[Any]:
    """Yield what the rows of chunks of a copy hold besides their records."""
    for chunk in chunks:
        for part in form.split(chunk):
            yield form.row_in(part.payload, settings)


def failure_line(data: dict[str, Any]) -> bytes:
    """Return a line of a list of failures."""
    return json.dumps(data, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def is_list_of_failures(file: BinaryIO, unit: str) -> bool:
    """Whether a file is a list of failures of a shard whose documents are called `unit`."""
    head = file.read(MAX_LIST_BYTES)
    lines = head.splitlines(keepends=True)
    if len(head) == MAX_LIST_BYTES and len(lines) > 1:
        del lines[-1]  # it may be cut off
    numbers = [_number_in(line, unit) for line in lines[:MAX_ROWS]]
    return 0 not in numbers and numbers == sorted(numbers)


def _number_in(line: bytes, unit: str) -> int:
    """Return the number of the document that a line of a list of failures is about, 0 if it is no such line."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return 0
    if not isinstance(data, dict) or list(data) not in ([unit, "reason"], [unit, "url", "reason"]):
        return 0
    number, *others = data.values()
    is_one = type(number) is int and number > 0 and all(isinstance(value, str) for value in others)
    return number if is_one and failure_line(data) == line else 0
