"""The part of `cleaner restore` that is about shards: one row to standard output, or all rows to a file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click

from cleaner import quote
from cleaner.cli import DONE, FAILED
from cleaner.cli.common import count, folder_to_write
from cleaner.cli.say import print_bytes, say
from cleaner.errors import DocumentError
from cleaner.files.folder import InTheWay, New, Seen, reason_of
from cleaner.files.stream import new_file
from cleaner.rows import RECORD_FIELD
from cleaner.shards import names, store
from cleaner.shards.format import BrokenShard
from cleaner.shards.jsonl import Jsonl
from cleaner.shards.restore import Restored, batches, lines, write_lines, write_table

MAX_SAID = 20  # rows that are named because they cannot be restored; of more, the number is said


def restore_shard(
    copy: Path, output: Path | None, row: int | None, text_field: str, limit: int, *, force: bool
) -> int:
    """Restore a row of the clean copy of a shard, or all its rows, and return the exit code.

    A `row` is its 1-based number; its text goes to `output`, or to standard output if that is None, and so do all
    rows of JSON lines, not compressed. `limit` is the longest row in bytes. Raises `UsageError`, and `DocumentError`
    if the copy cannot be read or has no records.
    """
    shown = quote.name(copy)
    name = names.name_of(str(copy))
    assert name
    if name.suffix.lower() in names.WARC:
        raise click.UsageError(f"{shown}: is no clean copy; name one, such as NAME.clean.jsonl.gz")
    try:
        with store.open_file(str(copy)) as file:
            if row is not None:
                text = _text_of_row(copy, file, row, text_field, limit)
                _write_text(text, output, Seen.of(copy.stat()).mode, force=force)
                return DONE
            if output is None:
                if name.suffix.lower() in names.PARQUET:
                    raise click.UsageError(f"{shown}: is a table; name a file for it with -o, or a row with --row")
                return _to_standard_output(copy, file, text_field, limit)
            return _write_shard(copy, file, output, text_field, limit, force=force)
    except InTheWay as error:
        raise DocumentError(f"{shown}: {error.strerror}") from None
    except OSError as error:
        raise DocumentError(f"{shown}: cannot be read ({reason_of(error)}); check the path") from None
    except BrokenShard as error:
        raise DocumentError(f"{shown}: {error}") from None


class _Told:
    """What is said of the rows of a copy that is called `shown`: those that cannot be restored, and the numbers."""

    def __init__(self, shown: str) -> None:
        self._shown = shown
        self.restored = self.failed = 0

    def tell(self, one: Restored) -> None:
        """Take a row, and say why if it cannot be restored."""
        self.restored += one.text is not None
        if one.error:
            self.failed += 1
            if self.failed <= MAX_SAID:
                say(f"{self._shown}:{one.number}: {one.error}", err=True)

    def end(self) -> int:
        """Say what is left to say after the last row, and return the exit code.

        Raises `DocumentError` if no row has a record.
        """
        if self.failed > MAX_SAID:
            say(f"{count(self.failed - MAX_SAID, 'more row')} cannot be restored", err=True)
        if not self.restored and not self.failed:
            what = f"no row has the field {RECORD_FIELD!r}; `cleaner strip --record` writes it"
            raise DocumentError(f"{self._shown}: {what}")
        return FAILED if self.failed else DONE


def _rows(copy: Path, file: BinaryIO, text_field: str, limit: int) -> Iterator[Restored]:
    """Yield the rows of a copy."""
    form, _ = names.formats_of(str(copy), limit)
    if isinstance(form, Jsonl):
        return lines(form, file, text_field)
    return (one for _, found in batches(form, file, text_field) for one in found)  # type: ignore[arg-type] # Parquet


def _text_of_row(copy: Path, file: BinaryIO, row: int, text_field: str, limit: int) -> str:
    """Return the text of before of one row. Raises `DocumentError`."""
    shown = quote.name(copy)
    for one in _rows(copy, file, text_field, limit):
        if one.number == row:
            if one.text is None:
                what = f"has no field {RECORD_FIELD!r}, so it was not cleaned with --record; take it as it is"
                raise DocumentError(f"{shown}:{row}: {one.error or what}")
            return one.text
        if one.number > row:
            break
    raise DocumentError(f"{shown}: has no row {row}; name another one")


def _write_text(text: str, output: Path | None, mode: int, *, force: bool) -> None:
    """Write the text of a row to a file, or to standard output."""
    data = text.encode("utf-8", "surrogatepass")
    if output is None:
        print_bytes(data)
        return
    with folder_to_write(output) as folder:
        folder.write_all([New(output.name, data, _seen(folder.look(output.name), output, force=force), mode)])


def _seen(old: Seen | None, output: Path, *, force: bool) -> Seen | None:
    """Return what was seen at the place of the output. Raises `UsageError` if it may not be replaced."""
    if old and not force:
        raise click.UsageError(f"{quote.name(output)} exists; pass --force to replace it")
    return old


def _to_standard_output(copy: Path, file: BinaryIO, text_field: str, limit: int) -> int:
    """Write the lines of a copy as they were before to standard output, and return the exit code."""
    form, _ = names.formats_of(str(copy), limit)
    assert isinstance(form, Jsonl)
    told = _Told(quote.name(copy))
    for one in lines(form, file, text_field):
        print_bytes(one.data)
        if one.number:
            told.tell(one)
    return told.end()


def _write_shard(copy: Path, file: BinaryIO, output: Path, text_field: str, limit: int, *, force: bool) -> int:
    """Write all rows of a copy as they were before to a file of the same format, and return the exit code."""
    form, _ = names.formats_of(str(copy), limit)
    wanted, given = names.name_of(str(output)), names.name_of(str(copy))
    assert given
    kinds = names.JSONL if isinstance(form, Jsonl) else names.PARQUET
    if not wanted or wanted.suffix.lower() not in kinds:
        raise click.UsageError(f"{quote.name(output)}: is a file of another format; name a *{given.suffix} file")
    told = _Told(quote.name(copy))
    mode = Seen.of(copy.stat()).mode
    with folder_to_write(output) as folder:
        old = _seen(folder.look(output.name), output, force=force)
        with new_file(folder, output.name, old, mode) as made, tempfile.TemporaryFile() as spool:
            if isinstance(form, Jsonl):
                write_lines(form, file, made, wanted.compression.lower(), text_field, told.tell)
            else:
                write_table(form, file, made, spool, text_field, told.tell)  # type: ignore[arg-type] # it is Parquet
            code = told.end()
    say(f"{quote.name(copy)} -> {quote.name(output)}: {count(told.restored, 'text')} restored")
    return code
