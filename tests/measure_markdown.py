"""Measure Markdown as input beside the same pages as plain text: lost, removed and F1 at each level.

    python -m tests.measure_markdown PAGES.jsonl.xz [--every N]

Each page with `html` and `gold` is rendered twice by html2text and by markdownify: as Markdown, and as the same lines
without marks, links and pictures. Words count that a reader sees: targets of links and the texts of pictures do not.
The last rows are the pages themselves, with and without the marks of Markdown in their text. Needs the extra `fit`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from cleaner import Cleaner
from cleaner.judge.fit.render import records
from cleaner.marks import CONFIDENCES
from cleaner.text import markdown
from cleaner.workbench.score import Score, score, total

_UNSEEN = re.compile(r"<(script|style|noscript|template|svg)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_PREFIX = re.compile(r"^([ \t]*)(?:#{1,6} |[*+-] |\d+\. |> ?)+", re.MULTILINE)
_TABLE_LINE = re.compile(r"^[ |:-]+$", re.MULTILINE)
_STYLES = ["a", "img", "b", "strong", "em", "i", "code", "del", "s", "kbd", "samp", *(f"h{n}" for n in range(1, 7))]


def html2text(html: str, *, plain: bool) -> str:
    """Render a page with html2text."""
    converter = import_module("html2text").HTML2Text()
    converter.body_width = 0
    converter.ignore_links = converter.ignore_images = converter.ignore_emphasis = plain
    return str(converter.handle(html))


def markdownify(html: str, *, plain: bool) -> str:
    """Render a page with markdownify."""
    options: dict[str, Any] = {"strip": _STYLES} if plain else {}
    return str(import_module("markdownify").markdownify(html, **options))


CONVERTERS: dict[str, Callable[..., str]] = {"html2text": html2text, "markdownify": markdownify}


def without_marks(text: str) -> str:
    """Return a plain rendering without the marks that its converter cannot leave out."""
    return _TABLE_LINE.sub("", _PREFIX.sub(r"\1", text))


def seen(text: str) -> str:
    """Return what a reader sees of Markdown."""
    text = _PICTURE.sub("", text)
    return "\n".join(markdown.read(text, text.split("\n"), True).lines)


def outputs(page: dict[str, Any], level: Any) -> Iterator[tuple[str, str, str]]:
    """Yield what is seen of a page before and after it was cleaned at a level, each with the name of its row."""
    url, html = page["url"], _UNSEEN.sub("", page["html"])
    for name, render in CONVERTERS.items():
        marked, plain = render(html, plain=False), without_marks(render(html, plain=True))
        for known in (True, None):
            cleaned = cleaner(level, markdown_in=known).clean(marked, url=url)
            yield f"{name}, markdown_in={known}", seen(marked), seen(cleaned.text)
        yield f"{name}, plain", plain, cleaner(level, markdown_in=False).clean(plain, url=url).text
    for wanted in (False, True):
        cleaned = cleaner(level, markdown=wanted).clean_html(page["html"], url=url)
        before, after = map(seen if wanted else str, (cleaned.original, cleaned.text))
        yield f"HTML, markdown={wanted}", before, after


@cache
def cleaner(level: Any, **settings: Any) -> Cleaner:
    """Return the cleaner with these settings, built once."""
    return Cleaner(level, **settings)


@click.command()
@click.argument("pages", type=click.Path(exists=True, path_type=Path))
@click.option("--every", default=1, help="Take every nth page only.")
def main(pages: Path, every: int) -> None:
    """Print a row for each level and rendering."""
    rows: dict[tuple[str, str], list[Score]] = {}
    for number, page in enumerate(records([pages])):
        if number % every == 0 and page.get("gold"):
            for level in CONFIDENCES:
                for name, before, after in outputs(page, level):
                    rows.setdefault((level, name), []).append(score(before, page["gold"], after))
    for (level, name), scores in sorted(rows.items()):
        whole = total(scores)
        print(f"{level:5} {name:30} lost {whole.lost:.3%}  removed {whole.removed:.2%}  F1 {whole.f1:.4f}")


if __name__ == "__main__":
    main()
