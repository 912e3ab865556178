"""Anchors: fixed texts in the middle of patterns that begin and end with anything.

The gate files patterns by the ends of what they match. A pattern such as `.{1,40} wrote on [0-9./: ]{6,20}` has no
fixed ends: a name stands in front, a date behind. But " wrote on " is part of every match, and this is its anchor.
If a pattern has no such text, one of a few will do: `.{1,40}, [0-9]{1,2} {months} [0-9]{4}` has an anchor for each
month.

Finding the anchors of a pattern (`anchors_of`). Its parse tree is walked from the left, and texts are listed:

    .{1,40}             anything: what follows begins new texts, {""}
    " wrote on "        {" wrote on "}
    [0-9./: ]{6,20}     too many to be listed: the texts so far could be anchors

Finding the lines with an anchor (`FoldedLines`). If no pattern in use has an anchor, nothing is done. Otherwise all
lines of a chunk are one text, which a table of units folds (see `units`). Odd lines, which it cannot fold, are folded
in full. Each anchor is searched for in that text, and lines that have one call for `gate.ANCHORED`. The index makes
the keys of these lines, asks which anchors they have, and tries the patterns with those anchors. So what anchors cost
is bounded by their number (`cost`) times the length of the text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from cleaner.rules.match import keys, regex
from cleaner.rules.match.maker import integers, maker
from cleaner.rules.match.outline import (
    MAX_CLASS_CHARS,
    PREFIX_CHARS,
    SUFFIX_CHARS,
    begins_fixed,
    class_chars,
    find_ends,
    parse_with_names,
    plain_ends,
)
from cleaner.rules.match.parsed import op
from cleaner.rules.match.units import table_for_whole_lines

# The fewest characters of an anchor; one of a script without spaces counts as two. Lowered, more lines are tried in
# vain.
MIN_ANCHOR_CHARS = 5
MAX_ANCHORS = 24  # anchors of one pattern: enough for the months of the year in two forms
MAX_LISTED_REPEAT = 12  # a character that is repeated more often is anything
LONGEST_CHARS = 2000  # longer lines match no rule for whole lines
# Frequent signs that a table of units cannot fold to one unit, and letters that words of German are full of.
_FREQUENT = (("\t", " "), ("  ", " "), ("…", "..."), ("ß", "ss"), ("\xad", ""), ("\u200b", ""), ("\ufeff", ""))
_ODD_SPACES = "\x0b\x0c\r\x1c\x1d\x1e\x1f"  # of ASCII; keys have them, or a space if there are two spaces in a row
_DIGITS_TO_0 = str.maketrans("123456789", "000000000")
# What an author can do, whose pattern has neither fixed ends nor an anchor.
_WAYS_OUT = (
    "add one, or use 'inline' with 'at' for a part of the line, 'between', or 'from' and 'to' of lines around it"
)

Words = Mapping[str, Sequence[str]]


def zeroed(text: str) -> str:
    """Return a text in the form of keys with all decimal digits as 0, as a table of units has them."""
    return text.translate(_DIGITS_TO_0)


def anchors_of(pattern: str, words: Words) -> list[str]:
    """Return the anchors of a pattern for whole lines (safe, folded), one of which stands in every match.

    Return none for a pattern with fixed ends. Raises `UnsafePattern` for one that has neither: it would be tried on
    too many lines.
    """
    plain = plain_ends(pattern)
    if len(plain.head) >= PREFIX_CHARS or len(plain.tail) >= SUFFIX_CHARS or begins_fixed(pattern, words):
        return []  # most patterns; this saves parsing them
    try:
        find_ends(pattern, words, "any")
    except regex.UnsafePattern:
        tree, named = parse_with_names(pattern, words)
        found = _Finder(named).best(tree)
        if not found:
            what = (
                f"begins and ends with anything, and no text of {MIN_ANCHOR_CHARS} characters stands in all matches"
            )
            raise regex.UnsafePattern(f"{what}; {_WAYS_OUT}") from None
        return sorted(found)
    return []


class _Finder:
    """Finds anchors in the parse tree of a pattern. `named` has the words of lists by the character for each list."""

    def __init__(self, named: Mapping[int, Sequence[str]]) -> None:
        self._named = named

    def best(self, items: Any) -> set[str]:
        """Return anchors, one of which stands in every match of `items`: as few as can be; none if there are none."""
        usable = [texts for texts in map(_without_longer, self._candidates(items)) if all(map(_is_anchor, texts))]
        return min(usable, key=lambda texts: (len(texts), -min(map(len, texts)), sorted(texts)), default=set())

    def _candidates(self, items: Any) -> list[set[str]]:
        """Return sets of texts; of each set, one text stands in every match of `items`."""
        found: list[set[str]] = []
        texts, plain = {""}, ""  # what ends here, and the end of it behind the last item that matches several texts
        for kind, value in items:
            options = self._options(kind, value)
            if options is not None and len(options) == 1:
                plain += min(options)
            else:
                found += texts, {plain}
                plain = ""
            if options is None:
                found += self._inner(kind, value)
                texts = {""}
            else:
                texts = _joined(texts, options) if len(texts) * len(options) <= MAX_ANCHORS else options
        return [*found, texts, {plain}]

    def _inner(self, kind: Any, value: Any) -> list[set[str]]:
        """Return sets of texts, as `_candidates` does, of an item whose matches cannot be listed."""
        if kind is op.SUBPATTERN:
            return self._candidates(value[3])
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT) and value[0]:
            return self._candidates(value[2])
        if kind is op.BRANCH:
            each = [self.best(branch) for branch in value[1]]
            together = set[str]().union(*each)
            return [together] if all(each) and len(together) <= MAX_ANCHORS else []
        return []

    def _options(self, kind: Any, value: Any) -> set[str] | None:
        """Return all that an item matches, None if that cannot be listed or is more than `MAX_ANCHORS` texts."""
        options: set[str] | None = None
        if kind is op.LITERAL:
            options = set(self._named[value] or [""]) if value in self._named else {chr(value)}
        elif kind is op.IN:
            chars = class_chars(value)
            options = chars if chars and len(chars) <= MAX_CLASS_CHARS else None
        elif kind is op.SUBPATTERN:
            options = self._sequence(value[3])
        elif kind is op.BRANCH:
            each = [self._sequence(branch) for branch in value[1]]
            options = None if None in each else set[str]().union(*(one or () for one in each))
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT) and value[1] <= MAX_LISTED_REPEAT:
            options = self._repeated(*value)
        return options if options and len(options) <= MAX_ANCHORS else None

    def _sequence(self, items: Any) -> set[str] | None:
        """Do what `_options` does for a sequence of items."""
        texts = {""}
        for kind, value in items:
            options = self._options(kind, value)
            if options is None or len(texts) * len(options) > MAX_ANCHORS:
                return None
            texts = _joined(texts, options)
        return texts

    def _repeated(self, low: int, high: int, inner: Any) -> set[str] | None:
        """Do what `_options` does for `inner`, repeated `low` to `high` times."""
        once = self._sequence(inner)
        texts = {""}
        found = set(texts) if not low else set[str]()
        for count in range(1, high + 1):
            if once is None or len(texts) * len(once) > MAX_ANCHORS:
                return None
            texts = _joined(texts, once)
            if count >= low:
                found |= texts
        return found


def _joined(texts: Collection[str], options: Collection[str]) -> set[str]:
    return {text + option for text in texts for option in options}


def _without_longer(texts: set[str]) -> set[str]:
    """Return those of `texts` that do not hold another of them: a line with a longer one has the shorter one, too."""
    return {text for text in texts if not any(other in text and other != text for other in texts)}


def _is_anchor(text: str) -> bool:
    return keys.width(text) >= MIN_ANCHOR_CHARS


class FoldedLines:
    """Lines that are folded when the first anchor is looked for."""

    def __init__(self, lines: Sequence[str], start: int) -> None:
        """Take lines, the first of which has the number `start`."""
        self._lines, self._start = lines, start
        self._text: str | None = None

    def part(self, start: int, end: int) -> FoldedLines:
        """Return the lines with the numbers from `start` to `end` (excluded), which then begin with 0."""
        first = max(start - self._start, 0)
        last = max(end - self._start, 0)
        return FoldedLines(self._lines[first:last], max(self._start - start, 0))

    def lines_with(self, anchors: Iterable[str]) -> list[int]:
        """Return the numbers of the lines whose keys may have one of `anchors` (`zeroed`), in order."""
        found: set[int] = set()
        for anchor in anchors:
            if self._text is None:
                self._text = _folded_text(self._lines)
            if anchor in self._text:
                found.update(_lines_of(anchor, self._text))
        return sorted(self._start + i for i in found)


def _folded_text(lines: Sequence[str]) -> str:
    """Return the zeroed keys of lines as one text, with a line feed behind each.

    White space and bullets at the ends of lines may be left. Lines of more than `LONGEST_CHARS` are blank.
    """
    text = "\n".join([*("" if len(line) > LONGEST_CHARS else line.strip() for line in lines), ""])
    if text.isascii() and not any(char in text for char in _ODD_SPACES):
        text = text.replace("\t", " ")
        while "  " in text:
            text = text.replace("  ", " ")
        return zeroed(text.lower())
    for char, plain in _FREQUENT:
        text = text.replace(char, plain)
    encoded, odd = maker().fold_lines(text.encode("utf-16-le", "surrogatepass"), table_for_whole_lines())
    folded = encoded.decode("utf-16-le", "surrogatepass")
    in_full = integers(odd)
    if not in_full:
        return folded
    parts = folded.split("\n")
    for i, key in zip(in_full, keys.keys([lines[i] for i in in_full], LONGEST_CHARS), strict=True):
        parts[i] = zeroed(key)
    return "\n".join(parts)


def _lines_of(part: str, text: str) -> Iterable[int]:
    """Yield the number of each line of `text` that has `part`."""
    line = counted = 0
    position = text.find(part)
    while position >= 0:
        line += text.count("\n", counted, position)
        counted = position
        yield line
        end = text.find("\n", position)
        position = text.find(part, end) if end >= 0 else -1
