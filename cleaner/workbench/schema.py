"""The JSON Schema of rule packs, for editors: they complete keys, describe them, and mark mistakes.

The types, limits and descriptions come from the classes in `rules.pack`; `make` adds what concerns several keys. The
schema knows less than `checks.parse`: a pack that fits it may still be refused, for example because of a pattern.

    python -m cleaner.workbench.schema > rules/pack.schema.json
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from cleaner.rules import pack

DIALECT = "http://json-schema.org/draft-07/schema#"  # the dialect that editors of TOML know


def make() -> dict[str, Any]:
    """Return the schema."""
    _, types = msgspec.json.schema_components([pack.Pack], ref_template="#/definitions/{name}")
    for table in types.values():
        table["properties"] = {key: _of_toml(schema) for key, schema in table["properties"].items()}
    types["Rule"]["oneOf"] = [{"required": [kind]} for kind in pack.KINDS]
    types["Rule"]["dependencies"] = {"from": ["to", "max"], "to": ["from"], "between": ["max"], "after": ["max"]}
    return {"$schema": DIALECT, **types.pop("Pack"), "title": "Rule pack of the cleaner", "definitions": types}


def _of_toml(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a key without null, which TOML does not have: there, a key is set or absent.

    A reference becomes the only item of `allOf`, because editors do not read a description beside a reference.
    """
    rest = {name: part for name, part in schema.items() if name not in ("$ref", "anyOf") and part is not None}
    if "$ref" in schema:
        return {**rest, "allOf": [{"$ref": schema["$ref"]}]}
    options = [option for option in schema.get("anyOf", ()) if option != {"type": "null"}]
    return {**rest, "anyOf": options} if len(options) > 1 else {**rest, **options[0]} if options else rest


def text() -> str:
    """Return the text of the schema's file."""
    return json.dumps(make(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(text(), end="")
