"""What a worker of a run does: count the documents in a piece of the input, gather those chosen, learn a site."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import msgspec

from cleaner import quote
from cleaner.learn import folder
from cleaner.learn.continued import continued
from cleaner.learn.documents import SiteDocument
from cleaner.learn.folder import SiteReport
from cleaner.learn.knowledge import knowledge_of
from cleaner.learn.run.sources import FileSource, ShardSource
from cleaner.learn.site import Knowledge
from cleaner.learn.survey import Given, Surveyed, Unread, gather, learn_group, site_for, survey
from cleaner.limits import TIMEOUT_SECONDS, time_limit
from cleaner.settings import Settings
from cleaner.shards.format import Chunk

BY_FOLDER = "folder"  # in the place of a field: the site of a document is the folder that it lies in


class Options(NamedTuple):
    """How to learn.

    `by` is what documents are grouped by: None for the host of the URL, `BY_FOLDER`, or the name of a field of rows.
    `timeout` is in seconds, see `limits.time_limit`. `has_own_url` says that the URLs of documents are their own, and
    not one for all, so that they may name them.
    """

    settings: Settings
    out: Path
    by: str | None = None
    timeout: float = TIMEOUT_SECONDS
    has_own_url: bool = True


class Context:
    """What the tasks of a worker have in common: the options, and what they make of them once."""

    def __init__(self, options: Options) -> None:
        self.options = options

    @cached_property
    def knowledge(self) -> Knowledge:
        """What is known before anything is learned."""
        return knowledge_of(self.options.settings)

    def name(self, name: str, url: str | None) -> str:
        """Return what a document is called in packs: its URL, or where it is."""
        return url if url and self.options.has_own_url else name


class Piece(NamedTuple):
    """What was read of a piece of the input: rows, and the documents that could not be read.

    `documents` counts the documents, `read` the bytes of the source up to the end of the piece.
    """

    rows: Sequence[Surveyed | SiteDocument]
    unread: Sequence[Unread]
    documents: int
    source: int
    read: int


class FilesTask(NamedTuple):
    """Some documents that are files, to be counted, or to be gathered if there is a file that says which of them."""

    source: int  # the number of the last of them among the sources of the run
    files: Sequence[FileSource]
    chosen: Path | None
    timeout: float

    @property
    def size(self) -> int:
        """The bytes that the task takes in memory, about."""
        return 0  # a task holds paths, not documents

    @property
    def limit(self) -> float:
        """The seconds that the task may take."""
        return time_limit(sum(file.size for file in self.files), self.timeout)

    def run(self, context: Context) -> Piece:
        """Do the task, in a worker."""
        return _piece(self._given(context), self.chosen, self.source, 0)

    def _given(self, context: Context) -> Iterator[tuple[str, Given]]:
        by = context.options.by
        for file in self.files:
            row = file.read()
            site = file.folder if by == BY_FOLDER else site_for(row, by)
            yield file.where, Given(site, context.name(file.name, row.url), row)

    def divide(self) -> list[FilesTask]:
        """Return the task in parts of one document; none if there is only one."""
        return [self._replace(files=(file,)) for file in self.files] if len(self.files) > 1 else []

    def join(self, results: Sequence[Piece]) -> Piece:
        """Return the results of all parts as one."""
        return _joined(results)

    def failed(self, why: str) -> Piece:
        """Return the result of a task that cannot be done."""
        unread = [Unread(file.where, f"cannot be read: {why}") for file in self.files]
        return Piece((), unread, len(self.files), self.source, 0)


class ChunkTask(NamedTuple):
    """A chunk of a shard, to be counted, or to be gathered; see `FilesTask`."""

    source: int
    shard: ShardSource
    chunk: Chunk
    read: int
    chosen: Path | None
    timeout: float
    is_part: bool = False

    @property
    def size(self) -> int:
        """The bytes that the task takes in memory, about."""
        return self.chunk.size

    @property
    def limit(self) -> float:
        """The seconds that the task may take."""
        return time_limit(self.chunk.size, self.timeout)

    def run(self, context: Context) -> Piece:
        """Do the task, in a worker."""
        return _piece(self._given(context), self.chosen, self.source, self.read)

    def _given(self, context: Context) -> Iterator[tuple[str, Given]]:
        by, shard = context.options.by, self.shard
        for number, row, get in shard.format.rows(self.chunk, shard.settings):
            site = shard.folder if by == BY_FOLDER else site_for(row, by, get)
            yield self._where(number), Given(site, context.name(f"{shard.name}:{number}", row.url), row)

    def divide(self) -> list[ChunkTask]:
        """Return the task in parts of one document; none if there is only one."""
        if self.is_part:
            return []
        return [self._replace(chunk=chunk, is_part=True) for chunk in self.shard.format.split(self.chunk)]

    def join(self, results: Sequence[Piece]) -> Piece:
        """Return the results of all parts as one."""
        return _joined(results)

    def failed(self, why: str) -> Piece:
        """Return the result of a task that cannot be done."""
        where = self._where(self.chunk.start.number + 1)
        return Piece((), [Unread(where, f"cannot be read: {why}")], 1, self.source, self.read)

    def _where(self, number: int) -> str:
        return f"{self.shard.source}:{number}"


class SiteTask(NamedTuple):
    """A site to learn: its texts, in the order of their numbers. The packs are written by the worker."""

    site: str
    documents: Sequence[SiteDocument]
    chars: int
    timeout: float

    @property
    def size(self) -> int:
        """The bytes that the task takes in memory, about."""
        return self.chars

    @property
    def limit(self) -> float:
        """The seconds that the task may take."""
        return time_limit(self.chars, self.timeout)

    def run(self, context: Context) -> list[SiteReport]:
        """Do the task, in a worker."""
        options = context.options
        learned = learn_group(self.site, self.documents, context.knowledge, is_host=options.by is None)
        if not self.site:
            learned = continued(learned, folder.clues_of_templates(options.out))
        return [folder.write(options.out, site) for site in learned]

    def divide(self) -> list[SiteTask]:
        """Return nothing: a site is learned as a whole."""
        return []

    def join(self, results: Sequence[list[SiteReport]]) -> list[SiteReport]:
        """Return the results of all parts as one."""
        return list(chain.from_iterable(results))

    def failed(self, why: str) -> list[SiteReport]:
        """Return the result of a task that cannot be done."""
        error = f"{quote.name(self.site or 'documents without a site')}: cannot be learned: {why}"
        return [SiteReport(self.site, len(self.documents), 0, 0, 0, 0, 0, 0, error=error)]


@cache  # of a worker: all of its tasks have the same
def _thresholds(chosen: Path) -> dict[str, int]:
    return msgspec.msgpack.decode(chosen.read_bytes(), type=dict[str, int])


def save_thresholds(chosen: Path, thresholds: dict[str, int]) -> None:
    """Write which documents are to be gathered, for the workers. Raises `OSError`."""
    chosen.write_bytes(msgspec.msgpack.encode(thresholds))


def _piece(given: Iterable[tuple[str, Given]], chosen: Path | None, source: int, read: int) -> Piece:
    """Count documents, or gather those chosen."""
    rows: list[Surveyed | SiteDocument] = []
    unread: list[Unread] = []
    documents = 0
    for where, one in given:
        documents += 1
        if one.row.error:
            unread.append(Unread(where, one.row.error))
        elif chosen is None:
            rows.extend(survey([one]))
        else:
            for found in gather([one], _thresholds(chosen)):
                if isinstance(found, Unread):
                    unread.append(found._replace(name=where))
                else:
                    rows.append(found)
    return Piece(rows, unread, documents, source, read)


def _joined(pieces: Sequence[Piece]) -> Piece:
    """Return the pieces of a task that was divided as one."""
    rows = [row for piece in pieces for row in piece.rows]
    unread = [one for piece in pieces for one in piece.unread]
    last = pieces[-1]
    return Piece(rows, unread, sum(piece.documents for piece in pieces), last.source, last.read)
