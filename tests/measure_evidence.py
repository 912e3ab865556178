"""Measure evidence: its size, the time of questions to it, and whether its rows add up to the report of the run.

    python -m tests.measure_evidence [EDITS] [FOLDER]      a million edits, in a folder of its own

Documents are made as a crawl has them: 400 sites, each with chrome of its own that stands on all of its pages, beside
lines that stand on one page alone (titles of other articles), and prose that is on no other page. They are cleaned at
level `safe` with `--evidence` and `--report`. Times are of a process each, with its start.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb

SITES = 400
PER_DOCUMENT = 22  # edits, about
WORDS = [
    f"{a}{b}{c}" for a in ("har", "mil", "ro", "ste", "bri", "wa") for b in ("b", "l", "nd", "v", "t")
    for c in ("or", "er", "ing", "ed", "ow", "a", "ley")
]  # fmt: skip
CHROME = [
    "Accessibility links", "Skip to content", "Home", "News", "Sport", "Business", "Contact us", "About us",
    "Share on Facebook", "Share on Twitter", "Click to share on Facebook (Opens in new window)", "Leave a comment",
    "You may also like", "Related articles", "Privacy policy", "Terms of use", "Cookie policy", "Advertisement",
    "Sign up for our newsletter", "All rights reserved.", "Follow us on Instagram", "Back to top", "Log in",
]  # fmt: skip


def sentence(chance: random.Random, least: int, most: int) -> str:
    words = chance.choices(WORDS, k=chance.randint(least, most))
    return " ".join(words).capitalize()


def documents(number: int) -> Iterator[str]:
    """Yield lines of JSON."""
    chance = random.Random(1)
    menus = [
        [*chance.sample(CHROME, 16), *(sentence(chance, 1, 3) for _ in range(6))] for _ in range(SITES)
    ]  # fmt: skip
    for n in range(number):
        site = int(SITES * chance.random() ** 2)
        menu = menus[site]
        prose = [sentence(chance, 40, 90) + "." for _ in range(chance.randint(4, 9))]
        others = [sentence(chance, 4, 9) for _ in range(5)]
        text = "\n".join(
            [*menu[:9], "", sentence(chance, 4, 8), "", *prose, "", "Related articles", *others, *menu[9:]]
        )
        yield json.dumps({"id": n, "url": f"https://www.site{site}.example.com/{n}", "text": text}) + "\n"


def timed(*words: str, cwd: Path) -> float:
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-P", "-m", "cleaner", *words], cwd=cwd, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return time.monotonic() - begun


def main() -> None:
    edits = int(sys.argv[1]) if sys.argv[1:] else 1_000_000
    with tempfile.TemporaryDirectory() as own:
        folder = Path(sys.argv[2] if sys.argv[2:] else own)
        with (folder / "docs.jsonl").open("w") as file:
            file.writelines(documents(edits // PER_DOCUMENT))
        for name, level in (("a", "safe"), ("b", "main")):
            words = ("--level", level, "--report", f"{name}.json", "--output-dir", "out", "--force")
            plain = timed("strip", "docs.jsonl", "-j", "0", *words, cwd=folder)
            seconds = timed("strip", "docs.jsonl", "-j", "0", *words, "--evidence", f"{name}.parquet", cwd=folder)
            report = json.loads((folder / f"{name}.json").read_text())
            rows = duckdb.sql(f"SELECT rule, words, lines FROM '{folder / name}.parquet'").fetchall()
            assert Counter(rule for rule, _, _ in rows) == report["edits"]
            assert sum(words for _, words, _ in rows) == report["words_removed"]
            assert sum(lines for _, _, lines in rows) == report["lines_removed"]
            with (folder / "docs.jsonl").open() as file:
                text = sum(len(json.loads(line)["text"].encode()) for line in file)
            size = (folder / f"{name}.parquet").stat().st_size
            print(
                f"level {level}: {len(rows):,} edits, {size / 1e6:.1f} MB, {size / text:.1%} of {text / 1e6:.0f} MB"
            )
            print(f"  strip {plain:.1f} s, with evidence {seconds:.1f} s; rows add up to the report")
        for words in (
            *(("top", "a.parquet", "--by", by) for by in ("all", "line", "rule", "site", "category")),
            ("top", "a.parquet", "--sort", "doubt"),
            ("top", "a.parquet", "--rule", "judge/*", "--limit", "0", "--json"),
            ("compare", "a.parquet", "b.parquet"),
        ):
            print(f"  {' '.join(words)}: {timed(*words, cwd=folder):.2f} s")


if __name__ == "__main__":
    main()
