"""Cleaning Arrow record batches: the one function that all engines call.

`clean_batch` does the work. `schema` says, without any rows, which columns the result has and what is wrong with the
given ones; engines that compute later need that at once. `Cleaning` is what engines send to their workers. `evidence`
tells of a cleaned batch what went.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from cleaner.arguments import checked_language, checked_url
from cleaner.cleaner import Cleaner, on_this_machine
from cleaner.document import Cleaned
from cleaner.engines import extra
from cleaner.errors import SettingsError
from cleaner.evidence.table import Gathered, batch_of
from cleaner.metadata import NAMES
from cleaner.rows import HTML_FIELD, Fields, Row, RowOutcome, added, clean_rows, cleaner_for, row_of

with extra("corpora"):
    import pyarrow as pa
    import pyarrow.compute as pc

BATCH_ROWS = 1000  # rows of a table that are cleaned at a time; raised, more memory is needed

# The types of an edit and of a record. A record is what `Cleaned.to_dict` returns, without the text.
EDIT_TYPE = pa.struct(
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
        ("element", pa.string()),
    ]
)
RECORD_TYPE = pa.struct(
    [
        ("edits", pa.list_(EDIT_TYPE)),
        ("flags", pa.list_(pa.string())),
        ("encoding", pa.string()),
        ("bom", pa.bool_()),
        ("confidence", pa.float64()),
    ]
)

# The type of metadata, which is what `Metadata.to_dict` returns.
ITEM_TYPE = pa.struct(
    [
        *((name, pa.string()) for name in ("value", "source", "text")),
        *((name, pa.int64()) for name in ("start", "end", "clean_start", "clean_end")),
    ]
)
METADATA_TYPE = pa.struct([(name, pa.list_(ITEM_TYPE) if name == "authors" else ITEM_TYPE) for name in NAMES])


def schema(given: pa.Schema, fields: Fields = Fields()) -> pa.Schema:
    """Return the schema that batches with the schema `given` have after cleaning.

    It has new columns at its end: the text, if there was none, then `fields.metadata`, `fields.record` and
    `fields.error`. A text column of type null becomes one of strings. Raises `SettingsError` for columns that are
    missing, of another type, there twice, or that would be overwritten.
    """
    names = given.names
    for name in dict.fromkeys(columns_read(fields)):
        if names.count(name) > 1:
            raise SettingsError(f"there is more than one column {name!r}; rename all but one")
    source = source_of(names, fields)
    if source not in names:
        has = ", ".join(map(repr, names)) or "none"
        raise SettingsError(f"there is no column {source!r}; name the one that is to be cleaned, of these: {has}")
    if not can_hold_text(given.field(source).type, binary=source == (fields.html or HTML_FIELD)):
        raise SettingsError(
            f"the column {source!r} is of type {given.field(source).type}, not of strings; convert it"
        )
    if fields.text not in names:
        large = pa.types.is_large_string, pa.types.is_large_binary
        wide = any(is_large(given.field(source).type) for is_large in large)
        given = given.append(pa.field(fields.text, pa.large_string() if wide else pa.string()))
    text = given.field(fields.text)
    if not can_hold_text(text.type):
        raise SettingsError(f"the column {fields.text!r} is of type {text.type}, not of strings; convert it")
    if pa.types.is_null(text.type):
        given = given.set(given.get_field_index(fields.text), text.with_type(pa.string()))
    for new, kind in ((fields.metadata, METADATA_TYPE), (fields.record, RECORD_TYPE), (fields.error, pa.string())):
        if new in given.names:
            raise SettingsError(f"there is a column {new!r} already; drop it, or name another one for what is new")
        if new is not None:
            given = given.append(pa.field(new, kind))
    return given


def source_of(names: Sequence[str], fields: Fields) -> str:
    """Return the name of the column that is cleaned, whether or not it is one of `names`."""
    return fields.html or (HTML_FIELD if fields.text not in names and HTML_FIELD in names else fields.text)


def has_source(given: pa.Schema, fields: Fields) -> bool:
    """Whether there is a column to clean, and it can hold text."""
    source = source_of(given.names, fields)
    columns = [one for one in given if one.name == source]
    return any(can_hold_text(one.type, binary=source == (fields.html or HTML_FIELD)) for one in columns)


def clean_batch(
    batch: pa.RecordBatch,
    cleaner: Cleaner,
    fields: Fields = Fields(),
    *,
    url: str | None = None,
    lang: str | None = None,
) -> pa.RecordBatch:
    """Return `batch` with the text of its rows cleaned: as many rows, in order, all other columns as they were.

    The text column keeps its type. A row that cannot be cleaned stays as it was, and `fields.error` says why; for all
    other rows it is null. `fields.record` has the type `RECORD_TYPE`, `fields.metadata` `METADATA_TYPE`. `url` and
    `lang`, if given, are those of every row. Raises `SettingsError`, see `schema`, and `ValueError` for a `url` or
    a `lang` that is none, but never for anything that a row holds.
    """
    return clean_outcomes(batch, cleaner, fields, url=url, lang=lang)[0]


def clean_outcomes(
    batch: pa.RecordBatch,
    cleaner: Cleaner,
    fields: Fields = Fields(),
    *,
    url: str | None = None,
    lang: str | None = None,
    file: str | None = None,
) -> tuple[pa.RecordBatch, list[RowOutcome]]:
    """Do what `clean_batch` does, and also return the outcome of each row; `file` is the name of what holds them."""
    wanted = schema(batch.schema, fields)
    url, lang = checked_url(url), checked_language(lang)

    values = _values_of(batch)
    cleaner = cleaner_for(cleaner, fields)
    outcomes = clean_rows(cleaner, [row for row, _ in _rows(values, batch.num_rows, fields, url, lang)], file)
    results = zip(outcomes, values(fields.text), strict=True)
    texts = [done.cleaned.text if done.cleaned else before for done, before in results]
    new: dict[str, list[Any]] = {fields.text: texts}
    more = [added(fields, done.cleaned) for done in outcomes]
    new |= {name: [row[name] for row in more] for name in added(fields, None)}
    if fields.error is not None:
        new[fields.error] = [done.error or None for done in outcomes]
    arrays = [
        _arrow_array(new[one.name], one.type) if one.name in new else batch.column(i) for i, one in enumerate(wanted)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=wanted), outcomes


def rows_of(
    batch: pa.RecordBatch, fields: Fields = Fields(), *, url: str | None = None, lang: str | None = None
) -> Iterator[tuple[Row, Callable[[str], object]]]:
    """Yield the rows of a batch, each with a way to the values of all its columns. Raises as `clean_batch`."""
    return _rows(_values_of(batch), batch.num_rows, fields, checked_url(url), checked_language(lang))


def _rows(
    values: Callable[[str], list[Any]], number: int, fields: Fields, url: str | None, lang: str | None
) -> Iterator[tuple[Row, Callable[[str], object]]]:
    """Yield so many rows, each with a way to its values."""

    def getter(i: int) -> Callable[[str], object]:
        return lambda name: values(name)[i]

    for get in map(getter, range(number)):
        yield row_of(get, fields, url, lang), get


def _values_of(batch: pa.RecordBatch) -> Callable[[str], list[Any]]:
    """Return a function that gives the values of a column; None for each row if there is no such column."""

    @cache
    def values(name: str) -> list[Any]:  # read only if a row asks for it: no row may need the HTML
        return _python_values(batch.column(name)) if name in batch.schema.names else [None] * batch.num_rows

    return values


def clean_table(table: pa.Table, cleaner: Cleaner, fields: Fields = Fields(), *, lang: str | None = None) -> pa.Table:
    """Do what `clean_batch` does with a table. Columns that are not cleaned keep their chunks."""
    wanted = schema(table.schema, fields)
    needed = table.select([i for i, name in enumerate(table.column_names) if name in columns_read(fields)])
    batches = needed.combine_chunks().to_batches(max_chunksize=BATCH_ROWS)
    done = [clean_batch(batch, cleaner, fields, lang=lang) for batch in batches]
    cleaned = pa.Table.from_batches(done, schema=schema(needed.schema, fields))
    new = {fields.text, fields.metadata, fields.record, fields.error}
    columns = [cleaned.column(one.name) if one.name in new else table.column(i) for i, one in enumerate(wanted)]
    return pa.Table.from_arrays(columns, schema=wanted)


def evidence(
    batch: pa.RecordBatch, fields: Fields = Fields(record="cleaner_record"), *, name: str | None = None
) -> pa.RecordBatch:
    """Return what went of the rows of a cleaned batch, a row an edit: the columns of `cleaner.evidence.table`.

    The batch has the columns that `clean_batch` gave it, `fields.record` among them. Documents have the names that
    stand in the column `name`, without one their URLs. Nothing is told of a row without a record. Raises
    `SettingsError` for a column that is missing, and for a record that is not that of the row.
    """
    wanted = [fields.text, fields.record, *([name] if name else [])]
    if missing := [one for one in wanted if one not in batch.schema.names]:
        why = "is needed for evidence; clean with Fields(record=...), and keep the columns"
        raise SettingsError(f"a column {missing[0]!r} {why}")
    assert fields.record is not None
    values = _values_of(batch)
    urls = values(fields.url)
    names = batch.column(name).to_pylist() if name else urls
    gathered = Gathered()
    rows = zip(values(fields.text), batch.column(fields.record).to_pylist(), urls, names, strict=True)
    for text, record, url, document in rows:
        if record is None:
            continue
        try:
            cleaned = Cleaned.from_dict({**record, "text": text})
        except (KeyError, TypeError, ValueError) as error:
            raise SettingsError(f"a record in {fields.record!r} is not of the text beside it ({error})") from None
        known = url if isinstance(url, str) else None
        gathered.add(cleaned, "" if document is None else str(document), known)
    return batch_of(gathered.rows)


@dataclass(frozen=True, slots=True)
class Cleaning:
    """`clean_batch` and `clean_table` with their settings: what engines send to their workers.

    `fingerprint` is the cleaner's on the machine that made this. It goes into the pickle, for two reasons: a cache
    that is found by a hash of the pickle depends on the rules, too, and a worker with other versions is noticed.
    """

    cleaner: Cleaner
    fields: Fields
    lang: str | None
    fingerprint: str

    @classmethod
    def of(cls, cleaner: Cleaner | None, fields: Fields, lang: str | None) -> Cleaning:
        """Return the cleaning with these settings; without a cleaner, with the default one.

        Raises `ValueError` for a `lang` that is none.
        """
        cleaner = cleaner or Cleaner()
        return cls(cleaner, fields, checked_language(lang), cleaner.fingerprint)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return _unpickle, (pickle.dumps(self.cleaner), self.fields, self.lang, self.fingerprint)

    def batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Clean a record batch."""
        return clean_batch(batch, self.cleaner, self.fields, lang=self.lang)

    def batches(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Clean record batches, one after the other."""
        return map(self.batch, batches)

    def table(self, table: pa.Table) -> pa.Table:
        """Clean a table."""
        return clean_table(table, self.cleaner, self.fields, lang=self.lang)


def _unpickle(pickled: bytes, fields: Fields, lang: str | None, fingerprint: str) -> Cleaning:
    """Rebuild a cleaning from its pickle. Raises `SettingsError` if the versions differ."""
    return Cleaning(_cleaner_of(pickled, fingerprint), fields, lang, fingerprint)


@lru_cache(maxsize=8)
def _cleaner_of(pickled: bytes, fingerprint: str) -> Cleaner:
    """Build a cleaner, only once in each process: engines unpickle their function anew for each task."""
    cleaner = on_this_machine(pickle.loads(pickled))
    if cleaner.fingerprint != fingerprint:  # its documents would be cleaned in another way than the rest
        what = "a worker has another version of the cleaner, of what it uses, or of the packs of hosts"
        raise SettingsError(f"{what}; install the same there")
    return cleaner


def columns_read(fields: Fields) -> tuple[str, ...]:
    """Return the names of all columns that may be read."""
    return fields.text, fields.html or HTML_FIELD, fields.url, fields.lang


def columns_to_read(names: Iterable[Any], fields: Fields) -> list[str]:
    """Return those of the columns `names` that are read. Raises `SettingsError` as `schema`, except for types."""
    given = [name for name in names if isinstance(name, str)]
    schema(pa.schema([(name, pa.null()) for name in given]), fields)
    return [name for name in given if name in columns_read(fields)]


def can_hold_text(kind: pa.DataType, *, binary: bool = False) -> bool:
    """Whether a column of this type can hold text or, with `binary`, also bytes."""
    types = pa.types
    if types.is_dictionary(kind):
        kind = kind.value_type
    elif types.is_null(kind) or types.is_string_view(kind) or (binary and types.is_binary_view(kind)):
        return True
    if types.is_string(kind) or types.is_large_string(kind):
        return True
    return binary and (types.is_binary(kind) or types.is_large_binary(kind))


def _python_values(column: pa.Array) -> list[Any]:
    """Return the values of a column. Strings that are not valid UTF-8, which Arrow does not check, come as bytes."""
    if not can_hold_text(column.type, binary=True):
        return [None] * len(column)  # a URL or a language that is something else
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        return [_decoded_or_bytes(data) for data in column.cast(pa.large_binary()).to_pylist()]


def _decoded_or_bytes(data: bytes | None) -> str | bytes | None:
    """Return a string, or the bytes as they are if they are not valid UTF-8."""
    try:
        return data.decode() if data is not None else None
    except UnicodeDecodeError:
        return data


def _arrow_array(values: list[Any], kind: pa.DataType) -> pa.Array:
    """Return values as an array of type `kind`. Bytes among strings are taken as they are.

    Raises `SettingsError` if a dictionary would have more entries than its type can number.
    """
    if pa.types.is_dictionary(kind):
        encoded = _arrow_array(values, kind.value_type).dictionary_encode()
        try:
            indices = encoded.indices.cast(kind.index_type)
        except pa.ArrowInvalid:  # equal texts may be cleaned in several ways, by URL and language
            what = f"there are more clean texts than a column of type {kind} can number"
            raise SettingsError(f"{what}; convert it to strings") from None
        return pa.DictionaryArray.from_arrays(indices, encoded.dictionary, ordered=kind.ordered)
    if any(isinstance(value, bytes) for value in values):
        data = [value.encode() if isinstance(value, str) else value for value in values]
        options = pc.CastOptions(target_type=kind, allow_invalid_utf8=True)
        return pa.array(data, pa.large_binary()).cast(options=options)
    return pa.array(values, kind)
