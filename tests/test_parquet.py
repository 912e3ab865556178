"""Parquet: what the copy keeps, going on in the middle, and files that cannot be read."""

from __future__ import annotations

import pickle
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("pyarrow", reason="needs the extra corpora")

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cleaner.rows import Fields
from cleaner.shards import parquet
from cleaner.shards.format import START, BrokenShard, Chunk, Failure, Position, RowSettings
from cleaner.shards.parquet import Parquet
from tests.support import cleaner_at

CLEANER = cleaner_at("rules")
PLAIN = RowSettings()
RECORDED = RowSettings(fields=Fields(record="cleaning"))
FORM = Parquet()
ROWS = 200

ARROW_RELEASE = int(pa.__version__.split(".")[0])
WRITES_VIEWS = ARROW_RELEASE >= 21  # Arrow 20 reads columns that are views, as plain ones, but cannot write them
READS_NULL_PAIRS = ARROW_RELEASE >= 26  # Arrow 25 writes nulls in a column of fixed-size lists, but cannot read them


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "UNIT_BYTES", 2000)
    monkeypatch.setattr(parquet, "CHUNK_BYTES", 8000)


def texts(rows: int = ROWS) -> list[str | None]:
    return [
        None if i % 17 == 3 else f"Accessibility links\n\nRain fell for {i} days.\n" * (i % 5) for i in range(rows)
    ]


def written(table: pa.Table, **options: Any) -> bytes:
    """Return a table as a Parquet file."""
    file = BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


def opened(data: bytes) -> Any:
    return pq.ParquetFile(pa.BufferReader(data))


def read(data: bytes) -> pa.Table:
    """Return a Parquet file as a table, with values in place of dictionaries."""
    file = opened(data)
    schema = parquet._plain_schema(file.schema_arrow)
    batches = [
        parquet._cast(batch, schema)
        for i in range(file.num_row_groups)
        for batch in file.iter_batches(row_groups=[i], use_threads=False)
    ]
    return pa.Table.from_batches(batches, schema)


def chunks(data: bytes, start: Position = START) -> list[Chunk]:
    return list(FORM.read_chunks(BytesIO(data), start))


def run(
    data: bytes, tmp_path: Path, settings: RowSettings = PLAIN, split: Collection[int] = ()
) -> tuple[bytes, list[Failure]]:
    """Clean a file, chunks with the numbers `split` row by row; return the copy and the failures."""
    FORM.check(BytesIO(data), settings)
    out = tmp_path / "out"
    failures: list[Failure] = []
    with out.open("wb") as file:
        for number, chunk in enumerate(chunks(data)):
            parts = [pickle.loads(pickle.dumps(part)) for part in FORM.split(chunk)] if number in split else [chunk]
            pieces = [FORM.clean(part, CLEANER, settings) for part in parts]
            file.write(FORM.encode([piece.data for piece in pieces]))
            failures += [failure for piece in pieces for failure in piece.failures]
    return finished(out, data), failures


def finished(out: Path, data: bytes) -> bytes:
    """Return the copy of a file, of what was appended to `out`."""
    made = BytesIO()
    with out.open("rb") as output:
        assert FORM.finish(output, BytesIO(data), made)
    return made.getvalue()


def table() -> pa.Table:
    """Return a table with columns of all kinds."""
    n = range(ROWS)
    zone = pa.timestamp("ns", "Europe/Berlin")
    day = datetime(2024, 5, 18, tzinfo=UTC)
    label = pa.struct(
        [pa.field("x", pa.dictionary(pa.int32(), pa.string())), pa.field("y", pa.list_(pa.int8()), False)]
    )
    columns: dict[str, pa.Array] = {
        "id": pa.array(n, pa.int32()),
        "text": pa.array(texts(), pa.large_string()),
        "topic": pa.array([f"t{i % 7}" if i % 5 else None for i in n]).dictionary_encode(),
        "small": pa.DictionaryArray.from_arrays(
            pa.array([i % 3 for i in n], pa.int8()), ["a", "b", "c"], ordered=True
        ),
        "nested": pa.array(
            [[{"x": f"a{i}", "y": [i % 9] * (i % 3)}] * (i % 4) if i % 6 else None for i in n], pa.list_(label)
        ),
        "map": pa.array([[(str(i), i)] if i % 3 else None for i in n], pa.map_(pa.string(), pa.int32())),
        "pair": pa.array(
            [None if READS_NULL_PAIRS and i % 4 == 0 else [i, i + 1] for i in n], pa.list_(pa.int16(), 2)
        ),
        "long": pa.array([["x"] * (i % 3) for i in n], pa.large_list(pa.large_string())),
        "struct": pa.array([{"q": i, "r": {"s": None}} if i % 8 else None for i in n]),
        "price": pa.array([Decimal(i) / 4 for i in n], pa.decimal128(12, 2)),
        "wide": pa.array([Decimal(i) for i in n], pa.decimal256(60, 0)),
        "at": pa.array([day + timedelta(seconds=i) for i in n], zone),
        "naive": pa.array([datetime(2024, 5, 18)] * ROWS, pa.timestamp("ms")),
        "date": pa.array([date(1, 1, 1)] * ROWS),
        "time": pa.array([i * 1000 for i in n], pa.time64("us")),
        "flag": pa.array([i % 2 == 0 if i % 9 else None for i in n]),
        "nothing": pa.nulls(ROWS),
        "bytes": pa.array([b"\xff%d" % i for i in n], pa.large_binary()),
        "four": pa.array([b"%04d" % i for i in n], pa.binary(4)),
        "half": pa.array(np.array([float("nan") if i % 2 else i for i in n], np.float16)),
        "float": pa.array([i / 7 for i in n], pa.float32()),
        "uuid": pa.array([UUID(int=i).bytes for i in n], pa.uuid()),
        "url": pa.array([f"http://example.org/{i}" for i in n]),
    }
    if WRITES_VIEWS:
        columns["view"] = pa.array(["x" * i if i % 4 else None for i in n], pa.string_view())
        columns["views"] = pa.array([[b"x" * i] for i in n], pa.list_(pa.binary_view()))
    fields = [pa.field(name, column.type) for name, column in columns.items()]
    fields[0] = pa.field("id", pa.int32(), nullable=False, metadata={"PARQUET:field_id": "7", "own": "ü"})
    schema = pa.schema(fields, {"pandas": '{"columns": []}', "huggingface": '{"info": {}}'})
    return pa.table(list(columns.values()), schema)


def test_all_but_the_text_stays(tmp_path: Path) -> None:
    codecs = dict.fromkeys(table().column_names, "snappy") | {
        "text": "zstd",
        "id": "gzip",
        "topic": "none",
        "url": "brotli",
    }
    nested = {"nested.list.element.x": "lz4", "nested.list.element.y.list.element": "gzip", "struct.q": "zstd"}
    data = written(table(), row_group_size=67, compression=codecs | nested)
    copy, failures = run(data, tmp_path)
    old, new = opened(data), opened(copy)
    assert new.schema_arrow.equals(old.schema_arrow, check_metadata=True)
    assert new.schema.equals(old.schema)
    assert new.metadata.metadata == old.metadata.metadata
    assert [new.metadata.row_group(i).num_rows for i in range(new.num_row_groups)] == [67, 67, 66]
    for i in range(3):
        before, after = old.metadata.row_group(i), new.metadata.row_group(i)
        columns = range(before.num_columns)
        assert [before.column(j).compression for j in columns] == [after.column(j).compression for j in columns]
    rows, copied = read(data), read(copy)
    for name in set(rows.column_names) - {"text", "half"}:
        assert rows[name].equals(copied[name]), name
    assert repr(rows["half"].to_pylist()) == repr(copied["half"].to_pylist())  # nan != nan
    assert copied["text"].to_pylist() == [text and CLEANER.clean(text).text if text else text for text in texts()]
    reason = "has no string in the field 'text'; mend the document, or name another field"
    assert failures == [Failure(i + 1, reason, f"http://example.org/{i}") for i in range(3, ROWS, 17)]


@pytest.mark.parametrize("settings", [PLAIN, RECORDED])
def test_encoded_parts_are_the_whole(settings: RowSettings, tmp_path: Path) -> None:
    data = written(table(), row_group_size=67)
    found = chunks(data)
    assert len(found) > 3
    for chunk in found:
        parts = [FORM.clean(part, CLEANER, settings) for part in FORM.split(chunk)]
        whole = FORM.clean(chunk, CLEANER, settings)
        assert FORM.encode([part.data for part in parts]) == FORM.encode([whole.data])
        assert [failure for part in parts for failure in part.failures] == whole.failures
    assert run(data, tmp_path, settings) == run(data, tmp_path, settings, split=(0, 2))


@pytest.mark.parametrize("size", [1, 7, 67, 1000])
def test_reading_goes_on_at_every_position(size: int) -> None:
    data = written(table(), row_group_size=size)
    whole = chunks(data)
    assert sum(len(FORM.split(chunk)) for chunk in whole) == whole[-1].end.number == ROWS
    assert len(whole) > 3
    for i, chunk in enumerate(whole):
        assert chunks(data, chunk.end) == whole[i + 1 :]


def test_chunks_are_small() -> None:
    data = written(table(), row_group_size=ROWS)
    assert max(chunk.size for chunk in chunks(data)) < 8000 + 2 * 2000


def test_empty_row_groups_stay(tmp_path: Path) -> None:
    rows = pa.table({"text": texts(5)})
    file = BytesIO()
    with pq.ParquetWriter(file, rows.schema) as writer:
        for size in (0, 2, 0, 3, 0):
            writer.write_table(rows.slice(0, size), row_group_size=max(size, 1))
    copy, _ = run(file.getvalue(), tmp_path)
    new = opened(copy).metadata
    assert [new.row_group(i).num_rows for i in range(new.num_row_groups)] == [0, 2, 0, 3, 0]


@pytest.mark.parametrize("settings", [PLAIN, RECORDED])
def test_a_table_without_rows_has_a_copy_with_its_columns(settings: RowSettings, tmp_path: Path) -> None:
    copy, _ = run(written(table().slice(0, 0)), tmp_path, settings)
    assert opened(copy).schema_arrow.names == table().column_names + ["cleaning"] * (settings is RECORDED)


def test_a_record_is_a_column_at_the_end(tmp_path: Path) -> None:
    data = written(table(), compression="gzip")
    copy, _ = run(data, tmp_path, RECORDED)
    new = opened(copy)
    assert list(new.schema_arrow)[:-1] == list(opened(data).schema_arrow)
    group = new.metadata.row_group(0)
    assert {group.column(i).compression for i in range(group.num_columns)} == {"GZIP"}
    records = read(copy)["cleaning"].to_pylist()
    assert [record is None for record in records] == [text is None for text in texts()]
    assert records[1]["edits"][0]["before"].startswith("Accessibility links")


def test_html_gets_a_text_beside_it(tmp_path: Path) -> None:
    rows = pa.table({"html": ["<html><body><p>Rain fell.</p></body></html>", None], "lang": ["deu", "en"]})
    copy, failures = run(written(rows), tmp_path)
    assert read(copy).to_pylist() == [
        row | {"text": text} for row, text in zip(rows.to_pylist(), ("Rain fell.", None), strict=True)
    ]
    assert [failure.number for failure in failures] == [2]


@pytest.mark.parametrize(
    "kind",
    [
        pa.string(),
        pa.large_string(),
        pytest.param(
            pa.string_view(),
            marks=pytest.mark.skipif(not WRITES_VIEWS, reason="this release of Arrow cannot write views to Parquet"),
        ),
        pa.dictionary(pa.int8(), pa.string()),
        pa.null(),
    ],
)
def test_types_of_the_text(kind: pa.DataType, tmp_path: Path) -> None:
    given = [None] * 4 if pa.types.is_null(kind) else ["Accessibility links\n\nRain fell.\n", None, "", "Wind.\n"]
    data = written(
        pa.table({"text": pa.nulls(4) if pa.types.is_null(kind) else pa.array(given).cast(kind), "a": [1, 2, 3, 4]})
    )
    copy, _ = run(data, tmp_path)
    assert read(copy)["text"].to_pylist() == [text and CLEANER.clean(text).text for text in given]
    assert opened(copy).schema_arrow.field("text").type == (pa.string() if pa.types.is_null(kind) else kind)


def test_old_timestamps_stay_as_they_are(tmp_path: Path) -> None:
    rows = pa.table({"text": ["Rain.\n"], "at": pa.array([datetime(2024, 5, 18)], pa.timestamp("ns"))})
    data = written(rows, use_deprecated_int96_timestamps=True, store_schema=False)
    copy, _ = run(data, tmp_path)
    assert opened(copy).schema.equals(opened(data).schema)
    assert opened(copy).metadata.metadata == opened(data).metadata.metadata
    assert read(copy).equals(read(data))


@pytest.mark.parametrize(
    ("rows", "settings", "why"),
    [
        ({"body": ["Rain."]}, PLAIN, "no column 'text'"),
        ({"text": [1]}, PLAIN, "'text' is of type int64"),
        ({"body": ["Rain."]}, PLAIN, r"it has 'body' \(strings: 'body'\); name the text with --text-field body$"),
        ({"a": ["b"], "n": [1], "body": ["Rain." * 9]}, PLAIN, r"\(strings: 'a', 'body'\); .+ --text-field body$"),
        ({"body": ["Rain."]}, RowSettings(Fields(html="page")), "no column 'page'; .+ --html-field body$"),
        (
            {"text": [1], "body": ["Rain."]},
            PLAIN,
            "'text' is of type int64, not of strings; it has .+ --text-field body$",
        ),
        ({"n": pa.array([], pa.int64())}, PLAIN, "no column 'text'; it has 'n', and no strings there; "),
        ({"meta": [{"text": "Rain."}]}, PLAIN, "no column 'text'"),
        ({"text": [["Rain."]]}, PLAIN, "'text' is of type list"),
        ({"text": ["Rain."], "cleaning": [1]}, RECORDED, "'cleaning' already"),
    ],
)
def test_what_cannot_be_cleaned_is_said_at_once(rows: dict[str, Any], settings: RowSettings, why: str) -> None:
    with pytest.raises(BrokenShard, match=why):
        FORM.check(BytesIO(written(pa.table(rows))), settings)


GOOD = written(
    pa.table({"text": texts()}), row_group_size=50, compression="none", use_dictionary=False, write_page_checksum=True
)


@pytest.mark.parametrize("data", [b"", b"PAR1", b"<html>", GOOD[:-1], GOOD[:-100], b"PAR1" + GOOD[-8:], b"PAR1" * 9])
def test_what_is_no_parquet_is_refused(data: bytes) -> None:
    with pytest.raises(BrokenShard, match=r"^is no Parquet file that can be read \([^;]+\); "):
        FORM.check(BytesIO(data), PLAIN)


def test_a_file_is_read_up_to_where_it_breaks(tmp_path: Path) -> None:
    at = GOOD.index(b"Rain fell for 121 days")
    data = GOOD[:at] + b"Snow" + GOOD[at + 4 :]
    FORM.check(BytesIO(data), PLAIN)
    found: list[Chunk] = []
    reading = FORM.read_chunks(BytesIO(data), START)
    with pytest.raises(BrokenShard, match=r"^cannot be read any further \([^;]+\); "):
        list(map(found.append, reading))
    assert found[-1].end.number == 100
    out = tmp_path / "out"
    out.write_bytes(b"".join(FORM.encode([FORM.clean(chunk, CLEANER, PLAIN).data]) for chunk in found))
    assert read(finished(out, data)).num_rows == 100


def test_a_file_of_which_nothing_can_be_read_has_a_copy_without_rows(tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    assert read(finished(tmp_path / "out", GOOD)).num_rows == 0


@given(st.data())
def test_any_damage_is_read_or_broken(data: st.DataObject) -> None:
    at = data.draw(st.integers(4, len(GOOD) - 1))
    junk = data.draw(st.binary(min_size=1, max_size=8))
    try:
        for chunk in FORM.read_chunks(BytesIO(GOOD[:at] + junk + GOOD[at + len(junk) :]), START):
            FORM.split(chunk)
    except BrokenShard as error:
        assert "; " in str(error)


def test_a_row_that_is_left_as_is() -> None:
    (chunk,) = chunks(written(pa.table({"text": ["Accessibility links\n"], "url": ["u"]})))
    piece = FORM.left_as_is(FORM.split(chunk)[0], "takes too long", RECORDED)
    assert parquet._unpack(piece.data)[0].to_pylist() == [
        {"text": "Accessibility links\n", "url": "u", "cleaning": None}
    ]
    assert piece.failures == [Failure(1, "takes too long", "u")]
    assert (piece.tally.documents, piece.tally.failed) == (1, 1)


@pytest.mark.parametrize("settings", [PLAIN, RECORDED])
def test_the_first_rows_are_those_of_the_copy(settings: RowSettings, tmp_path: Path) -> None:
    data = written(table(), row_group_size=2)
    copy, _ = run(data, tmp_path, settings)
    assert rows_in(copy, settings) == [
        FORM.row_in(FORM.clean(part, CLEANER, settings).data, settings)
        for chunk in chunks(data)
        for part in FORM.split(chunk)
    ]


def rows_in(data: bytes, settings: RowSettings = PLAIN) -> list[Any]:
    """Return what the rows of a file are compared by."""
    return [FORM.row_in(part.payload, settings) for chunk in chunks(data) for part in FORM.split(chunk)]


def test_the_text_may_be_all_there_is(tmp_path: Path) -> None:
    data = written(pa.table({"text": ["Rain.\n"] * 7}))
    copy, _ = run(data, tmp_path)
    assert rows_in(data) == rows_in(copy)
    assert read(copy).equals(read(data))


def test_a_text_column_without_a_type_is_left_as_is(tmp_path: Path) -> None:
    data = written(pa.table({"text": pa.nulls(2), "a": [1, 2]}))
    (chunk,) = chunks(data)
    left = [FORM.left_as_is(part, "why", RECORDED).data for part in FORM.split(chunk)]
    assert FORM.encode(left) == FORM.encode([FORM.clean(chunk, CLEANER, RECORDED).data])


def test_text_that_is_not_utf_8_stays_as_it_is(tmp_path: Path) -> None:
    column = pa.StringArray.from_buffers(2, pa.py_buffer(b"\0\0\0\0\3\0\0\0\6\0\0\0"), pa.py_buffer(b"a\xffbabc"))
    data = written(pa.table({"text": column}))
    copy, failures = run(data, tmp_path, split=[0])
    assert read(copy)["text"].cast(pa.binary()).to_pylist() == [b"a\xffb", b"abc"]
    assert [failure.number for failure in failures] == [1]


TYPES = st.recursive(
    st.sampled_from([pa.int8(), pa.bool_(), pa.string(), pa.large_binary(), pa.float64(), pa.date32(), pa.null()]),
    lambda inner: st.one_of(
        inner.map(pa.list_),
        inner.map(pa.large_list),
        st.lists(inner, min_size=1, max_size=3).map(lambda types: pa.struct([*zip("abc", types, strict=False)])),
        inner.map(lambda kind: pa.map_(pa.string(), kind)),
    ),
    max_leaves=4,
)


def values(kind: pa.DataType) -> st.SearchStrategy[Any]:
    """Return values of a type, null among them."""
    types = pa.types
    if types.is_struct(kind):
        found: st.SearchStrategy[Any] = st.fixed_dictionaries({field.name: values(field.type) for field in kind})
    elif types.is_map(kind):
        found = st.lists(st.tuples(st.text(max_size=3), values(kind.item_type)), max_size=3)
    elif types.is_list(kind) or types.is_large_list(kind):
        found = st.lists(values(kind.value_type), max_size=3)
    else:
        leaves: dict[pa.DataType, st.SearchStrategy[Any]] = {
            pa.int8(): st.integers(-128, 127),
            pa.bool_(): st.booleans(),
            pa.string(): st.text(max_size=5),
            pa.large_binary(): st.binary(max_size=5),
            pa.float64(): st.floats(allow_nan=False),
            pa.date32(): st.dates(),
            pa.null(): st.none(),
        }
        found = leaves[kind]
    return st.none() | found


@given(st.data())
def test_columns_of_any_type_stay(data: st.DataObject) -> None:
    kind = data.draw(TYPES)
    column = pa.array(data.draw(st.lists(values(kind), min_size=1, max_size=8)), kind)
    rows = pa.table({"text": ["Rain.\n"] * len(column), "column": column})
    source = written(rows, row_group_size=data.draw(st.integers(1, 8)))
    (chunk,) = chunks(source)
    parts = [FORM.clean(part, CLEANER, PLAIN).data for part in FORM.split(chunk)]
    encoded = FORM.encode(parts)
    assert encoded == FORM.encode([FORM.clean(chunk, CLEANER, PLAIN).data])
    assert pa.Table.from_batches(parquet._unpack(encoded))["column"].to_pylist() == rows["column"].to_pylist()
