"""`cleaner review --apply`: decisions become rule packs and corrected copies.

Everything is read and worked out before anything is written. What cannot be done, or does not hold afterwards, is
said with what to do, and the exit code is 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import click

from cleaner import quote, toml
from cleaner.cli import CHANGES, DONE, FAILED
from cleaner.cli.common import count
from cleaner.cli.config import HERE, Finder
from cleaner.cli.looking import Looker
from cleaner.cli.say import say
from cleaner.cli.sources import Source
from cleaner.document import Cleaned, split_lines
from cleaner.errors import DocumentError, SettingsError
from cleaner.files import naming
from cleaner.files.folder import New, Place, open_folder, read_named, reason_of
from cleaner.files.job import MAX_OUTPUT_BYTES
from cleaner.files.known import Known, made_by
from cleaner.review.apply import Example, Plan, add, not_held, plan, sites_of
from cleaner.review.copies import Corrected, Refused, corrected
from cleaner.review.decisions import Decision, Decisions
from cleaner.review.decisions import read as read_decisions
from cleaner.review.digests import digest_of
from cleaner.review.packs import SitePack
from cleaner.review.packs import read as read_pack
from cleaner.rules import pack as packs
from cleaner.toml import MAX_BYTES
from cleaner.workbench.lint import lint

FOLDER = "reviewed"  # where packs go if nothing else is said: in the current folder
MAX_SAID = 40  # decisions that cannot be done, of which it is said why
MAX_TRIED = 300  # documents on which it is tried whether decisions about lines hold
MAX_EXAMPLE_LINES = 20_000  # lines of documents among which examples for rules are looked for
MAX_LINE_CHARS = 60  # of a line in messages

NOT_FOUND = "the document is not among those that you named; name the paths that the page was made of"
OTHER_DIGEST = "the document has changed since; make the page anew, and decide again"
CORRECTED = "was corrected by a person; carry the decisions out there, or pass --force to replace it"


class Found(NamedTuple):
    """A document that decisions name, cleaned as it was for the page; or why it could not be cleaned."""

    source: Source
    url: str | None
    cleaned: Cleaned | None
    why: str = ""


def apply(paths: tuple[str, ...], options: dict[str, Any]) -> int:
    """Carry out the decisions in the file `--apply`. Returns the exit code."""
    file = Path(options["apply"])
    decisions = _read(file)
    out = Path(options["output"] or FOLDER)
    looker = Looker(paths, options)
    found = _found(looker, decisions) if paths else {}
    todo = plan(decisions, lambda name: name in found and found[name].source.number is not None)
    refused = list(todo.refused)
    site_packs = _packs(out, todo, force=options["force"])
    for site in site_packs.values():
        refused += [Refused(_named(one.line), one.why) for one in site.left_out]
    texts = {site.id: site.text(partial(_kept_lines, found, site.site)) for site in site_packs.values()}
    texts = {name: text for name, text in texts.items() if _is_sound(out, name, text)}
    _write_packs(out, texts)
    say_it = say if not options["quiet"] else _nothing
    for site in site_packs.values():
        if site.id in texts:
            say_it(f"{quote.name(out / f'{site.id}.toml')}: {_in_words(site)}")
    again = Looker(paths, {**options, "rules": (*options["rules"], str(out))}) if texts else looker
    cleaned = {name: _clean(again, one.source) for name, one in found.items()}
    examples = {name: Example(one.url, after) for name, one in found.items() if (after := cleaned[name])}
    refused += not_held(todo.lines, site_packs, examples)
    failures = [f"{quote.name(name)}: {one.why}" for name, one in found.items() if one.why]
    copies = _Copies(options, again, found, cleaned)
    for name, places in todo.places.items():
        refused += copies.correct(name, places)
    copies.save()
    for line in copies.said:
        say_it(line)
    for line in failures:
        say(line, err=True)
    for one in refused[:MAX_SAID]:
        say(f"not applied: {_shown(one.decision)}: {one.why}", err=True)
    if len(refused) > MAX_SAID:
        say(f"and {count(len(refused) - MAX_SAID, 'more decision')} not applied", err=True)
    if texts:
        if not paths:
            say_it("whether the decisions hold was not tried: name the documents as well to try it")
        say_it(f"to clean with what was decided: cleaner strip --rules {quote.word(str(out))} PATH...")
    if failures:
        return FAILED
    return CHANGES if refused or copies.failed else DONE


def _nothing(_line: str) -> None:
    """Say nothing."""


def _read(file: Path) -> Decisions:
    try:
        data, _ = read_named(file)
    except OSError as error:
        raise SettingsError(f"{quote.name(file)}: cannot be read ({reason_of(error)}); check the path") from None
    return read_decisions(str(file), data)


def _named(line: str) -> Decision:
    return Decision("keep", "everywhere", line)


def _shown(decision: Decision) -> str:
    line = toml.shown(" ".join(decision.line.split()))
    line = line if len(line) <= MAX_LINE_CHARS else f"{line[:MAX_LINE_CHARS]}…"
    where = f"{quote.name(decision.document)}: " if decision.scope == "document" and decision.document else ""
    return f"{where}“{line}”"


def _in_words(site: SitePack) -> str:
    kept = len(site.keeps) + len(site.patterns) + len(site.off)
    parts = [f"{count(kept, 'line')} {'stays' if kept == 1 else 'stay'}"] if kept else []
    gone = len(site.drops)
    parts += [f"{count(gone, 'line')} {'goes' if gone == 1 else 'go'}"] if gone else []
    return ", ".join(parts) or "nothing"


# ── documents ─────────────────────────────────────────────────────────────────────────────────────


def _wanted(decisions: Decisions) -> set[str]:
    """Return the names of the documents to read: those with places, and some examples of lines."""
    wanted = {one.document for one in decisions.decisions if one.scope == "document" and one.document}
    examples = dict.fromkeys(name for one in decisions.decisions for name in (one.examples or ())[:1])
    return wanted | set(list(examples)[:MAX_TRIED])


def _found(looker: Looker, decisions: Decisions) -> dict[str, Found]:
    """Return the documents that decisions name, by their names. Raises `SettingsError`."""
    wanted = _wanted(decisions)
    found: dict[str, Found] = {}
    for source in looker.sources.read():
        if source.name not in wanted or source.name in found:
            continue
        try:
            cleaned, why = looker.sources.clean(source), ""
        except DocumentError as error:
            cleaned, why = None, str(error)
        found[source.name] = Found(source, looker.url_of(source), cleaned, why)
        if len(found) == len(wanted):
            break
    return found


def _clean(looker: Looker, source: Source) -> Cleaned | None:
    try:
        return looker.sources.clean(source)
    except DocumentError:
        return None


def _kept_lines(found: Mapping[str, Found], site: str) -> Iterator[str]:
    """Yield lines of documents of a site that stay."""
    from cleaner.evidence.rows import site_of as site_of_url

    room = MAX_EXAMPLE_LINES
    for one in found.values():
        if one.cleaned and (not site or site_of_url(one.url) == site):
            lines = split_lines(one.cleaned.text)[:room]
            room -= len(lines)
            yield from lines


# ── packs ─────────────────────────────────────────────────────────────────────────────────────────


def _packs(out: Path, todo: Plan, *, force: bool) -> dict[str, SitePack]:
    """Return the packs as they are to be, by site. Raises `SettingsError` if one that stands was changed."""
    result = {}
    for site in sites_of(todo.lines):
        pack = SitePack(site)
        path = out / f"{pack.id}.toml"
        before = None if force else _before(path)
        if before is not None:
            pack = read_pack(str(path), before, site)
        add(pack, todo.lines)
        result[site] = pack
    return result


def _before(path: Path) -> str | None:
    """Return the text of a pack that stands already, None if none does. Raises `SettingsError`."""
    try:
        with open_folder(path.parent) as folder:
            return folder.read(path.name, MAX_BYTES)[0].decode()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise SettingsError(f"{quote.name(path)}: is not UTF-8, and no pack of ours; move it away") from None
    except OSError as error:
        raise SettingsError(f"{quote.name(path)}: cannot be read ({reason_of(error)}); move it away") from None


def _is_sound(out: Path, name: str, text: str) -> bool:
    """Whether a pack passes the check of packs; says what is wrong if not. One that says nothing is not written."""
    if "\n[[" not in text and not (out / f"{name}.toml").exists():
        return False
    report = lint([packs.Source(str(out / f"{name}.toml"), text)], packs.builtin())
    for finding in report.findings:
        say(f"not written: {finding}", err=True)
    return not report.findings


def _write_packs(out: Path, texts: Mapping[str, str]) -> None:
    """Write packs, each as a whole. Raises `UsageError`."""
    if not texts:
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
        with open_folder(out) as folder:
            new = [New(f"{name}.toml", text.encode(), folder.look(f"{name}.toml")) for name, text in texts.items()]
            folder.write_all(new)
    except OSError as error:
        what = f"{quote.name(out)}: cannot be written ({reason_of(error)}); name another folder with -o"
        raise click.UsageError(what) from None


# ── copies ────────────────────────────────────────────────────────────────────────────────────────


def _known_copies() -> Known:
    """Return what is known of copies, by the locks of projects and the state of the user."""
    finder = Finder()

    def project_of(folder: Path) -> Path | None:
        try:
            file = finder.for_file(folder / HERE).file
        except SettingsError:
            return None
        return file.parent if file else None

    return Known.for_run(project_of)


class _Copies:
    """Corrects the copies of single documents, and notes what the cleaner would have written."""

    def __init__(
        self,
        options: Mapping[str, Any],
        looker: Looker,
        found: Mapping[str, Found],
        cleaned: Mapping[str, Cleaned | None],
    ) -> None:
        self._options, self._looker, self._found, self._cleaned = options, looker, found, cleaned
        self._known: Known | None = None
        self.said: list[str] = []
        self.failed = False

    def correct(self, name: str, places: Sequence[Decision]) -> list[Refused]:
        """Write the corrected copy of a document; return the decisions that were not carried out."""
        one, after = self._found.get(name), self._cleaned.get(name)
        if one is None:
            return [Refused(decision, NOT_FOUND) for decision in places]
        source = one.source
        if one.cleaned is None or after is None or source.place is None or not isinstance(source.data, bytes):
            return [Refused(decision, one.why or "the document has no place for a copy") for decision in places]
        digest = digest_of(source.data)
        stale = [Refused(decision, OTHER_DIGEST) for decision in places if decision.digest not in (None, digest)]
        if stale:
            return [Refused(decision, OTHER_DIGEST) for decision in places]
        result = corrected(after, places)
        if not result.done:
            return result.refused
        copy = self._copy_of(source, source.place)
        why = self._write(source, copy, one.cleaned, after, result)
        if why:
            return [Refused(decision, f"{quote.name(copy.path)}: {why}") for decision in places]
        self.said.append(f"{quote.name(copy.path)}: corrected in {count(result.done, 'place')}")
        return result.refused

    def save(self) -> None:
        """Write what was noted to the locks."""
        if self._known:
            self._known.save()
            for caution in self._known.cautions:
                say(caution, err=True)

    def _copy_of(self, source: Source, document: Place) -> Place:
        """Return where the copy of a document goes, by the names that its configuration wants."""
        top = document.top if self._options["copies"] is None else Path(self._options["copies"])
        return Place(top, naming.copy_of(document.below, self._looker.sources.found(source).config.names or "short"))

    def _write(self, source: Source, copy: Place, before: Cleaned, after: Cleaned, result: Corrected) -> str:
        """Write a copy, and return why not, "" if it is written."""
        assert source.place
        assert isinstance(source.data, bytes)
        if self._known is None:
            self._known = _known_copies()
        wanted = result.text.encode()
        try:
            with copy.folder(make=self._options["copies"] is not None) as folder:
                try:
                    content, seen = folder.read(copy.name, MAX_OUTPUT_BYTES)
                except FileNotFoundError:
                    content, seen = None, None
                ours = (None, wanted, before.text.encode(), after.text.encode())
                if content not in ours and not self._options["force"]:
                    standing = self._known.standing(source.place, copy, source.data, content or b"")
                    if standing.copy != "written":
                        return CORRECTED
                if content != wanted:
                    folder.write_all([New(copy.name, wanted, seen, content=content)])
        except OSError as error:
            self.failed = True
            return f"cannot be written ({reason_of(error)}); check its folder"
        lang = self._options["lang"] or self._looker.sources.found(source).config.lang
        cleaner = self._looker.sources.cleaner(source)
        made = made_by(cleaner, self._options["url"], lang, self._options["encoding"])
        self._known.note(source.place, copy, source.data, after.text.encode(), *made)
        return ""
