"""The passes: a document is repaired once, then rules, judge and verdict go over it until nothing changes.

One pass looks the lines up in the rules, has the judge score them, and takes out what the verdict says. The next pass
does the same with what is left: a line may be chrome only once its neighbour is gone. The loop is why cleaning a
clean text changes nothing: apart from the first pass of a page, a pass depends on the text, the URL and the language
alone, and the last pass found nothing to do. A pass only ever removes, so the loop must end. For safety there are at
most `MAX_PASSES`: a document that still changes then is only repaired, and its one flag is `unstable`.

For a page of HTML the first pass also has what the markup says of each line. Every later pass sees a text like any
other, because the clean text will have no markup either when somebody cleans it again. So if there is a judge, the
first pass of a page is always followed by another one, even if it removed nothing.

Rules and judge look at what a reader sees of each line (see `text.markdown`). Whether a text is Markdown is told from
what is left of it in each pass, unless it is known.

What was looked up and read is kept from one pass to the next. If whole lines go, their findings go with them and the
others are kept (`drop_lines`). If a part of any line goes, or if a reader sees something else of any line, all lines
are looked up again (`invalidate`), because it is another line then.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Literal, TypeVar

from cleaner import verdict
from cleaner.document import Change, Cleaned, apply, as_edits, compose, split_lines, with_line_feeds
from cleaner.errors import DocumentError
from cleaner.marks import MARKUP, Mark, Marks
from cleaner.rules import ids
from cleaner.rules.engine import Ruleset
from cleaner.rules.lookup import Lookup
from cleaner.text import encoding as encodings
from cleaner.text import formats, kinds, markdown
from cleaner.text.markdown import Shown
from cleaner.text.repair import repair

if TYPE_CHECKING:
    from cleaner.html.chrome import Part
    from cleaner.html.page import Page
    from cleaner.judge.arrays import Ints
    from cleaner.judge.judge import Judge
    from cleaner.judge.model import FilledLines

Item = TypeVar("Item")
Kind = Literal["text", "markdown", "html"]

NOT_READ = Shown(())
MAX_PASSES = 10  # a document that still changes after this many passes is only repaired; none is known
UNSTABLE = "unstable"  # flag: the document did not settle
READ_AS_HTML = "read-as-html"  # flag: what was said to be a text is a page of HTML, and was read as one
HTML_FALLBACK = "html-fallback"  # flag: trafilatura found no main content on the page
NO_TEXT = "no-text"  # flag: the page has markup, but no text that a reader sees
REPLACED = "replaced"  # flag: bytes that were not valid in the encoding of the document became U+FFFD


@dataclass(slots=True, eq=False)
class InProgress:
    """A document that is being cleaned: `text` is what `changes` make of `original` so far."""

    original: str
    url: str | None = None
    lang: str | None = None
    decoded: encodings.Decoded | None = None  # how the document was decoded, if it came as bytes
    page: Page | None = None  # the HTML page behind the text, as long as its lines are the lines of the text
    flags: dict[str, None] = field(default_factory=dict)  # an ordered set
    markdown: bool | None = None  # whether `text` is Markdown; None: its lines tell
    changes: list[Change] = field(default_factory=list)
    text: str = field(init=False)
    lines: list[str] = field(default_factory=list)  # of `text`
    shown: Shown = NOT_READ  # what a reader sees of `lines`, which is what rules and judge look at
    lookup: Lookup | None = None  # what the rules know of `lines`; None: not looked up yet
    filled: FilledLines | None = None  # what the judge has read of `lines`; None: not read yet

    def __post_init__(self) -> None:
        self.text = self.original

    def apply(self, changes: list[Change]) -> None:
        """Make `changes`, which are in offsets of `text`."""
        if changes:
            self.changes, self.text = compose(self.changes, changes, self.text), apply(self.text, changes)

    def drop_lines(self, runs: Sequence[tuple[int, int]]) -> None:
        """Drop the lines in the ranges `runs` (0-based, end excluded) with what was found in them."""
        seen = _without(self.shown.lines, runs)
        self.lines = seen if self.shown.lines is self.lines else _without(self.lines, runs)
        self.shown = Shown(seen, self.shown.links and _without(self.shown.links, runs))
        if self.lookup is not None:
            self.lookup = self.lookup.without(runs)
        if self.filled is not None:
            self.filled = self.filled.without(runs)

    def invalidate(self) -> None:
        """Forget what was found in the lines, because some of them have changed."""
        self.lookup = self.filled = None

    def show(self, is_markdown: bool | None) -> None:
        """Read what is shown of the lines. If it is not what was shown before, forget what was found."""
        shown = markdown.read(with_line_feeds(self.text), self.lines, is_markdown)
        if shown.lines != self.shown.lines:
            self.invalidate()
        self.shown = shown

    def cleaned(self) -> Cleaned:
        """Return the document as it is now, with the record of how it came about."""
        encoding, bom = (self.decoded.encoding, self.decoded.bom) if self.decoded else (None, False)
        flags = (*self.flags, REPLACED) if self.decoded and self.decoded.replaced else tuple(self.flags)
        return Cleaned(self.text, as_edits(self.original, self.changes), flags, encoding, bom)


def _without(items: Sequence[Item], runs: Sequence[tuple[int, int]]) -> list[Item]:
    """Return the items that are in none of the ranges `runs` (0-based, ordered, end excluded)."""
    left: list[Item] = []
    position = 0
    for start, end in runs:
        left += items[position:start]
        position = end
    return left + list(items[position:])


@dataclass(frozen=True, slots=True)
class Passes:
    """Cleans documents with a set of rules and, if there is one, a judge. Without state of its own.

    `repairs` says whether broken encoding is repaired, `markdown` whether the text of pages has marks of Markdown,
    `markdown_in` whether texts are Markdown (None: each tells by itself). `disable` and `keep` are globs of ids and
    categories: what the markup of a page names as chrome stays if its mark is among them.
    """

    ruleset: Ruleset
    judge: Judge | None = None
    repairs: bool = True
    markdown: bool = False
    markdown_in: bool | None = None
    disable: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()

    def clean_bytes(
        self,
        data: bytes,
        *,
        kind: Kind | None = None,
        url: str | None = None,
        lang: str | None = None,
        encoding: str | None = None,
    ) -> Cleaned:
        """Decode and clean a document; `kind` None: its first bytes tell whether it is HTML.

        A text that is a page is read as one, with the flag `read-as-html`. An `encoding` says that the bytes are
        text, whatever they look like. Raises `DocumentError` for bytes that are no text, `SettingsError` for an
        `encoding` that does not exist.
        """
        if encoding is None and (what := formats.refusal(data)):
            raise DocumentError(what)
        known = kind == "html" or (kind is None and encodings.looks_like_html(data))
        html = known or kinds.is_page_in_bytes(data)
        decoded = encodings.decode(data, encoding=encoding, html=html)
        if html:
            flags = () if known else (READ_AS_HTML,)
            return self.clean_page(decoded.text, url=url, lang=lang, decoded=decoded, flags=flags)
        is_markdown = kind == "markdown" or None if self.markdown_in is None else self.markdown_in
        return self.clean([InProgress(decoded.text, url, lang, decoded, markdown=is_markdown)])[0]

    def clean_page(
        self,
        markup: str,
        *,
        url: str | None,
        lang: str | None,
        decoded: encodings.Decoded | None = None,
        flags: tuple[str, ...] = (),
    ) -> Cleaned:
        """Clean an HTML page; the original, over which the edits are, is the text of the whole page.

        The result has `flags` besides those that cleaning gives it.
        """
        from cleaner.html import page as pages

        page = pages.read(markup, main_content=self.judge is not None, markdown=self.markdown)
        if not page.layout.lines:
            flags = (*flags, NO_TEXT)
        elif self.judge and page.kept is None:
            flags = (*flags, HTML_FALLBACK)
        document = InProgress("\n".join(page.lines), url, lang, decoded, page, dict.fromkeys(flags), self.markdown_in)
        return self.clean([document])[0]

    def clean(self, documents: Sequence[InProgress]) -> list[Cleaned]:
        """Repair documents, then go over each until nothing changes; in order.

        The documents of a call share look-ups and scoring, which is faster than one by one and gives the same
        results.
        """
        for document in documents:
            if self.repairs:
                document.apply(repair(document.text))
            if document.page and len(document.page.lines) != with_line_feeds(document.text).count("\n") + 1:
                document.page = None  # `&amp;#10;` became a line break: the lines are no longer those of the page
        repaired = [(document.changes, document.text) for document in documents]
        active = list(documents)
        for _ in range(MAX_PASSES):
            self._look_up([document for document in active if document.lookup is None])
            scores = self._scores(active)
            active = [document for document, found in zip(active, scores, strict=True) if self._pass(document, found)]
            if not active:
                break
        for document, (changes, text) in zip(documents, repaired, strict=True):
            if document in active:
                document.changes, document.text = changes, text
                document.flags = dict.fromkeys((UNSTABLE,))
        return [document.cleaned() for document in documents]

    def _look_up(self, documents: Sequence[InProgress]) -> None:
        """Split documents into lines and look the lines up in the rules."""
        for document in documents:
            document.lines = split_lines(document.text)
            document.show(self._is_markdown(document))
        lookups = self.ruleset.look_up_many([(one.shown.lines, one.url, one.lang) for one in documents])
        for document, lookup in zip(documents, lookups, strict=True):
            document.lookup = lookup

    def _scores(self, documents: Sequence[InProgress]) -> list[Ints | None]:
        """Return the judge's scores of the lines of each document; without a judge, None for each."""
        if not self.judge:
            return [None] * len(documents)
        unread = [document for document in documents if document.filled is None]
        for document, filled in zip(unread, self.judge.read([one.shown.lines for one in unread]), strict=True):
            document.filled = filled
        texts = [(one.filled, one.shown.links) for one in documents if one.filled is not None and not one.page]
        plain = iter(self.judge.scores([filled for filled, _ in texts], [links for _, links in texts]))
        return [
            self.judge.page_scores(one.filled, one.page) if one.filled is not None and one.page else next(plain)
            for one in documents
        ]

    def _is_markdown(self, document: InProgress) -> bool | None:
        """Whether the text of a document is Markdown. That of a page is what this cleaner made of it."""
        return self.markdown if document.page else document.markdown

    def _pass(self, document: InProgress, scores: Ints | None) -> bool:
        """Take out of a document what one pass removes; return whether another pass is needed."""
        assert document.lookup is not None
        lines, shown = document.lines, document.shown
        marks = self.ruleset.mark(shown.lines, document.lookup, url=document.url, lang=document.lang, kept=shown.kept)
        marks = _in_lines(marks, shown)
        if document.page and document.page.layout.chrome:
            marks = self._with_markup(marks, document, document.page)
        judged: dict[int, Mark] = {}
        if self.judge and document.filled is not None:
            judged = self.judge.marks(document.filled, scores, marks.lines, marks.spared, document.page)
        was_page = self.judge is not None and document.page is not None
        document.page = None
        decided = verdict.decide(document.text, lines, self._without_harm(lines, marks), judged, shown.lines)
        document.flags |= dict.fromkeys(decided.flags)
        document.apply(decided.changes)
        if decided.cuts:
            document.invalidate()
        else:
            document.drop_lines(decided.runs)
            document.show(document.markdown)
        # A page without changes is not done: the next pass sees its text without the markup.
        return was_page or bool(decided.changes)

    def _with_markup(self, marks: Marks, document: InProgress, page: Page) -> Marks:
        """Return `marks` with those of what the markup of a page names as chrome.

        A line that is protected from the judge is protected from the markup, too.
        """
        lines, spans = dict(marks.lines), dict(marks.spans)
        hollow = set()
        for i, start, end, mark in _moved(page, document):
            line = document.lines[i]
            if (
                i in marks.spared
                or mark.category in self.keep
                or any(ids.fits(mark.rule, glob) for glob in self.disable)
            ):
                continue
            if line[:start].strip() or line[end:].strip():
                spans[i] = [*spans.get(i, ()), (start, end, mark)]
            elif mark == MARKUP["line-number"]:
                spans[i] = [*spans.get(i, ()), (start, end, mark)]
                hollow.add(i)
            else:
                lines[i] = [*lines.get(i, ()), mark]
        return marks._replace(lines=lines, spans=spans, hollow=hollow)

    def _without_harm(self, lines: list[str], marks: Marks) -> Marks:
        """Return `marks` without the parts of lines whose removal would leave a line that looks broken.

        Repair comes first and once: a line that repair would touch again afterwards would not be a line of the
        repaired document.
        """
        if not marks.spans or not self.repairs:
            return marks
        spans = {i: parts for i, parts in marks.spans.items() if not repair(apply(lines[i], verdict.cuts_of(parts)))}
        return marks._replace(spans=spans)


def _in_lines(marks: Marks, shown: Shown) -> Marks:
    """Return `marks` with the parts of lines as they stand in the lines, with the marks of Markdown around them."""
    if not marks.spans or not shown.syntax:
        return marks
    spans = {
        i: [(*place, mark) for start, end, mark in parts if (place := shown.part(i, start, end))]
        for i, parts in marks.spans.items()
    }
    return marks._replace(spans=spans)


def _moved(page: Page, document: InProgress) -> Iterator[Part]:
    """Yield what the markup of a page names as chrome, in characters of the lines of a document that was repaired."""
    before = list(accumulate((len(line) + 1 for line in page.lines), initial=0))
    after = list(accumulate((len(line) + 1 for line in document.text.split("\n")), initial=0))
    ends = [change.end for change in document.changes]
    grown = (len(change.replacement) - (change.end - change.start) for change in document.changes)
    shifts = list(accumulate(grown, initial=0))
    for part in page.layout.chrome:
        start, end = (
            before[part.line] + offset + shifts[bisect_right(ends, before[part.line] + offset)] - after[part.line]
            for offset in (part.start, part.end)
        )
        if start < end:
            yield part._replace(start=max(0, start), end=end)
