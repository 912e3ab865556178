"""Lists in documents: every list of tests/data/lists at the end of an article, in the middle of it, and amid chrome.

A list is 20 lines of one kind, in a file `KIND.txt`, or `KIND.LANGUAGE.txt` if it is not English. All lists stand in
their documents in the same ways, so that the ways can be compared.
"""

from __future__ import annotations

import re
from pathlib import Path

from tests.around import LAYOUTS, Around, Document, around, as_page, as_text, element
from tests.support import DATA

LISTS = sorted((DATA / "lists").glob("*.txt"))
LENGTH = 20  # lines of a list
# Of a list. `page` is at the end of the article, with a menu above and the rest of a page below.
PLACES = ("end", "middle", "page")
MARKUPS = ("ul", "table", "br")  # of the list, in HTML
WAYS = tuple(f"{place} {form}" for place in PLACES for form in (*LAYOUTS, *MARKUPS))
PAIRS = ("infobox", "questions-and-answers")  # kinds whose lines go together in twos; a table has them in one row
CELLS = re.compile(r" – |: | \.{3,} |…+| {2,}| (?=[£₹\d])")  # what stands between two cells of a table


def documents(path: Path) -> list[Document]:
    """Return the documents with the list of a file in them, one for each of `WAYS`."""
    kind, _, language = path.stem.partition(".")
    entries = path.read_text("utf-8").splitlines()
    frame = around(language or "en")
    rows: list[tuple[str, ...]] = [_cells(entry) for entry in entries]
    if kind in PAIRS:
        rows = list(zip(entries[::2], entries[1::2], strict=True))
    found = []
    for place in PLACES:
        found += [_text(place, layout, entries, frame) for layout in LAYOUTS]
        found += [_page(place, markup, entries, rows, frame) for markup in MARKUPS]
    return found


def _cells(entry: str) -> tuple[str, ...]:
    return tuple(cell for cell in map(str.strip, CELLS.split(entry)) if cell)


def _article(place: str, frame: Around) -> tuple[list[str], list[str]]:
    """Return the lines of the article before the list and after it; the last line before it is its heading."""
    split = 2 if place == "middle" else len(frame.paragraphs)
    return [frame.headline, *frame.paragraphs[:split], frame.subhead], frame.paragraphs[split:]


def _chrome(place: str, frame: Around) -> tuple[list[str], list[str]]:
    """Return the lines above the article and below it."""
    return (frame.menu, frame.below) if place == "page" else ([], [])


def _text(place: str, layout: str, entries: list[str], frame: Around) -> Document:
    before, after = _article(place, frame)
    above, below = _chrome(place, frame)
    blocks = [above, *([line] for line in before), entries, *([line] for line in after), below]
    return Document(f"{place} {layout}", as_text(blocks, layout), False, entries, before + after, above + below)


def _page(place: str, markup: str, entries: list[str], rows: list[tuple[str, ...]], frame: Around) -> Document:
    before, after = _article(place, frame)
    above, below = _chrome(place, frame)
    headline, *paragraphs, subhead = before
    if markup == "ul":
        the_list = f"<ul>{''.join(element('li', entry) for entry in entries)}</ul>"
    elif markup == "table":
        cells = ("".join(element("td", cell) for cell in row) for row in rows)
        the_list = f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"
        entries = [" | ".join(row) for row in rows]
    else:
        the_list = element("p", *entries)
    article = [
        element("h1", headline),
        *(element("p", line) for line in paragraphs),
        element("h2", subhead),
        the_list,
        *(element("p", line) for line in after),
    ]
    source = as_page(headline, article, frame if place == "page" else None)
    return Document(f"{place} {markup}", source, True, entries, before + after, above + below)
