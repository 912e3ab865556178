"""Nothing is read as the cleaner's own, written or deleted through a link, a pipe, a device or a folder."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import Any

import pytest

from cleaner import Cleaner
from cleaner.files.folder import InTheWay, New, open_folder
from tests.support import CLEAN, DATA, DOCUMENT, call, complaint, complaints, fill, run, snapshot

DONE, CHANGES, USAGE, FAILED = 0, 1, 2, 3
SECRET = "What somebody else wrote down.\n"
LIMIT = 20  # seconds that a run may take; one that waits for a pipe never ends

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    """End a test that waits for a pipe, or reads a device without end."""

    def give_up(*_: object) -> None:
        pytest.fail("still waits, or reads")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(LIMIT)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def make_socket(path: Path, _outside: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        short = Path("/tmp") / f"{os.getpid()}.socket"  # the name of a socket may not be long
        made.bind(str(short))
        shutil.move(short, path)


def make_device(path: Path, _outside: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))  # as /dev/null
    except PermissionError:
        pytest.skip("devices cannot be made here")


def made_record(path: Path, outside: Path) -> None:
    """Put a link to what is really there, or would be: its content is right, but it is a link."""
    if path.exists():
        shutil.move(path, outside / "moved")
    else:
        (outside / "moved").write_text("")
    path.symlink_to(outside / "moved")


THINGS: dict[str, Callable[[Path, Path], Any]] = {
    "a link to a file": lambda path, outside: path.symlink_to(outside / "secret.txt"),
    "a link to what was there": made_record,
    "a link to nothing": lambda path, outside: path.symlink_to(outside / "nothing.txt"),
    "a link to itself": lambda path, _outside: path.symlink_to(path.name),
    "a link to a folder": lambda path, outside: path.symlink_to(outside),
    "a link to a device": lambda path, _outside: path.symlink_to("/dev/zero"),
    "a named pipe": lambda path, _outside: os.mkfifo(path),
    "a socket": make_socket,
    "a device": make_device,
    "a folder": lambda path, _outside: path.mkdir(),
}
PLACES = {place["name"]: place for place in tomllib.loads((DATA / "outputs.toml").read_text("utf-8"))["place"]}


def modes(folder: Path) -> dict[str, int]:
    return {str(path): path.lstat().st_mode for path in folder.rglob("*")}


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("name", PLACES)
def test_what_is_no_file_is_in_the_way(tmp_path: Path, name: str, thing: str) -> None:
    place = PLACES[name]
    if thing in place.get("but", ()):
        pytest.skip("is right here")
    here, outside = tmp_path / "here", tmp_path / "outside"
    fill(outside, {"secret.txt": SECRET})
    fill(here, {"a.txt": DOCUMENT, "b.txt": DOCUMENT, "sub/c.txt": DOCUMENT, "out/x": ""})
    assert call("strip", "--record", "b.txt", cwd=here).code == DONE
    path = here / place["path"]
    before_moved = path.read_bytes() if path.is_file() else b""
    if thing != "a link to what was there":
        path.unlink(missing_ok=True)
    THINGS[thing](path, outside)
    before, modes_before, kind = snapshot(outside), modes(outside), path.lstat()
    result = call(*place["words"].split(), cwd=here)
    assert result.code == place["code"], result
    assert any(place["path"] in line for line in complaints(result)), result.err
    assert "defect" not in result.err
    assert (snapshot(outside), modes(outside)) == (before, modes_before)
    assert (path.lstat().st_ino, path.lstat().st_mode) == (kind.st_ino, kind.st_mode)
    if thing == "a link to what was there":
        assert (outside / "moved").read_bytes() == before_moved
    if place["code"] == USAGE:
        assert result.raw == b""
        assert not (here / "a.clean.txt").exists(), "said before anything is done"
    if "--in-place" in place["words"]:
        assert (here / "a.txt").read_text() == DOCUMENT


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_a_copy_that_leads_to_a_hook_of_git(tmp_path: Path) -> None:
    """A repository that one gets from others: the copy of an executable document is a link to a hook."""
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    fill(tmp_path, {"a.txt": "#!/bin/sh\ntouch was-run\n"})
    (tmp_path / "a.txt").chmod(0o755)
    (tmp_path / ".git/hooks").mkdir(exist_ok=True)
    (tmp_path / "a.clean.txt").symlink_to(".git/hooks/post-commit")
    result = run("strip", "a.txt", cwd=tmp_path)
    assert not (tmp_path / ".git/hooks/post-commit").exists()
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "A commit"], check=True)
    assert not (tmp_path / "was-run").exists()
    assert result.code == FAILED
    assert complaint(result) == "a.clean.txt: is a link, which is not followed; remove it"


# ── documents ─────────────────────────────────────────────────────────────────────────────────────


def test_a_link_to_a_file_in_a_folder_is_not_followed(tmp_path: Path) -> None:
    fill(tmp_path, {"outside/secret.txt": SECRET, "docs/a.txt": DOCUMENT})
    (tmp_path / "docs/b.txt").symlink_to("../outside/secret.txt")
    result = call("strip", "docs", cwd=tmp_path)
    assert result.code == FAILED
    assert complaint(result) == "docs/b.txt: is a link, which is not followed; name it to clean what it leads to"
    assert not (tmp_path / "docs/b.clean.txt").exists()
    assert (tmp_path / "docs/a.clean.txt").read_text() == CLEAN


def test_a_link_that_is_named_is_read_and_its_copy_goes_beside_it(tmp_path: Path) -> None:
    fill(tmp_path, {"real/x.txt": DOCUMENT})
    (tmp_path / "link.txt").symlink_to("real/x.txt")
    assert call("strip", "link.txt", cwd=tmp_path).code == DONE
    assert (tmp_path / "link.clean.txt").read_text() == CLEAN
    assert list(snapshot(tmp_path / "real")) == ["x.txt"]


@pytest.mark.parametrize("command", ["strip", "check"])
def test_in_place_a_link_that_is_named_is_refused(tmp_path: Path, command: str) -> None:
    fill(tmp_path, {"real/x.txt": DOCUMENT})
    (tmp_path / "link.txt").symlink_to("real/x.txt")
    result = call(command, "--in-place", "link.txt", cwd=tmp_path)
    assert result.code == FAILED
    assert complaint(result) == "link.txt: is a link; name the file that it leads to, or leave out --in-place"
    assert snapshot(tmp_path) == {"link.txt": b"-> real/x.txt", "real/x.txt": DOCUMENT.encode()}


@pytest.mark.parametrize("words", [["strip", "top"], ["strip", "top", "--output-dir", "out"]], ids=" ".join)
def test_the_folder_that_is_named_may_be_a_link(tmp_path: Path, words: list[str]) -> None:
    fill(tmp_path, {"real/sub/x.txt": DOCUMENT, "elsewhere/x": ""})
    (tmp_path / "top").symlink_to("real")
    (tmp_path / "out").symlink_to("elsewhere")
    assert call(*words, cwd=tmp_path).code == DONE
    copy = "elsewhere/sub/x.clean.txt" if "out" in words else "real/sub/x.clean.txt"
    assert (tmp_path / copy).read_text() == CLEAN


# ── the way to a file ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("below", ["link", "real/link", "link/deeper"])
def test_no_folder_below_the_named_one_may_be_a_link(tmp_path: Path, below: str) -> None:
    fill(tmp_path, {"outside/deeper/x.txt": SECRET, "top/real/x.txt": DOCUMENT})
    for link in ("top/link", "top/real/link"):
        (tmp_path / link).symlink_to(tmp_path / "outside")
    with pytest.raises(OSError, match="link: is a link, which is not followed; remove it"):
        open_folder(tmp_path / "top", PurePath(below))


def test_a_folder_that_is_swapped_for_a_link_changes_nothing(tmp_path: Path) -> None:
    fill(tmp_path, {"outside/x.txt": SECRET, "top/sub/x.txt": DOCUMENT})
    with open_folder(tmp_path / "top", PurePath("sub")) as folder:
        _, seen = folder.read("x.txt")
        (tmp_path / "top/sub").rename(tmp_path / "top/moved")
        (tmp_path / "top/sub").symlink_to(tmp_path / "outside")
        folder.write_all([New("x.txt", CLEAN.encode(), seen), New("y.txt", b"")])
    assert snapshot(tmp_path / "outside") == {"x.txt": SECRET.encode()}
    assert snapshot(tmp_path / "top/moved") == {"x.txt": CLEAN.encode(), "y.txt": b""}


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes")
def test_without_openat_each_folder_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleaner.files.folder._HAS_OPENAT", False)
    fill(tmp_path, {"outside/x": SECRET, "inside/file": SECRET})
    (tmp_path / "inside/link").symlink_to(tmp_path / "outside")
    (tmp_path / "inside/a.txt").symlink_to(tmp_path / "outside/x")
    with open_folder(tmp_path / "inside", PurePath("new/one"), make=True) as folder:
        folder.write_all([New("a.txt", b"one")])
        data, seen = folder.read("a.txt")
        folder.write_all([New("a.txt", b"two", seen, content=data)])
        folder.set_owner_and_mode("a.txt", seen)
    assert (tmp_path / "inside/new/one/a.txt").read_bytes() == b"two"
    for below, what in (("link", "is a link"), ("link/new", "is a link"), ("file/new", "is a file where a folder")):
        with pytest.raises(InTheWay, match=what):
            open_folder(tmp_path / "inside", PurePath(below), make=True)
    with open_folder(tmp_path / "inside") as folder, pytest.raises(InTheWay, match="is a link"):
        folder.read("a.txt")
    assert [path.name for path in (tmp_path / "outside").iterdir()] == ["x"]


def test_a_folder_that_may_be_searched_but_not_read(tmp_path: Path) -> None:
    from tests.support import OBEY_MODES, need_modes

    need_modes(tmp_path)
    fill(tmp_path, {"dark/a.txt": DOCUMENT})
    (tmp_path / "dark").chmod(0o311)
    result = run("strip", "dark/a.txt", cwd=tmp_path, through=OBEY_MODES)
    (tmp_path / "dark").chmod(0o755)
    assert result.code == DONE, result.err
    assert (tmp_path / "dark/a.clean.txt").read_text() == CLEAN


# ── modes ─────────────────────────────────────────────────────────────────────────────────────────

UMASK = (sys.executable, "-c", "import os, sys; os.umask(int(sys.argv[1], 8)); os.execvp(sys.argv[2], sys.argv[2:])")


@pytest.mark.parametrize(
    ("umask", "source", "copy"),
    [
        ("022", 0o644, 0o644),
        ("022", 0o755, 0o644),
        ("002", 0o775, 0o664),
        ("077", 0o755, 0o600),
        ("022", 0o600, 0o600),
        ("022", 0o666, 0o644),
        ("000", 0o4777, 0o666),
    ],
)
def test_the_mode_of_a_new_file(tmp_path: Path, umask: str, source: int, copy: int) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT})
    (tmp_path / "a.txt").chmod(source)
    words = ["strip", "--record", "a.txt", "--report", "report.json"]
    assert run(*words, cwd=tmp_path, through=[*UMASK, umask]).code == DONE
    assert run("restore", "a.clean.txt", "-o", "back.txt", cwd=tmp_path, through=[*UMASK, umask]).code == DONE
    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    new = 0o666 & ~int(umask, 8)
    assert found == {
        "a.txt": source,
        "a.clean.txt": copy,
        "a.clean.txt.record.json": copy,
        "report.json": new,
        "back.txt": copy,  # no less private than what it is made of
    }


def test_the_mode_of_a_file_that_is_replaced(tmp_path: Path) -> None:
    stale = Cleaner("rules").clean(DOCUMENT + "Snow fell.\n").text.replace("Snow fell.\n", "")
    fill(tmp_path, {"a.txt": DOCUMENT, "a.clean.txt": "", "report.json": "", "back.txt": stale})
    for name, mode in {"a.txt": 0o600, "a.clean.txt": 0o754, "report.json": 0o640, "back.txt": 0o700}.items():
        (tmp_path / name).chmod(mode)
    assert call("strip", "--record", "--force", "a.txt", "--report", "report.json", cwd=tmp_path).code == DONE
    assert call("restore", "a.clean.txt", "--force", "-o", "back.txt", cwd=tmp_path).code == DONE
    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert found == {
        "a.txt": 0o600,
        "a.clean.txt": 0o754,
        "a.clean.txt.record.json": 0o600,
        "report.json": 0o640,
        "back.txt": 0o700,
    }
    assert (tmp_path / "back.txt").read_text() == DOCUMENT


@pytest.mark.parametrize(
    ("report", "what"),
    [("/dev/stdout", "is a link, .+"), ("/dev/null", "is a device; .+"), ("no/report.json", "cannot be written .+")],
)
def test_a_report_that_cannot_be_written_is_refused_before_anything_is_done(
    tmp_path: Path, report: str, what: str
) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT})
    result = run("strip", "a.txt", "--report", report, cwd=tmp_path)
    assert result.code == USAGE
    assert re.fullmatch(f"error: {report}: {what}", complaint(result))
    assert snapshot(tmp_path) == {"a.txt": DOCUMENT.encode()}


def test_a_file_in_the_place_of_a_link_names_what_is_wrong_with_any_name(tmp_path: Path) -> None:
    fill(tmp_path, {"a\nb.txt": DOCUMENT})
    (tmp_path / "a\nb.clean.txt").symlink_to("nothing")
    result = run("strip", ".", cwd=tmp_path)
    assert result.code == FAILED
    assert complaint(result) == r"'a'$'\n''b.clean.txt': is a link, which is not followed; remove it"


PACK = """[pack]
format = 1
id = "p"

[[rule]]
id = "one"
category = "share"
lines = "Share this"
"""


@pytest.mark.parametrize("command", [("explain",), ("score",), ("rules", "try", "p.toml")], ids="-".join)
def test_a_link_to_a_device_is_not_read_as_a_document(tmp_path: Path, command: tuple[str, ...]) -> None:
    fill(tmp_path, {"p.toml": PACK})
    (tmp_path / "a.txt").symlink_to("/dev/full")  # reads as zeros without end
    result = run(*command, "a.txt", cwd=tmp_path, timeout=60)
    assert result.code == FAILED
    assert re.match("a.txt: is (a device|not a regular file)", complaint(result))


@pytest.mark.parametrize("command", [("score",), ("rules", "coverage", "--gold")], ids=" ".join)
@pytest.mark.parametrize("to", ["secret", "nothing"])
def test_a_link_in_the_place_of_a_copy_is_no_gold(tmp_path: Path, command: tuple[str, ...], to: str) -> None:
    """How much of a document is in the file behind it is nobody's business."""
    fill(tmp_path, {"secret": CLEAN, "corpus/a.txt": DOCUMENT})
    (tmp_path / "corpus/a.clean.txt").symlink_to(f"../{to}")
    result = call(*command, "corpus", cwd=tmp_path)
    assert result.code == FAILED
    assert complaint(result) == "corpus/a.txt: corpus/a.clean.txt: is a link, which is not followed; remove it"


HUGE = 5 << 30  # bytes; the file is sparse


@pytest.mark.parametrize(
    ("name", "command", "code"),
    [
        ("a.clean.txt", "strip a.txt", FAILED),
        ("a.clean.txt", "check a.txt", FAILED),
        ("a.clean.txt", "score a.txt", FAILED),
        ("a.clean.txt.record.json", "strip --record a.txt", FAILED),
        ("a.clean.txt.record.json", "restore a.clean.txt", USAGE),
    ],
)
def test_a_file_too_large_to_be_ours_is_not_read(tmp_path: Path, name: str, command: str, code: int) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "a.clean.txt": "Rain fell.\n"})
    with (tmp_path / name).open("wb") as file:
        file.truncate(HUGE)
    result = run(*command.split(), cwd=tmp_path, timeout=60)
    assert result.code == code
    assert re.search(f"\\b{name}:? is larger than 1,024 MiB, ", complaint(result))
    assert (tmp_path / name).stat().st_size == HUGE


@pytest.mark.parametrize("content", ["my notes\n", '{"cleaner": 1}\n'])
def test_a_report_replaces_nothing_but_a_report(tmp_path: Path, content: str) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "notes.txt.bak": content})
    strip = ("strip", "a.txt", "--report")
    assert call(*strip, "report.json", cwd=tmp_path).code == DONE
    assert call(*strip, "report.json", cwd=tmp_path).code == DONE
    refused = call(*strip, "notes.txt.bak", cwd=tmp_path)
    assert refused.code == USAGE
    assert "notes.txt.bak: is no report of the cleaner; name another file" in complaint(refused)
    assert (tmp_path / "notes.txt.bak").read_text() == content
    assert call(*strip, "notes.txt.bak", "--force", cwd=tmp_path).code == DONE
