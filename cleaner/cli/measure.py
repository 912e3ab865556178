"""Documents that are cleaned and have their gold beside them, for the commands that measure cleaning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

from cleaner import quote
from cleaner.cleaner import Cleaner
from cleaner.cli.golds import Golds, Skipped
from cleaner.cli.sources import Source, Sources
from cleaner.document import Cleaned
from cleaner.errors import DocumentError


class Measured(NamedTuple):
    """A cleaned document: its name for messages, its gold (None if not known), and the result."""

    name: str
    gold: str | None
    cleaned: Cleaned


class Run:
    """Cleans the documents of a run, each as its configuration says, and keeps notes of those that it cannot use.

    `options` are those of `cleaning_options`, `gold_field_options` and `gold_dir_option`. With `copies`, the
    corrected copy beside a file is its gold. With `gold_only`, documents without gold are noted in `skipped`, and not
    yielded. Documents that cannot be cleaned are noted in `failures`, each as `name: what is wrong; what to do`.
    """

    def __init__(
        self, paths: Iterable[str], options: dict[str, Any], *, copies: bool = True, gold_only: bool = False
    ) -> None:
        self._sources = Sources(paths, options)
        self._golds = Golds(self._sources, options, folder=options["gold"], copies=copies)
        self._gold_only = gold_only
        self.failures: list[str] = []
        self.skipped = Skipped()

    def given(self) -> Iterator[Source]:
        """Yield the documents that the paths of the run name or hold, in order."""
        return self._sources.read()

    def cleaned(self, given: Iterable[Source]) -> Iterator[Measured]:
        """Yield each document with its gold, cleaned."""
        for one in given:
            try:
                if measured := self._measured(one):
                    yield measured
            except DocumentError as error:
                self.failures.append(f"{quote.name(one.name)}: {error}")

    def cleaners(self) -> list[Cleaner]:
        """Return the cleaners of the documents; if there were none, the cleaner of the current folder."""
        return self._sources.cleaners()

    def notes(self) -> list[str]:
        """Return what to say after the run: what was skipped, what failed, and what is wrong with locks."""
        return [*self.skipped.notes(), *self.failures, *self._golds.cautions]

    def _measured(self, one: Source) -> Measured | None:
        """Return a document with its gold, cleaned; None if it is to be skipped. Raises `DocumentError`."""
        if one.error:
            raise DocumentError(one.error)
        clean = cache(lambda: self._sources.clean(one))
        gold = self._golds.of(one, clean)
        if gold.text is None and self._gold_only:
            self.skipped.add(one.name, gold)
            return None
        return Measured(one.name, gold.text, clean())
