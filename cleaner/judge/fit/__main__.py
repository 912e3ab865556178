"""The command that fits the judge; see the package."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np

from cleaner.judge import markup, model
from cleaner.judge.fit import pages, words

SEED = 0
INNER = 4  # parts that words are fitted on the rest of, so that the net sees them on pages they were not fitted on
_pages: list[pages.Page] = []  # what a worker process inherits


class Fitted(NamedTuple):
    """The weights of the judge, for texts and for pages with their markup."""

    text: dict[str, Any]
    page: dict[str, Any]


def fit(chosen: Sequence[pages.Page]) -> Fitted:
    """Return the weights fitted on pages."""
    from cleaner.judge.fit import net  # it needs torch

    spoken, parts = _words(chosen, _texts)
    texts = [
        {name: model.texts(variant.shapes, *part) for name, variant in page.variants.items()}
        for page, part in zip(chosen, parts, strict=True)
    ]
    fitted = net.fit(
        len(chosen),
        lambda i, random: net.draw_text(chosen[i], texts[i], random),
        SEED,
        inputs=net.INPUTS,
        epochs=net.EPOCHS,
    )
    text = {"words": spoken.weights, "text": np.array(spoken[1:]), **net.weights(fitted)}

    marked = [page for page in chosen if page.evidence]
    spoken_there = [text[pages.MARKUP] for text in texts if pages.MARKUP in text]
    hints, hinted = _words(marked, _attributes)
    samples = [net.page_sample(*each) for each in zip(marked, spoken_there, hinted, strict=True)]
    fitted = net.fit(len(samples), lambda i, _: samples[i], SEED, inputs=net.PAGE_INPUTS, epochs=net.PAGE_EPOCHS)
    return Fitted(text, {"hints": hints.weights, "hint": np.array(hints[1:]), **net.weights(fitted)})


def _words(
    chosen: Sequence[pages.Page], bags: Callable[[pages.Page], list[words.Bag]]
) -> tuple[words.Words, list[words.Words]]:
    """Return weights of words fitted on pages, and for each page some that were fitted without its site."""
    fitted = []
    for inner in range(INNER):
        others = [page for page in chosen if pages.part(page.site, INNER, "words ") != inner]
        fitted.append(words.fit([bag for page in others for bag in bags(page)], SEED))
    parts = [words.quantise(*each) for each in fitted]
    both = words.quantise(np.mean([each for each, _ in fitted], axis=0), float(np.mean([bias for _, bias in fitted])))
    return both, [parts[pages.part(page.site, INNER, "words ")] for page in chosen]


def _texts(page: pages.Page) -> list[words.Bag]:
    variants = [page.variants[name] for name in pages.CONVERTERS[:2] if name in page.variants]
    return [words.Bag(*each.shapes[-2:], each.shapes.words, each.content) for each in variants]


def _attributes(page: pages.Page) -> list[words.Bag]:
    variant = page.variants[pages.MARKUP]
    assert page.evidence
    return [words.Bag(*markup.tokens(page.evidence[1]), variant.shapes.words, variant.content)]


def _fit_without(fold: int | None) -> Fitted:
    return fit([page for page in _pages if fold is None or pages.part(page.site, pages.FOLDS) != fold])


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=model.WEIGHTS,
    help="Where to write the weights; page-… beside is for HTML.",
)
@click.option("--folds", type=click.Path(path_type=Path), help="Write there the weights of cross-validation.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True)
def main(files: tuple[Path, ...], out: Path, folds: Path | None, jobs: int) -> None:
    """Fit the judge on labelled pages and write its weights; with --folds also without each third of the sites."""
    _pages.extend(page for page in pages.read(files) if page.variants)
    print(f"{len(_pages)} pages of {len({page.site for page in _pages})} sites", file=sys.stderr)
    wanted: list[tuple[int | None, Path]] = [(None, out)]
    if folds:
        folds.mkdir(parents=True, exist_ok=True)
        wanted += [(fold, folds / f"{fold}.bin") for fold in range(pages.FOLDS)]
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("fork")) as pool:
        results = pool.map(_fit_without, [fold for fold, _ in wanted])
        for (_, path), weights in zip(wanted, results, strict=True):
            for each, place in ((weights.text, path), (weights.page, path.with_name(f"page-{path.name}"))):
                model.save(each, place)
                print(place, file=sys.stderr)


if __name__ == "__main__":
    main()
