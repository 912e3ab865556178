"""`cleaner strip`: write clean copies."""

from __future__ import annotations

import os
import stat
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cleaner import quote
from cleaner.cleaner import with_metadata
from cleaner.cli import CHANGES, DONE, FAILED, complete
from cleaner.cli.common import (
    LEARNED,
    Cleaners,
    clean_document,
    cleaning_options,
    config_of,
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
    staged_in_part,
    timeout_option,
)
from cleaner.cli.evidence import EvidenceOutput
from cleaner.cli.files import clean_files, outputs_of, write_diff
from cleaner.cli.help import Command, about_input, about_output, about_run, what_goes
from cleaner.cli.life import Life, with_locks
from cleaner.cli.plan import RunPlan, plan
from cleaner.cli.say import check_raw, print_bytes, read_input, say, say_lines
from cleaner.cli.shards import Result, plan_shards, run_shards, shard_options
from cleaner.cli.summary import RunReport, headline_of_files, headline_of_shards, summary
from cleaner.errors import DocumentError
from cleaner.files.job import NOTES
from cleaner.files.probe import mode_of
from cleaner.rows import METADATA_FIELD, RECORD_FIELD
from cleaner.shards import names as formats
from cleaner.shards.store import is_remote
from cleaner.tally import Tally

if TYPE_CHECKING:  # what shards need is loaded if there are any
    from cleaner.shards.run import Shard

# Pairs of options that exclude each other, and what to say of both.
EXCLUSIVE = (
    ("in_place", "output_dir", "--in-place and --output-dir exclude each other"),
    (
        "in_place",
        "learned",
        "--learned learns from originals, and --in-place leaves none; use learn, then strip",
    ),
    ("diff", "tracked", "--diff writes nothing that --tracked could count; leave out one of the two"),
    ("in_place", "prune", "--in-place makes no copies; leave it out, or --prune and --lock"),
    ("in_place", "lock", "--in-place makes no copies; leave it out, or --prune and --lock"),
    ("diff", "prune", "--diff changes nothing; leave it out, or --prune"),
    ("diff", "evidence", "--diff shows what would go, and --evidence is of what went; leave out one of the two"),
)
# These options say nothing of standard input.
NOT_FOR_STDIN = [
    *("learned", "in_place", "record", "metadata", "output_dir", "prune", "lock", "tracked", "report", "evidence")
]


@click.command(
    "strip",
    cls=Command,
    examples={
        "cleaner strip articles/": "a.clean.txt beside a.txt",
        "cleaner strip articles/ --output-dir out/": "out/a.clean.txt",
        "cleaner strip -j 2 --resume crawl.jsonl.gz": "crawl.clean.jsonl.gz",
        "curl -s https://example.org | cleaner strip -": "the text of a page",
    },
)
@paths_or_tracked_argument
@cleaning_options
@what_goes(
    "--learned",
    is_flag=True,
    help=f"Learn from these documents first (see `cleaner learn`), into {LEARNED}/, and clean with what is there.",
)
@force_exclude_option
@gitignore_option
@about_input("--stdin-filename", metavar="NAME", help="Treat standard input (-) as a file of this name.")
@about_output(
    "--output-dir",
    metavar="DIR",
    shell_complete=complete.folders,
    help="Write the copies below this folder, not beside the originals.",
)
@names_option
@about_output("--in-place", is_flag=True, help="Replace each document by its clean text.")
@about_output(
    "--record",
    is_flag=True,
    help=f"Also write the record of every edit, for `cleaner restore`; in shards, the field {RECORD_FIELD}.",
)
@about_output(
    "--metadata",
    is_flag=True,
    help="Also write title, authors, dates … to NAME.clean.meta.json, with --markdown into the copy; in shards, the "
    f"field {METADATA_FIELD}.",
)
@about_output("--diff", is_flag=True, help="Show what would go, as a diff; write nothing.")
@about_output(
    "--raw",
    is_flag=True,
    callback=check_raw,
    help="Show control characters in the diff as they are, not by signs; for files and pipes.",
)
@about_output(
    "--force",
    is_flag=True,
    help="Replace files in the way: corrected copies, and what is not known to be the cleaner's.",
)
@about_output(
    "--prune",
    is_flag=True,
    help="Remove copies whose document is gone or that have other --names, unless a person corrected them.",
)
@about_output("--lock", is_flag=True, help="Keep what was written in cleaner.lock in each PATH, to share it.")
@shard_options
@timeout_option
@jobs_option
@about_run(
    "--report",
    metavar="FILE.json",
    shell_complete=complete.files,
    help="Write to this file what was done, in numbers.",
)
@about_run(
    "--evidence",
    metavar="FILE.parquet",
    shell_complete=complete.files,
    help="Write to this file what went, a row an edit; ask it with `cleaner top`.",
)
@about_run(
    "--no-fsync",
    "fsync",
    is_flag=True,
    callback=lambda _ctx, _parameter, value: not value,
    help="Do not wait for the disk: faster, but a power failure may leave files empty.",
)
@about_run(
    "--tracked",
    is_flag=True,
    help="Exit with code 1 when a file was written or git does not track it, and say what to add.",
)
@quiet_option
def command(paths: tuple[str, ...], **options: Any) -> int:
    """Write the clean text of each document to NAME.clean.txt beside it.

    PATH is a .txt, .text, .md, .markdown, .html, .htm or .xhtml file, a shard, a folder with such files, or - for
    standard input, whose clean text goes to standard output. The originals are not touched. Files called
    *.clean.txt and *.clean.md are the cleaner's own and never cleaned.

    A shard is a file with many documents: .jsonl or .ndjson (also .gz, .zst, .bz2, .xz), .parquet, .warc or .wet
    (also .gz). Its clean copy is NAME.clean.jsonl and so on, for WARC and WET NAME.clean.jsonl.gz. Documents that
    could not be cleaned stay as they were and are listed in NAME.failed.jsonl. A shard may be a URL that fsspec
    knows.
    """
    need_paths(paths, options)
    _check_pairs(options)
    if "-" in paths:
        if len(paths) > 1 or any(options[name] for name in NOT_FOR_STDIN):
            raise click.UsageError(
                "standard input (-) goes alone, without --learned, --in-place, --record, --metadata, --output-dir, "
                "--prune, --lock, --tracked, --report and --evidence"
            )
        return _clean_stdin(options)
    return _clean_paths(paths, options)


def _check_pairs(options: Mapping[str, Any]) -> None:
    """Raise `UsageError` if two options were given that make no sense together."""
    for one, other, message in EXCLUSIVE:
        if options[one] and options[other]:
            raise click.UsageError(message)
    if options["raw"] and not options["diff"]:
        raise click.UsageError("--raw is about the diff; add --diff, or leave it out")


def _clean_stdin(options: dict[str, Any]) -> int:
    """Clean standard input to standard output, and return the exit code."""
    name = options["stdin_filename"]
    if name and formats.name_of(name):
        raise click.UsageError(f"{quote.name(name)}: holds many documents; name the file, not standard input")
    cleaners = Cleaners(config_of(options))
    found = cleaners.found(Path(name or "stdin"))
    cleaner = with_metadata(cleaners.built[cleaners.number(found)], wanted=False)
    data = read_input()
    path = Path(name or "-")
    if name and options["force_exclude"] and found.excludes(path):
        print_bytes(data)
        return DONE
    try:
        cleaned = clean_document(cleaner, data, path, found, options)
    except DocumentError as error:
        say(f"{quote.name(path)}: {error}", err=True)
        return FAILED
    for flag in cleaned.flags:
        say(f"{quote.name(path)}: {NOTES[flag]} ({flag})", err=True)
    if options["diff"]:
        from cleaner.files import diff

        write_diff(diff.unified(cleaned, str(path), "clean"), path, options["raw"])
    else:
        print_bytes(cleaned.text.encode())
    return DONE


def _clean_paths(paths: tuple[str, ...], options: dict[str, Any]) -> int:
    """Clean files and shards, say what became of them, and return the exit code."""
    begun = time.monotonic()
    not_learned = _learn_first(paths, options) if options["learned"] else []
    todo = plan(
        paths,
        config_of(options),
        in_place=options["in_place"],
        output_dir=options["output_dir"],
        force_exclude=options["force_exclude"],
        with_shards=True,
        in_repository=options["tracked"],
    )
    known = known_of(_folders_of(paths) if options["lock"] else (), sync=options["fsync"])
    life = Life(
        paths,
        known,
        output_dir=options["output_dir"],
        tracked=options["tracked"],
        copies=not (options["in_place"] or options["diff"]),
    )
    todo = life.without_gone(todo)
    shards, unusable_shards = plan_shards(todo.shards, todo.cleaners, options)
    sources = _sources(todo, shards) if options["report"] or options["evidence"] else []
    report = RunReport(options["report"], sources, force=options["force"])
    others = [*sources, options["report"]] if options["report"] else sources
    evidence = EvidenceOutput(options["evidence"], others, force=options["force"], sync=options["fsync"])
    missing, in_part = _in_git(todo, shards, life, options)
    todo = todo.without(in_part)
    staged = [shard for shard in shards if Path(shard.source) in in_part]
    unusable_shards += [f"{quote.name(one.source)}: {staged_in_part(Path(one.source))}" for one in staged]
    shards = [shard for shard in shards if shard not in staged]
    if options["output_dir"] and (todo.jobs or shards) and not options["diff"]:
        _make_output_dir(options["output_dir"], remote=not todo.jobs)

    workers = options["jobs"] or os.cpu_count() or 1
    if not options["force"]:
        life.follow_renames(todo.jobs, carry_out=True)
    try:
        with evidence:
            files = clean_files(todo, options, workers, missing, known, evidence.take)
            done = run_shards(shards, todo.cleaners, workers, options, evidence.take) if shards else []
            tally = files.tally
            for result in done:
                tally.update(result.ended.tally)
            evidence.finish(tally, todo.cleaners)
    finally:
        known.save()  # also of a run that is interrupted: what it wrote is known
    life.look_for_orphans(todo.jobs, prune=options["prune"], forget=any(map(os.path.isdir, paths)))
    if not (life.findings or life.done):
        todo.check_any()
    known.save()

    failures = [f"{quote.name(problem.path)}: {problem.why}" for problem in todo.problems]
    failures += [*unusable_shards, *files.failures, *(result.failure for result in done if result.failure)]
    failures += life.failures
    to_add = files.to_add + [path for shard in shards if (path := Path(shard.target)) in missing]
    to_add += life.to_add(todo.jobs, missing)
    life.say(quiet=options["quiet"])
    say_what_to_add(to_add, missing)
    for line in (*files.outdated, *failures):
        say(line, err=True)
    if not options["quiet"] and not options["diff"]:
        unusable = len(todo.problems) + len(unusable_shards)
        _say_summary(len(todo.jobs), files.counts, len(failures), done, tally, unusable, options)
        for note in todo.passed.notes():
            say(note, err=True)
    report.write(tally, time.monotonic() - begun, done, failures)
    if failures or not_learned:
        return failure_code(paths)
    return CHANGES if to_add or files.outdated or (options["tracked"] and life.findings) else DONE


def _sources(todo: RunPlan, shards: Sequence[Shard]) -> list[str | Path]:
    """Return what is read, which the report and the evidence must not replace."""
    return [*(job.path for job in todo.jobs), *(shard.source for shard in shards)]


def _in_git(
    todo: RunPlan, shards: Sequence[Shard], life: Life, options: dict[str, Any]
) -> tuple[dict[Path, bool], Collection[Path]]:
    """Return what is to be added to git, and which documents and shards are staged in part, if `--tracked` asks."""
    if not options["tracked"]:
        return {}, ()
    metadata = any(cleaner.metadata for cleaner in todo.cleaners)
    outputs = {job.path: outputs_of(job.target, options["record"], metadata) for job in todo.jobs}
    copies = {Path(shard.source): [Path(shard.target)] for shard in shards if not is_remote(shard.target)}
    return in_git(with_locks(outputs, life.locks_of(todo.jobs)) | copies)


def _learn_first(paths: tuple[str, ...], options: dict[str, Any]) -> list[str]:
    """Learn from the documents, let what is there count among the rules, and return what could not be read."""
    from cleaner.cli.learn import learn

    learned = learn(paths, Path(LEARNED), options, told=False)
    if learned.has_packs:
        options["rules"] = (*options["rules"], LEARNED)
    return learned.failures


def _folders_of(paths: tuple[str, ...]) -> list[Path]:
    """Return the folders that paths name, or that hold the files that they name."""
    return [path if stat.S_ISDIR(mode_of(path)) else path.parent for path in map(Path, paths)]


def _make_output_dir(output_dir: str, *, remote: bool) -> None:
    """Make the folder for copies. It may be a URL if it is to be `remote`: if all of the copies are shards."""
    if is_remote(output_dir):
        if not remote:
            raise click.UsageError(
                f"{quote.name(output_dir)}: is a URL, which shards alone can be written to; name a folder"
            )
        return
    try:
        Path(output_dir).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(
            f"{quote.name(output_dir)}: cannot be made ({error.strerror}); name another folder"
        ) from None


def _say_summary(
    jobs: int,
    counts: Counter[str],
    failed: int,
    done: Sequence[Result],
    tally: Tally,
    unusable: int,
    options: dict[str, Any],
) -> None:
    """Say at the end what the whole run did: to `jobs` files with these outcomes, and to the shards that are done.

    `failed` is the number of failures, `unusable` the number of paths among them that could not be begun.
    """
    if done:
        headline = headline_of_shards(done, jobs, tally, unusable) if tally.documents else ""
    else:
        headline = headline_of_files(jobs, counts, failed, in_place=options["in_place"])
    if headline:
        say_lines(summary(headline, tally), err=True)
