"""WARC and WET: records, some of which are documents. The copy is JSON lines, one for each document, in gzip.

FastWARC finds the records. Beside warcio it is faster, reads files that are one gzip member, and raises for a wrong
Content-Length, where warcio takes the next records for the end of one or passes over them. That a record or the file
is cut off neither of them says: this is seen to here, and gzip is read with zlib, which tells.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec

from cleaner.cleaner import Cleaner
from cleaner.document import Cleaned
from cleaner.errors import DocumentError
from cleaner.rows import Row, clean_rows, record_of
from cleaner.shards import compression
from cleaner.shards.format import CHUNK, SAMPLES, START, Broken, Chunk, CleanedChunk, Failure, Position, RowSettings
from cleaner.shards.members import Members, Stream, broken
from cleaner.tally import Tally
from cleaner.text import encoding
from cleaner.text.languages import bcp47

warc = compression.needed("fastwarc.warc", "WARC files", "corpora")

COPY = ".gz"  # what the copy is compressed with
LARGEST = 1 << 28  # bytes of a document, packed or unpacked
MOST = 1 << 28  # bytes between places where reading can begin
MIXED = "has one record a gzip member at first and many later; write it anew with `warcio recompress`"
HEAD = 1 << 16  # bytes of a record by which it is told whether it is a document
TYPES = {"text/plain": "text", "text/html": "html", "application/xhtml+xml": "html"}
UNKNOWN = ("", "*/*", "unknown/unknown", "application/unknown")  # types that say nothing: what WHATWG makes of them
BINARY = re.compile(rb"[\0-\x08\x0b\x0e-\x1a\x1c-\x1f]")  # bytes that WHATWG knows files of no text by
KEYS = ("url", "id", "date", "lang", "text", "warc", "http")

Headers = list[tuple[str, str]]


class Http(NamedTuple):
    """What stands before the body of a response; the status is None where there is none."""

    status: int | None
    headers: Headers


class WarcRecord(NamedTuple):
    """A record that may be a document: its 1-based number in the file, its WARC header, and its block.

    Of a block that is larger than `LARGEST` there is only the beginning; then it is not `whole`.
    """

    number: int
    headers: Headers
    block: bytes
    whole: bool


class Content(NamedTuple):
    """What a record holds: `text`, `html` or, where that is not said, "", its bytes, and the HTTP header, if any."""

    kind: str
    body: bytes
    charset: str | None = None
    http: Http | None = None


class Warc:
    """WARC files, plain or compressed. Offsets are in bytes: compressed ones where each record is a gzip member.

    Documents are records of the types `conversion` (those of WET files), `resource` and `response` that hold plain
    text or HTML by their Content-Type, or without one by their first bytes; a response without a body is none. A
    document's row is an object of these fields, always in this order:

    - `url`, `id`, `date`: WARC-Target-URI, WARC-Record-ID, WARC-Date as they stand (the URL without `<>`), or null;
    - `lang`: the first WARC-Identified-Content-Language, in BCP 47 (`deu` is `de`), where there is one;
    - `text`: the clean text, which may be empty; null for a document that could not be cleaned, of which `id` tells
      where it stands;
    - `warc`: the WARC header as an object, in order; a list for a field that is there more than once;
    - `http`: for responses `{"status": 200, "headers": [[name, value], …]}`: pairs, since any names may be there, and
      more than once; status null where there is none;
    - the record, where one is wanted.
    """

    unit = "record"

    def __init__(self, suffix: str = "") -> None:
        """Take the suffix of the compression, one of `compression.MODULES`, or ""."""
        self._suffix = suffix

    def check(self, file: BinaryIO, settings: RowSettings) -> None:
        """Raise `Broken` where the file does not begin with a record, or the record's name is that of a field."""
        name = settings.fields.record
        if name in KEYS:
            raise Broken(f"its rows have a field {name!r}; name another one for the record")
        next(_records(self._stream(file, START), 0), None)

    def chunks(self, file: BinaryIO, mark: Position) -> Iterator[Chunk]:
        """Read records. A chunk has those that may be documents, and ends where reading can begin."""
        stream = self._stream(file, mark)
        documents: list[WarcRecord] = []
        begun, number = 0, mark.number
        problem = None
        try:
            for position, record in _records(stream, number):
                if position - begun >= CHUNK and (offset := stream.offset(position)) is not None:
                    end = Position(offset, number)
                    yield _chunk(mark, end, documents)
                    mark, begun, documents = end, position, []
                elif position - begun >= MOST:
                    raise Broken(MIXED)
                number += 1
                if record:
                    documents.append(record)
        except Broken as error:
            problem = error
        if number > mark.number:
            yield _chunk(mark, Position(file.tell(), number), documents)
        if problem:
            raise problem

    def clean(self, chunk: Chunk, cleaner: Cleaner, settings: RowSettings) -> CleanedChunk:
        """Clean the documents of a chunk."""
        documents = [document for record in chunk.payload if (document := _document(record, settings))]
        outcomes = clean_rows(cleaner, [document.row for document in documents])
        out: list[bytes] = []
        failures: list[Failure] = []
        tally = Tally()
        for document, outcome in zip(documents, outcomes, strict=True):
            if outcome.cleaned:
                tally.add(outcome.cleaned)
            else:
                tally.add_failed()
                failures.append(Failure(document.number, outcome.error, document.fields["url"]))
            out.append(_line(document.fields, outcome.cleaned, settings))
        return CleanedChunk(b"".join(out), failures, tally)

    def split(self, chunk: Chunk) -> list[Chunk]:
        """Return the records of a chunk that may be documents as chunks."""
        at = chunk.start.offset
        return [
            _chunk(Position(at, record.number - 1), Position(at, record.number), [record]) for record in chunk.payload
        ]

    def passed(self, chunk: Chunk, reason: str, settings: RowSettings) -> CleanedChunk:
        """Return a row without text, as a failure."""
        tally = Tally()
        failures = []
        out = []
        for record in chunk.payload:
            content = _content(record)
            fields = _fields(record, content.http if content else None)
            tally.add_failed()
            failures.append(Failure(record.number, reason, fields["url"]))
            out.append(_line(fields, None, settings))
        return CleanedChunk(b"".join(out), failures, tally)

    def seal(self, pieces: Sequence[bytes]) -> bytes:
        """Compress lines."""
        data = b"".join(pieces)
        return compression.compress(data, COPY) if data else b""

    def finish(self, output: Path, file: BinaryIO, made: Path) -> None:
        """Rename the output."""
        compression.finish(output, COPY)
        output.replace(made)

    def samples(self, file: BinaryIO, settings: RowSettings) -> list[Any]:
        """Return the fields of the first rows but for text and record."""
        found: list[Any] = []
        try:
            records = (record for _, record in _records(self._stream(file, START), 0) if record)
            documents = (document for record in records if (document := _document(record, settings)))
            for document in islice(documents, SAMPLES):
                del document.fields["text"]
                found.append(msgspec.json.decode(msgspec.json.encode(document.fields)))
        except Broken:
            found.append(None)
        return found

    def _stream(self, file: BinaryIO, mark: Position) -> Stream:
        """Return what is to be read. Raises `Broken`."""
        if self._suffix == ".gz" and _is_by_record(file):
            file.seek(mark.offset)
            return Members(file)
        file.seek(0)
        opened = compression.reader(file, self._suffix)
        try:
            compression.skip(opened, mark.offset)
        except compression.errors(self._suffix) as error:
            raise broken(error) from None
        return Stream(opened, self._suffix)


class WarcDocument(NamedTuple):
    """A document: the number of its record, the fields of its row, and what to clean."""

    number: int
    fields: dict[str, Any]
    row: Row


def _is_by_record(file: BinaryIO) -> bool:
    """Whether each record of a gzip file is a member, as far as its second record tells."""
    file.seek(0)
    members = Members(file)
    try:
        positions = [position for position, _ in islice(_records(members, 0), 2)]
    except Broken:
        return True
    return len(positions) < 2 or members.offset(positions[1]) is not None


def _chunk(start: Position, end: Position, documents: list[WarcRecord]) -> Chunk:
    return Chunk(start, end, sum(len(record.block) for record in documents), documents)


def _records(stream: Stream, number: int) -> Iterator[tuple[int, WarcRecord | None]]:
    """Yield where each record begins, and the record where it may be a document; there are `number` before.

    Raises `Broken` behind the last whole record.
    """
    archive = iter(warc.ArchiveIterator(stream, parse_http=False, stream_detect=False))
    while True:
        number += 1
        try:
            record = next(archive, None)
        except OSError as error:
            if compression.is_outage(error):
                raise
            raise _wrong(number, f"cannot be read ({error})") from None
        if record is None:
            return
        yield record.stream_pos, _read(record, number)


def _read(record: Any, number: int) -> WarcRecord | None:
    """Read a record to its end."""
    headers = [(_text(name), _text(value)) for name, value in record.headers.items_bytes()]
    length = _get(headers, "Content-Length").strip()
    if not (length.isascii() and length.isdecimal()):
        raise _wrong(number, f"has {length!r} for a Content-Length" if length else "has no Content-Length")
    size = int(length)
    head = _take(record.reader, min(size, HEAD), number)
    found = WarcRecord(number, headers, head, size <= LARGEST)
    wanted = _content(found) is not None
    if wanted and found.whole:
        return found._replace(block=head + _take(record.reader, size - len(head), number))
    left = size - len(head)
    while left:
        left -= len(_take(record.reader, min(left, HEAD), number))
    return found if wanted else None


def _take(reader: Any, size: int, number: int) -> bytes:
    """Read `size` bytes of the record with this number."""
    parts: list[bytes] = []
    while size:
        try:
            part = reader.read(size)
        except OSError as error:
            if compression.is_outage(error):
                raise
            raise _wrong(number, f"cannot be read ({error})") from None
        if not part:
            raise _wrong(number, "is cut off")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _wrong(number: int, what: str) -> Broken:
    return Broken(f"record {number} {what}; get the file anew")


def _content(record: WarcRecord) -> Content | None:
    """Return what a record holds, as far as its block goes, None where that is certainly no document."""
    block = record.block
    kind = _get(record.headers, "WARC-Type").lower()
    label = _get(record.headers, "Content-Type")
    http = None
    if kind == "response" and (label.lower().startswith("application/http") or block.startswith(b"HTTP/")):
        http, block = _http(block)
        label = _get(http.headers, "Content-Type")
    elif kind not in ("conversion", "resource", "response"):
        return None
    media = re.split("[;,]", label)[0].strip().lower()
    if media not in TYPES and media not in UNKNOWN:
        return None
    charset = re.search(r"""(?i)\bcharset\s*=\s*["']?([^"',;\s]+)""", label)
    return Content(TYPES.get(media, ""), block, charset[1] if charset else None, http)


def _http(block: bytes) -> tuple[Http, bytes]:
    """Split the block of a response in its HTTP header and its body; without a header, all of it is the body."""
    if not block.startswith(b"HTTP/"):
        return Http(None, []), block
    blank = re.search(rb"\r?\n\r?\n", block)
    head, body = (block[: blank.start()], block[blank.end() :]) if blank else (block, b"")
    first, *lines = re.split(r"\r?\n", _text(head))
    status = re.match(r"\S+\s+(\d{3})\b", first)
    headers: Headers = []
    for line in lines:
        name, _, value = line.partition(":")
        if line[:1] in (" ", "\t") and headers:  # goes on with the one before
            headers[-1] = (headers[-1][0], f"{headers[-1][1]} {line.strip()}")
        else:
            headers.append((name.strip(), value.strip()))
    return Http(int(status[1]) if status else None, headers), body


def _document(record: WarcRecord, settings: RowSettings) -> WarcDocument | None:
    """Return the document that a record holds, None where it holds none."""
    content = _content(record)
    if not content:
        return None
    fields = _fields(record, content.http)
    row = Row(error=f"is larger than {LARGEST >> 20} MB; clean it on its own")
    if record.whole:
        body = _unpacked(content)
        if content.http and not body:
            return None
        kind = content.kind or _seen(body)
        if not kind:
            return None
        if len(body) <= LARGEST:
            row = _row(body, kind, content.charset)
    url = settings.url or fields["url"]
    return WarcDocument(record.number, fields, row._replace(url=url, lang=bcp47(settings.lang) or fields.get("lang")))


def _row(body: bytes, kind: str, charset: str | None) -> Row:
    """Return what to clean, or why it cannot be."""
    try:
        text = encoding.decode(body, charset=charset, html=kind == "html").text
    except DocumentError as error:
        return Row(error=f"{str(error).partition(';')[0]}; take it out of the file by its id")
    return Row(html=text) if kind == "html" else Row(text=text)


def _seen(body: bytes) -> str:
    """Return what a document without a type is: `html`, `text`, or "" for what is no document."""
    if encoding.looks_like_html(body):
        return "html"
    start = body[:HEAD]
    return "" if not start or BINARY.search(start) or start.lstrip().startswith(b"<?xml") else "text"


def _unpacked(content: Content) -> bytes:
    """Return the body of a response without the codings it was sent with, of all too large ones the beginning.

    Many archives have the header as it was sent and the body without them: what does not unpack stays as it stands.
    """
    body = content.body
    headers = content.http.headers if content.http else []
    sent = [
        value
        for name in ("content-encoding", "transfer-encoding")
        for found, value in headers
        if found.lower() == name
    ]
    codings = [coding.strip().lower() for value in sent for coding in value.split(",")]
    try:
        for coding in reversed(codings):
            if coding not in ("", "identity"):
                body = _decoded(body, coding)
    except (Broken, OSError, ValueError, zlib.error):
        return content.body
    return body


def _decoded(body: bytes, coding: str) -> bytes:
    """Return a body without one coding. Raises all kinds of exceptions where it does not fit."""
    if coding in ("gzip", "x-gzip"):  # not with FastWARC, which takes what is cut off for whole
        stream = Members(BytesIO(body))
        parts: list[bytes] = []
        left = LARGEST + 1
        while left > 0 and (part := stream.read(left)):
            parts.append(part)
            left -= len(part)
        return b"".join(parts)
    if coding == "deflate":  # in fact zlib, but not everywhere
        for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
            unpacker = zlib.decompressobj(bits)
            with suppress(zlib.error):
                unpacked = unpacker.decompress(body, LARGEST + 1)
                if unpacker.eof or len(unpacked) > LARGEST:
                    return unpacked
        raise ValueError("is not deflate")
    name = "Transfer-Encoding" if coding == "chunked" else "Content-Encoding"
    block = b"HTTP/1.1 200 OK\r\n%s: %s\r\n\r\n%s" % (name.encode(), coding.encode(), body)
    head = b"WARC/1.1\r\nWARC-Type: response\r\nContent-Type: application/http; msgtype=response\r\n"
    record = warc.WarcRecord.from_bytes(head + b"Content-Length: %d\r\n\r\n%s" % (len(block), block))
    record.parse_http(auto_decode="all", max_header_len=HEAD)
    return bytes(record.reader.read(LARGEST + 1))


def _fields(record: WarcRecord, http: Http | None) -> dict[str, Any]:
    """Return the fields of a document's row, with null for the text."""
    header: dict[str, Any] = {}
    for name, value in record.headers:
        before = header.get(name)
        header[name] = value if before is None else [*(before if isinstance(before, list) else [before]), value]
    lang = re.split("[,;]", _get(record.headers, "WARC-Identified-Content-Language"))[0].strip()
    return {
        "url": _get(record.headers, "WARC-Target-URI").removeprefix("<").removesuffix(">") or None,
        "id": _get(record.headers, "WARC-Record-ID") or None,
        "date": _get(record.headers, "WARC-Date") or None,
        **({"lang": bcp47(lang)} if lang else {}),
        "text": None,
        "warc": header,
        **({"http": {"status": http.status, "headers": http.headers}} if http else {}),
    }


def _line(fields: dict[str, Any], cleaned: Cleaned | None, settings: RowSettings) -> bytes:
    """Return the row of a document as a line of JSON."""
    row = {**fields, "text": cleaned.text if cleaned else None}
    if settings.fields.record:
        row[settings.fields.record] = record_of(cleaned) if cleaned else None
    return msgspec.json.encode(row) + b"\n"


def _get(headers: Headers, name: str) -> str:
    """Return the first field of that name, however it is spelled, or ""."""
    return next((value for found, value in headers if found.lower() == name.lower()), "")


def _text(data: bytes) -> str:
    """Return the text of a header, which is UTF-8 or, in old ones, Latin-1."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
