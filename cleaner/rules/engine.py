"""The engine: which lines, and which parts of lines, the active rules mark as chrome.

A `Ruleset` is built once from prepared packs and then used for any number of documents, in two steps. Looking up
finds what fits the lines (see `lookup`), for many documents at once. Marking goes over one document in phases (see
`marking`): rules for lines anywhere, then rules that need to know where the prose is (zones, cuts, copies, parts of
lines), then weak rules and others that count only beside chrome.

Neither step changes the lines, and within a phase no rule sees the marks of another. So the order of packs and of
rules cannot change the result, and two rules that want the same line do not compete: both mark it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate, chain, pairwise

from cleaner.marks import Marks
from cleaner.rules import repeats
from cleaner.rules.library import Library
from cleaner.rules.lookup import Hit, Lookup, unite
from cleaner.rules.marking import Marking, PlaceRules
from cleaner.rules.match import gate
from cleaner.rules.part import Part
from cleaner.rules.prepare import Prepared
from cleaner.rules.scope import Activity


class Ruleset:
    """Rules ready for use. What it returns depends on its arguments alone; it only loads tables when first needed.

    `active_ids` are the ids (`pack/rule`) of the rules that may remove something, without those of the `library`.
    """

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
        parts = [Part(each, level, disable, keep, trusted=number < trusted) for number, each in enumerate(prepared)]
        self._general = [group for part in parts for group in part.general]  # looked up for every document
        self._narrow = [group for part in parts for group in part.narrow]  # for particular sites
        self._place_rules = PlaceRules().united(part.place_rules for part in parts)
        self._rules_off = [off for part in parts for off in part.rules_off]
        self.library = library
        self.active_ids = frozenset[str]().union(*(part.active_ids for part in parts))

    def look_up(self, lines: Sequence[str], *, url: str | None = None, lang: str | None = None) -> Lookup:
        """Look the lines of a document (without line breaks) up in all rules that may be active for it.

        Raises `SettingsError` if a host pack of the document cannot be used.
        """
        return self.look_up_many([(lines, url, lang)])[0]

    def look_up_many(self, documents: Sequence[tuple[Sequence[str], str | None, str | None]]) -> list[Lookup]:
        """Return the lookup of each document, given as lines, URL and language; faster than one by one."""
        every = list(chain.from_iterable(lines for lines, _, _ in documents))
        line_ends = gate.LineEnds(every)
        bounds = [0, *accumulate(len(lines) for lines, _, _ in documents)]
        found = zip(*(group.look_up(every, line_ends).split(bounds) for group in self._general), strict=True)
        result = []
        for (lines, url, lang), lookups, (start, end) in zip(
            documents, map(list, found), pairwise(bounds), strict=True
        ):
            activity = _activity_of([hit for each in lookups for hit in each.hits], url, lang)
            live = [group for group in self._narrow if activity.is_live(group.scope)] if activity.is_known else []
            live += [
                group
                for part in self._parts_for(activity)
                for group in (*part.general, *part.narrow)
                if activity.is_live(group.scope)
            ]
            if live:
                ends = line_ends.part(start, end)
                lookups += [group.look_up(lines, ends) for group in live]
            result.append(unite(lookups, repeats.repeated(lines)))
        return result

    def mark(
        self,
        lines: Sequence[str],
        lookup: Lookup,
        *,
        url: str | None = None,
        lang: str | None = None,
        file: str | None = None,
        protected: Iterable[int] = (),
    ) -> Marks:
        """Return what the rules that are active for a document mark in its `lines`, which `lookup` is of.

        `file` is the name of the document, which protections may be for.

        No rule marks the lines in `protected` (0-based), and they are spared from the judge.
        """
        activity = _activity_of(lookup.hits, url, lang, file)
        place_rules, all_off = self._place_rules, self._rules_off
        if parts := self._parts_for(activity):
            place_rules = place_rules.united(part.place_rules for part in parts)
            all_off = [*all_off, *(off for part in parts for off in part.rules_off)]
        rules_off = [glob for scope, globs in all_off if activity.is_live(scope) for glob in globs]
        return Marking(place_rules, lines, lookup, activity, rules_off, protected).marks()

    def _parts_for(self, activity: Activity) -> list[Part]:
        """Return the rules of the host packs of a document. Raises `SettingsError` if such a pack cannot be used."""
        return self.library.parts(activity.hosts) if self.library else []

    def matches(self, line: str) -> bool:
        """Whether a rule that takes single lines fits `line`, whatever its scope, zone and neighbours.

        The library is not asked.
        """
        line_ends = gate.LineEnds([line])
        for group in (*self._general, *self._narrow):
            found = group.look_up([line], line_ends)
            called = [code for _, weak in found.weak for code in weak.get(line, ())]
            hits = [*found.hits, *group.look_up_weak([line], {0: called})]
            if any(use.role == "line" for _, use in hits):
                return True
        return False


def _activity_of(hits: Iterable[Hit], url: str | None, lang: str | None, file: str | None = None) -> Activity:
    """Return which scopes are live for a document, by its URL, its language, the clues among `hits`, and its name."""
    return Activity(url, lang, ((use.scope, use.clue) for _, use in hits if use.role == "clue"), file)
