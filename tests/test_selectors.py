"""Selectors of rules: which elements they name, what goes of a page then, and that the time is linear."""

from __future__ import annotations

import pickle
import re
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from lxml import html as lxml_html

from cleaner import Cleaned, Cleaner
from cleaner.errors import SettingsError
from cleaner.html.boxes import MAX_BOXES, Boxes
from cleaner.html.layout import lay_out
from cleaner.html.page import read
from cleaner.html.parse import parse
from cleaner.rules import css
from cleaner.rules.engine import Ruleset
from cleaner.rules.prepare import prepare_shipped
from cleaner.selectors import SelectorTables, Step
from tests.cases import read_cases
from tests.support import call

HEADER = '[pack]\nformat = 1\nid = "own"\n'
PROSE = "The harbour master said on Tuesday that it was not the wind that had stopped the boats."
MORE = "He would not say what it was, and walked back to his office at the end of the pier."


def tables_of(*selectors: str) -> SelectorTables:
    builder = css.Builder()
    for role, each in enumerate(selectors):
        builder.add([each], role)
    return builder.tables


def rule(selectors: list[str], more: str = "", rule_id: str = "box") -> str:
    return f'[[rule]]\nid = "{rule_id}"\ncategory = "consent"\nselectors = {selectors}\n{more}\n'


def cleaner(tmp_path: Path, text: str, level: str = "rules", *, head: str = HEADER, name: str = "own") -> Cleaner:
    path = tmp_path / f"{name}.toml"
    path.write_text(head + text)
    return Cleaner(level, rules=[path])  # type: ignore[arg-type]


def reasons(cleaned: Cleaned) -> list[tuple[str, str | None]]:
    return [(edit.by, edit.element) for edit in cleaned.edits]


CASES = [
    (case["html"], selector, names)
    for case in read_cases("selectors")
    for selector, names in case["names"].items()  # type: ignore[attr-defined]
]


@pytest.mark.parametrize(("html", "selector", "names"), CASES)
def test_what_a_selector_names(html: str, selector: str, names: str) -> None:
    tree = lxml_html.document_fromstring(html)
    boxes = Boxes([tables_of(selector)])
    found = []
    path = [(None, (0, 0))]
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if event == "start":
            before = len(boxes.hits)
            path.append(boxes.enter(element.tag, dict(element.items()), *path[-1]))  # type: ignore[arg-type]
            found += [element.get("n")] * (len(boxes.hits) - before)
        else:
            path.pop()
    assert sorted(found) == names.split()


SIMPLE = st.sampled_from(["div", "p", "i", "#a", "#b", ".a", ".b", ".c", "[x]", '[x="1"]', '[x^="1"]', '[x~="2"]'])
COMPOUND = st.one_of(SIMPLE, st.builds("{}{}".format, SIMPLE, st.sampled_from([".a", ".b", "[x]"])))
SELECTOR = st.lists(COMPOUND, min_size=1, max_size=4).flatmap(
    lambda parts: st.lists(st.sampled_from([" ", " > "]), min_size=len(parts) - 1, max_size=len(parts) - 1).map(
        lambda joints: "".join(map("".join, zip(parts, [*joints, ""], strict=True)))
    )
)
ATTRIBUTES = st.sampled_from(
    ["", " id=a", " id=b class='a b'", " class=a", " class='c b a'", " x", " x='1 2'", " x=1"]
)
PAGE = st.recursive(
    st.just("t"),
    lambda inner: st.builds(
        lambda tag, own, parts: f"<{tag}{own}>{''.join(parts)}</{tag}>",
        st.sampled_from(["div", "i"]),
        ATTRIBUTES,
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=12,
)


@given(st.lists(SELECTOR, min_size=1, max_size=5), PAGE)
def test_the_same_elements_as_xpath_names(selectors: list[str], page: str) -> None:
    """What cssselect makes of a selector for lxml names the same text, ancestors and all."""
    import cssselect

    tree = lxml_html.document_fromstring(f"<div>{page}</div>")
    layout = lay_out(tree, selectors=[tables_of(*selectors)])
    places: dict[int, int] = {}
    for box in layout.boxes:
        role = layout.hits[box.hit].role
        places[role] = places.get(role, 0) + layout.lines[box.line][box.start : box.end].count("t")
    elements = list(tree.iter())
    for role, selector in enumerate(selectors):
        named = tree.xpath(cssselect.HTMLTranslator().css_to_xpath(selector))
        found = {each for one in named for each in one.iter()}
        texts = sum((each.text or "").count("t") for each in elements if each in found)
        tails = sum((each.tail or "").count("t") for each in elements if each.getparent() in found)
        assert places.get(role, 0) == texts + tails, selector


@pytest.mark.parametrize(
    ("selector", "why"),
    [
        ("a:hover", "has more than tags, ids, classes and attributes; use types"),
        ("a::before", "has a pseudo-element; use types"),
        ("a + b", "has the combinator '+'; use types"),
        ("a ~ b", "has the combinator '~'; use types"),
        ("svg|a", "has a namespace; use types"),
        ("[lang|=en]", "has the operator '|='; use types"),
        ("*", "names any element by *; name an id"),
        ("#a > *", "names any element by *; name an id"),
        ("", "cannot be read"),
        ("a >", "cannot be read"),
        (".1a", "cannot be read"),
        ("x" * 1001, "has 1,001 characters"),
        (" ".join("abcdefghi"), "names 9 elements within each other"),
        (".a" * 9, "asks 9 things of one element"),
        (":not(" * 100, "cannot be read"),
    ],
)
def test_what_is_no_selector_is_refused(selector: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        cleaner(tmp_path, f"[[rule]]\nid = 'box'\ncategory = 'x'\nselectors = ['''{selector}''']\n")
    assert re.search(r"own\.toml:7: the selector .* " + re.escape(why), str(caught.value))
    assert "; " in str(caught.value)


@given(st.text(max_size=30))
def test_any_text_is_a_selector_or_refused(text: str) -> None:
    try:
        css.parse(text)
    except css.BadSelector as error:
        assert "; " in str(error)
        assert "\n" not in str(error)


@pytest.mark.parametrize("level", ["rules", "safe", "main"])
def test_whole_lines_and_parts_go_and_say_which_element(level: str, tmp_path: Path) -> None:
    own = cleaner(tmp_path, rule(["#box", "b.hint"]), level)
    html = (
        f'<p>{PROSE}</p><div id="box" class="wide open"><p>Accept them all</p><p>Or none</p></div>'
        f'<p>{MORE} <b class="hint">Tell me more</b></p>'
    )
    cleaned = own.clean_html(html)
    assert cleaned.text == f"{PROSE}\n\n{MORE}"
    assert {by for by, _ in reasons(cleaned)} == {"own/box"}
    assert [element for _, element in reasons(cleaned)] == ["div#box.wide.open", "b.hint"] or level
    assert cleaned.restore() == cleaned.original
    assert Cleaned.from_dict(cleaned.to_dict()) == cleaned


def test_on_a_text_they_do_nothing(tmp_path: Path) -> None:
    assert cleaner(tmp_path, rule(["p"])).clean("p\n#box\ndiv#box p").edits == ()


def test_cells_go_with_their_separators(tmp_path: Path) -> None:
    html = f"<p>{PROSE}</p><table><tr><td>one<td class=x>two<b>three</b><td>four</table>"
    assert cleaner(tmp_path, rule([".x"])).clean_html(html).text.splitlines()[-1] == "one | four"
    html = f"<p>{PROSE}</p><table><tr class=x><td>one<td>two<td>four</table>"
    assert cleaner(tmp_path, rule([".x"])).clean_html(html).text == PROSE


def test_siblings_that_make_up_a_line_take_it(tmp_path: Path) -> None:
    html = f"<p>{PROSE}</p><p><b class=x>one</b> <i class=x>two</i><button class=x>three</button></p>"
    assert cleaner(tmp_path, rule([".x"])).clean_html(html).text == PROSE


def test_markdown(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(HEADER + rule([".x"]))
    html = f"<h2 class=x>Cookies</h2><p>{PROSE} <b>So</b> <em class=x>Accept</em></p><ul class=x><li><b>One</b></ul>"
    assert Cleaner("rules", rules=[path], markdown=True).clean_html(html).text == f"{PROSE} **So**"


def test_options_of_rules(tmp_path: Path) -> None:
    page = f"<p class=x>In front</p><p>{PROSE}</p><p class=x>Never this</p><p>{MORE}</p><p class=x>Behind</p>"

    def left(more: str, head: str = HEADER, **known: str) -> list[str]:
        text = cleaner(tmp_path, rule([".x"], more), head=head).clean_html(page, **known).text
        return [line for line in text.splitlines() if line and line not in (PROSE, MORE)]

    assert left("") == []
    assert left('zone = "tail"') == ["In front", "Never this"]
    assert left('zone = "head"') == ["Never this", "Behind"]
    assert left('unless = ["never .{1,9}"]') == ["Never this"]
    assert left('confidence = "guess"') == ["In front", "Never this", "Behind"]
    assert left('status = "trial"') == ["In front", "Never this", "Behind"]
    hosts = HEADER + 'hosts = ["gazette.example"]\n'
    assert len(left("", hosts)) == 3
    assert len(left("", hosts, url="https://else.example/")) == 3
    assert left("", hosts, url="https://www.gazette.example/") == []
    clues = HEADER + f'clues = ["{MORE}"]\n'
    assert left("", clues) == []
    assert len(left("", clues.replace("pier", "quay"))) == 3
    assert len(left('langs = ["de"]', lang="en")) == 3


def test_disable_and_categories(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(HEADER + rule([".x"]))
    html = f"<p class=x>Skip to content</p><p>{PROSE}</p>"
    assert Cleaner("rules", rules=[path]).clean_html(html).text == PROSE
    by_line = Cleaner("rules", rules=[path], disable=["own/box"]).clean_html(html)
    assert [by for by, _ in reasons(by_line)] != ["own/box"]
    kept = Cleaner("rules", rules=[path], keep_categories=["consent"]).clean_html(html)
    assert kept.text.startswith("Skip to content")


@pytest.mark.parametrize("level", ["rules", "safe", "main"])
def test_what_is_kept_stays(level: str, tmp_path: Path) -> None:
    """It stays in all passes: against rules for lines, against selectors, against the judge, as a part of a line."""
    keep = '[[keep]]\nselectors = [".stay"]\n'
    own = cleaner(tmp_path, rule(["#box"]) + keep, level)
    html = (
        f"<div id=box><p>Accept</p><p class=stay>Our cookies are baked daily</p></div><p>{PROSE}</p><p>{MORE}</p>"
        f"<ul class=stay><li>Share this</li><li>Home</li></ul><p>Print <b class=stay>this page</b></p>"
        f"<p>Share this</p>"
    )
    lines = own.clean_html(html).text.splitlines()
    assert [line for line in lines if line] == [
        *("Our cookies are baked daily", PROSE, MORE, "* Share this"[2:], "Home", "Print this page"),
    ]


def test_protections_have_scopes_and_rules(tmp_path: Path) -> None:
    html = f"<p class=x>Accept</p><p>{PROSE}</p>"
    for keep, stays in (
        ('rules = ["own/*"]', True),
        ('rules = ["judge"]', False),
        ('hosts = ["gazette.example"]', False),
        ('langs = ["de"]', False),
        ('files = ["poems/**"]', False),
    ):
        own = cleaner(tmp_path, rule([".x"]) + f'[[keep]]\nselectors = [".x"]\n{keep}\n')
        assert own.clean_html(html, lang="en").text.startswith("Accept") is stays, keep


def test_the_guard_has_a_say_if_nearly_all_would_go(tmp_path: Path) -> None:
    own = cleaner(tmp_path, rule([".cookie"]))
    inner = "".join(f"<p>{PROSE}</p><p>{MORE}</p>" for _ in range(10))
    cleaned = own.clean_html(f"<div class=cookie>{inner}</div><p>Home of it</p>")
    assert cleaned.flags == ("guarded",)
    assert PROSE in cleaned.text
    again = own.clean(cleaned.text)
    assert again.text == cleaned.text
    whole = own.clean_html(f"<body class=cookie><p>{PROSE}</p></body>")
    assert whole.text == PROSE
    assert whole.flags == ()


def test_host_packs(tmp_path: Path) -> None:
    folder = tmp_path / "hosts"
    folder.mkdir()
    head = '[pack]\nformat = 1\nid = "gazette.example"\nhosts = ["gazette.example"]\n'
    (folder / "gazette.example.toml").write_text(head + rule([".x"]))
    own = Cleaner("rules", rules=[tmp_path])
    html = f"<p class=x>Accept</p><p>{PROSE}</p>"
    assert own.clean_html(html, url="https://gazette.example/1").text == PROSE
    assert own.clean_html(html, url="https://else.example/1").edits == ()
    assert own.clean_html(html).edits == ()


def test_fingerprint_and_pickle(tmp_path: Path) -> None:
    one, other = (cleaner(tmp_path, rule([f".{name}"])) for name in "xy")
    assert one.fingerprint != other.fingerprint
    html = f"<p class=x>Accept</p><p>{PROSE}</p>"
    assert pickle.loads(pickle.dumps(one)).clean_html(html) == one.clean_html(html)


def steps(html: str, tables: SelectorTables) -> int:
    """Return how many lines of Python run in the room of pages until a page is laid out."""
    tree, count = parse(html), 0

    def trace(frame: object, event: str, _: object) -> object:
        nonlocal count
        count += event == "line"
        return trace

    sys.settrace(trace)  # type: ignore[arg-type]
    try:
        lay_out(tree, selectors=[tables])
    finally:
        sys.settrace(None)
    return count


MANY = [f".a{i} > .b .c" for i in range(90)] + [f".c.d{i}" for i in range(90)] + ["i i i i i i i i", "[x] b > i"]


@pytest.mark.parametrize(
    "page",
    [
        lambda n: "<p class='c b a1' x=1>t</p>" * n,
        lambda n: "<div class='a1 b c' x=2>" * min(n, 1900) + "<i>t</i>" * n,
        lambda n: "<div class=a1><i class=b><b class=c>t</b></i></div>" * n,
        lambda n: f"<div class='{' '.join(f'a{i}' for i in range(90))}'>" + "<i x class='b c'>t</i>" * n,
    ],
)
def test_operations_grow_with_the_elements(page) -> None:  # type: ignore[no-untyped-def]
    tables = tables_of(*MANY)
    small, large = (steps(page(n), tables) for n in (200, 1600))
    assert large < 9 * small


def test_operations_do_not_depend_on_the_depth() -> None:
    """Each of the elements costs the same below 20 others as below 2,000."""
    tables = tables_of(*MANY)
    costs = []
    for depth in (20, 2000):
        around = "<div class='a1 b' x=1>" * depth
        costs.append(steps(around + "<b class=c><i>t</i></b>" * 500, tables) - steps(around, tables))
    assert costs[1] < 1.1 * costs[0]


def test_texts_in_many_boxes() -> None:
    tables = tables_of(*(f".a{i}" for i in range(100)))
    html = "".join(f"<i class=a{i}>" for i in range(100)) + "t"
    layout = lay_out(parse(html), selectors=[tables])
    assert len(layout.hits) == MAX_BOXES
    assert len(layout.boxes) == MAX_BOXES


@pytest.mark.slow
def test_a_million_elements() -> None:
    ruleset = Ruleset([prepare_shipped().prepared()], "main", trusted=1)
    html = "<p class='a b sharedaddy'>t</p>" * 1_000_000
    page = read(html, main_content=False, selectors=ruleset.selectors(None))
    assert len(page.layout.hits) == 1_000_000


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (rule([f".a{i} .b" for i in range(101)]), "101 selectors ask for 'b', and the limit is 100; remove some"),
        (
            "".join(rule([f".a{i} .b{i} .c{i}" for i in range(k, k + 300)], rule_id=f"r{k}") for k in (0, 300)),
            "the selectors have 1,200 spaces and > between compounds, and the limit is 1,000; remove some",
        ),
        (rule([".x"], "weak = true"), "'weak' goes with 'lines', 'patterns' and 'collapse', not with 'selectors'"),
        (rule([".x"], "max_chars = 20"), "an element may have lines of any length; remove 'max_chars'"),
        (
            '[[rule]]\nid="a"\ncategory="b"\nlines="Cookie wall"\nkeeps_html="<p>"',
            "'keeps_html' goes with 'selectors'",
        ),
        (rule([".x"], 'lines = "a"'), "a rule has exactly one of"),
    ],
)
def test_packs_that_are_refused(text: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        cleaner(tmp_path, text)
    assert what in str(caught.value)


def test_commands_show_the_element(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(HEADER + rule(["#box"]))
    (tmp_path / "page.html").write_text(f"<p>{PROSE}</p><p>{MORE}</p><div id=box class=wide>Accept them</div>")
    assert "own/box div#box.wide]" in call("rules", "try", "own.toml", "page.html", cwd=tmp_path).out
    assert "own/box div#box.wide]" in call("explain", "--rules", "own.toml", "page.html", cwd=tmp_path).out
    assert "    div#box.wide\n" in call("rules", "coverage", "--rules", "own.toml", "page.html", cwd=tmp_path).out
    assert "1 selector\n" in call("rules", "list", "--rules", "own.toml", "--category", "consent", cwd=tmp_path).out


FIRST = Step("", [], [], -1, False, -1, False, 0)


@pytest.mark.parametrize(
    "forged",
    [
        SelectorTables(by_id={"a": [1]}),
        SelectorTables([msgspec.structs.replace(FIRST, role=9_999_999)], by_id={"a": [0]}),
        SelectorTables([msgspec.structs.replace(FIRST, needs=5)], by_start={"id": {"a": [0]}}),
        [1, 2],
        "",
    ],
)
def test_tables_that_somebody_forged_are_an_error(forged: object) -> None:
    prepared = prepare_shipped().prepared()
    forged_packs = msgspec.structs.replace(prepared, selectors=msgspec.Raw(msgspec.msgpack.encode(forged)))
    with pytest.raises(SettingsError):
        Ruleset([forged_packs], "main", trusted=1).selectors(None)
