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

`share (?:this )?on .*` gives "share on " and "share this on ", both as edges and as whole matches, because `.*` may
match nothing. The word lists of a pack are not parsed: `{months} [0-9]` is parsed with one character in place of
`{months}`, and the texts get the words where the tree has that character.

`regex.find_ends` lists ends, too, and decides by them which patterns are accepted. It is not built on this module,
although with its limits (`MAX_PREFIXES`, `MAX_CLASS_CHARS`, digits told apart) most results would be the same. Here,
too many texts shorten all texts to one length; there, only those of the part that has too many. So a pattern of rare
form, such as a long word list in one branch and plain text in another, would be refused that is accepted today. Some
prefixes would be others, and `rules lint` compares near misses with up to 12 characters of them. Prefixes of up to
100 characters, which crowds need, would take 1.7 times as long to list.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from cleaner.rules.match import regex
from cleaner.rules.match.parsed import op, parse

# Texts of a pattern that are listed, at most. Each takes a place in the gate's tables. If there are more, all of them
# are cut to the next smaller length.
MAX_TEXTS = 30
# The same, once texts are cut to `SHORT_TEXT_CHARS` or fewer: there, many texts say more than a few shorter ones.
MAX_SHORT_TEXTS = 300
SHORT_TEXT_CHARS = 12

# The character that stands for the first name of a word list in a pattern. The one before stands for the second name,
# and so on down.
_FIRST_NAME = 0x10FFFF
_DIGITS_TO_0 = str.maketrans("123456789", "000000000")


class Outline(NamedTuple):
    """The texts that cover all matches: each match is one of `whole`, or begins (or ends) with one of `edges`."""

    whole: frozenset[str]
    edges: frozenset[str]
    at_end: bool  # whether `edges` are ends


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
    are the lengths that the gate can hash, the smallest first; texts are cut to one of them. If a place may hold
    several decimal digits, only 0 is listed for it.
    """
    head, tail = prefix_units[-1], suffix_units[-1]
    run = regex.plain_prefix(pattern)
    if where != "end" and len(run) >= head and not regex.PLACEHOLDER.search(pattern[:head]):
        return Outline(frozenset(), frozenset([run[:head]]), False)
    tree, named = _parse_with_names(pattern, words)
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


def _parse_with_names(pattern: str, words: Mapping[str, Sequence[str]]) -> tuple[Any, dict[int, Sequence[str]]]:
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
    tree: Any, named: Mapping[int, Sequence[str]], sizes: Sequence[int], *, last: bool
) -> tuple[set[str], set[str]]:
    """Return the matches that are short enough to be listed, and what the others begin (with `last`, end) with."""
    lister = _Lister(named, sizes, last=last)
    whole = lister.list_matches(tree)
    return (_reversed(whole), _reversed(lister.edges)) if last else (whole, lister.edges)


def _reversed(texts: Iterable[str]) -> set[str]:
    return {text[::-1] for text in texts}


class _Lister:
    """Lists the texts of a parse tree from their starts on, or with `last` from their ends, read backwards.

    `size` is the length (characters) that texts are listed to, one of `sizes`. It becomes the next smaller one
    whenever there are too many texts.
    """

    def __init__(self, named: Mapping[int, Sequence[str]], sizes: Sequence[int], *, last: bool) -> None:
        self.edges: set[str] = set()  # the first `size` characters of texts that go on
        *self._smaller_sizes, self.size = sizes
        self._step = -1 if last else 1
        self._named = named

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
        chars = regex.class_chars(value) if kind is op.IN else None
        if chars is None:  # anything may follow
            self.edges |= {text[: self.size] for text in texts}
            return set()
        return self._longer(
            texts, [text for char in set("".join(chars).translate(_DIGITS_TO_0)) for text in self._options(ord(char))]
        )

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
        for length, some in groupby(sorted(texts, key=len), len):  # a longer text has room for less of an option
            more = {option[: max(self.size - length + 1, 0)] for option in options}
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
                len(texts) + len(self.edges) <= (MAX_TEXTS if self.size > SHORT_TEXT_CHARS else MAX_SHORT_TEXTS)
                or not self._smaller_sizes
            ):
                return texts
            self.size = self._smaller_sizes.pop()
            self.edges = {text[: self.size] for text in self.edges}
