"""What the commands of `cleaner rules` share: the packs in use, and how lines are shown."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from cleaner import quote
from cleaner.cli.config import HERE, Finder, Found
from cleaner.rules import checks, ids
from cleaner.rules import pack as packs


class Loaded(NamedTuple):
    """A pack and the file it was read from."""

    source: packs.Source
    pack: packs.Pack


def load(sources: Iterable[packs.Source], others: Iterable[str] = (), *, trusted: bool = False) -> list[Loaded]:
    """Parse packs. Raises `SettingsError` if one is wrong, or has the id of another one or one of `others`."""
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
    return shipped + load(sources, [pack.pack.id for _, pack in shipped])


def in_use_here(rules: Iterable[str], *, quick: bool = False) -> list[Loaded]:
    """Return the packs in use in the current folder, as `in_use` does. Raises `SettingsError`."""
    return in_use(rules, Finder().for_file(HERE), quick=quick)


def matches(pack: packs.Pack, rule: packs.Rule, glob: str) -> bool:
    """Whether `glob` names a rule: by `pack/rule`, or by an id that it replaces."""
    return ids.names_rule([glob], pack, rule)


def shorten(line: str, width: int) -> str:
    """Return `line` in at most `width` characters, with visible signs for what is dangerous for a terminal.

    Each run of white space, line separators too, becomes a space.
    """
    line = quote.line(" ".join(line.split()))
    return line if len(line) <= width else line[: width - 1] + "…"
