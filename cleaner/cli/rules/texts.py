"""The text of each rule as it stands in its file, with its comments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cleaner.rules import pack as packs
from cleaner.rules.locate import entries


class RuleText(NamedTuple):
    """A rule as it stands in its file."""

    line: int  # of its header, 1-based
    text: str  # with the comment right above it


def rule_texts(toml: str, pack: packs.Pack) -> list[RuleText]:
    """Return the text of each rule of a pack, in order. Comments at the end of the file belong to none of them.

    If the rules are not written as tables `[[rule]]` and `[[phrase]]`, the text of each rule is the whole of `toml`.
    """
    count = len(pack.rule)
    lines = toml.rstrip("\n").split("\n")
    tables = [(entry.table, entry.line) for entry in entries(toml) if not entry.key and "rule." not in entry.table]
    found: dict[str, list[RuleText]] = {"rule": [], "phrase": []}
    for (name, line), (_, after) in zip(tables, [*tables[1:], ("", len(lines) + 1)], strict=True):
        if name in found:
            text = "\n".join(lines[_with_comment(lines, line) - 1 : _with_comment(lines, after) - 1])
            found[name].append(RuleText(line, text.strip("\n")))
    texts = [*found["rule"], *found["phrase"]]
    return texts if len(texts) == count else [RuleText(1, toml.strip("\n"))] * count


def _with_comment(lines: Sequence[str], line: int) -> int:
    """Return the 1-based line where the comment right above `line` begins; without a comment, `line`."""
    while line > 1 and lines[line - 2].lstrip().startswith("#"):
        line -= 1
    return line
