"""A document as a listing: its lines, with what went struck out, and the rules that did it.

Each line of a listing begins with a mark: `-` for a line that was removed, `~` for one of which a part was removed or
repaired, and a space for one that stays.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import click

from cleaner import quote
from cleaner.cli.say import style
from cleaner.document import Cleaned, Edit, with_line_feeds

KEPT = " "  # the mark of a line that stays


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
    names = list(dict.fromkeys(_reason(edit) for edit in edits))
    mark = "-" if gone == len(line) and not any(edit.replacement for edit in edits) else "~"
    return f"{mark} {text}  " + pen.style("[" + ", ".join(names) + "]", fg="cyan")


def _reason(edit: Edit) -> str:
    """Return who made an edit: with the judge's score, or with the element that a selector named."""
    if edit.score is not None:
        return f"{edit.by} {edit.score:.0%}"
    return f"{edit.by} {quote.line(edit.element)}" if edit.element else edit.by


def folded(lines: Iterable[str], context: int, pen: Pen = QUOTED) -> Iterator[str]:
    """Yield the lines of a listing that do not stay, with `context` lines around each.

    For the lines in between there is a mark, such as `… 34 lines …`; a single one is shown itself.
    """
    before: deque[str] = deque()  # lines that stay, and may have to be shown before one that goes
    hidden, last, after = 0, "", 0
    for line in lines:
        if not line.startswith(KEPT):
            yield from _fold(hidden, last, pen)
            yield from before
            yield line
            before.clear()
            hidden, after = 0, context
        elif after:
            after -= 1
            yield line
        else:
            before.append(line)
            if len(before) > context:
                hidden, last = hidden + 1, before.popleft()
    yield from _fold(hidden + len(before), before[0] if before and not hidden else last, pen)


def _fold(hidden: int, only: str, pen: Pen) -> Iterator[str]:
    """Yield the mark for some hidden lines, if there are any; `only` is the line to show if it is one."""
    if hidden == 1:
        yield only
    elif hidden:
        yield pen.style(f"… {hidden:,} lines …", dim=True)
