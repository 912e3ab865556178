"""What the elements of a page are in Markdown: the blocks around each, the style of its text, and its notes.

`Outline` goes over the elements of a layout once, parents first, and says of each element, by its number, in which
block it stands and how its text is set. Blocks are linked to the blocks around them, up to the page itself (None).

A table is one of data if it has two columns and two rows at least, no table inside, and no cell that holds what no
cell of Markdown can: headings, code, forms. Any other table is there for the layout, and its rows stay lines.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from itertools import accumulate, islice
from typing import Any, Literal, NamedTuple

from cleaner.html.formulas import FORMULA
from cleaner.html.layout import Layout, Origins, is_block
from cleaner.html.markdown.inline import PLAIN, Style

Kind = Literal["quote", "list", "item", "note", "pre", "heading", "details", "summary", "dl", "dt", "dd", "table"]

MAX_LEVELS = 16  # blocks inside one another that have marks; without a limit, a hostile page grows a thousandfold
MAX_COLUMNS = 100  # columns of a table; a wider one stays lines. Raised, rows of empty cells may outgrow the page
MAX_SPAN = 20  # columns or rows that one cell takes; the rest of a wider one is not filled up

_BLOCKS: dict[str, Kind] = {
    **dict.fromkeys(("ul", "ol", "menu"), "list"),
    **dict.fromkeys(("pre", "listing", "xmp", "plaintext"), "pre"),
    **{f"h{number}": "heading" for number in range(1, 7)},
    "blockquote": "quote",
    "li": "item",
    "details": "details",
    "summary": "summary",
    "dl": "dl",
    "dt": "dt",
    "dd": "dd",
}
_STYLES: dict[str, dict[str, bool]] = {
    **{tag: {"bold": True} for tag in ("b", "strong")},
    **{tag: {"italic": True} for tag in ("i", "em")},
    **{tag: {"struck": True} for tag in ("s", "del", "strike")},
    **{tag: {"code": True} for tag in ("code", "kbd", "samp", "tt")},
}
_TOO_MUCH_FOR_A_CELL = (
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "pre",
    "form",
    "blockquote",
    "table",
    "article",
    "section",
)
_REFERENCE = re.compile(r"\[?([A-Za-z0-9]{1,4})\]?")
_REFERRING_STEPS = 3  # elements around a link that may have the id to which its note leads back


class Block(NamedTuple):
    """An element that is a block of Markdown: its number, its kind, the block around it, and how many are around."""

    number: int
    kind: Kind
    around: Block | None
    level: int

    def path(self) -> list[Block]:
        """Return the blocks from the outermost one to this one."""
        blocks: list[Block] = []
        block: Block | None = self
        while block is not None:
            blocks.append(block)
            block = block.around
        return blocks[::-1]


class Row(NamedTuple):
    """A row of a table of data: the numbers of its element and of its cells, and whether it is a head."""

    number: int
    cells: list[int]
    is_head: bool


class Outline:
    """What the elements of a page are in Markdown, each by its number.

    - `blocks`: the innermost block around an element, itself included; None for none.
    - `lines_of`: the innermost element that is set on lines of its own, itself included.
    - `styles`: how the text in it is set.
    - `cells`: the cell of a table of data that it is in; -1 for none.
    - `rows`: of each table of data, its rows.
    - `counts`: of each item of an ordered list, its number; -1 for other items.
    - `references`: of each link that refers to a note, the label of the note.
    - `labels`: of each block that is a note, the label of the note.
    - `backlinks`: the links that lead from notes back to where they are referred to.
    - `links`: of each element that is a link, its target.
    """

    def __init__(self, layout: Layout, origins: Origins) -> None:
        count = len(layout.elements)
        self.blocks: list[Block | None] = [None] * count
        self.lines_of = [0] * count
        self.styles = [PLAIN] * count
        self.cells = [-1] * count
        self.rows: dict[int, list[Row]] = {}
        self.counts: dict[int, int] = {}
        self._next: dict[int, int] = {}  # the number of the next item of each list
        self._elements = origins.elements
        # How many pieces that a reader sees stand before each piece.
        self._seen = list(accumulate((start < end for start, end in origins.spans), initial=0))
        self._layout = layout
        self.links = {
            number: href
            for number, element in enumerate(origins.elements)
            if element.tag == "a" and (href := element.get("href"))
        }
        self.references, self.labels, self.backlinks = _notes(layout, origins, self.links)
        for number, element in enumerate(origins.elements):
            self._enter(number, element, layout.elements[number][0])

    def tag(self, number: int) -> str:
        """Return the tag of an element."""
        return str(self._elements[number].tag)

    def attribute(self, number: int, name: str) -> str:
        """Return an attribute of an element, an empty string if it has none."""
        return self._elements[number].get(name) or ""

    def span(self, cell: int, name: str) -> int:
        """Return how many columns (`colspan`) or rows (`rowspan`) a cell takes, at most `MAX_SPAN`."""
        return _span(self._elements[cell], name)

    def has_text(self, number: int) -> bool:
        """Whether a reader sees text in an element."""
        return self._seen[self._layout.elements[number][4]] < self._seen[self._layout.ends[number]]

    def _enter(self, number: int, element: Any, around: int) -> None:
        outer = self.blocks[around] if around >= 0 else None
        style = self.styles[around] if around >= 0 else PLAIN
        tag = element.tag
        self.cells[number] = self.cells[around] if around >= 0 else -1
        self.lines_of[number] = number if is_block(tag) or around < 0 else self.lines_of[around]
        kind = self._kind(number, element, outer)
        if kind is None:
            self.blocks[number] = outer
        else:
            self.blocks[number] = Block(number, kind, outer, outer.level + 1 if outer else 0)
        if outer and outer.kind == "table" and tag in ("td", "th") and self.rows[outer.number]:
            row = self.rows[outer.number][-1]
            if row.number == around:
                row.cells.append(number)
                self.cells[number] = number
        elif outer and outer.kind == "table" and tag == "tr":
            cells = [child for child in element if child.tag in ("td", "th")]
            named = bool(cells) and all(child.tag == "th" for child in cells)
            in_head = around >= 0 and self.tag(around) == "thead"
            self.rows[outer.number].append(Row(number, [], named or in_head))
        self.styles[number] = self._style(number, element, style)

    def _kind(self, number: int, element: Any, outer: Block | None) -> Kind | None:
        """Return what kind of block an element is, None for none."""
        tag = element.tag
        if outer and (outer.kind in ("pre", "table", "summary") or outer.level >= MAX_LEVELS):
            return None
        if tag == "table":
            if not _is_data(element):
                return None
            self.rows[number] = []
            return "table"
        kind = _BLOCKS.get(tag)
        if kind == "heading" and outer and outer.kind == "heading":
            return None
        if kind == "list":
            start = element.get("start", "")
            self._next[number] = (int(start) if start.isdecimal() and len(start) < 10 else 1) if tag == "ol" else -1
        elif kind == "item":
            if number in self.labels:
                return "note"
            self.counts[number] = self._count(element, outer)
        return kind

    def _count(self, element: Any, outer: Block | None) -> int:
        """Return the number of an item, -1 if its list has none."""
        if not outer or outer.kind != "list" or self._next[outer.number] < 0:
            return -1
        value = element.get("value", "")
        number = int(value) if value.isdecimal() and len(value) < 10 else self._next[outer.number]
        self._next[outer.number] = min(number + 1, 999_999_999)
        return number

    def _style(self, number: int, element: Any, style: Style) -> Style:
        """Return how the text in an element is set, given how that around it is set."""
        tag = element.tag
        block = self.blocks[number]
        if block and block.kind == "pre":
            return PLAIN
        if number in self.references:
            return style._replace(note=number, link=-1)
        if number in self.links:
            return style._replace(link=number)
        if tag in _STYLES and not (block and block.kind == "heading" and "bold" in _STYLES[tag]):
            return style._replace(**_STYLES[tag])
        if tag == "span" and (formula := element.get(FORMULA)):
            return style._replace(formula=2 if formula == "display" else 1)
        return style


def _is_data(table: Any) -> bool:
    """Whether a table is one of data, which Markdown can hold."""
    if table.get("role") in ("presentation", "none"):
        return False
    if next(islice(table.iter(*_TOO_MUCH_FOR_A_CELL), 1, None), None) is not None:
        return False
    rows = list(table.iter("tr"))
    widths = [sum(_span(cell, "colspan") for cell in row if cell.tag in ("td", "th")) for row in rows]
    return sum(width > 1 for width in widths) > 1 and max(widths) <= MAX_COLUMNS


def _span(cell: Any, name: str) -> int:
    """Return how many columns (`colspan`) or rows (`rowspan`) a cell takes, at most `MAX_SPAN`."""
    value = (cell.get(name) or "").strip()
    return min(max(int(value), 1), MAX_SPAN) if value.isdecimal() and len(value) < 6 else 1


def _notes(
    layout: Layout, origins: Origins, links: Mapping[int, str]
) -> tuple[dict[int, str], dict[int, str], frozenset[int]]:
    """Return the links that refer to notes and the items that are notes, each with the label of its note, and the
    links back.

    A note is an item with an id to which a short link leads, and with a link that leads back to where that one is.
    """
    inside = {number: href[1:] for number, href in links.items() if href.startswith("#") and len(href) > 1}
    wanted = set(inside.values())
    items = {
        i: name for i, each in enumerate(origins.elements) if each.tag == "li" and (name := each.get("id")) in wanted
    }
    if not items:
        return {}, {}, frozenset()
    by_id = {name: item for item, name in items.items()}
    item_of: dict[int, int] = {}  # of each element in such an item, the item
    back: dict[int, dict[str, int]] = {}  # of each item, the ids to which its links lead, and the links
    for number in range(len(origins.elements)):
        around = layout.elements[number][0]
        if number in items or around in item_of:
            item_of[number] = number if number in items else item_of[around]
            if number in inside:
                back.setdefault(item_of[number], {})[inside[number]] = number
    references: dict[int, str] = {}
    labels: dict[int, str] = {}
    backlinks: set[int] = set()
    for number, name in inside.items():
        item = by_id.get(name, -1)
        label = _label(origins.elements[number])
        if item not in back or item == item_of.get(number) or not label:
            continue
        steps = [origins.elements[number], *islice(origins.elements[number].iterancestors(), _REFERRING_STEPS)]
        places = [place for each in steps if (place := each.get("id")) in back[item]]
        if places and labels.setdefault(item, label) == label:
            references[number] = label
            backlinks.update(back[item][place] for place in places)
    several = Counter(labels.values())
    labels = {item: label for item, label in labels.items() if several[label] == 1}
    references = {one: label for one, label in references.items() if several[label] == 1}
    return references, labels, frozenset(backlinks)


def _label(element: Any) -> str:
    """Return the label of the note that a link refers to, an empty string if the link is none."""
    text = ""
    for piece in element.itertext():
        text += piece
        if len(text) > 8:
            return ""
    found = _REFERENCE.fullmatch(text.strip())
    return found[1] if found else ""
