"""The judge: which lines of a document are page chrome, by the scores of the model, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cleaner.judge import decide, features, model
from cleaner.judge.model import FilledLines, Net, Reader
from cleaner.marks import CATEGORY_LEFT_OUT, Mark

if TYPE_CHECKING:
    from cleaner.html.page import Page
    from cleaner.judge.arrays import Flags, Floats, Inputs, Ints, Weights

# How much a net for pages counts beside the net for texts, which takes a short page for content as a whole. With 1,
# the F1 on pages is .001 lower, and a menu of one entry stays on a page of one paragraph.
MARKUP_WEIGHT = 2
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
    being content, as languages and lists raise it (see `decide`), is at least this. `weights` and `page_weights`
    replace the weights that ship.
    """

    def __init__(
        self,
        level: str,
        threshold: float | None = None,
        weights: Weights | None = None,
        page_weights: Weights | None = None,
    ) -> None:
        self._level = level
        self._threshold = None if threshold is None else decide.lowest_score(threshold)
        weights = model.load() if weights is None else weights
        self._reader, self._net = Reader(weights), Net(weights)
        self._page_weights = page_weights

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

    def page_scores(self, filled: FilledLines, page: Page) -> Ints | None:
        """Return the scores of the filled lines of a page: a mean of the net for texts and the nets for pages."""
        if not len(filled.line):
            return None
        from cleaner.judge import markup

        weights, nets = self._for_pages
        more = markup.page_inputs(page, self._reader.characters, filled.line, weights["hints"], *weights["hint"])
        with_markup = filled._replace(inputs=np.concatenate((filled.inputs, more)))
        places = model.place_inputs([filled])
        text = self._net.score([filled], places)[0]
        pages = [net.score([with_markup], places)[0] for net in nets]
        mean: Floats = (text + MARKUP_WEIGHT * np.sum(pages, axis=0)) / (1 + MARKUP_WEIGHT * len(pages))
        return np.rint(mean).astype(np.int64)

    @cached_property
    def _for_pages(self) -> tuple[Weights, list[Net]]:
        weights = model.load(model.PAGE_WEIGHTS) if self._page_weights is None else self._page_weights
        return weights, [Net(weights, f"{number}/") for number in range(model.PAGE_NETS)]

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
