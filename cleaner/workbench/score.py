"""Scores: how near clean texts come to gold texts, which hold the content and nothing else.

Texts are compared as multisets of words, runs of letters, digits and underscores in lower case: where a word
stands does not count, how often it stands does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

_WORD = re.compile(r"\w+")


class Score(NamedTuple):
    """How many words a document has, how many of them are `content` (in the gold too), and so on.

    `output` and `gold` are those of the clean and the gold text, `kept` is what these two have in common.
    """

    words: int
    content: int
    output: int
    gold: int
    kept: int

    @property
    def precision(self) -> float:
        """The share of the clean text that is in the gold; of no text, 1 where the gold has none either, else 0."""
        return self.kept / self.output if self.output else float(not self.gold)

    @property
    def recall(self) -> float:
        """The share of the gold that is in the clean text; of no gold, 1 where there is no text either, else 0."""
        return self.kept / self.gold if self.gold else float(not self.output)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    @property
    def content_lost(self) -> int:
        """How many content words of the document the clean text lacks."""
        return max(0, self.content - self.kept)  # repair may make words that only the gold had

    @property
    def other(self) -> int:
        """How many words of the document are not content."""
        return self.words - self.content

    @property
    def other_removed(self) -> int:
        """How many of these the clean text lacks; below 0 where repair made more than rules removed."""
        return self.other - (self.output - self.kept)

    @property
    def lost(self) -> float:
        """The share of the content words that the clean text lacks; 0 where there are none."""
        return _share(self.content_lost, self.content)

    @property
    def removed(self) -> float:
        """The share of the other words that the clean text lacks; 0 where there are none."""
        return _share(self.other_removed, self.other)


class Total(NamedTuple):
    """The scores of many documents as one: means of precision, recall and F1; shares of all words lost, removed."""

    documents: int
    words: int
    precision: float
    recall: float
    f1: float
    lost: float
    removed: float


def score(original: str, gold: str, clean: str) -> Score:
    """Score the clean text of a document against its gold text."""
    before, wanted, after = _words(original), _words(gold), _words(clean)
    return Score(
        words=before.total(),
        content=(wanted & before).total(),
        output=after.total(),
        gold=wanted.total(),
        kept=(wanted & after).total(),
    )


def total(scores: Iterable[Score]) -> Total:
    """Sum up scores; of none, all is 0."""
    every = list(scores)
    count = max(len(every), 1)
    return Total(
        documents=len(every),
        words=sum(one.words for one in every),
        precision=sum(one.precision for one in every) / count,
        recall=sum(one.recall for one in every) / count,
        f1=sum(one.f1 for one in every) / count,
        lost=_share(sum(one.content_lost for one in every), sum(one.content for one in every)),
        removed=_share(sum(one.other_removed for one in every), sum(one.other for one in every)),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.lower()))
