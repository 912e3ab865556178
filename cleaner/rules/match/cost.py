"""What the patterns of packs can cost together, in the worst line that there could be.

`regex.check` bounds the time that one pattern takes. A pack may have thousands of patterns that all begin alike, and
a line that begins so would be tried on each. So costs are added up over the patterns that one line may be tried on:

- A pattern for whole lines is tried only on lines with one of its fixed starts or ends (`outline.find_ends`). The
  patterns that one line can meet have starts that are prefixes of each other, and ends likewise. The most expensive
  chain of starts and the most expensive chain of ends bound the cost of a line.
- A pattern without fixed ends is tried on lines with its anchor (`anchors`), and a line may have all anchors, so all
  of them are added. Besides, each anchor is searched for in all documents, so these are counted.
- Patterns of `unless` are tried on lines that a rule fits, and a line may fit all rules, so all of them are added.
- An inline pattern may be tried at each character of a line, so all of them are added, apart from the others.

The unit is the way (see `regex`), which takes about 10 ns. Besides ways, it is counted how many rules one line can
fit, because each takes a microsecond.

Example: in a pack with the patterns `share on .{0,60}` and `share this .{0,20}` the chains are "share " for both, as
starts are listed to six characters; a line that begins so may cost 61 + 21 ways.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from cleaner.rules.match import regex
from cleaner.rules.match.anchors import anchors_of
from cleaner.rules.match.outline import find_ends

Owner = TypeVar("Owner")


class Limits(NamedTuple):
    """The most that packs may cost."""

    line: int  # ways of patterns for whole lines and of `unless`, on one line
    char: int  # ways of inline patterns, at one character
    fits: int  # rules that fit one line
    anchors: int  # texts that are searched for in every document


# Of one pack, and of all packs that a user adds. All packs that ship: 1,307,000 ways a line, 141 a character, 79
# rules; the most expensive one of each kind: 442,000, 74, and 20. A way takes 10 ns: at the limit of a pack, the
# worst line takes 10 ms, and the worst character 0.1 ms. Raised, hostile packs can take longer.
# An anchor takes 1 ns for each character of a document. Those that ship are for documents of some sites.
ONE_PACK = Limits(line=1_000_000, char=10_000, fits=100, anchors=100)
ALL_PACKS = Limits(line=2_000_000, char=30_000, fits=300, anchors=300)
INLINE_WAYS = 10  # what an inline pattern costs at each character besides its ways: its fixed text is searched for
# Alternatives that are passed over, for their first characters, in the time of one way. `regex` does not count them.
BRANCHES_PER_WAY = 4


def cost_of(pattern: str, ways: int) -> int:
    """Return what it costs to try a pattern (expanded), which has so many ways.

    A pattern with many alternatives costs more than its ways, but is never taken for dearer than `MAX_WAYS`.
    """
    return max(ways, min(ways * (1 + pattern.count("|") // BRANCHES_PER_WAY), regex.MAX_WAYS))


class Costs(Generic[Owner]):
    """The costs of patterns, added up. An owner says whose pattern it is, so that a message can name it."""

    def __init__(self) -> None:
        self._starts: _Chains[Owner] = _Chains()
        self._ends: _Chains[Owner] = _Chains()
        self._literals: Counter[str] = Counter()
        self._owners: dict[str, Owner] = {}  # of literals; "unless" and "inline" are the last of these
        self._unless = self._inline = self._anchored = self._anchored_ways = 0
        self._anchors: set[str] = set()
        self._last_anchored: Owner | None = None
        self._last_unless: Owner | None = None
        self._last_inline: Owner | None = None

    def add_pattern(self, owner: Owner, ways: int, pattern: str, words: Mapping[str, Sequence[str]]) -> None:
        """Add a pattern for whole lines (folded)."""
        if anchors := anchors_of(pattern, words):
            self._anchors.update(anchors)
            self._anchored += 1
            self._anchored_ways += ways
            self._last_anchored = owner
            return
        found = find_ends(pattern, words, "any")
        chains = self._ends if found.at_end else self._starts
        for text in found.whole | found.edges:
            chains.add(text[::-1] if found.at_end else text, ways, owner)

    def add_unless(self, owner: Owner, ways: int) -> None:
        """Add a pattern of lines that stay."""
        self._unless += ways
        self._last_unless = owner

    def add_inline(self, owner: Owner, ways: int) -> None:
        """Add a pattern for parts of lines."""
        self._inline += ways + INLINE_WAYS
        self._last_inline = owner

    def add_literals(self, owner: Owner, literals: Sequence[str]) -> None:
        """Add lines, as keys, that a rule looks for, or clues."""
        self._literals.update(literals)
        self._owners |= dict.fromkeys(literals, owner)

    def too_high(self, limits: Limits) -> Iterator[tuple[Owner, str]]:
        """Yield what costs too much: the owner of a pattern that takes part in it, and what is wrong."""
        (start, first), (end, last) = self._starts.worst(0), self._ends.worst(0)
        others = ((self._unless, self._last_unless), (self._anchored_ways, self._last_anchored))
        if (cost := start + end + self._unless + self._anchored_ways) > limits.line:
            owner = max((start, first), (end, last), *others, key=_cost)[1]
            if owner is not None:
                yield owner, _say("the patterns that may fit one line", cost, limits.line)
        if self._inline > limits.char and self._last_inline is not None:
            yield self._last_inline, _say("the inline patterns", self._inline, limits.char)
        (start, first), (end, last) = self._starts.worst(1), self._ends.worst(1)
        literal, copies = max(self._literals.items(), key=lambda item: item[1], default=("", 0))
        if (fits := start + end + copies + self._anchored) > limits.fits:
            others = ((copies, self._owners.get(literal)), (self._anchored, self._last_anchored))
            owner = max((start, first), (end, last), *others, key=_cost)[1]
            if owner is not None:
                what = f"{fits:,} rules or clues may fit one line, and the limit is {limits.fits:,}"
                yield owner, f"{what}; remove some"
        if len(self._anchors) > limits.anchors and self._last_anchored is not None:
            what = f"patterns that begin and end with anything have {len(self._anchors):,} fixed texts"
            yield self._last_anchored, f"{what}, and the limit is {limits.anchors:,}; remove some"


def _cost(one: tuple[int, object]) -> int:
    return one[0]


def _say(what: str, cost: int, limit: int) -> str:
    return f"{what} have too many ways to match in all ({cost:,}, limit {limit:,}); use fewer or shorter repeats"


class _Chains(Generic[Owner]):
    """Costs by the start of lines. A line meets those of all its prefixes."""

    def __init__(self) -> None:
        self._ways: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        self._owners: dict[str, Owner] = {}

    def add(self, text: str, ways: int, owner: Owner) -> None:
        self._ways[text] += ways
        self._counts[text] += 1
        self._owners[text] = owner

    def worst(self, which: int) -> tuple[int, Owner | None]:
        """Return the highest sum over the prefixes of one text, of ways (0) or patterns (1), and an owner in it."""
        costs = (self._ways, self._counts)[which]
        sums: list[tuple[int, str]] = [
            (sum(costs[text[:size]] for size in range(len(text) + 1) if text[:size] in costs), text) for text in costs
        ]
        cost, text = max(sums, default=(0, ""))
        return cost, self._owners.get(text)
