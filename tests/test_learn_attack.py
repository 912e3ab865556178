"""Attacks on learning: odd names, folders and fields, packs that are too full, and what is learned in use."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterable
from itertools import chain, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner import Cleaner
from cleaner.learn.found import LearnedRule, LearnedSite
from cleaner.learn.packs import pack_text
from cleaner.marks import LEVELS
from tests import test_corpus as corpus
from tests import test_families as families
from tests.support import call
from tests.test_learn_run import SITES, documents, jsonl, learn, prose_of, tree
from tests.test_learned_packs import CASES, PROSE

# ── Names, fields and folders ─────────────────────────────────────────────────────────────────────


def test_sites_whose_names_differ_in_case_alone_have_two_packs(tmp_path: Path) -> None:
    rows = documents(["Weekly", "weekly"], each=8)
    result = learn(jsonl(tmp_path / "docs.jsonl", rows), "--by", "source", cwd=tmp_path)
    assert len(tree(tmp_path / "learned")) == 2, result
    assert "0 of them new" in learn("docs.jsonl", "--by", "source", cwd=tmp_path).out


def test_a_field_that_no_document_has_is_told(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "docs.jsonl", documents())
    assert "no document has a string in the field suorce" in learn(path, "--by", "suorce", "-q", cwd=tmp_path).err
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


# ── What is learned, in use ───────────────────────────────────────────────────────────────────────

HOST = "https://site.example"


def packs_of(texts: Iterable[str], folder: Path) -> list[Path]:
    """Learn from texts of one site; return the folder of packs, if there is one."""
    jsonl(folder / "docs.jsonl", [{"url": f"{HOST}/{i}", "text": text} for i, text in enumerate(texts)])
    assert learn("docs.jsonl", cwd=folder).code == 0
    return [folder / "learned"] if (folder / "learned").exists() else []


@pytest.mark.parametrize("name", sorted({*families.NAMES} - families.KNOWN_FAILURES))
def test_families_lose_nothing_by_packs_of_their_sites(name: str, tmp_path: Path) -> None:
    """The site has nine more documents with the same chrome around other content."""
    original, kept = families.clean(name).original, families.gold(name)
    chance = random.Random(name)
    lines = original.split("\n")
    others = ["\n".join(prose_of(chance) if x.strip() in kept else x for x in lines) for _ in range(9)]
    packs = packs_of([original, *others], tmp_path)
    assert packs, "there is nothing to learn"
    without = families.lines(Cleaner().clean(original, url=HOST).text)
    with_packs = families.lines(Cleaner(rules=packs).clean(original, url=HOST).text)
    assert [line for line in kept if line not in with_packs] == []
    assert len(with_packs) < len(without)
    at_rules = families.lines(Cleaner(rules=packs, level="rules").clean(original, url=HOST).text)
    assert [line for line in kept if line not in at_rules] == []


def test_documents_of_many_kinds_lose_nothing_by_packs_learned_from_them(tmp_path: Path) -> None:
    """They are said to be of one site, and have hardly a line in common that no rule knows."""
    paths = [path for path in corpus.DOCUMENTS if path.suffix == ".txt"]
    texts = [corpus.clean(path).original for path in paths]
    texts += [families.clean(name).original for name in families.NAMES]
    packs = packs_of(texts, tmp_path)
    for text in texts:
        assert Cleaner(rules=packs).clean(text, url=HOST).text == Cleaner().clean(text, url=HOST).text


def rule(kind: str, text: str, **more: Any) -> LearnedRule:
    return LearnedRule(kind, (text,), 9, 15, **more)  # type: ignore[arg-type]


PACK = pack_text(
    LearnedSite(
        "site.example",
        15,
        (
            rule("lines", "Share this with friends"),
            rule("lines", "The old mill", zone="below"),
            rule("lines", "The harbour", confidence="guess"),
            rule("patterns", "[0-9]{1,4} remarks", drops=("9 remarks",)),
            rule("lines", "Other stories", zone="below"),
            rule("cut", "other stories", cases=CASES),
        ),
        hosts=("site.example",),
    )
)
LINES = [
    *["Share this with friends", "The old mill", "The harbour", "9 remarks", "12 remarks\r", "Other stories"],
    *["OTHER STORIES", " the old mill ", "The mayor", "Home", "", " ", PROSE, f"{PROSE} {PROSE}", "Rain fell.\x85"],
]


STORY = [f"{PROSE} It was the {number}th time this year." for number in range(4, 14)]


@pytest.fixture(scope="module")
def cleaners(tmp_path_factory: pytest.TempPathFactory) -> list[Cleaner]:
    """A cleaner of each level with a learned pack that has a cut, a pattern, a guess and rules of the zone below."""
    path = tmp_path_factory.mktemp("packs") / "site.example.toml"
    path.write_text(PACK)
    return [Cleaner(level=level, rules=[path]) for level in LEVELS]


SOME = st.lists(st.sampled_from(LINES), max_size=12)
TEXTS = st.tuples(SOME, st.sampled_from([[], STORY]), SOME).map(lambda parts: "\n".join(chain(*parts)))


@given(TEXTS)
def test_promises_hold_with_learned_packs(cleaners: list[Cleaner], text: str) -> None:
    for cleaner in cleaners:
        once = cleaner.clean(text, url=HOST)
        assert once.restore() == text
        assert cleaner.clean(once.text, url=HOST).text == once.text


def test_all_rules_of_the_learned_pack_act(cleaners: list[Cleaner]) -> None:
    tail = ["The old mill", "Share this with friends", "Other stories", "The mayor"]
    text = "\n".join(["The old mill", "9 remarks", *STORY, *tail])
    assert cleaners[0].clean(text, url=HOST).text.split("\n") == ["The old mill", *STORY]
