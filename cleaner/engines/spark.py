"""Apache Spark: `mapInArrow`."""

from __future__ import annotations

from cleaner.cleaner import Cleaner
from cleaner.engines import extra
from cleaner.engines.arrow import Cleaning, schema
from cleaner.rows import Fields

with extra("spark"):
    from pyspark.sql import DataFrame
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema
    from pyspark.sql.types import StructType


def clean(
    frame: DataFrame, cleaner: Cleaner | None = None, fields: Fields = Fields(), *, lang: str | None = None
) -> DataFrame:
    """Return a data frame with the text cleaned, see `clean_batch`; it is computed when it is asked for.

    Raises `SettingsError` at once for columns that do not fit.
    """
    new = from_arrow_schema(schema(to_arrow_schema(frame.schema), fields))
    known = {field.name: field for field in frame.schema}
    wanted = StructType([known.get(field.name, field) for field in new])
    return frame.mapInArrow(Cleaning.of(cleaner, fields, lang).batches, wanted)
