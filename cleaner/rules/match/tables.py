"""Tables of what rules look for: plain data, filled once from any number of rules, cached and loaded whole.

A literal is filed under its key. A pattern is filed under the fixed characters that its matches begin or end with
(`regex.find_ends`), but only if the gate cannot call for it by number:

- An inline pattern for the start or the end of lines is in `starts` or `stops`: the gate only says that a line is
  worth a look. One for any place in a line is in `anywhere`.
- A pattern for whole lines is in `whole` if it is in a crowd: more than `gate.MAX_CALLED` patterns share a hash.

An example: `posted by [a-z ]{2,30}` is in a crowd with others that begin with "posted b", the eight characters that
the gate hashes of it. `find_ends` gives the prefix "posted by " (ten characters), and `whole.prefixes` gets:

    lengths   {"posted": {10}}          under its first `PREFIX_CHARS` characters: how long filed prefixes are
    numbers   {"posted by ": [17]}      the pattern with the number 17

For the key "posted by ann lee" the index takes the first six characters, "posted", finds the length 10, and asks
`numbers` for the first ten, "posted by ". It finds 17, and tries that pattern. A pattern with another prefix, such as
"posted before ", adds its length to the first table and is told apart by the second, without being tried.

A suffix is filed read backwards, so that it can be treated as a prefix of the line read backwards.

Rules are numbers here. What a number stands for is up to the module that files it (`prepare`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from cleaner.rules.match import gate, regex
from cleaner.rules.match.keys import fold_text
from cleaner.rules.match.outline import outline


class PrefixTable(msgspec.Struct, array_like=True):
    """Patterns by a prefix of what they match, or by a suffix of it read backwards.

    `lengths` gives the lengths of prefixes to try, by the first few characters of a prefix; how many these are
    depends on the table. A prefix that has fewer characters is a whole match.
    """

    lengths: dict[str, set[int]] = {}
    numbers: dict[str, list[int]] = {}

    def add(self, prefix: str, first_chars: int, pattern: int) -> None:
        """File the number of a pattern under `prefix`, and the length of this under its first characters."""
        self.lengths.setdefault(prefix[:first_chars], set()).add(len(prefix))
        self.numbers.setdefault(prefix, []).append(pattern)


class EndTables(msgspec.Struct, array_like=True):
    """Patterns by the fixed characters at an end of what they match; see `regex.PatternEnds`.

    `suffixes` and `last_chars` are read backwards. `last_chars` are for inline patterns, whose suffix may be shorter
    than `regex.SUFFIX_CHARS`.
    """

    prefixes: PrefixTable = msgspec.field(default_factory=PrefixTable)
    short_prefixes: PrefixTable = msgspec.field(default_factory=PrefixTable)
    first_chars: PrefixTable = msgspec.field(default_factory=PrefixTable)
    suffixes: PrefixTable = msgspec.field(default_factory=PrefixTable)
    last_chars: PrefixTable = msgspec.field(default_factory=PrefixTable)

    def tables(self) -> tuple[tuple[PrefixTable, int], ...]:
        """Return all tables, each with how many first characters its `lengths` are filed under."""
        return (
            (self.prefixes, regex.PREFIX_CHARS),
            (self.short_prefixes, regex.SHORT_PREFIX_CHARS),
            (self.first_chars, 1),
            (self.suffixes, regex.SUFFIX_CHARS),
            (self.last_chars, 1),
        )

    def patterns(self) -> set[int]:
        """Return the numbers of all patterns that are filed here."""
        return {number for table, _ in self.tables() for numbers in table.numbers.values() for number in numbers}


class Tables(msgspec.Struct, array_like=True):
    """What rules look for: literals and patterns to compare with keys, and inline patterns to search lines for."""

    longest: int  # lines with more characters than this match nothing as a whole
    literals: dict[str, list[int]] = {}  # rules by key
    # Patterns for whole lines that are in a crowd. Those that the gate calls for by number are in `patterns` only.
    whole: EndTables = msgspec.field(default_factory=EndTables)
    # Inline patterns for the start and for the end of lines.
    starts: EndTables = msgspec.field(default_factory=EndTables)
    stops: EndTables = msgspec.field(default_factory=EndTables)
    # Inline patterns for any place in a line: a lower-case text that is part of every match, and the number.
    anywhere: list[tuple[str, int]] = []
    # All patterns by number: the text of the pattern, the number of its words in `words`, and its rule.
    patterns: list[tuple[str, int, int]] = []
    words: list[dict[str, list[str]]] = []  # word lists by name, a dictionary for each number that `add_words` gave

    def add_words(self, words: Mapping[str, Sequence[str]]) -> int:
        """File word lists for patterns, and return their number."""
        self.words.append({name: list(each) for name, each in words.items()})
        return len(self.words) - 1

    def add_literals(self, literals: Iterable[str], rule: int) -> None:
        """File literals, which have the form of keys."""
        known = self.literals
        for literal in literals:
            if literal in known:
                known[literal].append(rule)
            else:
                known[literal] = [rule]

    def add_pattern(self, pattern: str, words: int, rule: int) -> None:
        """File a pattern for whole lines. `words` is the number of its word lists, whose words have the form of keys.

        A pattern that is only the name of a word list is filed as literals.
        """
        pattern = regex.fold_pattern(pattern)
        if only := regex.PLACEHOLDER.fullmatch(pattern):
            self.add_literals(self.words[words][only[1]], rule)
            return
        self.patterns.append((pattern, words, rule))

    def add_inline(self, pattern: str, words: int, at: str, rule: int) -> None:
        """File an inline pattern, which matches at the `start`, at the `end` or in `any` place of lines as they are.

        Raises `UnsafePattern` if no end of it is fixed, or nothing in one for any place.
        """
        number = len(self.patterns)
        self.patterns.append((pattern, words, rule))
        if at == "any":
            self.anywhere.append((regex.find_literal(pattern.lower()), number))
        else:
            ends = regex.find_ends(regex.fold_pattern(pattern), _fold_words(self.words[words]), at)
            _file_inline(self.starts if at == "start" else self.stops, ends, number)

    def entries(self) -> gate.Entries:
        """Return what a gate must know to call for everything that may fit."""
        entries = gate.Entries()
        entries.add_literals(self.literals)
        inline = {number: "any" for _, number in self.anywhere}
        inline |= dict.fromkeys(self.starts.patterns(), "start") | dict.fromkeys(self.stops.patterns(), "end")
        units = {"prefix_units": gate.PREFIX_UNITS, "suffix_units": gate.SUFFIX_UNITS}
        for number, (pattern, place, _) in enumerate(self.patterns):
            at, words = inline.get(number), self.words[place]
            if at is None:
                entries.add_pattern(outline(pattern, words, "any", **units), number)
            elif at != "any":  # the gate does not know patterns for any place: they are searched for in all lines
                entries.add_part(outline(regex.fold_pattern(pattern), _fold_words(words), at, **units))
        return entries

    def add_crowd(self, patterns: Iterable[int]) -> None:
        """File patterns for whole lines (their numbers) that the gate does not call for by number.

        Raises `UnsafePattern` if no end of one is fixed.
        """
        for number in sorted(patterns):
            pattern, words, _ = self.patterns[number]
            _file(self.whole, regex.find_ends(pattern, self.words[words], "any"), frozenset(), number)


def _fold_words(words: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {name: [fold_text(word) for word in each] for name, each in words.items()}


def _file(filed: EndTables, ends: regex.PatternEnds, last_chars: Collection[str], number: int) -> None:
    """File the number of a pattern under each of its ends, cut to the longest that is recorded."""
    texts = (
        {text[: regex.MAX_END_CHARS] for text in ends.prefixes},
        {text[: regex.SHORT_PREFIX_CHARS] for text in ends.short_prefixes},
        {text[:1] for text in ends.first_chars},
        {text[: -regex.MAX_END_CHARS - 1 : -1] for text in ends.suffixes},
        last_chars,
    )
    for (table, first_chars), each in zip(filed.tables(), texts, strict=True):
        for text in sorted(each):
            table.add(text, first_chars, number)


def _file_inline(filed: EndTables, ends: regex.PatternEnds, number: int) -> None:
    """File the number of an inline pattern under each of its ends.

    A prefix or suffix that is a whole match may be shorter than the first characters of its table. The line goes on
    behind such a match, so the first characters of the line are more than the match. It is filed in a table that
    looks at fewer characters.
    """
    short = {text for text in ends.prefixes if len(text) < regex.PREFIX_CHARS}
    suffixes = {text for text in ends.suffixes if len(text) >= regex.SUFFIX_CHARS}
    longer = ends._replace(
        prefixes=ends.prefixes - short,
        short_prefixes=ends.short_prefixes | {text for text in short if len(text) >= regex.SHORT_PREFIX_CHARS},
        first_chars=ends.first_chars | {text[0] for text in short if len(text) < regex.SHORT_PREFIX_CHARS},
        suffixes=frozenset(suffixes),
    )
    _file(filed, longer, {text[-1] for text in ends.suffixes - suffixes}, number)
