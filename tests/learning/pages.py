"""Sites of a data set: their pages with the text that a converter makes of each, and the parts that are left out."""

from __future__ import annotations

import json
import lzma
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from cleaner.judge.fit import render
from cleaner.learn.documents import site_of
from tests.measure import renderer

MIN_PAGES = 5  # pages with gold that a site must have
PARTS = 5  # each of which is left out once


class Page(NamedTuple):
    """A page with the text that is its content."""

    data_set: str
    id: str
    site: str
    language: str
    fold: int  # of a cross-validation of the judge
    url: str | None
    html: str
    text: str  # of the whole page, without markup
    gold: str


class Task(NamedTuple):
    """What is measured in one go: the pages of a site, or of a few sites that are mixed."""

    name: str
    records: Sequence[tuple[str, dict[str, Any]]]  # the name of the data set, and the page as it gives it
    mixed: bool = False  # nobody knows the sites: the pages have no URLs


def sites_in(files: Iterable[Path]) -> list[Task]:
    """Return the sites with at least `MIN_PAGES` pages with gold, the largest first."""
    found: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for path in files:
        name = path.name.partition(".")[0].removesuffix("-dev")
        for record in _records(path):
            if record.get("gold") and (site := site_of(record["url"])):
                found.setdefault(site, []).append((name, record))
    sites = [Task(site, records) for site, records in found.items() if len(records) >= MIN_PAGES]
    return sorted(sites, key=lambda site: (-len(site.records), site.name))


def mixes_of(sites: Sequence[Task], times: int, together: int = 5) -> list[Task]:
    """Return `times` mixes of `together` sites each, chosen at random, the same each time."""
    chosen = [random.Random(number).sample(list(sites), min(together, len(sites))) for number in range(times)]
    return [
        Task(f"mix {number}", [record for site in mix for record in site.records], mixed=True)
        for number, mix in enumerate(chosen)
    ]


def pages_of(task: Task, converter: str) -> list[Page]:
    """Return the pages of a task, rendered."""
    render_text = _renderer(converter)
    return [
        Page(
            name,
            record["id"],
            site_of(record["url"]),
            render.language(record),
            render.part(render.group(record), render.FOLDS),
            None if task.mixed else record["url"],
            record["html"],
            render_text(record["html"]),
            record["gold"],
        )
        for name, record in task.records
    ]


def parts_of(pages: Sequence[Page]) -> list[list[Page]]:
    """Return the pages of each site in `PARTS` parts, by the order of digests of their ids."""
    parts: list[list[Page]] = [[] for _ in range(PARTS)]
    for site in sorted({page.site for page in pages}):
        own = sorted((page for page in pages if page.site == site), key=lambda page: _digest(page.id))
        for number, page in enumerate(own):
            parts[number % PARTS].append(page)
    return parts


def _renderer(converter: str) -> Callable[[str], str]:
    found = renderer(converter)
    return lambda html: found(html) if html.strip() else ""


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with (lzma.open if path.suffix == ".xz" else open)(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _digest(name: str) -> bytes:
    return blake2b(name.encode(), digest_size=8).digest()
