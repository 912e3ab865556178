"""Prints results: for each data set and input F1, lost and removed of each way, by language or type of page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from cleaner.workbench.score import Score, total
from tests.validation.results import BINS, HTML, Alone, Lines, Page, usable

FEW_PAGES = 20  # with gold; a language with fewer cannot tell
COLUMN_CHARS = 21  # of the longest three figures
TEXT = "text"  # all inputs but HTML together
INPUTS = (TEXT, HTML)
Result = TypeVar("Result")


def report(found: Sequence[Page]) -> None:
    """Print all figures."""
    by_set = grouped(found, lambda page: page.data_set)
    for name, pages in by_set.items():
        for source in INPUTS:
            _print_set(name, pages, source)
    pages = [page for page in found if page.language]
    if len(by_set) > 1 and pages:
        for source in INPUTS:
            _print_set("all sets with languages", pages, source)
    for name, pages in by_set.items():
        _print_extract(name, pages)
        _print_alone(name, pages)
    for source in INPUTS:
        _print_chances(by_set, source)


def _print_set(name: str, pages: Sequence[Page], source: str) -> None:
    names = ways(pages, source)
    if not names:
        return
    print(f"\n== {name}, {source}: F1 · lost % · other words removed %")
    print(f"{'':14}{'texts':>6}  " + _columns(names))
    rows = by_kind(pages, source)
    for kind, chosen in rows.items():
        print(_row(kind, chosen, names, source, least_gold=True))
    if rows:
        print(_row("every page", pages, names, source, least_gold=False))
        if any(page.no_comments for page in pages):
            print(_row("no comments", pages, names, source, least_gold=False, comments=False))
    figures: list[tuple[str, Callable[[str], str]]] = [
        ("segments F1", lambda way: segments(pages, source, way)),
        ("headline kept", lambda way: headlines(pages, source, way)),
        ("empty, failed", lambda way: "{}, {}".format(*failures(pages, source, way))),
    ]
    for title, figure in figures:
        cells = [figure(way) for way in names]
        if any(cells):
            print(f"{title:22}" + _columns(cells))


def _row(
    kind: str, pages: Sequence[Page], names: Sequence[str], source: str, *, least_gold: bool, comments: bool = True
) -> str:
    cells, count = [], 0
    for way in names:
        scores = scores_of(pages, source, way, least_gold=least_gold, comments=comments)
        count = max(count, len(scores))
        cells.append(triple(scores))
    return f"{kind:14}{count:6}  " + _columns(cells)


def _columns(cells: Iterable[str]) -> str:
    return "  ".join(f"{cell:{COLUMN_CHARS}}" for cell in cells).rstrip()


def triple(scores: Sequence[Score]) -> str:
    """Return F1 · lost % · removed %."""
    found = total(scores)
    return f"{found.f1:.3f} · {100 * found.lost:.2f} · {100 * found.removed:.1f}" if scores else "–"


def by_kind(pages: Sequence[Page], source: str) -> dict[str, Sequence[Page]]:
    """Return usable pages by language or type, the largest first; then the small ones together, and all."""
    there = [page for page in pages if any(usable(one) for way, one in page.scores.items() if is_of(way, source))]
    if not there:
        return {}
    rows = grouped(there, lambda page: page.kind)
    result: dict[str, Sequence[Page]] = dict(sorted(rows.items(), key=lambda row: (-len(row[1]), row[0])))
    small = [one for chosen in rows.values() if len(chosen) < FEW_PAGES for one in chosen]
    if 0 < len(small) < len(there):
        result[f"(below {FEW_PAGES})"] = small
    if len(rows) > 1:
        result["all"] = there
    return result


def grouped(pages: Iterable[Page], by: Callable[[Page], str]) -> dict[str, list[Page]]:
    """Return pages by what `by` says of each."""
    result: dict[str, list[Page]] = defaultdict(list)
    for page in pages:
        result[by(page)].append(page)
    return dict(result)


def is_of(way: str, source: str) -> bool:
    """Whether a way takes HTML, or else text from any converter."""
    return (way.partition("/")[0] == HTML) == (source == HTML)


def ways(pages: Iterable[Page], source: str) -> list[str]:
    """Return the names of the ways, in the order in which they were measured."""
    keys = (key for page in pages for found in (page.scores, page.segments, page.headline) for key in found)
    return list(dict.fromkeys(key.partition("/")[2] for key in keys if is_of(key, source)))


def _values(found: Mapping[str, Result], source: str, way: str) -> list[tuple[str, Result]]:
    """Return what `found` has of a way, by each converter."""
    return [(key, one) for key, one in found.items() if key.partition("/")[2] == way and is_of(key, source)]


def scores_of(
    pages: Iterable[Page], source: str, way: str, *, least_gold: bool = True, comments: bool = True
) -> list[Score]:
    """Return the scores of a way; `least_gold` leaves out pages whose text lacks more than half of the gold."""
    return [
        one if comments else page.no_comments.get(key, one)
        for page in pages
        for key, one in _values(page.scores, source, way)
        if usable(one) or not least_gold
    ]


def segments(pages: Iterable[Page], source: str, way: str) -> str:
    """Return the F1 over all segments of pages without gold, or nothing if there are none."""
    found = [one for page in pages if not page.scores for _, one in _values(page.segments, source, way)]
    if not found:
        return ""
    there, gone, extra = (sum(column) for column in zip(*found, strict=True))
    return f"{2 * there / max(1, 2 * there + gone + extra):.4f}"


def headlines(pages: Iterable[Page], source: str, way: str) -> str:
    """Return on how many pages with a headline it stays, or nothing if there are none."""
    found = [one for page in pages for _, one in _values(page.headline, source, way)]
    return f"{100 * sum(found) / len(found):.1f} % of {len(found)}" if found else ""


def failures(pages: Iterable[Page], source: str, way: str) -> tuple[int, int]:
    """Return how many texts came out empty, and of these how many failed."""

    def count(keys: Iterable[str]) -> int:
        return sum(key.partition("/")[2] == way and is_of(key, source) for key in keys)

    chosen = list(pages)
    return sum(count(page.empty) for page in chosen), sum(count(page.failed) for page in chosen)


def _print_extract(name: str, pages: Sequence[Page]) -> None:
    there = [page for page in pages if page.extract]
    if not there:
        return
    names = list(there[0].extract)
    print(f"\n== {name}, what trafilatura leaves: content lines lost % · other lines removed %")
    print(f"{'':14}{'pages':>6}{'lines':>8}{'other':>7}  " + _columns(names))
    for kind, chosen in _kinds(there).items():
        sums = {way: lines(chosen, way) for way in names}
        first = sums[names[0]]
        cells = [
            f"{percent(one.content_gone, one.content)} · {percent(one.other_gone, one.other, 1)}"
            for one in sums.values()
        ]
        print(f"{kind:14}{len(chosen):6}{first.content:8}{first.other:7}  " + _columns(cells))


def lines(pages: Iterable[Page], way: str) -> Lines:
    """Return the sum over pages of what a way does to lines that an extractor left."""
    return Lines(*(sum(column) for column in zip(*(page.extract[way] for page in pages), strict=True)))


def _print_alone(name: str, pages: Sequence[Page]) -> None:
    there = [page for page in pages if page.alone]
    if not there:
        return
    print(f"\n== {name}, gold texts alone: words lost % · untouched %")
    names = list(there[0].alone)
    print(f"{'':14}{'pages':>6}  " + _columns(names))
    for kind, chosen in _kinds(there).items():
        cells = (alone([page.alone[way] for page in chosen]) for way in names)
        print(f"{kind:14}{len(chosen):6}  " + _columns(cells))


def alone(found: Sequence[Alone]) -> str:
    """Return words lost % · texts untouched %."""
    lost = total(one.score for one in found).lost
    return f"{100 * lost:.2f} · {percent(sum(one.same for one in found), len(found), 1)}"


def _print_chances(by_set: Mapping[str, Sequence[Page]], source: str) -> None:
    rows = {
        f"{name} {kind}": sums
        for name, pages in by_set.items()
        for kind, chosen in _kinds([page for page in pages if page.chances]).items()
        if (sums := chances(chosen, source))
    }
    if rows:
        print(f"\n== chances, {source}: % of the words that are content where the judge says 0–10 %, 10–20 %, …")
    for name, sums in rows.items():
        print(f"{name:26}" + "".join(f"{percent(content, words, 0) if words else '–':>6}" for words, content in sums))


def chances(pages: Iterable[Page], source: str) -> list[tuple[int, int]]:
    """Return the words of each bin of chances, and how many are content."""
    found = [bins for page in pages for key, bins in page.chances.items() if is_of(key, source)]
    return (
        [(sum(bins[i].words for bins in found), sum(bins[i].content for bins in found)) for i in range(BINS)]
        if found
        else []
    )


def _kinds(pages: Sequence[Page]) -> dict[str, Sequence[Page]]:
    """Return pages by language or type, the largest first, then all."""
    rows = grouped(pages, lambda page: page.kind)
    result: dict[str, Sequence[Page]] = dict(sorted(rows.items(), key=lambda row: (-len(row[1]), row[0])))
    return result | ({"all": pages} if len(rows) > 1 else {})


def percent(part: int, whole: int, digits: int = 2) -> str:
    """Return a share in percent."""
    return f"{100 * part / max(1, whole):.{digits}f}"


def report_prose(level: str, found: Mapping[str, Alone]) -> None:
    """Print what a level does to documents that are nothing but content."""
    changed = [name for name, one in found.items() if not one.same]
    print(f"\n== own prose, {level}: {len(found)} texts, words lost % · untouched %: {alone(list(found.values()))}")
    if changed:
        print("changed: " + ", ".join(changed))
