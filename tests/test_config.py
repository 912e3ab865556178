"""Configuration files: where they are found, what they say, and what the command line adds."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleaner import Cleaner
from tests.support import CHROME, CLEAN, DOCUMENT, OWN_RULES, call, complaints, fill, snapshot

DONE, CHANGES, USAGE, FAILED = 0, 1, 2, 3

GUESS_RULES = """[pack]
format = 1
id = "unsure"

[[rule]]
id = "guess"
category = "guessing"
confidence = "guess"
lines = 'Perhaps chrome'

[[rule]]
id = "german"
category = "guessing"
langs = ["de"]
lines = 'Vielleicht'
"""
# A line for each thing that can be set.
TEXT = f"{CHROME}\nOwn chrome\nPerhaps chrome\nVielleicht\n{CLEAN}"
UNSURE = "docs/unsure.toml"
FILES = {"docs/a.txt": TEXT, "docs/own.toml": OWN_RULES, UNSURE: GUESS_RULES}


def dropped(folder: Path, *options: str) -> set[str]:
    """Clean docs/a.txt and return the lines that went."""
    result = call("strip", "docs/a.txt", *options, cwd=folder)
    assert (result.code, complaints(result)) == (DONE, [])
    return set(TEXT.splitlines()) - set((folder / "docs/a.clean.txt").read_text().splitlines())


OWN, GUESS, GERMAN = "Own chrome", "Perhaps chrome", "Vielleicht"
ALL = 'extend-rules = ["own.toml", "unsure.toml"]\n'
FRENCH = ALL + 'lang = "fr"\n'
KEYS: dict[str, tuple[str, list[str], set[str]]] = {
    "nothing": ("", [], {CHROME}),
    "rules": (ALL, [], {CHROME, OWN, GERMAN}),
    "one of them": ('extend-rules = ["own.toml"]', [], {CHROME, OWN}),
    "disable": (FRENCH + 'disable = ["own/chrome"]', [], {CHROME}),
    "disable a pack": (FRENCH + 'disable = ["own/*"]', [], {CHROME}),
    "disable everything": (ALL + 'disable = ["*"]', [], set()),
    "keep": (FRENCH + 'keep = ["testing"]', [], {CHROME}),
    "level": (FRENCH + 'level = "main"', [], {CHROME, OWN, GUESS}),
    "lang": (FRENCH, [], {CHROME, OWN}),
    "lang with a region": (ALL + 'lang = "de-AT"', [], {CHROME, OWN, GERMAN}),
    "level of the command line": (FRENCH + 'level = "main"', ["--level", "rules"], {CHROME, OWN}),
    "lang of the command line": (FRENCH, ["--lang", "de"], {CHROME, OWN, GERMAN}),
    "rules of the command line": ('extend-rules = ["own.toml"]', ["--rules", UNSURE], {CHROME, OWN, GERMAN}),
    "disable by the command line": (FRENCH + 'disable = ["own/*"]', ["--disable", "accessibility/*"], set()),
    "keep by the command line": (FRENCH + 'keep = ["accessibility"]', ["--keep", "testing"], set()),
}


@pytest.mark.parametrize(("config", "options", "lines"), KEYS.values(), ids=KEYS)
def test_what_a_configuration_says(tmp_path: Path, config: str, options: list[str], lines: set[str]) -> None:
    fill(tmp_path, {**FILES, "docs/cleaner.toml": config})
    assert dropped(tmp_path, *options) == lines


@pytest.mark.parametrize("key", ["nothing", "level", "disable", "lang"])
def test_pyproject_says_the_same(tmp_path: Path, key: str) -> None:
    config, options, lines = KEYS[key]
    table = '[project]\nname = "x"\n[tool.other]\nlevel = 1\n[tool.cleaner]\n'
    fill(tmp_path, {**FILES, "docs/pyproject.toml": table + config})
    assert dropped(tmp_path, *options) == lines


@pytest.mark.parametrize("command", ["check", "explain"])
def test_other_commands_have_the_configuration_too(tmp_path: Path, command: str) -> None:
    fill(tmp_path, {**FILES, "docs/cleaner.toml": ALL})
    dropped(tmp_path)
    result = call(command, "docs/a.txt", cwd=tmp_path)
    assert result.code == DONE
    assert command == "check" or f"- {OWN}  [own/chrome]" in result.out.splitlines()


def test_the_nearest_configuration_wins_as_a_whole(tmp_path: Path) -> None:
    fill(
        tmp_path,
        {
            "own.toml": OWN_RULES,
            "pyproject.toml": '[tool.cleaner]\nextend-rules = ["own.toml"]\n',
            "a.txt": TEXT,
            "one/a.txt": TEXT,
            "one/pyproject.toml": "[tool.other]\n",  # says nothing of the cleaner: the one above counts
            "two/deep/a.txt": TEXT,
            "two/cleaner.toml": 'disable = ["accessibility/*"]',
            "two/pyproject.toml": "[tool.cleaner]\n",  # beside cleaner.toml
            "three/a.txt": TEXT,
            "three/cleaner.toml": "",
        },
    )
    assert call("strip", ".", "--jobs", "1", cwd=tmp_path).code == DONE
    copies = {name: text.decode() for name, text in snapshot(tmp_path).items() if name.endswith(".clean.txt")}
    assert {name: (CHROME in text, OWN in text) for name, text in copies.items()} == {
        "a.clean.txt": (False, False),
        "one/a.clean.txt": (False, False),
        "two/deep/a.clean.txt": (True, True),
        "three/a.clean.txt": (False, True),
    }


def test_a_configuration_is_found_from_the_document_not_from_here(tmp_path: Path) -> None:
    fill(tmp_path, {**FILES, "docs/cleaner.toml": ALL, "elsewhere/cleaner.toml": 'disable = ["*"]'})
    assert call("strip", "../docs/a.txt", cwd=tmp_path / "elsewhere").code == DONE
    text = (tmp_path / "docs/a.clean.txt").read_text()
    assert (CHROME in text, OWN in text) == (False, False)


def test_extended_rules_may_be_a_folder(tmp_path: Path) -> None:
    fill(tmp_path, {"docs/a.txt": TEXT, "rules/own.toml": OWN_RULES, "rules/more/unsure.toml": GUESS_RULES})
    fill(tmp_path, {"cleaner.toml": 'extend-rules = ["rules"]\nlang = "de"'})
    assert dropped(tmp_path) == {CHROME, OWN, GERMAN}


def test_pyproject_of_somebody_else_does_not_matter(tmp_path: Path) -> None:
    fill(tmp_path, {"docs/a.txt": TEXT, "docs/pyproject.toml": 'tool = "x"\n', "cleaner.toml": 'disable = ["*"]'})
    assert dropped(tmp_path) == set()


def test_keep_encoding_keeps_the_encoding() -> None:
    assert Cleaner(keep_categories=["encoding"]).clean("The cafÃ© was closed.\n").edits == ()


def test_every_category_in_a_record_can_be_kept() -> None:
    page = (
        "<html><body><nav><a href=/>Home</a> <a href=/a>Away</a></nav>"
        + "<p>Rain fell on the town for three days.</p>" * 3
    )
    edits = Cleaner("main").clean_html(page).edits
    assert edits
    Cleaner(keep_categories={edit.category for edit in edits})


# ── exclusion ─────────────────────────────────────────────────────────────────────────────────────

DOCUMENTS = ["a.txt", "b.md", "drafts/c.txt", "drafts/deep/d.txt", "old/e.txt", "old/keep.txt", "sub/drafts/f.txt"]
EXCLUSIONS = {
    "name": (["a.txt"], {"a.txt"}),
    "folder": (["drafts/"], {"drafts/c.txt", "drafts/deep/d.txt", "sub/drafts/f.txt"}),
    "folder at the top": (["/drafts/"], {"drafts/c.txt", "drafts/deep/d.txt"}),
    "suffix": (["*.md"], {"b.md"}),
    "any depth": (["**/deep/"], {"drafts/deep/d.txt"}),
    "all but one": (["old/*", "!old/keep.txt"], {"old/e.txt"}),
    "comment": (["# nothing", ""], set()),
}


@pytest.mark.parametrize(("patterns", "excluded"), EXCLUSIONS.values(), ids=EXCLUSIONS)
def test_exclusions_in_a_folder(tmp_path: Path, patterns: list[str], excluded: set[str]) -> None:
    fill(tmp_path / "docs", {**dict.fromkeys(DOCUMENTS, DOCUMENT), "cleaner.toml": f"exclude = {patterns}\n"})
    for cwd, top in ((tmp_path, "docs"), (tmp_path / "docs", ".")):
        result = call("check", top, cwd=cwd)
        checked = {line.split(":")[0].removeprefix("docs/") for line in result.out.splitlines()}
        assert checked == set(DOCUMENTS) - excluded


def test_a_named_path_is_excluded_only_when_forced(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "drafts/b.txt": DOCUMENT, "cleaner.toml": 'exclude = ["drafts/", "a.txt"]'})
    words = ["a.txt", "drafts/b.txt"]
    for command, code in (("check", CHANGES), ("strip", DONE)):
        assert call(command, "--force-exclude", *words, cwd=tmp_path).err.startswith("0 documents")
        result = call(command, *words, cwd=tmp_path)
        assert (result.code, len(result.out.splitlines())) == (code, 2)
    result = call("strip", "drafts", cwd=tmp_path)
    why = "error: drafts: nothing to clean; passed over 1 of the cleaner's own files, 1 excluded; name the files"
    assert (result.code, result.err.startswith(why)) == (USAGE, True), "a folder is not a document"


@pytest.mark.parametrize(("options", "out"), [([], CLEAN), (["--force-exclude"], DOCUMENT)])
def test_standard_input_is_excluded_only_when_forced(tmp_path: Path, options: list[str], out: str) -> None:
    fill(tmp_path, {"cleaner.toml": 'exclude = ["a.txt"]'})
    words = ["strip", "-", "--stdin-filename", "a.txt", *options]
    assert call(*words, cwd=tmp_path, stdin=DOCUMENT.encode()).out == out


def test_what_is_excluded_cannot_be_a_problem(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "vendor/b.txt": DOCUMENT, "cleaner.toml": 'exclude = ["vendor/"]'})
    (tmp_path / "vendor/gone.txt").symlink_to("nothing")
    (tmp_path / "vendor/self").symlink_to(".")
    result = call("strip", ".", cwd=tmp_path)
    assert (result.code, complaints(result)) == (DONE, [])


def test_a_pack_that_is_named_twice_counts_once(tmp_path: Path) -> None:
    fill(
        tmp_path,
        {"p/cleaner.toml": 'extend-rules = ["packs"]\n', "p/packs/own.toml": OWN_RULES, "p/a.txt": "Rain fell.\n"},
    )
    for words in (["--rules", "p/packs"], ["--rules", "p/packs/own.toml", "--rules", "p/../p/packs"]):
        result = call("strip", "p/a.txt", *words, cwd=tmp_path)
        assert result.code == 0, result


def test_a_link_to_a_file_belongs_to_the_folder_that_has_the_link(tmp_path: Path) -> None:
    elsewhere = {"theirs/a.txt": DOCUMENT, "theirs/cleaner.toml": "disable = [3]\n"}
    fill(tmp_path, {"ours/cleaner.toml": 'exclude = ["a.txt"]\n', "ours/b.txt": DOCUMENT, **elsewhere})
    (tmp_path / "ours/a.txt").symlink_to("../theirs/a.txt")
    assert call("strip", "ours", cwd=tmp_path).code == 0
    assert call("strip", "ours/a.txt", cwd=tmp_path).code == 0
    assert (tmp_path / "ours/a.clean.txt").exists()
