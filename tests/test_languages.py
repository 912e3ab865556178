"""Names of languages, in ISO 639 and BCP 47."""

from __future__ import annotations

import pytest

from cleaner.rows import Fields, clean_rows, row_of
from cleaner.rules import checks, pack
from cleaner.text.languages import SHORT, bcp47
from tests.support import cleaner_at

CLEANER = cleaner_at("rules")


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("deu", "de"),
        ("ger", "de"),
        ("DEU", "de"),
        ("de", "de"),
        ("de-AT", "de-AT"),
        ("deu_Latn", "de-Latn"),
        ("cmn_Hans", "zh-Hans"),
        ("arb", "ar"),
        ("pes", "fa"),
        ("gsw", "gsw"),
        ("", ""),
        (None, None),
    ],
)
def test_names(name: str | None, tag: str | None) -> None:
    assert bcp47(name) == tag


def test_every_language_with_rules_has_its_names() -> None:
    langs = {lang.partition("-")[0] for source in pack.builtin() for lang in checks.parse(source).pack.langs}
    assert len(langs) > 15
    assert langs <= set(SHORT.values())


def test_names_are_none_of_bcp_47_already() -> None:
    assert {len(name) for name in SHORT} == {3}
    assert {len(tag) for tag in SHORT.values()} == {2}


def test_rows_may_name_languages_either_way() -> None:
    text = "Es regnete.\n\nDiesen Artikel teilen\n"
    cleaned = {
        name: clean_rows(CLEANER, [row_of({"text": text, "lang": name}.get, Fields())])[0].cleaned
        for name in ("de", "deu", "ger", "deu_Latn", "eng")
    }
    texts = {name: done.text for name, done in cleaned.items() if done}
    assert texts == dict.fromkeys(("de", "deu", "ger", "deu_Latn"), "Es regnete.\n") | {"eng": text}
