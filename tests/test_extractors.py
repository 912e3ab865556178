"""The comparison on HTML: the extractors, the judges without a page's site, and what is printed of them."""

from __future__ import annotations

import json
import lzma
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from cleaner import Cleaner
from cleaner.judge import model
from cleaner.judge.fit import pages
from cleaner.workbench.score import score
from tests import extractors
from tests.measure_html import evenly, line, seconds
from tests.support import DATA
from tests.validate import HeldOut, Result, report

CONTENT = "The bridge over the river was closed on Tuesday"
CHROME = "Ferry timetable for the summer"
COMMENT = "I have crossed that bridge every day for forty years, and it was never closed when I was young."
# Without a paragraph of more than 200 characters jusText finds nothing.
LONG = "Cars and lorries have to go round by the old road through the hills, which takes them an hour longer."
NEWS = (DATA / "html" / "news.html").read_text("utf-8").replace(CONTENT, f"{LONG} {CONTENT}")
GOLD = Cleaner("main").clean_html(NEWS).text


@pytest.fixture
def folds(tmp_path: Path) -> Path:
    """The weights that ship, as those of each fold; on pages the judge of fold 0 takes every line for chrome."""
    for fold in range(pages.FOLDS):
        shutil.copy(model.WEIGHTS, tmp_path / f"{fold}.bin")
        shutil.copy(model.PAGE_WEIGHTS, tmp_path / f"page-{fold}.bin")
    weights = model.load(model.PAGE_WEIGHTS)
    worse = {name: array - 1e6 for name, array in weights.items() if name.endswith("/last.bias")}
    model.save({**weights, **worse}, tmp_path / "page-0.bin")
    return tmp_path


def record(fold: int, html: str = NEWS) -> dict[str, str]:
    """A page of a site that belongs to a fold."""
    sites = (f"site{number}.example" for number in range(1000))
    site = next(each for each in sites if pages.part(each, pages.FOLDS) == fold)
    return {"id": site, "url": f"https://www.{site}/1", "html": html}


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
    assert COMMENT not in extractors.trafilatura_without_comments(html)


# ── validation ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("level", ["safe", "main"])
def test_a_page_is_judged_by_the_weights_of_its_fold(folds: Path, level: str) -> None:
    held = HeldOut(folds, level, threshold=0.5)
    expected = Cleaner(level, threshold=0.5).clean_html(NEWS).text  # type: ignore[arg-type]
    assert CONTENT in expected
    assert held.clean_html(record(1)) == held.clean_html(record(2)) == expected
    assert held.clean_html(record(0)) != expected
    assert held.clean(GOLD, record(0)) == held.clean(GOLD, record(1)), "as text, no weights for pages count"


def test_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    half = score("content chrome", "content", "content chrome")
    none = score("content chrome", "content", "")
    report(
        [
            Result("ours", "article", half),
            Result("theirs", "article", none, empty=True, failed=True),
            Result("theirs", "forum", half),
            Result("theirs", "de", None, (1, 0, 2)),
        ],
        ["theirs"],
    )
    table, details = (part.splitlines() for part in capsys.readouterr().out.split("\n\n"))
    assert [row.split() for row in table] == [
        ["F1", "lost", "removed", "segments", "empty", "failed"],
        ["ours", "0.6667", "0.00%", "0.0%", "0.0000", "0", "0"],
        ["theirs", "0.3333", "50.00%", "50.0%", "0.5000", "1", "1"],
    ]
    assert [row.split() for row in details] == [
        ["theirs"],
        ["article", "1", "texts", "F1", "0.000"],
        ["de", "1", "texts", "segments", "F1", "0.500"],
        ["forum", "1", "texts", "F1", "0.667"],
    ]


def test_the_comparison(folds: Path, tmp_path: Path) -> None:
    for name in ("readability", "html_text", "resiliparse"):
        pytest.importorskip(name, reason="needs the extra `bench`")
    found = [
        {**record(1), "page_type": "article", "gold": GOLD},
        {**record(2, ""), "page_type": "article", "gold": "Rain"},  # on which some fail
        {**record(1), "with": [CONTENT], "without": [CHROME]},
    ]
    path = tmp_path / "pages.jsonl.xz"
    path.write_bytes(lzma.compress("".join(json.dumps(each) + "\n" for each in found).encode()))
    words = [sys.executable, "-m", "tests.validate", str(folds), str(path), "--html", "--jobs", "1"]
    done = subprocess.run(words, cwd=DATA.parent.parent, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    table, *details = (part.splitlines() for part in done.stdout.split("\n\n"))
    rows = {row[:28].strip(): row[28:].split() for row in table[1:]}
    assert list(rows) == ["rules", "safe", "main", *extractors.EXTRACTORS]
    assert rows["main"] == ["0.5000", "0.00%", "100.0%", "1.0000", "1", "0"]
    assert {name: row[-2:] for name, row in rows.items() if row[-1] != "0"} == {
        "readability": ["1", "1"],
        "jusText": ["1", "1"],
    }
    assert [part[0] for part in details] == ["main", "safe", "trafilatura"]


def test_no_picture_of_html(folds: Path) -> None:
    words = [sys.executable, "-m", "tests.validate", str(folds), str(folds / "0.bin"), "--html", "--picture", "a.svg"]
    done = subprocess.run(words, cwd=DATA.parent.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--picture is of pages as text; leave out --html" in done.stderr


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
