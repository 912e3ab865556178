"""Markdown as markdown-it-py reads it, with the tables of GitHub, notes, definitions and formulas."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

PARSER = (
    MarkdownIt("commonmark", {"html": True})
    .enable(["table", "strikethrough"])
    .use(deflist_plugin)
    .use(dollarmath_plugin)
    .use(footnote_plugin)
)
TEXTS = ("text", "code_inline", "math_inline", "math_inline_double", "fence", "code_block", "math_block")
TAGS = re.compile("</?(?:details|summary)>")


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a text, those inside of lines, too."""
    for token in PARSER.parse(text):
        yield token
        yield from token.children or ()


def seen(text: str) -> str:
    """Return what a reader sees of a text: no marks, no addresses and no pictures."""
    return "".join(_seen(tokens(text)))


def shown(inside: Iterable[Token]) -> str:
    """Return what a reader sees of tokens inside of a line."""
    return "".join(_seen(inside))


def _seen(found: Iterable[Token]) -> Iterator[str]:
    for token in found:
        if token.type in TEXTS:
            yield token.content
        elif token.type in ("softbreak", "hardbreak"):
            yield "\n"
        elif token.type == "html_inline":
            yield " " if token.content == "<br>" else token.content
        elif token.type == "html_block":
            yield unescape(TAGS.sub("", token.content))
        elif token.type == "footnote_ref":
            yield f"[{token.meta['label']}]"
        if token.block:
            yield "\n"
