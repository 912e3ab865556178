import polars as pl

from cleaner.engines.frames import clean

frame = pl.read_ndjson("in/0.jsonl")
cleaned = clean(frame)  # order and other columns as they were
