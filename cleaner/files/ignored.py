"""What git ignores in a folder that a user names, so that it is passed over there.

What people ignore is mostly made or fetched: environments, caches, the output of programs. But they also keep their
documents in a folder that git ignores, since they are large or somebody else's, and name that folder. So in a folder
that is ignored as a whole, or of which git ignores all that it holds, nothing is passed over.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from cleaner.files.probe import top_of_repository


class Ignored(NamedTuple):
    """What git ignores in a folder: names relative to the top of its repository, those of folders with a `/`.

    `prefix` leads from that top to the folder: "" or a name with `/` behind it.
    """

    prefix: str = ""
    names: Collection[str] = ()

    def holds(self, below: str, *, folder: bool) -> bool:
        """Whether git ignores a file, or all of a folder, whose path in the folder is `below`, with `/` in it."""
        return f"{self.prefix}{below}{'/' * folder}" in self.names


NOTHING = Ignored()


def ignored_in(folder: Path) -> Ignored | None:
    """Return what git ignores in a folder, nothing if it is in no repository, None if git cannot tell.

    Git is asked once, and only for a folder in a repository. Never raises.
    """
    top = top_of_repository(folder)
    if top is None:
        return NOTHING
    from cleaner.files import git

    names = git.ignored(folder)
    if names is None:
        return None
    where = Path(os.path.realpath(folder)).relative_to(top).as_posix()
    prefix = "" if where == "." else f"{where}/"
    if any(name.endswith("/") and prefix.startswith(name) for name in names):
        return NOTHING  # the folder itself is ignored
    return Ignored(prefix, frozenset(names))
