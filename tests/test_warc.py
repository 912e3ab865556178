"""WARC and WET: which records are documents, what their rows hold, and files that are broken or hostile."""

from __future__ import annotations

import gzip
import json
import pickle
import zlib
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("fastwarc", reason="needs the extra corpora")

from cleaner.rows import Fields
from cleaner.shards import compression, warc
from cleaner.shards.format import START, BrokenShard, Chunk, Failure, Position, RowSettings
from cleaner.shards.jsonl import Jsonl
from cleaner.shards.warc import Warc
from tests.support import cleaner_at

CLEANER = cleaner_at("rules")
PLAIN = RowSettings()
RAIN = "Rain fell for three days.\n"
CHROME = "Accessibility links\n\n"


def record(
    block: bytes | str = b"",
    kind: str = "conversion",
    number: int = 0,
    media: str | None = "text/plain",
    more: Sequence[str] = (),
    length: object = None,
    end: bytes = b"\r\n\r\n",
) -> bytes:
    """Return a record, with the header fields of Common Crawl in their order."""
    if isinstance(block, str):
        block = block.encode()
    size = len(block) if length is None else length
    lines = [
        "WARC/1.0",
        f"WARC-Type: {kind}",
        f"WARC-Target-URI: http://example.org/{number}",
        "WARC-Date: 2024-05-18T10:20:30Z",
        f"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{number:012d}>",
        *more,
        *([f"Content-Type: {media}"] if media else []),
        *([f"Content-Length: {size}"] if size != "" else []),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + end


def response(body: bytes | str, *header: str, status: str = "200 OK", number: int = 0) -> bytes:
    """Return a response."""
    if isinstance(body, str):
        body = body.encode()
    head = "\r\n".join([f"HTTP/1.1 {status}", *header]).encode("latin-1") + b"\r\n\r\n"
    return record(head + body, "response", number, "application/http; msgtype=response")


def members(*records: bytes) -> bytes:
    """Return records as gzip members."""
    return b"".join(gzip.compress(one, mtime=0) for one in records)


def chunks(
    data: bytes, suffix: str = "", start: Position = START, form: Warc | None = None
) -> tuple[list[Chunk], str]:
    """Read a file; return its chunks, and why it could not be read to its end."""
    found: list[Chunk] = []
    try:
        for chunk in (form or Warc(suffix)).read_chunks(BytesIO(data), start):
            found.append(chunk)
    except BrokenShard as error:
        return found, str(error)
    return found, ""


def run(
    data: bytes, suffix: str = "", settings: RowSettings = PLAIN, limit: int = 1 << 28
) -> tuple[list[Any], list[Failure], str]:
    """Clean a file; return its rows, the failures, and why it could not be read to its end."""
    form = Warc(suffix, limit)
    form.check(BytesIO(data), settings)
    found, why = chunks(data, suffix, form=form)
    pieces = [form.clean(chunk, CLEANER, settings) for chunk in found]
    encoded = b"".join(form.encode([piece.data]) for piece in pieces)
    lines = compression.reader(BytesIO(encoded), ".gz").read().splitlines()
    return [json.loads(line) for line in lines], [one for piece in pieces for one in piece.failures], why


def texts(*records: bytes) -> list[str | None]:
    rows, _, why = run(b"".join(records))
    assert not why
    return [row["text"] for row in rows]


WET = (
    record("Software-Info: made\r\n", "warcinfo", 1, "application/warc-fields", ["WARC-Filename: a.warc.wet.gz"]),
    record(
        CHROME + RAIN,
        number=2,
        more=[
            "WARC-Refers-To: <urn:uuid:00000000-0000-4000-8000-000000000099>",
            "WARC-Block-Digest: sha1:JXZJJYUAIQ3D7PZLBFLUHUPV5R3W4LQC",
            "WARC-Identified-Content-Language: deu,eng",
        ],
    ),
    record("Wind für alle.\n", number=3, more=["WARC-Identified-Content-Language: frr"]),
    record("", number=4),
)


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("x-sjis", "cp932", "昨日、老人は船を直して一人で海に出た。"),
        ("windows-31j", "cp932", "昨日、老人は船を直して一人で海に出た。"),
        ("x-euc-jp", "euc_jp", "昨日、老人は船を直して一人で海に出た。"),
        ("x-cp1250", "cp1250", "Příliš žluťoučký kůň úpěl ďábelské ódy."),
        ("iso-8859-8-i", "iso8859_8", "הגשם ירד שלושה ימים."),
        ("x-mac-cyrillic", "mac_cyrillic", "Три дня шёл дождь."),
        ("utf-16le", "utf-16-le", "Три дня шёл дождь."),
    ],
)
def test_labels_of_the_http_header_are_those_of_browsers(label: str, codec: str, text: str) -> None:
    for kind, body in (("html", f"<meta charset=koi8-r><p>{text}</p>"), ("plain", text)):
        assert texts(response(body.encode(codec), f"Content-Type: text/{kind}; charset={label}")) == [text]


def test_a_row_of_a_response_with_bad_bytes_is_flagged() -> None:
    settings = PLAIN._replace(fields=PLAIN.fields._replace(record="record"))
    body = "<p>Größe, Maß, Füße, Bäche und Öfen</p>".encode() + b"\xff"
    (row, plain), _, _ = run(
        response(body, "Content-Type: text/html") + response(b"<p>Rain.</p>", "Content-Type: text/html"),
        settings=settings,
    )
    assert row["record"]["flags"] == ["replaced"]
    assert plain["record"]["flags"] == []


@pytest.mark.parametrize("suffix", ["", ".gz", ".bz2", ".xz", ".zst"])
def test_wet_rows_have_the_header_in_order(suffix: str) -> None:
    data = members(*WET) if suffix == ".gz" else compression.compress(b"".join(WET), suffix)
    rows, failures, why = run(data, suffix)
    assert (failures, why) == ([], "")
    first = {
        "url": "http://example.org/2",
        "id": "<urn:uuid:00000000-0000-4000-8000-000000000002>",
        "date": "2024-05-18T10:20:30Z",
        "lang": "de",
        "text": RAIN,
        "warc": {
            "WARC-Type": "conversion",
            "WARC-Target-URI": "http://example.org/2",
            "WARC-Date": "2024-05-18T10:20:30Z",
            "WARC-Record-ID": "<urn:uuid:00000000-0000-4000-8000-000000000002>",
            "WARC-Refers-To": "<urn:uuid:00000000-0000-4000-8000-000000000099>",
            "WARC-Block-Digest": "sha1:JXZJJYUAIQ3D7PZLBFLUHUPV5R3W4LQC",
            "WARC-Identified-Content-Language": "deu,eng",
            "Content-Type": "text/plain",
            "Content-Length": str(len(CHROME + RAIN)),
        },
    }
    assert json.dumps(rows[0]) == json.dumps(first)
    assert [row["text"] for row in rows] == [RAIN, "Wind für alle.\n", ""]
    assert [row.get("lang") for row in rows] == ["de", "frr", None]


def test_the_language_of_the_record_counts() -> None:
    text = "Es regnete.\n\nDiesen Artikel teilen\n"
    records = [record(text, more=[f"WARC-Identified-Content-Language: {lang}"]) for lang in ("deu", "eng,deu")]
    assert texts(*records) == ["Es regnete.\n", text]
    rows, _, _ = run(records[0], settings=RowSettings(lang="eng"))  # the user's word counts more
    assert (rows[0]["lang"], rows[0]["text"]) == ("de", text)


def test_a_response_has_its_http_header() -> None:
    page = "<html><body><p>Rain fell for three days.</p></body></html>"
    header = (
        "Content-Type: text/html; charset=utf-8",
        "Set-Cookie: a=1",
        "Set-Cookie: b=2",
        "X-Név: fő".encode().decode("latin-1"),
    )
    rows, failures, _ = run(response(page, *header), settings=RowSettings(fields=Fields(record="cleaning")))
    assert not failures
    assert list(rows[0]) == ["url", "id", "date", "text", "warc", "http", "cleaning"]
    assert rows[0]["text"] == RAIN.strip()
    assert rows[0]["http"] == {
        "status": 200,
        "headers": [
            ["Content-Type", "text/html; charset=utf-8"],
            ["Set-Cookie", "a=1"],
            ["Set-Cookie", "b=2"],
            ["X-Név", "fő"],
        ],
    }
    assert rows[0]["cleaning"]["edits"] == []


def test_a_repeated_field_of_the_header_is_a_list() -> None:
    rows, _, _ = run(record(RAIN, more=["WARC-Concurrent-To: <a>", "WARC-Concurrent-To: <b>"]))
    assert rows[0]["warc"]["WARC-Concurrent-To"] == ["<a>", "<b>"]


PAGE = "<html><body><p>Rain fell for three days.</p></body></html>"


@pytest.mark.parametrize(
    ("one", "is_document"),
    [
        (record(PAGE, "resource", media="text/html; charset=utf-8"), True),
        (record(RAIN, "resource", media="Text/Plain"), True),
        (record(PAGE, "resource", media=None), True),
        (record(RAIN, "resource", media=None), True),
        (record(b"\x89PNG\r\n\x1a\n\0\0", "resource", media=None), False),
        (record('<?xml version="1.0"?><rss/>', "resource", media=None), False),
        (record(RAIN, "resource", media="image/png"), False),
        (record(RAIN, "response", media="text/dns"), False),
        (record(RAIN, "metadata"), False),
        (record(RAIN, "request", media="application/http; msgtype=request"), False),
        (record("", "revisit", media="application/http; msgtype=response"), False),
        (record(RAIN, "continuation"), False),
        (record(RAIN, "conversion", media="application/pdf"), False),
        (response(PAGE, "Content-Type: text/html"), True),
        (response(PAGE, "content-type: TEXT/HTML;charset=x"), True),
        (response(PAGE, "Content-Type: application/xhtml+xml"), True),
        (response(PAGE), True),
        (response(RAIN, "Content-Type: text/plain"), True),
        (response(PAGE, "Content-Type: image/svg+xml"), False),
        (response("", "Content-Type: text/html", "Location: /", status="301 Moved"), False),
        (response("", "Content-Type: text/html"), False),
        (response(PAGE, "Content-Type: text/html", status="404 Not Found"), True),
        (
            record(response(PAGE, "Content-Type: text/html").split(b"\r\n\r\n", 1)[1][:-4], "response", media=None),
            True,
        ),
    ],
)
def test_which_records_are_documents(one: bytes, is_document: bool) -> None:
    rows, failures, why = run(one + record(RAIN))
    assert (len(rows), failures, why) == (1 + is_document, [], "")


RUSSIAN = "<html><head><meta charset=windows-1252></head><body><p>Дождь шёл три дня.</p></body></html>"

SHORT = "<meta charset=windows-1251><p>Да.</p>"


@pytest.mark.parametrize(
    ("body", "header", "text"),
    [
        (RUSSIAN.encode("cp1251"), 'text/html; charset="windows-1251"', "Дождь шёл три дня."),
        (RUSSIAN.encode(), "text/html; charset=windows-1251", "Дождь шёл три дня."),  # it is UTF-8, whatever they say
        (RUSSIAN.replace("1252", "1251").encode("cp1251"), "text/html", "Дождь шёл три дня."),
        (RUSSIAN.replace("1252", "1251").encode("cp1251"), "text/html; charset=nonsense", "Дождь шёл три дня."),
        ("Дождь шёл три дня.".encode("koi8-r"), "text/plain; charset=koi8-r", "Дождь шёл три дня."),
        # The header is contradicted by the bytes: the page is right, or detection tells.
        (RUSSIAN.replace("1252", "1251").encode("cp1251"), "text/html; charset=utf-8", "Дождь шёл три дня."),
        ("Дождь шёл три дня.".encode("cp1251"), "text/plain; charset=utf-8", "Дождь шёл три дня."),
        (SHORT.encode("cp1251"), "text/html; charset=utf-8", "Да."),
        (SHORT.encode("cp1251"), "text/html; charset=shift_jis", "Да."),
        (SHORT.encode("cp1251"), "text/html; charset=utf-16le", "Да."),
        # The header is borne out, and the page is not right.
        (SHORT.encode("koi8-r"), "text/html; charset=koi8-r", "Да."),
        (SHORT.encode(), "text/html; charset=utf-8", "Да."),
    ],
)
def test_charsets(body: bytes, header: str, text: str) -> None:
    assert texts(response(body, f"Content-Type: {header}")) == [text]


def pieces(data: bytes) -> bytes:
    """Return data in chunks of HTTP."""
    return (
        b"".join(b"%x\r\n%s\r\n" % (len(data[i : i + 20]), data[i : i + 20]) for i in range(0, len(data), 20))
        + b"0\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("body", "header"),
    [
        (pieces(PAGE.encode()), ["Transfer-Encoding: chunked"]),
        (gzip.compress(PAGE.encode(), mtime=0), ["Content-Encoding: gzip"]),
        (gzip.compress(PAGE.encode(), mtime=0), ["Content-Encoding: X-GZIP"]),
        (zlib.compress(PAGE.encode()), ["Content-Encoding: deflate"]),
        (pieces(gzip.compress(PAGE.encode(), mtime=0)), ["Transfer-Encoding: chunked", "Content-Encoding: gzip"]),
        (compression.compress(PAGE.encode(), ".zst"), ["Content-Encoding: zstd"]),
        (bytes.fromhex("8b1c80") + PAGE.encode() + b"\x03", ["Content-Encoding: br"]),
        (PAGE.encode(), ["Transfer-Encoding: chunked"]),  # unpacked by the archive
        (PAGE.encode(), ["Content-Encoding: gzip"]),
        (PAGE.encode(), ["Content-Encoding: br"]),
        (PAGE.encode(), ["Content-Encoding: utf-8"]),
        (PAGE.encode(), ["Content-Encoding: none\x00"]),
    ],
)
def test_codings_of_http(body: bytes, header: list[str]) -> None:
    assert texts(response(body, "Content-Type: text/html", *header)) == [RAIN.strip()]


def test_what_cannot_be_read_has_a_row_without_text() -> None:
    data = (
        record("Rain\0", number=1)
        + record(RAIN, number=2)
        + response(b"\x1f\x8b\x08\0junk\0", "Content-Encoding: gzip", "Content-Type: text/html", number=3)
    )
    rows, failures, why = run(data, settings=RowSettings(fields=Fields(record="cleaning")))
    assert [row["text"] for row in rows] == [None, RAIN, None]
    assert [row["cleaning"] is None for row in rows] == [True, False, True]
    assert [(one.number, one.url) for one in failures] == [(1, "http://example.org/1"), (3, "http://example.org/3")]
    assert failures[0].reason == "looks binary (NUL byte at byte 4); take it out of the file by its id"
    assert not why


def test_a_document_that_is_too_large_fails_alone() -> None:
    bomb = response(gzip.compress(b"a" * (1 << 18)), "Content-Type: text/html", "Content-Encoding: gzip", number=2)
    rows, failures, why = run(record("a " * (1 << 17), number=1) + bomb + record(RAIN), limit=1 << 17)
    assert [row["text"] for row in rows] == [None, None, RAIN]
    assert rows[1]["http"]["status"] == 200
    assert [one.number for one in failures] == [1, 2]
    assert not why


FIVE = [record(f"Rain fell for {i} days.\n" * 9, number=i) for i in range(5)]
NO_LENGTH = record(RAIN, length="")
EDGES = [0, *(len(members(*FIVE[: i + 1])) for i in range(5))]


@pytest.mark.parametrize(
    ("data", "whole", "why"),
    [
        (b"".join(FIVE)[:-100], 4, "record 5 is cut off"),
        (b"".join(FIVE[:4]) + FIVE[4][:60], 4, "record 5 has no Content-Length"),
        (b"".join(FIVE[:2]) + b"gar\0bage\r\n\r\n" + b"".join(FIVE[2:]), 2, "record 3 cannot be read"),
        (b"".join(FIVE) + b"junk\n", 5, "record 6 cannot be read"),
        (b"".join([*FIVE[:2], NO_LENGTH, *FIVE[2:]]), 2, "record 3 has no Content-Length"),
        (b"".join([*FIVE[:2], record(RAIN, length=-5), *FIVE[2:]]), 2, "record 3 has '-5' for a Content-Length"),
        (b"".join([*FIVE[:2], record(RAIN, length="1e3")]), 2, "record 3 has '1e3' for a Content-Length"),
        (b"".join([*FIVE[:2], record(RAIN, length="٣")]), 2, "record 3 has '٣' for a Content-Length"),
        (b"".join([*FIVE[:2], record(RAIN, length=5), *FIVE[2:]]), 3, "record 4 cannot be read"),
        (b"".join([*FIVE[:2], record(RAIN, length=10**12), *FIVE[2:]]), 2, "record 3 is cut off"),
        (b"".join([*FIVE[:2], record(RAIN, length=10**30), *FIVE[2:]]), 2, "record 3"),
        (b"".join([*FIVE[:2], record(RAIN, "metadata", length=10**12)]), 2, "record 3 is cut off"),
        (b"".join([*FIVE[:2], record(RAIN, more=["X: " + "a" * (1 << 17)])]), 2, "record 3 cannot be read"),
        (b"".join([*FIVE[:2], record(RAIN, end=b""), *FIVE[2:]]), 6, ""),
        (b"".join(one + b"\r\n" * 9 for one in FIVE), 5, ""),
    ],
)
def test_broken_files_are_read_up_to_where_they_break(data: bytes, whole: int, why: str) -> None:
    rows, failures, found = run(data)
    assert (len(rows), failures) == (whole, [])
    assert found.startswith(why) if why else not found


@pytest.mark.parametrize(
    ("data", "whole"),
    [
        (members(*FIVE)[: EDGES[4] + 60], 4),
        (members(*FIVE)[: EDGES[4] + 5], 4),
        (members(*FIVE)[: EDGES[4] + 1], 4),
        (members(*FIVE)[:-4], 5),  # the record is whole, the sum that proves it is not there
        (members(*FIVE)[: EDGES[2]] + b"garbage" + members(*FIVE)[EDGES[2] :], 2),
        (members(*FIVE)[: EDGES[3] - 8] + b"\0\1\2\3" + members(*FIVE)[EDGES[3] - 4 :], 2),
        (members(*FIVE) + b"junk", 5),
        (gzip.compress(b"".join(FIVE))[:-20], 4),
    ],
)
def test_broken_gzip_is_read_up_to_where_it_breaks(data: bytes, whole: int) -> None:
    rows, failures, why = run(data, ".gz")
    assert failures == []
    assert len(rows) == whole
    assert [row["text"] for row in rows] == texts(*FIVE)[: len(rows)]
    assert "gzip" in why or "cannot be read" in why or "cut off" in why


@pytest.mark.parametrize(
    "data", [members(*FIVE) + b"\0" * 1000, members(*FIVE[:3], b"", *FIVE[3:]), members(b"", *FIVE)]
)
def test_gzip_may_hold_nothing_too(data: bytes) -> None:
    rows, _, why = run(data, ".gz")
    assert (len(rows), why) == (5, "")


@pytest.mark.parametrize("data", [b"<html>\n\n", b"PK\3\4", b"\r\n\r\nWARC", b"\n".join(FIVE[0].split(b"\r\n"))])
def test_what_is_no_warc_is_refused(data: bytes) -> None:
    with pytest.raises(BrokenShard, match="record 1 "):
        Warc().check(BytesIO(data), RowSettings())


def test_nothing_is_nothing() -> None:
    assert run(b"") == run(gzip.compress(b""), ".gz") == ([], [], "")


@pytest.mark.parametrize("name", ["url", "text", "warc", "http", "lang"])
def test_a_record_does_not_overwrite_a_field(name: str) -> None:
    with pytest.raises(BrokenShard, match=f"'{name}'"):
        Warc().check(BytesIO(FIVE[0]), RowSettings(fields=Fields(record=name)))


MANY = [record(f"Rain fell for {i} days.\n", number=i, kind=("conversion", "request")[i % 5 == 4]) for i in range(60)]
LAYOUTS = {
    "plain": (b"".join(MANY), ""),
    "members": (members(*MANY), ".gz"),
    "one member": (members(b"".join(MANY)), ".gz"),
    "members of more": (members(MANY[0], *(b"".join(MANY[i : i + 7]) for i in range(1, 60, 7))), ".gz"),
    "split records": (members(MANY[0], MANY[1][:99], MANY[1][99:], *MANY[2:]), ".gz"),
    "zst": (compression.compress(b"".join(MANY), ".zst"), ".zst"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_reading_goes_on_at_every_mark(layout: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc, "CHUNK_BYTES", 2000)
    data, suffix = LAYOUTS[layout]
    whole, why = chunks(data, suffix)
    assert len(whole) > 4
    assert not why
    assert [one.number for chunk in whole for one in chunk.payload] == [i + 1 for i in range(60) if i % 5 != 4]
    for i, chunk in enumerate(whole[:-1]):
        assert chunks(data, suffix, chunk.end) == (whole[i + 1 :], "")
        assert chunk.end == whole[i + 1].start
        if layout == "members":
            assert data[chunk.end.offset :].startswith(b"\x1f\x8b")
    assert whole[-1].end.number == 60


def test_a_change_of_layout_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc, "CHUNK_BYTES", 1000)
    monkeypatch.setattr(warc, "MAX_CHUNK_BYTES", 5000)
    found, why = chunks(members(*MANY[:9], b"".join(MANY[9:50])), ".gz")
    assert why.endswith("write it anew with `warcio recompress`")
    assert 9 < found[-1].end.number < 50


def test_parts_encoded_are_the_whole() -> None:
    data = b"".join([*WET, record("Rain\0"), response(PAGE)])
    form, settings = Warc(".gz"), RowSettings(fields=Fields(record="cleaning"))
    (chunk,), _ = chunks(data)
    parts = [form.clean(pickle.loads(pickle.dumps(one)), CLEANER, settings) for one in form.split(chunk)]
    whole = form.clean(chunk, CLEANER, settings)
    assert form.encode([part.data for part in parts]) == form.encode([whole.data])
    assert [one for part in parts for one in part.failures] == whole.failures


def test_a_document_that_is_passed_has_the_row_of_a_failure() -> None:
    form, settings = Warc(), RowSettings(fields=Fields(record="cleaning"))
    (chunk,), _ = chunks(record("Rain\0", number=7))
    piece = form.left_as_is(form.split(chunk)[0], "looks binary", settings)
    assert piece.data == form.clean(chunk, CLEANER, settings).data
    assert piece.failures == [Failure(1, "looks binary", "http://example.org/7")]
    assert piece.tally.failed == 1


def test_samples_are_those_of_the_copy(tmp_path: Path) -> None:
    data = members(*WET, record("Rain\0", number=5), response(PAGE, "A: b"), response(PAGE))
    settings = RowSettings(fields=Fields(record="cleaning"))
    form = Warc(".gz")
    copy = b"".join(form.encode([form.clean(chunk, CLEANER, settings).data]) for chunk in chunks(data, ".gz")[0])
    parts = [part for chunk in chunks(data, ".gz")[0] for part in form.split(chunk)]
    pieces = [piece for part in parts if (piece := form.clean(part, CLEANER, settings).data)]
    (rows,) = Jsonl(".gz").read_chunks(BytesIO(copy), START)
    found = [Jsonl().row_in(part.payload, settings) for part in Jsonl().split(rows)]
    assert found == [form.row_in(piece, settings) for piece in pieces]
    assert [sorted(row.keys() & {"text", "cleaning"}) for row in found] == [["text"]] * 6


def test_many_tiny_records() -> None:
    one = record("Rain.\n")
    found, why = chunks(gzip.compress(one, mtime=0) * 100_000, ".gz")
    assert sum(len(chunk.payload) for chunk in found) == 100_000
    assert (found[-1].end.number, why) == (100_000, "")


@given(
    st.lists(
        st.sampled_from(
            [
                b"WARC/1.0\r\n",
                b"\r\n",
                b"\n",
                b": ",
                b"Content-Length: 3",
                b"WARC-Type: response",
                b"HTTP/1.1 200 OK",
                b"\0",
                b"a",
                b" b",
                b"\xff",
                b"Content-Type: application/http",
                b"Content-Encoding: gzip",
                b"Transfer-Encoding: chunked",
            ]
        )
    )
)
def test_any_bytes_are_read_or_broken(parts: list[bytes]) -> None:
    data = b"".join(parts)
    chunks(FIVE[0] + data)
    rows, _, why = run(FIVE[0] + record(data, "response", media=None) + FIVE[1])
    assert not why
    assert {RAIN.replace("three", "0") * 9, None} & {row["text"] for row in rows}


@given(st.binary(max_size=300), st.integers(0, 900))
def test_garbage_in_gzip_never_loses_what_was_before(garbage: bytes, at: int) -> None:
    good = members(*FIVE)
    at = min(at, len(good))
    rows, failures, why = run(members(FIVE[0]) + good[:at] + garbage + good[at:], ".gz")
    whole = sum(edge <= at for edge in EDGES[1:])
    assert len(rows) >= 1 + whole
    assert why or failures or len(rows) >= 6
