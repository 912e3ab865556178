"""A month in a repository that holds a corpus, with real git and real pre-commit: nobody's correction is lost.

One test tells the whole story, because each step builds on what the steps before left: documents are added, edited,
renamed and deleted, copies are corrected by hand, two branches are merged, the rules change, and the repository is
cloned on another machine. At each step the test says which message people see, and what they do about it.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from tests.support import CHROME, CLEAN, COMMAND, DOCUMENT
from tests.test_hook import Repository, Result, environment, installed, start  # noqa: F401 # fixtures

pytestmark = [pytest.mark.slow, pytest.mark.network]

HOOK_ALONE = re.compile(r"(?m)^ +- id: cleaner-.+\n")  # the other hooks in the configuration of `start`
ADDED = "Snow fell on the hills.\n"
MINE = "A correction that a person made.\n"
YOURS = "A correction that another person made.\n"
PACK = """[pack]
format = 1
id = "snow"
title = "Our own"
source = "these tests"

[[rule]]
id = "line"
category = "testing"
lines = '''
Snow fell on the hills.
'''
drops = '''
Snow fell on the hills.
'''
keeps = '''
Snow fell on the hills, and it stayed.
'''
"""


class Corpus(Repository):
    """The repository of the corpus on one machine, with what people do in it."""

    def cleaner(self, *words: str) -> Result:
        return self.run(str(COMMAND), *words)

    def commit_all(self) -> Result:
        """Add what is there and commit, with the hooks; what the hooks say to add is for the caller to add."""
        self.git("add", "--all")
        return self.run("git", "commit", "--message", "Mine")

    def commit_as_told(self) -> str:
        """Commit all, and add what the hook says, until the commit goes through; return what the hook said."""
        told = self.commit_all()
        said = told.text
        for _ in range(3):
            if told.code == 0:
                return said
            self.add_as_told(told.text)
            told = self.run("git", "commit", "--message", "Mine")
            said += told.text
        raise AssertionError(f"the commit does not go through:\n{said}")

    def read(self, name: str) -> str:
        return (self.folder / name).read_text("utf-8")

    def correct(self, name: str, line: str) -> str:
        """Add a line to a copy, as a person does who misses it there; return the new text."""
        self.write({name: self.read(name) + line})
        return self.read(name)


def clone(corpus: Corpus, folder: Path, environment: dict[str, str]) -> Corpus:  # noqa: F811
    """Return a clone of the repository on another machine: another home, and so another state of the user."""
    there = Corpus(
        folder, {**environment, "HOME": str(folder.parent), "XDG_STATE_HOME": str(folder.parent / "state")}
    )
    corpus.git("clone", "--quiet", str(corpus.folder), str(folder))
    assert there.run(sys.executable, "-m", "pre_commit", "install").code == 0
    return there


@pytest.fixture
def corpus(start: Path, installed: None, environment: dict[str, str], tmp_path: Path) -> Corpus:  # noqa: F811
    """The corpus of `start` without its lock, with the hook `cleaner` alone, which `git commit` runs."""
    (tmp_path / "one").mkdir()
    there = clone(Corpus(start, environment), tmp_path / "one" / "corpus", environment)
    config = there.folder / ".pre-commit-config.yaml"
    config.write_text(HOOK_ALONE.sub("", config.read_text("utf-8")), "utf-8")
    there.git("rm", "--quiet", "cleaner.lock")
    return there


def test_a_month(corpus: Corpus, environment: dict[str, str], tmp_path: Path) -> None:  # noqa: F811
    begin(corpus)
    corrected = correct(corpus)
    rename(corpus, corrected)
    take_down(corpus)
    merge(corpus)
    upgrade_rules(corpus, corrected)
    (tmp_path / "two").mkdir()
    go_on_elsewhere(clone(corpus, tmp_path / "two" / "corpus", environment), corrected)


def begin(corpus: Corpus) -> None:
    """Documents are added and edited; the hook writes their copies."""
    # The first commit with the hook: it knows no copies yet. Those that are there are as they should be.
    assert corpus.run(sys.executable, "-m", "pre_commit", "run", "--all-files").code == 1
    corpus.commit_as_told()
    assert corpus.read("cleaner.lock").count('"document"') == 2
    assert corpus.cleaner("check", ".").code == 0

    # A new document: the hook writes its copy, and says what to add, the lock among it.
    corpus.write({"n.txt": DOCUMENT + ADDED, "x.txt": DOCUMENT, "y.txt": DOCUMENT + "Fog.\n"})
    corpus.write({"z.txt": DOCUMENT + "Sun.\n"})
    said = corpus.commit_as_told()
    assert re.search(r"git add .*n\.clean\.txt .*cleaner\.lock", said)
    assert corpus.read("n.clean.txt") == CLEAN + ADDED
    assert corpus.unstaged() == []

    # An edited one: its copy is written again.
    corpus.write({"x.txt": DOCUMENT + "Wind.\n"})
    assert "x.clean.txt" in corpus.commit_as_told()
    assert corpus.read("x.clean.txt") == CLEAN + "Wind.\n"


def correct(corpus: Corpus) -> str:
    """A copy is corrected, then its document changes; return the corrected text."""
    # A correction is committed like anything else. Nothing that cleans touches it, and `check` accepts it.
    corrected = corpus.correct("n.clean.txt", MINE)
    assert corpus.commit_all().code == 0
    told = corpus.cleaner("strip", ".")
    assert told.code == 0
    assert "n.txt -> n.clean.txt: corrected by hand; it stays" in told.text
    assert corpus.cleaner("check", ".").code == 0
    assert corpus.run(sys.executable, "-m", "pre_commit", "run", "--all-files").code == 0
    assert corpus.unstaged() == []

    # The document behind it changes: the commit fails until somebody has looked.
    corpus.write({"n.txt": DOCUMENT + ADDED + "Hail.\n"})
    told = corpus.commit_all()
    assert told.code == 1
    assert "n.clean.txt: the document n.txt behind your correction changed" in told.text
    assert corpus.cleaner("check", ".").code == 1
    corrected = corpus.correct("n.clean.txt", "Hail.\n")
    assert corpus.cleaner("accept", "n.txt").code == 0
    corpus.commit_as_told()
    assert corpus.cleaner("check", ".").code == 0
    assert corpus.read("n.clean.txt") == corrected
    return corrected


def rename(corpus: Corpus, corrected: str) -> None:
    """A document gets another name."""
    # The copy follows, with its correction.
    corpus.git("mv", "n.txt", "m.txt")
    said = corpus.commit_as_told()
    assert "m.txt: was n.txt" in said
    assert corpus.read("m.clean.txt") == corrected
    assert not (corpus.folder / "n.clean.txt").exists()
    assert corpus.cleaner("check", ".").code == 0
    assert corpus.unstaged() == []


def take_down(corpus: Corpus) -> None:
    """Documents are deleted."""
    # A document is taken down: a commit that forgets its copy fails, and says how to remove it.
    corpus.git("rm", "--quiet", "b.md")
    told = corpus.commit_all()
    assert told.code == 1
    assert "b.clean.md: its document b.md is gone; remove it with `cleaner strip --prune" in told.text
    assert corpus.cleaner("check", ".").code == 1
    assert corpus.cleaner("strip", "--prune", ".").code == 0
    assert not (corpus.folder / "b.clean.md").exists()
    corpus.commit_as_told()
    # One whose copy was corrected keeps its copy until a person removes it.
    corpus.correct("x.clean.txt", MINE)
    assert corpus.commit_all().code == 0
    corpus.git("rm", "--quiet", "x.txt")
    assert "x.clean.txt: its document x.txt is gone, and you have corrected it" in corpus.commit_all().text
    assert "x.clean.txt: its document x.txt is gone" in corpus.cleaner("strip", "--prune", ".").text
    assert corpus.read("x.clean.txt").endswith(MINE)
    corpus.git("rm", "--quiet", "x.clean.txt")
    corpus.commit_as_told()
    assert corpus.cleaner("check", ".").code == 0


def merge(corpus: Corpus) -> None:
    """Two branches are merged."""
    # Two people correct different copies, and add documents side by side, each in a branch.
    for branch, corrected_copy, line, added in (
        ("mine", "a.clean.txt", MINE, "p.txt"),
        ("yours", "y.clean.txt", YOURS, "q.txt"),
    ):
        corpus.git("checkout", "--quiet", "-b", branch, "master")
        corpus.correct(corrected_copy, line)
        corpus.write({added: DOCUMENT + ADDED + f"{branch}.\n"})
        corpus.commit_as_told()
    corpus.git("checkout", "--quiet", "master")
    corpus.git("merge", "--quiet", "mine")
    merged = corpus.run("git", "merge", "--message", "Merge", "yours")
    if merged.code:  # the lines of the two new documents stand side by side
        assert "<<<<<<<" in corpus.read("cleaner.lock")
        told = corpus.cleaner("check", ".")
        assert "git left a conflict" in told.text
        assert corpus.cleaner("strip", ".").code == 0
        assert "<<<<<<<" not in corpus.read("cleaner.lock")
        corpus.commit_as_told()
    assert corpus.read("a.clean.txt") == CLEAN + MINE
    assert corpus.read("y.clean.txt").endswith(YOURS)
    assert corpus.read("cleaner.lock").count('"document"') == 6
    assert corpus.cleaner("check", ".").code == 0
    assert corpus.unstaged() == []


def facts(corpus: Corpus) -> dict[str, tuple[str, str]]:
    """Return the digests of each document and of its copy, from the lock."""
    lines = [json.loads(line) for line in corpus.read("cleaner.lock").splitlines()]
    return {line["document"]: (line["sha256"], line["copy"]) for line in lines if "document" in line}


def upgrade_rules(corpus: Corpus, corrected: str) -> None:
    """The rules change."""
    # All copies are outdated; those that come out the same keep their digests in the lock. The number of the cleaner
    # on their lines depends on which of the hook's processes is done first; `test_lock` asks what holds for one.
    before = facts(corpus)
    corpus.write({"snow.toml": PACK, "cleaner.toml": 'extend-rules = ["snow.toml"]\n'})
    told = corpus.cleaner("check", ".")
    assert told.code == 1
    assert "p.txt: has a stale clean copy p.clean.txt" in told.text
    assert "z.txt" not in told.text
    corpus.run(sys.executable, "-m", "pre_commit", "run", "--all-files")
    corpus.commit_as_told()
    assert ADDED not in corpus.read("p.clean.txt")
    assert corpus.read("m.clean.txt") == corrected
    assert corpus.read("a.clean.txt") == CLEAN + MINE
    after = facts(corpus)
    assert [name for name in after if after[name] != before[name]] == ["p.txt", "q.txt"]
    assert corpus.cleaner("check", ".").code == 0


def go_on_elsewhere(there: Corpus, corrected: str) -> None:
    """The repository is cloned on another machine, where no state of the user is: all that was corrected is known."""
    assert there.cleaner("check", ".").code == 0
    told = there.cleaner("strip", ".")
    assert told.code == 0
    assert told.text.count("corrected by hand; it stays") == 3
    assert there.cleaner("strip", "--tracked", ".").code == 0
    assert there.unstaged() == []
    assert there.read("a.clean.txt") == CLEAN + MINE
    assert there.read("m.clean.txt") == corrected
    assert there.read("y.clean.txt").endswith(YOURS)
    # And it goes on there: the document behind a correction changes once more.
    there.write({"a.txt": CLEAN + CHROME + "\n" + ADDED + "Frost.\n"})
    assert "behind your correction changed" in there.commit_all().text
    assert there.read("a.clean.txt") == CLEAN + MINE
