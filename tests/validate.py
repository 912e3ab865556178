"""Validate the judge on pages it was not fitted on: the figures and the picture of cleaner/judge/FIGURES.md.

    python -m cleaner.judge.fit PAGES.jsonl.xz... --folds FOLDS           fit without each third of the sites
    python -m tests.validate FOLDS PAGES.jsonl.xz... [--picture FILE]     measure each page without its site
    python -m tests.validate FOLDS PAGES.jsonl.xz... --html               the same of pages as HTML, beside others

As text, every page is rendered by each of three converters and cleaned, with the weights that were fitted without the
page's site. Texts that are nothing but content are cleaned as well: the gold texts, and tests/data/prose.
As HTML, every page goes through each level and each extractor once. Lost and removed words count over the text of the
whole page as resiliparse renders it. This needs the extra `bench`.
"""

from __future__ import annotations

import logging
import multiprocessing
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import click

from cleaner import Cleaner
from cleaner.judge import model
from cleaner.judge.fit import pages
from cleaner.judge.judge import Judge
from cleaner.workbench.score import Score, Total, score, total
from tests import extractors, filters
from tests.measure import renderer

PROSE = Path(__file__).parent / "data" / "prose"
THRESHOLDS = (0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6)
LEVELS = ("rules", "safe", "main")
OTHERS = {"C4": filters.c4, "FineWeb": filters.fineweb, "ten words": filters.ten_words}
MARKUP = "trafilatura (with markup)"


class Result(NamedTuple):
    """What one way of cleaning made of one text of a page."""

    way: str
    kind: str  # the type of the page; for pages without gold, its language
    score: Score | None  # None: the page has no gold, but segments
    segments: tuple[int, int, int] = (0, 0, 0)  # wanted and there, wanted and gone, unwanted and there
    same: bool = False  # the text is as it was
    empty: bool = False  # the text has no words
    failed: bool = False  # there was an exception, which counts as an empty text


class HeldOut:
    """Cleaners at one level, one for each fold: its judge does not know the sites of this fold."""

    def __init__(self, folds: Path, level: str, threshold: float | None = None) -> None:
        self._cleaners = []
        for fold in range(pages.FOLDS):
            cleaner = Cleaner(level, threshold=threshold)  # type: ignore[arg-type]
            if level != "rules":
                weights = (model.load(folds / f"{name}.bin") for name in (fold, f"page-{fold}"))
                judge = Judge(level, threshold, *weights)
                object.__setattr__(cleaner, "_passes", replace(cleaner._passes, judge=judge))
            self._cleaners.append(cleaner)

    def clean(self, text: str, record: dict[str, Any], *, with_url: bool = True) -> str:
        """Return the clean text of a page as text."""
        return self._without(record).clean(text, url=record["url"] if with_url else None).text

    def clean_html(self, record: dict[str, Any]) -> str:
        """Return the clean text of a page as HTML."""
        return self._without(record).clean_html(record["html"], url=record["url"]).text

    def _without(self, record: dict[str, Any]) -> Cleaner:
        """Return the cleaner that does not know the site of a page."""
        site = pages.site(record["url"]) or record["id"]
        return self._cleaners[pages.part(site, pages.FOLDS)]


def ways(folds: Path) -> dict[str, Callable[[str, dict[str, Any]], str]]:
    """Return the ways to clean texts that are compared, by name; each takes a text and the record of its page."""
    found: dict[str, Callable[[str, dict[str, Any]], str]] = {level: HeldOut(folds, level).clean for level in LEVELS}
    found |= {f"threshold {value}": HeldOut(folds, "safe", value).clean for value in THRESHOLDS}
    return found | {name: partial(_other, way) for name, way in OTHERS.items()}


def html_ways(folds: Path) -> dict[str, Callable[[dict[str, Any]], str]]:
    """Return the ways to clean HTML that are compared, by name; each takes the record of a page."""
    found: dict[str, Callable[[dict[str, Any]], str]] = {level: HeldOut(folds, level).clean_html for level in LEVELS}
    return found | {name: partial(_extractor, extract) for name, extract in extractors.EXTRACTORS.items()}


def _extractor(extract: Callable[[str], str], record: dict[str, Any]) -> str:
    return extract(record["html"])


def _other(way: Callable[[str], str], text: str, record: dict[str, Any]) -> str:
    return way(text)


def measure(record: dict[str, Any]) -> list[Result]:
    """Return the results of one page."""
    gold = record.get("gold")
    results = []
    for convert in _worker["converters"].values():
        text = convert(record["html"])
        for name, way in _worker["ways"].items():
            results.append(_result(name, record, text, way(text, record)))
    results.append(_result(MARKUP, record, text, extractors.trafilatura_without_comments(record["html"])))
    if gold:
        clean = _worker["safe"].clean(gold, record, with_url=False)
        results.append(Result("prose", "gold alone", score(gold, gold, clean), same=clean == gold))
    return results


def measure_html(record: dict[str, Any]) -> list[Result]:
    """Return the results of one page as HTML."""
    text = _worker["whole"](record["html"])
    results = []
    for name, way in _worker["html_ways"].items():
        try:
            clean, failed = way(record), False
        except Exception:  # an extractor on hostile HTML may raise anything
            clean, failed = "", True
        results.append(_result(name, record, text, clean)._replace(failed=failed))
    return results


def _result(way: str, record: dict[str, Any], text: str, clean: str) -> Result:
    empty = not clean.strip()
    if "gold" in record:
        return Result(way, record["page_type"], score(text, record["gold"] or "", clean), empty=empty)
    there = sum(segment in clean for segment in record["with"])
    extra = sum(segment in clean for segment in record["without"])
    return Result(way, language(record), None, (there, len(record["with"]) - there, extra), empty=empty)


def language(record: dict[str, Any]) -> str:
    """Return the language that a page says it is in."""
    from lxml.html import document_fromstring

    try:
        found = document_fromstring(record["html"].encode()).get("lang") or ""
    except ValueError:
        found = ""
    return found[:2].lower() or "?"


_worker: dict[str, Any] = {}


def _start(folds: Path) -> None:
    _worker.update(converters=pages.converters(), ways=ways(folds), safe=HeldOut(folds, "safe"))


def _start_html(folds: Path) -> None:
    logging.disable()  # extractors log what they cannot read
    _worker.update(whole=renderer("resiliparse"), html_ways=html_ways(folds))


def own_prose(folds: Path) -> list[Result]:
    """Return the results of level `safe` on the documents of tests/data/prose, which no judge knows."""
    cleaner = HeldOut(folds, "safe")
    results = []
    for path in sorted(PROSE.glob("*.txt")):
        text = path.read_text("utf-8")
        clean = cleaner.clean(text, {"url": None, "id": path.stem})
        results.append(Result("prose", path.stem, score(text, text, clean), same=clean == text))
    return results


def report(results: Sequence[Result], detailed: Iterable[str]) -> None:
    """Print a table of all ways, and for the ways in `detailed` also the F1 of each page type and language."""
    by_way: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_way[result.way].append(result)
    prose = by_way.pop("prose", [])
    print(f"{'':28}{'F1':>7}{'lost':>9}{'removed':>9}{'segments':>10}{'empty':>7}{'failed':>7}")
    for way, found in by_way.items():
        figures = total(one.score for one in found if one.score)
        print(f"{way:28}{figures.f1:7.4f}{figures.lost:9.2%}{figures.removed:9.1%}{segments(found):10.4f}", end="")
        print(f"{sum(one.empty for one in found):7}{sum(one.failed for one in found):7}")
    for way in detailed:
        print(f"\n{way}")
        by_kind: dict[str, list[Result]] = defaultdict(list)
        for result in by_way[way]:
            by_kind[result.kind].append(result)
        for kind, found in sorted(by_kind.items()):
            scores = [one.score for one in found if one.score]
            figure = f"F1 {total(scores).f1:.3f}" if scores else f"segments F1 {segments(found):.3f}"
            print(f"  {kind:16}{len(found):6} texts  {figure}")
    for kind, found in (
        ("gold texts alone", [one for one in prose if one.kind == "gold alone"]),
        ("own prose", [one for one in prose if one.kind != "gold alone"]),
    ):
        if found:
            figures = total(one.score for one in found if one.score)
            same = sum(one.same for one in found) / len(found)
            print(f"\n{kind}: {len(found)}, safe loses {figures.lost:.2%} of the words, {same:.1%} untouched")
            if kind == "own prose":
                print("  changed: " + ", ".join(one.kind for one in found if not one.same))


def segments(results: Iterable[Result]) -> float:
    """Return the F1 over all segments."""
    there, gone, extra = (sum(counts) for counts in zip(*(one.segments for one in results), strict=True))
    return 2 * there / (2 * there + gone + extra) if there else 0.0


def draw(results: Sequence[Result], path: Path) -> None:
    """Draw the removed words against the lost words, in percent, as SVG."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    mpl.rcParams["svg.hashsalt"] = "cleaner"
    by_way: dict[str, list[Score]] = defaultdict(list)
    for one in results:
        if one.score:
            by_way[one.way].append(one.score)

    def point(way: str) -> tuple[float, float]:
        figures: Total = total(by_way[way])
        return 100 * figures.lost, 100 * figures.removed

    figure, axes = pyplot.subplots(figsize=(7, 4.2))
    axes.plot(*zip(*map(point, ways_of_thresholds()), strict=True), color="#2a6f97", label="cleaner, by --threshold")
    for way, color in (*((level, "#2a6f97") for level in LEVELS), *((name, "#b23a48") for name in OTHERS)):
        lost, removed = point(way)
        axes.plot([lost], [removed], "o", color=color)
        axes.annotate(way, (lost, removed), textcoords="offset points", xytext=(7, -4), color=color)
    axes.set_xlabel("content words lost (%)")
    axes.set_ylabel("other words removed (%)")
    axes.set_xlim(-0.4, 22)
    axes.set_ylim(0, 100)
    axes.grid(color="#dddddd")
    axes.legend(loc="lower right", frameon=False)
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(path, format="svg", bbox_inches="tight", metadata=nothing)


def ways_of_thresholds() -> list[str]:
    """Return the names of the thresholds among the ways to clean."""
    return [f"threshold {value}" for value in THRESHOLDS]


@click.command()
@click.argument("folds", type=click.Path(exists=True, path_type=Path))
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--html", is_flag=True, help="Give pages as HTML, and compare with extractors.")
@click.option("--picture", type=click.Path(path_type=Path), help="Draw the picture to this SVG file.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True)
@click.option("--every", type=click.IntRange(1), default=1, help="Take every Nth page only.")
def main(folds: Path, files: tuple[Path, ...], html: bool, picture: Path | None, jobs: int, every: int) -> None:
    """Measure levels and thresholds on pages whose sites the judge does not know; FOLDS has its weights."""
    if html and picture:
        raise click.UsageError("--picture is of pages as text; leave out --html")
    if html:
        extractors.require()
    chosen = (record for number, record in enumerate(pages.records(files)) if number % every == 0)
    context = multiprocessing.get_context("fork")
    start, work = (_start_html, measure_html) if html else (_start, measure)
    with ProcessPoolExecutor(jobs, context, initializer=start, initargs=(folds,)) as pool:
        results = [one for found in pool.map(work, chosen, chunksize=8) for one in found]
    if html:
        report(results, ("main", "safe", "trafilatura"))
        return
    report(results + own_prose(folds), (*LEVELS, MARKUP))
    if picture:
        draw(results, picture)


if __name__ == "__main__":
    main()
