"""The index: which literals and patterns of any number of rules fit the lines of a document.

Only those patterns are tried that the ends of a line call for, so the cost of a line hardly grows with the number of
rules. Most lines call for nothing and do not come here at all (see `gate`).

For a line that comes here, a call says what to do with its key:

    LITERAL              look the key up in `tables.literals`
    a pattern's number   try that pattern on the key
    CROWD                look the ends of the key up in `tables.whole`, and try each pattern that is filed there
    ANCHORED             try each pattern of `tables.anchored` whose anchor is in the key
    PART                 find inline patterns for the start or the end of the line (`find_parts`)

An example: the line "• Share this on Facebook" has the key "share this on facebook". The gate calls for the pattern
number 4, `share (?:this )?on .*`, because the line and the pattern have the same hash of "share this o". The index
compiles pattern 4 if no line called for it before. It matches the key, so its rule fits the line. The line "Share
this other page" gets the same call, as its first twelve characters are the same; there the pattern does not match.
"Share these pages" gets no call.

Inline patterns for any place in a line are not the gate's business. All of a document is searched for the fixed text
that each of them holds; if there are many, they are first sorted out by a word of that text (`_file_by_word`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from cleaner.rules.match import gate, regex
from cleaner.rules.match.keys import fold_text, keys
from cleaner.rules.match.tables import END_CHARS, EndTables, Tables, damaged

# Characters at each end of a line that are folded to look for inline patterns. Folding drops some of them, and
# `END_CHARS[-1]` should be left.
FOLDED_CHARS = 2 * END_CHARS[-1]
# An inline pattern for the start or the end of a line matches within this many characters from there.
INLINE_REACH_CHARS = 300
# Up to this many inline patterns for any place are searched for one by one; more are filed by a word they hold.
MAX_SEARCHED_SINGLY = 30

Span = tuple[int, int, int, int]  # line (0-based), start and end in characters of it (end excluded), rule that fits


class Index:
    """Looks lines up in tables. A pattern is compiled when the first line calls for it."""

    def __init__(self, tables: Tables, *, trusted: bool = False) -> None:
        """Take tables; the patterns of `trusted` ones are not checked again before they are used."""
        self._tables, self._trusted = tables, trusted
        self._compiled: dict[int, re.Pattern[str]] = {}
        self._inline = {number for _, number in tables.anywhere} | tables.starts.patterns() | tables.stops.patterns()
        self._may_start, self._may_stop = _CharFilter(tables.starts), _CharFilter(tables.stops)
        self._by_word = _file_by_word(tables.anywhere) if len(tables.anywhere) > MAX_SEARCHED_SINGLY else {}

    def find(self, lines: Sequence[str], called: Mapping[int, Sequence[int]]) -> Iterator[tuple[int, str, list[int]]]:
        """Yield each line that a literal or pattern fits: its number, its key, and the rules of what fits.

        `called` holds what a gate called for, by line number (0-based).
        """
        known: dict[str, list[int]] = {}
        found = keys([lines[i] for i in called], self._tables.longest)
        for (i, codes), key in zip(called.items(), found, strict=True):
            rules = known.get(key)
            if rules is None:
                rules = known[key] = self._fitting(key, codes)
            if rules:
                yield i, key, rules

    def _fitting(self, key: str, codes: Iterable[int]) -> list[int]:
        """Return the rules whose literals or patterns fit a key, of those that the codes call for."""
        compiled, patterns = self._compiled, self._tables.patterns
        rules: list[int] = []
        for code in codes:
            if code == gate.LITERAL:
                rules += self._tables.literals.get(key, ())
                continue
            for number in (code - gate.FIRST_PATTERN,) if code >= gate.FIRST_PATTERN else self._filed(code, key):
                pattern = compiled.get(number) or self._pattern(number)
                if pattern.fullmatch(key):
                    rules.append(patterns[number][2])
        return list(dict.fromkeys(rules)) if len(rules) > 1 else rules  # several patterns of a rule may fit

    def find_parts(self, lines: Sequence[str], places: Iterable[int]) -> list[Span]:
        """Return the spans that inline patterns match.

        Starts and ends are searched in the lines numbered in `places`, any place in all lines.
        """
        if not self._inline:
            return []
        return [*self._find_at_ends(lines, places), *self._find_anywhere(lines)]

    def _filed(self, code: int, key: str) -> Collection[int]:
        """Return the numbers of the patterns that a call for a crowd, or for patterns with anchors, is about."""
        if code == gate.CROWD:
            return self._tables.whole.find(key)
        return dict.fromkeys(number for anchor, number in self._tables.anchored if anchor in key)

    def _pattern(self, number: int) -> re.Pattern[str]:
        """Return a pattern by its number, compiled. It was checked before, but the cache may be forged."""
        if number not in self._compiled:
            try:
                pattern, words, _ = self._tables.patterns[number]
                expanded = regex.expand(pattern, self._tables.words[words])
                # How long the lines of its rule are is not known here, so the ways of `*` and `+` are not counted.
                if not self._trusted:
                    regex.check(expanded, max_chars=1, bounded=number in self._inline)
            except (IndexError, regex.UnsafePattern):
                raise damaged() from None
            self._compiled[number] = re.compile(expanded)
        return self._compiled[number]

    def _find_at_ends(self, lines: Sequence[str], places: Iterable[int]) -> Iterator[Span]:
        """Yield the spans that inline patterns match at the start or the end of the lines in `places`."""
        starts, stops = self._tables.starts, self._tables.stops
        may_start, may_stop = self._may_start, self._may_stop
        for i in places if may_start.chars or may_stop.chars else ():
            line = lines[i].strip()
            called: list[tuple[str, int]] = []
            if may_start[line[0]]:
                called += [("start", number) for number in starts.find(fold_text(line[:FOLDED_CHARS]))]
            if may_stop[line[-1]]:
                called += [("end", number) for number in stops.find(fold_text(line[-FOLDED_CHARS:]))]
            for at, number in called:
                for start, end in _matches(lines[i], self._pattern(number), at):
                    yield i, start, end, self._tables.patterns[number][2]

    def _find_anywhere(self, lines: Sequence[str]) -> Iterator[Span]:
        """Yield the spans that inline patterns for any place match."""
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
                            yield from self._spans_of(lines, i, number)
        for part, number in sought:
            for i in sorted(set(_lines_with(part, text))):
                yield from self._spans_of(lines, i, number)

    def _spans_of(self, lines: Sequence[str], i: int, number: int) -> Iterator[Span]:
        """Yield the spans that a pattern matches in line `i`."""
        for start, end in _matches(lines[i], self._pattern(number), "any"):
            yield i, start, end, self._tables.patterns[number][2]


class _CharFilter(dict[str, bool]):
    """Says of a character at an end of a line whether an inline pattern may match there; filled on demand.

    `chars` are the (folded) characters that filed prefixes begin with. It is empty if no pattern is filed.
    """

    def __init__(self, filed: EndTables) -> None:
        self.chars = filed.prefixes.lengths.keys() | filed.suffixes.lengths.keys()

    def __missing__(self, char: str) -> bool:
        folded = fold_text(char)  # empty for a character that keys leave out: the next one is not known here
        found = self[char] = bool(self.chars) and (not folded or not self.chars.isdisjoint(folded))
        return found


def _file_by_word(sought: Sequence[tuple[str, int]]) -> dict[str, list[tuple[str, int]]]:
    """Return the entries of `Tables.anywhere` by a whole word of their text: only lines with that word are searched.

    The first and the last word of a text may be part of a longer word in a line, so they do not count. Of the others,
    the one that the fewest texts have is taken. Texts without such a word are filed under "".
    """
    inner = [f"x{text}x".split()[1:-1] for text, _ in sought]
    counts = Counter(word for words in inner for word in set(words))
    table: dict[str, list[tuple[str, int]]] = {}
    for words, entry in zip(inner, sought, strict=True):
        table.setdefault(min(words, key=lambda word: (counts[word], word), default=""), []).append(entry)
    return table


def _lines_with(part: str, text: str) -> Iterator[int]:
    """Yield the numbers of the lines that contain `part`; a line with several parts comes several times.

    `text` is all lines, with a line feed before each.
    """
    line = -1
    counted = 0
    position = text.find(part)
    while position >= 0:
        line += text.count("\n", counted, position + 1)
        counted = position + 1
        yield line
        position = text.find(part, position + 1)


def _matches(line: str, pattern: re.Pattern[str], at: str) -> list[tuple[int, int]]:
    """Return where an inline pattern matches in `line`: start and end in characters, end excluded."""
    if at == "start":
        start = len(line) - len(line.lstrip())
        match = pattern.match(line, start, start + INLINE_REACH_CHARS)
        return [match.span()] if match else []
    if at == "end":
        end = len(line.rstrip())
        return [m.span() for m in pattern.finditer(line, max(0, end - INLINE_REACH_CHARS), end) if m.end() == end]
    return [match.span() for match in pattern.finditer(line)]
