"""Lines printed twice: captions and headlines, which templates repeat, as against refrains, which people do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from itertools import compress, pairwise

from cleaner.rules.blocks import filled
from cleaner.rules.zones import Zones

MIN_CHARS = 20  # a shorter line, or one of fewer words, may be a refrain
MIN_WORDS = 4
MIN_DENSE = 8  # characters, for scripts without spaces


Copies = tuple[list[int], list[int]]  # the lines of two neighbours that are the same, without blank ones


def repeated(lines: Sequence[str]) -> frozenset[str]:
    """Return the lines, but blank ones, that are there more than once."""
    texts = list(filter(str.strip, lines))
    if len(set(texts)) == len(texts):
        return frozenset()
    return frozenset(text for text, copies in Counter(texts).items() if copies > 1)


def doubles(lines: Sequence[str], repeated: Container[str]) -> list[list[int]]:
    """Return runs of lines, of two or more, that are there exactly twice; 0-based, blank lines aside.

    Only those in `repeated` are.
    """
    places = list(compress(range(len(lines)), map(repeated.__contains__, lines)))
    copies = Counter(map(lines.__getitem__, places))
    runs: list[list[int]] = []
    last = -1
    for i in places:
        if copies[lines[i]] == 2:
            if runs and (last + 1 == i or not any(map(str.strip, lines[last + 1 : i]))):
                runs[-1].append(i)
            else:
                runs.append([i])
            last = i
    return [run for run in runs if len(run) > 1]


def twins(lines: Sequence[str], runs: Iterable[Sequence[int]], least: int) -> Iterator[Copies]:
    """Yield neighbours (blank lines aside) that are the same and occur nowhere else; 0-based.

    `runs` are what `doubles` returns. With `least` 1, they are long lines; with more, blocks of at least so many.
    """
    for places in runs:
        if least == 1:
            for one, two in pairwise(places):
                if lines[one] == lines[two] and _is_long(lines[one].strip()):
                    yield [one], [two]
            continue
        first: dict[str, int] = {}
        length = run = 0  # so many lines each have their first copy `length` lines before
        for place, i in enumerate(places):
            distance = place - first.setdefault(lines[i], place)
            run = run + 1 if distance and distance == length else min(distance, 1)
            length = distance
            if length >= least and run == length:
                middle = place + 1 - length
                yield list(places[middle - length : middle]), list(places[middle : place + 1])


def printed_again(lines: Sequence[str], chrome: Collection[int], least: int) -> Iterator[list[int]]:
    """Yield runs of lines that stood before in the document and hold a line of `chrome`; 0-based, without blank ones.

    A run is at least `least` lines. Menus are printed twice, for wide and for narrow screens.
    """
    wanted = {lines[i] for i in chrome}
    last: dict[str, int] = {}
    done = 0  # where the last run ended
    for i in compress(range(len(lines)), map(wanted.__contains__, lines)):
        line = lines[i]
        before = last.get(line)
        last[line] = i
        if before is None or i < done:
            continue
        start, end, distance = i, i + 1, i - before  # back first, so that copies that stand together end alike
        while start > max(done, end - distance, distance) and lines[start - 1] == lines[start - 1 - distance]:
            start -= 1
        while end < len(lines) and end - distance < start and lines[end] == lines[end - distance]:
            end += 1
        run = filled(lines, start, end)
        if len(run) >= least:
            yield run
            done = end


def _is_long(line: str) -> bool:
    words = [word for word in line.split() if any(map(str.isalpha, word))]
    if len(line) >= MIN_CHARS and len(words) >= MIN_WORDS:
        return True
    return bool(words) and not line.isascii() and len(line) >= MIN_DENSE * (line.count(" ") + 1)


def is_copy(lines: Sequence[str], pair: Copies, zones: Zones, zone: str) -> bool:
    """Whether the second of two neighbours that are the same is a copy that a template made, not a refrain.

    A line is one in the head of a document that has prose; elsewhere only where the two stand together
    as a paragraph of their own. A block is one in any document that has prose.
    """
    if zones.first < 0:
        return False
    one, two = pair[0][0], pair[1][-1]
    if len(pair[1]) > 1:
        return zones.holds(one, zone) and zones.holds(two, zone)
    if two < zones.head:
        return zone in ("any", "head")
    if zone == "head" or (zone == "tail" and one < zones.tail):
        return False
    blank_above = one == 0 or not lines[one - 1].strip()
    blank_below = two + 1 == len(lines) or not lines[two + 1].strip()
    return two == one + 1 and blank_above and blank_below
