"""`cleaner restore`: the original of a clean copy, byte for byte, and the rows of a shard as they were."""

from __future__ import annotations

from pathlib import Path

import click

from cleaner import quote
from cleaner.cli import DONE
from cleaner.cli.common import folder_to_write
from cleaner.cli.help import Command, about_output, about_shards
from cleaner.cli.restore_rows import restore_shard
from cleaner.cli.say import print_bytes
from cleaner.cli.shards import max_document_option, text_field
from cleaner.errors import DocumentError
from cleaner.files import naming, record
from cleaner.files.folder import New, Place, Seen, why_not_read
from cleaner.files.job import MAX_GROWTH
from cleaner.shards import names


@click.command(
    "restore",
    cls=Command,
    examples={
        "cleaner strip --record a.txt": "writes a.clean.txt.record.json, too",
        "cleaner restore a.clean.txt -o a.txt": "the original again, byte for byte",
        "cleaner restore d.clean.jsonl --row 12": "the text of one row",
        "cleaner restore d.clean.jsonl -o d.jsonl": "all rows again",
    },
)
@click.argument("copy", metavar="NAME.clean.txt", type=click.Path(path_type=Path))
@about_output(
    "--output",
    "-o",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write to this file, not to standard output.",
)
@about_output("--force", is_flag=True, help="Replace FILE if it exists.")
@about_shards("--row", metavar="N", type=click.IntRange(1), help="Only this row, and of it the text alone.")
@text_field
@max_document_option
def command(copy: Path, output: Path | None, force: bool, row: int | None, text_field: str, max_document: int) -> int:
    """Give the original of a clean copy back, from the record that `cleaner strip --record` wrote.

    The copy may be one of a shard, NAME.clean.jsonl or NAME.clean.parquet: then its rows get their texts back, and
    the field with the record goes. docs.clean.jsonl:12 names one row.
    """
    named = None if copy.exists() else names.row_of(str(copy))
    if named:
        copy, row = Path(named[0]), named[1] if row is None else row
    if names.name_of(str(copy)):
        return restore_shard(copy, output, row, text_field, max_document << 20, force=force)
    if row is not None:
        raise click.UsageError(f"--row is for the rows of shards, and {quote.name(copy)} is none; leave it out")
    record_file = naming.record_path(copy)
    clean, seen = _read(copy, MAX_GROWTH * record.MAX_BYTES)
    recorded, _ = _read(record_file, record.MAX_BYTES, " (cleaner strip --record writes it)")
    clean = record.spelled_as(clean, record.digests(recorded)[1]) or clean  # if git has converted its line ends
    original = record.load(recorded, clean, quote.name(record_file), quote.name(copy))
    if output is None:
        print_bytes(original)
    else:
        _write(output, original, seen.mode, force=force)
    return DONE


def _write(output: Path, original: bytes, mode: int, *, force: bool) -> None:
    """Write the original to the file that the user named, with a `mode` if it is new. Raises `UsageError`."""
    with folder_to_write(output) as folder:
        old = folder.look(output.name)
        if old and not force:
            raise click.UsageError(f"{quote.name(output)} exists; pass --force to replace it")
        folder.write_all([New(output.name, original, old, mode)])


def _read(path: Path, limit: int, hint: str = "") -> tuple[bytes, Seen]:
    """Return the bytes of a file, at most `limit`, and what it looked like.

    Raises `DocumentError`, with `hint` if the file does not exist.
    """
    place = Place.named(path)
    try:
        with place.folder() as folder:
            return folder.read(place.name, limit)
    except FileNotFoundError:
        raise DocumentError(f"{quote.name(path)}: does not exist{hint}; check the path") from None
    except OSError as error:
        why = why_not_read(error, "name a clean copy" if path.is_dir() else "")
        raise DocumentError(f"{quote.name(path)}: {why}") from None
