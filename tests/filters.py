"""The line rules of others, to compare with: each takes a text and returns the lines that it keeps.

Only the rules on lines are here. The rules that drop whole documents (`lorem ipsum`, a curly bracket, fewer than five
sentences) are left out. As in datatrove 0.10 (`C4QualityFilter`), lines lose the white space around them.
"""

from __future__ import annotations

import re

MIN_WORDS = 3  # of a line, for C4 and FineWeb
MAX_WORD_CHARS = 1000
TEN_WORDS = 10
ENDS = (".", "?", "!", '"', "'")
# For `sentences`: Chinese and Japanese write other marks, and no spaces, so a line has characters instead of words.
ALL_ENDS = (".", "?", "!", '"', "。", "！", "？", "”")
SENTENCE_WORDS = 5
SENTENCE_CHARS = 12
ELLIPSIS = "..."
POLICIES = ("terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies")
CITATION = re.compile(r"\[\d*]|\[edit]|\[citation needed]")


def c4(text: str) -> str:
    """Keep lines that are long enough, end like a sentence and do not mention scripts or policies; drop citations."""
    return _lines(text, any_end=False)


def fineweb(text: str) -> str:
    """Keep lines as `c4` does, but with any end."""
    return _lines(text, any_end=True)


def sentences(text: str) -> str:
    """Keep what C4 would in any script: lines that end like a sentence and have words or characters enough."""
    return "\n".join(
        line
        for line in text.split("\n")
        if line.rstrip().endswith(ALL_ENDS)
        and (len(line.split()) >= SENTENCE_WORDS or (len(line) >= SENTENCE_CHARS and not line.isascii()))
    )


def ten_words(text: str) -> str:
    """Keep lines of ten words or more."""
    return "\n".join(line for line in text.splitlines() if len(line.split()) >= TEN_WORDS)


def _lines(text: str, *, any_end: bool) -> str:
    kept = []
    for line in map(str.strip, text.splitlines()):
        words = line.split()
        line = CITATION.sub("", line)
        folded = line.lower()
        if (
            len(words) >= MIN_WORDS
            and max(map(len, words)) <= MAX_WORD_CHARS
            and (any_end or (line.endswith(ENDS) and not line.endswith(ELLIPSIS)))
            and "javascript" not in folded
            and not any(policy in folded for policy in POLICIES)
        ):
            kept.append(line)
    return "\n".join(kept)
