"""Measures a site: learns from its pages, cleans pages of it with what was learned, and counts the words."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import tomli

from cleaner import Cleaned, Cleaner
from cleaner.document import split_lines
from cleaner.errors import CleanerError
from cleaner.judge import shipped
from cleaner.judge.fit.labels import label
from cleaner.judge.judge import Judge
from cleaner.learn.documents import MAX_CHARS, SiteDocument, document_of
from cleaner.learn.found import LearnedSite
from cleaner.learn.names import file_name
from cleaner.learn.packs import pack_text
from cleaner.learn.site import Knowledge, learn_site
from cleaner.rows import Row
from cleaner.rules.match.keys import keys
from cleaner.workbench.score import Score, WordCounts, words_of
from tests.learning.pages import Page, Task, pages_of, parts_of

WITHOUT, LEAVE_OUT, ALL = "without", "leave out", "all"
WAYS = (WITHOUT, LEAVE_OUT, ALL)
TEXT, HTML = "text", "html"


class Options(NamedTuple):
    """What is measured."""

    input: str = TEXT
    converter: str = "html_text"  # makes the texts, and the text of a page of HTML whose words count
    ways: Sequence[str] = WAYS
    levels: Sequence[str] = ("safe",)
    folds: Path | None = None  # weights of the judge, each without a part of the sites; None: the weights that ship
    relearn: bool = False  # learn again from the clean copies, too
    lines: bool = False  # return what became of lines, too


class Result(NamedTuple):
    """What a page came to."""

    data_set: str
    id: str
    task: str  # the site, or the mix that the page was in
    site: str
    language: str
    way: str
    level: str
    score: Score


class Line(NamedTuple):
    """A line of a page whose fate is wrong: content that a learned rule took, or other text that stayed."""

    task: str
    site: str
    page: str
    way: str
    level: str
    rule: str  # that took the line; empty: it stayed
    why: str  # what the pack says of the rule
    text: str
    words: int  # content words of a line that went, all words of a line that stayed
    pages: int  # of the site that have the line


class Pack(NamedTuple):
    """A pack that was written."""

    way: str
    part: int  # that was left out; 0 if none was
    folder: str  # `hosts` or `templates`
    name: str
    text: str
    rules: int
    error: str  # why the cleaner does not take it; empty if it does


class Found(NamedTuple):
    """All that was found about a site."""

    name: str
    results: Sequence[Result]
    packs: Sequence[Pack]
    lines: Sequence[Line]
    again: dict[str, int]  # by level, how many rules are learned from the clean copies
    groups: dict[str, Counter[str]]  # of a mix, by template: how many pages of each site are in it
    seconds: tuple[float, float]  # of learning and of cleaning, processor time


class Learned(NamedTuple):
    """What was learned from some pages, in a folder that a cleaner reads."""

    folder: Path | None  # None: nothing was learned, or the packs are not accepted
    packs: Sequence[Pack]
    names: frozenset[str]
    groups: dict[str, Counter[str]]

    def why(self) -> dict[str, str]:
        """Return what the packs say of their rules, by `pack/rule`."""
        rules = ((pack.name, rule) for pack in self.packs for rule in tomli.loads(pack.text).get("rule", []))
        return {f"{name}/{rule['id']}": rule.get("why", "") for name, rule in rules}


def measure(task: Task, options: Options) -> Found:
    """Learn from the pages of a task and clean them, in all ways and at all levels."""
    return _Measurer(task, options).measure()


class _Measurer:
    def __init__(self, task: Task, options: Options) -> None:
        self._task, self._options = task, options
        self._pages = pages_of(task, options.converter)
        self._documents = {page.id: document for page in self._pages if (document := self._read(page))}
        self._counts = {page.id: (_words(page.text), _words(page.gold)) for page in self._pages}
        self._seconds = [0.0, 0.0]
        self._lines: list[Line] = []

    def measure(self) -> Found:
        results: list[Result] = []
        packs: list[Pack] = []
        again: dict[str, int] = {}
        groups: dict[str, Counter[str]] = {}
        with TemporaryDirectory() as temporary:
            for way in self._options.ways:
                for part, (others, pages) in enumerate(self._rounds(way)):
                    learned = self._learn(way, part, others, Path(temporary, f"{way} {part}"))
                    packs += learned.packs
                    groups = learned.groups or groups
                    for level in self._options.levels:
                        cleaned = self._clean(pages, level, learned)
                        results += self._scored(pages, cleaned, way, level)
                        if self._options.lines:
                            self._lines += self._wrong(pages, cleaned, way, level, learned)
                        if self._options.relearn and way == ALL:
                            again[level] = self._again(pages, cleaned)
        seconds = self._seconds[0], self._seconds[1]
        return Found(self._task.name, results, packs, self._lines, again, groups, seconds)

    def _rounds(self, way: str) -> Iterator[tuple[Sequence[Page], Sequence[Page]]]:
        """Yield pages to learn from with the pages that are then cleaned."""
        if way == LEAVE_OUT:
            for part in parts_of(self._pages):
                left_out = {page.id for page in part}
                yield [page for page in self._pages if page.id not in left_out], part
        else:
            yield self._pages if way == ALL else (), self._pages

    def _read(self, page: Page) -> SiteDocument | None:
        row = Row(html=page.html, url=page.url) if self._options.input == HTML else Row(text=page.text, url=page.url)
        try:
            return document_of(row, "" if self._task.mixed else page.site, page.url or page.id)
        except CleanerError:
            return None

    def _learn(self, way: str, part: int, pages: Sequence[Page], folder: Path) -> Learned:
        """Learn from pages, and write the packs to a folder."""
        start = time.process_time()
        documents = [self._documents[page.id] for page in pages if page.id in self._documents]
        found = self._found(documents)
        packs = []
        for one in found:
            place = "hosts" if one.hosts else "templates"
            text = pack_text(one)
            path = folder / place / file_name(one.name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            packs.append(Pack(way, part, place, path.stem, text, len(one.rules), _refused(path)))
            if packs[-1].error:
                path.unlink()
        self._seconds[0] += time.process_time() - start
        usable = any(not pack.error for pack in packs)
        return Learned(folder if usable else None, packs, frozenset(pack.name for pack in packs), {})

    def _found(self, documents: Sequence[SiteDocument]) -> list[LearnedSite]:
        """Return what is learned from documents: of a site, or of each of the templates in a mix."""
        if not documents:
            return []
        fold = Counter(page.fold for page in self._pages).most_common(1)[0][0]
        knowledge = _knowledge(self._options.folds, fold)
        if not self._task.mixed:
            found = [learn_site(self._task.name, documents, knowledge)]
            return [one for one in found if one and one.rules]
        clues = import_module("cleaner.learn.clues")
        templates = import_module("cleaner.learn.templates").templates_of(documents)
        every: list[LearnedSite] = []
        for name, found_clues in sorted(clues.clues_of_each(documents, templates).items()):
            members = [one for one in documents if templates[one.number] == name]
            one = learn_site(name, members, knowledge, is_host=False) if found_clues.lines else None
            if one and one.rules:
                every.append(one._replace(clues=tuple(found_clues.lines), clues_needed=found_clues.needed))
        return every

    def _clean(self, pages: Sequence[Page], level: str, learned: Learned) -> list[Cleaned | None]:
        """Clean pages with learned packs; None for a page that is refused."""
        start = time.process_time()
        rules = [learned.folder] if learned.folder else []
        cleaner = _cleaner(level) if not rules else Cleaner(level, rules=rules)  # type: ignore[arg-type]
        found: dict[str, Cleaned | None] = {}
        for fold in sorted({page.fold for page in pages}):
            some = [page for page in pages if page.fold == fold]
            held_out = _with_judge(cleaner, self._options.folds, fold)
            if self._options.input == HTML:
                found |= {page.id: _clean_html(held_out, page) for page in some}
            else:
                texts, urls = [page.text for page in some], [page.url for page in some]
                every = held_out.clean_many(texts, urls=urls)
                found |= dict(zip((page.id for page in some), every, strict=True))
        self._seconds[1] += time.process_time() - start
        return [found[page.id] for page in pages]

    def _scored(
        self, pages: Sequence[Page], cleaned: Sequence[Cleaned | None], way: str, level: str
    ) -> Iterator[Result]:
        for page, one in zip(pages, cleaned, strict=True):
            score = WordCounts(*self._counts[page.id], _words(one.text if one else "")).score()
            yield Result(page.data_set, page.id, self._task.name, page.site, page.language, way, level, score)

    def _wrong(
        self, pages: Sequence[Page], cleaned: Sequence[Cleaned | None], way: str, level: str, learned: Learned
    ) -> Iterator[Line]:
        """Yield content lines that learned rules took, and other lines that stayed and are on other pages, too."""
        why, often = learned.why(), self._often()
        for page, one in zip(pages, cleaned, strict=True):
            if one is None:
                continue
            lines = split_lines(one.original)
            labels = label(lines, page.gold)
            takers = removed_lines(one)
            for number, (key, line) in enumerate(zip(keys(lines, MAX_CHARS), lines, strict=True)):
                words, content = labels[number]
                rule = takers.get(number, "")
                count = often[page.site, key]
                if rule.partition("/")[0] in learned.names and content:
                    words = content
                elif rule or content or not words or count < 2:
                    continue
                place = self._task.name, page.site, page.id, way, level
                yield Line(*place, rule, why.get(rule, ""), line, words, count)

    def _often(self) -> Counter[tuple[str, str]]:
        """Return on how many pages of its site the key of each line stands."""
        return Counter(
            (page.site, key)
            for page in self._pages
            if page.id in self._documents
            for key in set(keys(self._documents[page.id].lines, MAX_CHARS))
            if key
        )

    def _again(self, pages: Sequence[Page], cleaned: Sequence[Cleaned | None]) -> int:
        """Return how many rules are learned from clean copies."""
        copies = [
            document_of(Row(text=one.text, url=page.url), "" if self._task.mixed else page.site, page.url or page.id)
            for page, one in zip(pages, cleaned, strict=True)
            if one is not None
        ]
        return sum(len(one.rules) for one in self._found([copy for copy in copies if copy]))


def removed_lines(cleaned: Cleaned) -> dict[int, str]:
    """Return the 0-based numbers of the lines of the original that went as a whole, each with what took it."""
    found: dict[int, str] = {}
    edits = iter(edit for edit in cleaned.edits if not edit.replacement)
    edit = next(edits, None)
    start = 0
    for number, line in enumerate(cleaned.original.split("\n")):
        first, last = start + len(line) - len(line.lstrip()), start + len(line.rstrip())
        while edit and edit.end < last:
            edit = next(edits, None)
        if edit and line.strip() and edit.start <= first and last <= edit.end:
            found[number] = edit.by
        start += len(line) + 1
    return found


def _clean_html(cleaner: Cleaner, page: Page) -> Cleaned | None:
    try:
        return cleaner.clean_html(page.html, url=page.url)
    except CleanerError:
        return None


def _refused(path: Path) -> str:
    """Return why the cleaner does not take a pack, or nothing."""
    try:
        Cleaner("rules", rules=[path])
    except CleanerError as error:
        return str(error)
    return ""


@lru_cache
def _cleaner(level: Any) -> Cleaner:
    return Cleaner(level)


@lru_cache
def _judge(level: str, folds: Path | None, fold: int) -> Judge:
    """Return the judge that ships, or the one that does not know a fold."""
    if folds is None:
        return Judge(level)
    names = fold, f"markup-{fold}", f"page-{fold}"
    return Judge(level, None, *(shipped.load(folds / f"{name}.bin") for name in names))


def _with_judge(cleaner: Cleaner, folds: Path | None, fold: int) -> Cleaner:
    """Return a cleaner with the judge that does not know a fold."""
    if folds is None or cleaner.level == "rules":
        return cleaner
    passes = replace(cleaner._passes, judge=_judge(cleaner.level, folds, fold))
    held_out = Cleaner.__new__(Cleaner)
    for name, value in (("_settings", cleaner._settings), ("_shipped", cleaner._shipped), ("_built", passes)):
        object.__setattr__(held_out, name, value)
    return held_out


def _knowledge(folds: Path | None, fold: int) -> Knowledge:
    return Knowledge(_cleaner("safe")._passes.ruleset, _judge("safe", folds, fold))


def _words(text: str) -> Counter[str]:
    return Counter(words_of(text))


def by_name(found: Iterable[Found]) -> list[Found]:
    """Return what was found in an order that does not depend on the processes."""
    return sorted(found, key=lambda one: one.name)
