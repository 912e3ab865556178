"""The kernel, built with the sanitizers of the compiler: no access outside of a buffer, no undefined behaviour."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TESTS = ("tests/test_gate.py", "tests/test_makers.py")
FOLDERS = ("cleaner", "tests", "corpus", "rules")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux" or not shutil.which("gcc"), reason="made for gcc on Linux"),
]


def test_the_compiled_kernel_is_clean_under_sanitizers(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    shutil.copy2(ROOT / "pyproject.toml", tmp_path)
    library = subprocess.run(["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True)
    if not Path(library.stdout.strip()).is_absolute():
        pytest.skip("gcc has no sanitizers here")
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    run = [sys.executable, "-m", "cleaner.kernel.build", "--sanitize"]
    built = subprocess.run(run, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    env |= {
        "LD_PRELOAD": library.stdout.strip(),
        "ASAN_OPTIONS": "detect_leaks=0",
        "UBSAN_OPTIONS": "halt_on_error=1",
    }
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rs", *TESTS]
    done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "100%" in done.stdout
    assert "SKIPPED" not in done.stdout, "the kernel was not loaded"
