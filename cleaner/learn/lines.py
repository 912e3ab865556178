"""Lines of documents as they are written into packs: one a line, without what makes no difference to a rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from cleaner import quote
from cleaner.rules.match.keys import key
from cleaner.rules.pack import LIMIT_CHARS

MAX_EXAMPLES = 3  # lines of drops, and of keeps; documents in `seen`
MAX_SHOWN_CHARS = 200  # of names of documents, titles, and texts of what was left out
# The longest line that is doubled to have a line that the rule must not take; of a longer one, its half is that line.
MAX_DOUBLED_CHARS = 100
SURROGATE = re.compile("[\ud800-\udfff]")


def is_line(line: str) -> bool:
    """Whether a text can be written as a line of a pack."""
    return len(line) <= LIMIT_CHARS and "\n" not in line and not SURROGATE.search(line) and bool(line.strip())


def examples(lines: Iterable[str]) -> list[str]:
    """Return the first of `lines` that can be examples, without those that say the same to a rule."""
    found: dict[str, str] = {}
    for line in lines:
        if is_line(line):
            found.setdefault(key(line), plain(line))
    return list(found.values())[:MAX_EXAMPLES]


def not_quite(line: str) -> str:
    """Return a line that a rule for `line` must not take, where no document gives one: made of it, in no language."""
    if len(line) <= MAX_DOUBLED_CHARS:
        return f"{line} {line}"
    return line[: len(line) // 2].strip()


def joined(lines: Sequence[str]) -> str:
    """Return lines as the value of a key: one a line, with a line feed at the end if there are several."""
    return lines[0] if len(lines) == 1 else "".join(f"{line}\n" for line in lines)


def plain(line: str) -> str:
    """Return a line with plain spaces, if this makes no difference to a rule, else without spaces around it."""
    spaced = " ".join(line.split())
    return spaced if key(spaced) == key(line) else line.strip()


def shown(name: str) -> str:
    """Return a name of a stranger as a short line without dangerous characters."""
    line = quote.line(" ".join(name.split()))
    return line if len(line) <= MAX_SHOWN_CHARS else f"{line[:MAX_SHOWN_CHARS]}…"


def writable(text: str) -> str:
    """Return a text with `?` for lone surrogates, which no file can hold."""
    return text.encode("utf-8", "replace").decode()
