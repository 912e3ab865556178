"""`cleaner rules`: the commands for people who write rules. Each command is a module."""

from __future__ import annotations

import click

from cleaner.cli import LazyGroup

COMMANDS = {
    "list_": "List the rules in use in this folder.",
    "show": "Show the TOML of rules, and where they act.",
    "try_": "Show what a pack would remove from documents.",
    "check": "Check packs, and run the examples in them.",
    "coverage": "Measure what each rule removes, and what content it costs.",
    "import_": "Make host packs of site files that others share.",
}


@click.group("rules", cls=LazyGroup, package=__name__, modules=COMMANDS)
def command() -> None:
    """List, show, try, check and measure rules.

    Rules are in packs: TOML files, which rules/README.md in the source tree explains. The way to a rule of your own:

    \b
      cleaner explain page.txt             what goes already, and by which rule
      cleaner rules try my.toml page.txt   what your pack would remove
      cleaner rules check my.toml          whether the pack is sound
      cleaner rules coverage articles/     what each rule removes from documents
    """
