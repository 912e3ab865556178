"""The two makers of the judge's numbers: what the compiled kernel makes is what numpy makes, byte for byte."""

from __future__ import annotations

import re
import struct
import subprocess
import sys
import tracemalloc
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner import kernel
from cleaner.html.page import read
from cleaner.judge import chances, characters, decide, doubt, features, in_c, model, shipped
from cleaner.judge import records as layout
from cleaner.judge.in_c import CompiledMaker
from cleaner.judge.in_numpy import NumpyMaker
from cleaner.judge.judge import Judge
from cleaner.judge.markup import MARKUP_INPUTS
from cleaner.text import prose
from tests import strategies

if not kernel.compiled:
    pytest.skip("the kernel is not compiled", allow_module_level=True)

ROOT = Path(__file__).parent.parent
CORPUS = sorted((ROOT / "corpus").rglob("*.txt"))
PAGES = sorted((ROOT / "corpus").rglob("*.html"))
WEIGHTS, PAGE_WEIGHTS = shipped.load(), shipped.load(shipped.PAGE_WEIGHTS)
MAKERS = NumpyMaker(WEIGHTS), CompiledMaker(WEIGHTS)
NETS = [maker.net(WEIGHTS) for maker in MAKERS]
PAGE_NETS = [[maker.net(PAGE_WEIGHTS, f"{number}/") for number in range(shipped.PAGE_NETS)] for maker in MAKERS]
THRESHOLDS = (None, 0.0, 0.13, 0.5, 0.9, 1.0)

# Of each class of characters some, of scripts with and without spaces, pairs of units and halves of pairs.
CHARACTERS = "aZßŽ東かกມ၁9٣ \t\x0b .!?。,،:'»-–()[]|•*$%©& 😀𠀀\ud83d\ude00İŉ"
words = st.text(CHARACTERS, max_size=12)
lines = st.one_of(
    st.lists(words, max_size=12).map(" ".join),
    st.lists(words, max_size=60).map(" ".join),
    st.text(max_size=80).map(lambda text: text.replace("\n", " ")),
    st.sampled_from(["", "", " ", "Home", "* Item one", "* Item two", "May 2 – Harwell, NY", "May 3 – Harwell, NY"]),
    st.sampled_from(["The mill stood still, and the miller had closed the sluice before dawn broke.[3]"]),
)
documents = st.one_of(
    strategies.documents().map(lambda text: text.split("\n")),
    st.lists(lines, min_size=1, max_size=40),
    st.tuples(st.lists(lines, min_size=1, max_size=6), st.integers(1, 160)).map(lambda each: each[0] * each[1]),
)

numbers = st.integers(0, 65535)
bytes_ = st.sampled_from([0, 0, 0, 1, 8, 29, 32, 128, 255])
record = st.tuples(
    st.integers(1, 3),  # lines after the one before
    st.integers(0, 3) | st.integers(0, 2**32 - 1),
    st.integers(0, 30) | numbers,
    st.integers(0, 2) | numbers,
    st.integers(0, 5) | numbers,
    st.tuples(st.integers(-127, 127), st.integers(-127, 127), st.integers(0, 32)),
    st.lists(bytes_, min_size=features.SHAPE_INPUTS, max_size=features.SHAPE_INPUTS),
    st.just((0, 0, 0)),
)


def as_records(found: Sequence[Any]) -> bytes:
    lines = np.array([tuple(each) for each in found], model.RECORD)
    lines["line"] = np.cumsum(lines["line"]) - 1
    return lines.tobytes()


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """Records that no text may have, a few of them again and again."""
    few = draw(st.lists(record, min_size=1, max_size=8))
    return as_records(draw(st.lists(st.sampled_from(few), min_size=1, max_size=60)))


def both(name: str, *arguments: Any) -> Any:
    """Return what a function of one maker returns after that of the other returned the same."""
    expected, found = (getattr(maker, name)(*arguments) for maker in MAKERS)
    assert found == expected
    return found


def scores_of(some: Sequence[bytes]) -> list[bytes]:
    places = both("places", some)
    expected, found = (net.score(some, places) for net in NETS)
    assert found == expected
    return found


def check_decisions(records: bytes, scores: bytes, ruled: Sequence[int], spared: Sequence[int]) -> None:
    for limits in (chances.TEXT, chances.PAGE):
        for level in ("safe", "main"):
            both("lines_that_go", records, scores, ruled, spared, level, None, limits)
        for chance in THRESHOLDS[1:]:
            least = chances.lowest_score(chance or 0)
            both("lines_that_go", records, scores, ruled, spared, "safe", least, limits)


@given(st.lists(documents, min_size=1, max_size=4), st.data())
def test_documents(found: list[list[str]], data: st.DataObject) -> None:
    some = [records for records in both("read", found) if records]
    for records, scores in zip(some, scores_of(some) if some else (), strict=True):
        numbers = layout.lines_of(records)
        ruled, spared = (data.draw(st.lists(st.sampled_from(numbers), max_size=9)) for _ in range(2))
        check_decisions(records, scores, ruled, spared)


@given(st.lists(tables(), min_size=1, max_size=3), st.data())
def test_records_that_no_text_may_have(some: list[bytes], data: st.DataObject) -> None:
    for records in some:
        count = len(records) // layout.RECORD_BYTES
        scores = bytes(np.array(data.draw(st.lists(st.integers(-127, 127), min_size=count, max_size=count)), np.int8))
        ruled, spared = (data.draw(st.lists(st.integers(0, 2 * count), max_size=count)) for _ in range(2))
        check_decisions(records, scores, ruled, spared)
    scores_of(some)


@given(tables(), st.data())
def test_pages(records: bytes, data: st.DataObject) -> None:
    few = data.draw(st.lists(st.sampled_from([0, 0, 0, 1, 32, 255, -128]), min_size=1, max_size=50))
    count = len(records) // layout.RECORD_BYTES
    more = np.resize(np.array(few, "<i2"), count * MARKUP_INPUTS).tobytes()
    places = MAKERS[0].places([records])
    for nets in zip(*PAGE_NETS, strict=True):
        expected, found = (net.score([records], places, [more]) for net in nets)
        assert found == expected


@given(tables(), st.data())
def test_lines_are_taken_out(records: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, layout.lines_of(records)[-1] + 2), max_size=9)))
    both("without", records, list(zip(cuts[::2], cuts[1::2], strict=False)))


@given(tables(), st.data())
def test_links(records: bytes, data: st.DataObject) -> None:
    (scores,) = scores_of([records])
    count = layout.lines_of(records)[-1] + 1
    links = data.draw(st.lists(st.sampled_from([0, 0, 1, 17, 32]), min_size=count, max_size=count))
    both("with_links", scores, records, links)


@pytest.mark.parametrize(
    "line",
    [
        "word " * 5000,
        "東" * 12_000,
        "😀" * 12_000,
        "\ud83d" * 12_000,
        "\ud83d\ude00" * 12_000,
        " " * 9_999 + "ab",
        " " * 12_000 + "a",
        "a" * 9_999 + "😀b",
        "." * 10_001,
    ],
    ids=["words", "ideographs", "pairs", "halves", "both halves", "one of two", "blank", "at the end", "points"],
)
def test_long_lines(line: str) -> None:
    both("read", [["Home", line, "Sport"], [line]])


def test_long_documents_are_read_in_parts() -> None:
    some = ["a line of some words, and some more words", "", "Home"] * 20_000
    assert len(list(layout.parts(some))) > 2
    assert len(scores_of(both("read", [some]))[0]) == 40_000


def test_the_corpus() -> None:
    found = [path.read_text("utf-8", "replace").split("\n") for path in CORPUS]
    some = both("read", found)
    for records, scores in zip(some, scores_of(some), strict=True):
        check_decisions(records, scores, layout.lines_of(records)[1:3], layout.lines_of(records)[-2:])


@pytest.mark.parametrize("level", ["safe", "main"])
@pytest.mark.parametrize("threshold", THRESHOLDS)
@pytest.mark.parametrize("in_doubt", [False, True])
def test_the_pages_of_the_corpus(
    level: str, threshold: float | None, in_doubt: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doubt, "is_in_doubt", lambda *_: in_doubt)  # then the nets with trafilatura's verdict score
    judges = [Judge(level, threshold, make=make) for make in (NumpyMaker, CompiledMaker)]
    for path in PAGES:
        page = read(path.read_text("utf-8", "replace"), main_content=True)
        if page.lines:
            marks = []
            for judge in judges:
                (filled,) = judge.read([page.lines])
                scores, judged = judge.page_scores(filled, page)
                marks.append(judge.marks(filled, scores, (), (), judged))
            assert marks[0] == marks[1], path


def test_logarithms() -> None:
    """Each count that there can be: as the number of words of a document of one line."""
    counts = np.arange(65536)
    places = [MAKERS[1].places([as_records([(1, 0, int(n), 0, 0, (0, 0, 0), [0] * 52, (0, 0, 0))])]) for n in counts]
    assert [each[5] for (each,) in places] == features.logs(counts).tolist()


def test_any_text_is_made_without_numpy() -> None:
    program = (
        "import sys; from cleaner.judge.judge import Judge; judge = Judge('safe');"
        "(filled,) = judge.read([['Home', 'News', '', 'The river rose in the night.']]);"
        "filled = filled.without([(0, 1)]);"
        "(scores,) = judge.scores([filled], [[0, 0, 0, 32]]);"
        "judge.marks(filled, scores, [0], [2]);"
        "print('numpy' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "False\n"


def test_a_long_document_takes_few_bytes_a_line() -> None:
    some = ["Home", "* Item one", "The river rose in the night, and the meadows were under water."] * 20_000
    judge = Judge("safe", make=CompiledMaker)
    judge.read([some[:3]])
    tracemalloc.start()
    try:
        (filled,) = judge.read([some])
        assert judge.marks(filled, judge.scores([filled])[0]) is not None
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 200 * len(some)


NAMES = {"MAX_SCORE": chances, "LIKELY_BELOW": chances, "LINK_STEPS": decide, "PROSE_MEASURE": prose}
MODULES = (features, model, decide, chances, characters, in_c)


def test_numbers_of_the_kernel_are_those_of_python() -> None:
    """Every number of a C file that has a name of a constant in Python has its value, too."""
    compared = set()
    known: dict[str, Any] = {}
    for path in sorted((ROOT / "cleaner" / "kernel").glob("*.[ch]"), key=lambda path: path.name != "judge.h"):
        for name, value in re.findall(
            r"^#define (\w+) +([-\w.()* ]+?)(?:u?| +/\*.*)$", path.read_text(), re.MULTILINE
        ):
            found = [getattr(module, name) for module in MODULES if hasattr(module, name)]
            if found:
                known[name] = eval(value, {}, known)
                assert found == [known[name]] * len(found), name
                compared.add(name)
    assert {"SHAPE_INPUTS", "HEAD_WORDS", "MAX_ACTIVATION", "HEADLINE_REACH", "PROSE_WORDS"} <= compared
    (classes,) = re.findall(r"enum {([^}]*)CLASSES };", (ROOT / "cleaner" / "kernel" / "lines.c").read_text())
    assert [getattr(characters, name) for name in re.findall(r"\w+", classes)] == list(range(characters.CLASSES))


RECORD = bytes(layout.RECORD_BYTES)
PLACES = bytes(features.PLACE_INPUTS)
NET = CompiledMaker(WEIGHTS).net(WEIGHTS).packed
TABLES = (bytes(3 << 16), bytes(1 << 17), bytes(1 << 17))
CHANCES = array("d", chances.PROBABILITIES)
NONE = array("q")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("read_lines", ("a".encode("utf-16-le"), 0, *TABLES, 1.0, 0.0)),  # no line feed
        ("read_lines", (b"\n\0\n", 0, *TABLES, 1.0, 0.0)),
        ("read_lines", (("a" * 20_001 + "\n").encode("utf-16-le"), 0, *TABLES, 1.0, 0.0)),
        ("read_lines", (b"\n\0", 0, TABLES[0][1:], *TABLES[1:], 1.0, 0.0)),
        ("read_lines", (b"\n\0", 0, *TABLES[:2], b"", 1.0, 0.0)),
        ("without", (RECORD[1:], NONE)),
        ("without", (RECORD, array("q", [1]))),
        ("place_inputs", (RECORD + b"a",)),
        ("as_floats", (b"a",)),
        ("score", (NET[4:], RECORD, PLACES, b"")),
        ("score", (b"", RECORD, PLACES, b"")),
        ("score", (struct.pack("=4I", 75, 1 << 20, 5, 4) + NET[16:], RECORD, PLACES, b"")),
        ("score", (NET, RECORD, PLACES + PLACES, b"")),
        ("score", (NET, RECORD, PLACES, b"ab")),
        ("with_links", (b"", RECORD, b"a")),
        ("with_links", (b"a", RECORD, b"")),
        ("decide", (RECORD, b"", NONE, NONE, CHANCES, "safe", 0, chances.TEXT)),
        ("decide", (RECORD, b"a", NONE, NONE, CHANCES[1:], "safe", 0, chances.TEXT)),
        ("decide", (RECORD, b"a", NONE, NONE, array("d", [2.0] * 255), "safe", 0, chances.TEXT)),
        ("decide", (RECORD, b"a", NONE, NONE, CHANCES, "other", 0, chances.TEXT)),
        ("decide", (RECORD, b"a", NONE, NONE, CHANCES, "main", 0, chances.TEXT._replace(main_margin=1 << 30))),
    ],
)
def test_what_does_not_fit_together(name: str, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match=r"not|none|fewer|level"):
        getattr(kernel.compiled, name)(*arguments)


def test_nothing_is_made_of_nothing() -> None:
    compiled = kernel.compiled
    assert compiled.read_lines(b"", 0, *TABLES, 1.0, 0.0) == compiled.without(b"", NONE) == b""
    assert (
        compiled.place_inputs(b"") == compiled.score(NET, b"", b"", b"") == compiled.with_links(b"", b"", b"") == b""
    )
    assert compiled.decide(b"", b"", NONE, NONE, CHANCES, "safe", 0, chances.TEXT) == []
