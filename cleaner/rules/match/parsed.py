"""Parse trees of regular expressions: the only module that imports the parser of `re`, which is private to Python.

A tree is a sequence of pairs (kind, value); a kind is one of the constants in `op`. What `regex` and `outline` read:

    LITERAL, NOT_LITERAL       value is the code of a character
    ANY                        value is None
    IN                         value is a list of pairs: LITERAL, RANGE (low, high), CATEGORY, NEGATE
    SUBPATTERN                 value is (number of the group or None, flags set, flags unset, tree)
    BRANCH                     value is (None, list of trees)
    MAX_REPEAT, MIN_REPEAT     value is (low, high, tree); high is MAXREPEAT if there is no bound

A tree also has `data` (the pairs as a list), `getwidth()` and `state.flags`. The trees of a|ab and [a] are simplified
by the parser: a(?:|b) and a.

Tried on Python 3.11, 3.12 and 3.13. tests/test_parsed.py holds the trees of a few patterns as data. If it fails on a
new Python, translate the new shape here, so that `parse` returns the shape above, and leave the other modules alone.
"""

from __future__ import annotations

from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

__all__ = ["op", "parse"]


def parse(pattern: str) -> Any:
    """Return the parse tree of a pattern. Raises what `re.compile` raises if it is not a regular expression."""
    return parser.parse(pattern)
