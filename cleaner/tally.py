"""The tally: what a run did, counted. Documents, words, flags, which rule removed how often, why documents failed.

Workers count their own documents; tallies are added up with `update`, in the order of the documents.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import msgspec

from cleaner.document import Cleaned, split_lines
from cleaner.flags import GUARDED

REPAIR_PREFIX = "repair/"  # of the names of repair steps
# The most kinds of failures that are counted apart; all others are counted together, as `OTHER_FAILURES`. Raised, a
# shard that fails in ever new ways takes more memory in every state that is saved.
MAX_FAILURE_KINDS = 20
OTHER_FAILURES = ""
MAX_KIND_CHARS = 100  # of the name of a kind; raised, messages get longer


class Tally(msgspec.Struct):
    """Counts over documents. A word is what stands between white space.

    Of the `documents`, `changed` had an edit, `emptied` held words and hold none any more, and `failed` could not be
    cleaned and were left as they were. `lines_removed` are lines that lost all or a part of their text, and
    `words_removed` the words that they lost. `words_in` (before repair) and `words_out` leave the failed documents
    out. `edits` counts edits by who made them (`Edit.by`: a rule, a repair step, the judge or trafilatura), `flags`
    documents by flag. `confidence` counts documents by the tenth that their confidence is in ("0.9": from .9 to 1);
    documents without one are in none. `category_lines` and `category_words` are the lines and words removed, by
    category. `reasons` counts the failed documents by the kind of failure, see `kind_of_failure`.
    """

    documents: int = 0
    changed: int = 0
    emptied: int = 0
    failed: int = 0
    lines_removed: int = 0
    words_removed: int = 0
    words_in: int = 0
    words_out: int = 0
    edits: dict[str, int] = {}
    flags: dict[str, int] = {}
    confidence: dict[str, int] = {}
    category_lines: dict[str, int] = {}
    category_words: dict[str, int] = {}
    reasons: dict[str, int] = {}

    def add(self, cleaned: Cleaned) -> None:
        """Count a document that was cleaned."""
        words_out = words_in = count_words(cleaned.text)
        if cleaned.edits:
            words_in = count_words(cleaned.restore())
            self.changed += 1
            self.lines_removed += removed_lines(cleaned)
            for edit in cleaned.edits:
                _count(self.edits, edit.by, 1)
                if not edit.by.startswith(REPAIR_PREFIX):
                    words = count_words(edit.before) - count_words(edit.replacement)
                    self.words_removed += words
                    _count(self.category_words, edit.category, words)
                    _count(self.category_lines, edit.category, _lines_of(edit.before))
        for flag in cleaned.flags:
            _count(self.flags, flag, 1)
        if cleaned.confidence is not None:
            _count(self.confidence, f"0.{min(int(10 * cleaned.confidence), 9)}", 1)
        self.documents += 1
        self.emptied += words_in > 0 and not words_out
        self.words_in += words_in
        self.words_out += words_out

    def add_failed(self, reason: str) -> None:
        """Count a document that could not be cleaned for a `reason` (`what is wrong; what to do`)."""
        self.documents += 1
        self.failed += 1
        self._count_failures(kind_of_failure(reason), 1)

    def _count_failures(self, kind: str, number: int) -> None:
        """Count failures of a kind, or of any other kind if there are too many already."""
        known = kind in self.reasons or len(self.reasons) < MAX_FAILURE_KINDS
        _count(self.reasons, kind if known else OTHER_FAILURES, number)

    def update(self, other: Tally) -> None:
        """Add the counts of `other`."""
        for name in self.__struct_fields__:
            mine, more = getattr(self, name), getattr(other, name)
            if name == "reasons":
                for kind, number in more.items():
                    self._count_failures(kind, number)
            else:
                setattr(self, name, mine + more if isinstance(mine, int) else dict(Counter(mine) + Counter(more)))

    @property
    def repairs(self) -> int:
        """How many repairs of encoding there were."""
        return sum(number for name, number in self.edits.items() if name.startswith(REPAIR_PREFIX))

    @property
    def guarded(self) -> int:
        """How many documents have the flag `guarded`: not all of their marks were followed."""
        return self.flags.get(GUARDED, 0)

    @property
    def rules(self) -> list[tuple[str, int]]:
        """The edits that removed something, by who made them, with their counts; the most frequent first."""
        removers = [(name, number) for name, number in self.edits.items() if not name.startswith(REPAIR_PREFIX)]
        return sorted(removers, key=lambda pair: (-pair[1], pair[0]))

    @property
    def kinds_of_failures(self) -> list[tuple[str, int]]:
        """The kinds of failures with their counts, the most frequent first, and `OTHER_FAILURES` last."""
        return sorted(self.reasons.items(), key=lambda pair: (pair[0] == OTHER_FAILURES, -pair[1], pair[0]))

    @property
    def categories(self) -> list[tuple[str, int]]:
        """The categories of what was removed with the lines of each; the most lines first."""
        return sorted(self.category_lines.items(), key=lambda pair: (-pair[1], pair[0]))

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as plain data; of each table, the largest first, and of confidences, the lowest."""
        data = msgspec.to_builtins(self)
        for name, table in data.items():
            if name == "confidence":
                data[name] = dict(sorted(table.items()))
            elif isinstance(table, dict):
                data[name] = dict(sorted(table.items(), key=lambda pair: (-pair[1], pair[0])))
        return dict(data)


def kind_of_failure(reason: str) -> str:
    """Return what failures have in common that are alike: what is wrong, without what differs from one to the next.

    That is what is in brackets, and numbers. `is not JSON (Expecting value: line 1 column 9); mend the line` is of
    the kind `is not JSON`, and `took longer than 61 seconds` of the kind `took longer than … seconds`. Names in
    quotes stay.
    """
    what = reason.partition("; ")[0]
    outside = what.partition(" (")[0] or what
    kind = re.sub(
        r"('[^']*')|(?<![\w-])\d+(?:[.,]\d+)*(?![\w-])", lambda found: found[1] or "…", outside[: 2 * MAX_KIND_CHARS]
    )
    return kind if len(kind) <= MAX_KIND_CHARS else kind[: MAX_KIND_CHARS - 1] + "…"


def _count(table: dict[str, int], name: str, number: int) -> None:
    table[name] = table.get(name, 0) + number


def _lines_of(before: str) -> int:
    """Return how many lines have all or a part of what an edit removed; blank lines around it do not count."""
    return len(split_lines(before.strip()))


def count_words(text: str) -> int:
    """Return the number of words in `text`."""
    return len(text.split())


def removed_lines(cleaned: Cleaned) -> int:
    """Return how many lines of a document lost all or a part of their text; repairs do not count."""
    return sum(_lines_of(edit.before) for edit in cleaned.edits if not edit.by.startswith(REPAIR_PREFIX))
