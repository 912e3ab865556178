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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
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

    role: str  # line, from, to, cut, cut_before, inline, selectors, clue or keep: as in `prepare.Role`
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


class Named(NamedTuple):
    """What stands in the elements of a page that the selectors of a rule or a protection name."""

    use: Use
    # 0-based lines all of which stands there, in order, each with the name of its element.
    lines: list[tuple[int, str]]
    # Parts of other lines: line, start and end in its characters (end excluded), and the name of the element.
    parts: list[tuple[int, int, int, str]]

    @property
    def touched(self) -> set[int]:
        """All lines that have text there."""
        return {i for i, _ in self.lines} | {i for i, *_ in self.parts}


UseHits = tuple[Use, list[int]]  # what fitting means, and the 0-based lines that fit, in order
PartHit = tuple[int, int, int, Use]  # a 0-based line, start and end in its characters (end excluded), and the meaning


class Lookup(NamedTuple):
    """What fits the lines of a document, or of many, in one group."""

    hits: list[Hit]  # of whole lines, ordered by line
    spans: list[PartHit]  # of parts of lines
    weak: list[tuple[WeakRules, dict[str, list[int]]]]  # which of some weak rules may fit a line, by the line's text

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


class DocumentLookup(NamedTuple):
    """What fits the lines of a document, in all groups."""

    uses: list[UseHits]  # of whole lines
    spans: list[PartHit]  # of parts of lines
    weak: list[tuple[WeakRules, dict[str, list[int]]]]  # as in `Lookup`
    repeated: frozenset[str]  # texts that more than one line had when it was looked up
    has_tags: bool  # whether tags may be left in the lines

    def without(self, ranges: Sequence[tuple[int, int]]) -> DocumentLookup:
        """Return the lookup of the document without the lines in `ranges` (0-based, ordered, end excluded)."""
        last = max(*(places[-1] for _, places in self.uses), *(span[0] for span in self.spans), 0, 0)
        numbers: list[int] = []  # the new number of each line, -1 for one that is gone
        left = 0
        for start, end in (*ranges, (last + 1, last + 1)):
            kept = range(left, left + start - len(numbers))
            numbers += (*kept, *[-1] * (end - start))
            left = kept.stop
        moved = [(use, [numbers[i] for i in places if numbers[i] >= 0]) for use, places in self.uses]
        return self._replace(
            uses=[(use, places) for use, places in moved if places],
            spans=[(numbers[i], start, end, use) for i, start, end, use in self.spans if numbers[i] >= 0],
        )


def unite(lookups: Sequence[Lookup], repeated: frozenset[str], has_tags: bool) -> DocumentLookup:
    """Return the lookup of a document in all groups, given its lookup in each and what is known of its lines."""
    hits = [hit for each in lookups for hit in each.hits]
    uses = {id(use): use for _, use in hits}  # by `id`, as uses take long to hash
    places: dict[int, list[int]] = {number: [] for number in uses}
    for i, use in hits:
        places[id(use)].append(i)
    return DocumentLookup(
        [(use, sorted(places[number])) for number, use in uses.items()],
        [span for each in lookups for span in each.spans],
        [weak for each in lookups for weak in each.weak if weak[1]],
        repeated,
        has_tags,
    )


def _line_of(hit: Hit) -> int:
    return hit[0]


class Group:
    """Packs that are looked up together. Gate and tables are decoded when a line first needs them."""

    def __init__(
        self, tables: GroupTables, uses: Uses, count: int, *, trusted: bool = False, shelves: int = 1
    ) -> None:
        """Take the tables of a group, what each of the `count` numbers in them means, and the shelves of its gate.

        Tables that are `trusted` are those of packs that ship: their patterns were checked before.
        """
        self._trusted = trusted
        self._end = shelves * gate.SHELF  # no code of the gate is as high
        self.scope = tables.scope
        self._tables, self._uses, self._count = tables, uses, count
        self._gate: gate.Gate | None = None
        self._indexes: dict[bool, Index] = {}

    def _index(self, *, weak: bool) -> Index:
        if weak not in self._indexes:
            try:
                tables = msgspec.msgpack.decode(self._tables.weak if weak else self._tables.strong, type=Tables)
            except (msgspec.MsgspecError, ValueError, RecursionError):
                raise damaged() from None
            tables.check(self._count, packs.LIMIT_CHARS)
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
        index = self._index(weak=False)
        return Lookup(
            self._hits(index, lines, calls.strong),
            self._part_hits(index, lines, calls.parts),
            [(self, {lines[i]: codes for i, codes in calls.weak.items()})],
        )

    def _part_hits(self, index: Index, lines: Sequence[str], places: Iterable[int]) -> list[PartHit]:
        """Return what fits of the rules in use for parts of lines; `places` are the lines whose ends may fit."""
        uses, hits = self._uses, []
        spared: dict[tuple[int, int], bool] = {}  # whether a rule spares the whole line, which may have many parts
        for i, start, end, rule in index.find_parts(lines, places):
            use = uses[rule]
            if use and use.unless and (rule, i) not in spared:
                spared[rule, i] = use.unless.hold(key(lines[i]))
            if use and not spared.get((rule, i)):
                hits.append((i, start, end, use))
        return hits

    def look_up_weak(self, lines: Sequence[str], called: Mapping[int, Sequence[int]]) -> list[Hit]:
        """Return which weak rules in use fit; `called` says by line which of them the gate found possible."""
        return self._hits(self._index(weak=True), lines, called)

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
