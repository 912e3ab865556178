"""Tables of data as the tables of GitHub: one line a row, the head first, and a line below it that aligns columns.

A cell that takes several columns or rows stands in the first of them, and the others are empty. A table without a
head gets one of empty cells, because no table of Markdown is without. Several lines in a cell are set apart by
`<br>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from cleaner.html.markdown.blocks import Outline, Row
from cleaner.html.markdown.lines import Marked, Part

BREAK = " <br> "  # between the lines in a cell
HEAD_LINES = 2  # the head and the line below it, without which there is no table
_ALIGNED = re.compile(r"text-align:\s*(left|right|center)", re.IGNORECASE)
_RULES = {"left": ":---", "right": "---:", "center": ":-:"}


def table_lines(outline: Outline, rows: Sequence[Row], cells: Mapping[int, Sequence[Marked]]) -> Iterator[Marked]:
    """Yield the lines of a table; `cells` has the lines in each cell, by the number of its element."""
    grid = list(_grid(outline, [row for row in rows if any(cell in cells for cell in row.cells)]))
    if not grid:
        return
    if not next(row for row in rows if any(cell in cells for cell in row.cells)).is_head:
        grid.insert(0, [])
    width = max(map(len, grid))
    for number, places in enumerate(grid):
        yield _row([cells.get(cell, ()) for cell in places] + [()] * (width - len(places)))
        if number == 0:
            yield Marked([Part(f"| {' | '.join(_rules(outline, grid[:2], width))} |")], [])


def _grid(outline: Outline, rows: Sequence[Row]) -> Iterator[list[int]]:
    """Yield the cells of each row by columns; -1 where there is none of its own."""
    taken: dict[int, int] = {}  # of each column, how many further rows a cell above takes
    for row in rows:
        places: list[int] = []
        above, taken = taken, {}
        for cell in row.cells:
            while above.get(len(places), 0):
                taken[len(places)] = above.pop(len(places)) - 1
                places.append(-1)
            columns, down = outline.span(cell, "colspan"), outline.span(cell, "rowspan")
            taken.update(dict.fromkeys(range(len(places), len(places) + columns), down - 1))
            places += [cell, *[-1] * (columns - 1)]
        for column in sorted(column for column in above if column >= len(places) and above[column]):
            places += [-1] * (column + 1 - len(places))
            taken[column] = above[column] - 1
        yield places


def _rules(outline: Outline, rows: Sequence[Sequence[int]], width: int) -> list[str]:
    """Return what stands below the head of a table, by columns: how the first of `rows` that says so aligns it."""
    rules = ["---"] * width
    for places in reversed(rows):
        for column, cell in enumerate(places):
            if cell >= 0:
                aligned = _ALIGNED.search(outline.attribute(cell, "style"))
                name = aligned[1] if aligned else outline.attribute(cell, "align")
                rules[column] = _RULES.get(name.lower(), rules[column])
    return rules


def _row(cells: Sequence[Sequence[Marked]]) -> Marked:
    """Return a row of a table; each cell is made of lines."""
    parts, pairs = [Part("|")], []
    for cell in cells:
        parts.append(Part(" "))
        for number, line in enumerate(cell):
            if number:
                parts.append(Part(BREAK))
            shift = len(parts)
            pairs += [(one + shift, two + shift) for one, two in line.pairs]
            parts += line.parts
        parts.append(Part(" |"))
    return Marked(parts, pairs)
