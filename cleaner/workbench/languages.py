"""Which phrases of the frame (see `rules.phrases`) packs have for each language, and which they lack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import NamedTuple

from cleaner.rules.pack import Pack, Rule, Source

# Packs that name no languages are English, but for those in these folders: they hold what software says of itself.
ENGLISH, ENGLISH_TITLE, NO_LANGUAGE = "en", "English interface strings", ("theme", "site")


class Language(NamedTuple):
    """What packs have for a language. The names of phrases are in the order of the frame."""

    tag: str
    title: str  # of the first pack that is for this language
    has: list[str]
    lacks: list[str]
    trial: list[str]  # those in `lacks` that are there on trial, so that they take nothing yet
    rules: int  # active rules, whether they name a phrase or not
    tags: list[str]  # all that the first pack names, as `nb` and `nn` for Norwegian


def languages(packs: Iterable[tuple[Source, Pack]], frame: Collection[str]) -> list[Language]:
    """Return what packs have for each language, sorted by tag.

    There is a language for each pack that is for one, and not for some sites: the first that it names. The packs that
    are for one are all that name its tag, and rules that do.
    """
    packs = list(packs)
    titles = {ENGLISH: ENGLISH_TITLE}
    all_tags = {ENGLISH: [ENGLISH]}
    rules: Counter[str] = Counter()
    said: dict[tuple[str, bool], set[str]] = {}  # phrases by language, and by whether they are active
    for source, pack in packs:
        info = pack.pack
        if info.langs and not (info.hosts or info.clues):
            titles.setdefault(info.langs[0], info.title)
            all_tags.setdefault(info.langs[0], info.langs)
        for tags, rule in _with_tags(source, pack):
            for tag in tags if rule.status != "retired" else ():
                said.setdefault((tag, rule.status == "active"), set()).update(rule.says)
                rules[tag] += rule.status == "active"
    return [
        Language(
            tag,
            title,
            [name for name in frame if name in active],
            [name for name in frame if name not in active],
            [name for name in frame if name in trial - active],
            rules[tag],
            all_tags[tag],
        )
        for tag, title in sorted(titles.items())
        for active, trial in [(said.get((tag, True), set()), said.get((tag, False), set()))]
    ]


def _with_tags(source: Source, pack: Pack) -> Iterator[tuple[Sequence[str], Rule]]:
    """Yield the rules of a pack, each behind the tags of the languages that it is for."""
    info = pack.pack
    is_general = not (info.hosts or info.clues or PurePath(source.name).parent.name in NO_LANGUAGE)
    for rule in pack.rule:
        yield rule.langs or info.langs or ([ENGLISH] if is_general else []), rule
