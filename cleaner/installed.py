"""The versions of distributions that are installed.

`importlib.metadata` tells them, too, but to import it and to ask for four versions takes longer than to import click.
So the versions are taken from the names of the folders `NAME-VERSION.dist-info`. It is asked for what has no such
folder.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress

_ENDING = ".dist-info"


def versions(names: Sequence[str]) -> list[str]:
    """Return the versions of distributions, whose names are lower-case letters alone.

    Raises `importlib.metadata.PackageNotFoundError` for one that is not installed.
    """
    found: dict[str, str] = {}
    for name, version in _folders():
        found.setdefault(name, version)  # the first on the path counts, as for imports
    return [found.get(name) or _by_its_metadata(name) for name in names]


def _folders() -> Iterator[tuple[str, str]]:
    """Yield the name and the version of each distribution that has a folder of metadata, in the order of the path."""
    for place in sys.path:
        with suppress(OSError):  # a file, or nothing
            for listed in os.listdir(place or "."):  # noqa: PTH208 # pathlib takes longer
                if listed.endswith(_ENDING):
                    name, _, version = listed.removesuffix(_ENDING).partition("-")
                    yield name.lower(), version


def _by_its_metadata(name: str) -> str:
    from importlib.metadata import version

    return version(name)
