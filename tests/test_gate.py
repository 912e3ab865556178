"""The gate's two makers, the compiled kernel and numpy: they return the same bytes."""

from __future__ import annotations

import operator
import subprocess
import sys
import zlib
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate, chain
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.kernel import compiled
from cleaner.rules import prepare
from cleaner.rules.match import ends, gate, keys, maker, outline, units
from cleaner.rules.match.units import (
    BEFORE_KEYS,
    HASH_BYTES,
    HASHES,
    MARGIN,
    ROW_BYTES,
    WHITE_SPACE,
    margins,
    table_for_keys,
    table_for_lines,
    table_for_whole_lines,
)
from tests import strategies

pytestmark = pytest.mark.skipif(compiled is None, reason="the kernel is not built here")
CORPUS = Path(__file__).resolve().parent.parent / "corpus"

# What decides how a line is read: margins, digits, what cannot be folded by itself, halves of characters.
DECISIVE = (
    *" \t\xa0\u2003\u3000\x0b\x1c\x85\u2028\r\0",
    *keys.BULLETS,
    *"o0192١۴３½²",
    *"aZßﬁİıΐё’…",
    *"\u0301\u0307\u0654\u3099\u200b\xad\ufeff\u0640",
    *"\ud83d\ude00\U0001f600한ᄀ中カ｢\uffff",
)
decisive = st.text(st.sampled_from(DECISIVE), max_size=40)
any_text = st.text(st.characters(exclude_characters="\n"), max_size=30)
numbered = st.builds("{}{}".format, st.sampled_from(("1 ", "12,000 ", " 3.5", "٣ ", "• 7  ")), decisive | any_text)
long = st.builds(lambda text, times: text * times, decisive | strategies.lines(), st.integers(50, 400))
line = st.one_of(decisive, any_text, numbered, long, strategies.lines()).map(lambda text: text.replace("\n", " "))
lines_of_a_document = st.lists(line, max_size=12)


@contextmanager
def numpy_code() -> Iterator[None]:
    """Do without the kernel."""
    with mock.patch.object(maker, "compiled", None):
        assert maker.maker() is ends
        yield


def both(name: str, *args: Any) -> Any:
    """Return what both makers return."""
    found = getattr(compiled, name)(*args)
    assert found == getattr(ends, name)(*args)
    return found


@given(lines_of_a_document)
def test_both_makers_read_hash_and_fold_lines_alike(lines: list[str]) -> None:
    for table, stripped in ((table_for_lines(), margins()), (table_for_keys(), b"")):
        _, _, rows = both("read_ends", lines, table, stripped)
        both("find_special", rows)
        for change in (0, 2**64 - 1):
            both("hash_ends", rows, change)
    both("fold_lines", "\n".join(lines).encode("utf-16-le", "surrogatepass"), table_for_whole_lines())


def test_both_makers_know_each_unit_as_a_margin_and_as_a_sign() -> None:
    lines = [f"{char}x{char} {char}" for char in map(chr, range(0x10000)) if char != "\n"]
    places, _, rows = both("read_ends", lines, table_for_lines(), margins())
    assert len(places) == 4 * 0xFFFF  # each line has an x
    both("find_special", rows)
    units = "\n".join(lines).encode("utf-16-le", "surrogatepass")
    assert len(both("fold_lines", units, table_for_whole_lines())[0]) == len(units)


def test_margins_are_what_python_strips() -> None:
    kinds = margins()
    assert [code for code in range(0x10000) if bool(kinds[code] & WHITE_SPACE) != chr(code).isspace()] == []
    assert {chr(code) for code in range(0x10000) if kinds[code] & BEFORE_KEYS} == set(MARGIN)


# Hashes of which many have the same slot of the tag table, and some the same tag.
near = st.builds(
    lambda high, low: high << 40 | low, st.sampled_from((0, 1, 5, 9, 0x10000, 0xFFFFFF)), st.integers(0, 3)
)


@given(st.sets(near, max_size=12), st.lists(st.tuples(*[near] * HASHES), max_size=4), st.data())
def test_both_makers_find_hashes_alike(filed: set[int], lines: list[tuple[int, ...]], data: st.DataObject) -> None:
    offsets = array("i", [0, *accumulate(data.draw(st.integers(0, 2)) for _ in filed)])
    codes = array("i", range(-1, offsets[-1] - 1)).tobytes()
    arrays = array("Q", sorted(filed)).tobytes(), offsets.tobytes(), codes
    tables = (both("tag_table", *arrays), *arrays)
    hashes = array("Q", chain.from_iterable(lines)).tobytes()
    places = array("i", range(0, 2 * len(lines), 2)).tobytes()
    start = data.draw(st.integers(-3, 9))
    calls = maker.integers(both("look_up", hashes, places, b"", b"", start, *tables))
    first = {hash_: range(*offsets[i : i + 2]) for i, hash_ in enumerate(sorted(filed))}
    wanted = [(start + 2 * i, n - 1) for i, line in enumerate(lines) for each in line for n in first.get(each, ())]
    assert list(zip(calls[::2], calls[1::2], strict=True)) == wanted
    behind = data.draw(st.integers(0, len(lines)))
    both("look_up", hashes, places, hashes[: behind * HASH_BYTES], places[: 4 * behind], start, *tables)


def entries_of(texts: Sequence[tuple[str, int]]) -> gate.Entries:
    """Return entries of texts, each filed in one of five ways."""
    entries = gate.Entries()
    for number, (text, way) in enumerate(texts):
        form = keys.key(text)
        some, none = frozenset([form]), frozenset[str]()
        if way == 0:
            entries.add_literals([form])
        elif way == 4:
            entries.add_part(outline.Outline(none, frozenset([text]), bool(number % 2)))
        else:
            entries.add_pattern(outline.Outline(none, some, way == 1, way == 2), number)
        if way == 3 and len(form) > 3:
            entries.add_anchors([form[1:-1]])
    return entries


@given(lines_of_a_document, st.data())
def test_both_makers_call_for_the_same(lines: list[str], data: st.DataObject) -> None:
    part = st.builds(
        lambda text, i, j: text[i : i + j], st.sampled_from([*lines, ""]), st.integers(0, 9), st.integers(0, 18)
    )
    filed = st.lists(st.tuples(part | any_text, st.integers(0, 4)), max_size=12)
    shelves = data.draw(st.lists(st.tuples(filed, filed), min_size=1, max_size=3))
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(lines))] * 2)))

    def found() -> tuple[object, ...]:
        packed, crowds = gate.pack([(entries_of(strong), entries_of(weak)) for strong, weak in shelves])
        opened = gate.Gate(packed)
        with mock.patch.object(gate, "CHUNK_LINES", 5):
            read = gate.LineEnds(lines)
        return packed, crowds, opened.tables, list(read.call(opened)), list(read.part(start, end).call(opened))

    made = found()
    with numpy_code():
        assert found() == made


def test_both_makers_call_for_the_same_in_the_corpus() -> None:
    """The lines of the corpus, as they are and behind a number, in all gates that ship."""
    lines = [
        line
        for file in sorted(CORPUS.rglob("*.*"))
        for line in file.read_text("utf-8", errors="surrogateescape").split("\n")
    ]
    lines += [f"12 {line}" for line in lines[::3]]
    assert len(lines) > gate.CHUNK_LINES  # more than one chunk
    packed = [group.gate for group in prepare.prepare_shipped().prepared().groups]

    def called() -> list[list[gate.Call]]:
        read = gate.LineEnds(lines)
        return [list(read.call(gate.Gate(each))) for each in packed]

    found = called()
    assert sum(map(len, found)) > len(lines) / 10
    with numpy_code():
        assert called() == found


def test_a_gate_of_nothing_calls_for_nothing() -> None:
    packed, _ = gate.pack([])
    for _ in range(2):
        assert not list(gate.LineEnds(["Share", "1 share", ""]).call(gate.Gate(packed)))
        with numpy_code():
            assert not list(gate.LineEnds(["Share", "1 share", ""]).call(gate.Gate(packed)))


TABLE, ROW, HASHED = bytes(0x20000), bytes(ROW_BYTES), bytes(HASH_BYTES)
ONE = bytes(4), b"\x01\0\0\0"  # integers
TAGS = bytes(2 << 4)  # of a gate with one hash
NOT_FITTING = {
    "a short table": ("read_ends", ["a"], TABLE[2:], b""),
    "short margins": ("read_ends", ["a"], TABLE, b"\0"),
    "half a row": ("find_special", ROW[1:]),
    "half a row to hash": ("hash_ends", ROW[1:], 0),
    "half a hash": ("tag_table", bytes(7), bytes(4), b""),
    "half a code": ("tag_table", b"", bytes(4), bytes(3)),
    "no offsets": ("tag_table", b"", b"", b""),
    "an offset too few": ("tag_table", bytes(8), bytes(4), b""),
    "a first offset that is not 0": ("tag_table", bytes(8), ONE[1] * 2, bytes(4)),
    "a last offset that is not the end": ("tag_table", bytes(8), ONE[0] + ONE[1], b""),
    "falling offsets": ("tag_table", bytes(16), ONE[0] + ONE[1] + ONE[0], b""),
    "more lines than hashes": ("look_up", b"", ONE[0], b"", b"", 0, TAGS, bytes(8), ONE[0] + ONE[1], bytes(4)),
    "more numbers than hashes": ("look_up", b"", b"", b"", ONE[0], 0, TAGS, bytes(8), ONE[0] + ONE[1], bytes(4)),
    "half a line's hashes": ("look_up", HASHED[8:], ONE[0], b"", b"", 0, TAGS, bytes(8), ONE[0] + ONE[1], bytes(4)),
    "few tags": ("look_up", HASHED, ONE[0], b"", b"", 0, TAGS[2:], bytes(8), ONE[0] + ONE[1], bytes(4)),
    "few offsets": ("look_up", HASHED, ONE[0], b"", b"", 0, TAGS, bytes(8), ONE[0], bytes(4)),
    "an offset too high": (
        *("look_up", HASHED, ONE[0], b"", b"", 0, b"\x02\0" + TAGS[2:], bytes(8), ONE[0] + b"\x02\0\0\0", bytes(4)),
    ),
    "an offset below 0": (
        *("look_up", HASHED, ONE[0], b"", b"", 0, b"\x02\0" + TAGS[2:], bytes(8), b"\xff" * 4 + ONE[1], bytes(4)),
    ),
    "half a unit": ("fold_lines", b"\0", TABLE),
    "a short table to fold by": ("fold_lines", b"", TABLE[2:]),
}


@pytest.mark.parametrize("call", NOT_FITTING.values(), ids=NOT_FITTING)
def test_buffers_that_do_not_fit_are_an_error(call: tuple[Any, ...]) -> None:
    name, *args = call
    with pytest.raises(ValueError, match=r"\w"):
        getattr(compiled, name)(*args)


def test_rules_do_without_numpy(tmp_path: Path) -> None:
    """They start and work without it, also those that are not in the cache, and lines with anchors."""
    pack = tmp_path / "own.toml"
    pack.write_text(
        '[pack]\nformat = 1\nid = "own"\n\n[[rule]]\nid = "wrote"\ncategory = "byline"\n'
        "patterns = '.{1,40} wrote this on .{6,20}'\ndrops = 'Ann wrote this on a Monday'\nkeeps = 'Ann wrote'\n"
    )
    code = f"""
import sys
from cleaner import Cleaner
text = "Share\\nZoë wrote this on the ﬁrst Monday\\n12 comments\\n" * 3
cleaned = Cleaner("rules", rules=[{str(pack)!r}]).clean(text)
assert "wrote" not in cleaned.text, cleaned.text
assert "numpy" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_tables_that_ship_are_those_of_this_python() -> None:
    """What Python has learned since they were made may only be odd in them, which is always right."""
    shipped, made = zlib.decompress(units.FILE.read_bytes()), units.made()
    table, wanted = (array("H", each[: 2 * units.LISTED]) for each in (shipped, made))
    assert all(one in (other, units.ODD) for one, other in zip(table, wanted, strict=True))
    assert sum(map(operator.ne, table, wanted)) < units.LISTED / 100
    assert shipped[2 * units.LISTED :] == made[2 * units.LISTED :]


def test_no_character_behind_those_that_are_listed_is_white_space() -> None:
    assert not any(chr(code).isspace() for code in range(units.LISTED, 0x110000))
