"""Evidence: the rows of documents, the file that `strip --evidence` writes, and what `top` and `compare` say."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner import Cleaner, Fields
from cleaner.document import Cleaned, Edit
from cleaner.errors import SettingsError
from cleaner.evidence.doubt import doubt
from cleaner.evidence.rows import MAX_CHARS, EditRow, rows_of, site_of, writable
from cleaner.rules.match.keys import key
from cleaner.tally import Tally
from tests import strategies
from tests.support import CHROME, CLEAN, DOCUMENT, cleaner_at, complaint, complaints, fill, snapshot
from tests.support import call as run

pytest.importorskip("pyarrow")
pytest.importorskip("duckdb")

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from cleaner.engines.arrow import clean_batch, evidence
from cleaner.evidence.table import COLUMNS, KEY, Gathered, batch_of, pieces, schema, to_bytes, unpack
from cleaner.evidence.write import Facts, Writer

MOJIBAKE = "It wasnâ€™t the first storm of that long winter, and not the last one either.\n"
SHARE = "Share on Facebook\nShare on Twitter\n\n"
TEXT = f"{SHARE}{CLEAN}{MOJIBAKE}\n* [Privacy policy](/privacy)\n"
CLEANER = cleaner_at()


def lines_of(texts: list[str], host: str = "www.example.com") -> str:
    """Return texts as lines of JSON, each with a URL of the host."""
    return "".join(
        json.dumps({"text": text, "url": f"https://{host}/{number}"}) + "\n" for number, text in enumerate(texts)
    )


def read(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file of evidence, in order."""
    return list(pq.read_table(path).to_pylist())


def facts(path: Path) -> Any:
    return json.loads(pq.read_metadata(path).metadata[KEY])


# The rows.


def test_the_rows_of_a_document() -> None:
    rows = rows_of(CLEANER.clean(TEXT), "a.txt", "https://www.example.com/a")
    found = [(row.line, row.key, row.text, row.words, row.lines, row.part) for row in rows]
    assert found == [
        (1, "share on facebook", "Share on Facebook", 3, 1, False),
        (2, "share on twitter", "Share on Twitter", 3, 1, False),
        (6, "â€tm", "â€™", 0, 0, True),
        (8, "privacy policy", "[Privacy policy](/privacy)", 3, 1, False),  # a word is between spaces, with its bullet
    ]
    assert {(row.document, row.site) for row in rows} == {("a.txt", "example.com")}
    assert [row.position for row in rows] == [edit.start / len(TEXT) for edit in CLEANER.clean(TEXT).edits]


def test_a_key_is_that_of_the_repaired_line() -> None:
    """Rules see the line after its repair, so they would not find the key of the broken one."""
    line = "Ler também: “Cookie” â€” veja mais"
    cleaned = Cleaned("Rest.", (Edit(0, len(line) + 1, f"{line}\n", "", "own/x", "related", "sure", 1),))
    (row,) = rows_of(cleaned, "a.txt", None)
    assert row.key == key(line.replace("â€”", "—"))
    assert row.text == line


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.Example.com/a", "example.com"),
        ("example.com/a", "example.com"),
        ("no url", ""),
        (None, ""),
        ("", ""),
        (f"https://{'a' * 300}.com/", ""),
    ],
)
def test_the_site_of_a_url(url: str | None, site: str) -> None:
    assert site_of(url) == site


@given(strategies.documents())
def test_rows_add_up_to_the_tally(text: str) -> None:
    cleaned = CLEANER.clean(text)
    tally = Tally()
    tally.add(cleaned)
    rows = rows_of(cleaned, "a", None)
    assert Counter(row.rule for row in rows) == tally.edits
    assert sum(row.words for row in rows) == tally.words_removed
    assert sum(row.lines for row in rows) == tally.lines_removed


BASE = duckdb.connect()
edits = st.builds(
    EditRow,
    document=st.text().map(writable),
    site=st.text().map(writable),
    line=st.integers(1),
    key=st.text(max_size=20).map(writable),
    text=st.text(max_size=20).map(writable),
    rule=st.sampled_from(["judge/words", "repair/x", "nav/menu", "trafilatura"]),
    category=st.just("c"),
    confidence=st.sampled_from(["sure", "likely", "guess", "?"]),
    score=st.none() | st.floats(0, 1),
    position=st.floats(0, 1),
    words=st.integers(0),
    lines=st.integers(0),
    part=st.booleans(),
    disputed=st.booleans(),
)


@given(st.lists(edits, max_size=5))
def test_a_key_can_be_computed_where_it_is_left_out(rows: list[EditRow]) -> None:
    rows = [*rows, *(row._replace(key=row.text.lower()) for row in rows)]
    batch = batch_of(rows)
    BASE.register("table_of_rows", pa.Table.from_batches([batch]))
    found = BASE.execute("SELECT coalesce(key, lower(text)) FROM table_of_rows").fetchall()
    assert [one for (one,) in found] == [row.key for row in rows]
    assert batch.schema == schema()


@given(edits)
def test_doubt_is_a_share(row: EditRow) -> None:
    assert 0 <= doubt(row) <= 1
    assert not (row.is_repair and doubt(row))


def test_what_is_doubted_more() -> None:
    row = EditRow("a", "", 1, "k", "K", "nav/menu", "navigation", "sure", None, 0, 1, 1)
    by_confidence = [doubt(row._replace(confidence=confidence)) for confidence in ("sure", "likely", "guess")]
    assert by_confidence == sorted(by_confidence)
    judged = row._replace(rule="judge/words", score=0.1)
    assert doubt(judged) == 0.1 < doubt(judged._replace(disputed=True))


def test_a_line_that_trafilatura_would_keep_is_disputed() -> None:
    def edit(by: str, start: int) -> Edit:
        return Edit(start, start + 2, "a\n", "", by, "boilerplate", "likely", 1 + start // 2, 0.1)

    page = Cleaned("Rest.", (edit("trafilatura", 0), edit("judge/words", 2)))
    assert [row.disputed for row in rows_of(page, "a", None)] == [False, True]
    text = Cleaned("Rest.", (edit("judge/words", 0),))
    assert [row.disputed for row in rows_of(text, "a", None)] == [False]


# Pieces.


def test_pieces_come_back(tmp_path: Path) -> None:
    gathered = Gathered()
    gathered.add(CLEANER.clean(TEXT), "a.txt", "https://example.com/")
    gathered.add(CLEANER.clean(f"{CHROME} \ud800\n{DOCUMENT}"), "b\udcff.txt", None)
    piece = gathered.pack()
    data = to_bytes(piece) + to_bytes(Gathered().pack())
    file = tmp_path / "pieces"
    file.write_bytes(data + b"more")
    with file.open("rb") as opened:
        assert list(pieces(opened, len(data))) == [piece, Gathered().pack()]
    rows = [*rows_of(CLEANER.clean(TEXT), "a.txt", None), *rows_of(CLEANER.clean(DOCUMENT), "b.txt", None)]
    assert unpack(piece.rows).num_rows >= len(rows)
    assert unpack(piece.rows).column("document").to_pylist()[-1] == "b\ufffd.txt"
    assert piece.sites["example.com"] == (1, len(TEXT.split()))


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: b"\xff" * len(data), lambda data: data[:3]])
def test_damaged_pieces(damage: Any, tmp_path: Path) -> None:
    data = damage(to_bytes(Gathered().pack()))
    file = tmp_path / "pieces"
    file.write_bytes(data)
    with file.open("rb") as opened, pytest.raises(ValueError):  # noqa: PT011 # its text is of the library
        list(pieces(opened, len(data)))


# The file.


@pytest.mark.slow
def test_files_and_shards_give_rows(tmp_path: Path) -> None:
    texts = [TEXT, CLEAN, DOCUMENT]
    fill(tmp_path, {"in/a.txt": TEXT, "in/b.md": f"# Title\n\n{DOCUMENT}", "in/docs.jsonl": lines_of(texts) + "x\n"})
    pq.write_table(pa.table({"text": texts}), tmp_path / "in/more.parquet")
    result = run("strip", "in", "--evidence", "e.parquet", "--report", "r.json", cwd=tmp_path)
    assert result.code == 3  # of the line that is not JSON
    report = json.loads((tmp_path / "r.json").read_text())
    rows = read(tmp_path / "e.parquet")
    assert Counter(row["rule"] for row in rows) == report["edits"]
    assert sum(row["words"] for row in rows) == report["words_removed"]
    assert sum(row["lines"] for row in rows) == report["lines_removed"]
    assert {(row["document"], row["site"]) for row in rows} == {
        ("in/a.txt", ""),
        ("in/b.md", ""),
        ("in/docs.jsonl:1", "example.com"),
        ("in/docs.jsonl:3", "example.com"),
        ("in/more.parquet:1", ""),
        ("in/more.parquet:3", ""),
    }
    known = facts(tmp_path / "e.parquet")
    assert (known["documents"], known["failed"]) == (report["documents"], report["failed"]) == (9, 1)
    assert known["words"] == report["words_in"]
    assert known["levels"] == ["safe"]
    assert known["fingerprints"] == [CLEANER.fingerprint]
    assert {site: count[0] for site, count in known["sites"].items()} == {"": 5, "example.com": 3}
    assert sum(count[1] for count in known["sites"].values()) == known["words"]


def test_evidence_of_documents_whose_copies_are_up_to_date(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT})
    run("strip", "a.txt", "--evidence", "e.parquet", cwd=tmp_path)
    first = read(tmp_path / "e.parquet")
    run("strip", "a.txt", "--evidence", "e.parquet", cwd=tmp_path)
    assert read(tmp_path / "e.parquet") == first != []


def test_evidence_of_documents_in_place(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT})
    run("strip", "a.txt", "--in-place", "--evidence", "e.parquet", cwd=tmp_path)
    assert [row["text"] for row in read(tmp_path / "e.parquet")] == [CHROME]


@pytest.mark.slow
def test_the_same_rows_for_any_number_of_workers(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": TEXT, "b.txt": DOCUMENT, "docs.jsonl": lines_of([TEXT] * 20)})
    for number in "12":
        run("strip", ".", "-j", number, "--evidence", f"{number}.parquet", cwd=tmp_path)
    assert read(tmp_path / "1.parquet") == read(tmp_path / "2.parquet")
    assert facts(tmp_path / "1.parquet") == facts(tmp_path / "2.parquet")


def test_evidence_in_the_folder_that_is_cleaned(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT})
    for name in ("e.parquet", "f.parquet", "e.parquet"):
        result = run("strip", ".", "--evidence", name, cwd=tmp_path)
        assert (result.code, complaints(result)) == (0, [])
    assert sorted(snapshot(tmp_path)) == ["a.clean.txt", "a.txt", "e.parquet", "f.parquet"]
    named = run("strip", "e.parquet", cwd=tmp_path)
    assert named.code == 3
    assert "is evidence of what went, and holds no documents; ask it with `cleaner top`" in named.err


def test_only_evidence_is_replaced(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "note": "Mine."})
    result = run("strip", "a.txt", "--evidence", "note", cwd=tmp_path)
    assert result.code == 2
    assert complaint(result) == (
        "error: note: is no evidence of the cleaner; name another file, or pass --force to replace it"
    )
    assert sorted(snapshot(tmp_path)) == ["a.txt", "note"]  # said before anything is done
    assert run("strip", "a.txt", "--evidence", "note", "--force", cwd=tmp_path).code == 0
    assert [row["text"] for row in read(tmp_path / "note")] == [CHROME]


def test_other_parquet_is_not_replaced(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT})
    pq.write_table(pa.table({"text": ["Mine."]}), tmp_path / "mine.parquet")
    before = snapshot(tmp_path)
    assert run("strip", "a.txt", "--evidence", "mine.parquet", cwd=tmp_path).code == 2
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("place", ["a.txt", "docs.jsonl", "r.json"])
def test_evidence_is_none_of_the_other_files(place: str, tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "docs.jsonl": lines_of([DOCUMENT])})
    result = run("strip", ".", "--report", "r.json", "--evidence", place, "--force", cwd=tmp_path)
    assert result.code == 2
    assert complaint(result) == f"error: {place}: is a document; name another file for the evidence"


@pytest.mark.skipif(sys.platform == "win32", reason="making links needs rights there")
def test_no_link_is_written_through(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "target": ""})
    (tmp_path / "e.parquet").symlink_to("target")
    result = run("strip", "a.txt", "--evidence", "e.parquet", "--force", cwd=tmp_path)
    assert result.code == 2
    assert "is a link, which is not followed; remove it" in complaint(result)
    assert (tmp_path / "target").read_bytes() == b""


def test_a_place_that_is_not_there(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT})
    result = run("strip", "a.txt", "--evidence", "no/e.parquet", cwd=tmp_path)
    assert result.code == 2
    assert "no/e.parquet: cannot be written (No such file or directory)" in complaint(result)
    assert sorted(snapshot(tmp_path)) == ["a.txt"]


def test_evidence_is_not_of_a_diff(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT})
    assert run("strip", "a.txt", "--evidence", "e.parquet", "--diff", cwd=tmp_path).code == 2
    assert sorted(snapshot(tmp_path)) == ["a.txt"]


# Killed before the second shard gets its name, so that one shard is done and the other nearly.
KILLED = """
import os, signal, sys
from cleaner.cli import main
from cleaner.files.folder import Folder
names = []
move = Folder.move
def moved(self, name, to, new, old):
    names.append(new)
    if new == "b.clean.jsonl":
        os.kill(os.getpid(), signal.SIGKILL)
    move(self, name, to, new, old)
Folder.move = moved
main()
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGKILL")
@pytest.mark.parametrize("before", [["--evidence", "e.parquet"], []])
def test_a_resumed_run_has_the_evidence_of_all(before: list[str], tmp_path: Path) -> None:
    fill(tmp_path, {"a.jsonl": lines_of([TEXT] * 3), "b.jsonl": lines_of([DOCUMENT] * 3)})
    run("strip", "a.jsonl", "b.jsonl", "--output-dir", "out", "--evidence", "whole.parquet", cwd=tmp_path)
    words = [sys.executable, "-P", "-c", KILLED, "strip", "a.jsonl", "b.jsonl", *before]
    root = str(Path(__file__).parent.parent)
    done = subprocess.run(words, cwd=tmp_path, env={**os.environ, "PYTHONPATH": root}, check=False)
    assert done.returncode == -9
    assert not (tmp_path / "e.parquet").exists()
    result = run("strip", "a.jsonl", "b.jsonl", "--resume", "--evidence", "e.parquet", cwd=tmp_path)
    assert result.code == 0, result.err
    assert ("(done before)" in result.out) == bool(before)
    assert read(tmp_path / "e.parquet") == read(tmp_path / "whole.parquet")
    assert facts(tmp_path / "e.parquet") == facts(tmp_path / "whole.parquet")


# Engines.


def test_an_engine_gives_the_same_rows(tmp_path: Path) -> None:
    texts = [TEXT, CLEAN, DOCUMENT]
    urls = ["https://www.example.com/1", None, "no url"]
    fields = Fields(record="edits")
    batch = pa.record_batch({"id": [7, 8, 9], "text": texts, "url": urls})
    cleaned = clean_batch(batch, CLEANER, fields)
    found = evidence(cleaned, fields, name="id")
    expected = Gathered()
    for number, text, url in zip((7, 8, 9), texts, urls, strict=True):
        expected.add(CLEANER.clean(text), str(number), url)
    assert found == batch_of(expected.rows)
    assert evidence(cleaned, fields).column("document").to_pylist()[0] == urls[0]


def test_rows_of_an_engine_that_have_no_record() -> None:
    fields = Fields(record="edits")
    cleaned = clean_batch(pa.record_batch({"text": pa.array([None, DOCUMENT])}), CLEANER, fields)
    assert evidence(cleaned, fields).num_rows == 1


@pytest.mark.parametrize("missing", ["edits", "id", "text"])
def test_a_column_that_evidence_needs(missing: str) -> None:
    fields = Fields(record="edits")
    cleaned = clean_batch(pa.record_batch({"id": [1], "text": [DOCUMENT]}), CLEANER, fields)
    kept = [name for name in cleaned.schema.names if name != missing]
    with pytest.raises(SettingsError, match=f"a column '{missing}' is needed for evidence"):
        evidence(cleaned.select(kept), fields, name="id")


# `cleaner top`.


URLS = [f"https://www.example.com/{number}" for number in range(4)] + ["https://blog.example.org/"] * 2
TEXTS = [TEXT, CLEAN, TEXT, DOCUMENT, TEXT, DOCUMENT]


def write_evidence(path: Path, cleaner: Cleaner) -> None:
    """Write the evidence of `TEXTS` as `strip` writes that of a shard."""
    gathered, tally = Gathered(), Tally()
    for number, (text, url) in enumerate(zip(TEXTS, URLS, strict=True), 1):
        cleaned = cleaner.clean(text, url=url)
        gathered.add(cleaned, f"docs.jsonl:{number}", url)
        tally.add(cleaned)
    with path.open("wb") as file:
        writer = Writer(file)
        writer.add(gathered.pack())
        writer.finish(Facts(levels=[cleaner.level], documents=tally.documents, words=tally.words_in))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder with a shard of two sites, and its evidence."""
    rows = [json.dumps({"text": text, "url": url}) for text, url in zip(TEXTS, URLS, strict=True)]
    fill(tmp_path, {"docs.jsonl": "\n".join(rows)})
    write_evidence(tmp_path / "e.parquet", CLEANER)
    return tmp_path


def top(folder: Path, *words: str) -> Any:
    result = run("top", *words, "--json", cwd=folder)
    assert result.code == 0, result.err
    return json.loads(result.out)


def test_the_lines_that_go_most(corpus: Path) -> None:
    result = run("top", "e.parquet", "--limit", "2", cwd=corpus)
    edits = CLEANER.clean(TEXT, url="https://www.example.com/0").edits
    share, legal = (f"2 2 50% 0.008 6 {edit.by}" for edit in (edits[0], edits[-1]))
    cells = [re.split("  +", line.strip()) for line in result.out.splitlines()]
    assert cells == [
        ["edits", "documents", "share", "doubt", "words", "rule", "site", "line", "first"],
        [*legal.split(), "example.com", "[Privacy policy](/privacy)", "docs.jsonl:1:8"],
        [*share.split(), "example.com", "Share on Facebook", "docs.jsonl:1:1"],
        ["11 edits took 11 lines and 31 words from 5 of 6 documents; 2 of 8 groups shown"],
    ]  # fmt: skip
    assert result.err == ""


@pytest.mark.parametrize("by", ["all", "line", "rule", "site", "category"])
def test_groups_add_up(by: str, corpus: Path) -> None:
    data = top(corpus, "e.parquet", "--by", by, "--limit", "0")
    rows = [row for row in read(corpus / "e.parquet") if not row["rule"].startswith("repair/")]
    assert sum(group["edits"] for group in data["groups"]) == data["edits"] == len(rows)
    assert sum(group["words"] for group in data["groups"]) == data["words"] == sum(row["words"] for row in rows)
    assert data["documents"] == len({row["document"] for row in rows})
    assert data["of_documents"] == 6
    assert len(data["groups"]) == data["found"]


def test_shares_are_of_the_site_or_of_all(corpus: Path) -> None:
    (group,) = top(corpus, "e.parquet", "--by", "line", "--rule", "accessibility/*")["groups"]
    assert (group["documents"], group["share"], group["share_of_site"]) == (2, pytest.approx(2 / 6), None)
    groups = top(corpus, "e.parquet", "--by", "site")["groups"]
    assert {one["site"]: one["share_of_site"] for one in groups} == {"example.com": 0.75, "blog.example.org": 1.0}


@pytest.mark.parametrize(
    ("words", "edits"),
    [
        (["--rule", "share/*"], 6),
        (["--rule", "share/share_on_head"], 0),
        (["--site", "example.com"], 7),
        (["--site", "www.Example.org"], 4),
        (["--site", ""], 0),
        (["--category", "share"], 6),
        (["--category", "encoding"], 3),
        (["--rule", "repair/*"], 3),
        (["--rule", "'; DROP TABLE edits; --"], 0),
    ],
)
def test_filters(words: list[str], edits: int, corpus: Path) -> None:
    assert top(corpus, "e.parquet", *words)["edits"] == edits


@pytest.mark.parametrize(("sort", "column"), [("count", "edits"), ("documents", "documents"), ("words", "words")])
def test_orders(sort: str, column: str, corpus: Path) -> None:
    numbers = [group[column] for group in top(corpus, "e.parquet", "--sort", sort, "--by", "rule")["groups"]]
    assert numbers == sorted(numbers, reverse=True)


def test_by_doubt_comes_first_what_most_may_be_lost_by(tmp_path: Path) -> None:
    row = EditRow("a", "", 1, "", "", "judge/words", "boilerplate", "likely", 0.1, 0, 1, 1)
    rows = [row._replace(text=text, key=text, words=words, score=score) for text, words, score in [
        ("many", 50, 0.1), ("sure", 50, 0.01), ("few", 5, 0.12)]]  # fmt: skip
    pq.write_table(pa.Table.from_batches([batch_of(rows)]), tmp_path / "e.parquet")
    assert [group["line"] for group in top(tmp_path, "e.parquet", "--sort", "doubt")["groups"]] == [
        "many",
        "few",
        "sure",
    ]


def test_groups_with_few_edits_are_left_out(corpus: Path) -> None:
    assert {group["edits"] for group in top(corpus, "e.parquet", "--min", "2")["groups"]} == {2}


def test_documents_are_cleaned_to_be_counted(corpus: Path) -> None:
    before = snapshot(corpus)
    assert top(corpus, "docs.jsonl") == top(corpus, "e.parquet")
    assert snapshot(corpus) == before


def test_a_document_that_fails(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "b.txt": b"\x00\x01\x02\x03" * 50})
    result = run("top", "a.txt", "b.txt", cwd=tmp_path)
    assert result.code == 3
    assert complaint(result).startswith("b.txt: ")
    assert "1 edit took 1 line and 2 words from 1 of 1 documents" in result.out


def test_a_folder_of_an_engine(corpus: Path) -> None:
    """Engines write the columns without metadata, in several files, and with types of their own."""
    table = pq.read_table(corpus / "e.parquet").replace_schema_metadata(None)
    wide = pa.schema(
        [
            (one.name, {pa.int32(): pa.int64(), pa.float32(): pa.float64()}.get(one.type, pa.large_string()))
            if one.type != pa.bool_()
            else (one.name, one.type)
            for one in table.schema
        ]
    )
    (corpus / "engine").mkdir()
    pq.write_table(table.slice(0, 5).cast(wide), corpus / "engine/part-0.parquet")
    pq.write_table(table.slice(5), corpus / "engine/part-1.parquet")
    (corpus / "engine/_SUCCESS").touch()
    found, expected = top(corpus, "engine"), top(corpus, "e.parquet")
    assert not found["is_known"]
    assert found["of_documents"] == 5  # one has no edit
    strip = {"share", "share_of_site"}
    assert [{name: value for name, value in group.items() if name not in strip} for group in found["groups"]] == [
        {name: value for name, value in group.items() if name not in strip} for group in expected["groups"]
    ]
    said = run("top", "engine", cwd=corpus).err
    assert said == "shares are of the documents with edits, because the evidence does not say how many there are\n"


def test_evidence_and_documents_do_not_mix(corpus: Path) -> None:
    result = run("top", "e.parquet", "docs.jsonl", cwd=corpus)
    assert (result.code, complaint(result)) == (
        2,
        "error: docs.jsonl: is no evidence, and e.parquet is; ask for one kind at a time",
    )


def test_what_strangers_wrote_is_shown_by_signs(tmp_path: Path) -> None:
    bad = "\x1b[2J\u202eevil\x00"
    row = EditRow(bad, bad, 1, bad, bad, bad, bad, bad, None, 0, 1, 1)
    pq.write_table(pa.Table.from_batches([batch_of([row])]), tmp_path / "e.parquet")
    for words in (["top", "e.parquet"], ["top", "e.parquet", "--json"], ["compare", "e.parquet", "e.parquet"]):
        result = run(*words, cwd=tmp_path)
        assert result.code == 0, result.err
        assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", result.out + result.err)


def test_numbers_that_are_none_and_endless_names(tmp_path: Path) -> None:
    row = EditRow("d" * 100_000, "", 1, "key", "key", "own/rule", "own", "sure", None, 0, 1, 1)
    table = pa.Table.from_batches([batch_of([row])])
    number = table.schema.get_field_index("doubt")
    for value, expected in ((float("nan"), 1), (float("inf"), 1), (-1.0, 0)):
        changed = table.set_column(number, "doubt", pa.array([value], pa.float32()))
        pq.write_table(changed, tmp_path / "e.parquet")
        assert top(tmp_path, "e.parquet")["groups"][0]["doubt"] == expected
    for words in (["top", "e.parquet"], ["compare", "e.parquet", "e.parquet"]):
        assert len(run(*words, cwd=tmp_path).out) < 2_000


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="such names are not allowed there")
def test_a_name_that_is_not_utf_8(corpus: Path) -> None:
    name = os.fsdecode(b"\xff.parquet")
    (corpus / "e.parquet").rename(corpus / name)
    result = run("top", name, cwd=corpus)
    assert (result.code, complaint(result).endswith("has a name that is not UTF-8; give it another one")) == (2, True)


def damaged(folder: Path) -> dict[str, bytes]:
    """Return files that pretend to be evidence, by what is wrong with them."""
    whole = (folder / "e.parquet").read_bytes()
    table = pq.read_table(folder / "e.parquet")
    files = {}

    def write(name: str, changed: Any) -> None:
        pq.write_table(changed, folder / "x.parquet")
        files[name] = (folder / "x.parquet").read_bytes()

    middle = len(whole) // 3
    files["text"] = b"No Parquet."
    files["empty"] = b""
    files["cut"] = whole[:-100]
    files["page"] = whole[:middle] + bytes(byte ^ 0xFF for byte in whole[middle : middle + 60]) + whole[middle + 60 :]
    files["footer"] = whole[:-8] + (1 << 31).to_bytes(4, "little") + b"PAR1"
    write("column", table.drop_columns(["text"]))
    write("type", table.set_column(2, "line", pa.array(["x"] * len(table))))
    write("nested", table.set_column(4, "text", pa.array([["x"]] * len(table))))
    write("facts", table.replace_schema_metadata({KEY: b"[[[["}))
    invalid = pa.array([b"\xff\xfe"] * len(table), pa.binary()).view(pa.string())
    write("utf-8", table.set_column(4, "text", invalid))
    (folder / "x.parquet").unlink()
    return files


def test_hostile_files_are_one_error(corpus: Path) -> None:
    for what, data in damaged(corpus).items():
        (corpus / "bad.parquet").write_bytes(data)
        for words in (["top", "bad.parquet"], ["compare", "e.parquet", "bad.parquet"]):
            result = run(*words, cwd=corpus)
            assert result.code in (2, 3), what
            assert "bad.parquet" in complaint(result), what
            assert "Traceback" not in result.err


@pytest.mark.parametrize("name", ["a*b.parquet", "[x].parquet", "it's.parquet", "a;b.parquet"])
@pytest.mark.skipif(sys.platform == "win32", reason="such names are not allowed there")
def test_names_are_no_patterns(name: str, corpus: Path) -> None:
    (corpus / name).write_bytes((corpus / "e.parquet").read_bytes())
    (corpus / "axb.parquet").write_bytes((corpus / "e.parquet").read_bytes())
    assert top(corpus, f"./{name}")["edits"] == 11


# `cleaner compare`.


def test_two_runs_that_differ(corpus: Path) -> None:
    write_evidence(corpus / "f.parquet", Cleaner("rules", disable=["accessibility/*"]))
    data = json.loads(run("compare", "e.parquet", "f.parquet", "--json", "--limit", "0", cwd=corpus).out)
    mine, other = (
        {(row["document"], row["line"], row["text"]) for row in read(corpus / name)}
        for name in ("e.parquet", "f.parquet")
    )
    assert data["runs"]["A"]["only"]["edits"] == len(mine - other) > 0
    assert data["runs"]["B"]["only"]["edits"] == len(other - mine)
    assert data["documents_that_differ"] == len({document for document, _, _ in mine ^ other})
    assert sum(one["edits"] for one in data["differences"]) == len(mine ^ other)
    for name in ("by_rule", "by_site"):
        assert sum(one["edits"]["A"] + one["edits"]["B"] for one in data[name]) == len(mine ^ other)
    said = run("compare", "e.parquet", "f.parquet", "--exit-code", cwd=corpus)
    assert said.code == 1
    assert "Accessibility links" in said.out


def test_two_runs_that_are_the_same(corpus: Path) -> None:
    result = run("compare", "e.parquet", "e.parquet", "--exit-code", cwd=corpus)
    assert result.code == 0
    assert result.out.splitlines()[-1] == "no differences"


def test_what_is_no_evidence_cannot_be_compared(corpus: Path) -> None:
    result = run("compare", "e.parquet", "docs.jsonl", cwd=corpus)
    assert result.code == 2
    assert "docs.jsonl: is no evidence; write some with `cleaner strip --evidence FILE.parquet`" in complaint(result)


def test_lines_that_are_long_are_cut() -> None:
    line = "x" * 3 * MAX_CHARS
    cleaned = Cleaned("Rest.", (Edit(0, len(line) + 1, f"{line}\n", "", "own/x", "c", "sure", 1),))
    (row,) = rows_of(cleaned, "a.txt", None)
    assert (len(row.text), len(row.key), list(COLUMNS)[3]) == (MAX_CHARS, MAX_CHARS, "key")
