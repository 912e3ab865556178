"""Ray Data: `map_batches`."""

from __future__ import annotations

from typing import Any

from cleaner.cleaner import Cleaner
from cleaner.engines import extra
from cleaner.engines.arrow import Cleaning
from cleaner.rows import Fields

with extra("ray"):
    from ray.data import Dataset


def clean(
    dataset: Dataset,
    cleaner: Cleaner | None = None,
    fields: Fields = Fields(),
    *,
    lang: str | None = None,
    **options: Any,
) -> Dataset:
    """Return a dataset with the text cleaned, see `clean_batch`; it is computed when it is asked for.

    `options` go to `map_batches`: `batch_size`, `num_cpus` and so on. Columns that do not fit show then, too.
    """
    cleaning = Cleaning.of(cleaner, fields, lang)
    return dataset.map_batches(cleaning.table, **{"batch_format": "pyarrow", "zero_copy_batch": True, **options})
