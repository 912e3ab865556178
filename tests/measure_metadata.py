"""Measure what pages say of themselves: title, author and date, beside trafilatura and htmldate.

    python -m tests.measure_metadata BENCH [--sites dev|check|all] [--visible] [--sources] [--misses title]

BENCH is a folder with files NAME-dev.jsonl.xz of pages (`html`, `url`). Gold is what the JSON-LD of a page says: the
headline, the authors and the date of publication of its first article. The JSON-LD is taken out of the page before
anybody sees it (`--visible` leaves it there, to see that it is read). Every way gets the same page, and its URL.

A match is exact, after this is done to both sides: entities are resolved, curly quotes are straight, Unicode is NFC,
white space is one space, case does not matter. Authors are compared as sets: names in one string are divided at `,`,
`;`, `&` and `and`, a leading `by` goes, and so do authors that are an address. Of dates, the day counts.

Half of the sites (`dev`, told by a digest of the host) were there to develop on, the other half (`check`) to check.
"""

from __future__ import annotations

import hashlib
import html
import json
import lzma
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import click

SETS = ("wcxb", "news2023", "segments")
FIELDS = ("title", "authors", "published")
_JSON_LD = re.compile(r"<script[^>]*application/ld\+json[^>]*>(.*?)</script\s*>", re.IGNORECASE | re.DOTALL)
_NAMES = re.compile(r"[,;&]| and ")


class Gold(NamedTuple):
    """What the JSON-LD of a page says; "" for nothing."""

    title: str
    authors: frozenset[str]
    published: str


def plain(text: str) -> str:
    """Return a text as it is compared."""
    text = unicodedata.normalize("NFC", html.unescape(html.unescape(text)))
    text = text.translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"'})
    return " ".join(text.split()).casefold()


def names(values: list[str]) -> frozenset[str]:
    """Return names as they are compared."""
    parts = (part for value in values for part in _NAMES.split(plain(value)))
    found = (part.strip().removeprefix("by ").strip() for part in parts)
    return frozenset(part for part in found if part and not part.startswith(("http", "www.", "@")))


def day(text: str) -> str:
    """Return the day of a date, "" if it is none."""
    return text[:10] if re.match(r"\d{4}-\d\d-\d\d", text) else ""


def _nodes(data: Any) -> Iterator[dict[str, Any]]:
    waiting = [data]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, list):
            waiting[:0] = one
        elif isinstance(one, dict):
            yield one
            waiting[:0] = [one[key] for key in ("@graph", "mainEntity", "mainEntityOfPage") if key in one]


def gold_of(markup: str) -> Gold | None:
    """Return what the JSON-LD of a page says of its first article, None if it has none."""
    nodes: list[dict[str, Any]] = []
    for block in _JSON_LD.findall(markup):
        try:
            nodes += _nodes(json.loads(block, strict=False))
        except (ValueError, RecursionError):
            continue
    by_id = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and "name" in node}
    for node in nodes:
        kind = json.dumps(node.get("@type", "")).lower()
        if "article" not in kind and "posting" not in kind:
            continue
        authors = node.get("author") or []
        listed = authors if isinstance(authors, list) else [authors]
        said = []
        for one in listed:
            if isinstance(one, dict):
                one = by_id.get(str(one.get("@id")), one).get("name")
            said += [name for name in (one if isinstance(one, list) else [one]) if isinstance(name, str)]
        published = node.get("datePublished")
        headline = node.get("headline")
        return Gold(
            plain(headline) if isinstance(headline, str) else "",
            names(said),
            day(published.strip()) if isinstance(published, str) else "",
        )
    return None


class Answer(NamedTuple):
    """What a way says of a page, with the sources of it."""

    title: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""
    sources: Mapping[str, str] = {}
    offsets: tuple[int, int] = (0, 0)  # items with offsets, and those whose offsets point at the very text


def ours(markup: str, url: str) -> Answer:
    """Return what the cleaner says."""
    from cleaner import Cleaner

    cleaned = _cleaner(Cleaner).clean_html(markup, url=url)
    found = cleaned.metadata
    assert found is not None
    original = cleaned.original
    placed = [item for item in found.items() if item.start is not None]
    right = [
        item
        for item in placed
        if original[item.start : item.end] == item.text
        and (item.clean_start is None or cleaned.text[item.clean_start : item.clean_end] in (item.text, item.value))
    ]
    return Answer(
        found.title.value if found.title else "",
        tuple(item.value for item in found.authors),
        found.published.value if found.published else "",
        {
            "title": found.title.source if found.title else "",
            "authors": found.authors[0].source if found.authors else "",
            "published": found.published.source if found.published else "",
        },
        (len(placed), len(right)),
    )


_BUILT: list[Any] = []


def _cleaner(make: Callable[..., Any]) -> Any:
    if not _BUILT:
        _BUILT.append(make(level="rules", metadata=True))
    return _BUILT[0]


def trafilatura(markup: str, url: str) -> Answer:
    """Return what trafilatura says."""
    from trafilatura.metadata import extract_metadata

    found = extract_metadata(markup, default_url=url)
    authors = tuple(found.author.split("; ")) if found.author else ()
    return Answer(found.title or "", authors, found.date or "")


def htmldate(markup: str, url: str) -> Answer:
    """Return what htmldate says of the date of publication."""
    from htmldate import find_date

    return Answer(published=find_date(markup, original_date=True, url=url) or "")


WAYS: dict[str, Callable[[str, str], Answer]] = {"cleaner": ours, "trafilatura": trafilatura, "htmldate": htmldate}


def is_dev(url: str) -> bool:
    """Whether a page is of the half of the sites to develop on."""
    host = (urlsplit(url).hostname or url).removeprefix("www.")
    return hashlib.sha256(host.encode()).digest()[0] % 2 == 0


def look(page: tuple[str, str, Gold, bool, tuple[str, ...]]) -> dict[str, Answer]:
    """Return what each way says of a page."""
    markup, url, _, visible, ways = page
    shown = markup if visible else _JSON_LD.sub("", markup)
    answers = {}
    for name in ways:
        try:
            answers[name] = WAYS[name](shown, url)
        except Exception as error:  # a way that fails has no answer
            click.echo(f"{name} fails on {url}: {error!r}", err=True)
            answers[name] = Answer()
    return answers


def is_right(field: str, answer: Answer, gold: Gold) -> bool:
    """Whether an answer is the gold."""
    if field == "authors":
        return names(list(answer.authors)) == gold.authors
    return (plain(answer.title) == gold.title) if field == "title" else day(answer.published) == gold.published


@click.command()
@click.argument("bench", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--set", "sets", multiple=True, default=SETS)
@click.option("--sites", type=click.Choice(["dev", "check", "all"]), default="all")
@click.option("--visible", is_flag=True)
@click.option("--sources", is_flag=True)
@click.option("--only-ours", is_flag=True)
@click.option("--misses", type=click.Choice(FIELDS))
@click.option("--jobs", type=int, default=1)
def main(
    bench: Path,
    sets: tuple[str, ...],
    sites: str,
    visible: bool,
    sources: bool,
    only_ours: bool,
    misses: str | None,
    jobs: int,
) -> None:
    """Print a table: a row a set and a field, of each way the exact matches and the answers given."""
    ways = ("cleaner",) if only_ours else tuple(WAYS)
    click.echo("| set | item | pages | " + " | ".join(ways) + " |")
    click.echo("|---|---|---|" + "---|" * len(ways))
    placed = right_placed = 0
    by_source: dict[str, Counter[tuple[str, bool]]] = defaultdict(Counter)
    for name in sets:
        pages = []
        with lzma.open(bench / f"{name}-dev.jsonl.xz", "rt") as lines:
            for line in lines:
                page = json.loads(line)
                gold = gold_of(page["html"])
                if gold and (sites == "all" or is_dev(page["url"]) == (sites == "dev")):
                    pages.append((page["html"], page["url"], gold, visible, ways))
        with ProcessPoolExecutor(jobs) as pool:
            done = list(pool.map(look, pages, chunksize=4))
        for field in FIELDS:
            known = [(page, answer) for page, answer in zip(pages, done, strict=True) if getattr(page[2], field)]
            cells = []
            for way in ways:
                if way == "htmldate" and field != "published":
                    cells.append("")
                    continue
                given = sum(bool(getattr(answer[way], field)) for _, answer in known)
                right = sum(is_right(field, answer[way], page[2]) for page, answer in known)
                cells.append(f"{right} of {given}")
            click.echo(f"| {name} | {field} | {len(known)} | " + " | ".join(cells) + " |")
            for page, answer in known:
                is_good = is_right(field, answer["cleaner"], page[2])
                by_source[field][answer["cleaner"].sources.get(field, "-"), is_good] += 1
                if misses == field and not is_good:
                    others = [getattr(answer[way], field) for way in ways]
                    click.echo(f"{page[1]}\n    gold {getattr(page[2], field)}\n    said {others}", err=True)
        placed += sum(answer["cleaner"].offsets[0] for answer in done)
        right_placed += sum(answer["cleaner"].offsets[1] for answer in done)
    click.echo(f"\n{placed:,} items with offsets, {right_placed:,} of which point at the very text")
    if sources:
        for field, counts in by_source.items():
            for source in sorted({source for source, _ in counts}):
                click.echo(f"{field} {source or '-'}: {counts[source, True]} right, {counts[source, False]} wrong")


if __name__ == "__main__":
    main()
