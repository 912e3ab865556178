"""Parquet: a table whose rows are documents. The copy is the same table but for the text and the record.

Chunks are appended to the output as Arrow IPC streams, one after the other, not compressed. At the end `finish` maps
the output into memory and writes the Parquet file, with the row groups of the shard. So no row group has to fit into
memory, but until the shard is done the output needs as much room on the disk as the table would need in memory.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import SEEK_END, BytesIO
from itertools import chain
from typing import Any, BinaryIO

from cleaner.cleaner import Cleaner
from cleaner.errors import SettingsError
from cleaner.evidence.table import KEY
from cleaner.limits import MAX_DOCUMENT_BYTES
from cleaner.rows import METADATA_FIELD, RECORD_FIELD, Fields, RowOutcome
from cleaner.shards import compression
from cleaner.shards.format import (
    CHUNK_BYTES,
    BrokenShard,
    Chunk,
    CleanedChunk,
    Position,
    RowSettings,
    ShardRow,
    reason_of,
    unreadable,
)
from cleaner.shards.missing import missing_text

pa = compression.needed("pyarrow", "Parquet files", "corpora")
pq = compression.needed("pyarrow.parquet", "Parquet files", "corpora")

# A unit is what is read at once: rows of about this many bytes, by the average of their row group. A chunk is some
# units. Larger units make chunks larger than wanted, smaller ones make reading slower.
UNIT_BYTES = CHUNK_BYTES // 8
MAX_UNIT_ROWS = 1024  # the most rows in a unit, however small they are
# The most bytes that a unit may take if each of its rows has the largest value of the dictionaries of its columns.
# Most writers make dictionaries of up to 1 MB. Raised, a hostile file takes more memory; lowered, units of usual
# files get smaller than `MAX_UNIT_ROWS`.
MAX_SHARED_BYTES = 1 << 26
PAGE_HEADER_BYTES = 16  # of the header of a page, which are enough for its first two numbers
COLUMN_BUFFER_BYTES = 1 << 16  # bytes that are read ahead of each column; raised, files with many columns cost memory
WRITTEN_CODECS = {"UNCOMPRESSED": "NONE"}  # codecs that Arrow calls differently when it reads and when it writes
ARROW_SCHEMA_KEY = b"ARROW:schema"  # the metadata that hold what Parquet itself cannot say of a schema


class Parquet:
    """Parquet files. Offsets are in rows.

    The copy has the columns of the shard in their order, with types, metadata, codecs and row groups. Columns after
    them: the text, if the shard has only HTML, and the record, if one is wanted.

    What bounds memory: rows are read in units, whose size follows from what the metadata and the dictionaries say of
    the rows; a row group whose rows are larger than the limit on average is not read. Not covered are metadata that
    lie, one row that is much larger than the others of its group, and a list of so many equal values: then as much is
    in memory as a page unpacks to, 2 GB at most, or as the list takes.

    Arrow before 26 cannot read nulls in a column of fixed-size lists: for it, a shard with one is broken.
    """

    unit = "row"
    needs_end = True

    def __init__(self, limit: int = MAX_DOCUMENT_BYTES) -> None:
        """Take the largest row that is cleaned, in bytes, not compressed."""
        self.limit = limit

    def check(self, file: BinaryIO, settings: RowSettings) -> None:
        """Raise `BrokenShard` if the file is no Parquet file, or has not the columns that are to be cleaned."""
        from cleaner.engines import arrow

        parquet = _open(file)
        if KEY in (parquet.metadata.metadata or {}):
            raise BrokenShard("is evidence of what went, and holds no documents; ask it with `cleaner top`")
        given, fields = _plain_schema(parquet.schema_arrow), _fields_without_error(settings)
        try:
            arrow.schema(given, fields)
        except SettingsError as error:
            strings = _strings_in(parquet, given)
            lack = "" if arrow.source_of(given.names, fields) not in given.names else str(error).partition(";")[0]
            if arrow.has_source(given, fields) or (lack and not any(strings.values())):
                raise BrokenShard(str(error)) from None
            raise BrokenShard(missing_text(fields, strings, lack or None, kind="column")) from None

    def read_chunks(self, file: BinaryIO, start: Position) -> Iterator[Chunk]:
        """Read rows. A chunk ends where a unit ends, and which rows are a unit depends on their row group alone.

        A file without rows has one chunk without rows, so that the output has its columns.
        """
        parquet = _open(file)
        schema = _plain_schema(parquet.schema_arrow)
        first, size = start.number, 0
        batches: list[Any] = []
        broken = None
        try:
            for unit in _units(parquet, file, first, self.limit):
                batches.append(_cast(unit, schema))
                size += batches[-1].nbytes
                if size >= CHUNK_BYTES:
                    chunk = _chunk_of(first, size, batches)
                    yield chunk
                    first, size, batches = chunk.end.number, 0, []
        except BrokenShard as error:
            broken = error
        except (pa.ArrowException, OSError) as error:
            if compression.is_outage(error):
                raise
            broken = unreadable(error)
        if batches:
            yield _chunk_of(first, size, batches)
        if broken:
            raise broken
        if not parquet.metadata.num_rows:
            yield _chunk_of(0, 0, [_without_rows(schema)])

    def rows(self, chunk: Chunk, settings: RowSettings) -> Iterator[ShardRow]:
        """Yield the rows of a chunk."""
        from cleaner.engines import arrow

        (batch,) = _unpack(chunk.payload)
        rows = arrow.rows_of(batch, settings.fields, url=settings.url, lang=settings.lang)
        for number, (row, get) in enumerate(rows, chunk.start.number + 1):
            yield ShardRow(number, row, get)

    def clean(self, chunk: Chunk, cleaner: Cleaner, settings: RowSettings) -> CleanedChunk:
        """Clean the rows of a chunk."""
        from cleaner.engines import arrow

        (batch,) = _unpack(chunk.payload)
        fields = _fields_without_error(settings)
        known = {"url": settings.url, "lang": settings.lang, "file": settings.file}
        done, outcomes = arrow.clean_outcomes(batch, cleaner, fields, **known)
        return CleanedChunk.of(_pack([done]), _numbered(chunk, batch, outcomes, settings), settings)

    def split(self, chunk: Chunk) -> list[Chunk]:
        """Return the rows of a chunk as chunks."""
        (batch,) = _unpack(chunk.payload)
        rows = []
        for i in range(batch.num_rows):
            row = batch.slice(i, 1)
            rows.append(_chunk_of(chunk.start.number + i, row.nbytes, [row]))
        return rows

    def left_as_is(self, chunk: Chunk, reason: str, settings: RowSettings) -> CleanedChunk:
        """Return a row as it was, as a failure. Its new columns are null."""
        from cleaner.engines import arrow

        (batch,) = _unpack(chunk.payload)
        wanted = arrow.schema(batch.schema, _fields_without_error(settings))
        columns = []
        for i, field in enumerate(wanted):
            stays = i < len(batch.schema) and batch.schema.field(i).type == field.type
            # A column that does not stay is new, or was of type null.
            columns.append(batch.column(i) if stays else pa.array([None] * batch.num_rows, field.type))
        outcomes = [RowOutcome(None, reason)] * batch.num_rows
        data = _pack([pa.RecordBatch.from_arrays(columns, schema=wanted)])
        return CleanedChunk.of(data, _numbered(chunk, batch, outcomes, settings))

    def encode(self, pieces: Sequence[bytes]) -> bytes:
        """Return the rows of pieces as one Arrow IPC stream.

        `take` copies every row into new buffers: otherwise the bytes would depend on how the rows were divided.
        """
        batches = [batch for piece in pieces for batch in _unpack(piece)]
        (whole,) = _unpack(_pack(batches))
        return _pack([whole.take(pa.array(range(whole.num_rows), pa.int64()))])

    def finish(self, output: BinaryIO, file: BinaryIO, made: BinaryIO) -> bool:
        """Write Parquet, a row group at a time; fewer row groups if the shard could not be read to its end."""
        parquet = _open(file)
        group_rows = [parquet.metadata.row_group(i).num_rows for i in range(parquet.num_row_groups)]
        with _mapped(output) as (source, size):
            batches = _streams(source, size)
            first = next(batches, _without_rows(_plain_schema(parquet.schema_arrow)))
            with pq.ParquetWriter(made, first.schema, **_writer_options(parquet, first.schema)) as writer:
                if metadata := _metadata(parquet, first.schema):
                    writer.add_key_value_metadata(metadata)
                for table in _regrouped(chain([first], batches), group_rows):
                    writer.write_table(table, row_group_size=max(table.num_rows, 1))
        return True

    def batch_of(self, chunk: Chunk) -> Any:
        """Return the rows of a chunk as a record batch."""
        (batch,) = _unpack(chunk.payload)
        return batch

    def piece_of(self, batch: Any) -> bytes:
        """Return a record batch as a piece of the output."""
        return _pack([batch])

    def row_in(self, piece: bytes, settings: RowSettings) -> Any:
        """Return the columns of a row without record and metadata, each in Arrow IPC.

        As Python objects not all values can be compared.
        """
        (row,) = _unpack(piece)
        left_out = settings.fields.record or RECORD_FIELD, settings.fields.metadata or METADATA_FIELD
        return {
            name: _pack([pa.RecordBatch.from_arrays([row.column(i).take(pa.array([0]))], names=[name])])
            for i, name in enumerate(row.schema.names)
            if name not in left_out
        }


@contextmanager
def _mapped(output: BinaryIO) -> Iterator[tuple[Any, int]]:
    """Map a file into memory, and give it as one that Arrow reads, with its size."""
    size = output.seek(0, SEEK_END)
    if not size:  # an empty file cannot be mapped
        yield pa.BufferReader(b""), 0
        return
    # Not `pa.memory_map`, which opens the file by its path. The map lives as long as the batches that need it.
    yield pa.BufferReader(pa.py_buffer(mmap.mmap(output.fileno(), size, access=mmap.ACCESS_READ))), size


def _open(file: BinaryIO) -> Any:
    """Open a Parquet file. Raises `BrokenShard`.

    Nothing reads it in threads, here and elsewhere: Arrow threads that hold a file object of Python can abort the
    process when it exits.
    """
    try:
        file.seek(0)
        return pq.ParquetFile(
            file,
            pre_buffer=False,
            buffer_size=COLUMN_BUFFER_BYTES,
            page_checksum_verification=True,
        )
    except (pa.ArrowException, OSError) as error:
        what = f"is no Parquet file that can be read ({reason_of(error)})"
        raise BrokenShard(f"{what}; get it anew, or check its name") from None


def _strings_in(parquet: Any, schema: Any) -> dict[str, int]:
    """Return the names of all columns, each with the bytes of its strings in the first row group, 0 for none."""
    from cleaner.engines import arrow

    sizes: dict[str, int] = {}
    if parquet.num_row_groups:
        group = parquet.metadata.row_group(0)
        columns = [group.column(i) for i in range(group.num_columns)]
        sizes = {column.path_in_schema: max(int(column.total_uncompressed_size), 0) for column in columns}
    return {one.name: max(sizes.get(one.name, 0), 1) if arrow.can_hold_text(one.type) else 0 for one in schema}


def _chunk_of(first: int, size: int, batches: Sequence[Any]) -> Chunk:
    """Return rows as a chunk: `first` is the 0-based number of the first row, `size` their bytes."""
    end = first + sum(batch.num_rows for batch in batches)
    return Chunk(Position(first, first), Position(end, end), size, _pack(batches))


def _numbered(
    chunk: Chunk, batch: Any, outcomes: Sequence[RowOutcome], settings: RowSettings
) -> Iterable[tuple[int, RowOutcome, str | None]]:
    """Return the outcomes of the rows of a chunk, each with the 1-based number and the URL of its row."""
    urls = _strings(batch, settings.fields.url)
    return zip(range(chunk.start.number + 1, chunk.start.number + 1 + len(outcomes)), outcomes, urls, strict=True)


def _fields_without_error(settings: RowSettings) -> Fields:
    """Return the fields without the one for errors: shards have a list of failures instead."""
    return settings.fields._replace(error=None)


def _too_large(limit: int) -> BrokenShard:
    return BrokenShard(
        f"has a row of more than {limit >> 20} MB; allow more with --max-document, or take it out of the file"
    )


def _units(parquet: Any, file: BinaryIO, start: int, limit: int) -> Iterator[Any]:
    """Yield the rows from `start` on in units; `start` is 0-based, and the first row of a unit.

    Raises `BrokenShard` at a row group whose rows are larger than `limit` bytes on average, as its metadata say.
    """
    group_start = 0
    for i in range(parquet.num_row_groups):
        group = parquet.metadata.row_group(i)
        group_end = group_start + group.num_rows
        if group.num_rows and group_end > start:
            row_bytes = max(group.total_byte_size, 0) // group.num_rows
            if row_bytes > limit:
                raise _too_large(limit)
            shared = sum(_shared_bytes(group.column(j), file) for j in range(group.num_columns))
            unit_rows = min(UNIT_BYTES // (row_bytes + 1), MAX_SHARED_BYTES // (shared + 1), MAX_UNIT_ROWS)
            unit_end = group_start
            for unit in parquet.iter_batches(max(unit_rows, 1), row_groups=[i], use_threads=False):
                unit_end += unit.num_rows
                if unit_end > start and unit.num_rows:
                    yield unit
        group_start = group_end


def _shared_bytes(column: Any, file: BinaryIO) -> int:
    """Return the size of the largest value that a column may have in many rows and stores once, in bytes, at most.

    In a dictionary, a value stands once, however often it is there; so does what values have in common that are
    stored as differences. A small file may be large in memory.
    """
    if column.physical_type not in ("BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"):
        return 0
    size = max(int(column.total_uncompressed_size), 0)
    if "DELTA_BYTE_ARRAY" in column.encodings:
        return size
    if not column.has_dictionary_page:
        return 0
    try:
        file.seek(column.dictionary_page_offset)
        in_header = _page_size(file.read(PAGE_HEADER_BYTES))
    except (OSError, ValueError) as error:
        if compression.is_outage(error):
            raise
        return size
    return size if in_header is None else in_header


def _page_size(header: bytes) -> int | None:
    """Return the unpacked size that the header of a page gives, None if it is no header.

    It begins with two numbers, in the compact protocol of Thrift: the type of the page, and this size.
    """
    numbers, at = [], 0
    for _ in range(2):
        if header[at : at + 1] != b"\x15":  # the next field, a number of 32 bits
            return None
        at += 1
        value = shift = 0
        while at < len(header):
            value |= (header[at] & 0x7F) << shift
            shift += 7
            at += 1
            if header[at - 1] < 0x80:
                break
        numbers.append(value >> 1)  # zigzag, not negative
    return numbers[1]


def _pack(batches: Iterable[Any]) -> bytes:
    """Return record batches as an Arrow IPC stream of one record batch."""
    table = pa.Table.from_batches(batches).combine_chunks()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_batch((table.to_batches() or [_without_rows(table.schema)])[0])
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def _without_rows(schema: Any) -> Any:
    """Return a record batch without rows."""
    return pa.RecordBatch.from_arrays([pa.nulls(0, field.type) for field in schema], schema=schema)


def _unpack(data: bytes) -> list[Any]:
    """Return the record batches of an Arrow IPC stream."""
    with pa.ipc.open_stream(data) as reader:
        return list(reader)


def _streams(mapped: Any, size: int) -> Iterator[Any]:
    """Yield the record batches of Arrow IPC streams that stand one after the other, `size` bytes in all."""
    while mapped.tell() < size:
        yield from pa.ipc.open_stream(mapped)


def _regrouped(batches: Iterator[Any], group_rows: Sequence[int]) -> Iterator[Any]:
    """Yield tables that have as many rows as `group_rows` says, until there are no more rows."""
    batch = next(batches)
    for rows in group_rows:
        taken = [batch.slice(0, rows)]
        missing = rows - taken[0].num_rows
        batch = batch.slice(rows)
        while missing and (more := next(batches, None)):
            batch = more.slice(missing)
            taken.append(more.slice(0, missing))
            missing -= taken[-1].num_rows
        table = pa.Table.from_batches(taken)
        if rows and not table.num_rows:
            break
        yield table


def _strings(batch: Any, name: str) -> list[str | None]:
    """Return the values of a column, None for each that is no string or not UTF-8, and if there is no such column."""
    index = batch.schema.get_field_index(name)
    if index < 0:
        return [None] * batch.num_rows
    try:
        return [value if isinstance(value, str) else None for value in batch.column(index).to_pylist()]
    except UnicodeDecodeError:
        return [None] * batch.num_rows


def _plain_schema(schema: Any) -> Any:
    """Return a schema without dictionaries and views.

    Which dictionary a column has depends on which rows are read together, so the output would depend on the chunks.
    Views are not supported by all functions of Arrow.
    """
    return pa.schema([field.with_type(_plain_type(field.type)) for field in schema], schema.metadata)


def _plain_type(kind: Any) -> Any:
    """Return a type without dictionaries and views."""

    def plain_field(field: Any) -> Any:
        return field.with_type(_plain_type(field.type))

    types = pa.types
    if types.is_dictionary(kind):
        return _plain_type(kind.value_type)
    if types.is_string_view(kind):
        return pa.string()
    if types.is_binary_view(kind):
        return pa.binary()
    if types.is_struct(kind):
        return pa.struct([plain_field(field) for field in kind])
    if types.is_map(kind):
        return pa.map_(plain_field(kind.key_field), plain_field(kind.item_field), kind.keys_sorted)
    if types.is_fixed_size_list(kind):
        return pa.list_(plain_field(kind.value_field), kind.list_size)
    if types.is_large_list(kind):
        return pa.large_list(plain_field(kind.value_field))
    if types.is_list(kind):
        return pa.list_(plain_field(kind.value_field))
    return kind


def _cast(batch: Any, schema: Any) -> Any:
    """Return a record batch with `schema`, the plain schema of its own."""
    columns = [
        column if column.type == field.type else column.cast(field.type)
        for column, field in zip(batch.columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _metadata(parquet: Any, schema: Any) -> dict[bytes, bytes]:
    """Return the key-value metadata for the copy of `parquet`, which is written with the plain schema `schema`."""
    metadata = dict(parquet.metadata.metadata or {})
    if ARROW_SCHEMA_KEY in metadata and schema != _plain_schema(parquet.schema_arrow):
        metadata[ARROW_SCHEMA_KEY] = _file_like_copy(parquet, schema).metadata.metadata[ARROW_SCHEMA_KEY]
    return metadata


def _writer_options(parquet: Any, schema: Any) -> dict[str, Any]:
    """Return how to write the copy of `parquet`, with the plain schema `schema`: with the codecs of its columns.

    New columns get the most frequent codec. Arrow does not write its own schema: `_metadata` has that of `parquet`.
    """
    options = {"store_schema": False}
    if not parquet.num_row_groups:
        return options
    group = parquet.metadata.row_group(0)
    columns = [group.column(i) for i in range(group.num_columns)]
    names = [column.compression for column in columns]
    written = _file_like_copy(parquet, schema).schema
    names = [*names, *[max(names, key=names.count)] * (len(written) - len(names))][: len(written)]
    codecs = {written.column(i).path: WRITTEN_CODECS.get(name, name) for i, name in enumerate(names)}
    old_timestamps = any(column.physical_type == "INT96" for column in columns)
    return {**options, "compression": codecs, "use_deprecated_int96_timestamps": old_timestamps}


def _file_like_copy(parquet: Any, schema: Any) -> Any:
    """Return a Parquet file without rows, with the columns of the copy of `parquet`.

    The columns are those of the plain schema `schema`, but columns that are dictionaries in `parquet` stay so. A
    column that one of the two does not have stands at its end.
    """
    own = parquet.schema_arrow
    columns = [
        before if _plain_type(before.type) == after.type else after
        for before, after in zip(own, schema, strict=False)
    ]
    file = BytesIO()
    pq.write_table(pa.schema([*columns, *list(schema)[len(columns) :]], own.metadata).empty_table(), file)
    return pq.ParquetFile(file)
