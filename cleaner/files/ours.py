"""Whether a file in the place of a copy or of a record is the cleaner's own, as far as records tell.

It takes proof: that a file looks like a copy is none, because a document may hold the text of somebody else's file.
Locks prove it (`standing.py`); here it is proved by digests in records. A copy is ours if the record beside it has
its digest. A record is ours if it has the digest of the document, or of a clean text of it.
"""

from __future__ import annotations

from pathlib import Path


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


def is_of(record: bytes, source: str, copy: str) -> bool:
    """Whether a record is one of a document or of a copy with these digests, which are those of locks."""
    from cleaner.files.record import digests

    of_source, of_copy = digests(record)
    return bool(of_source) and (of_source.startswith(source) or of_copy.startswith(copy))


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
