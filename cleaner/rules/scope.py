"""Scopes: for which documents a pack, rule or protection is active.

A scope names hosts, languages and clues, and the scope of a protection may name documents. A clue is a line that
tells whose document it is, such as the name of a members' area. A scope with hosts goes by the host of the document,
if its URL is known. Otherwise a scope with clues goes by its clues: enough of them have to occur in the document. A
scope with hosts alone is then not active. A language rules a scope out only if the document is known to be in another
language. A scope that names documents is active for these alone, and for none whose name is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cleaner.globs import Globs, is_name
from cleaner.rules.hosts import above_of

# Folders of which is remembered whether all documents in them are meant, for each protection with names. Documents
# that are cleaned one after the other mostly lie in one folder. Raised, protections take more memory.
KNOWN_FOLDERS = 64


class Files:
    """The names of documents that a protection is for, as patterns, which are compiled when they are first needed."""

    def __init__(self, patterns: Sequence[str]) -> None:
        """Take patterns as in .gitignore, each of which means something."""
        self._patterns = patterns
        self._globs: Globs | None = None

    def hold(self, name: str | None) -> bool:
        """Whether the patterns fit the name of a document; they never fit one that is not known, or no name."""
        if name is None or not is_name(name):
            return False
        if self._globs is None:
            self._globs = Globs(self._patterns, KNOWN_FOLDERS)
        return self._globs.match(name)


class Scope(NamedTuple):
    """For which documents something is active. A scope that names nothing is for all documents."""

    hosts: tuple[str, ...] = ()  # a host stands for all hosts below it, too
    langs: tuple[str, ...] = ()  # BCP 47
    clues: tuple[str, ...] = ()  # keys of lines
    clues_needed: int = 1  # how many different clues have to occur
    files: Files | None = None  # names of documents; only protections have them

    @property
    def is_narrow(self) -> bool:
        """Whether the scope is for particular sites: it has hosts or clues."""
        return bool(self.hosts or self.clues)


EVERYWHERE = Scope()
MAX_HOST_CHARS = 253  # the longest name that a host can have
# The first characters of a URL, in which its host stands. The rest is not looked at: what is looked up is remembered,
# and a URL that somebody made up may be as large as a document.
HOST_WITHIN_CHARS = 1000


class Activity:
    """Which scopes are live for one document."""

    def __init__(
        self, url: str | None, lang: str | None, clues: Iterable[tuple[Scope, str]], file: str | None = None
    ) -> None:
        """Take what is known of a document: URL, language, the clues it holds, each with its scope, and its name."""
        self._host = host_of(url)
        self.hosts = _host_and_above(self._host)  # the host of the document, if it is known, and those above it
        self._lang = lang
        self._file = file
        self._found = _count_clues(clues)
        self._live: dict[int, bool] = {}  # by the `id` of scopes, which take long to hash
        self._spoken: dict[int, bool] = {}  # whether the document may be in one of some languages, by their `id`

    @property
    def is_known(self) -> bool:
        """Whether a narrow scope could be live: the host is known, or there is a clue."""
        return self._host is not None or bool(self._found)

    def is_live(self, scope: Scope, langs: tuple[str, ...] = ()) -> bool:
        """Whether `scope` is live for this document, and its language may be one of `langs`, if there are any."""
        live = self._live.get(id(scope))
        if live is None:
            live = self._live[id(scope)] = self._decide(scope)
        if not live or not langs or self._lang is None:
            return live
        spoken = self._spoken.get(id(langs))
        if spoken is None:
            spoken = self._spoken[id(langs)] = speaks(langs, self._lang)
        return spoken

    def _decide(self, scope: Scope) -> bool:
        """Whether `scope` is live: by its hosts if the host is known, else by its clues."""
        if scope.hosts and self._host is not None:
            is_meant = not self.hosts.isdisjoint(scope.hosts)
        elif scope.clues:
            is_meant = scope.clues[0] in self._found and self._has_clues(scope)
        else:
            is_meant = not scope.hosts
        if is_meant and self._lang is not None and scope.langs:
            is_meant = speaks(scope.langs, self._lang)
        return is_meant and (not scope.files or scope.files.hold(self._file))

    def _has_clues(self, scope: Scope) -> bool:
        """Whether enough of the clues of `scope` were found."""
        return any(count >= scope.clues_needed for each, count in self._found[scope.clues[0]] if each == scope)


def _host_and_above(host: str | None) -> frozenset[str]:
    """Return a host and the domains above it; none for a name that is too long for a host."""
    if not host or len(host) > MAX_HOST_CHARS:
        return frozenset()
    return frozenset(above_of(host))


def _count_clues(clues: Iterable[tuple[Scope, str]]) -> dict[str, list[tuple[Scope, int]]]:
    """Return scopes and how many different clues of each were found, by the first clue of the scope.

    Of most scopes nothing was found, which this clue tells at once. Scopes take long to hash.
    """
    found: dict[int, tuple[Scope, set[str]]] = {}  # by the `id` of scopes
    for scope, clue in clues:
        found.setdefault(id(scope), (scope, set()))[1].add(clue)
    counts: dict[str, list[tuple[Scope, int]]] = {}
    for scope, each in found.values():
        counts.setdefault(scope.clues[0], []).append((scope, len(each)))
    return counts


def host_of(url: str | None) -> str | None:
    """Return the host of `url` (with or without a scheme) in lower case, or None if there is none."""
    if not url:
        return None
    from urllib.parse import urlsplit

    url = url[:HOST_WITHIN_CHARS]
    try:
        return urlsplit(url if "//" in url else f"//{url}").hostname
    except ValueError:
        return None


def speaks(langs: Sequence[str], lang: str) -> bool:
    """Whether `lang` is one of `langs` (BCP 47), or either is a variety of the other, as `en-GB` is of `en`."""
    wanted = f"{lang.lower()}-"
    return any(wanted.startswith(f"{name.lower()}-") or f"{name.lower()}-".startswith(wanted) for name in langs)
