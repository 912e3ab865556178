"""The judge's model: hashed words, and a small convolution over the lines of a document; numpy alone runs it.

Weights and activations are integers, small enough that every sum of products is exact in the floating point
numbers that hold them. So scores are the same on every platform and in batches of any size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from cleaner.judge import features
from cleaner.judge.characters import Characters

WEIGHTS = Path(__file__).with_name("weights.bin")
PAGE_NETS = 2  # for lines with markup
PAGE_WEIGHTS = Path(__file__).with_name("page-weights.bin")  # of the net for lines with markup
TEXTS = 2  # inputs a row that the words make
TEXT_MOST = 127  # of such an input, either way
ACTIVE_MOST = 1023  # of an activation
POOLED = 8  # steps of a pooled activation for one of an activation
EXACT = 1 << 24  # integers below are exact in 32-bit floating point numbers
SCORES = 16  # steps of a score for one of a logit
SCORE_MOST = 127  # either way
BLOCK = 48  # rows multiplied at a time
CHUNK = 1024  # rows convolved at a time, to stay in the processor's cache
CHARS = 1 << 18  # characters read at a time


class Rows(NamedTuple):
    """The rows of one document as the model needs them."""

    line: Any  # 0-based numbers of lines
    words: Any
    indent: Any
    identity: Any
    inputs: Any  # (SHAPE + TEXTS) x rows

    def without(self, ranges: Sequence[tuple[int, int]]) -> Rows:
        """Return the rows of the document without the lines in `ranges` (ordered, end excluded)."""
        lines = np.array(ranges).ravel()
        place = np.searchsorted(lines, self.line, "right")
        left = place % 2 == 0
        gone = np.concatenate(([0], np.cumsum(lines[1::2] - lines[::2])))
        moved = self.line[left] - gone[place[left] // 2]
        return Rows(moved, self.words[left], self.indent[left], self.identity[left], self.inputs[:, left])


class Array(msgspec.Struct, array_like=True):
    """An array of numbers in the file of weights."""

    kind: str
    shape: tuple[int, ...]
    data: bytes

    def load(self) -> Any:
        """Return the array."""
        return np.frombuffer(self.data, self.kind).reshape(self.shape)


class Reader:
    """Reads lines to rows, with the weights of words."""

    def __init__(self, weights: Mapping[str, Any]) -> None:
        self.characters = Characters()
        self._words, self._text = weights["words"], weights["text"]

    def read(self, documents: Sequence[Sequence[str]]) -> list[Rows]:
        """Return the rows of documents, given as their lines without line breaks."""
        if not documents:
            return []
        lines = [line for document in documents for line in document]
        parts = []
        for start, end in _chunks(lines):
            shapes = features.read(lines[start:end], self.characters)
            parts.append((shapes.line + start, *shapes[1:4], self._inputs(shapes)))
        columns = _joined(parts)
        if len(documents) == 1:
            return [Rows(*columns)]
        starts = np.cumsum([0, *map(len, documents)])
        bounds = np.searchsorted(columns[0], starts)
        return [
            Rows(columns[0][low:high] - start, *(column[..., low:high] for column in columns[1:]))
            for start, low, high in zip(starts[:-1], bounds[:-1], bounds[1:], strict=True)
        ]

    def _inputs(self, shapes: features.Shapes) -> Any:
        return np.concatenate((shapes.inputs, texts(shapes, self._words, *self._text)))


class Net:
    """The net with its weights; see `fit.net` for how they come about."""

    def __init__(self, weights: Mapping[str, Any], prefix: str = "") -> None:
        if prefix:
            weights = {name.removeprefix(prefix): array for name, array in weights.items() if name.startswith(prefix)}
        self._first = _Layer(weights, "first")
        self._pools = [_Layer(weights, name, POOLED) for name in ("pool1", "pool2")]
        self._convolutions = [
            (int(distance), _Layer(weights, f"conv{number}")) for number, distance in enumerate(weights["distances"])
        ]
        self._width = int(weights["width"])
        self._last = _Layer(weights, "last")
        self._reach = max((distance for distance, _ in self._convolutions), default=0) * (self._width // 2)

    def score(self, documents: Sequence[Rows], places: Any = None) -> list[Any]:
        """Return the scores of the rows of documents: logits that a line is content, in steps of 1/SCORES.

        None of the documents may be without rows. `places` is what `place` returns of them, where it is known.
        """
        sizes = np.array([len(rows.line) for rows in documents])
        line, words, _, _, inputs = _joined(documents)
        first = self._first(np.concatenate((inputs, place(documents) if places is None else places)).T)

        # Documents stand apart by more than a convolution reaches, with nothing in between.
        reach = self._reach
        ends = np.cumsum(sizes + reach)
        begins = ends - sizes
        where = np.arange(len(line)) + reach * np.repeat(np.arange(1, len(sizes) + 1), sizes)
        active = np.zeros((ends[-1] + reach, first.shape[1]), np.float32)
        active[where] = first
        weights = np.zeros(len(active))
        weights[where] = words
        padded = np.repeat(np.arange(len(sizes)), sizes + reach)
        between = np.ones(len(active), bool)
        between[where] = False
        apart = _Apart(begins, sizes, weights, padded, np.flatnonzero(between))

        self._add_pools(active, self._pools[0], apart)
        for distance, layer in self._convolutions:
            active = self._convolve(active, distance, layer, apart)
        self._add_pools(active, self._pools[1], apart)
        scores = np.rint(self._last.linear(active)[where, 0])
        scores = np.clip(scores, -SCORE_MOST, SCORE_MOST).astype(np.int64)
        return np.split(scores, np.cumsum(sizes)[:-1])

    def _add_pools(self, active: Any, layer: _Layer, apart: _Apart) -> None:
        """Add to each row what the rows of its document have in common."""
        exact = active.astype(np.float64)
        mean = np.add.reduceat(exact, apart.begins, axis=0) / apart.sizes[:, None]
        exact *= apart.weights[:, None]
        total = np.maximum(np.add.reduceat(apart.weights, apart.begins), 1)
        weighted = np.add.reduceat(exact, apart.begins, axis=0) / total[:, None]
        pooled = np.rint(layer.linear(np.rint(np.concatenate((mean, weighted), axis=1) * POOLED)))
        active[self._reach :] += pooled.astype(np.float32)[apart.documents]
        _activate(active)
        active[apart.between] = 0

    def _convolve(self, active: Any, distance: int, layer: _Layer, apart: _Apart) -> Any:
        """Add to each row what it and the rows around it say together."""
        result = np.empty_like(active)
        half, reach = self._width // 2, self._reach
        for low in range(reach, len(active) - reach, CHUNK):
            high = min(low + CHUNK, len(active) - reach)
            steps = (distance * step for step in range(-half, half + 1))
            more = layer.linear(np.concatenate([active[low + step : high + step] for step in steps], axis=1))
            np.maximum(np.rint(more, out=more), 0, out=more)
            more += active[low:high]
            np.minimum(more, ACTIVE_MOST, out=result[low:high])
        result[apart.between] = 0
        return result


def place(documents: Sequence[Rows]) -> Any:
    """Return the inputs that the places of the rows of documents make."""
    document = np.repeat(np.arange(len(documents)), [len(rows.line) for rows in documents])
    return features.place(document, *_joined(documents)[:4])


class _Apart(NamedTuple):
    """How the rows of documents stand apart: where each document begins, and what is no row."""

    begins: Any
    sizes: Any
    weights: Any
    documents: Any  # of each row but the first few, between documents too
    between: Any


def _joined(parts: Sequence[tuple[Any, ...]]) -> Sequence[Any]:
    """Return the columns of several tables as those of one."""
    return parts[0] if len(parts) == 1 else [np.concatenate(column, axis=-1) for column in zip(*parts, strict=True)]


def texts(shapes: features.Shapes, words: Any, scale: float, bias: float) -> Any:
    """Return what the words of each row speak for, all together and on average: TEXTS x rows.

    `words` holds a weight, an integer, for each bucket of the hashes.
    """
    values = words[shapes.tokens[0]].astype(np.int64)
    for family in shapes.tokens[1:]:
        values += words[family]
    sums = np.concatenate(([0], np.cumsum(values)))
    firsts = shapes.firsts
    total = (sums[firsts[1:]] - sums[firsts[:-1]]) / np.sqrt(np.maximum(np.diff(firsts), 1))
    score = total * scale + bias
    both = np.stack((score, score / np.sqrt(np.maximum(shapes.words, 1))))
    return np.clip(np.rint(both), -TEXT_MOST, TEXT_MOST).astype(np.float32)


class _Layer:
    """Sums of products of integers, brought to the scale of what comes next."""

    def __init__(self, weights: Mapping[str, Any], name: str, steps: int = 1) -> None:
        exact = np.float64 if steps > 1 else np.float32
        self._weights = weights[f"{name}.weights"].astype(exact)
        self._scale = weights[f"{name}.scale"].astype(exact) / exact(steps)
        self._bias = weights[f"{name}.bias"].astype(exact)

    def linear(self, inputs: Any) -> Any:
        result = _product(inputs, self._weights)
        result *= self._scale
        result += self._bias
        return result

    def __call__(self, inputs: Any) -> Any:
        return _activate(self.linear(inputs))


def _product(inputs: Any, weights: Any) -> Any:
    """Return the product of matrices, in blocks so small that no threads are started, which would cost more."""
    whole = len(inputs) // BLOCK * BLOCK
    result = np.empty((len(inputs), weights.shape[1]), weights.dtype)
    blocks = inputs[:whole].reshape(-1, BLOCK, inputs.shape[1])
    np.matmul(blocks, weights, out=result[:whole].reshape(-1, BLOCK, weights.shape[1]))
    np.matmul(inputs[whole:], weights, out=result[whole:])
    return result


def _activate(values: Any) -> Any:
    np.rint(values, out=values)
    return np.clip(values, 0, ACTIVE_MOST, out=values)


def _chunks(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Return ranges of lines of about CHARS characters."""
    if sum(map(len, lines)) <= CHARS:
        return [(0, len(lines))]
    result = []
    start = size = 0
    for number, line in enumerate(lines):
        size += min(len(line), features.LONGEST) + 1
        if size > CHARS:
            result.append((start, number + 1))
            start, size = number + 1, 0
    return [*result, (start, len(lines))] if start < len(lines) else result


def load(path: Path = WEIGHTS) -> dict[str, Any]:
    """Return the arrays in a file of weights."""
    arrays = msgspec.msgpack.decode(path.read_bytes(), type=dict[str, Array])
    return {name: array.load() for name, array in arrays.items()}


def digest() -> str:
    """Return a hexadecimal digest of the weights that ship."""
    return sha256(WEIGHTS.read_bytes() + PAGE_WEIGHTS.read_bytes()).hexdigest()


def save(weights: Mapping[str, Any], path: Path = WEIGHTS) -> None:
    """Write arrays to a file of weights, the same bytes for the same numbers."""
    arrays = {
        name: Array(array.dtype.newbyteorder("<").str, array.shape, np.ascontiguousarray(array).tobytes())
        for name, array in sorted(weights.items())
    }
    path.write_bytes(msgspec.msgpack.encode(arrays))
