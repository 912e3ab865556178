"""`cleaner review`: what went of many documents, as a page to look at in a browser, and what follows of decisions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cleaner import quote
from cleaner.cli import DONE, FAILED, complete
from cleaner.cli.common import (
    cleaning_options,
    count,
    failure_code,
    folder_to_write,
    force_exclude_option,
    jobs_option,
    quiet_option,
    timeout_option,
)
from cleaner.cli.help import Command, about_output
from cleaner.cli.left_out import PAGE
from cleaner.cli.say import say
from cleaner.cli.sources import row_options
from cleaner.files.folder import New
from cleaner.version import __version__

if TYPE_CHECKING:
    from cleaner.review.gather import Gathering

MAX_SAID = 20  # documents that failed, of which it is said why; the page has more
MAX_TITLE_CHARS = 200
MAX_PATHS_SAID = 5  # paths in the command to run next; of more, it has PATH... in their place


@click.command(
    "review",
    cls=Command,
    examples={
        "cleaner review articles/": "a page to look at: review.html",
        "cleaner review -j 0 -o crawl.html crawl.jsonl.gz": "of many documents, in all cores",
        "cleaner review --apply decisions.json articles/": "rules and corrected copies of what you decided",
    },
)
@click.argument("paths", nargs=-1, metavar="PATH...", shell_complete=complete.files)
@cleaning_options
@force_exclude_option
@row_options
@about_output(
    "--output",
    "-o",
    metavar="PATH",
    shell_complete=complete.files,
    help="Write the page to this file, or with --apply the rule packs into this folder. [review.html; reviewed]",
)
@about_output(
    "--limit-documents",
    metavar="N",
    type=click.IntRange(0, 100_000),
    default=2_000,
    help="Show at most so many documents on the page: those with the most in doubt. [2000]",
)
@about_output(
    "--apply",
    metavar="FILE",
    shell_complete=complete.files,
    help="Turn decisions, which the page has saved, into rule packs and corrected copies.",
)
@about_output(
    "--copies",
    metavar="DIR",
    shell_complete=complete.folders,
    help="With --apply: clean copies are below this folder, as with --output-dir of strip, and not beside documents.",
)
@about_output("--force", is_flag=True, help="Replace a page, a pack or a copy that others wrote or changed.")
@timeout_option
@jobs_option
@quiet_option
def command(paths: tuple[str, ...], **options: Any) -> int:
    """Make a page that shows what would go of all documents, to be looked at and decided about in a browser.

    The page is one file, which needs no network. It lists the lines that went, those first that are the most worth a
    look, and shows documents with what went struck out. What you decide there, it saves as a file of decisions.
    With --apply, the decisions become rule packs, which `cleaner strip --rules` uses, and corrected copies of single
    documents; name the documents again, so that it is tried whether the decisions hold. A PATH is a document, a
    folder, or a file of many documents.
    """
    if options["apply"]:
        from cleaner.cli.apply import apply

        return apply(paths, options)
    if not paths or "" in paths:
        raise click.UsageError("PATH: is missing; name documents or folders")
    if options["copies"]:
        raise click.UsageError("--copies: is for decisions; pass --apply FILE as well, or leave it out")
    return _make_page(paths, options)


def _make_page(paths: tuple[str, ...], options: dict[str, Any]) -> int:
    from cleaner.cli.looking import Failed, Looker, look_at_all
    from cleaner.cli.rules.common import in_use_here
    from cleaner.review.gather import Gathering
    from cleaner.review.reasons import reasons
    from cleaner.review.render import render

    out = Path(options["output"] or PAGE)
    _check_place(out, force=options["force"])
    looker = Looker(paths, options)
    gathering = Gathering(options["limit_documents"])
    jobs = options["jobs"] or os.cpu_count() or 1
    said = 0
    for seen in look_at_all(looker, options, jobs=jobs, quiet=options["quiet"]):
        if not isinstance(seen, Failed):
            gathering.add(seen)
        elif not _is_page(seen.name, out):
            gathering.add_failed(seen.name, seen.why)
            if said < MAX_SAID:
                say(f"{quote.name(seen.name)}: {seen.why}", err=True)
            said += 1
    if said > MAX_SAID:
        say(f"{count(said - MAX_SAID, 'more document')} failed; the page lists them", err=True)
    if gathering.documents == gathering.failed:
        say("no document could be looked at, so there is no page; name others", err=True)
        return failure_code(paths)
    cleaners = looker.sources.cleaners()
    made = f"cleaner {__version__}, level {' and '.join(dict.fromkeys(cleaner.level for cleaner in cleaners))}"
    title = " ".join(map(quote.name, paths))[:MAX_TITLE_CHARS]
    data = gathering.data(title, made, reasons(pack for _, pack in in_use_here(options["rules"], quick=True)))
    page = render(data, f"{title}: review").encode()
    with folder_to_write(out) as folder:
        folder.write_all([New(out.name, page, folder.look(out.name))])
    if not options["quiet"]:
        _say_what_is_there(out, paths, gathering, data.shown.documents, data.shown.groups, len(page))
    return FAILED if gathering.failed else DONE


def _say_what_is_there(
    out: Path,
    paths: Sequence[str],
    gathering: Gathering,
    documents: tuple[int, int],
    groups: tuple[int, int],
    size: int,
) -> None:
    """Say what page was written, and what to do with it."""
    say(f"{quote.name(out)}: {size / 1e6:.1f} MB, of {count(gathering.documents, 'document')}")
    what = f"  {_of(groups, 'line')} in the list, {_of(documents, 'document')} shown"
    say(what + (f", {gathering.failed:,} failed" if gathering.failed else ""))
    named = " ".join(map(quote.word, paths)) if len(paths) <= MAX_PATHS_SAID else "PATH..."
    say("open it in a browser, decide, save decisions.json (the browser puts it where it puts downloads); then:")
    say(f"  cleaner review --apply decisions.json {named}")


def _of(shown: tuple[int, int], noun: str) -> str:
    return count(shown[0], noun) if shown[0] == shown[1] else f"{shown[0]:,} of {count(shown[1], noun)}"


def _is_page(name: str, out: Path) -> bool:
    return os.path.realpath(name) == os.path.realpath(out)


def _check_place(out: Path, *, force: bool) -> None:
    """Raise `UsageError` if the page cannot be written, or would replace a file that is no page of ours."""
    from cleaner.review.render import END_BYTES, is_end_of_page

    with folder_to_write(out) as folder:
        if force or not (seen := folder.look(out.name)) or not seen.size:
            return
        with os.fdopen(folder.open(out.name), "rb") as there:
            there.seek(max(seen.size - END_BYTES, 0))
            is_ours = is_end_of_page(there.read(END_BYTES))
    if not is_ours:
        why = "is no page of cleaner review; name another file with -o, or pass --force to replace it"
        raise click.UsageError(f"{quote.name(out)}: {why}")
