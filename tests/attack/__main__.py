"""Many trees: `python -m tests.attack --trees 1500 --processes 100 --seed 1`.

The trees are attacked in a worker process, which is started anew when it hangs or dies; that is a finding, too. Each
tree with a finding is listed with the command that shows it again.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import resource
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

TREES_OF_A_WORKER = 200  # then another one is started, so that a leak of memory does not end the run
# Address space of a worker and of the commands that it starts, in bytes. What reads a device without end fails soon.
MEMORY_BYTES = 3 << 30
SILENCE_SECONDS = 90.0  # how long a worker may say nothing before it is killed: three commands at their limit


def main() -> None:
    """Attack the trees that the command line wants, and exit with code 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.attack", description=__doc__)
    parser.add_argument("--trees", type=int, default=0, help="trees on which the commands run in process")
    parser.add_argument("--processes", type=int, default=0, help="trees on which each command is a process")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first tree; each has the next number")
    parser.add_argument("--limit", type=float, default=20.0, help="seconds that a command may take")
    parser.add_argument("--keep", action="store_true", help="leave the trees where they are")
    parser.add_argument("--pipe", type=int, help=argparse.SUPPRESS)  # what a worker writes its results to
    options = parser.parse_args()
    if options.pipe is not None:
        _work(options)
        return
    found = _attack("--trees", options.trees, options)
    found += _attack("--processes", options.processes, options)
    kinds = Counter(kind for one in found for kind in {told[1] for told in one["told"]})
    bad = [one for one in found if one["told"]]
    commands = sum(one["orders"] for one in found)
    print(f"{len(found):,} trees, {commands:,} commands: {len(bad):,} trees with findings")
    for kind, number in kinds.most_common():
        print(f"{number:6,}  {kind}")
    sys.exit(1 if bad else 0)


def _attack(option: str, trees: int, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Attack trees, one worker after the other, and print what is found."""
    found: list[dict[str, Any]] = []
    begun = time.monotonic()
    while len(found) < trees:
        first = options.seed + len(found)
        for one in _results(option, first, min(trees - len(found), TREES_OF_A_WORKER), options):
            found.append(one)
            for command, kind, what in one["told"]:
                print(
                    f"python -m tests.attack {option} 1 --seed {one['seed']}\n  {command}\n  {kind}: {what}",
                    flush=True,
                )
            if len(found) % 100 == 0:
                bad = sum(bool(one["told"]) for one in found)
                seconds = time.monotonic() - begun
                print(f"{len(found)} of {trees} trees, {bad} with findings, {seconds:.0f} s", file=sys.stderr)
    return found


def _results(option: str, seed: int, trees: int, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Start a worker on trees, and yield its results; the last one is a finding if the worker hangs or dies."""
    reader, writer = os.pipe()
    words = [sys.executable, "-m", "tests.attack", option, str(trees), "--seed", str(seed), "--pipe", str(writer)]
    words += ["--limit", str(options.limit), *["--keep"] * options.keep]
    with tempfile.TemporaryFile() as log, os.fdopen(reader, "rb", buffering=0) as pipe:
        worker = subprocess.Popen(
            words, pass_fds=[writer], stderr=None if options.keep else log, start_new_session=True
        )
        os.close(writer)
        lines, done, why = b"", 0, ""
        with selectors.DefaultSelector() as ready:
            ready.register(pipe, selectors.EVENT_READ)
            while True:
                if not ready.select(SILENCE_SECONDS):
                    why = "the worker hangs"
                    worker.send_signal(signal.SIGUSR2)  # its stack goes to the log
                    time.sleep(1)
                    break
                data = pipe.read(1 << 16)
                if not data:
                    break
                *whole, lines = (lines + data).split(b"\n")
                for line in whole:
                    done += 1
                    yield json.loads(line)
        if worker.poll() is None and why:
            os.killpg(worker.pid, signal.SIGKILL)
        code = worker.wait()
        if done < trees:
            log.seek(0)
            what = f"{why or f'the worker ended with {code}'}: {log.read().decode('utf-8', 'replace')[-3000:]}"
            yield {"seed": seed + done, "orders": 0, "told": [("", "hang or crash of the process", what)]}


def _work(options: argparse.Namespace) -> None:
    """Attack trees and write what becomes of each as a line of JSON."""
    faulthandler.register(signal.SIGUSR2)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    with tempfile.TemporaryDirectory(prefix="attack-home-") as home:
        os.environ |= {"HOME": home, "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", f"{home}/cache")}
        os.environ["XDG_STATE_HOME"] = f"{home}/state"
        os.environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "OPENBLAS_NUM_THREADS": "1"}
        from tests.attack.assault import assault

        as_processes = bool(options.processes)
        for seed in range(options.seed, options.seed + (options.processes or options.trees)):
            result = assault(seed, as_processes=as_processes, limit=options.limit, keep=options.keep)
            told = [(one.command, *one.finding) for one in result.told]
            line = json.dumps({"seed": seed, "orders": result.orders, "told": told}).encode() + b"\n"
            os.write(options.pipe, line)


if __name__ == "__main__":
    main()
