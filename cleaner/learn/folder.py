"""The folder of learned packs: what was learned is written there, pack by pack, and nothing else is touched.

    hosts/example.org.toml          of a site, by its host
    templates/shop-0123456789.toml  of documents without a host, or of a host whose name cannot be that of a pack

A pack is replaced as a whole, never through a link, and only if the file there is a pack of ours (`packs.write`
knows what a person did to it, and keeps it).
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path, PurePath
from typing import NamedTuple

from cleaner import quote
from cleaner.errors import SettingsError
from cleaner.files.folder import Changed, InTheWay, New, open_folder, reason_of
from cleaner.learn import packs
from cleaner.learn.found import LearnedSite
from cleaner.learn.names import file_name
from cleaner.learn.templates import PREFIX as TEMPLATE_PREFIX
from cleaner.rules.checks import parse
from cleaner.rules.match.keys import keys
from cleaner.rules.pack import LIMIT_CHARS, Source
from cleaner.toml import MAX_BYTES

HOSTS, TEMPLATES = "hosts", "templates"
ATTEMPTS = 3  # how often a pack is written that somebody saves meanwhile


class SiteReport(NamedTuple):
    """What became of a site. Counts are those of `LearnedSite`; `file` is relative to the folder, "" for none.

    `rules` are those that are in the pack now, and `left_out` those for which it has no room. Of a site without a
    file all rules are left out, because too few lines tell its documents.
    """

    name: str
    documents: int
    rules: int
    lines: int
    words: int
    covered_lines: int
    covered_words: int
    guesses: int
    file: str = ""
    written: bool = False  # whether the file was written; False, too, if it was as it should be
    left_out: int = 0
    error: str = ""  # why there is no pack: `path: what is wrong; what to do`


def place_of(site: LearnedSite) -> PurePath:
    """Return where the pack of a site is, below the folder of learned packs."""
    name = file_name(site.name)
    return PurePath(HOSTS if site.hosts and name == f"{site.name}.toml" else TEMPLATES, name)


def write(out: Path, site: LearnedSite) -> SiteReport:
    """Write the pack of a site below the folder `out`, and say what became of it. Never raises for a file there.

    A site of which nothing was learned gets no pack; if it has one, that says of its rules that they were not seen.
    """
    counts = site.lines, site.words, site.covered_lines, site.covered_words, site.guesses
    report = SiteReport(site.name, site.documents, 0, *counts)
    below = place_of(site)
    try:
        pack, is_new = _write(out, below, site)
        if pack is None:
            return report._replace(left_out=len(site.rules), covered_lines=0, covered_words=0)
        full = sum(each.why == packs.FULL for each in pack.left_out)
        return report._replace(rules=pack.rules, file=below.as_posix(), written=is_new, left_out=full)
    except (SettingsError, InTheWay) as error:
        why = str(error)
        shown = quote.name(out / below)
        return report._replace(error=why if why.startswith(quote.name(out)) else f"{shown}: {why}")
    except OSError as error:
        what = f"{quote.name(out / below)}: cannot be written ({reason_of(error)}); check its folder"
        return report._replace(error=what)


def clues_of_templates(out: Path) -> dict[str, list[str]]:
    """Return the keys of the clues of each pack of a template below the folder `out`, by its id.

    Packs that cannot be read are passed over: to write them says why.
    """
    found: dict[str, list[str]] = {}
    with suppress(OSError), open_folder(out, PurePath(TEMPLATES)) as folder:
        for name in sorted(folder.names()):
            if name.startswith(TEMPLATE_PREFIX) and name.endswith(".toml"):
                with suppress(OSError, UnicodeDecodeError, SettingsError):
                    info = parse(Source(name, folder.read(name, MAX_BYTES)[0].decode())).pack
                    found[info.id] = keys(info.clues, LIMIT_CHARS)
    return found


def sweep(out: Path) -> None:
    """Remove the unfinished files that killed processes left among the packs."""
    for name in (HOSTS, TEMPLATES):
        with suppress(OSError), open_folder(out, PurePath(name)) as folder:
            folder.sweep()


def _write(out: Path, below: PurePath, site: LearnedSite) -> tuple[packs.Written | None, bool]:
    """Write a pack; return it if there is one, and whether it is new. Raises `SettingsError`, `OSError`."""
    if not (site.hosts or site.clues) or (not site.rules and not _is_there(out, below)):
        return None, False
    out.mkdir(parents=True, exist_ok=True)
    for attempt in range(ATTEMPTS):
        with open_folder(out, below.parent, make=True) as folder:
            try:
                content, seen = folder.read(below.name, MAX_BYTES)
            except FileNotFoundError:
                content, seen = None, None
            try:
                before = None if content is None else content.decode()
            except UnicodeDecodeError:
                raise SettingsError("is not UTF-8, and no pack of the cleaner; move it away") from None
            pack = packs.write(site, before, str(out / below))
            data = pack.text.encode()
            if data == content:
                return pack, False
            try:
                folder.write_all([New(below.name, data, seen, content=content)], sync_names=False)
                return pack, True
            except Changed:  # by a person, whose pack counts
                if attempt == ATTEMPTS - 1:
                    raise
    raise AssertionError("the last attempt returns or raises")


def _is_there(out: Path, below: PurePath) -> bool:
    """Whether there is a pack already. Raises `OSError`."""
    try:
        with open_folder(out, below.parent) as folder:
            return folder.look(below.name) is not None
    except FileNotFoundError:
        return False
