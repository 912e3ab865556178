"""Templates of documents without a site: which of them share their chrome."""

from __future__ import annotations

from collections.abc import Sequence

from cleaner.learn.documents import SiteDocument


def templates_of(documents: Sequence[SiteDocument]) -> dict[int, str]:
    """Return the id of the template of each document, by its number; "" for one without a template."""
    return dict.fromkeys((document.number for document in documents), "")
