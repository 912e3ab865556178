"""The JSON Schema of rule packs: it is what the types say, takes what ships, and refuses what they refuse."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from cleaner.errors import SettingsError
from cleaner.rules import checks
from cleaner.rules import pack as packs
from cleaner.workbench import schema
from tests.support import DATA

FILE = Path(__file__).parent.parent / "rules" / "pack.schema.json"
SCHEMA = Draft7Validator(json.loads(FILE.read_text("utf-8")))


def test_the_file_is_what_the_types_say() -> None:
    assert FILE.read_text("utf-8") == schema.text(), (
        "write it with: python -m cleaner.workbench.schema > " + FILE.name
    )


@pytest.mark.parametrize(
    "table", [SCHEMA.schema, *SCHEMA.schema["definitions"].values()], ids=lambda one: one["title"]
)
def test_every_key_is_described(table: dict[str, Any]) -> None:
    assert all(len(key["description"]) > 10 for key in (table, *table["properties"].values()))


def test_the_schema_is_one() -> None:
    Draft7Validator.check_schema(SCHEMA.schema)


@pytest.mark.parametrize("source", packs.builtin(), ids=lambda source: Path(source.name).stem)
def test_packs_that_ship_are_accepted(source: packs.Source) -> None:
    assert [error.message for error in SCHEMA.iter_errors(tomllib.loads(source.text))] == []


BEYOND = {  # what a schema cannot see: the language of patterns, names of other things, and what is not TOML
    *(
        "back-reference",
        "bad-regex",
        "exploding-regex",
        "flags",
        "look-ahead",
        "nested-repeats",
        "pattern-of-anything",
    ),
    *(
        "pattern-of-nothing",
        "same-id-twice",
        "unbounded-inline",
        "unknown-phrase",
        "less-careful-phrase",
        "unknown-word",
        "word-of-two-lines",
        "repeats-the-wrong-way-round",
        "broken-toml",
        "unfinished-toml",
    ),
}


@pytest.mark.parametrize("path", sorted((DATA / "bad_rules").glob("*.toml")), ids=lambda path: path.stem)
def test_bad_packs_are_refused(path: Path) -> None:
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError:
        assert path.stem in BEYOND
    else:
        assert SCHEMA.is_valid(data) == (path.stem in BEYOND)


RULE = 'id = "a"\ncategory = "x"\n'


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ('lines = "a b"\nlinez = "c d"', "'linez' was unexpected"),
        ('lines = "a b"\n[[rule.case]]\nbefor = "a"', "'befor' was unexpected"),
        ('from = "a b"\nto = "c d"\nmax = 1', "1 is less than the minimum of 2"),
        ("collapse = true\nmin = 201", "201 is greater than the maximum of 200"),
        ('lines = "a b"\nmax_chars = 5000', "5000 is greater than the maximum of 2000"),
        ('lines = "a b"\nzone = "middle"', "'middle' is not one of"),
        ('from = "a b"\nto = "c d"', "'max' is a dependency of 'from'"),
        ('lines = "a b"\ncollapse = true', "is valid under each of"),
        ("lines = 1", "1 is not valid under any of the given schemas"),
        ("patterns = [1]", "is not valid under any of the given schemas"),
    ],
)
def test_rules_that_are_refused(rule: str, message: str) -> None:
    text = f'[pack]\nformat = 1\nid = "own"\n[[rule]]\n{RULE}{rule}\n'
    with pytest.raises(SettingsError):
        checks.parse(packs.Source("own.toml", text))
    assert message in " ".join(error.message for error in SCHEMA.iter_errors(tomllib.loads(text)))
