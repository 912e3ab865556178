"""The loop of a run: the input is read twice, and then the sites are learned, all of it in worker processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from cleaner import quote
from cleaner.errors import CleanerError, SettingsError
from cleaner.files.folder import InTheWay, reason_of
from cleaner.learn import folder
from cleaner.learn.documents import SiteDocument
from cleaner.learn.folder import SiteReport
from cleaner.learn.run.sources import FileSource, ShardSource, Source
from cleaner.learn.run.store import Store
from cleaner.learn.run.tasks import ChunkTask, Context, FilesTask, Options, Piece, SiteTask, save_thresholds
from cleaner.learn.run.workspace import workspace
from cleaner.learn.survey import Chosen, Unread, once_each
from cleaner.pool import Pool, Ready
from cleaner.shards import store as stores
from cleaner.shards.format import START, BrokenShard

# Files that a worker gets at a time. Raised, there are fewer messages, but workers end less evenly.
FILES_PER_TASK = 32

COUNTING, READING, LEARNING = "counting", "reading", "learning"
STEPS = (COUNTING, READING, LEARNING)


class Progress(NamedTuple):
    """How far a step of the run is: the source that is read, and its bytes so far, or the sites that are done."""

    step: str
    source: int = 0
    read: int = 0
    sites: int = 0
    of: int = 0  # sites


class Learned(NamedTuple):
    """What a run has learned. `documents` counts those that were found, also those that could not be read."""

    documents: int
    chosen: Chosen
    sites: list[SiteReport]


def learn(
    sources: Sequence[Source],
    options: Options,
    workers: int,
    *,
    unread: Callable[[Unread], None],
    progress: Callable[[Progress], None],
) -> Learned:
    """Learn from all documents of `sources`, and write the packs below `options.out`.

    `unread` is called for each document, or shard, that cannot be read, once; `progress` often. The result does not
    depend on the order of documents or on the number of workers. Raises `SettingsError`, and `CleanerError` if no
    workers can be started.
    """
    with workspace() as place, Pool[Any](partial(Context, options), workers) as pool:
        try:
            return _Run(sources, options, pool, Store(place, workers), place, unread, progress).run()
        except OSError as error:
            if isinstance(error, InTheWay) or not str(error.filename or place).startswith(str(place)):
                raise
            why = f"cannot be written ({reason_of(error)}); make room, or set XDG_CACHE_HOME to where there is some"
            raise SettingsError(f"{quote.name(place)}: {why}") from None
        finally:
            folder.sweep(options.out)


class _Run:
    """A run, step by step."""

    def __init__(
        self,
        sources: Sequence[Source],
        options: Options,
        pool: Pool[Any],
        store: Store,
        place: Path,
        unread: Callable[[Unread], None],
        progress: Callable[[Progress], None],
    ) -> None:
        self._sources, self._options, self._pool, self._store = sources, options, pool, store
        self._place = place
        self._tell, self._progress = unread, progress
        self._told: set[str] = set()  # the names of documents that cannot be read: both readings find them
        self._documents = 0

    def run(self) -> Learned:
        for piece in self._read(COUNTING, None):
            self._documents += piece.documents
            self._store.add_surveyed(piece.rows)  # type: ignore[arg-type] # they were counted
        chosen = self._store.chosen()
        if not chosen.thresholds:
            return Learned(self._documents, chosen, [])
        path = self._place / "chosen"
        save_thresholds(path, chosen.thresholds)
        for piece in self._read(READING, path):
            self._store.add_documents(piece.rows)  # type: ignore[arg-type] # they were gathered
        sites: list[SiteReport] = []
        for done, reports in enumerate(self._pool.run(self._site_tasks()), 1):
            sites += reports
            self._progress(Progress(LEARNING, sites=done, of=len(chosen.thresholds)))
        return Learned(self._documents, chosen, sites)

    def _read(self, step: str, chosen: Path | None) -> Iterator[Piece]:
        """Read all sources, and yield what is in each piece of them."""
        for piece in self._pool.run(self._reading_tasks(chosen)):
            for one in piece.unread:
                if one.name not in self._told:
                    self._told.add(one.name)
                    self._tell(one)
            self._progress(Progress(step, piece.source, piece.read))
            yield piece

    def _reading_tasks(self, chosen: Path | None) -> Iterator[FilesTask | ChunkTask | Ready]:
        """Yield the pieces of all sources."""
        timeout = self._options.timeout
        files: list[FileSource] = []
        for number, source in enumerate(self._sources):
            if isinstance(source, FileSource):
                files.append(source)
                if len(files) == FILES_PER_TASK:
                    yield FilesTask(number, tuple(files), chosen, timeout)
                    files.clear()
            else:
                yield from self._chunks(number, source, chosen)
        if files:
            yield FilesTask(len(self._sources) - 1, tuple(files), chosen, timeout)

    def _chunks(self, number: int, shard: ShardSource, chosen: Path | None) -> Iterator[ChunkTask | Ready]:
        """Yield the chunks of a shard, and at its end why it cannot be read to its end, if so."""
        why = ""
        try:
            with stores.open_file(shard.source, shard.top) as file:
                shard.format.check(file, shard.settings)
                for chunk in shard.format.read_chunks(file, START):
                    yield ChunkTask(number, shard, chunk, file.tell(), chosen, self._options.timeout)
        except (BrokenShard, CleanerError) as error:
            why = str(error)
        except InTheWay as error:
            why = error.strerror
        except OSError as error:
            why = f"cannot be read ({reason_of(error)}); check the path"
        except Exception as error:  # whatever is wrong with a shard, the others are read
            why = f"cannot be read ({type(error).__name__}: {error}); get the file anew"
        if why:
            yield Ready(Piece((), [Unread(shard.source, why)], 0, number, 0))

    def _site_tasks(self) -> Iterator[SiteTask]:
        """Yield the sites that were chosen, with their texts."""
        for site, documents in self._store.sites():
            texts: list[SiteDocument] = once_each(documents)
            chars = sum(len(line) for text in texts for line in text.lines)
            yield SiteTask(site, texts, chars, self._options.timeout)
