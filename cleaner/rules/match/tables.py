"""Tables of what rules look for: plain data, filled once from any number of rules, cached and loaded whole.

A literal is filed under its key. A pattern is filed under the fixed characters that its matches begin or end with
(`outline.find_ends`), but only if the gate cannot call for it by number:

- An inline pattern for the start or the end of lines is in `starts` or `stops`: the gate only says that a line is
  worth a look. One for any place in a line is in `anywhere`.
- A pattern for whole lines that has no fixed ends is in `anchored`, with the texts that its matches hold.
- Another pattern for whole lines is in `whole` if it is in a crowd: more than `gate.MAX_CALLED` patterns share a
  hash.

An example: `posted by .{2,30}` is in a crowd with others that begin with "posted b", the eight characters that
the gate hashes of it. `find_ends` gives the prefix "posted by " (ten characters), and `whole.prefixes` gets:

    lengths   {"p": {10}}               under its first character: how long filed prefixes are
    numbers   {"posted by ": [17]}      the pattern with the number 17

For the key "posted by ann lee" the index takes the first character, finds the length 10, and asks `numbers` for the
first ten characters, "posted by ". It finds 17, and tries that pattern. A pattern with another prefix, such as
"posted before ", adds its length to the first table and is told apart by the second, without being tried.

A suffix is filed read backwards, so that it can be treated as a prefix of the line read backwards.

Rules are numbers here. What a number stands for is up to the module that files it (`prepare`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import msgspec

from cleaner import quote
from cleaner.errors import SettingsError
from cleaner.rules.match import gate, regex
from cleaner.rules.match.anchors import anchors_of
from cleaner.rules.match.keys import fold_text
from cleaner.rules.match.outline import find_ends, find_literal, outline
from cleaner.rules.match.units import PREFIX_UNITS, SUFFIX_UNITS

# Lengths (characters) that the ends of a pattern are listed to. A long one tells patterns apart that begin alike.
END_CHARS = (1, 3, 4, 6, 12, 25, 50, 100)


class PrefixTable(msgspec.Struct, array_like=True):
    """Patterns by a prefix of what they match.

    `lengths` gives the lengths of prefixes to try, by the first character of a prefix.
    """

    lengths: dict[str, set[int]] = {}
    numbers: dict[str, list[int]] = {}

    def add(self, prefix: str, number: int) -> None:
        """File the number of a pattern under `prefix`."""
        self.lengths.setdefault(prefix[:1], set()).add(len(prefix))
        self.numbers.setdefault(prefix, []).append(number)

    def find(self, text: str) -> set[int]:
        """Return the numbers of the patterns that are filed under a prefix of `text`."""
        found: set[int] = set()
        for length in self.lengths.get(text[:1], ()):
            found.update(self.numbers.get(text[:length], ()))
        return found


class EndTables(msgspec.Struct, array_like=True):
    """Patterns by the fixed characters at an end of what they match; `suffixes` are read backwards."""

    prefixes: PrefixTable = msgspec.field(default_factory=PrefixTable)
    suffixes: PrefixTable = msgspec.field(default_factory=PrefixTable)

    def add(self, pattern: str, words: Mapping[str, Sequence[str]], where: str, number: int) -> None:
        """File the number of a pattern under each text that its matches begin or end with; see `find_ends`."""
        found = find_ends(pattern, words, where, prefix_units=END_CHARS, suffix_units=END_CHARS)
        for text in sorted(found.whole | found.edges):
            if found.at_end:
                self.suffixes.add(text[::-1], number)
            else:
                self.prefixes.add(text, number)

    def find(self, text: str) -> list[int]:
        """Return the numbers of the patterns that are filed under what `text` begins or ends with."""
        return sorted(self.prefixes.find(text) | self.suffixes.find(text[: -END_CHARS[-1] - 1 : -1]))

    def lists(self) -> list[list[int]]:
        """Return the numbers that are filed here, by what they are filed under."""
        return [*self.prefixes.numbers.values(), *self.suffixes.numbers.values()]

    def patterns(self) -> set[int]:
        """Return the numbers of all patterns that are filed here."""
        return set(chain.from_iterable(self.lists()))


def damaged() -> SettingsError:
    """Return the error for tables that no packs make: somebody wrote another file into the cache."""
    import platformdirs

    folder = quote.name(platformdirs.user_cache_dir("cleaner"))
    return SettingsError(f"{folder}: a file of this cache holds what no rule pack may have; delete the folder")


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
    # Patterns for whole lines that have no fixed ends: an anchor, and the number. A pattern may have several anchors.
    anchored: list[tuple[str, int]] = []
    # All patterns by number: the text of the pattern, the number of its words in `words`, and its rule.
    patterns: list[tuple[str, int, int]] = []
    words: list[dict[str, list[str]]] = []  # word lists by name, a dictionary for each number that `add_words` gave

    def check(self, rules: int, longest: int) -> None:
        """Raise `SettingsError` unless all numbers are those of something that is there.

        `rules` is how many rules there are, `longest` the most characters of a line that a rule may take.
        """
        patterns = len(self.patterns)
        singly = [each[1] for each in (*self.anywhere, *self.anchored)]
        filed = (*self.whole.lists(), *self.starts.lists(), *self.stops.lists(), singly)
        for numbers, count in (
            (chain.from_iterable(self.literals.values()), rules),
            ((rule for _, _, rule in self.patterns), rules),
            ((words for _, words, _ in self.patterns), len(self.words)),
            (chain.from_iterable(filed), patterns),
        ):
            known = set(numbers)
            if known and not 0 <= min(known) <= max(known) < count:
                raise damaged()
        if self.longest > longest:
            raise damaged()

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

        A pattern that is only the name of a word list is filed as literals. Raises `UnsafePattern` if nothing is
        fixed in a pattern.
        """
        pattern = regex.fold_pattern(pattern)
        if only := regex.PLACEHOLDER.fullmatch(pattern):
            self.add_literals(self.words[words][only[1]], rule)
            return
        self.anchored += ((anchor, len(self.patterns)) for anchor in anchors_of(pattern, self.words[words]))
        self.patterns.append((pattern, words, rule))

    def add_inline(self, pattern: str, words: int, at: str, rule: int) -> None:
        """File an inline pattern, which matches at the `start`, at the `end` or in `any` place of lines as they are.

        Raises `UnsafePattern` if nothing is fixed in one for any place.
        """
        number = len(self.patterns)
        self.patterns.append((pattern, words, rule))
        if at == "any":
            self.anywhere.append((find_literal(pattern.lower()), number))
        else:
            filed = self.starts if at == "start" else self.stops
            filed.add(regex.fold_pattern(pattern), _fold_words(self.words[words]), at, number)

    def entries(self) -> gate.Entries:
        """Return what a gate must know to call for everything that may fit."""
        entries = gate.Entries()
        entries.add_literals(self.literals)
        entries.add_anchors(anchor for anchor, _ in self.anchored)
        anchored = {number for _, number in self.anchored}
        inline = {number: "any" for _, number in self.anywhere}
        inline |= dict.fromkeys(self.starts.patterns(), "start") | dict.fromkeys(self.stops.patterns(), "end")
        units = {"prefix_units": PREFIX_UNITS, "suffix_units": SUFFIX_UNITS}
        for number, (pattern, place, _) in enumerate(self.patterns):
            at, words = inline.get(number), self.words[place]
            if number in anchored:
                continue
            if at is None:
                entries.add_pattern(outline(pattern, words, "any", **units), number)
            elif at != "any":  # the gate does not know patterns for any place: they are searched for in all lines
                entries.add_part(outline(regex.fold_pattern(pattern), _fold_words(words), at, **units))
        return entries

    def add_crowd(self, patterns: Iterable[int]) -> None:
        """File patterns for whole lines (their numbers) that the gate does not call for by number."""
        for number in sorted(patterns):
            pattern, words, _ = self.patterns[number]
            self.whole.add(pattern, self.words[words], "any", number)


def _fold_words(words: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {name: [fold_text(word) for word in each] for name, each in words.items()}
