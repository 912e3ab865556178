"""Documents of every kind, read one after the other: what `cleaner.cli.sources` yields, and how it is cleaned."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from cleaner.cli.config import Config
from cleaner.cli.sources import Source, Sources
from cleaner.errors import DocumentError
from tests.support import CHROME, CLEAN, DOCUMENT, OWN_RULES, fill

OPTIONS: dict[str, Any] = {"url": None, "lang": None, "encoding": None}
ROWS: list[object] = [
    {"text": DOCUMENT, "url": "https://a.example/1", "lang": "en", "id": 7},
    {"text": 2.5},
    {"html": f"<html><p>{CHROME}</p><p>{CLEAN}</p></html>"},
]


def lines(*rows: object) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def web_archive(*texts: str) -> bytes:
    records = []
    for number, text in enumerate(texts):
        data = text.encode()
        head = f"WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Record-ID: <urn:{number}>\r\nContent-Type: text/plain\r\n"
        head += f"WARC-Target-URI: https://a.example/{number}\r\nContent-Length: {len(data)}\r\n\r\n"
        records.append(head.encode() + data + b"\r\n\r\n")
    return b"".join(records)


def read(*paths: str | Path, **more: Any) -> list[Source]:
    any_name = more.pop("any_name", False)
    return list(Sources(map(str, paths), OPTIONS | more, any_name=any_name, wanted=Config()).read())


def told(sources: list[Source], folder: Path) -> list[tuple[str, int | None, str | None, str]]:
    """Return the name below a folder, the number, the kind and the beginning of the error of each source."""
    return [
        (Path(one.name).relative_to(folder).as_posix(), one.number, one.kind, one.error.partition(";")[0])
        for one in sources
    ]


def test_a_folder_with_documents_of_every_kind(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    pytest.importorskip("fastwarc")
    fill(tmp_path, {"a.txt": DOCUMENT, "b/p.html": "<p>Rain", "n.md": CLEAN})
    fill(
        tmp_path,
        {
            "d.jsonl.gz": gzip.compress(lines(*ROWS)),
            "w.warc": web_archive(DOCUMENT, CLEAN),
            "a.clean.txt": CLEAN,
            "d.clean.jsonl": b"{}",
        },
    )
    pq.write_table(pa.table({"text": [DOCUMENT, None]}), tmp_path / "t.parquet")
    missing = "has no string in the field 'text'"
    found = read(tmp_path)
    assert told(found, tmp_path) == [
        ("a.txt", None, "text", ""),
        ("d.jsonl.gz:1", 1, "text", ""),
        ("d.jsonl.gz:2", 2, None, missing),
        ("d.jsonl.gz:3", 3, "html", ""),
        ("n.md", None, "markdown", ""),
        ("t.parquet:1", 1, "text", ""),
        ("t.parquet:2", 2, None, missing),
        ("w.warc:1", 1, "text", ""),
        ("w.warc:2", 2, "text", ""),
        ("b/p.html", None, "html", ""),
    ]
    assert found[0].path == tmp_path / "a.txt"
    assert (found[0].data, found[1].data, found[1].path) == (DOCUMENT.encode(), DOCUMENT, None)
    assert (found[1].url, found[1].lang, found[1].get("id"), found[1].get("no")) == (
        "https://a.example/1",
        "en",
        7,
        None,
    )
    assert (found[7].url, found[7].get("id")) == ("https://a.example/0", "<urn:0>")


def test_every_document_is_cleaned_or_says_why_not(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "d.jsonl": lines(*ROWS), "bad.txt": b"\0\1", "e.jsonl": b"{\n"})
    sources = Sources([str(tmp_path)], OPTIONS, wanted=Config(level="rules"))
    texts, errors = {}, {}
    for one in sources.read():
        name = Path(one.name).name
        try:
            texts[name] = sources.clean(one).text
        except DocumentError as error:
            errors[name] = str(error)
    assert texts == {"a.txt": CLEAN, "d.jsonl:1": CLEAN, "d.jsonl:3": CLEAN.replace("\n", " ").strip()}
    assert sorted(errors) == ["bad.txt", "d.jsonl:2", "e.jsonl:1"]
    assert all("; " in why for why in errors.values())


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("d.jsonl:1", [("d.jsonl:1", 1, "text", "")]),
        ("d.jsonl:3", [("d.jsonl:3", 3, "html", "")]),
        ("d.jsonl:2", [("d.jsonl:2", 2, None, "has no string in the field 'text'")]),
        ("d.jsonl:9", [("d.jsonl", None, None, "has no document with the number 9")]),
        ("no.jsonl:1", [("no.jsonl", None, None, "cannot be read (No such file or directory)")]),
        ("a.txt:1", [("a.txt:1", None, None, "does not exist")]),
        ("d.jsonl:0", [("d.jsonl:0", None, None, "does not exist")]),
    ],
)
def test_one_row_by_its_name(tmp_path: Path, name: str, wanted: list[object]) -> None:
    fill(tmp_path, {"d.jsonl": lines(*ROWS), "a.txt": CLEAN})
    assert told(read(tmp_path / name), tmp_path) == wanted


def test_a_file_with_the_name_of_a_row_comes_first(tmp_path: Path) -> None:
    fill(tmp_path, {"d.jsonl": lines(*ROWS), "d.jsonl:1": CLEAN})
    (one,) = read(tmp_path / "d.jsonl:1", any_name=True)
    assert (one.number, one.data) == (None, CLEAN.encode())


def test_any_name_reads_what_is_named_whatever_it_is_called(tmp_path: Path) -> None:
    fill(tmp_path, {"a.clean.txt": CLEAN, "d.clean.jsonl": lines(ROWS[0]), "page.php": "<p>Rain"})
    names = [tmp_path / name for name in ("a.clean.txt", "d.clean.jsonl", "page.php")]
    assert [one.error for one in read(*names, any_name=True)] == ["", "", ""]
    (refused,) = read(*names)
    assert refused.error.startswith("files of the kind '.php' cannot be cleaned; ")


def test_a_document_that_two_paths_name_comes_once(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "b.txt": DOCUMENT})
    assert [Path(one.name).name for one in read(tmp_path / "b.txt", tmp_path)] == ["b.txt", "a.txt"]


def test_fields_and_what_is_known_of_all_rows(tmp_path: Path) -> None:
    fill(tmp_path, {"d.jsonl": lines({"body": CLEAN, "from": "https://b.example", "l": "deu"})})
    (one,) = read(tmp_path, text_field="body", url_field="from", lang_field="l")
    assert (one.data, one.url, one.lang) == (CLEAN, "https://b.example", "de")
    (given,) = read(tmp_path, text_field="body", url="https://c.example", lang="fr")
    assert (given.url, given.lang) == ("https://c.example", "fr")


def test_the_configuration_of_each_document_counts(tmp_path: Path) -> None:
    own = {"x/cleaner.toml": 'extend-rules = ["own.toml"]', "x/own.toml": OWN_RULES}
    text = f"Own chrome\n{CLEAN}"
    fill(tmp_path, {**own, "x/d.jsonl": lines({"text": text}), "x/a.txt": text, "y/d.jsonl": lines({"text": text})})
    sources = Sources([str(tmp_path)], OPTIONS, wanted=Config())
    assert [sources.clean(one).text for one in sources.read()] == [CLEAN, CLEAN, text]


def test_a_damaged_shard_gives_what_can_be_read_and_says_so(tmp_path: Path) -> None:
    fill(tmp_path, {"d.jsonl.gz": gzip.compress(lines(*ROWS))[:-12], "z.txt": CLEAN})
    *_, broken, last = read(tmp_path)
    assert (broken.number, broken.error.partition(" (")[0]) == (None, "cannot be read any further")
    assert last.data == CLEAN.encode()


def test_links_in_folders_are_not_followed(tmp_path: Path) -> None:
    fill(tmp_path, {"secret.jsonl": lines(ROWS[0]), "x/a.txt": CLEAN})
    (tmp_path / "x/d.jsonl").symlink_to("../secret.jsonl")
    assert [(Path(one.name).name, bool(one.error)) for one in read(tmp_path / "x")] == [
        ("a.txt", False),
        ("d.jsonl", True),
    ]
