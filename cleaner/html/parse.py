"""HTML to a tree, as trafilatura parses it, but faster, up to 2,048 levels deep, and all of it or an error.

lxml's parser (libxml2) drops parts of some pages in silence: what follows `</html>`, a page whose first tag closes
itself, text after a control character. The bytes are mended before the parser sees them, so that a page is read as a
browser shows it. What would take the parser hours (a million attributes on one element) is refused.
"""

from __future__ import annotations

import re
from itertools import dropwhile, islice
from typing import Any

from cleaner.errors import DocumentError
from cleaner.html import formulas
from cleaner.html.contexts import NO_XML

_TAG = re.compile("<[A-Za-z/!?]")
UNSEEN = (  # elements whose text no reader sees, and that nothing here asks for
    *("style", "svg", "link", "iframe", "template", "canvas", "object", "video", "audio", "select"),
    *("textarea", "datalist", "noembed", "noframes"),
)
METADATA = frozenset(  # elements that belong into <head>
    ("title", "meta", "link", "base", "script", "style", "noscript", "template", "object", "bgsound")
)
_DOCTYPE = re.compile(b"< ?! ?doctype[^<>]*>", re.IGNORECASE)  # that of XHTML makes the parser build another tree
_SELF_CLOSED = re.compile(b"(<html\\b[^<>]*)/>", re.IGNORECASE)  # the parser would take this tag for the whole page
_CONTROLS = bytes({*range(9), 11, *range(14, 32)})  # the parser stops at these
_FORM_FEED = bytes.maketrans(b"\f", b" ")
_END = re.compile(b"</html\\s*>", re.IGNORECASE)  # the parser drops what follows; browsers show it
# Elements whose text holds no tags, so that one that is never closed would take the rest of the page. It ends at the
# next tag instead. A script that is never closed does take the rest, as in a browser: its text may hold anything.
_UNCLOSED = ("title", "textarea", "iframe", "style", "noembed", "noframes")
_START = re.compile(rb"<[A-Za-z]+(?=[\s/>])[^>]*>[^<]*")  # a tag and the text behind it
BEGINNING_BYTES = 4096  # where a doctype and the <html> tag are looked for
# Attributes of one element; a page with more is refused. The parser compares each attribute with all others, which
# takes hours for a million.
MAX_ATTRIBUTES = 1000

_ATTRIBUTE = r"""[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"?|'[^']*+'?|[^\s>]*+))?+"""
# A comment, or a tag; of an element whose text holds no tags (script, style, …), the text as well. `more` is set if
# the tag has more than MAX_ATTRIBUTES attributes. Comments and such texts are passed over in strides, from one sign
# that may begin their end to the next; to ask at each character whether they end there takes four times as long.
_PART = re.compile(
    rf"""<(?:!--[^-]*+(?:-(?!->)[^-]*+)*+|(?:(?P<raw>script|style|textarea|title)(?![^\s/>])|[a-z][^\s/>]*+)"""
    rf"""(?:{_ATTRIBUTE}){{0,{MAX_ATTRIBUTES}}}+(?P<more>{_ATTRIBUTE})?+"""
    rf"""(?(raw)[^>]*+(?:>[^<]*+(?:<(?!/(?P=raw))[^<]*+)*+)?+))""",
    re.IGNORECASE,
)
_LONG_TAG = re.compile(b"<[A-Za-z][^<>]{10000}")
_LONG_REST = re.compile(b"[^<>]{10000}")
_ANGLED_VALUE = re.compile(  # the value of an attribute that holds < or >, which hides where its tag ends
    rb"""=\s*+(?:"[^"<>]*+[<>][^"]*+"?|'[^'<>]*+[<>][^']*+'?|[^\s"'<>=]*+<[^\s>]*+)"""
)
MAX_ANGLED_VALUES = 4  # a page with more such values is looked at closely
SURROGATES = re.compile("[\ud800-\udfff]")


def parse(markup: str, *, name_formulas: bool = False) -> Any:
    """Return the tree of a page without what no reader sees.

    With `name_formulas`, elements with TeX have the attribute `formulas.FORMULA`. Raises `DocumentError` if `markup`
    is no HTML or if the parser cannot read all of it.
    """
    tree = parse_whole(markup)
    formulas.write_out(tree, named=name_formulas)
    _drop_unseen(tree)
    return tree


def parse_whole(markup: str) -> Any:
    """Return the tree of a page with all of its elements, without comments and processing instructions.

    Raises `DocumentError` if `markup` is no HTML or if the parser cannot read all of it.
    """
    from lxml import etree
    from lxml import html as lxml_html

    if not _TAG.search(markup):  # a plain text: its lines would be run together
        raise DocumentError("has no HTML tag; rename it to *.txt if it is plain text")
    try:
        data = markup.encode()
    except UnicodeEncodeError:  # a lone surrogate, which would make the page empty for the parser
        data = SURROGATES.sub("\ufffd", markup).encode()
    if _is_suspect(data) and any(part["more"] for part in _PART.finditer(markup)):
        raise DocumentError(f"has an element with more than {MAX_ATTRIBUTES:,} attributes; leave it out")
    data = data.translate(_FORM_FEED, _CONTROLS)
    data = _SELF_CLOSED.sub(rb"\1>", _DOCTYPE.sub(b"", data[:BEGINNING_BYTES], count=1)) + data[BEGINNING_BYTES:]
    data = _END.sub(b"", data)
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, huge_tree=True
    )
    # lxml.html chooses a class for each element by its tag, in Python, every time the element is looked at. Only the
    # elements of forms differ, and nothing here asks for them, so one class serves all.
    parser.set_element_class_lookup(
        etree.ElementDefaultClassLookup(
            element=lxml_html.HtmlElement,
            comment=lxml_html.HtmlComment,
            pi=lxml_html.HtmlProcessingInstruction,
            entity=lxml_html.HtmlEntity,
        )
    )
    tree = _tree(data, parser)
    if tree is not None and any("<" in (element.text or "") for element in tree.iter(*_UNCLOSED)):
        closed = _close_unclosed(data)
        tree = tree if closed is data else _tree(closed, parser)
    if tree is None:
        raise DocumentError("has no HTML that can be parsed; rename it to *.txt if it is plain text")
    if parser.error_log.filter_types(etree.ErrorTypes.ERR_RESOURCE_LIMIT):
        raise DocumentError("is nested too deeply for the HTML parser (2,048 elements); leave it out")
    _move_out_of_head(tree)
    return tree


def _tree(data: bytes, parser: Any) -> Any:
    """Return the tree of a page, None if the parser fails."""
    from lxml import etree
    from lxml import html as lxml_html

    try:
        return lxml_html.document_fromstring(data, parser=parser)
    except etree.LxmlError:
        return None


def _close_unclosed(data: bytes) -> bytes:
    """Return a page in which the last element of each name in `_UNCLOSED` is closed before the next tag."""
    folded = data.lower()
    for name in map(str.encode, _UNCLOSED):
        opened = folded.rfind(b"<" + name)
        if opened >= 0 and folded.find(b"</" + name, opened) < 0 and (start := _START.match(data, opened)):
            data = data[: start.end()] + b"</" + name + b">" + data[start.end() :]
            folded = data.lower()
    return data


def _is_suspect(data: bytes) -> bool:
    """Whether an element may have so many attributes that the parser takes more than some seconds.

    This is a quick look that can be wrong in both directions: attributes are counted only on suspicion, and what
    slips through costs some seconds.
    """
    if _LONG_TAG.search(data):
        return True
    ends = [value.end() for value in islice(_ANGLED_VALUE.finditer(data), MAX_ANGLED_VALUES + 1)]
    return len(ends) > MAX_ANGLED_VALUES or any(_LONG_REST.match(data, end) for end in ends)


def _move_out_of_head(tree: Any) -> None:
    """Move content from the head to the body.

    If a page leaves out `<body>`, the parser takes tags that it does not know, such as `main`, for a part of the
    head.
    """
    head = tree.find("head")
    strays = [] if head is None else list(dropwhile(lambda child: child.tag in METADATA, head))
    if not strays:
        return
    body = tree.find("body")
    if body is None:
        body = tree.makeelement("body")
        tree.append(body)
    for stray in reversed(strays):  # each goes to the front, because lxml counts up to any other place
        body.insert(0, stray)  # with the text behind it
    if body.text:
        strays[-1].tail, body.text = NO_XML.sub("", (strays[-1].tail or "") + body.text), None


def _drop_unseen(tree: Any) -> None:
    """Drop what is neither shown nor asked for, because the tree is going to be walked and copied many times."""
    from lxml import etree

    etree.strip_elements(tree, *UNSEEN, with_tail=False)
    for script in tree.iter("script"):
        if script.get("type") != "application/ld+json":
            script.text = None
