"""Sorting the literals of a pack in the text of its file, so that comments and layout stay as they are."""

from __future__ import annotations

from typing import Any

from cleaner import toml
from cleaner.rules import locate
from cleaner.rules.match.keys import key
from cleaner.rules.pack import block


def tidy(text: str) -> str:
    """Return the text of a pack with each `'''` block of `lines` sorted by keys, and each key once.

    `text` is TOML; `SettingsError` is raised if it is not. If anything but order and copies would change, `text` is
    returned as it is.
    """
    result = text
    for entry in reversed(locate.entries(text)):
        if (entry.table, entry.key, len(entry.strings)) == ("rule", "lines", 1):
            place = entry.strings[0]
            if text.startswith("'''\n", place.start) and text.endswith("\n'''", place.start, place.end):
                body = "\n".join(["'''", *_sorted(place.value), "'''"])
                result = result[: place.start] + body + result[place.end :]
    return result if _data_without_order(result) == _data_without_order(text) else text


def _sorted(lines: str) -> list[str]:
    """Return the lines of a block sorted by their keys; of lines with the same key, the first."""
    first: dict[str, str] = {}
    for line in block(lines):
        first.setdefault(key(line), line)
    return [first[form] for form in sorted(first)]


def _data_without_order(text: str) -> dict[str, Any]:
    """Return the data of a pack with its literals sorted, so that their order and copies make no difference."""
    data = toml.parse("pack", text)
    rules = data.get("rule")
    for rule in rules if isinstance(rules, list) else ():
        if isinstance(rule, dict) and isinstance(rule.get("lines"), str):
            rule["lines"] = _sorted(rule["lines"])
    return data
