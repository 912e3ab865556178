"""The adapter for crawl4ai, in the crawler itself.

crawl4ai wants an older xxhash than .ci/constraints.txt has, so this needs an environment of its own.
cleaner/adapters/README.md has the command.
"""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest

from cleaner import Cleaned, Cleaner
from tests import support
from tests.support import DATA, REFUSED, WHY_REFUSED

os.environ.setdefault("CRAWL4_AI_BASE_DIRECTORY", gettempdir())  # when imported, it makes folders; not in the home
pytest.importorskip("crawl4ai", reason="an environment of its own: see cleaner/adapters/README.md")

EXAMPLE = Path(__file__).with_name("examples") / "adapters" / "with_crawl4ai.py"
PAGE = (DATA / "html" / "news.html").read_text("utf-8")
CLEANER = Cleaner(markdown=True)

pytestmark = pytest.mark.slow


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("CRAWL4_AI_BASE_DIRECTORY", str(tmp_path))
    support.fill(tmp_path, {"site/page.html": PAGE, "site/refused.html": REFUSED, "site/empty.html": ""})
    with support.served(tmp_path / "site") as url:
        yield url


def crawl(urls: list[str], generator: Any) -> list[Any]:
    """Crawl one page after the other, without a browser."""
    from crawl4ai import AsyncWebCrawler, CacheMode, CrawlerRunConfig
    from crawl4ai.async_crawler_strategy import AsyncHTTPCrawlerStrategy

    async def run() -> list[Any]:
        config = CrawlerRunConfig(markdown_generator=generator, cache_mode=CacheMode.BYPASS, verbose=False)
        async with AsyncWebCrawler(AsyncHTTPCrawlerStrategy(), verbose=False) as crawler:
            return [(await crawler.arun(url, config)).markdown for url in urls]

    return asyncio.run(run())


def test_a_crawl(site: str, caplog: pytest.LogCaptureFixture) -> None:
    from crawl4ai import DefaultMarkdownGenerator

    from cleaner.adapters.crawl4ai import CleanerMarkdown

    urls = [f"{site}page.html", f"{site}refused.html", f"{site}page.html"]
    with caplog.at_level(logging.WARNING, "cleaner"):
        first, refused, second = crawl(urls, CleanerMarkdown(record=True))
    wanted = CLEANER.clean_html(PAGE, url=urls[0])
    assert first.fit_markdown == second.fit_markdown == wanted.text
    assert wanted.text.startswith("# ")
    assert first.cleaner_error is None
    assert Cleaned.from_dict({"text": first.fit_markdown, **first.cleaner_record}) == wanted
    assert CLEANER.clean(first.fit_markdown).edits == ()
    assert (refused.fit_markdown, refused.cleaner_error, refused.cleaner_record) == ("", WHY_REFUSED, None)
    assert "Rain fell." in refused.raw_markdown
    assert f"{site}refused.html: {WHY_REFUSED}" in caplog.messages
    raw = DefaultMarkdownGenerator(content_source="raw_html")
    assert [one.raw_markdown for one in crawl(urls, raw)] == [one.raw_markdown for one in (first, refused, second)]


def test_pages_without_a_url_and_without_anything() -> None:
    from cleaner.adapters.crawl4ai import CleanerMarkdown

    generator = CleanerMarkdown(Cleaner("rules"), lang="en_GB")
    for url in ("", "raw:", "/"):
        made = generator.generate_markdown(PAGE, url, citations=False)
        assert made.fit_markdown == Cleaner("rules").clean_html(PAGE, lang="en-GB").text
        assert made.cleaner_record is None
    assert generator.generate_markdown("").fit_markdown == ""
    with pytest.raises(ValueError, match="no language tag"):
        CleanerMarkdown(lang="no language")


def test_the_example_runs(tmp_path: Path) -> None:
    support.fill(tmp_path, {"page.html": PAGE})
    environment = {**os.environ, "CRAWL4_AI_BASE_DIRECTORY": str(tmp_path)}
    command = [sys.executable, str(EXAMPLE)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(CLEANER.clean_html(PAGE).text + "\n")
