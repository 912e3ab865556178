"""The lint of rule packs: each finding has a case; and `cleaner rules check`."""

from __future__ import annotations

import re
import tomllib
from itertools import groupby
from pathlib import Path

import msgspec
import pytest

from cleaner.cli import DONE, USAGE
from cleaner.rules.checks import parse
from cleaner.rules.match.keys import key
from cleaner.rules.pack import Phrase, Rule, Source, builtin
from cleaner.workbench.criteria import bank
from cleaner.workbench.lint import count, lint
from cleaner.workbench.tidy import tidy
from tests.cases import read_cases
from tests.support import Result, call, fill

HEADER = 'pack = {format = 1, id = "own", title = "Own", source = "seen"}'
RULES = Path(__file__).parent.parent / "rules"
README = (RULES / "README.md").read_text("utf-8")
BANKS = Path(__file__).parent.parent / "cleaner" / "workbench"
GOOD = f"""{HEADER}
[[rule]]
id = "a"
category = "share"
langs = ["pt-BR", "pt-PT", "en"]
lines = '''
Print this page
Send this page
'''
drops = "Print this page"
keeps = "Print this page twice."
"""


@pytest.mark.parametrize("case", read_cases("lint"), ids=lambda case: case["name"])
def test_findings(case: dict[str, str]) -> None:
    text = f"{case.get('header', HEADER)}\n{case['pack']}"
    findings = lint([Source("some/own.toml", text)]).findings
    assert [str(finding).removeprefix("some/own.toml:") for finding in findings] == list(case["findings"])
    lines = text.split("\n")
    assert all(finding.shown.removesuffix("…") in lines[finding.line - 1] for finding in findings)


def test_packs_together() -> None:
    other = GOOD.replace("own", "other") + '[[keep]]\nrules = ["own/a", "shipped/a"]\n'
    shipped = Source("shipped.toml", GOOD.replace("own", "shipped"))
    sources = [Source("own.toml", GOOD), Source("x/own.toml", GOOD), Source("other.toml", other)]
    (found,) = lint(sources, [shipped]).findings
    assert str(found) == "x/own.toml:1: the id 'own' is that of own.toml too; choose another"
    (found,) = lint([Source("x/shipped.toml", shipped.text)], [shipped]).findings
    assert str(found) == "x/shipped.toml:1: the id 'shipped' is that of a pack that ships too; choose another"


def test_a_broken_pack_does_not_hide_the_next() -> None:
    findings = lint(
        [Source("a.toml", "["), Source("b.toml", "[pack]\n"), Source("own.toml", GOOD + "x = 1\n")]
    ).findings
    assert [finding.path for finding in findings] == ["a.toml", "b.toml", "own.toml"]


def test_counts() -> None:
    pack = parse(Source("own.toml", GOOD))
    assert count([pack, pack]) == (2, 2, 4, 0, 2, 4)


@pytest.mark.parametrize(
    ("lines", "tidied"),
    [
        ("b c\na b", "a b\nb c"),
        ("b c\n\n • A  b\na b\nÄ b", " • A  b\nb c\nÄ b"),
        ("x]\n[pack]\nlines = 1", "[pack]\nlines = 1\nx]"),
    ],
)
def test_tidy(lines: str, tidied: str) -> None:
    def pack(literals: str) -> str:
        own = GOOD.replace("Print this page\nSend this page", literals)
        return own + "# the end: '''\n[[keep]]\nlines = '''\nb\na\n'''\n"

    assert tidy(pack(lines)) == pack(tidied) == tidy(pack(tidied))


@pytest.mark.parametrize("lines", ['"""\nb c\na b\n"""', "'''b c\na b'''", "'''\nb c\na b'''", "'b c'"])
def test_tidy_leaves_what_is_written_otherwise(lines: str) -> None:
    text = GOOD.replace("'''\nPrint this page\nSend this page\n'''", lines)
    assert tidy(text) == text


@pytest.mark.parametrize(
    ("lines", "tidied"),
    [
        ('["b c", "a b"]', '["a b", "b c"]'),
        ('[\n  "b c",\n  \'a "b"\',\n  "C",\n]', '[\n  \'a "b"\',\n  "b c",\n  "C",\n]'),
        (
            '[\n  "b c", "a b",\n  "B  c",\n  "a \\u0041", ] # the end',
            '[\n  "a \\u0041", "a b",\n  "b c", ] # the end',
        ),
        ('["b c"]', '["b c"]'),
        ('["b c", "a b" # the first\n]', '["b c", "a b" # the first\n]'),
        ('["b c", # of all\n "a b"]', '["b c", # of all\n "a b"]'),
    ],
)
def test_tidy_sorts_lists(lines: str, tidied: str) -> None:
    text = GOOD.replace("'''\nPrint this page\nSend this page\n'''", "{}")
    assert tidy(text.replace("{}", lines)) == text.replace("{}", tidied) == tidy(text.replace("{}", tidied))


@pytest.mark.parametrize("name", ["common.txt", "sentences.txt"])
def test_banks(name: str) -> None:
    heading = ""
    languages: dict[str, list[str]] = {}
    for line in (BANKS / name).read_text("utf-8").splitlines():
        heading = line if line.startswith("#") else heading
        languages.setdefault(heading, []).append(key(line))
    assert len(languages) == 20
    for heading, (_, *found) in languages.items():
        assert len(found) == len(set(found)) >= (13 if name == "sentences.txt" else 40), heading
        assert all(found), heading
        assert name == "sentences.txt" or found == sorted(found), heading
    assert len(bank(name)) == sum(map(len, languages.values())) - len(languages)


def test_command(tmp_path: Path) -> None:
    fill(tmp_path, {"good/own.toml": GOOD, "bad/bad.toml": GOOD.replace("own", "bad").replace("[[r", "[[tr")})
    result = call("rules", "check", "good", cwd=tmp_path)
    assert (result.code, result.out) == (DONE, "")
    assert result.err == "1 pack, 1 rule, 2 languages, 2 examples: 0 findings\n"
    result = call("rules", "check", "good", "bad/bad.toml", cwd=tmp_path)
    assert result.code == USAGE
    assert result.out == "bad/bad.toml:2: unknown key 'trule'; did you mean 'rule'?\n    [[trule]]\n"
    assert call("rules", "check", "--quiet", "bad", cwd=tmp_path).err == ""


def test_command_with_a_wrong_path(tmp_path: Path) -> None:
    result = call("rules", "check", "none.toml", cwd=tmp_path)
    assert result.code == USAGE
    assert result.err == "error: none.toml: cannot be read (No such file or directory); check the path\n"
    result = call("rules", "check", "", cwd=tmp_path)
    assert result.code == USAGE
    assert "PATH: is empty" in result.err


def test_fix(tmp_path: Path) -> None:
    unsorted = GOOD.replace("Print this page\nSend", "Send this page\nPrint")
    fill(
        tmp_path,
        {"own.toml": unsorted.replace("\n", "\r\n"), "good.toml": GOOD.replace("own", "good"), "x.toml": "["},
    )
    good, broken = (tmp_path / name for name in ("good.toml", "x.toml"))
    before = good.stat().st_mtime_ns
    result = call("rules", "check", "--fix", ".", cwd=tmp_path)
    assert result.code == USAGE
    assert result.out.startswith("x.toml:1: is not valid TOML")
    assert result.err.splitlines()[0] == "own.toml: sorted"
    assert (tmp_path / "own.toml").read_bytes() == GOOD.replace("\n", "\r\n").encode()
    assert (good.stat().st_mtime_ns, broken.read_text()) == (before, "[")


@pytest.fixture(scope="module")
def shipped() -> Result:
    """What the check says of the packs that ship, which takes seconds."""
    return call("rules", "check", cwd=RULES)


def test_the_packs_that_ship_are_checked_by_default(shipped: Result) -> None:
    result = shipped
    packs = len(builtin())
    assert re.fullmatch(rf"{packs} packs, [\d,]+ rules, \d+ languages?, [\d,]+ examples: \d+ findings?\n", result.err)
    paths = [line.partition(":")[0] for line in result.out.splitlines() if not line.startswith("    ")]
    assert all((RULES / path).is_file() and not Path(path).is_absolute() for path, _ in groupby(paths))


BLOCKS = re.findall(r"^```toml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
(BESIDE,) = (block for block in BLOCKS if 'id = "close"' in block)  # the chrome that examples of `between` stand by


@pytest.mark.parametrize("block", BLOCKS)
def test_the_examples_of_the_readme(block: str) -> None:
    rules = BESIDE + block if "\nbetween = " in block else block
    text = block if "[pack]" in block else f"{HEADER}\n{rules}"
    source = Source(f"{tomllib.loads(text)['pack']['id']}.toml", text)
    assert list(map(str, lint([source], builtin()).findings)) == []


def test_the_readme_names_every_key_of_a_rule() -> None:
    keys = {field.encode_name for shape in (Rule, Phrase) for field in msgspec.structs.fields(shape)}
    assert keys - set(re.findall(r"`([a-z_]+)`", README)) == {"category", "case"}  # which every example shows


def test_the_packs_that_ship_are_clean(shipped: Result) -> None:
    assert (shipped.code, shipped.out) == (DONE, "")
