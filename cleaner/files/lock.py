"""`cleaner.lock`: which copies the cleaner wrote, and for what. Here are its text and its data; nothing is read here.

The lock is a text of lines, each a JSON object. The first one says that it is a lock, and of which format. Then a
table of the cleaners that wrote copies, by number, and a line for each document, sorted:

    {"cleaner.lock": 1}
    {"cleaner": 1, "fingerprint": "0f5d…", "by": "0.9.0, safe"}
    {"document": "a.txt", "sha256": "91c3…", "copy": "5ee0…", "cleaner": 1}
    {"document": "b.txt", "to": "out/b.clean.txt", "sha256": "7d86…", "copy": "d4f1…", "cleaner": 1}

A line of a document is a *fact*: for a document with the digest `sha256`, a cleaner wrote a copy with the digest
`copy`. Paths are relative to the folder of the lock, and below it. `to` is the path of the copy, if that is not where
copies go by default. A digest is the first half of a SHA-256, in hexadecimal.

**Merging.** Facts stay true whatever is merged, so a merge of two locks has the facts of both. If git has left a
conflict in the file, the lines of both sides count; if it has taken the lines of both (`merge=union`), there are two
facts of one copy, and each of them counts. So a merge can make a copy look corrected that is not, but can never let a
corrected copy pass for one that the cleaner wrote.

**Numbers of cleaners.** After an upgrade of the rules each copy is cleaned again, and most of them come out as they
were. Their lines then stay as they were, too, because the new cleaner gets the number of the old one (`_numbered`):
only the table changes. If several processes share the work, as those of a hook do, the first to write decides, and
lines may get another number than before. In two branches, one number may stand for two cleaners. A fact whose cleaner
cannot be told by its side of the conflict has an unknown one, and the document is cleaned again.

**Hostile locks.** A lock may come from a stranger. Its size is limited, wrong lines are left out, and paths that lead
out of its folder or do not have the name of a copy are wrong. What a forged fact can do is to let a copy be replaced
whose digest it knows.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from cleaner import quote
from cleaner.files import naming

NAME = "cleaner.lock"
FORMAT_VERSION = 1
# The largest lock that is read, in bytes: about 400,000 documents. Raised, a hostile one takes more time and memory
# (64 MiB of lines, two seconds); a larger project can have a lock in each of some folders.
MAX_BYTES = 1 << 26
# A file with more wrong lines than this is taken for no lock at all. Raised, a hostile one takes longer.
MAX_WRONG = 1000

TOO_LARGE = f"is larger than {MAX_BYTES >> 20} MiB; make a lock in each of some folders, with --lock"

_NO_NAMES = frozenset(("", ".", ".."))  # parts of a path that name no file or folder below the one before
_DIGEST = re.compile("[0-9a-f]{32}")
_MARKER = re.compile(rb"(<<<<<<< )|(\|\|\|\|\|\|\| )|(=======$)|(>>>>>>> )")
_FIRST = re.compile(rb'\s*\{\s*"cleaner\.lock"\s*:')


class NoLock(ValueError):
    """A text is no lock that can be read. The message says why, and what to do."""


class Fact(NamedTuple):
    """For the document at the path `document` a cleaner wrote a copy.

    `source` is the digest of the document as it was then, `written` that of the copy, and `fingerprint` tells the
    cleaner; it is "" if that is not known.
    """

    document: str
    source: str
    written: str
    fingerprint: str = ""


Facts = dict[str, tuple[Fact, ...]]  # by the path of the copy: one fact each, or several after a merge


@dataclass
class Lock:
    """The data of a lock.

    `by` says in words which cleaner a fingerprint is of. `numbers` has the number of the cleaner that stood on the
    line of a copy, and that of each fingerprint. `folder` is the folder that the first line names; only locks that
    are kept elsewhere have one.
    `complaints` say what is wrong with the text, each with its line (1-based); `is_conflicted` whether git has left
    a conflict in it.
    """

    facts: Facts = field(default_factory=dict)
    by: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    folder: str = ""
    complaints: list[tuple[int, str]] = field(default_factory=list)
    is_conflicted: bool = False


class _Line(msgspec.Struct):
    """Any line of a lock."""

    document: str | None = None
    to: str | None = None
    sha256: str = ""
    copy: str = ""
    cleaner: int = 0
    fingerprint: str = ""
    by: str = ""


class _Head(msgspec.Struct):
    """The first line."""

    format: int = msgspec.field(name="cleaner.lock")
    folder: str = ""


_read_line = msgspec.json.Decoder(_Line).decode
_NOT_READ = (msgspec.MsgspecError, RecursionError, ValueError)


def is_ours(text: bytes) -> bool:
    """Whether a file called as a lock is one, of whatever format. An empty file is, too."""
    return not text.strip() or bool(_FIRST.match(text))


def parse(text: bytes) -> Lock:
    """Return the data of a lock. Raises `NoLock`."""
    if len(text) > MAX_BYTES:
        raise NoLock(TOO_LARGE)
    lines = text.split(b"\n")
    head = _head_of(lines)
    lock = Lock(folder=head.folder if head else "")
    _Reader(lock, lines).read()
    return lock


def _head_of(lines: list[bytes]) -> _Head | None:
    """Return the first line, None if all lines are empty. Raises `NoLock`."""
    first = next((line for line in lines if line.strip() and not _MARKER.match(line)), b"")
    if not first:
        return None
    try:
        # The folder may have a name that is not UTF-8, which msgspec does not take.
        head = (
            msgspec.convert(json.loads(first), _Head) if b"\\u" in first else msgspec.json.decode(first, type=_Head)
        )
    except _NOT_READ:
        raise NoLock("is not a lock of the cleaner; move it away") from None
    if head.format != FORMAT_VERSION:
        raise NoLock(f"is a lock of format {head.format}, of another version of the cleaner; use that one")
    return head


class _Reader:
    """Reads the lines of a lock into its data: first all of them, then the cleaners by their numbers."""

    def __init__(self, lock: Lock, lines: list[bytes]) -> None:
        self._lock = lock
        self._lines = lines
        # The fingerprints of each number, by the side of a conflict where it stands: "" outside of conflicts.
        self._table: dict[tuple[str, int], set[str]] = {}
        self._found: list[tuple[str, str, _Line]] = []  # side, path of the copy, line

    def read(self) -> None:
        """Read all lines. Raises `NoLock` if too many are wrong."""
        side = ""
        for number, line in enumerate(self._lines, 1):
            line = line.rstrip(b"\r")  # git may have converted the line ends
            if line[:1] != b"{":
                side = self._marker(number, line, side)
            elif side != "ancestor":
                self._line(number, line, side)
        facts: dict[str, dict[Fact, None]] = {}
        for where, copy, entry in self._found:
            assert entry.document is not None
            fact = Fact(entry.document, entry.sha256, entry.copy, self._fingerprint(where, entry.cleaner))
            facts.setdefault(copy, {})[fact] = None
            self._lock.numbers[copy] = 0 if len(facts[copy]) > 1 else entry.cleaner
        self._lock.facts = {copy: tuple(found) for copy, found in facts.items()}

    def _marker(self, number: int, line: bytes, side: str) -> str:
        """Return on which side of a conflict the lines after this one stand."""
        found = _MARKER.match(line)
        if not found:
            if line.strip():
                self._complain(number, "is no line of a lock; it was passed over")
            return side
        ours, ancestor, between, _ = found.groups()
        if ours:
            self._lock.is_conflicted = True
            self._complain(number, "git left a conflict; both sides were read; `cleaner strip` writes it without")
        return "ours" if ours else "ancestor" if ancestor else "theirs" if between else ""

    def _line(self, number: int, line: bytes, side: str) -> None:
        """Take a line, or complain of it."""
        found: _Line | None
        try:
            found = _read_line(line)
        except _NOT_READ:
            found = _with_surrogates(line)
        if found is None:
            self._complain(number, "cannot be read; it was passed over")
        elif found.document is not None:
            copy = found.to if found.to is not None else _default(found.document)
            if not _DIGEST.fullmatch(found.sha256) or not _DIGEST.fullmatch(found.copy):
                self._complain(number, "has no digests; it was passed over")
            elif not (is_inside(found.document, self._lock.folder) and is_inside(copy)):
                self._complain(number, "leads out of the folder of the lock; it was passed over")
            elif not _is_copy(copy):
                self._complain(number, "names no copy; it was passed over")
            else:
                self._found.append((side, copy, found))
        elif found.fingerprint:
            if not _DIGEST.fullmatch(found.fingerprint):
                self._complain(number, "has no fingerprint; it was passed over")
            else:
                self._table.setdefault((side, found.cleaner), set()).add(found.fingerprint)
                self._lock.numbers[found.fingerprint] = found.cleaner
                self._lock.by[found.fingerprint] = found.by[:100]
        elif not _FIRST.match(line):
            self._complain(number, "is no line of a lock; it was passed over")

    def _fingerprint(self, side: str, number: int) -> str:
        """Return which cleaner a number stands for on a side of a conflict, "" if it cannot be told."""
        if found := self._table.get((side, number)):
            return next(iter(found)) if len(found) == 1 else ""
        anywhere: set[str] = set()
        for where in ("", "ours", "theirs"):
            anywhere |= self._table.get((where, number), set())
        return anywhere.pop() if len(anywhere) == 1 else ""

    def _complain(self, number: int, why: str) -> None:
        self._lock.complaints.append((number, why))
        if len(self._lock.complaints) > MAX_WRONG:
            raise NoLock(f"has more than {MAX_WRONG:,} wrong lines; mend it, or move it away")


def _with_surrogates(line: bytes) -> _Line | None:
    """Return a line that msgspec does not take, because a name in it is not UTF-8; None if it is wrong otherwise."""
    if b"\\u" not in line:
        return None
    try:
        return msgspec.convert(json.loads(line), _Line)
    except _NOT_READ:
        return None


def is_inside(path: str, folder: str = "") -> bool:
    """Whether a path leads to a place below the folder of the lock and is written in the one way there is.

    A lock that is kept elsewhere for a `folder` may name documents anywhere, by absolute paths.
    """
    if "\0" in path or (os.name == "nt" and ("\\" in path or ":" in path) and not folder):
        return False
    if path[:1] == "/" and folder:
        path = path[1:]
    return _NO_NAMES.isdisjoint(path.split("/"))


def _default(document: str) -> str:
    """Return where the copy of a document goes by default, "" if it has no name."""
    folder, slash, name = document.rpartition("/")
    return folder + slash + naming.copy_name(name) if name else ""


def _is_copy(path: str) -> bool:
    """Whether a path has the name of a copy."""
    return path.lower().endswith(naming.COPY_SUFFIXES)


def dump(lock: Lock, hints: Mapping[str, int] | None = None) -> bytes:
    """Return the text of a lock: one text for one set of facts and numbers.

    `hints` say which numbers there were before, as `Lock.numbers` does; by default, they are those of the lock.
    """
    numbers = _numbered(lock.facts, lock.numbers if hints is None else hints)
    head: dict[str, object] = {NAME: FORMAT_VERSION}
    if lock.folder:
        head["folder"] = lock.folder
    lines = [_json(head)]
    for fingerprint, number in sorted(numbers.items(), key=lambda item: item[1]):
        lines.append(_json({"cleaner": number, "fingerprint": fingerprint, "by": lock.by.get(fingerprint, "")}))
    found = ((fact.document, copy, fact) for copy, facts in lock.facts.items() for fact in facts)
    for document, copy, fact in sorted(found):
        line: dict[str, object] = {"document": document}
        if copy != _default(document):
            line["to"] = copy
        line |= {"sha256": fact.source, "copy": fact.written, "cleaner": numbers.get(fact.fingerprint, 0)}
        lines.append(_json(line))
    # A name that is not UTF-8 has lone surrogates; their escapes here are the escapes of JSON.
    return "".join(line + "\n" for line in lines).encode("utf-8", "backslashreplace")


def _json(line: Mapping[str, object]) -> str:
    return quote.in_json(json.dumps(line, ensure_ascii=False))


def _numbered(facts: Facts, hints: Mapping[str, int]) -> dict[str, int]:
    """Return a number for each cleaner that some fact has.

    Each gets the number that stood on most of its lines before, if another does not have more such lines, and
    otherwise the lowest that is free. There are no gaps: the highest number moves into the lowest gap. So, after all
    documents of a cleaner were cleaned by another, that one has its number.
    """
    votes: dict[str, Counter[int]] = {}
    for copy, found in facts.items():
        for fact in found:
            if fact.fingerprint and fact.fingerprint not in votes:
                # Its own number counts less than any line, and decides if there is none.
                votes[fact.fingerprint] = Counter({hints.get(fact.fingerprint, 0): 1})
            if fact.fingerprint and (hint := hints.get(copy, 0)):
                votes[fact.fingerprint][hint] += 2
    numbers: dict[str, int] = {}
    taken: set[int] = set()
    by_votes = [(-count, number, mark) for mark, wanted in votes.items() for number, count in wanted.items()]
    for _, number, fingerprint in sorted(by_votes):
        if fingerprint not in numbers and number not in taken and number > 0:
            numbers[fingerprint] = number
            taken.add(number)
    for fingerprint in sorted(votes.keys() - numbers.keys()):
        numbers[fingerprint] = next(n for n in range(1, len(votes) + 1) if n not in taken)
        taken.add(numbers[fingerprint])
    for fingerprint, number in sorted(numbers.items(), key=lambda item: -item[1]):
        gap = next((n for n in range(1, len(numbers) + 1) if n not in taken), number)
        if gap < number:
            taken.remove(number)
            taken.add(gap)
            numbers[fingerprint] = gap
    return numbers


def merged(now: Lock, base: Mapping[str, tuple[Fact, ...]], updates: Mapping[str, Iterable[Fact] | None]) -> Facts:
    """Return the facts of a lock as it is `now`, with `updates`: the facts of some copies, None for copies that went.

    `base` are the facts on which the updates build. If others have written other facts of a copy since, those stay
    beside ours, because nobody can tell who wrote the copy last.
    """
    facts = dict(now.facts)
    for copy, found in updates.items():
        theirs = facts.pop(copy, ())
        others = () if theirs == base.get(copy, ()) else theirs
        if kept := tuple(dict.fromkeys((*(found or ()), *others))):
            facts[copy] = kept
    return facts
