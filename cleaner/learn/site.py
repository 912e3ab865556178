"""Learning one site: which lines of its documents are its chrome, from all evidence together. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from cleaner.judge.judge import Judge
from cleaner.learn.documents import MAX_CHARS, SiteDocument
from cleaner.learn.found import LearnedRule, LearnedSite
from cleaner.rules.engine import Ruleset
from cleaner.rules.match.keys import keys

# The fewest texts of a site that anything is learned from.
MIN_TEXTS = 5


class Knowledge(NamedTuple):
    """What is known before learning: the rules that ship and that the user named, and the judge."""

    ruleset: Ruleset
    judge: Judge


def learn_site(
    name: str, documents: Sequence[SiteDocument], knowledge: Knowledge, *, is_host: bool = True
) -> LearnedSite | None:
    """Return what is learned of a site from its documents, in any order; None if they are too few.

    `is_host` says whether `name` is a host; otherwise the documents are told by clues.
    """
    texts = {document.number: document for document in documents}
    if len(texts) < MIN_TEXTS:
        return None
    found: dict[str, dict[int, str]] = defaultdict(dict)
    for number in sorted(texts):
        lines = texts[number].lines
        for key, line in zip(keys(lines, MAX_CHARS), lines, strict=True):
            if key:
                found[key].setdefault(number, line)
    rules = tuple(
        LearnedRule(
            "lines", (next(iter(at.values())),), len(at), len(texts), samples=tuple(texts[n].name for n in at)[:3]
        )
        for at in found.values()
        if len(at) >= max(3, len(texts) / 5)
    )
    return LearnedSite(name, len(texts), rules, (name,) if is_host else ())
