"""What the rules with selectors take from pages whose content is known, as a table of Markdown.

python -m tests.measure_selectors FOLDER

FOLDER holds files `*.jsonl.xz`, a page a line: `html`, perhaps `url`, and `gold` if the content is known. Each rule
is measured by itself. `lost` are the words of the gold that the page has and that are not left without what the rule
takes: a word that stands elsewhere on the page as well is not lost.
"""

from __future__ import annotations

import json
import lzma
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cleaner import DocumentError
from cleaner.html import page as pages
from cleaner.page_chrome import Places, places_of
from cleaner.progress import InProgress
from cleaner.rules.engine import Ruleset
from cleaner.rules.prepare import prepare_shipped
from cleaner.workbench.score import words_of


@dataclass
class Taken:
    """What a rule takes: pages and words of all pages, and of those whose content is known what content goes."""

    pages: int = 0
    words: int = 0
    known: int = 0
    lost: int = 0
    of_content: int = 0


def read(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the pages of a folder."""
    for file in sorted(folder.glob("*.jsonl.xz")):
        with lzma.open(file, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def measure(found: Iterator[dict[str, Any]]) -> tuple[int, dict[str, Taken]]:
    """Return how many pages there are, and what each rule takes of them."""
    ruleset = Ruleset([prepare_shipped().prepared()], "main", trusted=1)
    rules: defaultdict[str, Taken] = defaultdict(Taken)
    number = 0
    for one in found:
        number += 1
        try:
            page = pages.read(one["html"], main_content=False, selectors=ruleset.selectors(one.get("url")))
        except DocumentError:
            continue
        if not page.layout.boxes:
            continue
        document = InProgress("\n".join(page.lines), lines=page.lines)
        whole = Counter(words_of(document.text))
        gold = Counter(words_of(one["gold"])) if one.get("gold") else None
        for named in ruleset.named(places_of(document, page), one.get("url")):
            taken = rules[named.use.mark.rule]
            words = Counter(words_of(_text_of(page.lines, Places(named.lines, named.parts))))
            taken.pages += 1
            taken.words += words.total()
            if gold is not None:
                taken.known += 1
                taken.of_content += (gold & whole).total()
                taken.lost += (gold & whole).total() - (gold & (whole - words)).total()
    return number, rules


def _text_of(lines: list[str], places: Places) -> str:
    """Return the text in some places."""
    return "\n".join(
        [*(lines[i] for i, _ in places.lines), *(lines[i][low:high] for i, low, high, _ in places.parts)]
    )


if __name__ == "__main__":
    number, rules = measure(read(Path(sys.argv[1])))
    print(f"{number:,} pages\n")
    print("| rule | pages | words that go | pages with known content | content words lost |")
    print("|---|--:|--:|--:|--:|")
    for name, taken in sorted(rules.items(), key=lambda item: (-item[1].pages, item[0])):
        share = f" ({taken.lost / taken.of_content:.2%})" if taken.lost else ""
        print(f"| `{name}` | {taken.pages} | {taken.words:,} | {taken.known} | {taken.lost:,}{share} |")
