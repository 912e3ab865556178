"""Measure the speed on HTML beside other extractors: the column `time` of cleaner/judge/FIGURES.md.

    python -m tests.measure_html PAGES.jsonl.xz... [--pages N]

All run in one process, page by page. Times are processor time. Extractors that are not installed are left out; the
extra `bench` has them.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median

import click

from cleaner import Cleaner
from cleaner.judge.fit.render import records
from tests.extractors import EXTRACTORS, is_there
from tests.machine import machine

WARM_PAGES = 5  # pages that are cleaned first and do not count: some things are loaded or compiled only once
BASE = "trafilatura"


def evenly(items: Sequence[str], count: int) -> list[str]:
    """Return `count` of the items at even distances, or all if there are fewer."""
    count = min(count, len(items))
    return [items[i * len(items) // count] for i in range(count)]


def seconds(ways: Mapping[str, Callable[[str], object]], pages: Sequence[str]) -> dict[str, list[float]]:
    """Return the processor time that each way took for each page.

    On every other page the ways run in reverse order: `main` asks trafilatura as well, which remembers the page that
    it has just seen. Garbage is collected before each run, so that no way clears up after another.
    """
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for number, page in enumerate(pages):
        for name in reversed(list(ways)) if number % 2 else ways:
            gc.collect()
            start = time.process_time()
            with suppress(Exception):  # a way that fails has taken its time, too
                ways[name](page)
            spent[name].append(time.process_time() - start)
    return spent


def line(name: str, times: Sequence[float], base: Sequence[float]) -> str:
    """Return the line to print for one way. It has the median page, since a few large pages make most of the sum."""
    middle = median(one / other for one, other in zip(times, base, strict=True))
    figures = f"{1000 * sum(times) / len(times):8.1f} ms a page, {sum(times) / sum(base):.2f} times {BASE} over all"
    return f"{name:12}{figures}, {middle:.2f} times on the median page"


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--pages", "count", type=click.IntRange(1), default=300, show_default=True, help="Pages to take.")
def main(files: tuple[Path, ...], count: int) -> None:
    """Measure the processor time for pages, evenly taken from FILES."""
    print(machine())
    chosen = evenly([record["html"] for record in records(files)], WARM_PAGES + count)
    cleaner = Cleaner("main")
    ways: dict[str, Callable[[str], object]] = {
        "main": lambda html: cleaner.clean_bytes(html.encode(), kind="html"),
        **{name: EXTRACTORS[name] for name in (BASE, "readability", "jusText", "resiliparse") if is_there(name)},
    }
    seconds(ways, chosen[:WARM_PAGES])
    gc.freeze()  # otherwise each collection would look through the cleaner's rules
    spent = seconds(ways, chosen[WARM_PAGES:])
    print(
        f"{len(chosen[WARM_PAGES:])} pages, {sum(map(len, chosen[WARM_PAGES:])) / 1e6:.1f} million characters of HTML"
    )
    for name, times in spent.items():
        print(line(name, times, spent[BASE]))


if __name__ == "__main__":
    main()
