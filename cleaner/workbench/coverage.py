"""Coverage: what each rule takes from documents, and how much of it was content.

What was taken is measured in *pieces*: lines, or the parts of lines that inline rules take. Where it is known
what of a document is content (its *gold* text), losses are measured in two ways:

- A piece is a **lost content line** where its words, in lower case, stand as a run in the gold text more often
  than in what is left. What is left comes first: a menu entry that equals a heading that stayed is no loss. Long
  pieces come before the short ones they contain; of equal pieces the first are the lost ones, as many as are
  missing. A piece without words is never lost content.
- **Content words** are those of the gold text that the document has, counted as a multiset; lost are those that
  the clean text has no more. A lost word is put down to the first piece that has it, lost content lines first.

The second also counts words of chrome that are in the gold text in another place, and lines that it has otherwise.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from cleaner.document import Cleaned, Edit, split_lines

SAMPLES = 3  # different ones for each rule
_WORD = re.compile(r"\w+")


class RemovedPart(NamedTuple):
    """A line, or a part of one, that was removed: its 1-based line number, its text, and the edit it is of."""

    line: int
    text: str
    edit: Edit


@dataclass(slots=True)
class RuleCoverage:
    """What one rule, or trafilatura, did to all documents; `lost_lines` and `lost_words` were content."""

    rule: str
    category: str
    confidence: str
    lines: int = 0
    documents: int = 0
    words: int = 0
    samples: list[str] = field(default_factory=list)
    lost_lines: int = 0
    lost_words: int = 0
    lost_samples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ConfidenceCoverage:
    """What all rules of one confidence removed."""

    lines: int = 0
    lost_lines: int = 0


@dataclass(slots=True)
class Coverage:
    """What rules did to documents: those that did anything, the one with most lines first, and totals.

    The totals are of the `known` documents, whose content is known: content lines (those kept that stand in the
    gold text, and those lost), content words, the other words, and how many of these were removed.
    """

    documents: int = 0
    known: int = 0
    rules: list[RuleCoverage] = field(default_factory=list)
    content_lines: int = 0
    content_words: int = 0
    content_words_lost: int = 0
    other_words: int = 0
    other_words_removed: int = 0

    def by_confidence(self) -> dict[str, ConfidenceCoverage]:
        """Return the lines removed and lost of the rules of each confidence; trafilatura is none of them."""
        result = {name: ConfidenceCoverage() for name in ("sure", "likely", "guess")}
        for rule in self.rules:
            if "/" in rule.rule:
                result[rule.confidence].lines += rule.lines
                result[rule.confidence].lost_lines += rule.lost_lines
        return result


def measure(documents: Iterable[tuple[str, str | None, Cleaned]]) -> Coverage:
    """Measure documents, each given as its original text, its gold text where known, and what cleaning made of it."""
    coverage = Coverage()
    rules: dict[str, RuleCoverage] = {}
    for text, gold, cleaned in documents:
        coverage.documents += 1
        found = list(pieces(cleaned.edits))
        lines: set[int] = set()
        words = [0] * len(found)
        if gold is not None:
            coverage.known += 1
            runs = _Runs(_words(gold))
            lines = _lost_lines([piece.text for piece in found], runs, cleaned.text)
            words = _add_words(coverage, found, lines, text, gold, cleaned.text)
            coverage.content_lines += len(lines) + _content_lines(runs, cleaned.text)
        here = set()
        for number, piece in enumerate(found):
            edit = piece.edit
            rule = rules.setdefault(edit.by, RuleCoverage(edit.by, edit.category, edit.confidence))
            rule.lines += 1
            rule.words += len(_words(piece.text))
            _sample(rule.samples, piece.text)
            if number in lines:
                rule.lost_lines += 1
                _sample(rule.lost_samples, piece.text)
            rule.lost_words += words[number]
            here.add(edit.by)
        for name in here:
            rules[name].documents += 1
    coverage.rules = sorted(rules.values(), key=lambda rule: (-rule.lines, rule.rule))
    return coverage


def pieces(edits: Iterable[Edit]) -> Iterator[RemovedPart]:
    """Yield what `edits` removed, in order; what they repaired and blank lines that went along are none."""
    for edit in edits:
        if edit.by.startswith("repair/"):
            continue
        line = edit.line
        blank = True  # an edit's line is that of its first line which is not
        for text in edit.before.split("\n"):
            if text.strip():
                blank = False
                yield RemovedPart(line, text.removesuffix("\r"), edit)
            line += not blank


def _sample(samples: list[str], text: str) -> None:
    if len(samples) < SAMPLES and text.strip() not in samples:
        samples.append(text.strip())


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


class _Runs:
    """Counts how often runs of words stand in texts, in time that hardly grows with the length of these."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words: list[str] = []
        self._singles: Counter[str] = Counter()
        self._pairs: defaultdict[tuple[str, str], list[int]] = defaultdict(list)  # where each begins
        self.add(words)

    def add(self, words: Sequence[str]) -> None:
        """Add a text; no run begins in one and ends in another."""
        start = len(self._words)
        self._words += [*words, ""]
        self._singles.update(words)
        for i, pair in enumerate(pairwise(words), start):
            self._pairs[pair].append(i)

    def count(self, run: Sequence[str]) -> int:
        """Return how often `run`, of one word or more, occurs."""
        if len(run) == 1:
            return self._singles[run[0]]
        places = self._pairs.get((run[0], run[1]), [])
        return sum(self._words[i : i + len(run)] == [*run] for i in places) if len(run) > 2 else len(places)


def _lost_lines(texts: Sequence[str], wanted: _Runs, clean: str) -> set[int]:
    """Return the indices of the pieces that are lost content lines."""
    places: dict[tuple[str, ...], list[int]] = {}
    for number, text in enumerate(texts):
        if run := tuple(_words(text)):
            places.setdefault(run, []).append(number)
    copies = {run: copies for run in places if (copies := wanted.count(run))}
    lost: set[int] = set()
    if copies:
        held = _Runs(_words(clean))
        for run in sorted(copies, key=len, reverse=True):
            missing = places[run][: max(0, copies[run] - held.count(run))]
            lost.update(missing)
            for _ in missing:
                held.add(run)
    return lost


def _content_lines(wanted: _Runs, clean: str) -> int:
    """Return how many lines of the clean text stand in the gold text."""
    runs = Counter(run for line in split_lines(clean) if (run := tuple(_words(line))))
    return sum(copies for run, copies in runs.items() if wanted.count(run))


def _add_words(
    coverage: Coverage, found: Sequence[RemovedPart], lost_lines: Collection[int], text: str, gold: str, clean: str
) -> list[int]:
    """Add the words of a document to the totals; return how many content words were lost with each piece."""
    before, after, wanted = Counter(_words(text)), Counter(_words(clean)), Counter(_words(gold))
    content, kept = wanted & before, wanted & after
    coverage.content_words += content.total()
    coverage.content_words_lost += max(0, content.total() - kept.total())
    coverage.other_words += before.total() - content.total()
    coverage.other_words_removed += (before.total() - content.total()) - (after.total() - kept.total())
    missing = content - kept
    shares = [0] * len(found)
    for number in [*sorted(lost_lines), *(i for i in range(len(found)) if i not in lost_lines)]:
        taken = missing & Counter(_words(found[number].text))
        missing -= taken
        shares[number] = taken.total()
    return shares
