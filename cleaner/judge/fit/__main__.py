"""The command that fits the judge from labelled pages; see the package."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from cleaner.judge import markup, model
from cleaner.judge.fit import pages, words

if TYPE_CHECKING:
    from cleaner.judge.arrays import Weights

SEED = 0
# Parts of the sites. Weights of words are fitted without each part, and the net sees the pages of the part with
# these weights. Otherwise the net would learn to trust words more than they deserve on new pages.
INNER_FOLDS = 4
PARTS = ("text", "page")  # the judge of texts, the judge of pages with markup
_pages: list[pages.LabelledPage] = []  # worker processes inherit it


def fit(chosen: Sequence[pages.LabelledPage], part: str) -> Weights:
    """Return the weights fitted on pages, of the judge of texts (`text`) or of pages with markup (`page`)."""
    return _fit_texts(chosen) if part == "text" else _fit_pages(chosen)


def _fit_texts(chosen: Sequence[pages.LabelledPage]) -> Weights:
    from cleaner.judge.fit import net  # it needs torch

    all_words, parts = _fit_words(chosen, _text_bags)
    texts = [
        {name: model.word_inputs(variant.shapes, *part) for name, variant in page.variants.items()}
        for page, part in zip(chosen, parts, strict=True)
    ]
    fitted = net.fit(len(chosen), lambda i, random: net.draw_text(chosen[i], texts[i], random), SEED, net.TEXT)
    return {"words": all_words.weights, "text": np.array(all_words[1:]), **net.weights(fitted)}


def _fit_pages(chosen: Sequence[pages.LabelledPage]) -> Weights:
    from cleaner.judge.fit import net

    _, parts = _fit_words(chosen, _text_bags)
    marked = [(page, part) for page, part in zip(chosen, parts, strict=True) if page.evidence]
    hints, hinted = _fit_words([page for page, _ in marked], _attribute_bags)
    samples = [net.page_sample(page, part, hint) for (page, part), hint in zip(marked, hinted, strict=True)]
    result = {"hints": hints.weights, "hint": np.array(hints[1:])}
    for number in range(model.PAGE_NETS):
        fitted = net.fit(len(samples), lambda i, _: samples[i], SEED + number, net.PAGE)
        result |= {f"{number}/{name}": array for name, array in net.weights(fitted).items()}
    return result


def _fit_words(
    chosen: Sequence[pages.LabelledPage], bags: Callable[[pages.LabelledPage], list[words.Bag]]
) -> tuple[words.WordWeights, list[words.WordWeights]]:
    """Return weights of words for all pages, and for each page weights that were fitted without its site.

    The weights for all pages are the mean of those of the inner folds. `bags` makes the bags of a page.
    """
    fitted = []
    for inner in range(INNER_FOLDS):
        others = [page for page in chosen if pages.part(page.site, INNER_FOLDS, "words ") != inner]
        fitted.append(words.fit([bag for page in others for bag in bags(page)], SEED))
    parts = [words.quantise(*each) for each in fitted]
    both = words.quantise(np.mean([each for each, _ in fitted], axis=0), float(np.mean([bias for _, bias in fitted])))
    return both, [parts[pages.part(page.site, INNER_FOLDS, "words ")] for page in chosen]


def _text_bags(page: pages.LabelledPage) -> list[words.Bag]:
    variants = [page.variants[name] for name in pages.CONVERTERS[:2] if name in page.variants]
    return [words.Bag(*each.shapes[-2:], each.shapes.words, each.content) for each in variants]


def _attribute_bags(page: pages.LabelledPage) -> list[words.Bag]:
    variant = page.variants[pages.MARKUP]
    assert page.evidence
    return [words.Bag(*markup.attribute_tokens(page.evidence[1]), variant.shapes.words, variant.content)]


def _fit_without(fold: int | None, part: str) -> Weights:
    return fit([page for page in _pages if fold is None or pages.part(page.site, pages.FOLDS) != fold], part)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=model.WEIGHTS,
    help="File for the weights of texts; those of HTML go beside it, as page-…",
)
@click.option("--folds", type=click.Path(path_type=Path), help="Folder for the weights of the cross-validation.")
@click.option("--only", type=click.Choice(PARTS), help="Fit only the judge of texts, or of pages with their markup.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True)
def main(files: tuple[Path, ...], out: Path, folds: Path | None, only: str | None, jobs: int) -> None:
    """Fit the judge on labelled pages and write its weights; with --folds also without each third of the sites."""
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(jobs, context) as pool:
        labelled = pool.map(pages.label_page, pages.records(files), chunksize=8)
        _pages.extend(page for page in labelled if page.variants)
    print(f"{len(_pages)} pages of {len({page.site for page in _pages})} sites", file=sys.stderr)
    wanted: list[tuple[int | None, Path]] = [(None, out)]
    if folds:
        folds.mkdir(parents=True, exist_ok=True)
        wanted += [(fold, folds / f"{fold}.bin") for fold in range(pages.FOLDS)]
    tasks = [(fold, path, part) for fold, path in wanted for part in PARTS if only in (None, part)]
    with ProcessPoolExecutor(jobs, context) as pool:
        results = pool.map(_fit_without, [fold for fold, _, _ in tasks], [part for _, _, part in tasks])
        for (_, path, part), weights in zip(tasks, results, strict=True):
            target = path if part == "text" else path.with_name(f"page-{path.name}")
            model.save(weights, target)
            print(target, file=sys.stderr)


if __name__ == "__main__":
    main()
