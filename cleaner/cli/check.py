"""`cleaner check`: are the clean copies there and up to date?"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
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
    jobs_option,
    known_of,
    names_option,
    need_paths,
    paths_or_tracked_argument,
    quiet_option,
    say_what_to_add,
    timeout_option,
)
from cleaner.cli.help import Command, about_output, about_run
from cleaner.cli.life import Life, with_locks
from cleaner.cli.plan import RunPlan, plan
from cleaner.cli.say import say
from cleaner.files.job import JobOptions
from cleaner.files.jobs import run_all
from cleaner.files.known import Known

MESSAGES = {  # by the status of the outcome
    "missing": "has no clean copy {target}; run `cleaner strip`",
    "stale": "has a stale clean copy {target}; run `cleaner strip`",
}
SAID_THEMSELVES = ("outdated", "unknown")  # outcomes whose detail is the message
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
@paths_or_tracked_argument
@cleaning_options
@about_output("--metadata", is_flag=True, help="With --markdown: copies have front matter.")
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
@jobs_option
@about_run("--tracked", is_flag=True, help="Count a copy that git does not track as missing.")
@quiet_option
def command(paths: tuple[str, ...], **options: Any) -> int:
    """List the documents whose clean copy is missing or stale; write nothing.

    The exit code is 1 if there are any, 0 if there are none.
    """
    need_paths(paths, options)
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
    run_options = JobOptions(
        url=options["url"],
        lang=options["lang"],
        encoding=options["encoding"],
        in_place=options["in_place"],
        write=False,
        tracked=options["tracked"],
    )
    known = known_of()
    copies = not options["in_place"]
    life = Life(paths, known, output_dir=options["output_dir"], tracked=options["tracked"], copies=copies)
    todo = life.without_gone(todo)
    missing: dict[Path, bool] = {}
    if options["tracked"]:
        outputs = with_locks({job.path: [job.target] for job in todo.jobs}, life.locks_of(todo.jobs))
        missing, in_part = in_git(outputs)
        todo = todo.without(in_part)
    documents = len(todo.jobs)
    said = life.follow_renames(todo.jobs, carry_out=False)
    if said:
        todo = todo._replace(jobs=[job for job in todo.jobs if job.path not in said])
    done = _check_all(todo, run_options, options, missing, known)
    life.look_for_orphans(todo.jobs, with_unknown=copies)
    if not life.findings:
        todo.check_any()
    failures = [f"{quote.name(problem.path)}: {problem.why}" for problem in todo.problems] + done.failures
    for finding in life.findings:
        say(finding)
    for caution in known.cautions:
        say(caution, err=True)
    to_add = done.to_add + life.to_add(todo.jobs, missing)
    say_what_to_add(to_add, missing)
    for failure in failures:
        say(failure, err=True)
    if not options["quiet"]:
        what = "would change" if options["in_place"] else "missing or stale"
        if options["tracked"]:
            what += " or not tracked"
        parts = [f"{done.found} {what}", f"{len(failures)} failed"]
        parts += [f"{done.corrected} corrected"] if done.corrected else []
        parts += [f"{len(life.findings)} renamed or gone"] if life.findings else []
        say(f"{count(documents, 'document')}: {', '.join(parts)}", err=True)
        for note in todo.passed.notes():
            say(note, err=True)
    return failure_code(paths) if failures else CHANGES if done.found or to_add or life.findings else DONE


@dataclass
class _Checked:
    """What became of the documents: how many need somebody to look at them, and how many copies are corrected."""

    found: int = 0
    corrected: int = 0
    to_add: list[Path] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def _check_all(
    todo: RunPlan, run_options: JobOptions, options: dict[str, Any], missing: dict[Path, bool], known: Known
) -> _Checked:
    """Compare all copies, and say what is to be said of each."""
    done = _Checked()
    workers = options["jobs"] or os.cpu_count() or 1
    for outcome in run_all(todo.jobs, todo.cleaners, run_options, workers, options["timeout"], known):
        for note in outcome.notes:
            say(note, err=True)
        done.corrected += outcome.status in ("corrected", "outdated")
        if outcome.status == "failed":
            done.failures.append(outcome.detail)
        elif outcome.status in SAID_THEMSELVES:
            done.found += 1
            say(outcome.detail)
        elif outcome.status not in ("unchanged", "corrected"):
            done.found += 1
            message = IN_PLACE_MESSAGE if options["in_place"] else MESSAGES[outcome.status]
            target = quote.name(outcome.target.name)
            say(f"{quote.name(outcome.path)}: {message.format(target=target, detail=outcome.detail)}")
        elif outcome.target in missing:
            done.found += 1
            done.to_add.append(outcome.target)
    return done
