"""In doubt: when trafilatura is asked about a page, and what then counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner import Cleaner
from cleaner.flags import HTML_FALLBACK
from cleaner.html import page as html_page
from cleaner.judge import doubt, judge
from cleaner.judge.chances import MAX_SCORE, probability
from tests.support import DATA, cleaner_at

NEWS = (DATA / "html" / "news.html").read_bytes()
NOTHING_FOUND = f"<table><tr>{'<td>a</td>' * 1001}</tr></table>"  # too much for trafilatura
CLEANERS = [cleaner_at("safe"), cleaner_at("main")]
cleaners = pytest.mark.parametrize("cleaner", CLEANERS, ids=["safe", "main"])

lines = st.lists(st.tuples(st.integers(-MAX_SCORE, MAX_SCORE), st.integers(0, 60)), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("scores", "words", "expected"),
    [
        ([MAX_SCORE], [10], 1),
        ([0], [10], 2 * 5 / (10 + 5)),
        ([-MAX_SCORE, MAX_SCORE], [90, 10], 0.98),
        ([0, MAX_SCORE], [10, 10], 2 * 15 / (20 + 15)),
        ([-MAX_SCORE], [10], 0.0007),
        ([0], [0], 2 * 0.5 / (1 + 0.5)),  # a line without words counts as one
    ],
)
def test_the_f1_to_expect(scores: list[int], words: list[int], expected: float) -> None:
    assert doubt.expected_f1(scores, words) == pytest.approx(expected, abs=0.02)


@given(lines)
def test_the_f1_to_expect_is_that_of_the_best_lines(found: list[tuple[int, int]]) -> None:
    scores, words = map(np.array, zip(*found, strict=True))
    sizes = np.maximum(words, 1)
    content = sizes * [probability(score) for score in scores]
    best = max(
        2 * content[scores >= least].sum() / (sizes[scores >= least].sum() + content.sum()) for least in scores
    )
    assert doubt.expected_f1(scores.tolist(), words.tolist()) == pytest.approx(best, abs=1e-9)


@pytest.mark.parametrize(
    ("level", "count", "score", "expected"),
    [
        ("main", doubt.MIN_LINES - 1, MAX_SCORE, True),
        ("main", doubt.MIN_LINES, MAX_SCORE, False),
        ("main", doubt.MIN_LINES, -8, True),
        ("safe", 1, MAX_SCORE, False),
        ("safe", doubt.MIN_LINES, -8, True),
    ],
)
def test_what_leaves_doubt(level: str, count: int, score: int, expected: bool) -> None:
    assert doubt.is_in_doubt([score] * count, [10] * count, level) is expected


@cleaners
def test_a_page_that_leaves_no_doubt_is_not_asked_about(cleaner: Cleaner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_page, "content_lines", None)  # it would raise an error
    monkeypatch.setattr(doubt, "is_in_doubt", lambda *_: False)
    cleaned = cleaner.clean_html(NEWS)
    assert cleaned.edits
    assert judge.TRAFILATURA not in {edit.by for edit in cleaned.edits}
    assert HTML_FALLBACK not in cleaner.clean_html(NOTHING_FOUND).flags


@pytest.mark.usefixtures("in_doubt")
@cleaners
def test_a_page_in_doubt_is_asked_about(cleaner: Cleaner) -> None:
    cleaned = cleaner.clean_html(NEWS)
    assert judge.TRAFILATURA in {edit.by for edit in cleaned.edits}
    assert HTML_FALLBACK in cleaner.clean_html(NOTHING_FOUND).flags


@pytest.mark.usefixtures("in_doubt")
def test_at_level_rules_no_page_is_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_page, "content_lines", None)
    assert cleaner_at("rules").clean_html(NEWS).text


@pytest.mark.parametrize("path", sorted((DATA / "html").glob("*.html")), ids=lambda path: path.stem)
def test_the_verdict_is_the_same_when_it_is_asked_for_again(path: Path) -> None:
    page = html_page.read(path.read_text("utf-8"), main_content=True)
    first = page.asked()
    assert (first.tree, first.kept) == (None, page.asked().kept)
    assert page.kept is None
