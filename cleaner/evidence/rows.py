"""The rows of evidence: what was done to a document, one row an edit.

A row holds what people ask of many documents at once: which line went, from which site, by which rule, and where it
stood. Repairs of the encoding are edits, too, and have rows; they remove no words and no lines. So the rows of a run
add up to what `tally.Tally` counts of it: as many rows as edits, by the same names, with the same sums of words and
lines.

Example: `Share\\nRain fell.\\n` with the URL `https://www.example.com/a` loses its first line:

    EditRow(document="a.txt", site="example.com", line=1, key="share", text="Share", rule="share/label", …)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cleaner.arguments import is_url
from cleaner.document import Cleaned, Edit, apply, split_lines, with_line_feeds
from cleaner.rules.match.keys import BULLETS, keys
from cleaner.rules.scope import MAX_HOST_CHARS, host_of
from cleaner.tally import REPAIR_PREFIX, count_words
from cleaner.text import markdown as marks
from cleaner.text.repair import repair

# The most characters of a text or a key that a row holds. Raised, evidence is larger; lowered, long lines that begin
# alike are taken for one.
MAX_CHARS = 500
# The characters of a line that its key is made of. A key may be shorter than its line by white space and marks.
LOOKED_AT_CHARS = 4 * MAX_CHARS
JUDGE_PREFIX = "judge/"  # of the names by which the judge signs its edits
_BULLETS_AND_SPACE = f"{BULLETS} \t"  # what a key never begins with


class EditRow(NamedTuple):
    """An edit of a document.

    - `document`: the name of the document, as it is told to people: `a.txt`, or `docs.jsonl:12`.
    - `site`: the host of its URL without `www.`; "" if it is not known.
    - `line`: the line of the original on which the edited text begins, 1-based.
    - `key`: the text in the form in which rules compare lines, as a reader sees it: repaired, and without the marks
      of Markdown. Of several lines it is the first that is not blank. Cut at `MAX_CHARS` characters.
    - `text`: what went, without white space around it and bullets before it, cut at `MAX_CHARS` characters.
    - `rule`, `category`, `confidence`: who made the edit (`Edit.by`), and what it says of it.
    - `score`: the probability, 0 to 1, that the line is content, if the judge decided about it; None otherwise.
    - `position`: where the edit begins in the original: 0 at its beginning, 1 at its end.
    - `words`, `lines`: how many words the document lost, and how many lines lost all or a part of their text; 0 for
      repairs.
    - `part`: whether only a part of a line went or was repaired, and the rest of it stayed.
    - `disputed`: whether the judge alone took a line of a page, which trafilatura would keep. Tables leave it out.
    """

    document: str
    site: str
    line: int
    key: str
    text: str
    rule: str
    category: str
    confidence: str
    score: float | None
    position: float
    words: int
    lines: int
    part: bool = False
    disputed: bool = False

    @property
    def is_repair(self) -> bool:
        """Whether the edit is a repair of the encoding: nothing was removed."""
        return self.rule.startswith(REPAIR_PREFIX)


def rows_of(cleaned: Cleaned, document: str, url: str | None, *, markdown: bool | None = None) -> list[EditRow]:
    """Return a row for each edit of a cleaned document, in order.

    `document` is its name, and `url` its URL if that is known. `markdown` says whether the document is Markdown;
    None: its lines tell.
    """
    if not cleaned.edits:
        return []
    original = cleaned.original
    site = site_of(url)
    has_opinion = any(edit.by == "trafilatura" for edit in cleaned.edits)
    return [
        EditRow(
            writable(document),
            site,
            edit.line,
            key[:MAX_CHARS],
            writable(_bare(edit.before)[:MAX_CHARS]),
            edit.by,
            edit.category,
            edit.confidence,
            edit.score,
            edit.start / max(len(original), 1),
            *_removed(edit),
            is_part(edit),
            has_opinion and edit.by.startswith(JUDGE_PREFIX),
        )
        for edit, key in zip(cleaned.edits, _keys(cleaned.edits, original, markdown), strict=True)
    ]


def site_of(url: str | None) -> str:
    """Return the site that a document with a URL is from: its host without `www.`, or "" if it has none."""
    if not url or not is_url(url):
        return ""
    host = writable((host_of(url) or "").removeprefix("www."))
    return host if len(host) <= MAX_HOST_CHARS else ""


def is_part(edit: Edit) -> bool:
    """Whether an edit is of a part of a line: a line that goes as a whole takes a line break along."""
    return "\n" not in edit.before and "\r" not in edit.before


def writable(text: str) -> str:
    """Return a text without lone surrogates, which no table can hold: U+FFFD stands for each."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _removed(edit: Edit) -> tuple[int, int]:
    """Return how many words and lines an edit removed, as `tally` counts them."""
    if edit.by.startswith(REPAIR_PREFIX):
        return 0, 0
    words = count_words(edit.before) - count_words(edit.replacement)
    return words, len(split_lines(edit.before.strip()))


def _keys(edits: Sequence[Edit], original: str, markdown: bool | None) -> list[str]:
    """Return the key of what each edit is of."""
    shown = marks.read(with_line_feeds(original), split_lines(original), markdown)
    lines = [
        shown.lines[edit.line - 1]
        if edit.line - 1 in shown.syntax and not is_part(edit)
        else _first_line(edit.before)
        for edit in edits
    ]
    lines = [line[:LOOKED_AT_CHARS] for line in lines]
    removed = [i for i, edit in enumerate(edits) if not edit.by.startswith(REPAIR_PREFIX)]
    text = "\n".join(lines[i] for i in removed)
    changes = repair(text)
    repaired = apply(text, changes).split("\n")
    if changes and len(repaired) == len(removed):  # otherwise an entity became a line break
        for i, line in zip(removed, repaired, strict=True):
            lines[i] = line
    return list(map(writable, keys(lines, max(map(len, lines)))))


def _bare(text: str) -> str:
    """Return a text without white space around it and bullets before it; bullets alone stay."""
    text = text.strip()
    return text.lstrip(_BULLETS_AND_SPACE) or text


def _first_line(text: str) -> str:
    """Return the first line of a text that is not blank; "" if there is none."""
    return split_lines(text.strip())[0].strip()
