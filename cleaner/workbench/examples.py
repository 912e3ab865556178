"""The examples in a rule pack, run as tests of its rules.

`drops` and `keeps` are lines by themselves, so `zone` and `weak` do not count for them. `drops_html` and `keeps_html`
are pieces of pages, for which `zone` and `unless` do not count: all text of the one stands in elements that the
selectors name, no text of the other. A case is a document that is
cleaned with one rule, whatever its hosts, languages and clues. If the rule acts only beside other chrome, the rules
of its pack that name lines are there, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from cleaner.document import apply, split_lines
from cleaner.errors import DocumentError
from cleaner.page_chrome import Places, places_of
from cleaner.progress import InProgress
from cleaner.rules.checks import Problem
from cleaner.rules.engine import Ruleset
from cleaner.rules.pack import FORMAT, Case, Keep, Pack, PackInfo, Rule, block, listed
from cleaner.rules.prepare import compile_packs
from cleaner.verdict import decide

# Kinds whose effect shows in a document, and not in a line by itself.
NEED_CASES = ("from", "between", "after", "cut", "cut_before", "inline", "collapse", "tags")


def problems(pack: Pack, rule: Rule) -> Iterator[Problem]:
    """Yield the examples of a rule that are missing, and those that do not come out as they say.

    `todo_drops` and `todo_keeps` are known failures; one that has come right is yielded, too.
    """
    ruleset = alone(pack, rule)
    for field, wanted in (("drops", True), ("keeps", False), ("todo_drops", False), ("todo_keeps", True)):
        for line in block(getattr(rule, field)):
            if ruleset.matches(line) != wanted:
                says = f"{field}: the line {line!r} is {'not matched' if wanted else 'matched'}"
                mend = f"move it to {field[5:]}" if field.startswith("todo_") else "mend the rule or the example"
                yield field, line, f"{says}; {mend}"
    for case in rule.case:
        got = _text_after(ruleset, case)
        if got != case.after:
            yield "before", case.before, f"case: {case.before!r} gives {got!r}, not {case.after!r}; mend one of them"
    yield from _html_problems(ruleset, rule, wanted="drops_html", unwanted="keeps_html", done="taken")
    if rule.selectors:
        if not (listed(rule.drops_html) and listed(rule.keeps_html)):
            yield "id", None, "a rule with 'selectors' needs examples; add drops_html and keeps_html"
    elif rule.kind in NEED_CASES and not rule.case:
        yield "id", None, f"a rule with {rule.kind!r} needs examples; add a [[rule.case]] with before and after"
    elif rule.kind not in NEED_CASES and not (block(rule.drops) and block(rule.keeps)):
        yield "id", None, "a rule needs examples; add at least one line of drops and one of keeps"


def keep_problems(pack: Pack, keep: Keep) -> Iterator[Problem]:
    """Yield the examples of a protection that do not come out as they say. What it holds against does not count."""
    name = f"[[keep]] {keep.id!r}" if keep.id else "[[keep]]"
    if not keep.names_lines:
        if field := "keeps" if block(keep.keeps) else "drops" if block(keep.drops) else "":
            what = "has no lines, patterns and selectors, so no example tells anything"
            yield field, None, f"{field}: {name} {what}; remove it"
        return
    info = msgspec.structs.replace(pack.pack, hosts=[], langs=[], clues=[])
    anywhere = msgspec.structs.replace(keep, hosts=[], langs=[], files=[])
    only = msgspec.structs.replace(pack, pack=info, rule=[], phrase=[], keep=[anywhere])
    ruleset = Ruleset([compile_packs([only])], "main")
    for field, wanted in (("keeps", True), ("drops", False)):
        for line in block(getattr(keep, field)):
            if ruleset.matches(line, "keep") != wanted:
                says = f"{field}: the line {line!r} is {'not protected' if wanted else 'protected'} by {name}"
                yield field, line, f"{says}; mend one of them"
    yield from _html_problems(ruleset, keep, wanted="keeps_html", unwanted="drops_html", done="protected")


def _html_problems(ruleset: Ruleset, one: Rule | Keep, *, wanted: str, unwanted: str, done: str) -> Iterator[Problem]:
    """Yield the examples in HTML that do not come out as they say.

    `wanted` and `unwanted` are the keys of those of whose text all and nothing is named, `done` is the word for that.
    """
    readable: list[str] = []
    for field, is_wanted in ((wanted, True), (unwanted, False)):
        for html in listed(getattr(one, field)):
            try:
                found = _named(ruleset, html)
            except DocumentError as error:
                yield field, html, f"{field}: {html!r}: {error}"
                continue
            readable += [html] * is_wanted
            if not found.lines:
                yield field, html, f"{field}: {html!r} has no text; add some, by which the example can tell"
            elif is_wanted and not found.is_all:
                yield field, html, f"{field}: not all text of {html!r} is {done}; mend one of them"
            elif not is_wanted and found.is_some:
                yield field, html, f"{field}: some text of {html!r} is {done}; mend one of them"
    for written in dict.fromkeys(one.selectors) if readable else ():
        alone = Ruleset([compile_packs([_of_selector(written)])], "main")
        if not any(_named(alone, html).is_some for html in readable):
            yield "selectors", written, f"no piece of {wanted} has what the selector {written!r} names; add one"


class _Named(NamedTuple):
    """How much of the text of a page stands in elements that selectors name."""

    lines: int  # how many lines there are that are not blank
    is_some: bool
    is_all: bool


def _named(ruleset: Ruleset, html: str) -> _Named:
    """Return how much of a piece of a page is named. Raises `DocumentError`."""
    from cleaner.html import page as pages  # only for packs that have selectors

    page = pages.read(html, main_content=False, selectors=ruleset.selectors(None))
    document = InProgress("\n".join(page.lines), lines=page.lines)
    places = places_of(document, page).values()
    whole = {i for each in places for i, _ in each.lines}
    filled = [i for i, line in enumerate(page.lines) if line.strip()]
    return _Named(len(filled), any(each != Places([], []) for each in places), whole.issuperset(filled))


def _of_selector(written: str) -> Pack:
    """Return a pack with one selector and nothing else."""
    rule = Rule(id="one", category="one", selectors=[written])
    return Pack(pack=PackInfo(format=FORMAT, id="one"), rule=[rule])


def alone(pack: Pack, rule: Rule, *beside: Rule) -> Ruleset:
    """Return a ruleset of one rule of a pack, of the other rules that it needs, and of those in `beside`."""
    info = msgspec.structs.replace(pack.pack, hosts=[], langs=[], clues=[])
    others = [other for other in pack.rule if other.lines or other.patterns] if _needs_chrome(rule) else []
    rules = [msgspec.structs.replace(one, status="active", langs=[], replaces=[]) for one in (rule, *others, *beside)]
    pack = msgspec.structs.replace(pack, pack=info, rule=rules, phrase=[], keep=[])
    return Ruleset([compile_packs([pack])], "main")


def _needs_chrome(rule: Rule) -> bool:
    """Whether a rule acts only beside other chrome, and names no lines itself."""
    return bool(rule.between or rule.after or (rule.collapse and rule.weak))


def _text_after(ruleset: Ruleset, case: Case) -> str:
    """Return what the rules leave of the document of a case."""
    lines = split_lines(case.before)
    decided = decide(case.before, lines, ruleset.mark(lines, ruleset.look_up(lines)), {})
    return apply(case.before, decided.changes)
