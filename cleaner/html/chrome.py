"""Chrome that the markup names: elements that say themselves what they are, whatever their text and its language.

    <h2>Historia <span class="mw-editsection">[<a href="…">editar</a>]</span></h2>      markup/edit-link
    <h2>Options<a class="headerlink" href="#options">¶</a></h2>                         markup/permalink

A reader sees most of this, so it is part of the page's text, and the first pass marks it at every level, like a rule
that is sure. Words that are hidden from the eye but not from screen readers (`sr-only`) are part of the text, too:
they may be content, such as the unit of a number. Only the links among them that skip a part of the page go.

What was counted on the development pages of WCXB, words of content among all words of such elements: edit links 0 of
27, links that skip 3 of 2,922, copy buttons 10 of 237, `noprint` in a line 0 of 6; permalinks have no words. Blocks
with `noprint` are no evidence as such (184 of 444): the longer ones are notices on an article, hence `MAX_CHARS`.
Other classes for print (`hidden-print`, `d-print-none`) are not looked at: 1,557 of 12,222 words are content.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, islice
from typing import Any, NamedTuple

from cleaner.html.boxes import Label
from cleaner.html.contexts import BETWEEN_CELLS, BIT, show
from cleaner.marks import MARKUP, Mark

EDIT_LINK = MARKUP["edit-link"]
PERMALINK = MARKUP["permalink"]  # the link of a heading to itself, and that of a note back to its place
SKIP_LINK = MARKUP["skip-link"]
COPY_BUTTON = MARKUP["copy-button"]
NOT_PRINTED = MARKUP["not-printed"]
GUTTER = MARKUP["gutter"]  # the numbers of lines of code, beside the code
LINE_NUMBER = MARKUP["line-number"]  # the number of a line of code, in the line

MAX_CHARS = 120  # an element with more characters is none of these; gutters may be longer. Raised, content may go
MAX_STEPS = 3  # elements around a link whose classes may say that it skips

_PRE = BIT["preformatted"]
# Names of classes, and what an element of that class is. A class is looked up as a whole: one look into a table for
# each word of `class`, where an expression of these names would be tried at each character.
_CALLED = {
    **dict.fromkeys(("mw-editsection", "mw-editsection-like", "editsection", "secedit"), EDIT_LINK),
    **dict.fromkeys(("noprint", "no-print"), NOT_PRINTED),
    **dict.fromkeys(
        ("lineno", "linenos", "linenodiv", "gutter", "rouge-gutter", "hljs-ln-n", "hljs-ln-numbers"), GUTTER
    ),
    **dict.fromkeys(("linenumber", "linenumbers", "line-number", "line-numbers", "line_numbers", "linenr"), GUTTER),
    **dict.fromkeys(("lntd", "lnt", "ln", "blob-num", "crayon-num", "crayon-nums", "CodeMirror-linenumber"), GUTTER),
}
_HIDDEN_FROM_EYES = (
    r"sr-only(?:-focusable)?|(?:u-)?visually-?hidden(?:-focusable)?|is-visually-hidden|screen-?reader-(?:text|only)"
    r"|element-invisible|show-for-sr|assistive-text|offscreen|off-screen"
)
_SKIPPING = re.compile(
    rf"(?<![\w-])(?:{_HIDDEN_FROM_EYES}|mw-jump-link)(?![\w-])|(?<![a-z])skip[-_]?(?:links?|nav|to|content|main)",
    re.IGNORECASE,
)
_PERMALINK = re.compile(
    r"(?<![\w-])(?:headerlink|header-?anchor|heading-?anchor|header-link|heading-link|headline-anchor|hash-link|anchor"
    r"|anchorjs-link|permalink|toc-anchor|direct-link|footnote-back(?:ref|link)?|reversefootnote)(?![\w-])"
)
_SIGNS = ("¶", "#", "🔗")  # texts of permalinks that are called nothing
_COPYING = re.compile(r"(?<![a-z])(?:copy|clipboard|copy-?btn|copy-?code|btn-?copy|copy-?button)(?![a-z])")
_INLINE = ("span", "sup", "sub", "a", "small", "b", "i", "em", "strong")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_WORD = re.compile(r"\w")
_LETTER = re.compile(r"[^\W\d_]")
_DIGITS = re.compile(r"[\d\s]+")


MAY_BE_CHROME = ("a", "button", "clipboard-copy")  # whatever their class; so may be what has a role


class Part(NamedTuple):
    """A part of a line that the markup names as chrome: 0-based line, its characters (end excluded), and the mark."""

    line: int
    start: int
    end: int
    mark: Mark


def mark_of(element: Any, own: Mapping[str, str], around: int, plain: set[str]) -> Mark | None:
    """Return the mark of an element that is chrome, or None.

    `own` are its attributes, `around` the contexts around it. `plain` holds the values of `class` that are known to
    name nothing; it is added to. With such a class, only what is in `MAY_BE_CHROME` and what has a role has a mark.
    """
    tag, name = element.tag, own.get("class", "")
    if name not in plain:
        called = next((_CALLED[word] for word in name.split() if word in _CALLED), None)
        if called is GUTTER:
            return (LINE_NUMBER if around & _PRE and tag in _INLINE else GUTTER) if _is_numbers(element) else None
        if called is EDIT_LINK or (called is NOT_PRINTED and tag not in _HEADINGS):
            return None if _text(element) is None else called
        if called is None:
            plain.add(name)
    if tag == "a" and "#" in own.get("href", ""):
        return _mark_of_link(element, own)
    if (tag in ("button", "clipboard-copy") or own.get("role") == "button") and _is_to_copy(tag, own):
        return COPY_BUTTON if _text(element) is not None else None
    return None


def _mark_of_link(element: Any, own: Mapping[str, str]) -> Mark | None:
    """Return the mark of a link into a page, or None."""
    text = _text(element)
    if not text:
        return None
    around = list(islice(element.iterancestors(), MAX_STEPS))
    called = _PERMALINK.search(own.get("class", ""))
    if not _WORD.search(text):
        return PERMALINK if called or text in _SIGNS or own.get("aria-hidden") == "true" else None
    if called and called[0] != "anchor" and _LETTER.search(text):
        for heading in (each for each in around if each.tag in _HEADINGS):
            return PERMALINK if _has_more(heading, text) else None
    return SKIP_LINK if any(_SKIPPING.search(each.get("class", "")) for each in (element, *around)) else None


def _has_more(element: Any, text: str) -> bool:
    """Whether there are more words in an element than `text`, which is a part of it."""
    whole = _text(element)
    return whole is None or len(_WORD.findall(whole)) > len(_WORD.findall(text))


def _is_to_copy(tag: str, own: Mapping[str, str]) -> bool:
    """Whether a button copies something."""
    return (
        tag == "clipboard-copy"
        or not own.keys().isdisjoint(("data-clipboard-text", "data-clipboard-target"))
        or _COPYING.search(f"{own.get('class', '')} {own.get('id', '')}") is not None
    )


def _is_numbers(element: Any) -> bool:
    """Whether the text of an element is numbers alone."""
    found = False
    for text in element.itertext():
        if not _DIGITS.fullmatch(text):
            return False
        found = found or not text.isspace()
    return found


def _text(element: Any) -> str | None:
    """Return the text of an element, None if it has more than `MAX_CHARS` characters."""
    text = ""
    for piece in element.itertext():
        text += piece
        if len(text) > MAX_CHARS:
            return None
    return text.strip()


def parts(
    line: str, texts: Sequence[str], labels: Mapping[int, Label], *, preformatted: bool
) -> Iterator[tuple[int, int, Mark | int]]:
    """Yield the parts of a line that are named: start, end, and the mark, or the number of the hit of a selector.

    `texts` are the texts that make up the line, `labels` the labels of some of them, by number. The space before a
    part goes with it, at the beginning of a line the space behind it. If a whole cell of a row goes, its separator
    does.
    """
    ends = ends_of(texts, preformatted=preformatted)
    for first, last, named in _runs(labels, len(ends)):
        if (
            first
            and texts[first - 1] is BETWEEN_CELLS
            and (last + 1 == len(ends) or texts[last + 1] is BETWEEN_CELLS)
        ):
            first -= 1
        start, end = ends[first - 1] if first else 0, min(ends[last], len(line))
        if not start and last + 1 < len(ends) and texts[last + 1] is BETWEEN_CELLS:
            end = min(ends[last + 1], len(line))
        if not start and not preformatted:
            end = len(line) - len(line[end:].lstrip(" "))
        elif end == len(line):
            start = len(line[:start].rstrip())
        if end > start:
            yield start, end, named


def _runs(labels: Mapping[int, Label], count: int) -> Iterator[tuple[int, int, Mark | int]]:
    """Yield the runs of texts that are named the same: the first, the last, and how. `labels` are ordered.

    Texts may be named in several ways, whose runs overlap; what is behind the first `count` texts is passed over.
    """
    opened: dict[Mark | int, int] = {}  # the first text of each run that may go on
    last, before = -1, None
    for number, label in labels.items():
        if number >= count:
            break
        if number != last + 1 or label is not before:
            names: tuple[Mark | int, ...] = (label.mark, *label.hits) if label.mark else label.hits
            for name in [name for name in opened if number != last + 1 or name not in names]:
                yield opened.pop(name), last, name
            for name in names:
                opened.setdefault(name, number)
        last, before = number, label
    for name, first in opened.items():
        yield first, last, name


def ends_of(texts: Sequence[str], *, preformatted: bool) -> list[int]:
    """Return where each of the texts that make up a line ends in the line, without the space at its end."""
    if preformatted:
        return list(accumulate(map(len, texts)))
    ends = []
    length = 0
    gap = False  # whether there is space before the next word
    for text in texts:
        shown = show(text)
        words = shown.strip(" ")
        if words:
            length += len(words) + (length > 0 and (gap or shown[0] == " "))
            gap = shown[-1] == " "
        else:
            gap = gap or bool(shown)
        ends.append(length)
    return ends
