"""The command on shards: kills and resuming, and all that can be wrong with files, places and settings."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from cleaner.cli import DONE, FAILED, USAGE
from cleaner.shards import compression
from cleaner.shards.format import Position
from cleaner.shards.store import FileInfo
from cleaner.shards.workspace import State, Workspace
from tests.support import (
    CHROME,
    CLEAN,
    DOCUMENT,
    OBEY_MODES,
    Result,
    complaint,
    complaints,
    fill,
    launched,
    need_modes,
    run,
    snapshot,
)

KILLS = int(os.environ.get("CLEANER_KILLS", "2"))  # of each kind
proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")

# The command with small chunks and with the state saved after each, so that little files have many moments to be
# killed at. Large documents get no more time than others. It kills itself before it touches the file system for the
# nth time, or a path with a certain string in it.
SMALL = """
import importlib.util, os, signal, sys
from cleaner.cli import main
from cleaner import limits
from cleaner.shards import jsonl, run
jsonl.CHUNK_BYTES = 4_000
run.SAVE_SECONDS = 0.0
limits.MIN_BYTES_PER_SECOND = 1e9
if importlib.util.find_spec("pyarrow"):
    from cleaner.shards import parquet
    parquet.CHUNK_BYTES, parquet.UNIT_BYTES = 4_000, 500
left, like = int(sys.argv.pop(1)), sys.argv.pop(1)
EVENTS = {"open", "os.rename", "os.remove", "os.chmod", "os.mkdir", "os.rmdir", "os.truncate"}

# Where the arguments of an event have the open folder that the name is in; `open` does not tell.
FOLDERS = {"os.rename": 2, "os.remove": 1, "os.chmod": 2, "os.mkdir": 2, "os.rmdir": 1}

def touched(event, arguments):
    global left
    if event not in EVENTS or not isinstance(arguments[0], str):
        return
    folder = arguments[FOLDERS[event]] if event in FOLDERS else -1
    above = os.readlink(f"/proc/self/fd/{folder}") if folder >= 0 else os.getcwd()
    name = os.path.abspath(os.path.join(above, arguments[0]))
    if name.startswith(FOLDER) and like in name:
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

FOLDER = os.getcwd() + os.sep
sys.addaudithook(touched)
main()
"""

pytestmark = pytest.mark.slow


def small(*words: str, kill: int = 0, like: str = "") -> list[str]:
    """Return the command line of the command with small chunks, that kills itself for the `kill`th time, if any."""
    return [sys.executable, "-c", SMALL, str(kill), like, "strip", "--quiet", *words]


def rows(count: int, start: int = 0, **more: Any) -> bytes:
    """Return lines that lose something in cleaning."""
    made = (
        {"id": number, **more, "text": f"{DOCUMENT}Document {number}.\n"} for number in range(start, start + count)
    )
    return b"".join(json.dumps(row).encode() + b"\n" for row in made)


def cleaned(data: bytes) -> bytes:
    """Return lines of `rows` as they are to be."""
    return data.replace(json.dumps(DOCUMENT)[1:-1].encode(), json.dumps(CLEAN)[1:-1].encode())


def failures(folder: Path, name: str = "a") -> list[dict[str, Any]]:
    """Return the list of failures of a shard."""
    return [json.loads(line) for line in (folder / f"{name}.failed.jsonl").read_bytes().splitlines()]


# ── kills ─────────────────────────────────────────────────────────────────────────────────────────


def parquet() -> dict[str, bytes]:
    """Return a Parquet shard by its name, none where that cannot be read."""
    if not find_spec("pyarrow"):
        return {}
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"text": [f"{DOCUMENT}Document {number}.\n" for number in range(60)]})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, row_group_size=5)
    return {"d.parquet": sink.getvalue().to_pybytes()}


SHARDS = {
    "a.jsonl": rows(100) + b'{"text": 1}\nbad\n' + rows(100, 100),
    "b.jsonl.gz": gzip.compress(rows(150) + b'{"text": null, "url": "u"}\n', mtime=0),
    "c.jsonl": b"",
    "c/a.ndjson": rows(30),
    **parquet(),
}
ARGUMENTS = (".", "--level", "rules", "--jobs", "2", "--record")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], float]:
    """What a run over the shards gives, and how long it takes."""
    folder = fill(tmp_path_factory.mktemp("undisturbed"), SHARDS)
    begun = time.monotonic()
    done = subprocess.run(small(*ARGUMENTS), cwd=folder, capture_output=True, check=False)
    took = time.monotonic() - begun
    assert done.returncode == FAILED
    found = snapshot(folder)
    names = {
        "a.clean.jsonl",
        "a.failed.jsonl",
        "b.clean.jsonl.gz",
        "b.failed.jsonl",
        "c.clean.jsonl",
        "c/a.clean.ndjson",
    }
    assert set(found) - set(SHARDS) == names | {name.replace(".", ".clean.") for name in SHARDS if "parquet" in name}
    assert [line["line"] for line in failures(folder)] == [101, 102]
    return found, took


def finish(folder: Path, expected: dict[str, bytes]) -> None:
    """Go on with a run to its end, and compare."""
    done = subprocess.run(small(*ARGUMENTS, "--resume"), cwd=folder, capture_output=True, check=False, timeout=60)
    assert done.returncode == FAILED
    assert b"Traceback" not in done.stderr
    found = snapshot(folder)
    assert set(found) == set(expected), done.stderr.decode()
    assert found == expected
    assert not list(folder.rglob(".*"))


@pytest.mark.alone
@proc
@pytest.mark.parametrize("seed", range(KILLS))
def test_kills_at_any_moment(tmp_path: Path, undisturbed: tuple[dict[str, bytes], float], seed: int) -> None:
    """The run, and with every other seed the first resumption, is killed; each third time a worker is, too."""
    expected, took = undisturbed
    chance = random.Random(seed)
    fill(tmp_path, SHARDS)
    for resume in ((), ("--resume",))[: 1 + seed % 2]:
        process = subprocess.Popen(
            small(*ARGUMENTS, *resume), cwd=tmp_path, stderr=subprocess.PIPE, start_new_session=True
        )
        if seed % 3 == 0:
            time.sleep(chance.uniform(0.2, took * 0.8))
            kill_a_worker(process.pid, chance)
        time.sleep(chance.uniform(0.1, took))
        process.kill()
        _, err = process.communicate(timeout=10)
        assert b"Traceback" not in err, err.decode()
        assert_gone(process.pid)
    finish(tmp_path, expected)


# Some of the times that the run touches the file system, in no order: it is killed there.
STEPS = random.Random(1).sample(range(1, 151), min(2 * KILLS, 150))


@pytest.mark.alone
@proc
@pytest.mark.parametrize("step", STEPS)
def test_kills_before_files_are_touched(
    tmp_path: Path, undisturbed: tuple[dict[str, bytes], float], step: int
) -> None:
    """The run is killed before it opens, renames or removes a file, and so is the first resumption."""
    expected, _ = undisturbed
    fill(tmp_path, SHARDS)
    for resume in ((), ("--resume",)):
        done = subprocess.run(small(*ARGUMENTS, *resume, kill=step), cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode in (-signal.SIGKILL, FAILED)
        assert b"Traceback" not in done.stderr
    finish(tmp_path, expected)


@pytest.mark.alone
@proc
@pytest.mark.parametrize("seed", range(KILLS))
def test_workers_that_are_killed(tmp_path: Path, undisturbed: tuple[dict[str, bytes], float], seed: int) -> None:
    """The run goes on by itself, to the same end."""
    expected, took = undisturbed
    chance = random.Random(seed)
    process = subprocess.Popen(small(*ARGUMENTS), cwd=fill(tmp_path, SHARDS), stderr=subprocess.PIPE)
    for _ in range(4):
        time.sleep(chance.uniform(0, took / 3))
        kill_a_worker(process.pid, chance)
    _, err = process.communicate(timeout=60)
    assert process.returncode == FAILED
    assert b"Traceback" not in err, err.decode()
    assert snapshot(tmp_path) == expected


def kill_a_worker(parent: int, chance: random.Random) -> None:
    """Kill some worker of a run, if it has any now."""
    found = workers(parent)
    if found:
        with suppress(ProcessLookupError):
            os.kill(chance.choice(found), signal.SIGKILL)


def workers(parent: int) -> list[int]:
    """Return the workers of a run."""
    found = []
    with suppress(OSError):
        for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
            with suppress(OSError):
                if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.append(int(child))
    return found


def assert_gone(group: int) -> None:
    """Assert that no process of a group is left after a second, but such as nobody has taken note of the end of."""
    until = time.monotonic() + 1
    while left := members(group):
        assert time.monotonic() < until, left
        time.sleep(0.01)


def members(group: int) -> list[str]:
    """Return the states of the processes of a group that are not dead."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, its_group = path.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state not in "ZX":
                found.append(f"{path.parent.name} {state}")
    return found


def has_position(state: Path) -> bool:
    """Whether a state says that some chunk is written."""
    try:
        return bool(json.loads(state.read_bytes())["position"][1])
    except FileNotFoundError:
        return False


@pytest.mark.alone
@proc
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_told_to_end(
    tmp_path: Path, undisturbed: tuple[dict[str, bytes], float], how: signal.Signals
) -> None:
    expected, _ = undisturbed
    process = subprocess.Popen(
        small(*ARGUMENTS), cwd=fill(tmp_path, SHARDS), stderr=subprocess.PIPE, start_new_session=True
    )
    until = time.monotonic() + 20
    while not has_position(tmp_path / ".a.clean.jsonl.partial/state"):
        assert time.monotonic() < until
        time.sleep(0.001)
    begun = time.monotonic()
    if how == signal.SIGINT:
        os.killpg(process.pid, how)
    else:
        process.terminate()
    _, err = process.communicate(timeout=30)
    assert time.monotonic() - begun < 1
    assert_gone(process.pid)
    assert process.returncode == {signal.SIGTERM: 143, signal.SIGINT: 130}[how]
    why = "cleaner: interrupted; what is done is kept, run again with --resume to go on from there"
    assert err.decode().strip() == why
    assert list(tmp_path.glob(".*.partial"))
    finish(tmp_path, expected)


# ── going on when something is not as it was ──────────────────────────────────────────────────────


def interrupt(folder: Path, *more: str) -> None:
    """Begin a run in a folder, and kill it when it has saved some state."""
    begun = small(*ARGUMENTS, *more, kill=4, like=".a.clean.jsonl.partial/state")
    done = subprocess.run(begun, cwd=folder, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    state = json.loads((folder / ".a.clean.jsonl.partial/state").read_bytes())
    assert 0 < state["position"][1] < 200


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_run_goes_on_where_it_was(tmp_path: Path, undisturbed: tuple[dict[str, bytes], float]) -> None:
    """What is done is not done again: here it is something else by now, and stays."""
    expected, _ = undisturbed
    interrupt(fill(tmp_path, SHARDS))
    output = tmp_path / ".a.clean.jsonl.partial/output"
    line = output.read_bytes().splitlines()[0]
    assert expected["a.clean.jsonl"].startswith(line)
    other = b"?" * len(line)
    output.write_bytes(output.read_bytes().replace(line, other))
    finish(tmp_path, {**expected, "a.clean.jsonl": expected["a.clean.jsonl"].replace(line, other)})


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("what", ["shard", "settings", "output", "state", "another run between"])
def test_a_run_that_cannot_go_on_begins_anew(
    tmp_path: Path, undisturbed: tuple[dict[str, bytes], float], what: str
) -> None:
    expected, _ = undisturbed
    interrupt(fill(tmp_path, SHARDS), *(["--disable", "accessibility/*"] if what == "settings" else []))
    space = tmp_path / ".a.clean.jsonl.partial"
    if what == "shard":
        changed = SHARDS["a.jsonl"].replace(b"Document 0.", b"Document X.")
        (tmp_path / "a.jsonl").write_bytes(changed)
        clean = expected["a.clean.jsonl"].replace(b"Document 0.", b"Document X.")
        expected = {**expected, "a.jsonl": changed, "a.clean.jsonl": clean}
    elif what == "output":
        os.truncate(space / "output", 10)
    elif what == "state":
        (space / "state").write_bytes(b'{"cleaner":"workspace 2","settings": 1')
    elif what == "another run between":  # with other settings, killed before it has saved anything
        other = small(*ARGUMENTS, "--disable", "accessibility/*", kill=12)
        done = subprocess.run(other, cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == -signal.SIGKILL
    finish(tmp_path, expected)


def test_nothing_to_go_on_with(tmp_path: Path) -> None:
    data = rows(3, noise=float("nan"), long=10**19)
    fill(tmp_path, {"a.jsonl": data, "b.jsonl.gz": gzip.compress(data)})
    for more in ("--resume", "--record", "--quiet", "--resume"):
        result = run("strip", ".", more, "--level", "rules", cwd=tmp_path)
        assert (result.code, complaints(result)) == (DONE, [])
        if more == "--record":
            assert b'"cleaner_record": ' in (tmp_path / "a.clean.jsonl").read_bytes()
            continue
        assert (tmp_path / "a.clean.jsonl").read_bytes() == cleaned(data)
        assert gzip.decompress((tmp_path / "b.clean.jsonl.gz").read_bytes()) == cleaned(data)
    assert len(snapshot(tmp_path)) == 4


def limited(what: str, most: int) -> tuple[str, ...]:
    """Return what to run a command through so that it may have no more of something."""
    program = f"resource.setrlimit(resource.RLIMIT_{what}, ({most}, {most})); os.execv(sys.argv[1], sys.argv[1:])"
    return (sys.executable, "-c", f"import os, resource, sys; {program}")


# ── documents ─────────────────────────────────────────────────────────────────────────────────────


def strip(folder: Path, *words: str | Path, **options: Any) -> Result:
    """Clean a folder with rules alone, which are loaded fast."""
    return run("strip", "--level", "rules", *(words or (".",)), cwd=folder, **options)


def test_wrong_documents_are_listed_and_stay(tmp_path: Path) -> None:
    wrong = {
        3: b'{"text": "cut',
        5: b'{"id": 1, "url": "https://example.org/5"}',
        6: b'{"text": null, "url": 7}',
        7: b'{"text": "caf\xe9"}',
        10: b'{"text": "", "x": ' + b"[" * 100_000 + b"}",
        11: b"[]",
    }
    good = rows(1).strip()
    lines = [wrong.get(number, b"" if number == 8 else good) for number in range(1, 13)]
    data = b"\xef\xbb\xbf" + b"\r\n".join(lines)
    (tmp_path / "a.jsonl").write_bytes(data)
    result = strip(tmp_path, "a.jsonl", "--report", "report.json")
    assert result.code == FAILED
    kinds = "2 × has no string in the field 'text', 2 × is not JSON, 1 × is not UTF-8, and 1 more kind"
    assert complaint(result) == f"a.jsonl: 6 documents could not be cleaned: {kinds}; see a.failed.jsonl"
    assert (tmp_path / "a.clean.jsonl").read_bytes() == cleaned(data)
    listed = failures(tmp_path)
    assert [failure["line"] for failure in listed] == sorted(wrong)
    assert all("; " in failure["reason"] for failure in listed)
    assert [failure.get("url") for failure in listed] == [None, "https://example.org/5", None, None, None, None]
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["documents"], report["failed"], report["changed"]) == (11, 6, 5)
    # a list of an earlier run goes where there is nothing to list any more
    (tmp_path / "a.jsonl").write_bytes(good)
    assert strip(tmp_path, "a.jsonl", "--force").code == DONE
    assert set(snapshot(tmp_path)) == {"a.jsonl", "a.clean.jsonl", "report.json"}


def test_a_shard_without_texts_is_not_begun(tmp_path: Path) -> None:
    other = b"".join(json.dumps({"id": i, "content": DOCUMENT}).encode() + b"\n" for i in range(300))
    fill(tmp_path, {"a.jsonl": rows(3), "b.jsonl": other, "c.jsonl.gz": gzip.compress(other), "d.jsonl": b""})
    for words in ([], ["--resume"], ["--force"]):
        done = strip(tmp_path, ".", *words)
        assert done.code == FAILED
        lack = "has no field 'text' in its first 100 lines; it has 'id', 'content' (strings: 'content')"
        advice = "name the text with --text-field content"
        assert complaints(done)[:2] == [f"{name}: {lack}; {advice}" for name in ("b.jsonl", "c.jsonl.gz")]
        names = {"a.jsonl", "a.clean.jsonl", "b.jsonl", "c.jsonl.gz", "d.jsonl", "d.clean.jsonl"}
        assert set(snapshot(tmp_path)) == names
    assert strip(tmp_path, ".", "--text-field", "content").code == FAILED  # now a.jsonl has no such field
    before, after = (json.dumps(text).encode() for text in (DOCUMENT, CLEAN))
    assert (tmp_path / "b.clean.jsonl").read_bytes() == other.replace(before, after)


@proc
def test_a_document_that_takes_all_memory(tmp_path: Path) -> None:
    """The kernel would kill its worker each time; here the test does."""
    large = json.dumps({"id": "large", "url": "u", "text": "Rain fell on the town. " * 700_000}).encode() + b"\n"
    data = [rows(20), large, rows(20, 20)]
    (tmp_path / "a.jsonl").write_bytes(b"".join(data))
    process = subprocess.Popen(
        launched("strip", "--level", "rules", "a.jsonl", "-j2"),
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    killed = 0
    while process.poll() is None:
        for worker in workers(process.pid):
            with suppress(OSError, ValueError, IndexError):
                status = Path(f"/proc/{worker}/status").read_text()
                resident = int(status.partition("VmRSS:")[2].split()[0])  # kB
                if resident > 150_000:
                    os.kill(worker, signal.SIGKILL)
                    killed += 1
        time.sleep(0.001)
    out, err = process.communicate()
    assert killed >= 2
    assert process.returncode == FAILED
    assert complaint(Result(FAILED, out, err.decode())).startswith("a.jsonl: 1 document could not be cleaned: ")
    assert (tmp_path / "a.clean.jsonl").read_bytes() == cleaned(data[0]) + large + cleaned(data[2])
    (failure,) = failures(tmp_path)
    assert (failure["line"], "out of memory?" in failure["reason"]) == (21, True)


def test_a_document_that_takes_too_long(tmp_path: Path) -> None:
    slow = f"<html><body>{'<p>x' * 40_000}"
    page = json.dumps({"html": slow, "url": "u"}).encode() + b"\n"
    data = [rows(20), page, rows(20, 20)]
    fill(tmp_path, {"a.jsonl": b"".join(data), "page.html": slow, "b.txt": DOCUMENT})
    words = small("a.jsonl", "page.html", "b.txt", "--timeout", "0.6", "-j2")
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, timeout=60, check=False)
    assert done.returncode == FAILED
    said = done.stderr.decode().splitlines()
    assert said[0].startswith("page.html: cannot be cleaned: takes longer than 0.6 seconds; ")
    assert re.fullmatch(r"a\.jsonl: 1 document could not be cleaned: .+; see a\.failed\.jsonl", said[1])
    assert (tmp_path / "b.clean.txt").read_text() == CLEAN
    assert (tmp_path / "a.clean.jsonl").read_bytes() == cleaned(data[0]) + page + cleaned(data[2])
    (failure,) = failures(tmp_path)
    assert failure["line"] == 21
    assert failure["reason"].startswith("cannot be cleaned: takes longer than 0.6 seconds; ")


def test_a_large_document(tmp_path: Path) -> None:
    """One of CLEANER_LARGE bytes, compressed."""
    size = int(os.environ.get("CLEANER_LARGE", "10_000_000"))
    text = "Rain fell on the town for three days.\nThe river rose over the old bridge.\n" * (size // 74)
    data = rows(1) + json.dumps({"text": f"{CHROME}\n\n{text}"}).encode() + b"\n" + rows(1)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(data, 1))
    assert strip(tmp_path, timeout=600).code == DONE
    with gzip.open(tmp_path / "a.clean.jsonl.gz") as file:
        assert file.read() == cleaned(rows(1)) + json.dumps({"text": text}).encode() + b"\n" + cleaned(rows(1))


def test_many_tiny_documents(tmp_path: Path) -> None:
    data = b'{"text":"a"}\n' * 10**5
    (tmp_path / "a.jsonl").write_bytes(data)
    result = strip(tmp_path)
    assert result.code == DONE
    assert "100,000 documents in 1 shard: all cleaned\n" in result.err
    assert (tmp_path / "a.clean.jsonl").read_bytes() == data


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_many_tiny_shards(tmp_path: Path) -> None:
    """CLEANER_SHARDS of them, with fewer files than that open at a time."""
    count = int(os.environ.get("CLEANER_SHARDS", "150"))
    fill(tmp_path, {f"{number}.jsonl{'.gz' * (number % 2)}": packed(number) for number in range(count)})
    result = strip(tmp_path, ".", "--jobs", "2", through=limited("NOFILE", 64), timeout=600)
    assert (result.code, complaints(result)) == (DONE, [])
    found = snapshot(tmp_path)
    assert len(found) == 2 * count
    for number in range(count):
        name = f"{number}.clean.jsonl{'.gz' * (number % 2)}"
        assert (gzip.decompress(found[name]) if number % 2 else found[name]) == cleaned(rows(number % 3))


def packed(number: int) -> bytes:
    data = rows(number % 3)
    return gzip.compress(data) if number % 2 else data


# ── files ─────────────────────────────────────────────────────────────────────────────────────────


def test_broken_and_empty_files(tmp_path: Path) -> None:
    chance = random.Random(1)
    data = b"".join(rows(1, number, noise=chance.random()) for number in range(300))
    files = {"good.jsonl": data, "empty.jsonl": b"", "blank.jsonl": b"\n \r\n\n"}
    for suffix in compression.MODULES:
        name = suffix[1:]
        whole = compression.compress(data, suffix)
        files |= {f"{name}-cut.jsonl{suffix}": whole[: len(whole) // 2], f"{name}-none.jsonl{suffix}": b"hello"}
        files |= {f"{name}-empty.jsonl{suffix}": compression.compress(b"", suffix)}
    fill(tmp_path, files)
    for _ in range(2):  # the second time there are copies to compare with
        result = strip(tmp_path)
        assert result.code == FAILED
        found = snapshot(tmp_path)
        assert {name: found[name] for name in files} == files
        assert found["good.clean.jsonl"] == cleaned(data)
        assert found["blank.clean.jsonl"] == files["blank.jsonl"]
        assert found["empty.clean.jsonl"] == b""
        said = complaints(result)
        assert len(said) == 2 * len(compression.MODULES)
        for suffix in compression.MODULES:
            name = suffix[1:]
            for broken in (f"{name}-cut", f"{name}-none"):
                copy = unpacked(found[f"{broken}.clean.jsonl{suffix}"], suffix)
                assert cleaned(data).startswith(copy[: copy.rfind(b"\n") + 1])
                last = failures(tmp_path, broken)[-1]
                assert last["line"] == copy.count(b"\n") + 1
                assert last["reason"].startswith("cannot be read any further (")
                assert any(line.startswith(f"{broken}.jsonl{suffix}: ") and broken in line for line in said)
            nothing = found[f"{name}-empty.clean.jsonl{suffix}"]
            assert nothing
            assert unpacked(nothing, suffix) == b""
    assert not list(tmp_path.glob(".*"))


def unpacked(data: bytes, suffix: str) -> bytes:
    with compression.reader(io.BytesIO(data), suffix) as file:
        return file.read()


# ── places ────────────────────────────────────────────────────────────────────────────────────────


def test_what_stands_in_the_way(tmp_path: Path) -> None:
    data = rows(3)
    names = ["copy", "failed", "folder", "good", "link", "linked-list", "loop", "more", "other"]
    fill(tmp_path, {f"{name}.jsonl": data for name in names})
    mine = {
        "copy.clean.jsonl": b'{"id": 0, "mine": true, "text": "mine"}\n',
        "failed.failed.jsonl": b'{"mine": 1}\n',
        "folder.clean.jsonl/mine": b"mine",
        "more.clean.jsonl": rows(1, mine=True),
        "other.clean.jsonl": b"mine\n",
        "good.clean.jsonl": cleaned(rows(2)),
        "good.failed.jsonl": b'{"line": 7, "reason": "of an earlier run"}\n{"line": 8, "reason": "no"}\n',
    }
    fill(tmp_path, mine)
    (tmp_path / "link.clean.jsonl").symlink_to("link.jsonl")
    (tmp_path / "linked-list.failed.jsonl").symlink_to("linked-list.jsonl")
    (tmp_path / "loop.clean.jsonl").symlink_to("loop.clean.jsonl")
    before = snapshot(tmp_path)
    result = strip(tmp_path, *(f"{name}.jsonl" for name in names))
    assert result.code == FAILED
    force = "that the cleaner wrote; move it, or pass --force to replace it"
    expected = [
        f"copy.clean.jsonl: is not a copy of copy.jsonl {force}",
        f"failed.failed.jsonl: is no list of failures of failed.jsonl {force}",
        "folder.clean.jsonl: is a folder; move it away",
        "link.clean.jsonl: is a link, which is not followed; remove it",
        "linked-list.failed.jsonl: is a link, which is not followed; remove it",
        "loop.clean.jsonl: is a link, which is not followed; remove it",
        f"more.clean.jsonl: is not a copy of more.jsonl {force}",
        f"other.clean.jsonl: is not a copy of other.jsonl {force}",
    ]
    assert complaints(result) == expected
    after = snapshot(tmp_path)
    assert after.pop("good.clean.jsonl") == cleaned(data)
    del before["good.clean.jsonl"], before["good.failed.jsonl"]
    assert after == before
    # --force is for what can be replaced
    result = strip(tmp_path, "--force", *(f"{name}.jsonl" for name in names))
    assert complaints(result) == [line for line in expected if "--force" not in line]
    after = snapshot(tmp_path)
    assert after["copy.clean.jsonl"] == after["other.clean.jsonl"] == cleaned(data)
    assert all(after[f"{name}.jsonl"] == data for name in names)


def test_shards_with_the_same_copy_or_list(tmp_path: Path) -> None:
    data = rows(2)
    fill(tmp_path, {"a.jsonl": data, "a.ndjson": data, "b.jsonl": data, "other/b.jsonl": data})
    result = strip(tmp_path, "a.jsonl", "a.jsonl", "./a.jsonl", "a.ndjson", "b.jsonl", "other", "--output-dir", "out")
    assert result.code == FAILED
    assert [line.partition(": ")[0] for line in complaints(result)] == ["a.ndjson", "other/b.jsonl"]
    found = snapshot(tmp_path)
    assert set(found) == {"a.jsonl", "a.ndjson", "b.jsonl", "other/b.jsonl", "out/a.clean.jsonl", "out/b.clean.jsonl"}
    assert found["out/b.clean.jsonl"] == cleaned(data)


def test_places_that_cannot_be_used(tmp_path: Path) -> None:
    need_modes(tmp_path)
    fill(tmp_path, {"a.jsonl": rows(2), "locked/b.jsonl": rows(2), "c.jsonl": rows(2)})
    (tmp_path / "c.jsonl").chmod(0)
    (tmp_path / "locked").chmod(0o500)
    result = strip(tmp_path, "a.jsonl", "locked/b.jsonl", "c.jsonl", "none.jsonl", through=OBEY_MODES)
    (tmp_path / "locked").chmod(0o700)
    assert result.code == FAILED
    assert complaints(result) == [
        "none.jsonl: does not exist; check the path",
        "locked/b.clean.jsonl: cannot be written (Permission denied); check its folder",
        "c.jsonl: cannot be read (Permission denied); check the path",
    ]
    assert set(snapshot(tmp_path)) == {"a.jsonl", "a.clean.jsonl", "locked/b.jsonl", "c.jsonl"}


def test_two_runs_at_once(tmp_path: Path) -> None:
    fill(tmp_path, {"a.jsonl": rows(2), "b.jsonl": rows(2)})
    other = Workspace(str(tmp_path / "a.clean.jsonl"))
    other.save(State("settings", FileInfo(1, "1"), Position(1, 1), output=6))
    with other.append("output", 0) as output:
        output.write(b"theirs")
    result = strip(tmp_path, "--resume", ".")
    assert result.code == FAILED
    assert complaint(result) == "a.clean.jsonl: another run is writing it; wait for it, or stop it"
    assert (tmp_path / ".a.clean.jsonl.partial/output").read_bytes() == b"theirs"
    assert other.close()
    assert (tmp_path / "b.clean.jsonl").read_bytes() == cleaned(rows(2))
    assert strip(tmp_path).code == DONE
    assert set(snapshot(tmp_path)) == {"a.jsonl", "b.jsonl", "a.clean.jsonl", "b.clean.jsonl"}


def test_the_report_is_no_document(tmp_path: Path) -> None:
    fill(tmp_path, {"a.jsonl": rows(2)})
    before = snapshot(tmp_path)
    result = strip(tmp_path, "a.jsonl", "--report", "./a.jsonl")
    assert result.code == USAGE
    assert "is a document" in complaint(result)
    assert snapshot(tmp_path) == before


@pytest.fixture(params=["full disk", "largest file"])
def no_room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """A folder with 200 kB of room, and what to run a command through so that it has no more."""
    if sys.platform == "win32":
        pytest.skip("has neither limits nor mounts")
    folder = tmp_path / "small"
    folder.mkdir()
    if request.param == "largest file":
        yield folder, limited("FSIZE", 200_000)
        return
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", folder], capture_output=True, check=False
    )
    if mount.returncode:
        pytest.skip(f"nothing can be mounted here: {mount.stderr.decode()}")
    try:
        yield folder, ()
    finally:
        subprocess.run(["umount", folder], check=True)


def test_no_room(tmp_path: Path, no_room: tuple[Path, tuple[str, ...]]) -> None:
    folder, through = no_room
    data = rows(3000)
    words = ("a.jsonl", "b.jsonl", "--output-dir", "small")
    fill(tmp_path, {"a.jsonl": data, "b.jsonl": rows(2)})
    result = strip(tmp_path, *words, through=through)
    assert result.code == FAILED
    said = complaints(result)
    assert said[0].startswith("small/a.clean.jsonl: cannot be written (")
    assert said[0].endswith("); mend that, and go on with --resume")
    assert not (folder / "a.clean.jsonl").exists()
    if through:
        assert (folder / "b.clean.jsonl").read_bytes() == cleaned(rows(2))
    else:
        subprocess.run(["mount", "-o", "remount,size=10m", folder], check=True)
    assert strip(tmp_path, *words, "--resume").code == DONE
    assert snapshot(folder) == {"a.clean.jsonl": cleaned(data), "b.clean.jsonl": cleaned(rows(2))}
