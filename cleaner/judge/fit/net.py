"""Fits the net over the filled lines of a document, on pages as they are and on pages that are altered at random.

Documents come partly cleaned, cut or without indents, and the net must judge them as well. So a page of text is
altered in half of the cases when it is drawn (`sample`). A first version without this lost 2.3 % of the words of
content given alone at the threshold of `safe`, and 0.4 to 0.7 % with it.

The net is fitted in floating point with torch, with inputs divided by 32 and activations of at most 1023/64.
`weights` turns it into the whole numbers that `model.Net` runs: each output's weights are divided by one unit and
rounded, with as many steps as keep every sum of products below 2^24, and the unit goes into the output's scale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from cleaner.judge import features, markup, model
from cleaner.judge.chances import SCORE_STEPS
from cleaner.judge.fit.pages import ALONE, CLEANED, LISTED, LabelledPage, Variant
from cleaner.judge.fit.render import CONVERTERS
from cleaner.judge.fit.words import Quantised
from cleaner.judge.model import WordWeights

if TYPE_CHECKING:
    from cleaner.judge.arrays import Array, Flags, Inputs, Ints, Weights

WIDTH = 5  # lines that a convolution sees; odd
DISTANCES = (1, 2, 4, 8)  # of each convolution: lines from one that it sees to the next
LEARNING_RATE = 4e-3  # the highest of the cycle
BATCH_PAGES = 12  # pages in a step
# Chances that a page of text is drawn as its content alone, as what trafilatura keeps, or with a made list.
CHANCES = {ALONE: 0.12, CLEANED: 0.12, LISTED: 0.2}
WORDLESS_CHANCE = 0.1  # chance that a text is drawn without its words, as if it were in a language nobody has seen
ACTIVATION_STEPS = 64  # steps of an activation of `model` for 1 in the net here


class Schedule(NamedTuple):
    """How a net is fitted."""

    inputs: int  # a line
    hidden: int  # activations of a line
    epochs: int
    dropout: float
    by_words: float  # the share of the loss in which a line counts by its words; in the rest all lines count alike
    by_pages: bool  # True: all pages count alike; False: the share by words counts by the root of a page's words


_INPUTS = features.SHAPE_INPUTS + model.WORD_INPUTS + features.PLACE_INPUTS
TEXT = Schedule(_INPUTS, hidden=40, epochs=26, dropout=0.2, by_words=0.8, by_pages=False)
PAGE = Schedule(_INPUTS + markup.MARKUP_INPUTS, hidden=48, epochs=15, dropout=0.25, by_words=0.9, by_pages=True)


class Sample(NamedTuple):
    """A page as the net sees it once."""

    inputs: Inputs  # inputs x lines
    content: Inputs  # of each line, the share that is content
    words: Ints  # of each line
    weight: Inputs  # of each line, how much it counts


Draw = Callable[[int, np.random.Generator], Sample]  # makes a sample of the page with this number


class TorchNet(nn.Module):  # type: ignore[misc] # torch may be missing
    """The net in floating point; `weights` turns it into what `model.Net` runs."""

    def __init__(self, plan: Schedule) -> None:
        super().__init__()
        hidden = plan.hidden
        self._dropout = plan.dropout
        self.first = nn.Linear(plan.inputs, hidden)
        self.pools = nn.ModuleList([nn.Linear(2 * hidden, hidden) for _ in range(2)])
        self.convolutions = nn.ModuleList(
            [nn.Conv1d(hidden, hidden, WIDTH, padding=WIDTH // 2 * each, dilation=each) for each in DISTANCES]
        )
        self.last = nn.Linear(hidden, 1)

    def forward(self, inputs: Any, inside: Any, document: Any, words: Any) -> Any:
        """Return the logit of each row of a batch; `inside` is 0 in the empty rows that keep documents apart."""
        count = int(document[-1]) + 1

        def add_pool(active: Any, layer: nn.Module) -> Any:
            def mean(weight: Any) -> Any:
                total = torch.zeros(count, 1).index_add(0, document, weight).clamp(min=1)
                return torch.zeros(count, active.shape[1]).index_add(0, document, active * weight) / total

            return _clamp(active + layer(torch.cat((mean(inside), mean(words)), 1))[document]) * inside

        active = add_pool(_clamp(self.first(inputs)) * inside, self.pools[0])
        active = functional.dropout(active, self._dropout, self.training)
        for layer in self.convolutions:
            more = functional.relu(layer(active.T[None])[0].T)
            active = (active + more).clamp(max=model.MAX_ACTIVATION / ACTIVATION_STEPS) * inside
            active = functional.dropout(active, self._dropout / 2, self.training)
        return self.last(add_pool(active, self.pools[1]))[:, 0]


def _clamp(values: Any) -> Any:
    """Return activations, clipped as `model.Net` clips them."""
    return values.clamp(0, model.MAX_ACTIVATION / ACTIVATION_STEPS)


def fit(count: int, draw: Draw, seed: int, plan: Schedule) -> Any:
    """Return a net fitted on `count` pages, of which `draw` makes samples; the same net for the same seed."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    random = np.random.default_rng(seed)
    net = TorchNet(plan)
    batches = -(-count // BATCH_PAGES)
    adam = torch.optim.AdamW(net.parameters(), LEARNING_RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        adam, LEARNING_RATE, total_steps=plan.epochs * batches, pct_start=0.25
    )
    for _ in range(plan.epochs):
        order = random.permutation(count)
        for batch in range(batches):
            samples = [draw(i, random) for i in order[batch * BATCH_PAGES : (batch + 1) * BATCH_PAGES]]
            *columns, content, weight = _batch(samples, plan)
            loss = functional.binary_cross_entropy_with_logits(net(*columns), content, reduction="none")
            loss = (loss * weight).sum() / weight.sum()
            adam.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            adam.step()
            schedule.step()
    return net.eval()


def draw_text(page: LabelledPage, word_inputs: Mapping[str, Inputs], random: np.random.Generator) -> Sample:
    """Return a page as plain text: by one of the converters, or as one of the variants that have `CHANCES`.

    `word_inputs` has the inputs of words of each variant of the page.
    """
    draw = random.random()
    for name, chance in CHANCES.items():
        draw -= chance
        if draw < 0 and name in page.variants:
            break
    else:
        names = [name for name in CONVERTERS if name in page.variants] or list(page.variants)
        name = names[random.integers(len(names))]
    return sample(page.variants[name], word_inputs[name], random)


def page_sample(page: LabelledPage, name: str, words: WordWeights, hints: Quantised, *, with_verdict: bool) -> Sample:
    """Return a variant of a page with its markup, given the weights of words of its text and of its attributes.

    `with_verdict` says whether trafilatura was asked about the page.
    """
    variant, evidence = page.variants[name], page.evidence[name]
    shapes = variant.shapes
    word_inputs = model.word_inputs(shapes, words)
    inputs = evidence.with_verdict if with_verdict else evidence.inputs
    documents = np.zeros(len(shapes.line), np.int64)
    places = features.place_inputs(documents, shapes.line, shapes.words, shapes.indent, shapes.identity, shapes.look)
    parts = (shapes.inputs, word_inputs, inputs, markup.hint_inputs(evidence.paths, *hints), places)
    return Sample(np.concatenate(parts), variant.content, shapes.words, variant.weight)


def sample(variant: Variant, word_inputs: Inputs, random: np.random.Generator) -> Sample:
    """Return a variant as it is or altered: cleaned by rules, parts gone, content alone, other gaps, no indents."""
    shapes, content = variant.shapes, variant.content
    kept = np.ones(len(content), bool)
    if random.random() < 0.3:
        kept &= ~variant.ruled
    line, inputs, indent = shapes.line, shapes.inputs, shapes.indent
    altered = random.random() < 0.5
    if altered:
        kept &= _draw_kept(content < 0.5, random)
    if not kept.any():
        kept[:] = True
    left = np.flatnonzero(kept)
    gaps = np.minimum(np.diff(line, prepend=-2), 2)
    line = np.cumsum(np.maximum.reduceat(gaps, np.concatenate(([0], left[:-1] + 1)))[: len(left)])
    inputs, indent = inputs[:, left], indent[left]
    if altered:
        spacing = random.random()
        if spacing < 0.4:
            line = np.arange(len(line)) * (1 if spacing < 0.2 else 2)
        if random.random() < 0.2:
            indent = np.zeros_like(indent)
            inputs[features.INDENT_INPUTS, :] = 0
    places = features.place_inputs(
        np.zeros(len(left), np.int64), line, shapes.words[left], indent, shapes.identity[left], shapes.look[left]
    )
    word_inputs = word_inputs[:, left]
    if random.random() < WORDLESS_CHANCE:
        word_inputs = word_inputs * np.float32(random.random() * 0.5)
    inputs = np.concatenate((inputs, word_inputs, places))
    return Sample(inputs, content[left], shapes.words[left], variant.weight[left])


def _draw_kept(chrome: Flags, random: np.random.Generator) -> Flags:
    """Return which lines of a page are left after one alteration; `chrome` says which of them are chrome."""
    kept = np.ones(len(chrome), bool)
    draw = random.random()
    if draw < 0.25:  # content alone, or nearly
        kept = ~chrome | (random.random(len(chrome)) > (1.0 if random.random() < 0.7 else 0.9))
    elif draw < 0.65:  # runs of chrome gone, in whole or in part
        edges = np.flatnonzero(np.diff(np.concatenate(([0], chrome.view(np.int8), [0]))))
        often = random.random()
        for low, high in zip(edges[::2], edges[1::2], strict=True):
            if random.random() < often:
                middle = random.integers(low, high) if random.random() < 0.5 else high
                kept[low:middle] = False
    elif draw < 0.8:  # head cut off
        kept[: random.integers(0, max(1, len(chrome) // 2))] = False
    else:  # tail cut off
        kept[random.integers(len(chrome) // 2, len(chrome)) + 1 :] = False
    return kept


def _batch(samples: Sequence[Sample], plan: Schedule) -> list[Any]:
    """Return samples one below the other, as tensors over rows: inputs, inside, document, words, content, weight.

    After each document there are as many empty rows as a convolution reaches, so that no document sees another.
    """
    reach = WIDTH // 2 * max(DISTANCES)
    columns: list[list[Any]] = [[] for _ in range(6)]
    for number, each in enumerate(samples):
        lines = len(each.words)
        total = max(each.words.sum(), 1)
        if plan.by_pages:
            weight = plan.by_words * each.words / total + (1 - plan.by_words) / lines
        else:
            weight = plan.by_words * each.words * 8 / np.sqrt(total) + 1 - plan.by_words
        weight *= each.weight
        values = (
            each.inputs.T / features.SHARE_STEPS,
            np.ones((lines, 1)),
            np.full(lines, number),
            each.words[:, None],
        )
        for column, value in zip(columns, (*values, each.content, weight), strict=True):
            between = np.full((reach, *value.shape[1:]), number if value.ndim == 1 and value is values[2] else 0)
            column += value, between
    return [
        torch.from_numpy(np.concatenate(column).astype(np.int64 if number == 2 else np.float32))
        for number, column in enumerate(columns)
    ]


def weights(net: TorchNet) -> Weights:
    """Return the weights of a net as `model.Net` takes them: whole numbers, scales and biases."""
    layers = {  # the layer, steps of its inputs and of its outputs, the largest input (0: sums are 64-bit)
        "first": (net.first, features.SHARE_STEPS, ACTIVATION_STEPS, features.MAX_INPUT),
        "pool1": (net.pools[0], 1, 1, 0),
        "pool2": (net.pools[1], 1, 1, 0),
        "last": (net.last, ACTIVATION_STEPS, SCORE_STEPS, model.MAX_ACTIVATION),
        **{f"conv{n}": (each, 1, 1, model.MAX_ACTIVATION) for n, each in enumerate(net.convolutions)},
    }
    result = {"distances": np.array(DISTANCES, np.int32), "width": np.array(WIDTH, np.int32)}
    for name, (layer, before, after, most) in layers.items():
        matrix = layer.weight.detach().numpy().astype(np.float64)
        if matrix.ndim == 3:  # outputs x inputs x width: the inputs of the line furthest up come first
            matrix = matrix.transpose(0, 2, 1).reshape(len(matrix), -1)
        whole, unit = _quantise(matrix, most)
        bias_steps = ACTIVATION_STEPS if name not in ("first", "last") else after
        result[f"{name}.weights"] = whole.T.astype(np.int16)
        result[f"{name}.scale"] = (unit * after / before).astype(np.float32)
        result[f"{name}.bias"] = (layer.bias.detach().numpy() * bias_steps).astype(np.float32)
    return result


def _quantise(matrix: Array, most: int) -> tuple[Array, Array]:
    """Return a matrix of whole numbers, and for each of its rows the unit that 1 stands for.

    With inputs of up to `most`, sums of products stay below `EXACT_BELOW`.
    """
    steps = 511.0
    while True:
        unit = np.maximum(np.abs(matrix).max(axis=1), 1e-9) / steps
        whole = np.rint(matrix / unit[:, None])
        if np.abs(whole).sum(axis=1).max() * most < model.EXACT_BELOW:
            return whole, unit
        steps *= 0.9
