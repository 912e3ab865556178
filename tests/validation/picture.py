"""The picture of the judge's thresholds: other words removed against content words lost, in percent, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cleaner.workbench.score import total
from tests.validation.measure import FILTERS, LEVELS, THRESHOLDS
from tests.validation.report import TEXT, scores_of
from tests.validation.results import Page

OURS, THEIRS = "#2a6f97", "#b23a48"  # colours


def draw(found: Sequence[Page], path: Path) -> None:
    """Draw the picture of pages as text to a file."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    mpl.rcParams["svg.hashsalt"] = "cleaner"

    def point(way: str) -> tuple[float, float]:
        figures = total(scores_of(found, TEXT, way, least_gold=False))
        return 100 * figures.lost, 100 * figures.removed

    figure, axes = pyplot.subplots(figsize=(7, 4.2))
    axes.plot(*zip(*map(point, THRESHOLDS), strict=True), color=OURS, label="cleaner, by --threshold")
    for way, color in (*((level, OURS) for level in LEVELS), *((name, THEIRS) for name in FILTERS)):
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
