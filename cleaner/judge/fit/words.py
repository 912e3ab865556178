"""Fits the weights of hashed words: a logistic model of lines, averaged over its steps.

The model gives each bucket of tokens (see `features`) a weight. The sum of the weights of a line's tokens, divided by
the root of their number, is the logarithm of the odds that the line is content. The weights that are returned are the
mean over all steps after the first epoch, which are steadier than the weights of the last step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cleaner.judge import features

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleaner.judge.arrays import Floats, Hashes, Inputs, Ints

EPOCHS = 4
LEARNING_RATE = 0.02  # of Adam at the first step; falls to 0 in a straight line
DECAY = 2e-5  # pull of each weight towards 0
BATCH_BAGS = 8  # bags in a step
LOGIT_STEPS = 8  # steps of an input for one of a logit
COMMON_TEXTS = 90  # texts that a language must have to be well known
COMMON_WORDS = 250  # words of a language that are common, at most
COMMON_SHARE = 0.15  # of the texts of its language that a common word stands in, at least
WEIGHTS = features.FAMILIES * features.BUCKETS


class Bag(NamedTuple):
    """The filled lines of a text as sets of tokens."""

    tokens: Hashes  # FAMILIES x tokens, as in `features.Shapes`
    token_bounds: Ints  # as in `features.Shapes`
    words: Ints  # of each line, for its weight
    content: Inputs  # of each line, the share that is content


class Quantised(NamedTuple):
    """A weight, a small whole number, for each bucket; the scale of a line's sum of them, and what is added to it."""

    weights: NDArray[np.int8]
    scale: float
    bias: float


def fit(bags: Sequence[Bag], seed: int) -> tuple[Floats, float]:
    """Return weights and bias, as floating point numbers, by Adam; a line counts by the root of its words."""
    random = np.random.default_rng(seed)
    weights, bias = np.zeros(WEIGHTS), 0.0
    mean, spread = np.zeros(WEIGHTS), np.zeros(WEIGHTS)
    total, total_bias, steps = np.zeros(WEIGHTS), 0.0, 0
    batches = -(-len(bags) // BATCH_BAGS)
    for epoch in range(EPOCHS):
        order = random.permutation(len(bags))
        for batch in range(batches):
            chosen = [bags[i] for i in order[batch * BATCH_BAGS : (batch + 1) * BATCH_BAGS]]
            tokens = np.concatenate([each.tokens for each in chosen], axis=1)
            counts = np.concatenate([np.diff(each.token_bounds) for each in chosen])
            sizes = np.sqrt(np.maximum(np.concatenate([each.words for each in chosen]), 1))
            line = np.repeat(np.arange(len(counts)), counts)
            scale = 1 / np.sqrt(np.maximum(counts, 1))
            scores = np.bincount(line, weights[tokens].sum(axis=0), len(counts)) * scale + bias
            error = 1 / (1 + np.exp(-scores)) - np.concatenate([each.content for each in chosen])
            error *= sizes / sizes.sum()
            share = np.tile((error * scale)[line], features.FAMILIES)
            slope = np.bincount(tokens.ravel(), share, WEIGHTS) + DECAY * weights
            step = epoch * batches + batch + 1
            rate = LEARNING_RATE * (1 - step / (EPOCHS * batches))
            mean = 0.9 * mean + 0.1 * slope
            spread = 0.99 * spread + 0.01 * slope * slope
            weights = weights - rate * (mean / (1 - 0.9**step)) / (np.sqrt(spread / (1 - 0.99**step)) + 1e-6)
            bias -= 2 * rate * error.sum()
            if epoch:
                total, total_bias, steps = total + weights, total_bias + bias, steps + 1
    return total / steps, total_bias / steps


def common(languages: Sequence[Sequence[Hashes]]) -> NDArray[np.uint8]:
    """Return which buckets have a common word of some language: one that stands in many of its texts.

    Each language is given as the tokens of its texts, FAMILIES x tokens. Only languages of `COMMON_TEXTS` texts
    count. A common word marks its buckets of words and of beginnings of words; `model.word_inputs` asks for both, so
    that fewer words are taken for common by chance. What the judge says of a text with few common words is less
    certain (see `decide.for_language`).
    """
    result = np.zeros(WEIGHTS, np.uint8)
    for texts in languages:
        if len(texts) < COMMON_TEXTS:
            continue
        count = np.zeros(WEIGHTS, np.int64)
        for tokens in texts:
            count[np.unique(tokens[[0, 2]])] += 1
        for family in (0, 2):
            part = slice(family * features.BUCKETS, (family + 1) * features.BUCKETS)
            best = np.argsort(-count[part], kind="stable")[:COMMON_WORDS]
            best = best[count[part][best] >= COMMON_SHARE * len(texts)]
            result[part][best] = 1
    return result


def quantise(weights: Floats, bias: float) -> Quantised:
    """Return weights as the model takes them: -127 … 127, with the largest ten-thousandth of them clipped."""
    unit = float(np.quantile(np.abs(weights), 0.9999)) / 127
    whole = np.clip(np.rint(weights / unit), -127, 127).astype(np.int8)
    return Quantised(whole, float(np.float32(unit * LOGIT_STEPS)), float(np.float32(bias * LOGIT_STEPS)))
