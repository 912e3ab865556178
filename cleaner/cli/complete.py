"""What the shell offers when the user presses Tab. Nothing is imported or read before that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from cleaner.rules.pack import Pack


def rule_ids(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the ids of rules and the globs of packs (`pack/*`) that begin with `incomplete`.

    For an empty word these are the globs alone: there are more than a thousand rules.
    """
    packs = _packs_in_use(ctx)
    names = [f"{pack.pack.id}/*" for pack in packs]
    if incomplete:
        names += [f"{pack.pack.id}/{rule.id}" for pack in packs for rule in pack.rule]
    return sorted(name for name in names if name.startswith(incomplete))


def names_in_records(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the ids of rules as `rule_ids` does, and the other reasons of removals that begin with `incomplete`."""
    from cleaner.reasons import REASONS

    reasons = [name for name in REASONS if name.startswith(incomplete) and (incomplete or "/" not in name)]
    return sorted({*rule_ids(ctx, parameter, incomplete), *reasons})


def categories(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the categories of chrome that begin with `incomplete`; for `--drop` those that are kept by default."""
    from cleaner.marks import CATEGORIES_KEPT, CATEGORY_LEFT_OUT, CATEGORY_REPAIR

    names = set(CATEGORIES_KEPT)
    if parameter.name != "drop":
        names |= {CATEGORY_LEFT_OUT, CATEGORY_REPAIR}
        names.update(rule.category for pack in _packs_in_use(ctx) for rule in pack.rule)
    return sorted(name for name in names if name.startswith(incomplete))


def files(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Let the shell complete the name of a file or folder."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def folders(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Let the shell complete the name of a folder."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="dir")]


def _packs_in_use(ctx: click.Context) -> list[Pack]:
    """Return the packs that ship, those of the configuration here, and those after `--rules`.

    Many packs of hosts are not among them: to read them takes too long.
    If the configuration or a pack is wrong, return the packs that ship: the command itself says what is wrong.
    """
    from cleaner.cli.rules.common import in_use_here
    from cleaner.errors import SettingsError

    try:
        return [pack for _, pack in in_use_here(ctx.params.get("rules") or (), quick=True)]
    except SettingsError:
        from cleaner.rules import checks
        from cleaner.rules import pack as packs

        return [checks.parse(source, trusted=True) for source in packs.builtin()]
