"""The verdict: which lines go, given what rules and judge marked, and the changes that take them out.

A guard stands between marks and removal. Of the rules that are certain, those that are not, and the judge, each
counts only where it leaves more than a tenth of what those before it leave: where not, something is wrong. Where
even what is certain would leave nothing, all is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from cleaner.document import Change, apply
from cleaner.rules.engine import Mark, Marks

NEARLY_ALL = 0.9  # of the characters of a document, line breaks aside
_RANK = {"sure": 0, "likely": 1, "guess": 2}

GUARDED = "guarded"
MOSTLY_REMOVED = "mostly-removed"


class Verdict(NamedTuple):
    """Lines to drop with the mark that says why, parts of lines to drop, and flags for the document."""

    drops: dict[int, Mark]
    spans: list[tuple[int, int, int, Mark]]  # line, start and end in characters of the line
    flags: tuple[str, ...]


def decide(lines: Sequence[str], marks: Marks, judged: Mapping[int, Mark]) -> Verdict:
    """Return what goes of `lines` (without line breaks), given the marks of the rules and of the judge; 0-based."""
    if not marks.lines and not marks.spans and not judged:
        return Verdict({}, [], ())
    ruled = {i: min(found, key=_order) if len(found) > 1 else found[0] for i, found in marks.lines.items()}
    sure = {i: mark for i, mark in ruled.items() if mark.confidence == "sure"}
    every = {**judged, **ruled}
    total = sum(map(len, lines))
    flags = []
    drops = {} if _nothing_left(lines, sure) else sure
    left = total - sum(len(lines[i]) for i in drops)
    for more in (ruled, every):
        then = total - sum(len(lines[i]) for i in more)
        if then < (1 - NEARLY_ALL) * left or _nothing_left(lines, more):
            flags.append(GUARDED)
            break
        drops, left = more, then
    if not flags and left < (1 - NEARLY_ALL) * total:
        flags.append(MOSTLY_REMOVED)
    return Verdict(drops, _spans(lines, marks, drops), tuple(flags))


def _nothing_left(lines: Sequence[str], drops: Mapping[int, Mark]) -> bool:
    return not any(line.strip() for i, line in enumerate(lines) if i not in drops)


def _order(mark: Mark) -> tuple[int, str]:
    return _RANK[mark.confidence], mark.rule


def _spans(lines: Sequence[str], marks: Marks, drops: dict[int, Mark]) -> list[tuple[int, int, int, Mark]]:
    """Return the parts of the remaining lines that go, ordered, without overlaps; none that would use up a line."""
    result: list[tuple[int, int, int, Mark]] = []
    for i in sorted(set(marks.spans) - set(drops)):
        parts = cuts(marks.spans[i])
        if apply(lines[i], parts).strip():
            result += [(i, part.start, part.end, Mark(part.by, part.category, part.confidence)) for part in parts]
    return result


def cuts(parts: Iterable[tuple[int, int, Mark]]) -> list[Change]:
    """Return the changes of a line that take `parts` of it out, ordered, without overlaps."""
    result = []
    position = 0
    for start, end, mark in sorted(parts, key=lambda part: (part[0], -part[1], part[2])):
        if end > position:
            result.append(Change(max(start, position), end, "", *mark))
            position = end
    return result


def changes(text: str, lines: Sequence[str], verdict: Verdict, runs: Sequence[tuple[int, int]]) -> list[Change]:
    """Return the changes of `text` that carry out a verdict.

    `lines` are those of `text`, without line breaks; `runs` are the ranges that go, as `removals` has them.
    """
    owners = sorted(verdict.drops)
    texts = text.split("\n") if "\r" in text else lines
    starts = list(accumulate((len(line) + 1 for line in texts), initial=0))
    result = [Change(starts[i] + start, starts[i] + end, "", *mark) for i, start, end, mark in verdict.spans]
    number = 0
    for first, end in runs:
        start = starts[first]
        if end == len(lines) and first:  # no line break ends the document: the one before goes instead
            start -= 2 if text[start - 2 : start] == "\r\n" else 1
        while number < len(owners) and owners[number] < end:
            mark = verdict.drops[owners[number]]
            number += 1
            last = number == len(owners) or owners[number] >= end
            after = min(starts[end], len(text)) if last else starts[owners[number]]
            result.append(Change(start, after, "", *mark))
            start = after
    return sorted(result)


def removals(lines: Sequence[str], drops: Mapping[int, Mark]) -> list[tuple[int, int]]:
    """Return the ranges of lines to take out: the dropped ones, with blank lines that would be left over.

    Two paragraphs stay as far apart as they were, and nothing blank is left at the top or the bottom.
    """
    count = len(lines) - (not lines[-1])  # what follows the last line break is no line
    runs = []
    end = 0
    for owner in sorted(drops):
        if owner < end:
            continue
        lead = owner
        while lead > end and not lines[lead - 1].strip():
            lead -= 1
        last = owner + 1
        end = last
        while end < count and (end in drops or not lines[end].strip()):
            end += 1
            if end - 1 in drops:
                last = end
        at_edge = lead == 0 or end == count
        if at_edge:
            runs.append((lead, end))
        elif owner - lead >= end - last:
            runs.append((owner, end))
        else:
            runs.append((lead, last))
    return runs
