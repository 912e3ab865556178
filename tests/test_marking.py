"""Looking up and marking: what rules do together, and the parts that find blocks, copies and prose."""

from __future__ import annotations

from bisect import bisect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.marks import Marks
from cleaner.rules import blocks, checks, ids, marking, repeats, shapes, zones
from cleaner.rules import pack as packs
from cleaner.rules.engine import Ruleset
from cleaner.rules.prepare import compile_packs
from tests import strategies
from tests.cases import read_cases

PARSED = [checks.parse(source, trusted=True) for source in packs.builtin()]
PROSE = "The ferry to the island was late again, and nobody on the pier seemed to mind."


def in_order(marks: Marks) -> tuple[object, ...]:
    """Return marks in a form that does not depend on the order in which they were made."""
    lines, spans = ({i: sorted(found) for i, found in each.items()} for each in (marks.lines, marks.spans))
    return lines, spans, sorted(marks.spared), sorted(marks.copied)


PHASES = """
[pack]
format = 1
id = "ferry"
[[rule]]
id = "skip"
category = "navigation"
lines = "Skip to content"
[[rule]]
id = "menu"
category = "navigation"
weak = true
lines = "Menu"
[[rule]]
id = "more"
category = "related"
cut = "more stories"
"""


def test_the_example_of_the_phases() -> None:
    _, _, example = (marking.__doc__ or "").partition("marks each line:\n\n")
    lines = [line[4:61].rstrip() for line in example.rstrip("\n").split("\n")]
    phases = [line[61:62] for line in example.rstrip("\n").split("\n")]
    ruleset = Ruleset([compile_packs([checks.parse(packs.Source("ferry.toml", PHASES))])])
    marks = ruleset.mark(lines, ruleset.look_up(lines)).lines
    rules = {"1": ["ferry/skip"], "4": ["ferry/menu"], "3": ["ferry/more"], " ": []}
    assert len(lines) == 6
    assert [[mark.rule for mark in marks.get(i, ())] for i in range(6)] == [rules[phase] for phase in phases]


def test_the_example_of_the_zones() -> None:
    _, _, example = (zones.__doc__ or "").partition("Example:\n\n")
    lines = [line[4:61].rstrip() for line in example.rstrip("\n").split("\n")]
    found = zones.find_zones(lines, ())
    assert found == (2, 5, 2, 4)
    assert [i for i in range(6) if found.holds(i, "head")] == [0, 1]
    assert [i for i in range(6) if found.holds(i, "tail")] == [5]
    assert zones.find_zones(lines, (2, 4)) == zones.NO_ZONES


def test_the_example_of_the_shapes() -> None:
    _, _, example = (shapes.__doc__ or "").partition("may be a menu.\n\n")
    lines = example.rstrip("\n").split("\n")
    prices, names = [line[4:35].rstrip() for line in lines], [line[35:] for line in lines]
    assert shapes.end_of_lists(prices, range(4), ()) == 4
    assert shapes.end_of_lists(names, range(4), ()) == 0


@pytest.mark.parametrize("case", read_cases("shapes"), ids=lambda case: case["name"])
def test_lists_and_verse(case: dict[str, str]) -> None:
    lines = ["Boats", *case["text"].replace("LONG", "boats and ferries " * 12).split("\n"), "Piers"]
    chrome = {i for i, line in enumerate(lines) if line == "CHROME"}
    end = shapes.end_of_lists(lines, range(len(lines)), chrome)
    assert end == (len(lines) - 1 if case["is"] == "content" else 0)


TWICE = "[pack]\nformat = 1\nid = 'ferry'\n[[rule]]\nid = 'twice'\ncategory = 'repeat'\ncollapse = true\n"


@pytest.mark.parametrize(
    ("lines", "gone", "left"),
    [
        (["News", "The ferry was late again", "The ferry was late again", PROSE], [2], [1]),
        (["新聞", "渡輪星期二又遲到了", "", "渡輪星期二又遲到了", PROSE], [3], [1]),
        ([PROSE, "", "The ferry at the quay", "The ferry at the quay", "", PROSE], [3], []),  # a caption
        (["• The ferry was late again", "• The ferry was late again", PROSE], [1], []),  # a teaser
    ],
)
def test_the_judge_leaves_a_headline_whose_copy_goes(lines: list[str], gone: list[int], left: list[int]) -> None:
    ruleset = Ruleset([compile_packs([checks.parse(packs.Source("ferry.toml", TWICE))])])
    marks = ruleset.mark(lines, ruleset.look_up(lines))
    assert list(marks.lines) == gone
    assert list(marks.copied) == left


@pytest.mark.parametrize(
    ("rule_id", "glob", "wanted"),
    [
        ("share/links", "share/links", True),
        ("share/links", "share/link", False),
        ("share/links", "share/*", True),
        ("share/links", "*links", True),
        ("share/links", "share", False),
        ("share/links", "share/link?", False),
        ("share/links", "Share/*", False),
    ],
)
def test_what_a_glob_names(rule_id: str, glob: str, *, wanted: bool) -> None:
    assert ids.fits(rule_id, glob) == wanted


def test_old_ids_name_a_rule() -> None:
    info = packs.PackInfo(1, "share")
    rule = packs.Rule("links", "share", lines="Share this", replaces=["social/links"])
    pack = packs.Pack(info, rule=[rule])
    for glob in ("share/links", "social/links", "social/*"):
        assert ids.names_rule(["x/*", glob], pack, rule)
        assert not Ruleset([compile_packs([pack])], disable=[glob]).active_ids
    assert not ids.names_rule(["x/*"], pack, rule)
    assert Ruleset([compile_packs([pack])]).active_ids == {"share/links"}


def test_order_of_packs_and_rules_does_not_matter() -> None:
    text = "\n".join([*strategies.CHROME[:200], PROSE, *strategies.CHROME[200:]])
    lines = text.split("\n")
    forth = Ruleset([compile_packs(PARSED)], "main")
    back = Ruleset([compile_packs([_reversed(pack) for pack in reversed(PARSED)])], "main")
    one, two = (in_order(ruleset.mark(lines, ruleset.look_up(lines))) for ruleset in (forth, back))
    assert one == two


EXTRA = """
[pack]
format = 1
id = "own"
[[rule]]
id = "a"
category = "navigation"
lines = "Short line"
[[rule]]
id = "b"
category = "x"
between = ["navigation", "share"]
max = 3
[[rule]]
id = "c"
category = "x"
weak = true
patterns = "x = .*"
[[rule]]
id = "d"
category = "x"
inline = " [a-z]{1,9} noon[.]"
at = "end"
[[rule]]
id = "e"
category = "x"
collapse = true
min = 2
[[keep]]
lines = "Accessibility links"
[[keep]]
hosts = ["example.org"]
rules = ["menus/*", "share/*"]
"""


@pytest.fixture(scope="module")
def rulesets() -> list[Ruleset]:
    """The packs that ship and another one, prepared one after the other in both orders, and together."""
    extra = checks.parse(packs.Source("own.toml", EXTRA))
    shipped, own = compile_packs(PARSED), compile_packs([extra])
    return [
        Ruleset(prepared, "main") for prepared in ([shipped, own], [own, shipped], [compile_packs([extra, *PARSED])])
    ]


@given(st.lists(strategies.lines(), max_size=30), strategies.urls, strategies.langs)
def test_order_of_prepared_packs_does_not_matter(
    rulesets: list[Ruleset], texts: list[str], url: str | None, lang: str | None
) -> None:
    lines = [text.replace("\n", " ") for text in texts]
    one, two, three = (
        in_order(ruleset.mark(lines, ruleset.look_up(lines, url=url, lang=lang), url=url, lang=lang))
        for ruleset in rulesets
    )
    assert one == two == three


@given(st.lists(strategies.lines(), max_size=30), st.sets(st.integers(0, 30)), strategies.urls)
def test_a_lookup_without_lines_is_the_lookup_of_the_rest(
    rulesets: list[Ruleset], texts: list[str], dropped: set[int], url: str | None
) -> None:
    lines = [text.replace("\n", " ") for text in texts]
    runs = [(i, i + 1) for i in sorted(dropped) if i < len(lines)]
    rest = [line for i, line in enumerate(lines) if i not in dropped]
    ruleset = rulesets[0]
    without = ruleset.look_up(lines, url=url).without(runs)
    one, two = (ruleset.mark(rest, each, url=url) for each in (without, ruleset.look_up(rest, url=url)))
    assert in_order(one) == in_order(two)


# Blocks of lines, some of which occur several times.
blocks_of_lines = st.lists(st.sampled_from(["a\nb", "c\n\nd\ne", "f", "", " ", "g\nh\ni", "a"]), max_size=9).map(
    lambda found: "\n".join(found).split("\n")
)
numbers = st.sets(st.integers(0, 30))


@given(blocks_of_lines, numbers, st.integers(1, 4))
def test_what_is_printed_again_stands_before(lines: list[str], chosen: set[int], least: int) -> None:
    chrome = {i for i in chosen if i < len(lines) and lines[i].strip()}
    runs = list(repeats.printed_again(lines, chrome, repeats.repeated(lines), least))
    places = [i for run in runs for i in run]
    assert places == sorted(set(places))
    for run in runs:
        assert len(run) >= least
        assert {lines[i] for i in run} & {lines[i] for i in chrome}
        for i in run:
            assert lines[i].strip()
            assert lines.index(lines[i]) not in places


@given(blocks_of_lines, st.integers(2, 4))
def test_blocks_printed_twice_stand_together_and_nowhere_else(lines: list[str], least: int) -> None:
    places = blocks.filled(lines, 0, len(lines))
    for one, two in repeats.twins(lines, repeats.doubles(lines, repeats.repeated(lines)), least):
        assert len(one) == len(two) >= least
        start = places.index(one[0])
        assert one + two == places[start : start + 2 * len(one)]
        assert [lines[i] for i in one] == [lines[i] for i in two]
        assert all(lines.count(lines[i]) == 2 for i in one)


@given(blocks_of_lines, numbers, st.integers(1, 4), st.integers(1, 2))
def test_what_is_between_bounds_is_all_that_stands_between_two_of_them(
    lines: list[str], chosen: set[int], limit: int, max_chars: int
) -> None:
    bounds = sorted(i for i in chosen if i < len(lines))
    for block in blocks.between(lines, bounds, limit, max_chars):
        assert 0 < len(block) <= limit
        assert max(len(lines[i]) for i in block) <= max_chars
        number = bisect(bounds, block[0])
        assert 0 < number < len(bounds)
        assert block == blocks.filled(lines, bounds[number - 1] + 1, bounds[number])


def _reversed(pack: packs.Pack) -> packs.Pack:
    return packs.Pack(pack.pack, pack.words, list(reversed(pack.rule)), list(reversed(pack.keep)))
