"""The engine: which lines, and which parts of lines, the active rules mark as chrome.

Rules look at the lines as they are and only mark them, so the order of packs and rules cannot change
the result. First come the rules for lines anywhere, then those that need to know where the prose is
(zones, cuts, repeats), last the weak ones, which count only beside what is chrome already.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, pairwise
from typing import NamedTuple

import msgspec

from cleaner.errors import SettingsError, did_you_mean
from cleaner.marks import CATEGORY_LEFT_OUT, CATEGORY_REPAIR, CONFIDENCES, JUDGE, Mark, Marks
from cleaner.rules import blocks, repeats
from cleaner.rules import pack as packs
from cleaner.rules.match import gate, regex
from cleaner.rules.match.index import Index
from cleaner.rules.match.keys import key, keys
from cleaner.rules.match.tables import Tables
from cleaner.rules.prepare import Group, Prepared, Role
from cleaner.rules.scope import EVERYWHERE, Activity, Scope
from cleaner.rules.zones import Zones, find_zones


class UnlessPatterns:
    """The lines that a rule leaves alone; patterns that are compiled when the first line comes that it fits."""

    def __init__(self, patterns: Sequence[str], words: Mapping[str, Sequence[str]]) -> None:
        self._patterns, self._words = patterns, words
        self._compiled: list[re.Pattern[str]] | None = None

    def hold(self, key: str) -> bool:
        """Whether the key of a line matches one of the patterns."""
        if self._compiled is None:
            folded = map(regex.fold_pattern, self._patterns)
            self._compiled = [re.compile(regex.expand(each, self._words)) for each in folded]
        return any(pattern.fullmatch(key) for pattern in self._compiled)


class Use(NamedTuple):
    """What it means when a line equals a literal or matches a pattern."""

    role: str  # line, from, to, cut, cut_before, clue, keep
    mark: Mark
    scope: Scope
    langs: tuple[str, ...] = ()
    zone: str = "any"
    everywhere: bool = False  # whether it counts for all documents
    max_chars: int = packs.MAX_CHARS  # a longer line is out of reach
    limit: int = 0  # lines: the most of a block, the least of what is printed twice
    bounds: frozenset[str] = frozenset()  # categories of the chrome on both sides
    unless: UnlessPatterns | None = None
    clue: str = ""
    only: tuple[str, ...] = ()  # globs of the rules a protection holds against


class Lookup(NamedTuple):
    """What fits the lines of a document: (line, use), and (line, start, end, use) within lines.

    Weak rules are looked up only beside chrome: in `weak` is what lines call a group for.
    """

    hits: list[tuple[int, Use]]
    spans: list[tuple[int, int, int, Use]]
    weak: list[tuple[_Group, dict[str, list[int]]]]
    repeated: frozenset[str] = frozenset()  # the lines that are there more than once

    def without(self, ranges: Sequence[tuple[int, int]]) -> Lookup:
        """Return the lookup of the document without the lines in `ranges` (ordered, end excluded)."""
        ends = [end for _, end in ranges]
        gone = [0, *accumulate(end - start for start, end in ranges)]

        def moved(i: int) -> int:
            number = bisect_right(ends, i)
            return -1 if number < len(ranges) and i >= ranges[number][0] else i - gone[number]

        hits = [(new, use) for i, use in self.hits if (new := moved(i)) >= 0]
        spans = [(new, start, end, use) for i, start, end, use in self.spans if (new := moved(i)) >= 0]
        return Lookup(hits, spans, self.weak, self.repeated)

    def split(self, bounds: Sequence[int]) -> Iterator[Lookup]:
        """Yield the lookups of the documents whose lines stand between neighbours in `bounds`."""
        spans: dict[int, list[tuple[int, int, int, Use]]] = {}
        for i, start, end, use in self.spans:
            number = bisect_right(bounds, i) - 1
            spans.setdefault(number, []).append((i - bounds[number], start, end, use))
        for number, (first, last) in enumerate(pairwise(bounds)):
            hits = self.hits[bisect_left(self.hits, first, key=_line) : bisect_left(self.hits, last, key=_line)]
            moved = [(i - first, use) for i, use in hits] if first else hits
            yield Lookup(moved, spans.get(number, []), self.weak)


def _united(lookups: Sequence[Lookup], repeated: frozenset[str]) -> Lookup:
    """Return the lookup of a document in all groups from those in each."""
    hits = [hit for each in lookups for hit in each.hits]
    return Lookup(
        sorted(hits, key=_line) if len(lookups) > 1 else hits,
        [span for each in lookups for span in each.spans],
        [weak for each in lookups for weak in each.weak],
        repeated,
    )


class _Group:
    """Rules that are looked up together; their tables are read when a line first needs them."""

    def __init__(self, group: Group, uses: Sequence[Use | None]) -> None:
        self.scope = group.scope
        self._group, self._uses = group, uses
        self._gate: gate.Gate | None = None
        self._indexes: dict[bool, Index] = {}

    def _index(self, *, weak: bool) -> Index:
        if weak not in self._indexes:
            tables = msgspec.msgpack.decode(self._group.weak if weak else self._group.strong, type=Tables)
            self._indexes[weak] = Index(tables)
        return self._indexes[weak]

    def look_up(self, lines: Sequence[str], ends: gate.LineEnds) -> Lookup:
        """Return what fits lines, and parts of lines, of the rules in use; `ends` are those of the lines."""
        if self._gate is None:
            self._gate = gate.Gate(self._group.gate)
        strong: dict[int, list[int]] = {}
        weak: dict[int, list[int]] = {}
        parts: dict[int, None] = {}
        for i, code in ends.call(self._gate):
            if code == gate.PART:
                parts[i] = None
                continue
            called = strong
            if code < 0:
                called, code = weak, ~code
            if i in called:
                called[i].append(code)
            else:
                called[i] = [code]
        uses, index = self._uses, self._index(weak=False)
        return Lookup(
            self._fitting(index, lines, strong),
            [
                (i, start, end, use)
                for i, start, end, rule in index.find_parts(lines, list(parts))
                if (use := uses[rule]) and not (use.unless and use.unless.hold(key(lines[i])))
            ],
            [(self, {lines[i]: codes for i, codes in weak.items()})],
        )

    def look_up_weak(self, lines: Sequence[str], called: Mapping[int, Sequence[int]]) -> list[tuple[int, Use]]:
        """Return what fits lines of the weak rules in use, of what they call for."""
        return self._fitting(self._index(weak=True), lines, called) if called else []

    def _fitting(
        self, index: Index, lines: Sequence[str], called: Mapping[int, Sequence[int]]
    ) -> list[tuple[int, Use]]:
        uses = self._uses
        hits: list[tuple[int, Use]] = []
        for i, form, rules in index.find(lines, called):
            length = len(lines[i])
            for rule in rules:
                use = uses[rule]
                if use is not None and length <= use.max_chars and not (use.unless and use.unless.hold(form)):
                    hits.append((i, use))
        return hits


class Ruleset:
    """Compiled rules. Immutable in what it does; indexes and patterns are made when a line first needs them."""

    def __init__(
        self,
        prepared: Sequence[Prepared],
        level: str = "rules",
        disable: Iterable[str] = (),
        keep: Iterable[str] = (),
    ) -> None:
        """Take prepared packs for a level, without the rules and the categories named.

        `disable` holds globs of rule ids. Raises `SettingsError` where one names no rule, or where a
        category does not exist.
        """
        disable, keep = tuple(disable), frozenset(keep)
        _check_names([pack for each in prepared for pack in each.packs], disable, keep)

        def is_on(pack: packs.Pack, rule: packs.Rule) -> bool:
            return (
                rule.status == "active"
                and rule.confidence in CONFIDENCES[level]
                and not any(
                    _matches(name, glob) for name in (f"{pack.pack.id}/{rule.id}", *rule.replaces) for glob in disable
                )
            )

        active_ids: set[str] = set()
        self._general: list[_Group] = []  # active for all documents
        self._narrow: list[_Group] = []
        self._collapse: list[Use] = []
        self._again: list[Use] = []
        self._between: list[Use] = []
        self._after: list[Use] = []
        self._off: list[tuple[Scope, tuple[str, ...]]] = []  # rules that are off on some hosts
        for each in prepared:
            rules = [
                [_use(pack, rule, scope) if is_on(pack, rule) else None for rule in pack.rule]
                for pack, scope in zip(each.packs, each.scopes, strict=True)
            ]
            uses = [_in_role(each, rules[role.pack], role, keep) for role in each.roles]
            for group in each.groups:
                (self._general if group.scope == EVERYWHERE else self._narrow).append(_Group(group, uses))
            for pack, found in zip(each.packs, rules, strict=True):
                for rule, use in zip(pack.rule, found, strict=True):
                    if use is None or rule.category in keep:
                        continue
                    active_ids.add(use.mark.rule)
                    if rule.collapse:
                        (self._again if rule.weak else self._collapse).append(use)
                    elif rule.between:
                        self._between.append(use)
                    elif rule.after:
                        self._after.append(use)
                for keeping in pack.keep:
                    if not (keeping.lines or keeping.patterns):
                        self._off.append((_reach(keeping), tuple(keeping.rules) or ("*",)))
        self.active_ids = frozenset(active_ids)  # of the rules that may remove something: `pack/rule`

    def look_up(self, lines: Sequence[str], *, url: str | None = None, lang: str | None = None) -> Lookup:
        """Look up `lines` (without line breaks) in the rules of the packs that are active; not in the weak ones."""
        return self.look_up_many([(lines, url, lang)])[0]

    def look_up_many(self, documents: Sequence[tuple[Sequence[str], str | None, str | None]]) -> list[Lookup]:
        """Do what `look_up` does for documents: lines, URL and language of each. That is faster than one by one."""
        every = list(chain.from_iterable(lines for lines, _, _ in documents))
        ends = gate.LineEnds(every)
        bounds = [0, *accumulate(len(lines) for lines, _, _ in documents)]
        found = zip(*(group.look_up(every, ends).split(bounds) for group in self._general), strict=True)
        result = []
        for (lines, url, lang), known in zip(documents, map(list, found), strict=True):
            activity = _activity([hit for each in known for hit in each.hits], url, lang)
            live = [group for group in self._narrow if activity.is_live(group.scope)] if activity.is_known else ()
            if live:
                ends = gate.LineEnds(lines)
                known += [group.look_up(lines, ends) for group in live]
            result.append(_united(known, repeats.repeated(lines)))
        return result

    def mark(self, lines: Sequence[str], lookup: Lookup, *, url: str | None = None, lang: str | None = None) -> Marks:
        """Return what the rules that are active for this document mark in `lines`, which were looked up."""
        activity = _activity(lookup.hits, url, lang)
        hits = [hit for hit in lookup.hits if hit[1].everywhere or activity.is_live(hit[1].scope, hit[1].langs)]
        may_mark = self._protection(hits, activity)
        lines_marked: dict[int, list[Mark]] = {}
        spared: Collection[int] = ()
        if may_mark and not may_mark(-1, JUDGE):  # no line in particular: all rules are off
            spared = range(len(lines))
        elif may_mark:
            spared = {i for i, use in hits if use.role == "keep" and not may_mark(i, JUDGE)}
        marks = Marks(lines_marked, {}, spared)

        def put(indices: Iterable[int], mark: Mark) -> None:
            for i in indices:
                if may_mark is None or may_mark(i, mark):
                    if i in lines_marked:
                        lines_marked[i].append(mark)
                    else:
                        lines_marked[i] = [mark]

        ends: dict[Mark, list[int]] = {}
        for i, use in hits:
            if use.role == "to":
                if use.mark in ends:
                    ends[use.mark].append(i)
                else:
                    ends[use.mark] = [i]

        def reached(i: int, use: Use) -> Sequence[int]:
            if use.role == "line":
                return (i,)
            return blocks.from_to(lines, i, ends[use.mark], use.limit, use.max_chars)

        zoned = []
        for i, use in hits:
            role = use.role
            if role == "line" or (role == "from" and use.mark in ends):
                if use.zone == "any":
                    put(reached(i, use), use.mark)
                else:
                    zoned.append((i, use))
            elif role in _CUT_ZONE:
                zoned.append((i, use))
        spans = [span for span in lookup.spans if activity.is_live(span[-1].scope, span[-1].langs)]
        doubles = repeats.doubles(lines, lookup.repeated) if lookup.repeated else []
        pairs = [
            (pair, use)
            for use in (self._collapse if doubles else ())
            if activity.is_live(use.scope, use.langs)
            for pair in repeats.twins(lines, doubles, use.limit)
        ]
        if not (lines_marked or zoned or spans or pairs):
            return marks

        zones = find_zones(lines, lines_marked.keys() | {i for pair, _ in pairs for copy in pair for i in copy})
        for role, places in (("cut", zoned[::-1]), ("cut_before", zoned)):
            # The widest cut of each rule: the first in the tail, the last in the head.
            cuts = {use.mark: i for i, use in places if use.role == role and zones.holds(i, _CUT_ZONE[role])}
            for mark, i in cuts.items():
                put(blocks.filled(lines, *((i, len(lines)) if role == "cut" else (0, i + 1))), mark)
        for i, use in zoned:
            if use.role not in _CUT_ZONE and zones.holds(i, use.zone):
                put(reached(i, use), use.mark)
        for pair, use in pairs:
            if repeats.is_copy(lines, pair, zones, use.zone) and _fitting(lines, pair[1], use) == pair[1]:
                put(pair[1], use.mark)
        for i, start, end, use in spans:
            if zones.borders(i, use.zone) and (may_mark is None or may_mark(i, use.mark)):
                marks.spans.setdefault(i, []).append((start, end, use.mark))
        self._mark_beside(lines, lookup, lines_marked, put, activity, zones)
        return marks

    def _mark_beside(
        self,
        lines: Sequence[str],
        lookup: Lookup,
        marked: Mapping[int, list[Mark]],
        put: Callable[[Iterable[int], Mark], None],
        activity: Activity,
        zones: Zones,
    ) -> None:
        """Mark what is chrome because of the chrome around it; `put` adds to `marked`."""
        if not marked:
            return
        for i, use in _weak_beside(lines, lookup, marked, marked, activity, zones):
            put((i,), use.mark)
        before = set(marked)
        for use in self._again:
            if activity.is_live(use.scope, use.langs):
                for copy in repeats.printed_again(lines, before, use.limit):
                    put(_fitting(lines, [i for i in copy if zones.holds(i, use.zone)], use), use.mark)
        known = {i: [mark.category for mark in found] for i, found in marked.items()}
        for use in (*self._between, *self._after):
            if not activity.is_live(use.scope, use.langs):
                continue
            bounds = [i for i, categories in known.items() if not use.bounds.isdisjoint(categories)]
            if use in self._after:
                tail = [i for i in bounds if zones.holds(i, "tail")]
                found = [blocks.after(lines, tail, known, use.limit, use.max_chars)]
            else:
                found = list(blocks.between(lines, bounds, use.limit, use.max_chars))
            for block in found:
                if all(zones.holds(i, use.zone) for i in block) and _fitting(lines, block, use) == block:
                    put(block, use.mark)
        for i, use in _weak_beside(lines, lookup, marked, marked.keys() - before, activity, zones):
            put((i,), use.mark)

    def _protection(self, hits: list[tuple[int, Use]], activity: Activity) -> Callable[[int, Mark], bool] | None:
        """Return a function that says whether protections let a rule mark a line, or None where there are none."""
        off = [only for scope, only in self._off if activity.is_live(scope)]
        kept: dict[int, list[tuple[str, ...]]] = {}
        for i, use in hits:
            if use.role == "keep":
                kept.setdefault(i, []).append(use.only)
        if not off and not kept:
            return None
        return lambda i, mark: (
            not any(_matches(mark.rule, glob) for only in [*off, *kept.get(i, ())] for glob in only)
        )

    def matches(self, line: str) -> bool:
        """Whether a rule that drops single lines would mark `line`, all scopes, zones and neighbours aside."""
        ends = gate.LineEnds([line])
        for group in (*self._general, *self._narrow):
            found = group.look_up([line], ends)
            called = [code for _, weak in found.weak for code in weak.get(line, ())]
            hits = [*found.hits, *group.look_up_weak([line], {0: called})]
            if any(use.role == "line" for _, use in hits):
                return True
        return False


def _weak_beside(
    lines: Sequence[str],
    lookup: Lookup,
    chrome: Collection[int],
    start: Collection[int],
    activity: Activity,
    zones: Zones,
) -> Iterator[tuple[int, Use]]:
    """Yield the hits of weak rules beside the chrome in `start`, and beside those, blank lines aside."""
    groups = [(group, known) for group, known in lookup.weak if activity.is_live(group.scope)]
    seen = set(chrome)
    frontier = [(i, step) for i in sorted(start) for step in (1, -1)]
    while frontier:
        reached = {}
        for i, step in frontier:
            i += step
            if i in seen:
                continue
            while 0 <= i < len(lines) and not lines[i].strip():
                i += step
            if 0 <= i < len(lines) and i not in seen:
                seen.add(i)
                reached[i] = step
        places = sorted(reached)
        found = [
            (i, use)
            for group, known in groups
            for i, use in group.look_up_weak(lines, {i: known[lines[i]] for i in places if lines[i] in known})
            if activity.is_live(use.scope, use.langs) and zones.holds(i, use.zone)
        ]
        yield from found
        frontier = [(i, reached[i]) for i in sorted({i for i, _ in found})]


def _use(pack: packs.Pack, rule: packs.Rule, scope: Scope) -> Use:
    return Use(
        role="line",
        mark=Mark(f"{pack.pack.id}/{rule.id}", rule.category, rule.confidence),
        scope=scope,
        langs=tuple(rule.langs),
        everywhere=scope == EVERYWHERE and not rule.langs,
        zone=rule.zone,
        max_chars=rule.max_chars,
        limit=rule.max or rule.min or 1,
        bounds=frozenset(rule.between or rule.after),
        unless=UnlessPatterns(packs.listed(rule.unless), pack.folded_words()) if rule.unless else None,
    )


def _in_role(prepared: Prepared, rules: Sequence[Use | None], role: Role, keep: Collection[str]) -> Use | None:
    """Return what a role of a pack means, where `rules` are what its rules mean as far as they are in use.

    A line that a rule of a category to keep fits stays, also where blocks of chrome would take it along; a weak
    rule says too little for that.
    """
    pack, scope = prepared.packs[role.pack], prepared.scopes[role.pack]
    if role.role == "clue":
        return Use("clue", Mark(pack.pack.id, "", ""), scope, max_chars=sys.maxsize, clue=scope.clues[role.item])
    if role.role == "keep":
        keeping = pack.keep[role.item]
        only = tuple(keeping.rules) or ("*",)
        return Use("keep", Mark("keep", "", ""), _reach(keeping), max_chars=sys.maxsize, only=only)
    use = rules[role.item]
    if use is None or use.mark.category not in keep:
        return use and use._replace(role=role.role)
    spares = role.role == "line" and not pack.rule[role.item].weak
    return use._replace(role="keep", max_chars=sys.maxsize, only=("*",)) if spares else None


def _reach(keeping: packs.Keep) -> Scope:
    return Scope(tuple(keeping.hosts), tuple(keeping.langs))


def _activity(hits: Iterable[tuple[int, Use]], url: str | None, lang: str | None) -> Activity:
    return Activity(url, lang, ((use.scope, use.clue) for _, use in hits if use.role == "clue"))


def _line(hit: tuple[int, Use]) -> int:
    return hit[0]


_CUT_ZONE = {"cut": "tail", "cut_before": "head"}


def _fitting(lines: Sequence[str], places: list[int], use: Use) -> list[int]:
    """Return those of the lines in `places` that a rule can reach."""
    reached = [i for i in places if len(lines[i]) <= use.max_chars]
    if use.unless:
        forms = keys([lines[i] for i in reached], use.max_chars)
        return [i for i, form in zip(reached, forms, strict=True) if not use.unless.hold(form)]
    return reached


def _check_names(active: Sequence[packs.Pack], disable: Sequence[str], keep: Iterable[str]) -> None:
    """Raise `SettingsError` where a name in the settings is that of no rule or category."""
    if not disable and not keep:
        return
    rules = [name for pack in active for rule in pack.rule for name in (f"{pack.pack.id}/{rule.id}", *rule.replaces)]
    categories = {rule.category for pack in active for rule in pack.rule} | {CATEGORY_REPAIR, CATEGORY_LEFT_OUT}
    for glob in disable:
        if not any(_matches(name, glob) for name in rules):
            raise SettingsError(f"disable: there is no rule {glob!r}; {did_you_mean(glob, rules)}")
    for category in sorted(set(keep) - categories):
        raise SettingsError(f"keep: there is no category {category!r}; {did_you_mean(category, categories)}")


def _matches(name: str, glob: str) -> bool:
    """Whether a rule id is the one named, or one of those that a glob with `*` names."""
    if "*" not in glob:
        return name == glob
    from fnmatch import fnmatchcase

    return fnmatchcase(name, glob)
