"""Cleaners whose judge does not know the page that they clean: each page has the weights of its fold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from cleaner import Cleaned, Cleaner
from cleaner.judge import shipped
from cleaner.judge.fit import render
from cleaner.judge.judge import Judge


class HeldOut:
    """Cleaners at one level, one for each fold: its judge does not know the groups of this fold.

    There is none for a fold whose weights are not in the folder `folds`; `has` tells.
    """

    def __init__(self, folds: Path, level: str, threshold: float | None = None) -> None:
        self._cleaners: dict[int, Cleaner] = {}
        for fold in range(render.FOLDS):
            cleaner = Cleaner(level, threshold=threshold)  # type: ignore[arg-type]
            if level != "rules":
                files = [folds / f"{name}.bin" for name in (fold, f"markup-{fold}", f"page-{fold}")]
                if not all(map(Path.exists, files)):
                    continue
                judge = Judge(level, threshold, *map(shipped.load, files))
                object.__setattr__(cleaner, "_built", replace(cleaner._passes, judge=judge))
            self._cleaners[fold] = cleaner

    def has(self, record: dict[str, Any]) -> bool:
        """Whether there is a cleaner that does not know the group of a page."""
        return _fold_of(record) in self._cleaners

    def cleaned(self, text: str, record: dict[str, Any], *, with_url: bool = True) -> Cleaned:
        """Clean a page as text."""
        return self._without(record).clean(text, url=record["url"] if with_url else None)

    def clean(self, text: str, record: dict[str, Any], *, with_url: bool = True) -> str:
        """Return the clean text of a page as text."""
        return self.cleaned(text, record, with_url=with_url).text

    def cleaned_html(self, record: dict[str, Any]) -> Cleaned:
        """Clean a page as HTML."""
        return self._without(record).clean_html(record["html"], url=record["url"])

    def clean_html(self, record: dict[str, Any]) -> str:
        """Return the clean text of a page as HTML."""
        return self.cleaned_html(record).text

    def judge(self, record: dict[str, Any]) -> Judge:
        """Return the judge that does not know the group of a page; at level `rules` there is none."""
        judge = self._without(record)._passes.judge
        assert judge is not None
        return judge

    def _without(self, record: dict[str, Any]) -> Cleaner:
        """Return the cleaner that does not know the group of a page."""
        return self._cleaners[_fold_of(record)]


def _fold_of(record: dict[str, Any]) -> int:
    return render.part(render.group(record), render.FOLDS)
