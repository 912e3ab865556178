"""Data frames of pandas and polars: their texts are taken out, cleaned, and put back column by column.

Columns of polars are Arrow already, unless they hold Python objects. Columns of pandas are read value by value: most
are of type `object`, and may hold anything.
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any, TypeVar

from cleaner.arguments import checked_language
from cleaner.cleaner import Cleaner
from cleaner.engines import extra
from cleaner.engines.arrow import METADATA_TYPE, RECORD_TYPE, clean_table, columns_to_read, schema
from cleaner.engines.values import clean_values
from cleaner.errors import SettingsError
from cleaner.rows import HTML_FIELD, Fields

with extra("pandas"):
    import pyarrow as pa

if TYPE_CHECKING:
    import pandas
    import polars

F = TypeVar("F", bound="pandas.DataFrame | polars.DataFrame")


def clean(frame: F, cleaner: Cleaner | None = None, fields: Fields = Fields(), *, lang: str | None = None) -> F:
    """Return a data frame of pandas or polars with the text cleaned, see `clean_batch`; all else is as it was.

    A value that is no text, such as a number in a column of objects, costs its row alone. None, NaN and `pandas.NA`
    are missing texts. Records are dictionaries in pandas, structs in polars.

    Raises `SettingsError` for columns that do not fit, and `TypeError` for anything but a data frame.
    """
    for package, clean_frame in (("polars", _clean_polars), ("pandas", _clean_pandas)):
        library = sys.modules.get(package)  # whoever has a frame has imported its library
        if library and isinstance(frame, library.DataFrame):
            columns = columns_to_read(frame.columns, fields)
            result: F = clean_frame(frame, columns, cleaner or Cleaner(), fields, checked_language(lang))
            return result
    raise TypeError(f"a {type(frame).__name__} is no data frame of pandas or polars; convert or collect it first")


def _clean_polars(frame: Any, columns: list[str], cleaner: Cleaner, fields: Fields, lang: str | None) -> Any:
    import polars

    new = [name for name in (fields.text, fields.metadata, fields.record, fields.error) if name is not None]
    objects = [name for name in columns if frame.schema[name] == polars.Object]
    if not objects:
        done = clean_table(frame.select(columns).to_arrow(), cleaner, fields, lang=lang)
        return frame.with_columns(polars.from_arrow(done.select(new)))
    typed = frame.clear().select([name for name in columns if name not in objects]).to_arrow().schema
    schema(pa.schema([*typed, *(pa.field(name, pa.null()) for name in objects)]), fields)
    values = {name: frame[name].to_list() for name in columns}
    cleaned = clean_values(values, len(frame), cleaner, fields, lang=lang)
    structs: dict[str | None, pa.DataType] = {fields.record: RECORD_TYPE, fields.metadata: METADATA_TYPE}
    kinds = {fields.text: frame.schema.get(fields.text, polars.String), fields.error: polars.String}
    return frame.with_columns(
        polars.Series(name, polars.from_arrow(pa.array(column, structs[name])))
        if name in structs
        else polars.Series(name, column, kinds[name])
        for name, column in cleaned.columns(fields).items()
    )


def _clean_pandas(frame: Any, columns: list[str], cleaner: Cleaner, fields: Fields, lang: str | None) -> Any:
    import pandas

    texts = [name for name in columns if name in (fields.text, fields.html or HTML_FIELD)]
    try:
        kinds = pa.Schema.from_pandas(frame[texts].iloc[:0], preserve_index=False)
    except (ValueError, TypeError) as error:
        raise SettingsError(f"a column cannot be read as strings ({error}); convert it") from None
    schema(kinds, fields)  # of objects it does not know the type, and takes them all
    values = {name: frame[name].tolist() for name in columns}
    cleaned = clean_values(values, len(frame), cleaner, fields, lang=lang, is_missing=_is_missing)
    types: dict[str | None, Any] = {fields.record: object, fields.metadata: object, fields.error: object}
    if fields.text in columns:
        before = frame[fields.text].dtype
        types[fields.text] = "category" if isinstance(before, pandas.CategoricalDtype) else before
    new = cleaned.columns(fields)
    return frame.assign(**{name: pandas.Series(new[name], frame.index, types.get(name)) for name in new})


def _is_missing(value: Any) -> bool:
    """Whether a value of pandas stands for none: None, NaN, `pandas.NA` or `pandas.NaT`."""
    import pandas

    return (
        value is None or value is pandas.NA or value is pandas.NaT or (isinstance(value, float) and math.isnan(value))
    )
