"""Sorting the literals of a pack in place, in its text, so that comments and layout stay."""

from __future__ import annotations

from typing import Any

import tomli

from cleaner.rules import locate
from cleaner.rules.match.keys import key
from cleaner.rules.pack import block


def tidy(text: str) -> str:
    """Return the text of a pack with each `'''` block of `lines` sorted by keys, each key once.

    `text` is TOML. It is returned as it is where anything but order and copies would change.
    """
    result = text
    for entry in reversed(locate.entries(text)):
        if (entry.table, entry.key, len(entry.strings)) == ("rule", "lines", 1):
            place = entry.strings[0]
            if text.startswith("'''\n", place.start) and text.endswith("\n'''", place.start, place.end):
                body = "\n".join(["'''", *_sorted(place.value), "'''"])
                result = result[: place.start] + body + result[place.end :]
    return result if _meaning(result) == _meaning(text) else text


def _sorted(lines: str) -> list[str]:
    first: dict[str, str] = {}
    for line in block(lines):
        first.setdefault(key(line), line)
    return [first[form] for form in sorted(first)]


def _meaning(text: str) -> dict[str, Any]:
    """Return what a pack says, whatever the order and the copies of its literals."""
    data = tomli.loads(text)
    for rule in data.get("rule", ()):
        if isinstance(rule.get("lines"), str):
            rule["lines"] = _sorted(rule["lines"])
    return data
