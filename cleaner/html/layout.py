"""A page's tree to the lines of its text, as blocks, table rows and breaks make them, and where they come from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from cleaner.html.markdown import Markdown

# What elements around a piece of text say of it; sets of them are whole numbers.
CONTEXTS = (
    *("nav", "header", "footer", "aside", "form", "article", "main", "section", "table", "cell", "list", "item"),
    *("definitions", "figure", "quote", "preformatted", "heading1", "heading2", "heading3", "heading", "paragraph"),
    *("control", "address", "details", "link", "bold", "italic", "code", "body", "time", "folded"),
)
BIT = {name: 1 << number for number, name in enumerate(CONTEXTS)}

# How the text of an element is set off: not shown, run in, on lines of its own, by blank lines as well, in a row.
SKIP, INLINE, LINE, PARAGRAPH, CELL, BOX, BREAK = range(-1, 6)

_TAGS: dict[str, tuple[int, int]] = {
    **dict.fromkeys(("head", "script", "style", "noscript", "template", "iframe", "object"), (SKIP, 0)),
    **dict.fromkeys(("svg", "math", "select", "textarea", "option", "datalist", "title"), (SKIP, 0)),
    **dict.fromkeys(("audio", "video", "canvas", "noembed", "noframes"), (SKIP, 0)),  # for browsers that have not
    **dict.fromkeys(("hr", "fieldset", "dialog", "hgroup"), (PARAGRAPH, 0)),
    **dict.fromkeys(("div", "center", "legend", "body", "thead", "tbody", "tfoot"), (LINE, 0)),
    **{name: (PARAGRAPH, BIT[name]) for name in ("nav", "header", "footer", "aside", "form", "article", "main")},
    **{name: (PARAGRAPH, BIT[name]) for name in ("section", "table", "figure", "address", "details")},
    **dict.fromkeys(("ul", "ol", "menu"), (PARAGRAPH, BIT["list"])),
    **{f"h{number}": (PARAGRAPH, BIT[f"heading{number}"]) for number in (1, 2, 3)},
    **dict.fromkeys(("h4", "h5", "h6"), (PARAGRAPH, BIT["heading"])),
    "p": (PARAGRAPH, BIT["paragraph"]),
    "blockquote": (PARAGRAPH, BIT["quote"]),
    "pre": (PARAGRAPH, BIT["preformatted"]),
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
_CELL = " | "  # stands between cells; a constant, to be told from text that reads the same
_SPACES = re.compile("[ \\t\\n\\r\\f]+")
# What is hidden until its reader unfolds it: tabs, accordions, answers. Windows and menus are not.
_FOLD = re.compile("accordion|collaps|tab[-_]*(?:panel|content|pane)|faq|answer|toggle|expand|panel", re.IGNORECASE)
_POPPING = ("dialog", "alertdialog", "alert", "menu", "listbox", "tooltip")  # roles
_WINDOW = re.compile("(?<![a-z])nav|menu|modal|dropdown", re.IGNORECASE)  # in classes and ids
_STREAMED = re.compile("S:[0-9a-f]+")  # ids of hidden elements that React moves to their places when they are there


class Layout(NamedTuple):
    """The text of a page: its lines, the pieces of text they are made of, and the elements those stand in.

    Elements and pieces are numbered from 0 in the order of the page; element 0 is the root.
    """

    lines: list[str]
    elements: list[tuple[int, int, int, int, int]]  # parent (of the root -1), contexts, attributes, look, first piece
    ends: list[int]  # of each element, the number of the piece behind its last one
    attributes: list[str]  # tag, class, id and role, without line breaks; elements with the same ones share a number,
    # and a look with the same tag and class
    pieces: list[tuple[int, int]]  # element, characters
    places: list[int]  # of each piece, its 0-based line


def lay_out(tree: Any, *, markdown: bool = False) -> Layout:
    """Return the text of a page; what is there for browsers without scripts counts where there is nothing else."""
    from cleaner.html.markdown import Markdown

    layout = _Writer(_TAGS, Markdown() if markdown else None).write(tree)
    if not layout.lines and tree.find(".//noscript") is not None:
        layout = _Writer({**_TAGS, "noscript": (LINE, 0)}, Markdown() if markdown else None).write(tree)
    return layout


class _Writer:
    """Writes a page line by line, with one blank line between paragraphs."""

    def __init__(self, tags: Mapping[str, tuple[int, int]], markdown: Markdown | None) -> None:
        self._tags = tags
        self._markdown = markdown
        self._layout = Layout([], [], [], [], [], [])
        self._texts: list[str] = []  # of the line that is being written
        self._contexts: list[int] = []  # of those
        self._visible = False  # whether they are more than white space
        self._gap = 0  # line breaks due before the next line

    def write(self, tree: Any) -> Layout:
        """Return the layout of a tree."""
        from lxml import etree

        elements, ends, pieces = self._layout.elements, self._layout.ends, self._layout.pieces
        names: dict[str, int] = {}
        looks: dict[str, int] = {}
        walker = etree.iterwalk(tree, events=("start", "end"))
        path = [(-1, SKIP, 0)]  # the elements that are open, how each is set off, and its contexts
        for event, element in walker:
            if event == "start":
                tag = element.tag
                kind, context = self._tags.get(tag, _INLINE)
                attributes = dict(element.items()) if kind != SKIP else {}  # one by one, `{}` as a name is an error
                closed = tag == "dialog" and "open" not in attributes
                if kind == SKIP or closed or (attributes and _is_hidden(attributes) and not _is_folded(attributes)):
                    walker.skip_subtree()
                    path.append((-1, SKIP, 0))
                    continue
                parent, _, around = path[-1]
                if kind != INLINE:
                    self._open(kind, parent, around)
                if self._markdown:
                    self._markdown.open(tag, attributes)
                look = name = tag
                if attributes:
                    context |= _said(attributes)
                    look = f"{tag} {attributes.get('class', '')}"
                    name = f"{look} {attributes.get('id', '')} {attributes.get('role', '')}"
                context |= around
                number = len(elements)
                path.append((number, kind, context))
                name_number, look_number = names.setdefault(name, len(names)), looks.setdefault(look, len(looks))
                elements.append((parent, context, name_number, look_number, len(pieces)))
                ends.append(0)
                if element.text:
                    self._write(element.text, number, context)
            else:
                number, kind, context = path.pop()
                if kind != SKIP:
                    ends[number] = len(pieces)
                    if kind != INLINE:
                        self._close(kind, context)
                    if self._markdown:
                        self._markdown.close(element.tag)
                parent, _, around = path[-1]
                if element.tail and parent >= 0:
                    self._write(element.tail, parent, around)
        self._break(0, 0)
        self._layout.attributes.extend(name.replace("\n", " ") for name in names)
        return self._layout

    def _open(self, kind: int, parent: int, around: int) -> None:
        if kind == CELL:
            if self._visible:
                self._add(_CELL, around)
        elif kind == BOX:
            self._add(" ", around)
        elif kind != BREAK:
            self._break(kind, around)

    def _close(self, kind: int, context: int) -> None:
        if kind == BOX:
            self._add(" ", context)
        elif kind != CELL:
            self._break(LINE if kind == BREAK else kind, context)

    def _write(self, text: str, owner: int, context: int) -> None:
        if context & _PRE:
            text, *others = text.replace("\r", "").split("\n")
        self._write_piece(text, owner, context)
        if context & _PRE:
            for line in others:
                self._end_line("".join(self._texts).rstrip(), keep=True)
                self._write_piece(line, owner, context)

    def _write_piece(self, text: str, owner: int, context: int) -> None:
        self._add(text, context)
        if text and not text.isspace():
            self._layout.pieces.append((owner, len(text)))
            self._visible = True

    def _add(self, text: str, context: int) -> None:
        self._texts.append(text)
        self._contexts.append(context)

    def _break(self, size: int, context: int) -> None:
        """End the line, for `size` line breaks; `context` is that of its end."""
        texts = self._texts
        if texts:
            preformatted = context & _PRE
            while texts and (texts[-1] is _CELL or (not preformatted and not texts[-1].strip())):
                texts.pop()
            del self._contexts[len(texts) :]
            line = "".join(texts)
            self._end_line(line.rstrip() if preformatted else collapse(line), keep=False)
        self._gap = max(self._gap, size)

    def _end_line(self, line: str, *, keep: bool) -> None:
        lines, places = self._layout.lines, self._layout.places
        blank = not line or line.isspace()
        if self._markdown and not blank:
            line = self._markdown.line(line, self._texts, self._contexts)
        self._texts, self._contexts, self._visible = [], [], False
        if blank and not (keep and lines and not self._gap):
            return
        if self._gap > 1 and lines and lines[-1]:
            lines.append("")
        places += [len(lines)] * (len(self._layout.pieces) - len(places))
        lines.append(line)
        self._gap = 0


def collapse(text: str) -> str:
    """Return a text with its white space as a browser shows it."""
    return _SPACES.sub(" ", text).strip(" ")


def _said(attributes: Mapping[str, str]) -> int:
    """Return the contexts that an element's attributes make."""
    result = _ROLES.get(attributes["role"], 0) if "role" in attributes else 0
    if attributes.get("itemprop") == "articleBody":
        result |= _BODY
    if _is_hidden(attributes):
        result |= _FOLDED
    return result


def _is_hidden(attributes: Mapping[str, str]) -> bool:
    if "hidden" in attributes and not _STREAMED.fullmatch(attributes.get("id", "")):
        return True
    style = attributes.get("style")
    return style is not None and "display:none" in "".join(style.split()).lower()


def _is_folded(attributes: Mapping[str, str]) -> bool:
    """Whether a hidden element is one that readers unfold."""
    named = f"{attributes.get('class', '')} {attributes.get('id', '')}"
    if attributes.get("role") in _POPPING or _WINDOW.search(named):
        return False
    return "aria-labelledby" in attributes or any(map(_FOLD.search, attributes.values()))
