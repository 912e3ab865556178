"""The command line. Each command is a module, which is imported when the command is called."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cleaner import quote
from cleaner.cli.clash import refuse_other_distribution
from cleaner.cli.say import discard_output, reserve_streams, say, say_lines, show_defect, style
from cleaner.errors import CleanerError, did_you_mean
from cleaner.version import __version__

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS = {
    "strip": "Write a clean copy beside each document.",
    "learn": "Learn from many documents what to remove, as rules to review.",
    "check": "Say which clean copies are missing or stale; write nothing.",
    "accept": "Keep clean copies as they are, as corrections.",
    "explain": "Show a document with what would be removed, and why.",
    "review": "Look in a browser at what went of many documents, and decide.",
    "score": "Score cleaning against gold; write nothing.",
    "gold": "Gather documents and their gold, to score and to fit with.",
    "top": "Show which lines are removed most, and by which rule.",
    "compare": "Show what two runs removed differently.",
    "restore": "Give the original of a clean copy back, from its record.",
    "rules": "List, show, try, check and measure rules.",
}

# Exit codes.
DONE = 0
CHANGES = 1  # a check found something to change
USAGE = 2  # the command line, the configuration or a rule pack is wrong
FAILED = 3  # a document failed; the others are done
INTERRUPTED = 130  # by Ctrl-C; 128 + SIGINT, as shells have it
TERMINATED = 143  # by SIGTERM; 128 + SIGTERM


class Terminated(BaseException):
    """The process was told to end (SIGTERM).

    The signal handler raises it, wherever the main thread is. Like `KeyboardInterrupt` it is no `Exception`, so that
    code which handles the errors of one document does not catch it: `with` blocks clean up, and `main` ends the run.
    """


class ReaderGone(Exception):
    """The program that reads standard output has closed it, as `head` and pagers do.

    It replaces `BrokenPipeError`, for which click would exit with code 1; here that code means that a check found
    something. Nobody wants the rest of the output, so the command ends without an error.
    """


class LazyGroup(click.Group):
    """A group of commands that are modules of a package. A module is imported when its command is called.

    `modules` maps the name of each module to a line of help; the module's attribute `command` is the click command.
    The command has the name of its module without a `_` at the end (`list_.py` would hide `list` without it).
    `takes_paths` is the name of the command to suggest to a user who gives a path and no command. `examples` maps
    command lines to what they do, for the help.
    """

    def __init__(
        self,
        *args: Any,
        package: str,
        modules: Mapping[str, str],
        takes_paths: str | None = None,
        examples: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self._package = package
        self._modules = {module.rstrip("_"): module for module in modules}
        self._help = {module.rstrip("_"): text for module, text in modules.items()}
        self._takes_paths = takes_paths
        self._examples = examples or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in self._modules:
            return None
        command: click.Command = import_module(f"{self._package}.{self._modules[cmd_name]}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first word names; if there is none, raise `UsageError` with a better word."""
        name = args[0]
        is_option = name.startswith("-") and name != "-"
        if name in self._modules or is_option or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        raise click.UsageError(f"no command {name!r}; {self._advice(ctx, args)}", ctx)

    def _advice(self, ctx: click.Context, args: list[str]) -> str:
        """Return what to write instead of `args`, whose first word is no command."""
        name = args[0]
        if self._takes_paths and (name == "-" or os.path.lexists(name)):
            return f"to clean it: {ctx.command_path} {self._takes_paths} {' '.join(map(quote.word, args))}"
        return did_you_mean(name, self._modules, f"see `{ctx.command_path} --help`")

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command. Raises `ReaderGone` instead of `BrokenPipeError`."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise ReaderGone from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands, without importing them, and the examples."""
        for heading, rows in (("Commands", self._help), ("Examples", self._examples)):
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(list(rows.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the name of a command without importing it, or an option of the group."""
        from click.shell_completion import CompletionItem

        found = [CompletionItem(name, help=text) for name, text in self._help.items() if name.startswith(incomplete)]
        return found + click.Command.shell_complete(self, ctx, incomplete)


def _show_version(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    """Print the version, and whether the kernel is missing, which makes cleaning slower; then exit."""
    if not wanted or context.resilient_parsing:
        return
    from cleaner import kernel

    lacking = "" if kernel.compiled else "; without the compiled kernel, since it was installed without a C compiler"
    if os.environ.get(kernel.VARIABLE) == kernel.NUMPY:
        lacking = f"; without the compiled kernel, as {kernel.VARIABLE}={kernel.NUMPY} says"
    say(f"{context.find_root().info_name}, version {__version__}{lacking}")
    context.exit()


@click.group(
    cls=LazyGroup,
    package=__name__,
    modules=COMMANDS,
    takes_paths="strip",
    context_settings={"help_option_names": ["-h", "--help"]},
    examples={
        "cleaner strip articles/": "write a.clean.txt beside each a.txt",
        "cleaner explain articles/a.txt": "show which lines would go, and why",
        "cleaner strip --help": "all options",
    },
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help="Show the version and exit.",
)
def group() -> None:
    """Remove page chrome from scraped documents and repair their encoding.

    Exit codes: 0 done; 1 a check found something to change; 2 usage, configuration or rule error;
    3 some document failed (the others are done).
    """
    refuse_other_distribution()


def main() -> None:
    """Run the command and exit; the entry point of the console script."""
    signal.signal(signal.SIGTERM, _terminate)
    reserve_streams()
    sys.excepthook = show_defect
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy starts threads when imported; nothing uses them
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # names and texts may hold what the terminal cannot show
            stream.reconfigure(errors="backslashreplace")
    color = False if os.environ.get("NO_COLOR") else None  # None: where the output is a terminal
    try:
        code = group.main(prog_name=_program_name(), standalone_mode=False, color=color)
        if sys.stdout:
            sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        code = error.exit_code
    except click.ClickException as error:
        _say_error(error.format_message(), color)
        if isinstance(error, click.UsageError) and error.ctx:
            say_lines(f"{error.ctx.get_usage()}\nTry '{error.ctx.command_path} --help' for help.", err=True)
        code = error.exit_code
    except CleanerError as error:
        _say_error(str(error), color)
        code = USAGE
    except (click.Abort, KeyboardInterrupt, Terminated) as error:
        what = str(error.__cause__ or error) or "what was written is whole, run again for the rest"
        say(f"cleaner: interrupted; {what}", err=True)
        code = TERMINATED if isinstance(error, Terminated) else INTERRUPTED
    except (ReaderGone, BrokenPipeError):
        discard_output()
        code = DONE
    except MemoryError:
        _say_error("there is too little memory for this; give it more, or split what is large", color)
        code = FAILED
    except OSError as error:
        discard_output()
        _say_error(f"standard output cannot be written ({error.strerror}); make room and run again", color)
        code = FAILED
    sys.exit(code)


def run_cleaner() -> None:
    """Say that the other distribution called `cleaner` is installed: its command calls this function."""
    main()


def _program_name() -> str:
    """Return the name that the command was called by."""
    name = Path(sys.argv[0]).name.removesuffix(".exe")
    package = __package__.partition(".")[0]
    return {"__main__.py": f"python -m {package}", "-c": package, "": package}.get(name, name)


def _say_error(what: str, color: bool | None) -> None:
    """Say on standard error why the whole command ends; the word `error:` is red on a terminal."""
    say(f"{style('error:', fg='red', bold=True)} {quote.line(what)}", err=True, styled=True, color=color)


def _terminate(*_: object) -> None:
    raise Terminated
