"""The command on shards: kills and resuming, and all that can be wrong with files, places and settings."""

from __future__ import annotations

import gzip
import json
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from cleaner.cli import DONE, FAILED, USAGE
from cleaner.files import compression
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

KILLS = int(os.environ.get("CLEANER_KILLS", "3"))  # of each kind
proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")

# The command with chunks so small, and state saved so often, that little files have many moments to be killed at;
# with an argument, it kills itself before it touches the file system for that time.
SMALL = """
import os, signal, sys
from cleaner.cli import main
from cleaner.files import jsonl, shards
jsonl.CHUNK = 4_000
shards.SAVED_EVERY = 0.0
left = int(sys.argv.pop(1))
EVENTS = {"open", "os.rename", "os.remove", "os.chmod", "os.mkdir", "os.rmdir", "os.truncate"}

def touched(event, arguments):
    global left
    if event in EVENTS and isinstance(arguments[0], str) and FOLDER in os.path.abspath(arguments[0]):
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

FOLDER = os.getcwd() + os.sep
sys.addaudithook(touched)
main()
"""


def small(*words: str, kill: int = 0) -> list[str]:
    """Return the command line of the command with small chunks, that kills itself for the `kill`th time, if any."""
    return [sys.executable, "-c", SMALL, str(kill), "strip", "--quiet", *words]


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
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq

        from cleaner.files import parquet as _  # noqa: F401
    except ImportError:
        return {}
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
    while not (tmp_path / ".a.clean.jsonl.partial/state").exists():
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
