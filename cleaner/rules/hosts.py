"""Folders of host packs: thousands of packs of one host each, of which a document needs one or two.

A file `hosts/example.com.toml` is the pack of the host `example.com`. When a cleaner is built, only the names, sizes
and times of the files are taken (`look`). The text of a file is read when a document of its host comes. A result must
not depend on when that is. So `HostFolder.text` raises an error if size or time are not what they were: a pack that
somebody edits during a run fails the documents of its host, and no document is cleaned with another text than the
one that was there when the cleaner was built. A pack that is added later does not exist for that cleaner.

A `HostFolder` is plain data. A worker process on the same machine gets it in the pickle of its cleaner and looks at
the same sizes and times. Times differ between machines, so a worker on another machine looks anew (`again`), and the
digest of all texts shows whether its packs are the same (`digest`, see `engines.arrow`).
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from cleaner import quote, toml
from cleaner.errors import SettingsError

FOLDER = "hosts"  # the name of a folder of host packs
SUFFIX = ".toml"
# What a host, the id of a pack and the id of a rule look like. Two hyphens are part of hosts in Punycode: xn--p1ai.
NAME = re.compile(r"[a-z0-9]+(?:(?:-+|[_.])[a-z0-9]+)*")
# Size of a host pack, in bytes: 25 times that of a pack with 50 learned rules. It bounds the memory for the packs
# that are kept ready (`library.MAX_READY`). Raised, a hostile folder can take more memory.
MAX_PACK_BYTES = 500_000
# Host packs in a folder, and their size in all, in bytes: five times 10,000 packs with 50 rules. All are read for the
# fingerprint of a cleaner, which takes half a second for 10,000. Raised, a hostile folder takes longer.
MAX_PACKS = 50_000
MAX_TOTAL_BYTES = 1_000_000_000
# Host packs that may be active for one document: those of its host and of the hosts above it. Each may cost as much
# as a pack may (`match.cost.ONE_PACK`). Raised, the worst line takes longer.
MAX_PER_HOST = 5


class Stamp(NamedTuple):
    """What a file was like when it was looked at."""

    size: int  # bytes
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class HostFolder:
    """A folder of host packs as it was when it was looked at. Equal folders have the same files of the same time."""

    name: str  # as the user wrote it, for messages
    place: str = field(repr=False)  # the absolute path: a process may work in another folder
    files: Mapping[str, Stamp] = field(repr=False, hash=False)  # by host; ordered

    def file(self, host: str) -> str:
        """Return the name of the file of a host, for messages."""
        return os.path.join(self.name, host + SUFFIX)  # noqa: PTH118 # faster, for 10,000 names

    def text(self, host: str) -> str:
        """Return the text of a pack. Raises `SettingsError` if it is not what it was, or cannot be read."""
        place = Path(self.place, host + SUFFIX)
        self._check(host, place)
        try:
            text = toml.read(place, "check its permissions", follow=False)
        except SettingsError as error:  # it names the absolute path
            why = str(error).removeprefix(quote.name(place))
            raise SettingsError(f"{quote.name(self.file(host))}{why}") from None
        self._check(host, place)
        return text

    def _check(self, host: str, place: Path) -> None:
        """Raise `SettingsError` if the file of a host is another one, or was written to, since it was looked at."""
        try:
            found = place.stat(follow_symlinks=False)
            is_same = stat.S_ISREG(found.st_mode) and _stamp_of(found) == self.files[host]
            what = "is not what it was when the cleaner was built"
        except OSError as error:
            is_same, what = False, f"was there when the cleaner was built, and cannot be read now ({error.strerror})"
        if not is_same:
            raise SettingsError(f"{quote.name(self.file(host))}: {what}; start again with the packs as they are now")

    def digest(self) -> str:
        """Return a digest of hosts and the bytes of their packs, which are all read. Raises `SettingsError`.

        It does not depend on the times of files or on where the folder is.
        """
        digest = hashlib.sha256()
        for host in self.files:
            place = Path(self.place, host + SUFFIX)
            self._check(host, place)
            try:
                content = hashlib.sha256(place.read_bytes()).digest()
            except OSError as error:
                why = f"cannot be read ({error.strerror}); check its permissions"
                raise SettingsError(f"{quote.name(self.file(host))}: {why}") from None
            self._check(host, place)
            digest.update(f"{host}\n".encode() + content)
        return digest.hexdigest()

    def again(self) -> HostFolder:
        """Return the folder as it is now, on this machine. Raises `SettingsError`, also if there is none."""
        try:
            return look(self.name, self.place)
        except OSError as error:
            what = f"cannot be read as {quote.name(self.place)} on this machine ({error.strerror})"
            raise SettingsError(f"{quote.name(self.name)}: {what}; put the folder there") from None

    def size(self) -> int:
        """Return the size of all packs, in bytes."""
        return sum(at.size for at in self.files.values())

    def without(self, hosts: Iterable[str]) -> HostFolder:
        """Return the folder without the packs of some hosts."""
        gone = set(hosts)
        if not gone:
            return self
        return HostFolder(self.name, self.place, {host: at for host, at in self.files.items() if host not in gone})


def _stamp_of(found: os.stat_result) -> Stamp:
    return Stamp(found.st_size, found.st_mtime_ns)


def look(name: str, place: str) -> HostFolder:
    """Look at the packs directly in a folder, without reading them.

    `name` is what the user called the folder, `place` its absolute path. Raises `SettingsError` for a pack that is
    not named after a host, that is no regular file or too large, and for too many of them; and `OSError`.
    """
    files: dict[str, Stamp] = {}
    rest = MAX_TOTAL_BYTES
    with os.scandir(place) as entries:
        for entry in entries:
            if not entry.name.endswith(SUFFIX):
                continue
            found = entry.stat(follow_symlinks=False)
            if problem := _kind_problem(found.st_mode) or problem_of(entry.name, found.st_size):
                raise SettingsError(f"{quote.name(os.path.join(name, entry.name))}: {problem}")  # noqa: PTH118
            rest -= found.st_size
            if rest < 0 or len(files) == MAX_PACKS:
                what = f"more than {MAX_PACKS:,} packs or {MAX_TOTAL_BYTES:,} bytes in all"
                raise SettingsError(f"{quote.name(name)}: {what}; name the packs that you need")
            files[entry.name.removesuffix(SUFFIX)] = _stamp_of(found)
    return HostFolder(name, place, dict(sorted(files.items())))


def _kind_problem(mode: int) -> str:
    """Return why what has this mode is no file of a host pack, "" if it is one."""
    if stat.S_ISREG(mode):
        return ""
    what = "a link, which is not followed here" if stat.S_ISLNK(mode) else "no regular file"
    return f"is {what}; put a file there, or remove it"


def problem_of(file: str, size: int) -> str:
    """Return why a file with this name and size (bytes) cannot be a host pack, "" if it can."""
    if not NAME.fullmatch(file.removesuffix(SUFFIX)):
        what = f"is not named after a host, as packs in a folder {FOLDER!r} are"
        return f"{what}; rename it as example.com{SUFFIX}, in lower case, or move it to another folder"
    return f"is larger than {MAX_PACK_BYTES:,} bytes; make it smaller" if size > MAX_PACK_BYTES else ""


def check_together(hosts: Set[str]) -> None:
    """Raise `SettingsError` if too many packs would be active for one of these hosts."""
    for host in hosts:
        above = [name for name in above_of(host) if name in hosts] if host.count(".") >= MAX_PER_HOST else []
        if len(above) > MAX_PER_HOST:
            what = f"{len(above)} packs are for this host, and the limit is {MAX_PER_HOST}: {', '.join(above)}"
            raise SettingsError(f"{toml.named(host)}: {what}; put their rules into fewer packs")


def above_of(host: str) -> list[str]:
    """Return a host and the domains above it, `b.a.com` before `a.com`."""
    labels = host.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]
