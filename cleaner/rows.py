"""Documents as rows of a table: which fields hold what, and cleaning many rows.

Shards and engines have rows of many kinds: JSON objects, Arrow columns, metadata of datatrove. They all come here as
`Row`, by `row_of`, and go as `RowOutcome`. So all of them read the same fields in the same way and say the same of
what is wrong, and one row that cannot be cleaned does not affect the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from cleaner.arguments import is_language, is_url
from cleaner.cleaner import Cleaner, with_metadata
from cleaner.document import Cleaned
from cleaner.errors import CleanerError, defect
from cleaner.flags import READ_AS_HTML
from cleaner.text import kinds
from cleaner.text.languages import bcp47

METADATA_FIELD = "cleaner_metadata"  # the field for what documents say of themselves, with `--metadata`
RECORD_FIELD = "cleaner_record"  # the field for the record, if `cleaner strip --record` cleans shards
HTML_FIELD = "html"  # the field that is read if a row has no text, unless another field for HTML is named


class Fields(NamedTuple):
    """The names of the fields of a row.

    - `text` holds the text and gets the clean text.
    - `html`, if it is named, holds HTML to clean instead of the text. If it is None, the field `html` is read for
      rows without text.
    - `url` and `lang` (BCP 47 or ISO 639) choose the rules. If they hold no URL and no language, nothing is known.
    - `record`, if it is named, is a new field for the record: the edits, the flags and the encoding.
    - `metadata`, if it is named, is a new field for what the document says of itself, see `cleaner.metadata`.
    - `error`, if it is named, is a new column of a table that says why a row is left as it was. Shards have a list of
      failures instead.
    """

    text: str = "text"
    url: str = "url"
    lang: str = "lang"
    html: str | None = None
    record: str | None = None
    error: str | None = "cleaner_error"
    metadata: str | None = None


class Row(NamedTuple):
    """A document to clean: a text or an HTML page, or the `error` of a row that holds neither.

    The cleaned document has `flags` besides those that cleaning gives it.
    """

    text: str | None = None
    html: str | bytes | None = None
    url: str | None = None
    lang: str | None = None
    error: str = ""
    flags: tuple[str, ...] = ()


class RowOutcome(NamedTuple):
    """What became of a row: the cleaned document, or why it is left as it was (`what is wrong; what to do`)."""

    cleaned: Cleaned | None
    error: str = ""


def row_of(get: Callable[[str], object], fields: Fields, url: str | None = None, lang: str | None = None) -> Row:
    """Return the document of a row. `get` returns the value of a field, None if there is no such field.

    `url` and `lang`, if given, are used instead of the fields.
    """
    text = None if fields.html else get(fields.text)
    html = get(fields.html or HTML_FIELD) if text is None else None
    if isinstance(text, str):
        row = Row(text=text)
    elif isinstance(html, str | bytes):
        row = Row(html=html)
    else:
        name = fields.html or fields.text
        return Row(error=f"has no string in the field {name!r}; mend the document, or name another field")
    return row._replace(
        url=url or _string_or_none(get(fields.url)), lang=bcp47(lang or _string_or_none(get(fields.lang)))
    )


def _string_or_none(value: object) -> str | None:
    """Return a string that is not empty, None for anything else."""
    return value if isinstance(value, str) and value else None


def _with_what_is_known(row: Row) -> Row:
    """Return `row` without a URL or a language that is none: they are data, and nobody's mistake here."""
    url, lang = row.url, row.lang
    if (not url or is_url(url)) and (not lang or is_language(lang)):
        return row
    return row._replace(url=url if url and is_url(url) else None, lang=lang if lang and is_language(lang) else None)


def _as_page(row: Row) -> Row:
    """Return a row whose text is a page of HTML as one with the page."""
    if row.text is None or not kinds.is_page(row.text):
        return row
    return row._replace(text=None, html=row.text, flags=(*row.flags, READ_AS_HTML))


def clean_rows(cleaner: Cleaner, rows: Sequence[Row], file: str | None = None) -> list[RowOutcome]:
    """Clean rows, in order: all texts together, which is faster than one by one and gives the same results.

    `file` is the name of the file that holds them, if it is known. Never raises for anything that a document holds.
    """
    rows = [_as_page(_with_what_is_known(row)) for row in rows]
    texts = [row for row in rows if row.text is not None]
    cleaned = iter(_clean_texts(cleaner, texts, file))
    outcomes = [next(cleaned) if row.text is not None else clean_row(cleaner, row, file) for row in rows]
    return [_flagged(outcome, row.flags) for row, outcome in zip(rows, outcomes, strict=True)]


def _flagged(outcome: RowOutcome, flags: tuple[str, ...]) -> RowOutcome:
    """Return the outcome of a row with the flags that the row had before it was cleaned."""
    cleaned = outcome.cleaned
    missing = tuple(flag for flag in flags if cleaned and flag not in cleaned.flags)
    if not cleaned or not missing:
        return outcome
    return outcome._replace(cleaned=replace(cleaned, flags=(*missing, *cleaned.flags)))


def _clean_texts(cleaner: Cleaner, rows: Sequence[Row], file: str | None) -> list[RowOutcome]:
    """Clean rows that have a text."""
    try:
        texts = [row.text or "" for row in rows]
        urls, langs = [row.url for row in rows], [row.lang for row in rows]
        done = cleaner.clean_many(texts, urls=urls, langs=langs, files=[file] * len(rows))
        return [RowOutcome(cleaned) for cleaned in done]
    except Exception:  # which row is to blame shows when each is cleaned alone
        return [clean_row(cleaner, row, file) for row in rows]


def clean_row(cleaner: Cleaner, row: Row, file: str | None = None) -> RowOutcome:
    """Clean one row, of a file of this name, if it is known. Never raises for anything that a document holds."""
    if row.error:
        return RowOutcome(None, row.error)
    row = _as_page(_with_what_is_known(row))
    try:
        if row.html is not None:
            cleaned = cleaner.clean_html(row.html, url=row.url, lang=row.lang, file=file)
        else:
            cleaned = cleaner.clean(row.text or "", url=row.url, lang=row.lang, file=file)
        return _flagged(RowOutcome(cleaned), row.flags)
    except CleanerError as error:
        return RowOutcome(None, str(error))
    except MemoryError:
        return RowOutcome(None, "is too large for the memory there is; give it more, or split it")
    except Exception as error:  # whatever is wrong with a document, the others are cleaned
        return RowOutcome(None, defect(error))


def new_values(outcome: RowOutcome, fields: Fields, get: Callable[[str], object]) -> dict[str, Any]:
    """Return the new values of a row, by field: the text, the record and the metadata, or the error alone.

    `get` returns the value that a field has, as in `row_of`. A record that is there stays if nothing more was to
    clean, so that to clean a row again does not lose what the first time removed; so do metadata.
    """
    cleaned = outcome.cleaned
    if not cleaned:
        return {fields.error: outcome.error} if fields.error else {}
    new = {name: value for name, value in added(fields, cleaned).items() if cleaned.edits or get(name) is None}
    return {**new, fields.text: cleaned.text}


def counts_of(outcome: RowOutcome) -> Counter[str]:
    """Count what became of a row: `failed`, `changed`, `emptied`, its flags, and its edits by who made them."""
    cleaned = outcome.cleaned
    if not cleaned:
        return Counter(failed=1)
    counts = Counter([*cleaned.flags, *(edit.by for edit in cleaned.edits)])
    if cleaned.edits:
        counts["changed"] = 1
        if not cleaned.text.strip() and cleaned.restore().strip():
            counts["emptied"] = 1
    return counts


def record_of(cleaned: Cleaned) -> dict[str, Any]:
    """Return the record of a cleaned document as plain data: all that `Cleaned.from_dict` needs besides the text."""
    data = cleaned.to_dict()
    del data["text"]
    data.pop("metadata", None)
    return data


def metadata_of(cleaned: Cleaned) -> dict[str, Any] | None:
    """Return what a document says of itself as plain data; None if the cleaner was not asked."""
    return None if cleaned.metadata is None else cleaned.metadata.to_dict()


def added(fields: Fields, cleaned: Cleaned | None) -> dict[str, Any]:
    """Return the new fields of a row but the error, by name: None in each if the row could not be cleaned."""
    named = ((fields.metadata, metadata_of), (fields.record, record_of))
    return {name: cleaned and make(cleaned) for name, make in named if name is not None}


def cleaner_for(cleaner: Cleaner, fields: Fields) -> Cleaner:
    """Return the cleaner that gives rows all the fields that are named."""
    return with_metadata(cleaner) if fields.metadata is not None else cleaner
