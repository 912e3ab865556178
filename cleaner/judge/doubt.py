"""Says of a page whether the judge is in doubt about it without trafilatura, which is then asked, too.

The judge is in doubt if the best that it can do is not good: if even the lines that have the best expected F1
together (see `decide`) have a low one. That is so where many lines may be content and may be chrome, and where
nothing looks like content.

Example: ten words are content for certain, and ten more with a chance of .5, so 15 words of content are expected. If
all 20 stay, the F1 to expect is 2 x 15 / (20 + 15) = .86; if the first ten alone stay, 2 x 10 / (10 + 15) = .8. The
best is .86, which leaves no doubt.
"""

from __future__ import annotations

from collections.abc import Sequence

from cleaner.judge.chances import MAX_SCORE, PROBABILITIES

# The expected F1 from which on trafilatura is not asked. What was tried on 965 pages of WCXB and 311 of segments, of
# two thirds of the sites, each by nets that do not know it (one each, with and without the verdict): the share of
# pages that are asked about, F1 at `main`, the content that `main` and `safe` lose, and the F1 on segments at `main`.
# Of the other words, `safe` removes 51.2 % if no page is asked about, 51.4 % with .65, and 51.7 % if all are.
#
#     SURE_FROM   WCXB     F1      `main`   `safe`    segments   F1
#     0           0 %      .8756   2.92 %   .37 %     0 %        .9428
#     .6          4.0 %    .8774   2.54 %   .38 %     0 %        .9428
#     .65         5.6 %    .8780   2.45 %   .38 %     0.3 %      .9428
#     .7          7.5 %    .8781   2.37 %   .38 %     1.3 %      .9418
#     .75         11.1 %   .8776   2.37 %   .38 %     1.6 %      .9423
#     .85         22.2 %   .8787   2.42 %   .47 %     7.1 %      .9444
#     .9          32.0 %   .8792   2.46 %   .47 %     15.1 %     .9429
#     .94         46.9 %   .8787   2.53 %   .48 %     30.9 %     .9424
#     above 1     100 %    .8787   2.52 %   .45 %     100 %      .9437
#
# A page in doubt is a long one on average: those below .65 hold 14 % of the characters of WCXB.
SURE_FROM = 0.65


def is_in_doubt(scores: Sequence[int], words: Sequence[int]) -> bool:
    """Whether the judge is in doubt about a page, given the scores and the words of its filled lines."""
    return expected_f1(scores, words) < SURE_FROM


def expected_f1(scores: Sequence[int], words: Sequence[int]) -> float:
    """Return the F1 that is to be expected of the best set of lines: all from some score up."""
    mass = [0] * len(PROBABILITIES)  # words of each score
    for score, count in zip(scores, words, strict=True):
        mass[score + MAX_SCORE] += max(count, 1)
    content = sum(count * chance for count, chance in zip(mass, PROBABILITIES, strict=True))
    kept, hits, best = 0, 0.0, 0.0
    for count, chance in zip(reversed(mass), reversed(PROBABILITIES), strict=True):
        kept += count
        hits += count * chance
        best = max(best, 2 * hits / max(kept + content, 1))
    return best
