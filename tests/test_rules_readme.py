"""The README of the rule packs: each pack in it passes the check as printed, and each command in it runs."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from cleaner.cli import DONE
from tests.support import call, fill

README = (Path(__file__).parent.parent / "rules" / "README.md").read_text("utf-8")


BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
PACKS = [text for language, text in BLOCKS if language == "toml" and "[pack]" in text]
NAMES = [f"{tomllib.loads(text)['pack']['id']}.toml" for text in PACKS]
PLAIN = [text for language, text in BLOCKS if not language]
SESSIONS = [text for text in PLAIN if text.startswith("$ ")]
(COMMANDS,) = (text for text in PLAIN if not text.startswith("$ "))
PAGE, WELSH = (text for language, text in BLOCKS if language == "text")
FILES = {"gazette.toml": PACKS[0], "page.txt": PAGE, "articles/a.txt": PAGE, "tudalen.txt": WELSH}
FILES |= {name: text for name, text in zip(NAMES, PACKS, strict=True) if name not in FILES}


@pytest.mark.parametrize(("name", "pack"), [*zip(NAMES, PACKS, strict=True)])
def test_packs_pass_the_check_as_printed(tmp_path: Path, name: str, pack: str) -> None:
    result = call("rules", "check", name, cwd=fill(tmp_path, {name: pack}))
    assert (result.code, result.out) == (DONE, "")


@pytest.mark.parametrize("session", SESSIONS)
def test_packs_do_what_it_says(tmp_path: Path, session: str) -> None:
    command, _, wanted = session.partition("\n")
    _, *words = shlex.split(command.removeprefix("$ "))
    assert call(*words, cwd=fill(tmp_path, FILES)).out == wanted


def test_the_pack_of_a_language_is_the_one_that_is_named() -> None:
    assert NAMES[-1] == "cy.toml"
    assert len(SESSIONS) == 2


@pytest.mark.parametrize("line", COMMANDS.splitlines())
def test_commands_run(tmp_path: Path, line: str) -> None:
    name, *words = shlex.split(line, comments=True)
    assert name == "cleaner"
    assert call(*words, cwd=fill(tmp_path, FILES)).code == DONE
