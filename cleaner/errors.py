"""What can go wrong, as exceptions whose text says what is wrong and what to do."""


class CleanerError(Exception):
    """Base of all errors of this package."""


class DocumentError(CleanerError):
    """A document cannot be cleaned: it is binary, its encoding cannot be told, or it cannot be read."""


class SettingsError(CleanerError):
    """An option, a configuration file or a rule pack is wrong."""


def defect(error: Exception) -> str:
    """Return what to say of an exception that no document should cause."""
    what = f"{type(error).__name__}: {error}"
    return f"cannot be cleaned ({what}); this is a defect of the cleaner, please report it"
