"""The confidence of a document: what is expected of lines, what of that ships as a number, and where it is told."""

from __future__ import annotations

import json
import pickle
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cleaner import Cleaned, Cleaner, DocumentError
from cleaner.document import split_lines
from cleaner.flags import GUARDED, UNSTABLE
from cleaner.judge import shipped
from cleaner.judge.chances import MAX_SCORE, lowest_score, probability
from cleaner.judge.confidence import CURVE, DIGITS, Expectation, calibrated
from cleaner.judge.in_numpy import NumpyMaker
from cleaner.judge.judge import Judge
from cleaner.judge.maker import FilledLines
from cleaner.passes import Passes
from cleaner.progress import InProgress
from cleaner.rows import Row, clean_rows, record_of
from cleaner.tally import Tally
from tests import strategies
from tests.support import call, cleaner_at

JUDGED = ("safe", "main")
MAKER = NumpyMaker(shipped.load())
PROSE = "\n".join(line for line in strategies.PROSE[:2] for _ in range(4))
CLEAR = f"""Home
News
Sport
Contact

The ferry sails again

{strategies.PROSE[0]} {strategies.PROSE[1]} Nobody had counted the days, and nobody wanted to begin with it now.

The island has had no ferry since the storm of last winter, when the old pier broke and the harbour filled with sand.

On Monday the first passengers came back with their bicycles, their dogs and a piano that had been waiting in a barn.

Share this
Privacy policy
Terms of use
"""
MURKY = """Ferries
Island map
Storms of the year
Bicycles for hire 12
The piano in the barn
Monday
Old pier
The harbour in winter
Passengers 2019
More dogs
Day tickets
Sand
"""


def page_of(text: str) -> str:
    """Return a page with each line of a text in an element of its own."""
    return f"<body>{''.join(f'<div>{line}</div>' for line in text.split(chr(10)) if line)}</body>"


def expectation(lines: list[tuple[int, int]]) -> Expectation:
    """Return what is expected of lines, given as score and words."""
    records = b"".join(
        number.to_bytes(4, "little") + bytes(4) + words.to_bytes(2, "little") + bytes(62)
        for number, (_, words) in enumerate(lines)
    )
    scores = bytes(score % 256 for score, _ in lines)
    return Expectation.of(len(lines), FilledLines(records, MAKER), scores)


THREE = [(lowest_score(0.9), 10), (lowest_score(0.5), 10), (lowest_score(0.1), 20)]


@pytest.mark.parametrize(
    ("runs", "left_out", "expected"),
    [
        ([], set(), 2 * 16 / (40 + 16)),
        ([(2, 3)], {2}, 2 * 14 / (20 + 16)),
        ([(2, 3)], set(), 2 * 14 / (20 + 14)),
        ([(0, 1), (2, 3)], {0}, 2 * 5 / (10 + 14)),
        ([(0, 3)], {0, 1, 2}, 0),
        ([(0, 3)], set(), 0),
    ],
    ids=["all stay", "the judge takes one", "a rule takes one", "both take one", "nothing stays", "all is chrome"],
)
def test_the_f1_to_expect(runs: list[tuple[int, int]], left_out: set[int], expected: float) -> None:
    assert expectation(THREE).without(runs, left_out).f1 == pytest.approx(expected, abs=0.01)


def test_a_better_document_has_no_lower_confidence() -> None:
    assert (CURVE[0][0], CURVE[-1][0]) == (0, 1)
    assert all(low < high and before < after for (low, before), (high, after) in pairwise(CURVE))
    found = [calibrated(step / 1000, CURVE) for step in range(1001)]
    assert found == sorted(found)
    assert found == [round(one, DIGITS) for one in found]
    assert found[0] >= 0
    assert found[-1] <= 1


lines = st.lists(
    st.tuples(st.integers(-MAX_SCORE, MAX_SCORE), st.integers(0, 65535), st.sampled_from(["stays", "judge", "rule"])),
    min_size=1,
    max_size=40,
)


@given(lines, st.data())
def test_lines_go_in_any_number_of_passes(found: list[tuple[int, int, str]], data: st.DataObject) -> None:
    expected = expectation([(score, words) for score, words, _ in found])
    left = list(range(len(found)))
    going = [i for i in left if found[i][2] != "stays"]
    while going:
        now = data.draw(st.sets(st.sampled_from(going), min_size=1))
        places = [place for place, i in enumerate(left) if i in now]
        judged = {place for place in places if found[left[place]][2] == "judge"}
        expected = expected.without([(place, place + 1) for place in places], judged)
        left, going = [i for i in left if i not in now], [i for i in going if i not in now]
    chances = [max(words, 1) * probability(score) for score, words, _ in found]
    content = sum(chance for chance, (_, _, fate) in zip(chances, found, strict=True) if fate != "rule")
    kept = sum(max(words, 1) for _, words, fate in found if fate == "stays")
    hits = sum(chance for chance, (_, _, fate) in zip(chances, found, strict=True) if fate == "stays")
    assert expected.f1 == pytest.approx(2 * hits / (kept + content) if kept + content else 0, abs=1e-4)
    assert 0 <= expected.confidence <= 1
    assert len(expected.words) == len(expected.chances) == len(left)


@given(strategies.documents(), st.sampled_from(JUDGED))
def test_what_is_expected_is_of_the_lines_that_are_left(text: str, level: str) -> None:
    """In each pass, lines that go take with them what was expected of them."""
    passes: Passes = cleaner_at(level)._passes
    document = InProgress(text)
    passes.clean([document])
    if document.expected:
        left = split_lines(document.text)
        assert len(document.expected.words) == len(document.expected.chances) == len(left)
        for words, line in zip(document.expected.words, left, strict=True):
            assert words or not any(map(str.isalnum, line))


@given(st.lists(strategies.documents(), max_size=4), strategies.levels)
def test_it_is_the_same_in_any_company(texts: list[str], level: str) -> None:
    cleaner = cleaner_at(level)
    alone = [cleaner.clean(text).confidence for text in texts]
    assert [one.confidence for one in cleaner.clean_many(texts)] == alone
    again = pickle.loads(pickle.dumps(cleaner))
    assert [one.confidence for one in again.clean_many(texts)] == alone
    for text, one in zip(texts, alone, strict=True):
        assert (one is not None) >= (level != "rules" and any(map(str.isalnum, text)))
        assert one is None or 0 <= one <= 1


@given(strategies.pages(), strategies.levels)
def test_pages_have_one(html: str, level: str) -> None:
    cleaner = cleaner_at(level)
    try:
        cleaned = cleaner.clean_html(html)
    except DocumentError:
        return
    has_words = any(map(str.isalnum, cleaned.original))
    assert (cleaned.confidence is not None) >= (level != "rules" and has_words)
    assert cleaned.confidence is None or level != "rules"
    assert cleaned.confidence is None or 0 <= cleaned.confidence <= 1
    (outcome,) = clean_rows(cleaner, [Row(html=html)])
    assert outcome.cleaned == cleaned


@example(CLEAR, "main")
@given(strategies.documents(), strategies.levels)
def test_it_goes_through_the_record(text: str, level: str) -> None:
    cleaned = cleaner_at(level).clean(text)
    through_json = json.loads(json.dumps(record_of(cleaned)))
    assert Cleaned.from_dict({**through_json, "text": cleaned.text}) == cleaned
    del through_json["confidence"]  # as records were before there was one
    assert Cleaned.from_dict({**through_json, "text": cleaned.text}).confidence is None


@pytest.mark.parametrize("wrong", ["high", True, -0.1, 1.01, float("nan"), [0.5]])
def test_a_confidence_that_is_none_is_refused(wrong: object) -> None:
    data = {**Cleaned("Rain fell.").to_dict(), "confidence": wrong}
    with pytest.raises((TypeError, ValueError), match="a confidence is"):
        Cleaned.from_dict(data)


@pytest.mark.parametrize("level", JUDGED)
def test_a_clear_document_has_a_higher_one(level: str) -> None:
    cleaner = cleaner_at(level)
    for clean, form in ((cleaner.clean, str), (cleaner.clean_html, page_of)):
        clear, murky = (clean(form(text)).confidence for text in (CLEAR, MURKY))
        assert clear is not None
        assert murky is not None
        assert clear > 0.9
        assert murky < clear - 0.05


def test_without_a_judge_there_is_none() -> None:
    assert cleaner_at("rules").clean(CLEAR).confidence is None
    assert Cleaner(keep_categories=["boilerplate"]).clean(CLEAR).confidence is None


@pytest.mark.parametrize("level", JUDGED)
@pytest.mark.parametrize("text", ["", "\n", " \t\n\n"])
def test_without_a_line_there_is_none(level: str, text: str) -> None:
    cleaner = cleaner_at(level)
    assert cleaner.clean(text).confidence is None
    assert cleaner.clean_html(text).confidence is None


def test_a_document_that_is_only_repaired_is_as_it_came() -> None:
    page = "<html><head><title>Rain</title></head><body><p>Rain fell for three days.</p></body></html>"
    text = f"Skip to content\n\n{page}\nShare this\n"
    cleaned = cleaner_at("safe").clean(text)
    assert cleaned.flags == (UNSTABLE,)
    document = InProgress(text)
    cleaner_at("safe")._passes.clean([document])
    assert document.expected == document.expected_at_first
    assert document.expected is not None
    assert cleaned.confidence == document.expected.confidence


def test_what_the_guard_keeps_is_expected_to_be_chrome() -> None:
    text = "Rain.\n" + "Accept all cookies\nSubscribe to our newsletter\nShare on Facebook\nPrivacy policy\n" * 9
    cleaned = cleaner_at("main").clean(text)
    assert GUARDED in cleaned.flags or cleaned.text != text
    if GUARDED in cleaned.flags:
        assert cleaned.confidence is not None
        assert cleaned.confidence < 0.6


@pytest.mark.parametrize("level", JUDGED)
def test_both_makers_expect_the_same(level: str) -> None:
    in_c = pytest.importorskip("cleaner.judge.in_c")
    found = []
    texts = [CLEAR, MURKY, PROSE]
    for make in (in_c.CompiledMaker, NumpyMaker):
        judge = Judge(level, make=make)
        filled = judge.read([text.split("\n") for text in texts])
        made = zip(texts, filled, judge.scores(filled), strict=True)
        expected = [judge.expectation(len(text), lines, scores) for text, lines, scores in made]
        found.append([(each.content, each.kept, each.confidence) for each in expected])
    assert found[0] == found[1]


def test_reports_and_records_have_it(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in (CLEAR, "", CLEAR)))
    (tmp_path / "b.txt").write_text(CLEAR)
    result = call("strip", "a.jsonl", "b.txt", "--record", "--report", "report.json", cwd=tmp_path)
    assert result.code == 0, result.err
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["confidence"], report["shards"][0]["confidence"]) == ({"0.9": 3}, {"0.9": 2})
    wanted = cleaner_at("safe").clean(CLEAR).confidence
    rows = map(json.loads, (tmp_path / "a.clean.jsonl").read_text().splitlines())
    assert [row["cleaner_record"]["confidence"] for row in rows] == [wanted, None, wanted]
    (record,) = tmp_path.glob("b*.record.json")
    assert json.loads(record.read_text())["confidence"] == wanted


def test_the_tally_has_tenths() -> None:
    tally, more = Tally(), Tally()
    for one in (None, 0.0, 0.099, 0.1, 0.899, 0.9, 1.0):
        tally.add(Cleaned("Rain fell.", confidence=one))
    assert tally.to_dict()["confidence"] == {"0.0": 2, "0.1": 1, "0.8": 1, "0.9": 2}
    more.add(Cleaned("Rain fell.", confidence=0.05))
    more.update(tally)
    assert list(more.to_dict()["confidence"].items()) == [("0.0", 3), ("0.1", 1), ("0.8", 1), ("0.9", 2)]
