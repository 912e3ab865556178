"""Where fuzzing begins: small inputs of each kind. The words of their languages are in `TARGET.dict`."""

from __future__ import annotations

import json
from collections.abc import Iterator

from cleaner import Cleaner
from cleaner.files import record as records
from tests.fuzz.targets import COPIES, OPTIONS
from tests.support import DATA, DOCUMENT, OWN_RULES

ROOT = DATA.parent.parent
MAX_SEED_BYTES = 4000  # of a file to begin with: larger ones take long
# Small documents: they are fast, and much that breaks something is small.
TINY = (
    b"Rain fell.\n",
    b"<p>a&#2;",
    b"<meta><input>i",
    b"<table><tr><td>a<td>b",
    b"<pre>a\r\n b",
    b"Share this\n\nRain fell.",
    b"\xff\xfea\0",
)


def seeds(target: str) -> Iterator[bytes]:
    """Yield inputs to begin with."""
    if target == "clean_bytes":
        for choice in range(0, OPTIONS, 7):  # each level, each kind, and Markdown
            yield from (bytes([choice]) + document for document in TINY)
        pages = sorted((DATA / "html").glob("*.html")) + sorted((ROOT / "corpus").rglob("*.txt"))
        for number, path in enumerate(pages):
            if path.stat().st_size <= MAX_SEED_BYTES:
                yield bytes([number % OPTIONS]) + path.read_bytes()
    elif target == "pack":
        yield OWN_RULES.encode()
        found = sorted((ROOT / "rules").rglob("*.toml")) + sorted((DATA / "bad_rules").rglob("*.toml"))
        yield from (path.read_bytes() for path in found if path.stat().st_size <= MAX_SEED_BYTES)
    else:
        sources = (DOCUMENT.encode(), "dÃ©jÃ \r\nAdvertisement\r\n".encode("utf-16"), b"<p>Rain fell.</p>", b"")
        for number, source in enumerate(sources):
            cleaned = Cleaner().clean_bytes(source, kind="html" if b"<p>" in source else "text")
            stored = records.dump(cleaned, source, "a.txt")
            yield bytes([number]) + stored
            data = json.loads(stored) | {"text": cleaned.text}
            yield bytes([number % len(COPIES)]) + json.dumps(data).encode()
