"""Evidence: what is known of each line that repeats on a site's documents.

A line is told by its key (`rules.match.keys`), as rules tell it. What counts is not how often it stands there, but on
how many texts (see `texts`), in what place and company, and what the judge thinks of it.

The content of a document is from its first line of own prose to its last: prose that stands on one text alone.

Example, of one of ten documents that all begin with the first two lines:

    Home                                                           company: the line behind it repeats, too
    Share this article                                             leads: the next line repeats nowhere
    The ferry to the island was late again on Tuesday morning.     own prose: the content begins
    Details                                                        within, and alone: both neighbours are content
    Its crew had waited for the doctor, who had overslept.         own prose: the content ends
    More stories                                                   behind the content
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from cleaner.rules.shapes import may_be_headline
from cleaner.text.prose import is_prose

HEAD, WITHIN, TAIL = range(3)  # places: in front of the content, within it, behind it
COMPANY = 6  # what both neighbours of a line count together
# What the neighbours before and behind a line count, by its place. The one on the side of the content counts half of
# the other one: somewhere chrome must end. With equal weights, .3 % less of the chrome is learned.
_WEIGHTS = ((4, 2), (3, 3), (2, 4))


@dataclass(slots=True)
class Evidence:
    """What is known of one line of a site."""

    line: str  # as it stands in the first document
    prose: bool  # whether it is a whole sentence
    documents: list[int] = field(default_factory=list)  # indices of the documents that have it, in order
    texts: set[int] = field(default_factory=set)  # the texts that have it, by number
    places: tuple[set[int], set[int], set[int]] = field(default_factory=lambda: (set(), set(), set()))  # texts
    # Texts in which it stands in front of the content and leads to it: the next line repeats nowhere, or no other
    # line may be the headline.
    leads: set[int] = field(default_factory=set)
    times: int = 0  # how often it stands in all documents
    company: int = 0  # how many of its neighbours repeat, by `_WEIGHTS`; the ends of a document do
    chances: list[float] = field(default_factory=list)  # the judge's, 0 to 1, each time it was asked; 1: content
    ruled: int = 0  # how often rules took it when the judge was asked

    @property
    def mean_company(self) -> float:
        """The share of its neighbours that repeat, 0 to 1."""
        return self.company / (COMPANY * self.times)

    @property
    def chance(self) -> float:
        """The mean probability, 0 to 1, that the line is content; 1 if the judge was not asked."""
        return sum(self.chances) / len(self.chances) if self.chances else 1.0


class Site:
    """The documents of a site, with their keys, and the evidence of the lines that repeat."""

    def __init__(
        self, documents: Sequence[Sequence[str]], keys: Sequence[Sequence[str]], texts: Sequence[int]
    ) -> None:
        """Take documents as lines, the key of each line ("" for a blank one), and the number of the text of each."""
        self.documents, self.keys, self.texts = documents, keys, texts
        on_texts: dict[str, set[int]] = defaultdict(set)
        for text, each in zip(texts, self.keys, strict=True):
            for key in each:
                on_texts[key].add(text)
        on_texts.pop("", None)
        self.repeated = {key for key, where in on_texts.items() if len(where) > 1}
        self.evidence: dict[str, Evidence] = {}
        self.chances: dict[int, Mapping[int, float]] = {}  # the judge's, by document and line, where it was asked
        self.content = [self._add(number) for number in range(len(documents))]

    def _add(self, number: int) -> range:
        """Add the evidence of a document; return the lines (0-based) of its content, none if it has no prose."""
        lines, found, text = self.documents[number], self.keys[number], self.texts[number]
        filled = [i for i, key in enumerate(found) if key]
        own = [i for i in filled if found[i] not in self.repeated and is_prose(lines[i])]
        content = range(own[0], own[-1] + 1) if own else range(0)
        repeats = [True, *(found[i] in self.repeated for i in filled), True]
        for place, i in enumerate(filled, 1):
            if not repeats[place]:
                continue
            one = self.evidence.get(found[i])
            if one is None:
                one = self.evidence[found[i]] = Evidence(lines[i], is_prose(lines[i]))
            where = WITHIN if not content or i in content else HEAD if i < content.start else TAIL
            before, behind = _WEIGHTS[where]
            one.times += 1
            one.company += before * repeats[place - 1] + behind * repeats[place + 1]
            one.texts.add(text)
            if not one.documents or one.documents[-1] != number:
                one.documents.append(number)
            if content:
                one.places[where].add(text)
                if where == HEAD and not repeats[place + 1]:
                    one.leads.add(text)
        # The headline of an article in several parts repeats as all else does, and buttons may stand behind it.
        able = [i for i in filled if i < content.start and may_be_headline(lines[i])]
        if able and all(found[i] in self.repeated for i in able):
            self.evidence[found[able[-1]]].leads.add(text)
        return content

    def judged(self, number: int, chances: Mapping[int, float], ruled: Collection[int]) -> None:
        """Add what the judge thinks of the lines (0-based) of a document, and which of them rules take."""
        self.chances[number] = chances
        for i, chance in chances.items():
            one = self.evidence.get(self.keys[number][i])
            if one is not None:
                one.chances.append(chance)
                one.ruled += i in ruled
