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
from cleaner.html.chrome import MAY_BE_CHROME, Part, ends_of, mark_of, parts
from cleaner.html.contexts import BETWEEN_CELLS, BIT, SPACE, collapse
from cleaner.html.formulas import FORMULA
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
    chrome: list[Part]  # the parts of lines that the markup names as chrome, in order
    hits: Sequence[Hit] = ()  # the elements that selectors name
    boxes: Sequence[Boxed] = ()  # the parts of lines that stand in these elements


class Picture(NamedTuple):
    """An `img` of a page: the element around it and its attributes, and where in the text it stands.

    `line` is the 0-based line and `offset` the characters before it in that line; an `offset` of -1 says that the
    picture stands between lines, before `line`.
    """

    line: int
    offset: int
    around: int
    attributes: Mapping[str, str]


class Origins(NamedTuple):
    """What a layout leaves out and a rendering with marks needs: the elements themselves, places of pieces, pictures.

    `elements` has the element of each number, `spans` the start and the end of each piece in its line (characters,
    end excluded; the space before a word belongs to it). Pictures are in the order of the page.
    """

    elements: list[Any]
    spans: list[tuple[int, int]]
    pictures: list[Picture]


def is_block(tag: str) -> bool:
    """Whether an element is set on lines of its own."""
    return LINE <= _TAGS.get(tag, _INLINE)[0] <= PARAGRAPH


def lay_out(tree: Any, origins: Origins | None = None, *, selectors: Sequence[SelectorTables] = ()) -> Layout:
    """Lay out a page, and find the elements on it that `selectors` name.

    Where the text of the page is from is written down in `origins`, if there are any.
    """
    return _Writer(origins, Boxes(selectors) if selectors else None).write(tree)


class _Writer:
    """Writes a page line by line, with one blank line between paragraphs."""

    def __init__(self, origins: Origins | None, boxes: Boxes | None) -> None:
        self._origins = origins
        self._boxes = boxes
        self._boxed: list[Boxed] = []
        self._layout = Layout([], [], [], [], [], [], [])
        self._texts: list[str] = []  # the texts of the line that is being written
        self._pieces: list[int] = []  # the numbers of those of these texts that are pieces; only with origins
        # Pictures: before which of these texts, in which element, and their attributes; only with origins.
        self._pictures: list[tuple[int, int, Mapping[str, str]]] = []
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
        texts, origins, labels = self._texts, self._origins, self._labels
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
                text = element.tail
            number, _, context, label, _ = path[-1]
            if not text or number < 0:
                continue
            if context & _PRE or origins:
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
        unseen = len(pieces) - len(places)  # pieces that are not shown, such as a lone soft hyphen
        places += [len(lines) - 1] * unseen
        attributes += (" ".join(name).replace("\n", " ") for name in self._names)
        return self._layout._replace(hits=self._boxes.hits, boxes=self._boxed) if self._boxes else self._layout

    def _enter(self, element: Any, own: dict[str, str], parent: _Open, kind: int, context: int) -> _Open:
        """Add an element to the layout and return what the path holds of it.

        `own` are its attributes, `parent` is what the path holds of the element around it, `context` is what its tag
        says.
        """
        around, _, contexts, label, waiting = parent
        context |= contexts
        tag, layout = element.tag, self._layout
        if self._origins:
            self._origins.elements.append(element)
            own.pop(FORMULA, None)  # the page has no such attribute
            if tag == "img":
                self._pictures.append((len(self._texts), around, own))
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
            self._add(" ", label=_around(parent[3]))
        elif kind == CELL and len(self._layout.pieces) > self._first:
            self._add(BETWEEN_CELLS, label=_around(parent[3]))

    def _close(self, kind: int, context: int, around: Label | None) -> None:
        if kind == BREAK:
            self._break(LINE, context)
        elif kind == BOX:
            self._add(" ", label=_around(around))

    def _write(self, text: str, owner: int, context: int, label: Label | None) -> None:
        first, *others = text.replace("\r", "").split("\n") if context & _PRE else (text,)
        self._add(first, owner, label)
        for line in others:
            self._end_line("".join(self._texts).rstrip(), preformatted=True, keep=True)
            self._add(line, owner, label)

    def _add(self, text: str, owner: int = -1, label: Label | None = None) -> None:
        if label:
            self._labels[len(self._texts)] = label
        if owner >= 0 and text and not text.isspace():
            self._layout.pieces.append((owner, len(text)))
            if self._origins:
                self._pieces.append(len(self._texts))
        self._texts.append(text)

    def _break(self, size: int, context: int) -> None:
        """End the line with at least `size` line breaks; `context` is the context at its end."""
        texts = self._texts
        if texts:
            preformatted = bool(context & _PRE)
            while texts and (texts[-1] is BETWEEN_CELLS or (not preformatted and not texts[-1].strip())):
                texts.pop()
            line = "".join(texts)
            self._end_line(line.rstrip() if preformatted else collapse(line), preformatted=preformatted, keep=False)
        elif self._pictures and self._origins:
            self._note_origins(self._origins, (), 0, alone=True)
        self._gap = max(self._gap, size)

    def _end_line(self, line: str, *, preformatted: bool, keep: bool) -> None:
        lines, places = self._layout.lines, self._layout.places
        blank = not line or line.isspace()
        texts, labels = self._texts, self._labels
        found = list(parts(line, texts, labels, preformatted=preformatted)) if labels and not blank else ()
        ends = ends_of(texts, preformatted=preformatted) if self._origins else []
        texts.clear()
        labels.clear()
        self._first = len(self._layout.pieces)
        shown = not blank or (keep and bool(lines) and not self._gap)
        if shown and self._gap > 1 and lines and lines[-1]:
            lines.append("")
        if self._origins:
            self._note_origins(self._origins, ends, len(line) if shown else 0, alone=blank)
        if not shown:
            return
        places += [len(lines)] * (len(self._layout.pieces) - len(places))
        for low, high, named in found:
            if isinstance(named, int):
                self._boxed.append(Boxed(len(lines), low, high, named))
            else:
                self._layout.chrome.append(Part(len(lines), low, high, named))
        lines.append(line)
        self._gap = 0

    def _note_origins(self, origins: Origins, ends: Sequence[int], length: int, *, alone: bool) -> None:
        """Note where the pieces and the pictures of a line of some length are; `ends` are the ends of its texts.

        With `alone`, pictures are all that there is of the line.
        """
        starts = [0, *ends]
        for number in self._pieces:
            origins.spans.append((min(starts[number], length), min(ends[number], length)))
        self._pieces.clear()
        for number, around, attributes in self._pictures:
            offset = -1 if alone else min(starts[min(number, len(ends))], length)
            origins.pictures.append(Picture(len(self._layout.lines), offset, around, attributes))
        self._pictures.clear()


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
