"""The documents of corpus/: chrome marked by hand goes, everything else stays, copies are up to date."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from cleaner import Cleaned, Cleaner
from cleaner.document import apply, split_lines
from cleaner.files.naming import copy_of, is_output, kind_of
from cleaner.text.repair import repair
from tests.support import cleaner_at

ROOT = Path(__file__).parent.parent / "corpus"
DOCUMENTS = sorted(path for path in ROOT.rglob("*") if kind_of(path) and not is_output(path))
NEGATIVE = [path for path in DOCUMENTS if path.parent.name == "negative"]
MARKED = tomllib.loads((Path(__file__).parent / "data" / "corpus.toml").read_text("utf-8"))
CLEANER = cleaner_at()
# The judge knows articles whose content ends before the comments.
COMMENTS = {"chrome/blogger-bird-diary.txt"}
TAKES_COMMENTS = pytest.mark.xfail(reason="the judge takes a comment for chrome", raises=AssertionError, strict=True)
# Level main leaves what is surely content: of lists and scripts, not every line.
NOT_AT_MAIN = {
    "menu-of-an-inn",
    "vocabulary-in-three-languages",
}
NOT_SURE = pytest.mark.xfail(reason="level main takes lines of it for chrome", raises=AssertionError, strict=True)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def clean(path: Path, cleaner: Cleaner = CLEANER) -> Cleaned:
    return cleaner.clean_bytes(path.read_bytes(), kind=kind_of(path))  # type: ignore[arg-type]


def expand(items: list[int | str]) -> Iterator[int]:
    for item in items:
        low, high = map(int, item.split("-")) if isinstance(item, str) else (item, item)
        yield from range(low, high + 1)


def test_there_are_enough() -> None:
    assert len(DOCUMENTS) >= 25
    assert 3 * len(NEGATIVE) >= len(DOCUMENTS)
    assert {name(path) for path in DOCUMENTS if path.suffix == ".txt" and path not in NEGATIVE} == set(MARKED)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_copy_is_up_to_date(path: Path) -> None:
    assert copy_of(path).read_bytes() == clean(path).text.encode()


@pytest.mark.parametrize(
    "document", [pytest.param(each, marks=[TAKES_COMMENTS] if each in COMMENTS else []) for each in MARKED]
)
def test_exactly_the_marked_chrome_goes(document: str) -> None:
    cleaned = clean(ROOT / document)
    lines = split_lines(apply(cleaned.original, repair(cleaned.original)))
    dropped = set(expand(MARKED[document]["drop"]))
    inline = {int(number): part for number, part in MARKED[document].get("inline", {}).items()}
    wanted = [
        line.replace(inline.get(number, "\0"), "").strip()
        for number, line in enumerate(lines, 1)
        if number not in dropped and line.strip()
    ]
    assert [line.strip() for line in split_lines(cleaned.text) if line.strip()] == wanted


@pytest.mark.parametrize(
    ("path", "level"),
    [
        pytest.param(
            path,
            level,
            marks=[NOT_SURE] if level == "main" and path.stem in NOT_AT_MAIN else [],
            id=f"{name(path)}-{level}",
        )
        for path in NEGATIVE
        for level in ("rules", "safe", "main")
    ],
)
def test_negative_documents_come_back_byte_for_byte(path: Path, level: str) -> None:
    assert clean(path, Cleaner(level)).text.encode() == path.read_bytes()  # type: ignore[arg-type]


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_cleaning_again_changes_nothing(path: Path) -> None:
    once = clean(path)
    assert CLEANER.clean(once.text).text == once.text
    assert not once.flags


def test_the_command_agrees() -> None:
    command = [str(Path(sys.executable).with_name("cleaner")), "check", str(ROOT)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
