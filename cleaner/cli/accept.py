"""`cleaner accept`: keep what stands in the place of a copy as a correction."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from cleaner import quote
from cleaner.cli import DONE, FAILED, complete
from cleaner.cli.common import (
    cleaning_options,
    config_of,
    count,
    failure_code,
    gitignore_option,
    known_of,
    names_option,
    paths_argument,
    quiet_option,
    timeout_option,
)
from cleaner.cli.help import Command, about_output
from cleaner.cli.life import near
from cleaner.cli.plan import plan
from cleaner.cli.say import say
from cleaner.files import git, naming
from cleaner.files.job import JobOptions
from cleaner.files.jobs import run_all
from cleaner.files.known import Known
from cleaner.files.probe import mode_of

MESSAGES = {  # by the status of the outcome
    "accepted": "is kept as a correction of {document}",
    "corrected": "is a correction of {document} already",
    "unchanged": "is what the cleaner would write; there is nothing to accept",
    "stale": "is as the cleaner wrote it, for an earlier state or by other rules; `cleaner strip` writes it anew",
    "missing": "is not there; `cleaner strip` writes it",
}


@click.command(
    "accept",
    cls=Command,
    examples={
        "cleaner accept a.txt": "a.clean.txt stays as you have corrected it",
        "cleaner accept articles/": "so do all copies that differ",
    },
)
@paths_argument
@cleaning_options
@about_output(
    "--output-dir",
    metavar="DIR",
    shell_complete=complete.folders,
    help="The folder to which `cleaner strip --output-dir` wrote the copies.",
)
@gitignore_option
@names_option
@timeout_option
@quiet_option
def command(paths: tuple[str, ...], **options: Any) -> int:
    """Keep copies that differ from what the cleaner would write, as corrections of the documents as they are now.

    PATH is a document, a copy, or a folder. That is for a corrected copy whose document has changed, and for a copy
    that no lock knows. Nothing is written but the lock, and the copy stays as it is.
    """
    if "-" in paths:
        raise click.UsageError("accept is about copies; standard input (-) has none")
    known = known_of()
    named = tuple(dict.fromkeys(str(document) for path in paths for document in _documents(Path(path), known)))
    todo = plan(named, config_of(options), output_dir=options["output_dir"])
    run_options = JobOptions(
        url=options["url"], lang=options["lang"], encoding=options["encoding"], write=False, accept=True
    )
    failures = [f"{quote.name(problem.path)}: {problem.why}" for problem in todo.problems]
    counts: Counter[str] = Counter()
    are_named = not any(stat.S_ISDIR(mode_of(Path(path))) for path in paths)
    for outcome in run_all(todo.jobs, todo.cleaners, run_options, 1, options["timeout"], known):
        counts[outcome.status] += 1
        if outcome.status == "failed":
            failures.append(outcome.detail)
        elif outcome.status == "accepted" or are_named:
            message = MESSAGES[outcome.status].format(document=quote.name(outcome.path.name))
            say(f"{quote.name(outcome.target)}: {message}")
    for line in (*known.cautions, *failures):
        say(line, err=True)
    if not options["quiet"]:
        say(f"{count(len(todo.jobs), 'document')}: {counts['accepted']} accepted, {len(failures)} failed", err=True)
    # A hook sees what is staged: without this, it would say once more that the document has changed.
    if locks := [near(path) for path in sorted(known.written) if git.holds(path)]:
        say(f"before you commit: {git.add_command(locks)}", err=True)
    if known.is_lost and counts["accepted"]:
        say(
            "what was accepted could not be noted; mend that, or run `cleaner strip --lock`, and accept it again",
            err=True,
        )
        return FAILED
    return failure_code(paths) if failures else DONE


def _documents(path: Path, known: Known) -> Iterator[Path]:
    """Yield the document of a copy that is named: by a lock, or by the names beside it. Yield other paths as they
    are.
    """
    if not naming.is_output(path) or stat.S_ISDIR(mode_of(path)):
        yield path
        return
    folder = os.path.realpath(path.parent)
    for lock in known.locks_for(folder):
        name = lock.name_of(folder, path.name)
        facts = lock.facts.get(name or "", ())
        found = [lock.real(fact.document) for fact in facts if mode_of(lock.real(fact.document))]
        if found:
            here = Path(os.path.realpath("."))
            yield from (one.relative_to(here) if one.is_relative_to(here) else one for one in found[:1])
            return
    stems = [
        path.name[: -len(suffix)] for suffix in naming.COPY_SUFFIX.values() if path.name.lower().endswith(suffix)
    ]
    beside = [path.with_name(stem + suffix) for stem in stems for suffix in ("", *naming.KINDS)]
    there = [one for one in beside if mode_of(one)]
    markdown = naming.suffix_of(path.name) == ".md"
    documents = (
        one
        for names in naming.NAMES
        for one in there
        if naming.copy_of(one, names, markdown=markdown).name == path.name
    )
    yield next(documents, path.with_name(f"{stems[0]}.txt") if stems else path)
