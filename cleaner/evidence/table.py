"""Evidence as a table: the columns of a file of evidence, and rows on their way to it.

Workers make the rows of some documents and pack them (`Gathered.pack`). The process that writes unpacks them as
record batches, which costs it little. What rows do not tell goes along in a `Piece`: how many documents and words
each site has, with the documents that have no edit.

The columns are those of `EditRow`, in its order, and `doubt` at the end. Some are made small:

- `key` is null where it is `text` in lower case, which it is in nine of ten rows. So the key is
  `coalesce(key, lower(text))` in the SQL of any engine. On 30 pages of WCXB the column takes .6 bytes a row then, and
  9 if it is always there.
- `position` and `doubt` are rounded to two and three digits, so that there are few different ones. Each takes at most
  1.8 bytes a row then, and 5 as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import msgspec

from cleaner.document import Cleaned
from cleaner.evidence.doubt import doubt
from cleaner.evidence.rows import EditRow, rows_of, site_of
from cleaner.tally import count_words

if TYPE_CHECKING:
    import pyarrow as pa

KEY = b"cleaner.evidence"  # of the metadata of a file of evidence: what is known of the run, see `write.Facts`
# Digits behind the point. With three for positions, evidence is 6 % larger.
POSITION_DIGITS, DOUBT_DIGITS = 2, 3
# Of the columns, in order: the names of types of pyarrow.
COLUMNS = {
    "document": "string",
    "site": "string",
    "line": "int32",
    "key": "string",
    "text": "string",
    "rule": "string",
    "category": "string",
    "confidence": "string",
    "score": "float32",
    "position": "float32",
    "words": "int32",
    "lines": "int32",
    "part": "bool_",
    "doubt": "float32",
}
LENGTH_BYTES = 8  # before each piece in a file: its length in bytes
MAX_INT = (1 << 31) - 1  # the greatest number of a column; no document has so many lines


class SiteCount(NamedTuple):
    """How many documents of a site were cleaned, and how many words they had before."""

    documents: int = 0
    words: int = 0

    def plus(self, other: SiteCount) -> SiteCount:
        """Return both counts added up."""
        return SiteCount(self.documents + other.documents, self.words + other.words)


class Piece(NamedTuple):
    """The evidence of some documents: their rows, packed, and by site what was counted. Plain data, to be sent."""

    rows: bytes
    sites: dict[str, SiteCount]


NOTHING = Piece(b"", {})


class Gathered:
    """The evidence of documents, gathered one by one."""

    def __init__(self) -> None:
        self.rows: list[EditRow] = []
        self.sites: dict[str, SiteCount] = {}

    def add(self, cleaned: Cleaned, document: str, url: str | None, *, markdown: bool | None = None) -> None:
        """Add a cleaned document; the arguments are those of `rows_of`."""
        self.rows += rows_of(cleaned, document, url, markdown=markdown)
        site = site_of(url)
        self.sites[site] = self.sites.get(site, SiteCount()).plus(SiteCount(1, count_words(cleaned.original)))

    def pack(self) -> Piece:
        """Return what was gathered. Raises `ModuleNotFoundError` without pyarrow."""
        return Piece(batch_of(self.rows).serialize().to_pybytes() if self.rows else b"", self.sites)


def schema() -> pa.Schema:
    """Return the schema of evidence."""
    import pyarrow as pa

    return pa.schema([(name, getattr(pa, kind)()) for name, kind in COLUMNS.items()])


def batch_of(rows: Sequence[EditRow]) -> pa.RecordBatch:
    """Return rows as a record batch with the schema of evidence."""
    import pyarrow as pa

    columns: dict[str, Sequence[Any]] = dict(
        zip(EditRow._fields, zip(*rows, strict=True) if rows else [()] * len(COLUMNS), strict=False)
    )
    columns["key"] = [None if _tells_key(row.text, row.key) else row.key for row in rows]
    columns["position"] = [round(row.position, POSITION_DIGITS) for row in rows]
    columns["doubt"] = [round(doubt(row), DOUBT_DIGITS) for row in rows]
    for name in ("line", "words", "lines"):
        columns[name] = [min(number, MAX_INT) for number in columns[name]]
    wanted = schema()
    return pa.RecordBatch.from_arrays([pa.array(columns[one.name], one.type) for one in wanted], schema=wanted)


def _tells_key(text: str, key: str) -> bool:
    """Whether a key is what every engine makes of the text by putting it into lower case."""
    lower = text.lower()
    # Of these, the lower case is longer, or depends on where the letter stands.
    return key == lower and (text.isascii() or (len(lower) == len(text) and "Σ" not in text))


def unpack(rows: bytes) -> pa.RecordBatch:
    """Return the rows of a `Piece`. Raises `ValueError` if they are damaged."""
    import pyarrow as pa

    try:
        batch = pa.ipc.read_record_batch(pa.py_buffer(rows), schema())
        batch.validate(full=True)
    except (pa.ArrowException, OSError) as error:
        raise ValueError(str(error)) from None
    return batch


def to_bytes(piece: Piece) -> bytes:
    """Return a piece as bytes, with their number in front."""
    data = msgspec.msgpack.encode(piece)
    return len(data).to_bytes(LENGTH_BYTES, "big") + data


def pieces(file: BinaryIO, size: int) -> Iterator[Piece]:
    """Yield the pieces in the next `size` bytes of a file, as `to_bytes` wrote them.

    Raises `ValueError` if they are damaged, and `OSError`.
    """
    while size > 0:
        length = int.from_bytes(file.read(LENGTH_BYTES), "big")
        size -= LENGTH_BYTES + length
        data = file.read(length) if size >= 0 else b""
        try:
            yield msgspec.msgpack.decode(data, type=Piece)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise ValueError(str(error)) from None


def add_up(sites: dict[str, SiteCount], more: Mapping[str, SiteCount]) -> None:
    """Add counts to those of `sites`."""
    for site, found in more.items():
        sites[site] = sites.get(site, SiteCount()).plus(found)
