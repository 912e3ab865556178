"""The command line: one module a command, imported when it is called."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from importlib import import_module
from io import TextIOWrapper
from typing import Any

import click

from cleaner import __version__
from cleaner.cli.clash import refuse_other_distribution
from cleaner.errors import CleanerError

COMMANDS = {
    "strip": "Write a clean copy beside each document.",
    "check": "Say which clean copies are missing or stale; write nothing.",
    "explain": "Show a document with what would be removed, and why.",
    "score": "Score cleaning against gold; write nothing.",
    "restore": "Give the original of a clean copy back, from its record.",
    "rules": "List, show, try, check and measure rules.",
}
DONE, CHANGES, USAGE, FAILED = 0, 1, 2, 3
INTERRUPTED, TERMINATED = 130, 143


class Terminated(BaseException):
    """The process was told to end; like `KeyboardInterrupt`, not an error."""


class ReaderGone(Exception):
    """Nobody reads standard output any more."""


class LazyGroup(click.Group):
    """A group whose commands stand in the modules of a package, each imported when it is called.

    `modules` maps the name of each module, whose `command` it is, to what that does. A command is named like
    its module, without the `_` of one that would have the name of something of Python's.
    """

    def __init__(self, *args: Any, package: str, modules: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self._package = package
        self._modules = {module.rstrip("_"): module for module in modules}
        self._help = [(module.rstrip("_"), text) for module, text in modules.items()]

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in self._modules:
            return None
        command: click.Command = import_module(f"{self._package}.{self._modules[cmd_name]}").command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; hide a closed pipe from click, which makes it exit code 1: `found something`."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise ReaderGone from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(self._help)


@click.group(
    cls=LazyGroup, package=__name__, modules=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__)
def group() -> None:
    """Remove page chrome from scraped documents and repair their encoding.

    Exit codes: 0 done; 1 a check found something to change; 2 usage, configuration or rule error;
    3 some document failed (the others are done).
    """
    refuse_other_distribution()


def main() -> None:
    """Run the command; the entry point of the console script."""
    signal.signal(signal.SIGTERM, _terminate)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy starts threads when imported; nothing uses them
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # names and texts may hold what the terminal cannot show
            stream.reconfigure(errors="backslashreplace")
    try:
        code = group.main(standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except CleanerError as error:
        click.echo(f"cleaner: {error}", err=True)
        code = USAGE
    except (click.Abort, KeyboardInterrupt, Terminated) as error:
        what = str(error.__cause__ or error) or "what was written is whole, run again for the rest"
        click.echo(f"cleaner: interrupted; {what}", err=True)
        code = TERMINATED if isinstance(error, Terminated) else INTERRUPTED
    except (ReaderGone, BrokenPipeError):
        _discard_output()
        code = DONE
    except OSError as error:
        _discard_output()
        click.echo(
            f"cleaner: standard output cannot be written ({error.strerror}); make room and run again", err=True
        )
        code = FAILED
    sys.exit(code)


def run_cleaner() -> None:
    """Say that the other distribution called `cleaner` is installed: its command calls this function."""
    main()


def _terminate(*_: object) -> None:
    raise Terminated


def _discard_output() -> None:
    """Let what is still to be written to standard output go nowhere, so that ending does not fail on it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
