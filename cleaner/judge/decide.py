"""Decides which lines of a document go, from the score that the net gives each line.

A score stands for the chance, 0 to 1, that the line is content (see `chances`, which has the thresholds). A line of
ten words with a chance of .3 counts as three words of expected content. Added up, that is the expected content of the
document, and the loss to expect if a set of lines goes.

Three things change scores before a level decides: shares of links lower those of texts (`with_links`), an unknown
language raises all (`for_language`), and lines that look alike raise the worst among them (`together`).

Level `safe` asks what a document can afford to lose:

1. If no line has a chance of at least `safe_sure`, nothing goes: nobody can tell what such a document is about.
2. A cut is set: the expected content of the lines is added up from the lowest chance up, until it would exceed
   `safe_budget` of the expected content of the document. Only lines below the cut and below the chance `safe_outside`
   may go. What is saved by the steps below is not spent on other lines.
3. The body reaches from the first to the last line with a chance of at least .5, and includes the four lines above
   the first of these (`HEADLINE_LINES`; lines that rules remove are not counted). In the body a line goes only below
   the much lower chance `safe_body`, because headings, captions and lists look like chrome.
4. Chrome comes in runs: if fewer than `safe_run` lines in a row would go, they stay. Lines that rules remove count as
   part of a run.
5. Lines of whole sentences whose words do not speak for chrome (`prose`) go only below the chance `safe_prose`.
6. If the lines that would go are less than the share `safe_share` of the lines that no rule removes, none goes.

Level `main` keeps the lines that have the best expected F1 together (Lipton, Elkan and Naryanaswamy, Optimal
thresholding of classifiers to maximize F1 measure, 2014). The best set is all lines from a score up, that of a chance
of half the best F1. The cut is `main_margin` steps above that, or `main_full` steps where all is content; in between,
in proportion to the expected share of content. The cut is never above the best score, so the best line stays. Some
lines below the cut stay nevertheless: single lines between kept lines with a chance of at least `main_lone`, and what
may be the headline: among the four lines above the first kept line, those with a chance of at least
`main_headline`, and the best one in reach above the first prose that stays. If more than half of the words of
prose would go, only prose with a chance below `LIKELY_BELOW` goes.

Lines that must stay (`spared`) never go: they extend the body at `safe` and are kept lines at `main`. In sums of
expected content, and in step 1, their own chance counts. Lines that rules remove have no content.

Example, a text of 13 lines and the limits `TEXT`:

    line   words   score  chance                           `safe`                          `main`
    0-2    1 each   -51    .04    Home, News, Sport        go: below .13                   go
    3-4    1 each   -70    .01    Shop, Account            go: in the body, below .035     go
    5      1        -50    .04    Menu                     stays: in the body              goes
    6      3        -14    .29    Ferry Workers Return     stays                           stays: headline, above .25
    7      40        56    .97    a paragraph              stays: first line of the body   stays
    8      1        -47    .05    Advertisement            stays: in the body              goes: below .35
    9      30        47    .95    a paragraph              stays: last line of the body    stays
    10-12  2 each   -35    .10    Share, Related, Privacy  go: below .13, three in a row   go

The expected content is 69 words. At `safe` 4.5 % of it may be lost, 3.1 words; the eight lines that go cost .75. At
`main` the two paragraphs alone have the best expected F1, .968, half of which is the chance of score -1. The document
is 84 words long, 82 % of which are expected to be content, so the cut is 8 steps lower, at -9. The headline is below
it and stays for its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cleaner.judge import features
from cleaner.judge.chances import LIKELY_BELOW, MAX_SCORE, PROBABILITIES, TEXT, Limits, lowest_score
from cleaner.text.markdown import SHARE_STEPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cleaner.judge.arrays import Array, Flags, Floats, Ints

HEADLINE_LINES = 4  # lines above the first content line that may be headline, author or date
# main: lines above the first prose that stays; the best of them may be the headline. With 24 the same headlines stay.
HEADLINE_REACH = 16
# A document is in a language that the judge knows well if common words of such languages are at least the share
# `KNOWN_SHARE` of its words, and in one that it hardly knows if they are at most `UNKNOWN_SHARE`; in between, in
# proportion. In a language that it hardly knows, scores are `unknown_steps` higher.
KNOWN_SHARE, UNKNOWN_SHARE = 0.2, 0.12
RUN_LINES = 4  # lines that look alike, from which on they are judged together; with 3 the same lists lost lines
# Steps of a score that a line of a text loses if all of it is in links: half of a logit. Tried from 0 to 24 on 296
# pages of WCXB rendered as Markdown, also by parts of the sites. With each step `safe` removes more (F1 .818 with 0,
# .822 with 8, .828 with 24) and loses more (.39, .39, .53 %); the F1 of `main` falls slowly (.875, .874, .871).
LINK_STEPS = 8
# The reason for a line: its words are those of chrome, it is short, it is no sentence, or it stands among chrome (see
# `chances.REASONS`). The first that holds is named. The score decides, and every reason adds to it.
# Reason `words`: the input that the words make is at most this, odds of about 1 to 7 of being content.
CHROME_WORDS = -2 * features.LOG_STEPS
# Reason `short`: the input for the number of words is below this, which is that of ten words.
TEN_WORDS = 3.5 * features.LOG_STEPS
# A line in which a sentence ends is prose, even if more follows: the least input for its words, which is that of 12.
PROSE_WORDS = 3.7 * features.LOG_STEPS

_CHANCES = np.array(PROBABILITIES)


def lines_that_go(
    lines: Array,
    scores: Ints,
    ruled: Iterable[int],
    spared: Iterable[int],
    level: str,
    threshold: int | None,
    limits: Limits,
) -> list[tuple[int, int, int]]:
    """Return the lines of a document that go: of each its number, its score and the number of its reason.

    `lines` are the records of the filled lines, `ruled` and `spared` are 0-based numbers of lines. With a `threshold`
    the lines go that have a lower score, and no level decides.
    """
    line, words, look = (lines[name].astype(np.int64) for name in ("line", "words", "look"))
    word_input, _, common = lines["speaks"].T
    scores = for_language(scores, common / features.SHARE_STEPS, words, limits)
    scores = together(scores, runs_alike(line, lines["indent"].astype(np.int64), look))
    spared_lines = _flags(line, spared)
    if threshold is None:
        _, long, sentences = lines["shape"].T[:3]
        whole = (look % 2 == 1) | ((sentences > 0) & (long >= PROSE_WORDS))
        prose = whole & (word_input > CHROME_WORDS)
        gone = lines_to_drop(level, Lines(scores, words, _flags(line, ruled), spared_lines, prose), limits)
    else:
        gone = (scores < threshold) & ~spared_lines
    chosen = np.flatnonzero(gone)
    found = line[chosen].tolist(), scores[chosen].tolist(), _reasons(lines[chosen])
    return list(zip(*found, strict=True))


def _flags(line: Ints, among: Iterable[int]) -> Flags:
    """Return which lines are among some."""
    return np.isin(line, np.fromiter(among, np.int64))


def _reasons(lines: Array) -> list[int]:
    """Return for each line the number of the reason that fits it best, from its inputs of shape and words."""
    _, long, sentences = lines["shape"].T[:3]
    broken = sentences == 0
    conditions = [lines["speaks"][:, 0] <= CHROME_WORDS, broken & (long < TEN_WORDS), broken]
    reasons: list[int] = np.select(conditions, [0, 1, 2], 3).tolist()
    return reasons


def with_links(scores: Ints, lines: Ints, links: Sequence[int]) -> Ints:
    """Return the scores of `lines` (0-based), lowered by the share of each line that is in links."""
    if not len(links):
        return scores
    lowered: Ints = np.maximum(scores - LINK_STEPS * np.asarray(links)[lines] // SHARE_STEPS, -MAX_SCORE)
    return lowered


def for_language(scores: Ints, common: Floats, words: Ints, limits: Limits = TEXT) -> Ints:
    """Return the scores, raised if the document is in a language that the judge hardly knows.

    `common` is the share of common words of each line, 0 to 1, `words` its length in words.
    """
    sizes = np.maximum(words, 1)
    share = float((common * sizes).sum() / sizes.sum())
    lack = min(max(0.0, (KNOWN_SHARE - share) / (KNOWN_SHARE - UNKNOWN_SHARE)), 1.0)
    return np.minimum(scores + round(limits.unknown_steps * lack), MAX_SCORE)


def runs_alike(line: Ints, indent: Ints, look: Ints) -> Ints:
    """Return the number of the run that each filled line is in, from 0 up; the arguments are as in `Shapes`.

    A run is of lines one below the other that look alike, have the same indent and stand equally far apart. A line of
    prose is a run of its own.
    """
    gap = np.diff(line)
    gap = np.concatenate((gap[:1], gap, gap[-1:])) if len(gap) else np.ones(2, np.int64)  # above and below each line
    turns = np.diff(look, prepend=-1) != 0
    turns |= (look % 2 == 1) | (np.diff(indent, prepend=-1) != 0) | (gap[:-1] > gap[1:])
    turns[1:] |= gap[1:-1] > gap[:-2]
    return np.cumsum(turns) - 1


def together(scores: Ints, run: Ints) -> Ints:
    """Return the scores with no line of a run below the mean of its run; a run of fewer than `RUN_LINES` is as it is.

    A list stays or goes as a whole, as far as its lines are no better than the rest of it. Example: in a run with the
    scores -40, -20, 10 and 10 the mean is -10, and the scores become -10, -10, 10 and 10.
    """
    sizes = np.bincount(run)
    means = np.floor_divide(np.bincount(run, scores).astype(np.int64), sizes)
    return np.where(sizes[run] >= RUN_LINES, np.maximum(scores, means[run]), scores)


class Lines(NamedTuple):
    """The filled lines of a document; arrays over them."""

    scores: Ints
    words: Ints
    ruled: Flags  # lines that rules remove: they carry no content, but count as neighbours in a run
    spared: Flags  # lines that must stay
    prose: Flags  # lines of whole sentences whose words do not speak for chrome


def lines_to_drop(level: str, lines: Lines, limits: Limits = TEXT) -> Flags:
    """Return which lines of a document go at the level `safe` or `main`."""
    scores, words, ruled, spared, prose = lines
    sizes = np.maximum(words, 1) * ~ruled
    mass = np.bincount(scores + MAX_SCORE, sizes, len(_CHANCES)).astype(np.float64, copy=False)  # words of each score
    content = mass * _CHANCES  # expected content words of each score
    scores = np.where(spared, MAX_SCORE, scores)
    if level == "safe":
        return _safe(content, scores, ruled, prose, limits)
    gone = _main(mass, content, scores, ruled, prose, limits) & ~ruled
    if 2 * sizes[gone & prose].sum() > sizes[prose].sum():
        gone &= ~prose | (scores < lowest_score(LIKELY_BELOW))
    return gone


def _safe(content: Floats, scores: Ints, ruled: Flags, prose: Flags, limits: Limits) -> Flags:
    """Return the lines that go at level `safe`, by the six steps of the module's docstring."""
    if not content[lowest_score(limits.safe_sure) + MAX_SCORE :].any():
        return np.zeros(len(scores), bool)
    lost = np.cumsum(content)  # expected loss, if all lines up to a score go
    affordable = int(np.searchsorted(lost, limits.safe_budget * lost[-1], "right")) - MAX_SCORE
    gone = scores < min(affordable, lowest_score(limits.safe_outside))
    likely = np.flatnonzero((scores >= 0) & ~ruled)
    if len(likely):
        body = slice(_headline_start(likely[0], ruled), likely[-1])
        gone[body] &= scores[body] < lowest_score(limits.safe_body)
    gone = _without_short_runs(gone | ruled, limits.safe_run) & ~ruled
    gone &= ~prose | (scores < lowest_score(limits.safe_prose))
    return gone & (np.count_nonzero(gone) >= limits.safe_share * np.count_nonzero(~ruled))


def _main(mass: Floats, content: Floats, scores: Ints, ruled: Flags, prose: Flags, limits: Limits) -> Flags:
    """Return the lines that go at level `main`; the best line of a document never goes."""
    kept, hits = np.cumsum(mass[::-1])[::-1], np.cumsum(content[::-1])[::-1]  # if all lines from a score up stay
    quality = 2 * hits / np.maximum(kept + hits[0], 1e-9)  # expected F1, if all lines from a score up stay
    best = lowest_score(float(quality.max()) / 2)
    rest = scores[~ruled]
    share = hits[0] / max(kept[0], 1)
    margin = round(limits.main_margin + (limits.main_full - limits.main_margin) * share)
    gone: Flags = (scores < min(best + margin, int(rest.max(initial=-MAX_SCORE)))) | ruled
    lone = gone[1:-1] & ~gone[:-2] & ~gone[2:] & (scores[1:-1] >= lowest_score(limits.main_lone))
    gone[1:-1] &= ~lone
    return gone & ~_headline(gone, scores, ruled, prose, limits)


def _headline(gone: Flags, scores: Ints, ruled: Flags, prose: Flags, limits: Limits) -> Flags:
    """Return the lines above the content that may be the headline; `gone` are the lines that would go without it."""
    result = np.zeros(len(gone), bool)
    top = int(np.argmin(gone))
    above = slice(_headline_start(top, ruled), top)
    result[above] = scores[above] >= lowest_score(limits.main_headline)
    told = np.flatnonzero(~gone & prose)
    near = np.flatnonzero(~ruled[: told[0]])[-HEADLINE_REACH:] if len(told) else told
    if len(near):
        best = near[scores[near].argmax()]
        result[best] |= scores[best] >= lowest_score(limits.main_best)
    return result


def _without_short_runs(gone: Flags, least: int) -> Flags:
    """Return `gone` without its runs of fewer than `least` lines."""
    edges = np.flatnonzero(np.diff(gone, prepend=False, append=False))
    begins, ends = edges[::2], edges[1::2]
    short = ends - begins < least
    change = np.zeros(len(gone) + 1, np.int64)
    change[begins[short]], change[ends[short]] = 1, -1
    outside: Flags = np.cumsum(change)[:-1] == 0
    return gone & outside


def _headline_start(top: int, ruled: Flags) -> int:
    """Return the first of the `HEADLINE_LINES` lines above the line `top`; lines that rules remove do not count."""
    above = np.flatnonzero(~ruled[:top])
    return int(above[-HEADLINE_LINES]) if len(above) >= HEADLINE_LINES else 0
