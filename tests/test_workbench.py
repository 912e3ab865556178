"""The workbench of those who write rules: `cleaner rules list`, `show`, `try` and `coverage`."""

from __future__ import annotations

import gzip
import json
import lzma
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.shell_completion import ShellComplete

from cleaner import Cleaner
from cleaner.cli import group
from cleaner.marks import CATEGORIES_KEPT
from cleaner.rules import checks
from cleaner.rules import pack as packs
from cleaner.rules.phrases import TRIAL
from cleaner.workbench.coverage import measure
from tests.cases import read_cases
from tests.support import CHROME, CLEAN, DATA, DOCUMENT, OWN_RULES, Result, call, complaint, complaints, fill, run

DONE, USAGE, FAILED = 0, 2, 3
PAGE = (DATA / "html" / "news.html").read_bytes()
PARSED = [checks.parse(source, trusted=True) for source in packs.builtin()]
IDS = [f"{pack.pack.id}/{rule.id}" for pack in PARSED for rule in pack.rule]
AT_WORK = {  # at the default level, with no category asked for
    f"{pack.pack.id}/{rule.id}"
    for pack in PARSED
    for rule in pack.rule
    if rule.status == "active" and rule.confidence != "guess" and rule.category not in CATEGORIES_KEPT
}
HEAD = '[pack]\nformat = 1\nid = "own"\n'


def rule(name: str, line: str, more: str = "") -> str:
    return f'\n[[rule]]\nid = "{name}"\ncategory = "testing"\nlines = "{line}"\n{more}'


# ── list ──────────────────────────────────────────────────────────────────────────────────────────


def test_list_has_every_rule_once() -> None:
    result = call("rules", "list")
    assert (result.code, result.err) == (DONE, "")
    lines = result.out.splitlines()
    rows = [line for line in lines if line and not line.startswith("#")]
    assert [row.split()[0] for row in rows] == IDS
    assert [line for line in lines if line.startswith("#")] == [
        f"# {pack.pack.id}: {pack.pack.title}" for pack in PARSED
    ]
    assert [row.split()[1:4] for row in rows] == [
        [rule.category, rule.kind, rule.confidence] for pack in PARSED for rule in pack.rule
    ]


FLAGGED = (
    HEAD
    + 'title = "Ours"\nlangs = ["de"]\n'
    + rule("plain", "Print me", 'langs = ["fr"]')
    + rule("flagged", "Print me too", 'weak = true\nzone = "tail"\nstatus = "trial"\nconfidence = "likely"')
    + '\n[[rule]]\nid = "block"\ncategory = "box"\nfrom = "start of it"\nto = ["end of it", "end of all"]\nmax = 3\n'
    + '\n[[rule]]\nid = "twice"\ncategory = "box"\ncollapse = true\n'
)


def test_list_shows_flags_and_sizes(tmp_path: Path) -> None:
    fill(tmp_path, {"ours.toml": FLAGGED})
    lines = call("rules", "list", "--rules", "ours.toml", cwd=tmp_path).out.splitlines()
    assert [re.split(" {2,}", line) for line in lines[-5:]] == [
        ["# own: Ours"],
        ["own/plain", "testing", "lines", "sure", "-", "1 literal"],
        ["own/flagged", "testing", "lines", "likely", "weak,tail,trial", "1 literal"],
        ["own/block", "box", "from", "sure", "-", "3 patterns"],
        ["own/twice", "box", "collapse", "sure", "-"],
    ]


def test_list_has_the_rules_of_the_configuration_of_this_folder(tmp_path: Path) -> None:
    fill(tmp_path, {"cleaner.toml": 'extend-rules = ["ours.toml"]', "ours.toml": FLAGGED, "sub/a.txt": ""})
    for folder in (tmp_path, tmp_path / "sub"):
        assert "\nown/plain " in call("rules", "list", cwd=folder).out


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (["--category", "box"], ["own/block", "own/twice"]),
        (["--category", "testing", "--lang", "de-AT"], ["own/flagged"]),
        (["--category", "testing", "--lang", "fr"], []),
    ],
)
def test_list_of_a_category_or_language(tmp_path: Path, options: list[str], wanted: list[str]) -> None:
    fill(tmp_path, {"ours.toml": FLAGGED})
    result = call("rules", "list", "--rules", "ours.toml", *options, cwd=tmp_path)
    assert result.code == DONE
    assert [line.split()[0] for line in result.out.splitlines() if not line.startswith("#")] == wanted
    assert result.err == ("" if wanted else "there is no such rule\n")


def test_list_of_a_language_has_the_rules_of_no_language() -> None:
    assert set(re.findall(r"^[^#\s]\S+", call("rules", "list", "--lang", "xx").out, re.MULTILINE)) == {
        f"{pack.pack.id}/{rule.id}" for pack in PARSED for rule in pack.rule if not pack.pack.langs and not rule.langs
    }


def test_list_as_json(tmp_path: Path) -> None:
    fill(tmp_path, {"ours.toml": FLAGGED})
    found = json.loads(call("rules", "list", "--json", "--rules", "ours.toml", cwd=tmp_path).out)
    assert [one["id"] for one in found] == [*IDS, "own/plain", "own/flagged", "own/block", "own/twice"]
    assert found[-3] == {
        "id": "own/flagged",
        "pack": "own",
        "title": "Ours",
        "category": "testing",
        "kind": "lines",
        "confidence": "likely",
        "weak": True,
        "zone": "tail",
        "status": "trial",
        "hosts": [],
        "langs": ["de"],
        "literals": 1,
        "patterns": 0,
        "selectors": 0,
        "file": "ours.toml",
        "line": 12,
    }
    texts = {file: (tmp_path / file).read_text("utf-8").split("\n") for file in {one["file"] for one in found}}
    for one in found:
        text = texts[one["file"]]
        kind, name = text[one["line"] - 1].strip(), one["id"].partition("/")[2]
        assert kind in ("[[rule]]", "[[phrase]]")
        assert f'"{name.removesuffix(TRIAL) if kind == "[[phrase]]" else name}"' in text[one["line"]]


def test_list_of_a_category_that_does_not_exist() -> None:
    result = call("rules", "list", "--category", "shar")
    assert (result.code, result.raw) == (USAGE, b"")
    assert complaint(result) == "error: --category: there is no category 'shar'; did you mean 'share'?"


BAD_PACKS = {
    "unknown key": (
        OWN_RULES.replace("lines", "linez"),
        r"error: own\.toml:8: unknown key 'linez'; did you mean .+",
    ),
    "bad pattern": (
        HEAD + '[[rule]]\nid = "a"\ncategory = "x"\npatterns = "(a+)+b"\n',
        r"error: own\.toml:7: the pattern '\(a\+\)\+b': .+; .+",
    ),
}


@pytest.mark.parametrize(("text", "error"), BAD_PACKS.values(), ids=BAD_PACKS)
@pytest.mark.parametrize(
    "words",
    [
        ["list", "--rules", "own.toml"],
        ["show", "own", "--rules", "own.toml"],
        ["try", "own.toml", "a.txt"],
        ["coverage", "--rules", "own.toml", "a.txt"],
    ],
    ids=lambda words: words[0],
)
def test_a_wrong_pack(tmp_path: Path, words: list[str], text: str, error: str) -> None:
    fill(tmp_path, {"own.toml": text, "a.txt": DOCUMENT})
    result = call("rules", *words, cwd=tmp_path)
    assert (result.code, result.raw) == (USAGE, b"")
    assert re.fullmatch(error, complaint(result))


@pytest.mark.parametrize("words", [["list"], ["show", "share"], ["coverage", "a.txt"]], ids=lambda words: words[0])
def test_a_pack_with_an_id_that_is_taken(tmp_path: Path, words: list[str]) -> None:
    fill(tmp_path, {"own.toml": OWN_RULES.replace('"own"', '"share"'), "a.txt": DOCUMENT})
    result = call("rules", *words, "--rules", "own.toml", cwd=tmp_path)
    assert result.code == USAGE
    assert complaint(result) == "error: own.toml: another pack has the id 'share'; choose another"


# ── show ──────────────────────────────────────────────────────────────────────────────────────────

STRANGE = (
    HEAD
    + """title = "Ours"
hosts = ["a.example"]
langs = ["en", "de"]
clues = ["Our house"]
source = "pages of a.example"

[words]
network = [
  "Mastodon",
]

# Seen on every page.
  [[ rule ]]  # the first
id = "first"
category = "testing"
lines = '''
[[rule]]
[pack]
'''
drops = "[[rule]]"
[[rule.case]]
before = "a"
after = "a"

# For the other house.
# It has two doors.
[[rule]]
id = "second"
category = "testing"
replaces = ["old/first"]
patterns = ["share on {network}"]

[[keep]]
lines = "Print me"
"""
)
FIRST = STRANGE[STRANGE.index("# Seen") : STRANGE.index("\n\n# For")]
SECOND = STRANGE[STRANGE.index("# For") : STRANGE.index("\n\n[[keep")]
ABOUT = (
    "# own: Ours\n# active: in en, de; on a.example; where the URL is not known, with 1 of the lines 'Our house'\n"
    "# source: pages of a.example\n"
)


@pytest.mark.parametrize(
    ("ids", "rules"),
    [
        (["own"], ["first", "second"]),
        (["o*n"], ["first", "second"]),
        (["own/*"], ["first", "second"]),
        (["own/second", "own/first"], ["first", "second"]),
        (["own/f*"], ["first"]),
        (["old/first"], ["second"]),
    ],
    ids=" ".join,
)
def test_show_gives_the_text_of_rules_as_it_stands(tmp_path: Path, ids: list[str], rules: list[str]) -> None:
    fill(tmp_path, {"own.toml": STRANGE})
    result = call("rules", "show", *ids, "--rules", "own.toml", cwd=tmp_path)
    texts = {
        "first": f"\n# own.toml:16: own/first\n{FIRST}\n",
        "second": f"\n# own.toml:30: own/second\n{SECOND}\n",
    }
    assert (result.code, result.err) == (DONE, "")
    assert result.out == ABOUT + "".join(texts[name] for name in rules)


def test_show_rules_that_are_no_tables_of_their_own(tmp_path: Path) -> None:
    text = 'rule = [{ id = "a", category = "x", lines = "Print me" }]\n' + HEAD.rstrip()
    fill(tmp_path, {"own.toml": text})
    result = call("rules", "show", "own/a", "--rules", "own.toml", cwd=tmp_path)
    assert result.out.endswith(f"# active: everywhere\n# source: not said\n\n# own.toml:1: own/a\n{text}\n")


def test_show_what_ships_is_what_its_files_hold() -> None:
    out = call("rules", "show", "*").out
    shown = set(out.splitlines())
    for source, pack in zip(packs.builtin(), PARSED, strict=True):
        assert f"# {pack.pack.id}: {pack.pack.title}\n" in out
        rules = source.text[source.text.index("[[rule]]") :].partition("\n[[keep]]")[0]
        assert set(rules.splitlines()) <= shown
    assert len(re.findall(r"^# .+\.toml:\d+: \S+/\S+$", out, re.MULTILINE)) == len(IDS)


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("sharee", r"did you mean 'share'\?"),
        (f"{IDS[0]}x", rf"did you mean '{IDS[0]}'\?"),
        ("zz*", "known: [a-z].+"),
    ],
)
def test_show_what_does_not_exist(name: str, advice: str) -> None:
    result = call("rules", "show", "share", name)
    assert (result.code, result.raw) == (USAGE, b"")
    assert re.fullmatch(re.escape(f"error: {name}: is no pack or rule; ") + advice, complaint(result))


# ── try ───────────────────────────────────────────────────────────────────────────────────────────

LONG = "".join(f"Rain fell on the town for {number} days.\n" for number in range(3, 12))
TRIED = f"{CHROME}\n{LONG}Own chrome\n\nSnow fell.\nOwn chrome\n{LONG}"


def test_try_shows_what_goes_with_two_lines_around(tmp_path: Path) -> None:
    rules = OWN_RULES + rule("never", "Print me") + rule("old", "Print me", 'status = "retired"')
    fill(tmp_path, {"own.toml": rules, "a.txt": TRIED, "b.txt": CLEAN})
    result = call("rules", "try", "own.toml", "a.txt", "b.txt", cwd=tmp_path)
    assert (result.code, result.err) == (DONE, "")
    assert result.out.splitlines() == [
        "a.txt: 2 removals",
        "   9   Rain fell on the town for 10 days.",
        "  10   Rain fell on the town for 11 days.",
        "  11 - Own chrome  [own/chrome]",
        "  12   ",
        "  13   Snow fell.",
        "  14 - Own chrome  [own/chrome]",
        "  15   Rain fell on the town for 3 days.",
        "  16   Rain fell on the town for 4 days.",
        "b.txt: 0 removals",
        "",
        "2 documents, 2 removals",
        "      2  own/chrome",
        "Never hit:",
        "      0  own/never",
    ]


def test_try_leaves_a_gap_between_hunks(tmp_path: Path) -> None:
    fill(tmp_path, {"own.toml": OWN_RULES, "a.txt": f"Own chrome\n{LONG}Own chrome\n"})
    lines = call("rules", "try", "own.toml", "a.txt", cwd=tmp_path).out.splitlines()
    assert [line[:4].strip() for line in lines[1:8]] == ["1", "2", "3", "..", "9", "10", "11"]


def test_try_beside_the_packs_that_ship(tmp_path: Path) -> None:
    fill(tmp_path, {"own.toml": OWN_RULES, "a.txt": f"{CHROME}\n\n{LONG}Own chrome\n"})
    lines = call("rules", "try", "own.toml", "a.txt", "--with-builtin", cwd=tmp_path).out.splitlines()
    assert lines[0] == "a.txt: 1 removal, 1 by other packs"
    assert re.fullmatch(rf"   1 - {CHROME}  \[[a-z-]+/[a-z-]+\]", lines[1])
    assert [line for line in lines if line.startswith("*")] == ["* 12 - Own chrome  [own/chrome]"]
    assert lines[-2:] == ["1 document, 1 removal", "      1  own/chrome"]


@pytest.mark.parametrize("options", [[], ["--with-builtin"]])
def test_try_a_changed_pack_of_those_that_ship(tmp_path: Path, options: list[str]) -> None:
    pack = OWN_RULES.replace('"own"', '"accessibility"')
    fill(tmp_path, {"accessibility.toml": pack, "a.txt": f"{CHROME}\nOwn chrome\n{CLEAN}"})
    lines = call("rules", "try", "accessibility.toml", "a.txt", *options, cwd=tmp_path).out.splitlines()
    removed = [line.lstrip("* ") for line in lines if re.match(r"[ *] \d+ -", line)]
    assert removed == ["2 - Own chrome  [accessibility/chrome]"]


@pytest.mark.parametrize("more", ['status = "trial"', 'confidence = "guess"', 'confidence = "likely"'])
def test_try_rules_that_are_not_yet_trusted(tmp_path: Path, more: str) -> None:
    fill(tmp_path, {"own.toml": HEAD + rule("new", "Print me", more), "a.txt": f"Print me\n{CLEAN}"})
    assert "      1  own/new" in call("rules", "try", "own.toml", "a.txt", cwd=tmp_path).out


def test_try_a_level_without_some_rules(tmp_path: Path) -> None:
    fill(tmp_path, {"own.toml": HEAD + rule("new", "Print me", 'confidence = "guess"'), "a.txt": "Print me\nRain\n"})
    result = call("rules", "try", "own.toml", "a.txt", "--level", "rules", cwd=tmp_path)
    assert result.out == "a.txt: 0 removals\n\n1 document, 0 removals\n"


SCOPES: dict[str, tuple[str, list[str], str]] = {  # what the pack says, options, why it is not active
    "no scope": ("", [], ""),
    "host": ('hosts = ["a.example"]', ["--url", "https://www.a.example/1"], ""),
    "other host": (
        'hosts = ["a.example"]',
        ["--url", "https://b.example"],
        "is for a.example, not b.example; pass --force to treat it as active",
    ),
    "unknown host": (
        'hosts = ["a.example"]',
        [],
        "is for a.example, and where this is from is not known; pass --url, or --force to treat it as active",
    ),
    "clue": ('hosts = ["a.example"]\nclues = ["rain fell on the town for 3 days."]', [], ""),
    "broken clue": ('clues = ["The café"]', [], ""),
    "too few clues": (
        'clues = ["rain fell on the town for 3 days.", "Our house"]\nclues_needed = 2',
        [],
        "needs 2 of its 2 clues, and 1 occur; pass --force to treat it as active",
    ),
    "clue, but other host": (
        'hosts = ["a.example"]\nclues = ["rain fell on the town for 3 days."]',
        ["--url", "b.example"],
        "is for a.example, not b.example; pass --force to treat it as active",
    ),
    "language": ('langs = ["en"]', ["--lang", "en-GB"], ""),
    "unknown language": ('langs = ["en"]', [], ""),
    "other language": (
        'langs = ["en", "fr"]',
        ["--lang", "de"],
        "is for documents in en, fr, not de; pass --force to treat it as active",
    ),
}


@pytest.mark.parametrize(("says", "options", "why"), SCOPES.values(), ids=SCOPES)
def test_try_says_why_a_pack_is_not_active(tmp_path: Path, says: str, options: list[str], why: str) -> None:
    text = f"Print me\nThe cafÃ©\n{LONG}"
    fill(tmp_path, {"own.toml": HEAD + says + rule("a", "Print me"), "a.txt": text})
    words = ["rules", "try", "own.toml", "a.txt", *options]
    result = call(*words, cwd=tmp_path)
    assert result.code == DONE
    if why:
        assert result.out.splitlines()[0] == f"a.txt: the pack 'own' is not active: it {why}"
        assert "      0  own/a" in result.out.splitlines()
    assert "is not active" not in call(*words, "--force", cwd=tmp_path).out
    assert "      1  own/a" in call(*words, *(["--force"] if why else []), cwd=tmp_path).out.splitlines()


def test_try_has_the_language_of_the_configuration(tmp_path: Path) -> None:
    fill(tmp_path, {"own.toml": HEAD + 'langs = ["en"]\n' + rule("a", "Rain"), "a.txt": "Rain", "cleaner.toml": ""})
    assert "is not active" not in call("rules", "try", "own.toml", "a.txt", cwd=tmp_path).out
    fill(tmp_path, {"cleaner.toml": 'lang = "de"'})
    assert "not de; pass --force" in call("rules", "try", "own.toml", "a.txt", cwd=tmp_path).out


def test_try_a_page_takes_its_whole_text(tmp_path: Path) -> None:
    page = PAGE.replace(b"</body>", b"<nav><a>Own chrome</a></nav></body>")
    fill(tmp_path, {"own.toml": OWN_RULES, "p.html": page})
    out = call("rules", "try", "own.toml", "p.html", cwd=tmp_path).out
    assert "- Own chrome  [own/chrome]" in out
    assert "trafilatura" not in out


def test_try_folders_and_standard_input(tmp_path: Path) -> None:
    files = dict.fromkeys(["docs/a.txt", "docs/sub/b.md", "docs/drafts/c.txt"], "Own chrome\nRain fell.\n")
    fill(tmp_path, {**files, "packs/own.toml": OWN_RULES, "docs/cleaner.toml": 'exclude = ["drafts/"]'})
    result = call("rules", "try", "packs", "docs", "-", cwd=tmp_path, stdin=b"Own chrome\nSnow fell.\n")
    heads = [line.split(":")[0] for line in result.out.splitlines() if line.endswith(": 1 removal")]
    assert heads == ["docs/a.txt", "docs/sub/b.md", "-"]


def test_try_goes_on_after_a_document_that_fails(tmp_path: Path) -> None:
    fill(tmp_path, {"own.toml": OWN_RULES, "a.txt": b"\0", "c.txt": "Own chrome\nRain fell.\n"})
    result = call("rules", "try", "own.toml", "a.txt", "b.txt", "c.txt", cwd=tmp_path)
    assert result.code == FAILED
    assert [line.split(" ")[0] for line in result.err.splitlines()] == ["a.txt:", "b.txt:"]
    assert "1 document, 1 removal" in result.out
    assert call("rules", "try", "own.toml", "b.txt", cwd=tmp_path).code == USAGE


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["no.toml", "a.txt"], r"error: no\.toml: cannot be read \(No such file or directory\); check the path"),
        (["empty", "a.txt"], r"error: empty: no rule packs \(\*\.toml\) in this folder; .+"),
        (["own.toml", "a.txt", "--encoding", "no-such"], r"error: .+no-such.+; .+"),
    ],
)
def test_try_with_wrong_words(tmp_path: Path, words: list[str], error: str) -> None:
    fill(tmp_path, {"own.toml": OWN_RULES, "a.txt": DOCUMENT, "empty/a.txt": ""})
    result = call("rules", "try", *words, cwd=tmp_path)
    assert result.code == USAGE
    assert re.fullmatch(error, complaint(result))


def test_try_flags_a_document_on_stderr(tmp_path: Path) -> None:
    fill(tmp_path, {"own.toml": OWN_RULES, "a.txt": "Own chrome\n"})
    result = call("rules", "try", "own.toml", "a.txt", cwd=tmp_path)
    assert [line.split(":")[0] for line in complaints(result)] == ["a.txt"]


# ── coverage: what is measured ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("case", read_cases("coverage"), ids=lambda case: case["name"])
def test_what_counts_as_lost(case: dict[str, Any], tmp_path: Path) -> None:
    fill(tmp_path, {"own.toml": HEAD + case["rules"]})
    cleaner = Cleaner("rules", rules=[tmp_path / "own.toml"], disable=[f"{pack.pack.id}/*" for pack in PARSED])
    cleaned = cleaner.clean(case["text"])
    coverage = measure([(case["text"], case["gold"], cleaned)])
    assert {rule.rule: [rule.lines, rule.words, rule.lost_lines, rule.lost_words] for rule in coverage.rules} == case[
        "want"
    ]
    assert coverage.content_lines == case["lines"]
    assert coverage.content_words_lost == sum(rule.lost_words for rule in coverage.rules)
    without = measure([(case["text"], None, cleaned)])
    assert [(rule.lines, rule.lost_lines, rule.lost_words) for rule in without.rules] == [
        (rule.lines, 0, 0) for rule in coverage.rules
    ]
    assert (without.known, without.content_lines, without.content_words, without.other_words) == (0, 0, 0, 0)


def test_totals_of_words() -> None:
    text = "Accessibility links\nRain fell, rain fell.\nBuy rope\n"
    coverage = measure([(text, "Rain fell. Snow fell. Links.", Cleaner().clean(text))])
    assert (coverage.content_words, coverage.content_words_lost) == (4, 1)  # rain, fell, fell, links
    assert (coverage.other_words, coverage.other_words_removed) == (4, 1)  # accessibility, rain, buy, rope


COPYING = HEAD + '[[rule]]\nid = "a"\ncategory = "x"\npatterns = "copy [a-z]"\n'


def test_documents_and_samples_are_counted_over_all(tmp_path: Path) -> None:
    cleaner = Cleaner(rules=[fill(tmp_path, {"own.toml": COPYING}) / "own.toml"])
    texts = [f"Copy {name}\n COPY {name}\n Copy {name}\n{CLEAN}" for name in ("a", "b")]
    coverage = measure((text, None, cleaner.clean(text)) for text in texts)
    (copy,) = coverage.rules
    assert (coverage.documents, copy.documents, copy.lines) == (2, 2, 6)
    assert copy.samples == ["Copy a", "COPY a", "Copy b"]


# ── coverage: the command ─────────────────────────────────────────────────────────────────────────

COSTLY = OWN_RULES + rule("costly", "Rain fell on the town for three days.", 'confidence = "likely"')
COVERED = {
    "own.toml": COSTLY,
    "a.txt": f"Own chrome\n{DOCUMENT}",
    "a.clean.txt": CLEAN,
    "b.txt": "Own  chrome\nOwn chrome\nSnow fell.\n",
}


def covered(folder: Path, *words: str) -> tuple[Result, list[str]]:
    result = call("rules", "coverage", *words, cwd=folder)
    return result, result.out.splitlines()


def test_coverage_of_documents_without_gold(tmp_path: Path) -> None:
    fill(tmp_path, COVERED)
    result, lines = covered(tmp_path, ".", "--rules", "own.toml")
    assert (result.code, result.err) == (DONE, "")
    assert lines[0].split() == ["lines", "documents", "words", "rule"]
    assert lines[1].split() == ["3", "2", "6", "own/chrome"]
    assert lines[2] == "    Own chrome"
    never = next(i for i, line in enumerate(lines) if line.startswith("Never hit, "))
    assert lines[never] == f"Never hit, {len(AT_WORK) - 1:,} rules:"
    assert re.fullmatch(r"  all of \d+ packs that ship", lines[-6])
    assert lines[-4:] == [
        "2 documents, 0 with known content",
        "  sure: 4 lines removed",
        "  likely: 1 line removed",
        "  guess: 0 lines removed",
    ]


def test_coverage_with_the_clean_copies_as_gold(tmp_path: Path) -> None:
    fill(tmp_path, COVERED)
    result, lines = covered(tmp_path, "a.txt", "b.txt", "--gold", "--rules", "own.toml")
    assert (result.code, result.err) == (DONE, "")
    assert ["1", "1", "8", "1", "8", "own/costly"] in [line.split() for line in lines]
    start = lines.index("Lost content, 1 rule:")
    assert lines[start + 1 : start + 3] == [
        "  own/costly: 1 line, 8 words",
        "    Rain fell on the town for three days.",
    ]
    assert lines[-6:] == [
        "2 documents, 1 with known content",
        "  content words lost: 53.333% of 15",
        "  other words removed: 100.000% of 4",
        "  sure: 4 lines removed, 0 content lines lost (0.0 per 100,000)",
        "  likely: 1 line removed, 1 content line lost (50000.0 per 100,000)",
        "  guess: 0 lines removed, 0 content lines lost (0.0 per 100,000)",
    ]


def test_coverage_as_json(tmp_path: Path) -> None:
    fill(tmp_path, COVERED)
    result, _ = covered(tmp_path, ".", "--gold", "--json", "--rules", "own.toml", "--disable", "share/*")
    data = json.loads(result.out)
    assert {key: value for key, value in data.items() if key not in ("rules", "never_hit")} == {
        "documents": 2,
        "known": 1,
        "failed": 0,
        "content_lines": 2,
        "content_words": 15,
        "content_words_lost": 8,
        "content_words_lost_share": 8 / 15,
        "other_words": 4,
        "other_words_removed": 4,
        "other_words_removed_share": 1.0,
        "confidences": {
            "sure": {"lines": 4, "lost_lines": 0, "lost_per_100000": 0.0},
            "likely": {"lines": 1, "lost_lines": 1, "lost_per_100000": 50000.0},
            "guess": {"lines": 0, "lost_lines": 0, "lost_per_100000": 0.0},
        },
    }
    assert data["rules"][0]["rule"] == "own/chrome"
    assert data["rules"][-1] == {
        "rule": "own/costly",
        "category": "testing",
        "confidence": "likely",
        "lines": 1,
        "documents": 1,
        "words": 8,
        "samples": ["Rain fell on the town for three days."],
        "lost_lines": 1,
        "lost_words": 8,
        "lost_samples": ["Rain fell on the town for three days."],
        "elements": [],
    }
    hit = {one["rule"] for one in data["rules"]}
    assert set(data["never_hit"]) | hit == {
        *(name for name in AT_WORK if not name.startswith("share/")),
        "own/chrome",
        "own/costly",
    }
    assert not hit & set(data["never_hit"])


def test_coverage_of_a_level_knows_only_its_rules(tmp_path: Path) -> None:
    fill(
        tmp_path,
        {"own.toml": HEAD + rule("guess", "Print me", 'confidence = "guess"'), "a.txt": f"Print me\n{CLEAN}"},
    )
    for level, wanted in (("rules", 0), ("main", 1)):
        result, _ = covered(tmp_path, "a.txt", "--rules", "own.toml", "--level", level, "--json")
        data = json.loads(result.out)
        assert [one["rule"] for one in data["rules"]] == ["own/guess"] * wanted
        assert "own/guess" not in data["never_hit"]


def test_coverage_of_a_category_that_is_kept_by_default(tmp_path: Path) -> None:
    fill(tmp_path, {"own.toml": HEAD + rule("photo", "Print me").replace("testing", "credit"), "a.txt": CLEAN})
    for options, wanted in (((), False), (("--drop", "credit"), True)):
        result, _ = covered(tmp_path, "a.txt", "--rules", "own.toml", *options, "--json")
        assert ("own/photo" in json.loads(result.out)["never_hit"]) is wanted


def test_coverage_has_the_configuration_of_each_document(tmp_path: Path) -> None:
    fill(tmp_path, {"x/cleaner.toml": 'extend-rules = ["own.toml"]\ndisable = ["share/*"]', "x/own.toml": OWN_RULES})
    fill(tmp_path, {"x/a.txt": f"Own chrome\n{CLEAN}", "y/a.txt": f"Own chrome\n{CLEAN}"})
    result, _ = covered(tmp_path, "x", "--json")
    data = json.loads(result.out)
    assert [(one["rule"], one["lines"]) for one in data["rules"]] == [("own/chrome", 1)]
    assert not any(name.startswith("share/") for name in data["never_hit"])
    both = json.loads(covered(tmp_path, "x", "y", "--json")[0].out)
    assert [(one["rule"], one["lines"]) for one in both["rules"]] == [("own/chrome", 1)]
    assert any(name.startswith("share/") for name in both["never_hit"])


@pytest.mark.usefixtures("in_doubt")
def test_coverage_of_a_page_names_trafilatura(tmp_path: Path) -> None:
    fill(tmp_path, {"p.html": PAGE})
    result, _ = covered(tmp_path, "p.html", "--json")
    data = json.loads(result.out)
    assert any(one["rule"] == "trafilatura" for one in data["rules"])
    removed = sum(one["lines"] for one in data["rules"] if one["rule"] != "trafilatura")
    assert sum(total["lines"] for total in data["confidences"].values()) == removed
    at_rules = json.loads(covered(tmp_path, "p.html", "--level", "rules", "--json")[0].out)
    assert not any(one["rule"] == "trafilatura" for one in at_rules["rules"])


RECORDS: list[dict[str, object]] = [
    {"text": f"{CHROME}\n{CLEAN}", "gold": CLEAN, "id": 7},
    {"html": f"<html><p>{CHROME}</p><p>{CLEAN}</p></html>", "gold": None},
    {"text": f"{CHROME}\n{CLEAN}", "url": "https://a.example/1", "html": "<html><p>Snow fell.</p></html>"},
]
WRITERS: dict[str, Callable[[bytes], bytes]] = {
    "d.jsonl": bytes,
    "D.JSONL": bytes,
    "d.jsonl.gz": gzip.compress,
    "d.jsonl.xz": lzma.compress,
}


def jsonl(records: list[dict[str, object]]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


@pytest.mark.parametrize("name", WRITERS)
def test_coverage_of_json_lines(tmp_path: Path, name: str) -> None:
    fill(tmp_path, {name: WRITERS[name](b"\n" + jsonl(RECORDS)), "own.toml": OWN_RULES, "a.txt": CLEAN})
    result, _ = covered(tmp_path, name, "a.txt", "--level", "rules", "--json")
    assert (result.code, result.err) == (DONE, "")
    data = json.loads(result.out)
    assert (data["documents"], data["known"], data["content_words"]) == (4, 1, 15)
    assert [(one["lines"], one["documents"], one["samples"]) for one in data["rules"]] == [(3, 3, [CHROME])]


def test_coverage_of_fields_with_other_names(tmp_path: Path) -> None:
    host = HEAD + 'hosts = ["a.example"]\n' + rule("here", "Print me")
    records: list[dict[str, object]] = [
        {"content": f"Print me\n{CLEAN}", "main": CLEAN, "from": "https://a.example", "text": 5, "url": 5},
        {"content": f"Print me\n{CLEAN}", "main": CLEAN, "from": "https://b.example"},
    ]
    fill(tmp_path, {"d.jsonl": jsonl(records), "own.toml": host})
    names = ["--text-field", "content", "--gold-field", "main", "--url-field", "from"]
    words = ["d.jsonl", "--rules", "own.toml", "--json", *names]
    data = json.loads(covered(tmp_path, *words)[0].out)
    assert data["known"] == 2
    assert [(one["rule"], one["lines"]) for one in data["rules"]] == [("own/here", 1)]
    given = json.loads(covered(tmp_path, *words, "--url", "https://a.example")[0].out)
    assert [(one["rule"], one["lines"]) for one in given["rules"]] == [("own/here", 2)]


def test_coverage_of_html_where_there_is_text_too(tmp_path: Path) -> None:
    fill(tmp_path, {"d.jsonl": jsonl([{**RECORDS[2], "gold": "Snow fell."}])})
    data = json.loads(covered(tmp_path, "d.jsonl", "--html-field", "html", "--json")[0].out)
    assert (data["content_words"], data["other_words"]) == (2, 0)


def test_coverage_of_the_first_documents(tmp_path: Path) -> None:
    fill(tmp_path, {"d.jsonl": jsonl(RECORDS), "a.txt": CLEAN})
    for limit, documents in (("1", 1), ("2", 2), ("9", 4)):
        result, _ = covered(tmp_path, "d.jsonl", "a.txt", "--limit", limit, "--json")
        assert json.loads(result.out)["documents"] == documents


BAD_LINES = {
    "no JSON": (b"{", r"d\.jsonl:2: is not JSON \(.+\); mend the line"),
    "no UTF-8": (b'{"text": "\xe9\xe9"}', r"d\.jsonl:2: is not UTF-8 \(.+\); mend the line"),
    "too deep": (b"[" * 100_000, r"d\.jsonl:2: is not JSON \(.+\); mend the line"),
    "no object": (b"[1]", r"d\.jsonl:2: is not a JSON object; write one object a line"),
    "no text": (b'{"body": "x"}', r"d\.jsonl:2: has no string in the field 'text'; .+"),
    "null": (b'{"text": null}', r"d\.jsonl:2: has no string in the field 'text'; .+"),
    "number": (b'{"text": 5}', r"d\.jsonl:2: has no string in the field 'text'; .+"),
    "gold": (b'{"text": "x", "gold": []}', r"d\.jsonl:2: the field 'gold' is not a string; .+"),
    "no HTML": (b'{"html": "plain"}', r"d\.jsonl:2: has no HTML tag; .+"),
}


@pytest.mark.parametrize(("line", "error"), BAD_LINES.values(), ids=BAD_LINES)
def test_coverage_goes_on_after_a_line_that_fails(tmp_path: Path, line: bytes, error: str) -> None:
    good = jsonl(RECORDS[:1])
    fill(tmp_path, {"d.jsonl": good + line + b"\n" + good})
    result, _ = covered(tmp_path, "d.jsonl", "--json")
    assert result.code == FAILED
    assert re.fullmatch(error, complaint(result))
    data = json.loads(result.out)
    assert (data["documents"], data["failed"]) == (2, 1)


BAD_FILES: dict[str, bytes] = {
    "d.jsonl.gz": b"no gzip",
    "e.jsonl.gz": gzip.compress(jsonl(RECORDS) * 50)[:-20],
    "f.jsonl.gz": b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + b"\xff" * 20,
    "d.jsonl.xz": b"no xz",
    "e.jsonl.xz": lzma.compress(jsonl(RECORDS))[:-20],
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_coverage_goes_on_after_a_file_that_fails(tmp_path: Path, name: str) -> None:
    fill(tmp_path, {name: BAD_FILES[name], "z.txt": "Rain fell.\n"})
    result, _ = covered(tmp_path, name, "z.txt")
    assert result.code == FAILED
    *cut_off, why = complaints(result)
    assert re.fullmatch(re.escape(name) + r": cannot be read any further \(.+\); get the file anew", why)
    assert all(": is not JSON (" in line for line in cut_off)
    assert len(cut_off) <= 1
    assert re.search(r"^\d+ documents?, \d+ with known content$", result.out, re.MULTILINE)


@pytest.mark.parametrize("name", ["no.txt", "no.jsonl"])
def test_coverage_of_what_does_not_exist(tmp_path: Path, name: str) -> None:
    fill(tmp_path, {"a.txt": CLEAN})
    for others, code in (([], USAGE), (["a.txt"], FAILED)):
        result, _ = covered(tmp_path, name, *others)
        assert result.code == code
        assert complaint(result).startswith(f"{name}: ")


def test_coverage_with_a_gold_copy_that_is_not_text(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "a.clean.txt": b"\0"})
    result, _ = covered(tmp_path, "a.txt", "--gold")
    assert result.code == FAILED
    assert complaint(result).startswith("a.txt: a.clean.txt: looks binary")
    assert covered(tmp_path, "a.txt")[0].code == DONE


@pytest.mark.parametrize("words", [["--limit", "0", "a.txt"], ["--color", "blue", "a.txt"], []])
def test_coverage_with_wrong_words(tmp_path: Path, words: list[str]) -> None:
    result, _ = covered(fill(tmp_path, {"a.txt": CLEAN}), *words)
    assert (result.code, result.raw) == (USAGE, b"")


@pytest.mark.parametrize("words", [["--disable", "no/such"], ["--keep", "nothing"]])
def test_coverage_with_wrong_settings_where_nothing_is_to_do(tmp_path: Path, words: list[str]) -> None:
    result, _ = covered(tmp_path, ".", *words)
    assert result.code == USAGE
    assert complaint(result)


def test_coverage_of_standard_input() -> None:
    result = call("rules", "coverage", "-", "--json", stdin=DOCUMENT.encode())
    assert [one["samples"] for one in json.loads(result.out)["rules"]] == [[CHROME]]


def test_coverage_shows_a_sample_on_one_short_line(tmp_path: Path) -> None:
    pattern = HEAD + '[[rule]]\nid = "a"\ncategory = "x"\npatterns = "own chrome.*"\n'
    fill(tmp_path, {"own.toml": pattern, "a.txt": f"Own chrome\u2028\tof {'many ' * 30}words\n{LONG}"})
    _, lines = covered(tmp_path, "a.txt", "--rules", "own.toml")
    assert lines[2].startswith("    Own chrome of many many ")
    assert lines[2].endswith("…")
    assert len(lines[2]) == 64


# ── colour and terminals ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "words", [["try", "own.toml", "a.txt"], ["coverage", "--gold", "a.txt", "--rules", "own.toml"]], ids=" ".join
)
def test_colour_only_where_it_is_wanted(tmp_path: Path, words: list[str]) -> None:
    fill(tmp_path, COVERED)
    plain = run("rules", *words, cwd=tmp_path).out
    assert "\x1b" not in plain
    assert run("rules", *words, "--color", "never", cwd=tmp_path).out == plain
    coloured = run("rules", *words, "--color", "always", cwd=tmp_path).out
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_try_in_colour_dims_what_other_packs_remove(tmp_path: Path) -> None:
    fill(tmp_path, {"own.toml": OWN_RULES, "a.txt": f"{CHROME}\nOwn chrome\n{CLEAN}"})
    words = ["rules", "try", "own.toml", "a.txt", "--with-builtin", "--color", "always"]
    lines = call(*words, cwd=tmp_path).out.splitlines()
    assert f"\x1b[2m- {CHROME}" in lines[1]
    assert "\x1b[31m\x1b[9mOwn chrome" in lines[2]


def test_coverage_in_colour_marks_rules_that_lost_content(tmp_path: Path) -> None:
    fill(tmp_path, COVERED)
    words = ["rules", "coverage", "--gold", "a.txt", "--rules", "own.toml", "--color", "always"]
    lines = call(*words, cwd=tmp_path).out.splitlines()
    assert [line for line in lines if line.startswith("\x1b[31m") and line.endswith("own/costly\x1b[0m")]
    assert not [line for line in lines if line.startswith("\x1b[31m") and line.endswith("own/chrome\x1b[0m")]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX terminals")
def test_coverage_shows_progress_on_a_terminal(tmp_path: Path) -> None:
    fill(tmp_path, COVERED)
    terminal, other = os.openpty()
    script = "import sys; from cleaner.cli import main; main()"
    words = ["rules", "coverage", "a.txt", "b.txt"]
    done = subprocess.run(
        [sys.executable, "-c", script, *words], cwd=tmp_path, stdout=subprocess.PIPE, stderr=other, check=False
    )
    os.close(other)
    assert done.returncode == DONE
    assert b"\x1b" not in done.stdout
    assert b"measuring" in os.read(terminal, 10_000)
    os.close(terminal)


# ── help and completion ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["list", "show", "try", "check", "coverage"])
def test_help_gives_examples_whose_options_exist(name: str) -> None:
    text = call("rules", name, "--help").out
    examples = re.findall(rf"^ +cleaner rules {name}(.*)$", text, re.MULTILINE)
    assert examples
    for option in re.findall(r"--[a-z-]+", " ".join(examples)):
        assert re.search(rf"^  (?:-\w, )?{option}\b", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("command", "incomplete", "wanted"),
    [
        ("show", "own/", {"own/*", "own/plain", "own/flagged", "own/block", "own/twice"}),
        ("show", "own/fl", {"own/flagged"}),
        ("show", "judge/s", {"judge/shape", "judge/short"}),
        ("list", "testi", {"testing"}),
        ("list", "no such", set()),
    ],
)
def test_completion_offers_what_is_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, incomplete: str, wanted: set[str]
) -> None:
    fill(tmp_path, {"cleaner.toml": 'extend-rules = ["ours.toml"]', "ours.toml": FLAGGED})
    monkeypatch.chdir(tmp_path)
    words = ["rules", command, *(["--category"] if command == "list" else [])]
    completion = ShellComplete(group, {}, "cleaner", "_CLEANER_COMPLETE")
    assert {item.value for item in completion.get_completions(words, incomplete)} == wanted


def test_completion_with_a_wrong_pack_offers_what_ships(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, {"cleaner.toml": 'extend-rules = ["ours.toml"]', "ours.toml": "["})
    monkeypatch.chdir(tmp_path)
    completion = ShellComplete(group, {}, "cleaner", "_CLEANER_COMPLETE")
    assert {item.value for item in completion.get_completions(["rules", "show"], "")} == {
        *(f"{pack.pack.id}/*" for pack in PARSED),
        *("judge", "trafilatura", "guard", "markup", "repair"),
    }
