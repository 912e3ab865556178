"""A part of the rules: packs that were prepared together, for one set of settings.

The packs that ship are one part, and so are the packs that a user adds, and each host pack of a library. A part says
what it means if a line fits one of the tables (`Use`), and leaves out the rules that the settings turn off. A use is
made when the first line fits: in a run over few documents, most rules fit none.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property

import msgspec

from cleaner.marks import CONFIDENCES, Mark
from cleaner.rules import ids
from cleaner.rules import pack as packs
from cleaner.rules.lookup import Group, UnlessPatterns, Use
from cleaner.rules.marking import PlaceRules
from cleaner.rules.match.tables import damaged
from cleaner.rules.prepare import Prepared, Role
from cleaner.rules.scope import EVERYWHERE, Files, Scope
from cleaner.selectors import SelectorTables


class Part:
    """The rules of prepared packs, ready for use. What it returns depends on its arguments alone.

    - `general` are the groups that are looked up for every document, `narrow` those for particular sites.
    - `place_rules` are the rules for which nothing is looked up.
    - `rules_off` are globs of rules that are off in a scope.
    """

    def __init__(
        self,
        prepared: Prepared,
        level: str,
        disable: Collection[str],
        keep: Collection[str],
        *,
        trusted: bool = False,
    ) -> None:
        """Take prepared packs for a level, without the rules in `disable` and the categories in `keep`.

        The patterns of packs that are `trusted` were checked before. Packs of languages are not part of it.
        """
        self._uses = uses = _Uses(prepared, level, disable, keep)
        self._selectors, self._roles = prepared.selectors, len(prepared.roles)
        self.general: list[Group] = []
        self.narrow: list[Group] = []
        for tables in prepared.groups:
            is_general = tables.scope == EVERYWHERE
            shelves = 1 + len(prepared.tongues) if is_general else 1
            group = Group(tables, uses, len(prepared.roles), trusted=trusted, shelves=shelves)
            (self.general if is_general else self.narrow).append(group)
        self.place_rules = PlaceRules()
        self.rules_off: list[tuple[Scope, tuple[str, ...]]] = []
        for number, pack in enumerate(prepared.packs):
            for item, rule in enumerate(pack.rule):
                if rule.goes_by_place and rule.category not in keep and (use := uses.of_rule(number, item)):
                    self.place_rules.add(rule, use)
            for keeping in pack.keep:
                if not keeping.names_lines:
                    self.rules_off.append((_scope_of(keeping), _protected_from(keeping)))

    @cached_property
    def active_ids(self) -> frozenset[str]:
        """The ids of the rules that may remove something, those of languages aside."""
        return frozenset(self._uses.active_ids())

    @cached_property
    def selectors(self) -> SelectorTables | None:
        """What the selectors of the packs look for on a page; None if there are none. Raises `SettingsError`."""
        try:
            tables = msgspec.msgpack.decode(self._selectors, type=SelectorTables)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            raise damaged() from None
        if not tables.is_sound(self._roles):
            raise damaged()
        return tables if tables.steps else None

    def use_of(self, role: int) -> Use | None:
        """Return what it means that a selector with this role names an element, None if its rule is off."""
        return self._uses[role]


class _Uses(dict[int, Use | None]):
    """What it means if a line fits, by the number of a role; filled on demand."""

    def __init__(self, prepared: Prepared, level: str, disable: Collection[str], keep: Collection[str]) -> None:
        self._prepared = prepared
        self._level, self._disable, self._keep = level, disable, keep
        self._of_rules: dict[tuple[int, int], Use | None] = {}  # by pack and rule
        self._words: dict[int, packs.Words] = {}  # by pack

    def __missing__(self, number: int) -> Use | None:
        found = self[number] = self._in_role(self._prepared.roles[number])
        return found

    def active_ids(self) -> Iterator[str]:
        """Yield the ids of the rules that may remove something."""
        for pack in self._prepared.packs:
            for rule in pack.rule:
                if rule.category not in self._keep and is_on(pack, rule, self._level, self._disable):
                    yield f"{pack.pack.id}/{rule.id}"

    def of_rule(self, number: int, item: int) -> Use | None:
        """Return the use of a rule of pack `number`, with the role of a rule for single lines; None if it is off."""
        if (number, item) not in self._of_rules:
            pack = self._prepared.packs[number]
            rule = pack.rule[item]
            is_in_use = is_on(pack, rule, self._level, self._disable)
            self._of_rules[number, item] = self._use_of(number, rule) if is_in_use else None
        return self._of_rules[number, item]

    def _use_of(self, number: int, rule: packs.Rule) -> Use:
        """Return the use of a rule that is on, of pack `number`."""
        pack, scope = self._prepared.packs[number], self._prepared.scopes[number]
        unless = None
        if rule.unless:
            if number not in self._words:
                self._words[number] = pack.folded_words()
            unless = UnlessPatterns(packs.listed(rule.unless), self._words[number])
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
            unless=unless,
        )

    def _in_role(self, role: Role) -> Use | None:
        """Return what it means if a line fits in `role`, or None if the rule is off.

        A line that fits a rule of a category in `keep` stays, even inside blocks of chrome; so its use is a
        protection. A weak rule says too little for that.
        """
        pack, scope = self._prepared.packs[role.pack], self._prepared.scopes[role.pack]
        if role.role == "clue":
            return Use("clue", Mark(pack.pack.id, "", ""), scope, max_chars=sys.maxsize, clue=scope.clues[role.item])
        if role.role == "keep":
            keeping = pack.keep[role.item]
            mark, only = Mark("keep", "", ""), _protected_from(keeping)
            return Use("keep", mark, _scope_of(keeping), max_chars=sys.maxsize, only=only)
        use = self.of_rule(role.pack, role.item)
        if use is None:
            return None
        if use.mark.category not in self._keep:
            return use._replace(role=role.role)
        if role.role in ("line", "selectors") and not pack.rule[role.item].weak:
            return use._replace(role="keep", max_chars=sys.maxsize, only=("*",))
        return None


def is_on(pack: packs.Pack, rule: packs.Rule, level: str, disable: Iterable[str]) -> bool:
    """Whether a rule of `pack` is in use at a level, categories aside."""
    return (
        rule.status == "active" and rule.confidence in CONFIDENCES[level] and not ids.names_rule(disable, pack, rule)
    )


def _scope_of(keeping: packs.Keep) -> Scope:
    """Return for which documents a protection holds."""
    files = Files(keeping.files) if keeping.files else None
    return Scope(tuple(keeping.hosts), tuple(keeping.langs), files=files)


def _protected_from(keeping: packs.Keep) -> tuple[str, ...]:
    """Return globs of the rules that a protection holds against: those that it names, or all."""
    return tuple(keeping.rules) or ("*",)
