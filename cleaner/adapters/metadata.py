"""Documents that are a content and a dictionary of metadata, as frameworks of retrieval have them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from cleaner.cleaner import Cleaner
from cleaner.rows import Fields, clean_rows, cleaner_for, new_values, row_of

# The keys that loaders of pages use, beside the key that `Fields` names. The first that holds a URL with a scheme, or
# a language, counts: a `source` is often the path of a file, and a real URL may stand beside it.
URL_KEYS = ("source", "url", "URL")
LANG_KEYS = ("language", "lang")


class Document(NamedTuple):
    """The content of a document, and its metadata. Neither is ever changed in place."""

    content: str
    metadata: Mapping[str, Any]


def clean_all(
    documents: Iterable[Document], cleaner: Cleaner, fields: Fields, *, lang: str | None = None
) -> list[Document]:
    """Return documents with their content cleaned, in order; `lang`, if given, is the language of all of them.

    `fields.text` stands for the content; all other fields are keys of the metadata. A document that cannot be cleaned
    keeps its content, and its metadata say why at `fields.error`, which no other document has. Raises for nothing
    that a document holds.
    """
    documents = list(documents)
    values = [values_of(document, fields) for document in documents]
    outcomes = clean_rows(cleaner_for(cleaner, fields), [row_of(one.get, fields, lang=lang) for one in values])
    done = []
    for document, outcome in zip(documents, outcomes, strict=True):
        new = new_values(outcome, fields, document.metadata.get)
        content = new.pop(fields.text, document.content)
        kept = {key: value for key, value in document.metadata.items() if key != fields.error}
        done.append(Document(content, {**kept, **new}))
    return done


def values_of(document: Document, fields: Fields) -> dict[str, Any]:
    """Return the values of the fields of a document, with the URL and the language from where loaders put them."""
    metadata = document.metadata
    urls = [metadata.get(key) for key in (fields.url, *URL_KEYS)]
    langs = [metadata.get(key) for key in (fields.lang, *LANG_KEYS)]
    return {
        **metadata,
        fields.url: next((url for url in urls if isinstance(url, str) and "://" in url), urls[0]),
        fields.lang: next((lang for lang in langs if isinstance(lang, str) and lang), None),
        fields.text: document.content,
    }
