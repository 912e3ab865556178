"""`cleaner restore`: the original of a clean copy, byte for byte."""

from __future__ import annotations

from pathlib import Path

import click

from cleaner import quote
from cleaner.cli import DONE
from cleaner.cli.help import Command, about_output
from cleaner.cli.say import print_bytes
from cleaner.errors import DocumentError
from cleaner.files import atomic, naming, record


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
    record_file = naming.record_path(copy)
    clean = _read(copy)
    recorded = _read(record_file, " (cleaner strip --record writes it)")
    original = record.load(recorded, clean, str(record_file), str(copy))
    if output is None:
        print_bytes(original)
        return DONE
    if output.exists() and not force:
        raise click.UsageError(f"{quote.name(output)} exists; pass --force to replace it")
    try:
        atomic.write(output, original)
    except OSError as error:
        raise click.UsageError(
            f"{quote.name(output)}: cannot be written ({error.strerror}); name another file"
        ) from None
    return DONE


def _read(path: Path, hint: str = "") -> bytes:
    """Return the bytes of a file. Raises `DocumentError`, with `hint` if the file does not exist."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise DocumentError(f"{quote.name(path)}: does not exist{hint}; check the path") from None
    except OSError as error:
        raise DocumentError(f"{quote.name(path)}: cannot be read ({error.strerror}); check the path") from None
