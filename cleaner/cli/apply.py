"""`cleaner review --apply`: decisions become rule packs and corrected copies.

    decisions ── plan ─┬─ about lines ──── rule packs (apply_packs) ── documents cleaned anew ── do they hold?
                       └─ about places ─── corrected copies (apply_copies)

A decision that cannot be carried out, or does not hold afterwards, is said with what to do, and the exit code is 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from cleaner import quote, toml
from cleaner.cli import CHANGES, DONE, FAILED
from cleaner.cli import apply_packs as packs
from cleaner.cli.apply_copies import Copies, NamedDocument
from cleaner.cli.common import count
from cleaner.cli.looking import Looker
from cleaner.cli.say import say
from cleaner.cli.sources import Source
from cleaner.document import Cleaned, split_lines
from cleaner.errors import DocumentError, SettingsError
from cleaner.evidence.rows import site_of
from cleaner.files.folder import read_named, reason_of
from cleaner.review.apply import Example, not_held, plan
from cleaner.review.copies import Refused
from cleaner.review.decisions import Decision, Decisions
from cleaner.review.decisions import read as read_decisions
from cleaner.review.packs import SitePack

FOLDER = "reviewed"  # where packs go if nothing else is said: in the current folder
MAX_SAID = 40  # decisions that cannot be done, of which it is said why
MAX_TRIED = 300  # documents on which it is tried whether decisions about lines hold
MAX_EXAMPLE_LINES = 20_000  # lines of documents among which examples for rules are looked for
MAX_LINE_CHARS = 60  # of a line in messages


def apply(paths: tuple[str, ...], options: dict[str, Any]) -> int:
    """Carry out the decisions in the file `--apply`. Returns the exit code."""
    decisions = _read(Path(options["apply"]))
    out = Path(options["output"] or FOLDER)
    looker = Looker(paths, options)
    documents = _named_by(decisions, looker) if paths else {}
    todo = plan(decisions, lambda name: name in documents and documents[name].source.number is not None)
    refused = list(todo.refused)

    site_packs = packs.packs_after(out, todo, force=options["force"])
    for site in site_packs.values():
        refused += [Refused(Decision("keep", "everywhere", one.line), one.why) for one in site.left_out]
    texts = {site.id: site.text(partial(_kept_lines, documents, site.site)) for site in site_packs.values()}
    texts = {name: text for name, text in texts.items() if packs.can_be_written(out, name, text)}
    packs.write(out, texts)
    tell = _nothing if options["quiet"] else say
    for site in site_packs.values():
        if site.id in texts:
            tell(f"{quote.name(out / f'{site.id}.toml')}: {_in_words(site)}")

    again = Looker(paths, {**options, "rules": (*options["rules"], str(out))}) if texts else looker
    cleaned = {name: _cleaned(again, one.source) for name, one in documents.items()}
    examples = {name: Example(one.url, after) for name, one in documents.items() if (after := cleaned[name])}
    refused += not_held(todo.lines, site_packs, examples)

    copies = Copies(options, again.sources, documents, cleaned)
    for name, places in todo.places.items():
        refused += copies.correct(name, places)
    copies.save()
    for line in copies.said:
        tell(line)

    failures = [f"{quote.name(name)}: {one.why}" for name, one in documents.items() if one.why]
    for line in failures:
        say(line, err=True)
    _say_refused(refused)
    if texts:
        if not paths:
            tell("whether the decisions hold was not tried: name the documents as well to try it")
        tell(f"to clean with what was decided: cleaner strip --rules {quote.word(str(out))} PATH...")
        tell(
            f'for good, so that `check` and hooks use them, too: extend-rules = ["{quote.name(out)}"] in cleaner.toml'
        )
    if failures:
        return FAILED
    return CHANGES if refused or copies.failed else DONE


def _nothing(_line: str) -> None:
    """Say nothing."""


def _say_refused(refused: list[Refused]) -> None:
    for one in refused[:MAX_SAID]:
        say(f"not applied: {_shown(one.decision)}: {one.why}", err=True)
    if len(refused) > MAX_SAID:
        say(f"and {count(len(refused) - MAX_SAID, 'more decision')} not applied", err=True)


def _shown(decision: Decision) -> str:
    """Return a decision for a message: its line, and its document if it is about one."""
    line = toml.shown(" ".join(decision.line.split()))
    line = line if len(line) <= MAX_LINE_CHARS else f"{line[:MAX_LINE_CHARS]}…"
    where = f"{quote.name(decision.document)}: " if decision.scope == "document" and decision.document else ""
    return f"{where}“{line}”"


def _in_words(site: SitePack) -> str:
    """Return in a few words what a pack says."""
    kept = len(site.keeps) + len(site.patterns) + len(site.off)
    parts = [f"{count(kept, 'line')} {'stays' if kept == 1 else 'stay'}"] if kept else []
    gone = len(site.drops)
    parts += [f"{count(gone, 'line')} {'goes' if gone == 1 else 'go'}"] if gone else []
    return ", ".join(parts) or "nothing"


def _read(file: Path) -> Decisions:
    """Read the file of decisions. Raises `SettingsError`."""
    try:
        data, _ = read_named(file)
    except OSError as error:
        raise SettingsError(f"{quote.name(file)}: cannot be read ({reason_of(error)}); check the path") from None
    return read_decisions(str(file), data)


def _names_in(decisions: Decisions) -> set[str]:
    """Return the names of the documents to read: those with places, and one example for each decision about lines."""
    wanted = {one.document for one in decisions.decisions if one.scope == "document" and one.document}
    examples = dict.fromkeys(name for one in decisions.decisions for name in (one.examples or ())[:1])
    return wanted | set(list(examples)[:MAX_TRIED])


def _named_by(decisions: Decisions, looker: Looker) -> dict[str, NamedDocument]:
    """Return the documents that decisions name, cleaned, by their names. Raises `SettingsError`."""
    wanted = _names_in(decisions)
    found: dict[str, NamedDocument] = {}
    for source in looker.sources.read():
        if source.name not in wanted or source.name in found:
            continue
        try:
            cleaned, why = looker.sources.clean(source), ""
        except DocumentError as error:
            cleaned, why = None, str(error)
        found[source.name] = NamedDocument(source, looker.url_of(source), cleaned, why)
        if len(found) == len(wanted):
            break
    return found


def _cleaned(looker: Looker, source: Source) -> Cleaned | None:
    try:
        return looker.sources.clean(source)
    except DocumentError:
        return None


def _kept_lines(documents: Mapping[str, NamedDocument], site: str) -> Iterator[str]:
    """Yield lines that stay, of the documents of a site; with "" for the site, of all documents."""
    room = MAX_EXAMPLE_LINES
    for one in documents.values():
        if one.cleaned and (not site or site_of(one.url) == site):
            lines = split_lines(one.cleaned.text)[:room]
            room -= len(lines)
            yield from lines
