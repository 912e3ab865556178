"""The outline of a pattern: the texts that its matches begin or end with, as far as they can be listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

from cleaner.rules import regex

MANY = 30  # texts: with more, they are listed to fewer characters …
MOST = 300  # … unless those tell too little
TELLING = 8  # characters

Step = tuple[set[str] | None, Any]  # what may stand at a place, and the place after it


class Outline(NamedTuple):
    """What a match is, or how it begins or ends."""

    whole: frozenset[str]
    edges: frozenset[str]  # how it begins or ends where it is none of `whole`
    at_end: bool  # whether `edges` are ends


def outline(pattern: str, words: Mapping[str, Sequence[str]], where: str, *, head: int, tail: int) -> Outline:
    """Return the outline of a sound pattern in as many characters of a start (`head`) or end (`tail`) as pay.

    `where` is `start` or `end` where only that end of a match is known, else `any`. Of decimal digits all are 0.
    """
    run = regex.plain_start(pattern)
    if where != "end" and len(run) >= head and not regex.WORD.search(pattern[:head]):
        return Outline(frozenset(), frozenset([_zeros(run[:head])]), False)
    tree = parser.parse(regex.expand(pattern, words))
    starts: set[str] = set()
    heads = {""}
    if where != "end":
        starts, heads = _listed(tree, head, False)
        if where == "start" or min(map(len, heads), default=head) >= TELLING:
            return Outline(frozenset(starts), frozenset(heads), False)
    stops, tails = _listed(tree, tail, True)
    if min(map(len, heads), default=head) >= min(map(len, tails), default=tail):
        return Outline(frozenset(starts), frozenset(heads), False)
    return Outline(frozenset(stops), frozenset(tails), True)


def _listed(tree: Any, size: int, last: bool) -> tuple[set[str], set[str]]:
    """Return all the matches of at most `size` characters, and how the others begin (or, with `last`, end)."""
    found = _limited(tree, size, last, MANY)
    return found if min(map(len, found[1]), default=size) >= TELLING else _limited(tree, size, last, MOST)


_DIGITS = str.maketrans("123456789", "000000000")


def _zeros(text: str) -> str:
    return text.translate(_DIGITS)


def _limited(tree: Any, size: int, last: bool, many: int) -> tuple[set[str], set[str]]:
    """Return what `_listed` does.

    Texts are made longer as long as there are at most `many`, but those after which anything may stand.
    """
    whole: set[str] = set()
    edges: set[str] = set()
    growing: dict[str, set[Any]] = {"": {(tree, 0, None)}}
    for length in range(size + 1):
        longer: dict[str, set[Any]] = {}
        done = set()
        stuck = set()
        for text, places in growing.items():
            steps: list[Step] = []
            seen: set[Any] = set()
            if sum(_step(place, last, steps, seen) for place in places):
                done.add(text)
            if any(chars is None for chars, _ in steps) or (steps and length == size):
                stuck.add(text)
                continue
            for chars, place in steps:
                for char in {_zeros(char) for char in chars or ()}:
                    longer.setdefault(char + text if last else text + char, set()).add(place)
            if length and len(longer) > many:
                return whole, edges | growing.keys()
        whole |= done
        if length and len(whole) + len(edges) + len(stuck) + len(longer) > many:
            return whole, edges | growing.keys()
        edges |= stuck
        growing = longer
    return whole, edges


def _step(place: Any, last: bool, steps: list[Step], seen: set[Any]) -> bool:
    """Add what may stand at `place` of a pattern, with the place after it; returns whether a match may end there.

    A place is a sequence of the parse tree, how much of it is done, and the place after it; or a repeat. Those
    in `seen` add nothing.
    """
    while place is not None:
        if place in seen:
            return False
        seen.add(place)
        if place[0] is op.MAX_REPEAT:
            _, low, high, inner, after = place
            again = (op.MAX_REPEAT, max(low - 1, 0), high if high is op.MAXREPEAT else high - 1, inner, after)
            ends = bool(high) and _step((inner, 0, again), last, steps, seen)
            return ends if low else _step(after, last, steps, seen) or ends
        items, number, after = place
        if number == len(items):
            place = after
            continue
        kind, value = items[len(items) - 1 - number if last else number]
        after = (items, number + 1, after)
        if kind is op.SUBPATTERN:
            place = (value[3], 0, after)
        elif kind is op.BRANCH:
            return sum(_step((branch, 0, after), last, steps, seen) for branch in value[1]) > 0
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            low, high, inner = value
            place = (op.MAX_REPEAT, low, high, inner, after)
        else:
            chars = {chr(value)} if kind is op.LITERAL else regex.members(value) if kind is op.IN else None
            steps.append((chars, after))
            return False
    return True
