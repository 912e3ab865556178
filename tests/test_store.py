"""Shards in stores that fsspec reaches: here the store in the memory of this process, and files by URL."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import pytest
from click.testing import CliRunner
from fsspec.implementations.memory import MemoryFileSystem

from cleaner.cli import FAILED, USAGE, group
from cleaner.errors import SettingsError
from cleaner.rows import RECORD_FIELD
from cleaner.shards import store
from tests.documents import documents
from tests.support import CLEAN, DOCUMENT, Result, run

ROWS = [{"id": 1, "text": DOCUMENT}, {"id": 2, "text": CLEAN}]
CLEANED = [{"id": 1, "text": CLEAN}, {"id": 2, "text": CLEAN}]

pytestmark = pytest.mark.slow


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[fsspec.AbstractFileSystem]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    system = fsspec.filesystem("memory")
    system.store.clear()
    yield system
    system.store.clear()


def lines(rows: list[dict[str, object]]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def strip(*words: str) -> Result:
    done = CliRunner().invoke(group, ["strip", *words], standalone_mode=False)
    if done.exception:
        raise done.exception
    return Result(done.return_value, done.stdout_bytes, done.stderr)


def rows(data: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in data.splitlines()]


def test_a_shard_without_texts(memory: fsspec.AbstractFileSystem) -> None:
    memory.pipe("/bucket/docs.jsonl.gz", gzip.compress(lines([{"body": DOCUMENT}])))
    done = strip("memory://bucket/docs.jsonl.gz")
    assert done.code == FAILED
    assert done.err.startswith("memory://bucket/docs.jsonl.gz: has no field 'text' in its first line; it has 'body' ")
    assert memory.ls("/bucket", detail=False) == ["/bucket/docs.jsonl.gz"]


@pytest.mark.parametrize("runs", [1, 2])
def test_a_shard_by_its_url(memory: fsspec.AbstractFileSystem, tmp_path: Path, runs: int) -> None:
    memory.pipe("/bucket/docs.jsonl.gz", gzip.compress(lines(ROWS)))
    for _ in range(runs):
        done = strip("memory://bucket/docs.jsonl.gz")
    assert done.code == 0
    assert done.out.startswith("memory://bucket/docs.jsonl.gz -> memory://bucket/docs.clean.jsonl.gz: 2 documents")
    assert sorted(memory.find("/bucket")) == ["/bucket/docs.clean.jsonl.gz", "/bucket/docs.jsonl.gz"]
    assert rows(gzip.decompress(memory.cat("/bucket/docs.clean.jsonl.gz"))) == CLEANED
    assert not any((tmp_path / "cache" / "cleaner" / "runs").iterdir())


def test_a_folder_and_a_pattern(memory: fsspec.AbstractFileSystem) -> None:
    for name in ("a.jsonl", "below/b.jsonl", "c.txt", "d.clean.jsonl", "e.failed.jsonl"):
        memory.pipe(f"/bucket/{name}", lines(ROWS))
    assert store.find("memory://bucket/*.jsonl") == [("memory:///bucket/a.jsonl", "a.jsonl")]
    assert strip("memory://bucket", "--output-dir", "memory://out").code == 0
    assert sorted(memory.find("/out")) == ["/out/a.clean.jsonl", "/out/below/b.clean.jsonl"]
    assert rows(memory.cat("/out/below/b.clean.jsonl")) == CLEANED


def test_from_here_to_there_and_back(memory: fsspec.AbstractFileSystem, tmp_path: Path) -> None:
    (tmp_path / "docs.jsonl").write_bytes(lines(ROWS))
    assert strip(str(tmp_path / "docs.jsonl"), "--output-dir", "memory://out").code == 0
    assert rows(memory.cat("/out/docs.clean.jsonl")) == CLEANED
    memory.mv("/out/docs.clean.jsonl", "/out/again.jsonl")
    assert strip("memory://out/again.jsonl", "--output-dir", str(tmp_path / "new")).code == 0
    assert rows((tmp_path / "new" / "again.clean.jsonl").read_bytes()) == CLEANED


@pytest.mark.parametrize("suffix", [".parquet", ".jsonl.zst"])
def test_other_formats(memory: fsspec.AbstractFileSystem, tmp_path: Path, suffix: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from cleaner.shards import compression

    made = [{"id": row["id"], "text": row["text"]} for row in documents(200)]
    shard = tmp_path / f"docs{suffix}"
    if suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(made), shard, row_group_size=50)
    else:
        shard.write_bytes(compression.compress(lines(made), ".zst"))
    assert strip(str(shard)).code == 0
    memory.put(str(shard), f"/docs{suffix}")
    assert strip(f"memory://docs{suffix}").code == 0
    assert memory.cat(f"/docs.clean{suffix}") == (tmp_path / f"docs.clean{suffix}").read_bytes()


def test_failures_and_a_second_run(memory: fsspec.AbstractFileSystem) -> None:
    memory.pipe("/docs.jsonl", lines([*ROWS, {"id": 3}]))
    assert strip("memory://docs.jsonl", "--record").code == FAILED
    assert RECORD_FIELD in rows(memory.cat("/docs.clean.jsonl"))[0]
    assert rows(memory.cat("/docs.failed.jsonl"))[0]["line"] == 3
    memory.pipe("/docs.jsonl", lines(ROWS))
    assert strip("memory://docs.jsonl").code == FAILED, "the copy has a row more, which might be anybody's"
    assert strip("memory://docs.jsonl", "--force").code == 0
    assert not memory.exists("/docs.failed.jsonl")
    memory.pipe("/docs.clean.jsonl", b'{"notes": "mine"}\n')
    refused = strip("memory://docs.jsonl")
    assert refused.code == FAILED
    assert refused.err == (
        "memory://docs.clean.jsonl: is not a copy of docs.jsonl that the cleaner wrote; move it, or pass --force to "
        "replace it\n"
    )
    assert strip("memory://docs.jsonl", "--force").code == 0
    assert rows(memory.cat("/docs.clean.jsonl")) == CLEANED


def test_nothing_there(memory: fsspec.AbstractFileSystem) -> None:
    done = strip("memory://docs.jsonl")
    assert (done.code, done.err) == (FAILED, "memory://docs.jsonl: does not exist; check the path\n")
    done = strip("memory://docs.txt")
    assert (done.code, done.err) == (
        FAILED,
        "memory://docs.txt: is no shard; name *.jsonl, *.parquet, *.warc or *.wet files\n0 documents: 1 failed\n",
    )


def test_an_unknown_store() -> None:
    with pytest.raises(
        SettingsError, match=r"nowhere://docs\.jsonl: cannot be reached \(.+\); install what it needs"
    ):
        store.look("nowhere://docs.jsonl")


def test_files_by_url(tmp_path: Path) -> None:
    (tmp_path / "docs.jsonl").write_bytes(lines(ROWS))
    done = run("strip", f"file://{tmp_path}/docs.jsonl", "--quiet", env={"XDG_CACHE_HOME": str(tmp_path / "cache")})
    assert (done.code, done.out, done.err) == (0, "", "")
    assert rows((tmp_path / "docs.clean.jsonl").read_bytes()) == CLEANED


def test_texts_are_not_written_to_stores(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(DOCUMENT)
    done = run("strip", str(tmp_path / "a.txt"), "--output-dir", "memory://out")
    assert done.code == USAGE
    assert "memory://out: is a URL, which shards alone can be written to; name a folder" in done.err


END = 1 << 17  # bytes at the end of a file, where Parquet says what it holds


class Breaks(MemoryFileSystem):  # type: ignore[misc] # it has no types
    """A store in memory whose connection breaks: after so many bytes of a file, or at once."""

    protocol = "breaks"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    after: ClassVar[float] = 0.0

    @classmethod
    def _strip_protocol(cls, path: str) -> Any:
        return super()._strip_protocol(path.replace("breaks://", "memory://"))

    def _open(self, *words: Any, **options: Any) -> Any:
        opened: Any = super()._open(*words, **options)
        if options["mode"] != "rb":
            return opened
        if self.after <= 0:
            raise PermissionError("no credentials")
        read, read1 = opened.read, opened.read1

        def breaks(read: Callable[[int], bytes], size: int = -1) -> bytes:
            if self.after <= opened.tell() < opened.size - END:
                raise ConnectionAbortedError(103, "Connection aborted")
            return read(size)

        opened.read, opened.read1 = partial(breaks, read), partial(breaks, read1)
        return opened


def shard(suffix: str, folder: Path) -> bytes:
    """Return a shard of a few chunks."""
    made = [{"id": row["id"], "text": row["text"]} for row in documents(1000)]
    if suffix == ".jsonl":
        return lines(made)
    if suffix == ".wet":
        head = "WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Record-ID: <urn:{}>\r\nContent-Type: text/plain\r\n"
        texts = [(head.format(row["id"]).encode(), str(row["text"]).encode()) for row in made]
        return b"".join(b"%sContent-Length: %d\r\n\r\n%s\r\n\r\n" % (head, len(text), text) for head, text in texts)
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(made), folder / "made.parquet", row_group_size=100, compression="none")
    return (folder / "made.parquet").read_bytes()


@pytest.mark.parametrize(("suffix", "copy"), [(".jsonl", ".jsonl"), (".wet", ".jsonl.gz"), (".parquet", ".parquet")])
def test_a_connection_that_breaks(
    memory: fsspec.AbstractFileSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, copy: str
) -> None:
    fsspec.register_implementation("breaks", Breaks, clobber=True)
    monkeypatch.setattr(Breaks, "store", {})
    monkeypatch.setattr(Breaks, "after", 0.0)
    made = shard(suffix, tmp_path)
    memory.pipe(f"/docs{suffix}", made)
    assert strip(f"memory://docs{suffix}", "--level", "rules").code == 0
    system = fsspec.filesystem("breaks")
    system.pipe(f"/docs{suffix}", made)
    url = f"breaks://docs{suffix}"
    done = strip(url, "--level", "rules")
    assert done.err == f"{url}: cannot be read (no credentials); check the path\n"
    Breaks.after = len(made) / 2
    done = strip(url, "--level", "rules")
    assert (done.code, done.err.splitlines()[0]) == (
        FAILED,
        f"{url}: cannot be read any further (Connection aborted); go on with --resume",
    )
    assert done.err.count("\n") == 1 or "documents in 1 shard: 1 shard not finished\n" in done.err
    assert system.find("/") == [f"/docs{suffix}"]
    Breaks.after = math.inf
    assert strip(url, "--level", "rules", "--resume").code == 0
    assert system.cat(f"/docs.clean{copy}") == memory.cat(f"/docs.clean{copy}")
    assert not any((tmp_path / "cache" / "cleaner" / "runs").iterdir())
