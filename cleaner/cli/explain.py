"""`cleaner explain`: a document with what would be removed, and by which rule."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click

from cleaner import quote
from cleaner.cli import DONE
from cleaner.cli.common import Cleaners, clean_document, cleaning_options, config_of, failure_code, paths_argument
from cleaner.cli.help import Command, about_output
from cleaner.cli.say import check_raw, print_text, read_input, say, style
from cleaner.document import Cleaned, Edit, with_line_feeds
from cleaner.errors import DocumentError
from cleaner.files.folder import read_named, why_not_read
from cleaner.files.job import NOTES


@click.command(
    "explain",
    cls=Command,
    examples={
        "cleaner explain articles/a.txt": "what goes, and by which rule",
        "cleaner explain --color always p.html | less -R": "a page, in a pager",
    },
)
@paths_argument
@cleaning_options
@about_output(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Whether to use colours; auto: on a terminal. [auto]",
)
@about_output(
    "--raw",
    is_flag=True,
    callback=check_raw,
    help="Show control characters as they are, not by signs; for files and pipes.",
)
def command(paths: tuple[str, ...], **options: Any) -> int:
    """Show each document with every removed line struck out, and what removed it.

    Each line begins with `-` (removed), `~` (part of it removed or repaired) or a space (kept). After the name of
    the judge comes the probability, as the judge sees it, that the line is content. PATH is a document, or - for
    standard input; of several, each comes below its name.
    """
    cleaners = Cleaners(config_of(options))
    color = {"auto": None, "always": True, "never": False}[options["color"]]
    failed = False
    for name in paths:
        path = Path(name)
        found = cleaners.found(path)
        cleaner = cleaners.built[cleaners.number(found)]
        try:
            data = read_input() if name == "-" else read_named(path)[0]
            cleaned = clean_document(cleaner, data, path, found, options)
        except (OSError, DocumentError) as error:
            why = why_not_read(error, "name a document") if isinstance(error, OSError) else error
            say(f"{quote.name(name)}: {why}", err=True)
            failed = True
            continue
        if len(paths) > 1:
            say(style(f"{quote.name(name)}:", bold=True), styled=True, color=color)
        if options["raw"]:
            pen = RAW_IN_COLOUR if color else RAW
            print_text("".join(f"{line}\n" for line in explain(cleaned, pen)), raw=True)
        else:
            for line in explain(cleaned):
                say(line, styled=True, color=color)
        for flag in cleaned.flags:
            say(f"{quote.name(name)}: {NOTES[flag]} ({flag})", err=True)
    return failure_code(paths) if failed else DONE


class Pen(NamedTuple):
    """How text is shown: what becomes of it, and what becomes of text that is to have a colour."""

    plain: Callable[[str], str]
    style: Callable[..., str]


QUOTED = Pen(quote.line, style)
RAW = Pen(str, lambda text, **_: text)
RAW_IN_COLOUR = Pen(str, click.style)


def explain(cleaned: Cleaned, pen: Pen = QUOTED) -> Iterator[str]:
    """Yield the lines of the original, each after `-`, `~` or a space, with its edits shown in ANSI colours.

    The `pen` replaces what is dangerous for a terminal by visible signs, if it is not one for raw text.
    """
    edits = deque(cleaned.edits)
    start = 0
    for line in with_line_feeds(cleaned.original).split("\n"):
        end = start + len(line)
        while edits and edits[0].end <= start and (edits[0].end < start or edits[0].start < start):
            edits.popleft()
        here = []
        for edit in edits:
            if edit.start > end:
                break
            if edit.end > start or edit.start == edit.end >= start:
                here.append(edit)
        text = line.rstrip("\r")  # it goes to the end: a terminal would write the rest over the line
        yield _show_edits(text, start, here, pen) + line[len(text) :]
        start = end + 1


def _show_edits(line: str, start: int, edits: list[Edit], pen: Pen) -> str:
    """Return one line of the original, which begins at offset `start` (in characters), with its edits shown."""
    if not line.strip():
        mark = "-" if any(edit.start <= start and start + len(line) < edit.end for edit in edits) else " "
        return f"{mark} {pen.plain(line)}"
    shown = []
    position = 0
    gone = 0
    for edit in edits:
        low, high = max(edit.start - start, 0), min(edit.end - start, len(line))
        if low > len(line) or high < 0 or (low >= high and not edit.replacement):
            continue
        shown.append(pen.plain(line[position:low]))
        if low < high:
            shown.append(pen.style(line[low:high], fg="red", strikethrough=True))
        if edit.replacement:
            shown.append(pen.style(edit.replacement, fg="green"))
        position = high
        gone += high - low
    text = "".join([*shown, pen.plain(line[position:])])
    if not shown:
        return f"  {text}"
    names = list(dict.fromkeys(edit.by if edit.score is None else f"{edit.by} {edit.score:.0%}" for edit in edits))
    mark = "-" if gone == len(line) and not any(edit.replacement for edit in edits) else "~"
    return f"{mark} {text}  " + pen.style("[" + ", ".join(names) + "]", fg="cyan")
