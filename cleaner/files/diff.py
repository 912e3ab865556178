"""What was done to a document as a unified diff, in linear time: the edits say where lines differ."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from cleaner.document import Cleaned, Edit

CONTEXT = 3  # lines


class _Change(NamedTuple):
    """Lines `start` to `end` (0-based, exclusive) of the original became `lines`."""

    start: int
    end: int
    lines: list[str]


def unified(cleaned: Cleaned, before: str, after: str) -> str:
    """Return the diff between a document, called `before`, and its clean text, or "" where they are the same.

    Lines end in line feeds alone, as `git apply` wants it; carriage returns are part of the lines.
    """
    if not cleaned.edits:
        return ""
    original = cleaned.original
    old = _lines(original)
    pieces = [f"--- {before}\n+++ {after}\n"]
    shift = 0  # lines that the new text has more than the old one, up to here
    hunk: list[_Change] = []
    for change in _changes(original, old, cleaned.edits):
        if hunk and change.start - hunk[-1].end > 2 * CONTEXT:
            shift = _write(pieces, old, hunk, shift)
            hunk = []
        hunk.append(change)
    _write(pieces, old, hunk, shift)
    return "".join(pieces)


def _lines(text: str) -> list[str]:
    """Return the lines of `text`, each with its line feed; the last has none where the text does not end in one."""
    *lines, last = text.split("\n")
    return [*(line + "\n" for line in lines), *([last] if last else [])]


def _changes(original: str, old: list[str], edits: Sequence[Edit]) -> Iterator[_Change]:
    """Turn edits into changes of whole lines, ordered, none of which touch the same line."""
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
            last += 1  # its line feed went: the next line is joined to it
        new = _lines("".join(pieces))
        same = 0
        while same < min(len(new), last - first) and new[same] == old[first + same]:
            same += 1
        yield _Change(first + same, last, new[same:])


def _write(pieces: list[str], old: list[str], hunk: list[_Change], shift: int) -> int:
    """Append a hunk to `pieces`; return `shift` for the next."""
    start, end = max(hunk[0].start - CONTEXT, 0), min(hunk[-1].end + CONTEXT, len(old))
    more = sum(len(change.lines) - (change.end - change.start) for change in hunk)
    pieces.append(f"@@ -{_range(start, end - start)} +{_range(start + shift, end - start + more)} @@\n")
    position = start
    for change in hunk:
        pieces += (_marked(" ", line) for line in old[position : change.start])
        pieces += (_marked("-", line) for line in old[change.start : change.end])
        pieces += (_marked("+", line) for line in change.lines)
        position = change.end
    pieces += (_marked(" ", line) for line in old[position:end])
    return shift + more


def _range(start: int, count: int) -> str:
    return f"{start + 1 if count else start},{count}"


def _marked(mark: str, line: str) -> str:
    return mark + line if line.endswith("\n") else f"{mark}{line}\n\\ No newline at end of file\n"
