"""Cases as data: TOML files with a list of `[[case]]` tables."""

from __future__ import annotations

import tomllib
from pathlib import Path


def read_cases(*parts: str) -> list[dict[str, str]]:
    """Return the cases of `tests/data/PARTS.toml`."""
    path = Path(__file__).parent.joinpath("data", *parts).with_suffix(".toml")
    cases: list[dict[str, str]] = tomllib.loads(path.read_text("utf-8"))["case"]
    return cases
