"""cleaner/cli/README.md, the reference of the command, is complete: commands, options, keys, exit codes, hooks."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from cleaner import cli
from cleaner.cli import group
from cleaner.cli.config import Config, UserConfig
from cleaner.reasons import REASONS

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "cleaner" / "cli" / "README.md").read_text("utf-8")
SHARED = "What goes"  # the section with the options that several commands have


def commands(parent: click.Group, prefix: str) -> dict[str, click.Command]:
    """Return all commands of a group and of the groups in it, by the words that call them."""
    found: dict[str, click.Command] = {}
    context = click.Context(parent)
    for name in parent.list_commands(context):
        command = parent.get_command(context, name)
        assert command
        found |= commands(command, f"{prefix} {name}") if isinstance(command, click.Group) else {}
        found[f"{prefix} {name}"] = command
    return found


COMMANDS = commands(group, "cleaner")


def section(title: str) -> str:
    """Return the section with this title, up to the next title."""
    (text,) = re.findall(rf"^##+ {re.escape(title)}\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return str(text)


def named(title: str) -> set[str]:
    """Return the long options in the first column of the table of a section."""
    rows = re.findall(r"^\| (.*?) (?<!\\)\|", section(title), re.MULTILINE)
    return {option for row in rows for option in re.findall(r"--[a-z-]+", row)}


def test_all_commands_have_a_section() -> None:
    titles = re.findall(r"^##+ `(cleaner .*)`$", PAGE, re.MULTILINE)
    assert sorted(titles) == sorted(COMMANDS)
    listed = re.findall(r"^\| \[`(cleaner .*?)`\]", PAGE, re.MULTILINE)
    assert listed == [f"cleaner {name}" for name in cli.COMMANDS]


@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if not isinstance(command, click.Group)])
def test_the_options_of_a_command(name: str) -> None:
    options = {
        opt
        for parameter in COMMANDS[name].params
        if isinstance(parameter, click.Option)
        for opt in (*parameter.opts, *parameter.secondary_opts)
        if opt.startswith("--")
    }
    shared = named(SHARED) if f"`{name.removeprefix('cleaner ')}`" in section(SHARED).splitlines()[1] else set()
    assert named(f"`{name}`") | shared == options
    assert not named(f"`{name}`") & shared


def test_the_names_in_records() -> None:
    rows = re.findall(r"^\| `([a-z-]+(?:/[^`]+)?)` \| (.+) \|$", section("`cleaner rules show`"), re.MULTILINE)
    assert rows == [(name, reason.sentence) for name, reason in REASONS.items()]


def test_the_configuration() -> None:
    keys = re.findall(r"^([a-z-]+) = ", section("Configuration file"), re.MULTILINE)
    fields = (*Config.__struct_fields__, *UserConfig.__struct_fields__)
    assert sorted(keys) == sorted(field.replace("_", "-") for field in fields)


def test_the_exit_codes() -> None:
    codes = re.findall(r"^\| ([\d, ]+) \|", section("Exit codes"), re.MULTILINE)
    known = [cli.DONE, cli.CHANGES, cli.USAGE, cli.FAILED, cli.INTERRUPTED, cli.TERMINATED]
    assert ", ".join(codes) == ", ".join(map(str, known))


def test_the_hooks() -> None:
    hooks = (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")
    rows = re.findall(r"^\| `(.+?)` \| `(.+?)` \|", section("Hooks"), re.MULTILINE)
    assert rows == re.findall(r"^- id: (.+)\n(?:  .*\n)*?  entry: (.+)$", hooks, re.MULTILINE)
