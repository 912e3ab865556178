"""The text of each rule as it stands in its file, comments and all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cleaner.rules.locate import entries


class RuleText(NamedTuple):
    """The text of a rule, with the comment right above it, and the 1-based line of its header."""

    line: int
    text: str


def rule_texts(toml: str, count: int) -> list[RuleText]:
    """Return the text of each of the `count` rules of a pack, in order.

    Where rules are written another way than as `[[rule]]` tables, the text of each is all of `toml`.
    """
    lines = toml.split("\n")
    tables = [(entry.table, entry.line) for entry in entries(toml) if not entry.key and "rule." not in entry.table]
    found = []
    for (name, line), (_, after) in zip(tables, [*tables[1:], ("", len(lines) + 1)], strict=True):
        if name == "rule":
            text = "\n".join(lines[_with_comment(lines, line) - 1 : _with_comment(lines, after) - 1])
            found.append(RuleText(line, text.strip("\n")))
    return found if len(found) == count else [RuleText(1, toml.strip("\n"))] * count


def _with_comment(lines: Sequence[str], line: int) -> int:
    """Return the 1-based line of the comment that ends right above `line`, or `line` where there is none."""
    while line > 1 and lines[line - 2].lstrip().startswith("#"):
        line -= 1
    return line
