"""Attacks on learning: odd names, folders and fields, packs that are too full, and what is learned in use."""

from __future__ import annotations

import json
import os
from itertools import product
from pathlib import Path

import pytest

from tests.support import call
from tests.test_learn_run import SITES, documents, jsonl, learn, tree

# ── Names, fields and folders ─────────────────────────────────────────────────────────────────────


def test_sites_whose_names_differ_in_case_alone_have_two_packs(tmp_path: Path) -> None:
    rows = documents(["Weekly", "weekly"], each=8)
    result = learn(jsonl(tmp_path / "docs.jsonl", rows), "--by", "source", cwd=tmp_path)
    assert len(tree(tmp_path / "learned")) == 2, result
    assert "0 of them new" in learn("docs.jsonl", "--by", "source", cwd=tmp_path).out


def test_a_field_that_no_document_has_is_told(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "docs.jsonl", documents())
    assert "no document has a string in the field 'suorce'" in learn(path, "--by", "suorce", "-q", cwd=tmp_path).err
    assert "no document has" not in learn(path, "--by", "source", cwd=tmp_path).err
    assert "no document has" not in learn(path, "--by", "folder", cwd=tmp_path).err


def test_a_path_that_is_the_folder_for_packs_is_told(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    jsonl(tmp_path / "docs" / "docs.jsonl", documents())
    result = learn("docs", "-o", "docs", cwd=tmp_path)
    assert result.code == 3
    assert "docs: is where packs are written" in result.err


@pytest.mark.parametrize("name", ["file", "pipe", "dangling", "file/below"])
def test_a_folder_for_packs_that_is_none_is_told_at_once(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to("nowhere")
    result = learn(jsonl(tmp_path / "docs.jsonl", documents()), "-o", name, cwd=tmp_path)
    assert result.code == 2
    assert len(result.err.splitlines()) == 1
    assert "is no folder; " in result.err
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("command", [["learn"], ["strip", "--learned"]])
def test_a_planted_link_in_the_place_of_the_usual_folder_is_not_followed(command: list[str], tmp_path: Path) -> None:
    outside, work = tmp_path / "outside", tmp_path / "work"
    outside.mkdir()
    work.mkdir()
    (work / "learned").symlink_to(outside)
    result = call(*command, jsonl(work / "docs.jsonl", documents()), cwd=work)
    assert result.code == 2
    assert "is a link" in result.err
    assert not list(outside.iterdir())


# ── What is not written is told ───────────────────────────────────────────────────────────────────

WORDS = "News Sport Culture Travel Money Weather Science Health Opinion Video Archive Local World"


def test_the_table_counts_what_is_in_the_pack(tmp_path: Path) -> None:
    rows = documents(SITES[:1])
    menu = "".join(map("{} {} {}\n".format, *zip(*product(WORDS.split(), repeat=3), strict=True)))
    for row in rows:
        row["text"] += menu
    result = learn(jsonl(tmp_path / "docs.jsonl", rows), "--report", "report.json", cwd=tmp_path)
    (site,) = json.loads((tmp_path / "report.json").read_text())["sites"]
    ((name, pack),) = tree(tmp_path / "learned").items()
    assert name == site["file"]
    assert site["rules"] == pack.count(b"[[rule]]\n") > 500
    assert site["left_out"] > 500
    assert f"{site['left_out']:,} rules of 1 site left out" in result.out
    assert call("rules", "check", "learned", cwd=tmp_path).code == 0
    assert "0 of them new" in learn("docs.jsonl", cwd=tmp_path).out


def test_a_site_without_a_pack_is_told(tmp_path: Path) -> None:
    """Lines with digits do not tell whose document it is, because digits are dates and counts."""
    path = jsonl(tmp_path / "docs.jsonl", documents(["Weekly 7"]))
    result = learn(path, "--by", "source", cwd=tmp_path)
    assert "1 site without a pack: " in result.out
    assert result.err == ""
    assert not (tmp_path / "learned").exists()
