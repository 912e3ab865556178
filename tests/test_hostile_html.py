"""HTML pages made to break things: each ends in a result or one clear error, and four times the page takes about
four times the time."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner import Cleaned, Cleaner, DocumentError
from cleaner.document import apply
from cleaner.flags import HTML_FALLBACK
from cleaner.html.extract import MAX_DEPTH, MAX_ELEMENTS, MAX_ROW_CELLS, content_lines
from cleaner.html.layout import lay_out
from cleaner.html.parse import MAX_ATTRIBUTES, parse
from cleaner.text.kinds import begins_like_page
from tests.test_html import CLEANERS, SAFE, SENTENCE, levels, page

SIZE = 16_000  # characters of a hostile page, and four times as many
DEEP = 10**5

Shape = Callable[[int], str]


def times(unit: str, before: str = "", after: str = "") -> Shape:
    """Return a page body of about so many characters, `unit` again and again."""
    return lambda size: before + unit * max(size // len(unit), 1) + after


def nested(opening: str, closing: str, depth: int, text: str = SENTENCE) -> Shape:
    """Return stacks of elements, as deep as the parser lets them be."""
    return times(opening * depth + text + closing * depth)


def numbered(unit: str, before: str = "", after: str = "") -> Shape:
    """Return a body in which no two units are the same: `#` stands for a number."""
    count = len(unit) + 4
    return lambda size: before + "".join(unit.replace("#", str(i)) for i in range(size // count)) + after


def posts(markup: str) -> str:
    """Return a page with the markup of a post as Discourse embeds it: JSON in JSON in an attribute."""
    topic = json.dumps({"post_stream": {"posts": [{"cooked": markup}]}})
    return f"<p>x</p><div id=data-preloaded data-preloaded='{json.dumps({'topic_1': topic})}'></div>"


SHAPES: dict[str, Shape] = {
    # deeper than the parser goes
    "div in div": times("<div>", after="x"),
    "div in div, closed": lambda size: "<div>" * (size // 11) + "x" + "</div>" * (size // 11),
    "tables in tables": times("<table><tr><td>"),
    "lists in lists": times("<ul><li>x"),
    "pre in pre": times("<pre>x\n"),
    "template in template": times("<template>"),
    "never closed b": times("<b>x "),
    "never closed font": times("<font size=1>x"),
    # as deep as it goes
    "stacks of div": nested("<div>x ", "</div>", 900),
    "stacks of article": nested("<article>x ", "</article>", 900),
    "stacks of section": nested("<section>", "</section>", 900),
    "stacks of table": nested("<table><tr><td>", "</table>", 300),
    "stacks of lists": nested("<ul><li>x ", "</ul>", 450),
    "stacks of span": nested("<span>x ", "</span>", 900),
    "stacks of form": nested("<form>", "</form>", 900),
    "stacks of blockquote": nested("<blockquote>x ", "</blockquote>", 900),
    "stacks of emphasis": nested("<b><i><u><em><code>x ", "</code></em></u></i></b>", 180),
    "shallow stacks": nested("<div>", "</div>", 60),
    # wide
    "div beside div": times("<div></div>"),
    "short blocks": times("<p>x</p>"),
    "short spans": times("<span>x</span> "),
    "paragraphs": times(f"<p>{SENTENCE}</p>"),
    "paragraphs all different": numbered("<p>Rain fell for # days and the river rose over bridge #.</p>"),
    "paragraphs never closed": times("<p>x"),
    "headings": times("<h2>x</h2>"),
    "links": times("<a href='/a'>read more</a> "),
    "links never closed": times("<a href=y>x"),
    "links in items": times("<li><a href='/a'>read more</a>", "<ul>"),
    "articles": times(f"<article>{SENTENCE}</article>"),
    "comments of readers": times("<div class=comment><p>x y z</div>"),
    "forms": times("<form><input name=a>x</form>"),
    "frames": times("<iframe src=x>LEAK</iframe>"),
    "line breaks": times("<br>", "<p>"),
    "line breaks with text": times("x<br>", "<p>"),
    "rules": times("<hr>"),
    "end tags": times("</div>"),
    "misnested": times("<b><i></b></i>"),
    "unknown elements": times("<o:p>x</o:p>"),
    "elements of many names": numbered("<x#>y</x#>"),
    # tables
    "cells": times("<td>x", "<table><tr>"),
    "blank cells": times("<td> ", "<table><tr>"),
    "blank cells before others": lambda size: "<table><tr>" + "<td> " * (size // 11) + "<td>x" * (size // 11),
    "blank cells in rows": times("<tr>" + "<td> " * 500, "<table>"),
    "rows": times("<tr><td>a b<td>c d", "<table>"),
    "tables": times("<table><tr><td>a<td>b</table>"),
    # text
    "one text": times("word "),
    "one word": times("a"),
    "spaces": times(" ", "<p>", "x"),
    "spaces in elements": times("<b> </b>", "<p>", "x"),
    "lines of pre": times("x y\n", "<pre>"),
    "blank lines of pre": times("\n", "<pre>", "x"),
    "less than": times("<"),
    "ampersands": times("&"),
    "equals signs": times("=", "<pre>"),
    "equals signs between letters": times("a=", "<p>"),
    "equals signs and quotes": times("=\"='", "<p>"),
    "entities": times("&lt;"),
    "unknown entities": times("&bogus;"),
    "numbers of no character": times("&#xFFFFFFFF;"),
    "one run of three words": times("the the the river "),
    # around elements
    "script between words": times("word <script>LEAK</script>", f"<article><p>{SENTENCE}"),
    "images between words": times("word <img src=x>", f"<article><p>{SENTENCE}"),
    "comments between words": times("word <!-- LEAK -->"),
    "noscript between words": times("word <noscript>LEAK of JavaScript</noscript>", f"<article><p>{SENTENCE}"),
    # attributes
    "attributes": numbered("a#=1 ", "<p ", f">{SENTENCE}"),
    "attributes of an end": numbered("a#=1 ", "<p></p ", f">{SENTENCE}"),
    "attributes with tags in them": numbered("a#='<p b>' <p ", "<p ", f">{SENTENCE}"),
    "attributes of a script": numbered("a# ", "<script ", f">LEAK</script>{SENTENCE}"),
    "attributes of many": times("<p " + " ".join(f"a{i}=1" for i in range(900)) + f">{SENTENCE}"),
    "one attribute again": times("a=1 ", "<p ", f">{SENTENCE}"),
    "title of an element": times("LEAK ", "<p title='", f"'>{SENTENCE}"),
    "one class": times("x", "<p class='", f"'>{SENTENCE}"),
    "many classes": times("nav ", "<p class='", f"'>{SENTENCE}"),
    "style": times("display: ", "<p style='", f"'>{SENTENCE}"),
    "hidden by a long style": times(" ", "<p style='display:", f"none'>LEAK</p><p>{SENTENCE}"),
    "nearly unfolding": times("tab-", "<p hidden class='", f"'>LEAK</p><p>{SENTENCE}"),
    "nearly unfolding, dashes": times("-", "<p hidden class='tab", f"'>LEAK</p><p>{SENTENCE}"),
    "classes all different": numbered("<p class='c#'>x"),
    "images in attributes": times("<img src='data:image/png;base64," + "iVBOR" * 200 + "'>"),
    # never closed
    "comments never closed": times("<!--", f"<p>{SENTENCE}</p>"),
    "comments badly closed": times("<!-- LEAK --!", f"<p>{SENTENCE}</p>"),
    "script never closed": times("LEAK </ script>", f"<p>{SENTENCE}</p><script>"),
    "style never closed": times("x <b>", f"<p>{SENTENCE}</p><style>"),
    "title never closed": times("LEAK ", f"<p>{SENTENCE}</p></body><title>"),
    "textarea never closed": times("x <b>", f"<p>{SENTENCE}</p><textarea>"),
    "tag never closed": times("a ", f"<p>{SENTENCE}</p><div "),
    "attribute never closed": times("LEAK ", f"<p>{SENTENCE}</p><div title='"),
    "CDATA": times("<![CDATA[x]]>", f"<p>{SENTENCE}</p>"),
    "CDATA never closed": times("<![CDATA[", f"<p>{SENTENCE}</p>"),
    "processing instructions": times("<?php LEAK ?>", f"<p>{SENTENCE}</p>"),
    "conditional comments": times("<!--[if IE]>LEAK<![endif]-->", f"<p>{SENTENCE}</p>"),
    "plaintext": times("<b>x", "<plaintext>"),
    "xmp": times("<b>x", "<xmp>"),
    # the page
    "bodies": times("<body>x"),
    "html in html": times("<html><body>x"),
    "ends of html": times("</html>x"),
    "ends of html with spaces": times("</html "),
    "doctypes": times("<!DOCTYPE html>x"),
    "doctype": times("/", "<!DOCTYPE ", f"\n<p>{SENTENCE}"),
    "html that ends at once": times("<html ", "<html", "/>\n"),
    "framesets": times("<frameset><frame src=x>"),
    "titles": times("<title>x y z</title>", after=f"<p>{SENTENCE}"),
    "one title": times("Rain fell on the town ", "<title>", f"</title><p>{SENTENCE}<p>"),
    "titles of the graph": times("<meta property='og:title' content='Rain fell'>", after=f"<p>{SENTENCE}"),
    "lines to look for in a title": lambda size: (
        f"<title>{'rain ' * (size // 10)}</title>" + "<p>rain rain rain snow</p>" * (size // 50)
    ),
    "JSON-LD": times(
        '{"@type": "Article", "a": ["', '<script type="application/ld+json">[', f"</script><p>{SENTENCE}"
    ),
    "types": times('"@type" ', '<script type="application/ld+json">[', f"</script><p>{SENTENCE}"),
    "blanks in a type": times(" ", '<script type="application/ld+json">"@type"', f"</script><p>{SENTENCE}"),
    "JSON-LD, lists of types never closed": times(
        '"@type":[', '<script type="application/ld+json">', "</script><p>x"
    ),
    "JSON-LD, lists of types soon closed": times(
        '"@type":[' * 100 + "]", '<script type="application/ld+json">', "</script><p>x"
    ),
    "JSON-LD, brackets": times("[", '<script type="application/ld+json">"articleBody"', "</script><p>x"),
    "JSON-LD, graphs in graphs": times(
        '{"@graph":', '<script type="application/ld+json">', '{"articleBody": "x"}</script><p>x'
    ),
    "JSON-LD, a tag": times("=", '<script type="application/ld+json">{"articleBody": "<a ', '"}</script><p>x'),
    "JSON-LD, an escaped tag": times(
        "=", '<script type="application/ld+json">{"articleBody": "\\u003ca ', '"}</script><p>x'
    ),
    "JSON-LD, a tag escaped twice": times(
        '\\"=', '<script type="application/ld+json">{"articleBody": "&lt;a ', '"}</script><p>x'
    ),
    "JSON-LD, attributes": numbered(
        "a#=1 ", '<script type="application/ld+json">{"articleBody": "<p>x<\\/p><p ', '>"}</script><p>x'
    ),
    "posts in an attribute": lambda size: posts(f"<a {'=' * size}"),
    "posts in an attribute with attributes": lambda size: posts(
        f"<p>x</p><p {' '.join(f'a{i}=1' for i in range(size // 8))}>"
    ),
    "content in the head": times("<main>x</main>", "<html><head>"),
    "ampersands in ampersands": times("amp;", "<p>&amp;"),
    "letters that swallow others": times("ƒ", "<p>Ã"),
    "NUL": times("x\0", f"<p>{SENTENCE}</p>"),
    "lone surrogates": times("x\ud800", f"<p>{SENTENCE}</p>"),
    "noscript alone": times("<p>x</p>", "<noscript>", "</noscript>"),
    "noscript again and again": numbered("<noscript><p>Rain fell for # days.</noscript>"),
    "noscript in noscript": nested("<noscript>x ", "</noscript>", 900),
    # formulas
    "formulas": times("<math><mi>x</mi><mo>=</mo><mfrac><mi>y</mi><mn>2</mn></mfrac></math> "),
    "one formula": times("<mi>x</mi>", "<math>", "</math>"),
    "formulas in formulas": nested("<math>", "</math>", 900, "<mi>x</mi>"),
    "fractions in fractions": nested("<mfrac><mrow><mi>x</mi>", "</mrow></mfrac>", 450),
    "wrappers of a formula": nested("<span class=katex>", "</span>", 900, "<math><mi>x</mi></math>"),
    "formulas of MathJax": times("<span class=MathJax>x</span><script type='math/tex'>x</script>"),
    "drawn before one source": times("<span class=MathJax>x</span>", after="<script type='math/tex'>x</script>"),
    "drawings of MathJax": nested("<mjx-container>", "</mjx-container>", 900, "<mjx-c class=mjx-c31></mjx-c>"),
    "braces": times("{}", "<img class=tex alt='{\\displaystyle ", "}'>"),
    # chrome that the markup names
    "numbers in numbers": nested("<span class=lineno>", "</span>", 900, "x"),
    "numbers of lines": times("<span class=lineno>1</span> x\n", "<pre>"),
    "numbers in one line": times("<span class=lineno>1</span> x", "<pre>"),
    "edit links in one line": times("x <span class=mw-editsection>[y]</span> ", "<p>"),
    "cells that are not printed": times("<td class=noprint>x<td>y", "<table><tr>"),
    "links that skip": nested("<div class=skip-links>", "</div>", 900, "<a href='#x'>y</a>"),
    "not printed in not printed": nested("<div class=noprint>", "</div>", 900, SENTENCE * 2),
    "never closed title": times("x", "<title>", "<p>y"),
    "never closed titles": times("<title>x<p>y"),
}


def checked(html: str, cleaner: Cleaner = SAFE) -> Cleaned | None:
    """Return a page, cleaned, if it is not refused; either way the outcome is one that users can live with."""
    try:
        cleaned = cleaner.clean_html(html)
    except DocumentError as error:
        assert "; " in str(error)
        assert "\n" not in str(error)
        return None
    assert "LEAK" not in cleaned.original
    assert apply(cleaned.original, cleaned.edits) == cleaned.text
    cleaned.text.encode()
    return cleaned


def seconds(body: str) -> float:
    gc.collect()
    gc.disable()  # a collection in one of the runs would be most of its time
    try:
        start = time.process_time()
        checked(body if body.startswith("<!") else "<!DOCTYPE html><html><body>" + body)
        return time.process_time() - start
    finally:
        gc.enable()


def in_proportion(shape: Shape, size: int) -> bool:
    """Whether a page of four times the size takes no more than eight times as long; quadratic is sixteen times."""
    limit = 8 * seconds(shape(size)) + 0.1
    return any(seconds(shape(4 * size)) < limit for _ in range(2))


# Of this shape, trafilatura's time is quadratic, see below; where it is asked, the page now passes and now fails.
QUADRATIC = "images between words"


@pytest.mark.alone
@pytest.mark.parametrize("name", [name for name in SHAPES if name != QUADRATIC])
def test_a_hostile_page_ends_in_time_in_proportion(name: str) -> None:
    assert in_proportion(SHAPES[name], SIZE)


# Where trafilatura is asked, its time is quadratic in the inline elements of a paragraph: the page then takes now
# less and now more than the limit. At `safe` it is not asked about these pages.
@pytest.mark.alone
@pytest.mark.parametrize("element", ["<img src=x>", "<span>x</span>", "<a href=x>x</a>"])
def test_many_inline_elements_end_in_time_in_proportion(element: str) -> None:
    assert in_proportion(times(f"word {element}", f"<article><p>{SENTENCE}"), 2 * SIZE)


@pytest.mark.alone
def test_much_named_chrome_in_one_line_takes_linear_time() -> None:
    cleaner = Cleaner("rules")

    def taken(times: int) -> float:
        begun = time.process_time()
        cleaner.clean_html("<p>" + "a <i class=noprint>b</i> " * times)
        return time.process_time() - begun

    limit = 8 * taken(12_000) + 0.1  # as above
    assert any(taken(48_000) < limit for _ in range(2))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("<div>" * (MAX_DEPTH + 1) + SENTENCE, id="depth"),
        pytest.param(f"<p>{SENTENCE}</p>" + "<b></b>" * MAX_ELEMENTS, id="elements"),
        pytest.param(f"<p>{SENTENCE}</p><table><tr>" + "<td>x" * (MAX_ROW_CELLS + 1), id="cells"),
    ],
)
@pytest.mark.usefixtures("in_doubt")
def test_what_would_take_trafilatura_too_long_is_left_to_the_judge(body: str) -> None:
    tree = parse(page(body))
    lines = lay_out(tree).lines
    assert SENTENCE in lines
    assert content_lines(tree, lines) is None
    cleaned = checked(page(body))
    assert cleaned
    assert HTML_FALLBACK in cleaned.flags


def test_what_pages_have_is_not_too_much_for_trafilatura() -> None:
    row = "<tr>" + "<td>a cell" * 30 + "</tr>"
    paragraphs = "".join(f"<p>{i} days ago: {SENTENCE}</p>" for i in range(20))
    tree = parse(page("<div>" * 90, f"<article>{paragraphs}<table>{row * 600}</table></article>", "<b></b>" * 5000))
    assert content_lines(tree, lay_out(tree).lines)


@pytest.mark.parametrize(
    "body",
    [
        "<p {}>",
        "<p a='<b>' {}>",
        "<script {}>",
        "<script></script><p\n{}/>",
        "<!-- --><P {}",
        "<a b=><x-y {}>",
        "<p a='>' b=\">\" c=>d><p {}>",
        "<p a = '>'/b=c\n\n{}>",
        "</p><i' {}>",
    ],
)
def test_an_element_with_too_many_attributes_is_refused(body: str) -> None:
    many, few = (
        " ".join(f"attribute{i}=1" for i in range(count)) for count in (MAX_ATTRIBUTES + 1, MAX_ATTRIBUTES - 3)
    )
    with pytest.raises(DocumentError, match="more than 1,000 attributes; leave it out"):
        parse(body.format(many))
    parse(body.format(few))


@pytest.mark.parametrize("value", ["'<'", '">"', "<", "'a<b'"])
def test_attributes_do_not_hide_behind_brackets(value: str) -> None:
    with pytest.raises(DocumentError, match="more than 1,000 attributes; leave it out"):
        parse("<p " + " ".join(f"a{i}={value}" for i in range(MAX_ATTRIBUTES + 1)) + ">")


def test_what_is_no_attribute_is_not_counted() -> None:
    words = " word=1" * (2 * MAX_ATTRIBUTES)
    for body in (f"<script>a <b {words}</script>", f"<!-- <b {words} -->", f"<p title='{words}'>", f"<p>a < {words}"):
        assert parse(f"<p>{SENTENCE}</p>{body}") is not None


def test_lists_in_lists_do_not_make_a_page_grow_a_thousandfold() -> None:
    cleaned = checked("<ul>" * 900 + "<li>x" * 2000, Cleaner("rules", markdown=True))
    assert cleaned
    assert len(cleaned.original) < 200_000


@pytest.mark.parametrize(
    "start",
    [b"<!---->", b"<!-- -->", b" ", b"<!--", b"-->", b"<?xml ?>", b"<?xml", b"<!doctype ", b"\xff\xfe<\0!\0-\0-\0"],
)
def test_what_a_file_begins_with_is_soon_told(start: bytes) -> None:
    began = time.process_time()
    assert not begins_like_page(start * 1024)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"<p>\xe9" + b"<!--" * DEEP, id="comments"),
        pytest.param(b"<p>\xe9" + b"<script" * DEEP, id="scripts"),
        pytest.param(b"<p>\xe9" + b"<" * DEEP, id="less than"),
        pytest.param(b"<p>\xe9" + b"</style " * DEEP, id="ends of styles"),
        pytest.param(b"<meta " * DEEP + b"\xe9", id="metas"),
        pytest.param(b"<meta charset= " * DEEP + b"\xe9", id="charsets"),
        pytest.param(b"<p>" + b"\xc3\xa9\xff" * DEEP, id="broken UTF-8"),
        pytest.param(b"<p>" + b"\xff" * DEEP, id="no UTF-8"),
        pytest.param(b"<\0" * DEEP, id="UTF-16 without a mark"),
        pytest.param(b"<p>" + b"\0" * DEEP, id="NUL"),
    ],
)
def test_the_encoding_of_a_hostile_page_is_soon_told(data: bytes) -> None:
    began = time.process_time()
    try:
        SAFE.clean_html(data)
    except DocumentError as error:
        assert "; " in str(error)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("tag", "depth"),
    [
        ("div", 200),
        ("div", 300),
        ("font", 300),
        ("blockquote", 300),
        ("b", DEEP),
    ],
)
@levels
def test_nothing_is_lost_in_the_depths(tag: str, depth: int, level: str) -> None:
    html = page(f"<p>{SENTENCE}</p>", f"<{tag}>word " * depth, f"<p>{SENTENCE} Then snow fell.</p>")
    cleaned = checked(html, CLEANERS[level])
    if cleaned:
        assert cleaned.original.count("word") == depth
        assert "Then snow fell." in cleaned.original


# Each with what is to be in the text of the page, if it is not refused.
ODD = {
    "two bodies": (f"<body><p>a</p></body><body><p>{SENTENCE}</p></body>", ("a", SENTENCE)),
    "html in the middle": (f"<p>a</p></html><html><body><p>{SENTENCE}</p>", ("a", SENTENCE)),
    "after the end": (f"<p>a</p></body></html>\n<p>{SENTENCE}</p>", ("a", SENTENCE)),
    "after two ends": (f"<p>a</p></html ></HTML><p>{SENTENCE}</p></html>", ("a", SENTENCE)),
    "odd names of attributes": (
        f"<p : {{}} {{{{x}}}} @click=a #a .b =c \\ \"' a:b=c xmlns:x=y>{SENTENCE}</p>",
        (SENTENCE,),
    ),
    "an attribute named {}": (f"<p {{}}=a hidden{{}}=b>{SENTENCE}</p>", (SENTENCE,)),
    "very many attributes": (f"<p {' '.join(f'a{i}' for i in range(900))} hidden>LEAK</p>{SENTENCE}", (SENTENCE,)),
    "odd names of elements": (f"<o:p>{SENTENCE}</o:p><x-y>b</x-y><a.b>c</a.b><é>d</é>", (SENTENCE, "b")),
    "line breaks in a class": (f"<div class='a\nb\n\nc' id='\n'><p class='\n'>{SENTENCE}</p></div>", (SENTENCE,)),
    "markup in a script": (f"<script>'</p><p>LEAK</p><!--<script>LEAK'</script><p>{SENTENCE}</p>", ()),
    "markup in a style": (f"<style><p>LEAK</p></style><p>{SENTENCE}</p>", (SENTENCE,)),
    "markup in a comment": (f"<!-- <p>LEAK</p> --><p>{SENTENCE}</p>", (SENTENCE,)),
    "dashes in a comment": (f"<!-- a -- b --- LEAK --><p>{SENTENCE}</p>", (SENTENCE,)),
    "conditional comment": (f"<!--[if IE]><p>LEAK</p><![endif]--><p>{SENTENCE}</p>", (SENTENCE,)),
    "revealed comment": (f"<![if !IE]><p>{SENTENCE}</p><![endif]>", (SENTENCE,)),
    "CDATA in a script": (f"<script>//<![CDATA[\nLEAK\n//]]></script><p>{SENTENCE}</p>", (SENTENCE,)),
    "image in an attribute": (f"<img src='data:image/png;base64,{'LEAK' * 9000}'><p>{SENTENCE}</p>", (SENTENCE,)),
    "plaintext": (f"<p>a</p><plaintext><p>{SENTENCE}", ("a", SENTENCE)),
    "frames alone": ("<frameset cols=1><frame src=LEAK><noframes><p>LEAK</p></noframes></frameset>", ()),
    "frames beside a page": (f"<p>{SENTENCE}</p><noframes>LEAK</noframes>", (SENTENCE,)),
    "html that ends at once": (f"</body></html><html lang=en /><body><p>{SENTENCE}</p>", (SENTENCE,)),
    "form feeds": ("<p\fclass=a>three\fdays</p>", ("three days",)),
    "nothing but an end": ("</p></p></html>", ()),
    "a table without a table": (f"<td>a</td><tr><td>{SENTENCE}</tr></table>", ("a", SENTENCE)),
    "a list without a list": (f"<li>a<li>{SENTENCE}</ul>", ("a", SENTENCE)),
}


@pytest.mark.parametrize(("body", "texts"), ODD.values(), ids=ODD)
@levels
def test_odd_markup(body: str, texts: tuple[str, ...], level: str) -> None:
    cleaned = checked(page(body), CLEANERS[level])
    assert cleaned
    for text in texts:
        assert text in cleaned.original
    assert "LEAK" not in cleaned.text


@pytest.mark.parametrize(
    "start",
    [
        "<!doctype html>",
        "<html/>",
        "<html />\n",
        "<!DOCTYPE html><HTML lang=en/>",
        '\ufeff<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN"\n "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">',
        "<!DOCTYPE html/><html xmlns='http://www.w3.org/1999/xhtml' xml:lang=en>",
        "<!-- x --><?xml version='1.0'?><!DOCTYPE html SYSTEM 'about:legacy-compat'>",
    ],
)
def test_the_beginning_of_a_page(start: str) -> None:
    cleaned = checked(f"{start}<head><title>x</title></head><body><p>a</p><p>{SENTENCE}</p></body></html>")
    assert cleaned
    assert cleaned.original == f"a\n\n{SENTENCE}"


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE html [<!ENTITY lol "LEAKLEAK"><!ENTITY lol2 "&lol;&lol;&lol;&lol;">]>',
        '<!DOCTYPE html [<!ENTITY lol SYSTEM "file:///etc/passwd">]>',
        '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]>',
        '<!DOCTYPE html [<!ENTITY lol "x">' + "".join(
            f'<!ENTITY lol{i + 1} "{f"&lol{i};" * 10}">' for i in range(1, 12)
        ) + "]>",
    ],
)  # fmt: skip
def test_no_entity_is_defined_by_a_page(prolog: str) -> None:
    cleaned = checked(f"{prolog}<html><body><p>{SENTENCE} &lol; &lol2; &lol9;</p></body></html>")
    assert cleaned
    assert SENTENCE in cleaned.text
    assert len(cleaned.text) < 2000
    assert "root:" not in cleaned.text


@pytest.mark.parametrize(
    "char",
    [
        *("\0", "\x01", "\x7f", "\x80", "\ufffe", "\ufeff", "&#0;", "&#xD800;", "&#x110000;", "&#x80;", "&bogus;"),
        *("\ud800", "\udfff\ud800", "\U0010ffff", "\r", "\x0c", "\x85", "\u2028"),
    ],
)
def test_odd_characters_do_not_take_the_page_with_them(char: str) -> None:
    html = page(f"<article><p>{SENTENCE}</p><p>Then came{char} snow, and it stayed for a week.</p></article>")
    cleaned = checked(html)
    assert cleaned
    assert SENTENCE in cleaned.text
    assert "and it stayed for a week." in cleaned.text


# References to characters that are none in XML, and what stands around them.
REFUSED = (*range(32), 0x7F, 0x80, 0x9F, 0xD800, 0xDFFF, 0xFDD0, 0xFFFE, 0xFFFF, 0x1FFFE, 0x10FFFF, 0x110000, 10**20)
PLACES = (
    *(
        "<meta><input>i{}",
        "<meta>i{}<input>j{}",
        "<head><x-y>i{}</x-y>{}",
        "<main>{}<meta>",
        "<link>i{}<p>x",
        "{}<p>",
    ),
    *("<title>{}</title><p>x", "<p title='{}'>x", "<p {}>x", "<{}>x", "<{}p>x", "<p class='{}'>x", "<x-y>{}</x-y>"),
    *("<p hidden id='{}'>x", "<p style='{}'>x", "<pre>{}</pre>", "<table>{}<tr><td>{}", "<frameset>{}"),
    *("<noscript>{}</noscript>", "<script type='application/ld+json'>{}</script>x", f"<p>{SENTENCE}{{}}</p>"),
    "<meta property='og:title' content='{}'>x",
)


@pytest.mark.parametrize("place", PLACES)
def test_a_character_that_is_none_is_no_error(place: str) -> None:
    for number in REFUSED:
        for char in (f"&#{number}", f"&#{number};", f"&#x{number:x};", *([chr(number)] if number < 0x110000 else [])):
            for cleaner in CLEANERS.values():
                checked(place.replace("{}", char), cleaner)


pieces = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *("<meta>", "<input>", "<main>", "<p>", "</p>", "<title>", "<head>", "</head>", "<body>", "</html>"),
                *("<html", "<a b=c ", "<!--", "-->", "<![CDATA[", "<?x ", "<!", "<script>", "</script>", "<pre>"),
                *(
                    "<script type='application/ld+json'>",
                    '{"@type": [',
                    '"articleBody": "',
                    "<table>",
                    "<tr>",
                    "<td>",
                ),
                *(
                    "<noscript>",
                    "<svg>",
                    "<select>",
                    "<textarea>",
                    "<template>",
                    "<frameset>",
                    "<dialog>",
                    "<ul><li>",
                ),
                *("&#", "&#x", "&amp;", "&lt;", "&#10;", "&#xD800;", "\ud83d", "\ude00", "\0", "\ufeff", "\ufffe"),
                *(
                    ">",
                    "<",
                    "/",
                    "=",
                    "'",
                    '"',
                    ";",
                    " ",
                    "\n",
                    "\r",
                    "\x85",
                    "x",
                    SENTENCE,
                    "{}",
                    ":",
                    "xmlns:a='b'",
                ),
            ]
        ),
        st.integers(0, 0x110010).map("&#{};".format),
        st.integers(0, 40).map("&#x{:x}".format),
        st.characters(),
    ),
    max_size=30,
).map("".join)


@given(pieces, st.sampled_from([*CLEANERS.values(), Cleaner("main", markdown=True)]))
def test_pieces_of_pages_end_in_a_result_or_one_clear_error(html: str, cleaner: Cleaner) -> None:
    ways: tuple[Callable[[], Cleaned], ...] = (
        lambda: cleaner.clean_html(html),
        lambda: cleaner.clean_html(html.encode("utf-8", "surrogatepass")),
        lambda: cleaner.clean_bytes(html.encode("utf-16", "surrogatepass"), kind="html"),
        lambda: cleaner.clean_bytes(html.encode("utf-8", "surrogatepass")),
    )
    for clean in ways:
        try:
            cleaned = clean()
        except DocumentError as error:
            assert "; " in str(error)
        else:
            assert apply(cleaned.original, cleaned.edits) == cleaned.text
            cleaned.text.encode()
