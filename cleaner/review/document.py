"""One cleaned document as a review looks at it: its edits, and the pieces of it that the page may show.

A document of ordinary length is shown as a whole. Of a long one, such as a file of ten megabytes without a line
break, the page shows the edits that are most worth a look, each with what stands around it, and says how many
characters it leaves out between them. So no document takes more of the page than `SHOWN_CHARS`, and what JSON
adds to it.

A worker process looks at a document, and sends what it found to the process that adds up (`gather`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from cleaner.document import Cleaned, Edit
from cleaner.evidence.doubt import doubt
from cleaner.evidence.rows import MAX_CHARS, EditRow, rows_of, site_of
from cleaner.review.data import Part
from cleaner.review.digests import digest_of
from cleaner.rules.match.keys import key
from cleaner.rules.pack import LIMIT_CHARS
from cleaner.tally import count_words

# A document of at most so many characters is shown as a whole: about 3,000 words. Raised, fewer documents have room.
WHOLE_CHARS = 20_000
# The most characters of a longer document that are shown.
SHOWN_CHARS = 60_000
# The characters that are shown before and behind an edit of a long document, and the most of what an edit removed.
AROUND_CHARS = 400
EDIT_CHARS = 2_000
# The least characters that are worth leaving out between two edits: a mark takes room, too.
LEAST_GAP_CHARS = 200
MAX_NAME_CHARS = 1_000  # of names and URLs of documents, which may be anything

# A piece before its group is known: text, or (what went, replacement, number of the edit, characters of all that
# went), or the number of characters that are left out.
RawPiece = str | int | tuple[str, str, int, int]


class SeenEdit(NamedTuple):
    """An edit: its line and key up to `LIMIT_CHARS`, who made it, what it cost, and how doubtful it is, 0 to 1.

    `part` says which part of its line went, "" if all of it did. `block` is the number of the block of
    neighbours that the judge took; -1 if the judge did not take it, or not as a whole line.
    """

    line: str
    key: str
    rule: str
    category: str
    confidence: str
    score: float | None
    words: int
    lines: int
    doubt: float
    part: Part
    block: int = -1


class Seen(NamedTuple):
    """A document that was looked at. `words` it had before cleaning; `size` is about that of its pieces as JSON."""

    name: str
    site: str
    url: str | None
    flags: tuple[str, ...]
    digest: str
    length: int
    words: int
    edits: list[SeenEdit]
    pieces: list[RawPiece]
    size: int


def look(cleaned: Cleaned, name: str, url: str | None, data: bytes | str, *, whole: bool = False) -> Seen:
    """Look at a cleaned document, which was cleaned from `data`; `whole` shows all of it however long it is."""
    original = cleaned.original
    rows = rows_of(cleaned, name[:MAX_NAME_CHARS], url)
    edits = list(
        _in_blocks(cleaned.edits, [_seen_edit(*pair, original) for pair in zip(cleaned.edits, rows, strict=True)])
    )
    is_cut = len(original) > WHOLE_CHARS and not whole
    shown = _worth_room(cleaned.edits, edits) if is_cut else range(len(edits))
    pieces = list(_pieces(original, cleaned.edits, shown, is_cut=is_cut))
    flags = cleaned.flags
    if any(isinstance(piece, int) or (isinstance(piece, tuple) and len(piece[0]) < piece[3]) for piece in pieces):
        flags = (*flags, "cut")
    return Seen(
        name[:MAX_NAME_CHARS],
        site_of(url),
        url[:MAX_NAME_CHARS] if url else None,
        flags,
        digest_of(data),
        len(original),
        count_words(original),
        edits,
        pieces,
        sum(map(_size, pieces)),
    )


def _seen_edit(edit: Edit, row: EditRow, original: str) -> SeenEdit:
    line, form = row.text, row.key
    if len(line) >= MAX_CHARS or len(form) >= MAX_CHARS:  # rows are cut there, and long lines may begin alike
        line = edit.before.strip()[:LIMIT_CHARS]
        form = key(line.partition("\n")[0])
    part = _part(edit, original) if row.part and not row.is_repair else ""
    return SeenEdit(
        line,
        form,
        edit.by,
        edit.category,
        edit.confidence,
        edit.score,
        row.words,
        row.lines,
        doubt(row),
        part,
    )


def _part(edit: Edit, original: str) -> Part:
    """Return where in its line an edit is; "" if nothing else is in that line."""
    before = original[max(original.rfind("\n", 0, edit.start) + 1, edit.start - LIMIT_CHARS) : edit.start].strip()
    end = original.find("\n", edit.end, edit.end + LIMIT_CHARS)
    after = original[edit.end : edit.end + LIMIT_CHARS if end < 0 else end].strip()
    if before and after:
        return "inside"
    return "end" if before else "start" if after else ""


def _in_blocks(edits: Sequence[Edit], seen: Iterable[SeenEdit]) -> Iterator[SeenEdit]:
    """Yield edits with the number of their block."""
    block = -1
    end = -1  # of the last edit, if the judge took it as a whole line
    for edit, one in zip(edits, seen, strict=True):
        is_whole = one.score is not None and not one.part
        if is_whole:
            block += edit.start != end
            one = one._replace(block=block)
        end = edit.end if is_whole else -1
        yield one


def _worth_room(edits: Sequence[Edit], seen: Sequence[SeenEdit]) -> Sequence[int]:
    """Return the numbers of the edits to show of a long document, in order: the most doubtful, while they fit."""
    order = sorted(range(len(edits)), key=lambda i: (-seen[i].words * seen[i].doubt, i))
    room = SHOWN_CHARS
    chosen = []
    for i in order:
        room -= min(len(edits[i].before), EDIT_CHARS) + len(edits[i].replacement[:EDIT_CHARS]) + 2 * AROUND_CHARS
        if room < 0:
            break
        chosen.append(i)
    return sorted(chosen)


def _pieces(original: str, edits: Sequence[Edit], shown: Sequence[int], *, is_cut: bool) -> Iterator[RawPiece]:
    """Yield the pieces of a document, with the edits whose numbers are `shown`."""
    position = 0  # the end of the last edit that was shown
    number = 0  # of the first edit behind that position
    for i in shown:
        yield from _between(original, position, edits[i].start, edits[number:i], is_cut=is_cut, first=not position)
        edit = edits[i]
        text = edit.before[:EDIT_CHARS] if is_cut else edit.before
        yield text, edit.replacement[:EDIT_CHARS] if is_cut else edit.replacement, i, len(edit.before)
        position, number = edit.end, i + 1
    yield from _between(original, position, len(original), edits[number:], is_cut=is_cut, last=True)


def _between(
    original: str,
    start: int,
    end: int,
    hidden: Sequence[Edit],
    *,
    is_cut: bool,
    first: bool = False,
    last: bool = False,
) -> Iterator[RawPiece]:
    """Yield what stands between two edits that are shown: all of it, or its beginning and end around a number."""
    if not is_cut or (not hidden and end - start <= 2 * AROUND_CHARS + LEAST_GAP_CHARS):
        if start < end:
            yield original[start:end]
        return
    head_end = min(start + (0 if first and not hidden else AROUND_CHARS), hidden[0].start if hidden else end)
    tail_start = max(end - (0 if last else AROUND_CHARS), hidden[-1].end if hidden else start, head_end)
    if start < head_end:
        yield original[start:head_end]
    if head_end < tail_start:
        yield tail_start - head_end
    if tail_start < end:
        yield original[tail_start:end]


def _size(piece: RawPiece) -> int:
    """Return about how many bytes a piece takes in the page."""
    if isinstance(piece, int):
        return 12
    text = piece if isinstance(piece, str) else piece[0] + piece[1]
    size = (
        len(text.encode("utf-8", "surrogatepass")) + 5 * sum(map(text.count, "<>&")) + sum(map(text.count, '\n"\\'))
    )
    return size + (3 if isinstance(piece, str) else 40)
