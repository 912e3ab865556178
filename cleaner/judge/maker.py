"""What the judge has made: the records of lines, their scores, and which of them go.

There are two makers of the same numbers. One is numpy code (`in_numpy`), which stands where the method is explained:
in `features`, `model` and `decide`. It is the reference. The other is the compiled kernel (`in_c`), without numpy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from cleaner.judge.chances import Limits
from cleaner.judge.records import RECORD_BYTES, lines_of, words_of
from cleaner.judge.shipped import Stored


class Net(Protocol):
    """A net, which scores lines."""

    def score(self, documents: Sequence[bytes], places: Sequence[bytes], more: Sequence[bytes] = ()) -> list[bytes]:
        """Return the scores of the filled lines of each document.

        `places` are their inputs of place, one byte each. `more` are further inputs, of 16 bits each with a sign, if
        the net takes them; all inputs of a line stand together.
        """


class Maker(Protocol):
    """Makes the numbers of the judge. A document is the records of its filled lines, at least one (see `records`)."""

    def read(self, documents: Sequence[Sequence[str]]) -> list[bytes]:
        """Return the records of documents, each given as lines without line breaks; they may have no filled line."""

    def without(self, lines: bytes, ranges: Sequence[tuple[int, int]]) -> bytes:
        """Return the records that are left without the lines in `ranges` (0-based, ordered, end excluded)."""

    def places(self, documents: Sequence[bytes]) -> list[bytes]:
        """Return the inputs of place of each document."""

    def net(self, weights: Stored, prefix: str = "") -> Net:
        """Return the net with these weights; `prefix` chooses one of several."""

    def with_links(self, scores: bytes, lines: bytes, links: Sequence[int]) -> bytes:
        """Return scores, lowered by the share of each line of the document that is in links."""

    def lines_that_go(
        self,
        lines: bytes,
        scores: bytes,
        ruled: Iterable[int],
        spared: Iterable[int],
        level: str,
        threshold: int | None,
        limits: Limits,
    ) -> list[tuple[int, int, int]]:
        """Return the lines that go: of each its number, its score and the number of its reason (`reasons`)."""


@dataclass(frozen=True, slots=True)
class FilledLines:
    """The filled lines of one document, as a maker has read them."""

    records: bytes
    maker: Maker

    def __len__(self) -> int:
        return len(self.records) // RECORD_BYTES

    def lines(self) -> list[int]:
        """Return the 0-based numbers of the lines."""
        return lines_of(self.records)

    def words(self) -> list[int]:
        """Return how many words each line has."""
        return words_of(self.records)

    def without(self, ranges: Sequence[tuple[int, int]]) -> FilledLines:
        """Return what is left when the lines in `ranges` (0-based, ordered, end excluded) are taken out."""
        return FilledLines(self.maker.without(self.records, ranges), self.maker)
