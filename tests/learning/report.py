"""Prints what was measured: tables by language and by size of site, lines whose fate is wrong, and the packs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from cleaner.rules.match.keys import key
from cleaner.workbench.score import Score
from tests.learning.measure import ALL, Found, Line, Result

SIZES = ((5, 9), (10, 19), (20, None))  # pages of a site, from and to
SHOWN_CHARS = 150  # of a line
Item = TypeVar("Item")
Key = TypeVar("Key")


class Figures(NamedTuple):
    """What became of some pages."""

    lost: float  # share of the content words
    removed: float  # share of the other words
    f1: float


def report_figures(results: Sequence[Result]) -> None:
    """Print a table for each level."""
    sizes = {site: len({one.id for one in some}) for site, some in _by(results, lambda one: one.site).items()}
    for level, chosen in _by(results, lambda one: one.level).items():
        print(f"\n== level {level}: content lost % · other words removed % · F1")
        print(
            f"{'':12}{'pages':>6}{'sites':>6}  {'':10}  {'over words':22}{'mean over pages':22}{'mean over sites':22}"
        )
        for name, group in _groups(chosen, sizes):
            for number, (way, some) in enumerate(_by(group, lambda one: one.way).items()):
                sites = _by(some, lambda one: one.site)
                head = f"{name:12}{len(some):6}{len(sites):6}" if not number else ""
                figures = over_words(some), over_pages(some), mean(map(over_words, sites.values()))
                print(f"{head:24}  {way:10}  {''.join(f'{_cell(one):22}' for one in figures)}".rstrip())


def over_words(results: Sequence[Result]) -> Figures:
    """Return the figures of all words of some pages together."""
    sums = Score(*map(sum, zip(*(one.score for one in results), strict=True)))
    lost = sum(one.score.content_lost for one in results)
    return Figures(lost / max(1, sums.content), sums.removed, sums.f1)


def over_pages(results: Sequence[Result]) -> Figures:
    """Return the means of the figures of pages."""
    return mean(Figures(one.score.lost, one.score.removed, one.score.f1) for one in results)


def mean(figures: Iterable[Figures]) -> Figures:
    """Return the means of figures."""
    every = list(figures)
    return Figures(*(sum(column) / len(every) for column in zip(*every, strict=True)))


def report_packs(found: Sequence[Found], findings: Sequence[str], checked: int) -> None:
    """Print how many packs were learned, what is wrong with them, what is learned again, and the time."""
    print()
    for way, packs in _by([pack for one in found for pack in one.packs], lambda pack: pack.way).items():
        rules = sum(pack.rules for pack in packs)
        print(f"{way}: {len(packs)} packs with {rules} rules, {rules / max(1, len(packs)):.1f} a pack")
    for one in found:
        for pack in one.packs:
            if pack.error:
                print(f"REFUSED {pack.way} {pack.part}: {pack.error}")
    print(f"rules check: {checked} packs, {len(findings)} findings")
    print("".join(f"    {finding}\n" for finding in findings), end="")
    learning, cleaning = (sum(column) for column in zip(*(one.seconds for one in found), strict=True))
    print(f"processor time: {learning:.1f} s for learning, {cleaning:.1f} s for cleaning")
    first = sum(pack.rules for one in found for pack in one.packs if pack.way == ALL)
    again: Counter[str] = Counter()
    for one in found:
        again.update(one.again)
    for level, rules in again.items():
        share = f"{rules / max(1, first):.2%}"
        print(f"learned again from clean copies of level {level}: {rules} rules of {first} ({share})")


def report_groups(found: Sequence[Found]) -> None:
    """Print which sites the templates of mixes hold."""
    for one in found:
        for template, sites in one.groups.items():
            print(f"{one.name}, {template}: {', '.join(f'{count} of {site}' for site, count in sites.most_common())}")


def report_lines(lines: Sequence[Line], worst: int, missed: int) -> None:
    """Print the content lines that learned rules took, and other lines that stayed, those with most words first."""
    for (level, way), some in _by(lines, lambda line: (line.level, line.way)).items():
        took, stayed = [line for line in some if line.rule], [line for line in some if not line.rule]
        if worst and took:
            print(f"\n== content lines that learned rules took, {way}, level {level}: content words, pages, rule")
            _print_lines(took, worst)
        if missed and stayed:
            print(f"\n== other lines on two pages that stayed, {way}, level {level}: words, pages, site")
            _print_lines(stayed, missed)


def _print_lines(lines: Sequence[Line], most: int) -> None:
    groups = list(_by(lines, lambda line: (line.site, line.rule, key(line.text))).values())
    groups.sort(key=lambda group: (-sum(line.words for line in group), group[0].site, group[0].text))
    for group in groups[:most]:
        line = group[0]
        by = f"{line.rule} ({line.why})" if line.rule else line.site
        text = line.text if len(line.text) <= SHOWN_CHARS else f"{line.text[:SHOWN_CHARS]}…"
        pages = len({one.page for one in group})
        print(f"{sum(one.words for one in group):6} {pages:3} of {line.pages:3}  {by}\n{'':18}{text.strip()}")
    rest = sum(line.words for group in groups[most:] for line in group)
    print(f"{sum(line.words for line in lines)} words in all; {rest} of them in {len(groups[most:])} lines not shown")


def _groups(results: Sequence[Result], sizes: dict[str, int]) -> Iterator[tuple[str, Sequence[Result]]]:
    yield "all", results
    sets = _by(results, lambda one: one.data_set)
    if len(sets) > 1:
        yield from sets.items()
    languages = sorted(_by(results, lambda one: one.language).items(), key=lambda group: (-len(group[1]), group[0]))
    if len(languages) > 1:
        yield from ((language or "?", group) for language, group in languages)
    for least, most in SIZES:
        chosen = [one for one in results if least <= sizes[one.site] <= (most or sizes[one.site])]
        if chosen:
            yield (f"{least}–{most} pages" if most else f"{least}+ pages"), chosen


def _by(items: Iterable[Item], by: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    found: dict[Key, list[Item]] = defaultdict(list)
    for item in items:
        found[by(item)].append(item)
    return dict(found)


def _cell(figures: Figures) -> str:
    return f"{100 * figures.lost:5.2f} · {100 * figures.removed:4.1f} · {figures.f1:.3f}"
