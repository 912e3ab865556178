"""What is passed over in folders because git ignores it: with real git, without it, and with hostile repositories."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from cleaner.files import git
from tests.support import CLEAN, DOCUMENT, call, fill

if not shutil.which("git"):
    pytest.skip("needs git", allow_module_level=True)

NOTE = "passed over in folders: {} ignored by git; to clean them, name them or pass --no-respect-gitignore\n"
ODD = "é 文 \t'.txt"
FILES = {
    ".gitignore": "/out/\n/data/*\n!/data/keep/\n*.raw.txt\n*文*\n/tmp\n",
    "a.txt": DOCUMENT,
    "b.raw.txt": DOCUMENT,
    "tracked.raw.txt": DOCUMENT,
    "out/c.txt": DOCUMENT,
    "out/deep/d.txt": DOCUMENT,
    "data/e.txt": DOCUMENT,
    "data/keep/f.txt": DOCUMENT,
    "sub/g.txt": DOCUMENT,
    "sub/h.raw.txt": DOCUMENT,
    "tmp/i.txt": DOCUMENT,
    ODD: DOCUMENT,
}
WANTED = {"a.txt", "tracked.raw.txt", "data/keep/f.txt", "sub/g.txt"}
ALL = set(FILES) - {".gitignore"}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """Return the top folder of a repository that holds `FILES`."""
    folder = tmp_path / "repository"
    fill(folder, FILES)
    ask(folder, "init", "-q")
    ask(folder, "add", "-f", "tracked.raw.txt")
    return folder


def ask(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


def taken(cwd: Path, *words: str, top: Path | None = None) -> set[str]:
    """Return the documents that `check` takes, as paths below `top`."""
    result = call("check", *words, cwd=cwd)
    assert result.code in (0, 1), result
    found = [line.partition(": has no clean copy")[0] for line in result.out.splitlines()]
    # What the name of `ODD` is shown as is no path.
    paths = (cwd / name if "文" not in name else (top or cwd) / ODD for name in found)
    return {Path(os.path.realpath(path)).relative_to(top or cwd).as_posix() for path in paths}


def test_what_git_ignores_is_passed_over(top: Path) -> None:
    assert taken(top, ".") == WANTED
    assert call("check", ".", cwd=top).err.endswith(NOTE.format(6))
    # Relative to where the command runs, and by a link or a way around.
    assert taken(top.parent, "repository", top=top) == WANTED
    assert taken(top / "out", "..", top=top) == WANTED
    (top.parent / "link").symlink_to("repository")
    assert taken(top.parent, "link", top=top) == WANTED
    assert taken(top, "sub") == {"sub/g.txt"}
    assert call("check", "sub", cwd=top).err.endswith(NOTE.format(1))


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["b.raw.txt", "sub"], {"b.raw.txt", "sub/g.txt"}),
        (["out"], {"out/c.txt", "out/deep/d.txt"}),
        (["out/deep"], {"out/deep/d.txt"}),
        (["tmp", "data/e.txt"], {"tmp/i.txt", "data/e.txt"}),
        (["data/keep"], {"data/keep/f.txt"}),
        (["data"], {"data/keep/f.txt"}),
        (["--no-respect-gitignore", "."], ALL),
    ],
)
def test_what_is_named_is_taken(top: Path, words: list[str], wanted: set[str]) -> None:
    assert taken(top, *words) == wanted


def test_the_configuration_of_the_folder_says_whether(top: Path) -> None:
    fill(top, {"cleaner.toml": "respect-gitignore = false\n"})
    assert taken(top, ".") == ALL
    assert taken(top, ".", "--respect-gitignore") == WANTED


def test_nothing_but_what_is_ignored(top: Path) -> None:
    shutil.rmtree(top / "data/keep")
    assert taken(top, "data") == {"data/e.txt"}, "who ignores all of a folder has documents there"
    fill(top, {"data/.gitkeep": ""})
    ask(top, "add", "-f", "data/.gitkeep")
    result = call("strip", "data", cwd=top)
    why = "nothing to clean; passed over 1 hidden, 1 ignored by git"
    advice = "name what git ignores, or pass --no-respect-gitignore"
    assert (result.code, result.err) == (2, f"error: data: {why}; {advice}\n")
    assert call("strip", "--no-respect-gitignore", "data", cwd=top).code == 0


def test_other_commands(top: Path) -> None:
    shutil.copy(top / "a.txt", top / "a.clean.txt")
    score = call("score", ".", cwd=top)
    assert "raw.txt" not in (score.out + score.err).replace("tracked.raw.txt", "")
    assert "4 documents: 4 written" in call("strip", "--force", ".", cwd=top).err
    assert (top / "sub/g.clean.txt").read_text("utf-8") == CLEAN
    fill(top, {f"learn/{i}.txt": f"Tide tables\n\nThe ferry was {i} minutes late on Tuesday.\n" for i in range(6)})
    fill(top, {".gitignore": "/learn/*\n!/learn/.gitkeep\n", "learn/.gitkeep": ""})
    assert call("learn", "learn", cwd=top).code == 2
    assert call("learn", "--no-respect-gitignore", "--by", "folder", "learn", cwd=top).code == 0


def test_a_repository_in_another_has_rules_of_its_own(top: Path) -> None:
    fill(top / "inner", {"j.txt": DOCUMENT, "k.txt": DOCUMENT, ".gitignore": "k.txt\n"})
    ask(top / "inner", "init", "-q")
    assert taken(top, "inner") == {"inner/j.txt"}


@pytest.mark.parametrize("stands", ["no program", "no repository", "not git"])
def test_git_that_cannot_tell_stops_nothing(top: Path, stands: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if stands == "no program":
        monkeypatch.setenv("PATH", str(top / "sub"))
    else:
        shutil.rmtree(top / ".git")
        fill(top, {".git": "gitdir: nowhere\n" if stands == "no repository" else "\0\xff" * 100})
    assert taken(top, ".") == ALL
    why = "git cannot tell what it ignores here, so nothing is passed over for that; see `git status`"
    assert call("check", ".", cwd=top).err.endswith(f".: {why}\n")


def hang(top: Path, where: str) -> None:
    """Put a named pipe, which nobody writes to, in the place of a file of git."""
    (top / where).unlink(missing_ok=True)
    (top / where).parent.mkdir(exist_ok=True)
    os.mkfifo(top / where)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("where", [".git/info/exclude", ".git/index", ".git/config"])
def test_git_that_hangs_stops_nothing(top: Path, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git, "IGNORED_SECONDS", 0.5)
    hang(top, where)
    begun = time.monotonic()
    assert taken(top, ".") == ALL
    assert time.monotonic() - begun < 15


HOSTILE: Sequence[tuple[str, str]] = (
    ("core.fsmonitor", "touch ran"),
    ("core.hooksPath", "hooks"),
    ("core.excludesFile", "/dev/zero"),
    ("filter.x.clean", "touch ran"),
    ("core.pager", "touch ran"),
    ("alias.ls-files", "!touch ran"),
    ("core.sshCommand", "touch ran"),
)


def test_what_a_repository_configures_is_not_run(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git, "IGNORED_SECONDS", 5.0)
    for key, value in HOSTILE:
        ask(top, "config", key, value)
    fill(top, {".gitattributes": "*.txt filter=x\n", "hooks/post-index-change": "#!/bin/sh\ntouch ran\n"})
    (top / "hooks/post-index-change").chmod(0o755)
    assert taken(top, ".") >= WANTED
    assert not list(top.rglob("ran"))


def test_a_file_alone_asks_nobody(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git, "ignored", None)
    assert call("strip", "a.txt", "b.raw.txt", cwd=top).code == 0


def test_a_repository_is_searched_for_what_the_hooks_take(top: Path) -> None:
    others = ("README.md", "sub/LICENSE.txt", "requirements-dev.txt", "sub/requirements/base.txt", "llms.txt")
    fill(top, dict.fromkeys(others, DOCUMENT))
    assert taken(top, ".") == WANTED | set(others)
    assert taken(top, ".", "--tracked") == WANTED
    assert taken(top, "README.md", "sub/requirements", "--tracked") == {"README.md", "sub/requirements/base.txt"}


def test_a_page_that_git_ignores_is_in_nobodys_way(top: Path) -> None:
    fill(top, {".gitignore": "*.html\n", "sub/g.html": "<p>Rain fell on the town for three days.</p>"})
    for words in (".", "sub/g.txt"):
        assert "sub/g.txt" in taken(top, words)
    assert call("check", "sub/g.html", cwd=top).code == 3
    assert call("check", "--no-respect-gitignore", "sub/g.txt", cwd=top).code == 3


def test_a_page_of_a_review_is_no_document(top: Path) -> None:
    """The page stands among the documents if `cleaner review .` wrote it; a `review.html` of somebody else is one."""
    mark = "<!-- a page of cleaner review -->"
    rain = "<p>Rain fell on the town for three days.</p>"
    fill(top, {"review.html": f"{rain}\n{mark}\n", "sub/review.html": rain, "other.html": f"{rain}\n{mark}\n"})
    assert taken(top, ".") == WANTED | {"sub/review.html", "other.html"}
    assert "review.html; to clean them, name them" in call("check", ".", cwd=top).err
    assert taken(top, "review.html") == {"review.html"}
    fill(top, {"review.txt": DOCUMENT})
    assert call("strip", "review.txt", cwd=top).code == 0, "the page is in nobody's way"
    (top / "review.txt").unlink()
    (top / "review.html").unlink()
    os.mkfifo(top / "review.html")  # nothing is read of what is no file
    assert "review.html: is not a regular file" in call("check", ".", cwd=top).err


def test_the_page_that_review_writes_is_no_document(top: Path) -> None:
    pytest.importorskip("jinja2")
    assert call("review", ".", cwd=top).code == 0
    assert taken(top, ".") == WANTED
