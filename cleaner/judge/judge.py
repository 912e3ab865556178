"""The judge: which lines of a document are page chrome, by the scores of the model, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cleaner.judge import decide, doubt, features, model
from cleaner.judge.model import FilledLines, Net, Reader
from cleaner.marks import CATEGORY_LEFT_OUT, Mark

if TYPE_CHECKING:
    from cleaner.html.page import Page
    from cleaner.judge.arrays import Flags, Floats, Inputs, Ints, Weights
    from cleaner.judge.characters import Characters

# How much the nets for pages count beside the net for texts, which takes a short page for content as a whole. With 2,
# the F1 on pages is .001 lower, and a menu of one entry stays on a page of one paragraph.
MARKUP_WEIGHT = 4
TRAFILATURA = "trafilatura"  # the name in the mark of a line that trafilatura leaves out as well
# The reason in the mark of any other line: its words are those of chrome, it is short, it is no sentence, or it
# stands among chrome. The first that holds is named. The score decides, and every reason adds to it.
REASONS = ("words", "short", "shape", "place")
# Reason `words`: the input that the words make is at most this, odds of about 1 to 7 of being content.
CHROME_WORDS = -2 * features.LOG_STEPS
# Reason `short`: the input for the number of words is below this, which is that of ten words.
TEN_WORDS = 3.5 * features.LOG_STEPS
# A line in which a sentence ends is prose, even if more follows: the least input for its words, which is that of 12.
PROSE_WORDS = 3.7 * features.LOG_STEPS


class Judge:
    """A model with a level.

    `level` is `safe` or `main`. A `threshold` replaces the level's decisions: a line stays if its probability of
    being content, as languages and lists raise it (see `decide`), is at least this. `weights`, `markup_weights` and
    `page_weights` replace the weights that ship.
    """

    def __init__(
        self,
        level: str,
        threshold: float | None = None,
        weights: Weights | None = None,
        markup_weights: Weights | None = None,
        page_weights: Weights | None = None,
    ) -> None:
        self._level = level
        self._threshold = None if threshold is None else decide.lowest_score(threshold)
        weights = model.load() if weights is None else weights
        self._reader, self._net = Reader(weights), Net(weights)
        self._markup_weights, self._page_weights = markup_weights, page_weights

    def digest(self) -> str:
        """Return a hexadecimal digest of the weights that ship."""
        return model.digest()

    def read(self, documents: Sequence[Sequence[str]]) -> list[FilledLines]:
        """Return what the judge needs to know of documents, each given as lines without line breaks."""
        return self._reader.read(documents)

    def scores(self, documents: Sequence[FilledLines], links: Sequence[Sequence[int]] = ()) -> list[Ints | None]:
        """Return the scores of the filled lines of each document, None for a document that has none.

        `links` says of each document which share of each line is in links, as `Shown.links` does.
        """
        some = [filled for filled in documents if len(filled.line)]
        scores = iter(self._net.score(some) if some else ())
        return [
            decide.with_links(next(scores), filled.line, shares) if len(filled.line) else None
            for filled, shares in zip(documents, links or [()] * len(documents), strict=True)
        ]

    def page_scores(self, filled: FilledLines, page: Page) -> tuple[Ints | None, Page]:
        """Return the scores of the filled lines of a page, and the page as it was judged.

        Scores are a mean of the net for texts and the nets for pages. The net that knows no verdict of trafilatura
        comes first. If it leaves doubt, trafilatura is asked, and if that has a verdict, the nets that know it score.
        """
        if not len(filled.line):
            return None, page
        places = model.place_inputs([filled])
        text = self._net.score([filled], places)[0]
        scores = _mean(text, self._by_markup.scores(filled, places, page))
        if page.tree is not None and doubt.is_in_doubt(scores, filled.words):
            page = page.asked()
            if page.kept:
                scores = _mean(text, self._by_verdict.scores(filled, places, page))
        return scores, page

    @cached_property
    def _by_markup(self) -> _PageNets:
        weights = model.load(model.MARKUP_WEIGHTS) if self._markup_weights is None else self._markup_weights
        return _PageNets(weights, model.MARKUP_NETS, self._reader.characters)

    @cached_property
    def _by_verdict(self) -> _PageNets:
        weights = model.load(model.PAGE_WEIGHTS) if self._page_weights is None else self._page_weights
        return _PageNets(weights, model.PAGE_NETS, self._reader.characters)

    def marks(
        self,
        filled: FilledLines,
        scores: Ints | None,
        ruled: Iterable[int] = (),
        spared: Iterable[int] = (),
        page: Page | None = None,
    ) -> dict[int, Mark]:
        """Return the lines of a document (0-based) that are chrome, each with a mark that says why.

        `ruled` are the lines that rules remove, `spared` the lines that must stay. `page` is the page that the lines
        are from if `scores` are its `page_scores`. Its headline must stay then as well, and trafilatura is named for
        the lines that it leaves out, too.
        """
        if scores is None:
            return {}
        common = filled.inputs[features.SHAPE_INPUTS + 2] / features.SHARE_STEPS
        limits = decide.PAGE if page else decide.TEXT
        scores = decide.for_language(scores, common, filled.words, limits)
        scores = decide.together(scores, decide.runs_alike(filled.line, filled.indent, filled.look))
        spared_flags = _flags(filled, [*spared, *page.headline] if page else spared)
        if self._threshold is None:
            words, sentences, word_input = filled.inputs[[1, 2, features.SHAPE_INPUTS]]
            whole = (filled.look % 2 == 1) | ((sentences > 0) & (words >= PROSE_WORDS))
            prose = whole & (word_input > CHROME_WORDS)
            lines = decide.Lines(scores, filled.words, _flags(filled, ruled), spared_flags, prose)
            gone = decide.lines_to_drop(self._level, lines, limits)
        else:
            gone = (scores < self._threshold) & ~spared_flags
        chosen = np.flatnonzero(gone)
        if not len(chosen):
            return {}
        reasons = _reasons(filled.inputs[:, chosen])
        found = zip(filled.line[chosen].tolist(), scores[chosen].tolist(), reasons, strict=True)
        left_out = page.left_out if page else ()
        return {
            line: _mark(score, TRAFILATURA if line in left_out else f"judge/{REASONS[reason]}")
            for line, score, reason in found
        }


class _PageNets:
    """The nets for pages of one file of weights."""

    def __init__(self, weights: Weights, nets: int, characters: Characters) -> None:
        self._characters = characters
        self._hints, self._hint = weights["hints"], weights["hint"].tolist()
        self._nets = [Net(weights, f"{number}/") for number in range(nets)]

    def scores(self, filled: FilledLines, places: Inputs, page: Page) -> list[Ints]:
        """Return the scores of the filled lines of a page, by each net; `places` are the lines' inputs of place."""
        from cleaner.judge import markup

        more = markup.page_inputs(page, self._characters, filled.line, self._hints, *self._hint)
        with_markup = filled._replace(inputs=np.concatenate((filled.inputs, more)))
        return [net.score([with_markup], places)[0] for net in self._nets]


def _mean(text: Ints, pages: Sequence[Ints]) -> Ints:
    """Return the mean of the scores by the text alone and those by the nets for pages."""
    mean: Floats = (text + MARKUP_WEIGHT * np.mean(pages, axis=0)) / (1 + MARKUP_WEIGHT)
    return np.rint(mean).astype(np.int64)


def _flags(filled: FilledLines, lines: Iterable[int]) -> Flags:
    """Return which of the filled lines are among `lines`."""
    return np.isin(filled.line, np.fromiter(lines, np.int64))


def _mark(score: int, by: str) -> Mark:
    chance = decide.probability(score)
    return Mark(by, CATEGORY_LEFT_OUT, "likely" if chance < decide.LIKELY_BELOW else "guess", chance)


def _reasons(inputs: Inputs) -> list[int]:
    """Return for each line the number of the reason that fits it best, from its inputs of shape and words."""
    words, sentences, word_input = inputs[[1, 2, features.SHAPE_INPUTS]]
    broken = sentences == 0
    conditions = [word_input <= CHROME_WORDS, broken & (words < TEN_WORDS), broken]
    reasons: list[int] = np.select(conditions, [0, 1, 2], 3).tolist()
    return reasons
