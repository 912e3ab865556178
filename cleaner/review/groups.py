"""Groups: what people decide about first. A group is a line, the rule that took it, and the site; or a block.

A *block* is made of neighbours that the judge took from one document, where they stand in no other document: mostly
all of a list is content, or none of it. To decide about such lines one by one takes many times as long.

**Order.** Groups are ordered by `rank`, the sum over what went of doubt² × √words. The plain estimate of the content
that a group has cost is doubt × words. Beside it these were tried, on 500 pages of a benchmark with known content,
cleaned at `safe`; the figures are the decisions until .1 % of the content was still lost, on pages 101 to 300 (.233 %
lost) and 301 to 600 (.124 %):

    lines alone, doubt × words                  3,367
    lines alone, doubt                          1,402
    blocks, sum of doubt × words                  163       9
    blocks, sum of doubt³ × words                  79      24
    blocks, mean of doubt^1.5, × words^.7          84      10
    blocks, sum of doubt² × √words                 79       4

Blocks that end where doubt changes much, and blocks that hold lines of rules as well, need as many decisions. The
square does right by the judge at `safe`: of the words that it takes with a chance of .06 to .13 one in fifteen is
content, and below .03 one in 300, whatever the chance. `tests/measure_review.py` measures it with other pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt
from typing import NamedTuple

from cleaner.review.data import Part
from cleaner.review.document import SeenEdit

MAX_SAMPLES = 5  # places that are shown of a group
# The most lines and characters of a block. People read a block as a whole; raised, what they read does not fit on a
# screen, and lowered, they decide about parts of a list.
MAX_BLOCK_LINES = 60
MAX_BLOCK_CHARS = 4_000

Key = tuple[str, str, str, Part]  # the key of the line, the rule, the site, and which part of the line went


def rank(words: int, doubt: float) -> float:
    """Return how much something that went is worth a look; see `Order` above."""
    return doubt * doubt * sqrt(words)


class Counted:
    """What is known of the lines of a key so far."""

    __slots__ = ("block", "documents", "doubted", "edit", "last", "lines", "number", "rank", "samples", "words")

    def __init__(self, edit: SeenEdit, number: int, document: int) -> None:
        self.edit = edit  # the first one
        self.number = number  # in the order in which keys were met
        self.block = (document, edit.block)  # of the first one; the number of a block is -1 for none
        self.documents = 0
        self.last = -1  # the number of the last document that counts
        self.lines = 0
        self.words = 0
        self.doubted = 0.0  # words × doubt
        self.rank = 0.0
        self.samples: list[tuple[int, int]] = []  # number of the document, number of the edit in it

    def add(self, edit: SeenEdit, document: int, number: int) -> None:
        """Count an edit, which has a number in its document."""
        self.lines += edit.lines
        self.words += edit.words
        self.doubted += edit.words * edit.doubt
        self.rank += rank(edit.words, edit.doubt)
        if document != self.last:
            self.documents += 1
            self.last = document
            if len(self.samples) < MAX_SAMPLES:
                self.samples.append((document, number))


class Grouped(NamedTuple):
    """A group: one key, or the keys of a block in the order of its lines."""

    keys: list[Key]
    members: list[Counted]

    @property
    def rank(self) -> float:
        """What groups are ordered by."""
        return sum(member.rank for member in self.members)

    @property
    def words(self) -> int:
        """The words that went."""
        return sum(member.words for member in self.members)

    @property
    def doubt(self) -> float:
        """How probably that was wrong, 0 to 1: a mean over the words."""
        words = self.words
        return sum(member.doubted for member in self.members) / words if words else self.members[0].edit.doubt

    @property
    def leader(self) -> Counted:
        """The member that lost the most words, whose rule and category stand for the group."""
        return max(self.members, key=lambda member: (member.words, -member.number))

    @property
    def line(self) -> str:
        """The lines of the group, as they were first met."""
        return "\n".join(member.edit.line for member in self.members)

    @property
    def key(self) -> str:
        """The keys of the lines."""
        return "\n".join(member.edit.key for member in self.members)


def ordered(counted: Iterable[tuple[Key, Counted]]) -> list[tuple[Key, Counted]]:
    """Return keys with what is known of them, those that are the most worth a look first."""
    return sorted(counted, key=lambda item: (-round(item[1].rank, 9), item[1].number))


def grouped(counted: Iterable[tuple[Key, Counted]]) -> list[Grouped]:
    """Return keys as groups: blocks joined, and those that are the most worth a look first."""
    groups: list[Grouped] = []
    blocks: dict[tuple[int, int], list[tuple[Key, Counted]]] = {}
    for key, one in counted:
        if one.documents == 1 and one.block[1] >= 0:
            blocks.setdefault(one.block, []).append((key, one))
        else:
            groups.append(Grouped([key], [one]))
    for members in blocks.values():
        groups += _divided(sorted(members, key=lambda member: member[1].number))
    return sorted(groups, key=lambda group: (-round(group.rank, 9), group.members[0].number))


def _divided(members: Iterable[tuple[Key, Counted]]) -> list[Grouped]:
    """Return the lines of a block as groups that are short enough to be read."""
    groups: list[Grouped] = []
    room = 0
    for key, one in members:
        room -= len(one.edit.line) + 1
        if not groups or room < 0 or len(groups[-1].keys) == MAX_BLOCK_LINES:
            groups.append(Grouped([], []))
            room = MAX_BLOCK_CHARS - len(one.edit.line)
        groups[-1].keys.append(key)
        groups[-1].members.append(one)
    return groups
