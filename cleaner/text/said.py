"""What the lines of a text say of it: its headline, its authors, its dates, as far as a line says nothing else.

    The river rose                     headline: the line above the next two
    By Jane Roe and John Doe           authors
    Updated: 3 May 2024, 10:15 GMT     modified

Nothing is better than wrong. Only lines above the first prose count (`MAX_PROSE`), and of dates of change those at
the end. A name needs an opening that says what it is (`openings.toml`), a date one, too, or it stands right beside
the headline or the authors: at the head of a page may be the date of the day. What the lines say twice, and
differently, nobody says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from cleaner import dates, names

MAX_LINES = 200  # lines with text in which the first prose is looked for
MAX_PROSE = (
    3  # lines of prose, at the last of which the head of a text ends: a standfirst may stand above the authors
)
MAX_END = 6  # lines with text at the end in which a date of change may stand
MAX_LINE_CHARS = 200  # of a line that says something of the text
MAX_REST_CHARS = 30  # behind a date: a time zone, the time it takes to read
MAX_REST_WORDS = 6  # behind the authors: an office
PROSE_CHARS = 120  # a line with as many is prose, whatever its end
SENTENCE_CHARS = 60  # a line with as many is prose if it ends as a sentence
BESIDE = 2  # lines with text between a headline or authors and a date that belongs to them

_MARKS = " \t*_#>"  # of Markdown, around a line
_SENTENCE = re.compile(r"[.!?。！？…؟।][\"'”’»)]*$")
_NOT_TITLE = re.compile(r"(?:[.,:;…。]|\.\.\.)$|https?://|@|\|")
_TWO = re.compile(r"\s(?:and|und|et|y|e|og|och|ja|en|и|та|i|&)\s")
_SEPARATOR = re.compile(r"\s*(?:[|•·]|\s[-–—]\s|,\s|\s\()\s*")


class Spot(NamedTuple):
    """What a line says: the `value`, and the offsets of its text in the line, whose number is 0-based."""

    value: str
    line: int
    start: int
    end: int


class Said(NamedTuple):
    """What the lines of a text say of it; None and () for nothing."""

    title: Spot | None = None
    authors: tuple[Spot, ...] = ()
    published: Spot | None = None
    modified: Spot | None = None


class _Line(NamedTuple):
    """What one line says: authors, and dates by kind; `day` is a date without an opening."""

    authors: tuple[Spot, ...] = ()
    published: Spot | None = None
    modified: Spot | None = None
    day: Spot | None = None


def read(lines: Sequence[str], lang: str | None = None, headline: int | None = None) -> Said:
    """Return what lines say of the text; `headline` is the 0-based number of that line, if it is known."""
    filled = [i for i, line in enumerate(lines) if line.strip()]
    head = _head(lines, filled)
    place = {number: i for i, number in enumerate(filled)}
    said = {i: found for i in head if (found := _read_line(lines[i], i, lang)) != _Line()}
    authors = [line for line in said.values() if line.authors]
    if len({tuple(spot.value for spot in line.authors) for line in authors}) > 1:
        authors = []
    known = [line.authors[0].line for line in authors[:1]]
    title = None if headline is not None else _title(lines, filled, said, place)
    at = headline if headline is not None else title.line if title else None
    near = [place[number] for number in (*known, *([] if at is None or at not in place else [at]))]
    published = _one(line.published for line in said.values())
    if published is None:
        beside = (line.day for i, line in said.items() if any(abs(place[i] - other) <= BESIDE for other in near))
        published = _one(beside)
    modified = _one(line.modified for line in said.values())
    if modified is None:
        last = [i for i in filled[-MAX_END:] if i not in said]
        modified = _one(_read_line(lines[i], i, lang).modified for i in last)
    return Said(title, authors[0].authors if authors else (), published, modified)


def _head(lines: Sequence[str], filled: Sequence[int]) -> list[int]:
    """Return the numbers of the lines with text above the prose."""
    prose = 0
    head = []
    for i in filled[:MAX_LINES]:
        line = lines[i].strip()
        if len(line) >= PROSE_CHARS or (len(line) >= SENTENCE_CHARS and _SENTENCE.search(line)):
            prose += 1
            if prose == MAX_PROSE:
                break
        head.append(i)
    return head


def _one(spots: Iterator[Spot | None]) -> Spot | None:
    """Return the first of the spots that there are, None if they say different things."""
    found = [spot for spot in spots if spot]
    return found[0] if found and len({spot.value for spot in found}) == 1 else None


def _read_line(line: str, number: int, lang: str | None) -> _Line:
    """Return what a line says of the text."""
    if len(line) > MAX_LINE_CHARS:
        return _Line()
    start = len(line) - len(line.lstrip(_MARKS))
    end = len(line.rstrip(_MARKS))
    days = list(dates.find(line[:end], lang))
    authors, behind = _authors(line, number, start, _opening_before(line, start, days[0].start) if days else end)
    if days and authors:
        start = behind
    found: dict[str, Spot] = {}
    for i, day in enumerate(days):
        before = line[days[i - 1].end if i else start : day.start]
        kind = _kind(before, first=i == 0)
        if kind is None or kind in found:
            return _Line(authors)
        found[kind] = Spot(day.value, number, day.start, day.end)
    if days and len(line[days[-1].end : end]) > MAX_REST_CHARS:
        return _Line(authors)
    return _Line(authors, found.get("published"), found.get("modified"), found.get("day"))


def _opening_before(line: str, start: int, end: int) -> int:
    """Return where the opening of the date begins that stands at `end`, `end` if it has none.

    It may stand right behind a name, without a space, where a page has both in elements of their own.
    """
    openings = _openings()
    for place in range(start, end):
        said = line[place:end].casefold().strip(" \t|•·–—-,(").rstrip(":： ")
        if said in openings.published or said in openings.modified:
            return place
    return end


def _kind(before: str, *, first: bool) -> str | None:
    """Return what a date is, by the text before it: `published`, `modified`, or `day`; None for no such date."""
    words = before.strip(" \t|•·–—-,(").casefold().rstrip(":： ").split()
    openings = _openings()
    for count in (len(words), len(words) - 1):  # the last word may be the day of the week
        said = " ".join(words[:count])
        if said in openings.published:
            return "published"
        if said in openings.modified:
            return "modified"
        if not said and first:
            return "day"
    return None


def _authors(line: str, number: int, start: int, end: int) -> tuple[tuple[Spot, ...], int]:
    """Return the authors whom `line[start:end]` names behind an opening, and where the text that names them ends."""
    opening = _openings().authors.match(line, start, end)
    if not opening:
        return (), start
    behind = opening.end()
    cut = _SEPARATOR.search(line, behind, end)
    text = line[behind : cut.start() if cut else end].rstrip(_MARKS + ".")
    rest = line[cut.end() : end].strip() if cut else ""
    listed = names.persons(text)
    if cut and cut[0].strip() == ",":  # `By A. Roe, B. Doe and C. Poe`
        more = names.persons(line[behind:end].strip(_MARKS))
        # Of two, the second may be an office: `By A. Roe, Brussels Office`.
        if len(more) > 2 or (more and _TWO.search(line, behind, end)):
            listed, rest, cut = more, "", None
    if not listed:
        return (), start
    if len(rest.split()) > MAX_REST_WORDS or rest.endswith("."):
        return (), start
    spots = []
    for name in listed:
        behind = line.index(name, behind)
        spots.append(Spot(name, number, behind, behind + len(name)))
        behind += len(name)
    return tuple(spots), cut.end() if cut else behind


def _title(lines: Sequence[str], filled: Sequence[int], said: dict[int, _Line], place: dict[int, int]) -> Spot | None:
    """Return the headline: the only `#` heading of Markdown, or what stands above authors and dates."""
    headings = [i for i in filled if lines[i].startswith("# ")]
    if len(headings) == 1 and place[headings[0]] < MAX_END:
        return _whole(lines, headings[0])
    sure = [i for i, line in said.items() if line.authors or line.published or line.modified]
    if not sure:
        return None
    for above in range(place[min(sure)] - 1, max(place[min(sure)] - 1 - MAX_PROSE, -1), -1):
        number = filled[above]
        if number not in said and _like_title(lines[number].strip(_MARKS)):
            return _whole(lines, number)
    return None


def _like_title(text: str) -> bool:
    """Whether a line may be a headline."""
    wide = sum(char >= "\u2e80" for char in text) * 2 > len(text)
    enough = len(text) >= 8 if wide else len(text) >= 15 and len(text.split()) >= 3
    return enough and len(text) <= MAX_LINE_CHARS and not _NOT_TITLE.search(text)


def _whole(lines: Sequence[str], number: int) -> Spot:
    """Return a line without marks around it as a spot."""
    text = lines[number].strip(_MARKS)
    start = lines[number].index(text)
    return Spot(text, number, start, start + len(text))


class _Openings(NamedTuple):
    """The openings: a pattern of those before authors, and those before dates, folded, without colons."""

    authors: re.Pattern[str]
    published: frozenset[str]
    modified: frozenset[str]


@cache
def _openings() -> _Openings:
    """Return the openings of `openings.toml`, read once."""
    import tomllib

    data = tomllib.loads(files("cleaner.text").joinpath("openings.toml").read_text("utf-8"))
    # Without capitals and without a colon, any line might begin with such a word.
    heads = [head for head in data["authors"] if head[-1] in ":：" or head.lower() != head.upper()]
    parts = sorted(
        (re.escape(head) + (r"\s*" if head[-1] in ":：" else r"\s+") for head in heads), key=len, reverse=True
    )
    folded = {
        kind: frozenset(head.casefold().rstrip(":： ") for head in data[kind]) for kind in ("published", "modified")
    }
    return _Openings(
        re.compile("(?:" + "|".join(parts) + ")", re.IGNORECASE), folded["published"], folded["modified"]
    )
