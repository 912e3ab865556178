"""`cleaner rules show`: the TOML of rules, as it stands in their packs, and what the other names in a record mean."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

import click

from cleaner import quote
from cleaner.cli import DONE, complete
from cleaner.cli.rules.common import Loaded, in_use_here, matches
from cleaner.cli.rules.options import rules_option
from cleaner.cli.rules.texts import rule_texts
from cleaner.cli.say import say_lines
from cleaner.errors import SettingsError, did_you_mean
from cleaner.reasons import REASONS, Reason, reasons_of
from cleaner.rules import ids, phrases
from cleaner.rules.pack import Pack, PackInfo

WIDTH = 100  # characters of a line of an explanation


@click.command("show")
@click.argument("names", metavar="ID...", nargs=-1, required=True, shell_complete=complete.names_in_records)
@rules_option
def command(names: tuple[str, ...], rules: tuple[str, ...]) -> int:
    """Show packs and rules: the documents that they are active for, the files they are in, and their TOML.

    ID is the id of a pack, or of a rule as pack/rule; * stands for any characters. It may also be another name that
    explain and records give as the reason of a removal: judge/…, trafilatura, markup/… and repair/…; or guard. Of
    these it says what they mean, and what to do if they are wrong.

    \b
    Examples:
      cleaner rules show accessibility     a whole pack
      cleaner rules show 'share/row*'      rules of a pack that begin with row
      cleaner rules show judge/place       why the judge took a line
    """
    loaded = in_use_here(rules)
    for name in names:
        if not any(_names(one, name) for one in loaded) and not _reasons(name):
            known = [one.pack.pack.id for one in loaded]
            known += [f"{one.pack.pack.id}/{rule.id}" for one in loaded for rule in one.pack.rule]
            raise SettingsError(f"{quote.name(name)}: is no pack or rule; {did_you_mean(name, [*known, *REASONS])}")
    chosen = [one for one in loaded if any(_names(one, name) for name in names)]
    parts = ["\n\n".join(_paragraphs(one, names)) for one in chosen]
    explained = dict(pair for name in names for pair in _reasons(name))
    parts += _explained(explained)
    say_lines("\n\n\n".join(parts))
    return DONE


def _reasons(name: str) -> list[tuple[str, Reason]]:
    """Return the reasons that a name, a glob or the name of a group stands for."""
    if "+" in name:  # steps of a repair
        return reasons_of(name)
    return [pair for pair in REASONS.items() if ids.fits(pair[0], name) or pair[0].startswith(f"{name}/")]


def _explained(reasons: dict[str, Reason]) -> Iterator[str]:
    """Yield in words what each reason means, and behind the last one of those that go together what to do then."""
    last = {reason.if_wrong: name for name, reason in reasons.items()}
    for name, reason in reasons.items():
        paragraphs = [reason.meaning, *[reason.if_wrong] * (last[reason.if_wrong] == name)]
        wrapped = [textwrap.fill(text, WIDTH, break_on_hyphens=False) for text in paragraphs]
        yield "\n\n".join([f"# {name}: {reason.sentence}", *wrapped])


def _names(one: Loaded, name: str) -> bool:
    """Whether the glob `name` names a pack, or a rule in it."""
    return ids.fits(one.pack.pack.id, name) or any(matches(one.pack, rule, name) for rule in one.pack.rule)


def _paragraphs(one: Loaded, names: tuple[str, ...]) -> Iterator[str]:
    """Yield a heading for a pack, then the text of each of its rules that `names` name."""
    info = one.pack.pack
    heading = [f"{info.id}: {info.title}", f"active: {scope(info)}", f"source: {info.source or 'not said'}"]
    yield "\n".join(f"# {quote.line(line)}" for line in heading)
    whole = any(ids.fits(info.id, name) for name in names)
    for index, (line, text) in enumerate(rule_texts(one.source.text, one.pack)):
        rule = one.pack.rule[index]
        if whole or any(matches(one.pack, rule, name) for name in names):
            place = f"# {quote.name(one.source.name)}:{line}: {info.id}/{rule.id}"
            yield "\n".join([place, *_of_frame(one.pack, index), text])


def _of_frame(pack: Pack, index: int) -> Iterator[str]:
    """Yield what the frame says of the rule of a pack with the 0-based number `index`, if a phrase becomes it."""
    table, number = pack.place_of(index)
    if table == "phrase":
        entry = phrases.shipped()[pack.phrase[number].id]
        options = [entry.category, entry.confidence, *["weak"] * entry.weak]
        options += [f"in the zone {entry.zone}"] if entry.zone != "any" else []
        yield f"# {', '.join(options)}; says {'; '.join(entry.says)}"


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
