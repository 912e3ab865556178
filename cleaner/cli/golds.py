"""The gold of a document: a text with its content and nothing else, where a person has said what that is.

Gold is a clean copy beside the document which somebody has corrected, a text of the same name in a folder of gold
(`--gold`), or a field of a row. A copy that `cleaner strip` wrote and nobody has changed is no gold: measured against
itself, cleaning would be perfect. So a copy beside a document counts if a lock knows it as corrected
(`files/known.py`) and its document is as it was then. One that no lock knows counts if it is not what cleaning gives
now, at any level, and has no record beside it that says who wrote it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import Any, NamedTuple

import click

from cleaner import quote
from cleaner.cleaner import at_level
from cleaner.cli import complete
from cleaner.cli.common import clean_document, count, field_option, known_of
from cleaner.cli.help import about_input, options
from cleaner.cli.sources import Source, Sources, row_options
from cleaner.document import Cleaned
from cleaner.errors import CleanerError, DocumentError
from cleaner.files import naming, ours
from cleaner.files.folder import Place, why_not_read
from cleaner.files.job import MAX_OUTPUT_BYTES
from cleaner.files.probe import mode_of
from cleaner.marks import LEVELS
from cleaner.text.encoding import decode

MAX_TOLD = 5  # documents without gold that are named, of each kind; of more, the number is told

NO_FIELD, NO_FILE, NO_COPY, WRITTEN, OUTDATED = "no field", "no file", "no copy", "written", "outdated"
ABOUT_MANY = {  # what to say of many documents that have no gold, by the kind of reason
    NO_FIELD: "have no gold; name the field that has it with --gold-field",
    NO_FILE: "have no gold in the folder of --gold; put what of them is content there",
    NO_COPY: "have no gold beside them; put what of each is content into its copy, or pass --gold DIR",
    OUTDATED: "were changed after their copies were corrected; look at both, then `cleaner accept` them",
    WRITTEN: "have copies that `cleaner strip` wrote, which are not gold; correct them, or pass --gold DIR",
}

gold_dir_option = about_input(
    "--gold",
    "--gold-dir",
    "gold",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    shell_complete=complete.folders,
    help="The folder with gold: of x/a.txt in a folder that is named it is DIR/x/a.clean.txt or DIR/x/a.txt.",
)
# The options that say which fields of rows hold what, gold among them.
gold_field_options = options(row_options, field_option("gold", "the content"))


class Gold(NamedTuple):
    """The gold of a document; without a `text`, the `kind` of reason why there is none, and `why` in words."""

    text: str | None
    kind: str = ""
    why: str = ""


class Golds:
    """Finds the gold of the documents of a run.

    `folder` is the folder with gold, None for the copies beside documents; with `copies` false, these do not count
    either. `field` is the field of rows that has gold, and `options` are those with which documents are cleaned.
    """

    def __init__(
        self, sources: Sources, options: Mapping[str, Any], *, folder: Path | None = None, copies: bool = True
    ) -> None:
        self._sources, self._options = sources, options
        self._folder, self._copies = folder, copies
        self._field = options["gold_field"]
        self._known = known_of()

    def of(self, source: Source, clean: Callable[[], Cleaned]) -> Gold:
        """Return the gold of a document; `clean` cleans it, if that is needed to tell.

        Raises `DocumentError` if there is gold that cannot be read, and what `clean` raises.
        """
        if source.path is None:
            return self._in_row(source)
        if self._folder is not None:
            return self._in_folder(self._folder, source)
        if not self._copies or source.place is None:
            return Gold(None)
        return self._beside(source, self._sources.copy_of(source), clean)

    def _in_row(self, source: Source) -> Gold:
        value = source.get(self._field)
        if value is None:
            what = f"has no string in the field {self._field!r}; name the gold with --gold-field"
            return Gold(None, NO_FIELD, what)
        if not isinstance(value, str):
            raise DocumentError(f"the field {self._field!r} is not a string; name another field, or mend the row")
        return Gold(value)

    def _in_folder(self, folder: Path, source: Source) -> Gold:
        """Return the gold of a document from a folder of gold."""
        if source.place is None or source.path is None:
            return Gold(None, NO_FILE, "has no name, so it has no gold in a folder; name a file")
        below = source.place.below
        for name in _names_of_gold(below):
            there = folder / name
            if mode_of(there, follow=False) and not (mode_of(source.path) and there.samefile(source.path)):
                return Gold(_text(Place(folder, name), there))
        wanted = quote.name(folder / naming.copy_of(below))
        why = f"has no gold in {quote.name(folder)}; put what of it is content into {wanted}"
        return Gold(None, NO_FILE, why)

    def _beside(self, source: Source, copy: Place, clean: Callable[[], Cleaned]) -> Gold:
        """Return the gold of a document from its copy, if that is one which the cleaner did not write."""
        if not mode_of(copy.path, follow=False):
            what = f"has no gold beside it; put what of it is content into {quote.name(copy.name)}"
            return Gold(None, NO_COPY, what)
        data = _read(copy, copy.path)
        text = _decoded(data, copy.path)
        assert source.place
        assert isinstance(source.data, bytes)
        standing = self._known.standing(source.place, copy, source.data, data)
        if standing.is_outdated:
            what = f"{quote.name(copy.name)} was corrected, and the document changed since"
            return Gold(None, OUTDATED, f"{what}; look at both, then `cleaner accept {quote.word(str(source.path))}`")
        if standing.copy == "written" or (standing.copy == "unknown" and self._is_ours(source, copy, data, clean)):
            what = f"{quote.name(copy.name)} is what `cleaner strip` wrote, not gold; correct it, or pass --gold DIR"
            return Gold(None, WRITTEN, what)
        return Gold(text)

    def _is_ours(self, source: Source, copy: Place, data: bytes, clean: Callable[[], Cleaned]) -> bool:
        """Whether the copy with the content `data`, which no lock knows, is one that the cleaner wrote."""
        assert source.path
        assert isinstance(source.data, bytes)
        record = _record_of(copy)
        if record and ours.fits(record, data):
            return True
        found = self._sources.found(source)
        cleaner = self._sources.cleaner(source)
        for level in sorted(LEVELS, key=lambda level: level != cleaner.level):  # the one in force first
            if level == cleaner.level:
                text = clean().text
            else:
                try:
                    text = clean_document(
                        at_level(cleaner, level), source.data, source.path, found, self._options
                    ).text
                except CleanerError:
                    continue
            if data == text.encode() or ours.is_same_in_git(data, text.encode(), copy.path):
                return True
        return False

    @property
    def cautions(self) -> list[str]:
        """What is wrong with locks, each a line to say."""
        return self._known.cautions


class Skipped:
    """Documents that have no gold. What is said of them is in few lines, however many they are."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._told: dict[str, list[str]] = {}

    def __bool__(self) -> bool:
        return bool(self._counts)

    def add(self, name: str, gold: Gold) -> None:
        """Note that a document has no gold."""
        self._counts[gold.kind] = self._counts.get(gold.kind, 0) + 1
        told = self._told.setdefault(gold.kind, [])
        if len(told) < MAX_TOLD:
            told.append(f"{quote.name(name)}: skipped: {gold.why}")

    def notes(self) -> list[str]:
        """Return what to say: a line for each document, or one line for all of a kind if they are many."""
        notes: list[str] = []
        for kind, number in self._counts.items():
            told = self._told[kind]
            notes += told if number <= MAX_TOLD else [f"skipped: {count(number, 'document')} {ABOUT_MANY[kind]}"]
        return notes


def _names_of_gold(below: PurePath) -> list[PurePath]:
    """Return the places in a folder of gold where that of a document may stand, the likeliest first."""
    own = [below] if naming.kind_of(below) != "html" else []
    copies = [naming.copy_of(below, markdown=markdown) for markdown in (False, True)]
    return list(dict.fromkeys([*copies, *own, below.with_suffix(".txt"), below.with_suffix(".md")]))


def _text(place: Place, shown: Path) -> str:
    """Return the text of a file with gold. Raises `DocumentError`."""
    return _decoded(_read(place, shown), shown)


def _read(place: Place, shown: Path) -> bytes:
    """Return the content of a file with gold. Raises `DocumentError`."""
    try:
        with place.folder() as folder:
            return folder.read(place.name, MAX_OUTPUT_BYTES)[0]
    except OSError as error:
        raise DocumentError(f"{quote.name(shown)}: {why_not_read(error)}") from None


def _decoded(data: bytes, shown: Path) -> str:
    try:
        return decode(data).text
    except DocumentError as error:
        raise DocumentError(f"{quote.name(shown)}: {error}") from None


def _record_of(copy: Place) -> bytes | None:
    """Return the record beside a copy, None if there is none that can be read."""
    try:
        with copy.folder() as folder:
            return folder.read(naming.record_path(copy.below).name, MAX_OUTPUT_BYTES)[0]
    except OSError:
        return None
