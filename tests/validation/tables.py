"""Print the tables of README and cleaner/judge/FIGURES.md, in Markdown, from results that `tests.validate` wrote.

    python -m tests.validation.tables RESULTS... [--set NAME]...

Several files of results are put together. With --set, only pages of these data sets count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import click

from cleaner.workbench.score import total
from tests.validation import report
from tests.validation.measure import JUDGED, LEVELS, NOTHING, RULE, TRAFILATURA
from tests.validation.report import FEW_PAGES, INPUTS, TEXT, grouped, is_of, percent, scores_of
from tests.validation.results import BINS, HTML, Page, load, usable

_NAMES = """
    ar:Arabic bg:Bulgarian bn:Bengali ca:Catalan cs:Czech da:Danish de:German el:Greek en:English es:Spanish
    et:Estonian eu:Basque fa:Persian fi:Finnish fr:French gl:Galician he:Hebrew hi:Hindi hr:Croatian
    hu:Hungarian hy:Armenian id:Indonesian is:Icelandic it:Italian ja:Japanese ka:Georgian kk:Kazakh ko:Korean
    lt:Lithuanian lv:Latvian mk:Macedonian ml:Malayalam mr:Marathi ms:Malay nb:Norwegian ne:Nepali nl:Dutch
    no:Norwegian pl:Polish pt:Portuguese ro:Romanian ru:Russian sk:Slovak sl:Slovene sq:Albanian sr:Serbian
    sv:Swedish ta:Tamil te:Telugu th:Thai tr:Turkish uk:Ukrainian ur:Urdu uz:Uzbek vi:Vietnamese zh:Chinese
"""
NAMES = dict(pair.split(":") for pair in _NAMES.split())  # of languages
TITLES = {TEXT: "text", HTML: "HTML"}
# The columns of a table that compares kinds of pages: input, name of the way, title.
COLUMNS = (
    *((source, level, f"{TITLES[source]} `{level}`") for source in INPUTS for level in JUDGED),
    (TEXT, NOTHING, "nothing done"),
    (TEXT, RULE, "C4's line rule"),
    (HTML, TRAFILATURA, "trafilatura on the HTML"),
)


@click.command()
@click.argument("results", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--set", "sets", multiple=True, help="Only pages of this data set.")
def main(results: tuple[Path, ...], sets: tuple[str, ...]) -> None:
    """Print tables of RESULTS."""
    pages = load(results)
    if unknown := set(sets) - {page.data_set for page in pages}:
        raise click.UsageError(f"no data set {', '.join(sorted(unknown))} in the results")
    print("\n\n".join(tables([page for page in pages if not sets or page.data_set in sets])))


def tables(pages: Sequence[Page]) -> Iterator[str]:
    """Yield all tables, each below a line that says what it is."""
    for source in INPUTS:
        yield from _titled(f"All pages, {TITLES[source]}", quality(pages, source))
    for source in INPUTS:
        yield from _titled(f"F1 by kind of page, {TITLES[source]}", kinds(pages, source))
    yield from _titled("By language: F1 · content words lost (%) · other words removed (%)", languages(pages))
    yield from _titled("By data set: F1 · content words lost (%) · other words removed (%)", data_sets(pages))
    yield from _titled("Headline kept (%)", headlines(pages))
    yield from _titled("What trafilatura leaves: content lines lost (%) · other lines removed (%)", extracts(pages))
    yield from _titled("Gold texts alone: words lost (%) · texts untouched (%)", alone(pages))
    for source in INPUTS:
        yield from _titled(f"Content (%) of the words that get a chance, {TITLES[source]}", chances(pages, source))


def quality(pages: Sequence[Page], source: str) -> str:
    """Return F1, lost, removed and segments of each way; F1 and removed also with user comments left out."""
    rows = []
    for way in report.ways(pages, source):
        found = total(scores_of(pages, source, way, least_gold=False))
        rest = total(scores_of(pages, source, way, least_gold=False, comments=False))
        figures = [
            figure
            for one in (found, rest)
            for figure in (short(one.f1), f"{100 * one.lost:.2f} %", f"{100 * one.removed:.1f} %")
        ]
        segments = report.segments(pages, source, way)
        rows.append([_code(way), *(figures if found.documents else [""] * 6), segments.lstrip("0")])
    rest_head = [f"{name}, no comments" for name in ("F1", "lost", "removed")]
    return table(["", "F1", "lost", "removed", *rest_head, "segments"], rows)


def kinds(pages: Sequence[Page], source: str) -> str:
    """Return the F1 of `main` and trafilatura by kind, the largest kind first; of pages without a language."""
    there = [page for page in pages if page.scores and not page.language]
    columns = sorted(grouped(there, lambda page: page.kind).items(), key=lambda item: -len(item[1]))
    rows = [
        [_code(way), *(short(total(scores_of(chosen, source, way, least_gold=False)).f1) for _, chosen in columns)]
        for way in ("main", TRAFILATURA)
    ]
    return table(["", *(kind for kind, _ in columns)], rows if columns else [])


def languages(pages: Sequence[Page]) -> str:
    """Return figures by language, and which languages have too few pages."""
    there = usable_pages([page for page in pages if page.language])
    by_language = sorted(
        grouped(there, lambda page: page.language).items(), key=lambda item: (-len(item[1]), item[0])
    )
    few = [(name, chosen) for name, chosen in by_language if len(chosen) < FEW_PAGES]
    rows = [(language(name), chosen) for name, chosen in by_language if len(chosen) >= FEW_PAGES]
    if few:
        rows.append((f"{len(few)} others together", [page for _, chosen in few for page in chosen]))
    result = _compared("language", [*rows, ("all", there)] if there else [])
    if few:
        counts = ", ".join(f"{language(name)} {len(chosen)}" for name, chosen in few)
        result += f"\n\nThese have fewer than {FEW_PAGES} pages, too few to tell: {counts}."
    return result


def data_sets(pages: Sequence[Page]) -> str:
    """Return figures by data set."""
    return _compared("data set", grouped(usable_pages(pages), lambda page: page.data_set).items())


def _compared(title: str, rows: Iterable[tuple[str, Sequence[Page]]]) -> str:
    columns = [title, "pages", *(name for _, _, name in COLUMNS)]
    return table(
        columns,
        [
            [name, str(len(chosen)), *(triple(chosen, source, way) for source, way, _ in COLUMNS)]
            for name, chosen in rows
        ],
    )


def headlines(pages: Sequence[Page]) -> str:
    """Return by data set how many pages have a headline, and on how many of them it stays."""
    rows = [
        [name, str(len(chosen)), *(_kept(chosen, source, way) for source, way, _ in COLUMNS)]
        for name, chosen in grouped([page for page in pages if page.headline], lambda page: page.data_set).items()
    ]
    return table(["data set", "pages", *(title for _, _, title in COLUMNS)], rows)


def _kept(pages: Sequence[Page], source: str, way: str) -> str:
    return report.headlines(pages, source, way).partition(" ")[0]


def extracts(pages: Sequence[Page]) -> str:
    """Return by language what becomes of the lines that an extractor left."""
    there = [page for page in pages if page.extract]
    names = list(there[0].extract) if there else []

    def cells(chosen: Sequence[Page]) -> list[str]:
        sums = [report.lines(chosen, way) for way in names]
        counts = [str(sums[0].content), str(sums[0].other)]
        return counts + [
            f"{percent(one.content_gone, one.content)} · {percent(one.other_gone, one.other, 0)}" for one in sums
        ]

    return _by_language(there, ["content lines", "other lines", *map(_code, names)], cells)


def alone(pages: Sequence[Page]) -> str:
    """Return by language what becomes of the gold texts alone."""
    there = [page for page in pages if page.alone]
    levels = [level for level in LEVELS if there and level in there[0].alone]
    return _by_language(
        there,
        [_code(level) for level in levels],
        lambda chosen: [report.alone([page.alone[level] for page in chosen]) for level in levels],
    )


def chances(pages: Sequence[Page], source: str) -> str:
    """Return by language how much is content of the text that the judge gives a range of chances."""
    head = [f"{i * 100 // BINS}–{(i + 1) * 100 // BINS} %" for i in range(BINS)]
    there = [page for page in pages if any(is_of(key, source) for key in page.chances)]
    return _by_language(
        there,
        head,
        lambda chosen: [
            percent(content, words, 0) if words else "" for words, content in report.chances(chosen, source)
        ],
    )


def _by_language(pages: Sequence[Page], head: Sequence[str], cells: Callable[[Sequence[Page]], list[str]]) -> str:
    """Return a table by language; languages with few pages are one row, and pages without a language another."""
    rows = grouped(pages, lambda page: page.language)
    large = sorted(
        ((name, chosen) for name, chosen in rows.items() if name and len(chosen) >= FEW_PAGES),
        key=lambda item: (-len(item[1]), item[0]),
    )
    few = [page for name, chosen in rows.items() if name and len(chosen) < FEW_PAGES for page in chosen]
    lines: list[tuple[str, Sequence[Page]]] = [(language(name), chosen) for name, chosen in large]
    lines += [("other languages", few), ("language unknown", rows.get("", [])), ("all", pages)]
    filled = [[name, str(len(chosen)), *cells(chosen)] for name, chosen in lines if chosen]
    return table(["language", "pages", *head], filled)


def usable_pages(pages: Iterable[Page]) -> list[Page]:
    """Return the pages of which at least half of the gold stands in a text of the page."""
    return [page for page in pages if any(map(usable, page.scores.values()))]


def language(code: str) -> str:
    """Return the English name of a language, or its code if the name is not known."""
    return NAMES.get(code, code)


def triple(pages: Sequence[Page], source: str, way: str) -> str:
    """Return F1 · lost % · removed % over the usable pages, or nothing if there are none."""
    scores = scores_of(pages, source, way)
    found = total(scores)
    return f"{short(found.f1)} · {100 * found.lost:.1f} · {100 * found.removed:.0f}" if scores else ""


def short(figure: float) -> str:
    """Return a figure between 0 and 1 with three digits and without the zero."""
    return f"{figure:.3f}".removeprefix("0")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of Markdown without the columns that are empty, or nothing if there are no rows."""
    if not rows:
        return ""
    chosen = [0, *(i for i in range(1, len(head)) if any(row[i] for row in rows))]
    lines = [f"| {' | '.join(row[i] for i in chosen)} |" for row in (head, *rows)]
    return "\n".join([lines[0], "|---" * len(chosen) + "|", *lines[1:]])


def _titled(title: str, found: str) -> Iterator[str]:
    if found:
        yield f"**{title}**\n\n{found}"


def _code(way: str) -> str:
    return f"`{way}`" if way in LEVELS else way


if __name__ == "__main__":
    main()
