"""Names of persons in strings that name authors: divided, and told from what is none. Nothing is rewritten."""

from __future__ import annotations

import re

MAX_CHARS = 100  # of an author, who may be an office
MAX_PERSON_CHARS = 60  # of the name of a person
MAX_WORDS = 5  # of the name of a person
MAX_SIGNS = 10  # of a name in a script without capitals: longer ones are phrases

_BETWEEN = re.compile(r"\s*[,;&]\s*|\s+(?:and|und|et|y|e|og|och|ja|en|и|та|i)\s+|、")
_CREDENTIAL = re.compile(r"(?:[A-Z]\.?){2,5}|Ph\.?D\.?|M\.?D\.?|Jr\.?|Sr\.?|[A-Z][A-Z-]{1,5}|MSc|BSc|RDN")
_NO_NAME = re.compile(r"https?:|www\.|\S@\S|^@|[<>{}\[\]]", re.IGNORECASE)
_NOBODY = frozenset(
    (
        *("admin", "administrator", "author", "authors", "name", "staff", "editor", "editors", "by", "the", "guest"),
        *(
            "guest author",
            "unknown",
            "anonymous",
            "none",
            "null",
            "user",
            "undefined",
            "webmaster",
            "meet the writer",
        ),
        *("about the author", "the editors"),
    )
)
# Words of links, labels and offices beside the names of authors.
_NO_PERSON = re.compile(
    r"\b(?:log ?in|profile|sign|log|view|read|comments?|bio|follow|more|about|all|posts?|expert|attorney|subscribe"
    r"|share|account|members?|contact|meet|über|search|home|team|page|news|demand"
    r"|correspondent|reporter|editor|writer|columnist|contributor|staff|bureau|desk|agency|press|director"
    r"|january|february|april|june|july|august|september|october|november|december)\b",
    re.IGNORECASE,
)
_PARTICLES = frozenset(
    (
        *(
            "de",
            "da",
            "di",
            "do",
            "dos",
            "du",
            "del",
            "della",
            "der",
            "den",
            "van",
            "von",
            "zu",
            "la",
            "le",
            "el",
            "al",
        ),
        *("bin", "ibn", "y", "e", "und", "the", "of", "ten", "ter", "af", "av"),
    )
)


def is_author(text: str) -> bool:
    """Whether a string may name an author at all: a person, an office, a user."""
    return 2 <= len(text) <= MAX_CHARS and text.casefold() not in _NOBODY and not _NO_NAME.search(text)


def divided(text: str) -> list[str]:
    """Return the names that a string lists, without academic degrees and offices that follow a name."""
    names: list[str] = []
    for part in _BETWEEN.split(text):
        name = part.strip(" \t:|–—-•·/")
        if is_author(name) and not (names and (_CREDENTIAL.fullmatch(name) or name[0].islower())):
            names.append(name)
    return names


def is_person(text: str, *, alone: bool = False) -> bool:
    """Whether a text looks like the name of a person: two to five words with capitals; `alone`, one word is enough.

    In a script without capitals it is a few signs.
    """
    words = text.split()
    if len(text) > MAX_PERSON_CHARS or not 1 <= len(words) <= MAX_WORDS or _NO_PERSON.search(text):
        return False
    has_digit = any(char.isdigit() for char in text)
    if not any(char.isupper() or char.islower() for char in text):
        return not has_digit and (alone or 2 <= len(text) <= MAX_SIGNS)
    if len(words) == 1:
        return alone
    return not has_digit and all(word in _PARTICLES or word[0].isupper() or word[1:2] in ("'", "’") for word in words)


def persons(text: str) -> list[str]:
    """Return the names of persons that a string lists; none if it holds anything else."""
    parts = [part.strip(" \t:|–—-•·/") for part in _BETWEEN.split(text)]
    return parts if all(map(is_person, parts)) else []
