"""Texts: documents that say the same count as one.

An article that is stored twice, a mirror, an article that was changed a little: their lines stand on several
documents and are no chrome. Two documents are one text if they share most of their own prose, in sentences. A
sentence that stands on many documents of the site (an author's box, a disclaimer) is nobody's own.

Two documents are compared only if they share a sentence, and of the documents that share one, each only with the
first. So the time grows with the number of sentences, not with the square of the number of documents.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from cleaner.rules.match.keys import keys
from cleaner.text.prose import is_prose

# The share of the own prose of the shorter document, in characters, from which two documents are one text. Lowered,
# articles that quote the same statement are one text, and what repeats on them is not learned.
SAME_SHARE = 0.5
# A sentence on more documents than these, and on more than this share of a site's, is nobody's own. Raised, pages
# with hardly any prose but a disclaimer are one text, and nothing is learned of them.
OWN_DOCUMENTS, OWN_SHARE = 3, 0.2
MIN_SENTENCE_CHARS = 20  # shorter sentences say too little; raised, prose of short sentences is not compared
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？｡।॥؟۔។၊།])\s*")


def texts_of(documents: Sequence[Sequence[str]]) -> list[int]:
    """Return for each document, given as lines, the number of its text: the index of the first document with it."""
    sentences = [_sentences(lines) for lines in documents]
    known = Counter(sentence for each in sentences for sentence in each)
    most = max(OWN_DOCUMENTS, OWN_SHARE * len(documents))
    own = [{sentence for sentence in each if known[sentence] <= most} for each in sentences]
    first: dict[str, int] = {}
    shared: dict[tuple[int, int], int] = defaultdict(int)  # characters that two documents share
    for number, each in enumerate(own):
        for sentence in each:
            other = first.setdefault(sentence, number)
            if other != number:
                shared[other, number] += len(sentence)
    lengths = [sum(map(len, each)) for each in own]
    same = [pair for pair, chars in sorted(shared.items()) if chars >= SAME_SHARE * min(lengths[i] for i in pair)]
    return _united(len(documents), same)


def _sentences(lines: Iterable[str]) -> set[str]:
    """Return the keys of the sentences of the prose among `lines`."""
    prose = [line for line in lines if is_prose(line)]
    parts = [part for line in prose for part in _SENTENCE.split(line) if len(part) >= MIN_SENTENCE_CHARS]
    return set(keys(parts, max(map(len, parts), default=0)))


def _united(count: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """Return for each number below `count` the lowest one that it is joined with by `pairs`."""
    lowest = list(range(count))

    def root(i: int) -> int:
        while lowest[i] != i:
            lowest[i] = lowest[lowest[i]]
            i = lowest[i]
        return i

    for one, two in pairs:
        one, two = sorted((root(one), root(two)))
        lowest[two] = one
    return [root(i) for i in range(count)]
