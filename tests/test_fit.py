"""Fitting the judge: labels by alignment, sites, words; what needs torch runs where it is installed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.document import split_lines
from cleaner.html.align import WORD
from cleaner.html.page import read
from cleaner.judge import features, model
from cleaner.judge.characters import Characters
from cleaner.judge.fit import labels, words
from cleaner.judge.fit.pages import MARKUP, LabelledPage, Variant, headline
from cleaner.judge.fit.render import CONVERTERS, part, removed, site
from cleaner.judge.judge import Judge
from cleaner.judge.markup import gather_evidence

from cleaner import Cleaner  # isort: skip

ARTICLE = "The harbour lay quiet that morning, and the boats had not gone out.\nA storm\nNobody slept there."
CHARACTERS = Characters()


def content(lines: list[str], gold: str) -> list[bool]:
    return [each.content > 0 for each in labels.label(lines, gold)]


def test_lines_of_the_content_are_content() -> None:
    lines = ["Home", *ARTICLE.split("\n"), "", "About us"]
    assert content(lines, ARTICLE) == [False, True, True, True, False, False]


def test_words_are_claimed_once() -> None:
    lines = ["Storm", "The boats", *ARTICLE.split("\n"), "A storm"]  # the menu repeats words of the article
    assert content(lines, ARTICLE) == [False, False, True, True, True, False]


def test_lines_may_be_broken_otherwise() -> None:
    gold = ARTICLE.replace("\n", " ")
    lines = [
        "Menu",
        "The harbour lay quiet that morning,",
        "and the boats had not gone out. A storm",
        "Nobody slept",
    ]
    assert content(lines, gold) == [False, True, True, True]


def test_headings_go_with_what_they_head() -> None:
    lines = [
        "A storm",
        "Sport",
        "The harbour lay quiet that morning, and the boats had not gone out.",
        "A storm",
        "Nobody slept there.",
    ]
    assert content(lines, ARTICLE) == [False, False, True, True, True]


@given(st.lists(st.text("abc 。我", max_size=12), max_size=8), st.text("abc 。我\n", max_size=60))
def test_no_more_is_claimed_than_there_is(lines: list[str], gold: str) -> None:
    found = labels.label(lines, gold)
    assert all(0 <= each.content <= each.words for each in found)
    assert sum(each.content for each in found) <= len(WORD.findall(gold.casefold()))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.example.org/a", "example.org"),
        ("http://news.example.co.uk:8080/a", "example.co.uk"),
        ("https://web.archive.org/web/20200101000000/http://www.example.org/a", "example.org"),
        ("example", ""),
        (None, ""),
    ],
)
def test_sites(url: str | None, expected: str) -> None:
    assert site(url) == expected


def test_parts_are_fixed() -> None:
    assert [part(name, 3) for name in ("example.org", "example.com", "example.net", "")] == [1, 2, 0, 0]


def test_lines_that_rules_remove_are_known() -> None:
    text = (
        "Skip to content\n\nThe harbour lay quiet.\nAccessibility links\nAdvertisement\n\nThe boats had not gone out."
    )
    cleaned = Cleaner("rules").clean(text)
    left = [line for number, line in enumerate(split_lines(text)) if number not in removed(cleaned) and line]
    assert left == [line for line in cleaned.text.split("\n") if line]
    assert len(left) == 2


def markup(sentence: str) -> str:
    chrome = "<div class=share>Share</div><div class=share>Log in</div>"
    return f"<nav class=menu><ul><li>Home<li>Log in</ul></nav><main><p>{sentence}</p></main>{chrome}"


def page(number: int) -> LabelledPage:
    parsed = read(markup(f"The harbour lay quiet on day {number}, and no boat had gone out."), main_content=True)
    shapes = features.read_shapes(parsed.lines, CHARACTERS)
    marks = np.array([0, 0, 1, 0, 0], np.float32)
    variant = Variant(shapes, marks, np.ones(5, np.float32), marks > 1)
    evidence = {MARKUP: gather_evidence(parsed, CHARACTERS, shapes.line)}
    name, variants = f"{number}.example", dict.fromkeys((*CONVERTERS, MARKUP), variant)
    return LabelledPage(f"page{number}", "", "en", name, name, variants, evidence)


PAGES = [page(number) for number in range(24)]


def test_words_learn_and_are_the_same_each_time() -> None:
    variants = [each.variants["resiliparse"] for each in PAGES]
    bags = [words.Bag(*each.shapes[-2:], each.shapes.words, each.content) for each in variants]
    first, again = (words.quantise(*words.fit(bags, 0)) for _ in range(2))
    assert np.array_equal(first.weights, again.weights)
    assert first[1:] == again[1:]
    common = np.zeros(words.WEIGHTS, np.uint8)
    texts = model.word_inputs(variants[0].shapes, model.WordWeights(first.weights, common, *first[1:]))
    assert texts[0][2] > 0 > texts[0][1]


def test_the_nets_learn_and_are_the_same_each_time() -> None:
    pytest.importorskip("torch", reason="fits a net: needs the extra `fit`")
    from cleaner.judge.fit.__main__ import PARTS, fit

    fitted, again = ([fit(PAGES, which) for which in PARTS] for _ in range(2))
    for one, other in zip(fitted, again, strict=True):
        assert one.keys() == other.keys()
        assert all(np.array_equal(one[name], other[name]) for name in one)
    judge = Judge("main", None, *fitted)
    (filled,) = judge.read([["Log in", "The boats lay quiet, and nobody had gone out.", "Log in"]])
    (scores,) = judge.scores([filled])
    assert scores is not None
    assert scores[1] > 0 > scores[0]
    parsed = read(markup("The boats lay quiet, and nobody had gone out to see the harbour."), main_content=True)
    (filled,) = judge.read([parsed.lines])
    scores = judge.page_scores(filled, parsed)
    assert scores is not None
    assert [score > 0 for score in scores] == [False, False, True, False, False]


@pytest.mark.parametrize(
    ("rows", "content", "title", "expected"),
    [
        (["Home", "A Storm at Sea", "the text"], [0, 0, 1], "A storm at sea | The Gazette", 1),
        (
            ["A storm at sea", "Share", "A storm at sea", "the text", "A storm at sea"],
            [0, 0, 0, 1, 0],
            "A storm at sea",
            2,
        ),
        (["the text", "A storm at sea"], [1, 0], "A storm at sea", 1),
        (["Sea", "the text"], [0, 1], "A storm at sea", None),
        (["storm at sea and land", "the text"], [0, 1], "A storm at sea", None),
        (["A storm at", "the text"], [0, 1], "A storm at sea | The Gazette of the Islands", None),
    ],
)
def test_headline(rows: list[str], content: list[float], title: str, expected: int | None) -> None:
    assert headline(rows, content, [title]) == expected
