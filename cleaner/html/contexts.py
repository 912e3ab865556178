"""What the modules of this room share: the elements around a piece of text, as bits, and how a browser shows text."""

from __future__ import annotations

import re

# The names of contexts: what the elements around a piece of text say of it. A set of contexts is an integer whose
# bits are those of `BIT`. The judge has an input for each; a new context means fitting it anew.
CONTEXTS = (
    *("nav", "header", "footer", "aside", "form", "article", "main", "section", "table", "cell", "list", "item"),
    *("definitions", "figure", "quote", "preformatted", "heading1", "heading2", "heading3", "heading", "paragraph"),
    *("control", "address", "details", "link", "bold", "italic", "code", "body", "time", "folded"),
)
BIT = {name: 1 << number for number, name in enumerate(CONTEXTS)}
BETWEEN_CELLS = " | "  # compared by identity, because text may read the same

# What lxml refuses in a text that it is given, though its parser makes such characters of references (`&#2;`).
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

SPACE = " \t\n\r\f\xa0"  # browsers show a no-break space like any other
# White space that is not yet one space. A lone space is no match, which makes lines of prose a third faster to show.
_SPACES = re.compile(f"(?: (?=[{SPACE}])|[{SPACE[1:]}])[{SPACE}]*")


def show(text: str) -> str:
    """Return a piece of text as a browser shows it: one space for any white space, and no soft hyphens."""
    return _SPACES.sub(" ", text.replace("\xad", ""))


def collapse(text: str) -> str:
    """Return a line as a browser shows it: without space at its ends."""
    return _SPACES.sub(" ", text.replace("\xad", "").strip(SPACE))
