"""Corrected copies: the clean text of one document after people decided about places in it.

A place is a range of the original. To keep it is to undo the edits there; to drop it is one more edit. The offsets
are those of the review, so a document must be what it was then, which its digest tells.

The lines of the result are lines of the repaired document, in their order, whatever was decided: an edit that took
the line break before it along, because no line followed, gives that line break back when a line follows again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cleaner.document import Change, Cleaned, Edit, apply
from cleaner.review.decisions import Decision
from cleaner.tally import REPAIR_PREFIX

BREAKS = "\r\n"
# Characters of a line that a page shows at least of what went: two texts that agree so far are taken for one.
SHOWN_CHARS = 1_000

OTHER_TEXT = "another text stands at this place; make the page anew, and decide again"


class Refused(NamedTuple):
    """A decision that cannot be carried out, and why."""

    decision: Decision
    why: str


class Corrected(NamedTuple):
    """The text of a copy after decisions, how many were carried out, and those that were not."""

    text: str
    done: int
    refused: list[Refused]


def corrected(cleaned: Cleaned, decisions: Iterable[Decision]) -> Corrected:
    """Return the clean text with the decisions carried out, which are about this document, in their order.

    To keep what was kept changes nothing, and counts as done.
    """
    original = cleaned.original
    edits: list[Change | Edit] = list(cleaned.edits)
    refused = []
    done = 0
    for decision in decisions:
        start = decision.offset or 0
        end = start + (decision.length or 0)
        if not _is_at(original, start, end, decision.line):
            refused.append(Refused(decision, OTHER_TEXT))
            continue
        there = [edit for edit in edits if _overlap(edit, start, end) and not _is_repair(edit)]
        if decision.what == "keep":
            edits = [edit for edit in edits if edit not in there]
        else:
            start, end = min([start, *(e.start for e in there)]), max([end, *(e.end for e in there)])
            end = _with_blank_lines(original, start, end)
            edits = [edit for edit in edits if not _overlap(edit, start, end)]
            edits.append(Change(start, end, "", "review", "", ""))
            edits.sort(key=lambda edit: edit.start)
        done += 1
    return Corrected(apply(original, _with_line_breaks(original, edits)), done, refused)


def _is_at(original: str, start: int, end: int, line: str) -> bool:
    """Whether a line is what stands at a place; of a long one, the page may have shown the beginning."""
    found, line = original[start:end].strip(), line.strip()
    return found == line or (len(line) >= SHOWN_CHARS and found.startswith(line))


def _is_repair(edit: Change | Edit) -> bool:
    return edit.by.startswith(REPAIR_PREFIX)


def _overlap(edit: Change | Edit, start: int, end: int) -> bool:
    """Whether an edit is about characters of a range."""
    return edit.start < end and start < edit.end


def _with_blank_lines(original: str, start: int, end: int) -> int:
    """Return the end of a range of whole lines with the blank lines behind it, if it begins behind a blank line.

    So two paragraphs are no farther apart than they were. Another range ends where it ended.
    """
    lines_before = original[max(start - 2, 0) : start].replace("\r\n", "\n")
    is_apart = not start or lines_before in ("\n\n", "\n") or lines_before.endswith(("\n\n", "\r\r"))
    if not is_apart or not end or original[end - 1] not in BREAKS:
        return end
    behind = original[end:]
    blank = behind[: len(behind) - len(behind.lstrip())]
    return end + max(blank.rfind("\n"), blank.rfind("\r")) + 1


def _with_line_breaks(original: str, edits: Sequence[Change | Edit]) -> list[Change | Edit]:
    """Return edits that join no two lines.

    An edit may begin with the line break of a line that stays, if nothing was left behind it. If a line stays there
    now, that line break stays, too.
    """
    result: list[Change | Edit] = list(edits)
    first = 0
    while first < len(result):
        last = first
        while last + 1 < len(result) and result[last + 1].start == result[last].end:
            last += 1
        start, end = result[first].start, result[last].end
        lead = original[start : start + 2] if original.startswith("\r\n", start) else original[start : start + 1]
        if (
            start > 0
            and end < len(original)
            and lead[:1] in BREAKS
            and lead
            and original[start - 1] not in BREAKS
            and (original[end - 1] in BREAKS and len(lead) < end - start)
            and not _is_repair(result[first])
        ):
            edit = result[first]
            result[first] = Change(start + len(lead), max(edit.end, start + len(lead)), "", edit.by, "", "")
        first = last + 1
    return result
