"""The guard of the verdict: what of a document goes, of what rules and judge marked."""

from __future__ import annotations

import pytest

from cleaner import verdict
from cleaner.flags import GUARDED, MOSTLY_REMOVED
from cleaner.marks import Mark, Marks

PROSE = "The miller had closed the sluice before dawn, and the wheel was standing still."
MENU = ["Home and garden, sport and weather, film and theatre"] * 60


def judged(lines: list[str], kept: set[int]) -> verdict.Verdict:
    """Return the verdict if the judge wants all lines but those in `kept` to go, and no rule marked any."""
    marks = {i: Mark("judge/short", "boilerplate", "likely", 0.01) for i in range(len(lines)) if i not in kept}
    return verdict.decide("\n".join(lines), lines, Marks({}, {}), marks)


def test_the_judge_may_leave_little_if_it_is_prose() -> None:
    found = judged([*MENU, PROSE, PROSE], {60, 61})
    assert found.runs == [(0, 60)]
    assert found.flags == (MOSTLY_REMOVED,)


def test_one_line_of_prose_is_not_enough() -> None:
    found = judged([*MENU, PROSE], {60})
    assert not found.runs
    assert found.flags == (GUARDED,)


def test_lines_that_are_no_prose_are_not_enough() -> None:
    assert judged([*MENU, *MENU[:4]], {60, 61, 62, 63}).flags == (GUARDED,)


@pytest.mark.parametrize("lines", [["Home"], ["Home", ""], ["Home", "Sport", "\ud800"], [PROSE, PROSE, ""]])
def test_the_judge_never_takes_all(lines: list[str]) -> None:
    found = judged(lines, set())
    assert not found.changes
    assert found.flags == (GUARDED,)


def test_nothing_is_decided_of_nothing() -> None:
    assert verdict.decide("", [""], Marks({}, {}), {}) == verdict.Verdict([], [], False, ())
