"""The index: which literals and patterns of any number of rules fit the lines of a document.

Only those patterns are tried that a line's own ends call for, so the cost of a line hardly grows with the
number of rules. Most lines call for nothing, and are passed over before their key is made.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from cleaner.rules import regex
from cleaner.rules.keys import BULLETS, fold, keys
from cleaner.rules.tables import BEGIN, Ends, Side, Tables

WIDTH = 2 * regex.LONG  # characters at an end of a line of which enough are left when they are folded
REACH = 300  # characters from the start or end of a line within which an inline pattern for there matches
FEW = 30  # patterns for any place in a line that are looked for one by one
_MARGIN = " \t\r\v\f\x1c\x1d\x1e\x1f" + BULLETS  # white space of ASCII
_NOTHING = ("\0",)  # no line that is looked up begins with it

Hit = tuple[int, int]  # a line, 0-based, and the rule that fits it
Span = tuple[int, int, int, int]  # a line, start and end in its characters, and the rule that fits there


class Index:
    """Looks lines up in tables; a pattern is compiled when the first line calls for it."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._compiled: dict[int, re.Pattern[str]] = {}
        every = (tables.whole, tables.starts, tables.stops)
        self._shorts = {text for ends in every for text in ends.shorts.lengths}
        self._firsts = {text for ends in every for text in ends.firsts.lengths}
        self._tails = {text for ends in every for text in ends.tails.lengths}
        self._first, self._last = _Edge(tables.starts), _Edge(tables.stops)
        self._bullets = self._first.chars.intersection(BULLETS)
        self._lasts = set(tables.stops.lasts.lengths)
        self._by_word = _by_word(tables.anywhere) if len(tables.anywhere) > FEW else {}

    def find(self, lines: Sequence[str]) -> tuple[list[Hit], list[Span]]:
        """Return what fits lines and parts of lines, ordered by line."""
        literals, patterns, whole = self._tables.literals, self._tables.patterns, self._tables.whole
        heads, shorts, firsts, tails = (s.lengths for s in (whole.heads, whole.shorts, whole.firsts, whole.tails))
        head, short, tail = regex.HEAD, regex.SHORT, -regex.TAIL - 1
        compiled, candidates = self._compiled, self._candidates(lines)
        hits: list[Hit] = []
        for i, key in zip(candidates, keys([lines[i] for i in candidates], self._tables.longest), strict=True):
            if key in literals:
                hits += [(i, rule) for rule in literals[key]]
            # Most keys call for no pattern: that is seen here, where it is cheap.
            if key[:head] in heads or key[:short] in shorts or key[:1] in firsts or key[:tail:-1] in tails:
                for number in _by_start(whole, key) + _by_end(whole, key):
                    pattern = compiled.get(number) or self._regex(number)
                    if pattern.fullmatch(key):
                        hits.append((i, patterns[number][2]))
        return hits, [*self._find_parts(lines, candidates), *self._find_anywhere(lines)]

    def _regex(self, number: int) -> re.Pattern[str]:
        if number not in self._compiled:
            pattern, words, _ = self._tables.patterns[number]
            self._compiled[number] = re.compile(regex.expand(pattern, self._tables.words[words]))
        return self._compiled[number]

    def _candidates(self, lines: Sequence[str]) -> list[int]:
        """Return the lines that something may fit, by their first and last characters."""
        begins, shorts, firsts, tails = self._tables.begins, self._shorts, self._firsts, self._tails
        width = self._tables.first_width  # where it is more than what is looked at here, all lines may fit
        head, short, last, long = regex.HEAD, regex.SHORT, -regex.TAIL - 1, BEGIN + 1
        # Of ASCII, a key has the same ends but for case; one character more, as it may combine with the last.
        found = [
            i
            for i, line in enumerate(lines)
            if (bare := line.rstrip().lstrip(_MARGIN))
            and (
                (start := bare[:long].lower()).startswith(begins.get(start[:head], _NOTHING))
                or start[:short] in shorts
                or (start[:1] in firsts and (len(start) <= width or width >= long))
                or not start.isascii()
                or start[:2] == "o "  # which may be a bullet
                or "  " in start
                or "\t" in start
                or (stop := bare[:last:-1].lower()) in tails
                or "  " in stop
                or "\t" in stop
                or not stop.isascii()
            )
        ]
        if self._bullets or self._lasts:
            odd = (
                i
                for i, line in enumerate(lines)
                if (bare := line.strip()) and (bare[0] in self._bullets or bare[-1].lower() in self._lasts)
            )
            return sorted({*found, *odd})
        return found

    def _find_parts(self, lines: Sequence[str], candidates: Sequence[int]) -> Iterator[Span]:
        """Yield what fits the start or the end of lines."""
        starts, stops, first, last = self._tables.starts, self._tables.stops, self._first, self._last
        for i in candidates if first.chars or last.chars else ():
            line = lines[i].strip()
            called = [("start", n) for n in _by_start(starts, fold(line[:WIDTH]))] if first[line[0]] else []
            if last[line[-1]]:
                called += [("end", n) for n in _by_end(stops, fold(line[-WIDTH:]))]
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


def _called(sides: Sequence[tuple[Side, int]], text: str) -> list[int]:
    """Return the patterns that may match what begins like `text`; sides go with how much of it they look at first."""
    return [
        number
        for side, size in sides
        if (lengths := side.lengths.get(text[:size]))
        for length in lengths
        for number in side.table.get(text[:length], ())
    ]


def _by_start(ends: Ends, text: str) -> list[int]:
    return _called(((ends.heads, regex.HEAD), (ends.shorts, regex.SHORT), (ends.firsts, 1)), text)


def _by_end(ends: Ends, text: str) -> list[int]:
    return _called(((ends.tails, regex.TAIL), (ends.lasts, 1)), text[: -regex.LONG - 1 : -1])


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
