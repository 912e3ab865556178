import pandas as pd

from cleaner.engines.frames import clean

frame = pd.read_json("in/0.jsonl", lines=True)
cleaned = clean(frame)  # index, order and other columns as they were; polars is the same
