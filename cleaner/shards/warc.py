"""WARC and WET: web archives, files of records, some of which are documents.

The copy is JSON lines in gzip, one line for each document.

FastWARC finds the records. Unlike warcio it reads files that are one gzip member, and raises for a wrong
Content-Length; warcio takes the next records for the end of this one, or skips them. It is also faster. Neither of
them notices that a record or the file is cut off. So the length of each record is checked here, and gzip is read with
zlib (`members.py`), which raises.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from io import BytesIO
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

import msgspec

from cleaner.cleaner import Cleaner
from cleaner.document import Cleaned
from cleaner.errors import DocumentError
from cleaner.flags import REPLACED
from cleaner.limits import MAX_DOCUMENT_BYTES
from cleaner.rows import Row, RowOutcome, added, clean_rows
from cleaner.shards import compression
from cleaner.shards.format import (
    CHUNK_BYTES,
    START,
    BrokenShard,
    Chunk,
    CleanedChunk,
    Position,
    RowSettings,
    ShardRow,
    unreadable,
)
from cleaner.shards.jsonl import Jsonl
from cleaner.shards.members import Members, Stream
from cleaner.text import encoding, kinds
from cleaner.text.languages import bcp47

warc = compression.needed("fastwarc.warc", "WARC files", "corpora")

COPY_COMPRESSION = ".gz"
# The most uncompressed bytes of a chunk. It is reached only if the first records of a file are gzip members of their
# own and the later ones are not: such a file has no places where reading can begin, and would become one chunk.
MAX_CHUNK_BYTES = 1 << 28
MIXED = "has one record a gzip member at first and many later; write it anew with `warcio recompress`"
# The first bytes of a record, which tell whether it may be a document. An HTTP header must fit into them; web servers
# send at most 8 to 64 kB.
HEAD_BYTES = 1 << 16
LARGE_HEAD = f"has an HTTP header of more than {HEAD_BYTES >> 10} kB; take it out of the file by its id"
# The largest header of a record, in bytes; headers of a kilobyte are usual. A larger one breaks the shard there.
# FastWARC counts some bytes twice if the header does not come in one piece, so half of it is sure to be read.
MAX_HEADER_BYTES = 1 << 16
MAX_CODINGS = 8  # of a body, one around the other; raised, a bomb takes more time. Two are usual.
KIND_OF_TYPE = {"text/plain": "text", "text/html": "html", "application/xhtml+xml": "html"}
# Content types that say nothing, after the MIME Sniffing Standard of WHATWG: the content tells the type.
VAGUE_TYPES = ("", "*/*", "unknown/unknown", "application/unknown")
# A byte that no text has, after the same standard.
BINARY_BYTE = re.compile(rb"[\0-\x08\x0b\x0e-\x1a\x1c-\x1f]")
ROW_KEYS = ("url", "id", "date", "lang", "text", "warc", "http")

Headers = list[tuple[str, str]]


class Http(NamedTuple):
    """The HTTP header of a response; the status is None if there is none.

    Of one that is larger than `HEAD_BYTES`, only the beginning is there, and it is not `whole`.
    """

    status: int | None
    headers: Headers
    whole: bool = True


class WarcRecord(NamedTuple):
    """A record that may be a document: its 1-based number in the file, its WARC header, and its block.

    If the block is larger than the limit, only its beginning is there, and the record is not `whole`.
    """

    number: int
    headers: Headers
    block: bytes
    whole: bool


class Content(NamedTuple):
    """The content of a record: its kind (`text`, `html`, "" if no type is given), its bytes, its HTTP header."""

    kind: str
    body: bytes
    charset: str | None = None
    http: Http | None = None


class Warc:
    """WARC files, plain or compressed.

    Offsets are in bytes: of the compressed file if each record is a gzip member of its own, else uncompressed.

    Documents are records of the types `conversion` (those of WET files), `resource` and `response` that hold plain
    text or HTML. The Content-Type tells; without one, the first bytes do. A response without a body is no document.
    The row of a document is an object with these fields, always in this order:

    - `url`, `id`, `date`: WARC-Target-URI, WARC-Record-ID, WARC-Date as they stand (the URL without `<>`), or null;
    - `lang`: the first WARC-Identified-Content-Language, in BCP 47 (`deu` is `de`), if there is one;
    - `text`: the clean text, which may be empty; null for a document that could not be cleaned: its `id` tells where
      it stands;
    - `warc`: the WARC header as an object, in order; a list for a field that is there more than once;
    - `http`: for responses `{"status": 200, "headers": [[name, value], …]}`: pairs, because any name may be there
      more than once; the status is null if there is none;
    - the record of the edits, if one is wanted.
    """

    unit = "record"
    needs_end = False

    def __init__(self, suffix: str = "", limit: int = MAX_DOCUMENT_BYTES) -> None:
        """Take the suffix of the compression, one of `compression.MODULES`, or "".

        `limit` is the largest document that is cleaned, in bytes, packed or unpacked.
        """
        self._suffix = suffix
        self.limit = limit

    def check(self, file: BinaryIO, settings: RowSettings) -> None:
        """Raise `BrokenShard` if the file does not begin with a WARC record, or the field for the edits is taken."""
        for name in (settings.fields.record, settings.fields.metadata):
            if name in ROW_KEYS:
                raise BrokenShard(f"its rows have a field {name!r}; name another one for what is new")
        next(_records(self._stream(file, START), 0, self.limit), None)

    def read_chunks(self, file: BinaryIO, start: Position) -> Iterator[Chunk]:
        """Read records. A chunk has those that may be documents, and ends only at a place where reading can begin."""
        stream = self._stream(file, start)
        documents: list[WarcRecord] = []
        begun, number = 0, start.number
        broken = None
        try:
            for position, record in _records(stream, number, self.limit):
                if position - begun >= CHUNK_BYTES and (offset := stream.offset(position)) is not None:
                    end = Position(offset, number)
                    yield _chunk_of(start, end, documents)
                    start, begun, documents = end, position, []
                elif position - begun >= MAX_CHUNK_BYTES:
                    raise BrokenShard(MIXED)
                number += 1
                if record:
                    documents.append(record)
        except BrokenShard as error:
            broken = error
        if number > start.number:
            yield _chunk_of(start, Position(file.tell(), number), documents)
        if broken:
            raise broken

    def rows(self, chunk: Chunk, settings: RowSettings) -> Iterator[ShardRow]:
        """Yield the documents of a chunk."""
        for document in self._documents(chunk, settings):
            yield ShardRow(document.number, document.row, document.fields.get)

    def _documents(self, chunk: Chunk, settings: RowSettings) -> Iterator[WarcDocument]:
        return filter(None, (_document_in(record, settings, self.limit) for record in chunk.payload))

    def clean(self, chunk: Chunk, cleaner: Cleaner, settings: RowSettings) -> CleanedChunk:
        """Clean the documents of a chunk."""
        documents = list(self._documents(chunk, settings))
        outcomes = clean_rows(cleaner, [document.row for document in documents], settings.file)
        done = list(zip(documents, outcomes, strict=True))
        return CleanedChunk.of(
            b"".join(_json_line(document.fields, outcome.cleaned, settings) for document, outcome in done),
            ((document.number, outcome, document.fields["url"]) for document, outcome in done),
            settings,
        )

    def split(self, chunk: Chunk) -> list[Chunk]:
        """Return the records of a chunk that may be documents as chunks."""
        at = chunk.start.offset
        return [
            _chunk_of(Position(at, record.number - 1), Position(at, record.number), [record])
            for record in chunk.payload
        ]

    def left_as_is(self, chunk: Chunk, reason: str, settings: RowSettings) -> CleanedChunk:
        """Return a row without text, as a failure."""
        lines, outcomes = [], []
        for record in chunk.payload:
            content = _content_of(record)
            fields = _row_fields(record, content.http if content else None)
            lines.append(_json_line(fields, None, settings))
            outcomes.append((record.number, RowOutcome(None, reason), fields["url"]))
        return CleanedChunk.of(b"".join(lines), outcomes)

    def encode(self, pieces: Sequence[bytes]) -> bytes:
        """Compress lines."""
        return compression.compress_pieces(pieces, COPY_COMPRESSION)

    def finish(self, output: BinaryIO, file: BinaryIO, made: BinaryIO) -> bool:
        """Return False: the output is the copy."""
        compression.finish(output, COPY_COMPRESSION)
        return False

    def row_in(self, piece: bytes, settings: RowSettings) -> Any:
        """Return the fields of a row of the copy without the record."""
        return Jsonl().row_in(piece, settings)

    def _stream(self, file: BinaryIO, start: Position) -> Stream:
        """Return the uncompressed content of a file from `start` on. Raises `BrokenShard`."""
        if self._suffix == ".gz" and _has_member_per_record(file):
            file.seek(start.offset)
            return Members(file)
        file.seek(0)
        opened = compression.reader(file, self._suffix)
        try:
            compression.skip(opened, start.offset)
        except compression.errors(self._suffix) as error:
            raise unreadable(error) from None
        return Stream(opened, self._suffix)


class WarcDocument(NamedTuple):
    """A document: the 1-based number of its record, the fields of its row in the copy, and the row to clean."""

    number: int
    fields: dict[str, Any]
    row: Row


def _has_member_per_record(file: BinaryIO) -> bool:
    """Whether each record of a gzip file is a member of its own. The second record tells: the rest is not read."""
    file.seek(0)
    members = Members(file)
    try:
        positions = [position for position, _ in islice(_records(members, 0, 0), 2)]
    except BrokenShard:
        return True
    return len(positions) < 2 or members.offset(positions[1]) is not None


def _chunk_of(start: Position, end: Position, documents: list[WarcRecord]) -> Chunk:
    """Return records that may be documents as a chunk."""
    return Chunk(start, end, sum(len(record.block) for record in documents), documents)


def _records(stream: Stream, number: int, limit: int) -> Iterator[tuple[int, WarcRecord | None]]:
    """Yield the position of each record, with the record if it may be a document, else with None.

    There are `number` records before. Raises `BrokenShard` after the last whole record.
    """
    archive = iter(
        warc.ArchiveIterator(stream, parse_http=False, stream_detect=False, max_header_len=MAX_HEADER_BYTES)
    )
    while True:
        number += 1
        with _damage_in_record(number):
            record = next(archive, None)
        if record is None:
            return
        yield record.stream_pos, _read_record(record, number, limit)


def _read_record(record: Any, number: int, limit: int) -> WarcRecord | None:
    """Read a record to its end, and return it if it may be a document. Raises `BrokenShard`."""
    headers = [(_header_text(name), _header_text(value)) for name, value in record.headers.items_bytes()]
    length = _first_header(headers, "Content-Length").strip()
    if not (length.isascii() and length.isdecimal()):
        raise _broken_record(number, f"has {length!r} for a Content-Length" if length else "has no Content-Length")
    size = int(length)
    head = _read_exactly(record.reader, min(size, HEAD_BYTES), number)
    found = WarcRecord(number, headers, head, size <= limit)
    wanted = _content_of(found) is not None
    if wanted and found.whole:
        return found._replace(block=head + _read_exactly(record.reader, size - len(head), number))
    left = size - len(head)
    while left:
        left -= len(_read_exactly(record.reader, min(left, HEAD_BYTES), number))
    return found if wanted else None


def _read_exactly(reader: Any, size: int, number: int) -> bytes:
    """Read `size` bytes of the record with this number. Raises `BrokenShard`."""
    parts: list[bytes] = []
    while size:
        with _damage_in_record(number):
            part = reader.read(size)
        if not part:
            raise _broken_record(number, "is cut off")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


@contextmanager
def _damage_in_record(number: int) -> Iterator[None]:
    """Raise `BrokenShard` for the `OSError` of FastWARC, and pass on that of the disk or the network."""
    try:
        yield
    except OSError as error:
        if compression.is_outage(error):
            raise
        raise _broken_record(number, f"cannot be read ({error})") from None


def _broken_record(number: int, what: str) -> BrokenShard:
    return BrokenShard(f"record {number} {what}; get the file anew")


def _content_of(record: WarcRecord) -> Content | None:
    """Return the content of a record, as far as its block is there; None if it is certainly no document."""
    block = record.block
    kind = _first_header(record.headers, "WARC-Type").lower()
    label = _first_header(record.headers, "Content-Type")
    http = None
    if kind == "response" and (label.lower().startswith("application/http") or block.startswith(b"HTTP/")):
        http, block = _split_http(block)
        label = _first_header(http.headers, "Content-Type")
    elif kind not in ("conversion", "resource", "response"):
        return None
    media = re.split("[;,]", label)[0].strip().lower()
    if media not in KIND_OF_TYPE and media not in VAGUE_TYPES:
        return None
    charset = re.search(r"""(?i)\bcharset\s*=\s*["']?([^"',;\s]+)""", label)
    return Content(KIND_OF_TYPE.get(media, ""), block, charset[1] if charset else None, http)


def _split_http(block: bytes) -> tuple[Http, bytes]:
    """Split the block of a response into its HTTP header and its body; without a header, all of it is the body."""
    if not block.startswith(b"HTTP/"):
        return Http(None, []), block
    blank = re.compile(rb"\r?\n\r?\n").search(block, 0, HEAD_BYTES)
    is_whole = bool(blank) or len(block) < HEAD_BYTES
    head, body = (block[: blank.start()], block[blank.end() :]) if blank else (block[:HEAD_BYTES], b"")
    first, *lines = re.split(r"\r?\n", _header_text(head))
    status = re.match(r"\S+\s+(\d{3})\b", first)
    found: list[tuple[str, list[str]]] = []  # the value in the lines that it is folded into
    for line in lines:
        name, _, value = line.partition(":")
        if line[:1] in (" ", "\t") and found:  # continues the header before
            found[-1][1].append(line.strip())
        else:
            found.append((name.strip(), [value.strip()]))
    headers = [(name, " ".join(values)) for name, values in found]
    return Http(int(status[1]) if status else None, headers, is_whole), body


def _document_in(record: WarcRecord, settings: RowSettings, limit: int) -> WarcDocument | None:
    """Return the document that a record holds, None if it holds none."""
    content = _content_of(record)
    if not content:
        return None
    fields = _row_fields(record, content.http)
    row = Row(error=f"is larger than {limit >> 20} MB; allow more with --max-document, or clean it on its own")
    if content.http and not content.http.whole:
        row = Row(error=LARGE_HEAD)
    elif record.whole:
        body = _decoded_body(content, limit)
        if content.http and not body:
            return None
        kind = content.kind or _kind_by_content(body)
        if not kind:
            return None
        if len(body) <= limit:
            row = _row_of_body(body, kind, content.charset)
    url = settings.url or fields["url"]
    return WarcDocument(record.number, fields, row._replace(url=url, lang=bcp47(settings.lang) or fields.get("lang")))


def _row_of_body(body: bytes, kind: str, charset: str | None) -> Row:
    """Return the decoded text or page, or the reason why the bytes cannot be decoded."""
    try:
        decoded = encoding.decode(body, charset=charset, html=kind == "html")
    except DocumentError as error:
        return Row(error=f"{str(error).partition(';')[0]}; take it out of the file by its id")
    row = Row(html=decoded.text) if kind == "html" else Row(text=decoded.text)
    return row._replace(flags=(REPLACED,)) if decoded.replaced else row


def _kind_by_content(body: bytes) -> str:
    """Return the kind of a body without a type: `html`, `text`, or "" if it is no document."""
    if kinds.begins_like_page(body):
        return "html"
    start = body[:HEAD_BYTES]
    return "" if not start or BINARY_BYTE.search(start) or start.lstrip().startswith(b"<?xml") else "text"


def _decoded_body(content: Content, limit: int) -> bytes:
    """Return the body of a response without its content and transfer codings, `limit` + 1 bytes at most.

    Many archives keep the header as it was sent, but store the body decoded. So a body that cannot be decoded is
    returned as it is.
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
    if len(codings) > MAX_CODINGS:
        return body
    try:
        for coding in reversed(codings):
            if coding not in ("", "identity"):
                body = _without_coding(body, coding, limit)
    except (BrokenShard, OSError, ValueError, zlib.error):
        return content.body
    return body


def _without_coding(body: bytes, coding: str, limit: int) -> bytes:
    """Return a body without one coding, `limit` + 1 bytes at most.

    Raises `BrokenShard`, `OSError`, `ValueError` or `zlib.error` if it has none.

    FastWARC knows all codings, but takes a gzip body that is cut off for whole.
    """
    if coding in ("gzip", "x-gzip"):
        stream = Members(BytesIO(body))
        parts: list[bytes] = []
        left = limit + 1
        while left > 0 and (part := stream.read(left)):
            parts.append(part)
            left -= len(part)
        return b"".join(parts)
    if coding == "deflate":  # with the header of zlib by the standard, without it from some servers
        for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
            unpacker = zlib.decompressobj(bits)
            with suppress(zlib.error):
                unpacked = unpacker.decompress(body, limit + 1)
                if unpacker.eof or len(unpacked) > limit:
                    return unpacked
        raise ValueError("is not deflate")
    name = "Transfer-Encoding" if coding == "chunked" else "Content-Encoding"
    block = b"HTTP/1.1 200 OK\r\n%s: %s\r\n\r\n%s" % (name.encode(), coding.encode(), body)
    head = b"WARC/1.1\r\nWARC-Type: response\r\nContent-Type: application/http; msgtype=response\r\n"
    record = warc.WarcRecord.from_bytes(head + b"Content-Length: %d\r\n\r\n%s" % (len(block), block))
    record.parse_http(auto_decode="all", max_header_len=HEAD_BYTES)
    return bytes(record.reader.read(limit + 1))


def _row_fields(record: WarcRecord, http: Http | None) -> dict[str, Any]:
    """Return the fields of the row of a document in the copy, with None for the text."""
    header: dict[str, Any] = {}
    for name, value in record.headers:
        header.setdefault(name, []).append(value)
    header = {name: values[0] if len(values) == 1 else values for name, values in header.items()}
    lang = re.split("[,;]", _first_header(record.headers, "WARC-Identified-Content-Language"))[0].strip()
    return {
        "url": _first_header(record.headers, "WARC-Target-URI").removeprefix("<").removesuffix(">") or None,
        "id": _first_header(record.headers, "WARC-Record-ID") or None,
        "date": _first_header(record.headers, "WARC-Date") or None,
        **({"lang": bcp47(lang)} if lang else {}),
        "text": None,
        "warc": header,
        **({"http": {"status": http.status, "headers": http.headers}} if http else {}),
    }


def _json_line(fields: dict[str, Any], cleaned: Cleaned | None, settings: RowSettings) -> bytes:
    """Return the row of a document as a line of JSON; without text if it could not be cleaned."""
    row = {**fields, "text": cleaned.text if cleaned else None}
    row |= added(settings.fields, cleaned)
    return msgspec.json.encode(row) + b"\n"


def _first_header(headers: Headers, name: str) -> str:
    """Return the first header of that name, in small letters or capitals, or ""."""
    return next((value for found, value in headers if found.lower() == name.lower()), "")


def _header_text(data: bytes) -> str:
    """Return the text of a header, which is UTF-8 or, in old archives, Latin-1."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
