"""The judge: exact in any company, decisions that follow from scores, and prose that stays."""

from __future__ import annotations

import json
import re
from itertools import repeat
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner import Cleaner, SettingsError
from cleaner.judge import chances as thresholds
from cleaner.judge import decide, features, model, shipped
from cleaner.judge.arrays import Array, Flags, Ints
from cleaner.judge.characters import CLASSES, Characters
from cleaner.judge.judge import Judge
from cleaner.workbench.score import score, total
from tests import strategies
from tests.support import cleaner_at

PROSE = sorted((Path(__file__).parent / "data" / "prose").glob("*.txt"))
WEIGHTS = shipped.arrays(shipped.load())
READER, NET = model.Reader(WEIGHTS), model.Net(WEIGHTS)
CHARACTERS = Characters()
SAFE = cleaner_at("safe")
CLEANERS = {"rules": cleaner_at("rules"), "safe": SAFE, "main": cleaner_at("main")}

lines_of_documents = strategies.documents().map(lambda text: text.split("\n"))


def same(one: Array, other: Array) -> bool:
    return one.tobytes() == other.tobytes()


def score_of(documents: list[Array]) -> list[Ints]:
    return NET.score(documents, model.place_inputs(documents))


def runs_of(filled: Array) -> Ints:
    return decide.runs_alike(*(filled[name].astype(np.int64) for name in ("line", "indent", "look")))


@given(st.lists(lines_of_documents, min_size=1, max_size=5))
def test_company_does_not_matter(documents: list[list[str]]) -> None:
    together = READER.read(documents)
    assert all(same(filled, READER.read([lines])[0]) for filled, lines in zip(together, documents, strict=True))
    some = [filled for filled in together if len(filled)]
    if some:
        alone = [score_of([filled])[0].tolist() for filled in some]
        assert [scores.tolist() for scores in score_of(some)] == alone


@given(st.lists(strategies.documents(), max_size=5), strategies.levels)
def test_many_are_cleaned_as_one_by_one(texts: list[str], level: str) -> None:
    cleaner = CLEANERS[level]
    assert list(cleaner.clean_many(texts)) == [cleaner.clean(text) for text in texts]


def test_many_come_as_they_are_asked_for() -> None:
    texts = (f"{'word ' * 20000}\nnumber {n}." for n in range(10**9))
    found = SAFE.clean_many(texts)
    assert [next(found).text[-9:] for _ in range(3)] == ["number 0.", "number 1.", "number 2."]


def test_many_empty_ones_come_as_they_are_asked_for() -> None:
    assert next(SAFE.clean_many(repeat(""))).text == ""


def test_many_with_addresses() -> None:
    cleaned = list(Cleaner("rules").clean_many(["a", "b"], urls=["https://example.org/", None]))
    assert [one.text for one in cleaned] == ["a", "b"]
    with pytest.raises(ValueError, match="shorter"):
        list(Cleaner("rules").clean_many(["a", "b"], urls=[None]))


def test_many_with_languages() -> None:
    texts, langs = ["Barrierefreiheit\n\nWeiterlesen\n\nText."] * 3, ["de", "en", None]
    cleaner = Cleaner("rules")
    assert list(cleaner.clean_many(texts, langs=langs, lang="fr")) == [
        cleaner.clean(text, lang=lang or "fr") for text, lang in zip(texts, langs, strict=True)
    ]
    with pytest.raises(ValueError, match="shorter"):
        list(cleaner.clean_many(texts, langs=["de"]))


@given(lines_of_documents, st.data())
def test_filled_lines_without_ranges_are_those_of_the_rest(lines: list[str], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(lines)), max_size=6)))
    ranges = list(zip(cuts[::2], cuts[1::2], strict=False))
    gone = {i for low, high in ranges for i in range(low, high)}
    rest = [line for i, line in enumerate(lines) if i not in gone]
    if rest:
        assert same(model.without(READER.read([lines])[0], ranges), READER.read([rest])[0])


@given(lines_of_documents)
def test_reading_in_parts_changes_nothing(lines: list[str]) -> None:
    whole = READER.read([lines])[0]
    parts = [READER.read([[line]])[0] for line in lines]
    together = np.concatenate(parts)
    together["line"] = whole["line"]
    assert same(whole, together)


def test_long_lines_and_documents_are_read_in_parts() -> None:
    lines = ["word " * 5000, "", *["a line of some words"] * 40000]
    (filled,) = READER.read([lines])
    assert len(filled) == 40001
    assert same(filled, READER.read([["word " * 2000, *lines[1:]]])[0])  # 10,000 characters count


@given(st.lists(st.text(max_size=40), min_size=1, max_size=8))
def test_inputs_are_whole_numbers_in_range(lines: list[str]) -> None:
    shapes = features.read_shapes([line.replace("\n", " ") for line in lines], CHARACTERS)
    assert np.array_equal(shapes.inputs, np.rint(shapes.inputs))
    assert shapes.inputs.min(initial=0) >= 0
    assert shapes.inputs.max(initial=0) <= features.MAX_INPUT
    words = model.word_inputs(shapes, READER.words)
    assert np.array_equal(words, np.rint(words))
    assert np.abs(words).max(initial=0) <= model.MAX_WORD_INPUT
    places = features.place_inputs(np.zeros(len(shapes.line), int), *shapes[:5])
    assert np.array_equal(places, np.rint(places))
    assert places.min(initial=0) >= 0
    assert places.max(initial=0) <= features.MAX_INPUT


def test_sums_of_products_are_exact() -> None:
    most = {"first": features.MAX_INPUT, "last": model.MAX_ACTIVATION}
    most |= {f"conv{number}": model.MAX_ACTIVATION for number in range(len(WEIGHTS["distances"]))}
    for name, largest in most.items():
        assert np.abs(WEIGHTS[f"{name}.weights"].astype(np.int64)).sum(axis=0).max() * largest < model.EXACT_BELOW


def test_weights_are_small() -> None:
    files = shipped.WEIGHTS, shipped.MARKUP_WEIGHTS, shipped.PAGE_WEIGHTS
    assert sum(path.stat().st_size for path in files) <= 3_000_000


def test_characters_of_all_scripts() -> None:
    classes, lower = CHARACTERS.classify("Aß 9 Ж東क。؟«😀\n")
    assert classes.max() < CLASSES
    assert chr(lower[0]) == "a"
    assert [chr(lower[5])] == ["ж"]
    for text in ("Aa1 .\n", "Ää1 …\n"):
        ascii_too, _ = CHARACTERS.classify(text)
        alone = [CHARACTERS.classify(char)[0][0] for char in text]
        assert ascii_too.tolist() == alone


scored_lines = st.lists(
    st.tuples(st.integers(-127, 127), st.integers(0, 300), st.sampled_from([False, False, False, True])),
    min_size=1,
    max_size=30,
)


def lines_of(scores: Ints, words: Ints, ruled: Flags) -> decide.Lines:
    """Return lines none of which must stay and none of which is prose."""
    nothing = np.zeros(len(ruled), bool)
    return decide.Lines(scores, words, ruled, nothing, nothing)


limits = pytest.mark.parametrize("limits", [thresholds.TEXT, thresholds.PAGE], ids=["text", "page"])


def test_the_example_of_the_module() -> None:
    found = re.findall(r"^ {4}\d.*$", decide.__doc__ or "", re.MULTILINE)
    assert len(found) == 8
    scores: list[int] = []
    words, chances, at_safe, at_main = [], [], [], []
    for numbers, size, points, chance, _, safe, main in (re.split(" {2,}", line.strip()) for line in found):
        first, _, last = numbers.partition("-")
        for number in range(int(first), int(last or first) + 1):
            assert number == len(scores)
            scores.append(int(points))
            words.append(int(size.removesuffix(" each")))
            chances.append(chance)
            at_safe.append(safe.startswith("go"))
            at_main.append(main.startswith("go"))
    assert [f"{thresholds.probability(each):.2f}"[1:] for each in scores] == chances
    nothing = np.zeros(len(scores), bool)
    for level, expected in (("safe", at_safe), ("main", at_main)):
        gone = decide.lines_to_drop(level, lines_of(np.array(scores), np.array(words), nothing))
        assert gone.tolist() == expected


@limits
@given(scored_lines)
def test_main_keeps_what_is_best_and_no_less(limits: thresholds.Limits, lines: list[tuple[int, int, bool]]) -> None:
    scores, words, ruled = map(np.array, zip(*lines, strict=True))
    gone = decide.lines_to_drop("main", lines_of(scores, words, ruled), limits)
    assert not (gone & ruled).any()
    rest, sizes = scores[~ruled], np.maximum(words, 1)[~ruled]
    if not len(rest):
        return
    assert not gone[~ruled].all()
    chances = np.array([thresholds.probability(score) for score in rest])

    def expected(least: int) -> float:
        kept = rest >= least
        return float(2 * (chances * sizes)[kept].sum() / (sizes[kept].sum() + (chances * sizes).sum()))

    most = max(map(expected, rest.tolist()))
    best = max(least for least in rest.tolist() if expected(least) >= most - 1e-9)
    share = (chances * sizes).sum() / sizes.sum()
    cut = best + round(limits.main_margin + (limits.main_full - limits.main_margin) * share)
    assert not gone[~ruled][rest >= cut].any()
    assert (scores[gone] < cut).all()


@limits
@given(scored_lines)
def test_safe_risks_no_more_than_it_may(limits: thresholds.Limits, lines: list[tuple[int, int, bool]]) -> None:
    scores, words, ruled = map(np.array, zip(*lines, strict=True))
    gone = decide.lines_to_drop("safe", lines_of(scores, words, ruled), limits)
    assert not (gone & ruled).any()
    chances = np.array([thresholds.probability(score) for score in scores])
    content = chances * np.maximum(words, 1) * ~ruled
    assert content[gone].sum() <= limits.safe_budget * content.sum() + 1e-9
    assert (chances[gone] < limits.safe_outside).all()
    body = np.flatnonzero((chances >= 0.5) & ~ruled)
    if len(body):
        assert (chances[body[0] : body[-1]][gone[body[0] : body[-1]]] < limits.safe_body).all()
    assert not gone.any() or gone.sum() >= limits.safe_share * (~ruled).sum()


@pytest.mark.parametrize(
    ("gone", "expected"),
    [
        ("..xx..", "......"),
        ("..xxx.", "..xxx."),
        ("xx.xx.xxxx", "......xxxx"),
        ("", ""),
    ],
)
def test_few_lines_stay(gone: str, expected: str) -> None:
    result = decide._without_short_runs(np.array([mark == "x" for mark in gone], bool), 3)
    assert "".join("x" if each else "." for each in result) == expected


def test_probabilities_are_the_same_on_all_platforms() -> None:
    exact = 65536 / (1 + np.exp(-np.arange(-thresholds.MAX_SCORE, thresholds.MAX_SCORE + 1) / thresholds.SCORE_STEPS))
    assert np.abs(exact - np.floor(exact) - 0.5).min() > 1e-6  # no value that another exp() would round elsewhere


def test_own_prose_stays() -> None:
    texts = [path.read_text("utf-8") for path in PROSE]
    assert len(texts) >= 60
    cleaned = [SAFE.clean(text).text for text in texts]
    figures = total(score(text, text, clean) for text, clean in zip(texts, cleaned, strict=True))
    changed = [path.stem for path, text, clean in zip(PROSE, texts, cleaned, strict=True) if text != clean]
    assert figures.lost <= 0.002, changed
    assert len(changed) <= 0.05 * len(texts), changed


PAGE = (Path(__file__).parent.parent / "corpus" / "chrome").glob("*.txt")
CHROME = "Home\nNews\nSport\nMy account\nSign in\n\n"
STORY = "The river rose in the night, and by the morning the lower meadows were under water again.\n" * 6


def test_edits_say_what_the_judge_thought() -> None:
    seen = 0
    for path in PAGE:
        cleaned = CLEANERS["main"].clean(path.read_text("utf-8", "replace"))
        judged = [edit for edit in cleaned.edits if edit.by.startswith("judge/")]
        seen += len(judged)
        for edit in judged:
            assert edit.by.removeprefix("judge/") in thresholds.REASONS
            assert edit.category == "boilerplate"
            assert edit.score is not None
            assert (edit.confidence == "likely") == (edit.score < thresholds.LIKELY_BELOW)
        assert all(edit.score is None for edit in cleaned.edits if edit not in judged)
    assert seen


def test_threshold() -> None:
    text = CHROME.replace("Home", "Zanzibar & Pemba") + STORY
    nothing = Cleaner("safe", threshold=0).clean(text)
    assert not any(edit.by.startswith("judge/") for edit in nothing.edits)
    assert Cleaner("main", threshold=0).clean(text).text == Cleaner("safe", threshold=0).clean(text).text
    everything = Cleaner("safe", threshold=1).clean(text)
    assert everything.text  # never empty


@pytest.mark.parametrize(("level", "value"), [("rules", 0.5), ("safe", 1.5), ("main", -0.1)])
def test_bad_threshold(level: str, value: float) -> None:
    with pytest.raises(SettingsError, match=r"^threshold: "):
        Cleaner(level, threshold=value)  # type: ignore[arg-type]


def test_threshold_is_a_setting() -> None:
    assert Cleaner(threshold=0.1) != Cleaner(threshold=0.2)
    assert Cleaner(threshold=0.1).fingerprint != Cleaner().fingerprint


def test_keeping_boilerplate_asks_no_judge() -> None:
    text = CHROME + STORY
    with_judge = Cleaner("main", threshold=0.9).clean(text)
    without = Cleaner("main", threshold=0.9, keep_categories=["boilerplate"]).clean(text)
    assert not any(edit.by.startswith("judge/") for edit in without.edits)
    assert without.text.endswith(STORY)
    assert with_judge.text


def test_protected_lines_stay(tmp_path: Path) -> None:
    pack = tmp_path / "own.toml"
    pack.write_text(
        '[pack]\nformat = 1\nid = "own"\ntitle = "Own"\n\n[[keep]]\nlines = "Zanzibar & Pemba"\n', "utf-8"
    )
    text = "Zanzibar & Pemba\n\n" + STORY
    assert Cleaner("main", rules=[pack], threshold=1).clean(text).text.startswith("Zanzibar & Pemba\n")


def test_a_model_of_ones_own() -> None:
    judge = Judge("main", None, shipped.load())
    documents = [(CHROME + STORY).split("\n"), [""], ["one line"]]
    filled = judge.read(documents)
    marks = [judge.marks(*each) for each in zip(filled, judge.scores(filled), strict=True)]
    assert [set(found) <= set(range(len(lines))) for found, lines in zip(marks, documents, strict=True)] == [True] * 3
    assert json.dumps([mark.score for mark in marks[0].values()])


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["May 2 – Harwell", "June 11 – Swanford", "July 3 – Tarn"], [0, 0, 0]),
        (["May 2 – Harwell", "", "June 11 – Swanford"], [0, 0]),
        (["May 2 – Harwell", "", "", "June 11 – Swanford", "July 3 – Tarn"], [0, 1, 1]),
        (["Anna Harrow", "Otto Lindqvist", "", "Mila Moreau"], [0, 0, 1]),
        (["Anna Harrow", "  Otto Lindqvist"], [0, 1]),
        (["Anna Harrow", "Otto Lindqvist: 3"], [0, 1]),
        ([STORY.partition("\n")[0]] * 3, [0, 1, 2]),
        (["one line"], [0]),
    ],
)
def test_lines_that_look_alike_are_a_run(lines: list[str], expected: list[int]) -> None:
    (filled,) = READER.read([lines])
    assert runs_of(filled).tolist() == expected


@pytest.mark.parametrize(
    ("scores", "run", "expected"),
    [
        ([-40, -20, 10, 10], [0, 0, 0, 0], [-10, -10, 10, 10]),
        ([-40, -20, 10], [0, 0, 0], [-40, -20, 10]),
        ([50, -40, -40, -40, -41], [0, 1, 1, 1, 1], [50, -40, -40, -40, -41]),
    ],
)
def test_a_run_stands_or_falls_together(scores: list[int], run: list[int], expected: list[int]) -> None:
    assert decide.together(np.array(scores), np.array(run)).tolist() == expected


@given(lines_of_documents)
def test_runs_only_raise_scores(lines: list[str]) -> None:
    (filled,) = READER.read([lines])
    if len(filled):
        (scores,) = score_of([filled])
        runs = runs_of(filled)
        assert (np.diff(runs) >= 0).all()
        assert (np.diff(runs) <= 1).all()
        assert (decide.together(scores, runs) >= scores).all()


def test_less_goes_in_unknown_languages() -> None:
    scores, words = np.array([-100, 0, 125]), np.array([1, 10, 10])
    known = decide.for_language(scores, np.array([0, 0.5, 0.5]), words)
    unknown = decide.for_language(scores, np.zeros(3), words)
    assert known.tolist() == scores.tolist()
    assert unknown.tolist() == [-100 + thresholds.TEXT.unknown_steps, thresholds.TEXT.unknown_steps, 127]


def test_the_best_line_above_the_prose_is_the_headline() -> None:
    chances = [0.01, 0.02, 0.22, 0.03, 0.02, 0.02, 0.02, 0.02, 0.02, 0.97, 0.97]
    scores = np.array([thresholds.lowest_score(chance) for chance in chances])
    words = np.array([1, 1, 5, 1, 1, 1, 1, 1, 1, 60, 60])
    nothing, prose = np.zeros(11, bool), np.arange(11) > 8
    gone = decide.lines_to_drop("main", decide.Lines(scores, words, nothing, nothing, prose))
    assert np.flatnonzero(~gone).tolist() == [2, 9, 10]


def test_most_of_the_prose_stays_unless_it_is_surely_chrome() -> None:
    chances = [0.2, 0.2, 0.2, 0.2, 0.05, 0.95]
    scores = np.array([thresholds.lowest_score(chance) for chance in chances])
    words, nothing = np.full(6, 60), np.zeros(6, bool)
    lines = decide.Lines(scores, words, nothing, nothing, nothing)
    assert decide.lines_to_drop("main", lines).tolist() == [True, True, True, True, True, False]
    lines = lines._replace(prose=~nothing)
    assert decide.lines_to_drop("main", lines).tolist() == [False, False, False, False, True, False]


@limits
@pytest.mark.parametrize("level", ["safe", "main"])
@given(
    st.lists(
        st.tuples(
            st.integers(-127, 127), st.sampled_from([0, 1, 12, 300, 1 << 40]), *(st.booleans() for _ in range(3))
        ),
        min_size=1,
        max_size=12,
    )
)
def test_what_must_stay_stays_and_rules_have_their_own(
    level: str, limits: thresholds.Limits, lines: list[tuple[int, int, bool, bool, bool]]
) -> None:
    scores, words, ruled, spared, prose = map(np.array, zip(*lines, strict=True))
    gone = decide.lines_to_drop(level, decide.Lines(scores, words, ruled, spared, prose), limits)
    assert gone.shape == scores.shape
    assert not (gone & (ruled | spared)).any()
    assert gone.sum() < len(gone)
    sizes = np.maximum(words, 1) * ~ruled
    if level == "main" and 2 * sizes[gone & prose].sum() > sizes[prose].sum():
        assert (scores[gone & prose] < thresholds.lowest_score(thresholds.LIKELY_BELOW)).all()
