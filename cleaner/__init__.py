"""Removes page chrome from scraped documents and repairs their encoding, with a record of every edit.

>>> from cleaner import clean
>>> clean("Accessibility links\\n\\nRain fell on the town for three days.\\n").text
'Rain fell on the town for three days.\\n'

The names in `__all__` and the modules of `cleaner.engines` are public; cleaner/API.md describes them. All other
modules are private and may change at any time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cleaner.cleaner import Cleaner, clean
from cleaner.document import Cleaned, Edit
from cleaner.errors import CleanerError, DocumentError, SettingsError
from cleaner.marks import Level
from cleaner.version import __version__ as __version__

if TYPE_CHECKING:
    from cleaner.rows import Fields

__all__ = [
    "Cleaned",
    "Cleaner",
    "CleanerError",
    "DocumentError",
    "Edit",
    "Fields",
    "Level",
    "SettingsError",
    "clean",
]


def __getattr__(name: str) -> Any:
    """Import `Fields` when it is asked for: only tables need it, and it would take 7 ms at every start."""
    if name == "Fields":
        from cleaner.rows import Fields

        return Fields
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
