"""The key of a line: the form in which lines and rules are compared.

A key is the line after NFKC and casefold, with every run of white space as one space, apostrophes and decimal digits
as ASCII, and without invisible characters and leading bullets: "• Don’t  MISS…" has the key "don't miss...". An
offset in a key says nothing about the line, because nothing maps back from one to the other.

Spellings that say the same to every reader of a language have one key, so that packs need not hold each of them
(`VARIANTS`). Greek has no accents in capitals, Turkish writes both i and ı as I in text that was made capital without
regard to the language, Russian may write е for ё, and programs have two letters for the Romanian ș and ț and for the
Persian and the Arabic kaf and yeh. Vowel signs of Arabic and the stroke that makes its words longer may be left out,
and keys never have them. What a key has for a variant need not be how anybody writes the word: a key is to be
compared, and not to be shown.

`fold_text` does the part that works character by character; `keys` also sees to white space and bullets.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from cleaner import lazy

# Zero-width characters, direction marks, soft hyphens, byte order marks.
_INVISIBLE = "\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
# What Arabic and Persian may leave out: the stroke that makes a word longer, vowel signs, and a hamza that NFKC has
# not joined to a letter, such as that above the last letter of a Persian word.
_OPTIONAL = "\u0640\u064b-\u0652\u0654\u0655\u0670"
# The zero of each script (in the Basic Multilingual Plane) whose decimal digits NFKC leaves as they are: Arabic,
# Persian, the scripts of India. The nine code points behind a zero are the digits 1 to 9.
_ZEROS = (
    0x660,
    0x6F0,
    0x7C0,
    0x966,
    0x9E6,
    0xA66,
    0xAE6,
    0xB66,
    0xBE6,
    0xC66,
    0xCE6,
    0xD66,
    0xDE6,
    0xE50,
    0xED0,
    0xF20,
    0x1040,
    0x1090,
    0x17E0,
    0x1810,
    0x1946,
    0x19D0,
    0x1A80,
    0x1A90,
    0x1B50,
    0x1BB0,
    0x1C40,
    0x1C50,
    0xA620,
    0xA8D0,
    0xA900,
    0xA9D0,
    0xA9F0,
    0xAA50,
    0xABF0,
)
_DIGITS = "".join(f"{chr(zero)}-{chr(zero + 9)}" for zero in _ZEROS)
_NOTHING_OR_DIGIT = lazy.pattern(f"[{_INVISIBLE}{_OPTIONAL}{_DIGITS}]")
# Frequent characters that are replaced one by one before NFKC. This makes NFKC faster: it has little left to do.
_FREQUENT = (("\xa0", " "), ("…", "..."), *((apostrophe, "'") for apostrophe in "‘’‛ʼ´′"))
# Letters that are others in keys, each with the other one: lower-case letters, and İ. All are of one UTF-16 unit, so
# that the table of `units` can do them. Of two letters, keys have the one that is in ranges which are meant to have
# both, such as [a-zà-ž] and [ء-ي]. Tried on the lines of packs and pages: آ, ؤ, ئ and ة make hardly any lines the
# same, and stand for sounds of their own, so they stay.
VARIANTS = (
    *zip("άέήίΐϊόύΰϋώ", "αεηιιιουυυω", strict=True),
    *(("ș", "ş"), ("ț", "ţ"), ("İ", "i"), ("ı", "i"), ("ё", "е")),
    *(("ی", "ي"), ("ى", "ي"), ("ک", "ك"), ("أ", "ا"), ("إ", "ا"), ("ۀ", "ه")),
)
# What casefold makes of İ, ΐ and ΰ, and of capital ΐ and ΰ, which Unicode does not have as one character.
WITH_MARKS = (
    ("i\u0307", "i"),
    *((f"{form}\u0301", "ι") for form in ("ι\u0308", "ϊ")),
    *((f"{form}\u0301", "υ") for form in ("υ\u0308", "ϋ")),
)
_PLAIN_VARIANTS = tuple((char, plain) for char, plain in VARIANTS if len(char.casefold()) == 1)
_MAY_VARY = re.compile(f"[\u0301\u0307{''.join(char for char, _ in _PLAIN_VARIANTS)}]")
BULLETS = "•*◦▪‣∙●○■□▸►+"
_MARGIN = f" \t{BULLETS}"  # what a line with a bullet begins with
# An indented letter o is a bullet, too: inscriptis prints nested lists with it.
_BULLET = re.compile(f"[{_MARGIN}]*[{BULLETS}]|[ \t]+o(?= )")
# Characters of scripts that are written without spaces, and of Hangul: Thai, Lao, Burmese, Khmer, Japanese, Chinese.
_DENSE = lazy.pattern("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")


def _ascii_digit_or_nothing(found: re.Match[str]) -> str:
    return str(unicodedata.decimal(found[0])) if found[0].isdecimal() else ""


def fold_text(text: str) -> str:
    """Return `text` in the form of keys, except that white space, line feeds and bullets stay as they are."""
    if text.isascii():
        return text.lower()
    text = fold_case(text)
    if _MAY_VARY.search(text):  # no line of most languages may
        for char, plain in (*WITH_MARKS, *_PLAIN_VARIANTS):
            text = text.replace(char, plain)
    return text


def fold_case(text: str) -> str:
    """Do what `fold_text` does, but leave `VARIANTS` as they are."""
    for char, plain in _FREQUENT:
        text = text.replace(char, plain)
    return _NOTHING_OR_DIGIT.sub(_ascii_digit_or_nothing, unicodedata.normalize("NFKC", text).casefold())


def keys(lines: Sequence[str], longest: int) -> list[str]:
    """Return the key of every line; "" for one that is blank or longer than `longest` characters.

    Lines of ASCII only need `lower`. The others are joined and folded as one text, because this is fast and no step
    reaches over a line feed.
    """
    result = [_bare(line.lower()) if line.isascii() and len(line) <= longest else "" for line in lines]
    others = [i for i, line in enumerate(lines) if not line.isascii() and len(line) <= longest]
    if others:
        folded = fold_text("\n".join([lines[i] for i in others])).split("\n")
        for i, form in zip(others, folded, strict=True):
            result[i] = _bare(form)
    return result


def _bare(form: str) -> str:
    """Return a folded line without a bullet, and with single spaces inside."""
    if form[:1] in _MARGIN and (bullet := _BULLET.match(form)):
        form = form[bullet.end() :]
    form = form.strip()
    return " ".join(form.split()) if "  " in form or "\t" in form else form


def width(form: str) -> int:
    """Return the characters of a key; those of scripts without spaces count twice."""
    return len(form) + len(_DENSE.findall(form))


def key(line: str) -> str:
    """Return the key of one line."""
    return keys([line], len(line))[0]
