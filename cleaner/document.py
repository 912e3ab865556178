"""The data that everything else speaks in: a change, an edit, the cleaned document.

A document is a `str`. Its lines are what stands between line breaks. A line break is a line feed (U+000A) with the
carriage returns right before it, or a lone carriage return (U+000D), as in files of old Macs; a document may mix
them. U+2028, U+0085, form feeds and the like break no lines here: splitting on them, as `str.splitlines` does, is how
offsets drift.

All offsets are in characters (code points) and 0-based; ends are excluded. Line numbers are 1-based.

A change says what is to be done to a text; an edit says what was done to the original, with the text that was
replaced. Because edits hold that text, the original follows from the clean text and its edits:

    original  "Share\nRain fell.\n"
    edit      start 0, end 6, before "Share\n", replacement ""
    text      "Rain fell.\n"          `to_original(0)` is 6
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import merge
from itertools import accumulate, chain
from typing import Any, NamedTuple

from cleaner.metadata import Metadata


class Change(NamedTuple):
    """Replace `text[start:end]` of a text by `replacement`; the other fields name who wants that, and why."""

    start: int
    end: int
    replacement: str
    by: str
    category: str
    confidence: str
    score: float | None = None
    element: str | None = None


class Edit(NamedTuple):
    """One edit of a document, in offsets of the original.

    `original[start:end]`, which reads `before`, became `replacement`. `by` names the rule (`pack/rule`), the kind of
    chrome that the markup of a page names (`markup/...`), the repair step (`repair/...`), the judge and its reason
    (`judge/...`) or `trafilatura`. `confidence` is `sure`, `likely` or `guess`. `line` is the 1-based line of the
    original on which the edited text begins. `score` is the probability, 0 to 1, that the line is content, if the
    judge decided about it; None otherwise. `element` is the element of the page that a selector of the rule named, by
    tag, id and classes (`div#banner.wide`); None otherwise.
    """

    start: int
    end: int
    before: str
    replacement: str
    by: str
    category: str
    confidence: str
    line: int
    score: float | None = None
    element: str | None = None


def with_line_feeds(text: str) -> str:
    """Return `text` with a line feed for each lone carriage return, so that offsets stay as they are.

    In the result every line break ends with a line feed, and no line holds a carriage return.
    """
    if "\r" not in text:
        return text
    # The look-behind and the possessive `++` have each run of carriage returns tried once: the time is linear.
    return re.sub(r"(?<!\r)\r++(?!\n)", lambda run: "\n" * len(run[0]), text)


def split_lines(text: str) -> list[str]:
    """Return the lines of `text` without line breaks.

    There is one line more than line breaks, so the last one may be empty.
    """
    lines = with_line_feeds(text).split("\n")
    return [line.rstrip("\r") for line in lines] if "\r" in text else lines


def apply(text: str, changes: Iterable[Change | Edit]) -> str:
    """Return `text` with `changes` made, which are ordered and do not overlap."""
    pieces: list[str] = []
    position = 0
    for change in changes:
        pieces += text[position : change.start], change.replacement
        position = change.end
    pieces.append(text[position:])
    return "".join(pieces)


def compose(first: list[Change], second: list[Change], between: str) -> list[Change]:
    """Return the changes of the original that do at once what `first` and then `second` do.

    `first` is in offsets of the original, `second` in offsets of `between`, the text that `first` makes of it.
    Changes that overlap become one change, which bears the name of the change in `second`, because that had the last
    word.
    """
    if not first or not second:
        return first or second
    places = merge(_moved(first), ((change.start, change.end, 1, change) for change in second))
    result: list[Change] = []
    shift = 0  # offset in `between` minus offset in the original
    group = [next(places)]  # changes that overlap
    low, high = group[0][:2]
    for place in chain(places, [None]):
        if place and place[0] < high:
            group.append(place)
            high = max(high, place[1])
            continue
        before = shift
        shift += sum(len(c.replacement) - (c.end - c.start) for _, _, which, c in group if which == 0)
        if len(group) == 1:  # most changes are alone; there may be a million of them, so none is copied in vain
            _, _, which, change = group[0]
            stays = which == 0 or not shift
            result.append(change if stays else change._replace(start=low - shift, end=high - shift))
        else:
            later = [c._replace(start=c.start - low, end=c.end - low) for _, _, which, c in group if which == 1]
            name = later[-1] if later else group[0][3]
            text = apply(between[low:high], later)
            result.append(name._replace(start=low - before, end=high - shift, replacement=text))
        if place:
            group = [place]
            low, high = place[:2]
    return result


def _moved(changes: Iterable[Change]) -> Iterator[tuple[int, int, int, Change]]:
    """Yield changes with the start and the end of what each makes, in offsets of the text that they all make."""
    shift = 0
    for change in changes:
        start = change.start + shift
        shift += len(change.replacement) - (change.end - change.start)
        yield start, change.end + shift, 0, change


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A cleaned document: the clean text, and the record of how it came from the original.

    - `text`: the clean text.
    - `edits`: what was done, in offsets of the original, ordered, without overlaps.
    - `flags`: what a reader should know of the document as a whole: `guarded` (nearly all would have gone, so only
      the certain rules were followed), `mostly-removed` (nearly all did go), `unstable` (only repaired, because
      cleaning did not come to an end), `read-as-html` (a text that is a page of HTML was read as one: the original
      is the text of the page), `replaced` (bytes that are not valid in the encoding of the document became U+FFFD),
      `html-fallback` (the page left the judge in doubt, and trafilatura found no main content on it), `no-text` (the
      page has no text that a reader sees).
    - `encoding`: the Python codec that the original was decoded with, if it came as bytes.
    - `bom`: whether a byte order mark that is no part of the text stood before it.
    - `confidence`: how good `text` is to be expected, from 0 to 1: the F1 of words, of what is kept against what is
      content (see `judge.confidence`). None if no judge looked at the document or if it has no line to judge.
    - `metadata`: what the document says of itself, if the cleaner was asked for it; None otherwise.

    The original is not stored, because it follows from the text and the edits.
    """

    text: str
    edits: tuple[Edit, ...] = ()
    flags: tuple[str, ...] = ()
    encoding: str | None = None
    bom: bool = False
    confidence: float | None = None
    metadata: Metadata | None = None

    @property
    def original(self) -> str:
        """The document as it was; computed from the text and the edits, in time linear in its length."""
        return self.restore()

    def restore(self) -> str:
        """Return the original, exactly, from the clean text and the edits alone."""
        pieces: list[str] = []
        position = shift = 0
        for edit in self.edits:
            start = edit.start + shift
            pieces += self.text[position:start], edit.before
            position = start + len(edit.replacement)
            shift += len(edit.replacement) - len(edit.before)
        pieces.append(self.text[position:])
        return "".join(pieces)

    def to_original(self, offset: int) -> int:
        """Map a 0-based character offset in `text` to the offset of the same character in the original.

        An offset inside a replacement maps to the start of the text that was replaced. `len(text)` maps to the place
        behind the last character that was kept. Raises `IndexError` for an offset outside `0..len(text)`.
        """
        return self.to_originals([offset])[0]

    def to_originals(self, offsets: Iterable[int]) -> list[int]:
        """Map many offsets at once, in any order; see `to_original`."""
        shifts = [0, *accumulate(len(edit.before) - len(edit.replacement) for edit in self.edits)]
        starts = [edit.start - shift for edit, shift in zip(self.edits, shifts, strict=False)]
        result = []
        for offset in offsets:
            if not 0 <= offset <= len(self.text):
                raise IndexError(f"offset {offset} is outside the text of {len(self.text)} characters")
            number = bisect_right(starts, offset)
            # What was deleted at the end of the text lies behind its last character, not before it.
            while number and offset == len(self.text) == starts[number - 1]:
                number -= 1
            edit = self.edits[number - 1] if number else None
            if edit and offset < starts[number - 1] + len(edit.replacement):
                result.append(edit.start)
            else:
                result.append(offset + shifts[number])
        return result

    def to_dict(self) -> dict[str, Any]:
        """Return text and record as plain data, fit for JSON: `dict`, `list`, `str`, numbers, `bool` and `None`.

        There is a key `metadata` only if the cleaner was asked for it. A text with a high surrogate right before a
        low one, which JSON would take for one character, is a list of its parts.
        """
        data = {
            "text": _parts(self.text),
            "edits": [{**edit._asdict(), "before": _parts(edit.before)} for edit in self.edits],
            "flags": list(self.flags),
            "encoding": self.encoding,
            "bom": self.bom,
            "confidence": self.confidence,
        }
        return data if self.metadata is None else {**data, "metadata": self.metadata.to_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Cleaned:
        """Return what `to_dict` was called on; without an entry `confidence`, as in older records, it is None.

        Raises `KeyError`, `TypeError` or `ValueError` for data that is not from there: what it returns can be
        restored, and no longer than its text and its edits together.
        """
        text = _joined(data["text"])
        flags = tuple(data["flags"])
        if not all(isinstance(flag, str) for flag in flags) or not isinstance(data["bom"], bool):
            raise TypeError("flags are strings, and bom is a bool")
        if not isinstance(data["encoding"], str | None):
            raise TypeError("an encoding is a string or None")
        confidence = data.get("confidence")
        if isinstance(confidence, bool) or not isinstance(confidence, int | float | None):
            raise TypeError("a confidence is a number or None")
        if confidence is not None and not 0 <= confidence <= 1:
            raise ValueError("a confidence is from 0 to 1")
        metadata = None if data.get("metadata") is None else Metadata.from_dict(data["metadata"])
        edits = tuple(_checked_edits(text, data["edits"]))
        return cls(text, edits, flags, data["encoding"], data["bom"], confidence, metadata)


# Between two characters that JSON would make one of.
_INSIDE_PAIR = re.compile("(?<=[\ud800-\udbff])(?=[\udc00-\udfff])")


def _parts(text: str) -> str | list[str]:
    """Return `text`, or its parts if JSON would join two of its characters."""
    try:
        text.encode()  # the fastest way to look for surrogates
    except UnicodeEncodeError:
        parts = _INSIDE_PAIR.split(text)
        return parts if len(parts) > 1 else text
    return text


def _joined(parts: Any) -> str:
    """Return the text that `_parts` made `parts` of. Raises `TypeError`."""
    if isinstance(parts, str):
        return parts
    if isinstance(parts, list):
        return "".join(parts)
    raise TypeError(f"a {type(parts).__name__} is no text")


def _checked_edits(text: str, edits: Iterable[Mapping[str, Any]]) -> Iterator[Edit]:
    """Yield edits of plain data that have led to `text`. Raises `TypeError` and `ValueError` for others."""
    last = shift = 0
    for data in edits:
        edit = Edit(**{**data, "before": _joined(data["before"])})
        if not all(isinstance(offset, int) for offset in (edit.start, edit.end, edit.line)):
            raise TypeError("offsets and lines are integers")
        if not all(isinstance(name, str) for name in (edit.replacement, edit.by, edit.category, edit.confidence)):
            raise TypeError("what is not a number in an edit is a string")
        if not isinstance(edit.score, int | float | None):
            raise TypeError("a score is a number or None")
        if not isinstance(edit.element, str | None):
            raise TypeError("an element is a string or None")
        start = edit.start + shift
        if (
            edit.start < last
            or edit.end - edit.start != len(edit.before)
            or not text.startswith(edit.replacement, start)
        ):
            raise ValueError(f"the edit at {edit.start} does not fit the text")
        last = edit.end
        shift += len(edit.replacement) - len(edit.before)
        yield edit


def as_edits(original: str, changes: Iterable[Change]) -> tuple[Edit, ...]:
    """Return `changes` of `original` as edits: with the text that they replace and the line on which they begin."""
    edits = []
    position = 0
    line = 1
    view = with_line_feeds(original)
    for start, end, replacement, by, category, confidence, score, element in changes:
        before = original[start:end]
        line += view.count("\n", position, start)
        position = start
        # A change may begin with line breaks and blank lines before the removed line, which is the line to name.
        bare = before.lstrip()
        lead = view.count("\n", start, end - len(bare)) if bare and bare != before else 0
        edits.append(Edit(start, end, before, replacement, by, category, confidence, line + lead, score, element))
    return tuple(edits)
