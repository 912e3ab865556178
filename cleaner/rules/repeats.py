"""Lines that are printed more than once, by templates or by people.

Templates print captions and headlines twice, and menus too, for wide and for narrow screens. People repeat
refrains. Three things tell them apart: how often the lines occur, how long they are, and where they stand.

- Copies (`doubles`, `twins`, `is_copy`) are neighbours: a long line, or a block of lines, directly followed by the
  same again, and nowhere else in the document. The second copy is the template's. Refrains occur more than twice or
  apart from each other, and their lines are short.
- Reprints (`printed_again`) may stand anywhere. They are runs of lines that stood before in the document, and some
  line of the run is chrome already.

Example: in the lines `A B A B C`, if blocks of two lines are asked for, `A B` is followed by its copy. In the lines
`A B A B A B` there is no copy, because each line occurs three times.

Lines are 0-based, and blank lines are never part of a copy or a reprint.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from itertools import compress, pairwise

from cleaner.rules.blocks import filled
from cleaner.rules.zones import Zones

# A single line of fewer characters may be a refrain. Raised, fewer captions go, and fewer refrains are at risk.
MIN_COPY_CHARS = 20
# A single line with fewer words (pieces that have letters) may be a refrain. Raised, fewer captions go, too.
MIN_COPY_WORDS = 4
# Average length of the pieces between spaces, in characters, from which a line that is not ASCII is no refrain. In
# scripts without spaces, words cannot be counted. Raised, fewer captions in these scripts go.
MIN_UNSPACED_CHARS = 8

CopyPair = tuple[list[int], list[int]]  # the lines of two neighbours that are the same


def repeated(lines: Sequence[str]) -> frozenset[str]:
    """Return the texts that more than one line has."""
    found = [text for text, copies in Counter(lines).items() if copies > 1]
    return frozenset(filter(str.strip, found))


def doubles(lines: Sequence[str], repeated: Container[str]) -> list[list[int]]:
    """Return runs of lines, of two lines or more, whose texts occur exactly twice in the document.

    `repeated` holds at least the texts that more than one line has; other lines are not looked at.
    """
    places = list(compress(range(len(lines)), map(repeated.__contains__, lines)))
    copies = Counter([lines[i] for i in places])
    runs: list[list[int]] = []
    last = -1
    for i in [i for i in places if copies[lines[i]] == 2]:
        if runs and (last + 1 == i or not any(map(str.strip, lines[last + 1 : i]))):
            runs[-1].append(i)
        else:
            runs.append([i])
        last = i
    return [run for run in runs if len(run) > 1]


def twins(lines: Sequence[str], runs: Iterable[Sequence[int]], least: int) -> Iterator[CopyPair]:
    """Yield neighbours that are the same, in the runs that `doubles` returned.

    With `least` 1 the neighbours are single long lines, with more they are blocks of at least `least` lines.
    """
    for places in runs:
        if least == 1:
            for one, two in pairwise(places):
                if lines[one] == lines[two] and _is_long(lines[one].strip()):
                    yield [one], [two]
            continue
        first: dict[str, int] = {}
        # The last `run` lines each have their first copy `length` lines before. If both are equal, a block ends here.
        length = run = 0
        for place, i in enumerate(places):
            distance = place - first.setdefault(lines[i], place)
            run = run + 1 if distance and distance == length else min(distance, 1)
            length = distance
            if length >= least and run == length:
                middle = place + 1 - length
                yield list(places[middle - length : middle]), list(places[middle : place + 1])


def _is_long(line: str) -> bool:
    """Whether a line (stripped) is too long for a refrain."""
    words = [word for word in line.split() if any(map(str.isalpha, word))]
    if len(line) >= MIN_COPY_CHARS and len(words) >= MIN_COPY_WORDS:
        return True
    return bool(words) and not line.isascii() and len(line) >= MIN_UNSPACED_CHARS * (line.count(" ") + 1)


def is_copy(lines: Sequence[str], pair: CopyPair, zones: Zones, zone: str) -> bool:
    """Whether the second of two neighbours that are the same is a copy that a template made, and both are in `zone`.

    A block is one in any document that has prose. A line is one in the head of such a document; elsewhere it is one
    only if the two lines stand together as a paragraph of their own.
    """
    if zones.first < 0:
        return False
    one, two = pair[0][0], pair[1][-1]
    if len(pair[1]) > 1:
        return zones.holds(one, zone) and zones.holds(two, zone)
    if two < zones.head:
        return zone in ("any", "head")
    if zone == "head" or (zone == "tail" and one < zones.tail) or (zone == "below" and one <= zones.first):
        return False
    blank_above = one == 0 or not lines[one - 1].strip()
    blank_below = two + 1 == len(lines) or not lines[two + 1].strip()
    return two == one + 1 and blank_above and blank_below


def printed_again(
    lines: Sequence[str], chrome: Iterable[int], repeated: Collection[str], least: int
) -> Iterator[list[int]]:
    """Yield runs of at least `least` lines that stood before in the document and hold the text of a line in `chrome`.

    A run begins at such a line and is extended as far as the lines equal those before; runs do not overlap.
    `repeated` holds at least the texts that more than one line has.
    """
    wanted = {lines[i] for i in chrome}.intersection(repeated)
    last: dict[str, int] = {}  # where a text of `wanted` stood last
    done = 0  # where the last run ended
    for i in compress(range(len(lines)), map(wanted.__contains__, lines)) if wanted else ():
        line = lines[i]
        before = last.get(line)
        last[line] = i
        if before is None or i < done:
            continue
        start, end, distance = i, i + 1, i - before
        # Backwards first, so that copies that stand together end at the same line.
        while start > max(done, end - distance, distance) and lines[start - 1] == lines[start - 1 - distance]:
            start -= 1
        while end < len(lines) and end - distance < start and lines[end] == lines[end - distance]:
            end += 1
        run = filled(lines, start, end)
        if len(run) >= least:
            yield run
            done = end
