"""Finding the documents that the paths of a command line name or hold."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import NamedTuple

from cleaner.files.naming import is_output, kind_of
from cleaner.files.probe import mode_of
from cleaner.shards import names as formats

# How many folders may be nested in one that is named. To find one's way in a folder takes the longer the deeper it
# lies, at every step. Raised, planted folders take longer (a thousand of them, 17 seconds); from 900 on, Python's own
# walk fails.
MAX_DEPTH = 200


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


def documents(paths: list[Path], excluded: Excluded, *, shards: bool = False) -> Iterator[FoundDocument | Problem]:
    """Yield every document that `paths` name or hold, once: in the order of `paths`, in folders by name.

    In folders, hidden files and folders and files of other kinds are passed over, and shards unless `shards` are
    wanted. Copies that the cleaner wrote and files that are `excluded` are passed over everywhere. A link below a
    folder is a problem.
    """
    seen: set[tuple[str, str]] = set()  # real folder and name of each file
    folders: dict[Path, str] = {}  # the real path, without links and `..`, of each folder
    for path in paths:
        found: Iterator[FoundDocument | Problem] = (
            _in_folder(path, excluded, shards) if stat.S_ISDIR(mode_of(path)) else _named(path, shards)
        )
        for item in found:
            folder = item.path.parent
            if folder not in folders:
                folders[folder] = os.path.realpath(folder)
            place = folders[folder], item.path.name
            if place not in seen and not excluded(item.path, item.path == path):
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


def _in_folder(top: Path, excluded: Excluded, shards: bool) -> Iterator[FoundDocument | Problem]:
    """Yield the documents below a folder, and what is wrong with files and folders there."""
    problems: list[Problem] = []

    def failed(error: OSError) -> None:
        problems.append(
            Problem(Path(error.filename), f"cannot be searched ({error.strerror}); check its permissions")
        )

    for folder, folders, files in os.walk(top, onerror=failed):
        yield from problems
        problems.clear()
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and not excluded(Path(folder, name), False)
        )
        for name in folders:
            link = Path(folder, name)
            if stat.S_ISLNK(mode_of(link, follow=False)):
                yield Problem(link, "is a link to a folder, which is not followed; name it to clean what it holds")
        if folders and folder.count(os.sep) - str(top).count(os.sep) >= MAX_DEPTH:
            why = f"lies {MAX_DEPTH} folders deep, and holds more; name them to clean what they hold"
            yield Problem(Path(folder), why)
            folders.clear()
        for name in sorted(files):
            path = Path(folder, name)
            wanted = kind_of(path) is not None or (shards and formats.name_of(name))
            if wanted and not name.startswith(".") and not is_output(path):
                yield from (_below(top, path, item) for item in _named(path, shards))
    yield from problems


def _below(top: Path, path: Path, item: FoundDocument | Problem) -> FoundDocument | Problem:
    """Return what to do with a file that was found below a folder, if `item` is to be done with one that is named."""
    if isinstance(item, Problem):
        return item
    if stat.S_ISLNK(mode_of(path, follow=False)):
        return Problem(path, "is a link, which is not followed; name it to clean what it leads to")
    return item._replace(top=top, below=path.relative_to(top), named=False)
