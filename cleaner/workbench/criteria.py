"""What the lint asks of one rule.

- Its examples come out as they say (`examples`), and they try all of its patterns.
- It takes no content. Each rule is tried on a bank of plain sentences (`sentences.txt`). If nothing limits a rule to
  some sites or places, it must not take short lines and common words (`common.txt`) either.
- Its lines are sorted, and no line is there twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from cleaner.rules import css
from cleaner.rules import pack as packs
from cleaner.rules.checks import Problem
from cleaner.rules.match import regex
from cleaner.rules.match.anchors import anchors_of
from cleaner.rules.match.keys import key, keys, width
from cleaner.rules.match.outline import PREFIX_CHARS, SHORT_PREFIX_CHARS, SUFFIX_CHARS, find_ends
from cleaner.rules.pack import Pack, Rule, block, listed
from cleaner.workbench import examples

# A near miss has this many characters of the fixed start or end of a pattern, or all of it if it is shorter. If it is
# raised, authors have to find content that is closer to their patterns.
NEAR_CHARS = 12
MIN_CHARS = 4  # a shorter literal may be content anywhere; a character of a script without spaces counts as two
LIMIT_IT = "make the rule weak, give it a zone, or give the pack hosts or clues"  # advice
Words = Mapping[str, Sequence[str]]


def problems(pack: Pack, rule: Rule, words: Words, *, proven: bool = False) -> Iterator[Problem]:
    """Yield what is wrong with a rule that can be used. `words` are those of the pack, as keys.

    The examples of a rule that is `proven` are not run: they are right by the way they were made.
    """
    if not proven:
        yield from examples.problems(pack, rule)
    if rule.status == "retired" and not rule.why.strip():
        yield "status", None, "the rule is retired, and nobody knows why; add 'why'"
    yield from about_order(block(rule.lines or ""))
    yield from about_content(pack, rule, words)
    if rule.kind == "patterns":
        yield from _about_near_misses(rule, words)
    elif rule.kind == "selectors":
        yield from _about_selectors(pack, rule)
    elif rule.kind != "lines" and rule.case:
        yield from _about_cases(pack, rule, words)


def about_order(literals: Iterable[str]) -> Iterator[Problem]:
    """Yield the literals of a rule that are there twice, and the first one that is not sorted in."""
    last = ""
    seen: dict[str, str] = {}
    for line in literals:
        form = key(line)
        if form in seen:
            same = "is there twice" if seen[form] == line else f"is the same as {seen[form]!r} to a rule"
            yield "lines", line, f"the line {line!r} {same}; remove it, or run `cleaner rules check --fix`"
        elif form < last:
            yield "lines", line, f"the line {line!r} is not sorted in; run `cleaner rules check --fix`"
            break
        seen[form] = line
        last = max(form, last)


def copies(rule: Rule, others: Sequence[Rule]) -> Iterator[Problem]:
    """Yield the literals that one of the `others` of the pack has, too, if one of the two copies does nothing."""
    forms = {key(line): line for line in block(rule.lines or "")}
    for other in others:
        if rule.status == other.status == "active" and (includes(rule, other) or includes(other, rule)):
            for line in block(other.lines or ""):
                if copy := forms.get(key(line)):
                    yield "lines", copy, f"the line {copy!r} is in {other.id!r} too; remove it from one of them"


def includes(wide: Rule, narrow: Rule) -> bool:
    """Whether a literal in `wide` takes every line that the same literal takes in `narrow`."""
    return (
        (narrow.weak or not wide.weak)
        and wide.zone in ("any", narrow.zone)
        and (not wide.langs or wide.langs == narrow.langs)
    )


def about_content(pack: Pack, rule: Rule, words: Words) -> Iterator[Problem]:
    """Yield the literals and patterns of a rule that take what is content, or may be."""
    sentences, sentence_keys, common = (
        bank("sentences.txt"),
        _bank_keys("sentences.txt"),
        set(_bank_keys("common.txt")),
    )
    for line in block(rule.lines or ""):
        if key(line) in sentence_keys:
            yield "lines", line, f"the line {line!r} is a plain sentence or heading; remove it"
    for field, patterns in rule.patterns_by_key():
        lines = sentences if field == "inline" else sentence_keys
        for pattern in patterns:
            fits = _matcher(field, pattern, pack, words)
            taken = next((sentence for sentence, line in zip(sentences, lines, strict=True) if fits(line)), None)
            if taken:
                yield field, pattern, f"the pattern {pattern!r} takes {taken!r}, which is content; narrow it"
    if rule.weak or rule.zone != "any" or pack.pack.hosts or pack.pack.clues:
        return
    for line in block(rule.lines or ""):
        if width(key(line)) < MIN_CHARS:
            yield "lines", line, f"the line {line!r} is too short to be chrome everywhere; {LIMIT_IT}"
        elif key(line) in common:
            yield "lines", line, f"the line {line!r} is a common word, and may be content; {LIMIT_IT}"
    for pattern in listed(rule.patterns):
        only = regex.PLACEHOLDER.fullmatch(pattern)  # a pattern that is a list of words and nothing else
        short = [word for word in words[only[1]] if width(word) < MIN_CHARS] if only else []
        fits = _matcher("patterns", pattern, pack, words)
        if found := [*short, *filter(fits, sorted(common))]:
            yield "patterns", pattern, f"the pattern {pattern!r} takes {found[0]!r}, which may be content; {LIMIT_IT}"


def _about_near_misses(rule: Rule, words: Words) -> Iterator[Problem]:
    """Yield the patterns for which no example would notice that they take too little, or too much."""
    drops, keeps = (keys(block(text), rule.max_chars) for text in (rule.drops, rule.keeps))
    for pattern in listed(rule.patterns):
        folded = regex.fold_pattern(pattern)
        compiled = re.compile(regex.expand(folded, words))
        if not any(map(compiled.fullmatch, drops)):
            yield "patterns", pattern, f"no line of drops matches the pattern {pattern!r}; add one that does"
        heads, tails = _near_ends(folded, words)
        anchors = [] if heads or tails else anchors_of(folded, words)
        if not any(line.startswith(heads) or line.endswith(tails) or any(map(line.count, anchors)) for line in keeps):
            ways = (("begins with", sorted(heads)), ("ends with", sorted(tails)), ("holds", anchors))
            place, text = next((place, texts[0]) for place, texts in ways if texts)
            advice = f"add a line of content that {place} {text!r}"
            yield "patterns", pattern, f"no line of keeps is a near miss of the pattern {pattern!r}; {advice}"


def _near_ends(pattern: str, words: Words) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the starts and the ends of near misses of a pattern: a near miss has one of them."""
    heads: set[str] = set()
    tails: set[str] = set()
    with suppress(regex.UnsafePattern):  # its start is not fixed
        whole, edges, *_ = find_ends(pattern, words, "start")
        heads |= whole | set(map(_near_start, edges))
    with suppress(regex.UnsafePattern):  # its end is not fixed
        whole, edges, *_ = find_ends(pattern, words, "end")
        tails |= edges if len(edges) == 1 and not whole else whole | {text[-SUFFIX_CHARS:] for text in edges}
    return tuple(heads), tuple(tails)


def _near_start(text: str) -> str:
    """Return how much of a text that matches begin with is enough for a near miss."""
    if len(text) >= PREFIX_CHARS:
        return text[:NEAR_CHARS]
    return text[:SHORT_PREFIX_CHARS] if len(text) >= SHORT_PREFIX_CHARS else text[:1]


def _about_selectors(pack: Pack, rule: Rule) -> Iterator[Problem]:
    """Yield the selectors of a rule that are there twice, or name a kind of element on all sites."""
    seen: set[str] = set()
    for written in rule.selectors:
        if written in seen:
            yield "selectors", written, f"the selector {written!r} is there twice; remove one"
        seen.add(written)
    if not (pack.pack.hosts or pack.pack.clues):
        for written in css.unspecific(rule.selectors):
            what = f"the selector {written!r} names a kind of element on all sites"
            yield "selectors", written, f"{what}; add an id, a class or an attribute, or give the pack hosts or clues"


def _about_cases(pack: Pack, rule: Rule, words: Words) -> Iterator[Problem]:
    """Yield what the cases of a rule should show, but do not."""
    if all(case.before == case.after for case in rule.case):
        yield "case", None, "in no case does anything go; add a [[rule.case]] where something does"
    if all(case.before != case.after for case in rule.case):
        yield "case", None, "no case shows a near miss; add a [[rule.case]] with the same before and after"
    before = [line for case in rule.case for line in case.before.split("\n")]
    before_keys = keys(before, rule.max_chars)
    for field, patterns in rule.patterns_by_key():
        for pattern in patterns:
            fits = _matcher(field, pattern, pack, words)
            if not any(map(fits, before if field == "inline" else before_keys)):
                yield field, pattern, f"no case has a line that the pattern {pattern!r} matches; add one"


def _matcher(field: str, pattern: str, pack: Pack, words: Words) -> Callable[[str], object]:
    """Return a function that tells whether a pattern fits: a line if `field` is `inline`, else the key of a line."""
    if field == "inline":
        return re.compile(regex.expand(pattern, pack.words)).search
    return re.compile(regex.expand(regex.fold_pattern(pattern), words)).fullmatch


@cache
def bank(name: str) -> tuple[str, ...]:
    """Return the lines of a data file beside this module, without blank lines and headings (`# English`)."""
    text = (Path(__file__).parent / name).read_text("utf-8")
    return tuple(line for line in text.split("\n") if line and not line.startswith("#"))


@cache
def _bank_keys(name: str) -> tuple[str, ...]:
    return tuple(keys(bank(name), packs.MAX_CHARS))
