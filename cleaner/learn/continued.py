"""Continuing packs of templates: a template that is learned again keeps the name of its pack.

A template is named after one of its lines (`templates`), and that may be another one once the site has changed or
other documents are there. Its clues are many, and most of them are the same. So the pack that has most of the clues
is the pack of the template, and what a person changed there stays.

Example: the pack `t-1b7e…` has the clues `Tide tables`, `Letters to the Gazette` and `Town and country`. A template
with the last two and `Crossword` among its clues continues it, under its name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from cleaner.learn.documents import MAX_CHARS
from cleaner.learn.found import LearnedSite
from cleaner.rules.match.keys import keys

# The share of the clues, of the pack or of the template, whichever are fewer, that both must have. Lowered, a site
# with the same platform continues the pack of another one.
SHARED_CLUES = 0.5


def continued(templates: Sequence[LearnedSite], standing: Mapping[str, Collection[str]]) -> list[LearnedSite]:
    """Return templates under the names of the packs that they continue.

    `standing` has the ids of the packs that are there, with the keys of their clues. A pack is continued by one
    template at most, the one that shares the most clues.
    """
    clues = {one.name: set(keys(one.clues, MAX_CHARS)) for one in templates}
    pairs = sorted(
        (-shared, pack, name)
        for name, own in clues.items()
        for pack, others in standing.items()
        if (shared := len(own.intersection(others))) >= max(1, SHARED_CLUES * min(len(own), len(set(others))))
    )
    names: dict[str, str] = {}
    taken: set[str] = set()
    for _, pack, name in pairs:
        if name not in names and pack not in taken:
            names[name] = pack
            taken.add(pack)
    return [one._replace(name=names.get(one.name, one.name)) for one in templates]
