"""Finding the documents that the paths of a command line name or hold."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import NamedTuple

from cleaner.cli.left_out import is_file_left_out, is_folder_left_out, is_page_of_review
from cleaner.cli.passed import Passed
from cleaner.files.ignored import NOTHING, ignored_in
from cleaner.files.naming import is_output, is_output_name, kind_of, kind_of_name, suffix_of
from cleaner.files.probe import mode_of
from cleaner.shards import names as formats

# How many folders may be nested in one that is named. To find one's way in a folder takes the longer the deeper it
# lies, at every step. Raised, planted folders take longer (a thousand of them, 17 seconds); from 900 on, Python's own
# walk fails.
MAX_DEPTH = 200

_HERE = PurePath()


class FoundDocument(NamedTuple):
    """A file to clean: the folder `top` that the user named, the path `below` it, and whether it is a shard.

    Of a file that was `named` itself, `top` is the folder that holds it. Such a file may be a link.
    """

    top: Path
    below: PurePath
    is_shard: bool = False
    named: bool = False

    @property
    def path(self) -> Path:
        """The whole path."""
        return self.top / self.below


class Problem(NamedTuple):
    """A path that cannot be used, and why."""

    path: Path
    why: str


Excluded = Callable[[Path, bool], bool]  # excluded(path, named): is it to be passed over? `named`: by the user


def documents(
    paths: list[Path],
    excluded: Excluded,
    respects_git: Callable[[Path], bool] = lambda _: True,
    passed: Passed | None = None,
    *,
    shards: bool = False,
    in_repository: bool = False,
) -> Iterator[FoundDocument | Problem]:
    """Yield every document that `paths` name or hold, once: in the order of `paths`, in folders by name.

    In folders, these are passed over: hidden files and folders, what is left out (see `left_out`; there is more
    `in_repository`), what git ignores if `respects_git` says so of the folder that is named, files of other
    kinds, and shards unless `shards` are wanted. Copies that the cleaner wrote and files that are `excluded` are
    passed over everywhere. All of that is counted in `passed`. A link below a folder is a problem.
    """
    passed = Passed() if passed is None else passed
    seen: set[tuple[str, str]] = set()  # real folder and name of each file
    folders: dict[str, str] = {}  # the real path, without links and `..`, of each folder
    for path in paths:
        found: Iterator[FoundDocument | Problem] = (
            _Folder(path, excluded, shards, passed, git=respects_git(path), in_repository=in_repository).search()
            if stat.S_ISDIR(mode_of(path))
            else _named(path, shards)
        )
        for item in found:
            whole = item.path
            folder, name = os.path.split(whole)
            if folder not in folders:
                folders[folder] = os.path.realpath(folder)
            place = folders[folder], name
            if place in seen:
                continue
            if excluded(whole, whole == path):
                passed.excluded += 1
                continue
            seen.add(place)
            yield item


def _named(path: Path, shards: bool) -> Iterator[FoundDocument | Problem]:
    """Yield the document at `path`, or what is wrong with it; nothing for a copy that the cleaner wrote."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        is_link = stat.S_ISLNK(mode_of(path, follow=False))
        yield Problem(path, "is a link to nothing; remove it" if is_link else "does not exist; check the path")
        return
    except OSError as error:
        yield Problem(path, f"cannot be reached ({error.strerror}); check the path")
        return
    if is_output(path) or formats.is_shard_output(str(path)):
        return  # a hook names all files that changed, copies among them
    if not stat.S_ISREG(mode):  # reading a pipe could wait for ever
        yield Problem(path, "is not a regular file; name a file or a folder")
    elif formats.name_of(str(path)):
        why = "holds many documents, which `cleaner strip` and `cleaner learn` take; leave it out"
        yield FoundDocument(path.parent, PurePath(path.name), True, True) if shards else Problem(path, why)
    elif kind_of(path) is None and path.suffix:
        why = f"files of the kind {path.suffix!r} cannot be cleaned; see `cleaner strip --help`"
        yield Problem(path, formats.why_no_shard(path.name) or why)
    else:
        yield FoundDocument(path.parent, PurePath(path.name), named=True)


class _Folder:
    """A folder that the user named, to be searched."""

    def __init__(
        self, top: Path, excluded: Excluded, shards: bool, passed: Passed, *, git: bool, in_repository: bool
    ) -> None:
        self._top = top
        self._excluded = excluded
        self._shards = shards
        self._in_repository = in_repository
        self._passed = passed
        passed.folders.append(top)
        ignored = ignored_in(top) if git else NOTHING
        if ignored is None:
            passed.untold.append(top)
        self._ignored = ignored or NOTHING

    def search(self) -> Iterator[FoundDocument | Problem]:
        """Yield the documents below the folder, and what is wrong with files and folders there."""
        top, problems = self._top, list[Problem]()

        def failed(error: OSError) -> None:
            why = f"cannot be searched ({error.strerror}); check its permissions"
            problems.append(Problem(Path(error.filename), why))

        for folder, folders, files in os.walk(top, onerror=failed):
            yield from problems
            problems.clear()
            below = PurePath(folder).relative_to(top)
            inner = "" if below == _HERE else f"{below.as_posix()}/"
            folders[:] = [name for name in sorted(folders) if self._is_wanted_folder(below, name)]
            for name in folders:
                link = Path(folder, name)
                if stat.S_ISLNK(mode_of(link, follow=False)):
                    why = "is a link to a folder, which is not followed; name it to clean what it holds"
                    yield Problem(link, why)
            if folders and folder.count(os.sep) - str(top).count(os.sep) >= MAX_DEPTH:
                why = f"lies {MAX_DEPTH} folders deep, and holds more; name them to clean what they hold"
                yield Problem(Path(folder), why)
                folders.clear()
            for name in sorted(files):
                if not self._is_wanted_file(inner, name):
                    continue
                if kind_of_name(name) and _is_plain_file(folder, name):
                    yield FoundDocument(top, below / name)
                else:
                    path = Path(folder, name)
                    yield from (_below(top, path, item) for item in _named(path, self._shards))
        yield from problems

    def _is_wanted_folder(self, below: PurePath, name: str) -> bool:
        """Whether a folder is to be searched, whose folder is `below` the one that was named; if not, count it."""
        path = self._top / below / name
        if name.startswith("."):
            self._passed.hidden += 1
        elif is_folder_left_out(path):
            self._passed.left_out[f"{name}/"] += 1
        elif self._excluded(path, False):
            self._passed.excluded += 1
        elif self._is_ignored((below / name).as_posix(), folder=True):
            self._passed.ignored += 1
        else:
            return True
        return False

    def _is_wanted_file(self, inner: str, name: str) -> bool:
        """Whether a file may be a document; if not, count it.

        `inner` leads from the folder that was named to that of the file: "", or a path with `/` behind each name.
        """
        is_document = kind_of_name(name) is not None
        if name.startswith("."):
            self._passed.hidden += 1
        elif is_output_name(name) or (not is_document and formats.is_shard_output(name)):
            self._passed.copies += 1
        elif not is_document and not formats.name_of(name):
            self._passed.kinds[suffix_of(name).lower()] += 1
        elif not is_document and not self._shards:
            self._passed.shards += 1
        elif is_file_left_out(inner + name, in_repository=self._in_repository):
            self._passed.left_out[name] += 1
        elif self._is_ignored(inner + name, folder=False):
            self._passed.ignored += 1
        elif is_page_of_review(self._top / (inner + name)):
            self._passed.left_out[name] += 1
        else:
            return True
        return False

    def _is_ignored(self, below: str, *, folder: bool) -> bool:
        return bool(self._ignored.names) and self._ignored.holds(below, folder=folder)


def _is_plain_file(folder: str, name: str) -> bool:
    """Whether a file in a folder is one that can be read, and neither a link nor something else."""
    try:
        return stat.S_ISREG(os.lstat(os.path.join(folder, name)).st_mode)  # noqa: PTH118 # faster than with paths
    except (OSError, ValueError):
        return False


def _below(top: Path, path: Path, item: FoundDocument | Problem) -> FoundDocument | Problem:
    """Return what to do with a file that was found below a folder, if `item` is to be done with one that is named."""
    if isinstance(item, Problem):
        return item
    if stat.S_ISLNK(mode_of(path, follow=False)):
        return Problem(path, "is a link, which is not followed; name it to clean what it leads to")
    return item._replace(top=top, below=path.relative_to(top), named=False)
