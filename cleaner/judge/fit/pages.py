"""Labelled pages for fitting: their text as three converters make it, the rows of that text, and their labels."""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from hashlib import md5
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import numpy as np

from cleaner import Cleaner
from cleaner.document import Cleaned, split_lines
from cleaner.html import page as html
from cleaner.judge import features, markup
from cleaner.judge.characters import Characters
from cleaner.judge.fit.labels import WORD, label

CONVERTERS = ("resiliparse", "html_text", "inscriptis")
FOLDS = 3  # parts of a cross-validation
ALONE = "alone"  # the variant of a page that is its content and nothing else
MARKUP = "markup"  # the variant that goes with what is known of a page's markup
_TITLE = re.compile(r"<title\b[^>]*>([^<]*)", re.IGNORECASE)
_HEADLINE = 3  # words that a line needs to be told for the headline
_ARCHIVED = re.compile(r"web\.archive\.org/web/\d+[a-z_]*/(?:https?:/+)?(?:www\.)?([^/:]+)")
_SECOND_LEVEL = frozenset(("ac", "co", "com", "edu", "gov", "net", "org"))


class Variant(NamedTuple):
    """A page as one converter makes it; arrays over its rows."""

    shapes: features.Shapes
    content: Any  # share of the row's words that are content
    ruled: Any  # whether rules take the row out


class LabelledPage(NamedTuple):
    """A labelled page."""

    name: str
    site: str  # pages of one site are never on both sides of a validation
    variants: dict[str, Variant]
    evidence: tuple[Any, markup.Paths] | None = None  # of the rows of the variant MARKUP, as `markup.look` returns it


def records(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Yield the pages of JSON lines in xz: `id`, `url`, `html` and `gold`, or `with` and `without`."""
    for path in paths:
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def converters() -> dict[str, Callable[[str], str]]:
    """Return what makes plain text of a page, all of it."""
    import html_text
    import inscriptis
    from resiliparse.extract.html2text import extract_plain_text

    whole = partial(
        extract_plain_text, main_content=False, alt_texts=False, links=False, form_fields=False, noscript=False
    )
    return dict(zip(CONVERTERS, (whole, html_text.extract_text, inscriptis.get_text), strict=True))


def read(record: dict[str, Any]) -> LabelledPage:
    """Return a page as `records` yields it, labelled."""
    render, cleaner, characters = _tools()
    wanted = content(record)
    variants = {
        name: _variant(text, record, wanted, cleaner, characters)
        for name in CONVERTERS
        if (text := render[name](record["html"])).strip()
    }
    if record.get("gold"):
        shapes = features.read(split_lines(record["gold"]), characters)
        variants[ALONE] = Variant(shapes, np.ones(len(shapes.line), np.float32), np.zeros(len(shapes.line), bool))
    evidence = None
    parsed = html.read(record["html"], main_content=True)
    if parsed.layout.lines:
        variants[MARKUP] = _variant("\n".join(parsed.lines), record, wanted, cleaner, characters)
        evidence = markup.look(parsed, characters, variants[MARKUP].shapes.line)
    return LabelledPage(record["id"], site(record["url"]) or record["id"], variants, evidence)


@cache
def _tools() -> tuple[dict[str, Callable[[str], str]], Cleaner, Characters]:
    return converters(), Cleaner("rules"), Characters()


def content(record: dict[str, Any]) -> str:
    """Return the content of a page: the gold, or what trafilatura takes for it."""
    if "gold" in record:
        return record["gold"] or ""
    import trafilatura

    return trafilatura.extract(record["html"], include_comments=True, deduplicate=False) or ""


def headline(words: Sequence[Sequence[str]], content: Sequence[float], title: Sequence[str]) -> int | None:
    """Return which row is the headline: words of the page's title, right above the content; None where none is.

    Much content that is marked by hand leaves it out, as being no running text; people who clean want it.
    """
    known = " ".join(["", *title, ""])
    found = [
        row
        for row, each in enumerate(words)
        if len(each) >= _HEADLINE and 2 * len(each) >= len(title) and " ".join(["", *each, ""]) in known
    ]
    first = next((row for row, share in enumerate(content) if share >= 0.5), len(words))
    return max((row for row in found if row <= first), default=min(found, default=None))


def site(url: str | None) -> str:
    """Return the domain that somebody has registered, by rule of thumb; of an archived page, its own."""
    archived = _ARCHIVED.search(url or "")
    host = archived[1] if archived else urlsplit(url or "").hostname or ""
    parts = host.split(".")
    return ".".join(parts[-3 if len(parts) > 2 and parts[-2] in _SECOND_LEVEL else -2 :])


def part(site: str, parts: int, salt: str = "") -> int:
    """Return which of `parts` the pages of a site belong to, the same on every machine."""
    return int(md5((salt + site).encode(), usedforsecurity=False).hexdigest(), 16) % parts


def _variant(text: str, record: dict[str, Any], wanted: str, cleaner: Cleaner, characters: Characters) -> Variant:
    cleaned = cleaner.clean(text, url=record["url"])
    lines = split_lines(text)
    shapes = features.read(lines, characters)
    labels = label(lines, wanted)
    share = np.array([labels[i].content / labels[i].words if labels[i].words else np.nan for i in shapes.line])
    known = np.flatnonzero(~np.isnan(share))
    if not len(known):
        share[:] = 0
    else:  # rows without words go with the next row that has some
        share = share[known[np.minimum(np.searchsorted(known, np.arange(len(share))), len(known) - 1)]]
    for segments, value in ((record["without"], 0.0), (record["with"], 1.0)):
        if "gold" in record:
            break
        for row, line in enumerate(shapes.line):
            if any(segment in lines[line] for segment in segments):
                share[row] = value
    title = WORD.findall(unescape(record.get("title") or "".join(_TITLE.findall(record["html"])[:1])).casefold())
    top = headline([WORD.findall(lines[i].casefold()) for i in shapes.line], share.tolist(), title)
    if top is not None:
        share[top] = 1
    gone = removed(cleaned)
    return Variant(shapes, share.astype(np.float32), np.array([line in gone for line in shapes.line]))


def removed(cleaned: Cleaned) -> set[int]:
    """Return the 0-based numbers of the lines that were taken out whole."""
    gone: set[int] = set()
    for edit in cleaned.edits:
        if not edit.replacement and edit.before.strip() and not edit.by.startswith("repair/"):
            before = edit.before.lstrip()
            first = edit.line - 1
            count = before.rstrip().count("\n") + 1
            starts = edit.start + len(edit.before) - len(before)
            whole = cleaned.original.rfind("\n", 0, starts)
            if not cleaned.original[whole + 1 : starts].strip():
                gone.update(range(first, first + count))
    return gone
