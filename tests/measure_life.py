"""Measure `cleaner strip` and `cleaner check` on many files that were cleaned before, with their lock and without it.

    python -m tests.measure_life [--files 20000] [--jobs 1]

Makes a folder with that many made documents, a hundred in each folder below it, and a configuration, so that the lock
is `cleaner.lock` beside it. Then each command is run once as a process of its own: for the first time; with nothing
changed; with nothing changed and the lock gone; and with a hundredth of the documents changed. The last column is the
time as a share of the time of the same command without a lock.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path

from tests.documents import documents
from tests.support import launched

PER_FOLDER = 100  # documents in a folder


def make(top: Path, number: int) -> list[Path]:
    """Write `number` documents below the folder, and return their paths."""
    (top / "cleaner.toml").write_text('level = "safe"\n')
    paths = []
    for n, made in enumerate(documents(number)):
        path = top / f"{n // PER_FOLDER:04}" / f"{n:06}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(made["text"], "utf-8")
        paths.append(path)
    return paths


def seconds(top: Path, home: Path, command: str, jobs: int, *wanted: int) -> float:
    """Run a command on the folder and return its seconds; its exit code has to be one of those `wanted`."""
    begun = time.monotonic()
    words = launched(command, "--quiet", "--jobs", str(jobs), top)
    done = subprocess.run(
        words, env={**os.environ, "XDG_STATE_HOME": str(home)}, stdout=subprocess.DEVNULL, check=False
    )
    taken = time.monotonic() - begun
    assert done.returncode in (wanted or (0,)), f"{command}: exit code {done.returncode}"
    return taken


def change(paths: list[Path]) -> None:
    """Add a line to each of some documents."""
    for path in paths:
        with path.open("a", encoding="utf-8") as file:
            file.write("\nA line that was added later, and that stays when the document is cleaned again.\n")


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made, tempfile.TemporaryDirectory() as state:
        top, home, jobs = Path(made), Path(state), options.jobs
        paths = make(top, options.files)
        lock = top / "cleaner.lock"
        rows = [("strip, for the first time", seconds(top, home, "strip", jobs))]
        size = lock.stat().st_size
        rows += [(f"{command}, unchanged", seconds(top, home, command, jobs)) for command in ("strip", "check")]
        kept = lock.read_bytes()
        lock.unlink()
        rows.append(("check, unchanged, no lock", without := seconds(top, home, "check", jobs)))
        rows.append(("strip, unchanged, no lock", seconds(top, home, "strip", jobs)))
        assert lock.read_bytes() == kept, "the lock that is made anew is another one"
        change(paths[::100])
        rows.append(("check, 1 % changed", seconds(top, home, "check", jobs, 1)))
        rows.append(("strip, 1 % changed", seconds(top, home, "strip", jobs)))
        print(f"{options.files:,} documents, a lock of {size:,} bytes")
        for what, taken in rows:
            print(f"{what:28}{taken:8.2f} s{taken / without:8.1%}")


if __name__ == "__main__":
    main()
