"""Patterns of rules, lines that are hard for them, and a matcher that counts what it tries."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from hypothesis import strategies as st

from cleaner.rules.match.parsed import op

WORDS = {"w": ["ab", "abc", "b", "ein wort"], "one": ["да"], "many": [f"a{n}" for n in range(30)]}
ALPHABETS = ("ab", "ab1 ", "яж ", "你好", "ابت ", "aßé.")
PLAIN = set("ab1яж你好ابتßé ")


REPEATS = ["?", "?", "*", "+", "+?", "{0}", "{2}", "{12}", "{0,1}", "{1,3}", "{0,9}", "{3,60}", "{0,300}"]
GROUP_REPEATS = [*[""] * 6, *["?"] * 6, "??", "*"]  # a group may be optional; the check refuses one with *


def _pieces(alphabet: str) -> st.SearchStrategy[str]:
    """Characters, classes and words, some of them repeated."""
    plain = [char if char in PLAIN else f"\\{char}" for char in alphabet]
    classes = [".", r"\d", r"\w", r"\s", r"\D", f"[{alphabet}]", f"[^{alphabet[0]}]", "[a-c]", f"[{alphabet[-1]}\\d]"]
    texts = [one + two + three for one in plain for two in plain for three in ("", plain[0] * 3, plain[-1] * 5)]
    words = [f"{{{name}}}{end}" for name in WORDS for end in ("", "?")]
    repeated = [atom + repeat for atom in (*plain, *classes) for repeat in REPEATS]
    return st.sampled_from(texts) | st.sampled_from([*plain, *classes, *words]) | st.sampled_from(repeated)


def _groups(pieces: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    branch = st.lists(pieces, min_size=1, max_size=4).map("".join)
    return st.builds(
        "(?:{}){}".format, st.lists(branch, min_size=1, max_size=4).map("|".join), st.sampled_from(GROUP_REPEATS)
    )


def _sequences(alphabet: str) -> st.SearchStrategy[str]:
    pieces = _pieces(alphabet)
    groups = _groups(pieces)
    return st.lists(pieces | groups | _groups(pieces | groups), min_size=1, max_size=7).map("".join)


def patterns() -> st.SearchStrategy[str]:
    """Patterns like those of rules, and worse: over a small alphabet, so that their parts overlap."""
    return st.one_of(*map(_sequences, ALPHABETS))


def _holds(kind: Any, value: Any, char: str) -> bool:
    """Whether one character is what a literal or a class stands for."""
    if kind is op.LITERAL:
        return bool(ord(char) == value)
    if kind is op.NOT_LITERAL:
        return bool(ord(char) != value)
    if kind is op.ANY:
        return char != "\n"
    found, negated = False, False
    for what, part in value:
        if what is op.NEGATE:
            negated = True
        elif what is op.RANGE:
            found |= part[0] <= ord(char) <= part[1]
        elif what is op.CATEGORY:
            found |= bool(re.fullmatch(_CATEGORIES[part], char))
        else:
            found |= ord(char) == part
    return found != negated


_CATEGORIES = {
    op.CATEGORY_DIGIT: r"\d",
    op.CATEGORY_NOT_DIGIT: r"\D",
    op.CATEGORY_WORD: r"\w",
    op.CATEGORY_SPACE: r"\s",
}


def literals(items: Any) -> set[str]:
    """Return the characters that stand in a pattern."""
    found: set[str] = set()
    for kind, value in items:
        if kind in (op.LITERAL, op.NOT_LITERAL):
            found.add(chr(value))
        elif kind is op.IN:
            found |= {chr(part) for what, part in value if what is op.LITERAL}
        elif kind is op.BRANCH:
            found = found.union(*map(literals, value[1]))
        elif kind is not op.ANY:
            found |= literals(value[3] if kind is op.SUBPATTERN else value[2])
    return found


def sample(items: Any, random: Random, reach: int) -> str:
    """Return a string that `items` match. A repeat has at most `reach` rounds, or its minimum if that is more."""
    said = ""
    for kind, value in items:
        if kind is op.BRANCH:
            said += sample(random.choice(value[1]), random, reach)
        elif kind is op.SUBPATTERN:
            said += sample(value[3], random, reach)
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            low, high, inner = value
            times = max(low, min(high if high is not op.MAXREPEAT else reach, random.choice((low, reach, reach))))
            one = sample(inner, random, reach)
            mixed = random.random() < 0.5
            said += "".join(sample(inner, random, reach) for _ in range(times)) if mixed else one * times
        else:
            chars = [char for char in "abc1 яж你好ب.ßx-" if _holds(kind, value, char)] or ["\x01"]
            said += chr(value) if kind is op.LITERAL else random.choice(chars)
    return said


def hard_lines(items: Any, random: Random, size: int) -> Iterator[str]:
    """Yield lines of up to `size` characters that a pattern (nearly) matches, and pieces of them repeated."""
    alphabet = sorted(literals(items)) or ["a"]
    for reach in (1, 3, size):
        whole = sample(items, random, reach)[:size]
        yield whole
        yield whole[:-1] + "\x02"
        cut = random.randrange(len(whole) + 1)
        piece = whole[max(0, cut - random.randint(1, 4)) : cut] or random.choice(alphabet)
        filled = (whole[:cut] + piece * size)[: max(0, size - len(whole) + cut)] + whole[cut:]
        yield filled[:size]
        yield filled[: size - 1] + "\x02"
    head = sample(items, random, 1)
    head = head[: random.randrange(len(head) + 1)]
    yield (head + "".join(random.choice(alphabet) for _ in range(size)))[:size]
    yield (head + random.choice(alphabet) * size)[:size]


class TooBusy(Exception):
    """A matcher arrived at one part of the pattern more often than its limit."""


class Matcher:
    """Matches with backtracking, as `re` does, and counts how often it arrives at each part of the pattern."""

    def __init__(self, items: Any, limit: int) -> None:
        """Make a matcher for a parse tree which raises `TooBusy` beyond `limit` arrivals at any part."""
        self._limit = limit
        self._arrivals: list[int] = []
        self._text = ""
        self._start = self._sequence(items, self._part(lambda at: at == len(self._text)))

    def fullmatch(self, text: str) -> bool:
        """Whether all of `text` matches."""
        self._text = text
        self._arrivals = [0] * len(self._arrivals)
        return self._start(0)

    def _part(self, follow: Callable[[int], bool]) -> Callable[[int], bool]:
        number = len(self._arrivals)
        self._arrivals.append(0)

        def arrive(at: int) -> bool:
            self._arrivals[number] += 1
            if self._arrivals[number] > self._limit:
                raise TooBusy
            return follow(at)

        return arrive

    def _sequence(self, items: Any, then: Callable[[int], bool]) -> Callable[[int], bool]:
        for kind, value in reversed(list(items)):
            then = self._part(self._item(kind, value, then))
        return then

    def _item(self, kind: Any, value: Any, then: Callable[[int], bool]) -> Callable[[int], bool]:
        if kind is op.SUBPATTERN:
            return self._sequence(value[3], then)
        if kind is op.BRANCH:
            branches = [self._sequence(branch, then) for branch in value[1]]
            return lambda at: any(branch(at) for branch in branches)
        if kind not in (op.MAX_REPEAT, op.MIN_REPEAT):
            return lambda at: at < len(self._text) and _holds(kind, value, self._text[at]) and then(at + 1)
        low, high, inner = value
        if len(inner) == 1 and inner[0][0] in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN):
            return self._repeat(kind is op.MIN_REPEAT, low, high, inner[0], then)
        tries = [self._sequence(inner, then)] if high else []
        if not low:
            tries.insert(len(tries) if kind is op.MAX_REPEAT else 0, then)
        return lambda at: any(each(at) for each in tries)

    def _repeat(
        self, lazy: bool, low: int, high: int, one: Any, then: Callable[[int], bool]
    ) -> Callable[[int], bool]:
        def repeat(at: int) -> bool:
            most = min(high, len(self._text) - at)
            end = next((i for i in range(most) if not _holds(one[0], one[1], self._text[at + i])), most)
            lengths = range(low, end + 1)
            return any(then(at + length) for length in (lengths if lazy else reversed(lengths)))

        return repeat
