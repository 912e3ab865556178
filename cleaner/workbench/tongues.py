"""What the lint asks of packs of languages that ship: that lines can call for all that they do (see `rules.tongues`).

Other rules would be in use for every document, and every run would pay for them in each of the languages.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from cleaner.rules.pack import TONGUES, Pack, Source, shipped_folder

Problem = tuple[str, int, str, str]  # the table it is about, its number, the key in it, and what is wrong

NO_KINDS = ("selectors", "between", "after", "collapse", "tags")


def problems(source: Source, pack: Pack) -> Iterator[Problem]:
    """Yield what a pack of a language has that no line calls for; nothing for other packs."""
    if os.path.realpath(Path(source.name).parent) != os.path.realpath(shipped_folder() / TONGUES):
        return
    who = f"a pack in {TONGUES}/, which is read when a line calls for it,"
    if not pack.pack.langs:
        yield "pack", 0, "id", f"{who} says its language; add 'langs'"
    for name in ("hosts", "clues"):
        if getattr(pack.pack, name):
            yield "pack", 0, name, f"{who} is not for particular sites; remove {name!r}, or move the pack to site/"
    for number, rule in enumerate(pack.rule):
        for kind in rule.kinds:
            if kind in NO_KINDS:
                yield "rule", number, kind, f"{who} has no rules of the kind {kind!r}; move the rule to generic/"
    for number, keep in enumerate(pack.keep):
        if not (keep.lines or keep.patterns):
            what = "has no [[keep]] without 'lines' or 'patterns'"
            yield "keep", number, "", f"{who} {what}; add some, or move it to generic/"
