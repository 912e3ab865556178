"""Shards in folders of strangers: no link followed, nothing lost that is not ours, no input that takes all memory.

Links, pipes, devices and processes are real.
"""

from __future__ import annotations

import gzip
import json
import lzma
import os
import re
import stat
import sys
import time
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cleaner import Cleaner
from cleaner.cli import DONE, FAILED
from cleaner.pool import Pool
from cleaner.shards import names
from cleaner.shards.format import RowSettings
from cleaner.shards.run import Progress, RunOptions, Shard, ShardEnded, clean_shards
from cleaner.shards.store import FileInfo
from cleaner.shards.workspace import State
from tests.support import CLEAN, DOCUMENT, Result, complaint, complaints, fill, run, snapshot

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="links and pipes of POSIX")]

SPACE = ".a.clean.jsonl.partial"
FORCE = "move it, or pass --force to replace it"


def lines(*rows: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


ROWS = lines({"text": DOCUMENT}, {"text": CLEAN}, {"id": 7})  # the last one fails
CLEANED = lines({"text": CLEAN}, {"text": CLEAN}, {"id": 7})


def strip(folder: Path, *words: str, **options: Any) -> Result:
    return run("strip", "--level", "rules", *(words or (".",)), cwd=folder, **{"timeout": 30, **options})


def workspace() -> dict[str, bytes]:
    """Return the files of a workspace that an earlier run has left."""
    state = msgspec.json.encode(State("settings", FileInfo(1, "1")))
    return {f"{SPACE}/state": state, f"{SPACE}/output": b"", f"{SPACE}/failures": b"", f"{SPACE}/lock": b""}


# ── links and other things at the places of our files ─────────────────────────────────────────────


def link(path: Path, victim: Path) -> None:
    path.symlink_to(victim)


def dangling(path: Path, victim: Path) -> None:
    path.symlink_to(victim.with_name("new"))


def pipe(path: Path, _: Path) -> None:
    os.mkfifo(path)


def device(path: Path, _: Path) -> None:
    path.symlink_to("/dev/zero")


def second_name(path: Path, victim: Path) -> None:
    path.hardlink_to(victim)


COPY, LIST = "a.clean.jsonl", "a.failed.jsonl"
INSIDE = [f"{SPACE}/{name}" for name in ("output", "failures", "state", "state.new", "made", "lock")]


@pytest.mark.parametrize("make", [link, dangling, pipe, device])
@pytest.mark.parametrize("place", [COPY, LIST, SPACE, *INSIDE])
@pytest.mark.parametrize("more", [(), ("--resume",), ("--force",)])
def test_nothing_is_touched_through_what_is_no_file(
    tmp_path: Path, place: str, make: Callable[[Path, Path], None], more: tuple[str, ...]
) -> None:
    ours = fill(tmp_path / "ours", {"a.jsonl": ROWS, **(workspace() if "/" in place else {})})
    victim = fill(tmp_path / "theirs", {"file": b"mine\n", "state": b"mine\n", "output": b"mine\n"})
    (ours / place).unlink(missing_ok=True)
    make(ours / place, victim if place == SPACE and make is link else victim / "file")
    before, theirs, mode = snapshot(ours), snapshot(victim), (ours / place).lstat().st_mode
    result = strip(ours, "a.jsonl", *more)
    assert result.code == FAILED
    assert complaint(result).startswith(f"{place}: is a ")
    assert (ours / place).lstat().st_mode == mode
    after = snapshot(ours)
    assert {name: after.get(name) for name in before} == before
    assert snapshot(victim) == theirs


@pytest.mark.parametrize("name", ["output", "failures", "made"])
def test_a_file_with_a_second_name_is_not_written(tmp_path: Path, name: str) -> None:
    fill(tmp_path, {"a.jsonl": ROWS, **workspace(), "theirs": b"mine\n"})
    (tmp_path / SPACE / name).unlink(missing_ok=True)
    (tmp_path / SPACE / name).hardlink_to(tmp_path / "theirs")
    strip(tmp_path, "a.jsonl")
    assert (tmp_path / "theirs").read_bytes() == b"mine\n"


@pytest.mark.parametrize("files", [{"output": b"mine"}, {"state": b"mine"}, {"state": b'{"settings": 1'}, {"x": b""}])
def test_a_folder_that_is_no_workspace_stays(tmp_path: Path, files: dict[str, bytes]) -> None:
    fill(tmp_path, {"a.jsonl": ROWS, **{f"{SPACE}/{name}": data for name, data in files.items()}})
    before = snapshot(tmp_path)
    for more in ((), ("--resume",), ("--force",)):
        result = strip(tmp_path, "a.jsonl", *more)
        assert result.code == FAILED
        assert complaint(result) == f"{SPACE}: is not a workspace of the cleaner; move it away"
        assert snapshot(tmp_path) == before


@pytest.mark.parametrize("files", [[], ["lock"], ["lock", "state.new"]])
def test_a_folder_that_a_killed_run_has_just_made_is_used(tmp_path: Path, files: list[str]) -> None:
    fill(tmp_path, {"a.jsonl": ROWS, **{f"{SPACE}/{name}": b"" for name in files}})
    (tmp_path / SPACE).mkdir(exist_ok=True)
    strip(tmp_path, "a.jsonl")
    assert set(snapshot(tmp_path)) == {"a.jsonl", COPY, LIST}
    assert not (tmp_path / SPACE).exists()


def test_a_file_of_others_in_a_workspace_stays(tmp_path: Path) -> None:
    fill(tmp_path, {"a.jsonl": ROWS, **workspace(), f"{SPACE}/notes": b"mine"})
    strip(tmp_path, "a.jsonl")
    assert (tmp_path / COPY).read_bytes() == CLEANED
    assert (tmp_path / SPACE / "notes").read_bytes() == b"mine"


def test_no_folder_on_the_way_is_a_link(tmp_path: Path) -> None:
    fill(tmp_path, {"in/a.jsonl": ROWS, "in/below/b.jsonl": ROWS, "theirs/x": b"", "out/x": b""})
    (tmp_path / "out/below").symlink_to(tmp_path / "theirs")
    result = strip(tmp_path, "in", "--output-dir", "out")
    assert "out/below: is a link, which is not followed; remove it" in complaints(result)
    assert (tmp_path / "out/a.clean.jsonl").read_bytes() == CLEANED
    assert [*(tmp_path / "theirs").iterdir()] == [tmp_path / "theirs/x"]


def test_a_folder_that_the_user_names_may_be_a_link(tmp_path: Path) -> None:
    fill(tmp_path, {"in/a.jsonl": ROWS, "real/x": b""})
    (tmp_path / "out").symlink_to("real")
    (tmp_path / "named").symlink_to("in")
    strip(tmp_path, "named", "--output-dir", "out")
    assert (tmp_path / "real/a.clean.jsonl").read_bytes() == CLEANED


@pytest.mark.parametrize("make", [link, dangling, pipe, device])
def test_a_shard_in_a_folder_that_is_no_file(tmp_path: Path, make: Callable[[Path, Path], None]) -> None:
    fill(tmp_path, {"theirs/secret.jsonl": ROWS, "in/b.jsonl": ROWS})
    make(tmp_path / "in/a.jsonl", tmp_path / "theirs/secret.jsonl")
    result = strip(tmp_path, "in")
    assert result.code == FAILED
    assert any(line.startswith("in/a.jsonl: is ") for line in complaints(result))
    assert not (tmp_path / "in/a.clean.jsonl").exists()
    assert (tmp_path / "in/b.clean.jsonl").read_bytes() == CLEANED


# ── what is not ours stays ────────────────────────────────────────────────────────────────────────

FOREIGN = {
    "notes with no field but the text": lines({"text": "My notes of Monday.\n"}),
    "the text of a row and more": lines({"text": f"{CLEAN}And what I think of it.\n"}),
    "a later row is changed": lines({"text": CLEAN}, {"text": f"{CLEAN}Mine.\n"}),
    "another field": lines({"text": CLEAN, "mine": 1}),
    "more than one file can hold": b"text\n",
}


@pytest.mark.parametrize("copy", FOREIGN.values(), ids=FOREIGN)
def test_a_copy_of_others_stays(tmp_path: Path, copy: bytes) -> None:
    fill(tmp_path, {"a.jsonl": ROWS, COPY: copy})
    before = snapshot(tmp_path)
    for more in ((), ("--resume",)):
        result = strip(tmp_path, "a.jsonl", *more)
        assert result.code == FAILED
        assert complaint(result) == f"{COPY}: is not a copy of a.jsonl that the cleaner wrote; {FORCE}"
        assert snapshot(tmp_path) == before
        assert not (tmp_path / SPACE).exists()
    strip(tmp_path, "a.jsonl", "--force")
    assert (tmp_path / COPY).read_bytes() == CLEANED


def test_a_parquet_copy_of_others_stays(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    pq.write_table(pa.table({"text": [DOCUMENT, CLEAN]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"text": [CLEAN, "My notes.\n"]}), tmp_path / "a.clean.parquet")
    before = snapshot(tmp_path)
    result = strip(tmp_path, "a.parquet")
    assert complaint(result) == f"a.clean.parquet: is not a copy of a.parquet that the cleaner wrote; {FORCE}"
    assert snapshot(tmp_path) == before


ARTICLE = f"{DOCUMENT}\n" + "Home | News | Sport | Contact\n" + f"{CLEAN}\n" * 3 + "Share this article\nRead more\n"


@pytest.mark.parametrize("form", ["jsonl", "parquet", "warc"])
@pytest.mark.parametrize("record", [(), ("--record",)])
def test_copies_of_any_level_are_ours(tmp_path: Path, form: str, record: tuple[str, ...]) -> None:
    texts = [ARTICLE, CLEAN, DOCUMENT]
    name = f"a.{form}"
    if form == "jsonl":
        (tmp_path / name).write_bytes(lines(*({"text": text} for text in texts), {"text": 3}))
    elif form == "parquet":
        pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        pq.write_table(pa.table({"text": [*texts, None], "x": [1.0, None, float("nan"), 2.0]}), tmp_path / name)
    else:
        pytest.importorskip("fastwarc")
        head = (
            b"WARC/1.0\r\nWARC-Type: conversion\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n"
        )
        blocks = [text.encode() for text in (*texts, "\0")]
        (tmp_path / name).write_bytes(b"".join(head % (len(block), block) for block in blocks))
    for level in ("main", "rules", "safe", "rules"):
        result = run("strip", name, "--level", level, *record, cwd=tmp_path)
        assert len(complaints(result)) == 1
        assert "could not be cleaned" in complaint(result)
        record = ()


LISTS = [
    b'{"reason": "mine"}\n',
    b'{"line": 1, "reason": "x", "mine": 1}\n',
    b'{"row": 1, "reason": "x"}\n',
    b'{"line": 0, "reason": "x"}\n',
    b'{"line": "1", "reason": "x"}\n',
    b'{"line": 1, "reason": null}\n',
    b'{"line": 1, "reason": "x"}\n{"mine": 1}\n',
    b'{"line": 2, "reason": "x"}\n{"line": 1, "reason": "x"}\n',
    b'{"line": 1, "reason": "x"}',
    b'{"line": 1, "reason": "x", "reason": "x"}\n',
]


@pytest.mark.parametrize("content", LISTS)
def test_a_list_of_others_stays(tmp_path: Path, content: bytes) -> None:
    fill(tmp_path, {"a.jsonl": ROWS, LIST: content})
    before = snapshot(tmp_path)
    result = strip(tmp_path, "a.jsonl")
    why = f"is no list of failures of a.jsonl that the cleaner wrote; {FORCE}"
    assert complaint(result) == f"{LIST}: {why}"
    assert snapshot(tmp_path) == before
    strip(tmp_path, "a.jsonl", "--force")
    assert b"mine" not in (tmp_path / LIST).read_bytes()


def test_a_list_of_others_is_not_removed_where_there_are_no_failures(tmp_path: Path) -> None:
    fill(tmp_path, {"a.jsonl": lines({"text": DOCUMENT}), LIST: b"mine\n"})
    assert strip(tmp_path, "a.jsonl", "--force").code == DONE
    assert (tmp_path / LIST).read_bytes() == b"mine\n"


MORE_ROWS = {
    "a row that the shard does not have": (lines({"text": DOCUMENT}), lines({"text": CLEAN}, {"text": "mine"})),
    "rows that are blank in both": (b"\n\n", b"\n\n\n"),
    "rows that nobody has cleaned": (lines({"text": DOCUMENT}), lines({"text": DOCUMENT})),
}


@pytest.mark.parametrize(("shard", "copy"), MORE_ROWS.values(), ids=MORE_ROWS)
def test_a_copy_with_more_than_the_shard_gives_stays(tmp_path: Path, shard: bytes, copy: bytes) -> None:
    fill(tmp_path, {"a.jsonl": shard, COPY: copy})
    assert "is not a copy of a.jsonl" in complaint(strip(tmp_path, "a.jsonl"))
    assert (tmp_path / COPY).read_bytes() == copy


def many(number: int, **more: object) -> bytes:
    return lines(*({"n": n, "text": DOCUMENT.replace("Rain", f"Rain {n}"), **more} for n in range(number)))


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz"])
def test_a_correction_far_into_a_copy_stays(tmp_path: Path, suffix: str) -> None:
    pack, unpack = (gzip.compress, gzip.decompress) if suffix.endswith(".gz") else (bytes, bytes)
    copy = tmp_path / f"a.clean{suffix}"
    (tmp_path / f"a{suffix}").write_bytes(pack(many(300)))
    assert strip(tmp_path).code == DONE
    made = copy.read_bytes()
    copy.write_bytes(pack(unpack(made).replace(b"Rain 250", b"Snow 250")))
    corrected = copy.read_bytes()
    assert corrected != made
    assert "is not a copy of a.jsonl" in complaint(strip(tmp_path))
    assert copy.read_bytes() == corrected
    assert strip(tmp_path, ".", "--force").code == DONE
    assert copy.read_bytes() == made


def test_a_shard_that_grows_gets_a_new_copy_with_records_or_without(tmp_path: Path) -> None:
    fill(tmp_path, {"a.jsonl": many(100)})
    assert strip(tmp_path, ".", "--record").code == DONE
    fill(tmp_path, {"a.jsonl": many(200)})
    assert strip(tmp_path).code == DONE
    assert (tmp_path / COPY).read_bytes().count(b"\n") == 200
    assert strip(tmp_path, ".", "--level", "rules").code == DONE


# ── a shard that changes, and what a power failure leaves ─────────────────────────────────────────


def shard_of(folder: Path, name: str = "a.jsonl") -> Shard:
    reader, writer = names.formats_of(name)
    copy, failed = str(folder / COPY), str(folder / LIST)
    return Shard(str(folder / name), copy, failed, reader, writer, 0, RowSettings())


def events(folder: Path, options: RunOptions, on_progress: Callable[[], None] | None = None) -> list[ShardEnded]:
    """Run over a shard in this process; `on_progress` is called after the first chunk."""
    cleaners = [Cleaner("rules")]
    ended = []
    with Pool[Any](partial(tuple, cleaners), 1) as pool:
        for event in clean_shards([shard_of(folder)], cleaners, pool, options):
            if isinstance(event, Progress) and on_progress:
                on_progress()
                on_progress = None
            elif isinstance(event, ShardEnded):
                ended.append(event)
    return ended


MANY = lines(*({"n": f"{number:06}", "text": DOCUMENT, "pad": "x" * 20_000} for number in range(200)))


def test_a_shard_that_changes_while_it_is_read_has_no_copy(tmp_path: Path) -> None:
    fill(tmp_path, {"a.jsonl": MANY})

    def change() -> None:
        with (tmp_path / "a.jsonl").open("ab") as file:
            file.write(ROWS)

    (ended,) = events(tmp_path, RunOptions(), change)
    assert ended.error == f"{tmp_path}/a.jsonl: was changed while it was read; run again"
    assert not (tmp_path / COPY).exists()
    (ended,) = events(tmp_path, RunOptions(resume=True))
    assert not ended.error
    assert (tmp_path / COPY).read_bytes().endswith(CLEANED)


class Stop(Exception):
    """Stands for what ends a run in its middle."""


def test_a_changed_shard_of_the_same_size_and_time_is_begun_anew(tmp_path: Path) -> None:
    fill(tmp_path, {"a.jsonl": MANY})

    def stop() -> None:
        raise Stop

    with pytest.raises(Stop):
        events(tmp_path, RunOptions(), stop)
    state = json.loads((tmp_path / SPACE / "state").read_bytes())
    assert 0 < state["position"][1] < 200
    stamp = (tmp_path / "a.jsonl").stat().st_mtime_ns
    (tmp_path / "a.jsonl").write_bytes(MANY.replace(b'"000007"', b'"999999"'))
    os.utime(tmp_path / "a.jsonl", ns=(stamp, stamp))
    (ended,) = events(tmp_path, RunOptions(resume=True))
    assert not ended.error
    clean = MANY.replace(json.dumps(DOCUMENT).encode(), json.dumps(CLEAN).encode())
    assert (tmp_path / COPY).read_bytes() == clean.replace(b'"000007"', b'"999999"')


def test_a_finished_shard_is_not_cleaned_again_while_another_is_not_done(tmp_path: Path) -> None:
    """One of the two has no room for its output; the other is finished, and stays so."""
    fill(tmp_path, {"a.jsonl": MANY, "b.jsonl": ROWS})
    small = f"import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({5 << 19}, {5 << 19}))"
    through = (sys.executable, "-c", f"{small}; os.execv(sys.argv[1], sys.argv[1:])")
    result = strip(tmp_path, "a.jsonl", "b.jsonl", through=through)
    assert any("go on with --resume" in line for line in complaints(result))
    assert not (tmp_path / COPY).exists()
    result = strip(tmp_path, "a.jsonl", "b.jsonl", "--resume")
    assert "b.jsonl -> b.clean.jsonl: 3 documents, 1 changed, 1 failed (done before)" in result.out
    assert not list(tmp_path.glob(".*"))


COUNTING = """
import os, sys
from cleaner.cli import main
real = os.fsync
def counted(handle):
    print("synced", os.readlink(f"/proc/self/fd/{handle}"), file=sys.stderr)
    real(handle)
os.fsync = counted
main()
"""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_a_copy_is_on_the_disk_before_it_has_its_name(tmp_path: Path) -> None:
    fill(tmp_path, {"a.jsonl": ROWS})
    result = run("a.jsonl", cwd=tmp_path, through=(sys.executable, "-c", COUNTING, "strip"), timeout=30)
    synced = [line.split()[-1] for line in result.err.splitlines() if line.startswith("synced")]
    for name in ("output", "failures"):
        assert any(f"/{SPACE}/{name}" in path for path in synced)
    assert str(tmp_path) in synced


# ── inputs that would take all memory, or all time ────────────────────────────────────────────────

MEASURED = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:])
print("most", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(done.returncode)
"""


def memory_of(folder: Path, *words: str) -> tuple[Result, int]:
    """Clean, and return what the largest of the processes had in memory, in MB."""
    result = strip(folder, *words, through=(sys.executable, "-c", MEASURED), timeout=300)
    *rest, most = result.err.rstrip().splitlines()
    assert most.startswith("most ")
    return result._replace(err="\n".join(rest)), int(most.split()[1]) // 1024


def zeros(size: int, before: bytes = b"", after: bytes = b"", level: int = 1) -> bytes:
    """Return gzip data of `size` MB of zeros between others."""
    packer = zlib.compressobj(level, wbits=31)
    return b"".join(packer.compress(piece) for piece in [before, *[bytes(1 << 20)] * size, after]) + packer.flush()


SIZE = int(os.environ.get("CLEANER_BOMB_MB", "300"))


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_line_that_is_too_long_is_a_failure_and_stays(tmp_path: Path, suffix: str) -> None:
    good = lines({"text": DOCUMENT})
    packed = zeros(SIZE, good + good, b"\n" + good)
    name = f"a.jsonl{suffix}"
    with (tmp_path / name).open("wb") as file:
        if suffix:
            file.write(packed)
        else:
            file.write(good + good)
            file.seek(SIZE << 20, os.SEEK_CUR)
            file.write(b"\n" + good)
    (tmp_path / "b.jsonl").write_bytes(good)
    _, usual = memory_of(tmp_path, "b.jsonl")
    result, most = memory_of(tmp_path, name, "--max-document", "1")
    (said,) = complaints(result)
    assert re.fullmatch(rf"{re.escape(name)}: 1 document could not be cleaned: .+; see {re.escape(LIST)}", said)
    (listed,) = [json.loads(line) for line in (tmp_path / LIST).read_bytes().splitlines()]
    assert listed == {"line": 3, "reason": "is longer than 1 MB; allow more with --max-document, or take it out"}
    clean = lines({"text": CLEAN})
    opened = gzip.open if suffix else open
    with opened(tmp_path / f"a.clean.jsonl{suffix}", "rb") as copy:
        assert copy.readline() == copy.readline(1000) == clean
        left = (SIZE << 20) + 1
        while left > 1:
            block = copy.read(min(left - 1, 1 << 20))
            assert not block.strip(b"\0")
            left -= len(block)
        assert copy.read() == b"\n" + clean
    assert most < usual + 60, (most, usual)


def test_an_endless_line_of_gold(tmp_path: Path) -> None:
    """`score` and `rules coverage` read lines, too."""
    gold = lines({"text": DOCUMENT, "gold": CLEAN})
    (tmp_path / "a.jsonl.gz").write_bytes(zeros(600, gold, b"\n" + gold))
    result = run(
        "score", "a.jsonl.gz", "--level", "rules", cwd=tmp_path, through=(sys.executable, "-c", MEASURED), timeout=100
    )
    assert "a.jsonl.gz:2: is longer than 256 MB" in result.err
    assert int(result.err.rstrip().splitlines()[-1].split()[1]) >> 10 < 900


@pytest.mark.parametrize("suffix", [".xz", ".zst"])
def test_a_window_that_takes_all_memory(tmp_path: Path, suffix: str) -> None:
    if suffix == ".xz":
        filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 29, "mode": lzma.MODE_FAST, "mf": lzma.MF_HC3}]
        data = lzma.compress(ROWS, filters=filters)
    else:
        # A frame header with a window of 2 GB, and one raw block.
        data = b"\x28\xb5\x2f\xfd\x00\xa8" + (len(ROWS) << 3 | 1).to_bytes(3, "little") + ROWS
    (tmp_path / f"a.jsonl{suffix}").write_bytes(data)
    result = strip(tmp_path, f"a.jsonl{suffix}")
    assert result.code == FAILED
    assert "cannot be read any further (" in complaint(result)


def test_a_parquet_row_that_is_too_large(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    pq.write_table(pa.table({"text": ["x" * (SIZE << 20)]}), tmp_path / "a.parquet", compression="zstd")
    pq.write_table(pa.table({"text": [DOCUMENT]}), tmp_path / "b.parquet")
    _, usual = memory_of(tmp_path, "b.parquet")
    result, most = memory_of(tmp_path, "a.parquet", "--max-document", "8")
    assert result.code == FAILED
    assert "--max-document" in complaint(result)
    assert most < usual + 60, (most, usual)


def test_a_parquet_value_that_stands_once_and_counts_often(tmp_path: Path) -> None:
    """A dictionary has the value once; the rows would have it a hundred thousand times."""
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = pa.table({"text": [DOCUMENT] * 1000, "same": ["x" * 900_000] * 1000})
    pq.write_table(table, tmp_path / "a.parquet", compression="zstd")
    assert (tmp_path / "a.parquet").stat().st_size < 100_000
    # A limit for each process, which does not count the output: that is mapped from the disk. All rows are 900 MB.
    limit = f"import os, resource, sys; resource.setrlimit(resource.RLIMIT_DATA, ({900 << 20}, {900 << 20}))"
    through = (sys.executable, "-c", f"{limit}; os.execv(sys.argv[1], sys.argv[1:])")
    result = strip(tmp_path, "a.parquet", "--timeout", "200", through=through, timeout=200)
    assert result.code == DONE, result.err


def warc(header: bytes, block: bytes, more: bytes = b"") -> bytes:
    return b"WARC/1.0\r\n%s%sContent-Length: %d\r\n\r\n%s\r\n\r\n" % (header, more, len(block), block)


RESPONSE = b"WARC-Type: response\r\nContent-Type: application/http; msgtype=response\r\n"
PAGE = b"<html><body><p>Rain fell for three days.</p></body></html>"
HEADS = {
    "folded": b"Content-Type: text/html\r\nX: a\r\n" + b" a\r\n" * 1_000_000 + b"\r\n",
    "many": b"Content-Type: text/html\r\n" + b"X: a\r\n" * 700_000 + b"\r\n",
    "without an end": b"Content-Type: text/html\r\nX: a\r\n" + b" a\r\n" * 1_000_000,
}


@pytest.mark.alone
@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_http_headers_take_linear_time(tmp_path: Path, head: bytes) -> None:
    pytest.importorskip("fastwarc")
    good = warc(RESPONSE, b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE)
    (tmp_path / "a.warc").write_bytes(good + warc(RESPONSE, b"HTTP/1.1 200 OK\r\n" + head + PAGE) + good)
    begun = time.monotonic()
    result = strip(tmp_path, "a.warc", timeout=60)
    assert time.monotonic() - begun < 6
    assert re.fullmatch(rf"a\.warc: 1 document could not be cleaned: .+; see {re.escape(LIST)}", complaint(result))
    with gzip.open(tmp_path / "a.clean.jsonl.gz") as copy:
        rows = [json.loads(line) for line in copy]
    assert [bool(row["text"]) for row in rows] == [True, False, True]
    (listed,) = (tmp_path / LIST).read_bytes().splitlines()
    assert json.loads(listed)["reason"] == "has an HTTP header of more than 64 kB; take it out of the file by its id"


WARC_HEADS = {  # just below the limit
    "repeated": b"X: a\r\n" * 4_000,
    "folded": b"X: a\r\n" + b" a\r\n" * 5_000,
}


@pytest.mark.alone
@pytest.mark.parametrize("head", WARC_HEADS.values(), ids=WARC_HEADS)
def test_warc_headers_take_linear_time(tmp_path: Path, head: bytes) -> None:
    pytest.importorskip("fastwarc")
    text = b"WARC-Type: conversion\r\nContent-Type: text/plain\r\n"
    (tmp_path / "a.warc").write_bytes(warc(text, b"Rain fell.\n", head) * 100)
    begun = time.monotonic()
    result = strip(tmp_path, "a.warc", timeout=60)
    assert time.monotonic() - begun < 6
    assert complaints(result) == []


def test_a_warc_header_without_end(tmp_path: Path) -> None:
    pytest.importorskip("fastwarc")
    good = warc(b"WARC-Type: conversion\r\nContent-Type: text/plain\r\n", b"Rain fell.\n")
    endless = b"WARC/1.0\r\nWARC-Type: conversion\r\n" + b"X: abcdefgh\r\n" * 8_000_000
    (tmp_path / "a.warc.gz").write_bytes(gzip.compress(good, 1) * 2 + gzip.compress(endless, 1))
    (tmp_path / "b.warc.gz").write_bytes(gzip.compress(good, 1))
    _, usual = memory_of(tmp_path, "b.warc.gz")
    result, most = memory_of(tmp_path, "a.warc.gz")
    assert complaint(result).startswith("a.warc.gz: record 3 cannot be read (Maximum header length")
    assert most < usual + 60, (most, usual)


def test_names_of_strangers_are_quoted(tmp_path: Path) -> None:
    name = "a\x1b[31m\nb.jsonl"
    fill(tmp_path, {name: ROWS, "a\x1b[31m\nb.clean.jsonl": b"mine\n"})
    result = strip(tmp_path)
    assert "\x1b" not in result.err + result.out
    assert "a\n" not in result.err + result.out


def test_a_new_copy_is_no_less_private_than_the_shard(tmp_path: Path) -> None:
    fill(tmp_path, {"a.jsonl": ROWS, "b.jsonl": ROWS})
    (tmp_path / "a.jsonl").chmod(0o600)
    (tmp_path / "b.jsonl").chmod(0o755)
    umask = os.umask(0o022)
    try:
        strip(tmp_path)
    finally:
        os.umask(umask)
    modes = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a.clean.jsonl", "b.clean.jsonl")}
    assert modes == {"a.clean.jsonl": 0o600, "b.clean.jsonl": 0o644}
