"""Measure pages as Markdown beside other converters: how much of the structure of a page its Markdown gives back.

    python -m tests.measure_rendering PAGES.jsonl.xz... [--pages N] [--level LEVEL]

What a converter gives is read by markdown-it-py and compared with the page itself: headings with their levels, items
of lists with their depth, links with their addresses, blocks of code, and cells of tables that have a head or a
caption. Counted is what stands in the text that the cleaner keeps as a whole, and which share of it each converter
gives back, as what it is and with the same words. trafilatura chooses itself what it keeps of a page; what it leaves
out counts as not given back. The last lines say whether Markdown changes what is kept. Needs the extra `fit`.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import click

from cleaner import Cleaned, Cleaner, CleanerError
from cleaner.html.layout import Layout, Origins, lay_out
from cleaner.html.noscript import unfold
from cleaner.html.parse import parse
from cleaner.judge.fit.render import records
from cleaner.marks import CONFIDENCES, Level
from cleaner.workbench.score import score, total
from tests import markdown_it
from tests.measure_html import evenly

KINDS = ("heading", "item", "link", "code", "cell")
LISTS = ("ul", "ol", "menu")
Structure = Counter[tuple[str, ...]]  # what there is of each kind: the kind, what else it is, and its words
ADDRESS = re.compile(r"https?:|/|[\w.-]+(?:/|$)")  # links that lead somewhere else


def words(text: str) -> str:
    """Return the letters and digits of a text, by which two spellings of it are compared."""
    return "".join(re.findall(r"[^\W_]", text))


class PageStructure:
    """The structure of a page, of what `cleaned` keeps of it."""

    def __init__(self, layout: Layout, origins: Origins, cleaned: Cleaned) -> None:
        self._layout, self._origins = layout, origins
        starts = [0]
        for text in layout.lines:
            starts.append(starts[-1] + len(text) + 1)
        gone = bytearray(starts[-1])
        for edit in cleaned.edits:
            if not edit.replacement:
                gone[edit.start : edit.end] = b"\1" * (edit.end - edit.start)
        self._texts: list[str] = []
        self._kept: list[bool] = []
        for (start, end), line in zip(origins.spans, layout.places, strict=True):
            self._texts.append(layout.lines[line][start:end] if layout.lines else "")
            self._kept.append(not any(gone[starts[line] + start : starts[line] + end]))
        self._list_of = [-1] * len(layout.elements)
        for number, (around, *_) in enumerate(layout.elements):
            inherited = self._list_of[around] if around >= 0 else -1
            self._list_of[number] = number if origins.elements[number].tag in LISTS else inherited

    def _text(self, number: int, *, own: bool = False) -> str:
        """Return the words of an element, "" if they are not kept; `own`: without those of lists in it."""
        pieces = list(range(self._layout.elements[number][4], self._layout.ends[number]))
        if own:
            pieces = [i for i in pieces if self._list_of[self._layout.pieces[i][0]] == self._list_of[number]]
        return words(" ".join(self._texts[i] for i in pieces)) if all(self._kept[i] for i in pieces) else ""

    def items(self) -> Iterator[tuple[str, ...]]:
        """Yield what there is on the page."""
        for number, element in enumerate(self._origins.elements):
            tag = element.tag
            inside = [each.tag for each in element.iterancestors()]
            if "pre" in inside or ("table" in inside and tag not in ("td", "th", "a")):
                continue
            if re.fullmatch("h[1-6]", tag):
                yield "heading", tag, self._text(number)
            elif tag == "li":
                yield "item", str(sum(each in LISTS for each in inside)), self._text(number, own=True)
            elif tag == "a" and ADDRESS.match(element.get("href") or "") and "table" not in inside:
                yield "link", words(unquote(element.get("href"))), self._text(number)
            elif tag == "pre":
                yield "code", self._text(number)
            elif tag in ("td", "th") and is_data(next(element.iterancestors("table"), None)):
                yield "cell", self._text(number)

    def structure(self) -> Structure:
        return counted_items(self.items())


def counted_items(items: Iterable[tuple[str, ...]]) -> Structure:
    """Count items with words; all links to one address are one, because in Markdown no link is around two blocks."""
    structure: Structure = Counter()
    links: dict[str, str] = {}
    for kind, *more, text in items:
        if kind == "link":
            links[more[0]] = links.get(more[0], "") + text
        elif text:
            structure[kind, *more, text] += 1
    structure.update(("link", address, text) for address, text in links.items() if text)
    return structure


@cache
def is_data(table: Any) -> bool:
    """Whether a table says that it is one of data: it has a head or a caption, two rows and two columns."""
    if table is None or next((each for each in table.iter("table") if each is not table), None) is not None:
        return False
    rows = [len(row.findall("td")) + len(row.findall("th")) for row in table.iter("tr")]
    return next(table.iter("th", "caption"), None) is not None and sum(width > 1 for width in rows) > 1


def structure_of_markdown(text: str) -> Structure:
    """Return the structure of Markdown."""
    return counted_items(items_of_markdown(text))


def items_of_markdown(text: str) -> Iterator[tuple[str, ...]]:
    """Yield what there is in Markdown."""
    depth, heading = 0, ""
    items: list[list[str]] = []
    links: list[tuple[str, list[str]]] = []
    cell = False
    for token in markdown_it.PARSER.parse(text):
        kind = token.type
        if kind in ("bullet_list_open", "ordered_list_open", "bullet_list_close", "ordered_list_close"):
            depth += token.nesting
        elif kind == "list_item_open":
            items.append([])
        elif kind == "list_item_close":
            yield "item", str(depth), words("".join(items.pop()))
        elif kind in ("heading_open", "td_open", "th_open"):
            heading, cell = token.tag if kind == "heading_open" else "", kind != "heading_open"
        elif kind in ("fence", "code_block"):
            yield "code", words(token.content)
        if kind != "inline":
            if items:
                items[-1].append(token.content)
            continue
        shown = markdown_it.shown(token.children or ())
        if items:
            items[-1].append(shown)
        if heading:
            yield "heading", heading, words(shown)
        elif cell:
            yield "cell", words(shown)
        heading, cell = "", False
        for child in token.children or ():
            if child.type == "link_open":
                links.append((str(child.attrs["href"]), []))
            elif child.type == "link_close":
                address, texts = links.pop()
                yield "link", words(unquote(address)), words("".join(texts))
            else:
                for _, texts in links:
                    texts.append(markdown_it.shown([child]))


def trafilatura(html: str) -> str:
    extract = import_module("trafilatura").extract
    return extract(html, output_format="markdown", include_links=True, include_tables=True) or ""


def html2text(html: str) -> str:
    converter = import_module("html2text").HTML2Text()
    converter.body_width = 0
    return str(converter.handle(html))


def markdownify(html: str) -> str:
    return str(import_module("markdownify").markdownify(html, heading_style="ATX"))


OTHERS: dict[str, Callable[[str], str]] = {
    "trafilatura": trafilatura,
    "html2text": html2text,
    "markdownify": markdownify,
}


def origins_of(html: str) -> tuple[Layout, Origins]:
    """Return the layout of a page with where its text is from."""
    tree = parse(html)
    origins = Origins([], [], [])
    layout = lay_out(tree, origins)
    if unfold(tree, layout.lines):
        origins = Origins([], [], [])
        layout = lay_out(tree, origins)
    return layout, origins


def given_back(wanted: Structure, given: Structure) -> Counter[str]:
    """Count what of the wanted structure is given back, by kind."""
    found: Counter[str] = Counter()
    for item, number in (wanted & given).items():
        found[item[0]] += number
    return found


def counted(structure: Structure) -> Counter[str]:
    found: Counter[str] = Counter()
    for item, number in structure.items():
        found[item[0]] += number
    return found


def pages_of(files: Iterable[Path], count: int) -> list[dict[str, Any]]:
    every = [record for record in records(files) if record.get("html")]
    chosen = set(evenly([str(i) for i in range(len(every))], count))
    return [record for i, record in enumerate(every) if str(i) in chosen]


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--pages", default=300, help="How many pages, evenly chosen.")
@click.option("--level", type=click.Choice(list(CONFIDENCES)), default="safe")
def main(files: tuple[Path, ...], pages: int, level: Level) -> None:
    """Print the share of the structure of pages that converters give back, and what Markdown changes."""
    kept = ["encoding"]  # what is compared with the page is not repaired
    plain, marked = (Cleaner(level, keep_categories=kept, markdown=each) for each in (False, True))
    wanted: Counter[str] = Counter()
    given: dict[str, Counter[str]] = {name: Counter() for name in ("cleaner", *OTHERS)}
    scores: list[tuple[Any, Any]] = []
    cell_words = kept_words = again = count = 0
    seconds = [0.0, 0.0]
    for record in pages_of(files, pages):
        html = record["html"]
        try:
            began = time.process_time()
            text = plain.clean_html(html)
            middle = time.process_time()
            markdown = marked.clean_html(html)
            seconds = [seconds[0] + middle - began, seconds[1] + time.process_time() - middle]
        except CleanerError:
            continue
        count += 1
        structure = PageStructure(*origins_of(html), text).structure()
        wanted += counted(structure)
        seen = markdown_it.seen(markdown.text)
        given["cleaner"] += given_back(structure, structure_of_markdown(markdown.text))
        for name, convert in OTHERS.items():
            given[name] += given_back(structure, structure_of_markdown(convert(html)))
        everything = words(seen)
        for item, number in structure.items():
            if item[0] == "cell":
                cell_words += number * len(item[1])
                kept_words += number * len(item[1]) * (item[1] in everything)
        again += marked.clean_bytes(markdown.text.encode(), kind="markdown").text != markdown.text
        if record.get("gold"):
            one = score(text.original, record["gold"], text.text)
            scores.append((one, score(markdown_it.seen(markdown.original), record["gold"], seen)))
    print(f"{count} pages at {level}; of what is kept:", ", ".join(f"{wanted[kind]:,} {kind}s" for kind in KINDS))
    for name, found in given.items():
        print(f"{name:12}", "  ".join(f"{kind} {found[kind] / max(wanted[kind], 1):.3f}" for kind in KINDS))
    print(f"characters of cells that are kept: {kept_words / max(cell_words, 1):.4f} of {cell_words:,}")
    print(f"pages whose Markdown changes when it is cleaned again: {again}")
    print(f"processor time: {seconds[1] / seconds[0]:.2f} times that without Markdown")
    if scores:
        for name, which in (("text", 0), ("markdown", 1)):
            sums = total(pair[which] for pair in scores)
            print(f"{name:12} F1 {sums.f1:.4f}  lost {sums.lost:.4f}  removed {sums.removed:.4f}")


if __name__ == "__main__":
    main()
