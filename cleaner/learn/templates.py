"""Templates: which documents without a URL are from the same site, by the lines that they share. Pure.

The more of their lines two documents share, the more alike they are. What they are alike in is weighed:

- A line that only one or two documents have says nothing of a site; it may be an article that was stored twice.
- A line that a shipped pack names (`Home`, `Share`) is on many sites, and says nothing either.
- A longer line says more than a word.
- A line that unlike documents have in common (a motto of a blogging software) says little: a line weighs
  as much as the documents that have it are alike on the average. How rare a line is would not do: in a corpus of
  one site, the lines of the site are the most frequent ones.

Documents are joined from the most alike downwards, as long as what they are joined to is alike as a whole. So one
document that is like two sites, an article of one on the other, does not join the sites.

No document is compared with all others. Each line puts the documents that have it into a row, in some orders that are
the same for all lines, and neighbours are compared: documents that share many lines are neighbours in many rows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from hashlib import blake2b
from itertools import chain, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cleaner.learn.documents import SiteDocument
from cleaner.learn.shipped import shipped
from cleaner.rules.match.keys import keys

PREFIX = "t-"  # of the id of a template
# The fewest documents that a template has, and on which a line must be so that it counts. Lowered to 2, an article
# that was stored on two sites is a template. Nothing is learned from so few anyway.
MIN_DOCUMENTS = 3
# How alike two documents, or two groups, must be to be joined, from 0 to 1. Tried on 60 piles of five sites each: at
# .11 all piles came apart into their sites, at .15 six of 298 sites fell into two. Lowered, sites of the same
# software are joined.
MIN_LIKENESS = 0.11
# The least that they must share, in long lines. Raised to 2, sites with few lines of chrome find no template.
MIN_SHARED = 0.6
# Bytes of UTF-8 of a line that counts as long: two or three words in most scripts. Raised, short menus count less.
LONG_BYTES = 20
# The longest line that is looked at, in characters, and the most lines of a document, half of them from its start.
# Longer lines are prose. Raised, large documents take more time, and hardly more chrome is seen.
MAX_LINE_CHARS = 200
MAX_LINES = 600
# In how many orders each line puts its documents into a row. With one, a few more documents stay alone; above three,
# nothing was seen to change.
ORDERS = 3
_PAIRS_AT_ONCE = 20_000  # pairs that are compared in one go; more take more memory, and no less time

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class _Shared(NamedTuple):
    """The lines that several documents share. Lines and documents are numbered in an order of their own."""

    numbers: list[int]  # of the documents
    keys: list[str]  # of the lines
    lines: Ints  # the lines of the first document, of the second, and so on; each line once a document
    starts: Ints  # where in `lines` each document begins; one more for the end


def templates_of(documents: Sequence[SiteDocument]) -> dict[int, str]:
    """Return the id of the template of each document, by its number; "" for a document that belongs to none.

    The order of the documents makes no difference. The id is `t-` and 12 hexadecimal digits.
    """
    shared = _shared_lines(documents)
    if not shared.keys:
        return dict.fromkeys(shared.numbers, "")
    lines, pairs, pair_of = _neighbours(shared)
    weights = np.array([min(1.0, len(key.encode("utf-8", "replace")) / LONG_BYTES) for key in shared.keys])
    _, likeness = _compare(shared, pairs, weights)
    counts = np.bincount(lines, minlength=len(weights))
    weights *= np.bincount(lines, likeness[pair_of], len(weights)) / np.maximum(counts, 1)
    common, likeness = _compare(shared, pairs, weights)
    groups = _Groups(shared, weights)
    found = np.flatnonzero((likeness >= MIN_LIKENESS) & (common >= MIN_SHARED))
    for at in found[np.lexsort((pairs[found], -likeness[found]))]:
        groups.join(*divmod(int(pairs[at]), len(shared.numbers)))
    return _named(shared, groups)


def _shared_lines(documents: Sequence[SiteDocument]) -> _Shared:
    """Return the lines that at least `MIN_DOCUMENTS` documents have."""
    texts = {document.number: document for document in documents}
    numbers = sorted(texts)
    first = [_keys_of(texts[number]) for number in numbers]
    counts = Counter(key for each in first for key in each)
    common = sorted(key for key, count in counts.items() if count >= MIN_DOCUMENTS)
    place = {key: at for at, key in enumerate(common)}
    rows = [sorted(place[key] for key in each if key in place) for each in first]
    starts = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    return _Shared(numbers, common, np.array([line for row in rows for line in row], dtype=np.int64), starts)


def ends_of(document: SiteDocument) -> tuple[str, ...]:
    """Return the lines of a document that are looked at: `MAX_LINES` at most, half of them from its end."""
    lines = document.lines
    return lines if len(lines) <= MAX_LINES else (*lines[: MAX_LINES // 2], *lines[-MAX_LINES // 2 :])


def _keys_of(document: SiteDocument) -> set[str]:
    """Return the keys of a document's lines, without long ones, single signs, and lines that shipped packs name."""
    found = keys(ends_of(document), MAX_LINE_CHARS)
    return {key for key in found if sum(map(str.isalnum, key)) > 1} - shipped()


def _neighbours(shared: _Shared) -> tuple[Ints, Ints, Ints]:
    """Return which line makes which documents neighbours: lines, pairs of documents, and the pair of each line.

    A pair is one number: the smaller document times the number of documents, plus the greater one.
    """
    size = len(shared.numbers)
    documents = np.repeat(np.arange(size), np.diff(shared.starts))
    lines, pairs = [], []
    for order in range(ORDERS):
        digests = [blake2b(b"%d %d" % (order, number), digest_size=8).digest() for number in shared.numbers]
        rank = np.empty(size, dtype=np.int64)
        rank[sorted(range(size), key=digests.__getitem__)] = np.arange(size)
        row = np.lexsort((rank[documents], shared.lines))
        line, document = shared.lines[row], documents[row]
        same = line[1:] == line[:-1]
        left, right = document[:-1][same], document[1:][same]
        lines.append(line[1:][same])
        pairs.append(np.minimum(left, right) * size + np.maximum(left, right))
    different, pair_of = np.unique(np.concatenate(pairs), return_inverse=True)
    return np.concatenate(lines), different, pair_of


def _compare(shared: _Shared, pairs: Ints, weights: Floats) -> tuple[Floats, Floats]:
    """Return what each pair of documents shares, as a sum of weights, and how alike the two are (0 to 1)."""
    left, right = np.divmod(pairs, len(shared.numbers))
    sums = np.concatenate([[0.0], np.cumsum(weights[shared.lines])])[shared.starts]
    of_each = np.diff(sums)
    common = np.zeros(len(pairs))
    for start in range(0, len(pairs), _PAIRS_AT_ONCE):
        one, other = left[start : start + _PAIRS_AT_ONCE], right[start : start + _PAIRS_AT_ONCE]
        pair = np.tile(np.arange(len(one)), 2)
        both = np.concatenate([one, other])
        lengths = shared.starts[both + 1] - shared.starts[both]
        places = np.arange(lengths.sum()) + np.repeat(shared.starts[both] - np.cumsum(lengths) + lengths, lengths)
        found = np.repeat(pair, lengths) * len(weights) + shared.lines[places]
        found.sort()
        twice, line = np.divmod(found[1:][found[1:] == found[:-1]], len(weights))
        common[start : start + len(one)] = np.bincount(twice, weights[line], len(one))
    return common, common / np.maximum(np.sqrt(of_each[left] * of_each[right]), 1e-9)


class _Groups:
    """Documents that are joined into groups, each with how many of its documents have which line."""

    def __init__(self, shared: _Shared, weights: Floats) -> None:
        self._weights = weights.tolist()
        self._above = list(range(len(shared.numbers)))
        bounds = shared.starts.tolist()
        rows = [shared.lines[start:end].tolist() for start, end in pairwise(bounds)]
        self.sizes = [1] * len(rows)
        self.counts = [dict.fromkeys(row, 1) for row in rows]
        self._sums = [sum(self._weights[line] for line in row) for row in rows]
        self._refused: dict[tuple[int, int], tuple[int, int]] = {}  # two groups, and their sizes then

    def of(self, document: int) -> int:
        """Return the group of a document: the number of one of its documents."""
        above = self._above
        while above[document] != document:
            above[document] = above[above[document]]
            document = above[document]
        return document

    def join(self, one: int, other: int) -> None:
        """Join the groups of two documents, if they are alike as a whole."""
        large, small = sorted((self.of(one), self.of(other)), key=lambda group: (-self.sizes[group], group))
        sizes = self.sizes[large], self.sizes[small]
        if large == small or self._refused.get((large, small)) == sizes:
            return
        if not self._are_alike(large, small):
            self._refused[large, small] = sizes
            return
        self._above[small] = large
        self.sizes[large] += self.sizes[small]
        self._sums[large] += self._sums[small]
        counts = self.counts[large]
        for line, count in self.counts[small].items():
            counts[line] = counts.get(line, 0) + count
        self.counts[small] = {}

    def _are_alike(self, one: int, other: int) -> bool:
        """Whether two groups are as alike as documents must be: by the share of documents that have each line."""
        if len(self.counts[one]) > len(self.counts[other]):
            one, other = other, one
        size, counts, other_size = self.sizes[one], self.counts[other], self.sizes[other]
        common: float = sum(
            self._weights[line] * min(count / size, counts[line] / other_size)
            for line, count in self.counts[one].items()
            if line in counts
        )
        of_both: float = self._sums[one] / size * (self._sums[other] / other_size)
        return common >= MIN_SHARED and common * common >= MIN_LIKENESS**2 * of_both


def _named(shared: _Shared, groups: _Groups) -> dict[int, str]:
    """Return the id of each document's group, by the number of the document; it is made of one line of the group.

    That line is one that most documents of the group have, and hardly any other, and of such lines the longest.
    """
    members: dict[int, list[int]] = defaultdict(list)
    for document, number in enumerate(shared.numbers):
        members[groups.of(document)].append(number)
    everywhere = np.bincount(shared.lines, minlength=len(shared.keys)).tolist()
    result = dict.fromkeys(shared.numbers, "")
    taken: set[str] = set()
    for group in sorted(members, key=lambda group: (-len(members[group]), members[group][0])):
        if len(members[group]) < MIN_DOCUMENTS:
            continue
        counts = groups.counts[group]
        lines = sorted(
            counts, key=lambda line: (-(counts[line] ** 2) / everywhere[line], -len(shared.keys[line]), line)
        )
        names = chain((shared.keys[line] for line in lines), (str(number) for number in members[group]))
        name = next(filter(lambda name: name not in taken, map(_id_of, names)))
        taken.add(name)
        result.update(dict.fromkeys(members[group], name))
    return result


def _id_of(name: str) -> str:
    return f"{PREFIX}{blake2b(name.encode('utf-8', 'surrogatepass'), digest_size=6).hexdigest()}"
