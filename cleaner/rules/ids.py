"""The ids of rules, and which rules a name in the settings, in a pack or on the command line stands for.

The id of a rule is `pack/rule`. Whoever disables rules may also use the ids that a rule `replaces`, because
settings that were written for an earlier version have to go on working. A name with `*` in it is a glob and stands
for every id that it fits; any other name stands for the one id that equals it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Iterable

from cleaner import toml
from cleaner.errors import SettingsError, did_you_mean
from cleaner.marks import CATEGORY_LEFT_OUT, CATEGORY_REPAIR, MARKUP, Mark
from cleaner.rules.pack import Pack, Rule

# Returns the packs whose texts hold all of some pieces of a name; first the pack whose id is one of the pieces.
PacksWith = Callable[[Collection[str]], Iterable[Pack]]

# Names in the record that no rule has, up to the first `/`: what has such a name, and the category to keep that
# turns all of it off.
NO_RULES = {
    "judge": ("it is the judge, not a rule", CATEGORY_LEFT_OUT),
    "trafilatura": ("it is what trafilatura and the judge leave out, not a rule", CATEGORY_LEFT_OUT),
    "repair": ("it is a repair of the encoding, not a rule", CATEGORY_REPAIR),
}


def ids_of(pack: Pack, rule: Rule) -> tuple[str, ...]:
    """Return the id of a rule of `pack`, and then the ids that the rule replaces."""
    return f"{pack.pack.id}/{rule.id}", *rule.replaces


def fits(rule_id: str, glob: str) -> bool:
    """Whether a name or a glob stands for the id of a rule."""
    first, *inner = glob.split("*")
    if not inner:
        return rule_id == glob
    last = inner.pop()
    if not rule_id.startswith(first) or not rule_id.endswith(last):
        return False
    # Each part is taken where it stands first, so nothing is tried twice.
    place, end = len(first), len(rule_id) - len(last)
    for part in inner:
        place = rule_id.find(part, place, end)
        if place < 0:
            return False
        place += len(part)
    return place <= end


def names_rule(globs: Iterable[str], pack: Pack, rule: Rule) -> bool:
    """Whether one of `globs` stands for a rule of `pack`, by its id or by an id that it replaces."""
    known = ids_of(pack, rule)
    return any(fits(rule_id, glob) for glob in globs for rule_id in known)


def markup_in_use(disable: Collection[str], keep: Collection[str]) -> frozenset[Mark]:
    """Return the marks of what the markup of a page names as chrome, without those that the settings turn off."""
    return frozenset(
        mark
        for mark in MARKUP.values()
        if mark.category not in keep and not any(fits(mark.rule, glob) for glob in disable)
    )


def all_known(packs: Collection[Pack], disable: Collection[str], keep: Collection[str]) -> bool:
    """Whether each of `disable` names a rule, and each of `keep` a category, of `packs` or markup."""
    known, categories = _names_of(packs)
    return categories.issuperset(keep) and all(any(fits(rule_id, glob) for rule_id in known) for glob in disable)


def _names_of(packs: Collection[Pack]) -> tuple[list[str], set[str]]:
    """Return the ids and the categories that there are of rules in `packs`, of markup, and of what is no rule."""
    rules = [(pack, rule) for pack in packs for rule in pack.rule]
    known = [rule_id for pack, rule in rules for rule_id in ids_of(pack, rule)]
    known += [mark.rule for mark in MARKUP.values()]
    return known, {rule.category for _, rule in rules} | {CATEGORY_REPAIR, CATEGORY_LEFT_OUT}


def check_names(
    packs: Collection[Pack], disable: Collection[str], keep: Collection[str], others: PacksWith | None = None
) -> None:
    """Raise `SettingsError` if one of `disable` names no rule, or one of `keep` no category, of `packs` or markup.

    A name that is none of these is looked for in `others`, packs that take longer to read.
    """
    if not disable and not keep:
        return
    known, categories = _names_of(packs)
    for glob in disable:
        if any(fits(rule_id, glob) for rule_id in known):
            continue
        pieces = [piece for piece in re.split(r"[*/]", glob) if piece]
        found = others(pieces) if others else ()
        if not any(names_rule([glob], pack, rule) for pack in found for rule in pack.rule):
            owner = glob.partition("/")[0]
            near = next(iter(others([owner])), None) if others and owner else None
            known += [rule_id for rule in near.rule for rule_id in ids_of(near, rule)] if near else []
            names = {pack.pack.id for pack in packs} | ({near.pack.id} if near else set())
            known += [f"{name}/*" for name in names]
            advice = instead_of_a_rule(glob, names, categories) or did_you_mean(glob[: toml.MAX_SHOWN_CHARS], known)
            raise SettingsError(f"disable: there is no rule {toml.named(glob)}; {advice}")
    for category in sorted(set(keep) - categories):
        if others and any(rule.category == category for pack in others([category]) for rule in pack.rule):
            continue
        advice = _instead_of_a_category(category, known, categories)
        advice = advice or did_you_mean(category[: toml.MAX_SHOWN_CHARS], categories)
        raise SettingsError(f"keep: there is no category {toml.named(category)}; {advice}")


def instead_of_a_rule(name: str, packs: Collection[str], categories: Collection[str]) -> str:
    """Return what to write in place of a `name` that is no rule; "" if it is like nothing else that there is.

    It may be the id of a pack, a category, or a name that the record has and no rule has, in capitals too.
    """
    bare = name.lower().removesuffix("*").removesuffix("/")
    advice = [f"did you mean {bare + '/*'!r}, all rules of a pack?"] if bare in packs else []
    advice += [f"--keep {bare} keeps the category"] if bare in categories else []
    return " ".join(advice) or _no_rule(bare)


def _instead_of_a_category(name: str, rules: Collection[str], categories: Collection[str]) -> str:
    """Return what to write in place of a `name` that is no category; "" if it is like nothing else that there is."""
    lower = name.lower()
    if lower in categories:
        return f"did you mean {lower!r}?"
    if "/" in lower and any(fits(rule_id, lower) for rule_id in rules):
        return f"it names rules; --disable {shlex.quote(lower)} turns them off"
    if any(rule_id.startswith(f"{lower}/") for rule_id in rules):
        return f"it is a pack of rules; --disable '{lower}/*' turns them off"
    return _no_rule(lower)


def _no_rule(name: str) -> str:
    """Return what a name is that the record has and no rule has, and the option that turns it off; "" for others."""
    room = name.partition("/")[0]
    if room not in NO_RULES:
        return ""
    what, category = NO_RULES[room]
    return f"{what}; --keep {category} turns it off, and `cleaner rules show {room}` says more"
