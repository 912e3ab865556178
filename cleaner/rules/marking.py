"""Marking: what the rules say of one document, in phases.

1. Lines anywhere: a rule without a zone marks the lines and the blocks of lines that it fits, and what stands in the
   elements that its selectors name. Tags that were left in the text are marked, whole lines of them and parts of
   lines.
2. The prose of the document is found. Marked lines and lines printed twice do not count as prose. What stands
   before the prose is the head, what stands behind it is the tail (see `zones`).
3. Rules that need to know this: cuts of the tail and of the head, lines and blocks in a zone, the second copy of
   what is printed twice, and parts of lines.
   Rules that take all that is left, and are not sure, begin behind the last list of the tail (see `shapes`).
4. Beside chrome: weak lines next to marked lines, and next to those, and so on; menus that are printed again; short
   blocks between chrome or after it; at last the weak lines next to what this phase has marked.

Within a phase no rule sees what another rule marks: the rules of a phase read the lines, what was looked up, and
the marks of earlier phases or steps. So the order of packs and rules cannot change the result.

Example, with the number of the phase that marks each line:

    Skip to content                                          1   a line anywhere
    Menu                                                     4   weak, beside a marked line
    The ferry to the island was late again on Tuesday.           prose: the head ends here
    Its crew had waited for the doctor, who had overslept.       prose: the tail begins behind it
    More stories                                             3   a cut of the tail takes this line
    Storm closes the harbour                                 3   and all lines after it
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice

from cleaner.marks import JUDGE, Mark, Marks
from cleaner.rules import blocks, ids, repeats, shapes, tags
from cleaner.rules.lookup import DocumentLookup, Named, PartHit, Use, UseHits
from cleaner.rules.match.keys import keys
from cleaner.rules.pack import LIMIT_CHARS, Rule
from cleaner.rules.quoted import Quoted
from cleaner.rules.repeats import CopyPair
from cleaner.rules.scope import Activity
from cleaner.rules.zones import NO_ZONES, find_zones

_ALL_RULES = ("*",)  # globs
# Categories of lines that stand in the middle of any article: behind a colon, too, they are no quotes. Those of
# documentation are the buttons at code.
_NEVER_QUOTED = ("advertisement", "repeat", "docs")
# Share of the characters of a page from which on what a selector names counts as `likely`, however sure its rule is:
# then the guard has a say, because a name for a box may also be that of all that is on a page. As the guard has it.
NEARLY_ALL = 0.9
_CUTS = ("cut", "cut_before")  # roles of lines that go with all lines behind them, or with all before them


class PlaceRules:
    """Rules that go by the place of lines, not by what the lines say, so that nothing is looked up for them."""

    def __init__(self) -> None:
        self.copies: list[Use] = []  # the second of two equal neighbours goes
        self.reprints: list[Use] = []  # lines go if they stood before and there is chrome among them
        self.between: list[Use] = []  # short blocks between chrome go
        self.tags: list[Use] = []  # tags and scripts of HTML go
        self.after: list[Use] = []  # the last lines go, if they are few and stand behind chrome

    def add(self, rule: Rule, use: Use) -> None:
        """Add a rule in use; it is ignored unless its kind is one of these."""
        if rule.collapse:
            (self.reprints if rule.weak else self.copies).append(use)
        elif rule.tags:
            self.tags.append(use)
        elif rule.between:
            self.between.append(use)
        elif rule.after:
            self.after.append(use)

    def united(self, others: Iterable[PlaceRules]) -> PlaceRules:
        """Return these rules and those of others, together."""
        united = PlaceRules()
        for each in (self, *others):
            united.copies += each.copies
            united.reprints += each.reprints
            united.between += each.between
            united.tags += each.tags
            united.after += each.after
        return united


class Protections:
    """Which rules may not mark which lines of one document."""

    __slots__ = ("_known", "_protections")

    def __init__(self, protections: Sequence[tuple[Sequence[str], Collection[int]]]) -> None:
        """Take globs of rules, each list of them with the lines (0-based) that these rules may not mark."""
        self._protections = protections
        self._known: dict[str, Collection[int]] = {}

    def against(self, rule: str) -> Collection[int]:
        """Return the lines that a rule, named by its id, may not mark. Each rule is compared with each glob once."""
        if rule not in self._known:
            found = [lines for globs, lines in self._protections if any(ids.fits(rule, glob) for glob in globs)]
            self._known[rule] = found[0] if len(found) == 1 else set[int]().union(*found)
        return self._known[rule]


class Marking:
    """The marking of one document. Make one for each document and call `marks` once."""

    def __init__(
        self,
        rules: PlaceRules,
        lines: Sequence[str],
        lookup: DocumentLookup,
        activity: Activity,
        rules_off: Sequence[str] = (),
        protected: Collection[int] = (),
        named: Sequence[Named] = (),
        kept: Sequence[tuple[Sequence[str], Collection[int]]] = (),
    ) -> None:
        """Take a document's lines (without line breaks), what fits them, and which scopes are live for the document.

        `rules_off` are globs of the rules that are off for it, `protected` its lines that no rule marks, `named` what
        stands in elements that selectors name, `kept` what such selectors protected before, as in `Marks`.
        """
        self._rules, self._lines, self._lookup, self._activity = rules, lines, lookup, activity
        self._hits = [
            (use, places) for use, places in lookup.uses if use.everywhere or activity.is_live(use.scope, use.langs)
        ]
        self._named = [one for one in named if activity.is_live(one.use.scope, one.use.langs)]
        self._kept = list(kept)
        self._kept += ((one.use.only, one.touched) for one in self._named if one.use.role == "keep")
        protections = list(self._kept)
        if rules_off:
            protections.append((tuple(rules_off), range(len(lines))))
        if protected:
            protections.append((_ALL_RULES, set(protected)))
        last_lines: dict[Mark, list[int]] = {}
        for use, places in self._hits:
            if use.role == "keep":
                protections.append((use.only, set(places)))
            elif use.role == "to":
                last_lines[use.mark] = sorted([*last_lines.get(use.mark, ()), *places])
        self._protections = Protections(protections)
        self._last_lines = last_lines  # where blocks of a rule may end: its lines of the role `to`, in order
        self._marked: dict[int, tuple[Mark, ...]] = {}
        self._spans: dict[int, list[tuple[int, int, Mark]]] = {}
        self._raw_spans: dict[int, list[tuple[int, int, Mark]]] = {}
        self._zones = NO_ZONES  # before phase 2, no line is in a zone
        self._copied: list[int] = []  # lines of the head that may be its headline, and of which a copy is marked

    @cached_property
    def _quoted(self) -> Quoted:
        """The lines that prose quotes. The judge is not told: it sees the same text around them."""
        return Quoted(self._lines, {i for use, places in self._hits if use.role != "keep" for i in places})

    def marks(self) -> Marks:
        """Go through the phases and return all marks."""
        zoned = self._mark_anywhere()
        self._mark_named(zoned=False)
        self._mark_tags()
        pairs = list(self._find_pairs()) if self._lookup.repeated else []
        parts = [part for part in self._lookup.spans if self._activity.is_live(part[3].scope, part[3].langs)]
        if self._marked or self._named or zoned or pairs or parts:
            in_pairs = {i for (first, second), _ in pairs for i in (*first, *second)}
            self._zones = find_zones(self._lines, self._marked.keys() | in_pairs)
            self._mark_cuts(zoned)
            self._mark_zoned(zoned)
            self._mark_named(zoned=True)
            self._mark_copies(pairs)
            self._mark_parts(parts)
            if self._marked:
                self._mark_beside()
        spared = self._protections.against(JUDGE.rule)
        return Marks(self._marked, self._spans, spared, self._copied, self._raw_spans, self._kept)

    def _mark_lines(self, places: Collection[int], mark: Mark) -> None:
        """Add `mark` to each of the lines, except those that are protected from its rule, or quoted."""
        if not places:
            return
        marked, protected = self._marked, self._protections.against(mark.rule)
        alone = (mark,)  # shared by all lines that have no other mark, of which there may be a million
        quoted = self._quoted if mark.category not in _NEVER_QUOTED else None
        for i in places:
            if quoted and quoted.holds(i):
                continue
            if i not in protected:
                marked[i] = (*marked[i], mark) if i in marked else alone

    def _mark_use(self, use: Use, places: Sequence[int]) -> None:
        """Mark the lines of a use that are in `places` (ordered), or the blocks that begin there."""
        if use.role == "line":
            self._mark_lines(places, use.mark)
        else:
            last_lines = self._last_lines[use.mark]
            for block in blocks.from_to(self._lines, places, last_lines, use.limit, use.max_chars):
                self._mark_lines(block, use.mark)

    def _mark_anywhere(self) -> list[UseHits]:
        """Mark what rules without a zone fit; return the hits of rules that need to know the zones."""
        zoned = []
        for use, places in self._hits:
            if use.role == "line" or (use.role == "from" and use.mark in self._last_lines):
                if use.zone == "any":
                    self._mark_use(use, places)
                else:
                    zoned.append((use, places))
            elif use.role in _CUTS:
                zoned.append((use, places))
        return zoned

    def _mark_named(self, *, zoned: bool) -> None:
        """Mark what stands in elements that selectors name, by rules with a zone or by those without one."""
        for one in self._named:
            use = one.use
            if use.role == "keep" or (use.zone != "any") != zoned:
                continue
            confidence = "likely" if self._is_nearly_all(one) else use.mark.confidence
            marks: dict[str, Mark] = {}  # by the name of the element
            passed = {*self._protections.against(use.mark.rule), *self._spared(use, one.touched)}
            for i, element in one.lines:
                if i not in passed and self._zones.holds(i, use.zone):
                    if element not in marks:
                        marks[element] = use.mark._replace(confidence=confidence, element=element)
                    self._marked[i] = (*self._marked.get(i, ()), marks[element])
            for i, start, end, element in one.parts:
                if i not in passed and self._zones.borders(i, use.zone):
                    mark = use.mark._replace(confidence=confidence, element=element)
                    self._raw_spans.setdefault(i, []).append((start, end, mark))

    def _is_nearly_all(self, one: Named) -> bool:
        """Whether a sure rule would take nearly all that there is."""
        lines = self._lines
        total = NEARLY_ALL * sum(map(len, lines)) if one.use.mark.confidence == "sure" else sys.maxsize
        return sum(len(lines[i]) for i, _ in one.lines) > total

    def _spared(self, use: Use, places: Iterable[int]) -> Collection[int]:
        """Return those of some lines that `unless` spares; none of them is longer than `LIMIT_CHARS`."""
        if not use.unless:
            return ()
        short = [i for i in places if len(self._lines[i]) <= LIMIT_CHARS]
        forms = keys([self._lines[i] for i in short], LIMIT_CHARS)
        return {i for i, form in zip(short, forms, strict=True) if use.unless.hold(form)}

    def _mark_tags(self) -> None:
        """Mark the tags and scripts that were left in the text."""
        for use in self._live(self._rules.tags) if self._lookup.has_tags else ():
            found = tags.residue(self._lines)
            self._mark_lines(found.lines, use.mark)
            protected = self._protections.against(use.mark.rule)
            for i, start, end in found.parts:
                if i not in protected:
                    self._spans.setdefault(i, []).append((start, end, use.mark))

    def _find_pairs(self) -> Iterator[tuple[CopyPair, Use]]:
        """Yield neighbours that are the same, each pair with a rule that may take the second."""
        runs = repeats.doubles(self._lines, self._lookup.repeated)
        for use in self._live(self._rules.copies) if runs else ():
            for pair in repeats.twins(self._lines, runs, use.limit):
                yield pair, use

    def _mark_cuts(self, zoned: Sequence[UseHits]) -> None:
        """Mark the widest cuts of each rule: from its first line in the tail on, and up to its last in the head.

        A rule that is not sure cuts behind the lists of the tail.
        """
        lines, zones = self._lines, self._zones
        cuts = [(use, zones.within(places, "tail")) for use, places in zoned if use.role == "cut"]
        chrome = self._marked.keys() | {i for _, places in cuts for i in places}
        is_in_doubt = any(places and use.mark.confidence != "sure" for use, places in cuts)
        end_of_lists = self._end_of_lists(chrome) if is_in_doubt else 0
        for use, places in cuts:
            first = 0 if use.mark.confidence == "sure" else end_of_lists
            if start := next((i for i in places if i >= first), 0):
                self._mark_lines(blocks.filled(lines, start, len(lines)), use.mark)
        for use, places in zoned:
            if use.role == "cut_before" and (in_head := zones.within(places, "head")):
                self._mark_lines(blocks.filled(lines, 0, in_head[-1] + 1), use.mark)

    def _end_of_lists(self, chrome: Container[int]) -> int:
        """Return the line behind the last list, or other run of content that is no prose, of the tail; or 0."""
        return shapes.end_of_lists(self._lines, range(self._zones.tail, len(self._lines)), chrome)

    def _mark_zoned(self, zoned: Sequence[UseHits]) -> None:
        """Mark the lines of rules with a zone, and their blocks that begin in it."""
        for use, places in zoned:
            if use.role not in _CUTS:
                self._mark_use(use, self._zones.within(places, use.zone))

    def _mark_copies(self, pairs: Iterable[tuple[CopyPair, Use]]) -> None:
        """Mark the second of two equal neighbours if a template made it and all of it is within reach of the rule.

        The first may be the headline of the page. The judge has not seen yet what the document is with one copy, so
        it shall not take the other one in the same pass.
        """
        lines = self._lines
        for pair, use in pairs:
            second = pair[1]
            if repeats.is_copy(lines, pair, self._zones, use.zone) and use.within_reach(lines, second) == second:
                self._mark_lines(second, use.mark)
                if second[-1] < self._zones.head:
                    self._copied += (i for i in pair[0] if shapes.may_be_headline(lines[i]))

    def _mark_parts(self, parts: Iterable[PartHit]) -> None:
        """Mark parts of lines that are in the zone of their rule or in the line of prose next to it."""
        for i, start, end, use in parts:
            if self._zones.borders(i, use.zone) and i not in self._protections.against(use.mark.rule):
                self._spans.setdefault(i, []).append((start, end, use.mark))

    def _mark_beside(self) -> None:
        """Mark what is chrome because of the chrome around it."""
        self._mark_weak_beside(self._marked)
        before = list(self._marked)
        self._mark_reprints(before)
        self._mark_between_and_after()
        self._mark_weak_beside(list(islice(self._marked, len(before), None)))  # what was marked since

    def _mark_weak_beside(self, start: Collection[int]) -> None:
        """Mark weak lines next to the marked lines in `start`, next to those, and so on; blank lines are skipped.

        The search goes on from every weak line that fits, also from one that is protected.
        """
        lines, zones, activity = self._lines, self._zones, self._activity
        groups = [(group, called) for group, called in self._lookup.weak if activity.is_live(group.scope)]
        seen = set(self._marked)
        frontier = [(i, step) for i in sorted(start) for step in (1, -1) if i + step not in seen] if groups else []
        while frontier:
            reached = {}  # the direction from which a line was reached, by line
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
            texts = {lines[i] for i in places}
            found = [
                (i, use)
                for group, called in groups
                if not called.keys().isdisjoint(texts)
                for i, use in group.look_up_weak(lines, {i: called[lines[i]] for i in places if lines[i] in called})
                if activity.is_live(use.scope, use.langs) and zones.holds(i, use.zone)
            ]
            for i, use in found:
                self._mark_lines((i,), use.mark)
            frontier = [(i, reached[i]) for i in sorted({i for i, _ in found})]

    def _mark_reprints(self, chrome: Collection[int]) -> None:
        """Mark runs of lines that stood before in the document and hold a line of `chrome`."""
        for use in self._live(self._rules.reprints):
            for run in repeats.printed_again(self._lines, chrome, self._lookup.repeated, use.limit):
                if shapes.tells(self._lines, run):
                    continue
                if run[-1] < self._zones.head:
                    run = shapes.without_last_headlines(self._lines, run)
                in_zone = [i for i in run if self._zones.holds(i, use.zone)]
                self._mark_lines(use.within_reach(self._lines, in_zone), use.mark)

    def _mark_between_and_after(self) -> None:
        """Mark short blocks between chrome of certain categories, and what little is left after it in the tail."""
        lines, zones = self._lines, self._zones
        chrome = self._marked_in_tail()
        by_category: dict[str, set[int]] = {}
        for i, marks in self._marked.items():
            for mark in marks:
                by_category.setdefault(mark.category, set()).add(i)

        def bounds_of(use: Use) -> set[int]:
            return set[int]().union(*(by_category.get(category, ()) for category in use.bounds))

        for use in self._live(self._rules.between):
            bounds = [i for i in bounds_of(use) if zones.borders(i, use.zone)]
            for block in blocks.between(lines, bounds, use.limit, use.max_chars):
                is_sure = use.mark.confidence == "sure"
                if self._may_take(use, block) and (is_sure or not shapes.end_of_lists(lines, block, ())):
                    self._mark_block(block, use)
        marked = self._marked_in_tail()
        for use in self._live(self._rules.after):
            starts = [i for i in bounds_of(use) if i >= zones.tail]
            block = blocks.after(lines, starts, chrome, use.limit, use.max_chars)
            if block and use.mark.confidence != "sure":
                end_of_lists = self._end_of_lists(marked)
                starts = [i for i in starts if i >= end_of_lists]
                block = blocks.after(lines, starts, chrome, use.limit, use.max_chars)
            if block and self._may_take(use, block):
                self._mark_block(block, use)

    def _marked_in_tail(self) -> set[int]:
        """Return the lines of the tail that are marked by now."""
        return {i for i in self._marked if i >= self._zones.tail}

    def _may_take(self, use: Use, block: list[int]) -> bool:
        """Whether all lines of a block are in the zone of a rule and within its reach."""
        in_zone = self._zones.within(block, use.zone)
        return len(in_zone) == len(block) and use.within_reach(self._lines, block) == block

    def _mark_block(self, block: list[int], use: Use) -> None:
        """Mark the lines of a block; in the head, without the headline of the page."""
        self._mark_lines(shapes.without_headlines(self._lines, block) if use.zone == "head" else block, use.mark)

    def _live(self, uses: Iterable[Use]) -> Iterator[Use]:
        """Yield the uses that count for this document."""
        return (use for use in uses if self._activity.is_live(use.scope, use.langs))
