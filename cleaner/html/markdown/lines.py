"""Lines of Markdown that know where their text is from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

_REFERENCES = {"<": "&lt;", "&": "&amp;"}
_SIGNS = re.compile("([<&])")


class Part(NamedTuple):
    """A part of a line of Markdown: its text, and where it is from; -1 for a mark.

    While a line is written, `start` is in characters of the line of the page, in a `Rendering` of the text of the
    page.
    """

    text: str
    start: int = -1


class Marked(NamedTuple):
    """What a line of a page becomes: its parts, and the numbers of those parts that are marks in pairs."""

    parts: list[Part]
    pairs: list[tuple[int, int]]

    def moved(self, by: int) -> Marked:
        """Return the same with all text from further on, by some characters."""
        return self._replace(
            parts=[part if part.start < 0 else Part(part.text, part.start + by) for part in self.parts]
        )


class Line(NamedTuple):
    """A line of Markdown: its parts, and the numbers of those that are marks in pairs.

    `needed` are the elements that need the line for as long as they have any text: those of which it has the mark.
    """

    parts: list[Part]
    pairs: list[tuple[int, int]]
    needed: tuple[int, ...]

    @property
    def text(self) -> str:
        """The text of the line."""
        return "".join(part.text for part in self.parts)


class Rendering(NamedTuple):
    """A page as Markdown: its lines, and for each element of the page the text that is in it.

    `spans` has the start and the end of the text of each element that `needed` of any line names, in characters of
    the text of the page, end excluded.
    """

    lines: list[Line]
    spans: Mapping[int, tuple[int, int]]

    @property
    def text(self) -> str:
        """The Markdown."""
        return "\n".join(line.text for line in self.lines)


def mark_line(mark: str, *needed: int) -> Line:
    """Return a line that is a mark, or blank."""
    return Line([Part(mark)] if mark else [], [], needed)


def in_html(parts: Iterable[Part]) -> Iterator[Part]:
    """Yield the text of a line as it stands between tags of HTML, without marks."""
    for part in parts:
        start = part.start
        if start < 0:
            continue
        for text in filter(None, _SIGNS.split(part.text)):
            yield Part(_REFERENCES[text]) if text in _REFERENCES else Part(text, start)
            start += len(text)
