"""What the commands of `cleaner rules` share: the packs in use, and reading documents."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from cleaner import quote
from cleaner.cli import walk
from cleaner.cli.config import HERE, Finder, Found
from cleaner.cli.say import read_input
from cleaner.files.folder import Place, read_named, why_not_read
from cleaner.files.probe import mode_of
from cleaner.rules import checks, ids
from cleaner.rules import pack as packs


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
    loaded = [Loaded(source, checks.parse(source, trusted=trusted)) for source in sources]
    checks.check_ids(loaded, others)
    if not trusted:
        checks.check_together(loaded)
    return loaded


def in_use(rules: Iterable[str], found: Found, *, quick: bool = False) -> list[Loaded]:
    """Return the packs that ship, those of a configuration, and those at the paths `rules`.

    With `quick`, without host packs that would be read only when they are needed. Raises `SettingsError`.
    """
    named = list(rules)
    paths = [*found.rules(named), *map(Path, named)]
    shipped = load(packs.builtin(), trusted=True)
    sources = packs.find(paths).sources if quick else packs.read(paths)
    return shipped + load(sources, [pack for _, pack in shipped])


def in_use_here(rules: Iterable[str], *, quick: bool = False) -> list[Loaded]:
    """Return the packs in use in the current folder, as `in_use` does. Raises `SettingsError`."""
    return in_use(rules, Finder().for_file(HERE), quick=quick)


def matches(pack: packs.Pack, rule: packs.Rule, glob: str) -> bool:
    """Whether `glob` names a rule: by `pack/rule`, or by an id that it replaces."""
    return ids.names_rule([glob], pack, rule)


def documents(paths: Iterable[str], configuration: Callable[[Path], Found]) -> Iterator[NamedDocument | Failed]:
    """Read the documents that `paths` name, and those in the folders that they name; `-` is standard input.

    Documents in folders are left out if the `configuration` of their folder excludes them, or git ignores them.
    """

    def excluded(path: Path, named: bool) -> bool:
        return not named and configuration(path).excludes(path, folder=stat.S_ISDIR(mode_of(path, follow=False)))

    def respects_git(folder: Path) -> bool:
        return configuration(folder / HERE).config.respect_gitignore is not False

    for name in paths:
        if name == "-":
            yield NamedDocument(name, Path(name), read_input())
            continue
        for item in walk.documents([Path(name)], excluded, respects_git):
            if isinstance(item, walk.Problem):
                yield Failed(str(item.path), item.why)
            else:
                yield _read_document(item)


def _read_document(item: walk.FoundDocument) -> NamedDocument | Failed:
    path = item.path
    try:
        if item.named:
            return NamedDocument(str(path), path, read_named(path)[0])
        with Place(item.top, item.below).folder() as folder:
            return NamedDocument(str(path), path, folder.read(path.name)[0])
    except OSError as error:
        return Failed(str(path), why_not_read(error, "name a document"))


def shorten(line: str, width: int) -> str:
    """Return `line` in at most `width` characters, with visible signs for what is dangerous for a terminal.

    Each run of white space, line separators too, becomes a space.
    """
    line = quote.line(" ".join(line.split()))
    return line if len(line) <= width else line[: width - 1] + "…"
