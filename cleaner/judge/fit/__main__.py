"""The command that fits the judge from labelled pages; see the package."""

from __future__ import annotations

import multiprocessing
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from cleaner.judge import markup, model, shipped
from cleaner.judge.fit import pages, render, words

if TYPE_CHECKING:
    from cleaner.judge.arrays import Array, Weights

SEED = 0
# Parts of the groups of pages. Weights of words are fitted without each part, and the net sees the pages of the part
# with these weights. Otherwise the net would learn to trust words more than they deserve on new pages.
INNER_FOLDS = 4
TIMES = {pages.FORUM: 3}  # how often pages of a kind are drawn in an epoch, other than once; there are few forums
# Parts of the judge: for texts, for pages with markup, and for those that trafilatura was asked about as well.
PARTS = ("text", "markup", "page")
_pages: list[pages.LabelledPage] = []  # all that is fitted on; worker processes inherit it


def fit(chosen: Sequence[pages.LabelledPage], part: str) -> Weights:
    """Return the weights of one of `PARTS`, fitted on pages."""
    return _fit_texts(chosen) if part == "text" else _fit_pages(chosen, with_verdict=part == "page")


def _fit_texts(chosen: Sequence[pages.LabelledPage]) -> Weights:
    from cleaner.judge.fit import net  # it needs torch

    all_words, unseen = _fit_words(chosen, _text_bags)
    common = _common_words(chosen)
    texts = [
        {
            name: model.word_inputs(variant.shapes, _with_common(weights, common))
            for name, variant in page.variants.items()
        }
        for page, weights in zip(chosen, unseen, strict=True)
    ]
    order = [i for i, page in enumerate(chosen) for _ in range(TIMES.get(page.kind, 1))]
    fitted = net.fit(
        len(order), lambda i, random: net.draw_text(chosen[order[i]], texts[order[i]], random), SEED, net.TEXT
    )
    return {"words": all_words.weights, "common": common, "text": np.array(all_words[1:]), **net.weights(fitted)}


def _fit_pages(chosen: Sequence[pages.LabelledPage], *, with_verdict: bool) -> Weights:
    from cleaner.judge.fit import net

    _, unseen = _fit_words(chosen, _text_bags)
    common = _common_words(chosen)
    marked = [(page, weights) for page, weights in zip(chosen, unseen, strict=True) if page.evidence]
    hints, unseen_hints = _fit_words([page for page, _ in marked], _attribute_bags)
    samples = [
        net.page_sample(page, name, _with_common(weights, common), hint, with_verdict=with_verdict)
        for (page, weights), hint in zip(marked, unseen_hints, strict=True)
        for name in page.evidence
        for _ in range(TIMES.get(page.kind, 1))
    ]
    result = {"hints": hints.weights, "hint": np.array(hints[1:])}
    for number in range(shipped.PAGE_NETS):
        fitted = net.fit(len(samples), lambda i, _: samples[i], SEED + number, net.PAGE)
        result |= {f"{number}/{name}": array for name, array in net.weights(fitted).items()}
    return result


def _fit_words(
    chosen: Sequence[pages.LabelledPage], bags: Callable[[pages.LabelledPage], list[words.Bag]]
) -> tuple[words.Quantised, list[words.Quantised]]:
    """Return weights of words for all pages, and for each page weights that were fitted without its group.

    The weights for all pages are the mean of those of the inner folds. `bags` makes the bags of a page.
    """
    fitted = []
    for inner in range(INNER_FOLDS):
        others = [page for page in chosen if render.part(page.group, INNER_FOLDS, "words ") != inner]
        fitted.append(words.fit([bag for page in others for bag in bags(page)], SEED))
    folds = [words.quantise(*each) for each in fitted]
    mean = words.quantise(np.mean([each for each, _ in fitted], axis=0), float(np.mean([bias for _, bias in fitted])))
    return mean, [folds[render.part(page.group, INNER_FOLDS, "words ")] for page in chosen]


def _with_common(weights: words.Quantised, common: Array) -> model.WordWeights:
    return model.WordWeights(weights.weights, common, weights.scale, weights.bias)


def _common_words(chosen: Sequence[pages.LabelledPage]) -> Array:
    """Return which buckets have a common word of a language: of the content of pages that name their language."""
    texts = defaultdict(list)
    for page in chosen:
        if pages.ALONE in page.variants:
            texts[page.language].append(page.variants[pages.ALONE].shapes.tokens)
    return words.common([texts[language] for language in sorted(texts) if language])


def _text_bags(page: pages.LabelledPage) -> list[words.Bag]:
    """Return the lines of a page as the first two converters render it."""
    return [_bag(page.variants[name]) for name in render.CONVERTERS[:2] if name in page.variants]


def _bag(variant: pages.Variant) -> words.Bag:
    """Return the lines of a text; comments of users count as if they had one word."""
    known = variant.shapes.words * (variant.weight >= 1)
    return words.Bag(*variant.shapes[-2:], known, variant.content)


def _attribute_bags(page: pages.LabelledPage) -> list[words.Bag]:
    """Return the lines of a page with the words of the attributes around them, if it has any."""
    if pages.MARKUP not in page.evidence:
        return []
    _, _, known, content = _bag(page.variants[pages.MARKUP])
    return [words.Bag(*markup.attribute_tokens(page.evidence[pages.MARKUP].paths), known, content)]


def _without_leaks(found: Sequence[pages.LabelledPage]) -> list[pages.LabelledPage]:
    """Return the pages without those that have no known template although other pages of their site have one.

    Their group is the site, the group of the others is the template. So pages of one site could be on both sides of a
    validation.
    """
    grouped = {page.site for page in found if page.group != page.site}
    return [page for page in found if page.group != page.site or page.site not in grouped]


def _fit_without(fold: int | None, part: str) -> Weights:
    return fit([page for page in _pages if fold is None or render.part(page.group, render.FOLDS) != fold], part)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=shipped.WEIGHTS,
    help="File for the weights of texts; those of HTML go beside it, as markup-… and page-…",
)
@click.option("--folds", type=click.Path(path_type=Path), help="Folder for the weights of the cross-validation.")
@click.option("--only", type=click.Choice(PARTS), help="Fit only this part of the judge.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True)
def main(files: tuple[Path, ...], out: Path, folds: Path | None, only: str | None, jobs: int) -> None:
    """Fit the judge on labelled pages and write its weights; with --folds also without each third of the sites."""
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(jobs, context) as pool:
        labelled = pool.map(pages.label_record, render.records(files), chunksize=8)
        _pages.extend(_without_leaks([page for page in labelled if page.variants]))
    print(f"{len(_pages)} pages of {len({page.site for page in _pages})} sites", file=sys.stderr)
    wanted: list[tuple[int | None, Path]] = [(None, out)]
    if folds:
        folds.mkdir(parents=True, exist_ok=True)
        wanted += [(fold, folds / f"{fold}.bin") for fold in range(render.FOLDS)]
    tasks = [(fold, path, part) for fold, path in wanted for part in PARTS if only in (None, part)]
    with ProcessPoolExecutor(jobs, context) as pool:
        results = pool.map(_fit_without, [fold for fold, _, _ in tasks], [part for _, _, part in tasks])
        for (_, path, part), weights in zip(tasks, results, strict=True):
            target = path if part == "text" else path.with_name(f"{part}-{path.name}")
            shipped.save(weights, target)
            print(target, file=sys.stderr)


if __name__ == "__main__":
    main()
