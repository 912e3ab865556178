"""Metadata as front matter: YAML between two lines of `---` at the top of a copy in Markdown.

    ---
    title: "A storm at sea"
    authors:
      - "Jane Roe"
    published: "2024-05-03"
    ---

All values are strings in quotation marks, as JSON spells them, which every reader of YAML takes. Where a value is
from and where it stands is in `Cleaned.metadata` alone.
"""

from __future__ import annotations

import json
import re

from cleaner.metadata import Metadata

# What YAML takes for the end of a line or for no character at all, and what no file in UTF-8 can hold.
_NOT_PLAIN = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")


def front_matter(metadata: Metadata) -> str:
    """Return the front matter for a text, with the blank line below it; an empty string if nothing is known."""
    lines: list[str] = []
    for name, value in metadata.values().items():
        if isinstance(value, str):
            lines.append(f"{name}: {_quoted(value)}")
        else:
            lines += [f"{name}:", *(f"  - {_quoted(each)}" for each in value)]
    return "\n".join(("---", *lines, "---", "", "")) if lines else ""


def _quoted(value: str) -> str:
    return _NOT_PLAIN.sub(lambda char: f"\\u{ord(char[0]):04x}", json.dumps(value, ensure_ascii=False))
