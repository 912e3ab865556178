"""What the judge sees of lines: their shape, their words, their place; all lines of many documents at once.

Everything is counted in integers, so that the result depends neither on the platform nor on which documents
are read together. A *row* is a line that is not blank; blank lines are seen only as gaps between rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from cleaner.judge import characters as ch

LONGEST = 10_000  # characters of a line that are looked at
HEAD, TAIL = 24, 8  # words at the beginning and the end of a line whose hashes count
FAMILIES = 4  # words, pairs of words, beginnings of words, ends of words
BUCKETS = 1 << 13  # of each family
LOGS = 8  # steps of an input per doubling of a count
SHARES = 32  # steps of an input between none and all
MOST = 255  # of an input
SHAPE, PLACE = 49, 13  # inputs a row
INDENT_INPUTS = (16, 48)  # those of SHAPE that know of indents

_MULTIPLIER = 0x9E3779B1  # odd, hence invertible modulo 2^32; 2^32 divided by the golden ratio
_INVERSE = pow(_MULTIPLIER, -1, 1 << 32)
_SALTS = (np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35), np.uint32(0x27D4EB2F), np.uint32(0x165667B1))
_BEGIN, _STOP = np.uint32(0x1234567), np.uint32(0x89ABCDE)
_SHIFT = np.uint32(32 - BUCKETS.bit_length() + 1)
_LOGS = np.rint(np.log2(np.arange(1, 1 << 16)) * LOGS).astype(np.uint8)

_COUNTED = range(ch.END, ch.CLASSES)
_WEIGHED = (ch.COMMA, ch.DASH, ch.RULE, ch.SIGN)
_OPENING = (ch.LOWER, ch.UPPER, ch.LETTER, ch.DIGIT, ch.QUOTE, ch.DASH, ch.RULE)
_CLOSING = (ch.LOWER, ch.UPPER, ch.LETTER, ch.DIGIT, ch.END, ch.COMMA, ch.COLON, ch.BRACKET, ch.RULE)


class Shapes(NamedTuple):
    """What of rows does not depend on other rows; the rows of all lines that were read, in order."""

    line: Any  # 0-based number of the line
    words: Any
    indent: Any  # characters
    identity: Any  # a hash of the line, indent aside
    inputs: Any  # SHAPE x rows
    tokens: Any  # FAMILIES x tokens: buckets of hashes
    firsts: Any  # where the tokens of each row begin, and the end


def logs(counts: Any) -> Any:
    """Return counts on a scale of doublings."""
    return _LOGS[np.minimum(counts, len(_LOGS) - 1)]


def shares(part: Any, whole: Any) -> Any:
    """Return parts of wholes on a linear scale; of nothing, none."""
    return np.rint(SHARES * part / np.maximum(whole, 1))


def read(lines: Sequence[str], characters: ch.Characters) -> Shapes:
    """Return the rows of lines, which are without line breaks."""
    if max(map(len, lines)) > LONGEST:
        lines = [line[:LONGEST] for line in lines]
    classes, lower = characters.read("\n".join(lines) + "\n")
    ends = np.flatnonzero(lower == 10)
    begins = np.concatenate(([0], ends[:-1] + 1))
    sizes = ends - begins + 1  # line breaks included
    cells = np.repeat(np.arange(0, len(ends) * ch.CLASSES, ch.CLASSES), sizes)
    cells += classes
    counts = np.bincount(cells, minlength=len(ends) * ch.CLASSES).reshape(-1, ch.CLASSES)
    rows = np.flatnonzero(sizes > counts[:, ch.SPACE])
    counts, begins, ends = counts[rows].T, begins[rows], ends[rows]
    dark = np.flatnonzero(classes != ch.SPACE)
    first = dark[np.searchsorted(dark, begins)]
    last = dark[np.searchsorted(dark, ends) - 1]
    starts, stops = _words(classes, any_ideographs=bool(counts[ch.IDEOGRAPH].any()))
    offset, behind = np.searchsorted(starts, begins), np.searchsorted(starts, ends)
    words = behind - offset
    indent = first - begins
    inputs = _shapes(counts, classes, starts, stops, offset, behind, first, last, begins, ends)
    powers = _powers(lower)
    identity = powers.hashes(first, last + 1)
    tokens, firsts = _tokens(powers, starts, stops, offset, behind)
    return Shapes(rows, words, indent, identity, inputs, tokens, firsts)


def hashes(texts: Sequence[str], characters: ch.Characters) -> tuple[Any, Any]:
    """Return the tokens of texts without line breaks, and where those of each begin, and the end, as in `Shapes`."""
    classes, lower = characters.read("\n".join(texts) + "\n")
    ends = np.flatnonzero(lower == 10)
    starts, stops = _words(classes, any_ideographs=bool((classes == ch.IDEOGRAPH).any()))
    behind = np.searchsorted(starts, ends)
    return _tokens(_powers(lower), starts, stops, np.concatenate(([0], behind[:-1])), behind)


def _words(classes: Any, *, any_ideographs: bool) -> tuple[Any, Any]:
    """Return where words begin and end: runs of letters and digits; an ideograph is a word of its own."""
    within = classes <= ch.DIGIT
    turns = np.diff(within.view(np.int8), prepend=np.int8(0))
    starts, stops = turns == 1, turns == -1
    if any_ideographs:
        ideographs = classes == ch.IDEOGRAPH
        starts |= ideographs
        starts[1:] |= ideographs[:-1] & within[1:]
        stops[1:] |= ideographs[:-1]
        stops[1:] |= ideographs[1:] & within[:-1]
    return np.flatnonzero(starts), np.flatnonzero(stops)


def _shapes(
    counts: Any,
    classes: Any,
    starts: Any,
    stops: Any,
    offset: Any,
    behind: Any,
    first: Any,
    last: Any,
    begins: Any,
    ends: Any,
) -> Any:
    def per_row(flags: Any) -> Any:
        sums = np.concatenate(([0], np.cumsum(flags)))
        return sums[behind] - sums[offset]

    words, size = behind - offset, last - first + 1
    length, kind = stops - starts, classes[starts]
    dots = np.flatnonzero(classes == ch.END)
    after = classes[dots + 1]  # inside numbers, names of hosts and ellipses, no sentence ends
    dots = dots[(after != ch.DIGIT) & (after != ch.LOWER) & (after != ch.END)]
    sentences = np.searchsorted(dots, ends) - np.searchsorted(dots, begins)
    letters = counts[ch.LOWER] + counts[ch.UPPER] + counts[ch.LETTER] + counts[ch.IDEOGRAPH]
    alnum = letters + counts[ch.DIGIT]
    numbers = per_row(kind == ch.DIGIT)
    smalls = per_row((kind == ch.LOWER) & (length <= 4))  # in most languages with case, the function words
    opening, closing = classes[first], classes[last]
    columns = (
        logs(size),
        logs(words),
        logs(sentences),
        logs(size // np.maximum(words, 1)),
        shares(alnum, size),
        shares(counts[ch.UPPER], letters),
        shares(counts[ch.LETTER], alnum),
        shares(counts[ch.IDEOGRAPH], alnum),
        shares(counts[ch.DIGIT], alnum),
        shares(per_row(kind == ch.UPPER), words),
        shares(numbers, words),
        shares(smalls, words),
        shares(per_row(length <= 2), words),
        shares(per_row(length >= 8), words),
        logs(smalls),
        logs(numbers),
        logs(first - begins),
        np.minimum(shares(sentences * 8, words), MOST),
        *(logs(counts[c]) for c in _COUNTED),
        *(shares(counts[c], size) for c in _WEIGHED),
        *(SHARES * (opening == c) for c in _OPENING),
        *(SHARES * (closing == c) for c in _CLOSING),
        SHARES * (((opening == ch.RULE) | (opening == ch.DASH)) & (first > begins)),
    )
    inputs = np.empty((SHAPE, len(words)), np.float32)
    for number, column in enumerate(columns):
        inputs[number] = column
    return inputs


class _Powers(NamedTuple):
    """Polynomial hashes modulo 2^32: with sums over powers of a number and with its inverse, the hash of any stretch
    of text is one subtraction and one product.
    """

    sums: Any
    inverse: Any

    def hashes(self, start: Any, stop: Any) -> Any:
        """Return the hashes of stretches of the text."""
        return (self.sums[stop] - self.sums[start]) * self.inverse[start]


def _powers(text: Any) -> _Powers:
    powers = np.cumprod(np.full(len(text), _MULTIPLIER, np.uint32), dtype=np.uint32)
    inverse = np.cumprod(np.full(len(text), _INVERSE, np.uint32), dtype=np.uint32)
    sums = np.zeros(len(text) + 1, np.uint32)
    powers *= text
    np.cumsum(powers, dtype=np.uint32, out=sums[1:])
    return _Powers(sums, inverse)


def _tokens(powers: _Powers, starts: Any, stops: Any, offset: Any, behind: Any) -> tuple[Any, Any]:
    """Return the buckets of the words of each row, and where those of each row begin."""
    words = behind - offset
    ahead = np.arange(len(starts)) - np.repeat(offset, words)
    left = np.repeat(words, words) - ahead - 1
    chosen = np.flatnonzero((ahead < HEAD) | (left < TAIL))
    start, stop, ahead, left = starts[chosen], stops[chosen], ahead[chosen], left[chosen]
    whole = powers.hashes(start, stop)
    before = np.empty_like(whole)
    before[1:] = whole[:-1]
    before[ahead == 0] = _BEGIN
    tokens = np.empty((FAMILIES, len(chosen)), np.uint32)
    tokens[0] = whole * _SALTS[0]
    tokens[1] = (before * _SALTS[1] + whole) * _SALTS[0]
    tokens[2] = powers.hashes(start, np.minimum(start + 4, stop)) * _SALTS[2]
    tokens[3] = (powers.hashes(np.maximum(stop - 3, start), stop) + (left == 0) * _STOP) * _SALTS[3]
    tokens >>= _SHIFT
    tokens += (np.arange(FAMILIES, dtype=np.uint32) * np.uint32(BUCKETS))[:, None]
    return tokens, np.concatenate(([0], np.cumsum(np.minimum(words, HEAD + TAIL))))


def place(document: Any, line: Any, words: Any, indent: Any, identity: Any) -> Any:
    """Return what its place in its document and the other rows make of each row: PLACE x rows.

    `document` numbers the documents of the rows, from 0 and without gaps.
    """
    row = np.arange(len(line))
    first = np.ones(len(line), bool)  # of a document
    first[1:] = document[1:] != document[:-1]
    bounds = np.append(np.flatnonzero(first), len(line))
    begin, end = bounds[document], bounds[document + 1]
    ahead, left, rows = row - begin, end - 1 - row, end - begin
    sums = np.concatenate(([0], np.cumsum(words)))
    all_words = sums[end] - sums[begin]
    gap = np.ones(len(line) + 1, bool)
    gap[1:-1] = first[1:] | (line[1:] - line[:-1] > 1)
    step = np.diff(indent, prepend=0) * ~first

    order = np.lexsort((identity, document))
    again = np.zeros(len(line), bool)
    again[1:] = (identity[order[1:]] == identity[order[:-1]]) & (document[order[1:]] == document[order[:-1]])
    group = np.cumsum(~again) - 1
    copies = np.empty_like(group)
    copies[order] = np.bincount(group)[group]
    seen = np.empty_like(again)
    seen[order] = again
    columns = (
        shares(ahead, rows),
        logs(ahead),
        logs(left),
        shares(sums[row] - sums[begin], all_words),
        logs(rows),
        logs(all_words),
        logs(copies - 1),
        SHARES * seen,
        SHARES * gap[:-1],
        SHARES * gap[1:],
        SHARES * (step > 0),
        SHARES * (step < 0),
        logs(all_words // rows),
    )
    inputs = np.empty((PLACE, len(line)), np.float32)
    for number, column in enumerate(columns):
        inputs[number] = column
    return inputs
