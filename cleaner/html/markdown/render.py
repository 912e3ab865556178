"""The rendering of a page: its lines one after the other, with marks, and where each character is from.

Rows of a table of data become rows; all other lines of the layout become lines. What is between two lines (a blank
line, a fence) follows from the blocks that end and begin there (`stack`). Two lines of one element, which a `<br>` is
between, stay together by a mark. Pictures that are not in a line get a line of their own.

Example: `<ul><li>Rain<li>Wind</ul><pre>x = 1</pre>` becomes

    * Rain
    * Wind

    ```
    x = 1
    ```
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby

from cleaner.html.layout import Layout, Origins, Picture
from cleaner.html.markdown import code, tables
from cleaner.html.markdown.blocks import Block, Outline
from cleaner.html.markdown.inline import Run, Shown, Where, Writer
from cleaner.html.markdown.lines import Marked, Part, Rendering, mark_line
from cleaner.html.markdown.options import Options
from cleaner.html.markdown.stack import Stack
from cleaner.html.markdown.targets import Addresses, Links, alternative, as_text


def render(
    layout: Layout, origins: Origins, options: Options, *, url: str | None = None, base: str = ""
) -> Rendering:
    """Return a page as Markdown. Addresses are relative to `base`, which is relative to `url`."""
    return _Renderer(layout, origins, Addresses(url, base), options).render()


class _Renderer:
    """The rendering of one page. Lines, pieces and elements are numbered as in the layout."""

    def __init__(self, layout: Layout, origins: Origins, addresses: Addresses, options: Options) -> None:
        self._layout, self._origins, self._outline = layout, origins, Outline(layout, origins)
        self._addresses, self._only_texts = addresses, options.images == "alt"
        self._links = Links(self._outline, addresses, options.links)
        self._writer = Writer(self._links.ends)
        self._stack = Stack(self._outline, self._fence, lambda number: code.language(origins.elements[number]))
        self._starts = list(accumulate((len(line) + 1 for line in layout.lines), initial=0))  # of lines in the text
        self._pieces: list[list[int]] = [[] for _ in layout.lines]  # those of each line
        for piece, line in enumerate(layout.places):
            if origins.spans[piece][0] < origins.spans[piece][1]:
                self._pieces[line].append(piece)
        self._following = list(_following([bool(pieces) for pieces in self._pieces]))
        self._pictures: dict[int, list[Picture]] = {}  # those in each line or before it
        for picture in origins.pictures if options.images != "drop" else ():
            self._pictures.setdefault(picture.line, []).append(picture)
        self._dollars: Counter[int] = Counter()  # the dollar signs in the lines of an element
        for number, text in enumerate(layout.lines):
            if "$" in text and self._pieces[number]:
                self._dollars[self._element(number)] += text.count("$")

    def render(self) -> Rendering:
        """Return the page as Markdown."""
        number = 0
        while number < len(self._layout.lines):
            self._write_pictures(number)
            block = self._block(number)
            if block and block.kind == "table":
                number = self._table(block, number)
                continue
            if self._layout.lines[number] or self._is_in_code(number):
                self._line(number, block)
            number += 1
        self._write_pictures(number)
        self._stack.end(0)
        for link, (label, target) in self._links.footnotes.items():
            self._stack.blank()
            self._stack.lines.append(mark_line(f"[^{label}]: {as_text(target)}", link))
        needed = {element for line in self._stack.lines for element in line.needed}
        return Rendering(self._stack.lines, {element: self._span(element) for element in needed})

    def _owner(self, piece: int) -> int:
        """Return the element of a piece."""
        return self._layout.pieces[piece][0]

    def _element(self, number: int) -> int:
        """Return the element that a line with text is of."""
        return self._outline.lines_of[self._owner(self._pieces[number][0])]

    def _block(self, number: int) -> Block | None:
        """Return the innermost block around a line; around a blank line of code, that of the line before."""
        if self._pieces[number]:
            return self._outline.blocks[self._owner(self._pieces[number][0])]
        return self._stack.path[-1] if self._is_in_code(number) else None

    def _is_in_code(self, number: int) -> bool:
        """Whether a blank line is one of the block of code that the last line is in."""
        path, following = self._stack.path, self._following[number]
        if self._layout.lines[number] or not path or path[-1].kind != "pre" or following < 0:
            return False
        return self._outline.blocks[self._owner(self._pieces[following][0])] == path[-1]

    def _span(self, element: int) -> tuple[int, int]:
        """Return where the text of an element begins and ends in the text of the page."""
        first, end = self._layout.elements[element][4], self._layout.ends[element]
        if first >= end:
            return 0, 0
        places, spans = self._layout.places, self._origins.spans
        return self._starts[places[first]] + spans[first][0], self._starts[places[end - 1]] + spans[end - 1][1]

    def _fence(self, number: int) -> str:
        """Return the fence of a block of code."""
        start, end = self._span(number)
        return code.fence(self._layout.lines[bisect_right(self._starts, start) - 1 : bisect_left(self._starts, end)])

    def _line(self, number: int, block: Block | None) -> None:
        """Write a line that is in no table."""
        stack, kind = self._stack, block.kind if block else None
        element = self._element(number) if self._pieces[number] else stack.element
        goes_on = block == (stack.path[-1] if stack.path else None)
        if kind == "pre":
            text = self._layout.lines[number]
            marked = Marked([Part(text, 0)] if text else [], [])
        else:
            marked = self._marked(number, self._pieces[number], "heading" if kind == "heading" else "line")
            goes_on = goes_on and element == stack.element and bool(number and self._layout.lines[number - 1])
        marked = marked.moved(self._starts[number])
        if goes_on and kind in ("heading", "summary"):
            stack.append(marked)
            return
        if goes_on and kind != "pre":
            stack.break_line()
        stack.write(marked, block, element, is_next=goes_on)

    def _marked(
        self, number: int, pieces: Sequence[int], where: Where, start: int = 0, end: int | None = None
    ) -> Marked:
        """Return a part of a line with its marks; `pieces` are those in it, `start` and `end` are in characters."""
        spans, styles = self._origins.spans, self._outline.styles
        text = self._layout.lines[number][start:end]
        start += len(text) - len(text.lstrip())
        text = text.strip()
        runs = [
            Run(max(spans[piece][0] - start, 0), min(spans[piece][1] - start, len(text)), styles[self._owner(piece)])
            for piece in pieces
        ]
        pictures = [
            Shown(each.offset - start, shown, self._link(each))
            for each in self._pictures.get(number, ())
            if start <= each.offset <= start + len(text) and (shown := self._picture(each))
        ]
        dollars = self._dollars[self._outline.lines_of[self._owner(pieces[0])]] if pieces else 0
        runs = [run for run in runs if run.start < run.end]
        return self._writer.write(text, runs, pictures, where, dollars=dollars).moved(start)

    def _link(self, picture: Picture) -> int:
        """Return the link around a picture, -1 for none."""
        return self._outline.styles[picture.around].link if picture.around >= 0 else -1

    def _picture(self, picture: Picture) -> str:
        """Return a picture as Markdown, an empty string for none."""
        address, text = self._addresses.picture(picture.attributes), alternative(picture.attributes)
        if address is None or self._only_texts:
            return text if address is not None else ""
        shown, link = f"![{text}]({address})", self._link(picture)
        if link >= 0 and not self._outline.has_text(link) and (target := self._links.target(link)):
            return f"[{shown}]({target})"
        return shown

    def _write_pictures(self, number: int) -> None:
        """Write the pictures that stand before a line and in no line; those in the cells of a table wait for it."""
        outline = self._outline
        for picture in self._pictures.get(number, ()):
            block = outline.blocks[picture.around] if picture.around >= 0 else None
            if picture.offset >= 0 or (block and block.kind in ("pre", "summary")):
                continue
            if block and block.kind == "table":
                if outline.cells[picture.around] >= 0 and outline.has_text(block.number):
                    continue
                block = block.around
            if shown := self._picture(picture):
                element = picture.around
                while element >= 0 and not outline.has_text(element):
                    element = self._layout.elements[element][0]
                prefix, needed = self._stack.move(block, -1)
                self._stack.put(prefix, Marked([Part(shown)], []), [*needed, element] if element >= 0 else needed)
                self._stack.element = -1

    def _table(self, table: Block, number: int) -> int:
        """Write a table of data whose first line is `number`; return the number of the line behind its last line."""
        stack, spans, cell_of = self._stack, self._origins.spans, self._outline.cells
        cells: dict[int, list[Marked]] = {}
        while number < len(self._layout.lines) and (not self._pieces[number] or self._block(number) == table):
            for picture in self._pictures.get(number, ()):
                cell = cell_of[picture.around] if picture.around >= 0 else -1
                if picture.offset < 0 and cell >= 0 and (shown := self._picture(picture)):
                    cells.setdefault(cell, []).append(Marked([Part(shown)], []))
            for cell, group in groupby(self._pieces[number], lambda piece: cell_of[self._owner(piece)]):
                pieces = list(group)
                start, end = spans[pieces[0]][0], spans[pieces[-1]][1]
                marked = self._marked(number, pieces, "cell" if cell >= 0 else "line", start, end)
                marked = marked.moved(self._starts[number])
                if cell >= 0:
                    cells.setdefault(cell, []).append(marked)
                else:  # the caption
                    stack.write(marked, table.around, table.number)
            number += 1
        for i, row in enumerate(tables.table_lines(self._outline, self._outline.rows[table.number], cells)):
            prefix, needed = stack.move(table.around, table.number) if i == 0 else (stack.further(stack.path), [])
            stack.put(prefix, row, [*needed, table.number] if i < tables.HEAD_LINES else needed)
        stack.element = -1
        return number


def _following(has_text: Sequence[bool]) -> Iterator[int]:
    """Yield for each line the number of the next line with text, -1 if there is none."""
    following, found = -1, []
    for number in reversed(range(len(has_text))):
        found.append(following)
        if has_text[number]:
            following = number
    return reversed(found)
