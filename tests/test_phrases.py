"""Phrases: what they become, what the lint asks of them, the frame, and the table of languages."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cleaner import Cleaner
from cleaner.cli import DONE, USAGE
from cleaner.errors import SettingsError
from cleaner.rules import checks, phrases
from cleaner.rules import pack as packs
from cleaner.rules.engine import Ruleset
from cleaner.rules.prepare import compile_packs, prepare
from cleaner.workbench.languages import languages
from cleaner.workbench.lint import count, lint
from cleaner.workbench.tidy import tidy
from tests.cases import read_cases
from tests.support import DATA, call, fill

HEADER = 'pack = {format = 1, id = "cy", title = "Welsh", langs = ["cy"], source = "seen"}\n'
HOLES: list[dict[str, Any]] = tomllib.loads((DATA / "phrases.toml").read_text("utf-8"))["hole"]
FRAME = phrases.shipped()


def parse(text: str, name: str = "cy.toml") -> packs.Pack:
    return checks.parse(packs.Source(name, HEADER + text))


@pytest.mark.parametrize("case", HOLES, ids=lambda case: case["line"])
def test_holes(case: dict[str, Any]) -> None:
    pack = parse(f'[[phrase]]\nid = "skip"\nlines = {case["line"]!r}\n')
    ruleset = Ruleset([compile_packs([pack])])
    assert [line for line in case["takes"] if not ruleset.matches(line)] == []
    assert [line for line in case["leaves"] if ruleset.matches(line)] == []
    assert ruleset.matches(phrases.example_of(case["line"]))


@pytest.mark.parametrize("case", read_cases("phrases"), ids=lambda case: case["name"])
def test_findings(case: dict[str, str]) -> None:
    text = f"{HEADER}\n{case['pack']}"
    findings = lint([packs.Source("some/cy.toml", text)]).findings
    assert [str(finding).removeprefix("some/cy.toml:") for finding in findings] == list(case["findings"])
    lines = text.split("\n")
    assert all(finding.shown.removesuffix("…") in lines[finding.line - 1] for finding in findings)


def test_a_phrase_becomes_a_rule() -> None:
    (rule, trial) = parse("""
[[phrase]]
id = "pages"
lines = ["Tudalennau:", "Tudalen {n} o {n}"]
seen = "5 sites"
zone = "tail"
confidence = "guess"
[[phrase]]
id = "pages"
lines = "Pob tudalen"
status = "trial"
why = "on trial"
""").rule
    entry = FRAME["pages"]
    assert (rule.id, rule.category, rule.weak, rule.zone, rule.confidence) == (
        "pages",
        entry.category,
        True,
        "tail",
        "guess",
    )
    assert (rule.lines, rule.size(), rule.seen, rule.says) == ("Tudalennau:", (1, 1), "5 sites", ["pages"])
    assert entry.says[0] in rule.why
    assert (trial.id, trial.status, trial.why, trial.zone) == ("pages-trial", "trial", "on trial", entry.zone)


def test_a_phrase_that_is_on_trial_alone_keeps_its_name() -> None:
    (rule,) = parse('[[phrase]]\nid = "skip"\nlines = "Neidio"\nstatus = "trial"\n').rule
    assert rule.id == "skip"


PACK = """
[[phrase]]
id = "skip"
lines = "Neidio dros y fwydlen"

[[phrase]]
id = "home"
lines = '''
Hafan
Yr hafan
'''

[[phrase]]
id = "comments-count"
lines = "{n} sylw"

[[rule]]
id = "own"
category = "share"
lines = "Rhannu hwn"
drops = "Rhannu hwn"
keeps = "Rhannu hwn a wnaeth."
"""
TEXT = "Neidio dros y fwydlen\nHafan\nDaeth y cychod i mewn.\nHafan\nRoedd y môr yn dawel.\n12 sylw\nRhannu hwn\n"


def test_a_pack_of_a_user_cleans_with_phrases(tmp_path: Path) -> None:
    fill(tmp_path, {"phrases.toml": HEADER.replace("cy", "phrases") + PACK})
    cleaned = Cleaner(rules=[tmp_path / "phrases.toml"], level="rules").clean(TEXT)
    assert cleaned.text == "Daeth y cychod i mewn.\nHafan\nRoedd y môr yn dawel.\n"
    assert [edit.by for edit in cleaned.edits] == [
        "phrases/skip",
        "phrases/home",
        "phrases/comments-count",
        "phrases/own",
    ]
    found = Cleaner(rules=[tmp_path], level="rules", disable=["phrases/skip"], keep_categories=["comments"]).clean(
        TEXT
    )
    assert (
        found.text == "Neidio dros y fwydlen\nHafan\nDaeth y cychod i mewn.\nHafan\nRoedd y môr yn dawel.\n12 sylw\n"
    )


def test_what_is_kept_ready_depends_on_the_frame(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    source = packs.Source("cy.toml", HEADER + PACK)
    assert prepare([source]).packs[0].rule[1].category == "accessibility"
    changed = packs.frame().text.replace('category = "accessibility"', 'category = "other"', 1)
    monkeypatch.setattr(packs, "frame", lambda: packs.Source("phrases.toml", changed))
    phrases.shipped.cache_clear()
    try:
        assert prepare([source]).packs[0].rule[1].category == "other"
    finally:
        monkeypatch.undo()
        phrases.shipped.cache_clear()


def test_the_frame_is_no_pack() -> None:
    frame = Path(packs.frame().name)
    assert packs.is_frame(frame)
    assert frame.name not in [Path(source.name).name for source in (*packs.builtin(), *packs.read([frame.parent]))]


def test_entries_of_the_frame() -> None:
    read = tomllib.loads(packs.frame().text)["phrase"]
    assert list(FRAME) == [entry["id"] for entry in read], "each id once"
    categories = {rule.category for source in packs.builtin() for rule in checks.parse(source, trusted=True).rule}
    for name, entry in FRAME.items():
        assert packs.ID.fullmatch(name)
        assert not name.endswith(phrases.TRIAL)
        assert packs.CATEGORY.fullmatch(entry.category)
        assert entry.category in categories, name
        assert all(text.strip() == text != "" for text in entry.says), name
        example = msgspec.convert({"id": name, "lines": entry.says}, packs.Phrase)
        assert list(phrases.problems(example, entry)) == [], name


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('[[phrase]]\nid = "a"\n', "f.toml:1: the key 'says' is missing; add it"),
        (
            '\n[[phrase]]\nid = "a"\nsays = ["a"]\ncategory = 3',
            "f.toml:5: 'category' must be a string, not an integer",
        ),
        (
            '[[phrase]]\nid = "a"\nsays = ["a"]\ncategory = "x"\nwaek = true',
            "f.toml:5: unknown key 'waek'; did you mean 'weak'?",
        ),
        ('[[phrases]]\nid = "a"', "f.toml:1: unknown key 'phrases'; did you mean 'phrase'?"),
    ],
)
def test_a_wrong_frame_is_one_error(text: str, wanted: str) -> None:
    with pytest.raises(SettingsError) as error:
        phrases.read(packs.Source("f.toml", text))
    assert str(error.value).startswith(wanted)


def test_lines_of_phrases_are_sorted_in_place() -> None:
    text = HEADER + PACK.replace("Hafan\nYr hafan", "Yr hafan\nHafan\nhafan")
    assert tidy(text) == HEADER + PACK


def test_counts() -> None:
    counts = count([parse(PACK)])
    assert (counts.rules, counts.literals, counts.patterns, counts.languages) == (4, 4, 1, 1)


@pytest.mark.parametrize(
    ("langs", "wanted"),
    [
        ('"cy", "zh-Hant"', []),
        ("", ["3: a pack with [[phrase]] says which language its lines are in; add 'langs'"]),
        ('"Welsh tongue"', ["5: 'Welsh tongue' is no language tag; name one as BCP 47 does, such as en or pt-BR"]),
        ('"wel"', ["5: no document is in 'wel', since its language has another tag; write 'cy'"]),
    ],
)
def test_tags_of_a_pack(langs: str, wanted: list[str]) -> None:
    source, _ = made("cy.toml", '[[phrase]]\nid = "skip"\nlines = "Neidio"', langs, 'source = "seen"')
    assert [str(finding).removeprefix("cy.toml:") for finding in lint([source]).findings] == wanted


def test_a_language_of_several_tags_counts_as_one() -> None:
    assert count([made("no.toml", "", '"no", "nb", "nn"')[1]]).languages == 1


def test_show_and_list(tmp_path: Path) -> None:
    fill(tmp_path, {"cy.toml": HEADER + PACK})
    shown = call("rules", "show", "cy/comments-count", "cy/own", "--rules", "cy.toml", cwd=tmp_path).out
    assert "# cy.toml:14: cy/comments-count\n# comments, " in shown
    assert 'lines = "{n} sylw"\n' in shown
    assert '# cy.toml:18: cy/own\n[[rule]]\nid = "own"\n' in shown
    listed = json.loads(call("rules", "list", "--lang", "cy", "--rules", "cy.toml", "--json", cwd=tmp_path).out)
    assert [(one["id"], one["line"]) for one in listed[-4:]] == [
        ("cy/own", 18),
        ("cy/skip", 3),
        ("cy/home", 7),
        ("cy/comments-count", 14),
    ]


def test_check_of_the_frame_checks_what_ships(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleaner.cli.rules.check.lint", lambda sources, beside: lint(sources[:1], beside))
    result = call("rules", "check", packs.frame().name, cwd=Path(packs.frame().name).parent)
    assert (result.code, result.err[:7]) == (DONE, "1 pack,")


def made(name: str, text: str, langs: str = "", more: str = "") -> tuple[packs.Source, packs.Pack]:
    stem = Path(name).stem
    source = packs.Source(
        name, f'[pack]\nformat = 1\nid = "{stem}"\ntitle = "The {stem}"\nlangs = [{langs}]\n{more}\n{text}'
    )
    return source, checks.parse(source)


def rule(name: str, says: str, more: str = "") -> str:
    return f'[[rule]]\nid = "{name}"\ncategory = "x"\nlines = "{name}"\nsays = [{says}]\n{more}\n'


def test_languages() -> None:
    found = languages(
        [
            made("language/zh-hans.toml", '[[phrase]]\nid = "skip"\nlines = "跳到内容"', '"zh-Hans", "zh-CN"'),
            made("generic/menus.toml", rule("a", '"home", "menu"') + rule("b", '"close"', 'langs = ["cy"]')),
            made("theme/forum.toml", rule("a", '"close"')),
            made("site/some.toml", rule("a", '"close"'), '"de"', 'hosts = ["some.example"]'),
            made(
                "own/cy.toml",
                rule("a", '"skip"', 'status = "trial"') + rule("b", '"menu"', 'status = "retired"'),
                '"cy"',
            ),
        ],
        ["skip", "home", "menu", "close"],
    )
    assert list(map(tuple, found)) == [
        ("cy", "The cy", ["close"], ["skip", "home", "menu"], ["skip"], 1, ["cy"]),
        ("en", "English interface strings", ["home", "menu"], ["skip", "close"], [], 1, ["en"]),
        ("zh-Hans", "The zh-hans", ["skip"], ["home", "menu", "close"], [], 1, ["zh-Hans", "zh-CN"]),
    ]


def test_list_of_languages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    fill(tmp_path, {"cy.toml": HEADER + PACK})
    words = ("rules", "list", "--languages", "--lang", "cy", "--rules", "cy.toml")
    first, *lines = call(*words, cwd=tmp_path).out.splitlines()
    assert first == f"cy  Welsh  3 of {len(FRAME)} phrases"
    assert all(len(line) <= 60 and line.startswith("    ") for line in lines)
    assert ", ".join(line.strip().removesuffix(",") for line in lines) == ", ".join(
        name for name in FRAME if name not in ("skip", "home", "comments-count")
    )
    (told,) = json.loads(call(*words, "--json", cwd=tmp_path).out)
    assert (told["language"], told["has"]) == ("cy", ["skip", "home", "comments-count"])
    assert (told["rules"], told["tags"]) == (4, ["cy"])
    assert call(*words, "--category", "nosuch", cwd=tmp_path).code == USAGE


def test_list_of_a_language_whose_rules_name_no_phrase(tmp_path: Path) -> None:
    fill(tmp_path, {"cy.toml": HEADER + rule("a", "") + rule("b", "")})
    result = call("rules", "list", "--languages", "--lang", "cy", "--rules", "cy.toml", cwd=tmp_path)
    assert result.out == "cy  Welsh  2 rules, which name no phrases\n"


@pytest.mark.parametrize(("lang", "tag"), [("nb", "no"), ("nno", "no"), ("zh-TW", "zh-Hant"), ("gre", "el")])
def test_list_of_a_language_by_any_of_its_tags(lang: str, tag: str) -> None:
    assert call("rules", "list", "--languages", "--lang", lang).out.split()[0] == tag


def test_list_of_a_language_that_has_no_pack_or_is_none() -> None:
    told = call("rules", "list", "--languages", "--lang", "xx")
    assert (told.out, told.err) == ("", "there is no pack for 'xx'; rules/README.md says how to write one\n")
    assert call("rules", "list", "--lang", "x y").code == USAGE
