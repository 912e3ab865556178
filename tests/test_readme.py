"""The README says what is true: its example, its Python, its options."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cleaner import Cleaner
from cleaner.cli import group
from cleaner.cli.config import Config
from tests import counts

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (session,) = (block for block in blocks("") if block.startswith("$ cat story.txt\n"))
    _, before, says, after = re.split(r"^\$ .*\n", session, flags=re.MULTILINE)
    Path("story.txt").write_text(before, "utf-8")
    assert CliRunner().invoke(group, ["strip", "story.txt"]).stdout == says
    assert Path("story.clean.txt").read_text("utf-8") == after


def test_the_python() -> None:
    (code,) = blocks("python")
    names: dict[str, Any] = {"page": "<p>Rain fell for three days, and nobody minded.</p>", "data": b"Rain fell."}
    exec(code, names)
    cleaned = names["cleaned"]
    assert cleaned.text == "Rain fell for three days.\n"
    assert cleaned.restore() == "Accessibility links\n\nRain fell for three days.\n"
    assert cleaned.edits[0].by.startswith("accessibility/")
    assert cleaned.to_original(0) == 21


def test_the_engines() -> None:
    folder = Path(__file__).with_name("examples")
    tested = [path.read_text("utf-8").split("\n") for path in sorted(folder.glob("*.py"))]
    examples = [[line for line in lines if line] for lines in tested]
    shown = [block.split("\n")[:-1] for block in blocks("py")]
    assert len(shown) >= 5
    assert all(block in examples for block in shown)


def test_the_configuration() -> None:
    settings = next(block for block in blocks("toml") if "extend-rules" in block)
    known = {field.replace("_", "-") for field in Config.__struct_fields__}
    assert set(re.findall(r"^([a-z-]+) =", settings, re.MULTILINE)) <= known


def test_the_pack(tmp_path: Path) -> None:
    (pack,) = (block for block in blocks("toml") if "[pack]" in block)
    (tmp_path / "gazette.toml").write_text(pack, "utf-8")
    cleaner = Cleaner(rules=[tmp_path])
    prose = "The ferry to the island was late again, and nobody on the pier seemed to mind."
    text = f"{prose}\nShare this on Mastodon\nPrint\n{prose} And late it stayed.\n"
    assert cleaner.clean(text, url="https://gazette.example/1").text == f"{prose}\n{prose} And late it stayed.\n"


USES = [
    (command, option)
    for command, rest in re.findall(r"\bcleaner ((?:rules )?[a-z]+)\b([^`\n#]*)", README)
    for option in re.findall(r"--[a-z-]+", rest)
]


@pytest.mark.parametrize(("command", "option"), sorted(set(USES)))
def test_options_that_it_names_exist(command: str, option: str) -> None:
    assert option in CliRunner().invoke(group, [*command.split(), "--help"]).output


def test_what_it_says_of_the_packs_is_counted() -> None:
    assert counts.BETWEEN.findall(README) == [counts.says()], "run python -m tests.counts"
