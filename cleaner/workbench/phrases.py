"""What the lint asks of a phrase (`[[phrase]]`), which has no `drops` and hardly ever `keeps` of its own.

- Each of its lines goes: by itself, and in a document where its rule may act. In place of holes stand examples.
- Lines stay that begin or end as a line with holes does and go on as a sentence.
- As for rules: none of its lines is a plain sentence; short lines and common words are weak or have a zone; lines
  are sorted, and none is in the pack twice.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from cleaner.document import apply, split_lines
from cleaner.rules import phrases
from cleaner.rules.checks import Problem
from cleaner.rules.engine import Ruleset
from cleaner.rules.match.keys import key
from cleaner.rules.pack import Pack, Phrase, Rule
from cleaner.verdict import decide
from cleaner.workbench import criteria
from cleaner.workbench.examples import alone

# What makes a sentence of a line. Neither a name nor a date may be so long or have such signs.
SENTENCES = ("{} said the baker of the town, and went home.", "Then the baker of the town went out. He said: {}")
PROSE = (
    "The harbour master said on Tuesday that it was not the wind that had stopped the boats.",
    "He would not say what it was, and walked back to his office at the end of the pier.",
)
CHROME = "The chrome beside which weak lines stand"


def problems(pack: Pack, index: int) -> Iterator[Problem]:
    """Yield what is wrong with the phrase that the rule of a pack with the 0-based number `index` comes of."""
    rule, phrase = pack.rule[index], pack.phrase[pack.place_of(index)[1]]
    lines = phrases.lines_of(phrase.lines)
    yield from criteria.about_order(lines)
    yield from _copies(pack, index, lines)
    written = phrases.written(phrase)
    for field, value, text in criteria.about_content(pack, rule, {}):
        line = written.get(value or "", value)
        yield "lines" if field == "patterns" else field, line, text.replace(f"pattern {value!r}", f"line {line!r}")
    yield from _examples(pack, rule, phrase, lines)


def _copies(pack: Pack, index: int, lines: list[str]) -> Iterator[Problem]:
    """Yield the lines of a phrase that a rule or phrase before it has, too, if one of the two copies does nothing."""
    forms = {key(line): line for line in lines}
    rule = pack.rule[index]
    for place, other in enumerate(pack.rule[:index]):
        if not (criteria.includes(rule, other) or criteria.includes(other, rule)):
            continue
        table, number = pack.place_of(place)
        found = phrases.lines_of(pack.phrase[number].lines if table == "phrase" else other.lines or "")
        for copy in filter(None, (forms.get(key(line)) for line in found)):
            yield "lines", copy, f"the line {copy!r} is in {other.id!r} too; remove it from one of them"


def _examples(pack: Pack, rule: Rule, phrase: Phrase, lines: list[str]) -> Iterator[Problem]:
    """Yield the lines that do not go, and those that should stay and do not."""
    ruleset = alone(pack, rule)
    for line in lines:
        example = phrases.example_of(line)
        if not ruleset.matches(example):
            yield "lines", line, f"the line {line!r} does not take {example!r}; mend it"
        for sentence in SENTENCES if example != line else ():
            if ruleset.matches(sentence.format(example)):
                yield "lines", line, f"the line {line!r} takes {sentence.format(example)!r}; write more fixed text"
    for line in phrases.lines_of(phrase.keeps):
        if ruleset.matches(line):
            yield "keeps", line, f"keeps: the line {line!r} is matched; mend the lines or the example"
    beside = Rule("beside", rule.category, lines=CHROME)
    acting = alone(msgspec.structs.replace(pack, rule=[]), rule, beside)
    if not all(_goes(acting, [phrases.example_of(line) for line in lines], rule)):
        for line in lines:
            if not all(_goes(acting, [phrases.example_of(line)], rule)):
                what = "beside other chrome" if rule.weak else "in a document"
                yield "lines", line, f"the line {line!r} does not go {what}; mend it"


def _goes(ruleset: Ruleset, examples: list[str], rule: Rule) -> Iterator[bool]:
    """Yield for each line whether it goes from a document in which it stands where its rule may act."""
    some = [text for line in examples for text in ((CHROME, line) if rule.weak else (line,))]
    for above in {"head": (True,), "tail": (False,), "below": (False,)}.get(rule.zone, (True, False)):
        document = "\n".join([*some, *PROSE] if above else [*PROSE, *some])
        lines = split_lines(document)
        decided = decide(document, lines, ruleset.mark(lines, ruleset.look_up(lines)), {})
        left = apply(document, decided.changes).split("\n")
        yield from (line not in left for line in examples)
