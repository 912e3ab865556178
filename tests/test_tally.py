"""The tally: kinds of failures, bounded and the same however the work was divided; what went, by category."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner import Cleaner
from cleaner.tally import MAX_FAILURE_KINDS, MAX_KIND_CHARS, OTHER_FAILURES, Tally, kind_of_failure
from tests.support import DOCUMENT


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("has no string in the field 'text'; mend it", "has no string in the field 'text'"),
        ("has no string in the field 'text 2'; mend it", "has no string in the field 'text 2'"),
        ("is not JSON (Expecting ',' delimiter: line 1 column 5 (char 4)); mend the line", "is not JSON"),
        ("is not UTF-8 (byte 12 of the line); mend the line", "is not UTF-8"),
        ("took longer than 61.5 seconds; allow more", "took longer than … seconds"),
        ("is longer than 1,024 MB", "is longer than … MB"),
        ("cannot be cleaned (KeyError: 'x'); this is a defect of the cleaner", "cannot be cleaned"),
        ("", ""),
        ("x" * 10_000_000, "x" * (MAX_KIND_CHARS - 1) + "…"),
    ],
    ids=range(9),
)
def test_kinds_of_failures(reason: str, kind: str) -> None:
    assert kind_of_failure(reason) == kind


def tallied(reasons: list[str]) -> Tally:
    tally = Tally()
    for reason in reasons:
        tally.add_failed(reason)
    return tally


@given(st.lists(st.integers(0, 40).map("kind {0}x of failure".format), max_size=200), st.integers(1, 50))
def test_kinds_are_bounded_and_do_not_depend_on_the_pieces(reasons: list[str], size: int) -> None:
    whole, pieces = tallied(reasons), Tally()
    for first in range(0, len(reasons), size):
        piece = msgspec.json.decode(msgspec.json.encode(tallied(reasons[first : first + size])), type=Tally)
        pieces.update(piece)
    assert (whole.failed, sum(whole.reasons.values())) == (len(reasons), len(reasons))
    assert sum(pieces.reasons.values()) == len(reasons)
    for tally in (whole, pieces):
        assert len(tally.reasons) <= MAX_FAILURE_KINDS + 1
    if len(set(reasons)) <= MAX_FAILURE_KINDS:
        assert whole == pieces
        assert OTHER_FAILURES not in whole.reasons


def test_a_million_reasons() -> None:
    tally = tallied([f"fails by {chr(0x4E00 + i % 20000)}{i}x" for i in range(100_000)])
    assert len(tally.reasons) == MAX_FAILURE_KINDS + 1
    assert tally.kinds_of_failures[-1] == (OTHER_FAILURES, 100_000 - MAX_FAILURE_KINDS)


def test_categories_add_up() -> None:
    tally = Tally()
    for text in (DOCUMENT, f"{DOCUMENT}Advertisement\n", "It wasn\u00e2\u20ac\u2122t raining in Par&iacute;s.\n"):
        tally.add(Cleaner("rules").clean(text))
    assert tally.repairs > 0
    assert sum(tally.category_lines.values()) == tally.lines_removed > 0
    assert sum(tally.category_words.values()) == tally.words_removed > 0
    assert {"accessibility", "advertisement"} == set(tally.category_lines)
    assert next(iter(tally.categories))[0] == "accessibility"
