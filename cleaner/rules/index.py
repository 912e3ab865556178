"""The index: which literals and patterns of any number of rules fit the lines of a document.

Literals are looked up; patterns are filed under the fixed characters at an end of what they match, and
only those are tried that a line's own ends call for. So the cost of a line hardly grows with the number
of rules. Most lines call for nothing, and are passed over before their key is made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from cleaner.rules import regex
from cleaner.rules.keys import fold, keys

Use = TypeVar("Use")

REACH = 300  # characters from that end within which they match


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


class LineIndex(Generic[Use]):
    """Literals and patterns that fit whole lines, by their keys."""

    def __init__(self, longest: int) -> None:
        """Make an empty index for lines of at most `longest` characters."""
        self.longest = longest
        self._literals: dict[str, list[Use]] = {}
        self._heads: dict[str, list[tuple[Pattern, Use]]] = {}
        self._shorts: dict[str, list[tuple[Pattern, Use]]] = {}
        self._firsts: dict[str, list[tuple[Pattern, Use]]] = {}
        self._tails: dict[str, list[tuple[Pattern, Use]]] = {}
        self._begins: set[str] = set()  # the first characters of literals and heads

    def add_literal(self, literal: str, use: Use) -> None:
        """File a literal, which is a key."""
        self._literals.setdefault(literal, []).append(use)
        self._begins.add(literal[: regex.HEAD])

    def add_pattern(self, pattern: str, words: Mapping[str, Sequence[str]], use: Use) -> None:
        """File a pattern; raises `UnsafePattern` where no end of it is fixed."""
        pattern = regex.fold(pattern)
        only = regex.WORD.fullmatch(pattern)
        if only:
            for literal in words[only[1]]:
                self.add_literal(literal, use)
            return
        ends = regex.ends(pattern, words)
        if ends is None:
            raise regex.UnsafePattern("begins and ends with anything; begin or end it with fixed characters")
        compiled = Pattern(pattern, words)
        for index, texts in zip((self._heads, self._shorts, self._firsts, self._tails), ends, strict=True):
            for text in texts:
                index.setdefault(text, []).append((compiled, use))
        self._begins |= ends.heads

    def hits(self, lines: Sequence[str]) -> list[tuple[int, Use]]:
        """Return (line, use) for every literal and pattern that fits one of `lines`; 0-based, ordered."""
        literals, heads, shorts, firsts, tails = self._literals, self._heads, self._shorts, self._firsts, self._tails
        begins, head, short, tail = self._begins, regex.HEAD, regex.SHORT, regex.TAIL
        # The keys of lines that are not ASCII have other ends than the lines; of the others only case matters.
        candidates = [
            i
            for i, line in enumerate(map(str.strip, lines))
            if line
            and (
                line[:head].lower() in begins
                or not line.isascii()
                or line[0] in firsts
                or line[:short].lower() in shorts
                or line[-tail:].lower() in tails
            )
        ]
        result = []
        for i, key in zip(candidates, keys([lines[i] for i in candidates], self.longest), strict=True):
            for use in literals.get(key, ()):
                result.append((i, use))
            for index, part in ((heads, key[:head]), (shorts, key[:short]), (firsts, key[:1]), (tails, key[-tail:])):
                if part in index:
                    result += [(i, use) for pattern, use in index[part] if pattern.regex.fullmatch(key)]
        return result


class InlineIndex(Generic[Use]):
    """Patterns that fit parts of lines: at their start, at their end, or anywhere."""

    def __init__(self) -> None:
        """Make an empty index."""
        self._patterns: list[tuple[frozenset[str], str, Pattern, Use]] = []

    def add(self, pattern: str, words: Mapping[str, Sequence[str]], at: str, use: Use) -> None:
        """File a pattern for `start`, `end` or `any` place; raises `UnsafePattern` where nothing in it is fixed."""
        folded = regex.fold(pattern)
        if at == "any":
            texts = frozenset([regex.literal(folded)])
            if len(min(texts)) < regex.MIN_LITERAL:
                raise regex.UnsafePattern(
                    f"has no {regex.MIN_LITERAL} fixed characters in a row; add some, or set 'at'"
                )
        else:
            folded_words = {name: keys(each, regex.MAX_REPEAT) for name, each in words.items()}
            ends = regex.ends(folded, folded_words, at)
            if ends is None:
                raise regex.UnsafePattern(f"has no fixed characters at its {at}; add some")
            texts = frozenset().union(*ends)
        self._patterns.append((texts, at, Pattern(pattern, words, re.IGNORECASE), use))

    def hits(self, lines: Sequence[str]) -> list[tuple[int, int, int, Use]]:
        """Return (line, start, end, use) for every match; line 0-based, start and end in its characters."""
        if not self._patterns:
            return []
        folded = fold("\n".join(lines))
        result = []
        for texts, at, pattern, use in self._patterns:
            present = [text for text in texts if text in folded]
            if present:
                result += [
                    (i, *span, use)
                    for i, line in enumerate(folded.split("\n"))
                    if any(text in line for text in present)
                    for span in _spans(lines[i], pattern.regex, at)
                ]
        return result


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
