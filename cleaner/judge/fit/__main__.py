"""The command that fits the judge; see the package."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import click
import numpy as np

from cleaner.judge import markup, model
from cleaner.judge.fit import pages, words

SEED = 0
INNER = 4  # parts that words are fitted on the rest of, so that the net sees them on pages they were not fitted on
PARTS = ("text", "page")
_pages: list[pages.LabelledPage] = []  # what a worker process inherits


def fit(chosen: Sequence[pages.LabelledPage], part: str) -> dict[str, Any]:
    """Return the weights fitted on pages: for `text`, or for a `page` with its markup."""
    return _fit_texts(chosen) if part == "text" else _fit_pages(chosen)


def _fit_texts(chosen: Sequence[pages.LabelledPage]) -> dict[str, Any]:
    from cleaner.judge.fit import net  # it needs torch

    spoken, parts = _words(chosen, _texts)
    texts = [
        {name: model.texts(variant.shapes, *part) for name, variant in page.variants.items()}
        for page, part in zip(chosen, parts, strict=True)
    ]
    fitted = net.fit(len(chosen), lambda i, random: net.draw_text(chosen[i], texts[i], random), SEED, net.TEXT)
    return {"words": spoken.weights, "text": np.array(spoken[1:]), **net.weights(fitted)}


def _fit_pages(chosen: Sequence[pages.LabelledPage]) -> dict[str, Any]:
    from cleaner.judge.fit import net

    _, parts = _words(chosen, _texts)
    marked = [(page, part) for page, part in zip(chosen, parts, strict=True) if page.evidence]
    hints, hinted = _words([page for page, _ in marked], _attributes)
    samples = [net.page_sample(page, part, hint) for (page, part), hint in zip(marked, hinted, strict=True)]
    result = {"hints": hints.weights, "hint": np.array(hints[1:])}
    for number in range(model.PAGE_NETS):
        fitted = net.fit(len(samples), lambda i, _: samples[i], SEED + number, net.PAGE)
        result |= {f"{number}/{name}": array for name, array in net.weights(fitted).items()}
    return result


def _words(
    chosen: Sequence[pages.LabelledPage], bags: Callable[[pages.LabelledPage], list[words.Bag]]
) -> tuple[words.Words, list[words.Words]]:
    """Return weights of words fitted on pages, and for each page some that were fitted without its site."""
    fitted = []
    for inner in range(INNER):
        others = [page for page in chosen if pages.part(page.site, INNER, "words ") != inner]
        fitted.append(words.fit([bag for page in others for bag in bags(page)], SEED))
    parts = [words.quantise(*each) for each in fitted]
    both = words.quantise(np.mean([each for each, _ in fitted], axis=0), float(np.mean([bias for _, bias in fitted])))
    return both, [parts[pages.part(page.site, INNER, "words ")] for page in chosen]


def _texts(page: pages.LabelledPage) -> list[words.Bag]:
    variants = [page.variants[name] for name in pages.CONVERTERS[:2] if name in page.variants]
    return [words.Bag(*each.shapes[-2:], each.shapes.words, each.content) for each in variants]


def _attributes(page: pages.LabelledPage) -> list[words.Bag]:
    variant = page.variants[pages.MARKUP]
    assert page.evidence
    return [words.Bag(*markup.tokens(page.evidence[1]), variant.shapes.words, variant.content)]


def _fit_without(fold: int | None, part: str) -> dict[str, Any]:
    return fit([page for page in _pages if fold is None or pages.part(page.site, pages.FOLDS) != fold], part)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=model.WEIGHTS,
    help="Where to write the weights; page-… beside is for HTML.",
)
@click.option("--folds", type=click.Path(path_type=Path), help="Write there the weights of cross-validation.")
@click.option("--only", type=click.Choice(PARTS), help="Fit only the judge of texts, or of pages with their markup.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True)
def main(files: tuple[Path, ...], out: Path, folds: Path | None, only: str | None, jobs: int) -> None:
    """Fit the judge on labelled pages and write its weights; with --folds also without each third of the sites."""
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(jobs, context) as pool:
        read = pool.map(pages.read, pages.records(files), chunksize=8)
        _pages.extend(page for page in read if page.variants)
    print(f"{len(_pages)} pages of {len({page.site for page in _pages})} sites", file=sys.stderr)
    wanted: list[tuple[int | None, Path]] = [(None, out)]
    if folds:
        folds.mkdir(parents=True, exist_ok=True)
        wanted += [(fold, folds / f"{fold}.bin") for fold in range(pages.FOLDS)]
    tasks = [(fold, path, part) for fold, path in wanted for part in PARTS if only in (None, part)]
    with ProcessPoolExecutor(jobs, context) as pool:
        results = pool.map(_fit_without, [fold for fold, _, _ in tasks], [part for _, _, part in tasks])
        for (_, path, part), weights in zip(tasks, results, strict=True):
            place = path if part == "text" else path.with_name(f"page-{path.name}")
            model.save(weights, place)
            print(place, file=sys.stderr)


if __name__ == "__main__":
    main()
