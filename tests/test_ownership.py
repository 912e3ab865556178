"""What the cleaner has not written stays, and what it writes loses nothing that others write at the same time."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cleaner import Cleaner
from cleaner.files import record
from tests.support import CHROME, CLEAN, DATA, DOCUMENT, call, complaint, complaints, fill, run, snapshot

DONE, CHANGES, USAGE, FAILED = 0, 1, 2, 3
MORE = "Snow fell on the hills.\n"

# ── copies and records ────────────────────────────────────────────────────────────────────────────

LEVELS = (DATA.parent.parent / "corpus/chrome/blogger-bird-diary.txt").read_text("utf-8")
TEXTS = {
    "document": LEVELS,
    "victim": "".join(f"A chapter that somebody wrote, line {i} of it.\n" for i in range(40)),
    "other": "Rain fell, and more rain.\n",
    **{level: Cleaner(level).clean(LEVELS).text for level in ("rules", "safe", "main")},
}
TEXTS["crlf"] = TEXTS["safe"].replace("\n", "\r\n")
CASES = {case["name"]: case for case in tomllib.loads((DATA / "ownership.toml").read_text("utf-8"))["case"]}


def made_record(source: str, clean: str) -> str:
    """Return a record with these digests."""
    data = json.loads(record.dump(Cleaner().clean_bytes(source.encode()), source.encode(), "a.txt"))
    return json.dumps({**data, "clean_sha256": record.sha256(clean.encode())})


def test_the_levels_differ() -> None:
    assert len({TEXTS[level] for level in ("document", "rules", "safe", "main")}) == 4


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_stands_in_the_place(tmp_path: Path, case: dict[str, Any]) -> None:
    words = case.get("words", "").split()
    target = "a.txt" if "--in-place" in words else "a.clean.txt"
    files = {"a.txt": case.get("document", "{document}").format(**TEXTS)}
    if "copy" in case:
        files[target] = case["copy"].format(**TEXTS)
    if "record" in case:
        files[f"{target}.record.json"] = case["record"].format(**TEXTS)
    if "record_of" in case:
        files[f"{target}.record.json"] = made_record(*(text.format(**TEXTS) for text in case["record_of"]))
    fill(tmp_path, files)
    before = snapshot(tmp_path)
    result = call("strip", "a.txt", *words, cwd=tmp_path)
    after = snapshot(tmp_path)
    if "stays" in case:
        assert (result.code, after) == (FAILED, before)
        assert complaint(result).startswith(f"{case['stays']}: ")
        assert "--force" in complaint(result)
        assert call("strip", "a.txt", "--force", *words, cwd=tmp_path).code == DONE
        after = snapshot(tmp_path)
    else:
        assert (result.code, complaints(result)) == (DONE, [])
    level = "rules" if "rules" in words else "safe"
    assert after[target].decode() == Cleaner(level).clean(files["a.txt"]).text  # type: ignore[arg-type]
    if "--record" in words:
        assert call("restore", target, cwd=tmp_path).raw == before["a.txt"]


def test_what_is_no_record_stays_if_none_is_wanted(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": LEVELS, "a.clean.txt.record.json": TEXTS["victim"]})
    assert call("strip", "--level", "main", "a.txt", cwd=tmp_path).code == DONE
    assert call("strip", "a.txt", cwd=tmp_path).code == DONE
    assert (tmp_path / "a.clean.txt").read_text() == TEXTS["safe"]
    assert (tmp_path / "a.clean.txt.record.json").read_text() == TEXTS["victim"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs links")
def test_a_record_that_is_a_link_proves_nothing(tmp_path: Path) -> None:
    files = {"a.txt": LEVELS, "a.clean.txt": TEXTS["other"], "record": made_record(LEVELS, TEXTS["other"])}
    fill(tmp_path, files)
    (tmp_path / "a.clean.txt.record.json").symlink_to("record")
    before = snapshot(tmp_path)
    assert call("strip", "a.txt", cwd=tmp_path).code == FAILED
    assert snapshot(tmp_path) == before


def test_a_copy_of_a_page_at_another_level(tmp_path: Path) -> None:
    fill(tmp_path, {"p.html": (DATA / "html" / "news.html").read_bytes()})
    assert call("strip", "--level", "rules", "p.html", cwd=tmp_path).code == DONE
    before = (tmp_path / "p.clean.txt").read_text("utf-8")
    assert call("strip", "p.html", cwd=tmp_path).code == DONE
    assert (
        (tmp_path / "p.clean.txt").read_text("utf-8")
        == Cleaner().clean_html((tmp_path / "p.html").read_bytes()).text
        != before
    )


def test_check_says_what_to_do_with_a_copy_that_nobody_knows(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": LEVELS, "a.clean.txt": TEXTS["victim"]})
    result = call("check", "a.txt", cwd=tmp_path)
    assert result.code == CHANGES
    assert result.out.startswith("a.clean.txt: is not a copy of a.txt that the cleaner is known to have written; ")
    assert "`cleaner accept a.txt`" in result.out
    assert "`cleaner strip --force a.txt`" in result.out


# ── in a repository ───────────────────────────────────────────────────────────────────────────────

needs_git = pytest.mark.skipif(not shutil.which("git"), reason="needs git")


def git(folder: Path, *words: str) -> str:
    settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    person = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    done = subprocess.run(
        ["git", *person, *words], cwd=folder, env={**os.environ, **settings}, capture_output=True, check=True
    )
    return done.stdout.decode()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a document, its clean copy and its lock, all committed."""
    folder = fill(tmp_path / "repository", {"sub/a.txt": DOCUMENT, "sub/a.clean.txt": CLEAN})
    git(folder, "init", "-q")
    assert call("strip", ".", cwd=folder).code == DONE
    assert (folder / "cleaner.lock").exists()
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "-m", "A corpus")
    return folder


@needs_git
@pytest.mark.parametrize("staged", [False, True])
@pytest.mark.parametrize("where", [".", "sub"])
def test_a_document_that_is_edited_in_a_repository(repository: Path, staged: bool, where: str) -> None:
    fill(repository, {"sub/a.txt": DOCUMENT + MORE})
    if staged:
        git(repository, "add", "--all")
    assert call("strip", ".", cwd=repository / where).code == DONE
    assert (repository / "sub/a.clean.txt").read_text() == CLEAN + MORE


@needs_git
def test_a_document_that_was_committed_twice_without_its_copy(repository: Path) -> None:
    for more in (MORE, MORE * 2):
        fill(repository, {"sub/a.txt": DOCUMENT + more})
        git(repository, "commit", "-q", "-a", "-m", "No copy")
    assert call("strip", ".", cwd=repository).code == DONE
    assert (repository / "sub/a.clean.txt").read_text() == CLEAN + MORE * 2


@needs_git
@pytest.mark.parametrize("commit", [False, True])
def test_a_copy_that_was_corrected_in_a_repository_stays(repository: Path, commit: bool) -> None:
    fill(repository, {"sub/a.clean.txt": "Corrected by hand.\n"})
    if commit:
        git(repository, "commit", "-q", "-a", "-m", "A correction")
    fill(repository, {"sub/a.txt": DOCUMENT + MORE})
    result = call("strip", ".", cwd=repository)
    assert result.code == CHANGES
    assert complaint(result).startswith("sub/a.clean.txt: the document a.txt behind your correction changed; ")
    assert (repository / "sub/a.clean.txt").read_text() == "Corrected by hand.\n"


@needs_git
@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
def test_asking_git_runs_nothing_that_a_repository_names(repository: Path) -> None:
    """A folder with a `.git` in it may come from others, with its configuration."""
    blob = git(repository, "rev-parse", "HEAD:sub/a.txt").strip()
    attack = repository.parent / "attack"
    attack.write_text(f"#!/bin/sh\ntouch {repository.parent}/was-run\nexit 1\n")
    attack.chmod(0o755)
    for key, value in {
        "core.fsmonitor": str(attack),
        "core.sshCommand": str(attack),
        "core.pager": str(attack),
        "core.editor": str(attack),
        "core.askPass": str(attack),
        "core.gitProxy": str(attack),
        "core.hooksPath": str(repository.parent),
        "diff.external": str(attack),
        "filter.f.smudge": str(attack),
        "filter.f.clean": str(attack),
        "diff.f.textconv": str(attack),
        "alias.cat-file": f"!{attack}",
        "remote.origin.url": str(repository.parent),
        "remote.origin.uploadpack": str(attack),
        "remote.origin.promisor": "true",
        "remote.origin.partialCloneFilter": "blob:none",
        "protocol.ext.allow": "always",
        "protocol.file.allow": "always",
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
    }.items():
        git(repository, "config", key, value)
    fill(repository, {".gitattributes": "*.txt filter=f diff=f\n", "sub/a.txt": DOCUMENT + MORE})
    (repository / ".git/objects" / blob[:2] / blob[2:]).unlink()  # git would fetch it
    for command in ("strip", "check"):
        assert run(command, "--tracked", ".", cwd=repository).code in (DONE, CHANGES, USAGE)
        assert not (repository.parent / "was-run").exists()


@needs_git
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("place", ["HEAD", "config", "index"])
def test_a_repository_in_which_git_waits_for_ever_stops_nothing(
    repository: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    for seconds in ("ANSWER_SECONDS", "IGNORED_SECONDS"):
        monkeypatch.setattr(f"cleaner.files.git.{seconds}", 1.0)
    fill(repository, {"sub/a.txt": DOCUMENT + MORE})
    (repository / ".git" / place).unlink()
    os.mkfifo(repository / ".git" / place)
    began = time.monotonic()
    assert call("strip", ".", cwd=repository).code == DONE, "git is asked what it ignores, and not waited for"
    asked = call("check", "--tracked", ".", cwd=repository)
    assert asked.code == USAGE
    assert "git gives no answer in 1 seconds; mend the repository" in complaint(asked)
    assert time.monotonic() - began < 30


# ── line ends ─────────────────────────────────────────────────────────────────────────────────────


@needs_git
@pytest.mark.parametrize(
    ("attributes", "autocrlf"),
    [
        ("*.txt eol=crlf\n*.clean.txt eol=lf\n", "false"),
        ("*.txt eol=lf\n*.clean.txt eol=crlf\n", "false"),
        ("a.txt -text\n", "true"),
        ("*.record.json -text\n", "true"),
    ],
)
def test_line_ends_that_git_converts_are_not_stale(
    repository: Path, tmp_path: Path, attributes: str, autocrlf: str
) -> None:
    fill(repository, {".gitattributes": attributes})
    assert call("strip", "--record", "sub", cwd=repository).code == DONE
    git(repository, "add", "--all")
    git(repository, "commit", "-q", "-m", "Records")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "-c", f"core.autocrlf={autocrlf}", str(repository), str(clone))
    found = snapshot(clone / "sub")
    assert any(b"\r\n" in text for text in found.values())
    assert call("check", "sub", cwd=clone).code == DONE
    result = call("strip", "sub", cwd=clone)
    assert (result.code, complaints(result)) == (DONE, [])
    assert snapshot(clone / "sub") == found, "nothing is written"
    restored = call("restore", "sub/a.clean.txt", cwd=clone)
    assert (restored.code, restored.raw) == (DONE, DOCUMENT.encode())
    fill(clone, {"sub/a.txt": DOCUMENT + MORE})
    assert call("strip", "--record", "sub", cwd=clone).code == DONE, "known as ours all the same"
    assert call("restore", "sub/a.clean.txt", cwd=clone).raw == (DOCUMENT + MORE).encode()


def test_line_ends_count_where_nothing_converts_them(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "a.clean.txt": CLEAN.replace("\n", "\r\n")})
    assert call("check", "a.txt", cwd=tmp_path).code == CHANGES


# ── somebody saves at the same time ───────────────────────────────────────────────────────────────


def save(path: Path, text: str, way: str) -> None:
    """Save a file from another process, as editors do it."""
    script = {
        "in place": "open(path, 'w').write(text)",
        "another file": "open(path + '~', 'w').write(text); os.replace(path + '~', path)",
        "in place, with the time of before": "at = os.stat(path).st_mtime_ns; open(path, 'w').write(text); "
        "os.utime(path, ns=(at, at))",
    }[way]
    program = f"import os, sys; path, text = sys.argv[1:]; {script}"
    subprocess.run([sys.executable, "-S", "-c", program, str(path), text], check=True)


def when_the_new_file_is_on_its_way(monkeypatch: pytest.MonkeyPatch, act: Callable[[int], None]) -> None:
    """Call `act` with 1, 2, … each time that a new file goes to the disk, before it takes the name."""
    real, calls = os.fsync, [0]

    def fsync(handle: int) -> None:
        if stat.S_ISREG(os.fstat(handle).st_mode):
            calls[0] += 1
            act(calls[0])
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)


WAYS = ["in place", "another file", "in place, with the time of before"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("options", [[], ["--record"]], ids=["plain", "record"])
def test_a_document_that_is_saved_while_it_is_cleaned_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, options: list[str]
) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT})
    saved = DOCUMENT.replace("three", "seven")  # as long as before
    when_the_new_file_is_on_its_way(monkeypatch, lambda n: save(tmp_path / "a.txt", saved, way) if n == 1 else None)
    result = call("strip", "--in-place", *options, "a.txt", cwd=tmp_path)
    assert (result.code, complaints(result)) == (DONE, [])
    assert (tmp_path / "a.txt").read_text() == CLEAN.replace("three", "seven")
    if options:
        assert call("restore", "a.txt", cwd=tmp_path).raw == saved.encode()


@pytest.mark.parametrize("way", WAYS[:2])
def test_a_document_that_is_saved_again_and_again_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT})
    texts = []

    def act(n: int) -> None:
        texts.append(f"{DOCUMENT}Version {n}.\n")
        save(tmp_path / "a.txt", texts[-1], way)

    when_the_new_file_is_on_its_way(monkeypatch, act)
    result = call("strip", "--in-place", "a.txt", cwd=tmp_path)
    assert result.code == FAILED
    assert complaint(result) == "a.txt: was changed while it was cleaned; run again"
    assert snapshot(tmp_path) == {"a.txt": texts[-1].encode()}
    assert 2 <= len(texts) <= 5


@pytest.mark.parametrize("name", ["a.clean.txt", "a.clean.txt.record.json"])
@pytest.mark.parametrize("there", [False, True])
def test_a_copy_or_record_that_somebody_writes_at_the_same_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, there: bool
) -> None:
    fill(tmp_path, {"a.txt": LEVELS})
    if there:
        assert call("strip", "--record", "--level", "rules", "a.txt", cwd=tmp_path).code == DONE

    def act(n: int) -> None:
        if n == 1:
            fill(tmp_path, {name: "What somebody wrote.\n"})

    when_the_new_file_is_on_its_way(monkeypatch, act)
    result = call("strip", "--record", "a.txt", cwd=tmp_path)
    if there and name == "a.clean.txt":  # a correction, made in the last moment
        assert (result.code, "corrected by hand; it stays" in result.out) == (DONE, True)
    else:
        assert result.code == FAILED
        assert complaint(result).startswith(f"{name}: ")
    assert (tmp_path / name).read_text() == "What somebody wrote.\n"


@pytest.mark.slow
def test_a_writer_that_appends_all_the_time_loses_nothing(tmp_path: Path) -> None:
    """Two real processes: one saves a longer and longer document, the other cleans it in place over and over."""
    path = tmp_path / "a.txt"
    program = f"""
import os, time
from pathlib import Path
path = Path({str(path)!r})
for i in range(60):
    text = path.read_text() + f"{CHROME}\\nEntry number {{i}} of the diary.\\n"
    Path({str(tmp_path / "new")!r}).write_text(text)
    os.replace({str(tmp_path / "new")!r}, path)
    time.sleep(0.02)
"""
    path.write_text(DOCUMENT)
    with subprocess.Popen([sys.executable, "-S", "-c", program]) as writer:
        while writer.poll() is None:
            assert call("strip", "-q", "--in-place", "a.txt", cwd=tmp_path).code in (DONE, FAILED)
    entries = [line for line in path.read_text().splitlines() if line.startswith("Entry")]
    # The writer itself may lose what it read before we wrote, never an entry: we only take chrome away.
    assert entries == [f"Entry number {i} of the diary." for i in range(60)]


# ── owners, links, attributes ─────────────────────────────────────────────────────────────────────


def test_fsync_is_on_unless_it_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda handle: kinds.append(stat.S_IFMT(os.fstat(handle).st_mode)))
    fill(tmp_path, {"a.txt": DOCUMENT, "b.txt": DOCUMENT})
    assert call("strip", "--record", "a.txt", cwd=tmp_path).code == DONE
    assert kinds[:2] == [stat.S_IFREG, stat.S_IFREG]
    assert stat.S_IFDIR in kinds or sys.platform == "win32"
    kinds.clear()
    assert call("strip", "--no-fsync", "--record", "b.txt", cwd=tmp_path).code == DONE
    assert kinds == []


def test_in_place_other_names_of_a_document_keep_the_old_text(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT})
    os.link(tmp_path / "a.txt", tmp_path / "other")
    result = call("strip", "--in-place", "a.txt", cwd=tmp_path)
    assert result.code == DONE
    assert complaints(result) == ["a.txt: has other names (hard links), which keep the old text"]
    assert snapshot(tmp_path) == {"a.txt": CLEAN.encode(), "other": DOCUMENT.encode()}


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="needs extended attributes")
def test_in_place_attributes_are_kept(tmp_path: Path) -> None:
    path = fill(tmp_path, {"a.txt": DOCUMENT}) / "a.txt"
    try:
        os.setxattr(path, "user.origin", b"https://example.org/")
    except OSError:
        pytest.skip("no extended attributes here")
    assert call("strip", "--in-place", "a.txt", cwd=tmp_path).code == DONE
    assert path.read_text() == CLEAN
    assert os.getxattr(path, "user.origin") == b"https://example.org/"


NO_CHOWN = (
    sys.executable,
    "-c",
    """
import ctypes, os, sys
if ctypes.CDLL(None, use_errno=True).prctl(24, 0, 0, 0, 0):  # PR_CAPBSET_DROP, CAP_CHOWN
    sys.exit("PR_CAPBSET_DROP failed: " + os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[1], sys.argv[1:])
""",
)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("may", [True, False])
def test_in_place_the_owner_is_kept_or_it_is_said(tmp_path: Path, may: bool) -> None:
    path = fill(tmp_path, {"a.txt": DOCUMENT}) / "a.txt"
    os.chown(path, 1234, 2345)
    path.chmod(0o640)
    result = run("strip", "--in-place", "a.txt", cwd=tmp_path, through=() if may else NO_CHOWN)
    assert result.code == DONE
    assert path.read_text() == CLEAN
    found = path.stat()
    assert stat.S_IMODE(found.st_mode) == 0o640
    assert (found.st_uid, found.st_gid) == ((1234, 2345) if may else (os.geteuid(), os.getegid()))
    said = "a.txt: its owner and group could not be kept; it is yours now"
    assert complaints(result) == ([] if may else [said])
