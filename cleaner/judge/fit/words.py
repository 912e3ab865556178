"""Fitting the weights of hashed words: a logistic model of lines, averaged over its steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from cleaner.judge import features

EPOCHS = 4
RATE = 0.02
DECAY = 2e-5
BATCH = 8  # bags
TEXT_STEPS = 8  # steps of an input for one of a logit
SIZE = features.FAMILIES * features.BUCKETS


class Bag(NamedTuple):
    """The rows of a text as sets of hashed words."""

    tokens: Any  # FAMILIES x tokens, as in `features.Shapes`
    firsts: Any  # where those of each row begin, and the end
    words: Any  # of each row, for its weight
    content: Any  # of each row, the share that is content


class Words(NamedTuple):
    """A weight, a small integer, for each bucket; the scale of a row's sum of them, and what is added to it."""

    weights: Any
    scale: float
    bias: float


def fit(bags: Sequence[Bag], seed: int) -> tuple[Any, float]:
    """Return weights and bias, as floating point numbers; Adam on rows weighted by the root of their words."""
    random = np.random.default_rng(seed)
    weights, bias = np.zeros(SIZE), 0.0
    mean, spread = np.zeros(SIZE), np.zeros(SIZE)
    total, total_bias, steps = np.zeros(SIZE), 0.0, 0
    batches = -(-len(bags) // BATCH)
    for epoch in range(EPOCHS):
        order = random.permutation(len(bags))
        for batch in range(batches):
            chosen = [bags[i] for i in order[batch * BATCH : (batch + 1) * BATCH]]
            tokens = np.concatenate([each.tokens for each in chosen], axis=1)
            counts = np.concatenate([np.diff(each.firsts) for each in chosen])
            sizes = np.sqrt(np.maximum(np.concatenate([each.words for each in chosen]), 1))
            row = np.repeat(np.arange(len(counts)), counts)
            scale = 1 / np.sqrt(np.maximum(counts, 1))
            scores = np.bincount(row, weights[tokens].sum(axis=0), len(counts)) * scale + bias
            error = 1 / (1 + np.exp(-scores)) - np.concatenate([each.content for each in chosen])
            error *= sizes / sizes.sum()
            share = np.tile((error * scale)[row], features.FAMILIES)
            slope = np.bincount(tokens.ravel(), share, SIZE) + DECAY * weights
            step = epoch * batches + batch + 1
            rate = RATE * (1 - step / (EPOCHS * batches))
            mean = 0.9 * mean + 0.1 * slope
            spread = 0.99 * spread + 0.01 * slope * slope
            weights = weights - rate * (mean / (1 - 0.9**step)) / (np.sqrt(spread / (1 - 0.99**step)) + 1e-6)
            bias -= 2 * rate * error.sum()
            if epoch:
                total, total_bias, steps = total + weights, total_bias + bias, steps + 1
    return total / steps, total_bias / steps


def quantise(weights: Any, bias: float) -> Words:
    """Return the words as the model takes them."""
    unit = float(np.quantile(np.abs(weights), 0.9999)) / 127
    whole = np.clip(np.rint(weights / unit), -127, 127).astype(np.int8)
    return Words(whole, float(np.float32(unit * TEXT_STEPS)), float(np.float32(bias * TEXT_STEPS)))
