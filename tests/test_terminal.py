"""Names, documents, packs and configurations of strangers are shown on a terminal, and none of them can command it.

Every command runs as a real process, once on a pseudo-terminal and once with its output in pipes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support import CHROME, CLEAN, DOCUMENT, OWN_RULES, fill, launched, run

pty = pytest.importorskip("pty")
termios = pytest.importorskip("termios")

# What a terminal obeys: a title, hidden text, an empty screen, the start of the line, C1, an order of the letters.
ORDERS = "\x1b]0;owned\x07\x1b[8m\x1b[2J\x08\x7f\x9b31m\u202e\u2066\x0b\x0c\u2028\x85"
FORGED = "etc: was removed"
NAME = f"a\x1b[2J\x1b[8m\x07\r\n{FORGED}\u202e"
DANGER = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
COLOURS = re.compile("\x1b\\[(?:0|1|2|9|31|32|33|36)m")  # what `style` makes
BAR = re.compile("\r\x1b\\[\\?25l|\x1b\\[\\?25h|\r\x1b\\[K|\r(?=[a-z]+ing )")  # a progress bar


class Shown(NamedTuple):
    """What a process showed on a terminal, and its exit code."""

    code: int
    raw: bytes

    @property
    def text(self) -> str:
        return self.raw.decode("utf-8", "surrogateescape")


def on_terminal(*words: str | bytes | Path, cwd: Path, stdin: bytes | None = None) -> Shown:
    """Run the command with its output on a terminal, and its input too, if there is no `stdin`."""
    ours, theirs = pty.openpty()
    settings = termios.tcgetattr(theirs)
    settings[1] &= ~termios.OPOST  # a line feed stays what it is
    termios.tcsetattr(theirs, termios.TCSANOW, settings)
    process = subprocess.Popen(
        launched(*words),
        cwd=cwd,
        stdin=theirs if stdin is None else subprocess.PIPE,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "200"},
    )
    os.close(theirs)
    if process.stdin:
        threading.Thread(target=_feed, args=(process.stdin, stdin), daemon=True).start()
    pieces = []
    while True:
        try:
            piece = os.read(ours, 1 << 16)
        except OSError:  # EIO: nobody has the other end any more
            break
        if not piece:
            break
        pieces.append(piece)
    os.close(ours)
    return Shown(process.wait(60), b"".join(pieces))


def _feed(pipe, data: bytes) -> None:  # type: ignore[no-untyped-def]
    with pipe:
        pipe.write(data)


def assert_harmless(text: str) -> None:
    """No character commands a terminal, but for our colours and progress bars, and no name begins a line."""
    left = COLOURS.sub("", BAR.sub("", text))
    assert "Traceback" not in left, left
    assert not (found := DANGER.search(left)), (found, left)
    assert not re.search(rf"^{FORGED}", left, re.MULTILINE), left
    left.encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of strangers: names, documents, pages, shards, gold and packs with orders to the terminal."""
    rain = f"Rain {ORDERS} fell on the town for three days.\n"
    pack = OWN_RULES.replace(
        "\n\n[[rule]]", f"\ntitle = {json.dumps(ORDERS)}\nsource = {json.dumps(ORDERS)}\n\n[[rule]]"
    )
    line = json.dumps({"text": f"{CHROME}\n{rain}", ORDERS: 1, "url": ORDERS, "gold": rain})
    fill(
        tmp_path,
        {
            f"{NAME}.txt": f"{CHROME}{ORDERS}\n{CHROME}\n\n{rain}Own chrome\n{CLEAN}",
            f"{NAME}.html": f"<p>{CHROME}</p><p>{rain}</p><p>{CLEAN}</p>",
            f"gold{NAME}.md": f"{CHROME}\n\n{rain}",
            f"gold{NAME}.clean.md": rain,
            f"binary{NAME}.txt": b"\0\1\x1b[2J",
            f"empty{NAME}.txt": b"",
            f"shard{NAME}.jsonl": f"{line}\n{{\n",
            f"crash{NAME}.warc": f"WARC/1.0\r\n{ORDERS}\r\n",
            "own.toml": pack,
            f"bad{NAME}/own.toml": pack.replace("category", f'"{json.dumps(ORDERS)[1:-1]}"'),
            f"toml{NAME}/own.toml": f"[pack]\n{ORDERS}",
            "configured/a.txt": DOCUMENT,
        },
    )
    (tmp_path / f"link{NAME}.txt").symlink_to("nowhere")
    (tmp_path / os.fsdecode(b"b\xff\x9b\x80.txt")).write_text(DOCUMENT)
    (tmp_path / os.fsdecode(b"b\xff\x9b\x80.jsonl")).write_text(f"{line}\n{{\n")
    return tmp_path


HOSTILE = f"x{NAME}{ORDERS}"
COMMANDS: dict[str, tuple[str | bytes, ...]] = {
    "strip": ("strip", "."),
    "strip in workers": ("strip", "-j", "2", "."),
    "strip with records and a report": ("strip", "--record", "--report", f"{HOSTILE}.json", "."),
    "strip to a folder": ("strip", "--output-dir", HOSTILE, "."),
    "strip in place": ("strip", "--in-place", "."),
    "diff": ("strip", "--diff", "."),
    "check": ("check", "."),
    "check in place": ("check", "--in-place", "."),
    "what git says": ("check", "--tracked", "."),
    "explain": ("explain", f"{NAME}.txt", f"{NAME}.html", f"binary{NAME}.txt", f"none{NAME}.txt"),
    "explain bytes": ("explain", b"b\xff\x9b\x80.txt"),
    "score": ("score", "."),
    "score as JSON": ("score", "--json", "."),
    "score of a shard": ("score", f"shard{NAME}.jsonl", "--text-field", HOSTILE),
    "restore": ("restore", f"{NAME}.clean.txt"),
    "restore to a file that is there": ("restore", f"gold{NAME}.clean.md", "-o", f"{NAME}.txt"),
    "rules list": ("rules", "list", "--rules", "own.toml"),
    "rules list as JSON": ("rules", "list", "--rules", "own.toml", "--json"),
    "rules list of none": ("rules", "list", "--category", HOSTILE),
    "rules show": ("rules", "show", "own", "--rules", "own.toml"),
    "rules show none": ("rules", "show", HOSTILE),
    "rules try": ("rules", "try", "own.toml", "."),
    "rules try beside the others": ("rules", "try", "own.toml", ".", "--with-builtin", "--url", HOSTILE),
    "rules check": ("rules", "check", "own.toml"),
    "rules check of a wrong pack": ("rules", "check", f"bad{NAME}"),
    "rules check of no TOML": ("rules", "check", "--fix", f"toml{NAME}"),
    "rules coverage": ("rules", "coverage", ".", "--rules", "own.toml", "--gold"),
    "rules coverage as JSON": ("rules", "coverage", ".", "--rules", "own.toml", "--json"),
    "rules coverage of a shard": ("rules", "coverage", f"shard{NAME}.jsonl"),
    "a pack with an unknown key": ("explain", "configured/a.txt", "--rules", f"bad{NAME}"),
    "a pack that is no TOML": ("explain", "configured/a.txt", "--rules", f"toml{NAME}"),
    "no pack": ("explain", "configured/a.txt", "--rules", HOSTILE),
    "no path": ("strip", HOSTILE),
    "no kind": ("strip", f"{NAME}.txt", f"own.toml{NAME}.x"),
    "no command": (HOSTILE,),
    "no command, but a path": (f"{NAME}.txt",),
    "no option": ("strip", f"--{HOSTILE}", "."),
    "no level": ("strip", "--level", HOSTILE, "."),
    "no number": ("strip", "--threshold", HOSTILE, "."),
    "no rule": ("strip", "--disable", HOSTILE, "."),
    "no category": ("strip", "--keep", HOSTILE, "."),
    "no encoding": ("strip", "--encoding", HOSTILE, "."),
    "no language": ("strip", "--lang", HOSTILE, "."),
    "no URL": ("strip", "--url", HOSTILE, "."),
    "no protocol": ("strip", f"s3://{HOSTILE}/a.jsonl"),
    "no field": ("strip", "--text-field", HOSTILE, f"shard{NAME}.jsonl"),
    "no file for the report": ("strip", "--report", f"none{HOSTILE}/r.json", "configured"),
}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("where", ["terminal", "pipe"])
def test_no_order_reaches_the_terminal_or_a_log(folder: Path, words: tuple[str | bytes, ...], where: str) -> None:
    if words[:2] == ("check", "--tracked") and shutil.which("git"):
        subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    if where == "terminal":
        assert_harmless(on_terminal(*words, cwd=folder, stdin=b"").text)
        return
    result = run(*words, cwd=folder)
    assert not COLOURS.search(result.out + result.err)
    assert_harmless(result.out)
    assert_harmless(result.err)


CONFIGURATIONS = {
    "a key": f'{json.dumps(HOSTILE)} = "x"',
    "a level": f"level = {json.dumps(HOSTILE)}",
    "a category": f"keep = [{json.dumps(HOSTILE)}]",
    "a rule": f"disable = [{json.dumps(HOSTILE)}]",
    "a pack": f"extend-rules = [{json.dumps(HOSTILE)}]",
    "a language": f"lang = {json.dumps(HOSTILE)}",
    "a pattern": f"exclude = [{json.dumps(HOSTILE + '[')}]",
    "no TOML": f"level = {HOSTILE}",
}


@pytest.mark.parametrize("configuration", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_a_configuration_gives_no_orders(folder: Path, configuration: str) -> None:
    fill(folder, {"configured/cleaner.toml": configuration.replace("\\u007f", "\\u007F")})
    for words in (("strip", "configured"), ("check", "configured"), ("explain", "configured/a.txt")):
        assert_harmless(on_terminal(*words, cwd=folder).text)
        result = run(*words, cwd=folder)
        assert_harmless(result.out + result.err)


# ── text that is data ─────────────────────────────────────────────────────────────────────────────

# The repair of encoding makes letters of C1: without them the text stays.
KEPT = re.sub("[\x80-\x9f]", "", ORDERS)
TEXT = f"{CHROME}\n\nRain {KEPT} fell on the town for three days.\nIt rained for three more days in the hills.\n"
SCRIPTS = "می\u200cخواهم \u200f(שלום)\u200e 👩\u200d🚀 🏴\U000e0067\U000e0062\U000e007f"
ORDINARY = f"{CHROME}\r\n\r\n{SCRIPTS}\r\nRain fell on the town.\r\n"


def test_the_clean_text_is_data_in_a_pipe_and_shown_on_a_terminal(tmp_path: Path) -> None:
    clean = TEXT.removeprefix(f"{CHROME}\n\n")
    assert run("strip", "-", cwd=tmp_path, stdin=TEXT.encode()).out == clean
    shown = on_terminal("strip", "-", cwd=tmp_path, stdin=TEXT.encode())
    assert_harmless(shown.text)
    assert "\u241b[2J" in shown.text
    fill(tmp_path, {"a.txt": TEXT})
    assert run("strip", "--record", "a.txt", cwd=tmp_path).code == 0
    assert run("restore", "a.clean.txt", cwd=tmp_path).out == TEXT
    assert_harmless(on_terminal("restore", "a.clean.txt", cwd=tmp_path).text)


@pytest.mark.parametrize("words", [("explain",), ("strip", "--diff")], ids=["explain", "diff"])
def test_raw_text_is_for_files_and_pipes(tmp_path: Path, words: tuple[str, ...]) -> None:
    fill(tmp_path, {"a.txt": TEXT})
    plain = run(*words, "a.txt", cwd=tmp_path)
    assert_harmless(plain.out)
    raw = run(*words, "--raw", "a.txt", cwd=tmp_path)
    assert KEPT in raw.out
    assert raw.out != plain.out
    refused = on_terminal(*words, "--raw", "a.txt", cwd=tmp_path)
    assert refused.code == 2
    assert "--raw" in refused.text
    assert_harmless(refused.text)


@pytest.mark.parametrize("words", [("explain",), ("strip", "--diff")], ids=["explain", "diff"])
def test_ordinary_text_of_any_script_stays(tmp_path: Path, words: tuple[str, ...]) -> None:
    fill(tmp_path, {"a.txt": ORDINARY})
    assert SCRIPTS in run(*words, "a.txt", cwd=tmp_path).out
    assert run(*words, "a.txt", cwd=tmp_path) == run(*words, "--raw", "a.txt", cwd=tmp_path)
    assert SCRIPTS in on_terminal(*words, "a.txt", cwd=tmp_path).text


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_a_diff_can_be_applied(tmp_path: Path) -> None:
    """Without `--raw` for ordinary text, with CRLF too, with it for any text; names are quoted as git does it."""
    name = f'{NAME}\t"\\.txt'
    for text, options in ((ORDINARY, []), (TEXT, ["--raw"]), (TEXT.replace("\n", "\r\n"), ["--raw"])):
        fill(tmp_path, {name: text})
        diff = run("strip", "--diff", *options, "--in-place", name, cwd=tmp_path)
        assert (diff.code, diff.err) == (0, "")
        assert run("strip", "-", cwd=tmp_path, stdin=text.encode()).code == 0
        done = subprocess.run(
            ["git", "apply", "-p0", "--whitespace=nowarn"],
            cwd=tmp_path,
            input=diff.raw,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert (tmp_path / name).read_bytes() == run("strip", "-", cwd=tmp_path, stdin=text.encode()).raw


def test_a_diff_with_signs_says_so(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": TEXT})
    told = run("strip", "--diff", "a.txt", cwd=tmp_path)
    assert re.fullmatch(r"a\.txt: .+; .*--raw.*\n", told.err)
    assert run("strip", "--diff", "--raw", "a.txt", cwd=tmp_path).err == ""


def test_standard_input_that_cannot_be_read(tmp_path: Path) -> None:
    with Path(os.devnull).open("wb") as unreadable:
        done = subprocess.run(
            launched("strip", "-"), cwd=tmp_path, stdin=unreadable, capture_output=True, check=False
        )
    assert done.returncode == 2
    assert done.stderr == b"error: standard input cannot be read (Bad file descriptor); name a file\n"


# ── streams that are closed ───────────────────────────────────────────────────────────────────────

CLOSED = {
    "output": ("cleaner explain a.txt >&-; echo $? >code", 0),
    "messages": ("cleaner explain a.txt missing.txt 2>&-; echo $? >code", 3),
    "everything": ("cleaner explain a.txt <&- >&- 2>&-; echo $? >code", 0),
    "input": ("cleaner explain a.txt <&-; echo $? >code", 0),
    "input that is read": ("cleaner explain - <&-; echo $? >code", 2),
    "input that is cleaned": ("cleaner strip - <&-; echo $? >code", 2),
    "input that is measured": ("cleaner rules coverage - <&-; echo $? >code", 2),
    "output of a stream": ("cleaner strip - >&-; echo $? >code", 0),
    "output of a diff": ("cleaner strip --diff a.txt >&-; echo $? >code", 0),
    "output of files": ("cleaner strip a.txt >&-; echo $? >code", 0),
    "output of files and messages": ("cleaner strip a.txt b.txt -j 2 <&- >&- 2>&-; echo $? >code", 0),
    "messages of an error": ("cleaner explain --level x a.txt 2>&-; echo $? >code", 2),
    "a pipe that nobody reads": ("(cleaner explain big.txt; echo $? >code) | head -c 1", 0),
    "messages that nobody reads": ("(cleaner strip missing.txt a.txt; echo $? >code) 2>&1 >/dev/null | :", 3),
    "an error that nobody reads": ("(cleaner strip --level x a.txt; echo $? >code) 2>&1 >/dev/null | :", 2),
    "messages on a full disk": ("cleaner strip missing.txt a.txt 2>/dev/full; echo $? >code", 3),
}


@pytest.mark.parametrize(("script", "code"), CLOSED.values(), ids=CLOSED)
def test_closed_streams(tmp_path: Path, script: str, code: int) -> None:
    """Nobody reads what is closed: the work is done, and the exit code says how it went."""
    fill(tmp_path, {"a.txt": DOCUMENT, "b.txt": DOCUMENT, "big.txt": DOCUMENT * 3000})
    path = f"{Path(launched()[0]).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        input=DOCUMENT.encode(),
        capture_output=True,
        check=False,
    )
    said = (done.stdout + done.stderr).decode()
    assert "Traceback" not in said
    assert "Exception" not in said
    assert (tmp_path / "code").read_text() == f"{code}\n", said
    copy = tmp_path / "a.clean.txt"
    assert not copy.exists() or copy.read_text() == CLEAN, "what was said went nowhere else"


def test_explain_names_each_of_several_documents(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": DOCUMENT, "b.txt": CLEAN})
    lines = run("explain", "a.txt", "b.txt", cwd=tmp_path).out.split("\n")
    assert [line for line in lines if line.endswith(".txt:")] == ["a.txt:", "b.txt:"]
    assert ":\n" not in run("explain", "a.txt", cwd=tmp_path).out


def test_an_error_that_nobody_expects_gives_no_orders(tmp_path: Path) -> None:
    code = (
        "import sys, cleaner.cli as cli\n"
        "def fail(): raise RuntimeError(sys.argv.pop())\n"
        "cli.refuse_other_distribution = fail\n"
        "cli.main()"
    )
    words = [sys.executable, "-c", code, "rules", "list", HOSTILE]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 1
    assert "RuntimeError: x" in done.stderr.decode()
    assert_harmless(done.stderr.decode().removeprefix("Traceback"))


def test_the_name_of_the_program(tmp_path: Path) -> None:
    code = "import sys; sys.argv = ['-c', 'strip', '--nothing', 'x']; from cleaner.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=False)
    assert done.stderr.decode().splitlines()[1].startswith("Usage: cleaner strip ")


def test_every_message_goes_through_one_function() -> None:
    """`say` quotes what strangers wrote: a message by another way could give orders to the terminal."""
    cli = Path(__file__).parents[1] / "cleaner" / "cli"
    ways = re.compile(r"click\.(?:echo|secho|style)\(|\bprint\(|sys\.std(?:out|err)\.(?:buffer|write)")
    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted(cli.rglob("*.py"))
        if path.name != "say.py"
        for line in path.read_text("utf-8").splitlines()
        if ways.search(line)
    ]
    assert found == []
