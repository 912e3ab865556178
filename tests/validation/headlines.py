"""The headline of a page: the only `h1` that a title of the page begins with, if it is a line of the page's text."""

from __future__ import annotations

import re

from lxml import etree, html

MIN_CHARS = 8  # letters and digits; what is shorter is no headline
_NOT_IN_WORDS = re.compile(r"\W+")
_TITLES = "//meta[@property='og:title']/@content | //title"


def find_headline(markup: str, text: str) -> str | None:
    """Return the key of the headline of a page whose text is `text`, or None."""
    try:
        tree = html.fromstring(markup.encode(), parser=html.HTMLParser(encoding="utf-8"))
    except (ValueError, etree.ParserError):
        return None
    titles = [key(one if isinstance(one, str) else one.text_content()) for one in tree.xpath(_TITLES)]
    heads = {key(one.text_content()) for one in tree.xpath("//h1")}
    heads = {one for one in heads if len(one) >= MIN_CHARS and any(title.startswith(one) for title in titles)}
    return heads.pop() if len(heads) == 1 and heads & set(map(key, text.split("\n"))) else None


def has_headline(text: str, headline: str) -> bool:
    """Whether a headline, given by its key, is in a line of a text."""
    return any(headline in key(line) for line in text.split("\n"))


def key(text: str) -> str:
    """Return the letters and digits of a text, in lower case."""
    return _NOT_IN_WORDS.sub("", text).lower()
