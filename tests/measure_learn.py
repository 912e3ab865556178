"""Measure learned packs: how much of a site's chrome goes with them, and how much content is lost.

    python -m tests.measure_learn PAGES.jsonl.xz...                       each site's pages, cleaned as text
    python -m tests.measure_learn PAGES.jsonl.xz... --html --level main   as HTML, at another level
    python -m tests.measure_learn PAGES.jsonl.xz... --folds FOLDS         with a judge that does not know the sites
    python -m tests.measure_learn PAGES.jsonl.xz... --worst 40            show the content that learned rules took
    python -m tests.measure_learn PAGES.jsonl.xz... --mixed 10            mix sites, and learn without URLs

Of the pages with `html`, `url` and `gold`, those count whose site has at least five. There are three ways to clean
them: `leave out` learns from four fifths of the pages of a site and cleans the last fifth, five times; `all` learns
from all pages and cleans the same, as users do; `without` knows no learned packs. Lost is the share of the content
words in the page's text that the clean text lacks, removed the share of the other words that it lacks. The sum over
all words says what becomes of a corpus, the mean over sites what to expect of a new site.

Without --folds the judge that ships decides. It was fitted on pages of these sites if the data set is one of those in
its model card; then it knows them. FOLDS is made by `python -m cleaner.judge.fit PAGES... --folds FOLDS`. This needs
the extra `fit`.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import click
import msgspec

from cleaner.marks import CONFIDENCES
from cleaner.rules import pack as packs
from cleaner.workbench.lint import lint
from tests.learning import report
from tests.learning.measure import HTML, TEXT, WAYS, Found, Options, measure
from tests.learning.pages import mixes_of, sites_in
from tests.measure import renderer


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--html", "is_html", is_flag=True, help="Give pages as HTML, not as text.")
@click.option("--converter", default="html_text", show_default=True, help="Render the text of pages by this.")
@click.option("--way", "ways", type=click.Choice(WAYS), multiple=True, help="Clean in this way only.")
@click.option("--level", "levels", type=click.Choice(tuple(CONFIDENCES)), multiple=True, default=["safe"])
@click.option("--folds", type=click.Path(exists=True, path_type=Path), help="Weights that do not know the sites.")
@click.option("--site", "sites", multiple=True, help="Take this site only.")
@click.option("--relearn", is_flag=True, help="Learn again from the clean copies.")
@click.option("--mixed", type=click.IntRange(0), default=0, help="Mix five sites without their URLs, N times.")
@click.option("--worst", type=click.IntRange(0), default=0, help="Show N content lines that learned rules took.")
@click.option("--missed", type=click.IntRange(0), default=0, help="Show N other lines on two pages that stayed.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True)
@click.option("--json", "kept", type=click.Path(path_type=Path), help="Write the results of each page as JSON lines.")
@click.option("--packs", "folder", type=click.Path(path_type=Path), help="Keep the packs of each way in this folder.")
def main(
    files: tuple[Path, ...],
    is_html: bool,
    converter: str,
    ways: tuple[str, ...],
    levels: tuple[str, ...],
    folds: Path | None,
    sites: tuple[str, ...],
    relearn: bool,
    mixed: int,
    worst: int,
    missed: int,
    jobs: int,
    kept: Path | None,
    folder: Path | None,
) -> None:
    """Measure learned packs on the sites in FILES."""
    renderer(converter)
    tasks = sites_in(files)
    if sites:
        tasks = [task for task in tasks if task.name in sites]
    if mixed:
        tasks = mixes_of(tasks, mixed)
    if not tasks:
        raise click.UsageError("there is no site with five pages that have a gold text; name other files")
    given = HTML if is_html else TEXT
    lines = bool(worst or missed)
    options = Options(given, converter, ways or WAYS, levels, folds, relearn, lines)
    if jobs == 1:
        found = [measure(task, options) for task in tasks]
    else:
        with multiprocessing.get_context("fork").Pool(jobs) as pool:
            found = list(pool.imap(partial(measure, options=options), tasks, chunksize=1))
    judge = f"weights of {folds.name}, which do not know the sites" if folds else "the weights that ship"
    pages = sum(len(task.records) for task in tasks)
    print(f"{given}, {pages} pages of {len(tasks)} {'mixes' if mixed else 'sites'}; the judge has {judge}")
    results = [result for one in found for result in one.results]
    report.report_figures(results)
    report.report_groups(found)
    report.report_packs(found, *checked(found))
    report.report_lines([line for one in found for line in one.lines], worst, missed)
    if kept:
        kept.write_bytes(b"".join(msgspec.json.encode(result._asdict()) + b"\n" for result in results))
    if folder:
        for one in found:
            for pack in one.packs:
                path = folder / f"{pack.way} {pack.part}".replace(" ", "-") / pack.folder / f"{pack.name}.toml"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(pack.text, "utf-8")


def checked(found: Sequence[Found]) -> tuple[list[str], int]:
    """Return what `cleaner rules check` says of the packs of each way and part, and how many packs there are."""
    shipped = packs.builtin()
    findings: list[str] = []
    count = 0
    for name, sources in _folders(found):
        count += len(sources)
        report = lint(sources, shipped)
        findings += [f"{name}: {finding}  {finding.shown}" for finding in report.findings]
    return findings, count


def _folders(found: Sequence[Found]) -> Iterator[tuple[str, list[packs.Source]]]:
    """Yield the packs that are used together, as the command reads them from a folder."""
    folders: dict[str, list[packs.Source]] = {}
    for one in found:
        for pack in one.packs:
            mix = f"{one.name}, " if pack.folder == "templates" else ""
            source = packs.Source(f"{pack.folder}/{pack.name}.toml", pack.text)
            folders.setdefault(f"{mix}{pack.way} {pack.part}", []).append(source)
    yield from folders.items()


if __name__ == "__main__":
    main()
