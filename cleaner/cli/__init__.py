"""The command line: one module a command, imported when it is called."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from cleaner.errors import CleanerError

COMMANDS = {
    "strip": "Write a clean copy beside each document.",
    "check": "Say which clean copies are missing or stale; write nothing.",
    "explain": "Show a document with what would be removed, and why.",
    "restore": "Give the original of a clean copy back, from its record.",
}
DONE, CHANGES, USAGE, FAILED = 0, 1, 2, 3
INTERRUPTED = 130


class Commands(click.Group):
    """Finds commands in modules of the same name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"cleaner.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cleaner")
def group() -> None:
    """Remove page chrome from scraped documents and repair their encoding.

    Exit codes: 0 done; 1 a check found something to change; 2 usage, configuration or rule error;
    3 some document failed (the others are done).
    """


def main() -> None:
    """Run the command; the entry point of the console script."""
    try:
        code = group.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except CleanerError as error:
        click.echo(f"cleaner: {error}", err=True)
        code = USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("cleaner: interrupted; what was written is whole, run again for the rest", err=True)
        code = INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = DONE
    sys.exit(code)
