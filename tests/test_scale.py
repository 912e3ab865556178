"""Many rules: a thousand packs load in seconds, and lines cost hardly more to match with ten times the rules."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

import pytest

from cleaner import Cleaner
from cleaner.rules import checks
from cleaner.rules import pack as packs
from cleaner.rules.engine import Ruleset
from cleaner.rules.prepare import compile_packs
from tests.strategies import CHROME, PROSE

LETTERS = "abcdefghijklmnopqrstuvwxyz"

pytestmark = pytest.mark.alone


class Phrases:
    """Invented words, and phrases of them; the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._words = ["".join(self._random.choices(LETTERS, k=self._random.randint(3, 9))) for _ in range(4000)]

    def __call__(self, least: int, most: int) -> str:
        return " ".join(self._random.choices(self._words, k=self._random.randint(least, most)))

    def rule(self) -> str:
        """Return what a rule looks for: one to four lines, or a pattern."""
        if self._random.random() < 0.4:
            return f"patterns = '{self(2, 3)} (?:{self(1, 1)}|{self(1, 1)}) [0-9]{{1,4}}'"
        return "lines = '''\n" + "\n".join(self(2, 5) for _ in range(self._random.randint(1, 4))) + "\n'''"


def pack(name: str, rules: Iterable[str]) -> str:
    """Return the text of a pack with rules, of each of which is given what it looks for."""
    tables = [f'[[rule]]\nid = "r{number}"\ncategory = "x"\n{rule}\n' for number, rule in enumerate(rules)]
    return f'[pack]\nformat = 1\nid = "{name}"\n' + "".join(tables)


def seconds(work: Callable[[], object], runs: int = 1) -> float:
    """Return the least time that `work` takes in so many runs."""
    times = []
    gc.disable()  # a collection in one of the runs would be most of its time
    try:
        for _ in range(runs):
            start = time.process_time()
            work()
            times.append(time.process_time() - start)
    finally:
        gc.enable()
    return min(times)


def test_a_thousand_packs_load_in_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    phrases = Phrases(1)
    folder = tmp_path / "rules"
    folder.mkdir()
    for number in range(1000):
        text = pack(f"p{number}", (phrases.rule() for _ in range(20)))
        (folder / f"p{number}.toml").write_text(text, "utf-8")
    Cleaner()
    without = seconds(Cleaner, 3)
    first = seconds(lambda: Cleaner(rules=[folder]))
    second = seconds(lambda: Cleaner(rules=[folder]), 3)
    assert first < without + 12  # 6.6 seconds were seen
    assert second < without + 1.5


LONG = "the readers of the gazette are asked to share this story on network"
# What the rules of a shape look for, by their number, and lines that begin or end as many of them do.
SHAPES: dict[str, tuple[Callable[[int], str], Callable[[int], str]]] = {
    "literals with the same long start": (
        lambda i: f"lines = '{LONG} number {i}'",
        lambda i: f"{LONG} number {i} and more",
    ),
    "patterns with the same long start": (
        lambda i: f"patterns = '{LONG} number {i} .{{1,20}}'",
        lambda i: f"{LONG} number {i}, and the network says",
    ),
    "patterns with the same short start": (
        lambda i: f"patterns = '{i} shares on .{{1,20}}'",
        lambda i: f"{i} shares were sold on the market",
    ),
    "patterns with the same long end": (
        lambda i: f"patterns = '.{{1,20}} number {i} of {LONG}'",
        lambda i: f"We met at the place of number {i} of {LONG}",
    ),
    "inline at the end": (
        lambda i: f"inline = ' Number {i} of {LONG}'\nat = 'end'",
        lambda i: f"We met at the place of number {i} of {LONG}",
    ),
    "inline at the start": (
        lambda i: f"inline = '{LONG} Number {i}: '\nat = 'start'",
        lambda i: f"{LONG} number {i}: we met there",
    ),
    "inline anywhere": (
        lambda i: f"inline = ' number {i} of {LONG}:'",
        lambda i: f"We met at the place of number {i} of {LONG}",
    ),
}


@pytest.mark.parametrize("shape", ["random phrases", *SHAPES])
def test_ten_times_the_rules_cost_less_than_twice_the_time(shape: str) -> None:
    lines = [*CHROME[::40], *PROSE * 20]  # most of which no rule fits
    if shape in SHAPES:
        lines += [SHAPES[shape][1](i) for i in range(0, 4000, 13)]

    def ruleset(count: int) -> Ruleset:
        phrases = Phrases(2)
        rules = (SHAPES[shape][0](i) if shape in SHAPES else phrases.rule() for i in range(count))
        source = packs.Source("many.toml", pack("many", rules))
        return Ruleset([compile_packs([checks.parse(source, trusted=True)])])

    def cost(rules: Ruleset) -> float:
        def mark() -> None:
            for _ in range(10):
                rules.mark(lines, rules.look_up(lines))

        mark()
        return seconds(mark, 5)

    few, many = cost(ruleset(300)), cost(ruleset(3000))
    assert many < 2 * few
