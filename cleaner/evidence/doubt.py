"""Doubt: how probably the removal of a line was wrong, so that people look first where content may be lost.

The judge gives its own probability with every line that it takes, and that is right as far as it goes: of the lines
that it takes from texts with a chance of 5 to 13 % of being content, 8 % are. On pages it mostly agrees with
trafilatura. A line that trafilatura keeps and the judge takes is disputed, and content far more often than its score
says. A rule says only how sure it is.
"""

from __future__ import annotations

from cleaner.evidence.rows import EditRow

# How often, of 1, a line that a rule takes is content, by the confidence of the rule. Of the lines that rules took
# from 1,497 pages of WCXB, as texts and as pages: .18 % of 8,400 (sure), .80 % of 73,000 (likely), 4.6 % of 6,000
# (guess). The shape of the line hardly matters: .9 % of the whole sentences that likely rules took are content, and
# .8 % of all else. Lines that markup names count as those of sure rules.
BY_CONFIDENCE = {"sure": 0.0018, "likely": 0.008, "guess": 0.046}
# The same for lines in dispute, below and from the chance `SURELY` that the judge gives them: 3 % of 1,400 are
# content below, and 26 % of 9,000 above. There the score says little more.
SURELY = 0.02
DISPUTED_SURELY, DISPUTED = 0.03, 0.25


def doubt(row: EditRow) -> float:
    """Return how probably it was wrong to remove what a row tells of, 0 to 1; 0 for a repair."""
    if row.is_repair:
        return 0.0
    if row.score is None:
        return BY_CONFIDENCE.get(row.confidence, BY_CONFIDENCE["guess"])
    if row.disputed:
        return max(row.score, DISPUTED_SURELY if row.score < SURELY else DISPUTED)
    return row.score
