import pyarrow as pa

from cleaner import Cleaner
from cleaner.engines.arrow import clean_batch

batch = pa.RecordBatch.from_pydict(
    {"id": [1, 2], "text": ["Accessibility links\n\nRain fell for three days.\n", None]}
)
cleaned = clean_batch(batch, Cleaner())  # and a column cleaner_error: null, or why the row is as it was
