"""Lines of chrome that are content: manuals, phrase books, glossaries and poems quote them.

The documents in `tests/data/negative` are in many languages, and hold lines that packs of these languages name. They
come back byte for byte.
"""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

import pytest

from cleaner.rules.quoted import MAX_LINES, Quoted
from tests.support import cleaner_at

DOCUMENTS = sorted((Path(__file__).parent / "data" / "negative").glob("*.txt"))
CLEANERS = {level: cleaner_at(level) for level in ("rules", "safe")}
INTRODUCTION = "At the foot of each page there is a button, which old readers call the lift:"
PROSE = "Whoever presses the button is at the first line again, and may read all of it anew."


def quoted(lines: list[str], chrome: Container[int]) -> set[int]:
    found = Quoted(lines, chrome)
    return {i for i in range(len(lines)) if found.holds(i)}


def test_there_are_enough() -> None:
    assert len(DOCUMENTS) >= 20
    assert len({path.name.split("-")[0] for path in DOCUMENTS}) >= 10


@pytest.mark.parametrize("level", CLEANERS)
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_quoted_chrome_stays(path: Path, level: str) -> None:
    document = path.read_bytes().decode()
    cleaned = CLEANERS[level].clean(document)
    assert cleaned.text == document, cleaned.edits


@pytest.mark.parametrize(
    ("lines", "expected"),
    {
        "up to the next prose": ([INTRODUCTION, "Back to top", "", "Print", PROSE, "Share"], {1, 3}),
        "nothing below the last prose": ([INTRODUCTION, "Back to top", "Print", "Share"], set()),
        "one line in the tail, if a sentence follows": (
            [INTRODUCTION, "Back to top", "It is a button that nobody uses.", "Share"],
            {1},
        ),
        "a label is no prose": (["Share this:", "Facebook", PROSE], set()),
        "too many lines": ([INTRODUCTION, *["Print"] * (MAX_LINES + 1), PROSE], set()),
        "as many as may be": ([INTRODUCTION, *["Print"] * MAX_LINES, PROSE], set(range(1, MAX_LINES + 1))),
        "a sentence may be quoted": ([INTRODUCTION, PROSE, PROSE], {1}),
        "nothing behind it": ([INTRODUCTION], set()),
        "in Japanese": (
            [
                "どのページにも、次のような案内が小さな字で書いてあります：",
                "本文へ",
                "これを消すと、山田さんが目次を全部聞くことになります。",
            ],
            {1},
        ),
    }.values(),
)
def test_what_is_quoted(lines: list[str], expected: set[int]) -> None:
    assert quoted(lines, ()) == expected


def test_chrome_introduces_nothing() -> None:
    lines = [INTRODUCTION, "Accept all", PROSE]
    assert quoted(lines, {0}) == set()


GLOSSARY = ["Print", PROSE, "Nets", PROSE, "Ropes", PROSE]


@pytest.mark.parametrize(
    ("above", "chrome", "expected"),
    {
        "at the start": ([], {0}, {0, 2, 4}),
        "below a blank line": (["Share", ""], {0, 2}, {2, 4, 6}),
        "below a title": (["A glossary"], {1}, {1, 3, 5}),
        "below chrome": (["Share"], {0, 1}, {3, 5}),
        "below a list": (["The paper", "The weather"], {2}, {4, 6}),
        "below a list, of words of chrome": (["The paper", "The weather"], {2, 4, 6}, {2, 4, 6}),
    }.values(),
)
def test_the_last_button_above_an_article_is_no_term(above: list[str], chrome: set[int], expected: set[int]) -> None:
    assert quoted([*above, *GLOSSARY], chrome) == expected


def test_advertisements_are_never_quoted() -> None:
    document = f"{INTRODUCTION}\n- Advertisement -\n{PROSE}\n{PROSE}\n"
    assert "Advertisement" not in CLEANERS["rules"].clean(document).text
