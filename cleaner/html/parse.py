"""HTML to a tree: parsed as trafilatura does, but faster, eight times as deep, and never in part without a word."""

from __future__ import annotations

import re
from itertools import dropwhile, islice
from typing import Any

from cleaner.errors import DocumentError

_TAG = re.compile("<[A-Za-z/!?]")
UNSEEN = (
    *("style", "svg", "link", "iframe", "template", "canvas", "object", "video", "audio", "select"),
    *("textarea", "datalist", "noembed", "noframes"),
)
METADATA = frozenset(
    ("title", "meta", "link", "base", "script", "style", "noscript", "template", "object", "bgsound")
)
_DOCTYPE = re.compile(b"< ?! ?doctype[^<>]*>", re.IGNORECASE)  # with that of XHTML the parser makes another tree
_SELF_CLOSED = re.compile(b"(<html\\b[^<>]*)/>", re.IGNORECASE)  # the parser would take it for all of the page
_CONTROLS = bytes({*range(9), 11, *range(14, 32)})
_FORM_FEED = bytes.maketrans(b"\f", b" ")
_END = re.compile(b"</html\\s*>", re.IGNORECASE)  # the parser would drop what follows, which browsers show
BEGINNING = 4096  # bytes, in which a page says what it is
ATTRIBUTES = 1000  # of an element; the parser looks for each among all, which takes hours for a million

_ATTRIBUTE = r"""[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"?|'[^']*+'?|[^\s>]*+))?+"""
_PART = re.compile(  # a comment, or a tag and the text behind it that holds no tags
    rf"""<!--.*?(?:-->|\Z)|<(?:(?P<raw>script|style|textarea|title)(?![^\s/>])|[a-z][^\s/>]*+)"""
    rf"""(?:{_ATTRIBUTE}){{0,{ATTRIBUTES}}}+(?P<more>{_ATTRIBUTE})?+(?(raw)[^>]*+(?:>.*?(?:</(?P=raw)|\Z))?+)""",
    re.IGNORECASE | re.DOTALL,
)
_STRETCH = re.compile(b"<[A-Za-z][^<>]{10000}")
_FURTHER = re.compile(b"[^<>]{10000}")
_ANGLED = re.compile(  # values with < or >
    rb"""=\s*+(?:"[^"<>]*+[<>][^"]*+"?|'[^'<>]*+[<>][^']*+'?|[^\s"'<>]*+<[^\s>]*+)"""
)
ANGLED = 4
_SURROGATES = re.compile("[\ud800-\udfff]")


def parse(markup: str) -> Any:
    """Return the tree of a page, without comments and processing instructions.

    Raises `DocumentError` where there is no HTML in `markup`, or more than the parser can read.
    """
    from lxml import etree
    from lxml import html as lxml_html

    if not _TAG.search(markup):  # its lines would be run together
        raise DocumentError("has no HTML tag; rename it to *.txt if it is plain text")
    try:
        data = markup.encode()
    except UnicodeEncodeError:  # of a lone surrogate, at which the parser would take the page for empty
        data = _SURROGATES.sub("\ufffd", markup).encode()
    if _is_suspect(data) and any(part["more"] for part in _PART.finditer(markup)):
        raise DocumentError(f"has an element with more than {ATTRIBUTES:,} attributes; leave it out")
    data = data.translate(_FORM_FEED, _CONTROLS)
    data = _SELF_CLOSED.sub(rb"\1>", _DOCTYPE.sub(b"", data[:BEGINNING], count=1)) + data[BEGINNING:]
    if (end := data.lower().find(b"</html")) >= 0:
        data = data[:end] + _END.sub(b"", data[end:])
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
        tree = lxml_html.document_fromstring(data, parser=parser)
    except etree.LxmlError:
        tree = None
    if tree is None:
        raise DocumentError("has no HTML that can be parsed; rename it to *.txt if it is plain text")
    if parser.error_log.filter_types(etree.ErrorTypes.ERR_RESOURCE_LIMIT):
        raise DocumentError("is nested too deeply for the HTML parser (2,048 elements); leave it out")
    _behead(tree)
    _lighten(tree)
    return tree


def _is_suspect(data: bytes) -> bool:
    """Whether an element may have so many attributes that the parser takes more than some seconds; a quick look."""
    if _STRETCH.search(data):
        return True
    angled = [value.end() for value in islice(_ANGLED.finditer(data), ANGLED + 1)]
    return len(angled) > ANGLED or any(_FURTHER.match(data, end) for end in angled)


def _behead(tree: Any) -> None:
    """Move what belongs to the body there: where its tag is left out, unknown tags are taken for the head's."""
    head = tree.find("head")
    strays = [] if head is None else list(dropwhile(lambda child: child.tag in METADATA, head))
    if not strays:
        return
    body = tree.find("body")
    if body is None:
        body = tree.makeelement("body")
        tree.append(body)
    for place, stray in enumerate(strays):
        body.insert(place, stray)  # with the text behind it
    if body.text:
        strays[-1].tail, body.text = (strays[-1].tail or "") + body.text, None


def _lighten(tree: Any) -> None:
    """Take out what is neither shown nor asked for, before the tree is walked and copied many times."""
    from lxml import etree

    etree.strip_elements(tree, *UNSEEN, with_tail=False)
    for script in tree.iter("script"):
        if script.get("type") != "application/ld+json":
            script.text = None
