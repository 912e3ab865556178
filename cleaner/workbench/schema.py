"""The JSON Schema of rule packs, for editors: made of the types in `pack` and of what each key is for.

`python -m cleaner.workbench.schema > rules/pack.schema.json` writes it. It knows less than `pack.parse`: a pack that
it accepts may still be refused.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from cleaner.rules import pack

DIALECT = "http://json-schema.org/draft-07/schema#"  # the one that editors of TOML know
PATTERN = "A regular expression of the safe subset, or several; {name} stands for any of [words]. "

TEXTS = {
    "Pack.pack": "What the pack is, and for which documents it is active.",
    "Pack.words": "Lists of words, plain text, that patterns use as {name}.",
    "Pack.rule": "The rules of the pack, each of exactly one kind.",
    "Pack.keep": "What no rule may take, or which rules are off, everywhere or on some hosts.",
    "PackInfo.format": "The version of the format.",
    "PackInfo.id": "The name of the pack, and of its file: lower case letters, digits and -.",
    "PackInfo.title": "What a person would call these sites or strings.",
    "PackInfo.hosts": "Domains (and all below them) on which the pack is active if the URL of a document is known.",
    "PackInfo.langs": "Languages (BCP 47) of the pack; it is not active for a document known to be in another.",
    "PackInfo.clues": "Lines by which a document of these sites is known where its URL is not.",
    "PackInfo.clues_needed": "How many of the clues a document has to hold.",
    "PackInfo.source": "Where the strings were seen.",
    "Case.before": "A document.",
    "Case.after": "What the rule leaves of it.",
    "Case.why": "What the case is there for.",
    "Rule.id": "The name of the rule in the pack: lower case letters, digits and -.",
    "Rule.category": "What sort of chrome this is; people keep whole categories.",
    "Rule.lines": "Kind: whole lines of chrome, one a line; case, spaces, quotes and bullets do not count.",
    "Rule.patterns": PATTERN + "Kind: a whole line that matches goes.",
    "Rule.from": PATTERN + "Kind: the first line of a block that goes, up to a line that `to` matches.",
    "Rule.to": PATTERN + "The last line of the block.",
    "Rule.max": "The most lines, blank ones aside, that the block may have; where its end is farther, nothing goes.",
    "Rule.between": "Kind: the lines between chrome of these categories on both sides go, at most `max`.",
    "Rule.after": "Kind: the lines after chrome of these categories, to the end of the document, go; tail only.",
    "Rule.cut": PATTERN + "Kind: a line behind the prose that matches goes, and all after it.",
    "Rule.cut_before": PATTERN + "Kind: a line before the prose that matches goes, and all before it.",
    "Rule.inline": PATTERN + "Kind: the part of a line that matches goes; case and spaces count.",
    "Rule.at": "Where in the line the part stands.",
    "Rule.collapse": "Kind: true: of what is printed twice in a row the second copy goes.",
    "Rule.min": "The least lines that have to be printed twice in a row.",
    "Rule.zone": "Where it holds: before the first line of prose, behind the last, or anywhere.",
    "Rule.weak": "Takes lines only beside other chrome.",
    "Rule.confidence": "How sure it is that what goes is chrome; guesses count at level `main` only.",
    "Rule.langs": "Languages (BCP 47) of the rule.",
    "Rule.unless": PATTERN + "A line that matches stays.",
    "Rule.max_chars": "A longer line stays.",
    "Rule.status": "Only active rules take anything; a trial is measured, a retired one is there for its name.",
    "Rule.replaces": "Names (pack/rule) that this rule had, by which it can still be disabled.",
    "Rule.why": "Why these lines are chrome and no content.",
    "Rule.seen": "Where they were seen.",
    "Rule.drops": "Examples: lines that the rule takes.",
    "Rule.keeps": "Examples: lines that it must not take, each as near to its patterns as can be.",
    "Rule.todo_drops": "Known failures: lines that it should take.",
    "Rule.todo_keeps": "Known failures: lines that it should not take.",
    "Rule.case": "Examples: documents, before and after.",
    "Keep.hosts": "Domains on which it holds; without any, everywhere.",
    "Keep.langs": "Languages (BCP 47) of documents for which it holds.",
    "Keep.rules": "The rules (pack/rule, * for any part) it holds against; without any, all.",
    "Keep.lines": "Whole lines that stay, one a line.",
    "Keep.patterns": PATTERN + "A whole line that matches stays.",
    "Keep.why": "Why they are content.",
}


def make() -> dict[str, Any]:
    """Return the schema."""
    _, types = msgspec.json.schema_components([pack.Pack], ref_template="#/definitions/{name}")
    for name, table in types.items():
        for key, value in table["properties"].items():
            table["properties"][key] = _without_null(value) | {"description": TEXTS[f"{name}.{key}"]}
    info, rule = types["PackInfo"]["properties"], types["Rule"]["properties"]
    info["format"] |= {"const": pack.FORMAT}
    info["id"] |= {"pattern": f"^{pack.ID.pattern}$"}
    info["clues_needed"] |= {"minimum": 1}
    rule["id"] |= {"pattern": f"^{pack.ID.pattern}$"}
    rule["category"] |= {"pattern": f"^{pack.CATEGORY.pattern}$"}
    rule["max"] |= {"minimum": 2, "maximum": pack.LIMIT_BLOCK}
    rule["min"] |= {"minimum": 1, "maximum": pack.LIMIT_BLOCK}
    rule["max_chars"] |= {"minimum": 1, "maximum": pack.LIMIT_CHARS}
    types["Rule"]["oneOf"] = [{"required": [kind]} for kind in pack.KINDS]
    types["Rule"]["dependencies"] = {"from": ["to", "max"], "to": ["from"], "between": ["max"], "after": ["max"]}
    return {"$schema": DIALECT, **types.pop("Pack"), "title": "Rule pack of the cleaner", "definitions": types}


def _without_null(value: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a key without what only stands for one that is absent: TOML has no null."""
    if "$ref" in value:
        return {"allOf": [value]}  # beside a $ref, a description would not be read
    options = [option for option in value.get("anyOf", ()) if option != {"type": "null"}]
    rest = {name: part for name, part in value.items() if name != "anyOf" and part is not None}
    return rest | ({"anyOf": options} if len(options) > 1 else options[0] if options else {})


def text() -> str:
    """Return the schema as the text of its file."""
    return json.dumps(make(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(text(), end="")
