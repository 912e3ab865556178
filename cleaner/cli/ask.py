"""What `cleaner top` and `cleaner compare` share: the evidence that paths stand for, and tables of what it says."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import click

from cleaner import quote
from cleaner.cli.sources import Sources
from cleaner.errors import CleanerError, DocumentError
from cleaner.evidence.files import Evidence, find, join
from cleaner.evidence.table import Gathered
from cleaner.files.folder import reason_of
from cleaner.shards.compression import needed
from cleaner.tally import Tally

PACKED_ROWS = 10_000  # rows that are gathered before they are written; raised, more memory is needed
TEXT_WIDTH = 60  # characters of a line, a site or a rule in a table
PLACE_WIDTH = 300  # characters of the name of a document in a table


class Asked(NamedTuple):
    """The evidence to ask, and messages about documents that could not be cleaned for it."""

    evidence: Evidence
    failures: list[str]


@contextmanager
def evidence_of(paths: Sequence[str], options: dict[str, Any]) -> Iterator[Asked]:
    """Find the evidence that `paths` name. Documents are cleaned, and their evidence is kept as long as the block.

    Raises `UsageError` if some are evidence and some are documents, `SettingsError` if a package is missing, and
    `DocumentError` if a file of evidence cannot be read.
    """
    needed("pyarrow.parquet", "questions to evidence", "evidence")
    needed("duckdb", "questions to evidence", "evidence")
    given = [find(path) for path in paths]
    found = [one for one in given if one]
    if len(found) == len(given):
        yield Asked(join(found), [])
        return
    if found:
        other = next(path for path, one in zip(paths, given, strict=True) if not one)
        why = f"is no evidence, and {quote.name(found[0].name)} is; ask for one kind at a time"
        raise click.UsageError(f"{quote.name(other)}: {why}")
    with tempfile.TemporaryDirectory(prefix="cleaner-") as folder:
        file = Path(folder, "evidence.parquet")
        try:
            failures = _clean(paths, options, file)
        except OSError as error:
            raise click.UsageError(
                f"{quote.name(folder)}: cannot be written ({reason_of(error)}); make room"
            ) from None
        evidence = find(str(file))
        assert evidence
        yield Asked(evidence._replace(name=" ".join(map(quote.name, paths))), failures)


def _clean(paths: Sequence[str], options: dict[str, Any], file: Path) -> list[str]:
    """Clean documents and write their evidence; return what to say of those that failed. Raises `OSError`."""
    from cleaner.evidence.write import Writer, facts_of

    sources = Sources(paths, options)
    failures: list[str] = []
    tally, gathered = Tally(), Gathered()
    with file.open("w+b") as output:
        writer = Writer(output)
        with click.progressbar(
            sources.read(), label="cleaning", show_pos=True, file=sys.stderr, hidden=not sys.stderr.isatty()
        ) as bar:
            for source in bar:
                try:
                    cleaned = sources.clean(source)
                except DocumentError as error:
                    failures.append(f"{quote.name(source.name)}: {error}")
                    tally.add_failed(str(error))
                    continue
                tally.add(cleaned)
                is_markdown = source.kind == "markdown" or None
                gathered.add(cleaned, source.name, source.url or options["url"], markdown=is_markdown)
                if len(gathered.rows) >= PACKED_ROWS:
                    writer.add(gathered.pack())
                    gathered = Gathered()
        writer.add(gathered.pack())
        writer.finish(facts_of(tally, sources.cleaners()))
    return failures


def evidence_named(path: str) -> Evidence:
    """Return the evidence that a path names. Raises `UsageError` if it is none, and `DocumentError`."""
    needed("pyarrow.parquet", "questions to evidence", "evidence")
    try:
        found = find(path)
    except CleanerError as error:
        raise click.UsageError(str(error)) from None
    if found is None:
        why = "is no evidence; write some with `cleaner strip --evidence FILE.parquet`"
        raise click.UsageError(
            f"{quote.name(path)}: {why if Path(path).exists() else 'does not exist; check the path'}"
        )
    return found


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], numbers: int) -> Iterator[str]:
    """Yield the lines of a table, whose first columns are `numbers` and stand on the right."""
    widths = [max(map(len, column)) for column in zip_longest(headings, *rows, fillvalue="")]
    for row in (headings, *rows):
        cells = [
            cell.rjust(width) if i < numbers else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        yield "  ".join(cells).rstrip()


def shown_text(text: str) -> str:
    """Return a text of a document for a cell of a table: one line, not too long, with signs for what is dangerous."""
    shown = quote.line(" ".join(text[: 2 * TEXT_WIDTH].split()))
    return shown if len(shown) <= TEXT_WIDTH else f"{shown[: TEXT_WIDTH - 1]}…"


def shown_place(document: str, line: int) -> str:
    """Return where something stands, by the name of a document and a 1-based line; of a longer name, the end."""
    name = document if len(document) <= PLACE_WIDTH else f"…{document[1 - PLACE_WIDTH :]}"
    return quote.name(f"{name}:{line}")


def share(part: float | None) -> str:
    """Return a share, 0 to 1, for a cell of a table."""
    if part is None:
        return "-"
    return "<1%" if 0 < part < 0.01 else f"{part:.0%}"
