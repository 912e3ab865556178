"""Validate the judge on pages it was not fitted on: the figures of cleaner/judge/FIGURES.md.

    python -m cleaner.judge.fit PAGES.jsonl.xz... --folds FOLDS           fit without each third of the sites
    python -m tests.validate FOLDS PAGES.jsonl.xz...                      measure each page without its site
    python -m tests.validate FOLDS PAGES.jsonl.xz... --json RESULTS       and keep the results
    python -m tests.validation.tables RESULTS...                          the same as tables of Markdown
    python -m tests.validate FOLDS PAGES.jsonl.xz... --judged --every 5   a quick look at new weights

Each page is cleaned as text and as HTML, with the weights that were fitted without its site or theme, and trafilatura
extracts it. Lost and removed words count over the text of the whole page, for HTML as resiliparse renders it. Also
measured are: whether the headline stays (`validation.headlines`); scores without user comments
(`validation.comments`); what becomes of text that is clean already, of the gold text alone and of tests/data/prose;
and how often lines are content that the judge gives some chance. This needs the extra `fit`.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from cleaner.judge.fit import render
from tests import extractors
from tests.validation import measure
from tests.validation.picture import draw
from tests.validation.prose import own_prose
from tests.validation.report import report, report_prose
from tests.validation.results import HTML, Page, save


def tasks(files: tuple[Path, ...], every: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the pages of files, of `every` pages the first, each with the name of its data set."""
    for path in files:
        name = path.name.partition(".")[0].removesuffix("-dev")
        yield from ((name, record) for number, record in enumerate(render.records([path])) if number % every == 0)


@click.command()
@click.argument("folds", type=click.Path(exists=True, path_type=Path))
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--text", "text_only", is_flag=True, help="Give pages as text only.")
@click.option("--html", "html_only", is_flag=True, help="Give pages as HTML only.")
@click.option(
    "--converter",
    "converters",
    type=click.Choice(render.CONVERTERS),
    multiple=True,
    default=[measure.WHOLE],
    show_default=True,
    help="Render the text of pages by this; with several, figures are averages.",
)
@click.option("--only", "parts", type=click.Choice(measure.PARTS), multiple=True, help="Measure only this.")
@click.option("--every", type=click.IntRange(1), default=1, help="Take every Nth page only.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True)
@click.option("--others", is_flag=True, help="Compare with more filters and extractors.")
@click.option("--judged", is_flag=True, help="Measure only the levels of the judge. It is faster, for trials.")
@click.option("--picture", type=click.Path(path_type=Path), help="Try thresholds, and draw them to this SVG file.")
@click.option(
    "--json", "results", type=click.Path(path_type=Path), help="Write the results of each page as JSON lines."
)
def main(
    folds: Path,
    files: tuple[Path, ...],
    text_only: bool,
    html_only: bool,
    converters: tuple[str, ...],
    parts: tuple[str, ...],
    every: int,
    jobs: int,
    others: bool,
    judged: bool,
    picture: Path | None,
    results: Path | None,
) -> None:
    """Measure pages whose sites the judge does not know; FOLDS has its weights."""
    if text_only and html_only:
        raise click.UsageError("--text and --html exclude each other; leave out both")
    if picture and html_only:
        raise click.UsageError("--picture is of pages as text; leave out --html")
    if judged and (others or picture):
        raise click.UsageError("--judged leaves out what --others and --picture need")
    if others and not text_only:
        extractors.require()
    sources = [*(() if html_only else converters), *(() if text_only else (HTML,))]
    options = measure.Options(folds, sources, parts or measure.PARTS, picture is not None, others, judged)
    context = multiprocessing.get_context("fork")
    with context.Pool(jobs, measure.start, (options,)) as pool:  # unlike an executor, it reads only a few pages ahead
        found: list[Page] = [page for page in pool.imap(measure.work, tasks(files, every), chunksize=4) if page]
    if results:
        save(found, results)
    report(found)
    if "alone" in options.parts:
        for level in measure.JUDGED:
            report_prose(level, own_prose(folds, level))
    if picture:
        draw(found, picture)


if __name__ == "__main__":
    main()
