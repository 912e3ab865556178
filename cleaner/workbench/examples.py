"""The examples in a rule pack, run as tests of its rules."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from cleaner.document import apply, split_lines
from cleaner.rules.engine import Ruleset
from cleaner.rules.pack import Case, Pack, Problem, Rule, block
from cleaner.rules.prepare import compile_packs
from cleaner.verdict import decide

NEED_CASES = ("from", "between", "after", "cut", "cut_before", "inline", "collapse")


def problems(pack: Pack, rule: Rule) -> Iterator[Problem]:
    """Yield the examples of a rule that are missing or do not come out as they say.

    `drops` and `keeps` are lines on their own, so `zone` and `weak` do not count for them; a case is a
    document cleaned with this one rule, active whatever the host, the language and the clues.
    `todo_drops` and `todo_keeps` are known failures: one that has come right is reported too.
    """
    ruleset = _alone(pack, rule)
    for field, wanted in (("drops", True), ("keeps", False), ("todo_drops", False), ("todo_keeps", True)):
        for line in block(getattr(rule, field)):
            if ruleset.matches(line) != wanted:
                says = f"{field}: the line {line!r} is {'not matched' if wanted else 'matched'}"
                mend = f"move it to {field[5:]}" if field.startswith("todo_") else "mend the rule or the example"
                yield field, line, f"{says}; {mend}"
    for case in rule.case:
        got = _run(ruleset, case)
        if got != case.after:
            yield "before", case.before, f"case: {case.before!r} gives {got!r}, not {case.after!r}; mend one of them"
    if rule.kind in NEED_CASES and not rule.case:
        yield "id", None, f"a rule with {rule.kind!r} needs examples; add a [[rule.case]] with before and after"
    elif rule.kind not in NEED_CASES and not (block(rule.drops) and block(rule.keeps)):
        yield "id", None, "a rule needs examples; add at least one line of drops and one of keeps"


def _alone(pack: Pack, rule: Rule) -> Ruleset:
    """Return the rule alone; one that needs chrome around it, with the other rules of its pack that name lines."""
    info = msgspec.structs.replace(pack.pack, hosts=[], langs=[], clues=[])
    others = [other for other in pack.rule if other.lines or other.patterns] if _needs_chrome(rule) else []
    rules = [msgspec.structs.replace(one, status="active", langs=[], replaces=[]) for one in (rule, *others)]
    return Ruleset([compile_packs([msgspec.structs.replace(pack, pack=info, rule=rules, keep=[])])], "main")


def _needs_chrome(rule: Rule) -> bool:
    return bool(rule.between or rule.after or (rule.collapse and rule.weak))


def _run(ruleset: Ruleset, case: Case) -> str:
    lines = split_lines(case.before)
    decided = decide(case.before, lines, ruleset.mark(lines, ruleset.look_up(lines)), {})
    return apply(case.before, decided.changes)
