"""Where fuzzing begins: small inputs of each kind, and the words of their languages."""

from __future__ import annotations

import json
from collections.abc import Iterator

from cleaner import Cleaner
from cleaner.files import record as records
from tests.fuzz.targets import COPIES
from tests.support import DATA, DOCUMENT, OWN_RULES

ROOT = DATA.parent.parent
MAX_SEED_BYTES = 4000

WORDS = {
    "clean_bytes": (
        *(
            "<html>",
            "<body>",
            "<p>",
            "</p>",
            "<table>",
            "<tr>",
            "<td>",
            "<li>",
            "<pre>",
            "<!--",
            "-->",
            "<![CDATA[",
            "<a href=",
        ),
        *(
            "<script type=application/ld+json>",
            "<script>",
            "</script>",
            "<meta charset=",
            "<input>",
            "<svg>",
            "<math>",
        ),
        *(
            "<template>",
            "<noscript>",
            "<select><option>",
            "<details>",
            "<br>",
            "<base href=",
            "&#2",
            "&#xfffe;",
            "&amp;",
        ),
        *(
            "&#x1f600;",
            "&nbsp;",
            "Ã©",
            "â€™",
            "\u00ad",
            "\u200b",
            "\u2028",
            "\x85",
            "\ufeff",
            "\ufffd",
            "\ud7ff",
            "\r\n",
            "\x00",
        ),
        *(
            "Accessibility links",
            "Share this",
            "Advertisement",
            "Rain fell on the town.",
            "{",
            "[",
            "utf-16",
            "\xff\xfe",
        ),
    ),
    "pack": (
        *(
            "[pack]",
            "format = 1",
            'id = "own"',
            'title = "t"',
            "[[rule]]",
            "[[rule.case]]",
            "[[keep]]",
            "[words]",
            "'''",
        ),
        *(
            'category = "share"',
            "patterns = [",
            "lines = ",
            "inline = ",
            "cut = ",
            "from = ",
            "to = ",
            "between = ",
            "after = ",
        ),
        *(
            "collapse = ",
            "unless = ",
            "max = 9",
            "min = 2",
            "at = ",
            "zone = ",
            "weak = true",
            'hosts = ["',
            "langs = [",
        ),
        *(
            "clues = [",
            "drops = ",
            "keeps = ",
            "confidence = ",
            "cut_before = ",
            "{words}",
            "(?:",
            "){1,20}",
            "[a-z]{1,200}",
        ),
        *(
            "\\p{L}",
            "\\w+",
            ".{0,99}",
            "|",
            "(?i)",
            "*",
            "?",
            "\\b",
            "\\x00",
            "\\u0130",
            "ß",
            "ﬁ",
            "source = ",
            "0x",
            "1e9",
        ),
    ),
    "record": (
        *(
            '"format": 1',
            '"source_sha256": "',
            '"clean_sha256": "',
            '"edits": [',
            '"start": 0',
            '"end": ',
            '"before": "',
        ),
        *(
            '"replacement": "',
            '"by": "',
            '"category": "',
            '"confidence": "',
            '"line": ',
            '"score": null',
            '"flags": []',
        ),
        *(
            '"encoding": "utf-8"',
            '"encoding": "rot13"',
            '"encoding": "idna"',
            '"bom": true',
            '"source_zlib": "',
            "\\ud800",
        ),
        *(
            "1e999",
            "NaN",
            "-1",
            "99999999999999999999",
            "null",
            "[[[[",
            '{"a":',
            '"utf-16-le"',
            '"zlib"',
            '"undefined"',
        ),
    ),
}


def seeds(target: str) -> Iterator[bytes]:
    """Yield inputs to begin with."""
    if target == "clean_bytes":
        pages = sorted((DATA / "html").glob("*.html")) + sorted((ROOT / "corpus").rglob("*.txt"))
        for number, path in enumerate(pages):
            if path.stat().st_size <= MAX_SEED_BYTES:
                yield bytes([number % 36]) + path.read_bytes()
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
