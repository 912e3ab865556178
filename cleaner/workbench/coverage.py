"""Coverage: what each rule removes from documents, and how much of that was content.

What a rule removes is counted in *removed parts*: whole lines, and the parts of lines that inline rules take. If the
content of a document is known (its *gold* text), losses are counted in two ways:

- **Lost content lines.** A removed part is one if its words, in lower case, stand side by side in the gold more often
  than in the clean text. What is left comes first: a menu entry that equals a heading which stayed is no loss. Long
  parts come before the short ones that they contain; of several equal parts, the first ones are the lost ones, as
  many as are missing. A part without words is never lost.
- **Lost content words**, which are counted as in `score`. Each lost word is put down to the first removed part that
  has it; parts that are lost content lines come before all others.

The second count is higher: it has words of chrome that the gold has in another place, and words of lines that stand
in the gold in another form.

Example: `Home`, `News` and `The news` are removed, the clean text is `Home`, and the gold is `Home. The news`.
`The news` is a lost content line. `Home` is none, because it is still there once. `News` is none, because the gold
has `news` once and the longer part has taken it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from cleaner.document import Cleaned, Edit, split_lines
from cleaner.workbench.score import WordCounts, count_words, words_of

MAX_SAMPLES = 3  # different texts that are shown of each rule, and as many of its lost content lines


class RemovedPart(NamedTuple):
    """A line that was removed, or a part of one."""

    line: int  # 1-based, of the original
    text: str
    edit: Edit  # the edit that removed it, perhaps with other lines


@dataclass(slots=True)
class RuleCoverage:
    """What one rule, the judge or trafilatura removed from all documents."""

    rule: str
    category: str
    confidence: str
    lines: int = 0  # removed parts
    documents: int = 0  # documents from which it removed something
    words: int = 0  # words of the removed parts
    samples: list[str] = field(default_factory=list)
    elements: list[str] = field(default_factory=list)  # of pages, those that selectors of the rule named, `div#menu`
    lost_lines: int = 0  # of `lines`, the lost content lines
    lost_words: int = 0  # of `words`, the lost content words
    lost_samples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ConfidenceCoverage:
    """What all rules of one confidence removed."""

    lines: int = 0  # removed parts
    lost_lines: int = 0  # of these, the lost content lines


@dataclass(slots=True)
class Coverage:
    """What was removed from documents, by rule and in all. The fields about content count the `known` documents."""

    documents: int = 0
    known: int = 0  # documents whose gold is known
    rules: list[RuleCoverage] = field(default_factory=list)  # those that removed something, most lines first
    content_lines: int = 0  # lines of the clean texts that stand in the gold, and lost content lines
    content_words: int = 0
    content_words_lost: int = 0
    other_words: int = 0
    other_words_removed: int = 0

    def by_confidence(self) -> dict[str, ConfidenceCoverage]:
        """Return what the rules of each confidence removed; trafilatura is no rule and counts for none."""
        result = {name: ConfidenceCoverage() for name in ("sure", "likely", "guess")}
        for rule in self.rules:
            if "/" in rule.rule:
                result[rule.confidence].lines += rule.lines
                result[rule.confidence].lost_lines += rule.lost_lines
        return result


def measure(documents: Iterable[tuple[str, str | None, Cleaned]]) -> Coverage:
    """Measure documents, each given as (original text, gold text or None, result of cleaning)."""
    coverage = Coverage()
    rules: dict[str, RuleCoverage] = {}
    for text, gold, cleaned in documents:
        coverage.documents += 1
        parts = list(removed_parts(cleaned.edits))
        lost_lines: set[int] = set()
        lost_words = [0] * len(parts)
        if gold is not None:
            coverage.known += 1
            runs = _Runs(words_of(gold))
            lost_lines = _lost_lines([part.text for part in parts], runs, cleaned.text)
            coverage.content_lines += len(lost_lines) + _content_lines(runs, cleaned.text)
            counts = count_words(text, gold, cleaned.text)
            _add_words(coverage, counts)
            lost_words = _lost_words(parts, lost_lines, counts)
        for number, part in enumerate(parts):
            edit = part.edit
            rule = rules.setdefault(edit.by, RuleCoverage(edit.by, edit.category, edit.confidence))
            rule.lines += 1
            rule.words += len(words_of(part.text))
            _add_sample(rule.samples, part.text)
            if edit.element:
                _add_sample(rule.elements, edit.element)
            if number in lost_lines:
                rule.lost_lines += 1
                _add_sample(rule.lost_samples, part.text)
            rule.lost_words += lost_words[number]
        for name in {part.edit.by for part in parts}:
            rules[name].documents += 1
    coverage.rules = sorted(rules.values(), key=lambda rule: (-rule.lines, rule.rule))
    return coverage


def removed_parts(edits: Iterable[Edit]) -> Iterator[RemovedPart]:
    """Yield what `edits` removed, in order, without repairs and without the blank lines that went along."""
    for edit in edits:
        if edit.by.startswith("repair/"):
            continue
        line = edit.line
        blank = True  # no filled line yet; `edit.line` is the number of the first filled line of the edit
        for text in split_lines(edit.before):
            if text.strip():
                blank = False
                yield RemovedPart(line, text, edit)
            line += not blank


def _add_sample(samples: list[str], text: str) -> None:
    """Add a text to the samples of a rule, unless it is there or there are enough."""
    if len(samples) < MAX_SAMPLES and text.strip() not in samples:
        samples.append(text.strip())


class _Runs:
    """Counts how often runs of words occur in texts.

    The places of each pair of neighbours are kept, so a run is compared only where its first two words stand.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._words: list[str] = []
        self._singles: Counter[str] = Counter()
        self._pairs: defaultdict[tuple[str, str], list[int]] = defaultdict(list)  # where in `_words` each begins
        self.add(words)

    def add(self, words: Sequence[str]) -> None:
        """Add a text; no run reaches from one text into the next."""
        start = len(self._words)
        self._words += [*words, ""]
        self._singles.update(words)
        for i, pair in enumerate(pairwise(words), start):
            self._pairs[pair].append(i)

    def count(self, run: Sequence[str]) -> int:
        """Return how often a run of at least one word occurs."""
        if len(run) == 1:
            return self._singles[run[0]]
        places = self._pairs.get((run[0], run[1]), [])
        return sum(self._words[i : i + len(run)] == [*run] for i in places) if len(run) > 2 else len(places)


def _lost_lines(texts: Sequence[str], wanted: _Runs, clean: str) -> set[int]:
    """Return the indices of the removed parts `texts` that are lost content lines; `wanted` holds the gold."""
    places: dict[tuple[str, ...], list[int]] = {}
    for number, text in enumerate(texts):
        if run := tuple(words_of(text)):
            places.setdefault(run, []).append(number)
    copies = {run: copies for run in places if (copies := wanted.count(run))}
    lost: set[int] = set()
    if copies:
        there = _Runs(words_of(clean))
        for run in sorted(copies, key=len, reverse=True):
            missing = places[run][: max(0, copies[run] - there.count(run))]
            lost.update(missing)
            for _ in missing:
                there.add(run)  # a shorter run inside this one is accounted for
    return lost


def _content_lines(wanted: _Runs, clean: str) -> int:
    """Return how many lines of the clean text stand in the gold, which `wanted` holds."""
    runs = Counter(run for line in split_lines(clean) if (run := tuple(words_of(line))))
    return sum(copies for run, copies in runs.items() if wanted.count(run))


def _add_words(coverage: Coverage, counts: WordCounts) -> None:
    """Add the words of a document to the totals."""
    score = counts.score()
    coverage.content_words += score.content
    coverage.content_words_lost += score.content_lost
    coverage.other_words += score.other
    coverage.other_words_removed += score.other_removed


def _lost_words(parts: Sequence[RemovedPart], lost_lines: Collection[int], counts: WordCounts) -> list[int]:
    """Return how many content words were lost with each removed part; `lost_lines` are indices of parts."""
    missing = counts.content - counts.kept
    lost = [0] * len(parts)
    for number in sorted(range(len(parts)), key=lambda number: number not in lost_lines):
        taken = missing & Counter(words_of(parts[number].text))
        missing -= taken
        lost[number] = taken.total()
    return lost
