"""The engine: which lines, and which parts of lines, the active rules mark as chrome.

A `Ruleset` is built once from prepared packs and then used for any number of documents, in two steps. Looking up
finds what fits the lines (see `lookup`), for many documents at once. Marking goes over one document in phases (see
`marking`): rules for lines anywhere, then rules that need to know where the prose is (zones, cuts, copies, parts of
lines), then weak rules and others that count only beside chrome.

Neither step changes the lines, and within a phase no rule sees the marks of another. So the order of packs and of
rules cannot change the result, and two rules that want the same line do not compete: both mark it.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate, chain, pairwise

from cleaner.marks import CONFIDENCES, Mark, Marks
from cleaner.rules import ids, repeats
from cleaner.rules import pack as packs
from cleaner.rules.lookup import Group, Hit, Lookup, UnlessPatterns, Use, unite
from cleaner.rules.marking import Marking, PlaceRules
from cleaner.rules.match import gate
from cleaner.rules.prepare import Prepared, Role
from cleaner.rules.scope import EVERYWHERE, Activity, Scope


class Ruleset:
    """Rules ready for use. What it returns depends on its arguments alone; it only loads tables when first needed.

    `active_ids` are the ids (`pack/rule`) of the rules that may remove something.
    """

    def __init__(
        self,
        prepared: Sequence[Prepared],
        level: str = "rules",
        disable: Collection[str] = (),
        keep: Collection[str] = (),
        *,
        trusted: int = 0,
    ) -> None:
        """Take prepared packs for a level, without the rules in `disable` and the categories in `keep`.

        `disable` holds ids of rules and globs of them. The first `trusted` of `prepared` are of packs that ship,
        whose patterns were checked before; those of others are checked when they are first used. Raises
        `SettingsError` if `disable` names no rule, or if a category does not exist.
        """
        ids.check_names([pack for each in prepared for pack in each.packs], disable, keep)
        self._general: list[Group] = []  # looked up for every document
        self._narrow: list[Group] = []  # for particular sites
        self._place_rules = PlaceRules()
        self._rules_off: list[tuple[Scope, tuple[str, ...]]] = []  # globs of the rules that are off in a scope
        active_ids: set[str] = set()
        for number, each in enumerate(prepared):
            uses_by_pack = [
                [
                    _use_of(pack, rule, scope, words) if _is_on(pack, rule, level, disable) else None
                    for rule in pack.rule
                ]
                for pack, scope in zip(each.packs, each.scopes, strict=True)
                for words in (pack.folded_words() if any(rule.unless for rule in pack.rule) else {},)
            ]
            self._add_groups(each, uses_by_pack, keep, trusted=number < trusted)
            for pack, uses in zip(each.packs, uses_by_pack, strict=True):
                for rule, use in zip(pack.rule, uses, strict=True):
                    if use is not None and rule.category not in keep:
                        active_ids.add(use.mark.rule)
                        self._place_rules.add(rule, use)
                for keeping in pack.keep:
                    if not (keeping.lines or keeping.patterns):
                        self._rules_off.append((_scope_of(keeping), _protected_from(keeping)))
        self.active_ids = frozenset(active_ids)

    def _add_groups(
        self,
        prepared: Prepared,
        uses_by_pack: Sequence[Sequence[Use | None]],
        keep: Collection[str],
        *,
        trusted: bool,
    ) -> None:
        """Add the groups of prepared packs, given the use of each rule of each pack, or None if the rule is off."""
        uses = [_use_in_role(prepared, role, uses_by_pack[role.pack], keep) for role in prepared.roles]
        for tables in prepared.groups:
            (self._general if tables.scope == EVERYWHERE else self._narrow).append(
                Group(tables, uses, trusted=trusted)
            )

    def look_up(self, lines: Sequence[str], *, url: str | None = None, lang: str | None = None) -> Lookup:
        """Look the lines of a document (without line breaks) up in all rules that may be active for it."""
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
            live = [group for group in self._narrow if activity.is_live(group.scope)] if activity.is_known else ()
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
        protected: Iterable[int] = (),
    ) -> Marks:
        """Return what the rules that are active for a document mark in its `lines`, which `lookup` is of.

        No rule marks the lines in `protected` (0-based), and they are spared from the judge.
        """
        activity = _activity_of(lookup.hits, url, lang)
        rules_off = [glob for scope, globs in self._rules_off if activity.is_live(scope) for glob in globs]
        return Marking(self._place_rules, lines, lookup, activity, rules_off, protected).marks()

    def matches(self, line: str) -> bool:
        """Whether a rule that takes single lines fits `line`, whatever its scope, zone and neighbours."""
        line_ends = gate.LineEnds([line])
        for group in (*self._general, *self._narrow):
            found = group.look_up([line], line_ends)
            called = [code for _, weak in found.weak for code in weak.get(line, ())]
            hits = [*found.hits, *group.look_up_weak([line], {0: called})]
            if any(use.role == "line" for _, use in hits):
                return True
        return False


def _is_on(pack: packs.Pack, rule: packs.Rule, level: str, disable: Iterable[str]) -> bool:
    """Whether a rule of `pack` is in use at a level, categories aside."""
    return (
        rule.status == "active" and rule.confidence in CONFIDENCES[level] and not ids.names_rule(disable, pack, rule)
    )


def _use_of(pack: packs.Pack, rule: packs.Rule, scope: Scope, words: packs.Words) -> Use:
    """Return the use of a rule, with the role of a rule for single lines. `words` are those of its `unless`."""
    return Use(
        role="line",
        mark=Mark(f"{pack.pack.id}/{rule.id}", rule.category, rule.confidence),
        scope=scope,
        langs=tuple(rule.langs),
        everywhere=scope == EVERYWHERE and not rule.langs,
        zone=rule.zone,
        max_chars=rule.max_chars,
        limit=rule.max or rule.min or 1,
        bounds=frozenset(rule.between or rule.after),
        unless=UnlessPatterns(packs.listed(rule.unless), words) if rule.unless else None,
    )


def _use_in_role(prepared: Prepared, role: Role, rules: Sequence[Use | None], keep: Collection[str]) -> Use | None:
    """Return what it means if a line fits in `role`, or None if the rule is off.

    `rules` has the use of each rule of the role's pack, or None. A line that fits a rule of a category in `keep`
    stays, even inside blocks of chrome; so its use is a protection. A weak rule says too little for that.
    """
    pack, scope = prepared.packs[role.pack], prepared.scopes[role.pack]
    if role.role == "clue":
        return Use("clue", Mark(pack.pack.id, "", ""), scope, max_chars=sys.maxsize, clue=scope.clues[role.item])
    if role.role == "keep":
        keeping = pack.keep[role.item]
        mark, only = Mark("keep", "", ""), _protected_from(keeping)
        return Use("keep", mark, _scope_of(keeping), max_chars=sys.maxsize, only=only)
    use = rules[role.item]
    if use is None:
        return None
    if use.mark.category not in keep:
        return use._replace(role=role.role)
    if role.role == "line" and not pack.rule[role.item].weak:
        return use._replace(role="keep", max_chars=sys.maxsize, only=("*",))
    return None


def _scope_of(keeping: packs.Keep) -> Scope:
    """Return for which documents a protection holds."""
    return Scope(tuple(keeping.hosts), tuple(keeping.langs))


def _protected_from(keeping: packs.Keep) -> tuple[str, ...]:
    """Return globs of the rules that a protection holds against: those that it names, or all."""
    return tuple(keeping.rules) or ("*",)


def _activity_of(hits: Iterable[Hit], url: str | None, lang: str | None) -> Activity:
    """Return which scopes are live for a document, by its URL, its language and the clues among `hits`."""
    return Activity(url, lang, ((use.scope, use.clue) for _, use in hits if use.role == "clue"))
