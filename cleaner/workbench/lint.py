"""The lint of rule packs: what makes a pack good, beyond what makes it safe to use.

What a pack may not be used without is checked whenever one is loaded (`pack.findings`). The lint repeats
that, for all rules of all files, and asks for what reviewers would ask for: where a pack is from, examples
that would notice if a pattern took too little or too much, and no rule that takes what may be content.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

import msgspec

from cleaner.errors import SettingsError, did_you_mean
from cleaner.marks import JUDGE
from cleaner.rules import locate
from cleaner.rules import pack as packs
from cleaner.rules.match.keys import key
from cleaner.rules.pack import Pack, Problem, Source, block, listed
from cleaner.workbench import criteria

SHOWN = 100  # characters of a line
EXAMPLES = ("drops", "keeps", "todo_drops", "todo_keeps")


class Finding(NamedTuple):
    """What is wrong with a pack: `what; what to do`, and the 1-based line of the file it is about."""

    path: str
    line: int
    text: str
    shown: str  # what stands in that line

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


class Counts(NamedTuple):
    """How much there is in some packs."""

    packs: int
    rules: int
    literals: int
    patterns: int
    languages: int  # primary ones: pt-BR and pt-PT are one
    examples: int


class LintReport(NamedTuple):
    """What the lint has to say: the findings, ordered by file and line, and how much it looked at."""

    findings: list[Finding]
    counts: Counts


def lint(sources: Iterable[Source], beside: Iterable[Source] = ()) -> LintReport:
    """Check packs, each for itself and all together.

    `beside` are packs that are in use too, and taken to be right: their ids are taken, their rules and
    categories known. Never raises for what is in a pack.
    """
    findings: list[Finding] = []
    read: list[tuple[Source, Pack]] = []
    for source in sources:
        try:
            pack = packs.parse(source, trusted=True)
        except SettingsError as error:
            findings.append(_told(source, str(error)))
            continue
        read.append((source, pack))
        findings += _lint_one(source, pack)
    findings += _lint_together(read, [packs.parse(source, trusted=True) for source in beside])
    places = {path: number for number, path in enumerate(dict.fromkeys(finding.path for finding in findings))}
    findings.sort(key=lambda finding: (places[finding.path], finding.line))
    return LintReport(findings, count(pack for _, pack in read))


def count(read: Iterable[Pack]) -> Counts:
    """Count what there is in packs."""
    read = list(read)
    rules = [rule for pack in read for rule in pack.rule]
    langs = [lang for pack in read for lang in pack.pack.langs] + [lang for rule in rules for lang in rule.langs]
    return Counts(
        packs=len(read),
        rules=len(rules),
        literals=sum(len(block(rule.lines or "")) for rule in rules),
        patterns=sum(len(listed(getattr(rule, field))) for rule in rules for field in criteria.FIELDS),
        languages=len({lang.partition("-")[0].lower() for lang in langs}),
        examples=sum(len(rule.case) + sum(len(block(getattr(rule, field))) for field in EXAMPLES) for rule in rules),
    )


def _told(source: Source, message: str) -> Finding:
    """Return a message `path:line: text` about a source as a finding."""
    number, _, text = message.removeprefix(f"{source.name}:").partition(": ")
    return _finding(source, int(number), text)


def _finding(source: Source, line: int, text: str) -> Finding:
    lines = source.text.split("\n")
    shown = lines[line - 1].strip() if line <= len(lines) else ""
    return Finding(source.name, line, text, shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…")


def _lint_one(source: Source, pack: Pack) -> Iterator[Finding]:
    """Yield what is wrong with one pack."""
    for message in packs.findings(source, pack):
        yield _told(source, message)
    places = locate.entries(source.text)
    for name, value, text in _about_pack(source, pack):
        yield _finding(source, locate.line_of(places, "pack", 0, name, value), text)
    for name, value, text in _about_words(pack):
        yield _finding(source, locate.line_of(places, "words", 0, name, value), text)
    words = pack.folded_words()
    # Of the others it was told already what is wrong, and nothing can be tried with them.
    usable = {number: rule for number, rule in enumerate(pack.rule) if not any(packs.problems(pack, rule))}
    pack = msgspec.structs.replace(pack, rule=list(usable.values()))
    for place, (number, rule) in enumerate(usable.items()):
        for name, value, text in (*criteria.problems(pack, rule, words), *criteria.copies(rule, pack.rule[:place])):
            yield _finding(source, locate.line_of(places, "rule", number, name, value), text)


def _about_pack(source: Source, pack: Pack) -> Iterator[Problem]:
    stem = Path(source.name).stem
    if pack.pack.id != stem:
        yield "id", None, f"the id {pack.pack.id!r} is not the name of the file, {stem!r}; rename one of them"
    if not pack.pack.title.strip():
        yield "title", None, "the pack has no title; add one, as a person would call these sites or strings"
    if not pack.pack.source.strip():
        yield "source", None, "the pack has no source; say where its strings were seen"


def _about_words(pack: Pack) -> Iterator[Problem]:
    inline = [pattern for rule in pack.rule for pattern in listed(rule.inline)]
    others = [
        p
        for rule in pack.rule
        for f in (*criteria.FIELDS, "unless")
        if f != "inline"
        for p in listed(getattr(rule, f))
    ]
    others += [pattern for keep in pack.keep for pattern in listed(keep.patterns)]
    for name, words in pack.words.items():
        as_they_are = any(f"{{{name}}}" in pattern for pattern in inline)  # those are matched with regard to case
        if not as_they_are and not any(f"{{{name}}}" in pattern for pattern in others):
            yield name, None, f"no pattern uses {{{name}}}; remove it"
        if not words:
            yield name, None, f"{{{name}}} has no words; add some"
        seen: set[str] = set()
        for word in words:
            form = word if as_they_are else key(word)
            if not key(word):
                yield name, word, f"a word of {{{name}}} is blank; remove it"
            elif form in seen:
                aside = "" if as_they_are else ", case and quotes aside"
                yield name, word, f"the word {word!r} is there twice{aside}; remove one"
            seen.add(form)


def _lint_together(read: Sequence[tuple[Source, Pack]], beside: Sequence[Pack]) -> Iterator[Finding]:
    """Yield what is wrong with packs only because of others: names used twice, and names of nothing."""
    ids = {pack.pack.id: "a pack that ships" for pack in beside}
    everything = [*beside, *(pack for _, pack in read)]
    names = [
        name for pack in everything for rule in pack.rule for name in (f"{pack.pack.id}/{rule.id}", *rule.replaces)
    ]
    owners = {pack.pack.id for pack in everything}
    categories = Counter(rule.category for pack in everything for rule in pack.rule)
    for source, pack in read:
        places = locate.entries(source.text)
        if pack.pack.id in ids:
            text = f"the id {pack.pack.id!r} is that of {ids[pack.pack.id]} too; choose another"
            yield _finding(source, locate.line_of(places, "pack", 0, "id"), text)
        ids.setdefault(pack.pack.id, source.name)
        for number, rule in enumerate(pack.rule):
            often = [name for name, times in categories.items() if times > categories[rule.category]]
            if near := get_close_matches(rule.category, often, 1, 0.9):
                text = f"the category {rule.category!r} is nearly one that more rules have; did you mean {near[0]!r}?"
                yield _finding(source, locate.line_of(places, "rule", number, "category"), text)
            for name in (*rule.between, *rule.after):
                if name not in categories:
                    text = f"no rule has the category {name!r}; {did_you_mean(name, categories, 'mend the name')}"
                    yield _finding(source, locate.line_of(places, "rule", number, "between", name), text)
        for number, keep in enumerate(pack.keep):
            for glob in keep.rules:
                owner, slash, _ = glob.partition("/")
                if (not slash and glob not in ("*", JUDGE.rule)) or (
                    owner in owners and not any(fnmatchcase(name, glob) for name in names)
                ):
                    advice = did_you_mean(glob, names, "name rules as pack/rule, with * for any part")
                    line = locate.line_of(places, "keep", number, "rules", glob)
                    yield _finding(source, line, f"there is no rule {glob!r}; {advice}")
