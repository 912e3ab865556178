"""Evidence: what went of many documents, one row an edit, to be asked which lines go most, and to be looked at.

    cleaned documents ── rows ── table ── a Parquet file ──┬─ ask ── top, compare
                         EditRow                           └─ any other program that reads Parquet
                           └── doubt: how probably was it wrong to remove this?

`rows.py` makes the rows of one document, and `doubt.py` says of a row how probably the removal was wrong; both are
pure, and know nothing of Parquet. `table.py` has the columns, `write.py` writes a file, and `files.py` finds and
checks such files. `base.py` opens them in DuckDB, for the questions of `top.py` and `compare.py`.

Workers make rows, where documents are cleaned: `files/job.py` and `shards/format.py`. So the first three modules lie
in rooms below those (tests/test_layers.py).
"""
