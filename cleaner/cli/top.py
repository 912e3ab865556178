"""`cleaner top`: which lines are removed most, by which rule, on which sites."""

from __future__ import annotations

from typing import Any

import click

from cleaner.cli import DONE
from cleaner.cli.ask import evidence_of, share, shown_place, shown_text, table
from cleaner.cli.common import cleaning_options, count, failure_code, paths_argument
from cleaner.cli.help import Command, about_output
from cleaner.cli.say import print_json, say
from cleaner.cli.sources import row_options
from cleaner.evidence.base import opened
from cleaner.evidence.table import DOUBT_DIGITS
from cleaner.evidence.top import BYS, SORTS, Answer, Group, Question, top

# What is shown of a group besides its numbers, in columns.
_NAMES = {
    "all": ("rule", "site", "line"),
    "line": ("rule", "site", "line"),
    "rule": ("rule", "site"),
    "site": ("site", "rule"),
    "category": ("category", "rule", "site"),
}


@click.command(
    "top",
    cls=Command,
    examples={
        "cleaner top articles/": "the lines that go most",
        "cleaner top evidence.parquet --by rule": "of a run with --evidence",
        "cleaner top evidence.parquet --sort doubt": "what to look at first",
    },
)
@paths_argument
@cleaning_options
@about_output(
    "--by", type=click.Choice(BYS), default="all", help="Group by one thing; all: by line, rule and site. [all]"
)
@about_output(
    "--sort",
    type=click.Choice(SORTS),
    default="count",
    help="What comes first; doubt: what most words of content may be lost by. [count]",
)
@about_output("--rule", metavar="ID", help="Only what this rule did: pack/rule, * stands for any characters.")
@about_output("--site", metavar="HOST", help="Only documents of this host and those below it; '' for those without.")
@about_output("--category", metavar="CATEGORY", help="Only this category of chrome.")
@about_output(
    "--min", "least", metavar="N", type=click.IntRange(1), default=1, help="Leave out groups of fewer edits. [1]"
)
@about_output("--limit", metavar="N", type=click.IntRange(0), default=20, help="Show so many groups; 0: all. [20]")
@about_output("--json", "as_json", is_flag=True, help="Print one JSON object.")
@row_options
def command(paths: tuple[str, ...], **options: Any) -> int:
    """Show which lines are removed most, by which rule, and on which sites.

    PATH is a file that `cleaner strip --evidence` wrote, or a folder of such files; or else documents, as for
    `cleaner strip`, which are cleaned to be counted, and of which nothing is written. The share is of the documents
    of the site, or of all if there are several sites. The doubt is how probably the removal was wrong.
    """
    question = Question(
        options["by"],
        options["sort"],
        options["rule"],
        _site(options["site"]),
        options["category"],
        options["least"],
        options["limit"],
    )
    with evidence_of(paths, options) as (evidence, failures):
        with opened(evidence) as base:
            answer = top(base, evidence, question)
        facts = evidence.facts
    if options["as_json"]:
        print_json({**_as_json(answer), "failed": facts.failed if facts else None}, indent=1)
    else:
        for line in table(*_table(answer, options["by"])) if answer.groups else ():
            say(line)
        if answer.groups or not failures or (facts and facts.documents > facts.failed):
            is_filtered = options["least"] > 1 or any(
                options[name] is not None for name in ("rule", "site", "category")
            )
            say(_summary(answer, is_filtered=is_filtered))
    for failure in failures:
        say(failure, err=True)
    if not answer.is_known and answer.groups and not options["as_json"]:
        say("shares are of the documents with edits, because the evidence does not say how many there are", err=True)
    return failure_code(paths) if failures else DONE


def _site(given: str | None) -> str | None:
    """Return a host as evidence has it."""
    return None if given is None else given.strip().lower().removeprefix("www.")


def _table(answer: Answer, by: str) -> tuple[list[str], list[list[str]], int]:
    """Return headings, rows, and how many columns of numbers there are."""
    numbers = ["edits", "documents", "share", "doubt", "words"]
    names = _NAMES[by]
    rows = []
    for group in answer.groups:
        part = group.share if group.share_of_site is None else group.share_of_site
        cells = [f"{group.edits:,}", f"{group.documents:,}", share(part), f"{group.doubt:.3f}", f"{group.words:,}"]
        cells += [_name(group, name) for name in names]
        rows.append([*cells, shown_place(group.document, group.document_line)])
    return [*numbers, *names, "first"], rows, len(numbers)


def _name(group: Group, name: str) -> str:
    """Return what a group has in common, or how many different ones it has."""
    value = getattr(group, name)
    if value is None:
        number = group.different[("line", "rule", "category", "site").index(name)]
        return count(number, name).replace("categorys", "categories")
    if name == "line":
        return shown_text(value)
    return shown_text(value or "no site")


def _summary(answer: Answer, *, is_filtered: bool) -> str:
    """Return what was found in all. `is_filtered` says that only some removals were asked for."""
    if not answer.found:
        of = f" of {count(answer.of_documents, 'document')}" if answer.is_known else ""
        return f"nothing was removed{of}{' that fits the filters' if is_filtered else ''}"
    lines = f"{count(answer.lines, 'line')} and {count(answer.words, 'word')}"
    of = f" of {answer.of_documents:,}" if answer.is_known else ""
    shown = "" if len(answer.groups) == answer.found else f"; {len(answer.groups):,} of {answer.found:,} groups shown"
    return f"{count(answer.edits, 'edit')} took {lines} from {answer.documents:,}{of} documents{shown}"


def _as_json(answer: Answer) -> dict[str, Any]:
    """Return the answer as plain data."""
    groups = [
        {
            **group._asdict(),
            "different": dict(zip(("lines", "rules", "categories", "sites"), group.different, strict=True)),
            "doubt": round(group.doubt, DOUBT_DIGITS),
        }
        for group in answer.groups
    ]
    return {**answer._asdict(), "groups": groups}
