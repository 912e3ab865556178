"""Measure the repair: correct text that must stay, and text that was broken on purpose.

    python -m tests.measure_repair [CASES.json]

The prose of tests/data/prose is the source of both. Correct lines have words in capitals or small letters, with
quotation marks, dashes and other signs around them. Broken lines are prose that was read in the wrong encoding.
CASES.json are ftfy's own cases: `tests/test_cases.json` of its source. Of those that ftfy passes, ours must be what
ftfy makes of it with all of its options, or with its repair of encodings alone.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import ftfy.bad_codecs  # noqa: F401  makes Python know the codecs `sloppy-…`

from cleaner.document import apply
from cleaner.text.repair import repair

PROSE = Path(__file__).parent / "data" / "prose"

BEFORE = ("“", "‘", "«", "»", "„", "‚", "‹", "›", "¿", "¡", "—", "–", "(", "«\xa0", "•", "€", "£", "©", "§", "±")
AFTER = (
    *("”", "’", "»", "«", "“", "‘", "›", "‹", "—", "–", "―", "…", "\xa0»", "’s", "”…", "…”", "”—", "’”", "»…", ".”"),
    *("™", "®", "©", "°", "²", "³", "¹", "ª", "º", "€", "£", "¥", "¢", "§", "¶", "†", "‡", "•", "·", "%", "‰", "€€"),
    *("½", "¼", "±", "×", "´"),
)
CASES: tuple[Callable[[str], str], ...] = (str, str.upper, str.lower, str.title)


def read_prose() -> Iterator[tuple[str, str]]:
    """Yield the language and the text of each document of prose."""
    for path in sorted(PROSE.glob("*.txt")):
        lang = path.name.split("-")[0]
        yield lang if len(lang) == 2 else "en", path.read_text("utf-8")  # `poem-…` is English


def correct_lines(count: int, seed: int = 1) -> list[str]:
    """Return `count` lines of correct prose whose words have signs around them, of all languages alike."""
    rng = random.Random(seed)
    words: dict[str, list[list[str]]] = {}
    for lang, text in read_prose():
        words.setdefault(lang, []).extend(line.split() for line in text.split("\n") if line.strip())
    languages = sorted(words)
    return [_decorated(rng, rng.choice(words[languages[i % len(languages)]])) for i in range(count)]


def _decorated(rng: random.Random, words: list[str]) -> str:
    """Return a line of up to 12 of the words, with signs put around one in three."""
    start = rng.randrange(len(words))
    change = rng.choice(CASES)
    line = [change(word.rstrip(".,;:!?")) for word in words[start : start + rng.randint(1, 12)]]
    for i, word in enumerate(line):
        if rng.random() < 1 / 3:
            line[i] = rng.choice(["", *BEFORE]) + word + rng.choice(AFTER)
    return " ".join(line)


def _read_as(written: str, read: str) -> Callable[[str], str]:
    return lambda text: text.encode(written).decode(read)


def _twice(text: str) -> str:
    return _read_as("utf-8", "sloppy-windows-1252")(_read_as("utf-8", "sloppy-windows-1252")(text))


def _lossy(text: str) -> str:
    return _read_as("utf-8", "sloppy-windows-1252")(text).replace("\xa0", " ")


# Ways to break a text, and the languages that are written in an encoding; an empty list stands for all.
BREAKS: dict[str, tuple[Callable[[str], str], list[str]]] = {
    **{
        f"UTF-8 as {read}": (_read_as("utf-8", read), [])
        for read in (
            *("sloppy-windows-1252", "latin-1", "sloppy-windows-1250", "sloppy-windows-1251", "sloppy-windows-1253"),
            *("sloppy-windows-1254", "sloppy-windows-1257", "iso-8859-2", "macroman", "cp437"),
        )
    },
    "UTF-8 as sloppy-windows-1252, twice": (_twice, []),
    "UTF-8 as sloppy-windows-1252, no-break spaces lost": (_lossy, []),
    **{
        f"{written} as {read}": (_read_as(written, read), languages.split())
        for written, read, languages in (
            ("gbk", "latin-1", "zh"),
            ("gbk", "sloppy-windows-1252", "zh"),
            ("big5", "sloppy-windows-1252", "zh"),
            ("shift_jis", "sloppy-windows-1252", "ja"),
            ("euc_jp", "latin-1", "ja"),
            ("euc_kr", "latin-1", "ko"),
            ("cp1251", "sloppy-windows-1252", "ru uk"),
            ("koi8-u", "latin-1", "ru uk"),
            ("cp1253", "sloppy-windows-1252", "el"),
            ("cp1250", "sloppy-windows-1252", "cs sk pl hu hr sl ro"),
            ("cp1255", "sloppy-windows-1252", "he"),
            ("cp1256", "sloppy-windows-1252", "ar fa"),
        )
    },
}


def broken_documents(kind: str) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the lines of each document of prose that can be broken in one way, and the same lines broken."""
    breaks, languages = BREAKS[kind]
    for lang, text in read_prose():
        pairs = []
        for line in text.split("\n"):
            with suppress(UnicodeError):  # the encoding lacks a character
                pairs.append((line, breaks(line)))
        if (not languages or lang in languages) and not text.isascii():
            yield [line for line, _ in pairs], [broken for _, broken in pairs]


def outcomes(kind: str, *, alone: bool) -> Counter[str]:
    """Count how the broken lines of all prose come out of the repair; `alone`: each as a document of its own."""
    counts: Counter[str] = Counter()
    for right_lines, lines in broken_documents(kind):
        repaired = [fixed(line) for line in lines] if alone else fixed("\n".join(lines)).split("\n")
        for right, line, got in zip(right_lines, lines, repaired, strict=True):
            if line != right:
                counts["exact" if got == right else "unchanged" if got == line else "other"] += 1
    return counts


def fixed(text: str) -> str:
    """Return `text` repaired."""
    return apply(text, repair(text))


def main(*cases: str) -> None:
    """Print the figures."""
    lines = correct_lines(10_000)
    wrong = [line for line in lines if repair(line)]
    in_document = sum(old != new for old, new in zip(lines, fixed("\n".join(lines)).split("\n"), strict=True))
    print(f"{len(lines)} correct lines: {len(wrong)} changed, {in_document} as one document")
    for line in wrong[:20]:
        print("   ", line, "→", fixed(line))
    print(
        f"{'':50} {'lines':>6}  {'alone: exact':>12} {'unchanged':>9} {'other':>6}  {'together: exact':>15}", end=""
    )
    print(f" {'unchanged':>9} {'other':>6}")
    for kind in BREAKS:
        alone, together = outcomes(kind, alone=True), outcomes(kind, alone=False)
        total = max(1, alone.total())
        print(f"{kind:50} {total:6}", end="")
        for counts, width in ((alone, 13), (together, 16)):
            shares = [counts[name] / total for name in ("exact", "unchanged", "other")]
            print(f" {shares[0]:{width}.1%} {shares[1]:9.1%} {shares[2]:6.1%}", end="")
        print(flush=True)
    for path in cases:
        known = json.loads(Path(path).read_text("utf-8"))
        passing = [case for case in known if case["expect"] == "pass"]
        right = sum(
            fixed(case["original"]) in (case["fixed"], case.get("fixed-encoding", case["fixed"])) for case in passing
        )
        print(f"{right} of {len(passing)} of ftfy's own cases")


if __name__ == "__main__":
    main(*sys.argv[1:])
