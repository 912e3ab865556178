"""Patterns of paths as in .gitignore, matched in a time that grows with pattern times path and no faster.

They say what a configuration excludes, which documents it has exceptions for, and which documents a protection of a
rule pack is for.

A pattern becomes a regular expression that never tries a thing twice. In a name, `*` is followed by a piece without
stars, and it is enough to find each piece where it stands first, so an atomic group holds what was found. `**` does
the same with whole names. Git's own matcher, and regular expressions without atomic groups, try all ways instead:
nine stars on a name of 200 letters take them a minute.

Patterns are compared with characters; git compares bytes, which differs for `?` and `[…]` outside of ASCII.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

MAX_CHARS = 1000  # characters of a pattern; the longest path has 4,096. Raised, a hostile pattern takes longer
# Folders of which is remembered whether all in them fits, because it is asked for each file in them. Raised, it takes
# more memory for each list of patterns.
KNOWN_FOLDERS = 10_000
# The longest name of a document that may fit, in characters, and the most names in it: longer and deeper ones are no
# paths that a file system or `cli.walk` has. Raised, a name that somebody made up takes longer.
MAX_NAME_CHARS, MAX_NAME_DEPTH = 4096, 256

_CLASSES = {  # in ASCII, as git has them
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t-\r ",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}
_NEVER = "(?!)"
_STAR, _SLASH = "*", "/"  # the two tokens that are no expression for one character


class Globs:
    """Some patterns, of which the last one that fits a path counts. If a folder fits, so does all that is in it."""

    def __init__(self, patterns: Iterable[str], known_folders: int = KNOWN_FOLDERS) -> None:
        """Take patterns as in the lines of .gitignore. Raises `ValueError` for one that means nothing."""
        self._patterns = [parsed for each in patterns if (parsed := _Pattern.parse(each))]
        self._all_in_fits = lru_cache(known_folders)(self._find_folder_that_fits)

    def match(self, path: str, *, folder: bool = False) -> bool:
        """Whether a path fits. It is relative, with `/` between its names."""
        above = path.rpartition("/")[0]
        return bool(above and self._all_in_fits(above)) or self._fits(path, folder=folder)

    def _find_folder_that_fits(self, path: str) -> bool:
        """Whether a folder fits, or one that it is in."""
        ends = [*(place for place, char in enumerate(path) if char == "/"), len(path)]
        return any(self._fits(path[:end], folder=True) for end in ends)

    def _fits(self, path: str, *, folder: bool) -> bool:
        """Whether a path fits, given that no folder does that it is in."""
        name = path.rpartition("/")[2]
        for pattern in reversed(self._patterns):
            if (folder or not pattern.folders_only) and pattern.fits(path if pattern.whole else name):
                return not pattern.negative
        return False


def problem_of(pattern: str, *, first: bool = True) -> str:
    """Return why a pattern cannot be one of a list of which each has to say something, "" if it can.

    A comment says nothing, and neither does a pattern that takes back what others say, if it is the `first`.
    """
    try:
        parsed = _Pattern.parse(pattern)
    except ValueError as error:
        return str(error)
    return f"{pattern!r} fits no file" if parsed is None or (first and parsed.negative) else ""


def is_name(name: str) -> bool:
    """Whether the name of a document is not too long, and not too deep, to be compared with patterns."""
    return len(name) <= MAX_NAME_CHARS and name.count("/") < MAX_NAME_DEPTH


class _Pattern:
    """A pattern: what it fits, and what this means. To compile it takes up to 10 ms, so that waits for a path."""

    def __init__(self, expression: str, *, whole: bool, folders_only: bool, negative: bool) -> None:
        self._expression = expression
        self._compiled: re.Pattern[str] | None = None
        self.whole = whole  # whether it is about the whole path, or about the last name in it
        self.folders_only = folders_only
        self.negative = negative

    def fits(self, path: str) -> bool:
        """Whether a path or name, all of it, is what the pattern says."""
        if self._compiled is None:
            self._compiled = re.compile(self._expression, re.DOTALL)
        return self._compiled.fullmatch(path) is not None

    @classmethod
    def parse(cls, text: str) -> _Pattern | None:
        """Return a pattern, None for a comment or nothing. Raises `ValueError`."""
        if len(text) > MAX_CHARS:
            raise ValueError(f"a pattern has more than {MAX_CHARS:,} characters")
        body = re.sub(r"((?:\\.|[^\\ ]| +(?=[^ ]))*)(?: *)", r"\1", text, count=1, flags=re.DOTALL)
        if not body or body.startswith("#"):
            return None
        negative = body.startswith("!")
        body = body[negative:]
        folders_only = body.endswith("/")
        body = body.removesuffix("/")
        if not body:
            raise ValueError(f"{text!r} names no file")
        whole = "/" in body
        tokens = list(_tokens(body.removeprefix("/")))
        if _NEVER in tokens:
            return None
        return cls(_of_path(tokens), whole=whole, folders_only=folders_only, negative=negative)


def _tokens(text: str) -> Iterator[str]:
    """Yield the tokens of a pattern: `_STAR`, `_SLASH`, or an expression for one character that is no slash."""
    i = 0
    while i < len(text):
        char = text[i]
        i += 1
        if char in (_STAR, _SLASH):
            yield char
        elif char == "?":
            yield "[^/]"
        elif char == "[":
            expression, i = _class(text, i)
            yield expression
        elif char != "\\":
            yield re.escape(char)
        elif i == len(text):
            yield _NEVER
        else:
            yield _SLASH if text[i] == "/" else re.escape(text[i])
            i += 1


def _class(text: str, i: int) -> tuple[str, int]:
    """Return the expression for a class, whose opening bracket stands before `i`, and where the class ends."""
    negated = text[i : i + 1] in ("!", "^")
    i += negated
    first = i
    parts: list[str] = []
    low = ""  # the character before, if a range may begin with it
    while i < len(text) and (text[i] != "]" or i == first):
        named = re.compile(r"\[:([^\]]*):\]").match(text, i)
        if named:
            if named[1] not in _CLASSES:
                return _NEVER, len(text)
            parts.append(_CLASSES[named[1]])
            low, i = "", named.end()
            continue
        is_range = text[i] == "-" and bool(low) and text[i + 1 : i + 2] not in ("", "]")
        i += is_range
        i += text[i] == "\\"
        if i == len(text):
            break
        char = text[i]
        i += 1
        if is_range:
            parts += [f"{_in_class(low)}-{_in_class(char)}"] if low <= char else []
            low = ""
        else:
            parts.append(_in_class(char))
            low = char
    if i >= len(text):
        return _NEVER, len(text)
    inside = "".join(parts)
    if inside:
        return f"(?!/)[{'^' * negated}{inside}]", i + 1
    return "[^/]" if negated else _NEVER, i + 1


def _in_class(char: str) -> str:
    return f"\\U{ord(char):08x}"


def _of_path(tokens: list[str]) -> str:
    """Return the expression for a path: names with slashes between, and `**` for any number of names."""
    names: list[list[str]] = [[]]
    for token in tokens:
        if token == _SLASH:
            names.append([])
        else:
            names[-1].append(token)
    *blocks, last = _split([name if name.count(_STAR) < max(len(name), 2) else None for name in names])
    found = [
        f"(?>{'(?:[^/]+/)*?' if number else ''}{''.join(_of_name(name) + '/' for name in block)})"
        for number, block in enumerate(blocks)
    ]
    anywhere = "(?:[^/]+/)*" if blocks else ""
    return "".join(found) + anywhere + ("/".join(map(_of_name, last)) if last else "[^/]+")


def _split(names: list[list[str] | None]) -> list[list[list[str]]]:
    """Return the names before, between and after the `**`, which are None."""
    blocks: list[list[list[str]]] = [[]]
    for name in names:
        if name is None:
            blocks.append([])
        else:
            blocks[-1].append(name)
    return blocks


def _of_name(tokens: list[str]) -> str:
    """Return the expression for one name, all of it."""
    first, *pieces = _pieces(tokens)
    *inner, last = pieces or [""]
    if not pieces:
        return first or _NEVER
    return f"(?>{first}{''.join(f'(?>[^/]*?{piece})' for piece in inner)}[^/]*{last}(?=/|\\Z))"


def _pieces(tokens: list[str]) -> list[str]:
    """Return the expressions before, between and after the stars of a name."""
    pieces = [""]
    for token in tokens:
        if token != _STAR:
            pieces[-1] += token
        elif pieces[-1] or len(pieces) == 1:
            pieces.append("")
    return pieces
