"""How good the clean text of a document is, as the judge expects: a number from 0 to 1, the document's confidence.

The judge has scored every line of the document as it came, and a score stands for a chance that the line is content
(see `chances`). So for whatever happens to the lines there is an F1 of words to expect:

    content   the words of all lines, each with the chance that it is content
    kept      the words of the lines that stayed
    hits      the words of the lines that stayed, each with the chance that it is content
    F1        2 x hits / (kept + content)

It falls with the content that is lost (1 - hits / content) and with the chrome that is left (1 - hits / kept). Who
took a line out makes a difference. A line that a rule or the markup takes out is chrome, whatever its score: it has
no content, and nothing is lost with it. A line that the judge takes out may have been content. A line that stays
because the guard stepped in, or because cleaning came to no end, is kept like any other, and is likely chrome. A line
of which a part goes counts as it came.

Example: lines of 10, 10 and 20 words have chances of .9, .5 and .1. The content is 9 + 5 + 2 = 16 words. If the judge
takes out the last line, 20 words are kept, with 14 hits, and the F1 is 2 x 14 / (20 + 16) = .78. If all three stay,
it is 2 x 16 / (40 + 16) = .57. If a rule takes out the last line, it is 2 x 14 / (20 + 14) = .82.

The confidence is the F1 that documents with such an expectation have had on average (`CURVE`). All sums are of whole
numbers, so it is the same everywhere.
"""

from __future__ import annotations

from array import array
from collections.abc import Container, Sequence
from dataclasses import dataclass

from cleaner.judge.chances import MAX_SCORE, PROBABILITIES
from cleaner.judge.maker import FilledLines

STEPS = 65536  # of a chance, see `PROBABILITIES`
DIGITS = 3  # of a confidence; there is no more to it than two

Curve = tuple[tuple[float, float], ...]  # points: the expected F1 and the F1 that is measured, both rising

# For pages and texts, at both levels: fitted by `tests.measure_confidence` on 1,196 pages of a third of the sites,
# with nets that do not know these sites. One curve for pages and one for texts, or one for each level of both, are no
# better: the root mean square error is .125 to .146 either way.
#
# What was tried in place of the expected F1, or beside it in a ridge regression across sites, on 1,217 pages of these
# sites as HTML: Spearman's rank correlation with the F1 that is measured, and the F1 of the least trusted tenth, at
# `main` and at `safe`.
#
#     the expected F1                                           .686   .650      .800   .557
#     the same, with scores 4/3 times as high                   .718   .651      .813   .554
#     the same, with scores twice as high                       .729   .661      .818   .548
#     the same, with the content of lines that rules take out   .655   .650      .796   .558
#     entropy of the chances alone                              .607   .670      .686   .565
#     disagreement of the nets for texts and pages alone        .208   .817      .345   .747
#     agreement with trafilatura alone                         -.140   .898     -.071   .879
#     expected F1 and entropy                                   .699   .653      .810   .550
#     expected F1 and disagreement of the nets                  .681   .650      .799   .558
#     expected F1 and agreement with trafilatura                .678   .653      .799   .559
#     expected F1 and the share of doubtful words               .689   .651      .797   .556
#     expected F1 and the share of words kept                   .687   .649      .798   .559
#     expected F1 and the number of lines                       .681   .649      .799   .556
#     expected F1 and the share of common words                 .684   .643      .798   .557
#     fifteen such numbers together                             .671   .654      .799   .541
#
# None finds the worst pages better by more than .02, and the plain one needs no weights.
CURVE: Curve = ((0.0, 0.228), (0.6, 0.536), (0.75, 0.745), (0.85, 0.828), (0.92, 0.909), (0.96, 0.952), (1.0, 0.988))

# The chance of each score in whole steps, by the byte that the score is stored as.
CHANCES = [round(STEPS * PROBABILITIES[max((byte + 128) % 256 - 128, -MAX_SCORE) + MAX_SCORE]) for byte in range(256)]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the judge expects of a document of which some lines are left; words of content are counted in `STEPS`."""

    words: array[int]  # of each line that is left; 0: the line is blank
    chances: array[int]  # words of content to expect in each line that is left, by its score as the document came
    content: int  # words of content to expect in all lines but those that rules took out
    kept: int  # words of the lines that are left
    hits: int  # words of content to expect in them

    @classmethod
    def of(cls, lines: int, filled: FilledLines, scores: bytes) -> Expectation:
        """Return what is expected of a document with so many `lines`, of which none is gone.

        `scores` are those of the `filled` lines. A line without words counts as one word.
        """
        words, chances = array("H", bytes(2 * lines)), array("I", bytes(4 * lines))
        for line, count, score in zip(filled.lines(), filled.words(), scores, strict=True):
            words[line] = size = count or 1
            chances[line] = size * CHANCES[score]
        content = sum(chances)
        return cls(words, chances, content, sum(words), content)

    def without(self, runs: Sequence[tuple[int, int]], left_out: Container[int]) -> Expectation:
        """Return what is expected once the lines in the ranges `runs` (0-based, ordered, end excluded) are gone.

        `left_out` are those that the judge took out. All others are chrome for certain.
        """
        words, chances = array(self.words.typecode), array(self.chances.typecode)
        content, kept, hits, position = self.content, self.kept, self.hits, 0
        for start, end in runs:
            words += self.words[position:start]
            chances += self.chances[position:start]
            kept -= sum(self.words[start:end])
            hits -= sum(self.chances[start:end])
            content -= sum(self.chances[line] for line in range(start, end) if line not in left_out)
            position = end
        words += self.words[position:]
        chances += self.chances[position:]
        return Expectation(words, chances, content, kept, hits)

    @property
    def f1(self) -> float:
        """The F1 of words to expect, 0 to 1, as the chances say."""
        return 2 * self.hits / max(STEPS * self.kept + self.content, 1)

    @property
    def confidence(self) -> float:
        """The F1 of words that documents with such an expectation have had, 0 to 1, with `DIGITS` digits."""
        return calibrated(self.f1, CURVE)


def calibrated(f1: float, curve: Curve) -> float:
    """Return the confidence for an F1 to expect, 0 to 1: in proportion between the points of a curve."""
    low, found = curve[0]
    for high, then in curve[1:]:
        if f1 <= high:
            return round(found + (then - found) * (f1 - low) / (high - low), DIGITS)
        low, found = high, then
    return found
