"""Grow inputs for a target: `python -m tests.fuzz clean_bytes --seconds 1200`. Needs the extra `fuzz`.

An input that breaks something does not end the run. Of each way to break (the exception, and the line that raised it)
the smallest input is kept and made smaller at the end. They are listed, with the command that runs one again.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

# The targets, and the modules in which atheris watches what an input reaches: those that read it. Watching the rest
# takes several times as long. Atheris has to be there before the cleaner is imported.
WATCHED = {
    "clean_bytes": (
        "cleaner.document",
        "cleaner.html",
        "cleaner.passes",
        "cleaner.progress",
        "cleaner.text",
        "cleaner.verdict",
    ),
    "pack": ("cleaner.rules", "cleaner.toml"),
    "record": ("cleaner.document", "cleaner.files", "cleaner.text"),
}
MAX_INPUT_BYTES = 4096
HANG_SECONDS = 60  # after which libFuzzer ends the process: for code in C that never comes back
MEMORY_MB = 2048  # above which libFuzzer ends the process
SHRINK_SECONDS = 60.0  # to make one input smaller


def main() -> None:
    """Run what the command line wants, and exit with code 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=list(WATCHED))
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where to keep inputs; a temporary folder, if it is not named")
    parser.add_argument("--run", type=Path, help="only give the target this input")
    parser.add_argument("--grow", action="store_true", help=argparse.SUPPRESS)  # in the process that atheris ends
    options = parser.parse_args()
    if options.run:
        from tests.fuzz.targets import TARGETS, run

        run(TARGETS[options.target], options.run.read_bytes())
        return
    folder = options.folder or Path(tempfile.mkdtemp(prefix=f"fuzz-{options.target}-"))
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    if options.grow:
        _grow(options.target, options.seconds, options.seed, folder)
        return
    sys.exit(_grow_in_processes(options.target, options.seconds, options.seed, folder))


def _grow_in_processes(target: str, seconds: int, seed: int, folder: Path) -> int:
    """Grow inputs in a process, and in another one if it ends early; return the exit code."""
    _prepare(target, folder)
    end = time.monotonic() + seconds
    while (left := int(end - time.monotonic())) > 1:
        words = [sys.executable, "-m", "tests.fuzz", target, "--grow", "--seconds", str(left), "--seed", str(seed)]
        subprocess.run([*words, "--folder", str(folder)], check=False)
        seed += 1
    found = sorted((folder / "found").iterdir())
    for path in found:
        _shrink(target, path)
        print(f"python -m tests.fuzz {target} --run {path}\n  {path.read_bytes()[:300]!r}", flush=True)
    grown = len(list((folder / "corpus").iterdir()))
    print(f"{target}: {len(found)} ways to break, {grown:,} inputs grown in {folder}")
    return 1 if found else 0


def _prepare(target: str, folder: Path) -> None:
    """Write the inputs to begin with."""
    from tests.fuzz.seeds import seeds

    for name in ("corpus", "found"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(seeds(target)):
        (folder / "corpus" / f"seed-{number}").write_bytes(data)


def _grow(target: str, seconds: int, seed: int, folder: Path) -> None:
    """Grow inputs with atheris, which ends the process."""
    import atheris

    with atheris.instrument_imports(include=list(WATCHED[target])):
        from tests.fuzz.targets import TARGETS, run

    from tests.fuzz.mutate import mutator

    function, found = TARGETS[target], folder / "found"

    def one_input(data: bytes) -> None:
        try:
            run(function, data)
        except Exception as error:
            path = found / name_of(error)
            if not path.exists() or len(data) < path.stat().st_size:
                path.write_bytes(data)

    words = ["-timeout=" + str(HANG_SECONDS), f"-rss_limit_mb={MEMORY_MB}", f"-max_len={MAX_INPUT_BYTES}"]
    words += [
        f"-max_total_time={seconds}",
        f"-seed={seed}",
        f"-dict={Path(__file__).with_name(f'{target}.dict')}",
        "-print_final_stats=1",
    ]
    words += [f"-artifact_prefix={found}{os.sep}", "-verbosity=0", str(folder / "corpus")]
    # `atheris.Mutate` is looked up at each call: before `Fuzz`, it is another function, which refuses to work.
    atheris.Setup(
        [sys.argv[0], *words],
        one_input,
        custom_mutator=mutator(target, lambda data, size: atheris.Mutate(data, size)),  # noqa: PLW0108
    )
    atheris.Fuzz()


def name_of(error: Exception) -> str:
    """Return a name for a way to break: the exception, and the last lines of the cleaner or of the target."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "/cleaner/" in frame.filename or "/tests/" in frame.filename]
    places = [f"{Path(frame.filename).stem}.{frame.lineno}" for frame in own[-2:]]
    return "-".join((type(error).__name__, *places))


def _shrink(target: str, path: Path) -> None:
    """Make an input smaller, as long as it breaks in the same way, and write it back."""
    from tests.fuzz.targets import TARGETS, run

    def breaks(data: bytes) -> bool:
        try:
            run(TARGETS[target], data)
        except Exception as error:
            return name_of(error) == path.name
        return False

    data = path.read_bytes()
    end = time.monotonic() + SHRINK_SECONDS
    if not breaks(data):  # a hang or a crash of the process, or something that depends on time
        return
    size = len(data) // 2
    while size and time.monotonic() < end:
        start = 0
        while start < len(data) and time.monotonic() < end:
            shorter = data[:start] + data[start + size :]
            if breaks(shorter):
                data = shorter
            else:
                start += size
        size //= 2
    path.write_bytes(data)


if __name__ == "__main__":
    main()
