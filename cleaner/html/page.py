"""HTML to a page: its lines in reading order, where each of them comes from, and what the page says of itself."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from cleaner.html.extract import content_lines
from cleaner.html.layout import Layout, lay_out
from cleaner.html.parse import parse

TITLE = 2000  # characters of a page's titles, in which each line is looked for

# What a page may say of itself, in JSON-LD or Open Graph.
TYPES = ("article", "product", "discussion", "question", "website", "listing")
_TYPE = re.compile(r'"@type"\s*:\s*(?:"([^"]{1,40})"|\[([^\]]{1,200})\])')
_TYPES = {
    **dict.fromkeys(("article", "newsarticle", "blogposting", "reportagenewsarticle", "techarticle"), "article"),
    **dict.fromkeys(("scholarlyarticle", "liveblogposting", "opinionnewsarticle", "analysisnewsarticle"), "article"),
    **dict.fromkeys(("product", "productgroup", "og:product", "product.item"), "product"),
    **dict.fromkeys(("discussionforumposting", "socialmediaposting"), "discussion"),
    **dict.fromkeys(("qapage", "faqpage", "question"), "question"),
    **dict.fromkeys(("webpage", "website", "organization", "service", "localbusiness"), "website"),
    **dict.fromkeys(("itemlist", "collectionpage", "searchresultspage", "productcollection"), "listing"),
}


class Page(NamedTuple):
    """The text of a page and what its markup tells of it."""

    layout: Layout
    kept: list[bool] | None  # by trafilatura, each line; None where it found nothing
    types: frozenset[str]  # of TYPES
    title: str

    @property
    def lines(self) -> list[str]:
        """The lines of the page's text, without line breaks."""
        return self.layout.lines or [""]

    @property
    def left_out(self) -> frozenset[int]:
        """The 0-based numbers of the lines that trafilatura leaves out."""
        return frozenset(i for i, kept in enumerate(self.kept or ()) if not kept)


def read(markup: str, *, main_content: bool, markdown: bool = False) -> Page:
    """Return the page that `markup` describes; with `main_content`, ask trafilatura what of it is content.

    Raises `DocumentError` where there is no HTML in `markup`, or more than the parser can read.
    """
    if not markup.strip("\ufeff \t\n\r\f"):
        return Page(Layout([], [], [], [], [], []), None, frozenset(), "")
    with _uncollected():
        tree = parse(markup)
        layout = lay_out(tree, markdown=markdown)
        if not main_content or not layout.lines:
            return Page(layout, None, frozenset(), "")
        types, title = _said(tree)
        return Page(layout, content_lines(tree, layout.lines), types, title)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Collect no garbage meanwhile: it would look through the many small objects of a tree again and again."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _said(tree: Any) -> tuple[frozenset[str], str]:
    """Return what the page calls itself, as far as it is one of TYPES, and its titles."""
    names: list[str] = []
    titles: list[str] = []
    shared: list[str] = []
    for element in tree.iter("title", "meta", "script"):
        if element.tag == "title":
            titles = titles or [element.text or ""]  # drawings further down have titles, too
        elif element.tag == "script":
            if element.get("type") == "application/ld+json":
                for one, several in _TYPE.findall(element.text or ""):
                    names += [one] if one else several.replace('"', " ").replace(",", " ").split()
        elif element.get("property") == "og:type":
            names.append(element.get("content", ""))
        elif element.get("property") == "og:title":
            shared.append(element.get("content", ""))
    types = frozenset(_TYPES[name.lower()] for name in names if name.lower() in _TYPES)
    return types, "\n".join(" ".join(title.split()) for title in titles + shared)[:TITLE]
