"""Measure time and memory of `cleaner strip` on JSON lines of growing size: the section on shards of FIGURES.md.

    python -m tests.measure_shards [--sizes 0.25 0.5 1 2] [--workers 2] [--level safe] [--gzip]

Makes files of the given sizes (in 10^9 bytes, uncompressed) by repeating made documents with something changed in
each, and runs the command on each file. With `--profile` it shows instead how much time reading, parsing, cleaning
and writing take in one process.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

from tests.documents import documents
from tests.support import launched

MADE_DOCUMENTS = 20_000  # then they are repeated, with changes
GB = 1_000_000_000


class Run(NamedTuple):
    """Seconds of a run, and the most megabytes of its main process: in the first third, in the last third, in all."""

    seconds: float
    early: float  # megabytes, at most in the first third of the run
    late: float  # megabytes, at most in the last third
    most: float  # megabytes, at most


def lines(size: int) -> Iterator[bytes]:
    """Yield lines of JSON, until they have `size` bytes; each text occurs once."""
    made = documents(MADE_DOCUMENTS)
    number = done = 0
    while done < size:
        row = made[number % MADE_DOCUMENTS]
        text = row["text"]
        cut = text.find(" ", number * 7919 % (len(text) + 1))
        text = f"{text[:cut]} {number}{text[cut:]}" if cut >= 0 else text
        line = json.dumps({**row, "id": number, "text": text}, ensure_ascii=False).encode() + b"\n"
        yield line
        done += len(line)
        number += 1


def write(path: Path, size: int) -> None:
    """Write a file of about `size` bytes, uncompressed."""
    with path.open("wb") as plain:
        packed = (
            gzip.GzipFile(fileobj=plain, mode="wb", compresslevel=6) if path.suffix == ".gz" else nullcontext(plain)
        )
        with packed as file:
            file.writelines(lines(size))


def resident(pid: int) -> float:
    """Return the resident memory of a process in megabytes, 0 if it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return int(fields.get("VmRSS", "0 kB").split()[0]) / 1000


def run(path: Path, workers: int, level: str) -> Run:
    """Run the command on a file and watch the memory of its main process."""
    begun = time.monotonic()
    process = subprocess.Popen(
        [*launched("strip", "--quiet", "--level", level, "--jobs", str(workers), str(path))],
        stdin=subprocess.DEVNULL,
    )
    seen: list[float] = []

    def watch() -> None:
        while process.poll() is None:
            seen.append(resident(process.pid))
            time.sleep(0.1)

    watcher = threading.Thread(target=watch)
    watcher.start()
    if process.wait() != 0:
        sys.exit(f"the command ended with code {process.returncode}")
    seconds = time.monotonic() - begun
    watcher.join()
    seen = [size for size in seen if size] or [0.0]
    third = len(seen) // 3
    return Run(seconds, max(seen[: third + 1]), max(seen[2 * third :]), max(seen))


def profile(path: Path, level: str) -> dict[str, float]:
    """Return the seconds of processor time that each step takes."""
    from cleaner import Cleaner
    from cleaner.rows import clean_rows
    from cleaner.shards import compression, jsonl
    from cleaner.shards.format import START, RowSettings
    from cleaner.tally import Tally

    suffix = compression.suffix_of(path.name)
    format_, settings = jsonl.Jsonl(suffix), RowSettings()
    cleaner = Cleaner(level)  # type: ignore[arg-type] # it checks
    cleaner.clean("A text.")
    spent: defaultdict[str, float] = defaultdict(float)
    last = time.process_time()

    def took(step: str) -> None:
        nonlocal last
        now = time.process_time()
        spent[step] += now - last
        last = now

    with path.open("rb") as file:
        for chunk in format_.read_chunks(file, START):
            took("read and decompress")
            parsed = [jsonl.parse_line(raw) for raw in jsonl._split_lines(chunk.payload)]
            rows = [jsonl._row_of_line(line, settings) for line in parsed]
            took("parse")
            outcomes = clean_rows(cleaner, [row for row in rows if row])
            took("clean")
            tally = Tally()
            for outcome in outcomes:
                if outcome.cleaned:
                    tally.add(outcome.cleaned)
            took("count")
            pieces = [
                jsonl._with_clean_text(line, outcome.cleaned, settings) if outcome.cleaned else line.raw
                for line, outcome in zip(parsed, outcomes, strict=True)
            ]
            took("write JSON")
            format_.encode([b"".join(pieces)])
            took("compress")
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--sizes", type=float, nargs="+", default=[0.25, 0.5, 1, 2], help="GB")
    parser.add_argument("--workers", type=int, nargs="+", default=[2])
    parser.add_argument("--level", default="safe")
    parser.add_argument("--gzip", action="store_true")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    name = "docs.jsonl.gz" if options.gzip or options.profile else "docs.jsonl"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        for size in options.sizes:
            write(path, round(size * GB))
            if options.profile:
                spent = profile(path, options.level)
                total = sum(spent.values())
                print(f"{size} GB: {total:.1f} s, {size * 1000 / total:.2f} MB/s", flush=True)
                for step, seconds in spent.items():
                    print(f"  {step:<20} {seconds / total:6.1%}", flush=True)
                continue
            for workers in options.workers:
                took, early, late, most = run(path, workers, options.level)
                print(
                    f"{size} GB, {workers} workers: {took:.1f} s, {took / size:.1f} s/GB; main process "
                    f"{early:.0f} MB in the first third, {late:.0f} MB in the last, {most:.0f} MB at most",
                    flush=True,
                )


if __name__ == "__main__":
    main()
