"""Puts together what a document says of itself: claims of its markup, lines of its text, and their places in both
texts.

The markup is asked first, then the text. An item that stands in the text has its offsets there, wherever it is
from: the title on the line that is it, an author near the headline, a date where a line says the same day.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from cleaner import dates
from cleaner.arguments import is_language
from cleaner.document import Cleaned, apply, split_lines, with_line_feeds
from cleaner.metadata import Item, Metadata
from cleaner.text import said
from cleaner.text.languages import bcp47
from cleaner.text.repair import repair

if TYPE_CHECKING:
    from cleaner.html.metadata import Claim, Claims
    from cleaner.progress import InProgress

MAX_DATE_LINES = 300  # lines behind the headline in which a date is looked for that the markup names


class Place(NamedTuple):
    """What stands in the original from `start` to `end`."""

    start: int
    end: int


def described(document: InProgress, repairs: bool) -> Cleaned:
    """Return a document that went through the passes, with metadata; `repairs` says whether values are repaired."""
    from dataclasses import replace

    original, claims, url, lang = document.original, document.claims, document.url, document.lang
    cleaned = document.cleaned()
    return replace(cleaned, metadata=_Describer(cleaned, original, repairs).metadata(claims, url, lang))


class _Describer:
    """A cleaned document with its original, in which items are looked for."""

    def __init__(self, cleaned: Cleaned, original: str, repairs: bool) -> None:
        self.cleaned = cleaned
        self.original = original
        self.repairs = repairs
        self.lines = split_lines(original)
        view = with_line_feeds(original)
        self.starts = [0, *(match.end() for match in re.finditer("\n", view))]
        self.shifts = [0, *accumulate(len(edit.replacement) - len(edit.before) for edit in cleaned.edits)]

    def metadata(self, claims: Claims | None, url: str | None, lang: str | None) -> Metadata:
        """Return what the document says of itself."""
        language = self._language(claims, lang)
        known = language.value if language else None
        title = claims.title if claims else None
        place = self._title_place(title) if title else None
        headline = None if place is None else bisect_right(self.starts, place.start) - 1
        spoken = said.read(self.lines, known, headline)
        found = self._with_place(title, place) if title else self._of_spot(spoken.title)
        after = found.start if found and found.start is not None else 0
        authors = [
            self._with_place(one, self._name_place(one.value, after)) for one in (claims.authors if claims else ())
        ]
        if not authors:
            authors = [item for spot in spoken.authors if (item := self._of_spot(spot))]
        return Metadata(
            title=found,
            authors=tuple(authors),
            published=self._date(claims.published if claims else None, spoken.published, after, known),
            modified=self._date(claims.modified if claims else None, spoken.modified, after, known),
            site=self._site(claims, url),
            url=_plain(claims.url) if claims and claims.url else Item(url, "given") if url else None,
            language=language,
            description=self._described(claims.description) if claims else None,
            image=_plain(claims.image) if claims else None,
            license=_plain(claims.license) if claims else None,
        )

    # Values

    def _repaired(self, text: str) -> str:
        return apply(text, repair(text)) if self.repairs and text else text

    def _described(self, claim: Claim | None) -> Item | None:
        return claim and self._with_place(claim, self._find(claim.value, 0))

    def _language(self, claims: Claims | None, lang: str | None) -> Item | None:
        for claim in claims.languages if claims else ():
            name = bcp47(claim.value) or ""
            if name and is_language(name):
                return Item(_cased(name), claim.source)
        return Item(lang, "given") if lang else None

    def _site(self, claims: Claims | None, url: str | None) -> Item | None:
        if claims and claims.site:
            return self._with_place(claims.site, None)
        from urllib.parse import urlsplit

        address = claims.url.value if claims and claims.url else url
        if not address:
            return None
        try:
            host = urlsplit(address if "//" in address else f"//{address}").hostname
        except ValueError:
            return None
        return Item(host.removeprefix("www."), "url") if host else None

    def _date(self, claim: Claim | None, spot: said.Spot | None, after: int, lang: str | None) -> Item | None:
        if claim is None:
            return self._of_spot(spot)
        place = self._find(claim.text, 0) if claim.text else None
        day = claim.value[:10]
        if place is not None and not any(one.value[:10] == day for one in dates.find(claim.text, lang)):
            place = None
        if place is not None:
            inside = next(one for one in dates.find(claim.text, lang) if one.value[:10] == day)
            place = Place(place.start + inside.start, place.start + inside.end)
        return self._with_place(claim, place or self._date_place(day, after, lang), repaired=False)

    # Places

    def _title_place(self, claim: Claim) -> Place | None:
        key = claim.value.casefold()
        for number, line in enumerate(self.lines):
            if len(line) < len(key) + 20 and line.strip().casefold().strip("# *") == key:
                return self._in_line(number, claim.value)
        return self._find(claim.value, 0)

    def _in_line(self, number: int, value: str) -> Place | None:
        line = self.lines[number]
        start = line.find(value)
        length = len(value)
        if start < 0:
            bare = line.strip().strip("# *")
            start, length = line.index(bare), len(bare)
        return Place(self.starts[number] + start, self.starts[number] + start + length)

    def _name_place(self, name: str, after: int) -> Place | None:
        return self._find(name, after) or self._find(name, 0)

    def _find(self, value: str, after: int) -> Place | None:
        """Return where a value stands, as words of their own, at `after` or behind."""
        start = self.original.find(value, after) if value else -1
        for _ in range(MAX_TRIES):
            if start < 0:
                return None
            end = start + len(value)
            if not (self.original[start - 1 : start].isalnum() or self.original[end : end + 1].isalnum()):
                return Place(start, end)
            start = self.original.find(value, start + 1)
        return None

    def _date_place(self, day: str, after: int, lang: str | None) -> Place | None:
        """Return where a line near the headline says a day."""
        first = max(bisect_right(self.starts, after) - 1 - said.BESIDE, 0)
        for number in range(first, min(first + MAX_DATE_LINES, len(self.lines))):
            line = self.lines[number]
            if len(line) > said.MAX_LINE_CHARS:
                continue
            for found in dates.find(line, lang):
                if found.value[:10] == day:
                    return Place(self.starts[number] + found.start, self.starts[number] + found.end)
        return None

    def _of_spot(self, spot: said.Spot | None) -> Item | None:
        if spot is None or SURROGATE.search(spot.value):
            return None
        start = self.starts[spot.line]
        place = Place(start + spot.start, start + spot.end)
        text = self.original[place.start : place.end]
        value = self._repaired(spot.value) if spot.value == text else spot.value
        return self._placed(Item(value, "text"), place)

    def _with_place(self, claim: Claim, place: Place | None, *, repaired: bool = True) -> Item:
        item = Item(self._repaired(claim.value) if repaired else claim.value, claim.source)
        return item if place is None else self._placed(item, place)

    def _placed(self, item: Item, place: Place) -> Item:
        """Return an item with its places in the original and, if it stayed, in the clean text."""
        start, end = place
        text = self.original[start:end]
        if SURROGATE.search(text):  # JSON may join it with its neighbour
            return item
        item = item._replace(text=text, start=start, end=end)
        edits = self.cleaned.edits
        before = bisect_right(edits, start, key=lambda edit: edit.end)
        while before and edits[before - 1].end > start:
            before -= 1
        behind = before
        while behind < len(edits) and edits[behind].start < end:
            behind += 1
        if any(edit.start < start or edit.end > end for edit in edits[before:behind]):
            return item
        clean_start, clean_end = start + self.shifts[before], end + self.shifts[behind]
        if self.cleaned.text[clean_start:clean_end] not in (text, item.value):
            return item
        return item._replace(clean_start=clean_start, clean_end=clean_end)


SURROGATE = re.compile("[\ud800-\udfff]")
MAX_TRIES = 50  # places of a value at which it may be a part of another word, before it is given up


def _plain(claim: Claim | None) -> Item | None:
    return claim and Item(claim.value, claim.source)


def _cased(tag: str) -> str:
    """Return a tag of BCP 47 as it is written: `pt-br` is `pt-BR`, `zh-hans` is `zh-Hans`."""
    first, *others = tag.split("-")
    return "-".join((first.lower(), *(_cased_part(part) for part in others)))


def _cased_part(part: str) -> str:
    return part.upper() if len(part) == 2 else part.title() if len(part) == 4 and part.isalpha() else part.lower()
