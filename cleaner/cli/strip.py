"""`cleaner strip`: write clean copies."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from cleaner.batch import run_all
from cleaner.cli import CHANGES, DONE, FAILED
from cleaner.cli.common import (
    Cleaners,
    clean_document,
    cleaning_options,
    count,
    failure_code,
    paths_argument,
    plan,
    say_what_to_add,
    settings,
    untracked,
)
from cleaner.errors import DocumentError
from cleaner.files import naming
from cleaner.files.job import NOTES, Options

BAR_FROM = 50  # documents
OF_FILES = ("in_place", "record", "output_dir", "tracked")  # options that say nothing of standard input


@click.command("strip")
@paths_argument
@cleaning_options
@click.option("--output-dir", metavar="DIR", help="Write the copies below this folder, not beside the originals.")
@click.option("--in-place", is_flag=True, help="Replace each document by its clean text.")
@click.option("--record", is_flag=True, help="Also write the record of every edit, for `cleaner restore`.")
@click.option("--diff", is_flag=True, help="Show what would go, as a diff; write nothing.")
@click.option("--force", is_flag=True, help="Replace a file in the copy's place that the cleaner did not write.")
@click.option(
    "--tracked",
    is_flag=True,
    help="Exit with code 1 when a file was written or git does not track it, and say what to add.",
)
@click.option("--jobs", "-j", type=click.IntRange(0), default=1, help="Worker processes; 0: one per core. [1]")
@click.option("--quiet", "-q", is_flag=True, help="Say only what needs attention.")
@click.option("--force-exclude", is_flag=True, help="Let the configured exclusions count for named paths too.")
@click.option("--stdin-filename", metavar="NAME", help="What to take standard input (-) for.")
def command(paths: tuple[str, ...], **options: Any) -> int:
    """Write the clean text of each document to NAME.clean.txt beside it.

    PATH is a .txt, .text, .md, .html, .htm or .xhtml file, a folder with such files, or - for standard
    input, whose clean text goes to standard output. The originals are not touched. Files called
    *.clean.txt and *.clean.md are the cleaner's own and never cleaned.
    """
    if options["in_place"] and options["output_dir"]:
        raise click.UsageError("--in-place and --output-dir exclude each other")
    if options["diff"] and options["tracked"]:
        raise click.UsageError("--diff writes nothing that --tracked could count; leave out one of the two")
    if "-" in paths:
        if len(paths) > 1 or any(options[name] for name in OF_FILES):
            raise click.UsageError(
                "standard input (-) goes alone, without --in-place, --record, --output-dir and --tracked"
            )
        return _filter(options)
    return _files(paths, options)


def _filter(options: dict[str, Any]) -> int:
    """Clean standard input to standard output."""
    name = options["stdin_filename"]
    cleaners = Cleaners(settings(options))
    found = cleaners.found(Path(name or "stdin"))
    cleaner = cleaners.built[cleaners.number(found)]
    data = sys.stdin.buffer.read()
    output = sys.stdout.buffer
    path = Path(name or "-")
    if name and options["force_exclude"] and found.excludes(path):
        output.write(data)
        return DONE
    try:
        cleaned = clean_document(cleaner, data, path, found, options)
    except DocumentError as error:
        click.echo(f"{path}: {error}", err=True)
        return FAILED
    for flag in cleaned.flags:
        click.echo(f"{path}: {NOTES[flag]} ({flag})", err=True)
    if options["diff"]:
        from cleaner.files import diff

        _write_diff(diff.unified(cleaned, str(path), "clean"))
    else:
        output.write(cleaned.text.encode())
    return DONE


def _write_diff(diff: str) -> None:
    """Write a diff as UTF-8, whatever the terminal's encoding: it is for programs too."""
    sys.stdout.buffer.write(diff.encode("utf-8", "backslashreplace"))


def _files(paths: tuple[str, ...], options: dict[str, Any]) -> int:
    """Clean files."""
    wanted = settings(options)
    todo = plan(
        paths,
        wanted,
        in_place=options["in_place"],
        output_dir=options["output_dir"],
        force_exclude=options["force_exclude"],
    )
    record, tracked = options["record"], options["tracked"]
    missing = untracked((path for job in todo.jobs for path in _outputs(job.target, record)), tracked)
    to_add: list[Path] = []
    if options["output_dir"] and todo.jobs and not options["diff"]:
        folder = Path(options["output_dir"])
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise click.UsageError(f"{folder}: cannot be made ({error.strerror}); name another folder") from None
    quiet = options["quiet"]
    run_options = Options(
        url=options["url"],
        lang=options["lang"],
        encoding=options["encoding"],
        in_place=options["in_place"],
        record=record,
        force=options["force"],
        diff=options["diff"],
    )
    counts = dict.fromkeys(("written", "unchanged", "failed", "diff"), 0)
    failures = [f"{problem.path}: {problem.why}" for problem in todo.problems]
    workers = options["jobs"] or os.cpu_count() or 1
    show_bar = not quiet and len(todo.jobs) >= BAR_FROM and sys.stderr.isatty()
    with click.progressbar(length=len(todo.jobs), label="cleaning", file=sys.stderr, hidden=not show_bar) as bar:
        for outcome in run_all(todo.jobs, todo.cleaners, run_options, workers):
            counts[outcome.status] += 1
            bar.update(1)
            for note in outcome.notes:
                click.echo(note, err=True)
            if outcome.status == "failed":
                failures.append(outcome.detail)
            elif tracked:
                written = outcome.status == "written"
                to_add += [path for path in _outputs(outcome.target, record) if written or path in missing]
            if outcome.status == "diff":
                _write_diff(outcome.detail)
            elif outcome.status == "written" and not quiet and not show_bar:
                click.echo(f"{outcome.path} -> {outcome.target}: {outcome.detail}")
    say_what_to_add(to_add, missing)
    for failure in failures:
        click.echo(failure, err=True)
    if not quiet and not options["diff"]:
        click.echo(
            f"{count(len(todo.jobs), 'document')}: {counts['written']} written, {counts['unchanged']} unchanged, "
            f"{len(failures)} failed",
            err=True,
        )
    return failure_code(paths) if failures else CHANGES if to_add else DONE


def _outputs(target: Path, record: bool) -> list[Path]:
    """Return the files that cleaning a document writes, `target` being its clean copy."""
    return [target, naming.record_of(target)] if record else [target]
