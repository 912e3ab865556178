"""Inputs that once broke something, as fuzzing found them: nothing breaks any more. See `tests/fuzz`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS, run
from tests.support import DATA

FOUND = sorted(path for path in (DATA / "fuzz").glob("*/*") if path.is_file())


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_was_found_stays_mended(path: Path) -> None:
    run(TARGETS[path.parent.name], path.read_bytes())


@pytest.mark.parametrize("target", TARGETS)
def test_fuzzing_begins_with_inputs_that_break_nothing(target: str) -> None:
    found = list(seeds(target))
    assert len(found) > 5
    for data in found:
        run(TARGETS[target], data)
