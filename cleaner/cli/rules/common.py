"""What the commands of `cleaner rules` share: the packs in use, reading documents, options and their completion."""

from __future__ import annotations

import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

import click

from cleaner.cli import walk
from cleaner.cli.config import Finder, Found
from cleaner.errors import SettingsError
from cleaner.files.modes import mode_of
from cleaner.rules import pack as packs

COLORS = {"auto": None, "always": True, "never": False}  # what `click.echo` takes for `color`
HERE = Path("x")  # stands for any file of the current folder, to ask for the configuration of that folder

rules_option = click.option(
    "--rules", metavar="PATH", multiple=True, help="Add rule packs: a file, or a folder of them. Repeatable."
)
color_option = click.option(
    "--color",
    type=click.Choice(list(COLORS)),
    default="auto",
    help="Whether to use colours; auto: on a terminal. [auto]",
)


class Loaded(NamedTuple):
    """A pack and the file it was read from."""

    source: packs.Source
    pack: packs.Pack


class NamedDocument(NamedTuple):
    """A document that was read."""

    name: str  # for messages
    path: Path
    data: bytes


class Failed(NamedTuple):
    """A document that cannot be read."""

    name: str
    why: str  # what is wrong; what to do


def load(
    sources: Iterable[packs.Source], others: Iterable[packs.Pack] = (), *, trusted: bool = False
) -> list[Loaded]:
    """Parse packs. Raises `SettingsError` if one is wrong, or has the id of another one or of one of `others`."""
    loaded = [Loaded(source, packs.parse(source, trusted=trusted)) for source in sources]
    packs.check_ids(loaded, others)
    return loaded


def in_use(rules: Iterable[str], found: Found) -> list[Loaded]:
    """Return the packs that ship, those of a configuration, and those at the paths `rules`.

    Raises `SettingsError`.
    """
    shipped = load(packs.builtin(), trusted=True)
    paths = [*(found.folder / path for path in found.config.extend_rules), *map(Path, rules)]
    return shipped + load(packs.read(paths), [pack for _, pack in shipped])


def in_use_here(rules: Iterable[str]) -> list[Loaded]:
    """Return the packs in use in the current folder, and those at the paths `rules`. Raises `SettingsError`."""
    return in_use(rules, Finder().for_file(HERE))


def complete_rule_ids(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the ids of packs and of their rules that begin with `incomplete`, for the shell.

    Rules are offered only after `pack/`, because there are more than a thousand.
    """
    names = []
    for _, pack in _packs_to_complete(ctx):
        names.append(pack.pack.id)
        if "/" in incomplete:
            names += [f"{pack.pack.id}/{rule.id}" for rule in pack.rule]
    return sorted(name for name in names if name.startswith(incomplete))


def complete_categories(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the categories of rules that begin with `incomplete`, for the shell."""
    names = {rule.category for _, pack in _packs_to_complete(ctx) for rule in pack.rule}
    return sorted(name for name in names if name.startswith(incomplete))


def _packs_to_complete(ctx: click.Context) -> list[Loaded]:
    """Return the packs in use here; if one is wrong, only those that ship: the command itself says what is wrong."""
    try:
        return in_use_here(ctx.params.get("rules") or ())
    except SettingsError:
        return load(packs.builtin(), trusted=True)


def matches(pack: packs.Pack, rule: packs.Rule, glob: str) -> bool:
    """Whether `glob` names a rule: by `pack/rule`, or by an id that it replaces."""
    return any(fnmatchcase(name, glob) for name in (f"{pack.pack.id}/{rule.id}", *rule.replaces))


def documents(paths: Iterable[str], configuration: Callable[[Path], Found]) -> Iterator[NamedDocument | Failed]:
    """Read the documents that `paths` name, and those in the folders that they name; `-` is standard input.

    Documents in folders are left out if the `configuration` of their folder excludes them.
    """

    def excluded(path: Path, named: bool) -> bool:
        return not named and configuration(path).excludes(path, folder=stat.S_ISDIR(mode_of(path, follow=False)))

    for name in paths:
        if name == "-":
            yield NamedDocument(name, Path(name), sys.stdin.buffer.read())
            continue
        for item in walk.documents([Path(name)], excluded):
            if isinstance(item, walk.Problem):
                yield Failed(str(item.path), item.why)
            else:
                yield _read_document(item.path)


def _read_document(path: Path) -> NamedDocument | Failed:
    try:
        return NamedDocument(str(path), path, path.read_bytes())
    except OSError as error:
        return Failed(str(path), f"cannot be read ({error.strerror}); check the path")


def shorten(line: str, width: int) -> str:
    """Return `line` in at most `width` characters. Each run of white space, line separators too, becomes a space."""
    line = " ".join(line.split())
    return line if len(line) <= width else line[: width - 1] + "…"
