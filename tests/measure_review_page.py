"""Measure how large the page of a review is, and how soon it can be used, for more and more documents.

    python -m tests.measure_review_page [--documents 10,1000,100000] [--jobs N] [--repeat 5]

Documents are made up, on sites of about 200 documents each: every document has chrome of its site, lines that only
it has, and prose. They are cleaned and gathered as `cleaner review` does it. Then the page is opened in a browser
from the disk, each time in a new context. The browser takes the time from the start of the navigation until the list
is filled and keys are heard (the mark `usable`). Times of filters are of the whole answer: from the input until it is
drawn. Run it on a machine that does nothing else.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import click

from cleaner import Cleaner
from cleaner.review.document import Seen, look
from cleaner.review.gather import Gathering
from cleaner.review.reasons import reasons
from cleaner.review.render import render
from tests.review_pages import browser

SITE_DOCUMENTS = 200
CHROME = (
    *("Accessibility links", "Skip to content", "Breaking News", "Share on Facebook", "Share on Twitter"),
    *("Please enter your comment!", "Sign up for our newsletter", "Related articles", "Advertisement"),
    *("All rights reserved.", "Read more", "Print this page", "Cookie settings", "Log in", "Back to top"),
)
WORDS = (
    "ferry",
    "island",
    "port",
    "Friday",
    "ramp",
    "mainland",
    "harbour",
    "master",
    "baker",
    "oven",
    "bridge",
    "weeks",
)
SMALL = ("the", "to", "in", "until", "because", "is", "and", "from", "said", "nobody", "his", "two")
CHUNK = 200  # documents that a worker gets at a time

# Runs in the page: changes a filter, and returns the milliseconds until the answer is drawn.
FILTER = """text => new Promise(done => {
    const field = document.getElementById('filter-text');
    const start = performance.now();
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
})"""


def document(number: int) -> tuple[str, str, str]:
    """Return name, text and URL of a document."""
    chance = random.Random(number)
    site = f"site-{number // SITE_DOCUMENTS}.example"
    own = [f"Read more: {' '.join(chance.choices(WORDS, k=4))}" for _ in range(3)]
    prose = [" ".join(chance.choices(WORDS + SMALL, k=40)).capitalize() + "." for _ in range(6)]
    chrome = random.Random(site).sample(CHROME, 8)
    dated = f"By {chance.choice(WORDS).title()} {chance.choice(WORDS).title()}, {chance.randint(1, 28)} May 2022"
    lines = [*chrome[:4], dated, "", *(f"{line}\n" for line in prose), *chrome[4:], *own]
    return f"{site}/{number}.txt", "\n".join(lines) + "\n", f"https://{site}/{number}"


@cache
def cleaner() -> Cleaner:
    """Return the cleaner of a worker."""
    return Cleaner()


def looked(first: int, last: int) -> list[Seen]:
    """Clean and look at some documents."""
    made = map(document, range(first, last))
    return [look(cleaner().clean(text, url=url), name, url, text) for name, text, url in made]


def gathered(documents: int, jobs: int) -> Gathering:
    """Return what the page is made of. At most two chunks a worker are in memory."""
    gathering = Gathering()
    with ProcessPoolExecutor(jobs) as pool:
        chunks = iter(range(0, documents, CHUNK))
        waiting = [pool.submit(looked, n, min(n + CHUNK, documents)) for n in islice(chunks, 2 * jobs)]
        while waiting:
            for seen in waiting.pop(0).result():
                gathering.add(seen)
            waiting += [pool.submit(looked, n, min(n + CHUNK, documents)) for n in islice(chunks, 1)]
    return gathering


def opened(path: Path, repeat: int) -> Iterator[tuple[float, list[float]]]:
    """Yield the milliseconds until the page can be used, and those of filters, each time in a new context."""
    with browser() as started:
        for _ in range(repeat):
            context = started.new_context(viewport={"width": 1280, "height": 800})
            page = context.new_page()
            page.goto(f"{path.as_uri()}#lines")
            usable = page.evaluate("performance.getEntriesByName('usable')[0].startTime")
            yield usable, [page.evaluate(FILTER, text) for text in ("r", "re", "rea", "read", "")]
            context.close()


@click.command()
@click.option("--documents", "sizes", default="10,1000,100000", show_default=True, help="How many, with commas.")
@click.option("--jobs", "-j", default=2, show_default=True, help="Processes that clean.")
@click.option("--repeat", default=5, show_default=True, help="How often each page is opened.")
def main(sizes: str, jobs: int, repeat: int) -> None:
    """Print a row for each number of documents."""
    head = ("documents", "shown", "lines", "shown", "page, MB", "made, s", "usable, ms", "filter, ms")
    click.echo("".join(f"{name:>12}" for name in head))
    with TemporaryDirectory() as folder:
        for documents in map(int, sizes.split(",")):
            start = time.perf_counter()
            data = gathered(documents, jobs).data("made-up/", "cleaner, level safe", reasons(()))
            path = Path(folder) / "review.html"
            path.write_text(render(data), "utf-8", newline="")
            spent = time.perf_counter() - start
            found = list(opened(path, repeat))
            filters = [one for _, each in found for one in each]
            shown = data.shown
            cells = (
                *(
                    f"{shown.documents[1]:,}",
                    f"{shown.documents[0]:,}",
                    f"{shown.groups[1]:,}",
                    f"{shown.groups[0]:,}",
                ),
                *(f"{path.stat().st_size / 1e6:.2f}", f"{spent:.1f}"),
                *(f"{median(usable for usable, _ in found):.0f}", f"{median(filters):.0f} to {max(filters):.0f}"),
            )
            click.echo("".join(f"{cell:>12}" for cell in cells))


if __name__ == "__main__":
    main()
