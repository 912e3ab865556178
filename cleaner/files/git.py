"""Asking git about files: which of them it does not track, which it ignores, and the command to add them."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterable
from pathlib import Path

from cleaner.errors import SettingsError
from cleaner.files.probe import mode_of

# Git sets these for its hooks. They describe the repository of the commit and would mislead git in any other.
REPOSITORY_VARIABLES = ("GIT_COMMON_DIR", "GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE")


def untracked(paths: Iterable[Path]) -> dict[Path, bool]:
    """Return the `paths` that git does not track, each with whether git ignores it. They need not exist.

    Git is asked once for each repository; a submodule is a repository of its own. Raises `SettingsError` if git is
    not there, or if a path is in no repository.
    """
    repositories: dict[Path, dict[str, Path]] = {}
    tops: dict[Path, Path | None] = {}
    for path in paths:
        if path.parent not in tops:
            tops[path.parent] = _top_folder(path.parent)
        top = tops[path.parent]
        if top is None:
            raise SettingsError(f"{path}: is in no git repository; run `git init`, or leave out --tracked")
        name = Path(os.path.realpath(path.parent), path.name).relative_to(top).as_posix()
        repositories.setdefault(top, {})[name] = path
    found: dict[Path, bool] = {}
    for top, named in repositories.items():
        # One folder that holds all of them: many pathspecs make git slow, without any it lists the whole repository.
        folder = os.path.commonpath([Path(name).parent for name in named]) or "."
        tracked = set(_run_git(top, "ls-files", "-z", "--", f"./{folder}"))
        missing = [
            f"./{name}" for name in named if name not in tracked
        ]  # without `./`, a name like `:a` would be a pattern
        ignored = set(_run_git(top, "check-ignore", "-z", "--stdin", stdin=missing)) if missing else set()
        found |= {named[name[2:]]: name in ignored for name in missing}
    return found


def add_command(paths: Iterable[Path], *options: str) -> str:
    """Return the command that adds `paths` to git, quoted for a POSIX shell."""
    words = [f"./{path}" if str(path).startswith(("-", ":")) else str(path) for path in paths]
    return shlex.join(["git", "add", *options, *words])


def _top_folder(folder: Path) -> Path | None:
    """Return the top folder of the working tree that holds `folder`, with links resolved; None if there is none."""
    real = Path(os.path.realpath(folder))
    return next((parent for parent in (real, *real.parents) if mode_of(parent / ".git")), None)


def _run_git(top: Path, *words: str, stdin: Iterable[str] = ()) -> list[str]:
    """Run git in `top`; names go in and come out with a NUL after each. Raises `SettingsError`."""
    is_other = top != _top_folder(Path())
    try:
        done = subprocess.run(
            ["git", *words],
            cwd=top,
            input=b"".join(os.fsencode(name) + b"\0" for name in stdin),
            env={key: value for key, value in os.environ.items() if not (is_other and key in REPOSITORY_VARIABLES)},
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise SettingsError(f"git: cannot be run ({error.strerror}); install it, or leave out --tracked") from None
    if done.returncode not in (0, 1):  # 1: `check-ignore` found nothing
        why = (os.fsdecode(done.stderr).strip() or f"exit code {done.returncode}").splitlines()[0]
        raise SettingsError(f"{top}: git cannot be asked ({why}); mend that, or leave out --tracked")
    return os.fsdecode(done.stdout).split("\0")[:-1]
