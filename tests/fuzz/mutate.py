"""Mutation of inputs by their structure.

A record or a pack is read, changed as a value, and written again: bytes that are changed at random are hardly ever
JSON or TOML any more, so they never get behind the parser. Of a document, tags, references and lines are moved,
removed and added. Some inputs are still changed as bytes: the parser is to be fuzzed, too.
"""

from __future__ import annotations

import ast
import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tomli

from tests.fuzz.targets import OPTIONS

ODD: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        1,
        -1,
        3,
        9**20,
        -(9**20),
        0.5,
        "",
        "a",
        "\x00",
        "\x1b[31m",
        "\ud800",
        "é" * 50,
        "a" * 900,
    ),
    *(
        [],
        {},
        [[]],
        [0] * 50,
        {"a": {}},
        "utf-8",
        "utf-16-le",
        "rot13",
        "zlib",
        "idna",
        "punycode",
        "unicode_escape",
        "mbcs",
    ),
    *(
        ".*",
        "[a-z]{1,200}",
        "(?:a|b){1,30}",
        "{words}",
        "*",
        "*.*.*",
        "sure",
        "guess",
        "main",
        "line",
        "any",
        "start",
        "\n",
    ),
)
PIECES = re.compile(rb"(<[^<>]*>|&[^;\s<]*;?|\n)")  # tags, references and line feeds of a document
MAX_STEPS = 4  # changes of a value at a time


BYTES = 0.2  # the share of inputs that are changed as bytes

MutateBytes = Callable[[bytes, int], bytes]


def mutator(target: str, mutate_bytes: MutateBytes) -> Callable[[bytes, int, int], bytes]:
    """Return the function that changes inputs of a target."""
    return _document_mutator(mutate_bytes) if target == "clean_bytes" else _value_mutator(target, mutate_bytes)


def _document_mutator(mutate_bytes: MutateBytes) -> Callable[[bytes, int, int], bytes]:
    dictionary = Path(__file__).with_name("clean_bytes.dict").read_text("ascii").splitlines()
    words = [ast.literal_eval(f"b{line}") for line in dictionary if line.startswith('"')]

    def mutate(data: bytes, max_size: int, seed: int) -> bytes:
        chance = random.Random(seed)
        if chance.random() < BYTES:
            return mutate_bytes(data, max_size)
        head, pieces = data[:1], [piece for piece in PIECES.split(data[1:]) if piece]
        if chance.random() < 0.1:
            head = bytes([chance.randrange(OPTIONS)])
        for _ in range(chance.randint(1, MAX_STEPS)):
            place = chance.randint(0, len(pieces))
            deed = chance.random()
            if deed < 0.5 or not pieces:
                pieces.insert(place, chance.choice(words))
            elif deed < 0.75:
                del pieces[place : place + chance.choice((1, 1, 2, 9, 99))]
            elif deed < 0.9:
                pieces.insert(place, chance.choice(pieces))
            else:
                piece = pieces.pop(min(place, len(pieces) - 1))
                pieces.insert(place, piece[: chance.randint(0, len(piece))])
        return (head + b"".join(pieces))[:max_size]

    return mutate


def _value_mutator(target: str, mutate_bytes: MutateBytes) -> Callable[[bytes, int, int], bytes]:
    head, parse, render = (1, _parse_json, _as_json) if target == "record" else (0, _parse_toml, _as_toml)

    def mutate(data: bytes, max_size: int, seed: int) -> bytes:
        chance = random.Random(seed)
        if chance.random() < BYTES:
            return mutate_bytes(data, max_size)
        try:
            value = parse(data[head:])
        except (ValueError, RecursionError):
            return mutate_bytes(data, max_size)
        for _ in range(chance.randint(1, MAX_STEPS)):
            value = _changed(value, chance, mutate_bytes)
        try:
            made = data[:head] + render(value)
        except (ValueError, RecursionError, TypeError):
            return mutate_bytes(data, max_size)
        return made[:max_size]

    return mutate


def _changed(value: Any, chance: random.Random, mutate_bytes: MutateBytes) -> Any:
    """Return a value with one change somewhere in it."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        deed = chance.random()
        if deed < 0.1:
            return {name: value[name] for name in value if name != key}
        if deed < 0.15:
            return {**value, str(chance.choice(ODD)): value[key]}
        return {**value, key: _changed(value[key], chance, mutate_bytes)}
    if isinstance(value, list) and value and chance.random() < 0.9:
        index = chance.randrange(len(value))
        deed = chance.random()
        if deed < 0.1:
            return value[:index] + value[index + 1 :]
        if deed < 0.25:
            return [*value, _changed(value[index], chance, mutate_bytes)]
        return [*value[:index], _changed(value[index], chance, mutate_bytes), *value[index + 1 :]]
    if isinstance(value, str) and chance.random() < 0.6:
        changed = mutate_bytes(value.encode("utf-8", "surrogatepass"), len(value) + 64)
        return changed.decode("utf-8", "replace")
    if isinstance(value, int) and chance.random() < 0.6:
        return value + chance.choice((-1, 1, 5, -5, 256))
    return chance.choice(ODD)


def _parse_json(data: bytes) -> Any:
    return json.loads(data)


def _as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _parse_toml(data: bytes) -> Any:
    return tomli.loads(data.decode())


def _as_toml(value: Any) -> bytes:
    """Return a pack as TOML: a key on each line of the top, everything below inline."""
    if not isinstance(value, dict):
        raise TypeError
    lines = [f"{json.dumps(str(key))} = {_inline(one)}" for key, one in value.items()]
    return "\n".join(lines).encode("utf-8", "replace") + b"\n"


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(key))} = {_inline(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if value is None:
        raise TypeError
    return json.dumps(value) if isinstance(value, int | float) else str(value)
