"""What is known of a copy: whether the cleaner wrote it as it is, whether a person changed it, or nothing.

The table, for a document and the file in the place of its copy, by the facts of a lock (`lock.Fact`):

    copy                       document             standing
    as it was written          as it was then       written, and current for the cleaner that wrote it
    as it was written          changed              written: it may be replaced
    another                    as it was then       corrected: a person's text, which stays
    another                    changed              corrected, and the document behind the correction changed
    any                        of no known copy     unknown

A fact says what a cleaner wrote, so whoever has changed the file since is not the cleaner. Several facts of one copy
(after a merge) each count. A copy that is known to some lock is never *unknown*, and a copy with a digest that no
fact has is never *written*: that is the whole safety of corrections.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from typing import Literal, NamedTuple

from cleaner.files.lock import Fact


def digest(data: bytes) -> str:
    """Return the digest by which locks know a file: the first 32 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(data).hexdigest()[:32]


class Content:
    """The content of a file, to compare with the digests of a lock.

    Where git holds the file (`in_git`), line ends do not count, because git converts them when it checks files out.
    """

    def __init__(self, data: bytes, *, in_git: bool = False) -> None:
        self.digest = digest(data)
        self._data = data if in_git else b""

    def has(self, known: str) -> bool:
        """Whether the file had this digest when it was noted."""
        return known == self.digest or (bool(self._data) and known in self._others)

    @property
    def digests(self) -> tuple[str, ...]:
        """All digests that the file may have been noted with."""
        return (self.digest, *self._others) if self._data else (self.digest,)

    @cached_property
    def _others(self) -> tuple[str, ...]:
        """The digests of the file with other line ends."""
        unix = self._data.replace(b"\r\n", b"\n")
        return digest(unix), digest(unix.replace(b"\n", b"\r\n"))


class Standing(NamedTuple):
    """What is known of a copy (`copy`), and whether the document is as it was when a cleaner wrote the copy (`same`).

    `current` are the facts that fit both files: for a cleaner with the fingerprint of one of these, nothing is to be
    done.
    """

    copy: Literal["unknown", "written", "corrected"]
    same: bool = False
    current: tuple[Fact, ...] = ()

    @property
    def is_accepted(self) -> bool:
        """Whether the copy is a correction of the document as it is."""
        return self.copy == "corrected" and self.same

    @property
    def is_outdated(self) -> bool:
        """Whether the copy is a correction, and the document behind it has changed."""
        return self.copy == "corrected" and not self.same

    def is_current(self, fingerprint: str) -> bool:
        """Whether a cleaner with this fingerprint would write the copy as it is."""
        return bool(fingerprint) and any(fact.fingerprint == fingerprint for fact in self.current)


UNKNOWN = Standing("unknown")


def standing(facts: Sequence[Fact], source: Content, copy: Content) -> Standing:
    """Return what some facts of a copy say about a document and the file in the place of the copy."""
    if not facts:
        return UNKNOWN
    same = [fact for fact in facts if source.has(fact.source)]
    if any(copy.has(fact.written) for fact in facts):
        return Standing("written", bool(same), tuple(fact for fact in same if copy.has(fact.written)))
    return Standing("corrected", bool(same))
