"""The examples in a rule pack, run as tests of its rules."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from cleaner.document import apply, split_lines
from cleaner.rules.engine import Ruleset
from cleaner.rules.pack import Case, Pack, Rule, block
from cleaner.verdict import changes, decide, removals

NEED_CASES = ("from", "cut", "cut_before", "inline", "collapse")


def failures(pack: Pack) -> Iterator[tuple[str, str]]:
    """Yield (rule id, what is wrong) for every example that does not come out as it says.

    `drops` and `keeps` are lines on their own, so `zone` and `weak` do not count for them; a case is a
    document cleaned with this one rule, active whatever the host, the language and the clues.
    `todo_drops` and `todo_keeps` are known failures: one that has come right is reported too.
    """
    for rule in pack.rule:
        ruleset = _alone(pack, rule)
        for field, wanted in (("drops", True), ("keeps", False), ("todo_drops", False), ("todo_keeps", True)):
            for line in block(getattr(rule, field)):
                if ruleset.matches(line) != wanted:
                    yield rule.id, f"{field}: the line {line!r} is {'not matched' if wanted else 'matched'}"
        for case in rule.case:
            got = _run(ruleset, case)
            if got != case.after:
                yield rule.id, f"case: {case.before!r} gives {got!r}, not {case.after!r}"
        if rule.kind in NEED_CASES and not rule.case:
            yield rule.id, f"a rule with {rule.kind!r} needs a [[rule.case]] with before and after"
        elif rule.kind not in NEED_CASES and not (block(rule.drops) and block(rule.keeps)):
            yield rule.id, "needs at least one line in drops and one in keeps"


def _alone(pack: Pack, rule: Rule) -> Ruleset:
    info = msgspec.structs.replace(pack.pack, hosts=[], langs=[], clues=[])
    alone = msgspec.structs.replace(rule, status="active", langs=[], replaces=[])
    return Ruleset([msgspec.structs.replace(pack, pack=info, rule=[alone], keep=[])], "main", (), ())


def _run(ruleset: Ruleset, case: Case) -> str:
    lines = split_lines(case.before)
    decided = decide(lines, ruleset.mark(lines, ruleset.look_up(lines)))
    return apply(case.before, changes(case.before, lines, decided, removals(lines, decided.drops)))
