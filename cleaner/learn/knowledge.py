"""What is known before anything is learned: rules and judge, from settings. Each process builds it once."""

from __future__ import annotations

from functools import lru_cache

from cleaner.judge.judge import Judge
from cleaner.learn.site import Knowledge
from cleaner.rules import checks
from cleaner.rules.engine import Ruleset
from cleaner.rules.prepare import prepare, prepare_shipped
from cleaner.settings import Settings


@lru_cache(maxsize=1)  # of a process; engines ask anew for each group
def knowledge_of(settings: Settings) -> Knowledge:
    """Return the rules and the judge of settings. Raises `SettingsError` for packs that are wrong."""
    prepared = [prepare_shipped().prepared()]
    if settings.packs:
        prepared.append(prepare(settings.packs))
        checks.check_ids(zip(settings.packs, prepared[1].packs, strict=True), prepared[0].ids())
    ruleset = Ruleset(prepared, settings.level, settings.disable, settings.keep, trusted=1)
    return Knowledge(ruleset, Judge(settings.level))
