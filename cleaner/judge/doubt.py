"""Says of a page whether the judge is in doubt about it without trafilatura, which is then asked, too.

The judge is in doubt if the best that it can do is not good: if even the lines that have the best expected F1
together (see `decide`) have a low one. That is so where many lines may be content and may be chrome, and where
nothing looks like content. At level `main` the judge trusts itself on no short page.

Example: ten words are content for certain, and ten more with a chance of .5, so 15 words of content are expected. If
all 20 stay, the F1 to expect is 2 x 15 / (20 + 15) = .86; if the first ten alone stay, 2 x 10 / (10 + 15) = .8. The
best is .86, which leaves no doubt.
"""

from __future__ import annotations

from collections.abc import Sequence

from cleaner.judge.chances import MAX_SCORE, PROBABILITIES

# The expected F1 from which on trafilatura is not asked. What was tried on 517 pages of WCXB and 131 of segments,
# of a third of the sites, with the pairs of nets that do not know them: F1 at `main`, the content that `main` and
# `safe` lose, the F1 on segments at `main`. Of the other words, `safe` removes 64.0 % with .65, and 65.1 % if all
# are asked.
#
#     SURE_FROM   F1      `main`   `safe`   segments
#     0           .8641   5.25 %   .73 %    .9370
#     .65         .8633   5.20 %   .76 %    .9370
#     .75         .8614   5.15 %   .76 %    .9370
#     .85         .8588   5.38 %   .79 %    .9393
#     above 1     .8587   5.35 %   .85 %    .9424
#
# With single nets, on two thirds of the sites, .65 meant 5.6 % of the pages of WCXB, .75 11.1 % and .85 22.2 %. A
# page in doubt is a long one on average: those below .65 hold 14 % of the characters of WCXB.
SURE_FROM = 0.65
# The filled lines below which level `main` always asks: on short pages it keeps more with the verdict, and asking
# takes little time. Of 1,512 lines of content on 207 made pages, with lists, infoboxes, captions and the like, `main`
# loses 133 with 100, and 196 with 0. On the 517 pages F1 is .8629 instead of .8633. For `safe` it is the other way
# round: it loses 30 of these lines without asking, and 50 with it.
MIN_LINES = 100


def is_in_doubt(scores: Sequence[int], words: Sequence[int], level: str) -> bool:
    """Whether the judge is in doubt about a page at a level, given the scores and the words of its filled lines."""
    return (level == "main" and len(words) < MIN_LINES) or expected_f1(scores, words) < SURE_FROM


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
