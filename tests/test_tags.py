"""Tags and scripts that were left in a text: residue goes, and content about markup stays."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner import Cleaned
from cleaner.rules.tags import residue
from tests.cases import read_cases
from tests.support import cleaner_at

RULES = cleaner_at("rules")
SCRAPS = (
    *(
        "<p>",
        "</p>",
        "<b>",
        "</b>",
        "<br>",
        "<br />",
        '<a href="/x">',
        "</a>",
        "<script>",
        "</script>",
        "<!--",
        "-->",
    ),
    *("Hail", "fell.", " ", "\n", "\r", "    ", "<anna>", "</x>", "&amp;", "<sup>2</sup>", "`", '"', "<", ">", "é"),
)
scraps = st.lists(st.sampled_from(SCRAPS), max_size=25).map("".join)


@pytest.mark.parametrize("case", read_cases("tags"), ids=lambda case: case["name"])
def test_residue_of_markup(case: dict[str, str]) -> None:
    before = case["before"]
    cleaned = RULES.clean(before)
    assert cleaned.text == case.get("after", before)
    assert cleaned.restore() == before
    assert RULES.clean(cleaned.text) == Cleaned(cleaned.text)


@given(scraps)
def test_promises_hold_on_scraps(text: str) -> None:
    cleaned = RULES.clean(text)
    assert cleaned.restore() == text
    again = RULES.clean(cleaned.text)
    assert "unstable" in cleaned.flags or (again.text, again.edits) == (cleaned.text, ())


@given(scraps.map(lambda text: text.replace("\r", "\n").split("\n")))
def test_parts_are_in_order_and_inside_of_their_lines(lines: list[str]) -> None:
    found = residue(lines)
    last = (-1, 0, 0)
    for i, start, end in found.parts:
        assert i not in found.lines
        assert 0 <= start < end <= len(lines[i])
        assert (i, start) >= (last[0], last[2] if last[0] == i else 0)
        last = (i, start, end)


@pytest.mark.parametrize(
    "scrap", ["<script>", "<!--", "<p ", "<p>", "<b>x</b>", "</p>", "<a href=x ", "<style>\n", "<p>\n"]
)
def test_time_is_in_proportion_to_the_text(scrap: str) -> None:
    lines = (scrap * 30_000).split("\n")
    began = time.perf_counter()
    residue(lines)
    assert time.perf_counter() - began < 10
