"""Labelled pages for fitting: their text as three converters render it, the lines of the text, and their labels.

Labels come from the content of a page as the data set gives it (`labels`), or as trafilatura extracts it, overruled
by segments that the data set knows to be content or not. The headline of a page is always content (`headline`).
"""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from hashlib import md5
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import numpy as np

from cleaner import Cleaner
from cleaner.document import Cleaned, split_lines
from cleaner.html import page as html
from cleaner.judge import features, markup
from cleaner.judge.characters import Characters
from cleaner.judge.fit.labels import WORD, label

if TYPE_CHECKING:
    from cleaner.judge.arrays import Flags, Inputs

CONVERTERS = ("resiliparse", "html_text", "inscriptis")
FOLDS = 3  # parts of the sites in a cross-validation
ALONE = "alone"  # the variant of a page that is its content alone
MARKUP = "markup"  # the variant whose lines are those of the page as `html.page` lays it out
_TITLE = re.compile(r"<title\b[^>]*>([^<]*)", re.IGNORECASE)
_HEADLINE_WORDS = 3  # a line of fewer words is never taken for the headline
_ARCHIVED = re.compile(r"web\.archive\.org/web/\d+[a-z_]*/(?:https?:/+)?(?:www\.)?([^/:]+)")
_SECOND_LEVEL = frozenset(("ac", "co", "com", "edu", "gov", "net", "org"))


class Variant(NamedTuple):
    """A page as one converter renders it; arrays over its filled lines."""

    shapes: features.Shapes
    content: Inputs  # the share of the line's words that are content
    ruled: Flags  # whether rules remove the line


class LabelledPage(NamedTuple):
    """A page with its labels."""

    name: str
    site: str  # pages of one site are never on both sides of a validation
    variants: dict[str, Variant]  # by converter, and `ALONE` and `MARKUP`
    # What `markup.gather_evidence` returns for the lines of the variant `MARKUP`; None: the page has no text.
    evidence: tuple[Inputs, markup.Paths] | None = None


def records(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Yield the pages of JSON lines in xz: `id`, `url`, `html` and `gold`, or `with` and `without`."""
    for path in paths:
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def converters() -> dict[str, Callable[[str], str]]:
    """Return the converters by name: each renders the whole text of an HTML page, without a guess at its content."""
    import html_text
    import inscriptis
    from resiliparse.extract.html2text import extract_plain_text

    whole = partial(
        extract_plain_text, main_content=False, alt_texts=False, links=False, form_fields=False, noscript=False
    )
    return dict(zip(CONVERTERS, (whole, html_text.extract_text, inscriptis.get_text), strict=True))


def label_page(record: dict[str, Any]) -> LabelledPage:
    """Return a page, given as `records` yields it, with its labels."""
    render, cleaner, characters = _tools()
    wanted = content(record)
    variants = {
        name: _variant(text, record, wanted, cleaner, characters)
        for name in CONVERTERS
        if (text := render[name](record["html"])).strip()
    }
    if record.get("gold"):
        shapes = features.read_shapes(split_lines(record["gold"]), characters)
        variants[ALONE] = Variant(shapes, np.ones(len(shapes.line), np.float32), np.zeros(len(shapes.line), bool))
    evidence = None
    parsed = html.read(record["html"], main_content=True)
    if parsed.layout.lines:
        variants[MARKUP] = _variant("\n".join(parsed.lines), record, wanted, cleaner, characters)
        evidence = markup.gather_evidence(parsed, characters, variants[MARKUP].shapes.line)
    return LabelledPage(record["id"], site(record["url"]) or record["id"], variants, evidence)


@cache
def _tools() -> tuple[dict[str, Callable[[str], str]], Cleaner, Characters]:
    return converters(), Cleaner("rules"), Characters()


def content(record: dict[str, Any]) -> str:
    """Return the content of a page: the gold text, or what trafilatura extracts, with comments."""
    if "gold" in record:
        return record["gold"] or ""
    import trafilatura

    return trafilatura.extract(record["html"], include_comments=True, deduplicate=False) or ""


def headline(words: Sequence[Sequence[str]], content: Sequence[float], title: Sequence[str]) -> int | None:
    """Return the index of the headline, or None: the last line of words of the page's title above the content.

    `words` are the words of each filled line, `content` the share of them that is content, `title` the words of the
    title. Content that is marked by hand often leaves the headline out, since it is no running text; people who clean
    pages want it.
    """
    known = " ".join(["", *title, ""])
    found = [
        number
        for number, each in enumerate(words)
        if len(each) >= _HEADLINE_WORDS and 2 * len(each) >= len(title) and " ".join(["", *each, ""]) in known
    ]
    first = next((number for number, share in enumerate(content) if share >= 0.5), len(words))
    return max((number for number in found if number <= first), default=min(found, default=None))


def site(url: str | None) -> str:
    """Return the registered domain of a URL, by rule of thumb; of a page in web.archive.org, that of the page."""
    archived = _ARCHIVED.search(url or "")
    host = archived[1] if archived else urlsplit(url or "").hostname or ""
    parts = host.split(".")
    return ".".join(parts[-3 if len(parts) > 2 and parts[-2] in _SECOND_LEVEL else -2 :])


def part(site: str, parts: int, salt: str = "") -> int:
    """Return which of `parts` (0-based) the pages of a site belong to, the same on every machine."""
    return int(md5((salt + site).encode(), usedforsecurity=False).hexdigest(), 16) % parts


def _variant(text: str, record: dict[str, Any], wanted: str, cleaner: Cleaner, characters: Characters) -> Variant:
    """Return a page as rendered to `text`, labelled by its content, `wanted`."""
    cleaned = cleaner.clean(text, url=record["url"])
    lines = split_lines(text)
    shapes = features.read_shapes(lines, characters)
    labels = label(lines, wanted)
    share = np.array([labels[i].content / labels[i].words if labels[i].words else np.nan for i in shapes.line])
    known = np.flatnonzero(~np.isnan(share))
    if not len(known):
        share[:] = 0
    else:  # lines without words go with the next line that has some
        share = share[known[np.minimum(np.searchsorted(known, np.arange(len(share))), len(known) - 1)]]
    for segments, value in ((record["without"], 0.0), (record["with"], 1.0)):
        if "gold" in record:
            break
        for number, line in enumerate(shapes.line):
            if any(segment in lines[line] for segment in segments):
                share[number] = value
    title = WORD.findall(unescape(record.get("title") or "".join(_TITLE.findall(record["html"])[:1])).casefold())
    top = headline([WORD.findall(lines[i].casefold()) for i in shapes.line], share.tolist(), title)
    if top is not None:
        share[top] = 1
    gone = removed(cleaned)
    return Variant(shapes, share.astype(np.float32), np.array([line in gone for line in shapes.line]))


def removed(cleaned: Cleaned) -> set[int]:
    """Return the 0-based numbers of the lines that were removed as a whole."""
    gone: set[int] = set()
    for edit in cleaned.edits:
        if not edit.replacement and edit.before.strip() and not edit.by.startswith("repair/"):
            before = edit.before.lstrip()
            first = edit.line - 1
            count = before.rstrip().count("\n") + 1
            start = edit.start + len(edit.before) - len(before)
            line_start = cleaned.original.rfind("\n", 0, start) + 1
            if not cleaned.original[line_start:start].strip():
                gone.update(range(first, first + count))
    return gone
