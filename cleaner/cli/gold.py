"""`cleaner gold`: documents with their gold as JSON lines, for `cleaner score` and for fitting the judge."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePath
from typing import Any, BinaryIO

import click

from cleaner import quote
from cleaner.cli import DONE, complete
from cleaner.cli.common import cleaning_options, count, failure_code, folder_to_write, paths_argument
from cleaner.cli.golds import Golds, Skipped, gold_dir_option, gold_field_options
from cleaner.cli.help import Command, about_output
from cleaner.cli.say import print_bytes, say
from cleaner.cli.sources import Source, Sources
from cleaner.errors import DocumentError
from cleaner.files.folder import Folder, Seen
from cleaner.files.stream import new_file
from cleaner.shards import compression, names

STDOUT = "-"


class _Unchanged(Exception):
    """The file that is there has the content that it would get."""


@click.command(
    "gold",
    cls=Command,
    examples={
        "cleaner gold articles/ -o gold.jsonl": "what somebody has corrected",
        "cleaner score gold.jsonl": "cleaning against it, anywhere",
        "cleaner gold --gold gold/ in/ -o gold.jsonl": "in/a.txt with gold/a.txt",
    },
)
@paths_argument
@cleaning_options
@gold_dir_option
@about_output(
    "--output",
    "-o",
    metavar="FILE",
    default=STDOUT,
    shell_complete=complete.files,
    help="Write to this file (*.jsonl, also with .gz, .zst, .bz2, .xz); - is standard output. [-]",
)
@about_output("--force", is_flag=True, help="Replace FILE if it exists.")
@gold_field_options
def command(paths: tuple[str, ...], output: str, force: bool, **options: Any) -> int:
    """Gather the documents whose content somebody has said, as JSON lines.

    PATH is what `cleaner score` takes, and gold is what it takes for gold: the copy of a document once somebody has
    corrected it, a text in the folder of --gold, or a field of a row. Each line has the fields id, url, lang, text or
    html, and gold; `cleaner score` and the fitting of the judge read them. Options about cleaning matter for telling
    which copies `cleaner strip` wrote.
    """
    if STDOUT in paths:
        raise click.UsageError("standard input (-) has no gold beside it; name a file or a folder")
    gathered = _Gathered(paths, options)
    if output == STDOUT:
        for line in gathered.lines():
            print_bytes(line)
    else:
        _write(Path(output), gathered, force=force)
    for note in gathered.notes():
        say(note, err=True)
    if not gathered.number and not gathered.failures:
        raise click.UsageError("nothing to gather: no document has gold; see `cleaner gold --help`")
    if output != STDOUT and gathered.number:
        say(f"{quote.name(output)}: {count(gathered.number, 'document')} with gold")
    return failure_code(paths) if gathered.failures else DONE


class _Gathered:
    """The documents with gold of a run, and notes of the others."""

    def __init__(self, paths: tuple[str, ...], options: dict[str, Any]) -> None:
        self._sources = Sources(paths, options)
        self._golds = Golds(self._sources, options, folder=options["gold"])
        self._options = options
        self.failures: list[str] = []
        self.skipped = Skipped()
        self.number = 0

    def lines(self) -> Iterator[bytes]:
        """Yield a line of JSON for each document with gold, in the order of the paths."""
        for source in self._sources.read():
            try:
                line = self._line(source)
            except DocumentError as error:
                self.failures.append(f"{quote.name(source.name)}: {error}")
                continue
            if line:
                self.number += 1
                yield line

    def notes(self) -> list[str]:
        """Return what to say after the run: what was skipped, what failed, and what is wrong with locks."""
        return [*self.skipped.notes(), *self.failures, *self._golds.cautions]

    def _line(self, source: Source) -> bytes | None:
        """Return the line of a document; None if it has no gold. Raises `DocumentError`."""
        if source.error:
            raise DocumentError(source.error)
        gold = self._golds.of(source, partial(self._sources.clean, source))
        if gold.text is None:
            self.skipped.add(source.name, gold)
            return None
        kind, text = self._text(source)
        lang = self._options["lang"] or source.lang or self._sources.found(source).config.lang
        data = {
            "id": PurePath(source.name).as_posix(),
            "url": self._options["url"] or source.url,
            "lang": lang,
            kind: text,
            "gold": gold.text,
        }
        return _json(data)

    def _text(self, source: Source) -> tuple[str, str]:
        """Return the field for the document, `text` or `html`, and its text. Raises `DocumentError`."""
        from cleaner.learn.run.sources import decoded

        if isinstance(source.data, str):
            return ("html" if source.kind == "html" else "text"), source.data
        row = decoded(source.data, PurePath(source.path or "row.html"), self._options["encoding"])
        if row.error:
            raise DocumentError(row.error)
        return ("text", row.text) if row.text is not None else ("html", str(row.html or ""))


def _json(data: dict[str, Any]) -> bytes:
    """Return a line of JSON. Half a character, which UTF-8 does not have, is written as an escape."""
    try:
        return (json.dumps(data, ensure_ascii=False) + "\n").encode()
    except UnicodeEncodeError:
        return (json.dumps(data) + "\n").encode()


def _write(output: Path, gathered: _Gathered, *, force: bool) -> None:
    """Write the lines to a file, unless there are none, or it has them already. Raises `UsageError`."""
    name = names.name_of(str(output))
    if not name or name.suffix.lower() not in names.JSONL:
        raise click.UsageError(f"{quote.name(output)}: is no file of JSON lines by its name; name *.jsonl")
    suffix = name.compression.lower()
    compression.check(suffix)
    try:
        with folder_to_write(output) as folder:
            old = folder.look(output.name)
            with new_file(folder, output.name, old) as made:
                compression.write(made, gathered.lines(), suffix)
                if not gathered.number:
                    raise _Unchanged
                if old and not force:
                    if _digest_of(folder, output.name, old) == _digest(made):
                        raise _Unchanged
                    what = "exists, and what would be written differs; pass --force to replace it"
                    raise click.UsageError(f"{quote.name(output)} {what}")
    except _Unchanged:
        pass


def _digest_of(folder: Folder, name: str, old: Seen) -> bytes:
    """Return the digest of a file in a folder, which looked like `old`."""
    with os.fdopen(folder.open(name), "rb") as file:
        return _digest(file) if Seen.of(os.fstat(file.fileno())).is_same_file(old) else b""


def _digest(file: BinaryIO) -> bytes:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").digest()  # type: ignore[arg-type] # both files have `readinto`
