"""Hypothesis strategies: documents that mix prose, page chrome, broken encoding, odd line ends and code points."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

from cleaner.rules import checks
from cleaner.rules import pack as packs

PROSE = (
    "The ferry to the island was late again, and nobody on the pier seemed to mind.",
    "“We have waited for nine years,” she said, “and we can wait until Tuesday.”",
    "Als der Regen aufhörte, ging die alte Müllerin über die Brücke und zählte die Gänse.",
    "Le café de la gare n’ouvre qu’à six heures, même quand il gèle à pierre fendre.",
    "В среду утром почтальон принёс письмо, которого никто в деревне уже не ждал.",
    "昨日の夜、子供たちは学校へ行って劇を見ました。とても寒かったですが、みんな笑顔でした。",
    "وصل القطار إلى المدينة الصغيرة بعد منتصف الليل، ولم يكن أحد في انتظاره على الرصيف.",
    "He paid £4.50 for the map… and lost it before noon.",
    "Short line",
    "And the road goes on, and the road goes on",
    "x = [i for i in range(10) if i & 1]",
    "｢全角｣（１２３）！",
)
ODD = "\u2028\u2029\x85\x0b\x0c\x1c\ufeff\u200b\xad\xa0\u202e\u0301\ufffd\U0001f600İßſ"
BREAKS = ("\n", "\n\n", "\r\n", "\r\n\r\n", "\r", "\n \n", "\n\t\n\n")
BROKEN = ("cp1252", "latin-1", "cp1251", "mac_roman")


def _chrome() -> list[str]:
    """Lines that the packs that ship say they drop, and lines that look like them."""
    lines = []
    for source in packs.builtin():
        pack = checks.parse(source, trusted=True)
        lines += pack.pack.clues
        for rule in pack.rule:
            lines += packs.block(rule.drops)[:3] + packs.block(rule.keeps)[:1] + packs.block(rule.lines or "")[:3]
            for case in rule.case:
                lines += case.before.split("\n")
    return sorted({line for line in lines if line})


CHROME = _chrome()


def _broken(text: str, encoding: str) -> str:
    return text.encode("utf-8").decode(encoding, "replace")


prose = st.sampled_from(PROSE)
chrome = st.sampled_from(CHROME)
mojibake = st.builds(_broken, prose, st.sampled_from(BROKEN))
residue = st.sampled_from(
    [
        "AT&amp;T &nbsp; &#8217;",
        "&lt;b&gt; &amp;amp;",
        "&amp;lt;",
        "it\x92s",
        "Ã\x85 \x85",
        "date 2021-11-12 ",
        "Â ",
        "&EACUTE;",
        "“AMANHÃ” ",
        "OÃ™ EST",
        "ÖÐ¹ú",
    ]
)
odd = st.text(st.sampled_from(ODD + "ab 1"), max_size=6)
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
line = st.one_of(prose, prose, chrome, chrome, chrome, mojibake, residue, odd, anything)


@st.composite
def lines(draw: st.DrawFn) -> str:
    """A line: of one kind, or two of them joined, or indented, or with white space to spare."""
    text: str = draw(line)
    if draw(st.integers(0, 5)) == 0:
        text = draw(st.one_of(residue, odd, line)) + text
    if draw(st.integers(0, 5)) == 0:
        text = draw(st.sampled_from(["  ", "\t", "  • ", "* ", " "])) + text
    if draw(st.integers(0, 5)) == 0:
        text += draw(st.sampled_from([" ", "  ", "\t", "\u200b"]))
    if draw(st.integers(0, 9)) == 0:
        head, space, tail = text.rpartition(" ")
        text = head + draw(st.sampled_from(["  ", "\t"] if space else [""])) + tail
    return text


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A document of up to 30 lines, some of them twice, with one kind of line break or several."""
    count = draw(st.integers(0, 30))
    kind = draw(st.sampled_from(["", *BREAKS]))
    pieces: list[str] = []
    for _ in range(count):
        text = draw(lines())
        for _ in range(draw(st.sampled_from([1, 1, 1, 1, 2, 3]))):
            pieces += text, kind or draw(st.sampled_from(BREAKS))
    if draw(st.booleans()) and pieces:
        pieces.pop()
    return "".join(pieces)


DRESSES = (
    *(
        "[{}](/a)",
        '* [{}](https://example.org/a_(b) "{}")',
        "**{}**",
        "_{}_",
        "## {}",
        "# {}",
        "> {}",
        "- {}",
        "1. {}",
    ),
    *("[![{}](/a.png)](/a)", "![{}](/a.png)", "| {} | **b** |", "[{}][name]", "{}](/a)", "[{}", "`{}`", "- [x] {}"),
    *("[**{}**](/a) {}", "{}  ", "    {}", "\\[{}\\]", "{}<br>", "~~{}~~"),
)
SCRAPS_OF_MARKDOWN = (
    "---",
    "* * *",
    "```",
    "~~~",
    "```html",
    "[name]: /a",
    "|---|",
    "===",
    "* ",
    "#",
    "![](/a.png)",
    "---",
)


@st.composite
def markdown_documents(draw: st.DrawFn) -> str:
    """A document of Markdown, or of something that looks like it: lines in dress, fences, tables, front matter."""
    pieces = [draw(st.sampled_from(["", "", "---\ntitle: a\n---\n", "+++\nb = 1\n+++\n"]))]
    kind = draw(st.sampled_from(["\n", "\n\n", "\r\n"]))
    for _ in range(draw(st.integers(0, 25))):
        text = draw(st.one_of(line, line, st.sampled_from(SCRAPS_OF_MARKDOWN)))
        pieces += draw(st.sampled_from(["{}", "{}", *DRESSES])).replace("{}", text), kind
    return "".join(pieces)


@st.composite
def untouched(draw: st.DrawFn) -> str:
    """A document with nothing to remove or repair: prose with odd separators and line ends."""
    separators = st.sampled_from(["\n", "\n\n", "\r\n", "\u2028", "\x0b", "\x0c", " \x85 ", "\u2029", "\r", "\n\n\n"])
    good = st.sampled_from([text for text in PROSE if len(text) > 30])
    pieces = [draw(st.sampled_from(["", "\ufeff", "\n", "  "]))]
    for text in draw(st.lists(good, unique=True)):  # a long line twice may be a caption that was printed twice
        pieces += text, draw(separators)
    return "".join(pieces)


levels = st.sampled_from(["rules", "safe", "main"])

# For a test that makes a new Cleaner for each example: 30 examples in the profile `ci`, 1,800 in `long`.
fewer = settings(max_examples=settings().max_examples * 3 // 10)
urls = st.sampled_from([None, "https://www.rferl.org/a/1.html", "http://example.org/page"])
langs = st.sampled_from([None, "en", "de", "ru-RU"])


# ── HTML ──────────────────────────────────────────────────────────────────────────────────────────

BLOCKS = (
    *("div", "p", "section", "article", "main", "header", "footer", "nav", "aside", "form", "blockquote", "center"),
    *("h1", "h2", "h3", "h4", "ul", "ol", "li", "dl", "dt", "dd", "table", "tr", "td", "th", "caption", "pre"),
    *("figure", "figcaption", "details", "summary", "address", "fieldset", "legend", "dialog", "body", "html", "x-y"),
)
INLINE = (
    *("a", "b", "strong", "i", "em", "span", "code", "font", "sup", "time", "label", "button", "q", "bdi", "ruby"),
    *("math", "mi", "mfrac", "mrow", "mjx-container"),
)
UNSEEN = (
    *("script", "style", "template", "noscript", "textarea", "select", "option", "iframe", "object", "svg"),
    *("title", "head", "video", "audio", "canvas", "datalist", "noframes"),
)
VOID = ("<br>", "<hr>", "<img alt='a picture'>", "<input value='a value'>", "<br/>", "<wbr>")
ATTRIBUTES = (
    *(' class="comment"', " class=sidebar", ' class="nav-menu top\nbar"', ' id="comments"', " class='article-body'"),
    *(" hidden", ' style="display:none"', " hidden class=accordion", ' hidden id="S:1"', " role=navigation"),
    *(
        ' itemprop="articleBody"',
        " href='/a'",
        " {}=x",
        " :=x",
        " aria-label='a label'",
        ' title="a > b"',
        " rowspan=2",
    ),
    *(' class="mw-editsection"', " class=noprint", " class=sr-only href='#a'", " class=lineno", " class='copy-btn'"),
    *(" class=headerlink aria-hidden=true href='#a'", " class=katex", " display=block", " alttext='x^2' class=latex"),
    *(' id="onetrust-consent-sdk"', ' class="a2a_kit own-box"', " class=own-box", " id=own-part data-own=own"),
    *(" class=own-stay", ' class="own-stay own-box"'),
)
# A pack with selectors for some of these attributes.
SELECTORS = """
[pack]
format = 1
id = "own"
[[rule]]
id = "box"
category = "share"
selectors = [".own-box", "div > #own-part"]
[[rule]]
id = "guess"
category = "related"
confidence = "guess"
zone = "tail"
selectors = ["[data-own^=own]", ".own-stay p, section b"]
[[rule]]
id = "likely"
category = "consent"
confidence = "likely"
unless = [".{0,60} the .{0,60}"]
selectors = ["ul > li, table td, .sidebar"]
"""
SCRAPS = (
    *(
        "<!-- a comment -->",
        "<!--[if IE]><p>old</p><![endif]-->",
        "<![CDATA[x]]>",
        "<?php x ?>",
        "<",
        "&",
        "</",
        "<!",
    ),
    *(
        "</html>",
        "</body><body>",
        "<p",
        "<!--",
        "<plaintext>",
        "</p>",
        "</div></div>",
        "&nbsp;",
        "&#8217;",
        "&amp;amp;",
    ),
    *(
        "&#10;",
        "&#13;",
        "&amp;#10;",
        "&amp;nbsp;",
        "&#0;",
        "&#x85;",
        "\r",
        "\r\n",
        "\n",
        "\t",
        "\0",
        "\u2028",
        "\x85",
    ),
    *("1", "¶", " # ", "<math><mi>x</mi></math>", "<img class=tex alt='x^2'>", "<script type='math/tex'>y</script>"),
    *("\u200b", "\ufeff", "\ud800", "\x1c", "\xa0", " "),
    '<script type="application/ld+json">{"@type": "Article"}</script>',
    "<meta property='og:title' content='A title'>",
)


def _element(tag: str, attributes: str, content: str, *, closed: bool) -> str:
    return f"<{tag}{attributes}>{content}" + (f"</{tag}>" if closed else "")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


_attributes = st.lists(st.sampled_from(ATTRIBUTES), max_size=2).map("".join)
_text = st.one_of(lines(), lines().map(_escaped), st.sampled_from(SCRAPS))


def _around(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    tags = st.sampled_from([*BLOCKS, *BLOCKS, *BLOCKS, *INLINE, *INLINE, *UNSEEN])
    closed = st.sampled_from([True] * 9 + [False])
    content = st.lists(children, max_size=5).map("".join)
    return st.builds(_element, tags, _attributes, content, closed=closed)


_markup = st.recursive(st.one_of(_text, _text, st.sampled_from(VOID)), _around, max_leaves=25)
_paragraphs = st.lists(prose.map("<p>{}</p>\n".format), max_size=8).map("".join)  # something to take for content


@st.composite
def pages(draw: st.DrawFn) -> str:
    """An HTML page: elements of all kinds in one another, most of them closed, some hidden, with text and scraps."""
    parts = draw(st.lists(st.one_of(_markup, _paragraphs), max_size=6))
    body = "".join(f"<div>{part}</div>" if draw(st.booleans()) else part for part in parts)
    head = draw(st.sampled_from(["", "<head><title>A title</title><meta charset=utf-8></head>"]))
    return draw(st.sampled_from(["", "<!DOCTYPE html>\n"])) + f"<html>{head}<body>{body}</body></html>"


@st.composite
def page_bytes(draw: st.DrawFn) -> bytes:
    """A page in some encoding, a few of its bytes replaced, taken out or put in."""
    encoding = draw(
        st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252", "cp1251", "shift_jis", "gb18030"])
    )
    declared = draw(
        st.sampled_from(["", *(f"<meta charset={name}>" for name in ("utf-8", "windows-1252", "euc-kr", "x"))])
    )
    data = bytearray((declared + draw(pages())).encode(encoding, "ignore"))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        data[start : start + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(data)
