"""The command that fits the judge; see the package."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import click
import numpy as np

from cleaner.judge import model
from cleaner.judge.fit import pages, words

SEED = 0
INNER = 4  # parts that words are fitted on the rest of, so that the net sees them on pages they were not fitted on
_pages: list[pages.Page] = []  # what a worker process inherits


def fit(chosen: Sequence[pages.Page]) -> dict[str, Any]:
    """Return the weights fitted on pages, as `model.Model` takes them."""
    from cleaner.judge.fit import net  # it needs torch

    fitted = []
    for inner in range(INNER):
        others = [page for page in chosen if pages.part(page.site, INNER, "words ") != inner]
        variants = [page.variants[name] for page in others for name in pages.CONVERTERS[:2] if name in page.variants]
        fitted.append(words.fit(variants, SEED))
    parts = [words.quantise(*each) for each in fitted]
    inputs = [
        {
            name: parts[pages.part(page.site, INNER, "words ")].texts(variant.shapes)
            for name, variant in page.variants.items()
        }
        for page in chosen
    ]
    both = words.quantise(np.mean([each for each, _ in fitted], axis=0), float(np.mean([bias for _, bias in fitted])))
    return {
        "words": both.weights,
        "text": np.array((both.scale, both.bias)),
        **net.weights(net.fit(chosen, inputs, SEED)),
    }


def _fit_without(fold: int | None) -> dict[str, Any]:
    return fit([page for page in _pages if fold is None or pages.part(page.site, pages.FOLDS) != fold])


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), default=model.WEIGHTS, help="Where to write the weights.")
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
            model.save(weights, path)
            print(path, file=sys.stderr)


if __name__ == "__main__":
    main()
