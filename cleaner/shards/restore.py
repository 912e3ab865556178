"""The rows of a clean copy as they were before: their texts, from the records that `cleaner strip --record` wrote.

A record (the field `cleaner_record`) holds the edits of its row, so the text of before follows from the clean text.
The text comes back exactly, as a value; of JSON lines all other fields stay as they stand, byte for byte, and of
Parquet the other columns with their types. The record goes.

What does not come back: of a row that had only HTML the text of the whole page is there, beside its HTML; a row whose
text was a page of HTML (flag `read-as-html`) cannot be restored, because the record holds the text of the page and
not its HTML. A row without a record is one that was not cleaned, and is as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from cleaner.document import Cleaned
from cleaner.errors import DocumentError
from cleaner.flags import READ_AS_HTML
from cleaner.rows import METADATA_FIELD, RECORD_FIELD
from cleaner.shards import compression
from cleaner.shards.format import START, BrokenShard
from cleaner.shards.jsonl import Jsonl, Line, LongPiece, parse_line, to_json

if TYPE_CHECKING:
    from cleaner.shards.parquet import Parquet

# What a record that is none, or not one of its text, raises.
_NOT_A_RECORD = (AttributeError, KeyError, TypeError, ValueError, RecursionError)
PAGE = "was a page of HTML, which its record does not hold; take it from where it came"
DAMAGED = "has a record that does not fit its text; restore needs both as they were written"
LONG = "is too long to be read; allow more with --max-document"


class Restored(NamedTuple):
    """A row of a copy: its 1-based number, and its text of before.

    The text is None for a row that has no record, and for one that cannot be restored; then `error` says why
    (`what is wrong; what to do`). `data` is the row as it was before, if the format has rows of bytes.
    """

    number: int
    text: str | None = None
    error: str = ""
    data: bytes = b""


Tell = Callable[[Restored], None]


def text_of(text: object, record: object) -> str | None:
    """Return the text of a row before it was cleaned, None if it has no record. Raises `DocumentError`."""
    if record is None:
        return None
    try:
        cleaned = Cleaned.from_dict({**record, "text": text})  # type: ignore[dict-item] # raises for what is none
        if READ_AS_HTML in cleaned.flags:
            raise DocumentError(PAGE)
        return cleaned.restore()
    except _NOT_A_RECORD:
        raise DocumentError(DAMAGED) from None


def _restored(number: int, text: object, record: object) -> Restored:
    try:
        return Restored(number, text_of(text, record))
    except DocumentError as error:
        return Restored(number, error=str(error))


def lines(form: Jsonl, file: BinaryIO, text_field: str) -> Iterator[Restored]:
    """Yield the lines of a copy as they were before; blank lines, and those that cannot be restored, as they are.

    A line that is too long to be read comes in pieces, of which the first has the error, and the others the number 0,
    as blank lines have. Raises `BrokenShard` after the last line that can be read.
    """
    for chunk in form.read_chunks(file, START):
        if isinstance(chunk.payload, LongPiece):
            number = chunk.start.number + 1 if chunk.payload.is_first else 0
            yield Restored(number, error=LONG if number else "", data=chunk.payload.data)
            continue
        for part in form.split(chunk):
            yield _line(part.start.number + 1, part.payload, text_field)


def _line(number: int, raw: bytes, text_field: str) -> Restored:
    line = parse_line(raw)
    if line.is_blank:
        return Restored(0, data=raw)
    if line.error:
        return Restored(number, error=line.error, data=raw)
    restored = _restored(number, line.get(text_field), line.get(RECORD_FIELD))
    text = restored.text
    return restored._replace(data=raw if text is None else _without_record(line, text_field, text))


def _without_record(line: Line, text_field: str, text: str) -> bytes:
    """Return a line with another text and without its record; nothing else is changed."""
    record, field = line.find(RECORD_FIELD), line.find(text_field)
    assert record
    assert field
    changes = [(*_place_of_record(line, record.start, record.end), "")]
    if metadata := line.find(METADATA_FIELD):
        changes.append((*_place_of_record(line, metadata.start, metadata.end), ""))
    if field.value != text:
        changes.append((field.start, field.end, to_json(text, line.text.isascii())))
    result = line.text
    for start, end, new in sorted(changes, reverse=True):
        result = result[:start] + new + result[end:]
    return result.encode()


def _place_of_record(line: Line, start: int, end: int) -> tuple[int, int]:
    """Return where the record stands with its name and a comma, if its value begins at `start` and ends at `end`."""
    before = [field.end for field in line.fields if field.end <= start]
    if before:
        return max(before), end
    # It stands first, and the text behind it: what goes is all from its name to the name of the next field.
    return line.text.index('"'), line.text.index('"', line.text.index(",", end))


def batches(form: Parquet, file: BinaryIO, text_field: str) -> Iterator[tuple[Any, list[Restored]]]:
    """Yield the rows of a copy in batches of Arrow: the batch as it was before, and what became of each row.

    A row that cannot be restored keeps its clean text. Raises `BrokenShard` after the last row that can be read, and
    at the beginning if the record is not the last column, as `cleaner strip` writes it.
    """
    import pyarrow as pa

    for chunk in form.read_chunks(file, START):
        batch = form.batch_of(chunk)
        schema = batch.schema
        if text_field not in schema.names or schema.names[-1] != RECORD_FIELD:
            what = f"has no column {text_field!r}, or not {RECORD_FIELD!r} for the last one"
            raise BrokenShard(f"{what}; name the copy as `cleaner strip --record` wrote it")
        try:
            texts, records = batch.column(text_field).to_pylist(), batch.column(RECORD_FIELD).to_pylist()
        except (UnicodeDecodeError, pa.ArrowException) as error:
            raise BrokenShard(f"has texts that are not UTF-8 ({type(error).__name__}); get the file anew") from None
        found = [
            _restored(number, text, record)
            for number, (text, record) in enumerate(zip(texts, records, strict=True), chunk.start.number + 1)
        ]
        restored = [text if one.text is None else one.text for text, one in zip(texts, found, strict=True)]
        place = schema.get_field_index(text_field)
        column = pa.array(restored, schema.field(place).type)
        yield batch.set_column(place, schema.field(place), column).drop_columns(_new_columns(schema)), found


def _new_columns(schema: Any) -> list[str]:
    """Return the columns that `cleaner strip` put at the end of a copy."""
    return [name for name in schema.names[-2:] if name in (METADATA_FIELD, RECORD_FIELD)]


def write_lines(form: Jsonl, file: BinaryIO, made: BinaryIO, suffix: str, text_field: str, tell: Tell) -> None:
    """Write the lines of a copy as they were before, with the compression `suffix`.

    `tell` is called with each row. Raises what `lines` raises, and `OSError`.
    """

    def pieces() -> Iterator[bytes]:
        for one in lines(form, file, text_field):
            if one.number:
                tell(one)
            yield one.data

    compression.write(made, pieces(), suffix)


def write_table(form: Parquet, file: BinaryIO, made: BinaryIO, spool: BinaryIO, text_field: str, tell: Tell) -> None:
    """Write a Parquet copy as it was before, with its row groups.

    `spool` is an empty file for rows that do not fit into memory. `tell` is called with each row. Raises what
    `batches` raises, and `OSError`.
    """
    for batch, found in batches(form, file, text_field):
        spool.write(form.piece_of(batch))
        for one in found:
            tell(one)
    spool.flush()
    form.finish(spool, file, made)
