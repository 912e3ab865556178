"""The extractors of others, to compare with: each takes the HTML of a page and returns the text of its content.

Each runs with its defaults, except for what its docstring says. It may raise any exception. readability and
resiliparse need the extra `bench`; trafilatura and jusText are installed with the cleaner.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import Any, NamedTuple
from unicodedata import normalize

import click

NEEDED_BY = {"readability": ("html_text", "readability"), "resiliparse": ("resiliparse",)}
NEEDED = ("html_text", "readability", "resiliparse")


def require() -> None:
    """Raise `click.UsageError` if a package of the extra is missing; it would look like a failure on every page."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise click.UsageError(f"no package {', '.join(missing)}; install the extra `bench`, with pip 23.3 or later")


def is_there(name: str) -> bool:
    """Whether an extractor of `EXTRACTORS` is installed."""
    return all(find_spec(package) for package in NEEDED_BY.get(name, ()))


class Extract(NamedTuple):
    """What trafilatura takes for the content of a page, and for the comments of its readers."""

    text: str
    comments: str

    @property
    def whole(self) -> str:
        """The text with the comments below it."""
        return f"{self.text}\n{self.comments}".strip()


def trafilatura_parts(html: str) -> Extract:
    """Text and comments apart."""
    from trafilatura import bare_extraction

    found: Any = bare_extraction(html)
    parts = (found.text, found.comments) if found else ("", "")
    return Extract(*(normalize("NFC", part or "") for part in parts))


def trafilatura(html: str) -> str:
    """Its default: comments count as content."""
    return trafilatura_parts(html).whole


def trafilatura_without_comments(html: str) -> str:
    """Without comments."""
    from trafilatura import extract

    return extract(html, include_comments=False) or ""


def readability(html: str) -> str:
    """Its result is HTML; html_text renders that as text."""
    from html_text import extract_text
    from readability import Document

    text: str = extract_text(Document(html).summary())
    return text


def justext(html: str) -> str:
    """With the stop words of all its languages, as trafilatura uses it: it does not find out a page's language."""
    from justext import justext as classify

    return "\n".join(one.text for one in classify(html, _stop_words()) if not one.is_boilerplate)


@cache
def _stop_words() -> frozenset[str]:
    from justext import get_stoplist, get_stoplists

    return frozenset().union(*map(get_stoplist, get_stoplists()))


def resiliparse(html: str) -> str:
    """Without the texts that stand in for images."""
    from resiliparse.extract.html2text import extract_plain_text

    text: str = extract_plain_text(html, main_content=True, alt_texts=False)
    return text


EXTRACTORS = {
    "trafilatura": trafilatura,
    "trafilatura, no comments": trafilatura_without_comments,
    "readability": readability,
    "jusText": justext,
    "resiliparse": resiliparse,
}
