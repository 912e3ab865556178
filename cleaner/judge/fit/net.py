"""Fitting the net over the rows of a document, on pages as they are and as they would be partly cleaned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from cleaner.judge import features, markup, model
from cleaner.judge.fit.pages import ALONE, CONVERTERS, MARKUP, LabelledPage, Variant
from cleaner.judge.fit.words import Words

WIDTH = 5  # rows that a convolution sees
DISTANCES = (1, 2, 4, 8)  # between them, of each convolution
HIDDEN = 32
RATE = 4e-3
BATCH = 12
OFTEN_ALONE = 0.15  # how often a page whose content is known is given as its content alone
UNIT = 64  # steps of an activation for one of the net's


class Schedule(NamedTuple):
    """What a net is fitted for."""

    inputs: int  # a row
    epochs: int
    dropout: float
    by_words: float  # of the loss; the rest counts rows alike
    by_pages: bool  # whether all pages weigh alike, or as the root of their words


_INPUTS = features.SHAPE + model.TEXTS + features.PLACE
TEXT = Schedule(_INPUTS, epochs=32, dropout=0.2, by_words=0.8, by_pages=False)
PAGE = Schedule(_INPUTS + markup.MARKUP, epochs=28, dropout=0.25, by_words=0.9, by_pages=True)


class Sample(NamedTuple):
    """A page as the net sees it once: inputs, what is content, words."""

    inputs: Any
    content: Any
    words: Any


Draw = Callable[[int, np.random.Generator], Sample]  # from the number of a page


class TorchNet(nn.Module):  # type: ignore[misc] # torch need not be there
    """The net in floating point; `weights` turns it into what `model.Model` runs."""

    def __init__(self, plan: Schedule, hidden: int = HIDDEN) -> None:
        super().__init__()
        self._dropout = plan.dropout
        self.first = nn.Linear(plan.inputs, hidden)
        self.pools = nn.ModuleList([nn.Linear(2 * hidden, hidden) for _ in range(2)])
        self.convolutions = nn.ModuleList(
            [nn.Conv1d(hidden, hidden, WIDTH, padding=WIDTH // 2 * each, dilation=each) for each in DISTANCES]
        )
        self.last = nn.Linear(hidden, 1)

    def forward(self, inputs: Any, inside: Any, document: Any, words: Any) -> Any:
        """Return the logit of each row; `inside` is 0 for the rows that keep documents apart."""
        count = int(document[-1]) + 1

        def add_pool(active: Any, layer: nn.Module) -> Any:
            def mean(weight: Any) -> Any:
                total = torch.zeros(count, 1).index_add(0, document, weight).clamp(min=1)
                return torch.zeros(count, active.shape[1]).index_add(0, document, active * weight) / total

            return _activate(active + layer(torch.cat((mean(inside), mean(words)), 1))[document]) * inside

        active = add_pool(_activate(self.first(inputs)) * inside, self.pools[0])
        active = functional.dropout(active, self._dropout, self.training)
        for layer in self.convolutions:
            more = functional.relu(layer(active.T[None])[0].T)
            active = (active + more).clamp(max=model.ACTIVE_MOST / UNIT) * inside
            active = functional.dropout(active, self._dropout / 2, self.training)
        return self.last(add_pool(active, self.pools[1]))[:, 0]


def _activate(values: Any) -> Any:
    return values.clamp(0, model.ACTIVE_MOST / UNIT)


def fit(count: int, draw: Draw, seed: int, plan: Schedule) -> Any:
    """Return a net fitted on `count` pages, of which `draw` makes samples."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    random = np.random.default_rng(seed)
    net = TorchNet(plan)
    batches = -(-count // BATCH)
    adam = torch.optim.AdamW(net.parameters(), RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, RATE, total_steps=plan.epochs * batches, pct_start=0.25)
    for _ in range(plan.epochs):
        order = random.permutation(count)
        for batch in range(batches):
            samples = [draw(i, random) for i in order[batch * BATCH : (batch + 1) * BATCH]]
            *columns, content, weight = _batch(samples, plan)
            loss = functional.binary_cross_entropy_with_logits(net(*columns), content, reduction="none")
            loss = (loss * weight).sum() / weight.sum()
            adam.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            adam.step()
            schedule.step()
    return net.eval()


def draw_text(page: LabelledPage, texts: Mapping[str, Any], random: np.random.Generator) -> Sample:
    """Return a page as plain text, by one of the converters or as its content alone; `texts` is what words make."""
    names = [name for name in CONVERTERS if name in page.variants]
    alone = ALONE in page.variants and random.random() < OFTEN_ALONE
    name = ALONE if alone or not names else names[random.integers(len(names))]
    return sample(page.variants[name], texts[name], random)


def page_sample(page: LabelledPage, words: Words, hints: Words) -> Sample:
    """Return a page with its markup, given the weights of the words of its text and of its attributes."""
    variant = page.variants[MARKUP]
    shapes = variant.shapes
    texts = model.texts(shapes, *words)
    assert page.evidence
    inputs, paths = page.evidence
    documents = np.zeros(len(shapes.line), np.int64)
    places = features.place(documents, shapes.line, shapes.words, shapes.indent, shapes.identity)
    columns = (shapes.inputs, texts, inputs, markup.hints(paths, *hints), places)
    return Sample(np.concatenate(columns), variant.content, shapes.words)


def sample(variant: Variant, texts: Any, random: np.random.Generator) -> Sample:
    """Return a variant, often altered: cleaned by rules, parts gone, the content alone, other gaps, no indents."""
    shapes, content = variant.shapes, variant.content
    kept = np.ones(len(content), bool)
    if random.random() < 0.3:
        kept &= ~variant.ruled
    line, inputs, indent = shapes.line, shapes.inputs, shapes.indent
    altered = random.random() < 0.5
    if altered:
        kept &= _part(content < 0.5, random)
    if not kept.any():
        kept[:] = True
    rows = np.flatnonzero(kept)
    gaps = np.minimum(np.diff(line, prepend=-2), 2)
    line = np.cumsum(np.maximum.reduceat(gaps, np.concatenate(([0], rows[:-1] + 1)))[: len(rows)])
    inputs, indent = inputs[:, rows], indent[rows]
    if altered:
        spacing = random.random()
        if spacing < 0.4:
            line = np.arange(len(line)) * (1 if spacing < 0.2 else 2)
        if random.random() < 0.2:
            indent = np.zeros_like(indent)
            inputs[features.INDENT_INPUTS, :] = 0
    places = features.place(np.zeros(len(rows), np.int64), line, shapes.words[rows], indent, shapes.identity[rows])
    return Sample(np.concatenate((inputs, texts[:, rows], places)), content[rows], shapes.words[rows])


def _part(chrome: Any, random: np.random.Generator) -> Any:
    """Return which rows are left of a page, of which `chrome` are chrome."""
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
    """Return samples side by side: inputs, inside, document, words, content, weight."""
    reach = WIDTH // 2 * max(DISTANCES)
    columns: list[list[Any]] = [[] for _ in range(6)]
    for number, each in enumerate(samples):
        rows = len(each.words)
        total = max(each.words.sum(), 1)
        if plan.by_pages:
            weight = plan.by_words * each.words / total + (1 - plan.by_words) / rows
        else:
            weight = plan.by_words * each.words * 8 / np.sqrt(total) + 1 - plan.by_words
        values = (each.inputs.T / features.SHARES, np.ones((rows, 1)), np.full(rows, number), each.words[:, None])
        for column, value in zip(columns, (*values, each.content, weight), strict=True):
            between = np.full((reach, *value.shape[1:]), number if value.ndim == 1 and value is values[2] else 0)
            column += value, between
    return [
        torch.from_numpy(np.concatenate(column).astype(np.int64 if place == 2 else np.float32))
        for place, column in enumerate(columns)
    ]


def weights(net: TorchNet) -> dict[str, Any]:
    """Return the weights of a net as `model.Model` takes them: whole numbers, and scales."""
    layers = {
        "first": (net.first, features.SHARES, UNIT, features.MOST),
        "pool1": (net.pools[0], 1, 1, 0),
        "pool2": (net.pools[1], 1, 1, 0),
        "last": (net.last, UNIT, model.SCORES, model.ACTIVE_MOST),
        **{f"conv{n}": (each, 1, 1, model.ACTIVE_MOST) for n, each in enumerate(net.convolutions)},
    }
    result = {"distances": np.array(DISTANCES, np.int32), "width": np.array(WIDTH, np.int32)}
    for name, (layer, before, after, most) in layers.items():
        matrix = layer.weight.detach().numpy().astype(np.float64)
        if matrix.ndim == 3:  # out x in x width: what comes first in a row of inputs is the row furthest up
            matrix = matrix.transpose(0, 2, 1).reshape(len(matrix), -1)
        whole, unit = _whole(matrix, most)
        bias_unit = UNIT if name not in ("first", "last") else after
        result[f"{name}.weights"] = whole.T.astype(np.int16)
        result[f"{name}.scale"] = (unit * after / before).astype(np.float32)
        result[f"{name}.bias"] = (layer.bias.detach().numpy() * bias_unit).astype(np.float32)
    return result


def _whole(matrix: Any, most: int) -> tuple[Any, Any]:
    """Return a matrix of whole numbers, and by row what one of them stands for; sums of products stay exact."""
    steps = 511.0
    while True:
        unit = np.maximum(np.abs(matrix).max(axis=1), 1e-9) / steps
        whole = np.rint(matrix / unit[:, None])
        if np.abs(whole).sum(axis=1).max() * most < model.EXACT:
            return whole, unit
        steps *= 0.9
