"""`cleaner check`: are the clean copies there and up to date?"""

from __future__ import annotations

import os
from typing import Any

import click

from cleaner import quote
from cleaner.cli import CHANGES, DONE, complete
from cleaner.cli.common import (
    cleaning_options,
    config_of,
    count,
    failure_code,
    force_exclude_option,
    gitignore_option,
    in_git,
    names_option,
    paths_argument,
    say_what_to_add,
    timeout_option,
)
from cleaner.cli.help import Command, about_output, about_run
from cleaner.cli.plan import plan
from cleaner.cli.say import say
from cleaner.files.job import JobOptions
from cleaner.files.jobs import run_all

MESSAGES = {  # by the status of the outcome
    "missing": "has no clean copy {target}; run `cleaner strip`",
    "stale": "has a stale clean copy {target}; run `cleaner strip`",
}
IN_PLACE_MESSAGE = "would change ({detail}); run `cleaner strip --in-place`"


@click.command(
    "check",
    cls=Command,
    examples={
        "cleaner check articles/": "which copies are missing or stale?",
        "cleaner check --tracked .": "in CI: are all copies in git, too?",
        "cleaner check --in-place notes/": "is there anything to remove or repair?",
    },
)
@paths_argument
@cleaning_options
@force_exclude_option
@gitignore_option
@about_output(
    "--output-dir",
    metavar="DIR",
    shell_complete=complete.folders,
    help="The folder to which `cleaner strip --output-dir` wrote the copies.",
)
@names_option
@about_output("--in-place", is_flag=True, help="Check the documents themselves, not their copies.")
@timeout_option
@about_run(
    "--jobs", "-j", metavar="N", type=click.IntRange(0), default=1, help="Worker processes; 0: one per core. [1]"
)
@about_run("--tracked", is_flag=True, help="Count a copy that git does not track as missing.")
@about_run("--quiet", "-q", is_flag=True, help="Say only what needs attention.")
def command(paths: tuple[str, ...], **options: Any) -> int:
    """List the documents whose clean copy is missing or stale; write nothing.

    The exit code is 1 if there are any, 0 if there are none.
    """
    if "-" in paths:
        raise click.UsageError("check compares files; standard input (-) has no copy")
    todo = plan(
        paths,
        config_of(options),
        in_place=options["in_place"],
        output_dir=options["output_dir"],
        force_exclude=options["force_exclude"],
        in_repository=options["tracked"],
    )
    todo.check_any()
    run_options = JobOptions(
        url=options["url"],
        lang=options["lang"],
        encoding=options["encoding"],
        in_place=options["in_place"],
        write=False,
        tracked=options["tracked"],
    )
    missing, in_part = in_git({job.path: [job.target] for job in todo.jobs}, options["tracked"])
    todo = todo.without(in_part)
    failures = [f"{quote.name(problem.path)}: {problem.why}" for problem in todo.problems]
    found = 0
    to_add = []
    workers = options["jobs"] or os.cpu_count() or 1
    for outcome in run_all(todo.jobs, todo.cleaners, run_options, workers, options["timeout"]):
        for note in outcome.notes:
            say(note, err=True)
        if outcome.status == "failed":
            failures.append(outcome.detail)
        elif outcome.status != "unchanged":
            found += 1
            message = IN_PLACE_MESSAGE if options["in_place"] else MESSAGES[outcome.status]
            target = quote.name(outcome.target.name)
            say(f"{quote.name(outcome.path)}: {message.format(target=target, detail=outcome.detail)}")
        elif outcome.target in missing:
            found += 1
            to_add.append(outcome.target)
    say_what_to_add(to_add, missing)
    for failure in failures:
        say(failure, err=True)
    if not options["quiet"]:
        what = "would change" if options["in_place"] else "missing or stale"
        if options["tracked"]:
            what += " or not tracked"
        say(f"{count(len(todo.jobs), 'document')}: {found} {what}, {len(failures)} failed", err=True)
        for note in todo.passed.notes():
            say(note, err=True)
    return failure_code(paths) if failures else CHANGES if found else DONE
