"""The index: which literals and patterns of any number of rules fit the lines of a document.

Literals are looked up; patterns are filed under the fixed characters at an end of what they match, and
only those are tried that a line's own ends call for. So the cost of a line hardly grows with the number
of rules. Most lines call for nothing, and are passed over before their key is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from cleaner.rules import regex
from cleaner.rules.keys import BULLETS, keys

Use = TypeVar("Use")

REACH = 300  # characters from the start or end of a line within which an inline pattern for there matches
_BLANK = " \t\r"
_MARGIN = _BLANK + BULLETS
LONG = 12  # characters


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
        for table, texts in zip((self.heads, self.shorts, self.firsts, self.tails), ends, strict=True):
            for text in texts:
                table.setdefault(text, []).append((pattern, use))

    def called_for(self, line: str) -> Iterator[tuple[Pattern, Use]]:
        """Yield the patterns that the ends of `line` call for."""
        yield from self.heads.get(line[: regex.HEAD], ())
        yield from self.shorts.get(line[: regex.SHORT], ())
        yield from self.firsts.get(line[:1], ())
        yield from self.tails.get(line[-regex.TAIL :], ())


class Index(Generic[Use]):
    """Literals and patterns that fit lines, by their keys, and patterns that fit parts of lines, as they are."""

    def __init__(self, longest: int) -> None:
        """Make an empty index for whole lines of at most `longest` characters; parts may be of any line."""
        self._longest = longest
        self._literals: dict[str, list[Use]] = {}
        self._whole: _Ends[Use] = _Ends()
        self._parts: dict[str, _Ends[Use]] = {"start": _Ends(), "end": _Ends()}
        self._anywhere: list[tuple[str, Pattern, Use]] = []
        self._begins: set[str] = set()  # the first HEAD characters of all literals and patterns
        self._long_begins: set[str] = set()  # the first LONG characters of literals, to tell more of them apart
        self._shorts: set[str] = set()
        self._firsts: set[str] = set()
        self._tails: set[str] = set()

    def add_literal(self, literal: str, use: Use) -> None:
        """File a literal, which is a key."""
        self._literals.setdefault(literal, []).append(use)
        self._begins.add(literal[: regex.HEAD])
        self._long_begins.add(literal[:LONG])

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
        """File a pattern for the `start`, the `end` or `any` part of lines, as they are but for case.

        Raises `UnsafePattern` where nothing in it is fixed.
        """
        compiled = Pattern(pattern, words, re.IGNORECASE)
        if at == "any":
            self._anywhere.append((regex.find_literal(pattern.lower()), compiled, use))
        else:
            lower = {name: [word.lower() for word in each] for name, each in words.items()}
            self._file(self._parts[at], regex.find_ends(regex.fold(pattern), lower, at), compiled, use)

    def _file(self, table: _Ends[Use], ends: regex.Ends, pattern: Pattern, use: Use) -> None:
        table.add(ends, pattern, use)
        self._begins |= ends.heads
        self._shorts |= ends.shorts
        self._firsts |= ends.firsts
        self._tails |= ends.tails

    def find(self, lines: Sequence[str]) -> tuple[list[Hit[Use]], list[Span[Use]]]:
        """Return what fits lines and parts of lines, ordered by line."""
        candidates = self._candidates(lines)
        found = keys([lines[i] for i in candidates], self._longest)
        hits: list[Hit[Use]] = []
        spans: list[Span[Use]] = []
        for i, key in zip(candidates, found, strict=True):
            hits += [(i, use) for use in self._literals.get(key, ())]
            hits += [(i, use) for pattern, use in self._whole.called_for(key) if pattern.regex.fullmatch(key)]
            for at, ends in self._parts.items():
                for pattern, use in ends.called_for(lines[i].strip().lower()):
                    spans += [(i, start, end, use) for start, end in _spans(lines[i], pattern.regex, at)]
        return hits, spans + self._find_anywhere(lines)

    def _candidates(self, lines: Sequence[str]) -> list[int]:
        """Return the lines that something may fit, by their first and last characters."""
        begins, long_begins, shorts, firsts, tails = (
            self._begins,
            self._long_begins,
            self._shorts,
            self._firsts,
            self._tails,
        )
        heads = self._whole.heads.keys() | self._parts["start"].heads.keys()
        head, short, tail = regex.HEAD, regex.SHORT, regex.TAIL
        # Of ASCII, a key has the same ends but for case; one character more, as it may combine with the last.
        return [
            i
            for i, line in enumerate(lines)
            if line
            and (
                (
                    (start := line.lstrip(_MARGIN)[: LONG + 1].lower())[:head] in begins
                    and (start[:head] in heads or start.rstrip(_BLANK)[:LONG] in long_begins)
                )
                or start[:short] in shorts
                or start[:1] in firsts
                or not start.isascii()
                or "  " in start
                or "\t" in start
                or (stop := line[-tail:].lower()) in tails
                or not stop.isascii()
                or stop[-1] in _BLANK
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
