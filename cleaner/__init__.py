"""Removes page chrome from scraped documents and repairs their encoding, with a record of every edit.

>>> from cleaner import clean
>>> clean("Accessibility links\\n\\nRain fell on the town for three days.\\n").text
'Rain fell on the town for three days.\\n'

The names in `__all__` and the modules of `cleaner.engines` and `cleaner.adapters` are public; cleaner/API.md
describes them. All other modules are private and may change at any time.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from cleaner.version import __version__ as __version__

if TYPE_CHECKING:
    from cleaner.cleaner import Cleaner, clean
    from cleaner.document import Cleaned, Edit
    from cleaner.errors import CleanerError, DocumentError, SettingsError
    from cleaner.marks import Level
    from cleaner.metadata import Item, Metadata
    from cleaner.rows import Fields

__all__ = [
    "Cleaned",
    "Cleaner",
    "CleanerError",
    "DocumentError",
    "Edit",
    "Fields",
    "Item",
    "Level",
    "Metadata",
    "SettingsError",
    "clean",
]

# The modules of the public names. A module is imported when one of its names is asked for, so that the help of the
# command, which needs none of them, comes in half the time.
_MODULES = {
    "Cleaned": "document",
    "Cleaner": "cleaner",
    "CleanerError": "errors",
    "DocumentError": "errors",
    "Edit": "document",
    "Fields": "rows",
    "Item": "metadata",
    "Level": "marks",
    "Metadata": "metadata",
    "SettingsError": "errors",
    "clean": "cleaner",
}


if not TYPE_CHECKING:  # for a type checker the names above are all there is

    def __getattr__(name: str) -> object:
        """Import a public name."""
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
