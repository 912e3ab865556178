import pyarrow as pa

from cleaner import Cleaner
from cleaner.engines.arrow import clean_batch

batch = pa.record_batch({"id": [1, 2], "text": ["Accessibility links\n\nRain fell for three days.\n", None]})
cleaned = clean_batch(batch, Cleaner())  # with a column cleaner_error: null, or why the row is as it was
