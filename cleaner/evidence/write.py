"""Writing evidence: pieces become one Parquet file, group of rows by group of rows, in bounded memory.

What is known of the run as a whole goes into the metadata of the file at the end, as JSON (`Facts`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, BinaryIO

import msgspec

from cleaner.cleaner import Cleaner
from cleaner.evidence.table import COLUMNS, KEY, Piece, SiteCount, add_up, schema, unpack
from cleaner.tally import Tally
from cleaner.version import __version__

FORMAT = 1  # of the facts and of the columns
# The rows of a group, which are in memory together. Raised, more memory is needed, and a line that is removed again
# and again is written less often.
GROUP_ROWS = 1 << 17
# The largest dictionary of a column in a group, in bytes; beyond it, texts are written one by one. Those of a group
# have about four million bytes.
DICTIONARY_BYTES = 1 << 23
COMPRESSION_LEVEL = 19  # of Zstandard. With 9, a file is 6 % larger, with 15, 5 %; higher levels take longer.


class Facts(msgspec.Struct):
    """What is known of a run besides its rows.

    `levels` and `fingerprints` are those of the cleaners of the run. Of the `documents`, `failed` could not be
    cleaned. `words` are those of the cleaned documents before. `sites` has by site how many documents were cleaned,
    and how many words they had; the site of documents without a URL is "".
    """

    format: int = FORMAT
    cleaner: str = __version__
    levels: list[str] = []
    fingerprints: list[str] = []
    documents: int = 0
    failed: int = 0
    words: int = 0
    sites: dict[str, SiteCount] = {}


def facts_of(tally: Tally, cleaners: Iterable[Cleaner]) -> Facts:
    """Return the facts of a run over the documents of a tally; the sites are added when the file is finished."""
    cleaners = list(cleaners)
    return Facts(
        levels=sorted({cleaner.level for cleaner in cleaners}),
        fingerprints=sorted({cleaner.fingerprint for cleaner in cleaners}),
        documents=tally.documents,
        failed=tally.failed,
        words=tally.words_in,
    )


class Writer:
    """A Parquet file of evidence that is being written to an open file."""

    def __init__(self, file: BinaryIO) -> None:
        """Begin to write. Raises `ModuleNotFoundError` without pyarrow."""
        import pyarrow.parquet as pq

        self._writer = pq.ParquetWriter(
            file,
            schema(),
            compression="zstd",
            compression_level=COMPRESSION_LEVEL,
            use_dictionary=[name for name in COLUMNS if name != "line"],
            column_encoding={"line": "DELTA_BINARY_PACKED"},
            dictionary_pagesize_limit=DICTIONARY_BYTES,
        )
        self._waiting: list[Any] = []
        self._rows = 0
        self._sites: dict[str, SiteCount] = {}

    def add(self, piece: Piece) -> None:
        """Write a piece. Raises `OSError`, and `ValueError` if it is damaged."""
        add_up(self._sites, piece.sites)
        if not piece.rows:
            return
        batch = unpack(piece.rows)
        self._waiting.append(batch)
        self._rows += batch.num_rows
        if self._rows >= GROUP_ROWS:
            self._write_group()

    def finish(self, facts: Facts) -> None:
        """Write what is left, and the facts, whose sites are those of all pieces. Raises `OSError`."""
        self._write_group()
        facts.sites = dict(sorted(self._sites.items()))
        self._writer.add_key_value_metadata({KEY: msgspec.json.encode(facts)})
        self._writer.close()

    def _write_group(self) -> None:
        """Write the rows that wait as one group."""
        import pyarrow as pa

        if self._waiting:
            self._writer.write_table(pa.Table.from_batches(self._waiting), row_group_size=max(self._rows, 1))
        self._waiting, self._rows = [], 0
