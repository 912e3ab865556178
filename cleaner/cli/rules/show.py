"""`cleaner rules show`: the TOML of rules, as it stands in their packs."""

from __future__ import annotations

from collections.abc import Iterator

import click

from cleaner import quote
from cleaner.cli import DONE, complete
from cleaner.cli.rules.common import Loaded, in_use_here, matches
from cleaner.cli.rules.options import rules_option
from cleaner.cli.rules.texts import rule_texts
from cleaner.errors import SettingsError, did_you_mean
from cleaner.rules import ids
from cleaner.rules.pack import PackInfo


@click.command("show")
@click.argument("names", metavar="ID...", nargs=-1, required=True, shell_complete=complete.rule_ids)
@rules_option
def command(names: tuple[str, ...], rules: tuple[str, ...]) -> int:
    """Show packs and rules: the documents that they are active for, the files they are in, and their TOML.

    ID is the id of a pack, or of a rule as pack/rule; * stands for any characters.

    \b
    Examples:
      cleaner rules show accessibility     a whole pack
      cleaner rules show 'share/row*'      rules of a pack that begin with row
    """
    loaded = in_use_here(rules)
    for name in names:
        if not any(_names(one, name) for one in loaded):
            known = [one.pack.pack.id for one in loaded]
            known += [f"{one.pack.pack.id}/{rule.id}" for one in loaded for rule in one.pack.rule]
            raise SettingsError(f"{name}: is no pack or rule; {did_you_mean(name, known)}")
    chosen = [one for one in loaded if any(_names(one, name) for name in names)]
    click.echo(quote.text("\n\n\n".join("\n\n".join(_paragraphs(one, names)) for one in chosen)))
    return DONE


def _names(one: Loaded, name: str) -> bool:
    """Whether the glob `name` names a pack, or a rule in it."""
    return ids.fits(one.pack.pack.id, name) or any(matches(one.pack, rule, name) for rule in one.pack.rule)


def _paragraphs(one: Loaded, names: tuple[str, ...]) -> Iterator[str]:
    """Yield a heading for a pack, then the text of each of its rules that `names` name."""
    info = one.pack.pack
    heading = [f"{info.id}: {info.title}", f"active: {scope(info)}", f"source: {info.source or 'not said'}"]
    yield "\n".join(f"# {line}" for line in heading)
    whole = any(ids.fits(info.id, name) for name in names)
    for rule, (line, text) in zip(one.pack.rule, rule_texts(one.source.text, len(one.pack.rule)), strict=True):
        if whole or any(matches(one.pack, rule, name) for name in names):
            yield f"# {one.source.name}:{line}: {info.id}/{rule.id}\n{text}"


def scope(info: PackInfo) -> str:
    """Return for which documents a pack is active, in words."""
    parts = [f"in {', '.join(info.langs)}"] if info.langs else []
    if info.hosts:
        parts.append("on " + ", ".join(info.hosts))
    if info.clues:
        clues = ", ".join(map(repr, info.clues))
        unknown = "where the URL is not known, " if info.hosts else ""
        parts.append(f"{unknown}with {info.clues_needed} of the lines {clues}")
    return "; ".join(parts) or "everywhere"
