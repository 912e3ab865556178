"""Looking up: which rules fit which lines of a document, before anything is marked.

Rules are looked up in groups. The packs that are active for most documents are one group; packs that are for
particular sites share a group if they have the same hosts, clues and languages. Every document is looked up in the
first group. A group for particular sites is asked only for documents whose URL or clues make it live. So that clues
and protections are found in time, the clues and the protections of all packs are filed in the first group.

A rule is strong or weak. A line that fits a strong rule is a hit. A line that fits a weak rule, such as `Print` or
`Share`, counts only beside chrome, and few lines stand there. So for weak rules only the gate is asked, which says
cheaply which of them may fit a line. The closer look comes when marking has found chrome next to the line
(`Group.look_up_weak`).

A gate may call for rules on several shelves. The tables of its group are the first. Each of the others is a pack of a
language, which is somewhere else (see `tongues`).

Example: of the lines `Share this page`, `Print` and `The ferry was late.` the first is a hit of a strong rule. For
the second the gate notes that a weak rule may fit `Print`. The third costs nothing more.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate, pairwise
from typing import NamedTuple, Protocol

import msgspec

from cleaner.marks import Mark
from cleaner.rules import pack as packs
from cleaner.rules.match import gate, regex
from cleaner.rules.match.index import Index
from cleaner.rules.match.keys import key, keys
from cleaner.rules.match.tables import Tables, damaged
from cleaner.rules.prepare import GroupTables
from cleaner.rules.scope import Scope


class UnlessPatterns:
    """The patterns of lines that a rule leaves alone. They are compiled when the rule fits its first line."""

    def __init__(self, patterns: Sequence[str], words: Mapping[str, Sequence[str]]) -> None:
        self._patterns, self._words = patterns, words
        self._compiled: list[re.Pattern[str]] | None = None

    def hold(self, key: str) -> bool:
        """Whether one of the patterns matches a line with this key."""
        if self._compiled is None:
            self._compiled = [
                re.compile(regex.expand(regex.fold_pattern(each), self._words)) for each in self._patterns
            ]
        return any(pattern.fullmatch(key) for pattern in self._compiled)


class Use(NamedTuple):
    """What it means if a line equals a literal or matches a pattern: the mark it may get, and on what conditions."""

    role: str  # line, from, to, cut, cut_before, inline, clue or keep: as in `prepare.Role`
    mark: Mark
    scope: Scope
    langs: tuple[str, ...] = ()  # of the rule, in addition to those of the scope
    zone: str = "any"  # head, tail, below or any
    everywhere: bool = False  # whether the use counts for every document; then scope and langs are not asked
    max_chars: int = packs.MAX_CHARS  # longer lines are out of reach, in characters
    limit: int = 0  # lines: the most of a block, or the least of what is printed twice
    bounds: frozenset[str] = frozenset()  # the categories of chrome that a `between` or `after` rule needs
    unless: UnlessPatterns | None = None
    clue: str = ""  # the key of the clue, if the role is clue
    only: tuple[str, ...] = ()  # globs of the rules that a protection holds against, if the role is keep

    def within_reach(self, lines: Sequence[str], places: Sequence[int]) -> list[int]:
        """Return those of `places` (0-based lines) that are short enough and that `unless` does not spare."""
        reached = [i for i in places if len(lines[i]) <= self.max_chars]
        if self.unless:
            forms = keys([lines[i] for i in reached], self.max_chars)
            return [i for i, form in zip(reached, forms, strict=True) if not self.unless.hold(form)]
        return reached


class Uses(Protocol):
    """What it means if a line fits, by the number in the tables; None if the rule is off."""

    def __len__(self) -> int: ...
    def __getitem__(self, number: int, /) -> Use | None: ...


class WeakRules(Protocol):
    """Weak rules that are active in a scope, for lines beside chrome."""

    @property
    def scope(self) -> Scope:
        """For which documents they are."""
        ...

    def look_up_weak(self, lines: Sequence[str], called: Mapping[int, Sequence[int]]) -> list[Hit]:
        """Return which of the rules fit; `called` says by line which of them the gate found possible."""
        ...


class Calls(NamedTuple):
    """What lines call for on one shelf: codes of a gate by line (0-based), and lines whose parts may fit."""

    strong: dict[int, list[int]]
    weak: dict[int, list[int]]
    parts: dict[int, None]  # an ordered set


# What a line calls for on a shelf behind the first (see `tongues`): the 0-based line, the shelf (1 is the first of
# these), the code of a gate, and whether that is of a weak rule.
OtherCall = tuple[int, int, int, bool]
Hit = tuple[int, Use]  # a 0-based line, and what its fitting means
PartHit = tuple[int, int, int, Use]  # a 0-based line, start and end in its characters (end excluded), and the meaning


class Lookup(NamedTuple):
    """What fits the lines of a document."""

    hits: list[Hit]  # of whole lines, ordered by line
    spans: list[PartHit]  # of parts of lines
    weak: list[tuple[WeakRules, dict[str, list[int]]]]  # which of some weak rules may fit a line, by the line's text
    repeated: frozenset[str] = frozenset()  # texts that more than one line had when it was looked up

    def without(self, ranges: Sequence[tuple[int, int]]) -> Lookup:
        """Return the lookup of the document without the lines in `ranges` (0-based, ordered, end excluded)."""
        range_ends = [end for _, end in ranges]
        gone = [0, *accumulate(end - start for start, end in ranges)]

        def moved(i: int) -> int:
            """Return the new number of line `i`, or -1 if the line is in one of the ranges."""
            number = bisect_right(range_ends, i)
            return -1 if number < len(ranges) and i >= ranges[number][0] else i - gone[number]

        hits = [(new, use) for i, use in self.hits if (new := moved(i)) >= 0]
        spans = [(new, start, end, use) for i, start, end, use in self.spans if (new := moved(i)) >= 0]
        return Lookup(hits, spans, self.weak, self.repeated)

    def split(self, bounds: Sequence[int]) -> Iterator[Lookup]:
        """Yield the lookup of each document if the lines are those of many: document n is `bounds[n]:bounds[n + 1]`.

        What was found for weak rules goes by the text of lines, so all documents share it.
        """
        spans: dict[int, list[PartHit]] = {}
        for i, start, end, use in self.spans:
            number = bisect_right(bounds, i) - 1
            spans.setdefault(number, []).append((i - bounds[number], start, end, use))
        for number, (first, last) in enumerate(pairwise(bounds)):
            start, end = (bisect_left(self.hits, bound, key=_line_of) for bound in (first, last))
            hits = self.hits[start:end]
            moved = [(i - first, use) for i, use in hits] if first else hits
            yield Lookup(moved, spans.get(number, []), self.weak)


def unite(lookups: Sequence[Lookup], repeated: frozenset[str]) -> Lookup:
    """Return the lookup of a document in all groups, given its lookup in each and its repeated lines."""
    hits = [hit for each in lookups for hit in each.hits]
    return Lookup(
        sorted(hits, key=_line_of) if len(lookups) > 1 else hits,
        [span for each in lookups for span in each.spans],
        [weak for each in lookups for weak in each.weak],
        repeated,
    )


def _line_of(hit: Hit) -> int:
    return hit[0]


class Group:
    """Packs that are looked up together. Gate and tables are decoded when a line first needs them."""

    def __init__(self, tables: GroupTables, uses: Uses, *, trusted: bool = False, shelves: int = 1) -> None:
        """Take the tables of a group, what each number in them means, and how many shelves its gate is for.

        Tables that are `trusted` are those of packs that ship: their patterns were checked before.
        """
        self._trusted = trusted
        self._end = shelves * gate.SHELF  # no code of the gate is as high
        self.scope = tables.scope
        self._tables, self._uses = tables, uses
        self._gate: gate.Gate | None = None
        self._indexes: dict[bool, Index] = {}

    def _index(self, *, weak: bool) -> Index:
        if weak not in self._indexes:
            try:
                tables = msgspec.msgpack.decode(self._tables.weak if weak else self._tables.strong, type=Tables)
            except (msgspec.MsgspecError, ValueError, RecursionError):
                raise damaged() from None
            tables.check(len(self._uses), packs.LIMIT_CHARS)
            self._indexes[weak] = Index(tables, trusted=self._trusted)
        return self._indexes[weak]

    def look_up(self, lines: Sequence[str], line_ends: gate.LineEnds) -> Lookup:
        """Look `lines` up in the rules in use; `line_ends` are the ends of these lines."""
        return self.fit(lines, self.call(line_ends)[0])

    def call(self, line_ends: gate.LineEnds) -> tuple[Calls, list[OtherCall]]:
        """Return what lines call for on the first shelf, and on all others, ordered by line.

        `line_ends` are the ends of the lines.
        """
        if self._gate is None:
            try:
                self._gate = gate.Gate(self._tables.gate)
            except ValueError:
                raise damaged() from None
        strong: dict[int, list[int]] = {}
        weak: dict[int, list[int]] = {}
        parts: dict[int, None] = {}
        others: list[OtherCall] = []
        for i, code in line_ends.call(self._gate):
            if code >= 0:
                called = strong
            else:
                called = weak
                code = ~code
            if code >= gate.SHELF:
                if code >= self._end:
                    raise damaged()
                others.append((i, code >> gate.SHELF_BITS, code & (gate.SHELF - 1), called is weak))
            elif code == gate.PART:
                parts[i] = None
            elif i in called:
                called[i].append(code)
            else:
                called[i] = [code]
        return Calls(strong, weak, parts), others

    def fit(self, lines: Sequence[str], calls: Calls) -> Lookup:
        """Return what fits of what `lines` call for on the first shelf."""
        uses, index = self._uses, self._index(weak=False)
        # Whether the rule of a part spares the whole line, by rule and line: a line may have thousands of parts.
        spared = cache(lambda rule, i: bool((use := uses[rule]) and use.unless and use.unless.hold(key(lines[i]))))
        return Lookup(
            self._hits(index, lines, calls.strong),
            [
                (i, start, end, use)
                for i, start, end, rule in index.find_parts(lines, list(calls.parts))
                if (use := uses[rule]) and not (use.unless and spared(rule, i))
            ],
            [(self, {lines[i]: codes for i, codes in calls.weak.items()})],
        )

    def look_up_weak(self, lines: Sequence[str], called: Mapping[int, Sequence[int]]) -> list[Hit]:
        """Return which weak rules in use fit; `called` says by line which of them the gate found possible."""
        return self._hits(self._index(weak=True), lines, called) if called else []

    def _hits(self, index: Index, lines: Sequence[str], called: Mapping[int, Sequence[int]]) -> list[Hit]:
        """Return what fits of the rules in use, in the order of `called`: by line, the codes that a gate gave it."""
        uses = self._uses
        hits: list[Hit] = []
        for i, form, rules in index.find(lines, called):
            length = len(lines[i])
            for rule in rules:
                use = uses[rule]
                if use is not None and length <= use.max_chars and not (use.unless and use.unless.hold(form)):
                    hits.append((i, use))
        return hits
