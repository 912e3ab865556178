"""Sorting the literals of a pack in the text of its file, so that comments and layout stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, pairwise
from typing import Any

from cleaner import toml
from cleaner.rules import locate
from cleaner.rules.locate import Place
from cleaner.rules.match.keys import key
from cleaner.rules.pack import Lines, block

TABLES = ("rule", "phrase")  # those with lines that are sorted


def tidy(text: str) -> str:
    """Return the text of a pack with each `'''` block and each list of `lines` sorted by keys, and each key once.

    Lists with comments in them stay, because nothing tells which line a comment is about. `text` is TOML, or
    `SettingsError` is raised. If anything but order and copies would change, `text` is returned as it is.
    """
    result = text
    for entry in reversed(locate.entries(text)):
        if entry.table in TABLES and entry.key == "lines" and len(entry.strings) > 1:
            first, last = entry.strings[0].start, entry.strings[-1].end
            result = result[:first] + _sorted_list(text, entry.strings) + result[last:]
        elif entry.table in TABLES and (entry.key, len(entry.strings)) == ("lines", 1):
            place = entry.strings[0]
            if text.startswith("'''\n", place.start) and text.endswith("\n'''", place.start, place.end):
                body = "\n".join(["'''", *_sorted(place.value), "'''"])
                result = result[: place.start] + body + result[place.end :]
    return result if _data_without_order(result) == _data_without_order(text) else text


def _sorted_list(text: str, places: Sequence[Place]) -> str:
    """Return the text from the first to the last string of a list, with the strings sorted as `_sorted` does it."""
    gaps = [text[one.end : other.start] for one, other in pairwise(places)]
    behind = text[places[-1].end :].partition("]")[0]
    if any("#" in gap for gap in (*gaps, behind)):
        return text[places[0].start : places[-1].end]
    written: dict[str, str] = {}
    for place in places:
        written.setdefault(place.value, text[place.start : place.end])
    strings = [written[line] for line in _sorted([place.value for place in places])]
    return "".join(chain.from_iterable(zip(strings, [*gaps[: len(strings) - 1], ""], strict=True)))


def _sorted(lines: Lines) -> list[str]:
    """Return the lines of a block sorted by their keys; of lines with the same key, the first."""
    first: dict[str, str] = {}
    for line in block(lines):
        first.setdefault(key(line), line)
    return [first[form] for form in sorted(first)]


def _data_without_order(text: str) -> dict[str, Any]:
    """Return the data of a pack with its literals sorted, so that their order and copies make no difference."""
    data = toml.parse("pack", text)
    for table in TABLES:
        rules = data.get(table)
        for rule in rules if isinstance(rules, list) else ():
            if isinstance(rule, dict) and _is_lines(rule.get("lines")):
                rule["lines"] = _sorted(rule["lines"])
    return data


def _is_lines(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))
