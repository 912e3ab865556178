"""Parquet: a table whose rows are documents. Text and record apart, the copy holds what the original does.

What is appended to the output are Arrow IPC streams, one a piece, not compressed: so `finish` can map the output
into memory instead of reading it, whatever the size of its row groups. That takes as much room on the disk as the
table does in memory until it is done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

from cleaner.cleaner import Cleaner
from cleaner.errors import SettingsError
from cleaner.rows import Fields
from cleaner.shards import compression
from cleaner.shards.format import CHUNK, SAMPLES, Broken, Chunk, CleanedChunk, Failure, Position, RowSettings
from cleaner.tally import Tally

pa = compression.needed("pyarrow", "Parquet files", "corpora")
pq = compression.needed("pyarrow.parquet", "Parquet files", "corpora")

UNIT = CHUNK // 8  # bytes of rows that are read at once, about …
MOST_ROWS = 1024  # … but no more rows than these
BUFFER = 1 << 16  # bytes of each column that are read ahead
CODECS = {"UNCOMPRESSED": "NONE"}  # by the names that are read, where they are written with another
ARROW_SCHEMA = b"ARROW:schema"  # the key of what Parquet does not know of a schema


class Parquet:
    """Parquet files, whose offsets are in rows.

    The copy has the columns of the file, in order, with types, metadata and codecs, and its row groups; behind them
    the text where there was only HTML, and the record where one is wanted.
    """

    unit = "row"

    def check(self, file: BinaryIO, settings: RowSettings) -> None:
        """Raise `Broken` for what is no Parquet file, or has no such columns."""
        from cleaner.engines import arrow

        try:
            arrow.schema(_plain_schema(_open(file).schema_arrow), _fields(settings))
        except SettingsError as error:
            raise Broken(str(error)) from None

    def chunks(self, file: BinaryIO, mark: Position) -> Iterator[Chunk]:
        """Read rows. A chunk ends with a unit, whose rows depend on their row group alone.

        A file without rows has one chunk without rows, so that the output gets to know its columns.
        """
        parquet = _open(file)
        schema = _plain_schema(parquet.schema_arrow)
        start, size = mark.number, 0
        batches: list[Any] = []
        why = ""
        try:
            for unit in _units(parquet, start):
                batches.append(_cast(unit, schema))
                size += batches[-1].nbytes
                if size >= CHUNK:
                    chunk = _chunk(start, size, batches)
                    yield chunk
                    start, size, batches = chunk.end.number, 0, []
        except (pa.ArrowException, OSError) as error:
            if compression.is_outage(error):
                raise
            why = f"cannot be read any further ({_what(error)}); get the file anew"
        if batches:
            yield _chunk(start, size, batches)
        if why:
            raise Broken(why)
        if not parquet.metadata.num_rows:
            yield _chunk(0, 0, [_empty(schema)])

    def clean(self, chunk: Chunk, cleaner: Cleaner, settings: RowSettings) -> CleanedChunk:
        """Clean the rows of a chunk."""
        from cleaner.engines import arrow

        (batch,) = _unpack(chunk.payload)
        urls = _strings(batch, settings.fields.url)
        tally = Tally()
        failures: list[Failure] = []
        done, outcomes = arrow.clean_outcomes(batch, cleaner, _fields(settings), url=settings.url, lang=settings.lang)
        for number, outcome in enumerate(outcomes):
            if outcome.cleaned:
                tally.add(outcome.cleaned)
            else:
                tally.add_failed()
                failures.append(Failure(chunk.start.number + number + 1, outcome.error, urls[number]))
        return CleanedChunk(_pack([done]), failures, tally)

    def split(self, chunk: Chunk) -> list[Chunk]:
        """Return the rows of a chunk as chunks."""
        (batch,) = _unpack(chunk.payload)
        rows = []
        for i in range(batch.num_rows):
            row = batch.slice(i, 1)
            rows.append(_chunk(chunk.start.number + i, row.nbytes, [row]))
        return rows

    def passed(self, chunk: Chunk, reason: str, settings: RowSettings) -> CleanedChunk:
        """Return a row as it was, as a failure."""
        from cleaner.engines import arrow

        (batch,) = _unpack(chunk.payload)
        tally = Tally()
        failures = []
        for number, url in enumerate(_strings(batch, settings.fields.url), chunk.start.number + 1):
            tally.add_failed()
            failures.append(Failure(number, reason, url))
        wanted = arrow.schema(batch.schema, _fields(settings))
        stays = [i < len(batch.schema) and batch.schema.field(i).type == field.type for i, field in enumerate(wanted)]
        columns = [
            batch.column(i) if stays[i] else pa.array([None] * batch.num_rows, field.type)  # new, or all null before
            for i, field in enumerate(wanted)
        ]
        return CleanedChunk(_pack([pa.RecordBatch.from_arrays(columns, schema=wanted)]), failures, tally)

    def seal(self, pieces: Sequence[bytes]) -> bytes:
        """Return the rows of pieces as one Arrow IPC stream, made anew: nothing tells what they were pieces of."""
        batches = [batch for piece in pieces for batch in _unpack(piece)]
        (whole,) = _unpack(_pack(batches))
        return _pack([whole.take(pa.array(range(whole.num_rows), pa.int64()))])

    def finish(self, output: Path, file: BinaryIO, made: Path) -> None:
        """Write Parquet, a row group at a time; fewer where the file could not be read to its end."""
        parquet = _open(file)
        groups = [parquet.metadata.row_group(i).num_rows for i in range(parquet.num_row_groups)]
        empty = _empty(_plain_schema(parquet.schema_arrow))
        size = output.stat().st_size
        with pa.memory_map(str(output)) if size else BytesIO() as mapped:  # nothing cannot be mapped
            batches = _streams(mapped, size)
            first = next(batches, empty)
            with pq.ParquetWriter(made, first.schema, **_options(parquet, first.schema)) as writer:
                if metadata := _metadata(parquet, first.schema):
                    writer.add_key_value_metadata(metadata)
                for table in _regrouped(chain([first], batches), groups):
                    writer.write_table(table, row_group_size=max(table.num_rows, 1))

    def samples(self, file: BinaryIO, settings: RowSettings) -> list[Any]:
        """Return the first rows but for text and record, in Arrow IPC: in Python not all values can be compared."""
        own = (settings.fields.text, settings.fields.record)
        found: list[Any] = []
        try:
            parquet = _open(file)
            schema = _plain_schema(parquet.schema_arrow)
            columns = [i for i, name in enumerate(schema.names) if name not in own]
            for unit in islice(_units(parquet, 0), SAMPLES):
                rows = _cast(unit, schema).select(columns).replace_schema_metadata()
                found += [_sealed(rows.take([i])) for i in range(min(rows.num_rows, SAMPLES - len(found)))]
        except (pa.ArrowException, OSError, Broken):
            found.append(None)
        return found


def _open(file: BinaryIO) -> Any:
    """Return a Parquet file to read. Raises `Broken`."""
    try:
        file.seek(0)
        # Nothing in threads here and elsewhere: those that hold a file of Python's can abort it when it exits.
        return pq.ParquetFile(file, pre_buffer=False, buffer_size=BUFFER, page_checksum_verification=True)
    except (pa.ArrowException, OSError) as error:
        raise Broken(
            f"is no Parquet file that can be read ({_what(error)}); get it anew, or check its name"
        ) from None


def _chunk(start: int, size: int, batches: Sequence[Any]) -> Chunk:
    """Return rows as a chunk; there are `start` before."""
    end = start + sum(batch.num_rows for batch in batches)
    return Chunk(Position(start, start), Position(end, end), size, _pack(batches))


def _what(error: Exception) -> str:
    """Return the first line of what Arrow says, without its full stop."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def _fields(settings: RowSettings) -> Fields:
    return settings.fields._replace(error=None)  # there is a list of failures


def _units(parquet: Any, start: int) -> Iterator[Any]:
    """Yield the rows from the number `start` on (0-based, the first of a unit), in units."""
    first = 0  # row of the row group
    for i in range(parquet.num_row_groups):
        group = parquet.metadata.row_group(i)
        rows = group.num_rows
        if rows and first + rows > start:
            a_row = max(group.total_byte_size, 0) // rows
            batches = parquet.iter_batches(
                min(max(UNIT // (a_row + 1), 1), MOST_ROWS), row_groups=[i], use_threads=False
            )
            at = first
            for batch in batches:
                at += batch.num_rows
                if at > start and batch.num_rows:
                    yield batch
        first += rows


def _pack(batches: Iterable[Any]) -> bytes:
    """Return record batches as an Arrow IPC stream of one record batch."""
    table = pa.Table.from_batches(batches).combine_chunks()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_batch((table.to_batches() or [_empty(table.schema)])[0])
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def _sealed(row: Any) -> dict[str, bytes]:
    """Return the columns of a record batch of one row, each in Arrow IPC."""
    return {name: _pack([row.select([i])]) for i, name in enumerate(row.schema.names)}


def _empty(schema: Any) -> Any:
    """Return a record batch without rows."""
    return pa.RecordBatch.from_arrays([pa.nulls(0, field.type) for field in schema], schema=schema)


def _unpack(data: bytes) -> list[Any]:
    """Return the record batches of an Arrow IPC stream."""
    with pa.ipc.open_stream(data) as reader:
        return list(reader)


def _streams(mapped: Any, size: int) -> Iterator[Any]:
    """Yield the record batches of Arrow IPC streams that stand one behind the other, `size` bytes in all."""
    while mapped.tell() < size:
        yield from pa.ipc.open_stream(mapped)


def _regrouped(batches: Iterator[Any], groups: Sequence[int]) -> Iterator[Any]:
    """Yield tables with the numbers of rows in `groups`, until there are no more rows."""
    batch = next(batches)
    for rows in groups:
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
    """Return a column of strings, None for what is not one."""
    index = batch.schema.get_field_index(name)
    if index < 0:
        return [None] * batch.num_rows
    try:
        return [value if isinstance(value, str) else None for value in batch.column(index).to_pylist()]
    except UnicodeDecodeError:
        return [None] * batch.num_rows


def _plain_schema(schema: Any) -> Any:
    """Return a schema without dictionaries and views.

    How dictionaries come out depends on which rows are read together, and not all functions are there for views.
    """
    return pa.schema([field.with_type(_plain(field.type)) for field in schema], schema.metadata)


def _plain(kind: Any) -> Any:
    """Return a type without dictionaries and views."""

    def inner(field: Any) -> Any:
        return field.with_type(_plain(field.type))

    types = pa.types
    if types.is_dictionary(kind):
        return _plain(kind.value_type)
    if types.is_string_view(kind):
        return pa.string()
    if types.is_binary_view(kind):
        return pa.binary()
    if types.is_struct(kind):
        return pa.struct([inner(field) for field in kind])
    if types.is_map(kind):
        return pa.map_(inner(kind.key_field), inner(kind.item_field), kind.keys_sorted)
    if types.is_fixed_size_list(kind):
        return pa.list_(inner(kind.value_field), kind.list_size)
    if types.is_large_list(kind):
        return pa.large_list(inner(kind.value_field))
    if types.is_list(kind):
        return pa.list_(inner(kind.value_field))
    return kind


def _cast(batch: Any, schema: Any) -> Any:
    """Return a record batch with the plain schema of its own."""
    columns = [
        column if column.type == field.type else column.cast(field.type)
        for column, field in zip(batch.columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _metadata(parquet: Any, plain: Any) -> dict[bytes, bytes]:
    """Return what is to be said of a table with the schema `plain`, which `parquet` was before."""
    metadata = dict(parquet.metadata.metadata or {})
    if ARROW_SCHEMA in metadata and plain != _plain_schema(parquet.schema_arrow):
        metadata[ARROW_SCHEMA] = _sample(parquet, plain).metadata.metadata[ARROW_SCHEMA]
    return metadata


def _options(parquet: Any, plain: Any) -> dict[str, Any]:
    """Return how to write a table with the schema `plain`, which `parquet` was before: with the same codecs, …

    … those of new columns are the most frequent one. What Arrow says of its schema stays as it was for `parquet`.
    """
    options = {"store_schema": False}
    if not parquet.num_row_groups:
        return options
    group = parquet.metadata.row_group(0)
    columns = [group.column(i) for i in range(group.num_columns)]
    names = [column.compression for column in columns]
    written = _sample(parquet, plain).schema
    names += [max(names, key=names.count)] * (len(written) - len(names))
    codecs = {written.column(i).path: CODECS.get(name, name) for i, name in enumerate(names)}
    old = any(column.physical_type == "INT96" for column in columns)
    return {**options, "compression": codecs, "use_deprecated_int96_timestamps": old}


def _sample(parquet: Any, plain: Any) -> Any:
    """Return a Parquet file without rows, with the columns of `plain`, dictionaries where those of `parquet` are."""
    own = parquet.schema_arrow
    old = [before if _plain(before.type) == after.type else after for before, after in zip(own, plain, strict=False)]
    file = BytesIO()
    pq.write_table(pa.schema([*old, *list(plain)[len(old) :]], own.metadata).empty_table(), file)
    return pq.ParquetFile(file)
