"""Documents with their gold from JSONL files. Lines are parsed, and their text or HTML is found, as for shards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cleaner import quote
from cleaner.cli.rules.common import Failed
from cleaner.files.folder import InTheWay
from cleaner.limits import MAX_DOCUMENT_BYTES
from cleaner.rows import HTML_FIELD, Fields, Row, row_of
from cleaner.shards import compression, names, store
from cleaner.shards.jsonl import Line, lines_of, parse_line


class JsonlDocument(NamedTuple):
    """A document of a JSONL file: its name (`path:line`), the row to clean, and its gold, None if not known."""

    name: str
    path: Path
    row: Row
    gold: str | None


def is_jsonl(path: str) -> bool:
    """Whether a path is that of a JSONL file, by its name."""
    name = names.name_of(path)
    return name is not None and name.suffix.lower() in names.JSONL


def documents_in(path: Path, fields: Fields, gold_field: str) -> Iterator[JsonlDocument | Failed]:
    """Yield the documents of a JSONL file, in order, and each line that holds none. Blank lines are skipped."""
    suffix = compression.suffix_of(path.name)
    damage = compression.errors(suffix)
    try:
        with store.open_file(str(path)) as file:
            for number, raw in enumerate(lines_of(compression.reader(file, suffix)), 1):
                name = f"{quote.name(path)}:{number}"
                if raw is None:
                    yield Failed(name, f"is longer than {MAX_DOCUMENT_BYTES >> 20} MB; take it out")
                elif not (line := parse_line(raw)).is_blank:
                    yield _document_of(name, path, line, fields, gold_field)
    except InTheWay as error:
        yield Failed(quote.name(path), str(error.strerror))
    except damage as error:
        yield Failed(
            quote.name(path), f"cannot be read ({getattr(error, 'strerror', None) or error}); check the file"
        )


def _document_of(name: str, path: Path, line: Line, fields: Fields, gold_field: str) -> JsonlDocument | Failed:
    """Return the document of a line. Here, unlike in shards, a URL or gold that is no string is an error, too."""
    if line.error:
        return Failed(name, line.error)
    for field in filter(None, (fields.text, fields.html, gold_field, fields.url)):
        if not isinstance(line.get(field), str | None):
            return Failed(name, f"the field {field!r} is not a string; name another field, or mend the line")
    row = row_of(line.get, fields)
    if row.error:
        missing = repr(fields.html) if fields.html else f"{fields.text!r} or {HTML_FIELD!r}"
        return Failed(name, f"has no string in a field {missing}; name it with --text-field or --html-field")
    gold = line.get(gold_field)
    return JsonlDocument(name, path, row, gold if isinstance(gold, str) else None)
