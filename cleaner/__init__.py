"""Removes page chrome from scraped documents and repairs their encoding, with a record of every edit.

>>> from cleaner import clean
>>> clean("Accessibility links\\n\\nRain fell on the town for three days.\\n").text
'Rain fell on the town for three days.\\n'
"""

from cleaner.cleaner import Cleaner, clean
from cleaner.document import Cleaned, Edit
from cleaner.errors import CleanerError, DocumentError, SettingsError

__all__ = ["Cleaned", "Cleaner", "CleanerError", "DocumentError", "Edit", "SettingsError", "clean"]
__version__ = "0.1.0"
