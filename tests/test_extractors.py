"""The extractors to compare with, and the measuring of their speed."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click
import pytest
import trafilatura

from tests import extractors
from tests.measure_html import evenly, line, seconds
from tests.support import DATA

CONTENT = "The bridge over the river was closed on Tuesday"
CHROME = "Ferry timetable for the summer"
COMMENT = "I have crossed that bridge every day for forty years, and it was never closed when I was young."
# Without a paragraph of more than 200 characters jusText finds nothing.
LONG = "Cars and lorries have to go round by the old road through the hills, which takes them an hour longer."
NEWS = (DATA / "html" / "news.html").read_text("utf-8").replace(CONTENT, f"{LONG} {CONTENT}")

# ── extractors ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "extract", [extractors.trafilatura, extractors.trafilatura_without_comments, extractors.justext]
)
def test_extractors_that_come_with_the_cleaner(extract: Callable[[str], str]) -> None:
    text = extract(NEWS)
    assert CONTENT in text
    assert CHROME not in text


@pytest.mark.parametrize(
    ("extract", "needed"),
    [(extractors.readability, ("readability", "html_text")), (extractors.resiliparse, ("resiliparse",))],
)
def test_extractors_of_the_extra_bench(extract: Callable[[str], str], needed: tuple[str, ...]) -> None:
    for name in needed:
        pytest.importorskip(name, reason="needs the extra `bench`")
    text = extract(NEWS)
    assert CONTENT in text
    assert CHROME not in text


def test_a_missing_package_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in extractors.NEEDED:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(click.UsageError, match="no package html_text, readability, resiliparse; install the extra"):
        extractors.require()


def test_comments_are_content_or_not() -> None:
    comments = f'<div id="comments"><ol class="commentlist"><li class="comment"><p>{COMMENT}</p></li></ol></div>'
    html = NEWS.replace("</main>", f"{comments}</main>")
    assert COMMENT in extractors.trafilatura(html)
    assert extractors.trafilatura(html) == trafilatura.extract(html)
    assert extractors.trafilatura_parts(html).comments == COMMENT
    assert COMMENT not in extractors.trafilatura_without_comments(html)


# ── speed ─────────────────────────────────────────────────────────────────────────────────────────


def test_pages_are_taken_evenly() -> None:
    items = list("abcdefghij")
    assert evenly(items, 5) == ["a", "c", "e", "g", "i"]
    assert evenly(items, 3) == ["a", "d", "g"]
    assert evenly(items, 10) == evenly(items, 99) == items
    assert evenly([], 3) == []


def test_ways_take_turns_and_may_fail() -> None:
    calls = []

    def fails(page: str) -> None:
        calls.append(("fails", page))
        raise ValueError

    spent = seconds({"works": lambda page: calls.append(("works", page)), "fails": fails}, ["a", "b"])
    assert calls == [("works", "a"), ("fails", "a"), ("fails", "b"), ("works", "b")]
    assert {name: len(times) for name, times in spent.items()} == {"works": 2, "fails": 2}
    assert all(one >= 0 for times in spent.values() for one in times)


def test_what_is_printed_of_the_speed() -> None:
    printed = line("main", [0.003, 0.003, 0.003], [0.001, 0.002, 0.006])
    assert printed.split(maxsplit=1) == [
        "main",
        "3.0 ms a page, 1.00 times trafilatura over all, 1.50 times on the median page",
    ]
