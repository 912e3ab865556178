"""Hugging Face datasets: `map` with a fingerprint that stands for the cleaner's settings, rules and versions."""

from __future__ import annotations

from functools import partial
from typing import Any, TypeVar

from cleaner.cleaner import Cleaner
from cleaner.engines import extra
from cleaner.engines.arrow import Cleaning, read_of, schema
from cleaner.rows import Fields

with extra("datasets"):
    import pyarrow as pa
    from datasets import Dataset, Features, IterableDataset

D = TypeVar("D", bound="dict[str, Any] | Dataset | IterableDataset")


def clean(
    dataset: D, cleaner: Cleaner | None = None, fields: Fields = Fields(), *, lang: str | None = None, **options: Any
) -> D:
    """Return a dataset, a streamed one, or a dictionary of either, with the text cleaned; see `clean_batch`.

    Other columns keep their features. `options` go to `map`: `num_proc`, `batch_size` and so on. The result is found
    in the cache where the same dataset was cleaned with an equal cleaner of the same version. Raises `SettingsError`.
    """
    cleaning = Cleaning.of(cleaner, fields, lang)
    done: D = _clean(dataset, cleaning, options)
    return done


def _clean(dataset: Any, cleaning: Cleaning, options: dict[str, Any]) -> Any:
    if isinstance(dataset, dict):
        return type(dataset)({split: _clean(one, cleaning, options) for split, one in dataset.items()})
    features = _features(dataset.features, cleaning.fields) if dataset.features else None
    if isinstance(dataset, IterableDataset):
        form = dataset._formatting and dataset._formatting.format_type
        if features:
            done = dataset.with_format("arrow").map(cleaning.table, batched=True, features=features, **options)
        else:  # as Arrow, each row would have types of its own
            done = dataset.with_format(None).map(partial(_clean_lists, cleaning), batched=True, **options)
        return done.with_format(form)
    if not len(dataset):  # which map leaves as it is, without new columns
        nothing: dict[str, list[Any]] = {name: [] for name in features or ()}
        done = Dataset.from_dict(nothing, features=features, split=dataset.split)
    else:
        options = {"desc": "Cleaning", **options}
        done = dataset.with_format("arrow").map(cleaning.table, batched=True, features=features, **options)
    form = dataset.format
    columns = None if form["columns"] == dataset.column_names else form["columns"]
    return done.with_format(form["type"], columns, form["output_all_columns"], **form["format_kwargs"])


def _clean_lists(cleaning: Cleaning, batch: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Clean a batch of which only the values are known."""
    read = {name: batch[name] for name in read_of(batch, cleaning.fields)}
    return {**batch, **cleaning.table(pa.Table.from_pydict(read)).to_pydict()}


def _features(given: Features, fields: Fields) -> Features:
    """Return the features of the result: those given, but where the type changes, or the column is new."""
    before = given.arrow_schema
    after = schema(before, fields)
    new = Features.from_arrow_schema(after.remove_metadata())
    same = {name for name in given if before.field(name).type == after.field(name).type}
    return Features({name: given[name] if name in same else feature for name, feature in new.items()})
