"""`cleaner restore` of shards: rows get their texts of before, and everything else stays as it stands."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner import Cleaner
from cleaner.cli import DONE, FAILED, USAGE
from cleaner.errors import DocumentError
from cleaner.rows import record_of
from cleaner.shards.restore import DAMAGED, PAGE, text_of
from tests.strategies import documents
from tests.support import CHROME, CLEAN, DOCUMENT, Result, call, complaint, complaints, fill, snapshot

EXACT = [  # lines that come back byte for byte
    json.dumps({"id": 1, "text": DOCUMENT}),
    f'{{ "n" : 1e400, "text":{json.dumps(DOCUMENT)} ,"x":[1,  2] }}',
    "",
    json.dumps({"text": CLEAN, "a": 1.50}),
    json.dumps({"é": "ü", "text": f"{CHROME}\nIl était une fois.\n"}, ensure_ascii=False),
    '{"text": 5}',
    "[1]",
    "no JSON",
    json.dumps({"text": f"{CHROME}\n", "lone": "\ud800"}),
]


def restored(folder: Path, *words: str) -> Result:
    return call("restore", *words, cwd=folder)


@pytest.mark.parametrize("suffix", ["", ".gz", ".xz"])
def test_json_lines_come_back(tmp_path: Path, suffix: str) -> None:
    data = "".join(f"{line}\n" for line in EXACT).encode("utf-8", "surrogatepass")
    fill(tmp_path, {"d.jsonl": data})
    assert call("strip", "--record", "d.jsonl", cwd=tmp_path).code == FAILED  # three lines are no documents
    result = restored(tmp_path, "d.clean.jsonl", "-o", f"back.jsonl{suffix}")
    if suffix:
        assert restored(tmp_path, "d.clean.jsonl", "-o", "back.jsonl").code == FAILED
    opened: dict[str, Any] = {".gz": gzip.open}
    if suffix == ".gz":
        assert opened[suffix](tmp_path / "back.jsonl.gz").read() == data
    assert (tmp_path / "back.jsonl").read_bytes() == data
    assert result.code == FAILED
    assert complaints(result) == [
        "d.clean.jsonl:7: is not a JSON object; write one object a line",
        "d.clean.jsonl:8: is not JSON (Expecting value: line 1 column 1 (char 0)); mend the line",
    ]
    assert result.out == f"d.clean.jsonl -> back.jsonl{suffix}: 5 texts restored\n"
    assert restored(tmp_path, "d.clean.jsonl").raw == data


def test_a_text_with_other_escapes_comes_back_as_a_value(tmp_path: Path) -> None:
    line = '{"text": "Nothing \\/ to do \\u0061nd \\u00e9"}\n'
    fill(tmp_path, {"d.jsonl": line})
    assert call("strip", "--record", "d.jsonl", cwd=tmp_path).code == DONE
    result = restored(tmp_path, "d.clean.jsonl")
    assert (result.code, result.raw != line.encode()) == (DONE, True)
    assert json.loads(result.raw) == json.loads(line)


@pytest.mark.parametrize("row", [["d.clean.jsonl:2"], ["d.clean.jsonl", "--row", "2"]])
def test_one_row(tmp_path: Path, row: list[str]) -> None:
    fill(tmp_path, {"d.jsonl": f'{{"text": "One"}}\n{json.dumps({"text": DOCUMENT})}\n'})
    call("strip", "--record", "d.jsonl", cwd=tmp_path)
    assert restored(tmp_path, *row).raw == DOCUMENT.encode()
    assert restored(tmp_path, *row, "-o", "x.txt").code == DONE
    assert (tmp_path / "x.txt").read_bytes() == DOCUMENT.encode()
    refused = restored(tmp_path, *row, "-o", "x.txt")
    assert (refused.code, complaint(refused)) == (USAGE, "error: x.txt exists; pass --force to replace it")
    assert restored(tmp_path, *row, "-o", "x.txt", "--force").code == DONE


def test_a_table_comes_back(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = pa.table(
        {
            "id": pa.array(["a", "b", "a", "c"]).dictionary_encode(),
            "text": pa.array([DOCUMENT, None, CLEAN, f"{CHROME}\n"], pa.large_string()),
            "n": [[1], [2, 3], None, []],
        },
        metadata={"made": "by hand"},
    )
    pq.write_table(table, tmp_path / "p.parquet", row_group_size=3, compression="zstd")
    assert call("strip", "--record", "p.parquet", cwd=tmp_path).code == FAILED  # a row without a text
    result = restored(tmp_path, "p.clean.parquet", "-o", "back.parquet")
    assert (result.code, result.err) == (DONE, "")
    assert result.out == "p.clean.parquet -> back.parquet: 3 texts restored\n"
    back = pq.ParquetFile(tmp_path / "back.parquet")
    assert back.read().to_pylist() == table.to_pylist()
    assert back.schema_arrow.equals(pq.ParquetFile(tmp_path / "p.parquet").schema_arrow, check_metadata=True)
    assert [back.metadata.row_group(i).num_rows for i in range(back.num_row_groups)] == [3, 1]
    assert {back.metadata.row_group(0).column(i).compression for i in range(3)} == {"ZSTD"}
    assert restored(tmp_path, "p.clean.parquet:4").raw == f"{CHROME}\n".encode()


def test_pages_come_back_as_far_as_their_records_go(tmp_path: Path) -> None:
    page = f"<html><body><p>{CHROME}</p><p>{CLEAN}</p></body></html>"
    fill(tmp_path, {"d.jsonl": f"{json.dumps({'html': page})}\n{json.dumps({'text': page})}\n"})
    call("strip", "--record", "d.jsonl", cwd=tmp_path)
    copy = (tmp_path / "d.clean.jsonl").read_bytes().splitlines(keepends=True)
    result = restored(tmp_path, "d.clean.jsonl")
    first, second = result.raw.splitlines(keepends=True)
    assert json.loads(first) == {"html": page, "text": Cleaner().clean_html(page).original}
    assert second == copy[1]
    assert (result.code, complaint(result)) == (FAILED, f"d.clean.jsonl:2: {PAGE}")


WRONG: dict[str, tuple[list[str], int, str]] = {
    "no records": (["d.jsonl", "-o", "x.jsonl"], USAGE, "error: d.jsonl: no row has the field 'cleaner_record'; "),
    "no record": (["d.jsonl:1"], USAGE, "error: d.jsonl:1: has no field 'cleaner_record', so it was not cleaned "),
    "no row": (["d.jsonl", "--row", "7"], USAGE, "error: d.jsonl: has no row 7; name another one"),
    "no file": (["no.jsonl"], USAGE, "error: no.jsonl: cannot be read (No such file or directory); check the path"),
    "another format": (
        ["d.jsonl", "-o", "x.txt"],
        USAGE,
        "error: x.txt: is a file of another format; name a *.jsonl",
    ),
    "web archive": (["w.warc"], USAGE, "error: w.warc: is no clean copy; name one, such as NAME.clean.jsonl.gz"),
    "row of a document": (["a.txt", "--row", "1"], USAGE, "error: --row is for the rows of shards, and a.txt is "),
}


@pytest.mark.parametrize(("words", "code", "error"), WRONG.values(), ids=WRONG)
def test_wrong_words(tmp_path: Path, words: list[str], code: int, error: str) -> None:
    before = snapshot(fill(tmp_path, {"d.jsonl": f"{json.dumps({'text': CLEAN})}\n", "w.warc": "x", "a.txt": CLEAN}))
    result = restored(tmp_path, *words)
    assert result.code == code
    assert complaint(result).startswith(error)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(
    "change",
    [
        {"text": "another text, which is longer than that of before"},
        {"cleaner_record": {}},
        {"cleaner_record": 5},
        {"cleaner_record": {"edits": [{"start": -1}], "flags": [], "encoding": None, "bom": False}},
        {"cleaner_record": [[]]},
    ],
)
def test_a_record_that_does_not_fit_is_told_and_the_row_stays(tmp_path: Path, change: dict[str, Any]) -> None:
    text = "Rain fell.\nThe caf\xc3\xa9 is open.\n"
    fill(tmp_path, {"d.jsonl": f"{json.dumps({'text': text})}\n"})
    call("strip", "--record", "d.jsonl", cwd=tmp_path)
    copy = tmp_path / "d.clean.jsonl"
    copy.write_text(json.dumps(json.loads(copy.read_bytes()) | change) + "\n")
    result = restored(tmp_path, "d.clean.jsonl")
    assert (result.code, complaint(result)) == (FAILED, f"d.clean.jsonl:1: {DAMAGED}")
    assert result.raw == copy.read_bytes()


def test_no_link_is_written_through(tmp_path: Path) -> None:
    fill(tmp_path, {"d.jsonl": f"{json.dumps({'text': DOCUMENT})}\n", "theirs": "x"})
    call("strip", "--record", "d.jsonl", cwd=tmp_path)
    (tmp_path / "out.jsonl").symlink_to("theirs")
    result = restored(tmp_path, "d.clean.jsonl", "-o", "out.jsonl", "--force")
    assert result.code == USAGE
    assert "is a link, which is not followed" in complaint(result)
    assert sorted(snapshot(tmp_path)) == ["d.clean.jsonl", "d.jsonl", "out.jsonl", "theirs"]


@given(documents())
def test_the_text_of_a_row_is_what_it_was(text: str) -> None:
    cleaned = Cleaner("rules").clean(text)
    through_json = json.loads(json.dumps({"text": cleaned.text, "record": record_of(cleaned)}))
    try:
        assert text_of(through_json["text"], through_json["record"]) == text
    except DocumentError as error:  # a text that is a page of HTML
        assert str(error) == PAGE
    assert text_of(text, None) is None


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_any_record_of_a_stranger_is_read_or_told(record: object) -> None:
    try:
        assert text_of("Rain fell.", record) is None
    except DocumentError as error:
        assert str(error) == DAMAGED
