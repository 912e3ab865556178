"""Finding the markers of a merge conflict that nobody has resolved."""

from __future__ import annotations

import re

# The lines that git writes around the two sides of a conflict; between the sides, in the style `diff3`, stands the
# common ancestor. Git puts a name after each of them, but `=======` stands alone.
_OURS = b"<<<<<<< "
_MARKERS = re.compile(rb"^(?:(<<<<<<< )|(\|\|\|\|\|\|\| )|(=======)\r?$|(>>>>>>> ))", re.MULTILINE)


def may_conflict(data: bytes) -> bool:
    """Whether there could be a conflict: a test that takes no time, before the one that is exact."""
    return _OURS in data


def first_conflict(data: bytes) -> int | None:
    """Return the line (1-based) where the first merge conflict begins, None if there is none.

    It is one if the markers follow each other as git writes them: one side, the other side, the end. A single marker,
    a heading that is underlined with seven `=` or a quoted conflict that is indented are none.
    """
    if _OURS not in data:
        return None
    begun = divided = None
    for found in _MARKERS.finditer(data):
        ours, ancestor, between, theirs = found.groups()
        if ours:
            begun, divided = found.start(), None
        elif between and begun is not None:
            divided = found.start()
        elif theirs and divided is not None and begun is not None:
            return data.count(b"\n", 0, begun) + 1
        elif theirs or (ancestor and divided is not None):
            begun = divided = None
    return None
