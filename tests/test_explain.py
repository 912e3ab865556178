"""`cleaner explain`: folders and shards, folding what stays, and the most doubtful removals first."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner import Cleaned, Cleaner, Edit
from cleaner.cli import DONE, FAILED, USAGE, doubtful
from cleaner.cli.doubtful import Doubtful
from cleaner.cli.listing import RAW, explain, folded
from tests.support import CHROME, CLEAN, DOCUMENT, OWN_RULES, Result, call, complaint, fill

LISTING = "".join(
    f"{line}\n"
    for line in (f"- {CHROME}  [accessibility/skip-lines]", "- ", *(f"  {line}" for line in CLEAN.split("\n")))
)
GUESS = OWN_RULES.replace('category = "testing"', 'category = "testing"\nconfidence = "likely"').replace(
    "Own chrome", "The ferry sails again on Monday morning, the harbour office said."
)


def lines(*rows: object) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def explained(folder: Path, *words: str) -> Result:
    return call("explain", *words, cwd=folder)


# ── what is shown ─────────────────────────────────────────────────────────────────────────────────


def test_a_folder_leaves_out_documents_of_which_nothing_goes(tmp_path: Path) -> None:
    rows = lines({"text": CLEAN}, {"text": DOCUMENT}, {"text": 5})
    fill(tmp_path, {"a.txt": DOCUMENT, "b.txt": CLEAN, "d.jsonl": rows})
    result = explained(tmp_path, ".")
    assert (result.code, result.out) == (FAILED, f"a.txt:\n{LISTING}d.jsonl:2:\n{LISTING}")
    assert result.err.splitlines() == [
        "d.jsonl:3: has no string in the field 'text'; mend the document, or name another field",
        "2 documents of which nothing goes left out; --all shows them",
    ]
    every = explained(tmp_path, ".", "--all").out
    assert re.findall(r"^(\S+):$", every, re.MULTILINE) == ["a.txt", "b.txt", "d.jsonl:1", "d.jsonl:2"]


def test_what_is_named_is_shown_though_nothing_goes(tmp_path: Path) -> None:
    fill(tmp_path, {"b.txt": CLEAN, "d.jsonl": lines({"text": CLEAN})})
    kept = "".join(f"  {line}\n" for line in CLEAN.split("\n"))
    assert explained(tmp_path, "d.jsonl:1").out == kept
    assert explained(tmp_path, "b.txt", "d.jsonl:1").out == f"b.txt:\n{kept}d.jsonl:1:\n{kept}"
    assert explained(tmp_path, "d.jsonl").out == ""


ROWS = lines({"id": 1, "text": "One"}, {"id": "b", "text": "Two"}, {"id": 1, "text": "Three"}, {"text": "Four"})


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("--row", "2"), ["d.jsonl:2"]),
        (("--row", "4", "--row", "1"), ["d.jsonl:4", "d.jsonl:1"]),
        (("--id", "b"), ["d.jsonl:2"]),
        (("--id", "1"), ["d.jsonl:1"]),
        (("--id", "Three", "--id-field", "text"), ["d.jsonl:3"]),
    ],
)
def test_rows_by_number_and_by_id(tmp_path: Path, words: tuple[str, ...], shown: list[str]) -> None:
    fill(tmp_path, {"d.jsonl": ROWS})
    result = explained(tmp_path, "d.jsonl", "--all", *words, "--context", "0")
    assert result.code == DONE
    heads = [line.removesuffix(":") for line in result.out.splitlines() if line.startswith("d.jsonl")]
    assert heads == (shown if len(shown) > 1 or words[0] == "--id" else [])


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (("d.jsonl", "--id", "x"), USAGE, "error: no row has 'x' in the field 'id'; name the field with --id-field"),
        (("a.txt", "--row", "1"), USAGE, "error: --row is for the rows of shards, and a.txt is none; leave it out"),
        (("d.jsonl", "--row", "9"), FAILED, "d.jsonl: has no document with the number 9; name another one"),
        (("no.jsonl:1",), USAGE, "no.jsonl: cannot be read (No such file or directory); check the path"),
        (("empty",), USAGE, "error: no document there; name a document, a folder with some, or a shard"),
    ],
)
def test_wrong_words(tmp_path: Path, words: tuple[str, ...], code: int, error: str) -> None:
    fill(tmp_path, {"d.jsonl": ROWS, "a.txt": CLEAN})
    (tmp_path / "empty").mkdir()
    result = explained(tmp_path, *words)
    assert (result.code, complaint(result)) == (code, error)


# ── folding ───────────────────────────────────────────────────────────────────────────────────────


def test_a_listing_without_removals_says_so(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": CLEAN + "Fog.\nSnow.\n"})
    assert explained(tmp_path, "a.txt", "--context", "0").err == "a.txt: nothing goes\n"


def test_line_ends_are_not_shown_as_signs(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT.replace("\n", "\r\n")})
    assert "␍" not in explained(tmp_path, "a.txt", "--doubt").out


def test_context_folds_what_stays(tmp_path: Path) -> None:
    many = "".join(f"Rain fell on day {number} of the month.\n" for number in range(1, 31))
    fill(tmp_path, {"a.txt": f"{many}{CHROME}\n{many}"})
    assert explained(tmp_path, "a.txt", "--context", "1", "--level", "rules").out.splitlines() == [
        "… 29 lines …",
        "  Rain fell on day 30 of the month.",
        f"- {CHROME}  [accessibility/skip-lines]",
        "  Rain fell on day 1 of the month.",
        "… 30 lines …",
    ]


@given(st.lists(st.sampled_from((" ", "-", "~"))), st.integers(0, 4))
def test_folding_hides_nothing_but_what_stays_further_off(marks: list[str], context: int) -> None:
    lines = [f"{mark} {number}" for number, mark in enumerate(marks)]
    shown = list(folded(lines, context, RAW))
    hidden = sum(int(line.split()[1]) for line in shown if line.startswith("…"))
    kept = [line for line in shown if not line.startswith("…")]
    assert hidden + len(kept) == len(lines)
    assert [line for line in lines if line in set(kept)] == kept
    near = {
        near
        for number, mark in enumerate(marks)
        if mark != " "
        for near in range(number - context, number + context + 1)
    }
    wanted = {line for number, line in enumerate(lines) if number in near}
    assert wanted <= set(kept)
    folds = sum(line.startswith("…") for line in shown)
    assert len(set(kept) - wanted) + folds <= len(wanted) + 1  # single lines are shown in the place of a mark


# ── doubt ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_most_doubtful_removal_comes_first(tmp_path: Path) -> None:
    ferry = "The ferry sails again on Monday morning, the harbour office said."
    fill(tmp_path, {"own.toml": GUESS, "a.txt": DOCUMENT, "d.jsonl": lines({"text": f"{CLEAN}{ferry}\n{CLEAN}"})})
    result = explained(tmp_path, ".", "--doubt", "--level", "rules", "--rules", "own.toml", "--context", "1")
    assert (result.code, result.err) == (DONE, "")
    assert result.out.splitlines() == [
        "d.jsonl:1:3: own/chrome, doubt 1%",
        "  The river rose over the old bridge.",
        f"- {ferry}  [own/chrome]",
        "  Rain fell on the town for three days.",
        "",
        "a.txt:1: accessibility/skip-lines, doubt 0%",
        f"- {CHROME}  [accessibility/skip-lines]",
        "- ",
    ]


def test_only_the_most_doubtful_removals_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doubtful, "MAX_SHOWN", 3)
    cleaner = Cleaner("rules")
    collected = Doubtful(0, RAW)
    for number in range(5):
        collected.add(cleaner.clean(f"{CHROME}\nRain fell.\nAdvertisement\nSnow fell.\n"), f"{number}.txt", None)
    assert (collected.count, collected.is_cut) == (10, True)
    heads = [line.split(": ")[0] for line in collected.lines() if ": " in line]
    assert heads == ["0.txt:1", "0.txt:3", "1.txt:1"]


def test_long_removals_and_lines_are_cut() -> None:
    gone = "Share this story\n" * 40
    edit = Edit(11, 11 + len(gone), gone, "", "own/block", "share", "guess", 2)
    collected = Doubtful(1, RAW)
    collected.add(Cleaned(f"Rain fell.\n{'Snow fell. ' * 200}", (edit,)), "a.txt", None)
    heading, before, *shown, fold, after = collected.lines()
    assert (heading, before, fold) == ("a.txt:2: own/block, doubt 5%", "  Rain fell.", "… 30 lines …")
    assert [line.split("  [")[0] for line in shown] == ["- Share this story"] * doubtful.MAX_LINES
    assert len(after) == doubtful.MAX_CHARS + 1


def test_a_listing_is_the_document_with_marks() -> None:
    cleaned = Cleaner("rules").clean(DOCUMENT)
    assert "".join(f"{line}\n" for line in explain(cleaned, RAW)) == LISTING
