"""What a page tells browsers without scripts: read where it is content that stands nowhere else on the page.

Some pages keep their text there (Blogger, Discourse, lazy galleries), many repeat there what they show, and most say
only that scripts are needed. A piece is new if at least half of its runs of three words stand nowhere else on the
page. A notice is short and says `JavaScript`, in any language.

On the development pages, 1,497 of WCXB, 467 of segments and 54 of forums: of pieces of at least 100 words 22 repeat
their page and 3 are new, one of which is the post of a blog. Of pieces of new text of less than 40 words there are
153; 3 of their 1,763 words are words of content. Most of them are notices.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from cleaner.html.align import RUN, WORD

MAX_NOTICE_CHARS = 400  # a longer text that says `JavaScript` is no notice; raised, texts about scripts go
MIN_NEW = 0.5  # share of its runs of words that must be new for a piece to be read; lowered, more is read twice
_SCRIPTS = re.compile("java.?script|джава.?скрипт|جافا.?سكر", re.IGNORECASE)


def unfold(tree: Any, lines: Sequence[str]) -> bool:
    """Make `div` elements of the `noscript` elements of a page that are to be read; return whether there are any.

    `lines` are the lines of the page without them. The tree is changed.
    """
    from lxml import etree

    pieces = [one for one in tree.iter("noscript") if next(one.iterancestors("noscript", "head"), None) is None]
    texts = [(piece, text) for piece in pieces if WORD.search(text := " ".join(piece.itertext()))]
    texts = [(piece, text) for piece, text in texts if len(text) > MAX_NOTICE_CHARS or not _SCRIPTS.search(text)]
    seen = _runs("\n".join(lines)) if texts else set()
    found = False
    for piece, text in texts:
        runs = _runs(text)
        new = runs - seen
        if len(new) >= MIN_NEW * len(runs):
            seen |= runs
            etree.strip_tags(piece, "noscript")  # those inside
            piece.tag = "div"
            found = True
    return found


def _runs(text: str) -> set[tuple[str, ...]]:
    """Return the runs of `RUN` words in a text; of a shorter text all its words are one run."""
    words = WORD.findall(text.casefold())
    return set(zip(*(words[i:] for i in range(RUN)), strict=False)) or ({tuple(words)} if words else set())
