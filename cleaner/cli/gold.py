"""Documents with their gold, that is the content alone: the clean copy beside a file, or a field of a JSONL line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from cleaner import quote
from cleaner.cleaner import Cleaner
from cleaner.cli.common import Cleaners, Command, clean_document, field_option, in_time
from cleaner.cli.config import Config, Found
from cleaner.cli.jsonl import JsonlDocument, documents_in, is_jsonl
from cleaner.cli.rules.common import Failed, NamedDocument, documents
from cleaner.document import Cleaned
from cleaner.errors import DocumentError
from cleaner.files import naming
from cleaner.files.folder import Place, why_not_read
from cleaner.files.job import MAX_OUTPUT_BYTES
from cleaner.files.probe import mode_of
from cleaner.rows import Fields, clean_row
from cleaner.text.encoding import decode


class Known(NamedTuple):
    """A cleaned document: its name for messages, its gold (None if not known), and the result."""

    name: str
    gold: str | None
    cleaned: Cleaned


def field_options(command: Command) -> Command:
    """Add the options that name the fields of JSONL lines."""
    for option in reversed(
        (
            field_option("text", "the text", "JSONL"),
            field_option("html", "HTML", "JSONL", instead=True),
            field_option("gold", "the content", "JSONL"),
            field_option("url", "the URL", "JSONL"),
        )
    ):
        command = option(command)
    return command


class Run:
    """Cleans the documents of a run, each as its configuration says, and keeps notes of those that it cannot use.

    `options` are those of `cleaning_options` and `field_options`. With `copies`, the clean copy beside a file is its
    gold. With `gold_only`, documents without gold are not cleaned, but noted in `skipped`. Documents that cannot be
    cleaned are noted in `failures`. A note is `name: what is wrong; what to do`.
    """

    def __init__(
        self, wanted: Config, options: dict[str, Any], *, copies: bool = True, gold_only: bool = False
    ) -> None:
        self._options = options
        self._copies = copies
        self._gold_only = gold_only
        self._cleaners = Cleaners(wanted)
        self.failures: list[str] = []
        self.skipped: list[str] = []

    def given(self, paths: Iterable[str]) -> Iterator[NamedDocument | JsonlDocument | Failed]:
        """Yield the documents that `paths` name or hold, in order."""
        options = self._options
        fields = Fields(text=options["text_field"], html=options["html_field"], url=options["url_field"])
        for path in paths:
            if is_jsonl(path):
                yield from documents_in(Path(path), fields, options["gold_field"])
            else:
                yield from documents([path], self._cleaners.found)

    def cleaned(self, given: Iterable[NamedDocument | JsonlDocument | Failed]) -> Iterator[Known]:
        """Yield each document with its gold, cleaned."""
        for one in given:
            if isinstance(one, Failed):
                self.failures.append(f"{quote.name(one.name)}: {one.why}")
                continue
            found = self._cleaners.found(one.path)
            cleaner = self._cleaners.built[self._cleaners.number(found)]
            try:
                gold = one.gold if isinstance(one, JsonlDocument) else self._copy_beside(one.path, found)
                if gold is None and self._gold_only:
                    self.skipped.append(f"{quote.name(one.name)}: skipped: {self._what_is_missing(one, found)}")
                    continue
                cleaned = self._clean(one, cleaner, found)
            except DocumentError as error:
                self.failures.append(f"{quote.name(one.name)}: {error}")
            else:
                yield Known(one.name, gold, cleaned)

    def cleaners(self) -> list[Cleaner]:
        """Return the cleaners of the documents; if there were none, the cleaner of the current folder."""
        if not self._cleaners.built:
            self._cleaners.number(self._cleaners.found(Path("x")))
        return self._cleaners.built

    def _what_is_missing(self, one: NamedDocument | JsonlDocument, found: Found) -> str:
        """Return what to say of a document without gold."""
        if isinstance(one, JsonlDocument):
            return f"has no string in the field {self._options['gold_field']!r}; name the gold with --gold-field"
        copy = naming.copy_of(one.path, found.config.names or "short").name
        return f"has no gold beside it; put what of it is content into {quote.name(copy)}"

    def _copy_beside(self, path: Path, found: Found) -> str | None:
        """Return the text of the clean copy beside a document, None if there is none or copies are not wanted."""
        copy = naming.copy_of(path, found.config.names or "short")
        if not self._copies or not mode_of(copy, follow=False):
            return None
        try:
            with Place.named(copy).folder() as folder:
                return decode(folder.read(copy.name, MAX_OUTPUT_BYTES)[0]).text
        except OSError as error:
            raise DocumentError(f"{quote.name(copy)}: {why_not_read(error)}") from None
        except DocumentError as error:
            raise DocumentError(f"{quote.name(copy)}: {error}") from None

    def _clean(self, one: NamedDocument | JsonlDocument, cleaner: Cleaner, found: Found) -> Cleaned:
        """Clean a document. Raises `DocumentError`."""
        if isinstance(one, NamedDocument):
            return clean_document(cleaner, one.data, one.path, found, self._options)
        url = self._options["url"] or one.row.url
        # A field for the language is not read: no option names one.
        row = one.row._replace(url=url, lang=self._options["lang"] or found.config.lang)
        with in_time(len(row.text or row.html or ""), self._options):
            outcome = clean_row(cleaner, row, found.name_of(one.path))
        if not outcome.cleaned:
            raise DocumentError(outcome.error)
        return outcome.cleaned
