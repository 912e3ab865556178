"""Documents as rows of a table: which fields hold what, and cleaning many rows, each one's trouble its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from cleaner.cleaner import Cleaner
from cleaner.document import Cleaned
from cleaner.errors import CleanerError, defect
from cleaner.text.languages import bcp47

RECORD = "cleaner_record"  # the field that gets the record where the command is asked for it
HTML = "html"  # the field that is read where a row has no text and no field for HTML is named


class Fields(NamedTuple):
    """The names of the fields of a row.

    `text` holds the text and gets the clean text. `html`, where named, holds HTML to clean in place of the text;
    where it is None, `html` is read for rows without text. `url` and `lang` (BCP 47 or ISO 639) are optional: where
    they hold no string, nothing is known. `record`, where named, is a new field that gets the edits and the flags;
    `error`, where named, a new column of a table that says why a row is left as it was (files have a list of those
    instead).
    """

    text: str = "text"
    url: str = "url"
    lang: str = "lang"
    html: str | None = None
    record: str | None = None
    error: str | None = "cleaner_error"


class Row(NamedTuple):
    """A document to clean: a text or an HTML page, or what is wrong with the row that should have held one."""

    text: str | None = None
    html: str | bytes | None = None
    url: str | None = None
    lang: str | None = None
    error: str = ""


class RowOutcome(NamedTuple):
    """What became of a row: the cleaned document, or why (`what; what to do`) it is left as it was."""

    cleaned: Cleaned | None
    error: str = ""


def row_of(get: Callable[[str], object], fields: Fields, url: str | None = None, lang: str | None = None) -> Row:
    """Return the document of a row whose fields `get` returns, None for those that are not there.

    `url` and `lang` count for all rows where they are given.
    """
    text = None if fields.html else get(fields.text)
    html = get(fields.html or HTML) if text is None else None
    if isinstance(text, str):
        row = Row(text=text)
    elif isinstance(html, str | bytes):
        row = Row(html=html)
    else:
        name = fields.html or fields.text
        return Row(error=f"has no string in the field {name!r}; mend the document, or name another field")
    return row._replace(url=url or _string(get(fields.url)), lang=bcp47(lang or _string(get(fields.lang))))


def _string(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def clean_rows(cleaner: Cleaner, rows: Sequence[Row]) -> list[RowOutcome]:
    """Clean rows, in order; the same results as one by one, but faster. Never raises for what a document holds."""
    texts = [row for row in rows if row.text is not None]
    cleaned = iter(_clean_texts(cleaner, texts))
    return [next(cleaned) if row.text is not None else _clean_alone(cleaner, row) for row in rows]


def _clean_texts(cleaner: Cleaner, rows: Sequence[Row]) -> list[RowOutcome]:
    try:
        texts = [row.text or "" for row in rows]
        done = cleaner.clean_many(texts, urls=[row.url for row in rows], langs=[row.lang for row in rows])
        return [RowOutcome(cleaned) for cleaned in done]
    except Exception:  # one of them is to blame: each alone tells which
        return [_clean_alone(cleaner, row) for row in rows]


def _clean_alone(cleaner: Cleaner, row: Row) -> RowOutcome:
    if row.error:
        return RowOutcome(None, row.error)
    try:
        if row.html is not None:
            return RowOutcome(cleaner.clean_html(row.html, url=row.url, lang=row.lang))
        return RowOutcome(cleaner.clean(row.text or "", url=row.url, lang=row.lang))
    except CleanerError as error:
        return RowOutcome(None, str(error))
    except MemoryError:
        return RowOutcome(None, "is too large for the memory there is; give it more, or split it")
    except Exception as error:  # one document never takes others with it
        return RowOutcome(None, defect(error))


def record_of(cleaned: Cleaned) -> dict[str, Any]:
    """Return the record of a cleaned row as plain data: what `Cleaned.from_dict` needs besides the text."""
    data = cleaned.to_dict()
    del data["text"]
    return data
