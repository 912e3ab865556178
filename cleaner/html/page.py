"""HTML to a page: its lines in reading order, the markup behind each line, and what the page says of itself.

`read` parses the markup (`parse`) and lays the text out in lines as a browser would (`layout`). The result, a `Page`,
is what the judge of pages looks at. `Page.asked` adds trafilatura's verdict on the lines (`extract`), for which
trafilatura needs about as long as all else takes that is done with a page.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from cleaner.html import noscript
from cleaner.html.extract import content_lines
from cleaner.html.headline import headline_lines
from cleaner.html.layout import Layout, Origins, lay_out
from cleaner.html.parse import parse
from cleaner.selectors import SelectorTables

if TYPE_CHECKING:
    from cleaner.html.markdown.lines import Rendering
    from cleaner.html.markdown.options import Options

MAX_TITLE_CHARS = 2000  # the titles of a page are cut here; each line is looked for in them

# The kinds of page that JSON-LD or Open Graph may name. The judge has an input for each.
TYPES = ("article", "product", "discussion", "question", "website", "listing")
_JSON_LD_TYPE = re.compile(r'"@type"\s*:\s*(?:"([^"]{1,40})"|\[([^\]]{1,200})\])')
_TYPE_OF_NAME = {  # lower-case names in JSON-LD and Open Graph
    **dict.fromkeys(("article", "newsarticle", "blogposting", "reportagenewsarticle", "techarticle"), "article"),
    **dict.fromkeys(("scholarlyarticle", "liveblogposting", "opinionnewsarticle", "analysisnewsarticle"), "article"),
    **dict.fromkeys(("product", "productgroup", "og:product", "product.item"), "product"),
    **dict.fromkeys(("discussionforumposting", "socialmediaposting"), "discussion"),
    **dict.fromkeys(("qapage", "faqpage", "question"), "question"),
    **dict.fromkeys(("webpage", "website", "organization", "service", "localbusiness"), "website"),
    **dict.fromkeys(("itemlist", "collectionpage", "searchresultspage", "productcollection"), "listing"),
}


class Page(NamedTuple):
    """The text of a page and what its markup says of it."""

    layout: Layout
    types: frozenset[str] = frozenset()  # the kinds of page it says it is, of `TYPES`
    title: str = ""  # the titles, one a line
    tree: Any = None  # what trafilatura is to be asked about; None: it was asked, or is not to be
    kept: list[bool] | None = None  # for each line, whether trafilatura keeps it; None: it has no verdict
    rendering: Rendering | None = None  # the page as Markdown, if it was asked for

    @property
    def lines(self) -> list[str]:
        """The lines of the page's text, without line breaks."""
        return self.layout.lines or [""]

    @property
    def headline(self) -> frozenset[int]:
        """The 0-based numbers of the lines that are the page's headline, as far as the page says which that is."""
        return headline_lines(self.layout, self.title)

    @property
    def left_out(self) -> frozenset[int]:
        """The 0-based numbers of the lines that trafilatura leaves out, as far as it was asked."""
        return frozenset(i for i, kept in enumerate(self.kept or ()) if not kept)

    @property
    def is_without_verdict(self) -> bool:
        """Whether trafilatura was asked and found no main content."""
        return bool(self.layout.lines) and self.tree is None and self.kept is None

    def asked(self) -> Page:
        """Return the page with trafilatura's verdict, if it has one. The tree of this page is changed."""
        with _without_garbage_collection():
            return self._replace(tree=None, kept=content_lines(self.tree, self.layout.lines))


def read(
    markup: str,
    *,
    main_content: bool,
    markdown: Options | None = None,
    url: str | None = None,
    selectors: Sequence[SelectorTables] = (),
) -> Page:
    """Read a page; with `main_content`, also what tells which lines are content: tree, types and titles.

    With `markdown`, also its rendering as Markdown, in which addresses are relative to `url`, if that is known. The
    layout says which parts of lines stand in elements that `selectors` name. Raises `DocumentError` if `markup` is no
    HTML or if the parser cannot read all of it.
    """
    if not markup.strip("\ufeff \t\n\r\f"):
        return Page(Layout([], [], [], [], [], [], []))
    with _without_garbage_collection():
        tree = parse(markup, name_formulas=markdown is not None)
        page = _laid_out(tree, markdown, url, selectors)
        if noscript.unfold(tree, page.layout.lines):
            page = _laid_out(tree, markdown, url, selectors)
        if not main_content or not page.layout.lines:
            return page
        types, title = _types_and_titles(tree)
        return page._replace(types=types, title=title, tree=tree)


def _laid_out(tree: Any, markdown: Options | None, url: str | None, selectors: Sequence[SelectorTables]) -> Page:
    """Return a page with its layout and, if it is asked for, its rendering as Markdown."""
    if markdown is None:
        return Page(lay_out(tree, selectors=selectors))
    from cleaner.html.markdown.render import render

    origins = Origins([], [], [])
    layout = lay_out(tree, origins, selectors=selectors)
    base = next((href for element in tree.iter("base") if (href := element.get("href"))), "")
    return Page(layout, rendering=render(layout, origins, markdown, url=url, base=base))


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Pause the garbage collector, which would walk the many small objects of a tree again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _types_and_titles(tree: Any) -> tuple[frozenset[str], str]:
    """Return the kinds of page (of `TYPES`) that the page says it is, and its titles, one a line."""
    names: list[str] = []
    titles: list[str] = []
    shared: list[str] = []  # titles for social networks
    for element in tree.iter("title", "meta", "script"):
        if element.tag == "title":
            titles = titles or [element.text or ""]  # the first one; drawings (svg) have titles, too
        elif element.tag == "script":
            if element.get("type") == "application/ld+json":
                for one, several in _JSON_LD_TYPE.findall(element.text or ""):
                    names += [one] if one else several.replace('"', " ").replace(",", " ").split()
        elif element.get("property") == "og:type":
            names.append(element.get("content", ""))
        elif element.get("property") == "og:title":
            shared.append(element.get("content", ""))
    types = frozenset(_TYPE_OF_NAME[name.lower()] for name in names if name.lower() in _TYPE_OF_NAME)
    return types, "\n".join(" ".join(title.split()) for title in titles + shared)[:MAX_TITLE_CHARS]
