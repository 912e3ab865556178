"""Lines that are alike but for their numbers: `12 comments` and `7 comments` as one pattern.

Keys are compared with every run of digits as one sign. What is chosen then has the evidence of all its variants
together, and must stand in front of the content of most pages. Behind it, lists of results are alike but for their
numbers as well, and on the pages that were measured such patterns took no chrome that other rules had left.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from cleaner.learn.choose import Choice, choose
from cleaner.learn.evidence import HEAD, TAIL, Evidence, Site
from cleaner.learn.quoting import escaped

MIN_TEXTS, MIN_SHARE = 4, 0.5  # texts, and the share of them, that must have such a line
MIN_PLACE = 0.9  # the share of its texts on which it stands in front of the content
MIN_VARIANTS = 3  # different lines; two are two rules
MIN_LETTERS = 4  # letters besides the numbers; dates in digits alone have none
MAX_NUMBERS = 3  # numbers in a line; a pattern with more has too many ways to match
_NUMBER = re.compile(r"[0-9]+")
_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_PATTERN = r"\d{1,12}"


def folded(key: str) -> str:
    """Return a key with each run of digits as one sign."""
    return _NUMBER.sub("0", key)


def patterns_of(site: Site, numbered: Site, chrome: Collection[str]) -> Iterator[tuple[str, Evidence, Sequence[str]]]:
    """Yield the patterns that were chosen: each with its evidence, and lines that it takes.

    `site` has the keys as they are, `numbered` has them `folded`; `chrome` are the keys that have a rule already.
    """
    of = len(set(site.texts))
    variants: dict[str, dict[str, str]] = defaultdict(dict)
    for keys, lines in zip(site.keys, site.documents, strict=True):
        for key, line in zip(keys, lines, strict=True):
            if key and key not in chrome:
                variants[folded(key)].setdefault(key, line)
    for key, one in sorted(numbered.evidence.items()):
        enough = len(one.texts) >= max(MIN_TEXTS, MIN_SHARE * of) and len(variants.get(key, ())) >= MIN_VARIANTS
        if enough and _is_able(key, one) and choose(one, of) == Choice("chrome"):
            found = variants[key]
            yield escaped(key).replace("0", _PATTERN), one, [found[each] for each in sorted(found)]


def _is_able(key: str, one: Evidence) -> bool:
    """Whether a folded key may become a pattern: a phrase with numbers that is no date and leads to no content."""
    in_place = len(one.places[HEAD]) >= MIN_PLACE * len(one.texts) and not one.places[TAIL]
    is_phrase = 1 <= key.count("0") <= MAX_NUMBERS and sum(map(str.isalpha, key)) >= MIN_LETTERS
    return is_phrase and in_place and not one.prose and not one.leads and not _YEAR.search(one.line)
