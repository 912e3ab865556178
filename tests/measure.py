"""Measure speed, and loss and removal: the figures of the README.

    python -m tests.measure                   on the documents of corpus/
    python -m tests.measure PAGES.jsonl.xz    on web pages with `html` and `gold`, such as WCXB's development split
                                              (needs resiliparse, to render the pages as plain text)

Ratios are of processor time in one process. `lost` is the share of the content words (those of `gold` that are in the
page's text) that the clean text lacks, `removed` the share of the other words.
"""

from __future__ import annotations

import json
import lzma
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import ftfy

from cleaner import Cleaner
from cleaner.files.naming import is_ours
from cleaner.repair import PROFILE

ROUNDS = 3


def corpus() -> list[tuple[str, str]]:
    """The plain text documents of corpus/ in UTF-8, each with its clean copy as what is content."""
    found = []
    for path in sorted((Path(__file__).parent.parent / "corpus").rglob("*.txt")):
        copy = path.with_name(f"{path.stem}.clean.txt")
        if not is_ours(path) and copy.exists():
            found.append((Cleaner().clean_bytes(path.read_bytes(), kind="text").original, copy.read_text("utf-8")))
    return found


def pages(path: Path) -> Iterator[tuple[str, str]]:
    """The pages of a JSONL file as plain text, each with what of it is content."""
    render = import_module("resiliparse.extract.html2text").extract_plain_text
    options = dict.fromkeys(("main_content", "alt_texts", "links", "form_fields", "noscript"), False)
    with (lzma.open if path.suffix == ".xz" else open)(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            page = json.loads(line)
            yield render(page["html"], **options), page["gold"]


def seconds(work: Callable[[str], object], texts: list[str]) -> float:
    """The least processor time that `work` took for all texts."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for text in texts:
            work(text)
        times.append(time.process_time() - start)
    return min(times)


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.lower()))


def main() -> None:
    documents = list(pages(Path(sys.argv[1]))) if sys.argv[1:] else corpus()
    texts = [text for text, _ in documents]
    cleaner = Cleaner(level="rules")
    cleaner.clean(texts[0])
    config = ftfy.TextFixerConfig(**PROFILE)
    ours = seconds(cleaner.clean, texts)
    theirs = seconds(lambda text: ftfy.fix_text(text, config), texts)
    floor = seconds(lambda text: "\n".join(text.split("\n")), texts)
    size = sum(map(len, texts)) / 1e6
    print(f"{len(texts)} documents, {size:.1f} million characters: {size / ours:.1f} million characters a second")
    print(
        f"{theirs / ours:.1f} times as fast as ftfy alone; {ours / floor:.0f} times the time of splitting into lines"
    )
    content = lost = other = kept = 0
    for text, gold in documents:
        before, after, wanted = words(text), words(cleaner.clean(text).text), words(gold)
        here = (wanted & before).total()
        content += here
        lost += max(0, here - (wanted & after).total())
        other += before.total() - here
        kept += after.total() - (wanted & after).total()
    print(
        f"level rules: lost {lost / content:.3%} of the content words, "
        f"removed {1 - kept / max(other, 1):.1%} of the others"
    )
    unit = "\n".join(texts)[:500_000]  # the same again and again: real texts differ in their shares of chrome
    for megabytes in (1, 2, 4, 8, 16):
        text = (
            (unit * (megabytes * 1_000_000 // len(unit.encode()) + 1))
            .encode()[: megabytes * 1_000_000]
            .decode("utf-8", "ignore")
        )
        print(f"{megabytes} MB: {seconds(cleaner.clean, [text]):.2f} s")


if __name__ == "__main__":
    main()
