"""How `cleaner strip` cleans the documents that are files of their own. `shards.py` has those in shards."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click

from cleaner import quote
from cleaner.cli.plan import RunPlan
from cleaner.cli.say import print_text, say
from cleaner.evidence.table import Piece
from cleaner.files import naming
from cleaner.files.job import JobOptions
from cleaner.files.jobs import run_all, sweep
from cleaner.files.known import Known
from cleaner.tally import Tally

BAR_FROM = 50  # documents; a run over fewer shows no progress bar


class DoneFiles(NamedTuple):
    """What became of the documents that are files of their own.

    `counts` counts them by the status of their outcome; `to_add` are the files that git should have; `outdated` says
    of which corrected copies the document has changed.
    """

    counts: Counter[str]
    failures: list[str]
    to_add: list[Path]
    tally: Tally
    outdated: list[str]


def clean_files(
    todo: RunPlan,
    options: dict[str, Any],
    workers: int,
    missing: dict[Path, bool],
    known: Known,
    take_evidence: Callable[[Piece], None] | None,
) -> DoneFiles:
    """Clean the documents that are files of their own, and say what becomes of each; pass on the evidence."""
    record, quiet = options["record"], options["quiet"]
    metadata = any(cleaner.metadata for cleaner in todo.cleaners)
    run_options = JobOptions(
        url=options["url"],
        lang=options["lang"],
        encoding=options["encoding"],
        in_place=options["in_place"],
        record=record,
        metadata=metadata,
        force=options["force"],
        diff=options["diff"],
        tracked=options["tracked"],
        fsync=options["fsync"],
        tally=bool(options["report"] or take_evidence or not quiet),
        evidence=take_evidence is not None,
        again=bool(options["report"] or take_evidence),
    )
    done = DoneFiles(Counter(), [], [], Tally(), [])
    if options["resume"]:
        sweep(todo.jobs)
    show_bar = not quiet and len(todo.jobs) >= BAR_FROM and sys.stderr.isatty()
    with click.progressbar(length=len(todo.jobs), label="cleaning", file=sys.stderr, hidden=not show_bar) as bar:
        for outcome in run_all(todo.jobs, todo.cleaners, run_options, workers, options["timeout"], known):
            done.counts[outcome.status] += 1
            bar.update(1)
            for note in outcome.notes:
                say(note, err=True)
            if outcome.tally:
                done.tally.update(outcome.tally)
            if outcome.evidence and take_evidence:
                take_evidence(outcome.evidence)
            if outcome.status == "failed":
                done.failures.append(outcome.detail)
                done.tally.add_failed(outcome.detail.partition(": ")[2])
            elif outcome.status == "outdated":
                done.outdated.append(outcome.detail)
            elif options["tracked"]:
                written = outcome.status == "written"
                done.to_add.extend(
                    path for path in outputs_of(outcome.target, record, metadata) if written or path in missing
                )
            if outcome.status == "diff":
                write_diff(outcome.detail, outcome.path, options["raw"])
            elif outcome.status in ("written", "corrected") and not quiet and not show_bar:
                say(f"{quote.name(outcome.path)} -> {quote.name(outcome.target)}: {outcome.detail}")
    return done


def outputs_of(target: Path, record: bool, metadata: bool) -> list[Path]:
    """Return the files that cleaning a document writes: its clean copy `target`, the record, and the metadata."""
    beside = [naming.record_path(target)] if record else []
    return [target, *beside, *([naming.metadata_path(target)] if metadata else [])]


def write_diff(diff: str, path: Path, raw: bool) -> None:
    """Write the diff of the document at `path`; programs read it, too, and cannot do with signs for characters."""
    if not print_text(diff, raw=raw):
        say(f"{quote.name(path)}: has control characters, shown by signs; pass --raw for a diff to apply", err=True)
