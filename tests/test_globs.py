"""Patterns of paths: they mean what git takes them to mean, and no pattern takes long."""

# ruff: noqa: RUF005 # the cases are data

from __future__ import annotations

import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cleaner.globs import Globs

NAMES = st.text("ab.-[]!^\\ *#?", min_size=1, max_size=4).filter(lambda name: name not in (".", "..", ".git"))
PIECES = st.sampled_from(
    [*"aaabb..--!^\\ #?", *"**//", "**", "**/", "/**", "/**/", "***", "[ab]", "[!a]", "[^b]", "[a-b]", "[b-a]", "[]]"]
    + [
        "[]a]",
        "[a",
        "[[:alpha:]]",
        "[[:punct:]x]",
        "[[:what:]]",
        "[[:a]",
        r"\*",
        r"\[",
        r"[\]]",
        r"[\\-a]",
        "[a-]",
        "[a/b]",
    ]
    + ["[", "]", "[!]", "[a-\\b]", "a/", "/a", r"\/"]
)
PATTERNS = st.lists(PIECES, max_size=6).map("".join)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", folder], check=True)
    return folder


def ignored(repository: Path, patterns: list[str], paths: list[str]) -> list[bool]:
    """Return which paths git ignores."""
    (repository / ".git/info/exclude").write_text("".join(f"{each}\n" for each in patterns), "utf-8")
    done = subprocess.run(
        ["git", "-C", repository, "check-ignore", "--no-index", "-z", "--stdin"],
        input="\0".join(paths).encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    found = set(done.stdout.decode().split("\0"))
    return [path in found for path in paths]


def build(repository: Path, names: list[list[str]], folder: bool) -> list[str]:
    """Put folders or files in place of all others, and return the paths of those that are."""
    for old in repository.iterdir():
        if old.name != ".git":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    for each in names:
        path = repository.joinpath(*each)
        with suppress(OSError):  # one of the folders is a file, or the file is a folder
            (path if folder else path.parent).mkdir(parents=True, exist_ok=True)
            if not folder:
                path.touch()
    paths = ["/".join(each) for each in names]
    return [path for path in paths if (repository / path).exists() and (repository / path).is_dir() == folder]


def means_something(pattern: str) -> bool:
    try:
        Globs([pattern])
    except ValueError:
        return False
    return True


@example(["a/**/b", "!a/b"], [["a", "b"], ["a", "a", "b"]], True)
@example(["*", "!*/", "!a"], [["a"], ["b", "a"]], False)
@example(["**"], [["a"]], False)
@example(["a/**"], [["a"]], True)
@example(["/**/a*b*"], [["a", "ab"]], False)
@example(["\\ a \\ "], [[" a  "]], False)
@given(
    st.lists(PATTERNS.filter(means_something), min_size=1, max_size=4),
    st.lists(st.lists(NAMES, min_size=1, max_size=4), min_size=1, max_size=20),
    st.booleans(),
)
def test_git_says_the_same(repository: Path, patterns: list[str], names: list[list[str]], folder: bool) -> None:
    paths = build(repository, names, folder)
    globs = Globs(patterns)
    assert [globs.match(path, folder=folder) for path in paths] == ignored(repository, patterns, paths)


SLOW = {
    "stars in a name": ("*a" * 9 + "*b", "a" * 200),
    "stars in many names": ("/".join(["*a*a*a*"] * 8) + "/b", "/".join(["a" * 60] * 9)),
    "many names": ("**/a/" * 40 + "b", "a/" * 900 + "a"),
    "names and stars": ("**/*a*a*/" * 40 + "b", "aa/" * 900 + "a"),
    "stars of the highest number": ("*" * 999 + "b", "a" * 4000),
    "classes": ("*[ab]" * 190 + "c", "ab" * 2000),
}


@pytest.mark.parametrize(("pattern", "path"), SLOW.values(), ids=SLOW)
def test_no_pattern_takes_long(pattern: str, path: str) -> None:
    started = time.process_time()
    assert not Globs([pattern]).match(path, folder=False)
    assert time.process_time() - started < 2


@pytest.mark.parametrize("pattern", ["!", "/", "!/", "a" * 1001])
def test_what_means_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Globs([pattern])
