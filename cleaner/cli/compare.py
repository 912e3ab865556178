"""`cleaner compare`: what two runs over the same documents removed differently."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from cleaner import quote
from cleaner.cli import CHANGES, DONE, complete
from cleaner.cli.ask import evidence_named, shown_place, shown_text, table
from cleaner.cli.common import count
from cleaner.cli.help import Command, about_output, about_run
from cleaner.cli.say import print_json, say
from cleaner.evidence.base import opened
from cleaner.evidence.compare import Comparison, Count, compare
from cleaner.evidence.files import Evidence

NAMES = "A", "B"  # of the two runs


@click.command(
    "compare",
    cls=Command,
    examples={
        "cleaner strip --evidence a.parquet articles/": "as it is now",
        "cleaner strip --evidence b.parquet --level main --output-dir main/ articles/": "as it would be",
        "cleaner compare a.parquet b.parquet": "what is the difference?",
    },
)
@click.argument("first", metavar="A", shell_complete=complete.files)
@click.argument("second", metavar="B", shell_complete=complete.files)
@about_output(
    "--limit", metavar="N", type=click.IntRange(0), default=20, help="Show so many differences; 0: all. [20]"
)
@about_output("--json", "as_json", is_flag=True, help="Print one JSON object.")
@about_run("--exit-code", is_flag=True, help="Exit with code 1 if there are differences.")
def command(first: str, second: str, **options: Any) -> int:
    """Show what two runs over the same documents removed differently.

    A and B are what `cleaner strip --evidence` wrote in the two runs, files or folders of files. Edits are the same
    if document, line and text agree, so the documents must have been named in the same way.
    """
    found = [evidence_named(path) for path in (first, second)]
    with opened(*found) as base:
        comparison = compare(base, options["limit"])
    if options["as_json"]:
        print_json(_as_json(found, comparison), indent=1)
    else:
        for line in _report(found, comparison):
            say(line)
    return CHANGES if options["exit_code"] and not comparison.are_same else DONE


def _report(found: list[Evidence], comparison: Comparison) -> Iterator[str]:
    """Yield the lines of the report."""
    for name, evidence, side in zip(NAMES, found, comparison.sides, strict=True):
        facts = evidence.facts
        level = f", level {'/'.join(facts.levels)}" if facts and facts.levels else ""
        made = f" (cleaner {quote.line(facts.cleaner)}{quote.line(level)})" if facts else ""
        documents = facts.documents if facts else side.documents
        failed = f", {facts.failed:,} failed" if facts and facts.failed else ""
        yield (
            f"{name}: {quote.name(evidence.name)}{made}: {count(documents, 'document')}{failed}, "
            f"{count(side.edits, 'edit')}, {count(side.words, 'word')} removed"
        )
    if comparison.are_same:
        yield "no differences"
        return
    for name, side in zip(NAMES, comparison.sides, strict=True):
        only = side.only
        alone = f", {only.documents_alone:,} of which the other left alone" if only.documents_alone else ""
        yield (
            f"{name} only: {count(only.edits, 'edit')}, {count(only.words, 'word')}, "
            f"in {count(only.documents, 'document')}{alone}"
        )
    yield f"{count(comparison.documents, 'document')} differ"
    yield ""
    rows = [
        [
            f"{one.edits:,}",
            f"{one.documents:,}",
            f"{one.words:,}",
            f"{one.doubt:.3f}",
            NAMES[one.run],
            shown_text(one.rule),
            shown_text(one.site or "no site"),
            shown_text(one.line),
            shown_place(one.document, one.document_line),
        ]
        for one in comparison.differences
    ]
    yield from table(["edits", "documents", "words", "doubt", "only", "rule", "site", "line", "first"], rows, 4)
    if len(rows) < comparison.found:
        yield f"{len(rows):,} of {comparison.found:,} differences shown"
    for name, counts in (("rule", comparison.by_rule), ("site", comparison.by_site)):
        yield ""
        yield from table(["A edits", "B edits", "A words", "B words", name], list(map(_cells, counts)), 4)


def _cells(one: Count) -> list[str]:
    return [*(f"{number:,}" for number in (*one.edits, *one.words)), shown_text(one.name or "no site")]


def _as_json(found: list[Evidence], comparison: Comparison) -> dict[str, Any]:
    """Return the comparison as plain data; runs are called A and B."""
    runs = {}
    for name, evidence, side in zip(NAMES, found, comparison.sides, strict=True):
        facts = evidence.facts
        runs[name] = {
            "name": evidence.name,
            "cleaner": facts.cleaner if facts else None,
            "levels": facts.levels if facts else None,
            "documents": facts.documents if facts else None,
            "failed": facts.failed if facts else None,
            **side._asdict(),
            "documents_with_edits": side.documents,
            "only": side.only._asdict(),
        }
        runs[name]["documents"] = facts.documents if facts else None
    return {
        "runs": runs,
        "documents_that_differ": comparison.documents,
        "found": comparison.found,
        "differences": [{**one._asdict(), "run": NAMES[one.run]} for one in comparison.differences],
        "by_rule": list(map(_plain, comparison.by_rule)),
        "by_site": list(map(_plain, comparison.by_site)),
    }


def _plain(one: Count) -> dict[str, Any]:
    return {
        "name": one.name,
        "edits": dict(zip(NAMES, one.edits, strict=True)),
        "words": dict(zip(NAMES, one.words, strict=True)),
    }
