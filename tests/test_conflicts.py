"""The markers of a merge conflict are found, and nothing that only looks like them; the cases are data."""

from __future__ import annotations

import time
import tomllib
from typing import Any

import pytest

from cleaner.files.conflicts import first_conflict
from tests.support import DATA

CASES: list[dict[str, Any]] = tomllib.loads((DATA / "conflicts.toml").read_text("utf-8"))["case"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_case(case: dict[str, Any], newline: str) -> None:
    data = case["text"].replace("\n", newline).encode()
    assert (first_conflict(data) or 0) == case["line"]
    assert (first_conflict(data.rstrip()) or 0) == case["line"]


def test_the_time_is_linear() -> None:
    begun = time.perf_counter()
    for line in (b"<<<<<<< a\n", b"=======\n", b"<<<<<<< a\n=======\n", b">>>>>>> a\n<<<<<<< a\n", b"<" * 7):
        assert first_conflict(line * (4_000_000 // len(line))) is None
    assert time.perf_counter() - begun < 20, "a second or two"
