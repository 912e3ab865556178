"""The engine: which lines, and which parts of lines, the active rules mark as chrome.

A `Ruleset` is built once from prepared packs and then used for any number of documents, in two steps. Looking up
finds what fits the lines (see `lookup`), for many documents at once, and brings up packs of languages that lines call
for (see `tongues`). Marking goes over one document in phases (see
`marking`): rules for lines anywhere, then rules that need to know where the prose is (zones, cuts, copies, parts of
lines), then weak rules and others that count only beside chrome.

Neither step changes the lines, and within a phase no rule sees the marks of another. So the order of packs and of
rules cannot change the result, and two rules that want the same line do not compete: both mark it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, chain, pairwise

from cleaner.marks import Marks
from cleaner.rules import repeats, tags
from cleaner.rules.library import Library
from cleaner.rules.lookup import DocumentLookup, Lookup, Named, Use, unite
from cleaner.rules.marking import Marking, PlaceRules
from cleaner.rules.match import gate
from cleaner.rules.part import Part
from cleaner.rules.prepare import Prepared
from cleaner.rules.scope import Activity
from cleaner.rules.tongues import Tongues
from cleaner.selectors import SelectorTables

# What stands in some elements of a page: lines, and parts of lines, as in `lookup.Named`.
Places = tuple[list[tuple[int, str]], list[tuple[int, int, int, str]]]


class Ruleset:
    """Rules ready for use. What it returns depends on its arguments alone; it only loads tables when first needed."""

    def __init__(
        self,
        prepared: Sequence[Prepared],
        level: str = "rules",
        disable: Collection[str] = (),
        keep: Collection[str] = (),
        *,
        trusted: int = 0,
        library: Library | None = None,
    ) -> None:
        """Take prepared packs for a level, without the rules in `disable` and the categories in `keep`.

        `disable` holds ids of rules and globs of them. The first `trusted` of `prepared` are of packs that ship,
        whose patterns were checked before; those of others are checked when they are first used. The packs of
        `library` are used besides, for the documents of their hosts.
        """
        self._parts = parts = [
            Part(each, level, disable, keep, trusted=number < trusted) for number, each in enumerate(prepared)
        ]
        # What is looked up for every document, and the packs of languages that it calls for.
        self._general = [
            (group, Tongues(each, level, disable, keep, trusted=number < trusted))
            for number, (each, part) in enumerate(zip(prepared, parts, strict=True))
            for group in part.general
        ]
        self._narrow = [group for part in parts for group in part.narrow]  # for particular sites
        self._place_rules = PlaceRules().united(part.place_rules for part in parts)
        self._rules_off = [off for part in parts for off in part.rules_off]
        self.library = library

    @cached_property
    def active_ids(self) -> frozenset[str]:
        """The ids (`pack/rule`) of the rules that may remove something, without those of the `library`."""
        of_tongues = (tongues.active_ids() for _, tongues in self._general)
        return frozenset[str]().union(*(part.active_ids for part in self._parts), *of_tongues)

    def tongues_up(self) -> set[str]:
        """Return the ids of the packs of languages that lines have called for so far."""
        return set[str]().union(*(tongues.up() for _, tongues in self._general))

    def look_up(self, lines: Sequence[str], *, url: str | None = None, lang: str | None = None) -> DocumentLookup:
        """Look the lines of a document (without line breaks) up in all rules that may be active for it.

        Raises `SettingsError` if a host pack of the document cannot be used.
        """
        return self.look_up_many([(lines, url, lang)])[0]

    def look_up_many(self, documents: Sequence[tuple[Sequence[str], str | None, str | None]]) -> list[DocumentLookup]:
        """Return the lookup of each document, given as lines, URL and language; faster than one by one."""
        if not documents:
            return []
        every = list(chain.from_iterable(lines for lines, _, _ in documents))
        line_ends = gate.LineEnds(every)
        bounds = [0, *accumulate(len(lines) for lines, _, _ in documents)]
        found = self._look_up_general(every, line_ends, bounds, [lang for _, _, lang in documents])
        result = []
        for (lines, url, lang), lookups, (start, end) in zip(documents, found, pairwise(bounds), strict=True):
            activity = _activity_of((use for each in lookups for _, use in each.hits), url, lang)
            live = [group for group in self._narrow if activity.is_live(group.scope)] if activity.is_known else []
            live += [
                group
                for part in self._parts_for(activity)
                for group in (*part.general, *part.narrow)
                if activity.is_live(group.scope)
            ]
            if live:
                ends = line_ends.part(start, end) if len(documents) > 1 else line_ends
                lookups += [group.look_up(lines, ends) for group in live]
            result.append(unite(lookups, repeats.repeated(lines), tags.may_be_in(lines)))
        return result

    def _look_up_general(
        self, lines: Sequence[str], line_ends: gate.LineEnds, bounds: Sequence[int], langs: Sequence[str | None]
    ) -> list[list[Lookup]]:
        """Return the lookups of each document in what is for all documents; see `Tongues.look_up`."""
        found: list[list[Lookup]] = [[] for _ in langs]
        for group, tongues in self._general:
            calls, others = group.call(line_ends)
            for number, lookup in enumerate(group.fit(lines, calls).split(bounds)):
                found[number].append(lookup)
            for number, lookup in tongues.look_up(lines, others, bounds, langs).items():
                found[number].append(lookup)
        return found

    def selectors(self, url: str | None) -> list[SelectorTables]:
        """Return the tables of the selectors that may be active for a page.

        Raises `SettingsError` if a host pack of the page cannot be used.
        """
        return [tables for _, tables in self._selecting(url)]

    def _selecting(self, url: str | None) -> list[tuple[Part, SelectorTables]]:
        parts = [*self._parts, *self._parts_for(Activity(url, None, ()))]
        return [(part, part.selectors) for part in parts if part.selectors]

    def named(self, found: Mapping[tuple[int, int], Places], url: str | None) -> list[Named]:
        """Return what it means that elements are named: `found` has what stands in them, by table and role.

        The tables are those of `selectors`. Rules that are off name nothing.
        """
        parts = [part for part, _ in self._selecting(url)] if found else []
        uses = ((parts[table].use_of(role), places) for (table, role), places in found.items())
        return [Named(use, *places) for use, places in uses if use]

    def mark(
        self,
        lines: Sequence[str],
        lookup: DocumentLookup,
        *,
        url: str | None = None,
        lang: str | None = None,
        file: str | None = None,
        protected: Collection[int] = (),
        named: Sequence[Named] = (),
        kept: Sequence[tuple[Sequence[str], Collection[int]]] = (),
    ) -> Marks:
        """Return what the rules that are active for a document mark in its `lines`, which `lookup` is of.

        `file` is the name of the document, which protections may be for.

        No rule marks the lines in `protected` (0-based), and they are spared from the judge. `named` is what stands
        in the elements that selectors name, whether its rules and protections are active or not; `kept` is what such
        protections have protected in an earlier pass (`Marks.kept`).
        """
        activity = _activity_of((use for use, _ in lookup.uses), url, lang, file)
        place_rules, all_off = self._place_rules, self._rules_off
        if parts := self._parts_for(activity):
            place_rules = place_rules.united(part.place_rules for part in parts)
            all_off = [*all_off, *(off for part in parts for off in part.rules_off)]
        rules_off = [glob for scope, globs in all_off if activity.is_live(scope) for glob in globs]
        return Marking(place_rules, lines, lookup, activity, rules_off, protected, named, kept).marks()

    def _parts_for(self, activity: Activity) -> list[Part]:
        """Return the rules of the host packs of a document. Raises `SettingsError` if such a pack cannot be used."""
        return self.library.parts(activity.hosts) if self.library else []

    def matches(self, line: str, role: str = "line") -> bool:
        """Whether a rule that takes single lines fits `line`, whatever its scope, zone and neighbours.

        With the role `keep`, whether a protection fits it. The library is not asked.
        """
        line_ends = gate.LineEnds([line])
        (lookups,) = self._look_up_general([line], line_ends, [0, 1], [None])
        for found in (*lookups, *(group.look_up([line], line_ends) for group in self._narrow)):
            weak = (
                hit
                for rules, called in found.weak
                if line in called
                for hit in rules.look_up_weak([line], {0: called[line]})
            )
            if any(use.role == role for _, use in (*found.hits, *weak)):
                return True
        return False


def _activity_of(uses: Iterable[Use], url: str | None, lang: str | None, file: str | None = None) -> Activity:
    """Return which scopes are live for a document, by its URL, its language, the clues among `uses`, and its name."""
    return Activity(url, lang, ((use.scope, use.clue) for use in uses if use.role == "clue"), file)
