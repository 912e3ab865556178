"""Exceptions of a configuration for some documents: which count, what wins, and what is wrong with them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cleaner.cli.common import MAX_VARIANTS, Cleaners
from cleaner.cli.config import Config
from cleaner.errors import SettingsError
from tests.support import CHROME, CLEAN, DOCUMENT, OWN_RULES, Result, call, fill

OWN = f"Own chrome\n\n{CLEAN}"


def cleaned(folder: Path, *options: str) -> dict[str, str]:
    """Clean all documents below a folder and return the clean text of each."""
    result = call("strip", "--quiet", *options, ".", cwd=folder)
    assert (result.code, result.err) == (0, ""), result
    return {
        str(path.relative_to(folder)).replace(".clean", ""): path.read_text("utf-8")
        for path in folder.rglob("*.clean.*")
    }


TABLES = {  # the tables, and which of four documents keep the line of chrome
    "a folder": ('[files."poems/**"]\ndisable = ["accessibility/*"]', {"poems/a.txt", "poems/b.md"}),
    "a name": ("[files.'b.md']\ndisable = ['accessibility/*']", {"poems/b.md"}),
    "a name anywhere": ('[files."a.*"]\nkeep = ["accessibility"]', {"poems/a.txt", "prose/a.txt"}),
    "a top folder": ('[files."/a.txt"]\nkeep = ["accessibility"]', set()),
    "two that add up": (
        '[files."poems/"]\nkeep = ["accessibility"]\n[files."*.md"]\nkeep = ["related"]',
        {"poems/a.txt", "poems/b.md"},
    ),
    "one inside of another": ('files = { "poems/*.md" = { keep = ["accessibility"] } }', {"poems/b.md"}),
    "with dots": ('files."c.txt".keep = ["accessibility"]', {"c.txt"}),
    "none": ('[files."nothing"]\nkeep = ["accessibility"]', set()),
    "of another configuration": ('[files."../prose/a.txt"]\nkeep = ["accessibility"]', set()),
}
DOCUMENTS = ("c.txt", "poems/a.txt", "poems/b.md", "prose/a.txt")


def category() -> str:
    """Return the category of the line of chrome."""
    from cleaner import Cleaner

    return Cleaner("rules").clean(DOCUMENT).edits[0].category


@pytest.mark.parametrize("file", ["cleaner.toml", "pyproject.toml"])
@pytest.mark.parametrize(("text", "kept"), TABLES.values(), ids=TABLES)
def test_which_documents(tmp_path: Path, text: str, kept: set[str], file: str) -> None:
    text = text.replace('keep = ["accessibility"]', f'keep = ["{category()}"]')
    if file == "pyproject.toml":
        text = "[tool.cleaner]\n" + re.sub(r"(?m)^\[files", "[tool.cleaner.files", text)
    fill(tmp_path, {**dict.fromkeys(DOCUMENTS, DOCUMENT), file: text})
    found = cleaned(tmp_path)
    assert set(found) == set(DOCUMENTS)
    assert {name for name, text in found.items() if text.startswith(CHROME)} == kept


def config(tmp_path: Path, text: str, name: str = "poems/a.txt") -> Config:
    """Return the configuration for a document."""
    fill(tmp_path, {"cleaner.toml": text})
    return Cleaners(Config()).found(tmp_path / name).config


def test_later_tables_win_and_lists_add_up(tmp_path: Path) -> None:
    text = """
        level = "main"
        threshold = 0.5
        lang = "en"
        disable = ["share/*"]
        [files."poems/**"]
        level = "rules"
        lang = "de"
        disable = ["related/*", "share/*"]
        markdown-in = false
        [files."a.txt"]
        lang = "fr"
        keep = ["credit"]
        [files."*.md"]
        lang = "it"
    """
    found = config(tmp_path, text)
    assert (found.level, found.threshold, found.lang, found.markdown_in) == ("rules", None, "fr", False)
    assert (found.disable, found.keep) == (("share/*", "related/*"), ("credit",))
    assert config(tmp_path, text, "b.txt").level == "main"


def test_the_command_line_wins(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": OWN, "own.toml": OWN_RULES})
    fill(
        tmp_path, {"cleaner.toml": '[files."a.txt"]\nlevel = "safe"\nthreshold = 0.9\nextend-rules = ["own.toml"]\n'}
    )
    assert cleaned(tmp_path, "--level", "rules") == {"a.txt": CLEAN}
    assert cleaned(tmp_path, "--force", "--disable", "own/*", "--level", "rules") == {"a.txt": OWN}


def test_standard_input_and_other_commands(tmp_path: Path) -> None:
    text = f'[files."poems/**"]\nkeep = ["{category()}"]\n'
    fill(tmp_path, {"cleaner.toml": text, "poems/a.txt": DOCUMENT})
    words = ["strip", "-", "--stdin-filename", "poems/b.txt"]
    assert call(*words, cwd=tmp_path, stdin=DOCUMENT.encode()).out == DOCUMENT
    assert "-" not in {line[:1] for line in call("explain", "poems/a.txt", cwd=tmp_path).out.splitlines()}
    assert call("check", "poems", cwd=tmp_path).out.startswith("poems/a.txt: has no clean copy")


def test_shards_go_by_their_path(tmp_path: Path) -> None:
    row = json.dumps({"text": DOCUMENT}) + "\n"
    text = f'[files."poems/**"]\nkeep = ["{category()}"]\n'
    fill(tmp_path, {"cleaner.toml": text, "poems/docs.jsonl": row, "docs.jsonl": row})
    assert call("strip", ".", cwd=tmp_path).code == 0
    texts = [
        json.loads((tmp_path / name).read_text())["text"] for name in ("docs.clean.jsonl", "poems/docs.clean.jsonl")
    ]
    assert texts == [CLEAN, DOCUMENT]


def test_a_protection_of_some_documents(tmp_path: Path) -> None:
    pack = OWN_RULES + "[[keep]]\nfiles = ['poems/**']\nlines = 'Own chrome'\n"
    row = json.dumps({"text": OWN}) + "\n"
    files = {"own.toml": pack, "poems/docs.jsonl": row, **dict.fromkeys(DOCUMENTS, OWN)}
    fill(tmp_path / "project", {**files, "cleaner.toml": 'extend-rules = ["own.toml"]\n'})
    kept = {"poems/a.txt", "poems/b.md", "poems/docs.jsonl"}
    # Names are relative to the folder of the configuration, wherever the command runs and whatever is named.
    for cwd, top in ((tmp_path, "project"), (tmp_path / "project", "."), (tmp_path / "project/poems", "..")):
        assert call("strip", "--force", "--quiet", top, cwd=cwd) == Result(0, b"", "")
        found = {
            str(path.relative_to(tmp_path / "project")).replace(".clean", "")
            for path in (tmp_path / "project").rglob("*.clean.*")
            if "Own chrome" in path.read_text()
        }
        assert found == kept
    assert call("check", "project/poems", cwd=tmp_path).code == 0
    shown = call("explain", "project/poems/a.txt", "project/c.txt", cwd=tmp_path).out
    assert re.findall(r"(?m)^([- ]) ?Own chrome", shown) == [" ", "-"]
    # Without a configuration, they are relative to the current folder.
    (tmp_path / "project/cleaner.toml").unlink()
    assert call("strip", "--rules", "own.toml", "poems/a.txt", "--diff", cwd=tmp_path / "project").out == ""
    assert "-Own" in call("strip", "--rules", "project/own.toml", "project/poems/a.txt", "--diff", cwd=tmp_path).out


WRONG = {
    "an unknown key": ('[files."a"]\n\nlevle = "rules"', 3, "unknown key 'levle'; did you mean 'level'?"),
    "no level": ('[files."a"]\nlevel = "none"', 2, "'level' must be main, rules or safe, not 'none'; change it"),
    "no list": ('lang = "de"\n[files."a"]\ndisable = "x"', 3, "'disable' must be a list, not a string; change it"),
    "no language": ('[files."a.txt"]\nlang = "-"', 2, "'lang': '-' is no language tag; name one"),
    "no table": ('files = ["poems"]', 1, "'files' must be a table, not a list; change it"),
    "no table inside": ('[files]\npoems = "rules"', 2, "must be a table; write keys in it"),
    "no pattern": ('[files."!poems"]\nlevel = "rules"', 1, "'files': '!poems' fits no file; mend the pattern"),
    "a comment": ('[files."#"]\nlevel = "rules"', 1, "'files': '#' fits no file; mend the pattern"),
    "no rule": ('disable = []\n[files."a.*"]\ndisable = ["own/x"]', 3, "disable: there is no rule 'own/x'"),
    "no category": (
        'keep = []\n[files."*.md"]\nkeep = []\n[files."a.txt"]\nkeep = ["x"]',
        5,
        "keep: there is no category 'x'",
    ),
    "a threshold without a judge": (
        'level = "rules"\n[files."a.txt"]\nthreshold = 0.5',
        3,
        "threshold: 0.5 is for the levels safe and main",
    ),
    "packs elsewhere": (
        '[files."a.txt"]\nextend-rules = ["../x.toml"]',
        2,
        "'extend-rules': '[..]x.toml' is not below the folder of this file",
    ),
    "the name of a key": ("[files]\nexclude = { level = 3 }", 2, "'level' must be a string"),
}


@pytest.mark.parametrize(("text", "line", "why"), WRONG.values(), ids=WRONG)
def test_what_is_wrong(tmp_path: Path, text: str, line: int, why: str) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "cleaner.toml": text})
    for file in ("cleaner.toml", "pyproject.toml"):
        if file == "pyproject.toml":
            (tmp_path / "cleaner.toml").unlink()
            text = "[tool.cleaner]\n" + re.sub(r"(?m)^\[files", "[tool.cleaner.files", text)
            fill(tmp_path, {file: text})
        result = call("strip", "a.txt", cwd=tmp_path)
        assert result.code == 2
        expected = f"error: {tmp_path / file}:{line + (file == 'pyproject.toml')}: {why}"
        pattern = ".*".join(map(re.escape, expected.split("[..]")))
        assert re.match(pattern, result.err), result.err
    assert not (tmp_path / "a.clean.txt").exists()


def tables(number: int, text: str) -> str:
    return "".join(f'[files."*{i:03}*"]\n{text.format(i=i)}\n' for i in range(number))


def test_many_tables_that_say_the_same_need_one_cleaner(tmp_path: Path) -> None:
    fill(tmp_path, {"cleaner.toml": tables(1000, 'disable = ["share/*"]\nlang = "en"')})
    cleaners = Cleaners(Config(level="rules"))
    for i in range(1000):
        cleaners.number(cleaners.found(tmp_path / f"{i:03}.txt"))
    assert len(cleaners.built) == 1


def test_too_many_cleaners_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_VARIANTS < 100
    monkeypatch.setattr("cleaner.cli.common.MAX_VARIANTS", 3)
    fill(tmp_path, {"cleaner.toml": tables(1000, "threshold = 0.{i:03}")})
    cleaners = Cleaners(Config())
    found = [cleaners.found(tmp_path / f"{i:03}.txt") for i in range(4)]
    assert [cleaners.number(one) for one in (*found[:3], *found[:3])] == [0, 1, 2, 0, 1, 2]
    with pytest.raises(SettingsError, match=r"cleaner\.toml:1: 'files': documents need more than 3 cleaners"):
        cleaners.number(found[3])


def test_lists_cannot_grow_without_bound(tmp_path: Path) -> None:
    many = ", ".join(f'"share/{{i}}x{j}"' for j in range(30))
    fill(tmp_path, {"cleaner.toml": tables(200, f"disable = [{many}]")})
    cleaners = Cleaners(Config())
    name = "".join(f"{i:03}" for i in range(60))
    with pytest.raises(SettingsError, match=r"cleaner\.toml:\d+: 'disable': .* more than 1,000 items; write fewer"):
        cleaners.found(tmp_path / f"{name}.txt")


def test_more_tables_than_there_may_be(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "cleaner.toml": tables(1001, 'lang = "en"')})
    result = call("strip", "a.txt", cwd=tmp_path)
    why = f"error: {tmp_path}/cleaner.toml:1: 'files' must be a table of at most 1,000 keys; change it\n"
    assert (result.code, result.err) == (2, why)


def test_patterns_that_are_too_long_together(tmp_path: Path) -> None:
    long = "".join(f'[files."{i:03}{"a*" * 400}"]\nlang = "en"\n' for i in range(200))
    fill(tmp_path, {"a.txt": DOCUMENT, "cleaner.toml": long})
    result = call("strip", "a.txt", cwd=tmp_path)
    why = "'files': the patterns have more than 100,000 characters together; write shorter ones"
    assert (result.code, result.err) == (2, f"error: {tmp_path}/cleaner.toml:1: {why}\n")
