"""From scores to a decision: below which score the lines of a document go.

The score of a line is a logit, so it stands for a probability that the line is content. Where that is well
calibrated, the decision for a document can weigh what it would lose against what it would be rid of.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cleaner.judge.model import SCORE_MOST, SCORES

DOUBT = 0.1  # at level safe, a line is kept where it is content with more than this probability,
BUDGET = 0.02  # or where with it more than this share of the content could be expected to be lost

_STEPS = np.arange(-SCORE_MOST, SCORE_MOST + 1)
PROBABILITIES = np.rint(65536 / (1 + np.exp(-_STEPS / SCORES))) / 65536  # of each score, from the lowest up


def probability(score: int) -> float:
    """Return the probability that a line with `score` is content."""
    return float(PROBABILITIES[score + SCORE_MOST])


def threshold(level: str, scores: Any, words: Any) -> int:
    """Return the score that a line of a document needs to stay, given the scores and the sizes in words of all."""
    mass = np.bincount(scores + SCORE_MOST, np.maximum(words, 1), len(_STEPS))
    content = mass * PROBABILITIES
    return _safe(content) if level == "safe" else _main(mass, content)


def at_least(wanted: float) -> int:
    """Return the score that stands for the probability `wanted`, or the next higher one."""
    return int(np.searchsorted(PROBABILITIES, wanted)) - SCORE_MOST


def _safe(content: Any) -> int:
    """Drop only what is hardly content, and of that no more than may be lost."""
    lost = np.cumsum(content)
    gone = np.searchsorted(lost, BUDGET * lost[-1], "right")
    return int(min(gone, np.searchsorted(PROBABILITIES, DOUBT))) - SCORE_MOST


def _main(mass: Any, content: Any) -> int:
    """Keep the lines that make the F1 that can be expected the best.

    As in Lipton, Elkan and Naryanaswamy, Optimal thresholding of classifiers to maximize F1 measure, 2014.
    """
    kept, hits = np.cumsum(mass[::-1])[::-1], np.cumsum(content[::-1])[::-1]
    return int(np.argmax(2 * hits / np.maximum(kept + hits[0], 1e-9))) - SCORE_MOST
