"""Tables of what rules look for: plain data, filled once from any number of rules, kept and loaded whole.

Literals are filed as they are, patterns under the fixed characters at an end of what they match, so that
those which begin alike are told apart by what follows. Rules are numbers here: what a number stands for is
its user's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from cleaner.rules.match import gate, regex
from cleaner.rules.match.keys import fold
from cleaner.rules.match.outline import outline


class Side(msgspec.Struct, array_like=True):
    """Patterns (their numbers) by what they begin with, and how long such texts are, by their first characters.

    Texts of fewer than those first characters are all of what their pattern matches.
    """

    lengths: dict[str, set[int]] = {}
    table: dict[str, list[int]] = {}

    def add(self, text: str, size: int, pattern: int) -> None:
        """File a pattern under `text`, of which the first `size` characters are looked at first."""
        self.lengths.setdefault(text[:size], set()).add(len(text))
        self.table.setdefault(text, []).append(pattern)


class Ends(msgspec.Struct, array_like=True):
    """Patterns by the fixed characters at an end of what they match; see `regex.PatternEnds`.

    Tails are read backwards. `lasts` are of one character: of parts of lines that may be shorter than a tail.
    """

    heads: Side = msgspec.field(default_factory=Side)
    shorts: Side = msgspec.field(default_factory=Side)
    firsts: Side = msgspec.field(default_factory=Side)
    tails: Side = msgspec.field(default_factory=Side)
    lasts: Side = msgspec.field(default_factory=Side)

    def sides(self) -> tuple[tuple[Side, int], ...]:
        """Return all sides, with how many characters they look at first."""
        starts = ((self.heads, regex.HEAD), (self.shorts, regex.SHORT), (self.firsts, 1))
        return (*starts, (self.tails, regex.TAIL), (self.lasts, 1))

    def patterns(self) -> set[int]:
        """Return the numbers of all patterns that are filed here."""
        return {number for side, _ in self.sides() for numbers in side.table.values() for number in numbers}


class Tables(msgspec.Struct, array_like=True):
    """What is looked for: literals and patterns for keys of lines, and patterns for parts of lines as they are."""

    longest: int  # characters of a whole line that can be matched
    literals: dict[str, list[int]] = {}  # rules by keys
    # Of patterns for whole lines, those that a gate does not call for one by one.
    whole: Ends = msgspec.field(default_factory=Ends)
    starts: Ends = msgspec.field(default_factory=Ends)
    stops: Ends = msgspec.field(default_factory=Ends)
    anywhere: list[tuple[str, int]] = []  # a text that all matches of a pattern hold
    patterns: list[tuple[str, int, int]] = []  # a pattern, its words, and the rule
    words: list[dict[str, list[str]]] = []

    def add_words(self, words: Mapping[str, Sequence[str]]) -> int:
        """File words for patterns; returns their number."""
        self.words.append({name: list(each) for name, each in words.items()})
        return len(self.words) - 1

    def add_literals(self, literals: Iterable[str], rule: int) -> None:
        """File literals, which are keys."""
        known = self.literals
        for literal in literals:
            if literal in known:
                known[literal].append(rule)
            else:
                known[literal] = [rule]

    def add_pattern(self, pattern: str, words: int, rule: int) -> None:
        """File a pattern for whole lines, with words that are keys."""
        pattern = regex.fold(pattern)
        if only := regex.WORD.fullmatch(pattern):
            self.add_literals(self.words[words][only[1]], rule)
            return
        self.patterns.append((pattern, words, rule))

    def add_inline(self, pattern: str, words: int, at: str, rule: int) -> None:
        """File a pattern for the `start`, the `end` or `any` part of lines, which are matched as they are.

        Raises `UnsafePattern` if nothing in it is fixed.
        """
        number = len(self.patterns)
        self.patterns.append((pattern, words, rule))
        if at == "any":
            self.anywhere.append((regex.find_literal(pattern.lower()), number))
        else:
            ends = regex.find_ends(regex.fold(pattern), _folded(self.words[words]), at)
            self._file(self.starts if at == "start" else self.stops, ends, number)

    def _file(self, table: Ends, ends: regex.PatternEnds, number: int) -> None:
        lasts: set[str] = set()
        if table is not self.whole:  # where a part of a line is short, what follows in the line is looked at too
            ends, lasts = _of_parts(ends)
        texts = (
            {text[: regex.LONG] for text in ends.heads},
            {text[: regex.SHORT] for text in ends.shorts},
            {text[:1] for text in ends.firsts},
            {text[: -regex.LONG - 1 : -1] for text in ends.tails},
            lasts,
        )
        for (side, size), each in zip(table.sides(), texts, strict=True):
            for text in sorted(each):
                side.add(text, size, number)

    def entries(self) -> gate.Entries:
        """Return what a gate has to know, to call for all that may fit."""
        entries = gate.Entries()
        entries.add_literals(self.literals)
        parts = {number: "" for _, number in self.anywhere}
        for where, ends in (("start", self.starts), ("end", self.stops)):
            parts |= dict.fromkeys(ends.patterns(), where)
        for number, (pattern, place, _) in enumerate(self.patterns):
            where, words = parts.get(number, "any"), self.words[place]
            if where == "any":
                entries.add_pattern(outline(pattern, words, where, starts=gate.STARTS, ends=gate.ENDS), number)
            elif where:
                folded = regex.fold(pattern), _folded(words)
                entries.add_part(outline(*folded, where, starts=gate.STARTS, ends=gate.ENDS))
        return entries

    def add_crowd(self, patterns: Iterable[int]) -> None:
        """File those of the patterns for whole lines that a gate does not call for one by one.

        Raises `UnsafePattern` if no end of one is fixed.
        """
        for number in sorted(patterns):
            pattern, words, _ = self.patterns[number]
            self._file(self.whole, regex.find_ends(pattern, self.words[words], "any"), number)


def _folded(words: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {name: [fold(word) for word in each] for name, each in words.items()}


def _of_parts(ends: regex.PatternEnds) -> tuple[regex.PatternEnds, set[str]]:
    """Return by what to look up parts of lines, where nothing tells that a match is at its end, and its `lasts`."""
    short = {text for text in ends.heads if len(text) < regex.HEAD}
    tails = {text for text in ends.tails if len(text) >= regex.TAIL}
    found = ends._replace(
        heads=ends.heads - short,
        shorts=ends.shorts | {text for text in short if len(text) >= regex.SHORT},
        firsts=ends.firsts | {text[0] for text in short if len(text) < regex.SHORT},
        tails=frozenset(tails),
    )
    return found, {text[-1] for text in ends.tails - tails}
