"""User comments below an article: some call them content and some do not. Here they are taken out of texts.

The comments of a page are the lines that trafilatura takes for comments and that do not stand in the gold. In a text
of the page, a line is a comment if at least half of its words are found in the comments, and not in the gold.
"""

from __future__ import annotations

from collections.abc import Sequence

from cleaner.judge.fit.labels import Label, label


def comments_of(comments: str, gold: str) -> str:
    """Return the lines of `comments` that do not stand in the gold."""
    lines = comments.splitlines()
    return "\n".join(
        line for line, one in zip(lines, label(lines, gold), strict=True) if one.words and not stands(one)
    )


def without_comments(text: str, gold: str, comments: str) -> str:
    """Return a text without the lines that are comments."""
    lines = text.split("\n")
    labels: Sequence[tuple[Label, Label]] = list(zip(label(lines, gold), label(lines, comments), strict=True))
    return "\n".join(
        line
        for line, (in_gold, in_comments) in zip(lines, labels, strict=True)
        if stands(in_gold) or not stands(in_comments)
    )


def stands(line: Label) -> bool:
    """Whether a line stands in a text: at least half of its words do, and there are some."""
    return 0 < line.words <= 2 * line.content
