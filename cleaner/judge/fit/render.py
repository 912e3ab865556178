"""Renders the pages of a data set: their text as three converters give it, their markup, and what is known of them.

A `Rendered` holds all that labels and inputs are made of, so that the HTML is parsed once. A page with a gold text
is also rendered with a made list in its article (`lists`), since lists at the end of articles are rare in the data
and the judge must not take them for menus.
"""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from hashlib import md5
from html import escape
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import lxml.html
import numpy as np

from cleaner import Cleaner
from cleaner.document import Cleaned, split_lines
from cleaner.html import page as html
from cleaner.judge.fit import lists

CONVERTERS = ("resiliparse", "html_text", "inscriptis")
FOLDS = 3  # parts of the sites in a cross-validation
_ARCHIVED = re.compile(r"web\.archive\.org/web/\d+[a-z_]*/(?:https?:/+)?(?:www\.)?([^/:]+)")
_SECOND_LEVEL = frozenset(("ac", "co", "com", "edu", "gov", "net", "org"))
_PARAGRAPH = re.compile(r"<p\b[^>]*>(.*?)</p>", re.IGNORECASE | re.DOTALL)
_LANGUAGE = re.compile(r"<html\b[^>]*?\blang\s*=\s*[\"']?([a-z]{2,3})\b", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_HEADLINE = re.compile(r"</h1>", re.IGNORECASE)
# Chances that a made list stands below the headline, as infoboxes do, and at the end of the article; else anywhere.
HEAD_CHANCE, END_CHANCE = 0.2, 0.5
_LEAST_PARAGRAPH = 40  # letters and digits of a paragraph that a made list may follow


class Text(NamedTuple):
    """A text of a page."""

    lines: list[str]
    ruled: frozenset[int]  # 0-based numbers of the lines that rules remove


class Listed(NamedTuple):
    """A made list: its lines, with a heading, and the page with the list in its article."""

    lines: list[str]
    rows: list[str]  # other lines that `page` has for it
    page: html.Page | None  # None: the article has no paragraph that the list could follow
    ruled: frozenset[int]


class Rendered(NamedTuple):
    """A page as the converters and the cleaner render it, and what the data set knows of it."""

    name: str
    site: str
    group: str  # pages of one group are never on both sides of a validation
    kind: str  # the type of the page, as far as the data set names one
    language: str  # two letters, of the data set or of the page's markup; empty: unknown
    gold: str | None  # the content as text; None: unknown, `kept` takes its place
    inside: tuple[str, ...]  # segments that are content
    outside: tuple[str, ...]  # segments that are not
    texts: Mapping[str, Text]  # by converter
    page: html.Page | None
    page_ruled: frozenset[int]
    kept: str  # what trafilatura keeps, without comments
    comments: str  # what trafilatura takes for comments of users
    titles: tuple[str, ...]  # what the page calls itself: each `h1` that a title begins with, then the titles
    listed: Listed | None


def records(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Yield the pages of JSON lines, in xz if the name ends with `.xz`: each with `id` and `html`, or `text`.

    What else is known may be there: `url`; `gold`, the text of the content, which a text has to have; `with` and
    `without` (segments, see `Rendered`); `page_type`, `lang`, `title`; and `theme`, the template of the page's site.
    """
    for path in paths:
        opened = lzma.open if path.suffix == ".xz" else open
        with opened(path, "rt", encoding="utf-8") as lines:
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


def render(record: Mapping[str, Any]) -> Rendered:
    """Return a page, given as `records` yields it, rendered."""
    if not record.get("html"):
        return _render_text(record)
    converts, cleaner = _converters(), _rules()
    markup, url = record["html"], record.get("url")
    texts = {}
    for name in CONVERTERS:
        if (text := converts[name](markup)).strip():
            texts[name] = Text(split_lines(text), removed(cleaner.clean(text, url=url)))
    page, ruled = _read(markup, url)
    kept, comments = _extract(markup)
    return _rendered(record, texts)._replace(
        page=page, page_ruled=ruled, kept=kept, comments=comments, titles=titles(markup, record.get("title"))
    )


def _render_text(record: Mapping[str, Any]) -> Rendered:
    """Return a document that is a text: it stands in the place of what the first converter makes of a page.

    Raises `ValueError` for one without gold: of a text, nothing else tells what is content.
    """
    if not isinstance(record.get("gold"), str):
        raise ValueError(f"{record['id']}: is a text without gold; leave it out")
    text = record["text"]
    ruled = removed(_rules().clean(text, url=record.get("url")))
    return _rendered(record, {CONVERTERS[0]: Text(split_lines(text), ruled)} if text.strip() else {})


def _rendered(record: Mapping[str, Any], texts: Mapping[str, Text]) -> Rendered:
    """Return a page with these texts, without what its markup says."""
    url = record.get("url")
    gold = record["gold"] or "" if "gold" in record else None
    return Rendered(
        name=record["id"],
        site=site(url) or record["id"],
        group=group(record),
        kind=record.get("page_type") or "",
        language=language(record),
        gold=gold,
        inside=tuple(record.get("with") or ()),
        outside=tuple(record.get("without") or ()),
        texts=texts,
        page=None,
        page_ruled=frozenset(),
        kept="",
        comments="",
        titles=(record["title"],) if record.get("title") else (),
        listed=_listed(record, gold),
    )


@cache
def _converters() -> dict[str, Callable[[str], str]]:
    return converters()


@cache
def _rules() -> Cleaner:
    return Cleaner("rules")


def _read(markup: str, url: str | None) -> tuple[html.Page | None, frozenset[int]]:
    """Return a page as the cleaner lays it out, None if it is empty, and the lines that rules remove."""
    page = html.read(markup, main_content=True)
    if not page.layout.lines:
        return None, frozenset()
    return page.asked(), removed(_rules().clean("\n".join(page.lines), url=url))


def _extract(markup: str) -> tuple[str, str]:
    """Return what trafilatura keeps of a page, and what it takes for comments of users."""
    import trafilatura

    found: Any = trafilatura.bare_extraction(markup, include_comments=True, deduplicate=False)
    return (found.text or "", found.comments or "") if found else ("", "")


def titles(markup: str, known: str | None) -> tuple[str, ...]:
    """Return what a page calls itself: each `h1` that a title begins with, then the titles.

    `known` is a title that the data set gives. The page is read in the encoding that it names, although it is given
    decoded: other letters than those of ASCII are lost unless it names UTF-8.
    """
    try:
        tree = lxml.html.fromstring(markup.encode("utf-8", "replace"))
    except (ValueError, lxml.etree.ParserError):
        return (known,) if known else ()
    named = [known or "", *tree.xpath("//meta[@property='og:title']/@content")]
    named += [each.text_content() for each in tree.xpath("//title")[:1]]
    named = [" ".join(each.split()) for each in named if each.strip()]
    heads = [" ".join(each.text_content().split()) for each in tree.xpath("//h1")]
    keys = [key(each) for each in named]
    first = [each for each in heads if len(key(each)) >= 4 and any(k.startswith(key(each)) for k in keys)]
    return tuple(dict.fromkeys(first + named))


def key(text: str) -> str:
    """Return the letters and digits of a text in lower case."""
    return re.sub(r"\W+", "", text).casefold()


def language(record: Mapping[str, Any]) -> str:
    """Return the language of a page, two letters, as the data set or the page itself says; empty if neither does.

    Of a code of three letters it is the first two.
    """
    found = _LANGUAGE.search((record.get("html") or "")[:10_000])
    return (record.get("lang") or (found[1].lower() if found else ""))[:2]


def _listed(record: Mapping[str, Any], gold: str | None) -> Listed | None:
    """Return a made list for a page with a gold text, the same each time; None if the text has too few words."""
    if not gold:
        return None
    seed = int(md5(record["id"].encode(), usedforsecurity=False).hexdigest()[:12], 16)
    random = np.random.default_rng(seed)
    made = lists.make(gold, random)
    if not made:
        return None
    lines = [*([made.heading] if made.heading else []), *made.lines]
    whole = key(gold)
    places = [
        found.end()
        for found in _PARAGRAPH.finditer(record.get("html") or "")
        if len(text := key(_TAG.sub("", found[1]))) >= _LEAST_PARAGRAPH and text in whole
    ]
    if not places or random.random() < 0.4:
        return Listed(lines, [], None, frozenset())
    markup = record["html"]
    draw = random.random()
    headline = _HEADLINE.search(markup)
    if draw < HEAD_CHANCE and headline:
        place = headline.end()
    else:
        place = places[-1] if draw < HEAD_CHANCE + END_CHANCE else places[random.integers(len(places))]
    put, rows = _list_markup(made, random)
    page, ruled = _read(markup[:place] + put + markup[place:], record.get("url"))
    return Listed(lines, rows, page, ruled)


def _list_markup(made: lists.Made, random: np.random.Generator) -> tuple[str, list[str]]:
    """Return a made list as HTML, and its lines as they are laid out if they are others than those of the list."""
    heading = f"<h{(level := random.integers(2, 5))}>{escape(made.heading)}</h{level}>" if made.heading else ""
    lines = [escape(line) for line in made.lines]
    way = random.integers(4)
    if way == 0:
        return f"{heading}<p>{'<br>'.join(lines)}</p>", []
    if way == 1:
        rows = ("</td><td>".join(line.split("\t")) for line in lines)
        table = "".join(f"<tr><td>{row}</td></tr>" for row in rows)
        return f"{heading}<table>{table}</table>", [" | ".join(line.split("\t")) for line in made.lines]
    name = "ul" if way == 2 else "ol"
    return f"{heading}<{name}>" + "".join(f"<li>{line}</li>" for line in lines) + f"</{name}>", []


def site(url: str | None) -> str:
    """Return the registered domain of a URL, by rule of thumb; of a page in web.archive.org, that of the page."""
    archived = _ARCHIVED.search(url or "")
    host = archived[1] if archived else urlsplit(url or "").hostname or ""
    parts = host.split(".")
    return ".".join(parts[-3 if len(parts) > 2 and parts[-2] in _SECOND_LEVEL else -2 :])


def group(record: Mapping[str, Any]) -> str:
    """Return what a page has in common with others: the template of its site, if that is known, or its site."""
    return record.get("theme") or site(record.get("url")) or record["id"]


def part(group: str, parts: int, salt: str = "") -> int:
    """Return which of `parts` (0-based) the pages of a group belong to, the same on every machine."""
    return int(md5((salt + group).encode(), usedforsecurity=False).hexdigest(), 16) % parts


def removed(cleaned: Cleaned) -> frozenset[int]:
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
    return frozenset(gone)
