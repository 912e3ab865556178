"""Scope: for which documents a pack or rule is active, by host, language and clues."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Scope(NamedTuple):
    """For which documents a pack is active; empty means all."""

    hosts: tuple[str, ...] = ()
    langs: tuple[str, ...] = ()
    clues: tuple[str, ...] = ()  # keys of lines
    clues_needed: int = 1

    @property
    def is_narrow(self) -> bool:
        """Whether most documents are none of it."""
        return bool(self.hosts or self.clues)


EVERYWHERE = Scope()


class Activity:
    """Which scopes are live for one document."""

    def __init__(self, url: str | None, lang: str | None, clues: Iterable[tuple[Scope, str]]) -> None:
        """Take what is known of a document: where it is from, its language, and the clues it holds."""
        self._host = host_of(url)
        self._lang = lang
        self._found = Counter(scope for scope, _ in set(clues))
        self._live: dict[int, bool] = {}  # by identity: a scope takes long to hash

    @property
    def is_known(self) -> bool:
        """Whether anything is known by which a narrow scope could be live."""
        return self._host is not None or bool(self._found)

    def is_live(self, scope: Scope, langs: tuple[str, ...] = ()) -> bool:
        """Whether rules of `scope`, and of the languages `langs` if there are any, count for this document."""
        live = self._live.get(id(scope))
        if live is None:
            live = self._live[id(scope)] = self._decide(scope)
        return live and (not langs or self._lang is None or speaks(langs, self._lang))

    def _decide(self, scope: Scope) -> bool:
        """By its hosts where the host is known, else by its clues."""
        if self._lang is not None and scope.langs and not speaks(scope.langs, self._lang):
            return False
        if scope.hosts and self._host is not None:
            return any(self._host == name or self._host.endswith(f".{name}") for name in scope.hosts)
        if scope.clues:
            return self._found[scope] >= scope.clues_needed
        return not scope.hosts


def host_of(url: str | None) -> str | None:
    """Return the host of `url` in lower case, or None where there is none."""
    if not url:
        return None
    from urllib.parse import urlsplit

    try:
        return urlsplit(url if "//" in url else f"//{url}").hostname
    except ValueError:
        return None


def speaks(langs: Sequence[str], lang: str) -> bool:
    """Whether one of `langs` and `lang` (BCP 47) are the same language, or one a variety of the other."""
    wanted = f"{lang.lower()}-"
    return any(wanted.startswith(f"{name.lower()}-") or f"{name.lower()}-".startswith(wanted) for name in langs)
