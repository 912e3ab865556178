"""The promises of the design, as properties over generated documents, at every level."""

from __future__ import annotations

import json
import pickle
import random
import re
import subprocess
import sys
from collections.abc import Container, Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner import Cleaned, Cleaner, DocumentError
from cleaner.document import apply
from cleaner.files.folder import Place
from cleaner.files.job import Job, JobOptions
from cleaner.files.jobs import run_all
from cleaner.text.repair import repair
from tests import strategies
from tests.support import DATA, cleaner_at

LEVELS = ("rules", "safe", "main")
KEEPING = {level: Cleaner(level, rules=[DATA / "keeping.toml"]) for level in LEVELS}  # type: ignore[arg-type]
CLEANERS = {level: cleaner_at(level) for level in LEVELS}


def split(text: str) -> list[str]:
    return re.split(r"\r*\n|\r", text)


def is_subsequence(small: Iterable[str], large: Iterable[str]) -> bool:
    rest = iter(large)
    return all(item in rest for item in small)


def assert_in_order(clean: str, repaired: Sequence[str], touched: Container[int]) -> None:
    """Fail unless the lines of a clean text are repaired ones, in order; parts may be gone of those `touched`."""
    position = 0
    for line in split(clean):
        while position < len(repaired):
            whole = repaired[position]
            position += 1
            if line == whole or (position - 1 in touched and line and is_subsequence(line, whole)):
                break
        else:
            pytest.fail(f"{line!r} is not a line of the repaired text, in order")


@given(strategies.documents(), strategies.levels, strategies.urls, strategies.langs)
def test_nothing_invented(text: str, level: str, url: str | None, lang: str | None) -> None:
    cleaned = CLEANERS[level].clean(text, url=url, lang=lang)
    repaired = split(apply(text, repair(text)))
    touched = {edit.line - 1 for edit in cleaned.edits if not edit.by.startswith("repair/")}
    assert_in_order(cleaned.text, repaired, touched)


@given(strategies.documents(), strategies.levels, strategies.urls, strategies.langs)
def test_idempotent(text: str, level: str, url: str | None, lang: str | None) -> None:
    cleaner = CLEANERS[level]
    once = cleaner.clean(text, url=url, lang=lang)
    twice = cleaner.clean(once.text, url=url, lang=lang)
    assert twice.text == once.text
    assert twice.edits == ()


@given(strategies.documents(), strategies.levels)
def test_reversible(text: str, level: str) -> None:
    cleaned = CLEANERS[level].clean(text)
    assert cleaned.restore() == cleaned.original == text
    again = Cleaned.from_dict(json.loads(json.dumps(cleaned.to_dict())))
    assert again == cleaned
    assert again.restore() == text
    for edit in cleaned.edits:
        assert text[edit.start : edit.end] == edit.before != edit.replacement
        assert 1 <= edit.line <= len(split(text))
    ends = [0, *(edit.end for edit in cleaned.edits)]
    assert all(end <= edit.start for end, edit in zip(ends, cleaned.edits, strict=False))


@given(strategies.documents(), strategies.levels)
def test_positions_map_back(text: str, level: str) -> None:
    cleaned = CLEANERS[level].clean(text)
    places = cleaned.to_originals(range(len(cleaned.text) + 1))
    assert places == sorted(places)
    replaced = {edit.start for edit in cleaned.edits if edit.replacement}
    for char, place in zip(cleaned.text, places, strict=False):
        assert text[place] == char or place in replaced
    offset = random.Random(len(text)).randint(0, len(cleaned.text))
    assert cleaned.to_original(offset) == places[offset]
    with pytest.raises(IndexError):
        cleaned.to_original(len(cleaned.text) + 1)


FILES = ("poems/a.txt", "poems/free.txt", "news/a.txt", "news/poems/b.md", "whole.txt", "a.txt", None)


@strategies.fewer
@given(strategies.documents(), strategies.levels, strategies.urls, strategies.langs, st.sampled_from(FILES))
def test_protections_of_some_documents(
    text: str, level: str, url: str | None, lang: str | None, file: str | None
) -> None:
    cleaner = KEEPING[level]
    once = cleaner.clean(text, url=url, lang=lang, file=file)
    assert once.restore() == text
    twice = cleaner.clean(once.text, url=url, lang=lang, file=file)
    assert (twice.text, twice.edits) == (once.text, ())
    others = [name for name in FILES if name != file]
    together = list(
        cleaner.clean_many(
            [text] * len(FILES), urls=[url] * len(FILES), langs=[lang] * len(FILES), files=[*others, file]
        )
    )
    assert together[-1] == once
    for name, one in zip(others, together, strict=False):
        assert one == cleaner.clean(text, url=url, lang=lang, file=name)
    if file == "whole.txt":
        assert all(edit.by.startswith("repair/") for edit in once.edits)
    if file in ("a.txt", None):
        assert once == CLEANERS[level].clean(text, url=url, lang=lang)


encoded = st.builds(
    lambda text, encoding: text.encode(encoding, "ignore"),
    strategies.documents(),
    st.sampled_from(
        ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252", "cp1251", "shift_jis", "koi8-r", "utf-16-be"]
    ),
)


@given(st.one_of(st.binary(max_size=200), encoded), strategies.levels, st.sampled_from([None, "text"]))
def test_total_for_bytes(data: bytes, level: str, kind: str | None) -> None:
    try:
        cleaned = CLEANERS[level].clean_bytes(data, kind=kind)  # type: ignore[arg-type]
    except DocumentError as error:
        assert "; " in str(error)
        assert "\n" not in str(error)
    else:
        cleaned.text.encode("utf-8")


@given(st.text(st.one_of(st.characters(), st.characters(categories=["Cs"])), max_size=60), strategies.levels)
def test_total_for_any_string(text: str, level: str) -> None:
    cleaned = CLEANERS[level].clean(text)
    cleaned.text.encode("utf-8")
    assert cleaned.restore() == text


@strategies.fewer
@given(st.lists(strategies.documents(), max_size=6), strategies.levels, st.randoms())
def test_order_and_history_do_not_matter(texts: list[str], level: str, rng: random.Random) -> None:
    cleaner = pickle.loads(pickle.dumps(CLEANERS[level]))
    shuffled = rng.sample(range(len(texts)), len(texts))
    results = {i: cleaner.clean(texts[i]) for i in shuffled}
    assert [results[i] for i in range(len(texts))] == [CLEANERS[level].clean(text) for text in texts]


def test_processes_and_order_do_not_matter(tmp_path: Path) -> None:
    rng = random.Random(7)
    lines = [*strategies.PROSE, *strategies.CHROME, "donâ€™t cafÃ©"]
    paths = []
    for number in range(60):
        path = tmp_path / f"{number}.txt"
        path.write_bytes("\n".join(rng.choices(lines, k=rng.randint(1, 40))).encode())
        paths.append(path)
    written = []
    for workers in (1, 2):
        rng.shuffle(paths)
        jobs = [Job(Place.named(path), Place.named(tmp_path / f"{path.stem}.{workers}"), 0) for path in paths]
        outcomes = list(run_all(jobs, [CLEANERS["safe"]], JobOptions(), workers))
        assert [outcome.path for outcome in outcomes] == paths
        assert {outcome.status for outcome in outcomes} == {"written"}
        written.append([(tmp_path / f"{number}.{workers}").read_bytes() for number in range(60)])
    assert written[0] == written[1]


@given(strategies.untouched(), strategies.levels)
def test_untouched_means_identical(text: str, level: str) -> None:
    cleaned = CLEANERS[level].clean(text)
    assert cleaned == Cleaned(text, confidence=cleaned.confidence)
    as_bytes = CLEANERS[level].clean_bytes(text.encode(), kind="text")
    assert as_bytes.text.encode() == text.encode()


@given(strategies.documents(), strategies.levels)
def test_no_edits_means_identical(text: str, level: str) -> None:
    cleaned = CLEANERS[level].clean(text)
    assert (cleaned.text == text) == (not cleaned.edits)


@pytest.mark.parametrize("level", LEVELS)
def test_settings_decide_equality_hash_and_pickle(level: str, tmp_path: Path) -> None:
    rules = tmp_path / "own.toml"
    rules.write_text(
        '[pack]\nformat = 1\nid = "own"\n[[rule]]\nid = "a"\ncategory = "own"\nlines = "Mine"\n', "utf-8"
    )
    one = Cleaner(level, rules=[rules], disable=["own/a"])  # type: ignore[arg-type]
    two = Cleaner(level, rules=[str(rules)], disable=("own/a",))  # type: ignore[arg-type]
    other = Cleaner(level, rules=[rules])  # type: ignore[arg-type]
    assert one == two != other
    assert hash(one) == hash(two)
    assert pickle.dumps(one) == pickle.dumps(two)
    rules.unlink()
    again = pickle.loads(pickle.dumps(other))
    assert again == other
    assert again.clean("Mine\nNot mine\n").text == "Not mine\n"
    with pytest.raises(AttributeError):
        one._level = "main"
    code = f"from cleaner import Cleaner; print(hash(Cleaner({level!r})))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(run.stdout) == hash(Cleaner(level))  # type: ignore[arg-type]
