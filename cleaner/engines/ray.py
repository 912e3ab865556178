"""Ray Data: `map_batches` over Arrow tables, and to learn `groupby` and `map_groups`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cleaner.cleaner import Cleaner
from cleaner.engines import extra
from cleaner.engines.arrow import Cleaning
from cleaner.engines.learning import Learning, write_all
from cleaner.learn.folder import SiteReport
from cleaner.rows import Fields
from cleaner.settings import Settings

with extra("ray"):
    import ray
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


def learn(
    dataset: Dataset,
    folder: str | Path,
    fields: Fields = Fields(),
    *,
    by: str | None = None,
    settings: Settings | None = None,
    **options: Any,
) -> list[SiteReport]:
    """Learn what is chrome on the sites of documents, and write a rule pack for each site below `folder`.

    The packs are those of `cleaner learn`, which see. The dataset is read twice. `by` names a column with the sites,
    if they are not the hosts of the URLs; `settings` name the rules that are known. `options` go to `map_batches`.
    Raises `SettingsError` at once for columns that do not fit.
    """
    learning = Learning(settings or Settings(), fields, by)
    dataset = dataset.select_columns(learning.check(dataset.schema().base_schema))
    how = {"batch_format": "pyarrow", "zero_copy_batch": True, **options}
    surveyed = dataset.map_batches(learning.survey_table, **how)
    chosen = surveyed.groupby("site", _partitions()).map_groups(learning.choice, batch_format="pyarrow").take_all()
    thresholds = {row["site"]: row["threshold"] for row in chosen}
    documents = dataset.map_batches(learning.gather_table, fn_args=(thresholds,), **how)
    learned = documents.groupby("site", _partitions()).map_groups(learning.group, batch_format="pyarrow")
    return write_all(learned.iter_rows(), folder)


def _partitions() -> int:
    """Return in how many parts to group: some for each processor. Ray would make 200, which takes long with few."""
    return 2 * max(1, int(ray.cluster_resources().get("CPU", 1)))
