"""Marks of Markdown on the lines of a page: headings, lists, emphasis, code.

`Markdown` follows the layout as it walks the page: it is told of each element that opens and closes, and puts the
marks on each line that the layout has finished.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from cleaner.html.boxes import Label
from cleaner.html.contexts import BIT

BULLET = "*"  # the one bullet of Markdown that the keys of lines leave out
MAX_LEVELS = (
    16  # lists inside one another that are indented; without a limit, a hostile page could grow a thousandfold
)

_HEADINGS = {f"h{number}": "#" * number + " " for number in range(1, 7)}
_HEADED = BIT["heading1"] | BIT["heading2"] | BIT["heading3"] | BIT["heading"]
_EMPHASIS = {BIT["code"]: "`", BIT["italic"]: "*", BIT["bold"]: "**"}  # from the innermost outwards
_STYLES = sum(_EMPHASIS)


class Markdown:
    """Follows the elements of a page as they open and close, and marks the lines between."""

    def __init__(self) -> None:
        self._mark = ""  # the mark of the next line
        self._lists: list[int] = []  # for each open list, the number of its next item; -1 for a bullet

    def open(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Note that an element begins."""
        if tag in _HEADINGS:
            self._mark = _HEADINGS[tag]
        elif tag in ("ul", "menu"):
            self._lists.append(-1)
        elif tag == "ol":
            start = attributes.get("start", "")
            self._lists.append(int(start) if start.isdecimal() and len(start) < 10 else 1)
        elif tag == "li":
            self._mark = self._item_mark()

    def close(self, tag: str) -> None:
        """Note that an element ends."""
        if tag in ("ul", "ol", "menu"):
            self._lists.pop()
        elif tag in _HEADINGS or tag == "li":
            self._mark = ""

    def mark(self, *, preformatted: bool) -> str:
        """Return what stands before the line that ends: the mark of a heading or an item, or the indent of code."""
        if preformatted:
            return "    "
        mark, self._mark = self._mark, ""
        return mark

    def _item_mark(self) -> str:
        number = self._lists[-1] if self._lists else -1
        if number >= 0:
            self._lists[-1] += 1
        indent = "    " * min(len(self._lists) - 1, MAX_LEVELS)
        return f"{indent}{BULLET if number < 0 else f'{number}.'} "


def style(
    texts: Sequence[str], contexts: Sequence[int], labels: Mapping[int, Label]
) -> tuple[list[str], dict[int, Label]]:
    """Return the texts of a line with the marks of their styles; `contexts` are the contexts of each.

    Texts of one style are joined, unless one of them is named: `labels` are the labels of some texts, by number, and
    are returned by the numbers of the texts that are returned.
    """
    if not any(context & _STYLES for context in contexts):
        return list(texts), dict(labels)
    styles = [context & _STYLES & ~(BIT["bold"] if context & _HEADED else 0) for context in contexts]
    styled: list[str] = []
    moved: dict[int, Label] = {}
    for (one, label), group in groupby(range(len(texts)), lambda i: (styles[i], labels.get(i))):
        if label:
            moved[len(styled)] = label
        styled.append(_styled("".join(texts[i] for i in group), one))
    return styled, moved


def _styled(text: str, style: int) -> str:
    """Return a text with the marks of its style right around its words."""
    words = text.strip()
    if not words or not style:
        return text
    start = text.index(words)
    before, after = text[:start], text[start + len(words) :]
    for one, mark in _EMPHASIS.items():
        if style & one:
            words = mark + words + mark
    return before + words + after
