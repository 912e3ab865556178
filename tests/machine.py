"""The line that measurements begin with: on which machine, with which Python, and whether the kernel is compiled."""

from __future__ import annotations

import platform
from pathlib import Path

from cleaner.kernel import compiled


def machine() -> str:
    """Return a description of this machine and of the cleaner on it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    processor = names[0] if names else platform.processor() or platform.machine()
    kernel = "compiled kernel" if compiled else "without the compiled kernel"
    return f"{processor}, {platform.system()}, Python {platform.python_version()}, {kernel}"
