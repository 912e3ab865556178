"""Packs that were learned: any line and host gives a pack that passes the lint, and what a person changed stays."""

from __future__ import annotations

import json
import random
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner import Cleaner
from cleaner.cli import DONE
from cleaner.errors import SettingsError
from cleaner.learn import packs
from cleaner.learn.found import Example, LearnedRule, LearnedSite, Places
from cleaner.learn.lines import MAX_SHOWN_CHARS
from cleaner.learn.names import file_name, pack_id, rule_id
from cleaner.learn.packs import pack_text, write
from cleaner.learn.update import MARK
from cleaner.rules import checks
from cleaner.rules.match.keys import key
from cleaner.rules.pack import ID, Pack, Source, block
from cleaner.toml import parse
from cleaner.workbench.lint import lint
from tests.cases import read_cases
from tests.strategies import fewer
from tests.support import DATA, call, fill

SHARE = LearnedRule(
    "lines",
    ("Share this on Mastodon",),
    14,
    15,
    places=Places(14, 0, 1),
    chance=0.03,
    samples=("https://gazette.example/1", "https://gazette.example/2"),
    keeps=("Share this on Mastodon, she said.",),
)
PRINT = LearnedRule("lines", ("Print",), 12, 15, weak=True, chance=0.2)
OLD = LearnedRule("lines", ("From the\xa0archive",), 9, 15, zone="tail", confidence="guess", places=Places(0, 2, 9))
FIRST = LearnedSite("gazette.example", 15, (OLD, PRINT, SHARE), hosts=("gazette.example",))
NEW = LearnedRule("lines", ("Tomorrow's weather",), 18, 20)
AGAIN = FIRST._replace(
    documents=20,
    rules=(
        PRINT._replace(documents=11, of=20),
        NEW,
        SHARE._replace(documents=16, of=20, places=Places(16), chance=0.02),
    ),
)
PROSE = "The harbour master said on Tuesday that it was not the wind that had stopped the boats."
CASES = (
    Example(f"{PROSE}\nOther stories\nThe mayor", PROSE, "what the page shows below"),
    Example("Other stories\nThe mayor", "Other stories\nThe mayor"),
)


def findings(text: str, name: str = "gazette.example.toml") -> list[str]:
    return list(map(str, lint([Source(name, text)]).findings))


def read_pack(text: str) -> Pack:
    return checks.parse(Source("x.toml", text))


# The text of a pack.


def test_the_pack_of_a_site_reads_as_it_should() -> None:
    """If this is to change, look at the new text, and write it to the file."""
    assert pack_text(FIRST) == (DATA / "learned/gazette.toml").read_text("utf-8")


def test_a_pack_takes_its_lines_on_its_host_alone(tmp_path: Path) -> None:
    path = tmp_path / file_name(FIRST.name)
    path.write_text(pack_text(FIRST._replace(rules=(NEW, OLD))), "utf-8")
    cleaner = Cleaner(rules=[path], level="rules")
    text = f"TOMORROW’S weather\n{PROSE}\nFrom the archive\n"
    assert cleaner.clean(text, url="https://www.gazette.example/1").text == f"{PROSE}\nFrom the archive\n"
    assert cleaner.clean(text, url="https://herald.example/1").text == text


def test_rules_are_sorted_by_how_sure_they_are() -> None:
    rules = [
        LearnedRule("lines", (f"Line {text}",), documents, of, chance=chance)
        for text, documents, of, chance in (
            ("g", 1, 5, None),
            ("f", 1, 5, 0.9),
            ("e", 1, 5, 0.1),
            ("b", 8, 10, None),
            ("a", 4, 5, None),
            ("c", 5, 5, None),
        )
    ]
    text = pack_text(FIRST._replace(rules=tuple(rules)))
    assert re.findall('^lines = "Line (.)"$', text, re.MULTILINE) == list("cabefg")


def test_every_kind_of_rule_can_be_written() -> None:
    rules = (
        SHARE,
        LearnedRule("patterns", ("[0-9]{1,4} comments", r"by .{1,9}\."), 9, 15, drops=("9 comments", "By Ann.")),
        LearnedRule("cut", ("other stories",), 9, 15, cases=CASES),
        LearnedRule(
            "from",
            ("other stories",),
            8,
            15,
            to=("the mayor",),
            max=4,
            cases=(CASES[0], Example("Other stories\n" * 5, "Other stories\n" * 5)),
        ),
    )  # fmt: skip
    written = write(FIRST._replace(rules=rules))
    assert [out.more for out in written.left_out] == []
    assert findings(written.text) == []
    assert [rule.kind for rule in read_pack(written.text).rule] == ["lines", "patterns", "cut", "from"]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (LearnedRule("lines", ("•",), 9, 15), packs.BLANK),
        (LearnedRule("lines", ("\x1c\u2028",), 9, 15), packs.BLANK),
        (LearnedRule("lines", (), 9, 15), packs.BLANK),
        (LearnedRule("lines", ("x" * 10_000_000,), 9, 15), packs.LONG),
        (LearnedRule("lines", ("two\nlines",), 9, 15), packs.UNWRITABLE),
        (LearnedRule("lines", ("half \ud800",), 9, 15), packs.UNWRITABLE),
        (LearnedRule("lines", ("• SHARE this on Mastodon",), 3, 15), packs.TWICE),
        (LearnedRule("patterns", ("share {name}",), 9, 15, drops=("share {name}",)), packs.REFUSED),
        (LearnedRule("patterns", (".*",), 9, 15, drops=("a",)), packs.REFUSED),
        (LearnedRule("patterns", (".{1,60} said.{0,60}",), 9, 15, drops=("She said",), keeps=("x",)), packs.REFUSED),
        (LearnedRule("cut", ("other stories",), 9, 15), packs.REFUSED),
        (LearnedRule("between", ("repeated",), 9, 15, max=None), packs.REFUSED),
    ],
)
def test_what_cannot_be_a_rule_is_left_out_and_counted(rule: LearnedRule, why: str) -> None:
    written = write(FIRST._replace(rules=(SHARE, rule)))
    assert [out.why for out in written.left_out] == [why]
    assert written.rules == 1
    assert len(written.left_out[0].text) <= MAX_SHOWN_CHARS
    assert bool(written.left_out[0].more) == (why == packs.REFUSED)
    assert findings(written.text) == []


def test_examples_that_are_no_lines_are_passed_over() -> None:
    odd = ("two\nlines", "half \ud800", "x" * 3000, " ", "\u2028")
    written = write(FIRST._replace(rules=(NEW._replace(drops=odd, keeps=odd, samples=odd),)))
    (rule,) = read_pack(written.text).rule
    assert (rule.drops, rule.keeps) == (NEW.texts[0], " ".join(NEW.texts * 2))
    assert findings(written.text) == []


def test_a_plain_sentence_is_left_out() -> None:
    from cleaner.workbench.criteria import bank

    rule = LearnedRule("lines", (bank("sentences.txt")[0],), 9, 15)
    assert [out.why for out in write(FIRST._replace(rules=(rule,))).left_out] == [packs.REFUSED]


def test_a_pack_has_room_for_no_more_than_may_be_read() -> None:
    many = FIRST._replace(rules=tuple(LearnedRule("lines", (f"Line {n} " * 150,), 9, 15) for n in range(400)))
    written = write(many)
    assert len(written.text.encode()) <= packs.MAX_PACK_BYTES
    assert {out.why for out in written.left_out} == {packs.FULL}
    assert written.rules + len(written.left_out) == 400
    assert pack_text(many, written.text) == written.text


def test_rules_that_cost_too_much_together_are_left_out_from_the_end() -> None:
    rules = []
    for n in range(60):
        cases = [[text.replace("Other stories", f"Story {n}") for text in case] for case in CASES]
        rules.append(LearnedRule("cut", (f"story {n}",), 100 - n, 100, cases=tuple(Example(*case) for case in cases)))
    written = write(FIRST._replace(rules=(SHARE, *rules)))
    assert written.rules == 51
    assert [out.text for out in written.left_out] == [f"story {n}" for n in range(50, 60)]
    assert findings(written.text) == []


def test_a_site_without_hosts_and_clues_has_no_pack() -> None:
    with pytest.raises(ValueError, match="hosts or clues"):
        write(FIRST._replace(hosts=("",), clues=("\u200b", "•", "a\nb")))


def test_a_template_is_told_by_its_clues() -> None:
    clues = ("The Gazette · Members", "the gazette · members", "Quay 1", "\u200b")
    text = pack_text(FIRST._replace(name="template-0123456789abcdef", hosts=(), clues=clues, clues_needed=2))
    info = read_pack(text).pack
    assert (info.id, info.hosts) == ("template-0123456789abcdef", [])
    assert (info.clues, info.clues_needed) == (["Quay 1", "The Gazette · Members"], 2)


# Names.


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("gazette.example", "gazette.example"),
        ("news.gazette.co.uk", "news.gazette.co.uk"),
        ("192.0.2.1", "192.0.2.1"),
        ("my_site.example", "my_site.example"),
        ("template-0123456789", "template-0123456789"),
        # All others have a digest.
        ("GAZETTE.example", "gazette-example-"),  # of a field, and another one than in lower case
        ("localhost", "localhost-"),
        ("amazon", "amazon-"),
        ("con", "con-"),
        ("con.example", "con-example-"),
        ("lpt1.gazette.example", "lpt1-gazette-example-"),
        ("gazette.example:8080", "gazette-example-8080-"),
        ("gazette.example.", "gazette-example-"),
        ("gazette.example-0a1b2c3d", "gazette-example-0a1b2c3d-"),
        ("../../etc", "etc-"),
        ("..", "site-"),
        ("", "site-"),
        ("::1", "1-"),
        ("münchen.example", "munchen-example-"),
        ("新闻.example", "example-"),
        ("a" * 300 + ".example", "a" * 50 + "-"),
        ("gazette\n.example", "gazette-example-"),
    ],
)
def test_names_are_safe(name: str, wanted: str) -> None:
    found = pack_id(name)
    assert found == wanted if not wanted.endswith("-") else re.fullmatch(f"{re.escape(wanted)}[0-9a-f]{{8}}", found)


NAMES = st.one_of(
    st.text(max_size=300),
    st.text("abcABC.-_0123:/\\ \0é", max_size=20),
    st.from_regex(r"[a-z]{1,5}(-[0-9a-f]{8,12})?(\.[a-z]{2,3})?", fullmatch=True),
)


@given(NAMES, NAMES)
def test_any_name_is_safe_on_any_platform_and_one_sites_alone(name: str, other: str) -> None:
    found = file_name(name)
    assert len(found) <= MAX_SHOWN_CHARS
    assert ID.fullmatch(pack_id(name))
    assert re.fullmatch(r"[a-z0-9][a-z0-9._-]*\.toml", found)
    assert not re.match(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", found)
    assert Path(found).stem == pack_id(name)
    assert (pack_id(name) == pack_id(other)) == (name == other)


@given(st.text(max_size=60).filter(lambda text: "\n" not in text))
def test_the_same_line_has_the_same_id(text: str) -> None:
    found = rule_id("lines", [text])
    assert ID.fullmatch(found)
    assert found == rule_id("lines", [f" • {text}"]) or key(text) != key(f" • {text}")
    assert "-" in found, "it could be the name of the table [pack]"


# Any lines.

HOSTILE = [
    *"'\"\\\0\x1b\x7f\r\t\x85\u2028\u202e\ufeff\ufffd\xa0\xad\u200d\u3164•-*·#[]={}()|.?+^$",
    "'''", '"""', "\\u0041", "[[rule]]", "# ", "{name}", packs.HEADER.split("\n")[0], MARK, "Share", "this",
    " ", "  ", "Ελλάδα", "中文", "عربى", "1", "0", "\U000e0041", "\ue000", "\U0001f600", "ß", "İ", "K",
]  # fmt: skip
LINES = st.one_of(
    st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=8).map("".join),
    st.text(min_size=1, max_size=40),
    st.sampled_from(["Home", "Yes", "x" * 299, "x" * 300, "x" * 301, "é" * 2000, "x y" * 700, PROSE]),
)


def rules_of(kind: str, texts: st.SearchStrategy[str]) -> st.SearchStrategy[LearnedRule]:
    some = st.lists(LINES, max_size=2).map(tuple)
    return st.builds(
        lambda *values: LearnedRule(kind, *values[:2], 20, (), None, *values[2:]),  # type: ignore[arg-type, call-arg]
        st.lists(texts, min_size=1, max_size=2).map(tuple),
        st.integers(0, 20),
        st.sampled_from(["any", "head", "tail"]),
        st.booleans(),
        st.sampled_from(["likely", "guess"]),
        st.sampled_from([Places(), Places(3, 2, 1), Places(0, 2, 4)]),
        st.sampled_from([None, 0.0, 0.031, 1.0]),
        some,
        some,
        some,
    )


RULES = rules_of("lines", LINES) | rules_of("patterns", LINES | LINES.map(re.escape))
SITES = st.builds(
    LearnedSite,
    LINES | NAMES,
    st.just(20),
    st.lists(RULES, max_size=4).map(tuple),
    hosts=st.lists(LINES | NAMES.filter(bool), min_size=1, max_size=3).map(tuple),
    clues=st.lists(LINES, max_size=3).map(tuple),
    clues_needed=st.integers(1, 2000),
)


@fewer
@given(SITES, st.randoms(use_true_random=False))
def test_any_lines_and_hosts_give_a_pack_that_passes_the_lint(site: LearnedSite, order: random.Random) -> None:
    written = write(site)
    assert findings(written.text, file_name(site.name)) == []
    assert written.rules + len(written.left_out) == len(site.rules)
    assert "\r" not in written.text
    pack = read_pack(written.text)
    assert len(pack.rule) == written.rules
    assert pack.pack.hosts, "it would be active everywhere"
    # The lines are those that were learned.
    learned = {key(text) for rule in site.rules for text in rule.texts if "\n" not in text}
    assert {key(line) for rule in pack.rule for line in block(rule.lines or "")} <= learned
    # The same bytes, in any order, and again.
    shuffled = site._replace(rules=tuple(order.sample(site.rules, len(site.rules))))
    assert pack_text(site, written.text) == written.text
    assert pack_text(shuffled, written.text) == written.text


@pytest.mark.parametrize("line", ["\r• Share", "\x0b- Share"])
def test_a_line_that_would_be_another_one_in_a_pack_is_left_out(line: str) -> None:
    """A pack has no space in front of its lines, and a sign in front of a line is no part of it."""
    written = write(FIRST._replace(rules=(LearnedRule("lines", (line,), 9, 15),)))
    assert {key(text) for rule in read_pack(written.text).rule for text in block(rule.lines or "")} <= {key(line)}
    assert written.rules + len(written.left_out) == 1


@fewer
@given(SITES, SITES)
def test_to_update_twice_is_to_update_once(first: LearnedSite, second: LearnedSite) -> None:
    second = second._replace(name=first.name)
    before = pack_text(first)
    once = pack_text(second, before)
    assert pack_text(second, once) == once
    assert findings(once, file_name(first.name)) == []
    assert pack_text(first, pack_text(first, once)) == pack_text(first, once)


@fewer
@given(SITES, SITES, st.randoms(use_true_random=False))
def test_what_a_person_changed_stays(first: LearnedSite, second: LearnedSite, chance: random.Random) -> None:
    second = second._replace(name=first.name, rules=(*second.rules, *first.rules[:3]))
    head, *rules = re.split(r"^(?=\[\[rule\]\]$)", pack_text(first), flags=re.MULTILINE)
    tables = parse("", head + "".join(rules)).get("rule", [])
    if len(rules) != len(tables):
        return  # a line that looks like a header
    digests = ""
    if rules:
        rules[-1], digests = rules[-1].split(f"\n{MARK}\n")
    else:
        head, digests = head.split(f"\n{MARK}\n")
    edited: list[dict[str, Any]] = []
    deleted: list[str] = []
    pieces = []
    for text, table in zip(rules, tables, strict=True):
        what = chance.choice(["edit", "delete", "leave", "own", "comment"])
        if what == "edit":
            text = text.replace("[[rule]]\n", '[[rule]]\nstatus = "retired"\n', 1)
            edited.append({**table, "status": "retired"})
        elif what == "delete":
            deleted.append(table["id"])
            continue
        elif what == "own":
            own = f'id = "own-{table["id"]}"'
            text = text.replace(f'id = "{table["id"]}"', own, 1)
            edited.append({**table, "id": f"own-{table['id']}"})
            deleted.append(table["id"])
        elif what == "comment":
            text = "# fine ✓\n" + text
        pieces.append(text)
    before = "".join([head, *pieces]) + f'\n[[keep]]\nlines = "Moose"\n\n{MARK}\n{digests}'
    after = pack_text(second, before)
    found = parse("", after).get("rule", [])
    assert [table for table in found if table in edited] == edited, "in their order"
    assert {table["id"] for table in found}.isdisjoint(deleted)
    assert after.count("# fine ✓") == before.count("# fine ✓")
    assert 'lines = "Moose"' in after
    assert findings(after, file_name(first.name)) == []
    assert pack_text(second, after) == after


# To learn again.


@pytest.mark.parametrize("case", read_cases("learned", "edits"), ids=lambda case: case["name"])
def test_edits_stay(case: dict[str, Any]) -> None:
    before = (DATA / "learned/gazette.toml").read_text("utf-8")
    assert before.count(case["find"]) == 1
    edited = before.replace(case["find"], case["put"])
    after = pack_text(AGAIN, edited)
    lines = after.split("\n")
    assert [line for line in case["has"] if line not in lines] == []
    assert [line for line in case["lacks"] if line in lines] == []
    assert findings(after) == findings(edited)
    assert pack_text(AGAIN, after) == after


def test_a_deleted_rule_comes_back_without_its_digest() -> None:
    before = pack_text(FIRST)
    start, end = before.index('[[rule]]\nid = "print'), before.index('[[rule]]\nid = "from')
    deleted = before[:start] + before[end:]
    assert 'id = "print-cf66fa4d"' not in pack_text(FIRST, deleted)
    forgotten = re.sub("\n# print-.*", "", deleted)
    assert pack_text(FIRST, forgotten) == before


def test_a_rule_that_is_gone_says_so_once_and_comes_back() -> None:
    first = pack_text(FIRST)
    gone = pack_text(AGAIN, pack_text(AGAIN._replace(documents=19), first))
    assert gone.count("no longer on any of") == 1
    assert read_pack(gone).rule[-1].why.startswith("no longer on any of 20 documents; before: on 9 of 15 documents")
    assert "no longer" not in pack_text(FIRST._replace(rules=(*FIRST.rules, NEW)), gone)
    assert write(AGAIN, first)[1:3] == (3, 1)


def test_line_ends_of_windows_and_byte_order_marks_are_no_changes() -> None:
    before = pack_text(FIRST)
    assert pack_text(FIRST, "\ufeff" + before.replace("\n", "\r\n")) == before


@pytest.mark.parametrize(
    ("find", "put", "wanted"),
    [
        (MARK, "", "hosts/gazette.toml:1: has no list of what `cleaner learn` wrote; move the file"),
        (MARK, f'[[keep]]\nlines = """\n{MARK}\n"""', ":1: has no list of what"),
        ('id = "print', "<<<<<<< HEAD\nid = ", r":2\d: is not valid TOML: .*; mend it"),
        ("weak = true", 'weak = "yes"', r":2\d: 'weak' must be true or false, not a string; change it"),
        ('lines = "Print"', 'patterns = "(a+)+"', r":2\d: the pattern .*"),
        ('id = "print-cf66fa4d"', 'id = "from-the-archive-695d8a8c"', r":3\d: the id .* is used twice; rename one"),
        ("[[rule]]", "[pack.x]\n[[rule]]", "unknown key 'x'"),
        ("[pack]", '[[keep]]\nlines = "x"\n[[rule.case]]', "mend it"),
    ],
)  # fmt: skip
def test_a_pack_that_is_not_ours_or_cannot_be_read_is_refused(find: str, put: str, wanted: str) -> None:
    before = pack_text(FIRST)
    assert find in before
    with pytest.raises(SettingsError) as error:
        pack_text(FIRST, before.replace(find, put, 1), "hosts/gazette.toml")
    assert re.match("hosts/gazette.toml:[0-9]+: .*; .*", str(error.value))
    assert re.search(wanted, str(error.value)), str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        """rule = [{id="x", category="y", lines="z", drops="z", keeps="a"}]\n[pack]\nformat = 1\nid = "x"\n""",
        """[pack]\nformat = 1\nid = "x"\n[["rule"]]\nid="x"\ncategory="y"\nlines="z"\n["words"]\nrule = ["a"]\n""",
    ],
)
def test_rules_in_another_form_are_refused_or_stay(text: str) -> None:
    before = f"{text}\n{MARK}\n"
    try:
        after = pack_text(FIRST, before)
    except SettingsError as error:
        assert "begin each with" in str(error)
    else:
        assert [line for line in text.split("\n") if line not in after.split("\n")] == []
        read_pack(after)


# What README and reviewers use.


README = (Path(__file__).parent.parent / "rules" / "README.md").read_text("utf-8")
SECTION = README.partition("## Reviewing a learned pack\n")[2]


def test_the_rule_in_the_readme_is_one_that_is_written() -> None:
    (rule,) = re.findall("^```toml\n(.*?)\n```$", SECTION, re.MULTILINE | re.DOTALL)
    assert rule in pack_text(FIRST._replace(rules=(SHARE._replace(keeps=()),)))  # as it is learned


def test_the_commands_in_the_readme_work_on_a_learned_pack(tmp_path: Path) -> None:
    page = f"Share this on Mastodon\n{PROSE}\nFrom the archive\n"
    folder = fill(
        tmp_path,
        {
            "learned/hosts/gazette.example.toml": pack_text(FIRST),
            "learned/templates/template-0123456789.toml": pack_text(
                LearnedSite("template-0123456789", 15, (PRINT, NEW), clues=("From the archive", "Print"))
            ),
            "articles/a.txt": page,
            "pages.jsonl": json.dumps({"url": "https://gazette.example/1", "text": page}),
        },
    )
    (commands,) = re.findall("^```sh\n(.*?)\n```$", SECTION, re.MULTILINE | re.DOTALL)
    answers = {}
    for line in commands.split("\n"):
        name, *words = shlex.split(line, comments=True)
        if name == "cleaner":
            result = call(*words, cwd=folder)
            assert result.code == DONE, result.err
            answers[words[1]] = result.out
    share = "gazette.example/share-this-on-mastodon-cd3fead1"
    assert answers["check"] == ""
    assert f"[{share}]" in answers["try"]
    assert share in answers["coverage"]
    assert 'lines = "Share this on Mastodon"' in answers["show"]
    shown = call("rules", "show", "--rules", "learned/", "gazette.example/from-*", cwd=folder).out
    assert 'lines = "From the archive"' in shown
    assert MARK not in shown
    assert share in call("rules", "list", "--rules", "learned/", "--category", "repeated", cwd=folder).out
    fixed = call("rules", "check", "--fix", "learned/", cwd=folder)
    assert (fixed.code, "sorted" in fixed.err) == (DONE, False)
