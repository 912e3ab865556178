"""Ray Data: `map_batches` over Arrow tables."""

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
    """Return a dataset with the text cleaned, see `clean_batch`; Ray computes it when it is asked for.

    `options` go to `map_batches`: `batch_size`, `num_cpus` and so on. `SettingsError` for columns that do not fit
    comes only when the dataset is computed.
    """
    cleaning = Cleaning.of(cleaner, fields, lang)
    return dataset.map_batches(cleaning.table, **{"batch_format": "pyarrow", "zero_copy_batch": True, **options})
