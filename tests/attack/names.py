"""Names of files as strangers give them, and what stands in their documents."""

from __future__ import annotations

import os
import random
from pathlib import Path

from tests.support import CHROME

# Stems of documents. A line feed stands before PWNED, and nowhere else: no output may have a line that begins so.
STEMS = (
    *("a", "story", "docs", "b c", "x ", " y", "a.b", "a.clean", "naïve", "名前", "\u0301", "e\u0301"),
    *(
        "-rf",
        "--force",
        "-",
        ":a",
        ":!x",
        "!x",
        "@a",
        "~",
        "*",
        "[a]",
        "?",
        "{b,c}",
        "%s%n",
        "#",
        "$(id)",
        "`id`",
        "&x",
    ),
    *(
        "'q'",
        '"',
        "\\",
        "a\\nb",
        "a\tb",
        "a\rPWN",
        "a\nPWNED: all is well",
        "\n",
        "x\x1b[31mred",
        "x\x1b]0;title\x07",
    ),
    *(
        "p\u202egnp.fdp",
        "\u2066x",
        "\x7f",
        "\x85x",
        "\udcff\udcfe",
        "a\udc80",
        "\ufeffx",
        "L" * 200,
        "\U0001f600" * 40,
    ),
)

LINES = (
    *(CHROME, "Share this on Mastodon", "Advertisement", "Please enter your comment!", "Skip to content", "Updated"),
    *(
        "It wasnâ€™t the wind that stopped the boats, the harbour master said.",
        "Â© 2024 The Gazette",
        "\x1b[2Jcleared",
    ),
    *(
        "Rain fell on the town for three days.",
        "The river rose over the old bridge.",
        "",
        "",
        "- a list",
        "# Heading",
    ),
    *("Snow lay on the hills until the spring, and nobody came down.", "L'été fut long.", "Ein Satz, der bleibt."),
    *("| a | b |", "```", "x = 1", "<<<<<<< HEAD", "=======", ">>>>>>> other", "\u202eabc\u202c", "1", "…", "\f"),
)
OWN_WORDS = "These are words of my own, number {}, which no document has.\n"


def text_of(chance: random.Random) -> bytes:
    """Return a small text document."""
    lines = [chance.choice(LINES) for _ in range(chance.randint(1, 10))]
    text = "\n".join((*lines, "The ferry goes at noon.")) + "\n"
    shape = chance.random()
    if shape < 0.04:
        return b""
    if shape < 0.08:
        return text.encode("utf-16")
    if shape < 0.12:
        return text.encode() + bytes(chance.randrange(256) for _ in range(8))
    if shape < 0.16:
        return text.replace("\n", "\r\n").encode()
    return text.encode()


def html_of(chance: random.Random) -> bytes:
    """Return a small page."""
    paragraphs = "".join(
        f"<{tag}>{chance.choice(LINES[:15])}</{tag}>" for tag in chance.choices(["p", "li", "h2", "div", "td"], k=5)
    )
    odd = chance.choice(("", "<meta><input>i&#2", "<!--", "<table>" * 30, "&#xfffe;", "<script>{", "\x00"))
    return f"<html><body><nav>Home</nav><article>{paragraphs}</article>{odd}</body></html>".encode()


def document(chance: random.Random, suffix: str) -> bytes:
    """Return a small document for a suffix."""
    return html_of(chance) if suffix.startswith((".h", ".x")) else text_of(chance)


def stem(chance: random.Random) -> str:
    """Return the stem of a name: an odd one as often as a plain one."""
    return chance.choice(STEMS[:3]) + str(chance.randrange(3)) if chance.random() < 0.4 else chance.choice(STEMS)


def relative(path: Path, start: Path, chance: random.Random) -> str:
    """Return where a link that stands in the folder `start` has to lead, from the root or from there."""
    return str(path) if chance.random() < 0.5 else os.path.relpath(path, start)
