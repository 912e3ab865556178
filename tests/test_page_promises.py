"""The promises of the design for HTML pages, as properties over generated pages, at every level."""

from __future__ import annotations

import pickle
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

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


def with_selectors(level: str, more: str = "") -> Cleaner:
    with TemporaryDirectory() as folder:
        path = Path(folder, "own.toml")
        path.write_text(strategies.SELECTORS + more, "utf-8")
        return Cleaner(level, rules=[path])  # type: ignore[arg-type]


SELECTING = {level: with_selectors(level) for level in LEVELS}
KEEPING = {level: with_selectors(level, '[[keep]]\nselectors = [".own-stay"]\n') for level in LEVELS}
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


def page_by(cleaner: Cleaner, html: str) -> Cleaned:
    try:
        return cleaner.clean_html(html)
    except DocumentError:
        return Cleaned("")


# Nearly all would go by a rule that is not sure: the guard keeps it, and the text alone has nothing to guard.
GUARDED = f"<ul><li>Share this</li><li>{strategies.PROSE[0][:20]}</li></ul><p>x</p>"


@example(GUARDED, "rules")
@given(strategies.pages(), strategies.levels)
def test_promises_with_selectors(html: str, level: str) -> None:
    cleaner = SELECTING[level]
    cleaned = page_by(cleaner, html)
    repaired = split(apply(cleaned.original, repair(cleaned.original)))
    assert_in_order(cleaned.text, repaired, {edit.line - 1 for edit in removed(cleaned)})
    assert cleaner.clean(cleaned.text).text == cleaned.text
    assert cleaned.restore() == cleaned.original
    assert Cleaned.from_dict(cleaned.to_dict()) == cleaned
    assert all(edit.element for edit in cleaned.edits if edit.by.startswith("own/"))
    assert pickle.loads(pickle.dumps(cleaner)).clean_html(html or "<p>") == page_by(cleaner, html or "<p>")


@given(strategies.pages(), strategies.levels)
def test_what_selectors_protect_stays(html: str, level: str) -> None:
    """All that the page shows in such elements is in the clean text, but for repairs."""
    cleaner = KEEPING[level]
    cleaned = page_by(cleaner, html)
    if "unstable" in cleaned.flags or not cleaned.text:
        return
    page = read(html, main_content=False, selectors=cleaner._passes.ruleset.selectors(None))
    roles = {role for (role, keep) in _roles(cleaner) if keep}
    kept = {box.line for box in page.layout.boxes if page.layout.hits[box.hit][:2] in roles}
    gone = {edit.line + i - 1 for edit in removed(cleaned) for i in range(edit.before.strip().count("\n") + 1)}
    blank = {i for i, line in enumerate(page.lines) if not line.strip()}
    if len(split(cleaned.original)) == len(split(apply(cleaned.original, repair(cleaned.original)))):
        assert not (kept & gone) - blank


def _roles(cleaner: Cleaner) -> Iterator[tuple[tuple[int, int], bool]]:
    """Yield the table and the role of each selector, and whether it protects."""
    for number, (part, tables) in enumerate(cleaner._passes.ruleset._selecting(None)):
        for step in tables.steps:
            if step.role >= 0 and (use := part.use_of(step.role)):
                yield (number, step.role), use.role == "keep"


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
