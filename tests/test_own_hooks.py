"""This repository's own .pre-commit-config.yaml: valid, the same entries as the hooks for others, and it passes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pre_commit.clientlib import load_config, load_manifest  # type: ignore[import-untyped]

from cleaner.cli.left_out import IN_REPOSITORY
from tests.support import DATA, OWN_RULES, fill

ROOT = DATA.parent.parent
CONFIG = ROOT / ".pre-commit-config.yaml"
pytestmark = pytest.mark.skipif(not CONFIG.exists(), reason="not in the source distribution")


def own_hooks() -> dict[str, dict[str, Any]]:
    (repository,) = load_config(str(CONFIG))["repos"]
    assert repository["repo"] == "local", "needs no network"
    return {hook["id"]: hook for hook in repository["hooks"]}


def test_the_hooks_run_what_others_run() -> None:
    own = own_hooks()
    offered = {hook["id"]: hook for hook in load_manifest(str(ROOT / ".pre-commit-hooks.yaml"))}
    shared = set(own) & set(offered)
    assert shared == {"cleaner-rules", "cleaner-check"}
    for name in shared:
        for key in ("entry", "args", "require_serial"):
            assert own[name][key] == offered[name][key], (name, key)


HOOKS = {hook["id"]: hook for hook in load_manifest(str(ROOT / ".pre-commit-hooks.yaml"))}
FILES = tomllib.loads((DATA / "hook_files.toml").read_text("utf-8"))


@pytest.mark.parametrize("name", ["cleaner", "cleaner-in-place", "cleaner-check"])
def test_which_files_the_hooks_take(name: str) -> None:
    assert HOOKS[name]["exclude"] == IN_REPOSITORY
    files, exclude = (re.compile(HOOKS[name][key]) for key in ("files", "exclude"))

    def is_taken(file: str) -> bool:  # as pre-commit decides
        return bool(files.search(file)) and not exclude.search(file)

    wrong = [file for file in FILES["left_out"] if is_taken(file)]
    wrong += [
        file for file in FILES["taken"] if not is_taken(file) and not (name.endswith("place") and "html" in file)
    ]
    assert wrong == []


@pytest.mark.slow
def test_the_hooks_pass_on_a_clone_and_fail_on_a_fault(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("needs git and a clone")
    commands = Path(sys.executable).parent
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))},
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(clone),  # so that the packs that ship are the clone's
        "PRE_COMMIT_HOME": str(tmp_path / "home"),
        "PRE_COMMIT_COLOR": "never",
        "SKIP": "mypy",  # takes a minute, and .ci/run runs it
    }

    def run(*words: str) -> tuple[int, str]:
        done = subprocess.run(
            words, cwd=clone, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        return done.returncode, done.stdout.decode()

    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone)], env=environment, check=True)
    for name in (".pre-commit-config.yaml", ".pre-commit-hooks.yaml"):  # as they are now, committed or not
        shutil.copy(ROOT / name, clone)
    hooks = ("-m", "pre_commit", "run", "--all-files")
    code, text = run(sys.executable, *hooks)
    assert code == 0, text
    assert text.count("Passed") == 4, text

    faults = {
        "corpus/new.txt": "Rain fell.\n",
        "rules/generic/own.toml": OWN_RULES,
        "cleaner/new.py": "import os\nx=1\n",
    }
    fill(clone, faults)
    assert run("git", "add", "--all")[0] == 0
    code, text = run(sys.executable, *hooks)
    assert code == 1
    assert text.count("Failed") == 4, text
    for says in ("new.txt: has no clean copy", "rules/generic/own.toml:1: ", "F401"):
        assert says in text
