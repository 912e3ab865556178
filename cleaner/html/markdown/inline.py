"""A line of a page as Markdown: emphasis, code, links, pictures, formulas and notes inside the line.

A line comes as its text and the styles of its parts. Around each part that has a style stand marks in pairs; styles
are nested so that the one that reaches farthest is outside. CommonMark takes `*` for a mark of emphasis only if what
is beside it allows that: `**Note:**text` is none. Such marks are left out, and the words stay.

Example: the text `See the manual.` with a link and bold type in `[4:14]` becomes `See [**the manual**](/m).`, which
is made of the parts `See `, `[`, `**`, `the manual`, `**`, `](/m)`, `.`; those that are text know where in the line
they are from.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple
from unicodedata import category

from cleaner.html.markdown import escape
from cleaner.html.markdown.lines import Marked, Part

Where = Literal["line", "heading", "cell"]  # what a line becomes: a line of its own, a heading, (a part of) a cell

_BACKTICKS = re.compile("`+")
_SPACE = re.compile(r"\s*")


class Style(NamedTuple):
    """How the text in an element is set: its link (the number of the element, -1: none), and so on.

    `formula` is 1 for a formula in the line, 2 for a displayed one. `note` is the number of the element that refers
    to a note, -1 for none.
    """

    link: int = -1
    bold: bool = False
    italic: bool = False
    struck: bool = False
    code: bool = False
    formula: int = 0
    note: int = -1


PLAIN = Style()
_OF_EMPHASIS = {"bold": "**", "italic": "*", "struck": "~~"}
_NESTED = ("note", "link", "bold", "italic", "struck")  # what holds other styles; `link` holds no `note`


class Run(NamedTuple):
    """A part of a line of one style: its start and its end in characters, end excluded."""

    start: int
    end: int
    style: Style


class Shown(NamedTuple):
    """A picture in a line: before which character it stands, its Markdown, and the link around it, -1 for none."""

    offset: int
    text: str
    link: int


class Writer:
    """Writes lines; `targets` has what stands behind the text of each link or reference to a note, by element."""

    def __init__(self, targets: Mapping[int, str]) -> None:
        self._targets = targets

    def write(
        self,
        text: str,
        runs: Sequence[Run],
        pictures: Sequence[Shown] = (),
        where: Where = "line",
        *,
        dollars: int = 0,
    ) -> Marked:
        """Return a line of Markdown for the line `text` of a page.

        `runs` are in order and do not overlap; what is between them is plain. `pictures` are what is to stand in the
        line besides, in order. `dollars` is the number of dollar signs in its paragraph.
        """
        line = _Line(text, self._targets, pictures, where, formulas=dollars > 1)
        line.write(_whole(text, runs))
        return Marked(line.parts, line.pairs)


def _whole(text: str, runs: Sequence[Run]) -> list[Run]:
    """Return runs for all of `text`; those of one style that follow each other become one.

    Space between two runs of one style has that style; between others it has what their styles have in common.
    """
    found: list[Run] = []
    position = 0
    for run in [*runs, Run(len(text), len(text), PLAIN)]:
        words = _SPACE.match(text, run.start).end()  # type: ignore[union-attr] # it matches the empty string
        start = min(words, run.end)
        if position < start:
            before = found[-1].style if found else PLAIN
            if text[position:start].strip():
                style = PLAIN
            else:
                style = before if before == run.style else _common(before, run.style)
            found.append(Run(position, start, style))
        if start < run.end:
            found.append(Run(start, run.end, run.style))
        position = max(position, run.end)
    joined: list[Run] = []
    for run in found:
        if joined and joined[-1].style == run.style:
            joined[-1] = joined[-1]._replace(end=run.end)
        else:
            joined.append(run)
    return joined


def _common(one: Style, two: Style) -> Style:
    """Return the style that two styles have in common."""
    same = {name: getattr(one, name) for name in _NESTED if getattr(one, name) == getattr(two, name)}
    return PLAIN._replace(**same)


class _Line:
    """The writing of one line."""

    def __init__(
        self,
        text: str,
        targets: Mapping[int, str],
        pictures: Sequence[Shown],
        where: Where,
        *,
        formulas: bool,
    ) -> None:
        self._text, self._targets, self._pictures, self._where = text, targets, pictures, where
        self._picture = 0  # the number of the next picture
        self.parts: list[Part] = []
        self.pairs: list[tuple[int, int]] = []
        self._formulas = formulas  # whether dollar signs could make a formula
        self._brackets = escape.may_link(text)

    def write(self, runs: Sequence[Run]) -> None:
        """Write all runs of the line."""
        self._formulas = self._formulas or any(run.style.formula for run in runs)
        self._group(runs, _NESTED)
        self._write_pictures(len(self._text))

    def _group(self, runs: Sequence[Run], styles: Sequence[str]) -> None:
        """Write runs with marks for `styles`, outside of which all runs have the same."""
        first = 0
        while first < len(runs):
            name, end = self._farthest(runs, first, styles)
            if name is None:
                self._run(runs[first])
            else:
                others = tuple(style for style in styles if style != name)
                self._within(name, runs[first:end], others)
            first = end

    @staticmethod
    def _farthest(runs: Sequence[Run], first: int, styles: Sequence[str]) -> tuple[str | None, int]:
        """Return which of `styles` reaches farthest from the run `first`, and the number of the run behind it."""
        best: str | None = None
        farthest = first + 1
        for name in styles:
            value = getattr(runs[first].style, name)
            if value is False or value == -1:
                continue
            end = first + 1
            while end < len(runs) and getattr(runs[end].style, name) == value:
                end += 1
            if best is None or end > farthest or (name in ("note", "link") and end == farthest):
                best, farthest = name, end
            if name in ("note", "link"):
                break
        return best, farthest

    def _within(self, name: str, runs: Sequence[Run], styles: Sequence[str]) -> None:
        """Write runs inside the marks of one style."""
        style = runs[0].style
        start, end = runs[0].start, runs[-1].end
        words = self._text[start:end].strip()
        low = self._text.index(words, start) if words else end
        high = low + len(words)
        self._group(list(_clipped(runs, start, low)), ())
        self._write_pictures(low, outside=style.link)
        inner = list(_clipped(runs, low, high))
        if name in _OF_EMPHASIS:
            self._emphasis(_OF_EMPHASIS[name], inner, styles)
        else:
            self._link(name, style, inner, styles)
        self._group(list(_clipped(runs, high, end)), ())

    def _link(self, name: str, style: Style, runs: Sequence[Run], styles: Sequence[str]) -> None:
        """Write runs as the text of a link, or as a reference to a note."""
        target = self._targets.get(style.note if name == "note" else style.link)
        if target is None or not runs:
            self._group(runs, styles)
            return
        if self.parts and self.parts[-1].start >= 0 and self.parts[-1].text.endswith(("!", "^")):
            self._escape_last()  # it would make a picture or a note of the link
        if name == "note":
            start, end = runs[0].start, runs[-1].end
            if self._text[start] == "[":  # `[1]` becomes `[^1]`
                self._raw(start, start + 1)
                self.parts.append(Part("^"))
                self._raw(start + 1, end)
            else:
                self._pair("[^", target, lambda: self._raw(start, end))
            return
        brackets, self._brackets = self._brackets, True
        self._pair("" if target.startswith("[") else "[", target, lambda: self._text_of_link(runs, styles))
        self._brackets = brackets

    def _text_of_link(self, runs: Sequence[Run], styles: Sequence[str]) -> None:
        """Write what stands in a link, with its pictures."""
        link = runs[0].style.link
        self._write_pictures(runs[0].start, inside=link)
        self._group(runs, styles)
        self._write_pictures(runs[-1].end, inside=link)

    def _emphasis(self, mark: str, runs: Sequence[Run], styles: Sequence[str]) -> None:
        """Write runs with marks of emphasis, if CommonMark would take the marks for what they are."""
        if not runs:
            return
        first, pairs, picture = len(self.parts), len(self.pairs), self._picture
        before = self._last_char()
        after = self._text[runs[-1].end : runs[-1].end + 1]
        self._pair(mark, mark, lambda: self._group(runs, styles))
        inner = self.parts[first + 1 : -1]
        if not _flanks(inner[0].text[:1], before) or not _flanks(inner[-1].text[-1:], after):
            del self.parts[first:], self.pairs[pairs:]
            self._picture = picture
            self._group(runs, styles)  # once for each style at most, of which there are three

    def _run(self, run: Run) -> None:
        """Write a run without marks around it, but those of code and formulas."""
        for start, end in self._pieces(run):
            if run.style.formula and self._is_tex(start, end):
                sign = "$" * run.style.formula
                self._padded(start, end, lambda s, e, sign=sign: self._pair(sign, sign, lambda: self._raw(s, e)))  # type: ignore[misc]
            elif run.style.code:
                self._padded(start, end, self._code)
            else:
                self._plain(start, end)

    def _pieces(self, run: Run) -> Iterator[tuple[int, int]]:
        """Yield the parts of a run between pictures, and write the pictures before and between them."""
        start = run.start
        while self._picture < len(self._pictures) and self._pictures[self._picture].offset < run.end:
            at = max(self._pictures[self._picture].offset, start)
            if at > start:
                yield start, at
                start = at
            self._write_pictures(at)
        if start < run.end:
            yield start, run.end

    def _write_pictures(self, offset: int, inside: int | None = None, outside: int = -1) -> None:
        """Write the next pictures up to an offset; of those, only those inside of one link, or outside of one."""
        while self._picture < len(self._pictures) and self._pictures[self._picture].offset <= offset:
            place, picture, link = self._pictures[self._picture]
            if (inside is not None and link != inside) or (outside >= 0 and link == outside):
                break
            space = " " if self.parts and self.parts[-1].start >= 0 and not self._last_char().isspace() else ""
            following = self._text[place : place + 1]
            self.parts.append(Part(f"{space}{picture}{' ' if following and not following.isspace() else ''}"))
            self._picture += 1

    def _padded(self, start: int, end: int, write: Callable[[int, int], None]) -> None:
        """Write a part of the line, with the space at its ends outside of its marks."""
        words = self._text[start:end].strip()
        if not words:
            self._raw(start, end)
            return
        low = self._text.index(words, start)
        self._raw(start, low)
        write(low, low + len(words))
        self._raw(low + len(words), end)

    def _code(self, start: int, end: int) -> None:
        text = self._text[start:end]
        ticks = "`" * (1 + max(map(len, _BACKTICKS.findall(text)), default=0))
        space = " " if text[0] == "`" or text[-1] == "`" else ""
        self._pair(ticks + space, space + ticks, lambda: self._raw(start, end))

    def _is_tex(self, start: int, end: int) -> bool:
        return "$" not in self._text[start:end] and not self._text[start:end].rstrip().endswith("\\")

    def _raw(self, start: int, end: int) -> None:
        """Write a part of the line as it is; in a cell, pipes are escaped."""
        self._with_backslashes(start, end, escape.pipes(self._text, start, end) if self._where == "cell" else ())

    def _plain(self, start: int, end: int) -> None:
        """Write a part of the line that is text."""
        text = self._text
        found = set(
            escape.marks(
                text, start, end, formulas=self._formulas, brackets=self._brackets, cell=self._where == "cell"
            )
        )
        if start == 0 and not self.parts and self._where == "line":
            found.update(escape.at_beginning(text[:end]))
        if end == len(text) and self._where == "heading":
            found.update(each for each in escape.at_end_of_heading(text) if each >= start)
        self._with_backslashes(start, end, sorted(found))

    def _with_backslashes(self, start: int, end: int, places: Sequence[int] | Iterator[int]) -> None:
        for place in places:
            if place > start:
                self.parts.append(Part(self._text[start:place], start))
            self.parts.append(Part("\\"))
            start = place
        if start < end:
            self.parts.append(Part(self._text[start:end], start))

    def _pair(self, before: str, after: str, write: Callable[[], None]) -> None:
        """Write something between two marks."""
        number = len(self.parts)
        self.parts.append(Part(before))
        write()
        self.pairs.append((number, len(self.parts)))
        self.parts.append(Part(after))

    def _last_char(self) -> str:
        return next((part.text[-1] for part in reversed(self.parts) if part.text), "")

    def _escape_last(self) -> None:
        """Write a backslash before the last character."""
        last = self.parts.pop()
        if len(last.text) > 1:
            self.parts.append(last._replace(text=last.text[:-1]))
        self.parts += Part("\\"), Part(last.text[-1], last.start + len(last.text) - 1)


def _clipped(runs: Sequence[Run], start: int, end: int) -> Iterator[Run]:
    """Yield what of `runs` lies between two characters."""
    for run in runs[max(bisect_left(runs, start, key=lambda run: run.end), 0) :]:
        if run.start >= end:
            break
        low, high = max(run.start, start), min(run.end, end)
        if low < high:
            yield run._replace(start=low, end=high)


def _flanks(inner: str, outer: str) -> bool:
    """Whether a mark of emphasis between an inner and an outer character is one, as CommonMark says."""
    return not inner.isspace() and (not _is_sign(inner) or not outer or outer.isspace() or _is_sign(outer))


def _is_sign(char: str) -> bool:
    """Whether a character is punctuation or a symbol, as CommonMark counts them."""
    return bool(char) and category(char)[0] in "PS"
