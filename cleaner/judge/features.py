"""Turns lines into numbers: inputs for the net that say how each line looks and where it stands.

Blank lines get no inputs; they are seen as gaps only. A line that is not blank is a *filled line*. Each filled line
is a column of the matrices here, and all lines of many documents are read in one go, since numpy is fast on long
arrays and slow on many short ones. Inputs are whole numbers, so they depend neither on the platform nor on which
documents are read together. A share is 0 to 32 (`shares`), a count is on a scale of doublings, 8 steps each (`logs`).

The compiled kernel makes the same of one line after the other (`lines.c`, `places.c`); tests hold both to the same
bytes.

There are three groups of inputs:

- Shape (52), of the line alone: length in characters, words and sentences; shares of kinds of characters and of kinds
  of words (short, long, capitalised, numbers); counts of punctuation by class; the classes of the first and the last
  character; whether the line ends as a sentence does; the indent.
- Place (20), of the line in its document: position from the top and from the bottom, size of the document, copies of
  the line, blank lines around it, change of the indent, lines that look like it, how far the next prose is.
- Words (3), made by `model.word_inputs` from tokens. A token is a hashed word, pair of words, beginning or end of a
  word, as a number of 4 x 32,768 buckets. Each bucket has a fitted weight, and those of common words are marked.

Some words for what lines are like, in any script:

- A *word* is a run of letters and digits. Where no spaces are written (Han, kana, Thai and others), each character is
  a word, and the three and the four characters that begin there stand for its beginning and end.
- The *measure* of a line is its length as if it were English: its characters, and two more for each ideograph.
- A line is *closed* if it ends as a sentence does, and *prose* if it is closed and has a measure of 60 or more.
- The *look* of a line is how it begins and ends and which kinds of characters it has, whatever their number. Lines of
  a list look alike: `May 2 – Harwell, NY` and `June 11 – Swanford, OH`.

Example: of `Sign in` the inputs of shape begin with logs(7) = 24 for its characters and logs(2) = 13 for its words.
The tokens are those of `sign` and `in`, of the pairs `start of line + sign` and `sign + in`, of the beginnings `sign`
and `in`, and of the ends `ign` and `in + end of line`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cleaner.judge import characters as ch
from cleaner.judge.records import cut
from cleaner.text.prose import PROSE_MEASURE

if TYPE_CHECKING:
    from cleaner.judge.arrays import Array, Classes, Flags, Hashes, Inputs, Ints, Units

HEAD_WORDS, TAIL_WORDS = 24, 8  # words at the beginning and at the end of a line that become tokens
FAMILIES = 4  # of tokens: words, pairs of words, beginnings of words, ends of words
BUCKETS = 1 << 15  # of each family; a power of two
LOG_STEPS = 8  # steps of an input for each doubling of a count
SHARE_STEPS = 32  # steps of an input from none to all
MAX_INPUT = 255  # of shape and place
SHAPE_INPUTS, PLACE_INPUTS = 52, 20  # a line
INDENT_INPUTS = (16, 48)  # numbers of the inputs of shape that depend on the indent

# Of the polynomial hash: 2^32 divided by the golden ratio; odd, hence invertible modulo 2^32.
_MULTIPLIER = 0x9E3779B1
_INVERSE = pow(_MULTIPLIER, -1, 1 << 32)
_SALTS = (np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35), np.uint32(0x27D4EB2F), np.uint32(0x165667B1))  # by family
_LINE_START, _LINE_END = np.uint32(0x1234567), np.uint32(0x89ABCDE)  # stand for the edges of a line in tokens
_SHIFT = np.uint32(32 - BUCKETS.bit_length() + 1)  # leaves the bits of a hash that number its bucket
_LOGS = np.rint(np.log2(np.arange(1, 1 << 16)) * LOG_STEPS).astype(np.uint8)

# Classes of characters that inputs of shape count, weigh against the length, and tell at both ends of a line.
_COUNTED = range(ch.END, ch.CLASSES)
_WEIGHED = (ch.COMMA, ch.DASH, ch.RULE, ch.SIGN)
_OPENING = (ch.LOWER, ch.UPPER, ch.LETTER, ch.DIGIT, ch.QUOTE, ch.DASH, ch.RULE)
_CLOSING = (ch.LOWER, ch.UPPER, ch.LETTER, ch.DIGIT, ch.END, ch.COMMA, ch.COLON, ch.BRACKET, ch.RULE)

# The look of a line: what begins and ends it (all letters alike), and which of these classes it has.
_SIDES = np.array([0 if kind < ch.DIGIT else kind - ch.DIGIT + 1 for kind in range(ch.CLASSES)], np.int64)
_LOOKED_FOR = (ch.DIGIT, ch.COMMA, ch.COLON, ch.DASH, ch.BRACKET, ch.MONEY, ch.SIGN)


class Shapes(NamedTuple):
    """The filled lines of a text, in order, with all that does not depend on other lines."""

    line: Ints  # 0-based number of the line in the text
    words: Ints  # number of words
    indent: Ints  # characters before the first visible one
    identity: Hashes  # a hash of the line without indent; equal for lines that differ in case only
    look: Ints  # equal for lines that look alike; odd if the line is prose
    inputs: Inputs  # SHAPE_INPUTS x lines
    tokens: Hashes  # FAMILIES x tokens: the numbers of buckets
    token_bounds: Ints  # number of the first token of each line, then the number of tokens


class _Scan(NamedTuple):
    """The filled lines of a text and its words. Positions are code units of the text."""

    classes: Classes  # of all code units
    counts: Ints  # CLASSES x lines: characters of each class
    line_begin: Ints  # of each line
    line_end: Ints  # of each line: the position of its line break
    first_char: Ints  # of each line: its first visible character
    last_char: Ints  # of each line: its last visible character
    word_begin: Ints  # of each word of the text
    word_end: Ints  # of each word, end excluded
    first_word: Ints  # of each line: the number of its first word
    end_word: Ints  # of each line: the number of the word after its last


def logs(counts: Ints | int) -> Array:
    """Return counts on a scale of doublings: 0 for 0, 8 for 1, 16 for 3, 24 for 7 …, at most 128."""
    result: Array = _LOGS[np.minimum(counts, len(_LOGS) - 1)]
    return result


def shares(part: Array, whole: Array | int) -> Array:
    """Return which share of `whole` each `part` is: 0 for none, 32 for all; 0 if the whole is 0."""
    result: Array = np.rint(SHARE_STEPS * part / np.maximum(whole, 1))
    return result


def stack(columns: Sequence[Array], lines: int) -> Inputs:
    """Return inputs, one array over the lines for each, as one matrix: inputs x lines."""
    inputs = np.empty((len(columns), lines), np.float32)
    for number, column in enumerate(columns):
        inputs[number] = column
    return inputs


def read_shapes(lines: Sequence[str], characters: ch.Characters) -> Shapes:
    """Return the filled lines among `lines`, which are without line breaks; at least one line must be given."""
    classes, lower = characters.classify("\n".join(cut(lines)) + "\n")
    line_end = np.flatnonzero(lower == 10)
    line_begin = np.concatenate(([0], line_end[:-1] + 1))
    sizes = line_end - line_begin + 1  # line breaks included
    cells = np.repeat(np.arange(0, len(line_end) * ch.CLASSES, ch.CLASSES), sizes)
    cells += classes
    counts = np.bincount(cells, minlength=len(line_end) * ch.CLASSES).reshape(-1, ch.CLASSES)
    filled = np.flatnonzero(sizes > counts[:, ch.SPACE])
    counts, line_begin, line_end = counts[filled].T, line_begin[filled], line_end[filled]
    visible = np.flatnonzero(classes != ch.SPACE)
    first_char = visible[np.searchsorted(visible, line_begin)]
    last_char = visible[np.searchsorted(visible, line_end) - 1]
    any_unspaced = bool(counts[ch.IDEOGRAPH].any() or counts[ch.UNSPACED].any())
    word_begin, word_end = _find_words(classes, any_unspaced=any_unspaced)
    unspaced = _is_unspaced(classes[word_begin]) if any_unspaced else None
    first_word, end_word = np.searchsorted(word_begin, line_begin), np.searchsorted(word_begin, line_end)
    scan = _Scan(
        classes, counts, line_begin, line_end, first_char, last_char, word_begin, word_end, first_word, end_word
    )
    hasher = _hasher(lower)
    identity = hasher.hash(first_char, last_char + 1)
    tokens, token_bounds = _tokens(hasher, word_begin, word_end, first_word, end_word, unspaced, line_end)
    indent = first_char - line_begin
    inputs, look = _shape_inputs(scan)
    return Shapes(filled, end_word - first_word, indent, identity, look, inputs, tokens, token_bounds)


def hash_texts(texts: Sequence[str], characters: ch.Characters) -> tuple[Hashes, Ints]:
    """Return the tokens of texts without line breaks, and the bounds of those of each, as in `Shapes`."""
    classes, lower = characters.classify("\n".join(texts) + "\n")
    ends = np.flatnonzero(lower == 10)
    any_unspaced = bool(_is_unspaced(classes).any())
    word_begin, word_end = _find_words(classes, any_unspaced=any_unspaced)
    unspaced = _is_unspaced(classes[word_begin]) if any_unspaced else None
    end_word = np.searchsorted(word_begin, ends)
    first_word = np.concatenate(([0], end_word[:-1]))
    return _tokens(_hasher(lower), word_begin, word_end, first_word, end_word, unspaced, ends)


def _is_unspaced(classes: Classes) -> Flags:
    """Return which characters are of scripts that put no spaces between words."""
    unspaced: Flags = (classes == ch.IDEOGRAPH) | (classes == ch.UNSPACED)
    return unspaced


def _find_words(classes: Classes, *, any_unspaced: bool) -> tuple[Ints, Ints]:
    """Return where words begin and end: runs of letters and digits; where no spaces are written, each character."""
    within = classes <= ch.DIGIT
    turns = np.diff(within.view(np.int8), prepend=np.int8(0))
    begins, ends = turns == 1, turns == -1
    if any_unspaced:
        single = _is_unspaced(classes)
        begins |= single
        begins[1:] |= single[:-1] & within[1:]
        ends[1:] |= single[:-1]
        ends[1:] |= single[1:] & within[:-1]
    return np.flatnonzero(begins), np.flatnonzero(ends)


def _shape_inputs(scan: _Scan) -> tuple[Inputs, Ints]:
    """Return the inputs of shape, SHAPE_INPUTS x lines, and the look of each line."""
    counts = scan.counts
    size, words = scan.last_char - scan.first_char + 1, scan.end_word - scan.first_word
    length, kind = scan.word_end - scan.word_begin, scan.classes[scan.word_begin]
    sentences = _count_sentences(scan)
    letters = counts[ch.LOWER] + counts[ch.UPPER] + counts[ch.LETTER] + counts[ch.IDEOGRAPH] + counts[ch.UNSPACED]
    alnum = letters + counts[ch.DIGIT]
    numbers = _count_words(scan, kind == ch.DIGIT)
    # Short words in lower case: in most languages with case, they are the function words.
    smalls = _count_words(scan, (kind == ch.LOWER) & (length <= 4))
    opening, closing = scan.classes[scan.first_char], scan.classes[scan.last_char]
    indent = scan.first_char - scan.line_begin
    measure = size + 2 * counts[ch.IDEOGRAPH]
    closed = _closed(scan, closing)
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
        shares(_count_words(scan, kind == ch.UPPER), words),
        shares(numbers, words),
        shares(smalls, words),
        shares(_count_words(scan, length <= 2), words),
        shares(_count_words(scan, length >= 8), words),
        logs(smalls),
        logs(numbers),
        logs(indent),
        np.minimum(shares(sentences * 8, words), MAX_INPUT),
        *(logs(counts[c]) for c in _COUNTED),
        *(shares(counts[c], size) for c in _WEIGHED),
        *(SHARE_STEPS * (opening == c) for c in _OPENING),
        *(SHARE_STEPS * (closing == c) for c in _CLOSING),
        SHARE_STEPS * (((opening == ch.RULE) | (opening == ch.DASH)) & (indent > 0)),
        shares(counts[ch.UNSPACED], alnum),
        logs(measure),
        SHARE_STEPS * closed,
    )
    look: Ints = _SIDES[opening] * (1 << 12) + _SIDES[closing] * (1 << 8)
    for bit, looked_for in enumerate(_LOOKED_FOR, 1):
        look += (counts[looked_for] > 0) * (1 << bit)
    look += closed & (measure >= PROSE_MEASURE)
    return stack(columns, len(words)), look


def _closed(scan: _Scan, closing: Classes) -> Flags:
    """Return which lines end as sentences do: with the mark of an end, or with a quote or bracket behind it.

    A number in brackets may follow, as notes have them: `The mill stood still.[3]`.
    """
    before, third, fourth, fifth = (
        scan.classes[np.maximum(scan.last_char - back, scan.first_char)] for back in range(1, 5)
    )
    closed: Flags = (closing == ch.END) | (((closing == ch.QUOTE) | (closing == ch.BRACKET)) & (before == ch.END))
    note = (closing == ch.BRACKET) & (before == ch.DIGIT)
    one = (third == ch.BRACKET) & (fourth == ch.END)
    two = (third == ch.DIGIT) & (fourth == ch.BRACKET) & (fifth == ch.END)
    with_note: Flags = closed | (note & (one | two))
    return with_note


def _count_words(scan: _Scan, flags: Flags) -> Ints:
    """Return for each line how many of its words are flagged."""
    sums = np.concatenate(([0], np.cumsum(flags)))
    return sums[scan.end_word] - sums[scan.first_word]


def _count_sentences(scan: _Scan) -> Ints:
    """Return for each line how many sentences end in it; a point inside a number, host name or ellipsis ends none."""
    dots = np.flatnonzero(scan.classes == ch.END)
    after = scan.classes[dots + 1]
    dots = dots[(after != ch.DIGIT) & (after != ch.LOWER) & (after != ch.END)]
    return np.searchsorted(dots, scan.line_end) - np.searchsorted(dots, scan.line_begin)


class _Hasher(NamedTuple):
    """Hashes any stretch of a text with one subtraction and one product, modulo 2^32.

    A stretch from i to j has the polynomial hash t[i] + t[i+1] * m + t[i+2] * m^2 …, with the code units t and the
    multiplier m. `sums[j]` is the sum of t[k] * m^(k+1) over all k below j. So sums[j] - sums[i] is the hash of the
    stretch times m^(i+1), and a product with the inverse of this power makes it the same wherever the stretch stands.
    """

    sums: Hashes
    inverse: Hashes  # the inverse of m^(i+1) for each position i

    def hash(self, begin: Ints, end: Ints) -> Hashes:
        """Return the hashes of stretches, given by positions, end excluded."""
        return (self.sums[end] - self.sums[begin]) * self.inverse[begin]


def _hasher(units: Units) -> _Hasher:
    powers = np.cumprod(np.full(len(units), _MULTIPLIER, np.uint32), dtype=np.uint32)
    inverse = np.cumprod(np.full(len(units), _INVERSE, np.uint32), dtype=np.uint32)
    sums = np.zeros(len(units) + 1, np.uint32)
    powers *= units
    np.cumsum(powers, dtype=np.uint32, out=sums[1:])
    return _Hasher(sums, inverse)


def _tokens(
    hasher: _Hasher,
    word_begin: Ints,
    word_end: Ints,
    first_word: Ints,
    end_word: Ints,
    unspaced: Flags | None,
    line_end: Ints,
) -> tuple[Hashes, Ints]:
    """Return the tokens of the words at both ends of each line, FAMILIES x tokens, and the bounds of each line's.

    `unspaced` are the words that are one character of a script without spaces; None: there are none. Tokens of their
    beginnings and ends would be those of the words again, so they are those of the three and the four characters that
    begin there, as far as the line goes, which ends at `line_end`.
    """
    words = end_word - first_word
    ahead = np.arange(len(word_begin)) - np.repeat(first_word, words)  # words before this one in its line
    left = np.repeat(words, words) - ahead - 1  # words after it
    chosen = np.flatnonzero((ahead < HEAD_WORDS) | (left < TAIL_WORDS))
    begin, end, ahead, left = word_begin[chosen], word_end[chosen], ahead[chosen], left[chosen]
    whole = hasher.hash(begin, end)
    before = np.empty_like(whole)
    before[1:] = whole[:-1]
    before[ahead == 0] = _LINE_START
    tokens = np.empty((FAMILIES, len(chosen)), np.uint32)
    tokens[0] = whole * _SALTS[0]
    tokens[1] = (before * _SALTS[1] + whole) * _SALTS[0]
    start, stop = np.maximum(end - 3, begin), end
    head = np.minimum(begin + 4, end)
    if unspaced is not None:
        single = unspaced[chosen]
        last = np.repeat(line_end, words)[chosen]
        head = np.where(single, np.minimum(begin + 3, last), head)
        stop = np.where(single, np.minimum(begin + 4, last), stop)
    tokens[2] = hasher.hash(begin, head) * _SALTS[2]
    tokens[3] = (hasher.hash(start, stop) + (left == 0) * _LINE_END) * _SALTS[3]
    tokens >>= _SHIFT
    tokens += (np.arange(FAMILIES, dtype=np.uint32) * np.uint32(BUCKETS))[:, None]
    return tokens, np.concatenate(([0], np.cumsum(np.minimum(words, HEAD_WORDS + TAIL_WORDS))))


def place_inputs(document: Ints, line: Ints, words: Ints, indent: Ints, identity: Hashes, look: Ints) -> Inputs:
    """Return the inputs of place: PLACE_INPUTS x lines.

    `document` is the number of each line's document, from 0 and without gaps; the others are as in `Shapes`.
    """
    number = np.arange(len(line))
    first = np.ones(len(line), bool)  # of its document
    first[1:] = document[1:] != document[:-1]
    bounds = np.append(np.flatnonzero(first), len(line))
    begin, end = bounds[document], bounds[document + 1]
    ahead, left, size = number - begin, end - 1 - number, end - begin
    sums = np.concatenate(([0], np.cumsum(words)))
    all_words = sums[end] - sums[begin]
    gap = np.ones(len(line) + 1, bool)  # above each line, and below the last
    gap[1:-1] = first[1:] | (line[1:] - line[:-1] > 1)
    step = np.diff(indent, prepend=0) * ~first
    copies, seen = _find_copies(document, identity)
    alike, _ = _find_copies(document, look)
    turns = first | (np.diff(look, prepend=-1) != 0)  # where a run of lines that look alike begins
    run = np.cumsum(turns) - 1
    run_begin = np.append(np.flatnonzero(turns), len(line))
    run_size = run_begin[run + 1] - run_begin[run]
    prose = look % 2 == 1
    above = number - np.maximum(np.maximum.accumulate(np.where(prose, number, -1)), begin - 1)
    below = np.minimum(np.minimum.accumulate(np.where(prose, number, len(line))[::-1])[::-1], end) - number
    prose_sums = np.concatenate(([0], np.cumsum(words * prose)))
    columns = (
        shares(ahead, size),
        logs(ahead),
        logs(left),
        shares(sums[number] - sums[begin], all_words),
        logs(size),
        logs(all_words),
        logs(copies - 1),
        SHARE_STEPS * seen,
        SHARE_STEPS * gap[:-1],
        SHARE_STEPS * gap[1:],
        SHARE_STEPS * (step > 0),
        SHARE_STEPS * (step < 0),
        logs(all_words // size),
        logs(alike - 1),
        logs(run_size - 1),
        shares(number - run_begin[run], run_size),
        logs(above),
        logs(below),
        shares(prose_sums[number] - prose_sums[begin], prose_sums[end] - prose_sums[begin]),
        shares(prose_sums[end] - prose_sums[begin], all_words),
    )
    return stack(columns, len(line))


def _find_copies(document: Ints, identity: Hashes | Ints) -> tuple[Ints, Flags]:
    """Return how often each line's `identity` (or look) is in its document, and whether it was there before."""
    order = np.lexsort((identity, document))
    again = np.zeros(len(identity), bool)
    again[1:] = (identity[order[1:]] == identity[order[:-1]]) & (document[order[1:]] == document[order[:-1]])
    group = np.cumsum(~again) - 1
    copies = np.empty_like(group)
    copies[order] = np.bincount(group)[group]
    seen = np.empty_like(again)
    seen[order] = again
    return copies, seen
