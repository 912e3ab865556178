"""Whether a file in the place of a copy or of a record is the cleaner's own. Only then it may be replaced.

It takes proof: that a file looks like a copy is none, because a document may hold the text of somebody else's file. A
copy is ours if it is what cleaning the document gives, at any level, or what cleaning the document as git has it
gives; or if the record beside it has its digest. A record is ours if it has the digest of the document, or of a clean
text of it. An empty file is worth nothing to anybody.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cleaner.cleaner import Cleaner, at_level
from cleaner.errors import CleanerError
from cleaner.marks import LEVELS

# How large a version of the document in git may be to be looked at: these times as large as the document, plus as
# many bytes. Raised, hostile repositories cost more memory; lowered, copies of documents that shrank are not known.
VERSION_FACTOR, VERSION_BYTES = 4, 1 << 20

Clean = Callable[[Cleaner, bytes], bytes]  # clean(cleaner, document): its clean text; raises `CleanerError`


def is_copy(
    copy: bytes, record: bytes | None, path: Path, target: Path, source: bytes, cleaner: Cleaner, clean: Clean
) -> bool:
    """Whether the file `copy` at `target` is a copy of the document `source` at `path` that the cleaner wrote.

    It is known not to be what `cleaner` makes of the document. `record` is the file in the place of its record.
    """
    if not copy or (record and fits(record, copy)):
        return True
    from cleaner.files import git

    spelled = _with_line_feeds if git.holds(path) else bytes
    wanted = spelled(copy)
    versions = list(git.versions(path, target, VERSION_FACTOR * len(source) + VERSION_BYTES))
    for level in sorted(LEVELS, key=lambda level: level != cleaner.level):  # the one in force first
        for text in versions if level == cleaner.level else [source, *versions]:
            try:
                if spelled(clean(at_level(cleaner, level), text)) == wanted:
                    return True
            except CleanerError:
                continue
    return False


def is_same_in_git(one: bytes, other: bytes, path: Path) -> bool:
    """Whether two texts differ in line ends alone, and git may have converted those of the file at `path`."""
    if _with_line_feeds(one) != _with_line_feeds(other):
        return False
    from cleaner.files import git

    return git.holds(path)


def is_record(record: bytes, source: bytes, *texts: bytes) -> bool:
    """Whether a file is a record of the document `source`, or of one of the clean `texts`."""
    return not record or leads_to(record, source) or any(fits(record, text) for text in texts)


def is_any_record(record: bytes) -> bool:
    """Whether a file is a record, of whatever document."""
    from cleaner.files.record import digests

    return any(digests(record))


def leads_to(record: bytes, source: bytes) -> bool:
    """Whether a record is one from which the document `source` comes back."""
    from cleaner.files.record import digests, spelled_as

    return spelled_as(source, digests(record)[0]) is not None


def fits(record: bytes, text: bytes) -> bool:
    """Whether a record is one of the clean text `text`."""
    from cleaner.files.record import digests, spelled_as

    return spelled_as(text, digests(record)[1]) is not None


def _with_line_feeds(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n")
