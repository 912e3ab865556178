"""Documents of every kind, read one after the other: files, standard input, and the rows of shards.

Commands that look at documents and write no copies of them (`explain`, `score`, `gold`, `rules coverage` and others)
read them here. A shard is a file with many documents (`cleaner/shards/`): JSON lines, Parquet, WARC or WET, also
compressed; its rows are read as `cleaner strip` reads them. One document is in memory at a time, or one chunk of a
shard (`CHUNK_BYTES` in `shards/format.py`). What cannot be read does not end the run: it comes as a `Source` with an
`error`.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from cleaner.cleaner import Cleaner
from cleaner.cli import walk
from cleaner.cli.common import Cleaners, clean_document, config_of, in_time
from cleaner.cli.config import HERE, Config, Found
from cleaner.cli.help import options
from cleaner.cli.say import read_input
from cleaner.cli.shards import (
    html_field,
    is_evidence,
    lang_field,
    max_document_option,
    text_field,
    url_field,
)
from cleaner.document import Cleaned
from cleaner.errors import CleanerError, DocumentError, SettingsError
from cleaner.files import naming
from cleaner.files.folder import InTheWay, Place, read_named, reason_of, why_not_read
from cleaner.files.probe import mode_of
from cleaner.limits import MAX_DOCUMENT_BYTES
from cleaner.rows import Fields, Row, clean_row
from cleaner.shards import names, store

if TYPE_CHECKING:  # what shards need is loaded if there are any
    from cleaner.shards.format import ShardRow

STDIN = "-"
# The options that say which fields of the rows of shards hold what, and how large a row may be.
row_options = options(text_field, html_field, url_field, lang_field, max_document_option)


def no_field(_name: str) -> object:
    """Return None: a file has no fields."""
    return None


class Source(NamedTuple):
    """A document to clean, or why it cannot be read.

    - `name` is how people are told of it: the path, `-` for standard input, or `docs.jsonl:12` for a row of a shard.
      It may hold anything; `quote.name` makes it safe to show.
    - `file` is the path or URL of the file that holds it.
    - `path` is the path of a document that is a file of its own, else None; `place` is the same with the folder that
      the user named, and `named` says whether the user named the file itself, which may then be a link.
    - `number` is the 1-based line (JSON lines), row (Parquet) or record (WARC) of a shard; None for files and for the
      error of a shard as a whole.
    - `data` holds the bytes of a file, or the text or page of a row. `kind` is `text`, `markdown` or `html`, None if
      the content is to tell. `flags` are those that the document has before it is cleaned.
    - `url` and `lang` are what is known of a row; for files, the options and the configuration tell.
    - `error` is `what is wrong; what to do`; then there are no data.
    - `get` returns the value of a field of the row by its name, None if there is no such field.
    """

    name: str
    file: str
    path: Path | None = None
    number: int | None = None
    url: str | None = None
    lang: str | None = None
    data: bytes | str = b""
    kind: str | None = None
    error: str = ""
    flags: tuple[str, ...] = ()
    get: Callable[[str], object] = no_field
    place: Place | None = None
    named: bool = False


class Sources:
    """The documents that `paths` name or hold, and the cleaner that counts for each.

    `options` are those of a command: the ones of `cleaning_options` choose the cleaner and say what is known of the
    documents, those of `row_options` say how rows are read, `timeout` bounds the time for each document, and
    `force_exclude` lets exclusions count for paths that are named, too. All but those of `cleaning_options` may be
    missing. A command that has others to choose a cleaner passes them as `wanted`.

    Of a shard, one row can be named: `docs.jsonl:12`. A file with that very name comes first. With `any_name`, a file
    that the user names is read whatever it is called, a clean copy for example; otherwise a name says, as for
    `cleaner strip`, whether the file is a document.
    """

    def __init__(
        self,
        paths: Iterable[str],
        options: Mapping[str, Any],
        *,
        any_name: bool = False,
        wanted: Config | None = None,
    ) -> None:
        self._paths = list(paths)
        self._options = options
        self._any_name = any_name
        self._wanted = config_of(options) if wanted is None else wanted
        self._cleaners = Cleaners(self._wanted)

    def read(self) -> Iterator[Source]:
        """Yield the documents, once each: in the order of the paths, in folders by name, in shards by number.

        Raises `SettingsError` if a configuration is wrong, a store cannot be reached, or a package is missing.
        """
        given: list[Path] = []  # neighbours among the paths, so that a document which two of them name comes once
        for name in self._paths:
            alone = self._alone(name)
            if alone is None:
                given.append(Path(name))
                continue
            yield from self._found(given)
            yield from alone
            given = []
        yield from self._found(given)

    def clean(self, source: Source) -> Cleaned:
        """Clean a document as its configuration and the options say. Raises `DocumentError`, and `SettingsError`."""
        return self.clean_with(self.cleaner(source), source)

    def clean_with(self, cleaner: Cleaner, source: Source) -> Cleaned:
        """Clean a document with another cleaner than its own. Raises `DocumentError`, and `SettingsError`."""
        if source.error:
            raise DocumentError(source.error)
        if source.path and isinstance(source.data, bytes):
            return clean_document(cleaner, source.data, source.path, self.found(source), self._options)
        text = source.data if source.kind != "html" and isinstance(source.data, str) else None
        html = None if text is not None else source.data
        with in_time(len(source.data), self._options):
            row = Row(text, html, source.url, source.lang, flags=source.flags)
            outcome = clean_row(cleaner, row, self._name_of(source))
        if not outcome.cleaned:
            raise DocumentError(outcome.error)
        return outcome.cleaned

    def cleaner(self, source: Source) -> Cleaner:
        """Return the cleaner that counts for a document. Raises `SettingsError`."""
        return self._cleaners.built[self._cleaners.number(self.found(source))]

    def found(self, source: Source) -> Found:
        """Return the configuration that counts for a document. Raises `SettingsError`."""
        return self._configuration(source.file)

    def copy_of(self, source: Source) -> Place:
        """Return the place beside a document, which is a file of its own, where its clean copy goes."""
        assert source.place
        config = self.found(source).config
        names = self._wanted.names or config.names or "short"
        markdown = self._wanted.markdown or config.markdown
        return source.place._replace(below=naming.copy_of(source.place.below, names, markdown=markdown))

    def cleaners(self) -> list[Cleaner]:
        """Return the cleaners of the documents cleaned so far; if there are none, the one of the current folder."""
        if not self._cleaners.built:
            self._cleaners.number(self._cleaners.found(HERE))
        return self._cleaners.built

    def _name_of(self, source: Source) -> str | None:
        """Return the name of a document for patterns; a file in a store has none."""
        return None if store.is_remote(source.file) else self.found(source).name_of(Path(source.file))

    def _configuration(self, file: str) -> Found:
        return self._cleaners.found(HERE if store.is_remote(file) else Path(file))

    def _alone(self, name: str) -> Iterator[Source] | None:
        """Return the documents that a name stands for which is no path to be searched; None for such a path."""
        if name == STDIN:
            return iter([Source(name, name, Path(name), data=read_input())])
        if row := _named_row(name):
            return self._row(*row)
        if store.is_remote(name):
            return chain.from_iterable(self._rows(url, None) for url, _ in store.find(name))
        path = Path(name)
        if not self._any_name or stat.S_ISDIR(mode_of(path)):
            return None
        if names.name_of(name):
            return self._rows(name, None)
        return iter([self._file(walk.FoundDocument(path.parent, PurePath(path.name), named=True))])

    def _excludes(self, path: Path, named: bool) -> bool:
        if named and not self._options.get("force_exclude"):
            return False
        return self._cleaners.found(path).excludes(path, folder=stat.S_ISDIR(mode_of(path, follow=False)))

    def _respects_git(self, folder: Path) -> bool:
        return self._cleaners.found(folder / HERE).config.respect_gitignore is not False

    def _found(self, paths: list[Path]) -> Iterator[Source]:
        """Yield the documents that paths of this machine name or hold."""
        for item in walk.documents(paths, self._excludes, self._respects_git, shards=True):
            if isinstance(item, walk.Problem):
                yield Source(str(item.path), str(item.path), item.path, error=item.why)
            elif item.is_shard:
                if not item.named and is_evidence(str(item.path)):
                    continue  # `strip --evidence` wrote it there
                yield from self._rows(str(item.path), None if item.named else str(item.top))
            else:
                yield self._file(item)

    def _file(self, item: walk.FoundDocument) -> Source:
        """Read a document that is a file of its own."""
        path = item.path
        place = Place(item.top, item.below)
        source = Source(str(path), str(path), path, kind=naming.kind_of(path), place=place, named=item.named)
        try:
            if item.named:
                return source._replace(data=read_named(path)[0])
            with place.folder() as folder:
                return source._replace(data=folder.read(path.name)[0])
        except OSError as error:
            return source._replace(error=why_not_read(error, "name a document"))

    def _row(self, shard: str, number: int) -> Iterator[Source]:
        """Yield the row of a shard that has a number, or why there is none."""
        for source in self._rows(shard, None):
            if source.number in (number, None):
                yield source
                return
            if source.number and source.number > number:
                break
        yield Source(shard, shard, error=f"has no document with the number {number}; name another one")

    def _rows(self, shard: str, top: str | None) -> Iterator[Source]:
        """Yield the rows of a shard, and at the end why it cannot be read, or not any further, if so.

        `top` is the folder that the user named, None if it was the shard itself.
        """
        from cleaner.shards.format import START, BrokenShard, RowSettings

        given = self._options
        fields = Fields(
            given.get("text_field") or "text",
            given.get("url_field") or "url",
            given.get("lang_field") or "lang",
            given.get("html_field"),
            error=None,
        )
        lang = given.get("lang") or self._configuration(shard).config.lang
        settings = RowSettings(fields, given.get("url"), lang)
        limit = given.get("max_document")
        form, _ = names.formats_of(shard, limit << 20 if limit else MAX_DOCUMENT_BYTES)
        why = ""
        try:
            with store.open_file(shard, top) as file:
                form.check(file, settings)
                for chunk in form.read_chunks(file, START):
                    for row in form.rows(chunk, settings):
                        yield _source_of(shard, row)
        except SettingsError:
            raise
        except (BrokenShard, CleanerError) as error:
            why = str(error)
        except InTheWay as error:
            why = error.strerror
        except OSError as error:
            why = f"cannot be read ({reason_of(error)}); check the path"
        if why:
            yield Source(shard, shard, error=why)


def _source_of(shard: str, found: ShardRow) -> Source:
    """Return a row of a shard as a document."""
    row = found.row
    source = Source(f"{shard}:{found.number}", shard, number=found.number, url=row.url, lang=row.lang, get=found.get)
    if row.error:
        return source._replace(error=row.error)
    if row.text is not None:
        return source._replace(data=row.text, kind="text", flags=row.flags)
    return source._replace(data=row.html or "", kind="html", flags=row.flags)


def _named_row(name: str) -> tuple[str, int] | None:
    """Return the shard and the number that `docs.jsonl:12` names, None if there is a file with that very name."""
    if not store.is_remote(name) and mode_of(Path(name), follow=False):
        return None
    return names.row_of(name)
