"""The kinds of documents, and whether a text is a page of HTML, whatever the name of its file says.

The test is strict, because a text that is read as a page loses its tags: prose that begins with a tag, a lesson about
HTML, Markdown with tags in it and the source of a template are text.
"""

from __future__ import annotations

import re
from typing import Literal, get_args

from cleaner.text.elements import BLOCK, KNOWN, PAGE

Kind = Literal["text", "markdown", "html"]
KINDS: tuple[Kind, ...] = get_args(Kind)

# The patterns are not compiled at import, because text that does not begin with a tag never needs them.
_SKIPPED = r"(?:\s|<!--(?>.*?-->))*+"
# The first elements of a page, in order, of which one at least is there; `next` begins the tag behind them.
_BEGIN = (
    rf"(?is)(?:<\?xml[^<>]*>)?{_SKIPPED}(?=<(?:!doctype\s+html|html|head|body)\b)"
    rf"(?:<!doctype\b[^<>]*>{_SKIPPED})?(?:<html\b[^<>]*>{_SKIPPED})?"
    rf"(?:<head\b[^<>]*>{_SKIPPED})?(?:<body\b[^<>]*>{_SKIPPED})?(?P<next><[/a-z])?"
)
_END = r"(?i)</(?:body|html)\s*>"
_CLOSING = (
    r"(?i)</(?:a|article|body|center|div|font|form|h[1-6]|head|html|li|p|script|section|span|style|table|td|title|ul)"
    r"\s*>"
)
_UNSEEN = r"(?is)<!--.*?(?:-->|\Z)|<(script|style|svg)\b.*?(?:</\1\s*>|\Z)"
_TAG = r"<(/?)([a-zA-Z][\w:.-]*+)[^<>]*+>"
# Signs of a template: its source is content.
_TEMPLATE = r"\{\{|\{%|<%|<\?|\bclassName=|\sv-(?:if|for|bind|on)\b|\s[*@#:]\w[\w.]*=\""
# How a page begins, in bytes of any encoding of the web.
_BEGIN_IN_BYTES = (
    rb"(?is)(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?>.*?-->)\s*)*"
    rb"<(?:!doctype\s+html|html|head|body)\b"
)
_BEGIN_BYTES = 1024  # bytes in which a page must begin
_MIN_BLOCKS = 2  # blocks that an article has; lowered, one paragraph in tags is a page (rules take off its tags)


def is_page(text: str) -> bool:
    """Whether a text is a whole page of HTML, or an article cut out of one: no word stands outside its blocks."""
    text = text.lstrip("\ufeff \t\r\n\f")
    return text.startswith("<") and (_is_whole(text) or _is_article(text))


def begins_like_page(data: bytes) -> bool:
    """Whether bytes begin like a page. Prose about HTML may do so as well, so this is for bytes without a kind."""
    return bool(re.match(_BEGIN_IN_BYTES, data[:_BEGIN_BYTES].replace(b"\0", b"")))


def is_page_in_bytes(data: bytes) -> bool:
    """Whether bytes are a page as `is_page` has it, in any encoding of the web: all tags are in ASCII."""
    begin = data[:64].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\f")
    return begin.startswith(b"<") and is_page(data.replace(b"\0", b"").decode("latin-1").lstrip("ï»¿ÿþ"))


def _is_whole(text: str) -> bool:
    """Whether a text begins like a page, with tags where prose would have words, and does not go on with prose."""
    begin = re.match(_BEGIN, text)
    if not begin:
        return False
    end = max((found.end() for found in re.finditer(_END, text)), default=0)
    if end and "</" not in text[end:] and re.search(r"\w", re.sub(_UNSEEN, "", text[end:])):
        return False  # a lesson: prose follows the page that it begins with
    if begin["next"]:
        return bool(re.search(_CLOSING, text))
    # Words follow the first tags. Prose has a space or a comma between: `<html> is the root of a page`.
    gap = begin[0][len(begin[0].rstrip()) :]
    return end == len(text.rstrip()) and (not gap or "\n" in gap) and text[begin.end()].isalnum()


def _is_article(text: str) -> bool:
    """Whether all words of a text stand in blocks of HTML that are closed."""
    first = re.match(_TAG, text)
    if not first or first[2].lower() not in BLOCK or not text.rstrip().endswith(">") or re.search(_TEMPLATE, text):
        return False
    text = re.sub(_UNSEEN, "", text)
    position = depth = blocks = 0
    for tag in re.finditer(_TAG, text):
        if not depth and text[position : tag.start()].strip():
            return False
        position = tag.end()
        name = tag[2].lower()
        if name in BLOCK:
            depth += -1 if tag[1] else 1
            blocks += not tag[1]
        elif name not in KNOWN or name in PAGE:
            return False
        if depth < 0:
            return False
    return blocks >= _MIN_BLOCKS and not depth and not text[position:].strip()
