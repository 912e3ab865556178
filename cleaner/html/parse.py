"""HTML to a tree: parsed as trafilatura does, but faster, eight times as deep, and never in part without a word."""

from __future__ import annotations

import re
from typing import Any

from cleaner.errors import DocumentError

_TAG = re.compile("<[A-Za-z/!?]")
_DOCTYPE = re.compile("< ?! ?doctype[^<>]*>", re.IGNORECASE)  # with that of XHTML the parser makes another tree
_SELF_CLOSED = re.compile("(<html\\b[^<>]*)/>", re.IGNORECASE)  # the parser would take it for all of the page
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\ufffe\uffff]")
_END = re.compile("</html\\s*>", re.IGNORECASE)  # the parser would drop what follows, which browsers show
ATTRIBUTES = 1000  # of an element; the parser looks for each among all, which takes hours for a million

_ATTRIBUTE = r"""[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"?|'[^']*+'?|[^\s>]*+))?+"""
_PART = re.compile(  # a comment, or a tag and the text behind it that holds no tags
    rf"""<!--.*?(?:-->|\Z)|<(?:(?P<raw>script|style|textarea|title)(?![^\s/>])|[a-z][^\s/>]*+)"""
    rf"""(?:{_ATTRIBUTE}){{0,{ATTRIBUTES}}}+(?P<more>{_ATTRIBUTE})?+(?(raw)[^>]*+(?:>.*?(?:</(?P=raw)|\Z))?+)""",
    re.IGNORECASE | re.DOTALL,
)
_SURROGATES = re.compile("[\ud800-\udfff]")


def parse(markup: str) -> Any:
    """Return the tree of a page, without comments and processing instructions.

    Raises `DocumentError` where there is no HTML in `markup`, or more than the parser can read.
    """
    from lxml import etree
    from lxml import html as lxml_html

    if not _TAG.search(markup):  # its lines would be run together
        raise DocumentError("has no HTML tag; rename it to *.txt if it is plain text")
    if any(part["more"] for part in _PART.finditer(markup)):
        raise DocumentError(f"has an element with more than {ATTRIBUTES:,} attributes; leave it out")
    markup = _SURROGATES.sub("\ufffd", markup)  # at a lone surrogate the parser would take the page for empty
    markup = _END.sub("", markup)
    markup = _SELF_CLOSED.sub(r"\1>", _DOCTYPE.sub("", markup, count=1))
    markup = _CONTROLS.sub("", markup.replace("\f", " "))
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, huge_tree=True
    )
    # lxml.html chooses a class for each element by its tag, in Python, each time that it is looked at; all are the
    # same but for those of forms, which nobody asks.
    parser.set_element_class_lookup(
        etree.ElementDefaultClassLookup(
            element=lxml_html.HtmlElement,
            comment=lxml_html.HtmlComment,
            pi=lxml_html.HtmlProcessingInstruction,
            entity=lxml_html.HtmlEntity,
        )
    )
    try:
        tree = lxml_html.document_fromstring(markup.encode(), parser=parser)
    except etree.LxmlError:
        tree = None
    if tree is None:
        raise DocumentError("has no HTML that can be parsed; rename it to *.txt if it is plain text")
    if parser.error_log.filter_types(etree.ErrorTypes.ERR_RESOURCE_LIMIT):
        raise DocumentError("is nested too deeply for the HTML parser (2,048 elements); leave it out")
    return tree
