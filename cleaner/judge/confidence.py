"""How good the clean text of a document is, as the judge expects: a number from 0 to 1, the document's confidence.

The judge has scored every line of the document as it came, and a score stands for a chance that the line is content
(see `chances`). So for whatever happens to the lines there is an F1 of words to expect:

    content   the words of all lines, each with the chance that it is content
    kept      the words of the lines that stayed
    hits      the words of the lines that stayed, each with the chance that it is content
    F1        2 x hits / (kept + content)

It falls with the content that is lost (1 - hits / content) and with the chrome that is left (1 - hits / kept). Who
took a line out makes a difference: one that a rule or the markup names is chrome and has no content, so that it costs
nothing. One that the judge took out may have been content. Lines that stay because the guard stepped in, or because
cleaning did not come to an end, are kept like any others, and that they are likely chrome lowers the F1.

Example: lines of 10, 10 and 20 words have chances of .9, .5 and .1. The content is 9 + 5 + 2 = 16 words. If the judge
takes out the last line, 20 words are kept, with 14 hits, and the F1 is 2 x 14 / (20 + 16) = .78. If all three stay, it
is 2 x 16 / (40 + 16) = .57. If a rule takes out the last line, it is 2 x 14 / (20 + 14) = .82.

The confidence is the F1 that documents with such an expectation have had on average (`PAGE`, `TEXT`). All sums are of
whole numbers, so it is the same everywhere.
"""

from __future__ import annotations

from array import array
from collections.abc import Container, Sequence
from dataclasses import dataclass
from operator import mul

from cleaner.judge.chances import MAX_SCORE, PROBABILITIES
from cleaner.judge.maker import FilledLines

STEPS = 65536  # of a chance, see `PROBABILITIES`
DIGITS = 3  # of a confidence; there is no more to it than two

Curve = tuple[tuple[float, float], ...]  # the expected F1 and the F1 that was measured, in rising order

PAGE: Curve = ((0.0, 0.0), (1.0, 1.0))
TEXT: Curve = ((0.0, 0.0), (1.0, 1.0))

# The chance of each score in whole steps, by the byte that the score is stored as.
_CHANCES = [round(STEPS * PROBABILITIES[max((byte + 128) % 256 - 128, -MAX_SCORE) + MAX_SCORE]) for byte in range(256)]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the judge expects of a document of which some lines are left; words of content are counted in `STEPS`."""

    words: array[int]  # of each line that is left; 0: the line is blank
    scores: bytes  # of each line that is left, as the document came; of a blank line, anything
    content: int  # expected words of content in all lines but those that rules took out
    kept: int  # words of the lines that are left
    hits: int  # expected words of content in them
    curve: Curve

    @classmethod
    def of(cls, lines: int, filled: FilledLines, scores: bytes, curve: Curve) -> Expectation:
        """Return what is expected of a document with so many `lines`, of which none is gone.

        `scores` are those of the `filled` lines. A line without words counts as one word.
        """
        words, spread = array("H", bytes(2 * lines)), bytearray(lines)
        for line, count, score in zip(filled.lines(), filled.words(), scores, strict=True):
            words[line], spread[line] = count or 1, score
        content = _content(words, spread)
        return cls(words, bytes(spread), content, sum(words), content, curve)

    def without(self, runs: Sequence[tuple[int, int]], left_out: Container[int]) -> Expectation:
        """Return what is expected once the lines in the ranges `runs` (0-based, ordered, end excluded) are gone.

        `left_out` are those that the judge took out. All others are chrome for certain.
        """
        words, scores = array("H"), bytearray()
        content, position = self.content, 0
        for start, end in runs:
            words += self.words[position:start]
            scores += self.scores[position:start]
            position = end
            for line in range(start, end):
                if line not in left_out:
                    content -= self.words[line] * _CHANCES[self.scores[line]]
        words += self.words[position:]
        scores += self.scores[position:]
        return Expectation(words, bytes(scores), content, sum(words), _content(words, scores), self.curve)

    @property
    def f1(self) -> float:
        """The F1 of words to expect, 0 to 1, as the chances say."""
        return 2 * self.hits / max(STEPS * self.kept + self.content, 1)

    @property
    def confidence(self) -> float:
        """The F1 of words that documents with such an expectation have had, 0 to 1, with `DIGITS` digits."""
        return round(_at(self.curve, self.f1), DIGITS)


def _content(words: Sequence[int], scores: Sequence[int]) -> int:
    """Return the expected words of content in lines, in `STEPS`."""
    return sum(map(mul, words, map(_CHANCES.__getitem__, scores)))


def _at(curve: Curve, value: float) -> float:
    """Return what a curve has for a value from 0 to 1, in proportion between its points."""
    low, found = curve[0]
    for high, then in curve[1:]:
        if value <= high:
            return found + (then - found) * (value - low) / (high - low)
        low, found = high, then
    return found
