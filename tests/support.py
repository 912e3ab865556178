"""What the tests of files and commands share: documents, running the command, looking at folders."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

from cleaner import Cleaner, Level
from cleaner.cli import main

DATA = Path(__file__).with_name("data")
COMMAND = Path(sys.executable).with_name("cleaner")

CHROME = "Accessibility links"  # a line that the built-in rules always drop
CLEAN = "Rain fell on the town for three days.\nThe river rose over the old bridge.\n"
DOCUMENT = f"{CHROME}\n\n{CLEAN}"

# A page that is refused, and why.
REFUSED = "<html><body><p " + " ".join(f"a{i}=''" for i in range(1501)) + ">Rain fell.</p></body></html>"
WHY_REFUSED = "has an element with more than 1,000 attributes; leave it out"

# A rule pack of the tests' own, for `--rules`: drops the line `Own chrome`.
OWN_RULES = """[pack]
format = 1
id = "own"

[[rule]]
id = "chrome"
category = "testing"
lines = '''
Own chrome
'''
drops = '''
Own chrome
'''
keeps = '''
Own chrome polish
'''
"""


@cache
def cleaner_at(level: Level = "safe") -> Cleaner:
    """Return the cleaner at a level, one for all tests of a process: each holds about 20 MB of tables and packs."""
    return Cleaner(level)


class Result(NamedTuple):
    """What a run of the command gave."""

    code: int
    raw: bytes
    err: str

    @property
    def out(self) -> str:
        return self.raw.decode()


def launched(*words: str | bytes | Path) -> list[str]:
    """Return the command line of the installed command."""
    return [str(COMMAND), *map(os.fsdecode, words)]


def run(
    *words: str | bytes | Path,
    cwd: Path | None = None,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    through: Sequence[str] = (),
    timeout: float = 60,
) -> Result:
    """Run the installed command in a process of its own, launched `through` another command."""
    done = subprocess.run(
        [*through, *launched(*words)],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        env={**os.environ, **(env or {})},
        timeout=timeout,
        check=False,
    )
    result = Result(done.returncode, done.stdout, done.stderr.decode())
    assert "Traceback" not in result.err, result.err
    return result


def call(*words: str | Path, cwd: Path | None = None, stdin: bytes = b"") -> Result:
    """Run the command's entry point in this process: the same, faster, for one process and no signals."""
    before, package = sys.argv, sys.modules["__main__"].__package__
    sys.argv = ["cleaner", *map(str, words)]
    sys.modules["__main__"].__package__ = None  # click would name the program `python -m pytest` after it
    try:
        with chdir(cwd or Path.cwd()), CliRunner().isolation(stdin) as (out, err, _):
            code: Any = None
            try:
                main()
            except SystemExit as leaving:
                code = leaving.code
            sys.stdout.flush()
            return Result(code or 0, out.getvalue(), err.getvalue().decode())
    finally:
        sys.argv = before
        sys.modules["__main__"].__package__ = package


PROBLEM = re.compile(r"(?:error: )?[^;]+?: [^;]+; .+")
SUMMARY = re.compile(r"[\d,]+ documents?\b.*: .*|  .*")  # the headline, and the indented lines below it


def complaints(result: Result) -> list[str]:
    """Return the lines on stderr, without the summary and the hints on usage."""
    usage = ("Usage: ", "Try '")
    return [x for x in result.err.splitlines() if x and not x.startswith(usage) and not SUMMARY.fullmatch(x)]


def complaint(result: Result) -> str:
    """Return the one error on stderr, which has to have the form `path: what; what to do`."""
    lines = complaints(result)
    assert len(lines) == 1, result.err
    assert PROBLEM.fullmatch(lines[0]), lines[0]
    return lines[0]


def fill(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files, given by their path below `folder` and their content, and return `folder`."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def snapshot(folder: Path) -> dict[str, bytes]:
    """Return every file below `folder` with its content; of a link, where it leads."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[str(path.relative_to(folder))] = b"-> " + os.fsencode(path.readlink())
        elif path.is_file():
            found[str(path.relative_to(folder))] = path.read_bytes()
    return found


def languages() -> dict[str, str]:
    """Return two or three sentences in each of many languages."""
    texts: dict[str, str] = tomllib.loads((DATA / "languages.toml").read_text("utf-8"))
    return texts


# A launcher for `through`: root obeys file modes like everybody else.
OBEY_MODES = (
    sys.executable,
    "-c",
    """
import ctypes, os, sys
if os.geteuid() == 0:
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        if ctypes.CDLL(None, use_errno=True).prctl(24, capability, 0, 0, 0):  # PR_CAPBSET_DROP
            sys.exit("PR_CAPBSET_DROP failed: " + os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[1], sys.argv[1:])
""",
)


def need_modes(folder: Path) -> None:
    """Skip the test where file modes cannot be made to count."""
    if sys.platform == "win32":
        pytest.skip("file modes do not forbid reading here")
    locked = folder / "locked"
    locked.touch(0)
    done = subprocess.run([*OBEY_MODES, "cat", str(locked)], capture_output=True, check=False)
    locked.unlink()
    if b"denied" not in done.stderr:
        pytest.skip(f"cannot be made to obey file modes: {done.stderr.decode() or 'reads everything'}")


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve the pages in a folder, all in UTF-8, on a port of this machine; give the URL of the folder."""

    class Quiet(SimpleHTTPRequestHandler):
        def guess_type(self, path: object) -> str:
            return "text/html; charset=utf-8"

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
