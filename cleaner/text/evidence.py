"""Evidence for and against a repair of broken encoding: does it explain all that it touches, and is it needed?

Text in UTF-8 that was read in an encoding of one byte a character shows each character beyond ASCII as a sequence of
two to four: `é` as `Ã©`. ftfy turns such sequences back, also where they are none. Two things tell.

A word is broken as a whole: what stands between two spaces was read in one encoding, so that each of its letters and
symbols beyond ASCII belongs to a sequence. In `ÖÐ¹ú`, which is Chinese in GBK read as Latin-1, `Ð¹` would be a
sequence, but `Ö` and `ú` are left over: `Ð¹` is none.

Some sequences can stand as they are: a capital letter that ends a word in capitals and the sign after the word, as
in `“AMANHÃ”`, and a small letter with signs that would become a letter of a script that the line is not written in,
as in `café€€`. Such sequences are in doubt: that they look broken is no evidence. Broken words elsewhere are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import chain
from typing import Literal, NamedTuple
from unicodedata import category

Difference = tuple[int, int, str]  # start, end and replacement, in characters of a line
Explained = Literal["whole", "doubtful", "partial", "single"]  # see `Line.explained`

# Signs that may follow a word. Of others, as of ¤ and ¬, broken encoding is the likely reason.
SIGNS = "€‚„…†‡‰‹‘’“”•–—™› \xa0¡¢£¥§©ª«®°±²³´µ¶·¹º»¼½¾¿"
_PUNCTUATION = "„…‹‘’“”•–—› ¡«·»¿"  # the signs that follow words every day, also in texts of ASCII
_JOINTS = "–—’"  # the signs that the next word may follow at once
_OPENING = {"”": "“„", "“": "„“", "’": "‘‚", "‘": "‚‘", "»": "«", "«": "»", "›": "‹", "‹": "›"}
_RARE, _GREEK = "\u0180", "\u0386"  # between the two are letters of few languages, phonetic ones and modifiers

_UTF8 = b"[\xc0\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"


class Utf8Sequence(NamedTuple):
    """A sequence of characters that are one character in UTF-8: where it stands in the line, and that character."""

    start: int
    end: int
    meant: str

    @property
    def length(self) -> int:
        """How many characters the sequence has."""
        return self.end - self.start


class Line:
    """A line of text and what it tells of repairs. All questions to it together take time linear in its length."""

    def __init__(self, text: str) -> None:
        self._text = text

    def words(self, changes: Iterable[Difference]) -> Iterator[tuple[int, int, list[Difference]]]:
        """Yield start and end of each word that is changed, or of words that are changed as one, and its changes.

        `changes` and what is yielded are in order. A word stands between white space. A space after the word is a
        part of it: it may be a no-break space that was lost, which is how `à` ends.
        """
        start, end = 0, 0
        held: list[Difference] = []
        for change in changes:
            if held and change[0] >= end:
                yield start, end, held
                held = []
            if not held:
                start, end = self._start_of_word(change[0]), 0
            if change[1] >= end:
                end = self._end_of_word(change[1])
            held.append(change)
        if held:
            yield start, end, held

    def _start_of_word(self, place: int) -> int:
        while place and not _is_space(self._text[place - 1]):
            place -= 1
        return place

    def _end_of_word(self, place: int) -> int:
        if place and _is_space(self._text[place - 1]):
            return place
        while place < len(self._text) and not _is_space(self._text[place]):
            place += 1
        return place + self._text.startswith(" ", place)

    def explained(self, start: int, end: int, changes: Iterable[Difference]) -> Explained:
        """Return how far sequences explain the words from `start` to `end`, which have `changes`.

        `partial`: in no encoding do they explain all of it, or they would become NUL, which no text holds.
        `doubtful`: they do, and all of them can stand as they are. `whole`: they do, and some cannot. `single`: no
        sequences were changed but characters that are broken by themselves, which are controls of C1 and surrogates.
        """
        changes = list(changes)
        if any("\0" in new for _, _, new in changes):  # `À€` is how Java writes it
            return "partial"
        changed = [[i for i in range(low, high) if _is_of_sequence(self._text[i])] for low, high, _ in changes]
        changed = [places for places in changed if places]
        if not changed:
            return "single"
        readings = list(self._readings(start, end, changed))
        if not readings:
            return "partial"
        fullest = max(readings, key=lambda reading: sum(sequence.length for sequence in reading))
        return "doubtful" if all(map(self._can_stand, fullest)) else "whole"

    def _readings(self, start: int, end: int, changed: list[list[int]]) -> Iterator[list[Utf8Sequence]]:
        """Yield the sequences from `start` to `end` in each encoding in which they explain all of it.

        `changed` are the places that each change touched. The first place of each must be of a sequence, and each
        sequence must be touched. Punctuation, spaces and controls may be left over, because they may stand right
        beside what is broken; so may letters of scripts for which there is no such encoding.
        """
        from ftfy import chardata

        text = self._text
        firsts = [places[0] for places in changed]
        touched = set(chain.from_iterable(changed))
        beyond = {place for place in range(start, end) if not text[place].isascii()}
        pattern = b"|".join([_UTF8, chardata.ALTERED_UTF8_RE.pattern, chardata.LOSSY_UTF8_RE.pattern])
        for encoding in chardata.CHARMAP_ENCODINGS:
            as_bytes = text[start:end].encode(encoding, "replace")  # a question mark stands for what it lacks
            sequences = [
                Utf8Sequence(start + found.start(), start + found.end(), _meant(found[0]))
                for found in re.finditer(pattern, as_bytes)
                if found[0].count(b"?") == text.count("?", start + found.start(), start + found.end())
            ]
            inside = {place for sequence in sequences for place in range(sequence.start, sequence.end)}
            if not inside.issuperset(firsts) or not all(_may_be_left(text[place]) for place in beyond - inside):
                continue
            if not any(touched.isdisjoint(range(sequence.start, sequence.end)) for sequence in sequences):
                yield sequences
                if beyond.issubset(inside):  # no other reading can be fuller
                    return

    def _can_stand(self, sequence: Utf8Sequence) -> bool:
        """Whether a sequence may be a letter that ends a word, and signs that follow the word."""
        start, end, meant = sequence
        letter, signs, after = self._text[start], self._text[start + 1 : end], self._text[end : end + 1]
        if not signs or any(sign not in SIGNS for sign in signs):
            return False
        if not letter.isalpha():
            return letter in SIGNS
        is_parted = " " in signs or signs[-1] in _JOINTS or (signs[-1] == "\xa0" and after.isupper())
        if after.isalnum() and not is_parted:
            return False
        before = self._text[start - 1 : start]
        if not letter.isupper():
            is_odd = meant.isupper() or meant.isspace() or " " in signs
            return (before.isalpha() and is_odd) or (_has_long_sequences(meant) and not self._has_script)
        is_odd = _RARE <= meant < _GREEK
        if before.isalnum():
            is_fit = letter == "Â" or (meant.isupper() and not is_odd)
            return before.isupper() and (signs[-1] in _PUNCTUATION or not is_fit or self._has_others(start, end))
        openings = [self._openings[quote] for sign in signs for quote in _OPENING.get(sign, "")]
        return is_odd or min(openings, default=start) < start

    def _has_others(self, start: int, end: int) -> bool:
        """Whether there are letters or punctuation beyond ASCII outside of a place: they tell that it is right."""
        return self._others[0] < start or self._others[1] >= end

    @cached_property
    def _has_script(self) -> bool:
        """Whether the line has letters of a script beyond all alphabets that have encodings of one byte."""
        return any(_has_long_sequences(char) and char.isalpha() for char in self._text)

    @cached_property
    def _others(self) -> tuple[int, int]:
        """The first and the last place of a letter or of punctuation beyond ASCII."""
        places = [i for i, char in enumerate(self._text) if not char.isascii() and category(char)[0] in "LP"]
        return (places[0], places[-1]) if places else (len(self._text), -1)

    @cached_property
    def _openings(self) -> dict[str, int]:
        """For each opening quotation mark, the first place where it stands after no letter; the end if nowhere."""
        first = dict.fromkeys("".join(_OPENING.values()), len(self._text))
        for found in re.finditer(rf"(?<!\w)[{''.join(first)}]", self._text):
            first[found[0]] = min(first[found[0]], found.start())
        return first


def _is_space(char: str) -> bool:
    """Whether a character ends a word; no-break spaces and controls of C1 are parts of broken characters."""
    return char.isspace() and not "\x80" <= char <= "\xa0"


def _is_of_sequence(char: str) -> bool:
    """Whether a character that was changed must be of a sequence, because it is not broken by itself."""
    return not char.isascii() and not "\x80" <= char <= "\x9f" and not "\ud800" <= char <= "\udfff"


def _may_be_left(char: str) -> bool:
    """Whether a character may stand in a broken word without being broken."""
    return category(char)[0] in "PZC" or char == "\ufffd" or _has_long_sequences(char)


def _has_long_sequences(char: str) -> bool:
    """Whether a character, or the first of several, is beyond all alphabets that have encodings of one byte.

    These are the scripts from Syriac to Khmer, and all from the Chinese one on.
    """
    return ("\u0700" <= char < "\u1e00" or char >= "\u2e80") and char != "\ufffd"


def _meant(as_bytes: bytes) -> str:
    return as_bytes.replace(b" ", b"\xa0").decode("utf-8", "replace")
