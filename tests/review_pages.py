"""Pages of reviews for tests: made from documents by the code that `cleaner review` uses, and opened in a browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from cleaner import Cleaner
from cleaner.cli.rules.common import in_use_here
from cleaner.marks import Level
from cleaner.review.data import ReviewData
from cleaner.review.document import look
from cleaner.review.gather import Gathering
from cleaner.review.reasons import reasons
from cleaner.review.render import render

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Given(NamedTuple):
    """A document to review."""

    name: str
    text: str
    url: str | None = None


def review_of(
    documents: Iterable[Given],
    level: Level = "safe",
    failed: Iterable[tuple[str, str]] = (),
    title: str = "articles/",
) -> ReviewData:
    """Return the data of a page about documents, cleaned at a level."""
    cleaner = Cleaner(level)
    gathering = Gathering()
    for name, text, url in documents:
        gathering.add(look(cleaner.clean(text, url=url), name, url, text))
    for name, why in failed:
        gathering.add_failed(name, why)
    return gathering.data(title, f"cleaner, level {level}", reasons(pack for _, pack in in_use_here((), quick=True)))


def write_page(data: ReviewData, path: Path) -> Path:
    """Write the page, and return its path."""
    path.write_text(render(data), "utf-8", newline="")
    return path


def browser_path() -> str | None:
    """Return the path of a browser of the Chromium family, or None if the machine has none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextmanager
def browser() -> Iterator[Browser]:
    """Start a browser without a window; skip the test where there is none."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = browser_path()
    if path is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield started
        finally:
            started.close()
