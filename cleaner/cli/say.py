"""What the command says and prints: the one way to standard output and standard error.

Names, texts and messages may come from strangers. Whatever goes through `say` is one line in which nothing commands
a terminal, also where somebody forgot to quote a name. Text that is data (a clean text, an original, a diff with
`--raw`) goes into a file or a pipe as it is, and to a terminal with visible signs.
"""

from __future__ import annotations

import os
import re
import sys
from types import TracebackType
from typing import Any

import click

from cleaner import quote
from cleaner.errors import SettingsError

_STYLES = r"(\x1b\[[0-9;]*m)"  # what `style` puts around a text


def style(shown: str, **how: Any) -> str:
    """Return a text with visible signs for what is dangerous in it, and in colours, for `say` with `styled`."""
    return click.style(quote.line(shown), **how)


def say(shown: object, *, err: bool = False, styled: bool = False, color: bool | None = None) -> None:
    """Print a line to standard output, or to standard error, where it does not matter whether anybody reads it.

    With `styled`, what `style` put there stays; the caller quotes the rest. `color` is that of `click.echo`. A
    carriage return at the end stays, too: it and the line feed are one line end.
    """
    line = str(shown).removesuffix("\r")
    pieces = re.split(_STYLES, line) if styled else [line]
    quoted = "".join(piece if i % 2 else quote.line(piece) for i, piece in enumerate(pieces))
    try:
        click.echo(quoted + str(shown)[len(line) :], err=err, color=color)
    except OSError:
        if not err:
            raise
        _discard(sys.stderr)


def say_lines(shown: str, *, err: bool = False) -> None:
    """Print several lines."""
    for line in shown.split("\n"):
        say(line, err=err)


def print_json(data: object, *, indent: int | None = None) -> None:
    """Print data as JSON to standard output."""
    import json

    click.echo(quote.in_json(json.dumps(data, ensure_ascii=False, indent=indent)))


def print_bytes(data: bytes) -> None:
    """Write data to standard output: as it is into a file or a pipe, with visible signs on a terminal."""
    if _on_terminal():
        data = quote.text(data.decode("utf-8", "backslashreplace")).encode()
    if sys.stdout:
        sys.stdout.buffer.write(data)


def print_text(shown: str, *, raw: bool = False) -> bool:
    """Write text as UTF-8, whatever the terminal's encoding is, and return whether all of it is there.

    It has visible signs for what is dangerous in it, unless it is to be `raw`.
    """
    quoted = shown if raw else quote.text(shown)
    print_bytes(quoted.encode("utf-8", "backslashreplace"))
    return quoted == shown or _on_terminal()


def check_raw(_ctx: click.Context, _parameter: click.Parameter, value: bool) -> bool:
    """Refuse `--raw` for a terminal; a callback of the option. Raises `UsageError`."""
    if value and _on_terminal():
        raise click.UsageError(
            "--raw: a terminal would obey what is in the text; send the output to a file or a pipe"
        )
    return value


def read_input() -> bytes:
    """Return what is on standard input. Raises `SettingsError` if it is closed or cannot be read."""
    if sys.stdin is None:
        raise SettingsError("standard input is closed; name a file")
    try:
        return sys.stdin.buffer.read()
    except OSError as error:
        raise SettingsError(f"standard input cannot be read ({error.strerror}); name a file") from None


def reserve_streams() -> None:
    """Let the numbers of standard streams that are closed lead nowhere: a file that is opened would get them."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def show_defect(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print the traceback of an exception that nobody expected, as Python does it, with visible signs."""
    import traceback

    for part in traceback.format_exception(kind, error, trace):
        is_place = part.startswith("  File ")  # with the code there; the rest is one line, such as the exception
        (say_lines if is_place else say)(part.strip("\n"), err=True)


def discard_output() -> None:
    """Let what is still to be written to standard output go nowhere, so that ending does not fail on it."""
    _discard(sys.stdout)


def _on_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def _discard(stream: Any) -> None:
    """Let what is still to be written to a stream go nowhere."""
    if stream is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
