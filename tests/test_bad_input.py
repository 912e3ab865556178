"""What goes wrong is said in one line, changes nothing, and takes no other document with it."""

from __future__ import annotations

import errno
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from cleaner.shards.names import name_of, why_no_shard
from tests.support import (
    CHROME,
    CLEAN,
    DATA,
    DOCUMENT,
    OBEY_MODES,
    OWN_RULES,
    Result,
    call,
    complaint,
    complaints,
    fill,
    languages,
    launched,
    need_modes,
    run,
    snapshot,
)

DONE, CHANGES, USAGE, FAILED = 0, 1, 2, 3

# Beside every bad document stand two good ones, one on each side.
GOOD = {"a.txt": DOCUMENT, "z.txt": f"{CHROME}\nSnow fell on the hills.\n"}
COPIES = {"a.clean.txt": CLEAN.encode(), "z.clean.txt": b"Snow fell on the hills.\n"}

pytestmark = pytest.mark.slow


def strip_beside_good(folder: Path, *options: str, through: tuple[str, ...] = ()) -> tuple[int, str]:
    """Clean a folder with something bad in it; assert that only the copies of the good documents are new."""
    fill(folder, GOOD)
    before = snapshot(folder)
    result = (
        run("strip", ".", *options, cwd=folder, through=through)
        if through
        else call("strip", ".", *options, cwd=folder)
    )
    assert snapshot(folder) == dict(sorted((before | COPIES).items()))
    return result.code, complaint(result)


# ── documents ─────────────────────────────────────────────────────────────────────────────────────

NOISE = random.Random(7).randbytes(4000)
DOCUMENTS = {
    "png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01", "is an image; leave it out"),
    "random bytes": (NOISE, r"looks binary \(NUL byte at byte \d+\); .+"),
    "random bytes without NUL": (NOISE.replace(b"\0", b""), r"looks binary \(control characters\); .+"),
    "NUL in text": (CLEAN.encode() + b"\0", r"looks binary \(NUL byte at byte \d+\); .+"),
    "NUL in UTF-16": ("Rain\0fell\n".encode("utf-16"), r"looks binary \(NUL character when read as utf-16-le\); .+"),
    "cut off UTF-16": ("Rain fell".encode("utf-16")[:-1], r"is not valid utf-16-le at byte \d+; .+"),
    "too short to tell": ("Gdańsk\n".encode("cp1250"), r"its encoding cannot be told; pass --encoding NAME"),
}


@pytest.mark.parametrize(("content", "error"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_document_that_is_not_text(tmp_path: Path, content: bytes, error: str) -> None:
    fill(tmp_path, {"bad.txt": content})
    code, said = strip_beside_good(tmp_path)
    assert code == FAILED
    assert re.fullmatch(f"bad.txt: {error}", said)


@pytest.mark.parametrize("command", ["strip", "check", "explain"])
def test_every_command_refuses_a_binary_file_the_same_way(tmp_path: Path, command: str) -> None:
    fill(tmp_path, {"bad.txt": b"\0"})
    result = call(command, "bad.txt", cwd=tmp_path)
    assert result.code == FAILED
    assert complaint(result).startswith("bad.txt: looks binary")
    assert not result.raw


def test_standard_input_that_is_not_text_is_a_failed_document() -> None:
    result = call("strip", "-", stdin=b"\0")
    assert result.code == FAILED
    assert complaint(result).startswith("-: looks binary")


@pytest.mark.parametrize("command", ["strip", "check", "explain"])
def test_a_path_that_does_not_exist(tmp_path: Path, command: str) -> None:
    fill(tmp_path, GOOD)
    result = call(command, "a.txt", "nowhere.txt", "z.txt", cwd=tmp_path)
    assert result.code == FAILED
    assert re.fullmatch(r"nowhere\.txt: (does not exist|cannot be read \(.+\)); check the path", complaint(result))
    if command == "strip":
        assert snapshot(tmp_path).items() >= COPIES.items()


@pytest.mark.parametrize(
    "command",
    ["strip", "check", "explain"],
)
def test_paths_that_all_do_not_exist_are_a_usage_error(tmp_path: Path, command: str) -> None:
    result = call(command, "nowhere.txt", cwd=tmp_path)
    assert result.code == USAGE
    assert "nowhere.txt" in complaint(result)


def test_an_empty_path_is_not_the_current_folder(tmp_path: Path) -> None:
    fill(tmp_path, GOOD)
    result = call("strip", "", cwd=tmp_path)
    assert result.code == USAGE
    assert list(snapshot(tmp_path)) == ["a.txt", "z.txt"]


@pytest.mark.parametrize("name", ["e.txt", "e.md", "e.html"])
def test_an_empty_file_has_an_empty_copy(tmp_path: Path, name: str) -> None:
    fill(tmp_path, {name: ""})
    result = call("strip", ".", cwd=tmp_path)
    assert result.code == DONE
    assert complaints(result) == [f"{name}: is empty; so is its clean copy"]
    copy = "e.clean.md" if name == "e.md" else "e.clean.txt"
    assert snapshot(tmp_path) == {copy: b"", name: b""}


@pytest.mark.parametrize(
    ("name", "kind", "why"),
    [
        ("CC-MAIN-1.warc.wat.gz", ".warc.wat.gz", "they hold data about pages, .+; name the WET or WARC files.+"),
        ("crawl.wat", ".wat", "they hold data about pages, .+; name the WET or WARC files.+"),
        ("crawl.WAT.zst", ".WAT.zst", "they hold data about pages, .+"),
        ("crawl.arc.gz", ".arc.gz", "they are older than WARC; convert them with `warcio recompress`"),
        ("crawl.arc", ".arc", "they are older than WARC; convert them with `warcio recompress`"),
        ("cdx-00000.cdx.gz", ".cdx.gz", "they are an index of pages, .+; name the WARC files that they list"),
        ("index.cdxj", ".cdxj", "they are an index of pages, .+"),
    ],
)
def test_other_files_of_a_crawl_are_refused_by_their_full_kind(
    tmp_path: Path, name: str, kind: str, why: str
) -> None:
    fill(tmp_path, {name: b"\x1f\x8b"})
    result = call("strip", name, cwd=tmp_path)
    assert result.code == FAILED
    assert re.fullmatch(f"{name}: files of the kind '{kind}' cannot be cleaned: {why}", complaint(result))


@pytest.mark.parametrize("name", ["a.warc.wet.gz", "a.warc.gz", "cdx.jsonl", "a.wat.jsonl.gz"])
def test_names_that_only_look_like_those_files_are_shards(name: str) -> None:
    assert name_of(name)
    assert not why_no_shard(name)


def test_an_unknown_suffix(tmp_path: Path) -> None:
    fill(tmp_path, {**GOOD, "b.pdf": b"%PDF-1.7"})
    result = call("strip", "a.txt", "b.pdf", "z.txt", cwd=tmp_path)
    assert result.code == FAILED
    assert complaint(result) == "b.pdf: files of the kind '.pdf' cannot be cleaned; see `cleaner strip --help`"
    assert snapshot(tmp_path).items() >= COPIES.items()
    assert call("strip", ".", cwd=tmp_path).code == DONE, "in a folder, other files are nobody's business"


def test_text_in_an_html_file(tmp_path: Path) -> None:
    fill(tmp_path, {"bad.html": DOCUMENT})
    code, said = strip_beside_good(tmp_path)
    assert code == FAILED
    assert set(re.findall(r"--[a-z-]+", said)) <= set(re.findall(r"--[a-z-]+", call("strip", "--help").out))


# ── links and things that are no files ────────────────────────────────────────────────────────────

LINKS = {
    "a folder that links to itself": ("self", ".", "is a link to a folder, which is not followed; .+"),
    "a link to itself": ("loop.txt", "loop.txt", r"cannot be reached \(Too many levels of symbolic links\); .+"),
    "a link to nothing": ("gone.txt", "nothing.txt", "is a link to nothing; remove it"),
}


@pytest.mark.parametrize(("name", "to", "error"), LINKS.values(), ids=LINKS)
def test_links_that_lead_nowhere(tmp_path: Path, name: str, to: str, error: str) -> None:
    (tmp_path / name).symlink_to(to)
    code, said = strip_beside_good(tmp_path)
    assert code == FAILED
    assert re.fullmatch(f"{name}: {error}", said)


@pytest.mark.parametrize("command", ["strip", "check", "explain"])
def test_a_link_to_itself_by_name(tmp_path: Path, command: str) -> None:
    fill(tmp_path, GOOD)
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    result = run(command, "a.txt", "loop.txt", cwd=tmp_path)
    assert result.code == FAILED
    assert "loop.txt: " in complaint(result)


def test_a_link_to_the_original_in_the_copys_place(tmp_path: Path) -> None:
    fill(tmp_path, {"b.txt": DOCUMENT})
    (tmp_path / "b.clean.txt").symlink_to("b.txt")
    code, said = strip_beside_good(tmp_path)
    assert code == FAILED
    assert "b.clean.txt" in said


def test_a_link_to_itself_in_the_copys_place(tmp_path: Path) -> None:
    fill(tmp_path, {"b.txt": DOCUMENT})
    (tmp_path / "b.clean.txt").symlink_to("b.clean.txt")
    code, said = strip_beside_good(tmp_path)
    assert code == FAILED
    assert "defect" not in said


MODULES = (
    "click", "ctypes", "encodings", "fcntl", "functools", "importlib", "io", "json", "lxml", "msgspec",
    "multiprocessing", "numpy", "os", "pickle", "re", "resource_tracker", "runpy", "selectors", "signal",
    "site", "sitecustomize", "socket", "struct", "tempfile", "threading", "tomli", "trafilatura", "zlib",
)  # fmt: skip


@pytest.mark.parametrize(
    "words", [("strip", "-j2", "."), ("strip", "."), ("check", "-j2", "."), ("explain", "a.html")]
)
def test_a_document_is_no_module(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Files in the current folder that have the names of modules are not run, in workers neither."""
    program = f"open({str(tmp_path / 'ran')!r}, 'a').write(__name__)"
    rows = '{"text": "Rain fell."}\n' * 3
    fill(tmp_path / "corpus", {"a.html": "<p>Rain fell.", "b.txt": DOCUMENT, "c.txt": DOCUMENT, "d.jsonl": rows})
    fill(tmp_path / "corpus", {f"{name}.py": program for name in MODULES})
    result = run(*words, cwd=tmp_path / "corpus")
    assert not (tmp_path / "ran").exists(), (tmp_path / "ran").read_text()
    assert result.code in (0, 1), result.err


@pytest.mark.skipif(os.name == "nt", reason="paths are shorter there")
@pytest.mark.parametrize("command", ["strip", "check", "score"])
def test_folders_in_folders_in_folders(tmp_path: Path, command: str) -> None:
    """They cost no traceback and little time, and what is above them is done."""
    fill(tmp_path, {"corpus/a.txt": DOCUMENT, "corpus/a.clean.txt": "Gold.\n" if command == "score" else CLEAN})
    deepest = "/".join(["d"] * 1500)
    subprocess.run(["mkdir", "-p", f"corpus/{deepest}"], cwd=tmp_path, check=True)
    (tmp_path / "corpus" / deepest / "b.txt").write_text(DOCUMENT)
    try:
        started = time.monotonic()
        result = call(command, "corpus", cwd=tmp_path)
        assert result.code == FAILED
        assert re.fullmatch("corpus(/d)+: lies 200 folders deep, and holds more; .*", complaint(result))
        assert time.monotonic() - started < 30
        named = call(command, f"corpus/{deepest}/b.txt", cwd=tmp_path)
        assert "RecursionError" not in named.err
    finally:
        subprocess.run(["rm", "-r", "corpus"], cwd=tmp_path, check=True)  # Python 3.11 cannot


@pytest.mark.alone
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_among_the_documents_does_not_hang(tmp_path: Path) -> None:
    fill(tmp_path, GOOD)
    os.mkfifo(tmp_path / "pipe.txt")
    try:
        result = run("strip", ".", cwd=tmp_path, timeout=30)
    except subprocess.TimeoutExpired:
        pytest.fail("waits for the pipe")
    assert result.code == FAILED
    assert "pipe.txt: is not a regular file" in complaint(result)


# ── permissions ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in which file modes count for the command, run `through=OBEY_MODES`."""
    need_modes(tmp_path)
    yield tmp_path
    for path in [tmp_path, *tmp_path.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)


def obeying(*words: str | Path, cwd: Path) -> Result:
    return run(*words, cwd=cwd, through=OBEY_MODES)


def test_a_document_that_may_not_be_read(folder: Path) -> None:
    fill(folder, {"bad.txt": DOCUMENT})
    (folder / "bad.txt").chmod(0)
    code, said = strip_beside_good(folder, through=OBEY_MODES)
    assert code == FAILED
    assert said == "bad.txt: cannot be read (Permission denied); check the path"


def test_a_folder_that_may_not_be_read(folder: Path) -> None:
    fill(folder, {**GOOD, "locked/x.txt": DOCUMENT})
    (folder / "locked").chmod(0)
    result = obeying("strip", ".", cwd=folder)
    assert result.code == FAILED
    assert complaint(result) == "locked: cannot be searched (Permission denied); check its permissions"
    assert snapshot(folder).items() >= COPIES.items()


@pytest.mark.parametrize("paths", [["locked"], ["locked/x.txt"]])
def test_a_folder_whose_files_may_not_be_reached(folder: Path, paths: list[str]) -> None:
    fill(folder, {**GOOD, "locked/x.txt": DOCUMENT})
    (folder / "locked").chmod(0o444)
    result = obeying("strip", "a.txt", *paths, "z.txt", cwd=folder)
    assert result.code == FAILED
    assert re.fullmatch(r"locked/x.txt: cannot be reached \(Permission denied\); .+", complaint(result))
    assert snapshot(folder).items() >= COPIES.items()


def test_a_folder_above_that_may_not_be_searched(folder: Path) -> None:
    fill(folder / "above" / "here", {"a.txt": DOCUMENT})
    lock = "import os, sys; os.chmod('..', 0); os.execvp(sys.argv[1], sys.argv[1:])"
    here = folder / "above" / "here"
    result = run("strip", "a.txt", cwd=here, through=[sys.executable, "-c", lock, *OBEY_MODES])
    (folder / "above").chmod(0o700)
    assert result.code in (DONE, USAGE)
    assert len(complaints(result)) == (result.code == USAGE)


def test_a_folder_that_may_not_be_written(folder: Path) -> None:
    fill(folder, {**GOOD, "locked/x.txt": DOCUMENT})
    (folder / "locked").chmod(0o555)
    result = obeying("strip", ".", cwd=folder)
    assert result.code == FAILED
    assert complaint(result) == "locked/x.clean.txt: cannot be written (Permission denied); nothing was changed"
    assert snapshot(folder) == dict(sorted({**GOOD_BYTES, **COPIES, "locked/x.txt": DOCUMENT.encode()}.items()))


GOOD_BYTES = {name: text.encode() for name, text in GOOD.items()}


def test_in_place_in_a_folder_that_may_not_be_written(folder: Path) -> None:
    fill(folder, {"locked/x.txt": DOCUMENT})
    (folder / "locked").chmod(0o555)
    result = obeying("strip", "--in-place", ".", cwd=folder)
    assert (folder / "locked/x.txt").read_text() == DOCUMENT
    assert result.code == FAILED
    assert complaint(result) == "locked/x.txt: cannot be written (Permission denied); nothing was changed"


def test_an_output_folder_that_may_not_be_written(folder: Path) -> None:
    fill(folder, {"docs/x.txt": DOCUMENT})
    (folder / "out").mkdir(0o555)
    result = obeying("strip", "docs", "--output-dir", "out", cwd=folder)
    assert result.code == FAILED
    assert complaint(result) == "out/x.clean.txt: cannot be written (Permission denied); nothing was changed"
    (folder / "docs").chmod(0o555)
    result = obeying("strip", "docs", "--output-dir", "docs/out", cwd=folder)
    assert result.code == USAGE
    assert complaint(result) == "error: docs/out: cannot be made (Permission denied); name another folder"


@pytest.mark.parametrize("name", ["own.toml", "cleaner.toml"])
def test_settings_that_may_not_be_read(folder: Path, name: str) -> None:
    fill(folder, {"a.txt": DOCUMENT, name: ""})
    (folder / name).chmod(0)
    result = obeying("strip", "a.txt", *(["--rules", name] if name == "own.toml" else []), cwd=folder)
    assert result.code == USAGE
    assert re.fullmatch(rf"error: .*{name}: cannot be read \(Permission denied\); .+", complaint(result))
    assert not (folder / "a.clean.txt").exists()


def test_a_folder_of_rules_that_may_not_be_read(folder: Path) -> None:
    fill(folder, {"a.txt": DOCUMENT, "rules/own.toml": OWN_RULES})
    (folder / "rules").chmod(0)
    result = obeying("strip", "a.txt", "--rules", "rules", cwd=folder)
    assert result.code == USAGE
    assert "Permission denied" in complaint(result)


@pytest.mark.parametrize("name", ["a.clean.txt.record.json", "a.clean.txt"])
def test_a_record_or_copy_that_may_not_be_read(folder: Path, name: str) -> None:
    fill(folder, {"a.txt": DOCUMENT})
    call("strip", "--record", "a.txt", cwd=folder)
    (folder / name).chmod(0)
    result = obeying("restore", "a.clean.txt", cwd=folder)
    assert result.code in (USAGE, FAILED)
    assert name in complaints(result)[0]
    assert not result.raw


# ── outputs that cannot be written ────────────────────────────────────────────────────────────────


def test_a_folder_in_the_copys_place(tmp_path: Path) -> None:
    fill(tmp_path, {"bad.txt": DOCUMENT, "bad.clean.txt/inside": ""})
    code, said = strip_beside_good(tmp_path)
    assert code == FAILED
    assert said == "bad.clean.txt: is a folder; move it away"


def test_an_output_folder_that_is_a_file(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "out": "x"})
    result = call("strip", "a.txt", "--output-dir", "out", cwd=tmp_path)
    assert result.code == USAGE
    assert complaint(result) == "error: out: cannot be made (File exists); name another folder"


def test_a_file_where_a_folder_of_copies_would_be(tmp_path: Path) -> None:
    fill(tmp_path, {**{f"docs/{name}": text for name, text in GOOD.items()}, "docs/sub/x.txt": DOCUMENT})
    fill(tmp_path, {"out/sub": "x"})
    result = call("strip", "docs", "--output-dir", "out", cwd=tmp_path)
    assert result.code == FAILED
    assert "out/sub" in complaint(result)
    assert snapshot(tmp_path / "out") == {**COPIES, "sub": b"x"}


def long_name(bytes_: int, char: str) -> str:
    """Return the name of a .txt file whose copy's name has that many bytes."""
    return char * ((bytes_ - len(".clean.txt")) // len(char.encode())) + ".txt"


@pytest.mark.parametrize("char", ["x", "文"])
def test_the_longest_name_a_copy_can_have(tmp_path: Path, char: str) -> None:
    name = long_name(255, char)
    fill(tmp_path, {name: DOCUMENT})
    result = call("strip", ".", cwd=tmp_path)
    assert (result.code, complaints(result)) == (DONE, [])
    assert (tmp_path / name).with_suffix(".clean.txt").read_text() == CLEAN


def test_a_name_that_leaves_no_room_for_the_copys(tmp_path: Path) -> None:
    fill(tmp_path, {long_name(256, "x"): DOCUMENT})
    code, said = strip_beside_good(tmp_path)
    assert code == FAILED
    assert said.endswith(".clean.txt: cannot be written (File name too long); nothing was changed")


def test_a_name_that_is_too_long_to_exist(tmp_path: Path) -> None:
    fill(tmp_path, GOOD)
    result = run("strip", "a.txt", "x" * 300 + ".txt", "z.txt", cwd=tmp_path)
    assert result.code == FAILED
    assert "File name too long" in complaint(result)
    assert snapshot(tmp_path).items() >= COPIES.items()


@pytest.mark.parametrize(
    "existing",
    ["Something else that somebody wrote down.\n", "\0\1\2", "\xff\xfe" * 40],
    ids=["text", "binary", "UTF-16"],
)
def test_a_foreign_file_in_the_copys_place(tmp_path: Path, existing: str) -> None:
    fill(tmp_path, {"bad.txt": DOCUMENT, "bad.clean.txt": existing.encode("latin-1")})
    code, said = strip_beside_good(tmp_path)
    assert code == FAILED
    assert re.fullmatch(
        r"bad\.clean\.txt: is not a copy of bad\.txt .+; `cleaner accept bad\.txt` .+ --force .+", said
    )
    assert call("strip", "bad.txt", "--force", cwd=tmp_path).code == DONE
    assert (tmp_path / "bad.clean.txt").read_text() == CLEAN


PAGE = f"<html><body><p>{CLEAN}</p></body></html>"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("b.txt", "b.text"),
        ("b.txt", "b.html"),
        ("b.htm", "b.html"),
        ("b.txt", "b.TXT"),
    ],
)
def test_two_documents_with_the_same_copy(tmp_path: Path, one: str, other: str) -> None:
    files = {name: PAGE if "htm" in name else CLEAN + name for name in (one, other)}
    fill(tmp_path, {**GOOD, **files})
    if len(snapshot(tmp_path)) < 4:
        pytest.skip("names that differ in case are the same name here")
    before = snapshot(tmp_path)
    result = call("strip", ".", cwd=tmp_path)
    assert result.code == FAILED
    said = complaints(result)
    assert len(said) == 2
    assert all(re.fullmatch(r"b\.\w+: b\.clean\.txt would also be the clean copy of b\.\w+; .+", x) for x in said)
    assert snapshot(tmp_path) == dict(sorted((before | COPIES).items()))


def test_two_documents_with_the_same_copy_in_the_output_folder(tmp_path: Path) -> None:
    fill(tmp_path, {"one/x.txt": DOCUMENT, "two/x.txt": DOCUMENT})
    result = call("strip", "one", "two", "--output-dir", "out", cwd=tmp_path)
    assert result.code == FAILED
    assert (
        complaint(result)
        == "two/x.txt: out/x.clean.txt would also be the clean copy of one/x.txt; rename one of the two"
    )
    assert snapshot(tmp_path / "out") == {"x.clean.txt": CLEAN.encode()}


# ── a full disk ───────────────────────────────────────────────────────────────────────────────────

LIMIT = 4000  # bytes a file may have
LIMITED = (
    sys.executable,
    "-c",
    "import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000)); "
    "os.execvp(sys.argv[1], sys.argv[1:])",
)
LONG = f"{CHROME}\n\n" + "".join(f"Rain fell on day {i} as well.\n" for i in range(1000))


def test_a_copy_that_becomes_too_large(tmp_path: Path) -> None:
    fill(tmp_path, {"long.txt": LONG})
    code, said = strip_beside_good(tmp_path, through=LIMITED)
    assert code == FAILED
    assert said == f"long.clean.txt: cannot be written ({os.strerror(errno.EFBIG)}); nothing was changed"


def test_a_copy_that_becomes_too_large_leaves_the_old_one(tmp_path: Path) -> None:
    fill(tmp_path, {"long.txt": LONG})
    assert call("strip", "long.txt", "--disable", "*", cwd=tmp_path).code == DONE
    before = snapshot(tmp_path)
    assert run("strip", "long.txt", cwd=tmp_path, through=LIMITED).code == FAILED
    assert snapshot(tmp_path) == before


def test_in_place_a_document_that_does_not_fit(tmp_path: Path) -> None:
    fill(tmp_path, {"long.txt": LONG})
    result = run("strip", "long.txt", "--in-place", cwd=tmp_path, through=LIMITED)
    assert snapshot(tmp_path) == {"long.txt": LONG.encode()}
    assert result.code == FAILED
    assert complaint(result) == f"long.txt: cannot be written ({os.strerror(errno.EFBIG)}); nothing was changed"


@pytest.mark.parametrize("options", [[], ["--in-place"]])
def test_no_record_without_its_copy(tmp_path: Path, options: list[str]) -> None:
    fill(tmp_path, {"long.txt": LONG})
    assert run("strip", "long.txt", "--record", *options, cwd=tmp_path, through=LIMITED).code == FAILED
    assert list(snapshot(tmp_path)) == ["long.txt"]


def test_the_old_copy_keeps_its_record(tmp_path: Path) -> None:
    fill(tmp_path, {"long.txt": LONG})
    assert call("strip", "long.txt", "--record", "--keep", "accessibility", cwd=tmp_path).code == DONE
    before = snapshot(tmp_path)
    assert run("strip", "long.txt", "--record", cwd=tmp_path, through=LIMITED).code == FAILED
    assert snapshot(tmp_path) == before


@pytest.mark.skipif(not shutil.which("unshare"), reason="needs unshare")
def test_a_full_disk(tmp_path: Path) -> None:
    fill(tmp_path, {"docs/a.txt": DOCUMENT, "docs/long.txt": LONG * 2, "docs/z.txt": DOCUMENT, "disk/x": ""})
    script = """
        mount -t tmpfs -o size=100k tmpfs disk || exit 77
        cp docs/* disk/
        "$@" strip disk 2> errors
        code=$?
        ls -A disk > files
        cat docs/* | cmp - disk/a.txt disk/long.txt disk/z.txt 2> /dev/null
        for name in a.txt long.txt z.txt; do cmp docs/$name disk/$name || exit 78; done
        cat disk/a.clean.txt disk/z.clean.txt > copies
        exit $code
    """
    for namespaces in ("-m", "-rm"):
        words = ["unshare", namespaces, "sh", "-c", script, "sh", *launched()]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, check=False, timeout=60)
        if done.returncode not in (1, 77):
            break
    else:
        pytest.skip(f"no mount here: {done.stderr.decode().strip()}")
    assert done.returncode == FAILED
    errors = (tmp_path / "errors").read_text()
    assert complaints(Result(FAILED, b"", errors)) == [
        f"disk/long.clean.txt: cannot be written ({os.strerror(errno.ENOSPC)}); nothing was changed"
    ]
    assert (tmp_path / "files").read_text().split() == ["a.clean.txt", "a.txt", "long.txt", "z.clean.txt", "z.txt"]
    assert (tmp_path / "copies").read_text() == 2 * CLEAN


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    "words",
    [
        ["explain", "a.txt"],
        ["strip", "a.txt"],
        ["strip", "-"],
        ["strip", "--diff", "a.txt"],
        ["check", "a.txt"],
        ["restore", "b.clean.txt"],
    ],
    ids=" ".join,
)
def test_standard_output_that_is_full(tmp_path: Path, words: list[str]) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "b.txt": DOCUMENT})
    call("strip", "--record", "b.txt", cwd=tmp_path)
    with Path("/dev/full").open("wb") as full, Path(tmp_path / "a.txt").open("rb") as document:
        done = subprocess.run(
            launched(*words),
            cwd=tmp_path,
            stdin=document,
            stdout=full,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": ""},
            check=False,
        )
    assert b"Traceback" not in done.stderr
    assert os.strerror(errno.ENOSPC) in done.stderr.decode()
    assert done.returncode in (USAGE, FAILED)


# ── settings ──────────────────────────────────────────────────────────────────────────────────────

RULE_FILES = sorted((DATA / "bad_rules").glob("*.toml"))


def expected(path: Path) -> str:
    return path.read_text("utf-8").split("\n")[0].removeprefix("# error: ")


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: path.stem)
def test_a_bad_rule_file(tmp_path: Path, path: Path) -> None:
    fill(tmp_path, GOOD)
    started = time.perf_counter()
    result = call("strip", ".", "--rules", path, cwd=tmp_path)
    assert time.perf_counter() - started < 5
    assert result.code == USAGE
    (said,) = complaints(result)
    assert re.fullmatch(f"error: {re.escape(str(path))}:{expected(path)}.*", said)
    assert snapshot(tmp_path) == GOOD_BYTES


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: path.stem)
def test_the_error_of_a_bad_rule_file_says_what_to_do(tmp_path: Path, path: Path) -> None:
    complaint(call("strip", ".", "--rules", path, cwd=tmp_path))


RULES = {
    "not UTF-8": ({"r.toml": b"[pack]\xff"}, "r.toml", r"r\.toml: is not UTF-8 \(byte 6\); save it as UTF-8"),
    "missing": ({}, "r.toml", r"r\.toml: cannot be read \(No such file or directory\); check the path"),
    "an empty folder": ({"r/notes.txt": ""}, "r", r"r: no rule packs \(\*\.toml\) in this folder; name .+"),
    "one of many": ({"r/a.toml": OWN_RULES, "r/b.toml": "x"}, "r", r"r/b\.toml:1: is not valid TOML: .+; mend it"),
    "no TOML at all": ({"r.toml": "\x00"}, "r.toml", r"r\.toml:1: is not valid TOML: .+; mend it"),
    "a text": ({"r.txt": DOCUMENT}, "r.txt", r"r\.txt:1: is not valid TOML: .+; mend it"),
}


@pytest.mark.parametrize(("files", "name", "error"), RULES.values(), ids=RULES)
def test_rules_that_cannot_be_read(tmp_path: Path, files: dict[str, str], name: str, error: str) -> None:
    fill(tmp_path, {"docs/a.txt": DOCUMENT, **files})
    for command in ("strip", "check", "explain"):
        result = call(command, "docs/a.txt", "--rules", name, cwd=tmp_path)
        assert result.code == USAGE
        assert re.fullmatch(f"error: {error}", complaint(result))
    assert list(snapshot(tmp_path / "docs")) == ["a.txt"]


def test_a_configuration_with_a_byte_order_mark(tmp_path: Path) -> None:
    fill(tmp_path, {"docs/a.txt": DOCUMENT, "docs/cleaner.toml": b'\xef\xbb\xbflevel = "rules"\n'})
    assert call("strip", "docs", cwd=tmp_path).code == DONE


def test_rules_with_a_byte_order_mark(tmp_path: Path) -> None:
    fill(tmp_path, {"docs/a.txt": DOCUMENT, "r.toml": b"\xef\xbb\xbf" + OWN_RULES.encode()})
    assert call("strip", "docs", "--rules", "r.toml", cwd=tmp_path).code == DONE


OPTIONS = {
    "rule": (["--disable", "own/nothing"], r"error: disable: there is no rule 'own/nothing'; .+"),
    "glob": (["--disable", "nothing/*"], r"error: disable: there is no rule 'nothing/\*'; .+"),
    "category": (["--keep", "nothing"], r"error: keep: there is no category 'nothing'; .+"),
    "pack as a rule": (
        ["--disable", "Akismet"],
        r"error: disable: .+; did you mean 'akismet/\*', all rules of a pack\?",
    ),
    "category as a rule": (
        ["--disable", "breaking"],
        "error: disable: there is no rule 'breaking'; --keep breaking keeps the category",
    ),
    "pack and category as a rule": (
        ["--disable", "share"],
        r"error: disable: .+; did you mean 'share/\*', all rules of a pack\? --keep share keeps the category",
    ),
    "judge as a rule": (
        ["--disable", "judge/place"],
        "error: disable: .+; it is the judge, .+ --keep boilerplate .+",
    ),
    "rule as a category": (
        ["--keep", "Share/row"],
        "error: keep: there is no category 'Share/row'; it names rules; --disable share/row turns them off",
    ),
    "pack as a category": (
        ["--keep", "akismet"],
        r"error: keep: .+; it is a pack of rules; --disable 'akismet/\*' turns them off",
    ),
    "category in capitals": (["--keep", "SHARE"], r"error: keep: .+; did you mean 'share'\?"),
    "judge as a category": (
        ["--keep", "judge"],
        "error: keep: .+; it is the judge, not a rule; --keep boilerplate .+",
    ),
    "level": (
        ["--level", "none"],
        r"error: Invalid value for '--level': 'none' is not one of 'rules', 'safe', 'main'\.",
    ),
    "jobs": (["--jobs", "-1"], r"error: Invalid value for '--jobs' / '-j': -1 is not in the range x>=0\."),
    "option": (["--nothing"], r"error: No such option.*--nothing.*"),
    "in place and elsewhere": (["--in-place", "--output-dir", "o"], "error: --in-place and --output-dir exclude .+"),
}


@pytest.mark.parametrize(("options", "error"), OPTIONS.values(), ids=OPTIONS)
def test_options_that_mean_nothing(tmp_path: Path, options: list[str], error: str) -> None:
    fill(tmp_path, GOOD)
    result = call("strip", ".", *options, cwd=tmp_path)
    assert result.code == USAGE
    (said,) = complaints(result)
    assert re.fullmatch(error, said)
    assert snapshot(tmp_path) == GOOD_BYTES


@pytest.mark.parametrize(
    "command",
    ["strip", "check", "explain"],
)
@pytest.mark.parametrize("name", ["nothing", "rot13", ""])
def test_an_unknown_encoding(tmp_path: Path, command: str, name: str) -> None:
    fill(tmp_path, GOOD)
    result = call(command, "a.txt", "z.txt", "--encoding", name, cwd=tmp_path)
    assert result.code == USAGE
    assert f"unknown encoding {name!r}; " in complaint(result)
    assert snapshot(tmp_path) == GOOD_BYTES


def test_a_codec_with_errors_of_its_own(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT})
    result = call("strip", "a.txt", "--encoding", "punycode", cwd=tmp_path)
    assert result.code in (USAGE, FAILED)
    assert "defect" not in complaint(result)


def test_a_codec_that_makes_lone_surrogates(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": b"Rain +2AA- fell.\n"})
    result = call("strip", "a.txt", "--encoding", "utf-7", cwd=tmp_path)
    assert (result.code, complaints(result)) == (DONE, [])
    assert "surrogate" not in result.err


CONFIG_FILES = sorted((DATA / "bad_config").glob("*.toml"))


@pytest.mark.parametrize("table", ["cleaner.toml", "pyproject.toml"])
@pytest.mark.parametrize("path", CONFIG_FILES, ids=lambda path: path.stem)
def test_a_bad_configuration(tmp_path: Path, path: Path, table: str) -> None:
    text = path.read_text("utf-8")
    if table == "pyproject.toml":
        text = "[tool.cleaner]\n" + text.replace("[keep]", "[tool.cleaner.keep]")
    fill(tmp_path, {**GOOD, table: text})
    for command in ("strip", "check", "explain"):
        result = call(command, "a.txt", cwd=tmp_path)
        assert result.code == USAGE
        error = expected(path) if table == "cleaner.toml" else expected(path).partition(":")[2]
        assert re.fullmatch(f"error: {re.escape(str(tmp_path / table))}:.*{error}.*", complaint(result))
    assert snapshot(tmp_path) == {**GOOD_BYTES, table: text.encode()}


CONFIG_VALUES = {
    "level": ('level = "none"', "there is no level 'none'"),
    "disable": ('disable = ["own/nothing"]', "there is no rule 'own/nothing'"),
    "disable a pack": ('disable = ["share"]', r"there is no rule 'share'; did you mean 'share/\*'"),
    "keep": ('keep = ["nothing"]', "there is no category 'nothing'"),
    "extend-rules": ('extend-rules = ["nothing.toml"]', r"nothing\.toml: cannot be read"),
}


@pytest.mark.parametrize(("text", "error"), CONFIG_VALUES.values(), ids=CONFIG_VALUES)
def test_a_configuration_that_means_nothing(tmp_path: Path, text: str, error: str) -> None:
    fill(tmp_path, {"docs/a.txt": DOCUMENT, "docs/cleaner.toml": text})
    result = call("strip", "docs", cwd=tmp_path)
    assert result.code == USAGE
    said = complaint(result)
    assert re.search(error, said)
    assert str(tmp_path / "docs") in said


@pytest.mark.parametrize("command", ["strip", "check"])
def test_an_exclusion_that_is_no_pattern(tmp_path: Path, command: str) -> None:
    fill(tmp_path, {**GOOD, "cleaner.toml": 'exclude = ["!"]\n'})
    result = run(command, ".", cwd=tmp_path)
    assert result.code == USAGE
    assert "cleaner.toml" in complaint(result)


# ── restore ───────────────────────────────────────────────────────────────────────────────────────

RECORDS = {
    "not JSON": "{",
    "not UTF-8": "\xff",
    "empty": "",
    "empty object": "{}",
    "list": "[]",
    "null": "null",
    "number": "3",
    "string": '"x"',
    "deep": "[" * 100_000,
    "another format": '{"format": 2}',
    "format alone": '{"format": 1}',
}


@pytest.mark.parametrize("content", RECORDS.values(), ids=RECORDS)
def test_a_record_that_is_none(tmp_path: Path, content: str) -> None:
    fill(tmp_path, {"a.clean.txt": CLEAN, "a.clean.txt.record.json": content.encode("latin-1")})
    result = run("restore", "a.clean.txt", cwd=tmp_path)
    assert result.code in (USAGE, FAILED)
    assert "a.clean.txt.record.json: " in complaint(result)
    assert not result.raw


# ── interruptions ─────────────────────────────────────────────────────────────────────────────────

COUNT = 300
SLOW = "".join(f"{line}\n" for line in languages()["en"].splitlines()) * 40  # curly quotes: each line takes its time


@pytest.fixture(scope="module")
def numbered() -> dict[str, bytes]:
    """Documents that are not done at once, by name."""
    return {f"{i:03}.txt": f"Document {i}\n{CHROME}\n{SLOW}".encode() for i in range(COUNT)}


def start(folder: Path, jobs: int) -> subprocess.Popen[bytes]:
    """Start a run over a folder, in a process group of its own, and wait until some copies are there."""
    process = subprocess.Popen(
        launched("strip", "--quiet", "--jobs", str(jobs), folder), stderr=subprocess.PIPE, start_new_session=True
    )
    until = time.monotonic() + 30
    while len(list(folder.glob("*.clean.txt"))) < 3:
        assert process.poll() is None, "was over at once"
        assert time.monotonic() < until
        time.sleep(0.002)
    return process


def assert_whole(folder: Path, originals: dict[str, bytes]) -> None:
    """Assert that a folder holds its documents, some of their copies, all of them whole, and nothing else."""
    found = snapshot(folder)
    copies = {name: found.pop(name) for name in list(found) if name.endswith(".clean.txt")}
    assert found == originals
    assert 3 <= len(copies) < COUNT
    for name, copy in copies.items():
        original = originals[name.replace(".clean", "")].decode()
        assert copy.decode() == original.replace(f"{CHROME}\n", "")


posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")


@pytest.mark.alone
@posix
@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interrupted_run(tmp_path: Path, numbered: dict[str, bytes], jobs: int) -> None:
    process = start(fill(tmp_path, numbered), jobs)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.decode().strip() == "cleaner: interrupted; what was written is whole, run again for the rest"
    assert_whole(tmp_path, numbered)


# A process of its own: an interrupted `open` may leave a descriptor open, which only the end of the process closes.
INTERRUPTED = """
import os, random, resource, signal, sys
from pathlib import Path
from cleaner.files.folder import New, open_folder

_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
writing = False

def interrupt(*_):
    if writing:
        raise KeyboardInterrupt

path = Path(sys.argv[1])
signal.signal(signal.SIGALRM, interrupt)
generator = random.Random(1)
interrupted = 0
for i in range(3000):
    try:
        signal.setitimer(signal.ITIMER_REAL, generator.uniform(1e-6, 2e-4))
        writing = True
        with open_folder(path.parent) as folder:
            folder.write_all([New(path.name, b"%04d" % i * 100, folder.look(path.name))])
        writing = False
    except KeyboardInterrupt:
        writing = False
        interrupted += 1
    signal.setitimer(signal.ITIMER_REAL, 0)
    if path.exists():
        content = path.read_bytes()
        assert content == content[:4] * 100, content
print(interrupted)
"""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer")
def test_writing_is_interrupted_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "a.clean.txt"
    program = [sys.executable, "-W", "ignore", "-c", INTERRUPTED, str(path)]
    done = subprocess.run(program, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert int(done.stdout) > 0
    assert set(snapshot(tmp_path)) <= {"a.clean.txt"}


def lives(group: int) -> bool:
    """Whether any process of a process group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@posix
@pytest.mark.parametrize(
    "jobs",
    [1, 2],
)
@pytest.mark.alone
def test_a_run_that_is_told_to_end(tmp_path: Path, numbered: dict[str, bytes], jobs: int) -> None:
    process = start(fill(tmp_path, numbered), jobs)
    try:
        process.terminate()
        process.wait(timeout=30)
        until = time.monotonic() + 2
        while lives(process.pid) and time.monotonic() < until:
            time.sleep(0.02)
        assert not lives(process.pid)
    finally:
        if lives(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM
    assert err.decode().startswith("cleaner: interrupted; ")
    assert_whole(tmp_path, numbered)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_a_worker_that_dies(tmp_path: Path, numbered: dict[str, bytes]) -> None:
    """The run goes on with another, and leaves nothing behind of what the worker was at."""
    process = start(fill(tmp_path, numbered), 2)
    killed = 0
    while killed < 4 and process.poll() is None:
        for worker in workers(process.pid)[:1]:
            os.kill(worker, signal.SIGKILL)
            killed += 1
        time.sleep(0.2)
    assert killed
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    found = snapshot(tmp_path)
    assert len(found) == 2 * COUNT
    assert {name: found[name] for name in numbered} == numbered
    assert all(
        found[name.replace(".", ".clean.")] == text.replace(f"{CHROME}\n".encode(), b"")
        for name, text in numbered.items()
    )


@pytest.mark.alone
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_a_run_that_is_killed_leaves_what_the_next_one_sweeps_away(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    theirs = {f".00000000-{gone.pid}-01234567.tmp": b"of another machine", ".01234567.tmp": b"of another program"}
    fill(tmp_path, {"a.txt": DOCUMENT, "b/c.txt": DOCUMENT, **theirs})
    writing = tmp_path / "b/written.txt"
    program = f"""
import os, signal
from pathlib import Path
from cleaner.files.folder import New, open_folder
os.replace = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
with open_folder(Path({str(writing.parent)!r})) as folder:
    folder.write_all([New({writing.name!r}, b"half")])
"""
    killed = subprocess.run([sys.executable, "-c", program], check=False)
    assert killed.returncode == -signal.SIGKILL
    (stray,) = (tmp_path / "b").glob(".*.tmp")
    ours = f"b/{re.sub('-[0-9]+-', f'-{os.getpid()}-', stray.name)}"
    fill(tmp_path, {ours: b"of a process that lives"})
    assert run("strip", tmp_path, "--resume").code == 0
    assert set(snapshot(tmp_path)) == {"a.txt", "a.clean.txt", "b/c.txt", "b/c.clean.txt", ours, *theirs}


def workers(parent: int) -> list[int]:
    """Return the worker processes of a run."""
    found = []
    for process in children(parent):
        with suppress(OSError):
            if b"spawn_main" in Path(f"/proc/{process}/cmdline").read_bytes():
                found.append(process)
    return found


def children(parent: int) -> list[int]:
    """Return the processes that a process has started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(after_name[1]) == parent:
            found.append(int(path.parent.name))
    return found
