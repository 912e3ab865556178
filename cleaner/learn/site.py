"""Learning one site: from its documents to the rules that were chosen.

The judge is asked only about documents that have lines that may become rules, and about each such line only some
times. Everything here is pure: the result depends on the documents, the rules and the judge alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from cleaner.judge.judge import Judge
from cleaner.learn.choose import MIN_TEXTS, Choice, choose
from cleaner.learn.cuts import cuts_of, with_cut
from cleaner.learn.documents import MAX_CHARS, SiteDocument
from cleaner.learn.evidence import Evidence, Site
from cleaner.learn.found import LearnedRule, LearnedSite, Places
from cleaner.learn.numbers import folded, patterns_of
from cleaner.learn.texts import texts_of
from cleaner.rules.engine import Ruleset
from cleaner.rules.match.keys import keys
from cleaner.workbench.score import words_of

LEAST_TEXTS = 5  # the fewest texts of a site that anything is learned from
# How often the judge is asked about a line, unless a document is asked about other lines anyway. Raised, the mean is
# steadier and learning takes longer.
ASKED_TIMES = 12
ASKED_TOGETHER = 32  # documents that the judge reads at a time; raised, more memory is needed
SAMPLES = 3  # documents that are named with a rule


class Knowledge(NamedTuple):
    """What is known before learning: the rules that ship and that the user named, and the judge."""

    ruleset: Ruleset
    judge: Judge


def learn_site(
    name: str, documents: Sequence[SiteDocument], knowledge: Knowledge, *, is_host: bool = True
) -> LearnedSite | None:
    """Return what is learned of a site from its documents, in any order; None if it has fewer than five texts.

    `is_host` says whether `name` is a host; otherwise the documents are told by clues.
    """
    ordered = list(
        {one.number: one for one in sorted(documents, reverse=True, key=lambda one: (one.number, one.name))}.values()
    )
    ordered.reverse()
    lines = [document.lines for document in ordered]
    texts = texts_of(lines)
    of = len(set(texts))
    if of < LEAST_TEXTS:
        return None
    found = [keys(each, MAX_CHARS) for each in lines]
    site = Site(lines, found, texts)
    numbered = Site(lines, [list(map(folded, each)) for each in found], texts)
    asked = list(_to_ask(site))
    opinions = _opinions([lines[number] for number in asked], knowledge, f"https://{name}/" if is_host else None)
    for number, opinion in zip(asked, opinions, strict=True):
        site.judged(number, *opinion)
        numbered.judged(number, *opinion)
    choices = {key: choose(one, of) for key, one in sorted(site.evidence.items())}
    rules = {
        key: _rule(site.evidence[key], of, choice, ordered)
        for key, choice in choices.items()
        if choice.outcome == "chrome"
    }
    likely = [key for key, rule in rules.items() if rule.confidence == "likely"]
    more = [with_cut(rules[key], key) for key in cuts_of(site, likely)]
    more += [
        _rule(one, of, Choice("chrome"), ordered)._replace(
            kind="patterns", texts=(pattern,), drops=tuple(lines_taken[:SAMPLES])
        )
        for pattern, one, lines_taken in patterns_of(site, numbered, rules)
    ]
    guesses = sum(rule.confidence == "guess" for rule in (*rules.values(), *more))
    covered = set(likely)
    all_lines, all_words = _extent(lines)
    taken = (
        [line for key, line in zip(*each, strict=True) if key in covered] for each in zip(found, lines, strict=True)
    )
    lines_covered, words_covered = _extent(taken)
    return LearnedSite(
        name,
        of,
        (*rules.values(), *more),
        (name,) if is_host else (),
        lines=all_lines,
        words=all_words,
        covered_lines=lines_covered,
        covered_words=words_covered,
        guesses=guesses,
    )


def _to_ask(site: Site) -> Iterator[int]:
    """Yield the documents that the judge is asked about."""
    asked: dict[str, int] = dict.fromkeys(
        (key for key, one in site.evidence.items() if len(one.texts) >= MIN_TEXTS), 0
    )
    for number, found in enumerate(site.keys):
        candidates = {key for key in found if asked.get(key, ASKED_TIMES) < ASKED_TIMES}
        if candidates:
            for key in candidates:
                asked[key] += 1
            yield number


def _opinions(
    documents: Sequence[Sequence[str]], knowledge: Knowledge, url: str | None
) -> Iterator[tuple[Mapping[int, float], Collection[int]]]:
    """Yield for each document the judge's probability of its lines (0-based), and the lines that rules take."""
    ruleset, judge = knowledge
    for start in range(0, len(documents), ASKED_TOGETHER):
        some = documents[start : start + ASKED_TOGETHER]
        filled = judge.read(some)
        lookups = ruleset.look_up_many([(lines, url, None) for lines in some])
        for lines, one, scores, lookup in zip(some, filled, judge.scores(filled), lookups, strict=True):
            yield judge.chances(one, scores), ruleset.mark(lines, lookup, url=url).lines.keys()


def _extent(documents: Iterable[Sequence[str]]) -> tuple[int, int]:
    """Return how many lines that are not blank, and how many words, documents have."""
    lines = words = 0
    for document in documents:
        lines += sum(map(bool, map(str.strip, document)))
        words += len(words_of("\n".join(document)))
    return lines, words


def _rule(one: Evidence, of: int, choice: Choice, documents: Sequence[SiteDocument]) -> LearnedRule:
    return LearnedRule(
        "lines",
        (one.line,),
        len(one.texts),
        of,
        zone=choice.zone,
        confidence=choice.confidence,
        places=Places(*map(len, one.places)),
        chance=one.chance if one.chances else None,
        samples=tuple(documents[number].name for number in one.documents[:SAMPLES]),
    )
