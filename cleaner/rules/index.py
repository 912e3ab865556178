"""The index: which literals and patterns of any number of rules fit the lines of a document.

Literals are looked up; patterns are filed under the fixed characters at an end of what they match, and
only those are tried that a line's own ends call for. So the cost of a line hardly grows with the number
of rules. Most lines call for nothing, and are passed over before their key is made.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from cleaner.rules import regex
from cleaner.rules.keys import BULLETS, keys

Use = TypeVar("Use")

REACH = 300  # characters from the start or end of a line within which an inline pattern for there matches
_BLANK = " \t\r"
_MARGIN = _BLANK + BULLETS
_NOTHING = ("\0",)  # no line that is looked up begins with it


class Pattern:
    """A regular expression of a rule, compiled when the first line comes that it might match."""

    __slots__ = ("_pattern", "_regex", "_words")

    def __init__(self, pattern: str, words: Mapping[str, Sequence[str]]) -> None:
        self._pattern, self._words = pattern, words
        self._regex: re.Pattern[str] | None = None

    @property
    def regex(self) -> re.Pattern[str]:
        """The compiled pattern, with its words filled in."""
        if self._regex is None:
            self._regex = re.compile(regex.expand(self._pattern, self._words))
        return self._regex


Table = dict[str, list[tuple[Pattern, Use]]]
Hit = tuple[int, Use]  # a line, 0-based, and what fits it
Span = tuple[int, int, int, Use]  # a line, start and end in its characters, and what fits there


class _Ends(Generic[Use]):
    """Patterns by the fixed characters at an end of what they match; see `regex.Ends`."""

    def __init__(self) -> None:
        self.heads: Table[Use] = {}
        self.shorts: Table[Use] = {}
        self.firsts: Table[Use] = {}
        self.tails: Table[Use] = {}

    def add(self, ends: regex.Ends, pattern: Pattern, use: Use) -> None:
        for table, texts, size in (
            (self.heads, ends.heads, regex.HEAD),
            (self.shorts, ends.shorts, regex.SHORT),
            (self.firsts, ends.firsts, 1),
            (self.tails, ends.tails, regex.TAIL),
        ):
            for text in {text[:size] for text in texts}:
                table.setdefault(text, []).append((pattern, use))


class Index(Generic[Use]):
    """Literals and patterns that fit lines, by their keys, and patterns that fit parts of lines, as they are."""

    def __init__(self, longest: int) -> None:
        """Make an empty index for whole lines of at most `longest` characters; parts may be of any line."""
        self._longest = longest
        self._literals: dict[str, list[Use]] = {}
        self._whole: _Ends[Use] = _Ends()
        self._starts: _Ends[Use] = _Ends()
        self._stops: _Ends[Use] = _Ends()
        self._anywhere: list[tuple[str, Pattern, Use]] = []
        self._begins: dict[str, tuple[str, ...]] = {}  # what a line may begin with, by its HEAD first characters
        self._shorts: set[str] = set()
        self._firsts: set[str] = set()
        self._first_width = 0
        self._tails: set[str] = set()

    def add_literal(self, literal: str, use: Use) -> None:
        """File a literal, which is a key."""
        self._literals.setdefault(literal, []).append(use)
        self._begin(literal[: regex.LONG])

    def _begin(self, text: str) -> None:
        known = self._begins.get(text[: regex.HEAD], ())
        if text not in known:
            self._begins[text[: regex.HEAD]] = (*known, text)

    def add_pattern(self, pattern: str, words: Mapping[str, Sequence[str]], use: Use) -> None:
        """File a pattern for whole lines; `words` are keys. Raises `UnsafePattern` where no end of it is fixed."""
        pattern = regex.fold(pattern)
        only = regex.WORD.fullmatch(pattern)
        if only:
            for literal in words[only[1]]:
                self.add_literal(literal, use)
        else:
            self._file(self._whole, regex.find_ends(pattern, words, "any"), Pattern(pattern, words), use)

    def add_inline(self, pattern: str, words: Mapping[str, Sequence[str]], at: str, use: Use) -> None:
        """File a pattern for the `start`, the `end` or `any` part of lines, which are matched as they are.

        Raises `UnsafePattern` where nothing in it is fixed.
        """
        compiled = Pattern(pattern, words)
        if at == "any":
            self._anywhere.append((regex.find_literal(pattern.lower()), compiled, use))
        else:
            lower = {name: [word.lower() for word in each] for name, each in words.items()}
            self._file(
                self._starts if at == "start" else self._stops,
                regex.find_ends(regex.fold(pattern), lower, at),
                compiled,
                use,
            )

    def _file(self, table: _Ends[Use], ends: regex.Ends, pattern: Pattern, use: Use) -> None:
        table.add(ends, pattern, use)
        for text in ends.heads:
            self._begin(text)
        self._shorts |= ends.shorts
        self._firsts |= ends.firsts
        if any(map(str.isascii, ends.firsts)):
            # Whole lines have to be short to match; what fits a part of a line may be in any.
            self._first_width = max(self._first_width, ends.width if table is self._whole else sys.maxsize)
        self._tails |= ends.tails

    def find(self, lines: Sequence[str]) -> tuple[list[Hit[Use]], list[Span[Use]]]:
        """Return what fits lines and parts of lines, ordered by line."""
        candidates = self._candidates(lines)
        found = keys([lines[i] for i in candidates], self._longest)
        literals, whole = self._literals, self._whole
        heads, shorts, firsts, tails = whole.heads, whole.shorts, whole.firsts, whole.tails
        head, short, tail = regex.HEAD, regex.SHORT, regex.TAIL
        hits: list[Hit[Use]] = []
        for i, key in zip(candidates, found, strict=True):
            if key in literals:
                hits += [(i, use) for use in literals[key]]
            called: list[tuple[Pattern, Use]] = []
            if (part := key[:head]) in heads:
                called += heads[part]
            if (part := key[:short]) in shorts:
                called += shorts[part]
            if (part := key[:1]) in firsts:
                called += firsts[part]
            if (part := key[-tail:]) in tails:
                called += tails[part]
            for pattern, use in called:
                if pattern.regex.fullmatch(key):
                    hits.append((i, use))
        return hits, [*self._find_parts(lines, candidates), *self._find_anywhere(lines)]

    def _find_parts(self, lines: Sequence[str], candidates: Sequence[int]) -> Iterator[Span[Use]]:
        """Yield what fits the start or the end of lines."""
        starts, ends = self._starts, self._stops
        for at, table, place in (
            ("start", starts.heads, slice(regex.HEAD)),
            ("start", starts.shorts, slice(regex.SHORT)),
            ("start", starts.firsts, slice(1)),
            ("end", ends.tails, slice(-regex.TAIL, None)),
        ):
            if table:
                called = [(i, part) for i in candidates if (part := lines[i].strip()[place].lower()) in table]
                for i, part in called:
                    for pattern, use in table[part]:
                        for start, end in _spans(lines[i], pattern.regex, at):
                            yield i, start, end, use

    def _candidates(self, lines: Sequence[str]) -> list[int]:
        """Return the lines that something may fit, by their first and last characters."""
        begins, shorts, firsts, tails = self._begins, self._shorts, self._firsts, self._tails
        width = self._first_width  # in characters; where it is more than those looked at here, all lines may fit
        head, short, tail, long = regex.HEAD, regex.SHORT, regex.TAIL, regex.LONG + 1
        # Of ASCII, a key has the same ends but for case; one character more, as it may combine with the last.
        return [
            i
            for i, line in enumerate(lines)
            if line
            and (
                (start := line.lstrip(_MARGIN)[:long].lower()).startswith(begins.get(start[:head], _NOTHING))
                or start[:short] in shorts
                or (start[:1] in firsts and (len(start.rstrip()) <= width or width >= long))
                or not start.isascii()
                or "  " in start
                or "\t" in start
                or (stop := line.rstrip()[-tail:].lower()) in tails
                or not stop.isascii()
            )
        ]

    def _find_anywhere(self, lines: Sequence[str]) -> list[Span[Use]]:
        if not self._anywhere:
            return []
        text = "\n".join(["", *lines]).lower()
        return [
            (i, start, end, use)
            for literal, pattern, use in self._anywhere
            for i in sorted(set(_lines_with(literal, text)))
            for start, end in _spans(lines[i], pattern.regex, "any")
        ]


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
