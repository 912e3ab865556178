"""Files of evidence, as they are found: told from other Parquet files, and checked before anything asks them.

They may come from strangers, and from engines, which write the columns with types of their own and no metadata. So
what a file is, its own schema says, and the types that `COLUMNS` names are made of its own when it is read.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec

from cleaner import quote
from cleaner.errors import DocumentError
from cleaner.evidence.table import COLUMNS, KEY, add_up
from cleaner.evidence.write import Facts

# The largest footer of a file that is read, in bytes: that of a file with a million sites has 40 MB.
MAX_FOOTER_BYTES = 1 << 27
MAX_FILES = 100_000  # of one evidence; an engine writes some hundreds
SUFFIX = ".parquet"
_TEXTS = ("document", "site", "key", "text", "rule", "category", "confidence")


class Evidence(NamedTuple):
    """Evidence that can be asked: its files, and what they say of the run; None if they do not say it."""

    name: str  # as the user wrote it
    files: tuple[str, ...]
    facts: Facts | None


def is_evidence(file: BinaryIO) -> bool:
    """Whether an open file is evidence that the cleaner wrote. Raises `OSError`."""
    try:
        return KEY in (_parquet(file).metadata.metadata or {})
    except DocumentError:
        return False


def find(name: str) -> Evidence | None:
    """Return the evidence that a path names: a file, or a folder with files; None if there is none.

    A folder is evidence if all Parquet files below it are, and there is one. Raises `DocumentError` if a file cannot
    be read, or is evidence of another version.
    """
    path = Path(name)
    if path.is_dir():
        files = sorted(_below(path))
    else:
        files = [path] if path.suffix.lower() == SUFFIX and path.is_file() else []
    found: list[Facts | None] = []
    for file in files:
        columns, facts = _read(file)
        if columns is None:
            return None
        found.append(facts)
    if not found:
        return None
    return Evidence(name, tuple(map(str, files)), _together(found))


def join(found: Sequence[Evidence]) -> Evidence:
    """Return several evidences as one, whose files are asked together."""
    if len(found) == 1:
        return found[0]
    names = " ".join(quote.name(one.name) for one in found)
    files = dict.fromkeys(file for one in found for file in one.files)
    return Evidence(names, tuple(files), _together([one.facts for one in found]))


def _below(folder: Path) -> Iterable[Path]:
    """Yield the Parquet files below a folder, but those that are hidden; links are not followed."""
    count = 0
    for top, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith((".", "_"))]
        for name in files:
            if name.lower().endswith(SUFFIX) and not name.startswith((".", "_")) and not Path(top, name).is_symlink():
                count += 1
                if count > MAX_FILES:
                    raise DocumentError(f"{quote.name(folder)}: has more than {MAX_FILES:,} files; name some of them")
                yield Path(top, name)


def _read(path: Path) -> tuple[list[str] | None, Facts | None]:
    """Return the columns of a file and its facts; None for the columns if it is no evidence.

    Raises `DocumentError`.
    """
    try:
        with path.open("rb") as file:
            parquet = _parquet(file)
            metadata, columns = parquet.metadata.metadata or {}, parquet.schema_arrow
    except OSError as error:
        raise DocumentError(f"{quote.name(path)}: cannot be read ({error.strerror}); check the path") from None
    except DocumentError as error:
        raise DocumentError(f"{quote.name(path)}: {error}") from None
    if KEY not in metadata and not {"document", "rule", "line", "doubt"} <= set(columns.names):
        return None, None
    if wrong := _what_is_wrong(columns):
        raise DocumentError(f"{quote.name(path)}: {wrong}; write it anew with `cleaner strip --evidence`")
    if KEY not in metadata:
        return columns.names, None
    try:
        facts = msgspec.json.decode(metadata[KEY], type=Facts)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        why = "has metadata that cannot be read; write it anew with `cleaner strip --evidence`"
        raise DocumentError(f"{quote.name(path)}: {why}") from None
    return columns.names, facts


def _what_is_wrong(columns: Any) -> str:
    """Return what is wrong with the columns of evidence, "" if nothing is."""
    import pyarrow as pa

    for name in COLUMNS:
        if columns.names.count(name) != 1:
            return f"has no column {name!r}" if name not in columns.names else f"has two columns {name!r}"
        kind = columns.field(name).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
        is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
        if not (pa.types.is_null(kind) or (is_text if name in _TEXTS else is_number)):
            return f"has a column {name!r} of type {quote.line(str(kind)[:60])}"
    return ""


def _parquet(file: BinaryIO) -> Any:
    """Open a Parquet file. Raises `DocumentError`, and `OSError` if the disk fails."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    limits = {"thrift_string_size_limit": MAX_FOOTER_BYTES, "thrift_container_size_limit": MAX_FOOTER_BYTES}
    try:
        file.seek(0, os.SEEK_END)
        size = file.tell()
        file.seek(max(0, size - 8))
        if int.from_bytes(file.read(4), "little") > MAX_FOOTER_BYTES:
            raise DocumentError("has a footer that is too large; write it anew")
        file.seek(0)
        return pq.ParquetFile(file, pre_buffer=False, **limits)
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise DocumentError("is no Parquet file that can be read; name another one, or write it anew") from None


def _together(found: list[Facts | None]) -> Facts | None:
    """Return the facts of several files as one; None if one of them has none."""
    if not all(found):
        return None
    whole = Facts()
    for facts in filter(None, found):
        whole.cleaner = facts.cleaner
        whole.levels = sorted({*whole.levels, *facts.levels})
        whole.fingerprints = sorted({*whole.fingerprints, *facts.fingerprints})
        whole.documents += facts.documents
        whole.failed += facts.failed
        whole.words += facts.words
        add_up(whole.sites, facts.sites)
    return whole
