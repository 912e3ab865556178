"""What layout and Markdown share: the elements around a piece of text, as bits, and how a browser shows text."""

from __future__ import annotations

import re

# What elements around a piece of text say of it; sets of them are whole numbers.
CONTEXTS = (
    *("nav", "header", "footer", "aside", "form", "article", "main", "section", "table", "cell", "list", "item"),
    *("definitions", "figure", "quote", "preformatted", "heading1", "heading2", "heading3", "heading", "paragraph"),
    *("control", "address", "details", "link", "bold", "italic", "code", "body", "time", "folded"),
)
BIT = {name: 1 << number for number, name in enumerate(CONTEXTS)}

_SPACES = re.compile("[ \\t\\n\\r\\f\xa0]+")  # browsers show a no-break space as they show any other


def collapse(text: str) -> str:
    """Return a text as a browser shows it: one space for any white space, and no soft hyphens."""
    return _SPACES.sub(" ", text.replace("\xad", "")).strip(" ")
