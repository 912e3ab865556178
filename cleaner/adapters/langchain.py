"""LangChain: a document transformer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cleaner.adapters.metadata import Document as Content
from cleaner.adapters.metadata import clean_all
from cleaner.arguments import checked_language
from cleaner.cleaner import Cleaner
from cleaner.engines import extra
from cleaner.rows import Fields

with extra("langchain"):
    from langchain_core.documents import BaseDocumentTransformer, Document

FIELDS = Fields(text="page_content", url="source", lang="language")


class CleanerTransformer(BaseDocumentTransformer):  # type: ignore[misc]
    """Cleans the `page_content` of documents; see `clean_all`. The documents that are passed stay as they are.

    `Fields(text="page_content", html="page_content")` says that all contents are HTML; otherwise each tells.
    Documents are to be cleaned before they are split. Raises `ValueError` for a `lang` that is none.
    """

    def __init__(self, cleaner: Cleaner | None = None, fields: Fields = FIELDS, *, lang: str | None = None) -> None:
        self.cleaner = cleaner or Cleaner()
        self.fields = fields
        self.lang = checked_language(lang)

    def transform_documents(self, documents: Sequence[Document], **kwargs: Any) -> list[Document]:
        """Return the documents cleaned, in order, with their ids. `atransform_documents` does it in a thread."""
        contents = [Content(one.page_content, one.metadata) for one in documents]
        cleaned = clean_all(contents, self.cleaner, self.fields, lang=self.lang)
        return [
            document.model_copy(update={"page_content": content, "metadata": metadata})
            for document, (content, metadata) in zip(documents, cleaned, strict=True)
        ]
