"""Texts in encodings, for tests and for `tests.measure_encodings`: each encoding with the languages written in it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

# The encodings of the table, and the languages that are written in them.
WRITTEN_IN = {
    "cp1250": ("cs", "pl", "hu", "sk", "hr", "sl", "ro"),
    "iso8859_2": ("cs", "pl", "hu", "sk", "hr", "sl", "ro"),
    "cp1251": ("ru", "uk", "bg", "sr", "be", "mk"),
    "koi8_r": ("ru",),
    "koi8_u": ("uk",),
    "iso8859_5": ("ru", "uk", "bg", "sr", "be", "mk"),
    "cp1252": ("de", "fr", "es", "pt", "it", "nl", "sv", "da", "no", "fi", "ca", "en"),
    "iso8859_15": ("de", "fr", "fi", "es", "pt", "it", "nl"),
    "cp1253": ("el",),
    "iso8859_7": ("el",),
    "cp1254": ("tr",),
    "iso8859_9": ("tr",),
    "cp1255": ("he",),
    "cp1256": ("ar", "fa"),
    "cp1257": ("lt", "lv", "et"),
    "cp1258": ("vi",),
    "cp874": ("th",),
    "shift_jis": ("ja",),
    "euc_jp": ("ja",),
    "iso2022_jp": ("ja",),
    "euc_kr": ("ko",),
    "gb18030": ("zh",),
    "big5": ("zht",),
    "utf_16_le": (),  # any
    "utf_16_be": (),
}
# Letters that an encoding lacks, and what people wrote in their place.
SPELT = {
    "ro": str.maketrans("șțȘȚ", "şţŞŢ"),
    "fa": str.maketrans("یۀ", "يه"),
    "sr": str.maketrans("", ""),
}
TYPOGRAPHY = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "‚": "'", "–": "-", "—": "-", "…": "...", "«": '"', "»": '"'}
)
TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}  # of Vietnamese; cp1258 writes each behind its vowel


class Sample(NamedTuple):
    """A text in an encoding: what it must be read as, and its bytes."""

    language: str
    encoding: str
    text: str
    data: bytes


def spelt(text: str, language: str, encoding: str) -> str:
    """Return `text` as it is written in an encoding: with what the encoding has for letters and marks that it lacks."""
    text = text.translate(SPELT.get(language, {}))
    if encoding == "cp1258":
        parts = []
        for char in text:
            marks = unicodedata.normalize("NFD", char)
            tone = next((mark for mark in marks if mark in TONES), "")
            parts.append(unicodedata.normalize("NFC", marks.replace(tone, "")) + tone if tone else char)
        text = "".join(parts)
    parts = []
    for char in text:
        try:
            char.encode(encoding)
        except UnicodeEncodeError:
            char = char.translate(TYPOGRAPHY)
        parts.append(char)
    return "".join(parts).encode(encoding, "ignore").decode(encoding)


def pieces(text: str, length: int, count: int) -> Iterator[str]:
    """Yield at most `count` parts of `text` of `length` characters, evenly spread; they begin at any character."""
    last = len(text) - length
    if last < 0:
        return
    places = min(count, max(1, 4 * len(text) // length))
    for i in range(places):
        start = last * i // max(places - 1, 1)
        yield text[start : start + length]


def samples(texts: Mapping[str, Sequence[str]], length: int, count: int) -> Iterator[Sample]:
    """Yield samples of `length` characters, at most `count` of an encoding and language; ASCII alone is left out."""
    for encoding, languages in WRITTEN_IN.items():
        for language in languages or texts:
            if language not in texts:
                continue
            each = max(1, count // len(texts[language]))
            found = 0
            for whole in texts[language]:
                for piece in pieces(spelt(whole, language, encoding), length, each):
                    data = piece.encode(encoding)
                    if encoding.startswith("utf_16") or not (data.isascii() and encoding != "iso2022_jp"):
                        found += 1
                        yield Sample(language, encoding, piece, data)
                if found >= count:
                    break
