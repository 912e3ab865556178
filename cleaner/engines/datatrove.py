"""datatrove: a block of a pipeline."""

from __future__ import annotations

from collections import Counter
from typing import Any

from cleaner.cleaner import Cleaner
from cleaner.engines import extra
from cleaner.rows import Fields, RowOutcome, clean_rows, record_of, row_of

with extra("datatrove"):
    from datatrove.data import Document, DocumentsPipeline
    from datatrove.pipeline.base import PipelineStep
    from datatrove.utils.batching import batched
    from datatrove.utils.typeshelper import StatHints

BATCH = 200  # documents
FIELDS = Fields(lang="language")  # as datatrove's language filter calls it


class Clean(PipelineStep):  # type: ignore[misc]
    """Cleans the text of documents; all of them go on, as many as come, with their media.

    `fields.text` is the document's text, other fields are in its metadata. To clean HTML that a reader gave as the
    text, say `Fields(html="text")`. A document that cannot be cleaned goes on as it is, with the reason in its
    metadata at `fields.error`. `lang` is the language of all documents. The stats count the documents that were
    changed, emptied or have failed, the flags, and the edits by what made them: rules, repair steps, the judge,
    trafilatura.
    """

    type = "✂️ - FORMAT"
    name = "🧹 Cleaner"

    def __init__(
        self,
        cleaner: Cleaner | None = None,
        fields: Fields = FIELDS,
        *,
        lang: str | None = None,
        batch_size: int = BATCH,
    ) -> None:
        super().__init__()
        self.cleaner = cleaner or Cleaner()
        self.fields = fields
        self.lang = lang
        self.batch_size = batch_size

    def run(self, data: DocumentsPipeline, rank: int = 0, world_size: int = 1) -> DocumentsPipeline:
        """Yield the documents of `data`, in order, cleaned."""
        for batch in batched(data, self.batch_size):
            with self.track_time("batch"):
                rows = [row_of(self._metadata(document).get, self.fields, lang=self.lang) for document in batch]
                outcomes = clean_rows(self.cleaner, rows)
            for document, outcome in zip(batch, outcomes, strict=True):
                self._count(outcome)
                self._set(document, outcome)
                yield document

    def _metadata(self, document: Document) -> dict[str, Any]:
        return {**document.metadata, self.fields.text: document.text}

    def _set(self, document: Document, outcome: RowOutcome) -> None:
        if outcome.cleaned:
            document.text = outcome.cleaned.text
            if self.fields.record:
                document.metadata[self.fields.record] = record_of(outcome.cleaned)
        elif self.fields.error:
            document.metadata[self.fields.error] = outcome.error

    def _count(self, outcome: RowOutcome) -> None:
        self.stat_update(StatHints.total)
        cleaned = outcome.cleaned
        if not cleaned:
            self.stat_update("failed")
            return
        if cleaned.edits:
            self.stat_update("changed")
            if not cleaned.text.strip() and cleaned.restore().strip():
                self.stat_update("emptied")
        self.stat_update(*cleaned.flags)
        for name, number in Counter(edit.by for edit in cleaned.edits).items():
            self.stat_update(name, value=number)
