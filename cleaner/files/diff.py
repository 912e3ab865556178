"""What was done to a document as a unified diff.

`difflib` would search for the differences, in quadratic time. The edits of a document already say where it differs:
here the time is linear.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from cleaner import quote
from cleaner.document import Cleaned, Edit

CONTEXT_LINES = 3  # unchanged lines that are shown before and after a change, as `diff -u` and git do


class _LineChange(NamedTuple):
    """Lines `start` to `end` (0-based, end excluded) of the original became `lines`."""

    start: int
    end: int
    lines: list[str]


def unified(cleaned: Cleaned, before: str, after: str) -> str:
    """Return the diff from a document, called `before`, to its clean text, called `after`; "" if they are the same.

    Only line feeds end lines, as `git apply` wants it; carriage returns are part of their lines.
    """
    if not cleaned.edits:
        return ""
    original = cleaned.original
    old = _split_lines(original)
    pieces = [f"--- {_header_name(before)}\n+++ {_header_name(after)}\n"]
    shift = 0  # how many more lines the new text has than the old one, up to here
    hunk: list[_LineChange] = []
    for change in _line_changes(original, old, cleaned.edits):
        if hunk and change.start - hunk[-1].end > 2 * CONTEXT_LINES:
            shift = _append_hunk(pieces, old, hunk, shift)
            hunk = []
        hunk.append(change)
    _append_hunk(pieces, old, hunk, shift)
    return "".join(pieces)


def _header_name(name: str) -> str:
    """Return a name as git writes it in the head of a diff: in quotes, with escapes, if it has to be."""
    if quote.is_plain(name) and not name.startswith('"'):
        return name
    return '"' + quote.escaped(name.replace("\\", r"\\").replace('"', r"\"")) + '"'


def _split_lines(text: str) -> list[str]:
    """Return the lines of `text`, each with its line feed; the last may have none."""
    *lines, last = text.split("\n")
    return [*(line + "\n" for line in lines), *([last] if last else [])]


def _line_changes(original: str, old: list[str], edits: Sequence[Edit]) -> Iterator[_LineChange]:
    """Turn edits into changes of whole lines, in order. No two changes touch the same line."""
    starts = [0, *accumulate(map(len, old))]
    index = 0
    while index < len(edits):
        first = bisect_right(starts, edits[index].start, hi=len(old)) - 1
        position, last = starts[first], first + 1
        pieces: list[str] = []
        while True:
            while index < len(edits) and edits[index].start < starts[last]:
                edit = edits[index]
                pieces += filter(None, (original[position : edit.start], edit.replacement))
                position = edit.end
                last = max(last, bisect_left(starts, edit.end))
                index += 1
            pieces += filter(None, [original[position : starts[last]]])
            position = starts[last]
            if last == len(old) or not pieces or pieces[-1].endswith("\n"):
                break
            last += 1  # an edit removed its line feed, so the next line is joined to it
        new = _split_lines("".join(pieces))
        same = 0
        while same < min(len(new), last - first) and new[same] == old[first + same]:
            same += 1
        yield _LineChange(first + same, last, new[same:])


def _append_hunk(pieces: list[str], old: list[str], hunk: list[_LineChange], shift: int) -> int:
    """Append a hunk, with its context, to the `pieces` of the diff; return the `shift` for the next hunk."""
    start, end = max(hunk[0].start - CONTEXT_LINES, 0), min(hunk[-1].end + CONTEXT_LINES, len(old))
    more = sum(len(change.lines) - (change.end - change.start) for change in hunk)
    pieces.append(f"@@ -{_hunk_range(start, end - start)} +{_hunk_range(start + shift, end - start + more)} @@\n")
    position = start
    for change in hunk:
        pieces += (_diff_line(" ", line) for line in old[position : change.start])
        pieces += (_diff_line("-", line) for line in old[change.start : change.end])
        pieces += (_diff_line("+", line) for line in change.lines)
        position = change.end
    pieces += (_diff_line(" ", line) for line in old[position:end])
    return shift + more


def _hunk_range(start: int, count: int) -> str:
    """Return `count` lines from the 0-based line `start` on, as the head of a hunk has them."""
    return f"{start + 1 if count else start},{count}"


def _diff_line(sign: str, line: str) -> str:
    return sign + line if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"
