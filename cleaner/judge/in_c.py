"""The maker of the judge's numbers that is compiled: the kernel, with its buffers (see `maker`).

It needs no numpy, which takes longer to import than the rest of the cleaner.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from struct import pack, unpack

from cleaner.judge import records
from cleaner.judge.chances import PROBABILITIES, Limits
from cleaner.judge.shipped import CHARACTERS, Stored
from cleaner.kernel import compiled as kernel

MAX_CONVOLUTIONS = 16  # of a net, as the kernel has it
_PROBABILITIES = array("d", PROBABILITIES)


@dataclass(frozen=True, slots=True)
class CompiledNet:
    """A net that the kernel runs, packed as its `net.h` says."""

    packed: bytes

    @classmethod
    def of(cls, weights: Stored, prefix: str = "") -> CompiledNet:
        """Return the net with these weights; `prefix` chooses one of several."""
        distances = array("i", weights[f"{prefix}distances"].data)
        (taps,) = unpack("<i", weights[f"{prefix}width"].data)
        convolutions = [f"conv{number}" for number in range(len(distances))]
        layers = [prefix + name for name in ("first", "pool1", *convolutions, "pool2", "last")]
        padding = [0] * (MAX_CONVOLUTIONS - len(distances))
        inputs, active = weights[f"{prefix}first.weights"].shape
        numbers = [pack(f"={4 + MAX_CONVOLUTIONS}I", inputs, active, taps, len(distances), *distances, *padding)]
        for name in layers:
            numbers.append(kernel.as_floats(weights[f"{name}.weights"].data))
            numbers += [weights[f"{name}.scale"].data, weights[f"{name}.bias"].data]
        return cls(b"".join(numbers))

    def score(self, documents: Sequence[bytes], places: Sequence[bytes], more: Sequence[bytes] = ()) -> list[bytes]:
        """Return the scores of the filled lines of each document, see `maker.Net`."""
        further = more or [b""] * len(documents)
        return [kernel.score(self.packed, *each) for each in zip(documents, places, further, strict=True)]


class CompiledMaker:
    """Makes the numbers of the judge with the kernel; the functions are those of `maker.Maker`."""

    def __init__(self, weights: Stored) -> None:
        self._tables = (zlib.decompress(CHARACTERS.read_bytes()), weights["words"].data, weights["common"].data)
        self._scale = unpack("<2d", weights["text"].data)  # and the bias

    def read(self, documents: Sequence[Sequence[str]]) -> list[bytes]:
        """Return the records of documents."""
        return [b"".join(self._read(*part) for part in records.parts(lines)) for lines in documents]

    def _read(self, start: int, lines: Sequence[str]) -> bytes:
        text = "\n".join(records.cut(lines)) + "\n"
        return kernel.read_lines(text.encode("utf-16-le", "surrogatepass"), start, *self._tables, *self._scale)

    def without(self, lines: bytes, ranges: Sequence[tuple[int, int]]) -> bytes:
        """Return the records that are left when lines are taken out."""
        return kernel.without(lines, array("q", chain.from_iterable(ranges)))

    def places(self, documents: Sequence[bytes]) -> list[bytes]:
        """Return the inputs of place of each document."""
        return [kernel.place_inputs(lines) for lines in documents]

    def net(self, weights: Stored, prefix: str = "") -> CompiledNet:
        """Return a net."""
        return CompiledNet.of(weights, prefix)

    def with_links(self, scores: bytes, lines: bytes, links: Sequence[int]) -> bytes:
        """Return scores, lowered by links."""
        return kernel.with_links(scores, lines, bytes(links))

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
        if threshold is not None:
            level = "threshold"
        flagged = array("q", ruled), array("q", spared)
        return kernel.decide(lines, scores, *flagged, _PROBABILITIES, level, threshold or 0, limits)
