"""The same documents through every engine, and through the command.

    python -m tests.engines [NUMBER [ENGINE ...]]

cleans NUMBER made documents (20,000) with each engine, or with those named. It prints the seconds that each took, its
start included, and a digest of all clean texts. It exits with 1 if a row differs from what the library gives.
"""

from __future__ import annotations

import gzip
import json
import math
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from cleaner import Cleaner
from cleaner.cleaner import with_metadata
from cleaner.rows import METADATA_FIELD, RECORD_FIELD, Fields, added
from tests.documents import documents
from tests.support import launched

Rows = list[dict[str, Any]]

FIELDS = Fields(record="record", metadata="metadata")
NO_TEXT = "has no string in the field 'text'; mend the document, or name another field"


def some_without_text(number: int) -> Rows:
    """Return documents, every fortieth of them without text."""
    return [{**row, "text": None} if row["id"] % 40 == 13 else row for row in documents(number)]


def library(rows: Rows, cleaner: Cleaner, folder: Path) -> Rows:
    """Clean one document after the other, which gives what all engines must give."""
    done = []
    cleaner = with_metadata(cleaner)
    for row in rows:
        cleaned = None if row["text"] is None else cleaner.clean(row["text"], url=row["url"], lang=row["lang"])
        text, error = (cleaned.text, None) if cleaned else (None, NO_TEXT)
        done.append({**row, "text": text, **added(FIELDS, cleaned), "cleaner_error": error})
    return done


def command(workers: int, suffix: str, rows: Rows, cleaner: Cleaner, folder: Path) -> Rows:
    """Clean through `cleaner strip`; the errors come from its list of failures."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    shard, copy, failed = folder / f"docs{suffix}", folder / f"docs.clean{suffix}", folder / "docs.failed.jsonl"
    if suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), shard, row_group_size=3000)
    else:
        lines = [json.dumps(row, ensure_ascii=row["id"] % 2 == 0) + "\n" for row in rows]
        shard.write_bytes(gzip.compress("".join(lines).encode()))
    level = ["--level", cleaner.level, "--jobs", str(workers)]
    ended = subprocess.run(
        launched("strip", "--quiet", "--record", "--metadata", *level, shard), stderr=subprocess.PIPE, check=False
    )
    assert ended.returncode in (0, 3), ended.stderr
    if suffix == ".parquet":
        done = pq.ParquetFile(copy).read().to_pylist()
    else:
        done = [json.loads(line) for line in gzip.decompress(copy.read_bytes()).decode().split("\n")[:-1]]
    lists = [json.loads(line) for line in failed.read_text().split("\n")[:-1]] if failed.exists() else []
    errors = {one.get("line") or one["row"]: one["reason"] for one in lists}
    return [
        {
            "record": row.pop(RECORD_FIELD, None),
            "metadata": row.pop(METADATA_FIELD, None),
            "cleaner_error": errors.get(number),
            **row,
        }
        for number, row in enumerate(done, 1)
    ]


def arrow(rows: Rows, cleaner: Cleaner, folder: Path) -> Rows:
    import pyarrow as pa

    from cleaner.engines.arrow import clean_batch

    batches = pa.Table.from_pylist(rows).to_batches(max_chunksize=700)
    return [row for batch in batches for row in clean_batch(batch, cleaner, FIELDS).to_pylist()]


def hugging_face(rows: Rows, cleaner: Cleaner, folder: Path) -> Rows:
    from datasets import Dataset

    from cleaner.engines.datasets import clean

    return list(clean(Dataset.from_list(rows), cleaner, FIELDS, num_proc=2).to_list())


def streaming(rows: Rows, cleaner: Cleaner, folder: Path) -> Rows:
    from datasets import Dataset

    from cleaner.engines.datasets import clean

    return list(clean(Dataset.from_list(rows).to_iterable_dataset(), cleaner, FIELDS))


def datatrove(rows: Rows, cleaner: Cleaner, folder: Path) -> Rows:
    from datatrove.data import Document
    from datatrove.executor import LocalPipelineExecutor

    from cleaner.engines.datatrove import Clean

    def read(data: Any, rank: int, world_size: int) -> Any:
        for row in rows[rank::world_size]:
            metadata = {name: value for name, value in row.items() if name not in ("id", "text")}
            yield Document(row["text"], str(row["id"]), metadata=metadata)

    def write(data: Any, rank: int, world_size: int) -> Any:  # datatrove's writers take no document without text
        with (folder / f"{rank}.jsonl").open("w") as file:
            for document in data:
                row = {"record": None, "metadata": None, "cleaner_error": None, **document.metadata}
                print(json.dumps({"id": int(document.id), "text": document.text, **row}), file=file)
                yield document

    executor = LocalPipelineExecutor([read, Clean(cleaner, FIELDS), write], tasks=3, logging_dir=str(folder / "logs"))
    executor.run()
    done = [json.loads(line) for path in folder.glob("*.jsonl") for line in path.read_text().split("\n")[:-1]]
    return sorted(done, key=lambda row: row["id"])


def spark(rows: Rows, cleaner: Cleaner, folder: Path) -> Rows:
    import pyarrow as pa
    from pyspark.sql import SparkSession

    from cleaner.engines.spark import clean

    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    try:
        frame = session.createDataFrame(pa.Table.from_pylist(rows)).repartition(5)
        done = clean(frame, cleaner, FIELDS).toArrow().to_pylist()
    finally:
        session.stop()
    return sorted(done, key=lambda row: row["id"])


def ray(rows: Rows, cleaner: Cleaner, folder: Path) -> Rows:
    import pyarrow as pa
    import ray

    from cleaner.engines.ray import clean

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    ray.data.DataContext.get_current().enable_progress_bars = False
    try:
        dataset = ray.data.from_arrow(pa.Table.from_pylist(rows)).repartition(5)
        done = clean(dataset, cleaner, FIELDS).take_all()
    finally:
        ray.shutdown()
    return sorted(done, key=lambda row: row["id"])


def pandas(rows: Rows, cleaner: Cleaner, folder: Path) -> Rows:
    import pandas

    from cleaner.engines.frames import clean

    index = [f"row {row['id']}" for row in rows]
    frame = clean(pandas.DataFrame(rows, index), cleaner, FIELDS)
    assert list(frame.index) == index
    return [{name: _none_for_nan(value) for name, value in row.items()} for row in frame.to_dict("records")]


def polars(rows: Rows, cleaner: Cleaner, folder: Path) -> Rows:
    import polars

    from cleaner.engines.frames import clean

    return list(clean(polars.DataFrame(rows), cleaner, FIELDS).to_dicts())


SPIDER = """
import json
from pathlib import Path
from scrapy import Spider

class Rows(Spider):
    name = "rows"
    custom_settings = {"ITEM_PIPELINES": {"cleaner.adapters.scrapy.CleanerPipeline": 1}}

    async def start(self):
        for line in Path("rows.jsonl").read_text("utf-8").splitlines():
            yield json.loads(line)
"""


def scrapy(rows: Rows, cleaner: Cleaner, folder: Path) -> Rows:
    """Clean through a process of Scrapy, whose spider yields the rows as items."""
    (folder / "spider.py").write_text(SPIDER)
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    settings = {"LEVEL": cleaner.level, "RECORD_FIELD": FIELDS.record, "METADATA_FIELD": FIELDS.metadata}
    chosen = [word for name, value in settings.items() for word in ("-s", f"CLEANER_{name}={value}")]
    words = [sys.executable, "-m", "scrapy", "runspider", "spider.py", "-O", "done.jsonl", "-L", "ERROR", *chosen]
    ended = subprocess.run(words, cwd=folder, stderr=subprocess.PIPE, check=False)
    assert (ended.returncode, ended.stderr) == (0, b""), ended.stderr
    done = [json.loads(line) for line in (folder / "done.jsonl").read_text().splitlines()]
    empty = {"record": None, "metadata": None, "cleaner_error": None}
    return sorted(({**empty, **row} for row in done), key=lambda row: row["id"])


def langchain(rows: Rows, cleaner: Cleaner, folder: Path) -> Rows:
    from langchain_core.documents import Document

    from cleaner.adapters.langchain import CleanerTransformer

    fields = FIELDS._replace(text="page_content")
    given = [Document(row["text"], metadata=_without_text(row)) for row in rows if row["text"] is not None]
    done = CleanerTransformer(cleaner, fields).transform_documents(given)
    return _with_those_without_text(rows, [{"text": one.page_content, **one.metadata} for one in done])


def llamaindex(rows: Rows, cleaner: Cleaner, folder: Path) -> Rows:
    from llama_index.core import Document
    from llama_index.core.ingestion import IngestionPipeline

    from cleaner.adapters.llamaindex import CleanerTransform

    given = [Document(text=row["text"], metadata=_without_text(row)) for row in rows if row["text"] is not None]
    done = IngestionPipeline(transformations=[CleanerTransform(cleaner=cleaner, fields=FIELDS)]).run(documents=given)
    return _with_those_without_text(rows, [{"text": one.get_content(), **one.metadata} for one in done])


def _without_text(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "text"}


def _with_those_without_text(rows: Rows, cleaned: Rows) -> Rows:
    """Return cleaned rows together with those that a framework has no documents for, since they have no text."""
    rest = [
        {**row, "record": None, "metadata": None, "cleaner_error": NO_TEXT} for row in rows if row["text"] is None
    ]
    return sorted([*({"cleaner_error": None, **row} for row in cleaned), *rest], key=lambda row: row["id"])


def _none_for_nan(value: Any) -> Any:
    """Return what pandas shows as NaN as it was given."""
    return None if isinstance(value, float) and math.isnan(value) else value


Engine = Callable[[Rows, Cleaner, Path], Rows]
ENGINES: dict[str, tuple[Engine, str]] = {  # by name: how to run it, and the package whose version is shown
    "library": (library, "cleaner"),
    "cli": (partial(command, 1, ".jsonl.gz"), "cleaner"),
    "cli-2": (partial(command, 2, ".jsonl.gz"), "cleaner"),
    "parquet": (partial(command, 2, ".parquet"), "cleaner"),
    "arrow": (arrow, "pyarrow"),
    "datasets": (hugging_face, "datasets"),
    "streaming": (streaming, "datasets"),
    "datatrove": (datatrove, "datatrove"),
    "pandas": (pandas, "pandas"),
    "polars": (polars, "polars"),
    "scrapy": (scrapy, "scrapy"),
    "langchain": (langchain, "langchain-core"),
    "llamaindex": (llamaindex, "llama-index-core"),
    "spark": (spark, "pyspark"),
    "ray": (ray, "ray"),
}


def digest(rows: Rows) -> str:
    """Return a digest of the texts of rows, in their order."""
    return sha256(json.dumps([row["text"] for row in rows]).encode()).hexdigest()


def main(words: list[str]) -> int:
    number, names = int(words[0]) if words else 20_000, words[1:] or list(ENGINES)
    rows, cleaner = some_without_text(number), Cleaner()
    print(f"{number:,} documents, {sum(len(row['text'] or '') for row in rows):,} characters, {digest(rows)[:16]}")
    wanted: Rows | None = None
    code = 0
    for name in dict.fromkeys(["library", *names]):
        run, package = ENGINES[name]
        with TemporaryDirectory() as folder, redirect_stdout(sys.stderr), warnings.catch_warnings(action="ignore"):
            start = perf_counter()
            done = run(rows, cleaner, Path(folder))
            seconds = perf_counter() - start
        wanted = wanted or done
        code |= done != wanted
        same = "the same" if done == wanted else "ANOTHER"
        print(f"{name:10} {version(package):8} {seconds:6.1f} s  {digest(done)[:16]}  {same}", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
