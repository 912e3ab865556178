"""The metadata of a document as a file beside its clean copy: JSON, with the digests of both files and of itself.

The digests of document and copy say what the metadata is of. The digest of the file itself, without its line, says
whether somebody has changed it since: then it is theirs, and stays.
"""

from __future__ import annotations

import json
from typing import Any

from cleaner.document import Cleaned
from cleaner.files.record import NOT_A_RECORD, sha256, spelled_as

FORMAT_VERSION = 1
MAX_BYTES = 1 << 24  # a file with more is none of ours: values have an end, and there are 100 authors at most


def dump(cleaned: Cleaned, source: bytes, source_name: str) -> bytes:
    """Return the file for a cleaned document that has metadata; its bytes are `source`, its name is `source_name`."""
    assert cleaned.metadata is not None
    data = {
        "format": FORMAT_VERSION,
        "source": source_name,
        "source_sha256": sha256(source),
        "clean_sha256": sha256(cleaned.text.encode()),
        "metadata": _without_none(cleaned.metadata.to_dict()),
    }
    return _written({**data, "sha256": sha256(_written(data))})


def is_of(file: bytes, source: bytes, *texts: bytes) -> bool:
    """Whether a file is as the cleaner wrote it for the document `source`, or for one of the clean `texts`."""
    of_source, of_copy = digests(file)
    return spelled_as(source, of_source) is not None or any(spelled_as(text, of_copy) is not None for text in texts)


def digests(file: bytes) -> tuple[str, str]:
    """Return the SHA-256 of the document and of the clean text a file is for; ("", "") if it has changed."""
    try:
        if len(file) > MAX_BYTES:
            return "", ""
        data = json.loads(file)
        digest = data.pop("sha256")
        found = str(data["source_sha256"]), str(data["clean_sha256"])
    except NOT_A_RECORD:
        return "", ""
    return found if sha256(_written(data)) == digest else ("", "")


def _without_none(data: dict[str, Any]) -> dict[str, Any]:
    """Return metadata as plain data without what there is not, which `Metadata.from_dict` takes as well."""

    def bare(item: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in item.items() if value is not None}

    return {name: [*map(bare, value)] if name == "authors" else bare(value) for name, value in data.items() if value}


def _written(data: dict[str, Any]) -> bytes:
    # A file name that is not UTF-8 has lone surrogates; their escapes here are the escapes of JSON.
    return json.dumps(data, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace") + b"\n"
