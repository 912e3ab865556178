"""The blocks around the lines of Markdown: what begins and ends between two lines, and what stands before each.

`Stack` has the lines that were written and the path of blocks around the last one. To write the next line, it ends
the blocks that are not around that line, begins those that are new, and writes the blank line between, if there has
to be one. The mark of a block (a bullet, a number) stands before its first line; its other lines are indented.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile

from cleaner.html.markdown.blocks import Block, Outline
from cleaner.html.markdown.lines import Line, Marked, Part, in_html, mark_line

_BULLETS = "*-"  # `*` is the one bullet that the keys of lines leave out; the other tells two lists apart
_DELIMITERS = ".)"
_NOTE_INDENT = 4  # columns by which further lines of notes and definitions are indented


class Stack:
    """The lines written so far, and the blocks around the last one.

    `fence` returns the fence of a block of code and `language` its language, each by the number of the element.
    """

    def __init__(self, outline: Outline, fence: Callable[[int], str], language: Callable[[int], str]) -> None:
        self.lines: list[Line] = []
        self.path: list[Block] = []  # the blocks around the last line
        self.element = -1  # the element of which the last line is a line; -1: of none that goes on
        self._outline, self._fence, self._language = outline, fence, language
        self._markers: dict[int, str] = {}  # of each open block without lines, the mark of its first line
        self._widths: dict[int, int] = {}  # of each open block, by how many columns its further lines are indented
        self._styles: dict[int, int] = {}  # of each list, which of two marks its items have
        self._ended: Block | None = None  # the block that ended right before, if no line has come since
        self._in_html = False  # whether the last line is the beginning of `<details>`

    def write(self, marked: Marked, block: Block | None, element: int, *, is_next: bool = False) -> None:
        """Write a line of an element in a block.

        `is_next` says that the line follows directly on the last line, as another line of the same element.
        """
        prefix, needed = self.move(block, element, is_next=is_next)
        if block and block.kind == "summary":
            marked = Marked([Part("<summary>"), *in_html(marked.parts), Part("</summary>")], [])
        self.put(prefix, marked, needed)
        self.element = element

    def append(self, marked: Marked) -> None:
        """Add to the last line, a heading or a summary, with a space between."""
        last = self.lines[-1]
        if self.path[-1].kind == "summary":
            last.parts[-1:-1] = [Part(" "), *in_html(marked.parts)]
            return
        shift = len(last.parts) + 1
        last.pairs.extend((one + shift, two + shift) for one, two in marked.pairs)
        last.parts.extend([Part(" "), *marked.parts])

    def break_line(self) -> None:
        """Write the mark of a line break at the end of the last line."""
        self.lines[-1].parts.append(Part("\\"))

    def put(self, prefix: str, marked: Marked, needed: Iterable[int]) -> None:
        """Write a line as it is, behind what stands before it."""
        parts, pairs = marked
        prefix = prefix if parts else prefix.rstrip()
        if prefix:
            parts = [Part(prefix), *parts]
            pairs = [(one + 1, two + 1) for one, two in pairs]
        self.lines.append(Line(parts, pairs, tuple(needed)))
        self._ended = None

    def move(self, block: Block | None, element: int, *, is_next: bool = False) -> tuple[str, list[int]]:
        """Go to the block of the next line, and return what stands before that line, and for which elements.

        `element` is the element that the line is of; for `is_next` see `write`.
        """
        path = block.path() if block else []
        common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(self.path, path, strict=False)))
        if not is_next:
            is_tight = self._is_tight(path, common, element)
            self.end(common)
            if not is_tight:
                self.blank(path[:common])
        for each in path[common:]:
            self._end_html(each)
            self._begin(each)
        self._end_html(block)
        return self._prefix()

    def blank(self, path: Sequence[Block] = ()) -> None:
        """Write a blank line inside the blocks of a path, unless there is one or nothing was written."""
        if self.lines and (self.lines[-1].parts or self.lines[-1].needed):
            self.lines.append(mark_line(self.further(path).rstrip()))

    def further(self, path: Sequence[Block]) -> str:
        """Return what stands before a line in the blocks of a path that is the first line of none."""
        return "".join(map(self._indent, path))

    def end(self, common: int) -> None:
        """End all blocks of the path but the first `common` ones."""
        for block in reversed(self.path[common:]):
            self.path.pop()
            if block.kind == "details":
                self.blank(self.path)
            if block.kind in ("pre", "details"):
                mark = self._fence(block.number) if block.kind == "pre" else "</details>"
                self.lines.append(mark_line(self.further(self.path) + mark, block.number))
            self._ended = block

    def _begin(self, block: Block) -> None:
        """Begin a block inside the blocks of the path."""
        outline, number, before = self._outline, block.number, self._ended
        follows = before is not None and before.around == block.around  # a block of which no line is in between
        if self.path and self.path[-1].kind == "heading":
            self._markers.pop(self.path[-1].number, None)  # what holds other blocks is no heading of Markdown
        if block.kind == "list":
            if before and follows and before.kind == "list":
                self._styles[number] = 1 - self._styles.get(before.number, 0)
        elif block.kind == "item":
            count = outline.counts.get(number, -1)
            style = self._styles.get(block.around.number, 0) if block.around else 0
            self._markers[number] = f"{count}{_DELIMITERS[style]} " if count >= 0 else f"{_BULLETS[style]} "
        elif block.kind == "note":
            self._markers[number] = f"[^{outline.labels[number]}]: "
        elif block.kind == "dd":
            if before and follows and before.kind in ("dt", "dd"):
                self._markers[number] = ":   "
        elif block.kind == "heading":
            self._markers[number] = "#" * int(outline.tag(number)[1]) + " "
        elif block.kind in ("pre", "details"):
            prefix, needed = self._prefix()
            mark = f"{self._fence(number)}{self._language(number)}" if block.kind == "pre" else "<details>"
            self.lines.append(mark_line(prefix + mark, *needed, number))
            self.element = -1
            self._in_html = block.kind == "details"
        self._ended = None
        self.path.append(block)

    def _end_html(self, block: Block | None) -> None:
        """Write the blank line that ends the HTML at the beginning of `<details>`, unless a summary follows."""
        if self._in_html and not (block and block.kind == "summary"):
            self.blank(self.path)
        self._in_html = False

    def _is_tight(self, path: Sequence[Block], common: int, element: int) -> bool:
        """Whether the next line follows without a blank line: it begins an item, a definition or a summary."""
        begun, ended = path[common:], self.path[common:]
        kinds = [block.kind for block in begun]
        if not self.path or not begun:
            return False
        if kinds[0] == "dd":
            return bool(ended) and ended[0].kind in ("dt", "dd")
        if kinds[0] == "summary":
            return self._in_html
        is_list = common > 0 and "item" in kinds
        if not is_list or any(block.kind not in ("list", "item") for block in (*begun, *ended)):
            return False
        if kinds[0] == "item" and not ended:
            return False  # text stands right in the list
        if kinds[0] == "list":
            first = self._outline.counts.get(begun[kinds.index("item")].number, -1)
            if path[common - 1].kind != "item" or first not in (-1, 1):
                return False  # CommonMark takes what does not begin with 1 for a part of the paragraph before
        return not any(self._outline.tag(each) == "p" for each in (self.element, element) if each >= 0)

    def _prefix(self) -> tuple[str, list[int]]:
        """Return what stands before the next line in the blocks of the path, and for which elements it has marks."""
        prefix = ""
        needed = []
        for block in self.path:
            marker = self._markers.pop(block.number, None)
            if marker is None:
                prefix += self._indent(block)
                continue
            prefix += marker
            needed.append(block.number)
            self._widths[block.number] = _NOTE_INDENT if block.kind in ("note", "dd") else len(marker)
        return prefix, needed

    def _indent(self, block: Block) -> str:
        """Return what stands before a line of a block that is not its first line."""
        if block.kind == "quote":
            return "> "
        if block.kind in ("item", "note", "dd"):
            return " " * self._widths.get(block.number, 0)
        return ""
