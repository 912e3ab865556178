"""Tags and scripts of HTML that were left in a text: which of them are residue, and which are content.

A text that was cut out of a page may hold scraps of its markup. A text may also be about markup, or be source. So the
whole document is asked first: one that mentions a tag (`the <p> tag`), names HTML, or holds XML, code or Markdown is
left as it is. In any other, a tag goes if it stands as markup does: it has attributes, or is closed on its line, or
stands at an end of its line with no space between. It never goes if two words would become one.

    <p>Rain fell on the <a href="/town">town</a>.</p>    becomes `Rain fell on the town.`
    <script>push({});</script>                           goes as a whole line
    Rain fell.<br>Snow followed.                         stays: a part of a line can go, but nothing can come instead

Indented lines may be code, so they stay.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby
from typing import NamedTuple

from cleaner.text.elements import BLOCK, KNOWN, PAGE, TELLING, VOID

_BREAKING = BLOCK | {"br", "hr"}  # the elements between whose neighbours a line breaks
_RAW = frozenset(("iframe", "noscript", "script", "style", "svg"))  # these go with all that they hold
_TOKEN = r"<!--|<(?P<slash>/?)(?P<name>[a-zA-Z][a-zA-Z0-9:-]*+)(?P<rest>\s[^<>]*+|/)?>"
_ATTRIBUTE = r"\s[\w:-]+=[\"'\w#/]"
# The longest script or comment that goes, in characters. Raised, one whose end is missing may take more of a text.
_MAX_RAW_CHARS = 20_000
# What texts about markup, source and Markdown have outside of tags.
_ABOUT_MARKUP = (
    r"(?m)\b(?:X?HTML5?|XML|CSS|DOM|JSX|PHP|JavaScript|[Mm]arkdown|[Mm]arkup|div|href)\b"
    r"|=>|\{\{|<[?%]|<!(?!--)|```|~~~|\]\(|className=|^#{1,6} |\breturn <"
)
_SPACE_ENTITY = r"&(?:nbsp|ensp|emsp|#160|#xa0);"
_QUOTES = "`'\"“”‘’«»"
_SENTENCE_ENDS = tuple(".!?…:”»\"'。！？)>")


class Residue(NamedTuple):
    """The tags and scripts to take out of a document, by 0-based line: whole lines, and parts (line, start, end)."""

    lines: list[int]
    parts: list[tuple[int, int, int]]


class _Piece(NamedTuple):
    """A tag, or a comment or an element with all that it holds, in characters of the text."""

    start: int
    end: int
    name: str  # in lower case, "" for a comment
    closes: bool
    has_attributes: bool
    is_raw: bool = False
    partner: int = -1  # where the tag that closes this one, or that this one closes, begins; -1: there is none

    def is_one_of(self, names: frozenset[str]) -> bool:
        """Whether it is a tag of an element of one of these names."""
        return not self.is_raw and self.name in names


class _Run(NamedTuple):
    """Pieces on one line with nothing but space between them; `start` and `end` are in characters of the line."""

    start: int
    end: int
    before: str  # the character before it, "" if nothing but space stands there
    after: str  # the character behind it, "" if nothing but space stands there
    pieces: tuple[_Piece, ...]


class _Line(NamedTuple):
    """A line with pieces on it: its 0-based number, where it begins in the text, and what stands on it."""

    number: int
    start: int
    text: str
    runs: list[_Run]

    @property
    def left(self) -> str:
        """What is left of the line without its pieces, and without space at its ends, written as an entity or not."""
        left = _without(self.text, [(run.start, run.end) for run in self.runs])
        return re.sub(_SPACE_ENTITY, " ", left).strip()


def may_be_in(lines: Sequence[str]) -> bool:
    """Whether tags may be in the lines of a document: the quick look that most documents need alone."""
    # Lines are joined in chunks: all of a long document in one text would take much memory.
    return any("<" in "".join(lines[start : start + 10_000]) for start in range(0, len(lines), 10_000))


def residue(lines: Sequence[str]) -> Residue:
    """Return what is residue of markup in the lines of a document, in time linear in their length."""
    found = Residue([], [])
    text = "\n".join(lines)
    if not re.search(_TOKEN, text):
        return found
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    pieces = list(_outside_of_code(lines, starts, _with_partners(list(_pieces(text)))))
    with_tags = list(_lines_of(lines, starts, [one for one in pieces if one.is_raw or one.is_one_of(KNOWN)]))
    if not with_tags or any(map(_mentions_a_tag, with_tags)) or _is_source(text, pieces):
        return found
    for line in with_tags:
        if not line.left:
            found.lines.extend([line.number] if line.text.strip() else [])
        elif all(_goes(line, run) for run in line.runs):
            found.parts.extend((line.number, *_with_space(line.text, run)) for run in line.runs)
    return found


def _pieces(text: str) -> Iterator[_Piece]:
    """Yield the tags of a text, whatever their names, in order; comments, scripts and the like as wholes."""
    position = 0
    ends: dict[str, int] = {}  # where the next end of a comment or an element stands, as far as it is known
    pattern = re.compile(_TOKEN)
    while found := pattern.search(text, position):
        start, position = found.span()
        name = found["name"] or ""
        name = name.lower() if name in (name.lower(), name.upper()) else name  # `Any` is no name of HTML
        if not name or (not found["slash"] and name in _RAW):
            if ends.get(name, -1) < position:
                end = re.compile(rf"</{name}\s*>" if name else "-->", re.IGNORECASE).search(text, position)
                ends[name] = end.end() if end else len(text) + _MAX_RAW_CHARS + 1
            if ends[name] - position <= _MAX_RAW_CHARS:
                yield _Piece(start, ends[name], name, False, bool(found["rest"]), is_raw=True)
                position = ends[name]
                continue
        if name:
            yield _Piece(
                start, position, name, bool(found["slash"]), bool(re.search(_ATTRIBUTE, found["rest"] or ""))
            )


def _with_partners(pieces: list[_Piece]) -> list[_Piece]:
    """Return the pieces, those of one element with each other's places."""
    opened: dict[str, list[int]] = {}
    for number, piece in enumerate(pieces):
        if piece.closes and opened.get(piece.name):
            other = opened[piece.name].pop()
            pieces[number] = piece._replace(partner=pieces[other].start)
            pieces[other] = pieces[other]._replace(partner=piece.start)
        elif not (piece.closes or piece.is_raw or piece.is_one_of(VOID)):
            opened.setdefault(piece.name, []).append(number)
    return pieces


def _outside_of_code(lines: Sequence[str], starts: Sequence[int], pieces: Sequence[_Piece]) -> Iterator[_Piece]:
    """Yield the pieces that do not begin on an indented line; a tag may go on there."""
    end = 0
    for piece in pieces:
        i = bisect_right(starts, piece.start) - 1
        if starts[i] < end or not lines[i].startswith(("\t", "  ")):
            end = piece.end
            yield piece


def _lines_of(lines: Sequence[str], starts: Sequence[int], pieces: Sequence[_Piece]) -> Iterator[_Line]:
    """Yield the lines that pieces stand on, in order; `starts` is where the lines begin in the text."""
    places = (
        (i, piece)
        for piece in pieces
        for i in range(bisect_right(starts, piece.start) - 1, bisect_right(starts, piece.end - 1))
    )
    for i, group in groupby(places, key=lambda place: place[0]):
        line, start = lines[i], starts[i]
        spans: list[tuple[int, int, list[_Piece]]] = []
        for _, piece in group:
            low, high = max(piece.start - start, 0), min(piece.end - start, len(line))
            if spans and not line[spans[-1][1] : low].strip():
                low, _, others = spans.pop()
                others.append(piece)
                spans.append((low, high, others))
            else:
                spans.append((low, high, [piece]))
        ends = [not line[: spans[0][0]].strip(), not line[spans[-1][1] :].strip()]
        runs = [
            _Run(
                low,
                high,
                "" if ends[0] and low == spans[0][0] else line[low - 1 : low],
                "" if ends[1] and high == spans[-1][1] else line[high : high + 1],
                tuple(run),
            )
            for low, high, run in spans
        ]
        yield _Line(i, start, line, runs)


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Return `text` without some parts, which are ordered and do not overlap."""
    ends = [0, *(end for _, end in spans)]
    return "".join(
        text[low:high] for low, high in zip(ends, [*(start for start, _ in spans), len(text)], strict=True)
    )


def _is_source(text: str, pieces: Sequence[_Piece]) -> bool:
    """Whether a document is about markup, or is the source of a page, XML, code or Markdown."""
    if any(
        not piece.closes
        if piece.is_one_of(PAGE)
        # XML. A name alone may be <somebody> who speaks.
        else not piece.is_raw and (piece.closes or piece.has_attributes) and not piece.is_one_of(KNOWN)
        for piece in pieces
    ):
        return True
    return bool(re.search(_ABOUT_MARKUP, _without(text, [(piece.start, piece.end) for piece in pieces])))


def _mentions_a_tag(line: _Line) -> bool:
    """Whether a line with words shows tags as content, or is code."""
    left = line.left
    return bool(left) and (left.endswith(("{", "}")) or any(_is_mention(line, run) for run in line.runs))


def _is_mention(line: _Line, run: _Run) -> bool:
    """Whether tags stand in a line as a word does: in quotes, or between spaces."""
    if run.before == "`" or (run.before and run.before in _QUOTES and run.after and run.after in _QUOTES):
        return True
    first, last = run.pieces[0], run.pieces[-1]
    if any(piece.has_attributes for piece in run.pieces) or line.text[run.end - 2 : run.end] in ("/>", "->"):
        return False
    is_apart = not run.before or run.before.isspace() or run.before == "("
    goes_on = run.after.isspace() or (run.after and run.after in ",.;:)")
    if first.closes:
        return run.before.isspace() and not line.text[max(run.start - 20, 0) : run.start].rstrip().endswith(
            _SENTENCE_ENDS
        )
    if last.closes:  # an element with nothing in it
        return bool(run.before.isspace() and goes_on)
    if last.is_raw or last.is_one_of(VOID):
        return bool(run.before.isspace() and goes_on)
    if not is_apart or not (goes_on or not run.after):
        return False
    end = line.runs[-1]
    wraps = not run.before and not end.after and end.pieces[-1].closes and last.partner >= line.start
    return not (wraps and line.text[max(end.start - 20, 0) : end.start].rstrip().endswith(_SENTENCE_ENDS))


def _goes(line: _Line, run: _Run) -> bool:
    """Whether the pieces of a run may be cut out of a line that holds something else."""
    is_between_words = bool(run.before.strip() and run.after.strip())
    if is_between_words and any(piece.is_one_of(_BREAKING) for piece in run.pieces):
        return False  # two words would become one
    return all(_is_markup(line, run, piece) for piece in run.pieces)


def _is_markup(line: _Line, run: _Run, piece: _Piece) -> bool:
    """Whether a tag on a line that holds something else stands as markup does."""
    if piece.is_raw:
        return True
    if piece.is_one_of(TELLING):
        return False
    is_at_an_end = not run.before or not run.after
    is_tight = is_at_an_end or bool(run.before.strip() or run.after.strip())
    if piece.is_one_of(VOID):
        return is_tight or piece.has_attributes
    if piece.has_attributes and (piece.partner >= 0 or is_tight):
        return True
    if line.start <= piece.partner < line.start + len(line.text):
        return True
    if piece.partner < 0 and not piece.is_one_of(_BREAKING):
        return False
    return not run.after if piece.closes else not run.before


def _with_space(text: str, run: _Run) -> tuple[int, int]:
    """Return start and end of a run with the space that would be left over at an end of the line, or beside it."""
    start, end = run.start, run.end
    if not run.before:
        end += len(text[end:]) - len(text[end:].lstrip())
    elif not run.after:
        start -= len(text[:start]) - len(text[:start].rstrip())
    elif run.before.isspace() and run.after.isspace():
        end += 1
    return start, end
