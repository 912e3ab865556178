"""Zones of rule packs: what is in front of the first prose, behind the last, and below the first."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner import Cleaner
from cleaner.document import split_lines
from cleaner.rules import checks
from cleaner.rules import pack as packs
from cleaner.rules.engine import Ruleset
from cleaner.rules.prepare import compile_packs
from cleaner.rules.zones import NO_ZONES, find_zones
from tests import strategies
from tests.cases import read_cases

PROSE = "The ferry to the island was late again, and nobody on the pier seemed to mind."
ALIKE = ("menus/*", "repeats/*")  # shipped rules of the same kinds, which would hide that one of a case does nothing
ZONES = ("head", "tail", "below", "any")
RULES = '[pack]\nformat = 1\nid = "own"\n'


@pytest.mark.parametrize("case", read_cases("zones"), ids=lambda case: case["name"])
def test_below(case: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(RULES + case["rules"], "utf-8")
    cleaner = Cleaner("rules", rules=[path], disable=ALIKE)
    before, after = (case[name].replace("PROSE", PROSE) for name in ("before", "after"))
    cleaned = cleaner.clean(before)
    assert cleaned.text == after
    assert cleaned.restore() == before
    assert cleaner.clean(cleaned.text).text == after


documents = st.lists(strategies.lines(), max_size=30).map(lambda lines: split_lines("\n".join(lines)))
numbers = st.sets(st.integers(0, 30))


@given(documents, numbers)
def test_the_zones_are_parts_of_a_document(lines: list[str], chrome: set[int]) -> None:
    zones = find_zones(lines, chrome)
    head, tail, below, everywhere = ({i for i in range(len(lines)) if zones.holds(i, zone)} for zone in ZONES)
    assert everywhere == set(range(len(lines)))
    if zones == NO_ZONES:
        assert not head | tail | below
    else:
        assert tail <= below
        assert head | {zones.first} | below == everywhere
        assert len(head) + 1 + len(below) == len(lines)
        assert not {zones.first, zones.last} & chrome
    for zone in ZONES:
        held = {i for i in range(len(lines)) if zones.holds(i, zone)}
        bordering = {i for i in range(len(lines)) if zones.borders(i, zone)}
        assert held <= bordering
        assert bordering - held <= {zones.first, zones.last}


def _ruleset(zone: str) -> Ruleset:
    rule = f'[[rule]]\nid = "a"\ncategory = "x"\nlines = "Short line"\nzone = "{zone}"\n'
    return Ruleset([compile_packs([checks.parse(packs.Source("own.toml", RULES + rule))])])


RULESETS = {zone: _ruleset(zone) for zone in ZONES}


@given(documents, numbers)
def test_below_takes_what_any_takes_behind_the_first_prose(lines: list[str], places: set[int]) -> None:
    lines = ["Short line" if i in places else line for i, line in enumerate(lines)]
    head, tail, below, everywhere = (
        set(ruleset.mark(lines, ruleset.look_up(lines)).lines) for ruleset in RULESETS.values()
    )
    first = find_zones(lines, everywhere).first
    assert below == {i for i in everywhere if 0 <= first < i}
    assert tail <= below
    assert head == (everywhere - below if first >= 0 else set())
