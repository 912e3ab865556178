"""Doubt: how probably the removal of a line was wrong, so that people look first where content may be lost.

The judge gives its own probability with every line that it takes. A rule says only how sure it is, so the shape of
the text speaks as well: a rule that is `likely` and takes a whole sentence is more doubtful than one that takes two
words.
"""

from __future__ import annotations

from cleaner.evidence.rows import EditRow
from cleaner.text.prose import ENDS, is_prose

# How often, of 1, a line that a rule takes is content, by confidence: words, sentences.
BY_RULE = {"sure": (0.01, 0.05), "likely": (0.03, 0.15), "guess": (0.1, 0.4)}
# A text with so many words is as long as a sentence, whatever it ends with.
MANY_WORDS = 12


def doubt(row: EditRow) -> float:
    """Return how probably it was wrong to remove what a row tells of, 0 to 1; 0 for a repair."""
    if row.is_repair:
        return 0.0
    if row.score is not None:
        return row.score
    words, sentence = BY_RULE.get(row.confidence, BY_RULE["guess"])
    is_sentence = is_prose(row.text) or row.words >= MANY_WORDS or row.text.endswith(tuple(ENDS))
    return sentence if is_sentence else words
