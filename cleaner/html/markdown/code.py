"""Blocks of code: their language, and a fence that nothing in them ends."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Any

# Classes that name a language: those of HTML 5, Prism, GitHub, SyntaxHighlighter, Sphinx and pandoc.
_LANGUAGE = re.compile(
    r"(?:^|\s)(?:language|lang|highlight-source|highlight|brush:\s*|sourceCode)[-\s]*([A-Za-z0-9_+#.-]{1,20})(?=\s|;|$)"
)
_NO_LANGUAGES = ("none", "plain", "plaintext", "text", "txt", "default", "notranslate", "highlight", "nohighlight")
_NAME = re.compile(r"[A-Za-z0-9_+#.-]{1,20}")
_BACKTICKS = re.compile("`{3,}")
_STEPS = 2  # elements around a block whose classes may name its language


def fence(lines: Iterable[str]) -> str:
    """Return the fence of a block of code: longer than any row of backticks in its lines."""
    longest = max((len(found) for line in lines for found in _BACKTICKS.findall(line)), default=2)
    return "`" * (longest + 1)


def language(block: Any) -> str:
    """Return the language of a block of code, an element; an empty string if the page does not say."""
    inner = next(block.iter("code"), None)
    near = [each for each in (inner, block, *islice(block.iterancestors(), _STEPS)) if each is not None]
    for element in near:
        for found in _LANGUAGE.findall(element.get("class", "")):
            if found.lower() not in _NO_LANGUAGES:
                return str(found)
    return next((name for each in near if _NAME.fullmatch(name := each.get("data-lang", ""))), "")
