"""The names of documents: which files are documents, and what the copy, the record and the metadata of one are
called.

A copy has the name of its document without the suffix: `a.clean.txt` for `a.txt` and for `a.html`. Where a folder
holds both, copies can have the names in full: `a.txt.clean.txt` and `a.html.clean.txt`. The copy of a page that is
written as Markdown is `a.clean.md`.
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
COPY_SUFFIXES = tuple(sorted(set(COPY_SUFFIX.values())))
RECORD_SUFFIX = ".record.json"
METADATA_SUFFIX = ".meta.json"
_OUTPUT_SUFFIXES = (*COPY_SUFFIXES, RECORD_SUFFIX, METADATA_SUFFIX)

Names = Literal["short", "full"]  # of copies: without the suffix of the document, or with it
NAMES: tuple[Names, ...] = get_args(Names)


def suffix_of(name: str) -> str:
    """Return the suffix of the name of a file, as `PurePath.suffix` does: "" for `a`, `.a` and `a.`.

    Of many thousands of files the names are looked at as strings, which takes a tenth of the time.
    """
    dot = name.rfind(".")
    return name[dot:] if 0 < dot < len(name) - 1 else ""


def kind_of_name(name: str) -> str | None:
    """Return `text`, `markdown` or `html` for the name of a document that can be cleaned, None for any other."""
    return KINDS.get(suffix_of(name).lower())


def kind_of(path: PurePath) -> str | None:
    """Return `text`, `markdown` or `html` for a document that can be cleaned, None for any other file."""
    return kind_of_name(path.name)


def is_output_name(name: str) -> bool:
    """Whether a name is one that the cleaner gives: to a clean copy, a record, or metadata."""
    return name.lower().endswith(_OUTPUT_SUFFIXES)


def is_output(path: PurePath) -> bool:
    """Whether a path has a name that the cleaner gives: to a clean copy, a record, or metadata."""
    return is_output_name(path.name)


def copy_name(name: str, names: Names = "short", *, markdown: bool = False) -> str:
    """Return the name of the clean copy of a document: `a.txt` → `a.clean.txt`, or `a.txt.clean.txt`.

    `markdown` says that pages are written as Markdown.
    """
    suffix = suffix_of(name)
    stem = name if names == "full" else name.removesuffix(suffix)
    return stem + _ending(suffix.lower(), markdown=markdown)


def _ending(suffix: str, *, markdown: bool) -> str:
    """Return the suffix of the copy of a document with a suffix in small letters."""
    if markdown and KINDS.get(suffix) == "html":
        return ".clean.md"
    return COPY_SUFFIX.get(suffix, ".clean.txt")


def is_rendered(path: PurePath, copy: str) -> bool:
    """Whether the copy of a document is a page that was written as Markdown."""
    return kind_of(path) == "html" and suffix_of(copy) == ".md"


def copy_of(path: AnyPath, names: Names = "short", *, markdown: bool = False) -> AnyPath:
    """Return where the clean copy of a document goes, beside it, by the name that `copy_name` gives it."""
    return path.with_name(copy_name(path.name, names, markdown=markdown))


def rivals(
    path: Path,
    names: Names = "short",
    there: Container[str] | None = None,
    *,
    markdown: bool = False,
    metadata: bool = False,
) -> list[Path]:
    """Return the documents beside `path` that would have the same clean copy: `a.txt` and `a.HTML`, in full none.

    With `metadata`, they are those whose metadata would have the same name: `a.txt` and `a.md`, too. `there` are the
    names of what stands in the folder, if they are known: then nothing is looked for on the disk. `markdown` says
    that pages are written as Markdown, with their metadata in the copy.
    """
    if names == "full":
        return []
    suffix = suffix_of(path.name)
    stem = path.name.removesuffix(suffix)
    ending = _ending(suffix.lower(), markdown=markdown)
    if metadata:
        same = [kind for kind, what in KINDS.items() if not (markdown and what == "html")]
    else:
        same = [kind for kind in KINDS if _ending(kind, markdown=markdown) == ending]
    alike = [case for kind in same for case in (kind, kind.upper())]
    others = [stem + other for other in alike if other != suffix]
    found = (path.with_name(name) for name in others if there is None or name in there)
    return [other for other in found if mode_of(other) and not other.samefile(path)]


def record_path(copy: AnyPath) -> AnyPath:
    """Return where the record of a clean copy goes: `a.clean.txt` → `a.clean.txt.record.json`."""
    return copy.with_name(copy.name + RECORD_SUFFIX)


def metadata_path(copy: AnyPath) -> AnyPath:
    """Return where the metadata of a document goes: `a.clean.txt` → `a.clean.meta.json`.

    In place the copy has the name of the document, and no suffix of copies: `a.txt` → `a.txt.meta.json`.
    """
    name = copy.name
    ending = next((each for each in COPY_SUFFIXES if name.lower().endswith(each)), "")
    stem = name[: len(name) - len(ending)] + ending.lower()[: len(".clean")] if ending else name
    return copy.with_name(stem + METADATA_SUFFIX)
