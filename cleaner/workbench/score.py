"""Scores: how near clean texts come to gold texts, which hold the content and nothing else.

Three texts of a document are compared: the original, the clean text, and the gold. They are compared as multisets of
words: how often a word occurs counts, and where it stands does not. A word is a run of letters, digits and
underscores, in lower case; of scripts that are written without spaces between words, it is a character. A word of the
original is *content* if the gold has it too.

Example: the original is `Home. Rain fell.`, the gold `Rain fell.`, the clean text `Home. Rain`. Of the 3 words of the
original 2 are content. The clean text keeps 1 of them, so 1 content word is lost; 0 of 1 other words are removed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

# Thai and Lao, Burmese, Khmer, kana, Han; a sentence in one of them would be a single word.
_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")


class Score(NamedTuple):
    """The score of one document; all fields are numbers of words."""

    words: int  # of the original
    content: int  # of the original, that are in the gold too
    output: int  # of the clean text
    gold: int  # of the gold
    kept: int  # of the clean text, that are in the gold too

    @property
    def precision(self) -> float:
        """The share of the clean text that is in the gold. If the clean text has no words: 1 if the gold has none."""
        return self.kept / self.output if self.output else float(not self.gold)

    @property
    def recall(self) -> float:
        """The share of the gold that is in the clean text. If the gold has no words: 1 if the clean text has none."""
        return self.kept / self.gold if self.gold else float(not self.output)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    @property
    def content_lost(self) -> int:
        """How many content words are not in the clean text."""
        return max(0, self.content - self.kept)  # below 0 if repair made words that only the gold had

    @property
    def other(self) -> int:
        """How many words of the original are not content."""
        return self.words - self.content

    @property
    def other_removed(self) -> int:
        """How many other words were removed; below 0 if repair made more of them than rules removed."""
        return self.other - (self.output - self.kept)

    @property
    def lost(self) -> float:
        """The share of the content words that is lost; 0 if there are none."""
        return _share(self.content_lost, self.content)

    @property
    def removed(self) -> float:
        """The share of the other words that is removed; 0 if there are none."""
        return _share(self.other_removed, self.other)


class Total(NamedTuple):
    """The scores of many documents as one.

    Precision, recall and F1 are means over the documents; `lost` and `removed` are shares of the words of all.
    """

    documents: int
    words: int
    precision: float
    recall: float
    f1: float
    lost: float
    removed: float


class WordCounts(NamedTuple):
    """The words of the three texts of a document, as multisets."""

    original: Counter[str]
    gold: Counter[str]
    clean: Counter[str]

    @property
    def content(self) -> Counter[str]:
        """The content words of the original."""
        return self.gold & self.original

    @property
    def kept(self) -> Counter[str]:
        """The words of the gold that the clean text has."""
        return self.gold & self.clean

    def score(self) -> Score:
        """Return the score of the document."""
        return Score(
            words=self.original.total(),
            content=self.content.total(),
            output=self.clean.total(),
            gold=self.gold.total(),
            kept=self.kept.total(),
        )


def count_words(original: str, gold: str, clean: str) -> WordCounts:
    """Count the words of the three texts of a document."""
    return WordCounts(*(Counter(words_of(text)) for text in (original, gold, clean)))


def score(original: str, gold: str, clean: str) -> Score:
    """Score the clean text of a document against its gold text."""
    return count_words(original, gold, clean).score()


def total(scores: Iterable[Score]) -> Total:
    """Sum up scores; without any, all figures are 0."""
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


def words_of(text: str) -> list[str]:
    """Return the words of a text in order."""
    return _WORD.findall(text.lower())
