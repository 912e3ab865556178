"""What git knows of files: which it does not track, which of those it ignores, and how to add them."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterable
from pathlib import Path

from cleaner.errors import SettingsError
from cleaner.files.modes import mode_of

# Set by git for its hooks; they speak of the repository of the commit, and would be believed for every other.
OF_ONE_REPOSITORY = ("GIT_COMMON_DIR", "GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE")


def untracked(paths: Iterable[Path]) -> dict[Path, bool]:
    """Return those of `paths`, existing files or not, that git does not track, each with whether git ignores it.

    Asks once for each repository, submodules being repositories of their own. Raises `SettingsError` where
    there is no git, or a path is in no repository.
    """
    repositories: dict[Path, dict[str, Path]] = {}
    tops: dict[Path, Path | None] = {}
    for path in paths:
        if path.parent not in tops:
            tops[path.parent] = _top(path.parent)
        top = tops[path.parent]
        if top is None:
            raise SettingsError(f"{path}: is in no git repository; run `git init`, or leave out --tracked")
        name = Path(os.path.realpath(path.parent), path.name).relative_to(top).as_posix()
        repositories.setdefault(top, {})[name] = path
    found: dict[Path, bool] = {}
    for top, named in repositories.items():
        # One folder that holds them all: many pathspecs make git slow, none makes it list everything.
        folder = os.path.commonpath([Path(name).parent for name in named]) or "."
        tracked = set(_git(top, "ls-files", "-z", "--", f"./{folder}"))
        missing = [f"./{name}" for name in named if name not in tracked]  # a name may begin like pathspec magic
        ignored = set(_git(top, "check-ignore", "-z", "--stdin", stdin=missing)) if missing else set()
        found |= {named[name[2:]]: name in ignored for name in missing}
    return found


def add_command(paths: Iterable[Path], *options: str) -> str:
    """Return the command that adds `paths`, for a POSIX shell."""
    words = [f"./{path}" if str(path).startswith(("-", ":")) else str(path) for path in paths]
    return shlex.join(["git", "add", *options, *words])


def _top(folder: Path) -> Path | None:
    """Return the top of the working tree that holds `folder`, without links in its name."""
    real = Path(os.path.realpath(folder))
    return next((parent for parent in (real, *real.parents) if mode_of(parent / ".git")), None)


def _git(top: Path, *words: str, stdin: Iterable[str] = ()) -> list[str]:
    """Run git at the top of a working tree, with names in and out that end in NUL."""
    elsewhere = top != _top(Path())
    try:
        done = subprocess.run(
            ["git", *words],
            cwd=top,
            input=b"".join(os.fsencode(name) + b"\0" for name in stdin),
            env={key: value for key, value in os.environ.items() if not (elsewhere and key in OF_ONE_REPOSITORY)},
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise SettingsError(f"git: cannot be run ({error.strerror}); install it, or leave out --tracked") from None
    if done.returncode not in (0, 1):  # 1: nothing is ignored
        why = (os.fsdecode(done.stderr).strip() or f"exit code {done.returncode}").splitlines()[0]
        raise SettingsError(f"{top}: git cannot be asked ({why}); mend that, or leave out --tracked")
    return os.fsdecode(done.stdout).split("\0")[:-1]
