"""The tree that a stranger sends, and what lies beside it.

    top/tree/       documents, and whatever a stranger can put beside them
    top/outside/    files, folders, a pipe and devices that no command names; links in the tree lead here

The devices are made here, so that no link leads to those of the system: one who tests as root would lose them to a
cleaner that replaces what a link leads to. Where nobody may make devices, links lead to those of the system.
"""

from __future__ import annotations

import gzip
import os
import random
import socket
import stat
import subprocess
from collections.abc import Callable
from contextlib import chdir, suppress
from pathlib import Path

from cleaner import Cleaner, DocumentError
from cleaner.files.naming import copy_of, kind_of, record_path
from tests.attack import hostile
from tests.attack.names import OWN_WORDS, document, relative, stem, text_of
from tests.attack.pictures import digest

SUFFIXES = (".txt", ".txt", ".txt", ".md", ".text", ".html", ".htm", ".xhtml", ".TXT")
DEVICES = {"zero": (1, 5), "null": (1, 3), "full": (1, 7)}  # the numbers that Linux has for them
MEMBERS = ("state", "output", "made", "failures", "lock", "state.new")  # of a workspace

_CLEANERS: dict[str, Cleaner] = {}


class Ground:
    """A tree and its outside, made from a seed. Paths in the lists are from the tree, those of `owned` from `top`."""

    def __init__(self, top: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.top, self.tree, self.outside = top, top / "tree", top / "outside"
        self.documents: list[str] = []
        self.copies: list[str] = []  # where copies of documents are, or would be
        self.folders: list[str] = []
        self.packs: list[str] = []
        self.plain: list[str] = []  # documents with nothing hostile about them
        self.owned: dict[str, str] = {}  # digests of files that may be replaced, by path
        self.has_git = False
        self.has_excludes = False
        self._number = 0
        self.tree.mkdir()
        self._make_outside()
        self._make_tree()

    # --- outside

    def _make_outside(self) -> None:
        chance, outside = self.chance, self.outside
        for folder in ("folder", "granted", "rules"):
            (outside / folder).mkdir(parents=True)
        self._victims: list[Path] = []
        for name in ("canary.txt", "folder/a.clean.txt", "folder/state", "folder/output", "granted/a.clean.txt"):
            self._victims.append(outside / name)
            self._victims[-1].write_bytes(text_of(chance) + self._own_words())
        for name in ("folder/made", "folder/failures", "folder/lock", "hook.sh", "secret.json"):
            (outside / name).write_bytes(self._own_words())
        (outside / "hook.sh").chmod(0o755)
        (outside / "secret.json").chmod(0o600)
        (outside / "rules" / "own.toml").write_bytes(hostile.GOOD_PACK)
        (outside / "granted" / "sub0").symlink_to("../folder")
        os.mkfifo(outside / "pipe")
        self.devices = [self._device(name, *numbers) for name, numbers in DEVICES.items()]

    def _device(self, name: str, major: int, minor: int) -> Path:
        """Make a device of a name as in /dev, and return where it is."""
        path = self.outside / name
        try:
            os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(major, minor))
            with path.open("rb"):
                return path
        except OSError:  # not root, or a disk without devices
            path.unlink(missing_ok=True)
            return Path("/dev", name) if os.geteuid() else self.outside / "pipe"

    # --- the tree

    def _make_tree(self) -> None:
        chance, tree = self.chance, self.tree
        (tree / "precious.json").write_bytes(self._own_words())
        if chance.random() < 0.25:
            self._make_repository()
        self._make_places()
        folders = [tree]
        for number in range(chance.choice((0, 0, 1, 1, 2, 3))):
            name = f"sub{number}" if chance.random() < 0.6 else stem(chance)
            folder = chance.choice(folders) / name
            with suppress(OSError):  # a name that is taken or too long
                if chance.random() < 0.25:
                    goal = chance.choice((self.outside / "folder", folder.parent, tree, self.outside))
                    folder.symlink_to(relative(goal, folder.parent, chance))
                else:
                    goal = folder
                    folder.mkdir()
                    folders.append(folder)
                if goal.is_relative_to(tree):  # who names a link out of the tree wants what it leads to cleaned
                    self.folders.append(self._from_tree(folder))
        for number in range(chance.randint(1, 4)):
            self._make_document(chance.choice(folders), number)
        if chance.random() < 0.3:
            self._make_shard(chance.choice(folders))
        for _ in range(chance.choice((0, 0, 1))):
            self._make_odd_document(chance.choice(folders))
        self._make_packs()
        if chance.random() < 0.3:
            self._make_configuration(chance.choice(folders))
        if chance.random() < 0.35:
            self._make_lock(chance.choice(folders))
        if chance.random() < 0.8:
            plain = chance.choice(folders) / f"plain{chance.randrange(9)}.txt"
            if not plain.exists():
                plain.write_bytes(b"Accessibility links\n\nRain fell on the town for three days.\n")
                self.plain.append(self._from_tree(plain))

    def _make_document(self, folder: Path, number: int) -> None:
        """Make a document, and most often something where its copy and its record go."""
        chance = self.chance
        path = folder / f"{stem(chance)}{chance.choice(SUFFIXES)}"
        if os.path.lexists(path):
            path = folder / f"d{number}{path.suffix}"
        data = document(chance, path.suffix.lower())
        with suppress(OSError):  # a name that is too long
            path.write_bytes(data)
            path.chmod(chance.choice((0o644, 0o644, 0o755, 0o600, 0o664)))
            self._add_document(path)
            copy = copy_of(path)
            if chance.random() < 0.65:
                self._plant(copy, path, data)
            if chance.random() < 0.4:
                self._plant_record(record_path(copy), copy, data)
            if chance.random() < 0.15:
                self._plant_record(record_path(path), path, data)

    def _make_odd_document(self, folder: Path) -> None:
        """Make something that has the name of a document and is none."""
        path = folder / f"{stem(self.chance)}{self.chance.choice((*SUFFIXES, '.jsonl', '.jsonl.gz', '.parquet'))}"
        if not os.path.lexists(path):
            with suppress(OSError):
                self._plant_thing(path)
                self._add_document(path)

    def _add_document(self, path: Path) -> None:
        self.documents.append(self._from_tree(path))
        self.copies.append(self._from_tree(copy_of(path)))

    # --- what is planted where the cleaner writes

    def _plant(self, path: Path, source: Path, data: bytes) -> None:
        """Put something where the copy of a document goes."""
        chance = self.chance
        if os.path.lexists(path) or chance.random() < 0.55:
            self._plant_thing(path, source)
        elif chance.random() < 0.6:  # forged: it holds the document's text
            path.write_bytes(data * chance.randint(1, 3) + self._own_words())
        elif chance.random() < 0.4:
            path.write_bytes(chance.choice((self._own_words(), bytes(range(256)), b"\n" * 9, text_of(chance))))
        else:
            level = chance.choice(("rules", "safe", "main"))
            copy = _clean(source, data, level)
            edited = chance.random() < 0.3
            path.write_bytes(copy + (self._own_words() if edited else b""))
            if not edited:
                self._own(path)
        self._own_if_empty(path)

    def _plant_record(self, path: Path, copy: Path, data: bytes) -> None:
        """Put something where a record goes."""
        chance = self.chance
        if os.path.lexists(path):
            return
        with suppress(OSError):
            if chance.random() < 0.5:
                self._plant_thing(path)
                return
            if chance.random() < 0.04:
                _huge(path)
                return
            is_file = copy.is_file() and not copy.is_symlink()
            copied = copy.read_bytes() if is_file else b""
            fits_source, fits_copy = chance.random() < 0.4, is_file and chance.random() < 0.4
            record = hostile.record(chance, data if fits_source else None, copied if fits_copy else None)
            path.write_bytes(record.data)
            if record.names_digests and (fits_source or fits_copy):
                self._own(path)
            if record.names_digests and fits_copy:
                self._own(copy)
            self._own_if_empty(path)

    def _plant_thing(self, path: Path, source: Path | None = None) -> None:
        """Put a link, a pipe, a device, a folder or a file of somebody at a path where nothing is."""
        chance, folder = self.chance, path.parent
        if os.path.lexists(path):
            return
        goal = self._goal_of_link(path, source)
        make: Callable[[], object] = chance.choices(
            (
                lambda: path.symlink_to(relative(goal, folder, chance)),
                lambda: os.mkfifo(path),
                lambda: _socket(path),
                lambda: path.hardlink_to(chance.choice(self._victims)),
                lambda: path.hardlink_to(source or self._victims[0]),
                lambda: self._folder_of_somebody(path),
                lambda: self._device_node(path),
                lambda: path.write_bytes(self._own_words()),
            ),
            (12, 2, 1, 1, 1, 1, 1, 2),
        )[0]
        make()

    def _goal_of_link(self, path: Path, source: Path | None) -> Path:
        """Return where a link leads."""
        self._number += 1
        goals = (
            *self._victims,
            *(self.outside / "hook.sh", self.outside / "secret.json", self.outside / f"new-{self._number}"),
            *(self.outside / "folder" / f"new-{self._number}", self.outside / "folder", self.outside / "pipe"),
            *self.devices,
            *(self.tree / ".git/hooks/post-commit", self.tree / "precious.json", self.tree / f"made-{self._number}"),
            *(path, source or path, self.tree / "missing" / "x"),
        )
        return self.chance.choice(goals)

    def _folder_of_somebody(self, path: Path) -> None:
        path.mkdir()
        if self.chance.random() < 0.7:
            (path / "notes.txt.bak").write_bytes(self._own_words())

    def _device_node(self, path: Path) -> None:
        with suppress(OSError):
            os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(*DEVICES["zero"]))

    def _make_shard(self, folder: Path) -> None:
        """Make a shard, and most often something where its copy, its list of failures and its workspace go."""
        chance = self.chance
        name, suffix = stem(chance), chance.choice((".jsonl", ".jsonl", ".ndjson", ".jsonl.gz"))
        path = folder / f"{name}{suffix}"
        if os.path.lexists(path):
            return
        rows = hostile.rows(chance)
        with suppress(OSError):
            path.write_bytes(gzip.compress(rows, mtime=0) if suffix.endswith(".gz") else rows)
            self.documents.append(self._from_tree(path))
            copy = folder / f"{name}.clean{suffix}"
            failures = folder / f"{name}.failed.jsonl"
            if chance.random() < 0.5:
                if chance.random() < 0.6:
                    self._plant_thing(copy, path)
                else:
                    forged = hostile.forged_rows(rows, self._own_words().decode())
                    copy.write_bytes(gzip.compress(forged, mtime=0) if suffix.endswith(".gz") else forged)
                    if not forged:  # nothing is lost with it
                        self._own(copy)
            if chance.random() < 0.4:
                if chance.random() < 0.6:
                    self._plant_thing(failures, path)
                elif chance.random() < 0.5:
                    failures.write_bytes(self._own_words())
                else:
                    failures.write_bytes(b'{"line": 1, "reason": "no text"}\n')
                    self._own(failures)
            if chance.random() < 0.6:
                self._plant_workspace(folder / f".{copy.name}.partial")

    def _plant_workspace(self, path: Path) -> None:
        """Put something where the workspace of a shard goes."""
        chance = self.chance
        if chance.random() < 0.35:
            self._plant_thing(path)
            return
        path.mkdir()
        kind = chance.choice(("forged", "things", "of somebody"))
        if kind == "of somebody":
            for name in chance.sample((*MEMBERS[1:], "notes.txt"), 3):
                (path / name).write_bytes(self._own_words())
            return
        (path / "state").write_bytes(hostile.state(chance))
        for name in chance.sample(MEMBERS, chance.randint(0, 4)):
            if kind == "things" and chance.random() < 0.7:
                (path / name).unlink(missing_ok=True)
                self._plant_thing(path / name)
            elif name != "state":
                (path / name).write_bytes(chance.choice((b"", self._own_words(), b'{"text": "forged"}\n')))

    # --- configurations, packs, places, a repository

    def _make_places(self) -> None:
        """Make what `orders.PLACES` and `orders.FOLDERS` name."""
        chance, tree = self.chance, self.tree
        (tree / "to-canary.json").symlink_to("../outside/canary.txt")
        (tree / "to-new.json").symlink_to("../outside/new.json")
        (tree / "to-device.json").symlink_to(chance.choice(self.devices))
        os.mkfifo(tree / "pipe.json")
        (tree / "folder.json").mkdir()
        (tree / "out-there").mkdir()
        (tree / "out-link").symlink_to("../outside/granted")
        (tree / "out-there" / "sub0").symlink_to("../../outside/folder")
        for folder in (tree / "out-there", self.outside / "granted"):
            if chance.random() < 0.5:
                (folder / "sub1").mkdir()
            self._plant_thing(folder / "plain1.clean.txt")

    def _make_packs(self) -> None:
        """Make a folder of packs, and list what can be named as one."""
        chance, folder = self.chance, self.tree / "packs"
        folder.mkdir()
        (folder / "own.toml").write_bytes(hostile.GOOD_PACK if chance.random() < 0.5 else hostile.pack(chance))
        if chance.random() < 0.4:
            self._plant_thing(folder / f"{stem(chance)[:40]}.toml")
        if chance.random() < 0.04:
            _huge(folder / "huge.toml")
        self.packs = ["packs", "packs/own.toml", "pipe.json", "missing", "../outside/pipe", "folder.json"]
        self.packs += [relative(device, self.tree, chance) for device in self.devices]

    def _make_configuration(self, folder: Path) -> None:
        chance = self.chance
        name = chance.choice(("cleaner.toml", "cleaner.toml", "pyproject.toml"))
        path = folder / name
        if os.path.lexists(path):
            return
        if chance.random() < 0.2:
            self._plant_thing(path)
            return
        if chance.random() < 0.04:
            _huge(path)
            return
        text = hostile.configuration(chance, name == "pyproject.toml")
        self.has_excludes = b"exclude" in text
        path.write_bytes(text)

    def _make_lock(self, folder: Path) -> None:
        """Make a lock, which may know the digests of files: of copies in the tree, and of what it must not touch."""
        chance = self.chance
        path = folder / "cleaner.lock"
        if os.path.lexists(path):
            return
        if chance.random() < 0.25:
            self._plant_thing(path)
            return
        copies = [self.tree / name for name in self.copies]
        below = [copy for copy in copies if copy.is_relative_to(folder)]
        known = [copy for copy in below if copy.is_file() and not copy.is_symlink() and chance.random() < 0.5]
        victims = [*self._victims, self.tree / "precious.json", self.outside / "hook.sh"]
        named = {os.path.relpath(copy, folder): copy.read_bytes() for copy in known}
        beyond = {relative(victim, folder, chance): victim.read_bytes() for victim in victims}
        data = hostile.lock(chance, named, beyond)
        path.write_bytes(data)
        if data.startswith(b'{"cleaner.lock"'):
            self._own(path)
        for copy in known:
            self._own(copy)

    def _make_repository(self) -> None:
        """Make a git repository, whose configuration may name a program to run."""
        subprocess.run(["git", "init", "-q", "--template=", str(self.tree)], check=True)
        hooks = self.tree / ".git" / "hooks"
        hooks.mkdir()
        (hooks / "pre-commit").write_bytes(b"#!/bin/sh\nexit 0\n")
        (hooks / "pre-commit").chmod(0o755)
        if self.chance.random() < 0.3:
            with (self.tree / ".git" / "config").open("a", encoding="utf-8") as file:
                file.write(f'[core]\n\tfsmonitor = "touch {self.outside}/executed;"\n')
        self.has_git = True

    # --- a stranger at work between two commands

    def meddle(self) -> None:
        """Change something, as somebody else may between two commands. What the cleaner wrote may become theirs."""
        chance = self.chance
        if not self.documents:
            return
        path = self.tree / chance.choice(self.documents)
        copy = copy_of(path)
        if not path.is_file() or path.is_symlink():
            return
        with suppress(OSError):
            kind = chance.choice(("document", "copy", "link", "record"))
            if kind == "document":
                path.write_bytes(document(chance, path.suffix.lower()))
            elif kind == "copy" and copy.is_file() and not copy.is_symlink() and copy.stat().st_nlink == 1:
                copy.write_bytes(copy.read_bytes() + self._own_words())
            elif kind == "link" and not copy.is_dir():
                copy.unlink(missing_ok=True)
                self._plant_thing(copy, path)
            elif kind == "record" and not os.path.lexists(record_path(copy)):
                self._plant_record(record_path(copy), copy, path.read_bytes())

    # --- helpers

    def _from_tree(self, path: Path) -> str:
        return str(path.relative_to(self.tree))

    def _own(self, path: Path) -> None:
        """Count a file as one that may be replaced."""
        self.owned[str(path.relative_to(self.top))] = digest(path.read_bytes())

    def _own_if_empty(self, path: Path) -> None:
        """Count an empty file as one that may be replaced: nothing is lost with it."""
        seen = path.lstat()
        if stat.S_ISREG(seen.st_mode) and not seen.st_size:
            self._own(path)

    def _own_words(self) -> bytes:
        self._number += 1
        return OWN_WORDS.format(self._number).encode()


def _huge(path: Path) -> None:
    """Make a file of 5 GB that takes no room on the disk: more than a process may have in memory here."""
    with path.open("wb") as file:
        file.truncate(5 << 30)


def _socket(path: Path) -> None:
    """Make a socket, unless the name is too long for one; the whole path may be."""
    with suppress(OSError), socket.socket(socket.AF_UNIX) as made, chdir(path.parent):
        made.bind(os.fsencode(path.name))


def _clean(path: Path, data: bytes, level: str) -> bytes:
    """Return the true copy of a document, empty if it cannot be cleaned."""
    if level not in _CLEANERS:
        _CLEANERS[level] = Cleaner(level)  # type: ignore[arg-type]
    try:
        return _CLEANERS[level].clean_bytes(data, kind=kind_of(path)).text.encode()  # type: ignore[arg-type]
    except DocumentError:
        return b""
