"""The judge's model, run by numpy alone: a small net over the filled lines of a document, exact in whole numbers.

A line's inputs (see `features`) become a few dozen activations. Then each line learns what its document has in common
(a pool: the mean of the activations over all lines), what its neighbours are like (four convolutions of five lines
each: lines 1, 2, 4 and 8 apart), and once more what the document has in common. A last layer makes the score.
`fit.net` fits this net; its activations there are 1/64 of the activations here.

Floating point sums depend on their order, and the order depends on the processor and on the size of the batch. So all
weights, inputs and activations are whole numbers, small enough that any sum of products stays below 2^24: up to there
32-bit floating point numbers hold whole numbers exactly, and a sum is the same in any order. A pool's sums are
larger; they are 64-bit. Scores are therefore the same on every platform and in any company, and cleaning promises the
same bytes everywhere. onnxruntime promises neither, and is 15 MB.

Each layer is a matrix of whole numbers, and a scale and a bias for each of its outputs:

    output = round(sum of (input x weight) x scale + bias)

Example: the inputs 40 and 12 with the weights 100 and -250, scale .01, bias 3. The sum of products is 4000 - 3000 =
1000, exactly. 1000 x .01 + 3 = 13 is the activation; activations are clipped to 0 … 1023.

The scales: an input has 32 steps for a share and 8 for each doubling of a count; what goes into a pool's layer has 8
steps for each step of an activation, so that a mean is not rounded too coarsely; a score has 16 steps for one of a
logit (the logarithm of the odds of being content), so score 16 is odds of 2.7 to 1, and is clipped to -127 … 127.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np

from cleaner.judge import features
from cleaner.judge.characters import Characters

if TYPE_CHECKING:
    from cleaner.judge.arrays import Array, Floats, Hashes, Inputs, Ints, Weights

WEIGHTS = Path(__file__).with_name("weights.bin")  # of the net for texts
MARKUP_WEIGHTS = Path(__file__).with_name("markup-weights.bin")  # of the nets for pages with markup
PAGE_WEIGHTS = Path(__file__).with_name("page-weights.bin")  # of those for pages with trafilatura's verdict as well
MARKUP_NETS, PAGE_NETS = 1, 2  # nets in these two files; the scores of several are averaged
WORD_INPUTS = 3  # a line: what its words speak for, all together and on average, and the share of common words
MAX_WORD_INPUT = 127  # either way
MAX_ACTIVATION = 1023
POOL_STEPS = 8  # steps of a mean for each step of an activation
EXACT_BELOW = 1 << 24  # whole numbers below are exact in 32-bit floating point
SCORE_STEPS = 16  # steps of a score for one of a logit
MAX_SCORE = 127  # either way
# Products of numbers in one matrix product. With more, threads are started, which cost more than they save.
MAX_PRODUCTS = 1 << 18
CONVOLVED_LINES = 1024  # lines convolved at a time; with many more, the processor's cache does not hold them
READ_CHARS = 1 << 18  # characters read at a time; more takes more memory


class FilledLines(NamedTuple):
    """The filled lines of one document, as the net needs them; the fields are explained in `features.Shapes`."""

    line: Ints
    words: Ints
    indent: Ints
    identity: Hashes
    look: Ints
    inputs: Inputs  # (SHAPE_INPUTS + WORD_INPUTS) x lines, for a page with its markup more

    def part(self, low: int, high: int, start: int) -> FilledLines:
        """Return the filled lines from the index `low` up to `high`, with `start` taken off the numbers of lines."""
        return FilledLines(
            self.line[low:high] - start,
            self.words[low:high],
            self.indent[low:high],
            self.identity[low:high],
            self.look[low:high],
            self.inputs[:, low:high],
        )

    def without(self, ranges: Sequence[tuple[int, int]]) -> FilledLines:
        """Return what is left when the lines in `ranges` (0-based, ordered, end excluded) are taken out."""
        bounds = np.array(ranges, np.int64).ravel()  # without a type, no ranges at all would be floats
        passed = np.searchsorted(bounds, self.line, "right")  # bounds up to each line; odd inside of a range
        left = passed % 2 == 0
        gone = np.concatenate(([0], np.cumsum(bounds[1::2] - bounds[::2])))
        moved = self.line[left] - gone[passed[left] // 2]
        words, indent, identity, look = self.words[left], self.indent[left], self.identity[left], self.look[left]
        return FilledLines(moved, words, indent, identity, look, self.inputs[:, left])


class WordWeights(NamedTuple):
    """What is known of words, by the buckets of their tokens."""

    weights: Array  # of each bucket, a small whole number
    common: Array  # of each bucket, 1 if a common word of a language that is known well is in it, or 0
    scale: float  # of the sum of a line's weights
    bias: float  # added to it


class StoredArray(msgspec.Struct, array_like=True):
    """An array of numbers in a file of weights."""

    kind: str  # numpy's name of its type, little-endian
    shape: tuple[int, ...]
    data: bytes

    def load(self) -> Array:
        """Return the array."""
        return np.frombuffer(self.data, self.kind).reshape(self.shape)


class Reader:
    """Reads the lines of documents, with the weights of words."""

    def __init__(self, weights: Weights) -> None:
        self.characters = Characters()
        self._words = WordWeights(weights["words"], weights["common"], *weights["text"].tolist())

    def read(self, documents: Sequence[Sequence[str]]) -> list[FilledLines]:
        """Return the filled lines of each document, given as its lines without line breaks."""
        if not documents:
            return []
        lines = [line for document in documents for line in document]
        parts = []
        for start, end in _reading_ranges(lines):
            shapes = features.read_shapes(lines[start:end], self.characters)
            inputs = np.concatenate((shapes.inputs, word_inputs(shapes, self._words)))
            line = shapes.line + start
            parts.append(FilledLines(line, shapes.words, shapes.indent, shapes.identity, shapes.look, inputs))
        whole = _join(parts)
        if len(documents) == 1:
            return [whole]
        starts = np.cumsum([0, *map(len, documents)])
        bounds = np.searchsorted(whole.line, starts)
        return [
            whole.part(low, high, start)
            for start, low, high in zip(starts[:-1], bounds[:-1], bounds[1:], strict=True)
        ]


class Net:
    """The net with its weights; `prefix` chooses one of several nets in a file. `fit.net` says how it is fitted."""

    def __init__(self, weights: Weights, prefix: str = "") -> None:
        if prefix:
            weights = {name.removeprefix(prefix): array for name, array in weights.items() if name.startswith(prefix)}
        self._first = _Layer(weights, "first")
        self._pools = [_Layer(weights, name, POOL_STEPS) for name in ("pool1", "pool2")]
        self._convolutions = [
            (int(distance), _Layer(weights, f"conv{number}")) for number, distance in enumerate(weights["distances"])
        ]
        self._width = int(weights["width"])
        self._last = _Layer(weights, "last")
        self._reach = max((distance for distance, _ in self._convolutions), default=0) * (self._width // 2)

    def score(self, documents: Sequence[FilledLines], places: Inputs | None = None) -> list[Ints]:
        """Return the scores of the filled lines of each document; a document must have at least one.

        `places` is what `place_inputs` returns for the documents, if it is known.
        """
        whole = _join(documents)
        places = place_inputs(documents) if places is None else places
        first = self._first.activate(np.concatenate((whole.inputs, places)).T)
        spread = _Spread.of([len(one.line) for one in documents], whole.words, self._reach)
        active = np.zeros((len(spread.weights), first.shape[1]), np.float32)
        active[spread.positions] = first
        self._add_pool(active, self._pools[0], spread)
        for distance, layer in self._convolutions:
            active = self._convolve(active, distance, layer, spread)
        self._add_pool(active, self._pools[1], spread)
        scores = np.rint(self._last.linear(active)[spread.positions, 0])
        whole_scores = np.clip(scores, -MAX_SCORE, MAX_SCORE).astype(np.int64)
        return np.split(whole_scores, np.cumsum(spread.sizes)[:-1])

    def _add_pool(self, active: Inputs, layer: _Layer, spread: _Spread) -> None:
        """Add to each line what its document has in common: the mean over lines and the mean over words."""
        exact = active.astype(np.float64)
        mean = np.add.reduceat(exact, spread.begins, axis=0) / spread.sizes[:, None]
        exact *= spread.weights[:, None]
        total = np.maximum(np.add.reduceat(spread.weights, spread.begins), 1)
        weighted = np.add.reduceat(exact, spread.begins, axis=0) / total[:, None]
        pooled = np.rint(layer.linear(np.rint(np.concatenate((mean, weighted), axis=1) * POOL_STEPS)))
        active[self._reach :] += pooled.astype(np.float32)[spread.documents]
        _round_and_clip(active)
        active[spread.between] = 0

    def _convolve(self, active: Inputs, distance: int, layer: _Layer, spread: _Spread) -> Inputs:
        """Return the activations with what each line and the lines around it, `distance` apart, say together."""
        result = np.empty_like(active)
        half, reach = self._width // 2, self._reach
        for low in range(reach, len(active) - reach, CONVOLVED_LINES):
            high = min(low + CONVOLVED_LINES, len(active) - reach)
            steps = (distance * step for step in range(-half, half + 1))
            more = layer.linear(np.concatenate([active[low + step : high + step] for step in steps], axis=1))
            np.maximum(np.rint(more, out=more), 0, out=more)
            more += active[low:high]
            np.minimum(more, MAX_ACTIVATION, out=result[low:high])
        result[spread.between] = 0
        return result


class _Spread(NamedTuple):
    """The rows that the lines of several documents take in one table; empty rows keep the documents apart.

    There are as many empty rows before, between and after documents as a convolution reaches, so no document sees
    another. Example: documents of 2 and 1 lines and a reach of 3 take the rows ...AA...B... of the table.
    """

    positions: Ints  # the row of each line
    sizes: Ints  # lines of each document
    begins: Ints  # the row of the first line of each document
    weights: Floats  # the words of each row's line, 0 in empty rows
    documents: Ints  # the number of each row's document, from the first line on; empty rows go with the one before
    between: Ints  # the empty rows

    @classmethod
    def of(cls, lines: Sequence[int], words: Ints, reach: int) -> _Spread:
        """Return the table for documents with these numbers of `lines`; `words` are the words of each line."""
        sizes = np.array(lines)
        ends = np.cumsum(sizes + reach)
        positions = np.arange(len(words)) + reach * np.repeat(np.arange(1, len(sizes) + 1), sizes)
        weights = np.zeros(ends[-1] + reach)
        weights[positions] = words
        empty = np.ones(len(weights), bool)
        empty[positions] = False
        documents = np.repeat(np.arange(len(sizes)), sizes + reach)
        return cls(positions, sizes, ends - sizes, weights, documents, np.flatnonzero(empty))


class _Layer:
    """A matrix of whole numbers, and a scale and a bias for each output; `steps` are those of its inputs."""

    def __init__(self, weights: Weights, name: str, steps: int = 1) -> None:
        exact: type[np.float64 | np.float32] = np.float64 if steps > 1 else np.float32
        self._weights: Array = weights[f"{name}.weights"].astype(exact)
        self._scale: Array = np.divide(weights[f"{name}.scale"], steps, dtype=exact)
        self._bias = weights[f"{name}.bias"].astype(exact)

    def linear(self, inputs: Array) -> Array:
        """Return the outputs of the layer, not rounded yet: lines x outputs."""
        result = _multiply(inputs, self._weights)
        result *= self._scale
        result += self._bias
        return result

    def activate(self, inputs: Array) -> Array:
        """Return the outputs of the layer as activations."""
        return _round_and_clip(self.linear(inputs))


def _multiply(inputs: Array, weights: Array) -> Array:
    """Return the product of matrices, as many lines at a time as `MAX_PRODUCTS` allows."""
    lines = max(1, (MAX_PRODUCTS - 1) // weights.size)
    whole = len(inputs) // lines * lines
    result = np.empty((len(inputs), weights.shape[1]), weights.dtype)
    blocks = inputs[:whole].reshape(-1, lines, inputs.shape[1])
    np.matmul(blocks, weights, out=result[:whole].reshape(-1, lines, weights.shape[1]))
    np.matmul(inputs[whole:], weights, out=result[whole:])
    return result


def _round_and_clip(values: Array) -> Array:
    """Make activations of `values`, in place, and return them."""
    np.rint(values, out=values)
    return np.clip(values, 0, MAX_ACTIVATION, out=values)


def word_inputs(shapes: features.Shapes, words: WordWeights) -> Inputs:
    """Return what the words of each line speak for: WORD_INPUTS x lines.

    The first input is the sum of the weights of the line's tokens, divided by the root of their number. The second is
    the first divided by the root of the line's words, which is nearly the mean. The third is the share of words that
    are common in a language that the judge knows well: their buckets of words and of beginnings are both marked.
    """
    values = words.weights[shapes.tokens[0]].astype(np.int16)
    for family in shapes.tokens[1:]:
        values += words.weights[family]
    common = words.common[shapes.tokens[0]] & words.common[shapes.tokens[2]]
    sums, known = _sums(values), _sums(common)
    bounds = shapes.token_bounds
    counts = np.diff(bounds)
    total = (sums[bounds[1:]] - sums[bounds[:-1]]) / np.sqrt(np.maximum(counts, 1))
    score = total * words.scale + words.bias
    both = np.stack((score, score / np.sqrt(np.maximum(shapes.words, 1))))
    weighed = np.clip(np.rint(both), -MAX_WORD_INPUT, MAX_WORD_INPUT)
    share = features.shares(known[bounds[1:]] - known[bounds[:-1]], counts)
    return np.concatenate((weighed, share[None])).astype(np.float32)


def _sums(values: Array) -> Ints:
    """Return the sums of the first 0, 1, 2 … values."""
    result = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=result[1:])
    return result


def place_inputs(documents: Sequence[FilledLines]) -> Inputs:
    """Return the inputs of place of the filled lines of documents: PLACE_INPUTS x lines."""
    number = np.repeat(np.arange(len(documents)), [len(one.line) for one in documents])
    whole = _join(documents)
    return features.place_inputs(number, whole.line, whole.words, whole.indent, whole.identity, whole.look)


def _join(parts: Sequence[FilledLines]) -> FilledLines:
    """Return several tables of lines as one, the numbers of lines as they are."""
    if len(parts) == 1:
        return parts[0]
    return FilledLines(*(np.concatenate(column, axis=-1) for column in zip(*parts, strict=True)))


def _reading_ranges(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Return the ranges of lines (end excluded) to read at a time, each of about `READ_CHARS` characters."""
    sizes = np.fromiter(map(len, lines), np.int64, len(lines))
    ends = np.cumsum(np.minimum(sizes, features.MAX_LINE_CHARS) + 1)
    result = []
    start = before = 0
    while start < len(lines):
        end = min(int(np.searchsorted(ends, before + READ_CHARS, "right")) + 1, len(lines))
        result.append((start, end))
        start, before = end, int(ends[end - 1])
    return result


def load(path: Path = WEIGHTS) -> dict[str, Array]:
    """Return the arrays in a file of weights, by name."""
    arrays = msgspec.msgpack.decode(path.read_bytes(), type=dict[str, StoredArray])
    return {name: array.load() for name, array in arrays.items()}


def save(weights: Mapping[str, Any], path: Path = WEIGHTS) -> None:
    """Write arrays to a file of weights, the same bytes for the same numbers."""
    arrays = {
        name: StoredArray(array.dtype.newbyteorder("<").str, array.shape, np.ascontiguousarray(array).tobytes())
        for name, array in sorted(weights.items())
    }
    path.write_bytes(msgspec.msgpack.encode(arrays))


def digest() -> str:
    """Return a hexadecimal digest of the weights that ship."""
    return sha256(b"".join(path.read_bytes() for path in (WEIGHTS, MARKUP_WEIGHTS, PAGE_WEIGHTS))).hexdigest()
