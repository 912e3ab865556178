"""How a page is written as Markdown: what becomes of its links and its images."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Options(NamedTuple):
    """What becomes of links and of images: they are kept, dropped, or written as footnotes, as their texts."""

    links: Literal["keep", "drop", "footnotes"] = "keep"
    images: Literal["keep", "alt", "drop"] = "keep"
