"""`cleaner rules try`: what a pack would remove from documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from cleaner import quote
from cleaner.cli import DONE, complete
from cleaner.cli.common import clean_document, count, failure_code, paths_argument
from cleaner.cli.config import Config, Found
from cleaner.cli.listing import explain
from cleaner.cli.rules.common import load
from cleaner.cli.rules.options import COLORS, color_option
from cleaner.cli.say import say, style
from cleaner.cli.sources import Source, Sources
from cleaner.document import Cleaned, apply, split_lines
from cleaner.errors import DocumentError, SettingsError
from cleaner.files.job import NOTES
from cleaner.marks import CONFIDENCES
from cleaner.passes import Passes
from cleaner.rules import checks
from cleaner.rules import pack as packs
from cleaner.rules.engine import Ruleset
from cleaner.rules.match.keys import keys
from cleaner.rules.prepare import compile_packs
from cleaner.rules.scope import Activity, Scope, host_of, speaks
from cleaner.text.repair import repair
from cleaner.workbench.coverage import RemovedPart, removed_parts

CONTEXT_LINES = 2  # lines that are shown before and after each removed line


@click.command("try")
@click.argument("pack", metavar="PACK", shell_complete=complete.files)
@paths_argument
@click.option("--with-builtin", is_flag=True, help="Use the packs that ship, too; what PACK removes is marked *.")
@click.option("--force", is_flag=True, help="Treat the pack as active, whatever its hosts, clues and languages.")
@click.option(
    "--level",
    type=click.Choice(list(CONFIDENCES)),
    default="main",
    help="Which rules act: at rules and safe those that are sure or likely, at main guesses, too. [main]",
)
@click.option("--url", help="The URL of the documents, for packs that are for some hosts.")
@click.option("--lang", help="The language of the documents (BCP 47), for packs that are for some languages.")
@click.option(
    "--encoding", metavar="NAME", help="The encoding of the documents. Without it, the encoding is detected."
)
@color_option
def command(pack: str, paths: tuple[str, ...], **options: Any) -> int:
    """Show what the rules of a pack would remove from documents.

    PACK is a pack file, or a folder of them; of the packs in a folder "hosts", those for the host of --url are tried.
    Rules on trial act, too. PATH is a document, a folder, a shard or one row of it (docs.jsonl:12), or - for standard
    input. Of an HTML page, the text of the whole page is cleaned.

    Each removed line is shown with its number and the two lines on both sides, as by "cleaner explain". Then come
    the rules of the pack, with the number of their removals.

    \b
    Examples:
      cleaner rules try my.toml page.txt                what the pack would remove
      cleaner rules try my.toml --with-builtin pages/   beside the packs that ship
      cleaner rules try site.toml --force page.html     whatever site it is from
    """
    sources = packs.read([Path(pack)])
    if not options["force"] and len(sources) > 1:
        sources = _for_url(sources, options["url"])
    tried = [_on_trial(one.pack) for one in load(sources)]
    if options["force"]:
        tried = [_unscoped(one) for one in tried]
    ids = {one.pack.id for one in tried}
    others = [checks.parse(source, trusted=True) for source in packs.builtin()] if options["with_builtin"] else []
    active = [*tried, *(one for one in others if one.pack.id not in ids)]
    passes = Passes(Ruleset([compile_packs(active)], options["level"]))
    able = passes.ruleset.active_ids
    documents = Sources(paths, options, wanted=Config())
    color = COLORS[options["color"]]
    hits: Counter[str] = Counter()
    shown = failed = 0
    for one in documents.read():
        found = documents.found(one)
        try:
            cleaned = _clean(passes, one, found, options)
        except DocumentError as error:
            say(f"{quote.name(one.name)}: {error}", err=True)
            failed += 1
            continue
        shown += 1
        removed = list(removed_parts(cleaned.edits))
        hits.update(part.edit.by for part in removed)
        url, lang = options["url"] or one.url, options["lang"] or one.lang or found.config.lang
        inactive = list(_reasons_inactive(tried, cleaned.original, url, lang))
        if removed or not inactive:
            for line in _report(one.name, cleaned, removed, ids, mark=options["with_builtin"]):
                say(line, styled=True, color=color)
        for why in inactive:
            say(style(f"{quote.name(one.name)}: {why}", fg="yellow"), styled=True, color=color)
        for flag in cleaned.flags:
            say(f"{quote.name(one.name)}: {NOTES[flag]} ({flag})", err=True)
    names = [name for one in tried for rule in one.rule if (name := f"{one.pack.id}/{rule.id}") in able]
    for line in _summary(names, hits, shown):
        say(line, styled=True, color=color)
    return failure_code(paths) if failed else DONE


def _clean(passes: Passes, one: Source, found: Found, options: dict[str, Any]) -> Cleaned:
    """Clean a document. Raises `DocumentError`."""
    if one.error:
        raise DocumentError(one.error)
    if one.path and isinstance(one.data, bytes):
        return clean_document(passes, one.data, one.path, found, options)
    data = one.data.encode("utf-8", "surrogatepass") if isinstance(one.data, str) else one.data
    known = {"url": one.url, "lang": one.lang, "encoding": "utf-8" if isinstance(one.data, str) else None}
    return clean_document(passes, data, Path("row.html" if one.kind == "html" else "row"), found, known)


def _for_url(sources: Sequence[packs.Source], url: str | None) -> list[packs.Source]:
    """Return sources without the host packs that are not for `url`. Raises `SettingsError` if none is left."""
    hosts = Activity(url, None, ()).hosts
    wanted = [source for source in sources if not source.host or source.host in hosts]
    if not wanted:
        what = "all packs are for hosts, and none is for that of --url" if hosts else "all packs are for hosts"
        raise SettingsError(f"{what}; pass the --url of the documents, or name one of the packs")
    return wanted


def _on_trial(pack: packs.Pack) -> packs.Pack:
    """Return `pack` with its rules on trial active."""
    rules = [msgspec.structs.replace(rule, status="active") if rule.status == "trial" else rule for rule in pack.rule]
    return msgspec.structs.replace(pack, rule=rules)


def _unscoped(pack: packs.Pack) -> packs.Pack:
    """Return `pack` active for every document."""
    return msgspec.structs.replace(pack, pack=msgspec.structs.replace(pack.pack, hosts=[], langs=[], clues=[]))


def _report(
    name: str, cleaned: Cleaned, removed: Sequence[RemovedPart], tried: Collection[str], *, mark: bool
) -> Iterator[str]:
    """Yield what is shown of a document: a heading, then the removed lines with the lines around them.

    `tried` are the ids of the packs that are tried. With `mark`, their removals are marked, and others are dimmed.
    """
    ours = [part.line for part in removed if part.edit.by.split("/")[0] in tried]
    others = f", {len(removed) - len(ours)} by other packs" if mark else ""
    yield style(f"{quote.name(name)}: {count(len(ours), 'removal')}{others}", bold=True)
    touched = {part.line for part in removed}
    lines = list(explain(cleaned))
    wanted = sorted(
        {j for i in touched for j in range(i - CONTEXT_LINES, i + CONTEXT_LINES + 1) if 1 <= j <= len(lines)}
    )
    width = len(str(len(lines)))
    last = 0
    for number in wanted:
        if last and number > last + 1:
            yield "  " + "." * width
        last = number
        line = lines[number - 1]
        if number in touched and number not in ours:
            line = style(click.unstyle(line), dim=True)
        sign = "*" if mark and number in ours else " "
        yield f"{sign} {number:>{width}} {line}"


def _reasons_inactive(tried: Sequence[packs.Pack], original: str, url: str | None, lang: str | None) -> Iterator[str]:
    """Yield, for each pack that is not active for a document, why it is not, and what to do."""
    found = set(keys(split_lines(apply(original, repair(original))), packs.LIMIT_CHARS))
    for pack in tried:
        info = pack.pack
        clues = keys(info.clues, packs.LIMIT_CHARS)
        scope = Scope(tuple(info.hosts), tuple(info.langs), tuple(clues), info.clues_needed)
        there = [clue for clue in clues if clue in found]
        if Activity(url, lang, ((scope, clue) for clue in there)).is_live(scope):
            continue
        what_to_do = "pass --force to treat it as active"
        if lang is not None and info.langs and not speaks(info.langs, lang):
            why = f"is for documents in {', '.join(info.langs)}, not {lang}"
        elif info.hosts and host_of(url) is not None:
            why = f"is for {', '.join(info.hosts)}, not {host_of(url)}"
        elif info.clues:
            why = f"needs {info.clues_needed} of its {count(len(clues), 'clue')}, and {len(there)} occur"
        else:
            why = f"is for {', '.join(info.hosts)}, and where this is from is not known"
            what_to_do = "pass --url, or --force to treat it as active"
        yield f"the pack {info.id!r} is not active: it {why}; {what_to_do}"


def _summary(names: Sequence[str], hits: Counter[str], shown: int) -> Iterator[str]:
    """Yield how much each of the rules `names` removed, most first, then the rules that removed nothing.

    `hits` counts the removals by rule, and `shown` is the number of documents.
    """
    hit = sorted((name for name in names if hits[name]), key=lambda name: (-hits[name], name))
    total = count(sum(hits[name] for name in hit), "removal")
    yield ""
    yield style(f"{count(shown, 'document')}, {total}", bold=True)
    yield from (f"{hits[name]:>7}  {name}" for name in hit)
    if len(hit) < len(names):
        yield style("Never hit:", fg="yellow", bold=True)
        yield from (f"{0:>7}  {name}" for name in names if not hits[name])
