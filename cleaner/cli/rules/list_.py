"""`cleaner rules list`: the rules in use, one a line, or which phrases there are for each language."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import click

from cleaner.arguments import checked_language
from cleaner.cli import DONE, complete
from cleaner.cli.common import checked, count
from cleaner.cli.rules.common import Loaded, in_use_here
from cleaner.cli.rules.options import rules_option
from cleaner.cli.rules.texts import rule_texts
from cleaner.cli.say import print_json, say
from cleaner.errors import SettingsError, did_you_mean
from cleaner.rules import phrases
from cleaner.rules.pack import Pack, Rule
from cleaner.rules.scope import speaks
from cleaner.workbench.languages import Language, languages

MIN_WIDTH = 40  # characters of a line of names, on a terminal however narrow


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
    callback=checked(checked_language),
    help="List only the rules that are active for documents in this language (BCP 47), such as de or pt-BR.",
)
@click.option(
    "--languages",
    "by_language",
    is_flag=True,
    help="List the languages instead, and which phrases of the frame each of them lacks.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array, with an object for each rule or language.")
def command(rules: tuple[str, ...], category: str | None, lang: str | None, by_language: bool, as_json: bool) -> int:
    """List the rules in use: those that ship, and those that the configuration of this folder adds.

    Each line has the id of a rule, its category, its kind, its confidence, its flags (weak, head or tail, trial,
    retired; - if there are none), and how many lines, patterns or selectors it looks for. Each pack begins with
    a line "# id: title".

    The frame has what sites in every language say, such as "Skip to content"; rules/README.md says more. With
    --languages each language has a line with its tag, and how many phrases of the frame there are for it. The names
    of those that it lacks follow; trial means that it is there, but only for "cleaner rules try". If no rule of a
    language names a phrase, its line says how many rules there are.

    \b
    Examples:
      cleaner rules list                    all rules
      cleaner rules list --category share   the rules for share buttons
      cleaner rules list --lang de --json   the rules for German, as JSON
      cleaner rules list --languages        what each language has and lacks
    """
    loaded = in_use_here(rules)
    categories = {rule.category for _, pack in loaded for rule in pack.rule}
    if category is not None and category not in categories:
        raise SettingsError(f"--category: there is no category {category!r}; {did_you_mean(category, categories)}")
    if by_language:
        frame = [name for name, entry in phrases.shipped().items() if category in (None, entry.category)]
        _list_languages(languages(loaded, frame), lang, frame, as_json=as_json)
        return DONE
    chosen = [
        (one, index)
        for one in loaded
        for index, rule in enumerate(one.pack.rule)
        if category in (None, rule.category) and (lang is None or _is_for(lang, one.pack, rule))
    ]
    if as_json:
        print_json(_rules_as_json(chosen), indent=1)
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


def _list_languages(found: Sequence[Language], lang: str | None, frame: Collection[str], *, as_json: bool) -> None:
    """Print a line for each language, or for the one that `lang` is, and the phrases that it lacks."""
    found = [one for one in found if lang is None or speaks(one.tags, lang)]
    if as_json:
        keys = ("language", "title", "has", "lacks", "trial", "rules", "tags")
        print_json([dict(zip(keys, one, strict=True)) for one in found], indent=1)
        return
    if not found:
        say(f"there is no pack for {lang!r}; rules/README.md says how to write one", err=True)
        return
    tags, titles = (max(map(len, column)) for column in ([one.tag for one in found], [one.title for one in found]))
    width = max(shutil.get_terminal_size().columns, tags + MIN_WIDTH)
    for one in found:
        had = f"{len(one.has)} of {count(len(frame), 'phrase')}"
        names_phrases = bool(one.has or one.trial) or not one.rules
        if not names_phrases:
            had = f"{count(one.rules, 'rule')}, which name no phrases"
        say(f"{one.tag.ljust(tags)}  {one.title.ljust(titles)}  {had}")
        if not names_phrases:
            continue
        lacks = ", ".join(f"{name} (trial)".replace(" ", "\xa0") if name in one.trial else name for name in one.lacks)
        for line in textwrap.wrap(lacks, width - tags - 2, break_on_hyphens=False, break_long_words=False):
            say(" " * (tags + 2) + line.replace("\xa0", " "))


def _is_for(lang: str, pack: Pack, rule: Rule) -> bool:
    """Whether a rule is active for documents in a language."""
    return all(not langs or speaks(langs, lang) for langs in (pack.pack.langs, rule.langs))


def _rule_as_cells(pack: Pack, rule: Rule) -> tuple[str, ...]:
    """Return what the table shows of a rule: id, category, kind, confidence, flags and size."""
    flags = ["weak"] * rule.weak + [rule.zone] * (rule.zone != "any") + [rule.status] * (rule.status != "active")
    literals, patterns = rule.size()
    sizes = [count(literals, "literal")] * bool(literals) + [count(patterns, "pattern")] * bool(patterns)
    sizes += [count(len(rule.selectors), "selector")] * bool(rule.selectors)
    return (
        f"{pack.pack.id}/{rule.id}",
        rule.category,
        rule.kind,
        rule.confidence,
        ",".join(flags) or "-",
        ", ".join(sizes),
    )


def _rules_as_json(chosen: Iterable[tuple[Loaded, int]]) -> list[dict[str, Any]]:
    """Return what `--json` says of rules, given as packs and 0-based numbers in them, those of a pack together."""
    return [
        _rule_as_json(one, index, texts[index].line)
        for one, numbers in groupby(chosen, itemgetter(0))
        for texts in [rule_texts(one.source.text, one.pack)]  # once a pack, since the whole file is scanned
        for _, index in numbers
    ]


def _rule_as_json(one: Loaded, index: int, line: int) -> dict[str, Any]:
    """Return what `--json` says of the rule of a pack with the 0-based number `index`, on a line of its file."""
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
        "selectors": len(rule.selectors),
        "file": one.source.name,
        "line": line,
    }
