"""What the judge sees of lines in a page's markup: what stands around them, and what the page and trafilatura say.

Everything is counted in integers, as in `features`. A *container* of a line is an element around it that holds more
text than the line, or than the container within: elements that merely wrap another one count as one with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from cleaner.html.contexts import BIT, CONTEXTS
from cleaner.html.page import TYPES, Page
from cleaner.judge import features
from cleaner.judge.characters import Characters
from cleaner.judge.features import SHARES, logs, shares

CONTAINERS = 4  # of a line, from the innermost outwards, that are looked at
LONGEST = 1000  # characters of the attributes of an element that are looked at
STEPS = 64  # elements around a line, or containers of its parts, that are looked at to find the first of them
MARKUP = len(CONTEXTS) + 8 * CONTAINERS + 8 + len(TYPES) + 8 + 2  # inputs a row
HINTS = 2  # of them, the last ones, that the attributes make

_BITS = np.array(list(BIT.values()))[:, None]
_LINK, _PARAGRAPH, _HEADLINE = BIT["link"], BIT["paragraph"], BIT["heading1"]


class Paths(NamedTuple):
    """The attributes of a page's elements, and where its rows stand among them."""

    tokens: Any  # hashes of the attributes, as in `features.Shapes`, and where those of each begin
    firsts: Any
    name: Any  # of each element, the number of its attributes
    parent: Any  # of each element; the root's is the number of elements
    element: Any  # of each row, where its text stands,
    container: Any  # and its first container


def read(page: Page, characters: Characters, rows: Any, words: Any, scale: float, bias: float) -> Any:
    """Return the inputs of rows of a page, given as 0-based numbers of lines that have text: MARKUP x rows.

    `words` are the weights of the words of attributes, `scale` and `bias` what makes an input of their sums.
    """
    inputs, paths = look(page, characters, rows)
    return np.concatenate((inputs, hints(paths, words, scale, bias)))


def look(page: Page, characters: Characters, rows: Any) -> tuple[Any, Paths]:
    """Return the inputs of rows of a page but for HINTS, and what those are made of."""
    layout = page.layout
    parent, context, name, look, begin = _columns(layout.elements, 5)
    end, place = np.array(layout.ends), np.array(layout.places)
    owner, size = _columns(layout.pieces, 2)
    kept = np.array(page.kept if page.kept is not None else [False] * len(layout.lines))
    around = context[owner]
    first = np.flatnonzero(np.diff(place, prepend=-1))  # piece of each line
    line = place[first]
    length = np.add.reduceat(size, first)

    def within(flags: Any) -> Any:
        """Return for each element the characters of its pieces that are flagged."""
        sums = np.concatenate(([0], np.cumsum(size * flags)))
        return sums[end] - sums[begin]

    everything = within(np.ones(len(size), bool))
    total = int(everything[0])
    inside = [within(flags) for flags in ((around & _LINK) > 0, (around & _PARAGRAPH) > 0, kept[place])]
    parent[0] = 0
    outermost = _outermost(parent, everything)
    containers, children = _containers(owner[first], length, parent, everything, outermost)
    top, bottom = place[np.minimum(begin, len(place) - 1)], place[np.maximum(end - 1, 0)]
    siblings = _siblings(parent, look)

    within_context = (around & _BITS > 0) * size
    columns = list(shares(np.add.reduceat(within_context, first, axis=1), length))
    for container, child in zip(containers, children, strict=True):
        chars, height = everything[container], bottom[container] - top[container] + 1
        columns += [logs(chars), shares(chars, total), logs(height), shares(line - top[container], height)]
        columns += [shares(part[container], chars) for part in inside]
        columns.append(logs(siblings[child] - 1))
    headlines = place[(around & _HEADLINE) > 0]
    columns += [
        SHARES * kept[line],
        SHARES * (np.diff(containers[0], prepend=-1) == 0),
        SHARES * (np.diff(containers[1], prepend=-1) == 0),
        logs(_depth(parent)[owner[first]]),
        SHARES * (line > headlines[0] if len(headlines) else np.zeros(len(line), bool)),
        SHARES * np.array([len(text) > 8 and text in page.title for text in map(layout.lines.__getitem__, line)]),
        shares(np.cumsum(length), total),
        logs(length),
    ]
    whole = [SHARES * (name in page.types) for name in TYPES]
    whole += [SHARES * (page.kept is None), SHARES * bool(len(headlines)), shares(inside[2][0], total)]
    whole += [logs(inside[2][0]), logs(total), shares(inside[0][0], total), shares(inside[1][0], total)]
    whole.append(logs(len(parent)))
    columns += [np.full(len(line), each) for each in whole]
    names = features.hashes([name[:LONGEST] for name in layout.attributes], characters)
    parent[0] = len(parent)
    chosen = np.searchsorted(line, rows)
    paths = Paths(*names, name, parent, owner[first[chosen]], containers[0][chosen])
    inputs = np.empty((len(columns), len(line)), np.float32)
    for number, column in enumerate(columns):
        inputs[number] = column
    return inputs[:, chosen], paths


def _columns(rows: Sequence[tuple[int, ...]], width: int) -> Any:
    """Return rows of numbers as arrays, one a column."""
    return np.fromiter(chain.from_iterable(rows), np.int64, width * len(rows)).reshape(-1, width).T.copy()


def hints(paths: Paths, words: Any, scale: float, bias: float) -> Any:
    """Return what attributes speak for, those around a line within its container and all: HINTS x rows.

    `words` holds a weight, an integer, for each bucket of the hashes.
    """
    values = words[paths.tokens].sum(axis=0, dtype=np.int64)
    sums = np.concatenate(([0], np.cumsum(values)))
    firsts = paths.firsts
    totals, counts = along(np.stack((sums[firsts[1:]] - sums[firsts[:-1]], np.diff(firsts)))[:, paths.name], paths)
    element, container = paths.element, paths.container
    rows = [
        total / np.sqrt(np.maximum(count, 1)) * scale + bias
        for total, count in (
            (totals[element] - totals[container], counts[element] - counts[container]),
            (totals[element], counts[element]),
        )
    ]
    return np.clip(np.rint(np.stack(rows)), -features.MOST // 2, features.MOST // 2).astype(np.float32)


def tokens(paths: Paths) -> tuple[Any, Any]:
    """Return the hashes of the attributes around each row, and where those of each row begin, and the end."""
    root = len(paths.parent)
    found, counts = [], []
    for element in paths.element:
        count = 0
        while element != root:
            low, high = paths.firsts[paths.name[element] : paths.name[element] + 2]
            found.append(paths.tokens[:, low:high])
            count += high - low
            element = paths.parent[element]
        counts.append(count)
    return np.concatenate(found, axis=1), np.concatenate(([0], np.cumsum(counts)))


def along(values: Any, paths: Paths) -> Any:
    """Return sums of the values of elements over all that are around them, and they themselves."""
    values = np.concatenate((values, np.zeros((len(values), 1), values.dtype)), axis=1)
    up = np.append(paths.parent, len(paths.parent))
    while (up < len(paths.parent)).any():
        values = values + values[:, up]
        up = up[up]
    return values[:, :-1]


def _depth(parent: Any) -> Any:
    depth = (parent != np.arange(len(parent))).astype(np.int64)
    up = parent
    while up.any():
        depth = depth + depth[up]
        up = up[up]
    return depth


def _outermost(parent: Any, size: Any) -> Any:
    """Return for each element the outermost one that has the same text."""
    result = np.where(size[parent] == size, parent, np.arange(len(parent)))
    while True:
        further = result[result]
        if (further == result).all():
            return result
        result = further


def _containers(element: Any, length: Any, parent: Any, size: Any, outermost: Any) -> tuple[list[Any], list[Any]]:
    """Return the containers of lines that stand in elements, and the elements right within them on the way."""
    child = outermost[element]
    found = element
    for _ in range(STEPS):
        less = (size[found] <= length) & (found > 0)
        if not less.any():
            break
        child = np.where(less, outermost[found], child)
        found = np.where(less, parent[child], found)
    containers, children = [found], [child]
    while len(containers) < CONTAINERS:
        children.append(outermost[containers[-1]])
        containers.append(parent[children[-1]])
    return containers, children


def _siblings(parent: Any, look: Any) -> Any:
    """Return for each element how many elements that look like it its parent has."""
    _, group, counts = np.unique(parent * (int(look.max()) + 1) + look, return_inverse=True, return_counts=True)
    return counts[group]
