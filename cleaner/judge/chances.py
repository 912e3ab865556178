"""What the scores of lines stand for, and how sure the judge must be before lines go: the thresholds of the levels.

A score stands for the chance, 0 to 1, that the line is content (`probability`): 1 / (1 + exp(-score / 16)), so score
0 is a chance of .5. `decide` says what the thresholds do.
"""

from __future__ import annotations

from bisect import bisect_left
from math import exp
from typing import NamedTuple

SCORE_STEPS = 16  # steps of a score for one of a logit
MAX_SCORE = 127  # either way
# A line that goes is marked `likely` below this chance of being content and `guess` from it on.
LIKELY_BELOW = 0.13
REASONS = ("words", "short", "shape", "place")  # why a line goes, by number; see `decide`


class Limits(NamedTuple):
    """How sure the judge must be before lines go. A chance is a probability, 0 to 1, that a line is content."""

    unknown_steps: int  # steps that scores are raised by in a language that the judge hardly knows
    main_margin: int  # main: steps of a score that the cut is above the cut of the best expected F1
    main_full: int  # main: the same for a document that is nothing but content
    main_headline: float  # main: one of the `HEADLINE_LINES` above the content stays from this chance on
    main_best: float  # main: the best of the `HEADLINE_REACH` lines above the first prose stays from this chance on
    main_lone: float  # main: a single line between two kept lines stays from this chance on
    safe_body: float  # safe: a line in the body goes below this chance
    safe_outside: float  # safe: a line outside of the body goes below this chance
    safe_budget: float  # safe: the share of the expected content that may be lost with the lines that go
    safe_sure: float  # safe: nothing goes if no line has this chance
    safe_run: int  # safe: fewer lines than this in a row stay
    safe_prose: float  # safe: a line of whole sentences goes below this chance
    safe_share: float  # safe: nothing goes if less than this share of the lines would


# For texts. On pages of unknown sites in some thirty languages, with `main_margin` and `main_full` at 20 and -4
# instead of 12 and -12, `main` loses 4.1 instead of 2.7 % at the same F1. With `unknown_steps` at 12 instead of 0,
# an earlier fit lost 2.0 instead of 4.2 % in forty languages, and removed 67 instead of 76 %. On news, 96.2 % of the
# headlines stay without `main_best`, and 96.8 % with it, at the same F1. With `safe_run` 3, `safe_share` .12 and
# `safe_budget` .035, `safe` loses .37 instead of .42 %, and removes 51 instead of 53 %.
TEXT = Limits(
    unknown_steps=4,
    main_margin=12,
    main_full=-12,
    main_headline=0.25,
    main_best=0.1,
    main_lone=0.35,
    safe_body=0.035,
    safe_outside=0.13,
    safe_budget=0.045,
    safe_sure=0.65,
    safe_run=2,
    safe_prose=0.035,
    safe_share=0.04,
)
# For pages with markup: it makes the judge surer, and shows chrome that stands alone, so there is no least run. On
# 517 pages of WCXB whose sites the nets do not know, `safe` loses .76, .82 and .86 % and removes 64.1, 64.5 and
# 64.8 % with `safe_outside` .12, .13 and .14, `safe_body` .085, .092 and .1, and `safe_budget` .055, .06 and .065.
# With .13, an infobox of the tests loses lines.
PAGE = Limits(
    unknown_steps=4,
    main_margin=10,
    main_full=-8,
    main_headline=0.5,
    main_best=0.5,
    main_lone=0.45,
    safe_body=0.085,
    safe_outside=0.12,
    safe_budget=0.055,
    safe_sure=0.3,
    safe_run=1,
    safe_prose=0.02,
    safe_share=0,
)

# The probability of each score, from the lowest up, in steps of 1/65536: the same on platforms whose `exp` differs in
# the last bit, and few enough bits that sums over the words of a document are exact.
PROBABILITIES = tuple(
    round(65536 / (1 + exp(-score / SCORE_STEPS))) / 65536 for score in range(-MAX_SCORE, MAX_SCORE + 1)
)


def probability(score: int) -> float:
    """Return the probability that a line with `score` is content."""
    return PROBABILITIES[score + MAX_SCORE]


def lowest_score(chance: float) -> int:
    """Return the lowest score that stands for a probability of at least `chance`; above the highest for 1."""
    return bisect_left(PROBABILITIES, chance) - MAX_SCORE
