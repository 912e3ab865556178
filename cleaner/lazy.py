"""Regular expressions that are compiled when they are first used.

To compile one takes up to some milliseconds, and a short document needs few of them. Where a pattern is large, or
seldom needed, its module makes it with `pattern`. The others are compiled at import as usual.
"""

from __future__ import annotations

import re
from typing import Any, cast


class _Pattern:
    """Stands for a compiled pattern. Each method is taken from it when it is first called for."""

    def __init__(self, text: str, flags: int) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what copying and pickling look for
            raise AttributeError(name)
        found = getattr(re.compile(self._text, self._flags), name)
        setattr(self, name, found)
        return found


def pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """Return what works as `re.compile(text, flags)` does."""
    return cast("re.Pattern[str]", _Pattern(text, flags))
