"""What is gold and what is not (`score`, `rules coverage`, `gold`), and the file that `cleaner gold` writes."""

from __future__ import annotations

import gzip
import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from cleaner.cli import DONE, FAILED, USAGE, golds
from cleaner.judge.fit import render
from tests.support import CHROME, CLEAN, DOCUMENT, OWN_RULES, Result, call, complaint, complaints, fill, run, snapshot

CORRECTED = "Rain fell on the town for three days.\n"
COMMANDS = (("score",), ("gold",), ("rules", "coverage", "--gold"))
PAGE = f"<html><body><nav>{CHROME}</nav><p>{CLEAN}</p></body></html>"


def rows(result: Result) -> dict[str, dict[str, Any]]:
    """Return the lines that `cleaner gold` wrote to standard output, by their ids."""
    found = [json.loads(line) for line in result.out.splitlines()]
    return {row.pop("id"): row for row in found}


def gold(folder: Path, *words: str) -> Result:
    return call("gold", *words, cwd=folder)


# ── what is gold ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def stripped(tmp_path: Path) -> Path:
    """A folder with three documents, of which one has a corrected copy, one that `strip` wrote, and one has none."""
    fill(tmp_path, {"a.txt": DOCUMENT, "b.txt": f"{CHROME}\nSnow fell.\n"})
    assert call("strip", ".", cwd=tmp_path).code == DONE
    return fill(tmp_path, {"a.clean.txt": CORRECTED, "c.txt": DOCUMENT})


def test_a_corrected_copy_is_gold_and_one_that_strip_wrote_is_not(stripped: Path) -> None:
    result = gold(stripped, ".")
    assert result.code == DONE
    assert rows(result) == {"a.txt": {"url": None, "lang": None, "text": DOCUMENT, "gold": CORRECTED}}
    assert complaints(result) == [
        "b.txt: skipped: b.clean.txt is what `cleaner strip` wrote, not gold; correct it, or pass --gold DIR",
        "c.txt: skipped: has no gold beside it; put what of it is content into c.clean.txt",
    ]
    scored = call("score", ".", "--json", cwd=stripped)
    assert [json.loads(line).get("document") for line in scored.out.splitlines()] == ["a.txt", None]
    covered = json.loads(call("rules", "coverage", ".", "--gold", "--json", cwd=stripped).out)
    assert (covered["documents"], covered["known"]) == (3, 1)


def test_a_copy_is_known_as_written_whatever_the_options_are_now(stripped: Path) -> None:
    for words in (("--level", "rules"), ("--keep", "accessibility"), ("--disable", "*")):
        assert list(rows(gold(stripped, ".", *words))) == ["a.txt"]


def test_a_copy_that_is_corrected_to_what_cleaning_gives_now_is_gold(tmp_path: Path) -> None:
    fill(tmp_path, {"own.toml": OWN_RULES, "a.txt": f"Own chrome\n{DOCUMENT}"})
    assert call("strip", "a.txt", cwd=tmp_path).code == DONE
    fill(tmp_path, {"a.clean.txt": CLEAN})  # a person takes the line out before a rule does
    assert rows(gold(tmp_path, "a.txt", "--rules", "own.toml"))["a.txt"]["gold"] == CLEAN


def test_a_correction_of_an_earlier_document_is_no_gold(stripped: Path) -> None:
    fill(stripped, {"a.txt": f"{DOCUMENT}Snow fell.\n"})
    result = gold(stripped, "a.txt")
    assert result.code == USAGE
    why = "a.clean.txt was corrected, and the document changed since; look at both, then `cleaner accept a.txt`"
    assert complaints(result)[0] == f"a.txt: skipped: {why}"


UNKNOWN: dict[str, tuple[str, bool]] = {
    "another text": (CORRECTED, True),
    "what cleaning gives": (CLEAN, False),
    "what cleaning gives at another level": (f"{CLEAN}Own chrome\n", False),
}


@pytest.mark.parametrize(("copy", "is_gold"), UNKNOWN.values(), ids=UNKNOWN)
def test_a_copy_that_no_lock_knows(tmp_path: Path, copy: str, is_gold: bool) -> None:
    guess = OWN_RULES.replace('category = "testing"', 'category = "testing"\nconfidence = "guess"')
    fill(tmp_path, {"own.toml": guess, "a.txt": f"{DOCUMENT}Own chrome\n", "a.clean.txt": copy})
    if "another level" not in copy and copy == CLEAN:
        fill(tmp_path, {"a.txt": DOCUMENT})
    result = gold(tmp_path, "a.txt", "--rules", "own.toml", "--level", "main")
    assert result.code == (DONE if is_gold else USAGE)
    assert list(rows(result)) == (["a.txt"] if is_gold else [])


def test_a_copy_with_its_record_beside_it_is_no_gold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, {"own.toml": OWN_RULES, "docs/a.txt": f"Own chrome\n{DOCUMENT}"})
    call("strip", "docs", "--record", "--rules", "own.toml", cwd=tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "elsewhere"))  # another user, who has no lock
    assert gold(tmp_path, "docs").code == USAGE


@pytest.mark.parametrize("name", ["a.clean.txt", "a.txt"])
def test_a_folder_of_gold_may_equal_what_cleaning_gives(stripped: Path, name: str) -> None:
    fill(stripped, {f"gold/{name}": CLEAN, "cleaner.toml": 'exclude = ["gold/"]'})
    result = gold(stripped, "--gold", "gold", ".")
    assert {row: found["gold"] for row, found in rows(result).items()} == {"a.txt": CLEAN}
    assert len(complaints(result)) == 2
    score = json.loads(call("score", "--gold-dir", "gold", ".", "--json", cwd=stripped).out.splitlines()[-1])
    assert score["overall"]["f1"] == 1
    words = ("rules", "coverage", ".", "--gold-dir", "gold", "--json")
    assert json.loads(call(*words, cwd=stripped).out)["known"] == 1


def test_the_documents_themselves_are_no_gold(stripped: Path) -> None:
    result = gold(stripped, "--gold", ".", ".")
    assert {row: found["gold"] for row, found in rows(result).items()} == {
        "a.txt": CORRECTED,
        "b.txt": "Snow fell.\n",
    }


@pytest.mark.parametrize("command", COMMANDS[:2], ids=" ".join)
def test_only_copies_that_strip_wrote(tmp_path: Path, command: tuple[str, ...]) -> None:
    fill(tmp_path, {f"{number}.txt": DOCUMENT for number in range(golds.MAX_TOLD + 1)})
    call("strip", ".", cwd=tmp_path)
    result = call(*command, ".", cwd=tmp_path)
    assert (result.code, result.out) == (USAGE, "")
    skipped, error = complaints(result)
    what = "6 documents have copies that `cleaner strip` wrote, which are not gold"
    assert skipped == f"skipped: {what}; correct them, or pass --gold DIR"
    assert error.startswith("error: nothing to ")


# ── the file ──────────────────────────────────────────────────────────────────────────────────────

FOLDER = {
    "docs/a.txt": DOCUMENT,
    "docs/p.html": PAGE,
    "docs/x/d.jsonl": json.dumps({"text": DOCUMENT, "gold": CORRECTED, "url": "https://a.example", "lang": "en"})
    + "\n",
    "gold/a.txt": CLEAN,
    "gold/p.clean.txt": CLEAN,
}


def test_documents_of_every_kind(tmp_path: Path) -> None:
    result = gold(fill(tmp_path, FOLDER), "docs", "--gold", "gold")
    assert (result.code, result.err) == (DONE, "")
    assert rows(result) == {
        "docs/a.txt": {"url": None, "lang": None, "text": DOCUMENT, "gold": CLEAN},
        "docs/p.html": {"url": None, "lang": None, "html": PAGE, "gold": CLEAN},
        "docs/x/d.jsonl:1": {"url": "https://a.example", "lang": "en", "text": DOCUMENT, "gold": CORRECTED},
    }


@pytest.mark.parametrize("suffix", ["", ".gz", ".xz"])
def test_the_file_is_scored_as_the_folder(tmp_path: Path, suffix: str) -> None:
    fill(tmp_path, FOLDER)
    name = f"gold.jsonl{suffix}"
    result = gold(tmp_path, "docs", "--gold", "gold", "-o", name)
    assert (result.code, result.out) == (DONE, f"{name}: 3 documents with gold\n")
    data = (tmp_path / name).read_bytes()
    opened = gzip.decompress(data) if suffix == ".gz" else lzma.decompress(data) if suffix else data
    assert opened == gold(tmp_path, "docs", "--gold", "gold").raw
    by_file = call("score", name, "--json", cwd=tmp_path).out.splitlines()[-1]
    assert by_file == call("score", "docs", "--gold", "gold", "--json", cwd=tmp_path).out.splitlines()[-1]


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    fill(tmp_path, {**FOLDER, "mine.jsonl": "mine\n"})
    words = ("docs", "--gold", "gold", "-o")
    refused = gold(tmp_path, *words, "mine.jsonl")
    what = "error: mine.jsonl exists, and what would be written differs; pass --force to replace it"
    assert (refused.code, complaint(refused)) == (USAGE, what)
    assert gold(tmp_path, *words, "new.jsonl").code == DONE
    before = snapshot(tmp_path)
    stamp = (tmp_path / "new.jsonl").stat().st_mtime_ns
    assert gold(tmp_path, *words, "new.jsonl").code == DONE  # the same bytes
    assert (snapshot(tmp_path), (tmp_path / "new.jsonl").stat().st_mtime_ns) == (before, stamp)
    assert gold(tmp_path, *words, "mine.jsonl", "--force").code == DONE
    assert (tmp_path / "mine.jsonl").read_bytes() == (tmp_path / "new.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("-",), "error: standard input (-) has no gold beside it; name a file or a folder"),
        (("docs", "-o", "x.txt"), "error: x.txt: is no file of JSON lines by its name; name *.jsonl"),
        (("docs", "-o", "no/x.jsonl"), "error: no/x.jsonl: cannot be written (No such file or directory)"),
        (("docs", "--gold", "nowhere"), "error: Invalid value for '--gold'"),
        (("no.txt", "-o", "x.jsonl"), "no.txt: does not exist; check the path"),
    ],
)
def test_wrong_words(tmp_path: Path, words: tuple[str, ...], error: str) -> None:
    before = snapshot(fill(tmp_path, FOLDER))
    result = gold(tmp_path, *words)
    assert result.code == USAGE
    assert complaints(result)[-1].startswith(error)
    assert snapshot(tmp_path) == before


def test_a_document_that_fails_leaves_the_others(tmp_path: Path) -> None:
    fill(tmp_path, {**FOLDER, "docs/z.txt": b"\0\1", "gold/z.txt": "Rain"})
    result = gold(tmp_path, "docs", "--gold", "gold", "-o", "gold.jsonl")
    assert (result.code, result.out) == (FAILED, "gold.jsonl: 3 documents with gold\n")
    assert complaint(result).startswith("docs/z.txt: looks binary")


def test_no_link_is_read_as_gold_or_written_through(tmp_path: Path) -> None:
    fill(tmp_path, {"secret": CLEAN, "docs/a.txt": DOCUMENT, "gold/b.txt": ""})
    (tmp_path / "gold/a.txt").symlink_to("../secret")
    result = run("gold", "docs", "--gold", "gold", cwd=tmp_path)
    assert (result.code, result.out) == (FAILED, "")
    assert complaint(result) == "docs/a.txt: gold/a.txt: is a link, which is not followed; remove it"
    (tmp_path / "gold/a.txt").unlink()
    fill(tmp_path, {"gold/a.txt": CLEAN})
    (tmp_path / "out.jsonl").symlink_to("secret")
    assert run("gold", "docs", "--gold", "gold", "-o", "out.jsonl", "--force", cwd=tmp_path).code == USAGE
    assert (tmp_path / "secret").read_text() == CLEAN


# ── fitting ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("suffix", ["", ".xz"])
def test_the_fitting_reads_the_file(tmp_path: Path, suffix: str) -> None:
    for module in ("resiliparse", "html_text", "inscriptis"):
        pytest.importorskip(module)
    from cleaner.judge.fit import pages

    fill(tmp_path, FOLDER)
    name = f"gold.jsonl{suffix}"
    assert gold(tmp_path, "docs", "--gold", "gold", "-o", name).code == DONE
    labelled = {page.name: page for page in map(pages.label_record, render.records([tmp_path / name]))}
    assert list(labelled) == ["docs/a.txt", "docs/p.html", "docs/x/d.jsonl:1"]
    text = labelled["docs/a.txt"]
    first = text.variants[render.CONVERTERS[0]]
    assert first.content.tolist() == [0, 1, 1]
    assert first.ruled.tolist() == [True, False, False]
    assert (text.evidence, pages.ALONE in text.variants) == ({}, True)
    page = labelled["docs/p.html"]
    assert list(page.evidence) == [pages.MARKUP]
    assert page.variants[pages.MARKUP].content.tolist() == [0, 1]
    row = labelled["docs/x/d.jsonl:1"]
    assert (row.site, row.language) == ("a.example", "en")
    assert row.variants[render.CONVERTERS[0]].content.tolist() == [0, 1, 0]


def test_a_text_without_gold_cannot_be_fitted_on() -> None:
    with pytest.raises(ValueError, match=r"a\.txt: is a text without gold; leave it out"):
        render.render({"id": "a.txt", "text": "Rain fell."})
