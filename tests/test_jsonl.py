"""JSON lines: a line stays byte for byte but for its text, and a line that is wrong does not affect the others."""

from __future__ import annotations

import io
import json
import math
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cleaner import Cleaned, Cleaner
from cleaner.arguments import is_language, is_url
from cleaner.rows import Fields
from cleaner.shards import compression, jsonl
from cleaner.shards.format import START, BrokenShard, Chunk, CleanedChunk, Position, RowSettings
from cleaner.shards.jsonl import Jsonl
from tests.support import CHROME, CLEAN, DOCUMENT, cleaner_at

CLEANER = cleaner_at("rules")
SETTINGS = RowSettings()
RECORDED = RowSettings(Fields(record="record"))
SUFFIXES = ["", *compression.MODULES]


def chunks(data: bytes, size: int, start: Position = START, suffix: str = "") -> list[Chunk]:
    """Return the chunks of a file, of about `size` bytes each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonl, "CHUNK_BYTES", size)
        return list(Jsonl(suffix).read_chunks(io.BytesIO(data), start))


def clean(data: bytes, settings: RowSettings = SETTINGS) -> CleanedChunk:
    """Clean a file as one chunk."""
    (chunk,) = chunks(data, len(data) + 1)
    return Jsonl().clean(chunk, CLEANER, settings)


# ── lines as they are written by others ───────────────────────────────────────────────────────────

SPACES = st.text(" \t\r", max_size=2)
NAMES = st.sampled_from(["text", "url", "lang", "id", "a\nb", "é", "", "text ", "html "]) | st.text(max_size=3)
TEXTS = st.lists(
    st.sampled_from([CHROME, *CLEAN.splitlines(), "", "é 😀", "It wasnâ€™t", 'a "b" \\c', "\u2028"])
).map("\n".join)
NUMBERS = st.sampled_from(["0", "-0", "1.50", "1E+5", "1e999", "1" * 5000, "-12.0e-3", "NaN", "-Infinity"])


@st.composite
def strings(draw: st.DrawFn, content: st.SearchStrategy[str]) -> str:
    """Return a JSON string, any character of it escaped or not."""
    how = draw(st.sampled_from(["raw", "ascii", "all", "slash"]))
    text = draw(content)
    if how == "all":
        units = text.encode("utf-16-be", "surrogatepass")
        return '"' + "".join(f"\\u{units[i]:02X}{units[i + 1]:02x}" for i in range(0, len(units), 2)) + '"'
    dumped = json.dumps(text, ensure_ascii=how == "ascii")
    return dumped.replace("/", "\\/") if how == "slash" else dumped


@st.composite
def values(draw: st.DrawFn) -> str:
    kind = draw(st.integers(0, 4))
    if kind == 0:
        return draw(NUMBERS)
    if kind == 1:
        return draw(st.sampled_from(["null", "true", "false"]))
    if kind == 2:
        return "[" + draw(SPACES) + ",".join(draw(st.lists(NUMBERS, max_size=3))) + draw(SPACES) + "]"
    if kind == 3:
        return "{" + draw(SPACES) + '"text": ' + draw(strings(TEXTS)) + "}"
    return draw(strings(st.text(st.characters(exclude_categories=["Cs"]), max_size=5)))


@st.composite
def objects(draw: st.DrawFn) -> bytes:
    """Return a JSON object with a text, other fields around it, and spaces anywhere."""
    fields = draw(
        st.lists(st.tuples(NAMES.filter(lambda name: name not in ("text", "record")), values()), max_size=3)
    )
    written = [(json.dumps(name, ensure_ascii=False), value) for name, value in fields]
    # of several fields of a name the last one counts, and the others stay
    for _ in range(draw(st.integers(1, 2))):
        written.insert(draw(st.integers(0, len(written))), ('"text"', draw(strings(TEXTS))))
    parts = [f"{draw(SPACES)}{name}{draw(SPACES)}:{draw(SPACES)}{value}{draw(SPACES)}" for name, value in written]
    line = f"{draw(SPACES)}{{{','.join(parts)}}}{draw(SPACES)}"
    return line.encode("utf-8", "surrogatepass")


BLANK = st.sampled_from([b"", b" ", b"\t\r"])
BAD = st.sampled_from(
    [b"{", b"[1]", b'"text"', b'{"text": 1}', b'{"id": 1}', b'{"text": "a"} b', b'{"text": "a",}', b"\xff{}"]
) | st.binary(max_size=20).map(lambda data: data.replace(b"\n", b""))


@st.composite
def files(draw: st.DrawFn) -> bytes:
    data = b"\n".join(draw(st.lists(objects() | BLANK | BAD, max_size=8)))
    return data + draw(st.sampled_from([b"", b"\n"]))


def plain(text: str) -> Any:
    """Read JSON so that all values can be compared."""
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)


@given(objects())
@example(b'{"text": "x\\ud800"}')
@example(b'\xef\xbb\xbf{"text": "x"}')
def test_a_line_stays_but_for_its_text(line: bytes) -> None:
    piece = clean(line)
    if piece.failures:
        assert piece.data == line
        return
    before, after = line.decode().removeprefix("\ufeff"), piece.data.decode().removeprefix("\ufeff")
    old, new = plain(before), plain(after)
    cleaned = CLEANER.clean(
        old["text"],
        **{name: old[name] for name in ("url", "lang") if written(before, name).startswith('"')},
    )
    assert new == {**old, "text": cleaned.text}
    assert list(new) == list(old)
    assert piece.tally.documents == 1
    assert line.isascii() <= piece.data.isascii()
    if cleaned.text == old["text"]:
        assert piece.data == line
    else:  # all that stands around the text is as it was
        field = jsonl.parse_line(line).find("text")
        assert field
        whole, now = line.decode(), piece.data.decode()
        assert now.startswith(whole[: field.start])
        assert now.endswith(whole[field.end :])


def written(line: str, name: str) -> str:
    """Return the JSON of a field, nothing where there is none."""
    field = jsonl.parse_line(line.encode()).find(name)
    return line[field.start : field.end] if field else ""


@example(b"\xef\xbb\xbf", 1)  # a byte order mark and no document
@example(b'\xef\xbb\xbf{"text": ""}\n\xef\xbb\xbf\n', 1)
@given(files(), st.integers(1, 200))
def test_rows_in_are_rows_out(data: bytes, size: int) -> None:
    pieces = [Jsonl().clean(chunk, CLEANER, SETTINGS) for chunk in chunks(data, size)]
    output = b"".join(piece.data for piece in pieces)
    before, after = data.split(b"\n"), output.split(b"\n")
    assert len(before) == len(after)
    failed = [failure.number for piece in pieces for failure in piece.failures]
    assert failed == sorted(set(failed))
    for number, (old, new) in enumerate(zip(before, after, strict=True), 1):
        try:
            row = json.loads(old.decode().removeprefix("\ufeff")) if b"1" * 5000 not in old else None
            fine = isinstance(row, dict) and isinstance(row.get("text"), str)
        except (ValueError, RecursionError):
            fine = False
        if number in failed:
            assert old == new
            assert not fine or "\\ud" in old.decode().lower()
        elif fine and row:
            assert jsonl.parse_line(new).get("text") == CLEANER.clean(row["text"], **_known(row)).text
    documents = sum(piece.tally.documents for piece in pieces)
    assert sum(piece.tally.failed for piece in pieces) == len(failed)
    assert documents == sum(bool(line.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r")) for line in before)


def _known(row: dict[str, Any]) -> dict[str, Any]:
    tests = {"url": is_url, "lang": is_language}
    return {name: row[name] for name, test in tests.items() if isinstance(row.get(name), str) and test(row[name])}


@given(files())
def test_the_parts_of_a_chunk_are_the_chunk(data: bytes) -> None:
    for chunk in chunks(data, len(data) + 1):
        whole = Jsonl().clean(chunk, CLEANER, SETTINGS)
        parts = Jsonl().split(chunk)
        pieces = [Jsonl().clean(part, CLEANER, SETTINGS) for part in parts]
        assert b"".join(part.payload for part in parts) == data
        assert (parts[0].start, parts[-1].end) == (chunk.start, chunk.end)
        assert all(one.end == other.start for one, other in zip(parts, parts[1:], strict=False))
        assert [failure for piece in pieces for failure in piece.failures] == whole.failures
        for suffix in SUFFIXES:
            assert Jsonl(suffix).encode([piece.data for piece in pieces]) == Jsonl(suffix).encode([whole.data])


@given(files(), st.integers(1, 60), st.integers(1, 300), st.sampled_from(SUFFIXES))
def test_where_chunks_end_depends_on_the_file_alone(data: bytes, size: int, block: int, suffix: str) -> None:
    packed = compression.compress(data, suffix)
    found = chunks(packed, size, suffix=suffix)
    assert b"".join(chunk.payload for chunk in found) == data
    assert all(chunk.payload.endswith(b"\n") for chunk in found[:-1])
    assert all(chunk.size <= size or chunk.payload.count(b"\n", 0, -1) == 0 for chunk in found)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonl, "BLOCK_BYTES", block)
        assert chunks(packed, size, suffix=suffix) == found
        for number, chunk in enumerate(found):
            assert chunks(packed, size, chunk.end, suffix) == found[number + 1 :]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_was_read_from_before(suffix: str) -> None:
    file = io.BytesIO(compression.compress(b'{"text": "a"}\n' * 9, suffix))
    for _ in range(2):
        assert [chunk.end.number for chunk in Jsonl(suffix).read_chunks(file, START)] == [9]


@given(objects())
def test_a_record_gives_the_original_back(line: bytes) -> None:
    piece = clean(line, RECORDED)
    if piece.failures:
        assert piece.data == line
        return
    old, new = plain(line.decode()), jsonl.parse_line(piece.data)
    record = json.loads(piece.data.decode()[new.find("record").start : new.find("record").end])  # type: ignore[union-attr]
    assert Cleaned.from_dict({**record, "text": new.get("text")}).restore() == old["text"]
    rest = plain(piece.data.decode())
    del rest["record"]
    assert rest == {**old, "text": new.get("text")}
    assert not clean(piece.data, SETTINGS).failures
    assert "record" in clean(piece.data, RECORDED).failures[0].reason  # it is not overwritten


# ── what is wrong with files ──────────────────────────────────────────────────────────────────────

WRONG = {
    "not json": (b"hello", "is not JSON"),
    "cut": (b'{"text": "a', "is not JSON"),
    "two objects": (b'{"text": "a"} {"text": "b"}', "Extra data"),
    "comma": (b'{"text": "a",}', "is not JSON"),
    "single quotes": (b"{'text': 'a'}", "is not JSON"),
    "control character": (b'{"text": "a\tb"}', "is not JSON"),
    "array": (b"[1, 2]", "is not a JSON object"),
    "string": (b'"text"', "is not a JSON object"),
    "number": (b"17", "is not a JSON object"),
    "no text": (b'{"id": 1}', "no string in the field 'text'"),
    "empty object": (b"{}", "no string in the field 'text'"),
    "null text": (b'{"text": null}', "no string in the field 'text'"),
    "number for text": (b'{"text": 12}', "no string in the field 'text'"),
    "float for text": (b'{"text": 1.5}', "no string in the field"),
    "long number for text": (b'{"text": ' + b"1" * 5000 + b"}", "no string in the field"),
    "list for text": (b'{"text": ["a"]}', "no string in the field"),
    "not utf-8": (b'{"text": "caf\xe9"}', "is not UTF-8 (byte 14 of the line)"),
    "utf-16": ('{"text": "a"}'.encode("utf-16"), "is not UTF-8 (byte 1 of the line)"),
    "encoded surrogate": (b'{"text": "\xed\xa0\x80"}', "is not UTF-8"),
    "deep": (b'{"text": "a", "x": ' + b"[" * 10**5 + b"]" * 10**5 + b"}", "is not JSON"),
    "deep and cut": (b'{"a":' * 10**5, "is not JSON"),
    "zero bytes": (bytes(100), "is not JSON"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_line_that_is_wrong(name: str) -> None:
    line, reason = WRONG[name]
    good = json.dumps({"text": DOCUMENT}).encode()
    piece = clean(b"\n".join([good, line, good]) + b"\n")
    one = json.dumps({"text": CLEAN}).encode()
    assert piece.data == b"\n".join([one, line, one]) + b"\n"
    (failure,) = piece.failures
    assert failure.number == 2
    assert reason in failure.reason
    assert "; " in failure.reason, "says nothing of what to do"
    assert (piece.tally.documents, piece.tally.failed, piece.tally.changed) == (3, 1, 2)


FINE = {
    "bom": (b'\xef\xbb\xbf{"text": "%s"}\n', 1),
    "crlf": (b'{"text": "%s"}\r\n{"text": "%s"}\r\n', 2),
    "blank lines": (b'\n \n{"text": "%s"}\n\r\n\n', 1),
    "no newline at the end": (b'{"text": "%s"}\n{"text": "%s"}', 2),
    "duplicate keys": (b'{"text": 1, "text": "a", "id": 1, "id": 2, "text": "%s"}\n', 1),
    "nan": (b'{"x": NaN, "text": "%s", "y": [-Infinity, Infinity]}\n', 1),
    "huge numbers": (b'{"x": 1e99999, "text": "%s", "y": ' + b"1" * 10000 + b"}\n", 1),
    "nested": (b'{"x": ' + b"[" * 500 + b"]" * 500 + b', "text": "%s"}\n', 1),
    "text in another field": (b'{"x": {"text": "%s"}, "text": "%s"}\n', 1),
    "surrogates elsewhere": (b'{"url": "\\ud800", "text": "%s"}\n', 1),
}


@pytest.mark.parametrize("name", FINE)
def test_a_line_that_is_unusual(name: str) -> None:
    form, documents = FINE[name]
    old, new = (json.dumps(text)[1:-1].encode() for text in (DOCUMENT, CLEAN))
    piece = clean(form.replace(b"%s", old))
    expected = form.replace(b"%s", new)
    if name == "text in another field":
        expected = form.replace(b"%s", old, 1).replace(b"%s", new)
    assert piece.data == expected
    assert not piece.failures
    assert (piece.tally.documents, piece.tally.changed) == (documents, documents)


def test_half_a_character() -> None:
    line = json.dumps({"text": f"{DOCUMENT}\ud800 stays"}).encode()
    assert json.loads(clean(line).data)["text"] == f"{CLEAN}\ufffd stays"
    line = json.dumps({"text": f"é {DOCUMENT}\ud800 stays"}, ensure_ascii=False).encode("utf-8", "backslashreplace")
    (chunk,) = chunks(line, 1 << 20)
    piece = Jsonl().clean(chunk, Cleaner("rules", keep_categories=["encoding"]), SETTINGS)
    assert json.loads(piece.data)["text"].endswith("\ud800 stays")


def test_html_gives_a_text() -> None:
    page = f"<html><body><article><p>{'Rain fell on the town for three days. ' * 9}</p></article></body></html>"
    for line in ({"html": page, "id": 1}, {"text": None, "html": page}):
        piece = clean(json.dumps(line).encode())
        row = json.loads(piece.data)
        assert not piece.failures
        assert row["text"].startswith("Rain fell")
        assert {**row, "text": None} == {**line, "text": None}


@pytest.mark.parametrize("suffix", list(compression.MODULES))
@pytest.mark.parametrize("how", ["cut", "garbage", "cut at once"])
def test_what_is_compressed_breaks(suffix: str, how: str) -> None:
    # numbers in no order, so that there is something to compress
    rows = [json.dumps({"id": math.sin(number), "text": DOCUMENT}).encode() + b"\n" for number in range(12000)]
    data = b"".join(rows)
    packed = bytearray(compression.compress(data, suffix))
    middle = len(packed) // 2
    if how == "cut":
        del packed[middle:]
    elif how == "cut at once":
        del packed[3:]
    else:
        packed[middle : middle + 100] = bytes(b ^ 0x55 for b in packed[middle : middle + 100])

    def read(start: Position) -> tuple[list[Chunk], str]:
        found: list[Chunk] = []
        try:
            for chunk in Jsonl(suffix).read_chunks(io.BytesIO(packed), start):
                found.append(chunk)
        except BrokenShard as error:
            return found, str(error)
        raise AssertionError("nobody noticed")

    found, why = read(START)
    assert why.startswith("cannot be read any further (")
    assert why.endswith("); get the file anew")
    read_so_far = b"".join(chunk.payload for chunk in found)
    if how == "cut at once":
        assert not found
        return
    assert found or suffix in (".bz2", ".xz")  # whose blocks are large
    if how == "cut":
        assert data.startswith(read_so_far)
    for number, chunk in enumerate(found):
        assert read(chunk.end) == (found[number + 1 :], why)


@pytest.mark.parametrize("suffix", list(compression.MODULES))
def test_compressed_files_of_several_pieces(suffix: str) -> None:
    pieces = [compression.compress(b'{"text": "%d"}\n' % number, suffix) for number in range(5)]
    whole = b"".join(chunk.payload for chunk in chunks(b"".join(pieces), 1 << 20, suffix=suffix))
    assert whole.count(b"\n") == 5
    pieces[2] = b"garbage" + pieces[2]
    found: list[Chunk] = []
    with pytest.raises(BrokenShard):  # not taken for the end
        found.extend(Jsonl(suffix).read_chunks(io.BytesIO(b"".join(pieces)), START))


def test_what_pads_xz_files() -> None:
    packed = compression.compress(b"{}\n", ".xz") + bytes(8) + compression.compress(b"{}\n", ".xz") + bytes(4)
    assert [chunk.payload for chunk in chunks(packed, 1 << 20, suffix=".xz")] == [b"{}\n{}\n"]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("data", [b"", b"\n \n\r\n"])
def test_files_without_documents(suffix: str, data: bytes) -> None:
    packed = compression.compress(data, suffix)
    for chunk in chunks(packed, 1 << 20, suffix=suffix):
        piece = Jsonl(suffix).clean(chunk, CLEANER, SETTINGS)
        assert (piece.data, piece.failures, piece.tally.documents) == (data, [], 0)
    assert chunks(packed, 1 << 20, suffix=suffix) or not data


def test_rows_are_compared_without_their_record() -> None:
    def row(data: bytes) -> Any:
        return Jsonl().row_in(data, RECORDED)

    line = b'{"id": 2, "text": "b", "x": NaN}'
    assert row(line) == row(b'{"id": 2, "text": "b", "x": NaN, "record": {}}\n')
    for other in (line.replace(b"2", b"4"), line.replace(b'"b"', b'"c"'), line.replace(b"NaN", b"0"), b"bad", b""):
        assert row(line) != row(other)
    assert row(b"bad\r\n") == row(b"bad") != row(b"worse")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("size", [1, 7, 20])
def test_a_line_beyond_the_limit_comes_in_pieces(suffix: str, size: int) -> None:
    """Whatever the sizes: the bytes stay, each long line is one failure, and reading goes on at every position."""
    lines = [b'{"text": ""}\n', b"x" * 19 + b"\n", b"y" * 20 + b"\n", b"z" * 21 + b"\n", b"\n", b"a" * 400 + b"\n"]
    data = b"".join([*lines, *lines, b"b" * 100])
    packed = compression.compress(data, suffix)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonl, "CHUNK_BYTES", size)
        form = Jsonl(suffix, limit=20)
        found = list(form.read_chunks(io.BytesIO(packed), START))
        pieces = [form.clean(chunk, CLEANER, SETTINGS) for chunk in found]
        assert b"".join(piece.data for piece in pieces) == data
        long = [failure.number for piece in pieces for failure in piece.failures if "longer than" in failure.reason]
        assert long == [4, 6, 10, 12, 13]
        for number, chunk in enumerate(found):
            assert list(form.read_chunks(io.BytesIO(packed), chunk.end)) == found[number + 1 :]


# ── a file without texts ──────────────────────────────────────────────────────────────────────────

NAMED = RowSettings(Fields(html="page"))
IT_HAS = "it has 'id', 'url', 'content' (strings: 'url', 'content')"
ROWS = b"".join(
    b'{"id": %d, "url": "https://example.org/", "content": "%s"}\n' % (i, b"Rain." * 9) for i in range(300)
)


def refused(data: bytes, settings: RowSettings = SETTINGS, suffix: str = "") -> str:
    """Return why a file is not begun, "" if it is."""
    try:
        Jsonl(suffix).check(io.BytesIO(compression.compress(data, suffix)), settings)
    except BrokenShard as error:
        return str(error)
    return ""


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_without_the_field_is_refused(suffix: str) -> None:
    why = f"has no field 'text' in its first 100 lines; {IT_HAS}; name the text with --text-field content"
    assert refused(ROWS, SETTINGS, suffix) == why
    assert not refused(ROWS, RowSettings(Fields("content")), suffix)


@pytest.mark.parametrize(
    ("data", "settings", "why"),
    [
        (b'{"a": "x"}\n', SETTINGS, "has no field 'text' in its first line; it has 'a' .strings: 'a'.; .+-field a"),
        (b'\n\n{"a": 1}\n\n{"b": []}', SETTINGS, "has .+ first 2 lines; it has 'a', 'b', and no strings there; .+"),
        (b"{}\n{}\n", SETTINGS, "has .+ first 2 lines; it has no fields at all; name a file with texts"),
        (b'{"text": 1, "url": "x"}\n', SETTINGS, "has no string in the field 'text' .+; name the .+-field NAME"),
        (b'{"text": {"raw": "x"}}\n', SETTINGS, "has no string in the field 'text' .+, and no strings there; .+"),
        (b'{"text": 1, "html": "<p>"}\n', SETTINGS, "has no string .+ --text-field html"),
        (b'{"text": "x"}\n', NAMED, "has no field 'page' .+; name the page with --html-field text"),
        (
            b'{"\\u202ea b": "x"}\n',
            SETTINGS,
            r"has .+ it has '\\u202ea b' .+ --text-field \$'\\342\\200\\256''a b'",
        ),
        (b'{"%s": "x"}\n' % (b"a" * 9999), SETTINGS, "has .{,500} name the text with --text-field NAME"),
        (json.dumps({str(i): "x" for i in range(9999)}).encode(), SETTINGS, "has .{,300} --text-field 0"),
        (b"x\n" * 9 + b'{"a": "x"}\n' * 99, SETTINGS, "has no field 'text' in its first 91 lines; .+"),
    ],
)
def test_why_a_file_is_refused(data: bytes, settings: RowSettings, why: str) -> None:
    assert re.fullmatch(why, refused(data, settings))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n \n",
        b"not JSON\n[1]\n",
        b'{"text": "x"}',
        b'{"a": 1}\n' * 99 + b'{"text": ""}\n' + b'{"a": 1}\n' * 99,
        b'{"html": "<p>"}\n',
        b'{"text": null}\n',
        b'{"a": "' + b"x" * jsonl.CHECKED_BYTES + b'"}\n',
        b'{"a": ' * 9999,
    ],
    ids=range(9),
)
def test_files_that_are_begun(data: bytes) -> None:
    assert refused(data) == ""


@pytest.mark.parametrize("suffix", SUFFIXES[1:])
def test_damage_is_not_said_by_the_check(suffix: str) -> None:
    whole = compression.compress(ROWS, suffix)
    for data in (whole[: len(whole) // 2], b"nothing of this kind"):
        file = io.BytesIO(data)
        try:
            Jsonl(suffix).check(file, SETTINGS)
        except BrokenShard as error:
            assert str(error).endswith("--text-field content")


def test_no_more_is_read_than_the_first_lines() -> None:
    file = io.BytesIO(ROWS[:1000].replace(b"content", b"text") * 10000)
    with pytest.raises(BrokenShard):
        Jsonl().check(file, RowSettings(Fields("nothing")))
    assert file.tell() <= jsonl.CHECKED_BYTES + compression.BLOCK_BYTES
