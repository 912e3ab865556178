"""A tree to the lines of its text, as a browser would set them, and for each piece of text the elements around it.

The tree is walked once. Each element says how its text is set off: not shown at all, in the running line, on lines of
its own, between blank lines, or as a cell of a row. What the walk writes is a `Layout`: the lines, and beside them
the elements and the pieces of text as tables of integers, which is what the judge of pages reads.

Example: `<nav><a>Home</a></nav><p>Rain <b>fell</b>.</p>` gives the lines `Home`, ``, `Rain fell.`; the pieces `Home`
(contexts nav and link), `Rain ` (paragraph), `fell` (paragraph and bold) and `.` (paragraph).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple

from cleaner.html.boxes import NOTHING, Boxed, Boxes, Hit, Label, Waiting
from cleaner.html.chrome import MAY_BE_CHROME, Part, mark_of, parts
from cleaner.html.contexts import BETWEEN_CELLS, BIT, SPACE, collapse
from cleaner.html.markdown import Markdown, style
from cleaner.selectors import SelectorTables

# How the text of an element is set off: not shown (SKIP), in the running line (INLINE), on lines of its own (LINE),
# between blank lines (PARAGRAPH), as a cell of a row (CELL), between spaces (BOX), as a line break (BREAK).
SKIP, INLINE, LINE, PARAGRAPH, CELL, BOX, BREAK = range(-1, 6)

_TAGS: dict[str, tuple[int, int]] = {
    **dict.fromkeys(("head", "script", "style", "noscript", "template", "iframe", "object"), (SKIP, 0)),
    **dict.fromkeys(("svg", "math", "select", "textarea", "option", "datalist", "title", "rt", "rp"), (SKIP, 0)),
    **dict.fromkeys(
        ("audio", "video", "canvas", "noembed", "noframes"), (SKIP, 0)
    ),  # text for browsers that cannot show the element
    **dict.fromkeys(("hr", "fieldset", "dialog", "hgroup"), (PARAGRAPH, 0)),
    **dict.fromkeys(("div", "center", "legend", "body", "thead", "tbody", "tfoot"), (LINE, 0)),
    **{name: (PARAGRAPH, BIT[name]) for name in ("nav", "header", "footer", "aside", "form", "article", "main")},
    **{name: (PARAGRAPH, BIT[name]) for name in ("section", "table", "figure", "address", "details")},
    **dict.fromkeys(("ul", "ol", "menu"), (PARAGRAPH, BIT["list"])),
    **{f"h{number}": (PARAGRAPH, BIT[f"heading{number}"]) for number in (1, 2, 3)},
    **dict.fromkeys(("h4", "h5", "h6"), (PARAGRAPH, BIT["heading"])),
    "p": (PARAGRAPH, BIT["paragraph"]),
    "blockquote": (PARAGRAPH, BIT["quote"]),
    **dict.fromkeys(("pre", "listing", "xmp", "plaintext"), (PARAGRAPH, BIT["preformatted"])),
    "dl": (PARAGRAPH, BIT["definitions"]),
    "li": (LINE, BIT["item"]),
    **dict.fromkeys(("dt", "dd"), (LINE, BIT["definitions"])),
    "tr": (LINE, BIT["table"]),
    **dict.fromkeys(("caption", "figcaption"), (LINE, BIT["figure"])),
    "summary": (LINE, BIT["details"]),
    **dict.fromkeys(("td", "th"), (CELL, BIT["cell"])),
    **dict.fromkeys(("button", "label"), (BOX, BIT["control"])),
    "br": (BREAK, 0),
    "a": (INLINE, BIT["link"]),
    **dict.fromkeys(("b", "strong"), (INLINE, BIT["bold"])),
    **dict.fromkeys(("i", "em"), (INLINE, BIT["italic"])),
    **dict.fromkeys(("code", "kbd", "samp", "tt"), (INLINE, BIT["code"])),
    "time": (INLINE, BIT["time"]),
}
_INLINE = (INLINE, 0)
_WHOLE = ("html", "body")  # if these are hidden, a script shows them as soon as the page has arrived
_ROLES = {
    "navigation": BIT["nav"],
    "banner": BIT["header"],
    "contentinfo": BIT["footer"],
    "complementary": BIT["aside"],
    "search": BIT["form"],
    "article": BIT["article"],
    "main": BIT["main"],
    "button": BIT["control"],
}
_PRE, _BODY, _FOLDED = BIT["preformatted"], BIT["body"], BIT["folded"]
# Classes and ids of what is hidden until a reader unfolds it: tabs, accordions, answers. Windows and menus are no
# part of the page's text. The words were chosen on development pages.
_FOLD = re.compile("accordion|collaps|tab[-_]*(?:panel|content|pane)|faq|answer|toggle|expand|panel", re.IGNORECASE)
_POPPING = ("dialog", "alertdialog", "alert", "menu", "listbox", "tooltip")  # roles of what pops up over a page
_WINDOW = re.compile("(?<![a-z])nav|menu|modal|dropdown", re.IGNORECASE)  # in classes and ids
# Ids of hidden elements that scripts show as soon as the page has arrived (those of React and of Marko).
_STREAMED = re.compile("S:[0-9a-f]+|af[A-Za-z_]*[0-9]+")


# An open element: its number, how it is set off, its contexts, what is known of its texts by what is named around
# them (None: nothing), and what selectors wait for in it.
_Open = tuple[int, int, int, Label | None, Waiting]
_NOT_SHOWN: _Open = (-1, SKIP, 0, None, NOTHING)


class Layout(NamedTuple):
    """The text of a page: its lines, the pieces of text that the lines are made of, and the elements around them.

    Elements and pieces are numbered from 0 in the order of the page; element 0 is the root.
    """

    lines: list[str]
    # Of each element: its parent (-1: none), the bits of its contexts, the numbers of its attributes (below) and of
    # its look (tag and class), and its first piece.
    elements: list[tuple[int, int, int, int, int]]
    ends: list[int]  # of each element, the number of the piece behind its last piece
    attributes: list[str]  # the different combinations of tag, class, id and role, without line breaks
    pieces: list[tuple[int, int]]  # of each piece, its element and its length in characters
    places: list[int]  # of each piece, its 0-based line
    chrome: list[Part]  # the parts of lines that the markup names as chrome, in order; of `marked`, if there is one
    marked: list[str] | None = None  # the lines with marks of Markdown, if they were asked for
    hits: Sequence[Hit] = ()  # the elements that selectors name
    boxes: Sequence[Boxed] = ()  # the parts of lines that stand in these elements; of `marked`, if there is one


def lay_out(tree: Any, *, markdown: bool = False, selectors: Sequence[SelectorTables] = ()) -> Layout:
    """Lay out a page, and find the elements on it that `selectors` name."""
    return _Writer(Markdown() if markdown else None, Boxes(selectors) if selectors else None).write(tree)


class _Writer:
    """Writes a page line by line, with one blank line between paragraphs."""

    def __init__(self, markdown: Markdown | None, boxes: Boxes | None) -> None:
        self._markdown = markdown
        self._boxes = boxes
        self._boxed: list[Boxed] = []
        self._layout = Layout([], [], [], [], [], [], [], [] if markdown else None)
        self._texts: list[str] = []  # the texts of the line that is being written
        self._contexts: list[int] = []  # the contexts of these texts; only for Markdown
        self._labels: dict[int, Label] = {}  # what is known of those of these texts around which something is named
        self._plain: set[str] = set()  # values of `class` that name no chrome
        # The numbers of what is different among the elements: tag, class, id and role; tag and class.
        self._names: dict[tuple[str, ...], int] = defaultdict(count().__next__)
        self._looks: dict[tuple[str, ...], int] = defaultdict(count().__next__)
        self._first = 0  # number of the first piece in this line
        self._gap = 0  # line breaks that are due before the next line

    def write(self, tree: Any) -> Layout:
        """Return the layout of a tree."""
        from lxml import etree

        lines, _, ends, attributes, pieces, places, *_ = self._layout
        texts, markdown, labels = self._texts, self._markdown, self._labels
        walker = etree.iterwalk(tree, events=("start", "end"))
        path = [_NOT_SHOWN]
        for event, element in walker:
            if event == "start":
                tag = element.tag
                kind, context = _TAGS.get(tag, _INLINE)
                own = dict(element.items()) if kind != SKIP else {}  # `.attrib` would fail at an attribute named `{}`
                hidden = ("style" in own or "hidden" in own) and tag not in _WHOLE and _is_hidden(own)
                if kind == SKIP or (hidden and not _is_folded(own)) or (tag == "dialog" and "open" not in own):
                    walker.skip_subtree()
                    path.append(_NOT_SHOWN)
                    continue
                if LINE <= kind <= PARAGRAPH:
                    self._break(kind, path[-1][2])
                elif kind > PARAGRAPH:
                    self._open(kind, path[-1])
                if markdown:
                    markdown.open(tag, own)
                path.append(self._enter(element, own, path[-1], kind, context | _FOLDED if hidden else context))
                text = element.text
            else:
                number, kind, context, _, _ = path.pop()
                if number >= 0:
                    ends[number] = len(pieces)
                    if LINE <= kind <= PARAGRAPH:
                        self._break(kind, context)
                    elif kind > PARAGRAPH:
                        self._close(kind, context, path[-1][3])
                    if markdown:
                        markdown.close(element.tag)
                text = element.tail
            number, _, context, label, _ = path[-1]
            if not text or number < 0:
                continue
            if context & _PRE or markdown:
                self._write(text, number, context, label)
                continue
            if not text.isspace():
                pieces.append((number, len(text)))
            elif not texts and not text.strip(SPACE):
                continue  # nothing of it is shown at the beginning of a line; most texts between tags are such
            if label:
                labels[len(texts)] = label
            texts.append(text)
        self._break(0, 0)
        places += [len(lines) - 1] * (
            len(pieces) - len(places)
        )  # of pieces that are not shown, such as a lone soft hyphen
        attributes += (" ".join(name).replace("\n", " ") for name in self._names)
        return self._layout._replace(hits=self._boxes.hits, boxes=self._boxed) if self._boxes else self._layout

    def _enter(self, element: Any, own: Mapping[str, str], parent: _Open, kind: int, context: int) -> _Open:
        """Add an element to the layout and return what the path holds of it.

        `own` are its attributes, `parent` is what the path holds of the element around it, `context` is what its tag
        says.
        """
        around, _, contexts, label, waiting = parent
        context |= contexts
        tag, layout = element.tag, self._layout
        if own:
            called, role = own.get("class", ""), own.get("role", "")
            if (label is None or label.mark is None) and (role or called not in self._plain or tag in MAY_BE_CHROME):
                mark = mark_of(element, own, contexts, self._plain)
                if mark:
                    label = Label(mark, label.hits if label else ())
            if role or "itemprop" in own:
                context |= _ROLES.get(role, 0) | (_BODY if own.get("itemprop") == "articleBody" else 0)
            name, look = self._names[tag, called, own.get("id", ""), role], self._looks[tag, called]
        else:
            name, look = self._names[tag,], self._looks[tag,]
        if self._boxes and (own or self._boxes.asks_all):
            label, waiting = self._boxes.enter(tag, own, label, waiting)
        elif waiting[1]:
            waiting = (waiting[0], 0)
        ends = layout.ends
        layout.elements.append((around, context, name, look, len(layout.pieces)))
        ends.append(0)
        return len(ends) - 1, kind, context, label, waiting

    def _open(self, kind: int, parent: _Open) -> None:
        if kind == BOX:
            self._add(" ", parent[2], label=_around(parent[3]))
        elif kind == CELL and len(self._layout.pieces) > self._first:
            self._add(BETWEEN_CELLS, parent[2], label=_around(parent[3]))

    def _close(self, kind: int, context: int, around: Label | None) -> None:
        if kind == BREAK:
            self._break(LINE, context)
        elif kind == BOX:
            self._add(" ", context, label=_around(around))

    def _write(self, text: str, owner: int, context: int, label: Label | None) -> None:
        first, *others = text.replace("\r", "").split("\n") if context & _PRE else (text,)
        self._add(first, context, owner, label)
        for line in others:
            self._end_line("".join(self._texts).rstrip(), preformatted=True, keep=True)
            self._add(line, context, owner, label)

    def _add(self, text: str, context: int, owner: int = -1, label: Label | None = None) -> None:
        if label:
            self._labels[len(self._texts)] = label
        self._texts.append(text)
        if self._markdown:
            self._contexts.append(context)
        if owner >= 0 and text and not text.isspace():
            self._layout.pieces.append((owner, len(text)))

    def _break(self, size: int, context: int) -> None:
        """End the line with at least `size` line breaks; `context` is the context at its end."""
        texts = self._texts
        if texts:
            preformatted = bool(context & _PRE)
            while texts and (texts[-1] is BETWEEN_CELLS or (not preformatted and not texts[-1].strip())):
                texts.pop()
            line = "".join(texts)
            self._end_line(line.rstrip() if preformatted else collapse(line), preformatted=preformatted, keep=False)
        self._gap = max(self._gap, size)

    def _end_line(self, line: str, *, preformatted: bool, keep: bool) -> None:
        lines, places, marked = self._layout.lines, self._layout.places, self._layout.marked
        blank = not line or line.isspace()
        texts, labels, start, with_marks = self._texts, self._labels, 0, line
        if self._markdown and not blank:
            mark = self._markdown.mark(preformatted=preformatted)
            start = len(mark)
            if not preformatted:
                texts, labels = style(texts, self._contexts, labels)
                with_marks = collapse("".join(texts))
            with_marks = mark + with_marks
        found = (
            list(parts(with_marks[start:], texts, labels, preformatted=preformatted)) if labels and not blank else ()
        )
        self._texts.clear()
        self._contexts.clear()
        self._labels.clear()
        self._first = len(self._layout.pieces)
        if blank and not (keep and lines and not self._gap):
            return
        if self._gap > 1 and lines and lines[-1]:
            lines.append("")
            if marked is not None:
                marked.append("")
        places += [len(lines)] * (len(self._layout.pieces) - len(places))
        for low, high, named in found:
            whole = high - low == len(with_marks) - start  # then the mark of Markdown goes, too
            first, last = 0 if whole else start + low, start + high
            if isinstance(named, int):
                self._boxed.append(Boxed(len(lines), first, last, named))
            else:
                self._layout.chrome.append(Part(len(lines), first, last, named))
        lines.append(line)
        if marked is not None:
            marked.append(with_marks)
        self._gap = 0


def _around(label: Label | None) -> Label | None:
    """Return what a label says of the space around an element: the space is in the boxes in which the element is."""
    return Label(None, label.hits) if label and label.hits else None


def _is_hidden(attributes: Mapping[str, str]) -> bool:
    hidden = "hidden" in attributes or "display:none" in "".join(attributes.get("style", "").split()).lower()
    return hidden and not _STREAMED.fullmatch(attributes.get("id", ""))


def _is_folded(attributes: Mapping[str, str]) -> bool:
    """Whether readers can unfold this hidden element."""
    named = f"{attributes.get('class', '')} {attributes.get('id', '')}"
    if attributes.get("role") in _POPPING or _WINDOW.search(named):
        return False
    return "aria-labelledby" in attributes or any(map(_FOLD.search, attributes.values()))
