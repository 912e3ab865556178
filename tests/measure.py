"""Measure loss, removal and speed: the figures on speed of cleaner/judge/FIGURES.md.

    python -m tests.measure                               on the documents of corpus/
    python -m tests.measure PAGES.jsonl.xz [CONVERTER]    on web pages as plain text, rendered by resiliparse (the
                                                          default), html_text or inscriptis: install it first

Pages have `html`, `url`, `with` and `without`, and may have `gold`. `gold` is the text of the content, as in WCXB;
`with` and `without` are parts that are content and parts that are not, as in trafilatura's evaluation. `lost` is the
share of the content words in the page's text that the clean text lacks, `removed` the share of the other words that
it lacks. Times are processor time in one process, the median of some runs, in which the ways take turns. Take the
ratios and not the seconds.
"""

from __future__ import annotations

import json
import lzma
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import NamedTuple

import ftfy

from cleaner import Cleaner
from cleaner.files.naming import is_output
from cleaner.text.repair import PROFILE
from cleaner.workbench.score import Score, Total, score, total
from tests.machine import machine

ROUNDS = 5  # runs that are timed; the median counts


class Page(NamedTuple):
    """A document as plain text, and what of it is content."""

    text: str
    url: str | None
    gold: str | None  # the content as text; None: only parts are known
    content: tuple[str, ...] = ()  # parts of the text that are content
    others: tuple[str, ...] = ()  # parts of the text that are not


def corpus() -> list[Page]:
    """Return the plain text documents of corpus/; the content of each is its clean copy."""
    found = []
    for path in sorted((Path(__file__).parent.parent / "corpus").rglob("*.txt")):
        copy = path.with_name(f"{path.stem}.clean.txt")
        if not is_output(path) and copy.exists():
            text = Cleaner().clean_bytes(path.read_bytes(), kind="text").original
            found.append(Page(text, None, copy.read_text("utf-8")))
    return found


def renderer(name: str) -> Callable[[str], str]:
    """Return the converter `name`: it renders the whole text of an HTML page, without a guess at its content."""
    if name == "resiliparse":
        render = import_module("resiliparse.extract.html2text").extract_plain_text
        return partial(render, main_content=False, alt_texts=False, links=False, form_fields=False, noscript=False)
    found: Callable[[str], str] = (
        import_module(name).extract_text if name == "html_text" else import_module(name).get_text
    )
    return found


def pages(path: Path, converter: str) -> Iterator[Page]:
    """Yield the pages of a JSON lines file as text."""
    render = renderer(converter)
    with (lzma.open if path.suffix == ".xz" else open)(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            page = json.loads(line)
            text = render(page["html"])
            parts = [tuple(part for part in page[name] if part in text) for name in ("with", "without")]
            yield Page(text, page["url"], page.get("gold"), *parts)


def seconds(ways: Mapping[str, Callable[[list[str]], object]], texts: list[str]) -> dict[str, float]:
    """Return the median processor time of some runs of each way over all texts. The ways take turns."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, work in ways.items():
            start = time.process_time()
            work(texts)
            times[name].append(time.process_time() - start)
    return {name: median(found) for name, found in times.items()}


def words(parts: Iterable[str]) -> int:
    """Return how many words `parts` have together."""
    return score("\n".join(parts), "", "").words


def parts_score(page: Page, clean: str) -> Score:
    """Score a clean text by the parts that are known; each part stays or goes as a whole."""
    content, others = words(page.content), words(page.others)
    kept = words(part for part in page.content if part in clean)
    output = kept + words(part for part in page.others if part in clean)
    return Score(words=content + others, content=content, output=output, gold=content, kept=kept)


def measure(cleaner: Cleaner, documents: Iterable[Page]) -> Total:
    """Return the scores of the cleaner on all documents as one."""
    return total(
        parts_score(page, clean) if page.gold is None else score(page.text, page.gold, clean)
        for page in documents
        for clean in [cleaner.clean(page.text, url=page.url).text]
    )


def quality_filter() -> Callable[[list[str]], object] | None:
    """Return what datatrove does to texts with ftfy and C4's rules, or None if that is not installed."""
    try:
        document = import_module("datatrove.data").Document
        mend = import_module("datatrove.pipeline.formatters").FTFYFormatter().format
        c4 = import_module("datatrove.pipeline.filters").C4QualityFilter()
        import_module("datatrove.utils.text").split_into_sentences("One. Two.", c4.language)  # it needs spaCy
    except ImportError:
        return None
    return lambda texts: [c4.filter(document(text=mend(text), id="")) for text in texts]


def main() -> None:
    documents = list(pages(Path(sys.argv[1]), *sys.argv[2:] or ["resiliparse"])) if sys.argv[1:] else corpus()
    texts = [page.text for page in documents]
    print(machine())
    rules, safe = Cleaner(level="rules"), Cleaner(level="safe")
    found = measure(rules, documents)
    print(f"level rules: lost {found.lost:.3%} of the content words, removed {found.removed:.1%} of the others")
    found = measure(Cleaner(level="rules", keep_categories=["encoding"]), documents)
    print(f"the same without repair: lost {found.lost:.3%}, removed {found.removed:.1%}")

    config = ftfy.TextFixerConfig(**PROFILE)
    ours: dict[str, Callable[[list[str]], object]] = {
        "level rules, one by one": lambda texts: [rules.clean(text) for text in texts],
        "level rules, clean_many": lambda texts: list(rules.clean_many(texts)),
        "level safe, one by one": lambda texts: [safe.clean(text) for text in texts],
        "level safe, clean_many": lambda texts: list(safe.clean_many(texts)),
    }
    theirs = {
        "ftfy": lambda texts: [ftfy.fix_text(text, config) for text in texts],
        "ftfy by default": lambda texts: [ftfy.fix_text(text) for text in texts],
        "lines": lambda texts: ["\n".join(text.split("\n")) for text in texts],
    }
    filtered = quality_filter()
    spent = seconds({**theirs, **({"filter": filtered} if filtered else {}), **ours}, texts)
    size = sum(map(len, texts)) / 1e6
    alone = spent["ftfy"]
    print(
        f"{len(texts)} documents, {size:.1f} million characters; {size / alone:.1f} million a second with ftfy alone"
        f" and our profile; with its defaults it takes {spent['ftfy by default'] / alone:.1f} times as long"
    )
    for name in ours:
        took = spent[name]
        beside = f", {spent['filter'] / took:.1f} times as fast as datatrove's ftfy and C4 filter" if filtered else ""
        print(
            f"{name}: {size / took:.1f} million characters a second, {alone / took:.2f} times as fast as ftfy alone"
            f"{beside}; {took / spent['lines']:.0f} times the time of splitting into lines"
        )
    unit = "\n".join(texts)[:500_000]  # repeated, since the share of chrome must not differ from size to size
    for megabytes in (1, 2, 4, 8, 16):
        text = (
            (unit * (megabytes * 1_000_000 // len(unit.encode()) + 1))
            .encode()[: megabytes * 1_000_000]
            .decode("utf-8", "ignore")
        )
        took = seconds({"safe": ours["level safe, one by one"]}, [text])["safe"]
        print(f"{megabytes} MB: {took:.2f} s")


if __name__ == "__main__":
    main()
