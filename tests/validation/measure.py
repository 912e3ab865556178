"""Measures one page in all ways; its HTML is read once, and its text rendered once by each converter."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence, Set
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from lxml.etree import ParserError
from lxml.html import document_fromstring

from cleaner.document import split_lines
from cleaner.html import page as html_pages
from cleaner.judge.fit import render
from cleaner.judge.fit.labels import label
from cleaner.workbench.score import WordCounts, score, words_of
from tests import extractors, filters
from tests.measure import renderer
from tests.validation.comments import comments_of, stands, without_comments
from tests.validation.headlines import find_headline, has_headline
from tests.validation.held_out import HeldOut
from tests.validation.results import BINS, HTML, Alone, Bin, Lines, Page, Segments

LEVELS = ("rules", "safe", "main")
JUDGED = LEVELS[1:]
THRESHOLDS = {f"threshold {value}": value for value in (0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6)}
RULE, NOTHING, TRAFILATURA = "C4", "nothing", "trafilatura"
FILTERS = {"C4 in full": filters.c4, "FineWeb": filters.fineweb, "ten words": filters.ten_words}
WHOLE = "resiliparse"  # renders the whole text of a page, over which the words of a page as HTML are counted
PARTS = ("words", "segments", "headlines", "comments", "extract", "alone", "chances")
NEED_EXTRACT = {"comments", "extract"}
NO_EXTRACT = extractors.Extract("", "")

Way = Callable[[str, dict[str, Any]], str]  # takes a page as text or HTML, and its record


class Options(NamedTuple):
    """What is measured."""

    folds: Path
    inputs: Sequence[str] = (WHOLE, HTML)
    parts: Collection[str] = PARTS
    thresholds: bool = False  # texts also by the judge at other thresholds, and by other filters
    others: bool = False  # also other filters, and other extractors
    judged: bool = False  # nothing but the judge's levels, which is faster, and thus nothing that needs trafilatura


class Measurer:
    """Measures pages; it holds the cleaners of all folds."""

    def __init__(self, options: Options) -> None:
        self._inputs, self._judged = options.inputs, options.judged
        self._parts = set(options.parts) - (NEED_EXTRACT if options.judged else set())
        self._held = {level: HeldOut(options.folds, level) for level in (JUDGED if options.judged else LEVELS)}
        ours: dict[str, Way] = {level: held.clean for level, held in self._held.items()}
        if options.thresholds:
            ours |= {name: HeldOut(options.folds, "safe", value).clean for name, value in THRESHOLDS.items()}
        texts: dict[str, Callable[[str], str]] = {} if options.judged else {RULE: filters.sentences, NOTHING: str}
        if options.others or options.thresholds:
            texts |= FILTERS
        self._text_ways: dict[str, Way] = ours | {name: partial(_other, way) for name, way in texts.items()}
        self._html_ways: dict[str, Way] = {level: partial(_as_html, held) for level, held in self._held.items()}
        if options.others:
            rest = {name: way for name, way in extractors.EXTRACTORS.items() if name != TRAFILATURA}
            self._html_ways |= {name: partial(_other, way) for name, way in rest.items()}
        self._render = {name: renderer(name) for name in {WHOLE, *options.inputs} - {HTML}}

    def measure(self, data_set: str, record: dict[str, Any]) -> Page | None:
        """Return the results of a page; None if it has neither gold nor segments."""
        if "gold" not in record and not record["with"] and not record["without"]:
            return None
        page = Page(
            data_set, record["id"], record.get("lang") or record.get("page_type") or "", record.get("lang") or ""
        )
        page.kind = page.kind or language_of(record["html"])
        whole = self._render[WHOLE](record["html"])
        extract, failed = (NO_EXTRACT, False) if self._judged else _extract(record["html"])
        for source in self._inputs:
            text = whole if source in (WHOLE, HTML) else self._render[source](record["html"])
            one = _Input(page, record, source, text, extract, self._parts)
            given, ways = (record["html"], self._html_ways) if source == HTML else (text, self._text_ways)
            for name, way in ways.items():
                one.add(name, *_try(way, given, record))
            if not self._judged:
                one.add(TRAFILATURA, extract.whole, failed)
            if "chances" in self._parts and record.get("gold"):
                page.chances[source] = self._chances(source, text, record)
        if record.get("gold"):
            if "extract" in self._parts:
                page.extract = dict(self._extract(extract.whole, record))
            if "alone" in self._parts:
                page.alone = {level: self.alone(level, record["gold"], record) for level in self._held}
        return page

    def alone(self, level: str, text: str, record: dict[str, Any]) -> Alone:
        """Return what a level does to a text that is nothing but content."""
        clean = self._held[level].clean(text, record, with_url=False)
        return Alone(score(text, text, clean), clean == text)

    def _extract(self, extract: str, record: dict[str, Any]) -> Iterator[tuple[str, Lines]]:
        """Yield for each way what becomes of the lines that an extractor left."""
        lines = split_lines(extract)
        labels = label(lines, record["gold"])
        filled = {number for number, one in enumerate(labels) if one.words}
        content = {number for number in filled if stands(labels[number])}
        gone: dict[str, Set[int]] = {
            level: render.removed(held.cleaned(extract, record)) for level, held in self._held.items()
        }
        gone[RULE] = {number for number, line in enumerate(lines) if not filters.sentences(line)}
        for name, numbers in gone.items():
            rest = filled - content
            yield name, Lines(len(content), len(content & numbers), len(rest), len(rest & numbers))

    def _chances(self, source: str, text: str, record: dict[str, Any]) -> list[Bin]:
        """Return how much of the text that the judge gives each range of chances is content."""
        judge = self._held["main"].judge(record)
        if source == HTML:
            page = html_pages.read(record["html"], main_content=True)  # known already
            lines = page.lines
            (filled,) = judge.read([lines])
            scores, _ = judge.page_scores(filled, page)
        else:
            lines = split_lines(text)
            (filled,) = judge.read([lines])
            (scores,) = judge.scores([filled])
        words = np.zeros((BINS, 2), int)
        labels = label(lines, record["gold"])
        for line, chance in judge.chances(filled, scores).items():
            words[min(int(BINS * chance), BINS - 1)] += labels[line]
        return [Bin(*row) for row in words.tolist()]


class _Input:
    """One input of a page: the results of each way are added."""

    def __init__(
        self,
        page: Page,
        record: dict[str, Any],
        source: str,
        text: str,
        extract: extractors.Extract,
        parts: Collection[str],
    ) -> None:
        self._page, self._record, self._source = page, record, source
        self._gold = (record["gold"] or "") if "gold" in record and "words" in parts else None
        self._segments = "segments" in parts and bool(record["with"] or record["without"])
        self._headline = find_headline(record["html"], text) if "headlines" in parts else None
        self._comments = ""
        if extract.comments and self._gold is not None and "comments" in parts:
            self._comments = comments_of(extract.comments, self._gold)
        self._words, self._gold_words = count(text), count(self._gold or "")
        self._rest = count(self._without_comments(text)) if self._comments else self._words

    def add(self, name: str, clean: str, failed: bool) -> None:
        """Add what one way made of the page."""
        page, way = self._page, f"{self._source}/{name}"
        if failed:
            page.failed.append(way)
        if not clean.strip():
            page.empty.append(way)
        if self._gold is not None:
            page.scores[way] = WordCounts(self._words, self._gold_words, count(clean)).score()
            if self._comments:
                rest = count(self._without_comments(clean))
                page.no_comments[way] = WordCounts(self._rest, self._gold_words, rest).score()
        if self._segments:
            wanted, unwanted = self._record["with"], self._record["without"]
            there, extra = (sum(one in clean for one in segments) for segments in (wanted, unwanted))
            page.segments[way] = Segments(there, len(wanted) - there, extra)
        if self._headline:
            page.headline[way] = has_headline(clean, self._headline)

    def _without_comments(self, text: str) -> str:
        return without_comments(text, self._gold or "", self._comments)


def count(text: str) -> Counter[str]:
    """Count the words of a text."""
    return Counter(words_of(text))


def language_of(html: str) -> str:
    """Return the language that a page says it is in."""
    try:
        found = document_fromstring(html.encode()).get("lang") or ""
    except (ValueError, ParserError):
        found = ""
    return found[:2].lower() or "?"


def _as_html(held: HeldOut, html: str, record: dict[str, Any]) -> str:
    return held.clean_html(record)


def _other(way: Callable[[str], str], text: str, record: dict[str, Any]) -> str:
    return way(text)


def _extract(html: str) -> tuple[extractors.Extract, bool]:
    """Return what trafilatura makes of a page, and whether it failed."""
    try:
        return extractors.trafilatura_parts(html), False
    except Exception:  # hostile HTML can raise anything in trafilatura
        return NO_EXTRACT, True


def _try(way: Way, text: str, record: dict[str, Any]) -> tuple[str, bool]:
    """Return what a way made of a page, and whether it failed."""
    try:
        return way(text, record), False
    except Exception:  # an extractor on hostile HTML may raise anything
        return "", True


_worker: dict[str, Measurer] = {}


def start(options: Options) -> None:
    """Prepare a worker process. It reads each page as HTML once for all levels, and keeps extractors from logging."""
    logging.disable()
    html_pages.read = lru_cache(maxsize=2)(html_pages.read)  # with and without content
    _worker["measurer"] = Measurer(options)


def work(task: tuple[str, dict[str, Any]]) -> Page | None:
    """Measure a page in a worker process."""
    return _worker["measurer"].measure(*task)
