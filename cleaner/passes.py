"""The passes: a document is repaired once, then rules, judge and verdict go over it until nothing changes.

One pass looks the lines up in the rules, has the judge score them, and takes out what the verdict says. The next pass
does the same with what is left: a line may be chrome only once its neighbour is gone. The loop is why cleaning a
clean text changes nothing: apart from the first pass of a page, a pass depends on the text, the URL and the language
alone, and the last pass found nothing to do. A pass only ever removes, so the loop must end. For safety there are at
most `MAX_PASSES`: a document that still changes then is only repaired, and its one flag is `unstable`. So is a text
that would become a page of HTML, because what stood before the page goes: next time it would be read as a page.

For a page of HTML the first pass also has what the markup says of each line. Every later pass sees a text like any
other, because the clean text will have no markup either when somebody cleans it again. So if there is a judge, or if
the markup named something, the first pass of a page is followed by another one, even if it removed nothing.

There is one exception: lines that a protection with selectors names stay in all passes of the page. When somebody
cleans the clean text again, no markup names them any longer, and they may go.

Rules and judge look at what a reader sees of each line (see `text.markdown`). Whether a text is Markdown is told from
what is left of it in each pass, unless it is known.

`progress` has the document on its way, and keeps what was looked up and read for the next pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cleaner import verdict
from cleaner.document import Cleaned, apply, split_lines, with_line_feeds
from cleaner.errors import DocumentError
from cleaner.flags import HTML_FALLBACK, NO_TEXT, READ_AS_HTML, REPLACED, UNSTABLE
from cleaner.marks import MARKUP, Mark, Marks
from cleaner.page_chrome import places_of, with_page_chrome
from cleaner.progress import InProgress
from cleaner.rules.engine import Ruleset
from cleaner.text import encoding as encodings
from cleaner.text import formats, kinds
from cleaner.text.kinds import Kind
from cleaner.text.markdown import Shown
from cleaner.text.repair import repair

if TYPE_CHECKING:
    from cleaner.html.markdown.lines import Rendering
    from cleaner.html.markdown.options import Options
    from cleaner.judge.judge import Judge

MAX_PASSES = 10  # a document that still changes after this many passes is only repaired; none is known


@dataclass(frozen=True, slots=True)
class Passes:
    """Cleans documents with a set of rules and, if there is one, a judge. Without state of its own.

    `repairs` says whether broken encoding is repaired, `markdown` how pages are written as Markdown (None: they are
    not), `markdown_in` whether texts are Markdown (None: each tells by itself). `markup_in_use` are the marks of what
    goes because the markup of a page names it as chrome. `metadata` says whether to tell what documents say of
    themselves.
    """

    ruleset: Ruleset
    judge: Judge | None = None
    repairs: bool = True
    markdown: Options | None = None
    markdown_in: bool | None = None
    markup_in_use: frozenset[Mark] = frozenset(MARKUP.values())
    metadata: bool = False

    def clean_bytes(
        self,
        data: bytes,
        *,
        kind: Kind | None = None,
        url: str | None = None,
        lang: str | None = None,
        file: str | None = None,
        encoding: str | None = None,
    ) -> Cleaned:
        """Decode and clean a document; `kind` None: its first bytes tell whether it is HTML.

        A text that is a page is read as one, with the flag `read-as-html`. An `encoding` says that the bytes are
        text, whatever they look like. Raises `DocumentError` for bytes that are no text, `SettingsError` for an
        `encoding` that does not exist.
        """
        if encoding is None and (what := formats.refusal(data)):
            raise DocumentError(what)
        known = kind == "html" or (kind is None and kinds.begins_like_page(data))
        html = known or kinds.is_page_in_bytes(data)
        decoded = encodings.decode(data, encoding=encoding, html=html)
        if html:
            flags = () if known else (READ_AS_HTML,)
            return self.clean_page(decoded.text, url=url, lang=lang, file=file, decoded=decoded, flags=flags)
        is_markdown = self.markdown_in
        if is_markdown is None and kind == "markdown":
            is_markdown = True
        return self.clean([InProgress(decoded.text, url, lang, file, decoded, markdown=is_markdown)])[0]

    def clean_page(
        self,
        markup: str,
        *,
        url: str | None,
        lang: str | None,
        file: str | None = None,
        decoded: encodings.Decoded | None = None,
        flags: tuple[str, ...] = (),
    ) -> Cleaned:
        """Clean an HTML page; the original, over which the edits are, is the text of the whole page, or its Markdown.

        The result has `flags` besides those that cleaning gives it.
        """
        from cleaner.html import page as pages

        selectors, is_judged = self.ruleset.selectors(url), self.judge is not None
        page = pages.read(markup, main_content=is_judged, markdown=self.markdown, url=url, selectors=selectors)
        if not page.layout.lines:
            flags = (*flags, NO_TEXT)
        text, known = "\n".join(page.lines), dict.fromkeys(flags)
        document = InProgress(text, url, lang, file, decoded, page, known, self.markdown_in)
        if self.metadata:
            from cleaner.html import metadata

            document.claims = metadata.read(markup, url)
        if page.rendering is None:
            return self.clean([document])[0]
        self._settle([document])
        return self._finished(self._rendered(page.rendering, document.cleaned(), document))

    def _rendered(self, rendering: Rendering, cleaned: Cleaned, document: InProgress) -> InProgress:
        """Return the Markdown of a page, cleaned as its text was, and then as any text.

        The last step is there so that cleaning it again changes nothing, whether somebody says that it is Markdown or
        its lines tell.
        """
        from cleaner.rendered import changes_of

        flags = dict.fromkeys(flag for flag in cleaned.flags if flag != REPLACED)
        text, url, lang, file, decoded = rendering.text, document.url, document.lang, document.file, document.decoded
        again = InProgress(text, url, lang, file, decoded, None, flags)
        again.claims = document.claims
        again.apply(changes_of(rendering, document.original, cleaned.edits))
        for _ in range(MAX_PASSES):
            before = again.text
            for is_markdown in (True, None) if self.markdown_in is None else (self.markdown_in,):
                again.markdown = is_markdown
                again.invalidate()
                self._settle([again])
            if again.text == before:
                break
        again.expected = document.expected  # the judge knew most when it saw the page
        return again

    def clean(self, documents: Sequence[InProgress]) -> list[Cleaned]:
        """Clean documents; in order.

        The documents of a call share look-ups and scoring, which is faster than one by one and gives the same
        results.
        """
        self._settle(documents)
        return [self._finished(document) for document in documents]

    def _settle(self, documents: Sequence[InProgress]) -> None:
        """Repair documents, then go over each until nothing changes."""
        for document in documents:
            if self.repairs:
                document.apply(repair(document.text))
            if document.page and len(document.page.lines) != with_line_feeds(document.text).count("\n") + 1:
                document.page = None  # `&amp;#10;` became a line break: the lines are no longer those of the page
        repairs = [document.changes for document in documents]
        active = list(documents)
        for _ in range(MAX_PASSES):
            self._look_up([document for document in active if document.lookup is None])
            scores = self._scores(active)
            active = [document for document, found in zip(active, scores, strict=True) if self._pass(document, found)]
            if not active:
                break
        for document, changes in zip(documents, repairs, strict=True):
            if document in active or kinds.is_page(document.text):
                repaired = apply(document.original, changes)
                if document not in active and kinds.is_page(repaired):
                    continue  # it was a page before
                document.changes, document.text = changes, repaired
                document.flags, document.expected = dict.fromkeys((UNSTABLE,)), document.expected_at_first

    def _finished(self, document: InProgress) -> Cleaned:
        """Return a document as it is now, with the record and what else was asked for."""
        if not self.metadata:
            return document.cleaned()
        from cleaner.describe import described

        return described(document, self.repairs)

    def _look_up(self, documents: Sequence[InProgress]) -> None:
        """Split documents into lines and look the lines up in the rules."""
        for document in documents:
            document.lines = split_lines(document.text)
            document.show(self._is_markdown(document))
        lookups = self.ruleset.look_up_many([(one.shown.lines, one.url, one.lang) for one in documents])
        for document, lookup in zip(documents, lookups, strict=True):
            document.lookup = lookup

    def _scores(self, documents: Sequence[InProgress]) -> list[bytes | None]:
        """Return the judge's scores of the lines of each document; without a judge, None for each."""
        if not self.judge:
            return [None] * len(documents)
        unread = [document for document in documents if document.filled is None]
        for document, filled in zip(unread, self.judge.read([one.shown.lines for one in unread]), strict=True):
            document.filled = filled
        texts = [(one.filled, one.shown.links) for one in documents if one.filled is not None and not one.page]
        plain = iter(self.judge.scores([filled for filled, _ in texts], [links for _, links in texts]))
        return [self._page_scores(one) if one.filled is not None and one.page else next(plain) for one in documents]

    def _page_scores(self, document: InProgress) -> bytes:
        """Return the judge's scores of the lines of a page, which then has trafilatura's verdict if it was asked."""
        assert self.judge
        assert document.page
        assert document.filled is not None
        scores, document.page = self.judge.page_scores(document.filled, document.page)
        if document.page.is_without_verdict:
            document.flags[HTML_FALLBACK] = None
        return scores

    def _is_markdown(self, document: InProgress) -> bool | None:
        """Whether the text of a document is Markdown. That of a page is none."""
        return False if document.page else document.markdown

    def _pass(self, document: InProgress, scores: bytes | None) -> bool:
        """Take out of a document what one pass removes; return whether another pass is needed."""
        decided = self._decide(document, scores)
        page, document.page = document.page, None
        is_page = page is not None
        document.flags |= dict.fromkeys(decided.flags)
        has_marks = bool(document.shown.syntax or document.shown.code)
        if document.expected and decided.runs:
            document.expected = document.expected.without(decided.runs, decided.left_out)
        document.renumber_kept(decided.runs)
        if decided.cuts:
            document.invalidate()
        else:
            document.drop_lines(decided.runs)
        document.apply(decided.changes)
        # A text without marks of Markdown has none after lines went either.
        if not decided.cuts and (is_page or has_marks):
            document.show(document.markdown)
        # A page without changes is not done: the next pass sees its text without the markup.
        has_markup = page and (self.judge is not None or page.layout.chrome or page.layout.boxes)
        return bool(has_markup or decided.changes)

    def _decide(self, document: InProgress, scores: bytes | None) -> verdict.Verdict:
        """Return what goes of a document in one pass. The marks take much memory and end here."""
        assert document.lookup is not None
        lines, shown = document.lines, document.shown
        url, lang, file = document.url, document.lang, document.file
        places = places_of(document, document.page) if document.page and document.page.layout.boxes else {}
        marks = self.ruleset.mark(
            shown.lines,
            document.lookup,
            url=url,
            lang=lang,
            file=file,
            protected=shown.code,
            named=self.ruleset.named(places, url),
            kept=document.kept,
        )
        document.kept = marks.kept
        marks = _in_lines(marks, shown)
        if document.page and document.page.layout.chrome:
            marks = with_page_chrome(marks, document, document.page, self.markup_in_use)
        judged: dict[int, Mark] = {}
        if self.judge and document.filled is not None:
            if scores and not document.expected_at_first:
                found = self.judge.expectation(len(lines), document.filled, scores)
                document.expected = document.expected_at_first = found
            spared = {*marks.spared, *marks.copied} if marks.copied else marks.spared
            judged = self.judge.marks(document.filled, scores, marks.lines, spared, document.page)
        return verdict.decide(document.text, lines, self._without_harm(lines, marks), judged, shown.lines)

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
    spans = marks.spans
    if spans and shown.syntax:
        spans = {}
        for i, parts in marks.spans.items():
            places = shown.parts(i, [(start, end) for start, end, _ in parts])
            spans[i] = [(*place, mark) for place, (_, _, mark) in zip(places, parts, strict=True) if place]
    for i, raw in marks.raw_spans.items():
        spans[i] = [*spans.get(i, ()), *raw]
    return marks._replace(spans=spans, raw_spans={})
