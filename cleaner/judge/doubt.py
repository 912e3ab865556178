"""Says of a page whether the judge is in doubt about it without trafilatura, which is then asked, too.

The judge is in doubt if the best that it can do is not good: if even the lines that have the best expected F1
together (see `decide`) have a low one. That is so where many lines may be content and may be chrome, and where
nothing looks like content.

Example: ten words are content for certain, and ten more with a chance of .5, so 15 words of content are expected. If
all 20 stay, the F1 to expect is 2 x 15 / (20 + 15) = .86; if the first ten alone stay, 2 x 10 / (10 + 15) = .8. The
best is .86, which leaves no doubt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cleaner.judge.decide import PROBABILITIES
from cleaner.judge.model import MAX_SCORE

if TYPE_CHECKING:
    from cleaner.judge.arrays import Ints

# The expected F1 from which on trafilatura is not asked. What was tried on 517 pages of WCXB and 131 of segments, of
# sites that are not in the fit (one net each, with and without the verdict): the share of pages that are asked about,
# F1 at `main`, the content that `main` and `safe` lose, and the F1 on segments at `main`. Of the other words, `safe`
# removes 47.7 % if no page is asked about, 48.1 % with .65, and 48.6 % if all are.
#
#     SURE_FROM   WCXB    F1      `main`   `safe`    segments   F1
#     0           0 %     .8678   3.72 %   .40 %     0 %        .9404
#     .6          4.6 %   .8700   3.05 %   .44 %     0 %        .9404
#     .65         6.6 %   .8715   2.89 %   .44 %     0 %        .9404
#     .7          8.7 %   .8716   2.75 %   .44 %     1.5 %      .9381
#     .8          18 %    .8689   2.96 %   .61 %     3.1 %      .9381
#     .9          33 %    .8704   2.95 %   .61 %     14 %       .9383
#     .94         48 %    .8697   3.03 %   .63 %     30 %       .9407
#     above 1     100 %   .8699   3.02 %   .65 %     100 %      .9415
SURE_FROM = 0.65


def is_in_doubt(scores: Ints, words: Ints) -> bool:
    """Whether the judge is in doubt about a page, given the scores and the words of its filled lines."""
    return expected_f1(scores, words) < SURE_FROM


def expected_f1(scores: Ints, words: Ints) -> float:
    """Return the F1 that is to be expected of the best set of lines: all from some score up."""
    sizes = np.maximum(words, 1)
    mass = np.bincount(scores + MAX_SCORE, sizes, len(PROBABILITIES))[::-1]
    kept, hits = np.cumsum(mass), np.cumsum(mass * PROBABILITIES[::-1])
    return float((2 * hits / np.maximum(kept + hits[-1], 1)).max())
