"""Fitting the judge: labels, pages, made lists, words; what needs the extra `fit` runs where it is installed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.document import split_lines
from cleaner.html.align import WORD
from cleaner.html.page import read
from cleaner.judge import features, model, shipped
from cleaner.judge.characters import Characters
from cleaner.judge.fit import labels, lists, pages, render, words
from cleaner.judge.fit.__main__ import _without_leaks
from cleaner.judge.fit.pages import MARKUP, LabelledPage, Variant, headline
from cleaner.judge.fit.render import CONVERTERS, part, removed, site
from cleaner.judge.judge import Judge
from cleaner.judge.records import numbers_of
from tests.cases import read_cases

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
    evidence = {MARKUP: pages.gather_evidence(parsed.asked(), variant)}
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
    judge = Judge("main", None, *map(shipped.stored, fitted))
    (filled,) = judge.read([["Log in", "The boats lay quiet, and nobody had gone out.", "Log in"]])
    (scores,) = judge.scores([filled])
    chrome, content, _ = numbers_of(scores)
    assert content > 0 > chrome
    parsed = read(markup("The boats lay quiet, and nobody had gone out to see the harbour."), main_content=True)
    (filled,) = judge.read([parsed.lines])
    scores, _ = judge.page_scores(filled, parsed)
    assert [score > 0 for score in numbers_of(scores)] == [False, False, True, False, False]


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


def article(name: str) -> str:
    return (Path(__file__).parent / "data" / "prose" / f"{name}.txt").read_text("utf-8")


def made(text: str, seed: int) -> lists.Made:
    """Return a list made of the words of a text that has enough of them."""
    result = lists.make(text, np.random.default_rng(seed))
    assert result
    return result


def test_made_lists_are_the_same_for_the_same_seed() -> None:
    text = article("el-island-notes")
    first, again = ([made(text, seed) for seed in range(100)] for _ in range(2))
    assert first == again
    assert len({tuple(each.lines) for each in first}) == 100
    assert all(line.strip() and "\n" not in line for each in first for line in each.lines)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("el-island-notes", "[Α-ΩΆ-Ώ]?[α-ωά-ώΐΰ]{2,}"),
        ("zh-hans-zuihou-yiban-du", "[\u3400-\u9fff]"),
        pytest.param(
            "hi-village-school",
            r"[\u0900-\u0963]+",
            marks=pytest.mark.xfail(
                strict=True, reason="words are torn at vowel signs, which are no letters to `re`"
            ),
        ),
    ],
)
def test_made_lists_are_in_the_words_of_the_article(name: str, word: str) -> None:
    text = article(name)
    known = set(re.findall(word, text.casefold()))
    found = [re.findall(word, "\n".join(made(text, seed).lines)) for seed in range(100)]
    assert {one.casefold() for each in found for one in each} <= known
    assert sum(bool(each) for each in found) >= 90  # a few kinds, such as moves of chess, need no words


@pytest.mark.parametrize("text", ["", "\ud800", "The harbour lay quiet. " * 50, "1 2 3 . , ; " * 50])
def test_no_list_is_made_of_few_words(text: str) -> None:
    assert lists.make(text, np.random.default_rng(0)) is None


LABELLED = read_cases("fit", "pages")


def record(case: dict[str, Any]) -> dict[str, Any]:
    return {"id": case["name"], "with": [], "without": [], **case}


@pytest.mark.parametrize("case", LABELLED, ids=lambda case: case["name"])
def test_pages_and_their_labels(case: dict[str, Any]) -> None:
    pytest.importorskip("resiliparse", reason="renders a page: needs the extra `fit`")
    rendered = render.render(record(case))
    assert (rendered.language, list(rendered.titles)) == (case["language"], case["titles"])
    assert set(rendered.texts) == set(CONVERTERS)
    assert rendered.page
    labelled = pages.label_page(rendered)
    expected = {
        case["headline"]: (1, pages.HEADLINE_WEIGHT),
        **dict.fromkeys(case["content"], (1, 1)),
        **dict.fromkeys(case["comments"], (0.5, np.float32(pages.COMMENT_WEIGHT))),
        **dict.fromkeys(case["chrome"], (0, 1)),
    }
    for name, lines in [
        (MARKUP, rendered.page.lines),
        *((name, text.lines) for name, text in rendered.texts.items()),
    ]:
        variant = labelled.variants[name]
        filled = [lines[i].lstrip(" •*-.0123456789") for i in variant.shapes.line]
        found = dict(zip(filled, zip(variant.content, variant.weight, strict=True), strict=True))
        assert {line: found.get(line) for line in expected} == expected
    alone = labelled.variants[pages.ALONE]
    assert (alone.content == 1).all()


def test_a_made_list_is_content_of_its_page() -> None:
    pytest.importorskip("resiliparse", reason="renders a page: needs the extra `fit`")
    rendered, again = (render.render(record(LABELLED[0])) for _ in range(2))
    assert rendered.listed
    assert again.listed
    assert rendered.listed.lines == again.listed.lines
    variants = pages.label_page(rendered).variants
    variant = variants[pages.LISTED]
    inside = variant.weight == pages.LIST_WEIGHT
    assert inside.sum() == len(rendered.listed.lines)
    assert (variant.content[inside] == 1).all()
    assert (np.diff(np.flatnonzero(inside)) == 1).all()


@pytest.mark.parametrize(
    ("html", "known", "expected"),
    [
        ("<title>A storm | Gazette</title><h1>Gazette</h1><h1>A storm</h1>", None, ("A storm", "A storm | Gazette")),
        ("<h1>A storm</h1>", "A storm at sea", ("A storm", "A storm at sea")),
        ("<h1>A storm</h1>", None, ()),
        ("", "A storm", ("A storm",)),
        ("", None, ()),
        pytest.param(
            "<title>Буря</title><h1>Буря</h1>",
            None,
            ("Буря",),
            marks=pytest.mark.xfail(strict=True, reason="read as Latin-1 where the page names no encoding"),
        ),
        pytest.param(
            "<meta charset=windows-1251><title>Буря</title><h1>Буря</h1>",
            None,
            ("Буря",),
            marks=pytest.mark.xfail(strict=True, reason="UTF-8 is read in the encoding that the page names"),
        ),
    ],
)
def test_titles(html: str, known: str | None, expected: tuple[str, ...]) -> None:
    assert render.titles(html, known) == expected


@pytest.mark.parametrize(
    ("html", "lang", "expected"),
    [
        ("<html lang=de-AT>", None, "de"),
        ("<HTML xml:lang='EL'>", "", "el"),
        ("<html lang=de>", "en", "en"),
        ("<html>", None, ""),
        pytest.param(
            "<html lang=fil>",
            None,
            "fil",
            marks=pytest.mark.xfail(strict=True, reason="cut to two letters, which are those of Finnish"),
        ),
    ],
)
def test_language_of_a_page(html: str, lang: str | None, expected: str) -> None:
    assert render.language({"html": html, "lang": lang}) == expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"id": "7", "url": "https://www.example.org/a", "theme": "quiet"}, "quiet"),
        ({"id": "7", "url": "https://www.example.org/a", "theme": ""}, "example.org"),
        ({"id": "7", "url": "https://www.example.org/a"}, "example.org"),
        ({"id": "7", "url": None}, "7"),
    ],
)
def test_groups(known: dict[str, Any], expected: str) -> None:
    assert render.group(known) == expected


def test_pages_of_a_site_whose_template_is_known_are_not_fitted_without_it() -> None:
    places = [("a.example", "quiet"), ("a.example", "a.example"), ("b.example", "quiet"), ("c.example", "c.example")]
    found = [PAGES[0]._replace(site=site, group=group) for site, group in places]
    assert _without_leaks(found) == [found[0], found[2], found[3]]
    assert _without_leaks([]) == []


def test_common_words_are_those_of_many_texts_of_a_well_known_language() -> None:
    texts = [f"the harbour was quiet on day {number}" for number in range(words.COMMON_TEXTS)]
    tokens = [features.read_shapes([text], CHARACTERS).tokens for text in texts]
    common = words.common([tokens])
    shapes = features.read_shapes(["the harbour was quiet", "nobody slept"], CHARACTERS)
    share = model.word_inputs(shapes, model.WordWeights(np.zeros(words.WEIGHTS, np.int8), common, 1.0, 0.0))[2]
    assert share.tolist() == [features.SHARE_STEPS, 0]
    assert not words.common([tokens[1:]]).any()  # one text too few
    assert not words.common([]).any()
