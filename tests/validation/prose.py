"""The documents of tests/data/prose, which are nothing but content and which no judge knows."""

from __future__ import annotations

from pathlib import Path

from cleaner.workbench.score import score
from tests.validation.held_out import HeldOut
from tests.validation.results import Alone

PROSE = Path(__file__).parent.parent / "data" / "prose"


def own_prose(folds: Path, level: str) -> dict[str, Alone]:
    """Return what a level does to each document, by its name."""
    cleaner = HeldOut(folds, level)
    results = {}
    for path in sorted(PROSE.glob("*.txt")):
        text = path.read_text("utf-8")
        clean = cleaner.clean(text, {"url": None, "id": path.stem})
        results[path.stem] = Alone(score(text, text, clean), clean == text)
    return results
