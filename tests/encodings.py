"""Texts in encodings, for tests and for `tests.measure_encodings`: each encoding with the languages written in it."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tests.support import DATA

# The encodings of the table, and the languages that are written in them.
CENTRAL = ("cs", "hr", "hu", "pl", "ro", "sk", "sl")
CYRILLIC = ("be", "bg", "mk", "ru", "sr", "uk")
WRITTEN_IN = {
    "cp1250": CENTRAL,
    "iso8859_2": CENTRAL,
    "cp1251": CYRILLIC,
    "koi8_r": ("ru",),
    "koi8_u": ("uk",),
    "iso8859_5": CYRILLIC,
    "cp1252": ("ca", "da", "de", "en", "es", "fi", "fr", "is", "it", "nl", "no", "pt", "sv"),
    "iso8859_15": ("de", "es", "fi", "fr", "it", "nl", "pt"),
    "cp1253": ("el",),
    "iso8859_7": ("el",),
    "cp1254": ("tr",),
    "iso8859_9": ("tr",),
    "cp1255": ("he",),
    "cp1256": ("ar", "fa"),
    "cp1257": ("et", "lt", "lv"),
    "cp1258": ("vi",),
    "cp874": ("th",),
    "cp932": ("ja",),  # Shift JIS as browsers have it
    "euc_jp": ("ja",),
    "iso2022_jp": ("ja",),
    "euc_kr": ("ko",),
    "gb18030": ("zh",),
    "big5": ("zht",),
    "utf_16_le": (),  # any language, with one sample each
    "utf_16_be": (),
}
# How the files of data/prose begin, where that is not the code of their language.
PROSE_OF = {"prose": "en", "nb": "no", "zh-hans": "zh", "zh-hant": "zht"}
NO_LANGUAGE = ("code", "dialogue", "list", "poem", "recipe", "table")

# What people wrote in place of letters and marks that an encoding lacks.
SPELT = {"ro": str.maketrans("șțȘȚ", "şţŞŢ"), "fa": str.maketrans("یۀ", "يه")}
TYPOGRAPHY = str.maketrans(
    {"‘": "'", "’": "'", "‚": "'", "–": "-", "—": "-", "…": "..."} | dict.fromkeys("“”„«»", '"')
)
TONES = ("\u0300", "\u0301", "\u0303", "\u0309", "\u0323")  # of Vietnamese; cp1258 writes them behind their vowel

FIGURES = "2019–2024: 1.250,75 € (+12,5 %), § 7, 25 °C, 3 × 4 m², tel. +49 30 901820\n"
NAMES = "François Müller (São Paulo), Zoë O’Brien & Søren Åberg: “It’s café weather”\n"
MENU = "".join(f'<li class="item-{i}"><a href="/section/{i}.html" title="x">Home {i}</a></li>' for i in range(20))
PAGE = (
    "<!DOCTYPE html><html><head><title>{title}</title><style>.item > a {{ float: left }}</style>"
    "<script>var queue = queue || []; queue.push('view');</script></head>"
    "<body><ul>{menu}</ul><article><h1>{title}</h1>{text}</article><footer>© 2019</footer></body></html>"
)


class Sample(NamedTuple):
    """A text in an encoding: what it must be read as, and its bytes."""

    language: str
    encoding: str
    text: str
    data: bytes


def prose() -> dict[str, list[str]]:
    """Return our own prose, by language."""
    found: dict[str, list[str]] = {}
    for path in sorted((DATA / "prose").glob("*.txt")):
        start = "-".join(path.stem.split("-")[: 2 if path.stem.startswith("zh") else 1])
        if start not in NO_LANGUAGE:
            found.setdefault(PROSE_OF.get(start, start), []).append(path.read_text("utf-8"))
    return found


def spelt(text: str, language: str, encoding: str) -> str:
    """Return `text` as it is written in an encoding: with substitutes for letters and marks that it lacks."""
    text = text.translate(SPELT.get(language, {}))
    if encoding == "cp1258":
        text = "".join(map(_with_tone_behind, text))
    return "".join(_written(char, encoding) or _written(char.translate(TYPOGRAPHY), encoding) for char in text)


def _written(text: str, encoding: str) -> str:
    """Return what of a text an encoding has; EUC-KR has no syllables that it would write in four parts."""
    if encoding == "euc_kr" and len(text.encode(encoding, "ignore")) > 2 * len(text):
        return ""
    return text.encode(encoding, "ignore").decode(encoding)


def _with_tone_behind(char: str) -> str:
    """Return a Vietnamese letter with its tone as a character of its own."""
    marks = unicodedata.normalize("NFD", char)
    tone = next((mark for mark in marks if mark in TONES), "")
    return unicodedata.normalize("NFC", marks.replace(tone, "")) + tone if tone else char


def varied(text: str, number: int) -> str:
    """Return `text` with more of what real documents have: headings in capitals, short lines, figures, names."""
    lines = [line for line in text.split("\n") if line] or [text]
    if number % 4 == 1:
        return lines[0].upper() + "\n" + re.sub("([.。।]) ?", "\\1\n", "\n".join(lines[1:] or lines))
    if number % 4 == 2:
        return "\n".join(line + "\n" + FIGURES for line in lines)
    if number % 4 == 3:
        return NAMES + "\n".join(f"“{line}”" for line in lines)
    return text


def page_of(text: str) -> str:
    """Return a page that declares nothing, with `text` in it."""
    title, _, rest = text.partition("\n")
    paragraphs = (f"<p>{html.escape(line, quote=False)}</p>\n" for line in (rest or title).split("\n"))
    return PAGE.format(title=html.escape(title[:80], quote=False), menu=MENU, text="".join(paragraphs))


def pieces(text: str, length: int, count: int) -> Iterator[str]:
    """Yield at most `count` parts of `text` of `length` characters, evenly spread; they begin at any character."""
    last = len(text) - length
    places = min(count, max(1, 4 * len(text) // length)) if last >= 0 else 0
    for i in range(places):
        start = last * i // max(places - 1, 1)
        yield text[start : start + length]


def samples(texts: Mapping[str, Sequence[str]], length: int, count: int, *, pages: bool = False) -> Iterator[Sample]:
    """Yield samples of `length` characters, about `count` of an encoding and language, as texts or as `pages`.

    Samples that are ASCII are left out: nothing tells their encoding, and nothing has to.
    """
    for encoding, languages in WRITTEN_IN.items():
        for language in languages or texts:
            whole = texts.get(language, ())[: count if languages else 1]
            for number, text in enumerate(whole):
                each = max(1, -(-count // len(whole))) if languages else 1
                for i, piece in enumerate(pieces(spelt(text, language, encoding), length, each)):
                    sample = spelt(varied(piece, number + i), language, encoding)
                    sample = spelt(page_of(sample), language, encoding) if pages else sample
                    data = sample.encode(encoding)
                    if not data.isascii() or encoding.startswith(("utf_16", "iso2022")):
                        yield Sample(language, encoding, sample, data)
