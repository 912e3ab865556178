"""Measure how far a review leads: how many decisions it takes until hardly any content is lost.

    python -m tests.measure_review PAGES.jsonl.xz [--first 1] [--count 100] [--level safe] [--converter resiliparse]

The pages (see `tests.measure`; they need `gold`) are cleaned as text. Somebody goes down the list of `cleaner review`
in its order, and the gold decides: a line, or a block, is kept if at least half of its words are content words that
are lost. Each decision is carried out by the code of `cleaner review --apply`, and the pages of its site are cleaned
again with the pack. The table has, after so many decisions, the share of the content words that is lost (%) and how
many decisions were to keep. Below it are other orders of the list, and the list without blocks.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from cleaner import Cleaner
from cleaner.document import Cleaned
from cleaner.evidence.rows import rows_of, site_of
from cleaner.review.apply import add
from cleaner.review.decisions import Decision
from cleaner.review.document import look
from cleaner.review.gather import Gathering
from cleaner.review.groups import Grouped
from cleaner.review.packs import SitePack
from cleaner.workbench.score import count_words, words_of
from tests.measure import Page, pages

STEPS = (10, 25, 50, 100, 200, 400, 800, 1600)
GOAL = 0.001  # the share of the content words that may be lost


class Measured(NamedTuple):
    """A page, what became of it, and its words that are content and lost; `site` as reviews have it."""

    page: Page
    site: str
    cleaned: Cleaned
    missing: Counter[str]
    content: int

    @classmethod
    def of(cls, page: Page, cleaned: Cleaned) -> Measured:
        counts = count_words(page.text, page.gold or "", cleaned.text)
        return cls(page, site_of(page.url), cleaned, counts.content - counts.kept, counts.content.total())


class Walk:
    """Somebody who goes down a list and decides as the gold says."""

    def __init__(self, measured: Sequence[Measured], level: str, folder: Path) -> None:
        self._level, self._folder = level, folder
        self._now: dict[str, list[Measured]] = {}
        for one in measured:
            self._now.setdefault(one.site, []).append(one)
        self._content = sum(one.content for one in measured)
        self._packs: dict[str, SitePack] = {}
        self._texts: dict[tuple[str, str, str], list[str]] = {}  # what went, by site, rule and key
        for one in measured:
            for edit, row in zip(one.cleaned.edits, rows_of(one.cleaned, "", one.page.url), strict=True):
                self._texts.setdefault((one.site, row.rule, row.key), []).append(edit.before)

    @property
    def lost(self) -> float:
        """The share of the content words that is lost now."""
        return sum(one.missing.total() for each in self._now.values() for one in each) / self._content

    def go(self, groups: Sequence[Grouped]) -> tuple[int | None, list[str]]:
        """Go down the list; return after how many decisions the goal is reached, and cells of the table."""
        keeps, reached = 0, None
        cells = []
        for number, group in enumerate(groups[: STEPS[-1]], 1):
            if self._is_content(group):
                keeps += 1
                self._keep(group)
                if reached is None and self.lost < GOAL:
                    reached = number
            if number in STEPS:
                cells.append(f"{self.lost:.3%} ({keeps})")
        return reached, cells

    def _is_content(self, group: Grouped) -> bool:
        words: Counter[str] = Counter()
        for key, rule, site, _ in group.keys:
            for text in self._texts.get((site, rule, key[:500]), ()):
                words.update(words_of(text))
        missing: Counter[str] = Counter()
        for one in self._now.get(group.keys[0][2], ()):
            missing += one.missing
        return words.total() > 0 and 2 * (words & missing).total() >= words.total()

    def _keep(self, group: Grouped) -> None:
        """Carry out a decision to keep, and clean the pages of its site again."""
        _, rule, site, part = group.keys[0]
        pack = self._packs.setdefault(site, SitePack(site))
        decision = Decision("keep", "site", group.line, group.key, rule, part=part or None, site=site)
        add(pack, [decision])
        path = self._folder / f"{pack.id}.toml"
        path.write_text(pack.text(), "utf-8")
        cleaner = Cleaner(self._level, rules=[path])  # type: ignore[arg-type] # checked there
        self._now[site] = [
            Measured.of(one.page, cleaner.clean(one.page.text, url=one.page.url)) for one in self._now[site]
        ]


def singles(groups: Sequence[Grouped]) -> list[Grouped]:
    """Return the lines of groups, each as a group of its own."""
    return [Grouped([key], [member]) for group in groups for key, member in zip(*group, strict=True)]


def ordered(groups: Sequence[Grouped], by: Callable[[Grouped], float]) -> list[Grouped]:
    return sorted(groups, key=lambda group: (-by(group), group.members[0].number))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pages", type=Path)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--level", default="safe")
    parser.add_argument("--converter", default="resiliparse")
    options = parser.parse_args()
    start = options.first - 1
    cleaner = Cleaner(options.level)
    gathering = Gathering()
    measured = []
    for number, page in enumerate(islice(pages(options.pages, options.converter), start, start + options.count)):
        cleaned = cleaner.clean(page.text, url=page.url)
        measured.append(Measured.of(page, cleaned))
        gathering.add(look(cleaned, str(number), page.url, page.text))
    groups = gathering.groups()
    print(f"{len(measured)} pages, {len(groups):,} groups of {len(singles(groups)):,} lines")
    lists = {
        "as the page has it": groups,
        "blocks, doubt × words": ordered(groups, lambda group: group.doubt * group.words),
        "blocks, doubt": ordered(groups, lambda group: group.doubt),
        "lines, as the page": ordered(singles(groups), lambda group: group.rank),
        "lines, doubt × words": ordered(singles(groups), lambda group: group.doubt * group.words),
        "lines, doubt": ordered(singles(groups), lambda group: group.doubt),
    }
    print(f"{'':22} {'until .1 %':>10}", *(f"{step:>12}" for step in STEPS))
    for name, listed in lists.items():
        with TemporaryDirectory() as folder:
            walk = Walk(measured, options.level, Path(folder))
            before = walk.lost
            reached, cells = walk.go(listed)
        print(f"{name:22} {reached or '-':>10}", *(f"{cell:>12}" for cell in cells))
    print(f"lost before: {before:.3%}")


if __name__ == "__main__":
    main()
