"""Four times the text takes about four times the time, whatever the shape of the document."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cleaner import Cleaner
from tests.strategies import CHROME, PROSE

RULES = """
[pack]
format = 1
id = "own"
[[rule]]
id = "block"
category = "x"
from = "Open the box"
to = "Close the box"
max = 200
[[rule]]
id = "cut"
category = "x"
cut = "Cut it here"
[[rule]]
id = "inline"
category = "x"
inline = '''\\[edit [a-z]{0,20}\\]'''
[[rule]]
id = "weak"
category = "x"
weak = true
patterns = '''zap .*'''
[[rule]]
id = "wild"
category = "x"
patterns = '''wild .*ly .*ed'''
"""

SHAPES: dict[str, Callable[[int], str]] = {
    "prose": lambda n: "\n".join(PROSE[i % len(PROSE)] for i in range(n)),
    "chrome": lambda n: "\n".join(CHROME[i % len(CHROME)] for i in range(n)),
    "chrome and prose in turn": lambda n: "\n".join((CHROME[i % len(CHROME)], PROSE[0])[i % 2] for i in range(n)),
    "one run of weak lines": lambda n: "Accessibility links\n" + "zap it\n" * n + PROSE[0],
    "weak lines and blank ones": lambda n: "Accessibility links\n" + "zap it\n\n\n\n" * (n // 4),
    "blocks that never end": lambda n: PROSE[0] + "\nOpen the box" * n,
    "blocks within blocks": lambda n: PROSE[0] + "\nOpen the box" * (n // 2) + "\nClose the box" * (n // 2),
    "cuts": lambda n: PROSE[0] + "\nCut it here" * n,
    "pairs of captions": lambda n: "".join(f"A heron at the weir number {i}\n" * 2 + "\n" for i in range(n // 3)),
    "inline everywhere": lambda n: "a heading [edit this]\n" * n,
    "inline in one line": lambda n: "word [edit this] " * n,
    "blank lines": lambda n: "\n" * n + "Accessibility links" + "\n" * n,
    "mojibake": lambda n: "It wasnâ€™t the cafÃ© on the quay.\n" * (n // 8),
    "mojibake in one line": lambda n: "It wasnâ€™t the cafÃ© on the quay. " * (n // 8),
    "broken beyond repair": lambda n: "ÃÂâ€ " * n,
    "entities": lambda n: "AT&amp;T &lt; " * (n // 4),
    "next line characters": lambda n: "it\x92s\x85" * (n // 4),
    "near misses of a pattern": lambda n: ("wild " + "ly " * 90 + "\n") * (n // 20),
    "carriage returns": lambda n: "Accessibility links\r\n" + "Short line\r\r\n" * n,
}
SIZE = 6000


@pytest.mark.parametrize("shape", SHAPES)
def test_time_grows_with_the_text(shape: str, tmp_path: Path) -> None:
    rules = tmp_path / "own.toml"
    rules.write_text(RULES, "utf-8")
    cleaner = Cleaner(rules=[rules])
    cleaner.clean(SHAPES[shape](300))

    def seconds(size: int) -> float:
        text = SHAPES[shape](size)
        times = []
        gc.disable()  # a collection in one of the runs would be most of its time
        try:
            for _ in range(4):
                start = time.process_time()
                cleaner.clean(text)
                times.append(time.process_time() - start)
        finally:
            gc.enable()
        return min(times)

    # Four times the size: linear is a factor of 4, quadratic of 16; and what takes no time has no factor.
    assert seconds(4 * SIZE) < 10 * seconds(SIZE) + 0.05
