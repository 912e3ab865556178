"""The library: host packs, each read, checked and prepared when a document of its host comes.

A folder of host packs may have 10,000 packs. To prepare all of them takes half a minute and a gigabyte; to prepare
one takes two milliseconds. A document needs the packs of its host and of the hosts above it: `blog.example.com` and
`example.com`. So the library prepares these, and keeps the packs that were asked for last.

A host pack says the same as any pack with the same `hosts`, and a document is cleaned in the same way whichever was
read before. For that, `checks` holds host packs to what can be known without reading them: such a pack is active on
its host and below, has no clues, and protects lines there alone. A document without a URL has no host, and no host
pack is active for it.

A pack that cannot be used fails the documents of its host, each with the same message, and no other document. Until
then, nobody has looked at what is in the pack: to look at all packs, there is `cleaner rules check`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence, Set
from contextlib import suppress
from functools import lru_cache

import msgspec

from cleaner import quote, toml
from cleaner.errors import SettingsError
from cleaner.rules import hosts
from cleaner.rules.hosts import HostFolder
from cleaner.rules.pack import Pack, Source
from cleaner.rules.part import Part, is_on
from cleaner.rules.prepare import compile_packs
from cleaner.rules.scope import EVERYWHERE

# Host packs that are kept ready in a process, 28 KB each if they have 50 rules. Tried with 256, on documents of hosts
# at random out of 10,000: nearly each document needs a pack that is not ready, and takes three milliseconds more.
# Raised, a run over many hosts takes more memory; lowered, more documents wait for their pack.
MAX_READY = 500


class Library:
    """The host packs of a cleaner, with its settings. What it returns depends on its arguments alone."""

    def __init__(
        self,
        sources: Sequence[Source] = (),
        folders: Sequence[HostFolder] = (),
        level: str = "rules",
        disable: Collection[str] = (),
        keep: Collection[str] = (),
        *,
        taken: Set[str] = frozenset(),
    ) -> None:
        """Take host packs that were read, and folders of others.

        `level`, `disable` and `keep` are those of `engine.Ruleset`, `taken` the ids of other packs in use. Raises
        `SettingsError` if a pack has the id of another one, or if too many packs are for one host.
        """
        self._level, self._disable, self._keep = level, disable, keep
        self._sources = {source.host: source for source in sources}
        self._folders = folders
        self._hosts: set[str] = set()
        for name, ids in (
            *((source.name, {source.host}) for source in sources),
            *((folder.name, folder.files.keys()) for folder in folders),
        ):
            for host in sorted(ids & (self._hosts | taken)):
                raise SettingsError(f"{quote.name(name)}: another pack has the id {toml.named(host)}; remove one")
            self._hosts.update(ids)
        hosts.check_together(self._hosts)
        self._part = lru_cache(MAX_READY)(self._prepared)

    def parts(self, wanted: Collection[str]) -> list[Part]:
        """Return the rules of the packs of some hosts, those of longer names first.

        Raises `SettingsError` if one of the packs cannot be used, or is not what it was.
        """
        found = self._hosts.intersection(wanted)
        if not found:
            return []
        parts = []
        for host in sorted(found, key=lambda host: (-len(host), host)):
            part = self._part(host)
            if isinstance(part, str):
                raise SettingsError(part)
            parts.append(part)
        return parts

    def _prepared(self, host: str) -> Part | str:
        """Return the rules of a pack, or what is wrong with it: that is kept, too, and found out only once."""
        from cleaner.rules import checks

        try:
            pack = checks.parse(self._source(host))
        except SettingsError as error:
            return str(error)
        prepared = compile_packs([pack])
        if not pack.keep:  # then the group for all documents, where protections are filed, is empty
            groups = [group for group in prepared.groups if group.scope != EVERYWHERE]
            prepared = msgspec.structs.replace(prepared, groups=groups)
        return Part(prepared, self._level, self._disable, self._keep)

    def _source(self, host: str) -> Source:
        """Return the text of a pack. Raises `SettingsError`."""
        if host in self._sources:
            return self._sources[host]
        folder = next(each for each in self._folders if host in each.files)
        return Source(folder.file(host), folder.text(host), host)

    def packs(self, pieces: Collection[str] = ()) -> Iterator[Pack]:
        """Read the packs whose texts hold all of `pieces`, and yield those of the right shape.

        It is for what has to be known of all packs: whether there is a rule of a name. To read 10,000 packs of 50
        rules takes half a second, to parse them ten seconds. A pack whose host is one of the pieces comes first.
        """
        from cleaner.rules import checks

        for host in sorted(self._hosts, key=lambda host: (host not in pieces, host)):
            with suppress(SettingsError):  # its documents fail, and say why
                source = self._source(host)
                if all(piece in source.text for piece in pieces):
                    yield checks.parse(source, trusted=True)

    def active_ids(self) -> Iterator[str]:
        """Read all packs and yield the ids of the rules that may remove something."""
        for pack in self.packs():
            for rule in pack.rule:
                if rule.category not in self._keep and is_on(pack, rule, self._level, self._disable):
                    yield f"{pack.pack.id}/{rule.id}"
