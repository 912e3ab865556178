"""`cleaner explain`: documents with what would be removed, and by which rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import click

from cleaner import quote
from cleaner.cli import DONE
from cleaner.cli.common import cleaning_options, count, failure_code, paths_argument
from cleaner.cli.doubtful import MAX_SHOWN, Doubtful
from cleaner.cli.help import Command, about_output, about_shards
from cleaner.cli.listing import QUOTED, RAW, RAW_IN_COLOUR, Pen, explain, folded
from cleaner.cli.say import check_raw, print_text, say, style
from cleaner.cli.sources import Source, Sources, row_options
from cleaner.document import Cleaned
from cleaner.errors import DocumentError
from cleaner.files.job import NOTES
from cleaner.shards import names

CONTEXT_OF_DOUBT = 2  # lines that --doubt shows around a removal, if --context does not say how many


@click.command(
    "explain",
    cls=Command,
    examples={
        "cleaner explain articles/a.txt": "what goes, and by which rule",
        "cleaner explain --context 2 articles/": "only what goes, of a folder",
        "cleaner explain docs.jsonl:12": "line 12 of JSON lines",
        "cleaner explain --doubt docs.jsonl | less": "what may be wrong, first",
        "cleaner explain --color always p.html | less -R": "a page, in a pager",
    },
)
@paths_argument
@cleaning_options
@about_output(
    "--context",
    metavar="N",
    type=click.IntRange(0),
    help="Show only what goes, with N lines around it. [all; with --doubt 2]",
)
@about_output("--doubt", is_flag=True, help="Show each removal on its own, the most doubtful of all documents first.")
@about_output("--all", "every", is_flag=True, help="Also show documents of folders and shards of which nothing goes.")
@about_output(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Whether to use colours; auto: on a terminal. [auto]",
)
@about_output(
    "--raw",
    is_flag=True,
    callback=check_raw,
    help="Show control characters as they are, not by signs; for files and pipes.",
)
@about_shards(
    "--row", "rows", metavar="N", type=click.IntRange(1), multiple=True, help="Only this row of a shard. Repeatable."
)
@about_shards("--id", "ids", metavar="ID", multiple=True, help="Only the first row with this id. Repeatable.")
@about_shards("--id-field", metavar="NAME", default="id", help="The field with the id. [id]")
@row_options
def command(paths: tuple[str, ...], **options: Any) -> int:
    """Show each document with every removed line struck out, and what removed it.

    Each line begins with `-` (removed), `~` (part of it removed or repaired) or a space (kept). After the name of
    the judge comes the probability, as the judge sees it, that the line is content; `cleaner rules show NAME` says
    what a name stands for. PATH is a document, a folder, a shard (JSON lines, Parquet, WARC or WET), one row of it
    (docs.jsonl:12), or - for standard input; of several documents, each comes below its name. Documents of folders
    and shards of which nothing goes are left out.
    """
    named = _with_rows(paths, options["rows"])
    sources = Sources(named, options, any_name=True)
    color = {"auto": None, "always": True, "never": False}[options["color"]]
    screen = _Screen(options["raw"], color)
    context = options["context"]
    doubtful = Doubtful(CONTEXT_OF_DOUBT if context is None else context, screen.pen) if options["doubt"] else None
    failed, found, left_out = False, 0, 0
    for source in _chosen(sources.read(), options["ids"], options["id_field"]):
        found += 1
        try:
            cleaned = sources.clean(source)
        except DocumentError as error:
            say(f"{quote.name(source.name)}: {error}", err=True)
            failed = True
            continue
        if doubtful:
            doubtful.add(cleaned, source.name, options["url"] or source.url)
        elif cleaned.edits or options["every"] or source.name in named:
            if source.name != named[0] or len(named) > 1:
                screen.show([style(f"{quote.name(source.name)}:", bold=True)], raw=False)
            screen.show(_listing(cleaned, context, screen.pen))
            if not cleaned.edits and context is not None:
                say(f"{quote.name(source.name)}: nothing goes", err=True)
        else:
            left_out += 1
        for flag in cleaned.flags:
            say(f"{quote.name(source.name)}: {NOTES[flag]} ({flag})", err=True)
    if doubtful:
        screen.show(doubtful.lines())
        if doubtful.is_cut:
            what = f"{MAX_SHOWN:,} of {doubtful.count:,} removals are shown, the most doubtful ones"
            say(f"{what}; name fewer documents for the others", err=True)
    if not found:
        raise click.UsageError("no document there; name a document, a folder with some, or a shard")
    if left_out:
        say(f"{count(left_out, 'document')} of which nothing goes left out; --all shows them", err=True)
    return failure_code(paths) if failed else DONE


class _Screen:
    """Where listings go: standard output, `raw` or with visible signs, in colour or not (None: on a terminal)."""

    def __init__(self, raw: bool, color: bool | None) -> None:
        self._raw, self._color = raw, color
        self.pen: Pen = QUOTED if not raw else RAW_IN_COLOUR if color else RAW

    def show(self, lines: Iterable[str], *, raw: bool | None = None) -> None:
        """Print lines."""
        if self._raw if raw is None else raw:
            for line in lines:
                print_text(f"{line}\n", raw=True)
        else:
            for line in lines:
                say(line, styled=True, color=self._color)


def _listing(cleaned: Cleaned, context: int | None, pen: Pen) -> Iterator[str]:
    """Return the lines that are shown of a document."""
    lines = explain(cleaned, pen)
    return lines if context is None else folded(lines, context, pen)


def _with_rows(paths: Sequence[str], rows: Sequence[int]) -> list[str]:
    """Return the paths, of which each stands for `rows` of a shard, if there are any. Raises `UsageError`."""
    if not rows:
        return list(paths)
    for path in paths:
        if not names.name_of(path):
            raise click.UsageError(f"--row is for the rows of shards, and {quote.name(path)} is none; leave it out")
    return [f"{path}:{row}" for path in paths for row in rows]


def _chosen(sources: Iterable[Source], ids: Sequence[str], field: str) -> Iterator[Source]:
    """Yield the documents, or of the rows among them the first one with each of `ids`, if there are any.

    Raises `UsageError` if there is no row with one of them.
    """
    if not ids:
        yield from sources
        return
    wanted = set(ids)
    for source in sources:
        value = source.get(field)
        if source.number is None and source.error:
            yield source
        elif value is not None and str(value) in wanted:
            wanted.remove(str(value))
            yield source
            if not wanted:
                return
    missing = next(one for one in ids if one in wanted)
    raise click.UsageError(f"no row has {missing!r} in the field {field!r}; name the field with --id-field")
