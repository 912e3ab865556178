"""Four times the text takes about four times the time, whatever the shape of the document and the patterns."""

from __future__ import annotations

import gc
import re
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from random import Random

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from cleaner import Cleaner
from cleaner.rules.match import regex
from cleaner.rules.match.anchors import MAX_ANCHORS, MIN_ANCHOR_CHARS, anchors_of
from cleaner.rules.match.keys import width
from cleaner.rules.match.outline import find_ends, find_literal, outline
from cleaner.rules.match.parsed import parse
from cleaner.rules.match.tables import END_CHARS
from cleaner.rules.match.units import PREFIX_UNITS, SUFFIX_UNITS
from tests.patterns import WORDS, Matcher, TooBusy, hard_lines, patterns, sample
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
[[rule]]
id = "anchored"
category = "x"
patterns = ['''.{1,40} wrote on [0-9./: ]{6,20}''', '''.*saysX .*''']
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
    "anchors": lambda n: "Ann Lee wrote on 12.3.2010\n" * (n // 8),
    "anchors in odd lines": lambda n: "Ann  Lẞe\u0301 wrote on 12.3.2010, said saysx \U0001f600\n" * (n // 8),
    "anchors in one line": lambda n: " wrote on saysx" * n,
    "anchors in short lines": lambda n: "saysx\n" * n,
    "carriage returns": lambda n: "Accessibility links\r\n" + "Short line\r\r\n" * n,
}
SIZE = 6000


@pytest.mark.parametrize("shape", SHAPES)
def test_time_grows_with_the_text(shape: str, tmp_path: Path) -> None:
    rules = tmp_path / "own.toml"
    rules.write_text(RULES, "utf-8")
    cleaner = Cleaner(rules=[rules])
    cleaner.clean(SHAPES[shape](300))

    short, long = (partial(cleaner.clean, SHAPES[shape](size)) for size in (SIZE, 4 * SIZE))
    gc.disable()  # a collection in one of the runs would be most of its time
    try:
        # Four times the size: linear is a factor of 4, quadratic of 16; and what takes no time has no factor.
        limit = 10 * seconds(short, 0) + 0.05
        assert seconds(long, limit) < limit
    finally:
        gc.enable()


ten_times_as_many = settings(max_examples=10 * settings().max_examples)  # 60,000 with the profile `long`
LONGEST = 40  # characters of the longest line that ways are counted for
MAX_COUNTED = 20_000  # ways; a pattern that may be tried more often is not counted to the end
seeds = st.integers(0, 2**32 - 1)


def passes(pattern: str, max_chars: int, *, bounded: bool = False) -> bool:
    """Whether a pattern may stand in a rule, as far as its cost is concerned."""
    try:
        regex.check(regex.expand(pattern, WORDS), max_chars=max_chars, bounded=bounded)
    except regex.UnsafePattern:
        return False
    return True


PIECES = [*"ab?.|()é", "bc ", "(?:a|bc)", "(?:ab)?", r"\d{1,3}", ".{0,20}", r"\.", r"\(", "b?", "a{2,4}", "[ab]"]


@given(st.lists(st.sampled_from(PIECES), max_size=8).map(lambda pieces: "ab" + "".join(pieces)) | patterns())
def test_what_is_safe_at_sight_is_safe(pattern: str) -> None:
    if regex._SIMPLE.fullmatch(pattern):
        regex._check_tree(pattern, 300, False, regex._simple_ways(pattern))


@pytest.mark.alone
@ten_times_as_many
@example("a.*a.*ab?", 0)
@example("(?:a|ab|b){w}(?:a?|b)?[ab]?", 0)
@example("(?:(?:a?b?)?a{0,9})?b", 0)
@given(patterns(), seeds)
def test_whole_lines_are_tried_in_no_more_ways_than_the_check_counts(pattern: str, seed: int) -> None:
    """The check bounds the ways; here they are counted, so this does not depend on the machine."""
    if not passes(pattern, LONGEST):
        event("refused")
        return
    event("counted")
    compiled = re.compile(regex.expand(pattern, WORDS))
    tree = parse(compiled.pattern)
    ways = regex._ways(tree, LONGEST)
    matcher = Matcher(tree, min(ways, MAX_COUNTED))
    for line in hard_lines(tree, Random(seed), LONGEST):
        try:
            found = matcher.fullmatch(line)
        except TooBusy:
            assert ways > MAX_COUNTED, line
        else:
            assert found == bool(compiled.fullmatch(line)), line
    if passes(pattern, 300):
        event("timed")
        for line in hard_lines(tree, Random(seed), 300):
            assert seconds(partial(compiled.fullmatch, line), 0.25) < 0.25, line


@pytest.mark.alone
@example("ab.{0,50}b.{0,50}ccc", 0)
@given(patterns(), seeds)
def test_parts_of_long_lines_take_time_as_the_line_is_long(pattern: str, seed: int) -> None:
    if not passes(pattern, 300, bounded=True):
        event("refused")
        return
    event("timed")
    compiled = re.compile(regex.expand(pattern, WORDS))
    random = Random(seed)
    for piece in filter(None, hard_lines(parse(compiled.pattern), random, random.choice((3, 30, 300)))):
        short, long = ((piece * (size // len(piece) + 1))[:size] for size in (25_000, 100_000))
        limit = 10 * seconds(partial(compiled.findall, short), 1) + 0.1
        assert seconds(partial(compiled.findall, long), limit) < limit, piece


def seconds(work: Callable[[], object], enough: float) -> float:
    """Return the least time that `work` takes in up to four runs; a run below `enough` is the last."""
    least = float("inf")
    for _ in range(4):
        start = time.process_time()
        work()
        least = min(least, time.process_time() - start)
        if least < enough:
            break
    return least


def zeroed(texts: Iterable[str]) -> list[str]:
    """Return texts as a gate sees them: all decimal digits are 0."""
    return [re.sub("[1-9]", "0", text) for text in texts]


@example("(?:a|b)?ab{w}", 0)
@example("[{w}]abcdefgh", 0)
@example(r"\\{w}abcdefgh", 0)
@example("(?:{w}|a)abcdefgh", 0)
@example(".*(?:abba|babab)?b{3}a?b{w} .*", 0)
@example(".*(?:ab{w}abab|.*aabbaa|b.aaaab).*", 0)
@given(patterns(), seeds)
def test_all_that_a_pattern_matches_is_looked_up(pattern: str, seed: int) -> None:
    for where in ("any", "start", "end"):
        start = time.process_time()
        try:
            regex.check(regex.expand(pattern, WORDS))
            anchors = anchors_of(pattern, WORDS) if where == "any" else []
            if not anchors:
                find_ends(pattern, WORDS, where)
        except regex.UnsafePattern:
            continue
        finally:
            assert time.process_time() - start < 2
        event(where)
        for reach in (0, 1, 3, 9):
            text = sample(parse(regex.expand(pattern, WORDS)), Random(seed), reach)
            if anchors:
                event("anchors")
                assert any(anchor in text for anchor in anchors)
                assert min(map(width, anchors)) >= MIN_ANCHOR_CHARS
                assert len(anchors) <= MAX_ANCHORS
                continue
            for found in (
                find_ends(pattern, WORDS, where),
                find_ends(pattern, WORDS, where, prefix_units=END_CHARS, suffix_units=END_CHARS),
                outline(pattern, WORDS, where, prefix_units=PREFIX_UNITS, suffix_units=SUFFIX_UNITS),
            ):
                zeros, whole, edges = zeroed([text])[0], zeroed(found.whole), zeroed(found.edges)
                assert all(edges)
                assert zeros in whole or any(map(zeros.endswith if found.at_end else zeros.startswith, edges))


@example("[[a]bcdefg")
@given(st.text(st.sampled_from("abx .*+?|()[]{}\\d0123,^$-:éｘ…"), max_size=20) | patterns())
def test_any_text_is_refused_or_accepted(pattern: str) -> None:
    for check in (
        lambda: regex.check(regex.expand(regex.fold_pattern(pattern), WORDS)),
        lambda: find_literal(pattern),
    ):
        try:
            check()
        except regex.UnsafePattern as refused:
            assert len(str(refused)) > 20


@pytest.mark.parametrize("depth", [regex.MAX_DEPTH + 1, 400, 100_000])
def test_deep_groups_are_refused(depth: int) -> None:
    with pytest.raises(regex.UnsafePattern, match="deep"):
        regex.check("(?:" * depth + "abcdefg" + ")?" * depth + "x")


@pytest.mark.parametrize("pattern", ["abcd" + "[ab]?" * 12, "abcd.{0,60}e.{0,60}f", "abcd.*", "abcd.{301}"])
def test_parts_of_lines_that_take_too_long_are_refused(pattern: str) -> None:
    assert not passes(pattern, 300, bounded=True)
