"""The safe subset of regular expressions that rules may use, and the fixed characters by which one is looked up.

Rule packs are untrusted data and Python's `re` backtracks. So `check` accepts a pattern only if its parse tree proves
a bound on the time a match can take:

- no look-around, back-references, anchors or flags, and no empty branches;
- a group is at most optional; at most `MAX_UNBOUNDED` repeats are unbounded, each of a single character or class;
- the number of ways in which the pattern can be tried on a line of the longest permitted length is at most
  `MAX_WAYS`, or `MAX_WAYS_INLINE` if the pattern matches part of a line.

A pattern must also begin or end with a few fixed characters (`find_ends`), so that it is looked up and not tried:
matching a line costs the same with ten patterns as with ten thousand. `share (?:this )?on .*` is looked up by the
prefixes "share on " and "share this on ", `[0-9]+ comments?` by the suffixes "ment" and "ents".

A pattern may name word lists of its pack: `{months} [0-9]{1,2}`. `expand` fills them in.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from cleaner.errors import did_you_mean
from cleaner.rules.match.keys import fold_text
from cleaner.rules.match.parsed import op, parse

# Ways in which a pattern for whole lines may be tried on one line; the time for a hard line grows with it.
MAX_WAYS = 100_000
# The same for an inline pattern, which is tried at each character of a line of any length.
MAX_WAYS_INLINE = 3_000
MAX_DEPTH = 20  # groups inside groups; more could exhaust the stack of Python's parser
MAX_UNBOUNDED = 2  # unbounded repeats (* or +) in a pattern; each one multiplies the ways by the length of the line
MAX_REPEAT = 300  # the largest bound of a repeat, in characters

# What a pattern is looked up by, in characters of its matches. With fewer, more lines would be tried in vain.
PREFIX_CHARS = 6  # a prefix with this many characters always suffices
SHORT_PREFIX_CHARS = 3  # the shortest prefix that is accepted if no match is known as a whole
SUFFIX_CHARS = 4  # a suffix with this many characters always suffices
MAX_END_CHARS = 100  # the longest prefix or suffix that is recorded; a long one tells patterns apart that begin alike
# A pattern that would get more prefixes than this is not read on once its prefixes have `PREFIX_CHARS` characters.
MAX_LONG_PREFIXES = 24
ENOUGH_PREFIX_CHARS = 10  # plain text of this length at the start is taken as the only prefix, without a closer look
MAX_PREFIXES = 500  # the most prefixes (or suffixes) of one pattern; with more, shorter ones are listed
MAX_CLASS_CHARS = 8  # a class of more characters ends a prefix: each character would have to be listed with the rest
MIN_LITERAL_CHARS = 4  # fixed characters in a row that an inline pattern for any place in a line must hold

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_-]*)\}")  # the name of a word list in braces
_ATOM = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]")  # an escape or a class
_EMPTY_BRANCH = re.compile(r"\((?:\?:)?\||\|\||\|\)|^\||\|$")
# The parts of a pattern that folding may change, and escapes.
_TO_FOLD = re.compile(r"\\.|[A-Z]|[^\x00-\x7f]", re.DOTALL)
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

    return PLACEHOLDER.sub(alternatives, pattern)


def fold_pattern(pattern: str) -> str:
    """Return `pattern` with its characters in the form of keys, so that it can be matched against one.

    Escapes such as \\d and \\. stay as they are.
    """
    return _TO_FOLD.sub(lambda found: _fold_char(found[0]), pattern)


def _fold_char(char: str) -> str:
    """Return a character of a pattern, or an escape, in the form of keys."""
    if len(char) == 2:  # an escape: re.escape also makes some of plain characters, which can be folded
        inner = char[1]
        return char if inner.isascii() else _fold_char(inner)
    if char.isascii():
        return char.lower()
    folded = fold_text(char)
    return re.escape(folded) if unicodedata.normalize("NFKC", folded).isascii() and folded else folded


def check(pattern: str, *, max_chars: int = MAX_REPEAT, bounded: bool = False) -> None:
    """Raise `UnsafePattern` unless `pattern` (expanded, folded) is in the safe subset.

    `max_chars` is the length of the longest line that the pattern will meet. `bounded` is for inline patterns: it
    refuses unbounded repeats and permits fewer ways.
    """
    max_ways = MAX_WAYS_INLINE if bounded else MAX_WAYS
    if not (_SIMPLE.fullmatch(pattern) and _simple_ways(pattern) <= max_ways):
        _check_tree(pattern, max_chars, bounded, max_ways)


def _simple_ways(pattern: str) -> int:
    """Return an upper bound of the ways in which a pattern that `_SIMPLE` matches can be tried at one place."""
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


def _check_tree(pattern: str, max_chars: int, bounded: bool, max_ways: int) -> None:
    """Do what `check` does for any pattern, from its parse tree."""
    bare = _ATOM.sub("x", pattern)
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
    if _ways(tree, max_chars) > max_ways:
        raise UnsafePattern("has too many ways to match; use fewer or shorter repeats")


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


class PatternEnds(NamedTuple):
    """The fixed characters by which a pattern is looked up: every match begins with one of the first three sets, or
    ends with one of `suffixes`.

    `prefixes` have `PREFIX_CHARS` to `MAX_END_CHARS` characters, `suffixes` `SUFFIX_CHARS` to `MAX_END_CHARS`; a
    shorter text in one of these sets is a whole match. `short_prefixes` have `SHORT_PREFIX_CHARS` characters.
    `first_chars` are single characters that are not letters.
    """

    prefixes: frozenset[str] = frozenset()
    short_prefixes: frozenset[str] = frozenset()
    first_chars: frozenset[str] = frozenset()
    suffixes: frozenset[str] = frozenset()
    max_match_chars: int = 0  # length of the longest match, at most `MAX_REPEAT`; 0 if the pattern was not parsed


def find_ends(pattern: str, words: Mapping[str, Sequence[str]], where: str) -> PatternEnds:
    """Return by which fixed characters to look `pattern` up.

    `pattern` and `words` are folded, and the words are not filled in. `where` is `start` or `end` if only that end
    of a match may be used, else `any`. Raises `UnsafePattern` if no such end is fixed.
    """
    if (found := _scan_ends(pattern, words, where)) and (where != "start" or found.prefixes):
        return found
    tree = parse(expand(pattern, words))
    starts = _expand_ends(list(tree), PREFIX_CHARS, last=False) if where != "end" else {("", False)}
    if not all(whole or len(text) >= PREFIX_CHARS for text, whole in starts):
        stops = _expand_ends(list(tree), SUFFIX_CHARS, last=True) if where != "start" else {("", False)}
        if all(whole or len(text) == SUFFIX_CHARS for text, whole in stops):
            return PatternEnds(suffixes=frozenset(text[::-1] for text, _ in stops))
    if not all(
        whole or len(text) >= SHORT_PREFIX_CHARS or (text and not text[0].isalpha()) for text, whole in starts
    ):
        ends = {"any": "begins and ends", "start": "begins", "end": "ends"}[where]
        raise UnsafePattern(f"{ends} with anything; use fixed characters there")
    return PatternEnds(
        prefixes=frozenset(text for text, whole in starts if whole or len(text) == PREFIX_CHARS),
        short_prefixes=frozenset(
            text[:SHORT_PREFIX_CHARS]
            for text, whole in starts
            if not whole and SHORT_PREFIX_CHARS <= len(text) < PREFIX_CHARS
        ),
        first_chars=frozenset(text[0] for text, whole in starts if not whole and len(text) < SHORT_PREFIX_CHARS),
        max_match_chars=min(tree.getwidth()[1], MAX_REPEAT),
    )


def find_literal(pattern: str) -> str:
    """Return the longest plain text that is part of every match of `pattern`.

    Raises `UnsafePattern` if this has fewer than `MIN_LITERAL_CHARS` characters.
    """
    bare = _ATOM.sub("\0", pattern)
    while "(" in bare and (less := _INNERMOST_GROUP.sub("\0", bare)) != bare:
        bare = less
    if "|" in bare:
        raise UnsafePattern("has branches; write one pattern for each, or set 'at'")
    runs = re.findall(
        rf"{_PLAIN_CHAR}+(?![?*{{])|{_PLAIN_CHAR}+(?={_PLAIN_CHAR}[?*{{])",
        PLACEHOLDER.sub("\0", bare).replace("\0", "."),
    )
    longest = max(runs, key=len, default="")
    if len(longest) < MIN_LITERAL_CHARS:
        raise UnsafePattern(f"has no {MIN_LITERAL_CHARS} fixed characters in a row; add some, or set 'at'")
    return longest


_PLAIN_CHAR = r"[^\\.\[\](){}?*+|^$]"
# What `_scan_ends` reads in one step: the name of a word list, a group without groups in it, or a character.
_TOKEN = re.compile(
    rf"\{{(?P<word>[a-z][a-z0-9_-]*)\}}|\(\?:(?P<group>(?:{_PLAIN_CHAR}|\\[^a-zA-Z0-9|]|\|)*)\)"
    rf"|\\(?P<escaped>[^a-zA-Z0-9])|{_PLAIN_CHAR}"
)
# Plain text at the start. A character that is repeated is no part of it.
_PLAIN_PREFIX = re.compile(rf"{_PLAIN_CHAR}{{{PREFIX_CHARS},}}(?![?*+{{])")
_PLAIN_SUFFIX = re.compile(rf"(?<!\\){_PLAIN_CHAR}{{{SUFFIX_CHARS},{MAX_END_CHARS}}}$")
_INNERMOST_GROUP = re.compile(r"\([^()]*\)")


def _scan_ends(pattern: str, words: Mapping[str, Sequence[str]], where: str) -> PatternEnds | None:
    """Do what `find_ends` does without a parse tree, which is fast, or return None if this pattern needs one.

    Most patterns have plain text at an end, and do not need a tree.
    """
    bare = _ATOM.sub("x", pattern) if "|" in pattern else ""
    while "(" in bare and (less := _INNERMOST_GROUP.sub("x", bare)) != bare:
        bare = less
    if "|" in bare:
        return None
    if where == "end":
        return _scan_suffix(pattern)
    run = _PLAIN_PREFIX.match(pattern)
    if run and len(run[0]) >= ENOUGH_PREFIX_CHARS:
        return PatternEnds(prefixes=frozenset([run[0][:MAX_END_CHARS]]))
    texts = {""}  # what all matches begin with, from as much of the pattern as is read
    position = 0
    while position < len(pattern) and len(texts) <= MAX_PREFIXES:
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
        elif following in ("?", "*", "+") or (following == "{" and not PLACEHOLDER.match(pattern, position)):
            break
        longer = {
            text if len(text) >= MAX_END_CHARS else (text + option)[:MAX_END_CHARS]
            for text in texts
            for option in options
        }
        if len(longer) > MAX_LONG_PREFIXES and min(map(len, texts)) >= PREFIX_CHARS:
            break  # these are long enough, and longer ones would be too many
        texts = longer
    else:
        return PatternEnds(prefixes=frozenset(texts)) if "" not in texts and len(texts) <= MAX_PREFIXES else None
    if min(map(len, texts)) >= PREFIX_CHARS and len(texts) <= MAX_PREFIXES:
        return PatternEnds(prefixes=frozenset(texts))
    return _scan_suffix(pattern)


def _scan_suffix(pattern: str) -> PatternEnds | None:
    """Return the plain text at the end of a pattern as its suffix, None if there is too little."""
    run = _PLAIN_SUFFIX.search(pattern)
    return PatternEnds(suffixes=frozenset([run[0]])) if run else None


def _expand_ends(items: list[Any], size: int, *, last: bool) -> set[tuple[str, bool]]:
    """Return the texts that matches of `items` of a tree begin with, each with whether it is a whole match.

    With `last`, return what they end with, read backwards. Texts have up to `size` characters, or fewer if longer
    ones would be too many to list.
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
        chars = {chr(value)} if kind is op.LITERAL else class_chars(value)
        if chars is None:
            return unknown
        if len(chars) > MAX_CLASS_CHARS:  # such as the digits
            return {(char, False) for char in chars}
        more = _expand_ends(rest, size - 1, last=last)
        if len(chars) * len(more) > MAX_PREFIXES:
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
        if len(result) > MAX_PREFIXES:
            return _expand_ends(items, size - 1, last=last)
    return result


def plain_prefix(pattern: str) -> str:
    """Return the plain text that `pattern` begins with; "" if there is little of it or the pattern has branches."""
    run = None if "|" in pattern else _PLAIN_PREFIX.match(pattern)
    return run[0] if run else ""


def has_literal_brace(pattern: str) -> bool:
    """Whether a { is in a class of `pattern` or is escaped, so that it does not begin the name of a word list."""
    return "{" in "".join(_ATOM.findall(pattern))


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
