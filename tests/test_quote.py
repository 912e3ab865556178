"""Names of strangers in messages and commands: a shell takes what is printed for the file, whatever it is called."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner import quote
from cleaner.files.git import add_command

NAMES = [  # without `/` and NUL a name may have any bytes
    b"plain.txt",
    b"with spaces and 'quotes' \"\".txt",
    b"-n.txt",
    b":!magic.txt",
    b"100%s %d.txt",
    b"back\\slash\\n.txt",
    b"*.txt",
    b"[a-z]?.txt",
    b"$(touch owned)`touch owned`;touch owned&.txt",
    b"line\nfeed.txt",
    b"feed at the end\n",
    b"\n\n",
    b"tab\t.txt",
    b"\x1b[2J\x1b]0;title\x07.txt",
    b"\x011.txt",  # an octal escape before a digit
    b"\x7f.txt",
    b"\xff\xfe.txt",
    b"\xc2\x9b31m.txt",
    b"\xe2\x80\xae\xe2\x81\xa6txt.exe",
    b"-\n%s\\\x1b*'.txt",
    "文書 é \u200c\u200f.txt".encode(),
    "م‌ن 👩‍🚀.txt".encode(),
]
SHELLS = [shell for shell in ("bash", "dash", "zsh", "ksh", "mksh", "busybox") if shutil.which(shell)]
NO_DOLLAR_QUOTES = "dash"

needs_git = pytest.mark.skipif(not shutil.which("git"), reason="needs git")


def shell(which: str, script: str, cwd: Path) -> bytes:
    words = ["busybox", "sh"] if which == "busybox" else [which]
    done = subprocess.run([*words, "-c", script], cwd=cwd, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b""), (script, done)
    return done.stdout


@needs_git
@pytest.mark.parametrize("which", SHELLS)
def test_the_command_that_adds_files_can_be_pasted(tmp_path: Path, which: str) -> None:
    """For each name alone, and for all at once; nothing else is added."""
    for names in [*([name] for name in NAMES), NAMES]:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
        for name in [*names, b"other.txt", b"a1.txt"]:
            (folder / os.fsdecode(name)).touch()
        command = add_command([Path(os.fsdecode(name)) for name in names])
        assert quote.is_plain(command)
        shell(which, command, folder)
        added = subprocess.run(["git", "ls-files", "-z"], cwd=folder, capture_output=True, check=True)
        assert set(added.stdout.split(b"\0")[:-1]) == set(names)
        assert not (folder / "owned").exists()


@pytest.mark.parametrize("which", [which for which in SHELLS if which != NO_DOLLAR_QUOTES])
def test_a_quoted_name_is_the_file_to_a_shell(tmp_path: Path, which: str) -> None:
    for name in NAMES:
        word = quote.word(os.fsdecode(name))
        assert shell(which, f"printf %s {word}", tmp_path) == name
        shown = quote.name(os.fsdecode(name))
        assert shown in (word, os.fsdecode(name))
        assert quote.is_plain(shown)


@pytest.mark.skipif(not shutil.which("ls"), reason="needs ls")
def test_it_is_quoted_as_ls_does_it(tmp_path: Path) -> None:
    for name in (b"line\nfeed.txt", b"\n", b"tab\t.txt", b"a\x1b[2J\x01b.txt", b"\x7f.txt", b"it's\r.txt"):
        path = tmp_path / os.fsdecode(name)
        path.touch()
        done = subprocess.run(
            ["ls", "--quoting-style=shell-escape", "-d", path.name], cwd=tmp_path, capture_output=True, check=False
        )
        if done.returncode:
            pytest.skip("not the ls of GNU")
        # It begins with an empty word where an escape comes first, and prefers \"…\" where there is an apostrophe.
        listed = done.stdout.decode().rstrip("\n").removeprefix("''")
        assert quote.name(path.name) == listed or "'" in path.name
        path.unlink()


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("a\tb\nc\r\nd", "a\tb\nc\r\nd"),
        ("a\rb", "a␍b"),
        ("\x1b[2J\x07\x00\x7f", "␛[2J␇␀␡"),
        ("\x9b31m", "<U+009B>31m"),
        ("\u202eabc\u2066", "<U+202E>abc<U+2066>"),
        ("\u2028\x85", "<U+2028><U+0085>"),
        ("\udcff\ud800", "<U+DCFF><U+D800>"),
        ("م\u200cن \u200fא\u200e 👩\u200d🚀 🏴\U000e0067\U000e007f", None),
    ],
)
def test_signs(given: str, shown: str | None) -> None:
    assert quote.text(given) == (given if shown is None else shown)
    assert quote.line(given.replace("\r\n", "\n")) == quote.text(given.replace("\r\n", "\n")).replace("\n", "␊")


@given(st.text(st.characters(exclude_characters="\0/"), min_size=1) | st.binary().map(os.fsdecode))
@settings(deadline=None)
def test_nothing_dangerous_is_left(given: str) -> None:
    """Any text, lone surrogates too: they are in names that are not UTF-8, and in JSON."""
    for shown in (quote.name(given), quote.word(given), quote.escaped(given), quote.line(given)):
        assert quote.is_plain(shown.replace("\t", ""))
        shown.encode()
    quote.text(given).encode()
    assert quote.line(quote.text(given)) == quote.line(given.replace("\r\n", "\n")) or "\r\n" in given
    if quote.is_plain(given):
        assert quote.name(given) == given
