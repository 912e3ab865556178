"""Adding up: from cleaned documents, one after the other, to what the page shows of them, in bounded memory.

The page must not grow with the corpus. So it shows the first groups, and the documents that have most to tell about
them: for each group in its order a document with an example, then those whose edits are the most doubtful, and those
that are flagged `guarded`. How many that are, of how many, is part of the data.

Memory is bounded in the same way: when there are more groups or documents than `POOL_...` says, the least of what was
seen so far is forgotten, but counted. Everything depends on the documents and their order alone, so the same
documents give the same page, whoever cleans them.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice, zip_longest
from typing import NamedTuple

from cleaner.flags import GUARDED
from cleaner.review.data import Document, Group, Piece, ReviewData, Shown, Summary, dumped
from cleaner.review.document import RawPiece, Seen, SeenEdit
from cleaner.review.groups import Counted, Grouped, Key, first, grouped, rank
from cleaner.tally import REPAIR_PREFIX

# Of the page. A document of 3,000 words takes 25 kB, a group 300 bytes. Raised, the page takes longer to open: with
# these limits it has at most some 17 MB.
DOCUMENTS_BYTES = 12_000_000
GROUPS_BYTES = 4_000_000
MAX_GROUPS = 10_000
MAX_DOCUMENTS = 2_000
MAX_LISTED = 200  # sites, failures and guarded documents that are named
MAX_WHY_CHARS = 300  # of the reason why a document failed
# What is kept while documents come: groups, bytes of documents, sites. A group takes about 1 kB of memory. Raised,
# the counts of rare groups of large corpora are exact.
POOL_GROUPS = 100_000
POOL_BYTES = 4 * DOCUMENTS_BYTES
POOL_SITES = 200_000
OTHER_SITES = "…"  # stands for the sites that come when `POOL_SITES` are known


class _Site:
    """Counts of a site."""

    __slots__ = ("documents", "removed", "words")

    def __init__(self) -> None:
        self.documents = self.words = self.removed = 0


class _Kept(NamedTuple):
    """A document that may be shown: its size in the page, how much it is worth a look, and itself, packed."""

    size: int
    worth: float
    packed: bytes


class _Unpacked(NamedTuple):
    """A document without what is only needed to add up."""

    name: str
    site: str
    url: str | None
    flags: tuple[str, ...]
    digest: str
    length: int
    pieces: list[RawPiece]
    edits: list[tuple[Key, str, float | None]]  # by number: the group, the category, and the judge's score


class Gathering:
    """Adds up documents; `add` each in order, or `add_failed`, then ask for the `data`."""

    def __init__(self, max_documents: int = MAX_DOCUMENTS) -> None:
        self._max_documents = max_documents
        self._groups: dict[Key, Counted] = {}
        self._met = 0  # groups that were met, those included that were forgotten
        self._forgotten_groups = 0
        self._forgotten_documents = 0
        self._documents: dict[int, _Kept] = {}
        self._size = 0
        self._sites: dict[str, _Site] = {}
        self._categories: dict[str, list[int]] = {}
        self._number = 0
        self._failed = self._guarded = self._changed = self._words = self._removed = self._lines = 0
        self._failures: list[tuple[str, str]] = []
        self._guarded_names: list[str] = []

    @property
    def documents(self) -> int:
        """How many documents came, those included that failed."""
        return self._number

    @property
    def failed(self) -> int:
        """How many documents failed."""
        return self._failed

    def add_failed(self, name: str, why: str) -> None:
        """Count a document that could not be cleaned."""
        self._number += 1
        self._failed += 1
        if len(self._failures) < MAX_LISTED:
            self._failures.append((name[:MAX_WHY_CHARS], why[:MAX_WHY_CHARS]))

    def add(self, seen: Seen) -> None:
        """Count a document."""
        number = self._number
        self._number += 1
        is_guarded = GUARDED in seen.flags
        self._changed += bool(seen.edits)
        self._guarded += is_guarded
        if is_guarded and len(self._guarded_names) < MAX_LISTED:
            self._guarded_names.append(seen.name)
        site = self._site(seen.site)
        site.documents += 1
        site.words += seen.words
        self._words += seen.words
        keys = [self._count(edit, seen.site, site, number, i) for i, edit in enumerate(seen.edits)]
        edits = [(key, edit.category, edit.score) for key, edit in zip(keys, seen.edits, strict=True)]
        rest = seen.name, seen.site, seen.url, seen.flags, seen.digest, seen.length, seen.pieces
        packed = pickle.dumps(_Unpacked(*rest, edits), pickle.HIGHEST_PROTOCOL)
        self._documents[number] = _Kept(seen.size, _best(seen.edits), packed)
        self._size += seen.size
        if len(self._groups) > 2 * POOL_GROUPS:
            self._forget_groups()
        if self._size > 2 * POOL_BYTES:
            self._forget_documents()

    def _site(self, name: str) -> _Site:
        if name not in self._sites and len(self._sites) >= POOL_SITES:
            name = OTHER_SITES
        return self._sites.setdefault(name, _Site())

    def _count(self, edit: SeenEdit, site_name: str, site: _Site, document: int, number: int) -> Key:
        """Count an edit, and return the key of its group."""
        key: Key = (edit.key, edit.rule, site_name, edit.part)
        if edit.rule.startswith(REPAIR_PREFIX):
            return key
        site.removed += edit.words
        self._removed += edit.words
        self._lines += edit.lines
        counts = self._categories.setdefault(edit.category, [0, 0])
        counts[0] += edit.lines
        counts[1] += edit.words
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Counted(edit, self._met, document)
            self._met += 1
        group.add(edit, document, number)
        return key

    def _forget_groups(self) -> None:
        """Forget the groups that are the least worth a look."""
        self._forgotten_groups += len(self._groups) - POOL_GROUPS
        self._groups = dict(first(self._groups.items(), POOL_GROUPS))

    def _forget_documents(self) -> None:
        """Forget the documents that would not be shown if there were no more."""
        places = (group.samples for _, group in first(self._groups.items(), MAX_GROUPS))
        chosen = self._chosen(POOL_BYTES, len(self._documents), places)
        self._forgotten_documents += len(self._documents) - len(chosen)
        self._documents = {number: self._documents[number] for number in sorted(chosen)}
        self._size = sum(kept.size for kept in self._documents.values())
        for group in self._groups.values():
            group.samples = [sample for sample in group.samples if sample[0] in chosen]

    def _chosen(self, room: int, most: int, places: Iterable[Sequence[tuple[int, int]]]) -> set[int]:
        """Return the numbers of the documents to show, if there is room for so many bytes, and at most so many.

        `places` are those of the examples of each group, in the order of the list.
        By turns a document is taken that has an example of the next group, and the most doubtful of the others.
        """
        kept = self._documents
        if len(kept) <= most and self._size <= room:
            return set(kept)
        examples = (next((number for number, _ in samples if number in kept), None) for samples in places)
        doubtful = iter(sorted(kept, key=lambda number: (-kept[number].worth, number)))
        chosen: set[int] = set()
        for pair in zip_longest(examples, doubtful):
            for number in pair:
                if number is None or number in chosen or kept[number].size > room:
                    continue
                if len(chosen) >= most:
                    return chosen
                chosen.add(number)
                room -= kept[number].size
            if room < 0:
                break
        return chosen

    def groups(self) -> list[Grouped]:
        """Return all groups that are known, those that are the most worth a look first."""
        return grouped(self._groups.items())

    def data(self, title: str, made: str, reason_of: Callable[[str], str]) -> ReviewData:
        """Return what the page shows. `reason_of` gives a sentence for the name of a rule."""
        names = _Names()
        every = self.groups()
        groups = list(_with_room(every))
        samples = (group.members[0].samples for group in groups)
        chosen = sorted(self._chosen(DOCUMENTS_BYTES, self._max_documents, samples))
        indexes = {key: index for index, group in enumerate(groups) for key in group.keys}
        places: dict[tuple[int, int], tuple[int, int]] = {}  # where an edit of a document is shown
        documents = []
        for index, number in enumerate(chosen):
            document: _Unpacked = pickle.loads(self._documents[number].packed)
            pieces = []
            for place, piece in enumerate(document.pieces):
                if isinstance(piece, tuple):
                    places[number, piece[2]] = index, place
                pieces.append(_shown_piece(piece, document.edits, indexes, names))
            flags, rest = list(document.flags), (document.digest, document.length, pieces)
            documents.append(Document(document.name, document.site, document.url, flags, *rest))
        shown = [self._shown_group(group, names, places) for group in groups]
        counts = Shown(
            (len(documents), self._number - self._failed), (len(shown), len(every) + self._forgotten_groups)
        )
        return ReviewData(
            title,
            made,
            self._summary(counts),
            counts,
            names.rules,
            names.categories,
            names.categories_of_rules,
            [reason_of(rule) for rule in names.rules],
            shown,
            documents,
        )

    def _shown_group(self, group: Grouped, names: _Names, places: Mapping[tuple[int, int], tuple[int, int]]) -> Group:
        _, rule, site, part = group.keys[group.members.index(group.leader)]
        edit = group.leader.edit
        of = self._sites.get(site)
        documents = group.members[0].documents
        return Group(
            group.line,
            group.key,
            names.rule(rule, edit.category),
            names.category(edit.category),
            edit.confidence,
            site,
            documents,
            round(documents / max(of.documents if of else 0, documents), 4),
            sum(member.lines for member in group.members),
            group.words,
            round(group.doubt, 4),
            part,
            [places[sample] for sample in group.members[0].samples if sample in places],
        )

    def _summary(self, shown: Shown) -> Summary:
        categories = [(name, lines, words) for name, (lines, words) in self._categories.items()]
        sites = [(name, site.documents, site.words, site.removed) for name, site in self._sites.items()]
        return Summary(
            self._number,
            self._failed,
            self._guarded,
            self._changed,
            self._words,
            self._removed,
            self._lines,
            sorted(categories, key=lambda row: (-row[2], -row[1], row[0])),
            sorted(sites, key=lambda row: (-row[3], -row[1], row[0]))[:MAX_LISTED],
            self._failures,
            self._guarded_names,
            _sample(shown),
        )


def _best(edits: Sequence[SeenEdit]) -> float:
    """Return the highest rank of an edit, or of a block, so that documents are in the order of the list."""
    best = 0.0
    blocks: dict[int, float] = {}
    for edit in edits:
        value = rank(edit.words, edit.doubt)
        if edit.block >= 0:
            value = blocks[edit.block] = blocks.get(edit.block, 0.0) + value
        best = max(best, value)
    return best


class _Names:
    """The names of rules and categories, in the order in which they are first shown."""

    def __init__(self) -> None:
        self._rules: dict[str, int] = {}
        self._categories: dict[str, int] = {}
        self.categories_of_rules: list[int] = []

    def rule(self, name: str, category: str) -> int:
        """Return the index of a rule."""
        if name not in self._rules:
            self._rules[name] = len(self._rules)
            self.categories_of_rules.append(self.category(category))
        return self._rules[name]

    def category(self, name: str) -> int:
        """Return the index of a category."""
        return self._categories.setdefault(name, len(self._categories))

    @property
    def rules(self) -> list[str]:
        """The names of rules by index."""
        return list(self._rules)

    @property
    def categories(self) -> list[str]:
        """The names of categories by index."""
        return list(self._categories)


def _with_room(groups: Iterable[Grouped]) -> Iterator[Grouped]:
    """Yield the first groups for which there is room on the page."""
    room = GROUPS_BYTES
    for group in islice(groups, MAX_GROUPS):
        room -= 250 + len(dumped([group.line, group.key, group.keys[0][2]]))
        if room < 0:
            return
        yield group


def _shown_piece(
    piece: RawPiece, edits: list[tuple[Key, str, float | None]], indexes: Mapping[Key, int], names: _Names
) -> Piece:
    """Return a piece as the page has it."""
    if not isinstance(piece, tuple):
        return piece
    text, replacement, number, length = piece
    key, category, score = edits[number]
    index = -1 if key[1].startswith(REPAIR_PREFIX) else indexes.get(key, -1)
    shown = [text, replacement, index, names.rule(key[1], category), None if score is None else round(score, 4)]
    return shown if len(text) == length else [*shown, length]


def _sample(shown: Shown) -> str:
    """Return what people are told about what the page leaves out; "" if it leaves nothing out."""
    parts = []
    if shown.documents[0] < shown.documents[1]:
        parts.append(
            f"Of {shown.documents[1]:,} documents {shown.documents[0]:,} are shown: those with examples of the lines "
            "of the list, and those in which the most is in doubt."
        )
    if shown.groups[0] < shown.groups[1]:
        parts.append(
            f"Of about {shown.groups[1]:,} different lines that went, the list has the {shown.groups[0]:,} that are "
            "the most worth a look."
        )
    return " ".join(parts)
