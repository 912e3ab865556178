"""The maker of the judge's numbers that needs no compiler: numpy code, which is the reference (see `maker`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from cleaner.judge import decide, features, model
from cleaner.judge.chances import Limits
from cleaner.judge.shipped import Stored, arrays

if TYPE_CHECKING:
    from cleaner.judge.arrays import Array, Ints


class NumpyNet:
    """A net that numpy runs."""

    def __init__(self, weights: Stored, prefix: str = "") -> None:
        self._net = model.Net(arrays(weights), prefix)

    def score(self, documents: Sequence[bytes], places: Sequence[bytes], more: Sequence[bytes] = ()) -> list[bytes]:
        """Return the scores of the filled lines of each document, see `maker.Net`."""
        place_inputs = np.frombuffer(b"".join(places), np.uint8).reshape(-1, features.PLACE_INPUTS)
        further = np.frombuffer(b"".join(more), "<i2").reshape(len(place_inputs), -1) if more else None
        scores = self._net.score([_lines(records) for records in documents], place_inputs, further)
        return [_bytes(each) for each in scores]


class NumpyMaker:
    """Makes the numbers of the judge with numpy; the functions are those of `maker.Maker`."""

    def __init__(self, weights: Stored) -> None:
        self._reader = model.Reader(arrays(weights))

    def read(self, documents: Sequence[Sequence[str]]) -> list[bytes]:
        """Return the records of documents."""
        return [lines.tobytes() for lines in self._reader.read(documents)]

    def without(self, lines: bytes, ranges: Sequence[tuple[int, int]]) -> bytes:
        """Return the records that are left when lines are taken out."""
        return model.without(_lines(lines), ranges).tobytes()

    def places(self, documents: Sequence[bytes]) -> list[bytes]:
        """Return the inputs of place of each document."""
        found = [_lines(records) for records in documents]
        bounds = np.cumsum([len(lines) for lines in found])
        return [each.tobytes() for each in np.split(model.place_inputs(found), bounds[:-1])]

    def net(self, weights: Stored, prefix: str = "") -> NumpyNet:
        """Return a net."""
        return NumpyNet(weights, prefix)

    def with_links(self, scores: bytes, lines: bytes, links: Sequence[int]) -> bytes:
        """Return scores, lowered by links."""
        return _bytes(decide.with_links(_scores(scores), _lines(lines)["line"], links))

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
        """Return the lines that go."""
        return decide.lines_that_go(_lines(lines), _scores(scores), ruled, spared, level, threshold, limits)


def _lines(records: bytes) -> Array:
    return np.frombuffer(records, model.RECORD)


def _scores(scores: bytes) -> Ints:
    return np.frombuffer(scores, np.int8).astype(np.int64)


def _bytes(scores: Ints) -> bytes:
    return scores.astype(np.int8).tobytes()
