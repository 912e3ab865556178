"""The engine: which lines, and which parts of lines, the active rules mark as chrome.

Rules look at the lines as they are and only mark them, so the order of packs and rules cannot change
the result. Each line is looked up by its key and by the key's first and last characters; only the few
patterns found that way are tried, whatever the number of rules.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from cleaner.errors import SettingsError
from cleaner.rules import pack as packs
from cleaner.rules import regex
from cleaner.rules.keys import fold, key
from cleaner.rules.keys import keys as find_keys
from cleaner.rules.zones import Zones, find_zones

PART = 64  # characters at the start or end of a long line by which inline patterns are looked up
INLINE_REACH = 300  # characters at the start or end of a line where an anchored inline pattern can match
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
    at: str = "any"
    only: tuple[str, ...] = ()  # globs of the rules a protection holds against


class Pattern:
    """A regular expression of a rule, compiled when the first line comes that it might match."""

    __slots__ = ("_flags", "_pattern", "_regex", "_words")

    def __init__(self, pattern: str, words: Mapping[str, Sequence[str]], flags: int = 0) -> None:
        self._pattern, self._words, self._flags = pattern, words, flags
        self._regex: re.Pattern[str] | None = None

    @property
    def regex(self) -> re.Pattern[str]:
        """The compiled pattern, with its words filled in."""
        if self._regex is None:
            self._regex = re.compile(regex.expand(self._pattern, self._words), self._flags)
        return self._regex


Index = dict[str, list[tuple[Pattern, "Use"]]]


class Lookup(NamedTuple):
    """The keys of a document's lines, and every (line, use) whose literal or pattern fits, of all packs."""

    keys: list[str]
    hits: list[tuple[int, Use]]

    def without(self, ranges: Iterable[tuple[int, int]]) -> Lookup:
        """Return the lookup of the document without some lines; these do not affect each other."""
        moved: list[int] = []
        keys: list[str] = []
        position = 0
        for start, end in ranges:
            moved += range(len(keys), len(keys) + start - position)
            keys += self.keys[position:start]
            moved += [-1] * (end - start)
            position = end
        moved += range(len(keys), len(keys) + len(self.keys) - position)
        keys += self.keys[position:]
        return Lookup(keys, [(moved[i], use) for i, use in self.hits if moved[i] >= 0])


class Ruleset:
    """Compiled rules. Immutable in what it does; patterns are compiled when a line first needs them."""

    def __init__(self, active: Sequence[packs.Pack], level: str, disable: Iterable[str], keep: Iterable[str]) -> None:
        """Compile the packs for a level, without the rules and the categories named.

        `disable` holds globs of rule ids. Raises `SettingsError` where one names no rule, or where a
        category does not exist.
        """
        self._literals: dict[str, list[Use]] = {}
        self._heads: Index = {}  # patterns by the LONG first characters of a match,
        self._short: Index = {}  # or by the SHORT first ones,
        self._tails: Index = {}  # or by the LONG last ones,
        self._firsts: Index = {}  # or by the first one,
        self._lasts: Index = {}  # or by the SHORT last ones
        self._inline: dict[str, dict[int, Index]] = {"start": {}, "end": {}}  # by where, and by how many characters
        self._anywhere: list[
            tuple[str, Pattern, Use]
        ] = []  # inline patterns that may match anywhere, by a text in them
        self._collapse: list[Use] = []
        self._off: list[tuple[Scope, tuple[str, ...]]] = []  # rules that are off on some hosts
        self._longest = packs.MAX_CHARS
        disable, keep = tuple(disable), frozenset(keep)
        _check_names(active, disable, keep)
        for pack in active:
            info = pack.pack
            words = pack.folded_words()
            clues = tuple(map(key, info.clues))
            scope = Scope(tuple(info.hosts), tuple(info.langs), clues, info.clues_needed)
            for clue in clues:
                self._add_literal(clue, Use("clue", Mark(info.id, "", ""), scope))
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
        self._longest = max(self._longest, rule.max_chars)
        use = Use(
            role="line",
            mark=mark,
            scope=scope,
            langs=tuple(rule.langs),
            zone=rule.zone,
            max_chars=rule.max_chars,
            limit=rule.max or 0,
            unless=tuple(Pattern(regex.fold(pattern), words) for pattern in packs.listed(rule.unless)),
            at=rule.at,
        )
        for literal in find_keys(packs.block(rule.lines or ""), packs.LIMIT_CHARS):
            self._add_literal(literal, use)
        for role, patterns in (
            ("line", rule.patterns),
            ("from", rule.from_),
            ("to", rule.to),
            ("cut", rule.cut),
            ("cut_before", rule.cut_before),
        ):
            for pattern in packs.listed(patterns):
                self._add_pattern(pattern, words, use._replace(role=role))
        for pattern in packs.listed(rule.inline):
            self._add_inline(pattern, Pattern(pattern, pack.words, re.IGNORECASE), words, use)
        if rule.collapse:
            self._collapse.append(use)

    def _add_inline(self, pattern: str, compiled: Pattern, words: dict[str, list[str]], use: Use) -> None:
        folded = regex.fold(pattern)
        if use.at == "any":
            self._anywhere.append((regex.literal(folded), compiled, use))
            return
        ends = regex.ends(folded, words, use.at)
        if ends is None:
            raise SettingsError(f"{use.mark.rule}: the pattern {pattern!r} has no fixed characters at its {use.at}")
        for text in ends.texts:
            self._inline[use.at].setdefault(ends.size, {}).setdefault(text, []).append((compiled, use))

    def _add_keep(self, keeping: packs.Keep, words: dict[str, list[str]]) -> None:
        scope = Scope(tuple(keeping.hosts), tuple(keeping.langs))
        only = tuple(keeping.rules) or ("*",)
        use = Use("keep", Mark("keep", "", ""), scope, only=only)
        for literal in find_keys(packs.block(keeping.lines), packs.LIMIT_CHARS):
            self._add_literal(literal, use)
        for pattern in packs.listed(keeping.patterns):
            self._add_pattern(pattern, words, use)
        if not keeping.lines and not keeping.patterns:
            self._off.append((scope, only))

    def _add_literal(self, literal: str, use: Use) -> None:
        self._literals.setdefault(literal, []).append(use)

    def _add_pattern(self, pattern: str, words: dict[str, list[str]], use: Use) -> None:
        """File a pattern where a line that matches it will be looked up."""
        pattern = regex.fold(pattern)
        only = regex.WORD.fullmatch(pattern)
        if only:
            for literal in words[only[1]]:
                self._add_literal(literal, use)
            return
        ends = regex.ends(pattern, words)
        if ends is None:
            raise SettingsError(f"{use.mark.rule}: the pattern {pattern!r} begins and ends with anything")
        by_start = {1: self._firsts, regex.SHORT: self._short, regex.LONG: self._heads}
        by_end = {regex.SHORT: self._lasts, regex.LONG: self._tails}
        index = (by_end if ends.last else by_start)[ends.size]
        compiled = Pattern(pattern, words)
        for text in ends.texts:
            index.setdefault(text, []).append((compiled, use))

    def look_up(self, lines: Sequence[str]) -> Lookup:
        """Look up `lines` (without line breaks) in the rules of all packs."""
        found = find_keys(lines, self._longest)
        return Lookup(found, self._hits(lines, found))

    def mark(self, lines: Sequence[str], lookup: Lookup, *, url: str | None = None, lang: str | None = None) -> Marks:
        """Return what the rules that are active for this document mark in `lines`, which were looked up."""
        hits = lookup.hits
        host = _host(url)
        clues = Counter(scope for scope, _ in {(use.scope, lookup.keys[i]) for i, use in hits if use.role == "clue"})
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

        inline = [(i, pattern, use) for i, pattern, use in self._inline_candidates(lines, lookup.keys) if active(use)]
        collapse = [use for use in self._collapse if active(use)]
        pairs = list(_pairs(lines, lookup.keys)) if collapse else []
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
        for i, pattern, use in inline:
            if _borders(i, use.zone, zones) and not protected(i, use.mark):
                for start, end in _inline_spans(lines[i], pattern, use.at):
                    marks.spans.setdefault(i, []).append((start, end, use.mark))
        return marks

    def matches(self, line: str) -> bool:
        """Whether a rule that drops single lines would mark `line`, all scopes, zones and neighbours aside."""
        return any(use.role == "line" for _, use in self._hits([line], [key(line)]))

    def _hits(self, lines: Sequence[str], keys: Sequence[str]) -> list[tuple[int, Use]]:
        """Return every (line, use) whose literal or pattern fits the line, of all packs."""
        literals, heads, short = self._literals, self._heads, self._short
        tails, firsts, lasts = self._tails, self._firsts, self._lasts
        long, few = regex.LONG, regex.SHORT
        candidates = [
            i
            for i, k in enumerate(keys)
            if k
            and (
                k in literals
                or k[:long] in heads
                or k[:few] in short
                or k[-long:] in tails
                or k[0] in firsts
                or k[-few:] in lasts
            )
        ]
        hits = []
        for i in candidates:
            k = keys[i]
            uses = literals.get(k, [])
            parts = (k[:long], k[:few], k[-long:], k[0], k[-few:])
            for index, part in zip((heads, short, tails, firsts, lasts), parts, strict=True):
                if part in index:
                    uses = uses + [use for pattern, use in index[part] if pattern.regex.fullmatch(k)]
            for use in uses:
                fits = len(lines[i]) <= use.max_chars or use.role in ("clue", "keep")
                if fits and not (use.unless and any(pattern.regex.fullmatch(k) for pattern in use.unless)):
                    hits.append((i, use))
        return hits

    def _inline_candidates(self, lines: Sequence[str], keys: Sequence[str]) -> list[tuple[int, Pattern, Use]]:
        """Return the lines that hold the fixed text of an inline pattern where it has to be."""
        found = []
        for at, sizes in self._inline.items():
            if not sizes:
                continue
            parts = _long_parts(lines, keys, at)
            for size, index in sizes.items():
                place = slice(None, size) if at == "start" else slice(-size, None)
                hits = [i for i, part in enumerate(parts) if part and part[place] in index]
                found += [(i, pattern, use) for i in hits for pattern, use in index[parts[i][place]]]
        if self._anywhere:
            folded = fold("\n".join(lines))
            for literal, pattern, use in self._anywhere:
                if literal in folded:
                    hits = [i for i, line in enumerate(folded.split("\n")) if literal in line]
                    found += [(i, pattern, use) for i in hits]
        return found


def _long_parts(lines: Sequence[str], keys: Sequence[str], at: str) -> list[str]:
    """Return the keys of lines, and for those too long to have one the key of their start or end."""
    parts = list(keys)
    long = [i for i, line in enumerate(lines) if not parts[i] and len(line) > PART]
    cut = [lines[i].lstrip()[:PART] if at == "start" else lines[i].rstrip()[-PART:] for i in long]
    for i, part in zip(long, find_keys(cut, PART), strict=True):
        parts[i] = part
    return parts


def _inline_spans(line: str, pattern: Pattern, at: str) -> list[tuple[int, int]]:
    """Return where an inline pattern matches in `line`: start and end in characters."""
    found = pattern.regex
    if at == "start":
        start = len(line) - len(line.lstrip())
        match = found.match(line, start, start + INLINE_REACH)
        return [match.span()] if match else []
    if at == "end":
        end = len(line.rstrip())
        return [m.span() for m in found.finditer(line, max(0, end - INLINE_REACH), end) if m.end() == end]
    return [match.span() for match in found.finditer(line)]


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


def _pairs(lines: Sequence[str], keys: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield neighbours (blank lines aside) that are the same long line, which occurs nowhere else."""
    places = [i for i, k in enumerate(keys) if k or lines[i].strip()]
    twins = [(a, b) for a, b in pairwise(places) if keys[a] == keys[b] and keys[a]]
    if not twins:
        return
    copies = Counter(keys)
    for one, two in twins:
        k = keys[one]
        words = len([word for word in k.split() if any(map(str.isalpha, word))])
        long = len(k) >= REPEAT_CHARS and words >= REPEAT_WORDS
        dense = not k.isascii() and len(k) >= REPEAT_DENSE and words and len(k) / (k.count(" ") + 1) >= REPEAT_DENSE
        if copies[k] == 2 and (long or dense):
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
