"""The judge: which lines of a document are page chrome, by the scores of the model, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from cleaner import kernel
from cleaner.judge import chances, doubt, shipped
from cleaner.judge.confidence import Expectation
from cleaner.judge.maker import FilledLines, Maker, Net
from cleaner.judge.records import numbers_of
from cleaner.judge.shipped import Stored
from cleaner.marks import CATEGORY_LEFT_OUT, Mark

if TYPE_CHECKING:
    from cleaner.html.page import Page

# How much the nets for pages count beside the net for texts, which takes a short page for content as a whole. With 2,
# the F1 on pages is .001 lower, and a menu of one entry stays on a page of one paragraph.
MARKUP_WEIGHT = 4
TRAFILATURA = "trafilatura"  # the name in the mark of a line that trafilatura leaves out as well


class Judge:
    """A model with a level.

    `level` is `safe` or `main`. A `threshold` replaces the level's decisions: a line stays if its probability of
    being content, as languages and lists raise it (see `decide`), is at least this. `weights`, `markup_weights` and
    `page_weights` replace the weights that ship. `make` chooses the maker; without one it is the compiled kernel, if
    there is one.
    """

    def __init__(
        self,
        level: str,
        threshold: float | None = None,
        weights: Stored | None = None,
        markup_weights: Stored | None = None,
        page_weights: Stored | None = None,
        *,
        make: Callable[[Stored], Maker] | None = None,
    ) -> None:
        self._level = level
        self._threshold = None if threshold is None else chances.lowest_score(threshold)
        weights = shipped.load() if weights is None else weights
        self._maker: Maker = (make or _maker())(weights)
        self._net = self._maker.net(weights)
        self._markup_weights, self._page_weights = markup_weights, page_weights

    def read(self, documents: Sequence[Sequence[str]]) -> list[FilledLines]:
        """Return what the judge needs to know of documents, each given as lines without line breaks."""
        return [FilledLines(records, self._maker) for records in self._maker.read(documents)]

    def scores(self, documents: Sequence[FilledLines], links: Sequence[Sequence[int]] = ()) -> list[bytes]:
        """Return the scores of the filled lines of each document, one byte each.

        `links` says of each document which share of each line is in links, as `Shown.links` does.
        """
        some = [filled.records for filled in documents if len(filled)]
        scores = iter(self._net.score(some, self._maker.places(some)) if some else ())
        return [
            self._with_links(next(scores), filled, shares) if len(filled) else b""
            for filled, shares in zip(documents, links or [()] * len(documents), strict=True)
        ]

    def _with_links(self, scores: bytes, filled: FilledLines, links: Sequence[int]) -> bytes:
        return self._maker.with_links(scores, filled.records, links) if len(links) else scores

    def chances(self, filled: FilledLines, scores: bytes) -> dict[int, float]:
        """Return the probability of each filled line (0-based) that it is content, given the scores of a document."""
        return dict(zip(filled.lines(), map(chances.probability, numbers_of(scores)), strict=True))

    def expectation(self, lines: int, filled: FilledLines, scores: bytes) -> Expectation:
        """Return what is expected of a document with so many `lines`, given the scores of those that are filled."""
        return Expectation.of(lines, filled, scores)

    def page_scores(self, filled: FilledLines, page: Page) -> tuple[bytes, Page]:
        """Return the scores of the filled lines of a page, and the page as it was judged.

        Scores are a mean of the net for texts and the nets for pages. The nets that know no verdict of trafilatura
        come first. If they leave doubt, trafilatura is asked, and if that has a verdict, the nets that know it score.
        """
        if not len(filled):
            return b"", page
        places = self._maker.places([filled.records])
        (text,) = self._net.score([filled.records], places)
        scores = _mean(text, self._by_markup.scores(filled, places, page))
        if page.tree is not None and doubt.is_in_doubt(numbers_of(scores), filled.words(), self._level):
            page = page.asked()
            if page.kept:
                scores = _mean(text, self._by_verdict.scores(filled, places, page))
        return scores, page

    @cached_property
    def _by_markup(self) -> _PageNets:
        weights = shipped.load(shipped.MARKUP_WEIGHTS) if self._markup_weights is None else self._markup_weights
        return _PageNets(weights, self._maker)

    @cached_property
    def _by_verdict(self) -> _PageNets:
        weights = shipped.load(shipped.PAGE_WEIGHTS) if self._page_weights is None else self._page_weights
        return _PageNets(weights, self._maker)

    def marks(
        self,
        filled: FilledLines,
        scores: bytes | None,
        ruled: Iterable[int] = (),
        spared: Iterable[int] = (),
        page: Page | None = None,
    ) -> dict[int, Mark]:
        """Return the lines of a document (0-based) that are chrome, each with a mark that says why.

        `ruled` are the lines that rules remove, `spared` the lines that must stay. `page` is the page that the lines
        are from if `scores` are its `page_scores`. Its headline must stay then as well, and trafilatura is named for
        the lines that it leaves out, too.
        """
        if not scores:
            return {}
        limits = chances.PAGE if page else chances.TEXT
        spared = [*spared, *page.headline] if page else spared
        found = self._maker.lines_that_go(filled.records, scores, ruled, spared, self._level, self._threshold, limits)
        left_out = page.left_out if page else ()
        return {
            line: _mark(score, TRAFILATURA if line in left_out else f"judge/{chances.REASONS[reason]}")
            for line, score, reason in found
        }


def _maker() -> Callable[[Stored], Maker]:
    """Return the maker: the kernel if it is compiled, or else numpy."""
    if kernel.compiled:
        from cleaner.judge.in_c import CompiledMaker

        return CompiledMaker
    from cleaner.judge.in_numpy import NumpyMaker

    return NumpyMaker


class _PageNets:
    """The nets for pages of one file of weights."""

    def __init__(self, weights: Stored, maker: Maker) -> None:
        from cleaner.judge.characters import Characters

        self._characters = Characters()
        self._hints, self._hint = weights["hints"].load(), weights["hint"].load().tolist()
        self._nets: list[Net] = [maker.net(weights, f"{number}/") for number in range(shipped.PAGE_NETS)]

    def scores(self, filled: FilledLines, places: Sequence[bytes], page: Page) -> list[bytes]:
        """Return the scores of the filled lines of a page, by each net; `places` are the lines' inputs of place."""
        import numpy as np

        from cleaner.judge import markup

        more = markup.page_inputs(page, self._characters, np.array(filled.lines()), self._hints, *self._hint)
        further = [more.T.astype("<i2").tobytes()]
        return [score for net in self._nets for score in net.score([filled.records], places, further)]


def _mean(text: bytes, pages: Sequence[bytes]) -> bytes:
    """Return the mean of the scores by the text alone and those by the nets for pages."""
    import numpy as np

    one, *others = (np.frombuffer(each, np.int8).astype(np.int64) for each in (text, *pages))
    mean = (one + MARKUP_WEIGHT * np.mean(others, axis=0)) / (1 + MARKUP_WEIGHT)
    return bytes(np.rint(mean).astype(np.int8))


def _mark(score: int, by: str) -> Mark:
    chance = chances.probability(score)
    return Mark(by, CATEGORY_LEFT_OUT, "likely" if chance < chances.LIKELY_BELOW else "guess", chance)
