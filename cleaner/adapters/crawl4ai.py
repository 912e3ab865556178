"""crawl4ai: a Markdown generator whose `fit_markdown` is the clean text."""

from __future__ import annotations

import logging
from typing import Any

from cleaner import quote
from cleaner.arguments import checked_language
from cleaner.cleaner import Cleaner
from cleaner.engines import extra
from cleaner.rows import Row, clean_row, record_of

with extra("crawl4ai"):
    from crawl4ai import DefaultMarkdownGenerator
    from crawl4ai.models import MarkdownGenerationResult

_logger = logging.getLogger(__name__)


class CleanedMarkdown(MarkdownGenerationResult):  # type: ignore[misc]
    """What crawl4ai makes of a page, and beside it the record of cleaning, or why the page could not be cleaned."""

    cleaner_record: dict[str, Any] | None = None
    cleaner_error: str | None = None


class CleanerMarkdown(DefaultMarkdownGenerator):  # type: ignore[misc]
    """Makes Markdown of pages: `raw_markdown` as crawl4ai does, and `fit_markdown` with the cleaner.

    The cleaner, by default `Cleaner(markdown=True)`, gets the page as it came and its URL; `lang`, if given, is the
    language of all pages. Of a page that cannot be cleaned, `fit_markdown` is empty, `cleaner_error` says why, and so
    does the log. `record` asks for a `cleaner_record`. `options` go to crawl4ai. Raises `ValueError` for a `lang`
    that is none.
    """

    def __init__(
        self,
        cleaner: Cleaner | None = None,
        *,
        lang: str | None = None,
        record: bool = False,
        content_source: str = "raw_html",  # crawl4ai takes classes and navigation out of all others
        options: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(options=options, content_source=content_source)
        self.cleaner = cleaner or Cleaner(markdown=True)
        self.lang = checked_language(lang)
        self.record = record

    def generate_markdown(
        self, input_html: str, base_url: str = "", *args: Any, **kwargs: Any
    ) -> MarkdownGenerationResult:
        """Return the Markdown of a page; further arguments go to crawl4ai. Raises for nothing that a page holds."""
        made = super().generate_markdown(input_html, base_url, *args, **kwargs)
        cleaned, error = clean_row(self.cleaner, Row(html=input_html or "", url=base_url, lang=self.lang))
        if error:
            _logger.warning("%s", quote.line(f"{base_url}: {error}"))
        new = {
            "fit_markdown": cleaned.text if cleaned else "",
            "cleaner_record": record_of(cleaned) if cleaned and self.record else None,
            "cleaner_error": error or None,
        }
        return CleanedMarkdown(**{**made.model_dump(), **new})
