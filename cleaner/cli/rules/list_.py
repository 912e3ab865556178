"""`cleaner rules list`: the rules in use, one a line."""

from __future__ import annotations

from typing import Any

import click

from cleaner.cli import DONE, complete
from cleaner.cli.common import count
from cleaner.cli.rules.common import Loaded, in_use_here
from cleaner.cli.rules.options import rules_option
from cleaner.cli.rules.texts import rule_texts
from cleaner.cli.say import print_json, say
from cleaner.errors import SettingsError, did_you_mean
from cleaner.rules.pack import Pack, Rule
from cleaner.rules.scope import speaks


@click.command("list")
@rules_option
@click.option(
    "--category",
    metavar="CATEGORY",
    shell_complete=complete.categories,
    help="List only the rules of this category, such as share or navigation.",
)
@click.option(
    "--lang",
    metavar="LANG",
    help="List only the rules that are active for documents in this language (BCP 47), such as de or pt-BR.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array, with an object for each rule.")
def command(rules: tuple[str, ...], category: str | None, lang: str | None, as_json: bool) -> int:
    """List the rules in use: those that ship, and those that the configuration of this folder adds.

    Each line has the id of a rule, its category, its kind, its confidence, its flags (weak, head or tail, trial,
    retired; - if there are none), and how many lines or patterns it looks for. Each pack begins with
    a line "# id: title".

    \b
    Examples:
      cleaner rules list                    all rules
      cleaner rules list --category share   the rules for share buttons
      cleaner rules list --lang de --json   the rules for German, as JSON
    """
    loaded = in_use_here(rules)
    categories = {rule.category for _, pack in loaded for rule in pack.rule}
    if category is not None and category not in categories:
        raise SettingsError(f"--category: there is no category {category!r}; {did_you_mean(category, categories)}")
    chosen = [
        (one, index)
        for one in loaded
        for index, rule in enumerate(one.pack.rule)
        if category in (None, rule.category) and (lang is None or _is_for(lang, one.pack, rule))
    ]
    if as_json:
        print_json([_rule_as_json(one, index) for one, index in chosen], indent=1)
        return DONE
    if not chosen:
        say("there is no such rule", err=True)
    rows = [_rule_as_cells(one.pack, one.pack.rule[index]) for one, index in chosen]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    shown = None
    for (one, _), row in zip(chosen, rows, strict=True):
        if one is not shown:
            if shown:
                say("")
            say(f"# {one.pack.pack.id}: {one.pack.pack.title}")
            shown = one
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return DONE


def _is_for(lang: str, pack: Pack, rule: Rule) -> bool:
    """Whether a rule is active for documents in a language."""
    return all(not langs or speaks(langs, lang) for langs in (pack.pack.langs, rule.langs))


def _rule_as_cells(pack: Pack, rule: Rule) -> tuple[str, ...]:
    """Return what the table shows of a rule: id, category, kind, confidence, flags and size."""
    flags = ["weak"] * rule.weak + [rule.zone] * (rule.zone != "any") + [rule.status] * (rule.status != "active")
    literals, patterns = rule.size()
    size = count(patterns, "pattern") if patterns else count(literals, "literal") if literals else ""
    return f"{pack.pack.id}/{rule.id}", rule.category, rule.kind, rule.confidence, ",".join(flags) or "-", size


def _rule_as_json(one: Loaded, index: int) -> dict[str, Any]:
    """Return what `--json` says of the rule of a pack with the 0-based number `index`."""
    info, rule = one.pack.pack, one.pack.rule[index]
    literals, patterns = rule.size()
    return {
        "id": f"{info.id}/{rule.id}",
        "pack": info.id,
        "title": info.title,
        "category": rule.category,
        "kind": rule.kind,
        "confidence": rule.confidence,
        "weak": rule.weak,
        "zone": rule.zone,
        "status": rule.status,
        "hosts": info.hosts,
        "langs": rule.langs or info.langs,
        "literals": literals,
        "patterns": patterns,
        "file": one.source.name,
        "line": rule_texts(one.source.text, len(one.pack.rule))[index].line,
    }
