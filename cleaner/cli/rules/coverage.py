"""`cleaner rules coverage`: what each rule removes from documents, and what content it costs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from typing import Any

import click

from cleaner.cli import DONE
from cleaner.cli.common import cleaning_options, config_of, count, failure_code, paths_argument
from cleaner.cli.gold import Run, field_options
from cleaner.cli.rules.common import COLORS, color_option, shorten
from cleaner.workbench.coverage import Coverage, measure

SAMPLE_WIDTH = 60  # characters
PER = 100_000  # content lines


@click.command("coverage")
@paths_argument
@cleaning_options
@click.option("--gold", is_flag=True, help="Take the clean copy beside a document for what is content.")
@field_options
@click.option("--limit", metavar="N", type=click.IntRange(1), help="Read the first N documents only.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@color_option
def command(paths: tuple[str, ...], **options: Any) -> int:
    """Measure, over many documents, what each rule removes.

    PATH is a document, a folder, - for standard input, or a file of JSON lines: *.jsonl or *.ndjson,
    also with .gz, .zst, .bz2 or .xz. Where it is known what of a document is content, by --gold or the gold field,
    also measure what content each rule costs: removed lines whose words stand in the content more often than
    in what is left, and words of the content, counted, that are gone.
    """
    run = Run(config_of(options), options, copies=options["gold"])
    given = islice(run.given(paths), options["limit"])
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
        import json

        click.echo(json.dumps(_object(coverage, never, len(run.failures)), ensure_ascii=False, indent=1))
    else:
        for line in _lines(coverage, never):
            click.echo(line, color=COLORS[options["color"]])
    for failure in run.failures:
        click.echo(failure, err=True)
    return failure_code(paths) if run.failures else DONE


def _lines(coverage: Coverage, never: list[str]) -> Iterator[str]:
    """Yield the report as lines with ANSI colours."""
    yield _row("lines", "documents", "words", *(("lost lines", "lost words") if coverage.known else ()), "rule")
    for rule in coverage.rules:
        lost = (rule.lost_lines, rule.lost_words) if coverage.known else ()
        row = _row(rule.lines, rule.documents, rule.words, *lost, rule.rule)
        yield click.style(row, fg="red") if rule.lost_lines else row
        yield from (click.style(f"    {shorten(text, SAMPLE_WIDTH)}", dim=True) for text in rule.samples)
    losing = [rule for rule in coverage.rules if rule.lost_lines]
    if losing:
        yield click.style(f"\nLost content, {count(len(losing), 'rule')}:", fg="red", bold=True)
        for rule in sorted(losing, key=lambda rule: -rule.lost_lines):
            yield f"  {rule.rule}: {count(rule.lost_lines, 'line')}, {count(rule.lost_words, 'word')}"
            yield from (f"    {shorten(text, SAMPLE_WIDTH)}" for text in rule.lost_samples)
    if never:
        yield click.style(f"\nNever hit, {count(len(never), 'rule')}:", fg="yellow", bold=True)
        packs: dict[str, list[str]] = {}
        for name in never:
            pack, _, rule_id = name.partition("/")
            packs.setdefault(pack, []).append(rule_id)
        yield from (f"  {pack}/ {', '.join(ids)}" for pack, ids in packs.items())
    yield click.style(f"\n{count(coverage.documents, 'document')}, {coverage.known} with known content", bold=True)
    if coverage.known:
        lost_words, removed = _shares(coverage)
        yield f"  content words lost: {_percent(lost_words)} of {coverage.content_words:,}"
        yield f"  other words removed: {_percent(removed)} of {coverage.other_words:,}"
    for name, total in coverage.by_confidence().items():
        line = f"  {name}: {count(total.lines, 'line')} removed"
        if coverage.known:
            rate = _rate(total.lost_lines, coverage.content_lines)
            line += f", {count(total.lost_lines, 'content line')} lost"
            line += f" ({rate:.1f} per {PER:,})" if rate is not None else ""
        yield line


def _row(*cells: object) -> str:
    *numbers, name = cells
    widths = (7, 10, 8, 11, 11)
    return "".join(f"{number:>{width}}" for number, width in zip(numbers, widths, strict=False)) + f"  {name}"


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{share:.3%}"


def _shares(coverage: Coverage) -> tuple[float | None, float | None]:
    """Return the share of the content words lost and of the other words removed; None where there are none."""
    return (
        coverage.content_words_lost / coverage.content_words if coverage.content_words else None,
        coverage.other_words_removed / coverage.other_words if coverage.other_words else None,
    )


def _rate(lost: int, content_lines: int) -> float | None:
    return PER * lost / content_lines if content_lines else None


def _object(coverage: Coverage, never: list[str], failed: int) -> dict[str, Any]:
    """Return the report as plain data; shares and rates are None where there is nothing to lose."""
    lost, removed = _shares(coverage)
    confidences = {
        name: {**asdict(total), "lost_per_100000": _rate(total.lost_lines, coverage.content_lines)}
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
