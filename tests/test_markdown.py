"""Markdown as input: what is shown of lines, and documents that go wherever the same plain lines go."""

from __future__ import annotations

import time
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner import Cleaner
from cleaner.document import apply
from cleaner.text import markdown
from cleaner.text.repair import repair
from tests import strategies
from tests.test_promises import assert_in_order, split

DATA = Path(__file__).parent / "data"
LINES: list[dict[str, Any]] = tomllib.loads((DATA / "markdown.toml").read_text("utf-8"))["line"]
DOCUMENTS = sorted(path for path in (DATA / "markdown").glob("*.md") if ".expected" not in path.name)
LEVELS = ("rules", "safe", "main")
CLEANERS = {
    (level, is_markdown): Cleaner(level, markdown_in=is_markdown)  # type: ignore[arg-type]
    for level in LEVELS
    for is_markdown in (None, True)
}


def shown(text: str, is_markdown: bool | None = True) -> markdown.Shown:
    return markdown.read(text, text.split("\n"), is_markdown)


# ── What is shown ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("case", LINES, ids=lambda case: case["line"])
def test_what_is_shown_of_a_line(case: dict[str, Any]) -> None:
    line = case["line"]
    assert shown(line).lines == [case["shown"]]
    assert shown(line, None).lines == [case["shown"] if case.get("anywhere") else line]
    assert shown(line, False).lines == [line]


def test_a_text_tells_that_it_is_markdown() -> None:
    sure = ["## Harbour", "[Home](/)", "**Ferry**"]
    assert shown("\n".join([*sure, "- Print"]), None).lines[-1] == "Print"
    assert shown("\n".join([*sure[1:], "- Print"]), None).lines[-1] == "- Print"


LINKS = {
    "[Home](/)": 32,
    "* [Home](/)": 32,
    "[Home](/) News": 16,
    "[![](/l.png) Home](/)": 32,
    "Home": 0,
    "![Home](/l.png)": 0,
    "ab [cd](/) <https://a.b>": 28,
}


@pytest.mark.parametrize(("line", "share"), LINKS.items())
def test_the_share_of_links(line: str, share: int) -> None:
    assert (shown(line).links or [0]) == [share]


FENCES = {
    "closed": ("a\n```sh\nPrint\n```\nb", {1, 2, 3}),
    "not closed": ("a\n```sh\nPrint", set()),
    "of tildes, in a quote": ("> ~~~\n> ```\n> ~~~", {0, 1, 2}),
    "longer": ("````\n```\n````\n", {0, 1, 2}),
    "front matter": ("---\ntitle: a\ntags: [b]\n---\nc", {0, 1, 2, 3}),
    "front matter of TOML": ("+++\ntitle = 'a'\n[b]\n+++\nc", {0, 1, 2, 3}),
    "lines around a sentence": ("---\nThe boats lay quiet, and nobody had gone out.\n---", set()),
    "lines around nothing": ("---\n---", set()),
    "not at the top": ("a\n---\ntitle: a\n---", set()),
}


@pytest.mark.parametrize(("text", "code"), FENCES.values(), ids=FENCES)
def test_code_and_front_matter(text: str, code: set[int]) -> None:
    assert shown(text).code == code


PARTS = {
    "a whole link": ("see [Read more](/a) now", "Read more", "[Read more](/a)"),
    "inside of a link": ("see [Read more](/a) now", "more", "more"),
    "across an edge": ("see [Read more](/a) now", "more now", None),
    "marks in one another": ("see **[Read more](/a)** now", "Read more", "**[Read more](/a)**"),
    "with marks in it": ("see **Read** more now", "Read more", "**Read** more"),
    "without marks": ("see Read more", "Read more", "Read more"),
    "behind a list mark": ("* Read more", "Read more", "Read more"),
}


@pytest.mark.parametrize(("line", "part", "whole"), PARTS.values(), ids=PARTS)
def test_parts_of_lines_take_their_marks_along(line: str, part: str, whole: str | None) -> None:
    found = shown(line)
    start = found.lines[0].index(part)
    place = found.parts(0, [(start, start + len(part))])[0]
    assert (line[slice(*place)] if place else None) == whole


@given(st.text(st.sampled_from("[]()!*_`~<>#|\\-+.:\"' \t1ab/h"), max_size=60), st.sampled_from([None, True]))
def test_marks_are_ordered_and_apart(line: str, is_markdown: bool | None) -> None:
    found = shown(line, is_markdown)
    for i, syntax in found.syntax.items():
        marks = syntax.marks()
        assert all(start < end for start, end in marks)
        assert all(one[1] <= two[0] for one, two in zip(marks, marks[1:], strict=False))
        assert len(found.lines[i]) <= len(line)
    assert all(0 <= share <= markdown.SHARE_STEPS for share in found.links)


HOSTILE = ("[", "![", "](", '](a "', "](<", "`", "**", "_a", "[a](b)", "![a](b)", "[[]](x", "\\", "|-", "> ", "* ")


HOSTILE_PAIRS = (("![", "[a](b)"), ("[", "](/b)"), ("![", "](b)"), ("**", "*"))


@pytest.mark.parametrize("units", [(unit,) for unit in HOSTILE] + list(HOSTILE_PAIRS), ids="".join)
def test_time_is_linear(units: tuple[str, ...]) -> None:
    def seconds(times: int) -> float:
        start = time.process_time()
        for is_markdown in (None, True):
            shown("".join(unit * times for unit in units) + "\n[a]: b", is_markdown)
        return time.process_time() - start

    seconds(100)
    assert seconds(80_000) < 60 * max(seconds(10_000), 0.01)


def test_many_parts_of_one_line_take_linear_time() -> None:
    def seconds(times: int) -> float:
        found = shown("**[Share](/a)** [it](/b) " * times)
        ranges = [(9 * i, 9 * i + 5) for i in range(times)]
        start = time.process_time()
        assert found.parts(0, ranges) == [(25 * i, 25 * i + 15) for i in range(times)]
        return time.process_time() - start

    seconds(100)
    assert seconds(16_000) < 30 * max(seconds(2_000), 0.01)


# ── Documents ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("level", ["rules", "safe"])
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_documents(path: Path, level: str) -> None:
    cleaner = Cleaner(level)  # type: ignore[arg-type]
    cleaned = cleaner.clean_bytes(path.read_bytes(), kind="markdown")
    assert cleaned.text == path.with_suffix(".expected.md").read_text("utf-8")
    assert cleaned.restore() == path.read_text("utf-8")


CHROME = (
    *("Skip to content", "Skip to main content", "Advertisement", "Share this:", "Subscribe", "Sign in", "Log in"),
    *(
        "Back to top",
        "Read more",
        "Related articles",
        "We use cookies to improve your experience.",
        "Leave a comment",
    ),
    *("Please enter your comment!", "Follow us on Twitter", "Print this article", "All rights reserved."),
    *("Previous article", "Share on Facebook", "Sign up for our newsletter", "SCROLL TO CONTINUE WITH CONTENT"),
)
DRESSES = {
    "link": "[{}](https://example.org/a_b?c=(d))",
    "link with a title": '[{0}](/a "{0}")',
    "link in a list": "* [{}](/a)",
    "dash": "- {}",
    "number": "1. {}",
    "bold": "**{}**",
    "italic": "_{}_",
    "heading": "# {}",
    "link in a heading": "### [{}](#a)",
    "bold link": "**[{}](/a)**",
    "bold in a link": "[**{}**](/a)",
    "quote": "> {}",
    "picture": "![{}](/a.png)",
    "picture in a link": "[![{}](/a.png)](/a)",
    "picture beside it": "[![a picture](/a.png) {}](/a)",
    "link by reference": "[{}][name]",
    "table": "| {} |",
}
PROSE = "The miller had closed the sluice before dawn, and by the time the carts came the wheel was standing still.\n"
PLACES = {"head": "{}\n\n" + PROSE, "tail": PROSE + "\n{}\n", "between": PROSE + "\n{}\n\n" + PROSE.upper()}


@cache
def gone(level: str) -> list[tuple[str, str]]:
    """The lines of chrome that go as plain text, each with the place where it does."""
    cleaner = CLEANERS[level, True]
    tried = [(line, place) for line in CHROME for place in PLACES.values()]
    cleaned = cleaner.clean_many(place.format(line) for line, place in tried)
    return [one for one, found in zip(tried, cleaned, strict=True) if one[0] not in found.text]


@pytest.mark.parametrize("level", ["rules", "safe"])
@pytest.mark.parametrize("dress", DRESSES.values(), ids=DRESSES)
def test_chrome_goes_in_any_dress(dress: str, level: str) -> None:
    texts = [place.format(dress.format(line)) + "\n[name]: /a\n" for line, place in gone(level)]
    cleaned = CLEANERS[level, True].clean_many(texts)
    assert [line for (line, _), found in zip(gone(level), cleaned, strict=True) if line in found.text] == []
    assert len(texts) > len(CHROME)


def test_what_is_known_of_the_text(tmp_path: Path) -> None:
    text = f"{PROSE}\n- Advertisement\n"
    is_gone = {
        (kind, known): "Advertisement"
        not in Cleaner("rules", markdown_in=known).clean_bytes(text.encode(), kind=kind).text
        for kind in ("text", "markdown")
        for known in (None, True, False)
    }
    assert is_gone == {
        ("text", None): False,
        ("text", True): True,
        ("text", False): False,
        ("markdown", None): True,
        ("markdown", True): True,
        ("markdown", False): False,
    }


# ── Promises ──────────────────────────────────────────────────────────────────────────────────────


@given(strategies.markdown_documents(), strategies.levels, st.sampled_from([None, True]))
def test_promises(text: str, level: str, is_markdown: bool | None) -> None:
    cleaner = CLEANERS[level, is_markdown]
    cleaned = cleaner.clean(text)
    repaired = split(apply(text, repair(text)))
    touched = {edit.line - 1 for edit in cleaned.edits if not edit.by.startswith("repair/")}
    assert_in_order(cleaned.text, repaired, touched)
    assert cleaned.restore() == text
    again = cleaner.clean(cleaned.text)
    assert again.text == cleaned.text
    assert again.edits == ()
    assert list(cleaner.clean_many([text, cleaned.text, text])) == [cleaned, again, cleaned]
    assert "unstable" not in cleaned.flags


@given(strategies.markdown_documents(), strategies.levels)
def test_code_stays(text: str, level: str) -> None:
    repaired = apply(text, repair(text))
    code = [repaired.split("\n")[i].removesuffix("\r") for i in sorted(shown(repaired).code)]
    rest = iter(split(CLEANERS[level, True].clean(text).text))
    assert all(any(line.removesuffix("\r") == other for other in rest) for line in code)


@strategies.fewer
@given(strategies.pages(), strategies.levels)
def test_promises_of_pages_that_become_markdown(page: str, level: str) -> None:
    cleaner = Cleaner(level, markdown=True)  # type: ignore[arg-type]
    cleaned = cleaner.clean_html(page)
    assert cleaned.restore() == cleaned.original
    assert cleaner.clean(cleaned.text).text == cleaned.text


def test_a_page_that_nothing_is_removed_from_becomes_markdown() -> None:
    page = f"<p>{PROSE}</p><p>{PROSE[::-1]} <a href='/a'>The wheel</a> [and](/b) <a href='/c'>the sluice</a></p>"
    for is_markdown in (None, True):
        cleaned = Cleaner("safe", markdown=True, markdown_in=is_markdown).clean_html(page)
        assert cleaned.edits == ()
