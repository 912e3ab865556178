"""From scores to a decision: which lines of a document go.

The score of a line is a logit, so it stands for a probability that the line is content. Where that is well
calibrated, the decision for a document can weigh what it would lose against what it would be rid of.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from cleaner.judge.model import SCORE_MOST, SCORES

HEADROOM = 4  # lines above the first that is content which may be headline, author or date


class Limits(NamedTuple):
    """How sure the judge has to be for lines to go; chances are least probabilities of being content, to stay.

    At level main, lines but headline, author and date need `surer` steps of a score more than the best F1 that can be
    expected asks for. At level safe, chrome stands before and behind the body of a document, which reaches from the
    first to the last line that is rather content than not; in it, headings, captions and lists look like chrome.
    """

    surer: int
    lone: float  # at level main, the chance of a single line between lines that stay;
    body: float  # the chance of a line in the body,
    outside: float  # and of one outside it;
    budget: float  # lines stay that would bring what can be expected to be lost above this share of the content.
    sure: float  # All lines stay where none has this chance: such a document is a riddle.
    run: int  # Chrome comes in numbers: fewer lines than this in a row stay,
    plenty: float  # and all do where those that would go are fewer than this share.


# On pages of unknown sites, with `surer` from 1 to 6 WCXB's F1 falls by .002 and that of the segments, mostly German,
# rises by .006. Markup makes the judge surer, and shows chrome that stands alone.
TEXT = Limits(surer=6, lone=0.35, body=0.02, outside=0.13, budget=0.035, sure=0.65, run=3, plenty=0.12)
PAGE = Limits(surer=1, lone=0.45, body=0.08, outside=0.11, budget=0.05, sure=0.3, run=1, plenty=0)

HEAD = 0.25  # level main: a line above the body stays with at least this chance
DOUBT = 0.13  # what goes with a higher chance than this is a guess

_STEPS = np.arange(-SCORE_MOST, SCORE_MOST + 1)
PROBABILITIES = np.rint(65536 / (1 + np.exp(-_STEPS / SCORES))) / 65536  # of each score, from the lowest up


def probability(score: int) -> float:
    """Return the probability that a line with `score` is content."""
    return float(PROBABILITIES[score + SCORE_MOST])


def drops(level: str, scores: Any, words: Any, ruled: Any, spared: Any, limits: Limits = TEXT) -> Any:
    """Return which lines of a document go at a level, given the scores and the sizes in words of all its lines.

    `ruled` says which lines rules take out, which do not count, but for company; `spared` which are to stay.
    """
    mass = np.bincount(scores + SCORE_MOST, np.maximum(words, 1) * ~ruled, len(_STEPS))
    content = mass * PROBABILITIES
    scores = np.where(spared, SCORE_MOST, scores)
    gone = _safe(content, scores, ruled, limits) if level == "safe" else _main(mass, content, scores, ruled, limits)
    return gone & ~ruled


def at_least(wanted: float) -> int:
    """Return the score that stands for the probability `wanted`, or the next higher one."""
    return int(np.searchsorted(PROBABILITIES, wanted)) - SCORE_MOST


def _safe(content: Any, scores: Any, ruled: Any, limits: Limits) -> Any:
    """Drop only what is hardly content, and of that no more than may be lost."""
    lost = np.cumsum(content)
    if not content[at_least(limits.sure) + SCORE_MOST :].any():
        return np.zeros(len(scores), bool)
    affordable = int(np.searchsorted(lost, limits.budget * lost[-1], "right")) - SCORE_MOST
    gone = scores < min(affordable, at_least(limits.outside))
    body = np.flatnonzero((scores >= 0) & ~ruled)
    if len(body):
        within = slice(_head(body[0], ruled), body[-1])
        gone[within] &= scores[within] < at_least(limits.body)
    gone = _in_company(gone | ruled, limits.run) & ~ruled
    return gone & (np.count_nonzero(gone) >= limits.plenty * np.count_nonzero(~ruled))


def _in_company(gone: Any, run: int) -> Any:
    """Return `gone` but for short runs."""
    edges = np.flatnonzero(np.diff(gone, prepend=False, append=False))
    begins, ends = edges[::2], edges[1::2]
    short = ends - begins < run
    change = np.zeros(len(gone) + 1, np.int64)
    change[begins[short]], change[ends[short]] = 1, -1
    return gone & (np.cumsum(change)[:-1] == 0)


def _head(top: int, ruled: Any) -> int:
    """Return where the lines right above the line `top` begin that may be headline, author or date."""
    above = np.flatnonzero(~ruled[:top])
    return int(above[-HEADROOM]) if len(above) >= HEADROOM else 0


def _main(mass: Any, content: Any, scores: Any, ruled: Any, limits: Limits) -> Any:
    """Keep the lines that make the F1 that can be expected the best, its headline and single lines among them.

    As in Lipton, Elkan and Naryanaswamy, Optimal thresholding of classifiers to maximize F1 measure, 2014.
    """
    kept, hits = np.cumsum(mass[::-1])[::-1], np.cumsum(content[::-1])[::-1]
    best = int(np.argmax(2 * hits / np.maximum(kept + hits[0], 1e-9))) - SCORE_MOST
    rest = scores[~ruled]
    gone = (scores < min(best + limits.surer, int(rest.max(initial=-SCORE_MOST)))) | ruled
    top = int(np.argmin(gone))
    head = slice(_head(top, ruled), top)
    gone[head] &= scores[head] < at_least(HEAD)
    alone = gone[1:-1] & ~gone[:-2] & ~gone[2:] & (scores[1:-1] >= at_least(limits.lone))
    gone[1:-1] &= ~alone
    return gone
