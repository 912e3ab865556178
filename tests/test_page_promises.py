"""The promises of the design for HTML pages, as properties over generated pages, at every level."""

from __future__ import annotations

import pickle
import random
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cleaner import Cleaned, Cleaner, DocumentError
from cleaner.document import Edit, apply
from cleaner.html.extract import content_lines
from cleaner.html.page import read
from cleaner.html.parse import parse
from cleaner.text.repair import repair
from tests import strategies
from tests.test_promises import CLEANERS, LEVELS, assert_in_order, split


def cleaned_page(html: str | bytes, level: str) -> Cleaned:
    try:
        return CLEANERS[level].clean_html(html)
    except DocumentError as error:
        assert "; " in str(error)
        assert "\n" not in str(error)
        return Cleaned("")


def removed(cleaned: Cleaned) -> Iterator[Edit]:
    return (edit for edit in cleaned.edits if not edit.by.startswith("repair/"))


LINE_BREAK = "<p>One&amp;#10;two</p>"  # repair makes a line of it that the page has not


@example(LINE_BREAK, "safe", None, None)
@given(strategies.pages(), strategies.levels, strategies.urls, strategies.langs)
def test_nothing_invented(html: str, level: str, url: str | None, lang: str | None) -> None:
    try:
        cleaned = CLEANERS[level].clean_html(html, url=url, lang=lang)
    except DocumentError:
        return
    page = "\n".join(read(html, main_content=False).lines)
    assert cleaned.original == page
    repaired = split(apply(page, repair(page)))
    touched = {edit.line - 1 for edit in removed(cleaned)}
    assert_in_order(cleaned.text, repaired, touched)


# A page of which nothing goes; in its text, without the markup, a line may.
NOTHING_GOES = f"<div>  AT&amp;T &nbsp; &#8217;{strategies.PROSE[0]}  <br>  AT&amp;T &nbsp; &#8217;00@0@ </div>"


@example(NOTHING_GOES, "main")
@given(strategies.pages(), strategies.levels)
def test_idempotent(html: str, level: str) -> None:
    once = cleaned_page(html, level)
    again = CLEANERS[level].clean(once.text)
    assert again.text == once.text
    assert again.edits == ()


@given(strategies.pages(), strategies.levels)
def test_reversible(html: str, level: str) -> None:
    cleaned = cleaned_page(html, level)
    assert cleaned.restore() == cleaned.original
    assert apply(cleaned.original, cleaned.edits) == cleaned.text
    for edit in cleaned.edits:
        assert cleaned.original[edit.start : edit.end] == edit.before != edit.replacement
    assert Cleaned.from_dict(cleaned.to_dict()) == cleaned


@given(strategies.pages(), strategies.levels)
def test_every_line_that_went_has_a_name_to_it(html: str, level: str) -> None:
    cleaned = cleaned_page(html, level)
    kept = set(split(cleaned.text))
    start = 0
    for line in cleaned.original.split("\n"):
        if line.strip() and line not in kept:
            edits = [edit for edit in cleaned.edits if edit.start < start + len(line) and start < edit.end]
            assert edits, line
            assert all(edit.by and edit.category for edit in edits)
        start += len(line) + 1
    if level == "rules":
        assert not [edit for edit in cleaned.edits if edit.by == "trafilatura" or edit.by.startswith("judge/")]


@given(st.one_of(strategies.page_bytes(), st.binary(max_size=200)), strategies.levels)
def test_total_for_bytes(data: bytes, level: str) -> None:
    cleaned = cleaned_page(data, level)
    cleaned.text.encode("utf-8")
    assert cleaned.restore() == cleaned.original


@given(st.text(st.one_of(st.characters(), st.characters(categories=["Cs"]), st.sampled_from("<>/p=&;")), max_size=60))
def test_total_for_any_string(text: str) -> None:
    for html in (text, f"<p>{text}"):
        cleaned_page(html, "safe").text.encode("utf-8")


@given(strategies.pages())
def test_the_verdict_of_trafilatura_is_by_line(html: str) -> None:
    try:
        tree = parse(html)
    except DocumentError:
        return
    lines = read(html, main_content=False).lines
    kept = content_lines(tree, lines)
    assert kept is None or (len(kept) == len(lines) and any(kept))


@strategies.fewer
@given(st.lists(strategies.pages(), max_size=4), strategies.levels, st.randoms())
def test_order_and_history_do_not_matter(pages: list[str], level: str, rng: random.Random) -> None:
    cleaner = pickle.loads(pickle.dumps(CLEANERS[level]))

    def outcome(one: Cleaner, html: str) -> Cleaned | str:
        try:
            return one.clean_html(html)
        except DocumentError as error:
            return str(error)

    shuffled = rng.sample(range(len(pages)), len(pages))
    results = {i: outcome(cleaner, pages[i]) for i in shuffled}
    assert [results[i] for i in range(len(pages))] == [outcome(CLEANERS[level], html) for html in pages]


ELSEWHERE = """
import pickle, sys
cleaner, pages = pickle.load(sys.stdin.buffer)
pickle.dump([cleaner.clean_html(html) for html in reversed(pages)][::-1], sys.stdout.buffer)
"""


@pytest.mark.parametrize("level", LEVELS)
def test_processes_do_not_matter(level: str) -> None:
    rng = random.Random(7)
    tags = [*strategies.BLOCKS, *strategies.INLINE]
    pages = []
    for _ in range(20):
        parts = []
        for line in rng.choices([*strategies.PROSE, *strategies.CHROME], k=rng.randint(1, 40)):
            tag = rng.choice(tags)
            parts.append(f"<{tag}{rng.choice(strategies.ATTRIBUTES)}>{line}</{tag}>")
        pages.append("<html><body>" + "".join(parts))
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE],
        input=pickle.dumps((CLEANERS[level], pages)),
        capture_output=True,
        check=True,
    )
    assert pickle.loads(done.stdout) == [CLEANERS[level].clean_html(html) for html in pages]
