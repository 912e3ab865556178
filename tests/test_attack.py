"""An attack on the command from outside: random trees of strangers, random commands. See `tests/attack`."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attack.judge import findings, findings_in_output
from tests.attack.orders import Order
from tests.attack.pictures import picture

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no named pipes and devices, and few odd names")

FIRST_SEED = 1
STRIP = Order(("strip", "--", "."), writes=True)


def attack(*words: str) -> None:
    """Attack trees in a process of its own, and fail with what it has found."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.attack", *words],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode("utf-8", "backslashreplace") + done.stderr.decode()[-2000:]


def test_nothing_of_others_is_changed_in_a_few_trees() -> None:
    attack("--trees", "10", "--seed", str(FIRST_SEED))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(3))
def test_nothing_of_others_is_changed(part: int) -> None:
    attack("--trees", "20", "--seed", str(FIRST_SEED + 10 + 20 * part))


@pytest.mark.slow
def test_nothing_of_others_is_changed_by_processes() -> None:
    attack("--processes", "6", "--seed", str(FIRST_SEED))


# What a command may do wrong, and what the judge says of it: a judge that sees nothing would find nothing, too.
DEEDS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "writes outside": ("outside: new", lambda top: (top / "outside/new").write_bytes(b"x")),
    "changes a file outside": ("outside: file changed", lambda top: (top / "outside/canary.txt").write_bytes(b"x")),
    "changes a mode outside": (
        "outside: file has another mode",
        lambda top: (top / "outside/canary.txt").chmod(0o755),
    ),
    "removes a file outside": ("outside: file removed", lambda top: (top / "outside/canary.txt").unlink()),
    "replaces a link": ("inside: link replaced", lambda top: replace(top / "tree/a.clean.txt", b"x")),
    "removes a pipe": ("inside: pipe removed", lambda top: (top / "tree/b.clean.txt").unlink()),
    "changes what is not a copy": ("inside: file changed", lambda top: (top / "tree/c.clean.txt").write_bytes(b"x")),
    "changes a document": ("inside: file changed", lambda top: (top / "tree/c.txt").write_bytes(b"x")),
    "leaves a file behind": ("inside: new file", lambda top: (top / "tree/.1.tmp").write_bytes(b"x")),
    "makes a hook": ("inside: new file", lambda top: (top / "tree/.git/hooks/post-commit").write_bytes(b"x")),
    "makes a link": ("inside: new thing", lambda top: (top / "tree/d.clean.txt").symlink_to("x")),
    "makes a folder": ("inside: new folder", lambda top: (top / "tree/folder").mkdir()),
    "makes a program": ("mode of a new file", lambda top: make(top / "tree/d.clean.txt", 0o755)),
    "lets others write": ("mode of a new file", lambda top: make(top / "tree/d.clean.txt", 0o666)),
    "widens a mode": ("wider mode", lambda top: make(top / "tree/own.clean.txt", 0o755)),
}


@pytest.fixture
def top(tmp_path: Path) -> Path:
    for folder in ("outside", "tree/.git/hooks"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("outside/canary.txt", "tree/c.clean.txt", "tree/c.txt", "tree/own.clean.txt"):
        make(tmp_path / name, 0o644)
    (tmp_path / "tree/a.clean.txt").symlink_to("../outside/canary.txt")
    os.mkfifo(tmp_path / "tree/b.clean.txt")
    return tmp_path


def make(path: Path, mode: int) -> None:
    path.write_bytes(str(mode).encode())
    path.chmod(mode)


def replace(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data)


@pytest.mark.parametrize("deed", DEEDS)
def test_the_judge_sees(top: Path, deed: str) -> None:
    kind, do = DEEDS[deed]
    before = picture(top)
    do(top)
    own = before["tree/own.clean.txt"].content
    assert {one.kind for one in findings(before, picture(top), STRIP, {"tree/own.clean.txt": own})} == {kind}


def test_the_judge_lets_a_command_do_its_work(top: Path) -> None:
    before = picture(top)
    make(top / "tree/c.clean.txt.record.json", 0o644)
    replace(top / "tree/own.clean.txt", b"x")
    os.chmod(top / "tree/own.clean.txt", stat.S_IRUSR)  # noqa: PTH101
    owned = {"tree/own.clean.txt": before["tree/own.clean.txt"].content}
    assert not list(findings(before, picture(top), STRIP, owned))
    assert list(findings(before, picture(top), STRIP, {}))


@pytest.mark.parametrize(
    ("code", "out", "err"),
    [
        (1, b"", b"Traceback (most recent call last):\n  File\nValueError: x\n"),
        (4, b"", b""),
        (-9, b"", b""),
        (0, b"a\x1b[31m.txt -> b\n", b""),
        (0, b"", b"a\nPWNED: all is well\n"),
        (0, "a\u202e.txt\n".encode(), b""),
    ],
)
def test_the_judge_reads_the_output(code: int, out: bytes, err: bytes) -> None:
    assert list(findings_in_output(code, out, err, STRIP))
    assert not list(findings_in_output(0, "naïve 名前.txt -> b\n".encode(), b"3 documents\n", STRIP))
