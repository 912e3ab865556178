"""The options that several commands of `cleaner rules` have."""

from __future__ import annotations

import click

from cleaner.cli import complete

COLORS = {"auto": None, "always": True, "never": False}  # what `say` takes for `color`

rules_option = click.option(
    "--rules",
    metavar="PATH",
    multiple=True,
    shell_complete=complete.files,
    help="Add rule packs: a file, or a folder of them. Repeatable.",
)
color_option = click.option(
    "--color",
    type=click.Choice(list(COLORS)),
    default="auto",
    help="Whether to use colours; auto: on a terminal. [auto]",
)
