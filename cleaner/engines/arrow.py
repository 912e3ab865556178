"""Cleaning Arrow record batches: the one function that all engines call."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from cleaner.cleaner import Cleaner
from cleaner.engines import extra
from cleaner.errors import SettingsError
from cleaner.rows import HTML, Fields, Row, RowOutcome, clean_rows, record_of, row_of

with extra("corpora"):
    import pyarrow as pa
    import pyarrow.compute as pc

ROWS = 1000  # of a table that are cleaned at once

# What a record is made of: that of `Cleaned.to_dict`, without the text.
EDIT = pa.struct(
    [
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("before", pa.string()),
        ("replacement", pa.string()),
        ("by", pa.string()),
        ("category", pa.string()),
        ("confidence", pa.string()),
        ("line", pa.int64()),
        ("score", pa.float64()),
    ]
)
RECORD = pa.struct(
    [("edits", pa.list_(EDIT)), ("flags", pa.list_(pa.string())), ("encoding", pa.string()), ("bom", pa.bool_())]
)


def schema(given: pa.Schema, fields: Fields = Fields()) -> pa.Schema:
    """Return the schema of what becomes of batches with the schema `given`.

    It is the same but for the new columns at its end: the text where there was none, `fields.record` and
    `fields.error`. A text column of type null becomes one of strings. Raises `SettingsError` for columns that are
    missing, of another type, there twice, or that would be overwritten.
    """
    names = given.names
    for name in dict.fromkeys(read(fields)):
        if names.count(name) > 1:
            raise SettingsError(f"there is more than one column {name!r}; rename all but one")
    source = fields.html or (HTML if fields.text not in names and HTML in names else fields.text)
    if source not in names:
        has = ", ".join(map(repr, names)) or "none"
        raise SettingsError(f"there is no column {source!r}; name the one that is to be cleaned, of these: {has}")
    if not _holds(given.field(source).type, binary=source == (fields.html or HTML)):
        raise SettingsError(
            f"the column {source!r} is of type {given.field(source).type}, not of strings; convert it"
        )
    if fields.text not in names:
        large = pa.types.is_large_string, pa.types.is_large_binary
        wide = any(is_large(given.field(source).type) for is_large in large)
        given = given.append(pa.field(fields.text, pa.large_string() if wide else pa.string()))
    text = given.field(fields.text)
    if not _holds(text.type):
        raise SettingsError(f"the column {fields.text!r} is of type {text.type}, not of strings; convert it")
    if pa.types.is_null(text.type):
        given = given.set(given.get_field_index(fields.text), text.with_type(pa.string()))
    for new, kind in ((fields.record, RECORD), (fields.error, pa.string())):
        if new in given.names:
            raise SettingsError(f"there is a column {new!r} already; drop it, or name another one for what is new")
        if new is not None:
            given = given.append(pa.field(new, kind))
    return given


def clean_batch(
    batch: pa.RecordBatch,
    cleaner: Cleaner,
    fields: Fields = Fields(),
    *,
    url: str | None = None,
    lang: str | None = None,
) -> pa.RecordBatch:
    """Return `batch` with the text of its rows cleaned: as many rows, in order, all other columns as they were.

    The text column keeps its type. A row that cannot be cleaned stays as it was, and `fields.error` says why;
    elsewhere it is null. `fields.record` holds records of type `RECORD`; `url` and `lang` count for all rows, where
    given. Raises `SettingsError`, see `schema`, but never for what a row holds.
    """
    return clean_outcomes(batch, cleaner, fields, url=url, lang=lang)[0]


def clean_outcomes(
    batch: pa.RecordBatch,
    cleaner: Cleaner,
    fields: Fields = Fields(),
    *,
    url: str | None = None,
    lang: str | None = None,
) -> tuple[pa.RecordBatch, list[RowOutcome]]:
    """Do what `clean_batch` does, and return what became of each row besides."""
    wanted = schema(batch.schema, fields)

    @cache
    def values(name: str) -> list[Any]:  # read when asked for: HTML often is not
        return _values(batch.column(name)) if name in batch.schema.names else [None] * batch.num_rows

    def row(i: int) -> Row:
        return row_of(lambda name: values(name)[i], fields, url, lang)

    outcomes = clean_rows(cleaner, [row(i) for i in range(batch.num_rows)])
    results = zip(outcomes, values(fields.text), strict=True)
    texts = [done.cleaned.text if done.cleaned else before for done, before in results]
    new: dict[str, list[Any]] = {fields.text: texts}
    if fields.record is not None:
        new[fields.record] = [record_of(done.cleaned) if done.cleaned else None for done in outcomes]
    if fields.error is not None:
        new[fields.error] = [done.error or None for done in outcomes]
    arrays = [_array(new[one.name], one.type) if one.name in new else batch.column(i) for i, one in enumerate(wanted)]
    return pa.RecordBatch.from_arrays(arrays, schema=wanted), outcomes


def clean_table(table: pa.Table, cleaner: Cleaner, fields: Fields = Fields(), *, lang: str | None = None) -> pa.Table:
    """Do what `clean_batch` does to a table, whose other columns keep their chunks."""
    wanted = schema(table.schema, fields)
    some = table.select([i for i, name in enumerate(table.column_names) if name in read(fields)])
    batches = some.combine_chunks().to_batches(max_chunksize=ROWS)
    done = [clean_batch(batch, cleaner, fields, lang=lang) for batch in batches]
    cleaned = pa.Table.from_batches(done, schema=schema(some.schema, fields))
    new = {fields.text, fields.record, fields.error}
    columns = [cleaned.column(one.name) if one.name in new else table.column(i) for i, one in enumerate(wanted)]
    return pa.Table.from_arrays(columns, schema=wanted)


@dataclass(frozen=True, slots=True)
class Cleaning:
    """`clean_batch` and `clean_table` with their settings: what engines send to their workers.

    `fingerprint` is the cleaner's, where this was made: what depends on a hash of this depends on the rules, too.
    """

    cleaner: Cleaner
    fields: Fields
    lang: str | None
    fingerprint: str

    @classmethod
    def of(cls, cleaner: Cleaner | None, fields: Fields, lang: str | None) -> Cleaning:
        """Return the cleaning with these settings, with those by default where there is no cleaner."""
        cleaner = cleaner or Cleaner()
        return cls(cleaner, fields, lang, cleaner.fingerprint)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return _arrived, (pickle.dumps(self.cleaner), self.fields, self.lang, self.fingerprint)

    def batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Clean a record batch."""
        return clean_batch(batch, self.cleaner, self.fields, lang=self.lang)

    def batches(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Clean record batches, one after the other."""
        return map(self.batch, batches)

    def table(self, table: pa.Table) -> pa.Table:
        """Clean a table."""
        return clean_table(table, self.cleaner, self.fields, lang=self.lang)


def _arrived(pickled: bytes, fields: Fields, lang: str | None, fingerprint: str) -> Cleaning:
    """Unpickle a cleaning."""
    return Cleaning(_built(pickled, fingerprint), fields, lang, fingerprint)


@lru_cache(maxsize=8)
def _built(pickled: bytes, fingerprint: str) -> Cleaner:
    """Build a cleaner, once in each process: engines unpickle what they call for each task anew."""
    cleaner: Cleaner = pickle.loads(pickled)
    if cleaner.fingerprint != fingerprint:  # it would clean its documents in another way than the rest
        raise SettingsError(
            "a worker has another version of the cleaner, ftfy or trafilatura; install the same there"
        )
    return cleaner


def read(fields: Fields) -> tuple[str, ...]:
    """Return the names of the columns that are read."""
    return fields.text, fields.html or HTML, fields.url, fields.lang


def read_of(names: Iterable[Any], fields: Fields) -> list[str]:
    """Return those of the names of columns that are read. Raises `SettingsError` like `schema`, not for types."""
    given = [name for name in names if isinstance(name, str)]
    schema(pa.schema([(name, pa.null()) for name in given]), fields)
    return [name for name in given if name in read(fields)]


def _holds(kind: pa.DataType, *, binary: bool = False) -> bool:
    """Whether a column of this type can hold text or, with `binary`, bytes."""
    types = pa.types
    if types.is_dictionary(kind):
        kind = kind.value_type
    elif types.is_null(kind) or types.is_string_view(kind) or (binary and types.is_binary_view(kind)):
        return True
    if types.is_string(kind) or types.is_large_string(kind):
        return True
    return binary and (types.is_binary(kind) or types.is_large_binary(kind))


def _values(column: pa.Array) -> list[Any]:
    """Return the values of a column; strings that are not valid UTF-8, which Arrow does not check, as bytes."""
    if not _holds(column.type, binary=True):
        return [None] * len(column)  # a URL or a language that is something else
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        return [_value(data) for data in column.cast(pa.large_binary()).to_pylist()]


def _value(data: bytes | None) -> str | bytes | None:
    try:
        return data.decode() if data is not None else None
    except UnicodeDecodeError:
        return data


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    """Return values as an array of type `kind`, texts that are not valid UTF-8 as they are."""
    if pa.types.is_dictionary(kind):
        encoded = _array(values, kind.value_type).dictionary_encode()
        try:
            indices = encoded.indices.cast(kind.index_type)
        except pa.ArrowInvalid:  # a text came out in several ways, by its URLs or languages
            what = f"there are more clean texts than a column of type {kind} can number"
            raise SettingsError(f"{what}; convert it to strings") from None
        return pa.DictionaryArray.from_arrays(indices, encoded.dictionary, ordered=kind.ordered)
    if any(isinstance(value, bytes) for value in values):
        data = [value.encode() if isinstance(value, str) else value for value in values]
        options = pc.CastOptions(target_type=kind, allow_invalid_utf8=True)
        return pa.array(data, pa.large_binary()).cast(options=options)
    return pa.array(values, kind)
