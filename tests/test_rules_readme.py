"""The README of the rule packs: each pack in it passes the check as printed, and each command in it runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from cleaner.cli import DONE
from tests.support import call, fill

README = (Path(__file__).parent.parent / "rules" / "README.md").read_text("utf-8")


BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
PACKS = [text for language, text in BLOCKS if language == "toml" and "[pack]" in text]
SESSION, COMMANDS = (text for language, text in BLOCKS if not language)
(PAGE,) = (text for language, text in BLOCKS if language == "text")
FILES = {"gazette.toml": PACKS[0], "page.txt": PAGE, "articles/a.txt": PAGE}


@pytest.mark.parametrize("pack", PACKS)
def test_packs_pass_the_check_as_printed(tmp_path: Path, pack: str) -> None:
    result = call("rules", "check", "gazette.toml", cwd=fill(tmp_path, {"gazette.toml": pack}))
    assert (result.code, result.out) == (DONE, "")


def test_the_first_rule_does_what_it_says(tmp_path: Path) -> None:
    command, _, wanted = SESSION.partition("\n")
    _, *words = shlex.split(command.removeprefix("$ "))
    assert call(*words, cwd=fill(tmp_path, FILES)).out == wanted


@pytest.mark.parametrize("line", COMMANDS.splitlines())
def test_commands_run(tmp_path: Path, line: str) -> None:
    name, *words = shlex.split(line, comments=True)
    assert name == "cleaner"
    assert call(*words, cwd=fill(tmp_path, FILES)).code == DONE
