"""Documents made of content and of the chrome around it: as text in several layouts, and as a page of HTML.

The chrome and an article come from tests/data/around.toml, in each language that has lists in tests/data/lists.
"""

from __future__ import annotations

import html
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import NamedTuple

from cleaner import Cleaned, Cleaner
from tests.support import DATA

LAYOUTS = ("lines", "blocks", "blank")  # no blank lines; blank lines between blocks; blank lines between all lines


class Around(NamedTuple):
    """An article that something is put into, and the chrome of its page."""

    headline: str
    paragraphs: list[str]
    subhead: str
    menu: list[str]
    share: list[str]
    related: list[str]
    foot: list[str]

    @property
    def below(self) -> list[str]:
        """The chrome below the article."""
        return [*self.share, *self.related, *self.foot]


class Document(NamedTuple):
    """A document whose lines are known, all as they stand in its text."""

    way: str  # in which the parts are put together
    source: str
    is_page: bool
    entries: Sequence[str]  # the content that the document is about: a list, say
    others: Sequence[str] = ()  # the rest of the content
    chrome: Sequence[str] = ()
    free: Sequence[str] = ()  # ends of lines, or whole ones, which may go or stay

    def cleaned(self, cleaner: Cleaner) -> Cleaned:
        """Return the document, cleaned."""
        return cleaner.clean_html(self.source) if self.is_page else cleaner.clean(self.source)

    def lost(self, clean: str) -> list[str]:
        """Return the lines of the content that a clean text lacks."""
        return missing([*self.entries, *self.others], clean, self.free)


@cache
def around(language: str) -> Around:
    """Return the article and the chrome in `language`."""
    return Around(**tomllib.loads((DATA / "around.toml").read_text("utf-8"))[language])


def missing(lines: Iterable[str], text: str, free: Collection[str] = ()) -> list[str]:
    """Return which of `lines` a text lacks, leaving out what is free to go.

    A line that is there twice must stay twice. How many spaces there are does not count.
    """
    left = Counter(_bare(line, free) for line in text.split("\n"))
    gone = []
    for line in filter(None, (_bare(line, free) for line in lines)):
        if not left[line]:
            gone.append(line)
        left[line] -= 1
    return gone


def _bare(line: str, free: Collection[str]) -> str:
    line = " ".join(line.split())
    for part in free:
        line = line.removesuffix(part).rstrip()
    return line


def as_text(blocks: Iterable[Sequence[str]], layout: str) -> str:
    """Return blocks of lines as a text in one of `LAYOUTS`."""
    inside, between = {"lines": ("\n", "\n"), "blocks": ("\n", "\n\n"), "blank": ("\n\n", "\n\n")}[layout]
    return between.join(inside.join(block) for block in blocks if block) + "\n"


def as_page(title: str, article: Iterable[str], frame: Around | None = None) -> str:
    """Return a page with an article of some elements, and with the chrome of `frame` around it, if there is one."""
    body = "\n".join(["<article>", *article, "</article>"])
    if frame:
        heading, *others = frame.related
        body = "\n".join(
            [
                f"<header><nav>{_links(frame.menu)}</nav></header>",
                f"<main>\n{body}\n</main>",
                f'<div class="share"><span>{escaped(frame.share[0])}</span>{_links(frame.share[1:])}</div>',
                f"<aside><h3>{escaped(heading)}</h3>{_links(others)}</aside>",
                f"<footer>{_links(frame.foot[:-1])}<p>{escaped(frame.foot[-1])}</p></footer>",
            ]
        )
    head = f"<head><title>{escaped(title)}</title></head>"
    return f"<!DOCTYPE html>\n<html>{head}<body>\n{body}\n</body></html>\n"


def element(name: str, *lines: str) -> str:
    """Return an element of HTML with lines of text in it."""
    return f"<{name}>{'<br>'.join(map(escaped, lines))}</{name}>"


def escaped(text: str) -> str:
    """Return a text as it stands in HTML."""
    return html.escape(text, quote=False)


def _links(lines: Iterable[str]) -> str:
    items = (f'<li><a href="/{i}">{escaped(line)}</a></li>' for i, line in enumerate(lines))
    return f"<ul>{''.join(items)}</ul>"
