"""`cleaner rules coverage`: what each rule removes from documents, and what content it costs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import click

from cleaner.cli import DONE, complete
from cleaner.cli.common import cleaning_options, count, failure_code, paths_argument
from cleaner.cli.golds import gold_field_options
from cleaner.cli.measure import Run
from cleaner.cli.rules.common import shorten
from cleaner.cli.rules.options import COLORS, color_option
from cleaner.cli.say import print_json, say, style
from cleaner.rules.pack import builtin
from cleaner.workbench.coverage import Coverage, measure

SAMPLE_WIDTH = 60  # characters that are shown of a sample
PER_LINES = 100_000  # losses are given per this number of content lines
COLUMN_WIDTHS = (7, 10, 8, 11, 11)  # characters; of the columns of numbers


@click.command("coverage")
@paths_argument
@cleaning_options
@click.option(
    "--gold", "copies", is_flag=True, help="Take the corrected copy beside a document (a.clean.txt) for its content."
)
@click.option(
    "--gold-dir",
    "gold",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    shell_complete=complete.folders,
    help="Take what is in this folder (DIR/a.txt or DIR/a.clean.txt) for the content of a.txt.",
)
@gold_field_options
@click.option("--limit", metavar="N", type=click.IntRange(1), help="Read only the first N documents.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@color_option
def command(paths: tuple[str, ...], **options: Any) -> int:
    """Measure, over many documents, what each rule removes.

    PATH is a document, a folder, - for standard input, or a shard: JSON lines, Parquet, WARC or WET. The report
    counts, for each rule, the lines it removed, the documents they are from, and their words. It shows samples, and
    names the rules that never hit, unless they are in a pack that ships and of which none did (--json names all).

    If the content of a document is known, by --gold, by --gold-dir or from the gold field of a row, the report also
    counts what content each rule costs: removed lines whose words stand in the content more often than in what is
    left, and the words of the content that are gone.

    \b
    Examples:
      cleaner rules coverage articles/                  what each rule removes
      cleaner rules coverage --gold articles/           also what content it costs
      cleaner rules coverage --limit 1000 pages.jsonl   its first 1,000 rows
    """
    run = Run(paths, options, copies=options["copies"])
    given = islice(run.given(), options["limit"])
    with click.progressbar(
        given,
        length=options["limit"],
        label="measuring",
        show_pos=True,
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
    ) as bar:
        coverage = measure((one.cleaned.original, one.gold, one.cleaned) for one in run.cleaned(bar))
    active = frozenset().union(*(cleaner.active_rules for cleaner in run.cleaners()))
    never = sorted(active - {rule.rule for rule in coverage.rules})
    if options["as_json"]:
        print_json(_report_as_json(coverage, never, len(run.failures)), indent=1)
    else:
        for line in _report_as_lines(coverage, never):
            say(line, styled=True, color=COLORS[options["color"]])
    for note in run.notes():
        say(note, err=True)
    return failure_code(paths) if run.failures else DONE


def _report_as_lines(coverage: Coverage, never: list[str]) -> Iterator[str]:
    """Yield the lines of the report, with ANSI colours; `never` are the ids of the rules that never hit."""
    yield _table_row("lines", "documents", "words", *(("lost lines", "lost words") if coverage.known else ()), "rule")
    for rule in coverage.rules:
        lost = (rule.lost_lines, rule.lost_words) if coverage.known else ()
        row = _table_row(rule.lines, rule.documents, rule.words, *lost, rule.rule)
        yield style(row, fg="red") if rule.lost_lines else row
        yield from (style(f"    {shorten(text, SAMPLE_WIDTH)}", dim=True) for text in (*rule.elements, *rule.samples))
    losing = [rule for rule in coverage.rules if rule.lost_lines]
    if losing:
        yield ""
        yield style(f"Lost content, {count(len(losing), 'rule')}:", fg="red", bold=True)
        for rule in sorted(losing, key=lambda rule: -rule.lost_lines):
            yield f"  {rule.rule}: {count(rule.lost_lines, 'line')}, {count(rule.lost_words, 'word')}"
            yield from (f"    {shorten(text, SAMPLE_WIDTH)}" for text in rule.lost_samples)
    if never:
        yield ""
        yield style(f"Never hit, {count(len(never), 'rule')}:", fg="yellow", bold=True)
        packs: dict[str, list[str]] = {}
        for name in never:
            pack, _, rule_id = name.partition("/")
            packs.setdefault(pack, []).append(rule_id)
        # There are a hundred packs and more that ship, and thousands of rules: of most of them none ever hits.
        hit = {rule.rule.partition("/")[0] for rule in coverage.rules}
        idle = {Path(source.name).stem for source in builtin()} - hit
        yield from (f"  {pack}/ {', '.join(ids)}" for pack, ids in packs.items() if pack not in idle)
        idle &= packs.keys()
        if idle:
            yield f"  all of {count(len(idle), 'pack')} that {'ships' if len(idle) == 1 else 'ship'}"
    yield ""
    yield style(f"{count(coverage.documents, 'document')}, {coverage.known} with known content", bold=True)
    if coverage.known:
        lost_words, removed = _shares(coverage)
        yield f"  content words lost: {_percent(lost_words)} of {coverage.content_words:,}"
        yield f"  other words removed: {_percent(removed)} of {coverage.other_words:,}"
    for name, total in coverage.by_confidence().items():
        line = f"  {name}: {count(total.lines, 'line')} removed"
        if coverage.known:
            rate = _lost_per_lines(total.lost_lines, coverage.content_lines)
            line += f", {count(total.lost_lines, 'content line')} lost"
            line += f" ({rate:.1f} per {PER_LINES:,})" if rate is not None else ""
        yield line


def _table_row(*cells: object) -> str:
    """Return a row of the table: numbers in columns, and a name behind them."""
    *numbers, name = cells
    columns = zip(numbers, COLUMN_WIDTHS, strict=False)  # without known content there are fewer numbers
    return "".join(f"{number:>{width}}" for number, width in columns) + f"  {name}"


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{share:.3%}"


def _shares(coverage: Coverage) -> tuple[float | None, float | None]:
    """Return the shares of the content words lost and of the other words removed; None if there are no such words."""
    return (
        coverage.content_words_lost / coverage.content_words if coverage.content_words else None,
        coverage.other_words_removed / coverage.other_words if coverage.other_words else None,
    )


def _lost_per_lines(lost: int, content_lines: int) -> float | None:
    """Return how many of `PER_LINES` content lines are lost; None if there are no content lines."""
    return PER_LINES * lost / content_lines if content_lines else None


def _report_as_json(coverage: Coverage, never: list[str], failed: int) -> dict[str, Any]:
    """Return the report as plain data; shares and rates are None if there is nothing to lose."""
    lost, removed = _shares(coverage)
    confidences = {
        name: {**asdict(total), "lost_per_100000": _lost_per_lines(total.lost_lines, coverage.content_lines)}
        for name, total in coverage.by_confidence().items()
    }
    data = asdict(coverage)
    return {
        **data,
        "failed": failed,
        "content_words_lost_share": lost,
        "other_words_removed_share": removed,
        "confidences": confidences,
        "never_hit": never,
    }
