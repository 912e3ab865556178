"""The lint of rule packs: whether packs are good, and not only safe to use.

Loading a pack checks whether it is safe to use, and ends with the first error (`checks.findings`). The lint goes
through all rules of all files. It also asks what a reviewer would ask: whether a pack says where it is from, whether
its examples would notice if a pattern took too little or too much, and whether a rule takes what may be content.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import msgspec

from cleaner import quote, toml
from cleaner.arguments import is_language
from cleaner.errors import SettingsError, did_you_mean
from cleaner.marks import JUDGE
from cleaner.rules import checks, ids, locate
from cleaner.rules.checks import Problem
from cleaner.rules.match.keys import key
from cleaner.rules.pack import Pack, Source, block, listed
from cleaner.text.languages import bcp47
from cleaner.workbench import criteria, examples, phrases, tongues

MAX_SHOWN_CHARS = 100  # characters of a line of the file that are shown below a finding
LINE_EXAMPLES = ("drops", "keeps", "todo_drops", "todo_keeps")  # keys of a rule with an example on each line
# Two categories that are at least this similar (0 to 1, `difflib`) are most likely meant to be one.
SAME_CATEGORY = 0.9


class Finding(NamedTuple):
    """What is wrong with a pack."""

    path: str
    line: int  # of the file, 1-based
    text: str  # what is wrong; what to do
    shown: str  # the text of that line

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


NORWEGIAN = ("nb", "nn")  # tags of the two ways to write what has the tag `no`, too


class Counts(NamedTuple):
    """How much there is in some packs."""

    packs: int
    rules: int
    literals: int  # lines of chrome in `lines`
    patterns: int  # without the patterns of `unless`
    languages: int  # primary ones: pt-BR and pt-PT are one, and so are no, nb and nn
    examples: int


class LintReport(NamedTuple):
    """What the lint found."""

    findings: list[Finding]  # ordered by file and line
    counts: Counts  # of the packs that it could read


def lint(sources: Iterable[Source], beside: Iterable[Source] = ()) -> LintReport:
    """Check packs, each by itself and all together. What is in a pack never raises an error.

    `beside` are other packs in use. They are not checked, but their ids are taken, and their rules and categories are
    known.
    """
    findings: list[Finding] = []
    read: list[tuple[Source, Pack]] = []
    for source in sources:
        try:
            pack = checks.parse(source, trusted=True)
        except SettingsError as error:
            findings.append(_finding_of(source, str(error)))
            continue
        read.append((source, pack))
        findings += _lint_one(source, pack)
    findings += _lint_together(read, [checks.parse(source, trusted=True) for source in beside])
    places = {path: number for number, path in enumerate(dict.fromkeys(finding.path for finding in findings))}
    findings.sort(key=lambda finding: (places[finding.path], finding.line))
    return LintReport(findings, count(pack for _, pack in read))


def count(read: Iterable[Pack]) -> Counts:
    """Count what there is in packs."""
    read = list(read)
    rules = [rule for pack in read for rule in pack.rule]
    sizes = [rule.size() for rule in rules]
    langs = [lang for pack in read for lang in pack.pack.langs] + [lang for rule in rules for lang in rule.langs]
    primary = {lang.partition("-")[0].lower() for lang in langs}
    return Counts(
        packs=len(read),
        rules=len(rules),
        literals=sum(literals for literals, _ in sizes),
        patterns=sum(patterns for _, patterns in sizes),
        languages=len({"no" if lang in NORWEGIAN else lang for lang in primary}),
        examples=sum(
            len(rule.case)
            + sum(len(block(getattr(rule, field))) for field in LINE_EXAMPLES)
            + len(listed(rule.drops_html))
            + len(listed(rule.keeps_html))
            for rule in rules
        )
        + sum(len(block(keep.drops)) + len(block(keep.keeps)) for pack in read for keep in pack.keep)
        + sum(len(listed(keep.drops_html)) + len(listed(keep.keeps_html)) for pack in read for keep in pack.keep),
    )


def _finding_of(source: Source, message: str) -> Finding:
    """Return a message of `rules.pack` about a source, `path:line: text`, as a finding."""
    number, _, text = message.removeprefix(f"{quote.name(source.name)}:").partition(": ")
    return _finding(source, int(number), text)


def _finding(source: Source, line: int, text: str) -> Finding:
    """Return a finding about a line (1-based) of a source."""
    lines = source.text.split("\n")
    shown = lines[line - 1].strip() if line <= len(lines) else ""
    shown = quote.text(shown if len(shown) <= MAX_SHOWN_CHARS else f"{shown[:MAX_SHOWN_CHARS]}…")
    return Finding(quote.name(source.name), line, text, shown)


def _lint_one(source: Source, pack: Pack) -> Iterator[Finding]:
    """Yield what is wrong with one pack."""
    for message in checks.findings(source, pack):
        yield _finding_of(source, message)
    places = locate.entries(source.text)
    for name, value, text in _about_pack(source, pack):
        yield _finding(source, locate.line_of(places, "pack", 0, name, value), text)
    for table, number, name, text in tongues.problems(source, pack):
        yield _finding(source, locate.line_of(places, table, number, name), text)
    for name, value, text in _about_words(pack):
        yield _finding(source, locate.line_of(places, "words", 0, name, value), text)
    words = pack.folded_words()
    # Rules that cannot be used were reported above, and their examples cannot be run.
    usable = [index for index in range(len(pack.rule)) if not any(checks.problems_at(pack, index, words))]
    tables = [pack.place_of(index) for index in usable]
    said = [pack.phrase[number] for table, number in tables if table == "phrase"]
    pack = msgspec.structs.replace(pack, rule=[pack.rule[index] for index in usable], phrase=said)
    for index, (table, number) in enumerate(tables):
        rule = pack.rule[index]
        if table == "phrase":
            found = phrases.problems(pack, index)
        else:
            found = chain(criteria.problems(pack, rule, words), criteria.copies(rule, pack.rule[:index]))
        for name, value, text in found:
            yield _finding(source, locate.line_of(places, table, number, name, value), text)
    for index, (name, value, text) in phrases.copies(pack):
        yield _finding(source, locate.line_of(places, *tables[index], name, value), text)
    for number, keep in enumerate(pack.keep):
        if any(checks.keep_problems(keep, words)):
            continue
        for name, value, text in examples.keep_problems(pack, keep):
            yield _finding(source, locate.line_of(places, "keep", number, name, value), text)


def _about_pack(source: Source, pack: Pack) -> Iterator[Problem]:
    """Yield what is wrong with the `[pack]` table."""
    stem = Path(source.name).stem
    if pack.pack.id != stem:
        yield "id", None, f"the id {pack.pack.id!r} is not the name of the file, {stem!r}; rename one of them"
    if not pack.pack.title.strip():
        yield "title", None, "the pack has no title; add one, as a person would call these sites or strings"
    if not pack.pack.source.strip():
        yield "source", None, "the pack has no source; say where its strings were seen"
    if pack.phrase and not pack.pack.langs:
        yield "id", None, "a pack with [[phrase]] says which language its lines are in; add 'langs'"
    for lang in pack.pack.langs:
        if not is_language(lang):
            yield "langs", None, f"{lang!r} is no language tag; name one as BCP 47 does, such as en or pt-BR"
        elif (tag := bcp47(lang)) != lang:
            yield "langs", None, f"no document is in {lang!r}, since its language has another tag; write {tag!r}"


def _about_words(pack: Pack) -> Iterator[Problem]:
    """Yield which words are not used, missing, blank, or twice in a list."""
    inline = [pattern for rule in pack.rule for pattern in listed(rule.inline)]
    other = [
        pattern
        for rule in pack.rule
        for field, patterns in rule.patterns_by_key()
        if field != "inline"
        for pattern in patterns
    ]
    other += [pattern for rule in pack.rule for pattern in listed(rule.unless)]
    other += [pattern for keep in pack.keep for pattern in listed(keep.patterns)]
    for name, words in pack.words.items():
        case_counts = any(f"{{{name}}}" in pattern for pattern in inline)
        if not case_counts and not any(f"{{{name}}}" in pattern for pattern in other):
            yield name, None, f"no pattern uses {{{name}}}; remove it"
        if not words:
            yield name, None, f"{{{name}}} has no words; add some"
        seen: set[str] = set()
        for word in words:
            form = word if case_counts else key(word)
            if not key(word):
                yield name, word, f"a word of {{{name}}} is blank; remove it"
            elif form in seen:
                aside = "" if case_counts else ", spelling aside"
                yield name, word, f"the word {word!r} is there twice{aside}; remove one"
            seen.add(form)


def _lint_together(read: Sequence[tuple[Source, Pack]], beside: Sequence[Pack]) -> Iterator[Finding]:
    """Yield what is wrong with packs because of other packs: names that are used twice, and names of nothing."""
    owned = {pack.pack.id: "a pack that ships" for pack in beside}
    everything = [*beside, *(pack for _, pack in read)]
    names = [
        name for pack in everything for rule in pack.rule for name in (f"{pack.pack.id}/{rule.id}", *rule.replaces)
    ]
    owners = {pack.pack.id for pack in everything}
    categories = Counter(rule.category for pack in everything for rule in pack.rule)
    for source, pack in read:
        places = locate.entries(source.text)
        if pack.pack.id in owned:
            text = f"the id {toml.named(pack.pack.id)} is that of {owned[pack.pack.id]} too; choose another"
            yield _finding(source, locate.line_of(places, "pack", 0, "id"), text)
        owned.setdefault(pack.pack.id, quote.name(source.name))
        for number, rule in enumerate(pack.rule):
            often = [name for name, times in categories.items() if times > categories[rule.category]]
            if near := get_close_matches(rule.category, often, 1, SAME_CATEGORY):
                text = f"the category {rule.category!r} is nearly one that more rules have; did you mean {near[0]!r}?"
                yield _finding(source, locate.line_of(places, *pack.place_of(number), "category"), text)
            for name in (*rule.between, *rule.after):
                if name not in categories:
                    text = f"no rule has the category {name!r}; {did_you_mean(name, categories, 'mend the name')}"
                    yield _finding(source, locate.line_of(places, "rule", number, "between", name), text)
        for number, keep in enumerate(pack.keep):
            for glob in keep.rules:
                owner, slash, _ = glob.partition("/")
                if (not slash and glob not in ("*", JUDGE.rule)) or (
                    owner in owners and not any(ids.fits(name, glob) for name in names)
                ):
                    advice = ids.instead_of_a_rule(glob, owners, ()) or did_you_mean(
                        glob, names, "name rules as pack/rule, with * for any part"
                    )
                    line = locate.line_of(places, "keep", number, "rules", glob)
                    yield _finding(source, line, f"there is no rule {glob!r}; {advice}")
