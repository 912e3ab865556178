"""What stands at a path, asked without exceptions.

`Path.is_file` and its like raise `PermissionError` if a folder on the way may not be searched. Here, a path that
cannot be looked at is like a path where nothing is.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path


def mode_of(path: Path, *, follow: bool = True) -> int:
    """Return `st_mode` of `path` (of the link itself with `follow=False`), 0 if it cannot be read."""
    try:
        return path.stat(follow_symlinks=follow).st_mode
    except (OSError, ValueError):
        return 0


def size_of(path: Path) -> int:
    """Return the size of the file at `path` in bytes, 0 if it cannot be read."""
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return 0


def top_of_repository(folder: Path) -> Path | None:
    """Return the top folder of the working tree of git that holds `folder`, links resolved; None if there is none.

    A folder that is only called `.git`, and has no `HEAD`, is no repository.
    """
    real = Path(os.path.realpath(folder))
    return next((parent for parent in (real, *real.parents) if _is_top(parent)), None)


def _is_top(folder: Path) -> bool:
    mode = mode_of(folder / ".git")
    return bool(mode) and (not stat.S_ISDIR(mode) or bool(mode_of(folder / ".git" / "HEAD", follow=False)))
