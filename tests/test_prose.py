"""Lines of prose: told alike by the guard, which reads lines, and by the judge, which reads classes of characters."""

from __future__ import annotations

from typing import Any

import pytest

from cleaner.judge.characters import Characters
from cleaner.judge.features import read_shapes
from cleaner.text.prose import is_prose
from tests.cases import read_cases

CHARACTERS = Characters()


@pytest.mark.parametrize("case", read_cases("prose_lines"), ids=lambda case: case["line"][:20])
def test_prose(case: dict[str, Any]) -> None:
    assert is_prose(case["line"]) is case["prose"]
    looks = read_shapes([case["line"], "-"], CHARACTERS).look
    assert bool(looks[0] % 2) is case["prose"]
