"""HTML to the lines of the page, and which of them trafilatura takes for content.

The only module that knows trafilatura and lxml. trafilatura's verdict is kept line by line, so that what
it leaves out is in the record like any other removal; its duplicate test, which remembers earlier
documents, is never used.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from cleaner.align import RUN, claim
from cleaner.errors import DocumentError
from cleaner.rules.engine import Mark

LEFT_OUT = Mark("trafilatura", "boilerplate", "likely")

CELLS = 1000  # of a row, above which trafilatura is not asked

_SKIPPED = frozenset(
    ("head", "script", "style", "noscript", "template", "iframe", "object", "svg", "math", "select", "textarea")
)
_PARAGRAPHS = frozenset(
    (
        *("p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "ul", "ol", "dl", "table", "figure", "hr"),
        *("article", "section", "main", "header", "footer", "nav", "aside", "form", "fieldset", "address", "details"),
        *("menu", "dialog", "hgroup"),
    )
)
_LINES = frozenset(
    (
        *("div", "center", "li", "dt", "dd", "tr", "caption", "figcaption", "legend", "summary", "body"),
        *("thead", "tbody", "tfoot"),
    )
)
_CELLS = frozenset(("td", "th"))
_CONTROLS = frozenset(("button", "label"))  # shown as boxes of their own

_WORD = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0eff]|[^\\W_]+")
_CELL = " | "  # stands between cells; a constant, to be told from text that reads the same
_TAG = re.compile("<[A-Za-z/!?]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_SPACES = re.compile("[ \\t\\n\\r\\f]+")


class Page(NamedTuple):
    """The lines of a page's text, and for each whether it is content; None where nobody could say."""

    lines: list[str]
    kept: list[bool] | None


NO_TEXT = Page([""], [True])


def read(markup: str, *, main_content: bool) -> Page:
    """Return the page that `markup` describes; with `main_content`, ask trafilatura what of it is content.

    Raises `DocumentError` where there is no HTML in `markup`, or more than the parser can read.
    """
    if not markup.strip("\ufeff \t\n\r\f"):
        return NO_TEXT
    if not _TAG.search(markup):  # its lines would be run together
        raise DocumentError("has no HTML tag; rename it to *.txt if it is plain text")
    tree = _parse(markup)
    lines = _lines(tree)
    if not lines:
        return NO_TEXT
    extract = _extract(tree) if main_content and not _is_wide(tree) else None
    kept = _align(lines, extract) if extract else []
    return Page(lines, kept if any(kept) else None)


def _parse(markup: str) -> Any:
    """Parse a page as trafilatura does, but eight times as deep, and never stop in the middle without a word."""
    from lxml.etree import ErrorTypes, LxmlError
    from lxml.html import HTMLParser, document_fromstring
    from trafilatura.utils import repair_faulty_html

    markup = _SURROGATES.sub("\ufffd", markup)  # at a lone surrogate the parser would take the page for empty
    beginning = markup[:50].lower()
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, huge_tree=True)
    try:
        tree = document_fromstring(repair_faulty_html(markup, beginning).encode(), parser=parser)
    except LxmlError:
        tree = None
    if tree is None:
        raise DocumentError("has no HTML that can be parsed; rename it to *.txt if it is plain text")
    if parser.error_log.filter_types(ErrorTypes.ERR_RESOURCE_LIMIT):
        raise DocumentError("is nested too deeply for the HTML parser (2,048 elements); leave it out")
    return tree


def _is_wide(tree: Any) -> bool:
    """Whether a row of a table has so many cells that trafilatura, which is quadratic in them, takes too long."""
    return any(len(row) > CELLS for row in tree.iter("tr"))


def _extract(tree: Any) -> str | None:
    """Return the main content of a page as trafilatura sees it, or None when it finds none or fails."""
    import trafilatura

    try:
        text: str | None = trafilatura.extract(tree, include_comments=True, deduplicate=False)
    except Exception:  # trafilatura on hostile HTML: any exception means that it has no verdict
        return None
    return text if text and text.strip() else None


class _Layout:
    """Collects text and breaks into lines, with one blank line between paragraphs."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._pieces: list[str] = []
        self._gap = 0  # line breaks due before the next line

    def write(self, text: str | None) -> None:
        if text:
            self._pieces.append(text)

    def write_preformatted(self, text: str | None) -> None:
        first, *others = (text or "").replace("\r", "").split("\n")
        self.write(first)
        for line in others:
            self._end_line("".join(self._pieces).rstrip(), keep=True)
            self.write(line)

    def cell(self) -> None:
        if any(map(str.strip, self._pieces)):
            self._pieces.append(_CELL)

    def break_line(self, size: int, *, preformatted: bool = False) -> None:
        while self._pieces and (self._pieces[-1] is _CELL or (not preformatted and not self._pieces[-1].strip())):
            self._pieces.pop()
        text = "".join(self._pieces)
        self._end_line(text.rstrip() if preformatted else _SPACES.sub(" ", text).strip(" "), keep=False)
        self._gap = max(self._gap, size)

    def _end_line(self, line: str, *, keep: bool) -> None:
        self._pieces = []
        if not line.strip() and not (keep and self.lines and not self._gap):
            return
        if self._gap > 1 and self.lines and self.lines[-1]:
            self.lines.append("")
        self.lines.append(line)
        self._gap = 0


def _lines(tree: Any) -> list[str]:
    """Return the lines of the page's text: one a block, a table row or a line break makes."""
    from lxml import etree

    layout = _Layout()
    inside_pre = 0
    walker = etree.iterwalk(tree, events=("start", "end", "comment", "pi"))
    for event, element in walker:
        tag = element.tag if isinstance(element.tag, str) else ""
        write = layout.write_preformatted if inside_pre else layout.write
        if event == "start":
            if tag in _SKIPPED or _is_hidden(element):
                walker.skip_subtree()
                continue
            if tag in _CELLS:
                layout.cell()
            elif tag in _PARAGRAPHS or tag in _LINES:
                layout.break_line(2 if tag in _PARAGRAPHS else 1, preformatted=bool(inside_pre))
            elif tag in _CONTROLS:
                write(" ")
            inside_pre += tag == "pre"
            (layout.write_preformatted if inside_pre else layout.write)(element.text)
        elif event == "end":
            hidden = tag in _SKIPPED or _is_hidden(element)
            if tag == "br":
                layout.break_line(1, preformatted=bool(inside_pre))
            elif not hidden and (tag in _PARAGRAPHS or tag in _LINES):
                layout.break_line(2 if tag in _PARAGRAPHS else 1, preformatted=bool(inside_pre))
            elif tag in _CONTROLS:
                write(" ")
            inside_pre -= tag == "pre" and not hidden
            (layout.write_preformatted if inside_pre else layout.write)(element.tail)
        else:
            write(element.tail)
    layout.break_line(0)
    return layout.lines


def _is_hidden(element: Any) -> bool:
    style = element.get("style") or ""
    return element.get("hidden") is not None or "display:none" in style.replace(" ", "").lower()


def _align(lines: list[str], extract: str) -> list[bool]:
    """Return for each line whether trafilatura kept it, given the text of its extract.

    The extract holds words of the page in the page's order, but joins, splits and trims lines its own way.
    So each line claims words of the extract that no other line has claimed: long lines first, wherever
    three of their words stand; then short lines, where the words between their neighbours are still free.
    """
    words = [_WORD.findall(line.casefold()) for line in lines]
    wanted = _WORD.findall(extract.casefold())
    free = [True] * len(wanted)
    places: dict[tuple[str, ...], deque[int]] = defaultdict(deque)
    for i in range(len(wanted) - RUN + 1):
        places[tuple(wanted[i : i + RUN])].append(i)
    kept = [False] * len(lines)
    ends: dict[int, tuple[int, int]] = {}  # where the words of a line were found in the extract
    for number in sorted(range(len(lines)), key=lambda i: -len(words[i])):
        line = words[number]
        if len(line) < RUN:  # a shorter one is looked for only beside lines that were found
            break
        found = claim(line, wanted, free, lambda run: _first_free(places.get(run), free))
        if found:
            kept[number] = True
            ends[number] = (found[0][0], found[-1][1])
    for number in _short_neighbours(words, ends, wanted):
        kept[number] = True
    return _with_wordless(words, kept)


def _with_wordless(words: list[list[str]], kept: list[bool]) -> list[bool]:
    """Give lines without words (`* * *`, `}`) the verdict of the nearest line with words below, or else above."""
    result = list(kept)
    for i in range(len(kept) - 2, -1, -1):
        if not words[i]:
            result[i] = result[i + 1]
    for i in range(max((i + 1 for i, line in enumerate(words) if line), default=1), len(kept)):
        result[i] = result[i - 1]
    return result


def _short_neighbours(words: list[list[str]], ends: dict[int, tuple[int, int]], wanted: list[str]) -> Iterator[int]:
    """Yield the short lines whose words stand in the extract right before or behind those of a line found there.

    Looked for from the line below first: a heading goes with what it heads, not with the menu above it.
    """
    anchors = [(-1, (0, 0)), *sorted(ends.items()), (len(words), (len(wanted), len(wanted)))]
    for (above, (_, low)), (below, (high, _)) in pairwise(anchors):
        for number in range(below - 1, above, -1):
            line = words[number]
            if low < high and line and wanted[max(low, high - len(line)) : high] == line:
                high -= len(line)
                yield number
        for number in range(above + 1, below):
            line = words[number]
            if low < high and line and wanted[low : min(high, low + len(line))] == line:
                low += len(line)
                yield number


def _first_free(places: deque[int] | None, free: list[bool]) -> int:
    """Return the first place whose words are free, or -1; places that are taken are forgotten."""
    while places:
        start = places[0]
        if all(free[start : start + RUN]):
            return start
        places.popleft()
    return -1
