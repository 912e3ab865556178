"""Why a line went, in a sentence: for people who move the mouse over it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cleaner.reasons import reason_of
from cleaner.rules.pack import Pack


def reasons(packs: Iterable[Pack]) -> Callable[[str], str]:
    """Return a function that gives a sentence for the name of a rule (`pack/rule`), or of what else removes lines."""
    found: dict[str, str] = {}
    for pack in packs:
        title = pack.pack.title or pack.pack.id
        for rule in pack.rule:
            found[f"{pack.pack.id}/{rule.id}"] = f"{title}: {rule.why}" if rule.why else title
    return lambda name: found.get(name) or reason_of(name)
