"""Packs that were learned: from what was learned of a site to the text of its pack, and to its text anew.

Each rule is written with the counts behind it, with some documents that have its lines, and with the examples that
the lint of packs asks for. A rule that the lint refuses is left out. Of a pack that stands already, what a person
changed stays (see `update`), rules that nobody touched get the new counts, and a rule that no longer occurs says so.

Everything is a function of what was learned and of the text of the pack: the same bytes at any time. To write a pack
and then write it again changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from cleaner.learn import lines as lines_of
from cleaner.learn import update
from cleaner.learn.found import LearnedRule, LearnedSite
from cleaner.learn.lines import MAX_EXAMPLES, MAX_SHOWN_CHARS
from cleaner.learn.names import file_name, pack_id, rule_id
from cleaner.learn.tables import Table, table_digest, written
from cleaner.learn.update import PACK, RULE, Part, Standing
from cleaner.rules import checks, ids
from cleaner.rules.match import regex
from cleaner.rules.match.keys import key, keys
from cleaner.rules.pack import (
    FORMAT,
    LIMIT_CHARS,
    MAX_CHARS,
    MAX_CLUES,
    MAX_HOSTS,
    MAX_RULES,
    Keep,
    Pack,
    PackInfo,
    Rule,
    Source,
    block,
    listed,
)
from cleaner.workbench import criteria

CATEGORY = "repeated"
# Bytes of a pack. A rule takes 300 to 600, so this is room for some 1,000. Raised, packs get longer than people read,
# and those that people add to may get larger than a pack of one host may be.
MAX_PACK_BYTES = 400_000
ROUND_CHARS = 100  # `max_chars` of long lines is a multiple of this, so that a few spaces more make no difference
LISTED_KINDS = ("between", "after")  # the kinds whose value is a list of categories

# Why a rule is left out.
BLANK = "blank to a rule"
LONG = f"longer than {LIMIT_CHARS:,} characters"
UNWRITABLE = "cannot be written as a line of a pack"
REFUSED = "refused by the check of packs"
TWICE = "in another rule of the pack"
KEPT = "protected by a [[keep]] of the pack"
CHANGED = "changed or deleted by a person"
FULL = "more than a pack may hold"

HEADER = """\
# `cleaner learn` found these lines on many documents of a site. Please review them: `why` has the counts behind a
# rule, and `seen` some documents that have its line. If a line is content,
# - give its rule status = "retired", or delete the rule: it does not come back;
# - or write it into a [[keep]] with the hosts of the pack, and neither a rule nor the judge takes it there.
# To learn again renews the counts of rules that nobody changed, and adds new rules. All else stays as it is."""
_GONE = re.compile(r"no longer on any of [0-9,]+ documents?; before: ")


class LeftOut(NamedTuple):
    """A rule that was learned and is not written."""

    text: str  # the beginning of its first text
    why: str  # one of the reasons above
    more: str = ""  # what the check of packs says, if it refused the rule


class Written(NamedTuple):
    """The text of a pack, and what is not in it."""

    text: str
    rules: int  # that were learned now and are in the pack, without those that a person changed
    gone: int  # rules that nobody touched, and that no longer occur
    left_out: tuple[LeftOut, ...]


def pack_text(site: LearnedSite, before: str | None = None, name: str | None = None) -> str:
    """Return the text of the pack of a site. See `write`."""
    return write(site, before, name).text


def write(site: LearnedSite, before: str | None = None, name: str | None = None) -> Written:
    """Write the pack of a site, in memory. `before` is the text of the pack as it stands; None if there is none.

    Raises `SettingsError` if `before` was not learned, or cannot be read; `name` stands for its file in the message,
    by default `file_name(site.name)`. Raises `ValueError` for a site with neither hosts nor clues, because its rules
    would act on every document.
    """
    new = _pack_table(site)
    standing = _fresh(new) if before is None else update.read(file_name(site.name) if name is None else name, before)
    is_renewed = any(part.kind == PACK and standing.is_untouched(part) for part in standing.parts)
    choice = _Choice(standing, msgspec.convert(new, PackInfo) if is_renewed else standing.pack.pack)
    choice.add_all(site)
    learned = choice.in_order()
    digests = {each["id"]: table_digest(each) for each in learned}
    digests |= {name: standing.digests[name] for name in standing.touched()}
    if is_renewed or PACK in standing.digests:
        digests[PACK] = table_digest(new) if is_renewed else standing.digests[PACK]
    pieces = [*_pieces(standing, new, learned), update.list_of_digests(digests)]
    return Written("\n\n".join(pieces) + "\n", choice.current, len(learned) - choice.current, tuple(choice.left_out))


def _fresh(table: Table) -> Standing:
    """Return a pack that has nothing but its table, as it was written."""
    pack = Pack(msgspec.convert(table, PackInfo))
    return Standing((Part(PACK, table, ""),), pack, {PACK: table_digest(table)})


def _pieces(standing: Standing, pack: Table, learned: Sequence[Table]) -> Iterator[str]:
    """Yield the text of each table in order: those that a person wrote or changed are where they were.

    The rules that nobody touched are filled in, as they are sorted, where such rules were; what is more of them than
    before stands behind the last.
    """
    comments = {part.table["id"]: part.comments for part in standing.parts if part.kind == RULE}
    texts = iter(["\n".join([*comments.get(rule["id"], ()), written("[[rule]]", rule)]) for rule in learned])
    kinds = [(part.kind == RULE and standing.is_untouched(part), part.kind == RULE, True) for part in standing.parts]
    last = max(range(len(kinds)), key=lambda number: (kinds[number], number))
    for number, part in enumerate(standing.parts):
        if not standing.is_untouched(part):
            yield part.text
        elif part.kind == PACK:
            own = [line for line in part.comments if line not in HEADER.split("\n")]
            yield "\n".join([HEADER, *own, written("[pack]", pack)])
        else:
            yield from (text for text in [next(texts, None)] if text is not None)
        if number == last:
            yield from texts


class _Choice:
    """Which rules are written: each is tried by the check of packs, and held beside the others of its pack."""

    def __init__(self, standing: Standing, info: PackInfo) -> None:
        self.left_out: list[LeftOut] = []
        self.current = 0  # rules that were learned now
        self._standing = standing
        self._info = info
        self._words = standing.pack.folded_words()
        self._touched = standing.touched()
        self._keeps = _Keeps(standing.pack, info)
        untouched = [part for part in standing.parts if part.kind == RULE and standing.is_untouched(part)]
        names = {part.table["id"] for part in untouched}
        fixed = [part for part in standing.parts if not standing.is_untouched(part)]
        self._before = [part.table for part in untouched]
        self._fixed = [rule for rule in standing.pack.rule if rule.id not in names]
        self._ids = {rule.id for rule in self._fixed}
        self._by_line: dict[str, list[Rule]] = {}
        for rule in self._fixed:
            self._hold(rule)
        self._room = MAX_PACK_BYTES - sum(len(part.text.encode()) for part in fixed)
        self._taken: dict[int, tuple[Table, Rule]] = {}  # by their place in the order

    def in_order(self) -> list[Table]:
        """Return the rules that nobody touched, the surest first; those that no longer occur are the last."""
        return [self._taken[place][0] for place in sorted(self._taken)]

    def add_all(self, site: LearnedSite) -> None:
        """Take what was learned of a site, and the rules of before that no longer occur."""
        candidates: list[tuple[Table, str]] = []
        names = set()
        for rule in sorted(site.rules, key=_how_sure):
            if why := _unusable(rule):
                self._leave_out(rule.texts, why)
            else:
                table = _rule_table(rule)
                names.add(table["id"])
                candidates.append((table, rule.texts[0]))
        current = len(candidates)
        gone = [(_gone(table, site.documents), "") for table in self._before if table["id"] not in names]
        candidates += gone
        # The examples of rules that act beside other chrome are tried with all rules that name lines, so they wait.
        late = [place for place, (table, _) in enumerate(candidates) if not ("lines" in table or "patterns" in table)]
        early = sorted(set(range(len(candidates))) - set(late))
        for place in [*early, *late]:
            table, text = candidates[place]
            why, more = self._try(place, table)
            if why and place < current:
                self._leave_out((text,), why, more)
        self._keep_to_limits(candidates)
        self.current = sum(1 for place in self._taken if place < current)

    def _leave_out(self, texts: Sequence[str], why: str, more: str = "") -> None:
        self.left_out.append(LeftOut("".join(texts[:1])[:MAX_SHOWN_CHARS], why, more))

    def _try(self, place: int, table: Table) -> tuple[str, str]:
        """Take a rule, or return why not, and what the check of packs says."""
        try:
            rule = msgspec.convert(table, Rule)
        except msgspec.ValidationError as error:  # a limit of a key is broken
            return REFUSED, str(error)
        if rule.id in self._touched:
            return CHANGED, ""
        forms = keys(block(rule.lines or ""), LIMIT_CHARS)
        beside = [other for form in forms for other in self._by_line.get(form, ())]
        if rule.id in self._ids or next(criteria.copies(rule, beside), None):
            return TWICE, ""
        if self._keeps.protect(rule.id, forms):
            return KEPT, ""
        room = self._room - len(written("[[rule]]", table).encode()) - 2 * len(rule.id)
        if room < 0 or len(self._taken) + len(self._fixed) >= MAX_RULES:
            return FULL, ""
        others = [each for _, each in self._taken.values()] + self._fixed if rule.between or rule.after else []
        pack = Pack(self._info, self._standing.pack.words, [rule, *others])
        # To run the examples takes most of the time. Those of literal lines are made of their keys (see `_lines`).
        proven = rule.kind == "lines"
        for problems in (
            checks.problems(rule, self._words),
            criteria.problems(pack, rule, self._words, proven=proven),
        ):
            if problem := next(iter(problems), None):
                return REFUSED, problem[2]
        self._room = room
        self._ids.add(rule.id)
        self._hold(rule)
        self._taken[place] = (table, rule)
        return "", ""

    def _hold(self, rule: Rule) -> None:
        for form in keys(block(rule.lines or ""), LIMIT_CHARS):
            self._by_line.setdefault(form, []).append(rule)

    def _keep_to_limits(self, candidates: Sequence[tuple[Table, str]]) -> None:
        """Leave out the last rules with patterns until the pack as a whole can be used: all of them share limits."""
        places = [place for place in sorted(self._taken) if "lines" not in self._taken[place][0]]

        def is_sound(number: int) -> bool:
            out = set(places[number:])
            rules = [rule for place, (_, rule) in self._taken.items() if place not in out]
            pack = msgspec.structs.replace(self._standing.pack, pack=self._info, rule=[*self._fixed, *rules])
            return not any(True for _ in checks.findings(Source("", ""), pack))

        number = _most(is_sound, len(places))
        for place in places[number:]:
            del self._taken[place]
            if text := candidates[place][1]:
                self._leave_out((text,), FULL)


def _most(holds: Callable[[int], bool], number: int) -> int:
    """Return the highest number from 0 to `number` for which something holds that holds for all lower numbers."""
    if not number or holds(number):
        return number
    low, high = 0, number  # it holds for `low`, or for none, and not for `high`
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


class _Keeps:
    """The lines of a pack that no rule may take."""

    def __init__(self, pack: Pack, info: PackInfo) -> None:
        everywhere = [keep for keep in pack.keep if _is_for_all(keep, info)]
        self._lines = {form for keep in everywhere for form in keys(block(keep.lines), LIMIT_CHARS)}
        words = pack.folded_words()
        self._patterns = [
            re.compile(regex.expand(regex.fold_pattern(pattern), words))
            for keep in everywhere
            for pattern in listed(keep.patterns)
        ]
        # A rule that is named stays, because its name would be one of nothing.
        self._named = [glob for keep in pack.keep for glob in keep.rules if glob != "*"]
        self._id = info.id

    def protect(self, rule: str, forms: Iterable[str]) -> bool:
        """Whether one of the lines of a rule, as keys, is protected."""
        if any(ids.fits(f"{self._id}/{rule}", glob) for glob in self._named):
            return False
        return any(
            form in self._lines or (len(form) <= MAX_CHARS and any(one.fullmatch(form) for one in self._patterns))
            for form in forms
        )


def _is_for_all(keep: Keep, info: PackInfo) -> bool:
    """Whether a protection is against all rules, on all documents for which the pack is active."""
    if keep.langs or keep.files or (keep.rules and "*" not in keep.rules):
        return False
    return not keep.hosts or (
        bool(info.hosts) and all(any(f".{host}".endswith(f".{each}") for each in keep.hosts) for host in info.hosts)
    )


def _how_sure(rule: LearnedRule) -> tuple[float, float, tuple[str, ...], str]:
    """Return by what rules are sorted: the share of documents, then the judge, then the text."""
    return -rule.documents / max(rule.of, 1), 1.0 if rule.chance is None else rule.chance, rule.texts, rule.kind


def _unusable(rule: LearnedRule) -> str:
    """Return why a rule cannot be written, "" if it can be."""
    if not rule.texts:
        return BLANK
    for text in rule.texts:
        if len(text) > LIMIT_CHARS and rule.kind == "lines":
            return LONG
        if lines_of.SURROGATE.search(text) or (rule.kind == "lines" and "\n" in text):
            return UNWRITABLE
        if rule.kind == "lines" and not (text.strip() and key(text)):
            return BLANK
        if rule.kind == "lines" and key(lines_of.plain(text)) != key(text):  # a return in front of a bullet
            return UNWRITABLE
    return ""


def _title(site: LearnedSite) -> str:
    """Return what people may call the site: its host, or of a template one of its lines."""
    return lines_of.shown(site.name if site.hosts or not site.clues else f"Pages with: {site.clues[0]}") or "A site"


def _pack_table(site: LearnedSite) -> Table:
    """Return the table `[pack]` of a site."""
    hosts = sorted({lines_of.writable(host.lower()) for host in site.hosts if host})[:MAX_HOSTS]
    clues: dict[str, str] = {}
    for clue in site.clues:
        if lines_of.is_line(clue) and (form := key(clue)):
            clues.setdefault(form, lines_of.plain(clue))
    if not hosts and not clues:
        raise ValueError("a site needs hosts or clues")
    table: dict[str, Any] = {"format": FORMAT, "id": pack_id(site.name), "title": _title(site)}
    if hosts:
        table["hosts"] = hosts
    if clues:
        table["clues"] = [clues[form] for form in sorted(clues)][:MAX_CLUES]
        if site.clues_needed > 1:
            table["clues_needed"] = min(site.clues_needed, MAX_CLUES)
    return table | {"source": f"learned from {_documents(site.documents)}"}


def _rule_table(rule: LearnedRule) -> Table:
    """Return the table of a rule."""
    table: dict[str, Any] = {"id": rule_id(rule.kind, (*rule.texts, *rule.to)), "category": CATEGORY}
    if rule.zone != "any":
        table["zone"] = rule.zone
    if rule.weak:
        table["weak"] = True
    table["confidence"] = rule.confidence
    table["why"] = _why(rule)
    if samples := list(dict.fromkeys(filter(None, map(lines_of.shown, rule.samples))))[:MAX_EXAMPLES]:
        table["seen"] = ", ".join(samples)
    if rule.kind == "lines":
        return table | _lines(rule)
    table[rule.kind] = list(rule.texts) if len(rule.texts) > 1 or rule.kind in LISTED_KINDS else rule.texts[0]
    if rule.to:
        table["to"] = list(rule.to) if len(rule.to) > 1 else rule.to[0]
    if rule.max is not None:
        table["max"] = rule.max
    if rule.kind == "patterns":
        table["patterns"] = list(rule.texts)
        drops = lines_of.examples(rule.drops)
        table["drops"] = lines_of.joined(drops)
        table["keeps"] = lines_of.joined(lines_of.examples(rule.keeps) or list(map(lines_of.not_quite, drops)))
    cases = [{"why": lines_of.writable(case.why)} if case.why else {} for case in rule.cases]
    for case, example in zip(cases, rule.cases, strict=True):
        case |= {"before": lines_of.writable(example.before), "after": lines_of.writable(example.after)}
    return table | ({"case": cases} if cases else {})


def _lines(rule: LearnedRule) -> dict[str, Any]:
    """Return the part of the table of a rule for lines that is about its lines and their examples."""
    lines: dict[str, str] = {}
    for text in sorted(rule.texts):
        lines.setdefault(key(text), lines_of.plain(text))
    longest = max(map(len, rule.texts))
    reach = MAX_CHARS if longest <= MAX_CHARS else min(-(-longest // ROUND_CHARS) * ROUND_CHARS, LIMIT_CHARS)
    drops = [line for line in rule.drops if lines_of.is_line(line) and len(line) <= reach and key(line) in lines]
    keeps = [
        line for line in rule.keeps if lines_of.is_line(line) and len(line) <= MAX_CHARS and key(line) not in lines
    ]
    first = lines[min(lines)]
    table: dict[str, Any] = {} if reach == MAX_CHARS else {"max_chars": reach}
    return table | {
        "lines": lines_of.joined([lines[form] for form in sorted(lines)]),
        "drops": lines_of.joined(lines_of.examples(drops) or [first]),
        "keeps": lines_of.joined(lines_of.examples(keeps) or [lines_of.not_quite(first)]),
    }


def _why(rule: LearnedRule) -> str:
    """Return the counts behind a rule, in words."""
    names = ("in front of", "within", "behind")
    places = [(name, number) for name, number in zip(names, rule.places, strict=True) if number]
    shown = [f"{name} {'it' if i else 'the content'} on {number:,}" for i, (name, number) in enumerate(places)]
    text = ", ".join([f"on {rule.documents:,} of {_documents(rule.of)}", *shown])
    return text if rule.chance is None else f"{text}; the judge: {round(100 * rule.chance)} % content"


def _gone(table: Table, documents: int) -> Table:
    """Return the table of a rule that occurs no longer, which says so."""
    before = _GONE.sub("", table["why"], count=1)
    return {**table, "why": f"no longer on any of {_documents(documents)}; before: {before}"}


def _documents(number: int) -> str:
    return f"{number:,} document{'' if number == 1 else 's'}"
