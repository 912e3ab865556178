"""Records, and records that somebody made up: each gives the original, or one clear error, in bounded memory."""

from __future__ import annotations

import base64
import json
import re
import tracemalloc
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner import Cleaned, Cleaner, DocumentError
from cleaner.files import record
from tests import strategies
from tests.support import cleaner_at

CLEANER = cleaner_at()
SOURCE = b"Share\nRain fell for three days, and nobody minded.\nIt wasn\xe2\x80\x99t caf\xc3\x83\xc2\xa9.\n"
BOMB = base64.b64encode(zlib.compress(bytes(300 << 20), 9)).decode()
ENOUGH = 64 << 20  # bytes of memory that no record of a small file may need


def written(source: bytes = SOURCE, kind: str = "text") -> tuple[dict[str, Any], bytes]:
    """Return the data of a record as it is written, and the clean copy."""
    cleaned = CLEANER.clean_bytes(source, kind=kind)  # type: ignore[arg-type]
    return json.loads(record.dump(cleaned, source, "a.txt")), cleaned.text.encode()


def load(data: object, clean: bytes) -> bytes:
    return record.load(
        data if isinstance(data, bytes) else json.dumps(data).encode(), clean, "a.record.json", "a.clean.txt"
    )


def refused(data: object, clean: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(DocumentError, match=r"a\.record\.json: is damaged; the original cannot"):
            load(data, clean)
        assert tracemalloc.get_traced_memory()[1] < ENOUGH
    finally:
        tracemalloc.stop()


def test_a_record_gives_the_original() -> None:
    assert load(*written()) == SOURCE
    page = b"<title>x</title><p>Rain fell for three days, and nobody minded.</p>"
    data, clean = written(page, "html")
    assert data["source_bytes"] == len(page)
    assert load(data, clean) == page
    del data["source_bytes"]  # as it was before version 1.0
    assert load(data, clean) == page


@pytest.mark.parametrize("size", [0, 10, 1 << 20, -1, 1 << 62, 1.5, "9", None, True, [1]])
def test_a_bomb_is_not_unpacked(size: object) -> None:
    data, clean = written()
    refused({**data, "source_zlib": BOMB, "source_bytes": size}, clean)


def test_a_bomb_in_an_older_record_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "MAX_BYTES", 1 << 20)
    data, clean = written()
    refused({**data, "source_zlib": BOMB}, clean)
    refused({**data, "padding": "x" * (1 << 20)}, clean)


def test_what_is_too_large_for_a_record_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "MAX_BYTES", 1 << 10)
    for source, kind in (
        (b"Accessibility links\n\n" + b"Share\n" * 400 + b"x" * 400, "text"),
        (b"<p>" + b"x" * 2000, "html"),
    ):
        with pytest.raises(DocumentError, match=r"is too large for a record .*; leave out --record"):
            written(source, kind)


@pytest.mark.parametrize(
    "zipped", ["", "x", "AAAA", 3, None, BOMB[:1000], base64.b64encode(zlib.compress(SOURCE)).decode()[:-8]]
)
def test_an_original_that_is_cut_off(zipped: object) -> None:
    data, clean = written()
    refused({**data, "source_zlib": zipped, "source_bytes": len(SOURCE)}, clean)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"a":' * 100_000,
        "9" * 5000,
        "[" + "9" * 5000 + "]",
        "null",
        "[]",
        '"x"',
        "",
        "{",
        "\ud800",
        "NaN",
        "{}",
    ],
)
def test_what_is_no_record(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    refused(data, b"")
    assert record.digests(data) == ("", "")


def edits(**changed: object) -> dict[str, Any]:
    data, _ = written()
    return {**data, "edits": [{**data["edits"][0], **changed}, *data["edits"][1:]]}


FORGED = {
    "negative": edits(start=-1),
    "behind the end": edits(start=10**9, end=10**9 + 6),
    "without an end": edits(end=10**4000),
    "backwards": edits(start=6, end=0),
    "a number that is none": edits(start=0.0),
    "a replacement that is not there": edits(replacement="y" * 1000),
    "no text": edits(before=None),
    "numbers in a text": edits(before=[1, 2]),
    "another length": edits(before="x" * 1000),
    "an edit that is none": {**written()[0], "edits": [3]},
    "edits that are none": {**written()[0], "edits": 3},
    "an unknown field": edits(more=1),
    "twice": {**written()[0], "edits": written()[0]["edits"] * 2},
    "a thousand times": {**written()[0], "edits": [{**written()[0]["edits"][0], "start": -i} for i in range(1000)]},
    "an encoding of another kind": {**written()[0], "encoding": 3},
    "an encoding that does not exist": {**written()[0], "encoding": "x" * 1000},
    "a codec for something else": {**written()[0], "encoding": "zlib"},
    "a codec for hosts": {**written()[0], "encoding": "punycode"},
    "a mark of another encoding": {**written()[0], "bom": True},
    "a mark that is none": {**written()[0], "bom": "yes"},
    "flags that are none": {**written()[0], "flags": 3},
}


@pytest.mark.parametrize("data", FORGED.values(), ids=FORGED)
def test_edits_that_somebody_made_up(data: dict[str, Any]) -> None:
    refused(data, written()[1])
    if not {"bom", "encoding"} & {key for key, value in data.items() if value != written()[0][key]}:
        with pytest.raises((KeyError, TypeError, ValueError)):
            Cleaned.from_dict({**data, "text": written()[1].decode()})


def test_edits_do_not_multiply_a_text() -> None:
    text = "x" * 100_000
    edit = {**written()[0]["edits"][0], "before": "", "replacement": ""}
    for offsets in ([(0, 0), (100_000, 100_000)] * 2000, [(-i, -i) for i in range(4000)]):
        data = {"text": text, "flags": [], "encoding": "utf-8", "bom": False}
        data["edits"] = [{**edit, "start": start, "end": end} for start, end in offsets]
        with pytest.raises(ValueError, match=re.escape("does not fit the text")):
            Cleaned.from_dict(data)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 200) | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.dictionaries(st.sampled_from([*written()[0]]), values, max_size=3),
    st.dictionaries(st.sampled_from([*written()[0]["edits"][0]]), values, max_size=3),
)
def test_a_changed_record_gives_the_original_or_one_error(changed: dict[str, Any], in_edit: dict[str, Any]) -> None:
    data, clean = written()
    data["edits"][0] = {**data["edits"][0], **in_edit}
    try:
        assert load({**data, **changed}, clean) == SOURCE
    except DocumentError as error:
        assert "; " in str(error)


surrogates = st.text(st.sampled_from(["\ud83d", "\ude00", "\U0001f600", "a", "é", "\n"]), max_size=12)


@given(surrogates, strategies.levels, st.booleans())
def test_surrogates_survive_json(text: str, level: str, repairs: bool) -> None:
    cleaned = Cleaner(level, keep_categories=[] if repairs else ["encoding"]).clean(text)  # type: ignore[arg-type]
    again = Cleaned.from_dict(json.loads(json.dumps(cleaned.to_dict())))
    assert again == cleaned
    assert again.restore() == text


def test_a_pair_of_surrogates_stays_readable() -> None:
    (edit,) = CLEANER.clean("so \ud83d\ude00 far").to_dict()["edits"]
    assert (edit["before"], edit["replacement"]) == (["\ud83d", "\ude00"], "\U0001f600")
    (edit,) = CLEANER.clean("so \ud83d far").to_dict()["edits"]
    assert edit["before"] == "\ud83d"
