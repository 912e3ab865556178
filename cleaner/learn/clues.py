"""Clues: lines by which a document of a template is told when it comes alone. Pure.

A clue stands on nearly all documents of the template, and on hardly any other document that is known. Other documents
that are not known have lines as well: those of the web at large and of the software that the site runs. So a clue has
some length, no line that a shipped pack names is a clue, and several clues are needed; more of them if there were few
other documents to compare with.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cleaner.learn.documents import SiteDocument
from cleaner.learn.shipped import shipped
from cleaner.learn.templates import ends_of
from cleaner.rules.match.keys import keys

# The bytes of UTF-8 of the shortest clue, and the most characters of a clue. Shorter lines are words that any site
# may have; longer ones are prose.
MIN_BYTES = 12
MAX_CHARS = 200
# The fewest members that a clue stands on, and the most other documents, as shares. With fewer members the clues are
# headlines of some days; with more other documents the template is told on another site.
MIN_MEMBERS = 0.3
MAX_OTHERS = 0.02
# The most clues. Raised, more documents of the template are told, and more of others.
MOST = 20
# The share of members that the clues must tell, and of others that they may. If they tell fewer members, one clue
# fewer is needed.
MIN_TOLD = 0.97
MAX_WRONG = 0.001
# The other documents with which two clues are enough; with fewer, three are needed. Raised by one each, a fortieth
# of the members more is missed, and no fewer of 39,000 documents of other sites were taken for members: none was.
FEW_OTHERS = 20

_CHANGING = re.compile("[\\d\ud800-\udfff]")  # digits, and what UTF-8 cannot write


class Clues(NamedTuple):
    """The clues of a template: lines as they stand in documents, the best first; and how many are needed."""

    lines: tuple[str, ...] = ()
    needed: int = 1


def clues_of(members: Sequence[SiteDocument], others: Sequence[SiteDocument]) -> Clues:
    """Return the clues that tell `members` from `others`, in any order; none if fewer than two lines would do.

    A document that is in both counts as a member.
    """
    return clues_of_each([*others, *members], {document.number: "t" for document in members}).get("t", Clues())


def clues_of_each(documents: Sequence[SiteDocument], templates: Mapping[int, str]) -> dict[str, Clues]:
    """Return the clues of each template, from documents in any order and the template of each ("" or none: of none).

    This reads each document twice, however many templates there are.
    """
    texts = {document.number: document for document in documents}
    numbers = sorted(texts)
    sizes = Counter(template for number in numbers if (template := templates.get(number)))
    counts = _counts(texts, templates)
    everywhere: Counter[str] = Counter()
    for each in counts.values():
        everywhere.update(each)
    best = {
        template: _best(counts[template], everywhere, size, len(texts) - size) for template, size in sizes.items()
    }
    users = defaultdict(list)  # the templates that each clue is of
    for template, clues in best.items():
        for clue in clues:
            users[clue].append(template)
    first: dict[tuple[str, str], str] = {}  # a clue as it stands in the first member that has it
    has: dict[str, Counter[int]] = defaultdict(Counter)  # how many members have how many of the clues
    others_have: dict[str, Counter[int]] = defaultdict(Counter)
    for number in numbers:
        own = templates.get(number, "")
        found: Counter[str] = Counter()
        for key, line in _lines_by_key(texts[number]).items():
            for template in users.get(key, ()):
                found[template] += 1
                if template == own:
                    first.setdefault((template, key), line)
        for template, count in found.items():
            (has if template == own else others_have)[template][count] += 1
    return {
        template: Clues(
            tuple(first[template, clue] for clue in clues),
            _needed(has[template], sizes[template], others_have[template], len(texts) - sizes[template], len(clues)),
        )
        if len(clues) > 1
        else Clues()
        for template, clues in best.items()
    }


def _counts(texts: Mapping[int, SiteDocument], templates: Mapping[int, str]) -> dict[str, Counter[str]]:
    """Return on how many documents of each template, and of none (""), each line is that can be a clue."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for number, document in texts.items():
        counts[templates.get(number, "")].update(_lines_by_key(document).keys())
    return counts


def _best(counts: Counter[str], everywhere: Counter[str], size: int, others: int) -> list[str]:
    """Return the keys of the best clues of a template of `size` documents, at most `MOST`."""
    known = shipped()
    gains = {
        key: count - 10 * elsewhere
        for key, count in counts.items()
        if count >= max(2, MIN_MEMBERS * size)
        and (elsewhere := everywhere[key] - count) <= MAX_OTHERS * others
        and key not in known
    }
    return sorted(gains, key=lambda key: (-gains[key], -_bytes(key), key))[:MOST]


def _needed(has: Counter[int], size: int, others_have: Counter[int], others: int, clues: int) -> int:
    """Return how many of the clues a document must have, two or three: three only if nearly all members have them."""
    for needed in range(min(clues, 2 if others >= FEW_OTHERS else 3), 2, -1):
        if _from(needed, has) >= MIN_TOLD * size:
            return needed
    # Two tell the most members. Three are better only if two tell other documents as well.
    return 3 if clues > 2 and _from(2, others_have) > MAX_WRONG * others else 2


def _from(needed: int, counts: Counter[int]) -> int:
    """Return how many documents have as many clues as needed."""
    return sum(documents for count, documents in counts.items() if count >= needed)


def _bytes(key: str) -> int:
    return len(key.encode("utf-8", "surrogatepass"))


def _lines_by_key(document: SiteDocument) -> dict[str, str]:
    """Return the lines of a document that can be clues, by their keys."""
    lines = ends_of(document)
    return {key: line.strip() for key, line in zip(keys(lines, MAX_CHARS), lines, strict=True) if _can_tell(key)}


def _can_tell(key: str) -> bool:
    """Whether a line can be a clue: long enough, mostly letters, without digits, and one that can be written down.

    Lines with digits are dates and counts more often than not, and are others on the pages of next month.
    """
    return _bytes(key) >= MIN_BYTES and not _CHANGING.search(key) and sum(map(str.isalpha, key)) * 2 >= len(key)
