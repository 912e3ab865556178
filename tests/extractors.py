"""The extractors of others, to compare with: each from the HTML of a page to the text that it takes for content.

Each as it comes, but for what its docstring says. They may raise anything. readability and resiliparse need the
extra `bench`; trafilatura and jusText are there with the cleaner.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

import click

NEEDED = ("html_text", "readability", "resiliparse")


def require() -> None:
    """Raise `click.UsageError` where a package of the extra is missing: it would look like failing on every page."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise click.UsageError(f"no package {', '.join(missing)}; install the extra `bench`, with pip 23.3 or later")


def trafilatura(html: str) -> str:
    """Comments are content, too: its default."""
    from trafilatura import extract

    return extract(html) or ""


def trafilatura_alone(html: str) -> str:
    """Comments are no content."""
    from trafilatura import extract

    return extract(html, include_comments=False) or ""


def readability(html: str) -> str:
    """Its result is HTML again; html_text makes text of that."""
    from html_text import extract_text
    from readability import Document

    text: str = extract_text(Document(html).summary())
    return text


def justext(html: str) -> str:
    """With the stop words of all its languages, as trafilatura uses it: it does not tell the language of a page."""
    from justext import justext as classify

    return "\n".join(one.text for one in classify(html, _stop_words()) if not one.is_boilerplate)


@cache
def _stop_words() -> frozenset[str]:
    from justext import get_stoplist, get_stoplists

    return frozenset().union(*map(get_stoplist, get_stoplists()))


def resiliparse(html: str) -> str:
    """Without texts that stand for images."""
    from resiliparse.extract.html2text import extract_plain_text

    text: str = extract_plain_text(html, main_content=True, alt_texts=False)
    return text


EXTRACTORS = {
    "trafilatura": trafilatura,
    "trafilatura, no comments": trafilatura_alone,
    "readability": readability,
    "jusText": justext,
    "resiliparse": resiliparse,
}
