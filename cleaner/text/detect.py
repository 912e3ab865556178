"""Detection: in which encoding are these bytes, if nothing says so and they are not UTF-8?

Nearly any bytes can be read in most encodings, so what counts is the text that comes out. Three steps:

1. Each encoding of the web reads a sample of the bytes. Readings are left out in which many characters are odd, that
   is stand where no language has them: capitals behind small letters, signs inside words, words of two alphabets.
2. chardet ranks the other readings by how usual their pairs of letters are in the languages it knows. It is not asked
   if there are hardly any letters beyond ASCII.
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
from operator import itemgetter
from typing import NamedTuple
from unicodedata import category, name

from cleaner.text.labels import LENIENT, WIDE

# The encodings that are tried, by Python's names. The most frequent of each family comes first: if several read the
# bytes as the same text, the first name is taken.
CANDIDATES = (
    *("cp1252", "cp1251", "cp1250", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874"),
    *("iso8859-15", "iso8859-2", "iso8859-5", "iso8859-7", "koi8-r", "koi8-u", "cp866", "mac-roman"),
    *("gb18030", "cp932", "euc_jp", "cp949", "big5hkscs"),
)
# Encodings that hardly any page is in, though they read Western texts plausibly. Texts that are in one of them make
# no sense in others, so these lose against a rival, unless chardet finds them better.
RARE = ("cp1258", "cp866", "mac-roman")
# The letters beyond ASCII of languages in Latin letters, small ones. In Western languages, words and names of others
# are common. A language that is missing here may have any letter.
WESTERN = "àáâãäåæçèéêëìíîïñòóôõöøùúûüÿßœšžªº·"
LETTERS = {
    **dict.fromkeys(("ca", "da", "de", "en", "es", "fi", "fr", "it", "nl", "no", "pt", "sv"), WESTERN),
    "cs": "áčďéěíňóřšťúůýžöüä",
    "et": "äöõüšžé",
    **dict.fromkeys(("hr", "sr"), "čćđšžéöü"),
    **dict.fromkeys(("id", "ms"), "é"),
    "is": WESTERN + "ðýþ",
    "hu": "áéíóöőúüűä",
    "lt": "ąčęėįšųūžé",
    "lv": "āčēģīķļņšūžōŗé",
    "pl": "ąćęłńóśźżéöü",
    "ro": "ăâîşţșțéöü",
    "sk": "áäčďéíĺľňóôŕšťúýžöüř",
    "sl": "čšžćđéöü",
    "tr": "çğıiöşüâîûé",
    "vi": "àáâăèéêìíòóôơùúưýđ",
}
ALPHABETS = ("LATIN", "CYRILLIC", "GREEK", "HEBREW", "ARABIC", "THAI")  # words in these are in one of them
IDEOGRAPHIC = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL")
HALF_WIDTH = ("｡", "ﾟ")  # from here to there: Japanese characters of one byte, which are never alone
PARTICLES = "가과는도로를만에와은을의이"  # Korean ones, which stand behind words in Latin letters
ORDINALS = "ªº"  # letters by category, but no letter stands behind them
WORDS = WESTERN + "ő"  # letters beyond ASCII that are words of their own; those of Western languages are few of these
# Signs that stand behind or before a letter: 5°C, €uro, ©Name. Others hardly do.
BESIDE_LETTERS = "°€£$©®™§"
JOINING = "’‘·‐–—…・"  # punctuation that stands between letters
ODD_MARKS = "†‡‰¶ˆˇ"  # punctuation or letters by category, but not beside letters
GERESH = "׳״"  # Hebrew punctuation that stands behind a letter
DRAWING = "[\u2219-\u2265\u2320\u2321\u2500-\u25a0]"  # lines, boxes and roots of KOI8 and cp866

SAMPLE_BYTES = 1 << 16  # how much is read in each encoding, of the lines beyond ASCII; raised, more time is taken
RANKED_BYTES = 1 << 14  # how much of it chardet ranks; it looks at no more itself
ODD_SAMPLE_CHARS = 1500  # characters beyond ASCII that are looked at for odd ones; raised, more time is taken
# Share of odd characters from which a reading is left out. Right readings of prose have less; lowered, texts full of
# signs are refused, raised, more readings are left to chardet.
MAX_ODD = 0.1
# How much less than the best, in chardet's measure from 0 to 1, a reading may have to be compared with it. Tried were
# .03 to .1: lowered, more short texts are read wrong, raised, more are refused.
MARGIN = 0.05
# The margin is `MARGIN_BYTES` divided by the number of bytes beyond ASCII, if that is more: a few letters prove
# little. From `FEW_BYTES` of them on, a rival must also have this share of the best score.
MARGIN_BYTES, FEW_BYTES, RIVAL_SHARE = 2, 80, 0.6
# Up to so many bytes beyond ASCII prove nothing: chardet and the language are not asked, and a reading must leave no
# other one. Tried were 0, 2, 3 and 6, on English texts with one name in an encoding that is not theirs and on the
# table: lowered, such names are read wrong, raised, more short texts are refused.
FEW_LETTERS = 3
MIN_SCORE = 0.02  # the least score of a reading that no other encoding bears out
# Of the places where two readings differ, the share that must be odd for one to lose, and the share of foreign
# letters that it must have more than the other.
ODD_PLACES, FOREIGN_PLACES = 0.2, 0.1
# These patterns are not compiled at import, because text in UTF-8 never needs them. Both are safe on undecoded bytes:
# in none of the encodings do the bytes of < > and line ends stand inside another character.
MARKUP = rb"(?is)<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1|\Z)|</?[a-z!?][^<>]*>?"
BEYOND_ASCII = r"[^\x00-\x7f]"
# One or two characters between Latin letters, or one alone beside them; the character is written `_`. In Chinese,
# Japanese and Korean, words in Latin letters stand farther apart, and words of one character are few.
ISLET = r"[a-zA-Z]_(?:[^\x00-\x7f]?[a-zA-Z]|\s|\Z)|^[a-zA-Z][^\x00-\x7f]_[a-zA-Z]|(?:^|\s)_[a-zA-Z]"
# chardet's names of encodings that it reports by the name of a larger one.
OF_CHARDET = {"euc_jis_2004": "euc_jp", "shift_jis_2004": "cp932"}
HIGH = bytes(range(128, 256))
PRINTED = bytes([*b"\n\r", *range(32, 127)])  # TAB is the upper byte of Hindi
COMMON = r"[\x20-\x7e\n、。，！？「」]"
# How many times more of them the right order of bytes has than the other one. Raised, short Chinese is refused.
COMMON_MARGIN = 4
SPACES = "\t\n\v\f\r"
MAX_NOISE = 0.01  # share of characters from which UTF-16 is no text; of random bytes it is about a tenth
# ASCII with NUL bytes is no UTF-16: a smaller share of its bytes is NUL, and hardly any other byte is not ASCII.
MAX_ZEROS, MAX_OTHERS = 0.2, 0.05


class Reading(NamedTuple):
    """A sample as one encoding reads it: with chardet's measure of it, and the language that chardet takes it for."""

    codec: str
    text: str
    score: float
    language: str


def detect(data: bytes) -> str | None:
    """Return Python's name of the encoding that `data` is in, None if it cannot be told."""
    sample = _lines_beyond_ascii(data)
    texts = {codec: text for codec in CANDIDATES if (text := _read_start(sample, codec)) is not None}
    texts = {codec: text for codec, text in texts.items() if not is_odd(text)}
    if len(texts) > 1 and len(set(texts.values())) == 1:
        return next(iter(texts))
    readings = _ranked(sample, texts)
    best = max((reading.score for reading in readings), default=0)
    if best < MIN_SCORE and len(texts) == 1:
        return None
    beyond = max(len(sample) - len(sample.translate(None, HIGH)), 1)
    least = best - max(MARGIN, MARGIN_BYTES / beyond)
    if beyond >= FEW_BYTES:
        least = max(least, RIVAL_SHARE * best)
    rivals = [reading for reading in readings if reading.score >= least]
    if beyond <= FEW_LETTERS:
        rivals = _of_any_language(texts)
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
    """Return the readings that differ, each once, as chardet ranks them, the best first.

    chardet knows few words in capitals, so a reading that is in capitals is ranked as it would be in small letters.
    """
    in_capitals = [codec for codec, text in texts.items() if _is_in_capitals(text)]
    found = _found_by_chardet(sample, [codec for codec in texts if codec not in in_capitals])
    for codec in in_capitals:
        found += _found_by_chardet(texts[codec].lower().encode(codec, "ignore"), [codec])
    readings: dict[str, Reading] = {}
    for score, codec, language in sorted(found, reverse=True, key=itemgetter(0)):
        if codec in texts and texts[codec] not in readings:
            text = texts[codec]
            first = next(name for name in texts if texts[name] == text)
            readings[text] = Reading(first, text, score, language)
    return list(readings.values())


def _is_in_capitals(text: str) -> bool:
    """Whether most of the letters of a reading that are large or small are large."""
    return sum(map(str.isupper, text)) > sum(map(str.islower, text))


def _found_by_chardet(sample: bytes, codecs: list[str]) -> list[tuple[float, str, str]]:
    """Return what chardet finds of these encodings in a sample: score, codec and language of each, the best first."""
    from chardet import detect_all

    # chardet looks for what the document says of itself in the first two lines and behind `<`; that is no detection.
    # Bytes that it finds nothing for it calls UTF-8 here, which they are not.
    found = detect_all(
        b"\n.\n" + sample[:RANKED_BYTES].replace(b"<", b" "),
        compat_names=False,
        ignore_threshold=True,
        include_encodings=[*(codec.replace("_", "-") for codec in codecs), "utf-8"],
        no_match_encoding="utf-8",
    )
    return [
        (one["confidence"], OF_CHARDET.get(one["encoding"], one["encoding"]), one["language"] or "")
        for one in found
        if one["encoding"]
    ]


def _of_any_language(texts: dict[str, str]) -> list[Reading]:
    """Return the readings that differ, each once, but for rare encodings, as if chardet knew nothing of them."""
    codec_of = {text: codec for codec, text in reversed(texts.items()) if codec not in RARE}
    return [Reading(codec, text, 0, "") for text, codec in codec_of.items()]


def _loses(one: Reading, other: Reading) -> bool:
    """Whether a reading is worse than another one where they differ."""
    if one is other or len(one.text) != len(other.text):
        return False
    if one.codec in RARE and one.score <= other.score:
        return True
    places = [i for i, (a, b) in enumerate(zip(one.text, other.text, strict=True)) if a != b][:ODD_SAMPLE_CHARS]
    controls, fewer = (any(reading.text[i] < "\xa0" for i in places) for reading in (one, other))
    if controls != fewer:  # hardly any text has them, and any other sign may stand where it should not
        return controls
    odd, less_odd = _count_odd(one.text, places), _count_odd(other.text, places)
    if odd > max(less_odd, ODD_PLACES * len(places)):
        return True
    foreign, less_foreign = _count_foreign(one, places), _count_foreign(other, places)
    return odd >= less_odd and foreign > less_foreign + FOREIGN_PLACES * len(places)


def _count_foreign(reading: Reading, places: Iterable[int]) -> int:
    """Return how many of the letters at `places` the language of a reading does not have, as far as is known."""
    known = LETTERS.get(reading.language)
    if not known:
        return 0
    letters = (reading.text[i].lower()[0] for i in places)
    return sum(letter.isalpha() and letter not in known for letter in letters)


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
    if HALF_WIDTH[0] <= char <= HALF_WIDTH[1]:
        return last.isascii() and next_.isascii()
    is_alone = not (_is_of_word(last) or _is_of_word(next_))
    if kind == "Lu" and last.islower():
        return True
    if char in ORDINALS:
        return _is_of_word(next_)
    if char == "’" and _script(next_) == "GREEK":  # ’Αννα for Άννα: ISO-8859-7 instead of cp1253
        return not last.islower()
    if char == "´":  # an apostrophe for many
        return False
    if char in GERESH:
        return not last.isalpha()
    if re.match(DRAWING, char):
        return True
    behind, ahead = (_script(letter) in ALPHABETS for letter in (last, next_))
    if kind[0] == "P" and behind and ahead and char not in JOINING:
        return True
    if kind[0] in "NS" or char in ODD_MARKS:
        is_power = last == "m" and char in "²³"
        return (behind and not is_power) or (ahead and char not in BESIDE_LETTERS)
    if kind[0] not in "LM":
        return False
    script = _script(char)
    if script in ALPHABETS:
        if is_alone and (script != "LATIN" or any(map(str.isdigit, (last, *after)))):
            return True
        if is_alone and char.islower() and char not in WORDS and last and next_ not in ("", "."):
            return True
        if script == "LATIN" and len(before + next_) == 3 and all(map(_is_letter_beyond_ascii, before + next_)):
            return True  # the third of four letters beyond ASCII
        return any(_script(letter) in ALPHABETS and _script(letter) != script for letter in (last, next_))
    if script not in IDEOGRAPHIC or char in PARTICLES:
        return False
    return bool(re.search(ISLET, f"{before}_{after}"))


def _is_letter_beyond_ascii(char: str) -> bool:
    return char > "\x7f" and category(char)[0] == "L"


def _is_of_word(char: str) -> bool:
    """Whether a character is a letter, or a mark that belongs to one."""
    return bool(char) and category(char)[0] in "LM"


def _script(char: str) -> str:
    """Return the script of a letter or mark as its Unicode name has it, such as `LATIN`; "" for anything else."""
    return name(char, "").partition(" ")[0] if _is_of_word(char) else ""


def utf_16(data: bytes) -> str | None:
    """Return which order of bytes `data` has as UTF-16 without a mark, None if it is no UTF-16 or cannot be told.

    Nearly any bytes read as Chinese. What tells is the characters that all languages share: spaces, points, digits.
    """
    sample = data[:SAMPLE_BYTES]
    if len(data) % 2 or _is_ascii_with_zeros(sample):
        return None
    texts = {codec: _read_start(sample, codec) for codec in WIDE}
    common = {codec: len(re.findall(COMMON, text)) for codec, text in texts.items() if text and not is_noise(text)}
    order = sorted(common, key=lambda codec: common[codec])
    if not order or common[order[-1]] <= COMMON_MARGIN * sum(common[codec] for codec in order[:-1]):
        return None
    return order[-1]


def _is_ascii_with_zeros(sample: bytes) -> bool:
    """Whether a sample is ASCII with some NUL bytes, fewer than every other one: pairs of letters read as Chinese."""
    zeros = sample.count(0)
    others = len(sample.translate(None, PRINTED)) - zeros
    return zeros < len(sample) * MAX_ZEROS and others < len(sample) * MAX_OTHERS


def is_noise(text: str) -> bool:
    """Whether more than a few characters are no characters of a text: controls, private or unassigned ones."""
    counts = Counter(text)
    noise = sum(n for char, n in counts.items() if category(char) in ("Cc", "Cn", "Co", "Cs") and char not in SPACES)
    return noise > MAX_NOISE * len(text)
