"""Lines that shipped packs name: they are on many sites, so they say nothing of one."""

from __future__ import annotations

from functools import lru_cache

from cleaner.rules import checks
from cleaner.rules import pack as packs
from cleaner.rules.match.keys import keys


@lru_cache(maxsize=1)
def shipped() -> frozenset[str]:
    """Return the keys of the clues and the literal lines of all shipped packs but those of hosts."""
    lines: list[str] = []
    for source in packs.builtin():
        pack = checks.parse(source, trusted=True)
        if not pack.pack.hosts:
            lines += pack.pack.clues
            for rule in pack.rule:
                lines += packs.block(rule.lines or "")
    return frozenset(keys(lines, packs.LIMIT_CHARS))
