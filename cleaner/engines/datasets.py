"""Hugging Face datasets: `map` over Arrow tables.

`map` looks results up in its cache by a hash of the pickled function. The pickle of a `Cleaning` has the fingerprint
of the cleaner in it, so a result is found only if settings, rules and versions are the same.
"""

from __future__ import annotations

from functools import partial
from typing import Any, TypeVar

from cleaner.cleaner import Cleaner
from cleaner.engines import extra
from cleaner.engines.arrow import Cleaning, columns_to_read, schema
from cleaner.engines.values import clean_values
from cleaner.rows import Fields

with extra("datasets"):
    from datasets import Dataset, Features, IterableDataset

D = TypeVar("D", bound="dict[str, Any] | Dataset | IterableDataset")


def clean(
    dataset: D, cleaner: Cleaner | None = None, fields: Fields = Fields(), *, lang: str | None = None, **options: Any
) -> D:
    """Return a dataset, a streamed one, or a dictionary of either, with the text cleaned; see `clean_batch`.

    Other columns keep their features. `options` go to `map`: `num_proc`, `batch_size` and so on. The result comes
    from the cache if the same dataset was cleaned before with an equal cleaner of the same version. Raises
    `SettingsError`.
    """
    cleaning = Cleaning.of(cleaner, fields, lang)
    done: D = _clean_any(dataset, cleaning, options)
    return done


def _clean_any(dataset: Any, cleaning: Cleaning, options: dict[str, Any]) -> Any:
    """Clean a dataset, a streamed one, or a dictionary of either."""
    if isinstance(dataset, dict):
        return type(dataset)({split: _clean_any(one, cleaning, options) for split, one in dataset.items()})
    features = _features_after(dataset.features, cleaning.fields) if dataset.features else None
    if isinstance(dataset, IterableDataset):
        form = dataset._formatting and dataset._formatting.format_type
        if features:
            done = dataset.with_format("arrow").map(cleaning.table, batched=True, features=features, **options)
        else:  # in Arrow, each batch would get types of its own
            done = dataset.with_format(None).map(partial(_clean_lists, cleaning), batched=True, **options)
        return done.with_format(form)
    if not len(dataset):  # `map` leaves it as it is, without new columns
        nothing: dict[str, list[Any]] = {name: [] for name in features or ()}
        done = Dataset.from_dict(nothing, features=features, split=dataset.split)
    else:
        options = {"desc": "Cleaning", **options}
        done = dataset.with_format("arrow").map(cleaning.table, batched=True, features=features, **options)
    form = dataset.format
    columns = None if form["columns"] == dataset.column_names else form["columns"]
    return done.with_format(form["type"], columns, form["output_all_columns"], **form["format_kwargs"])


def _clean_lists(cleaning: Cleaning, batch: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Clean a batch that is a list of values for each column, without types."""
    read = {name: batch[name] for name in columns_to_read(batch, cleaning.fields)}
    number = len(next(iter(read.values())))
    cleaned = clean_values(read, number, cleaning.cleaner, cleaning.fields, lang=cleaning.lang)
    return {**batch, **cleaned.columns(cleaning.fields)}


def _features_after(given: Features, fields: Fields) -> Features:
    """Return the features of the result: those given, and others for columns that are new or change their type."""
    before = given.arrow_schema
    after = schema(before, fields)
    new = Features.from_arrow_schema(after.remove_metadata())
    same = {name for name in given if before.field(name).type == after.field(name).type}
    return Features({name: given[name] if name in same else feature for name, feature in new.items()})
