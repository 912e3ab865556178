"""Apache Spark: `mapInArrow`."""

from __future__ import annotations

from cleaner.cleaner import Cleaner
from cleaner.engines import extra
from cleaner.engines.arrow import Cleaning, schema
from cleaner.rows import Fields

with extra("spark"):
    import pyarrow as pa
    from pyspark.sql import DataFrame
    from pyspark.sql.pandas.types import from_arrow_schema
    from pyspark.sql.types import BinaryType, DataType, NullType, StringType, StructType


def clean(
    frame: DataFrame, cleaner: Cleaner | None = None, fields: Fields = Fields(), *, lang: str | None = None
) -> DataFrame:
    """Return a data frame with the text cleaned, see `clean_batch`; Spark computes it when it is asked for.

    Raises `SettingsError` at once for columns that do not fit.
    """
    before = pa.schema([(field.name, _arrow_type(field.dataType)) for field in frame.schema])
    after = schema(before, fields)
    new = from_arrow_schema(pa.schema([field for field in after if field not in before]))
    changed = {field.name: field for field in new}
    known = [changed.pop(field.name, field) for field in frame.schema]
    return frame.mapInArrow(Cleaning.of(cleaner, fields, lang).batches, StructType([*known, *changed.values()]))


def _arrow_type(kind: DataType) -> pa.DataType:
    """Return the type in Arrow of a type that may hold text; of any other, a stand-in that has only its name."""
    for spark, arrow in ((StringType, pa.string()), (BinaryType, pa.binary()), (NullType, pa.null())):
        if isinstance(kind, spark):
            return arrow
    return pa.opaque(pa.null(), kind.simpleString(), "spark")
