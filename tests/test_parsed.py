"""The parse trees of `re` have the shape that the rules rely on: a new version of Python may change it."""

from __future__ import annotations

from typing import Any

import pytest

from cleaner.rules.match.parsed import op, parse

A, B = ("LITERAL", 97), ("LITERAL", 98)
TREES: dict[str, Any] = {
    "ab": [A, B],
    ".[^a]": [("ANY", None), ("NOT_LITERAL", 97)],
    "[a]": [A],
    "[ab-d]": [("IN", [A, ("RANGE", (98, 100))])],
    r"\d[^\d\s]": [
        ("IN", [("CATEGORY", "CATEGORY_DIGIT")]),
        ("IN", [("NEGATE", None), ("CATEGORY", "CATEGORY_DIGIT"), ("CATEGORY", "CATEGORY_SPACE")]),
    ],
    r"\.": [("LITERAL", 46)],
    "a?": [("MAX_REPEAT", (0, 1, [A]))],
    "a*?": [("MIN_REPEAT", (0, "MAXREPEAT", [A]))],
    "a{2,5}": [("MAX_REPEAT", (2, 5, [A]))],
    "(?:ab)?": [("MAX_REPEAT", (0, 1, [A, B]))],
    "(?:ab)": [A, B],
    "(a)": [("SUBPATTERN", (1, 0, 0, [A]))],
    "(?i:a)": [("SUBPATTERN", (None, 2, 0, [A]))],
    "ab|cd": [("BRANCH", (None, [[A, B], [("LITERAL", 99), ("LITERAL", 100)]]))],
    "a|b": [("IN", [A, B])],
    "a|ab": [A, ("BRANCH", (None, [[], [B]]))],
    "^a": [("AT", "AT_BEGINNING"), A],
    "(?=a)": [("ASSERT", (1, [A]))],
    "(?!a)": [("ASSERT_NOT", (1, [A]))],
    "(?>a)": [("ATOMIC_GROUP", [A])],
    "a++": [("POSSESSIVE_REPEAT", (1, "MAXREPEAT", [A]))],
    r"(a)\1": [("SUBPATTERN", (1, 0, 0, [A])), ("GROUPREF", 1)],
}
WIDTHS = {"ab": (2, 2), "a?b": (1, 2), "(?:abc|d){2}": (2, 6)}


def as_data(value: Any) -> Any:
    """Return a parse tree, or part of one, as lists, tuples, numbers and names."""
    if isinstance(value, tuple):
        return tuple(as_data(each) for each in value)
    if isinstance(value, list) or hasattr(value, "data"):
        return [as_data(each) for each in value]
    return str(value) if isinstance(value, type(op.LITERAL)) else value


@pytest.mark.parametrize("pattern", TREES)
def test_trees_have_the_shape_that_is_relied_on(pattern: str) -> None:
    tree = parse(pattern)
    assert as_data(tree) == TREES[pattern]
    assert as_data(tree.data) == TREES[pattern]


def test_trees_tell_how_many_characters_they_match() -> None:
    assert {pattern: tuple(parse(pattern).getwidth()) for pattern in WIDTHS} == WIDTHS
    assert parse("a.*").getwidth()[0] == 1
    assert parse("a.*").getwidth()[1] > 1_000_000


def test_trees_tell_the_flags_of_a_pattern() -> None:
    assert parse("a").state.flags == 32  # of all patterns that are text
    assert parse("(?i)a").state.flags == 34
