"""Cuts: lines behind which nothing is content, on any document of the site.

Lists of teasers change from page to page, so their lines are not learned. The line above them stays the same. A cut
at this line takes them all, where it stands behind the last prose of a document (`rules.marking`).

A line may be cut at if it stands behind the content wherever it stands, on enough texts, and if the judge takes what
is behind it for chrome. Of these, the lines are chosen that are the first of a document.

Example: `More stories` stands behind the last sentence of nine of ten pages, and the judge gives the ten to twenty
lines behind it a probability of .05 in the mean. `Newsletter`, which is always somewhere behind it, adds nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection

from cleaner.learn.evidence import HEAD, TAIL, WITHIN, Site
from cleaner.learn.found import Example, LearnedRule
from cleaner.learn.quoting import escaped

MIN_TEXTS, MIN_SHARE = 3, 0.25  # texts of a site, and the share of them, that must have a line that is cut at
# The highest mean probability of the lines behind a cut, those of all documents together. Raised, lists of content at
# the end of pages are cut off.
MAX_CHANCE = 0.15
MIN_FIRST = 2  # texts of which a line must be the first one that may be cut at
MAX_CUTS = 10  # cuts of a site; raised, rare lines are cut at, too
_PROSE = "The boats stayed in, because the rope had frozen to the quay overnight."


def cuts_of(site: Site, chrome: Collection[str]) -> list[str]:
    """Return the keys of the lines of a site that may be cut at, of those that were chosen as `chrome`."""
    of = len(set(site.texts))
    able = {
        key
        for key in chrome
        for one in (site.evidence[key],)
        if not one.places[HEAD] | one.places[WITHIN]
        and len(one.places[TAIL]) == len(one.texts) >= max(MIN_TEXTS, MIN_SHARE * of)
    }
    behind: dict[str, list[float]] = defaultdict(lambda: [0.0, 0])
    for number, chances in site.chances.items():
        found, total, count = site.keys[number], 0.0, 0
        for i in sorted(chances, reverse=True):
            total, count = total + chances[i], count + 1
            if found[i] in able:
                behind[found[i]][0] += total
                behind[found[i]][1] += count
    able = {key for key in able if behind[key][1] and behind[key][0] / behind[key][1] <= MAX_CHANCE}
    firsts = Counter(key for key, _ in {(first, site.texts[n]) for n, first in _firsts(site, able)})
    return [key for key, count in sorted(firsts.items(), key=lambda item: (-item[1], item[0])) if count >= MIN_FIRST][
        :MAX_CUTS
    ]


def _firsts(site: Site, able: Collection[str]) -> list[tuple[int, str]]:
    """Return for each document the first line behind its content that may be cut at, if there is one."""
    found = []
    for number, keys in enumerate(site.keys):
        first = next((key for key in keys[site.content[number].stop :] if key in able), None)
        if first is not None:
            found.append((number, first))
    return found


def with_cut(rule: LearnedRule, key: str) -> LearnedRule:
    """Return the rule that cuts at the line of `rule`, whose key is `key`, with its examples."""
    line = rule.texts[0]
    goes = Example(f"{_PROSE}\n{line}\nTide tables", _PROSE)
    stays = f"{line}\n{_PROSE}\nTide tables"
    return rule._replace(kind="cut", texts=(escaped(key),), zone="any", cases=(goes, Example(stays, stays)))
