"""The verdict: which lines go, given what rules and judge marked, and the changes of the text that take them out.

A guard stands between marks and removal, because a group of marks that would take nearly all of a document is most
likely wrong about it. There are three groups, from certain to bold: the rules that are `sure`, the other rules, and
the judge.

1. The sure rules are followed, unless no line would be left; then all lines stay, and the flag is `guarded`.
2. The other rules, and after them the judge, are followed only if at least a tenth of the characters that were left
   before stays, or two lines of prose: there are pages with a short article and a long menu. The first group that
   would leave less ends this: that group and the groups after it are not followed, and the document gets the flag
   `guarded`.
3. If all groups are followed and less than a tenth of the whole is left, the flag is `mostly-removed`.

The guard counts whole lines, and looks at each pass alone. Parts of lines are cut without it, but never so that
nothing is left of a line, except for a blank line of code that had a number.

Example: of 1,000 characters the sure rules take 600, and 400 are left. The other rules would take another 370; that
would leave 30, less than a tenth of 400. So the sure rules alone are followed, what the judge marked is not, and the
document is `guarded`.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import accumulate, islice
from typing import NamedTuple

from cleaner.document import Change, apply, with_line_feeds
from cleaner.flags import GUARDED, MOSTLY_REMOVED
from cleaner.marks import CATEGORY_LEFT_OUT, Mark, Marks
from cleaner.text.prose import is_prose

# Share of the characters that are left (line breaks aside) that a group of marks may take. Raised, less is guarded.
NEARLY_ALL = 0.9
# Lines of prose that make a document, however little of it they are: only they may be left. Raised, more is
# guarded, and more short articles keep their menus.
ENOUGH_PROSE = 2
_RANK = {"sure": 0, "likely": 1, "guess": 2}


class Verdict(NamedTuple):
    """What goes of a document.

    `changes` are in offsets of the text, ordered. `runs` are the ranges of whole lines that go (0-based, end
    excluded), with the blank lines that go along. `cuts` says whether parts of other lines go as well. `left_out`
    are those of the lines (0-based) that go because the judge alone wants them to.
    """

    changes: list[Change]
    runs: list[tuple[int, int]]
    cuts: bool
    flags: tuple[str, ...]
    left_out: Set[int] = frozenset()


def decide(
    text: str,
    lines: Sequence[str],
    marks: Marks,
    judged: Mapping[int, Mark],
    shown: Sequence[str] | None = None,
) -> Verdict:
    """Decide what goes of `text`, whose lines (without line breaks) are `lines`.

    `marks` are the marks of the rules, `judged` the marks of the judge by 0-based line. `shown` is what a reader sees
    of each line, if that is not all of it; the guard counts its characters.
    """
    if not marks.lines and not marks.spans and not judged:
        return Verdict([], [], False, ())
    shown = lines if shown is None else shown
    drops, flags = _guarded(shown, marks, judged)
    cuts = _cuts(lines, marks, drops)
    runs = removals(lines, drops, shown)
    left_out = {i for i, mark in drops.items() if mark.category == CATEGORY_LEFT_OUT} if judged else frozenset()
    return Verdict(changes(text, lines, drops, cuts, runs), runs, bool(cuts), flags, left_out)


def _guarded(
    lines: Sequence[str], marks: Marks, judged: Mapping[int, Mark]
) -> tuple[Mapping[int, Mark], tuple[str, ...]]:
    """Return the lines to drop, each with the mark that says why, as far as the guard lets them go, and the flags."""
    ruled = {i: min(found, key=_order) if len(found) > 1 else found[0] for i, found in marks.lines.items()}
    sure = {i: mark for i, mark in ruled.items() if mark.confidence == "sure"}
    total = sum(map(len, lines))
    drops = {} if _nothing_left(lines, sure) else sure
    left = total - sum(len(lines[i]) for i in drops)
    for more in (ruled, {**judged, **ruled}) if judged else (ruled,):
        then = total - sum(len(lines[i]) for i in more)
        little = then < (1 - NEARLY_ALL) * left and not _has_prose(lines, more)
        if little or _nothing_left(lines, more):
            return drops, (GUARDED,)
        drops, left = more, then
    return drops, (MOSTLY_REMOVED,) if left < (1 - NEARLY_ALL) * total else ()


def _nothing_left(lines: Sequence[str], drops: Mapping[int, Mark]) -> bool:
    return not any(line.strip() for i, line in enumerate(lines) if i not in drops)


def _has_prose(lines: Sequence[str], drops: Mapping[int, Mark]) -> bool:
    """Whether enough lines stay that are prose."""
    prose = (line for i, line in enumerate(lines) if i not in drops and is_prose(line))
    return sum(1 for _ in islice(prose, ENOUGH_PROSE)) == ENOUGH_PROSE


def _order(mark: Mark) -> tuple[int, str]:
    return _RANK[mark.confidence], mark.rule


def _cuts(lines: Sequence[str], marks: Marks, drops: Mapping[int, Mark]) -> dict[int, list[Change]]:
    """Return the cuts of the lines that stay, by line, in characters of it.

    None would use up its line, unless the line may stay as a blank one.
    """
    cuts = {i: cuts_of(marks.spans[i]) for i in sorted(marks.spans) if i not in drops}
    return {i: changes for i, changes in cuts.items() if i in marks.hollow or apply(lines[i], changes).strip()}


def cuts_of(parts: Iterable[tuple[int, int, Mark]]) -> list[Change]:
    """Return the changes of a line that take `parts` of it out, ordered, without overlaps."""
    result = []
    position = 0
    for start, end, mark in sorted(parts, key=lambda part: (part[0], -part[1], part[2])):
        if end > position:
            result.append(Change(max(start, position), end, "", *mark))
            position = end
    return result


def changes(
    text: str,
    lines: Sequence[str],
    drops: Mapping[int, Mark],
    cuts: Mapping[int, Sequence[Change]],
    runs: Sequence[tuple[int, int]],
) -> list[Change]:
    """Return the changes of `text` that carry out what was decided: one for each dropped line and each cut.

    A dropped line's change also takes the blank lines that follow it inside its run.
    """
    owners = sorted(drops)
    texts = with_line_feeds(text).split("\n") if "\r" in text else lines
    starts = array("q", accumulate(map((1).__add__, map(len, texts)), initial=0))  # a line feed ends each
    result = [
        cut._replace(start=starts[i] + cut.start, end=starts[i] + cut.end)
        for i, found in cuts.items()
        for cut in found
    ]
    number = 0
    for first, end in runs:
        start, stop = starts[first], min(starts[end], len(text))
        if end == len(lines) and first:  # no line break ends the document: the one before goes instead
            start = starts[first - 1] + len(lines[first - 1])
        elif _would_join(text, start, stop):  # the line break before goes instead
            start, stop = start - 1, starts[end - 1] + len(lines[end - 1])
        while number < len(owners) and owners[number] < end:
            mark = drops[owners[number]]
            number += 1
            last = number == len(owners) or owners[number] >= end
            after = stop if last else starts[owners[number]]
            result.append(Change(start, after, "", *mark))
            start = after
    result.sort()
    return result


def _would_join(text: str, start: int, stop: int) -> bool:
    """Whether a lone carriage return before `start` and the line break at `stop` would become one line break."""
    return text[start - 1 : start] == "\r" and bool(re.compile(r"\r*+\n").match(text, stop))


def removals(lines: Sequence[str], drops: Mapping[int, Mark], shown: Sequence[str]) -> list[tuple[int, int]]:
    """Return the ranges of lines to take out: the dropped lines, and the blank lines that would be left over.

    Two paragraphs stay as far apart as they were, and no blank line is left at the top or the bottom. Lines that show
    nothing, such as a line across the page, go along between dropped lines.
    """
    count = len(lines) - (not lines[-1])  # behind the last line break there is no line
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
        while end < count and (end in drops or not shown[end].strip()):
            end += 1
            if end - 1 in drops:
                last = end
        end = last
        while end < count and not lines[end].strip():
            end += 1
        at_edge = lead == 0 or end == count
        if at_edge:
            runs.append((lead, end))
        elif owner - lead >= end - last:
            runs.append((owner, end))
        else:
            runs.append((lead, last))
    return runs
