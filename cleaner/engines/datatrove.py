"""datatrove: a block of a pipeline. Its documents are no Arrow tables, so this works on rows."""

from __future__ import annotations

from typing import Any

from cleaner.arguments import checked_language
from cleaner.cleaner import Cleaner
from cleaner.engines import extra
from cleaner.rows import Fields, RowOutcome, clean_rows, cleaner_for, counts_of, new_values, row_of

with extra("datatrove"):
    from datatrove.data import Document, DocumentsPipeline
    from datatrove.pipeline.base import PipelineStep
    from datatrove.utils.batching import batched
    from datatrove.utils.typeshelper import StatHints

BATCH_DOCUMENTS = 200  # documents that are cleaned at a time; raised, more memory is needed
FIELDS = Fields(lang="language")  # the language filter of datatrove writes the field `language`


class Clean(PipelineStep):  # type: ignore[misc]
    """Cleans the text of documents and passes all documents on, with their media.

    `fields.text` is the text of the document, all other fields are in its metadata. To clean HTML that a reader gave
    as the text, pass `Fields(html="text")`. A document that cannot be cleaned is passed on as it is, with the reason
    in its metadata at `fields.error`. `lang`, if given, is the language of all documents. The stats count documents
    that were changed, emptied or failed, flags, and edits by who made them: rules, repair steps, judge, trafilatura.
    """

    type = "✂️ - FORMAT"
    name = "🧹 Cleaner"

    def __init__(
        self,
        cleaner: Cleaner | None = None,
        fields: Fields = FIELDS,
        *,
        lang: str | None = None,
        batch_size: int = BATCH_DOCUMENTS,
    ) -> None:
        super().__init__()
        self.cleaner = cleaner_for(cleaner or Cleaner(), fields)
        self.fields = fields
        self.lang = checked_language(lang)
        self.batch_size = batch_size

    def run(self, data: DocumentsPipeline, rank: int = 0, world_size: int = 1) -> DocumentsPipeline:
        """Yield the documents of `data`, in order, cleaned."""
        for batch in batched(data, self.batch_size):
            with self.track_time("batch"):
                rows = [row_of(self._values(document).get, self.fields, lang=self.lang) for document in batch]
                outcomes = clean_rows(self.cleaner, rows)
            for document, outcome in zip(batch, outcomes, strict=True):
                self._count(outcome)
                self._update(document, outcome)
                yield document

    def _values(self, document: Document) -> dict[str, Any]:
        """Return the fields of a document, the text among them."""
        metadata = document.metadata if isinstance(document.metadata, dict) else {}
        return {**metadata, self.fields.text: document.text}

    def _update(self, document: Document, outcome: RowOutcome) -> None:
        """Put the clean text and the record, or the reason, into a document."""
        new = new_values(outcome, self.fields, self._values(document).get)
        document.text = new.pop(self.fields.text, document.text)
        if new and document.metadata is None:
            document.metadata = {}
        if isinstance(document.metadata, dict):  # into anything else that a reader put there, nothing can be written
            document.metadata.update(new)

    def _count(self, outcome: RowOutcome) -> None:
        """Count an outcome in the stats of the pipeline."""
        self.stat_update(StatHints.total)
        for name, number in counts_of(outcome).items():
            self.stat_update(name, value=number)
