"""Rule packs: the ones that ship, each kind of rule, errors in packs, and how the index finds what fits."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cleaner import Cleaner, SettingsError
from cleaner.rules import checks
from cleaner.rules import pack as packs
from cleaner.rules.match import gate, regex
from cleaner.rules.match.anchors import zeroed
from cleaner.rules.match.index import Index, Span
from cleaner.rules.match.keys import VARIANTS, fold_text, key, keys
from cleaner.rules.match.tables import Tables
from cleaner.rules.match.units import ODD, table_for_lines, table_for_whole_lines
from tests import strategies
from tests.cases import read_cases

if TYPE_CHECKING:
    pass

SHIPPED = packs.builtin()
PARSED = [checks.parse(source, trusted=True) for source in SHIPPED]
PROSE = "The ferry to the island was late again, and nobody on the pier seemed to mind."


@pytest.mark.parametrize("source", SHIPPED, ids=lambda source: Path(source.name).stem)
def test_shipped_pack_is_sound(source: packs.Source) -> None:
    pack = checks.parse(source)  # all checks, as for anybody's pack
    assert pack.pack.id == Path(source.name).stem
    assert pack.pack.title
    assert pack.pack.source
    for rule in pack.rule:
        lines = packs.block(rule.lines or "")
        assert len(lines) == len(set(map(key, lines))), rule.id


def test_ids_are_unique() -> None:
    ids = [f"{pack.pack.id}/{rule.id}" for pack in PARSED for rule in pack.rule]
    assert len(ids) == len(set(ids))


def rules(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.toml"
    path.write_text('[pack]\nformat = 1\nid = "own"\n' + text, "utf-8")
    return path


ALIKE = ("menus/*", "repeats/*")  # shipped rules of the same kinds, which would hide that one of a case does nothing


@pytest.mark.parametrize("case", read_cases("rules"), ids=lambda case: case["name"])
def test_kinds_and_options(case: dict[str, str], tmp_path: Path) -> None:
    drop = [case["drop"]] if "drop" in case else []
    cleaner = Cleaner(rules=[rules(tmp_path, case["rules"])], disable=ALIKE, drop_categories=drop)
    before, after = (case[name].replace("PROSE", PROSE) for name in ("before", "after"))
    url, lang, file = case.get("url"), case.get("lang"), case.get("file")
    cleaned = cleaner.clean(before, url=url, lang=lang, file=file)
    assert cleaned.text == after
    assert cleaned.restore() == before
    assert cleaner.clean(cleaned.text, url=url, lang=lang, file=file).text == after
    (together,) = cleaner.clean_many([before], urls=[url], langs=[lang], files=[file])
    assert together == cleaned


def _patterns(pack: packs.Pack) -> Iterator[str]:
    for rule in pack.rule:
        for field in (rule.patterns, rule.from_, rule.to, rule.cut, rule.cut_before):
            yield from packs.listed(field)


Hit = tuple[int, int]  # a line, 0-based, and the rule that fits it


def _called(tables: Tables) -> Callable[[list[str]], tuple[dict[int, list[int]], list[int]]]:
    """Return what says what a gate calls for: patterns and literals by line, and lines with parts that may fit."""
    packed, ((crowd, _),) = gate.pack([(tables.entries(), gate.Entries())])
    tables.add_crowd(crowd)
    opened = gate.Gate(packed)

    def called(lines: list[str]) -> tuple[dict[int, list[int]], list[int]]:
        calls = list(gate.LineEnds(lines).call(opened))
        codes = {i: [code for j, code in calls if i == j and code != gate.PART] for i, _ in calls}
        return codes, sorted({i for i, code in calls if code == gate.PART})

    return called


@pytest.fixture(scope="module")
def everything() -> tuple[Callable[[list[str]], set[Hit]], Callable[[list[str]], set[Hit]]]:
    """What finds literals and patterns of all rules that ship: the index, and trying one after the other."""
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
            patterns.append((re.compile(regex.expand(regex.fold_pattern(pattern), words)), number))
    index, called = Index(tables), _called(tables)

    def find(lines: list[str]) -> set[Hit]:
        return {(i, rule) for i, _, rules in index.find(lines, called(lines)[0]) for rule in rules}

    def try_each(lines: list[str]) -> set[Hit]:
        found = set()
        for i, line in enumerate(keys(lines, 300)):
            found |= {(i, literals[line])} if line in literals else set()
            found |= {(i, number) for compiled, number in patterns if line and compiled.fullmatch(line)}
        return found

    return find, try_each


@given(st.lists(strategies.lines(), max_size=30))
def test_index_finds_what_trying_everything_finds(
    everything: tuple[Callable[[list[str]], set[Hit]], Callable[[list[str]], set[Hit]]], texts: list[str]
) -> None:
    lines = [text.replace("\n", " ") for text in texts]
    find, try_each = everything
    assert find(lines) == try_each(lines)


# Patterns that begin and end with anything, or begin with a number, or whose ends are seen without a parse tree, and
# pieces of lines that (nearly) fit them.
HARD = r"""
.{1,40} wrote on [0-9./: ]{6,20}
.{1,40}, [0-9]{1,2} {months} [0-9]{4}
.{1,9} straße .{1,9}
.{0,9}(?:don't|do not) .{0,9}
.{1,9} (?:says|said|sagt) .{1,40}
.{1,20} wrote 12 times .{1,9}|[a-z]{1,9} schrieb am .{1,20}
.{1,9}発表于.{1,9}
.{1,9} zu(?:r|m|rück) zurb.{0,9}
[0-9]{1,3} (?:comments|replies).{0,9}
[0-9][0-9.,'٬ ]{0,9} of [0-9][0-9.,'٬ ]{0,9}
\d{1,3}[\d.,]{0,4}k? likes?
\d+ od .{1,9}
[0-9][0-9.,'٬ ]{0,9}년 \([0-9]{1,3}\)
[0-9]{1,2}(?:st|nd)? may
(?:page|seite|p\.) ?[0-9]{1,3}\.
a\\\. [0-9]{1,3}\.
.{1,9} (?:a|b)? \(total\)\.
{months}? ?[0-9]{2,4} archives?\!
[0-9]{1,3} swans?|geese and ducks
""".strip().split("\n")
# Lines that fit them, what may stand beside such a line, and what characters of it may be written as.
FITTING = """Ann Lee wrote on 12.3.2010|Ann wrote on 12.3.2010, 14:30|Иван, 3 мая 2012|ann, 12 august 1999|x straße y
|x STRASSE y|x straẞe y|a do not b|it don't|Ann says no|ann ſaid no|x wrote 12 times y|ẞ wrote 12 times y
|ann schrieb am 3.|猫発表于犬|a zum zurb|a zurück zurb!
|12 comments|3 replies to it|1,203 of 5|12 ٬3 of 4|3 of x|1.2k likes|1312 like|31 od x|2010년 (12)|2nd may|13 may
|seite 3.|p.12.|page 1|a\\. 12.|x a (total).|x (total).|мая 2012 archive!|12 archives!|12. 3 of 1|3 swans
|geese and ducks
""".replace("\n", "").split("|")  # fmt: skip
BESIDE = [
    "",
    "",
    "",
    " ",
    "  ",
    "• ",
    "o ",
    " o ",
    "x",
    "\t",
    "…",
    "ﬁ",
    "\U0001f600",
    "\x0b",
    "\u2028",
    "a" * 60,
    PROSE,
]
DISGUISES = [
    *(
        (" ", other)
        for other in ("  ", "   ", "\t", "\xa0", "\x0b", "\x0b ", "\r", " \u200b", "\u3000", "\u2028", "")
    ),
    *(("1", other) for other in ("١", "१", "１", "2", "¹")),
    *(("3", "٣"), ("o", "O"), ("o", "o\u200b"), ("o", "o\u0301"), ("ss", "ß"), ("ß", "ẞ"), ("s", "ſ"), ("w", "ｗ")),
    *(("'", "’"), ("ü", "u\u0308"), ("й", "и\u0306"), ("м", "М"), ("発", "髪"), ("于", "于\u3099"), ("a", "а")),
]
nearly_fitting = st.builds(
    lambda before, line, disguises, behind: (
        before + reduce(lambda text, one: text.replace(*one), disguises, line) + behind
    ),
    st.sampled_from(BESIDE),
    st.sampled_from(FITTING),
    st.lists(st.sampled_from(DISGUISES), max_size=3),
    st.sampled_from(BESIDE),
)


MONTHS = {"months": ["мая", "июня", "июля", "марта", "august", "september"]}


def test_lines_that_fit_hard_patterns_are_found() -> None:
    tables = Tables(80)
    place = tables.add_words(MONTHS)
    for number, pattern in enumerate(HARD):
        tables.add_pattern(pattern, place, number)
    compiled = [re.compile(regex.expand(regex.fold_pattern(pattern), MONTHS)) for pattern in HARD]
    forms = keys(FITTING, 80)
    wanted = {(i, rule) for i, form in enumerate(forms) for rule, each in enumerate(compiled) if each.fullmatch(form)}
    assert {rule for _, rule in wanted} == set(range(len(HARD)))
    called = _called(tables)(FITTING)[0]
    assert {(i, rule) for i, _, rules in Index(tables).find(FITTING, called) for rule in rules} == wanted


@settings(max_examples=3 * settings().max_examples)
@given(st.lists(nearly_fitting | st.sampled_from(BESIDE), min_size=1, max_size=9), st.data())
def test_hard_patterns_are_found_as_by_trying_everything(lines: list[str], data: st.DataObject) -> None:
    tables = Tables(80)
    place = tables.add_words(MONTHS)
    for number, pattern in enumerate(HARD):
        tables.add_pattern(pattern, place, number)
    assert {number for _, number in tables.anchored} == set(range(8))  # the first eight of them have no fixed ends
    sides = gate.Entries(), tables.entries()
    packed, _ = gate.pack([sides if data.draw(st.booleans()) else sides[::-1]])
    compiled = [re.compile(regex.expand(regex.fold_pattern(pattern), MONTHS)) for pattern in HARD]
    wanted = {
        (i, rule)
        for i, form in enumerate(keys(lines, 80))
        for rule, pattern in enumerate(compiled)
        if pattern.fullmatch(form)
    }
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(lines))] * 2)))
    with mock.patch.object(gate, "CHUNK_LINES", 3):
        ends = gate.LineEnds(lines)
    for one, first, last in ((ends, 0, len(lines)), (ends.part(start, end), start, end)):
        calls = list(one.call(gate.Gate(packed)))
        called = {i: [code if code >= 0 else ~code] for i, code in calls if code != gate.PART}
        assert list(called) == sorted(called)
        found = {(first + i, rule) for i, _, fits in Index(tables).find(lines[first:last], called) for rule in fits}
        assert found == {(i, rule) for i, rule in wanted if first <= i < last}


def test_patterns_that_no_line_fits_leave_others_alone() -> None:
    tables = Tables(300)
    words = tables.add_words({})
    for number, pattern in enumerate([r"abc\n(?:d|e) [fg]", "share this", "share that"]):
        tables.add_pattern(pattern, words, number)
    lines = ["share that", "abc", "share this"]
    assert [rules for *_, rules in Index(tables).find(lines, _called(tables)(lines)[0])] == [[2], [1]]


# Parts of lines: of few characters and of many, with bullets, and with signs that keys have in another form.
PARTS = {
    "start": r"""ZQ:
zq
(?:Zj|Our zurb) -
• zurb \d{1,4} -
\* \d zurb
Don’t zurb…
ＺＵＲＢ [a-c]
▸Z""",
    "end": r""" ZQ
qj
 (?:Zj|Our zurb)[.!]?
 ‹zurb \d{1,4}…›
 ½ß
 \(zurb’s\)
▸Z""",
    "any": r""" \[zurb \d\]
Zurb it
zurb’s…""",
}
PIECES = """ZQ:|zq|Zj| - |Our zurb|• zurb 12 -|* 1 zurb|Don’t zurb…|ＺＵＲＢ |b|▸Z|qj| ZQ|.| ‹zurb 7…›| ½ß| (zurb’s)
| [zurb 1]|Zurb it|zurb’s…|\t|\u200b| |•|* """.replace("\n", "").split("|")


@given(st.lists(st.lists(st.sampled_from([*PIECES, PROSE]), max_size=5).map("".join), max_size=5))
def test_index_finds_the_parts_that_trying_everything_finds(lines: list[str]) -> None:
    tables = Tables(300)
    words = tables.add_words({})
    wanted = set()
    number = 0
    for at, patterns in PARTS.items():
        for pattern in patterns.split("\n"):
            number += 1
            tables.add_inline(pattern, words, at, number)
            for i, line in enumerate(lines):
                edge = {"start": len(line) - len(line.lstrip()), "end": len(line.rstrip())}
                for match in re.finditer(pattern, line):
                    start, end = match.span()
                    if at == "any" or edge[at] == (start if at == "start" else end):
                        wanted.add((i, start, end, number))
    found = Index(tables).find_parts(lines, _called(tables)(lines)[1])
    # One that is all of its line never goes, whether it is found or not.
    assert {span for span in found if _leaves_text(lines, span)} == {s for s in wanted if _leaves_text(lines, s)}


def _leaves_text(lines: list[str], span: Span) -> bool:
    i, start, end, _ = span
    return bool((lines[i][:start] + lines[i][end:]).strip())


@given(st.lists(st.text(max_size=20).map(lambda text: text.replace("\n", " ")), max_size=8))
def test_keys_of_many_lines_are_the_keys_of_each(lines: list[str]) -> None:
    assert keys(lines, 300) == [key(line) for line in lines]


def _named(case: Mapping[str, Any]) -> str:
    return str(case["name"])


@pytest.mark.parametrize("case", read_cases("keys"), ids=_named)
def test_keys(case: Mapping[str, Any]) -> None:
    assert [key(line) for line in case["same"]] == [case["key"]] * len(case["same"])
    assert key(case["key"]) == case["key"]
    assert case["key"] not in keys(case.get("other", []), 300)


def test_variants_are_of_one_unit_and_no_variants_of_others() -> None:
    letters = [char for char, _ in VARIANTS]
    assert len(set(letters)) == len(letters)
    for char, plain in VARIANTS:
        assert len((char + plain).encode("utf-16-le")) == 4
        assert fold_text(char) == fold_text(char.upper()) == fold_text(plain) == plain


@pytest.mark.parametrize("made", [table_for_lines, table_for_whole_lines])
def test_letters_with_accents_are_not_odd(made: Callable[[], bytes]) -> None:
    table = np.frombuffer(made(), np.uint16)
    for char, plain in VARIANTS:
        assert [table[ord(char)], table[ord(plain)]] == [ord(plain)] * 2
    # NFKC cannot join a mark to another letter, and then keys have both.
    for mark in "\u0301\u0307\u0654":
        assert table[ord(mark)] == ODD


@given(
    st.text(
        st.one_of(
            st.characters(max_codepoint=0x7FF, exclude_categories=["Cs"]),
            st.sampled_from([char for pair in VARIANTS for char in pair]),
        )
    )
)
def test_the_table_of_units_says_what_keys_say(text: str) -> None:
    text = " ".join(text.split())
    units = np.frombuffer(table_for_lines(), np.uint16)[np.frombuffer(text.encode("utf-16-le"), "<u2")]
    if ODD not in units:
        assert units.tobytes().decode("utf-16-le") == zeroed(fold_text(text))


@pytest.mark.parametrize("case", read_cases("patterns"), ids=_named)
def test_patterns_take_lines_however_they_are_spelled(case: Mapping[str, Any]) -> None:
    folded = regex.fold_pattern(case["pattern"])
    regex.check(folded)
    assert regex.fold_pattern(folded) == folded
    assert {line for line in [*case["fits"], *case.get("other", [])] if re.fullmatch(folded, key(line))} == set(
        case["fits"]
    )
    tables = Tables(300)
    tables.add_pattern(case["pattern"], tables.add_words({}), 7)
    called = _called(tables)(case["fits"])[0]
    found = [(i, rules) for i, _, rules in Index(tables).find(case["fits"], called)]
    assert found == [(i, [7]) for i in range(len(case["fits"]))]


# Letters that stand at or near the ends of ranges of variants, in all scripts that have some.
_ENDS = sorted({chr(ord(char) + step) for pair in VARIANTS for char in pair for step in (-1, 0, 1)})


@given(st.sampled_from(_ENDS), st.sampled_from(_ENDS), st.sampled_from(["", "^"]))
def test_a_range_takes_what_it_took_in_the_form_of_keys(low: str, high: str, negated: str) -> None:
    assume(low <= high)
    folded = re.compile(regex.fold_pattern(f"[{negated}{low}-{high}]"))
    for char in map(chr, range(ord(low), ord(high) + 1)):
        form = fold_text(char)
        if form == char or char in dict(VARIANTS):
            assert bool(folded.fullmatch(form)) is not bool(negated), char


def test_unclosed_classes_take_no_time() -> None:
    for text in ("[" * 500_000, "[ά-έ" * 200_000, "[ά\\" * 200_000, "[ά-έ]" * 200_000):
        started = time.process_time()
        regex.fold_pattern(text)
        assert time.process_time() - started < 10


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
        ('[[rule]]\nid = "a"\ncategory = "x"\nweak = 1\nlines = "A b"\n', "own.toml:7: 'weak' must be true or false"),
        ('[[rule]]\nid = "a"\ncategory = "x"\n', "own.toml:5: a rule has exactly one of"),
        ('[[rule]]\nid = "a"\ncategory = "x"\nlines = "* * *"\n', "own.toml:7: the line '* * *' is blank to a rule"),
        (
            '[[rule]]\nid = "a"\ncategory = "x"\nfrom = "abc"\nto = "def"\n',
            "own.toml:7: 'from' needs 'max', the most lines",
        ),
        ('[[rule]]\nid = "a"\ncategory = "x"\nweak = true\ncut = "abcdef"\n', "own.toml:7: 'weak' goes with"),
        (
            '[[rule]]\nid = "a"\ncategory = "x"\nbetween = ["y"]\n',
            "own.toml:7: 'between' needs 'max', the most lines",
        ),
        ('[[rule]]\nid = "a"\ncategory = "x"\nbetween = ["y"]\nmax = 201\n', "own.toml:8: 'max' must be 2 to 200"),
        ('[[rule]]\nid = "a"\ncategory = "x"\nbetween = "y"\nmax = 2\n', "own.toml:7: 'between' must be a list"),
        (
            '[[rule]]\nid = "a"\ncategory = "x"\nbetween = ["y"]\nlines = "A b"\nmax = 2\n',
            "own.toml:7: a rule has exactly one of",
        ),
        (
            '[[rule]]\nid = "a"\ncategory = "x"\nbetween = ["y"]\nmax = 2\nweak = true\n',
            "own.toml:9: 'weak' goes with",
        ),
        ('[[rule]]\nid = "a"\ncategory = "x"\nlines = "A b"\nmax = 2\n', "own.toml:8: 'max' goes with 'from'"),
        ('[[rule]]\nid = "a"\ncategory = "x"\ncollapse = true\nmax = 2\n', "own.toml:8: 'max' goes with 'from'"),
        ('[[rule]]\nid = "a"\ncategory = "x"\nlines = "A b"\nmin = 2\n', "own.toml:8: 'min' goes with 'collapse'"),
        ('[[rule]]\nid = "a"\ncategory = "x"\ncollapse = true\nmin = -1\n', "own.toml:8: 'min' must be 1 to 200"),
        ('[[rule]]\nid = "a"\ncategory = "x"\ncollapse = true\nmin = 201\n', "own.toml:8: 'min' must be 1 to 200"),
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


def test_categories_that_are_kept_by_default() -> None:
    for wrong, message in (
        ({"drop_categories": ["share"]}, "drop: 'share' is no category that is kept by default; those are: credit"),
        (
            {"drop_categories": ["credit"], "keep_categories": ["credit"]},
            "drop: 'credit' is also to be kept; name it once",
        ),
    ):
        with pytest.raises(SettingsError, match=f"^{message}$"):
            Cleaner(**wrong)  # type: ignore[arg-type]
    assert Cleaner(keep_categories=["credit"]) == Cleaner() != Cleaner(drop_categories=["credit"])


def test_two_packs_with_one_id(tmp_path: Path) -> None:
    path = rules(tmp_path, '[[rule]]\nid = "a"\ncategory = "x"\nlines = "Print me"\n')
    path.write_text(path.read_text("utf-8").replace('"own"', '"share"'), "utf-8")
    with pytest.raises(SettingsError, match=r"own\.toml: another pack has the id 'share'; choose another"):
        Cleaner(rules=[path])
