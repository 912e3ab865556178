"""The rows of a run between its two readings: what was counted, and the documents that were chosen.

Few rows stay in memory. Many go to Parquet files in the workspace, and DuckDB groups and sorts them, with a limit of
memory and in the workspace beyond it. Both ways give the same, and tests hold that.

Why DuckDB: it was compared with what else groups more rows than memory holds. Counting the distinct numbers of each
site and finding the greatest number of its sample, over ten million rows of 20,000 sites in Parquet, on two cores:

    DuckDB 2.0, a memory limit of 1 GB      2.3 s of processor time     857 MB
    polars 2.1, streaming                   1.9 s                     1,572 MB
    pyarrow 26, group-by and sorting       15.4 s                     2,136 MB
    sqlite3, a table on the disk           57.1 s                       363 MB

polars has no limit of memory, and DuckDB keeps within its own, also when it sorts the documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Any

from cleaner.learn.documents import SiteDocument
from cleaner.learn.site import LEAST_TEXTS
from cleaner.learn.survey import OFFSET, SAMPLE, SAMPLE_WITHOUT_SITE, Chosen, Surveyed, choose
from cleaner.shards.compression import needed

# The bytes of rows, about, that stay in memory before they are written. Raised, fewer runs need DuckDB, and all need
# more memory.
BUFFER_BYTES = 32 << 20
ROW_BYTES = 200  # what a row takes in memory besides its strings, about
MEMORY_LIMIT = "500MB"  # of DuckDB; beyond that it works in the workspace. Raised, it is faster with much to sort.
BATCH_ROWS = 1000  # rows that are read from DuckDB at a time

_CHOICE = """
SELECT site, count(*) AS texts, list_max(min(number, {most})) AS threshold
FROM (SELECT DISTINCT site, number FROM read_parquet(?)) WHERE (site = '') = {is_unknown} GROUP BY site
"""
_SITES = "SELECT site, number, name, lines FROM read_parquet(?) ORDER BY site, number, name"


class Store:
    """The rows of a run. `folder` is its workspace, `threads` how many threads DuckDB may use."""

    def __init__(self, folder: Path, threads: int = 1, *, buffer_bytes: int = BUFFER_BYTES) -> None:
        self._folder, self._threads = folder, threads
        self._surveyed = _Rows(folder / "surveyed", _surveyed_table, buffer_bytes)
        self._documents = _Rows(folder / "documents", _documents_table, buffer_bytes)

    def add_surveyed(self, rows: Sequence[Surveyed]) -> None:
        """Keep what was counted. Raises `SettingsError` if a package is needed that is not installed."""
        self._surveyed.add(rows, ROW_BYTES * len(rows))

    def add_documents(self, documents: Sequence[SiteDocument]) -> None:
        """Keep documents. Raises as `add_surveyed`."""
        size = sum(ROW_BYTES + sum(len(line) + 50 for line in document.lines) for document in documents)
        self._documents.add(documents, size)

    def chosen(self) -> Chosen:
        """Return which documents are chosen of those that were counted."""
        rows = self._surveyed
        if not rows.parts:
            return choose(rows.buffer)
        rows.spill()
        thresholds: dict[str, int] = {}
        texts = few = 0
        queries = (
            _CHOICE.format(most=SAMPLE, is_unknown=False),
            _CHOICE.format(most=SAMPLE_WITHOUT_SITE, is_unknown=True),
        )
        with self._duckdb() as base:
            for query in queries:
                cursor = base.execute(query, [rows.parts])
                while found := cursor.fetchmany(BATCH_ROWS):
                    texts += sum(number for _, number, _ in found)
                    few += sum(number < LEAST_TEXTS for _, number, _ in found)
                    thresholds |= {site: last + OFFSET for site, number, last in found if number >= LEAST_TEXTS}
        return Chosen(thresholds, texts, few)

    def sites(self) -> Iterator[tuple[str, Iterator[SiteDocument]]]:
        """Yield each site with its documents, in the order of numbers. They must be read before the next site is."""
        rows = self._documents
        if not rows.parts:
            yield from groupby(sorted(rows.buffer, key=itemgetter(0, 1, 2)), attrgetter("site"))
            return
        rows.spill()
        with self._duckdb() as base:
            yield from groupby(_from_arrow(base.sql(_SITES, params=[rows.parts])), attrgetter("site"))

    def _duckdb(self) -> Any:
        duckdb = needed("duckdb", "that many documents", "learn")
        settings = {
            "memory_limit": MEMORY_LIMIT,
            "threads": self._threads,
            "temp_directory": str(self._folder / "sorted"),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,  # nothing is fetched from the network
        }
        return duckdb.connect(config=settings)


class _Rows:
    """Rows in memory, until there are too many; then they go to `parts`, Parquet files in a folder."""

    def __init__(self, folder: Path, table: Callable[[Sequence[Any]], Any], limit: int) -> None:
        self._folder, self._table, self._limit = folder, table, limit
        self._size = 0
        self.buffer: list[Any] = []
        self.parts: list[str] = []

    def add(self, rows: Sequence[Any], size: int) -> None:
        self.buffer.extend(rows)
        self._size += size
        if self._size > self._limit:
            self.spill()

    def spill(self) -> None:
        """Write all rows that are in memory."""
        if not self.buffer:
            return
        needed("duckdb", "that many documents", "learn")  # before there is much to read again
        parquet = needed("pyarrow.parquet", "that many documents", "learn")
        self._folder.mkdir(exist_ok=True)
        path = str(self._folder / f"{len(self.parts)}.parquet")
        parquet.write_table(self._table(self.buffer), path, compression="zstd")
        self.parts.append(path)
        self.buffer, self._size = [], 0


def _surveyed_table(rows: Sequence[Surveyed]) -> Any:
    import pyarrow as pa

    numbers = [row.number - OFFSET for row in rows]
    return pa.table(
        {"site": pa.array([row.site for row in rows], pa.string()), "number": pa.array(numbers, pa.int64())}
    )


def _documents_table(rows: Sequence[SiteDocument]) -> Any:
    from cleaner.engines.learning import to_arrow

    return to_arrow(rows)


def _from_arrow(result: Any) -> Iterator[SiteDocument]:
    from cleaner.engines.learning import from_arrow

    for batch in result.to_arrow_reader(BATCH_ROWS):
        yield from from_arrow(batch)
