"""Measure what of lists, unknown languages, clean text and hard cases the judge loses.

    python -m tests.measure_lists [--level safe] [--level main] [--no-rules]

For each list the table has the lines lost, of 20, in each way to stand in a document; `·` is none. Below it stand
shares of all lines lost and of all lines of chrome removed, then the same for the other documents. The documents come
from `tests.lists` and `tests.kept`. The rules take most of the chrome; `--no-rules` leaves them out and shows the
judge alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import click

from cleaner import Cleaner
from cleaner.marks import Level
from tests import kept, lists
from tests.around import Document, missing


class Counts(NamedTuple):
    """Numbers of lines, of one document or of many."""

    entries: int = 0
    entries_lost: int = 0
    others: int = 0
    others_lost: int = 0
    chrome: int = 0
    chrome_gone: int = 0

    def __str__(self) -> str:
        parts = [f"lost {_share(self.entries_lost, self.entries)}"]
        if self.others:
            parts.append(f"of the article around {_share(self.others_lost, self.others)}")
        if self.chrome:
            parts.append(f"chrome removed {_share(self.chrome_gone, self.chrome)}")
        return ", ".join(parts)


def count(document: Document, cleaner: Cleaner) -> Counts:
    """Count the lines of a document and what of them is gone after cleaning."""
    text = document.cleaned(cleaner).text
    return Counts(
        len(document.entries),
        len(missing(document.entries, text, document.free)),
        len(document.others),
        len(missing(document.others, text)),
        len(document.chrome),
        len(missing(document.chrome, text)),
    )


def total(counts: Iterable[Counts]) -> Counts:
    """Sum up counts."""
    every = list(counts)
    return Counts(*map(sum, zip(*every, strict=True))) if every else Counts()


def _share(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,} ({part / whole:.2%})" if whole else "none"


def report_lists(cleaner: Cleaner) -> None:
    """Print the lines of lists that are lost, by kind and way."""
    by_way: dict[str, list[Counts]] = defaultdict(list)
    places = [f"{place:{5 * len(lists.WAYS) // len(lists.PLACES)}}" for place in lists.PLACES]
    print(" " * 24 + "".join(places))
    print(" " * 22 + "".join(f"{way.split()[1][:4]:>5}" for way in lists.WAYS))
    for path in lists.LISTS:
        found = {each.way: count(each, cleaner) for each in lists.documents(path)}
        print(f"{path.stem:22}" + "".join(f"{found[way].entries_lost or '·':>5}" for way in lists.WAYS))
        for way in lists.WAYS:
            by_way[way].append(found[way])
    print(f"{'all, %':22}", end="")
    for way in lists.WAYS:
        every = total(by_way[way])
        print(f"{100 * every.entries_lost / every.entries:5.1f}", end="")
    print(f"\n\n{total(each for way in lists.WAYS for each in by_way[way])}")


def report_groups(cleaner: Cleaner, groups: dict[str, list[Document]]) -> None:
    """Print what is lost of groups of documents, with the documents that lose most."""
    for name, documents in groups.items():
        found = {each.way: count(each, cleaner) for each in documents}
        print(f"{name}: {total(found.values())}")
        worst = sorted(found, key=lambda way: (-found[way].entries_lost, way))
        losing = [f"{way} {found[way].entries_lost}" for way in worst if found[way].entries_lost]
        if losing:
            print("  " + "; ".join(losing[:8]) + (f"; … ({len(losing)} documents)" if len(losing) > 8 else ""))


def groups() -> dict[str, list[Document]]:
    """Return the documents other than lists, by what they are to show."""
    unseen = [each for path in kept.UNSEEN for each in kept.unseen(path)]
    clean = kept.clean_text()
    return {
        "unknown languages, alone": [each for each in unseen if not each.chrome],
        "unknown languages, in a page": [each for each in unseen if each.chrome],
        "clean text": [each for each in clean if not each.chrome],
        "clean text, chrome left": [each for each in clean if each.chrome],
        **{f"cases, {kind}": [each for _, each in kept.judged(kind).values()] for kind in kept.JUDGED},
    }


@click.command()
@click.option(
    "--level", "levels", type=click.Choice(["rules", "safe", "main"]), multiple=True, default=["safe", "main"]
)
@click.option("--no-rules", is_flag=True, help="Measure the judge alone.")
def main(levels: tuple[Level, ...], no_rules: bool) -> None:
    """Print the lines that are lost, and the chrome that is gone, at each level."""
    for level in levels:
        cleaner = Cleaner(level, disable=["*"] if no_rules else [])
        print(f"\n── level {level}{', no rules' if no_rules else ''}\n")
        report_lists(cleaner)
        print()
        report_groups(cleaner, groups())


if __name__ == "__main__":
    main()
