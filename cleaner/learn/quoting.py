"""Lines as patterns of rules, which are compared with keys."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]|()]")


def escaped(key: str) -> str:
    """Return the pattern that fits exactly the lines with this key."""
    return _SPECIAL.sub(r"\\\g<0>", key)
