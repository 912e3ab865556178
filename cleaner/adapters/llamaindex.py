"""LlamaIndex: a component of an ingestion pipeline.

The pipeline looks results up in its cache by a hash of the documents and of what `to_dict` returns, as text. A
`Cleaner` in there would read the same for all settings; so `to_dict` has its fingerprint in its place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from cleaner.adapters.metadata import Document as Content
from cleaner.adapters.metadata import clean_all
from cleaner.arguments import checked_language
from cleaner.cleaner import Cleaner
from cleaner.engines import extra
from cleaner.errors import SettingsError
from cleaner.rows import Fields

with extra("llamaindex"):
    from llama_index.core.schema import BaseNode, MetadataMode, TransformComponent
    from pydantic import ConfigDict, Field, computed_field, field_validator

FIELDS = Fields(lang="language")


class CleanerTransform(TransformComponent):  # type: ignore[misc]
    """Cleans the text of documents and nodes; see `clean_all`. The nodes that are passed stay as they are.

    Its arguments are keywords: `cleaner`, `fields` and `lang`, the language of all documents. `Fields(html="text")`
    says that all texts are HTML; otherwise each tells. It goes in front of what splits documents. Records and errors
    in the metadata are shown neither to the embedding nor to the language model. It can be pickled and hashed. Raises
    `ValueError` for a `lang` that is none.
    """

    model_config = ConfigDict(frozen=True)

    cleaner: Cleaner = Field(default_factory=Cleaner, exclude=True)
    fields: Fields = FIELDS
    lang: str | None = None

    @field_validator("lang")
    @classmethod
    def _is_language(cls, lang: str | None) -> str | None:
        return checked_language(lang)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def fingerprint(self) -> str:
        """The fingerprint of the cleaner."""
        return self.cleaner.fingerprint

    @classmethod
    def class_name(cls) -> str:
        """Return the name under which LlamaIndex knows the component."""
        return "CleanerTransform"

    @classmethod
    def from_dict(cls, data: dict[str, Any], **kwargs: Any) -> CleanerTransform:
        """Return what `to_dict` was called on; a cleaner with settings of its own is to be passed as `cleaner`.

        Raises `SettingsError` if the cleaner, or its version, is another one.
        """
        made: CleanerTransform = super().from_dict(data, **kwargs)
        if data.get("fingerprint", made.fingerprint) != made.fingerprint:
            raise SettingsError("this is of another cleaner, or of another version; pass that cleaner")
        return made

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> list[BaseNode]:
        """Return the nodes cleaned, in order, with their ids."""
        contents = [Content(node.get_content(MetadataMode.NONE), node.metadata) for node in nodes]
        cleaned = clean_all(contents, self.cleaner, self.fields, lang=self.lang)
        return [
            self._node_with(node, new) if new != old else node
            for node, old, new in zip(nodes, contents, cleaned, strict=True)
        ]

    async def acall(self, nodes: Sequence[BaseNode], **kwargs: Any) -> list[BaseNode]:
        """Do the same in a thread."""
        return await asyncio.to_thread(self, nodes, **kwargs)

    def _node_with(self, node: BaseNode, new: Content) -> BaseNode:
        """Return a copy of a node with new content and metadata."""
        added = (self.fields.record, self.fields.metadata, self.fields.error)
        ours = [name for name in added if name in new.metadata]
        hidden = {
            key: [*getattr(node, key), *(name for name in ours if name not in getattr(node, key))]
            for key in ("excluded_embed_metadata_keys", "excluded_llm_metadata_keys")
        }
        copy = node.model_copy(update={"metadata": dict(new.metadata), **hidden})
        if new.content != node.get_content(MetadataMode.NONE):
            copy.set_content(new.content)
        return copy
