"""The engine: which lines, and which parts of lines, the active rules mark as chrome.

Rules look at the lines as they are and only mark them, so the order of packs and rules cannot change
the result. Each line is looked up by its key and by the key's first and last characters; only the few
patterns found that way are tried, whatever the number of rules.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from cleaner.errors import SettingsError
from cleaner.rules import pack as packs
from cleaner.rules import regex
from cleaner.rules.index import InlineIndex, LineIndex, Pattern
from cleaner.rules.keys import key, keys
from cleaner.rules.zones import Zones, find_zones

REPEAT_CHARS = 20  # a shorter line, or one of fewer words, is not collapsed: it may be a refrain
REPEAT_WORDS = 4
REPEAT_DENSE = 8  # characters, for scripts without spaces

CONFIDENCES = {"rules": ("sure", "likely"), "safe": ("sure", "likely"), "main": ("sure", "likely", "guess")}


class Mark(NamedTuple):
    """What verdict and record need to know of the rule that marked something."""

    rule: str  # pack/rule
    category: str
    confidence: str
    weak: bool = False


class Marks(NamedTuple):
    """What the rules say of a document; line numbers are 0-based, spans in characters of the line."""

    lines: dict[int, list[Mark]]
    spans: dict[int, list[tuple[int, int, Mark]]]


class Scope(NamedTuple):
    """For which documents a pack is active."""

    hosts: tuple[str, ...] = ()
    langs: tuple[str, ...] = ()
    clues: tuple[str, ...] = ()  # keys
    clues_needed: int = 1


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
    """What of all packs fits the lines of a document: (line, use), and (line, start, end, use) within lines."""

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


class Ruleset:
    """Compiled rules. Immutable in what it does; patterns are compiled when a line first needs them."""

    def __init__(self, active: Sequence[packs.Pack], level: str, disable: Iterable[str], keep: Iterable[str]) -> None:
        """Compile the packs for a level, without the rules and the categories named.

        `disable` holds globs of rule ids. Raises `SettingsError` where one names no rule, or where a
        category does not exist.
        """
        longest = max((rule.max_chars for pack in active for rule in pack.rule), default=packs.MAX_CHARS)
        self._whole: LineIndex[Use] = LineIndex(max(longest, packs.MAX_CHARS))
        self._inline: InlineIndex[Use] = InlineIndex()
        self._collapse: list[Use] = []
        self._off: list[tuple[Scope, tuple[str, ...]]] = []  # rules that are off on some hosts
        disable, keep = tuple(disable), frozenset(keep)
        _check_names(active, disable, keep)
        for pack in active:
            info = pack.pack
            words = pack.folded_words()
            clues = tuple(map(key, info.clues))
            scope = Scope(tuple(info.hosts), tuple(info.langs), clues, info.clues_needed)
            for clue in clues:
                self._whole.add_literal(clue, Use("clue", Mark(info.id, "", ""), scope, clue=clue))
            for rule in pack.rule:
                mark = Mark(f"{info.id}/{rule.id}", rule.category, rule.confidence, rule.weak)
                names = [mark.rule, *rule.replaces]
                if (
                    rule.status == "active"
                    and rule.confidence in CONFIDENCES[level]
                    and rule.category not in keep
                    and not any(_matches(name, glob) for name in names for glob in disable)
                ):
                    self._add_rule(pack, rule, words, mark, scope)
            for keeping in pack.keep:
                self._add_keep(keeping, words)

    def _add_rule(
        self, pack: packs.Pack, rule: packs.Rule, words: dict[str, list[str]], mark: Mark, scope: Scope
    ) -> None:
        use = Use(
            role="line",
            mark=mark,
            scope=scope,
            langs=tuple(rule.langs),
            zone=rule.zone,
            max_chars=rule.max_chars,
            limit=rule.max or 0,
            unless=tuple(Pattern(regex.fold(pattern), words) for pattern in packs.listed(rule.unless)),
        )
        for literal in keys(packs.block(rule.lines or ""), packs.LIMIT_CHARS):
            self._whole.add_literal(literal, use)
        for role, patterns in (
            ("line", rule.patterns),
            ("from", rule.from_),
            ("to", rule.to),
            ("cut", rule.cut),
            ("cut_before", rule.cut_before),
        ):
            for pattern in packs.listed(patterns):
                self._whole.add_pattern(pattern, words, use._replace(role=role))
        for pattern in packs.listed(rule.inline):
            self._inline.add(pattern, pack.words, rule.at, use)
        if rule.collapse:
            self._collapse.append(use)

    def _add_keep(self, keeping: packs.Keep, words: dict[str, list[str]]) -> None:
        scope = Scope(tuple(keeping.hosts), tuple(keeping.langs))
        only = tuple(keeping.rules) or ("*",)
        use = Use("keep", Mark("keep", "", ""), scope, only=only)
        for literal in keys(packs.block(keeping.lines), packs.LIMIT_CHARS):
            self._whole.add_literal(literal, use)
        for pattern in packs.listed(keeping.patterns):
            self._whole.add_pattern(pattern, words, use)
        if not keeping.lines and not keeping.patterns:
            self._off.append((scope, only))

    def look_up(self, lines: Sequence[str]) -> Lookup:
        """Look up `lines` (without line breaks) in the rules of all packs."""
        hits = [(i, use) for i, use in self._whole.hits(lines) if _fits(lines[i], use)]
        return Lookup(hits, self._inline.hits(lines))

    def mark(self, lines: Sequence[str], lookup: Lookup, *, url: str | None = None, lang: str | None = None) -> Marks:
        """Return what the rules that are active for this document mark in `lines`, which were looked up."""
        hits = lookup.hits
        host = _host(url)
        clues = Counter(scope for scope, _ in {(use.scope, use.clue) for _, use in hits if use.role == "clue"})
        live: dict[Scope, bool] = {}

        def active(use: Use) -> bool:
            if use.scope not in live:
                live[use.scope] = _is_live(use.scope, host, lang, clues[use.scope])
            return live[use.scope] and (lang is None or not use.langs or _speaks(use.langs, lang))

        hits = [(i, use) for i, use in hits if active(use)]
        off = [only for scope, only in self._off if _is_live(scope, host, lang, 0)]
        kept: dict[int, list[tuple[str, ...]]] = {}
        for i, use in hits:
            if use.role == "keep":
                kept.setdefault(i, []).append(use.only)

        marks = Marks({}, {})

        def protected(i: int, mark: Mark) -> bool:
            return bool(off or i in kept) and any(
                _matches(mark.rule, glob) for only in [*off, *kept.get(i, ())] for glob in only
            )

        def put(indices: Iterable[int], mark: Mark) -> None:
            for i in indices:
                if not protected(i, mark):
                    marks.lines.setdefault(i, []).append(mark)

        zoned = []
        for i, use in hits:
            if use.role == "line" and use.zone == "any":
                put([i], use.mark)
            elif use.role in ("line", "from", "cut", "cut_before"):
                zoned.append((i, use))
        ends: dict[Mark, list[int]] = {}
        for i, use in hits:
            if use.role == "to":
                ends.setdefault(use.mark, []).append(i)
        for i, use in zoned:
            if use.role == "from" and use.zone == "any":
                put(_block(lines, i, use, ends), use.mark)

        inline = [span for span in lookup.spans if active(span[-1])]
        collapse = [use for use in self._collapse if active(use)]
        pairs = list(_pairs(lines)) if collapse else []
        if not (zoned or inline or pairs):
            return marks
        chrome = {i for i, found in marks.lines.items() if not all(mark.weak for mark in found)}
        zones = find_zones(lines, chrome | {i for pair in pairs for i in pair})

        cuts = {use.mark: i for i, use in reversed(zoned) if use.role == "cut" and i >= zones.tail}
        for mark, i in cuts.items():
            put([j for j in range(i, len(lines)) if lines[j].strip()], mark)
        cuts = {use.mark: i for i, use in zoned if use.role == "cut_before" and i < zones.head}
        for mark, i in cuts.items():
            put([j for j in range(i + 1) if lines[j].strip()], mark)
        for i, use in zoned:
            if use.role.startswith("cut"):
                continue
            if (use.zone == "head" and i < zones.head) or (use.zone == "tail" and i >= zones.tail):
                put(_block(lines, i, use, ends) if use.role == "from" else [i], use.mark)
        for use in collapse:
            for one, two in pairs:
                if _collapses(lines, one, two, zones, use.zone):
                    put([two], use.mark)
        for i, start, end, use in inline:
            if _borders(i, use.zone, zones) and not protected(i, use.mark):
                marks.spans.setdefault(i, []).append((start, end, use.mark))
        return marks

    def matches(self, line: str) -> bool:
        """Whether a rule that drops single lines would mark `line`, all scopes, zones and neighbours aside."""
        return any(use.role == "line" for _, use in self.look_up([line]).hits)


def _fits(line: str, use: Use) -> bool:
    """Whether a rule can reach a line that it matches."""
    if len(line) > use.max_chars and use.role not in ("clue", "keep"):
        return False
    return not use.unless or not any(pattern.regex.fullmatch(key(line)) for pattern in use.unless)


def _borders(i: int, zone: str, zones: Zones) -> bool:
    """Whether line `i` is in a zone or is the line of prose that borders on it."""
    return zone == "any" or (zone == "head" and i <= zones.first) or (zone == "tail" and 0 <= zones.last <= i)


def _block(lines: Sequence[str], start: int, use: Use, ends: dict[Mark, list[int]]) -> list[int]:
    """Return the lines from `start` to the nearest end of the same rule, or none where it is too far away."""
    places = ends.get(use.mark, [])
    number = bisect_right(places, start)
    if number == len(places) or places[number] - start >= 4 * use.limit:  # blank lines do not count, within limits
        return []
    end = places[number]
    block = [i for i in range(start, end + 1) if lines[i].strip()]
    return block if len(block) <= use.limit and all(len(lines[i]) <= use.max_chars for i in block) else []


def _pairs(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield neighbours (blank lines aside) that are the same long line, which occurs nowhere else."""
    places = [i for i, line in enumerate(lines) if len(line) >= REPEAT_DENSE]
    twins = [(a, b) for a, b in pairwise(places) if lines[a].strip() == lines[b].strip()]
    if not twins:
        return
    copies = Counter(line.strip() for line in lines)
    for one, two in twins:
        line = lines[one].strip()
        words = sum(any(map(str.isalpha, word)) for word in line.split())
        long = len(line) >= REPEAT_CHARS and words >= REPEAT_WORDS
        dense = words and not line.isascii() and len(line) >= REPEAT_DENSE * (line.count(" ") + 1)
        alone = not any(lines[i].strip() for i in range(one + 1, two))
        if alone and copies[line] == 2 and (long or dense):
            yield one, two


def _collapses(lines: Sequence[str], one: int, two: int, zones: Zones, zone: str) -> bool:
    """Whether the second of two equal lines is a copy of a caption or headline, not a refrain.

    It is in the head of a document that has prose; elsewhere only where the two stand together as a
    paragraph of their own.
    """
    if zones.first < 0:
        return False
    if two < zones.head:
        return zone in ("any", "head")
    if zone == "head" or (zone == "tail" and one < zones.tail):
        return False
    alone = (one == 0 or not lines[one - 1].strip()) and (two + 1 == len(lines) or not lines[two + 1].strip())
    return alone and two == one + 1


def _host(url: str | None) -> str | None:
    """Return the host of `url` in lower case, or None where there is none."""
    if not url:
        return None
    from urllib.parse import urlsplit

    try:
        return urlsplit(url if "//" in url else f"//{url}").hostname
    except ValueError:
        return None


def _is_live(scope: Scope, host: str | None, lang: str | None, clues: int) -> bool:
    """Whether a pack is active: by its hosts where the host is known, else by its clues."""
    if lang is not None and scope.langs and not _speaks(scope.langs, lang):
        return False
    if scope.hosts and host is not None:
        return any(host == name or host.endswith(f".{name}") for name in scope.hosts)
    if scope.clues:
        return clues >= scope.clues_needed
    return not scope.hosts


def _speaks(langs: Sequence[str], lang: str) -> bool:
    """Whether one of `langs` and `lang` (BCP 47) are the same language, or one a variety of the other."""
    low = lang.lower()
    return any(
        low == name.lower() or low.startswith(name.lower() + "-") or name.lower().startswith(low + "-")
        for name in langs
    )


def _check_names(active: Sequence[packs.Pack], disable: Sequence[str], keep: Iterable[str]) -> None:
    """Raise `SettingsError` where a name in the settings is that of no rule or category."""
    rules = [name for pack in active for rule in pack.rule for name in (f"{pack.pack.id}/{rule.id}", *rule.replaces)]
    categories = {rule.category for pack in active for rule in pack.rule} | {"encoding"}
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
