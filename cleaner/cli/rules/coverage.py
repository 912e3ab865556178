"""`cleaner rules coverage`: what each rule removes from documents, and what content it costs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import click

from cleaner.cli import DONE
from cleaner.cli.common import (
    Cleaners,
    Settings,
    clean_document,
    cleaning_options,
    count,
    failure_code,
    paths_argument,
    settings,
)
from cleaner.cli.rules.common import COLORS, Failed, Given, active_rules, color_option, documents, shorten
from cleaner.cli.rules.jsonl import Fields, Record, is_jsonl, records
from cleaner.config import Found
from cleaner.document import Cleaned
from cleaner.encoding import decode
from cleaner.errors import DocumentError
from cleaner.files import naming
from cleaner.files.modes import mode_of
from cleaner.rules.coverage import Coverage, measure

SAMPLE_WIDTH = 60  # characters
PER = 100_000  # content lines


@click.command("coverage")
@paths_argument
@cleaning_options
@click.option("--gold", is_flag=True, help="Take the clean copy beside a document for what is content.")
@click.option("--text-field", metavar="NAME", default="text", help="JSONL: the field with the text. [text]")
@click.option(
    "--html-field", metavar="NAME", help="JSONL: the field with HTML, to read instead of text. [html, without text]"
)
@click.option("--gold-field", metavar="NAME", default="gold", help="JSONL: the field with the content. [gold]")
@click.option("--url-field", metavar="NAME", default="url", help="JSONL: the field with the URL. [url]")
@click.option("--limit", metavar="N", type=click.IntRange(1), help="Read the first N documents only.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@color_option
def command(paths: tuple[str, ...], **options: Any) -> int:
    """Measure, over many documents, what each rule removes.

    PATH is a document, a folder, - for standard input, or a file of JSON lines called *.jsonl, *.jsonl.gz or
    *.jsonl.xz. Where it is known what of a document is content, by --gold or the gold field, also measure
    what content each rule costs: removed lines whose words stand in the content more often than in what is
    left, and words of the content, counted, that are gone.
    """
    fields = Fields(options["text_field"], options["html_field"], options["gold_field"], options["url_field"])
    run = _Run(settings(options), options)
    given = islice(_given(paths, fields, run.configuration), options["limit"])
    with click.progressbar(
        given,
        length=options["limit"],
        label="measuring",
        show_pos=True,
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
    ) as bar:
        coverage = measure(run.cleaned(bar))
    never = sorted(run.active() - {rule.rule for rule in coverage.rules})
    if options["as_json"]:
        import json

        click.echo(json.dumps(_object(coverage, never, len(run.failures)), ensure_ascii=False, indent=1))
    else:
        for line in _lines(coverage, never):
            click.echo(line, color=COLORS[options["color"]])
    for failure in run.failures:
        click.echo(failure, err=True)
    return failure_code(paths) if run.failures else DONE


def _given(
    paths: Iterable[str], fields: Fields, configuration: Callable[[Path], Found]
) -> Iterator[Given | Record | Failed]:
    """Yield the documents that `paths` name or hold, in order."""
    for path in paths:
        yield from records(Path(path), fields) if is_jsonl(path) else documents([path], configuration)


class _Run:
    """Cleans the documents of a run, each as its configuration says, and remembers those that fail."""

    def __init__(self, wanted: Settings, options: dict[str, Any]) -> None:
        self._wanted = wanted
        self._options = options
        self._cleaners = Cleaners(wanted)
        self._used: dict[Path | None, Found] = {}
        self.configuration = self._cleaners.found
        self.failures: list[str] = []

    def cleaned(self, given: Iterable[Given | Record | Failed]) -> Iterator[tuple[str, str | None, Cleaned]]:
        """Yield the original text of each document, what of it is content where known, and what became of it."""
        for one in given:
            why = one.why if isinstance(one, Failed) else ""
            if not isinstance(one, Failed):
                found = self.configuration(one.path)
                self._used[found.file] = found
                try:
                    gold = one.gold if isinstance(one, Record) else self._copy(one.path)
                    cleaned = self._clean(one, found)
                except DocumentError as error:
                    why = str(error)
                else:
                    yield cleaned.original, gold, cleaned
            if why:
                self.failures.append(f"{one.name}: {why}")

    def _clean(self, one: Given | Record, found: Found) -> Cleaned:
        cleaner = self._cleaners.built[self._cleaners.number(found)]
        if isinstance(one, Given):
            return clean_document(cleaner, one.data, one.path, found, self._options)
        clean: Callable[..., Cleaned] = cleaner.clean if one.html is None else cleaner.clean_html
        return clean(
            one.text if one.html is None else one.html,
            url=self._options["url"] or one.url,
            lang=self._options["lang"] or found.config.lang,
        )

    def _copy(self, path: Path) -> str | None:
        """Return the clean copy beside a document, where it is wanted and there is one."""
        copy = naming.copy_of(path)
        if not self._options["gold"] or not mode_of(copy):
            return None
        try:
            return decode(copy.read_bytes()).text
        except OSError as error:
            raise DocumentError(f"{copy} cannot be read ({error.strerror}); check its permissions") from None
        except DocumentError as error:
            raise DocumentError(f"{copy}: {error}") from None

    def active(self) -> set[str]:
        """Return the ids of the rules that might have removed something."""
        if not self._used:  # so that wrong settings are told even where nothing is to do
            found = self.configuration(Path("x"))
            self._cleaners.number(found)
            self._used[found.file] = found
        return set().union(*(active_rules(self._wanted, found) for found in self._used.values()))


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
