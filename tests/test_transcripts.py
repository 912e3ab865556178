"""The command as a user sees it: each file of tests/data/commands is a folder, what was typed there, and the answers.

A case is a TOML file with these keys:

    files     the files of the folder at the start, by name
    links     symbolic links, by name, and where they lead
    run       what was typed, one after the other:
        command   the command line; $PWD stands for the folder
        cwd       where in the folder it was typed
        write     files that are written before
        stdin     what is typed or piped into it
        code      the exit code, 0 if not given
        out, err  what it prints to standard output and standard error; nothing if not given
        after     the files that are new or changed afterwards, by name
        gone      the names of files that are there no longer

No other file may be new, changed or gone, and no folder may be new and empty.

In expected texts `[..]` stands for any characters of a line, and a line `...` for any number of lines.
"""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.support import DATA, call, fill, snapshot

CASES = sorted((DATA / "commands").glob("*.toml"))


def pattern(expected: str) -> str:
    """Return a regular expression for a text with `[..]` and `...`."""
    lines = (
        r"(?:.*\n)*" if line == "...\n" else ".*".join(map(re.escape, line.split("[..]")))
        for line in expected.splitlines(keepends=True)
    )
    return "".join(lines)


def matches(expected: str, actual: str) -> bool:
    return re.fullmatch(pattern(expected), actual) is not None


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_transcript(tmp_path: Path, path: Path) -> None:
    case: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    assert set(case) <= {"files", "links", "run"}
    fill(tmp_path, case.get("files", {}))
    for name, target in case.get("links", {}).items():
        (tmp_path / name).symlink_to(target)
    for run in case["run"]:
        assert set(run) <= {"command", "cwd", "write", "stdin", "code", "out", "err", "after", "gone"}
        typed = run["command"]
        fill(tmp_path, run.get("write", {}))
        before = snapshot(tmp_path)
        folders = set(tmp_path.rglob("*/"))
        program, *words = shlex.split(typed.replace("$PWD", str(tmp_path)))
        assert program == "cleaner"
        result = call(*words, cwd=tmp_path / run.get("cwd", "."), stdin=run.get("stdin", "").encode())
        shown = {"code": result.code, "out": result.out, "err": result.err}
        assert matches(run.get("err", ""), result.err), (typed, shown)
        assert matches(run.get("out", ""), result.out), (typed, shown)
        assert result.code == run.get("code", 0), (typed, shown)
        after = snapshot(tmp_path)
        changed = {name: text.decode() for name, text in after.items() if before.get(name) != text}
        expected = run.get("after", {})
        assert set(changed) == set(expected), typed
        assert set(before) - set(after) == set(run.get("gone", [])), typed
        for name, text in expected.items():
            assert matches(text, changed[name]), (typed, name, changed[name])
        assert all(any(folder.iterdir()) for folder in set(tmp_path.rglob("*/")) - folders), typed
