"""The life of copies on the disk: corrected, accepted, orphaned, renamed; and locks that are lost, broken or
hostile.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cleaner.files.lock import MAX_BYTES, parse
from cleaner.files.standing import digest
from tests.support import CHROME, CLEAN, DOCUMENT, OBEY_MODES, call, complaints, fill, need_modes, run, snapshot

DONE, CHANGES, USAGE, FAILED = 0, 1, 2, 3
MORE = "Snow fell on the hills.\n"
MINE = "What a person made of it.\n"


@pytest.fixture(autouse=True)
def state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder for each test."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder


@pytest.fixture(params=["project", "state", "lock"])
def docs(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with two documents and their copies: in a project, in none, or with a lock that was asked for."""
    folder = fill(tmp_path / "docs", {"a.txt": DOCUMENT, "sub/b.txt": DOCUMENT + MORE})
    if request.param == "project":
        fill(folder, {"cleaner.toml": ""})
    assert call("strip", *["--lock"] * (request.param == "lock"), ".", cwd=folder).code == DONE
    assert (folder / "cleaner.lock").exists() == (request.param != "state")
    return folder


def texts(folder: Path) -> dict[str, str]:
    """Return the text of each copy."""
    return {name: data.decode() for name, data in snapshot(folder).items() if ".clean." in name}


# ── corrections ───────────────────────────────────────────────────────────────────────────────────


def test_a_correction_outlives_every_run(docs: Path) -> None:
    fill(docs, {"a.clean.txt": MINE})
    for words in (["strip", "."], ["strip", "--record", "a.txt"], ["strip", "--level", "rules", "."], ["check", "."]):
        result = call(*words, cwd=docs)
        assert (result.code, complaints(result)) == (DONE, [])
        assert texts(docs)["a.clean.txt"] == MINE
    report = call("strip", "--report", "r.json", ".", cwd=docs)
    assert "2 documents: 1 up to date, 1 corrected" in report.err
    fill(docs, {"a.txt": DOCUMENT + MORE + MORE})
    for words in (["strip", "."], ["strip", "--record", "."], ["strip", "--level", "main", "."], ["check", "."]):
        result = call(*words, cwd=docs)
        assert result.code == CHANGES
        assert "a.clean.txt: the document a.txt behind your correction changed; " in result.err + result.out
        assert texts(docs)["a.clean.txt"] == MINE
    assert call("accept", "a.txt", cwd=docs).code == DONE
    assert call("check", ".", cwd=docs).code == DONE
    assert texts(docs)["a.clean.txt"] == MINE
    assert call("strip", "--force", "a.txt", cwd=docs).code == DONE
    assert texts(docs)["a.clean.txt"] == CLEAN + MORE + MORE
    assert call("strip", ".", cwd=docs).err.startswith("2 documents: 2 copies were up to date\n")


def test_a_correction_that_is_what_would_be_written_is_none_any_more(docs: Path) -> None:
    fill(docs, {"a.clean.txt": CLEAN + MORE, "a.txt": DOCUMENT + MORE})
    assert call("strip", ".", cwd=docs).err.startswith("2 documents: 2 copies were up to date\n")
    fill(docs, {"a.txt": DOCUMENT})
    assert call("strip", "a.txt", cwd=docs).code == DONE
    assert texts(docs)["a.clean.txt"] == CLEAN, "it was written, as far as anybody can tell"


def test_an_edited_document_and_other_rules_replace_what_the_cleaner_wrote(docs: Path) -> None:
    fill(docs, {"a.txt": DOCUMENT + MORE})
    assert call("check", ".", cwd=docs).code == CHANGES
    assert call("strip", ".", cwd=docs).code == DONE
    assert texts(docs)["a.clean.txt"] == CLEAN + MORE
    assert call("strip", "--disable", "accessibility/*", ".", cwd=docs).code == DONE
    assert CHROME in texts(docs)["a.clean.txt"]


def test_a_missing_copy_is_written_again(docs: Path) -> None:
    (docs / "a.clean.txt").unlink()
    assert call("strip", ".", cwd=docs).code == DONE
    assert texts(docs)["a.clean.txt"] == CLEAN


def test_what_is_current_is_not_cleaned(docs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleaner.cleaner.Cleaner.clean_bytes", None)
    assert call("strip", ".", cwd=docs).code == DONE
    assert call("check", ".", cwd=docs).code == DONE
    assert call("strip", "--level", "rules", ".", cwd=docs).code == FAILED, "another cleaner has to look"


def test_a_record_that_is_wanted_is_written_beside_a_current_copy(docs: Path) -> None:
    assert call("strip", "--record", ".", cwd=docs).code == DONE
    assert call("restore", "a.clean.txt", cwd=docs).raw == DOCUMENT.encode()
    before = snapshot(docs)
    assert call("strip", "--record", ".", cwd=docs).code == DONE
    assert snapshot(docs) == before


def test_accept_says_what_to_add_to_git(docs: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=docs, check=True)
    assert call("strip", "--force", ".", cwd=docs).code == DONE
    fill(docs, {"a.clean.txt": MINE, "a.txt": DOCUMENT + MORE})
    assert call("check", ".", cwd=docs).code == CHANGES
    assert call("accept", "a.txt", cwd=docs).err.endswith("before you commit: git add cleaner.lock\n")
    assert "git add" not in call("accept", "a.txt", cwd=docs).err, "nothing new"


def test_accept_names_what_it_does(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "a.clean.txt": MINE, "b.txt": DOCUMENT, "c.md": DOCUMENT, "c.clean.md": MINE})
    assert call("strip", ".", cwd=tmp_path).code == FAILED, "nobody knows a.clean.txt and c.clean.md"
    result = call("accept", "c.clean.md", cwd=tmp_path)
    assert (result.code, result.out) == (DONE, "c.clean.md: is kept as a correction of c.md\n")
    result = call("accept", ".", cwd=tmp_path)
    assert (result.code, result.out) == (DONE, "a.clean.txt: is kept as a correction of a.txt\n")
    assert call("accept", "b.txt", cwd=tmp_path).out.startswith("b.clean.txt: is what the cleaner would write; ")
    assert call("check", ".", cwd=tmp_path).code == DONE
    assert (tmp_path / "a.clean.txt").read_text() == MINE
    assert call("accept", "missing.txt", cwd=tmp_path).code == USAGE


def test_accept_finds_the_document_of_a_copy_with_its_name_in_full(tmp_path: Path) -> None:
    fill(tmp_path, {"cleaner.toml": 'names = "full"', "a.md": DOCUMENT, "a.md.clean.md": MINE})
    result = call("accept", "a.md.clean.md", cwd=tmp_path)
    assert (result.code, result.out) == (DONE, "a.md.clean.md: is kept as a correction of a.md\n")


# ── orphans ───────────────────────────────────────────────────────────────────────────────────────


def test_an_orphan_is_told_and_removed_when_the_user_says_so(docs: Path) -> None:
    assert call("strip", "--record", ".", cwd=docs).code == DONE
    (docs / "sub/b.txt").unlink()
    for path in (".", "sub", "sub/b.txt"):
        result = call("check", path, cwd=docs)
        assert result.code == CHANGES
        what = "its document sub/b.txt is gone; remove it with `cleaner strip --prune sub/b.clean.txt`"
        assert result.out == f"sub/b.clean.txt: {what}\n"
    result = call("strip", ".", cwd=docs)
    assert result.code == DONE
    assert "its document sub/b.txt is gone" in result.err
    assert "sub/b.clean.txt" in texts(docs)
    assert call("strip", "--prune", "sub/b.clean.txt", cwd=docs).code == DONE
    assert [name for name in snapshot(docs) if name.startswith("sub/")] == [], "its record, too"
    assert call("check", ".", cwd=docs).code == DONE
    if (docs / "cleaner.lock").exists():
        assert set(parse((docs / "cleaner.lock").read_bytes()).facts) == {"a.clean.txt"}


def test_an_orphan_that_is_corrected_stays(docs: Path) -> None:
    (docs / "a.txt").unlink()
    fill(docs, {"a.clean.txt": MINE})
    result = call("strip", "--prune", "--force", ".", cwd=docs)
    assert result.code == DONE
    assert "a.clean.txt: its document a.txt is gone, and you have corrected it; " in result.err
    assert texts(docs)["a.clean.txt"] == MINE
    assert call("check", ".", cwd=docs).code == CHANGES


def test_a_file_that_is_only_called_a_copy(docs: Path) -> None:
    fill(docs, {"x.clean.txt": MINE, "gold/y.clean.txt": MINE})
    result = call("check", ".", cwd=docs)
    assert (result.code, result.out.partition(":")[0]) == (CHANGES, "x.clean.txt")
    assert "gold/" not in result.out, "a folder without documents"
    assert call("strip", "--prune", ".", cwd=docs).code == DONE
    assert {"x.clean.txt", "gold/y.clean.txt"} <= set(texts(docs))


def test_orphans_in_a_folder_for_copies(tmp_path: Path) -> None:
    fill(tmp_path, {"docs/a.txt": DOCUMENT, "docs/sub/b.txt": DOCUMENT})
    words = ("docs", "--output-dir", "out")
    assert call("strip", *words, cwd=tmp_path).code == DONE
    (tmp_path / "docs/sub/b.txt").unlink()
    assert call("check", *words, cwd=tmp_path).out.startswith(
        "out/sub/b.clean.txt: its document docs/sub/b.txt is gone"
    )
    assert call("strip", "--prune", *words, cwd=tmp_path).code == DONE
    assert set(texts(tmp_path)) == {"out/a.clean.txt"}
    fill(tmp_path, {"out/a.clean.txt": MINE, "docs/a.txt": DOCUMENT + MORE})
    assert call("strip", *words, cwd=tmp_path).code == CHANGES
    told = call("check", *words, cwd=tmp_path).out
    assert "`cleaner accept docs/a.txt --output-dir out`" in told
    assert call("accept", "docs/a.txt", "--output-dir", "out", cwd=tmp_path).code == DONE
    assert call("check", *words, cwd=tmp_path).code == DONE


# ── renames ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("corrected", [False, True])
@pytest.mark.parametrize("new", ["c.txt", "deep/er/c.md"])
@pytest.mark.parametrize("is_project", [True, False])
def test_a_renamed_document_takes_its_copy_along(tmp_path: Path, corrected: bool, new: str, is_project: bool) -> None:
    fill(tmp_path, {"cleaner.toml": "", "a.txt": DOCUMENT} if is_project else {"a.txt": DOCUMENT})
    assert call("strip", "--record", ".", cwd=tmp_path).code == DONE
    if corrected:
        fill(tmp_path, {"a.clean.txt": MINE})
    (tmp_path / new).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "a.txt").rename(tmp_path / new)
    result = call("check", ".", cwd=tmp_path)
    assert (result.code, result.out) == (CHANGES, f"{new}: was a.txt; run `cleaner strip {new}`\n")
    result = call("strip", ".", cwd=tmp_path)
    assert result.code == DONE, result.err
    copy = new.replace(".txt", ".clean.txt").replace(".md", ".clean.md")
    assert texts(tmp_path) == {copy: MINE if corrected else CLEAN}
    assert f"{new}: was a.txt; its copy is {copy} now\n" in result.out
    assert call("check", ".", cwd=tmp_path).code == DONE
    if is_project:
        assert set(parse((tmp_path / "cleaner.lock").read_bytes()).facts) == {copy}


def test_a_copy_that_was_renamed_too_is_adopted(tmp_path: Path) -> None:
    fill(tmp_path, {"cleaner.toml": "", "old/a.txt": DOCUMENT, "old/b.txt": DOCUMENT + MORE})
    assert call("strip", ".", cwd=tmp_path).code == DONE
    fill(tmp_path, {"old/a.clean.txt": MINE})
    (tmp_path / "old").rename(tmp_path / "new")
    assert call("strip", ".", cwd=tmp_path).code == DONE
    assert texts(tmp_path) == {"new/a.clean.txt": MINE, "new/b.clean.txt": CLEAN + MORE}
    assert call("check", ".", cwd=tmp_path).err == "2 documents: 0 missing or stale, 0 failed, 1 corrected\n"


def test_nothing_moves_over_a_file_or_on_a_guess(tmp_path: Path) -> None:
    fill(tmp_path, {"cleaner.toml": "", "a.txt": DOCUMENT, "b.txt": DOCUMENT})
    assert call("strip", ".", cwd=tmp_path).code == DONE
    fill(tmp_path, {"a.clean.txt": MINE, "c.clean.txt": "Somebody's.\n"})
    (tmp_path / "a.txt").rename(tmp_path / "c.txt")
    assert call("strip", ".", cwd=tmp_path).code == FAILED
    assert texts(tmp_path) == {"a.clean.txt": MINE, "b.clean.txt": CLEAN, "c.clean.txt": "Somebody's.\n"}
    (tmp_path / "c.clean.txt").unlink()
    (tmp_path / "b.txt").rename(tmp_path / "d.txt")
    result = call("strip", ".", cwd=tmp_path)
    assert "c.txt, d.txt: the same text as documents that are gone" in result.err
    assert texts(tmp_path)["a.clean.txt"] == MINE


# ── locks that are lost, broken, foreign or hostile ───────────────────────────────────────────────

NO_LOCKS = {
    "lost": None,
    "empty": b"",
    "words": b"Dear diary\n",
    "another tool's": b'{"name": "x", "lockfileVersion": 3}\n',
    "newer": b'{"cleaner.lock": 2}\n{"what": "ever"}\n',
    "too large": b'{"cleaner.lock": 1}\n' + b" " * MAX_BYTES,
    "cut off": b'{"cleaner.lock": 1}\n{"document": "a.t',
    "deep": b'{"cleaner.lock": 1}\n' + b'{"a":' * 100_000 + b"\n",
}


@pytest.mark.parametrize("text", NO_LOCKS.values(), ids=NO_LOCKS)
def test_a_lost_or_broken_lock_costs_caution_and_no_correction(tmp_path: Path, text: bytes | None) -> None:
    fill(tmp_path, {"cleaner.toml": "", "a.txt": DOCUMENT, "b.txt": DOCUMENT})
    assert call("strip", ".", cwd=tmp_path).code == DONE
    lock = tmp_path / "cleaner.lock"
    fill(tmp_path, {"a.clean.txt": MINE, "b.txt": DOCUMENT + MORE})
    lock.unlink() if text is None else lock.write_bytes(text)
    for words in (["check"], ["strip"], ["strip", "--level", "main"], ["strip", "--prune"]):
        result = call(*words, ".", cwd=tmp_path)
        assert result.code in (CHANGES, FAILED)
        assert "a.clean.txt" in result.err + result.out
        assert texts(tmp_path) == {"a.clean.txt": MINE, "b.clean.txt": CLEAN}, "caution: neither is known"
        if text and b'lock": 1' not in text:
            assert "cleaner.lock: " in result.err
            assert lock.read_bytes() == text, "what is not ours stays"
    assert call("accept", "a.txt", cwd=tmp_path).code == DONE
    assert call("strip", "--force", "b.txt", cwd=tmp_path).code == DONE
    assert call("check", ".", cwd=tmp_path).code == DONE, "noted, in the state if need be"


def test_a_conflict_in_the_lock(tmp_path: Path) -> None:
    fill(tmp_path, {"cleaner.toml": "", "a.txt": DOCUMENT, "b.txt": DOCUMENT + MORE})
    assert call("strip", ".", cwd=tmp_path).code == DONE
    lock = tmp_path / "cleaner.lock"
    head, table, *lines = lock.read_text().splitlines(keepends=True)
    lock.write_text("".join([head, table, "<<<<<<< HEAD\n", lines[0], "=======\n", lines[1], ">>>>>>> b\n"]))
    fill(tmp_path, {"a.clean.txt": MINE})
    result = call("check", ".", cwd=tmp_path)
    assert result.code == DONE
    assert result.err.startswith("cleaner.lock:3: git left a conflict; ".replace("cleaner", f"{tmp_path}/cleaner"))
    assert call("strip", ".", cwd=tmp_path).code == DONE
    assert lock.read_text() == "".join([head, table, *lines])
    assert texts(tmp_path)["a.clean.txt"] == MINE


FORGED = {
    "out of the folder": ("../precious.clean.txt", "../gone.txt"),
    "absolute": ("{top}/precious.clean.txt", "{top}/gone.txt"),
    "no copy": ("precious.txt", "gone.txt"),
    "through a link": ("link/precious.clean.txt", "gone.txt"),
    "a hook": (".git/hooks/pre-commit", "gone.txt"),
}


@pytest.mark.parametrize(("copy", "document"), FORGED.values(), ids=FORGED)
@pytest.mark.skipif(sys.platform == "win32", reason="needs links")
def test_a_forged_lock_removes_and_replaces_nothing_outside(tmp_path: Path, copy: str, document: str) -> None:
    precious = dict.fromkeys(["precious.clean.txt", "docs/precious.txt", "docs/.git/hooks/pre-commit"], MINE)
    fill(tmp_path, {**precious, "docs/a.txt": DOCUMENT})
    (tmp_path / "docs/link").symlink_to(tmp_path)
    copy, document = copy.format(top=tmp_path), document.format(top=tmp_path)
    entry = {"document": document, "to": copy, "sha256": digest(b""), "copy": digest(MINE.encode()), "cleaner": 1}
    fill(tmp_path, {"docs/cleaner.lock": f'{{"cleaner.lock": 1}}\n{json.dumps(entry)}\n'})
    assert call("strip", "--prune", "--force", ".", cwd=tmp_path / "docs").code in (DONE, FAILED)
    found = snapshot(tmp_path)
    assert {name: found[name].decode() for name in precious} == precious


def test_a_forged_digest_is_needed_to_replace_a_file(tmp_path: Path) -> None:
    entry = {"document": "a.txt", "sha256": digest(b""), "copy": digest(b"guess"), "cleaner": 1}
    lock = f'{{"cleaner.lock": 1}}\n{json.dumps(entry)}\n'
    fill(tmp_path, {"a.txt": DOCUMENT, "a.clean.txt": MINE, "cleaner.lock": lock})
    assert call("strip", ".", cwd=tmp_path).code == CHANGES
    assert texts(tmp_path) == {"a.clean.txt": MINE}


@pytest.mark.skipif(sys.platform == "win32", reason="needs links")
@pytest.mark.parametrize("thing", ["link", "dangling", "pipe", "folder"])
def test_a_lock_that_is_no_file(tmp_path: Path, thing: str) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "elsewhere": '{"cleaner.lock": 1}\n'})
    lock = tmp_path / "cleaner.lock"
    if thing == "pipe":
        os.mkfifo(lock)
    elif thing == "folder":
        lock.mkdir()
    else:
        lock.symlink_to("elsewhere" if thing == "link" else "nothing")
    result = call("strip", ".", cwd=tmp_path)
    assert (result.code, result.out) == (DONE, "a.txt -> a.clean.txt: 1 line removed\n")
    assert f"{lock}: is a " in result.err
    assert (tmp_path / "elsewhere").read_text() == '{"cleaner.lock": 1}\n'
    fill(tmp_path, {"a.clean.txt": MINE})
    assert call("strip", ".", cwd=tmp_path).out == "a.txt -> a.clean.txt: corrected by hand; it stays\n"


# ── the state of the user ─────────────────────────────────────────────────────────────────────────


def test_without_a_project_nothing_is_put_beside_the_documents(tmp_path: Path, state: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT})
    assert call("strip", ".", cwd=tmp_path).code == DONE
    assert set(snapshot(tmp_path)) == {"a.txt", "a.clean.txt"}
    (kept,) = (state / "cleaner/copies").iterdir()
    assert parse(kept.read_bytes()).folder == str(tmp_path.resolve())
    if sys.platform != "win32":
        assert kept.stat().st_mode & 0o777 == 0o600
    assert call("check", ".", cwd=tmp_path).code == DONE
    assert call("strip", "--lock", ".", cwd=tmp_path).code == DONE
    assert "a.clean.txt" in parse((tmp_path / "cleaner.lock").read_bytes()).facts, "taken over"


@pytest.mark.skipif(sys.platform == "win32", reason="file modes")
def test_a_state_folder_that_cannot_be_written_is_said_and_no_failure(tmp_path: Path, state: Path) -> None:
    need_modes(tmp_path)
    fill(tmp_path, {"a.txt": DOCUMENT})
    state.chmod(0o500)
    env = {"XDG_STATE_HOME": str(state)}
    result = run("strip", "a.txt", cwd=tmp_path, env=env, through=OBEY_MODES)
    assert result.code == DONE
    assert "cannot be written, so corrections in" in result.err
    result = run("strip", "--lock", ".", cwd=tmp_path, env=env, through=OBEY_MODES)
    assert (result.code, complaints(result)) == (DONE, [])
    assert (tmp_path / "cleaner.lock").exists()


def test_what_cannot_be_noted_is_not_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, {"docs/a.txt": DOCUMENT, "docs/a.clean.txt": MINE, "file": ""})
    with monkeypatch.context() as context:
        context.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
        result = call("accept", ".", cwd=tmp_path / "docs")
        assert result.code == FAILED
        assert "what was accepted could not be noted; " in result.err
    assert call("accept", ".", cwd=tmp_path / "docs").code == DONE
    assert call("check", ".", cwd=tmp_path / "docs").code == DONE


def test_without_a_home(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "cleaner.toml": ""})
    for _ in range(2):
        result = run("strip", ".", cwd=tmp_path, env={"XDG_STATE_HOME": "", "HOME": ""})
        assert (result.code, complaints(result)) == (DONE, [])


def test_check_and_diff_write_nothing_anywhere(tmp_path: Path, state: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "a.clean.txt": CLEAN, "cleaner.toml": ""})
    before = snapshot(tmp_path)
    for words in (["check"], ["check", "--in-place"], ["strip", "--diff"], ["explain"]):
        call(*words, "." if words != ["explain"] else "a.txt", cwd=tmp_path)
    assert snapshot(tmp_path) == before
    assert snapshot(state) == {}


# ── several processes, and git ────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_processes_share_a_lock(tmp_path: Path) -> None:
    names = [f"{i:02}.txt" for i in range(48)]
    fill(tmp_path, {"cleaner.toml": "", **{name: DOCUMENT + name for name in names}})
    command = [sys.executable, "-m", "cleaner", "strip", "-q"]
    started = [subprocess.Popen([*command, *names[start::6]], cwd=tmp_path) for start in range(6)]
    assert [process.wait(120) for process in started] == [DONE] * 6
    facts = parse((tmp_path / "cleaner.lock").read_bytes()).facts
    assert set(facts) == {name.replace(".txt", ".clean.txt") for name in names}


needs_git = pytest.mark.skipif(not shutil.which("git"), reason="needs git")


def git(folder: Path, *words: str) -> str:
    person = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "merge.conflictStyle=merge"]
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", *person, *words], cwd=folder, env=env, capture_output=True, check=False)
    return done.stdout.decode()


@needs_git
def test_two_branches_that_corrected_different_files(tmp_path: Path) -> None:
    fill(tmp_path, {f"{name}.txt": DOCUMENT + name for name in "abcd"})
    git(tmp_path, "init", "-q", "-b", "main")
    assert call("strip", ".", cwd=tmp_path).code == DONE
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "-q", "-m", "A corpus")
    for number, (branch, corrected, edited) in enumerate((("one", "a", "b"), ("two", "d", "c"))):
        git(tmp_path, "checkout", "-q", "-b", branch, "main")
        fill(tmp_path, {f"{corrected}.clean.txt": MINE, f"{edited}.txt": DOCUMENT + MORE * (number + 1)})
        assert call("strip", ".", cwd=tmp_path).code == DONE
        git(tmp_path, "commit", "-q", "-a", "-m", branch)
    git(tmp_path, "merge", "-q", "--no-edit", "one")
    assert call("check", ".", cwd=tmp_path).code == DONE
    assert call("strip", ".", cwd=tmp_path).code == DONE
    assert b"<<<<" not in (tmp_path / "cleaner.lock").read_bytes()
    found = texts(tmp_path)
    assert (found["a.clean.txt"], found["d.clean.txt"]) == (MINE, MINE)
    assert (found["b.clean.txt"], found["c.clean.txt"]) == (CLEAN + MORE, CLEAN + MORE * 2)
    clone = tmp_path.parent / f"{tmp_path.name}-clone"
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "-q", "-m", "Merged")
    git(tmp_path, "clone", "-q", ".", str(clone))
    assert call("strip", ".", cwd=clone).err == "4 documents: 2 up to date, 2 corrected\n"


@needs_git
def test_a_commit_that_only_deletes_is_noticed(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "sub/b.txt": DOCUMENT + MORE})
    git(tmp_path, "init", "-q")
    assert call("strip", ".", cwd=tmp_path).code == DONE
    assert call("check", "--tracked", ".", cwd=tmp_path).code == CHANGES
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "-q", "-m", "A corpus")
    for command in ("strip", "check"):
        assert call(command, "--tracked", cwd=tmp_path).code == DONE
    git(tmp_path, "rm", "-q", "sub/b.txt")
    for command in ("strip", "check"):
        result = call(command, "--tracked", cwd=tmp_path)
        assert result.code == CHANGES
        assert "`cleaner strip --prune --tracked sub/b.clean.txt`" in result.err + result.out
    result = call("strip", "--prune", "--tracked", "sub/b.clean.txt", cwd=tmp_path)
    assert result.code == CHANGES
    assert "git add cleaner.lock sub/b.clean.txt" in result.out
    git(tmp_path, "add", "cleaner.lock", "sub/b.clean.txt")
    for command in ("strip", "check"):
        assert call(command, "--tracked", cwd=tmp_path).code == DONE
    assert call("check", cwd=tmp_path).code == USAGE


# ── copies that no run would keep up to date ──────────────────────────────────────────────────────


def test_a_folder_in_the_place_of_a_document_is_no_document(docs: Path) -> None:
    (docs / "a.txt").unlink()
    (docs / "a.txt").mkdir()
    result = call("check", ".", cwd=docs)
    assert result.code == CHANGES
    assert result.out.startswith("a.clean.txt: its document a.txt is gone; ")
    assert call("strip", "--prune", ".", cwd=docs).code == DONE
    assert not (docs / "a.clean.txt").exists()


def test_copies_under_the_names_of_before_are_told(docs: Path) -> None:
    assert call("strip", "--names", "full", ".", cwd=docs).code == DONE
    fill(docs, {"sub/b.clean.txt": MINE})
    result = call("check", "--names", "full", ".", cwd=docs)
    assert result.code == CHANGES
    assert result.out.splitlines() == [
        "a.clean.txt: is another copy of a.txt besides a.txt.clean.txt; "
        "remove it with `cleaner strip --prune --names full a.txt`",
        "sub/b.clean.txt: is another copy of sub/b.txt besides b.txt.clean.txt, and you have corrected it; "
        "take it for b.txt.clean.txt, or remove it yourself",
    ]
    result = call("strip", "--names", "full", "--prune", ".", cwd=docs)
    assert result.out == "a.clean.txt: removed; is another copy of a.txt besides a.txt.clean.txt\n"
    assert sorted(texts(docs)) == ["a.txt.clean.txt", "sub/b.clean.txt", "sub/b.txt.clean.txt"]
    assert texts(docs)["sub/b.clean.txt"] == MINE
    assert call("check", "--names", "full", "a.txt", cwd=docs).code == DONE


def test_the_copy_of_another_document_is_no_second_copy(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "a.txt.html": f"<p>{CLEAN}</p>"})
    assert call("strip", ".", cwd=tmp_path).code == DONE
    assert call("check", ".", cwd=tmp_path).code == DONE
    assert call("check", "a.txt", cwd=tmp_path).code == DONE
