"""The tally: what a run did, counted. Documents, words, flags, and which rule removed how often.

Workers count their own documents; tallies are added up with `update`.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from cleaner.document import Cleaned, split_lines
from cleaner.flags import GUARDED

REPAIR_PREFIX = "repair/"  # of the names of repair steps


class Tally(msgspec.Struct):
    """Counts over documents. A word is what stands between white space.

    Of the `documents`, `changed` had an edit, `emptied` held words and hold none any more, and `failed` could not be
    cleaned and were left as they were. `lines_removed` are lines that lost all or a part of their text, and
    `words_removed` the words that they lost. `words_in` (before repair) and `words_out` leave the failed documents
    out. `edits` counts edits by who made them (`Edit.by`: a rule, a repair step, the judge or trafilatura), `flags`
    documents by flag.
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

    def add(self, cleaned: Cleaned) -> None:
        """Count a document that was cleaned."""
        words = words_in = count_words(cleaned.text)
        if cleaned.edits:
            words_in = count_words(cleaned.restore())
            self.changed += 1
            self.lines_removed += removed_lines(cleaned)
            for edit in cleaned.edits:
                self.edits[edit.by] = self.edits.get(edit.by, 0) + 1
                if not edit.by.startswith(REPAIR_PREFIX):
                    self.words_removed += count_words(edit.before) - count_words(edit.replacement)
        for flag in cleaned.flags:
            self.flags[flag] = self.flags.get(flag, 0) + 1
        self.documents += 1
        self.emptied += words_in > 0 and not words
        self.words_in += words_in
        self.words_out += words

    def add_failed(self) -> None:
        """Count a document that could not be cleaned."""
        self.documents += 1
        self.failed += 1

    def update(self, other: Tally) -> None:
        """Add the counts of `other`."""
        for name in self.__struct_fields__:
            mine, more = getattr(self, name), getattr(other, name)
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

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as plain data; `edits` and `flags` with the most frequent first."""
        data = msgspec.to_builtins(self)
        for name in ("edits", "flags"):
            data[name] = dict(sorted(data[name].items(), key=lambda pair: (-pair[1], pair[0])))
        return dict(data)


def count_words(text: str) -> int:
    """Return the number of words in `text`."""
    return len(text.split())


def removed_lines(cleaned: Cleaned) -> int:
    """Return how many lines of a document lost all or a part of their text; repairs do not count."""
    removed = (edit.before for edit in cleaned.edits if not edit.by.startswith(REPAIR_PREFIX))
    return sum(len(split_lines(before.strip())) for before in removed)
