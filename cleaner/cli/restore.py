"""`cleaner restore`: the original of a clean copy, byte for byte."""

from __future__ import annotations

from pathlib import Path

import click

from cleaner import quote
from cleaner.cli import DONE
from cleaner.cli.help import Command, about_output
from cleaner.cli.say import print_bytes
from cleaner.errors import DocumentError
from cleaner.files import naming, record
from cleaner.files.folder import InTheWay, New, Place
from cleaner.files.job import MAX_GROWTH
from cleaner.shards.names import name_of


@click.command(
    "restore",
    cls=Command,
    examples={
        "cleaner strip --record a.txt": "writes a.clean.txt.record.json, too",
        "cleaner restore a.clean.txt -o a.txt": "the original again, byte for byte",
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
def command(copy: Path, output: Path | None, force: bool) -> int:
    """Give the original of a clean copy back, from the record that `cleaner strip --record` wrote."""
    if name_of(str(copy)):
        why = "holds many documents, each with its record in its row; the library restores them, see cleaner/API.md"
        raise click.UsageError(f"{quote.name(copy)}: {why}")
    record_file = naming.record_path(copy)
    clean = _read(copy, MAX_GROWTH * record.MAX_BYTES)
    recorded = _read(record_file, record.MAX_BYTES, " (cleaner strip --record writes it)")
    clean = record.spelled_as(clean, record.digests(recorded)[1]) or clean  # if git has converted its line ends
    original = record.load(recorded, clean, quote.name(record_file), quote.name(copy))
    if output is None:
        print_bytes(original)
    else:
        _write(output, original, force=force)
    return DONE


def _write(output: Path, original: bytes, *, force: bool) -> None:
    """Write the original to the file that the user named. Raises `UsageError`."""
    place = Place.named(output)
    try:
        with place.folder() as folder:
            old = folder.look(place.name)
            if old and not force:
                raise click.UsageError(f"{quote.name(output)} exists; pass --force to replace it")
            folder.write_all([New(place.name, original, old)])
    except InTheWay as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        why = f"cannot be written ({error.strerror}); name another file"
        raise click.UsageError(f"{quote.name(output)}: {why}") from None


def _read(path: Path, limit: int, hint: str = "") -> bytes:
    """Return the bytes of a file, at most `limit`. Raises `DocumentError`, with `hint` if the file does not exist."""
    place = Place.named(path)
    try:
        with place.folder() as folder:
            return folder.read(place.name, limit)[0]
    except InTheWay as error:
        why = f"{error.what}; name a clean copy" if path.is_dir() else error.strerror
        raise DocumentError(f"{quote.name(path)}: {why}") from None
    except FileNotFoundError:
        raise DocumentError(f"{quote.name(path)}: does not exist{hint}; check the path") from None
    except OSError as error:
        raise DocumentError(f"{quote.name(path)}: cannot be read ({error.strerror}); check the path") from None
