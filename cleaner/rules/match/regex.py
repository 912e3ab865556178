"""The safe subset of regular expressions that rules may use, with word lists filled in.

Rule packs are untrusted data and Python's `re` backtracks. So `check` accepts a pattern only if its parse tree proves
a bound on the time a match can take:

- no look-around, back-references, anchors or flags, and no empty branches;
- a group is at most optional; at most `MAX_UNBOUNDED` repeats are unbounded, each of a single character or class;
- the number of ways in which the pattern can be tried on a line of the longest permitted length is at most
  `MAX_WAYS`, or `MAX_WAYS_INLINE` if the pattern matches part of a line.

A pattern may name word lists of its pack: `{months} [0-9]{1,2}`. `expand` fills them in.
"""

from __future__ import annotations

import re
import sys
import unicodedata
import warnings
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any

from cleaner import lazy
from cleaner.errors import did_you_mean
from cleaner.rules.match.keys import VARIANTS, WITH_MARKS, fold_case, fold_text
from cleaner.rules.match.parsed import op, parse

# Ways in which a pattern for whole lines may be tried on one line; the time for a hard line grows with it.
MAX_WAYS = 100_000
# The same for an inline pattern, which is tried at each character of a line of any length.
MAX_WAYS_INLINE = 3_000
MAX_DEPTH = 20  # groups inside groups; more could exhaust the stack of Python's parser
MAX_UNBOUNDED = 2  # unbounded repeats (* or +) in a pattern; each one multiplies the ways by the length of the line
MAX_REPEAT = 300  # the largest bound of a repeat, in characters
# Characters of a pattern with its word lists filled in. The longest of those that ship has 6,128. Raised, patterns
# may take longer to be compiled.
MAX_EXPANDED = 25_000

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_-]*)\}")  # the name of a word list in braces
ATOM = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]")  # an escape or a class
_EMPTY_BRANCH = re.compile(r"\((?:\?:)?\||\|\||\|\)|^\||\|$")
# What folding may change in a pattern that is written as keys are: an escaped letter, and one by its code (\u03b1).
_HIDDEN_LETTER = re.compile(r"\\[^\x00-\x7f]|\\[uUx]")
_LETTER_BESIDE_DASH = re.compile(r"[^\x00-\x7f]-|-[^\x00-\x7f]")  # in a class it may be a range
_ESCAPE = r"\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\x[0-9a-fA-F]{2}|\\."
# A class. One that nothing closes goes to the end, because many of them would take long otherwise.
_CLASS = r"(?P<open>\[\^?)(?P<body>\]?(?:\\.|[^\]\\])*)(?P<close>\]|\\?\Z)"
# A letter with marks that is one letter in keys. The mark may be optional.
_WITH_MARKS = lazy.pattern("|".join(rf"({form})\?{{0,2}}" for form, _ in WITH_MARKS), re.IGNORECASE)
_TO_FOLD = lazy.pattern(rf"{_CLASS}|{_ESCAPE}|[A-Z]|[^\x00-\x7f]", re.DOTALL)
_IN_CLASS = lazy.pattern(rf"(?P<low>{_ESCAPE}|[^\\])(?:-(?P<high>{_ESCAPE}|[^\\]))?", re.DOTALL)
# Kinds of items that match exactly one character.
_ONE_CHAR = (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN)
_REFUSED = {
    op.ASSERT: "look-ahead and look-behind are not allowed; use 'unless'",
    op.ASSERT_NOT: "look-ahead and look-behind are not allowed; use 'unless'",
    op.GROUPREF: "back-references are not allowed; write what may stand there",
    op.GROUPREF_EXISTS: "conditional groups are not allowed; write two patterns",
    op.AT: "anchors (^ $ \\b \\A \\Z) are not allowed; leave them out, a pattern matches the whole line anyway",
    op.ATOMIC_GROUP: "atomic groups are not allowed; write a plain group",
    op.POSSESSIVE_REPEAT: "possessive repeats are not allowed; write a plain repeat",
}


class UnsafePattern(ValueError):
    """A pattern is outside the safe subset; the text says why and what to write instead."""


# Most patterns are plain text with some optional parts and bounded repeats. They are known to be safe without a
# parse tree, if `_simple_ways` is small enough.
_SIMPLE_CHAR = r"(?:[^\\.\[\](){}?*+|^$]|\\[^a-zA-Z0-9])"
_SIMPLE = lazy.pattern(
    rf"{_SIMPLE_CHAR}{{2}}(?:(?:{_SIMPLE_CHAR}|\\d|\.|\(\?:{_SIMPLE_CHAR}+(?:\|{_SIMPLE_CHAR}+)*\)(?!\{{))"
    rf"(?:(?:\?|\{{[0-9]{{1,2}},[0-9]{{1,2}}\}})(?![?+*{{]))?)+"
)
_REPEAT = lazy.pattern(
    r"\\.|\{(?P<low>[0-9]+),(?P<high>[0-9]+)\}|\((?P<branches>\?:(?:\\.|[^)\\])*)\)\??|\?", re.DOTALL
)


def expand(pattern: str, words: Mapping[str, Sequence[str]]) -> str:
    """Put the alternatives of `[words]`, escaped and longest first, in place of each `{name}`.

    Raises `UnsafePattern` for a name that `words` lacks, and if the result would be too long.
    """
    if expanded_size(pattern, words) > MAX_EXPANDED:
        what = f"has more than {MAX_EXPANDED:,} characters with its words"
        raise UnsafePattern(f"{what}; use a list of fewer words, or name it less often")

    def alternatives(found: re.Match[str]) -> str:
        if found[1] not in words:
            advice = did_you_mean(found[1], words, "add it, or write \\{ for a brace")
            raise UnsafePattern(f"{{{found[1]}}} is not in [words]; {advice}")
        return "(?:" + "|".join(re.escape(word) for word in sorted(words[found[1]], key=lambda w: (-len(w), w))) + ")"

    return PLACEHOLDER.sub(alternatives, pattern)


def expanded_size(pattern: str, words: Mapping[str, Sequence[str]]) -> int:
    """Return how many characters a pattern has with its words, without filling them in; escapes do not count."""
    sizes = {
        name: sum(map(len, words.get(name, ()))) + len(words.get(name, ()))
        for name in set(PLACEHOLDER.findall(pattern))
    }
    return len(pattern) + sum(sizes[name] for name in PLACEHOLDER.findall(pattern))


def fold_pattern(pattern: str) -> str:
    """Return `pattern` with its characters in the form of keys, so that it can be matched against one.

    Escapes such as \\d and \\. stay as they are. A range of a class has the same characters, as keys have them.
    """
    if (
        fold_text(pattern) == pattern
        and not _HIDDEN_LETTER.search(pattern)
        and not ("[" in pattern and _LETTER_BESIDE_DASH.search(pattern))
    ):
        return pattern  # most patterns of packs are written as keys are
    pattern = _WITH_MARKS.sub(lambda found: WITH_MARKS[(found.lastindex or 1) - 1][1], pattern)
    return _TO_FOLD.sub(_fold_found, pattern)


def _fold_found(found: re.Match[str]) -> str:
    """Return what `_TO_FOLD` found in the form of keys."""
    body = found["body"]
    if body is None:
        return _fold_char(found[0])
    chars = frozenset(body)
    return found["open"] + _IN_CLASS.sub(lambda part: _fold_part(part, chars), body) + found["close"]


def _fold_part(found: re.Match[str], chars: frozenset[str]) -> str:
    """Return a character or a range of a class in the form of keys. `chars` are those of the class.

    Letters in a range may be others in keys, and these may be outside of the range, so they are added: the range ά-έ
    (U+03AC to U+03AD) is α and ε in keys (U+03B1 and U+03B5).
    """
    if not found["high"]:
        return _fold_char(found["low"])
    low, high = map(_plain_char, found.group("low", "high"))
    if len(low) > 1 or len(high) > 1 or high.isascii():
        return f"{_fold_char(found['low'])}-{_fold_char(found['high'])}"
    ranges, more = _fold_range(low, high)
    return ranges + "".join(char for char in more if char not in chars)


@lru_cache(1000)
def _fold_range(low: str, high: str) -> tuple[str, str]:
    """Return a range in the form of keys, and the characters in keys that some of it have, and that are not in it.

    А-Я becomes а-я. A range with letters of both cases (А-я) becomes two: а-я, and as it was.
    """
    # Ends that are variants stay as they are, because other letters stand between them.
    first, last = (folded if len(folded := fold_case(char)) == 1 else char for char in (low, high))
    ranges = [(first, last)] if first <= last else []
    if ord(last) - ord(first) != ord(high) - ord(low) and (low, high) != (first, last):
        ranges.append((low, high))

    def has(char: str) -> bool:
        return any(start <= char <= end for start, end in ranges)

    more = dict.fromkeys(plain for char, plain in VARIANTS if has(char) and not has(plain))
    return "".join(f"{_escaped(start)}-{_escaped(end)}" for start, end in ranges), "".join(more)


def _plain_char(written: str) -> str:
    """Return the character that a part of a pattern stands for, or an escape that stands for several as it is."""
    inner = written[1:] if written.startswith("\\") else ""
    if len(inner) > 1:
        code = int(inner[1:], 16)
        return written if 0xD800 <= code < 0xE000 or code > sys.maxunicode else chr(code)
    return written if not inner or (inner.isascii() and inner.isalnum()) else inner


@lru_cache(1000)
def _fold_char(written: str) -> str:
    """Return a character of a pattern, or an escape, in the form of keys."""
    char = _plain_char(written)  # re.escape also makes escapes of plain characters, which can be folded
    if len(char) > 1 or char.isascii():
        return written if len(written) > 1 else char.lower()
    return _escaped(fold_text(char))


def _escaped(folded: str) -> str:
    """Return characters of a key with \\ where a pattern needs it."""
    return re.escape(folded) if unicodedata.normalize("NFKC", folded).isascii() and folded else folded


def check(pattern: str, *, max_chars: int = MAX_REPEAT, bounded: bool = False) -> int:
    """Return in how many ways `pattern` (expanded, folded) can be tried at one place, at most.

    `max_chars` is the length of the longest line that the pattern will meet. `bounded` is for inline patterns: it
    refuses unbounded repeats and permits fewer ways. Raises `UnsafePattern` unless the pattern is in the safe subset.
    """
    max_ways = MAX_WAYS_INLINE if bounded else MAX_WAYS
    if _SIMPLE.fullmatch(pattern) and (ways := _simple_ways(pattern)) <= max_ways:
        return ways
    return _check_tree(pattern, max_chars, bounded, max_ways)


def _simple_ways(pattern: str) -> int:
    """Return an upper bound of the ways in which a pattern that `_SIMPLE` matches can be tried at one place.

    It is beyond all limits for a pattern that is no regular expression, such as `a{3,2}`.
    """
    ways = 1
    for repeat in _REPEAT.finditer(pattern):
        low, high, branches = repeat["low"], repeat["high"], repeat["branches"]
        if high:
            if int(high) < int(low):
                return sys.maxsize
            ways *= int(high) - int(low) + 1
        elif branches:
            ways *= branches.count("|") + 2
        elif repeat[0] == "?":
            ways *= 2
    return ways


def _check_tree(pattern: str, max_chars: int, bounded: bool, max_ways: int) -> int:
    """Do what `check` does for any pattern, from its parse tree."""
    bare = ATOM.sub("x", pattern)
    if bare.count("(") > MAX_DEPTH and max(accumulate((char == "(") - (char == ")") for char in bare)) > MAX_DEPTH:
        raise UnsafePattern(f"groups stand more than {MAX_DEPTH} deep in each other; write it flatter")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tree = parse(pattern)
    except Warning as error:  # such as for [[a]: a later Python may read it otherwise
        raise UnsafePattern(f"is not clear: {str(error).lower()}; write a \\ before signs in a class") from None
    except (re.error, RecursionError, OverflowError) as error:
        raise UnsafePattern(f"is not a regular expression: {error}; mend it") from None
    if tree.state.flags & ~re.UNICODE.value:
        raise UnsafePattern("flags are not allowed; leave them out, case does not matter in whole lines")
    if _EMPTY_BRANCH.search(bare):  # not seen in the tree, which has empty branches of its own: a|ab becomes a(?:|b)
        raise UnsafePattern("an empty branch is not allowed; write (?:a|b)? instead of (?:a|b|)")
    unbounded = 0
    pending: list[Any] = [tree]
    while pending:
        for kind, value in pending.pop():
            if kind in _REFUSED:
                raise UnsafePattern(_REFUSED[kind])
            if kind is op.SUBPATTERN:
                if value[1] or value[2]:
                    raise UnsafePattern("flags are not allowed; leave them out, case does not matter in whole lines")
                pending.append(value[3])
            elif kind is op.BRANCH:
                pending += value[1]
            elif kind in (op.MAX_REPEAT, op.MIN_REPEAT):
                _, high, inner = value
                if high > 1 and not (len(inner) == 1 and inner[0][0] in _ONE_CHAR):
                    raise UnsafePattern(
                        "a group may be optional but not repeated; repeat a single character or class"
                    )
                if high is op.MAXREPEAT:
                    unbounded += 1
                elif high > MAX_REPEAT:
                    raise UnsafePattern(f"a repeat of more than {MAX_REPEAT} is not allowed; write a smaller number")
                pending.append(inner)
            elif kind not in _ONE_CHAR:
                raise UnsafePattern(f"{str(kind).lower()} is not allowed; leave it out")
    if unbounded > (0 if bounded else MAX_UNBOUNDED):
        what = (
            "an inline pattern has only bounded repeats" if bounded else "at most two unbounded repeats are allowed"
        )
        raise UnsafePattern(f"{what}; write {{0,60}} instead of *")
    if tree.getwidth()[0] == 0:
        raise UnsafePattern("must not match an empty line; add something that has to be there")
    ways = _ways(tree, max_chars)
    if ways > max_ways:
        raise UnsafePattern("has too many ways to match; use fewer or shorter repeats")
    return ways


def _ways(items: Any, longest: int) -> int:
    """Return an upper bound of the ways in which `items` of a tree can be tried at one place of a line.

    The ways of neighbours multiply. The count stops soon after `MAX_WAYS`.
    """
    product = 1
    for kind, value in items:
        if kind is op.SUBPATTERN:
            product *= _ways(value[3], longest)
        elif kind is op.BRANCH:
            # Branches that begin with different characters cannot both match at one place, so only the largest
            # count of those is added. Branches that begin with no known character are under None.
            groups: dict[Any, int] = {}
            for branch in value[1]:
                first = branch[0][1] if len(branch) and branch[0][0] is op.LITERAL else None
                groups[first] = groups.get(first, 0) + _ways(branch, longest)
            product *= groups.pop(None, 0) + max(groups.values(), default=0)
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            low, high, inner = value
            high = longest if high is op.MAXREPEAT else high
            product *= (high - low) * _ways(inner, longest) + 1
        if product > MAX_WAYS:
            return product
    return product


def has_literal_brace(pattern: str) -> bool:
    """Whether a { is in a class of `pattern` or is escaped, so that it does not begin the name of a word list."""
    return "{" in "".join(ATOM.findall(pattern))
