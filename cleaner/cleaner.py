"""The cleaner: repair, rules and verdict, composed; text in, clean text and its record out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cleaner import verdict
from cleaner.document import Cleaned, apply, split_lines
from cleaner.errors import SettingsError
from cleaner.rules import pack as packs
from cleaner.rules.engine import CONFIDENCES, Marks, Ruleset
from cleaner.rules.prepare import Prepared, prepare
from cleaner.text import encoding as encodings
from cleaner.text.repair import repair
from cleaner.work import Work

if TYPE_CHECKING:
    from cleaner.judge.judge import Judge

Level = Literal["rules", "safe", "main"]
Kind = Literal["text", "html"]

BATCH = 200_000  # characters that `clean_many` takes on at once, or one document
OVERHEAD = 100  # characters that a document counts for besides, so that empty ones fill a batch, too
PASSES = 10  # a document that still changes after so many is left as it is, repaired, and flagged
UNSTABLE = "unstable"
HTML_FALLBACK = "html-fallback"
KEPT = ("credit",)  # categories that are part of the page around a document, and that people want to keep
REPAIRED, LEFT_OUT = "encoding", "boilerplate"  # categories that no rule has: repair, and trafilatura's verdict


class Cleaner:
    """Cleans documents with one set of settings. Immutable, picklable, cheap to reuse.

    `level` is `rules`, `safe` or `main`; `rules` names rule pack files or folders in addition to the
    packs that ship; `disable` names rules (`pack/rule`, `*` allowed) to leave out, and
    `keep_categories` the categories of chrome to keep, and `drop_categories` those to remove though they
    are kept by default (`credit`: of photos and agencies); to keep `encoding` is to repair nothing, to keep
    `boilerplate` is to ask neither the judge nor trafilatura. `threshold`, from 0 to 1, is the least probability
    of being content with which the judge keeps a line, in place of what the level has for it. With `markdown`, the
    text of HTML pages has the marks of Markdown for headings, lists, emphasis and code. Cleaners with the same
    settings are equal, and have the same hash and the same pickle, in every process. Raises `SettingsError`.
    """

    __slots__ = ("_disable", "_extra", "_judge", "_keep", "_level", "_markdown", "_ruleset", "_shipped", "_threshold")

    def __init__(
        self,
        level: Level = "safe",
        rules: Iterable[str | Path] = (),
        disable: Iterable[str] = (),
        keep_categories: Iterable[str] = (),
        drop_categories: Iterable[str] = (),
        threshold: float | None = None,
        markdown: bool = False,
    ) -> None:
        keep, drop = set(keep_categories), set(drop_categories)
        for category in sorted(drop):
            if category not in KEPT or category in keep:
                why = (
                    "also to be kept; name it once"
                    if category in keep
                    else f"no category that is kept by default; those are: {', '.join(KEPT)}"
                )
                raise SettingsError(f"drop: {category!r} is {why}")
        extra = tuple(packs.read(map(Path, rules)))
        self._set(level, extra, tuple(disable), tuple(keep.union(KEPT) - drop), threshold, markdown)

    def _set(
        self,
        level: str,
        extra: tuple[packs.Source, ...],
        disable: tuple[str, ...],
        keep: tuple[str, ...],
        threshold: float | None,
        markdown: bool,
    ) -> None:
        if level not in CONFIDENCES:
            raise SettingsError(f"level: there is no level {level!r}; choose one of {', '.join(CONFIDENCES)}")
        if threshold is not None and (level == "rules" or not 0 <= threshold <= 1):
            why = "is for the levels safe and main; choose one of them" if level == "rules" else "is not from 0 to 1"
            raise SettingsError(f"threshold: {threshold} {why}")
        self._level = level
        self._threshold = threshold
        self._markdown = markdown
        self._extra = extra
        self._disable = tuple(sorted(set(disable)))
        self._keep = tuple(sorted(set(keep)))
        shipped = packs.builtin()
        self._shipped = tuple(source.text for source in shipped)
        ready = prepare(shipped, trusted=True)
        more = prepare(extra) if extra else Prepared([], [], [], [])
        taken = {one.pack.id for one in ready.packs}
        for source, one in zip(extra, more.packs, strict=True):
            if one.pack.id in taken:
                raise SettingsError(f"{source.name}: another pack has the id {one.pack.id!r}; choose another")
            taken.add(one.pack.id)
        ruleset = Ruleset([ready, more] if extra else [ready], level, self._disable, self._keep)
        self._judge = self._build_judge()
        self._ruleset = ruleset

    def _build_judge(self) -> Judge | None:
        if self._level == "rules" or LEFT_OUT in self._keep:
            return None
        from cleaner.judge.judge import Judge  # it needs numpy

        return Judge(self._level, self._threshold)

    @property
    def level(self) -> str:
        """The level: `rules`, `safe` or `main`."""
        return self._level

    @property
    def fingerprint(self) -> str:
        """A hexadecimal digest of all that results depend on besides the documents: settings, rules, judge, versions.

        It is the same in every process and on every machine.
        """
        from importlib.metadata import version

        from cleaner import __version__

        versions = __version__, version("ftfy"), version("trafilatura")
        weights = self._judge and self._judge.digest()
        return sha256(repr((versions, self._state(), self._shipped, weights)).encode()).hexdigest()

    def clean(self, text: str, *, url: str | None = None, lang: str | None = None) -> Cleaned:
        """Clean a plain text. `url` and `lang` (BCP 47), where known, choose which rule packs are active."""
        return self._finish([Work(text, url=url, lang=lang)])[0]

    def clean_many(
        self,
        texts: Iterable[str],
        *,
        urls: Iterable[str | None] | None = None,
        langs: Iterable[str | None] | None = None,
        lang: str | None = None,
    ) -> Iterator[Cleaned]:
        """Clean plain texts, in order, with the same results as one by one but faster, a batch at a time.

        `urls` and `langs`, where given, have one for each text, `lang` is that of all texts without one. Raises
        `ValueError` where there are more or fewer of them than texts.
        """
        batch: list[Work] = []
        size = 0
        for (text, url), own in _beside(_beside(texts, urls), langs):
            batch.append(Work(text, url=url, lang=own or lang))
            size += len(text) + OVERHEAD
            if size >= BATCH:
                yield from self._finish(batch)
                batch, size = [], 0
        yield from self._finish(batch)

    def clean_html(self, html: str | bytes, *, url: str | None = None, lang: str | None = None) -> Cleaned:
        """Clean an HTML page. The original, over which the edits are, is the text of the whole page.

        At level `rules` the rule packs alone decide; else the judge sees, beside the text, the markup and which lines
        trafilatura keeps. Raises `DocumentError` for bytes that are not text.
        """
        if isinstance(html, bytes):
            decoded = encodings.decode(html, html=True)
            return self._clean_page(decoded.text, url, lang, decoded)
        return self._clean_page(html, url, lang)

    def clean_bytes(
        self,
        data: bytes,
        *,
        kind: Kind | None = None,
        url: str | None = None,
        lang: str | None = None,
        encoding: str | None = None,
    ) -> Cleaned:
        """Clean a document in any encoding; `kind` is `text`, `html`, or None to tell by its first bytes.

        Raises `DocumentError` for bytes that are binary or in an encoding that cannot be told, and
        `SettingsError` for an `encoding` that does not exist.
        """
        html = kind == "html" or (kind is None and encodings.looks_like_html(data))
        decoded = encodings.decode(data, encoding=encoding, html=html)
        if html:
            return self._clean_page(decoded.text, url, lang, decoded)
        return self._finish([Work(decoded.text, url=url, lang=lang, decoded=decoded)])[0]

    def _clean_page(
        self, markup: str, url: str | None, lang: str | None, decoded: encodings.Decoded | None = None
    ) -> Cleaned:
        from cleaner.html import page as pages

        page = pages.read(markup, main_content=self._judge is not None, markdown=self._markdown)
        flags = (HTML_FALLBACK,) if self._judge and page.kept is None and page.layout.lines else ()
        text = "\n".join(page.lines)
        work = Work(text, url=url, lang=lang, flags=dict.fromkeys(flags), decoded=decoded, page=page)
        return self._finish([work])[0]

    def _finish(self, documents: Sequence[Work]) -> list[Cleaned]:
        """Repair documents, then apply rules and judge to each until nothing changes any more.

        Each pass depends on the text of a document alone, so cleaning the result again does nothing. Passes
        only remove; should a document not settle, all of them are undone.
        """
        for work in documents:
            if REPAIRED not in self._keep:
                work.make(repair(work.text))
            if work.page and len(work.page.lines) != work.text.count("\n") + 1:
                work.page = None  # `&amp;#10;` became a line break: what the page tells of its lines fits no longer
        repaired = [(work.changes, work.text) for work in documents]
        active = documents
        for _ in range(PASSES):
            self._look_up([work for work in active if work.lookup is None])
            scores = self._scores(active)
            active = [work for work, found in zip(active, scores, strict=True) if self._step(work, found)]
            if not active:
                break
        for work, settled in zip(documents, repaired, strict=True):
            if work in active:
                work.changes, work.text = settled
                work.flags = dict.fromkeys((UNSTABLE,))
        return [work.cleaned() for work in documents]

    def _look_up(self, documents: Sequence[Work]) -> None:
        """Look up the lines of documents in the rules."""
        for work in documents:
            work.lines = split_lines(work.text)
        lookups = self._ruleset.look_up_many([(work.lines, work.url, work.lang) for work in documents])
        for work, lookup in zip(documents, lookups, strict=True):
            work.lookup = lookup

    def _scores(self, documents: Sequence[Work]) -> list[Any]:
        """Return the judge's scores of the lines of documents."""
        if not self._judge:
            return [None] * len(documents)
        unread = [work for work in documents if work.rows is None]
        for work, rows in zip(unread, self._judge.read([work.lines for work in unread]), strict=True):
            work.rows = rows
        plain = iter(self._judge.scores([work.rows for work in documents if not work.page]))
        return [self._judge.page_scores(work.rows, work.page) if work.page else next(plain) for work in documents]

    def _step(self, work: Work, scores: Any) -> bool:
        """Take out of a document what goes in one pass; return whether there has to be another one."""
        assert work.lookup is not None
        marks = self._ruleset.mark(work.lines, work.lookup, url=work.url, lang=work.lang)
        judged = {}
        if self._judge:
            judged = self._judge.marks(work.rows, scores, marks.lines, marks.spared, work.page)
        as_page = self._judge is not None and work.page is not None
        work.page = None  # the next pass sees a text like any other, or else cleaning it again might change it
        decided = verdict.decide(work.lines, self._unspoilt(work.lines, marks), judged)
        work.flags |= dict.fromkeys(decided.flags)
        if not decided.drops and not decided.spans:
            return as_page
        runs = verdict.removals(work.lines, decided.drops)
        work.make(verdict.changes(work.text, work.lines, decided, runs))
        if decided.spans:  # lines have changed and have other keys
            work.forget()
        else:
            work.without(runs)
        return True

    def _unspoilt(self, lines: list[str], marks: Marks) -> Marks:
        """Return `marks` without those parts of lines whose removal would make what is left look broken.

        Repair comes first and once: a line that it touched again afterwards would not be one of the document's.
        """
        if not marks.spans:
            return marks
        spans = {}
        for i, parts in marks.spans.items():
            rest = apply(lines[i], verdict.cuts(parts))
            if REPAIRED in self._keep or not repair(rest):
                spans[i] = parts
        return marks._replace(spans=spans)

    def _state(self) -> tuple[object, ...]:
        extra = tuple((source.name, source.text) for source in self._extra)
        return self._level, extra, self._disable, self._keep, self._threshold, self._markdown

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cleaner) and self._state() == other._state()

    def __hash__(self) -> int:
        return int(sha256(repr(self._state()).encode()).hexdigest()[:15], 16)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return _rebuild, self._state()

    def __repr__(self) -> str:
        extra = [source.name for source in self._extra]
        return f"Cleaner({self._level!r}, rules={extra}, disable={self._disable}, keep_categories={self._keep})"

    def __setattr__(self, name: str, value: object) -> None:
        if hasattr(self, "_ruleset"):
            raise AttributeError(f"a Cleaner does not change; build another one to have another {name.lstrip('_')}")
        object.__setattr__(self, name, value)


def _beside(many: Iterable[Any], others: Iterable[str | None] | None) -> Iterator[tuple[Any, str | None]]:
    """Pair each of `many` with one of `others`, or with None where there are none."""
    return zip(many, repeat(None)) if others is None else zip(many, others, strict=True)


def _rebuild(
    level: str,
    extra: tuple[tuple[str, str], ...],
    disable: tuple[str, ...],
    keep: tuple[str, ...],
    threshold: float | None,
    markdown: bool,
) -> Cleaner:
    cleaner = Cleaner.__new__(Cleaner)
    cleaner._set(level, tuple(packs.Source(*source) for source in extra), disable, keep, threshold, markdown)
    return cleaner


def clean(text: str, *, url: str | None = None, lang: str | None = None, level: Level = "safe") -> Cleaned:
    """Clean one text with the default rules; to clean many, build a `Cleaner` once."""
    return Cleaner(level).clean(text, url=url, lang=lang)
