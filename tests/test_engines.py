"""Engines: the same texts from all of them, all else untouched, and what cannot be cleaned is told."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner import Cleaned, Cleaner, SettingsError
from cleaner.engines.arrow import RECORD_TYPE, Cleaning, clean_batch, clean_outcomes, clean_table, schema
from cleaner.rows import Fields
from tests import documents, engines, strategies, support
from tests.support import cleaner_at

CLEANER = cleaner_at()
EXAMPLES = Path(__file__).with_name("examples")
NUMBER = 300
SEPARATE = {"spark": "pyspark", "ray": "ray"}  # large to install and slow to start, so a command of their own
PAGE = b"<body><nav><a href=/>Skip to content</a></nav><article><p>Rain fell for three days.</p></article></body>"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),  # forks
]


def need(engine: str) -> None:
    """Skip the test of an engine that is tested by a command of its own, where it is not installed."""
    if package := SEPARATE.get(engine):
        pytest.importorskip(
            package, reason=f"a separate command: pip install '.[{engine}]' && pytest -m slow -k {engine}"
        )


# ── All engines ───────────────────────────────────────────────────────────────────────────────────


LOUD = pytest.mark.filterwarnings("ignore")  # Spark warns of pandas 3, Ray of its own settings
ALL = [pytest.param(engine, marks=LOUD if engine in SEPARATE else ()) for engine in list(engines.ENGINES)[1:]]


@pytest.mark.parametrize("engine", ALL)
def test_every_engine_does_what_the_library_does(engine: str, tmp_path: Path) -> None:
    need(engine)
    rows = engines.some_without_text(NUMBER)
    assert engines.ENGINES[engine][0](rows, CLEANER, tmp_path) == engines.library(rows, CLEANER, tmp_path)


def test_the_documents_are_what_they_say() -> None:
    rows = documents.documents(NUMBER)
    assert rows[:20] == documents.documents(20)
    assert rows != documents.documents(NUMBER, seed=1)
    texts = [row["text"] for row in rows]
    assert len(set(texts)) == NUMBER
    sizes = sorted(map(len, texts))
    assert 1_500 < sizes[NUMBER // 2] < 2_500
    assert 45_000 < sizes[-1] < 65_000


@pytest.mark.parametrize("engine", sorted(path.stem[5:] for path in EXAMPLES.glob("with_*.py")))
def test_the_examples_run(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need(engine)
    line = json.dumps({"id": "1", "text": support.DOCUMENT, "url": "https://example.org/1"})
    monkeypatch.chdir(support.fill(tmp_path, {"in/0.jsonl": f"{line}\n" * 2}))
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    code = "import runpy, sys; print(*runpy.run_path(sys.argv[1]).get('cleaned', {'text': ''})['text'])"
    command = [sys.executable, "-c", code, str(EXAMPLES / f"with_{engine}.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert not done.returncode, done.stderr
    result = done.stdout + "".join(path.read_text("utf-8") for path in tmp_path.glob("out/*.json*"))
    assert "Rain fell" in result
    assert support.CHROME not in result


# ── Record batches ────────────────────────────────────────────────────────────────────────────────

TYPES = (
    pa.string(),
    pa.large_string(),
    pa.string_view(),
    pa.dictionary(pa.int8(), pa.string()),
    pa.dictionary(pa.uint32(), pa.large_string(), ordered=True),
)
META = pa.field("meta", pa.struct([("tags", pa.list_(pa.string()))]), metadata={b"of": b"a field"})


def array_of(texts: list[str | None], kind: pa.DataType) -> pa.Array:
    """Return texts as an array. Before Arrow 25, `pa.array` cannot make dictionaries of large strings."""
    if not pa.types.is_dictionary(kind):
        return pa.array(texts, kind)
    encoded = pa.array(texts, kind.value_type).dictionary_encode()
    return pa.DictionaryArray.from_arrays(
        encoded.indices.cast(kind.index_type), encoded.dictionary, ordered=kind.ordered
    )


@st.composite
def batches(draw: st.DrawFn) -> pa.RecordBatch:
    """A batch with texts of some type and other columns, a slice of a longer one."""
    texts = draw(st.lists(st.none() | strategies.documents(), max_size=6))
    count = len(texts)
    urls = draw(st.lists(strategies.urls, min_size=count, max_size=count))
    columns = {
        "blob": pa.array([b"\xff" if i % 2 else None for i in range(count)], pa.binary()),
        "text": array_of(texts, draw(st.sampled_from(TYPES))),
        "url": pa.array(urls, pa.string()),
        "nothing": pa.nulls(count),
        "meta": pa.array([{"tags": ["a", None]} if i % 3 else None for i in range(count)], META.type),
        "uuid": pa.array([bytes([i] * 16) for i in range(count)], pa.binary(16)).cast(pa.uuid()),
    }
    fields = [META if name == "meta" else pa.field(name, array.type) for name, array in columns.items()]
    batch = pa.RecordBatch.from_arrays(list(columns.values()), schema=pa.schema(fields, {b"of": b"a schema"}))
    start = draw(st.integers(0, count))
    return batch.slice(start, draw(st.integers(0, count - start)))


@settings(max_examples=40)
@given(batches())
def test_texts_are_cleaned_and_all_else_is_as_it_was(batch: pa.RecordBatch) -> None:
    before = pickle.dumps(batch)
    done, outcomes = clean_outcomes(batch, CLEANER, Fields(record="record"))
    done.validate(full=True)
    assert pickle.dumps(batch) == before
    assert done.schema.equals(schema(batch.schema, Fields(record="record")), check_metadata=True)
    assert done.schema.names == [*batch.schema.names, "record", "cleaner_error"]
    for i, field in enumerate(batch.schema):
        assert done.schema.field(i).equals(field, check_metadata=True)
        if field.name != "text":
            assert done.column(i).equals(batch.column(i))
    for row, new, outcome in zip(batch.to_pylist(), done.to_pylist(), outcomes, strict=True):
        if row["text"] is None:
            assert (new["text"], new["record"], new["cleaner_error"]) == (None, None, engines.NO_TEXT)
        else:
            cleaned = CLEANER.clean(row["text"], url=row["url"])
            assert outcome.cleaned == cleaned
            assert new["cleaner_error"] is None
            assert Cleaned.from_dict({"text": new["text"], **new["record"]}) == cleaned
            assert cleaned.restore() == row["text"]


def test_a_table_keeps_its_chunks() -> None:
    table = pa.table(
        {
            "text": pa.chunked_array([["Advertisement\n\nRain fell.\n"], [], ["Rain fell."] * 1500]),
            "id": pa.chunked_array([range(1000), range(1000, 1501)]),
        }
    )
    done = clean_table(table, CLEANER, Fields(error=None))
    assert done.column("id").equals(table.column("id"))
    assert done.column("id").num_chunks == 2
    assert done.column("text").to_pylist() == [CLEANER.clean(text).text for text in table.column("text").to_pylist()]
    assert clean_table(table.slice(0, 0), CLEANER).schema == schema(table.schema)


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.binary_view(), pa.string(), pa.string_view()])
def test_html_becomes_a_text_column_at_the_end(kind: pa.DataType) -> None:
    batch = pa.record_batch({"html": pa.array([PAGE, None], kind), "id": [1, 2]})
    done = clean_batch(batch, CLEANER)
    assert done.schema.names == ["html", "id", "text", "cleaner_error"]
    assert done.schema.field("text").type == (pa.large_string() if kind == pa.large_binary() else pa.string())
    assert done.column("text").to_pylist() == [CLEANER.clean_html(PAGE).text, None]
    assert done.column("html").equals(batch.column("html"))
    assert done.column("cleaner_error").to_pylist()[0] is None


def test_html_is_read_where_there_is_no_text_or_where_it_is_named() -> None:
    batch = pa.record_batch({"text": ["Rain fell on us.", None], "html": [PAGE, PAGE]})
    page = CLEANER.clean_html(PAGE).text
    assert clean_batch(batch, CLEANER).column("text").to_pylist() == ["Rain fell on us.", page]
    assert clean_batch(batch, CLEANER, Fields(html="html")).column("text").to_pylist() == [page, page]
    pages = pa.record_batch({"text": [PAGE.decode()]})
    assert clean_batch(pages, CLEANER, Fields(html="text")).column("text").to_pylist() == [page]
    nulls = pa.record_batch({"text": pa.nulls(1), "html": [PAGE]})
    assert clean_batch(nulls, CLEANER).column("text").to_pylist() == [page]


def test_what_cannot_be_cleaned_stays_as_it_was() -> None:
    broken = pa.array([b"Advertisement\n\nRain fell.\n", b"\xff", None], pa.binary()).view(pa.string())
    for texts in (broken, broken.dictionary_encode()):
        batch = pa.RecordBatch.from_arrays([texts, pa.array([None, None, b"\x89PNG\0\0"])], ["text", "html"])
        done = clean_batch(batch, CLEANER)
        assert done.column("text").type == texts.type
        assert done.column("text").cast(pa.large_binary()).to_pylist() == [b"Rain fell.\n", b"\xff", None]
        errors = done.column("cleaner_error").to_pylist()
        assert errors[0] is None
        assert "string" in errors[1]
        assert "binary" in errors[2]


def test_no_page_makes_a_lone_surrogate() -> None:
    page = PAGE.replace(b"Rain", "&#xD800; &#xDFFF; Rain, ÄÖÜäöüß, éèêëáàâ".encode() + b" \xed\xa0\x80")
    done = clean_batch(pa.record_batch({"html": [page]}), Cleaner("rules"), Fields(record="record"))
    done.validate(full=True)
    assert "Rain" in done.column("text")[0].as_py()


def test_a_dictionary_can_number_so_many_texts() -> None:
    texts = [f"Rain fell for {i} days." for i in range(256)]
    kind = pa.dictionary(pa.uint8(), pa.string())
    done = clean_batch(pa.record_batch({"text": pa.array(texts).dictionary_encode().cast(kind)}), CLEANER)
    assert done.column("text").type == kind
    assert done.column("text").to_pylist() == texts
    kind = pa.dictionary(pa.int8(), pa.string())
    pages = [f"<p>{text}</p>" for text in texts]
    batch = pa.record_batch({"text": pa.array([None] * 256, kind), "html": pages})
    with pytest.raises(SettingsError, match="more clean texts"):
        clean_batch(batch, CLEANER)


@pytest.mark.parametrize(
    ("columns", "fields", "says"),
    [
        ({"body": pa.string()}, Fields(), "there is no column 'text'"),
        ({"text": pa.string()}, Fields(html="page"), "there is no column 'page'"),
        ({"text": pa.int64()}, Fields(), "'text' is of type int64"),
        ({"text": pa.binary()}, Fields(), "'text' is of type binary"),
        ({"text": pa.list_(pa.string())}, Fields(), "'text' is of type list"),
        ({"text": pa.binary(), "html": pa.string()}, Fields(html="html"), "'text' is of type binary"),
        ({"html": pa.int8()}, Fields(), "'html' is of type int8"),
        ({"text": pa.string(), "cleaner_error": pa.int8()}, Fields(), "'cleaner_error' already"),
        ({"text": pa.string(), "record": pa.int8()}, Fields(record="record"), "'record' already"),
        ({"text": pa.string()}, Fields(record="text"), "'text' already"),
        ({"html": pa.string()}, Fields(record="text"), "'text' already"),
        ({"text": pa.string()}, Fields(record="x", error="x"), "'x' already"),
    ],
)
def test_columns_that_do_not_fit(columns: dict[str, pa.DataType], fields: Fields, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        schema(pa.schema(columns), fields)
    assert "; " in str(caught.value)


def test_a_column_that_is_there_twice() -> None:
    with pytest.raises(SettingsError, match="more than one column 'url'"):
        schema(pa.schema([("text", pa.string()), ("url", pa.string()), ("url", pa.string())]))
    schema(pa.schema([("text", pa.string()), ("id", pa.string()), ("id", pa.string())]))


def test_a_worker_builds_its_cleaner_once() -> None:
    cleaning = Cleaning.of(CLEANER, Fields(), "en")
    first, second = (pickle.loads(pickle.dumps(cleaning)) for _ in range(2))
    assert first == cleaning
    assert first.cleaner is second.cleaner
    with pytest.raises(SettingsError, match="another version"):
        pickle.loads(pickle.dumps(replace(cleaning, fingerprint="another")))


# ── Hugging Face datasets ─────────────────────────────────────────────────────────────────────────


@pytest.fixture
def dataset(tmp_path: Path) -> Any:
    """A dataset on disk, with features that a plain type does not tell."""
    from datasets import ClassLabel, Dataset, Features, Sequence, Value

    features = Features(
        {
            "text": Value("large_string"),
            "label": ClassLabel(names=["good", "bad"]),
            "parts": Sequence({"of": Value("int8")}),
            "url": Value("string"),
        }
    )
    rows = {"text": [f"{support.CHROME}\n\nRain fell for {i} days.\n" for i in range(40)]}
    rest = {"label": [i % 2 for i in range(40)], "parts": [{"of": [i]} for i in range(40)], "url": [None] * 40}
    Dataset.from_dict({**rows, **rest}, features=features).save_to_disk(tmp_path / "data")
    return Dataset.load_from_disk(tmp_path / "data")


def test_features_and_format_stay(dataset: Any) -> None:
    from datasets import DatasetDict, Value

    from cleaner.engines.datasets import clean

    done = clean(DatasetDict({"train": dataset, "test": dataset.select([])}), CLEANER, Fields(record="record"))
    for split in ("train", "test"):
        assert {name: done[split].features[name] for name in dataset.features} == dataset.features
        assert done[split].features.arrow_schema.field("record").type == RECORD_TYPE
        assert done[split].features["cleaner_error"] == Value("string")
    assert done["train"].remove_columns(["text", "record", "cleaner_error"]).to_list() == (
        dataset.remove_columns("text").to_list()
    )
    assert clean(dataset.with_format("numpy", ["label"]), CLEANER).format["columns"] == ["label"]
    stream = clean(dataset.to_iterable_dataset().with_format("numpy"), CLEANER)
    assert {name: stream.features[name] for name in dataset.features} == dataset.features
    assert type(next(iter(stream))["label"]).__module__ == "numpy"
    assert clean(dataset, CLEANER).format == {**dataset.format, "columns": [*dataset.column_names, "cleaner_error"]}


def test_a_stream_whose_features_nobody_knows() -> None:
    from datasets import IterableDataset

    from cleaner.engines.datasets import clean

    stream = IterableDataset.from_generator(
        lambda: iter([{"text": support.DOCUMENT, "n": 1}, {"text": None, "n": 2}])
    )
    assert stream.features is None
    done = clean(stream, CLEANER)
    assert list(done) == [
        {"text": support.CLEAN, "n": 1, "cleaner_error": None},
        {"text": None, "n": 2, "cleaner_error": engines.NO_TEXT},
    ]


def test_the_cache_knows_settings_and_rules(dataset: Any, tmp_path: Path) -> None:
    from cleaner.engines.datasets import clean

    def made(cleaner: Cleaner, **options: Any) -> set[str]:
        before = {path.name for path in (tmp_path / "data").glob("cache-*")}
        clean(dataset, cleaner, **options)
        return {path.name for path in (tmp_path / "data").glob("cache-*")} - before

    assert len(made(CLEANER)) == 1
    assert not made(Cleaner())
    code = f"""
from datasets import Dataset
from cleaner import Cleaner
from cleaner.engines.datasets import clean
clean(Dataset.load_from_disk({str(tmp_path / "data")!r}), Cleaner())
"""
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "data").iterdir()}
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "data").iterdir()} == before
    pack = support.fill(tmp_path, {"own.toml": support.OWN_RULES}) / "own.toml"
    assert made(Cleaner("rules"))
    assert made(Cleaner(disable=["share/*"]))
    assert made(Cleaner(rules=[pack]))
    pack.write_text(support.OWN_RULES.replace("Own chrome\n", "My chrome\nOwn chrome\n", 1), "utf-8")
    assert made(Cleaner(rules=[pack]))
    assert made(CLEANER, lang="en")
    assert made(CLEANER, fields=Fields(record="record"))


# ── datatrove ─────────────────────────────────────────────────────────────────────────────────────


def test_datatrove_documents_and_stats() -> None:
    from datatrove.data import Document

    from cleaner.engines.datatrove import Clean

    media = [object()]  # the block only passes it on, and the fields of datatrove's own Media vary with its release
    block = Clean(CLEANER, Fields(html="text", lang="language", error="why"), batch_size=2)
    given = [
        Document(PAGE.decode(), "1", media, {"url": "https://example.org/1", "language": "en", "n": [1]}),
        Document("<p " + "a=1 b=2 c=3 " * 1000 + ">Rain", "2", metadata={"n": 2}),
        Document("<p>", "3"),
    ]
    texts = [document.text for document in given]
    done = list(block(iter(given)))
    assert [document.id for document in done] == ["1", "2", "3"]
    assert done[0].text == CLEANER.clean_html(PAGE).text
    assert done[0].metadata == {"url": "https://example.org/1", "language": "en", "n": [1]}
    assert done[0].media is media
    assert done[1].text == texts[1]
    assert "attributes" in done[1].metadata.pop("why")
    assert done[1].metadata == {"n": 2}
    stats = {name: stat.total for name, stat in block.stats.stats.items()}
    assert (stats["total"], stats["failed"]) == (3, 1)
    edits = [edit.by for edit in CLEANER.clean_html(PAGE, url="https://example.org/1", lang="en").edits]
    assert edits
    assert all(stats[name] == edits.count(name) for name in edits)


def test_evidence_report_and_stats_of_datatrove_have_the_same_sums(tmp_path: Path) -> None:
    """The same documents through `strip` and through a pipeline of three tasks."""
    pytest.importorskip("duckdb")
    import pyarrow.parquet as pq

    from cleaner.engines.arrow import evidence

    guarded = f"{support.CHROME}\nShare on Facebook\nShare on Twitter\n"
    rows = [*engines.some_without_text(NUMBER), {**documents.documents(1)[0], "id": NUMBER, "text": guarded}]
    lines = "".join(f"{json.dumps(row)}\n" for row in rows)
    folder = support.fill(tmp_path / "command", {"docs.jsonl": lines})
    support.fill(tmp_path / "pipeline", {})
    files = ("--evidence", "e.parquet", "--report", "r.json")
    assert support.call("strip", "docs.jsonl", "--quiet", *files, cwd=folder).code == 3  # of rows without text
    report = json.loads((folder / "r.json").read_text("utf-8"))
    found = pq.read_table(folder / "e.parquet").to_pylist()
    removed = {rule: number for rule, number in report["edits"].items() if not rule.startswith("repair/")}
    assert 0 < len(removed) < len(report["edits"])

    done = engines.datatrove(rows, CLEANER, tmp_path / "pipeline")
    steps = json.loads((tmp_path / "pipeline/logs/stats.json").read_text("utf-8"))
    (stats,) = (step["stats"] for step in steps if step["name"].endswith("Cleaner"))
    totals = {name: stat if isinstance(stat, int) else stat["total"] for name, stat in stats.items()}
    by_rule = Counter(row["rule"] for row in found)
    assert by_rule == report["edits"] == {name: number for name, number in totals.items() if name in by_rule}
    counts = {"total": report["documents"], **{name: report[name] for name in ("failed", "changed", "emptied")}}
    assert report["flags"] == {"guarded": 1}
    assert Counter(totals) == Counter({**counts, **report["flags"], **report["edits"]})  # stats have no noughts
    assert sum(row["words"] for row in found) == report["words_removed"]
    assert sum(row["lines"] for row in found) == report["lines_removed"]
    for category, words in report["category_words"].items():
        assert sum(row["words"] for row in found if row["category"] == category) == words

    result = support.call("top", "e.parquet", "--by", "rule", "--limit", "0", "--json", cwd=folder)
    top = json.loads(result.out)
    assert {group["rule"]: group["edits"] for group in top["groups"]} == removed
    assert (top["of_documents"], top["words"]) == (report["documents"] - report["failed"], report["words_removed"])

    batch = pa.RecordBatch.from_pylist(done)
    assert Counter(evidence(batch, engines.FIELDS, name="id").column("rule").to_pylist()) == by_rule


# ── Data frames ───────────────────────────────────────────────────────────────────────────────────


def test_pandas_columns_stay() -> None:
    import pandas as pd

    from cleaner.engines.frames import clean

    for kind in ("object", "string", "category", "string[pyarrow]"):
        texts = pd.Series([support.DOCUMENT, None, support.CLEAN]).astype(kind)
        frame = pd.DataFrame({"text": texts, ("a", 1): [object(), {1}, None], "n": pd.array([1, None, 3], "Int8")})
        frame.index = pd.Index([7, 7, 1], name="key")
        frame.attrs["of"] = "a frame"
        before = frame.copy()
        done = clean(frame, CLEANER)
        pd.testing.assert_frame_equal(frame, before)
        pd.testing.assert_frame_equal(done[[("a", 1), "n"]], frame[[("a", 1), "n"]])
        assert done.attrs == frame.attrs
        assert list(done["text"].dropna()) == [support.CLEAN, support.CLEAN]
        assert done["text"].dtype == frame["text"].dtype if kind != "category" else done["text"].dtype.name == kind
        assert done["text"].iloc[1] is frame["text"].iloc[1]
        assert list(done.columns) == ["text", ("a", 1), "n", "cleaner_error"]
        assert list(done["cleaner_error"].notna()) == [False, True, False]
        assert list(clean(frame.iloc[[0, 2]], CLEANER)["cleaner_error"]) == [None, None]
        assert "cleaner_error" in clean(frame.iloc[:0], CLEANER)
        assert "cleaner_error" not in clean(frame, CLEANER, Fields(error=None))


# What may stand among texts, and is none. Each costs its own row, and no other.
EVIL: list[Any] = [
    1.5,
    3,
    None,
    b"Rain.",
    ["Rain."],
    {"a": "Rain."},
    True,
    (1,),
    object(),
    float("nan"),
    float("inf"),
]


def evil_rows() -> tuple[list[Any], list[Any]]:
    """Return texts with what is none among them, and what is to become of them."""
    given = [value for evil in EVIL for value in (support.DOCUMENT, evil)]
    return given, [support.CLEAN if isinstance(value, str) else value for value in given]


def test_evil_rows_of_pandas() -> None:
    import pandas as pd

    from cleaner.engines.frames import clean

    given, wanted = evil_rows()
    given, wanted = [*given, pd.NA, pd.NaT], [*wanted, pd.NA, pd.NaT]
    odd = [given[(i * 7) % len(given)] for i in range(len(given))]
    for more in ({}, {"url": odd, "lang": odd}, {"html": [5] * len(given)}):
        frame = pd.DataFrame(
            {name: pd.Series(column, dtype=object) for name, column in {"text": given, **more}.items()}
        )
        done = clean(frame, CLEANER, Fields(record="record"))
        assert all(new is old or new == support.CLEAN == old for new, old in zip(done["text"], wanted, strict=True))
        errors = [None if isinstance(value, str) else engines.NO_TEXT for value in given]
        assert [error and engines.NO_TEXT for error in done["cleaner_error"]] == errors
        assert [record is None for record in done["record"]] == [not isinstance(value, str) for value in given]
    none = clean(pd.DataFrame({"text": pd.Series([1.5, ["a"]], dtype=object)}), CLEANER)
    assert list(none["cleaner_error"]) == [engines.NO_TEXT] * 2
    page = "<body><p>Rain fell.</p></body>"
    pages = pd.DataFrame({"text": [None, float("nan"), 3], "html": [page, page.encode(), page]}, dtype=object)
    assert list(clean(pages, CLEANER)["text"]) == ["Rain fell.", "Rain fell.", 3]
    halves = pd.DataFrame({"text": pd.Series(["Rain \ud800 fell.", support.DOCUMENT], dtype=object)})
    assert list(clean(halves, CLEANER)["text"])[1] == support.CLEAN


def test_evil_rows_of_polars() -> None:
    import polars as pl

    from cleaner.engines.frames import clean

    given, wanted = evil_rows()
    frame = pl.DataFrame([pl.Series("text", given, pl.Object), pl.Series("n", range(len(given)))])
    done = clean(frame, CLEANER, Fields(record="record"))
    assert all(new is old or new == support.CLEAN == old for new, old in zip(done["text"], wanted, strict=True))
    assert done["cleaner_error"].null_count() == len(EVIL)
    assert done.schema["cleaner_error"] == pl.String
    assert (
        done.schema["record"]
        == clean(pl.DataFrame({"text": ["a"]}), CLEANER, Fields(record="record")).schema["record"]
    )
    assert done["n"].to_list() == list(range(len(given)))
    urls = pl.DataFrame([pl.Series("text", [support.DOCUMENT, None]), pl.Series("url", [1, "x"], pl.Object)])
    assert clean(urls, CLEANER)["text"].to_list() == [support.CLEAN, None]
    with pytest.raises(SettingsError, match="'text' is of type int64"):
        clean(urls.with_columns(text=pl.lit(1, pl.Int64)), CLEANER)


def test_evil_rows_of_a_stream() -> None:
    from datasets import IterableDataset

    from cleaner.engines.datasets import clean

    given, wanted = evil_rows()
    stream = IterableDataset.from_generator(lambda: iter([{"text": text} for text in given]))
    done = list(clean(stream, CLEANER))
    assert [row["text"] for row in done][::2] == [support.CLEAN] * len(EVIL)
    assert all(row["text"] is old or row["text"] == old for row, old in list(zip(done, wanted, strict=True))[::2])
    assert [row["cleaner_error"] for row in done] == [None, engines.NO_TEXT] * len(EVIL)


def test_evil_documents_of_datatrove() -> None:
    from datatrove.data import Document

    from cleaner.engines.datatrove import Clean

    given, wanted = evil_rows()
    odd = [None, {}, {"url": 5, "language": ["en"], "html": 3}, "no dictionary"]
    for metadata in odd:
        documents = [Document(text, str(number)) for number, text in enumerate(given)]
        for document in documents:
            document.metadata = dict(metadata) if isinstance(metadata, dict) else metadata
        block = Clean(CLEANER, Fields(lang="language"))
        done = list(block(iter(documents)))
        assert all(one.text is old or one.text == support.CLEAN == old for one, old in zip(done, wanted, strict=True))
        assert (block.stats.stats["failed"].total, block.stats.stats["total"].total) == (len(EVIL), len(given))
        if metadata != "no dictionary":
            assert [(one.metadata or {}).get("cleaner_error") for one in done] == [None, engines.NO_TEXT] * len(EVIL)


def test_frames_that_do_not_fit() -> None:
    import pandas as pd
    import polars as pl

    from cleaner.engines.frames import clean

    with pytest.raises(SettingsError, match="'text' is of type int64"):
        clean(pd.DataFrame({"text": [1, 2]}), CLEANER)
    with pytest.raises(SettingsError, match="'text' is of type dictionary<values=int64"):
        clean(pd.DataFrame({"text": [1, 2]}).astype("category"), CLEANER)
    with pytest.raises(SettingsError, match="'cleaner_error' already"):
        clean(clean(pd.DataFrame({"text": ["a"]}), CLEANER), CLEANER)
    with pytest.raises(SettingsError, match="'text' is of type int64"):
        clean(pl.DataFrame({"text": [1]}), CLEANER)
    for frame in (pd.DataFrame({"body": ["a"]}), pl.DataFrame({"body": ["a"]})):
        with pytest.raises(SettingsError, match="of these: 'body'"):
            clean(frame, CLEANER)
    with pytest.raises(TypeError, match="LazyFrame is no data frame"):
        clean(pl.LazyFrame({"text": ["a"]}), CLEANER)


def test_polars_columns_stay() -> None:
    import polars as pl

    from cleaner.engines.frames import clean

    frame = pl.DataFrame(
        {"n": [1, None], "text": [support.DOCUMENT, None], "d": [{"a": [1]}, None], "o": [object(), 1]}
    )
    for kind in (pl.String, pl.Categorical):
        given = frame.with_columns(pl.col("text").cast(kind))
        done = clean(given, CLEANER)
        assert done.schema == {**given.schema, "cleaner_error": pl.String}
        assert done["text"].to_list() == [support.CLEAN, None]
        assert done.select("n", "d").equals(frame.select("n", "d"))
        for some in (given[:1], given[:0]):
            done = clean(some, CLEANER)
            assert done.schema == {**given.schema, "cleaner_error": pl.String}
            assert done["cleaner_error"].null_count() == len(some)
        assert clean(given, CLEANER, Fields(error=None)).columns == frame.columns


@pytest.mark.filterwarnings("ignore")
def test_spark_keeps_its_schema() -> None:
    need("spark")
    from pyspark.sql import SparkSession

    from cleaner.engines.spark import clean

    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    try:
        frame = session.sql(
            "select timestamp'2024-01-02 03:04:05' as t, cast(1.5 as decimal(9, 2)) as d, map('a', 1) as m,"
            " cast('x' as varchar(9)) as v, null as text, '<body><p>Rain fell.</p></body>' as html, 7 as n"
        )
        done = clean(frame, CLEANER)
        kinds = dict(frame.dtypes) | {"text": "string", "cleaner_error": "string"}
        assert dict(done.dtypes) == kinds
        assert done.collect()[0].asDict() == {
            **frame.collect()[0].asDict(),
            "text": "Rain fell.",
            "cleaner_error": None,
        }
        with pytest.raises(SettingsError, match="there is no column 'text'"):
            clean(frame.select("n"), CLEANER)
    finally:
        session.stop()


def test_without_the_package_it_says_what_to_install() -> None:
    for engine in ("datasets", "datatrove", "spark", "ray"):
        package = SEPARATE.get(engine, engine)
        code = f"import sys; sys.modules[{package!r}] = None; import cleaner.engines.{engine}"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert done.stderr.endswith(f"pip install 'boilerstrip[{engine}]'\n"), done.stderr
