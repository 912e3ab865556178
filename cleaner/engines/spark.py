"""Apache Spark: `mapInArrow`, and to learn `groupBy` and `applyInArrow`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from cleaner.cleaner import Cleaner
from cleaner.engines import extra
from cleaner.engines.arrow import Cleaning, schema
from cleaner.engines.learning import CHOSEN, DOCUMENTS, LEARNED, SURVEYED, Learning, write_all
from cleaner.learn.folder import SiteReport
from cleaner.rows import Fields
from cleaner.settings import Settings

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
    before = _arrow_schema(frame)
    after = schema(before, fields)
    new = from_arrow_schema(pa.schema([field for field in after if field not in before]))
    changed = {field.name: field for field in new}
    known = [changed.pop(field.name, field) for field in frame.schema]
    return frame.mapInArrow(Cleaning.of(cleaner, fields, lang).batches, StructType([*known, *changed.values()]))


def learn(
    frame: DataFrame,
    folder: str | Path,
    fields: Fields = Fields(),
    *,
    by: str | None = None,
    settings: Settings | None = None,
) -> list[SiteReport]:
    """Learn what is chrome on the sites of documents, and write a rule pack for each site below `folder`.

    The packs are those of `cleaner learn`, which see. The frame is read twice. `by` names a column with the sites,
    if they are not the hosts of the URLs; `settings` name the rules that are known. Raises `SettingsError` at once
    for columns that do not fit.
    """
    learning = Learning(settings or Settings(), fields, by)
    frame = frame.select(*(f"`{name}`" for name in learning.check(_arrow_schema(frame))))

    def survey(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return map(learning.survey, batches)

    def choice(site: pa.Table) -> pa.Table:  # Spark takes a method with one parameter for a function of two
        return learning.choice(site)

    surveyed = frame.mapInArrow(survey, from_arrow_schema(SURVEYED)).distinct()
    rows = surveyed.groupBy("site").applyInArrow(choice, from_arrow_schema(CHOSEN)).toLocalIterator()
    chosen = {row["site"]: row["threshold"] for row in rows}

    def gather(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return (learning.gather(batch, chosen) for batch in batches)

    def group(site: pa.Table) -> pa.Table:
        return learning.group(site)

    documents = frame.mapInArrow(gather, from_arrow_schema(DOCUMENTS))
    learned = documents.groupBy("site").applyInArrow(group, from_arrow_schema(LEARNED))
    return write_all((row.asDict() for row in learned.toLocalIterator()), folder)


def _arrow_schema(frame: DataFrame) -> pa.Schema:
    """Return the schema of a frame, with stand-ins for types that hold no text."""
    return pa.schema([(field.name, _arrow_type(field.dataType)) for field in frame.schema])


def _arrow_type(kind: DataType) -> pa.DataType:
    """Return the type in Arrow of a type that may hold text; of any other, a stand-in that has only its name."""
    for spark, arrow in ((StringType, pa.string()), (BinaryType, pa.binary()), (NullType, pa.null())):
        if isinstance(kind, spark):
            return arrow
    return pa.opaque(pa.null(), kind.simpleString(), "spark")
