"""Tongues: packs of languages, each of which comes up only for documents that call for it.

There are packs for many languages, and most documents are in one. So nothing of a pack of a language is decoded
before a line of a document calls for it. No model and no list of words tells the language: the lines do. The gate of
the packs that are for all documents also knows the ends of what these packs look for, those of each pack on a shelf
of its own (see `match.gate`). If the language of a document is known, packs of other languages do not come up for it.

Many languages say `Video` and `Copyright © 2024`. A line that calls for more than `MAX_SHARED` packs says nothing of
the language, and none of these packs comes up for it alone. If another line tells, the pack is asked for all lines.
Which packs come up depends on the lines of the document alone, and not on what was cleaned before.

An example: an article in Greek has the line "Μετάβαση στο περιεχόμενο". The gate finds its hash on the shelf of the
pack `el`, and the line is looked up in the tables of this pack, which stays up for the life of the cleaner. If a line
of an article in English calls for a weak rule of `el`, the pack comes up only if there is chrome beside the line.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

from cleaner.rules.lookup import Calls, Hit, Lookup, OtherCall
from cleaner.rules.part import Part
from cleaner.rules.prepare import PackedTongue, Prepared
from cleaner.rules.scope import Scope, speaks

# Packs for which a line may call and yet tell their language. Tried on pages in English, of which most brought up
# more than ten packs without such a limit. Raised, more packs come up in vain, which takes time, and their words may
# mean something else in the language of the document; lowered, languages that are near to each other (Czech, Slovak,
# Slovene and Croatian) come up for fewer lines.
MAX_SHARED = 3


class Tongue:
    """A pack of a language, with the settings of a cleaner."""

    def __init__(
        self, packed: PackedTongue, level: str, disable: Collection[str], keep: Collection[str], *, trusted: bool
    ) -> None:
        """Take a pack for a level, as `Part` does."""
        self._packed = packed
        self._level, self._disable, self._keep, self._trusted = level, disable, keep, trusted

    @property
    def id(self) -> str:
        """The id of the pack."""
        return self._packed.id

    @property
    def scope(self) -> Scope:
        """For which documents the pack is."""
        return self._packed.scope

    @cached_property
    def part(self) -> Part:
        """The rules of the pack, which comes up now at the latest. Raises `SettingsError` for a forged cache."""
        return Part(self._packed.opened(), self._level, self._disable, self._keep, trusted=self._trusted)

    @property
    def is_up(self) -> bool:
        """Whether the pack has come up."""
        return "part" in self.__dict__

    def may_speak(self, lang: str | None) -> bool:
        """Whether a document may be in the language of the pack, whose own language is `lang` if it is known."""
        return lang is None or not self.scope.langs or speaks(self.scope.langs, lang)

    def look_up(self, lines: Sequence[str], calls: Calls) -> list[Hit]:
        """Return which strong rules in use fit."""
        return self.part.general[0].fit(lines, calls).hits if calls.strong else []

    def look_up_weak(self, lines: Sequence[str], called: Mapping[int, Sequence[int]]) -> list[Hit]:
        """Return which weak rules in use fit; `called` says by line which of them the gate found possible."""
        return self.part.general[0].look_up_weak(lines, called) if called else []


class Tongues:
    """The packs of languages among packs that were prepared together."""

    def __init__(
        self,
        prepared: Prepared,
        level: str,
        disable: Collection[str],
        keep: Collection[str],
        *,
        trusted: bool = False,
    ) -> None:
        """Take the packs for a level, as `Part` does."""
        self._tongues = [Tongue(each, level, disable, keep, trusted=trusted) for each in prepared.tongues]

    def look_up(
        self, lines: Sequence[str], calls: Sequence[OtherCall], bounds: Sequence[int], langs: Sequence[str | None]
    ) -> dict[int, Lookup]:
        """Return what fits the lines of documents, by the number of the document, if they call for anything.

        `calls` has what they call for on the shelves of packs, the first of which is 1. Document n is
        `bounds[n]:bounds[n + 1]`, and `langs[n]` is its language, if that is known.
        """
        found: dict[int, Lookup] = {}
        for shelf, called in sorted(self._told(calls, bounds, langs).items()):
            tongue = self._tongues[shelf - 1]
            for i, use in tongue.look_up(lines, called):
                number = bisect_right(bounds, i) - 1
                found.setdefault(number, Lookup([], [], [])).hits.append((i - bounds[number], use))
            weak: dict[int, dict[str, list[int]]] = {}
            for i, codes in called.weak.items():
                weak.setdefault(bisect_right(bounds, i) - 1, {})[lines[i]] = codes
            for number, of_texts in weak.items():
                found.setdefault(number, Lookup([], [], [])).weak.append((tongue, of_texts))
        return found

    def _told(
        self, calls: Sequence[OtherCall], bounds: Sequence[int], langs: Sequence[str | None]
    ) -> dict[int, Calls]:
        """Return what documents call for on the shelves of the packs that come up for them, by shelf."""
        shelves: dict[int, set[int]] = {}  # that each line calls for
        for i, shelf, _, _ in calls:
            if i in shelves:
                shelves[i].add(shelf)
            else:
                shelves[i] = {shelf}
        told: dict[int, set[int]] = {}  # shelves of packs that come up, by document
        for i, called in shelves.items():
            number = bisect_right(bounds, i) - 1
            if len(called) <= MAX_SHARED or langs[number] is not None:
                told.setdefault(number, set()).update(called)
        for number, called in told.items():
            told[number] = {shelf for shelf in called if self._tongues[shelf - 1].may_speak(langs[number])}
        found: dict[int, Calls] = {}
        for i, shelf, code, is_weak in calls:
            if shelf not in told.get(bisect_right(bounds, i) - 1, ()):
                continue
            if shelf not in found:
                found[shelf] = Calls({}, {}, {})
            of_rules = found[shelf].weak if is_weak else found[shelf].strong
            if i in of_rules:
                of_rules[i].append(code)
            else:
                of_rules[i] = [code]
        return found

    def active_ids(self) -> frozenset[str]:
        """Return the ids of the rules that may remove something. All packs come up."""
        return frozenset[str]().union(*(tongue.part.active_ids for tongue in self._tongues))

    def up(self) -> set[str]:
        """Return the ids of the packs that have come up."""
        return {tongue.id for tongue in self._tongues if tongue.is_up}
