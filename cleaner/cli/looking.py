"""Cleaning many documents for `cleaner review`, here or in worker processes: the same results in the same order."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import click

from cleaner.cli.common import count
from cleaner.cli.sources import Source, Sources, no_field
from cleaner.errors import CleanerError, DocumentError, defect
from cleaner.limits import TIMEOUT_SECONDS, time_limit
from cleaner.pool import Pool, Ready
from cleaner.review.document import Seen, look

# Documents of a task, and the bytes from which on it has enough. Raised, workers wait for each other at the end of a
# run; lowered, more time goes into sending.
TASK_DOCUMENTS = 50
TASK_BYTES = 1 << 20


class Failed(NamedTuple):
    """A document that could not be looked at, and why."""

    name: str
    why: str


class Looker:
    """Cleans documents and looks at them; `options` are those of `Sources`. A worker builds its own."""

    def __init__(self, paths: Sequence[str], options: Mapping[str, Any]) -> None:
        self.sources = Sources(paths, options)
        self._url = options.get("url")

    def look(self, source: Source) -> Seen | Failed:
        """Clean a document and look at it. Raises `SettingsError` for a wrong configuration."""
        if source.error:
            return Failed(source.name, source.error)
        try:
            return look(self.sources.clean(source), source.name, self.url_of(source), source.data)
        except DocumentError as error:
            return Failed(source.name, str(error))
        except CleanerError:
            raise
        except MemoryError:
            return Failed(source.name, "is too large for the memory there is; give it more, or split it")
        except Exception as error:  # whatever is wrong with a document, the others are shown
            return Failed(source.name, defect(error))

    def url_of(self, source: Source) -> str | None:
        """Return the URL of a document, if it is known."""
        return source.url or self._url


class LookingTask(NamedTuple):
    """Some documents to clean and to look at, in a worker."""

    sources: Sequence[Source]
    timeout: float

    @property
    def size(self) -> int:
        """The bytes of the documents, about."""
        return sum(len(source.data) for source in self.sources)

    @property
    def limit(self) -> float:
        """The seconds that all of them may take, and some to answer; each has its own limit as well."""
        return 5 + sum(time_limit(len(source.data), self.timeout) for source in self.sources)

    def run(self, context: Looker) -> list[Seen | Failed]:
        """Look at the documents."""
        return [context.look(source) for source in self.sources]

    def divide(self) -> list[LookingTask]:
        """Return tasks with one document each."""
        return [LookingTask([one], self.timeout) for one in self.sources] if len(self.sources) > 1 else []

    def join(self, results: Sequence[list[Seen | Failed]]) -> list[Seen | Failed]:
        """Return the results of all documents."""
        return [one for each in results for one in each]

    def failed(self, why: str) -> list[Seen | Failed]:
        """Return that the documents failed."""
        return [Failed(source.name, f"cannot be cleaned: {why}") for source in self.sources]


def look_at_all(looker: Looker, options: Mapping[str, Any], *, jobs: int, quiet: bool) -> Iterator[Seen | Failed]:
    """Yield what is seen of all documents, in order. Raises `SettingsError`."""
    hidden = quiet or not sys.stderr.isatty()
    with click.progressbar(length=1, label="looking", file=sys.stderr, hidden=hidden, item_show_func=str) as bar:
        for number, seen in enumerate(_seen(looker, options, jobs), 1):
            bar.update(0, count(number, "document"))  # how many there are is not known before the end
            yield seen


def _seen(looker: Looker, options: Mapping[str, Any], jobs: int) -> Iterator[Seen | Failed]:
    if jobs == 1:
        yield from map(looker.look, looker.sources.read())
        return
    with Pool[Any](partial(Looker, (), dict(options)), jobs) as pool:
        for seen in pool.run(_tasks(looker.sources, options.get("timeout") or TIMEOUT_SECONDS)):
            yield from seen


def _tasks(sources: Sources, timeout: float) -> Iterator[LookingTask | Ready]:
    """Yield the documents in tasks; what is wrong with a configuration shows here, before a worker meets it."""
    batch: list[Source] = []
    size = 0
    for source in sources.read():
        if source.error:
            batch, size, full = [], 0, batch
            if full:
                yield LookingTask(full, timeout)
            yield Ready([Failed(source.name, source.error)])
            continue
        sources.cleaner(source)
        batch.append(source._replace(get=no_field))  # a worker needs no fields, and gets none of the row
        size += len(source.data)
        if len(batch) == TASK_DOCUMENTS or size >= TASK_BYTES:
            yield LookingTask(batch, timeout)
            batch, size = [], 0
    if batch:
        yield LookingTask(batch, timeout)
