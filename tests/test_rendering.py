"""Pages as Markdown: what each element becomes, as cases, and what must hold of any page, as properties."""

from __future__ import annotations

import re
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner import Cleaned, Cleaner, DocumentError, SettingsError
from cleaner.document import Edit
from cleaner.html.layout import Origins, lay_out
from cleaner.html.markdown.options import Options
from cleaner.html.markdown.render import render
from cleaner.html.parse import parse
from cleaner.rendered import changes_of
from tests import markdown_it, strategies
from tests.test_hostile_html import SHAPES, times
from tests.test_promises import assert_in_order, split

CASES = tomllib.loads((Path(__file__).parent / "data" / "rendering.toml").read_text("utf-8"))
SENTENCE = "The mill was built by two brothers who had come down the river in spring."
LEVELS = ("rules", "safe", "main")
CLEANERS = {level: Cleaner(level, markdown=True) for level in LEVELS}  # type: ignore[arg-type]


def rendered(html: str, level: str = "rules", **options: Any) -> Cleaned:
    url = options.pop("url", None)
    return Cleaner(level, markdown=True, **options).clean_html(html, url=url)  # type: ignore[arg-type]


@pytest.mark.parametrize("case", CASES["case"], ids=lambda case: case["name"])
def test_what_a_page_becomes(case: dict[str, str]) -> None:
    options = {key: value for key, value in case.items() if key not in ("name", "html", "markdown")}
    cleaned = rendered(case["html"], **options)
    assert cleaned.text == case["markdown"].strip()
    assert not cleaned.edits


@pytest.mark.parametrize("case", CASES["removal"], ids=lambda case: case["name"])
def test_what_goes_of_a_page_goes_of_its_markdown(case: dict[str, Any], tmp_path: Path) -> None:
    pack = tmp_path / "own.toml"
    pack.write_text(CASES["pack"], "utf-8")
    options = {"rules": [pack], "links": case.get("links", "keep")}
    cleaned = rendered(case["html"], **options)
    assert cleaned.text == case["markdown"].strip()
    assert cleaned.restore() == cleaned.original
    assert cleaned.original == rendered(case["html"], **options, keep_categories=["boxes"]).original
    assert {edit.by for edit in cleaned.edits} == set(case["by"])


def test_options_that_do_not_exist() -> None:
    with pytest.raises(SettingsError, match="links: there is no choice 'none'; choose one of keep, drop, footnotes"):
        Cleaner(links="none")  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="images: there is no choice 'all'; choose one of keep, alt, drop"):
        Cleaner(images="all")  # type: ignore[arg-type]


# Pages of all elements that Markdown has marks for, and texts of what Markdown takes for marks.
INLINE = (
    "b",
    "i",
    "em",
    "strong",
    "code",
    "s",
    "span",
    "a href=/a",
    "a href='#n'",
    "sup",
    "label",
    "img alt='[x' src=a.png",
)
BLOCKS = (
    *(
        "p",
        "div",
        "h1",
        "h4",
        "ul",
        "ol",
        "ol start=7",
        "li",
        "blockquote",
        "pre",
        "dl",
        "dt",
        "dd",
        "br",
        "hr",
        "section",
    ),
    *("table", "tr", "td", "th", "td colspan=2", "td rowspan=2", "caption", "details", "summary", "li id=n"),
)
texts = st.one_of(
    st.sampled_from(("a", "Rain fell", " ", "\n", "x", "1.", "&lt;b&gt;", "&amp;lt;", "$", "$1")),
    st.text("*_`~[]()<>#+-.!|\\:=^$&;1ax \n", min_size=1, max_size=5).map(
        lambda text: text.replace("&", "&amp;").replace("<", "&lt;")
    ),
)
tags = st.tuples(st.sampled_from(INLINE + BLOCKS), st.booleans()).map(
    lambda tag: f"</{tag[0].split()[0]}>" if tag[1] else f"<{tag[0]}>"
)
marked_pages = st.lists(st.one_of(texts, tags), max_size=25).map("".join).map("<body>{}".format)


def words_of_page(html: str) -> str:
    lines = Cleaner("rules", keep_categories=["encoding"], disable=["*"]).clean_html(html).text
    return without_space(lines)


def without_space(text: str) -> str:
    return re.sub(r"[\s|\[\]]+", "", text)


@given(marked_pages)
def test_a_reader_of_the_markdown_sees_what_a_reader_of_the_page_sees(html: str) -> None:
    cleaned = Cleaner("rules", markdown=True, images="drop", keep_categories=["encoding"], disable=["*"]).clean_html(
        html
    )
    assert without_space(markdown_it.seen(cleaned.text)) == words_of_page(html)


@given(st.one_of(marked_pages, strategies.pages()), st.sampled_from(LEVELS))
def test_promises(html: str, level: str) -> None:
    cleaner = CLEANERS[level]
    try:
        cleaned = cleaner.clean_html(html)
    except DocumentError:
        return
    assert cleaned.restore() == cleaned.original
    if not any(edit.by.startswith("repair/") for edit in cleaned.edits):
        touched = {edit.line - 1 for edit in cleaned.edits}
        assert_in_order(cleaned.text, split(cleaned.original), touched)
    assert Cleaned.from_dict(cleaned.to_dict()) == cleaned
    assert cleaner.clean(cleaned.text).text == cleaned.text
    assert cleaner.clean_bytes(cleaned.text.encode("utf-8", "surrogatepass"), kind="markdown").text == cleaned.text


@given(st.one_of(marked_pages, strategies.pages()))
def test_the_layout_of_a_page_does_not_depend_on_its_rendering(html: str) -> None:
    try:
        plain = lay_out(parse(html))
    except DocumentError:
        return
    origins = Origins([], [], [])
    layout = lay_out(parse(html, name_formulas=True), origins)
    assert layout == plain
    assert len(origins.spans) == len(layout.pieces)
    assert len(origins.elements) == len(layout.elements)


OWN_SHAPES = {
    "lines that go": times("<li>x", "<ul>"),
    "line breaks": times("x<br>", "<p>"),
    "emphasis that is none": times("a<b>(b)</b>c", "<p>"),
    "emphasis in emphasis": times("<b>x<i>y</b>z</i>", "<p>"),
    "dollars": times("$1 ", "<p>"),
    "notes": lambda size: "".join(
        f"<p><a id=r{i} href='#n{i}'>{i}</a><ol><li id=n{i}>x <a href='#r{i}'>^</a></ol>" for i in range(size // 70)
    ),
    "images": times("<img src=a>"),
    "images in a line": times("<img src=a>", "<p>a"),
    "images in cells": times("<tr><td><img src=a><td>c", "<table><tr><th>a<th>b"),
    "cells over several rows": times("<tr><td rowspan=9>x<td colspan=9>c", "<table><tr><th>a<th>b"),
    "stars": times("*", "<p>"),
    "hashes": times("# ", "<h1>", "x"),
    "dashes": times("-", "<p>", "x"),
}


def seconds(html: str) -> float:
    """Return how long a page takes to be rendered, and to have its first half taken out."""
    origins = Origins([], [], [])
    layout = lay_out(parse(html, name_formulas=True), origins)
    text = "\n".join(layout.lines)
    half = text[: len(text) // 2]
    edits = [Edit(0, len(half), half, "", "a/b", "c", "sure", 1)] if half else []
    begun = time.process_time()
    changes_of(render(layout, origins, Options()), text, edits)
    return time.process_time() - begun


@pytest.mark.alone
@pytest.mark.parametrize("name", [*SHAPES, *OWN_SHAPES])
def test_the_time_is_in_proportion_to_the_page(name: str) -> None:
    shape, size = {**SHAPES, **OWN_SHAPES}[name], 16_000
    try:
        limit = 8 * seconds(shape(size)) + 0.1  # quadratic is sixteen times
        taken = [seconds(shape(4 * size)) for _ in range(2)]
    except DocumentError:  # nested too deeply
        return
    assert min(taken) < limit
