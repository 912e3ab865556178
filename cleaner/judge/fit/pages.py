"""Labels rendered pages for fitting: makes inputs of their lines and says which of them are content.

Labels come from the content of a page as the data set gives it (`labels`), or from what trafilatura keeps, overruled
by segments that the data set knows to be content or not. The headline of a page is always content (`headline`), also
where the data leaves it out. Comments of users are neither content nor chrome: half of each is content, and it hardly
counts.

Example: the content that is given is `The ferry sails again.`, and the lines are `Home`, `Ferry`, `The ferry sails
again.`, `Great!`. The page's title is `Ferry`, and `Great!` is a comment. The shares of content are 0, 1, 1 and .5.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from hashlib import md5
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cleaner.document import split_lines
from cleaner.html.align import WORD
from cleaner.judge import features, markup
from cleaner.judge.characters import Characters
from cleaner.judge.fit.labels import label
from cleaner.judge.fit.render import CONVERTERS, END_CHANCE, HEAD_CHANCE, Rendered, key, render

if TYPE_CHECKING:
    from cleaner.html.page import Page
    from cleaner.judge.arrays import Flags, Inputs

# Variants of a page beside those of the converters.
ALONE = "alone"  # its content alone
CLEANED = "cleaned"  # what trafilatura keeps, which is nearly clean
LISTED = "listed"  # a converter's text, or the content alone, with a made list in it
MARKUP = "markup"  # the lines of the page as `html.page` lays it out
LISTED_MARKUP = "listed markup"  # the same with a made list in its article
# Weights of lines; all others have 1. A comment of a user may go or stay. A headline is short, but nothing is missed
# as much. Lines of a made list are short, too. Raised, the judge errs less on such lines, and more on others.
COMMENT_WEIGHT, HEADLINE_WEIGHT, LIST_WEIGHT = 0.15, 10, 5
FORUM = "forum"  # the kind of a page of a forum
_HEADLINE_WORDS = 3  # a line of fewer words is never taken for the headline, unless it is the whole `h1`
_LONG_LINE = 8  # words of a content line that a headline may stand above


class Variant(NamedTuple):
    """A text of a page; arrays over its filled lines."""

    shapes: features.Shapes
    content: Inputs  # the share of the line's words that are content; of a comment, 0.5
    weight: Inputs  # how much the line counts beside others
    ruled: Flags  # whether rules remove the line


class Evidence(NamedTuple):
    """What `markup.gather_evidence` returns for the lines of a page."""

    inputs: Inputs  # of the page that trafilatura was not asked about
    with_verdict: Inputs  # of the page that it was asked about
    paths: markup.Paths  # of both


class LabelledPage(NamedTuple):
    """A page with its labels."""

    name: str
    kind: str  # as in `Rendered`
    language: str  # as in `Rendered`
    site: str
    group: str  # as in `Rendered`
    variants: dict[str, Variant]
    evidence: dict[str, Evidence]  # of the lines of `MARKUP` and `LISTED_MARKUP`, as far as there are any


def label_record(record: dict[str, Any]) -> LabelledPage:
    """Return a page, given as `render.records` yields it, with its labels."""
    return label_page(render(record))


def label_page(page: Rendered) -> LabelledPage:
    """Return a rendered page with its labels."""
    wanted = page.kept if page.gold is None else page.gold
    variants = {name: _variant(text.lines, text.ruled, page, wanted) for name, text in page.texts.items()}
    if wanted.strip():
        variants[ALONE] = _all_content(split_lines(wanted))
    if page.gold and page.kept.strip():
        variants[CLEANED] = _variant(split_lines(page.kept), frozenset(), page, wanted)
    if page.listed and (listed := _listed(page, variants)):
        variants[LISTED] = listed
    evidence = {}
    if page.page:
        variants[MARKUP] = _variant(page.page.lines, page.page_ruled, page, wanted)
        evidence[MARKUP] = gather_evidence(page.page, variants[MARKUP])
    if page.listed and (more := page.listed.page):
        whole = "\n".join((wanted, *page.listed.lines))
        variants[LISTED_MARKUP] = _variant(more.lines, page.listed.ruled, page, whole)
        # Lines that are laid out with other spaces than they were made with are labelled by `whole` alone.
        made = {*page.listed.lines, *page.listed.rows}
        _, content, weight, _ = variants[LISTED_MARKUP]
        for number, line in enumerate(variants[LISTED_MARKUP].shapes.line):
            if more.lines[line] in made:
                content[number], weight[number] = 1, LIST_WEIGHT
        evidence[LISTED_MARKUP] = gather_evidence(more, variants[LISTED_MARKUP])
    return LabelledPage(page.name, page.kind, page.language, page.site, page.group, variants, evidence)


def gather_evidence(page: Page, variant: Variant) -> Evidence:
    """Return the evidence of the lines of a page, which trafilatura was asked about."""
    with_verdict, _ = markup.gather_evidence(page, _characters(), variant.shapes.line)
    inputs, paths = markup.gather_evidence(page._replace(kept=None), _characters(), variant.shapes.line)
    return Evidence(inputs, with_verdict, paths)


@cache
def _characters() -> Characters:
    return Characters()


def headline(lines: Sequence[str], content: Sequence[float], titles: Sequence[str]) -> int | None:
    """Return the index of the headline among filled lines, or None: the last that is the title, above the content.

    `content` is the share of each line that is content, `titles` is what the page calls itself, the likeliest first.
    A line is the title if it is the whole of one, or three words and more and at least half of one. Content that is
    marked by hand often leaves the headline out, since it is no running text; people who clean pages want it.
    """
    words = [WORD.findall(line.casefold()) for line in lines]
    kept = [i for i, share in enumerate(content) if share >= 0.5]
    first = next((i for i in kept if len(words[i]) >= _LONG_LINE), min(kept, default=len(words)))
    for title in titles:
        whole = key(title)
        found = [i for i, line in enumerate(lines) if whole and key(line) == whole]
        if found:
            return max((i for i in found if i <= first), default=min(found))
    for title in titles:
        wanted = WORD.findall(title.casefold())
        known = " ".join(["", *wanted, ""])
        found = [
            number
            for number, each in enumerate(words)
            if len(each) >= _HEADLINE_WORDS and 2 * len(each) >= len(wanted) and " ".join(["", *each, ""]) in known
        ]
        if found:
            return max((i for i in found if i <= first), default=min(found))
    return None


def _all_content(lines: Sequence[str]) -> Variant:
    """Return a text that is nothing but content."""
    shapes = features.read_shapes(lines, _characters())
    ones = np.ones(len(shapes.line), np.float32)
    return Variant(shapes, ones, ones, np.zeros(len(ones), bool))


def _variant(lines: Sequence[str], ruled: frozenset[int], page: Rendered, wanted: str) -> Variant:
    """Return the `lines` of a text of a page, labelled by the page's content, `wanted`."""
    shapes = features.read_shapes(lines, _characters())
    share = _shares(shapes, lines, wanted)
    weight = np.ones(len(share), np.float32)
    if page.gold is None:
        for segments, value in ((page.outside, 0.0), (page.inside, 1.0)):
            for number, line in enumerate(shapes.line):
                if any(segment in lines[line] for segment in segments):
                    share[number] = value
    top = headline([lines[i] for i in shapes.line], share.tolist(), page.titles)
    if top is not None:
        share[top] = 1
    # Of some forums the data has the first post alone; what trafilatura keeps beside it are the other posts.
    for said in (page.comments, page.kept if page.kind == FORUM else ""):
        if said and said is not wanted:  # without a gold text, what trafilatura keeps is the content
            comments = (_shares(shapes, lines, said) >= 0.5) & (share < 0.5)
            share[comments], weight[comments] = 0.5, COMMENT_WEIGHT
    if top is not None:
        weight[top] = HEADLINE_WEIGHT
    gone = np.isin(shapes.line, np.fromiter(ruled, np.int64))
    return Variant(shapes, share.astype(np.float32), weight, gone)


def _shares(shapes: features.Shapes, lines: Sequence[str], wanted: str) -> Any:
    """Return of each filled line the share of its words that `wanted` has."""
    labels = label(lines, wanted)
    share = np.array([labels[i].content / labels[i].words if labels[i].words else np.nan for i in shapes.line])
    known = np.flatnonzero(~np.isnan(share))
    if not len(known):
        share[:] = 0
    else:  # lines without words go with the next line that has some
        share = share[known[np.minimum(np.searchsorted(known, np.arange(len(share))), len(known) - 1)]]
    return share


def _listed(page: Rendered, variants: dict[str, Variant]) -> Variant | None:
    """Return a text of a page with its made list after a line of content: the first, the last, or any."""
    assert page.listed
    random = np.random.default_rng(int(md5(page.name.encode(), usedforsecurity=False).hexdigest()[:12], 16) + 1)
    names = [name for name in (*CONVERTERS, ALONE) if name in variants]
    name = names[random.integers(len(names))]
    variant = variants[name]
    lines = page.texts[name].lines if name in page.texts else split_lines(page.gold or "")
    lasting = np.flatnonzero((variant.content >= 0.5) & (variant.weight >= 1))
    if not len(lasting):
        return None
    draw = random.random()
    if draw < HEAD_CHANCE:
        at = lasting[0]
    else:
        at = lasting[-1] if draw < HEAD_CHANCE + END_CHANCE else lasting[random.integers(len(lasting))]
    place = int(variant.shapes.line[at]) + 1
    made = list(page.listed.lines)
    gap = [""] if random.random() < 0.7 else []
    if gap and random.random() < 0.3:
        made = [part for line in made for part in (line, "")][:-1]
    more = [*gap, *made, *gap]
    shapes = features.read_shapes([*lines[:place], *more, *lines[place:]], _characters())
    inside = (shapes.line >= place) & (shapes.line < place + len(more))
    content, weight = np.ones(len(inside), np.float32), np.full(len(inside), LIST_WEIGHT, np.float32)
    ruled = np.zeros(len(inside), bool)
    content[~inside], weight[~inside], ruled[~inside] = variant.content, variant.weight, variant.ruled
    return Variant(shapes, content, weight, ruled)
