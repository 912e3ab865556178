"""What the look of lines says that are not prose: which may be a headline, and which runs of lines are content.

Lists and verse are content, though no line of them is prose. Three things tell them from menus and teasers:

- Lists of data (dates, prices, results, casts, glossaries) say the same things in each line: all lines of a run have
  the same first sign, which is a number, a colon, a dash, a row of dots or the like.
- Verse, recipes and answers end their lines as sentences do. Entries of menus end as words do. Teasers, too, ask
  questions and exclaim, so such lines do not count, and interrupt no run either.
- A headline is longer than the entries of the menu above it, and has no bullet.

Example: the first four lines are a list of data, because each has a number before any other sign. The last four are
no run: names alone may be a menu.

    Coffee 2.50                    Anna Harrow
    Tea 2.00                       Otto Lindqvist
    Soup of the day 4.80           Mila Moreau
    Bread and butter 1.50          Pavel Brandt
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from cleaner import lazy
from cleaner.rules.match.keys import BULLETS
from cleaner.rules.zones import ALWAYS_PROSE_CHARS, UNSPACED

# Lines in a row with the same first sign from which they are a list. Raised, fewer lists stay, and less of what
# stands below pages: addresses are three such lines, and teasers with numbers may be more.
MIN_DATA_LINES = 4
# Lines in a row that end as sentences do from which they are content. Raised, fewer verses and recipes stay.
MIN_SENTENCE_LINES = 3
# Words of a line, counted as spaces between them and one more, from which it may be a headline. Raised, more
# headlines go with the menus around them, and fewer long entries of menus stay.
MIN_HEADLINE_WORDS = 4
# Letters of scripts without spaces from which a line may be a headline. Raised as well, more headlines go.
MIN_HEADLINE_LETTERS = 8
# The most lines between chrome among which a headline may stand, with what stands around it. Raised, more headlines
# stay that stand between breadcrumbs and buttons, and more long entries of menus.
MAX_AROUND_HEADLINE = 4

_MAY_BE_SIGN = re.compile(r"[\d:–—.…·@=→|-]")  # a quick look, because most lines have none
_SIGN = lazy.pattern(
    r"(?P<digit>\d)|(?P<colon>(?<=\w): )|(?P<dash>[–—]|(?<= )- )|(?P<dots>\.{4,}|…{2,}|·{4,})|(?P<other>[@=→|])"
)
# What ends an entry of an archive or a teaser, and makes no list: a year, a number of articles, a date and time.
_DATES = (
    r"(?:19|20)\d\d(?:[-/.年]\d{1,2}[-/.月]\d{1,2}日?)?",
    r"\d{1,2}[./]\d{1,2}[./]\d{2,4}",
    r"\d{1,2}[-/月]\d{1,2}日?",
)
_DATE, _TIME = "|".join(_DATES), r"\d{1,2}:\d\d(?::\d\d)?(?: ?[ap]\.?m\.?)?"
_WHEN = lazy.pattern(
    rf"[\s(（\[](?:(?:{_DATE})(?:,? {_TIME})?|{_TIME})?\s*(?:[(（\[]?\d[\d.,]*[)）\]])?[)）\]]?$", re.IGNORECASE
)
_MAX_WHEN_CHARS = 40  # the most characters of such an end that are looked at
_SENTENCE_END = lazy.pattern(r"[^\W_][\"'”’»)\]]?(?:([!?！？؟])|[.,;。；，،؛۔।።])[\"'”’»)\]」』）】]*$")


def may_be_headline(line: str) -> bool:
    """Whether a line is long enough for a headline, and no entry of a list by its bullet."""
    line = line.strip()
    if line.startswith(tuple(BULLETS)):
        return False
    return line.count(" ") >= MIN_HEADLINE_WORDS - 1 or (
        not line.isascii() and len(UNSPACED.findall(line[:ALWAYS_PROSE_CHARS])) >= MIN_HEADLINE_LETTERS
    )


def without_headlines(lines: Sequence[str], block: Sequence[int]) -> list[int]:
    """Return the lines of `block` without those that may be the headline. In a block of many lines, none may."""
    if len(block) > MAX_AROUND_HEADLINE:
        return list(block)
    return [i for i in block if not may_be_headline(lines[i])]


def without_last_headlines(lines: Sequence[str], run: Sequence[int]) -> list[int]:
    """Return the lines of `run` without those at its end that may be headlines."""
    end = len(run)
    while end and may_be_headline(lines[run[end - 1]]):
        end -= 1
    return list(run[:end])


def tells(lines: Sequence[str], run: Sequence[int]) -> bool:
    """Whether a third of the lines of `run` end as sentences do: it is told or quoted, and no menu."""
    ends = sum(bool(_SENTENCE_END.search(lines[i].rstrip()[-8:])) for i in run)
    return len(run) <= 3 * ends


def end_of_lists(lines: Sequence[str], places: Sequence[int], chrome: Container[int]) -> int:
    """Return the line behind the last run of content among the lines `places` (0-based, ordered), or 0.

    Blank lines and lines in `chrome` are passed over.
    """
    end = data = sentences = 0
    last_sign = None
    for i in places:
        line = lines[i].strip()
        if not line or i in chrome:
            continue
        sign = _first_sign(line)
        data = data + 1 if sign is not None and sign == last_sign else int(sign is not None)
        ending = None if line[-1].isalnum() else _SENTENCE_END.search(line[-8:])
        if ending is None:
            sentences = 0
        elif not ending[1]:
            sentences += 1
        last_sign = sign
        if data >= MIN_DATA_LINES or sentences >= MIN_SENTENCE_LINES:
            end = i + 1
    return end


def _first_sign(line: str) -> str | None:
    """Return the kind of the first sign of data in a line (stripped), or None. Lines as long as prose have none."""
    may_be = _MAY_BE_SIGN.search(line) if len(line) < ALWAYS_PROSE_CHARS else None
    if may_be is None or not any(map(str.isalpha, line)):
        return None
    found = _SIGN.search(line, may_be.start())
    if found is None:
        return None
    when = _WHEN.search(line, max(0, len(line) - _MAX_WHEN_CHARS))
    return None if when and when.start() <= found.start() else found.lastgroup
