"""`cleaner rules`: the workbench of those who write rules; one module a command."""

from __future__ import annotations

import click

from cleaner.cli import LazyGroup

COMMANDS = {
    "list_": "List the rules in use here.",
    "show": "Show rules as they stand in their packs.",
    "try_": "Show what a pack would remove from documents.",
    "check": "Lint packs and run their examples.",
    "coverage": "Measure what each rule removes, and what content it costs.",
}


@click.group("rules", cls=LazyGroup, package=__name__, modules=COMMANDS)
def command() -> None:
    """List, show, try, check and measure rules."""
