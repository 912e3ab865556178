"""Data frames of pandas and polars, which are turned into Arrow tables, cleaned, and put back column by column."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeVar

from cleaner.cleaner import Cleaner
from cleaner.engines import extra
from cleaner.engines.arrow import clean_table, columns_to_read
from cleaner.errors import SettingsError
from cleaner.rows import Fields

with extra("pandas"):
    import pyarrow as pa

if TYPE_CHECKING:
    import pandas
    import polars

F = TypeVar("F", bound="pandas.DataFrame | polars.DataFrame")


def clean(frame: F, cleaner: Cleaner | None = None, fields: Fields = Fields(), *, lang: str | None = None) -> F:
    """Return a data frame of pandas or polars with the text cleaned, see `clean_batch`; all else is as it was.

    The column `fields.error` is added only if a row could not be cleaned. Records are dictionaries in pandas, structs
    in polars. Raises `SettingsError` for columns that do not fit, and `TypeError` for anything but a data frame.
    """
    for package, clean_frame in (("polars", _clean_polars), ("pandas", _clean_pandas)):
        library = sys.modules.get(package)  # whoever has a frame has imported its library
        if library and isinstance(frame, library.DataFrame):
            columns = columns_to_read(frame.columns, fields)
            result: F = clean_frame(frame, columns, cleaner or Cleaner(), fields, lang)
            return result
    raise TypeError(f"a {type(frame).__name__} is no data frame of pandas or polars; convert or collect it first")


def _clean_polars(frame: Any, columns: list[str], cleaner: Cleaner, fields: Fields, lang: str | None) -> Any:
    import polars

    done = clean_table(frame.select(columns).to_arrow(), cleaner, fields, lang=lang)
    return frame.with_columns(polars.from_arrow(done.select(_new_columns(done, fields))))


def _clean_pandas(frame: Any, columns: list[str], cleaner: Cleaner, fields: Fields, lang: str | None) -> Any:
    import pandas

    try:
        table = pa.Table.from_pandas(frame[columns], preserve_index=False)
    except (ValueError, TypeError) as error:
        raise SettingsError(f"a column cannot be read as strings ({error}); convert it") from None
    errors = fields.error or "error"
    done = clean_table(table, cleaner, fields._replace(error=errors), lang=lang)
    new = {name: done.column(name).to_pylist() for name in _new_columns(done, fields)}
    kinds: dict[str | None, Any] = {fields.record: object}
    if fields.text in columns:
        before = frame[fields.text]
        failed = done.column(errors).is_valid().to_pylist()  # their old value stays: None, NaN or pandas.NA
        rows = zip(new[fields.text], before, failed, strict=True)
        new[fields.text] = [old if is_failed else text for text, old, is_failed in rows]
        kinds[fields.text] = "category" if isinstance(before.dtype, pandas.CategoricalDtype) else before.dtype
    series = {name: pandas.Series(values, frame.index, kinds.get(name)) for name, values in new.items()}
    return frame.assign(**series)


def _new_columns(done: pa.Table, fields: Fields) -> list[str]:
    """Return the names of the columns to put into the frame."""
    failed = fields.error is not None and done.column(fields.error).null_count < len(done)
    return [name for name in (fields.text, fields.record, fields.error if failed else None) if name is not None]
