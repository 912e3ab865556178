"""The validation: judges that do not know a page, what is measured of it, and the figures that are shown."""

from __future__ import annotations

import json
import lzma
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cleaner import Cleaner
from cleaner.judge import shipped
from cleaner.judge.fit import render
from cleaner.workbench.score import Score
from tests import extractors
from tests.cases import read_cases
from tests.support import DATA, cleaner_at
from tests.validation import measure, report, tables
from tests.validation.comments import comments_of, without_comments
from tests.validation.headlines import find_headline, has_headline
from tests.validation.held_out import HeldOut
from tests.validation.results import BINS, HTML, Alone, Bin, Lines, Page, Segments, load, save, usable

CONTENT = "The bridge over the river was closed on Tuesday"
CHROME = "Ferry timetable for the summer"
COMMENT = "I have crossed that bridge every day for forty years, and it was never closed when I was young."
NEWS = (DATA / "html" / "news.html").read_text("utf-8")
COMMENTED = NEWS.replace(
    "</main>",
    f'<div id="comments"><div class="comment"><p>{COMMENT}</p></div></div></main>',
)
GOLD = cleaner_at("main").clean_html(NEWS).text
HEADLINE = "bridgeclosedafterthreedaysofrain"


@pytest.fixture
def folds(tmp_path: Path) -> Path:
    """The weights that ship, as those of each fold; on pages the judge of fold 0 takes every line for chrome."""
    folder = tmp_path / "folds"
    folder.mkdir()
    for fold in range(render.FOLDS):
        shutil.copy(shipped.WEIGHTS, folder / f"{fold}.bin")
        shutil.copy(shipped.MARKUP_WEIGHTS, folder / f"markup-{fold}.bin")
        shutil.copy(shipped.PAGE_WEIGHTS, folder / f"page-{fold}.bin")
    for name in ("markup", "page"):
        weights = shipped.arrays(shipped.load(folder / f"{name}-0.bin"))
        worse = {each: array - 1e6 for each, array in weights.items() if each.endswith("/last.bias")}
        shipped.save({**weights, **worse}, folder / f"{name}-0.bin")
    return folder


def record(fold: int, html: str = NEWS, **more: object) -> dict[str, Any]:
    """A page of a site that belongs to a fold."""
    sites = (f"site{number}.example" for number in range(1000))
    site = next(each for each in sites if render.part(each, render.FOLDS) == fold)
    return {"id": site, "url": f"https://www.{site}/1", "html": html, "with": [], "without": [], **more}


# ── what the judge does not know ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("level", ["safe", "main"])
def test_a_page_is_judged_by_the_weights_of_its_fold(folds: Path, level: str) -> None:
    held = HeldOut(folds, level, threshold=0.5)
    expected = Cleaner(level, threshold=0.5).clean_html(NEWS).text  # type: ignore[arg-type]
    assert CONTENT in expected
    assert held.clean_html(record(1)) == held.clean_html(record(2)) == expected
    assert held.clean_html(record(0)) != expected
    assert held.clean(GOLD, record(0)) == held.clean(GOLD, record(1)), "as text, no weights for pages count"


def test_pages_of_a_theme_are_in_one_fold_whatever_their_site() -> None:
    assert {render.group(record(fold, theme="quiet")) for fold in range(render.FOLDS)} == {"quiet"}
    assert len({render.group(record(fold, theme="")) for fold in range(render.FOLDS)}) == render.FOLDS
    assert render.group({"id": "7", "url": None}) == "7"


# ── headlines and comments ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("case", read_cases("headlines"), ids=lambda case: case["name"])
def test_the_headline_of_a_page(case: dict[str, str]) -> None:
    assert find_headline(case["html"], case["text"]) == (case["headline"] or None)


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("Home\n  Bridge closed, after three days of rain!", True),
        ("Town: Bridge closed after three days of RAIN (update)", True),
        ("Bridge closed\nafter three days of rain", False),
        ("", False),
    ],
)
def test_a_headline_stays_as_part_of_a_line(text: str, *, there: bool) -> None:
    assert has_headline(text, HEADLINE) is there


@pytest.mark.parametrize("case", read_cases("comments"), ids=lambda case: case["name"])
def test_comments_are_left_out(case: dict[str, str]) -> None:
    comments = comments_of(case["comments"], case["gold"])
    assert without_comments(case["text"], case["gold"], comments) == case["rest"]


# ── one page ──────────────────────────────────────────────────────────────────────────────────────


def measured(folds: Path, page: dict[str, Any], **options: Any) -> Page:
    for name in ("html_text", "resiliparse"):
        pytest.importorskip(name, reason="needs the extra `fit`")
    found = measure.Measurer(measure.Options(folds, **options)).measure("news", page)
    assert found
    return found


def test_all_that_is_measured_of_a_page(folds: Path) -> None:
    page = measured(folds, record(1, gold=GOLD, lang="en", page_type="article"))
    assert (page.data_set, page.kind, page.language, page.empty, page.failed) == ("news", "en", "en", [], [])
    assert list(page.scores) == [
        *(f"resiliparse/{name}" for name in ("rules", "safe", "main", "C4", "nothing", "trafilatura")),
        *(f"html/{name}" for name in ("rules", "safe", "main", "trafilatura")),
    ]
    assert set(page.headline) == set(page.scores)
    main, nothing = page.scores["html/main"], page.scores["resiliparse/nothing"]
    assert (main.f1, main.lost, main.removed, nothing.lost, nothing.removed) == (1, 0, 1, 0, 0)
    assert (page.headline["html/main"], page.headline["resiliparse/C4"]) == (True, False)
    assert not page.no_comments | page.segments
    assert list(page.extract) == ["rules", "safe", "main", "C4"]
    left = page.extract["rules"]
    assert (left.content, left.content_gone, left.other > left.other_gone) == (4, 0, True)
    assert page.alone["rules"] == Alone(Score(*[page.alone["rules"].score.words] * 5), True)
    for source in ("resiliparse", HTML):
        bins = page.chances[source]
        assert len(bins) == BINS
        assert sum(one.content for one in bins) >= main.content * 0.9
        assert bins[0].words > bins[0].content
        assert bins[-1].words == bins[-1].content > 0


def test_the_levels_of_the_judge_alone_give_the_same_figures(folds: Path) -> None:
    known = record(1, COMMENTED, gold=GOLD)
    page, all_ways = measured(folds, known, judged=True), measured(folds, known)
    assert set(page.scores) == {f"{source}/{level}" for source in ("resiliparse", HTML) for level in ("safe", "main")}
    assert page.scores.items() <= all_ways.scores.items()
    assert page.headline.items() <= all_ways.headline.items()
    assert page.alone.items() <= all_ways.alone.items()
    assert page.chances == all_ways.chances
    assert not page.extract | page.no_comments, "trafilatura was not asked"


def test_a_page_is_measured_by_each_converter(folds: Path) -> None:
    page = measured(folds, record(1, gold=GOLD), inputs=("html_text", "inscriptis"), parts=("words",))
    assert {way.partition("/")[0] for way in page.scores} == {"html_text", "inscriptis"}
    assert not page.headline | page.alone | page.extract | page.chances
    assert (page.kind, page.language) == ("en", ""), "the language that the page says"


def test_comments_count_neither_as_removed_nor_as_left(folds: Path) -> None:
    page = measured(folds, record(1, COMMENTED, gold=GOLD), parts=("words", "comments"))
    words = len(COMMENT.split())
    for name in ("resiliparse/nothing", "html/main", "html/trafilatura"):
        assert page.scores[name].words - page.no_comments[name].words == words
        assert page.no_comments[name].content == page.scores[name].content
    left = {name: page.scores[name].output - page.no_comments[name].output for name in page.scores}
    assert left["resiliparse/nothing"] == left["html/trafilatura"] == words
    kept = measured(folds, record(1, COMMENTED, gold=f"{GOLD}\n{COMMENT}"), parts=("words", "comments"))
    assert kept.no_comments == {}, "the gold has them"


def test_segments(folds: Path) -> None:
    page = measured(folds, record(1) | {"with": [CONTENT, "no such thing"], "without": [CHROME]})
    assert page.segments["html/main"] == Segments(1, 1, 0)
    assert page.segments["resiliparse/nothing"] == Segments(1, 1, 1)
    assert not page.scores | page.alone | page.extract | page.chances


def test_nothing_is_measured_of_a_page_of_which_nothing_is_known(folds: Path) -> None:
    pytest.importorskip("resiliparse", reason="needs the extra `fit`")
    measurer = measure.Measurer(measure.Options(folds, ("resiliparse",)))
    assert measurer.measure("news", record(1)) is None
    assert measurer.measure("news", record(1, gold=None)) is not None, "it is known that nothing is content"


def test_a_way_that_leaves_nothing_and_a_way_that_fails(folds: Path) -> None:
    worse, page = (measured(folds, record(fold, gold=GOLD), parts=("words",)) for fold in (0, 1))
    assert worse.scores["html/main"].f1 < page.scores["html/main"].f1
    assert worse.scores["resiliparse/main"] == page.scores["resiliparse/main"], "the judge of texts is the same"
    nothing = measured(folds, record(1, "", gold="Rain"), parts=("words",))
    assert set(nothing.empty) == set(nothing.scores)
    assert {one.f1 for one in nothing.scores.values()} == {0}


# ── the figures ───────────────────────────────────────────────────────────────────────────────────

FOUND = Score(words=10, content=6, output=6, gold=6, kept=5)  # F1 5/6, lost 1/6, removed 3/4
BETTER = Score(words=10, content=6, output=6, gold=6, kept=6)
MISSING = Score(words=10, content=2, output=0, gold=6, kept=0)  # most of the gold is not in the page


def result(name: str, language: str = "el", data_set: str = "news", **more: Any) -> Page:
    return Page(data_set, name, more.pop("kind", language), language, **more)


def test_a_page_without_most_of_its_gold_is_not_usable() -> None:
    assert [usable(one) for one in (FOUND, MISSING, FOUND._replace(content=3), Score(10, 0, 10, 0, 0))] == [
        True,
        False,
        True,
        False,
    ]


def test_scores_of_a_way() -> None:
    both = {"resiliparse/main": FOUND, "html_text/main": BETTER, "html/main": MISSING, "resiliparse/safe": BETTER}
    page = result("1", scores=both, no_comments={"html/main": FOUND})
    assert report.scores_of([page], "text", "main") == [FOUND, BETTER]
    assert report.scores_of([page], "html", "main") == []
    assert report.scores_of([page], "html", "main", least_gold=False) == [MISSING]
    assert report.scores_of([page], "html", "main", least_gold=False, comments=False) == [FOUND]
    assert (report.ways([page], "text"), report.ways([page], "html")) == (["main", "safe"], ["main"])


def test_segments_count_on_pages_without_gold() -> None:
    known = result("1", scores={"html/main": FOUND}, segments={"html/main": Segments(9, 0, 0)})
    others = [result(name, segments={"html/main": Segments(1, 1, 0)}) for name in "23"]
    assert report.segments([known, *others], "html", "main") == f"{4 / 6:.4f}"
    assert report.segments([known], "html", "main") == ""


def test_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    report.report(
        [
            result("1", scores={"html/main": FOUND}, headline={"html/main": True}),
            result("2", scores={"html/main": MISSING}, headline={"html/main": False}, empty=["html/main"]),
            result("3", "ru", scores={"html/main": BETTER}, extract={"main": Lines(4, 1, 2, 2)}),
            result("4", "ru", alone={"main": Alone(BETTER, True)}, chances={"html": [Bin(4, 1)] + [Bin(0, 0)] * 9}),
        ]
    )
    words, extract, alone, chances = capsys.readouterr().out.strip().split("\n\n")
    assert [row.split() for row in words.splitlines()[1:]] == [
        ["texts", "main"],
        ["el", "1", "0.833", "·", "16.67", "·", "75.0"],
        ["ru", "1", "1.000", "·", "0.00", "·", "100.0"],
        ["all", "2", "0.917", "·", "8.33", "·", "87.5"],
        ["every", "page", "3", "0.611", "·", "21.43", "·", "93.8"],
        ["headline", "kept", "50.0", "%", "of", "2"],
        ["empty,", "failed", "1,", "0"],
    ]
    assert extract.splitlines()[-1].split() == ["ru", "1", "4", "2", "25.00", "·", "100.0"]
    assert alone.splitlines()[-1].split() == ["ru", "1", "0.00", "·", "100.0"]
    assert chances.splitlines()[-1].split() == ["news", "ru", "25", *["–"] * 9]


def test_languages_with_few_pages_are_named() -> None:
    ways = {"resiliparse/main": FOUND, "html/main": BETTER}
    found = [result(str(number), scores=ways) for number in range(report.FEW_PAGES)]
    found += [result("a", "ru", scores=ways), result("b", "xx", scores=ways), result("c", "", scores=ways)]
    assert tables.languages(found) == (
        "| language | pages | text `main` | HTML `main` |\n"
        "|---|---|---|---|\n"
        "| Greek | 20 | .833 · 16.7 · 75 | 1.000 · 0.0 · 100 |\n"
        "| 2 others together | 2 | .833 · 16.7 · 75 | 1.000 · 0.0 · 100 |\n"
        "| all | 22 | .833 · 16.7 · 75 | 1.000 · 0.0 · 100 |\n"
        "\n"
        "These have fewer than 20 pages, too few to tell: Russian 1, xx 1."
    )


def test_the_table_of_all_pages_has_both_countings() -> None:
    found = [
        result("1", scores={"html/main": FOUND}, no_comments={"html/main": BETTER}),
        result("2", segments={"html/main": Segments(1, 1, 0)}),
    ]
    head, _, row = tables.quality(found, "html").splitlines()
    assert head.count("|") == row.count("|")
    assert row == "| `main` | .833 | 16.67 % | 75.0 % | 1.000 | 0.00 % | 100.0 % | .6667 |"


def test_results_are_put_together(tmp_path: Path) -> None:
    first = [
        result("1", scores={"html/main": FOUND}, empty=["html/main"], no_comments={"html/main": FOUND}),
        result("2", headline={"html/main": True}),
    ]
    again = [
        result("1", scores={"html/main": BETTER}),
        result("1", data_set="other", alone={"safe": Alone(FOUND, False)}),
    ]
    text = [result("2", scores={"resiliparse/main": FOUND}, chances={"resiliparse": [Bin(1, 2)]})]
    for name, found in (("a", first), ("b", again), ("c", text)):
        save(found, tmp_path / name)
    assert load([tmp_path / "a"]) == first
    assert load([tmp_path / name for name in "abc"]) == [
        result("1", scores={"html/main": BETTER}),
        result(
            "2",
            headline={"html/main": True},
            scores={"resiliparse/main": FOUND},
            chances={"resiliparse": [Bin(1, 2)]},
        ),
        again[1],
    ]


# ── the commands ──────────────────────────────────────────────────────────────────────────────────


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *map(str, words)]
    return subprocess.run(command, cwd=DATA.parent.parent, capture_output=True, text=True, check=False)


def test_from_pages_to_tables(folds: Path, tmp_path: Path) -> None:
    for name in ("html_text", "resiliparse"):
        pytest.importorskip(name, reason="needs the extra `fit`")
    found = [
        record(1, gold=GOLD, lang="en"),
        record(2, gold=GOLD, lang="en"),
        record(2) | {"with": [CONTENT], "without": [CHROME]},
    ]
    path, results = tmp_path / "made-dev.jsonl.xz", tmp_path / "results.jsonl"
    path.write_bytes(lzma.compress("".join(json.dumps(each) + "\n" for each in found).encode()))
    done = run("tests.validate", folds, path, "--json", results, "--jobs", "1", "--every", "2")
    assert (done.returncode, done.stderr) == (0, "")
    for title in ("== made, text: ", "== made, html: ", "== made, gold texts alone: ", "== own prose, safe: "):
        assert title in done.stdout
    assert [page.id for page in load([results])] == [found[0]["id"], found[2]["id"]]
    done = run("tests.validation.tables", results, "--set", "made")
    assert (done.returncode, done.stderr) == (0, "")
    assert "| `main` | 1.000 | 0.00 % | 100.0 % | 1.000 | 0.00 % | 100.0 % | 1.0000 |" in done.stdout
    done = run("tests.validation.tables", results, "--set", "unknown")
    assert (done.returncode, "no data set unknown in the results" in done.stderr) == (2, True)


def test_others_are_measured_as_well(folds: Path, tmp_path: Path) -> None:
    for name in extractors.NEEDED:
        pytest.importorskip(name, reason="needs the extra `bench`")
    path = tmp_path / "pages.jsonl.xz"
    path.write_bytes(lzma.compress(json.dumps(record(2, "", gold="Rain")).encode()))
    words: list[str | Path] = ["--html", "--others", "--jobs", "1", "--only", "words", "--json", tmp_path / "results"]
    done = run("tests.validate", folds, path, *words)
    assert (done.returncode, done.stderr) == (0, "")
    (page,) = load([tmp_path / "results"])
    assert set(page.scores) == {f"html/{name}" for name in (*measure.LEVELS, *extractors.EXTRACTORS)}
    assert set(page.empty) == set(page.scores)
    assert set(page.failed) == {"html/readability", "html/jusText"}


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--html", "--picture", "a.svg"], "--picture is of pages as text; leave out --html"),
        (["--judged", "--others"], "--judged leaves out what --others and --picture need"),
        (["--html", "--text"], "--text and --html exclude each other; leave out both"),
    ],
)
def test_what_does_not_go_together(folds: Path, words: list[str], error: str) -> None:
    done = run("tests.validate", folds, folds / "0.bin", *words)
    assert done.returncode == 2
    assert error in done.stderr
