"""Measure how long a first document takes, and where packs of languages come up.

    python -m tests.measure_start            of this source tree
    python -m tests.measure_start FOLDER     of another source tree, for comparison

Times are of the fastest of `ROUNDS` runs, each in a new process: the wall clock and the time of the processor. Beside
other work take the latter. The time without a cache is that of a first run after an installation. Texts of 10 KB are
cleaned again and again in one process, after the first time. The command is timed beside `import click, ftfy`, in
turns, as medians; Python keeps its bytecode, as it does after an installation.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.machine import machine

ROUNDS = 5
LEVELS = ("rules", "safe")
START = "from cleaner import Cleaner; Cleaner({level!r}).clean('Hello\\nworld\\n')"
TEXTS = {
    "English": (
        "Skip to content\n{}Share this\nLeave a comment\nPrivacy Policy\nAll rights reserved\n",
        "The harbour master said on Tuesday that it was not the wind that had stopped the boats.\n",
    ),
    "Russian": (
        "Перейти к содержимому\n{}Поделиться в социальных сетях\nКомментарии\nВсе права защищены\n",
        "В среду утром почтальон принёс письмо, которого никто в деревне уже не ждал.\n",
    ),
}
BASE = "import click, ftfy"
COMMAND = """
import sys
from pathlib import Path
Path({copy!r}).unlink(missing_ok=True)
sys.argv = ["cleaner", "strip", "--quiet", "--level", {level!r}, {document!r}]
from cleaner.cli import main
main()
"""
DOCUMENT = """Skip to content
Home

Ferry late again
The ferry to the island was late again on Tuesday, the harbour master said.
Its crew had waited for the doctor, who had overslept after a long night.

Share this
Leave a comment
"""
AGAIN = """
import sys, time
from cleaner import Cleaner
cleaner, text = Cleaner({level!r}), sys.stdin.read()
times = []
for _ in range(20):
    begun = time.perf_counter()
    cleaner.clean(text)
    times.append(time.perf_counter() - begun)
up = getattr(cleaner._passes.ruleset, "tongues_up", lambda: "all")()
print(min(times[1:]) * 1000, ",".join(sorted(up)) if up != "all" else up)
"""


def run(code: str, folder: Path, cache: str, text: str = "") -> tuple[float, float, str]:
    """Run code in a new process; return milliseconds by the wall clock and of the processor, and what it printed."""
    env = {**os.environ, "PYTHONPATH": str(folder), "XDG_CACHE_HOME": cache, "PYTHONUTF8": "1"}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=env, input=text, capture_output=True, text=True, check=False
    )
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr
    return wall * 1000, (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000, done.stdout


def print_command(folder: Path, cache: str) -> None:
    """Print how long the command takes for one small file."""
    with tempfile.TemporaryDirectory() as place:
        document, copy = Path(place, "a.txt"), str(Path(place, "a.clean.txt"))
        document.write_text(DOCUMENT)
        codes = [BASE, *(COMMAND.format(copy=copy, level=level, document=str(document)) for level in LEVELS)]
        times: list[list[float]] = [[] for _ in codes]
        for number in range(ROUNDS + 1):
            for code, found in zip(codes, times, strict=True):
                took = run(code, folder, cache)[1]
                if number:  # the first run writes bytecode and the cache
                    found.append(took)
    base, *ours = map(median, times)
    for level, took in zip(LEVELS, ours, strict=True):
        print(f"cleaner strip one file, {level}: processor {took:.0f} ms, {took / base:.2f} times `{BASE}`")


def main() -> None:
    """Print the figures."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
    print(machine())
    with tempfile.TemporaryDirectory() as cache:
        for level in LEVELS:
            code = START.format(level=level)
            run(code, folder, cache)
            walls, processor, _ = zip(*(run(code, folder, cache) for _ in range(ROUNDS)), strict=True)
            print(f"start, {level}: {min(walls):.0f} ms, processor {min(processor):.0f} ms")
        print_command(folder, cache)
        (file,) = Path(cache).rglob("*.packs")
        print(f"cache: {file.stat().st_size:,} bytes")
        found = []
        for _ in range(ROUNDS):
            file.unlink()
            found.append(run(START.format(level="rules"), folder, cache))
        print(f"without a cache: {min(found)[0]:.0f} ms, processor {min(each[1] for each in found):.0f} ms")
        for name, (frame, prose) in TEXTS.items():
            text = frame.format(prose * (10_000 // len(prose.encode())))
            for level in LEVELS:
                again = [run(AGAIN.format(level=level), folder, cache, text)[2].split() for _ in range(ROUNDS)]
                fastest = min(float(each[0]) for each in again)
                print(f"{name}, {level}: {fastest:.2f} ms; up: {' '.join(again[0][1:]) or 'none'}")


if __name__ == "__main__":
    main()
