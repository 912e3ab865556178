"""`cleaner rules list`: the rules in use, one a line."""

from __future__ import annotations

from typing import Any

import click

from cleaner.cli import DONE
from cleaner.cli.rules.common import Loaded, in_use_here, rules_option
from cleaner.cli.rules.texts import rule_texts
from cleaner.errors import SettingsError, did_you_mean
from cleaner.rules.pack import Pack, Rule, block, listed
from cleaner.rules.scope import speaks


@click.command("list")
@rules_option
@click.option("--category", metavar="CATEGORY", help="Only rules of this category.")
@click.option("--lang", metavar="LANG", help="Only rules that count for documents in this language (BCP 47).")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array with an object for each rule.")
def command(rules: tuple[str, ...], category: str | None, lang: str | None, as_json: bool) -> int:
    """List the rules in use: those that ship, and those the configuration of this folder adds.

    Each line has the rule's id, category, kind, confidence, flags (weak, its zone, trial, retired; - for
    none) and size. Packs begin with a line `# id: title`.
    """
    loaded = in_use_here(rules)
    categories = {rule.category for _, pack in loaded for rule in pack.rule}
    if category is not None and category not in categories:
        raise SettingsError(f"--category: there is no category {category!r}; {did_you_mean(category, categories)}")
    chosen = [
        (one, index)
        for one in loaded
        for index, rule in enumerate(one.pack.rule)
        if category in (None, rule.category) and (lang is None or _counts(one.pack, rule, lang))
    ]
    if as_json:
        import json

        click.echo(json.dumps([_object(one, index) for one, index in chosen], ensure_ascii=False, indent=1))
        return DONE
    if not chosen:
        click.echo("there is no such rule", err=True)
    rows = [_row(one.pack, one.pack.rule[index]) for one, index in chosen]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    shown = None
    for (one, _), row in zip(chosen, rows, strict=True):
        if one is not shown:
            click.echo(("\n" if shown else "") + f"# {one.pack.pack.id}: {one.pack.pack.title}")
            shown = one
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return DONE


def _counts(pack: Pack, rule: Rule, lang: str) -> bool:
    return all(not langs or speaks(langs, lang) for langs in (pack.pack.langs, rule.langs))


def _row(pack: Pack, rule: Rule) -> tuple[str, ...]:
    flags = ["weak"] * rule.weak + [rule.zone] * (rule.zone != "any") + [rule.status] * (rule.status != "active")
    literals, patterns = sizes(rule)
    size = f"{literals} literal{'s' * (literals != 1)}" if literals else ""
    size = f"{patterns} pattern{'s' * (patterns != 1)}" if patterns else size
    name = f"{pack.pack.id}/{rule.id}"
    return name, rule.category, rule.kind, rule.confidence, ",".join(flags) or "-", size


def sizes(rule: Rule) -> tuple[int, int]:
    """Return how many literals and how many patterns a rule has; those of `unless` do not count."""
    fields = (rule.patterns, rule.from_, rule.to, rule.cut, rule.cut_before, rule.inline)
    return len(block(rule.lines or "")), sum(len(listed(field)) for field in fields)


def _object(one: Loaded, index: int) -> dict[str, Any]:
    info, rule = one.pack.pack, one.pack.rule[index]
    literals, patterns = sizes(rule)
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
