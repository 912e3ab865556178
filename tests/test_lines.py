"""Line breaks: line feeds, carriage returns before them, and lone carriage returns, alone or mixed."""

from __future__ import annotations

import re
import time
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner import Cleaned, clean
from cleaner.cli.listing import explain
from cleaner.document import split_lines, with_line_feeds
from cleaner.tally import removed_lines
from cleaner.workbench.coverage import removed_parts
from tests.support import call, cleaner_at, fill

RULES = cleaner_at("rules")
CHROME = "Accessibility links"
RAIN = "Rain fell on the roofs of the town that night, and the hens were found in the school."
SNOW = "Nobody had let them in, the teacher said, and nobody would let them out before the bell."
BREAKS = ("\n", "\r", "\r\n", "\r\r\n")

texts = st.text(st.sampled_from("\r\n\r\nab "), max_size=30)


@given(texts)
def test_lines_are_what_stands_between_line_breaks(text: str) -> None:
    assert split_lines(text) == re.split(r"\r*\n|\r", text)


@given(texts)
def test_offsets_stay_when_lone_carriage_returns_are_line_feeds(text: str) -> None:
    view = with_line_feeds(text)
    assert len(view) == len(text)
    assert "\r" not in re.sub(r"\r+\n", "", view)
    assert all(new == old or (old, new) == ("\r", "\n") for old, new in zip(text, view, strict=True))


def test_lines_take_time_in_proportion_to_the_text() -> None:
    for text in ("\r" * 1_000_000 + "\n", ("\r" * 1000 + "\n") * 1000, "a\r" * 500_000):
        began = time.perf_counter()
        split_lines(text)
        assert time.perf_counter() - began < 10


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"{CHROME}\r{RAIN}\r{SNOW}\r", f"{RAIN}\r{SNOW}\r"),
        (f"{RAIN}\r{SNOW}\r{CHROME}\r", f"{RAIN}\r{SNOW}\r"),
        (f"{RAIN}\r{SNOW}\r{CHROME}", f"{RAIN}\r{SNOW}"),
        (f"{RAIN}\r\n{SNOW}\r\r\n{CHROME}", f"{RAIN}\r\n{SNOW}"),
        (f"{RAIN}\r\r{CHROME}\r\r{SNOW}\r", f"{RAIN}\r\r{SNOW}\r"),
        (f"{CHROME}\r\n{RAIN}\r{CHROME}\n{SNOW}\r{CHROME}\r", f"{RAIN}\r{SNOW}\r"),
        (f"{CHROME}\r\r\n{RAIN}\r\r\n{SNOW}\r\r\n", f"{RAIN}\r\r\n{SNOW}\r\r\n"),
        (f"{RAIN}\rThe cafÃ© was shut.\r{CHROME}\r", f"{RAIN}\rThe café was shut.\r"),
        (f"AT&amp;T\ra < b\r{CHROME}\r{RAIN}\r", f"AT&T\ra < b\r{RAIN}\r"),
        # The line break before the chrome and the one behind it would be one line break, side by side.
        (f"{RAIN}\r{CHROME}\n\n{SNOW}\n", f"{RAIN}\n\n{SNOW}\n"),
        (f"{RAIN}\r{CHROME}\r\n\r\n{SNOW}\n", f"{RAIN}\r\n\r\n{SNOW}\n"),
        (f"{RAIN}\r{CHROME}\n{CHROME}\r\n\n{SNOW}\n", f"{RAIN}\r\n\n{SNOW}\n"),
        # What is no line break, and what is nothing but line breaks.
        (f"{RAIN}\u2028{CHROME}\u2028{SNOW}\r", f"{RAIN}\u2028{CHROME}\u2028{SNOW}\r"),
        (f"{RAIN}\r{CHROME}, she said, {CHROME}\r", f"{RAIN}\r{CHROME}, she said, {CHROME}\r"),
        ("\r", "\r"),
        ("\r\r\n\r", "\r\r\n\r"),
        (f"{RAIN}\r{SNOW}\r", f"{RAIN}\r{SNOW}\r"),
    ],
)
def test_removes_lines_with_their_line_breaks(before: str, after: str) -> None:
    cleaned = RULES.clean(before)
    assert cleaned.text == after
    assert cleaned.restore() == before
    assert (cleaned.edits == ()) == (before == after)


@pytest.mark.parametrize("breaks", list(product(BREAKS, repeat=3)))
def test_any_line_breaks_give_the_same_lines(breaks: tuple[str, ...]) -> None:
    pieces = (RAIN, CHROME, "", SNOW)
    text = "".join(piece + end for piece, end in zip(pieces, (*breaks, "\n"), strict=True))
    cleaned = RULES.clean(text)
    assert split_lines(cleaned.text) in ([RAIN, "", SNOW, ""], [RAIN, SNOW, ""])
    assert split_lines(cleaned.text) == split_lines(RULES.clean("\n".join([*split_lines(text)])).text)
    assert cleaned.restore() == text
    assert RULES.clean(cleaned.text) == Cleaned(cleaned.text)


def test_each_level_reads_lone_carriage_returns_as_line_feeds() -> None:
    text = f"{CHROME}\n\n{RAIN}\n{SNOW}\n\nShare on Facebook\nShare on Twitter\n"
    for level in ("rules", "safe", "main"):
        unix, mac = (clean(one, level=level) for one in (text, text.replace("\n", "\r")))
        assert mac.text == unix.text.replace("\n", "\r")
        assert [edit[0:2] + edit[4:] for edit in mac.edits] == [edit[0:2] + edit[4:] for edit in unix.edits]


def test_numbers_of_lines_count_lone_carriage_returns() -> None:
    cleaned = RULES.clean(f"{RAIN}\r{SNOW}\r\n\r{CHROME}\r{CHROME}\r")
    assert [edit.line for edit in cleaned.edits] == [4, 5]
    assert [(part.line, part.text) for part in removed_parts(cleaned.edits)] == [(4, CHROME), (5, CHROME)]
    assert removed_lines(cleaned) == 2
    assert [line[0] for line in explain(cleaned)] == [" ", " ", "-", "-", "-", " "]


def test_a_file_of_an_old_mac_comes_back(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = f"{CHROME}\r{RAIN}\r{SNOW}\r".encode()
    fill(tmp_path, {"a.txt": text})
    assert call("strip", "--record", "a.txt", cwd=tmp_path).code == 0
    assert (tmp_path / "a.clean.txt").read_bytes() == f"{RAIN}\r{SNOW}\r".encode()
    assert call("restore", "a.clean.txt", cwd=tmp_path).raw == text
