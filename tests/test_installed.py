"""Versions by the names of folders are those that the metadata say."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from cleaner import installed

NAMES = ("chardet", "ftfy", "trafilatura", "webencodings")


def test_versions_are_those_of_the_metadata() -> None:
    assert installed.versions(NAMES) == [version(name) for name in NAMES]


def test_the_first_on_the_path_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place, number in (("one", "1.0"), ("two", "2.0")):
        folder = tmp_path / place / f"Ftfy-{number}.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: Ftfy\nVersion: {number}\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "none"), *(str(tmp_path / name) for name in ("two", "one"))])
    assert installed.versions(["ftfy"]) == [version("ftfy")] == ["2.0"]


def test_without_such_a_folder_the_metadata_are_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    egg = tmp_path / "ftfy.egg-info"
    egg.mkdir()
    (egg / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: ftfy\nVersion: 3.0\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert installed.versions(["ftfy"]) == ["3.0"]
    with pytest.raises(PackageNotFoundError):
        installed.versions(["chardet"])
