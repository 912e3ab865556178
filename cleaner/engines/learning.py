"""Learning in engines: the steps of `cleaner.learn.survey` over Arrow, which `.spark` and `.ray` have in common.

The engine maps `Learning.survey` over all batches, groups the rows by site and gets the threshold of each site
(`Learning.choice`); then it maps `Learning.gather` with these thresholds, groups the rows by site again, and learns
from each group (`Learning.group`). So the packs are the same as those of `cleaner learn` from the same documents.
Numbers are signed here (`survey.OFFSET`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from cleaner.engines import extra
from cleaner.engines.arrow import BATCH_ROWS, columns_to_read, rows_of, schema
from cleaner.learn.documents import SiteDocument
from cleaner.learn.folder import SiteReport, write
from cleaner.learn.found import LearnedSite
from cleaner.learn.knowledge import knowledge_of
from cleaner.learn.survey import (
    OFFSET,
    Given,
    Surveyed,
    gather,
    learn_group,
    once_each,
    site_for,
    survey,
    threshold,
)
from cleaner.rows import Fields
from cleaner.settings import Settings

with extra("corpora"):
    import pyarrow as pa

SURVEYED = pa.schema([("site", pa.string()), ("number", pa.int64())])
CHOSEN = pa.schema([("site", pa.string()), ("threshold", pa.int64())])
DOCUMENTS = pa.schema(
    [("site", pa.string()), ("number", pa.int64()), ("name", pa.string()), ("lines", pa.list_(pa.string()))]
)
LEARNED = pa.schema([("site", pa.string()), ("learned", pa.binary())])  # a `LearnedSite` in MessagePack

_DECODER = msgspec.msgpack.Decoder(LearnedSite)


def to_arrow(documents: Sequence[SiteDocument]) -> pa.Table:
    """Return documents as rows of the schema `DOCUMENTS`."""
    columns = (
        [one.site for one in documents],
        [one.number - OFFSET for one in documents],
        [one.name for one in documents],
        [list(one.lines) for one in documents],
    )
    return pa.table([pa.array(each, kind.type) for each, kind in zip(columns, DOCUMENTS, strict=True)], DOCUMENTS)


def from_arrow(rows: pa.RecordBatch | pa.Table) -> Iterator[SiteDocument]:
    """Yield the documents in rows of the schema `DOCUMENTS`."""
    columns = (rows.column(name).to_pylist() for name in DOCUMENTS.names)
    for site, number, name, lines in zip(*columns, strict=True):
        yield SiteDocument(site, number + OFFSET, name, tuple(lines))


class Learning(NamedTuple):
    """What engines send to their workers: the settings, the fields of rows, and the field of the site if not the URL.

    A document is named by its URL, for the samples of a pack; one without a URL has no name.
    """

    settings: Settings
    fields: Fields = Fields()
    by: str | None = None

    def check(self, given: pa.Schema) -> list[str]:
        """Return the columns that are read of rows with this schema. Raises `SettingsError` if they do not fit."""
        schema(given, self._read_fields)
        read = columns_to_read(given.names, self._read_fields)
        return read if self.by is None or self.by in read or self.by not in given.names else [*read, self.by]

    @property
    def _read_fields(self) -> Fields:
        return self.fields._replace(record=None, error=None)

    def survey(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return what is counted of the documents in a batch: `SURVEYED`."""
        found = list(survey(self._given(batch)))
        sites, numbers = [one.site for one in found], [one.number - OFFSET for one in found]
        return pa.record_batch([pa.array(sites, pa.string()), pa.array(numbers, pa.int64())], schema=SURVEYED)

    def choice(self, group: pa.Table) -> pa.Table:
        """Return the threshold of one site from all that was counted of it: a row of `CHOSEN`, or none."""
        rows = [
            Surveyed(*row) for row in zip(*(group.column(name).to_pylist() for name in SURVEYED.names), strict=True)
        ]
        found = threshold(rows[0].site, (row.number for row in rows)) if rows else None
        return pa.Table.from_pylist(
            [] if found is None else [{"site": rows[0].site, "threshold": found}], schema=CHOSEN
        )

    def gather(self, batch: pa.RecordBatch, chosen: Mapping[str, int]) -> pa.RecordBatch:
        """Return the chosen documents in a batch: `DOCUMENTS`. Those that cannot be read are left out."""
        found = gather(self._given(batch), {site: number + OFFSET for site, number in chosen.items()})
        table = to_arrow([one for one in found if isinstance(one, SiteDocument)]).combine_chunks()
        return (table.to_batches() or [pa.RecordBatch.from_pylist([], schema=DOCUMENTS)])[0]

    def group(self, group: pa.Table) -> pa.Table:
        """Return what is learned from all chosen documents of one site: rows of `LEARNED`."""
        documents = sorted(from_arrow(group), key=lambda one: (one.number, one.name))
        learned: list[LearnedSite] = []
        if documents:
            site, is_host = documents[0].site, self.by is None
            learned = learn_group(site, once_each(documents), knowledge_of(self.settings), is_host=is_host)
        rows = [{"site": one.name, "learned": msgspec.msgpack.encode(one)} for one in learned]
        return pa.Table.from_pylist(rows, schema=LEARNED)

    def survey_table(self, table: pa.Table) -> pa.Table:
        """Do what `survey` does with a table."""
        return pa.Table.from_batches(map(self.survey, table.to_batches(BATCH_ROWS)), SURVEYED)

    def gather_table(self, table: pa.Table, chosen: Mapping[str, int]) -> pa.Table:
        """Do what `gather` does with a table."""
        return pa.Table.from_batches((self.gather(each, chosen) for each in table.to_batches(BATCH_ROWS)), DOCUMENTS)

    def _given(self, batch: pa.RecordBatch) -> Iterator[Given]:
        for row, get in rows_of(batch, self._read_fields):
            yield Given(site_for(row, self.by, get), row.url or "", row)


def write_all(rows: Iterable[Mapping[str, Any]], folder: str | Path) -> list[SiteReport]:
    """Write the packs of rows of `LEARNED` below a folder, as `cleaner learn` does; return what became of each."""
    learned = sorted((_DECODER.decode(row["learned"]) for row in rows), key=lambda site: site.name)
    return [write(Path(folder), site) for site in learned]
