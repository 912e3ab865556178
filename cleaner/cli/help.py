"""Help texts in parts: options under headings, and examples at the end.

A command with this help is made by `@click.command(cls=Command, examples=…)`, its options by the decorators below:
`@about_output("--force", …)` is `@click.option("--force", …)` under the heading `Output`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import click

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

WHAT_GOES, INPUT, OUTPUT, SHARDS, RUN = "What goes", "Input", "Output", "Shards", "Run"
HEADINGS = (WHAT_GOES, INPUT, OUTPUT, SHARDS, RUN)  # in the order in which the help has them
NAME_WIDTH = 27  # characters of the column of options; a longer option has its help on the next line
EXAMPLE_WIDTH = 48  # the same for the column of examples, where there is room
EXPLANATION_WIDTH = 30  # characters that are left for what an example does; with 30, 80 columns have room for both


class Option(click.Option):
    """An option that the help lists under `heading`."""

    def __init__(self, *args: Any, heading: str, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.heading = heading

    def get_help_extra(self, ctx: click.Context) -> Any:
        """Return what click adds to the help, without the range of a number: the help says it in words."""
        extra = super().get_help_extra(ctx)
        extra.pop("range", None)
        return extra


class Command(click.Command):
    """A command whose help has options under headings. `examples` maps command lines to what they do."""

    def __init__(self, *args: Any, examples: Mapping[str, str], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.examples = examples

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under their headings, those without one (`--help`) under the last, then the examples."""
        rows: dict[str, list[tuple[str, str]]] = {heading: [] for heading in HEADINGS}
        for parameter in self.get_params(ctx):
            row = parameter.get_help_record(ctx)
            if row and isinstance(parameter, click.Option):
                heading = parameter.heading if isinstance(parameter, Option) else RUN
                rows[heading].append((row[0].ljust(NAME_WIDTH), row[1]))
        for heading, listed in rows.items():
            if listed:
                with formatter.section(heading):
                    formatter.write_dl(listed, col_max=NAME_WIDTH)
        with formatter.section("Examples"):
            room = formatter.width - EXPLANATION_WIDTH
            formatter.write_dl(list(self.examples.items()), col_max=min(EXAMPLE_WIDTH, room))


def option(*names: str, heading: str, **settings: Any) -> Callable[[Decorated], Decorated]:
    """Return a decorator that adds an `Option` to a command; `settings` are those of `click.option`."""
    return click.option(*names, cls=Option, heading=heading, **settings)


what_goes, about_input, about_shards, about_output, about_run = (
    partial(option, heading=heading) for heading in (WHAT_GOES, INPUT, SHARDS, OUTPUT, RUN)
)


def options(*decorators: Callable[[Decorated], Decorated]) -> Callable[[Decorated], Decorated]:
    """Join decorators that add options into one, which adds them in this order."""

    def add(command: Decorated) -> Decorated:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return add
