"""HTML pages: the text of the page, what and what trafilatura leaves out of it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from cleaner import Cleaned, Cleaner, DocumentError, SettingsError
from cleaner.document import apply
from cleaner.flags import GUARDED, HTML_FALLBACK, MOSTLY_REMOVED, NO_TEXT
from cleaner.html import page as html_page
from cleaner.html.layout import lay_out
from cleaner.html.parse import parse
from cleaner.marks import MARKUP, Mark
from tests import markdown_it
from tests.cases import read_cases
from tests.support import CHROME, DATA, OWN_RULES, cleaner_at

LEVELS = ("rules", "safe", "main")
CLEANERS = {level: cleaner_at(level) for level in LEVELS}
SAFE = CLEANERS["safe"]
PAGES = sorted((DATA / "html").glob("*.html"))
SENTENCE = "Rain fell on the town for three days and the river rose over the old bridge."

pages = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
levels = pytest.mark.parametrize("level", LEVELS)


def expected(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.with_suffix(".toml").read_text("utf-8"))


def page(*body: str) -> str:
    return f"<!DOCTYPE html><html><head><title>x</title></head><body>{''.join(body)}</body></html>"


def lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def by_trafilatura(cleaned: Cleaned) -> list[str]:
    return [line for edit in cleaned.edits if edit.by == "trafilatura" for line in lines(edit.before)]


# ── pages of every kind ───────────────────────────────────────────────────────────────────────────


@pages
def test_the_original_is_the_text_of_the_whole_page(path: Path) -> None:
    for cleaner in CLEANERS.values():
        cleaned = cleaner.clean_html(path.read_bytes())
        assert cleaned.restore() == cleaned.original == expected(path)["page"]
        assert "LEAK" not in cleaned.original


@pages
@levels
def test_the_edits_lead_from_the_page_to_the_clean_text(path: Path, level: str) -> None:
    cleaned = CLEANERS[level].clean_html(path.read_bytes())
    original = cleaned.original
    assert apply(original, cleaned.edits) == cleaned.text
    for edit in cleaned.edits:
        assert original[edit.start : edit.end] == edit.before
        assert original.split("\n")[edit.line - 1] in edit.before
    assert Cleaned.from_dict(cleaned.to_dict()) == cleaned
    assert lines(cleaned.text)[0] == original[cleaned.to_original(0) :].split("\n")[0]


@pages
def test_safe_keeps_the_content_and_main_little_else(path: Path) -> None:
    chrome = (*expected(path)["left_out"], CHROME)
    safe, main = (CLEANERS[level].clean_html(path.read_bytes()) for level in ("safe", "main"))
    content = [line for line in lines(safe.original) if line not in chrome]
    assert [line for line in lines(safe.text) if line not in chrome] == content
    if path.stem in ("lists", "news"):  # the others are too little to tell
        assert lines(main.text) == content


@pages
@levels
def test_every_line_that_goes_is_in_the_record_with_who_took_it(path: Path, level: str) -> None:
    cleaned = CLEANERS[level].clean_html(path.read_bytes())
    gone = "".join(edit.before for edit in cleaned.edits)
    left = lines(cleaned.text)
    assert [line for line in lines(cleaned.original) if line not in left] == [
        line for line in lines(gone) if line not in left
    ]
    assert all(edit.by and edit.category for edit in cleaned.edits)
    if level == "main" and path.stem in ("lists", "news"):
        assert by_trafilatura(cleaned)


@pages
def test_the_level_rules_applies_the_rules_to_the_whole_page(path: Path) -> None:
    cleaned = CLEANERS["rules"].clean_html(path.read_bytes())
    as_text = CLEANERS["rules"].clean(cleaned.original)
    assert (cleaned.text, cleaned.edits, cleaned.flags) == (as_text.text, as_text.edits, as_text.flags)
    assert not by_trafilatura(cleaned)
    assert CHROME not in cleaned.text


@pages
@levels
def test_the_clean_text_is_clean(path: Path, level: str) -> None:
    text = CLEANERS[level].clean_html(path.read_bytes()).text
    assert CLEANERS[level].clean(text).text == text


@pages
@levels
def test_a_page_as_str_and_as_bytes(path: Path, level: str) -> None:
    cleaner = CLEANERS[level]
    data = path.read_bytes()
    text = data.decode()
    first = cleaner.clean_html(text)
    assert first.encoding is None
    for other in (data, b"\xef\xbb\xbf" + data, text.encode("utf-16"), text.replace("\n", "\r\n")):
        again = cleaner.clean_html(other)
        assert (again.text, again.edits, again.flags) == (first.text, first.edits, first.flags)
    same = cleaner.clean_bytes(data, kind="html")
    assert same == cleaner.clean_bytes(data) == cleaner.clean_html(data)


def test_the_result_does_not_depend_on_what_was_cleaned_before() -> None:
    contents = [path.read_bytes() for path in PAGES]
    first = [SAFE.clean_html(data) for data in contents]
    for _ in range(3):  # trafilatura's own test for duplicates changes its mind after a few
        assert [SAFE.clean_html(data) for data in reversed(contents)] == first[::-1]


def test_own_rules_count_for_pages_too(tmp_path: Path) -> None:
    rules = tmp_path / "own.toml"
    rules.write_text(OWN_RULES)
    html = page(f"<article><h1>Rain</h1><p>{SENTENCE}</p><p>Own chrome</p><p>{SENTENCE[::-1]}</p></article>")
    cleaned = Cleaner(rules=[rules]).clean_html(html)
    assert [edit.by for edit in cleaned.edits] == ["own/chrome"]


# ── no main content ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("in_doubt")
def test_a_page_without_main_content_is_kept_and_flagged() -> None:
    html = page(f"<p>{SENTENCE}</p><table><tr>", "<td>a</td>" * 1001, "</tr></table>")  # too much for trafilatura
    cleaned = SAFE.clean_html(html)
    assert cleaned.flags == (HTML_FALLBACK,)
    assert SENTENCE in cleaned.text
    assert CLEANERS["rules"].clean_html(html).flags == ()


@pytest.mark.parametrize("body", ["", " ", "<div></div>", "<script>LEAK</script>", "<img src=x alt=LEAK>"])
@levels
def test_a_page_without_text(body: str, level: str) -> None:
    cleaned = CLEANERS[level].clean_html(page(body))
    assert (cleaned.text, cleaned.original, cleaned.flags) == ("", "", (NO_TEXT,))


@pytest.mark.parametrize(
    "body",
    [
        "<p>a &amp;amp; b &#169; x</p>",
        "<label>Your name</label><button>Send</button>",
        "<p>Closed today.</p>",
        "<p>Rain</p>",
        "text alone",
        "<ul><li>one</li><li>two</li></ul>",
    ],
)
def test_a_page_is_never_emptied_without_a_word(body: str) -> None:
    cleaned = SAFE.clean_html(page(body))
    assert cleaned.text or {HTML_FALLBACK, GUARDED, MOSTLY_REMOVED} & set(cleaned.flags)


@pytest.mark.parametrize("html", ["", " \n", b"", b"\xef\xbb\xbf"])
def test_an_empty_page(html: str | bytes) -> None:
    assert SAFE.clean_html(html).text.strip("\ufeff") == ""


@pytest.mark.parametrize("html", ["Just text.\nAnd more.", "<<<>>>", "{}", b"%PDF-1.7"])
def test_what_is_no_page_is_refused_or_text(html: str | bytes) -> None:
    try:
        cleaned = SAFE.clean_html(html)
    except DocumentError as error:
        assert "has no HTML" in str(error)
    else:
        assert cleaned.text


# ── the text of a page ────────────────────────────────────────────────────────────────────────────

LAYOUT = {
    "line breaks": ("<p>a<br>b<br/>c</p>", "a\nb\nc"),
    "paragraphs": ("<p>a</p><p>b</p><div>c</div><div>d</div>", "a\n\nb\n\nc\nd"),
    "white space": ("<p> a \n\t b  <b> c</b> </p>", "a b c"),
    "no-break space": ("<p>5&nbsp;km&nbsp; off</p>", "5 km off"),
    "soft hyphen": ("<p>Don&shy;au\xaddampf</p><p>&shy;</p>", "Donaudampf"),
    "soft hyphen between spaces": ("<p>&shy; a &shy; b &shy;</p>", "a b"),
    "ruby": ("<p><ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>字</p>", "漢字"),
    "after the end": ("<p>a</p></body></html><p>b</p>", "a\n\nb"),
    "entities": ("<p>&lt;b&gt; &amp;amp; &eacute; &#8212; &#x2014;</p>", "<b> &amp; é — —"),
    "inline markup": ("<p>wa<b>te</b>r<sup>2</sup></p>", "water2"),
    "text without a block": ("one<p>two</p>three", "one\n\ntwo\n\nthree"),
    "list": ("<ul><li>a<li>b<ul><li>c</ul></ul>", "a\nb\n\nc"),
    "definition list": ("<dl><dt>a<dd>b</dl>", "a\nb"),
    "table": ("<table><tr><th>a<th>b<tr><td>c<td>d</table>", "a | b\nc | d"),
    "empty cell": ("<table><tr><td><td>b</table>", "b"),
    "hidden": ("<p>a</p><p hidden>LEAK</p><div style='display : NONE'><p>LEAK</p></div>b", "a\n\nb"),
    "comment in a word": ("<p>wa<!-- LEAK -->ter</p>", "water"),
    "processing instruction": ("<p>wa<?php LEAK ?>ter</p>", "water"),
    "script in a word": ("<p>wa<script>LEAK</script>ter</p>", "water"),
    "template": ("<template><p>LEAK</p></template>a", "a"),
    "form fields": ("<textarea>LEAK</textarea><select><option>LEAK</select><input value=LEAK>a", "a"),
    "drawing": ("<svg><title>LEAK</title><text>LEAK</text></svg>a", "a"),
    "pre": ("<pre>a\n  b\n\n\n    c  d\n</pre>", "a\n  b\n\n\n    c  d"),
    "pre in a list": ("<ul><li>a<pre>b\n c</pre></ul>", "a\n\nb\n c"),
    "markup in pre": ("<pre><code><b>a</b>\n  <i>b</i>\n</code></pre>c", "a\n  b\n\nc"),
    "pre with CRLF": ("<pre>a\r\n b\r\n</pre>", "a\n b"),
    "hidden pre": ("<pre hidden>LEAK</pre><p>a  b</p>", "a b"),
    "other line separators": ("<p>a\u2028b\x85c</p>", "a\u2028b\x85c"),
    "right to left": ("<p dir=rtl>שלום <bdi>abc</bdi></p>", "שלום abc"),
    "cell with a block": ("<table><tr><td>a<td><p>b</table>", "a\n\nb"),
    "cell with breaks": ("<table><tr><td>a<br>b<td><ul><li>c</ul></table>", "a\nb\n\nc"),
    "center": ("<center>a</center>b", "a\nb"),
    "menu": ("<menu><li>a</menu>b", "a\n\nb"),
    "buttons": ("<label>Your name</label><button>Send</button>", "Your name Send"),
}


@pytest.mark.parametrize(("body", "text"), LAYOUT.values(), ids=LAYOUT)
def test_the_text_of_a_page(body: str, text: str) -> None:
    assert SAFE.clean_html(page(body)).original == text


def test_the_judge_sees_the_same_attributes_whatever_separates_them() -> None:
    html = page(f"<div class='post\n  wide' id='a\n'><p class='lead\n'>{SENTENCE}</p><p class=b>{SENTENCE}</p></div>")
    one_line = html.replace("\n", " ")
    assert lay_out(parse(html)) == lay_out(parse(one_line))
    assert CLEANERS["main"].clean_html(html) == CLEANERS["main"].clean_html(one_line)


UNSEEN = {
    "head": "<head><title>LEAK</title><meta name=description content=LEAK></head>",
    "title in the body": "<title>LEAK</title>",
    "script": "<script>LEAK</script>",
    "script of another type": "<script type='text/template'><p>LEAK</p></script>",
    "JSON-LD": '<script type=\'application/ld+json\'>{"@type": "LEAK"}</script>',
    "style": "<style>.a::after { content: 'LEAK' }</style>",
    "comment": "<!-- <p>LEAK</p> -->",
    "conditional comment": "<!--[if lt IE 9]><p>LEAK</p><![endif]-->",
    "processing instruction": "<?xml LEAK ?>",
    "noscript": "<noscript><p>LEAK without JavaScript</p></noscript>",
    "noframes": "<noframes><p>LEAK</p></noframes>",
    "noembed": "<noembed>LEAK</noembed>",
    "template": "<template><div><p>LEAK</p></div></template>",
    "textarea": "<textarea><p>LEAK</p></textarea>",
    "select": "<select><optgroup label=LEAK><option value=LEAK selected>LEAK</option></optgroup></select>",
    "option alone": "<option>LEAK</option>",
    "data list": "<datalist><option>LEAK</option></datalist>",
    "iframe": "<iframe src=LEAK srcdoc='<p>LEAK</p>'><p>LEAK</p></iframe>",
    "object": "<object data=LEAK><param name=LEAK value=LEAK><p>LEAK</p></object>",
    "embed": "<embed src=LEAK title=LEAK>",
    "svg": "<svg aria-label=LEAK><title>LEAK</title><desc>LEAK</desc><g><text x=1>LEAK</text></g></svg>",
    "svg with HTML": "<svg><foreignObject><p>LEAK</p></foreignObject></svg>",
    "audio": "<audio><source src=LEAK><p>LEAK</p></audio>",
    "video": "<video poster=LEAK><track label=LEAK><p>LEAK</p></video>",
    "canvas": "<canvas><p>LEAK</p></canvas>",
    "picture": "<picture><source srcset=LEAK><img alt=LEAK title=LEAK src=LEAK></picture>",
    "image map": "<map name=LEAK><area alt=LEAK href=LEAK></map>",
    "input": "<input value=LEAK placeholder=LEAK title=LEAK aria-label=LEAK name=LEAK>",
    "hidden input": "<input type=hidden value=LEAK>",
    "submit": "<input type=submit value=LEAK>",
    "attributes": "<span title=LEAK aria-label=LEAK aria-description=LEAK data-x=LEAK lang=LEAK></span>",
    "attributes of a link": "<a href=LEAK title=LEAK download=LEAK></a>",
    "attributes of a cell": "<table summary=LEAK><tr><td headers=LEAK abbr=LEAK></table>",
    "hidden": "<div hidden><p>LEAK<b>LEAK</b></p>LEAK</div>",
    "hidden in words": '<p HIDDEN="hidden">LEAK</p>',
    "hidden by a style": "<div style='color: red; DISPLAY :\tnone !important'><p>LEAK</p></div>",
    "hidden by a style over lines": "<div style='display:\n  none;'>LEAK</div>",
    "hidden in hidden": "<div hidden><div style='display:block'>LEAK</div></div>",
    "hidden row": "<table><tr hidden><td>LEAK</td></tr></table>",
    "closed dialog": "<dialog><p>LEAK</p></dialog>",
    "hidden dialog": "<div role=dialog class=panel hidden aria-labelledby=t><p>LEAK</p></div>",
    "hidden window": "<div class='modal collapse-panel' hidden><p>LEAK</p></div>",
    "hidden menu": "<ul class='dropdown-menu' aria-labelledby=button style='display:none'><li>LEAK</ul>",
    "hidden menu that unfolds": "<div class='navbar-collapse collapse' hidden><a href=x>LEAK</a></div>",
    "hidden menu by its id": "<ul id=nav-toggle hidden><li>LEAK</ul>",
    "hidden menu by its role": "<ul role=menu class=expanded hidden><li>LEAK</ul>",
    "hidden tip": "<span role=tooltip class=toggle hidden>LEAK</span>",
    "hidden by React, but not streamed": "<div hidden id=s1>LEAK</div>",
}


@pytest.mark.parametrize("body", UNSEEN.values(), ids=UNSEEN)
@pytest.mark.parametrize("level", ["rules", "safe"])
def test_what_readers_do_not_see_is_not_in_the_text(body: str, level: str) -> None:
    assert CLEANERS[level].clean_html(page(body, f"<p>{SENTENCE}</p>", body)).original == SENTENCE
    within = CLEANERS[level].clean_html(page(f"<p>{SENTENCE[:-4]}<b>", body, f"</b>{SENTENCE[-4:]}</p>")).original
    assert within.replace("\n", "") == SENTENCE


SEEN = {
    "tab": "<div role=tabpanel hidden><p>a</p></div>",
    "tab by its class": "<div class='tab-pane fade' style='display: none'><p>a</p></div>",
    "panel of a tab": "<div class='tab__content' hidden><p>a</p></div>",
    "accordion": "<div class=accordion-body hidden><p>a</p></div>",
    "answer": "<div id=faq-7-text style='display:none'><p>a</p></div>",
    "answer by its data": "<div itemprop=acceptedAnswer hidden><p>a</p></div>",
    "what a heading unfolds": "<h3 id=h></h3><div aria-labelledby=h hidden><p>a</p></div>",
    "collapsed text": "<div class=collapse style='display:none'><p>a</p></div>",
    "carnaval": "<div class='carnaval-panel' hidden><p>a</p></div>",
    "details": "<details><summary></summary><p>a</p></details>",
    "open dialog": "<dialog open><p>a</p></dialog>",
    "streamed by React": '<div hidden id="S:1"><p>a</p></div>',
    "streamed by React, tenth": '<div hidden id="S:a"><p>a</p></div>',
    "noscript alone": "<script>LEAK</script><noscript><p>a</p></noscript>",
    "noscript beside nothing": "<div><img alt=LEAK></div><noscript><p>a</p></noscript><div hidden>LEAK</div>",
}


@pytest.mark.parametrize("body", SEEN.values(), ids=SEEN)
def test_what_readers_can_come_to_see_is_in_the_text(body: str) -> None:
    assert CLEANERS["rules"].clean_html(page(body)).original == "a"


cases = {name: read_cases("html", name) for name in ("formulas", "chrome", "read")}


@pytest.mark.parametrize("case", cases["formulas"] + cases["read"], ids=lambda case: case["name"])
def test_what_is_read_of_a_page(case: dict[str, str]) -> None:
    cleaned = CLEANERS["rules"].clean_html(case["html"])
    assert (cleaned.text, cleaned.flags) == (case["text"], () if case["text"] else (NO_TEXT,))


@pytest.mark.parametrize("case", cases["chrome"], ids=lambda case: case["name"])
def test_chrome_that_the_markup_names(case: dict[str, Any]) -> None:
    cleaned = CLEANERS["rules"].clean_html(case["html"])
    assert (cleaned.original, cleaned.text) == (case["text"], case.get("clean", case["text"]))
    assert [edit.by for edit in cleaned.edits] == case.get("by", [])
    assert cleaned.restore() == cleaned.original
    assert apply(cleaned.original, cleaned.edits) == cleaned.text


@pytest.mark.parametrize("case", cases["chrome"], ids=lambda case: case["name"])
def test_chrome_that_the_markup_names_in_markdown(case: dict[str, Any]) -> None:
    cleaned = Cleaner("rules", markdown=True).clean_html(case["html"])
    assert words(markdown_it.seen(cleaned.text)) == words(case.get("clean", case["text"]))
    assert {edit.by for edit in cleaned.edits} == set(case.get("by", []))


@pytest.mark.parametrize("mark", MARKUP.values(), ids=MARKUP)
def test_every_kind_of_chrome_in_the_markup_can_be_kept(mark: Mark) -> None:
    (case, *_) = [case for case in cases["chrome"] if mark.rule in case.get("by", ())]
    for cleaner in (Cleaner("rules", disable=[mark.rule]), Cleaner("rules", keep_categories=[mark.category])):
        assert mark.rule not in {edit.by for edit in cleaner.clean_html(case["html"]).edits}
    with pytest.raises(SettingsError, match="there is no rule"):
        Cleaner(disable=["markup/none"])


def test_what_a_rule_protects_is_protected_from_the_markup(tmp_path: Path) -> None:
    rules = tmp_path / "own.toml"
    rules.write_text(OWN_RULES + '\n[[keep]]\nlines = """\nTil efnis\n"""\n')
    html = page(f"<a class=skip-link href=#a>Til efnis</a><p>{SENTENCE}</p><a class=skip-link href=#a>Upp</a>")
    assert Cleaner("rules", rules=[rules]).clean_html(html).text == f"Til efnis\n\n{SENTENCE}"


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


@pages
@levels
def test_markdown_of_a_page_is_the_same_lines_with_marks(path: Path, level: str) -> None:
    plain, marked = (Cleaner(level, markdown=each).clean_html(path.read_bytes()) for each in (False, True))  # type: ignore[arg-type]
    assert words(markdown_it.seen(marked.original)) == words(plain.original)
    assert words(markdown_it.seen(marked.text)) == words(plain.text)
    assert marked.restore() == marked.original
    again = Cleaner(level, markdown=True).clean(marked.text)  # type: ignore[arg-type]
    assert again.text == marked.text


CODE = """def f(x):
    if x:
        return {

            "a": 1,
        }

    return (
        x
    )
"""


def test_pre_keeps_its_lines_at_the_level_rules() -> None:
    html = page(f"<main><h1>How it works</h1><p>{SENTENCE}</p><pre>{CODE}</pre><p>{SENTENCE}</p></main>")
    assert f"\n\n{CODE}\n" in CLEANERS["rules"].clean_html(html).text


@pytest.mark.parametrize("level", ["safe", "main"])
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"<pre>{CODE}</pre>", id="code"),
        pytest.param("<p>* * *</p>", id="asterisks"),
        pytest.param("<p>…</p>", id="ellipsis"),
        pytest.param("<p>🌧🌧</p>", id="emoji"),
        pytest.param("<pre>a | b\n--+--\nc | d\n</pre>", id="drawing"),
    ],
)
def test_content_without_words_is_kept_between_content(body: str, level: str) -> None:
    paragraphs = [f"<p>{i} days ago: {SENTENCE}</p>" for i in range(6)]
    html = page("<article><h1>Rain</h1>", *paragraphs[:3], body, *paragraphs[3:], "</article>")
    assert not CLEANERS[level].clean_html(html).edits


def test_a_page_with_an_xml_declaration() -> None:
    text = "Größe ohne Maß, und das Wasser stieg drei Tage lang über die alte Brücke."
    html = f'<?xml version="1.0" encoding="iso-8859-1"?>\n{page(f"<p>{text}</p>")}'
    assert SAFE.clean_html(html).text == text, "a str has been decoded, whatever it declares"
    assert SAFE.clean_html(html.encode("iso-8859-1")).text == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<!doctype html><title>t</title><main><p>One.</p></main>", "One."),
        ("<title>t</title><article>One.<p>Two.</p></article> Three.", "One.\n\nTwo.\n\nThree."),
        ("<meta charset=utf-8><title>t</title><my-app><p>One.</p></my-app><footer>Two.</footer>", "One.\n\nTwo."),
        (
            "<head><title>t</title><section>One.</section></head><body>Two.<p>Three.</p></body>",
            "One.\n\nTwo.\n\nThree.",
        ),
        ("<title>t</title>One.<main>Two.</main>", "One.\n\nTwo."),
        ("<head><title>t</title><noscript>No.</noscript><script>no()</script></head><p>One.</p>", "One."),
    ],
)
def test_a_body_without_a_tag_of_its_own(html: str, text: str) -> None:
    assert Cleaner("rules").clean_html(html).original == text


@pytest.mark.parametrize("case", read_cases("html_headlines"), ids=lambda case: case["name"])
def test_the_headline_of_a_page(case: dict[str, Any]) -> None:
    page = html_page.read(case["html"], main_content=True)
    assert [page.lines[line] for line in sorted(page.headline)] == case["headline"]
