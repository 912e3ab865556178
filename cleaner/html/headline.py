"""Finds the headline of a page: the one `h1` that a title of the page begins with.

Titles are those of `title` and `og:title`, which mostly go on with the name of the site. Where several different `h1`
are the beginning of a title, nobody can tell which of them is the headline. Of an `h1` over several lines only the
first can be found.

Example: the title is `A storm at sea | The Gazette`, and the page has `<h1>The Gazette</h1>` and `<h1>A storm at
sea</h1>`. The line `A storm at sea` is the headline.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cleaner.html.contexts import BIT

if TYPE_CHECKING:
    from cleaner.html.layout import Layout

_LEAST = 4  # letters and digits of a headline. Raised, fewer short headlines stay, and fewer labels
_NO_WORD = re.compile(r"\W+")


def headline_lines(layout: Layout, titles: str) -> frozenset[int]:
    """Return the 0-based numbers of the lines of a page that are its headline; `titles` has one title a line.

    There are several if the headline stands several times as an `h1`.
    """
    known = [_key(title) for title in titles.split("\n")]
    inside = BIT["heading1"]
    lines = dict.fromkeys(
        line
        for (element, _), line in zip(layout.pieces, layout.places, strict=True)
        if layout.elements[element][1] & inside
    )
    found: dict[str, list[int]] = {}
    for line in lines:
        text = _key(layout.lines[line])
        if len(text) >= _LEAST and any(title.startswith(text) for title in known):
            found.setdefault(text, []).append(line)
    return frozenset(next(iter(found.values()))) if len(found) == 1 else frozenset()


def _key(text: str) -> str:
    """Return the letters and digits of a text in lower case."""
    return _NO_WORD.sub("", text).casefold()
