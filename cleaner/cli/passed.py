"""What a run passed over in the folders that it searched, and how to say so.

A folder in which nothing is to be done is mostly a mistake: it is another folder, or its documents have names that
the cleaner does not take. So the run says what was there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from cleaner import quote
from cleaner.cli.common import count
from cleaner.errors import SettingsError

MAX_SHOWN = 5  # kinds of files that are named in a message, and names that are left out; the others are counted
MAX_SUFFIX_CHARS = 12  # a longer suffix is no kind of file, but the end of a sentence


class Passed:
    """What was passed over in folders, counted. A folder that is passed over counts once, whatever it holds.

    - `folders` are those that the user named.
    - `kinds` counts files that are no documents by their suffix, "" for those without one.
    - `left_out` counts files and folders whose names tell that they are none of a person's documents.
    - `ignored` counts files and folders that git ignores, `hidden` those whose name begins with a dot, `excluded`
      those that are excluded, `copies` the cleaner's own files, `shards` those that a command does not
      take.
    - `untold` are the folders of which git could not tell what it ignores.
    """

    def __init__(self) -> None:
        self.folders: list[Path] = []
        self.kinds: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self.copies = self.hidden = self.ignored = self.excluded = self.shards = 0
        self.untold: list[Path] = []

    def check_any(self) -> None:
        """Raise `SettingsError` if folders were searched, given that nothing was found in them."""
        if not self.folders:
            return
        where = quote.name(self.folders[0])
        more = f" and {len(self.folders) - 1:,} more" if len(self.folders) > 1 else ""
        passed = ", ".join(self._parts())
        what = f"nothing to clean; passed over {passed}" if passed else "nothing to clean: there are no files"
        raise SettingsError(f"{where}{more}: {what}; {self._advice()}")

    def _parts(self) -> Iterator[str]:
        """Yield what was passed over, each part with its number."""
        if self.kinds:
            shown = [f"{number:,} {_kind(suffix)}" for suffix, number in self.kinds.most_common(MAX_SHOWN)]
            rest = self.kinds.total() - sum(number for _, number in self.kinds.most_common(MAX_SHOWN))
            shown += [f"{rest:,} others"] if rest else []
            yield f"{count(self.kinds.total(), 'file')} of other kinds ({', '.join(shown)})"
        if self.shards:
            yield f"{count(self.shards, 'file')} with many documents"
        if self.copies:
            yield f"{self.copies:,} of the cleaner's own files"
        for number, what in (
            (self.hidden, "hidden"),
            (self.excluded, "excluded"),
            (self.ignored, "ignored by git"),
        ):
            if number:
                yield f"{number:,} {what}"
        if self.left_out:
            yield self._names_left_out()

    def _names_left_out(self) -> str:
        names = [quote.name(name) for name, _ in self.left_out.most_common(MAX_SHOWN)]
        rest = len(self.left_out) - len(names)
        return ", ".join(names) + (f" and {rest:,} other names" if rest else "")

    def _advice(self) -> str:
        """Return what to do if nothing was found."""
        if self.ignored:
            return "name what git ignores, or pass --no-respect-gitignore"
        if self.left_out or self.excluded:
            return "name the files that you want cleaned"
        if self.shards:
            return "`cleaner strip` takes them"
        return "name a folder with documents (.txt, .md, .html)"

    def notes(self) -> Iterator[str]:
        """Yield what to say at the end of a run that found something: what may have been meant to be cleaned."""
        for folder in self.untold:
            why = "git cannot tell what it ignores here, so nothing is passed over for that"
            yield f"{quote.name(folder)}: {why}; see `git status`"
        parts = [f"{self.ignored:,} ignored by git"] if self.ignored else []
        parts += [self._names_left_out()] if self.left_out else []
        if parts:
            also = " or pass --no-respect-gitignore" if self.ignored else ""
            yield f"passed over in folders: {', '.join(parts)}; to clean them, name them{also}"


def _kind(suffix: str) -> str:
    """Return what to call files with this suffix."""
    if not suffix:
        return "without a suffix"
    return quote.name(suffix) if len(suffix) <= MAX_SUFFIX_CHARS else "with a long suffix"
