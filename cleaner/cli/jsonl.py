"""Documents from JSONL files: one JSON object a line, compressed or not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from cleaner.cli.rules.common import Failed
from cleaner.shards import compression
from cleaner.shards import names as formats


class GoldFields(NamedTuple):
    """The names of the fields to read; where `html` is None, the HTML is for records without text."""

    text: str
    html: str | None
    gold: str
    url: str


class JsonlDocument(NamedTuple):
    """A document of a JSONL file, named `path:line`: its text or its HTML, what of it is content, and its URL."""

    name: str
    path: Path
    text: str | None
    html: str | None
    gold: str | None
    url: str | None


def is_jsonl(path: str) -> bool:
    """Whether a path is that of a JSONL file, by its name."""
    name = formats.name_of(path)
    return name is not None and name.suffix.lower() in formats.JSONL


def records(path: Path, fields: GoldFields) -> Iterator[JsonlDocument | Failed]:
    """Yield the documents of a JSONL file, in order, and what cannot be read of it. Blank lines are passed over."""
    suffix = compression.suffix_of(path.name)
    broken = compression.errors(suffix)
    try:
        with path.open("rb") as file:
            for number, line in enumerate(compression.reader(file, suffix), 1):
                if line.strip():
                    yield _record(path, number, line, fields)
    except broken as error:
        yield Failed(str(path), f"cannot be read ({getattr(error, 'strerror', None) or error}); check the file")


def _record(path: Path, number: int, line: bytes, fields: GoldFields) -> JsonlDocument | Failed:
    name = f"{path}:{number}"
    try:
        data: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Failed(name, f"is not JSON ({error}); mend the line")
    if not isinstance(data, dict):
        return Failed(name, "is not a JSON object; write one object a line")
    for field in filter(None, fields):
        if not isinstance(data.get(field), str | None):
            return Failed(name, f"the field {field!r} is not a string; name another field, or mend the line")
    text = None if fields.html else data.get(fields.text)
    html = data.get(fields.html or "html") if text is None else None
    if text is None and not isinstance(html, str):
        missing = repr(fields.html) if fields.html else f"{fields.text!r} or 'html'"
        return Failed(name, f"has no string in a field {missing}; name it with --text-field or --html-field")
    return JsonlDocument(name, path, text, html, data.get(fields.gold), data.get(fields.url))
