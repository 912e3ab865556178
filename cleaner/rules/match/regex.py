"""The safe subset of regular expressions that rules may use, and what an engine can learn from one.

Rule packs are untrusted data and Python's `re` backtracks, so a pattern is accepted only if its parse
tree proves a bound: no look-around, back-references, anchors or flags, no empty branches; a group is at
most optional; at most two unbounded repeats, each of a single character or class; and the number of
ways in which a line of the longest permitted length can be tried is at most `MAX_WAYS`, for part of a
line `MAX_WAYS_INSIDE`.

A pattern also has to begin or end with a few fixed characters, so that it is looked up rather than
tried: matching a line costs the same with ten patterns as with ten thousand.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Mapping, Sequence
from itertools import accumulate
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

from cleaner.errors import did_you_mean
from cleaner.rules.match.keys import fold as fold_text

MAX_WAYS = 100_000
MAX_WAYS_INSIDE = 3_000  # of an inline pattern, which is tried at each character of a line of any length
MAX_DEPTH = 20  # of groups within groups
MAX_UNBOUNDED = 2
MAX_REPEAT = 300
HEAD, SHORT, TAIL = 6, 3, 4  # fixed characters at the start or end of a match by which a pattern is looked up
LONG = 100  # up to so many characters of an end are known, so that patterns with much in common are told apart …
MAX_LONG = 24  # … where no more than so many texts can stand there
ENOUGH = 10  # characters of plain text at the start that tell a pattern from most others
MIN_LITERAL = 4  # fixed characters in an inline pattern that may match anywhere
MAX_HEADS = 500
FEW = 8  # characters of a class

WORD = re.compile(r"\{([a-z][a-z0-9_-]*)\}")
_ATOM = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]")  # an escape or a class
_EMPTY_BRANCH = re.compile(r"\((?:\?:)?\||\|\||\|\)|^\||\|$")
_FOLDED = re.compile(r"\\.|[A-Z]|[^\x00-\x7f]", re.DOTALL)
_SINGLE = (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN)
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


# Most patterns are plain text with some optional parts and bounded repeats: these are safe at sight.
_SIMPLE_CHAR = r"(?:[^\\.\[\](){}?*+|^$]|\\[^a-zA-Z0-9])"
_SIMPLE = re.compile(
    rf"{_SIMPLE_CHAR}{{2}}(?:(?:{_SIMPLE_CHAR}|\\d|\.|\(\?:{_SIMPLE_CHAR}+(?:\|{_SIMPLE_CHAR}+)*\)(?!\{{))"
    rf"(?:(?:\?|\{{[0-9]{{1,2}},[0-9]{{1,2}}\}})(?![?+*{{]))?)+"
)
_REPEAT = re.compile(
    r"\\.|\{(?P<low>[0-9]+),(?P<high>[0-9]+)\}|\((?P<branches>\?:(?:\\.|[^)\\])*)\)\??|\?", re.DOTALL
)


def expand(pattern: str, words: Mapping[str, Sequence[str]]) -> str:
    """Put the alternatives of `[words]`, escaped and longest first, in place of each `{name}`.

    Raises `UnsafePattern` for a name that `words` lacks.
    """

    def alternatives(found: re.Match[str]) -> str:
        if found[1] not in words:
            advice = did_you_mean(found[1], words, "add it, or write \\{ for a brace")
            raise UnsafePattern(f"{{{found[1]}}} is not in [words]; {advice}")
        return "(?:" + "|".join(re.escape(word) for word in sorted(words[found[1]], key=lambda w: (-len(w), w))) + ")"

    return WORD.sub(alternatives, pattern)


def fold(pattern: str) -> str:
    """Return `pattern` in the form of keys, so that it can be matched against one; escapes stay."""
    return _FOLDED.sub(lambda found: _fold_char(found[0]), pattern)


def _fold_char(char: str) -> str:
    if len(char) == 2:  # an escape; of a plain character, as re.escape makes them, it can be folded
        inner = char[1]
        return char if inner.isascii() else _fold_char(inner)
    if char.isascii():
        return char.lower()
    folded = fold_text(char)
    return re.escape(folded) if unicodedata.normalize("NFKC", folded).isascii() and folded else folded


def check(pattern: str, *, max_chars: int = MAX_REPEAT, bounded: bool = False) -> None:
    """Raise `UnsafePattern` unless `pattern` (expanded, folded) is in the safe subset.

    `max_chars` is the longest line it will meet; with `bounded`, for a part of a line, unbounded repeats are
    refused as well.
    """
    most = MAX_WAYS_INSIDE if bounded else MAX_WAYS
    if not (_SIMPLE.fullmatch(pattern) and _simple_ways(pattern) <= most):
        _check_tree(pattern, max_chars, bounded, most)


def _simple_ways(pattern: str) -> int:
    """Bound the number of ways in which a pattern that `_SIMPLE` matches can match."""
    ways = 1
    for repeat in _REPEAT.finditer(pattern):
        low, high, branches = repeat["low"], repeat["high"], repeat["branches"]
        if high:
            ways *= int(high) - int(low) + 1
        elif branches:
            ways *= branches.count("|") + 2
        elif repeat[0] == "?":
            ways *= 2
    return ways


def _check_tree(pattern: str, max_chars: int, bounded: bool, most: int) -> None:
    bare = _ATOM.sub("x", pattern)
    if bare.count("(") > MAX_DEPTH and max(accumulate((char == "(") - (char == ")") for char in bare)) > MAX_DEPTH:
        raise UnsafePattern(f"groups stand more than {MAX_DEPTH} deep in each other; write it flatter")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tree = parser.parse(pattern)
    except Warning as error:  # of [[a], which versions of Python to come may read otherwise
        raise UnsafePattern(f"is not clear: {str(error).lower()}; write a \\ before signs in a class") from None
    except (re.error, RecursionError, OverflowError) as error:
        raise UnsafePattern(f"is not a regular expression: {error}; mend it") from None
    if tree.state.flags & ~re.UNICODE.value:
        raise UnsafePattern("flags are not allowed; leave them out, case does not matter in whole lines")
    if _EMPTY_BRANCH.search(bare):  # the tree has empty branches of its own: a|ab is a(?:|b)
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
                if high > 1 and not (len(inner) == 1 and inner[0][0] in _SINGLE):
                    raise UnsafePattern(
                        "a group may be optional but not repeated; repeat a single character or class"
                    )
                if high is op.MAXREPEAT:
                    unbounded += 1
                elif high > MAX_REPEAT:
                    raise UnsafePattern(f"a repeat of more than {MAX_REPEAT} is not allowed; write a smaller number")
                pending.append(inner)
            elif kind not in _SINGLE:
                raise UnsafePattern(f"{str(kind).lower()} is not allowed; leave it out")
    if unbounded > (0 if bounded else MAX_UNBOUNDED):
        what = (
            "an inline pattern has only bounded repeats" if bounded else "at most two unbounded repeats are allowed"
        )
        raise UnsafePattern(f"{what}; write {{0,60}} instead of *")
    if tree.getwidth()[0] == 0:
        raise UnsafePattern("must not match an empty line; add something that has to be there")
    if _ways(tree, max_chars) > most:
        raise UnsafePattern("has too many ways to match; use fewer or shorter repeats")


def _ways(items: Any, longest: int) -> int:
    """Bound the number of ways in which `items` can match at one place of a line."""
    product = 1
    for kind, value in items:
        if kind is op.SUBPATTERN:
            product *= _ways(value[3], longest)
        elif kind is op.BRANCH:
            # Branches that begin with different characters cannot both match at one place.
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


class PatternEnds(NamedTuple):
    """By which fixed characters a pattern is looked up: every match begins, or ends, with one of these.

    `heads` are of `HEAD` to `LONG` characters, or shorter and then all of the match; `shorts` of `SHORT`; `firsts`
    of one, which is no letter, of matches of at most `width`; `tails` of `TAIL` to `LONG`, or shorter and then all.
    """

    heads: frozenset[str] = frozenset()
    shorts: frozenset[str] = frozenset()
    firsts: frozenset[str] = frozenset()
    tails: frozenset[str] = frozenset()
    width: int = 0  # of the longest match, where there are `firsts`


def find_ends(pattern: str, words: Mapping[str, Sequence[str]], where: str) -> PatternEnds:
    """Return by what to look up `pattern` (folded, its words not filled in; `words` folded too).

    `where` is `start` or `end` where only that end of a match is known, else `any`. Raises `UnsafePattern`
    where no such end is fixed.
    """
    if (found := _scan(pattern, words, where)) and (where != "start" or found.heads):
        return found
    tree = parser.parse(expand(pattern, words))
    starts = _expand_ends(list(tree), HEAD, last=False) if where != "end" else {("", False)}
    if not all(whole or len(text) >= HEAD for text, whole in starts):
        stops = _expand_ends(list(tree), TAIL, last=True) if where != "start" else {("", False)}
        if all(whole or len(text) == TAIL for text, whole in stops):
            return PatternEnds(tails=frozenset(text[::-1] for text, _ in stops))
    if not all(whole or len(text) >= SHORT or (text and not text[0].isalpha()) for text, whole in starts):
        ends = {"any": "begins and ends", "start": "begins", "end": "ends"}[where]
        raise UnsafePattern(f"{ends} with anything; use fixed characters there")
    return PatternEnds(
        heads=frozenset(text for text, whole in starts if whole or len(text) == HEAD),
        shorts=frozenset(text[:SHORT] for text, whole in starts if not whole and SHORT <= len(text) < HEAD),
        firsts=frozenset(text[0] for text, whole in starts if not whole and len(text) < SHORT),
        width=min(tree.getwidth()[1], MAX_REPEAT),
    )


def find_literal(pattern: str) -> str:
    """Return the longest plain text that every match of `pattern` holds.

    Raises `UnsafePattern` where it has fewer than `MIN_LITERAL` characters.
    """
    bare = _ATOM.sub("\0", pattern)
    while "(" in bare and (less := _CLOSED.sub("\0", bare)) != bare:
        bare = less
    if "|" in bare:
        raise UnsafePattern("has branches; write one pattern for each, or set 'at'")
    runs = re.findall(rf"{_PLAIN}+(?![?*{{])|{_PLAIN}+(?={_PLAIN}[?*{{])", WORD.sub("\0", bare).replace("\0", "."))
    longest = max(runs, key=len, default="")
    if len(longest) < MIN_LITERAL:
        raise UnsafePattern(f"has no {MIN_LITERAL} fixed characters in a row; add some, or set 'at'")
    return longest


_PLAIN = r"[^\\.\[\](){}?*+|^$]"
_TOKEN = re.compile(
    rf"\{{(?P<word>[a-z][a-z0-9_-]*)\}}|\(\?:(?P<group>(?:{_PLAIN}|\\[^a-zA-Z0-9|]|\|)*)\)|\\(?P<escaped>[^a-zA-Z0-9])|{_PLAIN}"
)
_FIRST = re.compile(rf"{_PLAIN}{{{HEAD},}}(?![?*+{{])")  # the run gives its last character back to a repeat
_LAST = re.compile(rf"(?<!\\){_PLAIN}{{{TAIL},{LONG}}}$")
_CLOSED = re.compile(r"\([^()]*\)")


def _scan(pattern: str, words: Mapping[str, Sequence[str]], where: str) -> PatternEnds | None:
    """Do what `find_ends` does for patterns with plain text at an end, as most have, fast, without parsing them."""
    bare = _ATOM.sub("x", pattern) if "|" in pattern else ""
    while "(" in bare and (less := _CLOSED.sub("x", bare)) != bare:
        bare = less
    if "|" in bare:
        return None
    if where == "end":
        return _scan_end(pattern)
    run = _FIRST.match(pattern)
    if run and len(run[0]) >= ENOUGH:
        return PatternEnds(heads=frozenset([run[0][:LONG]]))
    texts = {""}
    position = 0
    while position < len(pattern) and len(texts) <= MAX_HEADS:  # until it is known what all matches begin with
        token = _TOKEN.match(pattern, position)
        if not token:
            break
        position = token.end()
        if token["word"]:
            options = list(words.get(token["word"], ()))
        elif token["group"] is not None:
            options = [re.sub(r"\\(.)", r"\1", option) for option in token["group"].split("|")]
        else:
            options = [token["escaped"] or token[0]]
        following = pattern[position : position + 1]
        if following == "?" and pattern[position + 1 : position + 2] not in ("?", "+"):
            options.append("")
            position += 1
        elif following in ("?", "*", "+") or (following == "{" and not WORD.match(pattern, position)):
            break
        longer = {text if len(text) >= LONG else (text + option)[:LONG] for text in texts for option in options}
        if len(longer) > MAX_LONG and min(map(len, texts)) >= HEAD:
            break  # long enough: better few than longer
        texts = longer
    else:
        return PatternEnds(heads=frozenset(texts)) if "" not in texts and len(texts) <= MAX_HEADS else None
    if min(map(len, texts)) >= HEAD and len(texts) <= MAX_HEADS:
        return PatternEnds(heads=frozenset(texts))
    return _scan_end(pattern)


def _scan_end(pattern: str) -> PatternEnds | None:
    run = _LAST.search(pattern)
    return PatternEnds(tails=frozenset([run[0]])) if run else None


def _expand_ends(items: list[Any], size: int, *, last: bool) -> set[tuple[str, bool]]:
    """Return what the matches of `items` begin with (or, reversed, end with), and whether that is all of one.

    Texts have up to `size` characters, fewer where more would be too many to list.
    """
    unknown = {("", False)}
    if not items:
        return {("", True)}
    if not size:
        return unknown
    (kind, value), rest = (items[-1], items[:-1]) if last else (items[0], items[1:])

    def then(inner: list[Any]) -> set[tuple[str, bool]]:
        return _expand_ends(rest + inner if last else inner + rest, size, last=last)

    if kind is op.LITERAL or kind is op.IN:
        chars = {chr(value)} if kind is op.LITERAL else members(value)
        if chars is None:
            return unknown
        if len(chars) > FEW:  # digits, say: what follows them would be listed for each
            return {(char, False) for char in chars}
        more = _expand_ends(rest, size - 1, last=last)
        if len(chars) * len(more) > MAX_HEADS:
            return _expand_ends(items, size - 1, last=last)
        return {(char + text, whole) for char in chars for text, whole in more}
    if kind is op.SUBPATTERN:
        return then(list(value[3]))
    if kind is op.BRANCH:
        options = [list(branch) for branch in value[1]]
    elif kind in (op.MAX_REPEAT, op.MIN_REPEAT):
        low, high, inner = value
        high = size if high is op.MAXREPEAT else high
        options = [list(inner) * count for count in range(min(low, size), min(high, size) + 1)]
    else:
        return unknown
    result: set[tuple[str, bool]] = set()
    for option in options:
        result |= then(option)
        if len(result) > MAX_HEADS:
            return _expand_ends(items, size - 1, last=last)
    return result


def plain_start(pattern: str) -> str:
    """Return the plain text with which `pattern` begins; "" where it has no branches of which that is sure."""
    run = None if "|" in pattern else _FIRST.match(pattern)
    return run[0] if run else ""


def has_brace(pattern: str) -> bool:
    """Whether a brace stands in `pattern` where it may begin no name of `[words]`: in a class, or escaped."""
    return "{" in "".join(_ATOM.findall(pattern))


def members(parts: Any) -> set[str] | None:
    """Return the characters of a class, or None where they are many."""
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
