"""The promises on copies, tried by random steps of a person, of git, of accidents and of the cleaner.

A model remembers which texts a person wrote into the places of copies, and for which states of their documents. After
each step every such text must still be there, unless the person removed it or said --force; documents are as they
were; and if `check` finds nothing, every copy is what the cleaner would write, or a correction of its document as it
is, and no copy is without a document.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cleaner import Cleaner
from tests.support import CLEAN, DOCUMENT, Result, call, fill

pytestmark = pytest.mark.slow

DONE, CHANGES, FAILED = 0, 1, 3
NAMES = ["a.txt", "b.txt", "sub/a.txt", "b.text", "sub/c d.md"]
CONTENTS = [
    "",
    DOCUMENT,
    DOCUMENT + "Snow fell on the hills.\n",
    CLEAN,
    "Skip to content\n\nFog lay on the river bank.\n",
]
# What `strip` may be told besides; copies that it then writes are stale for a plain `check`.
WAYS: list[list[str]] = [[], [], [], ["--level", "rules"], ["--disable", "accessibility/*"], ["--record"]]
names = st.sampled_from(NAMES)
contents = st.sampled_from(CONTENTS)
fractions = st.floats(0, 1)


def clean_name(name: str, *, full: bool = False) -> str:
    """Return the name of the copy of a document."""
    path = Path(name)
    return str(
        path.with_name((path.name if full else path.stem) + (".clean.md" if path.suffix == ".md" else ".clean.txt"))
    )


class Life(RuleBasedStateMachine):
    """A folder, what happens there, and what a person wrote."""

    cleaner = Cleaner()

    def __init__(self) -> None:
        super().__init__()
        self.top = Path(tempfile.mkdtemp(prefix="cleaner-life-"))
        self.docs = self.top / "docs"
        self.before = {name: os.environ.get(name) for name in ("XDG_STATE_HOME",)}
        os.environ["XDG_STATE_HOME"] = str(self.top / "state")
        self.alive: dict[str, set[str]] = {}  # texts of the person, and the documents that they correct
        self.noted: dict[str, str] = {}  # by copy, the state of the document for which the cleaner wrote it last
        self.moved = {""}  # texts that the person put into the places of other copies
        self.locks: list[tuple[Path, bytes]] = []
        self.is_pure = True  # nothing has happened to a lock
        self.count = 0

    def teardown(self) -> None:
        for name, value in self.before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        shutil.rmtree(self.top)

    @initialize(kind=st.sampled_from(["project", "state", "lock", "git"]))
    def begin(self, kind: str) -> None:
        fill(self.docs, {"a.txt": DOCUMENT, "b.txt": CONTENTS[2], "sub/a.txt": DOCUMENT})
        if kind == "project":
            fill(self.docs, {"cleaner.toml": ""})
        if kind == "git":
            subprocess.run(["git", "init", "-q", self.docs], check=True)
        self.run("strip", *["--lock"] * (kind == "lock"), ".")
        self.note(NAMES)

    # ── the folder ────────────────────────────────────────────────────────────────────────────────

    def read(self, name: str) -> str | None:
        path = self.docs / name
        return path.read_text() if path.is_file() else None

    def documents(self) -> dict[str, str]:
        return {name: text for name in NAMES if (text := self.read(name)) is not None}

    def copies(self) -> dict[str, str]:
        found = [path for path in self.docs.rglob("*.clean.*") if not path.name.endswith(".record.json")]
        return {str(path.relative_to(self.docs)): path.read_text() for path in found}

    def expected(self, name: str, text: str) -> str:
        return self.cleaner.clean_bytes(text.encode(), kind="markdown" if name.endswith(".md") else "text").text

    def locks_there(self) -> list[Path]:
        return sorted([*self.docs.rglob("cleaner.lock"), *self.top.glob("state/cleaner/copies/*.lock")])

    def run(self, *words: str) -> Result:
        """Run the command; no document may change."""
        before = self.documents()
        result = call(*words, cwd=self.docs)
        assert self.documents() == before, "no command may change a document"
        assert result.code in (DONE, CHANGES, FAILED), result.err
        self.locks += [(path, path.read_bytes()) for path in self.locks_there()]
        return result

    def lose(self, copy: str) -> None:
        """Let the person know that a text of theirs goes."""
        text = self.read(copy)
        if text is not None and sum(one == text for one in self.copies().values()) == 1:
            self.alive.pop(text, None)

    # ── what a person does ────────────────────────────────────────────────────────────────────────

    @rule(name=names, text=contents)
    def edit(self, name: str, text: str) -> None:
        fill(self.docs, {name: text})

    @rule(name=names)
    def delete(self, name: str) -> None:
        (self.docs / name).unlink(missing_ok=True)

    @rule(old=names, new=names, with_copy=st.booleans())
    def rename(self, old: str, new: str, with_copy: bool) -> None:
        if old == new or self.read(old) is None:
            return
        (self.docs / old).replace(self.docs / new)
        one, other = clean_name(old), clean_name(new)
        if with_copy and self.read(one) is not None and one != other:
            self.lose(other)
            self.moved.add(self.read(one) or "")
            (self.docs / one).replace(self.docs / other)

    @rule(one=names, other=names)
    def swap(self, one: str, other: str) -> None:
        first, second = self.read(one), self.read(other)
        if first is not None and second is not None:
            fill(self.docs, {one: second, other: first})

    @rule(old=names, new=names)
    def duplicate(self, old: str, new: str) -> None:
        text = self.read(old)
        if text is not None:
            fill(self.docs, {new: text})

    @rule(name=names, full=st.booleans())
    def correct(self, name: str, full: bool) -> None:
        copy = clean_name(name, full=full)
        self.lose(copy)
        self.count += 1
        text = f"What a person made of it, {self.count}.\n"
        fill(self.docs, {copy: text})
        self.alive[text] = {self.noted[copy]} if copy in self.noted else set()

    @rule(name=names)
    def discard(self, name: str) -> None:
        self.lose(clean_name(name))
        (self.docs / clean_name(name)).unlink(missing_ok=True)

    @rule(name=names)
    def empty(self, name: str) -> None:
        copy = clean_name(name)
        if self.read(copy) is not None:
            self.lose(copy)
            fill(self.docs, {copy: ""})

    @rule(old=names, new=names)
    def move_copy(self, old: str, new: str) -> None:
        one, other = clean_name(old), clean_name(new)
        if one != other and self.read(one) is not None:
            self.lose(other)
            self.moved.add(self.read(one) or "")
            (self.docs / other).parent.mkdir(exist_ok=True)
            (self.docs / one).replace(self.docs / other)

    # ── what happens to locks ─────────────────────────────────────────────────────────────────────

    @rule(everything=st.booleans())
    def lose_locks(self, everything: bool) -> None:
        self.is_pure = False
        for path in self.locks_there()[: None if everything else 1]:
            path.unlink()

    @precondition(lambda self: self.locks_there())
    @rule(where=fractions, junk=st.sampled_from([None, b"\n", b"junk", b"<<<<<<< \n", b"}", b"\xff"]))
    def spoil_lock(self, where: float, junk: bytes | None) -> None:
        self.is_pure = False
        for path in self.locks_there():
            data = path.read_bytes()
            cut = int(where * len(data))
            path.write_bytes(data[:cut] if junk is None else data[:cut] + junk + data[cut:])

    @precondition(lambda self: self.locks)
    @rule(data=st.data(), how=st.sampled_from(["checkout", "union", "conflict"]))
    def other_lock(self, data: Any, how: str) -> None:
        self.is_pure = False
        path, old = data.draw(st.sampled_from(self.locks))
        now = path.read_bytes() if path.is_file() else b""
        if how == "union":
            old = b"".join(dict.fromkeys((now + old).splitlines(keepends=True)))
        elif how == "conflict":
            head, _, rest = now.partition(b"\n")
            old = b"\n".join(
                [
                    head,
                    b"<<<<<<< HEAD",
                    rest.rstrip(b"\n"),
                    b"=======",
                    old.partition(b"\n")[2].rstrip(b"\n"),
                    b">>>>>>> theirs",
                    b"",
                ]
            )
        path.write_bytes(old)

    # ── what the cleaner does ─────────────────────────────────────────────────────────────────────

    def note(self, written: Sequence[str]) -> None:
        """Note for which states of documents there are copies now that no person wrote."""
        for name in written:
            text = self.read(name)
            if text is not None and self.read(clean_name(name)) not in self.alive:
                self.noted[clean_name(name)] = text

    @rule(way=st.sampled_from(WAYS), prune=st.booleans())
    def strip(self, way: list[str], prune: bool) -> None:
        self.run("strip", *way, *["--prune"] * prune, ".")
        self.note(NAMES)

    @rule(name=names, way=st.sampled_from(WAYS))
    def strip_one(self, name: str, way: list[str]) -> None:
        if self.read(name) is not None:
            self.run("strip", *way, name)
            self.note([name])

    @rule(way=st.sampled_from([["--output-dir", "out"], ["--names", "full"]]), prune=st.booleans())
    def strip_elsewhere(self, way: list[str], prune: bool) -> None:
        self.run("strip", *way, *["--prune"] * prune, ".")

    @rule(name=names)
    def force(self, name: str) -> None:
        if self.read(name) is not None:
            self.lose(clean_name(name))
            result = self.run("strip", "--force", name)
            text = self.read(clean_name(name))
            if result.code != DONE and text is not None and text.startswith("What a person"):
                self.alive.setdefault(text, set())
            self.noted[clean_name(name)] = self.read(name) or ""

    @rule(name=st.sampled_from([*NAMES, "."]))
    def accept(self, name: str) -> None:
        if name != "." and self.read(name) is None:
            return
        if self.run("accept", name).code != DONE:
            self.is_pure = False
        for one in NAMES if name == "." else [name]:
            document, text = self.read(one), self.read(clean_name(one))
            if document is not None:
                self.noted[clean_name(one)] = document
                if text in self.alive:
                    self.alive[text].add(document)

    @rule()
    def check(self) -> None:
        before = self.copies()
        result = self.run("check", ".")
        assert self.copies() == before
        if result.code != DONE:
            return
        documents, copies = self.documents(), self.copies()
        for name, text in documents.items():
            copy = copies.get(clean_name(name))
            assert copy is not None, f"{name} has no copy"
            if copy != self.expected(name, text) and self.is_pure:
                assert copy in self.alive or copy in self.moved, f"the copy of {name} is stale"
                assert copy in self.moved or text in self.alive[copy], (
                    f"the document behind the correction of {name} changed"
                )
            second = copies.get(clean_name(name, full=True))
            assert not self.is_pure or second is None or second in self.alive, f"{name} has two copies"
        wanted = {clean_name(name, full=full) for name in documents for full in (False, True)}
        for copy in copies:
            folder = str(Path(copy).parent)
            if folder != "out" and any(str(Path(name).parent) == folder for name in documents):
                assert copy in wanted, f"{copy} is an orphan"

    @invariant()
    def no_text_of_a_person_is_lost(self) -> None:
        there = set(self.copies().values())
        for text in self.alive:
            assert text in there, f"lost: {text}"


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
