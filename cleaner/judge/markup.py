"""Turns the markup of an HTML page into further inputs for each of its lines.

The inputs come from four sources. In this order they are:

- Context: what elements stand around the line's text (navigation, article, list, link …), by share of its characters.
- Containers: four elements around the line, from the inside out. Of each its size, its share of the page, the line's
  place in it, its shares of links, of paragraphs and of what trafilatura keeps, and how many siblings look like it.
- The line itself and the page: whether trafilatura keeps the line and how much of the page, whether the line above
  has the same containers, how deep the line stands, whether the page's title holds it, and what the page calls itself
  in JSON-LD or Open Graph.
- Hints: what the words of tags, classes, ids and roles around the line speak for, by fitted weights of their hashes.

A *container* of a line is an element around it that holds more text than the line, and the next container one that
holds more text than this one; the root of the page stands in if there is none. So elements that merely wrap another
one count as one with it. Example: in

    <main><div><ul><li><a>Home</a></li> <li>News</li></ul></div> <p>Rain fell.</p></main>

`a` and `li` hold no more than the line `Home`. Its first container is `ul`, the second is `main`, because `div` holds
the same text as `ul`. If the page has no other text, the third and the fourth are its root, `html`.

As in `features`, inputs are whole numbers, and a filled line is a line that is not blank.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cleaner.html.contexts import BIT, CONTEXTS
from cleaner.html.page import TYPES, Page
from cleaner.judge import features
from cleaner.judge.characters import Characters
from cleaner.judge.features import SHARE_STEPS, logs, shares

if TYPE_CHECKING:
    from cleaner.html.layout import Layout
    from cleaner.judge.arrays import Array, Flags, Hashes, Inputs, Ints

CONTAINERS = 4  # of a line that are looked at
MAX_ATTRIBUTE_CHARS = 1000  # characters of an element's tag, class, id and role that are hashed
MAX_CLIMB = 64  # steps from a line's element outwards to find its first container
HINT_INPUTS = 2  # the last inputs, which the words of attributes make
MARKUP_INPUTS = len(CONTEXTS) + 8 * CONTAINERS + 8 + len(TYPES) + 8 + HINT_INPUTS  # a line

_BITS = np.array(list(BIT.values()))[:, None]
_LINK, _PARAGRAPH, _HEADLINE = BIT["link"], BIT["paragraph"], BIT["heading1"]


class Paths(NamedTuple):
    """The elements of a page, the words of their attributes, and where the filled lines stand among the elements."""

    tokens: Hashes  # of all attributes, as in `features.Shapes`
    token_bounds: Ints
    name: Ints  # of each element: the number of its attributes in `token_bounds`
    parent: Ints  # of each element; the root's is the number of elements
    element: Ints  # of each filled line: the element its text begins in
    container: Ints  # of each filled line: its first container


class _Tree(NamedTuple):
    """A page's layout as arrays. Pieces are runs of text without an element inside; see `html.layout.Layout`."""

    parent: Ints  # of each element; the root is its own parent
    context: Ints  # of each element: bits of CONTEXTS
    name: Ints  # of each element: the number of its attributes
    look: Ints  # of each element: equal for the same tag and class
    begin: Ints  # of each element: its first piece
    end: Ints  # of each element: the piece after its last
    owner: Ints  # of each piece: its element
    size: Ints  # of each piece: characters
    line: Ints  # of each piece: the 0-based number of its line
    first: Ints  # of each filled line: its first piece

    @classmethod
    def of(cls, layout: Layout) -> _Tree:
        parent, context, name, look, begin = _columns(layout.elements, 5)
        parent[0] = 0
        owner, size = _columns(layout.pieces, 2)
        line = np.array(layout.places)
        first = np.flatnonzero(np.diff(line, prepend=-1))
        return cls(parent, context, name, look, begin, np.array(layout.ends), owner, size, line, first)

    def chars(self, flags: Flags) -> Ints:
        """Return for each element the characters of its flagged pieces; `flags` has one flag a piece."""
        sums = np.concatenate(([0], np.cumsum(self.size * flags)))
        return sums[self.end] - sums[self.begin]


class _Sizes(NamedTuple):
    """Characters of each element of a page: all, in links, in paragraphs, and on lines that trafilatura keeps."""

    all: Ints
    links: Ints
    paragraphs: Ints
    kept: Ints


def page_inputs(page: Page, characters: Characters, lines: Ints, weights: Array, scale: float, bias: float) -> Inputs:
    """Return the inputs of filled lines of a page, given by their 0-based numbers: MARKUP_INPUTS x lines.

    `weights` are the weights of the words of attributes; `scale` and `bias` make inputs of their sums.
    """
    inputs, paths = gather_evidence(page, characters, lines)
    return np.concatenate((inputs, hint_inputs(paths, weights, scale, bias)))


def gather_evidence(page: Page, characters: Characters, lines: Ints) -> tuple[Inputs, Paths]:
    """Return the inputs of filled lines of a page except for the hints, and what the hints are made of."""
    layout = page.layout
    tree = _Tree.of(layout)
    number = tree.line[tree.first]  # of each filled line of the page
    length = np.add.reduceat(tree.size, tree.first)
    kept = np.array(page.kept if page.kept is not None else [False] * len(layout.lines))
    around = tree.context[tree.owner]  # of each piece
    flags = (np.ones(len(around), bool), (around & _LINK) > 0, (around & _PARAGRAPH) > 0, kept[tree.line])
    sizes = _Sizes(*map(tree.chars, flags))
    containers, children = _containers(tree, length, sizes.all)
    headlines = tree.line[(around & _HEADLINE) > 0]
    within_context = (around & _BITS > 0) * tree.size
    columns = [
        *shares(np.add.reduceat(within_context, tree.first, axis=1), length),
        *_container_columns(tree, sizes, number, containers, children),
        SHARE_STEPS * kept[number],
        SHARE_STEPS * (np.diff(containers[0], prepend=-1) == 0),
        SHARE_STEPS * (np.diff(containers[1], prepend=-1) == 0),
        logs(_depth(tree.parent)[tree.owner[tree.first]]),
        SHARE_STEPS * (number > headlines[0] if len(headlines) else np.zeros(len(number), bool)),
        SHARE_STEPS
        * np.array([len(text) > 8 and text in page.title for text in map(layout.lines.__getitem__, number)]),
        shares(np.cumsum(length), sizes.all[0]),
        logs(length),
        *(np.full(len(number), each) for each in _whole_page(page, sizes, bool(len(headlines)))),
    ]
    chosen = np.searchsorted(number, lines)
    return features.stack(columns, len(number))[:, chosen], _paths(layout, characters, tree, containers[0], chosen)


def _container_columns(
    tree: _Tree, sizes: _Sizes, number: Ints, containers: Sequence[Ints], children: Sequence[Ints]
) -> list[Array]:
    """Return eight inputs for each of the containers of filled lines, given the lines' numbers."""
    pieces = len(tree.line)
    top, bottom = tree.line[np.minimum(tree.begin, pieces - 1)], tree.line[np.maximum(tree.end - 1, 0)]
    alike = _count_alike(tree)
    columns: list[Array] = []
    for container, child in zip(containers, children, strict=True):
        chars, height = sizes.all[container], bottom[container] - top[container] + 1
        columns += [
            logs(chars),
            shares(chars, sizes.all[0]),
            logs(height),
            shares(number - top[container], height),
            *(shares(part[container], chars) for part in sizes[1:]),
            logs(alike[child] - 1),
        ]
    return columns


def _whole_page(page: Page, sizes: _Sizes, has_headline: bool) -> list[Array | int]:
    """Return the inputs that are the same for all lines of a page."""
    everything, links, paragraphs, kept = (part[0] for part in sizes)  # of the root
    return [
        *(SHARE_STEPS * (name in page.types) for name in TYPES),
        SHARE_STEPS * (page.kept is None),
        SHARE_STEPS * has_headline,
        shares(kept, everything),
        logs(kept),
        logs(everything),
        shares(links, everything),
        shares(paragraphs, everything),
        logs(len(sizes.all)),
    ]


def _paths(layout: Layout, characters: Characters, tree: _Tree, container: Ints, chosen: Ints) -> Paths:
    """Return the paths of the `chosen` ones among the filled lines of a page."""
    names = [name[:MAX_ATTRIBUTE_CHARS] for name in layout.attributes]
    tokens, token_bounds = features.hash_texts(names, characters)
    parent = tree.parent.copy()
    parent[0] = len(parent)
    return Paths(tokens, token_bounds, tree.name, parent, tree.owner[tree.first[chosen]], container[chosen])


def _columns(records: Sequence[tuple[int, ...]], width: int) -> Ints:
    """Return records of `width` numbers as arrays, one for each field."""
    return np.fromiter(chain.from_iterable(records), np.int64, width * len(records)).reshape(-1, width).T.copy()


def hint_inputs(paths: Paths, weights: Array, scale: float, bias: float) -> Inputs:
    """Return what attributes speak for: HINT_INPUTS x lines.

    The first input is of the elements around a line within its container, the second of all elements around it.
    `weights` holds a weight, a whole number, for each bucket of tokens.
    """
    values = weights[paths.tokens].sum(axis=0, dtype=np.int64)
    sums = np.concatenate(([0], np.cumsum(values)))
    bounds = paths.token_bounds
    own = np.stack((sums[bounds[1:]] - sums[bounds[:-1]], np.diff(bounds)))[:, paths.name]
    totals, counts = sum_ancestors(own, paths)
    element, container = paths.element, paths.container
    hints = [
        total / np.sqrt(np.maximum(count, 1)) * scale + bias
        for total, count in (
            (totals[element] - totals[container], counts[element] - counts[container]),
            (totals[element], counts[element]),
        )
    ]
    inputs: Array = np.clip(np.rint(np.stack(hints)), -features.MAX_INPUT // 2, features.MAX_INPUT // 2)
    return inputs.astype(np.float32)


def attribute_tokens(paths: Paths) -> tuple[Hashes, Ints]:
    """Return the tokens of the attributes around each filled line, and their bounds, as in `features.Shapes`."""
    root = len(paths.parent)
    found, counts = [], []
    for element in paths.element:
        count = 0
        while element != root:
            low, high = paths.token_bounds[paths.name[element] : paths.name[element] + 2]
            found.append(paths.tokens[:, low:high])
            count += high - low
            element = paths.parent[element]
        counts.append(count)
    return np.concatenate(found, axis=1), np.concatenate(([0], np.cumsum(counts)))


def sum_ancestors(values: Ints, paths: Paths) -> Ints:
    """Return for each element the sum of `values` (sums x elements) over itself and all elements around it.

    Each round adds the sum that the ancestor `up` has so far and doubles the distance to it, so a tree of depth d
    takes log2(d) rounds.
    """
    values = np.concatenate((values, np.zeros((len(values), 1), values.dtype)), axis=1)
    up = np.append(paths.parent, len(paths.parent))
    while (up < len(paths.parent)).any():
        values = values + values[:, up]
        up = up[up]
    return values[:, :-1]


def _depth(parent: Ints) -> Ints:
    """Return for each element how many elements are around it, in rounds like those of `sum_ancestors`."""
    depth: Ints = (parent != np.arange(len(parent))).astype(np.int64)
    up = parent
    while up.any():
        depth = depth + depth[up]
        up = up[up]
    return depth


def _outermost(parent: Ints, size: Ints) -> Ints:
    """Return for each element the outermost one that has the same text."""
    result: Ints = np.where(size[parent] == size, parent, np.arange(len(parent)))
    while True:
        further = result[result]
        if (further == result).all():
            return result
        result = further


def _containers(tree: _Tree, length: Ints, size: Ints) -> tuple[list[Ints], list[Ints]]:
    """Return the containers of the filled lines, from the inside out, and for each its child on the way to the line.

    `length` is the characters of each filled line, `size` those of each element.
    """
    parent, outermost = tree.parent, _outermost(tree.parent, size)
    found = tree.owner[tree.first]
    child = outermost[found]
    for _ in range(MAX_CLIMB):
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


def _count_alike(tree: _Tree) -> Ints:
    """Return for each element how many children of its parent look like it, itself included."""
    group = tree.parent * (int(tree.look.max()) + 1) + tree.look
    _, inverse, counts = np.unique(group, return_inverse=True, return_counts=True)
    alike: Ints = counts[inverse]
    return alike
