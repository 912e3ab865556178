"""The judge: which lines of documents are page chrome, by the model's scores, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from cleaner.judge import decide, features, model
from cleaner.judge.model import Net, Reader, Rows
from cleaner.marks import CATEGORY_LEFT_OUT, Mark

if TYPE_CHECKING:
    from cleaner.html.page import Page

TRAFILATURA = "trafilatura"  # named for lines that it leaves out, too
# Why another line goes: its words are those of chrome, it is short, it is no sentence, or it stands among chrome.
# The first that holds is named; what decides is the score, to which they all add.
REASONS = ("words", "short", "shape", "place")
CHROME_WORDS = -2 * features.LOGS  # of the input that the words make: odds of about one to seven
FEW = 3.5 * features.LOGS  # of the input for the number of words: ten


class Judge:
    """A model with a level: `safe` or `main`, or a threshold, the least probability with which a line stays."""

    def __init__(
        self,
        level: str,
        threshold: float | None = None,
        weights: Mapping[str, Any] | None = None,
        page_weights: Mapping[str, Any] | None = None,
    ) -> None:
        self._level = level
        self._threshold = None if threshold is None else decide.at_least(threshold)
        weights = model.load() if weights is None else weights
        self._reader, self._net = Reader(weights), Net(weights)
        self._page_weights = page_weights

    def digest(self) -> str:
        """Return a hexadecimal digest of the weights that ship."""
        return model.digest()

    def read(self, documents: Sequence[Sequence[str]]) -> list[Rows]:
        """Return what the judge needs of documents, given as lines without line breaks."""
        return self._reader.read(documents)

    def scores(self, documents: Sequence[Rows]) -> list[Any]:
        """Return the scores of the rows of documents, as `marks` takes them."""
        some = [rows for rows in documents if len(rows.line)]
        scores = iter(self._net.score(some) if some else ())
        return [next(scores) if len(rows.line) else None for rows in documents]

    def page_scores(self, rows: Rows, page: Page) -> Any:
        """Return the scores of the rows of a page, as `marks` takes them: the mean of those by text and by markup."""
        if not len(rows.line):
            return None
        from cleaner.judge import markup

        weights, nets = self._for_pages
        more = markup.read(page, self._reader.characters, rows.line, weights["hints"], *weights["hint"])
        seen = rows._replace(inputs=np.concatenate((rows.inputs, more)))
        places = model.place([rows])
        scores = [self._net.score([rows], places)[0], *(net.score([seen], places)[0] for net in nets)]
        return np.rint(np.mean(scores, axis=0)).astype(np.int64)

    @cached_property
    def _for_pages(self) -> tuple[Mapping[str, Any], list[Net]]:
        weights = model.load(model.PAGE_WEIGHTS) if self._page_weights is None else self._page_weights
        return weights, [Net(weights, f"{number}/") for number in range(model.PAGE_NETS)]

    def marks(
        self,
        rows: Rows,
        scores: Any,
        ruled: Iterable[int] = (),
        spared: Iterable[int] = (),
        page: Page | None = None,
    ) -> dict[int, Mark]:
        """Return which lines of a document (0-based) are chrome, each with a mark that says why.

        `ruled` are the lines that rules take out, `spared` those that are to stay, `page` what the lines are from
        where the scores are `page_scores`: trafilatura is named for those that go and that it leaves out.
        """
        if scores is None:
            return {}
        needed = self._threshold
        if needed is None:
            limits = decide.PAGE if page else decide.TEXT
            gone = decide.drops(self._level, scores, rows.words, _among(rows, ruled), _among(rows, spared), limits)
        else:
            gone = (scores < needed) & ~_among(rows, spared)
        chosen = np.flatnonzero(gone)
        if not len(chosen):
            return {}
        reasons = _reasons(rows.inputs[:, chosen])
        marks = zip(rows.line[chosen].tolist(), scores[chosen].tolist(), reasons, strict=True)
        left_out = page.left_out if page else ()
        return {
            line: _mark(score, TRAFILATURA if line in left_out else f"judge/{REASONS[reason]}")
            for line, score, reason in marks
        }


def _among(rows: Rows, lines: Iterable[int]) -> Any:
    """Return which rows stand on one of `lines`."""
    return np.isin(rows.line, np.fromiter(lines, np.int64))


def _mark(score: int, by: str) -> Mark:
    chance = decide.probability(score)
    return Mark(by, CATEGORY_LEFT_OUT, "likely" if chance < decide.DOUBT else "guess", chance)


def _reasons(inputs: Any) -> Any:
    """Return for each row the number of the reason that fits it best, by its own inputs."""
    words, sentences, text = inputs[[1, 2, features.SHAPE]]
    broken = sentences == 0
    return np.select([text <= CHROME_WORDS, broken & (words < FEW), broken], [0, 1, 2], 3).tolist()
