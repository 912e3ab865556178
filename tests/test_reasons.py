"""What the names in a record mean that no rule has: each of them is explained, in one sentence and at length."""

from __future__ import annotations

import re

import pytest

from cleaner import Cleaner
from cleaner.cli import DONE, USAGE
from cleaner.judge.chances import REASONS as OF_THE_JUDGE
from cleaner.judge.judge import TRAFILATURA
from cleaner.marks import MARKUP
from cleaner.reasons import REASONS, reason_of, reasons_of
from cleaner.rules import checks
from cleaner.rules import pack as packs
from tests.support import call, complaint

PACKS = [checks.parse(source, trusted=True) for source in packs.builtin()]
RULES = {f"{pack.pack.id}/{rule.id}" for pack in PACKS for rule in pack.rule}


def test_each_name_that_the_code_gives_is_explained() -> None:
    names = {f"judge/{reason}" for reason in OF_THE_JUDGE} | {TRAFILATURA} | {mark.rule for mark in MARKUP.values()}
    assert {name for name in REASONS if not name.startswith("repair")} == names | {"judge", "markup", "guard"}
    assert not RULES & set(REASONS)


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("Fish &amp; chips", "unescape_html"),
        ("It wasn\u00e2\u20ac\u2122t raining, she said in the caf\u00c3\u00a9.", "decode_utf-8"),
        ("The sky was \ud83d\ude00 blue", "fix_surrogates"),
        ("She said \x93no\x94 and left the caf\u00e9", "decode_windows-1252"),
    ],
)
def test_repairs_are_explained(text: str, step: str) -> None:
    (name, *_) = {edit.by for edit in Cleaner("rules").clean(text).edits}
    assert f"repair/{step}" in [known for known, _ in reasons_of(name)]


def test_every_step_of_a_repair_is_known() -> None:
    """The names are those of ftfy's steps; what is not listed here is turned off by the profile."""
    steps = ["unescape_html", "decode_utf-8", "decode_utf-8-variants", "decode_windows-1252", "fix_surrogates"]
    steps += ["restore_byte_a0", "replace_lossy_sequences", "decode_inconsistent_utf8", "fix_c1_controls"]
    assert {name for name in REASONS if name.startswith("repair/")} == {f"repair/{step}" for step in steps}


@pytest.mark.parametrize("name", REASONS)
def test_words_for_people(name: str) -> None:
    reason = REASONS[name]
    assert reason_of(name) == reason.sentence
    assert re.fullmatch(r"[^.;\n]{10,100}", reason.sentence)
    for text in (reason.meaning, reason.if_wrong):
        assert text.endswith(".")
        assert "  " not in text
        assert "{" not in text


def test_names_without_an_entry_of_their_own() -> None:
    two = reason_of("repair/unescape_html+decode_utf-8")
    assert two == "; ".join(REASONS[f"repair/{step}"].sentence for step in ("unescape_html", "decode_utf-8"))
    assert reason_of("repair/of-tomorrow") == REASONS["repair"].sentence
    assert reason_of("judge/of-tomorrow") == REASONS["judge"].sentence
    assert [reason_of(name) for name in ("share/row", "", "/", "markup/tags", "\x1b", "repair")][:-1] == [""] * 5


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["judge/place"], ["judge/place"]),
        (["judge"], ["judge", *(f"judge/{reason}" for reason in OF_THE_JUDGE)]),
        (["judge/*"], [f"judge/{reason}" for reason in OF_THE_JUDGE]),
        (["guard", "trafilatura", "guard"], ["guard", "trafilatura"]),
        (["repair/unescape_html+decode_utf-8"], ["repair/unescape_html", "repair/decode_utf-8"]),
        (["markup/tags", "markup/permalink"], ["markup/permalink"]),
    ],
)
def test_show_explains_them(names: list[str], shown: list[str]) -> None:
    result = call("rules", "show", *names)
    assert (result.code, result.err) == (DONE, "")
    headings = re.findall(r"^# ([\w/+-]+): (.+)", result.out, re.MULTILINE)
    assert [name for name, title in headings if name in REASONS and title == REASONS[name].sentence] == shown
    assert ("/markup.toml:" in result.out) == ("markup/tags" in names)
    flat = " ".join(result.out.split())
    for name in shown:
        assert REASONS[name].meaning in flat
        assert REASONS[name].if_wrong in flat
    assert max(map(len, result.out.splitlines())) <= 100 or "markup/tags" in names


@pytest.mark.parametrize("name", ["judge/plase", "jugde"])
def test_show_knows_them_when_a_name_is_wrong(name: str) -> None:
    result = call("rules", "show", name)
    assert result.code == USAGE
    assert re.fullmatch(rf"error: {name}: is no pack or rule; did you mean 'judge(/place)?'\?", complaint(result))
