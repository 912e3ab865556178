"""`cleaner score`: how near cleaning comes to gold."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import click

from cleaner import quote
from cleaner.cli import DONE
from cleaner.cli.common import cleaning_options, count, failure_code, paths_argument
from cleaner.cli.golds import gold_dir_option, gold_field_options
from cleaner.cli.help import Command, about_output, about_shards
from cleaner.cli.measure import Run
from cleaner.cli.say import print_json, say
from cleaner.workbench.score import Score, Total, score, total

COLUMNS = ("words", "precision", "recall", "f1", "lost", "removed")


class Scored(NamedTuple):
    """The name of a document and its score."""

    name: str
    score: Score


@click.command(
    "score",
    cls=Command,
    examples={
        "cleaner score articles/": "a.txt against a.clean.txt",
        "cleaner score --level main --worst 10 articles/": "the ten worst",
        "cleaner score --gold gold/ articles/": "a.txt against gold/a.txt",
        "cleaner score --gold-field content pages.jsonl": "rows against a field",
    },
)
@paths_argument
@cleaning_options
@gold_dir_option
@gold_field_options
@about_shards("--html", is_flag=True, help="The text field holds HTML.")
@about_output("--worst", metavar="N", type=click.IntRange(1), help="List only the N documents with the lowest F1.")
@about_output(
    "--json", "as_json", is_flag=True, help="Print JSON lines: an object for each document, then the overall."
)
def command(paths: tuple[str, ...], **options: Any) -> int:
    """Score cleaning against gold: texts with the content of each document and nothing else.

    PATH is a document, a folder with documents, or a shard (JSON lines, Parquet, WARC), whose rows have gold in a
    field. The gold of a document is its copy (a.clean.txt beside a.txt) once somebody has corrected it, or a text in
    the folder of --gold. A copy that `cleaner strip` wrote and nobody changed is no gold. Nothing is written.

    Words are compared, in lower case, and counted; where words are written without spaces, as in Chinese or
    Thai, characters. Precision is the share of the clean text that is in the gold, recall the share of the gold
    that is in the clean text, F1 their harmonic mean; lost is the share of the document's content words that
    are gone, removed that of its other words. Overall are the means of the first three, and lost and removed of
    all words together.
    """
    if "-" in paths:
        raise click.UsageError("standard input (-) has no gold beside it; name a file or a folder")
    if options["html"]:
        if options["html_field"]:
            raise click.UsageError("--html and --html-field exclude each other")
        options = {**options, "html_field": options["text_field"]}
    run = Run(paths, options, gold_only=True)  # documents without gold are skipped
    with click.progressbar(
        run.cleaned(run.given()), label="scoring", show_pos=True, file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        scored = [Scored(one.name, score(one.cleaned.original, one.gold or "", one.cleaned.text)) for one in bar]
    for note in run.notes():
        say(note, err=True)
    if scored:
        listed = sorted(scored, key=lambda one: one.score.f1)[: options["worst"]] if options["worst"] else scored
        (_print_json if options["as_json"] else _print_table)(listed, total(one.score for one in scored))
    elif not run.failures:
        run.cleaners()  # so that wrong settings are reported even if there is nothing to do
        raise click.UsageError("nothing to score: no document has gold; see `cleaner score --help`")
    return failure_code(paths) if run.failures else DONE


def _print_table(listed: list[Scored], overall: Total) -> None:
    say("".join(f"{name:>11}" for name in COLUMNS) + "  document")
    for one in listed:
        say(f"{_figures(one.score)}  {quote.name(one.name)}")
    say(f"{_figures(overall)}  overall: {count(overall.documents, 'document')}")


def _figures(one: Score | Total) -> str:
    """Return the figures of a score in columns as wide as the headings in `_print_table`."""
    means = f"{one.precision:>11.3f}{one.recall:>11.3f}{one.f1:>11.3f}"
    return f"{one.words:>11,}{means}{one.lost:>11.2%}{one.removed:>11.1%}"


def _print_json(listed: list[Scored], overall: Total) -> None:
    for one in listed:
        figures = {name: getattr(one.score, name) for name in COLUMNS}
        print_json({"document": one.name, **figures})
    print_json({"overall": overall._asdict()})
