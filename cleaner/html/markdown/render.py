"""A page as Markdown: CommonMark with the tables of GitHub, and where each character is from.

The lines of the layout are written one after the other, each with the marks of the blocks around it. What is between
two lines (a blank line, the end of a list, a fence) follows from the blocks that end and begin there. The result says
of each line of Markdown of which lines of the page its text is, so that what goes of the page can be taken out of the
Markdown, too (`cut`).

Example: `<ul><li>Rain<li>Wind</ul><pre>x = 1</pre>` becomes

    * Rain
    * Wind

    ```
    x = 1
    ```
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, groupby, islice, takewhile
from typing import NamedTuple

from cleaner.html.layout import Layout, Origins, Picture
from cleaner.html.markdown import targets
from cleaner.html.markdown.blocks import Block, Outline, Row, span_of
from cleaner.html.markdown.inline import Marked, Part, Run, Shown, Where, Writer
from cleaner.html.markdown.options import Options

_BULLETS = "*-"  # `*` is the one bullet that the keys of lines leave out; the other tells two lists apart
_DELIMITERS = ".)"
_LANGUAGE = re.compile(
    r"(?:^|\s)(?:language|lang|highlight-source|highlight|brush:\s*|sourceCode)[-\s]*([A-Za-z0-9_+#.-]{1,20})(?=\s|;|$)"
)
_NO_LANGUAGES = ("none", "plain", "plaintext", "text", "txt", "default", "notranslate", "highlight", "nohighlight")
_NAME = re.compile(r"[A-Za-z0-9_+#.-]{1,20}")
_FENCE = re.compile("`{3,}")
_HTML_SIGN = re.compile("[<&]")
_ALIGNED = re.compile(r"text-align:\s*(left|right|center)", re.IGNORECASE)
_RULES = {"left": ":---", "right": "---:", "center": ":-:"}


class Line(NamedTuple):
    """A line of Markdown: its parts, and the numbers of those that are marks in pairs.

    The `start` of a part is where it is from in the text of the page, in characters; -1 for marks. `needed` are the
    elements that need the line for as long as they have any text: those of which it has the mark.
    """

    parts: list[Part]
    pairs: list[tuple[int, int]] = []
    needed: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """The text of the line."""
        return "".join(part.text for part in self.parts)


class Rendering(NamedTuple):
    """A page as Markdown: its lines, and for each element of the page the text that is in it.

    `spans` has the start and the end of the text of each element that `needed` of any line names, in characters of
    the text of the page, end excluded.
    """

    lines: list[Line]
    spans: Mapping[int, tuple[int, int]]

    @property
    def text(self) -> str:
        """The Markdown."""
        return "\n".join(line.text for line in self.lines)


def render(
    layout: Layout, origins: Origins, options: Options, *, url: str | None = None, base: str = ""
) -> Rendering:
    """Return a page as Markdown. Addresses are relative to `base`, which is relative to `url`."""
    addresses = targets.Addresses(url, base)
    return _Renderer(layout, origins, addresses, options).render()


class _Renderer:
    """The rendering of one page."""

    def __init__(self, layout: Layout, origins: Origins, addresses: targets.Addresses, options: Options) -> None:
        self._layout, self._origins, self._outline = layout, origins, Outline(layout, origins)
        self._addresses, self._images = addresses, options.images
        self._starts = list(accumulate((len(line) + 1 for line in layout.lines), initial=0))
        self._footnotes: dict[int, str] = {}  # the labels of links as footnotes, in order
        self._writer = Writer(self._targets(options.links))
        self._pieces: list[list[int]] = [[] for _ in layout.lines]  # the pieces of each line
        for piece, line in enumerate(layout.places):
            if origins.spans[piece][0] < origins.spans[piece][1]:
                self._pieces[line].append(piece)
        self._dollars: Counter[int] = Counter()  # of each element with lines of its own, the dollar signs in them
        for number, line in enumerate(layout.lines):
            if "$" in line and self._pieces[number]:
                self._dollars[self._outline.lines_of[self._owner(self._pieces[number][0])]] += line.count("$")
        self._pictures: dict[int, list[Picture]] = {}  # of each line, those in it or before it
        for picture in origins.pictures if options.images != "drop" else ():
            self._pictures.setdefault(picture.line, []).append(picture)
        self._lines: list[Line] = []
        self._path: list[Block] = []  # the blocks around the last line
        self._last = -1  # the element of which the last line is a line; -1: of none, or its last line is complete
        self._markers: dict[int, str] = {}  # of each open block, the mark of its first line
        self._styles_of_lists: dict[int, int] = {}  # of each list, which of two marks its items have
        self._fences: dict[int, str] = {}  # of each block of code
        self._in_html = False  # whether the last line is one of HTML
        self._widths: dict[int, int] = {}  # of each open block, how far its further lines are indented
        self._closed: Block | None = None  # the block that ended right before, if no line has come since

    def _targets(self, links: str) -> dict[int, str]:
        """Return what stands behind the text of each link, and behind each reference to a note."""
        outline, found = self._outline, {}
        for number, href in outline.links.items():
            if links != "drop" and outline.has_text(number) and (target := self._addresses.target(href)):
                if links == "footnotes":
                    self._footnotes[number] = target
                else:
                    found[number] = f"]({target})"
        taken = set(outline.labels.values())
        numbers = (str(n) for n in range(1, len(self._footnotes) + len(taken) + 1))
        labels = dict(zip(self._footnotes, (label for label in numbers if label not in taken), strict=False))
        for number, label in labels.items():
            found[number] = f"[^{label}]"
        self._labels = labels
        return found

    def render(self) -> Rendering:
        """Return the page as Markdown."""
        number = 0
        while number < len(self._layout.lines):
            self._pictures_before(number)
            block = self._block(number)
            if block and block.kind == "table":
                number = self._table(block, number)
                continue
            if self._layout.lines[number] or self._is_in_code(number):
                self._line(number, block)
            number += 1
        self._pictures_before(number)
        self._close(0)
        self._write_footnotes()
        needed = {element for line in self._lines for element in line.needed}
        return Rendering(self._lines, {element: self._span(element) for element in needed})

    # Where text is from.

    def _owner(self, piece: int) -> int:
        return self._layout.pieces[piece][0]

    def _block(self, number: int) -> Block | None:
        """Return the innermost block around a line; around a blank line, that of the line before."""
        pieces = self._pieces[number]
        if pieces:
            return self._outline.blocks[self._owner(pieces[0])]
        return self._path[-1] if self._path and self._is_in_code(number) else None

    def _is_in_code(self, number: int) -> bool:
        """Whether a blank line is one of the block of code that the last line is in."""
        if self._layout.lines[number] or not self._path or self._path[-1].kind != "pre":
            return False
        following = next((i for i in range(number + 1, len(self._pieces)) if self._pieces[i]), -1)
        return following >= 0 and self._outline.blocks[self._owner(self._pieces[following][0])] == self._path[-1]

    def _span(self, element: int) -> tuple[int, int]:
        """Return where the text of an element begins and ends in the text of the page."""
        first, end = self._layout.elements[element][4], self._layout.ends[element]
        if first >= end:
            return 0, 0
        start, stop = self._layout.places[first], self._layout.places[end - 1]
        return (
            self._starts[start] + self._origins.spans[first][0],
            self._starts[stop] + self._origins.spans[end - 1][1],
        )

    # Lines and the blocks around them.

    def _line(self, number: int, block: Block | None) -> None:
        """Write a line that is in no table."""
        pieces, kind = self._pieces[number], block.kind if block else None
        element = self._outline.lines_of[self._owner(pieces[0])] if pieces else self._last
        after_blank = number > 0 and not self._layout.lines[number - 1]
        in_last = block == (self._path[-1] if self._path else None)
        if kind == "pre":
            text = self._layout.lines[number]
            marked, is_next = Marked([Part(text, 0)] if text else [], []), in_last
        else:
            marked = self._marked(number, pieces, "heading" if kind == "heading" else "line")
            is_next = in_last and element == self._last and not after_blank
        marked = self._placed(marked, number)
        if is_next and kind in ("heading", "summary"):
            self._append(marked)
            return
        if is_next and kind != "pre":
            self._lines[-1].parts.append(Part("\\"))
        prefix, needed = self._move(block, element, is_next=is_next)
        if kind == "summary":
            marked = Marked([Part("<summary>"), *_in_html(marked.parts), Part("</summary>")], [])
        self._write(prefix, marked, needed)
        self._last = element

    def _marked(
        self, number: int, pieces: Sequence[int], where: Where, start: int = 0, end: int | None = None
    ) -> Marked:
        """Return a part of a line with its marks; `pieces` are those in it, `start` and `end` are in characters."""
        spans, styles, pieces_of = self._origins.spans, self._outline.styles, self._layout.pieces
        text = self._layout.lines[number][start:end]
        start += len(text) - len(text.lstrip())
        text = text.strip()
        runs = [
            Run(max(spans[piece][0] - start, 0), min(spans[piece][1] - start, len(text)), styles[pieces_of[piece][0]])
            for piece in pieces
        ]
        pictures = [
            Shown(each.offset - start, shown, styles[each.around].link if each.around >= 0 else -1)
            for each in self._pictures.get(number, ())
            if start <= each.offset <= start + len(text) and (shown := self._picture(each))
        ]
        runs = [run for run in runs if run.start < run.end]
        dollars = self._dollars[self._outline.lines_of[self._owner(pieces[0])]] if pieces else 0
        marked = self._writer.write(text, runs, pictures, where, dollars=dollars)
        return marked if not start else _moved(marked, start)

    def _placed(self, marked: Marked, number: int) -> Marked:
        """Return a line with its parts placed in the text of the page instead of in line `number`."""
        return _moved(marked, self._starts[number])

    def _append(self, marked: Marked) -> None:
        """Add to the last line, a heading or a summary, with a space between."""
        last = self._lines[-1]
        if self._path[-1].kind == "summary":
            last.parts[-1:-1] = [Part(" "), *_in_html(marked.parts)]
            return
        shift = len(last.parts) + 1
        last.pairs.extend((one + shift, two + shift) for one, two in marked.pairs)
        last.parts.extend([Part(" "), *marked.parts])

    def _write(self, prefix: str, marked: Marked, needed: Iterable[int]) -> None:
        parts, pairs = marked
        if prefix:
            parts = [Part(prefix), *parts]
            pairs = [(one + 1, two + 1) for one, two in pairs]
        self._lines.append(Line(parts, pairs, tuple(needed)))
        self._closed = None

    def _move(self, block: Block | None, element: int, *, is_next: bool = False) -> tuple[str, list[int]]:
        """Go to the block of the next line, and return what stands before that line, and for which elements.

        `is_next` says that the line follows directly on the last line, as another line of the same element.
        """
        path = block.path() if block else []
        common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(self._path, path, strict=False)))
        if not is_next:
            is_tight = self._is_tight(path, common, element)
            self._close(common)
            if self._lines and not is_tight:
                self._blank(path[:common])
        self._path = path[:common]
        for each in path[common:]:
            self._end_html(each)
            self._open(each)
        self._end_html(block)
        return self._prefix()

    def _end_html(self, block: Block | None) -> None:
        """Write the blank line that ends the HTML at the beginning of `<details>`, unless a summary follows."""
        if self._in_html and not (block and block.kind == "summary"):
            self._blank(self._path)
        self._in_html = False

    def _is_tight(self, path: Sequence[Block], common: int, element: int) -> bool:
        """Whether the next line follows without a blank line, because it begins an item or a definition."""
        opened, closed = path[common:], self._path[common:]
        kinds = [block.kind for block in opened]
        if not self._path:
            return False
        if kinds[:1] == ["dd"] and closed[:1] and closed[0].kind in ("dt", "dd"):
            return True
        if kinds[:1] == ["summary"]:
            return self._path[-1].kind == "details" and self._last < 0
        if any(kind not in ("list", "item") for kind in kinds) or "item" not in kinds:
            return False
        if any(block.kind not in ("list", "item") for block in closed) or common == 0:
            return False
        if kinds[0] == "item" and not closed:
            return False  # text stands right in the list
        if kinds[0] == "list" and path[common - 1].kind != "item":
            return False
        if kinds[0] == "list" and self._outline.counts.get(opened[kinds.index("item")].number, -1) not in (-1, 1):
            return False  # a list that does not begin with 1 cannot follow on a paragraph
        return not any(self._outline.tag(each) == "p" for each in (self._last, element) if each >= 0)

    def _blank(self, path: Sequence[Block]) -> None:
        """Write a blank line inside the blocks of a path."""
        if self._lines[-1].parts or self._lines[-1].needed:
            self._lines.append(Line([Part(prefix)] if (prefix := self._continued(path).rstrip()) else []))

    def _open(self, block: Block) -> None:
        """Begin a block inside the blocks of the path."""
        outline, number = self._outline, block.number
        if block.kind == "list":
            before = self._closed
            if before and before.kind == "list" and before.around == block.around:
                self._styles_of_lists[number] = 1 - self._styles_of_lists.get(before.number, 0)
        elif block.kind == "item":
            count = outline.counts.get(number, -1)
            style = self._styles_of_lists.get(block.around.number, 0) if block.around else 0
            self._markers[number] = f"{count}{_DELIMITERS[style]} " if count >= 0 else f"{_BULLETS[style]} "
        elif block.kind == "note":
            self._markers[number] = f"[^{outline.labels[number]}]: "
        elif block.kind == "dd":
            before = self._closed
            if before and before.kind in ("dt", "dd") and before.around == block.around:
                self._markers[number] = ":   "
        elif block.kind == "heading":
            self._markers[number] = "#" * int(outline.tag(number)[1]) + " "
        elif block.kind in ("pre", "details"):
            before_it, needed = self._prefix()
            mark = f"{self._fence(number)}{self._language(number)}" if block.kind == "pre" else "<details>"
            self._lines.append(Line([Part(before_it + mark)], [], (*needed, number)))
            self._last = -1
            self._in_html = block.kind == "details"
        self._closed = None
        self._path.append(block)

    def _close(self, common: int) -> None:
        """End all blocks of the path but the first `common` ones."""
        for block in reversed(self._path[common:]):
            self._path.pop()
            if block.kind in ("pre", "details"):
                mark = self._fence(block.number) if block.kind == "pre" else "</details>"
                if block.kind == "details":
                    self._blank(self._path)
                self._lines.append(Line([Part(self._continued(self._path) + mark)], [], (block.number,)))
            self._closed = block

    def _prefix(self) -> tuple[str, list[int]]:
        """Return what stands before the next line in the blocks of the path, and for which elements it has marks."""
        prefix, needed = "", []
        for block in self._path:
            marker = self._markers.pop(block.number, None)
            if marker is None:
                prefix += self._indent(block)
                continue
            prefix += marker
            needed.append(block.number)
            self._widths[block.number] = 4 if block.kind in ("note", "dd") else len(marker)
        return prefix, needed

    def _continued(self, path: Sequence[Block]) -> str:
        return "".join(map(self._indent, path))

    def _indent(self, block: Block) -> str:
        """Return what stands before a line of a block that is not its first line."""
        if block.kind == "quote":
            return "> "
        if block.kind in ("item", "note", "dd"):
            return " " * self._widths.get(block.number, 0)
        return ""

    def _fence(self, number: int) -> str:
        """Return the fence of a block of code: longer than any row of backticks in it."""
        if number not in self._fences:
            start, end = self._span(number)
            lines = self._layout.lines[bisect_right(self._starts, start) - 1 : bisect_left(self._starts, end)]
            self._fences[number] = "`" * max(
                3, *(1 + len(found) for line in lines for found in _FENCE.findall(line)), 3
            )
        return self._fences[number]

    def _language(self, number: int) -> str:
        """Return the language of a block of code, an empty string if the page does not say."""
        element = self._origins.elements[number]
        inner = next(element.iter("code"), None)
        near = [each for each in (inner, element, *islice(element.iterancestors(), 2)) if each is not None]
        for each in near:
            for found in _LANGUAGE.findall(each.get("class", "")):
                if found.lower() not in _NO_LANGUAGES:
                    return str(found)
        return next((lang for each in near if _NAME.fullmatch(lang := each.get("data-lang", ""))), "")

    # Pictures and tables.

    def _picture(self, picture: Picture) -> str:
        """Return a picture as Markdown, an empty string for none."""
        address = self._addresses.picture(picture.attributes)
        text = targets.alternative(picture.attributes)
        if address is None or self._images == "alt":
            return text if address is not None else ""
        link = self._outline.styles[picture.around].link if picture.around >= 0 else -1
        shown = f"![{text}]({address})"
        if (
            link >= 0
            and not self._outline.has_text(link)
            and (target := self._addresses.target(self._outline.links[link]))
        ):
            return f"[{shown}]({target})"
        return shown

    def _pictures_before(self, number: int) -> None:
        """Write the pictures that stand between lines, before a line, and not in a table."""
        for picture in self._pictures.get(number, ()):
            block = self._outline.blocks[picture.around] if picture.around >= 0 else None
            in_table = block is not None and block.kind == "table"
            if picture.offset >= 0 or (block and block.kind in ("pre", "summary")):
                continue
            if (
                in_table
                and block
                and self._outline.has_text(block.number)
                and self._outline.cells[picture.around] >= 0
            ):
                continue
            if shown := self._picture(picture):
                around = block.around if in_table and block else block
                prefix, needed = self._move(around, -1)
                element = picture.around
                while element >= 0 and not self._outline.has_text(element):
                    element = self._layout.elements[element][0]
                self._write(prefix, Marked([Part(shown)], []), (*needed, element) if element >= 0 else needed)
                self._last = -1

    def _table(self, table: Block, number: int) -> int:
        """Write a table of data whose first line is `number`; return the number of the line behind its last line."""
        end = number
        cells: dict[int, list[Marked]] = {}
        while end < len(self._layout.lines) and (not self._pieces[end] or self._block(end) == table):
            for picture in self._pictures.get(end, ()):
                cell = self._outline.cells[picture.around] if picture.around >= 0 else -1
                if picture.offset < 0 and cell >= 0 and (shown := self._picture(picture)):
                    cells.setdefault(cell, []).append(Marked([Part(shown.replace("|", "\\|"))], []))
            for cell, group in groupby(self._pieces[end], lambda piece: self._outline.cells[self._owner(piece)]):
                pieces = list(group)
                start, stop = self._origins.spans[pieces[0]][0], self._origins.spans[pieces[-1]][1]
                if cell >= 0:
                    marked = self._marked(end, pieces, "cell", start, stop)
                    cells.setdefault(cell, []).append(self._placed(marked, end))
                else:
                    marked = self._placed(self._marked(end, pieces, "line", start, stop), end)
                    prefix, needed = self._move(table.around, table.number)
                    self._write(prefix, marked, needed)
            end += 1
        self._write_rows(table, cells)
        self._last = -1
        return end

    def _write_rows(self, table: Block, cells: Mapping[int, Sequence[Marked]]) -> None:
        rows = [row for row in self._outline.rows[table.number] if any(cell in cells for cell in row.cells)]
        if not rows:
            return
        grid = list(self._grid(rows))
        width = max(map(len, grid))
        has_head = rows[0].is_head
        prefix, needed = self._move(table.around, table.number)
        further = self._continued(self._path)
        needed = [*needed, table.number]
        if not rows[0].is_head:
            grid.insert(0, [])
        rule = " | ".join(self._rules(grid[:2], width))
        for number, places in enumerate(grid):
            marked = _row([cells.get(cell, ()) for cell in places] + [()] * (width - len(places)))
            if number == 0:
                self._write(prefix, marked, needed)
                self._lines.append(Line([Part(f"{further}| {rule} |")], [], (table.number,)))
            else:
                self._write(further, marked, ())

    def _grid(self, rows: Sequence[Row]) -> Iterator[list[int]]:
        """Yield the cells of each row by columns; -1 where there is none of its own."""
        taken: dict[int, int] = {}  # of each column, how many further rows a cell above takes
        for row in rows:
            places: list[int] = []
            above, taken = taken, {}
            for cell in row.cells:
                while above.get(len(places), 0):
                    taken[len(places)] = above.pop(len(places)) - 1
                    places.append(-1)
                columns, down = (span_of(self._outline, cell, name) for name in ("colspan", "rowspan"))
                for column in range(len(places), len(places) + columns):
                    taken[column] = down - 1
                places += [cell, *[-1] * (columns - 1)]
            for column in sorted(column for column in above if column >= len(places) and above[column]):
                places += [-1] * (column + 1 - len(places))
                taken[column] = above[column] - 1
            yield places

    def _rules(self, rows: Sequence[Sequence[int]], width: int) -> list[str]:
        """Return what stands below the head of a table, by columns: how the first of `rows` that says so aligns it."""
        rules = ["---"] * width
        for places in reversed(rows):
            for column, cell in enumerate(places):
                aligned = self._alignment(cell) if cell >= 0 else ""
                rules[column] = _RULES.get(aligned, rules[column])
        return rules

    def _alignment(self, cell: int) -> str:
        aligned = _ALIGNED.search(self._outline.attribute(cell, "style"))
        return (aligned[1] if aligned else self._outline.attribute(cell, "align")).lower()

    def _write_footnotes(self) -> None:
        """Write the targets of links as footnotes."""
        for number, label in self._labels.items():
            if number == next(iter(self._labels)):
                self._blank(())
            self._lines.append(Line([Part(f"[^{label}]: <{self._footnotes[number]}>")], [], (number,)))


def _moved(marked: Marked, by: int) -> Marked:
    """Return a line whose parts are from further on."""
    return marked._replace(
        parts=[part if part.start < 0 else Part(part.text, part.start + by) for part in marked.parts]
    )


def _in_html(parts: Iterable[Part]) -> Iterator[Part]:
    """Yield the text of a line as it stands between tags of HTML, without marks."""
    for part in parts:
        if part.start < 0:
            continue
        position = 0
        for sign in _HTML_SIGN.finditer(part.text):
            if sign.start() > position:
                yield Part(part.text[position : sign.start()], part.start + position)
            yield Part("&lt;" if sign[0] == "<" else "&amp;")
            position = sign.end()
        if position < len(part.text):
            yield Part(part.text[position:], part.start + position)


def _row(cells: Sequence[Sequence[Marked]]) -> Marked:
    """Return a row of a table; each cell is made of lines."""
    parts, pairs = [Part("|")], []
    for cell in cells:
        parts.append(Part(" "))
        for number, line in enumerate(cell):
            if number:
                parts.append(Part(" <br> "))
            shift = len(parts)
            pairs += [(one + shift, two + shift) for one, two in line.pairs]
            parts += line.parts
        parts.append(Part(" |"))
    return Marked(parts, pairs)
