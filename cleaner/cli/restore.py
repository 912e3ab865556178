"""`cleaner restore`: the original of a clean copy, byte for byte."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cleaner.cli import DONE
from cleaner.errors import DocumentError
from cleaner.files import atomic, naming, record


@click.command("restore")
@click.argument("copy", metavar="NAME.clean.txt", type=click.Path(path_type=Path))
@click.option("--output", "-o", metavar="FILE", type=click.Path(path_type=Path), help="Write there, not to stdout.")
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
def command(copy: Path, output: Path | None, force: bool) -> int:
    """Give the original of a clean copy back, from the record that `cleaner strip --record` wrote."""
    trace = naming.record_path(copy)
    clean = _read(copy)
    original = record.load(_read(trace, " (cleaner strip --record writes it)"), clean, str(trace), str(copy))
    if output is None:
        sys.stdout.buffer.write(original)
        return DONE
    if output.exists() and not force:
        raise click.UsageError(f"{output} exists; pass --force to replace it")
    try:
        atomic.write(output, original)
    except OSError as error:
        raise click.UsageError(f"{output}: cannot be written ({error.strerror}); name another file") from None
    return DONE


def _read(path: Path, hint: str = "") -> bytes:
    """Return what a file holds; raises `DocumentError`, with `hint` where there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise DocumentError(f"{path}: does not exist{hint}; check the path") from None
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read ({error.strerror}); check the path") from None
