"""DuckDB over files of evidence: opened so that it can read these files, and nothing else.

The files may be from strangers. DuckDB may open no other file but what it needs itself when a question takes more
memory than it may have, and loads no extensions. Questions are asked of the table `edits`
of one evidence, or of `edits` and `others` of two.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from cleaner import quote
from cleaner.errors import DocumentError
from cleaner.evidence.files import Evidence
from cleaner.shards.compression import needed

MEMORY_LIMIT = "1GB"  # beyond that DuckDB works on the disk. Raised, a question over many rows is answered faster.
MAX_THREADS = 4  # raised, a question takes more processors and hardly less time
EXTRA = "evidence"

# What is asked of the files: the columns with their types, and nothing null.
_EDITS = """
CREATE TEMP VIEW {name} AS
SELECT coalesce(document::VARCHAR, '') AS document, coalesce(site::VARCHAR, '') AS site,
    coalesce(line::BIGINT, 0) AS line, coalesce(key::VARCHAR, lower(text::VARCHAR), '') AS key,
    coalesce(text::VARCHAR, '') AS text, coalesce(rule::VARCHAR, '') AS rule,
    coalesce(category::VARCHAR, '') AS category, coalesce(confidence::VARCHAR, '') AS confidence,
    coalesce(words::BIGINT, 0) AS words, coalesce(lines::BIGINT, 0) AS lines, coalesce(doubt::DOUBLE, 0) AS doubt
FROM read_parquet([{files}], union_by_name = true)
"""


class Base:
    """An open DuckDB with evidence in it."""

    def __init__(self, connection: Any, names: Sequence[str]) -> None:
        self._connection, self._names = connection, names

    def ask(self, question: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows that answer a question in SQL. Raises `DocumentError` if a file is damaged."""
        import duckdb

        try:
            return list(self._connection.execute(question, list(parameters)).fetchall())
        except duckdb.Error as error:
            first = quote.line(str(error).splitlines()[0][:300])
            names = ", ".join(map(quote.name, self._names))
            raise DocumentError(f"{names}: cannot be asked ({first}); write it anew") from None


@contextmanager
def opened(*evidence: Evidence) -> Iterator[Base]:
    """Open one evidence as `edits`, a second one as `others`.

    Raises `SettingsError` if DuckDB is not installed, and `DocumentError` if a file cannot be read.
    """
    duckdb = needed("duckdb", "questions to evidence", EXTRA)
    files = [", ".join(_literal(os.path.abspath(file)) for file in one.files) for one in evidence]  # noqa: PTH100
    with tempfile.TemporaryDirectory(prefix="cleaner-") as folder:
        connection = duckdb.connect(
            config={
                "memory_limit": MEMORY_LIMIT,
                "threads": min(os.cpu_count() or 1, MAX_THREADS),
                "temp_directory": folder,
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        with connection:
            connection.execute(f"SET allowed_paths = [{', '.join(files)}]")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            base = Base(connection, [one.name for one in evidence])
            for name, each in zip(("edits", "others"), files, strict=False):
                base.ask(_EDITS.format(name=name, files=each))
            yield base


def _literal(text: str) -> str:
    """Return a text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"
