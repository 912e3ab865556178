"""The names of shards: which files are shards, what their clean copies are called, and which format reads them.

Nothing that a format needs is imported before a shard of it is there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from cleaner.limits import MAX_DOCUMENT_BYTES
from cleaner.shards import compression

if TYPE_CHECKING:
    from cleaner.shards.format import Format

JSONL, PARQUET, WARC = (".jsonl", ".ndjson"), (".parquet",), (".warc", ".wet")
COPY_OF_WARC = ".jsonl.gz"  # the suffix of the copy of a WARC or WET file: the copy is JSON lines
_INDEX = "they are an index of pages, without their texts; name the WARC files that they list"
# Files of crawls that are not cleaned, by their suffix: why not, and what to do instead.
CRAWL_DATA = {
    ".wat": "they hold data about pages, not their texts; name the WET or WARC files of the crawl",
    ".arc": "they are older than WARC; convert them with `warcio recompress`",
    ".cdx": _INDEX,
    ".cdxj": _INDEX,
}
_ROW = re.compile(r"(?s)(.+):([1-9][0-9]{0,17})")
CLEAN, FAILED = ".clean", ".failed.jsonl"  # what the names of copies and of lists of failures have after the stem


class Name(NamedTuple):
    """The parts of the name, path or URL of a shard, in its own spelling: `docs`, `.jsonl` and `.gz`."""

    stem: str
    suffix: str
    compression: str

    @property
    def copy(self) -> str:
        """The name of its clean copy."""
        kept = COPY_OF_WARC if self.suffix.lower() in WARC else self.suffix + self.compression
        return f"{self.stem}{CLEAN}{kept}"

    @property
    def failures(self) -> str:
        """The name of its list of failures."""
        return self.stem + FAILED


def name_of(path: str) -> Name | None:
    """Return the parts of the name of a shard, None for the name of any other file."""
    lower = path.lower()
    packed = compression.suffix_of(lower)
    bare = lower.removesuffix(packed)
    suffix = next((one for one in (*JSONL, *PARQUET, *WARC) if bare.endswith(one)), None)
    if suffix is None or (packed and suffix in PARQUET):  # Parquet files are compressed inside
        return None
    cut = len(bare) - len(suffix)
    return Name(path[:cut], path[cut : len(bare)], path[len(bare) :])


def row_of(name: str) -> tuple[str, int] | None:
    """Return the shard and the 1-based number that `docs.jsonl:12` names, None if it does not name a row."""
    found = _ROW.fullmatch(name)
    return (found[1], int(found[2])) if found and name_of(found[1]) else None


def why_no_shard(path: str) -> str:
    """Return why a file of a crawl is no shard, by its name, and what to do instead; "" for other files."""
    packed = "|".join(map(re.escape, compression.MODULES))
    kinds = "|".join(map(re.escape, CRAWL_DATA))
    found = re.search(rf"(?:\.warc)?({kinds})(?:{packed})?\Z", path, re.IGNORECASE)
    return f"files of the kind {found[0]!r} cannot be cleaned: {CRAWL_DATA[found[1].lower()]}" if found else ""


def is_shard_output(path: str) -> bool:
    """Whether a name is one that the cleaner gives: to the clean copy of a shard, or to a list of failures."""
    name = name_of(path)
    return name is not None and (name.stem.lower().endswith(CLEAN) or path.lower().endswith(FAILED))


def formats_of(path: str, limit: int = MAX_DOCUMENT_BYTES) -> tuple[Format, Format]:
    """Return the formats of a shard and of its copy; `limit` is the largest document that is cleaned, in bytes.

    Raises `SettingsError` if a package that they need is not installed.
    """
    name = name_of(path)
    assert name
    suffix, packed = name.suffix.lower(), name.compression.lower()
    if suffix in JSONL:
        from cleaner.shards.jsonl import Jsonl

        compression.check(packed)
        return Jsonl(packed, limit), Jsonl(packed, limit)
    if suffix in PARQUET:
        from cleaner.shards.parquet import Parquet

        compression.needed("pyarrow.parquet", "Parquet files", "corpora")
        return Parquet(limit), Parquet(limit)
    from cleaner.shards.jsonl import Jsonl
    from cleaner.shards.warc import Warc

    compression.check(packed)
    return Warc(packed, limit), Jsonl(compression.suffix_of(COPY_OF_WARC), limit)
