"""From scores to a decision: which lines of a document go.

The score of a line is a logit, so it stands for a probability that the line is content. Where that is well
calibrated, the decision for a document can weigh what it would lose against what it would be rid of.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cleaner.judge.model import SCORE_MOST, SCORES

SHIFT = 4
HEAD = 0.25
LONE = 0.35  # at level main, a single line between lines that stay does so with at least this probability

# Level safe. Chrome stands before and behind the body of a document, which reaches from the first to the last line
# that is rather content than not; in it, headings, captions and lists look like chrome.
HEADROOM = 4  # lines above these that belong to the body too: headline, author, date
BODY_DOUBT = 0.02  # a line in the body stays where it is content with at least this probability,
DOUBT = 0.1  # a line outside it with at least this one;
BUDGET = 0.03  # lines stay that would bring what can be expected to be lost above this share of the content;
PLENTY = 0.12  # and all stay where those that would go are fewer than this share: chrome comes in numbers

_STEPS = np.arange(-SCORE_MOST, SCORE_MOST + 1)
PROBABILITIES = np.rint(65536 / (1 + np.exp(-_STEPS / SCORES))) / 65536  # of each score, from the lowest up


def probability(score: int) -> float:
    """Return the probability that a line with `score` is content."""
    return float(PROBABILITIES[score + SCORE_MOST])


def drops(level: str, scores: Any, words: Any) -> Any:
    """Return which lines of a document go at a level, given the scores and the sizes in words of all its lines."""
    mass = np.bincount(scores + SCORE_MOST, np.maximum(words, 1), len(_STEPS))
    content = mass * PROBABILITIES
    return _safe(content, scores) if level == "safe" else _main(mass, content, scores)


def at_least(wanted: float) -> int:
    """Return the score that stands for the probability `wanted`, or the next higher one."""
    return int(np.searchsorted(PROBABILITIES, wanted)) - SCORE_MOST


def _safe(content: Any, scores: Any) -> Any:
    """Drop only what is hardly content, and of that no more than may be lost."""
    lost = np.cumsum(content)
    affordable = int(np.searchsorted(lost, BUDGET * lost[-1], "right")) - SCORE_MOST
    gone = scores < min(affordable, at_least(DOUBT))
    body = np.flatnonzero(scores >= 0)
    if len(body):
        within = slice(max(body[0] - HEADROOM, 0), body[-1])
        gone[within] &= scores[within] < at_least(BODY_DOUBT)
    return gone & (np.count_nonzero(gone) >= PLENTY * len(gone))


def _main(mass: Any, content: Any, scores: Any) -> Any:
    """Keep the lines that make the F1 that can be expected the best, and single lines among them.

    As in Lipton, Elkan and Naryanaswamy, Optimal thresholding of classifiers to maximize F1 measure, 2014.
    """
    kept, hits = np.cumsum(mass[::-1])[::-1], np.cumsum(content[::-1])[::-1]
    gone = scores < int(np.argmax(2 * hits / np.maximum(kept + hits[0], 1e-9))) - SCORE_MOST + SHIFT
    top = int(np.argmin(gone))
    head = slice(max(top - HEADROOM, 0), top)
    gone[head] &= scores[head] < at_least(HEAD)
    alone = gone[1:-1] & ~gone[:-2] & ~gone[2:] & (scores[1:-1] >= at_least(LONE))
    gone[1:-1] &= ~alone
    return gone
