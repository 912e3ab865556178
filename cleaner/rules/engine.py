"""The engine: which lines, and which parts of lines, the active rules mark as chrome.

Rules look at the lines as they are and only mark them, so the order of packs and rules cannot change
the result. First come the rules for lines anywhere, then those that need to know where the prose is
(zones, cuts, repeats), last the weak ones, which count only beside what is chrome already.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from cleaner.errors import SettingsError
from cleaner.rules import pack as packs
from cleaner.rules import regex, repeats
from cleaner.rules.index import Index, Pattern
from cleaner.rules.keys import key, keys
from cleaner.rules.scope import Activity, Scope
from cleaner.rules.zones import Zones, find_zones

CONFIDENCES = {"rules": ("sure", "likely"), "safe": ("sure", "likely"), "main": ("sure", "likely", "guess")}


class Mark(NamedTuple):
    """What verdict and record need to know of the rule that marked something."""

    rule: str  # pack/rule
    category: str
    confidence: str


class Marks(NamedTuple):
    """What the rules say of a document; line numbers are 0-based, spans in characters of the line."""

    lines: dict[int, list[Mark]]
    spans: dict[int, list[tuple[int, int, Mark]]]


class Use(NamedTuple):
    """What it means when a line equals a literal or matches a pattern."""

    role: str  # line, from, to, cut, cut_before, clue, keep
    mark: Mark
    scope: Scope
    langs: tuple[str, ...] = ()
    zone: str = "any"
    max_chars: int = packs.MAX_CHARS
    limit: int = 0  # lines of a block
    unless: tuple[Pattern, ...] = ()
    clue: str = ""
    only: tuple[str, ...] = ()  # globs of the rules a protection holds against


class Lookup(NamedTuple):
    """What fits the lines of a document: (line, use), and (line, start, end, use) within lines."""

    hits: list[tuple[int, Use]]
    spans: list[tuple[int, int, int, Use]]

    def without(self, ranges: Sequence[tuple[int, int]]) -> Lookup:
        """Return the lookup of the document without the lines in `ranges` (ordered, end excluded)."""
        ends = [end for _, end in ranges]
        gone = [0, *accumulate(end - start for start, end in ranges)]

        def moved(i: int) -> int:
            number = bisect_right(ends, i)
            return -1 if number < len(ranges) and i >= ranges[number][0] else i - gone[number]

        hits = [(new, use) for i, use in self.hits if (new := moved(i)) >= 0]
        spans = [(new, start, end, use) for i, start, end, use in self.spans if (new := moved(i)) >= 0]
        return Lookup(hits, spans)


class _Group:
    """Rules that are looked up together, in an index that is made when a document first needs it."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._waiting: list[tuple[packs.Pack, packs.Rule | packs.Keep, Use]] = []
        self._clues: list[Use] = []
        self._index: Index[Use] | None = None

    def add(self, pack: packs.Pack, rule: packs.Rule | packs.Keep, use: Use) -> None:
        self._waiting.append((pack, rule, use))

    def add_clue(self, use: Use) -> None:
        self._clues.append(use)

    @property
    def index(self) -> Index[Use]:
        if self._index is None:
            index: Index[Use] = Index(self._longest)
            for use in self._clues:
                index.add_literal(use.clue, use)
            words: dict[str, dict[str, list[str]]] = {}  # by pack
            for pack, rule, use in self._waiting:
                name = pack.pack.id
                if name not in words:
                    words[name] = pack.folded_words()
                _file(index, pack, rule, words[name], use)
            self._index = index
        return self._index


def _file(
    index: Index[Use], pack: packs.Pack, rule: packs.Rule | packs.Keep, words: dict[str, list[str]], use: Use
) -> None:
    """File the literals and patterns of one rule or protection in an index."""
    for literal in keys(packs.block(rule.lines or ""), packs.LIMIT_CHARS):
        index.add_literal(literal, use)
    for pattern in packs.listed(rule.patterns):
        index.add_pattern(pattern, words, use)
    if isinstance(rule, packs.Keep):
        return
    for role, patterns in (("from", rule.from_), ("to", rule.to), ("cut", rule.cut), ("cut_before", rule.cut_before)):
        for pattern in packs.listed(patterns):
            index.add_pattern(pattern, words, use._replace(role=role))
    for pattern in packs.listed(rule.inline):
        index.add_inline(pattern, pack.words, rule.at, use)


class Ruleset:
    """Compiled rules. Immutable in what it does; indexes and patterns are made when a line first needs them."""

    def __init__(self, active: Sequence[packs.Pack], level: str, disable: Iterable[str], keep: Iterable[str]) -> None:
        """Compile the packs for a level, without the rules and the categories named.

        `disable` holds globs of rule ids. Raises `SettingsError` where one names no rule, or where a
        category does not exist.
        """
        longest = max([packs.MAX_CHARS, *(rule.max_chars for pack in active for rule in pack.rule)])
        self._strong = _Group(longest)
        self._weak = _Group(longest)
        self._collapse: list[Use] = []
        self._off: list[tuple[Scope, tuple[str, ...]]] = []  # rules that are off on some hosts
        disable, keep = tuple(disable), frozenset(keep)
        _check_names(active, disable, keep)
        for pack in active:
            info = pack.pack
            clues = tuple(keys(info.clues, packs.LIMIT_CHARS))
            scope = Scope(tuple(info.hosts), tuple(info.langs), clues, info.clues_needed)
            for clue in clues:
                self._strong.add_clue(Use("clue", Mark(info.id, "", ""), scope, clue=clue))
            for rule in pack.rule:
                names = [f"{info.id}/{rule.id}", *rule.replaces]
                if (
                    rule.status == "active"
                    and rule.confidence in CONFIDENCES[level]
                    and rule.category not in keep
                    and not any(_matches(name, glob) for name in names for glob in disable)
                ):
                    self._add_rule(pack, rule, scope)
            for keeping in pack.keep:
                self._add_keep(pack, keeping)

    def _add_rule(self, pack: packs.Pack, rule: packs.Rule, scope: Scope) -> None:
        use = Use(
            role="line",
            mark=Mark(f"{pack.pack.id}/{rule.id}", rule.category, rule.confidence),
            scope=scope,
            langs=tuple(rule.langs),
            zone=rule.zone,
            max_chars=rule.max_chars,
            limit=rule.max or 0,
            unless=tuple(Pattern(regex.fold(p), pack.folded_words()) for p in packs.listed(rule.unless)),
        )
        if rule.collapse:
            self._collapse.append(use)
        elif rule.weak:
            self._weak.add(pack, rule, use)
        else:
            self._strong.add(pack, rule, use)

    def _add_keep(self, pack: packs.Pack, keeping: packs.Keep) -> None:
        scope = Scope(tuple(keeping.hosts), tuple(keeping.langs))
        only = tuple(keeping.rules) or ("*",)
        if keeping.lines or keeping.patterns:
            self._strong.add(pack, keeping, Use("keep", Mark("keep", "", ""), scope, only=only))
        else:
            self._off.append((scope, only))

    def look_up(self, lines: Sequence[str]) -> Lookup:
        """Look up `lines` (without line breaks) in the rules of all packs; not in the weak ones."""
        hits, spans = self._strong.index.find(lines)
        return Lookup([(i, use) for i, use in hits if _fits(lines[i], use)], spans)

    def mark(self, lines: Sequence[str], lookup: Lookup, *, url: str | None = None, lang: str | None = None) -> Marks:
        """Return what the rules that are active for this document mark in `lines`, which were looked up."""
        activity = Activity(url, lang, ((use.scope, use.clue) for _, use in lookup.hits if use.role == "clue"))
        hits = [(i, use) for i, use in lookup.hits if activity.is_live(use.scope, use.langs)]
        may_mark = self._protection(hits, activity)
        lines_marked: dict[int, list[Mark]] = {}
        marks = Marks(lines_marked, {})

        def put(indices: Iterable[int], mark: Mark) -> None:
            for i in indices:
                if may_mark(i, mark):
                    lines_marked.setdefault(i, []).append(mark)

        blocks = _Blocks(lines, hits)
        zoned = []
        for i, use in hits:
            if use.zone != "any" or use.role.startswith("cut"):
                zoned.append((i, use))
            elif use.role == "line":
                put((i,), use.mark)
            elif use.role == "from":
                put(blocks.starting(i, use), use.mark)
        spans = [span for span in lookup.spans if activity.is_live(span[-1].scope, span[-1].langs)]
        collapse = [use for use in self._collapse if activity.is_live(use.scope, use.langs)]
        pairs = repeats.twins(lines) if collapse else []
        if not (lines_marked or zoned or spans or pairs):
            return marks

        zones = find_zones(lines, lines_marked.keys() | {i for pair in pairs for i in pair})
        for role, places in (("cut", zoned[::-1]), ("cut_before", zoned)):
            # The widest cut of each rule: the first in the tail, the last in the head.
            cuts = {use.mark: i for i, use in places if use.role == role and zones.holds(i, _CUT_ZONE[role])}
            for mark, i in cuts.items():
                reach = range(i, len(lines)) if role == "cut" else range(i + 1)
                put((j for j in reach if lines[j].strip()), mark)
        for i, use in zoned:
            if use.role in ("line", "from") and zones.holds(i, use.zone):
                put(blocks.starting(i, use) if use.role == "from" else (i,), use.mark)
        for use in collapse:
            put((pair[1] for pair in pairs if repeats.is_copy(lines, pair, zones, use.zone)), use.mark)
        for i, start, end, use in spans:
            if zones.borders(i, use.zone) and may_mark(i, use.mark):
                marks.spans.setdefault(i, []).append((start, end, use.mark))
        for i, use in self._weak_beside(lines, lines_marked.keys(), activity, zones):
            put((i,), use.mark)
        return marks

    def _protection(self, hits: list[tuple[int, Use]], activity: Activity) -> Callable[[int, Mark], bool]:
        """Return a function that says whether a rule may mark a line, as far as protections are concerned."""
        off = [only for scope, only in self._off if activity.is_live(scope)]
        kept: dict[int, list[tuple[str, ...]]] = {}
        for i, use in hits:
            if use.role == "keep":
                kept.setdefault(i, []).append(use.only)
        if not off and not kept:
            return lambda _i, _mark: True
        return lambda i, mark: (
            not any(_matches(mark.rule, glob) for only in [*off, *kept.get(i, ())] for glob in only)
        )

    def _weak_beside(
        self, lines: Sequence[str], chrome: Collection[int], activity: Activity, zones: Zones
    ) -> Iterator[tuple[int, Use]]:
        """Yield the hits of weak rules in the lines beside chrome, and beside those, blank lines aside."""
        seen = set(chrome)
        frontier = [(i, step) for i in sorted(chrome) for step in (1, -1)]
        while frontier:
            reached = {}
            for i, step in frontier:
                i += step
                while 0 <= i < len(lines) and not lines[i].strip():
                    i += step
                if 0 <= i < len(lines) and i not in seen:
                    seen.add(i)
                    reached[i] = step
            places = sorted(reached)
            found = [
                (places[number], use)
                for number, use in self._weak.index.find([lines[i] for i in places])[0]
                if _fits(lines[places[number]], use)
                and activity.is_live(use.scope, use.langs)
                and zones.holds(places[number], use.zone)
            ]
            yield from found
            frontier = [(i, reached[i]) for i in sorted({i for i, _ in found})]

    def matches(self, line: str) -> bool:
        """Whether a rule that drops single lines would mark `line`, all scopes, zones and neighbours aside."""
        return any(
            use.role == "line" and _fits(line, use)
            for group in (self._strong, self._weak)
            for _, use in group.index.find([line])[0]
        )


_CUT_ZONE = {"cut": "tail", "cut_before": "head"}


class _Blocks:
    """Blocks of lines, from one that a rule's `from` fits to the next that its `to` fits."""

    def __init__(self, lines: Sequence[str], hits: Iterable[tuple[int, Use]]) -> None:
        self._lines = lines
        self._ends: dict[Mark, list[int]] = {}
        for i, use in hits:
            if use.role == "to":
                self._ends.setdefault(use.mark, []).append(i)

    def starting(self, start: int, use: Use) -> list[int]:
        """Return the lines of the block from `start` on, blank ones aside; none where its end is too far."""
        ends = self._ends.get(use.mark, [])
        number = bisect_right(ends, start)
        if number == len(ends) or ends[number] - start >= 4 * use.limit:  # blank lines count for this limit only
            return []
        block = [i for i in range(start, ends[number] + 1) if self._lines[i].strip()]
        fits = len(block) <= use.limit and all(len(self._lines[i]) <= use.max_chars for i in block)
        return block if fits else []


def _fits(line: str, use: Use) -> bool:
    """Whether a rule can reach a line that it matches."""
    if len(line) > use.max_chars and use.role not in ("clue", "keep"):
        return False
    return not use.unless or not any(pattern.regex.fullmatch(key(line)) for pattern in use.unless)


def _check_names(active: Sequence[packs.Pack], disable: Sequence[str], keep: Iterable[str]) -> None:
    """Raise `SettingsError` where a name in the settings is that of no rule or category."""
    if not disable and not keep:
        return
    rules = [name for pack in active for rule in pack.rule for name in (f"{pack.pack.id}/{rule.id}", *rule.replaces)]
    categories = {rule.category for pack in active for rule in pack.rule} | {"encoding", "boilerplate"}
    for glob in disable:
        if not any(_matches(name, glob) for name in rules):
            raise SettingsError(f"disable: there is no rule {glob!r}; {_advice(glob, rules)}")
    for category in sorted(set(keep) - categories):
        raise SettingsError(f"keep: there is no category {category!r}; {_advice(category, categories)}")


def _matches(name: str, glob: str) -> bool:
    """Whether a rule id is the one named, or one of those that a glob with `*` names."""
    if "*" not in glob:
        return name == glob
    from fnmatch import fnmatchcase

    return fnmatchcase(name, glob)


def _advice(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), 1)
    return f"did you mean {near[0]!r}?" if near else "known: " + ", ".join(sorted(known)[:20])
