"""What can go wrong, as exceptions whose text says what is wrong and what to do.

    CleanerError
        DocumentError       one document cannot be cleaned; the others are not affected
        SettingsError       an option, a configuration file or a rule pack is wrong; nothing is done

Exceptions that never leave the package stand where they are raised and caught, for example `BrokenShard` in
`cleaner/shards/format.py`.
"""

from __future__ import annotations

from collections.abc import Collection


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


MAX_KNOWN = 20  # names that are listed; raised, messages get longer


def did_you_mean(name: str, known: Collection[str], otherwise: str | None = None) -> str:
    """Return what to write for a `name` that is not `known`: the nearest known name, or else `otherwise`.

    By default `otherwise` lists the known names, the first `MAX_KNOWN` of them.
    """
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), 1)
    if near:
        return f"did you mean {near[0]!r}?"
    if otherwise is not None:
        return otherwise
    return "known: " + ", ".join(sorted(known)[:MAX_KNOWN]) + (", …" if len(known) > MAX_KNOWN else "")
