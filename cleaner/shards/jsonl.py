"""JSON lines: one JSON object a line, compressed or not. A line stays byte for byte as it is, but for its text.

The text is not replaced by reading the line and writing it again: that would change spaces, escapes and the spelling
of numbers. Instead the parser here notes where each field stands, and the new text goes exactly where the old one is:

    {"id": 1.0,  "text": "Share\\nRain fell."}
                         └ start       end ┘
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, BinaryIO, NamedTuple

from cleaner.cleaner import Cleaner
from cleaner.document import Cleaned
from cleaner.limits import MAX_DOCUMENT_BYTES
from cleaner.rows import METADATA_FIELD, RECORD_FIELD, Row, RowOutcome, added, clean_rows, row_of
from cleaner.shards import compression
from cleaner.shards.compression import BLOCK_BYTES
from cleaner.shards.format import (
    CHUNK_BYTES,
    BrokenShard,
    Chunk,
    CleanedChunk,
    Position,
    RowSettings,
    ShardRow,
    unreadable,
)
from cleaner.shards.missing import missing_text

BOM = "\ufeff"
INT_DIGITS = 20  # integers of this many digits are read as floats: Python's `int` refuses thousands of digits
# What is read of a file to see whether it has texts: lines, and uncompressed bytes. Raised, each shard takes longer
# to begin, and fewer shards are refused that have texts further down.
CHECKED_LINES, CHECKED_BYTES = 100, 1 << 20
_WHITE_SPACE = re.compile(r"[ \t\r\n]*")


def _parse_integer(digits: str) -> float:
    """Read an integer, a long one as a float: values of numbers are never written, only compared."""
    return int(digits) if len(digits) < INT_DIGITS else float(digits)


_DECODER = json.JSONDecoder(parse_int=_parse_integer)


class Field(NamedTuple):
    """A field of a JSON object: its value, and where in the line (characters, 0-based, end excluded) that stands."""

    name: str
    value: Any
    start: int
    end: int


class Line(NamedTuple):
    """A line of a file, parsed.

    `end` is the character after the last field, where another field can be added; 0 if the line is blank. A line with
    an `error` (`what is wrong; what to do`) has neither text nor fields.
    """

    raw: bytes
    text: str = ""
    fields: Sequence[Field] = ()
    end: int = 0
    error: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether the line holds nothing but white space, and so is no document."""
        return not self.end and not self.error

    def find(self, name: str) -> Field | None:
        """Return a field. Of several fields with the name it is the last, as readers of JSON take it."""
        return next((field for field in reversed(self.fields) if field.name == name), None)

    def get(self, name: str) -> object:
        """Return the value of a field, or None."""
        field = self.find(name)
        return field.value if field else None


class LongPiece(NamedTuple):
    """A piece of a line that is too long to be cleaned, and whether it is the first one of the line."""

    data: bytes
    is_first: bool


class Jsonl:
    """JSONL files. Offsets are in bytes, uncompressed.

    A line that is longer than the limit is never in memory as a whole. It is copied piece by piece, each piece a
    chunk of its own, and the first piece is the failure.
    """

    unit = "line"
    needs_end = False

    def __init__(self, suffix: str = "", limit: int = MAX_DOCUMENT_BYTES) -> None:
        """Take the suffix of the compression, one of `compression.MODULES`, or "", and the longest line in bytes."""
        self._suffix = suffix
        self.limit = limit

    def check(self, file: BinaryIO, settings: RowSettings) -> None:
        """Raise `BrokenShard` if there are objects among the first lines and none of them has a text.

        A text that is null is one that is missing in its row alone. Lines that are no objects are not counted: each
        line that is wrong is a failure of its own.
        """
        fields = settings.fields
        wanted = fields.html or fields.text
        found: dict[str, int] = {}
        number = 0
        for line in map(parse_line, self._first_lines(file)):
            if line.error or line.is_blank:
                continue
            field = line.find(wanted)
            if not row_of(line.get, fields).error or (field and field.value is None):
                return
            number += 1
            for field in line.fields:
                size = len(field.value) if isinstance(field.value, str) else 0
                found[field.name] = found.get(field.name, 0) + size
        if number:
            where = f" in its first {number} lines" if number > 1 else " in its first line"
            raise BrokenShard(missing_text(fields, found, where=where))

    def _first_lines(self, file: BinaryIO) -> list[bytes]:
        """Return the first whole lines, `CHECKED_LINES` at most; of a damaged file, those above the damage."""
        head = bytearray()
        try:
            for block in self._blocks(file, 0):
                head += block
                if len(head) >= CHECKED_BYTES or head.count(b"\n") >= CHECKED_LINES:
                    head = head[: head.rfind(b"\n") + 1]
                    break
        except (BrokenShard, OSError):  # whoever reads on will say so
            head = head[: head.rfind(b"\n") + 1]
        return _split_lines(bytes(head))[:CHECKED_LINES]

    def read_chunks(self, file: BinaryIO, start: Position) -> Iterator[Chunk]:
        """Read blocks of whole lines: as many lines as fit into a chunk, a single longer line, or a piece of one."""
        buffer = bytearray()
        searched = CHUNK_BYTES  # a longer first line has no line break before here: no byte is searched twice
        blocks = self._blocks(file, max(start.offset - 1, 0))
        inside = bool(start.offset)  # inside of a line that is too long? The byte before tells.
        if inside:
            blocks, inside = _is_inside_line(blocks)
        broken: BrokenShard | None = None
        ended = False
        while not ended:
            try:
                block = next(blocks, b"")
            except BrokenShard as error:
                block, broken = b"", error
            ended = not block
            buffer += block
            while buffer and (ended or len(buffer) > CHUNK_BYTES):
                is_first = False
                if inside:
                    size = buffer.find(b"\n", 0, CHUNK_BYTES) + 1 or min(len(buffer), CHUNK_BYTES)
                elif len(buffer) <= CHUNK_BYTES:
                    size = len(buffer)
                else:
                    size = buffer.rfind(b"\n", 0, CHUNK_BYTES) + 1
                    size = size or buffer.find(b"\n", searched, self.limit + 1) + 1
                    searched = min(len(buffer), self.limit + 1)
                    if not size and len(buffer) > self.limit:
                        inside, is_first, size = True, True, CHUNK_BYTES
                    elif not size and not ended:
                        break
                    size = size or len(buffer)
                with memoryview(buffer) as view:  # so that the line, which may be huge, is copied only once
                    data = bytes(view[:size])
                del buffer[:size]
                searched = CHUNK_BYTES
                end = Position(start.offset + size, start.number + data.count(b"\n"))
                yield Chunk(start, end, size, LongPiece(data, is_first) if inside else data)
                start = end
                inside = inside and not data.endswith(b"\n")
        if broken:
            raise broken

    def _blocks(self, file: BinaryIO, offset: int) -> Iterator[bytes]:
        """Yield the uncompressed bytes from `offset` on. Raises `BrokenShard` after the last that can be read.

        A compressed file is always read from its beginning, in the same blocks: where a damaged one breaks can
        depend on the blocks.
        """
        skip = offset if self._suffix else 0
        file.seek(offset - skip)
        stream = compression.reader(file, self._suffix)
        while True:
            try:
                # `read1` reads once, so that an error does not take bytes along that were read before it.
                block: bytes = stream.read1(BLOCK_BYTES)  # type: ignore[attr-defined]
            except compression.errors(self._suffix) as error:
                if compression.is_outage(error):
                    raise
                raise unreadable(error) from None
            if not block:
                return
            skipped = min(skip, len(block))
            skip -= skipped
            if skipped < len(block):
                yield block[skipped:]

    def rows(self, chunk: Chunk, settings: RowSettings) -> Iterator[ShardRow]:
        """Yield the documents of a chunk; a line that is too long has an error in its first piece."""
        if isinstance(chunk.payload, LongPiece):
            if chunk.payload.is_first:
                yield ShardRow(chunk.start.number + 1, Row(error=self._too_long), lambda _: None)
            return
        for number, raw in enumerate(_split_lines(chunk.payload), chunk.start.number + 1):
            line = parse_line(raw)
            if row := _row_of_line(line, settings):
                yield ShardRow(number, row, line.get)

    @property
    def _too_long(self) -> str:
        return f"is longer than {self.limit >> 20} MB; allow more with --max-document, or take it out"

    def clean(self, chunk: Chunk, cleaner: Cleaner, settings: RowSettings) -> CleanedChunk:
        """Clean the lines of a chunk. Blank lines are no documents, and stay."""
        if isinstance(chunk.payload, LongPiece):
            return self.left_as_is(chunk, self._too_long, settings)
        lines = [parse_line(raw) for raw in _split_lines(chunk.payload)]
        rows = [_row_of_line(line, settings) for line in lines]
        cleaned_rows = iter(clean_rows(cleaner, [row for row in rows if row], settings.file))
        pieces: list[bytes] = []
        outcomes: list[tuple[int, RowOutcome, str | None]] = []
        for number, (line, row) in enumerate(zip(lines, rows, strict=True), chunk.start.number + 1):
            cleaned = None
            if row:
                outcome = next(cleaned_rows)
                cleaned = outcome.cleaned
                outcomes.append((number, outcome, _url_of_line(line, settings)))
            pieces.append(_with_clean_text(line, cleaned, settings) if cleaned else line.raw)
        return CleanedChunk.of(b"".join(pieces), outcomes, settings)

    def split(self, chunk: Chunk) -> list[Chunk]:
        """Return the lines of a chunk as chunks."""
        if isinstance(chunk.payload, LongPiece):
            return [chunk]
        chunks = []
        start = chunk.start
        for raw in _split_lines(chunk.payload):
            end = Position(start.offset + len(raw), start.number + raw.count(b"\n"))
            chunks.append(Chunk(start, end, len(raw), raw))
            start = end
        return chunks

    def left_as_is(self, chunk: Chunk, reason: str, settings: RowSettings) -> CleanedChunk:
        """Return a line as it was, as a failure."""
        if isinstance(chunk.payload, LongPiece):
            data, is_first = chunk.payload
            failed = (chunk.start.number + 1, RowOutcome(None, reason), None)
            return CleanedChunk.of(data, [failed] if is_first else [])
        # A large line is not parsed in this process: that may be what ended the worker.
        url = _url_of_line(parse_line(chunk.payload), settings) if chunk.size <= CHUNK_BYTES else None
        return CleanedChunk.of(chunk.payload, [(chunk.start.number + 1, RowOutcome(None, reason), url)])

    def encode(self, pieces: Sequence[bytes]) -> bytes:
        """Compress lines."""
        return compression.compress_pieces(pieces, self._suffix)

    def finish(self, output: BinaryIO, file: BinaryIO, made: BinaryIO) -> bool:
        """Return False: the output is the copy."""
        compression.finish(output, self._suffix)
        return False

    def row_in(self, piece: bytes | LongPiece, settings: RowSettings) -> Any:
        """Return the fields of a line without record and metadata; a line without fields as its bytes."""
        if isinstance(piece, LongPiece):
            return piece.data
        line = parse_line(piece)
        left_out = settings.fields.record or RECORD_FIELD, settings.fields.metadata or METADATA_FIELD
        fields = {field.name: field.value for field in line.fields if field.name not in left_out}
        return fields if line.fields else piece.rstrip(b"\r\n")


def _is_inside_line(blocks: Iterator[bytes]) -> tuple[Iterator[bytes], bool]:
    """Return blocks without their first byte, and whether that byte is not the end of a line."""
    try:
        first = next(blocks, b"\n")
    except BrokenShard as error:
        return _raising(error), False
    return chain([first[1:]] if first[1:] else [], blocks), first[:1] != b"\n"


def _raising(error: BrokenShard) -> Iterator[bytes]:
    """Raise an error instead of the first block."""
    raise error
    yield b""


def lines_of(stream: BinaryIO, limit: int = MAX_DOCUMENT_BYTES) -> Iterator[bytes | None]:
    """Yield the lines of what `compression.reader` returned; None for a line longer than `limit` bytes.

    No more of a line than that is in memory.
    """
    while line := stream.readline(limit + 1):
        if len(line) <= limit or line.endswith(b"\n"):
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(BLOCK_BYTES)
        yield None


def parse_line(raw: bytes) -> Line:
    """Parse a line that should hold one JSON object. Never raises: the line has an `error` instead."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        return Line(raw, error=f"is not UTF-8 (byte {error.start + 1} of the line); mend the line")
    try:
        fields, end = _parse_object(text)
    except (ValueError, RecursionError) as error:
        return Line(raw, error=f"is not JSON ({error}); mend the line")
    if fields is None:
        return Line(raw, error="is not a JSON object; write one object a line")
    return Line(raw, text, fields, end)


def _parse_object(text: str) -> tuple[list[Field] | None, int]:
    """Return the fields of a JSON object, and the character after the last one.

    They are `[], 0` for a blank text, and `None, 0` for any other JSON value. Raises `JSONDecodeError` (a
    `ValueError`), and `RecursionError` if values are nested too deep.
    """
    position = _skip_space(text, int(text.startswith(BOM)))
    if position == len(text):
        return [], 0
    fields: list[Field] = []
    if text[position] != "{":
        _, end = _DECODER.raw_decode(text, position)
        _expect_end(text, end)
        return None, 0
    last = position + 1
    position = _skip_space(text, last)
    if text[position : position + 1] == "}":
        _expect_end(text, position + 1)
        return fields, last
    while True:
        if text[position : position + 1] != '"':
            raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, position)
        name, position = _DECODER.raw_decode(text, position)
        position = _skip_space(text, position)
        if text[position : position + 1] != ":":
            raise json.JSONDecodeError("Expecting ':' delimiter", text, position)
        start = _skip_space(text, position + 1)
        value, last = _DECODER.raw_decode(text, start)
        fields.append(Field(name, value, start, last))
        position = _skip_space(text, last)
        delimiter = text[position : position + 1]
        if delimiter == "}":
            _expect_end(text, position + 1)
            return fields, last
        if delimiter != ",":
            raise json.JSONDecodeError("Expecting ',' delimiter", text, position)
        position = _skip_space(text, position + 1)


def _skip_space(text: str, position: int) -> int:
    """Return where the white space (as JSON has it) that begins at `position` ends."""
    found = _WHITE_SPACE.match(text, position)
    return found.end() if found else position


def _expect_end(text: str, position: int) -> None:
    """Raise `JSONDecodeError` if there is more than white space from `position` on."""
    end = _skip_space(text, position)
    if end != len(text):
        raise json.JSONDecodeError("Extra data", text, end)


def _split_lines(data: bytes) -> list[bytes]:
    """Return lines with their line feeds; the last may have none."""
    *lines, last = data.split(b"\n")
    return [*(line + b"\n" for line in lines), *([last] if last else [])]


def _row_of_line(line: Line, settings: RowSettings) -> Row | None:
    """Return the document of a line, None for a blank line."""
    if line.error:
        return Row(error=line.error)
    if line.is_blank:
        return None
    for name, option in ((settings.fields.record, "record"), (settings.fields.metadata, "metadata")):
        if name and line.find(name):
            return Row(
                error=f"has a field {name!r} already, from an earlier run?; rename it, or leave out --{option}"
            )
    return row_of(line.get, settings.fields, settings.url, settings.lang)


def _url_of_line(line: Line, settings: RowSettings) -> str | None:
    """Return the URL of the document, None if there is none or it is no string."""
    value = line.get(settings.fields.url)
    return value if isinstance(value, str) else None


def _with_clean_text(line: Line, cleaned: Cleaned, settings: RowSettings) -> bytes:
    """Return a line with its text cleaned, with record and metadata if they are wanted, and nothing else changed."""
    fields = settings.fields
    field = line.find(fields.text)
    new = added(fields, cleaned)
    if field and field.value == cleaned.text and not new:
        return line.raw
    ascii_only = line.text.isascii()
    new_text = to_json(cleaned.text, ascii_only)
    new_fields = [] if field else [(fields.text, new_text)]
    new_fields += [(name, to_json(value, ascii_only)) for name, value in new.items()]
    more = "".join(f", {to_json(name, ascii_only)}: {value}" for name, value in new_fields)
    text = line.text[: line.end] + more + line.text[line.end :]
    if field:
        text = text[: field.start] + new_text + text[field.end :]
    return text.encode()


def to_json(value: object, ascii_only: bool) -> str:
    """Return JSON: in ASCII if that is wanted, or if the value holds half a character, which UTF-8 does not have."""
    text = json.dumps(value, ensure_ascii=ascii_only)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text
