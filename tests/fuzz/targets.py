"""What is fuzzed: functions that take any bytes, and raise if a promise is broken.

The first byte of an input chooses the options where there are some; the rest is the document, the pack or the record.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

import msgspec

from cleaner import Cleaned, Cleaner, DocumentError, SettingsError
from cleaner.files import record as records
from cleaner.flags import READ_AS_HTML
from cleaner.passes import Passes
from cleaner.progress import InProgress
from cleaner.rules import checks
from cleaner.rules import pack as packs
from cleaner.rules.engine import Ruleset
from cleaner.rules.prepare import Prepared, compile_packs
from cleaner.text.encoding import decode

# Seconds that an input may take, and seconds more for each thousand bytes; a slow machine takes a fifth of both.
LIMIT_SECONDS, SECONDS_PER_KB = 2.0, 0.3

LEVELS = ("rules", "rules", "rules", "safe", "main")  # the first takes a tenth of the time of the others
KINDS = ("text", "html", None, "markdown")
OPTIONS = 80  # bytes that choose: for each of the levels and kinds four, one of which makes Markdown of pages


class TooSlow(AssertionError):
    """An input took longer than its limit."""


def run(target: Callable[[bytes], None], data: bytes) -> None:
    """Give an input to a target. Raises `TooSlow`, and whatever the target raises."""
    begun = time.process_time()
    target(data)
    taken = time.process_time() - begun
    if taken > LIMIT_SECONDS + SECONDS_PER_KB * len(data) / 1000:
        raise TooSlow(f"{len(data)} bytes took {taken:.1f} s")


def clean_bytes(data: bytes) -> None:
    """Clean a document. The first byte chooses the level, the kind and whether pages become Markdown."""
    choice, document = data[0] if data else 0, data[1:]
    kind = KINDS[choice // 5 % 4]
    cleaner = _cleaner(LEVELS[choice % 5], choice // 20 % 4 == 3)
    try:
        cleaned = cleaner.clean_bytes(document, kind=kind)  # type: ignore[arg-type]
    except DocumentError as error:
        assert "; " in str(error), "an error says what to do"
        assert "\n" not in str(error), "an error is one line"
        return
    assert cleaned.restore() == cleaned.original
    assert Cleaned.from_dict(json.loads(json.dumps(cleaned.to_dict()))) == cleaned, "the record goes through JSON"
    is_text = kind in ("text", "markdown") and READ_AS_HTML not in cleaned.flags
    clean = cleaned.text.encode()
    again = cleaner.clean_bytes(clean, kind=kind) if is_text else cleaner.clean(cleaned.text)  # type: ignore[arg-type]
    assert again.text == cleaned.text, "cleaning twice is cleaning once"
    assert not again.edits
    if is_text:
        assert cleaned.original == decode(document).text, "every edit can be undone"
    stored = records.dump(cleaned, document, "a.txt")
    assert records.load(stored, clean, "record", "copy") == document
    places = cleaned.to_originals(range(len(cleaned.text) + 1))
    assert places == sorted(places)


@cache
def _cleaner(level: str, markdown: bool) -> Cleaner:
    return Cleaner(level, markdown=markdown)  # type: ignore[arg-type]


# Lines that patterns of packs are tried on, beside the lines of the pack itself.
LINES = (
    "Share this on Mastodon",
    "a" * 300,
    "ab" * 150,
    " x" * 150,
    "1 2 3",
    "Rain fell on the town.",
    "",
    "é" * 99,
    "%",
)


def pack(data: bytes) -> None:
    """Read a rule pack, prepare it, and clean a text with it."""
    try:
        text = data.decode("utf-8-sig")
        one = checks.parse(packs.Source("fuzz.toml", text))
    except (SettingsError, UnicodeDecodeError):
        return
    prepared = msgspec.msgpack.decode(msgspec.msgpack.encode(compile_packs([one])), type=Prepared)
    passes = Passes(Ruleset([prepared], "main"), None, False)
    document = "\n".join((*LINES, text[:2000], *LINES))
    for url in (None, one.pack.hosts and f"https://{one.pack.hosts[0]}/"):
        cleaned = passes.clean([InProgress(document, url or None, None)])[0]
        assert cleaned.restore() == document
        assert passes.clean([InProgress(cleaned.text, url or None, None)])[0].text == cleaned.text


COPIES = (b"", b"Rain fell for three days.\n", "L'été fut long.\r\nÿ\n".encode())


def record(data: bytes) -> None:
    """Read a record, as it is and with digests that fit. The first byte chooses the copy."""
    copy, stored = COPIES[(data[0] if data else 0) % len(COPIES)], data[1:]
    digests = records.digests(stored)
    assert all(isinstance(one, str) for one in digests), "a digest is a string"
    with suppress(DocumentError):
        records.load(stored, copy, "record", "copy")
    try:
        parsed = json.loads(stored)
    except (ValueError, RecursionError):
        return
    if isinstance(parsed, dict):
        fitting = {**parsed, "format": 1, "clean_sha256": hashlib.sha256(copy).hexdigest()}
        with suppress(DocumentError):
            records.load(json.dumps(fitting).encode(), copy, "record", "copy")
        _undo({**parsed, "text": copy.decode()})
    _undo(parsed)


def _undo(parsed: Any) -> None:
    """Read edits; what can be read can be undone."""
    try:
        cleaned = Cleaned.from_dict(parsed)
    except (KeyError, TypeError, ValueError):  # what its docstring names
        return
    assert len(cleaned.restore()) <= len(cleaned.text) + sum(len(edit.before) for edit in cleaned.edits)
    cleaned.to_original(0)
    json.dumps(cleaned.to_dict())


TARGETS: dict[str, Callable[[bytes], None]] = {"clean_bytes": clean_bytes, "pack": pack, "record": record}
