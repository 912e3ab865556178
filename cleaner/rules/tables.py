"""Tables of what rules look for: plain data, filled once from any number of rules, kept and loaded whole.

Literals are filed as they are, patterns under the fixed characters at an end of what they match, so that
those which begin alike are told apart by what follows. Rules are numbers here: what a number stands for is
its user's business.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

import msgspec

from cleaner.rules import gate, regex
from cleaner.rules.keys import fold
from cleaner.rules.outline import outline


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
    """Patterns by the fixed characters at an end of what they match; see `regex.Ends`. Tails are read backwards.

    `lasts` are of one character: of parts of lines that may be shorter than a tail.
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

    def only(self, patterns: Container[int]) -> Ends:
        """Return the same with no other patterns than those."""
        found = Ends()
        for (side, size), (new, _) in zip(self.sides(), found.sides(), strict=True):
            for text, numbers in side.table.items():
                for number in filter(patterns.__contains__, numbers):
                    new.add(text, size, number)
        return found


class Tables(msgspec.Struct, array_like=True):
    """What is looked for: literals and patterns for keys of lines, and patterns for parts of lines as they are."""

    longest: int  # characters of a whole line that can be matched
    literals: dict[str, list[int]] = {}  # rules by keys
    # Patterns for whole lines; when tables are made ready, only those that a gate does not call for one by one.
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
        """File a pattern for whole lines, with words that are keys.

        Raises `UnsafePattern` if no end of it is fixed.
        """
        pattern = regex.fold(pattern)
        if only := regex.WORD.fullmatch(pattern):
            self.add_literals(self.words[words][only[1]], rule)
            return
        self._file(self.whole, regex.find_ends(pattern, self.words[words], "any"), (pattern, words, rule))

    def add_inline(self, pattern: str, words: int, at: str, rule: int) -> None:
        """File a pattern for the `start`, the `end` or `any` part of lines, which are matched as they are.

        Raises `UnsafePattern` if nothing in it is fixed.
        """
        entry = (pattern, words, rule)
        if at == "any":
            self.patterns.append(entry)
            self.anywhere.append((regex.find_literal(pattern.lower()), len(self.patterns) - 1))
        else:
            ends = regex.find_ends(regex.fold(pattern), _folded(self.words[words]), at)
            self._file(self.starts if at == "start" else self.stops, ends, entry)

    def _file(self, table: Ends, ends: regex.Ends, entry: tuple[str, int, int]) -> None:
        self.patterns.append(entry)
        number = len(self.patterns) - 1
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

    def entries(self) -> Iterator[gate.Entry]:
        """Yield what a gate has to know, to call for all that may fit."""
        yield from gate.literals(self.literals)
        for where, ends in (("any", self.whole), ("start", self.starts), ("end", self.stops)):
            for number in sorted(ends.patterns()):
                pattern, place, _ = self.patterns[number]
                words: Mapping[str, Sequence[str]] = self.words[place]
                if where != "any":
                    pattern, words = regex.fold(pattern), _folded(words)
                found = outline(pattern, words, where, head=gate.HEAD, tail=gate.TAIL)
                yield from gate.pattern(found, number) if where == "any" else gate.part(found)


def _folded(words: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {name: [fold(word) for word in each] for name, each in words.items()}


def _of_parts(ends: regex.Ends) -> tuple[regex.Ends, set[str]]:
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
