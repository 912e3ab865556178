"""Detection: in which encoding are these bytes, if nothing says so and they are not UTF-8?

Nearly any bytes can be read in most encodings, so what counts is the text that comes out. Three steps:

1. Each encoding of the web reads a sample of the bytes. Readings are left out in which many characters are odd, that
   is stand where no language has them: capitals behind small letters, signs inside words, words of two alphabets.
2. chardet ranks the other readings by how usual their pairs of letters are in the languages it knows.
3. The readings that are nearly as good as the best one are compared with each other, only where they differ. The one
   that has more odd characters there loses, and the one with more letters that its language does not have. If two
   readings are left, the encoding cannot be told.

UTF-16 is told by the upper bytes of its characters. [ENCODINGS.md](ENCODINGS.md) has the measurements of this and of
other detectors.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple
from unicodedata import category, name

from cleaner.text.labels import LENIENT

# The encodings that are tried, by Python's names. The most frequent of each family comes first: if several read the
# bytes as the same text, the first name is taken.
CANDIDATES = (
    *("cp1252", "cp1251", "cp1250", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874"),
    *("iso8859-15", "iso8859-2", "iso8859-5", "iso8859-7", "koi8-r", "koi8-u", "cp866", "mac-roman"),
    *("gb18030", "cp932", "euc_jp", "cp949", "big5hkscs"),
)
# Encodings that hardly any page is in, though they read Western texts with plausible letters and signs. They lose
# against a rival unless chardet finds them better.
RARE = ("mac-roman",)
# The letters beyond ASCII of languages in Latin letters, small ones; those of common loan words and names are among
# them. A language that is missing here may have any letter. More letters: more readings are plausible, so more
# documents are refused.
LETTERS = {
    "ca": "àçèéíïòóúü·",
    "cs": "áčďéěíňóřšťúůýžöüä",
    "da": "æøåéèêóöäü",
    "de": "äöüßéèàáâêô",
    "en": "àáâäåæçèéêëíîïñóôöøùúûüœ",
    "es": "áéíñóúüçºª",
    "et": "äöõüšž",
    "fi": "äöåšžéü",
    "fr": "àâæçéèêëîïôœùûüÿñöä",
    "hr": "čćđšž",
    "hu": "áéíóöőúüűä",
    "is": "áðéíóúýþæö",
    "it": "àèéìíîòóùúâç",
    "lt": "ąčęėįšųūž",
    "lv": "āčēģīķļņšūžōŗ",
    "nl": "áàâäçéèêëíïîóôöúûü",
    "no": "æøåéèêóòôâöäü",
    "pl": "ąćęłńóśźżéöü",
    "pt": "áâãàçéêíóôõúüºª",
    "ro": "ăâîşţșț",
    "sk": "áäčďéíĺľňóôŕšťúýžöüř",
    "sl": "čšžćđ",
    "sv": "åäöéüàèáæø",
    "tr": "çğıiöşüâîû",
}
ALPHABETS = ("LATIN", "CYRILLIC", "GREEK", "HEBREW", "ARABIC", "THAI")  # words in these are in one of them
IDEOGRAPHIC = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL")
# Signs that stand behind or before a letter: 5°C, €uro, ©Name. Others hardly do.
BESIDE_LETTERS = "°€£$©®™§"
ODD_MARKS = "†‡‰¶"  # punctuation by category, but not beside letters

SAMPLE_BYTES = 1 << 16  # how much is read in each encoding, of the lines beyond ASCII; raised, more time is taken
RANKED_BYTES = 1 << 14  # how much of it chardet ranks; it looks at no more itself
ODD_SAMPLE_CHARS = 4000  # characters beyond ASCII that are looked at to tell whether a reading is odd
MAX_ODD = 0.1  # share of odd characters from which a reading is left out; the right one has at most .1
# How much less than the best, in chardet's measure from 0 to 1, a reading may have to be compared with it. Tried were
# .03 to .1: lowered, more short texts are read wrong, raised, more are refused.
MARGIN = 0.05
# Of the places where two readings differ, the share that must be odd for one to lose, and by how much the share of
# foreign letters must be higher than the other's.
ODD_PLACES, FOREIGN_MARGIN = 0.2, 0.1
# These patterns are not compiled at import, because text in UTF-8 never needs them. Both are safe on undecoded bytes:
# in none of the encodings do the bytes of < > and line ends stand inside another character.
MARKUP = rb"(?is)<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1|\Z)|</?[a-z!?][^<>]*>?"
BEYOND_ASCII = r"[^\x00-\x7f]"
# One or two characters between Latin letters, one of them written `_`. In Chinese, Japanese and Korean, words in
# Latin letters stand farther apart.
ISLET = r"[a-zA-Z]_[a-zA-Z]|[a-zA-Z]_[^\x00-\x7f][a-zA-Z]|^[a-zA-Z][^\x00-\x7f]_[a-zA-Z]"
# chardet's names of encodings that it reports by the name of a larger one.
OF_CHARDET = {"euc_jis_2004": "euc_jp", "shift_jis_2004": "cp932"}
PRINTED = bytes([*b"\t\n\r", *range(32, 127)])
SPACES = "\t\n\v\f\r"
MAX_NOISE = 0.01  # share of characters from which UTF-16 is no text; of random bytes it is about a tenth


class Reading(NamedTuple):
    """A sample as one encoding reads it: chardet's measure of it, and its share of foreign letters."""

    codec: str
    text: str
    score: float
    foreign: float


def detect(data: bytes) -> str | None:
    """Return Python's name of the encoding that `data` is in, None if it cannot be told."""
    sample = _lines_beyond_ascii(data)
    texts = {codec: text for codec in CANDIDATES if (text := _read_start(sample, codec)) is not None}
    texts = {codec: text for codec, text in texts.items() if not is_odd(text)}
    if len(set(texts.values())) == 1:
        return next(iter(texts))
    readings = _ranked(sample, texts)
    best = max((reading.score for reading in readings), default=0)
    rivals = [reading for reading in readings if reading.score >= best - MARGIN]
    left = [one for one in rivals if not any(_loses(one, other) for other in rivals)]
    return left[0].codec if len(left) == 1 else None


def _lines_beyond_ascii(data: bytes) -> bytes:
    """Return the lines of a document that are not plain ASCII, without markup; the rest would hide them.

    If there is markup alone, it is returned.
    """
    lines = re.sub(MARKUP, b"\n", data).split(b"\n") if b"<" in data else data.split(b"\n")
    sample = b"\n".join(line for line in lines if not line.isascii())
    return (sample or data)[:SAMPLE_BYTES]


def _read_start(sample: bytes, codec: str) -> str | None:
    """Return a sample as text, without a character that it ends in the middle of; None if it is not valid."""
    try:
        return codecs.getincrementaldecoder(codec)(LENIENT).decode(sample, len(sample) < SAMPLE_BYTES)
    except UnicodeError:
        return None


def _ranked(sample: bytes, texts: dict[str, str]) -> list[Reading]:
    """Return the readings that differ, each once, as chardet ranks them, the best first."""
    from chardet import detect_all

    # chardet looks for what the document says of itself in the first two lines and behind `<`; that is no detection.
    # Bytes that it finds nothing for it calls UTF-8 here, which they are not.
    found = detect_all(
        b"\n.\n" + sample[:RANKED_BYTES].replace(b"<", b" "),
        compat_names=False,
        ignore_threshold=True,
        include_encodings=[*(codec.replace("_", "-") for codec in texts), "utf-8"],
        no_match_encoding="utf-8",
    )
    readings: dict[str, Reading] = {}
    for one in found:
        codec = one["encoding"] and OF_CHARDET.get(one["encoding"], one["encoding"])
        if codec in texts and texts[codec] not in readings:
            text = texts[codec]
            first = next(name for name in texts if texts[name] == text)
            foreign = _share_of_foreign_letters(text, one["language"])
            readings[text] = Reading(first, text, one["confidence"], foreign)
    return list(readings.values())


def _share_of_foreign_letters(text: str, language: str | None) -> float:
    """Return the share of the letters beyond ASCII that a language does not have; 0 if its letters are not known."""
    known = LETTERS.get(language or "")
    if not known:
        return 0
    letters = Counter(islice((found[0].lower()[0] for found in re.finditer(BEYOND_ASCII, text)), ODD_SAMPLE_CHARS))
    counts = {letter: count for letter, count in letters.items() if letter.isalpha()}
    return sum(count for letter, count in counts.items() if letter not in known) / max(sum(counts.values()), 1)


def _loses(one: Reading, other: Reading) -> bool:
    """Whether a reading is worse than another one where they differ."""
    if one is other or len(one.text) != len(other.text):
        return False
    if one.codec in RARE and one.score <= other.score:
        return True
    places = [i for i, (a, b) in enumerate(zip(one.text, other.text, strict=True)) if a != b][:ODD_SAMPLE_CHARS]
    odd = _count_odd(one.text, places)
    if odd > max(_count_odd(other.text, places), ODD_PLACES * len(places)):
        return True
    return one.foreign > other.foreign + FOREIGN_MARGIN


def is_odd(text: str, share: float = MAX_ODD) -> bool:
    """Whether more than this share of the characters beyond ASCII are odd."""
    places = [found.start() for found in islice(re.finditer(BEYOND_ASCII, text), ODD_SAMPLE_CHARS)]
    return _count_odd(text, places) > share * len(places)


def _count_odd(text: str, places: Iterable[int]) -> int:
    """Return how many of the characters at `places`, which are beyond ASCII, no language has where they stand."""
    return sum(_odd(text[i], text[max(i - 2, 0) : i], text[i + 1 : i + 3]) for i in places)


def _odd(char: str, before: str, after: str) -> bool:
    """Whether no language has a character between those two `before` and those two `after` it (fewer at the ends)."""
    kind = category(char)
    if char < "\xa0" or char == "¤" or kind in ("Cn", "Co"):
        return True
    last, next_ = before[-1:], after[:1]
    if kind == "Lu" and last.islower():
        return True
    if kind[0] in "NS" or char in ODD_MARKS:
        return last.isalpha() or (next_.isalpha() and char not in BESIDE_LETTERS)
    if kind[0] not in "LM":
        return False
    script = _script(char)
    if script in ALPHABETS:
        return any(_script(letter) in ALPHABETS and _script(letter) != script for letter in (last, next_))
    return script in IDEOGRAPHIC and bool(re.search(ISLET, f"{before}_{after}"))


def _script(char: str) -> str:
    """Return the script of a letter as its Unicode name has it, such as `LATIN`; "" for anything else."""
    return name(char, "").partition(" ")[0] if char and char.isalpha() else ""


def utf_16(data: bytes) -> str | None:
    """Return which order of bytes `data` has as UTF-16 without a mark, None if it is no UTF-16 or cannot be told.

    Characters of a text share few upper bytes, and each lower byte goes with nearly any upper one.
    """
    sample = data[:SAMPLE_BYTES]
    if len(data) % 2 or _is_ascii_with_zeros(sample):
        return None
    uppers = {
        codec: len(set(sample[at::2]))
        for codec, at in (("utf-16-le", 1), ("utf-16-be", 0))
        if (text := _read_start(sample, codec)) is not None and not _is_noise(text) and not is_odd(text)
    }
    order = sorted(uppers, key=lambda codec: uppers[codec])
    if not order or (len(order) == 2 and 2 * uppers[order[0]] > uppers[order[1]]):
        return None
    return order[0]


def _is_ascii_with_zeros(sample: bytes) -> bool:
    """Whether a sample is ASCII with some NUL bytes, fewer than every other one: pairs of letters read as Chinese."""
    zeros = sample.count(0)
    controls = len(sample) - len(sample.translate(None, PRINTED))
    return zeros < len(sample) * 0.2 and controls > len(sample) * 0.75


def _is_noise(text: str) -> bool:
    """Whether more than a few characters are no characters of a text: controls, private or unassigned ones."""
    counts = Counter(text)
    noise = sum(n for char, n in counts.items() if category(char) in ("Cc", "Cn", "Co", "Cs") and char not in SPACES)
    return noise > MAX_NOISE * len(text)
