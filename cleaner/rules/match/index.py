"""The index: which literals and patterns of any number of rules fit the lines of a document.

Only those patterns are tried that a line's own ends call for, so the cost of a line hardly grows with the
number of rules. Most lines call for nothing: those do not come here at all, see `gate`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from cleaner.rules.match import gate, regex
from cleaner.rules.match.keys import fold, keys
from cleaner.rules.match.tables import Ends, Tables

WIDTH = 2 * regex.LONG  # characters at an end of a line of which enough are left when they are folded
REACH = 300  # characters from the start or end of a line within which an inline pattern for there matches
FEW = 30  # patterns for any place in a line that are looked for one by one

Span = tuple[int, int, int, int]  # a line, start and end in its characters, and the rule that fits there


class Index:
    """Looks lines up in tables; a pattern is compiled when the first line calls for it."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._compiled: dict[int, re.Pattern[str]] = {}
        self._first, self._last = _Edge(tables.starts), _Edge(tables.stops)
        self._by_word = _by_word(tables.anywhere) if len(tables.anywhere) > FEW else {}

    def find(self, lines: Sequence[str], called: Mapping[int, Sequence[int]]) -> Iterator[tuple[int, str, list[int]]]:
        """Yield the lines that something fits, with their keys and the rules that do, of what a gate called for."""
        tables, compiled = self._tables, self._compiled
        literals, patterns = tables.literals, tables.patterns
        known: dict[str, list[int]] = {}
        for (i, codes), key in zip(called.items(), keys([lines[i] for i in called], tables.longest), strict=True):
            rules = known.get(key)
            if rules is None:
                rules = known[key] = []
                for code in codes:
                    if code == gate.LITERAL:
                        rules += literals.get(key, ())
                        continue
                    for number in _called(tables.whole, key) if code == gate.CROWD else (code - gate.NUMBERS,):
                        pattern = compiled.get(number) or self._regex(number)
                        if pattern.fullmatch(key):
                            rules.append(patterns[number][2])
            if rules:
                yield i, key, rules

    def find_parts(self, lines: Sequence[str], places: Sequence[int]) -> list[Span]:
        """Return what fits parts of lines, of starts and ends those of the lines in `places`."""
        return [*self._find_at_ends(lines, places), *self._find_anywhere(lines)]

    def _regex(self, number: int) -> re.Pattern[str]:
        if number not in self._compiled:
            pattern, words, _ = self._tables.patterns[number]
            self._compiled[number] = re.compile(regex.expand(pattern, self._tables.words[words]))
        return self._compiled[number]

    def _find_at_ends(self, lines: Sequence[str], places: Sequence[int]) -> Iterator[Span]:
        """Yield what fits the start or the end of lines."""
        starts, stops, first, last = self._tables.starts, self._tables.stops, self._first, self._last
        for i in places if first.chars or last.chars else ():
            line = lines[i].strip()
            called = [("start", n) for n in _called(starts, fold(line[:WIDTH]))] if first[line[0]] else []
            if last[line[-1]]:
                called += [("end", n) for n in _called(stops, fold(line[-WIDTH:]))]
            if called:
                for at, number in called:
                    for start, end in _spans(lines[i], self._regex(number), at):
                        yield i, start, end, self._tables.patterns[number][2]

    def _find_anywhere(self, lines: Sequence[str]) -> Iterator[Span]:
        """Yield what fits in lines wherever it stands."""
        sought = self._tables.anywhere
        if not sought:
            return
        text = "\n".join(["", *lines]).lower()
        if self._by_word:
            sought = self._by_word.get("", [])
            words = self._by_word.keys() & set(text.split())
            for i, line in enumerate(text.split("\n")[1:] if words else ()):
                for word in words.intersection(line.split()):
                    for part, number in self._by_word[word]:
                        if part in line:
                            yield from self._spans_in(lines, i, number)
        for part, number in sought:
            for i in sorted(set(_lines_with(part, text))):
                yield from self._spans_in(lines, i, number)

    def _spans_in(self, lines: Sequence[str], i: int, number: int) -> Iterator[Span]:
        for start, end in _spans(lines[i], self._regex(number), "any"):
            yield i, start, end, self._tables.patterns[number][2]


class _Edge(dict[str, bool]):
    """Whether what is looked for at that end of a line may fit one that has a character there; filled on demand."""

    def __init__(self, ends: Ends) -> None:
        sides = (ends.heads, ends.shorts, ends.firsts, ends.tails, ends.lasts)
        self.chars = {text[0] for side in sides for text in side.lengths}

    def __missing__(self, char: str) -> bool:
        folded = fold(char)  # of some characters, nothing is left
        found = self[char] = bool(self.chars) and (not folded or not self.chars.isdisjoint(folded))
        return found


def _called(ends: Ends, text: str) -> list[int]:
    """Return the patterns that may match what begins or ends like `text`."""
    back = text[: -regex.LONG - 1 : -1]
    found: list[int] = []
    for (side, size), whole in zip(ends.sides(), (text, text, text, back, back), strict=True):
        for length in side.lengths.get(whole[:size], ()):
            found += side.table.get(whole[:length], ())
    return found


def _by_word(sought: Sequence[tuple[str, int]]) -> dict[str, list[tuple[str, int]]]:
    """Sort what is looked for by a whole word in it, so that it is looked for only in documents with that word.

    A word at an end may be part of a longer one; of the others, the rarest tells most.
    """
    inner = [f"x{text}x".split()[1:-1] for text, _ in sought]
    counts = Counter(word for words in inner for word in set(words))
    table: dict[str, list[tuple[str, int]]] = {}
    for words, entry in zip(inner, sought, strict=True):
        table.setdefault(min(words, key=lambda word: (counts[word], word), default=""), []).append(entry)
    return table


def _lines_with(part: str, text: str) -> Iterator[int]:
    """Yield the lines of `text` (which begins with a line feed) that hold `part`, some of them more than once."""
    line = -1
    counted = 0
    position = text.find(part)
    while position >= 0:
        line += text.count("\n", counted, position + 1)
        counted = position + 1
        yield line
        position = text.find(part, position + 1)


def _spans(line: str, pattern: re.Pattern[str], at: str) -> list[tuple[int, int]]:
    """Return where an inline pattern matches in `line`: start and end in characters."""
    if at == "start":
        start = len(line) - len(line.lstrip())
        match = pattern.match(line, start, start + REACH)
        return [match.span()] if match else []
    if at == "end":
        end = len(line.rstrip())
        return [m.span() for m in pattern.finditer(line, max(0, end - REACH), end) if m.end() == end]
    return [match.span() for match in pattern.finditer(line)]
