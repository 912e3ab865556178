"""Documents as learning sees them: the site that a document is from, and its lines as `strip` sees them."""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

from cleaner.document import apply, split_lines, with_line_feeds
from cleaner.rows import Row
from cleaner.rules.scope import host_of
from cleaner.text import kinds, markdown
from cleaner.text.repair import repair

# The most lines of a document that are looked at: half of them from its beginning and half from its end, where most
# chrome is. Raised, one huge document takes more memory, and hardly more is learned.
MAX_LINES = 4000
# The most characters of a line that are looked at. It is the highest `max_chars` of a rule: no rule reaches more.
MAX_CHARS = 2000


class SiteDocument(NamedTuple):
    """A document of a site. Two with the same `number` are the same text, and count once."""

    site: str  # the host without `www.`, or what the documents are grouped by; "": not known
    number: int  # 64 bits of a digest of the text
    name: str  # the URL, or the file that the document is in, to tell people where a line was seen
    lines: tuple[str, ...]  # what a reader sees of the lines of the repaired text, cut at `MAX_CHARS`


def site_of(url: str | None) -> str:
    """Return the site that a URL is of: its host without `www.`, or "" if it has none."""
    return (host_of(url) or "").removeprefix("www.")


def number_of(text: str | bytes) -> int:
    """Return the number of a document (64 bits), by its text or its markup as it was given."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big")


def document_of(row: Row, site: str, name: str) -> SiteDocument | None:
    """Return the document of a row; None for a row that has none. Raises `DocumentError` for a page that is none."""
    given = row.html if row.text is None else row.text
    if given is None or row.error:
        return None
    return SiteDocument(site, number_of(given), name, _within_limits(_lines(row)))


def _lines(row: Row) -> list[str]:
    """Return the lines of a row's document as the first pass of cleaning sees them."""
    given = row.html if row.text is None else row.text
    if row.text is not None and not kinds.is_page(row.text):
        text = apply(row.text, repair(row.text))
        return list(markdown.read(with_line_feeds(text), split_lines(text)).lines)
    from cleaner.html import page as pages
    from cleaner.text import encoding

    markup = encoding.decode(given, html=True).text if isinstance(given, bytes) else given or ""
    text = "\n".join(pages.read(markup, main_content=False).lines)
    return split_lines(apply(text, repair(text)))


def _within_limits(lines: list[str]) -> tuple[str, ...]:
    if len(lines) > MAX_LINES:
        lines = [*lines[: MAX_LINES // 2], *lines[-MAX_LINES // 2 :]]
    return tuple(line[:MAX_CHARS] for line in lines)
