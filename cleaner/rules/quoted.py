"""Lines that prose introduces, and words that a glossary explains: a text speaks of them, so they are no chrome.

A line of prose that ends with a colon introduces the lines behind it. They are quoted up to the next line of prose:

    At the foot of each page there is a button, which old readers call the lift:      introduces
    Back to top                                                                       quoted
    Whoever presses the button is at the first line again, and may start anew.        prose

Below the last line of prose stands the foot of the page, of which the last paragraph may end with a colon, too. There
only one line is quoted, and only if a sentence follows it: what a quoted line means is said behind it.

A glossary is a run of entries: a short line, which is the term, and in the next line, without a blank one between,
the sentence that explains the term. Three terms in a row, all of them different, are a glossary. So a button that
stands below each of many comments is none. Nor is the last button above an article of which each paragraph has a
heading: what ends a list of short lines is a term only if most terms are chrome.

An introduction or a sentence that is chrome itself counts for nothing: a cookie notice says which cookies there are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Iterator, Sequence
from functools import cached_property

from cleaner.rules.zones import ALWAYS_PROSE_CHARS, UNSPACED, is_prose

# Lines that are quoted at most behind one introduction, without blank lines. Tried with 6, 12 and 30. Raised, longer
# vocabularies stay, and more chrome between a paragraph with a colon and the next paragraph.
MAX_LINES = 12
# Length of a line, in characters, from which a colon at its end introduces something, and letters of scripts without
# spaces that are as long. Lowered, labels such as `Share this article with your friends:` protect buttons.
MIN_CHARS = 50
MIN_UNSPACED_LETTERS = 15
MIN_THAI_LETTERS = 40  # the same for Thai, Lao, Burmese and Khmer, in which a word has about five letters
# Words of such a line, counted as spaces between them and one more.
MIN_WORDS = 7
# Words of the sentence that must follow a quoted line in the tail, counted in the same way, and letters of scripts
# without spaces. Lowered, lines such as `All rights reserved.` would do.
MIN_SAID_WORDS = 6
MIN_SAID_LETTERS = 12

# Terms in a row from which they are a glossary. Lowered, headings above teasers are taken for terms.
MIN_TERMS = 3
# Lines that explain one term at most. Raised, buttons between paragraphs are taken for terms.
MAX_SAID_LINES = 2
# Words of a term at most, and letters of scripts without spaces. Raised, headlines above teasers are terms.
MAX_TERM_WORDS = 4
MAX_TERM_LETTERS = 10
MAX_TERM_CHARS = 40
# Share of the terms that must be chrome for the first one to be a term although it ends a list. Lowered, the last
# button above an article stays if some of the article's headings are words of chrome, too.
CHROME_SHARE = 2 / 3

_COLONS = (":", "：")
_STOPS = frozenset(".!?…。！？؟۔।։።")
_NO_TERM_ENDS = _STOPS.union(_COLONS)


class Quoted:
    """The lines (0-based) of a document that prose introduces or explains, found out when somebody asks."""

    def __init__(self, lines: Sequence[str], chrome: Container[int]) -> None:
        """Take lines; those in `chrome` are no prose."""
        self._lines, self._chrome = lines, chrome
        self._behind: dict[int, Sequence[int]] = {}  # the lines that introductions quote, as far as anybody asked

    def holds(self, i: int) -> bool:
        """Whether prose introduces or explains line `i`."""
        return self._is_introduced(i) or (self._may_be_term(i) and i in self._terms)

    def _is_introduced(self, i: int) -> bool:
        """Whether line `i` is behind an introduction: the last one above it, which quotes all that others would."""
        number = bisect_left(self._introductions, i)
        if not number:
            return False
        intro = self._introductions[number - 1]
        if intro not in self._behind:
            self._behind[intro] = _behind(self._lines, intro, self._chrome)
        return i in self._behind[intro]

    @cached_property
    def _introductions(self) -> list[int]:
        """The lines that introduce something, in order."""
        lines = self._lines
        with_colons = [i for i, line in enumerate(lines) if ":" in line or "：" in line]
        return [i for i in with_colons if i not in self._chrome and _introduces(lines[i].strip())]

    def _may_be_term(self, i: int) -> bool:
        """Whether line `i` is short and a sentence stands below it, as is so of few lines of chrome."""
        lines = self._lines
        if i + 1 == len(lines) or lines[i + 1].rstrip()[-1:] not in _STOPS:
            return False
        return _is_short(lines[i].strip()) and _says(lines[i + 1].strip())

    @cached_property
    def _terms(self) -> set[int]:
        """The terms of glossaries."""
        lines, chrome = self._lines, self._chrome
        stopped = [i for i, line in enumerate(lines) if line.rstrip()[-1:] in _STOPS and i not in chrome]
        return _find_terms(lines, stopped, chrome)


def _introduces(line: str) -> bool:
    """Whether a line ends with a colon and is long enough to be prose."""
    if not line.endswith(_COLONS):
        return False
    if len(line) >= MIN_CHARS and line.count(" ") >= MIN_WORDS - 1:
        return True
    letters = [] if line.isascii() else UNSPACED.findall(line[:ALWAYS_PROSE_CHARS])
    return len(letters) >= (MIN_THAI_LETTERS if letters and letters[0] < "\u3040" else MIN_UNSPACED_LETTERS)


def _behind(lines: Sequence[str], intro: int, chrome: Container[int]) -> Sequence[int]:
    """Return the lines that the line `intro` introduces."""
    block: list[int] = []
    for i in _filled(lines, intro + 1):
        # The first line is quoted, even if it is a sentence.
        if block and i not in chrome and is_prose(lines[i]):
            return block
        if len(block) == MAX_LINES:
            break
        block.append(i)
    explained = len(block) > 1 and block[1] not in chrome and _says(lines[block[1]].strip())
    return block[:1] if explained else ()


def _find_terms(lines: Sequence[str], stopped: Sequence[int], chrome: Container[int]) -> set[int]:
    """Return the terms of glossaries; `stopped` are the lines that end as sentences do."""
    found: set[int] = set()
    run: list[int] = []  # the terms that were explained one after the other
    last = said = 0  # the last line that explains something, and how many explain the last term
    for i in stopped:
        line = lines[i]
        if not _says(line.strip()):
            continue
        term = i - 1 if i and _is_short(lines[i - 1].strip()) else i
        goes_on = bool(run) and not any(lines[j].strip() for j in range(last + 1, term))
        if term == i and goes_on and said < MAX_SAID_LINES and len(line) < ALWAYS_PROSE_CHARS:
            said += 1
        else:
            if not goes_on or term == i:
                found.update(_if_glossary(lines, run, chrome))
                run = []
            if term < i and len(line) < ALWAYS_PROSE_CHARS:
                run.append(term)
                said = 1
        last = i
    found.update(_if_glossary(lines, run, chrome))
    return found


def _if_glossary(lines: Sequence[str], run: Sequence[int], chrome: Container[int]) -> Sequence[int]:
    """Return the terms of `run` if they are enough, and all different; without the first if it ends a list."""
    if len(run) < MIN_TERMS or len({lines[i].strip().lower() for i in run}) < len(run):
        return ()
    of_chrome = sum(i in chrome for i in run) > CHROME_SHARE * len(run)
    return run if of_chrome or not _ends_list(lines, run[0], chrome) else run[1:]


def _ends_list(lines: Sequence[str], term: int, chrome: Container[int]) -> bool:
    """Whether a line of chrome, or two short lines, stand right above a line."""
    above = [lines[i].strip() for i in range(max(0, term - 2), term)]
    return bool(above) and bool(above[-1]) and (term - 1 in chrome or (len(above) > 1 and all(map(_is_short, above))))


def _is_short(line: str) -> bool:
    """Whether a line is no longer than a term, and ends as no sentence does."""
    if not 0 < len(line) <= MAX_TERM_CHARS or line[-1] in _NO_TERM_ENDS or line.count(" ") >= MAX_TERM_WORDS:
        return False
    return line.isascii() or len(UNSPACED.findall(line)) <= MAX_TERM_LETTERS


def _filled(lines: Sequence[str], start: int) -> Iterator[int]:
    """Yield the lines from `start` on that are not blank."""
    return (i for i in range(start, len(lines)) if lines[i].strip())


def _says(line: str) -> bool:
    """Whether a line is a sentence, however short. Thai and Lao mark no end of it."""
    letters = 0 if line.isascii() else len(UNSPACED.findall(line[:ALWAYS_PROSE_CHARS]))
    if letters >= MIN_SAID_LETTERS:
        return line[-1] in _STOPS or letters >= 2 * MIN_SAID_LETTERS
    return line.count(" ") >= MIN_SAID_WORDS - 1 and line[-1] in _STOPS
