"""What was measured on a page, and files of it: JSON lines, one page a line, which may be put together."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec

from cleaner.workbench.score import Score

HTML = "html"  # the input that is the page's HTML; every other input is the name of the converter that made the text
BINS = 10  # of chances: below .1, below .2, …


class Segments(NamedTuple):
    """Segments of a page that are known to be content or not."""

    there: int  # wanted, and in the clean text
    gone: int  # wanted, and not there
    extra: int  # unwanted, and there


class Lines(NamedTuple):
    """Filled lines of a text, and how many of them went."""

    content: int
    content_gone: int
    other: int
    other_gone: int


class Alone(NamedTuple):
    """What became of a text that is nothing but content."""

    score: Score
    same: bool  # not a byte was changed


class Bin(NamedTuple):
    """Words of the lines whose chance lies in a range, and how many of these words are content."""

    words: int
    content: int


class Page(msgspec.Struct):
    """The results of one page. A way to clean is named `INPUT/NAME`, for instance `html/main`."""

    data_set: str
    id: str
    kind: str  # the language or else the type of page, as the data set says; else the language that the page says
    language: str  # as the data set says; empty if it does not
    scores: dict[str, Score] = {}  # by way
    no_comments: dict[str, Score] = {}  # the same without user comments; empty if the page has none
    segments: dict[str, Segments] = {}  # by way
    headline: dict[str, bool] = {}  # by way, whether the headline is there; empty if the page's text has no headline
    extract: dict[str, Lines] = {}  # what each level or filter does to what trafilatura leaves of the page
    alone: dict[str, Alone] = {}  # what each level does to the gold text
    chances: dict[str, list[Bin]] = {}  # by input, the bins of chances, the lowest first
    empty: list[str] = []  # the ways that left nothing
    failed: list[str] = []  # the ways that raised an exception; that counts as an empty text


def usable(score: Score) -> bool:
    """Whether at least half of the gold stands in the page's text, so that the page can tell how good a way is."""
    return 0 < score.gold <= 2 * score.content


def save(found: Iterable[Page], path: Path) -> None:
    """Write results to a file."""
    encode = msgspec.json.Encoder().encode
    path.write_bytes(b"".join(encode(page) + b"\n" for page in found))


def load(paths: Iterable[Path]) -> list[Page]:
    """Read the results in files. What several files have of a page is put together; the last of them counts."""
    decode = msgspec.json.Decoder(Page).decode
    pages: dict[tuple[str, str], Page] = {}
    for path in paths:
        for line in path.read_bytes().splitlines():
            page = decode(line)
            known = pages.setdefault((page.data_set, page.id), page)
            if known is not page:
                _add(known, page)
    return list(pages.values())


def _add(known: Page, page: Page) -> None:
    """Add the results of another run on the same page."""
    again = {*page.scores, *page.segments, *page.headline}
    known.no_comments = {way: one for way, one in known.no_comments.items() if way not in again}
    for name in ("empty", "failed"):
        setattr(known, name, [way for way in getattr(known, name) if way not in again] + getattr(page, name))
    for name in ("scores", "no_comments", "segments", "headline", "extract", "alone", "chances"):
        getattr(known, name).update(getattr(page, name))
