"""Characters that Markdown would take for marks, and where in a text a backslash has to stand before them.

A text is escaped so that it reads as what it says. `2 * 3`, `snake_case` and `a < b` stay as they are, because
CommonMark takes none of them for marks; `*` and `_` beside a word, `<` before a letter and the like get a backslash.
What is a mark only at the beginning of a line (`#`, `>`, `-`, `1.`) is escaped there alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_MARKS = re.compile(
    r"""\\(?=[!-/:-@\[-`{-~]|$)             # a backslash that would escape something, or break a line
    |`|\*(?!(?<=\s\*)(?=\s))                # code; emphasis, but not `2 * 3`
    |_(?!(?<=[^\W_]_)(?=[^\W_]))            # emphasis, but not `snake_case`
    |~(?!(?<=\s~)(?=\d))                    # what is crossed out, but not ` ~5`
    |<(?=[A-Za-z/!?]|$)                     # a tag or an address
    |&(?=\#?\w+;)                           # a reference to a character
    |\^(?=\[)                               # a note in the line
    """,
    re.VERBOSE,
)
_BRACKET = re.compile(r"[\[\]]")
_DOLLAR = re.compile(r"\$")
_PIPE = re.compile(r"\|")
_BEGINNING = re.compile(
    r"""\#{1,6}(?=\s|$)                     # a heading
    |>                                      # a quote
    |[-+](?=\s|$)                           # an item
    |\[(?=[ xX]\](?:\s|$))                  # an item that can be ticked off
    |[:~](?=\s)                             # a definition
    |[-:|=][-:|=\s]*+$                      # the underline of a heading, a line across the page, the head of a table
    """,
    re.VERBOSE,
)
_NUMBER = re.compile(r"\d{1,9}(?=[.)](?:\s|$))")  # of an item
_CLOSING_HASHES = re.compile(r"(?:(?<=\s)|^)#+$")
# Nothing here is a link by reference, so that only these make a link or a note of what stands in brackets.
_LINKING = re.compile(r"\]\(|\[\^|\]:")


def marks(text: str, start: int, end: int, *, formulas: bool, brackets: bool, cell: bool) -> Iterator[int]:
    """Yield where a backslash has to stand in `text[start:end]`, a part of a line: offsets in `text`, in no order.

    What may be emphasis at the beginning of the part is always escaped, because marks may stand before it. `formulas`
    says whether two dollar signs could make a formula, `brackets` whether brackets could make a link, and
    `cell` whether the text stands in a cell of a table.
    """
    if text[start] in "*_~":
        yield start
    for pattern, is_mark in ((_MARKS, True), (_BRACKET, brackets), (_DOLLAR, formulas), (_PIPE, cell)):
        if is_mark:
            yield from (mark.start() for mark in pattern.finditer(text, start, end))


def pipes(text: str, start: int, end: int) -> Iterator[int]:
    """Yield where a backslash has to stand in code or a formula in a cell of a table."""
    return (mark.start() for mark in _PIPE.finditer(text, start, end))


def at_beginning(text: str) -> Iterator[int]:
    """Yield where a backslash has to stand because `text` is at the beginning of a line of Markdown."""
    if _BEGINNING.match(text):
        yield 0
    elif number := _NUMBER.match(text):
        yield number.end()


def at_end_of_heading(text: str) -> Iterator[int]:
    """Yield where a backslash has to stand because `text` is at the end of a heading."""
    if found := _CLOSING_HASHES.search(text):
        yield found.start()


def may_link(text: str) -> bool:
    """Whether the brackets of a text could make a link or a note."""
    return bool(_LINKING.search(text))
