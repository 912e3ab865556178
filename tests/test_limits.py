"""The limit of time: every document has it, in this process, too, and the others are cleaned."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from cleaner import Cleaned, Cleaner, DocumentError
from cleaner.cli import CHANGES, FAILED, USAGE
from cleaner.files.folder import Place
from cleaner.files.job import Job, JobOptions, JobOutcome
from cleaner.files.jobs import MAX_PAGE_BYTES, run_all
from cleaner.limits import ADVICE_AFTER_LIMIT, can_limit, limited
from tests.support import call, cleaner_at, fill, run

posix = pytest.mark.skipif(sys.platform == "win32", reason="SIGALRM")

CLEANER = cleaner_at("rules")
SENTENCE = "Rain fell on the town for three days and the river rose over its banks. "
NO_TIME = ["--timeout", "0.000001"]


def wait() -> None:
    while True:
        pass


def wait_in_c() -> None:
    re.match("(a+)+$", "a" * 60 + "b")


def wait_and_catch() -> None:
    while True:
        with suppress(Exception):
            wait()


def wait_in_del() -> None:
    class Slow:
        def __del__(self) -> None:
            end = time.monotonic() + 0.5
            while time.monotonic() < end:
                pass

    slow = Slow()
    del slow
    wait()


@posix
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("does", [wait, wait_in_c, wait_and_catch, wait_in_del, lambda: time.sleep(60)])
def test_what_takes_too_long_ends(does: object) -> None:
    began = time.monotonic()
    message = r"^cannot be cleaned: takes longer than 0\.2 seconds; leave it out$"
    with pytest.raises(DocumentError, match=message), limited(0, 0.2):
        does()  # type: ignore[operator]
    assert time.monotonic() - began < 5


@posix
def test_the_signal_is_as_before() -> None:
    heard = []
    before = signal.signal(signal.SIGALRM, lambda *_: heard.append(1))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with limited(0, 30):
            pass
        with pytest.raises(DocumentError), limited(0, 0.05):
            wait()
        with pytest.raises(KeyError), limited(0, 30):
            raise KeyError
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
        time.sleep(0.5)
        assert heard == [1]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_there_is_no_limit_where_it_cannot_be_kept() -> None:
    seen: list[object] = []

    def look() -> None:
        seen.append(can_limit())
        with limited(0, 0.000001):
            time.sleep(0.1)
        seen.append("done")

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [False, "done"]
    with limited(0, None):
        time.sleep(0.1)


@posix
def test_a_larger_document_has_more_time() -> None:
    with limited(10_000_000, 0.000001):
        time.sleep(0.1)


@posix
def test_an_exception_that_is_lost_counts_at_the_end() -> None:
    """Python ignores what is raised in `__del__` and in callbacks of the collector."""
    with pytest.raises(DocumentError, match="takes longer than"), limited(0, 0.01), suppress(BaseException):
        time.sleep(0.1)


@posix
@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_a_single_document_has_the_limit(tmp_path: Path, name: str) -> None:
    fill(tmp_path, {name: f"<p>{SENTENCE}"})
    result = run("strip", *NO_TIME, name, cwd=tmp_path)
    assert result.code == FAILED
    assert re.search(
        rf"{name}: cannot be cleaned: takes longer than [0-9.]+ seconds; {ADVICE_AFTER_LIMIT}", result.err
    )
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert call("strip", name, cwd=tmp_path).code == 0


class Hanging(Cleaner):
    """A cleaner that hangs on some documents, as one with a defect might."""

    def clean_bytes(self, data: bytes, **options: Any) -> Cleaned:
        if b"hang" in data:
            wait_and_catch()
        return super().clean_bytes(data, **options)


@posix
def test_of_several_texts_the_others_are_cleaned(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": "Rain fell.\n", "b.txt": "hang\n", "c.txt": "Rain fell.\n"})
    jobs = [
        Job(Place.named(tmp_path / f"{name}.txt"), Place.named(tmp_path / f"{name}.clean.txt"), 0) for name in "abc"
    ]
    outcomes = list(run_all(jobs, [Hanging("rules")], JobOptions(), 1, timeout=0.5))
    assert [outcome.status for outcome in outcomes] == ["written", "failed", "written"]
    why = f"cannot be cleaned: takes longer than 0.5 seconds; {ADVICE_AFTER_LIMIT}"
    assert outcomes[1].detail == f"{tmp_path / 'b.txt'}: {why}"
    assert not (tmp_path / "b.clean.txt").exists()


@posix
def test_standard_input_has_the_limit() -> None:
    command = [sys.executable, "-m", "cleaner", "strip", *NO_TIME, "-"]
    result = subprocess.run(command, input=b"Share\nRain fell.\n", capture_output=True, check=False)
    assert (result.returncode, result.stdout) == (FAILED, b"")
    assert re.fullmatch(rb"-: cannot be cleaned: takes longer than .* seconds; allow more .*\n", result.stderr)


@posix
def test_a_large_page_goes_to_a_worker_even_alone(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text(f"<p>{SENTENCE}<!--{'x' * MAX_PAGE_BYTES}-->", "utf-8")
    job = Job(Place.named(page), Place.named(tmp_path / "a.clean.txt"), 0)
    handler = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    try:
        (outcome,) = run_all([job], [CLEANER], JobOptions(), 1)
        assert outcome.status == "written"
    finally:
        signal.signal(signal.SIGALRM, handler)


def test_in_a_thread_documents_go_to_workers(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Share\nRain fell.\n", "utf-8")
    done: list[JobOutcome] = []
    job = Job(Place.named(tmp_path / "a.txt"), Place.named(tmp_path / "a.clean.txt"), 0)
    thread = threading.Thread(target=lambda: done.extend(run_all([job], [CLEANER], JobOptions(), 1)))
    thread.start()
    thread.join()
    assert [outcome.status for outcome in done] == ["written"]


@posix
def test_check_gives_as_much_time_as_strip(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": SENTENCE})
    result = run("check", *NO_TIME, "a.txt", cwd=tmp_path)
    assert result.code == FAILED
    assert ADVICE_AFTER_LIMIT in result.err
    assert call("check", "--timeout", "60", "a.txt", cwd=tmp_path).code == CHANGES


@pytest.mark.parametrize("timeout", ["nan", "NaN", "-nan", "0", "-1", "inf", "x"])
def test_a_limit_that_is_no_number_of_seconds(tmp_path: Path, timeout: str) -> None:
    fill(tmp_path, {"a.txt": "Rain fell.\n"})
    result = call("strip", f"--timeout={timeout}", "a.txt", cwd=tmp_path)
    assert result.code == USAGE
    assert "'--timeout'" in result.err
