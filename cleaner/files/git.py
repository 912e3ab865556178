"""Asking git about files: which it does not track, which it ignores, which are staged in part, and how to add them.

The repository may come from strangers. What its configuration could make git run is turned off for every question: a
monitor of files, hooks, filters, programs that show differences or fetch objects.
"""

from __future__ import annotations

import errno
import os
import shlex
import stat
import threading
from collections.abc import Collection, Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from cleaner import quote
from cleaner.errors import SettingsError
from cleaner.files.probe import mode_of, top_of_repository

# Git sets these for its hooks. They describe the repository of the commit and would mislead git in any other.
REPOSITORY_VARIABLES = ("GIT_COMMON_DIR", "GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE")

# An empty monitor is none for every git; `false` would be the name of a program before git 2.36.
_NO_PROGRAMS = ("-c", "core.fsmonitor=", "-c", f"core.hooksPath={os.devnull}", "--no-pager")
_NO_NETWORK = {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}
# The largest piece of memory that git may ask for at once, in bytes, for it unpacks what it reads. An index with a
# million files takes some hundred megabytes. Raised, hostile repositories cost more; lowered, large ones cannot be
# asked.
_MEMORY = 1 << 31
# Seconds that git may take to answer, and to say what it ignores, which takes it some milliseconds: a named pipe in
# the place of one of its files would let it wait for ever. Raised, such a repository costs more time; lowered, large
# ones on slow disks cannot be asked.
ANSWER_SECONDS, IGNORED_SECONDS = 600.0, 20.0
# The names of ignored files and folders in one answer, in bytes: a million of them. Raised, a hostile repository
# costs more memory; lowered, folders that hold many ignored files, but are not ignored themselves, cannot be asked
# about.
_IGNORED_BYTES = 1 << 26
_EMPTY = "CLEANER_EMPTY"  # an environment variable with no text, for values of the configuration
# A file that a merge has left in conflict is in no other state than in this one: u leaves it out.
_DIFF = (
    *("--name-only", "-z", "--diff-filter=u", "--no-renames", "--ignore-submodules=all"),
    *("--no-ext-diff", "--no-textconv"),
)


class InGit(NamedTuple):
    """What git has of the documents of a run and of the files that cleaning them writes.

    `to_add` are files that git does not have, or not as they are, each with whether git ignores it; `in_part` are the
    documents of which one state is staged and another one is in the working tree.
    """

    to_add: dict[Path, bool]
    in_part: frozenset[Path]


def compare(outputs: Mapping[Path, Collection[Path]]) -> InGit:
    """Compare documents, each with the files that cleaning it writes, with what git has of them.

    Files need not exist. A file that is written is to be added if git does not track it, or if its document is staged
    and another state of the file than the one that is there. Raises `SettingsError` if git is not there, or if a file
    that is written is in no repository.
    """
    to_add = untracked(chain.from_iterable(outputs.values()))
    staged = _differing(outputs, staged=True)
    if not staged:
        return InGit(to_add, frozenset())
    written = (file for document in staged for file in outputs[document] if file not in to_add)
    unstaged = _differing([*staged, *written])
    in_part = staged & unstaged
    stale = (file for document in staged - in_part for file in outputs[document] if file in unstaged)
    return InGit(to_add | dict.fromkeys(stale, False), frozenset(in_part))


def untracked(paths: Iterable[Path]) -> dict[Path, bool]:
    """Return the `paths` that git does not track, each with whether git ignores it. They need not exist.

    Git is asked once for each repository; a submodule is a repository of its own. Raises `SettingsError` if git is
    not there, or if a path is in no repository.
    """
    repositories, outside = _by_repository(paths)
    if outside:
        where = quote.name(outside[0])
        raise SettingsError(f"{where}: is in no git repository; run `git init`, or leave out --tracked")
    found: dict[Path, bool] = {}
    for top, named in repositories.items():
        tracked = set(_ask(top, "ls-files", "-z", below=named))
        # Without `./`, a name like `:a` would be a pattern.
        missing = [f"./{name}" for name in named if name not in tracked]
        ignored = set(_run_git(top, "check-ignore", "-z", "--stdin", stdin=missing)) if missing else set()
        found |= {named[name[2:]]: name in ignored for name in missing}
    return found


def holds(path: Path) -> bool:
    """Whether a file lies in the working tree of a repository, or would."""
    return top_of_repository(path.parent) is not None


def ignored(folder: Path) -> list[str] | None:
    """Return what git ignores in a folder: the names of files, and of folders of which it ignores all, with a `/`.

    The names are relative to the top folder of the repository. If the folder itself is ignored, it, or the folder
    above it that is, is the only one. Returns None if git cannot tell: it is not there, does not trust the
    repository, or takes too long. Nothing that the configuration of the repository names is run.
    """
    top = top_of_repository(folder)
    if top is None:
        return []
    where = f"./{Path(os.path.realpath(folder)).relative_to(top).as_posix()}"
    options = ("--others", "--ignored", "--exclude-standard", "--directory", "-z")
    words = ["--literal-pathspecs", "ls-files", *options, "--", where]
    found = _answer(top, words, _IGNORED_BYTES)
    return None if found is None else os.fsdecode(found).split("\0")[:-1]


def _answer(top: Path, words: list[str], limit: int) -> bytes | None:
    """Return what git answers, None if it does not do so in time, without an error and in at most `limit` bytes."""
    import subprocess

    try:
        with subprocess.Popen(
            [_program(), *_NO_PROGRAMS, *words],
            cwd=top,
            env=_environment(top),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            assert process.stdout
            timer = threading.Timer(IGNORED_SECONDS, process.kill)
            timer.start()
            try:
                found = process.stdout.read(limit + 1)
            finally:
                timer.cancel()
            if len(found) > limit:
                process.kill()
    except OSError:
        return None
    return found if process.returncode == 0 else None


def is_sparse(top: Path) -> bool:
    """Whether the working tree at `top` may have a part of its files only (`git sparse-checkout`).

    Of a tree that is not the main one, the answer is yes: what git has of it lies elsewhere.
    """
    return not stat.S_ISDIR(mode_of(top / ".git")) or bool(mode_of(top / ".git" / "info" / "sparse-checkout"))


def lock_folders(top: Path, name: str) -> list[Path]:
    """Return the folders of the repository at `top` that have a file called `name`, which git does not ignore.

    Raises `SettingsError` if git cannot tell.
    """
    words = ("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", f":(glob)**/{name}")
    return sorted({(top / found).parent for found in _run_git(top, *words)})


def has(paths: Iterable[Path]) -> list[Path]:
    """Return which `paths` git tracks; they need not exist, and may be in no repository. Raises `SettingsError`."""
    repositories, _ = _by_repository(paths)
    found: list[Path] = []
    for top, named in repositories.items():
        tracked = set(_ask(top, "ls-files", "-z", below=named))
        found += [path for name, path in named.items() if name in tracked]
    return found


def add_command(paths: Iterable[Path], *options: str) -> str:
    """Return the command that adds `paths` to git, for any POSIX shell.

    Names with control characters go through `printf`, because `$'…'` is unknown to some shells.
    """
    names = [f"./{path}" if str(path).startswith(("-", ":")) else str(path) for path in paths]
    # To git, these are patterns, which may fit other files, too.
    literally = ["--literal-pathspecs"] if any(set("*?[\\") & set(name) for name in names) else []
    command = ["git", *literally, "add", *options]
    if all(map(quote.is_plain, names)):
        return shlex.join([*command, *names])
    listed = "".join(quote.escaped(name.replace("\\", r"\\").replace("%", "%%")) + r"\000" for name in names)
    from_input = ["--pathspec-from-file=-", "--pathspec-file-nul"]
    return f"printf {shlex.quote(listed)} | {shlex.join([*command, *from_input])}"


def _differing(paths: Iterable[Path], *, staged: bool = False) -> set[Path]:
    """Return which `paths` are in the working tree another than in the index, or, `staged`, there than in the commit.

    Files that git does not track, and files in no repository, are none of these. Raises `SettingsError`.
    """
    repositories, _ = _by_repository(paths)
    found = set()
    for top, named in repositories.items():
        options = [] if staged else ["-c", "core.fileMode=false", *_without_filters(top)]
        names = _ask(top, *options, "diff", *["--cached"] * staged, *_DIFF, below=named)
        found |= {named[name] for name in names if name in named}
    return found


def _without_filters(top: Path) -> list[str]:
    """Return the options that turn off the filters of files which the repository itself configures.

    Filters of the user's own configuration stay. A file whose filter is off may be taken for another than that in the
    index, until it is added again.
    """
    # Chosen here, not by git: no pattern of git fits a name with bytes that are not UTF-8.
    listed = _run_git(top, "config", "--show-scope", "--name-only", "-z", "--list")
    scopes, keys = listed[::2], listed[1::2]
    own = {key for scope, key in zip(scopes, keys, strict=True) if scope in ("local", "worktree")}
    return [f"--config-env={key}={_EMPTY}" for key in sorted(own) if _is_of_filter(key)]


def _is_of_filter(key: str) -> bool:
    """Whether a key of the configuration names a program that filters files, or says that it must run."""
    return key.startswith("filter.") and key.endswith((".clean", ".process", ".required"))


def _by_repository(paths: Iterable[Path]) -> tuple[dict[Path, dict[str, Path]], list[Path]]:
    """Return `paths` by the top folder of their repository and their name in it, and those that are in none."""
    repositories: dict[Path, dict[str, Path]] = {}
    outside = []
    tops: dict[Path, Path | None] = {}
    for path in paths:
        if path.parent not in tops:
            tops[path.parent] = top_of_repository(path.parent)
        top = tops[path.parent]
        if top is None:
            outside.append(path)
        else:
            name = Path(os.path.realpath(path.parent), path.name).relative_to(top).as_posix()
            repositories.setdefault(top, {})[name] = path
    return repositories, outside


def _ask(top: Path, *words: str, below: Iterable[str]) -> list[str]:
    """Return the files that git lists, of those in the folder that holds all the names `below`.

    Many pathspecs make git slow, without any it lists the whole repository. Raises `SettingsError`.
    """
    folder = os.path.commonpath([Path(name).parent for name in below]) or "."
    return _run_git(top, "--literal-pathspecs", *words, "--", f"./{folder}")


def _environment(top: Path) -> dict[str, str]:
    """Return the environment in which to ask git about the repository at `top`."""
    is_other = top != top_of_repository(Path())
    inherited = {key: value for key, value in os.environ.items() if not (is_other and key in REPOSITORY_VARIABLES)}
    return {**inherited, **_NO_NETWORK, "GIT_ALLOC_LIMIT": str(_MEMORY), _EMPTY: ""}


def _program() -> str:
    """Return how to call git. Raises `OSError` if it is not there.

    Windows looks for programs in the current folder first, where strangers may have put a `git.exe`.
    """
    if os.name != "nt":
        return "git"
    for folder in filter(os.path.isabs, os.get_exec_path()):
        program = os.path.join(folder, "git.exe")  # noqa: PTH118 # a string is wanted
        if os.path.isfile(program):  # noqa: PTH113
            return program
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "git.exe")


def _run_git(top: Path, *words: str, stdin: Iterable[str] = ()) -> list[str]:
    """Run git in `top`; names go in and come out with a NUL after each. Raises `SettingsError`."""
    import subprocess

    try:
        done = subprocess.run(
            [_program(), *_NO_PROGRAMS, *words],
            cwd=top,
            input=b"".join(os.fsencode(name) + b"\0" for name in stdin),
            env=_environment(top),
            capture_output=True,
            timeout=ANSWER_SECONDS,
            check=False,
        )
    except OSError as error:
        raise SettingsError(f"git: cannot be run ({error.strerror}); install it, or leave out --tracked") from None
    except subprocess.TimeoutExpired:
        why = f"git gives no answer in {ANSWER_SECONDS:g} seconds; mend the repository, or leave out --tracked"
        raise SettingsError(f"{quote.name(top)}: {why}") from None
    if done.returncode not in (0, 1):  # 1: `check-ignore` or `config` found nothing
        why = (os.fsdecode(done.stderr).strip() or f"exit code {done.returncode}").splitlines()[0]
        where = quote.name(top)
        raise SettingsError(f"{where}: git cannot be asked ({why}); mend that, or leave out --tracked")
    return os.fsdecode(done.stdout).split("\0")[:-1]
