"""What the workbench commands share: the packs in use, and reading documents."""

from __future__ import annotations

import stat
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

import click

from cleaner.cleaner import KEPT
from cleaner.cli import walk
from cleaner.cli.common import Settings
from cleaner.cli.config import Finder, Found
from cleaner.errors import SettingsError
from cleaner.files.modes import mode_of
from cleaner.rules import pack as packs
from cleaner.rules.engine import CONFIDENCES

COLORS = {"auto": None, "always": True, "never": False}

rules_option = click.option(
    "--rules", metavar="PATH", multiple=True, help="More rule packs: a file or a folder. Repeatable."
)
color_option = click.option("--color", type=click.Choice(list(COLORS)), default="auto", help="Colour. [auto]")


class Loaded(NamedTuple):
    """A pack and the file it was read from."""

    source: packs.Source
    pack: packs.Pack


class Given(NamedTuple):
    """A document as it was found: its name for messages, where it stands, and its bytes."""

    name: str
    path: Path
    data: bytes


class Failed(NamedTuple):
    """A document that cannot be used, and why: `what; what to do`."""

    name: str
    why: str


def load(sources: Iterable[packs.Source], taken: Collection[str] = (), *, trusted: bool = False) -> list[Loaded]:
    """Parse packs, whose ids must differ from each other and from those `taken`. Raises `SettingsError`."""
    ids = set(taken)
    loaded = []
    for source in sources:
        pack = packs.parse(source, trusted=trusted)
        if pack.pack.id in ids:
            raise SettingsError(f"{source.name}: another pack has the id {pack.pack.id!r}; choose another")
        ids.add(pack.pack.id)
        loaded.append(Loaded(source, pack))
    return loaded


def in_use(rules: Iterable[str], found: Found) -> list[Loaded]:
    """Return the packs that ship, those of a configuration, and those in `rules`. Raises `SettingsError`."""
    shipped = load(packs.builtin(), trusted=True)
    paths = [*(found.folder / path for path in found.config.extend_rules), *map(Path, rules)]
    return shipped + load(packs.read(paths), {pack.pack.id for _, pack in shipped})


def in_use_here(rules: Iterable[str]) -> list[Loaded]:
    """Return the packs in use in the current folder, and those in `rules`. Raises `SettingsError`."""
    return in_use(rules, Finder().for_file(Path("x")))


def active_rules(wanted: Settings, found: Found) -> set[str]:
    """Return the ids (`pack/rule`) of the rules that may remove something, for settings and a configuration."""
    config = found.config
    confidences = CONFIDENCES[wanted.level or config.level or "safe"]
    disable = (*config.disable, *wanted.disable)
    keep = {*KEPT, *config.keep, *wanted.keep}.difference(config.drop, wanted.drop)
    return {
        f"{pack.pack.id}/{rule.id}"
        for _, pack in in_use(wanted.rules, found)
        for rule in pack.rule
        if rule.status == "active"
        and rule.confidence in confidences
        and rule.category not in keep
        and not any(matches(pack, rule, glob) for glob in disable)
    }


def matches(pack: packs.Pack, rule: packs.Rule, glob: str) -> bool:
    """Whether `glob` names a rule: by `pack/rule`, or by an id that it replaces."""
    return any(fnmatchcase(name, glob) for name in (f"{pack.pack.id}/{rule.id}", *rule.replaces))


def advice(name: str, known: Collection[str]) -> str:
    """Say what to write for a `name` that is not `known`."""
    from difflib import get_close_matches

    near = get_close_matches(name, known, 1)
    return f"did you mean {near[0]!r}?" if near else "known: " + ", ".join(sorted(known)[:20])


def documents(paths: Iterable[str], configuration: Callable[[Path], Found]) -> Iterator[Given | Failed]:
    """Read the documents that `paths` name or hold, in order; `-` is standard input.

    In folders, what their `configuration` excludes is passed over.
    """

    def excluded(path: Path, named: bool) -> bool:
        return not named and configuration(path).excludes(path, folder=stat.S_ISDIR(mode_of(path, follow=False)))

    for name in paths:
        if name == "-":
            yield Given(name, Path(name), sys.stdin.buffer.read())
            continue
        for item in walk.documents([Path(name)], excluded):
            if isinstance(item, walk.Problem):
                yield Failed(str(item.path), item.why)
            else:
                yield _read(item.path)


def _read(path: Path) -> Given | Failed:
    try:
        return Given(str(path), path, path.read_bytes())
    except OSError as error:
        return Failed(str(path), f"cannot be read ({error.strerror}); check the path")


def shorten(line: str, width: int) -> str:
    """Return `line` in at most `width` characters, all white space (line separators too) as spaces."""
    line = " ".join(line.split())
    return line if len(line) <= width else line[: width - 1] + "…"
