"""The outline of a pattern: the texts that its matches begin or end with, as far as they can be listed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

from cleaner.rules.match import regex

MANY = 30  # texts: with more, they are listed to fewer characters …
MOST = 300  # … unless those would be less than …
TELLING = 12  # … characters

_NAMED = 0x10FFFF  # the character that stands for the first name in a pattern, the next for the second, and so on
_DIGITS = str.maketrans("123456789", "000000000")


class Outline(NamedTuple):
    """What a match is, or how it begins or ends."""

    whole: frozenset[str]
    edges: frozenset[str]  # how it begins or ends where it is none of `whole`
    at_end: bool  # whether `edges` are ends


def outline(
    pattern: str, words: Mapping[str, Sequence[str]], where: str, *, starts: Sequence[int], ends: Sequence[int]
) -> Outline:
    """Return the outline of a sound pattern in as many characters of a start or an end as pay.

    `where` is `start` or `end` where only that end of a match is known, else `any`. `starts` and `ends` are the
    numbers of characters that can be told apart, from one up. Where there may be several decimal digits, only 0 is
    listed for them.
    """
    head, tail = starts[-1], ends[-1]
    run = regex.plain_start(pattern)
    if where != "end" and len(run) >= head and not regex.WORD.search(pattern[:head]):
        return Outline(frozenset(), frozenset([run[:head]]), False)
    tree, named = _parsed(pattern, words)
    whole: set[str] = set()
    heads = {""}
    if where != "end":
        whole, heads = _listed(tree, named, starts, False)
        if where == "start" or min(map(len, heads), default=head) >= tail:
            return Outline(frozenset(whole), frozenset(heads), False)
    stops, tails = _listed(tree, named, ends, True)
    if min(map(len, heads), default=head) >= min(map(len, tails), default=tail):
        return Outline(frozenset(whole), frozenset(heads), False)
    return Outline(frozenset(stops), frozenset(tails), True)


def _parsed(pattern: str, words: Mapping[str, Sequence[str]]) -> tuple[Any, dict[int, Sequence[str]]]:
    """Return the parse tree of a pattern, and which words stand where it has some characters (their codes).

    Words are parsed with the rest only where a character in place of a name could mean something else.
    """
    names = list(dict.fromkeys(regex.WORD.findall(pattern)))
    if names and (regex.has_brace(pattern) or "\\U" in pattern or max(pattern) > chr(_NAMED - len(names))):
        return parser.parse(regex.expand(pattern, words)), {}
    for number, name in enumerate(names):
        pattern = pattern.replace(f"{{{name}}}", chr(_NAMED - number))
    return parser.parse(pattern), {_NAMED - number: words[name] for number, name in enumerate(names)}


def _listed(
    tree: Any, named: Mapping[int, Sequence[str]], sizes: Sequence[int], last: bool
) -> tuple[set[str], set[str]]:
    """Return all the short matches, and how the others begin (or, with `last`, end)."""
    found = _List(named, sizes, last)
    whole = found.texts(tree)
    return (_reversed(whole), _reversed(found.edges)) if last else (whole, found.edges)


def _reversed(texts: Iterable[str]) -> set[str]:
    return {text[::-1] for text in texts}


def _zeros(text: str) -> str:
    return text.translate(_DIGITS)


class _List:
    """Lists texts from their starts on, or with `last` from their ends, where all are read backwards.

    Where there are too many, they are listed to the next smaller of `sizes` (characters).
    """

    def __init__(self, named: Mapping[int, Sequence[str]], sizes: Sequence[int], last: bool) -> None:
        self.edges: set[str] = set()  # how texts begin that go on
        *self._sizes, self.size = sizes
        self._step = -1 if last else 1
        self._named = named

    def texts(self, tree: Any) -> set[str]:
        """Return the texts of a pattern that have at most `size` characters; `edges` are then those of the others."""
        return self._kept(self._after(tree, {""}))

    def _after(self, items: Any, texts: set[str]) -> set[str]:
        """Return `texts` with what `items` of a parse tree match behind them; what then is in `edges` is left out."""
        run = ""
        for kind, value in items.data[:: self._step]:
            if kind is op.LITERAL and value not in self._named:
                run += chr(value)
                continue
            if run:
                texts = self._longer(texts, [run])
                run = ""
            if not texts:
                return texts
            texts = self._after_item(kind, value, texts)
        return self._longer(texts, [run]) if run else texts

    def _after_item(self, kind: Any, value: Any, texts: set[str]) -> set[str]:
        if kind is op.LITERAL:
            return self._longer(texts, self._words(value))
        if kind is op.SUBPATTERN:
            return self._after(value[3], texts)
        if kind is op.BRANCH:
            found: set[str] = set()
            for branch in value[1]:
                found = self._kept(found | self._after(branch, texts))
            return found
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            low, high, inner = value
            return self._repeated(low, high, inner, texts)
        chars = regex.members(value) if kind is op.IN else None
        if chars is None:  # anything may follow
            self.edges |= {text[: self.size] for text in texts}
            return set()
        return self._longer(texts, [text for char in set(_zeros("".join(chars))) for text in self._words(ord(char))])

    def _repeated(self, low: int, high: int, inner: Any, texts: set[str]) -> set[str]:
        found: set[str] = set()
        for count in range(high + 1):
            if count >= low:
                texts = texts - found
                found = self._kept(found | texts)
            if not texts or count == high:
                break
            texts, before = self._after(inner, texts), texts
            if texts == before:
                return found | texts
        return found

    def _words(self, code: int) -> Sequence[str]:
        """Return what stands where a pattern has a character."""
        if code in self._named:
            return [word[:: self._step] for word in self._named[code]] or [""]
        return [chr(code)]

    def _longer(self, texts: set[str], options: Collection[str]) -> set[str]:
        """Return `texts` with each of `options` behind them."""
        if len(texts) * len(options) <= MANY:
            return self._kept({text + option for text in texts for option in options})
        found: set[str] = set()
        for length, some in groupby(sorted(texts, key=len), len):  # to longer ones, less of an option can be added
            more = {option[: max(self.size - length + 1, 0)] for option in options}
            found = self._kept(found | {text + option for text in some for option in more})
        return found

    def _kept(self, texts: set[str]) -> set[str]:
        """Return those of `texts` that are not too long; where there are too many, fewer are long enough."""
        while True:
            if max(map(len, texts), default=0) > self.size:
                kept = {text for text in texts if len(text) <= self.size}
                self.edges |= {text[: self.size] for text in texts - kept}
                texts = kept
            if len(texts) + len(self.edges) <= (MANY if self.size > TELLING else MOST) or not self._sizes:
                return texts
            self.size = self._sizes.pop()
            self.edges = {text[: self.size] for text in self.edges}
