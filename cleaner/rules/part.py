"""A part of the rules: packs that were prepared together, for one set of settings.

The packs that ship are one part, and so are the packs that a user adds, and each host pack of a library. A part says
what it means if a line fits one of the tables (`Use`), and leaves out the rules that the settings turn off.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Sequence

from cleaner.marks import CONFIDENCES, Mark
from cleaner.rules import ids
from cleaner.rules import pack as packs
from cleaner.rules.lookup import Group, UnlessPatterns, Use
from cleaner.rules.marking import PlaceRules
from cleaner.rules.prepare import Prepared, Role
from cleaner.rules.scope import EVERYWHERE, Files, Scope


class Part:
    """The rules of prepared packs, ready for use. It does not change.

    - `general` are the groups that are looked up for every document, `narrow` those for particular sites.
    - `place_rules` are the rules for which nothing is looked up.
    - `rules_off` are globs of rules that are off in a scope.
    - `active_ids` are the ids of the rules that may remove something.
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

        The patterns of packs that are `trusted` were checked before.
        """
        self.place_rules = PlaceRules()
        self.rules_off: list[tuple[Scope, tuple[str, ...]]] = []
        active_ids: set[str] = set()
        uses_by_pack = [
            [_use_of(pack, rule, scope, words) if is_on(pack, rule, level, disable) else None for rule in pack.rule]
            for pack, scope in zip(prepared.packs, prepared.scopes, strict=True)
            for words in (pack.folded_words() if any(rule.unless for rule in pack.rule) else {},)
        ]
        uses = [_use_in_role(prepared, role, uses_by_pack[role.pack], keep) for role in prepared.roles]
        groups = [Group(tables, uses, trusted=trusted) for tables in prepared.groups]
        self.general = [group for group in groups if group.scope == EVERYWHERE]
        self.narrow = [group for group in groups if group.scope != EVERYWHERE]
        for pack, of_pack in zip(prepared.packs, uses_by_pack, strict=True):
            for rule, use in zip(pack.rule, of_pack, strict=True):
                if use is not None and rule.category not in keep:
                    active_ids.add(use.mark.rule)
                    self.place_rules.add(rule, use)
            for keeping in pack.keep:
                if not (keeping.lines or keeping.patterns):
                    self.rules_off.append((_scope_of(keeping), _protected_from(keeping)))
        self.active_ids = frozenset(active_ids)


def is_on(pack: packs.Pack, rule: packs.Rule, level: str, disable: Iterable[str]) -> bool:
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
    files = Files(keeping.files) if keeping.files else None
    return Scope(tuple(keeping.hosts), tuple(keeping.langs), files=files)


def _protected_from(keeping: packs.Keep) -> tuple[str, ...]:
    """Return globs of the rules that a protection holds against: those that it names, or all."""
    return tuple(keeping.rules) or ("*",)
