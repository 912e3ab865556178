"""Marks: what rules and judge say of a line, before the verdict decides from it.

A mark names who wants a line (or a part of a line) to go and how sure that is. Marks are evidence, not decisions:
a line with marks may stay, because something protects it or because the guard of the verdict steps in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, NamedTuple, get_args

Level = Literal["rules", "safe", "main"]
LEVELS: tuple[Level, ...] = get_args(Level)

# The confidences of the rules that are in use at each level. A `guess` costs content on some pages.
CONFIDENCES = {"rules": ("sure", "likely"), "safe": ("sure", "likely"), "main": ("sure", "likely", "guess")}

CATEGORY_REPAIR = "encoding"  # of repairs of the encoding; no rule has this category
CATEGORY_LEFT_OUT = "boilerplate"  # of what the judge and trafilatura leave out; no rule has this category
CATEGORIES_KEPT = ("credit",)  # chrome that people want to keep: rules of these categories are off by default


class Mark(NamedTuple):
    """Who wants a line, or a part of a line, to go: a rule, the markup, the judge, or trafilatura."""

    rule: str  # `pack/rule`, `markup/kind`, `judge/reason` or `trafilatura`
    category: str
    confidence: str  # `sure`, `likely` or `guess`
    score: float | None = None  # the judge's probability, 0 to 1, that the line is content
    element: str | None = None  # the element of the page that a selector of the rule names: `div#banner.wide`


JUDGE = Mark("judge", CATEGORY_LEFT_OUT, "")  # the judge as a rule, so that `[[keep]]` protects lines from it, too


# What the markup of a page names as chrome (`html.chrome` says how), with categories that packs have, too.
MARKUP = {
    name: Mark(f"markup/{name}", category, "sure")
    for name, category in {
        **dict.fromkeys(("edit-link", "copy-button", "not-printed"), "tools"),
        **dict.fromkeys(("permalink", "gutter", "line-number"), "docs"),
        "skip-link": "accessibility",
    }.items()
}


class Marks(NamedTuple):
    """The marks of rules and markup in a document. Line numbers are 0-based; spans are in characters of the line."""

    lines: dict[int, tuple[Mark, ...]]
    spans: dict[int, list[tuple[int, int, Mark]]]
    spared: Collection[int] = ()  # the lines that are protected from judge and markup
    copied: Collection[int] = ()  # lines that may be the headline and whose copy goes: the judge leaves them
    # Parts of lines as they stand, with marks of Markdown; `spans` are those of what a reader sees of the lines.
    raw_spans: Mapping[int, Sequence[tuple[int, int, Mark]]] = {}
    # What selectors protect: globs of rules, and the lines that these rules may not take.
    kept: Sequence[tuple[Sequence[str], Collection[int]]] = ()
    hollow: Collection[int] = ()  # the lines that stay as blank lines if their parts use them up
