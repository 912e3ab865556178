"""JSON lines: one JSON object a line, compressed or not. A line stays as it stands but for the text in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from cleaner.cleaner import Cleaner
from cleaner.rows import Row, RowOutcome, clean_rows, record_of, row_of
from cleaner.shards import compression
from cleaner.shards.format import CHUNK, SAMPLES, Broken, Chunk, CleanedChunk, Failure, Position, RowSettings
from cleaner.tally import Tally

BLOCK = 1 << 18  # bytes read at a time
BOM = "\ufeff"
_SPACE = re.compile(r"[ \t\r\n]*")


def _number(digits: str) -> float:
    """Read an integer, or something near where `int` might refuse: which one it is does not matter here."""
    return int(digits) if len(digits) < 20 else float(digits)


_DECODER = json.JSONDecoder(parse_int=_number)


class Field(NamedTuple):
    """A field of a JSON object: its value, and where in the line (characters, 0-based, end excluded) that stands."""

    name: str
    value: Any
    start: int
    end: int


class Line(NamedTuple):
    """A line of a file: its bytes and text, its fields and where they end, or why it has none."""

    raw: bytes
    text: str = ""
    fields: Sequence[Field] = ()
    end: int = 0
    error: str = ""

    def find(self, name: str) -> Field | None:
        """Return a field, the last where there are several of that name, as readers of JSON take it."""
        return next((field for field in reversed(self.fields) if field.name == name), None)

    def get(self, name: str) -> object:
        """Return the value of a field, or None."""
        field = self.find(name)
        return field.value if field else None


class Jsonl:
    """JSONL files. Offsets are in bytes, uncompressed."""

    unit = "line"

    def __init__(self, suffix: str = "") -> None:
        """Take the suffix of the compression, one of `compression.MODULES`, or ""."""
        self._suffix = suffix

    def check(self, file: BinaryIO, settings: RowSettings) -> None:
        """Accept any file: what is wrong with a line is that line's trouble."""

    def chunks(self, file: BinaryIO, mark: Position) -> Iterator[Chunk]:
        """Read blocks of whole lines: as many as fit into a chunk, or a single longer one."""
        behind = mark.offset if self._suffix else 0  # bytes to read and leave
        file.seek(mark.offset - behind)
        stream = compression.reader(file, self._suffix)
        broken = compression.errors(self._suffix)
        buffer = bytearray()
        searched = CHUNK  # up to here there is no line break in a buffer whose first line is longer than a chunk
        why = None
        while why is None:
            try:
                block = stream.read1(BLOCK)  # type: ignore[attr-defined] # one read, so that an error takes nothing along
                why = None if block else ""
            except broken as error:
                if compression.is_outage(error):
                    raise
                block, why = b"", _broken(error)
            if behind:  # What is compressed is read in the same blocks as ever: where it breaks can depend on them.
                before, behind = behind, max(behind - len(block), 0)
                block = block[before:]
            buffer += block
            while (len(buffer) > CHUNK or why is not None) and buffer:
                cut = len(buffer)
                if cut > CHUNK:
                    cut = buffer.rfind(b"\n", 0, CHUNK) + 1 or buffer.find(b"\n", searched) + 1
                    searched = len(buffer)
                    if not cut and why is None:
                        break
                    cut = cut or len(buffer)
                with memoryview(buffer) as view:  # of what may be large, copied once
                    data = bytes(view[:cut])
                del buffer[:cut]
                searched = CHUNK
                end = Position(mark.offset + cut, mark.number + data.count(b"\n"))
                yield Chunk(mark, end, cut, data)
                mark = end
        if why:
            raise Broken(why)

    def clean(self, chunk: Chunk, cleaner: Cleaner, settings: RowSettings) -> CleanedChunk:
        """Clean the lines of a chunk. Lines of white space alone are no documents, and stay."""
        lines = [read(raw) for raw in _split(chunk.payload)]
        rows = [_row(line, settings) for line in lines]
        outcomes = iter(clean_rows(cleaner, [row for row in rows if row]))
        out: list[bytes] = []
        failures: list[Failure] = []
        tally = Tally()
        for number, (line, row) in enumerate(zip(lines, rows, strict=True), chunk.start.number + 1):
            outcome = next(outcomes) if row else None
            if outcome and outcome.cleaned:
                tally.add(outcome.cleaned)
                out.append(_cleaned(line, outcome, settings))
            else:
                out.append(line.raw)
            if outcome and not outcome.cleaned:
                tally.add_failed()
                failures.append(Failure(number, outcome.error, _url(line, settings)))
        return CleanedChunk(b"".join(out), failures, tally)

    def split(self, chunk: Chunk) -> list[Chunk]:
        """Return the lines of a chunk as chunks."""
        lines = []
        mark = chunk.start
        for raw in _split(chunk.payload):
            end = Position(mark.offset + len(raw), mark.number + raw.count(b"\n"))
            lines.append(Chunk(mark, end, len(raw), raw))
            mark = end
        return lines

    def passed(self, chunk: Chunk, reason: str, settings: RowSettings) -> CleanedChunk:
        """Return a line as it was, as a failure."""
        tally = Tally()
        tally.add_failed()
        # A large one is not read here: that may be what ended the worker.
        url = _url(read(chunk.payload), settings) if chunk.size <= CHUNK else None
        return CleanedChunk(chunk.payload, [Failure(chunk.start.number + 1, reason, url)], tally)

    def seal(self, pieces: Sequence[bytes]) -> bytes:
        """Compress lines."""
        data = b"".join(pieces)
        return compression.compress(data, self._suffix) if data else b""

    def finish(self, output: Path, file: BinaryIO, made: Path) -> None:
        """Rename the output."""
        compression.finish(output, self._suffix)
        output.replace(made)

    def samples(self, file: BinaryIO, settings: RowSettings) -> list[Any]:
        """Return the fields of the first rows but for text and record, and lines that hold none as they are."""
        found: list[Any] = []
        file.seek(0)
        try:
            for raw in islice(compression.reader(file, self._suffix), SAMPLES):
                line = read(raw)
                unlike = (settings.fields.text, settings.fields.record)
                fields = {field.name: field.value for field in line.fields if field.name not in unlike}
                found.append(fields if line.fields else raw)
        except compression.errors(self._suffix):
            found.append(None)
        return found


def read(raw: bytes) -> Line:
    """Read a line, which holds a JSON object, or nothing but white space: then it has neither fields nor an error."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        return Line(raw, error=f"is not UTF-8 (byte {error.start + 1} of the line); mend the line")
    try:
        fields, end = _fields(text)
    except (ValueError, RecursionError) as error:
        return Line(raw, error=f"is not JSON ({error}); mend the line")
    if fields is None:
        return Line(raw, error="is not a JSON object; write one object a line")
    return Line(raw, text, fields, end)


def _fields(text: str) -> tuple[list[Field] | None, int]:
    """Return the fields of a JSON object and where the last one ends; None where the text is another JSON value."""
    position = _space(text, int(text.startswith(BOM)))
    if position == len(text):
        return [], 0
    fields: list[Field] = []
    if text[position] != "{":
        _, end = _DECODER.raw_decode(text, position)
        _nothing_more(text, end)
        return None, 0
    last = position + 1
    position = _space(text, last)
    if text[position : position + 1] == "}":
        _nothing_more(text, position + 1)
        return fields, last
    while True:
        if text[position : position + 1] != '"':
            raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, position)
        name, position = _DECODER.raw_decode(text, position)
        position = _space(text, position)
        if text[position : position + 1] != ":":
            raise json.JSONDecodeError("Expecting ':' delimiter", text, position)
        start = _space(text, position + 1)
        value, last = _DECODER.raw_decode(text, start)
        fields.append(Field(name, value, start, last))
        position = _space(text, last)
        mark = text[position : position + 1]
        if mark == "}":
            _nothing_more(text, position + 1)
            return fields, last
        if mark != ",":
            raise json.JSONDecodeError("Expecting ',' delimiter", text, position)
        position = _space(text, position + 1)


def _space(text: str, position: int) -> int:
    """Return where the white space of JSON that begins at `position` ends."""
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _nothing_more(text: str, position: int) -> None:
    end = _space(text, position)
    if end != len(text):
        raise json.JSONDecodeError("Extra data", text, end)


def _split(data: bytes) -> list[bytes]:
    """Return lines with their line feeds."""
    *lines, last = data.split(b"\n")
    return [*(line + b"\n" for line in lines), *([last] if last else [])]


def _row(line: Line, settings: RowSettings) -> Row | None:
    """Return the document of a line, None where it holds nothing but white space."""
    if line.error:
        return Row(error=line.error)
    if not line.end:
        return None
    record = settings.fields.record
    if record and line.find(record):
        return Row(error=f"has a field {record!r} already, from an earlier run?; rename it, or leave out --record")
    return row_of(line.get, settings.fields, settings.url, settings.lang)


def _url(line: Line, settings: RowSettings) -> str | None:
    value = line.get(settings.fields.url)
    return value if isinstance(value, str) else None


def _cleaned(line: Line, outcome: RowOutcome, settings: RowSettings) -> bytes:
    """Return a line with its text cleaned, and nothing else of it changed."""
    cleaned = outcome.cleaned
    assert cleaned
    fields = settings.fields
    field = line.find(fields.text)
    if field and field.value == cleaned.text and not fields.record:
        return line.raw
    ascii_only = line.text.isascii()
    new = _dump(cleaned.text, ascii_only)
    more = [] if field else [(fields.text, new)]
    if fields.record:
        more.append((fields.record, _dump(record_of(cleaned), ascii_only)))
    added = "".join(f", {_dump(name, ascii_only)}: {value}" for name, value in more)
    text = line.text[: line.end] + added + line.text[line.end :]
    if field:
        text = text[: field.start] + new + text[field.end :]
    return text.encode()


def _dump(value: object, ascii_only: bool) -> str:
    """Return JSON, in ASCII where that is wanted, or where it holds half a character that UTF-8 does not have."""
    text = json.dumps(value, ensure_ascii=ascii_only)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text


def _broken(error: Exception) -> str:
    what = getattr(error, "strerror", None) or str(error)
    return f"cannot be read any further ({what}); get the file anew"
