"""DuckDB over files of evidence: opened so that it can read these files, and nothing else.

The files may be from strangers. DuckDB may open no other file but what it needs itself when a question takes more
memory than it may have, and loads no extensions. Questions are asked of the table `edits`
of one evidence, or of `edits` and `others` of two.
"""

from __future__ import annotations

import itertools
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from cleaner import quote
from cleaner.errors import DocumentError
from cleaner.evidence.files import Evidence
from cleaner.shards.compression import needed

MEMORY_LIMIT = "1GB"  # beyond that DuckDB works on the disk. Raised, a question over many rows is answered faster.
MAX_THREADS = 4  # raised, a question takes more processors and hardly less time
MAX_ERROR_CHARS = 150  # of what DuckDB says of a file; it may quote what stands there
EXTRA = "evidence"

# What is asked of the files: the columns with their types, nothing null, and no doubt that is no number.
_EDITS = """
CREATE TEMP VIEW {name} AS
SELECT coalesce(document::VARCHAR, '') AS document, coalesce(site::VARCHAR, '') AS site,
    coalesce(line::BIGINT, 0) AS line, coalesce(key::VARCHAR, lower(text::VARCHAR), '') AS key,
    coalesce(text::VARCHAR, '') AS text, coalesce(rule::VARCHAR, '') AS rule,
    coalesce(category::VARCHAR, '') AS category, coalesce(confidence::VARCHAR, '') AS confidence,
    coalesce(words::BIGINT, 0) AS words, coalesce(lines::BIGINT, 0) AS lines,
    coalesce(greatest(least(doubt::DOUBLE, 1), 0), 0) AS doubt
FROM read_parquet({files}, union_by_name = true)
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
            first = re.sub(r'"[^"]*"', "it", str(error).splitlines()[0])[:MAX_ERROR_CHARS]
            names = ", ".join(map(quote.name, self._names))
            raise DocumentError(f"{names}: cannot be asked ({quote.line(first)}); write it anew") from None


@contextmanager
def opened(*evidence: Evidence) -> Iterator[Base]:
    """Open one evidence as `edits`, a second one as `others`.

    Raises `SettingsError` if DuckDB is not installed, and `DocumentError` if a file cannot be read.
    """
    duckdb = needed("duckdb", "questions to evidence", EXTRA)
    paths = [list(map(os.path.abspath, one.files)) for one in evidence]
    for path in itertools.chain(*paths):
        if not quote.is_utf8(path):
            raise DocumentError(f"{quote.name(path)}: has a name that is not UTF-8; give it another one")
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
            allowed = [form for path in itertools.chain(*paths) for form in (path, _without_pattern(path))]
            connection.execute(f"SET allowed_paths = {_literals(allowed)}")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            base = Base(connection, [one.name for one in evidence])
            for name, each in zip(("edits", "others"), paths, strict=False):
                base.ask(_EDITS.format(name=name, files=_literals(map(_without_pattern, each))))
            yield base


def _without_pattern(path: str) -> str:
    """Return a pattern that this path alone matches: DuckDB takes every path for a pattern."""
    return re.sub(r"[*?\[]", r"[\g<0>]", path)


def _literals(texts: Iterable[str]) -> str:
    """Return texts as a list of literals of SQL."""
    return "[" + ", ".join("'" + text.replace("'", "''") + "'" for text in texts) + "]"
