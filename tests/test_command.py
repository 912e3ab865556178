"""What the command writes, where, and what it says."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cleaner import Cleaner, __version__
from cleaner.cli import main
from cleaner.files import diff
from tests.support import (
    CHROME,
    CLEAN,
    DATA,
    DOCUMENT,
    OWN_RULES,
    Result,
    call,
    complaint,
    complaints,
    fill,
    languages,
    launched,
    run,
    snapshot,
)

DONE, CHANGES, USAGE, FAILED = 0, 1, 2, 3
PAGE = (DATA / "html" / "news.html").read_bytes()


def summary(result: Result) -> str:
    """Return the first line of the summary; the others are indented."""
    return [line for line in result.err.splitlines() if not line.startswith(" ")][-1]


# ── which documents, and what their copies are called ─────────────────────────────────────────────

NAMES = {
    "a.txt": "a.clean.txt",
    "b.text": "b.clean.txt",
    "c.md": "c.clean.md",
    "d.html": "d.clean.txt",
    "e.htm": "e.clean.txt",
    "f.xhtml": "f.clean.txt",
    "G.TXT": "G.clean.txt",
    "h.en.txt": "h.en.clean.txt",
    "sub/folder/i.txt": "sub/folder/i.clean.txt",
    "with space/j k.txt": "with space/j k.clean.txt",
    "Füße/文書 ё.txt": "Füße/文書 ё.clean.txt",
    "-l.txt": "-l.clean.txt",
    "m[1]*.txt": "m[1]*.clean.txt",
}
OTHERS: dict[str, str | bytes] = {
    ".hidden/a.txt": DOCUMENT,
    ".git/b.md": DOCUMENT,
    ".c.txt": DOCUMENT,
    "d.pdf": b"%PDF",
    "e.csv": "a,b",
    "f.toml": "",
    "README": DOCUMENT,
}


def content(name: str) -> bytes:
    return PAGE if "htm" in name else DOCUMENT.encode()


def test_every_document_in_a_folder_gets_its_copy(tmp_path: Path) -> None:
    files = {**{name: content(name) for name in NAMES}, **OTHERS}
    before = snapshot(fill(tmp_path, files))
    result = call("strip", ".", cwd=tmp_path)
    assert (result.code, complaints(result)) == (DONE, [])
    assert summary(result) == f"{len(NAMES)} documents: {len(NAMES)} written"
    after = snapshot(tmp_path)
    assert set(after) == {*before, *NAMES.values()}
    assert {name: after[name] for name in before} == before
    assert after["a.clean.txt"] == after["c.clean.md"] == after["Füße/文書 ё.clean.txt"] == CLEAN.encode()
    again = call("strip", ".", cwd=tmp_path)
    assert summary(again) == f"{len(NAMES)} documents: {len(NAMES)} copies were up to date"
    assert snapshot(tmp_path) == after, "copies are not documents"


@pytest.mark.parametrize("name", [n for n in NAMES if not n.startswith("-")])
def test_a_document_by_its_name(tmp_path: Path, name: str) -> None:
    fill(tmp_path, {name: content(name)})
    result = call("strip", tmp_path / name)
    assert (result.code, complaints(result)) == (DONE, [])
    assert set(snapshot(tmp_path)) == {name, NAMES[name]}


# ── names that the terminal cannot show ───────────────────────────────────────────────────────────

NOT_UTF8 = b"caf\xe9.txt"


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are Unicode here")
@pytest.mark.parametrize(
    "words",
    [
        ["strip", "."],
        ["check", "."],
        ["strip", "--diff", "."],
        ["strip", "-q", "--record", "."],
        ["explain", NOT_UTF8],
    ],
    ids=["strip", "check", "diff", "record", "explain"],
)
def test_a_name_that_is_not_utf8(tmp_path: Path, words: list[str | bytes]) -> None:
    (tmp_path / os.fsdecode(NOT_UTF8)).write_text(DOCUMENT)
    result = run(*words, cwd=tmp_path, env={"PYTHONIOENCODING": "utf-8:strict"})  # as in the locale en_US.UTF-8
    assert result.code in (DONE, CHANGES)
    if words[0] == "strip" and "--diff" not in words:
        assert (tmp_path / os.fsdecode(b"caf\xe9.clean.txt")).read_text() == CLEAN


@pytest.mark.parametrize(
    "words",
    [["strip", "."], ["check", "."], ["strip", "--diff", "."], ["explain", "文書.txt"]],
    ids=["strip", "check", "diff", "explain"],
)
def test_text_that_standard_output_cannot_encode(tmp_path: Path, words: list[str]) -> None:
    fill(tmp_path, {"文書.txt": f"{CHROME}\n雨が三日間降り続いた。\n"})
    result = run(*words, cwd=tmp_path, env={"PYTHONIOENCODING": "cp1252"})
    assert result.code == (CHANGES if "check" in words else DONE)


# ── standard input ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("stdin", "options", "out"),
    [
        (DOCUMENT.encode(), [], CLEAN.encode()),
        (DOCUMENT.replace("\n", "\r\n").encode(), [], CLEAN.replace("\n", "\r\n").encode()),
        (b"", [], b""),
        (b"no line feed", [], b"no line feed"),
        (f"{CHROME}\nCafé\n".encode("utf-16"), [], "Café\n".encode()),
        (f"{CHROME}\nCafé\n".encode("cp1252"), ["--encoding", "cp1252"], "Café\n".encode()),
        (b"<p>Rain fell.</p>\n", ["--stdin-filename", "a.md"], b"Rain fell.\n"),
        (b"<html><p>Rain fell.</p></html>\n", ["--stdin-filename", "a.html"], b"Rain fell."),
        (b"<html><p>Rain fell.</p></html>\n", [], b"Rain fell."),
        (b"<!DOCTYPE html><p>Rain fell.\n", ["--stdin-filename", "a.txt"], b"<!DOCTYPE html><p>Rain fell.\n"),
    ],
)
def test_standard_input_to_standard_output(stdin: bytes, options: list[str], out: bytes) -> None:
    result = call("strip", "-", *options, stdin=stdin)
    assert (result.code, result.raw, result.err) == (DONE, out, "")


# ── where and how it writes ───────────────────────────────────────────────────────────────────────


def test_a_copy_that_is_up_to_date_is_not_written_again(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "p.html": PAGE})
    assert call("strip", "--record", ".", cwd=tmp_path).code == DONE
    before = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in tmp_path.iterdir()}
    result = call("strip", "--record", ".", cwd=tmp_path)
    assert (result.out, summary(result)) == ("", "2 documents: 2 copies were up to date")
    assert {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in tmp_path.iterdir()} == before


FRENCH_LINE = "À Orléans, le café de la gare était fermé dès l’été.\n"
UNTOUCHED = {
    "text": CLEAN.encode(),
    "empty": b"",
    "UTF-8 with BOM": b"\xef\xbb\xbf" + CLEAN.encode(),
    "CRLF and no last line break": b"Rain\r\nfell",
    "UTF-16": CLEAN.encode("utf-16"),
    "cp1252": languages()["fr"].encode("cp1252"),
    "bytes that are not valid": FRENCH_LINE.encode() + b"Rain fell\xff here.\n",
    "line separators": "Rain\u2028fell\u2029on\x0bthe\x0ctown\x85now\rhere\n".encode(),
}


@pytest.mark.parametrize("data", UNTOUCHED.values(), ids=UNTOUCHED)
def test_in_place_nothing_to_do_is_nothing_done(tmp_path: Path, data: bytes) -> None:
    path = fill(tmp_path, {"a.txt": data}) / "a.txt"
    before = path.stat()
    result = call("strip", "--in-place", "a.txt", cwd=tmp_path)
    assert (result.code, summary(result)) == (DONE, "1 document: 1 unchanged")
    after = path.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
    assert snapshot(tmp_path) == {"a.txt": data}
    assert call("check", "--in-place", "a.txt", cwd=tmp_path).code == DONE


BAD_BYTES = FRENCH_LINE.encode() + b"Rain fell\xff here.\n"


@pytest.mark.parametrize("options", [[], ["--record"], ["--force"], ["--diff"]], ids=" ".join)
def test_in_place_no_bytes_are_lost(tmp_path: Path, options: list[str]) -> None:
    files = {"a.txt": f"{CHROME}\n".encode() + BAD_BYTES, "b.txt": DOCUMENT.encode()}
    fill(tmp_path, files)
    result = call("strip", "--in-place", "a.txt", *options, cwd=tmp_path)
    assert result.code == FAILED
    assert "a.txt: has bytes that are not valid in its encoding; mend it, pass --encoding" in result.err
    assert snapshot(tmp_path) == files
    assert call("strip", "--in-place", "b.txt", cwd=tmp_path).code == DONE
    assert call("strip", "--in-place", "a.txt", "--encoding", "cp1252", cwd=tmp_path).code == DONE
    assert b"Rain fell\xc3\xbf here." in (tmp_path / "a.txt").read_bytes(), "what the user says is done"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
def test_modes_are_kept(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "b.txt": DOCUMENT, "b.clean.txt": ""})
    (tmp_path / "a.txt").chmod(0o640)
    (tmp_path / "b.clean.txt").chmod(0o664)
    assert call("strip", "--in-place", "a.txt", cwd=tmp_path).code == DONE
    assert call("strip", "--force", "b.txt", cwd=tmp_path).code == DONE
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"a.txt": 0o640, "b.txt": modes["b.txt"], "b.clean.txt": 0o664}


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
def test_what_is_written_of_a_private_document_is_private(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT})
    (tmp_path / "a.txt").chmod(0o600)
    assert call("strip", "--record", "a.txt", cwd=tmp_path).code == DONE
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in tmp_path.iterdir()} == {0}


# ── the diff ──────────────────────────────────────────────────────────────────────────────────────


PATCHED = {
    "plain": DOCUMENT,
    "at the end": f"{CLEAN}{CHROME}\n",
    "no last line break": f"{CLEAN}{CHROME}",
    "CRLF": DOCUMENT.replace("\n", "\r\n"),
    "repair": f"{CHROME}\nThe cafÃ© opened.\n{CLEAN}",
    "dashes": f"{CHROME}\n-- a signature\n++ and more\n{CLEAN}",
}


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
@pytest.mark.parametrize("text", PATCHED.values(), ids=PATCHED)
def test_a_diff_can_be_applied(tmp_path: Path, text: str) -> None:
    fill(tmp_path, {"a.txt": text})
    result = call("strip", "--diff", "--in-place", "a.txt", cwd=tmp_path)
    subprocess.run(
        ["git", "apply", "-p0", "-"],
        cwd=tmp_path,
        input=result.raw,
        check=True,
        capture_output=True,
    )
    assert (tmp_path / "a.txt").read_bytes() == Cleaner().clean(text).text.encode()


def test_a_diff_takes_time_in_proportion_to_the_document() -> None:
    def seconds(count: int) -> float:
        cleaned = Cleaner().clean("".join(f"{CHROME}\nRain fell for {i} days on end.\n" for i in range(count)))
        started = time.perf_counter()
        diff.unified(cleaned, "before", "after")
        return time.perf_counter() - started

    assert min(seconds(2000) for _ in range(2)) < 10 * min(seconds(500) for _ in range(3)) + 0.05


# ── many at a time ────────────────────────────────────────────────────────────────────────────────


def test_workers_change_nothing_but_the_time(tmp_path: Path) -> None:
    texts = [*languages().values()]
    files: dict[str, str | bytes] = {
        f"{i % 3}/{i:02}.txt": f"{CHROME}\nDocument {i}\n{texts[i % len(texts)] * (i * 7 % 40)}" for i in range(60)
    }
    files |= {"1/bad.txt": b"\0", "2/empty.txt": "", "2/p.html": PAGE}
    results = []
    for jobs in ("1", "2"):
        fill(tmp_path / jobs, files)
        result = run("strip", ".", "--record", "--jobs", jobs, cwd=tmp_path / jobs)
        results.append((result, snapshot(tmp_path / jobs)))
    assert results[0][0].code == FAILED
    assert len(results[0][0].out.splitlines()) == 62
    assert results[1] == results[0]
    checked = [run("check", ".", "--jobs", jobs, cwd=tmp_path / "1") for jobs in ("1", "2")]
    assert checked[0] == checked[1]


# ── record and restore ────────────────────────────────────────────────────────────────────────────

FRENCH = f"{CHROME}\n{languages()['fr']}"
ORIGINALS: dict[str, bytes] = {
    "plain.txt": DOCUMENT.encode(),
    "empty.txt": b"",
    "nothing to do.txt": CLEAN.encode(),
    "all of it.txt": f"{CHROME}\n".encode(),
    "utf-8 with bom.txt": b"\xef\xbb\xbf" + FRENCH.encode(),
    "crlf.txt": FRENCH.replace("\n", "\r\n").encode(),
    "mixed breaks.txt": f"{CHROME}\r\n{CLEAN}\rRain\u2028fell\x85\n\r\n{CHROME}".encode(),
    "utf-16.txt": FRENCH.encode("utf-16"),
    "utf-16-be.txt": b"\xfe\xff" + FRENCH.encode("utf-16-be"),
    "utf-32.txt": FRENCH.encode("utf-32"),
    "cp1252.txt": FRENCH.encode("cp1252"),
    "cp1251.txt": f"{CHROME}\n{languages()['ru']}".encode("cp1251"),
    "shift_jis.txt": f"{CHROME}\n{languages()['ja']}".encode("shift_jis"),
    "gb18030.txt": f"{CHROME}\n{languages()['zh']}".encode("gb18030"),
    "mojibake.txt": f"{CHROME}\nThe cafÃ© said â€œyesâ€\x9d.\nSchÃ¶ne GrÃ¼ÃŸe\n".encode(),
    "entities.txt": f"{CHROME}\nSalt &amp; pepper &lt;3 &eacute;\n".encode(),
    "markdown.md": DOCUMENT.encode(),
    "bad bytes.md": f"{CHROME}\n".encode() + BAD_BYTES,
    "page.html": PAGE,
    "latin page.html": PAGE.replace(b"utf-8", b"iso-8859-1").decode().encode("cp1252", "xmlcharrefreplace"),
}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = fill(tmp_path_factory.mktemp("recorded"), ORIGINALS)
    assert call("strip", "--record", folder).code == DONE
    return folder


@pytest.mark.parametrize("name", ORIGINALS)
def test_the_original_comes_back_byte_for_byte(recorded: Path, name: str) -> None:
    copy = recorded / f"{Path(name).stem}.clean{'.md' if name.endswith('.md') else '.txt'}"
    result = call("restore", copy)
    assert (result.code, result.err) == (DONE, "")
    assert result.raw == ORIGINALS[name]


def test_a_record_is_json_that_explains_every_edit(recorded: Path) -> None:
    record = json.loads((recorded / "plain.clean.txt.record.json").read_bytes())
    assert record["source"] == "plain.txt"
    (edit,) = record["edits"]
    assert edit["before"] == f"{CHROME}\n\n"
    assert (edit["line"], edit["start"], edit["replacement"], edit["confidence"]) == (1, 0, "", "sure")
    assert "/" in edit["by"]


@pytest.mark.parametrize("name", [n for n in ORIGINALS if n.endswith(".txt")])
def test_in_place_the_original_comes_back(tmp_path: Path, name: str) -> None:
    fill(tmp_path, {name: ORIGINALS[name]})
    assert call("strip", "--in-place", "--record", name, cwd=tmp_path).code == DONE
    assert call("restore", name, "-o", "back", cwd=tmp_path).code == DONE
    assert (tmp_path / "back").read_bytes() == ORIGINALS[name]


def test_a_new_copy_does_not_leave_a_record_that_no_longer_fits(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT})
    call("strip", "--record", "a.txt", cwd=tmp_path)
    fill(tmp_path, {"a.txt": f"{CHROME}\n{DOCUMENT}Snow fell.\n"})
    assert call("strip", "a.txt", cwd=tmp_path).code == DONE
    if (tmp_path / "a.clean.txt.record.json").exists():
        assert call("restore", "a.clean.txt", cwd=tmp_path).raw == (tmp_path / "a.txt").read_bytes()


def test_restore_refuses_a_record_that_was_changed(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT})
    call("strip", "--record", "a.txt", cwd=tmp_path)
    record = tmp_path / "a.clean.txt.record.json"
    record.write_text(record.read_text().replace(f"{CHROME}\\n", f"{CHROME}!\\n"))
    result = call("restore", "a.clean.txt", cwd=tmp_path)
    assert result.code in (USAGE, FAILED)
    assert "is damaged; the original cannot be rebuilt from it" in complaint(result)


# ── explain ───────────────────────────────────────────────────────────────────────────────────────

TEXT = f"{CHROME}\n\nOwn chrome\nThe cafÃ© was closed.\n{CLEAN}"


@pytest.mark.parametrize(
    "text", [TEXT, DOCUMENT, CLEAN, f"{CHROME}\n{CLEAN}\n\n{CHROME}\n\n", "\n".join(languages().values())]
)
def test_explain_keeps_what_strip_keeps(text: str) -> None:
    shown = call("explain", "-", stdin=text.encode()).out.splitlines()
    kept = [line[2:] for line in shown if line.startswith("  ") and line.strip()]
    repaired = Cleaner().clean(text).text.splitlines()
    assert kept == [line for line in repaired if line.strip() and line in text]
    assert [line[2:].split("  [")[0] for line in shown if not line.startswith("~")] == [
        line for line in text.split("\n") if "Ã" not in line
    ]


def test_explain_a_document_with_crlf() -> None:
    result = call("explain", "-", stdin=DOCUMENT.replace("\n", "\r\n").encode())
    assert "\r" not in result.raw.replace(b"\r\n", b"\n").decode()


def test_explain_marks_blank_lines_that_go() -> None:
    shown = call("explain", "-", stdin=DOCUMENT.encode()).out.splitlines()
    assert [line[0] for line in shown[:4]] == ["-", "-", " ", " "]


def test_colour_only_where_it_is_wanted(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT})
    for color, wanted in (("auto", False), ("never", False), ("always", True)):
        result = run("explain", "--color", color, "a.txt", cwd=tmp_path)
        assert ("\x1b[" in result.out) is wanted
        assert re.sub(r"\x1b\[[0-9;]*m", "", result.out).startswith(f"- {CHROME}  [")


@pytest.mark.usefixtures("in_doubt")
def test_explain_a_page_names_trafilatura(tmp_path: Path) -> None:
    fill(tmp_path, {"p.html": PAGE})
    lines = call("explain", "--level", "main", "p.html", cwd=tmp_path).out.splitlines()
    assert any(line.startswith("- ") and "  [trafilatura " in line for line in lines)
    assert any(line.startswith("  The bridge") for line in lines)


# ── being a good command ──────────────────────────────────────────────────────────────────────────


COMMANDS = {  # and what the help of each has to name
    "": ["strip", "check", "explain", "score", "gold", "restore", "rules", "Exit codes"],
    "strip": ["--threshold", "--in-place", "--output-dir", "--record", "--diff"],
    "check": ["--in-place", "--output-dir"],
    "explain": ["--color", "--context", "--doubt", "--row", "--id", "--text-field"],
    "score": ["--worst", "--json", "--html", "--gold-field", "--gold "],
    "gold": ["--output", "--gold ", "--gold-field", "--force"],
    "restore": ["--output", "--force", "--row"],
    "rules": ["list", "show", "try", "check", "coverage"],
    "rules list": ["--rules", "--category", "--lang", "--json"],
    "rules show": ["--rules"],
    "rules try": ["--with-builtin", "--force", "--level", "--url", "--lang", "--encoding", "--color"],
    "rules check": ["--quiet"],
    "rules coverage": [
        "--gold",
        "--gold-dir",
        "--text-field",
        "--html-field",
        "--gold-field",
        "--limit",
        "--json",
        "--color",
    ],
}


@pytest.mark.parametrize(("command", "words"), COMMANDS.items())
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help(command: str, words: list[str], option: str) -> None:
    result = call(*command.split(), option)
    assert (result.code, result.err) == (DONE, "")
    assert result.out.startswith(f"Usage: cleaner {command}".rstrip())
    assert max(map(len, result.out.splitlines())) <= 80
    assert [word for word in words if word not in result.out] == []


HEADINGS = {
    "strip": ["What goes", "Input", "Output", "Shards", "Run", "Examples"],
    "check": ["What goes", "Input", "Output", "Run", "Examples"],
    "explain": ["What goes", "Input", "Output", "Shards", "Run", "Examples"],
    "score": ["What goes", "Input", "Output", "Shards", "Run", "Examples"],
    "gold": ["What goes", "Input", "Output", "Shards", "Run", "Examples"],
    "restore": ["Output", "Shards", "Run", "Examples"],
}


@pytest.mark.parametrize(("command", "headings"), HEADINGS.items())
def test_the_help_is_in_parts(command: str, headings: list[str]) -> None:
    text = call(command, "--help").out
    assert re.findall(r"^(\w.*):$", text, re.MULTILINE) == headings
    examples = text.partition("\nExamples:\n")[2].splitlines()
    assert len(examples) >= 2
    for line in examples:
        (typed,) = re.findall(r"cleaner [a-z]+ [^|]*?(?=  | \||$)", line)
        assert set(re.findall(r"--[a-z-]+", typed)) <= set(re.findall(r"--[a-z-]+", text)), line


def test_version_and_module() -> None:
    result = run("--version")
    assert result.code == DONE
    version = re.escape(__version__)
    assert re.fullmatch(rf"cleaner, version {version}(; without the compiled kernel, .+)?\n", result.out)
    done = subprocess.run([sys.executable, "-m", "cleaner", "--version"], capture_output=True, check=True)
    assert __version__ in done.stdout.decode()


@pytest.mark.parametrize(
    ("called", "name"),
    [("/usr/bin/cleaner", "cleaner"), ("other.exe", "other"), ("cleaner/__main__.py", "python -m cleaner")],
)
def test_the_usage_has_the_name_that_it_was_called_by(
    called: str, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [called, "strip"])
    with pytest.raises(SystemExit):
        main()
    assert f"\nUsage: {name} strip " in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal")
@pytest.mark.parametrize(("no_color", "wanted"), [("", True), ("1", False)])
def test_errors_are_red_on_a_terminal(no_color: str, wanted: bool) -> None:
    import pty

    ours, theirs = pty.openpty()
    env = {**os.environ, "NO_COLOR": no_color}
    done = subprocess.run(launched("strip", "--nothing"), stderr=theirs, env=env, check=False)
    os.close(theirs)
    said = os.read(ours, 4096).decode()
    os.close(ours)
    assert done.returncode == USAGE
    assert said.startswith("\x1b[31m\x1b[1merror:\x1b[0m No such option" if wanted else "error: No such option")


def completed(folder: Path, *words: str) -> list[str]:
    """Return what bash offers for the last of `words`, each with its kind."""
    env = {"_CLEANER_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    result = run(cwd=folder, env=env)
    assert (result.code, result.err) == (DONE, "")
    return result.out.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("cleaner str", ["plain,strip"]),
        ("cleaner rules c", ["plain,check", "plain,coverage"]),
        ("cleaner strip --in-p", ["plain,--in-place"]),
        ("cleaner strip --level m", ["plain,main"]),
        ("cleaner strip a", ["file,a"]),
        ("cleaner strip --output-dir a", ["dir,a"]),
        ("cleaner strip --rules own.toml --disable own", ["plain,own/*", "plain,own/chrome"]),
        ("cleaner strip --rules own.toml --keep test", ["plain,testing"]),
        ("cleaner strip --rules gone.toml --keep enc", ["plain,encoding"]),
        ("cleaner strip --drop cr", ["plain,credit"]),
        ("cleaner strip --drop nav", []),
    ],
)
def test_completion(tmp_path: Path, line: str, offered: list[str]) -> None:
    fill(tmp_path, {"own.toml": OWN_RULES})
    assert completed(tmp_path, *line.split()) == offered


def test_completion_offers_packs_before_rules(tmp_path: Path) -> None:
    offered = completed(tmp_path, "cleaner", "strip", "--disable", "")
    assert "plain,accessibility/*" in offered
    assert all(line.endswith("/*") for line in offered)


HEAVY = (
    "trafilatura",
    "lxml",
    "cssselect",
    "charset_normalizer",
    "chardet",
    "webencodings",
    "ftfy",
    "pathspec",
    "multiprocessing",
    "hypothesis",
)


def test_a_small_text_needs_no_heavy_imports(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": f"{DOCUMENT}The café was closed – “for now”.\n"})
    script = f"""
import sys
from cleaner.cli import main
sys.argv = ["cleaner", "strip", "a.txt"]
try:
    main()
except SystemExit as leaving:
    assert leaving.code == 0, leaving.code
print(*sorted(set({HEAVY!r}) & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, check=False)
    assert done.stderr.decode().startswith("1 document: 1 written\n")
    assert done.stdout.decode().splitlines()[-1] == ""


def read_one_line(folder: Path, words: list[str]) -> tuple[int, str]:
    """Run a command whose reader goes away after a line; return its exit code and what it said."""
    with (
        (folder / "big.txt").open("rb") as stdin,
        subprocess.Popen(
            launched(*words),
            cwd=folder,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": ""},
        ) as process,
    ):
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read().decode()
        return process.wait(timeout=60), err


TALKATIVE = (
    ["explain", "big.txt"],
    ["strip", "--diff", "big.txt"],
    ["strip", "-"],
    ["restore", "small.clean.txt"],
    ["rules", "try", "own.toml", "big.txt"],
)


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    text = "".join(
        f"{CHROME}\nRain fell for {i} days, and the river rose over the old bridge.\n" for i in range(2000)
    )
    folder = fill(
        tmp_path_factory.mktemp("big"),
        {"big.txt": text, "small.txt": text, "own.toml": OWN_RULES.replace("Own chrome", CHROME)},
    )
    assert call("strip", "--record", folder / "small.txt").code == DONE
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX pipes")
@pytest.mark.parametrize("words", TALKATIVE, ids=" ".join)
def test_a_reader_that_goes_away_is_no_error(big: Path, words: list[str]) -> None:
    assert read_one_line(big, words)[1] == ""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX pipes")
def test_a_reader_that_goes_away_is_no_finding(big: Path) -> None:
    assert read_one_line(big, ["explain", "big.txt"])[0] in (DONE, 128 + 13)


def test_a_report_on_files_of_their_own(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "b.txt": CLEAN, "c.txt": b"\0\1\2"})
    assert call("strip", ".", "--report", "report.json", cwd=tmp_path).code == FAILED
    report = json.loads((tmp_path / "report.json").read_text())
    words = len(CLEAN.split())
    assert [report[name] for name in ("documents", "changed", "failed")] == [3, 1, 1]
    assert (report["words_in"] - len(CHROME.split()), report["words_out"]) == (2 * words, 2 * words)
    assert list(report["edits"].values()) == [1]
    assert len(report["failures"]) == 1
