"""What stands in the files of a stranger: records, rows, states of shards, packs, configurations and locks."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import zlib
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from tests.attack.names import LINES
from tests.support import OWN_RULES

GOOD_PACK = OWN_RULES.encode()
MANY = 400  # how deep hostile values are nested, twice what most parsers like


class Record(NamedTuple):
    """The bytes of a record, and whether they are one that names its digests."""

    data: bytes
    names_digests: bool = False


def record(chance: random.Random, source: bytes | None, copy: bytes | None) -> Record:
    """Return a forged record, with the digests of `source` and `copy` if they are not None."""
    if chance.random() < 0.4:
        return Record(chance.choice(_not_records()))
    data: dict[str, Any] = {
        "format": 1,
        "source": chance.choice(("a.txt", "../../outside/canary.txt", "\x1b[31m", "\udcff")),
        "source_sha256": hashlib.sha256(source if source is not None else b"other").hexdigest(),
        "clean_sha256": hashlib.sha256(copy if copy is not None else b"other").hexdigest(),
        "edits": chance.choice(
            ([], [_edit(0, 5)], [_edit(9**30, 9**31)], [_edit(-3, -9)], [{"start": 0}], {"a": 1}, 3)
        ),
        "flags": [],
        "encoding": chance.choice(("utf-8", None, "rot13", "idna", "zlib", "\x1b[31m", 7)),
        "bom": chance.choice((False, True, None)),
    }
    if chance.random() < 0.4:
        data["source_zlib"] = chance.choice((_bomb(), "", "!!", 3, base64.b64encode(zlib.compress(b"x")).decode()))
    return Record(json.dumps(data).encode(), True)


def _edit(start: int, end: int) -> dict[str, Any]:
    return {
        **{"start": start, "end": end, "before": "Words", "replacement": "", "by": "a/b", "category": "x"},
        **{"confidence": "sure", "line": 1, "score": None},
    }


@cache
def _bomb() -> str:
    """Return 64 MB of zeros, compressed."""
    return base64.b64encode(zlib.compress(bytes(64 << 20), 9)).decode()


@cache
def _not_records() -> tuple[bytes, ...]:
    return (
        *(b"", b"{}", b"[]", b"null", b"\xff\xfe", b"my notes\n", b'{"source_sha256": 1, "clean_sha256": [2]}'),
        *(b"[" * 100_000, b"9" * 10_000, b'{"format": ' + b"9" * 5000 + b"}", b'{"a":' * 50_000, bytes(1000)),
    )


def rows(chance: random.Random) -> bytes:
    """Return JSON lines, most of which are documents."""
    lines = []
    for number in range(chance.randint(0, 6)):
        text = "\n".join(chance.choices(LINES, k=4))
        row: dict[str, Any] = {
            "id": number,
            "text": text,
            "url": chance.choice(("https://example.org/", "http://[", 3)),
        }
        if chance.random() < 0.2:
            row = chance.choice(({"text": 3}, {"html": "<p>Rain fell.</p>"}, {}, {"text": text, "lang": "\x1b[31m"}))
        line = json.dumps(row).encode()
        lines.append(line if chance.random() < 0.85 else chance.choice(_not_rows()))
    return b"\n".join(lines) + b"\n" * chance.randint(0, 2)


@cache
def _not_rows() -> tuple[bytes, ...]:
    return (
        *(b"", b"[]", b"null", b'{"text": ', b"\xff\xfe\x00", b'{"text": "\\ud800"}', b'{"text": "a", "text": "b"}'),
        *(b'{"text":' + b"[" * 5000, b'{"n": ' + b"9" * 5000 + b', "text": "a"}', b'{"text": "\xff"}', b" " * 3000),
    )


def forged_rows(data: bytes, words: str) -> bytes:
    """Return rows as those in `data`, but for their text, which is `words`."""
    forged = []
    for line in data.split(b"\n"):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        forged.append(json.dumps({**row, "text": words}).encode() if isinstance(row, dict) else line)
    return b"\n".join(forged)


def state(chance: random.Random) -> bytes:
    """Return the state of a run over a shard that nobody has begun."""
    size = chance.choice((0, 3, 9**9, -1, 9**40))
    forged = {
        "settings": chance.choice(("", "0" * 64)),
        "source": [chance.choice((0, 3, 100)), "0"],
        "position": {"offset": size, "number": 0},
        "output": size,
        "failures": 0,
        "done": chance.random() < 0.5,
    }
    return chance.choice((json.dumps(forged).encode(), b"", b"my state\n", b"[" * 9000, b'{"settings": 3}'))


PATTERNS = (
    *(
        "share this on [a-z]{1,20}",
        "(a|aa)+b",
        "(?:a?){30}a{30}",
        "(x+x+)+y",
        ".*.*.*.*=",
        "[a-z]{1,9999}",
        "(" * 900,
    ),
    *(
        "(?:" * 300 + "a" + ")" * 300,
        "a{0,100}{0,100}",
        "{words}{words}{words}",
        "\\p{L}+",
        "(?<=a)b",
        "\x00",
        "[\udcff]",
    ),
    *(
        "(?:a|b|c|d|e|f){1,200}",
        "(?:[a-z] ?){1,200}x",
        "\\w{1,200}\\W{0,9}\\w{1,200}y",
        "$",
        "",
        "🙂{1,9}",
        "[[:alpha:]]",
    ),
)
STARS = "*a" * 12


def pack(chance: random.Random) -> bytes:
    """Return a rule pack with something wrong or something slow in it."""
    rule = f"""
[[rule]]
id = "chrome"
category = "testing"
{chance.choice(("patterns", "inline", "cut", "from", "unless"))} = [{_string(chance.choice(PATTERNS))}]
max = {chance.choice((1, 50, 10**30, -1))}
"""
    words = ", ".join(_string(f"word{number}") for number in range(chance.choice((1, 1, 5000))))
    texts = (
        _PACK + rule,
        _PACK + rule * 2,
        _PACK + f"[words]\nwords = [{words}]\n" + rule,
        _PACK.replace('id = "own"', 'id = "own\\u001b[31m"'),
        _PACK.replace('title = ""', f'hosts = ["{STARS}.example", "*"]') + rule,
        _PACK + f'[[keep]]\nrules = ["{STARS}/*"]\nhosts = ["{STARS}"]\n',
        _PACK + f'[[keep]]\npatterns = [{_string(chance.choice(PATTERNS))}]\n"x\\nPWNED" = 1\n',
        OWN_RULES.replace("Own chrome", "a" * 9999),
        OWN_RULES.replace("format = 1", f"format = {'9' * 5000}"),
    )
    return chance.choice((*(text.encode("utf-8", "surrogateescape") for text in texts), *_not_toml()))


_PACK = '[pack]\nformat = 1\nid = "own"\ntitle = ""\n'


def _string(text: str) -> str:
    """Return a string of TOML, or of something close to it."""
    return f"'''{text}'''" if "'" not in text else json.dumps(text)


@cache
def _not_toml() -> tuple[bytes, ...]:
    return (
        *(b"", b"\xff\xfe", b"\x00" * 9, b"x = ", b"x = " + b"[" * MANY + b"]" * MANY, b"x = " + b"[" * 50_000),
        *(b".".join([b"a"] * 1000) + b" = 1", b"x = " + b"9" * 5000, b"[" + b"a." * 3000 + b"a]", b"x" * 100_000),
        *(
            b"x = " + b"{a = " * MANY + b"1" + b"}" * MANY,
            b'"\\u001b[31m" = 1',
            b'"a\\nPWNED: x" = 1',
            b"\xef\xbb\xbfx=1",
        ),
        *(
            b"x = 1e999",
            b"x = nan",
            b"x = 9999-99-99",
            b'x = """' + b"a" * 9999,
            b"a = 1\na.b = 2",
            b"[pack]\n[pack]",
        ),
    )


RULES_TO_EXTEND = (
    *("..", "../outside", "../outside/rules", "../outside/zero", "pipe.json", "missing", "", "\\u0000", ".", "packs"),
    *("packs/own.toml", "folder.json", "to-canary.json", "~", "out-link", "../../../../../../etc"),
)
SETTINGS = (
    *(
        'level = "main"',
        'level = "rules"',
        "level = 3",
        'level = "\\u001b[31m"',
        "threshold = nan",
        "threshold = 1e999",
    ),
    *("threshold = -1", "threshold = 0.5", "threshold = 99999999999999999999999", "markdown = 3", 'lang = "en"'),
    *(
        'lang = "x\\u001b[31m"',
        'keep = ["x\\nPWNED"]',
        'drop = ["credit"]',
        'drop = ["\\u202ex"]',
        'disable = ["*/*"]',
    ),
    *(f'disable = ["{STARS}b"]', "unknown = 1", '"\\u001b[31m" = 1', f'exclude = ["{STARS}b", "{"**/" * 30}x"]'),
    *(
        'exclude = ["["]',
        'exclude = ["!", "\\\\", "/"]',
        'exclude = ["*"]',
        f'exclude = ["{"a*" * 400}"]',
        "keep = 1",
    ),
)


def configuration(chance: random.Random, is_project: bool) -> bytes:
    """Return a `cleaner.toml`, or a pyproject.toml."""
    if chance.random() < 0.25:
        return chance.choice(_not_toml())
    lines = ["[tool.cleaner]"] * is_project
    if chance.random() < 0.5:
        lines.append(f'extend-rules = ["{"/" if chance.random() < 0.03 else chance.choice(RULES_TO_EXTEND)}"]')
    lines += chance.sample(SETTINGS, chance.randint(0, 2))
    return "\n".join(lines).encode() + b"\n"


def lock(chance: random.Random, known: Mapping[str, bytes], beyond: Mapping[str, bytes]) -> bytes:
    """Return a lock, or what somebody may put in its place, that names files with their digests.

    `known` are copies below its folder by their paths, `beyond` are paths of files that it must not reach.
    """
    lines = ['{"cleaner.lock": 1}', '{"cleaner": 1, "fingerprint": "' + "0" * 32 + '", "by": "\\u001b[31m"}']
    for path, data in [*known.items(), *beyond.items()]:
        entry = {"document": chance.choice(("gone.txt", "a.txt", "../a.txt", "\x1b[2J.txt")), "to": path}
        digest = hashlib.sha256(data).hexdigest()[:32]
        lines.append(json.dumps({**entry, "sha256": "0" * 32, "copy": digest, "cleaner": 1}))
    for line in ("[" * 50_000, "PWNED", "<<<<<<< HEAD", ">>>>>>> x", '{"document": 1}', '{"document": "a\\u0000"}'):
        if chance.random() < 0.2:
            lines.insert(chance.randrange(len(lines) + 1), line)
    if chance.random() < 0.1:
        lines[0] = '{"cleaner.lock": 2}'
    return "\n".join(lines).encode("utf-8", "surrogatepass") + b"\n"
