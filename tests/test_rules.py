"""Rule packs: the ones that ship, each kind of rule, and how the index finds what fits."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner import Cleaner, SettingsError
from cleaner.rules import pack as packs
from cleaner.rules import regex
from cleaner.rules.engine import Ruleset
from cleaner.rules.examples import failures
from cleaner.rules.index import Index
from cleaner.rules.keys import key, keys
from cleaner.rules.prepare import compile_packs
from cleaner.rules.tables import Tables
from tests import strategies
from tests.cases import read_cases

SHIPPED = packs.builtin()
PARSED = [packs.parse(source, trusted=True) for source in SHIPPED]


@pytest.mark.parametrize("source", SHIPPED, ids=lambda source: Path(source.name).stem)
def test_shipped_pack_is_sound(source: packs.Source) -> None:
    pack = packs.parse(source)  # all checks, as for anybody's pack
    assert pack.pack.id == Path(source.name).stem
    assert pack.pack.title
    assert pack.pack.source
    assert list(failures(pack)) == []
    for rule in pack.rule:
        lines = packs.block(rule.lines or "")
        assert len(lines) == len(set(map(key, lines))), rule.id


def test_ids_are_unique() -> None:
    ids = [f"{pack.pack.id}/{rule.id}" for pack in PARSED for rule in pack.rule]
    assert len(ids) == len(set(ids))


PROSE = "The ferry to the island was late again, and nobody on the pier seemed to mind."


def rules(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.toml"
    path.write_text('[pack]\nformat = 1\nid = "own"\n' + text, "utf-8")
    return path


@pytest.mark.parametrize("case", read_cases("rules"), ids=lambda case: case["name"])
def test_kinds_and_options(case: dict[str, str], tmp_path: Path) -> None:
    cleaner = Cleaner(rules=[rules(tmp_path, case["rules"])])
    before, after = (case[name].replace("PROSE", PROSE) for name in ("before", "after"))
    cleaned = cleaner.clean(before, url=case.get("url"), lang=case.get("lang"))
    assert cleaned.text == after
    assert cleaned.restore() == before
    assert cleaner.clean(cleaned.text, url=case.get("url"), lang=case.get("lang")).text == after


def test_order_of_packs_and_rules_does_not_matter() -> None:
    text = "\n".join([*strategies.CHROME[:200], PROSE, *strategies.CHROME[200:]])
    lines = text.split("\n")
    forth = Ruleset([compile_packs(PARSED)], "main")
    back = Ruleset([compile_packs([_reversed(pack) for pack in reversed(PARSED)])], "main")
    one, two = (ruleset.mark(lines, ruleset.look_up(lines)) for ruleset in (forth, back))
    assert {i: sorted(marks) for i, marks in one.lines.items()} == {
        i: sorted(marks) for i, marks in two.lines.items()
    }


def _reversed(pack: packs.Pack) -> packs.Pack:
    return packs.Pack(pack.pack, pack.words, list(reversed(pack.rule)), list(reversed(pack.keep)))


def _patterns(pack: packs.Pack) -> Iterator[str]:
    for rule in pack.rule:
        for field in (rule.patterns, rule.from_, rule.to, rule.cut, rule.cut_before):
            yield from packs.listed(field)


@pytest.fixture(scope="module")
def everything() -> tuple[Index, dict[str, int], list[tuple[re.Pattern[str], int]]]:
    """An index of all rules that ship, and what is in it by number: literals and patterns."""
    tables = Tables(300)
    literals: dict[str, int] = {}
    patterns = []
    number = 0
    for pack in PARSED:
        words = pack.folded_words()
        place = tables.add_words(words)
        for literal in keys([line for rule in pack.rule for line in packs.block(rule.lines or "")], 2000):
            if literal not in literals:
                literals[literal] = number = number + 1
                tables.add_literals([literal], number)
        for pattern in _patterns(pack):
            number += 1
            tables.add_pattern(pattern, place, number)
            patterns.append((re.compile(regex.expand(regex.fold(pattern), words)), number))
    return Index(tables), literals, patterns


@given(st.lists(strategies.lines(), max_size=30))
def test_index_finds_what_trying_everything_finds(
    everything: tuple[Index, dict[str, int], list[tuple[re.Pattern[str], int]]], texts: list[str]
) -> None:
    index, literals, patterns = everything
    lines = [text.replace("\n", " ") for text in texts]
    wanted = set()
    for i, line in enumerate(keys(lines, 300)):
        wanted |= {(i, literals[line])} if line in literals else set()
        wanted |= {(i, number) for compiled, number in patterns if line and compiled.fullmatch(line)}
    assert set(index.find(lines)[0]) == wanted


@given(st.lists(st.text(max_size=20).map(lambda text: text.replace("\n", " ")), max_size=8))
def test_keys_of_many_lines_are_the_keys_of_each(lines: list[str]) -> None:
    assert keys(lines, 300) == [key(line) for line in lines]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("  Share  ON\tFacebook ", "share on facebook"),
        ("• Print", "print"),
        ("Don’t miss…", "don't miss..."),
        ("ＡＤ\u200b", "ad"),
        ("٣ تعليقات", "3 تعليقات"),
        ("STRASSE Straße", "strasse strasse"),
        ("\ufeffMenu", "menu"),
        ("- Advertisement -", "- advertisement -"),
    ],
)
def test_keys(line: str, wanted: str) -> None:
    assert key(line) == wanted


SAFE = ["abc", "a{1,60}b", "share (?:this )?on .*", r"\d+ comments?", "[a-z]{2,9} ago.+", "(?:blog|blog post) tags"]
UNSAFE = [
    *("(?:a|aa)+", "(a+)+b", "(?:x?){30}x", "a.*b.*c.*d", "(?=a)ab", r"(abc)\1", "^abc", "abc$", r"\babc", "(?i)abc"),
    *(
        "a|",
        "(?:|a)b",
        "x*",
        "(?:a{0,300}){0,300}",
        ".{0,300}.{0,300}.{0,300}a",
        "a++b",
        "(?>a)b",
        "[",
        "a{2,1}",
        "(?P<n>a",
    ),
]


@pytest.mark.parametrize("pattern", SAFE)
def test_safe_patterns(pattern: str) -> None:
    regex.check(pattern)


@pytest.mark.parametrize("pattern", UNSAFE)
def test_unsafe_patterns(pattern: str) -> None:
    with pytest.raises(regex.UnsafePattern, match=r"\w"):
        regex.check(pattern)


@given(
    st.text(st.sampled_from("abx .*+?|()[]{}\\d0123,^$-"), min_size=1, max_size=14), st.text("abx 01", max_size=300)
)
def test_what_passes_the_check_matches_in_bounded_time(pattern: str, line: str) -> None:
    try:
        regex.check(pattern)
    except regex.UnsafePattern:
        return
    start = time.process_time()
    re.compile(pattern).fullmatch((line * 300)[:300])
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[[rule]]\nid = "a"\ncategory = "x"\nlinez = "A b"\n',
            "own.toml:7: unknown key 'linez'; did you mean 'lines'?",
        ),
        ('[[rule]]\nid = "a"\ncategory = "x"\nweak = 1\nlines = "A b"\n', "own.toml:7: 'weak' has the wrong type"),
        ('[[rule]]\nid = "a"\ncategory = "x"\n', "own.toml:5: a rule has exactly one of"),
        ('[[rule]]\nid = "a"\ncategory = "x"\nlines = "* * *"\n', "own.toml:7: the line '* * *' is blank to a rule"),
        ('[[rule]]\nid = "a"\ncategory = "x"\nfrom = "abc"\nto = "def"\n', "own.toml:7: 'max', the most lines"),
        ('[[rule]]\nid = "a"\ncategory = "x"\nweak = true\ncut = "abcdef"\n', "own.toml:7: 'weak' goes with"),
        (
            '[[rule]]\nid = "a"\ncategory = "x"\npatterns = ".*"\n',
            "own.toml:7: the pattern '.*' must not match an empty line",
        ),
        (
            '[[rule]]\nid = "a"\ncategory = "x"\npatterns = "{on} it"\n',
            "own.toml:7: the pattern '{on} it': {on} is not in",
        ),
    ],
)
def test_wrong_packs_say_where_and_what(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=re.escape(message)):
        Cleaner(rules=[rules(tmp_path, text)])


def test_disable_and_keep() -> None:
    text = f"Accessibility links\n\n{PROSE}\n"
    rule = Cleaner().clean(text).edits[0]
    assert Cleaner(disable=[rule.by]).clean(text).text == text
    assert Cleaner(disable=[rule.by.split("/")[0] + "/*"]).clean(text).text == text
    assert Cleaner(keep_categories=[rule.category]).clean(text).text == text
    with pytest.raises(SettingsError, match="did you mean"):
        Cleaner(disable=[rule.by + "x"])


def test_two_packs_with_one_id(tmp_path: Path) -> None:
    path = rules(tmp_path, '[[rule]]\nid = "a"\ncategory = "x"\nlines = "Print me"\n')
    path.write_text(path.read_text("utf-8").replace('"own"', '"share"'), "utf-8")
    with pytest.raises(SettingsError, match=r"own\.toml: another pack has the id 'share'; choose another"):
        Cleaner(rules=[path])
