"""What the lint asks of a phrase (`[[phrase]]`), which has no `drops` and hardly ever `keeps` of its own.

- Each of its lines goes from a document in which its rule may act. In place of holes stand examples.
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
from cleaner.rules.match.keys import keys
from cleaner.rules.pack import LIMIT_CHARS, Pack, Phrase, Rule
from cleaner.rules.zones import is_prose
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
    written = phrases.written(phrase)
    for field, value, text in criteria.about_content(pack, rule, {}):
        line = written.get(value or "", value)
        yield "lines" if field == "patterns" else field, line, text.replace(f"pattern {value!r}", f"line {line!r}")
    yield from _examples(pack, rule, phrase, lines)


def copies(pack: Pack) -> Iterator[tuple[int, Problem]]:
    """Yield the lines of phrases that a rule or phrase before has, too, if one of the two copies does nothing.

    Each comes with the 0-based number of the rule that the phrase becomes.
    """
    owners: dict[str, list[int]] = {}
    for index, rule in enumerate(pack.rule):
        table, number = pack.place_of(index)
        lines = phrases.lines_of(pack.phrase[number].lines if table == "phrase" else rule.lines or "")
        forms = dict(zip(keys(lines, LIMIT_CHARS), lines, strict=True))
        for form, line in forms.items() if table == "phrase" else ():
            for other in (pack.rule[owner] for owner in owners.get(form, ())):
                if criteria.includes(rule, other) or criteria.includes(other, rule):
                    text = f"the line {line!r} is in {other.id!r} too; remove it from one of them"
                    yield index, ("lines", line, text)
        for form in forms:
            owners.setdefault(form, []).append(index)


def _examples(pack: Pack, rule: Rule, phrase: Phrase, lines: list[str]) -> Iterator[Problem]:
    """Yield the lines that do not go, and those that should stay and do not."""
    beside = Rule("beside", rule.category, lines=CHROME)
    ruleset = alone(msgspec.structs.replace(pack, rule=[]), rule, beside)
    examples = {line: phrases.example_of(line) for line in lines}
    stuck = lines if not all(_goes(ruleset, rule, list(examples.values()))) else []
    for line in stuck:
        example = examples[line]
        if not all(_goes(ruleset, rule, [example])):
            why = "does not go"
            if rule.zone != "any" and is_prose(example):
                why = f"reads like a sentence, so where it stands is not the {rule.zone} of a document"
            yield "lines", line, f"the line {line!r} {why}; shorten it, or remove it"
    for line, example in examples.items():
        for sentence in SENTENCES if example != line else ():
            if ruleset.matches(sentence.format(example)):
                yield "lines", line, f"the line {line!r} takes {sentence.format(example)!r}; write more fixed text"
    for line in phrases.lines_of(phrase.keeps):
        if ruleset.matches(line):
            yield "keeps", line, f"keeps: the line {line!r} is matched; mend the lines or the example"


def _goes(ruleset: Ruleset, rule: Rule, examples: list[str]) -> Iterator[bool]:
    """Yield for each line whether it goes from a document in which it stands where its rule may act.

    If the rule is weak, there is chrome beside it. Without a zone, it goes from the head and from the tail.
    """
    some = [text for line in examples for text in ((CHROME, line) if rule.weak else (line,))]
    for is_above in {"head": (True,), "tail": (False,), "below": (False,)}.get(rule.zone, (True, False)):
        document = "\n".join([*some, *PROSE] if is_above else [*PROSE, *some])
        lines = split_lines(document)
        decided = decide(document, lines, ruleset.mark(lines, ruleset.look_up(lines)), {})
        left = apply(document, decided.changes).split("\n")
        yield from (line not in left for line in examples)
