"""Measure the confidence of documents beside the F1 that they have: the figures of cleaner/judge/FIGURES.md.

    python -m cleaner.judge.fit PAGES.jsonl.xz... --folds FOLDS        fit without each third of the sites
    python -m tests.measure_confidence FOLDS PAGES.jsonl.xz...         measure each page without its site

Pages with gold are cleaned as HTML and as text at `safe` and `main`, with the weights that were fitted without their
sites; pages of thirds whose weights are not in FOLDS are left out. The tables have the confidences of a curve that is
fitted, by this command, on the pages of other sites (`PARTS`). With `--curve` the curve that fits all pages is shown,
for `judge.confidence`. This needs the extra `fit`.
"""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np
from numpy.typing import NDArray

from cleaner.judge import confidence
from cleaner.judge.confidence import Curve, calibrated
from cleaner.judge.fit import render
from cleaner.workbench.score import score
from tests.measure import renderer
from tests.validation.held_out import HeldOut

LEVELS = ("safe", "main")
INPUTS = ("html", "text")
SHIPPED = confidence.CURVE
PARTS = 5  # parts of the sites; the curve for the pages of one is fitted on the others
# Expected F1 of the points of a curve: close together where most pages are.
POINTS = (0.0, 0.6, 0.75, 0.85, 0.92, 0.96, 1.0)
# How many pages on which what is expected is what comes each point of a curve counts, beside those there are.
PRIOR = 3.0
LEAST_RISE = 0.005  # of a curve from point to point, so that it keeps the order of documents
GROUPS = 10  # of pages with about the same confidence, in the table

Floats = NDArray[np.float64]


class Found(NamedTuple):
    """One page at one level."""

    source: str  # of `INPUTS`
    level: str
    site: str
    expected: float  # F1, not calibrated
    f1: float


def tasks(files: Sequence[Path], every: int, held: HeldOut) -> Iterator[dict[str, Any]]:
    """Yield the pages of files that have gold and weights, of `every` pages the first."""
    for number, record in enumerate(render.records(files)):
        if number % every == 0 and record.get("gold") and held.has(record):
            yield record


_held: dict[str, HeldOut] = {}


def start(folds: Path) -> None:
    """Prepare a worker process: the confidence of its documents is not calibrated."""
    logging.disable()
    confidence.CURVE = ((0.0, 0.0), (1.0, 1.0))
    _held.update({level: HeldOut(folds, level) for level in LEVELS})


def measure(record: dict[str, Any]) -> list[Found]:
    """Return what is expected of a page and what comes of it, in all ways in which there is a line to judge.

    A page of which less than half of the content stands in its text is left out: the judge does not see the rest.
    """
    site, gold, text = render.group(record), record["gold"], renderer("resiliparse")(record["html"])
    result: list[Found] = []
    whole = score(text, gold, text)
    if 2 * whole.content < whole.gold:
        return result
    for level, held in _held.items():
        for source in INPUTS:
            done = held.cleaned_html(record) if source == "html" else held.cleaned(text, record)
            if done.confidence is not None:
                result.append(Found(source, level, site, done.confidence, score(text, gold, done.text).f1))
    return result


def fitted(expected: Floats, f1: Floats) -> Curve:
    """Return the rising curve with `POINTS` that fits best, by least squares."""
    own = np.array(POINTS)
    hats = np.stack([np.interp(expected, own, each) for each in np.eye(len(own))], axis=1)
    squares = hats.T @ hats + PRIOR * np.eye(len(own))
    values = np.linalg.solve(squares, hats.T @ f1 + PRIOR * own)
    rise = LEAST_RISE * np.arange(len(own))
    values = np.minimum(np.maximum.accumulate(values - rise) + rise, 1)
    return tuple(zip(POINTS, values.round(3).tolist(), strict=True))


def across_sites(found: Sequence[Found]) -> Floats:
    """Return the confidence of each page by the curve of the pages of other sites."""
    part = np.array([render.part(one.site, PARTS, "confidence ") for one in found])
    expected, f1 = columns(found)
    result = np.zeros(len(found))
    for number in range(PARTS):
        curve = fitted(expected[part != number], f1[part != number])
        for i in np.flatnonzero(part == number):
            result[i] = calibrated(expected[i], curve)
    return result


def columns(found: Sequence[Found]) -> tuple[Floats, Floats]:
    """Return what was expected of pages, and their F1."""
    return np.array([one.expected for one in found]), np.array([one.f1 for one in found])


def ranks(values: Floats) -> Floats:
    """Return the rank of each value, from 0; equal values share the mean of theirs."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    result: Floats = (np.cumsum(counts) - (counts + 1) / 2)[which]
    return result


def spearman(one: Floats, other: Floats) -> float:
    """Return Spearman's rank correlation."""
    return float(np.corrcoef(ranks(one), ranks(other))[0, 1])


def report(found: Sequence[Found], held_out: Floats, shipped: Floats) -> Iterator[str]:
    """Yield what is measured of pages at one level, as a table of Markdown."""
    expected, f1 = columns(found)
    order = np.argsort(held_out, kind="stable")
    yield "| confidence | mean | F1 | F1 below .8 |"
    yield "|---|---|---|---|"
    for group in np.array_split(order, GROUPS):
        sure, good = held_out[group], f1[group]
        span = f"{sure.min():.3f} to {sure.max():.3f}"
        yield f"| {span} | {sure.mean():.3f} | {good.mean():.3f} | {(good < 0.8).mean():.0%} |"
    yield ""
    least, rest = order[: len(order) // GROUPS], order[len(order) // GROUPS :]
    yield f"F1 {f1.mean():.3f}; of the least trusted tenth {f1[least].mean():.3f}, of others {f1[rest].mean():.3f}"
    ways = {"expected, not calibrated": expected, "fitted on other sites": held_out, "as shipped": shipped}
    for name, values in ways.items():
        error = np.sqrt(np.square(values - f1).mean())
        order_kept = spearman(values, f1)
        yield f"{name}: mean {values.mean():.3f}, Spearman {order_kept:.3f}, root mean square error {error:.3f}"


@click.command()
@click.argument("folds", type=click.Path(exists=True, path_type=Path))
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--every", type=click.IntRange(1), default=1, help="Take every Nth page only.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True)
@click.option("--curve", is_flag=True, help="Print the curve that fits all pages best.")
def main(folds: Path, files: tuple[Path, ...], every: int, jobs: int, curve: bool) -> None:
    """Measure confidences of pages whose sites the judge does not know; FOLDS has its weights."""
    held = HeldOut(folds, LEVELS[0])
    context = multiprocessing.get_context("fork")
    with context.Pool(jobs, start, (folds,)) as pool:
        found = [one for each in pool.imap(measure, tasks(files, every, held), chunksize=4) for one in each]
    held_out = across_sites(found)
    if curve:
        print(fitted(*columns(found)))
    for source, level in product(INPUTS, LEVELS):
        chosen = [i for i, one in enumerate(found) if (one.source, one.level) == (source, level)]
        some = [found[i] for i in chosen]
        shipped = np.array([calibrated(one.expected, SHIPPED) for one in some])
        print(f"\n{source}, {level}: {len(some)} pages of {len({one.site for one in some})} sites\n")
        print("\n".join(report(some, held_out[chosen], shipped)))


if __name__ == "__main__":
    main()
