"""Templates of documents without a URL, and their clues: piles as data, any order, hostile documents."""

from __future__ import annotations

import random
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.learn.clues import Clues, clues_of, clues_of_each
from cleaner.learn.continued import continued
from cleaner.learn.documents import SiteDocument, number_of
from cleaner.learn.found import LearnedSite
from cleaner.learn.shipped import shipped
from cleaner.learn.templates import templates_of
from cleaner.rules.engine import Ruleset
from cleaner.rules.match.keys import key, keys
from cleaner.rules.pack import Source
from cleaner.rules.prepare import prepare

CASES = tomllib.loads((Path(__file__).parent / "data" / "templates.toml").read_text("utf-8"))["case"]
BY_NAME = {case["name"]: case for case in CASES}
WORDS = (
    "ash",
    "bark",
    "crow",
    "dusk",
    "elm",
    "fern",
    "gull",
    "heath",
    "inlet",
    "jetty",
    "kelp",
    "lamp",
    "moor",
    "nest",
)


def document(lines: list[str]) -> SiteDocument:
    return SiteDocument("", number_of("\n".join(lines)), "", tuple(lines))


def article(seed: str) -> list[str]:
    """Return some lines that no other article has."""
    words = random.Random(seed)
    return [f"{' '.join(words.choices(WORDS, k=9)).capitalize()}, {seed} {line}." for line in range(6)]


def pile(case: dict[str, Any]) -> dict[str, list[SiteDocument]]:
    """Return the documents of each site of a case."""
    sites: dict[str, list[SiteDocument]] = {}
    for site in case["site"]:
        articles = [text.split("\n") for text in site.get("articles", ())]
        articles += [article(f"{site['name']} {number}") for number in range(site["documents"] - len(articles))]
        around = case.get("common", []) + site.get("head", []), site.get("tail", [])
        sites[site["name"]] = [document([*around[0], *each, *around[1]]) for each in articles]
    return sites


@pytest.mark.parametrize("case", CASES, ids=BY_NAME)
def test_templates_are_the_sites(case: dict[str, Any]) -> None:
    sites = pile(case)
    found = templates_of([each for documents in sites.values() for each in documents])
    of_site = {name: {found[each.number] for each in documents} for name, documents in sites.items()}
    groups: dict[str, list[str]] = defaultdict(list)
    for name, templates in of_site.items():
        assert len(templates) == 1, f"{name} is in several templates"
        if template := next(iter(templates)):
            groups[template].append(name)
    assert sorted(groups.values()) == sorted(case["groups"])


@given(st.randoms(use_true_random=False))
def test_order_makes_no_difference(chance: random.Random) -> None:
    documents = [
        each for site in pile(BY_NAME["articles that two sites print do not join them"]).values() for each in site
    ]
    found = templates_of(documents)
    clues = clues_of_each(documents, found)
    again = [*documents, *chance.choices(documents, k=3)]
    chance.shuffle(again)
    assert templates_of(again) == found
    assert clues_of_each(again, found) == clues


def test_id_stays_when_documents_of_other_sites_come() -> None:
    sites = pile(BY_NAME["words that all sites have do not join them"])
    few = templates_of([*sites["ferry"][:4], *sites["mill"]])
    many = templates_of([each for site in sites.values() for each in site])
    assert all(many[number] == template for number, template in few.items())


# Few lines to choose from, so that documents share many of them in all sorts of ways.
LINES = st.sampled_from(
    ("", " ", "Home", "*", "The Ferry Gazette", "Mill and Weir", "\ud800", "１２", "a" * 3000, "x\x00y", "粉の値段")
)


@given(st.lists(st.tuples(st.integers(0, 12), st.lists(LINES, max_size=8)), max_size=12))
def test_any_documents(given_documents: list[tuple[int, list[str]]]) -> None:
    documents = [SiteDocument("", number, "", tuple(lines)) for number, lines in dict(given_documents).items()]
    found = templates_of(documents)
    assert set(found) == {each.number for each in documents}
    sizes = [list(found.values()).count(template) for template in set(found.values()) - {""}]
    assert all(size >= 3 for size in sizes)
    for clues in clues_of_each(documents, found).values():
        assert not clues.lines or 2 <= clues.needed <= len(clues.lines)


def test_hostile_documents() -> None:
    assert templates_of([]) == {}
    assert set(templates_of([document([])] * 5).values()) == {""}
    same = [document(["The Ferry Gazette", "Timetables of the day"])] * 50
    assert set(templates_of(same).values()) == {""}  # one text, however often it is there
    million = [document([*["The Ferry Gazette of the day"] * 1_000_000, str(number)]) for number in range(3)]
    assert len(set(templates_of(million).values())) == 1
    assert clues_of(million, []) == Clues()
    alone = [document(article(str(number))) for number in range(50)]
    assert set(templates_of(alone).values()) == {""}


@pytest.mark.parametrize(
    "name", ["two sites", "one site alone", "scripts", "words that all sites have do not join them"]
)
def test_clues_tell_documents_that_come_alone(name: str) -> None:
    sites = pile(BY_NAME[name])
    for site, documents in sites.items():
        others = [each for other, theirs in sites.items() if other != site for each in theirs]
        clues = clues_of(documents[:4], others)
        assert all(has(each, clues) for each in documents[4:])
        assert not any(has(each, clues) for each in others)
        assert "Home" not in clues.lines


def has(document: SiteDocument, clues: Clues) -> bool:
    found = set(keys(document.lines, 2000)) & set(keys(clues.lines, 2000))
    return len(found) >= clues.needed


def test_clues_work_in_a_pack() -> None:
    documents = pile(BY_NAME["two sites"])
    clues = clues_of(documents["ferry"], documents["mill"])
    listed = ", ".join(f"'''{line}'''" for line in clues.lines)
    text = f"""
[pack]
format = 1
id = "ferry"
clues = [{listed}]
clues_needed = {clues.needed}
[[rule]]
id = "name"
category = "repeated"
lines = "The Ferry Gazette"
drops = "The Ferry Gazette"
keeps = "The Ferry Gazette was late."
"""
    ruleset = Ruleset([prepare([Source("ferry.toml", text)])])
    for site, goes in (("ferry", True), ("mill", False)):
        lines = ["The Ferry Gazette", *documents[site][0].lines]
        marks = ruleset.mark(lines, ruleset.look_up(lines))
        assert bool(marks.lines.get(0)) is goes


def test_no_clue_is_a_line_that_shipped_packs_name_or_that_changes() -> None:
    known = "Your email address will not be published. Required fields are marked *"
    assert key(known) in shipped()
    own = ["Letters to the harbour master", "Write to the ferry desk", "Timetables of the day"]
    lines = [known, "Monday, 4 March", "Home", "Share", "→ → → → → → →", *own]
    members = [document([*lines, *article(str(number))]) for number in range(6)]
    assert sorted(clues_of(members, []).lines) == sorted(own)


def test_a_line_that_others_have_is_no_clue() -> None:
    own = ["Letters to the harbour master", "Write to the ferry desk", "Timetables of the day"]
    members = [document(["Published by the Estuary Press", *own, *article(str(number))]) for number in range(6)]
    others = [document(["Published by the Estuary Press", *article(f"other {number}")]) for number in range(6)]
    assert sorted(clues_of(members, others).lines) == sorted(own)
    assert clues_of(members, members) == clues_of(members, [])


def _learned(name: str, *clues: str) -> LearnedSite:
    return LearnedSite(name, 5, clues=clues)


def test_a_template_that_is_learned_again_continues_its_pack() -> None:
    standing = {"t-old": ["tide tables", "letters to the gazette", "town and country"], "t-other": ["our shop"]}
    again = _learned("t-new", "Letters to the Gazette", "Town and country", "Crossword")
    assert [one.name for one in continued([again], standing)] == ["t-old"]
    assert [one.name for one in continued([_learned("t-new", "Crossword", "Tide tables", "Chess")], standing)] == [
        "t-new"
    ]


def test_a_pack_is_continued_once() -> None:
    standing = {"t-old": ["tide tables", "letters to the gazette", "town and country"]}
    some = _learned("t-a", "Tide tables", "Letters to the Gazette")
    most = _learned("t-b", "Tide tables", "Letters to the Gazette", "Town and country")
    assert [one.name for one in continued([some, most], standing)] == ["t-a", "t-old"]
    assert [one.name for one in continued([most, some], standing)] == ["t-old", "t-a"]
