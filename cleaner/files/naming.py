"""The names of documents: which files are documents, and what the clean copy and the record of one are called.

A copy has the name of its document without the suffix: `a.clean.txt` for `a.txt` and for `a.html`. Where a folder
holds both, copies can have the names in full: `a.txt.clean.txt` and `a.html.clean.txt`.
"""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path, PurePath
from typing import Literal, TypeVar, get_args

from cleaner.files.probe import mode_of

AnyPath = TypeVar("AnyPath", bound=PurePath)

KINDS = {  # the kind of a document by its suffix
    ".txt": "text",
    ".text": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
}
COPY_SUFFIX = {suffix: ".clean.md" if kind == "markdown" else ".clean.txt" for suffix, kind in KINDS.items()}
RECORD_SUFFIX = ".record.json"

Names = Literal["short", "full"]  # of copies: without the suffix of the document, or with it
NAMES: tuple[Names, ...] = get_args(Names)


def kind_of(path: PurePath) -> str | None:
    """Return `text`, `markdown` or `html` for a document that can be cleaned, None for any other file."""
    return KINDS.get(path.suffix.lower())


def is_output(path: PurePath) -> bool:
    """Whether a name is one that the cleaner gives: to a clean copy, or to a record."""
    return path.name.lower().endswith((*COPY_SUFFIX.values(), RECORD_SUFFIX))


def copy_of(path: AnyPath, names: Names = "short") -> AnyPath:
    """Return where the clean copy of a document goes, beside it: `a.txt` → `a.clean.txt`, or `a.txt.clean.txt`."""
    name = path.name if names == "full" else path.stem
    return path.with_name(name + COPY_SUFFIX.get(path.suffix.lower(), ".clean.txt"))


def rivals(path: Path, names: Names = "short", there: Container[str] | None = None) -> list[Path]:
    """Return the documents beside `path` that would have the same clean copy: `a.txt` and `a.HTML`, in full none.

    `there` are the names of what stands in the folder, if they are known: then nothing is looked for on the disk.
    """
    if names == "full":
        return []
    suffix = path.suffix
    ending = COPY_SUFFIX.get(suffix.lower(), ".clean.txt")
    alike = (kind for kind, copy in COPY_SUFFIX.items() if copy == ending)
    others = [path.stem + case for kind in alike for case in (kind, kind.upper()) if case != suffix]
    found = (path.with_name(name) for name in others if there is None or name in there)
    return [other for other in found if mode_of(other) and not other.samefile(path)]


def record_path(copy: AnyPath) -> AnyPath:
    """Return where the record of a clean copy goes: `a.clean.txt` → `a.clean.txt.record.json`."""
    return copy.with_name(copy.name + RECORD_SUFFIX)
