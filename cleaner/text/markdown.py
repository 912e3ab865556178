"""Markdown as input: what a reader sees of each line, and which lines are code.

Crawlers give Markdown now: `[Back to top](#top)`, `**Advertisement**`, `## Related articles`. The marks hide such
lines from rules, and addresses of links would shape the numbers that the judge reads. So rules and judge look at what
is *shown* of a line, which is the line without its marks. Nothing is rendered: the text itself keeps every mark.

Some marks count in any text, because hardly anybody writes them by chance: links and images whose target looks like
an address, headings with two `#` or more, and a line that is emphasis as a whole. All others count only if the
document is known to be Markdown: lists with dashes, emphasis inside a line, escapes, tables, and headings with one
`#`, which comments in code look like. If nobody says, a text is Markdown if at least `MIN_MARKED` of its lines have
marks that count in any text.

Fenced code and front matter are content as they stand, and are shown as they are. Of `<details>` and `<summary>` the
tags are marks, and each line of them counts as one; other tags are text.

All goes line by line, but for fences, front matter and the targets of links by reference. Each line is read once from
left to right, so time grows linearly with the text.

Of a list item neither the mark nor the indent is shown. As bullets they cost the judge more than they told it: at
`safe` .21 % of the content was lost instead of .15 %, on 240 pages of WCXB that html2text rendered.

A reader sees pictures, not the text that stands for them. So the text of an image is shown only if its line shows
nothing else, for images are used as buttons, too; and it has a bullet, so that it is no copy of a caption.

Example: of `* [![Logo](/l.png) The **Mill**](/ "Home")` a reader sees `The Mill`, and all of it is a link.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple, TypeVar

from cleaner import lazy

# Lines with marks that count in any text, from which a text is Markdown if nobody says. Lowered, texts with a link or
# two lose the dashes of their lists; raised, short documents of Markdown are read as plain text.
MIN_MARKED = 3
MAX_FRONT_MATTER_LINES = 200  # lines at the top in which the end of front matter is looked for
MAX_NAME_CHARS = 200  # characters of the name of a link by reference
SHARE_STEPS = 32  # steps of the share of a line that is in links, from none to all

# What every line has that counts in any text, by a character of it. Most texts lack most of the characters, which is
# seen at once; and each pattern begins with its character, which makes the search fast.
_SIGNS = {
    "]": re.compile(r"\]\("),
    "#": re.compile(r"##[ \t]"),
    "*": re.compile(r"\*[^\S\n]*+$", re.MULTILINE),
    "_": re.compile(r"_[^\S\n]*+$", re.MULTILINE),
    "`": re.compile(r"```"),
    "<": re.compile(r"</?(?:details|summary)>"),
}

_ADDRESS = r"(?:<[^<>]*>|(?:[^\s()<>\\]|\\.|\((?:[^\s()<>\\]|\\.)*+\))*+)"
# A title ends at the first quotation mark before a parenthesis, because converters do not escape those inside. It
# holds no `](`, so that no line is searched again and again for the end of a title that never ends.
_TITLE = r"""(?:"(?:(?!\]\()[^"]|"(?!\s*+\)))*+"|'(?:(?!\]\()[^']|'(?!\s*+\)))*+'|\([^()]*+\))"""
_TARGET = lazy.pattern(rf"\]\(\s*+{_ADDRESS}(?:\s++{_TITLE})?\s*+\)")
_LIKE_AN_ADDRESS = lazy.pattern(r"\]\(\s*+(?:<|[a-z][a-z0-9+.-]*:|/|#|\.\.?/|\?|www\.|\))", re.IGNORECASE)
_REFERENCE = lazy.pattern(r"\](?:\[([^\[\]]*+)\])?+")
_DEFINITION = lazy.pattern(rf" {{0,3}}\[(?!\^)([^\[\]]++)\]:\s*+(?:<[^<>]*>|\S++)(?:\s++{_TITLE})?\s*+")

_PICTURE = "•"  # what is shown for the mark of a picture
_ITEM_MARK = re.compile(r"[-*+](?=\s++\S)")
_BETWEEN_DASHES = re.compile(r"- .*\S - ?")  # `- Advertisement -` is no item of a list
_HEADING = r"#{1,6}(?:[ \t]++|$)"
_PREFIX = lazy.pattern(
    rf"(?:\s*+(?:(?!>>>)> ?+|(?<!    ){_HEADING}|[-*+](?:\s++|$)|\d{{1,3}}[.)]\s++|\[[ xX]\]\s++))*+"
)
_QUOTES = lazy.pattern(r"(?:\s*+(?!>>>)>)*+\s*+")
_HEADED = lazy.pattern(r" {0,3}(?:(?!>>>)> ?)*+#{2,6}[ \t]")
_CLOSING_HASHES = re.compile(r"(?<=\s)#++\s*+$")
# Emphasis around at least one letter or digit: `***-***` is an ornament.
_ONE_EMPHASIS = lazy.pattern(r"(\*{1,3}|_{1,3})(?![*_\s])(?=.*?[^\W_])(?:(?!\1).)+(?<![*_\s])\1")
# A line across the page, the underline of a heading, the line below the head of a table, a row of empty cells.
_LINE = lazy.pattern(r"(?:([-*_])(?:\s*+\1){2,}|=++|\|?\s*+:?-++:?\s*+(?:\|\s*+:?-++:?\s*+)*+\|?|[\s|]++)\s*+")
_BRACKET = re.compile(r"!?\[|\]")
_TOKEN = lazy.pattern(
    r"\\[!-/:-@\[-`{-~]|(`++)(?:[^`]++(`++))?+|!?\[|\]|<(?:https?:|mailto:)[^<>\s]++>|\*++|_++|~~"
    r"|(?:<br ?/?>|\\|\|)\s*+$|<br>"
)
_DETAILS = lazy.pattern(r"\s*+(?:(</?details>)|(<summary>).*(</summary>))\s*+")
_FENCE = lazy.pattern(r"[\s>]*+(?:(?:[-*+]|\d{1,3}[.)])\s++)?+(`{3,}+|~{3,}+)([^`]*+)")
_FRONT_MATTER_ENDS = {"---": ("---", "..."), "+++": ("+++",)}
_FRONT_MATTER_LINE = lazy.pattern(
    r"(?:#.*|[\w.\"'-]++(?: [\w.\"'-]++)?\s*+[:=](?:\s.*)?|-(?:\s.*)?|\[++.*\]++|[\]}],?)?|\s.*"
)

Range = tuple[int, int]  # start and end in characters of a line, end excluded
Sliced = TypeVar("Sliced", str, bytes)


class Syntax(NamedTuple):
    """The marks on a line: those that stand around something in pairs, and all others. Ranges do not overlap."""

    pairs: list[tuple[Range, Range]]
    others: list[Range]
    links: list[Range]  # what stands between the marks of links
    picture: int = -1  # where the mark of a picture is that is shown as a bullet; -1: nowhere

    def marks(self) -> list[Range]:
        """Return all marks in order."""
        return sorted([*self.others, *(mark for pair in self.pairs for mark in pair)])


class Shown(NamedTuple):
    """What a reader sees of the lines of a document.

    `lines` has one item for each line; it is the list of lines itself if no line has marks. `links` says of each line
    which share of its visible characters is in links, from 0 to `SHARE_STEPS`; it is empty if no line has links.
    `syntax` has the marks of the lines (0-based) that have any. `code` are the lines of code and front matter.
    """

    lines: Sequence[str]
    links: Sequence[int] = ()
    syntax: Mapping[int, Syntax] = {}
    code: frozenset[int] = frozenset()

    def parts(self, i: int, ranges: Sequence[Range]) -> list[Range | None]:
        """Return where parts of what is shown of line `i` stand in the line itself, with all marks around them.

        All are ranges in characters, end excluded. None stands for a part whose removal would leave a mark without
        its partner.
        """
        if i not in self.syntax:
            return list(ranges)
        places = _Places(self.syntax[i])
        return [places.of_part(start, end) for start, end in ranges]


class _Places:
    """Where the parts of what is shown of one line stand in the line."""

    def __init__(self, syntax: Syntax) -> None:
        marks = syntax.marks()
        self._starts = [start for start, _ in marks]
        self._hidden = list(accumulate((end - start for start, end in marks), initial=0))  # characters before a mark
        self._shown = [start - hidden for start, hidden in zip(self._starts, self._hidden, strict=False)]
        self._begin = {one[1]: (one, two) for one, two in syntax.pairs}
        self._close = {two[0]: (one, two) for one, two in syntax.pairs}
        self._partner = {one[0]: two[0] for pair in syntax.pairs for one, two in (pair, pair[::-1])}

    def of_part(self, start: int, end: int) -> Range | None:
        """Return where a part stands, with all marks around it; None if a mark would be left without its partner."""
        start += self._hidden[bisect_right(self._shown, start)]
        end += self._hidden[bisect_left(self._shown, end)]
        while True:
            if start in self._begin and self._begin[start][1][0] <= end:
                before, after = self._begin[start]
            elif end in self._close and start <= self._close[end][0][0]:
                before, after = self._close[end]
            else:
                break
            start, end = before[0], max(end, after[1])
        inside = self._starts[bisect_left(self._starts, start) : bisect_left(self._starts, end)]
        whole = all(start <= self._partner.get(mark, mark) < end for mark in inside)
        return (start, end) if whole else None


def read(text: str, lines: Sequence[str], markdown: bool | None = None) -> Shown:
    """Return what is shown of the lines (without line breaks) of a text.

    `markdown` says whether the text is Markdown; None: its lines tell. A line that is nothing but marks shows
    nothing, or white space.
    """
    if markdown is False:
        return Shown(lines)
    if markdown is None:
        suspects = list(dict.fromkeys(_lines_with_signs(text)))
        certain = {i: one for i in suspects if (one := _syntax_anywhere(lines[i]))}
        others = (lines[i].startswith("```") or _DETAILS.fullmatch(lines[i]) for i in suspects)
        if len(certain) + sum(map(bool, others)) < MIN_MARKED:
            return _shown(lines, certain)
    code = frozenset((*_front_matter(lines), *_fenced(lines)))
    names = {_name(found[1]) for line in lines if "]:" in line and (found := _DEFINITION.fullmatch(line))}
    syntax = {i: _syntax(line, names) for i, line in enumerate(lines) if i not in code}
    return _shown(lines, syntax)._replace(code=code)


def _lines_with_signs(text: str) -> Iterator[int]:
    """Yield the lines that may have marks that count in any text, once for each sign of them, in order."""
    signs = (sign.finditer(text) for char, sign in _SIGNS.items() if char in text)
    number = position = 0
    for place in sorted(found.start() for each in signs for found in each):
        number += text.count("\n", position, place)
        position = place
        yield number


def _front_matter(lines: Sequence[str]) -> range:
    """Return the lines of front matter, which stands at the top between two lines of `---` or `+++`."""
    ends = _FRONT_MATTER_ENDS.get(lines[0].removeprefix("\ufeff").rstrip()) if lines else None
    for i, line in enumerate(lines[1:MAX_FRONT_MATTER_LINES] if ends else (), 1):
        if line.rstrip() in (ends or ()):
            return range(i + 1 if i > 1 else 0)
        if not _FRONT_MATTER_LINE.fullmatch(line):
            break
    return range(0)


def _fenced(lines: Sequence[str]) -> Iterator[int]:
    """Yield the lines of fenced code, with the fences; a fence that nothing closes is none."""
    start, opening = -1, ""
    for i, line in enumerate(lines):
        fence = _FENCE.fullmatch(line) if "```" in line or "~~~" in line else None
        if not fence:
            continue
        if start < 0:
            start, opening = i, fence[1]
        elif fence[1].startswith(opening) and not fence[2].strip():
            yield from range(start, i + 1)
            start = -1


def _shown(lines: Sequence[str], found: Mapping[int, Syntax]) -> Shown:
    """Return what is shown of lines without the marks that were found."""
    syntax = {i: one for i, one in found.items() if one.pairs or one.others or one.picture >= 0}
    if not syntax:
        return Shown(lines)
    shown = list(lines)
    links = [0] * len(lines)
    for i, one in syntax.items():
        shown[i] = _shown_line(lines[i], one)
        if one.links:
            links[i] = _share_of_links(lines[i], one)
    return Shown(shown, links if any(links) else (), syntax)


def _shown_line(line: str, syntax: Syntax) -> str:
    """Return what is shown of a line; nothing of a picture without a text."""
    if syntax.picture < 0:
        return _without(line, syntax.marks())
    shown = _without(line[: syntax.picture] + _PICTURE + line[syntax.picture + 1 :], syntax.marks())
    return shown if shown.strip() != _PICTURE else ""


def _without(line: Sliced, marks: Sequence[Range]) -> Sliced:
    """Return a line, or bytes that stand for its characters, without what is in the ordered ranges."""
    bounds = [0, *(bound for mark in marks for bound in mark), len(line)]
    return line[:0].join(line[start:end] for start, end in zip(bounds[::2], bounds[1::2], strict=True))


def _share_of_links(line: str, syntax: Syntax) -> int:
    """Return which share of the visible characters that are shown of a line is in links, from 0 to `SHARE_STEPS`."""
    linked = bytearray(len(line))
    for start, end in syntax.links:
        linked[start:end] = b"\1" * (end - start)
    marks = syntax.marks()
    if syntax.picture >= 0:
        line = line[: syntax.picture] + " " + line[syntax.picture + 1 :]  # the bullet is no part of the text
    shown = zip(_without(line, marks), _without(bytes(linked), marks), strict=True)
    visible = [flag for char, flag in shown if not char.isspace()]
    return round(SHARE_STEPS * sum(visible) / max(len(visible), 1))


def _syntax_anywhere(line: str) -> Syntax | None:
    """Return the marks on a line if some of them count in any text."""
    end = len(line.rstrip())
    headed = "##" in line and _HEADED.match(line)
    emphasis = _ONE_EMPHASIS.fullmatch(line, _body(line), end) if line.endswith(("*", "_"), 0, end) else None
    if not (headed or emphasis or "](" in line):
        return None
    found = _Scan(line).links_and_images()
    if emphasis:
        size = len(emphasis[1])
        found.pairs.append(((emphasis.start(), emphasis.start() + size), (emphasis.end() - size, emphasis.end())))
    return found if headed or found.pairs else None


def _syntax(line: str, names: Container[str]) -> Syntax:
    """Return all marks of Markdown on a line; `names` are those of the links by reference that have a target."""
    if _LINE.fullmatch(line, _QUOTES.match(line).end()) or _DEFINITION.fullmatch(line):  # type: ignore[union-attr]
        return Syntax([], [(0, len(line))] if line else [], [])
    if "<" in line and (details := _DETAILS.fullmatch(line)):
        tags = [details.span(number) for number in (1, 2, 3) if details[number]]
        return Syntax([(tags[0], tags[1])], [], []) if len(tags) > 1 else Syntax([], tags, [])
    return _Scan(line).everything(names)


def _body(line: str) -> int:
    """Return where the text of a line begins, behind the marks of quotes, lists and headings."""
    return _PREFIX.match(line).end()  # type: ignore[union-attr] # it matches the empty string


def _name(text: str) -> str:
    """Return the name of a link by reference in the form in which names are compared."""
    return " ".join(text.split()).casefold()


class _Scan:
    """The reading of one line. Make one for each line, and call one of its methods once."""

    def __init__(self, line: str) -> None:
        self._line, self._start, self._end = line, _body(line), len(line)
        self._opened: dict[str, list[Range]] = {"[": [], "![": []}  # marks that may begin a link or an image
        self._images: list[Range] = []
        self._styles: dict[str, Range] = {}  # the last mark that may begin emphasis, by what it is
        self._alone: dict[Range, None] = {}  # an ordered set of marks of two characters that have no partner yet
        indent = len(line) - len(line.lstrip())
        if _BETWEEN_DASHES.fullmatch(line, indent):
            self._start = indent
        is_item = _ITEM_MARK.search(line, indent, self._start + 1)
        others = [(0 if is_item else indent, self._start)] if indent < self._start else []
        if "#" in line[indent : self._start] and (hashes := _CLOSING_HASHES.search(line, self._start)):
            others.append(hashes.span())
            self._end = hashes.start()
        self._found = Syntax([], others, [])

    def links_and_images(self) -> Syntax:
        """Find the links and images whose target looks like an address."""
        position = self._start
        while bracket := _BRACKET.search(self._line, position, self._end):
            position = bracket.end()
            if bracket[0] != "]":
                self._opened[bracket[0]].append(bracket.span())
            elif self._last_opened():
                sure = _LIKE_AN_ADDRESS.match(self._line, bracket.start())
                position = self._close(bracket.start(), _TARGET.match(self._line, bracket.start()) if sure else None)
        return self._without_images()

    def everything(self, names: Container[str]) -> Syntax:
        """Find all marks."""
        line, others = self._line, self._found.others
        position = self._start
        while token := _TOKEN.search(line, position, self._end):
            mark = token[0]
            start, position = token.span()
            if mark in self._opened:
                self._opened[mark].append((start, position))
            elif mark == "]":
                position = self._close(start, self._target(start, names))
            elif mark[0] == "`":
                if token[2]:
                    self._found.pairs.append((token.span(1), token.span(2)))
            elif mark[0] == "<" and ":" in mark:
                self._found.pairs.append(((start, start + 1), (position - 1, position)))
                self._found.links.append((start + 1, position - 1))
            elif mark[0] == "\\":
                others.append((start, start + 1))
            elif mark[0] in "*_~":
                self._emphasis(mark, start, position)
            elif (mark[0] == "<" and position == self._end) or line.startswith("|", self._start):
                others.append((start, position))
        if line.startswith("|", self._start):
            others.append((self._start, self._start + 1))
        others += [mark for mark in self._alone if line[mark[0]] != "~"]  # converters write icons as empty emphasis
        for opened in self._opened.values():
            if opened and opened[0][0] == self._start:  # a link that ends on a later line
                others.append(opened[0])
        return self._without_images()

    def _last_opened(self) -> list[Range]:
        """Return the marks that were opened and of which the last one is the last of all, an empty list for none."""
        return max(self._opened.values(), key=lambda opened: opened[-1:])

    def _target(self, start: int, names: Container[str]) -> re.Match[str] | None:
        """Return the closing mark at `start` of a link or an image, with its target."""
        if target := _TARGET.match(self._line, start):
            return target
        reference = _REFERENCE.match(self._line, start)
        last = self._last_opened()
        opened = last[-1][1] if last else start
        if not names or not reference or not 0 < start - opened <= MAX_NAME_CHARS:
            return None
        return reference if _name(reference[1] or self._line[opened:start]) in names else None

    def _close(self, start: int, target: re.Match[str] | None) -> int:
        """Note what ends at the bracket at `start`, and return where to go on."""
        last = self._last_opened()
        if not last:
            if target and len(target[0]) > 1:  # a link that began on an earlier line
                links = self._found.links
                self._found.others.append(target.span())
                links.append((links[-1][1] if links else self._start, start))
            return target.end() if target else start + 1
        opened = last.pop()
        if not target:
            return start + 1
        self._found.pairs.append((opened, target.span()))
        if self._line[opened[0]] == "!":
            self._images.append((opened[0], target.end()))
        else:
            self._found.links.append((opened[1], start))
            last.clear()  # no link is in a link
        return target.end()

    def _emphasis(self, mark: str, start: int, end: int) -> None:
        """Note a mark of emphasis: one that ends what the last one of its kind began, or one that may begin some."""
        before = self._line[start - 1] if start > self._start else " "
        after = self._line[end] if end < self._end else " "
        inside = before.isalnum() and after.isalnum()
        if inside and mark in ("*", "_", "__"):  # snake_case, 2*3*4
            return
        # Converters write spaces inside of bold text, too.
        may_end = mark in self._styles and (not before.isspace() or (len(mark) > 1 and after.isspace()))
        if may_end and not (len(mark) == 1 and after.isalnum()):
            first = self._styles.pop(mark)
            self._alone.pop(first, None)
            self._found.pairs.append((first, (start, end)))
            return
        if len(mark) == 2 and not inside:
            self._alone[start, end] = None
        may_begin = not after.isspace() or (len(mark) > 1 and start == self._start)
        if may_begin and (len(mark) > 1 or not before.isalnum()):
            self._styles[mark] = (start, end)

    def _without_images(self) -> Syntax:
        """Return what was found; if the line shows more than images, each image is a mark as a whole.

        Otherwise the mark of an image that the line begins with is a bullet, so that its text is not taken for a copy
        of the caption below it.
        """
        found = self._found
        images: list[Range] = []
        for start, end in sorted(self._images):
            if not images or start >= images[-1][1]:
                images.append((start, end))
        inside = bytearray(len(self._line))
        for start, end in images:
            inside[start:end] = b"\1" * (end - start)
        outer = [pair for pair in found.pairs if not any(inside[mark[0]] for mark in pair)]
        others = [mark for mark in found.others if not inside[mark[0]]] + images
        without = found._replace(pairs=outer, others=others)
        if not images or _without(self._line, without.marks()).strip():
            return without
        first = images[0][0]
        if first != self._start:
            return found
        pairs = [((one[0] + (one[0] == first), one[1]), two) for one, two in found.pairs]
        return found._replace(pairs=pairs, picture=first)
