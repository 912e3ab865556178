"""A correction outlives every later run: whatever people and the command do to documents, copies and locks."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import DOCUMENT, call, fill

pytestmark = pytest.mark.slow

NAMES = ("a.txt", "b.txt", "c.html")
COMMANDS = (
    ("strip", "."),
    ("strip", "--prune", "."),
    ("strip", "--lock", "--record", "."),
    ("strip", "--level", "main", "-j", "1", "."),
    ("strip", "--names", "full", "."),
    ("strip", "--in-place", "."),
    ("check", "."),
    ("accept", "."),
)
documents = st.sampled_from(NAMES)
steps = st.one_of(
    st.tuples(st.just("write"), documents, st.sampled_from([DOCUMENT, f"{DOCUMENT}Snow fell.\n", ""])),
    st.tuples(st.just("rename"), documents, documents),
    st.tuples(st.just("delete"), documents),
    st.tuples(st.just("correct"), documents),
    st.tuples(st.just("lose the locks")),
    st.tuples(st.just("run"), st.sampled_from(COMMANDS)),
)


def copies(folder: Path) -> dict[Path, str]:
    """Return the text of each copy."""
    return {path: path.read_text() for path in folder.glob("*.clean.*") if not path.name.endswith(".json")}


@settings(max_examples=40)
@given(st.lists(steps, min_size=3, max_size=12))
def test_no_correction_is_lost(taken: list[tuple[str, ...]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, state = fill(Path(name, "docs"), dict.fromkeys(NAMES, DOCUMENT)), Path(name, "state")
        with patch.dict(os.environ, {"XDG_STATE_HOME": str(state)}):
            call("strip", "a.txt", "b.txt", cwd=folder)
            corrections: set[str] = set()
            for number, (what, *words) in enumerate(taken):
                take(folder, state, what, *words)
                if what == "correct":
                    copy = folder / f"{words[0].partition('.')[0]}.clean.txt"
                    corrections.discard(copy.read_text() if copy.exists() else "")
                    corrections.add(f"What a person made of it, {number}.\n")
                    copy.write_text(f"What a person made of it, {number}.\n")
                assert corrections <= set(copies(folder).values()), (number, what, words)


def take(folder: Path, state: Path, what: str, *words: str | tuple[str, ...]) -> None:
    """Take one step, but for a correction."""
    match what, words:
        case "write", (str(name), str(text)):
            (folder / name).write_text(text)
        case "rename", (str(old), str(new)):
            if (folder / old).exists():
                (folder / old).replace(folder / new)
        case "delete", (str(name),):
            (folder / name).unlink(missing_ok=True)
        case "lose the locks", _:
            shutil.rmtree(state, ignore_errors=True)
            (folder / "cleaner.lock").unlink(missing_ok=True)
        case "run", (tuple(command),):
            assert call(*command, cwd=folder).code in (0, 1, 2, 3)
