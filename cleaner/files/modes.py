"""What stands at a path: unlike `Path.is_file` and its like, without an exception where nobody may look."""

from __future__ import annotations

from pathlib import Path


def mode_of(path: Path, *, follow: bool = True) -> int:
    """Return the mode (as in `stat`) of what `path` leads to, or is if not to `follow` links; 0 where that fails."""
    try:
        return path.stat(follow_symlinks=follow).st_mode
    except (OSError, ValueError):
        return 0


def size_of(path: Path) -> int:
    """Return the size in bytes of what `path` leads to; 0 where that fails."""
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return 0
