"""The repair: what it mends, what it leaves alone, and that the gate before ftfy changes nothing."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable

import ftfy
import ftfy.badness
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.document import Change, apply
from cleaner.text import repair as module
from cleaner.text.repair import _ALL, _RARE, PROFILE, _by_ftfy, differences, repair
from tests import measure_repair, strategies
from tests.cases import read_cases
from tests.support import cleaner_at

CLEAN = cleaner_at()
WILD, MADE, NEGATIVE, KNOWN_FAILURES = (
    read_cases("repair", name) for name in ("wild", "made", "negative", "known_failures")
)


@pytest.mark.parametrize("case", [*WILD, *MADE], ids=lambda case: case["name"])
def test_mends(case: dict[str, str]) -> None:
    assert CLEAN.clean(case["before"]).text == case["after"]


@pytest.mark.parametrize("case", NEGATIVE, ids=lambda case: case["name"])
def test_leaves_alone(case: dict[str, str]) -> None:
    assert repair(case["before"]) == []


@pytest.mark.parametrize("case", KNOWN_FAILURES, ids=lambda case: case["name"])
@pytest.mark.xfail(strict=True, reason="known failures: what ftfy or its profile cannot mend")
def test_known_failures(case: dict[str, str]) -> None:
    assert CLEAN.clean(case["before"]).text == case["after"]


def ungated(text: str) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SUSPECT", (r"(?m)^|(?<=\r)",))
        return gated(text)


def gated(text: str) -> str:
    return apply(text, repair(text))


MIXTURES = [
    *("café", "naïve", "“quote”", "don’t", "Übung", "Привет", "Ελλάδα", "žluťoučký", "中文", "…", "–", "à la", "œ "),
    *("&amp;", "&eacute;", "&#8217;", "\x85", "\x92", "\ud83d", "<b>", "&lt;", "Ã ", "Â ", "\u2028", "\xa0", "СССР"),
]
ENCODINGS = (
    "latin-1",
    "cp1252",
    "cp1251",
    "cp1250",
    "cp1253",
    "cp1254",
    "cp1257",
    "iso-8859-2",
    "mac_roman",
    "cp437",
)
MOJIBAKE = [
    char
    for char in map(chr, range(0x80, 0xFFFF))
    if any(re.match(f"[{chars}]", char) for chars in ftfy.badness.MOJIBAKE_CATEGORIES.values())
]


def mutated(rng: random.Random) -> str:
    """A line of prose, put through the mills that break encodings and sprinkled with what breaks come from."""
    line = rng.choice(strategies.PROSE)[: rng.randint(3, 80)]
    for _ in range(rng.randint(0, 3)):
        at = rng.randint(0, len(line))
        line = line[:at] + rng.choice(MIXTURES) + line[at:]
    for _ in range(rng.choice([0, 0, 1, 1, 2])):
        try:
            line = line.encode().decode(rng.choice(ENCODINGS), rng.choice(["replace", "ignore", "strict"]))
        except UnicodeError:
            continue
    for _ in range(rng.choice([0, 0, 1, 3])):
        at = rng.randint(0, len(line))
        line = line[:at] + rng.choice(MOJIBAKE) + rng.choice(["", rng.choice(MOJIBAKE), " ", "a"]) + line[at:]
    return line.replace("\n", " ")


def check_gate(seed: int, count: int) -> int:
    """Compare gated and ungated repair on `count` lines; return how many were changed."""
    rng = random.Random(seed)
    changed = 0
    for _ in range(count):
        line = mutated(rng)
        wanted = ungated(line)
        assert gated(line) == wanted, ascii(line)
        assert gated(wanted) == wanted, ascii(line)
        changed += wanted != line
    return changed


def test_gate_changes_nothing_on_mutated_lines() -> None:
    assert check_gate(seed=1, count=4000) > 1000


@given(strategies.documents())
def test_gate_changes_nothing_on_documents(text: str) -> None:
    assert gated(text) == ungated(text)


@given(st.text(st.sampled_from([*MOJIBAKE, " ", "a", "Z", "?", "&", ";", "<", "\x1a"]), max_size=12))
def test_gate_changes_nothing_on_mojibake_characters(text: str) -> None:
    assert gated(text) == ungated(text)


@pytest.mark.parametrize("case", [*WILD, *MADE, *NEGATIVE], ids=lambda case: case["name"])
def test_gate_changes_nothing_on_cases(case: dict[str, str]) -> None:
    assert gated(case["before"]) == ungated(case["before"])


def test_gate_knows_the_characters_of_the_heuristic() -> None:
    categories = ftfy.badness.MOJIBAKE_CATEGORIES
    often = {"common", "lower_common", "upper_common", "kaomoji"}
    for name, chars in categories.items():
        for char in (char for char in MOJIBAKE if re.match(f"[{chars}]", char)):
            assert re.match(f"[{_ALL}]", char), (name, char)
            assert name in often or re.match(f"[{_RARE}]", char), (name, char)


def test_profile_names_options_of_ftfy() -> None:
    fields = set(ftfy.TextFixerConfig._fields)
    assert set(PROFILE) <= fields
    assert fields - set(PROFILE) == {"max_decode_length", "explain"}


DOUBTS = st.sampled_from(
    [
        *("“AMANHÃ”", "AMANHÃ—", "IRMÃ…", "RÜYÂ®", "HALÂ™", "OÃ™", "“Ã”", "Ã”", "Â©", "Ã ", "café€€", "Spaß†", "FÃ–"),
        *(
            "ÖÐ¹ú",
            "ÖÐ",
            "¹ú",
            "nÃ£o",
            "não",
            "NÃƒO",
            "“",
            "”",
            "â€œ",
            "â€\x9d",
            "国",
            "å›½",
            "\x85",
            "&Atilde;&copy;",
        ),
        *("&#10;", "&lt;", "Ãƒ©", "préfÃ©rer", "ï¿½", "\ufffd", "a", "MAR", " ", " ", "\n", "\n"),
    ]
)


@given(st.lists(DOUBTS, max_size=24).map("".join))
def test_what_is_in_doubt_settles_at_once(text: str) -> None:
    once = gated(text)
    assert repair(once) == []
    assert ungated(text) == once


@given(st.lists(st.one_of(strategies.lines(), DOUBTS), min_size=1, max_size=6), st.randoms())
def test_order_of_lines_is_of_no_consequence(lines: list[str], rng: random.Random) -> None:
    lines = [line.replace("\n", " ").replace("&#10;", " ") for line in lines]
    order = rng.sample(range(len(lines)), len(lines))
    repaired = gated("\n".join(lines)).split("\n")
    assert gated("\n".join(lines[i] for i in order)).split("\n") == [repaired[i] for i in order]


@pytest.mark.parametrize("count", [1000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_correct_lines_stay(count: int) -> None:
    lines = measure_repair.correct_lines(count)
    assert [line for line in lines if repair(line)] == []
    assert repair("\n".join(lines)) == []


# Of the broken lines of all prose, per thousand: how many come out right at least, and how many as a third text at
# most. The others stay as they are.
OUTCOMES = {
    "UTF-8 as sloppy-windows-1252": (997, 0),
    "UTF-8 as latin-1": (997, 1),
    "UTF-8 as sloppy-windows-1250": (965, 0),
    "UTF-8 as sloppy-windows-1251": (640, 0),
    "UTF-8 as sloppy-windows-1253": (850, 0),
    "UTF-8 as sloppy-windows-1254": (997, 0),
    "UTF-8 as sloppy-windows-1257": (945, 38),
    "UTF-8 as iso-8859-2": (895, 35),
    "UTF-8 as macroman": (855, 0),
    "UTF-8 as cp437": (930, 0),
    "UTF-8 as sloppy-windows-1252, twice": (997, 3),
    "UTF-8 as sloppy-windows-1252, no-break spaces lost": (925, 28),
    "gbk as latin-1": (0, 7),
    "gbk as sloppy-windows-1252": (0, 7),
}


@pytest.mark.parametrize("alone", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["together", "alone"])
@pytest.mark.parametrize("kind", measure_repair.BREAKS)
def test_broken_lines_come_out_right_or_stay(kind: str, alone: bool) -> None:
    counts = measure_repair.outcomes(kind, alone=alone)
    exact, other = OUTCOMES.get(kind, (0, 0))
    assert counts["exact"] * 1000 >= exact * counts.total()
    assert counts["other"] * 1000 <= other * counts.total()
    assert counts.total() > 0


@given(st.text("abé ", max_size=40), st.text("abé ", max_size=40))
def test_differences_lead_from_one_to_the_other(before: str, after: str) -> None:
    changes = [Change(low, high, new, "", "", "") for low, high, new in differences(before, after)]
    assert apply(before, changes) == after
    assert all(one.end <= two.start for one, two in zip(changes, changes[1:], strict=False))


def by_ftfy(line: str, **options: bool) -> tuple[str, list[str]]:
    """What ftfy itself makes of a line, and the names of its steps."""
    fixed, explanation = ftfy.fix_and_explain(line, ftfy.TextFixerConfig(**{**PROFILE, **options}))
    named = [(action, f"decode_{what}" if action == "decode" else what) for action, what in explanation or ()]
    return fixed, [name for action, name in named if action != "encode"]


def test_rounds_with_a_limit_are_those_of_ftfy() -> None:
    rng = random.Random(3)
    lines = [mutated(rng) for _ in range(2000)]
    lines += ["".join(rng.choices([*MOJIBAKE, *"ÃâÂ€™ a" * 40], k=rng.randint(1, 9))) for _ in range(2000)]
    lines += [line for case in (*WILD, *MADE, *NEGATIVE) for line in case["before"].split("\n")]
    assert sum(line != by_ftfy(line)[0] for line in lines) > 1000
    for line in lines:
        assert _by_ftfy(line) == by_ftfy(line), ascii(line)


LAYERS: dict[str, Callable[[int], str]] = {
    "ampersands": lambda n: "&" + "amp;" * n,
    "ampersands as numbers": lambda n: "&" + "#38;" * n + "lt;",
    "ampersands, escaped letter by letter": lambda n: "&" + "&#97;mp;" * n,
    "a letter that swallows what follows": lambda n: "Ã" + "ƒ" * n,
    "the same, broken once more": lambda n: "Щ Ã" + "Æ’" * n + " €",
    "the same between words": lambda n: "x Ã" + "\x83" * n + " y",
    "around a next line": lambda n: "â€¦\x85&" + "amp;" * n,
    "words in doubt": lambda n: "IRMÃ™ “Ã” café€€ " * (n // 20),
    "Chinese in one word": lambda n: "ÖÐ¹ú" * (n // 20),
    "broken Chinese in one word": lambda n: "å›½ÖÃ©" * (n // 20),
}


@pytest.mark.alone
@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
def test_many_layers_take_time_in_proportion(layers: Callable[[int], str]) -> None:
    def seconds(count: int) -> float:
        began = time.process_time()
        repair(layers(count))
        return time.process_time() - began

    seconds(10)
    limit = 8 * seconds(3000) + 0.05  # four times the size: linear is a factor of 4, quadratic of 16
    assert any(seconds(12_000) < limit for _ in range(2))


@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
def test_what_has_too_many_layers_stays(layers: Callable[[int], str]) -> None:
    line = layers(2000)
    assert gated(line) == ungated(line)
    assert gated(gated(line)) == gated(line)


def test_a_few_layers_are_undone() -> None:
    assert gated("A &amp;amp;amp;amp;amp;amp;amp;amp;amp; B") == "A & B"
    broken = "é"
    for _ in range(5):
        broken = broken.encode().decode("latin-1")
    assert gated(f"caf{broken}") == "café"
