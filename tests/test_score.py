"""Scores: their figures, what the command says of documents and their gold, and the filters to compare with."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import re
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.cli import DONE, FAILED, USAGE
from cleaner.workbench.score import score, total
from tests import filters
from tests.cases import read_cases
from tests.strategies import documents
from tests.support import CHROME, CLEAN, DOCUMENT, OWN_RULES, Result, call, complaint, complaints, fill, snapshot

FIGURES = ("words", "precision", "recall", "f1", "lost", "removed")
CASES = read_cases("score")

# ── figures ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_score(case: dict[str, str]) -> None:
    found = score(case["original"], case["gold"], case["clean"])
    assert {name: getattr(found, name) for name in FIGURES} == {
        name: pytest.approx(float(Fraction(case[name]))) for name in FIGURES
    }


def test_total_is_means_over_documents_and_shares_of_all_words() -> None:
    first = score("Print me\nSave\nRain fell for three days.", "Rain fell for three days.", "Save\nRain fell.")
    second = score("Menu\nSnow", "Snow", "Snow")
    assert total([first, second])._asdict() == pytest.approx(
        {
            "documents": 2,
            "words": 10,
            "precision": (2 / 3 + 1) / 2,
            "recall": (2 / 5 + 1) / 2,
            "f1": (1 / 2 + 1) / 2,
            "lost": 3 / 6,
            "removed": 3 / 4,
        }
    )


def test_total_of_nothing() -> None:
    assert set(total([])) == {0}


@given(documents(), st.one_of(documents(), st.just("")))
def test_gold_as_output_is_perfect(original: str, gold: str) -> None:
    found = score(original, gold, gold)
    assert (found.precision, found.recall, found.f1, found.lost) == (1, 1, 1, 0)
    assert found.removed == (1 if found.other else 0)


# ── the command: files ────────────────────────────────────────────────────────────────────────────

GOLD = {
    "a.txt": DOCUMENT,
    "gold/a.clean.txt": CLEAN,
    "b.md": f"{DOCUMENT}Own chrome\n",
    "gold/b.md": CLEAN,
    "x/c.txt": DOCUMENT,
    "gold/x/c.clean.txt": f"{CHROME}\n{CLEAN}",
    "cleaner.toml": 'exclude = ["gold/"]',
}
IN_GOLD = ("--gold", "gold")
TABLE = """\
      words  precision     recall         f1       lost    removed  document
         17      1.000      1.000      1.000      0.00%     100.0%  a.txt
         19      0.882      1.000      0.938      0.00%      50.0%  b.md
         17      1.000      0.882      0.938     11.76%       0.0%  x/c.txt
         53      0.961      0.961      0.958      4.26%      66.7%  overall: 3 documents
"""


def scored(folder: Path, *words: str) -> Result:
    return call("score", *words, cwd=folder)


def objects(result: Result) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Return what a run with --json says of each document and of all."""
    *rows, last = map(json.loads, result.out.splitlines())
    assert set(last) == {"overall"}
    return {row.pop("document"): row for row in rows}, last["overall"]


def test_a_folder(tmp_path: Path) -> None:
    before = snapshot(fill(tmp_path, GOLD))
    result = scored(tmp_path, ".", *IN_GOLD)
    assert (result.code, result.err) == (DONE, "")
    assert result.out == TABLE
    assert snapshot(tmp_path) == before


def test_json(tmp_path: Path) -> None:
    rows, overall = objects(scored(fill(tmp_path, GOLD), ".", "--json", *IN_GOLD))
    assert list(rows) == ["a.txt", "b.md", str(Path("x/c.txt"))]
    assert rows["b.md"] == pytest.approx(
        {"words": 19, "precision": 15 / 17, "recall": 1, "f1": 15 / 16, "lost": 0, "removed": 1 / 2}
    )
    assert overall == pytest.approx(
        {
            "documents": 3,
            "words": 53,
            "precision": (2 + 15 / 17) / 3,
            "recall": (2 + 15 / 17) / 3,
            "f1": (1 + 15 / 8) / 3,
            "lost": 2 / 47,
            "removed": 4 / 6,
        }
    )


@pytest.mark.parametrize(("number", "names"), [("1", ["b.txt"]), ("2", ["b.txt", "a.txt"]), ("9", None)])
def test_the_worst(tmp_path: Path, number: str, names: list[str] | None) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "a.clean.txt": "Rain", "b.txt": DOCUMENT, "b.clean.txt": "Snow"})
    fill(tmp_path, {"c.txt": DOCUMENT, "c.clean.txt": f"{CLEAN}\n"})
    result = scored(tmp_path, ".", "--worst", number)
    wanted = [*(names or ["b.txt", "a.txt", "c.txt"]), "documents"]
    assert [line.split()[-1] for line in result.out.splitlines()] == ["document", *wanted]
    rows, overall = objects(scored(tmp_path, ".", "--worst", number, "--json"))
    assert list(rows) == wanted[:-1]
    assert overall["documents"] == 3


def test_a_page_is_scored_over_the_whole_of_its_text(tmp_path: Path) -> None:
    page = f"<html><nav><a href=/>Print</a> <a href=/a>me</a></nav><article><p>{CLEAN * 4}</p></article></html>"
    fill(tmp_path, {"p.html": page, "p.clean.txt": CLEAN * 4})
    for level, removed in (("rules", 0), ("main", 1)):
        rows, _ = objects(scored(tmp_path, "p.html", "--level", level, "--json"))
        assert (rows["p.html"]["words"], rows["p.html"]["removed"]) == (62, removed)


def test_documents_are_cleaned_as_options_and_configuration_say(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": f"Own chrome\n{DOCUMENT}", "a.clean.txt": f"{CLEAN}\n", "own.toml": OWN_RULES})
    wanted = {(): 2 / 4, ("--rules", "own.toml"): 1, ("--disable", "*"): 0}
    for words, removed in wanted.items():
        assert objects(scored(tmp_path, "a.txt", "--json", *words))[1]["removed"] == removed
    fill(tmp_path, {"cleaner.toml": 'extend-rules = ["own.toml"]\nexclude = ["*.raw.txt"]'})
    fill(tmp_path, {"b.raw.txt": DOCUMENT, "b.raw.clean.txt": "Rain"})
    rows, overall = objects(scored(tmp_path, ".", "--json"))
    assert list(rows) == ["a.txt"]
    assert overall["removed"] == 1


def test_a_document_without_gold_is_skipped(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "a.clean.txt": "Rain", "d.html": "<p>Rain fell."})
    result = scored(tmp_path, ".", "--json")
    assert (result.code, objects(result)[1]["documents"]) == (DONE, 1)
    assert complaint(result) == "d.html: skipped: has no gold beside it; put what of it is content into d.clean.txt"
    (tmp_path / "gold").mkdir()
    elsewhere = scored(tmp_path, "a.txt", *IN_GOLD)
    assert elsewhere.code == USAGE
    wanted = Path("gold/a.clean.txt")
    first = complaints(elsewhere)[0]
    assert first == f"a.txt: skipped: has no gold in gold; put what of it is content into {wanted}"


def test_gold_may_be_empty_and_in_any_encoding(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": CHROME, "gold/a.txt": "", "b.txt": CLEAN, "gold/b.clean.txt": CLEAN.encode("utf-16")})
    rows, overall = objects(scored(tmp_path, "a.txt", "b.txt", "--json", *IN_GOLD))
    assert (rows["a.txt"]["lost"], rows["b.txt"]["f1"]) == (0, 1)
    assert overall["documents"] == 2


FAILING: dict[str, tuple[dict[str, str | bytes], str]] = {
    "document": ({"z.txt": b"\0", "gold/z.clean.txt": ""}, r"z\.txt: looks binary.*; .+"),
    "gold": ({"z.txt": CLEAN, "gold/z.clean.txt": b"\0"}, r"z\.txt: gold.z\.clean\.txt: looks binary.*; .+"),
}


@pytest.mark.parametrize(("files", "error"), FAILING.values(), ids=FAILING)
def test_a_document_that_fails_leaves_the_others_scored(
    tmp_path: Path, files: dict[str, str | bytes], error: str
) -> None:
    result = scored(fill(tmp_path, {**GOLD, **files}), ".", *IN_GOLD)
    assert (result.code, result.out) == (FAILED, TABLE)
    assert re.fullmatch(error, complaint(result))
    alone = scored(tmp_path, "z.txt", *IN_GOLD)
    assert (alone.code, alone.out) == (FAILED, "")
    assert re.fullmatch(error, complaint(alone))


# ── the command: JSON lines ───────────────────────────────────────────────────────────────────────

RECORDS: list[dict[str, object]] = [
    {"text": DOCUMENT, "gold": CLEAN, "id": 7},
    {"text": f"{DOCUMENT}Print me\n", "gold": CLEAN, "url": "https://a.example/1"},
]
WRITERS: dict[str, Callable[[bytes], bytes]] = {
    "d.jsonl": bytes,
    "D.JSONL": bytes,
    "d.jsonl.gz": gzip.compress,
    "d.jsonl.xz": lzma.compress,
    "d.jsonl.bz2": bz2.compress,
}


def jsonl(*records: dict[str, object]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


@pytest.mark.parametrize("name", WRITERS)
def test_json_lines(tmp_path: Path, name: str) -> None:
    fill(tmp_path, {name: WRITERS[name](jsonl(RECORDS[0]) + b"\n" + jsonl(RECORDS[1]))})
    result = scored(tmp_path, name, "--json")
    assert (result.code, result.err) == (DONE, "")
    rows, _ = objects(result)
    assert {row: (found["words"], found["removed"]) for row, found in rows.items()} == {
        f"{name}:1": (17, 1),
        f"{name}:3": (19, 1 / 2),
    }


def test_the_url_of_a_record_chooses_rules(tmp_path: Path) -> None:
    host = OWN_RULES.replace("Own chrome", "Print me").replace('id = "own"', 'id = "own"\nhosts = ["a.example"]')
    fill(tmp_path, {"d.jsonl": jsonl(*RECORDS, {**RECORDS[1], "url": None}), "own.toml": host})
    rows, _ = objects(scored(tmp_path, "d.jsonl", "--rules", "own.toml", "--json"))
    assert [row["removed"] for row in rows.values()] == [1, 1, 1 / 2]


def test_fields_with_other_names(tmp_path: Path) -> None:
    record: dict[str, object] = {"content": DOCUMENT, "main": CLEAN, "from": None, "text": 5, "gold": 5, "url": 5}
    fill(tmp_path, {"d.jsonl": jsonl(record)})
    names = ["--text-field", "content", "--gold-field", "main", "--url-field", "from"]
    assert objects(scored(tmp_path, "d.jsonl", "--json", *names))[1]["f1"] == 1


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("text", ["--html"]),
        ("page", ["--text-field", "page", "--html"]),
        ("page", ["--html-field", "page"]),
        ("html", []),
    ],
)
def test_records_with_html(tmp_path: Path, field: str, words: list[str]) -> None:
    fill(tmp_path, {"d.jsonl": jsonl({field: f"<html><p>{CHROME}</p><p>{CLEAN}</p></html>", "gold": CLEAN})})
    _, overall = objects(scored(tmp_path, "d.jsonl", "--json", "--level", "rules", *words))
    assert (overall["words"], overall["f1"], overall["removed"]) == (17, 1, 1)


BAD_LINES = {
    "no JSON": (b"{", r"d\.jsonl:2: is not JSON \(.+\); mend the line"),
    "no UTF-8": ('{"text": "é", "gold": "é"}'.encode("latin-1"), r"d\.jsonl:2: is not UTF-8 \(.+\); mend the line"),
    "no text": (b'{"body": "x", "gold": "x"}', r"d\.jsonl:2: has no string in the field 'text'; .+"),
    "number": (b'{"text": "x", "gold": 5}', r"d\.jsonl:2: the field 'gold' is not a string; .+"),
    "no HTML": (b'{"html": "plain", "gold": ""}', r"d\.jsonl:2: has no HTML tag; .+"),
}


@pytest.mark.parametrize(("line", "error"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_line_that_fails_leaves_the_others_scored(tmp_path: Path, line: bytes, error: str) -> None:
    fill(tmp_path, {"d.jsonl": jsonl(RECORDS[0]) + line + b"\n" + jsonl(RECORDS[0])})
    result = scored(tmp_path, "d.jsonl", "--json")
    assert result.code == FAILED
    assert re.fullmatch(error, complaint(result))
    assert list(objects(result)[0]) == ["d.jsonl:1", "d.jsonl:3"]


@pytest.mark.parametrize("data", [b"no bzip2", bz2.compress(jsonl(*RECORDS))[:-20]])
def test_a_file_that_cannot_be_unpacked(tmp_path: Path, data: bytes) -> None:
    result = scored(fill(tmp_path, {"d.jsonl.bz2": data}), "d.jsonl.bz2")
    assert (result.code, result.out) == (FAILED, "")
    assert re.fullmatch(r"d\.jsonl\.bz2: cannot be read any further \(.+\); get the file anew", complaint(result))


@pytest.mark.parametrize("gold", [{}, {"gold": None}])
def test_a_record_without_gold_is_skipped(tmp_path: Path, gold: dict[str, object]) -> None:
    fill(tmp_path, {"d.jsonl": jsonl(RECORDS[0], {"text": CLEAN, **gold})})
    result = scored(tmp_path, "d.jsonl", "--json")
    assert result.code == DONE
    assert complaint(result).startswith("d.jsonl:2: skipped: has no string in the field 'gold'; ")
    assert objects(result)[1]["documents"] == 1


# ── the command: wrong use, terminals ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", [".", "a.txt", "d.jsonl"])
def test_nothing_to_score(tmp_path: Path, path: str) -> None:
    result = scored(fill(tmp_path, {"a.txt": CLEAN, "d.jsonl": jsonl({"text": CLEAN})}), path)
    assert (result.code, result.out) == (USAGE, "")
    *skipped, error = complaints(result)
    assert len(skipped) == (2 if path == "." else 1)
    assert all("skipped" in line for line in skipped)
    assert error == "error: nothing to score: no document has gold; see `cleaner score --help`"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["-"], "error: standard input (-) has no gold beside it; name a file or a folder"),
        (["a.txt", "--html", "--html-field", "page"], "error: --html and --html-field exclude each other"),
        (["--disable", "no/such", "."], "error: disable: "),
        (["no.txt"], "no.txt: does not exist; check the path"),
        (["no.jsonl"], "no.jsonl: does not exist; check the path"),
        (["a.txt", "--worst", "0"], "error: Invalid value for '--worst'"),
    ],
)
def test_wrong_words(tmp_path: Path, words: list[str], error: str) -> None:
    result = scored(tmp_path, *words)
    assert (result.code, result.out) == (USAGE, "")
    (found,) = complaints(result)
    assert found.startswith(error)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX terminals")
def test_progress_on_a_terminal(tmp_path: Path) -> None:
    fill(tmp_path, GOLD)
    terminal, other = os.openpty()
    words = [sys.executable, "-m", "cleaner", "score", ".", *IN_GOLD]
    done = subprocess.run(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=other, check=False)
    os.close(other)
    assert (done.returncode, done.stdout.decode()) == (DONE, TABLE)
    assert b"scoring" in os.read(terminal, 10_000)
    os.close(terminal)


# ── filters to compare with ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("case", read_cases("filters"), ids=lambda case: case["name"])
@pytest.mark.parametrize(
    "keep", [filters.c4, filters.fineweb, filters.sentences, filters.ten_words], ids=lambda keep: keep.__name__
)
def test_filters(keep: Callable[[str], str], case: dict[str, str]) -> None:
    assert keep(case["text"]) == case[keep.__name__]


@pytest.mark.parametrize("keep", [filters.c4, filters.fineweb])
def test_a_line_with_an_endless_word_goes(keep: Callable[[str], str]) -> None:
    assert keep(f"It was {'x' * 1000}.") == ""
    assert keep(f"It was {'x' * 999}.") != ""
