"""The outline of a pattern: the texts that its matches begin or end with, as far as they can be listed.

The gate hashes these texts and compares them with the ends of lines. So the outline of a pattern has to cover every
match, and should have few texts, as long as possible. It is one of these:

- `whole`: texts that are all of a match, for the matches that are short enough;
- `edges`: what every other match begins with, or what it ends with if the ends are longer.

An example: for `(?:posted|written) by [a-z ]{2,30}` the parse tree is walked from the left, and each item adds what
it matches to all texts so far:

    (?:posted|written)   "posted", "written"
    " by "               "posted by ", "written by "
    [a-z ]{2,30}         27 characters for each text, then 27 again: more than `MAX_TEXTS`

With too many texts, all of them are cut to the next smaller length that the gate can hash, until they are few enough
again: here to 8 characters. The outline is {"posted b", "written "}. An item that stands for more characters than
can be listed, such as `.`, ends each text where it is. Ends are listed in the same way, from the right.

A pattern that begins with a number, such as `[0-9]{1,4} (?:comments|replies)`, has the outline {"comment", "replies"}
behind the number: the gate also hashes what follows the numbers at the starts of lines.

`share (?:this )?on .*` gives "share on " and "share this on ", both as edges and as whole matches, because `.*` may
match nothing. The word lists of a pack are not parsed: `{months} [0-9]` is parsed with one character in place of
`{months}`, and the texts get the words where the tree has that character.

`find_ends` makes outlines of another kind: only of characters that are fixed, so that a class such as `[a-z ]` ends
each text. A pattern without fixed ends would be tried on most lines, so it needs an anchor (see `anchors`). The index
looks up by fixed ends what the gate cannot tell apart. Inline patterns for any place in a line are looked up by fixed
characters in them instead (`find_literal`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from cleaner import lazy
from cleaner.rules.match import regex
from cleaner.rules.match.parsed import op, parse

# Texts of a pattern that are listed, at most. Each takes a place in the gate's tables. If there are more, all of them
# are cut to the next smaller length.
MAX_TEXTS = 30
# The same, once texts are cut to `SHORT_TEXT_CHARS` or fewer: there, many texts say more than a few shorter ones.
MAX_SHORT_TEXTS = 300
SHORT_TEXT_CHARS = 12
# Texts that are made at once, before they are cut to be few again. With more, the texts so far are the outline, as if
# anything could follow. Raised, hostile word lists take more memory and time.
MAX_JOINED_TEXTS = 100_000

# The fixed characters by which a pattern is accepted. With fewer, more lines would be tried in vain.
PREFIX_CHARS = 6  # a start with this many fixed characters is preferred to an end
SUFFIX_CHARS = 4  # the fewest fixed characters at the end
SHORT_PREFIX_CHARS = 3  # the fewest fixed characters at the start, if the first is a letter; if not, one is enough
MAX_CLASS_CHARS = 8  # a class of more characters, such as the digits, is not fixed
MAX_FIXED_TEXTS = 500  # the most texts of fixed characters; with more, shorter ones are listed
MIN_LITERAL_CHARS = 4  # fixed characters in a row that an inline pattern for any place in a line must hold

_PLAIN_CHAR = r"[^\\.\[\](){}?*+|^$]"
_LITERAL = rf"(?:{_PLAIN_CHAR}|\\[^a-zA-Z0-9])"
_PLAIN_HEAD = re.compile(rf"{_LITERAL}*(?![?*+{{])")  # a character that is repeated is no part of it
_PLAIN_TAIL = lazy.pattern(rf"(?:{_PLAIN_CHAR}|[^a-zA-Z0-9]\\(?=(?:\\\\)*(?!\\)))*")  # of a pattern read backwards
# A group of plain texts or the name of a word list at the start, which is not repeated.
_FIRST_GROUP = lazy.pattern(
    rf"(?:\(\?:(?P<texts>{_PLAIN_CHAR}+(?:\|{_PLAIN_CHAR}+)*)\)|\{{(?P<name>[a-z][a-z0-9_-]*)\}})(?![?*+{{])"
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
# What stands for more characters than are listed, behind the plain text at the start and before that at the end.
_MANY_BEHIND = re.compile(r"(?:\(\?:)?(?:\.|\[\^|\[0-9|\\d)")
_MANY_BEFORE = lazy.pattern(r"(?:\.|\[\^?\]?(?:\\.|[^\]\\]){3,}\]|\\d)(?:\{[0-9,]+\}|[*+]|\)\?)?\Z")
_NUMBER = ("[0-9]", r"\d")  # what a number begins with
# A number at the start of a pattern, and the characters of which it may have more.
_NUMBER_HEAD = lazy.pattern(
    r"(?:\[0-9\]|\\d)(?:\{[1-9][0-9]*(?:,[0-9]*)?\}|\+)?"
    r"(?:\[(?:0-9|\\d|[.,'٬ ])+\](?:\{[0-9]+(?:,[0-9]*)?\}|[*+?])?"
    r"|\(\?:\[(?:0-9|\\d|[.,'٬ ])+\]\{[0-9]+(?:,[0-9]*)?\}\[0-9\]\)\?)?(?![?*+{])"
)
_OF_NUMBERS = "0123456789.,'٬ "
# Characters of a class that may be missing. To list them takes long and says little, so anything stands for them.
_OPTIONAL = re.compile(r"\[[^\]\\]{4,}\]\{0,(\d+)\}")
# Plain text anywhere. A character that may be missing is no part of it.
_PLAIN_RUN = lazy.pattern(rf"{_PLAIN_CHAR}+(?![?*{{])|{_PLAIN_CHAR}+(?={_PLAIN_CHAR}[?*{{])")
_INNERMOST_GROUP = re.compile(r"\([^()]*\)")
# The character that stands for the first name of a word list in a pattern. The one before stands for the second name,
# and so on down.
_FIRST_NAME = 0x10FFFF
_DIGITS_TO_0 = str.maketrans("123456789", "000000000")


class Outline(NamedTuple):
    """The texts that cover all matches: each match is one of `whole`, or begins (or ends) with one of `edges`."""

    whole: frozenset[str]
    edges: frozenset[str]
    at_end: bool  # whether `edges` are ends
    behind_number: bool = (
        False  # whether each match begins with a number, and `edges` follow it (see `behind_number`)
    )


def outline(
    pattern: str,
    words: Mapping[str, Sequence[str]],
    where: str,
    *,
    prefix_units: Sequence[int],
    suffix_units: Sequence[int],
) -> Outline:
    """Return the outline of a pattern, which must be safe.

    `where` is `start` or `end` if only that end of a match may be used, else `any`. `prefix_units` and `suffix_units`
    are lengths in characters, the smallest first; texts are cut to one of them. If a place may hold several decimal
    digits, only 0 is listed for it.
    """
    head, tail = prefix_units[-1], suffix_units[-1]
    plain = plain_ends(pattern)
    if found := _plain_outline(plain, where, head, tail):
        return found
    begins_with_number = plain.number and not plain.head and len(plain.tail) < tail
    if where == "any" and begins_with_number and (number := _NUMBER_HEAD.match(pattern)) and pattern[number.end() :]:
        rest = outline(pattern[number.end() :], words, "start", prefix_units=prefix_units, suffix_units=suffix_units)
        texts = frozenset(map(behind_number, rest.whole | rest.edges))
        if all(texts):
            return Outline(frozenset(), texts, False, True)
    tree, named = parse_with_names(_OPTIONAL.sub(r".{0,\1}", pattern), words)
    whole: set[str] = set()
    heads = {""}
    if where != "end":
        whole, heads = _list_ends(tree, named, prefix_units, last=False)
        if where == "start" or min(map(len, heads), default=head) >= tail:
            return Outline(frozenset(whole), frozenset(heads), False)
    stops, tails = _list_ends(tree, named, suffix_units, last=True)
    if min(map(len, heads), default=head) >= min(map(len, tails), default=tail):
        return Outline(frozenset(whole), frozenset(heads), False)
    return Outline(frozenset(stops), frozenset(tails), True)


def find_ends(
    pattern: str,
    words: Mapping[str, Sequence[str]],
    where: str,
    *,
    prefix_units: Sequence[int] = (1, SHORT_PREFIX_CHARS, PREFIX_CHARS),
    suffix_units: Sequence[int] = (1, SUFFIX_CHARS, SHORT_TEXT_CHARS),
) -> Outline:
    """Return an outline of the fixed characters of a pattern, which must be safe.

    It has starts of matches if these are long, else ends. A class of more than `MAX_CLASS_CHARS` characters ends a
    text. Digits are told apart. Arguments are as for `outline`. If units are given, `SHORT_PREFIX_CHARS`,
    `PREFIX_CHARS` and `SUFFIX_CHARS` are among them. They do not change which patterns are accepted.

    Raises `UnsafePattern` if too few characters are fixed: too many lines would be tried.
    """
    head_size, tail_size = (max(units[-1], SHORT_TEXT_CHARS) for units in (prefix_units, suffix_units))
    if found := _plain_fixed_ends(
        plain_ends(pattern), where, head_size, tail_size, min(prefix_units[-1], SHORT_TEXT_CHARS)
    ):
        return found
    tree, named = parse_with_names(pattern, words)
    whole: set[str] = set()
    heads = {""}
    if where != "end":
        whole, heads = _list_ends(tree, named, prefix_units, last=False, fixed=True)
    if where != "start" and min(map(len, heads), default=PREFIX_CHARS) < PREFIX_CHARS:
        stops, tails = _list_ends(tree, named, suffix_units, last=True, fixed=True)
        if min(map(len, tails), default=SUFFIX_CHARS) >= SUFFIX_CHARS:
            return Outline(frozenset(stops), frozenset(tails), True)
    if all(map(_is_fixed, heads)):
        return Outline(frozenset(whole), frozenset(heads), False)
    ends = {"any": "begins and ends", "start": "begins", "end": "ends"}[where]
    raise regex.UnsafePattern(f"{ends} with anything; use fixed characters there")


def behind_number(text: str) -> str:
    """Return what follows the number that a text in the form of keys begins with."""
    return text.lstrip(_OF_NUMBERS)


def find_literal(pattern: str) -> str:
    """Return the longest plain text that is part of every match of `pattern`.

    Raises `UnsafePattern` if this has fewer than `MIN_LITERAL_CHARS` characters.
    """
    bare = _without_groups(pattern)
    if "|" in bare:
        raise regex.UnsafePattern("has branches; write one pattern for each, or set 'at'")
    longest = max(_PLAIN_RUN.findall(regex.PLACEHOLDER.sub(".", bare)), key=len, default="")
    if len(longest) < MIN_LITERAL_CHARS:
        raise regex.UnsafePattern(f"has no {MIN_LITERAL_CHARS} fixed characters in a row; add some, or set 'at'")
    return longest


class PlainEnds(NamedTuple):
    """Plain text at both ends of a pattern, as far as it is seen without a parse tree.

    Every match begins with `head` and ends with `tail`. They may be longer in truth, or there may be several, unless
    what stands behind the head or before the tail is known to be for too many characters.
    """

    head: str
    tail: str
    ends_head: bool  # whether the head is not longer, because many characters may follow
    ends_tail: bool
    number: bool  # whether a decimal digit follows the head


_NO_ENDS = PlainEnds("", "", False, False, False)


def plain_ends(pattern: str) -> PlainEnds:
    """Return the plain text at both ends of a pattern, without a parse tree, which takes longer.

    A pattern of branches has none.
    """
    if "|" in pattern and "|" in _without_groups(pattern):
        return _NO_ENDS
    head = found[0] if (found := _PLAIN_HEAD.match(pattern)) else ""
    if len(head) == len(pattern):
        plain = _ESCAPE.sub(r"\1", head)
        return PlainEnds(plain, plain, False, False, False)
    tail = _PLAIN_TAIL.match(pattern[::-1])
    start = len(pattern) - (tail.end() if tail else 0)
    # A letter behind a \\ is no plain text, but a class.
    escaped = (len(before := pattern[:start]) - len(before.rstrip("\\"))) % 2
    start += escaped
    return PlainEnds(
        _ESCAPE.sub(r"\1", head),
        _ESCAPE.sub(r"\1", pattern[start:]),
        bool(_MANY_BEHIND.match(pattern, len(head))),
        not escaped and bool(_MANY_BEFORE.search(before)),
        pattern.startswith(_NUMBER, len(head)),
    )


def _plain_fixed_ends(plain: PlainEnds, where: str, head: int, tail: int, long: int) -> Outline | None:
    """Do for `find_ends` what `_plain_outline` does for `outline`. A head of `long` characters is taken at once."""
    starts = Outline(frozenset(), frozenset([plain.head[:head]]), False)
    stops = Outline(frozenset(), frozenset([plain.tail[-tail:]]), True)
    if where != "end" and len(plain.head) >= long:
        return starts
    if where != "any":
        return None
    if len(plain.head) >= PREFIX_CHARS:
        return starts if plain.ends_head else None
    if len(plain.tail) >= (SUFFIX_CHARS if plain.ends_head and plain.ends_tail else tail):
        return stops
    return starts if plain.ends_head and plain.ends_tail and _is_fixed(plain.head) else None


def begins_fixed(pattern: str, words: Mapping[str, Sequence[str]]) -> bool:
    """Whether each match begins with fixed characters, as far as it is seen without a parse tree.

    The pattern begins with a group of plain texts, or with a word list.
    """
    found = _FIRST_GROUP.match(pattern)
    if not found or ("|" in pattern and "|" in _without_groups(pattern)):
        return False
    texts = words[found["name"]] if found["name"] else found["texts"].split("|")
    return all(map(_is_fixed, texts or [""]))


def _is_fixed(text: str) -> bool:
    """Whether so few lines begin with a text that a pattern may be tried on all of them."""
    return len(text) >= SHORT_PREFIX_CHARS or (text != "" and not text[0].isalpha())


def _plain_outline(plain: PlainEnds, where: str, head: int, tail: int) -> Outline | None:
    """Return an outline of plain text alone, None if a parse tree could show longer ends.

    `head` and `tail` are the lengths in characters to which starts and ends are listed.
    """
    run = plain.head + "0" * plain.number
    if where != "end" and (len(run) >= head or (where == "any" and plain.ends_head and len(run) >= PREFIX_CHARS)):
        at_end = False
    elif where == "any" and len(plain.head) < tail <= len(plain.tail):
        at_end = True
    elif (
        where == "any"
        and plain.ends_head
        and plain.ends_tail
        and max(map(len, (run, plain.tail))) >= SHORT_PREFIX_CHARS
    ):
        at_end = len(run) < len(plain.tail)
    else:
        return None
    return Outline(frozenset(), frozenset([plain.tail[-tail:] if at_end else run[:head]]), at_end)


def _without_groups(pattern: str) -> str:
    """Return `pattern` with a dot in place of each escape, class and group."""
    bare = regex.ATOM.sub(".", pattern)
    while "(" in bare and (less := _INNERMOST_GROUP.sub(".", bare)) != bare:
        bare = less
    return bare


def parse_with_names(pattern: str, words: Mapping[str, Sequence[str]]) -> tuple[Any, dict[int, Sequence[str]]]:
    """Return the parse tree of a pattern, with a character for each name, and the words by the code of this.

    If such a character could be mistaken for something else, the words are parsed with the rest, and the tree has no
    such characters.
    """
    names = list(dict.fromkeys(regex.PLACEHOLDER.findall(pattern)))
    if names and (
        regex.has_literal_brace(pattern) or "\\U" in pattern or max(pattern) > chr(_FIRST_NAME - len(names))
    ):
        return parse(regex.expand(pattern, words)), {}
    for number, name in enumerate(names):
        pattern = pattern.replace(f"{{{name}}}", chr(_FIRST_NAME - number))
    return parse(pattern), {_FIRST_NAME - number: words[name] for number, name in enumerate(names)}


def _list_ends(
    tree: Any, named: Mapping[int, Sequence[str]], sizes: Sequence[int], *, last: bool, fixed: bool = False
) -> tuple[set[str], set[str]]:
    """Return the matches that are short enough to be listed, and what the others begin (with `last`, end) with."""
    lister = _Lister(named, sizes, last=last, fixed=fixed)
    whole = lister.list_matches(tree)
    return (_reversed(whole), _reversed(lister.edges)) if last else (whole, lister.edges)


def _reversed(texts: Iterable[str]) -> set[str]:
    return {text[::-1] for text in texts}


class _Lister:
    """Lists the texts of a parse tree from their starts on, or with `last` from their ends, read backwards.

    `size` is the length (characters) that texts are listed to, one of `sizes`. It becomes the next smaller one
    whenever there are too many texts. With `fixed`, a class of more than `MAX_CLASS_CHARS` characters ends the texts;
    else, only 0 is listed for several digits.
    """

    def __init__(self, named: Mapping[int, Sequence[str]], sizes: Sequence[int], *, last: bool, fixed: bool) -> None:
        self.edges: set[str] = set()  # the first `size` characters of texts that go on
        *self._smaller_sizes, self.size = sizes
        self._step = -1 if last else 1
        self._named = named
        self._fixed = fixed
        self._max_short_texts = MAX_FIXED_TEXTS if fixed else MAX_SHORT_TEXTS

    def list_matches(self, tree: Any) -> set[str]:
        """Return the matches that have at most `size` characters. `edges` has then what the others begin with."""
        return self._without_long(self._after(tree, {""}))

    def _after(self, items: Any, texts: set[str]) -> set[str]:
        """Return `texts`, each followed by each text that `items` of a tree match.

        Texts that get too long, or are followed by what cannot be listed, go to `edges` instead.
        """
        run = ""
        for kind, value in items.data[:: self._step]:
            if kind is op.LITERAL and value not in self._named:
                run += chr(value)
                continue
            if run:
                texts = self._longer(texts, [run])
                run = ""
            if not texts:
                return texts
            texts = self._after_item(kind, value, texts)
        return self._longer(texts, [run]) if run else texts

    def _after_item(self, kind: Any, value: Any, texts: set[str]) -> set[str]:
        """Do what `_after` does for one item."""
        if kind is op.LITERAL:
            return self._longer(texts, self._options(value))
        if kind is op.SUBPATTERN:
            return self._after(value[3], texts)
        if kind is op.BRANCH:
            found: set[str] = set()
            for branch in value[1]:
                found = self._without_long(found | self._after(branch, texts))
            return found
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            low, high, inner = value
            return self._repeated(low, high, inner, texts)
        chars = class_chars(value) if kind is op.IN else None
        if chars is None:  # anything may follow
            self.edges |= {text[: self.size] for text in texts}
            return set()
        listed = chars if self._fixed else set("".join(chars).translate(_DIGITS_TO_0))
        texts = self._longer(texts, [text for char in listed for text in self._options(ord(char))])
        if not self._fixed or len(chars) <= MAX_CLASS_CHARS:
            return texts
        self.edges |= texts
        return self._without_long(set())

    def _repeated(self, low: int, high: int, inner: Any, texts: set[str]) -> set[str]:
        """Do what `_after` does for `inner`, repeated `low` to `high` times."""
        found: set[str] = set()
        for count in range(high + 1):
            if count >= low:
                texts = texts - found
                found = self._without_long(found | texts)
            if not texts or count == high:
                break
            texts, before = self._after(inner, texts), texts
            if texts == before:
                return found | texts
        return found

    def _options(self, code: int) -> Sequence[str]:
        """Return what a character of the pattern stands for: itself, or the words of a list."""
        if code in self._named:
            return [word[:: self._step] for word in self._named[code]] or [""]
        return [chr(code)]

    def _longer(self, texts: set[str], options: Collection[str]) -> set[str]:
        """Return `texts`, each followed by each of `options`."""
        if len(texts) * len(options) <= MAX_TEXTS:
            return self._without_long({text + option for text in texts for option in options})
        found: set[str] = set()
        for length, group in groupby(sorted(texts, key=len), len):  # a longer text has room for less of an option
            some = list(group)
            more = {option[: max(self.size - length + 1, 0)] for option in options}
            if len(some) * len(more) > MAX_JOINED_TEXTS:
                self.edges |= {text[: self.size] for text in some}
                continue
            found = self._without_long(found | {text + option for text in some for option in more})
        return found

    def _without_long(self, texts: set[str]) -> set[str]:
        """Return the texts of at most `size` characters, and move the longer ones to `edges`.

        If there are too many, `size` is lowered first.
        """
        while True:
            if max(map(len, texts), default=0) > self.size:
                kept = {text for text in texts if len(text) <= self.size}
                self.edges |= {text[: self.size] for text in texts - kept}
                texts = kept
            if (
                len(texts) + len(self.edges) <= (MAX_TEXTS if self.size > SHORT_TEXT_CHARS else self._max_short_texts)
                or not self._smaller_sizes
            ):
                return texts
            self.size = self._smaller_sizes.pop()
            self.edges = {text[: self.size] for text in self.edges}


def class_chars(parts: Any) -> set[str] | None:
    """Return the characters of a class (its items in the tree), or None if they are too many or not listed."""
    chars: set[str] = set()
    for kind, value in parts:
        if kind is op.LITERAL:
            chars.add(chr(value))
        elif kind is op.RANGE and value[1] - value[0] < 64:
            chars |= {chr(code) for code in range(value[0], value[1] + 1)}
        elif kind is op.CATEGORY and value is op.CATEGORY_DIGIT:
            chars |= set("0123456789")  # keys have no other digits
        else:
            return None
    return chars
