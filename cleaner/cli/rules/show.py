"""`cleaner rules show`: rules as they stand in their packs."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

import click

from cleaner.cli import DONE
from cleaner.cli.rules.common import Loaded, in_use_here, matches, rules_option
from cleaner.cli.rules.texts import rule_texts
from cleaner.errors import SettingsError, did_you_mean
from cleaner.rules.pack import PackInfo


@click.command("show")
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@rules_option
def command(ids: tuple[str, ...], rules: tuple[str, ...]) -> int:
    """Show packs and rules: for which documents they are active, where they stand, and their TOML.

    ID is a pack or pack/rule; * stands for any characters.
    """
    loaded = in_use_here(rules)
    for name in ids:
        if not any(_names(one, name) for one in loaded):
            known = [one.pack.pack.id for one in loaded]
            known += [f"{one.pack.pack.id}/{rule.id}" for one in loaded for rule in one.pack.rule]
            raise SettingsError(f"{name}: is no pack or rule; {did_you_mean(name, known)}")
    chosen = [one for one in loaded if any(_names(one, name) for name in ids)]
    click.echo("\n\n\n".join("\n\n".join(_shown(one, ids)) for one in chosen))
    return DONE


def _names(one: Loaded, name: str) -> bool:
    """Whether `name` is that of a pack, or of a rule in it."""
    return fnmatchcase(one.pack.pack.id, name) or any(matches(one.pack, rule, name) for rule in one.pack.rule)


def _shown(one: Loaded, ids: tuple[str, ...]) -> Iterator[str]:
    """Yield what there is to say of a pack, and the text of each of its rules that `ids` name."""
    info = one.pack.pack
    heading = [f"{info.id}: {info.title}", f"active: {scope(info)}", f"source: {info.source or 'not said'}"]
    yield "\n".join(f"# {line}" for line in heading)
    whole = any(fnmatchcase(info.id, name) for name in ids)
    for rule, (line, text) in zip(one.pack.rule, rule_texts(one.source.text, len(one.pack.rule)), strict=True):
        if whole or any(matches(one.pack, rule, name) for name in ids):
            yield f"# {one.source.name}:{line}: {info.id}/{rule.id}\n{text}"


def scope(info: PackInfo) -> str:
    """Say for which documents a pack is active."""
    parts = [f"in {', '.join(info.langs)}"] if info.langs else []
    if info.hosts:
        parts.append("on " + ", ".join(info.hosts))
    if info.clues:
        clues = ", ".join(map(repr, info.clues))
        unknown = "where the URL is not known, " if info.hosts else ""
        parts.append(f"{unknown}with {info.clues_needed} of the lines {clues}")
    return "; ".join(parts) or "everywhere"
